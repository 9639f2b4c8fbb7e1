"""Tells browsers that show the board what changes on it: at most twice a second, and nothing while nobody looks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from ..backend import Backend
from ..classroom.choice import Choice
from ..classroom.record import Entry
from .board_view import BoardView, Part, View

PAUSE_SECONDS = 0.5
"""Seconds between two messages to a viewer."""
LOOK_AGAIN_SECONDS = 5.0
"""Seconds after which the board is looked at even if there was no request: faults run out, and controls of Python
leave no trace in the record. What is sent then also finds out who has gone."""
MOST_VIEWERS = 20

Change = tuple[str, str, str | list[str] | None]
"""Id of the element, the element it belongs in, and its HTML (None: it is gone). Or the ids of all that is in it."""


class BoardFeed:
    """Follows the record for as long as there are viewers. Only the thread of the event loop may use it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._views: dict[View, BoardView] = {}
        self._viewers: set[Viewer] = set()
        self._unsubscribe: Callable[[], None] | None = None

    @property
    def full(self) -> bool:
        """Whether as many look as can."""
        return len(self._viewers) >= MOST_VIEWERS

    def parts(self, view: View, choice: Choice) -> dict[str, Part]:
        """What is on the board now, of what somebody wants to see."""
        if view not in self._views:
            self._views[view] = BoardView(self._backend, view)
        return self._views[view].parts(choice)

    def join(self, view: View, choice: Choice) -> Viewer:
        """Make a new viewer, who is told what changes."""
        viewer = Viewer(self, view, choice)
        self._viewers.add(viewer)
        if self._unsubscribe is None:
            self._unsubscribe = self._backend.record.subscribe(self._wake)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Tell ``viewer`` nothing more."""
        self._viewers.discard(viewer)
        if not self._viewers and self._unsubscribe:
            self._unsubscribe()
            self._unsubscribe = None

    def close(self) -> None:
        """Send everybody away: the platform stops."""
        for viewer in tuple(self._viewers):
            viewer.close()

    def _wake(self, _: Entry) -> None:
        for viewer in self._viewers:
            viewer.wake()


class Viewer:
    """A browser that shows the board. What it was sent is remembered: it gets only what differs."""

    def __init__(self, feed: BoardFeed, view: View, choice: Choice) -> None:
        self._feed = feed
        self._view = view
        self._choice = choice
        self._something = asyncio.Event()
        self._gone = asyncio.Event()

    def wake(self) -> None:
        """Let it look whether something has changed."""
        self._something.set()

    def close(self) -> None:
        """End ``changes``."""
        self._feed.leave(self)
        self._gone.set()
        self._something.set()

    async def changes(self) -> AsyncGenerator[list[Change], None]:
        """Yield what changed since the last time (first everything), perhaps nothing; until it is closed.

        Whoever takes it slowly gets more at a time, and nothing piles up.
        """
        sent: dict[str, Part] = {}
        rows: list[str] | None = None
        while not self._gone.is_set():
            self._something.clear()
            now = self._feed.parts(self._view, self._choice)  # pyright: ignore[reportArgumentType]
            changed: list[Change] = [(p.id, p.place, p.html) for p in now.values() if sent.get(p.id) != p]
            changed += [(id_, "", None) for id_ in sent if id_ not in now]
            wanted = [p.id for p in now.values() if p.place == "rows"]
            # New ones are put at the end. At the first time nobody knows what the page showed before, perhaps long ago.
            there = rows and [*(id_ for id_ in rows if id_ in now), *(id_ for id_ in wanted if id_ not in sent)]
            if there != wanted:
                changed.append(("rows", "", wanted))
            yield changed
            sent, rows = now, wanted
            await _either(self._gone, PAUSE_SECONDS)
            await _either(self._something, LOOK_AGAIN_SECONDS)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, but no longer than ``seconds``."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
