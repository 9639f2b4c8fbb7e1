"""The logout panel: revoke the tokens on the server, forget them here, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sentences.saying import say
from .base import Panel

if TYPE_CHECKING:
    from .view import View


class LogoutPanel(Panel):
    """Logs a person out, and offers to log in again.

    Args:
        session: The session to log out.
    """

    def _describe(self) -> View:
        if not self._session.logged_in:
            return {"title": say("logout.done"), **self._login_view()}
        status = self._session.token_status
        return {
            "title": say("logout.title"),
            "status": {"kind": "ok", "text": say("panel.logged-in", environment=self._session.environment.name)},
            "expires": status.expires_at if status else 0,
            "buttons": [{"id": "logout", "label": say("panel.log-out"), "primary": True}],
        }
