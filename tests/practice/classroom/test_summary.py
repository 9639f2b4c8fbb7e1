"""The line that says what the class is doing: true at every moment, and good to read aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.board import STEPS, Row
from rc_nb_helpers.practice.classroom.summary import in_one_line
from rc_nb_helpers.practice.stages import Stage

from ..conftest import Clock
from .room import Room


def _at(step: Stage | None, number: int = 1) -> list[Row]:
    """So many learners whose furthest step is this one."""
    reached = dict.fromkeys(STEPS[: STEPS.index(step) + 1], 1.0) if step else {}
    return [Row("x", "x", "seat", "", "", reached, 0, "", 0, 0.0, None)] * number


SEEN, ALLOWED, EXCHANGED, CALLED, OUT = STEPS[1], STEPS[2], STEPS[3], STEPS[4], STEPS[6]


@pytest.mark.parametrize(
    ("rows", "waiting", "line"),
    [
        ([], 0, "There is no learner yet."),
        (_at(None), 0, "The only learner has not begun yet."),
        (_at(ALLOWED), 1, "The only learner has got as far as giving consent. 1 waits for help."),
        (_at(None, 30), 0, "None of the 30 learners has begun yet."),
        (_at(None, 30), 2, "None of the 30 learners has begun yet. 2 wait for help."),
        (_at(SEEN, 3) + _at(None, 27), 0, "None of the 30 learners has logged in yet. Most have not begun yet."),
        (
            _at(CALLED, 20) + _at(EXCHANGED, 4) + _at(SEEN, 6),
            3,
            "24 of 30 learners have logged in. Most have got as far as the first call. 3 wait for help.",
        ),
        (
            _at(EXCHANGED, 1) + _at(SEEN, 15) + _at(None, 14),
            0,
            "1 of 30 learners has logged in. 15 have got as far as the sign-in page, and 14 have not begun yet.",
        ),
        (
            _at(OUT, 1) + _at(CALLED, 1),
            0,
            "All 2 learners have logged in. 1 has got as far as the first call, and 1 has got as far as logging out.",
        ),
        (_at(OUT, 30), 0, "All 30 learners have logged in. All have got as far as logging out."),
    ],
)
def test_it_says_what_is_so(rows: list[Row], waiting: int, line: str) -> None:
    assert in_one_line(rows, waiting=waiting) == line


def test_a_step_left_out_takes_nobody_back() -> None:
    (row,) = _at(CALLED)
    row.reached[Stage.LOGGED_OUT] = 2.0
    assert in_one_line([row], waiting=0) == "The only learner has got as far as logging out."


@pytest.fixture
def room(clock: Clock) -> Iterator[Room]:
    with PracticePlatform(learners=3, clock=clock) as platform:
        yield Room(platform, clock)


def _now(page: str) -> str:
    (line,) = re.findall(r'<p id="now"[^>]*>(.*?)</p>', page)
    return str(line)


def test_it_stands_on_board_and_projector_and_counts_only_the_class(room: Room) -> None:
    browser = room.instructor()
    room.log_in()  # the instructor's own app
    room.new_app()
    room.tokens_of(2)
    room.press_stuck("1")
    for view in ("", "?view=projector"):
        assert _now(browser.open("/practice/board" + view).text) == (
            "1 of 3 learners has logged in. Most have not begun yet. 1 waits for help."
        )


def test_without_a_class_it_tells_of_apps(clock: Clock) -> None:
    with PracticePlatform(instructor=True, clock=clock) as platform:
        room = Room(platform, clock)
        browser = room.instructor()
        assert _now(browser.answer.text) == "The only app has not begun yet."
        room.log_in()
        room.new_app()
        assert _now(browser.open("/practice/board").text) == (
            "1 of 2 apps has logged in. 1 has not begun yet, and 1 has got as far as logging in."
        )
