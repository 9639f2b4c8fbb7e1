"""Controls: time, faults and settings, from Python and over HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform, faults
from rc_nb_helpers.practice.classroom.record import Entry
from rc_nb_helpers.practice.clock import MOST_AHEAD_SECONDS
from rc_nb_helpers.practice.controls import ControlError, Controls

from .conftest import REDIRECT_URI, TIMEOUT, Clock, World, code_of


@pytest.fixture
def controls(world: World) -> Controls:
    return world.platform.controls


@pytest.fixture
def token(world: World) -> str:
    return str(world.log_in()["access_token"])


# Time and sessions


def test_the_clock_can_be_moved(world: World, controls: Controls, token: str) -> None:
    controls.advance(3600)
    answer = world.get("/account/~", token)
    assert (answer.status_code, code_of(answer)) == (401, "OAU-128")
    assert controls.state()["clock_ahead_seconds"] == 3600
    for seconds in (-1, float("nan"), MOST_AHEAD_SECONDS - 3599):
        with pytest.raises(ControlError):
            controls.advance(seconds)


def test_the_real_time_can_be_shown_again_and_nothing_else_is_undone(world: World, controls: Controls) -> None:
    tokens, revoked = world.log_in(), world.log_in()
    controls.limit(True)
    controls.advance(8 * 86400)
    assert code_of(world.get("/account/~", tokens["access_token"])) == "OAU-128"
    meanwhile = world.log_in("sam", "birch")["access_token"]
    assert [world.get("/account/~/extension/~/call-log", meanwhile).status_code for _ in range(11)][-1] == 429
    world.revoke(revoked["access_token"])
    controls.restore_clock()
    assert controls.state()["clock_ahead_seconds"] == 0
    assert controls.state()["strict_limits"] is True
    assert world.get("/account/~", tokens["access_token"]).status_code == 200
    assert code_of(world.get("/account/~", revoked["access_token"])) == "OAU-213"
    # Requests that were counted at another time count no more.
    assert world.get("/account/~/extension/~/call-log", meanwhile).status_code == 200


def test_the_room_goes_by_the_real_time(world: World, controls: Controls) -> None:
    controls.fail("authorize", "500", seconds=120)
    controls.advance(8 * 86400)
    assert world.authorize().status_code == 500
    assert controls.state()["faults"][0]["seconds_left"] == 120
    assert controls.requests()[-1].at == world.clock.now


def test_tokens_can_be_expired_and_sessions_revoked(world: World, controls: Controls) -> None:
    tokens = world.log_in()
    assert controls.expire_access_tokens(world.platform.client_id) == 1
    assert code_of(world.get("/account/~", tokens["access_token"])) == "OAU-128"
    tokens = world.refresh(tokens["refresh_token"]).json()
    assert world.get("/account/~", tokens["access_token"]).status_code == 200
    assert controls.expire_refresh_tokens() == 1
    assert code_of(world.refresh(tokens["refresh_token"])) == "OAU-210"
    assert controls.revoke_sessions("another app") == 0
    assert controls.revoke_sessions() == 1
    assert code_of(world.get("/account/~", tokens["access_token"])) == "OAU-213"


# Faults


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        ("429", 429, "application/json"),
        ("429-without-retry-after", 429, "application/json"),
        ("500", 500, "application/json"),
        ("503", 503, "application/json"),
        ("not-json", 200, "text/plain"),
        ("proxy-page", 502, "text/html"),
        ("truncated-json", 200, "application/json"),
    ],
)
def test_the_next_answer_is_wrong_and_the_one_after_it_right(
    world: World, controls: Controls, token: str, fault: str, status: int, content_type: str
) -> None:
    controls.fail("api", fault)
    answer = world.get("/account/~", token)
    assert answer.status_code == status
    assert content_type in answer.headers["Content-Type"]
    assert ("Retry-After" in answer.headers) is (fault in ("429", "503"))
    if content_type == "application/json" and status != 200:
        assert code_of(answer) == faults.FAULTS[fault].code
    else:
        with pytest.raises(requests.JSONDecodeError):
            answer.json()
    assert world.get("/account/~", token).json()["id"]


@pytest.mark.parametrize("fault", ["429", "429-without-retry-after"])
def test_a_planned_429_looks_like_a_real_one(world: World, controls: Controls, token: str, fault: str) -> None:
    controls.fail("api", fault)
    planned = world.get("/account/~/call-log", token).headers
    controls.limit(True)
    while (real := world.get("/account/~/call-log", token)).status_code != 429:
        pass
    for name in ("Group", "Limit", "Remaining", "Window"):
        assert planned[f"X-Rate-Limit-{name}"] == real.headers[f"X-Rate-Limit-{name}"]
    assert planned["Content-Type"] == real.headers["Content-Type"] == "application/json;charset=UTF-8"
    controls.fail("token", fault)
    assert world.refresh("x").headers["X-Rate-Limit-Group"] == "auth"


def test_a_slow_answer_comes_after_all(world: World, controls: Controls, token: str) -> None:
    controls.fail("api", "slow", delay=0.3)
    began = time.monotonic()
    assert world.get("/account/~", token).status_code == 200
    assert time.monotonic() - began > 0.29


def test_an_answer_can_be_cut_off_after_the_work_was_done(world: World, controls: Controls) -> None:
    tokens = world.log_in()
    controls.fail("token", "cut-off")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        world.refresh(tokens["refresh_token"])
    # That is what RingCentral's grace is for: the same refresh token gives the lost answer again.
    assert code_of(world.get("/account/~", tokens["access_token"])) == "OAU-129"
    again = world.refresh(tokens["refresh_token"])
    assert world.get("/account/~", again.json()["access_token"]).status_code == 200


def test_a_redirect_and_a_page_can_be_cut_off(world: World, controls: Controls) -> None:
    for changes in ({}, {"client_id": world.platform.client_id, "redirect_uri": "x"}):
        controls.fail("authorize", "cut-off")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            world.authorize(**changes)
    assert [entry.status for entry in controls.requests()] == [302, 400]


def test_each_endpoint_has_its_own_faults(world: World, controls: Controls, token: str) -> None:
    for endpoint in ("token", "revoke", "authorize"):
        controls.fail(endpoint, "503", app=world.platform.client_id)
    assert world.get("/account/~", token).status_code == 200
    assert world.authorize().status_code == 503
    code = world.code()
    assert world.exchange(code).status_code == 503
    assert world.revoke(token).status_code == 503
    assert world.exchange(code).status_code == 200
    assert world.revoke(token).status_code == 200


def test_strangers_do_not_use_up_a_fault(world: World, controls: Controls) -> None:
    token = world.log_in()["access_token"]
    app = world.platform.client_id
    for endpoint in ("token", "revoke", "api"):
        controls.fail(endpoint, "503", app=app)
        controls.fail(endpoint, "503", app=None)
    for auth in ((app, "wrong"), ("nobody", "x"), None):
        assert world.post_token(auth, grant_type="refresh_token", refresh_token="x", client_id=app).status_code == 400
        assert world.revoke("x", auth).status_code == 400
    assert world.get("/account/~", None).status_code == 401
    assert world.get("/account/~", "x").status_code == 401
    for _ in range(2):
        assert world.exchange("x").status_code == 503
        assert world.revoke("x").status_code == 503
        assert world.get("/account/~", token).status_code == 503


def test_a_fault_can_last_for_some_answers_or_some_time(world: World, controls: Controls, token: str) -> None:
    controls.fail("api", "500", times=2)
    assert [world.get("/account/~", token).status_code for _ in range(3)] == [500, 500, 200]
    controls.fail("api", "429", seconds=120)
    assert {world.get("/account/~", token).status_code for _ in range(5)} == {429}
    assert controls.state()["faults"] == [
        {"endpoint": "api", "fault": "429", "everybody": True, "times_left": None, "seconds_left": 120.0}
    ]
    world.clock.advance(120)
    assert world.get("/account/~", token).status_code == 200
    controls.fail("api", "429", seconds=120)
    controls.clear()
    assert world.get("/account/~", token).status_code == 200


def test_the_person_can_be_made_to_say_no(world: World, controls: Controls) -> None:
    controls.deny_next_consent(world.platform.client_id)
    browser = world.sign_in()
    browser.submit(decision="allow")
    assert browser.landed["error"] == "access_denied"
    assert world.code()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nowhere", "500"), "endpoint is one of"),
        (("api", "oops"), "fault is one of"),
        (("api", "deny"), "consent"),
        (("consent", "500"), "consent"),
    ],
)
def test_impossible_faults_are_explained(controls: Controls, arguments: tuple[str, str], why: str) -> None:
    with pytest.raises(ControlError, match=why):
        controls.fail(*arguments)


@pytest.mark.parametrize(
    "options",
    [{"times": 0}, {"times": 9999}, {"seconds": 0}, {"seconds": 1e9}, {"delay": 31}, {"times": 1, "seconds": 1}],
)
def test_faults_are_bounded(controls: Controls, options: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        controls.fail("api", "slow", **options)
    for _ in range(faults.MOST_PLANNED_PER_APP):
        controls.fail("api", "500")
    with pytest.raises(ControlError, match="Too many"):
        controls.fail("api", "500")


def test_faults_of_learners_leave_room_for_the_instructors(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "MOST_PLANNED_BY_APPS", 1)
    controls = world.platform.controls
    controls.fail("api", "500", app=world.platform.client_id)
    with pytest.raises(ControlError, match="Too many"):
        controls.fail("api", "500", app=world.platform.client_id)
    controls.fail("api", "500")


# Settings


def test_an_app_can_be_changed_and_restored(world: World, controls: Controls) -> None:
    app = world.platform.client_id
    controls.change_app(app, permissions=["ReadAccounts"], issues_refresh_tokens=False)
    tokens = world.log_in()
    assert (tokens["scope"], "refresh_token" in tokens) == ("ReadAccounts", False)
    controls.change_app(app, redirect_uris=["https://elsewhere.example/"])
    assert "OAU-109" in world.authorize().text
    controls.reset(app)
    assert world.log_in()["scope"] == "ReadAccounts ReadCallLog"
    for changes in ({"permissions": ["Everything"]}, {"redirect_uris": ["ftp://x"]}, {"status": "odd"}, {"flow": "x"}):
        with pytest.raises(ControlError):
            controls.change_app(app, **changes)  # type: ignore[arg-type]
    with pytest.raises(ControlError, match="No app"):
        controls.change_app("nobody")


def test_saving_an_app_in_the_console_ends_what_was_changed(world: World, controls: Controls) -> None:
    browser = world.browser()
    browser.open("/practice/console/new")
    browser.submit(name="Mine", application_type="server", redirect_uris=REDIRECT_URI, permission_SMS="yes")
    page = browser.answer.url
    client_id = page.rpartition("/")[2]
    controls.change_app(client_id, status="inactive")
    assert "OAU-127" in world.authorize(client_id=client_id).text
    browser.open(page + "/edit")
    browser.submit(application_type="server", permission_SMS="yes")
    assert world.authorize(client_id=client_id).status_code == 302


def test_limits_can_be_made_strict(world: World, controls: Controls, token: str) -> None:
    app = world.platform.client_id

    def statuses() -> set[int]:
        return {world.get("/account/~/call-log", token).status_code for _ in range(11)}

    controls.limit(True, app=app)
    assert controls.state(app)["strict_limits"] is True
    assert statuses() == {200, 429}
    controls.limit(None, app=app)
    assert statuses() == {200}
    controls.limit(True)
    world.clock.advance(60)
    assert statuses() == {200, 429}
    controls.reset()
    assert controls.state()["strict_limits"] is False
    with pytest.raises(ControlError):
        controls.limit(None)


# Reset


def test_a_reset_spares_the_other_apps(world: World, controls: Controls) -> None:
    other = world.new_app()
    mine, auth = world.log_in()["access_token"], (other["client_id"], other["client_secret"])
    code = world.code(client_id=other["client_id"])
    theirs = world.code(client_id=other["client_id"])
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT_URI}
    their_token = world.post_token(auth, **form, code=theirs).json()["access_token"]
    controls.fail("api", "500", app=other["client_id"])
    controls.reset(other["client_id"])
    assert code_of(world.post_token(auth, **form, code=code)) == "OAU-106"
    assert code_of(world.get("/account/~", their_token)) == "OAU-213"
    assert world.get("/account/~", mine).status_code == 200
    assert [one.client_id for one in controls.progress()] == [world.platform.client_id, other["client_id"]]
    controls.advance(86400)
    controls.reset()
    assert world.get("/account/~", mine).status_code == 401
    assert controls.state() == {
        "clock_ahead_seconds": 0,
        "strict_limits": False,
        "sessions": 0,
        "code_seconds": 60,
        "faults": [],
    }
    assert world.authorize(client_id=other["client_id"]).status_code == 302
    with pytest.raises(ControlError, match="No app"):
        controls.reset("nobody")


# Threads


def test_controls_work_from_any_thread_and_before_and_after_running() -> None:
    platform = PracticePlatform()
    platform.controls.advance(1)
    with platform:
        threads = [threading.Thread(target=platform.controls.advance, args=(1,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert platform.controls.state()["clock_ahead_seconds"] == 9
    platform.controls.reset()
    assert platform.controls.state()["clock_ahead_seconds"] == 0


def test_a_subscriber_hears_of_requests(world: World, controls: Controls) -> None:
    heard: list[Entry] = []
    unsubscribe = controls.subscribe(heard.append)
    world.authorize()
    unsubscribe()
    world.authorize()
    assert [entry.path for entry in heard] == ["/restapi/oauth/authorize"]
    assert [entry.number for entry in controls.requests(world.platform.client_id, after=1)] == [2]


# Over HTTP


@pytest.fixture
def room(clock: Clock) -> Iterator[World]:
    with PracticePlatform(clock=clock, learners=2) as platform:
        yield World(platform, clock)


def _post(world: World, action: str, auth: Any = None, **body: Any) -> requests.Response:
    return requests.post(
        world.url(f"/practice/controls/{action}"), json=body, auth=auth or world.basic, timeout=TIMEOUT
    )


def _instructor(world: World) -> tuple[str, str]:
    return "instructor", world.platform.instructor_password


def test_an_app_controls_itself_and_nothing_else(room: World) -> None:
    first, second = [(user["client_id"], user["client_secret"]) for user in room.platform.users]
    assert _post(room, "fail", first, endpoint="authorize", fault="503").json()["faults"] == [
        {"endpoint": "authorize", "fault": "503", "everybody": False, "times_left": 1, "seconds_left": None}
    ]
    assert room.authorize(client_id=second[0]).status_code == 302
    assert room.authorize(client_id=first[0]).status_code == 503
    for action, body in (
        ("advance", {"seconds": 1}),
        ("restore-clock", {}),
        ("reset", {"client_id": second[0]}),
        ("fail", {"client_id": second[0], "endpoint": "api", "fault": "500"}),
    ):
        answer = _post(room, action, first, **body)
        assert (answer.status_code, code_of(answer)) == (403, "CMN-401"), action
    state = requests.get(room.url("/practice/controls"), auth=second, timeout=TIMEOUT).json()
    assert (state["sessions"], state["faults"], state["person"]) == (0, [], "learner-002")


def test_the_instructor_controls_the_room(room: World) -> None:
    instructor = _instructor(room)
    learners = [user["client_id"] for user in room.platform.users]
    assert room.platform.ready()["instructor_password"] == instructor[1]
    _post(room, "fail", instructor, endpoint="authorize", fault="429", seconds=120)
    assert [room.authorize(client_id=one).status_code for one in learners] == [429, 429]
    assert _post(room, "advance", instructor, seconds=60).json()["clock_ahead_seconds"] == 60
    assert _post(room, "restore-clock", instructor).json()["clock_ahead_seconds"] == 0
    assert _post(room, "clear", instructor).json()["faults"] == []
    _post(room, "change-app", instructor, client_id=learners[0], status="inactive", permissions=["ReadAccounts"])
    assert "OAU-127" in room.authorize(client_id=learners[0]).text
    assert room.authorize(client_id=learners[1]).status_code == 302
    assert code_of(_post(room, "change-app", instructor, status="inactive")) == "CMN-101"
    for action in ("limit", "expire-access-tokens", "expire-refresh-tokens", "revoke-sessions", "deny-next-consent"):
        assert _post(room, action, instructor, **({"strict": True} if action == "limit" else {})).status_code == 200
    assert _post(room, "reset", instructor).json()["strict_limits"] is False


@pytest.mark.parametrize(
    "auth", [None, ("instructor", "guess"), ("instructor", ""), ("nobody", "x"), ("", ""), ("instructor", "ä")]
)
def test_strangers_control_nothing(room: World, auth: tuple[str, str] | None) -> None:
    url = room.url("/practice/controls/reset")
    for answer in (requests.post(url, json={}, auth=auth, timeout=TIMEOUT),):
        assert (answer.status_code, code_of(answer)) == (401, "OAU-146")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    client_id = room.platform.client_id
    assert requests.post(url, auth=(client_id, "wrong"), timeout=TIMEOUT).status_code == 401
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = requests.post(url, auth=_instructor(room), headers=headers, timeout=TIMEOUT)
        assert (answer.status_code, code_of(answer)) == (403, "CMN-401")


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("fail", {"endpoint": "api"}),
        ("fail", {"endpoint": "api", "fault": "500", "times": True}),
        ("fail", {"endpoint": "api", "fault": "500", "times": "2"}),
        ("fail", {"endpoint": "api", "fault": "500", "surprise": 1}),
        ("fail", {"endpoint": "api", "fault": 500}),
        ("advance", {}),
        ("advance", {"seconds": -1}),
        ("reset", {"seconds": 1}),
        ("reset", {"app": "x"}),
        ("reset", {"client_id": 5}),
        ("change-app", {"permissions": "ReadAccounts"}),
        ("change-app", {"permissions": [1]}),
        ("limit", {"strict": 1}),
    ],
)
def test_wrong_arguments_are_explained(world: World, action: str, body: dict[str, Any]) -> None:
    answer = _post(world, action, _instructor(world), **body)
    assert (answer.status_code, code_of(answer)) == (400, "CMN-101")


def _read(world: World, what: str, auth: tuple[str, str], **query: str) -> Any:
    answer = requests.get(world.url(f"/practice/controls/{what}"), params=query, auth=auth, timeout=TIMEOUT)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_record_is_read_by_whose_it_is_and_all_of_it_by_the_instructor(room: World) -> None:
    first, second = [(user["client_id"], user["client_secret"]) for user in room.platform.users]
    room.authorize(client_id=first[0])
    code = room.post_token(first, grant_type="authorization_code", code="a secret code")
    room.authorize(client_id=second[0])
    (entry, refused) = _read(room, "requests", first)["requests"]
    assert (entry["path"], entry["parameters"]["state"]) == ("/restapi/oauth/authorize", "•••")
    assert (refused["code"], refused["stage"]) == (code_of(code), "error met")
    assert "a secret code" not in str(refused)
    assert _read(room, "requests", first, after=str(entry["number"]))["requests"] == [refused]
    # Reading leaves no trace: a program that asks again and again would push out what it wants to see.
    requests.get(room.url("/practice/controls"), auth=first, timeout=TIMEOUT)
    assert [one["client_id"] for one in _read(room, "requests", _instructor(room))["requests"]] == [
        first[0], first[0], second[0]
    ]  # fmt: skip
    (mine,) = _read(room, "progress", first)["progress"]
    assert (mine["client_id"], mine["errors"]) == (first[0], {code_of(code): 1})
    assert set(mine["stages"]) == {"state sent", "error met"}
    assert len(_read(room, "progress", _instructor(room))["progress"]) == 2


def test_the_record_shows_nobody_which_browser_made_an_app(room: World) -> None:
    browser = room.browser()
    browser.open("/practice/console/new")
    browser.submit(name="Mine", application_type="server", redirect_uris=REDIRECT_URI, permission_SMS="yes")
    owner = browser.http.cookies["practice_owner"]
    for what in ("requests", "progress"):
        assert owner not in str(_read(room, what, _instructor(room)))


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "９", "9" * 20])
def test_the_record_is_read_from_a_number_on(world: World, after: str) -> None:
    url = world.url("/practice/controls/requests")
    answer = requests.get(url, params={"after": after}, auth=world.basic, timeout=TIMEOUT)
    assert (answer.status_code, code_of(answer)) == (400, "CMN-101")
    assert requests.get(url, timeout=TIMEOUT).status_code == 401


def test_requests_that_make_no_sense(world: World) -> None:
    url = world.url("/practice/controls/reset")
    for body in (b"[]", b"{", b"[" * 30_000, b"\xff"):
        answer = requests.post(url, data=body, auth=world.basic, timeout=TIMEOUT)
        assert (answer.status_code, code_of(answer)) == (400, "CMN-103")
    assert _post(world, "unknown").status_code == 404
    assert requests.get(url, auth=world.basic, timeout=TIMEOUT).status_code == 405


def test_without_a_class_the_password_is_named_only_when_asked_for(world: World) -> None:
    assert "instructor_password" not in world.platform.ready()
    with PracticePlatform(instructor=True) as platform:
        assert platform.ready()["instructor_password"] == platform.instructor_password
        credentials = requests.get(platform.server_url + "/practice/credentials", timeout=TIMEOUT).json()
        assert "instructor_password" not in credentials
    options = subprocess.run(
        [sys.executable, "-m", "rc_nb_helpers.practice", "--help"], capture_output=True, text=True, timeout=20
    )
    assert "--instructor" in options.stdout


# What labs need


def test_an_app_gets_its_settings_back_and_keeps_its_progress(world: World, controls: Controls, token: str) -> None:
    app = world.platform.client_id
    controls.change_app(app, permissions=["ReadAccounts"], redirect_uris=["http://localhost:5000/elsewhere"])
    assert "OAU-109" in world.authorize().text
    before = controls.progress(app)[0]
    controls.restore_app(app)
    assert world.authorize().status_code == 302
    assert world.log_in()["scope"] == "ReadAccounts ReadCallLog"
    assert world.get("/account/~", token).status_code == 200
    after = controls.progress(app)[0]
    assert before.stages.items() <= after.stages.items()
    assert after.errors == before.errors


def test_codes_live_longer_for_who_needs_more_time_and_nothing_gives_that_up_by_the_way(
    world: World, controls: Controls
) -> None:
    app = world.platform.client_id
    controls.code_life(600, app=app)
    controls.restore_app(app)  # at the end of a lab
    browser = world.sign_in()
    browser.submit(decision="allow")
    assert browser.landed["expires_in"] == "600"
    world.clock.advance(599)
    assert world.exchange(browser.landed["code"]).status_code == 200
    late = world.code()
    world.clock.advance(600)
    assert code_of(world.exchange(late)) == "OAU-108"
    controls.code_life(120)
    assert (controls.state()["code_seconds"], controls.state(app)["code_seconds"]) == (120, 600)
    controls.reset()
    assert controls.state(app)["code_seconds"] == 60
    for seconds in (59, 601, float("nan")):
        with pytest.raises(ControlError, match="60 to 600"):
            controls.code_life(seconds)  # type: ignore[arg-type]


def test_an_app_without_secret_and_pkce_for_a_lesson_can_still_be_restored_over_http(world: World) -> None:
    def act(action: str, **body: object) -> int:
        url = world.url("/practice/controls/" + action)
        return requests.post(url, json=body, auth=world.basic, timeout=TIMEOUT).status_code

    form = {"client_id": world.platform.client_id}
    assert act("change-app", public=True) == 200
    assert "error=invalid_request" in world.authorize().headers["Location"]
    assert act("change-app", needs_pkce=False) == 200
    assert world.exchange(world.code(), auth=None, **form).status_code == 200
    assert code_of(world.exchange(world.code())) == "OAU-146"  # such an app has no secret to prove itself with
    assert act("restore-app") == 200
    assert code_of(world.exchange(world.code(), auth=None, **form)) == "OAU-123"
    assert act("code-life", seconds=600) == 200
