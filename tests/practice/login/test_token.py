"""Codes for tokens, refreshing, revoking."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from rc_nb_helpers.practice.login import codes, interactions, sessions

from ..conftest import CHALLENGE, REDIRECT_URI, TIMEOUT, VERIFIER, World, code_of


def test_the_answer_has_every_documented_field(world: World) -> None:
    answer = world.exchange(world.code())
    assert answer.status_code == 200
    assert "application/json" in answer.headers["Content-Type"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["RCRequestId"]
    tokens = answer.json()
    assert tokens.pop("access_token") != tokens.pop("refresh_token")
    assert tokens.pop("endpoint_id")
    assert tokens.pop("session_id")
    assert tokens == {
        "token_type": "bearer",
        "expires_in": 3600,
        "refresh_token_expires_in": 604800,
        "scope": "ReadAccounts ReadCallLog",
        "owner_id": "400131427008",
    }


@pytest.mark.parametrize(
    ("asked", "given"), [("1", 600), ("600", 600), ("1800", 1800), ("3600", 3600), ("99999", 3600)]
)
def test_the_life_of_an_access_token_is_clamped(world: World, asked: str, given: int) -> None:
    assert world.log_in(access_token_ttl=asked)["expires_in"] == given


def test_the_life_of_a_refresh_token_can_be_chosen(world: World) -> None:
    assert world.log_in(refresh_token_ttl="99999999")["refresh_token_expires_in"] == 2592000
    assert world.log_in(refresh_token_ttl="60")["refresh_token_expires_in"] == 60
    none = world.log_in(refresh_token_ttl="0")
    assert "refresh_token" not in none
    assert "refresh_token_expires_in" not in none


@pytest.mark.parametrize("ttl", ["-1", "1e3", "²", "9" * 30, "x"])
def test_a_life_must_be_a_number_of_seconds(world: World, ttl: str) -> None:
    answer = world.exchange(world.code(), access_token_ttl=ttl)
    assert (answer.status_code, code_of(answer)) == (400, "CMN-101")


def test_an_endpoint_id_is_kept(world: World) -> None:
    assert world.log_in(endpoint_id="my-laptop")["endpoint_id"] == "my-laptop"


# Codes


def test_a_replayed_code_ends_what_it_gave(world: World) -> None:
    code = world.code()
    token = world.exchange(code).json()["access_token"]
    assert world.get("/account/~", token).status_code == 200
    replay = world.exchange(code)
    assert (replay.status_code, replay.json()["error"], code_of(replay)) == (400, "invalid_grant", "OAU-106")
    assert world.get("/account/~", token).status_code == 401


def test_a_code_lives_for_a_minute(world: World) -> None:
    in_time, late, later = world.code(), world.code(), world.code()
    world.clock.advance(59.9)
    assert world.exchange(in_time).status_code == 200
    world.clock.advance(0.1)
    assert code_of(world.exchange(late)) == "OAU-108"
    world.clock.advance(700)
    world.code()
    assert code_of(world.exchange(later)) in ("OAU-106", "OAU-108")


def test_an_invented_code_is_invalid(world: World) -> None:
    assert code_of(world.exchange("invented")) == "OAU-106"
    for missing in ({}, {"code": ""}):
        answer = world.post_token(grant_type="authorization_code", redirect_uri=REDIRECT_URI, **missing)
        assert (answer.json()["error"], code_of(answer)) == ("invalid_request", "CMN-101")


def test_another_app_can_neither_use_nor_spoil_a_code(world: World) -> None:
    code, other = world.code(), world.new_app()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    stolen = world.post_token((other["client_id"], other["client_secret"]), **form)
    assert (stolen.json()["error"], code_of(stolen)) == ("invalid_grant", "OAU-110")
    assert world.exchange(code).status_code == 200


@pytest.mark.parametrize("uri", [REDIRECT_URI + "/", "http://127.0.0.1:5000/oauth2callback", "None", ""])
def test_the_redirect_uri_must_be_the_same_again(world: World, uri: str) -> None:
    answer = world.exchange(world.code(), redirect_uri=uri)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert answer.json()["errors"] == [{"errorCode": "OAU-109", "message": "Redirect URIs do not match"}]


def test_bad_credentials_do_not_use_up_a_code_but_a_bad_verifier_does(world: World) -> None:
    code = world.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    assert world.post_token((world.platform.client_id, "wrong"), **form).status_code == 400
    assert world.exchange(code, code_verifier=VERIFIER).status_code == 200
    code = world.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert world.exchange(code, code_verifier="b" * 43).status_code == 400
    assert code_of(world.exchange(code, code_verifier=VERIFIER)) == "OAU-106"


def test_of_many_who_exchange_one_code_at_once_at_most_one_wins(world: World) -> None:
    code = world.code()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.exchange(code).status_code, range(8)))
    assert answers.count(200) == 1


def test_codes_and_tokens_are_long_random_and_unrelated(world: World) -> None:
    logins = [world.log_in() for _ in range(20)]
    values = [login[name] for login in logins for name in ("access_token", "refresh_token")]
    assert len(set(values)) == 40
    assert len({value[:6] for value in values}) == 40
    assert min(map(len, values)) >= 43


# PKCE (RFC 7636)


@pytest.mark.parametrize(
    "request_parameters",
    [
        {"code_challenge": CHALLENGE, "code_challenge_method": "S256"},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": VERIFIER},
    ],
)
def test_the_verifier_must_fit_the_challenge(world: World, request_parameters: dict[str, str]) -> None:
    assert world.exchange(world.code(**request_parameters), code_verifier=VERIFIER).status_code == 200
    for wrong in ("b" * 43, "", "short", "ä" * 43, CHALLENGE):
        answer = world.exchange(world.code(**request_parameters), code_verifier=wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_verifier_without_a_challenge_is_refused(world: World) -> None:
    answer = world.exchange(world.code(), code_verifier=VERIFIER)
    assert answer.json()["error"] == "invalid_grant"


def test_a_client_side_app_sends_its_id_and_no_secret(world: World) -> None:
    app = world.new_app(application_type="client")
    assert app["client_secret"] == ""
    code = world.code(client_id=app["client_id"], code_challenge=CHALLENGE, code_challenge_method="S256")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    assert code_of(world.post_token((app["client_id"], ""), **form)) == "OAU-146"
    answer = world.post_token(None, **form, client_id=app["client_id"], code_verifier=VERIFIER)
    assert answer.status_code == 200
    tokens = answer.json()
    again = world.refresh(tokens["refresh_token"], None, client_id=app["client_id"])
    assert again.status_code == 200
    url = world.url("/restapi/oauth/revoke")
    data = {"token": again.json()["access_token"], "client_id": app["client_id"]}
    assert requests.post(url, data=data, timeout=TIMEOUT).status_code == 200
    assert world.get("/account/~", again.json()["access_token"]).status_code == 401


# Client authentication (RFC 6749 §2.3)


def test_only_basic_authenticates_a_server_side_app(world: World) -> None:
    client_id, secret = world.basic
    form = {"grant_type": "authorization_code", "code": world.code(), "redirect_uri": REDIRECT_URI}
    for auth, extra, code in (
        (None, {}, "OAU-123"),
        (None, {"client_id": client_id}, "OAU-123"),
        (None, {"client_id": client_id, "client_secret": secret}, "OAU-123"),
        (None, {"client_id": "nobody"}, "OAU-153"),
        (world.basic, {"client_secret": secret}, "OAU-123"),
        (world.basic, {"client_id": "nobody"}, "OAU-153"),
        ((client_id, "wrong"), {}, "OAU-146"),
        ((client_id, ""), {}, "OAU-146"),
        (("nobody", secret), {}, "OAU-153"),
        (("", ""), {}, "OAU-153"),
    ):
        answer = world.post_token(auth, **form, **extra)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client"), (auth, extra)
        assert code_of(answer) == code, (auth, extra)
    assert world.post_token(**form, client_id=client_id).status_code == 200


def test_authorization_headers_of_every_kind_get_an_answer(world: World) -> None:
    client_id, secret = world.basic
    good = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    encoded = base64.b64encode(f"{client_id}:%{ord(secret[0]):02X}{secret[1:]}".encode()).decode()
    url = world.url("/restapi/oauth/token")
    for header, status in (
        (f"basic {good}", 200),
        (f"BASIC  {good}", 200),
        (f"Basic {encoded}", 200),
        ("Basic", 400),
        ("Basic ", 400),
        ("Basic !!!", 400),
        ("Basic " + base64.b64encode(b"no colon").decode(), 400),
        ("Basic " + base64.b64encode(b"\xff\xfe:x").decode(), 400),
        (f"Bearer {good}", 400),
        (f"Digest {good}", 400),
    ):
        data = {"grant_type": "authorization_code", "code": world.code(), "redirect_uri": REDIRECT_URI}
        answer = requests.post(url, data=data, headers={"Authorization": header}, timeout=TIMEOUT)
        assert answer.status_code == status, header


def test_nothing_secret_is_taken_from_the_query(world: World) -> None:
    form = {"grant_type": "authorization_code", "code": world.code(), "redirect_uri": REDIRECT_URI}
    for name in ("client_secret", "code", "refresh_token", "client_id"):
        url = world.url(f"/restapi/oauth/token?{name}=x")
        answer = requests.post(url, data=form, auth=world.basic, timeout=TIMEOUT)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


# Requests that are not requests


@pytest.mark.parametrize(("grant_type", "name"), [("authorization_code", "code"), ("refresh_token", "refresh_token")])
def test_a_missing_parameter_is_named(world: World, grant_type: str, name: str) -> None:
    answer = world.post_token(grant_type=grant_type).json()
    assert answer["error_description"] == f"Parameter [{name}] value is invalid."
    assert answer["errors"][0]["parameters"] == [{"parameterName": name, "parameterValue": ""}]


@pytest.mark.parametrize(
    ("grant_type", "error", "code"),
    [
        ("", "invalid_request", "CMN-101"),
        ("password", "unsupported_grant_type", "OAU-250"),
        ("bogus", "unsupported_grant_type", "OAU-250"),
    ],
)
def test_other_grants_are_refused(world: World, grant_type: str, error: str, code: str) -> None:
    answer = world.post_token(grant_type=grant_type)
    assert (answer.status_code, answer.json()["error"], code_of(answer)) == (400, error, code)


@pytest.mark.parametrize("name", ["code", "grant_type", "redirect_uri", "unknown"])
def test_a_repeated_parameter_is_refused(world: World, name: str) -> None:
    form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", REDIRECT_URI)]
    url = world.url("/restapi/oauth/token")
    answer = requests.post(url, data=[*form, (name, "a"), (name, "b")], auth=world.basic, timeout=TIMEOUT)
    assert (answer.status_code, code_of(answer)) == (400, "OAU-111")


@pytest.mark.parametrize("path", ["/restapi/oauth/token", "/restapi/oauth/revoke"])
@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_is_allowed(world: World, path: str, method: str) -> None:
    answer = requests.request(method, world.url(path), timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_only_forms_are_read(world: World) -> None:
    url = world.url("/restapi/oauth/token")
    for body in ({"json": {"grant_type": "x"}}, {"files": {"a": "b"}}, {"data": b"grant_type=x"}):
        answer = requests.post(url, auth=world.basic, timeout=TIMEOUT, **body)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["error"]) == (415, "invalid_request")
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    answer = requests.post(url, data=b"a=%ff", headers=headers, auth=world.basic, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


# Refreshing


def test_refreshing_rotates_both_tokens(world: World) -> None:
    old = world.log_in()
    assert world.get("/account/~", old["access_token"]).status_code == 200
    new = world.refresh(old["refresh_token"]).json()
    assert new["access_token"] != old["access_token"]
    assert new["refresh_token"] != old["refresh_token"]
    assert new["session_id"] == old["session_id"]
    dead = world.get("/account/~", old["access_token"])
    assert (dead.status_code, code_of(dead)) == (401, "OAU-129")
    world.clock.advance(11)
    assert code_of(world.get("/account/~", old["access_token"])) == "OAU-213"
    assert world.get("/account/~", new["access_token"]).status_code == 200


def test_the_same_refresh_token_gives_the_same_tokens_for_ten_seconds_after_use(world: World) -> None:
    old = world.log_in()
    new = world.refresh(old["refresh_token"]).json()
    world.clock.advance(1000)
    assert world.refresh(old["refresh_token"]).json()["access_token"] == new["access_token"]
    world.get("/account/~", new["access_token"])
    world.clock.advance(9)
    again = world.refresh(old["refresh_token"]).json()
    assert (again["access_token"], again["refresh_token"]) == (new["access_token"], new["refresh_token"])
    assert again["expires_in"] == 3600 - 1009
    world.clock.advance(1)
    late = world.refresh(old["refresh_token"])
    assert (late.status_code, late.json()["error"], code_of(late)) == (400, "invalid_grant", "OAU-213")
    assert world.refresh(new["refresh_token"]).status_code == 200


def test_unused_tokens_can_be_asked_for_again_for_an_hour(world: World) -> None:
    old = world.log_in()
    world.refresh(old["refresh_token"])
    world.clock.advance(3599)
    assert world.refresh(old["refresh_token"]).status_code == 200
    world.clock.advance(1)
    assert code_of(world.refresh(old["refresh_token"])) == "OAU-213"


def test_tokens_that_ended_unused_are_not_given_again(world: World) -> None:
    old = world.log_in()["refresh_token"]
    lost = world.refresh(old, access_token_ttl="600").json()
    world.clock.advance(599)
    assert world.refresh(old).json()["access_token"] == lost["access_token"]
    world.clock.advance(101)
    fresh = world.refresh(old).json()
    assert fresh["expires_in"] == 3600
    assert world.get("/account/~", fresh["access_token"]).status_code == 200


def test_the_refresh_token_before_last_is_dead(world: World) -> None:
    first = world.log_in()["refresh_token"]
    second = world.refresh(first).json()["refresh_token"]
    world.refresh(second)
    assert code_of(world.refresh(first)) == "OAU-213"
    assert world.refresh(second).status_code == 200


def test_a_refresh_token_expires(world: World) -> None:
    tokens = world.log_in()
    world.clock.advance(604800)
    answer = world.refresh(tokens["refresh_token"])
    assert (answer.status_code, code_of(answer)) == (400, "OAU-210")


def test_a_refresh_token_belongs_to_its_app(world: World) -> None:
    tokens, other = world.log_in(), world.new_app()
    stolen = world.refresh(tokens["refresh_token"], (other["client_id"], other["client_secret"]))
    assert (stolen.json()["error"], code_of(stolen)) == ("invalid_grant", "OAU-213")
    assert world.refresh(tokens["refresh_token"]).status_code == 200


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_open(world: World) -> None:
    tokens = world.log_in()
    assert code_of(world.refresh(tokens["access_token"])) == "OAU-213"
    assert world.get("/account/~", tokens["refresh_token"]).status_code == 401
    assert world.refresh("").json()["error"] == "invalid_request"


def test_an_app_that_did_not_ask_gets_no_refresh_token(world: World) -> None:
    app = world.new_app(refresh_tokens="no")
    auth = app["client_id"], app["client_secret"]
    form = {"grant_type": "authorization_code", "code": world.code(client_id=app["client_id"])}
    tokens = world.post_token(auth, **form, redirect_uri=REDIRECT_URI).json()
    assert "refresh_token" not in tokens
    refused = world.refresh("x" * 43, auth)
    assert (refused.json()["error"], code_of(refused)) == ("unauthorized_client", "OAU-251")


def test_refreshing_keeps_the_session_through_parallel_tries(world: World) -> None:
    tokens = world.log_in()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: world.refresh(tokens["refresh_token"]).json(), range(5)))
    assert len({answer["access_token"] for answer in answers}) == 1


# Revoking (RFC 7009) and the end of sessions


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_session(world: World, which: str) -> None:
    tokens = world.log_in()
    answer = world.revoke(tokens[which])
    assert (answer.status_code, answer.text) == (200, "")
    assert code_of(world.get("/account/~", tokens["access_token"])) == "OAU-213"
    assert code_of(world.refresh(tokens["refresh_token"])) == "OAU-213"


def test_the_token_to_revoke_may_be_in_the_query(world: World) -> None:
    token = world.log_in()["access_token"]
    url = world.url("/restapi/oauth/revoke")
    assert requests.post(url, params={"token": token}, auth=world.basic, timeout=TIMEOUT).status_code == 200
    assert world.get("/account/~", token).status_code == 401
    secret = requests.post(url + "?client_secret=x", data={"token": token}, auth=world.basic, timeout=TIMEOUT)
    assert (secret.status_code, secret.json()["error"]) == (400, "invalid_request")
    both = requests.post(url, params={"token": "a"}, data={"token": "b"}, auth=world.basic, timeout=TIMEOUT)
    assert code_of(both) == "OAU-111"


def test_revoking_what_is_unknown_empty_or_somebody_elses(world: World) -> None:
    assert world.revoke("unknown").status_code == 200
    empty = world.revoke("")
    assert (empty.status_code, code_of(empty)) == (400, "CMN-101")
    token, other = world.log_in()["access_token"], world.new_app()
    world.revoke(token, (other["client_id"], other["client_secret"]))
    assert world.get("/account/~", token).status_code == 200
    nobody = world.revoke(token, None)
    assert (nobody.status_code, nobody.json()["error"]) == (400, "invalid_client")
    assert world.get("/account/~", token).status_code == 200


def test_the_sixth_session_of_a_person_ends_the_first(world: World) -> None:
    other = world.log_in("sam", "birch")["access_token"]
    tokens = [world.log_in()["access_token"] for _ in range(6)]
    statuses = [world.get("/account/~", token).status_code for token in tokens]
    assert statuses == [401, 200, 200, 200, 200, 200]
    assert world.get("/account/~", other).status_code == 200


def test_sessions_that_ended_long_ago_are_forgotten(world: World) -> None:
    world.log_in()
    assert len(world.platform._backend.sessions) == 1
    world.clock.advance(604800 + 3601)
    world.log_in("sam", "birch")
    assert len(world.platform._backend.sessions) == 1


def test_sessions_are_forgotten_even_after_the_clock_was_moved_and_set_back(world: World) -> None:
    world.platform.controls.advance(30 * 86400)
    world.log_in()
    world.platform.controls.reset()
    world.log_in()
    world.clock.advance(604800 + 3600 + 1)
    world.log_in()
    assert len(world.platform._backend.sessions) == 1


def test_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((codes, "MOST_CODES"), (sessions, "MOST_SESSIONS"), (interactions, "MOST_INTERACTIONS")):
        monkeypatch.setattr(module, name, 3)
    tokens = [world.log_in(*who)["access_token"] for who in (("alex", "maple"), ("sam", "birch")) * 4]
    for _ in range(8):
        world.authorize()
    backend = world.platform._backend
    assert len(backend.codes._codes) == 3
    assert len(backend.sessions) == 3
    assert len(backend.sessions._by_token) == 6
    assert len(backend.interactions._interactions) == 3
    assert [world.get("/account/~", token).status_code for token in tokens] == [401] * 5 + [200] * 3
