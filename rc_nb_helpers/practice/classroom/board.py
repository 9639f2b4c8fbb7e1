"""The instructor's board: how far everybody is, made from nothing but what the platform saw."""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..company.people import ADMINISTRATOR, Company
from ..login.apps import App
from ..stages import Stage
from .names import Names
from .record import Progress, Record
from .seat_links import SeatLinks
from .stuck import SeatsByBrowser, StuckList
from .words import in_words

STEPS = (
    Stage.APP_MADE,
    Stage.SIGN_IN_SEEN,
    Stage.CONSENT_GIVEN,
    Stage.CODE_EXCHANGED,
    Stage.API_CALLED,
    Stage.REFRESHED,
    Stage.LOGGED_OUT,
)
"""The board's columns, in the order of the tutorial."""
PROTECTIONS = (Stage.STATE_SENT, Stage.S256_USED)
"""Two more columns: protections, which may be missing from a login that works."""
_UNKNOWN = "Nobody knows whose"
MOST_OTHERS = 300
"""Apps that are shown beside the seats of a class: the board stays readable when somebody makes a thousand."""


Group = Literal["seat", "app", "own", "unknown"]


@dataclass(frozen=True)
class Row:
    """How far a learner is, or an app where there is no class. Times are real ones, in seconds since the epoch.

    Two are equal when the board shows the same for them, so ``requests`` and ``seen_at`` do not count.

    Attributes:
        key: Names it uniquely: a seat, or a client id.
        name: What the row is called.
        group: A ``seat`` of the class, any other ``app``, the instructor's ``own`` one, or what is of ``unknown`` apps.
        detail: What else tells who it is.
        called: What the person is called, for the instructor's eyes.
        reached: When each stage was reached for the first time.
        errors: How many were met.
        last_error: The code that was met last.
        requests: How many there were.
        seen_at: When the last one was.
        stuck_since: Since when it waits for the instructor; None when it does not.
        alive: How many logins have a token that still works.
    """

    key: str
    name: str
    group: Group
    detail: str
    called: str = field(repr=False)
    reached: dict[Stage, float]
    errors: int
    last_error: str
    requests: int = field(compare=False)
    seen_at: float = field(compare=False)
    stuck_since: float | None
    alive: int = 0

    def has(self, step: Stage) -> bool:
        """Whether a step was reached. Who is listed has an app, perhaps one from before the start."""
        return step in self.reached or (step is Stage.APP_MADE and self.group != "unknown")

    @property
    def steps_reached(self) -> int:
        """How many of the steps were reached."""
        return sum(self.has(step) for step in STEPS)

    @property
    def words(self) -> str:
        """What the last error means, in plain words."""
        return in_words(self.last_error)


@dataclass(frozen=True)
class Board:
    """The board of one platform.

    Attributes:
        record: What the platform saw.
        company: Its people, learners among them.
        stuck: Who called the instructor.
        seats: Which seat a browser is at, where somebody has said so.
        seat_links: Which seat's link was used on several computers.
        names: What the people are called.
        built_in: The app that nobody made.
        alive: Says how many logins of each app have a token that still works, by client id.
    """

    record: Record
    company: Company
    stuck: StuckList
    seats: SeatsByBrowser
    seat_links: SeatLinks
    names: Names
    built_in: App
    alive: Callable[[], Counter[str]]

    def rows(self, *, whole: bool = False) -> list[Row]:
        """The seats, then other apps in the order in which they were first seen, then the instructor's own one.

        Without a class, the app that is built in comes first. Last, if there were any, errors that belong to no app.

        Args:
            whole: Count everything, also where a part of the lesson was begun.
        """
        counted = (lambda progress: progress) if whole else self.record.counted
        alive = self.alive()
        seen: dict[str, list[Progress]] = {}
        for progress in self.record.progress():
            seen.setdefault(self._key(progress), []).append(progress)
        own = seen.pop(self.built_in.client_id, [])
        seats = [person.username for person in self.company.learners]
        listed = [self._row(seat, "seat", seen.pop(seat, []), alive, counted) for seat in seats]
        listed += [self._row(key, "app", seen[key], alive, counted) for key in list(seen)[-MOST_OTHERS:]]
        built_in = self._row(self.built_in.client_id, "own" if seats else "app", own, alive, counted)
        listed = [*listed, built_in] if seats else [built_in, *listed]
        unknown = self._row(_UNKNOWN, "unknown", [self.record.unknown], alive, counted)
        return [*listed, unknown] if unknown.errors else listed

    def apps_of_seats(self) -> set[str]:
        """The client ids of the apps that are listed under a seat."""
        seats = {person.username for person in self.company.learners}
        return {progress.client_id for progress in self.record.progress() if self._key(progress) in seats}

    def _key(self, progress: Progress) -> str:
        """Whose progress it is: a seat, a name that somebody gave, or the app's own id."""
        if progress.client_id == self.built_in.client_id:
            return progress.client_id
        for name in (progress.owner, *progress.usernames):
            if (person := self.company.find(name)) and person.learner:
                return person.username
        return self.seats.get(progress.owner) or progress.client_id

    def _row(
        self,
        key: str,
        group: Group,
        seen: list[Progress],
        alive: Counter[str],
        counted: Callable[[Progress], Progress],
    ) -> Row:
        reached: dict[Stage, float] = {}
        counting = [counted(progress) for progress in seen]
        for progress in counting:
            for stage, at in progress.stages.items():
                reached[stage] = min(at, reached.get(stage, at))
        people = dict.fromkeys(name for progress in seen for name in progress.usernames if name != key)
        apps = dict.fromkeys(progress.app_name for progress in seen if progress.owner != key)
        latest = max(seen, key=lambda one: one.seen_at, default=None)
        failed = [progress for progress in counting if progress.last_error]
        name, detail, called = key, [*apps], self.names.of(key)
        if key == self.built_in.client_id:
            name, detail = self.built_in.name, []
        elif group == "unknown":
            name, detail = key, ["an id, a secret or a token that belongs to no app"]
        elif latest and key == latest.client_id:
            name, detail = latest.app_name, []
        elif group == "app":  # without seats, the key is what somebody has said they are called
            name, detail, called = ", ".join(apps), [], key
        detail += [person.name for one in people if (person := self.company.find(one))]
        if (computers := self.seat_links.computers(ADMINISTRATOR.username if group == "own" else key)) > 1:
            detail.append(f"its link was used on {computers} computers, or in {computers} folders")
        return Row(
            key=key,
            name=name,
            group=group,
            detail=", ".join(detail),
            called=called,
            reached=reached,
            errors=sum(progress.errors.total() for progress in counting),
            last_error=max(failed, key=lambda one: one.seen_at).last_error if failed else "",
            alive=sum(alive[progress.client_id] for progress in seen),
            requests=sum(progress.requests for progress in seen),
            seen_at=latest.seen_at if latest else 0.0,
            stuck_since=self.stuck.since(key),
        )


def as_csv(listed: Sequence[Row]) -> str:
    """The board as a table for a spreadsheet, with local times and their offset from UTC (ISO 8601).

    It will be kept and passed on, so nobody's name is in it.
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    rest = (
        "denied",
        *(one.value for one in PROTECTIONS),
        "tokens alive",
        "errors met",
        "last error",
        "in words",
        "requests",
        "last seen",
        "stuck since",
    )
    writer.writerow(["name", "details", *(step.value for step in STEPS), *rest])
    for row in listed:
        writer.writerow(
            _harmless(value)
            for value in (
                row.name,
                row.detail,
                *(_moment(row.reached.get(step)) or ("before" if row.has(step) else "") for step in STEPS),
                *(_moment(row.reached.get(one)) for one in (Stage.DENIED, *PROTECTIONS)),
                str(row.alive),
                str(row.errors),
                row.last_error,
                row.words,
                str(row.requests),
                _moment(row.seen_at),
                _moment(row.stuck_since),
            )
        )
    return text.getvalue()


def _harmless(value: str) -> str:
    """``value`` so that no spreadsheet takes it for a formula (OWASP, "CSV Injection")."""
    return "'" + value if value.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) else value


def _moment(at: float | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(at)) if at else ""
