"""The board as parts of a page: those that change are drawn here, and drawn anew only when they did."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from ..backend import Backend
from ..classroom.board import STEPS, Row
from ..faults import PlannedFault
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
MANY = 60
"""Seats beyond which the projector shows their numbers alone: names would be too small to read."""


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
    """

    undo: str
    what: str
    until: str
    ends_at: float | None = None


class BoardView:
    """Draws the parts of one view, each anew only when what it shows has changed."""

    def __init__(self, backend: Backend, view: View) -> None:
        self._backend = backend
        self._view = view
        self._drawn: dict[str, tuple[Any, Part]] = {}

    def parts(self) -> dict[str, Part]:
        """All parts, by id, in the order of the page."""
        listed = self._backend.board.rows()
        # In a class an app that nobody's seat is known of is one more row, and not one more learner.
        counted = [row for row in listed if row.group == ("seat" if self._backend.learners else "app")]
        waiting = self._backend.stuck.waiting()
        drawn: dict[str, tuple[Any, Part]] = {}

        def draw(id_: str, place: str, what: Any, html: Callable[[], bytes]) -> None:
            old = self._drawn.get(id_)
            drawn[id_] = old if old and old[0] == what else (what, Part(id_, place, html().decode().strip()))

        draw("waiting", "", waiting, lambda: self._render("waiting", waiting=waiting))
        counts = [sum(row.has(step) for row in counted) for step in STEPS]
        total, errors = len(counted), sum(row.errors for row in counted)
        draw(
            "counts",
            "",
            (counts, total, errors),
            lambda: self._render("counts", counts=counts, total=total, errors=errors),
        )
        if self._view == "table":
            running = self._running()
            draw("running", "", running, lambda: self._render("running", running=running))
        for row in listed:
            if self._view == "projector" and row.group in ("own", "unknown"):
                continue
            draw(
                _element_id(row),
                "own" if row.group == "own" else "rows",
                row,
                lambda row=row: self._render("row", row=row, id=_element_id(row)),  # type: ignore[misc]
            )
        self._drawn = drawn
        return {id_: part for id_, (_, part) in drawn.items()}

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
        if backend.clock.moved:
            running.append(InForce("clock", f"the clock is {_ahead(backend.clock.moved)} ahead", "for everybody"))
        return running

    def _render(self, part: str, **values: Any) -> bytes:
        many = self._backend.learners > MANY
        return render(f"board-{self._view}-{part}.html", steps=STEPS, Stage=Stage, at=clock_time, many=many, **values)


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


def _element_id(row: Row) -> str:
    return "row-" + quote(row.key, safe="")
