"""The test panel: call the API with one press and read the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import ApiError, ConfigurationError
from ..session import Session
from .base import Action, Panel, script, style

if TYPE_CHECKING:
    from .view import Result, View

MOST_ROWS = 20
_ORIGINAL = "The first three calls are those of RingCentral's own tutorial."
_UTC_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


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
    _esm = script("results")
    _css = style("results")

    def __init__(self, session: Session, *, calls: Sequence[Call] = CALLS) -> None:
        self._calls = {f"call-{number}": call for number, call in enumerate(_checked(calls), start=1)}
        self._about = _ORIGINAL if calls is CALLS else ""
        super().__init__(session)

    def _describe(self) -> View:
        title = "Try the API"
        if not self._session.logged_in:
            return {"title": title, **self._login_view()}
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
        self._tell({"result": {"line": line, **_shown(call, answer.data)}})
        self._notice = {"kind": "ok", "text": f"{call.label}: the server has answered."}


def _checked(calls: Any) -> Sequence[Call]:
    if not isinstance(calls, Call) and isinstance(calls, Iterable):
        found = list(calls)
        if all(isinstance(each, Call) for each in found):
            return found
    raise ConfigurationError(
        "calls= is no list of calls.",
        why="Each button of the panel makes one call, which a Call describes.",
        cure='Write a list of them: calls=[Call("My devices", "/restapi/v1.0/account/~/extension/~/device")].',
    )


def _shown(call: Call, data: Any) -> Result:
    """What an answer holds, as far as a panel shows it."""
    if isinstance(data, bytes):
        return {"caption": f"{call.label}: a file", "columns": ["Bytes"], "rows": [[str(len(data))]]}
    if isinstance(data, str):
        return _table(call.label, ["Text"], [[line] for line in data.splitlines()], "lines of text")
    whole: Result = {"json": json.dumps(data, indent=2)}
    records = data if isinstance(data, list) else _part(data, call.records)
    if call.columns and isinstance(records, list):
        rows = [[_value(record, path) for _, path in call.columns] for record in records[:MOST_ROWS]]
        caption = f"{call.label}: {_how_much(data, len(records))}"
        return {**whole, "caption": caption, "columns": [name for name, _ in call.columns], "rows": rows}
    if isinstance(data, dict):
        return {**whole, **_table(call.label, ["Field", "Value"], _fields(data), "fields")}
    return whole


def _table(label: str, columns: list[str], rows: list[list[str]], things: str) -> Result:
    """A table of what is all here, cut where it is long."""
    caption = label if len(rows) <= MOST_ROWS else f"{label}: the first {MOST_ROWS} of {len(rows)} {things}"
    return {"caption": caption, "columns": columns, "rows": rows[:MOST_ROWS]}


def _fields(data: dict[str, Any]) -> list[list[str]]:
    """An object's fields with their values, and those of the objects in it."""
    simple = [[name, _text(value)] for name, value in data.items() if not isinstance(value, dict | list)]
    nested = [
        [f"{outer}.{inner}", _text(value)]
        for outer, values in data.items()
        if isinstance(values, dict)
        for inner, value in values.items()
        if not isinstance(value, dict | list)
    ]
    return [*simple, *nested]


def _how_much(data: Any, here: int) -> str:
    """How much of a list is shown. The size of a page is no total: only the server knows whether there are more.

    It may tell the number of records or of pages, link to the next page, or give a token for it. Where it says
    nothing at all, neither do we.
    """
    shown = min(here, MOST_ROWS)
    paging, links = _part(data, "paging"), _part(data, "navigation")
    page, pages = _number(_part(paging, "page")) or 1, _number(_part(paging, "totalPages"))
    total = _number(_part(paging, "totalElements"))
    later = page > 1 or any(_uri(_part(links, name)) for name in ("previousPage", "prevPageToken"))
    more = (
        any(_uri(_part(place, name)) for place in (data, links, paging) for name in ("nextPage", "nextPageToken"))
        or len({_uri(_part(links, name)) for name in ("firstPage", "lastPage")} - {""}) > 1
        or (pages is not None and pages > page)
        or _part(_part(data, "syncInfo"), "olderRecordsExist") is True
    )
    start = f"{shown}" if later else f"the first {shown}"
    if total is not None and (total > here or (total == here and not more)):
        return f"all {shown}" if total == shown else f"{start} of {total}"
    if more or later:
        return f"{start}; there are more"
    if isinstance(links, dict) or pages == 1:  # it would have said so
        return f"all {shown}" if here == shown else f"{start} of {here}"
    return f"the {shown} in this answer" if here == shown else f"{start} of the {here} in this answer"


def _part(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, dict) else None


def _number(value: Any) -> int | None:
    """A count, also from a server that writes it as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value[:18])
    return (
        int(value) if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1 else None
    )


def _uri(link: Any) -> str:
    """Where a link of a list leads; empty where it leads nowhere."""
    uri = link.get("uri") if isinstance(link, dict) else link
    return uri.strip() if isinstance(uri, str) else ""


def _value(record: Any, paths: str) -> str:
    """The first of several values (``a.b|c``) that a record has, as text."""
    for path in paths.split("|"):
        value = record
        for key in path.split("."):
            value = _part(value, key)
        if isinstance(value, str) and re.fullmatch(_UTC_TIME, value):
            return value[:16].replace("T", " ")  # the heading says UTC
        if value is not None:
            return _text(value)
    return ""


def _text(value: Any) -> str:
    return "yes" if value is True else "no" if value is False else "" if value is None else str(value)
