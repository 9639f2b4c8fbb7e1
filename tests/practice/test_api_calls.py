"""The catalogue of calls, made over a socket: practice's answers are what the catalogue says."""

from __future__ import annotations

import re

import requests

from rc_nb_helpers.api_calls import ALL_CALLS
from rc_nb_helpers.calls import Call
from rc_nb_helpers.practice.login.apps import PERMISSIONS
from rc_nb_helpers.practice.web.api import ROUTES
from rc_nb_helpers.practice.web.rest import ApiHandler

from .conftest import TIMEOUT, Clock, World
from .rest import app_with, token_for, token_of

ANSWERED = {
    "List extensions",
    "My call log",
    "Company call log",
    "Account info",
    "My extension",
    "My phone numbers",
    "One call of my log",
    "One call of the company's log",
    "My messages",
    "One message",
    "My devices",
    "My presence",
    "Versions of the API",
    "Who I am, as OpenID Connect tells it",
}
"""Those that the practice platform has. Of all others it says CMN-120: there is no such address."""


def path_of(call: Call, world: World, token: str) -> str:
    """The call as a person would make it: for one record, with the id of the first in the list before it."""
    parts = call.path.split("/{")
    if len(parts) < 2 or call.label not in ANSWERED or parts[-1] not in ("callRecordId}", "messageId}"):
        return call.request(needed(call))
    above = call.path.rpartition("/")[0].replace("{extensionId}", "~")
    records = get(world, above + "?dateFrom=2026-06-01", token).json()["records"]
    return call.request({parts[-1].rstrip("}"): str(records[0]["id"])})


def needed(call: Call) -> dict[str, str]:
    """What has to be written, and from when on: the last day alone may lack one kind or another."""
    asked = [p for p in call.parameters if p.needed or p.name == "dateFrom"]
    return {p.name: "2026-06-01" if p.kind == "date" else "1" for p in asked}


def get(world: World, path: str, token: str) -> requests.Response:
    return requests.get(world.url(path), headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT)


def test_practice_answers_what_it_has_and_says_of_the_others_that_it_has_not(world: World, clock: Clock) -> None:
    token = token_for(world)
    answers: dict[str, requests.Response] = {}
    for number, call in enumerate(ALL_CALLS):
        if number % 8 == 7:  # ten heavy calls a minute
            clock.advance(61)
        answers[call.label] = get(world, path_of(call, world, token), token)
    assert {label for label, answer in answers.items() if answer.status_code == 200} == ANSWERED
    refused = {answer.json()["errorCode"] for label, answer in answers.items() if label not in ANSWERED}
    assert refused == {"CMN-120"}
    for call in ALL_CALLS:
        if call.label in ANSWERED and call.columns:  # and every column of its table has something to show
            records = answers[call.label].json()[call.records]
            for heading, paths in call.columns:
                assert any(value(record, path) for record in records for path in paths.split("|")), heading


def value(record: object, path: str) -> object:
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    return record


def test_permissions_and_groups_are_those_of_practice(world: World) -> None:
    """Two lists, written from the same reference by two houses."""
    handlers = [(re.compile(f"{route[0]}$"), route[1]) for route in ROUTES]
    compared = 0
    for call in ALL_CALLS:
        path = call.request(needed(call)).partition("?")[0]
        handler = next((each for pattern, each in handlers if pattern.match(path)), None)
        if handler and issubclass(handler, ApiHandler):
            assert (call.permission, call.group) == (handler.permission, handler.group), call.label
            assert handler.user_permission in ("", call.user_permission), call.label
            compared += 1
    assert compared == len(ANSWERED) - 2  # that of the versions and OpenID Connect's need no permission
    assert {call.permission for call in ALL_CALLS} >= set(PERMISSIONS) - {"SMS"}


def test_missing_permission_is_the_one_that_the_catalogue_names(world: World) -> None:
    (presence,) = (call for call in ALL_CALLS if call.label == "My presence")
    answer = get(world, presence.request(), token_of(world, app_with(world, "ReadAccounts")))
    assert answer.status_code == 403
    assert answer.json()["permissionName"] == presence.permission
