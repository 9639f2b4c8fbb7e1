"""Every endpoint's answers have the shape that RingCentral's public OpenAPI describes."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from rc_nb_helpers.practice.company.calls import calls_between
from rc_nb_helpers.practice.company.people import ADMINISTRATOR

from ..conftest import TIMEOUT, World
from ..rest import token_for
from . import shapes
from .shapes import check

YEAR = "2026-02-01"


@pytest.fixture
def token(world: World) -> str:
    return token_for(world)


@pytest.mark.parametrize(
    ("path", "query", "shape"),
    [
        ("/account/~", {}, shapes.ACCOUNT),
        ("/account/~/extension", {}, shapes.EXTENSIONS),
        ("/account/~/extension", {"perPage": "3", "page": "2"}, shapes.EXTENSIONS),
        ("/account/~/extension", {"page": "99"}, shapes.EXTENSIONS),
        ("/account/~/extension", {"type": "Bot"}, shapes.EXTENSIONS),
        ("/account/~/extension/~", {}, shapes.EXTENSION),
        ("/account/~/extension/~/phone-number", {}, shapes.PHONE_NUMBERS),
        ("/account/~/extension/~/device", {}, shapes.DEVICES),
        ("/account/~/extension/~/presence", {}, shapes.PRESENCE),
        ("/account/~/extension/~/presence", {"detailedTelephonyState": "true"}, shapes.PRESENCE),
        ("/account/~/extension/~/call-log", {"dateFrom": YEAR}, shapes.CALL_LOG),
        ("/account/~/call-log", {"dateFrom": YEAR, "perPage": "max"}, shapes.CALL_LOG),
        ("/account/~/call-log", {"dateFrom": YEAR, "perPage": "max", "page": "3"}, shapes.CALL_LOG),
        ("/account/~/call-log", {"dateTo": "1999-01-01"}, shapes.CALL_LOG),
        ("/account/~/call-log", {"dateFrom": YEAR, "type": "Fax", "view": "Detailed"}, shapes.DETAILED_CALL_LOG),
        ("/account/~/call-log", {"view": "Detailed", "perPage": "300"}, shapes.DETAILED_CALL_LOG),
        ("/account/~/extension/~/message-store", {"dateFrom": YEAR, "perPage": "1000"}, shapes.MESSAGES),
    ],
)
def test_what_can_be_read(world: World, token: str, path: str, query: dict[str, str], shape: shapes.Schema) -> None:
    answer = world.get(path, token, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["RCRequestId"]
    check(answer.json(), shape)


def test_presence_during_a_call(world: World) -> None:
    tomorrow = world.clock.now + 86400
    call = next(one for one in calls_between((ADMINISTRATOR,), start=0, end=tomorrow, now=tomorrow) if not one.fax)
    world.clock.now = call.start - 1.0
    token = token_for(world)
    for seconds, status in ((0, "NoCall"), (1 + call.duration / 2, "CallConnected"), (call.duration, "NoCall")):
        world.clock.advance(seconds)
        body = world.get("/account/~/extension/~/presence", token, detailedTelephonyState="true").json()
        check(body, shapes.PRESENCE)
        assert body["telephonyStatus"] == status
        assert (body["presenceStatus"] == "Busy") == (len(body["activeCalls"]) == 1) == (status == "CallConnected")


def test_records_by_their_own_addresses(world: World, token: str) -> None:
    calls = world.get("/account/~/call-log", token).json()["records"]
    for call in calls[:5]:
        path = call["uri"].partition("/restapi/v1.0")[2].partition("?")[0]
        check(world.get(path, token).json(), shapes.CALL)
        check(world.get(path, token, view="Detailed").json(), shapes.DETAILED_CALL)
    messages = world.get("/account/~/extension/~/message-store", token, dateFrom=YEAR).json()["records"]
    kinds = {message["type"]: message for message in messages}
    assert set(kinds) == {"SMS", "VoiceMail", "Fax"}
    for message in kinds.values():
        body = world.get(message["uri"].partition("/restapi/v1.0")[2], token).json()
        check(body, shapes.SINGLE_MESSAGE)
        assert body["id"] == message["id"]


def test_tokens_discovery_and_versions(world: World) -> None:
    tokens = world.log_in()
    check(tokens, shapes.TOKEN)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    discovery = requests.get(world.url("/.well-known/openid-configuration"), timeout=TIMEOUT).json()
    check(discovery, shapes.DISCOVERY)
    check(requests.get(discovery["userinfo_endpoint"], headers=headers, timeout=TIMEOUT).json(), shapes.USER_INFO)
    check(world.get("", None).json(), shapes.VERSIONS["properties"]["apiVersions"]["items"])


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/account/~/call-log", {"view": "Full"}, 400),
        ("/account/1", {}, 404),
        ("/account/~/extension/~/message-store/1", {}, 404),
        ("/account/~/nothing", {}, 404),
    ],
)
def test_errors(world: World, token: str, path: str, query: dict[str, str], status: int) -> None:
    answer = world.get(path, token, **query)
    assert answer.status_code == status
    check(answer.json(), shapes.API_ERROR)
    assert answer.headers["RCRequestId"]


def test_the_checks_notice_what_is_wrong() -> None:
    good: dict[str, Any] = {"perPage": 5}
    check(good, shapes.PAGING)
    for wrong in ({}, {"perPage": "5"}, {"perPage": 0}, {"perPage": 5, "pages": 1}):
        with pytest.raises(AssertionError):
            check(wrong, shapes.PAGING)
