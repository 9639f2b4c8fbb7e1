"""The logout panel: revoke the tokens on the server, forget them here, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
            return {"title": "Logged out", **self._login_view()}
        status = self._session.token_status
        return {
            "title": "Log out",
            "status": {"kind": "ok", "text": f"Logged in to {self._session.environment.name}."},
            "expires": status.expires_at if status else 0,
            "buttons": [{"id": "logout", "label": "Log out", "primary": True}],
        }
