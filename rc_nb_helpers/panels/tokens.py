"""The token panel: what the session holds, without showing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..meanings import meaning_of
from .base import Action, Panel, script

if TYPE_CHECKING:
    from ..results import TokenStatus
    from .view import Button, Fact, Token, View

_RENEWED = "It has ended. The next call gets a new one by itself."
_NO_MORE = "It has ended, and so has the login: this app gets no refresh tokens."
_NONE = "There is none: this app gets no refresh tokens. The login ends with the access token."
_SIGN_IN_AGAIN = "It has ended, so the login ends with the access token."
_TIMES = {0: "Not yet.", 1: "Once."}


class TokenPanel(Panel):
    """Shows the tokens of a login, but never a part of them: how long they live, and what they are good for.

    The bars run down by this computer's clock. The server has a clock of its own, and may end a token earlier.

    Args:
        session: The session whose tokens are shown.
    """

    _esm = script("tokens")

    def _describe(self) -> View:
        title = "What the session holds"
        status = self._session.token_status
        if status is None:
            return {"title": title, **self._login_view()}
        buttons: list[Button] = [{"id": "logout", "label": "Log out"}]
        if status.refresh_expires_at:
            buttons.insert(0, {"id": "refresh", "label": "Refresh now", "primary": True})
        return {
            "title": title,
            "status": {
                "kind": "ok",
                "text": f"Logged in to {self._session.environment.name}.",
                "why": "The tokens themselves are not shown: whoever has them may do what you have allowed.",
            },
            "buttons": buttons,
        }

    def _actions(self) -> dict[str, Action]:
        return {**super()._actions(), "refresh": lambda _: self._refresh()}

    def _refresh(self) -> None:
        self._session.refresh()
        self._notice = {
            "kind": "ok",
            "text": "RingCentral has given new tokens for the refresh token.",
            "why": "The old access token has ended with that, and so does the old refresh token: it works once.",
        }

    def _show(self) -> None:
        """Bring the screen up to date. From any thread."""
        with self._showing:
            super()._show()
            status = self._session.token_status
            self._tell({"tokens": _tokens(status) if status else [], "facts": self._facts(status) if status else []})

    def _facts(self, status: TokenStatus) -> list[Fact]:
        not_told = "Not known yet: the server tells them with the next refresh."
        return [
            {"name": "What the app may do", "text": ", ".join(status.scope) or not_told},
            {"name": "Refreshed", "text": _TIMES.get(status.refreshes, f"{status.refreshes} times.")},
            {"name": "Kept", "text": self._place()},
        ]

    def _place(self) -> str:
        storage, problem = self._session.storage, self._session.storage_problem
        memory = "in the memory of this notebook's kernel, and ends with it"
        if storage is None:
            return f"Only {memory}."
        if problem is not None:
            return f"Only {memory}. {problem}"
        return f"In the memory of this notebook's kernel; and in {storage.description}, until you log out."


def _tokens(status: TokenStatus) -> list[Token]:
    """The two tokens, as far as they may be known."""
    goes_on = bool(status.refresh_expires_at)
    return [
        {
            "name": "Access token",
            "purpose": _purpose("access_token"),
            "ends": status.expires_at,
            "lasts": status.lasts,
            "over": _RENEWED if goes_on else _NO_MORE,
        },
        {
            "name": "Refresh token",
            "purpose": _purpose("refresh_token"),
            "ends": status.refresh_expires_at,
            "lasts": status.refresh_lasts,
            "over": _SIGN_IN_AGAIN if goes_on else _NONE,
        },
    ]


def _purpose(name: str) -> str:
    meaning = meaning_of(name, "token")
    return meaning.purpose if meaning else ""
