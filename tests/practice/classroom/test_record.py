"""The record of requests: everything is in it, and nothing secret."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers.practice.classroom import record
from rc_nb_helpers.practice.classroom.record import MASK, Entry, Record, masked
from rc_nb_helpers.practice.labels import labels_of
from rc_nb_helpers.practice.stages import Stage

from ...conftest import eventually
from ..conftest import CHALLENGE, REDIRECT_URI, TIMEOUT, VERIFIER, World


def _last(world: World) -> Entry:
    return world.platform.controls.requests()[-1]


def _stages(world: World) -> list[Stage]:
    return [entry.stage for entry in world.platform.controls.requests() if entry.stage]


def test_the_stages_of_the_tutorial_are_seen(world: World) -> None:
    app = world.new_app(permission_ReadCallLog="yes")
    auth = app["client_id"], app["client_secret"]
    browser = world.sign_in(client_id=app["client_id"])
    browser.submit(decision="deny")
    code = world.code("sam", "birch", client_id=app["client_id"])
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    tokens = world.post_token(auth, **form).json()
    world.get("/account/~", tokens["access_token"])
    tokens = world.refresh(tokens["refresh_token"], auth).json()
    world.get("/account/~/call-log", tokens["access_token"])
    world.revoke(tokens["access_token"], auth)
    world.refresh(tokens["refresh_token"], auth)
    assert _stages(world) == [
        Stage.APP_MADE,
        Stage.SIGN_IN_SEEN,
        Stage.DENIED,
        Stage.SIGN_IN_SEEN,
        Stage.CONSENT_GIVEN,
        Stage.CODE_EXCHANGED,
        Stage.API_CALLED,
        Stage.REFRESHED,
        Stage.ERROR_MET,
        Stage.LOGGED_OUT,
        Stage.ERROR_MET,
    ]
    progress = world.platform.controls.progress()[-1]
    assert (progress.client_id, progress.app_name) == (app["client_id"], "Another app")
    assert progress.usernames == ["alex", "sam"]
    assert set(progress.stages) == set(Stage) - {Stage.S256_USED}
    assert dict(progress.errors) == {"CMN-408": 1, "OAU-213": 1}
    assert progress.last_error == "OAU-213"


def test_a_question_that_ran_into_an_address_is_masked(world: World) -> None:
    for path in ("/restapi/oauth/authorisestate=not-shown&client_secret=not-shown", "/practice/x;code=not-shown"):
        requests.get(world.url(path), timeout=TIMEOUT)
        assert "not-shown" not in str(_last(world))
        assert _last(world).path == path.partition("=")[0] + "=" + MASK


def test_an_entry_says_who_what_and_how(world: World) -> None:
    token = world.log_in()["access_token"]
    world.get("/account/~/call-log", token, page="0", secret="x")
    entry = _last(world)
    assert (entry.client_id, entry.username) == (world.platform.client_id, "alex")
    assert (entry.method, entry.path) == ("GET", "/restapi/v1.0/account/~/call-log")
    assert entry.parameters == {"page": "0", "secret": MASK}
    assert (entry.status, entry.code, entry.stage) == (400, "CMN-101", Stage.ERROR_MET)
    assert entry.at == world.clock.now
    assert 0 < entry.duration < 5


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uri": "https://evil.example/?a=b"}, "OAU-109"),
        ({"response_type": "token"}, "CMN-101"),
    ],
)
def test_errors_on_the_way_to_a_code_belong_to_the_app(world: World, changes: dict[str, str], code: str) -> None:
    world.authorize(**changes)
    entry = _last(world)
    assert (entry.client_id, entry.code, entry.stage) == (world.platform.client_id, code, Stage.ERROR_MET)


def test_a_request_with_a_wrong_secret_belongs_to_the_app_that_it_names(world: World) -> None:
    world.post_token((world.platform.client_id, "wrong"), grant_type="refresh_token", refresh_token="x")
    assert _last(world).client_id == world.platform.client_id
    world.post_token(None, grant_type="refresh_token", client_id=world.platform.client_id)
    assert _last(world).client_id == world.platform.client_id


def test_nothing_secret_is_kept(world: World) -> None:
    browser = world.sign_in(state="state-value", code_challenge=CHALLENGE, code_challenge_method="S256")
    browser.submit(decision="allow")
    code = browser.landed["code"]
    tokens = world.exchange(code, code_verifier=VERIFIER).json()
    new = world.refresh(tokens["refresh_token"]).json()
    world.get("/account/~", new["access_token"], access_token="query-token")
    world.authorize(client_id=world.platform.client_secret)
    world.revoke(new["access_token"])
    requests.get(world.url("/restapi/oauth/authorize?state=%ff"), timeout=TIMEOUT)
    kept = repr(world.platform.controls.requests()) + repr(world.platform.controls.progress())
    for secret in (
        code,
        VERIFIER,
        CHALLENGE,
        "state-value",
        "maple",
        "query-token",
        world.platform.client_secret,
        browser.http.cookies["practice_browser"],
        *(one[name] for one in (tokens, new) for name in ("access_token", "refresh_token", "session_id")),
    ):
        assert secret not in kept


def test_masking_shows_only_what_cannot_be_secret() -> None:
    given = {"client_id": "mine", "redirect_uri": "http://localhost/cb?x=y", "view": "\x1b[2J", "password": "p"}
    assert masked(given, client_id="mine") == {
        "client_id": "mine",
        "redirect_uri": "http://localhost/cb",
        "view": "?[2J",
        "password": MASK,
    }
    assert masked(given)["client_id"] == MASK
    assert len(masked({str(number): "" for number in range(100)})) == 20


def _add(kept: Record, client_id: str = "", **changes: object) -> None:
    given: dict[str, object] = {"at": 1.0, "duration": 0.1, "method": "GET", "path": "/", "parameters": {}}
    kept.add(client_id=client_id, **given | {"status": 200} | changes)  # type: ignore[arg-type]


def test_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MOST_ENTRIES", 6)
    monkeypatch.setattr(record, "MOST_ENTRIES_PER_APP", 3)
    monkeypatch.setattr(record, "MOST_APPS", 4)
    kept = Record()
    for _ in range(5):
        _add(kept, "busy")
    assert [entry.number for entry in kept.entries(client_id="busy")] == [3, 4, 5]
    for number in range(20):
        _add(kept, f"app {number}")
    assert [entry.number for entry in kept.entries()] == [20, 21, 22, 23, 24, 25]
    assert kept.entries(client_id="busy") == []
    assert len(kept._by_app) == 6
    assert [one.client_id for one in kept.progress()] == ["app 16", "app 17", "app 18", "app 19"]
    assert [entry.number for entry in kept.entries(after=24)] == [25]


def test_who_makes_many_apps_pushes_nobody_out_who_has_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MOST_APPS", 4)
    kept = Record()
    for number in range(20):
        _add(kept, f"app {number}", username="learner-001" if number in (0, 5) else "")
    assert [one.client_id for one in kept.progress()] == ["app 0", "app 5", "app 18", "app 19"]
    for number in range(4):
        _add(kept, f"another {number}", username="learner-002")
    assert len(kept.progress()) == 4


def test_it_can_be_cleared_for_one_app() -> None:
    kept = Record()
    for client_id in ("one", "two", "", "one"):
        _add(kept, client_id)
    kept.forget("one")
    assert [entry.number for entry in kept.entries()] == [2, 3]
    assert [one.client_id for one in kept.progress()] == ["two"]
    kept.forget()
    assert (kept.entries(), kept.progress()) == ([], [])


def test_subscribers_hear_of_each_request_and_a_broken_one_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    kept = Record()
    heard: list[Entry] = []

    def broken(_: Entry) -> None:
        raise RuntimeError("broken")

    unsubscribe = kept.subscribe(heard.append)
    kept.subscribe(broken)
    _add(kept)
    _add(kept)
    assert [entry.number for entry in heard] == [1, 2]
    assert caplog.text.count("is dropped") == 1
    unsubscribe()
    unsubscribe()
    _add(kept)
    assert len(heard) == 2


@given(st.dictionaries(st.text(), st.text(min_size=1)))
def test_masked_parameters_hold_only_plain_text(parameters: dict[str, str]) -> None:
    for name, value in masked(parameters).items():
        assert name.isascii()
        assert value == MASK or value.isprintable()
        assert len(name) <= 80
        assert len(value) <= 80


def test_an_entry_says_what_was_answered_before_it_came(world: World) -> None:
    """Without clocks: a request that came while another one went on does not name it."""
    controls = world.platform.controls
    controls.fail("api", "slow", delay=0.5)
    token = world.log_in()["access_token"]
    before = controls.requests()[-1].number
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(world.get, "/account/~", token)
        eventually(lambda: not controls.state()["faults"])  # it has come in, and waits
        world.get("/account/~/extension/~", token)
        slow.result()
    quick, late = controls.requests()[-2:]
    assert (quick.path[-11:], late.path[-10:]) == ("extension/~", "/account/~")
    assert quick.after == late.after == before
    world.get("/account/~", token)
    assert controls.requests()[-1].after == late.number


def test_labels_join_the_requests_of_a_login_and_say_nothing(world: World) -> None:
    tokens = world.exchange(world.code(state="a-state-of-a-browser-login")).json()
    answer = world.get("/account/~", tokens["access_token"])
    authorization, seen, signed_in, asked, allowed, token, api = world.platform.controls.requests()
    (state,) = authorization.labels
    (interaction,) = authorization.answer_labels
    assert seen.labels == signed_in.labels == asked.labels == allowed.labels == (interaction,)
    (code,) = set(allowed.answer_labels) - {state}
    assert token.labels == (code,)
    assert len(token.answer_labels) == 2
    assert set(api.labels) < set(token.answer_labels)
    assert api.request_id == answer.headers["RCRequestId"]
    (told,) = (one for one in world.platform.controls.requests() if one is api)
    assert api.labels[0] not in repr(told)
    assert "a-state-of-a-browser-login" not in repr(authorization.as_json())
    values = {
        "password": "a-password-that-is-long",
        "client_secret": "x" * 40,
        "state": "by hand",
        "code_verifier": VERIFIER,
    }
    assert labels_of(values.items()) == ()


def test_a_record_has_a_name_of_its_own(world: World) -> None:
    def run() -> str:
        answer = requests.get(world.url("/practice/controls/requests"), auth=world.basic, timeout=TIMEOUT)
        return str(answer.json()["run"])

    first = run()
    world.platform.controls.reset()  # numbers go on
    assert run() == first
    assert Record().run not in (first, Record().run)
