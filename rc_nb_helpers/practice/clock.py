"""The platform's time, which can be moved forward so that nobody has to wait for something to expire."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Returns the seconds since the epoch."""
MOST_AHEAD_SECONDS = 366 * 86400
"""Seconds that the platform's time can be ahead."""


class MovableClock:
    """The real time, plus what it was moved by.

    What is granted ends by this clock. What happens in the room goes by ``real``: faults, the record, who is stuck, and
    the instructor's sign-ins.

    Args:
        real: The real time.
    """

    def __init__(self, real: Clock) -> None:
        self.real = real
        self._moved = 0.0

    def __call__(self) -> float:
        """The seconds since the epoch, as far as this platform is concerned."""
        return self.real() + self._moved

    @property
    def moved(self) -> float:
        """Seconds that it is ahead."""
        return self._moved

    def advance(self, seconds: float) -> None:
        """Move it forward.

        Args:
            seconds: How far.

        Raises:
            ValueError: Less than 0, or more than ``MOST_AHEAD_SECONDS`` in all.
        """
        if not 0 <= seconds <= MOST_AHEAD_SECONDS - self._moved:
            raise ValueError(f"The clock goes forward only, and to at most {MOST_AHEAD_SECONDS} seconds ahead")
        self._moved += seconds

    def restore(self) -> None:
        """Show the real time again. What was given in the meantime keeps its end, which is further away now."""
        self._moved = 0.0
