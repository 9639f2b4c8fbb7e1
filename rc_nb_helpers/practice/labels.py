"""Labels: by them a program's own record and ours are seen to speak of one message, without what it carried.

A label is derived in one direction from a one-time value. The helpers derive the same ones (their own ``labels.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SHORTEST = 16
"""Shorter values have no label: a state that somebody typed could be guessed from one, and may come again."""

# Passwords, client secrets and code verifiers never have one.
_PURPOSES = {
    "state": "state",
    "code": "code",
    "access_token": "token",
    "refresh_token": "token",
    "token": "token",
    "interaction": "interaction",
}


def labels_of(values: Iterable[tuple[str, object]]) -> tuple[str, ...]:
    """The labels of what a message carries, in alphabetical order.

    Args:
        values: Names and values of its parameters or fields.
    """
    labels = {
        _label(_PURPOSES[name], value)
        for name, value in values
        if name in _PURPOSES and isinstance(value, str) and len(value) >= SHORTEST
    }
    return tuple(sorted(labels))


def _label(purpose: str, value: str) -> str:
    digest = hashlib.sha256(f"label of a {purpose}: {value}".encode("utf-8", "surrogatepass"))
    return f"{purpose}:{digest.hexdigest()[:16]}"
