"""The wire panel: each message of a login and after it, as it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import script
from .wired import Wired

if TYPE_CHECKING:
    from .view import Status, View


class WirePanel(Wired):
    """Shows which messages pass between notebook, browser and RingCentral, live, and what stands in each.

    It shows no secret. What it shows is not saved with the notebook; :func:`~rc_nb_helpers.still` draws a picture that
    may be.

    Args:
        session: The session whose messages it shows.
    """

    _esm = script("wire")

    def _describe(self) -> View:
        session = self._session
        status: Status = {
            "kind": "info",
            "text": "This session has no login.",
            "cure": "Begin one, with LoginPanel(session) or session.begin_login(): each message appears below as it "
            "passes.",
        }
        if session.environment.name == "practice":
            status = {
                "kind": "info",
                "text": "This panel looks on. Its session has no login, and needs none for that.",
                "why": "Practice records what your app's programs send, and that appears below.",
                "cure": "Run a cell that logs in or makes a call: you see its messages as they pass.",
            }
        if session.login_pending:
            status = {
                "kind": "working",
                "text": "A login is under way.",
                "cure": "Go on at the sign-in page: each message appears below as it passes.",
            }
        elif session.logged_in:
            status = {
                "kind": "ok",
                "text": f"Logged in to {session.environment.name}.",
                "cure": "Call the API: what passes then appears below as well.",
            }
        return {"title": "See it happen", "wire": "open", "status": status}
