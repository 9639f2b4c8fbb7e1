"""The panel of the pre-flight: what the kernel finds, and what only the page can tell."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ..local_practice import PROBE_PATH
from ..loopback import is_loopback
from ..preflight import Check, this_kernel, this_login
from .base import MOST_ANSWERS, Drawn

if TYPE_CHECKING:
    from .view import Button, Status

_BUTTONS: list[Button] = [
    {"id": "window", "label": "Try a window", "popup": "try"},
    {"id": "look", "label": "Look again"},
]
_SHOWN = Check("ok", "This page shows panels, and they reach the kernel.")
_UNTRIED = Check("info", "May this page open a window? That takes a click of yours.", "Press Try a window.")
_OPENED = Check("ok", "This page may open a window.")
_BLOCKED = Check(
    "error",
    "The browser has blocked the window.",
    "Allow windows (pop-ups) for this page, or use the link that each panel shows. VS Code opens none: use the link.",
)


class PreFlight(Drawn):
    """Tells whether everything is in place, and what to do where it is not.

    What it finds has folders and names in it, so it goes to the page as messages, which nobody saves.
    """

    _note = (
        "Is this line all that you see? Then this page cannot show panels. Close JupyterLab, run "
        "<code>python3 tutorial.py</code> in the tutorial's folder, or install ipywidgets and anywidget where "
        "JupyterLab itself is installed. Then load this page again and run this cell."
    )

    def __init__(self) -> None:
        self._found: list[Check] = []
        self._window = _UNTRIED
        self._practice = ""  # its address, and how often it was looked for
        self._reached: bool | None = None
        self._looks = 0
        self._answered: list[str] = []
        super().__init__()
        self._show()
        self._look_in_background("")

    def _look_in_background(self, number: str) -> None:
        threading.Thread(target=self._look, args=(number,), name="panel", daemon=True).start()

    def _look(self, number: str) -> None:
        """Look at everything, on a worker thread; then the press with this number is answered."""
        try:
            found, practice = this_login()
        except Exception as error:  # noqa: BLE001  (a thread must not die in silence)
            found, practice = [Check("error", f"Looking at a login failed unexpectedly ({type(error).__name__}).")], ""
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
            checks = [*self._found, _SHOWN, self._window, *self._from_the_browser()]
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
            self.view = {"title": "Is everything in place?", "buttons": _BUTTONS, "answered": list(self._answered)}

    def _from_the_browser(self) -> list[Check]:
        url = self._practice.partition(PROBE_PATH)[0]
        if self._reached is None:
            return []
        if self._reached:
            return [Check("ok", f"This browser reaches practice at {url}.")]
        why, cure = "Something in the browser or in the network forbids it", "ask in the class for practice's address"
        if is_loopback(url):
            why = "Practice runs on the kernel's computer; the browser may be on another one, or something forbids it"
            cure = "work on that computer, or forward practice's port and the login's to yours"
        return [
            Check(
                "error",
                f"This browser does not reach practice at {url}. {why}.",
                "Open the address in a new tab. If it opens there, logging in works as well. If it fails there too: "
                f"{cure}, or choose another environment.",
            )
        ]

    def _summary(self, checks: list[Check]) -> Status:
        wrong = sum(each.kind == "error" for each in checks)
        if not self._found or (self._practice and self._reached is None):
            return {"kind": "working", "text": "Looking…"}
        if wrong:
            return {"kind": "error", "text": f"{wrong} thing{'s are' if wrong > 1 else ' is'} not in place."}
        return {"kind": "ok", "text": "Everything is in place."}

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if not isinstance(message, dict):
            return
        number = str(message.get("number", ""))[:40]
        with self._showing:
            if message.get("press") == "look":
                self._look_in_background(number)
            elif message.get("press") == "window":
                self._window = _OPENED if message.get("value") == "opened" else _BLOCKED
                self._answer(number)
            elif self._practice and message.get("probe") == self._practice:
                self._reached = bool(message.get("reached"))
                self._show()
