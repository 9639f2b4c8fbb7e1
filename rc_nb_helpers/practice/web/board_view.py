"""The board as parts of a page: those that change are drawn here, and drawn anew only when they did."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote

from ..backend import Backend
from ..classroom.board import PROTECTIONS, STEPS, Row
from ..classroom.choice import SILENT_SECONDS, Choice
from ..classroom.summary import in_one_line
from ..faults import PlannedFault
from ..login.codes import CODE_SECONDS
from ..stages import Stage
from .pages import render

View = Literal["table", "projector"]
PLACES = {
    "api": "calls of the API",
    "token": "the exchange of codes and refreshing",
    "authorize": "the first step of a login",
    "revoke": "logging out",
    "consent": "consent",
}
"""Where a fault strikes, in words."""
MANY, TOO_MANY = 60, 120
"""Rows beyond which the projector shows of a seat the number, without ``learner-``, and beyond which no names: they
would be too small to read."""


@dataclass(frozen=True)
class Part:
    """A part of the page.

    Attributes:
        id: That of its element.
        place: The id of the element that it is in.
        html: The element.
    """

    id: str
    place: str
    html: str


@dataclass(frozen=True)
class InForce:
    """Something that holds for the whole room.

    Attributes:
        undo: What its Stop button sends.
        what: What it is, in words.
        until: For whom, or for how many answers, in words.
        ends_at: Until when, in seconds since the epoch; None: until it is stopped or used up.
        since: Since when, where that is what counts.
    """

    undo: str
    what: str
    until: str
    ends_at: float | None = None
    since: float | None = None


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits for help, as it is shown.

    Attributes:
        seat: Where; empty where only a name is known and names are not to be shown.
        called: What the person is called, if it is known and to be shown.
        since: Since when, in seconds since the epoch.
        row: The id of the row with what they have done, if there is one.
    """

    seat: str
    called: str = field(repr=False)
    since: float
    row: str = ""


class BoardView:
    """Draws the parts of one view, each anew only when what it shows has changed."""

    def __init__(self, backend: Backend, view: View) -> None:
        self._backend = backend
        self._view = view
        self._drawn: dict[str, tuple[Any, Part]] = {}

    def parts(self, choice: Choice) -> dict[str, Part]:
        """The parts to show, by id, in the order of the page."""
        table, in_class = self._view == "table", self._backend.learners > 0
        everything = self._backend.board.rows()
        now = self._backend.clock.real()
        # In a class an app that nobody's seat is known of is one more row, and not one more learner.
        counted = [row for row in everything if row.group == ("seat" if in_class else "app")]
        own = [row for row in everything if table and row.group == "own"]
        listed = [row for row in everything if row.group != "own" and (table or row.group != "unknown")]
        chosen = choice.of_rows(listed, now)
        waiting = self._waiting(chosen)
        drawn: dict[str, tuple[Any, Part]] = {}

        def draw(id_: str, place: str, what: Any, html: Callable[[], bytes]) -> None:
            old = self._drawn.get(id_)
            drawn[id_] = old if old and old[0] == what else (what, Part(id_, place, html().decode().strip()))

        in_part = self._backend.record.part_began_at is not None
        line = in_one_line(counted, waiting=len(waiting), one="learner" if in_class else "app", in_part=in_part)
        draw("now", "", line, lambda: render("board-now.html", line=line))
        draw("waiting", "", waiting, lambda: self._render("waiting", waiting=waiting))
        counts = [sum(row.has(step) for row in counted) for step in STEPS]
        total, errors = len(counted), sum(row.errors for row in counted)
        protected = [sum(one in row.reached for row in counted) for one in PROTECTIONS]
        alive = sum(row.alive for row in counted)
        draw(
            "counts",
            "",
            (counts, total, errors, protected, alive),
            lambda: self._render("counts", counts=counts, total=total, errors=errors, protected=protected, alive=alive),
        )
        if table:
            running, shown = self._running(), (len(chosen), len(listed))
            draw("running", "", running, lambda: self._render("running", running=running))
            draw("shown", "", shown, lambda: self._render("shown", shown=shown))
        called = table or (self._backend.names.on_projector and len(listed) <= TOO_MANY)
        numbers = len(listed) > MANY
        # Also those that this viewer has not chosen: others look, too, and nobody's rows are drawn twice.
        for row in (*listed, *own):
            silent = row.seen_at if table and 0 < row.seen_at <= now - SILENT_SECONDS else 0.0
            draw(
                _element_id(row.key),
                "own" if row.group == "own" else "rows",
                (row, silent, called, numbers),
                lambda row=row, silent=silent: self._render(  # type: ignore[misc]
                    "row",
                    row=row,
                    id=_element_id(row.key),
                    called=row.called if called else "",
                    silent=silent,
                    numbers=numbers,
                ),
            )
        self._drawn = drawn
        around = [id_ for id_, (_, part) in drawn.items() if not part.place]
        return {id_: drawn[id_][1] for id_ in (*around, *(_element_id(row.key) for row in (*chosen, *own)))}

    def _waiting(self, chosen: Sequence[Row]) -> list[Waiting]:
        """Who waits, those who have waited longest first."""
        names, seats = self._backend.names, self._backend.learners > 0
        if self._view == "projector" and not names.on_projector:
            # Where there are no seats, people have said what they are called.
            return [Waiting(seat if seats else "", "", since) for seat, since in self._backend.stuck.waiting()]
        rows = {row.key: _element_id(row.key) for row in chosen}
        return [
            Waiting(seat, names.of(seat), since, rows.get(seat, "")) for seat, since in self._backend.stuck.waiting()
        ]

    def _running(self) -> list[InForce]:
        """What holds for everybody."""
        backend = self._backend
        running = [
            InForce(
                f"{one.endpoint}:{one.name}",
                one.fault.summary,
                f"in {PLACES[one.endpoint]}{_answers(one)}",
                one.ends_at,
            )
            for one in backend.faults.planned()
            if one.client_id is None
        ]
        if backend.limits.strict:
            running.append(InForce("limits", "real rate limits", "for every app"))
        if (lives := backend.codes.lifetime(None)) != CODE_SECONDS:
            running.append(InForce("code-life", f"codes live {lives} seconds", "for everybody"))
        if backend.record.part_began_at is not None:
            began_at = backend.record.part_began_at
            running.append(InForce("part", "the columns show this part", "of the lesson,", since=began_at))
        if backend.clock.moved:
            running.append(InForce("clock", f"the clock is {_ahead(backend.clock.moved)} ahead", "for everybody"))
        return running

    def _render(self, part: str, **values: Any) -> bytes:
        return render(
            f"board-{self._view}-{part}.html",
            steps=STEPS,
            protections=PROTECTIONS,
            Stage=Stage,
            at=clock_time,
            **values,
        )


def _answers(planned: PlannedFault) -> str:
    if planned.ends_at is not None:
        return ","
    return ", for the next answer" if planned.times == 1 else f", for the next {planned.times} answers"


def _ahead(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    return " ".join(f"{number} {name}{'s' if number > 1 else ''}" for number, name in parts if number)


def clock_time(at: float | None, *, seconds: bool = False) -> str:
    """The time of day as HTML: here, in this computer's zone; the page changes it to that of the browser."""
    if not at:
        return ""
    shape = "%H:%M:%S" if seconds else "%H:%M"
    exact = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return f'<time datetime="{exact}">{time.strftime(shape, time.localtime(at))}</time>'


@lru_cache(maxsize=4096)
def _element_id(key: str) -> str:
    """The id of the row with this key; many boards ask for it at once."""
    return "row-" + quote(key, safe="")
