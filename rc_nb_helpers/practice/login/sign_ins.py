"""Who stays signed in, in which browser, and what they allowed there. ``prompt`` and ``login_hint`` go by it.

A person is remembered only when they ask for it ("Stay signed in"). Rules: OpenID Connect Core §3.1.2.1.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from ..clock import Clock
from ..company.people import Person
from ..randomness import random_text
from .apps import App

SIGN_IN_SECONDS = 12 * 3600
"""How long a person stays signed in."""
MOST_SIGN_INS = 5000


@dataclass(eq=False)
class RememberedSignIn:
    """A person who stays signed in.

    Attributes:
        value: What the browser's cookie holds.
        at: When they signed in, in seconds since the epoch.
        allowed: The permissions that they gave to apps, by client id.
    """

    value: str = field(repr=False)
    person: Person
    at: float
    allowed: dict[str, frozenset[str]] = field(default_factory=dict)

    def allow(self, app: App) -> None:
        """Note that the person allowed ``app`` what it wants today."""
        self.allowed[app.client_id] = frozenset(app.permissions)

    def allows(self, app: App) -> bool:
        """Whether the person allowed ``app`` everything that it wants today."""
        return app.client_id in self.allowed and self.allowed[app.client_id].issuperset(app.permissions)


class SignInStore:
    """The remembered sign-ins, by the unguessable value that a cookie holds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sign_ins: dict[str, RememberedSignIn] = {}

    def remember(self, person: Person) -> RememberedSignIn:
        """Make a new sign-in: ``person`` stays signed in."""
        now = self._clock()
        for value in list(itertools.islice(self._sign_ins, 2)):  # oldest first; two out for one in keeps it small
            if now - self._sign_ins[value].at > SIGN_IN_SECONDS or len(self._sign_ins) >= MOST_SIGN_INS:
                del self._sign_ins[value]
        sign_in = RememberedSignIn(random_text(32), person, now)
        self._sign_ins[sign_in.value] = sign_in
        return sign_in

    def find(self, value: str) -> RememberedSignIn | None:
        """The sign-in, or None when it is unknown or over."""
        sign_in = self._sign_ins.get(value)
        return sign_in if sign_in and self._clock() - sign_in.at <= SIGN_IN_SECONDS else None

    def end(self, value: str) -> None:
        """Sign the person out of the browser with this cookie."""
        self._sign_ins.pop(value, None)

    def forget(self, client_id: str | None = None) -> None:
        """Forget everybody, or only what was allowed to one app."""
        if client_id is None:
            self._sign_ins.clear()
        for sign_in in self._sign_ins.values():
            sign_in.allowed.pop(client_id or "", None)
