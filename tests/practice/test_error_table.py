"""The error table: every code that people meet, and how to meet it here. One row for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from .conftest import CHALLENGE, REDIRECT_URI, TIMEOUT, World, code_of

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def _authorize(world: World, **changes: str | None) -> requests.Response:
    """An authorization request of a program, which gets JSON instead of a page."""
    return requests.get(
        world.url("/restapi/oauth/authorize"),
        params=world.request_parameters(**changes),
        headers={"Accept": "application/json"},
        allow_redirects=False,
        timeout=TIMEOUT,
    )


def _change(world: World, **settings: Any) -> None:
    world.platform.controls.change_app(world.platform.client_id, **settings)


def _auth(world: World) -> tuple[str, str]:
    other = world.new_app()
    return other["client_id"], other["client_secret"]


def _repeated_parameter(world: World) -> requests.Response:
    form = [("grant_type", "refresh_token"), ("refresh_token", "a"), ("refresh_token", "b")]
    return requests.post(world.url("/restapi/oauth/token"), data=form, auth=world.basic, timeout=TIMEOUT)


def _used_code(world: World) -> requests.Response:
    code = world.code()
    world.exchange(code)
    return world.exchange(code)


def _expired_code(world: World) -> requests.Response:
    code = world.code()
    world.clock.advance(60)
    return world.exchange(code)


def _code_of_another_app(world: World) -> requests.Response:
    return world.post_token(_auth(world), grant_type="authorization_code", code=world.code(), redirect_uri=REDIRECT_URI)


def _jwt_app_asks_for_a_code(world: World) -> requests.Response:
    _change(world, flow="jwt")
    return _authorize(world)


def _jwt_app_exchanges_a_code(world: World) -> requests.Response:
    code = world.code()
    _change(world, flow="jwt")
    return world.exchange(code)


def _app_without_redirect_uris(world: World) -> requests.Response:
    _change(world, redirect_uris=[])
    return _authorize(world)


def _blocked_app(world: World) -> requests.Response:
    _change(world, status="inactive")
    return world.refresh("x")


def _blocked_app_calls(world: World) -> requests.Response:
    token = world.log_in()["access_token"]
    _change(world, status="inactive")
    return world.get("/account/~", token)


def _sandbox_app(world: World) -> requests.Response:
    _change(world, status="sandbox")
    return _authorize(world)


def _expired_access_token(world: World) -> requests.Response:
    token = world.log_in()["access_token"]
    world.platform.controls.expire_access_tokens()
    return world.get("/account/~", token)


def _superseded_access_token(world: World) -> requests.Response:
    tokens = world.log_in()
    world.refresh(tokens["refresh_token"])
    return world.get("/account/~", tokens["access_token"])


def _odd_header(world: World) -> requests.Response:
    return requests.post(
        world.url("/restapi/oauth/token"),
        data={"grant_type": "refresh_token", "refresh_token": "x"},
        headers={"Authorization": "Basic not-base64"},
        timeout=TIMEOUT,
    )


def _basic_for_an_api_call(world: World) -> requests.Response:
    return requests.get(world.url("/restapi/v1.0/account/~"), auth=world.basic, timeout=TIMEOUT)


def _logout_by_another_app(world: World) -> requests.Response:
    return world.revoke(world.log_in()["access_token"], _auth(world))


def _expired_refresh_token(world: World) -> requests.Response:
    tokens = world.log_in()
    world.platform.controls.expire_refresh_tokens()
    return world.refresh(tokens["refresh_token"])


def _logged_out_elsewhere(world: World) -> requests.Response:
    token = world.log_in()["access_token"]
    world.platform.controls.revoke_sessions()
    return world.get("/account/~", token)


def _no_refresh_tokens(world: World) -> requests.Response:
    _change(world, issues_refresh_tokens=False)
    return world.refresh("x" * 43)


def _too_often(world: World) -> requests.Response:
    world.platform.controls.limit(True)
    token = world.log_in()["access_token"]
    return [world.get("/account/~/call-log", token) for _ in range(11)][-1]


def _app_without_permission(world: World) -> requests.Response:
    _change(world, permissions=["ReadAccounts"])
    return world.get("/account/~/call-log", world.log_in()["access_token"])


_ROWS: list[tuple[str, int, Callable[[World], requests.Response]]] = [
    ("OAU-101", 403, lambda world: _authorize(world, brandId="acme")),
    ("OAU-106", 400, _used_code),
    ("OAU-108", 400, _expired_code),
    ("OAU-109", 400, lambda world: _authorize(world, redirect_uri=REDIRECT_URI + "/")),
    ("OAU-109", 400, lambda world: world.exchange(world.code(), redirect_uri="None")),
    ("OAU-110", 400, _code_of_another_app),
    ("OAU-111", 400, _repeated_parameter),
    ("OAU-112", 403, _jwt_app_asks_for_a_code),
    ("OAU-113", 403, _app_without_redirect_uris),
    ("OAU-123", 400, lambda world: world.post_token(None, grant_type="refresh_token", refresh_token="x")),
    ("OAU-125", 400, _jwt_app_exchanges_a_code),
    ("OAU-127", 400, _blocked_app),
    ("OAU-127", 401, _blocked_app_calls),
    ("OAU-128", 401, _expired_access_token),
    ("OAU-129", 401, _superseded_access_token),
    ("OAU-134", 400, _odd_header),
    ("OAU-146", 400, lambda world: world.refresh("x", (world.platform.client_id, "wrong"))),
    ("OAU-149", 401, lambda world: world.get("/account/~", "not a token")),
    ("OAU-151", 401, _basic_for_an_api_call),
    ("OAU-153", 400, lambda world: _authorize(world, client_id="nobody")),
    ("OAU-153", 400, lambda world: world.refresh("x", ("nobody", "x"))),
    ("OAU-164", 400, _logout_by_another_app),
    ("OAU-165", 400, _sandbox_app),
    ("OAU-210", 400, _expired_refresh_token),
    ("OAU-213", 401, _logged_out_elsewhere),
    ("OAU-213", 400, lambda world: world.refresh("x" * 43)),
    ("OAU-250", 400, lambda world: world.post_token(grant_type="password", username="alex", password="maple")),
    ("OAU-251", 400, _no_refresh_tokens),
    ("OAU-251", 400, lambda world: world.post_token(grant_type=_JWT, assertion="x")),
    ("CMN-101", 400, lambda world: world.revoke("")),
    ("CMN-101", 400, lambda world: world.get("/account/~/extension", world.log_in()["access_token"], page="0")),
    ("CMN-102", 404, lambda world: world.get("/account/~/extension/1", world.log_in()["access_token"])),
    ("CMN-301", 429, _too_often),
    ("CMN-401", 403, _app_without_permission),
    ("CMN-408", 403, lambda world: world.get("/account/~/call-log", world.log_in("sam", "birch")["access_token"])),
    ("AGW-401", 401, lambda world: world.get("/account/~", None)),
]


@pytest.mark.parametrize(("code", "status", "provoke"), _ROWS, ids=[f"{row[0]}-{row[1]}" for row in _ROWS])
def test_every_code_can_be_met(
    world: World, code: str, status: int, provoke: Callable[[World], requests.Response]
) -> None:
    answer = provoke(world)
    assert (answer.status_code, code_of(answer)) == (status, code)
    body = answer.json()
    assert body["errors"][0]["message"]
    if "/oauth/" in answer.url and status != 401:
        assert body["error"]
        assert body["error_description"] == body["errors"][0]["message"]
    else:
        assert body["message"] == body["errors"][0]["message"]
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert world.platform.controls.requests()[-1].code == code


# Those of authorize that the app is told.


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S512"}, "invalid_request"),
    ],
)
def test_the_app_is_told_of_the_others(world: World, changes: dict[str, str], error: str) -> None:
    answer = _authorize(world, **changes)
    assert (answer.status_code, f"error={error}&" in answer.headers["Location"]) == (302, True)
