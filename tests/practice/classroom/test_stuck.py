""" "I'm stuck": on every page of a class, for the right seat, taken back, helped, bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.stuck import (
    HELPED_SECONDS,
    MOST_BROWSERS,
    MOST_STUCK,
    SeatsByBrowser,
    StuckList,
    seat_named,
)
from rc_nb_helpers.practice.company.people import Company, make_learner

from ..conftest import Browser, Clock, World
from .room import Room


@pytest.fixture
def room(clock: Clock) -> Iterator[Room]:
    with PracticePlatform(learners=30, clock=clock) as platform:
        yield Room(platform, clock)


def _waiting(room: Room) -> list[str]:
    return [seat for seat, _ in room.platform._backend.stuck.waiting()]


@pytest.mark.parametrize("path", ["/practice/", "/practice/console", "/practice/console/new", "/nothing"])
def test_every_page_of_a_class_has_the_button(room: Room, path: str) -> None:
    browser = room.browser()
    browser.open(path)
    assert browser.form(-1).action == "/practice/stuck"
    assert ("stuck", "yes") in browser.form(-1).buttons


def test_without_an_instructor_there_is_none(world: World) -> None:
    browser = world.browser()
    assert "stuck" not in browser.open("/practice/").text.partition("</style>")[2]
    assert "practice_help" not in browser.http.cookies
    assert browser.open("/practice/stuck").status_code == 404
    assert browser.open("/practice/stuck", "POST", data={"stuck": "yes"}).status_code == 404


def test_a_learner_is_asked_for_the_seat_once_and_led_back(room: Room) -> None:
    browser = room.browser()
    browser.open("/practice/console/new")
    assert "Which seat are you at?" in browser.submit(-1, stuck="yes").text
    assert "learner-001" in browser.answer.text
    browser.submit(seat="4", stuck="yes")
    assert browser.answer.url.endswith("/practice/console/new")
    assert "Your instructor sees it.</strong> You are number 1 in line." in browser.answer.text
    browser.submit(-1, stuck="no")
    assert _waiting(room) == []
    browser.open("/practice/")
    browser.submit(-1, stuck="yes")
    assert _waiting(room) == ["learner-004"]
    assert "You are <strong>learner-004</strong>" in browser.answer.text


def test_the_list_is_in_order_and_says_the_place(room: Room) -> None:
    browsers = [room.press_stuck(str(number)) for number in range(9, 2, -1)]
    assert _waiting(room) == [f"learner-{number:03d}" for number in range(9, 2, -1)]
    for place, browser in enumerate(browsers, start=1):
        assert f"You are number {place} in line" in browser.open("/practice/").text


def test_whoever_signs_in_is_known(room: Room) -> None:
    user = room.platform.users[6]
    browser = room.browser()
    browser.open("/restapi/oauth/authorize", params=room.request_parameters(client_id=user["client_id"]))
    assert browser.answer.url.split("?")[0].endswith("/practice/sign-in")
    browser.submit(-1, stuck="yes")
    assert _waiting(room) == ["learner-007"]
    # Back at the same step, which still works.
    assert "You are number 1 in line" in browser.answer.text
    browser.submit(username=user["username"], password="wrong")
    browser.submit(-1, stuck="no")
    assert _waiting(room) == []
    browser.submit(username=user["username"], password=user["password"])
    browser.submit(-1, stuck="yes")
    browser.submit(decision="allow")
    assert browser.landed["code"]
    assert _waiting(room) == ["learner-007"]


def test_the_apps_of_a_browser_become_those_of_its_seat(room: Room) -> None:
    browser = room.press_stuck("12", "/practice/console/new")
    fields = {"name": "My notebook", "application_type": "server", "permission_ReadAccounts": "yes"}
    browser.submit(redirect_uris="http://localhost:5000/cb", refresh_tokens="yes", **fields)
    page = room.instructor().answer.text
    row = page[page.index('<tr id="row-learner-012"') :].partition("</tr>")[0]
    assert "My notebook" in row
    assert "ready" not in row


def test_to_ask_for_the_seat_claims_nothing_and_a_page_with_the_button_does(room: Room) -> None:
    browser = room.browser()
    browser.open("/practice/console/new")
    browser.submit(
        name="Mine", application_type="server", redirect_uris="http://localhost:5000/cb", permission_SMS="yes"
    )
    owner = browser.http.cookies["practice_owner"]
    browser.http.cookies.set("practice_seat", "learner-003")
    browser.open("/practice/stuck")
    assert room.platform._backend.seats.get(owner) is None
    browser.open("/practice/console")
    assert room.platform._backend.seats.get(owner) == "learner-003"


def test_who_has_made_no_app_can_claim_none_and_fill_nothing(room: Room) -> None:
    for owner in ("0" * 32, "x" * 20_000):
        room.browser().open("/practice/", cookies={"practice_seat": "learner-003", "practice_owner": owner})
    assert room.platform._backend.seats.owners() == []


def test_the_instructor_sees_it_first_and_marks_it_as_helped(room: Room) -> None:
    room.press_stuck("30")
    learner = room.press_stuck("2")
    first = room.browser()
    first.http.cookies.set("practice_seat", "learner-030")
    browser = room.instructor()
    page = browser.answer.text
    assert page.index("learner-030") < page.index("learner-002") < page.index("learner-001")
    token = browser.form().fields["form_token"]
    page = browser.open("/practice/board/helped", "POST", data={"form_token": token, "seat": "learner-030"}).text
    assert _waiting(room) == ["learner-002"]
    assert "You are number 1 in line" in learner.open("/practice/").text
    # Whoever was helped is told so, can call again, and is not told for ever.
    helped = "The instructor has marked you as helped. Still stuck? Press again."
    assert helped in first.open("/practice/").text
    assert helped not in first.submit(-1, stuck="yes").text
    assert _waiting(room) == ["learner-002", "learner-030"]
    browser.open("/practice/board/helped", "POST", data={"form_token": token, "seat": "learner-030"})
    assert helped in first.open("/practice/").text
    room.clock.advance(HELPED_SECONDS + 1)
    assert helped not in first.open("/practice/").text
    # Nobody is told so who has found the way alone.
    assert helped not in learner.submit(-1, stuck="no").text


@pytest.mark.parametrize("seat", ["31", "0", "learner-031", "<b>", "alex", "x" * 500, "９９"])
def test_other_seats_are_refused(room: Room, seat: str) -> None:
    browser = room.press_stuck(seat)
    assert browser.answer.status_code == 422
    assert "There is no such seat" in browser.answer.text
    assert "<b>" not in browser.answer.text.partition("<main")[2]
    assert _waiting(room) == []


def test_without_a_class_any_name_will_do(clock: Clock) -> None:
    with PracticePlatform(instructor=True, clock=clock) as platform:
        room = Room(platform, clock)
        browser = room.press_stuck("Zoë  <i>")
        assert _waiting(room) == ["Zoë <i>"]
        assert "Zoë &lt;i&gt;" in browser.answer.text
        page = room.instructor().answer.text
        assert "Zoë &lt;i&gt;" in page
        assert "<i>" not in page


def test_forms_from_elsewhere_are_refused(room: Room) -> None:
    browser = room.browser()
    for fields, headers in (
        ({"form_token": ""}, None),
        ({"form_token": "ä"}, None),
        ({}, {"Origin": "http://evil.example"}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        browser.open("/practice/")
        assert browser.submit(-1, headers=headers, seat="1", stuck="yes", **fields).status_code == 403
    browser.open("/practice/")
    other = room.browser()
    assert other.open("/practice/stuck", "POST", data=browser.form(-1).fields).status_code == 403
    assert _waiting(room) == []


@pytest.mark.parametrize(
    "back", ["http://evil.example/", "//evil.example", "/practice/../\\evil", "/restapi/v1.0", "", "/practice/\r\nX: y"]
)
def test_nobody_is_led_elsewhere(room: Room, back: str) -> None:
    browser = room.browser()
    browser.open("/practice/")
    answer = browser.submit(-1, seat="1", stuck="yes", back=back)
    assert answer.url == room.url("/practice/")


def test_odd_cookies_do_no_harm(room: Room) -> None:
    for cookies in (
        {"practice_seat": "%ff%00", "practice_help": "x"},
        {"practice_seat": "a" * 3000, "practice_owner": '"'},
        {"practice_seat": "learner-999"},
    ):
        browser = Browser(room.platform.server_url)
        assert browser.open("/practice/console", cookies=cookies).status_code == 200
        assert "I’m stuck" in browser.answer.text


def test_a_body_that_is_no_form_still_gets_its_error_page(room: Room) -> None:
    answer = room.browser().open("/practice/console/new", "POST", data=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert "I’m stuck" in answer.text


@pytest.mark.parametrize("text", ["7", "07", " learner-007 ", "Learner 7", "LEARNER-7", "007"])
def test_a_seat_may_be_written_in_many_ways(text: str) -> None:
    company = Company([make_learner(number, "x") for number in range(1, 9)])
    assert seat_named(text, company) == "learner-007"


def test_lists_are_bounded(clock: Clock) -> None:
    stuck, seats = StuckList(clock), SeatsByBrowser()
    for number in range(MOST_STUCK + 10):
        stuck.press(str(number))
    assert len(stuck.waiting()) == MOST_STUCK
    for number in range(MOST_BROWSERS + 10):
        seats.claim(str(number), "learner-001")
    assert seats.get("0") is None
    assert len(seats._seats) == MOST_BROWSERS
    seats.forget()
    assert seats.get(str(MOST_BROWSERS)) is None
