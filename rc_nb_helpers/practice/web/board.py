"""``/practice/board``: the instructor sees how far everybody is, and makes things go wrong for the whole room."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import quote

from tornado.iostream import StreamClosedError

from ..backend import Credentials
from ..classroom.board import as_csv
from ..classroom.choice import SHOWS, SORTS, Choice
from ..classroom.instructor import SIGN_IN_SECONDS
from ..company.people import Person
from ..controls import ControlError, Controls
from ..faults import FAULTS, Fault
from ..login.codes import CODE_SECONDS, MOST_CODE_SECONDS
from ..login.env_file import env_file
from ..parameters import Parameters
from .board_feed import BoardFeed, Viewer
from .board_view import PLACES, View
from .pages import PageHandler
from .qr import qr_code
from .seat import seat_url

_PATH = "/practice/board"
_COOKIE = "practice_instructor"
_ASKED_COOKIE = "practice_asked"
_DURATIONS = {30: "30 seconds", 60: "one minute", 120: "two minutes", 300: "five minutes", 600: "ten minutes"}
_END_CLASS = "end-class"
_PART = "part"
# What the buttons for the room say, what comes of it, and what they do. The first one stands apart.
_ROOM: dict[str, tuple[tuple[str, str], Callable[[Controls], object]]] = {
    _PART: (
        ("Begin a new part", "The columns are emptied, and fill with what is reached from now on. CSV keeps all."),
        Controls.begin_part,
    ),
    "code-life": (
        ("Codes live ten minutes", "For who needs more time: a code can be traded for ten minutes, not for one."),
        lambda controls: controls.code_life(MOST_CODE_SECONDS),
    ),
    "expire": (
        ("End all access tokens", "The next call is answered with OAU-128; a refresh helps."),
        Controls.expire_access_tokens,
    ),
    "revoke": (
        ("End all sessions", "As an administrator can: only a new login helps."),
        Controls.revoke_sessions,
    ),
    "strict": (
        ("Real rate limits", "Ten readings of the call log in a minute, then 429."),
        lambda controls: controls.limit(True),
    ),
    "hour": (
        ("Clock one hour ahead", "Access tokens are too old."),
        lambda controls: controls.advance(3600),
    ),
    "week": (
        ("Clock eight days ahead", "Refresh tokens are too old as well."),
        lambda controls: controls.advance(8 * 86400),
    ),
    _END_CLASS: (
        ("End the class", "Nothing of it is left for the next one."),
        Controls.end_class,
    ),
}
_ASKED_FOR = {
    "revoke": "Everybody is logged out at once, wherever they are in the tutorial, and has to log in again.",
    "week": "Everybody's tokens end with it. What they are doing at this moment goes wrong.",
    _END_CLASS: "This ends: progress, names, the list of who is stuck, all logins, all slips and links, and every app "
    "that the board lists under a seat. This stays: apps that no seat is known of, your password, and your being "
    "signed in. For the next class there are then new seats, as many as you asked for at the start, with other "
    "passwords and secrets.",
}
"""What is done only when the instructor says so twice, and why."""
_RELOAD_SECONDS = 10
"""Seconds after which a browser without JavaScript loads the board again."""


class _BoardHandler(PageHandler):
    """A page for the instructor."""

    styles = ("style.css", "board.css")
    for_learners = False
    form_cookie = _COOKIE

    @property
    def feed(self) -> BoardFeed:
        """What tells browsers that show the board of its changes."""
        feed: BoardFeed = self.settings["board_feed"]
        return feed

    @property
    def browser(self) -> str:
        """The value of the cookie that names the instructor's browser."""
        return self.cookie(_COOKIE)

    @property
    def signed_in(self) -> bool:
        """Whether this is the instructor."""
        return self.backend.instructor_sign_ins.knows(self.browser)

    @property
    def choice(self) -> Choice:
        """What the address says of which rows to show, and in which order."""
        query = self.query()
        if _view(query) == "projector":
            return Choice(sort="seat")  # where everybody looks, nobody's place moves
        return Choice.of(query.get("sort"), query.get("show"))

    def to_board(self) -> None:
        """Lead to the board, with what was chosen there."""
        self.lead_to(_PATH + self.choice.query, status=303)

    def admit(self) -> bool:
        """Whether it is the instructor; others are led to the sign-in page."""
        if not self.signed_in:
            self.lead_to(_PATH + "/sign-in", status=303)
        return self.signed_in

    def instructors_form(self) -> Parameters | None:
        """The form that the instructor posted; None when somebody else did, who is led to the sign-in page."""
        return self.trusted_form() if self.admit() else None

    def on_finish(self) -> None:
        """Keep what the instructor has done at once: after a kill, no revoked link and no removed name comes back."""
        super().on_finish()
        if self.request.method == "POST":
            self.backend.lasting.write_or_complain()

    def give_cookie(self, value: str) -> None:
        """Set the cookie that names this browser. Strict: no link from elsewhere opens the board."""
        self.keep_cookie(_COOKIE, value, path="/practice", seconds=SIGN_IN_SECONDS, samesite="Strict")


class BoardHandler(_BoardHandler):
    """``/practice/board``: the table, or with ``?view=projector`` names only, in large type."""

    script = "board.js"

    def get(self) -> None:
        if self.admit():
            self.show(_view(self.query()))

    def show(self, view: View, *, problem: str = "") -> None:
        """Show a view of the board, and what could not be done, if something could not."""
        self.page(
            f"board-{view}.html",
            status=422 if problem else 200,
            display=f"board {view}",
            parts=self.feed.parts(view, self.choice),
            choice=self.choice,
            sorts=SORTS,
            shows=SHOWS,
            # Whoever fills in a form without JavaScript may hold the page still.
            refresh=0 if self.query().get("hold") else _RELOAD_SECONDS,
            form_token=self.form_token(self.browser),
            faults={name: _in_menu(fault) for name, fault in FAULTS.items()},
            places=PLACES,
            durations=_DURATIONS,
            room={what: words for what, (words, _) in _ROOM.items() if what != _END_CLASS or self.backend.learners},
            problem=problem,
            in_class=self.backend.learners > 0,
        )


class EventsHandler(_BoardHandler):
    """``/practice/board/events``: what changes on the board, as server-sent events (HTML standard §9.2)."""

    _viewer: Viewer | None = None

    async def get(self) -> None:
        """Send changes until the browser goes away, the instructor signs out or the platform stops."""
        if not self.signed_in or self.feed.full:
            self.set_status(503 if self.signed_in else 401)
            await self.finish()
            return
        self.set_header("Content-Type", "text/event-stream; charset=UTF-8")
        self.set_header("X-Accel-Buffering", "no")  # a proxy (nginx) is not to hold it back
        self._viewer = self.feed.join(_view(self.query()), self.choice)
        try:
            async with aclosing(self._viewer.changes()) as changes:
                async for changed in changes:
                    if not self.signed_in:
                        break
                    self.write(f"data: {json.dumps(changed)}\n\n")  # also when nothing is new: the page counts on it
                    await self.flush()
        except StreamClosedError:
            return
        finally:
            self._viewer.close()

    def on_connection_close(self) -> None:
        """Forget a viewer who went away."""
        if self._viewer:
            self._viewer.close()


class CsvHandler(_BoardHandler):
    """``/practice/board.csv``: who reached what, and when."""

    def get(self) -> None:
        if not self.admit():
            return
        day = time.strftime("%Y-%m-%d")
        self.set_header("Content-Type", "text/csv; charset=UTF-8")
        self.set_header("Content-Disposition", f'attachment; filename="practice-board-{day}.csv"')
        # The byte order mark is what makes Excel read UTF-8.
        self.finish("\ufeff" + as_csv(self.backend.board.rows(whole=True)))


@dataclass(frozen=True)
class _Slip:
    """What stands on a slip of paper.

    Attributes:
        person: Whose it is.
        env: The lines of the `.env-practice`.
        link: The seat's link; empty: it is revoked.
        computers: On how many computers the link was used.
    """

    person: Person
    env: str = field(repr=False)
    link: str = field(repr=False)
    computers: int = 0


class SeatsHandler(_BoardHandler):
    """``/practice/board/seats``: a slip of paper for each learner, to print, and one for the instructor; more seats."""

    def get(self) -> None:
        if self.admit():
            self.show()

    def post(self) -> None:
        """Make more seats."""
        form = self.instructors_form()
        if form is None:
            return
        count, before = form.get("count") or "", self.backend.learners
        try:
            self.site.controls.add_seats(int(count) if count.isascii() and count.isdigit() and len(count) < 5 else 0)
        except ControlError as error:
            self.show(problem=str(error))
            return
        self.lead_to(f"{_PATH}/seats#{self.backend.credentials[before].person.username}", status=303)

    def show(self, *, problem: str = "") -> None:
        """Show the slips, and what could not be done, if something could not."""
        about_old = self.site.about_old_slips()
        self.backend.slips.address = self.site.server_url
        self.page(
            "board-seats.html",
            status=422 if problem else 200,
            display="board",
            slips=[self._slip(one) for one in self.backend.handed_out],
            qr_code=qr_code,
            server_url=self.site.server_url,
            about_old=about_old,
            form_token=self.form_token(self.browser),
            problem=problem,
        )

    def _slip(self, one: Credentials) -> _Slip:
        links, seat = self.backend.seat_links, one.person.username
        secret = links.link_of(seat).secret
        return _Slip(
            one.person,
            env_file(one.app, self.site.server_url),
            seat_url(self.site.server_url, secret) if secret else "",
            links.computers(seat),
        )


class LinkHandler(_BoardHandler):
    """``/practice/board/link``: gives a seat a new link, or ends the one that it has."""

    def post(self) -> None:
        form = self.instructors_form()
        if form is None:
            return
        act, _, seat = (form.get("link") or "").partition("-")
        if any(one.person.username == seat for one in self.backend.handed_out):
            if act == "new":
                self.backend.seat_links.replace(seat)
            elif act == "revoke":
                self.backend.seat_links.revoke(seat)
        self.lead_to(f"{_PATH}/seats#{quote(seat, safe='')}", status=303)


class SignInHandler(_BoardHandler):
    """``/practice/board/sign-in``: asks for the password that start-up printed.

    Its form has a cookie of its own. Whoever comes by a link from elsewhere is asked although they are signed in, for
    the browser does not bring the Strict cookie along: a new one in its place would sign them out.
    """

    form_cookie = _ASKED_COOKIE

    def get(self) -> None:
        if self.signed_in:
            self.lead_to(_PATH, status=303)
        else:
            self._ask()

    def post(self) -> None:
        """Let the instructor in, with a new cookie."""
        form = self.trusted_form()
        if form is None:
            return
        value = self.backend.instructor_sign_ins.sign_in(form.get("password") or "")
        if value is None:
            self._ask("That is not the password. If it is lost, stop the platform and start it with --new-password.")
            return
        self.give_cookie(value)
        self.lead_to(_PATH, status=303)

    def _ask(self, problem: str = "") -> None:
        browser = self.browser_cookie(_ASKED_COOKIE, path=_PATH + "/sign-in")
        self.page(
            "board-sign-in.html",
            status=403 if problem else 200,
            problem=problem,
            form_token=self.form_token(browser),
        )


class SignOutHandler(_BoardHandler):
    """``/practice/board/sign-out``: the instructor leaves this browser."""

    def post(self) -> None:
        if self.instructors_form() is not None:
            self.backend.instructor_sign_ins.sign_out(self.browser)
            self.lead_to(_PATH + "/sign-in", status=303)


class HelpedHandler(_BoardHandler):
    """``/practice/board/helped``: takes a seat off the list of those who are stuck."""

    def post(self) -> None:
        if (form := self.instructors_form()) is not None:
            self.backend.stuck.help(form.get("seat") or "")
            self.to_board()


class FaultHandler(BoardHandler):
    """``/practice/board/fault``: plans a fault for everybody, for a while."""

    def post(self) -> None:
        form = self.instructors_form()
        if form is None:
            return
        fault = form.get("fault") or ""
        # A person says no at consent, and nowhere else; nothing else goes wrong there.
        endpoint = "consent" if fault == "deny" else form.get("endpoint") or ""
        seconds = next((one for one in _DURATIONS if str(one) == form.get("seconds")), 0)
        try:
            self.site.controls.fail(endpoint, fault, seconds=seconds)
        except ControlError as error:
            self.show("table", problem=str(error))
            return
        self.to_board()


class RoomHandler(BoardHandler):
    """``/practice/board/room``: does something to everybody at once."""

    def post(self) -> None:
        form = self.instructors_form()
        if form is None:
            return
        what = form.get("what") or ""
        (label, _), act = _ROOM.get(what, (("", ""), None))
        if what in _ASKED_FOR and not form.get("sure"):
            self.page(
                "board-sure.html",
                label=label,
                effect=_ASKED_FOR[what],
                what=what,
                choice=self.choice,
                offers_csv=what == _END_CLASS,
                form_token=self.form_token(self.browser),
            )
            return
        try:
            if act is None:
                raise ControlError("There is no such button")
            act(self.site.controls)
        except ControlError as error:
            self.show("table", problem=str(error))
            return
        self.to_board()


class UndoHandler(_BoardHandler):
    """``/practice/board/undo``: ends something that holds for everybody. What learners planned for themselves stays."""

    def post(self) -> None:
        form = self.instructors_form()
        if form is None:
            return
        what = form.get("undo") or ""
        if what == "limits":
            self.site.controls.limit(False)
        elif what == "code-life":
            self.site.controls.code_life(CODE_SECONDS)
        elif what == _PART:
            self.site.controls.end_part()
        elif what == "clock":
            self.site.controls.restore_clock()
        else:
            endpoint, _, fault = what.partition(":")
            self.backend.faults.end(endpoint, fault)
        self.to_board()


def _in_menu(fault: Fault) -> str:
    """What the menu says of a fault: the number first, because the end of a long line is cut off."""
    return f"{fault.status}: {fault.summary}" if fault.status >= 400 else fault.summary


def _view(query: Parameters) -> View:
    return "projector" if query.get("view") == "projector" else "table"


ROUTES = [
    (_PATH, BoardHandler),
    (_PATH + r"\.csv", CsvHandler),
    (_PATH + "/events", EventsHandler),
    (_PATH + "/seats", SeatsHandler),
    (_PATH + "/link", LinkHandler),
    (_PATH + "/sign-in", SignInHandler),
    (_PATH + "/sign-out", SignOutHandler),
    (_PATH + "/helped", HelpedHandler),
    (_PATH + "/fault", FaultHandler),
    (_PATH + "/room", RoomHandler),
    (_PATH + "/undo", UndoHandler),
]
