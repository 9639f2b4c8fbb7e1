"""The box of notebook 00: the link of a seat goes in, the file is written, and the kernel goes on with the class."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm

from rc_nb_helpers import JoinPanel, LoginPanel, Session, load_environment
from rc_nb_helpers.panels.view import Details, View
from rc_nb_helpers.practice import PracticePlatform

from .conftest import eventually
from .test_view import unfit

MINE = "RC_SERVER_URL=\nRC_CLIENT_ID=my-own-app\nRC_CLIENT_SECRET=my-own-secret\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tutorial's folder, and the working folder of a notebook in it."""
    for name in [name for name in os.environ if name.startswith("RC_")]:
        monkeypatch.delenv(name)
    (tmp_path / ".env-sandbox").touch()
    (tmp_path / "my-notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "my-notebooks")
    return tmp_path


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Everything that goes from the kernel to the page."""
    sent: list[dict[str, Any]] = []

    class Recorder(BaseComm):
        def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
            sent.append(data or {})

    monkeypatch.setattr(comm, "create_comm", Recorder)
    return sent


def press(panel: JoinPanel | LoginPanel, button: str, value: str = "") -> None:
    panel._on_message(panel, {"press": button, "number": "1", "value": value}, [])
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "panel"], within=15)


def told(panel: JoinPanel) -> str:
    summary = panel._details["summary"]
    return " ".join(str(summary[part]) for part in ("text", "why", "cure") if summary.get(part))


@pytest.fixture
def panel(folder: Path, sent: list[dict[str, Any]]) -> Iterator[JoinPanel]:
    panel = JoinPanel()
    yield panel
    panel.close()


def test_a_kernel_that_ran_before_goes_on_with_the_class(
    panel: JoinPanel, folder: Path, classroom: PracticePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JupyterLab was started with a platform of one's own, and a login panel is on the screen: neither starts anew."""
    with PracticePlatform() as own:
        monkeypatch.setenv("RC_PRACTICE_URL", own.server_url)
        session = Session(load_environment("practice"))
        assert session.environment.server_url == own.server_url
        press(panel, "join", classroom.seat_link("learner-002"))
        assert told(panel).startswith("You have seat learner-002. It is written in .env-practice.")
        file = folder / ".env-practice"
        assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600
        there = load_environment("practice")
        assert (there.server_url, there.client_id) == (classroom.server_url, classroom.users[1]["client_id"])
        login = LoginPanel(session)
        press(login, "login")
        assert session.environment.server_url == classroom.server_url
        assert session.attempt
        assert session.attempt.authorize_url.startswith(classroom.server_url)
        session.attempt.cancel()
        login.close()


@pytest.mark.parametrize(("answer", "replaced"), [("replace", True), ("keep", False)])
def test_another_file_gives_way_only_to_a_yes(
    panel: JoinPanel, folder: Path, classroom: PracticePlatform, answer: str, replaced: bool
) -> None:
    file = folder / ".env-practice"
    file.write_text(MINE)
    press(panel, "join", classroom.seat_link("learner-001"))
    assert "Replace it?" in told(panel)
    assert [each["id"] for each in panel.view["buttons"]] == ["replace", "keep"]
    assert "entry" not in panel.view
    assert file.read_text() == MINE
    press(panel, answer)
    assert ("You have seat" in told(panel), file.read_text() != MINE) == (replaced, replaced)
    assert ((folder / ".env-practice.before").exists(), "entry" in panel.view) == (replaced, True)
    press(panel, "replace")  # of a page that is behind
    assert (file.read_text() != MINE) is replaced


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("", "No link was given"),
        ("learner-007", "not a seat link"),
        ("http://127.66.77.88:9/practice/seat#" + "a" * 22, "No practice platform answers"),
    ],
)
def test_what_goes_wrong_is_a_lesson(panel: JoinPanel, folder: Path, link: str, said: str) -> None:
    press(panel, "join", link)
    assert said in told(panel)
    assert panel._details["summary"]["cure"]
    assert panel.view["answered"] == ["1"]
    assert not (folder / ".env-practice").exists()


def test_a_variable_that_wins_is_told(
    panel: JoinPanel, classroom: PracticePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RC_PRACTICE_CLIENT_SECRET", "of-another-app")
    press(panel, "join", classroom.seat_link("learner-001"))
    assert panel._details["summary"]["kind"] == "error"
    assert "the variable RC_PRACTICE_CLIENT_SECRET wins over .env-practice" in told(panel)


def test_what_goes_to_the_page_holds_no_secret_and_what_is_saved_nothing_personal(
    panel: JoinPanel, folder: Path, classroom: PracticePlatform, sent: list[dict[str, Any]]
) -> None:
    (folder / ".env-practice").write_text(MINE)
    link = classroom.seat_link("learner-003")
    for button, value in (("join", link), ("replace", ""), ("join", link[:-1])):
        press(panel, button, value)
    assert sent
    text = json.dumps(sent, default=repr) + repr(panel)
    for secret in (link.partition("#")[2][:20], classroom.users[2]["client_secret"], "my-own-secret"):
        assert secret not in text
    views = [data["state"]["view"] for data in sent if "view" in data.get("state", {})]
    assert "learner-003" not in json.dumps(views)
    assert [wrong for view in views for wrong in unfit(view, View)] == []
    details = [data["content"]["details"] for data in sent if "details" in data.get("content", {})]
    assert [wrong for one in details for wrong in unfit(one, Details)] == []


def test_a_failure_that_nobody_expected_is_told_without_its_text(
    panel: JoinPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str) -> None:
        raise ValueError(text)

    monkeypatch.setattr("rc_nb_helpers.seat_link.read_link", broken)
    press(panel, "join", "a-secret")
    assert "did not expect (ValueError)" in told(panel)
    assert "a-secret" not in told(panel)
