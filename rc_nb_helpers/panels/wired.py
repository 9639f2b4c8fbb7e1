"""Panels that can show what goes over the wire, as it passes: they tell the pages that look, and only then.

The session is asked on a thread of its own when a request begins or ends. While a login waits, or where the session
only looks on, it is asked again and again: what a person does at the sign-in page, and what other programs do, is known
to practice alone. Pages get what is new or has changed, some times a second at most. A page that shows nothing of it
(folded, away) costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .base import Panel

if TYPE_CHECKING:
    from ..session import Session
    from ..wire import Message
    from .view import News, Seen

MOST_ROWS = 200
"""How many messages a page shows: the newest."""
LEAST_SECONDS = 0.2
"""Between two looks. After a look that took long it is more, so that a fast loop of calls keeps most of the time."""
_SHARE = 9
_QUICK_SECONDS, _QUICK_FOR = 1.0, 20.0
_SLOW_SECONDS = 4.0  # a whole class may wait for somebody


class Wired(Panel):
    """A panel that can show the wire. Made by its subclasses; its page needs the part ``wire``."""

    def __init__(self, session: Session) -> None:
        self._feed = _Feed(session, self._report, self._give_up)
        super().__init__(session)

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if isinstance(message, dict):
            if isinstance(reader := message.get("unfold"), str):
                self._feed.begin(reader)
            if isinstance(reader := message.get("fold"), str):
                self._feed.end(reader)

    def _ask_who_is_there(self) -> None:
        self._feed.stop()
        super()._ask_who_is_there()

    def _let_go(self) -> None:
        self._feed.stop()
        super()._let_go()

    def _stay_behind(self) -> None:
        self._feed.stay_behind()
        super()._stay_behind()


class _Feed:
    """Tells the pages what is new of the wire, as long as one of them shows it."""

    def __init__(self, session: Session, report: Callable[[News], None], give_up: Callable[[Exception], None]) -> None:
        self._session = session
        self._report = report
        self._give_up = give_up
        self._lock = threading.Lock()
        self._readers: set[str] = set()
        self._looking: _Looking | None = None

    def stay_behind(self) -> None:
        """In a forked process: no thread is left there, and the one that held the lock may be the other process's."""
        looking, self._looking = self._looking, None
        self._lock, self._readers = threading.Lock(), set()
        if looking is not None:
            looking.unobserve()

    def begin(self, reader: str) -> None:
        """Tell a drawing of the panel everything, and from then on what is new."""
        with self._lock:
            self._readers.add(reader)
            if self._looking is None:
                self._looking = _Looking(self._session, self._report, self._give_up)
                self._looking.start()
            else:
                self._looking.tell_all()

    def end(self, reader: str) -> None:
        """Tell it nothing more."""
        with self._lock:
            self._readers.discard(reader)
            if self._readers or self._looking is None:
                return
            looking, self._looking = self._looking, None
        looking.stop()

    def stop(self) -> None:
        """Tell nobody anything more until somebody begins again."""
        with self._lock:
            self._readers.clear()
            looking, self._looking = self._looking, None
        if looking is not None:
            looking.stop()


class _Looking:
    """Looks at the wire on a thread of its own, until it is stopped."""

    def __init__(self, session: Session, report: Callable[[News], None], give_up: Callable[[Exception], None]) -> None:
        self._session = session
        self._report = report
        self._give_up = give_up
        self._due = threading.Event()
        self._over = threading.Event()
        self._all = True  # the next report is for a page that knows nothing yet
        self._known: dict[str, tuple[Message, Seen]] = {}
        self._server = ""
        self._told = time.monotonic()  # when something new was last seen

    def start(self) -> None:
        self._session.observe(self._wake)
        self._session.observe_exchanges(self._wake)
        threading.Thread(target=self._run, name="wire", daemon=True).start()

    def stop(self) -> None:
        self._over.set()
        self._due.set()
        self.unobserve()

    def unobserve(self) -> None:
        self._session.unobserve(self._wake)
        self._session.unobserve_exchanges(self._wake)

    def tell_all(self) -> None:
        self._all = True
        self._due.set()

    def _wake(self) -> None:
        self._due.set()

    def _run(self) -> None:
        try:
            pause: float | None = 0.0
            while True:
                woken = self._due.wait(pause)
                self._due.clear()
                if self._over.is_set():
                    return
                began = time.monotonic()
                self._look()
                # Whoever answers writes it down a moment later: after each message of ours there is one look more.
                goes_on_elsewhere = self._session.login_pending or self._only_looks_on()
                pause = self._until_next() if goes_on_elsewhere else _QUICK_SECONDS if woken else None
                self._over.wait(max(LEAST_SECONDS, _SHARE * (time.monotonic() - began)))
        except Exception as error:  # noqa: BLE001  (a thread must not die in silence, nor print)
            self._give_up(error)

    def _only_looks_on(self) -> bool:
        """Whether it shows what the app's other programs do: nobody but practice tells of that."""
        return self._session.environment.name == "practice" and not self._session.logged_in

    def _until_next(self) -> float:
        return _QUICK_SECONDS if time.monotonic() - self._told < _QUICK_FOR else _SLOW_SECONDS

    def _look(self) -> None:
        from .wire_rows import row_of  # here, because importing the panels shall be quick

        tell_all, self._all = self._all, False
        before = self._known
        server = "Practice" if self._session.environment.name == "practice" else "RingCentral"
        if server != self._server:
            self._server, before = server, {}
        messages = self._session.wire()[-MOST_ROWS:]
        self._known = {
            each.key: known if (known := before.get(each.key)) and known[0] == each else (each, row_of(each, server))
            for each in messages
        }
        changed = [row for key, (_, row) in self._known.items() if before.get(key, (None, None))[1] is not row]
        if changed or list(before) != list(self._known):
            self._told = time.monotonic()
        elif not tell_all:
            return
        rows = [row for _, row in self._known.values()] if tell_all else changed
        if not self._over.is_set():
            self._report({"wire": {"rows": rows, "order": list(self._known), "server": server}})
