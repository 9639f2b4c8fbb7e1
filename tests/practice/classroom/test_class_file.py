"""What lasts of a class: over a kill, over the end of the day, and when its file is not what it should be."""

from __future__ import annotations

import json
import logging
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice import platform as platform_module
from rc_nb_helpers.practice.classroom import class_file
from rc_nb_helpers.practice.classroom.class_file import ClassFile, ClassFileError

from ...conftest import eventually, free_port
from ..conftest import REDIRECT_URI, TIMEOUT, Browser, Clock, code_of
from .room import Room, class_of

_ROOT = Path(__file__).parents[3]


def _wait_for(file: Path, *words: str) -> None:
    eventually(lambda: all(word in file.read_text("utf-8") for word in words))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "private" / "class.json"


def _class(file: Path, clock: Clock, learners: int = 3, **options: Any) -> PracticePlatform:
    return PracticePlatform(
        learners=learners, apps_file=file.with_name("apps.json"), class_file=file, clock=clock, **options
    )


# Over a kill


def test_a_part_of_the_lesson_goes_on_where_it_was(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        room = Room(platform, clock)
        room.tokens_of(1)
        platform.controls.begin_part()
        room.tokens_of(2)
        password = platform.instructor_password
    with _class(file, clock) as platform:
        browser = Browser(platform.server_url)
        browser.open("/practice/board")
        page = browser.submit(password=password).text
        assert "In this part: 1 of 3 learners has logged in." in page
        platform.controls.end_part()
        assert "2 of 3 learners have logged in." in browser.open("/practice/board").text


def test_a_class_goes_on_when_its_platform_was_killed(tmp_path: Path) -> None:
    port = str(free_port())
    with class_of(tmp_path, "--port", port) as (room, process):
        board = room.instructor()
        token = room.tokens_of(2)["access_token"]
        learner = room.browser()
        learner.open("/practice/console/new")
        learner.submit(name="Mine", application_type="server", redirect_uris=REDIRECT_URI, permission_SMS="yes")
        room.press_stuck("3", browser=learner)
        learner.open("/practice/console")
        board.open("/practice/board/seats")
        board.submit(count="1")
        _wait_for(tmp_path / "class.json", '"code exchanged"', '"learner-003"', '"seats": 4')
        board.open("/practice/board")
        process.kill()  # nothing is put in order
        process.wait(TIMEOUT)
    with class_of(tmp_path, "--port", port) as (again, _):
        assert again.platform.users[:3] == room.platform.users
        assert len(again.platform.users) == 4
        assert again.platform.instructor_password == "", "it is known as a hash alone"
        # Buttons of a page that is still open from before.
        page = board.submit(1, seat="learner-003")
        assert page.status_code == 200, page.text
        assert "code exchanged" in board.open("/practice/board.csv").text
        csv = {line.partition(",")[0]: line for line in board.answer.text.splitlines()}
        assert csv['"learner-002"'].count(":") >= 3
        assert "Mine" in csv['"learner-003"']
        assert again.tokens_of(2)["access_token"] != token
        assert code_of(again.get("/account/~", token)) == "OAU-213", "a login ends with the platform"
        controls = again.url("/practice/controls")
        auth = ("instructor", room.platform.instructor_password)
        assert requests.get(controls, auth=auth, timeout=TIMEOUT).status_code == 200
        assert requests.get(controls, auth=("instructor", ""), timeout=TIMEOUT).status_code == 401


def test_a_new_password_ends_the_old_one_and_its_browsers_and_nothing_else(file: Path, clock: Clock) -> None:
    with _class(file, clock, learners=4) as first:
        room = Room(first, clock)
        board = room.instructor()
        room.tokens_of(2)
    with _class(file, clock, new_password=True) as second:
        assert second.instructor_password not in ("", first.instructor_password)
        assert second.ready()["instructor_password"] == second.instructor_password
        board.server_url = second.server_url
        assert board.open("/practice/board").url.endswith("/sign-in")
        page = board.submit(password=first.instructor_password).text
        assert "That is not the password. If it is lost, stop the platform and start it with --new-password." in page
        assert '"code exchanged"' in file.read_text()
        assert second.seats == 4, "a seat that was given out stays"
        assert Room(second, clock).instructor()


def test_what_the_file_holds_lets_nobody_in(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        board = Room(platform, clock).instructor()
    text = file.read_text()
    assert platform.instructor_password not in text
    assert board.http.cookies["practice_instructor"] not in text
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


# When it is written


def test_nothing_is_written_while_nothing_changes_and_little_when_all_come_at_once(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    replace = class_file.replace_private
    monkeypatch.setattr(class_file, "replace_private", lambda path, text: written.append(text) or replace(path, text))
    with _class(file, clock, learners=300) as platform:
        assert len(written) == 1, "at the start"
        lasting, record = platform._backend.lasting, platform._backend.record

        def all_at_once() -> None:
            for user in platform.users:
                record.add(
                    at=1.0,
                    duration=0.1,
                    method="GET",
                    path="/",
                    parameters={},
                    status=200,
                    client_id=user["client_id"],
                    owner=user["username"],
                )

        platform._in_loop(all_at_once)
        _wait_for(file, platform.users[299]["client_id"])
        assert len(written) <= 3
        before = len(written)
        for _ in range(3):
            platform._in_loop(lasting.write)
        assert len(written) == before
    assert len(written) == before, "nor at the end"


def test_what_was_done_last_is_kept_when_it_stops(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        Room(platform, clock).tokens_of(1)
    assert '"code exchanged"' in file.read_text()


# When it is not what it should be


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "[" * 100_000, '{"version": 99}', '{"apps": []}'),
        *(
            f'{{"version": 1, "{part}": {kept}}}'
            for part, kept in (
                ("progress", '{"apps": [{"client_id": "x"}], "unknown": {}}'),
                ("progress", "[]"),
                ("slips", '{"seats": "many"}'),
                ("slips", "5"),
                ("instructor", '{"salt": "xyz", "hash": "", "browsers": {}}'),
                ("stuck", '{"learner-001": "long"}'),
                ("browsers", "[1]"),
                ("forms", "7"),
            )
        ),
    ],
    ids=lambda text: text[:40],
)
def test_a_spoiled_file_is_a_lesson_and_left_alone(file: Path, clock: Clock, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(ClassFileError, match="Move it away") as caught:
        _class(file, clock)
    assert str(file) in str(caught.value)
    assert file.read_text() == text


def test_what_a_later_version_adds_is_passed_over(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        Room(platform, clock).tokens_of(1)
    kept = json.loads(file.read_text())
    kept["surprise"] = kept["slips"]["surprise"] = 1
    (progress,) = kept["progress"]["apps"]
    progress["surprise"] = progress["stages"]["surprise"] = 1
    file.write_text(json.dumps(kept))
    (known,) = _class(file, clock).controls.progress()
    assert known.client_id == platform.users[0]["client_id"]


def test_a_file_that_another_program_writes_is_not_written_over_and_that_is_said_once(
    file: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    ours = _class(file, clock)
    theirs = _class(file, clock)
    theirs._backend.stuck.press("learner-001")
    theirs._backend.lasting.write()
    ours._backend.stuck.press("learner-002")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            ours._backend.lasting.write_or_complain()
    assert "learner-001" in file.read_text()
    assert "learner-002" not in file.read_text()
    assert [record.message.count(str(file)) for record in caplog.records] == [1]
    assert "second platform" in caplog.text


def test_a_file_that_cannot_be_written_is_told_at_the_start(clock: Clock) -> None:
    with pytest.raises(ClassFileError, match="cannot be"):
        PracticePlatform(learners=1, class_file=Path(os.devnull) / "class.json", clock=clock)


def test_without_a_file_nothing_is_kept_and_the_password_is_known(clock: Clock) -> None:
    store = ClassFile()
    store.write()
    assert store.found is False
    with PracticePlatform(learners=1, clock=clock) as platform:
        assert platform.ready()["instructor_password"]


# More seats


def test_seats_are_added_while_the_class_works(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        room = Room(platform, clock)
        before = platform.users
        token = room.tokens_of(1)["access_token"]
        board = room.instructor()
        board.open("/practice/board/seats")
        page = board.submit(count="2").text
        assert platform.users[:3] == before
        assert [user["username"] for user in platform.users[3:]] == ["learner-004", "learner-005"]
        assert f"RC_CLIENT_ID={platform.users[4]['client_id']}" in page
        room.press_stuck("5")
        assert "learner-005" in board.open("/practice/board").text
        assert room.tokens_of(5)
        assert room.get("/account/~", token).status_code == 200
    assert _class(file, clock, learners=2).seats == 5


@pytest.mark.parametrize("count", ["", "0", "-1", "998", "x", "９", "9" * 5000])
def test_how_many_seats_there_can_be_is_said(file: Path, clock: Clock, count: str) -> None:
    with _class(file, clock) as platform:
        board = Room(platform, clock).instructor()
        board.open("/practice/board/seats")
        answer = board.submit(count=count)
        assert answer.status_code == 422
        assert "A class has at most 1000 seats, and this one has 3" in answer.text
        assert platform.seats == 3


def test_programs_of_the_instructor_add_seats_and_learners_cannot(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        room = Room(platform, clock)
        for action, body in (("add-seats", {"count": 1}), ("end-class", {})):
            url = room.url(f"/practice/controls/{action}")
            refused = requests.post(url, json=body, auth=room.auth_of(1), timeout=TIMEOUT)
            assert (refused.status_code, code_of(refused)) == (403, "CMN-401")
            auth = ("instructor", platform.instructor_password)
            assert requests.post(url, json=body, auth=auth, timeout=TIMEOUT).status_code == 200
            assert platform.seats == {"add-seats": 4, "end-class": 3}[action]


def test_without_a_class_there_is_nothing_to_add_to_or_to_end(world: Room) -> None:
    auth = ("instructor", world.platform.instructor_password)
    for action, body in (("add-seats", {"count": 1}), ("end-class", {})):
        answer = requests.post(world.url(f"/practice/controls/{action}"), json=body, auth=auth, timeout=TIMEOUT)
        assert (answer.status_code, code_of(answer)) == (400, "CMN-101")


# The end


def _end(board: Browser, **sure: str) -> requests.Response:
    board.open("/practice/board")
    token = board.form().fields["form_token"]
    board.open("/practice/board/room", "POST", data={"form_token": token, "what": "end-class"})
    return board.submit(**sure) if sure else board.answer


def test_the_end_of_a_class_leaves_nothing_of_it_for_the_next(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        room = Room(platform, clock)
        board = room.instructor()
        platform.controls.add_seats(1)
        tokens, slip = room.tokens_of(1), platform.users[0]
        own = room.new_app(name="The instructor's")
        learner = room.browser()
        learner.open("/practice/console/new")
        learner.submit(name="Learner's", application_type="server", redirect_uris=REDIRECT_URI, permission_SMS="yes")
        room.press_stuck("3", browser=learner)
        learner.open("/practice/console")
        page = _end(board).text
        assert "End the class, for the whole room?" in page
        assert '"/practice/board.csv"' in page, "offered first"
        assert room.get("/account/~", tokens["access_token"]).status_code == 200, "not before the instructor is sure"
        page = _end(board, sure="yes").text
        assert board.answer.url.endswith("/practice/board"), "still signed in"
        assert [name in page for name in ("learner-003", "learner-004", "Learner", "Nobody is waiting")] == [
            True, False, False, True
        ]  # fmt: skip
        assert code_of(room.get("/account/~", tokens["access_token"])) == "OAU-213"
        assert room.authorize(client_id=slip["client_id"]).status_code == 400
        assert {user["client_secret"] for user in platform.users} & {slip["client_secret"]} == set()
        assert slip["password"] not in (platform.users[0]["password"], file.read_text())
        assert room.authorize(client_id=own["client_id"]).status_code == 302, "nobody's seat is known of it"
        apps = file.with_name("apps.json").read_text()
        assert "Learner's" not in apps
        assert slip["client_id"] not in apps
        assert room.tokens_of(1)
    kept = json.loads(file.read_text())
    assert [kept["stuck"], kept["browsers"], kept["slips"]["seats"]] == [{}, {}, 3]


def test_what_the_instructor_takes_back_is_in_no_file_from_then_on(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform_module, "_KEEP_SECONDS", 3600)  # it may be killed at any moment before that
    with _class(file, clock) as platform:
        board, link = Room(platform, clock).instructor(), platform.seat_link("learner-001").partition("#")[2]
        board.open("/practice/board/names")
        board.submit(1, roster="1, Mary", do="roster")
        assert link in (kept := file.read_text())
        assert "Mary" in kept
        board.open("/practice/board/seats")
        board.submit(1, link="revoke-learner-001")
        assert link not in file.read_text()
        platform.controls.end_class()
        assert "Mary" not in file.read_text()


def test_links_and_names_last_as_long_as_the_class(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        link = urlsplit(platform.seat_link("learner-002")).fragment
        platform._in_loop(lambda: platform._backend.names.give("learner-002", "Ada"))
        board = Room(platform, clock).instructor()
    with _class(file, clock) as platform:
        board.server_url = platform.server_url
        assert "Ada" in board.open("/practice/board").text
        assert urlsplit(platform.seat_link("learner-002")).fragment == link
        platform.controls.end_class()
        assert "Ada" not in board.open("/practice/board").text
        assert urlsplit(platform.seat_link("learner-002")).fragment != link
    kept = file.read_text()
    assert "Ada" not in kept
    assert link not in kept


# Addresses


def test_what_has_become_of_slips_with_another_address_is_said(file: Path, clock: Clock) -> None:
    with _class(file, clock) as platform:
        assert platform.about_old_slips == ""
        board = Room(platform, clock).instructor()
        board.open("/practice/board/seats")
        old = platform.server_url
    with _class(file, clock, port=int(old.rpartition(":")[2]), public_url="http://teach.example:1") as platform:
        assert f"hold {old}, which still leads here" in platform.about_old_slips
    with _class(file, clock) as platform:
        assert f"hold {old}, which does not lead here any more" in platform.about_old_slips
        assert f"--public-url {old}" in platform.about_old_slips
        board.server_url = platform.server_url
        page = board.open("/practice/board/seats").text
        assert f"The slips hold the address <code>{platform.server_url}</code>" in page
        assert "does not lead here any more" in page
        # Now there are new ones.
        assert "does not lead here" not in board.open("/practice/board/seats").text


def test_the_start_names_the_address_of_the_slips_and_the_password_only_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rc_nb_helpers.practice", "--learners", "2", "--exit-with-parent"]
    command += ["--class-file", str(tmp_path / "class.json"), "--apps-file", str(tmp_path / "apps.json")]
    first, second, third = (
        subprocess.run(
            [*command, *more], cwd=_ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20
        ).stdout
        for more in ([], ["--host", "0.0.0.0"], ["--public-url", "http://teach.example:8440"])
    )
    assert "2 seats. It is new" in first
    assert "which this computer alone reaches; for a room, start with --host 0.0.0.0" in first
    assert "as before" not in first
    assert "2 seats. It goes on where it was" in second
    assert "as before; if it is lost, start with --new-password" in second
    assert re.search(r"http://\S+:(\d+)   \(.* a name that stays: --public-url http://NAME:\1\)", second)
    assert "http://teach.example:8440   (as --public-url says)" in third
