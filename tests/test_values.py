"""Values that Python people pass: in a query, in a form and in a body."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
import requests

from rc_nb_helpers import RingCentralError, Session
from rc_nb_helpers.values import write_json, write_query

from .conftest import FakePlatform, log_in

ME = "/restapi/v1.0/account/~/extension/~"
NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def named(value: object) -> str:
    """A test's name: the same in each process, so without addresses, and sets in order."""
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__} of {sorted(value)}"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


class Direction(Enum):
    INBOUND = "Inbound"
    ANY = None


class Text(str, Enum):
    ALL = "All"


class Number(IntEnum):
    TEN = 10


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, []),
        ([None], []),
        ([], []),
        (True, ["true"]),
        (False, ["false"]),
        (0, ["0"]),
        ("", [""]),
        (100, ["100"]),
        (1.5, ["1.5"]),
        (Decimal("1E+3"), ["1000"]),
        (Fraction(1, 2), ["1/2"]),
        (UUID(int=7), ["00000000-0000-0000-0000-000000000007"]),
        (NOON, ["2026-01-31T12:00:00Z"]),
        (NOON.astimezone(timezone(timedelta(hours=-8))), ["2026-01-31T04:00:00-08:00"]),
        (NOON.replace(microsecond=500_000), ["2026-01-31T12:00:00.500000Z"]),
        (date(2026, 1, 31), ["2026-01-31"]),
        (Direction.INBOUND, ["Inbound"]),
        (Direction.ANY, []),
        (Text.ALL, ["All"]),
        (Number.TEN, ["10"]),
        (b"text", ["text"]),
        (bytearray(b"text"), ["text"]),
        (memoryview(b"text"), ["text"]),
        (10**400, [str(10**400)]),
        (["Voice", "Fax"], ["Voice", "Fax"]),
        (("Voice", True, NOON), ["Voice", "true", "2026-01-31T12:00:00Z"]),
        ({"b", "a", "c"}, ["a", "b", "c"]),
        (frozenset({2, 1}), ["1", "2"]),
        ((number for number in (1, 2)), ["1", "2"]),
        (range(2), ["0", "1"]),
        ({"a": 1}.keys(), ["a"]),
        ("a&b=c ü+", ["a&b=c ü+"]),
    ],
    ids=named,
)
def test_query_is_written_as_ringcentral_reads_it(value, written):
    assert parse_qsl(write_query({"name": value}), keep_blank_values=True) == [("name", each) for each in written]


@pytest.mark.parametrize("value", [datetime(2026, 1, 31), [datetime(2026, 1, 31)]])
def test_moment_without_a_time_zone_is_refused_with_a_lesson(value):
    with pytest.raises(RingCentralError, match=r"dateFrom has no time zone.*datetime\.now\(timezone\.utc\)"):
        write_query({"dateFrom": value})


@pytest.mark.parametrize("value", [{"a": 1}, object(), time(12), timedelta(1), int, [object()]], ids=named)
def test_what_is_no_parameter_is_refused_by_its_name(value):
    with pytest.raises(RingCentralError, match="dateFrom cannot be sent"):
        write_query({"dateFrom": value})


HALF = "\ud83d"  # of an emoji
CIRCLES: list[Any] = []
CIRCLES.append(CIRCLES)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("nan"), "q cannot be sent: it is nan. .* Leave it out"),
        ([1.5, float("-inf")], "it is -inf"),
        (Decimal("NaN"), "it is NaN"),
        (Decimal("sNaN"), "it is sNaN"),
        (1 + 2j, "it is a complex"),
        (b"\xff", "no text in UTF-8"),
        (bytearray(b"\xff"), "no text in UTF-8"),
        (HALF, "half a character"),
        ([HALF], "half a character"),
        (CIRCLES, "contains itself"),
        (10**5000, "cannot be written as text"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "value",
)
def test_cause_is_told_only_where_it_is_known(value, told):
    with pytest.raises(RingCentralError, match=f"^q cannot be sent.*{told}|{told}"):
        write_query({"q": value})


def test_name_that_cannot_be_written_is_told():
    with pytest.raises(RingCentralError, match=r"'\\ud83d' cannot be sent. It holds half a character"):
        write_query({HALF: 1})


def test_values_of_numpy_and_pandas():
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    moment = pandas.Timestamp("2026-01-31T12:00:00Z")
    given = {"a": numpy.int64(7), "b": numpy.float32(0.5), "c": numpy.array([1, 2]), "d": moment, "e": numpy.str_("x")}
    assert parse_qsl(write_query(given)) == [
        *(("a", "7"), ("b", "0.5"), ("c", "1"), ("c", "2"), ("d", "2026-01-31T12:00:00Z"), ("e", "x")),
    ]
    for value, told in (
        (pandas.NaT, "it is NaT. .* Leave it out"),
        (numpy.float32("nan"), "it is nan"),
        (numpy.True_, r"it is a numpy\.bool. .*value.tolist()"),
        (numpy.array(True), "it is a ndarray|cannot be written as text"),
        (numpy.datetime64("2026-01-31"), "it is a datetime64. .* a datetime of Python's"),
    ):
        with pytest.raises(RingCentralError, match=told):
            write_query({"q": value})
    for value, told in (
        (pandas.NaT, "a is NaT"),
        (numpy.True_, r"a is a numpy\.bool\. .*tolist"),
        (numpy.int64(7), "int64"),
    ):
        with pytest.raises(RingCentralError, match=told):
            write_json({"a": value})


@pytest.mark.parametrize("parameters", ["a=b", [1], [("a", 1, 2)], 7, {None: 1}, {b"a": 1}, {True: 1}, ["ab"]])
def test_parameters_that_are_none_are_refused(parameters):
    with pytest.raises(RingCentralError, match="not names with values"):
        write_query(parameters)


def test_pairs_are_parameters_too():
    assert write_query([("a", 1), ("a", True)]) == "a=1&a=true"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"a": None},
        [1, 2],
        "text",
        0,
        False,
        {"a": (1, 2)},
        OrderedDict(a=1),
        {1: "a"},
        {"a": Text.ALL, "b": Number.TEN},
    ],
    ids=named,
)
def test_json_is_written_as_python_writes_it(body):
    assert write_json(body) == json.dumps(body)


CIRCLE: dict[str, Any] = {}
CIRCLE["me"] = CIRCLE


@pytest.mark.parametrize(
    ("body", "place", "kind", "cure"),
    [
        ({"dateTo": NOON}, "dateTo", "datetime", "isoformat"),
        ({"dateTo": date(2026, 1, 31)}, "dateTo", "date", "isoformat"),
        ({"to": [{"phoneNumber": {"+1"}}]}, "to[0].phoneNumber", "set", "list(value)"),
        ([1, {2}], "[1]", "set", "list(value)"),
        ({"a": {"b": (1, Decimal("1.5"))}}, "a.b[1]", "Decimal", "str(value)"),
        ({"a": UUID(int=7)}, "a", "UUID", "str(value)"),
        ({"a": Direction.INBOUND}, "a", "Direction", "value.value"),
        ({"a": b"bytes"}, "a", "bytes", "decode"),
        ({"a": bytearray(b"bytes")}, "a", "bytearray", "decode"),
        (CIRCLES, "[0] (which contains itself, or is too deep)", "list", "circle"),
        ({"a": (each for each in "a")}, "a", "generator", "list(value)"),
        ({"a": MappingProxyType({})}, "a", "mappingproxy", "dict(value)"),
        ({("a", "b"): 1}, "the key ('a', 'b')", "tuple", "str(value)"),
        (CIRCLE, "me (which contains itself, or is too deep)", "dict", "circle"),
        ({1, 2}, "it", "set", "list(value)"),
        (object(), "it", "object", "str(value)"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_json_does_not_know_is_refused_by_its_place(body, place, kind, cure):
    with pytest.raises(RingCentralError) as caught:
        write_json(body)
    assert caught.value.happened == f"This body cannot be sent: {place} is a {kind}."
    assert cure in caught.value.cure


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_that_json_does_not_know_is_told(value):
    with pytest.raises(RingCentralError, match=rf"a\[0\] is {value}\. .* write None"):
        write_json({"a": [value]})


def test_body_that_is_too_deep_is_refused_too():
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RingCentralError, match="cannot be sent"):
        write_json(deep)


# --- and through a session


@pytest.fixture
def session(fake_session: Session, fake: FakePlatform) -> Session:
    log_in(fake_session)
    fake.seen.clear()
    return fake_session


def test_none_leaves_a_parameter_out(session, fake):
    session.get(ME, dateTo=None, view=None)
    session.get(ME, dateTo=None, perPage=5, withRecording=True)
    assert [seen.target for seen in fake.seen] == [ME, f"{ME}?perPage=5&withRecording=true"]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (None, ""),
        ({}, "{}"),
        ([], "[]"),
        ([1], "[1]"),
        ({"a": None}, '{"a": null}'),
        (b'{"a":1}', '{"a":1}'),
        (b"", ""),
        (bytearray(b"[1]"), "[1]"),
        (memoryview(b"[1]"), "[1]"),
        ("", ""),
        (False, "false"),
    ],
)
def test_body_is_sent_as_it_is_meant(session, fake, body, sent):
    session.call("POST", ME, body=body)
    (seen,) = fake.seen
    assert seen.body == sent
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["content-length"] == str(len(sent))


@pytest.mark.parametrize("action", ["get", "post"])
def test_what_cannot_be_sent_is_one_of_our_errors_and_nothing_is_sent(session, fake, action):
    with pytest.raises(RingCentralError, match="dateTo"):
        session.get(ME, dateTo=datetime(2026, 1, 31)) if action == "get" else session.post(ME, {"dateTo": NOON})
    assert fake.seen == []


NO_PATHS: list[Any] = [None, "", " ", 5, "account/~", b"/x", ["/x"], f" {ME}"]


@pytest.mark.parametrize("path", NO_PATHS, ids=named)
def test_what_is_no_path_is_told_and_nothing_is_sent(session, fake, path):
    for use in (
        session.get,
        session.post,
        session.pages,
        session.records,
        session.platform.get,
        lambda path: session.call("DELETE", path, query={"a": 1}),
        lambda path: session.platform.send_request(requests.Request("GET", path)),
    ):
        with pytest.raises(RingCentralError, match=r"cannot be called: .*\. A path is a text that begins with a slash"):
            use(path)
    assert fake.seen == []


@pytest.mark.parametrize("method", [None, "", 5, "G ET", "GET\r\nX: 1"], ids=named)
def test_what_is_no_method_is_told_and_nothing_is_sent(session, fake, method):
    with pytest.raises(RingCentralError, match="no method"):
        session.call(method, ME)
    assert fake.seen == []


def test_form_is_written_like_a_query(session, fake):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    session.platform.post(ME, {"a": True, "b": None, "c": [1, 2]}, headers=headers)
    session.platform.post(ME, "a=b", headers=headers)
    assert [seen.body for seen in fake.seen] == ["a=true&c=1&c=2", "a=b"]
    assert headers == {"content-type": "application/x-www-form-urlencoded"}
