"""Our Platform: each row of the table in ``sdk.py`` against a server that does as it is told, and the real flow."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from ringcentral.http.api_response import ApiResponse

from rc_nb_helpers import (
    ApiError,
    ConfigurationError,
    Environment,
    NotLoggedIn,
    RingCentralError,
    code_challenge,
    sdk,
)
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.sdk import Platform

from .conftest import (
    ACCOUNT,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    REVOKE_PATH,
    SOON,
    TOKEN_PATH,
    VERIFIER,
    Browser,
    Say,
    Seen,
    environment_of,
    eventually,
    expire,
    failure,
    free_port,
    holds_secret,
    login_as,
    parameters,
)

# --- the login


def test_exchange_sends_what_the_rfc_says(platform, fake):
    platform.login(code=CODE, verifier=VERIFIER)
    (seen,) = fake.seen
    assert (seen.method, seen.target) == ("POST", TOKEN_PATH)
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (
        seen.headers["authorization"] == "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    )
    assert seen.form == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": platform._redirect_uri,
        "code_verifier": VERIFIER,
    }
    assert platform.auth().access_token() == "access-token-1-Yw5"


def test_redirect_uri_and_verifier_are_those_that_are_given(platform, fake):
    platform.login(code=CODE, redirect_uri="http://localhost:1/other")
    assert fake.seen[0].form["redirect_uri"] == "http://localhost:1/other"
    assert "code_verifier" not in fake.seen[0].form


@pytest.mark.parametrize("arguments", [{}, {"username": "u", "password": "p"}, {"jwt": "j"}, {"code": "c", "jwt": "j"}])
def test_other_ways_to_log_in_are_refused(platform, fake, arguments):
    assert "authorization code only" in str(failure(lambda: platform.login(**arguments)))
    assert fake.seen == []


def test_login_url_works_and_encodes(platform, fake):
    """Row: ``login_url`` raises NameError."""
    url = platform.login_url("http://localhost:5000/a b", state="s&t", challenge=code_challenge(VERIFIER))
    assert url.startswith(fake.server_url + "/restapi/oauth/authorize?")
    assert parameters(url) == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "http://localhost:5000/a b",
        "state": "s&t",
        "code_challenge": code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    assert "state" not in parameters(platform.login_url("http://localhost:5000/"))


def test_newer_login_leaves_no_token_of_the_older_one(ready, fake):
    answer = fake.tokens()
    del answer["refresh_token"]
    fake.script[TOKEN_PATH] = Say(answer)
    ready.login(code=CODE)
    assert ready.auth().refresh_token() == ""
    assert ready.auth().access_token() == answer["access_token"]


# --- calls


def test_call_carries_the_token_and_the_query_encoded(ready, fake):
    """Row: query values are not encoded."""
    ready.get(ACCOUNT, query_params={"dateFrom": "2026-01-01T00:00:00+01:00", "type": ["Voice", "Fax"], "q": "a&b=c ü"})
    (seen,) = fake.seen
    assert seen.headers["authorization"] == "Bearer access-token-1-Yw5"
    assert seen.query == {"dateFrom": ["2026-01-01T00:00:00+01:00"], "type": ["Voice", "Fax"], "q": ["a&b=c ü"]}


def test_query_in_the_path_stays(ready, fake):
    ready.get(ACCOUNT + "?page=2", query_params={"perPage": 5})
    assert fake.seen[0].query == {"page": ["2"], "perPage": ["5"]}


def test_all_the_verbs_of_the_sdk_work(ready, fake):
    for verb in ("post", "put", "patch"):
        getattr(ready, verb)(ACCOUNT, {"a": 1})
    ready.delete(ACCOUNT)
    assert [seen.method for seen in fake.seen] == ["POST", "PUT", "PATCH", "DELETE"]
    assert [json.loads(seen.body) for seen in fake.seen[:3]] == [{"a": 1}] * 3


def test_trailing_slash_of_the_server_makes_no_double_slash(fake):
    platform = Platform(
        Environment(name="n", server_url=fake.server_url + "/", client_id="i", redirect_uri="http://localhost:1/")
    )
    platform.login(code=CODE)
    assert fake.seen[0].target == TOKEN_PATH


def test_call_without_a_login_says_so_and_sends_nothing(platform, fake):
    assert isinstance(failure(lambda: platform.get(ACCOUNT)), NotLoggedIn)
    assert isinstance(failure(platform.refresh), NotLoggedIn)
    assert isinstance(failure(platform.logout), NotLoggedIn)
    assert fake.seen == []


def test_call_that_needs_no_login_gets_no_token(ready, fake):
    ready.get("/restapi/v1.0", skip_auth_check=True)
    assert "authorization" not in fake.seen[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://evil.example/restapi/v1.0",
        "https://platform.ringcentral.com.evil.example/",
        "https://platform.ringcentral.com@evil.example/",
        "https://evil.example\\@platform.ringcentral.com/",
        "https://evilringcentral.com/",
        "http://media.ringcentral.com/",
        "https://media.ringcentral.com:8443/",
        "https://ringcentral.com.evil.example/.ringcentral.com/",
    ],
)
@pytest.mark.parametrize("server_url", ["https://platform.ringcentral.com", "fake"])
def test_token_goes_to_no_other_server(ready, fake, monkeypatch, url, server_url):
    if server_url != "fake":
        monkeypatch.setattr(ready, "_server", server_url)
        monkeypatch.setattr(ready._client, "send", lambda request, **_: pytest.fail(f"sent to {request.url}"))
    assert "another server" in str(failure(lambda: ready.get(url)))
    assert fake.seen == []


def test_token_may_go_to_ringcentrals_media_server(ready, monkeypatch):
    monkeypatch.setattr(ready, "_server", "https://platform.ringcentral.com")
    assert ready._may_have_token("https://media.ringcentral.com/restapi/v1.0/x?y=1")
    assert ready._may_have_token("https://platform.ringcentral.com/restapi/v1.0/x")


def test_full_address_on_this_server_will_do(ready, fake):
    ready.get(fake.server_url + ACCOUNT)
    assert fake.seen[0].target == ACCOUNT


def test_redirects_are_not_followed(ready, fake):
    """Row: redirects are followed, also to other hosts."""
    fake.script[ACCOUNT] = Say("", status=302, headers={"Location": fake.server_url + "/elsewhere"})
    error = failure(lambda: ready.get(ACCOUNT))
    assert isinstance(error, ApiError)
    assert error.status == 302
    assert not fake.calls("/elsewhere")


# --- the login as time goes by


def test_logged_in_looks_at_the_clock_alone(ready, fake):
    """Row: ``logged_in`` goes to the network and hides every error."""
    assert ready.logged_in() is True
    expire(ready)
    assert ready.logged_in() is True
    expire(ready, refresh_token=True)
    assert ready.logged_in() is False
    assert fake.seen == []


@pytest.mark.parametrize("seconds_left", [-1, 30])
def test_token_at_its_end_is_refreshed_before_the_call(ready, fake, seconds_left):
    ready.auth().set_data({"expire_time": time.time() + seconds_left})
    ready.get(ACCOUNT)
    refresh, call = fake.seen
    assert refresh.form["grant_type"] == "refresh_token"
    assert refresh.form["refresh_token"] == "refresh-token-1-Qv9"
    assert call.headers["authorization"] == "Bearer access-token-2-Yw5"


def test_token_near_its_end_is_used_when_it_cannot_be_refreshed(platform, fake):
    answer = fake.tokens(expires_in=30)
    del answer["refresh_token"]
    fake.script[TOKEN_PATH] = Say(answer)
    platform.login(code=CODE)
    platform.get(ACCOUNT)
    assert len(fake.calls(TOKEN_PATH)) == 1


def test_token_that_lives_shortly_is_used_before_it_is_refreshed(platform, fake):
    fake.script[TOKEN_PATH] = lambda seen: Say(fake.tokens(expires_in=45))
    platform.login(code=CODE)
    for _ in range(5):
        platform.get(ACCOUNT)
    assert len(fake.calls(TOKEN_PATH)) == 1


def test_twenty_calls_at_once_make_one_refresh(ready, fake):
    """Row: two calls, two refreshes."""
    expire(ready)
    fake.script[TOKEN_PATH] = lambda seen: Say(fake.tokens(), before=lambda: time.sleep(0.05))
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: ready.get(ACCOUNT), range(20)))
    assert len(fake.calls(TOKEN_PATH)) == 1
    assert {seen.headers["authorization"] for seen in fake.calls(ACCOUNT)} == {"Bearer access-token-2-Yw5"}


def only(token: str) -> Callable[[Seen], Say]:
    """A server that accepts one access token."""

    def answer(seen: Seen) -> Say:
        if seen.headers["authorization"].endswith(token):
            return Say({"ok": True})
        return Say({"errorCode": "TokenInvalid", "errors": [{"errorCode": "OAU-213", "message": "No"}]}, status=401)

    return answer


def test_token_that_died_on_the_server_is_refreshed_once_and_the_call_repeated(ready, fake):
    """Row: a token dead on the server stays "valid" until it expires."""
    fake.script[ACCOUNT] = only("access-token-2-Yw5")
    assert ready.get(ACCOUNT).json_dict() == {"ok": True}
    assert [seen.path for seen in fake.seen] == [ACCOUNT, TOKEN_PATH, ACCOUNT]


def test_twenty_refused_calls_at_once_make_one_refresh(ready, fake):
    fake.script[ACCOUNT] = only("access-token-2-Yw5")
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: ready.get(ACCOUNT), range(20)))
    assert len(fake.calls(TOKEN_PATH)) == 1


def test_second_refusal_is_told_and_not_repeated(ready, fake):
    fake.script[ACCOUNT] = only("nobody's")
    error = failure(lambda: ready.get(ACCOUNT))
    assert isinstance(error, ApiError)
    assert (error.status, error.code) == (401, "OAU-213")
    assert [seen.path for seen in fake.seen] == [ACCOUNT, TOKEN_PATH, ACCOUNT]


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_grant", "errors": [{"errorCode": "OAU-213", "message": "Token not found"}]},
        {"error": "invalid_grant", "error_description": "The refresh token was revoked"},
        {"error": "invalid_grant"},
        {"errorCode": "OAU-210"},
    ],
)
def test_refresh_token_that_died_ends_the_login(ready, fake, body):
    expire(ready)
    fake.script[TOKEN_PATH] = Say(body, status=400)
    error = failure(lambda: ready.get(ACCOUNT))
    assert isinstance(error, NotLoggedIn)
    assert "The login has ended" in str(error)
    assert "Log in again." in str(error)
    assert not ready.logged_in()
    assert ready.auth().refresh_token() == ""


def test_person_who_may_not_log_in_now_is_not_sent_to_try_again(ready, fake):
    expire(ready)
    closed = {"error": "invalid_grant", "errors": [{"errorCode": "OAU-141", "message": "Extension is disabled"}]}
    fake.script[TOKEN_PATH] = Say(closed, status=400)
    error = failure(lambda: ready.get(ACCOUNT))
    assert isinstance(error, NotLoggedIn)
    assert "Extension is disabled" in error.happened
    assert "administrator" in error.cure


def test_both_tokens_past_their_time_end_the_login_without_the_network(ready, fake):
    expire(ready, refresh_token=True)
    assert "expired" in str(failure(lambda: ready.get(ACCOUNT)))
    assert ready.auth().access_token() == ""
    assert fake.seen == []


@pytest.mark.parametrize(
    "say",
    [
        Say({"error": "temporarily_unavailable"}, status=503),
        Say({"errorCode": "CMN-301"}, status=429, headers={"Retry-After": "30"}),
        Say("<html>", status=500, kind="text/html"),
        Say("<html>Sign in to the hotel's network</html>", kind="text/html"),
        Say({"error": "invalid_client"}, status=401),
        Say("", cut=0),
    ],
    ids=["503", "429", "500 HTML", "200 HTML", "401 invalid_client", "hung up"],
)
def test_trouble_that_may_pass_keeps_the_tokens(ready, fake, say):
    expire(ready)
    before = ready.auth().data()
    fake.script[TOKEN_PATH] = say
    failure(lambda: ready.get(ACCOUNT))
    assert ready.auth().data() == before
    del fake.script[TOKEN_PATH]
    ready.get(ACCOUNT)
    assert fake.calls(TOKEN_PATH)[-1].form["refresh_token"] == "refresh-token-1-Qv9"


def in_turn(*answers: Say) -> Callable[[Seen], Say]:
    """A script that gives one answer after the other, and then the last one again and again."""
    left = list(answers)
    return lambda seen: left.pop(0) if len(left) > 1 else left[0]


LOST = Say({"access_token": "access-token-lost"}, cut=20)
BUSY = Say({"errorCode": "CMN-301"}, status=429, headers={"Retry-After": "0"})


@pytest.mark.parametrize(
    "trouble",
    [
        LOST,
        BUSY,
        Say({"error": "temporarily_unavailable"}, status=503),
        Say("", status=500),
        Say("<html>Sign in to the hotel's network</html>", kind="text/html"),
    ],
    ids=["lost", "429 with Retry-After", "503", "500", "hotel"],
)
def test_refresh_that_failed_for_a_moment_is_tried_again_with_the_same_token(ready, fake, trouble):
    expire(ready)
    fake.script[TOKEN_PATH] = in_turn(trouble, Say(fake.tokens()))
    ready.get(ACCOUNT)
    assert [seen.form["refresh_token"] for seen in fake.calls(TOKEN_PATH)] == ["refresh-token-1-Qv9"] * 2
    assert fake.seen[-1].headers["authorization"] == "Bearer access-token-2-Yw5"


@pytest.mark.parametrize(
    ("trouble", "tries"),
    [
        (LOST, 2),
        (Say("", status=500), 2),
        (Say("", status=429), 1),
        (Say("", status=429, headers={"Retry-After": "6"}), 1),
        (Say("", status=503, headers={"Retry-After": "60"}), 1),
        (Say("", status=429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), 1),
        (Say({"error": "invalid_client"}, status=401), 1),
        (Say("", status=302, headers={"Location": "http://evil.example/"}), 1),
    ],
)
def test_refresh_is_tried_no_more_often_than_that(ready, fake, trouble, tries):
    expire(ready)
    before = ready.auth().data()
    fake.script[TOKEN_PATH] = trouble
    failure(lambda: ready.get(ACCOUNT))
    assert len(fake.calls(TOKEN_PATH)) == tries
    assert ready.auth().data() == before


def test_refresh_waits_a_moment_or_as_long_as_the_server_asks(ready, fake, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(sdk.time, "sleep", slept.append)
    monkeypatch.setattr(sdk, "RETRY_PAUSE_SECONDS", 0.5)
    for trouble in (LOST, Say("", status=429, headers={"Retry-After": "5"})):
        fake.script[TOKEN_PATH] = in_turn(trouble, Say(fake.tokens()))
        ready.refresh()
    assert slept == [0.5, 5]


@pytest.mark.parametrize("trouble", [LOST, Say("", status=500), Say("", status=429), Say("", cut=0)])
def test_token_near_its_end_is_used_when_its_refresh_fails_for_a_moment(ready, fake, trouble):
    ready.auth().set_data({"expire_time": time.time() + 30})
    fake.script[TOKEN_PATH] = trouble
    for _ in range(3):
        ready.get(ACCOUNT)
    assert [seen.headers["authorization"] for seen in fake.calls(ACCOUNT)] == ["Bearer access-token-1-Yw5"] * 3
    assert len(fake.calls(TOKEN_PATH)) <= 2  # not again before the next call, which would wait for it each time
    del fake.script[TOKEN_PATH]
    ready._early_refresh_after = 0.0  # as after EARLY_REFRESH_PAUSE_SECONDS
    ready.get(ACCOUNT)
    assert fake.seen[-1].headers["authorization"].startswith("Bearer access-token-2")


def test_token_near_its_end_is_given_up_when_the_login_has_ended(ready, fake):
    ready.auth().set_data({"expire_time": time.time() + 30})
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    assert isinstance(failure(lambda: ready.get(ACCOUNT)), NotLoggedIn)
    assert not ready.logged_in()


@pytest.mark.parametrize("status", [429, 503])
def test_get_is_sent_once_more_when_a_busy_server_asks_for_a_moment(ready, fake, status):
    busy = Say({"errorCode": "CMN-301"}, status=status, headers={"Retry-After": "0"})
    fake.script[ACCOUNT] = in_turn(busy, Say({"ok": True}))
    assert ready.get(ACCOUNT).json_dict() == {"ok": True}
    fake.script[ACCOUNT] = busy
    error = failure(lambda: ready.get(ACCOUNT))
    assert isinstance(error, ApiError)
    assert error.retry_after == 0
    assert len(fake.calls(ACCOUNT)) == 4


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "6"}, {"Retry-After": "soon"}, {"Retry-After": "-1"}])
def test_get_is_not_repeated_when_the_wait_is_long_or_unknown(ready, fake, headers):
    fake.script[ACCOUNT] = Say("", status=429, headers=headers)
    failure(lambda: ready.get(ACCOUNT))
    assert len(fake.calls(ACCOUNT)) == 1


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_what_changes_something_is_never_sent_twice(ready, fake, verb):
    fake.script[ACCOUNT] = BUSY
    failure(lambda: getattr(ready, verb)(ACCOUNT))
    assert len(fake.calls(ACCOUNT)) == 1


# --- events of the SDK


def listened(platform: Platform) -> list[tuple[str, object]]:
    """What the handlers of the SDK's events hear from now on."""
    heard: list[tuple[str, object]] = []
    for event in ("loginSuccess", "loginError", "refreshSuccess", "refreshError", "logoutSuccess", "logoutError"):
        platform.on(event, lambda carried, event=event: heard.append((event, carried)))
    return heard


def test_events_tell_of_each_success_once_it_is_true(platform, fake):
    heard = listened(platform)
    told: list[bool] = []
    for event in ("loginSuccess", "logoutSuccess"):
        platform.on(event, lambda _: told.append(platform.logged_in()))
    platform.login(code=CODE)
    platform.refresh()
    expire(platform)
    platform.get(ACCOUNT)
    platform.logout()
    assert [event for event, _ in heard] == ["loginSuccess", "refreshSuccess", "refreshSuccess", "logoutSuccess"]
    assert all(isinstance(carried, ApiResponse) for _, carried in heard)
    assert told == [True, False]


def test_events_tell_of_each_failure_without_secrets(ready, fake):
    heard = listened(ready)
    fake.script[TOKEN_PATH] = fake.script[REVOKE_PATH] = Say({"error": "server_error"}, status=500)
    for action in (lambda: ready.login(code=CODE), ready.refresh, ready.logout, ready.refresh, ready.logout):
        failure(action)
    expected = ["loginError", "refreshError", "logoutError", "refreshError", "logoutError"]
    assert [event for event, _ in heard] == expected
    for _, carried in heard:
        assert isinstance(carried, RingCentralError)
        assert holds_secret(str(carried) + repr(carried) + repr(vars(carried))) == []


def test_twenty_calls_at_once_tell_of_one_refresh(ready, fake):
    heard = listened(ready)
    expire(ready)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: ready.get(ACCOUNT), range(20)))
    assert [event for event, _ in heard] == ["refreshSuccess"]


def test_handler_that_fails_breaks_nothing_and_shows_nothing(platform, fake, caplog):
    def broken(carried: object) -> None:
        raise ValueError(CODE)

    heard: list[object] = []
    for event in ("loginSuccess", "refreshSuccess", "logoutSuccess", "loginError"):
        platform.on(event, broken)
        platform.once(event, heard.append)
        platform.on(event, heard.append)
    platform.login(code=CODE)
    platform.refresh()
    platform.logout()
    assert len(heard) == 6
    assert "A handler of loginSuccess failed: ValueError" in caplog.text
    assert CODE not in caplog.text


def test_handler_holds_no_lock_that_another_thread_could_need(ready, fake):
    def call_elsewhere(carried: object) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(ready.get, ACCOUNT).result(timeout=SOON)

    ready.on("refreshSuccess", call_elsewhere)
    expire(ready)
    ready.get(ACCOUNT)
    assert len(fake.calls(ACCOUNT)) == 2


# --- one login after the other


@pytest.mark.parametrize(
    ("first", "second", "revoked"),
    [
        ({"owner_id": "1", "session_id": "a"}, {"owner_id": "2", "session_id": "b"}, True),
        ({"owner_id": "1", "session_id": "a"}, {"owner_id": "1", "session_id": "b"}, True),
        ({"owner_id": "1", "session_id": "a"}, {"owner_id": "1", "session_id": "a"}, False),
        ({"owner_id": "1"}, {"owner_id": "2"}, True),
        ({"owner_id": "1"}, {"owner_id": "1"}, False),
        ({"owner_id": "1", "session_id": "a"}, {"owner_id": "1"}, False),
        ({"owner_id": "1"}, {"owner_id": "2", "session_id": "b"}, True),
        ({}, {}, False),
    ],
)
def test_login_in_place_of_anothers_revokes_the_old_tokens(platform, fake, first, second, revoked):
    login_as(platform, fake, **first)
    login_as(platform, fake, **second)
    assert platform.auth().access_token() == "access-token-2-Yw5"
    expected = [{"token": "refresh-token-1-Qv9"}] if revoked else []
    assert [seen.form for seen in fake.calls(REVOKE_PATH)] == expected


def test_login_after_a_logout_revokes_nothing(platform, fake):
    login_as(platform, fake, session_id="a")
    platform.logout()
    fake.seen.clear()
    login_as(platform, fake, session_id="b")
    assert not fake.calls(REVOKE_PATH)


def test_server_that_keeps_its_refresh_token_does_not_lose_it_for_us(ready, fake):
    """RFC 6749 §6: a new refresh token is optional; so are the scope and the owner."""
    before = ready.auth().data()
    fake.script[TOKEN_PATH] = Say({"access_token": "access-token-9", "token_type": "bearer", "expires_in": 3600})
    ready.refresh()
    after = ready.auth().data()
    assert after["access_token"] == "access-token-9"
    for name in ("refresh_token", "refresh_token_expire_time", "scope"):
        assert after[name] == before[name]


# --- logout


def test_logout_revokes_and_forgets(ready, fake):
    ready.logout()
    (seen,) = fake.seen
    assert (seen.path, seen.form) == (REVOKE_PATH, {"token": "refresh-token-1-Qv9"})
    assert seen.headers["authorization"].startswith("Basic ")
    assert not ready.logged_in()
    assert ready.auth().data()["refresh_token"] == ""


@pytest.mark.parametrize(
    ("access_over", "refresh_over", "expected"),
    [
        (False, True, "access-token-1-Yw5"),
        (True, False, "refresh-token-1-Qv9"),
        (True, True, "refresh-token-1-Qv9"),  # by our clock, which may be wrong
    ],
)
def test_logout_revokes_by_a_token_that_the_server_may_still_know(ready, fake, access_over, refresh_over, expected):
    """RFC 7009 §2.1: the refresh token takes the access tokens along; the reverse is only a MAY."""
    if access_over:
        ready.auth().set_data({"expire_time": time.time() - 1})
    if refresh_over:
        ready.auth().set_data({"refresh_token_expire_time": time.time() - 1})
    ready.logout()
    assert fake.seen[0].form == {"token": expected}


def test_logout_revokes_by_the_access_token_when_there_is_no_other(platform, fake):
    answer = fake.tokens()
    del answer["refresh_token"]
    fake.script[TOKEN_PATH] = Say(answer)
    platform.login(code=CODE)
    platform.logout()
    assert fake.seen[-1].form == {"token": "access-token-1-Yw5"}


@pytest.mark.parametrize("trouble", ["down", "refuses"])
def test_logout_forgets_whatever_the_server_says(ready, fake, monkeypatch, trouble):
    """Row: ``logout`` keeps the tokens when the server is down."""
    if trouble == "down":
        monkeypatch.setattr(ready, "_server", f"http://127.0.0.1:{free_port()}")
    else:
        fake.script[REVOKE_PATH] = Say({"error": "server_error"}, status=500)
    failure(ready.logout)
    assert not ready.logged_in()
    assert ready.auth().access_token() == ""


def test_logout_in_the_middle_of_a_call_is_told_as_that(ready, fake, monkeypatch):
    """Another thread logs out between the look at the token and its use."""
    monkeypatch.setattr(ready, "_ensure_authentication", ready.auth().reset)
    assert isinstance(failure(lambda: ready.get(ACCOUNT)), NotLoggedIn)
    assert fake.seen == []


def test_refresh_that_cannot_be_sent_is_not_tried_again(ready, fake, monkeypatch):
    expire(ready)
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    monkeypatch.setattr(ready, "_server", "https://server.invalid")
    slept: list[float] = []
    monkeypatch.setattr(sdk.time, "sleep", slept.append)
    assert isinstance(failure(lambda: ready.get(ACCOUNT)), ConfigurationError)
    assert (slept, fake.seen) == ([], [])
    assert ready.logged_in()


# --- an app without a secret


def test_app_without_a_secret_sends_its_id_in_the_body(fake_environment, fake):
    """Row: no app without a secret."""
    platform = Platform(
        Environment(name="n", server_url=fake.server_url, client_id=CLIENT_ID, redirect_uri="http://localhost:1/")
    )
    platform.login(code=CODE, verifier=VERIFIER)
    platform.refresh()
    platform.logout()
    assert [seen.form["client_id"] for seen in fake.seen] == [CLIENT_ID] * 3
    assert not [seen for seen in fake.seen if "authorization" in seen.headers]


# --- what may be looked at


def test_repr_tells_the_state_and_no_secret(platform, fake):
    assert repr(platform) == f"<Platform {fake.server_url}, not logged in>"
    platform.login(code=CODE)
    assert repr(platform) == f"<Platform {fake.server_url}, logged in>"


# --- against the other implementation


@pytest.fixture
def real(practice: PracticePlatform) -> Platform:
    return Platform(environment_of(practice))


def code_for(practice: PracticePlatform, real: Platform) -> str:
    url = real.login_url(practice.redirect_uris[0], state="s", challenge=code_challenge(VERIFIER))
    return parameters(Browser(practice).answer_of(url))["code"]


def test_login_call_refresh_and_logout_on_practice(practice, real):
    real.login(code=code_for(practice, real), verifier=VERIFIER)
    me = real.get(ACCOUNT + "/extension/~").json_dict()
    assert str(me["id"]) == real.auth().data()["owner_id"]
    first = real.auth().access_token()
    real.refresh()
    assert real.auth().access_token() != first
    assert real.get(ACCOUNT).json_dict()["id"]
    token = real.auth().data()
    real.logout()
    real.auth().set_data(token)
    assert isinstance(failure(lambda: real.get(ACCOUNT)), NotLoggedIn)


def test_code_works_once_on_practice(practice, real):
    code = code_for(practice, real)
    real.login(code=code, verifier=VERIFIER)
    error = failure(lambda: real.login(code=code, verifier=VERIFIER))
    assert isinstance(error, ApiError)
    assert error.code == "OAU-106"


@pytest.mark.parametrize("verifier", ["", "w" * 43])
def test_code_is_worth_nothing_without_its_verifier_on_practice(practice, real, verifier):
    error = failure(lambda: real.login(code=code_for(practice, real), verifier=verifier))
    assert isinstance(error, ApiError)
    assert not real.logged_in()


def test_calls_in_parallel_after_the_token_was_replaced_elsewhere_on_practice(practice, real):
    """Two kernels share a login: the access token of one dies when the other refreshes."""
    real.login(code=code_for(practice, real), verifier=VERIFIER)
    other = Platform(environment_of(practice))
    other.auth().set_data(real.auth().data())
    other.refresh()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: real.get(ACCOUNT).json_dict()["id"], range(5)))
    assert len(set(answers)) == 1
    eventually(lambda: real.logged_in())


# --- hosts are compared as servers, not as texts


@pytest.mark.parametrize(
    ("server", "url", "same"),
    [
        ("http://localhost:5000", "http://127.0.0.1:5000/x", True),
        ("http://127.0.0.1:5000", "http://localhost:5000/x", True),
        ("http://127.0.0.1:5000", "http://LOCALHOST:5000", True),
        ("http://localhost:5000", "http://[::1]:5000/x?y=http://evil.example", True),
        ("https://localhost:5000", "https://127.0.0.1:5000/x", True),
        ("http://127.0.0.1:5000", "http://[::1]:5000/x", False),  # may be two programs
        ("http://localhost:5000", "http://127.0.0.1:5001/x", False),
        ("http://localhost:5000", "https://127.0.0.1:5000/x", False),
        ("http://localhost:5000", "http://127.0.0.2:5000/x", False),
        ("http://localhost:5000", "http://127.1:5000/x", False),
        ("http://localhost:5000", "http://localhost.evil.example:5000/x", False),
        ("http://localhost:5000", "http://127.0.0.1:5000@evil.example/x", False),
        ("http://localhost:5000", "http://127.0.0.1:5000\\@evil.example/x", False),
        ("http://localhost:5000", "http://evil.example#@127.0.0.1:5000/x", False),
        ("http://localhost:5000", "http://127.0.0.1:5000 /x", False),
        ("http://localhost:5000", "http://127.0.0.1:05000000/x", False),
        ("http://192.168.1.2:80", "http://192.168.1.2/x", True),
        ("https://practice.example", "https://practice.example:443/x", True),
        ("https://practice.example:443", "https://PRACTICE.example./x", True),
        ("https://practice.example", "http://practice.example:443/x", False),
        ("https://practice.example", "https://practice.example.evil/x", False),
        ("https://practice.example", "https://practice.example:8443/x", False),
        ("https://platform.ringcentral.com", "https://media.ringcentral.com:443/x", True),
        ("https://platform.ringcentral.com", "https://media.ringcentral.com./x", True),
        ("https://platform.ringcentral.com", "https://MEDIA.RingCentral.com/x", True),
        ("https://platform.ringcentral.com", "https://media.ringcentral.com:8443/x", False),
        ("https://platform.ringcentral.com", "https://user@media.ringcentral.com/x", False),
        ("https://practice.example", "https://media.ringcentral.com/x", False),
    ],
)
def test_token_goes_to_the_same_server_however_it_is_written(ready, fake, monkeypatch, server, url, same):
    sent: list[str] = []
    monkeypatch.setattr(ready, "_server", server)
    monkeypatch.setattr(ready._client, "send", lambda request, **_: sent.append(request.url))
    if same:
        ready.get(url)
        assert len(sent) == 1
    else:
        assert "another server" in str(failure(lambda: ready.get(url)))
        assert sent == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST", "HTTP://LocalHost"])
def test_address_that_the_server_gives_under_another_name_works(ready, fake, host):
    url = host if "://" in host else f"http://{host}"
    ready.get(f"{url}:{fake.port}{ACCOUNT}")
    assert fake.seen[0].target == ACCOUNT
    assert fake.seen[0].headers["authorization"].startswith("Bearer ")
