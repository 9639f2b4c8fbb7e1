"""The panel that brings the original of a notebook back: one click, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..sentences.saying import say
from .base import Standalone

if TYPE_CHECKING:
    from .view import Button, Status, View


class Originals(Standalone):
    """Offers a button for each notebook.

    Args:
        names: The notebooks' file names.
        bring_back: Puts the original of one in its place, and returns what was done, in words for a person.
    """

    def __init__(self, names: Iterable[str], bring_back: Callable[[str], str]) -> None:
        self._bring_back = bring_back
        self._names = tuple(names)
        super().__init__()

    def _describe(self) -> View:
        buttons: list[Button] = [
            {"id": name, "label": name.removesuffix(".ipynb").replace("-", " ")} for name in self._names
        ]
        return {"title": say("originals.title"), "buttons": buttons}

    def _do(self, button: str, value: str) -> Status:
        try:
            return {"kind": "ok", "text": self._bring_back(button)}
        except Exception as error:  # noqa: BLE001  (it is told; its text says what to do)
            text, _, cure = str(error).partition("\nWhat to do: ")
            return {"kind": "error", "text": text, "cure": cure}
