"""The panel for somebody in a class: takes the link of a seat, and writes its ``.env-practice``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..environments import environment_file
from .base import Standalone

if TYPE_CHECKING:
    from pathlib import Path

    from ..seat_link import Seat
    from .view import Button, Status, View

_TAKE: list[Button] = [{"id": "join", "label": "Take the seat", "primary": True}]
_ASK: list[Button] = [{"id": "replace", "label": "Replace it", "primary": True}, {"id": "keep", "label": "Keep mine"}]


class JoinPanel(Standalone):
    """Takes the link of a seat in a class, and writes the file with which all notebooks use the class's platform.

    The link, and what it gives, go from page to kernel and into that file. Neither is in anything that is saved.
    """

    _working = "Asking the class's practice platform …"

    def __init__(self) -> None:
        self._waiting: tuple[Path, Seat] | None = None  # a seat that would take another file's place
        super().__init__()

    def _describe(self) -> View:
        view: View = {"title": "Take your seat in a class", "buttons": _ASK if self._waiting else _TAKE}
        if not self._waiting:
            view["entry"] = "The link from your instructor: "
        return view

    def _do(self, button: str, value: str) -> Status:
        if button == "join":
            return self._join(value)
        waiting, self._waiting = self._waiting, None
        if button == "replace" and waiting:
            return _written(*waiting)
        return {"kind": "info", "text": "Nothing was changed: your file is what it was."}

    def _join(self, text: str) -> Status:
        # Here, because importing the panels shall be quick.
        from ..seat_file import check_place, is_in_the_way, machine_mark
        from ..seat_link import read_link, take_seat

        link, file = read_link(text), environment_file("practice")
        check_place(file)
        seat = take_seat(link, machine_mark(file))
        if not is_in_the_way(file, seat):
            return _written(file, seat)
        self._waiting = (file, seat)
        return {
            "kind": "info",
            "text": f"There is a {file.name} already, and it says something else.",
            "why": "It may be of an app that you have made yourself, or of another class.",
            "cure": "Replace it? It is kept beside the new one.",
        }


def _written(file: Path, seat: Seat) -> Status:
    from ..seat_file import overruled_by, write_seat

    kept = write_seat(file, seat)
    where = f"It is written in {file.name}." + (f" Your former file is {kept.name}, beside it." if kept else "")
    if overruled := overruled_by(file):
        return {"kind": "error", "text": f"You have seat {seat.name}.", "why": where, "cure": overruled}
    return {
        "kind": "ok",
        "text": f"You have seat {seat.name}.",
        "why": where,
        "cure": "Go on below. From now on all notebooks use your class's practice platform, also those that are open; "
        "where you are logged in already, log out first.",
    }
