"""The call log: made-up calls of the last weeks, with the rhythm of a bookshop's days.

A day's calls depend only on the day and the person, so they stay the same however often they are asked for; the
clock decides which days lie in the past.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from functools import lru_cache

from .company import Person

DAYS_KEPT = 35
_DAY = 86400
_PACIFIC = -8 * 3600  # where the company is; daylight saving is left out
_CALLS_PER_DAY = (7, 6, 6, 7, 8, 9, 3)  # Monday first
_HOURS = (9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 15, 16, 17, 18)
_CALLERS = (
    ("Harbor Print Works", "Oakland, CA", "+15105550142"),
    ("Lena Fischer", "Seattle, WA", "+12065550117"),
    ("Northwind Paper", "Portland, OR", "+15035550163"),
    ("Omar Haidari", "San Jose, CA", "+14085550128"),
    ("Public Library", "San Mateo, CA", "+16505550184"),
    ("Rosa Delgado", "Los Angeles, CA", "+12135550171"),
    ("Juniper School", "Palo Alto, CA", "+16505550192"),
    ("Wei Zhang", "San Francisco, CA", "+14155550135"),
)


@dataclass(frozen=True)
class Call:
    """One call. ``start`` is in seconds since the epoch, ``duration`` in seconds."""

    id: str
    session_id: str
    start: int
    duration: int
    inbound: bool
    result: str
    person: Person
    other_name: str
    other_location: str
    other_number: str


@lru_cache(maxsize=2048)
def _calls_of_day(person: Person, day: int) -> tuple[Call, ...]:
    seed = zlib.crc32(f"{person.extension_id}:{day}".encode())
    # A generator for make-believe, not for secrets.
    chance = random.Random(seed)  # noqa: S311
    weekday = (day + 3) % 7  # day 0 was a Thursday
    calls = []
    for index in range(max(2, round(chance.gauss(_CALLS_PER_DAY[weekday], 2)))):
        local = day * _DAY + chance.choice(_HOURS) * 3600 + chance.randrange(3600)
        inbound = chance.random() < 0.6
        if inbound:
            result = chance.choices(("Accepted", "Missed", "Voicemail"), (75, 15, 10))[0]
        else:
            result = chance.choices(("Call connected", "No Answer", "Busy"), (80, 14, 6))[0]
        talked = result in ("Accepted", "Call connected", "Voicemail")
        name, location, number = chance.choice(_CALLERS)
        key = f"{day:05d}{person.extension_id % 10_000_000:07d}{index:02d}"
        calls.append(
            Call(
                id=f"A{key}",
                session_id=key,
                start=local - _PACIFIC,
                duration=int(min(1800, chance.lognormvariate(4.6, 0.9))) + 5 if talked else 0,
                inbound=inbound,
                result=result,
                person=person,
                other_name=name,
                other_location=location,
                other_number=number,
            )
        )
    return tuple(calls)


def calls_between(people: tuple[Person, ...], *, start: float, end: float, now: float) -> list[Call]:
    """Return the calls of ``people`` that began in [start, end], newest first; none lies in the future.

    Times are in seconds since the epoch. Calls are kept for `DAYS_KEPT` days.
    """
    start = max(start, now - DAYS_KEPT * _DAY)
    end = min(end, now)
    if start > end:
        return []
    days = range(int(start + _PACIFIC) // _DAY, int(end + _PACIFIC) // _DAY + 1)
    found = [
        call
        for person in people
        for day in days
        for call in _calls_of_day(person, day)
        if start <= call.start <= end and call.start + call.duration <= now
    ]
    return sorted(found, key=lambda call: (-call.start, call.id))
