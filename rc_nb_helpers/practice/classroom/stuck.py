"""Who is stuck and waits for the instructor, and which browser says it sits at which seat."""

from __future__ import annotations

import re
from typing import Any

from ..clock import Clock
from ..company.people import Company

MOST_STUCK = 1000
MOST_BROWSERS = 2000
_MOST_NAME_LENGTH = 30
WRITTEN_SEAT = re.compile(r"(?:learner[- ]?)?0*([0-9]{1,4})", re.IGNORECASE)
"""The ways to write a seat, its number as the group."""
HELPED_SECONDS = 600
"""Seconds for which somebody is told that the instructor has helped them."""


def seat_named(text: str, company: Company) -> str | None:
    """The seat that a person means by ``text``, or None.

    In a class it is one of its seats: ``7`` and ``Learner 7`` mean ``learner-007``. Without a class it is any name.
    """
    name = " ".join(text.split())
    if not company.learners:
        return name if name and name.isprintable() and len(name) <= _MOST_NAME_LENGTH else None
    if (number := WRITTEN_SEAT.fullmatch(name)) and 1 <= int(number[1]) <= len(company.learners):
        return company.learners[int(number[1]) - 1].username
    return None


class StuckList:
    """The seats at which somebody pressed "I'm stuck", those that wait longest first.

    Args:
        clock: The real time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}
        self._helped: dict[str, float] = {}

    def press(self, seat: str) -> None:
        """Put ``seat`` at the end of the list, if it is not on it yet."""
        self._helped.pop(seat, None)
        if len(self._since) < MOST_STUCK:
            self._since.setdefault(seat, self._clock())

    def release(self, seat: str) -> None:
        """Take ``seat`` off the list: it has found the way."""
        self._since.pop(seat, None)

    def help(self, seat: str) -> None:
        """Take ``seat`` off the list because the instructor says that it was helped, which it is told for a while."""
        if self._since.pop(seat, None) is not None:
            self._helped[seat] = self._clock()

    def was_helped(self, seat: str) -> bool:
        """Whether the instructor has said so lately, and the seat has not called again."""
        at = self._helped.get(seat)
        return at is not None and self._clock() - at <= HELPED_SECONDS

    def forget(self) -> None:
        """Forget everybody."""
        self._since.clear()
        self._helped.clear()

    def since(self, seat: str) -> float | None:
        """Since when ``seat`` waits, in seconds since the epoch; None when it does not."""
        return self._since.get(seat)

    def place(self, seat: str) -> int:
        """The place of ``seat`` on the list, from 1."""
        return list(self._since).index(seat) + 1

    def waiting(self) -> list[tuple[str, float]]:
        """The seats, and since when each waits, in seconds since the epoch."""
        return list(self._since.items())

    def to_keep(self) -> dict[str, float]:
        """Since when each waits, as plain JSON data."""
        return dict(self._since)

    def take_back(self, kept: dict[str, Any]) -> None:
        """Go on with those who waited."""
        self._since = {str(seat): float(since) for seat, since in kept.items()}


class SeatsByBrowser:
    """Which seat each browser says it is at, so that the apps made in it are known as that seat's.

    Nobody has to prove it: it only decides under which name an app is listed.
    """

    def __init__(self) -> None:
        self._seats: dict[str, str] = {}

    def claim(self, owner: str, seat: str) -> None:
        """Note that a browser is at ``seat``.

        Args:
            owner: The browser's name, as the apps that were made in it know it.
            seat: One of the class.
        """
        if len(self._seats) >= MOST_BROWSERS and owner not in self._seats:
            del self._seats[next(iter(self._seats))]
        self._seats[owner] = seat

    def get(self, owner: str) -> str | None:
        """The seat of a browser, or None when it never said."""
        return self._seats.get(owner)

    def owners(self) -> list[str]:
        """The browsers that have said it."""
        return list(self._seats)

    def forget(self) -> None:
        """Forget every browser."""
        self._seats.clear()

    def to_keep(self) -> dict[str, str]:
        """The seat of each browser, as plain JSON data."""
        return dict(self._seats)

    def take_back(self, kept: dict[str, Any]) -> None:
        """Go on with what the browsers said."""
        self._seats = {str(owner): str(seat) for owner, seat in kept.items()}
