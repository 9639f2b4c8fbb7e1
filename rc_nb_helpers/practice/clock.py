"""The platform's time, which can be moved forward so that nobody has to wait for something to expire."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Returns the seconds since the epoch."""


class MovableClock:
    """``clock``, plus what it was moved by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moved = 0.0

    def __call__(self) -> float:
        """Return the seconds since the epoch, as far as this platform is concerned."""
        return self._clock() + self._moved

    @property
    def moved(self) -> float:
        """Seconds that it is ahead."""
        return self._moved

    def advance(self, seconds: float) -> None:
        """Move it forward. It cannot go back: what has expired stays so. Raises ValueError for less than 0."""
        if not seconds >= 0:
            raise ValueError("The clock only goes forward: give a number of seconds from 0")
        self._moved += seconds

    def reset(self) -> None:
        """Show the real time again. Only for those who also forget all that happened in the meantime."""
        self._moved = 0.0
