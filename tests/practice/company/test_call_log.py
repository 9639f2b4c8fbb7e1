"""The call log: filters, views, single records, and the year that it tells of."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.company.calls import (
    CONTACTS,
    DAY,
    DAYS_KEPT,
    at_work,
    call_in_progress,
    calls_between,
    find_call,
    local_day,
)
from rc_nb_helpers.practice.company.people import ADMINISTRATOR, ORDINARY_USER, STAFF

from ..conftest import TIMEOUT, Clock, World, code_of
from ..rest import token_for
from .shapes import API_ERROR, check

NOW = 1_800_000_000.0
YEAR = calls_between(STAFF, start=0, end=NOW, now=NOW)


@pytest.fixture
def token(world: World) -> str:
    return str(world.log_in()["access_token"])


def log(world: World, token: str, path: str = "/account/~/call-log", **query: str) -> list[dict[str, Any]]:
    answer = world.get(path, token, **{"dateFrom": "2026-12-01", "perPage": "max"} | query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


# The year


def test_the_year_has_the_rhythm_of_a_shop() -> None:
    weekdays = Counter((local_day(call.start) + 3) % 7 for call in YEAR)
    assert max(weekdays, key=weekdays.__getitem__) == 4  # Friday
    assert weekdays[6] < weekdays[5] < min(weekdays[day] for day in range(5)) / 1.4
    hours = Counter((call.start - 8 * 3600) % DAY // 3600 for call in YEAR)
    assert set(hours) == set(range(9, 19))
    assert hours[12] < min(hours[11], hours[14]) / 2  # lunch
    days = Counter(local_day(call.start) for call in YEAR)
    assert DAYS_KEPT <= len(days) <= DAYS_KEPT + 1
    usual = sorted(days.values())[len(days) // 2]
    assert max(days.values()) > 1.8 * usual  # a busy day
    december = sum(call.start > NOW - 45 * DAY for call in YEAR)
    summer = sum(NOW - 225 * DAY < call.start < NOW - 180 * DAY for call in YEAR)
    assert december > 1.4 * summer


def test_the_mix_of_calls_is_that_of_an_office() -> None:
    results = Counter(call.result for call in YEAR)
    share = {result: number / len(YEAR) for result, number in results.items()}
    assert 0.5 < sum(call.inbound for call in YEAR) / len(YEAR) < 0.7
    assert 0.05 < share["Missed"] < 0.15
    assert 0.04 < share["Voicemail"] < 0.12
    assert 0.01 < sum(call.fax for call in YEAR) / len(YEAR) < 0.06
    talks = sorted(call.duration for call in YEAR if call.result in ("Accepted", "Call connected"))
    median, mean = talks[len(talks) // 2], sum(talks) / len(talks)
    assert 90 < median < 140
    assert mean > 1.25 * median  # log-normal: a few talk long
    assert all(call.duration == 0 for call in YEAR if call.result == "Busy")


def test_the_seed_of_a_platform_is_that_of_all_it_makes_up() -> None:
    def year(seed: int) -> Any:
        with PracticePlatform(seed=seed, clock=Clock()) as platform:
            world = World(platform, Clock())
            token = token_for(world)
            query = {"dateFrom": "2026-10-01", "perPage": "1000"}
            calls = world.get("/account/~/call-log", token, **query).json()["records"]
            messages = world.get("/account/~/extension/~/message-store", token, **query).json()["records"]
            for path, found in (("call-log", calls), ("extension/~/message-store", messages)):
                assert world.get(f"/account/~/{path}/{found[0]['id']}", token).status_code == 200
            return [(one["id"], one.get("startTime", one.get("creationTime"))) for one in (*calls, *messages)]

    assert year(2) == year(2)
    assert year(2) != year(1)


def test_other_seeds_make_other_years() -> None:
    again = calls_between(STAFF, start=NOW - 7 * DAY, end=NOW, now=NOW)
    assert again == [call for call in YEAR if call.start >= NOW - 7 * DAY]
    assert again != calls_between(STAFF, start=NOW - 7 * DAY, end=NOW, now=NOW, seed=2)


def test_ids_are_unique_and_lead_back() -> None:
    assert len({call.id for call in YEAR}) == len(YEAR)
    for call in YEAR[::500]:
        assert find_call(STAFF, call.id, now=NOW) == call
        assert find_call((call.person,), call.id, now=NOW) == call
    other = next(person for person in STAFF if person != YEAR[0].person)
    assert find_call((other,), YEAR[0].id, now=NOW) is None
    assert find_call(STAFF, YEAR[0].id, now=YEAR[0].end - 1) is None  # not over yet
    for unknown in ("", "A", "Ax", "A1", "A²", "A" + "9" * 15, "B" + YEAR[0].id[1:], "A-1"):
        assert find_call(STAFF, unknown, now=NOW) is None


def test_numbers_are_kept_for_fiction() -> None:
    assert all(contact.number[5:].startswith("55501") and len(contact.number) == 12 for contact in CONTACTS)


def test_presence_follows_the_calls() -> None:
    call = next(one for one in YEAR if one.duration > 60 and not one.fax)
    assert call_in_progress(call.person, now=call.start) is not None
    assert call_in_progress(call.person, now=call.start - 8 * 3600) is None
    assert at_work(call.start)
    assert not at_work(NOW)  # midnight


def test_a_day_is_quick_and_a_year_is_bearable() -> None:
    """Generous bounds: they catch a change of the algorithm, not a slow machine."""
    for span, bound in ((DAY, 0.25), (DAYS_KEPT * DAY, 5)):
        begun = time.process_time()
        calls_between(STAFF, start=NOW - span, end=NOW, now=NOW, seed=span)
        assert time.process_time() - begun < bound


# Filters


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_direction(world: World, token: str, direction: str) -> None:
    records = log(world, token, direction=direction)
    assert {one["direction"] for one in records} == {direction}


@pytest.mark.parametrize("kind", ["Voice", "Fax"])
def test_type(world: World, token: str, kind: str) -> None:
    assert {one["type"] for one in log(world, token, type=kind)} == {kind}


def test_several_values_of_a_filter(world: World, token: str) -> None:
    url = world.url("/restapi/v1.0/account/~/call-log?direction=Inbound&direction=Outbound&perPage=5")
    body = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT).json()
    assert body["navigation"]["nextPage"]["uri"].count("direction=") == 2
    assert len(body["records"]) == 5


def test_by_number_and_by_extension(world: World, token: str) -> None:
    records = log(world, token, phoneNumber="12065550117")
    assert {one["from" if one["direction"] == "Inbound" else "to"]["name"] for one in records} == {"Lena Fischer"}
    records = log(world, token, extensionNumber="102")
    assert {one["extension"]["id"] for one in records} == {ORDINARY_USER.extension_id}
    assert log(world, token, extensionNumber="999") == []


def test_by_session(world: World, token: str) -> None:
    one = log(world, token)[7]
    found = world.get("/account/~/call-log", token, sessionId=one["sessionId"]).json()["records"]
    assert [record["id"] for record in found] == [one["id"]]
    assert world.get("/account/~/call-log", token, sessionId="nothing").json()["records"] == []
    answer = world.get("/account/~/call-log", token, sessionId=one["sessionId"], dateFrom="2026-01-01")
    assert (answer.status_code, code_of(answer)) == (400, "CLG-110")


@pytest.mark.parametrize("query", [{"recordingType": "All"}, {"withRecording": "true"}, {"transport": "VoIP"}])
def test_nothing_is_recorded_and_everything_comes_over_the_telephone_network(
    world: World, token: str, query: dict[str, str]
) -> None:
    assert log(world, token, **query) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("direction", "inbound"),
        ("type", "Video"),
        ("view", "Full"),
        ("transport", "IP"),
        ("recordingType", "Manual"),
        ("withRecording", "yes"),
        ("perPage", "maximum"),
        ("page", "1001"),
    ],
)
def test_values_that_no_filter_knows(world: World, token: str, name: str, value: str) -> None:
    for path in ("/account/~/call-log", "/account/~/extension/~/call-log"):
        answer = world.get(path, token, **{name: value})
        assert (answer.status_code, code_of(answer)) == (400, "CMN-101")
        assert answer.json()["errorCode"] == "InvalidParameter"
        assert answer.json()["parameterName"] == name
        check(answer.json(), API_ERROR)


def test_unknown_and_empty_parameters_count_as_absent(world: World, token: str) -> None:
    query = {"showBlocked": "true", "metadataCategory": "x", "direction": "", "colour": "red"}
    assert log(world, token, **query) == log(world, token)


def test_links_keep_the_filters(world: World, token: str) -> None:
    answer = world.get("/account/~/call-log", token, dateFrom="2027-01-08", direction="Inbound", perPage="50")
    seen = 0
    headers = {"Authorization": f"Bearer {token}"}
    for _ in range(100):
        body = answer.json()
        assert {one["direction"] for one in body["records"]} == {"Inbound"}
        seen += len(body["records"])
        if "nextPage" not in body["navigation"]:
            break
        answer = requests.get(body["navigation"]["nextPage"]["uri"], headers=headers, timeout=TIMEOUT)
    assert seen == len(log(world, token, dateFrom="2027-01-08", direction="Inbound")) > 100


# One record


def test_a_record_belongs_to_its_extension(world: World, token: str) -> None:
    mine = log(world, token, "/account/~/extension/~/call-log")[0]
    assert world.get(f"/account/~/extension/~/call-log/{mine['id']}", token).json() == mine
    account = world.get(f"/account/~/call-log/{mine['id']}", token).json()
    assert (account["id"], account["uri"] == mine["uri"]) == (mine["id"], False)
    other = f"/account/~/extension/{ORDINARY_USER.extension_id}/call-log/{mine['id']}"
    answer = world.get(other, token)
    assert (answer.status_code, code_of(answer)) == (404, "CMN-102")
    assert answer.json()["parameterName"] == "callRecordId"


def test_records_are_as_private_as_the_log(world: World, token: str) -> None:
    record = log(world, token)[0]["id"]
    sam = str(world.log_in("sam", "birch")["access_token"])
    theirs = f"/account/~/extension/{ADMINISTRATOR.extension_id}/call-log/{record}"
    for path, permission in ((f"/account/~/call-log/{record}", "FullCompanyCallLog"), (theirs, "ReadCallLog")):
        answer = world.get(path, sam)
        assert (answer.status_code, code_of(answer)) == (403, "CMN-408")
        assert answer.json()["permissionName"] == permission


def test_the_legs_of_a_call(world: World, token: str) -> None:
    records = log(world, token, view="Detailed")
    assert all("legs" not in one for one in log(world, token, view="Simple"))
    for one in records:
        assert [leg["master"] for leg in one["legs"]] == [True, False][: len(one["legs"])]
        assert (len(one["legs"]) == 2) == (one["result"] == "Accepted")
        assert one["uri"].endswith("?view=Detailed")
