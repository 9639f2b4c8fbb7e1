"""The wire in the panels without a browser: what goes to the page, when, and when no more."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm

from rc_nb_helpers import LoginPanel, Session, WirePanel
from rc_nb_helpers.panels import wired
from rc_nb_helpers.panels.base import Panel
from rc_nb_helpers.panels.view import Traffic
from rc_nb_helpers.panels.wire_rows import row_of
from rc_nb_helpers.panels.wired import Wired

from .conftest import CODE, TOKEN_PATH, FakePlatform, Say, callback, eventually, holds_secret, log_in
from .test_stills import by_browser, message
from .test_view import unfit


class Page:
    """A page that shows a panel: what comes to it, and what it sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def news(self) -> list[dict[str, Any]]:
        return [data["content"]["wire"] for data in self.sent if "wire" in data.get("content", {})]

    def rows(self) -> dict[str, dict[str, Any]]:
        """What the page knows, in its order, as the script keeps it."""
        known: dict[str, dict[str, Any]] = {}
        for each in self.news():
            known |= {row["key"]: row for row in each["rows"]}
            known = {key: known[key] for key in each["order"]}
        return known

    def says(self, panel: Panel, **what: Any) -> None:
        panel._on_message(panel, what, [])


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    page = Page()

    class Recorder(BaseComm):
        def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
            page.sent.append(data or {})

    monkeypatch.setattr(comm, "create_comm", Recorder)
    yield page
    for each in page.news():
        assert unfit(each, Traffic) == []


@pytest.fixture
def make() -> Iterator[Callable[..., Any]]:
    """Makes panels, and closes them when the test is over."""
    made: list[Panel] = []

    def make(kind: type[Wired], session: Session) -> Wired:
        made.append(kind(session))
        return made[-1]

    yield make
    for panel in made:
        panel.close()
    eventually(lambda: not looking())


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Notes each look at the wire."""
    looks: list[float] = []
    wire = Session.wire

    def noted(session: Session) -> Any:
        looks.append(1)
        return wire(session)

    monkeypatch.setattr(Session, "wire", noted)
    return looks


def looking() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "wire"]


@pytest.mark.parametrize("kind", [LoginPanel, WirePanel])
def test_nobody_asks_and_nothing_is_sent_before_a_page_shows_it(kind, make, fake_session, page, looks):
    panel = make(kind, fake_session)
    page.says(panel, ask="details")
    page.says(panel, come="1")
    assert ("wire" in panel.view) == (kind is WirePanel)  # a login panel asks "What just happened?" when something has
    log_in(fake_session)
    assert panel.view["wire"] == ("fold" if kind is LoginPanel else "open")
    assert (looks, page.news(), looking()) == ([], [], [])


def test_a_page_is_told_all_and_from_then_on_what_is_new(make, fake_session, page):
    log_in(fake_session)
    panel = make(WirePanel, fake_session)
    page.says(panel, unfold="1")
    eventually(page.news)
    before = page.rows()
    kinds = [row["label"].partition(":")[0] for row in before.values()]
    assert kinds[0] == "Ask for a login"
    assert kinds[-2:] == ["Bring the answer back", "Trade the code for tokens"]
    fake_session.get("/restapi/v1.0/account/~")
    eventually(lambda: any("/account/~" in row["label"] and "200" in row["how"] for row in page.rows().values()))
    told = [row["key"] for each in page.news()[1:] for row in each["rows"]]
    assert not set(told) & set(before)
    # A page that opens now has missed all of it.
    count = len(page.news())
    page.says(panel, unfold="2")
    eventually(lambda: len(page.news()) > count)
    assert [row["key"] for row in page.news()[-1]["rows"]] == list(page.rows())


def test_many_exchanges_are_told_in_few_words_and_only_the_newest_are_kept(make, fake_session, page, monkeypatch):
    monkeypatch.setattr(wired, "MOST_ROWS", 50)
    log_in(fake_session)
    panel = make(WirePanel, fake_session)
    page.says(panel, unfold="1")
    for number in range(150):
        fake_session.get(f"/restapi/v1.0/number/{number}")
    eventually(lambda: any(row["label"].endswith("/149") for row in page.rows().values()))
    assert len(page.rows()) == len(panel._feed._looking._known) == 50
    assert len(page.news()) < 30


@pytest.mark.parametrize(
    "leave",
    [
        lambda panel, page: page.says(panel, fold="1"),
        lambda panel, page: page.says(panel, gone="1"),
        lambda panel, page: panel.call_roll(),
        lambda panel, page: panel.close(),
        lambda panel, page: page.says(panel, come="2"),  # the tab may be gone without a word
    ],
    ids=["folded", "gone", "called", "closed", "reloaded"],
)
def test_it_stops_when_nobody_looks(leave, make, fake_session, page, looks):
    panel = make(WirePanel, fake_session)
    page.says(panel, come="1")
    page.says(panel, unfold="1")
    eventually(page.news)
    leave(panel, page)
    eventually(lambda: not looking())
    looks.clear()
    log_in(fake_session)
    assert looks == []


def test_it_goes_on_as_long_as_one_page_looks(make, fake_session, page):
    panel = make(WirePanel, fake_session)
    for number in ("1", "2"):
        page.says(panel, unfold=number)
    page.says(panel, fold="1")
    log_in(fake_session)
    eventually(lambda: any("Trade" in row["label"] for row in page.rows().values()))


def test_a_waiting_login_is_looked_at_again_and_again_and_less_often_when_nothing_happens(
    make, fake_session, page, looks, monkeypatch
):
    """What the person does at the sign-in page is known to practice alone."""
    monkeypatch.setattr(wired, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(wired, "_SHARE", 0)
    monkeypatch.setattr(wired, "_QUICK_SECONDS", 0.01)
    monkeypatch.setattr(wired, "_SLOW_SECONDS", 600.0)
    panel = make(WirePanel, fake_session)
    page.says(panel, unfold="1")
    fake_session.begin_login()
    eventually(lambda: len(looks) > 5)
    assert len(page.news()) < 5  # it asks, and has nothing to tell
    monkeypatch.setattr(wired, "_QUICK_FOR", 0.0)
    assert panel._feed._looking._until_next() == 600.0


def test_what_stands_in_a_message_is_told_without_its_secrets(make, fake_session, page):
    panel = make(WirePanel, fake_session)
    page.says(panel, unfold="1")
    log_in(fake_session)
    fake_session.get("/restapi/v1.0/account/~", phoneNumber="+16505550100")
    eventually(lambda: any("/account/~" in row["label"] and "200" in row["how"] for row in page.rows().values()))
    token = next(row for row in page.rows().values() if TOKEN_PATH in row["label"])
    assert token["line"].startswith(
        "Your notebook to RingCentral, behind the browser's back: Trade the code for tokens"
    )
    assert token["http"].startswith(f"POST {TOKEN_PATH} HTTP/1.1\n")
    assert "$CODE" in token["curl"]
    assert "platform.login" in token["python"]
    verifier = next(each for each in token["meanings"] if each["name"] == "code_verifier")
    assert (verifier["value"], verifier["source"]) == ("(hidden)", "RFC 7636 §4.5")
    assert verifier["link"].startswith("https://")
    assert holds_secret(json.dumps(page.news())) == []
    assert "16505550100" in json.dumps(page.news())
    assert "16505550100" not in json.dumps(panel.view)  # which a notebook may save


def test_a_failure_is_explained_in_its_place(make, fake_session, fake: FakePlatform, page):
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant", "errorCode": "OAU-109"}, status=400)
    panel = make(WirePanel, fake_session)
    page.says(panel, unfold="1")
    attempt = fake_session.begin_login()
    attempt.submit(callback(attempt))
    eventually(lambda: any(row["problem"] for row in page.rows().values()))
    problem = next(row["problem"] for row in page.rows().values() if row["problem"])
    assert "400 OAU-109" in problem["text"]
    assert "not one that is registered" in problem["why"]
    assert "RC_REDIRECT_URL" in problem["cure"]
    assert CODE not in json.dumps(page.news())


def test_what_nobody_has_seen_says_so_and_has_no_text():
    row = row_of(by_browser("1", "sign-in"), "Practice")
    assert row["unseen"]
    assert row["line"] == "Your browser to Practice, through the browser: Sign in, nobody here has seen this"
    assert "Nobody here has seen this message" in row["http"]
    assert (row["curl"], row["python"], row["meanings"]) == ("", "", [])


def test_the_way_to_a_listener_of_ones_own_is_told_as_what_it_is():
    row = row_of(by_browser("1", "callback", receiver="notebook"), "Practice")
    assert row["unseen"]
    assert row["how"] == "through the browser, it goes from your browser to your own listener: practice cannot see it"


def test_of_what_practice_alone_has_seen_the_rest_is_inferred_and_marked():
    seen = frozenset({"server"})
    brought = ("access_token", "expires_in", "refresh_token")
    row = row_of(message(seen_by=seen, parameters=(("code", "(hidden)"),), brought=brought), "Practice")
    assert "Authorization: Basic (hidden)" in row["http"]
    assert '"refresh_token": "(hidden)"' in row["http"]
    assert row["http"].endswith("and what came back.)")
    assert '--user "$CLIENT_ID:$CLIENT_SECRET"' in row["curl"]
    marked = {each["name"]: each["inferred"] for each in row["meanings"]}
    assert marked == {"code": False, "Authorization": True, **dict.fromkeys(brought, True)}
    for other in ({"status": 400, "code": "OAU-213"}, {"parameters": (("client_id", "me"),)}):
        assert "Authorization" not in row_of(message(seen_by=seen, **other), "Practice")["http"]


def test_a_wrong_password_is_no_problem_of_the_answer():
    row = row_of(
        by_browser("1", "sign-in", "/practice/sign-in", code="sign-in", status=200, state="failed"), "Practice"
    )
    assert row["problem"]["text"].startswith("The user name and the password")
    assert row["problem"]["why"] == ""


def test_long_and_strange_contents_stay_bounded():
    many = tuple((f"name{number}", "x" * 4000) for number in range(200))
    row = row_of(message(parameters=many, answer='{"access_token": [1]}', headers=many), "RingCentral")
    assert len(row["meanings"]) == 30
    assert max(len(each["value"]) for each in row["meanings"]) <= 201
    assert len(row_of(message(url="https://s.example/" + "x" * 3000), "RingCentral")["line"]) < 300
    for answer in ("[" * 100_000, "[1]", '"x"', "{", "nothing"):
        assert row_of(message(answer=answer), "RingCentral")["meanings"] == []


def test_a_panel_that_cannot_look_says_so(make, fake_session, page, monkeypatch):
    monkeypatch.setattr(Session, "wire", lambda _: 1 / 0)
    panel = make(WirePanel, fake_session)
    page.says(panel, unfold="1")
    eventually(lambda: "does not work any more" in panel.view["status"]["text"])


def test_a_panel_that_only_looks_on_says_what_it_needs(make, session):
    says = make(WirePanel, session).view["status"]
    assert "needs none" in says["text"]
    assert "Run a cell that logs in" in says["cure"]


def test_a_panel_that_only_looks_on_sees_what_other_programs_of_its_app_do(make, session, browser, page, monkeypatch):
    """As in notebooks 04 and 05, whose program logs in and out beside the panel."""
    monkeypatch.setattr(wired, "_QUICK_SECONDS", 0.05)
    page.says(make(WirePanel, session), unfold="1")
    other = Session(session.environment)
    attempt = other.begin_login()
    browser.log_in(attempt)
    attempt.wait(timeout=60)
    eventually(lambda: any("Trade the code" in row["label"] for row in page.rows().values()))
    other.logout()
    eventually(lambda: any("/oauth/revoke" in row["label"] for row in page.rows().values()))


def test_a_panel_is_told_when_its_session_changes(make, fake_session):
    panel = make(WirePanel, fake_session)
    assert panel.view["status"]["text"] == "This session has no login."
    assert "LoginPanel(session)" in panel.view["status"]["cure"]
    attempt = fake_session.begin_login()
    assert "under way" in panel.view["status"]["text"]
    attempt.submit(callback(attempt))
    attempt.wait(timeout=60)
    eventually(lambda: panel.view["status"]["text"] == "Logged in to elsewhere.")
