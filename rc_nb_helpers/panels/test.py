"""The test panel: call the API with one press and read the answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ..errors import ApiError
from .base import Panel, View, login_view

MOST_ROWS = 20
_ORIGINAL = "The first three calls are those of RingCentral's own tutorial."
_UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True)
class Call:
    """An API call that the panel offers.

    Attributes:
        label: What the button says.
        path: The endpoint.
        columns: For a list: column heading to the path of its value in a record. Empty for a single object.
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

# The first three are those of RingCentral's original tutorial.
CALLS = {
    "extensions": Call(
        "List extensions",
        "/restapi/v1.0/account/~/extension",
        (("Name", "name"), ("Extension", "extensionNumber"), ("Type", "type"), ("Status", "status")),
    ),
    "my-calls": Call("My call log", "/restapi/v1.0/account/~/extension/~/call-log", _CALL_COLUMNS),
    "all-calls": Call("Company call log", "/restapi/v1.0/account/~/call-log", _CALL_COLUMNS),
    "account": Call("Account info", "/restapi/v1.0/account/~"),
    "me": Call("My extension", "/restapi/v1.0/account/~/extension/~"),
    "numbers": Call(
        "My phone numbers",
        "/restapi/v1.0/account/~/extension/~/phone-number",
        (("Number", "phoneNumber"), ("Usage", "usageType"), ("Type", "type")),
    ),
}


class TestPanel(Panel):
    """Offers six read-only calls. Without a login it says so, and offers one.

    Args:
        session: The session whose login it uses.
    """

    __test__ = False  # or pytest takes it for a test

    def _describe(self) -> View:
        title = "Try the API"
        if not self._session.logged_in:
            if self._details.get("result"):
                self._tell(result=None)
            return {"title": title, **login_view(self._session)}
        return {
            "title": title,
            "status": {"kind": "info", "text": "Press a button to call the API.", "why": _ORIGINAL},
            "buttons": [{"id": name, "label": call.label} for name, call in CALLS.items()],
        }

    def _press(self, button: str, value: str) -> None:
        if button not in CALLS:
            super()._press(button, value)
            return
        call = CALLS[button]
        self._tell(result=None)
        self._working = f"Calling GET {call.path} …"
        self._show()
        try:
            answer = self._session.call("GET", call.path)
        except ApiError as error:
            self._tell(result={"line": f"GET {call.path} → {error.status}"})
            raise
        line = f"GET {call.path} → {answer.status}, {answer.seconds * 1000:.0f} ms"
        self._tell(result={"line": line, **_table(call, answer.data), "json": json.dumps(answer.data, indent=2)})
        self._notice = {"kind": "ok", "text": f"{call.label}: the server has answered."}


def _table(call: Call, data: dict[str, Any]) -> View:
    """The answer as a table: a row for each record of a list, or a row for each field of an object."""
    records = data.get("records")
    if call.columns and isinstance(records, list):
        rows = [[_value(record, path) for _, path in call.columns] for record in records[:MOST_ROWS]]
        paging = data.get("paging")
        total = paging.get("totalElements") if isinstance(paging, dict) else None
        total = total if isinstance(total, int) else len(records)
        shown = f"the first {len(rows)} of {total}" if total > len(rows) else f"all {len(rows)}"
        return {"caption": f"{call.label}: {shown}", "columns": [name for name, _ in call.columns], "rows": rows}
    simple = [[name, _text(value)] for name, value in data.items() if not isinstance(value, dict | list)]
    nested = [
        [f"{outer}.{inner}", _text(value)]
        for outer, values in data.items()
        if isinstance(values, dict)
        for inner, value in values.items()
        if not isinstance(value, dict | list)
    ]
    return {"caption": call.label, "columns": ["Field", "Value"], "rows": [*simple, *nested][:MOST_ROWS]}


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
