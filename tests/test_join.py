"""``tutorial.py join``: from a bare clone and a link to a seat, in a terminal and without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rc_nb_helpers.practice import PracticePlatform
from tools import joining, servers

ROOT = Path(__file__).parents[1]
MINE = "RC_SERVER_URL=\nRC_CLIENT_ID=my-own-app\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What somebody has who has only cloned the tutorial, in a folder with an odd name."""
    folder = tmp_path / "Übung №1 (kopie) & 'mehr'"
    for name in ("tools", "rc_nb_helpers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "practice"))
    shutil.copy(ROOT / "tutorial.py", folder)
    return folder


def join(clone: Path, *arguments: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a Python that has no packages, without a terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RC_")}
    return subprocess.run(
        [sys.executable, "-S", "tutorial.py", "join", *arguments],
        cwd=clone,
        env={**kept, **variables},
        input=given,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_from_a_bare_clone_to_a_seat(clone: Path, classroom: PracticePlatform) -> None:
    link = classroom.seat_link("learner-002")
    done = join(clone, link)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"You have seat learner-002 in the class at {classroom.server_url}." in done.stdout
    assert "Now: py" in done.stdout
    user, file = classroom.users[1], clone / ".env-practice"
    assert f"RC_CLIENT_ID={user['client_id']}\nRC_CLIENT_SECRET={user['client_secret']}\n" in file.read_text()
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600
    for secret in (user["client_secret"], link.partition("#")[2]):
        assert secret not in done.stdout
    again = join(clone, given=f"<{link}>\n")  # asked for, so that it is in no history
    assert (again.returncode, "You have seat learner-002" in again.stdout) == (0, True)
    assert classroom._backend.seat_links.computers("learner-002") == 1


def test_another_file_gives_way_only_to_a_yes(clone: Path, classroom: PracticePlatform) -> None:
    file = clone / ".env-practice"
    file.write_text(MINE)
    link = classroom.seat_link("learner-001")
    refused = join(clone, link)
    assert (refused.returncode, file.read_text()) == (1, MINE)
    assert "--replace" in refused.stderr
    done = join(clone, link, "--replace")
    assert done.returncode == 0
    assert "Your former file is .env-practice.before" in done.stdout
    assert (clone / ".env-practice.before").read_text() == MINE
    assert "RC_SERVER_URL=http://127.66.77.88" in file.read_text()


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("", "No link was given"),
        ("http://127.0.0.1:9/practice/seat", "The end of this link is missing"),
        ("http://127.0.0.1:9/practice/seat#" + "a" * 22, "No practice platform answers"),
    ],
)
def test_what_goes_wrong_is_a_lesson(clone: Path, link: str, told: str) -> None:
    done = join(clone, *([link] if link else []))
    assert done.returncode == 1
    assert told in done.stderr
    assert "What to do: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (clone / ".env-practice").exists()


@pytest.mark.parametrize(
    ("answer", "replaced"), [("y", True), ("YES ", True), ("", False), ("n", False), (None, False)]
)
def test_in_a_terminal_one_is_asked(
    answer: str | None,
    replaced: bool,
    tmp_path: Path,
    classroom: PracticePlatform,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / ".env-practice"
    file.write_text(MINE)
    monkeypatch.setattr(servers, "ROOT", tmp_path)
    monkeypatch.setattr(joining.sys, "stdin", SimpleNamespace(isatty=lambda: True))

    def person(question: str) -> str:
        assert "Replace it?" in question
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", person)
    code = joining.take_seat_with(classroom.seat_link("learner-003"), replace=False)
    assert (code == 0, file.read_text() != MINE) == (replaced, replaced)
    assert ("Nothing was changed" in capsys.readouterr().out) is not replaced


def test_it_is_written_where_the_notebooks_look_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "ROOT", tmp_path)
    assert servers.practice_file() == tmp_path / ".env-practice"
    (tmp_path / "my-notebooks").mkdir()
    (tmp_path / "my-notebooks" / ".env-practice").touch()
    assert servers.practice_file() == tmp_path / "my-notebooks" / ".env-practice"
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path / "files"))
    assert servers.practice_file() == tmp_path / "files" / ".env-practice"


def test_a_class_on_this_very_computer_says_what_else_is_needed(clone: Path) -> None:
    with PracticePlatform(learners=1) as platform:
        done = join(clone, platform.seat_link("learner-001"))
        assert f"set RC_PRACTICE_URL to {platform.server_url}" in done.stdout
