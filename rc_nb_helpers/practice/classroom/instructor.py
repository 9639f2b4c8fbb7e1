"""How the instructor signs in to the board: one password, and a few browsers that stay signed in.

Of the password and of the browsers' cookies only hashes are kept. Wrong passwords are not counted. The password is
random and 71 bits long, so nobody guesses it. In a classroom, where everybody may come from one address, a limit would
only let a learner lock the instructor out.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import cached_property
from typing import Any

from ..clock import Clock
from ..randomness import random_text

SIGN_IN_SECONDS = 12 * 3600
"""Seconds that a browser stays signed in for."""
MOST_SIGN_INS = 20
_PASSWORD_LENGTH = 12


class InstructorSignIns:
    """The instructor's password, and the browsers in which the instructor is signed in.

    Args:
        clock: The real time.

    Attributes:
        password: The password, if it was made here; empty when only its hash is known.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sign_ins: dict[str, float] = {}
        self.password = random_text(_PASSWORD_LENGTH)
        self._salt = secrets.token_bytes(16)

    @cached_property
    def _hash(self) -> bytes:
        """Made when somebody signs in, or the class is kept: most platforms have neither."""
        return _scrypt(self.password, self._salt)

    def accepts(self, password: str) -> bool:
        """Whether this is the password."""
        return secrets.compare_digest(_scrypt(password, self._salt), self._hash)

    def sign_in(self, password: str) -> str | None:
        """Sign a browser in; return the unguessable value for its cookie, or None when the password is wrong."""
        if not self.accepts(password):
            return None
        if len(self._sign_ins) >= MOST_SIGN_INS:
            del self._sign_ins[next(iter(self._sign_ins))]
        value = random_text(32)
        self._sign_ins[_name(value)] = self._clock()
        return value

    def knows(self, value: str) -> bool:
        """Whether the browser with this cookie is signed in."""
        signed_in_at = self._sign_ins.get(_name(value))
        return signed_in_at is not None and self._clock() - signed_in_at <= SIGN_IN_SECONDS

    def sign_out(self, value: str) -> None:
        """Forget the browser with this cookie."""
        self._sign_ins.pop(_name(value), None)

    def to_keep(self) -> dict[str, Any]:
        """What a later platform needs to know the same password and browsers: hashes, as plain JSON data."""
        return {"salt": self._salt.hex(), "hash": self._hash.hex(), "browsers": dict(self._sign_ins)}

    def take_back(self, kept: dict[str, Any]) -> None:
        """Go on with the password and the browsers that were kept."""
        self._salt, self._hash = bytes.fromhex(kept["salt"]), bytes.fromhex(kept["hash"])
        self._sign_ins = {str(name): float(at) for name, at in kept["browsers"].items()}
        self.password = ""


def _scrypt(password: str, salt: bytes) -> bytes:
    # Cheap for scrypt, on purpose: nobody can try all random passwords of 71 bits, however fast, and a dear one would
    # let a learner who sends wrong passwords keep the whole room waiting.
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=2**10, r=8, p=1, dklen=32)


def _name(value: str) -> str:
    """By what a browser is known without its cookie's value, which is random and long."""
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
