"""The wire panel: each message of a login and after it, as it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sentences.saying import say
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
            "text": say("wire.no-login"),
            "cure": say("wire.begin"),
        }
        if session.environment.name == "practice":
            status = {
                "kind": "info",
                "text": say("wire.looks-on"),
                "why": say("wire.looks-on-why"),
                "cure": say("wire.looks-on-cure"),
            }
        if session.login_pending:
            status = {
                "kind": "working",
                "text": say("wire.login-under-way"),
                "cure": say("wire.go-on"),
            }
        elif session.logged_in:
            status = {
                "kind": "ok",
                "text": say("panel.logged-in", environment=session.environment.name),
                "cure": say("wire.call"),
            }
        return {"title": say("wire.title"), "wire": "open", "status": status}
