"""What may be written into a call's parameters, and the path that comes of it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers import Call, Parameter, RingCentralError
from rc_nb_helpers.web_addresses import path_to_call

WHOSE = Parameter("extensionId", default="~", place="path")
LOG = Call(
    "Log",
    "/restapi/v1.0/account/~/extension/{extensionId}/call-log",
    parameters=(
        WHOSE,
        Parameter("view", "choice", "Simple", ("Simple", "Detailed")),
        Parameter("direction", "choice", choices=("Inbound", "Outbound"), many=True),
        Parameter("phoneNumber"),
        Parameter("withRecording", "flag"),
        Parameter("dateFrom", "date"),
        Parameter("dateTo", "date"),
        Parameter("perPage", "number", "100", least=1, most=1000),
    ),
)
BY_NAME = {parameter.name: parameter for parameter in LOG.parameters}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        (None, "/extension/~/call-log"),
        ({"extensionId": " ", "view": "", "perPage": "\n"}, "/extension/~/call-log"),
        ({"extensionId": "4711", "perPage": "7"}, "/extension/4711/call-log?perPage=7"),
        ({"extensionId": "a/b?c#d%41 é"}, "/extension/a%2Fb%3Fc%23d%2541%20%C3%A9/call-log"),
        ({"view": "detailed"}, "/extension/~/call-log?view=Detailed"),
        ({"direction": "Inbound, outbound"}, "/extension/~/call-log?direction=Inbound&direction=Outbound"),
        ({"phoneNumber": "+16505550100"}, "/extension/~/call-log?phoneNumber=%2B16505550100"),
        ({"withRecording": "yes"}, "/extension/~/call-log?withRecording=true"),
    ],
)
def test_what_is_written_makes_the_path(values, path):
    assert LOG.request(values) == f"/restapi/v1.0/account/~{path}"


def test_path_keeps_the_query_that_it_has():
    call = Call("Two", "/restapi/v1.0/x?a=1", parameters=(Parameter("b", "number"),))
    assert call.request({"b": "2"}) == "/restapi/v1.0/x?a=1&b=2"


@pytest.mark.parametrize(
    ("name", "text", "moment"),
    [
        ("dateFrom", "2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("dateTo", "2026-01-31", "2026-01-31T23:59:59.999Z"),
        ("dateTo", "2026-01-31T10:20", "2026-01-31T10:20:00.000Z"),
        ("dateFrom", "2026-01-31 10:20:30.5", "2026-01-31T10:20:30.500Z"),
        ("dateFrom", "2026-01-31t10:20:30.1234567z", "2026-01-31T10:20:30.123Z"),
        ("dateFrom", "2026-01-31T23:30:00-08:00", "2026-02-01T07:30:00.000Z"),
        ("dateFrom", "2026-01-31T01:30:00+0530", "2026-01-30T20:00:00.000Z"),
    ],
)
def test_moment_is_written_as_ringcentral_reads_it(name, text, moment):
    assert BY_NAME[name].check(text) == moment


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("view", "Long", "Choose one of Simple, Detailed"),
        ("direction", "Inbound,Sideways", "Choose one of Inbound, Outbound"),
        ("withRecording", "maybe", "neither yes nor no"),
        ("perPage", "many", "no whole number.*from 1 to 1000"),
        ("perPage", "0", "out of range.*from 1 to 1000"),
        ("perPage", "1001", "out of range"),
        ("perPage", "٣", "no whole number"),
        ("dateFrom", "yesterday", "no date.*2026-01-31"),
        ("dateFrom", "2026-02-30", "no date"),
        ("dateFrom", "2026-01-31T25:00", "no date"),
        ("dateFrom", "2026-01-31T10:00+99:00", "no date"),
        ("dateTo", "9999-12-31T23:59:59-12:00", "no date"),
        ("dateFrom", "0000-01-01", "no date"),
        ("extensionId", "..", "another address"),
        ("extensionId", "\ud83d", "half a character"),
        ("phoneNumber", "\ud83d", "half a character"),
        ("phoneNumber", "1" * 2001, "too long"),
        ("phoneNumber", None, "no text"),
        ("phoneNumber", 5, "no text"),
        ("phone", "5", "Log has no such parameter.*extensionId, view"),
    ],
)
def test_what_cannot_be_sent_is_a_lesson(name, text, told):
    with pytest.raises(RingCentralError, match=told) as raised:
        LOG.request({name: text})
    assert raised.value.cure


def test_stretch_that_ends_before_it_begins_is_a_lesson():
    assert LOG.request({"dateFrom": "2026-01-31", "dateTo": "2026-01-31"})
    with pytest.raises(RingCentralError, match="dateFrom is later than dateTo"):
        LOG.request({"dateFrom": "2026-02-01T01:00+02:00", "dateTo": "2026-01-31T22:00Z"})


def test_what_a_call_needs_has_to_be_written():
    call = Call("One", "/x/{id}", parameters=(Parameter("id", place="path", note="Take it from a list."),))
    with pytest.raises(RingCentralError, match=r"id is missing.*Take it from a list"):
        call.request()
    with pytest.raises(RingCentralError, match="brand is missing"):
        Call("One", "/x", parameters=(Parameter("brand", required=True),)).request({"brand": " "})


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Parameter(" "), "no name"),
        (lambda: Parameter("x", "colour"), "kind that is not known"),
        (lambda: Parameter("x", "choice"), "choices .* wrong"),
        (lambda: Parameter("x", choices=("a",)), "choices .* wrong"),
        (lambda: Parameter("x", "choice", "c", ("a", "b")), "Choose one of a, b"),
        (lambda: Parameter("x", "number", "0", least=1), "a number of 1 or more"),
        (lambda: Call("One", "/x", parameters=("y",)), "no parameters"),
        (lambda: Call("One", "/x", parameters=(Parameter("y"), Parameter("y"))), "Two parameters"),
        (lambda: Call("One", "/x", parameters=(Parameter("y", place="path"),)), "no place for y"),
    ],
)
def test_parameter_that_could_never_be_shown_is_a_lesson(make, told):
    with pytest.raises(RingCentralError, match=told):
        make()


@given(st.dictionaries(st.sampled_from([*BY_NAME]), st.text()))
def test_whatever_is_written_stays_in_its_place(values):
    """The path is a path still, and the server reads what was written; or else it is a lesson."""
    try:
        path = LOG.request(values)
    except RingCentralError:
        return
    parts = urlsplit(path_to_call(path))
    assert parts.path.count("/") == LOG.path.count("/")
    assert unquote(parts.path.split("/")[6]) == (values.get("extensionId", "").strip() or "~")
    read = parse_qsl(parts.query, strict_parsing=bool(parts.query))
    assert {name for name, _ in read} <= {name for name, text in values.items() if text.strip()} - {"extensionId"}
    assert dict(read).get("phoneNumber", "") == values.get("phoneNumber", "").strip()


@given(st.datetimes(), st.sampled_from(["", "Z", "+00:00", "-11:45", "+14:00"]))
def test_moment_stays_the_moment_that_it_is(moment, zone):
    try:
        read = BY_NAME["dateFrom"].check(f"{moment.isoformat(timespec='milliseconds')}{zone}")
    except RingCentralError:
        assert moment.year in (1, 9999)
        return
    fixed = f"{moment.isoformat(timespec='milliseconds')}{zone.replace('Z', '') or '+00:00'}"
    assert datetime.fromisoformat(str(read).replace("Z", "+00:00")) == datetime.fromisoformat(fixed)
