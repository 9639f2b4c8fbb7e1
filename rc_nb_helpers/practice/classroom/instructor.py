"""How the instructor signs in to the board: one password, and a few browsers that stay signed in.

Wrong passwords are not counted. The password is random and 71 bits long, so nobody guesses it. In a classroom, where
everybody may come from one address, a limit would only let a learner lock the instructor out.
"""

from __future__ import annotations

import secrets

from ..clock import Clock
from ..randomness import random_text

SIGN_IN_SECONDS = 12 * 3600
"""Seconds that a browser stays signed in for."""
MOST_SIGN_INS = 20


class InstructorSignIns:
    """The browsers in which the instructor is signed in.

    Args:
        password: What the instructor types.
        clock: The real time.
    """

    def __init__(self, password: str, clock: Clock) -> None:
        self._password = password.encode()
        self._clock = clock
        self._sign_ins: dict[str, float] = {}

    def sign_in(self, password: str) -> str | None:
        """Sign a browser in; return the unguessable value for its cookie, or None when the password is wrong."""
        if not secrets.compare_digest(password.encode("utf-8", "replace"), self._password):
            return None
        if len(self._sign_ins) >= MOST_SIGN_INS:
            del self._sign_ins[next(iter(self._sign_ins))]
        value = random_text(32)
        self._sign_ins[value] = self._clock()
        return value

    def knows(self, value: str) -> bool:
        """Whether the browser with this cookie is signed in."""
        signed_in_at = self._sign_ins.get(value)
        return signed_in_at is not None and self._clock() - signed_in_at <= SIGN_IN_SECONDS

    def sign_out(self, value: str) -> None:
        """Forget the browser with this cookie."""
        self._sign_ins.pop(value, None)
