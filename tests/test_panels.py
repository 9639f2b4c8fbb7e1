"""The panels without a browser: what they show, what the page's messages do, and what must never be in them."""

from __future__ import annotations

import dataclasses
import gc
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import comm
import pytest
from comm.base_comm import BaseComm

from rc_nb_helpers import (
    Call,
    ConfigurationError,
    Environment,
    LoginPanel,
    LogoutPanel,
    RingCentralError,
    Session,
    TestPanel,
    TokenPanel,
    load_environment,
    open_in_browser,
    storage,
)
from rc_nb_helpers.calls import FIRST_CALLS
from rc_nb_helpers.panels import base, results
from rc_nb_helpers.panels.base import Panel
from rc_nb_helpers.panels.link import SignInLink
from rc_nb_helpers.panels.view import Details, View
from rc_nb_helpers.server_record import CONTROLS_PATH

from .conftest import (
    CODE,
    REVOKE_PATH,
    TOKEN_PATH,
    Browser,
    FakePlatform,
    Say,
    bring,
    callback,
    environment_of,
    eventually,
    free_port,
    holds_secret,
    is_free,
    log_in,
    parameters,
    state_of,
)
from .test_loopback import program
from .test_view import unfit

PANELS = [LoginPanel, TestPanel, LogoutPanel]
EXTENSIONS = "/restapi/v1.0/account/~/extension"
ME = EXTENSIONS + "/~"


class Wire:
    """Everything that goes from the panels to the page: messages, and the state that a notebook may save."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def details(self) -> dict[str, Any]:
        """What the page knows from messages, which nobody saves."""
        known: dict[str, Any] = {}
        for data in self.sent:
            known |= data.get("content", {}).get("details", {})
        return known

    def text(self) -> str:
        return json.dumps(self.sent, default=repr)


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire()

    class Recorder(BaseComm):
        def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
            wire.sent.append(data or {})

    monkeypatch.setattr(comm, "create_comm", Recorder)
    yield wire
    for data in wire.sent:
        if "view" in data.get("state", {}):
            assert unfit(data["state"]["view"], View) == []
        if "details" in data.get("content", {}):
            assert unfit(data["content"]["details"], Details) == []


@pytest.fixture(autouse=True)
def _silence(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """No panel ever prints."""
    yield
    assert capsys.readouterr() == ("", "")


@pytest.fixture(autouse=True)
def _no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without credentials, as a learner has it."""
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))


@pytest.fixture
def make() -> Iterator[Callable[..., Any]]:
    """Makes panels, and closes them when the test is over."""
    made: list[Panel] = []

    def make(kind: type[Panel], session: Session, **options: Any) -> Panel:
        made.append(kind(session, **options))
        return made[-1]

    yield make
    settled()
    for panel in made:
        panel.close()


def settled() -> None:
    """Wait until no panel works any more."""
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "panel"])


def press(panel: Panel, button: str, value: str | None = None) -> None:
    """What the page sends when a button is pressed; returns when it is worked off."""
    message = {"press": button} | ({} if value is None else {"value": value})
    panel._on_message(panel, message, [])
    settled()


def buttons(panel: Panel) -> list[str]:
    return [button["id"] for button in panel.view.get("buttons", [])]


def status(panel: Panel) -> str:
    """What a page shows, as ``panel.js`` puts it together."""
    said = panel._details.get("summary") or panel.view["status"]
    parts = (said.get("whole") or said.get("text"), said.get("why"), said.get("cure"))
    return " ".join(str(part) for part in parts if part)


# --- before the login


@pytest.mark.parametrize("kind", PANELS)
def test_without_a_login_each_panel_says_so_and_offers_one(make, fake_session, kind):
    panel = make(kind, fake_session)
    assert status(panel) == "Not logged in."
    assert buttons(panel) == ["login"]
    assert panel.view["title"]


def test_the_logout_panel_is_titled_as_things_stand(make, fake_session):
    panel = make(LogoutPanel, fake_session)
    assert panel.view["title"] == "Logged out"
    log_in(fake_session)
    settled()
    assert (panel.view["title"], buttons(panel)) == ("Log out", ["logout"])


@pytest.mark.parametrize("kind", PANELS)
def test_repr_never_changes(make, fake_session, kind):
    panel = make(kind, fake_session)
    before = repr(panel)
    log_in(fake_session)
    settled()
    assert repr(panel) == before == f"<{kind.__name__}: run this cell to show it>"


@pytest.mark.parametrize("kind", PANELS)
def test_view_is_plain_data(make, fake_session, kind):
    panel = make(kind, fake_session)
    log_in(fake_session)
    settled()
    assert json.loads(json.dumps(panel.view)) == panel.view


def test_no_http_before_anybody_asks(make, fake_session, fake):
    for kind in PANELS:
        make(kind, fake_session)
    assert fake.seen == []


def test_chooser_says_what_each_environment_is_and_what_it_needs(make, practice, tmp_path):
    (tmp_path / ".env-sandbox").write_text(
        "RC_CLIENT_ID=i\nRC_CLIENT_SECRET=s\nRC_SERVER_URL=https://s.example\nRC_REDIRECT_URL=http://localhost:5000/x\n"
    )
    panel = make(LoginPanel, Session(environment_of(practice)))
    choices = {choice["value"]: choice for choice in panel.view["choices"]}
    assert list(choices) == ["practice", "sandbox", "production"]
    assert panel.view["choice"] == "practice"
    assert [bool(choice["missing"]) for choice in choices.values()] == [False, False, True]
    assert "retiring" in choices["sandbox"]["note"]


def test_environment_of_ones_own_has_no_other_choice(make, fake_session, fake):
    panel = make(LoginPanel, fake_session)
    assert [(choice["value"], choice["note"]) for choice in panel.view["choices"]] == [("elsewhere", fake.server_url)]


def test_chooser_says_that_a_classroom_can_be_listened_to(make):
    room = Environment(
        name="practice", server_url="http://192.0.2.7:8100", client_id="i", redirect_uri="http://localhost:5000/x"
    )
    (practice, *others) = make(LoginPanel, Session(room)).view["choices"]
    assert "Not encrypted" in practice["note"]
    assert not [choice for choice in others if "Not encrypted" in choice["note"]]


def test_choosing_switches_and_a_wrong_choice_is_explained(make, practice, monkeypatch):
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
    session = Session(load_environment("practice"))
    panel = make(LoginPanel, session)
    press(panel, "choose", "production")
    assert ".env-production" in status(panel)
    assert panel.view["choice"] == "practice"
    values = {"CLIENT_ID": "id-1", "CLIENT_SECRET": "secret-1", "REDIRECT_URL": "http://localhost:5000/oauth2callback"}
    for name, value in values.items():
        monkeypatch.setenv(f"RC_PRODUCTION_{name}", value)
    press(panel, "choose", "production")
    assert session.environment.name == panel.view["choice"] == "production"
    press(panel, "choose", "nonsense")
    assert "There is no environment called 'nonsense'." in status(panel)


# --- the login


def test_login_through_the_panel_from_press_to_logout(make, session, browser, wire, practice):
    login, calls, logout = (make(kind, session) for kind in PANELS)
    press(login, "login")
    assert status(login).startswith("Waiting for you to sign in")
    assert buttons(login) == ["again", "cancel"]
    assert login.view["status"]["until"] == session.attempt.deadline
    assert parameters(wire.details()["url"])["client_id"] == practice.client_id
    bring(browser.answer_of(wire.details()["url"]))
    settled()
    assert status(login) == "Logged in to practice."
    assert wire.details()["url"] == ""
    eventually(lambda: "extension" in wire.details().get("person", ""))
    assert login.view["expires"] == session.token_status.expires_at
    assert login.view["refresh_expires"] > login.view["expires"]
    assert login.view["choices_locked"]

    assert len(buttons(calls)) == 6
    for name, call in ((f"call-{number}", call) for number, call in enumerate(FIRST_CALLS, start=1)):
        press(calls, name)
        assert status(calls) == f"{call.label}: the server has answered."
        result = wire.details()["result"]
        assert result["line"].startswith(f"GET {call.path} → 200, ")
        assert result["rows"]
        assert all(isinstance(cell, str) for row in result["rows"] for cell in row)
        assert all(len(row) == len(result["columns"]) for row in result["rows"])
        assert json.loads(result["json"])

    press(logout, "logout")
    assert "the server has revoked the tokens" in status(logout)
    for panel in (login, calls):
        assert status(panel) == "Not logged in."
        assert buttons(panel) == ["login", "somebody-else"]
    assert wire.details()["result"] is None
    assert wire.details()["person"] == ""


@pytest.mark.parametrize("kind", PANELS)
def test_login_may_be_begun_from_any_panel(make, fake_session, wire, kind):
    panel = make(kind, fake_session)
    press(panel, "login")
    bring(callback(fake_session.attempt))
    settled()
    assert "Log in" not in status(panel)
    assert "login" not in buttons(panel)


def test_cancel_is_no_error_and_offers_the_next_login(make, fake_session, port):
    panel = make(LoginPanel, fake_session)
    press(panel, "login")
    press(panel, "cancel")
    assert panel.view["status"]["kind"] == "info"
    assert "cancelled" in status(panel)
    assert buttons(panel) == ["login", "somebody-else"]
    assert is_free(port)


def test_callback_can_be_pasted(make, fake_session):
    panel = make(LoginPanel, fake_session)
    press(panel, "login")
    assert panel.view["paste"] is True
    press(panel, "paste", callback(fake_session.attempt, state="wrong"))
    assert "belongs to another login" in status(panel)
    assert fake_session.login_pending
    press(panel, "paste", callback(fake_session.attempt))
    eventually(lambda: fake_session.logged_in)


def test_box_for_pasting_is_open_where_nobody_listens(make, fake):
    environment = Environment(
        name="hub", server_url=fake.server_url, client_id="i", redirect_uri="https://hub.example/callback"
    )
    panel = make(LoginPanel, Session(environment))
    press(panel, "login")
    assert panel.view["paste_open"] is True
    assert "paste the address" in status(panel)
    press(panel, "cancel")


@pytest.mark.parametrize(
    ("say", "words", "code"),
    [
        (Say({"errors": [{"errorCode": "OAU-108", "message": "Expired"}]}, status=400), "60 seconds", "OAU-108"),
        (
            Say({"errors": [{"errorCode": "OAU-153", "message": "Invalid client"}]}, status=400),
            "does not accept this app",
            "OAU-153",
        ),
        (Say({"error": "invalid_grant"}, status=400), "no longer good", "invalid_grant"),
        (Say({"errors": [{"errorCode": "see OAU-108", "message": "OAU-109"}]}, status=400), "not in our", ""),
        (Say("<html>", status=503, kind="text/html"), "busy", ""),
        (Say("", cut=0), "broke off", ""),
    ],
    ids=["expired code", "credentials", "a word of the standard", "a code of nobody", "busy server", "hung up"],
)
def test_failed_login_is_told_in_the_panel_which_is_ready_for_the_next(make, fake_session, fake, say, words, code):
    panel = make(LoginPanel, fake_session)
    fake.script[TOKEN_PATH] = say
    press(panel, "login")
    bring(callback(fake_session.attempt))
    settled()
    assert words in status(panel)
    assert panel.view["status"]["kind"] == "error"
    assert panel.view["status"].get("explained", {}).get("code", "") == code
    assert buttons(panel) == ["login", "somebody-else"]
    fake.script.clear()
    press(panel, "login")
    bring(callback(fake_session.attempt))
    settled()
    assert status(panel) == "Logged in to elsewhere."


def test_values_that_were_put_right_count_at_the_next_press(make, practice, browser, wire, monkeypatch, tmp_path, port):
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
    mine = tmp_path / ".env-practice"
    lines = f"RC_CLIENT_ID={practice.client_id}\nRC_REDIRECT_URL={practice.redirect_uris[0]}\nRC_CLIENT_SECRET="
    mine.write_text(lines + "of-another-app\n")
    panel = make(LoginPanel, Session(load_environment("practice")))
    press(panel, "login")
    bring(browser.answer_of(wire.details()["url"]))
    settled()
    assert "Copy the client id and the client secret again" in status(panel)
    mine.write_text(lines + practice.client_secret + "\n")
    press(panel, "login")
    bring(browser.answer_of(wire.details()["url"]))
    settled()
    assert status(panel) == "Logged in to practice."


def test_denial_is_told_in_the_panel(make, fake_session):
    panel = make(LoginPanel, fake_session)
    press(panel, "login")
    bring(callback(fake_session.attempt, error="access_denied"))
    settled()
    assert "The login was refused." in status(panel)


WORDS = "Extension of Alex Rivera, +16505550101"


def saved(wire: Wire) -> str:
    return json.dumps([data["state"] for data in wire.sent if "state" in data], default=repr)


@pytest.mark.parametrize(
    "said",
    [
        {"errors": [{"errorCode": "CMN-102", "message": WORDS}]},
        {"errors": [{"errorCode": WORDS, "message": "No"}]},
        {"error": "+16505550101_Rivera", "error_description": WORDS},
        WORDS,
    ],
    ids=["message", "in the place of a code", "in the place of OAuth's word", "a text"],
)
@pytest.mark.parametrize("what", ["call", "token", "refresh", "logout"])
def test_servers_own_words_go_to_the_page_and_are_never_saved(make, fake_session, fake, wire, said, what):
    say = Say(said, status=400, kind="text/plain" if isinstance(said, str) else "application/json")
    panel = make({"call": TestPanel, "refresh": TokenPanel}.get(what, LoginPanel), fake_session)
    if what == "token":
        fake.script[TOKEN_PATH] = say
        press(panel, "login")
        bring(callback(fake_session.attempt))
        settled()
    else:
        log_in(fake_session)
        fake.script |= {EXTENSIONS: say, TOKEN_PATH: say, REVOKE_PATH: say}
        press(panel, {"call": "call-1"}.get(what, what))
    assert "Rivera" in status(panel)
    assert panel.view["status"]["kind"] == "error"
    assert panel.view["status"]["text"]
    assert "Rivera" not in saved(wire)
    assert "5550101" not in saved(wire)
    # A page that opens later asks, and gets the whole.
    wire.sent.clear()
    panel._on_message(panel, {"ask": "details"}, [])
    assert "Rivera" in wire.details()["summary"]["whole"]
    # They end with what they were about.
    fake.script.clear()
    log_in(fake_session)
    fake_session.logout()
    assert wire.details()["summary"] is None


@pytest.mark.parametrize("error", ["access_denied", "invalid_scope", "Alex_Rivera"])
def test_words_in_a_refusal_of_the_login_are_never_saved(make, fake_session, wire, error):
    panel = make(LoginPanel, fake_session)
    press(panel, "login")
    bring(callback(fake_session.attempt, error=error, error_description=quote(WORDS)))
    settled()
    assert WORDS in status(panel)
    assert panel.view["status"]["why"]
    assert "Rivera" not in saved(wire)
    assert "5550101" not in saved(wire)


def test_panel_that_gives_up_says_so_in_the_place_of_the_error_before(make, fake_session, fake, monkeypatch):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    fake.script[EXTENSIONS] = Say({"message": WORDS}, status=400)
    press(panel, "call-1")
    monkeypatch.setattr(panel, "_describe", lambda: 1 / 0)
    press(panel, "call-1")
    assert "does not work any more (ZeroDivisionError)" in status(panel)


def test_deadline_is_told_in_the_panel(make, fake_session):
    panel = make(LoginPanel, fake_session)
    fake_session.begin_login(timeout=0.1)
    eventually(lambda: "Nobody finished the login in time." in status(panel))
    assert buttons(panel) == ["login", "somebody-else"]


def test_port_in_use_is_told_in_the_panel_and_the_answer_can_be_pasted(make, fake_session, port):
    panel = make(LoginPanel, fake_session)
    with program(port, b""):
        press(panel, "somebody-else")
    assert f"Port {port} is already in use" in status(panel)
    assert "paste it below" in status(panel)
    assert "listen=False" not in status(panel)
    assert (panel.view["paste_open"], buttons(panel)) == (True, ["again", "cancel"])
    assert panel.view["way_line"] == "You paste the login's answer."
    assert not fake_session.attempt.listening
    assert parameters(fake_session.attempt.authorize_url)["prompt"] == "login"
    press(panel, "paste", callback(fake_session.attempt))
    eventually(lambda: fake_session.logged_in)


def test_other_port_is_offered_where_the_app_has_one(make, fake_session, fake_environment, port):
    other = f"http://localhost:{free_port()}/oauth2callback"
    fake_session.use(dataclasses.replace(fake_environment, name="two ports", other_redirect_uris=(other,)))
    panel = make(LoginPanel, fake_session)
    with program(port, b""):
        press(panel, "login")
        assert f"Port {port} is already in use" in status(panel)
        assert other in status(panel)
        assert buttons(panel) == ["other-port", "by-hand", "login"]
        press(panel, "by-hand")
        assert (fake_session.attempt.listening, panel.view["paste_open"]) == (False, True)
        press(panel, "cancel")
        press(panel, "login")
        press(panel, "other-port")
        assert parameters(fake_session.attempt.authorize_url)["redirect_uri"] == other
        assert "Login success" in bring(callback(fake_session.attempt)).text
        settled()
    assert "Logged in" in status(panel)


# --- how the answer comes back


def test_way_back_is_said_in_a_line_and_can_be_changed(make, fake_session, fake_environment, port):
    other = f"http://localhost:{free_port()}/oauth2callback"
    fake_session.use(dataclasses.replace(fake_environment, name="two ports", other_redirect_uris=(other,)))
    panel = make(LoginPanel, fake_session)
    view = panel.view
    assert view["way_line"] == f"The login's answer comes to port {port} of this notebook's computer."
    assert [way["label"] for way in view["ways"]] == [f"port {port}", f"port {urlsplit(other).port}", "pasting"]
    assert view["way"] == "0"
    press(panel, "way", "nonsense")
    press(panel, "way", "1")
    press(panel, "login")
    assert parameters(fake_session.attempt.authorize_url)["redirect_uri"] == other
    assert "ways" not in panel.view, "not while a login waits"
    press(panel, "way", "2")
    press(panel, "cancel")
    assert panel.view["way"] == "1"
    press(panel, "way", "2")
    press(panel, "login")
    assert not fake_session.attempt.listening
    assert "paste the address" in status(panel)


def test_way_through_a_hub_is_told_without_its_address(make, fake_session, fake_environment, monkeypatch, tmp_path):
    monkeypatch.setenv("RC_CALLBACK_PATH", "/user/ada/rc-callback/")
    monkeypatch.setenv("RC_CALLBACK_SOCKETS", str(tmp_path))
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    uri = "https://hub.example/user/ada/rc-callback/"
    fake_session.use(dataclasses.replace(fake_environment, name="hub", redirect_uri=uri))
    view = make(LoginPanel, fake_session).view
    assert "comes through this JupyterHub" in view["way_line"]
    assert "ada" not in json.dumps(view)


def test_where_the_browser_is_elsewhere_for_certain_the_answer_is_pasted(make, fake_session, monkeypatch):
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    panel = make(LoginPanel, fake_session)
    assert "This notebook runs on Binder" in panel.view["way_line"]
    press(panel, "login")
    assert not fake_session.attempt.listening
    press(panel, "cancel")
    press(panel, "way", "0")  # a person may know better
    press(panel, "login")
    assert fake_session.attempt.listening


def test_page_learns_how_long_a_code_of_this_app_works(make, session, practice, wire, fake_session, fake):
    """An instructor may have given the class more time (WCAG 2.2.1)."""
    panel = make(LoginPanel, session)
    press(panel, "login")
    assert wire.details()["code_seconds"] == 60
    practice.controls.code_life(600, app=session.environment.client_id)
    press(panel, "login")
    assert wire.details()["code_seconds"] == 600
    session.attempt.cancel()
    session.use(dataclasses.replace(session.environment, client_secret="wrong"))
    press(panel, "login")
    assert wire.details()["code_seconds"] == 0, "nobody tells"
    press(make(LoginPanel, fake_session), "login")
    assert wire.details()["code_seconds"] == 60
    assert not fake.calls(CONTROLS_PATH), "it is not practice"


def test_listener_that_the_page_does_not_reach_is_told_and_listens_on(make, fake_session, wire, port, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
    panel = make(LoginPanel, fake_session)
    assert not wire.details().get("listener")
    press(panel, "login")
    listener = wire.details()["listener"]
    assert listener == f"http://localhost:{port}/"
    assert panel.view["paste_open"] is False

    def tried(url: str, *, reached: bool) -> None:
        panel._on_message(panel, {"probe": url, "reached": reached}, [])

    tried("http://localhost:1/", reached=False)  # the sign-in page
    assert panel.view["paste_open"] is False
    tried(listener, reached=False)
    assert f"has not reached port {port}" in status(panel)
    assert f"ssh -L {port}:localhost:{port}" in status(panel)
    assert (panel.view["paste_open"], fake_session.attempt.listening) == (True, True)
    tried(listener, reached=True)  # another browser
    assert status(panel).startswith("Waiting for you to sign in. Is the time too short? Press Cancel, then log in")
    tried(listener, reached=False)
    press(panel, "login")
    assert "has not reached" not in status(panel), "of the next login nothing is known yet"


def test_exchange_is_shown_while_it_lasts(make, fake_session, fake):
    panel = make(LoginPanel, fake_session)
    gate = threading.Event()
    fake.script[TOKEN_PATH] = Say(fake.tokens(), before=gate.wait)
    fake_session.begin_login().submit(callback(fake_session.attempt))
    assert "Getting the tokens" in status(panel)
    gate.set()
    eventually(lambda: fake_session.logged_in)


def test_person_who_may_not_be_asked_for_is_no_error(make, fake_session, fake, wire):
    panel = make(LoginPanel, fake_session)
    fake.script[ME] = Say({"errorCode": "CMN-401"}, status=403)
    fake.script[TOKEN_PATH] = Say(fake.tokens(owner_id="777"))
    log_in(fake_session)
    eventually(lambda: "777" in wire.details().get("person", ""))
    settled()
    assert panel.view["status"]["kind"] == "ok"


def test_person_is_asked_for_once_for_each_login(make, fake_session, fake):
    panel = make(LoginPanel, fake_session)
    log_in(fake_session)
    settled()
    fake_session.refresh()
    press(panel, "nonsense")
    assert len(fake.calls(ME)) == 1


# --- calls


def test_call_in_progress_shows_that_it_is(make, fake_session, fake):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    gate = threading.Event()
    fake.script[EXTENSIONS] = Say({"records": []}, before=gate.wait)
    panel._on_message(panel, {"press": "call-1"}, [])
    eventually(lambda: fake.calls(EXTENSIONS))
    assert status(panel) == f"Calling GET {EXTENSIONS} …"
    assert panel.view["busy"] is True
    gate.set()
    settled()
    assert "busy" not in panel.view
    assert status(panel) == "List extensions: the server has answered."


def test_call_without_permission_says_what_it_means(make, session, wire, practice):
    attempt = session.begin_login()
    Browser(practice, who=1).log_in(attempt)
    panel = make(TestPanel, session)
    press(panel, "call-3")
    assert "CMN-408" in status(panel)
    assert "administrator" in status(panel)
    assert panel.view["status"]["explained"]["code"] == "CMN-408"
    assert wire.details()["result"]["line"] == "GET /restapi/v1.0/account/~/call-log → 403"


def test_login_that_ended_meanwhile_is_told_and_a_new_one_offered(make, fake_session, fake):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    dead = Say(
        {"error": "invalid_grant", "errors": [{"errorCode": "OAU-213", "message": "Token not found"}]}, status=401
    )
    fake.script[EXTENSIONS] = fake.script[TOKEN_PATH] = dead
    press(panel, "call-1")
    assert "The login has ended" in status(panel)
    assert buttons(panel) == ["login", "somebody-else"]


def test_server_that_is_gone_is_told(make, fake_session, monkeypatch):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    monkeypatch.setattr(fake_session.platform, "_server", f"http://127.0.0.1:{free_port()}")
    press(panel, "call-5")
    assert "Nothing answers at" in status(panel)
    assert len(buttons(panel)) == 6


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"records": []},
        {"records": "none"},
        {"records": [None, 7, "x", {}, {"name": {"first": "x"}}]},
        {"records": [{"name": None}], "paging": None},
        {"records": [{"name": "x"}], "paging": {"totalElements": None}},
        {"records": [{"from": "x", "to": []}]},
        {"a": {"b": {"c": 1}}, "d": [1]},
    ],
    ids=repr,
)
@pytest.mark.parametrize("number", [1, 2, 4])
def test_answer_of_an_odd_shape_breaks_nothing(make, fake_session, fake, wire, answer, number):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    fake.script[FIRST_CALLS[number - 1].path] = Say(answer)
    press(panel, f"call-{number}")
    assert "the server has answered" in status(panel)
    assert json.loads(wire.details()["result"]["json"]) == answer


def test_long_list_is_cut_and_says_so(make, fake_session, fake, wire):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    records = [{"name": f"Person {number}", "extensionNumber": str(number)} for number in range(100)]
    fake.script[EXTENSIONS] = Say({"records": records, "paging": {"totalElements": 250}})
    press(panel, "call-1")
    result = wire.details()["result"]
    assert len(result["rows"]) == results.MOST_ROWS
    assert result["caption"] == "List extensions: the first 20 of 250"
    assert result["rows"][1] == ["Person 1", "1", "", ""]


def test_logout_without_the_server_says_what_is_true(make, fake_session, fake):
    log_in(fake_session)
    panel = make(LogoutPanel, fake_session)
    fake.script[REVOKE_PATH] = Say("", cut=0)
    press(panel, "logout")
    assert "forgotten here" in status(panel)
    assert "not revoked" in status(panel)
    assert panel.view["status"]["kind"] == "error"
    assert buttons(panel) == ["login", "somebody-else"]


# --- messages


@pytest.mark.parametrize("kind", PANELS)
@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        "press",
        [],
        {},
        {"press": None},
        {"press": 7},
        {"press": []},
        {"press": "no-such-button"},
        {"press": "__class__"},
        {"press": "cancel"},
        {"press": "paste"},
        {"press": "paste", "value": {"a": 1}},
        {"press": "choose", "value": "../../etc/passwd"},
        {"press": "choose"},
        {"ask": "something else"},
    ],
    ids=repr,
)
def test_messages_of_any_shape_do_no_harm(make, fake_session, fake, kind, message):
    panel = make(kind, fake_session)
    panel._on_message(panel, message, [])
    settled()
    assert not fake_session.login_pending
    assert fake.seen == []
    assert buttons(panel) == ["login"]


def test_page_that_is_opened_later_asks_for_the_details(make, fake_session, wire):
    panel = make(LoginPanel, fake_session)
    press(panel, "login")
    wire.sent.clear()
    panel._on_message(panel, {"ask": "details"}, [])
    assert wire.details()["url"] == fake_session.attempt.authorize_url
    press(panel, "cancel")


def test_every_press_is_answered_by_its_own_number(make, fake_session):
    """That is how the page knows that the kernel is alive, and which press it was."""
    panel = make(LoginPanel, fake_session)
    for number in ("1-1", "2-1", "1-2"):
        panel._on_message(panel, {"press": "no-such-button", "number": number}, [])
        settled()
        assert panel.view["answered"][-1] == number
    assert panel.view["answered"] == ["1-1", "2-1", "1-2"]


def test_button_that_is_not_there_does_nothing_else(make, fake_session):
    panel = make(LoginPanel, fake_session)
    log_in(fake_session)
    press(panel, "logout")
    before = panel.view
    press(panel, "no-such-button")
    assert panel.view == {**before, "answered": [*before["answered"], ""]}


def test_only_the_view_that_answers_a_press_says_so(make, practice, tmp_path, monkeypatch):
    """A press on "Log in" reads a corrected file first, which changes the view as well: that is no answer."""
    (tmp_path / ".env-practice").write_text(
        f"RC_SERVER_URL={practice.server_url}\nRC_CLIENT_ID={practice.client_id}\n"
        f"RC_CLIENT_SECRET=wrong-for-now\nRC_REDIRECT_URL={practice.redirect_uris[0]}\n"
    )
    session = Session(load_environment("practice"))
    panel = make(LoginPanel, session)
    text = (tmp_path / ".env-practice").read_text()
    (tmp_path / ".env-practice").write_text(text.replace("wrong-for-now", practice.client_secret))
    seen: list[tuple[bool, bool]] = []
    panel.observe(lambda change: seen.append(("7" in change["new"]["answered"], bool(panel._details["url"]))), "view")
    panel._on_message(panel, {"press": "login", "number": "7"}, [])
    settled()
    assert len(seen) > 1
    assert seen[-1] == (True, True)
    assert not any(answered for answered, _ in seen[:-1])
    session.attempt.cancel()


def test_somebody_else_can_be_let_in_after_a_logout(make, fake_session):
    panel = make(LoginPanel, fake_session)
    assert buttons(panel) == ["login"]  # nobody was there whom the browser could remember
    log_in(fake_session)
    press(panel, "logout")
    assert buttons(panel) == ["login", "somebody-else"]
    assert "may still remember you" in status(panel)
    press(panel, "somebody-else")
    assert parameters(fake_session.attempt.authorize_url)["prompt"] == "login"
    press(panel, "cancel")


def test_somebody_else_can_still_be_let_in_after_a_second_thought(make, fake_session):
    """Who sees another person's name on the sign-in page says no there, or presses Cancel here."""
    panel = make(LoginPanel, fake_session)
    press(panel, "login")
    bring(callback(fake_session.attempt, error="access_denied"))
    settled()
    assert buttons(panel) == ["login", "somebody-else"]
    press(panel, "somebody-else")
    press(panel, "cancel")
    assert buttons(panel) == ["login", "somebody-else"]


def test_what_the_words_after_a_logout_name_is_there_also_without_a_login_of_this_kernel(make, fake_session, fake):
    panel = make(LogoutPanel, fake_session)
    fake_session.platform.auth().set_data(fake.tokens())
    settled()
    press(panel, "logout")
    assert "Log in as somebody else" in status(panel)
    assert buttons(panel) == ["login", "somebody-else"]


def test_window_of_a_login_that_nobody_finished_has_no_use(make, fake_session):
    panel = make(LoginPanel, fake_session)
    fake_session.begin_login(timeout=0.05)
    eventually(lambda: panel.view.get("given_up"))
    press(panel, "login")
    assert "given_up" not in panel.view
    press(panel, "cancel")
    assert panel.view["given_up"] is True  # also for a window that another panel or tab has opened


def test_window_with_words_to_read_stays(make, fake_session):
    panel = make(LoginPanel, fake_session)
    press(panel, "login")
    bring(callback(fake_session.attempt, error="access_denied"))
    settled()
    assert panel.view["given_up"] is False


def test_presses_from_many_tabs_at_once_leave_one_login(make, fake_session):
    panels = [make(kind, fake_session) for kind in PANELS]
    for _ in range(3):
        for panel in panels:
            panel._on_message(panel, {"press": "login"}, [])
    settled()
    assert fake_session.attempt.state == "waiting"
    assert all(buttons(panel) == ["again", "cancel"] for panel in panels)
    bring(callback(fake_session.attempt))
    eventually(lambda: fake_session.logged_in)


def test_fault_of_our_own_is_told_without_its_text(make, fake_session, monkeypatch):
    def broken(**_: Any) -> None:
        raise KeyError(CODE)

    panel = make(LoginPanel, fake_session)
    monkeypatch.setattr(fake_session, "begin_login", broken)
    press(panel, "login")
    assert "KeyError" in status(panel)
    assert CODE not in status(panel)
    assert panel.view["status"]["cure"]


def test_file_that_cannot_be_read_does_not_break_the_panel(make, practice, tmp_path):
    (tmp_path / ".env-sandbox").write_bytes(b"\xff\xfe\x00RC_CLIENT_ID\x00=\n'\n")
    (tmp_path / ".env-production").mkdir()
    panel = make(LoginPanel, Session(environment_of(practice)))
    assert [bool(choice["missing"]) for choice in panel.view["choices"]] == [False, True, True]


# --- the end of a panel


@pytest.mark.parametrize("kind", PANELS)
def test_closed_panel_stops_watching(fake_session, kind):
    panel = kind(fake_session)
    panel.close()
    before = panel.view
    log_in(fake_session)
    settled()
    assert panel.view == before
    assert fake_session._observers == []


@pytest.mark.parametrize("kind", PANELS)
def test_panel_that_no_page_shows_any_more_lets_go(make, fake_session, kind):
    panel = make(kind, fake_session)
    for page in ("1", "2"):
        panel._on_message(panel, {"come": page}, [])
    panel._on_message(panel, {"gone": "1"}, [])
    assert len(fake_session._observers) == 1
    panel._on_message(panel, {"gone": "2"}, [])
    assert fake_session._observers == []
    log_in(fake_session)
    panel._on_message(panel, {"come": "3"}, [])  # its notebook was opened again
    assert "Logged in" in status(panel) or buttons(panel) == [f"call-{number}" for number in range(1, 7)]
    assert len(fake_session._observers) == 1


def watchers(session: Session) -> list[Panel]:
    """The panels that watch a session."""
    return [observer.__self__ for observer in session._observers]


def rolls(wire: Wire) -> int:
    """How often the pages were asked to say that they are there."""
    return len([data for data in wire.sent if data.get("content", {}).get("roll_call")])


def test_page_that_is_reloaded_counts_once(make, fake_session, wire):
    """The old page says nothing. When the new one comes, the roll is called, and the old one does not answer."""
    panel = make(LoginPanel, fake_session)
    for page in ("before", "after"):
        panel._on_message(panel, {"come": page}, [])
    assert rolls(wire) == 1
    panel._on_message(panel, {"here": "after"}, [])
    panel._on_message(panel, {"come": "after"}, [])  # the window has the focus again
    assert rolls(wire) == 1
    assert watchers(fake_session) == [panel]
    panel._on_message(panel, {"gone": "after"}, [])
    assert watchers(fake_session) == []


def test_page_that_answers_the_roll_call_late_still_has_a_living_panel(make, fake_session):
    panel = make(LoginPanel, fake_session)
    panel._on_message(panel, {"come": "slow"}, [])
    panel._on_message(panel, {"come": "quick"}, [])
    panel._on_message(panel, {"gone": "quick"}, [])
    log_in(fake_session)
    panel._on_message(panel, {"here": "slow"}, [])
    settled()
    assert watchers(fake_session) == [panel]
    assert status(panel) == "Logged in to elsewhere."


def test_page_that_comes_back_sees_nothing_of_an_earlier_login(make, fake_session, fake, wire):
    """A closed notebook hears of no logout. Neither the person nor the answer of then may appear in it."""
    login, calls = make(LoginPanel, fake_session), make(TestPanel, fake_session)
    fake.script[ME] = Say({"id": "1", "name": "Early Bird"})
    log_in(fake_session)
    settled()
    press(calls, "call-5")
    assert "Early Bird" in wire.text()
    for panel in (login, calls):
        panel._on_message(panel, {"gone": "1"}, [])
    fake_session.logout()
    fake.script[ME] = Say({"id": "2", "name": "Late Riser"})
    fake.script[TOKEN_PATH] = Say(fake.tokens(owner_id="2"))
    log_in(fake_session)
    wire.sent.clear()
    for panel in (login, calls):
        panel._on_message(panel, {"ask": "details"}, [])
        panel._on_message(panel, {"come": "2"}, [])
    settled()
    assert "Early Bird" not in wire.text()
    assert login._details["person"] == "Late Riser"


def test_person_of_a_login_that_is_over_is_not_shown_in_the_next(make, fake_session, fake, wire, monkeypatch):
    person = Session.person.fget

    def and_then_the_next_logs_in(session: Session) -> Any:
        known = person(session)
        fake.script[ME] = Say({"id": "2", "name": "Late Riser"})
        monkeypatch.setattr(Session, "person", property(person))
        session.platform.auth().replace(fake.tokens(owner_id="2"))
        return known

    fake.script[ME] = Say({"id": "1", "name": "Early Bird"})
    monkeypatch.setattr(Session, "person", property(and_then_the_next_logs_in))
    panel = make(LoginPanel, fake_session)
    log_in(fake_session)
    settled()
    assert "Early Bird" not in wire.text()
    panel._session_changed()
    settled()
    assert wire.details()["person"] == "Late Riser"


class Kernel:
    """Says which cell is running, as JupyterLab's request does."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}
        self.runs = 0

    def run(self, cell: str) -> None:
        """A cell begins to run."""
        self.runs += 1
        self.request = {"header": {"msg_id": str(self.runs)}, "metadata": {"cellId": cell} if cell else {}}

    def get_parent(self) -> dict[str, Any]:
        return self.request


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(base, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    return kernel


def test_five_runs_of_a_cell_leave_one_panel_that_watches(make, fake_session, fake, kernel):
    """Even where no page has said a word: its tab is closed, or nobody looks."""
    for _ in range(5):
        kernel.run("cell")
        panel = make(LoginPanel, fake_session)
    log_in(fake_session)
    settled()
    assert watchers(fake_session) == [panel]
    assert len(fake.calls(ME)) == 1


def test_five_panels_of_five_cells_make_one_request(make, fake_session, fake, kernel):
    for cell in range(5):
        kernel.run(str(cell))
        make(LoginPanel, fake_session)
    log_in(fake_session)
    settled()
    assert len(watchers(fake_session)) == 5
    assert len(fake.calls(ME)) == 1


def test_a_cell_takes_the_place_of_its_former_run_only(make, fake_session, fake_environment, kernel):
    kernel.run("one")
    kept = [make(TestPanel, fake_session), make(LogoutPanel, fake_session)]  # of other kinds
    kernel.run("two")
    kept.append(make(LoginPanel, fake_session))  # of another cell
    other_session = Session(fake_environment)
    kernel.run("one")
    of_another_session = make(LoginPanel, other_session)
    former = make(LoginPanel, fake_session), make(LoginPanel, fake_session)
    assert set(watchers(fake_session)) == {*kept, *former}  # both of one run
    kernel.run("one")
    kept.append(make(LoginPanel, fake_session))
    assert set(watchers(fake_session)) == set(kept)
    assert watchers(other_session) == [of_another_session]


def test_former_panel_that_another_cell_shows_too_lives_on(make, fake_session, kernel, wire):
    kernel.run("cell")
    former = make(LoginPanel, fake_session)
    former._on_message(former, {"come": "another cell's"}, [])
    kernel.run("cell")
    newer = make(LoginPanel, fake_session)
    assert watchers(fake_session) == [newer]
    assert rolls(wire) == 1
    former._on_message(former, {"here": "another cell's"}, [])
    assert watchers(fake_session) == [newer, former]


@pytest.mark.parametrize("request_", [{}, {"header": {"msg_id": "1"}}, {"header": {"msg_id": "1"}, "metadata": {}}])
def test_front_ends_that_name_no_cell_supersede_nothing(make, fake_session, kernel, request_):
    kernel.request = request_
    panels = [make(LoginPanel, fake_session), make(LoginPanel, fake_session)]
    assert watchers(fake_session) == panels


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"paging": {"totalElements": 250}}, "the first 20 of 250"),
        ({"paging": {"totalElements": 25}}, "the first 20 of 25"),
        ({}, "the first 20 of the 25 in this answer"),
        ({"paging": {"page": 1, "perPage": 25}}, "the first 20 of the 25 in this answer"),
        ({"navigation": {"firstPage": {"uri": "x"}}}, "the first 20 of 25"),
        ({"navigation": {"nextPageToken": "x", "prevPageToken": ""}}, "the first 20; there are more"),
        ({"paging": {"nextPageToken": "x"}}, "the first 20; there are more"),
        ({"syncInfo": {"syncType": "FSync", "olderRecordsExist": True}}, "the first 20; there are more"),
        ({"paging": {"totalElements": 25}, "navigation": {"nextPage": {"uri": "x"}}}, "the first 20; there are more"),
        ({"paging": {"page": 3, "totalElements": 80}}, "20 of 80"),
        ({"navigation": {"previousPage": {"uri": "x"}}}, "20; there are more"),
        ({"paging": {"page": 2, "totalPages": 2}}, "20; there are more"),
        ({"navigation": {"nextPage": {"uri": "x"}}}, "the first 20; there are more"),
        (
            {"paging": {"page": 1, "perPage": 25}, "navigation": {"nextPage": {"uri": "x"}}},
            "the first 20; there are more",
        ),
        ({"paging": {"totalPages": 4}}, "the first 20; there are more"),
        ({"paging": {"totalPages": 1}}, "the first 20 of 25"),
        ({"paging": {"totalElements": True}}, "the first 20 of the 25 in this answer"),
        ({"paging": {"totalElements": "250", "page": "1"}, "navigation": {}}, "the first 20 of 250"),
        ({"paging": {"page": "1", "totalPages": 3.0}}, "the first 20; there are more"),
        ({"paging": {"totalElements": "many"}}, "the first 20 of the 25 in this answer"),
        (
            {"navigation": {"firstPage": {"uri": "x?page=1"}, "lastPage": {"uri": "x?page=9"}}},
            "the first 20; there are more",
        ),
        ({"navigation": {"firstPage": {"uri": "x"}, "lastPage": {"uri": "x"}}}, "the first 20 of 25"),
        ({"navigation": {"nextPage": {"uri": ""}, "previousPage": {}}}, "the first 20 of 25"),
        ({"nextPageToken": "x"}, "the first 20; there are more"),
        ({"paging": {"totalElements": 3}}, "the first 20 of the 25 in this answer"),
    ],
)
def test_the_size_of_a_page_is_not_taken_for_the_total(make, fake_session, fake, wire, answer, said):
    log_in(fake_session)
    fake.script[EXTENSIONS] = Say({"records": [{"name": str(number)} for number in range(25)], **answer})
    press(make(TestPanel, fake_session), "call-1")
    assert wire.details()["result"]["caption"] == f"List extensions: {said}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "the 3 in this answer"),
        ({"paging": {"totalElements": 3}}, "all 3"),
        ({"navigation": {}}, "all 3"),
        ({"paging": {"totalElements": 43}}, "the first 3 of 43"),
        ({"paging": {"totalElements": 43, "page": 5}}, "3 of 43"),
    ],
)
def test_a_short_page_is_not_taken_for_the_whole(make, fake_session, fake, wire, answer, said):
    log_in(fake_session)
    fake.script[EXTENSIONS] = Say({"records": [{"name": str(number)} for number in range(3)], **answer})
    press(make(TestPanel, fake_session), "call-1")
    assert wire.details()["result"]["caption"] == f"List extensions: {said}"


def test_an_object_of_many_fields_is_cut_and_says_so(make, fake_session, fake, wire):
    log_in(fake_session)
    fake.script[ME] = Say({"id": "1", "more": {f"field {number}": number for number in range(30)}})
    press(make(TestPanel, fake_session), "call-5")
    assert wire.details()["result"]["caption"] == "My extension: the first 20 of 31 fields"
    assert len(wire.details()["result"]["rows"]) == 20


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (Say("ID3" + "x" * 997, kind="audio/mpeg"), {"caption": "Mine: a file", "rows": [["1000"]]}),
        (Say("a,b\n1,2\n", kind="text/csv"), {"caption": "Mine", "rows": [["a,b"], ["1,2"]]}),
        (Say("x\n" * 30, kind="text/csv"), {"caption": "Mine: the first 20 of 30 lines of text"}),
        (Say([{"name": "x"}]), {"caption": "Mine: the 1 in this answer", "rows": [["x"]]}),
        (Say([]), {"rows": [], "json": "[]"}),
        (Say("7", kind="application/json"), {"json": "7"}),
        (Say("", status=204), {"rows": []}),
    ],
    ids=["sound", "text", "long text", "array", "empty array", "number", "nothing"],
)
def test_answers_that_are_no_object(make, fake_session, fake, wire, say, expected):
    log_in(fake_session)
    mine = Call("Mine", "/restapi/v1.0/mine", (("Name", "name"),))
    fake.script[mine.path] = say
    panel = make(TestPanel, fake_session, calls=[mine])
    press(panel, "call-1")
    assert status(panel) == "Mine: the server has answered."
    result = wire.details()["result"]
    assert {key: result[key] for key in expected} == expected
    assert ("json" in result) is ("json" in say.kind)


@pytest.mark.parametrize("status", [200, 400])
def test_half_a_character_reaches_the_page_as_something_that_can_be_sent(make, fake_session, fake, wire, status):
    """A server that cuts a text may leave half an emoji, which UTF-8 cannot write, and the kernel could not send."""
    log_in(fake_session)
    fake.script[DEVICES] = Say({"records": [{"name": "desk \ud83d"}], "message": "cut \ud83d"}, status=status)
    panel = make(TestPanel, fake_session, calls=[Call("Mine \ud83d", DEVICES, (("Name", "name"),))])
    press(panel, "call-1")
    for data in wire.sent:
        json.dumps(data, ensure_ascii=False, default=repr).encode()
    if status == 200:
        assert wire.details()["result"]["rows"] == [["desk ?"]]
    else:
        assert "cut ?" in wire.details()["summary"]["whole"]


@pytest.mark.parametrize("kind", PANELS)
@pytest.mark.parametrize("session", [None, "practice", Session])
def test_panel_without_a_session_is_a_lesson(kind, session):
    with pytest.raises(ConfigurationError, match=f"{kind.__name__} shows a session, and this is none"):
        kind(session)
    gc.collect()


DEVICES = "/restapi/v1.0/account/~/device"


@pytest.mark.parametrize("calls", [Call("One", DEVICES), [DEVICES], [Call("One", DEVICES), None], 5, DEVICES])
def test_what_is_no_list_of_calls_is_a_lesson(fake_session, calls):
    with pytest.raises(ConfigurationError, match=r"calls= is no list of calls.*calls=\[Call\("):
        TestPanel(fake_session, calls=calls)
    gc.collect()  # nothing is printed when what was half made goes, either


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("One", ""), "'' is no path"),
        (("One", None), "it is of the type NoneType"),
        (("One", "account/~"), "'account/~' is no path"),
        (("One", ["/x"]), "it is of the type list"),
        (("", DEVICES), "no label"),
        ((None, DEVICES), "no label"),
        (("One", DEVICES, ("Name", "name")), "columns of 'One' are no pairs"),
        (("One", DEVICES, "ab"), "columns of 'One' are no pairs"),
        (("One", DEVICES, (("Name", None),)), "columns of 'One' are no pairs"),
        (("One", DEVICES, None), "columns of 'One' are no pairs"),
    ],
)
def test_call_that_could_never_be_made_is_a_lesson(arguments, told):
    with pytest.raises(RingCentralError, match=told):
        Call(*arguments)


def test_calls_of_ones_own(make, fake_session, fake, wire):
    log_in(fake_session)
    devices = Call("Log in", "/restapi/v1.0/account/~/device", (("Name", "name"),))
    panel = make(TestPanel, fake_session, calls=[devices])
    assert [button["label"] for button in panel.view["buttons"]] == ["Log in"]
    fake.script[devices.path] = Say({"records": [{"name": "desk"}]})
    press(panel, buttons(panel)[0])
    assert wire.details()["result"]["rows"] == [["desk"]]
    assert fake_session.attempt.state == "logged in"


def test_panel_closed_in_the_middle_of_a_press_does_no_harm(fake_session, fake):
    log_in(fake_session)
    panel = TestPanel(fake_session)
    gate = threading.Event()
    fake.script[EXTENSIONS] = Say({"records": []}, before=gate.wait)
    panel._on_message(panel, {"press": "call-1"}, [])
    eventually(lambda: fake.calls(EXTENSIONS))
    panel.close()
    gate.set()
    settled()


def test_running_the_cell_again_gives_a_panel_that_knows_the_login(make, fake_session):
    make(LoginPanel, fake_session)
    log_in(fake_session)
    settled()
    again = make(LoginPanel, fake_session)
    assert status(again) == "Logged in to elsewhere."


# --- secrets, and what a notebook saves


def test_neither_state_nor_messages_hold_a_secret(make, fake_session, fake, wire):
    panels = [make(kind, fake_session) for kind in PANELS]
    press(panels[0], "login")
    state = state_of(fake_session.attempt)
    verifier = fake_session.attempt._request.code_verifier
    saved = [panel.get_state() for panel in panels]
    press(panels[0], "paste", callback(fake_session.attempt, state="wrong"))
    saved += [panel.get_state() for panel in panels]
    bring(callback(fake_session.attempt))
    settled()
    saved += [panel.get_state() for panel in panels]
    press(panels[1], "call-1")
    fake.script[EXTENSIONS] = Say({"error": "invalid_request", "message": "bad access-token-1-Yw5"}, status=400)
    press(panels[1], "call-1")
    press(panels[2], "logout")
    saved += [panel.get_state() for panel in panels]
    assert holds_secret(wire.text()) == []
    assert verifier not in wire.text()
    kept = json.dumps([{**state, "_esm": "", "_css": ""} for state in saved], default=repr)
    assert holds_secret(kept) == []
    assert state not in kept  # the sign-in address goes by messages alone
    assert "authorize" not in kept


def test_state_that_may_be_saved_holds_nothing_personal(make, session, browser, wire):
    login, calls, _ = panels = [make(kind, session) for kind in PANELS]
    press(login, "login")
    browser.log_in(session.attempt)
    settled()
    press(calls, "call-5")
    name = wire.details()["person"].split(",")[0]
    assert name
    saved = json.dumps([{**panel.get_state(), "_esm": "", "_css": ""} for panel in panels], default=repr)
    assert name not in saved
    assert session.token_status.owner_id not in saved


# --- the autopilot, and the bare link


def test_autopilot_presses_the_button(make, session, monkeypatch):
    monkeypatch.setenv("RC_AUTOPILOT", "1")
    panel = make(LoginPanel, session)
    settled()
    assert session.logged_in
    eventually(lambda: status(panel) == "Logged in to practice.")
    attempt = session.attempt
    make(LoginPanel, session)  # logged in already: nothing to press
    assert session.attempt is attempt


def test_autopilot_that_fails_is_told_in_the_panel(make, session, monkeypatch, port):
    monkeypatch.setenv("RC_AUTOPILOT", "1")
    with program(port, b""):
        panel = make(LoginPanel, session)
    assert buttons(panel) == ["login"]
    assert not session.logged_in


def test_a_link_reaches_the_page_and_nothing_that_is_saved(wire, capsys):
    url = "https://server.example/restapi/oauth/authorize?client_id=of-my-app&state=of-this-login"
    open_in_browser(url)
    assert wire.details()["url"] == url
    saved = [data["state"] for data in wire.sent if "state" in data]
    assert saved
    printed = capsys.readouterr().out
    assert printed.startswith("<SignInLink: run this cell to show it>\n")
    assert "of-my-app" not in repr(saved) + printed
    assert "of-this-login" not in repr(saved) + printed


@pytest.mark.parametrize("kind", [LoginPanel, TestPanel, LogoutPanel])
def test_a_panel_that_is_shown_speaks_until_a_page_has_asked(session, make, wire, monkeypatch, capsys, kind):
    """Its page may miss the first words, and its question wait for the next cell: it would be taken for a saved one."""
    monkeypatch.setattr("rc_nb_helpers.panels.base._AGAIN_SECONDS", (0.05,) * 1000)
    panel = make(kind, session)
    panel._ipython_display_()
    for _ in range(2):
        wire.sent.clear()
        eventually(lambda: any("details" in data.get("content", {}) for data in wire.sent))
    panel._on_message(panel, {"ask": "details"}, [])
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "panel-shown"])
    assert "run this cell to show it" in capsys.readouterr().out


def test_a_link_is_told_again_for_a_page_that_was_not_drawn_yet(wire, monkeypatch):
    monkeypatch.setattr("rc_nb_helpers.panels.base._AGAIN_SECONDS", (0.05, 0.05))
    link = SignInLink("https://server.example/")
    wire.sent.clear()
    link._tell_again()
    assert wire.details()["url"] == "https://server.example/"


def test_the_autopilot_visits_a_link(session, monkeypatch, capsys):
    attempt = session.begin_login()
    monkeypatch.setenv("RC_AUTOPILOT", "1")
    open_in_browser(attempt.authorize_url)
    attempt.wait(timeout=60)
    assert session.logged_in
    assert "SignInLink" in capsys.readouterr().out  # all that is shown, to a person as to nobody


# --- still logged in tomorrow


@pytest.mark.parametrize("given", [5, None, "javascript:alert(1)", "not an address", b"https://example.com/"])
def test_what_is_no_address_is_not_opened(given):
    with pytest.raises(RingCentralError, match=r"Nothing can be opened in the browser.*open_in_browser"):
        open_in_browser(given)


class InMemory:
    """A keychain of this test."""

    description = "the keychain of this computer"
    entries: ClassVar[dict[str, Any]] = {}
    broken = False

    def load(self, environment: Environment) -> Any:
        return self.entries.get(storage.label_of(environment))

    def save(self, environment: Environment, login: Any) -> None:
        if self.broken:
            raise storage.StorageError("The keychain does not answer.", cure="Unlock it.")
        self.entries[storage.label_of(environment)] = login

    def delete(self, environment: Environment) -> None:
        self.entries.pop(storage.label_of(environment), None)


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake: FakePlatform) -> type[InMemory]:
    fake.script[TOKEN_PATH] = lambda _: Say(fake.tokens(owner_id="101"))
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setattr(InMemory, "entries", {})
    monkeypatch.setattr(storage, "KeyringStorage", InMemory)
    monkeypatch.setattr(storage, "why_no_keychain", lambda _: "")
    return InMemory


def test_without_a_keychain_nothing_is_offered(make, fake_session, monkeypatch):
    monkeypatch.setattr(storage, "why_no_keychain", lambda _: "There is none.")
    panel = make(LoginPanel, fake_session)
    settled()
    assert "keep_note" not in panel.view


def test_the_box_is_off_until_somebody_asks(make, fake_session, keychain):
    panel = make(LoginPanel, fake_session)
    settled()
    assert panel.view["keep"] is False
    assert "share" in panel.view["keep_note"]
    log_in(fake_session)
    settled()
    assert keychain.entries == {}


def test_a_login_that_is_kept_is_there_in_the_next_kernel_and_gone_after_the_logout(
    make, fake_session, fake_environment, keychain
):
    panel = make(LoginPanel, fake_session)
    settled()
    press(panel, "keep", "on")
    assert panel.view["keep"] is True
    log_in(fake_session)
    settled()
    assert len(keychain.entries) == 1
    next_session = Session(fake_environment)  # as after a restart of the kernel
    next_panel = make(LoginPanel, next_session)
    settled()
    assert next_session.logged_in
    assert "Logged in" in status(next_panel)
    assert next_panel.view["keep"] is True
    press(next_panel, "logout")
    assert keychain.entries == {}
    assert next_panel.view["keep"] is True  # the wish stays, for the next login


def test_a_logout_whose_login_could_not_be_deleted_says_so(make, fake_session, keychain, monkeypatch):
    panel = make(LoginPanel, fake_session)
    settled()
    press(panel, "keep", "on")
    log_in(fake_session)
    settled()
    monkeypatch.setattr(keychain, "delete", lambda *_: 1 / 0)
    press(panel, "logout")
    assert "the keychain of this computer may still hold the login" in status(panel)
    assert "may still remember you" in status(panel)


def test_a_login_that_is_kept_no_more_is_gone(make, fake_session, fake_environment, keychain):
    panel = make(LoginPanel, fake_session)
    settled()
    press(panel, "keep", "on")
    log_in(fake_session)
    settled()
    press(panel, "keep", "off")
    assert panel.view["keep"] is False
    assert keychain.entries == {}
    assert fake_session.logged_in
    next_session = Session(fake_environment)
    make(LoginPanel, next_session)
    settled()
    assert not next_session.logged_in


def test_a_keychain_that_fails_is_a_lesson(make, fake_session, keychain, monkeypatch):
    log_in(fake_session)
    panel = make(LoginPanel, fake_session)
    settled()
    monkeypatch.setattr(keychain, "broken", True)
    press(panel, "keep", "on")
    assert "does not answer" in status(panel)
    assert panel.view["keep"] is False
    assert fake_session.logged_in


def test_window_that_a_newer_login_goes_on_in_is_not_closed(make, fake_session, fake_environment):
    """All logins of a browser use one window; another session's login takes the port, and the window, over."""
    panel = make(LoginPanel, fake_session)
    fake_session.begin_login()
    newer = Session(fake_environment)
    newer.begin_login()
    assert "newer login" in status(panel)
    assert panel.view["given_up"] is False
    newer.attempt.cancel()
