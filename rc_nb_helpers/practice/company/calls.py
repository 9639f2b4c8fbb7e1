"""The call log: a year of made-up calls, with the rhythm of a bookshop's days.

A day's calls depend only on the seed, the day and the person, so they stay the same however often they are asked
for; the clock decides which days lie in the past. They are made when somebody asks, and the days asked for last are
kept.
"""

from __future__ import annotations

import itertools
import math
import random
import zlib
from dataclasses import dataclass
from functools import lru_cache

from .people import Person

DAYS_KEPT = 365
SEED = 1
MOST_CALLS_PER_DAY = 50
DAY = 86400
"""Seconds."""

_PACIFIC = -8 * 3600  # where the company is; daylight saving is left out
_CALLS_PER_DAY = 7.5
_WEEKDAYS = (1.1, 0.95, 0.95, 1.0, 1.2, 0.6, 0.15)  # Monday first
# The first two calls of a day keep these hours: so the last 24 hours always hold a call, at any hour of any day.
_EVERY_DAY = (10, 15)
_HOURS = {9: 6, 10: 2, 11: 13, 12: 4, 13: 7, 14: 13, 15: 2, 16: 12, 17: 8, 18: 3}  # the others, around lunch
_PEAK = 345  # the day of the year, from 0, when most books are given away
_SEASON = 0.3
_BUSY_DAYS = 3  # of a hundred: a reading, a school order
_FAXES = 0.03
_RESULTS = {  # with their weights, by whether the call came in
    True: {"Accepted": 72, "Missed": 15, "Voicemail": 13},
    False: {"Call connected": 80, "No Answer": 14, "Busy": 6},
}
_FAX_RESULTS = {True: {"Received": 1}, False: {"Sent": 1}}
# Medians and spread of log-normal durations in seconds.
_TALK, _VOICEMAIL = (math.log(110), 0.9), (math.log(25), 0.4)
_MOST_CALL_SECONDS = 1800


@dataclass(frozen=True)
class Contact:
    """Somebody outside the company, with a number kept for fiction (555-0100 to 555-0199)."""

    name: str
    location: str
    number: str
    has_fax: bool = False


CONTACTS = (
    Contact("Harbor Print Works", "Oakland, CA", "+15105550142", has_fax=True),
    Contact("Lena Fischer", "Seattle, WA", "+12065550117"),
    Contact("Northwind Paper", "Portland, OR", "+15035550163", has_fax=True),
    Contact("Omar Haidari", "San Jose, CA", "+14085550128"),
    Contact("Public Library", "Hayward, CA", "+15105550184", has_fax=True),
    Contact("Rosa Delgado", "Los Angeles, CA", "+12135550171"),
    Contact("Juniper School", "Berkeley, CA", "+15105550192", has_fax=True),
    Contact("Wei Zhang", "San Francisco, CA", "+14155550135"),
    Contact("Ines Marchetti", "Sacramento, CA", "+19165550109"),
    Contact("Pier Nine Cafe", "San Francisco, CA", "+14155550158"),
)
_WITH_FAX = tuple(contact for contact in CONTACTS if contact.has_fax)


@dataclass(frozen=True, slots=True)
class Call:
    """One call or fax.

    Attributes:
        person: Who of the company made it or was called.
        contact: Who was at the other end.
        key: Names it uniquely.
        start: Seconds since the epoch.
        duration: Seconds.
        inbound: Whether it came in.
        result: How it ended, in RingCentral's words.
        fax: Whether it is a fax.
    """

    person: Person
    contact: Contact
    key: int
    start: int
    duration: int
    inbound: bool
    result: str
    fax: bool = False

    @property
    def id(self) -> str:
        """Its id in the call log: text, as RingCentral's are."""
        return f"A{self.key}"

    @property
    def end(self) -> int:
        """When it is over, in seconds since the epoch."""
        return self.start + self.duration

    @property
    def voicemail(self) -> bool:
        """Whether the caller left a message."""
        return self.result == "Voicemail"


def local_day(seconds: float) -> int:
    """The company's day, counted from 1 January 1970, at a moment in seconds since the epoch."""
    return int(seconds + _PACIFIC) // DAY


def start_of_day(day: int) -> int:
    """When a day of the company begins, in seconds since the epoch."""
    return day * DAY - _PACIFIC


def make_key(person: Person, day: int, index: int) -> int:
    """A number for the ``index``-th thing (below 100) that happened to ``person`` on ``day``."""
    return (day * 10_000_000 + person.extension_id % 10_000_000) * 100 + index


def day_of_key(key: int) -> int:
    """The day that ``make_key`` put into ``key``."""
    return key // 1_000_000_000


def chance_of(person: Person, day: int, seed: int, what: str) -> random.Random:
    """The chances of one person's day, the same ones each time: for what is made up, not for secrets."""
    return random.Random(zlib.crc32(f"{seed}:{what}:{person.extension_id}:{day}".encode()))  # noqa: S311


def calls_between(people: tuple[Person, ...], *, start: float, end: float, now: float, seed: int = SEED) -> list[Call]:
    """The calls of ``people`` that began in a stretch of time and are over, newest first.

    Args:
        people: Whose calls.
        start: When it begins, in seconds since the epoch.
        end: When it ends, itself included.
        now: The present: calls are kept for ``DAYS_KEPT`` days before it.
        seed: Which year of calls is made up.
    """
    start = max(start, now - DAYS_KEPT * DAY)
    end = min(end, now)
    if start > end:
        return []
    days = range(local_day(start), local_day(end) + 1)
    found = [
        call
        for person in people
        for day in days
        for call in _calls_of_day(person, day, seed)
        if start <= call.start <= end and call.end <= now
    ]
    found.sort(key=lambda call: (call.start, call.key), reverse=True)
    return found


def find_call(people: tuple[Person, ...], call_id: str, *, now: float, seed: int = SEED) -> Call | None:
    """The call of ``people`` with this id, or None when there is none or it is not over yet."""
    digits = call_id.removeprefix("A")
    if not (digits != call_id and digits.isascii() and digits.isdigit() and len(digits) < 16):
        return None
    begin = start_of_day(day_of_key(int(digits)))
    calls = calls_between(people, start=begin, end=begin + DAY, now=now, seed=seed)
    return next((call for call in calls if call.id == call_id), None)


def call_in_progress(person: Person, *, now: float, seed: int = SEED) -> Call | None:
    """The call that ``person`` is on at this moment, or None."""
    calls = _calls_of_day(person, local_day(now), seed)
    return next((call for call in calls if call.start <= now < call.end and not call.fax), None)


def at_work(now: float) -> bool:
    """Whether the shop is open at this moment."""
    hour = (now + _PACIFIC) % DAY / 3600
    return min(_HOURS) <= hour <= max(_HOURS) + 1


@lru_cache(maxsize=4096)  # a year of the whole staff; about 150 bytes for a call
def _calls_of_day(person: Person, day: int, seed: int) -> tuple[Call, ...]:
    chance = chance_of(person, day, seed, "calls")
    mean = _mean(person, day, seed)
    many = min(MOST_CALLS_PER_DAY, max(len(_EVERY_DAY), round(chance.gauss(mean, math.sqrt(mean)))))
    return tuple(_call(chance, person, day, index) for index in range(many))


def _mean(person: Person, day: int, seed: int) -> float:
    """How many calls are to be expected: by who it is, the day of the week, the season, and what is on that day."""
    who = 0.7 + person.extension_id // 1000 % 7 / 10
    weekday = _WEEKDAYS[(day + 3) % 7]  # day 0 was a Thursday
    season = 1 + _SEASON * math.cos(2 * math.pi * (day - _PEAK) / 365.25)
    busy = 2.2 if zlib.crc32(f"{seed}:{day}".encode()) % 100 < _BUSY_DAYS else 1
    return _CALLS_PER_DAY * who * weekday * season * busy


def _pick(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(tuple(weights), cum_weights=tuple(itertools.accumulate(weights.values())))[0]


def _call(chance: random.Random, person: Person, day: int, index: int) -> Call:
    hour = _EVERY_DAY[index] if index < len(_EVERY_DAY) else chance.choices(*_HOUR_CHOICES)[0]
    start = start_of_day(day) + hour * 3600 + chance.randrange(3600)
    inbound = chance.random() < 0.6
    fax = chance.random() < _FAXES
    results = _FAX_RESULTS if fax else _RESULTS
    result = _pick(chance, results[inbound])
    if result == "Busy":
        duration = 0
    elif result in ("Missed", "No Answer"):
        duration = chance.randrange(8, 30)  # it rang
    else:
        median_and_spread = _VOICEMAIL if result == "Voicemail" else _TALK
        duration = 5 + int(min(_MOST_CALL_SECONDS, chance.lognormvariate(*median_and_spread)))
    return Call(
        person=person,
        contact=chance.choice(_WITH_FAX if fax else CONTACTS),
        key=make_key(person, day, index),
        start=start,
        duration=duration,
        inbound=inbound,
        result=result,
        fax=fax,
    )


_HOUR_CHOICES = (tuple(_HOURS), tuple(_HOURS.values()))
