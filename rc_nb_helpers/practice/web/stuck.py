"""``/practice/stuck``: a learner calls the instructor, or finds the way alone after all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..classroom.names import MOST_LENGTH, clean_name
from ..classroom.stuck import seat_named
from ..parameters import Parameters
from .pages import PageHandler
from .stuck_footer import HELP_COOKIE, browser_of, may_be_called, remember_seat, safe_address, seat_of, token_for

_PATH = "/practice/stuck"


class StuckHandler(PageHandler):
    """Puts a seat on the instructor's list and takes it off; asks a browser once which seat it is at."""

    for_learners = False
    form_cookie = HELP_COOKIE

    def get(self) -> None:
        if self._has_instructor():
            self._ask(seat=seat_of(self), back="/practice/")

    def post(self) -> None:
        """Put the seat on the list or take it off, and lead back to where the button was pressed."""
        if not self._has_instructor():
            return
        form = self.trusted_form()
        if form is None:
            return
        back = safe_address(form.get("back") or "")
        named = form.get("seat")
        seat = seat_named(named, self.backend.company) if named else None
        if seat is None:
            problem = (
                "There is no such seat in this class."
                if self.backend.learners
                else "Use at most 30 ordinary characters."
            )
            self._ask(seat=named or "", back=back, problems={"seat": problem} if named else {})
            return
        if form.get("asked") and (problem := self._call(seat, form)):
            self._ask(seat=seat, back=back, problems={"called": problem})
            return
        remember_seat(self, seat)
        if form.get("stuck") == "yes":
            self.backend.stuck.press(seat)
        elif form.get("stuck") == "no":
            self.backend.stuck.release(seat)
        self.lead_to(back, status=303)

    def _call(self, seat: str, form: Parameters) -> str:
        """Note what the person at ``seat`` wants to be called; return why that cannot be, or an empty text."""
        name = clean_name(form.get("called") or "")
        if len(name) > MOST_LENGTH:
            return f"Use at most {MOST_LENGTH} characters."
        if not self.backend.learners or self.backend.names.type(browser_of(self), seat, name):
            return ""
        return "This seat has a name already. Only your instructor can change it. Leave this empty."

    def _ask(self, *, seat: str, back: str, problems: Mapping[str, str] = MappingProxyType({})) -> None:
        seats = self.backend.company.learners
        self.page(
            "stuck.html",
            status=422 if problems else 200,
            seat=seat[:40],
            called=self.backend.names.typed_in(browser_of(self), seat),
            asks_for_name=may_be_called(self, seat) or "called" in problems,
            problems=problems,
            back=back,
            example=seats[0].username if seats else "",
            form_token=token_for(self),
        )

    def _has_instructor(self) -> bool:
        if not self.backend.has_instructor:
            self.explain(
                404,
                "Nobody is teaching here",
                cause="This practice platform was started without a class.",
                cure="Whoever starts it for a class does so with --learners N, or with --instructor.",
            )
        return self.backend.has_instructor


ROUTES = [(_PATH, StuckHandler)]
