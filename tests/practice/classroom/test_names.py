"""What the people are called: as it was meant, seen by whom it is for and by nobody else, and gone when asked."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.names import MOST_LENGTH, MOST_NAMES, Names, clean_name
from rc_nb_helpers.practice.classroom.roster import hand_out
from rc_nb_helpers.practice.company.people import Company, make_learner

from ..conftest import Browser, Clock
from .room import Room

HOSTILE = {
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\"' onfocus=x": "&quot;&#x27; onfocus=x",
    "Ada \u202egnp.exe": "Ada gnp.exe",
    "A\u200bd\ufeffa\u2066": "Ada",
    "=HYPERLINK(1)": "=HYPERLINK(1)",
    "@cmd|' /C calc'!A0": "@cmd|&#x27; /C calc&#x27;!A0",
    "{{ 7*7 }}": "{{ 7*7 }}",
    "👩\u200d🏫 Zoë": "👩\u200d🏫 Zoë",
    "x" * MOST_LENGTH: "x" * MOST_LENGTH,
}
"""What somebody may say they are called, and how it stands in a page."""


@pytest.fixture
def room(clock: Clock) -> Iterator[Room]:
    with PracticePlatform(learners=4, clock=clock) as platform:
        yield Room(platform, clock)


def _say(browser: Browser, seat: str, name: str) -> Browser:
    """Say in a learner's browser which seat it is at, and who sits there."""
    browser.open("/practice/stuck")
    browser.submit(seat=seat, called=name, stuck="later")
    return browser


def _do(browser: Browser, **fields: str) -> str:
    """Press a button of the page with the names."""
    browser.open("/practice/board/names")
    return browser.open("/practice/board/names", "POST", data=browser.form().fields | fields).text


def test_a_program_names_a_seat_and_takes_no_name_away(room: Room) -> None:
    """A hub knows who is at which seat."""
    room.platform.controls.name_seat("learner-001", "ada\u202e")
    room.platform.controls.name_seat("learner-001", "bob")
    _say(room.browser(), "2", "Ben")
    room.platform.controls.name_seat("learner-002", "rctest02")
    names = room.instructor().open("/practice/board").text
    assert all(name in names for name in ("ada", "Ben"))
    assert not any(name in names for name in ("bob", "rctest02", "\u202e"))


# What is a name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Ada \t\n Lovelace ", "Ada Lovelace"),
        ("Zoe\u0308", "Zoë"),
        ("\u202eAda\u202c\u200f", "Ada"),
        ("A\u0000d\x1ba", "A d a"),
        ("\u200b \u3164\u00a0\u2800 \u115f", ""),
        ("\u0301\u0302", ""),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("A\u200dd\u200ca", "Ada"),
        ("\u200d😀\u200d", "😀"),
        ("😀\u200d\u200d\u200d😀", "😀😀"),
        ("e" + "\u0301" * 50, "é" + "\u0301" * 3),
        ("\ud800Ada", "Ada"),
    ],
)
def test_a_name_is_one_line_of_what_is_seen(text: str, name: str) -> None:
    assert clean_name(text) == name


# The roster


def _class(seats: int) -> Company:
    return Company([make_learner(number, "x") for number in range(1, seats + 1)])


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("Ada\nBen\n\n  Cem ", ["Ada", "Ben", "Cem", ""]),
        ("Seat,Name\n3,Ada\n learner-001 ;Ben", ["Ben", "", "Ada", ""]),
        ("\ufeffSeat\tName\r\n2\tAda\r\n", ["", "Ada", "", ""]),
        ("Ada\n1, Ben\nCem", ["Ben", "Ada", "Cem", ""]),
        ('"Lovelace, Ada"\n"4","Byron, A."', ["Lovelace, Ada", "", "", "Byron, A."]),
        ("Ada\nAda", ["Ada", "Ada", "", ""]),
        ("1,Ada\n1,Ben", ["Ben", "", "", ""]),
    ],
)
def test_a_roster_is_read_as_it_was_meant(pasted: str, expected: list[str]) -> None:
    company, names = _class(4), Names()
    assert hand_out(pasted, company, names) == []
    assert [names.of(person.username) for person in company.learners] == expected


def test_a_longer_roster_can_be_pasted_again(room: Room) -> None:
    company, names = _class(4), Names()
    hand_out("Ada\nBen", company, names)
    assert hand_out("Cem\nAda\nBen\nAda", company, names) == []
    assert [names.of(person.username) for person in company.learners] == ["Ada", "Ben", "Cem", "Ada"]


def test_lines_that_cannot_be_used_stay_in_the_box_with_the_reason(room: Room) -> None:
    browser = room.instructor()
    lines = ["9, Ada", "2,", "x" * 41, "\u200b", "Ben", "Cem", "Dan", "<Eve>", "Fay"]
    page = _do(browser, do="roster", roster="\n".join(lines))
    for text in (
        "<strong>5 lines were not used.</strong>",
        "<bdi>9, Ada</bdi>: there is no such seat",
        "<bdi>2,</bdi>: there is no name on it",
        f"<bdi>{'x' * 41}</bdi>: the name is longer than 40 characters",
        "<bdi>Fay</bdi>: no seat is free",
    ):
        assert text in page
    assert browser.form().fields["roster"].splitlines() == [*lines[:4], "Fay"]
    assert [name for _, name in room.platform._backend.names.all()] == ["Ben", "Cem", "Dan", "<Eve>"]


def test_names_are_removed_one_by_one_and_all_at_once(room: Room) -> None:
    browser, names = room.instructor(), room.platform._backend.names
    _do(browser, do="roster", roster="Ada\nBen\nCem")
    page = _do(browser, remove="learner-002")
    assert names.all() == [("learner-001", "Ada"), ("learner-003", "Cem")]
    assert ("Ben" in page, "Ada" in page) == (False, True)
    _do(browser, do="show")
    page = _do(browser, do="forget")
    assert (names.all(), names.on_projector) == ([], False)
    assert "Ada" not in page
    assert "Ada" not in browser.open("/practice/board").text


# Where they are shown


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_text_whatever_it_is(room: Room, name: str) -> None:
    browser = _say(room.browser(), "2", name)
    browser.open("/practice/")
    browser.submit(-1, stuck="yes")
    written = f"<bdi>{HOSTILE[name]}</bdi>"
    assert f"You are <strong>learner-002</strong>, {written}" in browser.answer.text
    assert HOSTILE[name] in browser.open("/practice/stuck").text
    instructor = room.instructor()
    assert instructor.answer.text.count(f'<bdi class="called">{HOSTILE[name]}</bdi>') == 2  # in the row, and in line
    page = _do(instructor, do="show")
    assert written in page
    assert instructor.open("/practice/board?view=projector").text.count(HOSTILE[name]) == 2


def test_the_projector_shows_names_only_when_the_instructor_wants_it(room: Room) -> None:
    browser = room.instructor()
    _do(browser, do="roster", roster="Ada")
    room.press_stuck("1")
    assert "Names are not shown there." in browser.answer.text
    assert "Ada" not in browser.open("/practice/board?view=projector").text
    assert "Everybody in the room can read" in _do(browser, do="show")
    assert browser.open("/practice/board?view=projector").text.count("Ada") == 2
    _do(browser, do="hide")
    assert "Ada" not in browser.open("/practice/board?view=projector").text


def test_without_seats_the_projector_does_not_say_who_called(clock: Clock) -> None:
    with PracticePlatform(instructor=True, clock=clock) as platform:
        room = Room(platform, clock)
        learner = room.press_stuck("Zoë", "/practice/console/new")
        fields = {"name": "My notebook", "application_type": "server", "permission_ReadAccounts": "yes"}
        learner.submit(redirect_uris="http://localhost:5000/cb", refresh_tokens="yes", **fields)
        browser = room.instructor()
        assert browser.answer.text.count("Zoë</") == 2  # the row of the app, and who waits
        page = browser.open("/practice/board?view=projector").text
        assert ("Help is on its way</p>" in page, "Zoë" in page, "My notebook" in page) == (True, False, True)
        assert "Zoë" not in browser.open("/practice/board.csv").text
        assert "Zoë" in _do(browser, do="show") + browser.open("/practice/board?view=projector").text


def test_a_name_is_nowhere_else(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """Not in what is exported, kept by programs, logged or shown to a neighbour, who says to be at the same seat."""
    caplog.set_level(logging.DEBUG)
    _say(room.browser(), "2", "Adalheidis")
    instructor = room.instructor()
    _do(instructor, do="roster", roster="1, Adalheidis Prima")
    room.tokens_of(1)
    room.tokens_of(2)
    room.press_stuck("1")
    seen = {"csv": instructor.open("/practice/board.csv").text, "log": caplog.text}
    for seat in ("1", "2"):
        neighbour = room.press_stuck(seat, browser=room.browser())
        for path in ("/practice/", "/practice/stuck", "/practice/console", "/practice/board/names"):
            seen[f"{seat} {path}"] = neighbour.open(path).text
        user = room.platform.users[int(seat) - 1]
        seen[f"{seat} consent"] = room.sign_in(
            user["username"], user["password"], client_id=user["client_id"]
        ).answer.text
    for path in ("", "/requests", "/progress"):
        answer = instructor.open("/practice/controls" + path, auth=("instructor", room.platform.instructor_password))
        seen["controls" + path] = answer.text
    backend = room.platform._backend
    seen["repr"] = repr((backend.names, backend.board.rows(), backend, room.platform.ready()))
    assert backend.names.of("learner-002") == "Adalheidis"
    assert [place for place, text in seen.items() if "Adalheidis" in text] == []


# Who says it


def test_a_learner_says_it_once_changes_it_and_takes_it_back(room: Room) -> None:
    browser, names = room.browser(), room.platform._backend.names
    assert "Add your name" in _say(browser, "3", "").answer.text
    _say(browser, "3", "Ada")
    assert "<bdi>Ada</bdi>" in browser.answer.text
    browser.open("/practice/stuck")
    assert browser.form().fields["called"] == "Ada"
    _say(browser, "4", "Ada L.")  # it was the wrong seat
    assert names.all() == [("learner-004", "Ada L.")]
    browser.submit(-1, stuck="yes")  # the button at the foot asks for no name, and removes none
    assert names.all() == [("learner-004", "Ada L.")]
    _say(browser, "4", "  ")
    assert names.all() == []


def test_nobody_changes_what_a_neighbour_or_the_roster_says(room: Room) -> None:
    names = room.platform._backend.names
    _say(room.browser(), "2", "Ada")
    _do(room.instructor(), do="roster", roster="1,Ben")
    for seat in ("1", "2"):
        browser = _say(room.browser(), seat, "Eve")
        assert browser.answer.status_code == 422
        assert "This seat has a name already. Only your instructor can change it." in browser.answer.text
        browser.submit(stuck="yes", called="")  # and it does not keep anybody from calling for help
        assert "in line" in browser.answer.text
    assert names.all() == [("learner-001", "Ben"), ("learner-002", "Ada")]


def test_a_name_that_is_too_long_is_not_taken(room: Room) -> None:
    browser = _say(room.browser(), "2", "x" * 41)
    assert (browser.answer.status_code, "Use at most 40 characters." in browser.answer.text) == (422, True)
    assert room.platform._backend.names.all() == []


# What is kept


def test_names_outlive_a_restart_and_damage_does_no_harm() -> None:
    names, again = Names(), Names()
    names.give("learner-001", "Ada")
    names.type("a-browser", "learner-002", "Ben")
    names.on_projector = True
    again.take_back(json.loads(json.dumps(names.to_keep())))
    assert (again.all(), again.on_projector) == (names.all(), True)
    assert again.typed_in("a-browser", "learner-002") == "Ben"
    for damaged in (
        None,
        [],
        {"names": [], "on_projector": "yes"},
        {"names": {"1": None, "2": {"name": 3}, "3": {"browser": "x"}, "4": {"name": "\u202e", "browser": 7}}},
    ):
        again.take_back(damaged)
        assert (again.all(), again.on_projector) == ([], False)
    again.take_back({"names": {"1": {"name": "\ud800A\u202eda" + "x" * 99, "new": 1}}, "newer": 1})
    assert again.all() == [("1", ("Ada" + "x" * 99)[:MOST_LENGTH])]


def test_names_outlive_the_platform_and_not_the_class(tmp_path: Path) -> None:
    files = {"class_file": tmp_path / "class.json", "apps_file": tmp_path / "apps.json"}
    with PracticePlatform(learners=4, **files) as platform:
        room = Room(platform, Clock())
        browser = _say(room.browser(), "2", "Ada")
        _do(room.instructor(), do="show")
    with PracticePlatform(learners=4, **files) as platform:
        assert platform._backend.names.all() == [("learner-002", "Ada")]
        assert platform._backend.names.on_projector
        browser.server_url = platform.server_url
        assert "<bdi>Ada</bdi>" in browser.open("/practice/").text
        platform.controls.end_class()
        assert "<bdi>" not in browser.open("/practice/").text
    for file in files.values():
        assert "Ada" not in file.read_text("utf-8")


def test_names_are_bounded() -> None:
    names = Names()
    for number in range(MOST_NAMES + 9):
        names.give(str(number), "Ada")
    names.give("0", "Ben")
    assert (len(names.all()), names.of("0")) == (MOST_NAMES, "Ben")
