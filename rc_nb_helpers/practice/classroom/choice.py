"""Which rows of the board an instructor wants to see, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ..stages import Stage
from .board import STEPS, Row

SILENT_SECONDS = 300
"""Seconds without a request after which somebody is called silent."""
SORTS = {
    "stuck": "Stuck first",
    "errors": "Most errors first",
    "silent": "Silent for longest first",
    "behind": "Furthest behind first",
    "seat": "By seat",
}
"""The orders, in words; the first one holds when nothing is chosen."""
_NOT_YET = {f"before-{step.value.lower().replace(' ', '-')}": step for step in STEPS if step is not Stage.APP_MADE}
SHOWS = {
    "all": "Everybody",
    "stuck": "Who is stuck",
    "errors": "Who met errors",
    "silent": "Silent in the last 5 minutes",
    **{name: f"Not yet: {step.value}" for name, step in _NOT_YET.items()},
}
"""The filters, in words; the first one holds when nothing is chosen."""

_ORDERS: dict[str, Callable[[Row], float]] = {
    "stuck": lambda row: row.stuck_since or float("inf"),
    "errors": lambda row: -row.errors,
    "silent": lambda row: row.seen_at,
    "behind": lambda row: row.steps_reached,
    "seat": lambda row: 0,
}


@dataclass(frozen=True)
class Choice:
    """What an instructor has chosen.

    Attributes:
        sort: One of ``SORTS``.
        show: One of ``SHOWS``.
    """

    sort: str = next(iter(SORTS))
    show: str = next(iter(SHOWS))

    @classmethod
    def of(cls, sort: str | None, show: str | None) -> Choice:
        """The choice that an address names; what it does not know is as if nothing was chosen."""
        return cls(sort if sort in SORTS else cls.sort, show if show in SHOWS else cls.show)

    @property
    def query(self) -> str:
        """What the address of the board says of it, with its question mark; empty when nothing was chosen."""
        chosen = {name: value for name, value in vars(self).items() if value != getattr(Choice, name)}
        return f"?{urlencode(chosen)}" if chosen else ""

    def of_rows(self, rows: Sequence[Row], now: float) -> list[Row]:
        """The rows to show, in order. What belongs to no app comes last.

        Args:
            rows: All, by seat.
            now: The real time, in seconds since the epoch.
        """
        order = _ORDERS[self.sort]
        chosen = rows if self.show == "all" else [row for row in rows if self._shows(row, now)]
        return sorted(chosen, key=lambda row: (row.group == "unknown", order(row)))

    def _shows(self, row: Row, now: float) -> bool:
        if self.show == "errors":
            return row.errors > 0
        if row.group == "unknown":
            return False  # it is nobody who could be stuck, silent or behind
        if self.show == "stuck":
            return row.stuck_since is not None
        if self.show == "silent":
            return now - row.seen_at >= SILENT_SECONDS
        return not row.has(_NOT_YET[self.show])
