"""Sort and filter of the board: as chosen, without JavaScript and live."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.choice import SHOWS, SILENT_SECONDS, SORTS, Choice
from rc_nb_helpers.practice.web.board_feed import MOST_VIEWERS

from ..conftest import Browser, Clock
from .room import Room, live

PATIENCE = 30


@pytest.fixture
def room(clock: Clock) -> Iterator[Room]:
    """A class in which 1 has met two errors, 2 is stuck, 3 is furthest, 4 has done nothing, and 1 and 3 are silent."""
    with PracticePlatform(learners=4, clock=clock) as platform:
        room = Room(platform, clock)
        for _ in range(2):
            room.refresh("nonsense", room.auth_of(1))
        clock.advance(1)
        tokens = room.tokens_of(3)
        room.get("/account/~", tokens["access_token"])
        platform.controls.progress()  # an answer comes before its request is in the record; this waits its turn
        clock.advance(SILENT_SECONDS)
        room.refresh("nonsense", room.auth_of(2))
        room.press_stuck("2")
        yield room


def _rows(page: str) -> str:
    """The seats in the order of the page, as digits."""
    return "".join(re.findall(r'<tr id="row-learner-00(\d)"', page))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "2134"),
        ("?sort=errors", "1234"),
        ("?sort=silent", "4132"),
        ("?sort=behind", "1243"),
        ("?sort=seat", "1234"),
        ("?show=stuck", "2"),
        ("?show=errors&sort=seat", "12"),
        ("?show=silent", "134"),
        ("?show=before-api-called&sort=seat", "124"),
        ("?show=before-logged-out&sort=silent", "4132"),
        ("?show=%3Cb%3E&sort=%3Cb%3E", "2134"),
    ],
)
def test_the_address_says_what_is_shown(room: Room, query: str, expected: str) -> None:
    browser = room.instructor()
    page = browser.open("/practice/board" + query).text
    assert _rows(page) == expected
    number = len(expected)
    some = f"{number} of 4 rows {'is' if number == 1 else 'are'} shown."
    assert ("All 4 rows are shown." if number == 4 else some) in page
    with live(browser, query) as messages:
        changes = next(messages)
    assert _rows("".join(html for _, place, html in changes if place == "rows")) == expected
    # The instructor's own app is not of the class, and is always there.
    assert "Tutorial app (built in)" in page


def test_what_was_chosen_is_said_and_stays_through_the_buttons(room: Room) -> None:
    browser = room.instructor()
    page = browser.open("/practice/board?show=errors&sort=silent").text
    assert '<option value="errors" selected>' in page
    assert '<option value="silent" selected>' in page
    for number in range(1, 5):  # helped, undo, and two faults
        form = browser.form(number)
        answer = browser.http.post(room.url(form.action), data=form.fields, allow_redirects=False, timeout=60)
        if answer.status_code == 303:
            assert answer.headers["Location"] == "/practice/board?sort=silent&show=errors"
        else:  # the second fault's form sends what the test browser does not read out of a select
            assert '<option value="errors" selected>' in answer.text
    assert "/practice/board?hold=1&amp;sort=silent&amp;show=errors" in page
    assert '<input type="hidden" name="hold" value="1">' in browser.open("/practice/board?hold=1").text


def test_every_choice_is_read_back_from_its_address() -> None:
    for sort in SORTS:
        for show in SHOWS:
            choice = Choice.of(sort, show)
            assert (choice.sort, choice.show) == (sort, show)
    assert Choice.of(None, "nonsense") == Choice()
    assert Choice().query == ""


def test_the_order_goes_on_live(room: Room) -> None:
    with live(room.instructor(), "?show=errors&sort=errors") as messages:
        assert ["rows", "", ["row-learner-001", "row-learner-002"]] in next(messages)
        for _ in range(3):
            room.refresh("nonsense", room.auth_of(4))
        changed = next(messages)
        while ["rows", "", ["row-learner-004", "row-learner-001", "row-learner-002"]] not in changed:
            changed = next(messages)
        assert {id_ for id_, _, _ in changed} <= {"rows", "row-learner-004", "counts", "shown"}


def test_what_belongs_to_no_app_is_last_and_is_nobody(room: Room) -> None:
    browser = room.instructor()
    room.browser().open("/restapi/oauth/authorize?response_type=code&client_id=another-platforms&redirect_uri=x")
    rows = browser.open("/practice/board?sort=behind").text.split('<tbody id="own">')[0]
    assert rows.index("learner-004") < rows.index("Nobody knows whose")
    for show, there in (("errors", True), ("stuck", False), ("silent", False), ("before-logged-out", False)):
        assert ("Nobody knows whose" in browser.open(f"/practice/board?show={show}").text) is there


def test_who_waits_is_a_link_to_the_row_where_it_is_shown(room: Room) -> None:
    browser = room.instructor()
    link = '<a href="#row-learner-002">'
    assert link in browser.answer.text
    room.press_stuck("3")
    page = browser.open("/practice/board?show=errors").text
    assert link in page
    assert '<a href="#row-learner-003">' not in page
    assert "<strong>learner-003</strong>" in page


def test_twenty_boards_follow_a_class_that_logs_in_at_once() -> None:
    """The same for 300 is benchmarks/practice.py."""
    with PracticePlatform(learners=30) as platform, ThreadPoolExecutor(50) as pool:
        room = Room(platform, Clock())
        queries = [f"?sort={sort}&show={show}" for sort in SORTS for show in ("all", "silent", "before-logged-out")]
        browsers = [(room.instructor(), query) for query in (*queries, *["?view=projector"] * 5)]
        opened = threading.Barrier(len(browsers) + 1)

        def watch(browser: Browser, query: str) -> str:
            with live(browser, query) as messages:
                next(messages)
                opened.wait(PATIENCE)
                said = (html for changes in messages for id_, _, html in changes if id_ == "now")
                return next(line for line in said if "All 30 learners have logged in" in line)

        watched = [pool.submit(watch, *one) for one in browsers]
        opened.wait(PATIENCE)
        assert all(pool.map(room.tokens_of, range(1, 31)))
        assert len([one.result(PATIENCE) for one in watched]) == MOST_VIEWERS


def test_silence_is_told_and_ends_with_a_request(room: Room) -> None:
    browser = room.instructor()
    silent = [part.partition("</th>")[0] for part in browser.answer.text.split("<tr id=") if "silent since" in part]
    assert [part[:18] for part in silent] == ['"row-learner-001" ', '"row-learner-003" ']
    room.refresh("nonsense", room.auth_of(1))
    assert browser.open("/practice/board").text.count("silent since") == 1
