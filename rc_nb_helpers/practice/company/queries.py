"""Reads the query of a REST request: pages, dates and filters. Each is checked; unknown parameters are ignored.

A value that cannot be used is answered as RingCentral answers it, with CMN-101 and the parameter's name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ..errors import bad_parameter

MOST_PER_PAGE = 1000
MOST_PAGE = 1000
_PER_PAGE = 100


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for: ``number`` from 1, ``size`` records."""

    number: int = 1
    size: int = _PER_PAGE


@dataclass(frozen=True)
class Query:
    """A query, read parameter by parameter. Every method raises ``ApiRefusal`` 400 for a value that cannot be used.

    Attributes:
        values: Its parameters, all of them text.
        used: Those that were read: the links to other pages of a list repeat them.
    """

    values: Mapping[str, list[str]]
    used: dict[str, list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """The value of ``name``, None when it is absent or empty."""
        return next(iter(self._read(name)), None)

    def choices(self, name: str, allowed: Collection[str]) -> frozenset[str]:
        """The values of ``name``, which may come several times; all of ``allowed`` when it is absent."""
        found = self._read(name)
        if not set(found) <= set(allowed):
            raise bad_parameter(name)
        return frozenset(found or allowed)

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """The one value of ``name``, None when it is absent."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise bad_parameter(name)
        return value

    def flag(self, name: str) -> bool:
        """Whether ``name`` is true; when it is absent, it is not."""
        return self.choice(name, ("true", "false", "True", "False")) in ("true", "True")

    def time(self, name: str, default: float) -> float:
        """An ISO 8601 time in seconds since the epoch; without a time zone it is UTC."""
        text = self.text(name)
        if text is None:
            return default
        try:
            # Python 3.10 does not know the Z of ISO 8601.
            moment = datetime.fromisoformat(text.removesuffix("Z"))
            return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
        except (ValueError, OverflowError):
            raise bad_parameter(name) from None

    def page(self, *, allow_max: bool = False) -> Page:
        """``page`` and ``perPage``. More per page than RingCentral gives is cut, not refused.

        Args:
            allow_max: Whether ``perPage=max`` is understood, as the call log does.
        """
        if allow_max and self.values.get("perPage") == ["max"]:
            size = MOST_PER_PAGE
        else:
            size = min(self._number("perPage", _PER_PAGE), MOST_PER_PAGE)
        number = self._number("page", 1)
        if number > MOST_PAGE:
            raise bad_parameter("page")
        return Page(number, size)

    def _number(self, name: str, default: int) -> int:
        text = next(filter(None, self.values.get(name, ())), None)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
            raise bad_parameter(name)
        return int(text)

    def _read(self, name: str) -> list[str]:
        found = [value for value in self.values.get(name, ()) if value]
        if found:
            self.used[name] = found
        return found
