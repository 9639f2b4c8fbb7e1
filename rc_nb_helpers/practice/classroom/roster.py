"""The list of names that an instructor pastes: with seats, or to be handed out in order."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ..company.people import Company
from .names import MOST_LENGTH, Names, clean_name
from .stuck import WRITTEN_SEAT, seat_named

_PARTS = re.compile(r"[,;\t]")
_HEADINGS = frozenset({"", "seat", "name", "names"})


@dataclass(frozen=True)
class LeftOver:
    """A line that nobody got a name from.

    Attributes:
        line: What was pasted.
        reason: Why not, as the end of a sentence.
    """

    line: str = field(repr=False)
    reason: str


def hand_out(pasted: str, company: Company, names: Names) -> list[LeftOver]:
    """Give the names of a roster to seats; return the lines that could not be used.

    A line is a name, or a seat and a name with a comma, a semicolon or a tab between them, as spreadsheets copy them.
    Names without a seat go to the seats that have none, in order. Whoever has a seat already keeps it: the same list
    can be pasted again when it has become longer.

    Args:
        pasted: The lines.
        company: Its learners are the seats.
        names: The names of the room.
    """
    left: list[LeftOver] = []
    without_seat: list[tuple[str, str]] = []
    for line in pasted.lstrip("\ufeff").splitlines():
        written, text = _seat_and_name(line)
        name = clean_name(text)
        if {part.strip().strip('"').casefold() for part in _PARTS.split(line)} <= _HEADINGS:
            continue
        if not name:
            left.append(LeftOver(line, "there is no name on it"))
        elif len(name) > MOST_LENGTH:
            left.append(LeftOver(line, f"the name is longer than {MOST_LENGTH} characters"))
        elif not written:
            without_seat.append((name, line))
        elif seat := seat_named(written, company):
            names.give(seat, name)
        else:
            left.append(LeftOver(line, "there is no such seat"))
    seated = Counter(name for _, name in names.all())
    free = (person.username for person in company.learners if not names.of(person.username))
    for name, line in without_seat:
        if seated[name] > 0:
            seated[name] -= 1
        elif seat := next(free, None):
            names.give(seat, name)
        else:
            left.append(LeftOver(line, "no seat is free"))
    return left


def _seat_and_name(line: str) -> tuple[str, str]:
    """The seat as it is written, or an empty text; and the name."""
    divided = _PARTS.split(line, maxsplit=1)
    written = divided[0].strip().strip('"').strip()
    if WRITTEN_SEAT.fullmatch(written):
        return written, divided[1].strip().strip('"') if len(divided) > 1 else ""
    return "", line.strip().strip('"')
