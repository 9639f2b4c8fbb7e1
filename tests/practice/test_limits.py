"""Rate limits: relaxed as a rule, RingCentral's own when asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rc_nb_helpers.practice import PracticePlatform, limits
from rc_nb_helpers.practice.limits import RateLimiter

from .conftest import Clock, World, code_of

_CALLS = {"light": "/account/~", "medium": "/account/~/extension", "heavy": "/account/~/call-log"}


@pytest.fixture
def strict(clock: Clock) -> Iterator[World]:
    with PracticePlatform(clock=clock, strict_limits=True) as platform:
        yield World(platform, clock)


def test_relaxed_limits_are_shown_and_never_bite(world: World) -> None:
    token = world.log_in()["access_token"]
    answers = [world.get("/account/~/call-log", token) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1].headers["X-Rate-Limit-Group"] == "heavy"
    assert answers[-1].headers["X-Rate-Limit-Limit"] == "10000"
    assert answers[-1].headers["X-Rate-Limit-Remaining"] == "9988"
    assert answers[-1].headers["X-Rate-Limit-Window"] == "60"
    assert "Retry-After" not in answers[-1].headers


@pytest.mark.parametrize("group", ["light", "medium", "heavy"])
def test_each_group_has_its_limit(strict: World, group: str) -> None:
    token = strict.log_in()["access_token"]
    limit = limits.LIMITS[group]  # type: ignore[index]
    for used in range(1, limit + 1):
        answer = strict.get(_CALLS[group], token)
        assert answer.status_code == 200
        assert answer.headers["X-Rate-Limit-Group"] == group
        assert answer.headers["X-Rate-Limit-Limit"] == str(limit)
        assert answer.headers["X-Rate-Limit-Remaining"] == str(limit - used)
    answer = strict.get(_CALLS[group], token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert answer.headers["X-Rate-Limit-Remaining"] == "0"
    assert answer.json() == {
        "errorCode": "CMN-301",
        "message": "Request rate exceeded",
        "errors": [{"errorCode": "CMN-301", "message": "Request rate exceeded"}],
    }


def test_groups_people_and_apps_are_counted_apart(strict: World) -> None:
    token = strict.log_in()["access_token"]
    assert [strict.get("/account/~/call-log", token).status_code for _ in range(11)][-1] == 429
    assert strict.get("/account/~", token).status_code == 200
    other = strict.log_in("sam", "birch")["access_token"]
    assert strict.get("/account/~/extension/~/call-log", other).status_code == 200


def test_a_request_during_the_penalty_starts_it_again(strict: World) -> None:
    token = strict.log_in()["access_token"]
    assert [strict.get("/account/~/call-log", token).status_code for _ in range(11)][-1] == 429
    strict.clock.advance(59)
    assert strict.get("/account/~/call-log", token).status_code == 429
    strict.clock.advance(59)
    assert strict.get("/account/~/call-log", token).status_code == 429
    strict.clock.advance(60)
    assert strict.get("/account/~/call-log", token).status_code == 200


def test_a_window_ends_after_a_minute(strict: World) -> None:
    token = strict.log_in()["access_token"]
    for _ in range(3):
        assert {strict.get("/account/~/call-log", token).status_code for _ in range(10)} == {200}
        strict.clock.advance(60)


def test_the_token_endpoint_allows_five_a_minute_and_spares_the_code(strict: World) -> None:
    tokens = strict.log_in()
    codes = [strict.code() for _ in range(2)]
    for _ in range(3):
        tokens = strict.refresh(tokens["refresh_token"]).json()
    assert strict.exchange(codes[0]).headers["X-Rate-Limit-Group"] == "auth"
    answer = strict.exchange(codes[1])
    assert (answer.status_code, code_of(answer), answer.headers["Retry-After"]) == (429, "CMN-301", "60")
    strict.clock.advance(59.9)
    assert strict.exchange(strict.code("sam", "birch")).status_code == 200
    strict.clock.advance(0.1)
    assert code_of(strict.exchange(codes[1])) == "OAU-108"


def test_whoever_does_not_prove_who_they_are_is_not_counted(strict: World) -> None:
    """Or a neighbour could lock somebody out."""
    for _ in range(10):
        answer = strict.exchange("x", client_secret="wrong")
        assert answer.status_code == 400
        assert "X-Rate-Limit-Group" not in answer.headers
        assert "X-Rate-Limit-Group" not in strict.get("/account/~", "x").headers
    assert strict.log_in()


def test_an_error_answer_shows_the_limits_too(strict: World) -> None:
    token = strict.log_in("sam", "birch")["access_token"]
    answer = strict.get("/account/~/call-log", token)
    assert (answer.status_code, answer.headers["X-Rate-Limit-Remaining"]) == (403, "9")


def test_one_app_can_be_strict_and_memory_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter(clock)
    limiter.set_strict("strict", True)
    for client_id, refused in (("strict", True), ("other", False)):
        usages = [limiter.count(client_id=client_id, username="alex", group="auth") for _ in range(6)]
        assert (usages[-1].retry_after is not None) is refused
    limiter.set_strict("strict", None)
    assert limiter.count(client_id="strict", username="alex", group="auth").limit == 5000
    limiter.forget("strict")
    limiter.forget()
    assert limiter.count(client_id="other", username="alex", group="auth").remaining == 4999
    monkeypatch.setattr(limits, "MOST_WINDOWS", 3)
    for number in range(9):
        limiter.count(client_id=str(number), username="alex", group="light")
    assert len(limiter._windows) == 3
