"""The order of messages: that of cause and effect, by what each side knows for sure.

A request was sent before it arrived, an answer before it was received; each side knows in which order it sent and
received; and what a request carries had to be given by an answer before. Two machines' clocks are compared only where
nothing of this helps.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from .causal_order import in_causal_order
from .found_messages import FoundMessage, has_code

_MADE, _SENT, _ARRIVED, _ANSWERED, _RECEIVED = range(5)
"""What happens to a message. The link of an authorization request is made, and perhaps sent much later, or never."""
_EVENTS = 5

Pairs = Iterator[tuple[int, int]]


def in_order(found: Sequence[FoundMessage], ahead: float | None) -> list[FoundMessage]:
    """Sort messages by where they begin: where they were sent or, where their sender recorded nothing, arrived.

    Args:
        found: The messages.
        ahead: What :func:`server_ahead` says of them.
    """
    before: list[tuple[int, int]] = []
    for each in (_in_each, _by_notebook, _by_server, _by_labels):
        before += each(found)
    clocks = [clock for each in found for clock in _clocks(each, ahead)]
    place = {event: place for place, event in enumerate(in_causal_order(clocks, before))}
    begins = [place[number * _EVENTS + _begin(each)] for number, each in enumerate(found)]
    return [found[number] for number in sorted(range(len(found)), key=begins.__getitem__)]


def _begin(each: FoundMessage) -> int:
    """The event that is known best of the beginning of a message."""
    if each.exchange is None or each.kind == "callback":
        return _ARRIVED
    return _SENT if each.kind != "authorization" else _ARRIVED if each.entry else _MADE


def _in_each(found: Sequence[FoundMessage]) -> Pairs:
    for number in range(len(found)):
        for event in range(_MADE, _RECEIVED):
            yield number * _EVENTS + event, number * _EVENTS + event + 1


def _by_notebook(found: Sequence[FoundMessage]) -> Pairs:
    """Whatever this side sends and receives has its moment."""
    moments: list[tuple[float, int, int]] = []
    for number, each in enumerate(found):
        if each.exchange is None:
            continue
        begins, ends = {"authorization": (_MADE, None), "callback": (_ARRIVED, _ANSWERED)}.get(
            each.kind, (_SENT, _RECEIVED)
        )
        moments.append((each.exchange.began, each.exchange.number, number * _EVENTS + begins))
        if ends is not None and each.exchange.ended is not None:
            moments.append((each.exchange.ended, each.exchange.number, number * _EVENTS + ends))
    moments.sort()
    for (*_, first), (*_, second) in itertools.pairwise(moments):
        yield first, second
    # What the server had told before, it had answered before.
    for number, each in enumerate(found):
        if each.entry and each.entry.heard is not None:
            later = bisect_right(moments, each.entry.heard, key=lambda one: one[0])
            if later < len(moments):
                yield number * _EVENTS + _ANSWERED, moments[later][2]


def _by_server(found: Sequence[FoundMessage]) -> Pairs:
    """The server counts its answers, and says which were given before a request came."""
    runs: defaultdict[str, list[tuple[int, int, int | None]]] = defaultdict(list)
    for number, each in enumerate(found):
        if each.entry and each.entry.number:
            runs[each.entry.run].append((each.entry.number, number * _EVENTS, each.entry.after))
    for run in runs.values():
        run.sort(key=lambda one: one[0])
        for (_, first, _), (_, second, _) in itertools.pairwise(run):
            yield first + _ANSWERED, second + _ANSWERED
        counts = [count for count, *_ in run]
        for _, event, after in run:
            if after is not None:
                next_one = bisect_right(counts, after)
                yield event + _ARRIVED, run[next_one][1] + _ANSWERED
                if next_one:
                    yield run[next_one - 1][1] + _ANSWERED, event + _ARRIVED


def _by_labels(found: Sequence[FoundMessage]) -> Pairs:
    """What a request carries, an answer has given before: the first one that did. A state comes from its link."""
    asked: defaultdict[str, list[int]] = defaultdict(list)
    given: defaultdict[str, list[int]] = defaultdict(list)
    refusals: defaultdict[str, list[int]] = defaultdict(list)
    refused: defaultdict[str, list[int]] = defaultdict(list)
    for number in sorted(range(len(found)), key=lambda number: found[number].age):
        each = found[number]
        for label in each.answer_labels:
            given[label].append(number)
            if not has_code(each.answer_labels):
                refusals[label].append(number)
        for label in each.labels:
            if each.kind == "authorization":
                asked[label].append(number)
            elif each.kind == "callback" and not has_code(each.labels):
                refused[label].append(number)
    for number, each in enumerate(found):
        if each.kind == "authorization":
            continue
        for label in each.labels:
            if label in asked:
                yield asked[label][0] * _EVENTS + _ANSWERED, number * _EVENTS + _SENT
            elif label in given and given[label][0] != number:
                yield given[label][0] * _EVENTS + _ANSWERED, number * _EVENTS + _SENT
    # A refusal carries the state and nothing else that is its own: if several came, they came one after the other.
    for label, callbacks in refused.items():
        answers = refusals[label]
        for place, number in enumerate(callbacks):
            if answers and number not in answers:
                giver = answers[place if len(answers) == len(callbacks) else 0]
                yield giver * _EVENTS + _ANSWERED, number * _EVENTS + _SENT


# --- by the clocks


def server_ahead(found: Sequence[FoundMessage]) -> float | None:
    """How many seconds the server's clock is ahead of ours, by what both have seen of the same requests.

    Args:
        found: The messages.

    Returns:
        The seconds; None where nothing is known of it, or a clock was set meanwhile.
    """
    both = [
        (each.exchange, each.entry, each.exchange.seconds)
        for each in found
        if each.exchange and each.entry and each.exchange.seconds is not None
    ]
    if not both:
        return None
    # It arrived after it was sent, and was answered before the answer came.
    most = min(entry.began_at - ours.began_at for ours, entry, _ in both)
    least = max(entry.began_at + entry.seconds - ours.began_at - seconds for ours, entry, seconds in both)
    return min(max(least, 0.0), most) if least <= most else None


def _clocks(each: FoundMessage, ahead: float | None) -> tuple[float, ...]:
    """The time of each event, as far as somebody has seen it."""
    exchange, entry = each.exchange, each.entry
    ours = theirs = (0.0, 0.0)
    if exchange:
        ours = exchange.began_at, exchange.began_at + (exchange.seconds or 0.0)
    if entry:
        began_at = entry.began_at - (ahead or 0.0)
        theirs = began_at, began_at + entry.seconds
    if exchange is None or each.kind == "authorization":
        sent = theirs if entry else ours
        return (ours if exchange else theirs)[0], sent[0], sent[0], sent[1], sent[1]
    inner = theirs if entry else ours
    return ours[0], ours[0], inner[0], inner[1], ours[1]


def gap(before: FoundMessage, each: FoundMessage, ahead: float | None) -> float | None:
    """Seconds between two beginnings, by one clock, or by two of which it is known how they differ.

    Args:
        before: The first message.
        each: The second.
        ahead: What :func:`server_ahead` says.

    Returns:
        The seconds; None where they are not known.
    """
    for clock in (_by_our_clock, _by_server_clock, partial(_by_either_clock, ahead=ahead)):
        first, second = clock(before), clock(each)
        if first is not None and second is not None:
            return max(0.0, second - first)
    return None


def _by_our_clock(each: FoundMessage) -> float | None:
    """A link that was opened, somebody else has seen to that; when, is not for our clock to say."""
    known = each.exchange is not None and not (each.kind == "authorization" and each.entry)
    return each.exchange.began if known and each.exchange else None


def _by_server_clock(each: FoundMessage) -> float | None:
    return each.entry.began_at if each.entry else None


def _by_either_clock(each: FoundMessage, *, ahead: float | None) -> float | None:
    if each.exchange and _by_our_clock(each) is not None:
        return each.exchange.began_at
    return each.entry.began_at - ahead if each.entry and ahead is not None else None
