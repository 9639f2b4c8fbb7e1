"""The panel of the pre-flight: what the kernel finds, and what only the page can tell."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ..local_practice import PROBE_PATH
from ..loopback import is_loopback
from ..preflight import Check, this_kernel, this_login
from ..sentences.saying import say
from .base import MOST_ANSWERS, Drawn

if TYPE_CHECKING:
    from .view import Button, Status


class PreFlight(Drawn):
    """Tells whether everything is in place, and what to do where it is not.

    What it finds has folders and names in it, so it goes to the page as messages, which nobody saves.
    """

    def __init__(self) -> None:
        self._found: list[Check] = []
        self._window = ""  # what came of the one that was tried
        self._practice = ""  # its address, and how often it was looked for
        self._reached: bool | None = None
        self._looks = 0
        self._answered: list[str] = []
        super().__init__()
        self._show()
        self._look_in_background("")

    def _note(self) -> str:
        return say("preflight.no-panels", command="<code>python3 tutorial.py</code>")

    def _look_in_background(self, number: str) -> None:
        threading.Thread(target=self._look, args=(number,), name="panel", daemon=True).start()

    def _look(self, number: str) -> None:
        """Look at everything, on a worker thread; then the press with this number is answered."""
        try:
            found, practice = this_login()
        except Exception as error:  # noqa: BLE001  (a thread must not die in silence)
            found, practice = [Check("error", say("preflight.look-failed", kind=type(error).__name__))], ""
        with self._showing:
            self._looks += 1
            self._found = [*this_kernel(), *found]
            # The fragment stays in the browser. It makes the page ask once for each look.
            self._practice = f"{practice}{PROBE_PATH}#{self._looks}" if practice else ""
            self._reached = None
            self._answer(number)

    def _answer(self, number: str) -> None:
        if number:
            self._answered = [*self._answered, number][-MOST_ANSWERS:]
        self._show()

    def _show(self) -> None:
        with self._showing:
            shown = Check("ok", say("preflight.shown"))
            checks = [*self._found, shown, self._tried_window(), *self._from_the_browser()]
            buttons: list[Button] = [
                {"id": "window", "label": say("preflight.try-window"), "popup": "try"},
                {"id": "look", "label": say("preflight.look-again")},
            ]
            self._tell(
                {
                    "probe": self._practice,
                    "checks": [{"kind": each.kind, "text": each.text, "cure": each.cure} for each in checks]
                    if self._found
                    else [],
                    "summary": self._summary(checks),
                }
            )
            # Saved with the notebook, so always the same.
            self.view = {"title": say("preflight.title"), "buttons": buttons, "answered": list(self._answered)}

    def _tried_window(self) -> Check:
        if not self._window:
            return Check("info", say("preflight.untried"), say("preflight.untried-cure"))
        if self._window == "opened":
            return Check("ok", say("preflight.opened"))
        return Check("error", say("preflight.blocked"), say("preflight.blocked-cure"))

    def _from_the_browser(self) -> list[Check]:
        url = self._practice.partition(PROBE_PATH)[0]
        if self._reached is None:
            return []
        if self._reached:
            return [Check("ok", say("preflight.browser-reaches", url=url))]
        if is_loopback(url):
            text, cure = say("preflight.browser-elsewhere", url=url), say("preflight.browser-elsewhere-cure")
        else:
            text, cure = say("preflight.browser-kept-from", url=url), say("preflight.browser-kept-from-cure")
        return [Check("error", text, cure)]

    def _summary(self, checks: list[Check]) -> Status:
        wrong = sum(each.kind == "error" for each in checks)
        if not self._found or (self._practice and self._reached is None):
            return {"kind": "working", "text": say("preflight.looking")}
        if wrong:
            return {
                "kind": "error",
                "text": say("preflight.wrong", count=wrong) if wrong > 1 else say("preflight.one-wrong"),
            }
        return {"kind": "ok", "text": say("preflight.all-well")}

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if not isinstance(message, dict):
            return
        number = str(message.get("number", ""))[:40]
        with self._showing:
            if message.get("press") == "look":
                self._look_in_background(number)
            elif message.get("press") == "window":
                self._window = "opened" if message.get("value") == "opened" else "blocked"
                self._answer(number)
            elif self._practice and message.get("probe") == self._practice:
                self._reached = bool(message.get("reached"))
                self._show()
