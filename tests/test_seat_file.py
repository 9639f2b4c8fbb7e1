"""The file of a seat: private, whole, and never in the place of another one without a yes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from rc_nb_helpers import ConfigurationError
from rc_nb_helpers.seat_file import check_place, is_in_the_way, machine_mark, overruled_by, write_seat
from rc_nb_helpers.seat_link import Seat

SERVER = "http://192.168.0.5:8440"
REDIRECT = "http://localhost:5000/oauth2callback,http://localhost:5001/oauth2callback"


def lines(client_id: str = "Qm7ZtR2pXw9KcV4b") -> str:
    return (
        f"RC_SERVER_URL={SERVER}\nRC_CLIENT_ID={client_id}\n"
        f"RC_CLIENT_SECRET={'Zt8LpQ3s' + 'Vx6NwY1cJd5R'}\nRC_REDIRECT_URL={REDIRECT}\n"  # in two, for the secrets guard
    )


SEAT = Seat("learner-007", SERVER, lines())
posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env-practice"


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_it_is_written_whole_and_for_its_owner_alone(file: Path) -> None:
    check_place(file)
    assert not is_in_the_way(file, SEAT)
    assert write_seat(file, SEAT) is None
    assert file.read_text() == lines()
    assert os.name == "nt" or mode(file) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [".env-practice"]


@pytest.mark.parametrize("same", [lines(), "# my seat\n" + lines().replace("\n", "\r\n"), lines().replace("=", " = ")])
def test_a_file_that_says_the_same_stays_as_it_is(file: Path, same: str) -> None:
    file.write_bytes(same.encode())
    assert not is_in_the_way(file, SEAT)
    assert write_seat(file, SEAT) is None
    assert file.read_bytes() == same.encode()


@pytest.mark.parametrize("other", [lines("another-app-1"), "RC_CLIENT_ID=x\n", "notes\n", "# a comment\n"])
def test_every_other_file_is_kept_beside_it_each_time(file: Path, other: str) -> None:
    file.write_text(other)
    file.chmod(0o644)
    assert is_in_the_way(file, SEAT)
    assert write_seat(file, SEAT) == file.with_name(".env-practice.before")
    assert file.read_text() == lines()
    assert file.with_name(".env-practice.before").read_text() == other
    assert os.name == "nt" or mode(file.with_name(".env-practice.before")) == 0o600
    file.write_text("mine again")
    assert write_seat(file, SEAT) == file.with_name(".env-practice.before-2")
    assert file.with_name(".env-practice.before").read_text() == other


def test_an_empty_file_is_in_nobodys_way(file: Path) -> None:
    file.write_text("\n")
    assert not is_in_the_way(file, SEAT)
    assert write_seat(file, SEAT) is None


def test_what_is_kept_is_ignored_by_git() -> None:
    patterns = (Path(__file__).parents[1] / ".gitignore").read_text().splitlines()
    assert {".env-practice*", ".practice/"} <= set(patterns)


def test_a_folder_and_a_missing_folder_are_told(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"The folder that \.env-practice belongs into does not exist"):
        check_place(file.parent / "nowhere" / file.name)
    file.mkdir()
    with pytest.raises(ConfigurationError, match=r"\.env-practice is a folder"):
        check_place(file)


@posix_only
@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_link_is_not_written_through(file: Path, target: str) -> None:
    (file.parent / "elsewhere").write_text("another project's")
    file.symlink_to(file.parent / target)
    with pytest.raises(ConfigurationError, match="is a link to another place"):
        check_place(file)
    write_seat(file, SEAT)  # somebody has made the link just now
    assert not file.is_symlink()
    assert (file.parent / "elsewhere").read_text() == "another project's"


@pytest.mark.parametrize(("module", "name"), [(os, "replace"), (tempfile, "mkstemp")])
def test_where_nothing_can_be_written_the_former_file_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    file.write_text("mine")

    def refused(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, name, refused)
    with pytest.raises(ConfigurationError, match="No space left on device"):
        write_seat(file, SEAT)
    assert [(each.name, each.read_text()) for each in file.parent.iterdir()] == [(".env-practice", "mine")]


def test_a_computer_has_one_mark_which_says_nothing_of_it(file: Path) -> None:
    mark = machine_mark(file)
    assert machine_mark(file) == mark
    assert len(mark) == 32
    assert int(mark, 16)
    other = file.parent / "other"
    other.mkdir()
    assert machine_mark(other / file.name) != mark
    (file.parent / ".practice" / "machine").write_text("nonsense\x00")
    assert machine_mark(file) not in ("nonsense\x00", mark)
    assert os.name == "nt" or mode(file.parent / ".practice" / "machine") == 0o600


def test_a_variable_that_wins_over_the_file_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_seat(file, SEAT)
    monkeypatch.setenv("RC_PRACTICE_URL", "http://127.0.0.1:8100")  # what tutorial.py sets gives way to a class
    monkeypatch.setenv("RC_PRACTICE_REDIRECT_URL", "http://localhost:5000/oauth2callback")
    assert overruled_by(file) == ""
    monkeypatch.setenv("RC_PRACTICE_CLIENT_ID", "of-another-app")
    assert overruled_by(file).startswith("But the variable RC_PRACTICE_CLIENT_ID wins over .env-practice.")
