"""Puts events into an order that keeps every "this came before that"; where nothing orders them, by what clocks said.

It knows nothing of messages.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence


def in_causal_order(clocks: Sequence[float], before: Iterable[tuple[int, int]]) -> list[int]:
    """Sort events, which are counted from 0.

    Args:
        clocks: For each event the time on some clock, perhaps of different machines.
        before: Pairs of events, of which the first came before the second. Where they contradict each other, as wrong
            records may, the clocks decide.

    Returns:
        All events in order.
    """
    followers: list[list[int]] = [[] for _ in clocks]
    waits_for = [0] * len(clocks)
    for first, second in before:
        followers[first].append(second)
        waits_for[second] += 1
    by_clock = sorted(range(len(clocks)), key=lambda event: (clocks[event], event))
    ready = [(clocks[event], event) for event in by_clock if not waits_for[event]]
    unsorted = iter(by_clock)
    done = [False] * len(clocks)
    order: list[int] = []
    while len(order) < len(clocks):
        if ready:
            _, event = heapq.heappop(ready)
        else:
            event = next(each for each in unsorted if not done[each])
        done[event] = True
        order.append(event)
        for follower in followers[event]:
            waits_for[follower] -= 1
            if not waits_for[follower] and not done[follower]:
                heapq.heappush(ready, (clocks[follower], follower))
    return order
