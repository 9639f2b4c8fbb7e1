"""How values that Python people pass are written into a query, a form or a body.

A query is text, so here each type has one spelling that RingCentral reads: ``None`` is left out, ``True`` is
``true``, a moment is ISO 8601 with its time zone. JSON has types of its own, and what has none there is refused with
a sentence that names it, rather than guessed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from enum import Enum
from numbers import Number
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from .errors import RingCentralError

_MOST_LEVELS = 50
"""How deep a body is looked into for what JSON could not write."""


def write_query(parameters: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> str:
    """Write a query or a form.

    Args:
        parameters: Names and values. ``None`` is left out, a list, set, tuple or generator becomes a repeated
            parameter, a ``datetime`` needs a time zone, a ``date`` is written as it is (``2026-01-31``).

    Returns:
        The text, percent-encoded.

    Raises:
        RingCentralError: A value cannot be written. It names the parameter.
    """
    try:
        pairs = list(parameters.items() if isinstance(parameters, Mapping) else parameters)
        return urlencode([(str(name), text) for name, value in pairs for text in _texts(str(name), value)])
    except (TypeError, ValueError):
        raise RingCentralError(
            "These parameters cannot be sent.",
            why="They are not names with values.",
            cure='Pass a dictionary: {"perPage": 100}.',
        ) from None


def write_json(body: Any) -> str:
    """Write a JSON body.

    Args:
        body: What JSON knows: dictionaries, lists, texts, numbers, True, False, None.

    Raises:
        RingCentralError: Something in it is not known to JSON. It names the place.
    """
    try:
        return json.dumps(body, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        place, value = _unknown_to_json(body, "", []) or ("", body)
    raise RingCentralError(
        f"This body cannot be sent: {place or 'it'} is a {type(value).__name__}.",
        why="JSON has texts, numbers, lists, dictionaries, True, False and None, and nothing else.",
        cure=_as_json(value),
    )


def _texts(name: str, value: Any) -> list[str]:
    """A value as the texts that stand for it in a query: none, one or several."""
    if value is None:
        return []
    if isinstance(value, Enum):
        return _texts(name, value.value)
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise RingCentralError(
                f"{name} has no time zone, so it could be one of many moments.",
                why="RingCentral reads a time without a zone as UTC, and Python means the local time with it.",
                cure="Write datetime.now(timezone.utc), or value.astimezone() for this computer's local time.",
            )
        return [value.isoformat().replace("+00:00", "Z")]
    if isinstance(value, date):
        return [value.isoformat()]
    if isinstance(value, bytes):
        return [value.decode("utf-8", "surrogateescape")]
    decimal = sys.modules.get("decimal")  # who has not loaded it has no such number; loading it takes a while
    if decimal and isinstance(value, decimal.Decimal):
        return [format(value, "f")]
    if isinstance(value, str | UUID | Number):
        return [str(value)]
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        each = [text for item in value for text in _texts(name, item)]
        return sorted(each) if isinstance(value, set | frozenset) else each  # a set has no order of its own
    raise RingCentralError(
        f"{name} cannot be sent: it is a {type(value).__name__}.",
        why="A parameter is a text, a number, True or False, a date, or a list of these.",
        cure="Turn it into one of them.",
    )


def _unknown_to_json(value: Any, place: str, above: list[int]) -> tuple[str, Any] | None:
    """The first place in a body that JSON cannot hold, and what is there."""
    if isinstance(value, Mapping | list | tuple):
        if id(value) in above or len(above) >= _MOST_LEVELS:
            return f"{place[:40]} (which contains itself, or is too deep)", value
        if isinstance(value, dict):
            parts = [(f"{place}.{key}" if place else str(key), each) for key, each in value.items()]
            odd = [key for key in value if not isinstance(key, str | int | float | None)]
            if odd:
                return f"the key {odd[0]!r}" if isinstance(odd[0], tuple) else "a key", odd[0]
        elif isinstance(value, Mapping):
            return place, value
        else:
            parts = [(f"{place}[{number}]", each) for number, each in enumerate(value)]
        found = (_unknown_to_json(each, where, [*above, id(value)]) for where, each in parts)
        return next(filter(None, found), None)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return place, value
    return None


def _as_json(value: Any) -> str:
    if isinstance(value, datetime | date | time):
        return "Write value.isoformat(), for a moment with its time zone: datetime.now(timezone.utc).isoformat()."
    if isinstance(value, Enum):
        return "Write value.value."
    if isinstance(value, float):
        return "Leave it out, or write None: JSON has no such number."
    if isinstance(value, bytes):
        return "Write value.decode(), or send the bytes alone as the body."
    if isinstance(value, Mapping):
        return "Write dict(value), without a circle."
    if isinstance(value, Iterable) and not isinstance(value, str | list | tuple):
        return "Write list(value)."
    return "Write str(value), or leave it out."
