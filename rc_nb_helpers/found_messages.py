"""Messages as one side or both have recorded them: which records are of one message.

They are recognised by ``RCRequestId``, or by labels (:mod:`.labels`) where no answer came. What the practice platform
says is another program's word, perhaps of another version: whatever makes no sense in it counts as not said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from .exchanges import Exchange, Fields
from .redaction import HIDDEN, is_secret

Kind = Literal["authorization", "sign-in", "consent", "callback", "token", "refresh", "revoke", "API", "other"]

_KINDS: dict[str, Kind] = {
    "/restapi/oauth/authorize": "authorization",
    "/restapi/oauth/token": "token",
    "/restapi/oauth/revoke": "revoke",
    "/practice/sign-in": "sign-in",
    "/practice/consent": "consent",
}
"""By the paths of the practice platform."""
_MASK = "•••"
"""How the practice platform shows that something was there."""


@dataclass(frozen=True)
class Entry:
    """An entry of the practice platform's record, as far as it makes sense.

    Attributes:
        key: Names it among all entries.
        run: Names the run of the platform in which it was made; empty where that is not said.
        number: Counts the entries of a run; 0 where it is not known.
        began_at: When the request came in, in epoch seconds by the platform's clock.
        seconds: How long it took.
        method: HTTP method.
        path: The address without host, query and a proxy's part.
        parameters: Names and values of query and form, masked as in this side's record.
        status: HTTP status code.
        code: RingCentral's error code; empty when there is none.
        request_id: The ``RCRequestId`` of the answer.
        labels: What joins it with others of the same login.
        answer_labels: The same of its answer.
        after: The number of the newest entry when the request came in; None where it is not known.
        heard: When this side heard of it, by the clock of its own record; None where that is not known.
    """

    key: str
    run: str
    number: int
    began_at: float
    seconds: float
    method: str
    path: str
    parameters: Fields
    status: int | None
    code: str
    request_id: str
    labels: frozenset[str]
    answer_labels: frozenset[str]
    after: int | None
    heard: float | None

    @property
    def kind(self) -> Kind:
        """What the request is for."""
        kind = _KINDS.get(self.path, "API" if self.path.startswith("/restapi") else "other")
        return "refresh" if kind == "token" and ("grant_type", "refresh_token") in self.parameters else kind


def read_entries(entries: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Read what the practice platform's controls told.

    Args:
        entries: Entries as JSON has them, with the name of their ``run``. One that is there twice counts once.
    """
    read: dict[str, Entry] = {}
    for place, each in enumerate(entries):
        if isinstance(each, Mapping):
            entry = _entry(each, place)
            read.setdefault(entry.key, entry)
    return list(read.values())


def _entry(said: Mapping[str, Any], place: int) -> Entry:
    run, number, after = _text(said.get("run")), int(_number(said.get("number")) or 0), _number(said.get("after"))
    seconds = _number(said.get("duration")) or 0.0
    parameters = said.get("parameters")
    return Entry(
        key=f"s{run}-{number or f'at-{place}'}",
        run=run,
        number=number,
        began_at=(_number(said.get("at")) or 0.0) - seconds,
        seconds=seconds,
        method=_text(said.get("method")),
        path=_text(said.get("path")),
        parameters=tuple(
            (_text(name), HIDDEN if value == _MASK or is_secret(_text(name)) else _text(value))
            for name, value in list(parameters.items() if isinstance(parameters, Mapping) else ())[:50]
        ),
        status=int(_number(said.get("status")) or 0) or None,
        code=_text(said.get("code")),
        request_id=_text(said.get("request_id")),
        labels=_texts(said.get("labels")),
        answer_labels=_texts(said.get("answer_labels")),
        after=None if after is None or not 0 <= after < number else int(after),
        heard=_number(said.get("heard")),
    )


def _number(said: object) -> float | None:
    """A number that somebody else has sent; None when it makes no sense."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    return float(said) if -(2**53) < said < 2**53 else None  # neither is true of a NaN


def _text(said: object) -> str:
    return said[:400] if isinstance(said, str) else ""


def _texts(said: object) -> frozenset[str]:
    return frozenset(map(_text, said[:50])) - {""} if isinstance(said, list | tuple) else frozenset()


# --- both sides


@dataclass(eq=False)
class FoundMessage:
    """A message, as one side or both have recorded it.

    Attributes:
        exchange: What this side has recorded of it.
        entry: What the server has.
    """

    exchange: Exchange | None = None
    entry: Entry | None = None

    @property
    def kind(self) -> Kind:
        """What it is for."""
        return self.exchange.kind if self.exchange else self.entry.kind if self.entry else "other"

    @property
    def labels(self) -> frozenset[str]:
        """Those of its request."""
        ours = frozenset(self.exchange.labels) if self.exchange else frozenset()
        return ours | self.entry.labels if self.entry else ours

    @property
    def answer_labels(self) -> frozenset[str]:
        """Those of its answer."""
        ours = frozenset(self.exchange.answer_labels) if self.exchange else frozenset()
        return ours | self.entry.answer_labels if self.entry else ours

    @property
    def age(self) -> tuple[bool, float]:
        """Orders the messages that gave the same label: by the server's own count, or by our own clock."""
        return (False, self.entry.number) if self.entry else (True, self.exchange.began if self.exchange else 0.0)


def has_code(labels: frozenset[str]) -> bool:
    """Whether an authorization code is among what is labelled.

    Args:
        labels: Those of a request or an answer.
    """
    return any(label.startswith("code:") for label in labels)


def joined(exchanges: Sequence[Exchange], entries: Sequence[Entry]) -> list[FoundMessage]:
    """Find each message once. What has no answer, or one without ``RCRequestId``, is recognised by its labels.

    Args:
        exchanges: What this side recorded.
        entries: What the server did.
    """
    theirs = {each.request_id: each for each in entries if each.request_id}
    both = {each.number: theirs.pop(_request_id(each)) for each in exchanges if _request_id(each) in theirs}
    taken = {entry.key for entry in both.values()}
    ours_alike: defaultdict[Hashable, list[Exchange]] = defaultdict(list)
    for ours in exchanges:
        if ours.labels and not _request_id(ours):
            ours_alike[_likeness(ours.kind, ours.method, ours.url, frozenset(ours.labels))].append(ours)
    theirs_alike: defaultdict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.key not in taken:
            theirs_alike[_likeness(entry.kind, entry.method, entry.path, entry.labels)].append(entry)
    known = [(each.ended, both[each.number]) for each in exchanges if each.ended and each.number in both]
    known.sort(key=lambda one: one[1].number)
    for likeness, alike in ours_alike.items():
        # What was answered before the first of them was sent, the server had counted when it came.
        counted = {entry.run: entry.number for ended, entry in known if ended < alike[0].began}
        candidates = [
            entry
            for entry in theirs_alike.get(likeness, [])
            if entry.after is None or entry.after >= counted.get(entry.run, 0)
        ]
        for one, other in _paired(alike, candidates):
            both[one.number] = other
            taken.add(other.key)
    return [
        *(FoundMessage(each, both.get(each.number)) for each in exchanges),
        *(FoundMessage(None, each) for each in entries if each.key not in taken),
    ]


def _request_id(exchange: Exchange) -> str:
    return next((value for name, value in exchange.answer_headers if name.lower() == "rcrequestid"), "")


def _likeness(kind: Kind, method: str, address: str, labels: frozenset[str]) -> Hashable:
    """What is the same on both sides. The practice platform keeps the beginning of a path, without a proxy's part."""
    path = urlsplit(address).path
    path = path[max(0, path.find("/restapi")) :][:80]
    return (kind, labels) if kind == "authorization" else (kind, method, path, labels)


def _paired(ours: list[Exchange], theirs: list[Entry]) -> list[tuple[Exchange, Entry]]:
    """Pairs in the order of both. Where one side has recorded more, those nearest in time."""
    if len(ours) > len(theirs):
        ours = [ours[place] for place in _nearest(theirs, ours)]
    else:
        theirs = [theirs[place] for place in _nearest(ours, theirs)]
    return list(zip(ours, theirs, strict=True))


def _nearest(few: Sequence[Exchange | Entry], many: Sequence[Exchange | Entry]) -> list[int]:
    chosen: list[int] = []
    begin = 0
    for place, one in enumerate(few):
        end = len(many) - (len(few) - place - 1)  # the rest of the few need some too
        distances = [abs(each.began_at - one.began_at) for each in many[begin:end]]
        begin += distances.index(min(distances)) + 1
        chosen.append(begin - 1)
    return chosen
