"""A person's login from the first click to the logout, on the practice platform and on a scripted server."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import dataclasses
import logging
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers import (
    AccessDenied,
    ApiError,
    CodeRejected,
    Environment,
    LoginCancelled,
    LoginError,
    LoginTimeout,
    NotLoggedIn,
    PlatformUnreachable,
    Session,
    load_environment,
    transport,
)
from rc_nb_helpers import session as session_module
from rc_nb_helpers.callback_page import Page
from rc_nb_helpers.errors import CallbackRejected, CredentialsRejected, LoginUnreachable, SessionBusy
from rc_nb_helpers.practice import PracticePlatform

from .conftest import (
    CLIENT_ID,
    CODE,
    REVOKE_PATH,
    SOON,
    TOKEN_PATH,
    Browser,
    Clock,
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
    put_away,
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


def test_authorize_url_asks_for_this_app_with_fresh_secrets_each_time(session: Session):
    first = parameters(session.begin_login().authorize_url)
    second = parameters(session.begin_login(login_hint="alex").authorize_url)
    assert first["client_id"] == session.environment.client_id
    assert first["redirect_uri"] == session.environment.redirect_uri
    assert first["code_challenge_method"] == "S256"
    assert second["login_hint"] == "alex"
    for name in ("state", "code_challenge"):
        assert first[name] != second[name]


def test_denial_is_told_and_the_next_login_works(session: Session, browser: Browser):
    attempt = session.begin_login()
    page = bring(browser.answer_of(attempt.authorize_url, decision="deny"))
    assert "The login was refused" in page.text
    with pytest.raises(AccessDenied):
        attempt.wait(timeout=SOON)
    assert not session.logged_in
    attempt = session.begin_login()
    browser.log_in(attempt)
    attempt.wait(timeout=SOON)


def test_code_of_another_login_is_refused_by_the_verifier(session: Session, practice: PracticePlatform, browser):
    """L13: a stranger's code, injected with the right state, is worth nothing: PKCE."""
    other = Session(environment_of(practice, redirect_uri=practice.redirect_uris[0]))
    stolen = parameters(browser.answer_of(other.begin_login().authorize_url))["code"]
    attempt = session.begin_login()
    attempt.submit(callback(attempt, code=stolen))
    with pytest.raises(CodeRejected):
        attempt.wait(timeout=SOON)
    assert not session.logged_in


def test_code_that_is_too_old_is_told_as_that(session: Session, browser: Browser, clock: Clock):
    attempt = session.begin_login()
    answer = browser.answer_of(attempt.authorize_url)
    clock.ahead = 61
    page = bring(answer)
    assert "Login failed" in page.text
    with pytest.raises(CodeRejected, match="OAU-108") as caught:
        attempt.wait(timeout=SOON)
    assert "60 seconds" in str(caught.value)


def test_code_that_the_server_does_not_know_is_told_as_that(session: Session):
    attempt = session.begin_login()
    attempt.submit(callback(attempt))
    with pytest.raises(CodeRejected, match="OAU-106"):
        attempt.wait(timeout=SOON)


def test_wrong_client_secret_is_told_as_that(practice: PracticePlatform, browser: Browser):
    session = Session(environment_of(practice, client_secret="not-the-secret"))
    attempt = session.begin_login()
    page = browser.log_in(attempt)
    assert "Login failed" in page.text
    with pytest.raises(CredentialsRejected) as caught:
        attempt.wait(timeout=SOON)
    assert ".env file" in str(caught.value)
    assert "not-the-secret" not in str(caught.value) + page.text


def test_secret_of_another_environment_is_told_as_that(practice: PracticePlatform):
    session = Session(environment_of(practice, client_id="an-id-of-production"))
    attempt = session.begin_login()
    attempt.submit(callback(attempt))
    with pytest.raises(CredentialsRejected):
        attempt.wait(timeout=SOON)


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


# --- waiting, cancelling, time


def test_wait_ends_the_attempt_when_its_time_is_over(session: Session, port: int):
    attempt = session.begin_login()
    began = time.monotonic()
    with pytest.raises(LoginTimeout):
        attempt.wait(timeout=0.1)
    assert time.monotonic() - began < 1
    assert (attempt.state, session.login_pending) == ("ended", False)
    assert is_free(port)


def test_attempt_ends_by_itself_at_its_deadline(session: Session, port: int):
    attempt = session.begin_login(timeout=0.1)
    assert attempt.deadline == pytest.approx(time.time() + 0.1, abs=0.1)
    eventually(lambda: attempt.state == "ended")
    assert isinstance(attempt.error, LoginTimeout)
    eventually(lambda: is_free(port), within=1)


def test_wait_may_be_called_again_and_says_the_same(session: Session):
    attempt = session.begin_login()
    attempt.cancel()
    for _ in range(2):
        with pytest.raises(LoginCancelled):
            attempt.wait(timeout=1)


def test_wait_after_success_returns_at_once(logged_in: Session):
    assert logged_in.attempt
    logged_in.attempt.wait(timeout=0)


def test_wait_can_be_interrupted_and_the_login_goes_on(session: Session, browser: Browser):
    attempt = session.begin_login()
    threading.Timer(0.1, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        attempt.wait(timeout=SOON)
    browser.log_in(attempt)
    attempt.wait(timeout=SOON)


def test_cancel_is_harmless_afterwards_and_twice(logged_in: Session, session: Session):
    assert logged_in.attempt
    logged_in.attempt.cancel()
    assert logged_in.logged_in
    attempt = logged_in.begin_login()
    attempt.cancel()
    attempt.cancel()
    assert isinstance(attempt.error, LoginCancelled)


def held_exchange(session: Session, fake: FakePlatform, end: str) -> None:
    """End an attempt while the token endpoint still thinks; its tokens arrive too late."""
    gate = threading.Event()
    fake.script[TOKEN_PATH] = Say(fake.tokens(), before=gate.wait)
    attempt = session.begin_login(timeout=0.3 if end == "deadline" else 60)
    pages: list[str] = []
    browser = threading.Thread(target=lambda: pages.append(bring(callback(attempt)).text))
    browser.start()
    eventually(lambda: fake.calls(TOKEN_PATH))
    assert (attempt.state, session.login_pending) == ("exchanging", True)
    if end == "cancel":
        attempt.cancel()
    elif end == "logout":
        session.logout()
    elif end == "newer login":
        session.begin_login()
    elif end == "wait":
        with pytest.raises(LoginTimeout):
            attempt.wait(timeout=0.05)
    else:
        eventually(lambda: attempt.state == "ended")
    browser.join(SOON)
    gate.set()
    # The browser is told the truth, at once.
    assert len(pages) == 1
    assert "Login failed" in pages[0]


@pytest.mark.parametrize("end", ["cancel", "logout", "newer login", "wait", "deadline"])
def test_tokens_that_come_too_late_are_revoked_and_not_kept(fake_session: Session, fake: FakePlatform, end: str):
    held_exchange(fake_session, fake, end)
    eventually(lambda: fake.calls(REVOKE_PATH))
    assert fake.calls(REVOKE_PATH)[0].form["token"] == "refresh-token-1-Qv9"
    assert not fake_session.logged_in


def test_revoking_what_came_too_late_may_fail_in_silence(fake_session: Session, fake: FakePlatform):
    fake.script[REVOKE_PATH] = Say("", cut=0)
    held_exchange(fake_session, fake, "cancel")
    eventually(lambda: fake.calls(REVOKE_PATH))
    log_in_again = fake_session.begin_login()
    assert log_in_again.state == "waiting"


# --- the token endpoint fails


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (Say({"error": "invalid_grant"}, status=400), CodeRejected),
        (Say({"error": "invalid_client"}, status=401), CredentialsRejected),
        (Say({"errors": [{"errorCode": "OAU-153", "message": "Invalid client: xx"}]}, status=400), CredentialsRejected),
        (
            Say({"errors": [{"errorCode": "OAU-109", "message": "Redirect URIs do not match"}]}, status=400),
            CodeRejected,
        ),
        (Say({"errorCode": "CMN-301"}, status=429), LoginError),
        (Say("<html>", status=500, kind="text/html"), LoginError),
        (Say("<html>Hotel network</html>", kind="text/html"), LoginError),
        (Say({"access_token": "access-token-x"}), LoginError),
        (Say({"access_token": "access-token-x\n", "token_type": "bearer", "expires_in": 1}), LoginError),
        (Say("[" * 100_000), LoginError),
        (Say("", status=302, headers={"Location": "http://evil.example/"}), LoginError),
        (Say("", cut=0), LoginUnreachable),
        (Say({"access_token": "access-token-x"}, cut=10), LoginUnreachable),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value.status} {str(value.body)[:20]}",
)
def test_failed_exchange_is_told_in_wait_page_and_attempt_alike(fake_session, fake, say, expected):
    fake.script[TOKEN_PATH] = say
    attempt = fake_session.begin_login()
    page = bring(callback(attempt))
    with pytest.raises(LoginError) as caught:
        attempt.wait(timeout=SOON)
    error = caught.value
    assert type(error) is expected
    assert attempt.error is error
    assert error.happened.split("<")[0].split("'")[0] in page.text
    assert error.cure
    assert holds_secret(str(error) + repr(error) + page.text) == []
    assert not fake_session.logged_in
    fake.script.clear()
    log_in(fake_session)


def test_redirect_mismatch_says_what_to_compare(fake_session, fake):
    fake.script[TOKEN_PATH] = Say({"errors": [{"errorCode": "OAU-109", "message": "No"}]}, status=400)
    attempt = fake_session.begin_login()
    attempt.submit(callback(attempt))
    with pytest.raises(CodeRejected, match="RC_REDIRECT_URL"):
        attempt.wait(timeout=SOON)


def test_server_that_is_gone_is_told_as_that(fake_environment):
    environment = dataclasses.replace(fake_environment, server_url=f"http://127.0.0.1:{free_port()}")
    attempt = Session(environment).begin_login()
    page = bring(callback(attempt))
    with pytest.raises(LoginUnreachable, match="Nothing answers at"):
        attempt.wait(timeout=SOON)
    assert "Nothing answers at" in page.text


def test_fault_of_our_own_ends_the_login_instead_of_hanging_it(fake_session, monkeypatch):
    def broken(**_: str) -> None:
        raise RuntimeError(f"holds {CODE}")

    attempt = fake_session.begin_login()
    monkeypatch.setattr(fake_session.platform, "exchange", broken)
    attempt.submit(callback(attempt))
    with pytest.raises(LoginError, match="RuntimeError") as caught:
        attempt.wait(timeout=SOON)
    assert CODE not in str(caught.value)


def test_fault_while_tokens_are_stored_ends_the_login_instead_of_hanging_it(fake_session, monkeypatch):
    def broken(response: object) -> None:
        raise ValueError("no room")

    attempt = fake_session.begin_login()
    monkeypatch.setattr(fake_session.platform, "keep", broken)
    page = bring(callback(attempt))
    assert "Login failed" in page.text
    with pytest.raises(LoginError, match="ValueError"):
        attempt.wait(timeout=SOON)


# --- the callback by hand


@pytest.mark.parametrize("part", ["address", "query", "question mark", "spaces"])
def test_submit_takes_the_address_or_its_query(fake_session, fake, part):
    attempt = fake_session.begin_login()
    address = callback(attempt)
    query = urlsplit(address).query
    attempt.submit({"address": address, "query": query, "question mark": "?" + query, "spaces": f" {address}\n"}[part])
    attempt.wait(timeout=SOON)
    assert fake_session.logged_in


@pytest.mark.parametrize("query", ["code=evil&state=wrong", "code=evil", "", "http://localhost:1/", CODE])
def test_submit_of_something_else_is_refused_and_the_login_goes_on(fake_session, fake, query):
    attempt = fake_session.begin_login()
    with pytest.raises(CallbackRejected):
        attempt.submit(query)
    assert attempt.state == "waiting"
    attempt.submit(callback(attempt))
    attempt.wait(timeout=SOON)
    assert [seen.form["code"] for seen in fake.calls(TOKEN_PATH)] == [CODE]


def test_submit_of_a_refusal_ends_the_login(fake_session):
    attempt = fake_session.begin_login()
    with pytest.raises(AccessDenied):
        attempt.submit(callback(attempt, error="access_denied"))
    with pytest.raises(AccessDenied):
        attempt.wait(timeout=SOON)


def test_submit_after_the_end_says_how_it_ended(fake_session, fake):
    attempt = fake_session.begin_login()
    address = callback(attempt)
    attempt.submit(address)
    attempt.wait(timeout=SOON)
    attempt.submit(address)  # twice is once
    assert len(fake.calls(TOKEN_PATH)) == 1
    attempt = fake_session.begin_login()
    attempt.cancel()
    with pytest.raises(LoginCancelled):
        attempt.submit(callback(attempt))


def test_submit_in_twenty_threads_exchanges_once(fake_session, fake, monkeypatch):
    def slow() -> Future[Page]:
        time.sleep(0.02)  # between the question whether a code has arrived and the note that one has
        return Future()

    monkeypatch.setattr(session_module, "Future", slow)
    attempt = fake_session.begin_login()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: attempt.submit(callback(attempt)), range(20)))
    attempt.wait(timeout=SOON)
    assert len(fake.calls(TOKEN_PATH)) == 1


def test_address_that_is_not_this_machines_is_pasted(fake):
    environment = Environment(
        name="hub", server_url=fake.server_url, client_id=CLIENT_ID, redirect_uri="https://hub.example/callback"
    )
    session, other = Session(environment), Session(environment)
    attempt = session.begin_login()
    assert not attempt.listening
    other.begin_login()
    assert attempt.state == "waiting"  # nobody is in anybody's way: there is no port
    attempt.submit(callback(attempt))
    attempt.wait(timeout=SOON)
    assert session.logged_in
    put_away(other)


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


@pytest.mark.parametrize("body", ["<html>Hotel network</html>", "[1, 2]", '"text"', "{"])
def test_answer_that_is_no_json_object_is_an_error(fake_session, fake, body):
    log_in(fake_session)
    fake.script[ME] = Say(body)
    with pytest.raises(ApiError, match="not JSON"):
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
        monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.1)
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
            await asyncio.sleep(0.01)

    async def cell() -> None:
        asyncio.get_running_loop().call_later(0.1, lambda: attempt.submit(callback(attempt)))
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


@pytest.mark.parametrize("place", ["_open", "listener", "thread"])
def test_interrupt_while_a_login_begins_leaves_the_port_free(session, browser, port, monkeypatch, place):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if place == "_open":
            patch.setattr(threading.Timer, "start", interrupt)
        elif place == "listener":
            patch.setattr("rc_nb_helpers.listener.Future.result", interrupt)
        else:
            patch.setattr(threading.Thread, "start", interrupt)
        with pytest.raises(KeyboardInterrupt):
            session.begin_login()
    eventually(lambda: is_free(port), within=1)
    assert not session.login_pending
    attempt = session.begin_login()
    browser.log_in(attempt)
    attempt.wait(timeout=SOON)


def test_interrupt_while_the_exchange_starts_ends_the_login(fake_session, fake, monkeypatch):
    attempt = fake_session.begin_login()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupt)
        with pytest.raises(KeyboardInterrupt):
            attempt.submit(callback(attempt))
    assert isinstance(attempt.error, LoginCancelled)
    assert not fake_session.login_pending
    log_in(fake_session)


def test_exchange_that_cannot_start_ends_the_login(fake_session, monkeypatch):
    attempt = fake_session.begin_login()

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        attempt.submit(callback(attempt))
    with pytest.raises(LoginError, match="RuntimeError"):
        attempt.wait(SOON)


def test_end_that_was_interrupted_is_finished_at_the_deadline(fake_session, port, monkeypatch):
    attempt = fake_session.begin_login(timeout=0.5)
    with monkeypatch.context() as patch:

        def interrupt() -> None:
            raise KeyboardInterrupt

        patch.setattr(fake_session, "_notify", interrupt)
        with pytest.raises(KeyboardInterrupt):
            attempt.cancel()
    assert not fake_session.login_pending
    eventually(lambda: is_free(port), within=2)
    assert isinstance(attempt.error, LoginCancelled)


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
    really_open = session_module.CallbackListener.open

    def open_slowly(listener: session_module.CallbackListener) -> None:
        opening.set()
        go_on.wait(SOON)
        really_open(listener)

    monkeypatch.setattr(session_module.CallbackListener, "open", open_slowly)
    with ThreadPoolExecutor() as pool:
        login = pool.submit(fake_session.begin_login)
        assert opening.wait(SOON)
        change = pool.submit(fake_session.use, other)
        time.sleep(0.1)
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


def test_unknown_code_of_ringcentral_does_not_hide_what_the_standard_says(fake_session, fake):
    unknown = {"error": "invalid_grant", "errors": [{"errorCode": "OAU-999", "message": "New"}]}
    log_in(fake_session)
    fake.script[TOKEN_PATH] = Say(unknown, status=400)
    with pytest.raises(NotLoggedIn, match="no longer good"):
        fake_session.refresh()
    assert not fake_session.logged_in
    fake.script[TOKEN_PATH] = Say({**unknown, "error": "invalid_client"}, status=401)
    with pytest.raises(CredentialsRejected, match=r"OAU-999.*does not belong to it"):
        log_in(fake_session)
    fake.script[TOKEN_PATH] = Say("", status=401)
    with pytest.raises(CredentialsRejected, match="does not accept this app"):
        log_in(fake_session)


def test_stray_after_the_end_does_not_say_that_the_login_goes_on(fake_session):
    attempt = fake_session.begin_login()
    assert "The login goes on." in bring(callback(attempt, state="wrong")).text
    assert "Login success" in bring(callback(attempt)).text
    late = bring(callback(attempt, state="wrong")).text
    assert "It changes nothing." in late
    assert "goes on" not in late


def test_repeats_of_the_callback_do_not_drive_the_rest_out_of_the_record(fake_session):
    attempt = fake_session.begin_login()
    for _ in range(60):
        attempt._receive(urlsplit(callback(attempt)).query)
    attempt.wait(SOON)
    kinds = [each.kind for each in fake_session.exchanges]
    assert kinds.count("callback") <= session_module.MOST_STRAYS_NOTED + 2
    assert {"authorization", "token"} <= set(kinds)


def test_question_mark_in_a_value_stays_in_the_record(fake_session):
    attempt = fake_session.begin_login()
    attempt.submit(callback(attempt, note="why?"))
    attempt.wait(SOON)
    (noted,) = [each for each in fake_session.exchanges if each.kind == "callback"]
    assert [name for name, _ in noted.parameters] == ["code", "state", "note"]


def test_odd_letters_in_a_pasted_state_are_only_a_wrong_state(fake_session):
    attempt = fake_session.begin_login()
    with pytest.raises(CallbackRejected, match="another login"):
        attempt.submit("code=x&state=\ud800")


def test_login_may_have_all_the_time_in_the_world(fake_session):
    attempt = fake_session.begin_login(timeout=float("inf"))
    attempt.submit(callback(attempt))
    attempt.wait(SOON)
    assert fake_session.logged_in


def test_tokens_do_not_show_themselves(logged_in):
    data = logged_in.platform.auth().data()
    assert data["access_token"]
    assert data["access_token"] not in repr(data) + str(data)
    logged_in.platform.auth().set_data(data)
    assert logged_in.get(ME)


def test_rehearsal_changes_nothing_and_asks_nobody_else(fake_session, fake):
    attempt = fake_session.begin_login()
    eventually(lambda: not [each for each in threading.enumerate() if each.name == "rehearsal"])
    assert attempt.state == "waiting"
    assert [each.kind for each in fake_session.exchanges] == ["authorization"]
    assert fake.seen == []
