"""The token panel: what may be known of the tokens is there, and never a part of them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rc_nb_helpers import FileStorage, Session, TokenPanel
from rc_nb_helpers.panels.view import Details, View
from rc_nb_helpers.practice import PracticePlatform

from .conftest import FakePlatform, environment_of, eventually, log_in
from .test_view import unfit

Make = Callable[[Session], TokenPanel]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[TokenPanel] = []

    def make(session: Session) -> TokenPanel:
        made.append(TokenPanel(session))
        return made[-1]

    yield make
    settled()
    for panel in made:
        assert unfit(panel.view, View) == []
        assert unfit(panel._details, Details) == []
        panel.close()


def settled() -> None:
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "panel"])


def press(panel: TokenPanel, button: str) -> None:
    panel._on_message(panel, {"press": button, "number": "1"}, [])
    settled()


def token(panel: TokenPanel, name: str) -> dict[str, Any]:
    (found,) = [each for each in panel._details["tokens"] if each["name"] == name]
    return dict(found)


def facts(panel: TokenPanel) -> dict[str, str]:
    return {each["name"]: each["text"] for each in panel._details["facts"]}


def buttons(panel: TokenPanel) -> list[str]:
    return [each["id"] for each in panel.view["buttons"]]


def status(panel: TokenPanel) -> str:
    said = panel.view["status"]
    return " ".join(said[part] for part in ("text", "why", "cure") if said.get(part))


def test_without_a_login_it_offers_one_and_holds_nothing(make: Make, fake_session: Session) -> None:
    panel = make(fake_session)
    assert status(panel) == "Not logged in."
    assert buttons(panel) == ["login"]
    assert (panel._details.get("tokens") or [], panel._details.get("facts") or []) == ([], [])


def test_it_tells_of_the_tokens_all_that_may_be_known_and_no_part_of_them(make: Make, logged_in: Session) -> None:
    panel = make(logged_in)
    access, refresh = token(panel, "Access token"), token(panel, "Refresh token")
    assert (access["lasts"], refresh["lasts"]) == (3600, 604800)
    assert access["ends"] == pytest.approx(time.time() + 3600, abs=60)
    assert refresh["ends"] == pytest.approx(time.time() + 604800, abs=60)
    assert "ReadAccounts" in facts(panel)["What the app may do"]
    assert facts(panel)["Refreshed"] == "Not yet."
    assert facts(panel)["Kept"] == "Only in the memory of this notebook's kernel, and ends with it."
    sent = json.dumps([panel.view, panel._details])
    data = logged_in.platform.auth().data()
    for name in ("access_token", "refresh_token"):
        value = data[name]
        assert not [at for at in range(len(value) - 6) if value[at : at + 6] in sent], name
    assert data["owner_id"] not in sent


def test_a_refresh_is_counted_and_starts_the_bars_anew(make: Make, logged_in: Session) -> None:
    panel = make(logged_in)
    logged_in.platform.auth().set_data({"expire_time": time.time() + 5})
    assert token(panel, "Access token")["ends"] < time.time() + 10
    press(panel, "refresh")
    assert status(panel).startswith("RingCentral has given new tokens")
    assert token(panel, "Access token")["ends"] > time.time() + 3000
    assert facts(panel)["Refreshed"] == "Once."
    logged_in.platform.auth().set_data(logged_in.platform.auth().data())  # the same once more is no refresh
    logged_in.refresh()
    assert facts(panel)["Refreshed"] == "2 times."


def test_a_new_login_counts_its_refreshes_anew(make: Make, fake_session: Session) -> None:
    panel = make(fake_session)
    log_in(fake_session)
    fake_session.refresh()
    assert facts(panel)["Refreshed"] == "Once."
    log_in(fake_session)
    assert facts(panel)["Refreshed"] == "Not yet."


def test_tokens_that_end_by_the_clock_are_told_of_when_the_page_asks(make: Make, logged_in: Session) -> None:
    """Nothing happens in the kernel then: the page sees its bar run out, and asks."""
    panel = make(logged_in)
    logged_in.platform.auth().set_data({"expire_time": time.time() - 1})
    assert "The next call gets a new one" in token(panel, "Access token")["over"]
    end = time.time() + 0.1
    logged_in.platform.auth().set_data({"refresh_token_expire_time": end})
    assert buttons(panel) == ["refresh", "logout"]
    time.sleep(max(0.0, end - time.time()))
    panel._on_message(panel, {"ask": "details"}, [])
    assert status(panel) == "Not logged in."
    assert panel._details["tokens"] == []


def test_an_app_without_refresh_tokens_is_told_of(make: Make, fake_session: Session, fake: FakePlatform) -> None:
    panel = make(fake_session)
    fake_session.platform.auth().set_data(fake.tokens(refresh_token=None, refresh_token_expires_in=None))
    assert buttons(panel) == ["logout"]
    assert token(panel, "Refresh token")["ends"] == 0
    assert "this app gets no refresh tokens" in token(panel, "Refresh token")["over"]
    assert "so has the login" in token(panel, "Access token")["over"]


def test_a_login_that_is_kept_says_where_and_what_is_not_known_of_it_yet(
    make: Make, logged_in: Session, practice: PracticePlatform, tmp_path: Path
) -> None:
    storage = FileStorage(tmp_path / "login")
    logged_in.keep(storage)
    assert storage.description in facts(make(logged_in))["Kept"]
    next_day = Session(environment_of(practice), storage=storage)
    panel = make(next_day)
    assert "Not known yet" in facts(panel)["What the app may do"]
    assert token(panel, "Access token")["lasts"] == 0
    press(panel, "refresh")
    assert "ReadAccounts" in facts(panel)["What the app may do"]
    press(panel, "logout")
    assert "Logged out" in status(panel) or "revoked" in status(panel)
    assert panel._details["tokens"] == []


def test_a_refresh_that_fails_is_a_lesson(make: Make, logged_in: Session, practice: PracticePlatform) -> None:
    panel = make(logged_in)
    practice.controls.reset()  # the server has forgotten the login
    press(panel, "refresh")
    assert "The login has ended" in status(panel)
    assert buttons(panel)[0] == "login"
