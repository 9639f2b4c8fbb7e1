"""How values that Python people pass are written into a query, a form or a body.

A query is text, so here each type has one spelling that RingCentral reads: ``None`` is left out, ``True`` is
``true``, a moment is ISO 8601 with its time zone. JSON has types of its own, and what has none there is refused with
a sentence that names it, rather than guessed.
"""

from __future__ import annotations

import builtins
import json
import math
import sys
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from enum import Enum
from numbers import Integral, Number, Real
from typing import Any, cast
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
    given = parameters.items() if isinstance(parameters, Mapping) else parameters
    pairs = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 and _is_name(pair[0]) for pair in pairs):
        raise RingCentralError(
            "These parameters cannot be sent.",
            why="They are not names with values.",
            cure='Pass a dictionary: {"perPage": 100}.',
        )
    return "&".join(filter(None, (_parameter(str(name), value) for name, value in pairs)))


def _is_name(name: Any) -> bool:
    return isinstance(name, str | int) and not isinstance(name, bool)


def _parameter(name: str, value: Any) -> str:
    try:
        return urlencode([(name, text) for text in _texts(name, value)])
    except UnicodeEncodeError:
        why = "It holds half a character (a surrogate without its other half), which UTF-8 cannot write."
    except UnicodeDecodeError:
        why = "Its bytes are no text in UTF-8."
    except RecursionError:
        why = "It contains itself, or is too deep."
    except (TypeError, ValueError) as error:  # such as an array that has no elements; its words may hold the value
        why = f"It cannot be written as text ({type(error).__name__})."
    raise RingCentralError(f"{_shown(name)} cannot be sent.", why=why, cure="Look at the value that you pass.")


def _shown(name: str) -> str:
    return name[:80] if name.isprintable() else ascii(name)[:80]


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
        f"This body cannot be sent: {place or 'it'} is {value if _is_no_number(value) else f'a {_type_of(value)}'}.",
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
    if _is_no_number(value):
        raise RingCentralError(
            f"{name} cannot be sent: it is {value}.",
            why="That stands for a value that is not there, or for none that can be written.",
            cure="Leave it out, or write None.",
        )
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
    if isinstance(value, bytes | bytearray | memoryview):
        return [bytes(value).decode()]
    decimal = sys.modules.get("decimal")  # who has not loaded it has no such number; loading it takes a while
    if decimal and isinstance(value, decimal.Decimal):
        return [format(value, "f")]
    if isinstance(value, str | UUID | Real):
        return [str(value)]
    if isinstance(value, Iterable) and not isinstance(value, Mapping):
        each = [text for item in value for text in _texts(name, item)]
        return sorted(each) if isinstance(value, set | frozenset) else each  # a set has no order of its own
    raise RingCentralError(
        f"{name} cannot be sent: it is a {_type_of(value)}.",
        why="A parameter is a text, a number, Python's own True or False, a date, or a list of these.",
        cure=_in_pythons_types(value) or "Turn it into one of them.",
    )


def _is_no_number(value: Any) -> bool:
    """Whether this is NaN, an infinity, or what pandas has for a moment that is not there (NaT)."""
    if isinstance(value, datetime):
        return bool(value != value)  # it is not equal to itself
    try:
        return isinstance(value, Number) and not isinstance(value, Integral) and not math.isfinite(cast(float, value))
    except ValueError:  # Decimal("sNaN")
        return True
    except (TypeError, OverflowError):  # a complex number; a fraction that is larger than any float
        return False


def _type_of(value: Any) -> str:
    """A type's name, with its module where it could be taken for one of Python's own (numpy has a ``bool``)."""
    kind = type(value)
    is_another = hasattr(builtins, kind.__name__) and kind.__module__ != "builtins"
    return f"{kind.__module__}.{kind.__name__}" if is_another else kind.__name__


def _in_pythons_types(value: Any) -> str:
    """What to do with what numpy and pandas have; empty for anything else."""
    if type(value).__name__ in ("datetime64", "timedelta64"):
        return "Turn it into a datetime of Python's."
    return "Write value.tolist(): that is the same in Python's own types." if hasattr(value, "tolist") else ""


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
    if cure := _in_pythons_types(value):
        return cure
    if _is_no_number(value):
        return "Leave it out, or write None: JSON has no such number."
    if isinstance(value, datetime | date | time):
        return "Write value.isoformat(), for a moment with its time zone: datetime.now(timezone.utc).isoformat()."
    if isinstance(value, Enum):
        return "Write value.value."
    if isinstance(value, bytes | bytearray | memoryview):
        return "Write bytes(value).decode(), or send the bytes alone as the body."
    if isinstance(value, Mapping):
        return "Write dict(value), without a circle."
    if hasattr(value, "read"):
        return "Write value.read(): bytes alone are sent as they are."
    if isinstance(value, list):
        return "Write it without a circle, and with fewer levels."
    if isinstance(value, Iterable) and not isinstance(value, str | tuple):
        return "Write list(value)."
    return "Write str(value), or leave it out."
