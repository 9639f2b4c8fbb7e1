"""One try to log in, on the practice platform and on a scripted server."""

from __future__ import annotations

import _thread
import dataclasses
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import get_args
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers import (
    AccessDenied,
    AuthorizationRequest,
    CodeRejected,
    ConfigurationError,
    Environment,
    LoginAttempt,
    LoginCancelled,
    LoginError,
    LoginTimeout,
    Session,
)
from rc_nb_helpers import attempt as attempt_module
from rc_nb_helpers.callback_page import Page
from rc_nb_helpers.errors import CallbackRejected, CredentialsRejected, LoginUnreachable
from rc_nb_helpers.exchanges import ExchangeRecord
from rc_nb_helpers.pending import PENDING
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.redirection_endpoint import endpoint_of
from rc_nb_helpers.sdk import Platform

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
    _form,
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
)

ME = "/restapi/v1.0/account/~/extension/~"
ACCOUNT = "/restapi/v1.0/account/~"


# --- the answer that the browser brings, on the practice platform


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


# --- waiting, cancelling, time


def test_wait_ends_the_attempt_when_its_time_is_over(session: Session, port: int):
    attempt = session.begin_login()
    began = time.monotonic()
    with pytest.raises(LoginTimeout):
        attempt.wait(timeout=0.1)
    assert time.monotonic() - began < SOON
    assert (attempt.state, session.login_pending) == ("ended", False)
    assert is_free(port)


def test_attempt_ends_by_itself_at_its_deadline(session: Session, port: int):
    began = time.time()
    attempt = session.begin_login(timeout=0.1)
    assert began + 0.1 <= attempt.deadline <= time.time() + 0.1
    eventually(lambda: attempt.state == "ended")
    assert isinstance(attempt.error, LoginTimeout)
    eventually(lambda: is_free(port))


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

    monkeypatch.setattr(attempt_module, "Future", slow)
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


# --- the kernel is interrupted


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
    eventually(lambda: is_free(port))
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

        patch.setattr(attempt, "_changed", interrupt)
        with pytest.raises(KeyboardInterrupt):
            attempt.cancel()
    assert not fake_session.login_pending
    eventually(lambda: is_free(port))
    assert isinstance(attempt.error, LoginCancelled)


# --- what comes besides


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
    assert kinds.count("callback") <= attempt_module.MOST_STRAYS_NOTED + 2
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


def test_rehearsal_changes_nothing_and_asks_nobody_else(fake_session, fake):
    attempt = fake_session.begin_login()
    eventually(lambda: not [each for each in threading.enumerate() if each.name == "rehearsal"])
    assert attempt.state == "waiting"
    assert [each.kind for each in fake_session.exchanges] == ["authorization"]
    assert fake.seen == []


def test_prompt_lets_somebody_else_log_in(session, practice):
    """The browser remembers who signed in; only a prompt asks again."""
    user = practice.users[0]
    with requests.Session() as browser:
        page = browser.get(session.begin_login().authorize_url, timeout=SOON)
        who = {"username": user["username"], "password": user["password"], "remember": "yes"}
        page = browser.post(*_form(page, who), timeout=SOON)
        browser.post(*_form(page, {"decision": "allow"}), timeout=SOON)
        eventually(lambda: session.logged_in)
        session.logout()
        remembered = browser.get(session.begin_login().authorize_url, timeout=SOON)
        assert 'name="password"' not in remembered.text
        asked = browser.get(session.begin_login(prompt="login").authorize_url, timeout=SOON)
        assert 'name="password"' in asked.text


def test_prompt_that_is_unknown_opens_no_port_and_leaves_the_pending_login(session, port):
    attempt = session.begin_login()
    with pytest.raises(ConfigurationError):
        session.begin_login(prompt="select_account")
    assert attempt.state == "waiting"


def test_attempt_needs_a_platform_and_no_session(fake, fake_environment):
    """It is given what it needs, and tells whom it is told to tell."""
    record, heard = ExchangeRecord(), []
    platform = Platform(fake_environment, record)
    request = AuthorizationRequest(
        server_url=fake.server_url, client_id=CLIENT_ID, redirect_uri=fake_environment.redirect_uri
    )
    attempt = LoginAttempt(platform, request, record=record, changed=lambda: heard.append(attempt.state))
    with PENDING.one_at_a_time():
        attempt.open()
    endpoint = endpoint_of(fake_environment.redirect_uri, "")
    assert endpoint
    assert PENDING.at(endpoint) is attempt
    bring(callback(attempt))
    attempt.wait(SOON)
    assert platform.logged_in()
    assert heard == ["exchanging", "logged in"]
    assert {each.kind for each in record.read()} == {"callback", "token"}


def test_state_is_one_of_the_words_that_type_checkers_know(fake_session):
    attempt = fake_session.begin_login()
    seen = {attempt.state}
    fake_session.observe(lambda: seen.add(attempt.state))
    attempt.submit(callback(attempt))
    attempt.wait(SOON)
    fake_session.begin_login().cancel()
    seen.add(fake_session.attempt.state)
    assert seen == set(get_args(attempt_module.AttemptState))


@pytest.mark.parametrize("word", ["invalid_client", "invalid_grant", ""])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("OAU-142", "Login to account in current state is not allowed."),
        ("OAU-147", "The account is locked out due to multiple unsuccessful logon attempts."),
        ("OAU-236", "Extension is disabled or frozen"),
        ("OAU-999", "Something new"),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_state_of_the_account_is_told_as_that_and_not_as_the_apps(fake_session, fake, code, said, word, status):
    body = {"error": word, "errors": [{"errorCode": code, "message": said}], "error_description": said}
    fake.script[TOKEN_PATH] = Say(body, status=status)
    with pytest.raises(CodeRejected) as caught:
        log_in(fake_session)
    assert said.rstrip(".") in str(caught.value)
    assert code in str(caught.value)
    assert "client" not in str(caught.value)
    assert ("not known" in str(caught.value)) == (code == "OAU-999")
