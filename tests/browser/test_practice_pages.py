"""The practice platform's own pages in a real browser: accessible in every state, and a board that is live."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rc_nb_helpers.practice import PracticePlatform

from ..conftest import eventually, free_port
from ..practice.classroom.room import class_of
from .conftest import PATIENCE, SIZE, shoot, violations

PHONE: Any = {"width": 390, "height": 844}
REDIRECT_URI = "http://localhost:5000/oauth2callback"


@pytest.fixture
def classroom() -> Iterator[PracticePlatform]:
    """A platform with a class: its pages are the fullest."""
    with PracticePlatform(learners=30) as platform:
        yield platform


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of its own, with no cookies yet."""
    context = browser.new_context(viewport=SIZE, color_scheme="light")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def address(platform: PracticePlatform, seat: int, redirect_uri: str = REDIRECT_URI) -> str:
    """Where the login of a learner begins."""
    client_id = platform.users[seat - 1]["client_id"]
    path = f"/restapi/oauth/authorize?response_type=code&state=x&code_challenge={'x' * 43}&code_challenge_method=S256"
    return f"{platform.server_url}{path}&client_id={client_id}&redirect_uri={redirect_uri}"


def open_board(page: Page, platform: PracticePlatform) -> None:
    page.goto(platform.server_url + "/practice/board")
    page.get_by_label("Instructor’s password").fill(platform.instructor_password)
    page.get_by_role("button", name="Open the board").click()
    expect(page.locator("#live")).to_have_text("Live")


def go_wrong(platform: PracticePlatform, seat: int) -> None:
    """Put a few stages and an error on the board."""
    record = platform._backend.record
    user = platform.users[seat - 1]
    record.add(
        at=platform._backend.clock(),
        duration=0.01,
        client_id=user["client_id"],
        owner=user["username"],
        method="POST",
        path="/restapi/oauth/token",
        parameters={},
        status=400,
        code="OAU-106",
    )


def check(page: Page, axe: str, name: str, found: dict[str, list[str]]) -> None:
    """Note what axe-core finds wrong, and that nothing is wider than the window."""
    wrong = violations(page, axe)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("wider than the window")
    if wrong:
        shoot(page, f"practice-{name}")
        found[name] = wrong


def check_everywhere(
    page: Page, axe: str, name: str, found: dict[str, list[str]], *, pictures: tuple[Any, ...] = ()
) -> None:
    """Check a page that stands on a phone there, then on a large screen in the light and in the dark.

    One walk through the pages does for all three: what differs between them is style alone, which follows at once.
    """
    for look, size, scheme in (("phone", PHONE, "light"), ("light", SIZE, "light"), ("dark", SIZE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        check(page, axe, f"{name}-{look}", found)
        if scheme == "light" and size in pictures:
            shoot(page, f"practice-{name}-{size['width']}")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="light")


def test_every_page_passes_the_accessibility_check(page: Page, classroom: PracticePlatform, axe: str) -> None:
    url, user = classroom.server_url, classroom.users[3]
    wrong: dict[str, list[str]] = {}
    page.set_viewport_size(PHONE)
    page.goto(url + "/practice/")
    check_everywhere(page, axe, "home", wrong)
    page.goto(address(classroom, 4, "http://localhost:5000/other"))
    check_everywhere(page, axe, "error", wrong)
    page.goto(address(classroom, 4))
    check_everywhere(page, axe, "sign-in", wrong)
    page.locator("[name=username]").fill(user["username"])
    page.locator("[name=password]").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    check_everywhere(page, axe, "sign-in-wrong", wrong)
    page.locator("[name=password]").fill(user["password"])
    page.get_by_role("button", name="Sign in").click()
    check_everywhere(page, axe, "consent", wrong)
    page.get_by_role("button", name="I’m stuck").click()
    expect(page.get_by_role("status")).to_contain_text("You are number 1 in line")
    check_everywhere(page, axe, "consent-stuck", wrong)
    page.goto(url + "/practice/stuck")
    check_everywhere(page, axe, "seat", wrong)
    page.goto(url + "/practice/console")
    check_everywhere(page, axe, "console-empty", wrong)
    page.get_by_role("link", name="Create app").click()
    check_everywhere(page, axe, "form", wrong)
    page.get_by_role("button", name="Create").click()
    check_everywhere(page, axe, "form-wrong", wrong)
    page.get_by_label("App name").fill("My first app")
    page.locator("[name=application_type][value=server]").check()
    page.locator("[name=redirect_uris]").fill(REDIRECT_URI)
    page.locator("[name=permission_ReadAccounts]").check()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="My first app")).to_be_visible()
    check_everywhere(page, axe, "app", wrong)
    page.goto(url + "/practice/console")
    check_everywhere(page, axe, "console", wrong)
    page.goto(url + "/practice/board")
    check_everywhere(page, axe, "board-sign-in", wrong)
    open_board(page, classroom)
    go_wrong(classroom, 7)
    page.get_by_role("button", name="Everyone gets 429").click()
    expect(page.locator("#running")).to_contain_text("too many requests in calls of the API, until")
    page.get_by_text("More for the room").click()
    page.set_viewport_size(SIZE)
    assert page.evaluate("table.scrollWidth - table.clientWidth") == 0, (
        "the errors, in the last column, are out of sight"
    )
    check_everywhere(page, axe, "board", wrong)
    page.get_by_role("button", name="End all sessions").click()
    page.get_by_role("heading", name="End all sessions, for the whole room?").wait_for()
    check_everywhere(page, axe, "board-sure", wrong)
    page.get_by_role("link", name="No, go back").click()
    page.get_by_text("More for the room").click()
    page.get_by_role("button", name="End the class").click()
    page.get_by_role("link", name="First save who reached what").wait_for()
    check_everywhere(page, axe, "board-end", wrong, pictures=(PHONE,))
    page.goto(url + "/practice/board/seats")
    page.get_by_label("Add seats").fill("2")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name="learner-032").wait_for()
    check_everywhere(page, axe, "seats", wrong, pictures=(PHONE,))
    for paper in ("A4", "Letter"):
        sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))
        assert (paper, len(sheets)) == (paper, 6), "six slips on a sheet, and 33 of them"
    classroom._backend.seat_links.revoke("learner-002")
    for machine in ("1" * 32, "2" * 32):
        classroom._backend.seat_links.use(classroom.seat_link("learner-001").partition("#")[2], machine)
    page.reload()
    page.get_by_text("The lines of the file").first.click()
    check_everywhere(page, axe, "board-seats", wrong, pictures=(PHONE, SIZE))
    page.goto(classroom.seat_link("learner-001"))
    check_everywhere(page, axe, "seat-link", wrong, pictures=(PHONE, SIZE))
    page.goto(url + "/practice/seat")
    check_everywhere(page, axe, "seat-link-cut", wrong)
    page.goto(url + "/practice/window")
    check_everywhere(page, axe, "window", wrong)
    page.goto(url + "/practice/board")
    page.get_by_role("link", name="Names").click()
    page.get_by_label("The names of your class").fill("Ada\n\u05d0\u05d3\u05d4 Lovelace\n99, Ben\n" + "x" * 40)
    page.get_by_role("button", name="Give out these names").click()
    expect(page.get_by_role("alert")).to_contain_text("99, Ben: there is no such seat")
    check_everywhere(page, axe, "names", wrong)
    page.get_by_role("button", name="Show names on the projector").click()
    page.get_by_role("link", name="Board").click()
    page.get_by_label("Show", exact=True).select_option("Who met errors")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("2 of 32 rows are shown.")).to_be_visible()
    check_everywhere(page, axe, "board-errors", wrong)
    page.get_by_role("link", name="Projector").click()
    expect(page.locator("#live")).to_have_text("Live")
    expect(page.locator("#rows")).to_contain_text("Ada")
    check_everywhere(page, axe, "projector", wrong)
    assert wrong == {}


def test_the_board_is_live(page: Page, browser: Browser, classroom: PracticePlatform) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    open_board(page, classroom)
    row = page.get_by_role("row", name="learner-002")
    learner = browser.new_context()
    theirs = learner.new_page()
    theirs.goto(address(classroom, 2))
    expect(row.locator("td").nth(1)).to_have_class("yes")
    theirs.get_by_role("button", name="I’m stuck").click()
    waiting = page.locator("#waiting")
    expect(waiting).to_contain_text("learner-002")
    assert page.title().startswith("(1) ")
    shoot(page, "practice-board")
    waiting.get_by_role("button", name="learner-002 was helped").click()
    expect(page.locator("#waiting")).to_contain_text("Nobody is waiting")
    theirs.reload()
    expect(theirs.get_by_role("button", name="I’m stuck")).to_be_visible()
    learner.close()
    assert complaints == []


def test_a_platform_that_has_stopped_answering_is_not_called_live(page: Page, classroom: PracticePlatform) -> None:
    page.clock.install()
    open_board(page, classroom)
    awake = threading.Event()
    loop = classroom._loop
    assert loop
    loop.call_soon_threadsafe(awake.wait, 60)
    page.clock.fast_forward(13_000)
    expect(page.locator("#live")).to_contain_text("Not live: the platform has said nothing for 10 seconds")
    awake.set()
    expect(page.locator("#live")).to_have_text("Live")


def test_whether_a_window_opens_is_tried_and_told(page: Page, classroom: PracticePlatform) -> None:
    page.goto(classroom.server_url + "/practice/window")
    button, result = page.get_by_role("button", name="Open a window"), page.get_by_role("status")
    with page.expect_popup() as opened:
        button.click()
    expect(result).to_have_text("It opened. Windows of this site are allowed.")
    eventually(lambda: page.evaluate("true") and opened.value.is_closed())  # what happened to a page is told meanwhile
    page.evaluate("window.open = () => null")
    button.click()
    expect(result).to_contain_text("Blocked: this browser opened no window. Allow windows (pop-ups)")
    shoot(page, "practice-window")


def test_a_board_that_is_open_goes_on_when_the_platform_was_killed(page: Page, tmp_path: Path) -> None:
    port = str(free_port())
    with class_of(tmp_path, "--port", port) as (room, process):
        room.tokens_of(2)
        open_board(page, room.platform)
        page.evaluate("window.same = true")
        room.press_stuck("3")
        expect(page.locator("#waiting")).to_contain_text("learner-003")
        kept = tmp_path / "class.json"
        eventually(lambda: '"learner-003"' in kept.read_text("utf-8"))
        process.kill()
        process.wait()
        expect(page.locator("#live")).to_contain_text("Not live")
    with class_of(tmp_path, "--port", port) as (again, _):
        expect(page.locator("#live")).to_have_text("Live")
        again.tokens_of(1)
        expect(page.get_by_role("row", name="learner-001").locator("td").nth(3)).to_have_class("yes")
        expect(page.get_by_role("row", name="learner-002").locator("td").nth(3)).to_have_class("yes")
        page.get_by_role("button", name="learner-003 was helped").click()
        expect(page.locator("#waiting")).to_contain_text("Nobody is waiting")
        assert page.evaluate("window.same")


def test_times_are_those_of_who_looks(browser: Browser, classroom: PracticePlatform) -> None:
    classroom._backend.stuck.press("learner-004")
    since = classroom._backend.stuck.since("learner-004")
    assert since
    context = browser.new_context(timezone_id="Asia/Kolkata")  # half an hour off every other one
    page = context.new_page()
    open_board(page, classroom)
    theirs = datetime.fromtimestamp(since, timezone(timedelta(hours=5, minutes=30)))
    expect(page.locator("#waiting time")).to_have_text(f"{theirs:%H:%M}")
    context.close()


def test_the_focus_stays_where_it_is(page: Page, classroom: PracticePlatform) -> None:
    open_board(page, classroom)
    classroom.controls.fail("api", "500", seconds=600)
    stop = page.get_by_role("button", name="Stop: the server fails")
    stop.focus()
    classroom.controls.fail("api", "slow", seconds=600)
    expect(page.get_by_role("button", name="Stop: a slow answer")).to_be_visible()
    expect(stop).to_be_focused()
    stop.press("Enter")
    expect(page.get_by_role("button", name="Stop: the server fails")).to_have_count(0)
    expect(page.locator("#running")).to_be_focused()


def test_enter_never_reaches_another_learner(page: Page, classroom: PracticePlatform) -> None:
    stuck = classroom._backend.stuck
    for seat in ("learner-004", "learner-009"):
        stuck.press(seat)
    open_board(page, classroom)
    page.get_by_role("button", name="learner-004 was helped").focus()
    stuck.release("learner-004")  # somebody else was there first
    expect(page.get_by_role("button", name="learner-004 was helped")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Stuck")).to_be_focused()
    assert [seat for seat, _ in stuck.waiting()] == ["learner-009"]


def test_buttons_leave_the_page_and_its_table_where_they_are(page: Page, classroom: PracticePlatform) -> None:
    classroom._backend.stuck.press("learner-004")
    open_board(page, classroom)
    table = page.get_by_role("region", name="Progress")
    table.evaluate("table => { table.scrollTop = 300; window.same = true; }")
    page.get_by_role("button", name="learner-004 was helped").click()
    expect(page.locator("#waiting")).to_contain_text("Nobody is waiting")
    page.get_by_role("button", name="Everyone gets 429").click()
    expect(page.locator("#running")).to_contain_text("too many requests")
    expect(page.locator("#done")).to_have_text("Started.")
    page.get_by_text("More for the room").click()
    page.get_by_role("button", name="Clock one hour ahead").click()
    expect(page.locator("#running")).to_contain_text("the clock is 1 hour ahead")
    expect(page.locator("#done")).to_have_text("Clock one hour ahead: done")
    page.get_by_role("button", name="Stop: the clock is 1 hour ahead").click()
    expect(page.locator("#running")).not_to_contain_text("ahead")
    assert table.evaluate("table => window.same && table.scrollTop > 200")
    # What is refused is shown with its reason, as without JavaScript.
    classroom.controls.advance(366 * 86400)
    page.get_by_role("button", name="Clock one hour ahead").click()
    expect(page.get_by_role("alert")).to_contain_text("Not done.")


def test_a_row_keeps_its_focus_while_the_order_changes(page: Page, classroom: PracticePlatform) -> None:
    classroom._backend.stuck.press("learner-004")
    open_board(page, classroom)
    page.get_by_label("Order").select_option("Most errors first")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#live")).to_have_text("Live")
    page.evaluate("window.same = true")
    page.locator("#waiting").get_by_role("link", name="learner-004").press("Enter")
    row = page.locator("#row-learner-004")
    expect(row).to_be_focused()
    rows = page.locator("#rows tr")
    for seat in (9, 9, 4):
        go_wrong(classroom, seat)
    expect(rows.nth(0)).to_contain_text("learner-009")
    expect(rows.nth(1)).to_contain_text("learner-004")
    expect(row.locator(".errors")).to_contain_text("OAU-106")
    expect(row).to_be_focused()
    assert page.evaluate("window.same")
    # A row that is no longer there is gone, also from a page that was away when it went.
    page.evaluate("document.getElementById('rows').append(document.getElementById('rows').lastChild.cloneNode(true))")
    page.evaluate("document.querySelector('#rows tr:last-child').id = 'row-of-yesterday'")
    go_wrong(classroom, 12)
    expect(page.locator("#row-of-yesterday")).to_have_count(0)


def cut_off(page: Page) -> int:
    """How many tiles of the projector show less than the whole of their seat."""
    tiles: int = page.evaluate(
        """[...document.querySelectorAll("#rows li")].filter(one => one.scrollHeight > one.clientHeight
        || one.querySelector(".name").scrollWidth > one.querySelector(".name").clientWidth).length"""
    )
    return tiles


def test_the_projector_shows_a_whole_class_at_once_with_names(browser: Browser, axe: str) -> None:
    """On 1280x720, and while the class grows: all are on the screen, and nothing is cut off but the ends of names."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    wrong: dict[str, list[str]] = {}
    with PracticePlatform(learners=12) as platform:
        names, stuck = platform._backend.names, platform._backend.stuck
        names.on_projector = True
        for user in platform.users:
            stuck.press(user["username"])
        open_board(page, platform)
        page.goto(platform.server_url + "/practice/board?view=projector")
        expect(page.locator("#waiting")).to_contain_text("and 4 more")
        for seats in (12, 30, 36, 60, 80, 120, 300):
            if more := seats - len(platform.users):
                platform.controls.add_seats(more)
            for number, user in enumerate(platform.users):
                names.give(user["username"], "Wilhelmina Öztürk-Lindqvist"[: 3 + number % 25])
            page.request.get(platform.server_url + "/practice/")  # any request lets the board look
            # Beyond 120 there are numbers alone.
            expect(page.locator("#rows li")).to_have_count(seats)
            expect(page.locator("#rows .called")).to_have_count(seats if seats <= 120 else 0)
            scrolls = page.evaluate("document.documentElement.scrollHeight > innerHeight")
            assert (seats, cut_off(page), scrolls) == (seats, 0, False)
            if seats in (30, 80, 300):
                check(page, axe, f"projector-{seats}", wrong)
                shoot(page, f"practice-projector-{seats}")
        # What one screen cannot hold is read by scrolling: on a phone, and when there are still more.
        page.set_viewport_size(PHONE)
        check(page, axe, "projector-phone", wrong)
        shoot(page, "practice-projector-phone")
        assert cut_off(page) == 0
        page.set_viewport_size({"width": 1280, "height": 720})
        platform.controls.add_seats(300)
        expect(page.locator("#rows li")).to_have_count(600)
        shoot(page, "practice-projector-600")
        assert cut_off(page) == 0
    assert wrong == {}
    context.close()
