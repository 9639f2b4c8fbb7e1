"""``/practice/seat``: the page behind a seat link, and what a program gets for the secret of one.

The secret stands behind the # of the link. Browsers send that part to nobody; a script of the page reads it, and sends
it nowhere. Only ``tutorial.py join`` and the box in notebook 00 send it, in a body, and get the seat's `.env-practice`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable
from urllib.parse import unquote

from ..classroom.seat_links import SECRET_LENGTH_OF_LINK, is_machine
from ..errors import SEAT_LINK, ApiRefusal, bad_parameter
from ..login.env_file import env_file
from .pages import PageHandler

SEAT_PATH = "/practice/seat"
_SECRET = rf"(?<![A-Za-z0-9])[A-Za-z0-9]{{{SECRET_LENGTH_OF_LINK}}}(?![A-Za-z0-9])"
_NO_JSON = ApiRefusal(400, "CMN-103", "JSON can't be parsed.")
_NO_BROWSERS = ApiRefusal(403, "CMN-401", "Seats are not given to pages in a browser")
_NOT_GOOD = ApiRefusal(
    403, SEAT_LINK, "This seat link is wrong, or no longer good. Ask your instructor for a new link of your seat"
)


def seat_url(server_url: str, secret: str) -> str:
    """The link of a seat.

    Args:
        server_url: Where the platform is.
        secret: The link's.
    """
    return f"{server_url}{SEAT_PATH}#{secret}"


class SeatHandler(PageHandler):
    """The page that says what to do with the link, and the answer for programs."""

    script = "seat.js"
    script_connects = False
    for_learners = False  # the button "I'm stuck" would lead back without what stands behind the #

    def get(self) -> None:
        self.page("seat.html", seat_url=self.site.server_url + SEAT_PATH)

    def post(self) -> None:
        """Give the seat of a link to a program."""
        answer = self._taken()
        if isinstance(answer, ApiRefusal):
            self.send_json(answer.status, answer.as_json())
        else:
            self.send_json(200, answer)

    def _taken(self) -> dict[str, str] | ApiRefusal:
        """What the program gets, or why it gets nothing."""
        if any(name == "Origin" or name.startswith("Sec-Fetch-") for name in self.request.headers):
            return _NO_BROWSERS
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            return _NO_JSON
        if not isinstance(body, dict):
            return _NO_JSON
        secret, machine = body.get("secret"), body.get("machine")
        if not isinstance(secret, str):
            return bad_parameter("secret")
        if not isinstance(machine, str) or not is_machine(machine):
            return bad_parameter("machine")
        seat = self.backend.seat_links.use(secret, machine)
        # A class may have fewer seats today than when the link was made.
        one = next((each for each in self.backend.handed_out if each.person.username == seat), None)
        if seat is None or one is None:
            return _NOT_GOOD
        self.note(app=one.app)
        return {"seat": seat, "env": env_file(one.app, self.site.server_url)}


class BrokenLinkHandler(PageHandler):
    """A link that a chat program has changed, its # to %23 say, so that the secret came along. Leads to its page."""

    _sent = ""

    def prepare(self) -> Awaitable[None] | None:
        """Keep the secret out of the record and the log, which tell the path."""
        self._sent = self.request.path
        self.request.path = SEAT_PATH
        return super().prepare()

    def get(self) -> None:
        """Lead to the page, with what can be the secret; without one, the page says that the link is cut off."""
        found = re.search(_SECRET, unquote(unquote(self._sent)))  # twice: some write the % of %23 as %25 as well
        self.lead_to(seat_url("", found[0]) if found else SEAT_PATH, status=303)


ROUTES = [
    (SEAT_PATH + "/?", SeatHandler),
    (SEAT_PATH + ".+", BrokenLinkHandler),  # without a group, which would have to be UTF-8
]
