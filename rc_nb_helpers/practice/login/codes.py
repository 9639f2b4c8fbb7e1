"""Authorization codes: each is good once, for 60 seconds, and for the login that asked for it.

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
CODE_MEMORY_SECONDS = 600
"""Seconds that a code is remembered, so that a late or second use gets the right answer."""
MOST_CODES = 10_000


@dataclass(eq=False)
class AuthorizationCode:
    """A code that the person's browser carries to the app, and what it is bound to (RFC 6749 §4.1.2).

    Attributes:
        issued_at: Seconds since the epoch.
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
        )
        self._codes[code.value] = code
        return code

    def find(self, value: str) -> AuthorizationCode | None:
        """The code, even one that was used or is expired; None when it was never given or is forgotten."""
        return self._codes.get(value)

    def forget(self, client_id: str | None = None) -> None:
        """Forget the codes of one app, or all."""
        self._codes = {
            value: code for value, code in self._codes.items() if client_id is not None and code.client_id != client_id
        }

    def expired(self, code: AuthorizationCode) -> bool:
        """Whether it is too late to exchange it."""
        return self._clock() - code.issued_at >= CODE_SECONDS
