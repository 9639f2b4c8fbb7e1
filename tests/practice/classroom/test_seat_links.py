"""Seat links: what one gives, to whom, and when it is over; guessed, replayed, revoked, used on another computer."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.seat_links import MOST_MACHINES, SeatLinks

from ..conftest import TIMEOUT, Browser, Clock, code_of
from .room import Room

SEATS = "/practice/board/seats"
LINKS = "/practice/board/link"
ONE, OTHER = "1" * 32, "2" * 32
"""The marks of two computers."""


@pytest.fixture
def room(clock: Clock) -> Iterator[Room]:
    with PracticePlatform(learners=3, clock=clock) as platform:
        yield Room(platform, clock)


def secret_of(link: str) -> str:
    return urlsplit(link).fragment


def join(room: Room, secret: Any, machine: Any = ONE, **options: Any) -> requests.Response:
    """What a program on a learner's computer sends."""
    body = json.dumps({"secret": secret, "machine": machine})
    return requests.post(room.url("/practice/seat"), data=body, timeout=TIMEOUT, **options)


def press(browser: Browser, what: str) -> str:
    """Press one of the buttons of the Seats page, and return the page that comes then."""
    browser.open(SEATS)
    return browser.submit(1, link=what).text


def test_a_link_gives_the_lines_of_its_seat_and_of_no_other(room: Room) -> None:
    link = room.platform.seat_link("learner-002")
    assert re.fullmatch(re.escape(room.url("/practice/seat")) + r"#[A-Za-z0-9]{22}", link)
    answer = join(room, secret_of(link))
    assert answer.status_code == 200
    user = room.platform.users[1]
    assert answer.json() == {
        "seat": "learner-002",
        "env": f"RC_SERVER_URL={room.platform.server_url}\nRC_CLIENT_ID={user['client_id']}\n"
        f"RC_CLIENT_SECRET={user['client_secret']}\nRC_REDIRECT_URL={','.join(room.platform.redirect_uris)}\n",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert room.platform.seat_link("learner-002") == link, "it stays as it is"
    assert len({room.platform.seat_link(user["username"]) for user in room.platform.users}) == 3


@pytest.mark.parametrize("secret", ["", "x" * 22, "learner-001", "é" * 22, "\ud800"])
def test_a_guessed_link_gives_nothing_and_the_instructor_sees_that_somebody_tried(room: Room, secret: str) -> None:
    room.platform.seat_link("learner-001")
    answer = join(room, secret)
    assert (answer.status_code, code_of(answer)) == (403, "seat-link")
    assert "Ask your instructor" in answer.json()["message"]
    assert "a seat link that is wrong, or no longer good" in room.instructor().open("/practice/board").text


def test_a_link_that_is_nearly_right_gives_nothing(room: Room) -> None:
    secret = secret_of(room.platform.seat_link("learner-001"))
    for near in (secret[:-1], secret + "a", secret.swapcase(), secret[::-1], secret + "\n", [secret], {"a": secret}):
        assert join(room, near).status_code in (400, 403)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 60_000, b'{"secret": 1}', b"secret=x"])
def test_what_is_no_question_for_a_seat_is_refused(room: Room, body: bytes) -> None:
    answer = requests.post(room.url("/practice/seat"), data=body, timeout=TIMEOUT)
    assert (answer.status_code, code_of(answer)[:4]) == (400, "CMN-")


@pytest.mark.parametrize("machine", [None, "", "my-laptop", "1" * 31, "1" * 33, "<b>" + "1" * 29, 7])
def test_a_computer_says_nothing_of_itself_but_a_random_mark(room: Room, machine: Any) -> None:
    secret = secret_of(room.platform.seat_link("learner-001"))
    assert join(room, secret, machine).status_code == 400


def test_a_replaced_link_is_over_and_so_is_a_revoked_one(room: Room) -> None:
    first = room.platform.seat_link("learner-001")
    browser = room.instructor()
    page = press(browser, "new-learner-001")
    second = room.platform.seat_link("learner-001")
    assert (second in page, first in page) == (True, False)
    assert join(room, secret_of(first)).status_code == 403
    assert join(room, secret_of(second)).status_code == 200
    page = press(browser, "revoke-learner-001")
    assert "Its link is revoked." in page
    assert second not in page
    assert room.platform.seat_link("learner-001") == ""
    for link in (first, second, ""):
        assert join(room, secret_of(link)).status_code == 403
    assert join(room, secret_of(room.platform.seat_link("learner-002"))).status_code == 200, "the neighbour's is good"
    press(browser, "new-learner-001")
    assert join(room, secret_of(room.platform.seat_link("learner-001"))).status_code == 200


def test_links_are_changed_by_the_instructor_only(room: Room) -> None:
    link = room.platform.seat_link("learner-001")
    for fields in ({"link": "new-learner-001"}, {"link": "revoke-learner-001", "form_token": "0" * 64}):
        requests.post(room.url(LINKS), data=fields, timeout=TIMEOUT)
    browser = room.instructor()
    browser.open(LINKS, method="POST", data={"link": "new-learner-001"})  # without the key of the form
    for nonsense in ("", "new", "new-", "new-learner-999", "burn-learner-001", "new-admin"):
        press(browser, nonsense)
    assert room.platform.seat_link("learner-001") == link


def test_a_second_computer_shows_on_the_board_and_on_the_seats_page(room: Room) -> None:
    secret = secret_of(room.platform.seat_link("learner-002"))
    browser = room.instructor()
    assert browser.open(SEATS).text.count("Its link was not used yet.") == 4, "the instructor's own among them"
    for _ in range(3):
        join(room, secret, ONE)
    assert "Its link was used on one computer." in browser.open(SEATS).text
    assert "its link was used on" not in browser.open("/practice/board").text
    join(room, secret, OTHER)
    # What is counted are copies of the tutorial: mostly computers, but somebody may have two folders on one.
    twice = "ts link was used on 2 computers, or in 2 folders"
    assert f"I{twice}." in browser.open(SEATS).text
    assert browser.open("/practice/board").text.count(f"i{twice}") == 1
    assert f"i{twice}" in browser.open("/practice/board.csv").text
    press(browser, "new-learner-002")
    assert "2 computers" not in browser.open("/practice/board").text, "the new link was used on none"


def test_who_joins_is_seen_by_the_instructor(room: Room) -> None:
    join(room, secret_of(room.platform.seat_link("learner-003")))
    (progress,) = room.platform.controls.progress()
    assert (progress.owner, progress.seen_at) == ("learner-003", room.clock.now)


@pytest.mark.parametrize("headers", [{"Origin": "https://x.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "none"}])
def test_no_page_in_a_browser_gets_a_seat(room: Room, headers: dict[str, str]) -> None:
    secret = secret_of(room.platform.seat_link("learner-001"))
    answer = join(room, secret, headers=headers)
    assert answer.status_code == 403
    assert "RC_CLIENT_SECRET" not in answer.text
    for asked in (answer, requests.options(room.url("/practice/seat"), headers=headers, timeout=TIMEOUT)):
        assert "Access-Control-Allow-Origin" not in asked.headers


@pytest.mark.parametrize(
    ("before", "behind"),
    [("%23", ""), ("/%23", "/"), ("%2523", ""), ("%23", ")"), ("%23", ".%22%3E"), ("/", "?x=1"), ("%23", "%FF")],
)
def test_a_link_that_a_program_has_changed_leads_to_its_page_and_into_no_record(
    room: Room, before: str, behind: str
) -> None:
    link = room.platform.seat_link("learner-001")
    answer = requests.get(link.replace("#", before) + behind, timeout=TIMEOUT, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/practice/seat#" + secret_of(link))
    (entry,) = room.platform.controls.requests()
    assert secret_of(link) not in str(entry)


def test_a_secret_is_in_no_record_and_no_log(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = secret_of(room.platform.seat_link("learner-001"))
    join(room, secret)
    join(room, secret, "?")
    requests.get(room.url(f"/practice/seat%23{secret}"), timeout=TIMEOUT)
    requests.get(room.url("/practice/seat"), params={"secret": secret}, timeout=TIMEOUT)
    requests.post(room.url("/practice/seat"), data={"secret": secret}, timeout=TIMEOUT)
    seen = [entry.as_json() for entry in room.platform.controls.requests()]
    assert len([entry for entry in seen if entry["path"] == "/practice/seat"]) >= 6
    assert secret not in str(seen)
    logged = [each.getMessage() for each in caplog.records if not each.name.startswith("urllib3")]  # the test's own
    assert secret not in str(logged)
    assert secret not in repr(room.platform._backend.seat_links.link_of("learner-001"))
    for path in ("/practice/board", "/practice/board?view=projector", "/practice/board.csv"):
        assert secret not in room.instructor().open(path).text


def test_the_page_is_told_to_no_next_page_and_its_script_may_ask_nobody(room: Room) -> None:
    answer = requests.get(room.platform.seat_link("learner-001"), timeout=TIMEOUT)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert "'unsafe" not in policy


def test_a_slip_has_the_link_as_text_and_as_a_picture(room: Room) -> None:
    page = room.instructor().open(SEATS).text
    for user in room.platform.users:
        assert f"<code>{room.platform.seat_link(user['username'])}</code>" in page
        assert f'aria-label="QR code of the link of {user["username"]}"' in page


def test_the_instructors_own_slip_has_a_link_to_the_app_that_is_built_in(room: Room) -> None:
    browser = room.instructor()
    link = room.platform.seat_link("alex")
    assert f"<code>{link}</code>" in browser.open(SEATS).text
    for machine in (ONE, OTHER):
        answer = join(room, secret_of(link), machine).json()
    assert answer["seat"] == "alex"
    assert f"RC_CLIENT_ID={room.platform.client_id}\n" in answer["env"]
    page = browser.open("/practice/board").text
    assert page.partition('id="own"')[2].count("its link was used on 2 computers") == 1
    press(browser, "new-alex")
    assert join(room, secret_of(link)).status_code == 403


def test_who_adds_seats_is_led_to_the_first_new_slip(room: Room) -> None:
    browser = room.instructor()
    browser.open(SEATS)
    form = browser.form()
    answer = browser.http.post(room.url(form.action), data=form.fields | {"count": "2"}, allow_redirects=False)
    assert answer.headers["Location"] == SEATS + "#learner-004"
    assert 'id="learner-004"' in browser.open(SEATS).text


def test_seats_that_are_gone_have_no_link_that_is_good() -> None:
    with PracticePlatform(learners=3) as yesterday:
        old = yesterday.seat_link("learner-003")
        kept = yesterday._backend.seat_links.to_keep()
    with PracticePlatform(learners=2) as today:
        today._backend.seat_links.take_back(kept)
        body = json.dumps({"secret": secret_of(old), "machine": ONE})
        assert requests.post(today.server_url + "/practice/seat", data=body, timeout=TIMEOUT).status_code == 403


# What is kept over a restart


def test_nobody_needs_a_new_link_after_a_restart_and_everybody_after_the_end_of_the_class(tmp_path: Path) -> None:
    files = {"apps_file": tmp_path / "apps.json", "class_file": tmp_path / "class.json"}
    with PracticePlatform(learners=2, **files) as first:
        link, revoked = first.seat_link("learner-001"), first.seat_link("learner-002")
        first._in_loop(lambda: first._backend.seat_links.revoke("learner-002"))
        assert join(Room(first, Clock()), secret_of(link), ONE).status_code == 200
    with PracticePlatform(learners=2, **files) as second:
        room = Room(second, Clock())
        assert secret_of(second.seat_link("learner-001")) == secret_of(link)
        assert join(room, secret_of(link), OTHER).json()["seat"] == "learner-001"
        assert join(room, secret_of(revoked)).status_code == 403
        assert second._backend.seat_links.computers("learner-001") == 2
        second.controls.add_seats(1)
        assert join(room, secret_of(second.seat_link("learner-003"))).json()["seat"] == "learner-003"
        second.controls.end_class()
        assert join(room, secret_of(link)).status_code == 403
        new = join(room, secret_of(second.seat_link("learner-001"))).json()["env"]
        assert f"RC_CLIENT_SECRET={first.users[0]['client_secret']}" not in new


def test_links_and_what_was_done_with_them_outlive_a_restart() -> None:
    before, after = SeatLinks(), SeatLinks()
    secret = before.link_of("learner-001").secret
    before.use(secret, ONE)
    before.use(secret, OTHER)
    before.revoke("learner-002")
    after.take_back(json.loads(json.dumps(before.to_keep())))
    assert after.use(secret, ONE) == "learner-001"
    assert after.computers("learner-001") == 2
    assert after.link_of("learner-002").secret == ""
    assert after.to_keep() == before.to_keep()


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        "x",
        {"learner-001": None},
        {"learner-001": {"secret": 5}},
        {"learner-001": {"secret": "short"}},
        {"learner-001": {"machines": [ONE]}},
        {"learner-001": {"secret": "a" * 22, "machines": 5, "more": 1}},
        {"learner-001": {"secret": "a" * 22, "machines": [5, "x", None]}},
    ],
)
def test_what_is_not_understood_is_left_out(kept: Any) -> None:
    links = SeatLinks()
    links.take_back(kept)
    assert links.use("", ONE) is None
    assert links.use("short", ONE) is None
    links.to_keep()
    assert links.computers("learner-001") <= 1
    assert len(links.link_of("learner-001").secret) == 22


def test_when_the_class_is_over_its_links_are() -> None:
    links = SeatLinks()
    secret = links.link_of("learner-001").secret
    links.forget()
    assert links.use(secret, ONE) is None
    assert links.link_of("learner-001").secret != secret
    assert links.computers("learner-001") == 0


def test_what_is_remembered_of_a_link_is_bounded() -> None:
    links = SeatLinks()
    secret = links.link_of("learner-001").secret
    for number in range(MOST_MACHINES + 5):
        assert links.use(secret, f"{number:032x}") == "learner-001"
    assert links.computers("learner-001") == MOST_MACHINES
