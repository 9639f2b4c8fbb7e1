"""Authorization codes: each is good once, for a minute, and for the login that asked for it.

Rules: RFC 6749 §4.1.2, RFC 7636 §4.4, and RingCentral's "Authorization code flow".
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from ..clock import Clock
from ..company.people import Person
from ..randomness import SECRET_LENGTH, random_text
from .apps import App

CODE_SECONDS = 60
"""Seconds that a code can be exchanged (RingCentral says ``expires_in=60`` on the redirect)."""
MOST_CODE_SECONDS = 600
"""The longest that a code can be made to live, for people who need more time (WCAG 2.2.1: ten times as long)."""
CODE_MEMORY_SECONDS = 1200
"""Seconds that a code is remembered, so that a late or second use gets the right answer."""
MOST_CODES = 10_000


@dataclass(eq=False)
class AuthorizationCode:
    """A code that the person's browser carries to the app, and what it is bound to (RFC 6749 §4.1.2).

    Attributes:
        issued_at: Seconds since the epoch.
        lives: For how many seconds it can be exchanged.
        used: Whether somebody tried to exchange it: it is good once.
        session_id: The session that it was exchanged for.
    """

    value: str = field(repr=False)
    client_id: str
    person: Person
    scope: str
    redirect_uri: str
    code_challenge: str | None = field(repr=False)
    code_challenge_method: str | None
    issued_at: float
    lives: int
    used: bool = False
    session_id: str | None = field(default=None, repr=False)

    def get_redirect_uri(self) -> str:
        """For Authlib: the redirect URI of the authorization request."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """For Authlib: the permissions that were granted."""
        return self.scope


class CodeStore:
    """The codes of the last minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, AuthorizationCode] = {}
        self._lives: dict[str | None, int] = {}

    def let_live(self, seconds: int, client_id: str | None = None) -> None:
        """Give the codes of one app, or of all that have no time of their own, so many seconds.

        Raises:
            ValueError: That is shorter than RingCentral's minute, or longer than practice remembers them.
        """
        if not CODE_SECONDS <= seconds <= MOST_CODE_SECONDS:
            raise ValueError(f"A code lives for {CODE_SECONDS} to {MOST_CODE_SECONDS} seconds")
        self._lives[client_id] = int(seconds)

    def lifetime(self, client_id: str | None) -> int:
        """For how many seconds the next code of an app lives; None: of one that has no time of its own."""
        return self._lives.get(client_id, self._lives.get(None, CODE_SECONDS))

    def issue(
        self,
        *,
        app: App,
        person: Person,
        redirect_uri: str,
        code_challenge: str | None,
        code_challenge_method: str | None,
    ) -> AuthorizationCode:
        """Make a new code for what ``person`` allowed ``app``.

        The other arguments are those of the authorization request; the token request has to fit them.
        """
        now = self._clock()
        for value in list(itertools.islice(self._codes, 2)):  # oldest first; two out for one in keeps it small
            if now - self._codes[value].issued_at > CODE_MEMORY_SECONDS or len(self._codes) >= MOST_CODES:
                del self._codes[value]
        code = AuthorizationCode(
            value=random_text(SECRET_LENGTH),
            client_id=app.client_id,
            person=person,
            scope=app.scope,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge,
            code_challenge_method=code_challenge_method,
            issued_at=now,
            lives=self.lifetime(app.client_id),
        )
        self._codes[code.value] = code
        return code

    def find(self, value: str) -> AuthorizationCode | None:
        """The code, even one that was used or is expired; None when it was never given or is forgotten."""
        return self._codes.get(value)

    def forget(self, client_id: str | None = None) -> None:
        """Forget the codes of one app, or all, and how long they live."""
        if client_id is None:
            self._lives.clear()
        self._lives.pop(client_id, None)
        self._codes = {
            value: code for value, code in self._codes.items() if client_id is not None and code.client_id != client_id
        }

    def expired(self, code: AuthorizationCode) -> bool:
        """Whether it is too late to exchange it."""
        return self._clock() - code.issued_at >= code.lives
