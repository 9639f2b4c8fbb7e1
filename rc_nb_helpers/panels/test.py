"""The test panel: call the API with one press and read the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..errors import ApiError
from ..session import Session
from .base import Action, Panel, login_view
from .view import Result, View

MOST_ROWS = 20
_ORIGINAL = "The first three calls are those of RingCentral's own tutorial."
_UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True)
class Call:
    """An API call that the panel offers: a GET.

    Attributes:
        label: What the button says.
        path: The endpoint, with its query if it has one.
        columns: For a list: pairs of a column's heading and the path of its value in a record, such as
            ``"from.phoneNumber|from.name"`` for the first of two that is there. Empty for a single object.
    """

    label: str
    path: str
    columns: tuple[tuple[str, str], ...] = ()


_CALL_COLUMNS = (
    ("When (UTC)", "startTime"),
    ("Direction", "direction"),
    ("From", "from.phoneNumber|from.name|from.extensionNumber"),
    ("To", "to.phoneNumber|to.name|to.extensionNumber"),
    ("Result", "result"),
    ("Seconds", "duration"),
)

CALLS = (
    Call(
        "List extensions",
        "/restapi/v1.0/account/~/extension",
        (("Name", "name"), ("Extension", "extensionNumber"), ("Type", "type"), ("Status", "status")),
    ),
    Call("My call log", "/restapi/v1.0/account/~/extension/~/call-log", _CALL_COLUMNS),
    Call("Company call log", "/restapi/v1.0/account/~/call-log", _CALL_COLUMNS),
    Call("Account info", "/restapi/v1.0/account/~"),
    Call("My extension", "/restapi/v1.0/account/~/extension/~"),
    Call(
        "My phone numbers",
        "/restapi/v1.0/account/~/extension/~/phone-number",
        (("Number", "phoneNumber"), ("Usage", "usageType"), ("Type", "type")),
    ),
)
"""What a test panel offers when nothing else is asked for. The first three are those of RingCentral's tutorial."""


class TestPanel(Panel):
    """Offers calls of the API. Without a login it says so, and offers one.

    Args:
        session: The session whose login it uses.
        calls: What it offers; by default six calls that only read.

    Example:
        >>> mine = Call("My devices", "/restapi/v1.0/account/~/extension/~/device", (("Name", "name"),))
        >>> TestPanel(session, calls=[mine])
    """

    __test__ = False  # or pytest takes it for a test

    def __init__(self, session: Session, *, calls: Sequence[Call] = CALLS) -> None:
        self._calls = {f"call-{number}": call for number, call in enumerate(calls, start=1)}
        self._about = _ORIGINAL if calls is CALLS else ""
        super().__init__(session)

    def _describe(self) -> View:
        title = "Try the API"
        if not self._session.logged_in:
            return {"title": title, **login_view(self._session)}
        return {
            "title": title,
            "status": {"kind": "info", "text": "Press a button to call the API.", "why": self._about},
            "buttons": [{"id": name, "label": call.label} for name, call in self._calls.items()],
        }

    def _actions(self) -> dict[str, Action]:
        calls = {name: partial(self._call, call) for name, call in self._calls.items()}
        return {**super()._actions(), **calls}

    def _call(self, call: Call, _value: str) -> None:
        self._tell({"result": None})
        self._working = f"Calling GET {call.path} …"
        self._show()
        try:
            answer = self._session.call("GET", call.path)
        except ApiError as error:
            self._tell({"result": {"line": f"GET {call.path} → {error.status}"}})
            raise
        line = f"GET {call.path} → {answer.status}, {answer.seconds * 1000:.0f} ms"
        whole = json.dumps(answer.data, indent=2)
        self._tell({"result": {"line": line, **_table(call, answer.data), "json": whole}})
        self._notice = {"kind": "ok", "text": f"{call.label}: the server has answered."}


def _table(call: Call, data: dict[str, Any]) -> Result:
    """The answer as a table: a row for each record of a list, or a row for each field of an object."""
    records = data.get("records")
    if call.columns and isinstance(records, list):
        rows = [[_value(record, path) for _, path in call.columns] for record in records[:MOST_ROWS]]
        return {
            "caption": f"{call.label}: {_how_much(data, len(rows), len(records))}",
            "columns": [name for name, _ in call.columns],
            "rows": rows,
        }
    simple = [[name, _text(value)] for name, value in data.items() if not isinstance(value, dict | list)]
    nested = [
        [f"{outer}.{inner}", _text(value)]
        for outer, values in data.items()
        if isinstance(values, dict)
        for inner, value in values.items()
        if not isinstance(value, dict | list)
    ]
    return {"caption": call.label, "columns": ["Field", "Value"], "rows": [*simple, *nested][:MOST_ROWS]}


def _how_much(data: dict[str, Any], shown: int, here: int) -> str:
    """How much of a list is shown. A page's size is no total: the server need not say how many there are."""
    paging, navigation = _part(data, "paging"), _part(data, "navigation")
    total = paging.get("totalElements")
    if isinstance(total, int) and not isinstance(total, bool) and total >= here:
        return f"all {shown}" if total == shown else f"the first {shown} of {total}"
    pages = paging.get("totalPages")
    if navigation.get("nextPage") or (isinstance(pages, int) and pages > 1):
        return f"the first {shown}; there are more"
    return f"all {shown}" if here == shown else f"the first {shown} of {here}"


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _value(record: Any, paths: str) -> str:
    """The first of several values (``a.b|c``) that a record has, as text."""
    for path in paths.split("|"):
        value = record
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and _UTC_TIME.fullmatch(value):
            return value[:16].replace("T", " ")  # the heading says UTC
        if value is not None:
            return _text(value)
    return ""


def _text(value: Any) -> str:
    return "yes" if value is True else "no" if value is False else "" if value is None else str(value)
