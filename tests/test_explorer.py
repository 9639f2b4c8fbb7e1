"""The test panel as an explorer, without a browser: forms, answers that are sorted and read on, messages sent once."""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from rc_nb_helpers import Call, Parameter, TestPanel
from rc_nb_helpers.api_calls import ALL_CALLS
from rc_nb_helpers.panels import results
from rc_nb_helpers.panels.forms import faults_of
from rc_nb_helpers.panels.text_message import NUMBERS_PATH, SMS_PATH
from rc_nb_helpers.results import Answer, RateLimit

from . import test_panels
from .conftest import Browser, Say, eventually, holds_secret, log_in
from .test_panels import _silence, press, settled  # noqa: F401  (a fixture)

wire, make = test_panels.wire, test_panels.make  # fixtures
EXTENSIONS = "/restapi/v1.0/account/~/extension"
CALL_LOG = "/restapi/v1.0/account/~/extension/~/call-log"
PEOPLE = Call(
    "People",
    "/restapi/v1.0/account/~/people/{site}",
    (("Name", "name"), ("Number", "number"), ("Since (UTC)", "since")),
    group="heavy",
    parameters=(
        Parameter("site", place="path"),
        Parameter("perPage", "number", "100", least=1, most=1000),
        Parameter("phoneNumber"),
        Parameter("dateFrom", "date"),
        Parameter("dateTo", "date"),
    ),
)
ELSEWHERE = "/restapi/v1.0/account/~/people/4711"


def fill(panel: TestPanel, call: str = "call-1", **values: Any) -> None:
    press(panel, "fill", json.dumps({"call": call, "values": values}))


def views(wire: Any) -> str:
    """Everything that a notebook could save."""
    return json.dumps([data["state"] for data in wire.sent if "state" in data], default=repr)


def status(panel: TestPanel) -> str:
    return str(panel.view["status"]["text"])


def told(wire: Any) -> str:
    return (wire.details().get("summary") or {}).get("whole", "")


@pytest.fixture
def panel(make, fake_session):
    """A panel with a call that has a form, on the scripted server."""
    log_in(fake_session)
    return make(TestPanel, fake_session, calls=[PEOPLE])


@pytest.fixture
def people(panel, fake, wire):
    """The panel with an answer of three records."""
    fake.script[ELSEWHERE] = Say(
        {
            "records": [
                {"name": "beth", "number": "9", "since": "2026-01-02T00:00:00.5Z"},
                {"name": "Carl", "number": "100", "since": "2026-01-02T00:00:00Z"},
                {"name": None, "since": "2025-01-02T00:00:00.000Z"},
                {"name": "=1+1", "number": "-7"},
            ]
        },
        headers={
            "X-Rate-Limit-Group": "heavy",
            "X-Rate-Limit-Limit": "10",
            "X-Rate-Limit-Remaining": "9",
            "X-Rate-Limit-Window": "60",
        },
    )
    fill(panel, site="4711")
    return panel


# --- forms


def test_page_that_asks_gets_the_whole_catalogue(make, fake_session, wire):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    assert "ReadCallLog" not in wire.text()  # 60 calls are sent to nobody who does not search
    panel._on_message(panel, {"ask": "catalogue"}, [])
    (offers,) = [data["content"]["catalogue"] for data in wire.sent if "catalogue" in data.get("content", {})]
    assert [offer["label"] for offer in offers] == [call.label for call in ALL_CALLS]
    assert all({"id", "label", "path", "fields"} <= offer.keys() for offer in offers)
    fill(panel, next(offer["id"] for offer in offers if offer["label"] == "My extension"), extensionId="~")
    assert wire.details()["result"]["line"].startswith(f"GET {EXTENSIONS}/~ → 200")


def test_what_is_filled_in_is_sent_and_stands_in_no_view(panel, fake, wire):
    fill(panel, site="4711", perPage="7", phoneNumber="+16505550177", dateFrom="2026-01-31", dateTo="2026-01-31")
    (seen,) = fake.calls(ELSEWHERE)
    assert seen.query == {
        "perPage": ["7"],
        "phoneNumber": ["+16505550177"],
        "dateFrom": ["2026-01-31T00:00:00.000Z"],
        "dateTo": ["2026-01-31T23:59:59.999Z"],
    }
    assert "16505550177" in wire.details()["result"]["line"]
    assert not {text for text in ("16505550177", "4711", "2026-01-31") if text in views(wire)}


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ({}, "site", "missing"),
        ({"site": "x", "perPage": "0"}, "perPage", "from 1 to 1000"),
        ({"site": "x", "perPage": "many"}, "perPage", "no whole number"),
        ({"site": "x", "dateFrom": "yesterday"}, "dateFrom", "no date"),
        ({"site": "x", "dateFrom": "2026-02-01", "dateTo": "2026-01-01"}, "dateFrom", "later than dateTo"),
        ({"site": "..", "perPage": "5"}, "site", "another address"),
        ({"site": "x", "nothing": "x"}, "", "no such parameter"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_sent(panel, fake, wire, values, name, said):
    fake.seen.clear()
    fill(panel, **values)
    (fault,) = wire.details()["form"]["faults"]
    assert (fault["name"], wire.details()["form"]["call"]) == (name, "call-1")
    assert said in fault["text"]
    assert "Nothing was sent" in status(panel)
    assert fake.seen == []


def test_every_fault_is_told_at_once():
    faults = faults_of(PEOPLE, {"site": "..", "perPage": "0", "dateTo": "x"})
    assert [fault["name"] for fault in faults] == ["site", "perPage", "dateTo"]


def test_button_of_a_call_that_needs_something_shows_its_form(panel, fake, wire):
    fake.seen.clear()
    press(panel, "call-1")
    assert wire.details()["form"]["faults"][0]["name"] == "site"
    assert fake.seen == []


@pytest.mark.parametrize("value", ["", "x", "[]", "{}", '{"call": "call-1"}', '{"call": 5, "values": {}}', "[" * 9000])
def test_what_no_page_of_ours_sends_is_a_lesson(panel, fake, value):
    fake.seen.clear()
    press(panel, "fill", value)
    assert panel.view["status"]["kind"] == "error"
    assert fake.seen == []


def test_refusal_that_repeats_what_was_written_goes_by_message(panel, fake, wire):
    fake.script[ELSEWHERE] = Say({"errorCode": "CMN-101", "message": "phoneNumber [+16505550177] is odd"}, status=400)
    fill(panel, site="4711", phoneNumber="+16505550177")
    assert "+16505550177" in told(wire)
    assert "16505550177" not in views(wire)
    assert status(panel) == "RingCentral answered 400 CMN-101."
    fake.script[ELSEWHERE] = Say({"records": []})
    fill(panel, site="4711")
    assert wire.details()["summary"] is None  # an empty one would hide the status


# --- answers


@pytest.mark.parametrize(
    ("column", "once", "twice", "words"),
    [
        (0, ["=1+1", "beth", "Carl", ""], ["Carl", "beth", "=1+1", ""], "Name, Z to A"),
        (1, ["=1+1", "beth", "Carl", ""], ["Carl", "beth", "=1+1", ""], "Number, largest first"),
        (2, ["", "Carl", "beth", "=1+1"], ["beth", "Carl", "", "=1+1"], "Since (UTC), newest first"),
    ],
)
def test_table_is_sorted_by_what_its_values_are(people, wire, column, once, twice, words):
    for expected in (once, twice):
        press(people, "sort", str(column))
        assert [row[0] for row in wire.details()["result"]["rows"]] == expected
    assert wire.details()["result"]["caption"] == f"People: the 4 in this answer, sorted by {words}"
    assert wire.details()["result"]["sort_order"] == "descending"
    assert words in status(people)


@pytest.mark.parametrize("value", ["", "-1", "9", "x", "٣", "1" * 5000])
def test_column_that_is_not_there_changes_nothing(people, wire, value):
    before = wire.details()["result"]
    press(people, "sort", value)
    assert wire.details()["result"] == before


def test_answer_tells_its_size_and_what_the_rate_limit_leaves(people, wire):
    facts = wire.details()["result"]["facts"]
    assert facts.endswith("9 of 10 requests of the group heavy left in these 60 seconds")
    assert facts.split(" ")[1] == "bytes"


def reading(data: Any, call: Call = PEOPLE, *, size: int = 0) -> results.Reading:
    answer = Answer(200, 0.1, data, size)
    return results.Reading("call-1", call, "GET", answer, results.table_of(call, data), call.path, None)


def test_large_answers_are_cut_in_every_form_and_say_so():
    data = {"records": [{"name": f"Person {number}", "number": number, "text": "x" * 500} for number in range(10_000)]}
    began = time.monotonic()
    shown = reading(data).sorted_by(1).sorted_by(1).with_all_rows()
    result = shown.result()
    assert time.monotonic() - began < 5
    assert len(json.dumps(result)) < 600_000
    assert (len(result["rows"]), result["rows"][0][0]) == (1000, "Person 9999")  # sorted is the whole
    assert result["caption"].startswith("People: 1000 of the 10000 in this answer, sorted by Number, largest first")
    assert result["json_note"] == "Only the beginning, of 100,000 characters: the answer is longer."
    assert "more, not shown" in json.dumps(result["tree"])
    assert reading(data).result()["more_rows"] == "Show the first 1000 rows"
    assert reading({"records": data["records"][:30]}).result()["more_rows"] == "Show all 30 rows"
    assert "more_rows" not in reading({"records": data["records"][:20]}).result()


def test_answer_that_is_nested_deep_is_shown_as_far_as_it_can_be():
    data: Any = "x"
    for _ in range(900):
        data = [data]
    result = reading({"a": data}).result()
    assert result["json"].startswith('{\n  "a": [')
    assert "json_note" in result


def test_tree_has_names_sizes_and_values():
    data = {"a": [1, True, None, {"b": "x"}], "c": {}}
    assert reading(data, Call("One", "/x")).result()["tree"] == [
        {
            "name": "",
            "text": "2 fields",
            "nodes": [
                {
                    "name": "a",
                    "text": "4 items",
                    "nodes": [
                        {"name": "1", "text": "1"},
                        {"name": "2", "text": "yes"},
                        {"name": "3", "text": "null"},
                        {"name": "4", "text": "1 fields", "nodes": [{"name": "b", "text": "x"}]},
                    ],
                },
                {"name": "c", "text": "0 fields", "nodes": []},
            ],
        }
    ]


def test_list_without_columns_gets_those_that_its_records_have():
    records = [{"uri": "u", "id": 1, "displayName": "a", "host": {"name": "h"}, "startTime": "2026-01-02T00:00:00Z"}]
    table = results.table_of(Call("One", "/x"), {"records": [*records, {"displayName": "b"}, None]})
    assert table is not None
    assert table.columns == ("Display name", "Start time (UTC)", "Host name")
    assert table.rows(9) == [["a", "2026-01-02 00:00", "h"], ["b", "", ""], ["", "", ""]]


def test_all_rows_are_shown_when_that_is_wanted(panel, fake, wire):
    fake.script[ELSEWHERE] = Say({"records": [{"name": str(number)} for number in range(50)]})
    fill(panel, site="4711")
    assert wire.details()["result"]["more_rows"] == "Show all 50 rows"
    press(panel, "more-rows")
    assert len(wire.details()["result"]["rows"]) == 50


def test_next_page_is_read_where_the_server_says(panel, fake, wire):
    target = f"{ELSEWHERE}?page=2&more=x"
    fake.script[ELSEWHERE] = lambda seen: Say(
        {"records": [{"name": seen.query.get("page", ["1"])[0]}]}
        | ({} if "page" in seen.query else {"navigation": {"nextPage": {"uri": fake.server_url + target}}})
    )
    fill(panel, site="4711")
    assert wire.details()["result"]["next_page"] is True
    press(panel, "next-page")
    result = wire.details()["result"]
    assert (result["rows"][0][0], "next_page" in result) == ("2", False)
    assert result["line"].startswith(f"GET {target} → 200")
    press(panel, "next-page")
    assert status(panel) == "This list has no other page."


def test_next_page_on_another_server_is_not_asked_for(panel, fake, wire):
    link = {"navigation": {"nextPage": {"uri": "https://evil.example/restapi/v1.0/x"}}}
    fake.script[ELSEWHERE] = Say({"records": [{"name": "x"}], **link})
    fill(panel, site="4711")
    press(panel, "next-page")
    assert "another server" in told(wire)
    assert wire.details()["result"]["rows"]  # what was there is there still


def test_page_that_is_only_a_number_keeps_the_rest_of_the_query(panel, fake, wire):
    fake.script[ELSEWHERE] = Say({"records": [{"name": "x"}], "paging": {"page": 1, "totalPages": 2}})
    fill(panel, site="4711", perPage="7")
    press(panel, "next-page")
    assert fake.calls(ELSEWHERE)[-1].query == {"perPage": ["7"], "page": ["2"]}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("python", 'session.get("/restapi/v1.0/account/~/people/4711")'), ("curl", "Bearer $ACCESS_TOKEN")],
    ids=["python", "curl"],
)
def test_request_is_copied_without_the_token(people, wire, kind, expected):
    press(people, "copy", kind)
    (copied,) = [data["content"]["copied"] for data in wire.sent if "copied" in data.get("content", {})]
    assert copied["kind"] == kind
    assert expected in copied["text"]
    assert not holds_secret(copied["text"])


def test_table_is_copied_whole_in_its_order_and_without_formulas(people, wire):
    press(people, "sort", "0")
    press(people, "copy", "csv")
    (copied,) = [data["content"]["copied"] for data in wire.sent if "copied" in data.get("content", {})]
    assert copied["text"].splitlines()[:3] == [
        '"Name","Number","Since (UTC)"',
        '"\'=1+1","-7",""',
        '"beth","9","2026-01-02T00:00:00.5Z"',
    ]


def test_what_belongs_to_a_login_ends_with_it(people, fake_session, wire):
    fake_session.logout()
    assert wire.details()["result"] is None
    log_in(fake_session)
    for button, value in (("sort", "0"), ("more-rows", ""), ("next-page", ""), ("copy", "curl")):
        press(people, button, value)
        assert status(people) == "There is no answer any more."
        assert wire.details()["result"] is None


def test_answer_that_comes_after_its_login_is_not_shown(panel, fake, fake_session, wire):
    gate = threading.Event()
    fake.script[ELSEWHERE] = Say({"records": [{"name": "Alex"}]}, before=gate.wait)
    panel._on_message(panel, {"press": "fill", "value": '{"call": "call-1", "values": {"site": "4711"}}'}, [])
    eventually(lambda: fake.calls(ELSEWHERE))
    fake_session.platform.auth().reset()
    log_in(fake_session)
    gate.set()
    settled()
    assert not wire.details().get("result")


# --- pictures

CALLS = {"records": [{"startTime": "2026-01-02T03:04:05Z", "direction": "Inbound", "result": "Missed", "from": "Alex"}]}


def test_call_log_has_a_picture_and_its_numbers(make, fake_session, fake, wire):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    fake.script[CALL_LOG] = Say(CALLS)
    press(panel, "call-2")
    assert wire.details()["result"]["can_plot"] is True
    press(panel, "plot", "dark")
    plot = wire.details()["result"]["plot"]
    kind, _, content = plot["image"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(content).decode().endswith("</svg>\n")
    assert plot["text"].startswith("1 call: 1 inbound, 0 outbound")
    assert ["Result", "Missed", "1", "0", "0"] in plot["rows"]
    assert "the picture" in status(panel).lower()
    assert "svg+xml" not in views(wire)
    press(panel, "sort", "0")
    assert wire.details()["result"]["plot"] == plot


def test_without_matplotlib_the_panel_says_how_to_get_it(make, fake_session, fake, wire, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    fake.script[CALL_LOG] = Say(CALLS)
    press(panel, "call-2")
    press(panel, "plot")
    assert "%pip install matplotlib" in panel.view["status"]["cure"]
    assert wire.details()["result"]["rows"]


# --- pauses


def test_rate_limit_lets_all_that_counts_for_it_rest(make, fake_session, fake, wire):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    fake.script[CALL_LOG] = Say(
        {"errorCode": "CMN-301", "message": "Request rate exceeded"}, status=429, headers={"Retry-After": "60"}
    )
    press(panel, "call-2")
    assert "Wait 60 seconds" in panel.view["status"]["cure"]
    assert {"call-2", "call-3"} <= set(panel.view["paused"])
    assert "call-4" not in panel.view["paused"]
    assert 50 < panel.view["paused"]["call-3"] - time.time() <= 60


def test_a_press_before_its_time_sends_nothing_and_says_how_long_to_wait(make, fake_session, fake, wire):
    """A page that has not heard of the pause lets it through; and no later pause of something else lets it through."""
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    busy = Say({"errorCode": "CMN-301", "message": "slowly"}, status=429, headers={"Retry-After": "60"})
    fake.script[CALL_LOG] = fake.script[EXTENSIONS + "/~"] = busy
    press(panel, "call-2")
    press(panel, "call-5")
    sent = len(fake.seen)
    press(panel, "call-2")
    assert len(fake.seen) == sent
    assert "Nothing was sent" in status(panel)
    assert re.fullmatch(r"Wait (59|60) seconds, then press again\.", panel.view["status"]["cure"])
    assert {"call-2", "call-5"} <= set(panel.view["paused"])
    catalogued = next(name for name, call in panel._catalogue().items() if call.label == "Company call log")
    fill(panel, catalogued)
    assert len(fake.seen) == sent
    assert "Nothing was sent" in told(wire)


def test_pause_that_is_over_is_forgotten(panel, fake, monkeypatch):
    fake.script[ELSEWHERE] = Say({"message": "slowly"}, status=429, headers={"Retry-After": "60"})
    fill(panel, site="4711")
    assert list(panel.view["paused"]) == ["call-1"]
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    panel._show()
    assert "paused" not in panel.view


# --- text messages

MESSAGE = {"from": "+1 (650) 555-0100", "to": "+16505550177", "text": "Hello, it is private."}


@pytest.fixture
def writing(make, fake_session):
    log_in(fake_session)
    return make(TestPanel, fake_session, writes=True)


def check(panel: TestPanel, **changes: str) -> None:
    press(panel, "sms", json.dumps({"call": "sms", "values": {**MESSAGE, **changes}}))


def test_nothing_is_written_unless_that_was_asked_for(make, fake_session, fake, wire):
    log_in(fake_session)
    panel = make(TestPanel, fake_session)
    check(panel)
    assert "sms_note" not in panel.view
    assert not wire.details().get("sms")


def test_message_is_looked_at_before_it_is_sent(writing, fake, wire):
    check(writing)
    shown = wire.details()["sms"]
    assert (shown["sender"], shown["receiver"], shown["length"]) == ("+16505550100", "+16505550177", 21)
    assert "RingCentral may charge for it" in writing.view["sms_note"]
    assert not fake.calls(SMS_PATH)
    press(writing, "sms-send", shown["once"])
    (seen,) = fake.calls(SMS_PATH)
    assert json.loads(seen.body) == {
        "from": {"phoneNumber": "+16505550100"},
        "to": [{"phoneNumber": "+16505550177"}],
        "text": "Hello, it is private.",
    }
    assert "The server has taken the message" in status(writing)
    assert not {text for text in ("5550177", "5550100", "private") if text in views(wire)}


def test_second_press_never_sends_twice(writing, fake, wire):
    check(writing)
    once = wire.details()["sms"]["once"]
    gate = threading.Event()
    fake.script[SMS_PATH] = Say({"id": 1}, before=gate.wait)
    for _ in range(3):
        writing._on_message(writing, {"press": "sms-send", "value": once}, [])
    eventually(lambda: fake.calls(SMS_PATH))
    gate.set()
    settled()
    press(writing, "sms-send", once)
    assert len(fake.calls(SMS_PATH)) == 1
    assert status(writing) == "Nothing was sent by this press."


@pytest.mark.parametrize("value", ["", "x"])
def test_word_that_is_not_the_message_s_sends_nothing_and_keeps_it(writing, fake, wire, value):
    check(writing)
    press(writing, "sms-send", value)
    assert not fake.calls(SMS_PATH)
    press(writing, "sms-send", wire.details()["sms"]["once"])
    assert len(fake.calls(SMS_PATH)) == 1


@pytest.mark.parametrize(
    ("say", "perhaps"),
    [
        (Say("", cut=0), True),
        (Say({"message": "busy"}, status=503), True),
        (Say("<!doctype html><html>", kind="text/html"), True),
        (Say({"errorCode": "MSG-304", "message": "Phone number +16505550100 is not yours"}, status=403), False),
        (Say({"message": "slowly"}, status=429, headers={"Retry-After": "1"}), False),
    ],
    ids=["no answer", "503", "web page", "refused", "429"],
)
def test_message_whose_fate_is_not_known_says_so_and_is_not_sent_again(writing, fake, wire, say, perhaps):
    check(writing)
    once = wire.details()["sms"]["once"]
    fake.script[SMS_PATH] = say
    press(writing, "sms-send", once)
    said = str(wire.details()["summary"])
    assert ("may have been sent" in said) is perhaps
    assert ("Look at your messages before you send it again" in said) is perhaps
    press(writing, "sms-send", once)
    assert len(fake.calls(SMS_PATH)) == 1
    assert "5550100" not in views(wire)


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"to": ""}, "to", "no whole phone number"),
        ({"to": "101"}, "to", "no whole phone number"),
        ({"from": "mine"}, "from", "no whole phone number"),
        ({"text": " "}, "text", "is empty"),
        ({"text": "é" * 1001}, "text", "1000 characters"),
        ({"text": "😀" * 501}, "text", "1000 characters"),
    ],
)
def test_message_that_cannot_be_sent_is_told_beside_its_field(writing, fake, wire, changes, name, said):
    fake.seen.clear()
    check(writing)
    check(writing, **changes)
    (fault,) = wire.details()["form"]["faults"]
    assert (wire.details()["form"]["call"], fault["name"]) == ("sms", name)
    assert said in fault["text"]
    assert wire.details()["sms"] is None  # the former one is not sent by mistake
    assert fake.seen == []


def test_sender_that_was_left_blank_is_the_first_that_may_send(writing, fake, wire):
    numbers = [{"phoneNumber": "+1650", "features": ["CallerId"]}, {"phoneNumber": "+1651", "features": ["SmsSender"]}]
    fake.script[NUMBERS_PATH] = Say({"records": numbers})
    check(writing, **{"from": ""})
    assert wire.details()["sms"]["sender"] == "+1651"
    fake.script[NUMBERS_PATH] = Say({"records": numbers[:1]})
    check(writing, **{"from": ""})
    assert status(writing) == "There is no number to send from."


def test_message_ends_with_the_login(writing, fake, fake_session, wire):
    check(writing)
    once = wire.details()["sms"]["once"]
    fake_session.logout()
    assert wire.details()["sms"] is None
    log_in(fake_session)
    press(writing, "sms-send", once)
    assert not fake.calls(SMS_PATH)


def test_practice_keeps_the_message(make, session, practice, wire):
    apps = practice._backend.apps
    app = apps.get(practice.client_id)
    apps.change(replace(app, permissions=(*app.permissions, "SMS", "ReadMessages")))
    attempt = session.begin_login()
    Browser(practice).log_in(attempt)
    panel = make(TestPanel, session, writes=True)
    check(panel, **{"from": ""})
    assert "Practice sends nothing to anybody" in panel.view["sms_note"]
    press(panel, "sms-send", wire.details()["sms"]["once"])
    assert not wire.details().get("summary")
    assert "The server has taken the message" in status(panel)
    assert session.get("/restapi/v1.0/account/~/extension/~/message-store")["records"][0]["subject"] == MESSAGE["text"]


def test_rate_limit_is_read_whatever_the_headers_say(fake_session, fake):
    log_in(fake_session)
    path = "/restapi/v1.0/x"
    for text in ("", "x", "-1", "9" * 5000, "\u00b2"):
        fake.script[path] = Say(
            {},
            headers={
                "X-Rate-Limit-Limit": "10",
                "X-Rate-Limit-Remaining": text,
                "X-Rate-Limit-Window": "60",
            },
        )
        assert fake_session.call("GET", path).rate_limit is None
    fake.script[path] = Say(
        {}, headers=dict.fromkeys(["X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Window"], "5")
    )
    answer = fake_session.call("GET", path)
    assert (answer.size, answer.rate_limit) == (2, RateLimit("", 5, 5, 5))
