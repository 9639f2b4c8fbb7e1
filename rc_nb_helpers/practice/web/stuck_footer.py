"""The button "I'm stuck" at the foot of a page: which seat would be on the instructor's list, and whether it is."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from tornado.web import HTTPError

from ..classroom.stuck import seat_named
from .pages import PageHandler

HELP_COOKIE = "practice_help"
"""Names the browser that may post the form at the foot of its pages."""
_SEAT = "practice_seat"
_OWNER = "practice_owner"
_SEAT_SECONDS = 12 * 3600
_MOST_BACK_LENGTH = 4000


@dataclass(frozen=True)
class StuckFooter:
    """What the foot of a page shows.

    Attributes:
        seat: Whose page it is, if that is known.
        called: What the person is called, if that was typed in this browser.
        may_be_called: Whether this browser can say it.
        place: Where the seat is in line, from 1; 0 when it is not.
        helped: Whether the instructor has said lately that it was helped.
        back: The address that shows the page again.
        form_token: Proves that the form is from this page.
    """

    seat: str
    called: str = field(repr=False)
    may_be_called: bool
    place: int
    helped: bool
    back: str = field(repr=False)
    form_token: str = field(repr=False)


def stuck_footer(handler: PageHandler) -> StuckFooter | None:
    """What stands at the foot of a learner's page; None where nobody teaches.

    Args:
        handler: The request for the page.
    """
    if not handler.backend.has_instructor:
        return None
    if not _seat_of_login(handler) and (said := _seat_said(handler)):
        _claim_apps(handler, said)
    seat, stuck, mine = seat_of(handler), handler.backend.stuck, browser_of(handler)
    return StuckFooter(
        seat=seat,
        called=handler.backend.names.typed_in(mine, seat),
        may_be_called=may_be_called(handler, seat),
        place=stuck.place(seat) if stuck.since(seat) is not None else 0,
        helped=stuck.was_helped(seat),
        back=_address(handler),
        form_token=token_for(handler),
    )


def token_for(handler: PageHandler) -> str:
    """What a form must carry to prove that it is from a page that this browser got."""
    return handler.form_token(handler.browser_cookie(HELP_COOKIE, path="/"))


def browser_of(handler: PageHandler) -> str:
    """Stands for the browser beside the names that were typed in it. They are kept, so it is not the cookie itself."""
    return hashlib.sha256(handler.cookie(HELP_COOKIE).encode()).hexdigest()


def may_be_called(handler: PageHandler, seat: str) -> bool:
    """Whether this browser can say who is at ``seat``; without seats, people have said it already."""
    return handler.backend.learners > 0 and handler.backend.names.may_be_typed(browser_of(handler), seat)


def remember_seat(handler: PageHandler, seat: str) -> None:
    """Let this browser be known as ``seat`` from now on."""
    handler.keep_cookie(_SEAT, quote(seat), path="/", seconds=_SEAT_SECONDS)


def seat_of(handler: PageHandler) -> str:
    """The seat at which this browser is, or an empty text.

    It is known from the person who signs in, the app they sign in to, what the browser said once, or an app that
    was made in it.

    Args:
        handler: The request of the browser.
    """
    made_here = handler.backend.seats.get(handler.cookie(_OWNER))
    return _seat_of_login(handler) or _seat_said(handler) or made_here or ""


def _seat_of_login(handler: PageHandler) -> str:
    """The seat of the learner who signs in, or whose app it is."""
    for name in handler.noted():
        if (person := handler.backend.company.find(name)) and person.learner:
            return person.username
    return ""


def _seat_said(handler: PageHandler) -> str:
    """The seat that was once typed in this browser."""
    return seat_named(unquote(handler.cookie(_SEAT)), handler.backend.company) or ""


def _claim_apps(handler: PageHandler, seat: str) -> None:
    """Keep for the board that the apps of this browser, which has said its seat, are that seat's.

    Only of a browser that has apps: anybody can send any cookie, and what is kept here pushes something else out.
    """
    seats, mine = handler.backend.seats, handler.cookie(_OWNER)
    _, owner = handler.noted()
    if mine and handler.backend.apps.owned_by(mine):
        seats.claim(mine, seat)
    elif owner not in ("", handler.backend.built_in.owner) and seats.get(owner) is None:
        seats.claim(owner, seat)


def safe_address(address: str) -> str:
    """``address`` if it is a page of the flow or the console here, else the start page."""
    mine = address.startswith(("/practice/", "/restapi/oauth/authorize?"))
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if mine and plain and len(address) <= _MOST_BACK_LENGTH else "/practice/"


def _address(handler: PageHandler) -> str:
    """The address that shows this page again."""
    if handler.request.method == "GET":
        return safe_address(handler.request.uri or "")
    interaction = ""
    with contextlib.suppress(HTTPError):  # an error page for a body that is no form has a footer, too
        interaction = handler.form().get("interaction") or ""
    return safe_address(handler.request.path + (f"?interaction={quote(interaction)}" if interaction else ""))
