"""Marks by which the records of two sides are seen to speak of one message, without what the message carried.

A label is derived in one direction from a one-time value: who has the value can make the label, and nobody can go
back. The practice platform derives the same ones (``practice/labels.py``, a twin on purpose).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SHORTEST = 16
"""Shorter values have no label. A state that somebody typed could be guessed from one, and may come again."""

_PURPOSES = {
    "state": "state",
    "code": "code",
    "access_token": "token",
    "refresh_token": "token",
    "token": "token",
    "interaction": "interaction",
}
"""Which values have a label. Passwords, client secrets and code verifiers never do."""


def labels_of(values: Iterable[tuple[str, object]]) -> tuple[str, ...]:
    """The labels of what a message carries.

    Args:
        values: Names and values of its parameters or fields.

    Returns:
        A label for each one-time value, such as ``code:`` and 16 hexadecimal digits, in alphabetical order.
    """
    return tuple(
        sorted(
            {
                _label(_PURPOSES[name], value)
                for name, value in values
                if name in _PURPOSES and isinstance(value, str) and len(value) >= SHORTEST
            }
        )
    )


def bearer(authorization: str) -> list[tuple[str, str]]:
    """The access token of an ``Authorization`` header, for :func:`labels_of`; empty where it holds none.

    Args:
        authorization: The header's value.
    """
    scheme, _, token = authorization.strip().partition(" ")
    return [("access_token", token.strip())] if scheme.lower() == "bearer" else []


def _label(purpose: str, value: str) -> str:
    digest = hashlib.sha256(f"label of a {purpose}: {value}".encode("utf-8", "surrogatepass"))
    return f"{purpose}:{digest.hexdigest()[:16]}"
