"""Events in an order that keeps what came before what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers.causal_order import in_causal_order

CLOCKS = st.lists(st.floats(0, 5), min_size=1, max_size=12)


@given(CLOCKS, st.data())
def test_what_came_before_stands_before(clocks: list[float], data: st.DataObject):
    truth = data.draw(st.permutations(range(len(clocks))))
    places = st.integers(0, len(clocks) - 1)
    pairs = data.draw(st.lists(st.tuples(places, places)))
    before = [(truth[min(pair)], truth[max(pair)]) for pair in pairs if pair[0] != pair[1]]
    order = in_causal_order(clocks, before)
    assert sorted(order) == list(range(len(clocks)))
    assert all(order.index(first) < order.index(second) for first, second in before)


@given(CLOCKS, st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11))))
def test_contradictions_lose_nothing(clocks: list[float], pairs: list[tuple[int, int]]):
    before = [(first % len(clocks), second % len(clocks)) for first, second in pairs]
    order = in_causal_order(clocks, before)
    assert sorted(order) == list(range(len(clocks)))
    assert in_causal_order(clocks, before) == order


def test_clocks_decide_where_nothing_else_does():
    assert in_causal_order([3.0, 1.0, 2.0, 1.0], []) == [1, 3, 2, 0]
    assert in_causal_order([3.0, 1.0, 2.0], [(0, 1)]) == [2, 0, 1]
    assert in_causal_order([3.0, 1.0, 2.0], [(0, 1), (1, 0)]) == [2, 1, 0], "in a circle too"
