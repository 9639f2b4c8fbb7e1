"""What the people in the room are called: a name for a seat, from the instructor's roster or typed at the seat itself.

These are the only real people that the platform hears of. So names stay here: the board shows them to the instructor,
and a page of a learner shows only what was typed in that very browser.
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_LENGTH = 40
MOST_NAMES = 2000
_MOST_MARKS = 3
"""Accents above each other: more of them would reach into the rows above and below."""
_LOOK_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs, as far as Unicode is concerned, of which nothing is seen."""
_JOINERS = frozenset("\u200c\u200d")
"""Persian and Indian names, and emoji, are written with them."""


def clean_name(text: str) -> str:
    """``text`` as a name that is safe to show beside others: in one line, with nothing in it that is not seen.

    What turns the direction of writing goes (U+202E and its like), and so do controls and what has no width. A joiner
    stays where it joins something. The result is empty when nothing would be seen.
    """
    spaced = "".join(
        " " if one in _LOOK_BLANK or _kind(one) == "Cc" else one for one in unicodedata.normalize("NFC", text)
    )
    kept: list[str] = []
    marks = 0
    for place, one in enumerate(spaced):
        marks = marks + 1 if _kind(one)[0] == "M" else 0
        hidden = _kind(one) in ("Cf", "Cs") and not (
            one in _JOINERS and _joins(spaced[place - 1 : place], spaced[place + 1 : place + 2])
        )
        if not hidden and marks <= _MOST_MARKS:
            kept.append(one)
    name = " ".join("".join(kept).split())
    return name if any(_kind(one)[0] in "LNPS" for one in name) else ""


def _kind(character: str) -> str:
    """Its general category in Unicode."""
    return unicodedata.category(character)


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between the two has something to join."""
    return all(one and not one.isascii() and not one.isspace() and _kind(one) != "Cf" for one in (before, after))


@dataclass(frozen=True)
class _Given:
    """A name, and the browser in which it was typed: empty where it is from the roster."""

    name: str = field(repr=False)
    browser: str = field(default="", repr=False)


class Names:
    """The names of the seats. Whoever gives one has cleaned it (``clean_name``).

    Attributes:
        on_projector: Whether the instructor wants them there, too.
    """

    def __init__(self) -> None:
        self._given: dict[str, _Given] = {}
        self.on_projector = False

    def of(self, seat: str) -> str:
        """The name of whoever is at ``seat``, or an empty text."""
        return given.name if (given := self._given.get(seat)) else ""

    def all(self) -> list[tuple[str, str]]:
        """Each seat that has a name, and the name, by seat."""
        return sorted((seat, given.name) for seat, given in self._given.items())

    def give(self, seat: str, name: str) -> None:
        """Let ``seat`` be called ``name``, as the roster says."""
        self._put(seat, _Given(name))

    def typed_in(self, browser: str, seat: str) -> str:
        """The name of ``seat`` if it was typed in that browser: nobody reads a neighbour's there."""
        given = self._given.get(seat)
        return given.name if given and given.browser == browser else ""

    def may_be_typed(self, browser: str, seat: str) -> bool:
        """Whether a browser may say who is at ``seat``: nobody has said it, or that browser has."""
        given = self._given.get(seat)
        return given is None or given.browser == browser

    def type(self, browser: str, seat: str, name: str) -> bool:
        """Let the person in a browser be called ``name``, or nothing, at ``seat`` and nowhere else.

        Args:
            browser: Names the browser.
            seat: Where the person is.
            name: Theirs; empty when they would rather not say it.

        Returns:
            Whether that can be; what others have said about a seat stays (``may_be_typed``).
        """
        if name and not self.may_be_typed(browser, seat):
            return False
        for other in [one for one, given in self._given.items() if given.browser == browser]:
            del self._given[other]
        if name:
            self._put(seat, _Given(name, browser))
        return True

    def remove(self, seat: str) -> None:
        """Call ``seat`` by its number again."""
        self._given.pop(seat, None)

    def forget(self) -> None:
        """Forget all names, and that they were on the projector."""
        self._given.clear()
        self.on_projector = False

    def to_keep(self) -> Any:
        """Everything that a restart must not lose, as plain data."""
        names = {seat: asdict(given) for seat, given in self._given.items()}
        return {"names": names, "on_projector": self.on_projector}

    def take_back(self, kept: Any) -> None:
        """Take what ``to_keep`` gave, perhaps that of another version, or damaged: what cannot be used is left out."""
        self.forget()
        if not isinstance(kept, dict):
            return
        self.on_projector = kept.get("on_projector") is True
        names = kept.get("names")
        for seat, given in names.items() if isinstance(names, dict) else ():
            name, browser = (given.get("name"), given.get("browser", "")) if isinstance(given, dict) else ("", "")
            if isinstance(name, str) and isinstance(browser, str) and (name := clean_name(name)[:MOST_LENGTH]):
                self._put(str(seat), _Given(name, browser))

    def _put(self, seat: str, given: _Given) -> None:
        if len(self._given) < MOST_NAMES or seat in self._given:
            self._given[seat] = given
