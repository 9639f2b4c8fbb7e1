"""The message store: voicemails and faxes that go with the calls, made-up text messages, and those that were sent.

What is made up is a pure function of seed, person and day, as the calls are. What an app sent is kept in memory for
that app and person only, so that learners never read each other's.
"""

from __future__ import annotations

import zlib
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache

from ..clock import Clock
from .calls import (
    CONTACTS,
    DAY,
    DAYS_KEPT,
    SEED,
    Call,
    Contact,
    calls_between,
    chance_of,
    day_of_key,
    local_day,
    make_key,
    start_of_day,
)
from .people import Person

MOST_SENT_EACH = 100
MOST_SENDERS = 1000
READ_AFTER_SECONDS = 8 * 3600
"""Seconds after which somebody has read what came in."""

_FIRST_SENT_ID = 10**15  # above every key of something made up, below 2**53: JavaScript can count so far
_FIRST_TEXT = 50  # calls have the indices below
_DAYS_WITH_TEXTS = 0.35
_TEXTS = (
    ("Is my order in yet?", "It came in this morning. We keep it at the counter for you."),
    ("Are you open on Sunday?", "Yes, from ten to four."),
    ("Do you have the new atlas?", "Two copies left. Shall we keep one?"),
    ("How many people come to the reading?", "About forty. Please bring chairs!"),
    ("The delivery stands at the back door.", "Thank you, we take it in."),
    ("Can I bring back a gift?", "Of course, within thirty days."),
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a person's store.

    Attributes:
        id: Names it uniquely.
        person: Whose store it is in.
        kind: RingCentral's ``type``: SMS, VoiceMail or Fax.
        inbound: Whether it came in.
        created: Seconds since the epoch.
        others: Who sent it, or is to get it.
        text: That of a text message.
        seconds: How long a voicemail is.
        pages: How many a fax has.
    """

    id: int
    person: Person
    kind: str
    inbound: bool
    created: float
    others: tuple[Contact, ...]
    text: str = ""
    seconds: int = 0
    pages: int = 0

    def read(self, now: float) -> bool:
        """Whether it counts as read at this moment."""
        return not self.inbound or now - self.created > READ_AFTER_SECONDS

    def status(self, now: float) -> str:
        """RingCentral's ``messageStatus``: what is sent is on its way for some seconds."""
        if self.inbound:
            return "Received"
        age = now - self.created
        return "Queued" if age < 2 else "Sent" if age < 5 else "Delivered"

    @property
    def conversation(self) -> int:
        """A number that all text messages with the same people share."""
        with_whom = ",".join(sorted(contact.number for contact in self.others))
        return 10**9 + zlib.crc32(f"{self.person.extension_id}:{with_whom}".encode())


@dataclass
class SentMessages:
    """The text messages that apps sent, by app and person: the last ``MOST_SENT_EACH`` of the last ``MOST_SENDERS``.

    Args:
        clock: Tells when they are sent.
    """

    clock: Clock
    _sent: dict[tuple[str, int], deque[Message]] = field(default_factory=dict, repr=False)
    _count: int = 0

    def send(self, client_id: str, person: Person, to: tuple[Contact, ...], text: str) -> Message:
        """Keep a text message, and return it.

        Args:
            client_id: The app that sends it.
            person: Who sends it with that app.
            to: Who is to get it.
            text: What it says.
        """
        self._count += 1
        message = Message(
            id=_FIRST_SENT_ID + self._count,
            person=person,
            kind="SMS",
            inbound=False,
            created=self.clock(),
            others=to,
            text=text,
        )
        key = client_id, person.extension_id
        mine = self._sent.pop(key, None) or deque(maxlen=MOST_SENT_EACH)
        mine.append(message)
        self._sent[key] = mine  # at the end: who sent last is forgotten last
        if len(self._sent) > MOST_SENDERS:
            del self._sent[next(iter(self._sent))]
        return message

    def of(self, client_id: str, person: Person) -> tuple[Message, ...]:
        """What ``person`` sent with this app, oldest first."""
        return tuple(self._sent.get((client_id, person.extension_id), ()))

    def forget(self, client_id: str | None = None) -> None:
        """Forget what was sent with one app, or with all."""
        self._sent = {
            key: messages for key, messages in self._sent.items() if client_id is not None and key[0] != client_id
        }


def messages_between(person: Person, *, start: float, end: float, now: float, seed: int = SEED) -> list[Message]:
    """The made-up messages of ``person`` that were created in a stretch of time, none in the future.

    Args:
        person: Whose messages.
        start: When it begins, in seconds since the epoch.
        end: When it ends, itself included.
        now: The present: messages are kept for as long as calls.
        seed: Which year of calls and messages is made up.
    """
    start = max(start, now - DAYS_KEPT * DAY)
    end = min(end, now)
    if start > end:
        return []
    # A message exists from the end of its call, so the call may have begun before the window.
    calls = calls_between((person,), start=start - DAY, end=end, now=now, seed=seed)
    found = [_left_by(call) for call in calls if call.voicemail or call.fax]
    for day in range(local_day(start), local_day(end) + 1):
        found += _texts_of_day(person, day, seed)
    return [message for message in found if start <= message.created <= end]


def find_message(person: Person, message_id: int, *, now: float, seed: int = SEED) -> Message | None:
    """The made-up message of ``person`` with this id, or None."""
    begin = start_of_day(day_of_key(message_id))
    messages = messages_between(person, start=begin, end=begin + 2 * DAY, now=now, seed=seed)
    return next((message for message in messages if message.id == message_id), None)


def _left_by(call: Call) -> Message:
    return Message(
        id=call.key,
        person=call.person,
        kind="Fax" if call.fax else "VoiceMail",
        inbound=call.inbound,
        created=call.end,
        others=(call.contact,),
        seconds=0 if call.fax else call.duration,
        pages=1 + call.duration // 60 if call.fax else 0,
    )


@lru_cache(maxsize=2048)
def _texts_of_day(person: Person, day: int, seed: int) -> tuple[Message, ...]:
    """A question and, mostly, the answer to it."""
    chance = chance_of(person, day, seed, "texts")
    if chance.random() > _DAYS_WITH_TEXTS:
        return ()
    asked = start_of_day(day) + chance.randrange(9 * 3600, 18 * 3600)
    answered = asked + chance.randrange(120, 2400)
    others = (chance.choice(CONTACTS),)
    question, answer = chance.choice(_TEXTS)
    texts = [Message(make_key(person, day, _FIRST_TEXT), person, "SMS", True, asked, others, question)]
    if chance.random() < 0.8:
        texts.append(Message(make_key(person, day, _FIRST_TEXT + 1), person, "SMS", False, answered, others, answer))
    return tuple(texts)
