"""``/practice/board/names``: what the learners are called. Asked for by the instructor, and gone when they say so."""

from __future__ import annotations

from collections.abc import Sequence

from ..classroom.roster import LeftOver, hand_out
from .board import BoardHandler
from .board_view import TOO_MANY

_PATH = "/practice/board/names"


class NamesHandler(BoardHandler):
    """Takes a roster, removes names, and puts them on the projector or takes them off it."""

    script = ""

    def get(self) -> None:
        if self.admit():
            self._show()

    def post(self) -> None:
        """Do what the button says. Lines of the roster that could not be used are shown again."""
        form = self.instructors_form()
        if form is None:
            return
        names, what, seat = self.backend.names, form.get("do"), form.get("remove")
        if what == "roster" and (left := hand_out(form.get("roster") or "", self.backend.company, names)):
            self._show(left)
            return
        if what == "forget":
            names.forget()
        elif what in ("show", "hide"):
            names.on_projector = what == "show"
        elif seat:
            names.remove(seat)
        self.lead_to(_PATH, status=303)

    def _show(self, left: Sequence[LeftOver] = ()) -> None:
        self.page(
            "board-names.html",
            status=422 if left else 200,
            display="board",
            names=self.backend.names.all(),
            on_projector=self.backend.names.on_projector,
            in_class=self.backend.learners > 0,
            many=TOO_MANY if self.backend.learners > TOO_MANY else 0,
            left=left,
            form_token=self.form_token(self.browser),
        )


ROUTES = [(_PATH, NamesHandler)]
