"""A person's login from the first click to the logout, on the practice platform and on a scripted server."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime
import logging
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
import requests
from IPython.lib.pretty import pretty

from rc_nb_helpers import (
    AccessDenied,
    ApiError,
    CodeRejected,
    ConfigurationError,
    FileStorage,
    LoginAttempt,
    LoginCancelled,
    LoginError,
    LoginPanel,
    LoginTimeout,
    LogoutPanel,
    NotLoggedIn,
    Person,
    PlatformUnreachable,
    Session,
    TestPanel,
    connections,
    load_environment,
)
from rc_nb_helpers.errors import CredentialsRejected, SessionBusy
from rc_nb_helpers.listener import CallbackListener
from rc_nb_helpers.practice import PracticePlatform

from .conftest import (
    CODE,
    REVOKE_PATH,
    SOON,
    TOKEN_PATH,
    Browser,
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

ME = "/restapi/v1.0/account/~/extension/~"
ACCOUNT = "/restapi/v1.0/account/~"


def expire(session: Session) -> None:
    session.platform.auth().set_data({"expire_time": time.time() - 1})


# --- the whole way, on the practice platform


def test_login_calls_refresh_and_logout(session: Session, browser: Browser):
    attempt = session.begin_login()
    assert (attempt.state, session.login_pending, session.logged_in) == ("waiting", True, False)
    page = browser.log_in(attempt)
    assert "Login success" in page.text
    attempt.wait(timeout=SOON)
    assert (attempt.state, attempt.error, session.login_pending, session.logged_in) == ("logged in", None, False, True)

    assert session.get(ME)["extensionNumber"]
    assert session.get(ACCOUNT + "/extension", perPage=2)["paging"]["perPage"] == 2
    before = session.token_status
    session.refresh()
    assert session.token_status != before
    assert session.get(ME)["extensionNumber"]

    outcome = session.logout()
    assert outcome.revoked
    assert 'begin_login(prompt="login")' in repr(outcome)  # the browser may still remember this person
    assert max(map(len, pretty(outcome).splitlines())) <= 90
    assert not session.logged_in
    assert session.token_status is None
    with pytest.raises(NotLoggedIn):
        session.get(ME)


def test_logout_kills_the_tokens_on_the_server(logged_in: Session):
    tokens = logged_in.platform.auth().data()
    logged_in.logout()
    logged_in.platform.auth().set_data(tokens)
    with pytest.raises(NotLoggedIn, match="The login has ended"):
        logged_in.get(ME)


def test_a_platform_that_was_started_again_is_named_among_the_causes(logged_in: Session, practice: PracticePlatform):
    practice.controls.reset()  # as a restart does: only the apps stay
    with pytest.raises(NotLoggedIn, match=r"a platform that was started again has forgotten it, too\. Log in again"):
        logged_in.get(ME)


def test_authorize_url_asks_for_this_app_with_fresh_secrets_each_time(session: Session):
    first = parameters(session.begin_login().authorize_url)
    second = parameters(session.begin_login(login_hint="alex").authorize_url)
    assert first["client_id"] == session.environment.client_id
    assert first["redirect_uri"] == session.environment.redirect_uri
    assert first["code_challenge_method"] == "S256"
    assert second["login_hint"] == "alex"
    for name in ("state", "code_challenge"):
        assert first[name] != second[name]


def test_ordinary_user_gets_the_servers_reason(practice: PracticePlatform, session: Session):
    attempt = session.begin_login()
    Browser(practice, who=1).log_in(attempt)
    attempt.wait(timeout=SOON)
    with pytest.raises(ApiError) as caught:
        session.get(ACCOUNT + "/call-log")
    assert (caught.value.status, caught.value.code) == (403, "CMN-408")
    assert session.logged_in


def test_app_without_a_secret_works_from_the_console_to_the_logout(practice: PracticePlatform, redirect_uri, tmp_path):
    """The console's client-side app: PKCE, and the client id in the body."""
    with requests.Session() as http:
        page = http.get(practice.server_url + "/practice/console/new", timeout=SOON)
        answers = {"name": "Class app", "application_type": "client", "redirect_uris": redirect_uri}
        answers |= {"permission_ReadAccounts": "yes", "refresh_tokens": "yes"}
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
        page = http.post(page.url, data=dict(hidden) | answers, timeout=SOON, allow_redirects=True)
    lines = dict(re.findall(r"^.*?(RC_[A-Z_]+)=(.*)$", page.text.partition("<textarea")[2], re.MULTILINE))
    lines["RC_CLIENT_SECRET"] = lines.get("RC_CLIENT_SECRET") or "none"
    (tmp_path / ".env-practice").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    session = Session(load_environment("practice", directory=tmp_path))
    assert session.environment.client_secret == ""
    attempt = session.begin_login()
    page = Browser(practice).log_in(attempt)
    assert "Login success" in page.text
    first = session.platform.auth().access_token()
    session.refresh()
    assert session.platform.auth().access_token() != first
    assert session.get(ME)["extensionNumber"]
    assert session.logout().revoked


# --- one login in place of another


def test_login_of_another_person_ends_the_first_ones_on_the_server(logged_in: Session, practice: PracticePlatform):
    before = logged_in.platform.auth().data()
    attempt = logged_in.begin_login()
    page = Browser(practice, who=1).log_in(attempt)
    assert "Login success" in page.text
    assert logged_in.platform.auth().data()["owner_id"] != before["owner_id"]
    eventually(lambda: len(practice_sessions(practice)) == 1)
    assert logged_in.get(ME)["extensionNumber"]
    stale = Session(logged_in.environment)
    stale.platform.auth().set_data(before)
    with pytest.raises(NotLoggedIn):
        stale.get(ME)


def test_login_of_the_same_person_in_a_session_of_its_own_ends_the_first(logged_in, browser, practice):
    browser.log_in(logged_in.begin_login())
    eventually(lambda: len(practice_sessions(practice)) == 1)
    assert logged_in.get(ME)["extensionNumber"]


def practice_sessions(practice: PracticePlatform) -> range:
    return range(practice.controls.state()["sessions"])


def test_page_does_not_wait_for_the_old_login_to_be_revoked(fake_session, fake):
    fake.script[TOKEN_PATH] = lambda seen: Say(fake.tokens(session_id=str(len(fake.seen))))
    log_in(fake_session)
    gate = threading.Event()
    fake.script[REVOKE_PATH] = Say("", before=gate.wait)
    attempt = fake_session.begin_login()
    assert "Login success" in bring(callback(attempt)).text
    assert fake_session.get(ME)
    eventually(lambda: fake.calls(REVOKE_PATH))
    assert fake.calls(REVOKE_PATH)[0].form == {"token": "refresh-token-1-Qv9"}
    gate.set()
    assert fake_session.platform.auth().access_token() == "access-token-2-Yw5"


def test_login_that_fails_leaves_the_one_before(fake_session, fake):
    log_in(fake_session)
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    attempt = fake_session.begin_login()
    attempt.submit(callback(attempt))
    with pytest.raises(CodeRejected):
        attempt.wait(SOON)
    assert fake_session.logged_in
    assert fake_session.get(ME)
    assert not fake.calls(REVOKE_PATH)


def test_sdk_handlers_hear_of_a_sessions_login(fake_session, fake):
    heard: list[str] = []
    fake_session.platform.on("loginSuccess", lambda answer: heard.append("success"))
    fake_session.platform.on("loginError", lambda error: heard.append(type(error).__name__))
    log_in(fake_session)
    eventually(lambda: heard == ["success"])
    fake.script[TOKEN_PATH] = Say("", status=500)
    attempt = fake_session.begin_login()
    attempt.submit(callback(attempt))
    with pytest.raises(LoginError):
        attempt.wait(SOON)
    assert heard == ["success", "ApiError"]


# --- a server that speaks RFC 6749 and nothing else


def test_generic_server_works_from_login_to_logout(fake_session, fake):
    log_in(fake_session)
    status = fake_session.token_status
    assert status
    assert status.expires_at == pytest.approx(time.time() + 3600, abs=5)
    assert status.refresh_expires_at > status.expires_at
    assert (status.scope, status.owner_id) == (("ReadAccounts",), "")
    assert fake_session.get("/restapi/v1.0/x") == {"path": "/restapi/v1.0/x"}
    expire(fake_session)
    assert fake_session.get("/restapi/v1.0/x") == {"path": "/restapi/v1.0/x"}
    assert fake_session.logout().revoked
    assert [seen.path for seen in fake.seen][-2:] == ["/restapi/v1.0/x", REVOKE_PATH]


def test_server_without_refresh_tokens_works_until_the_token_ends(fake_session, fake):
    fake.script[TOKEN_PATH] = Say({"access_token": "access-token-1", "token_type": "Bearer", "expires_in": 3600})
    log_in(fake_session)
    assert fake_session.token_status
    assert fake_session.token_status.refresh_expires_at == 0
    assert fake_session.get(ME)
    expire(fake_session)
    assert not fake_session.logged_in
    with pytest.raises(NotLoggedIn, match="no refresh token is left"):
        fake_session.get(ME)


def test_two_sessions_do_not_share_anything(fake_environment, fake, practice):
    one, other = Session(fake_environment), Session(environment_of(practice))
    log_in(one)
    assert one.logged_in
    assert not other.logged_in
    other.logout()
    assert one.logged_in


# --- calls and refresh


def test_post_sends_json_and_returns_json(fake_session, fake):
    log_in(fake_session)
    fake.script[ME + "/sms"] = Say({"id": 7}, status=201)
    assert fake_session.post(ME + "/sms", {"text": "hello"}) == {"id": 7}
    assert fake.seen[-1].body == '{"text": "hello"}'
    assert fake.seen[-1].headers["content-type"] == "application/json"


def test_query_goes_along(fake_session, fake):
    log_in(fake_session)
    fake_session.get(ME, type=["Voice", "Fax"], dateFrom="2026-01-01T00:00:00+01:00")
    assert fake.seen[-1].query == {"type": ["Voice", "Fax"], "dateFrom": ["2026-01-01T00:00:00+01:00"]}


def test_answer_without_a_body_is_an_empty_object(fake_session, fake):
    log_in(fake_session)
    fake.script[ME] = Say("", status=204)
    answer = fake_session.call("DELETE", ME)
    assert (answer.status, answer.data) == (204, {})
    assert answer.seconds > 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>Hotel network</html>", "a web page"),
        ("[1, 2]", "a JSON list, 6 bytes, and not an object"),
        ('"text"', "a text in JSON"),
        ("{", "says that it is, and is not"),
    ],
)
def test_answer_that_is_no_json_object_is_an_error(fake_session, fake, body, said):
    log_in(fake_session)
    fake.script[ME] = Say(body)
    with pytest.raises(ApiError, match=said):
        fake_session.get(ME)
    assert fake_session.logged_in


def test_twenty_calls_at_once_on_an_expired_token_refresh_once(fake_session, fake):
    log_in(fake_session)
    expire(fake_session)
    fake.script[TOKEN_PATH] = lambda seen: Say(fake.tokens(), before=lambda: time.sleep(0.05))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: fake_session.get(ME), range(20)))
    assert answers == [{"path": ME}] * 20
    assert len([seen for seen in fake.calls(TOKEN_PATH) if seen.form["grant_type"] == "refresh_token"]) == 1


def test_login_that_was_ended_elsewhere_is_told_and_forgotten(logged_in: Session, practice: PracticePlatform):
    """Somebody removes the app's access in the account: both tokens die."""
    elsewhere = Session(environment_of(practice))
    elsewhere.platform.auth().set_data(logged_in.platform.auth().data())
    elsewhere.logout()
    changes: list[bool] = []
    logged_in.observe(lambda: changes.append(logged_in.logged_in))
    with pytest.raises(NotLoggedIn, match="Log in again"):
        logged_in.get(ME)
    assert not logged_in.logged_in
    assert changes == [False]
    assert logged_in.platform.auth().access_token() == ""


def test_refresh_whose_answer_is_lost_leaves_the_login_alive(fake_session, fake):
    log_in(fake_session)
    fake.script[TOKEN_PATH] = Say(fake.tokens(), cut=20)
    with pytest.raises(PlatformUnreachable):
        fake_session.refresh()
    assert fake_session.logged_in
    del fake.script[TOKEN_PATH]
    fake_session.refresh()
    assert fake_session.get(ME)


# --- logout


def test_logout_without_a_login_is_no_error(session: Session):
    outcome = session.logout()
    assert (outcome.revoked, str(outcome.message)) == (False, "Nobody was logged in.")
    assert repr(outcome) == outcome.message


@pytest.mark.parametrize("trouble", ["gone", "refuses", "hangs"])
def test_logout_forgets_here_although_the_server_does_not_answer(fake_session, fake, monkeypatch, trouble):
    log_in(fake_session)
    gate = threading.Event()
    if trouble == "gone":
        monkeypatch.setattr(fake_session.platform, "_server", f"http://127.0.0.1:{free_port()}")
    elif trouble == "refuses":
        fake.script[REVOKE_PATH] = Say({"error": "server_error"}, status=500)
    else:
        monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.1)
        fake.script[REVOKE_PATH] = Say(before=gate.wait)
    outcome = fake_session.logout()
    gate.set()
    assert not outcome.revoked
    assert "forgotten here" in outcome.message
    assert "has not revoked" in outcome.message
    assert not fake_session.logged_in
    assert fake_session.platform.auth().data()["refresh_token"] == ""


def test_logout_cancels_a_pending_login(session: Session, port: int):
    attempt = session.begin_login()
    session.logout()
    assert isinstance(attempt.error, LoginCancelled)
    assert is_free(port)


# --- another environment


def test_environment_can_be_switched_between_logins(fake_session, practice):
    log_in(fake_session)
    other = environment_of(practice)
    with pytest.raises(SessionBusy, match="Log out first"):
        fake_session.use(other)
    fake_session.logout()
    fake_session.use(other)
    assert fake_session.environment is other
    assert fake_session.attempt is None
    assert parameters(fake_session.begin_login().authorize_url)["client_id"] == practice.client_id
    with pytest.raises(SessionBusy, match="cancel the login first"):
        fake_session.use(dataclasses.replace(other, name="third"))


def test_switching_to_the_same_environment_is_always_fine(logged_in: Session):
    platform = logged_in.platform
    logged_in.use(logged_in.environment)
    assert logged_in.platform is platform
    assert logged_in.logged_in


# --- whoever watches


def test_observers_hear_of_each_change(fake_session):
    heard: list[tuple[str, bool]] = []

    def listen() -> None:
        assert fake_session.attempt
        heard.append((fake_session.attempt.state, fake_session.logged_in))

    fake_session.observe(listen)
    log_in(fake_session)
    eventually(lambda: len(heard) == 3)
    assert heard[0] == ("waiting", False)
    assert heard[-1] == ("logged in", True)
    fake_session.refresh()
    fake_session.logout()
    assert len(heard) == 5
    fake_session.unobserve(listen)
    fake_session.begin_login()
    assert len(heard) == 5


def test_observer_that_fails_harms_nobody_and_shows_nothing(fake_session, caplog):
    heard: list[int] = []

    def broken() -> None:
        raise ValueError(CODE)

    fake_session.observe(broken)
    fake_session.observe(lambda: heard.append(1))
    log_in(fake_session)
    assert heard
    assert "ValueError" in caplog.text
    assert CODE not in caplog.text


def test_observer_may_use_the_session(fake_session):
    """No lock is held that it could need; an observer that deadlocks would hang the login."""

    def look() -> None:
        repr(fake_session)
        _ = fake_session.token_status, fake_session.login_pending, fake_session.environment
        if fake_session.attempt:
            _ = fake_session.attempt.authorize_url, fake_session.attempt.error

    fake_session.observe(look)
    log_in(fake_session)
    fake_session.logout()


def test_cell_can_await_the_login_while_others_run(fake_session):
    ticks: list[int] = []

    async def other() -> None:
        while True:
            ticks.append(1)
            if len(ticks) == 5:
                attempt.submit(callback(attempt))
            await asyncio.sleep(0.01)

    async def cell() -> None:
        running = asyncio.create_task(other())
        await fake_session.until_logged_in(timeout=SOON)
        running.cancel()

    attempt = fake_session.begin_login()
    asyncio.run(cell())
    assert fake_session.logged_in
    assert len(ticks) > 3
    assert fake_session._observers == []


def test_cell_that_awaits_in_vain_is_told_and_the_attempt_goes_on(fake_session):
    attempt = fake_session.begin_login()
    with pytest.raises(LoginTimeout):
        asyncio.run(fake_session.until_logged_in(timeout=0.05))
    assert attempt.state == "waiting"
    assert fake_session._observers == []


def test_cell_that_awaits_when_logged_in_returns_at_once(fake_session):
    log_in(fake_session)
    asyncio.run(fake_session.until_logged_in(timeout=0))


# --- nothing secret is shown


def test_reprs_show_the_state_and_no_secret(fake_session, fake):
    attempt = fake_session.begin_login()
    assert repr(fake_session) == "<Session elsewhere: not logged in>"
    assert repr(attempt) == "<LoginAttempt: waiting>"
    attempt.submit(callback(attempt))
    attempt.wait(timeout=SOON)
    assert repr(fake_session) == "<Session elsewhere: logged in>"
    assert repr(attempt) == "<LoginAttempt: logged in>"
    for thing in (fake_session.token_status, fake_session.environment, fake_session.platform, fake_session.attempt):
        assert holds_secret(repr(thing) + str(thing)) == []


def test_nothing_is_printed_from_the_first_click_to_the_logout(fake_session, fake, capfd, caplog):
    caplog.set_level(logging.INFO)
    attempt = fake_session.begin_login()
    bring(callback(attempt))
    attempt.wait(timeout=SOON)
    fake_session.get(ME)
    fake_session.logout()
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


@pytest.mark.parametrize("mode", ["Plain", "Context", "Verbose"])
def test_uncaught_errors_in_a_notebook_show_no_secret(fake_session, fake, capsys, mode):
    """``%xmode Verbose`` prints the local variables of every frame; ours must not be among them."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    log_in(fake_session)
    attempt = fake_session.begin_login()
    fake.script[ME] = Say({"error": "invalid_request", "error_description": "No"}, status=400)
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    shell.user_ns.update(session=fake_session, attempt=attempt, path=ME, wrong=callback(attempt, state="wrong"))
    shell.user_ns.update(right=callback(attempt), code=CODE)
    shell.run_line_magic("xmode", mode)
    for cell, expected in {
        "session.get(path)": "ApiError: RingCentral answered 400",
        "attempt.submit(wrong)": "CallbackRejected: This callback belongs to another login.",
        "attempt.submit(right)\nattempt.wait(5)": "CodeRejected: RingCentral did not exchange the code",
        "session.platform.login(code=code)": "ApiError: RingCentral answered 400",
        "session.refresh()": "NotLoggedIn: The login has ended.",
        "session.get(path) ": "NotLoggedIn: Nobody is logged in.",
    }.items():
        result = shell.run_cell(cell)
        assert result.error_in_exec is not None
        out, err = capsys.readouterr()
        assert expected in out + err
        assert holds_secret(out + err) == []
        assert state_of(attempt) not in out + err
        assert "Traceback" not in out + err


@pytest.mark.parametrize("mode", ["Context", "Verbose"])
def test_errors_that_somebody_wraps_and_interrupts_show_no_secret(fake_session, fake, capsys, monkeypatch, mode):
    """Frames of ours, of the SDK and of the HTTP libraries hold codes and tokens, and Verbose prints them."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    log_in(fake_session)
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    shell.user_ns.update(session=fake_session, path=ME, code=lambda: CODE)
    shell.user_ns.update(url=lambda attempt, **changes: callback(attempt, **changes))
    shell.run_line_magic("xmode", mode)

    def shown(lines: str) -> str:
        result = shell.run_cell(lines)
        assert result.error_in_exec is not None
        out, err = capsys.readouterr()
        assert holds_secret(out + err) == []
        if fake_session.attempt:
            assert state_of(fake_session.attempt) not in out + err
        return out + err

    wrap = "try:\n    {}\nexcept Exception as error:\n    raise ValueError('mine') {}"
    for path in (ME, TOKEN_PATH, REVOKE_PATH):
        fake.script[path] = Say({"error": "invalid_request"}, status=400)
    for action in (
        "session.get(path)",
        "session.refresh()",
        "session.platform.login(code=code())",
        "session.begin_login().submit(url(session.attempt, state='wrong'))",
        "session.platform.logout()",
    ):
        for ending in ("from error", ""):
            text = shown(wrap.format(action, ending))
            assert "mine" in text
            assert "RingCentralError" in text or "Error" in text
        fake_session.platform.auth().set_data(fake.tokens(refresh_token_expires_in=1000))

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("socket.create_connection", interrupt)
    monkeypatch.setattr("urllib3.util.connection.create_connection", interrupt)
    for action in ("session.get(path)", "session.refresh()", "session.platform.login(code=code())", "session.logout()"):
        assert "KeyboardInterrupt" in shown(action)


# --- the kernel is interrupted


def interrupted(action: Callable[[], object], *, when: Callable[[], object]) -> None:
    """Run something on the main thread, and interrupt it as Jupyter's stop button does."""
    done = threading.Event()

    def watch() -> None:
        eventually(when)
        if not done.is_set():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            action()
    finally:
        done.set()
        watcher.join()


def no_lock_is_held(session: Session) -> bool:
    """Whether another thread could go on."""

    def take_and_give_back() -> bool:
        lock = session.platform._lock
        return lock.acquire(timeout=1) and lock.release() is None

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(take_and_give_back).result()


@pytest.mark.parametrize("phase", ["call", "refresh before a call", "refresh", "logout", "login"])
def test_interrupt_leaves_a_true_state_and_no_lock(fake_session, fake, phase):
    log_in(fake_session)
    gate = threading.Event()
    path = {"call": ME, "logout": REVOKE_PATH}.get(phase, TOKEN_PATH)
    before = len(fake.calls(path))
    tokens = fake_session.platform.auth().data()
    fake.script[path] = Say(fake.tokens(), before=gate.wait)
    if phase == "refresh before a call":
        expire(fake_session)
        tokens = fake_session.platform.auth().data()
    actions: dict[str, Callable[[], object]] = {
        "refresh": fake_session.refresh,
        "logout": fake_session.logout,
        "login": lambda: fake_session.platform.login(code=CODE),
    }
    action = actions.get(phase, lambda: fake_session.get(ME))
    interrupted(action, when=lambda: len(fake.calls(path)) > before)
    gate.set()
    assert no_lock_is_held(fake_session)
    assert fake_session.logged_in == (phase != "logout")
    if phase != "logout":
        assert fake_session.platform.auth().data() == tokens
    fake.script.clear()
    if phase == "logout":
        log_in(fake_session)
    assert fake_session.get(ME)


# --- clocks


def move_clock(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """This machine's clock from now on; the SDK has a name of its own for it."""
    real = time.time
    for name in ("time.time", "ringcentral.platform.auth.time"):
        monkeypatch.setattr(name, lambda: real() + hours * 3600)


@pytest.mark.parametrize("hours", [-12, -1, 1, 12])
def test_clock_that_is_wrong_does_not_matter(fake_session, fake, monkeypatch, hours):
    """Lifetimes are counted from here; no time of the server's is compared with ours."""
    move_clock(monkeypatch, hours)
    log_in(fake_session)
    assert fake_session.get(ME)
    assert len(fake.calls(TOKEN_PATH)) == 1


@pytest.mark.parametrize("hours", [-12, 2, 24 * 8])
def test_clock_that_is_corrected_or_a_laptop_that_slept(fake_session, fake, monkeypatch, hours):
    log_in(fake_session)
    move_clock(monkeypatch, hours)
    if hours > 24 * 7:  # the refresh token is over, too
        assert not fake_session.logged_in
        with pytest.raises(NotLoggedIn, match="Log in again"):
            fake_session.get(ME)
    else:
        assert fake_session.get(ME)
        assert len(fake.calls(TOKEN_PATH)) == (1 if hours < 0 else 2)


def test_token_that_our_slow_clock_believes_in_is_refreshed_when_the_server_refuses_it(fake_session, fake, monkeypatch):
    log_in(fake_session)
    fake.script[ME] = lambda seen: (
        Say({"ok": True}) if "-2-" in seen.headers["authorization"] else Say({"errorCode": "OAU-128"}, status=401)
    )
    assert fake_session.get(ME) == {"ok": True}


# --- two things at once


def test_environment_cannot_change_while_a_login_begins(fake_session, fake_environment, monkeypatch):
    """The login of one environment must never end up in a session that says another."""
    other = dataclasses.replace(fake_environment, name="other", client_id="of-another-app")
    opening, go_on = threading.Event(), threading.Event()
    really_open = CallbackListener.open

    def open_slowly(listener: CallbackListener) -> None:
        opening.set()
        go_on.wait(SOON)
        really_open(listener)

    monkeypatch.setattr(CallbackListener, "open", open_slowly)
    with ThreadPoolExecutor() as pool:
        login = pool.submit(fake_session.begin_login)
        assert opening.wait(SOON)
        change = pool.submit(fake_session.use, other)
        wait([change], timeout=0.5)  # it has to wait for the login; one that does not gets through meanwhile
        go_on.set()
        attempt = login.result()
        with pytest.raises(SessionBusy):
            change.result()
    assert parameters(attempt.authorize_url)["client_id"] == fake_session.environment.client_id
    assert fake_session.environment == fake_environment


def test_observer_that_begins_a_login_holds_up_nobody(fake_session, session):
    fake_session.begin_login()
    tries = iter(range(3))

    def begin() -> None:
        if not fake_session.login_pending and next(tries, None) is not None:
            fake_session.begin_login()

    fake_session.observe(begin)
    with ThreadPoolExecutor() as pool:
        for each in (fake_session, session):
            with contextlib.suppress(LoginError):
                pool.submit(each.begin_login).result(timeout=SOON)
    fake_session.unobserve(begin)


# --- what the server says, and in which words


def test_unknown_code_of_ringcentral_is_told_in_its_own_words(fake_session, fake):
    """The standard's word decides what is done; what a person is told is what the server has said."""
    unknown = {"error": "invalid_grant", "errors": [{"errorCode": "OAU-999", "message": "New"}]}
    log_in(fake_session)
    fake.script[TOKEN_PATH] = Say(unknown, status=400)
    with pytest.raises(NotLoggedIn, match=r"The login has ended \(OAU-999\): New\. .*not known"):
        fake_session.refresh()
    assert not fake_session.logged_in
    fake.script[TOKEN_PATH] = Say({**unknown, "error": "invalid_client"}, status=401)
    with pytest.raises(CodeRejected, match=r"OAU-999\): New\. .*not known"):
        log_in(fake_session)
    fake.script[TOKEN_PATH] = Say("", status=401)
    with pytest.raises(CredentialsRejected, match="does not accept this app"):
        log_in(fake_session)


def test_tokens_do_not_show_themselves(logged_in):
    data = logged_in.platform.auth().data()
    assert data["access_token"]
    assert data["access_token"] not in repr(data) + str(data)
    logged_in.platform.auth().set_data(data)
    assert logged_in.get(ME)


# --- a cell that awaits the login


def told(session: Session, then: Callable[[], object], *, timeout: float = SOON) -> None:
    """Await the login in a cell, and do something meanwhile, from another thread."""

    async def cell() -> None:
        waiting = asyncio.ensure_future(session.until_logged_in(timeout=timeout))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(then)
        await waiting

    asyncio.run(cell())


def deny(attempt: LoginAttempt) -> None:
    state = state_of(attempt)
    bring(f"{parameters(attempt.authorize_url)['redirect_uri']}?error=access_denied&state={state}")


def test_cell_that_awaits_is_told_at_once_what_ended_the_login(fake_session, fake):
    attempt = fake_session.begin_login()
    began = time.monotonic()
    with pytest.raises(AccessDenied):
        told(fake_session, lambda: deny(attempt), timeout=60)
    attempt = fake_session.begin_login()
    with pytest.raises(LoginCancelled):
        told(fake_session, attempt.cancel, timeout=60)
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    attempt = fake_session.begin_login()
    with pytest.raises(CodeRejected):
        told(fake_session, lambda: bring(callback(attempt)), timeout=60)
    fake_session.begin_login(timeout=0.2)
    with pytest.raises(LoginTimeout):
        told(fake_session, lambda: None, timeout=60)
    assert time.monotonic() - began < SOON


def test_cell_that_awaits_after_a_denial_waits_for_the_next_login(fake_session):
    deny(fake_session.begin_login())
    told(fake_session, lambda: log_in(fake_session))
    assert fake_session.logged_in


def test_cell_that_awaits_after_a_denial_in_vain_is_told_of_the_denial(fake_session):
    deny(fake_session.begin_login())
    with pytest.raises(AccessDenied):
        asyncio.run(fake_session.until_logged_in(timeout=0.05))


@pytest.mark.parametrize("timeout", [None, "300", float("nan"), True, [1], datetime.timedelta(minutes=5)])
def test_time_that_is_no_number_is_told_and_nothing_begins(fake_session, timeout):
    attempt = fake_session.begin_login()
    for wait_for in (
        attempt.wait,
        lambda timeout: asyncio.run(fake_session.until_logged_in(timeout)),
        lambda timeout: fake_session.begin_login(timeout=timeout),
    ):
        with pytest.raises(ConfigurationError, match=r"timeout cannot be .* number of seconds"):
            wait_for(timeout)
    assert fake_session.attempt is attempt
    assert fake_session.login_pending


def test_time_that_is_over_while_the_server_is_slow_is_not_blamed_on_the_person(fake_session, fake):
    go_on = threading.Event()
    fake.script[TOKEN_PATH] = Say(fake.tokens(), before=go_on.wait)
    attempt = fake_session.begin_login()
    attempt.submit(callback(attempt))
    try:
        with pytest.raises(LoginTimeout, match="the server has not given the tokens"):
            asyncio.run(fake_session.until_logged_in(timeout=0.05))
        with pytest.raises(LoginTimeout, match="the server has not given the tokens"):
            attempt.wait(0.05)
    finally:
        go_on.set()


@pytest.mark.parametrize("environment", [None, "practice", 5, Session])
def test_what_is_no_environment_is_told(fake_session, environment):
    for use in (Session, fake_session.use):
        with pytest.raises(ConfigurationError, match=r"This is no environment: .*load_environment\("):
            use(environment)


@pytest.mark.parametrize(
    "storage", ["keyring", True, 5, Path("x"), FileStorage, object()], ids=lambda each: str(each)[:20]
)
def test_what_is_no_storage_is_told(fake_session, storage):
    for use in (fake_session.keep, lambda storage: Session(fake_session.environment, storage=storage)):
        with pytest.raises(ConfigurationError, match=r"storage=\w+\(\)"):
            use(storage)


def test_cell_that_awaits_where_no_login_was_begun_waits_for_one(fake_session):
    with pytest.raises(LoginTimeout, match="No login was pending"):
        asyncio.run(fake_session.until_logged_in(timeout=0.05))
    told(fake_session, lambda: log_in(fake_session))
    fake_session.logout()
    with pytest.raises(LoginTimeout, match="No login was pending"):  # the one that was has succeeded
        asyncio.run(fake_session.until_logged_in(timeout=0.05))
    told(fake_session, lambda: log_in(fake_session))


def test_cell_that_awaits_goes_over_to_a_newer_login(fake_session):
    fake_session.begin_login()
    told(fake_session, lambda: log_in(fake_session))
    assert fake_session.logged_in
    fake_session.logout()
    fake_session.begin_login()
    with pytest.raises(AccessDenied):
        told(fake_session, lambda: deny(fake_session.begin_login()))


# --- who is logged in


ALEX = {"id": 62, "name": "Alex Practice", "extensionNumber": "101"}


def test_person_is_who_the_server_says(logged_in: Session):
    me = logged_in.get(ME)
    assert logged_in.person == Person(
        name=me["name"], extension_number=me["extensionNumber"], extension_id=str(me["id"])
    )


def test_person_is_asked_for_once_for_each_login_whoever_asks(fake_session, fake):
    fake.script[ME] = Say(ALEX, before=lambda: time.sleep(0.05))
    assert fake_session.person is None
    log_in(fake_session)
    with ThreadPoolExecutor(20) as pool:
        people = list(pool.map(lambda _: fake_session.person, range(20)))
    assert people == [Person(name="Alex Practice", extension_number="101", extension_id="62")] * 20
    fake_session.refresh()
    assert fake_session.person == people[0]
    assert len(fake.calls(ME)) == 1
    fake_session.logout()
    assert fake_session.person is None
    assert len(fake.calls(ME)) == 1


@pytest.mark.parametrize("way", ["login in its place", "logout", "use", "restored", "somebody else's tokens"])
def test_person_is_forgotten_with_the_login(fake_session, fake, fake_environment, way):
    fake.script[TOKEN_PATH] = lambda seen: Say(fake.tokens(session_id=str(len(fake.seen)), owner_id="62"))
    fake.script[ME] = Say(ALEX)
    log_in(fake_session)
    assert fake_session.person
    fake.script[ME] = Say({"id": 63, "name": "Bo"})
    if way in ("logout", "use"):
        fake_session.logout()
    if way == "use":
        fake_session.use(dataclasses.replace(fake_environment, name="other"))
    if way == "restored":
        fake_session.platform.auth().reset()
        fake_session.platform.auth().set_data(fake.tokens())
    elif way == "somebody else's tokens":
        fake_session.platform.auth().set_data(fake.tokens(session_id="of-bo", owner_id="63"))
    else:
        log_in(fake_session)
    assert fake_session.person == Person(name="Bo", extension_number="", extension_id="63")
    assert len(fake.calls(ME)) == 2


@pytest.mark.parametrize(
    "say", [Say("", status=500), Say({"errorCode": "CMN-408"}, status=403), Say("", cut=0), Say({}), Say([1])]
)
def test_person_that_the_server_does_not_tell_is_unknown_and_not_asked_for_again(fake_session, fake, say):
    fake.script[ME] = say
    log_in(fake_session)
    assert fake_session.person is None
    asked = len(fake.calls(ME))
    assert fake_session.person is None
    assert len(fake.calls(ME)) == asked


def test_login_that_turns_out_to_be_over_has_no_person(fake_session, fake):
    log_in(fake_session)
    fake.script[ME] = Say({"errorCode": "OAU-128"}, status=401)
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    assert fake_session.person is None
    assert not fake_session.logged_in


def test_person_is_asked_for_again_after_an_interrupt(fake_session, fake):
    log_in(fake_session)
    gate = threading.Event()
    fake.script[ME] = Say(ALEX, before=gate.wait)
    interrupted(lambda: fake_session.person, when=lambda: fake.calls(ME))
    gate.set()
    assert fake_session.person


def test_observer_may_ask_for_the_person_while_somebody_else_does(fake_session, fake):
    """The call refreshes, which tells the observer, which asks in its turn."""
    fake.script[ME] = Say(ALEX)
    log_in(fake_session)
    expire(fake_session)
    fake_session.observe(lambda: fake_session.person)
    with ThreadPoolExecutor() as pool:
        assert pool.submit(lambda: fake_session.person).result(SOON)
    assert len(fake.calls(ME)) == 1


# --- tokens that come from elsewhere


def test_restored_tokens_are_known_to_all(fake_session, fake):
    fake.script[ME] = Say(ALEX)
    heard: list[bool] = []
    fake_session.observe(lambda: heard.append(fake_session.logged_in))
    fake_session.platform.auth().set_data(fake.tokens())
    assert heard == [True]
    assert fake_session.logged_in
    assert fake_session.person
    told(fake_session, lambda: None, timeout=0)
    fake_session.platform.auth().reset()
    assert heard == [True, False]
    assert fake_session.person is None


@pytest.mark.parametrize("way", ["login", "refresh", "logout", "refresh before a call", "session over"])
def test_changes_by_the_sdk_are_told_without_a_lock(fake_session, fake, way):
    log_in(fake_session)
    heard: list[bool] = []

    def listen() -> None:
        heard.append(no_lock_is_held(fake_session))

    platform = fake_session.platform
    if way == "refresh before a call":
        expire(fake_session)
    if way == "session over":
        fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    fake_session.observe(listen)
    with contextlib.suppress(NotLoggedIn):
        {
            "login": lambda: platform.login(code=CODE),
            "logout": platform.logout,
            "refresh before a call": lambda: platform.get(ME),
        }.get(way, platform.refresh)()
    fake_session.unobserve(listen)
    assert heard == [True]


def test_cell_can_await_tokens_that_are_restored(fake_session, fake):
    told(fake_session, lambda: fake_session.platform.auth().set_data(fake.tokens()))


def test_panels_know_of_restored_tokens(fake_session, fake):
    panels = LoginPanel(fake_session), TestPanel(fake_session), LogoutPanel(fake_session)
    fake_session.platform.auth().set_data(fake.tokens())
    eventually(lambda: all("Log in" not in str(panel.view.get("buttons")) for panel in panels))
    eventually(lambda: "Logged in to elsewhere" in str(panels[0].view))
    assert "Logged in to elsewhere" in str(panels[2].view)
    fake_session.platform.auth().reset()
    eventually(lambda: "Logged in to elsewhere" not in str([panel.view for panel in panels]))


@pytest.mark.parametrize("status", [200, 400])
def test_logout_that_the_server_refuses_is_not_called_done(fake_session, fake, status):
    """Some say no with a status that says yes."""
    log_in(fake_session)
    fake.script[REVOKE_PATH] = Say({"error": "unsupported_token_type", "error_description": "No."}, status=status)
    outcome = fake_session.logout()
    assert not outcome.revoked
    assert "unsupported_token_type" in outcome.why
    assert not fake_session.logged_in


@pytest.mark.parametrize("status", [404, 405])
def test_server_without_a_token_endpoint_sends_nobody_to_look_for_a_path(fake_session, fake, status):
    fake.script[TOKEN_PATH] = Say("", status=status)
    with pytest.raises(LoginError, match="RC_SERVER_URL"):
        log_in(fake_session)
