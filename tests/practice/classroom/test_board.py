"""The instructor's board: who may see it, what is on it, what it does to the room, and that it stays bounded."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.instructor import MOST_SIGN_INS, SIGN_IN_SECONDS, InstructorSignIns
from rc_nb_helpers.practice.clock import MOST_AHEAD_SECONDS
from rc_nb_helpers.practice.web import board_feed
from rc_nb_helpers.practice.web.board_feed import MOST_VIEWERS, PAUSE_SECONDS

from ..conftest import CHALLENGE, REDIRECT_URI, TIMEOUT, Browser, Clock, World, code_of
from .room import EVENTS, Room, live


@pytest.fixture
def room(clock: Clock) -> Iterator[Room]:
    with PracticePlatform(learners=3, clock=clock) as platform:
        yield Room(platform, clock)


def _cells(page: str, name: str) -> list[str]:
    """The row of the table that begins with ``name``, as texts."""
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page):
        cells = [re.sub(r"<[^>]*>", " ", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        if cells[0].startswith(name):
            return cells
    raise AssertionError(f"no row of {name}")


# What is on it


def test_the_stages_of_each_learner_are_on_the_board(room: Room) -> None:
    tokens = room.tokens_of(2)
    room.get("/account/~", tokens["access_token"])
    room.refresh(tokens["refresh_token"], room.auth_of(2))
    room.revoke(tokens["access_token"], room.auth_of(2))
    assert code_of(room.refresh("nonsense", room.auth_of(3))) == "OAU-213"
    page = room.instructor().answer.text
    moment = time.strftime("%H:%M", time.localtime(room.clock.now))
    assert _cells(page, "learner-001")[1:] == ["ready", *[""] * 10]
    assert _cells(page, "learner-002")[1:8] == ["ready", *[moment] * 6]
    assert _cells(page, "learner-003")[-1].split()[:3] == ["1", "OAU-213", "the"]
    # Each has an app, from before the start: the counts say the same as the rows and the projector.
    assert [text.split()[0] for text in _cells(page, "Reached, of")[1:8]] == ["3", "1", "1", "1", "1", "1", "1"]


def test_a_denied_consent_is_told_from_one_that_is_missing(room: Room) -> None:
    user = room.platform.users[0]
    browser = room.sign_in(user["username"], user["password"], client_id=user["client_id"])
    browser.submit(decision="deny")
    assert "denied" in _cells(room.instructor().answer.text, "learner-001")[3]


def test_an_app_from_the_console_belongs_to_the_seat_that_signs_in_to_it(room: Room) -> None:
    app = room.new_app(name="My notebook")
    page = room.instructor().open("/practice/board").text
    assert _cells(page, "My notebook")[1] != "ready"
    # Nobody knows whose it is yet, so it is no learner more.
    assert _cells(page, "Reached, of 3")[1].split()[0] == "3"
    user = room.platform.users[1]
    room.sign_in(user["username"], user["password"], client_id=app["client_id"])
    page = room.instructor().answer.text
    assert "My notebook" in _cells(page, "learner-002")[0]
    assert _cells(page, "Reached, of 3")[1].split()[0] == "3"
    with pytest.raises(AssertionError):
        _cells(page, "My notebook")


def test_the_instructors_own_app_stands_apart(room: Room) -> None:
    room.log_in()
    page = room.instructor().answer.text
    rows, own = page.split('<tbody id="own">')
    assert "built in" in _cells(own, "Tutorial app")[0]
    with pytest.raises(AssertionError):
        _cells(rows, "Tutorial app")
    assert _cells(page, "Reached, of")[3].split()[0] == "0"


def test_without_a_class_there_is_a_row_for_each_app(world: World) -> None:
    world.log_in()
    world.new_app(name="Mine")
    page = Room(world.platform, world.clock).instructor().answer.text
    assert "Alex Rivera" in _cells(page, "Tutorial app")[0]
    assert _cells(page, "Mine")
    assert _cells(page, "Reached, of 2")[1].split()[0] == "2"
    assert 'id="own"' not in page


def test_a_client_id_typed_from_paper_with_a_mistake_is_that_learners_error(room: Room) -> None:
    right = room.platform.users[1]["client_id"]
    for typed in (right.swapcase(), right[:-1], right.replace(right[3], "_")):
        answer = room.browser().open(f"/restapi/oauth/authorize?response_type=code&client_id={typed}&redirect_uri=x")
        assert "OAU-153" in answer.text
    page = room.instructor().answer.text
    assert _cells(page, "learner-002")[-1].split()[:2] == ["3", "OAU-153"]
    assert "Nobody knows whose" not in page


def test_what_goes_wrong_for_an_app_that_nobody_knows_is_on_the_board_too(room: Room) -> None:
    room.browser().open("/restapi/oauth/authorize?response_type=code&client_id=another-platforms&redirect_uri=x")
    browser = room.instructor()
    cells = _cells(browser.answer.text, "Nobody knows whose")
    assert cells[1:8] == [""] * 7
    assert cells[-1].split()[:2] == ["1", "OAU-153"]
    assert "another-platforms" not in browser.answer.text
    assert _cells(browser.answer.text, "Reached, of 3")
    assert "Nobody knows whose" not in browser.open("/practice/board?view=projector").text


def test_an_id_of_elsewhere_is_the_error_of_who_holds_the_code_or_is_remembered_in_the_browser(room: Room) -> None:
    user = room.platform.users[1]
    browser = room.browser()
    browser.open("/restapi/oauth/authorize", params=room.request_parameters(client_id=user["client_id"]))
    browser.submit(username=user["username"], password=user["password"], remember="yes")
    browser.submit(decision="allow")
    code = browser.landed["code"]
    assert code_of(room.exchange(code, auth=("another-platforms", "secret"))) == "OAU-153"
    browser.open("/restapi/oauth/authorize", params=room.request_parameters(client_id="another-platforms"))
    assert "OAU-153" in browser.answer.text
    page = room.instructor().answer.text
    assert _cells(page, "learner-002")[-1].split()[:2] == ["2", "OAU-153"]
    assert "Nobody knows whose" not in page


def test_protections_and_tokens_that_are_alive_have_columns(room: Room) -> None:
    first, second = (room.platform.users[seat] for seat in (0, 1))
    room.authorize(client_id=first["client_id"], state=None)
    room.authorize(client_id=second["client_id"], code_challenge=CHALLENGE, code_challenge_method="S256")
    room.tokens_of(3)
    room.tokens_of(3)
    board = room.instructor()
    moment = time.strftime("%H:%M", time.localtime(room.clock.now))
    assert [_cells(board.answer.text, f"learner-00{seat}")[8:11] for seat in (1, 2, 3)] == [
        ["", "", ""],
        [moment, moment, ""],
        [moment, "", "2"],
    ]
    assert [text.split()[0] for text in _cells(board.answer.text, "Reached, of")[8:11]] == ["2", "1", "2"]
    table = list(csv.DictReader(io.StringIO(board.open("/practice/board.csv").content.decode("utf-8-sig"))))
    assert [bool(row["state sent"]) for row in table[:3]] == [False, True, True]
    assert [row["tokens alive"] for row in table[:3]] == ["0", "0", "2"]
    room.platform.controls.expire_access_tokens()
    room.platform.controls.expire_refresh_tokens()
    assert _cells(board.open("/practice/board").text, "learner-003")[10] == ""


def test_a_token_that_is_dead_and_a_code_taken_for_one_are_the_error_of_who_got_them(room: Room) -> None:
    token = room.tokens_of(1)["access_token"]
    room.revoke(token, room.auth_of(1))
    assert code_of(room.get("/account/~", token)) == "OAU-213"
    user = room.platform.users[1]
    code = room.code(user["username"], user["password"], client_id=user["client_id"])
    assert code_of(room.get("/account/~", code)) == "OAU-213"
    page = room.instructor().answer.text
    for seat in ("learner-001", "learner-002"):
        assert _cells(page, seat)[-1].split()[:2] == ["1", "OAU-213"]
    assert "Nobody knows whose" not in page


def test_a_link_that_names_the_administrator_means_the_person_of_the_seat(room: Room) -> None:
    """The course says "sign in as alex": in a class, alex is whoever sits there."""
    user = room.platform.users[1]
    browser = room.browser()
    for hint, filled_in in (("alex", user["username"]), ("sam", "sam")):
        asked = room.request_parameters(client_id=user["client_id"], login_hint=hint)
        browser.open("/restapi/oauth/authorize", params=asked)
        assert browser.form().fields["username"] == filled_in
    browser.open("/restapi/oauth/authorize", params=room.request_parameters(login_hint="alex"))
    assert browser.form().fields["username"] == "alex", "the instructor's own app"


def test_a_wrong_password_is_on_the_board_without_what_was_typed(room: Room) -> None:
    user = room.platform.users[0]
    room.sign_in("learner-001", "a-password-of-mine", client_id=user["client_id"])
    browser = room.instructor()
    assert "a wrong name or password" in _cells(browser.answer.text, "learner-001")[-1]
    assert "a-password-of-mine" not in browser.answer.text


def test_times_are_told_exactly_so_that_a_browser_can_show_its_own(room: Room) -> None:
    room.press_stuck("2")
    exact = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(room.clock.now))
    assert browser_times(room.instructor().answer.text) == {exact}


def browser_times(page: str) -> set[str]:
    return set(re.findall(r'<time datetime="([^"]*)">', page))


def test_names_are_escaped_wherever_they_are_shown(room: Room) -> None:
    room.new_app(name="<img src=x>")
    browser = room.instructor()
    for path in ("/practice/board", "/practice/board?view=projector"):
        assert "<img" not in browser.open(path).text
        assert "&lt;img" in browser.answer.text


def test_the_projector_shows_names_and_nothing_that_shames(room: Room) -> None:
    room.refresh("nonsense", room.auth_of(3))
    room.press_stuck("1")
    page = room.instructor().open("/practice/board?view=projector").text
    for seat in ("learner-001", "learner-002", "learner-003"):
        assert seat in page
    assert "OAU" not in page
    assert "Helped" not in page
    assert "fault" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_full_house_is_shown_by_number() -> None:
    with PracticePlatform(learners=101) as platform:
        page = Room(platform, Clock()).instructor().open("/practice/board?view=projector").text
    assert '<span class="unseen">learner-</span>101</span>' in page


def test_the_page_works_without_javascript(room: Room) -> None:
    browser = room.instructor()
    refresh = '<noscript><meta http-equiv="refresh" content="10"></noscript>'
    assert refresh in browser.answer.text
    assert refresh not in browser.open("/practice/board?hold=1").text
    policy = browser.answer.headers["Content-Security-Policy"]
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy


def test_the_csv_is_complete_and_no_spreadsheet_takes_it_for_formulas(room: Room) -> None:
    room.tokens_of(1)
    for name in ("=HYPERLINK(1)", "@x", "+1", "-1", "＝1"):
        room.new_app(name=name)
    answer = room.instructor().open("/practice/board.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    first = table[0]
    moment = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(room.clock.now))
    assert (first["name"], first["app made"], first["code exchanged"]) == ("learner-001", "before", moment)
    assert [row["name"] for row in table[3:8]] == ["'=HYPERLINK(1)", "'@x", "'+1", "'-1", "'＝1"]
    assert table[8]["name"] == "Tutorial app (built in)"


def test_a_reset_empties_the_board(room: Room) -> None:
    room.tokens_of(1)
    room.press_stuck("1")
    room.platform.controls.reset()
    page = room.instructor().answer.text
    assert _cells(page, "learner-001")[2:] == [""] * 10
    assert "Nobody is waiting" in page


# Who may see it


@pytest.mark.parametrize(
    "path", ["", "?view=projector", ".csv", "/helped", "/fault", "/room", "/undo", "/names", "/sign-out"]
)
def test_strangers_are_asked_for_the_password(room: Room, path: str) -> None:
    browser = room.browser()
    method = "POST" if path[1:] in ("helped", "undo", "sign-out") else "GET"
    answer = browser.open("/practice/board" + path, method, data={} if method == "POST" else None)
    assert answer.url.endswith("/practice/board/sign-in")
    assert "learner-001" not in answer.text


def test_the_events_are_for_the_instructor_only(room: Room) -> None:
    for cookies in ({}, {"practice_instructor": "x" * 32}):
        answer = requests.get(room.url(EVENTS), cookies=cookies, timeout=TIMEOUT)
        assert (answer.status_code, answer.text) == (401, "")


def test_the_cookie_is_strict_and_new_with_each_sign_in(room: Room) -> None:
    browser = room.browser()
    before = browser.open("/practice/board/sign-in").cookies["practice_asked"]
    form = browser.form()
    data = form.fields | {"password": room.platform.instructor_password}
    answer = browser.http.post(room.url(form.action), data=data, allow_redirects=False, timeout=TIMEOUT)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert before not in cookie
    assert room.platform.instructor_password not in cookie


def test_a_link_from_elsewhere_signs_nobody_out(room: Room) -> None:
    browser = room.instructor()
    for path in ("/practice/board", "/practice/board/sign-in"):  # without the Strict cookie, as a browser does it
        answer = Browser(room.platform.server_url).open(path)
        assert "password" in answer.text
        browser.http.cookies.update(answer.cookies)
    assert browser.open("/practice/board").url == room.url("/practice/board"), "still signed in"


def test_signing_out_and_time_end_it(room: Room) -> None:
    browser = room.instructor()
    stolen = browser.http.cookies.copy()
    assert "Instructor" in browser.submit(0).text
    assert requests.get(room.url(EVENTS), cookies=stolen, timeout=TIMEOUT).status_code == 401
    browser = room.instructor()
    room.clock.advance(SIGN_IN_SECONDS + 1)
    assert browser.open("/practice/board").url.endswith("sign-in")


def test_wrong_passwords_lock_nobody_out(room: Room) -> None:
    browser = room.browser()
    browser.open("/practice/board")
    for _ in range(12):
        assert browser.submit(password="guess").status_code == 403
    assert room.instructor().answer.status_code == 200


def test_sign_ins_are_bounded_and_show_no_password(clock: Clock) -> None:
    sign_ins = InstructorSignIns(clock)
    values = [sign_ins.sign_in(sign_ins.password) or "" for _ in range(MOST_SIGN_INS + 1)]
    assert [sign_ins.knows(value) for value in values] == [False, *[True] * MOST_SIGN_INS]
    assert sign_ins.sign_in("wrong \ud800") is None
    assert sign_ins.password not in repr(sign_ins)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/helped", "/fault", "/room", "/undo", "/names"])
def test_forms_from_elsewhere_are_refused(room: Room, path: str) -> None:
    browser = room.instructor()
    token = browser.form().fields["form_token"]
    url = "/practice/board" + path
    for data, headers in (
        ({"form_token": ""}, {}),
        ({"form_token": "ä"}, {}),
        ({"form_token": token}, {"Origin": "http://evil.example"}),
        ({"form_token": token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        assert browser.open(url, "POST", data=data, headers=headers).status_code == 403


# The room


def _press(browser: Browser, path: str, **fields: str) -> requests.Response:
    token = browser.form().fields["form_token"]
    return browser.open(f"/practice/board/{path}", "POST", data={"form_token": token, **fields})


def _fault(browser: Browser, **fields: str) -> requests.Response:
    return _press(browser, "fault", **fields)


def test_everyone_gets_429_and_it_can_be_undone(room: Room) -> None:
    tokens = [room.tokens_of(1)["access_token"], room.tokens_of(2)["access_token"]]
    browser = room.instructor()
    # The button that is there for it: the first form after those of the page itself, and the one that begins a part.
    page = browser.submit(4).text
    until = time.strftime("%H:%M:%S", time.localtime(room.clock.now + 120))
    assert f"too many requests</strong> in calls of the API, until {until}" in re.sub("</?time[^>]*>", "", page)
    assert [room.get("/account/~", token).status_code for token in tokens] == [429, 429]
    token = browser.form().fields["form_token"]
    page = browser.open("/practice/board/undo", "POST", data={"form_token": token, "undo": "api:429"}).text
    assert "Everything works" in page
    assert room.get("/account/~", tokens[0]).status_code == 200
    assert _cells(page, "learner-001")[-1].split()[:2] == ["1", "CMN-301"]


def test_the_same_fault_started_twice_is_one_and_the_later_time_counts(room: Room) -> None:
    browser = room.instructor()
    _fault(browser, fault="500", endpoint="api", seconds="60")
    _fault(room.instructor(), fault="500", endpoint="api", seconds="300")
    (one,) = room.platform.controls.state()["faults"]
    assert one["seconds_left"] == 300


def test_undo_ends_one_kind_of_fault_and_leaves_a_learners_own(room: Room) -> None:
    browser = room.instructor()
    _fault(browser, fault="500", endpoint="api", seconds="60")
    page = _fault(browser, fault="deny", endpoint="api", seconds="60").text
    assert "the person says no</strong> in consent" in page
    room.platform.controls.fail("api", "500", app=room.auth_of(1)[0])
    _press(browser, "undo", undo="api:500")
    left = [(one["fault"], one["everybody"]) for one in room.platform.controls.state()["faults"]]
    assert left == [("deny", True), ("500", False)]
    _press(browser, "undo")
    assert len(room.platform.controls.state()["faults"]) == 2


def test_what_learners_can_do_to_an_app_is_done_to_the_room_and_undone(room: Room) -> None:
    tokens = room.tokens_of(1)
    browser = room.instructor()
    controls = room.platform.controls
    for label in (
        "End all access tokens",
        "End all sessions",
        "Real rate limits",
        "Clock one hour",
        "Clock eight days",
    ):
        assert label in browser.answer.text
    _press(browser, "room", what="expire")
    assert code_of(room.get("/account/~", tokens["access_token"])) == "OAU-128"
    page = _press(browser, "room", what="revoke").text
    assert "End all sessions, for the whole room?" in page
    assert code_of(room.get("/account/~", tokens["access_token"])) == "OAU-128", "not before the instructor is sure"
    browser.submit(sure="yes")
    assert code_of(room.get("/account/~", tokens["access_token"])) == "OAU-213"
    assert "Everything works" in browser.answer.text
    assert "real rate limits</strong> for every app" in _press(browser, "room", what="strict").text
    assert controls.state()["strict_limits"] is True
    assert "the clock is 1 hour ahead</strong>" in _press(browser, "room", what="hour").text
    # The instructor stays signed in through it.
    assert "the clock is 8 days 1 hour ahead</strong>" in _press(browser, "room", what="week", sure="yes").text
    assert "ahead" not in _press(browser, "undo", undo="clock").text.partition("<details>")[0]
    assert "Everything works" in _press(browser, "undo", undo="limits").text
    assert controls.state()["strict_limits"] is False
    assert controls.state()["clock_ahead_seconds"] == 0


def test_codes_live_longer_for_the_whole_room_until_that_is_stopped(room: Room) -> None:
    browser = room.instructor()
    assert "codes live 600 seconds</strong> for everybody" in _press(browser, "room", what="code-life").text
    tokens, user = room.tokens_of(1), room.platform.users[0]
    assert tokens
    code = room.code(user["username"], user["password"], client_id=user["client_id"])
    room.clock.advance(599)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    assert room.post_token(room.auth_of(1), **form).status_code == 200
    assert "Everything works" in _press(browser, "undo", undo="code-life").text


def test_a_new_part_of_the_lesson_is_counted_anew_and_nothing_is_lost(room: Room) -> None:
    room.tokens_of(1)
    room.get("/account/~", "x" * 43)
    browser = room.instructor()
    page = _press(browser, "room", what="part").text
    assert "the columns show this part</strong> of the lesson, since <time" in page
    assert "In this part: None of the 3 learners has begun yet." in page
    assert _cells(page, "learner-001")[1:] == ["ready", *[""] * 8, "1", ""], "its tokens live on"
    assert "Nobody knows whose" not in page
    tokens = room.tokens_of(2)
    assert code_of(room.get("/account/~/nothing", tokens["access_token"])) == "CMN-120"
    page = browser.open("/practice/board").text
    assert [text.split()[0] for text in _cells(page, "Reached, of")[1:5]] == ["3", "1", "1", "1"]
    assert _cells(page, "learner-002")[-1].split()[:2] == ["1", "CMN-120"]
    table = list(csv.DictReader(io.StringIO(browser.open("/practice/board.csv").content.decode("utf-8-sig"))))
    assert [bool(row["code exchanged"]) for row in table[:3]] == [True, True, False]
    browser.open("/practice/board")
    page = _press(browser, "undo", undo="part").text
    assert [text.split()[0] for text in _cells(page, "Reached, of")[1:5]] == ["3", "2", "2", "2"]
    assert "In this part" not in page


def test_what_the_room_cannot_do_is_said(room: Room) -> None:
    browser = room.instructor()
    answer = _press(browser, "room", what="nonsense")
    assert (answer.status_code, "Not done." in answer.text) == (422, True)
    room.platform.controls.advance(MOST_AHEAD_SECONDS)
    answer = _press(browser, "room", what="hour")
    assert (answer.status_code, "Not done." in answer.text) == (422, True)


def test_the_menu_of_faults_begins_with_their_numbers(room: Room) -> None:
    page = room.instructor().answer.text
    for words in ("429: too many requests, without Retry-After", "502: the error page of a proxy", "a slow answer"):
        assert f">{words}" in page


def test_each_button_is_known_by_whom_it_is_for(room: Room) -> None:
    """A button that another one's learner moves up to must not take its focus, or Enter would reach the wrong one."""
    room.press_stuck("1")
    room.press_stuck("2")
    page = room.instructor().answer.text
    for seat in ("learner-001", "learner-002"):
        assert f'value="{seat}" id="helped-{seat}"' in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"fault": "nonsense", "endpoint": "api", "seconds": "60"},
        {"fault": "500", "endpoint": "nowhere", "seconds": "60"},
        {"fault": "500", "endpoint": "consent", "seconds": "60"},
        {"fault": "500", "endpoint": "api", "seconds": "9" * 5000},
        {"fault": "500", "endpoint": "api", "seconds": "-1"},
    ],
)
def test_what_cannot_be_done_is_said(room: Room, fields: dict[str, str]) -> None:
    answer = _fault(room.instructor(), **fields)
    assert answer.status_code == 422
    assert "Not done." in answer.text
    assert room.platform.controls.state()["faults"] == []


# Live


def test_only_what_changed_is_sent(room: Room) -> None:
    with live(room.instructor()) as messages:
        everything = {id_: html for id_, _, html in next(messages)}
        assert set(everything) >= {"waiting", "counts", "running", "row-learner-001", "row-learner-003"}
        room.press_stuck("3")
        changed = {id_: html for id_, _, html in next(messages)}
        assert set(changed) == {"waiting", "now", "row-learner-003", "rows"}
        assert changed["rows"] == ["row-learner-003", "row-learner-001", "row-learner-002"]
        app = room.new_app(name="Mine")
        (appeared,) = [change for change in next(messages) if change[0] == f"row-{app['client_id']}"]
        assert (appeared[1], "Mine" in appeared[2]) == ("rows", True)
        room.platform.controls.reset()
        room.log_in()
        assert [f"row-{app['client_id']}", "", None] in next(messages)


def test_many_events_become_few_messages(room: Room) -> None:
    tokens = room.tokens_of(1)
    with live(room.instructor(), "?view=projector") as messages:
        next(messages)
        began = time.monotonic()
        for _ in range(50):
            room.get("/nothing", tokens["access_token"])
        room.get("/account/~", tokens["access_token"])
        # Errors and repeated calls change nothing on the projector; the first good call does.
        changed = next(messages)
        assert time.monotonic() - began >= PAUSE_SECONDS * 0.9
        assert {change[0] for change in changed} <= {"counts", "row-learner-001"}


def test_something_is_sent_even_when_nothing_is_new(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment would never reach the page's script, which has to tell a frozen platform from a quiet one."""
    monkeypatch.setattr(board_feed, "LOOK_AGAIN_SECONDS", 0.05)
    with live(room.instructor()) as messages:
        next(messages)
        assert next(messages) == []


def test_labels_are_on_no_page(room: Room) -> None:
    """They are for the programs that made the values, and for nobody to look at."""
    browser = room.instructor()
    with live(browser) as messages:
        shown = [browser.answer.text, str(next(messages))]
        room.tokens_of(1)
        shown.append(str(next(messages)))
    entries = room.platform.controls.requests()
    labels = {label.partition(":")[2] for entry in entries for label in (*entry.labels, *entry.answer_labels)}
    assert len(labels) == 4, "the interaction, the code and two tokens"
    shown += [browser.open("/practice/board").text, str(room.platform.controls.progress())]
    assert not any(label in text for label in labels for text in shown)


def test_nobody_is_told_while_nobody_looks(room: Room) -> None:
    record = room.platform._backend.record
    assert record._subscribers == []
    browser = room.instructor()
    with live(browser) as messages:
        next(messages)
        assert len(record._subscribers) == 1
    until = time.monotonic() + TIMEOUT
    while record._subscribers:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_viewers_are_limited(room: Room) -> None:
    browser = room.instructor()
    with contextlib.ExitStack() as open_:
        for _ in range(MOST_VIEWERS):
            next(open_.enter_context(live(browser)))
        answer = browser.http.get(room.url(EVENTS), timeout=TIMEOUT)
        assert answer.status_code == 503


def test_the_platform_stops_while_somebody_looks(caplog: pytest.LogCaptureFixture) -> None:
    before = threading.active_count()
    platform = PracticePlatform(learners=1).start()
    with live(Room(platform, Clock()).instructor()) as messages:
        next(messages)
        began = time.monotonic()
        platform.stop()
        assert time.monotonic() - began < TIMEOUT
        with contextlib.suppress(requests.RequestException):
            assert list(messages) == []
    assert threading.active_count() == before
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_the_board_is_quick_for_300_rows() -> None:
    with PracticePlatform(learners=300) as platform:
        room = Room(platform, Clock())
        backend = platform._backend
        for number, user in enumerate(platform.users):
            backend.record.add(
                at=1.0,
                duration=0.01,
                client_id=user["client_id"],
                owner=user["username"],
                app_name="x",
                username=user["username"],
                method="GET",
                path="/",
                parameters={},
                status=200,
                code="OAU-109" if number % 3 == 0 else "",
            )
        browser = room.instructor()
        took = []
        for _ in range(5):
            began = time.process_time()
            assert "learner-300" in browser.open("/practice/board").text
            took.append(time.process_time() - began)
        # Client and server together; drawing all 300 rows anew each time would take several times as long.
        assert min(took) < 0.1


def test_the_start_page_of_a_class_sends_learners_to_their_slips_and_offers_nobody_elses_password(room: Room) -> None:
    page = room.browser().open("/practice/").text
    assert "on the slip from your instructor" in page
    assert "on this computer" not in page
    assert "maple" not in page
    with PracticePlatform() as alone:
        page = Room(alone, room.clock).browser().open("/practice/").text
    assert "on this computer" in page
    assert "maple" in page


def test_a_slip_names_every_redirect_uri_for_the_day_when_a_port_is_taken(room: Room) -> None:
    page = room.instructor().open("/practice/board/seats").text
    assert page.count("RC_REDIRECT_URL=" + ",".join(room.platform.redirect_uris)) == 4


def test_the_seats_can_be_printed_by_the_instructor_only(room: Room) -> None:
    path = "/practice/board/seats"
    assert room.browser().open(path).url.endswith("sign-in")
    page = room.instructor().open(path).text
    for user in room.platform.users:
        assert user["password"] in page
        assert f"RC_CLIENT_SECRET={user['client_secret']}" in page
    assert f"RC_SERVER_URL={room.platform.server_url}" in page
    assert f"RC_CLIENT_SECRET={room.platform.client_secret}" in page
