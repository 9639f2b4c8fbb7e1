"""How tokens are taken out of an answer, and kept: all at once, and never shown."""

from __future__ import annotations

import threading

import pytest

from rc_nb_helpers import ApiError, ConfigurationError
from rc_nb_helpers.sdk import Platform

from .conftest import (
    ACCOUNT,
    CODE,
    TOKEN_PATH,
    Say,
    expire,
    failure,
    login_as,
)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": "a"},
        {"access_token": "a", "token_type": "mac", "expires_in": 1},
        {"access_token": "", "token_type": "bearer", "expires_in": 1},
        {"access_token": 7, "token_type": "bearer", "expires_in": 1},
        {"access_token": "access-token-\n", "token_type": "bearer", "expires_in": 1},
        {"access_token": " access-token-", "token_type": "bearer", "expires_in": 1},
        {"access_token": "access-token-é€", "token_type": "bearer", "expires_in": 1},
        {"access_token": "a", "token_type": "bearer", "expires_in": "soon"},
        {"access_token": "a", "token_type": "bearer", "expires_in": None},
        {"access_token": "a", "token_type": "bearer", "expires_in": True},
        {"access_token": "a", "token_type": "bearer", "expires_in": float("nan")},
        {"access_token": "a", "token_type": "bearer", "expires_in": float("inf")},
        {"access_token": "a", "token_type": "bearer", "expires_in": 1, "refresh_token": 7},
        [],
        "<html>Sign in to the hotel's network</html>",
        '{"access_token": "access-token-',
        "null",
        "",
    ],
    ids=lambda answer: str(answer)[:60],
)
def test_answer_without_usable_tokens_is_an_error_and_changes_nothing(ready, fake, answer):
    before = ready.auth().data()
    fake.script[TOKEN_PATH] = Say(answer)
    error = failure(lambda: ready.login(code=CODE))
    assert isinstance(error, ApiError)
    assert error.status == 200
    assert ready.auth().data() == before


@pytest.mark.parametrize(
    "values",
    [
        *("text", [1], 5),
        *({"access_token": 5}, {"refresh_token": b"x"}, {"access_token": "a\n"}, {"token_type": 5}, {"scope": 5}),
        *({"expires_in": "soon"}, {"expire_time": float("nan")}, {"refresh_token_expire_time": [1]}),
    ],
    ids=str,
)
def test_values_that_are_no_tokens_are_refused_and_change_nothing(ready, values):
    before = ready.auth().data()
    with pytest.raises(ConfigurationError, match="no tokens"):
        ready.auth().set_data(values)
    assert ready.auth().data() == before


def test_tokens_from_a_file_may_be_written_in_other_types(ready):
    kept = {**ready.auth().data(), "expire_time": "4000000000", "expires_in": None, "owner_id": 7, "scope": ["a", "b"]}
    ready.auth().reset()
    ready.auth().set_data(kept)
    data = ready.auth().data()
    assert (data["expire_time"], data["owner_id"], data["scope"]) == (4_000_000_000, "7", "a b")
    assert ready.logged_in()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token_type": None}, "token_type is not usable"),
        ({"expires_in": "soon"}, "expires_in is not usable"),
        ({"access_token": 7, "refresh_token": 7}, "access_token is not usable, refresh_token is not usable"),
    ],
)
def test_field_that_is_wrong_is_named_and_the_network_is_not_blamed(platform, fake, changes, said):
    fake.script[TOKEN_PATH] = Say(fake.tokens(**changes))
    error = failure(lambda: platform.login(code=CODE))
    assert error.happened.endswith(f"no usable token: {said}.")
    assert "network" not in str(error)


@pytest.mark.parametrize("content", ["[]", "7", "plain words", ""])
def test_answer_that_is_none_of_tokens_gives_no_advice_for_calls(platform, fake, content):
    fake.script[TOKEN_PATH] = Say(content, kind="text/plain")
    error = failure(lambda: platform.login(code=CODE))
    assert "RFC 6749" in error.why
    assert "session.call" not in str(error)


@pytest.mark.parametrize("action", ["login", "refresh"])
def test_refusal_with_a_status_that_says_yes_keeps_the_servers_words(ready, fake, action):
    refusal = {"error": "invalid_grant", "errors": [{"errorCode": "OAU-142", "message": "Not now"}]}
    fake.script[TOKEN_PATH] = Say(refusal)
    error = failure(lambda: ready.login(code=CODE) if action == "login" else ready.refresh())
    assert "answered 200 OAU-142: Not now." in error.happened
    assert "account is in a state" in error.why


@pytest.mark.parametrize("lifetime", [None, "long", [], "absent"])
def test_lifetime_of_the_refresh_token_may_be_missing_or_nonsense(platform, fake, lifetime):
    answer = fake.tokens()
    if lifetime != "absent":
        answer["refresh_token_expires_in"] = lifetime
    fake.script[TOKEN_PATH] = Say(answer)
    platform.login(code=CODE)
    assert platform.auth().refresh_token_valid()


def test_lifetime_of_the_access_token_may_be_missing(platform, fake):
    """RFC 6749 §5.1 recommends ``expires_in``; it does not require it."""
    answer = fake.tokens()
    del answer["expires_in"]
    fake.script[TOKEN_PATH] = Say(answer)
    platform.login(code=CODE)
    assert platform.auth().access_token_valid()
    platform.get(ACCOUNT)


def test_lifetime_without_a_refresh_token_keeps_nobody_logged_in(platform, fake):
    answer = fake.tokens(refresh_token_expires_in=604800)
    del answer["refresh_token"]
    fake.script[TOKEN_PATH] = Say(answer)
    platform.login(code=CODE)
    expire(platform)
    assert not platform.logged_in()


def test_clock_of_the_server_does_not_matter(platform, fake):
    fake.script[TOKEN_PATH] = Say(fake.tokens(expire_time=1, refresh_token_expire_time=1), headers={"Date": "long ago"})
    platform.login(code=CODE)
    assert platform.auth().access_token_valid()


def test_session_of_the_server_is_remembered_through_a_refresh_and_by_hand(platform, fake, fake_environment):
    login_as(platform, fake, session_id="a", owner_id="1")
    fake.script[TOKEN_PATH] = Say(fake.tokens())
    platform.refresh()
    assert platform.auth().data()["session_id"] == "a"
    other = Platform(fake_environment)
    other.auth().set_data(platform.auth().data())
    assert other.auth().data() == platform.auth().data()
    platform.auth().reset()
    assert platform.auth().data() == Platform(fake_environment).auth().data()


def test_tokens_change_in_one_step(ready, fake):
    """Whoever looks meanwhile, or interrupts, finds the old pair or the new one."""
    pairs: set[tuple[str, str]] = set()
    auth, done = ready.auth(), threading.Event()

    def look() -> None:
        while not done.is_set():
            data = auth.data()
            pairs.add((data["access_token"][13:14], data["refresh_token"][14:15]))

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(300):
        auth.replace({"access_token": "access-token-7", "refresh_token": "refresh-token-7", "expires_in": 1})
        auth.set_data({"access_token": "access-token-8", "refresh_token": "refresh-token-8", "expires_in": 1})
    done.set()
    watcher.join()
    assert pairs <= {("1", "1"), ("7", "7"), ("8", "8")}


def test_tokens_kept_by_hand_can_be_restored(ready, fake_environment, fake):
    other = Platform(fake_environment)
    other.auth().set_data(ready.auth().data())
    other.get(ACCOUNT)
    assert fake.seen[-1].headers["authorization"] == "Bearer access-token-1-Yw5"
