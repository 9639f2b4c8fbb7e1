"""The panel for somebody in a class: takes the link of a seat, and writes its ``.env-practice``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..environments import environment_file
from ..sentences.saying import say
from .base import Standalone

if TYPE_CHECKING:
    from pathlib import Path

    from ..seat_link import Seat
    from .view import Button, Status, View


class JoinPanel(Standalone):
    """Takes the link of a seat in a class, and writes the file with which all notebooks use the class's platform.

    The link, and what it gives, go from page to kernel and into that file. Neither is in anything that is saved.
    """

    def __init__(self) -> None:
        self._waiting: tuple[Path, Seat] | None = None  # a seat that would take another file's place
        super().__init__()

    def _working(self) -> str:
        return say("join.asking")

    def _describe(self) -> View:
        buttons: list[Button] = [{"id": "join", "label": say("join.take"), "primary": True}]
        view: View = {"title": say("join.title"), "buttons": buttons}
        if not self._waiting:
            view["entry"] = say("join.link")
            return view
        view["buttons"] = [
            {"id": "replace", "label": say("join.replace"), "primary": True},
            {"id": "keep", "label": say("join.keep")},
        ]
        return view

    def _do(self, button: str, value: str) -> Status:
        if button == "join":
            return self._join(value)
        waiting, self._waiting = self._waiting, None
        if button == "replace" and waiting:
            return _written(*waiting)
        return {"kind": "info", "text": say("join.unchanged")}

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
            "text": say("join.in-the-way", file=file.name),
            "why": say("join.in-the-way-why"),
            "cure": say("join.in-the-way-cure"),
        }


def _written(file: Path, seat: Seat) -> Status:
    from ..seat_file import overruled_by, write_seat

    kept = write_seat(file, seat)
    has, where = say("join.seat", name=seat.name), say("join.written", file=file.name)
    if kept:
        where = say("join.written-former", file=file.name, former=kept.name)
    if overruled := overruled_by(file):
        return {"kind": "error", "text": has, "why": where, "cure": overruled}
    return {"kind": "ok", "text": has, "why": where, "cure": say("join.go-on")}
