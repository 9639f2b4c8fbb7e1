"""The instructor's way in: one password, a few browsers that know it, and a limit for those who guess."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from .apps import random_text
from .clock import Clock

SIGN_IN_TTL = 12 * 3600
"""Seconds that a browser stays signed in for."""
MAX_SIGN_INS = 20
MAX_TRIES = 10
"""Wrong passwords that an address may send in one window."""
TRIES_WINDOW = 60
_MAX_ADDRESSES = 1000


class TooManyTries(Exception):
    """An address sent too many wrong passwords."""


@dataclass
class _Tries:
    began_at: float
    wrong: int = 0


class InstructorDoor:
    """Lets in who knows the password."""

    def __init__(self, password: str, clock: Clock) -> None:
        self._password = password.encode()
        self._clock = clock
        self._sign_ins: dict[str, float] = {}
        self._tries: dict[str, _Tries] = {}

    def sign_in(self, password: str, address: str) -> str | None:
        """Return the unguessable value for a browser's cookie, or None for a wrong password.

        ``address`` is whose tries are counted. Raises `TooManyTries`.
        """
        tries = self._tries_of(address)
        if tries.wrong >= MAX_TRIES:
            raise TooManyTries
        if not secrets.compare_digest(password.encode("utf-8", "replace"), self._password):
            tries.wrong += 1
            return None
        if len(self._sign_ins) >= MAX_SIGN_INS:
            del self._sign_ins[next(iter(self._sign_ins))]
        value = random_text(32)
        self._sign_ins[value] = self._clock()
        return value

    def knows(self, value: str) -> bool:
        """Whether the browser with this cookie is signed in."""
        signed_in_at = self._sign_ins.get(value)
        return signed_in_at is not None and self._clock() - signed_in_at <= SIGN_IN_TTL

    def sign_out(self, value: str) -> None:
        """End it."""
        self._sign_ins.pop(value, None)

    def _tries_of(self, address: str) -> _Tries:
        now = self._clock()
        tries = self._tries.get(address)
        # The clock may have been set back in between.
        if tries is None or not 0 <= now - tries.began_at < TRIES_WINDOW:
            self._tries.pop(address, None)
            if len(self._tries) >= _MAX_ADDRESSES:
                del self._tries[next(iter(self._tries))]
            tries = self._tries[address] = _Tries(now)
        return tries
