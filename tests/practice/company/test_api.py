"""The REST API: shapes, paging, permissions, errors, and the company behind it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.company.calls import DAYS_KEPT, calls_between
from rc_nb_helpers.practice.company.people import ACCOUNT_ID, ADMINISTRATOR, ORDINARY_USER, STAFF

from ..conftest import REDIRECT_URI, TIMEOUT, Clock, World, code_of


@pytest.fixture
def token(world: World) -> str:
    return str(world.log_in()["access_token"])


@pytest.fixture
def ordinary_token(world: World) -> str:
    return str(world.log_in("sam", "birch")["access_token"])


def _same_but_for_the_port(body: Any) -> str:
    return re.sub(r"127\.0\.0\.1:\d+", "SERVER", str(body))


def test_versions_need_no_token(world: World) -> None:
    answer = requests.get(world.url("/restapi"), timeout=TIMEOUT)
    assert answer.json()["apiVersions"][0]["uriString"] == "v1.0"
    assert requests.get(world.url("/restapi/v1.0"), timeout=TIMEOUT).json()["versionString"]


def test_account(world: World, token: str) -> None:
    body = world.get("/account/~", token).json()
    assert (body["id"], body["status"]) == (ACCOUNT_ID, "Confirmed")
    assert body["uri"] == world.url(f"/restapi/v1.0/account/{ACCOUNT_ID}")
    assert world.get(f"/account/{ACCOUNT_ID}", token).json() == body


def test_my_extension(world: World, token: str) -> None:
    body = world.get("/account/~/extension/~", token).json()
    assert isinstance(body["id"], int)
    assert (body["extensionNumber"], body["name"]) == ("101", "Alex Rivera")
    assert (body["type"], body["status"]) == ("User", "Enabled")
    assert body["permissions"]["admin"]["enabled"] is True
    assert world.get(f"/account/~/extension/{body['id']}", token).json() == body


def test_the_extension_list_is_the_same_on_every_platform_and_at_every_time(world: World, token: str) -> None:
    body = world.get("/account/~/extension", token).json()
    assert [one["extensionNumber"] for one in body["records"]] == [str(n) for n in range(101, 109)]
    assert body["paging"] == {
        "page": 1,
        "perPage": 100,
        "pageStart": 0,
        "pageEnd": 7,
        "totalPages": 1,
        "totalElements": 8,
    }
    assert set(body["navigation"]) == {"firstPage", "lastPage"}
    clock = Clock()
    clock.advance(86400 * 100)
    with PracticePlatform(clock=clock) as other:
        later = World(other, clock)
        again = later.get("/account/~/extension", later.log_in("sam", "birch")["access_token"]).json()
    assert _same_but_for_the_port(again) == _same_but_for_the_port(body)


def test_paging_walks_through_a_list(world: World, token: str) -> None:
    found = []
    url: str | None = world.url("/restapi/v1.0/account/~/extension?perPage=3")
    while url:
        body = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT).json()
        found += [one["id"] for one in body["records"]]
        url = body["navigation"].get("nextPage", {}).get("uri")
    assert found == [person.extension_id for person in STAFF]
    assert body["paging"]["page"] == 3
    assert "previousPage" in body["navigation"]
    beyond = world.get("/account/~/extension", token, page="9").json()
    assert beyond["records"] == []
    assert beyond["paging"] == {"page": 9, "perPage": 100, "totalPages": 1, "totalElements": 8}


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "-1"}, {"perPage": "x"}, {"perPage": "²"}])
def test_paging_must_be_numbers(world: World, token: str, query: dict[str, str]) -> None:
    answer = world.get("/account/~/extension", token, **query)
    assert (answer.status_code, code_of(answer)) == (400, "CMN-101")
    assert answer.json()["parameterName"] == next(iter(query))


def test_phone_numbers(world: World, token: str) -> None:
    records = world.get("/account/~/extension/~/phone-number", token).json()["records"]
    assert [one["usageType"] for one in records] == ["DirectNumber", "MainCompanyNumber"]
    assert all(isinstance(one["id"], int) for one in records)
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", one["phoneNumber"]) for one in records)


def test_the_call_log_has_the_fields_that_ringcentral_requires(world: World, token: str) -> None:
    body = world.get("/account/~/extension/~/call-log", token, dateFrom="2020-01-01").json()
    assert set(body) == {"uri", "records", "paging", "navigation"}
    assert set(body["paging"]) == {"page", "perPage", "pageStart", "pageEnd"}
    assert len(body["records"]) == 100
    for one in body["records"]:
        assert isinstance(one["id"], str)
        assert {"uri", "sessionId", "startTime", "duration", "from", "to", "result"} <= set(one)
        assert one["type"] in ("Voice", "Fax")
        assert one["direction"] in ("Inbound", "Outbound")
        assert one["action"] in ("Phone Call", "VoIP Call", "Incoming Fax", "Outgoing Fax")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["startTime"])
        ours = one["to"] if one["direction"] == "Inbound" else one["from"]
        assert ours["extensionNumber"] == "101"
    assert [one["startTime"] for one in body["records"]] == sorted(
        (one["startTime"] for one in body["records"]), reverse=True
    )


def test_the_call_log_pages_and_keeps_its_dates(world: World, token: str) -> None:
    query = {"dateFrom": "2027-01-01T00:00:00.000Z", "dateTo": "2027-01-10T00:00:00Z", "perPage": "7"}
    seen: list[str] = []
    body = world.get("/account/~/call-log", token, **query).json()
    while True:
        seen += [one["id"] for one in body["records"]]
        link = body["navigation"].get("nextPage")
        if link is None:
            break
        body = requests.get(link["uri"], headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT).json()
    everything = world.get("/account/~/call-log", token, **query | {"perPage": "5000"}).json()
    assert seen == [one["id"] for one in everything["records"]]
    assert len(set(seen)) == len(seen) > 100
    assert all("2027-01-01" <= one["startTime"] < "2027-01-10" for one in everything["records"])


def test_without_dates_the_call_log_is_that_of_the_last_day(world: World, token: str) -> None:
    records = world.get("/account/~/extension/~/call-log", token).json()["records"]
    now = world.clock.now
    assert records
    for one in records:
        start = datetime.strptime(one["startTime"], "%Y-%m-%dT%H:%M:%S.000Z")
        assert now - 86400 <= start.replace(tzinfo=timezone.utc).timestamp() <= now


def test_at_every_hour_of_the_week_the_last_day_has_calls() -> None:
    for hour in range(7 * 24):
        now = 1_800_000_000.0 + hour * 3600
        for person in STAFF:
            assert calls_between((person,), start=now - 86400, end=now, now=now)


@pytest.mark.parametrize("name", ["dateFrom", "dateTo"])
@pytest.mark.parametrize("value", ["yesterday", "2027-13-01", "9" * 40, "0001-01-01T00:00:00+23:00"])
def test_dates_must_be_dates(world: World, token: str, name: str, value: str) -> None:
    answer = world.get("/account/~/call-log", token, **{name: value})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert code_of(answer) == "CMN-101"


def test_calls_stay_the_same_as_time_goes_on_and_follow_the_week() -> None:
    now = 1_800_000_000.0
    today = calls_between(STAFF, start=0, end=now, now=now)
    tomorrow = calls_between(STAFF, start=0, end=now, now=now + 86400)
    kept = {call.id: call for call in tomorrow}
    oldest = now + 86400 - DAYS_KEPT * 86400
    assert all(kept[call.id] == call for call in today if call.start >= oldest)
    assert all(call.start + call.duration <= now for call in today)
    assert len({call.id for call in today}) == len(today)
    days = [datetime.fromtimestamp(call.start - 8 * 3600, timezone.utc) for call in today]
    assert {day.hour for day in days} <= set(range(9, 19))
    assert sum(day.weekday() == 6 for day in days) < sum(day.weekday() == 5 for day in days) / 1.5
    assert calls_between(STAFF, start=now, end=now - 1, now=now) == []


# Who may see what


def test_an_app_without_the_permission_is_told_which_one(world: World) -> None:
    app = world.new_app()
    form = {"grant_type": "authorization_code", "code": world.code(client_id=app["client_id"])}
    auth = app["client_id"], app["client_secret"]
    token = world.post_token(auth, **form, redirect_uri=REDIRECT_URI).json()["access_token"]
    assert world.get("/account/~/extension", token).status_code == 200
    for path in ("/account/~/call-log", "/account/~/extension/~/call-log"):
        answer = world.get(path, token)
        assert answer.status_code == 403
        assert answer.json() == {
            "errorCode": "InsufficientPermissions",
            "message": "In order to call this API endpoint, application needs to have [ReadCallLog] permission",
            "errors": [
                {
                    "errorCode": "CMN-401",
                    "message": "In order to call this API endpoint, application needs to have [ReadCallLog] permission",
                    "permissionName": "ReadCallLog",
                }
            ],
            "permissionName": "ReadCallLog",
        }


def test_an_ordinary_user_sees_colleagues_but_not_their_calls(world: World, ordinary_token: str) -> None:
    other = f"/account/~/extension/{ADMINISTRATOR.extension_id}"
    assert world.get("/account/~/extension/~/call-log", ordinary_token).status_code == 200
    assert world.get(other, ordinary_token).status_code == 200
    for path in ("/account/~/call-log", f"{other}/call-log", f"{other}/phone-number"):
        answer = world.get(path, ordinary_token)
        assert (answer.status_code, answer.json()["errorCode"]) == (403, "CMN-408")


def test_an_administrator_sees_everybodys_calls(world: World, token: str) -> None:
    path = f"/account/~/extension/{ORDINARY_USER.extension_id}/call-log"
    assert world.get(path, token).json()["records"][0]["extension"]["id"] == ORDINARY_USER.extension_id
    everyone = world.get("/account/~/call-log", token, dateFrom="2020-01-01", perPage="1000").json()
    assert len({one["extension"]["id"] for one in everyone["records"]}) == 8


def test_ids_that_do_not_exist(world: World, token: str) -> None:
    for path, name in (
        ("/account/1", "accountId"),
        ("/account/x/call-log", "accountId"),
        ("/account/~/extension/1", "extensionId"),
        ("/account/~/extension/%3Cb%3E/call-log", "extensionId"),
    ):
        answer = world.get(path, token)
        assert (answer.status_code, code_of(answer)) == (404, "CMN-102")
        assert answer.json()["parameterName"] == name


# Tokens


def test_calls_without_a_good_token(world: World) -> None:
    for token, summary, code in (
        (None, "AGW-401", "AGW-401"),
        ("", "TokenInvalid", "OAU-149"),
        ("garbage", "TokenInvalid", "OAU-149"),
        ("A" * 43, "TokenInvalid", "OAU-213"),
    ):
        answer = world.get("/account/~", token)
        assert answer.status_code == 401
        assert (answer.json()["errorCode"], code_of(answer)) == (summary, code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
        assert answer.headers["RCRequestId"]


def test_only_a_token_that_was_sent_is_called_invalid(world: World, token: str) -> None:
    url = world.url("/restapi/v1.0/account/~")
    for header, named in ((None, False), (f"Basic {token}", False), ("Bearer x", True), ("Bearer", True)):
        answer = requests.get(url, headers={"Authorization": header} if header else {}, timeout=TIMEOUT)
        assert ('error="invalid_token"' in answer.headers["WWW-Authenticate"]) is named


def test_an_access_token_expires(world: World, token: str) -> None:
    world.clock.advance(3599)
    assert world.get("/account/~", token).status_code == 200
    world.clock.advance(1)
    answer = world.get("/account/~", token)
    assert (answer.status_code, answer.json()["errorCode"], code_of(answer)) == (
        401,
        "TokenInvalid",
        "OAU-128",
    )


def test_the_token_is_taken_from_the_header_only_and_the_scheme_in_any_case(world: World, token: str) -> None:
    url = world.url("/restapi/v1.0/account/~")
    assert requests.get(url, params={"access_token": token}, timeout=TIMEOUT).status_code == 401
    for header, status in ((f"bearer {token}", 200), (f"BEARER  {token} ", 200), (f"Basic {token}", 401)):
        answer = requests.get(url, headers={"Authorization": header.strip()}, timeout=TIMEOUT)
        assert answer.status_code == status


def test_paths_and_methods_that_do_not_exist(world: World, token: str) -> None:
    answer = world.get("/account/~/nothing", token)
    assert (answer.status_code, code_of(answer)) == (404, "CMN-120")
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.post(world.url("/restapi/v1.0/account/~"), headers=headers, json={}, timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.json()["errorCode"]
