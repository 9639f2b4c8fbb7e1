"""Extensions, telephones, numbers and presence: filters, and who may see what."""

from __future__ import annotations

import pytest
import requests

from rc_nb_helpers.practice.company.people import ADMINISTRATOR, ORDINARY_USER

from ..conftest import TIMEOUT, World, code_of
from ..rest import EVERYTHING, token_for

ENDPOINTS = {
    "/account/~": "ReadAccounts",
    "/account/~/extension": "ReadAccounts",
    "/account/~/extension/~": "ReadAccounts",
    "/account/~/extension/~/phone-number": "ReadAccounts",
    "/account/~/extension/~/device": "ReadAccounts",
    "/account/~/extension/~/presence": "ReadPresence",
    "/account/~/call-log": "ReadCallLog",
    "/account/~/extension/~/call-log": "ReadCallLog",
    "/account/~/extension/~/call-log/A1": "ReadCallLog",
    "/account/~/extension/~/message-store": "ReadMessages",
    "/account/~/extension/~/message-store/1": "ReadMessages",
}


@pytest.fixture
def token(world: World) -> str:
    return token_for(world)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"type": "User"}, 8),
        ({"type": "Bot"}, 0),
        ({"status": "Enabled"}, 8),
        ({"status": "Disabled"}, 0),
        ({"extensionNumber": "103"}, 1),
        ({"extensionNumber": "999"}, 0),
        ({"email": "sam@maplestreet.example"}, 1),
        ({"type": "User", "status": "Enabled", "extensionNumber": "101"}, 1),
    ],
)
def test_filters_of_the_extension_list(world: World, token: str, query: dict[str, str], numbers: int) -> None:
    body = world.get("/account/~/extension", token, **query).json()
    assert len(body["records"]) == body["paging"]["totalElements"] == numbers
    for name, value in query.items():
        assert f"{name}={value}".replace("@", "%40") in body["uri"]


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/account/~/extension", "type", "Robot"),
        ("/account/~/extension", "status", "enabled"),
        ("/account/~/extension/~/phone-number", "usageType", "Private"),
        ("/account/~/extension/~/phone-number", "status", "x"),
        ("/account/~/extension/~/device", "type", "Telegraph"),
        ("/account/~/extension/~/device", "linePooling", "x"),
        ("/account/~/extension/~/presence", "detailedTelephonyState", "maybe"),
    ],
)
def test_values_that_no_filter_knows(world: World, token: str, path: str, name: str, value: str) -> None:
    answer = world.get(path, token, **{name: value})
    assert (answer.status_code, code_of(answer), answer.json()["parameterName"]) == (400, "CMN-101", name)


def test_telephones_and_numbers(world: World, token: str) -> None:
    path = "/account/~/extension/~"
    assert len(world.get(f"{path}/device", token).json()["records"]) == 2
    assert [one["type"] for one in world.get(f"{path}/device", token, type="SoftPhone").json()["records"]] == [
        "SoftPhone"
    ]
    assert world.get(f"{path}/device", token, linePooling="Guest").json()["records"] == []
    direct = world.get(f"{path}/phone-number", token, usageType="DirectNumber").json()["records"]
    assert [one["phoneNumber"] for one in direct] == [ADMINISTRATOR.phone_number]
    assert "SmsSender" in direct[0]["features"]
    assert world.get(f"{path}/phone-number", token, status="Pending").json()["records"] == []


def test_everyone_sees_who_is_there_but_not_the_telephones_of_others(world: World) -> None:
    token = token_for(world, username="sam", password="birch")
    other = f"/account/~/extension/{ADMINISTRATOR.extension_id}"
    assert world.get(f"{other}/presence", token).json()["extension"]["id"] == ADMINISTRATOR.extension_id
    for name, permission in (("device", "ReadUserDevices"), ("phone-number", "ReadUserPhoneNumbers")):
        answer = world.get(f"{other}/{name}", token)
        assert (answer.status_code, code_of(answer)) == (403, "CMN-408")
        assert answer.json()["permissionName"] == permission
        assert world.get(f"/account/~/extension/{ORDINARY_USER.extension_id}/{name}", token).status_code == 200


def test_presence_knows_working_hours(world: World) -> None:
    for hours, status in ((0, "Offline"), (12, "Available")):  # the test's clock begins at midnight
        world.clock.advance(hours * 3600)
        body = world.get("/account/~/extension/~/presence", token_for(world)).json()
        assert body["userStatus"] == status


@pytest.mark.parametrize(("path", "permission"), ENDPOINTS.items())
def test_each_endpoint_names_the_permission_that_the_app_lacks(world: World, path: str, permission: str) -> None:
    others = [name for name in EVERYTHING if name != permission]
    answer = world.get(path, token_for(world, *others))
    assert (answer.status_code, code_of(answer)) == (403, "CMN-401")
    assert answer.json()["errorCode"] == "InsufficientPermissions"
    assert answer.json()["permissionName"] == permission
    assert answer.json()["errors"][0]["permissionName"] == permission


@pytest.mark.parametrize("path", ENDPOINTS)
def test_each_endpoint_wants_a_token_and_a_method_that_it_knows(world: World, token: str, path: str) -> None:
    answer = world.get(path, None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = requests.request(
            method, world.url("/restapi/v1.0" + path), headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT
        )
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
        assert answer.headers["RCRequestId"]


@pytest.mark.parametrize("path", [path for path in ENDPOINTS if path.count("~") == 2])
def test_ids_of_others_are_not_found(world: World, token: str, path: str) -> None:
    for changed, name in (
        (path.replace("~", "1", 1), "accountId"),
        (path.replace("extension/~", "extension/1"), "extensionId"),
    ):
        answer = world.get(changed, token)
        assert (answer.status_code, code_of(answer), answer.json()["parameterName"]) == (404, "CMN-102", name)
