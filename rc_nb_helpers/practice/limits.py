"""Rate limits: how many requests a person may make with an app in a minute, and the penalty beyond.

Rules: RingCentral's "API rate limits". They count for each usage plan group, person and app. A minute of penalty
follows a request too many, and each request during the penalty starts it again.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

from .clock import Clock

Group = Literal["light", "medium", "heavy", "auth"]
"""A usage plan group (``x-throttling-group`` in RingCentral's OpenAPI)."""
LIMITS: dict[Group, int] = {"light": 50, "medium": 40, "heavy": 10, "auth": 5}
"""Requests in one window."""
WINDOW_SECONDS = 60
"""Seconds that requests are counted for."""
PENALTY_SECONDS = 60
"""Seconds without service after a request too many."""
RELAXED_FACTOR = 1000
"""How much larger the relaxed limits are: nobody is punished for running a cell again."""
MOST_WINDOWS = 20_000


@dataclass(frozen=True)
class Usage:
    """Where a caller stands after one more request.

    Attributes:
        group: The usage plan group.
        limit: How many requests fit in a window.
        remaining: How many of them are left.
        retry_after: Seconds to wait if this was one too many; None when it was not.
    """

    group: Group
    limit: int
    remaining: int
    retry_after: int | None = None

    def headers(self) -> dict[str, str]:
        """The headers by which RingCentral tells it."""
        shown = {
            "X-Rate-Limit-Group": self.group,
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(self.remaining),
            "X-Rate-Limit-Window": str(WINDOW_SECONDS),
        }
        if self.retry_after is not None:
            shown["Retry-After"] = str(self.retry_after)
        return shown


@dataclass
class _Window:
    began_at: float
    used: int = 0
    penalty_ends_at: float = 0.0

    def holds(self, now: float) -> bool:
        """Whether requests still count in it. The clock may have been set back to before it began."""
        return self.began_at <= now < max(self.began_at + WINDOW_SECONDS, self.penalty_ends_at)


class RateLimiter:
    """Counts requests.

    Args:
        clock: Windows and penalties go by it.
        strict: Whether RingCentral's real limits hold. They are relaxed otherwise, and one app can be set apart.
    """

    def __init__(self, clock: Clock, *, strict: bool = False) -> None:
        self.strict = strict
        self._clock = clock
        self._strict_apps: dict[str, bool] = {}
        self._windows: dict[tuple[str, str, Group], _Window] = {}

    def set_strict(self, client_id: str, strict: bool | None) -> None:
        """Choose the real limits or relaxed ones for one app, and count from zero; None: as for the whole platform."""
        self.forget(client_id)
        if strict is not None:
            self._strict_apps[client_id] = strict

    def is_strict(self, client_id: str) -> bool:
        """Whether the real limits hold for an app."""
        return self._strict_apps.get(client_id, self.strict)

    def count(self, *, client_id: str, username: str, group: Group) -> Usage:
        """Count one request, and return where the caller stands.

        Args:
            client_id: The app that sends it.
            username: The person for whom it is sent.
            group: The usage plan group of what is asked for.
        """
        now = self._clock()
        key = (client_id, username, group)
        window = self._windows.get(key)
        if window is None or not window.holds(now):
            window = self._open(key, now)
        if not self.is_strict(client_id):
            window.used += 1
            limit = LIMITS[group] * RELAXED_FACTOR
            return Usage(group, limit, max(0, limit - window.used))
        limit = LIMITS[group]
        if now < window.penalty_ends_at or window.used >= limit:
            window.penalty_ends_at = now + PENALTY_SECONDS
            return Usage(group, limit, 0, PENALTY_SECONDS)
        window.used += 1
        return Usage(group, limit, limit - window.used)

    def forget(self, client_id: str | None = None) -> None:
        """Count from zero again, for one app or for all; also forget what ``set_strict`` chose."""
        if client_id is None:
            self._windows.clear()
            self._strict_apps.clear()
            return
        self._strict_apps.pop(client_id, None)
        for key in [key for key in self._windows if key[0] == client_id]:
            del self._windows[key]

    def _open(self, key: tuple[str, str, Group], now: float) -> _Window:
        # The dict is in order of opening. Two out for one in keeps it small.
        self._windows.pop(key, None)
        for oldest in list(itertools.islice(self._windows, 2)):
            if not self._windows[oldest].holds(now) or len(self._windows) >= MOST_WINDOWS:
                del self._windows[oldest]
        window = self._windows[key] = _Window(now)
        return window
