"""The token panel: what the session holds, without showing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..meanings import meaning_of
from ..sentences.saying import say
from .base import Action, Panel, script

if TYPE_CHECKING:
    from ..results import TokenStatus
    from .view import Button, Fact, Token, View


class TokenPanel(Panel):
    """Shows the tokens of a login, but never a part of them: how long they live, and what they are good for.

    The bars run down by this computer's clock. The server has a clock of its own, and may end a token earlier.

    Args:
        session: The session whose tokens are shown.
    """

    _esm = script("tokens")

    def _describe(self) -> View:
        title = say("tokens.title")
        status = self._session.token_status
        if status is None:
            return {"title": title, **self._login_view()}
        buttons: list[Button] = [{"id": "logout", "label": say("panel.log-out")}]
        if status.refresh_expires_at:
            buttons.insert(0, {"id": "refresh", "label": say("tokens.refresh"), "primary": True})
        return {
            "title": title,
            "status": {
                "kind": "ok",
                "text": say("panel.logged-in", environment=self._session.environment.name),
                "why": say("tokens.not-shown"),
            },
            "buttons": buttons,
        }

    def _actions(self) -> dict[str, Action]:
        return {**super()._actions(), "refresh": lambda _: self._refresh()}

    def _refresh(self) -> None:
        self._session.refresh()
        self._notice = {
            "kind": "ok",
            "text": say("tokens.refreshed"),
            "why": say("tokens.refreshed-why"),
        }

    def _show(self) -> None:
        """Bring the screen up to date. From any thread."""
        with self._showing:
            super()._show()
            status = self._session.token_status
            self._tell({"tokens": _tokens(status) if status else [], "facts": self._facts(status) if status else []})

    def _facts(self, status: TokenStatus) -> list[Fact]:
        times = {0: say("tokens.never-yet"), 1: say("tokens.once")}
        often = say("tokens.several-times", count=status.refreshes)
        return [
            {"name": say("tokens.scope"), "text": ", ".join(status.scope) or say("tokens.scope-unknown")},
            {"name": say("tokens.times"), "text": times.get(status.refreshes, often)},
            {"name": say("tokens.kept"), "text": self._place()},
        ]

    def _place(self) -> str:
        storage, problem = self._session.storage, self._session.storage_problem
        if storage is None:
            return say("tokens.in-memory")
        if problem is not None:
            return f"{say('tokens.in-memory')} {problem}"
        return say("tokens.in-memory-and", place=storage.description)


def _tokens(status: TokenStatus) -> list[Token]:
    """The two tokens, as far as they may be known."""
    goes_on = bool(status.refresh_expires_at)
    return [
        {
            "name": say("tokens.access-token"),
            "purpose": _purpose("access_token"),
            "ends": status.expires_at,
            "lasts": status.lasts,
            "over": say("tokens.renewed" if goes_on else "tokens.no-more"),
        },
        {
            "name": say("tokens.refresh-token"),
            "purpose": _purpose("refresh_token"),
            "ends": status.refresh_expires_at,
            "lasts": status.refresh_lasts,
            "over": say("tokens.sign-in-again" if goes_on else "tokens.none"),
        },
    ]


def _purpose(name: str) -> str:
    meaning = meaning_of(name, "token")
    return meaning.purpose if meaning else ""
