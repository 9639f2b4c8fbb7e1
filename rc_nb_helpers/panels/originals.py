"""The panel that brings the original of a notebook back: one click, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .base import MOST_ANSWERS, Drawn

if TYPE_CHECKING:
    from .view import Button, Status


class Originals(Drawn):
    """Offers a button for each notebook. What a press has done goes to the page as a message, which nobody saves.

    Args:
        names: The notebooks' file names.
        bring_back: Puts the original of one in its place, and returns what was done, in words for a person.
    """

    def __init__(self, names: Iterable[str], bring_back: Callable[[str], str]) -> None:
        self._bring_back = bring_back
        self._names = tuple(names)
        self._answered: list[str] = []
        super().__init__()
        self._show()

    def _show(self) -> None:
        buttons: list[Button] = [
            {"id": name, "label": name.removesuffix(".ipynb").replace("-", " ")} for name in self._names
        ]
        title = "Bring back the original. Yours is kept."
        self.view = {"title": title, "buttons": buttons, "answered": list(self._answered)}

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if isinstance(message, dict) and message.get("press") in self._names:
            work = (message["press"], str(message.get("number", ""))[:40])
            threading.Thread(target=self._press, args=work, name="panel", daemon=True).start()

    def _press(self, name: str, number: str) -> None:
        with self._showing:  # one after the other, also when somebody presses twice
            done: Status
            try:
                done = {"kind": "ok", "text": self._bring_back(name)}
            except Exception as error:  # noqa: BLE001  (a thread must not die in silence; the text says what to do)
                text, _, cure = str(error).partition("\nWhat to do: ")
                done = {"kind": "error", "text": text, "cure": cure}
            self._tell({"summary": done})
            self._answered = [*self._answered, number][-MOST_ANSWERS:]
            self._show()
