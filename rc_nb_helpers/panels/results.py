"""What a panel shows of an API's answer: as a table that is sorted, as a tree, as JSON; and how much of it.

Whatever is large is cut before it goes to the page, and told: an answer of ten thousand records, or of five megabytes,
must not make the page wait. So it is sorted here, where all of the answer is.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

from ..pages import next_page
from ..redaction import HIDDEN, masked
from ..sentences.saying import say
from ..values import write_query

if TYPE_CHECKING:
    from ..calls import Call
    from ..results import Answer, RateLimit
    from ..snippets import Request
    from .view import Node, Plot, Result

COPIES = ("python", "curl", "csv")
"""What of an answer can be copied: the request in two languages, and its table."""
MOST_ROWS = 20
"""How many rows a table has at first."""
MOST_MORE_ROWS = 1000
"""How many it has when all of them are asked for: the most that RingCentral puts into one page of a list."""
MOST_CHARACTERS = 100_000
"""How much of an answer is shown as JSON."""
MOST_NODES = 2000
"""How much of an answer is shown as a tree."""
MOST_GUESSED = 6
"""How many columns a list gets of which nobody has said what it shall show."""
_MOST_LEVELS = 20
_UTC_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
_NUMBER = r"-?\d{1,18}(\.\d{1,18})?"

Order = Literal["ascending", "descending"]


@dataclass(frozen=True)
class Table:
    """An answer as rows and columns.

    Attributes:
        label: What was asked for.
        columns: The headings.
        values: All rows, each with a value for every column; None where there is none.
        amount: How much of everything the first rows are, as a caption; without it the rows are counted.
        is_text: Whether the rows are lines of a text; else they are fields.
        column: Of which column the order is; None for the order in which they came.
        order: Which it is.
    """

    label: str
    columns: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    amount: str = ""
    is_text: bool = False
    column: int | None = None
    order: Order = "ascending"

    def sorted_by(self, column: int) -> Table:
        """The same in the order of a column; in the opposite one where it has that already. Other columns: as it is.

        Numbers, and texts that are numbers, go by their size, times by when they were. What has no value comes last.
        """
        if not 0 <= column < len(self.columns):
            return self
        turned: Order = "descending" if (self.column, self.order) == (column, "ascending") else "ascending"
        key = _KEYS[self._kind(column)]
        filled = [row for row in self.values if _there(row[column])]
        filled.sort(key=lambda row: key(row[column]), reverse=turned == "descending")
        empty = [row for row in self.values if not _there(row[column])]
        return replace(self, values=(*filled, *empty), column=column, order=turned)

    def _kind(self, column: int) -> str:
        """What all values of a column are."""
        values = [row[column] for row in self.values if _there(row[column])]
        if all(not isinstance(each, bool) and re.fullmatch(_NUMBER, _text(each)) for each in values):
            return "number"
        return "time" if all(isinstance(each, str) and re.fullmatch(_UTC_TIME, each) for each in values) else "text"

    def rows(self, most: int) -> list[list[str]]:
        """The first rows as texts that are read: times to the minute."""
        return [[_cell(value) for value in row] for row in self.values[:most]]

    def whole(self) -> list[list[str]]:
        """All rows as texts, with times to the fraction of a second."""
        return [[_text(value) for value in row] for row in self.values]

    def caption(self, most: int) -> str:
        """What the table shows, and how much of it."""
        here, shown = len(self.values), min(len(self.values), most)
        if self.column is not None:  # the first rows are not the first records any more
            column, order = self.columns[self.column], _order(self._kind(self.column), self.order)
            if shown < here:
                return say("answer.sorted-some", call=self.label, shown=shown, here=here, column=column, order=order)
            return say("answer.sorted", call=self.label, here=here, column=column, order=order)
        if self.amount or shown == here:
            return self.amount or self.label
        if self.is_text:
            return say("answer.first-lines", call=self.label, shown=shown, here=here)
        return say("answer.first-fields", call=self.label, shown=shown, here=here)


@dataclass(frozen=True)
class Reading:
    """An answer, and how a person reads it now.

    Attributes:
        name: The id of the call.
        call: The call.
        line: The request and how it ended.
        answer: What came.
        table: The answer as a table; None where it has no such form.
        path: What was called, with its query.
        login: The login that it belongs to.
        most: How many rows of the table are shown.
        plot: The picture of it; None while nobody has asked for one.
        copies: What of it can be copied.
    """

    name: str
    call: Call
    line: str
    answer: Answer
    table: Table | None
    path: str
    login: object
    most: int = MOST_ROWS
    plot: Plot | None = None
    copies: tuple[str, ...] = ()

    def sorted_by(self, column: int) -> Reading:
        """The same, its table in the order of a column."""
        return self if self.table is None else replace(self, table=self.table.sorted_by(column))

    def with_all_rows(self) -> Reading:
        """The same with as many rows as a table can have."""
        return replace(self, most=MOST_MORE_ROWS)

    def with_picture(self, svg: str, text: str, columns: list[str], rows: list[list[str]]) -> Reading:
        """The same with a picture of it.

        Args:
            svg: The picture.
            text: What it shows, for who does not see it.
            columns: Headings of its numbers.
            rows: Its numbers.
        """
        image = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        return replace(self, plot={"image": image, "text": text, "columns": columns, "rows": rows})

    def next_page(self) -> str:
        """Where the list goes on; empty where it does not."""
        path, _, query = self.path.partition("?")
        following = next_page(self.answer.data, path, parse_qs(query)) if self.records else None
        return "?".join(filter(None, (following[0], write_query(following[1])))) if following else ""

    def request(self, server_url: str) -> Request:
        """What was sent, as it can be written down; the access token is not in it."""
        from ..snippets import Request

        return Request("GET", masked(server_url + self.path), (("Authorization", f"Bearer {HIDDEN}"),))

    @property
    def records(self) -> list[Any]:
        """The records of a list; none where the answer is no list."""
        return records_of(self.call, self.answer.data) or []

    @property
    def is_call_log(self) -> bool:
        """Whether a picture of calls can be made of it."""
        return self.call.path.partition("?")[0].endswith("/call-log") and bool(self.records)

    def result(self) -> Result:
        """What the page draws."""
        answer, table = self.answer, self.table
        shown: Result = {"call": self.name, "line": self.line, "facts": _facts(answer)}
        shown["copies"] = [kind for kind in self.copies if kind != "csv" or table is not None]
        if table is not None:
            shown |= {
                "caption": table.caption(self.most),
                "columns": list(table.columns),
                "rows": table.rows(self.most),
            }
            if table.column is not None:
                shown |= {"sort_column": table.column, "sort_order": table.order}
            if self.most < len(table.values) and self.most < MOST_MORE_ROWS:
                here = len(table.values)
                shown["more_rows"] = say("answer.more-rows", count=here)
                if here > MOST_MORE_ROWS:
                    shown["more_rows"] = say("answer.most-rows", count=MOST_MORE_ROWS)
        if not isinstance(answer.data, bytes | str):
            text, whole = _json(answer.data)
            shown |= {"json": text, "tree": [_node("", answer.data, itertools.count(1), 0)]}
            if not whole:
                shown["json_note"] = say("answer.json-cut", count=f"{len(text):,}")
        if self.next_page():
            shown["next_page"] = True
        if self.is_call_log:
            shown["can_plot"] = True
        if self.plot is not None:
            shown["plot"] = self.plot
        return shown


def table_of(call: Call, data: Any) -> Table | None:
    """An answer as a table; None where it is a bare value.

    Args:
        call: What was asked for. A list of a call that has no columns gets some that its records have.
        data: What came.
    """
    label = call.label
    if isinstance(data, bytes):
        return Table(say("answer.file", call=label), (say("answer.bytes-column"),), ((len(data),),))
    if isinstance(data, str):
        lines = tuple((line,) for line in data.splitlines())
        return Table(label, (say("answer.text-column"),), lines, is_text=True)
    records = records_of(call, data)
    if records is not None and (columns := call.columns or guessed_columns(records)):
        values = tuple(tuple(_value(record, path) for _, path in columns) for record in records)
        amount = _how_much(label, data, len(records))
        return Table(label, tuple(heading for heading, _ in columns), values, amount)
    if isinstance(data, dict):
        return Table(label, (say("answer.field-column"), say("answer.value-column")), tuple(_fields(data)))
    return None


def records_of(call: Call, data: Any) -> list[Any] | None:
    """The records of a list; None where the answer is none.

    Args:
        call: What was asked for.
        data: What came.
    """
    records = data if isinstance(data, list) else _part(data, call.records)
    return records if isinstance(records, list) else None


def guessed_columns(records: list[Any]) -> list[tuple[str, str]]:
    """Columns for records of which nobody has said what they show: simple values that most of them have."""
    some = [record for record in records[:50] if isinstance(record, dict)]
    found = Counter(path for record in some for path, _ in _fields(record) if path not in ("uri", "id"))
    if not found:
        found = Counter(path for record in some for path, _ in _fields(record))
    order = {path: position for position, path in enumerate(found)}
    best = sorted(found, key=lambda path: (-found[path], order[path]))[:MOST_GUESSED]
    return [
        (_heading(path, [_value(record, path) for record in some]), path)
        for path in sorted(best, key=order.__getitem__)
    ]


def _heading(path: str, values: list[Any]) -> str:
    """A heading of the path of a value: ``startTime`` becomes ``Start time (UTC)``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", path.replace(".", " ")).lower().strip()
    is_time = any(isinstance(value, str) and re.fullmatch(_UTC_TIME, value) for value in values)
    heading = f"{words[:1].upper()}{words[1:]}"
    return (say("answer.utc", heading=heading) if is_time else heading) or path


def _fields(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """An object's fields with their values, and those of the objects in it."""
    for name, value in data.items():
        if not isinstance(value, dict | list):
            yield str(name), value
    for outer, values in data.items():
        if isinstance(values, dict):
            yield from (
                (f"{outer}.{inner}", each) for inner, each in values.items() if not isinstance(each, dict | list)
            )


def _how_much(call: str, data: Any, here: int) -> str:
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
    if total is not None and (total > here or (total == here and not more)):
        if total == shown:
            return say("answer.all", call=call, shown=shown)
        return say("answer.later-of" if later else "answer.first-of", call=call, shown=shown, total=total)
    if more or later:
        return say("answer.later-and-more" if later else "answer.first-and-more", call=call, shown=shown)
    if isinstance(links, dict) or pages == 1:  # it would have said so
        if here == shown:
            return say("answer.all", call=call, shown=shown)
        return say("answer.first-of", call=call, shown=shown, total=here)
    if here == shown:
        return say("answer.all-in-answer", call=call, shown=shown)
    return say("answer.first-in-answer", call=call, shown=shown, here=here)


def _json(data: Any) -> tuple[str, bool]:
    """The beginning of an answer as JSON, and whether it is the whole."""
    written, size = [], 0
    try:
        for part in json.JSONEncoder(indent=2).iterencode(data):
            written.append(part)
            size += len(part)
            if size > MOST_CHARACTERS:
                break
        else:
            return "".join(written), True
    except RecursionError:  # it is nested deeper than can be written
        pass
    return "".join(written)[:MOST_CHARACTERS], False


def _node(name: str, value: Any, count: Iterator[int], level: int) -> Node:
    """A value as a part of a tree. Where the tree would be too large, it says how much is left out."""
    if not isinstance(value, dict | list):
        return {"name": name, "text": "null" if value is None else _text(value)}
    is_object = isinstance(value, dict)
    if level >= _MOST_LEVELS:
        hidden = say("answer.fields-not-shown" if is_object else "answer.items-not-shown", count=len(value))
        return {"name": name, "text": hidden}
    nodes: list[Node] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    for inner, each in pairs:
        if next(count) > MOST_NODES:
            nodes.append({"name": "", "text": say("answer.more-not-shown", count=len(value) - len(nodes))})
            break
        nodes.append(_node(str(inner), each, count, level + 1))
    size = say("answer.fields" if is_object else "answer.items", count=len(value))
    return {"name": name, "text": size, "nodes": nodes}


def _facts(answer: Answer) -> str:
    """How large an answer is, and what the rate limit leaves."""
    size = answer.size
    if size < 1000:
        facts = say("answer.bytes", count=size)
    elif size < 1e6:
        facts = say("answer.kilobytes", count=f"{size / 1000:.1f}")
    else:
        facts = say("answer.megabytes", count=f"{size / 1e6:.1f}")
    return f"{facts} · {_left(answer.rate_limit)}" if answer.rate_limit else facts


def _left(limit: RateLimit) -> str:
    left, most, window = limit.remaining, limit.limit, limit.window
    if limit.group:
        return say("answer.limit-of-group", remaining=left, limit=most, group=limit.group, window=window)
    return say("answer.limit", remaining=left, limit=most, window=window)


def _order(kind: str, order: Order) -> str:
    up = order == "ascending"
    if kind == "number":
        return say("answer.smallest-first" if up else "answer.largest-first")
    if kind == "time":
        return say("answer.oldest-first" if up else "answer.newest-first")
    return say("answer.a-to-z" if up else "answer.z-to-a")


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


def _value(record: Any, paths: str) -> Any:
    """The first of several values (``a.b|c``) that a record has; None where it has none."""
    for path in paths.split("|"):
        value = record
        for key in path.split("."):
            value = _part(value, key)
        if value is not None:
            return value
    return None


def _there(value: Any) -> bool:
    return value is not None and value != ""


def _moment(text: str) -> str:
    """A time in UTC, so that texts compare as the moments do, with fractions of a second and without."""
    return text.rstrip("Z").ljust(26, "0") if "." in text else f"{text.rstrip('Z')}.".ljust(26, "0")


def _cell(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(_UTC_TIME, value):
        return value[:16].replace("T", " ")  # the heading says UTC
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return say("answer.yes" if value else "answer.no")
    return "" if value is None else str(value)


_KEYS: dict[str, Callable[[Any], Any]] = {
    "number": lambda value: float(_text(value)),
    "time": _moment,
    "text": lambda value: _text(value).casefold(),
}
"""What the values of a column are compared by."""
