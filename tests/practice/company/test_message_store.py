"""The message store and sending text messages."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from rc_nb_helpers.practice.company.messages import (
    MOST_SENDERS,
    MOST_SENT_EACH,
    SentMessages,
    find_message,
    messages_between,
)
from rc_nb_helpers.practice.company.people import ADMINISTRATOR, ORDINARY_USER, STAFF

from ..conftest import TIMEOUT, Clock, World, code_of
from ..rest import EVERYTHING, app_with, token_for, token_of
from .shapes import API_ERROR, MESSAGE, check

NOW = 1_800_000_000.0
STORE = "/account/~/extension/~/message-store"
SMS: dict[str, Any] = {
    "from": {"phoneNumber": ADMINISTRATOR.phone_number},
    "to": [{"phoneNumber": "+12065550117"}],
    "text": "The atlas has come in.",
}


@pytest.fixture
def token(world: World) -> str:
    return token_for(world)


def send(
    world: World, token: str | None, body: Any = SMS, path: str = "/account/~/extension/~/sms", **options: Any
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if not options:
        options = {"json": body}
    headers |= options.pop("headers", {})
    return requests.post(world.url("/restapi/v1.0" + path), headers=headers, timeout=TIMEOUT, **options)


def store(world: World, token: str, **query: str) -> list[dict[str, Any]]:
    answer = world.get(STORE, token, **{"dateFrom": "2026-02-01", "perPage": "1000"} | query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


# What is made up


def test_a_year_of_messages_is_always_the_same() -> None:
    found = [message for person in STAFF for message in messages_between(person, start=0, end=NOW, now=NOW)]
    assert found == [message for person in STAFF for message in messages_between(person, start=0, end=NOW, now=NOW)]
    assert len({message.id for message in found}) == len(found)
    assert {message.kind for message in found} == {"SMS", "VoiceMail", "Fax"}
    assert all(message.created <= NOW for message in found)
    for message in found[::200]:
        assert find_message(message.person, message.id, now=NOW) == message
    assert find_message(ORDINARY_USER, found[0].id, now=NOW) is None
    assert messages_between(ADMINISTRATOR, start=NOW, end=NOW - 1, now=NOW) == []


def test_a_voicemail_leads_to_its_message(world: World, token: str) -> None:
    calls = world.get("/account/~/extension/~/call-log", token, dateFrom="2026-12-01").json()["records"]
    call = next(one for one in calls if one["result"] == "Voicemail")
    message = world.get(call["message"]["uri"].partition("/restapi/v1.0")[2], token).json()
    assert message["type"] == call["message"]["type"] == "VoiceMail"
    assert message["attachments"][0]["vmDuration"] == call["duration"]
    assert message["from"]["phoneNumber"] == call["from"]["phoneNumber"]


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("messageType", "type", "SMS"),
        ("messageType", "type", "VoiceMail"),
        ("messageType", "type", "Fax"),
        ("direction", "direction", "Outbound"),
        ("readStatus", "readStatus", "Read"),
        ("availability", "availability", "Alive"),
    ],
)
def test_filters(world: World, token: str, name: str, field: str, value: str) -> None:
    records = store(world, token, **{name: value})
    assert {one[field] for one in records} == {value}


def test_filters_that_leave_nothing(world: World, token: str) -> None:
    for query in ({"messageType": "Pager"}, {"availability": "Deleted"}, {"conversationId": "1"}, {"phoneNumber": "1"}):
        assert store(world, token, **query) == []


@pytest.mark.parametrize("name", ["messageType", "direction", "readStatus", "availability", "dateFrom", "page"])
def test_values_that_no_filter_knows(world: World, token: str, name: str) -> None:
    answer = world.get(STORE, token, **{name: "x"})
    assert (answer.status_code, code_of(answer), answer.json()["parameterName"]) == (400, "CMN-101", name)


def test_conversations_and_numbers(world: World, token: str) -> None:
    one = next(message for message in store(world, token, messageType="SMS") if message["direction"] == "Inbound")
    same = store(world, token, conversationId=one["conversation"]["id"])
    assert {message["conversationId"] for message in same} == {one["conversationId"]}
    assert {message["direction"] for message in same} == {"Inbound", "Outbound"}
    from_them = store(world, token, phoneNumber=one["from"]["phoneNumber"], direction="Inbound")
    assert {message["from"]["phoneNumber"] for message in from_them} == {one["from"]["phoneNumber"]}


@pytest.mark.parametrize("message_id", ["x", "-1", "1", "²", "9" * 40, "1000000000000001", "%00"])
def test_messages_that_do_not_exist(world: World, token: str, message_id: str) -> None:
    answer = world.get(f"{STORE}/{message_id}", token)
    assert (answer.status_code, code_of(answer), answer.json()["parameterName"]) == (404, "CMN-102", "messageId")


def test_messages_are_private_even_from_an_administrator(world: World, token: str) -> None:
    other = f"/account/~/extension/{ORDINARY_USER.extension_id}"
    for answer in (world.get(f"{other}/message-store", token), world.get(f"{other}/message-store/1", token)):
        assert (answer.status_code, code_of(answer), answer.json()["permissionName"]) == (
            403,
            "CMN-408",
            "ReadMessages",
        )
    answer = send(world, token, path=f"{other}/sms")
    assert (answer.status_code, code_of(answer), answer.json()["permissionName"]) == (403, "CMN-408", "OutboundSMS")


# Sending


def test_what_is_sent_appears_in_the_store(world: World, token: str) -> None:
    sent = send(world, token)
    assert sent.status_code == 200
    check(sent.json(), MESSAGE)
    assert (sent.json()["messageStatus"], sent.json()["subject"]) == ("Queued", SMS["text"])
    assert sent.json()["to"][0]["name"] == "Lena Fischer"
    world.clock.advance(10)
    newest = world.get(STORE, token).json()["records"][0]
    assert (newest["id"], newest["messageStatus"], newest["readStatus"]) == (sent.json()["id"], "Delivered", "Read")
    assert world.get(f"{STORE}/{newest['id']}", token).json()["subject"] == SMS["text"]


def test_a_reset_of_the_app_forgets_what_it_sent(world: World) -> None:
    apps = [app_with(world, *EVERYTHING) for _ in range(2)]
    sent = [send(world, token_of(world, app)).json()["id"] for app in apps]
    world.platform.controls.reset(apps[0]["client_id"])
    statuses = [
        world.get(f"{STORE}/{id_}", token_of(world, app)).status_code for id_, app in zip(sent, apps, strict=True)
    ]
    assert statuses == [404, 200]


def test_nobody_reads_what_was_sent_with_another_app(world: World, token: str) -> None:
    sent = send(world, token).json()["id"]
    other = token_for(world)
    assert world.get(f"{STORE}/{sent}", other).status_code == 404
    assert sent not in [one["id"] for one in store(world, other)]


def test_several_recipients_and_every_script(world: World, token: str) -> None:
    numbers = [{"phoneNumber": "+12065550117"}, {"phoneNumber": "16505550102"}, {"phoneNumber": "+15035550199"}]
    body = send(world, token, SMS | {"to": numbers, "text": "Grüße 📚 <b>"}).json()
    assert [one.get("name") for one in body["to"]] == ["Lena Fischer", "Sam Okafor", None]
    assert body["to"][1]["phoneNumber"] == "+16505550102"
    assert body["subject"] == "Grüße 📚 <b>"


@pytest.mark.parametrize(
    ("change", "status", "code", "name"),
    [
        ({"from": None}, 400, "CMN-101", "from"),
        ({"from": "+16505550101"}, 400, "CMN-101", "from"),
        ({"from": {}}, 400, "CMN-101", "from"),
        ({"from": {"phoneNumber": 16505550101}}, 400, "CMN-101", "from"),
        ({"from": {"phoneNumber": "the shop"}}, 400, "CMN-101", "from"),
        ({"from": {"phoneNumber": "101"}}, 400, "MSG-246", None),
        ({"from": {"phoneNumber": "+16505550100"}}, 403, "MSG-304", None),
        ({"from": {"phoneNumber": "+16505550102"}}, 403, "MSG-304", None),
        ({"to": None}, 400, "CMN-101", "to"),
        ({"to": []}, 400, "CMN-101", "to"),
        ({"to": {"phoneNumber": "+12065550117"}}, 400, "CMN-101", "to"),
        ({"to": [{"phoneNumber": ""}]}, 400, "CMN-101", "to"),
        ({"to": [{"phoneNumber": "102"}]}, 400, "MSG-246", None),
        ({"text": None}, 400, "CMN-101", "text"),
        ({"text": ""}, 400, "CMN-101", "text"),
        ({"text": 5}, 400, "CMN-101", "text"),
        ({"text": "a" * 1001}, 400, "CMN-101", "text"),
        ({"text": "📚" * 501}, 400, "CMN-101", "text"),
        ({"text": "half \ud83d"}, 400, "CMN-101", "text"),
    ],
)
def test_messages_that_cannot_be_sent(
    world: World, token: str, change: dict[str, Any], status: int, code: str, name: str | None
) -> None:
    body = {key: value for key, value in (SMS | change).items() if value is not None}
    answer = send(world, token, body)
    assert (answer.status_code, code_of(answer), answer.json().get("parameterName")) == (status, code, name)
    check(answer.json(), API_ERROR)


def test_the_longest_text(world: World, token: str) -> None:
    assert send(world, token, SMS | {"text": "📚" * 500}).status_code == 200


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 20_000, b'{"text": NaN', b"null"])
def test_a_body_that_is_no_json_object(world: World, token: str, data: bytes) -> None:
    answer = send(world, token, data=data, headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (400, "CMN-103")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/mixed"])
def test_a_body_of_another_type(world: World, token: str, kind: str) -> None:
    answer = send(world, token, data=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415
    check(answer.json(), API_ERROR)


def test_sending_needs_a_token_a_permission_and_a_post(world: World, token: str) -> None:
    assert send(world, None).status_code == 401
    answer = send(world, token_for(world, "ReadAccounts", "ReadMessages"))
    assert (answer.status_code, answer.json()["permissionName"]) == (403, "SMS")
    answer = world.get("/account/~/extension/~/sms", token)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_what_is_kept_is_bounded() -> None:
    sent = SentMessages(Clock())
    for number in range(MOST_SENT_EACH + 5):
        sent.send("app", ADMINISTRATOR, (), str(number))
    assert [message.text for message in sent.of("app", ADMINISTRATOR)][::99] == ["5", "104"]
    for number in range(MOST_SENDERS):
        sent.send(f"app {number}", ADMINISTRATOR, (), "")
    assert sent.of("app", ADMINISTRATOR) == ()
    assert len(sent.of("app 0", ADMINISTRATOR)) == 1
