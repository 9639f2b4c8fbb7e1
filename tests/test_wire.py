"""The wire: what both sides recorded, each message once, in an order that cause and effect allow.

The judge is a tap: in this process it notes when each request begins and ends on either side, and in a header of its
own tells the server which exchange a request is. The wire knows nothing of either.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from ringcentral import SDK

from rc_nb_helpers import AuthorizationRequest, RingCentralError, Session, connections
from rc_nb_helpers.exchanges import MOST_EXCHANGES, Exchange, ExchangeRecord, Exchanges
from rc_nb_helpers.labels import labels_of
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.labels import labels_of as labels_of_practice
from rc_nb_helpers.practice.web.base import BaseHandler
from rc_nb_helpers.wire import Wire, merge

from .conftest import (
    SOON,
    TOKEN_PATH,
    Clock,
    Say,
    bring,
    callback,
    environment_of,
    eventually,
    free_port,
    log_in,
    put_away,
)
from .practice.conftest import Browser

ME = "/restapi/v1.0/account/~/extension/~"
CALL_LOG = "/restapi/v1.0/account/~/call-log"
OF_THE_TAP = "X-Which-Exchange"


# --- the tap


@dataclass
class Seen:
    """What the tap knows of a message: the moments at which each side began and ended with it."""

    moments: dict[str, list[int]] = field(default_factory=dict)
    only_made: bool = False
    """Of an authorization request this side knows no more than when its link was made."""

    def span(self, *sides: str) -> tuple[int, int]:
        """When it began and was over, by these sides; the making of a link is not its beginning."""
        counted = sides if not self.only_made else [side for side in sides if side != "notebook"] or sides
        moments = [moment for side in counted for moment in self.moments.get(side, ())]
        return min(moments), max(moments)


class Tap:
    """Every message by the key that it should have in the wire; and in which order all of it happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: dict[tuple[str, int], Seen] = {}
        self._clock = itertools.count()
        self._now = threading.local()
        self._links: dict[str, int] = {}
        self._lock = threading.Lock()
        self.record: ExchangeRecord | None = None
        begin, end, forget = ExchangeRecord.begin, ExchangeRecord.end, ExchangeRecord.forget
        send, finish, start = connections.Connections.send, BaseHandler.on_finish, BaseHandler.initialize

        def begin_exchange(record: ExchangeRecord, kind: Any, method: str, url: str, **rest: Any) -> Exchange:
            with self._lock:
                noted = begin(record, kind, method, url, **rest)
                if record is self.record:
                    self._now.number = noted.number
                    seen = self._note(("notebook", noted.number), "notebook", next(self._clock))
                    if kind == "authorization":
                        seen.only_made = True
                        self._links[dict(parse_qsl(urlsplit(url).query))["state"]] = noted.number
                else:
                    self._now.number = None
            return noted

        def end_exchange(record: ExchangeRecord, begun: Exchange, **rest: Any) -> None:
            with self._lock:
                end(record, begun, **rest)
                if record is self.record:
                    self._note(("notebook", begun.number), "notebook", next(self._clock))

        def forget_exchange(record: ExchangeRecord, begun: Exchange) -> None:
            forget(record, begun)
            self.seen.pop(("notebook", begun.number), None)

        def send_request(these: Any, request: requests.PreparedRequest, *rest: Any, **more: Any) -> Any:
            if self._now.number:
                request.headers[OF_THE_TAP] = str(self._now.number)
            return send(these, request, *rest, **more)

        def start_request(handler: Any) -> None:
            start(handler)
            handler.began = next(self._clock)

        def finish_request(handler: Any) -> None:
            before = handler.backend.record.newest
            finish(handler)
            number = handler.backend.record.newest
            if number > before:
                self._note_request(handler, number)

        monkeypatch.setattr(ExchangeRecord, "begin", begin_exchange)
        monkeypatch.setattr(ExchangeRecord, "end", end_exchange)
        monkeypatch.setattr(ExchangeRecord, "forget", forget_exchange)
        monkeypatch.setattr(connections.Connections, "send", send_request)
        monkeypatch.setattr(BaseHandler, "initialize", start_request)
        monkeypatch.setattr(BaseHandler, "on_finish", finish_request)

    def _note(self, key: tuple[str, int], side: str, *moments: int) -> Seen:
        seen = self.seen.setdefault(key, Seen())
        seen.moments.setdefault(side, []).extend(moments)
        return seen

    def _note_request(self, handler: Any, number: int) -> None:
        with self._lock:
            exchange = handler.request.headers.get(OF_THE_TAP)
            if handler.request.path.endswith("/authorize"):
                state = dict(parse_qsl(handler.request.query)).get("state", "")
                exchange = self._links.pop(state, None)  # whoever opens it again sends another message
            key = ("notebook", int(exchange)) if exchange else ("server", number)
            self._note(key, "server", handler.began, next(self._clock))


RANKS = {"authorization": 0, "sign-in": 1, "consent": 2, "callback": 3, "token": 4, "refresh": 5, "API": 5, "revoke": 6}


def number_of(key: str) -> tuple[str, int]:
    return ("notebook" if key.startswith("n") else "server"), int(key.rpartition("-")[2].removeprefix("n"))


def run_of(wire: Wire) -> str:
    """The name of practice's run, which its entries have in their keys."""
    return next((each.key.removeprefix("s").partition("-")[0] for each in wire if each.key.startswith("s")), "")


def judge(wire: Wire, expected: dict[tuple[str, int], Seen], *, clocks: bool = True) -> None:
    """Each message once, seen by those who saw it, and in an order that the protocol and the tap allow.

    Where the clocks are right, nothing that was over stands behind what began later. Where they are wrong, this holds
    for what one side has seen of both; and the steps of a login follow each other all the same.
    """
    found = [(each, expected[number_of(each.key)]) for each in wire if not each.inferred]
    assert Counter(number_of(each.key) for each, _ in found) == Counter(expected.keys()), wire.text()
    for each, seen in found:
        assert each.seen_by == seen.moments.keys(), wire.text()
    for (first, seen_first), (second, seen_second) in itertools.combinations(found, 2):
        common = seen_first.moments.keys() & seen_second.moments.keys()
        if clocks:
            sides = ("notebook", "server")
        elif "notebook" in common and not (seen_first.only_made or seen_second.only_made):
            sides = ("notebook",)
        elif "server" in common and (first.seen_by == {"server"} or seen_first.only_made):
            sides = ("server",)
        else:
            continue
        (began, _), (_, over) = seen_first.span(*sides), seen_second.span(*sides)
        assert not over < began, f"{second.text()} was over before {first.text()}\n{wire.text()}"
    for login in {each.login for each in wire} - {0}:
        kinds = dict.fromkeys(each.kind for each in wire if each.login == login)
        ranks = [RANKS[kind] for kind in kinds if kind in RANKS]
        assert ranks == sorted(ranks), wire.text()


def without_clocks(exchanges: Exchanges, entries: list[dict[str, Any]]) -> Wire:
    """What the wire makes of records whose clocks ran backwards."""
    return merge(
        [replace(each, began_at=-1000.0 * each.number) for each in exchanges],
        [{**each, "at": -1000.0 * each["number"]} for each in entries],
    )


# --- the stage, and what is played on it


class Stage:
    """A session, a person's browser, and practice; the tap looks on."""

    def __init__(self, practice: PracticePlatform, clock: Clock, tap: Tap, patch: pytest.MonkeyPatch) -> None:
        self.practice, self.clock, self.tap, self.patch = practice, clock, tap, patch
        self.controls = practice.controls
        self.session = self.new_session()
        tap.record = self.session._record
        self.browser = Browser(practice.server_url)
        self.told: list[dict[str, Any]] = []
        """What practice recorded before it was started again."""

    def new_session(self, **changes: str) -> Session:
        return Session(environment_of(self.practice, **changes))

    def use(self, **changes: str) -> None:
        self.session.use(environment_of(self.practice, **changes))

    def use_app_of(self, practice: PracticePlatform) -> None:
        """Go on with another platform. Whoever was logged in to the one before is not any more."""
        self.session.logout()
        self.session.use(environment_of(practice))
        self.practice, self.controls = practice, practice.controls
        self.browser = Browser(practice.server_url)

    def sign_in(self, url: str, *, who: int = 0, **fields: str) -> None:
        user = self.practice.users[who]
        self.browser.open(url)
        self.browser.submit(0, None, **{"username": user["username"], "password": user["password"], **fields})

    def decide(self, decision: str = "allow") -> str:
        self.browser.submit(decision=decision)
        return self.browser.answer.headers["Location"]

    def log_in(self, session: Session | None = None, **how: Any) -> str:
        """A whole login; the address that the browser ended on."""
        attempt = (session or self.session).begin_login(**how)
        self.sign_in(attempt.authorize_url)
        landed = self.decide()
        bring(landed)
        attempt.wait(SOON)
        return landed

    def hand_made(self) -> tuple[AuthorizationRequest, str]:
        """A login that a program of one's own begins; the code is the browser's."""
        environment = self.session.environment
        request = AuthorizationRequest(
            server_url=environment.server_url, client_id=environment.client_id, redirect_uri=environment.redirect_uri
        )
        self.sign_in(request.url)
        return request, dict(parse_qsl(urlsplit(self.decide()).query))["code"]

    def post_token(self, **form: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "redirect_uri": self.practice.redirect_uris[0], **form}
        url, secret = self.practice.server_url + TOKEN_PATH, self.practice.client_secret
        return requests.post(url, form, auth=(self.practice.client_id, secret), timeout=SOON)

    def fails(self, action: Callable[[], object]) -> None:
        with pytest.raises(RingCentralError):
            action()

    def entries(self, client_id: str | None = None) -> list[dict[str, Any]]:
        now = json.loads(json.dumps([entry.as_json() for entry in self.controls.requests(client_id)]))
        return [*self.told, *now]


def allow(stage: Stage) -> None:
    stage.log_in()
    stage.session.get(ME)


def deny(stage: Stage) -> None:
    attempt = stage.session.begin_login()
    stage.sign_in(attempt.authorize_url)
    bring(stage.decide("deny"))
    stage.fails(lambda: attempt.wait(SOON))


def wrong_password_first(stage: Stage) -> None:
    attempt = stage.session.begin_login()
    stage.sign_in(attempt.authorize_url, password="wrong")
    stage.browser.submit(username=stage.practice.users[0]["username"], password=stage.practice.users[0]["password"])
    bring(stage.decide())
    attempt.wait(SOON)


def remembered(stage: Stage) -> None:
    attempt = stage.session.begin_login()
    stage.sign_in(attempt.authorize_url, remember="yes")
    bring(stage.decide())
    attempt.wait(SOON)
    stage.session.logout()
    again = stage.session.begin_login()
    stage.browser.open(again.authorize_url)
    bring(stage.browser.answer.headers["Location"])
    again.wait(SOON)


def prompt_none(stage: Stage) -> None:
    attempt = stage.session.begin_login(prompt="none")
    stage.browser.open(attempt.authorize_url)
    bring(stage.browser.answer.headers["Location"])
    stage.fails(lambda: attempt.wait(SOON))


def wrong_redirect_uri(stage: Stage) -> None:
    stage.use(redirect_uri=f"http://localhost:{free_port()}/elsewhere")
    assert stage.browser.open(stage.session.begin_login().authorize_url).status_code == 400


def unknown_client_id(stage: Stage) -> None:
    stage.use(client_id=stage.practice.client_id[:-1] + "_")
    assert stage.browser.open(stage.session.begin_login().authorize_url).status_code == 400


def wrong_secret(stage: Stage) -> None:
    stage.use(client_secret="another-secret-than-that")
    stage.fails(stage.log_in)


def code_used_twice(stage: Stage) -> None:
    landed = dict(parse_qsl(urlsplit(stage.log_in()).query))
    assert stage.post_token(code=landed["code"]).status_code == 400
    stage.fails(lambda: stage.session.get(ME))


def code_too_old(stage: Stage) -> None:
    attempt = stage.session.begin_login()
    stage.sign_in(attempt.authorize_url)
    landed = stage.decide()
    stage.controls.advance(61)
    bring(landed)
    stage.fails(lambda: attempt.wait(SOON))


def wrong_verifier(stage: Stage) -> None:
    _, code = stage.hand_made()
    assert stage.post_token(code=code, code_verifier="v" * 43).status_code == 400


def refresh(stage: Stage) -> None:
    stage.log_in()
    stage.session.refresh()
    stage.session.get(ME)
    stage.session.refresh()


def dead_refresh_token(stage: Stage) -> None:
    stage.log_in()
    stage.controls.revoke_sessions()
    stage.fails(stage.session.refresh)


def logout(stage: Stage) -> None:
    stage.log_in()
    stage.session.logout()


def too_many(stage: Stage) -> None:
    stage.log_in()
    stage.controls.fail("api", "429")
    stage.fails(lambda: stage.session.get(ME))


def app_lacks_permission(stage: Stage) -> None:
    stage.controls.change_app(stage.practice.client_id, permissions=["ReadAccounts"])
    stage.log_in()
    stage.fails(lambda: stage.session.get(CALL_LOG))


def person_lacks_permission(stage: Stage) -> None:
    attempt = stage.session.begin_login()
    stage.sign_in(attempt.authorize_url, who=1)
    bring(stage.decide())
    attempt.wait(SOON)
    stage.fails(lambda: stage.session.get(CALL_LOG))


def answer_breaks_off(stage: Stage) -> None:
    """Neither side has anything but the labels by which to see that it is one message."""
    stage.log_in()
    stage.controls.fail("api", "cut-off", times=2)
    stage.fails(lambda: stage.session.post("/restapi/v1.0/account/~/extension/~/sms", {}))
    stage.fails(lambda: stage.session.call("DELETE", ME))
    stage.session.get(ME)
    stage.controls.fail("token", "cut-off")
    stage.fails(stage.log_in)


def answer_too_late(stage: Stage) -> None:
    stage.log_in()
    stage.patch.setattr(connections, "ANSWER_SECONDS", 0.2)
    stage.controls.fail("api", "slow", delay=0.5)
    before = len(stage.controls.requests())
    stage.fails(lambda: stage.session.get(ME))
    stage.patch.setattr(connections, "ANSWER_SECONDS", SOON)
    stage.session.get(ME)
    eventually(lambda: len(stage.controls.requests()) == before + 2)


def second_instead_of_first(stage: Stage) -> None:
    first = stage.session.begin_login()
    stage.browser.open(first.authorize_url)
    stage.log_in()
    stage.fails(lambda: first.wait(SOON))
    stage.log_in()  # the tokens of the login before are revoked
    eventually(lambda: stage.session.exchanges[-1].kind == "revoke" and stage.session.exchanges[-1].ended)


def two_sessions(stage: Stage) -> None:
    other = stage.new_session(redirect_uri=stage.practice.redirect_uris[0])
    attempt = other.begin_login(listen=False)
    stage.log_in()
    stage.sign_in(attempt.authorize_url)
    attempt.submit(stage.decide())
    attempt.wait(SOON)
    other.get(ME)
    stage.session.get(ME)


def clock_of_the_server_is_wrong(stage: Stage) -> None:
    stage.clock.ahead = -1800.0
    two_sessions(stage)


def bare_sdk(stage: Stage) -> None:
    """A program of one's own, without state and PKCE; somebody else has only got as far as a code."""
    stage.hand_made()
    platform = SDK(stage.practice.client_id, stage.practice.client_secret, stage.practice.server_url).platform()
    redirect_uri = stage.practice.redirect_uris[0]
    query = urlencode({"response_type": "code", "client_id": stage.practice.client_id, "redirect_uri": redirect_uri})
    stage.sign_in(f"{stage.practice.server_url}/restapi/oauth/authorize?{query}")
    code = dict(parse_qsl(urlsplit(stage.decide()).query))["code"]
    platform.login(code=code, redirect_uri=redirect_uri)
    platform.get(ME)
    platform.logout()


def stray_callback(stage: Stage) -> None:
    attempt = stage.session.begin_login()
    bring(callback(attempt, state="a-state-that-is-anothers"))
    stage.sign_in(attempt.authorize_url)
    landed = stage.decide()
    bring(landed)
    bring(landed)  # the page is loaded again
    attempt.wait(SOON)
    stage.browser.open(attempt.authorize_url)  # and so is the link


def pasted(stage: Stage) -> None:
    attempt = stage.session.begin_login(listen=False)
    stage.sign_in(attempt.authorize_url)
    attempt.submit(stage.decide())
    attempt.wait(SOON)


def many_threads(stage: Stage) -> None:
    stage.log_in()
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(stage.session.get, ME) for _ in range(40)]
        jobs += [pool.submit(stage.session.refresh) for _ in range(2)]
        wires = [pool.submit(stage.session.wire) for _ in range(4)]
        for job in (*jobs, *wires):
            job.result()


def other_programs_share_the_app(stage: Stage) -> None:
    """Another notebook logs in at the same time, and somebody at the console changes the app."""
    attempt = stage.session.begin_login()
    stage.sign_in(attempt.authorize_url)
    landed = stage.decide()
    stage.browser = Browser(stage.practice.server_url)
    _, code = stage.hand_made()
    bring(landed)
    attempt.wait(SOON)
    tokens = stage.post_token(code=code).json()
    assert not tokens.get("access_token")  # without its verifier


# What is played; how many logins there are; a message that must be there, by kind, state and code.
SCENARIOS: list[tuple[Callable[[Stage], None], int, tuple[str, str, str]]] = [
    (allow, 1, ("API", "answered", "")),
    (deny, 1, ("callback", "failed", "access_denied")),
    (wrong_password_first, 1, ("sign-in", "failed", "sign-in")),
    (remembered, 2, ("revoke", "answered", "")),
    (prompt_none, 1, ("callback", "failed", "login_required")),
    (wrong_redirect_uri, 1, ("authorization", "failed", "OAU-109")),
    (unknown_client_id, 1, ("authorization", "failed", "OAU-153")),
    (wrong_secret, 1, ("token", "failed", "OAU-146")),
    (code_used_twice, 1, ("token", "failed", "OAU-106")),
    (code_too_old, 1, ("token", "failed", "OAU-108")),
    (wrong_verifier, 1, ("token", "failed", "OAU-106")),
    (refresh, 1, ("refresh", "answered", "")),
    (dead_refresh_token, 1, ("refresh", "failed", "OAU-213")),
    (logout, 1, ("revoke", "answered", "")),
    (too_many, 1, ("API", "failed", "CMN-301")),
    (app_lacks_permission, 1, ("API", "failed", "CMN-401")),
    (person_lacks_permission, 1, ("API", "failed", "CMN-408")),
    (answer_breaks_off, 2, ("token", "failed", "")),
    (answer_too_late, 1, ("API", "failed", "")),
    (second_instead_of_first, 3, ("revoke", "answered", "")),
    (two_sessions, 2, ("token", "answered", "")),
    (clock_of_the_server_is_wrong, 2, ("token", "answered", "")),
    (bare_sdk, 2, ("revoke", "answered", "")),
    (stray_callback, 1, ("callback", "failed", "")),
    (pasted, 1, ("callback", "answered", "")),
    (many_threads, 1, ("refresh", "answered", "")),
    (other_programs_share_the_app, 2, ("token", "failed", "OAU-106")),
]


@pytest.fixture
def stage(practice: PracticePlatform, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage(practice, clock, Tap(monkeypatch), monkeypatch)
    yield stage
    put_away(stage.session)


@pytest.mark.parametrize(("play", "logins", "there"), SCENARIOS, ids=[play.__name__ for play, *_ in SCENARIOS])
def test_each_message_is_there_once_in_an_order_that_the_protocol_allows(
    stage: Stage, play: Callable[[Stage], None], logins: int, there: tuple[str, str, str]
):
    play(stage)
    whole = merge(stage.session.exchanges, stage.entries())
    judge(whole, stage.tap.seen)
    assert all(each.gap < SOON for each in whole if each.gap is not None), "by the clock of whoever has seen both"
    first = {each.login: each for each in reversed(list(whole)) if not each.inferred}
    assert {each.gap for each in first.values()} == {None}, "another login's time says nothing"
    judge(without_clocks(stage.session.exchanges, stage.entries()), stage.tap.seen, clocks=False)
    assert {each.login for each in whole} - {0} == set(range(1, logins + 1)), whole.text()
    assert there in {(each.kind, each.state, each.code) for each in whole}, whole.text()
    # What the session asks for is the same, as far as the server lets it ask.
    asked = stage.session.wire()
    secret = stage.session.environment.client_secret
    told = stage.entries(stage.session.environment.client_id) if secret == stage.practice.client_secret else []
    assert asked == merge(stage.session.exchanges, [{**entry, "run": run_of(asked)} for entry in told])
    assert stage.session.wire() == asked


def test_class_behind_a_path_is_no_other(redirect_uri: str, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """As a hub's service has it: this side has the proxy's part in its addresses, and practice has not."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/services/practice"
    with PracticePlatform(port=port, public_url=url, redirect_uris=[redirect_uri], learners=1, clock=clock) as practice:
        stage = Stage(practice, clock, Tap(monkeypatch), monkeypatch)
        answer_breaks_off(stage)
        wire = stage.session.wire()
        judge(wire, stage.tap.seen)
        assert wire[0].url.startswith(url)
        put_away(stage.session)


def test_wire_goes_on_over_a_restart_of_practice(stage: Stage):
    """Its numbers start again, and of what it had recorded it knows nothing any more; the session does."""
    port = urlsplit(stage.practice.server_url).port
    stage.log_in()
    before = stage.session.wire()
    stage.practice.stop()
    stage.fails(lambda: stage.session.get(ME))
    assert stage.session.wire()[: len(before)] == before
    with PracticePlatform(port=port or 0, redirect_uris=stage.practice.redirect_uris) as again:
        stage.use_app_of(again)
        stage.log_in()
        wire = stage.session.wire()
    keys = [each.key for each in wire]
    assert len(set(keys)) == len(keys)
    assert [each.key for each in before] == keys[: len(before)]
    told = [each for each in wire if "server" in each.seen_by]
    assert Counter(each.kind for each in told)["token"] == 2
    numbers = [each.key.rpartition("-")[2] for each in told if each.seen_by == {"server"}]
    assert len(set(numbers)) < len(numbers), "both runs counted from 1"


# --- what nobody recorded


def test_exchanges_alone_have_their_picture_too(fake_session: Session):
    attempt = fake_session.begin_login()
    assert [(each.kind, each.state) for each in fake_session.wire()] == [("authorization", "expected")]
    bring(callback(attempt))
    attempt.wait(SOON)
    wire = fake_session.wire()
    assert [each.kind for each in wire] == ["authorization", "sign-in", "callback", "token"]
    assert [each.inferred for each in wire] == [False, True, False, False]
    assert [each.through_browser for each in wire] == [True, True, True, False]
    assert {each.state for each in wire} == {"answered"}
    assert {each.login for each in wire} == {1}
    assert wire[2].gap
    assert wire.text().splitlines()[1] == "browser → server  sign-in (inferred): → answered"


@pytest.mark.parametrize(
    ("prompt", "answer", "asked"),
    [
        ("", {"error": "access_denied", "code": ""}, True),
        ("", {"error": "server_error", "code": ""}, False),
        ("none", {}, False),
    ],
)
def test_a_person_is_said_to_be_asked_only_where_that_is_sure(
    fake_session: Session, prompt: str, answer: dict[str, str], asked: bool
):
    attempt = fake_session.begin_login(prompt=prompt)
    parameters = {name: value for name, value in answer.items() if value}
    url = callback(attempt, **parameters)
    bring(url.replace("code=", "other=") if "error" in answer else url)
    with contextlib.suppress(RingCentralError):
        attempt.wait(SOON)
    assert ("sign-in" in {each.kind for each in fake_session.wire()}) is asked


def test_callback_of_a_program_of_ones_own_is_inferred(stage: Stage):
    bare_sdk(stage)
    wire = merge((), stage.entries())
    (inferred,) = (each for each in wire if each.inferred)
    assert (inferred.kind, inferred.login, inferred.through_browser) == ("callback", 2, True)
    assert inferred.url == stage.practice.redirect_uris[0]
    assert inferred.parameters == (("code", "(hidden)"),)
    assert [each.kind for each in wire[wire.index(inferred) - 1 :]] == [
        *("consent", "callback", "token", "API", "revoke"),
    ]


def test_password_is_shown_to_have_been_sent(stage: Stage):
    deny(stage)
    (sent,) = (each for each in stage.session.wire() if each.kind == "sign-in" and each.method == "POST")
    assert dict(sent.parameters)["password"] == "(hidden)"


def test_link_that_was_opened_is_expected_no_more(stage: Stage):
    attempt = stage.session.begin_login()
    assert [each.state for each in stage.session.wire()] == ["expected"]
    stage.browser.open(attempt.authorize_url)
    first, second = stage.session.wire()
    assert (first.state, first.status, first.seen_by) == ("answered", 302, {"notebook", "server"})
    assert second.kind == "sign-in"


def test_request_that_goes_on_is_under_way(fake_session: Session, fake):
    log_in(fake_session)
    gate = threading.Event()
    fake.script[ME] = Say(before=gate.wait)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(fake_session.get, ME)
        eventually(lambda: fake_session.wire()[-1].kind == "API")
        going_on = fake_session.wire()[-1]
        gate.set()
    assert going_on.state == "under way"
    over = fake_session.wire()[-1]
    assert (over.key, over.state) == (going_on.key, "answered")


@pytest.mark.parametrize("ahead", [1800.0, -1800.0])
def test_new_link_begins_the_newest_login_whatever_the_clocks_say(stage: Stage, ahead: float):
    """Labs move practice's clock. What was there before the link was made, was there before."""
    stage.clock.ahead = ahead
    for _ in range(2):
        stage.log_in()
        stage.session.logout()
    session = stage.new_session()
    before = session.wire()
    session.begin_login(listen=False)
    wire = session.wire()
    assert wire[: len(before)] == before
    assert (wire[-1].kind, wire[-1].state, wire[-1].login) == ("authorization", "expected", 3)
    put_away(session)


def test_callback_comes_after_its_link_though_practice_has_forgotten_all_between():
    state = "state=" + "s" * 32
    record = ExchangeRecord()
    begun = record.begin("authorization", "GET", f"https://s.example/restapi/oauth/authorize?{state}")
    record.end(record.begin("callback", "GET", f"http://localhost/callback?{state}&code=short"), status=200)
    opened = {"number": 1, "at": time.time() + 3600, "after": 0, "path": "/restapi/oauth/authorize"}
    wire = merge(record.read(), [{**opened, "status": 302, "labels": list(begun.labels)}])
    assert [each.kind for each in wire] == ["authorization", "callback"]
    assert wire[0].seen_by == {"notebook", "server"}


def test_request_that_never_arrived_is_not_taken_for_an_older_one_like_it():
    """Of the older one this side has forgotten its own record. It was answered before the lost one was sent."""
    record = ExchangeRecord()
    token = {"Authorization": "Bearer " + "a" * 32}
    answered = record.begin("API", "GET", f"https://s.example{ME}", headers=token)
    record.end(answered, status=200, headers={"RCRequestId": "known"})
    record.end(record.begin("API", "GET", f"https://s.example{ME}", headers=token), error="Nothing answers.")
    alike = {"method": "GET", "path": ME, "labels": list(answered.labels), "status": 200}
    older = {**alike, "number": 3, "after": 2, "request_id": "forgotten", "at": answered.began_at - 10}
    known = {**alike, "number": 5, "after": 4, "request_id": "known", "at": answered.began_at}
    wire = merge(record.read(), [older, known])
    assert [(each.key, sorted(each.seen_by)) for each in wire] == [
        ("s-3", ["server"]),
        ("n1", ["notebook", "server"]),
        ("n2", ["notebook"]),
    ]


# --- the same, whatever is recorded


@given(
    st.dictionaries(st.sampled_from(["state", "code", "token", "access_token", "interaction", "password"]), st.text())
)
def test_both_sides_derive_the_same_labels(values: dict[str, str]):
    long = {name: value * 16 for name, value in values.items()}
    assert labels_of(long.items()) == labels_of_practice(long.items())
    assert not any(value and value in label for value in long.values() for label in labels_of(long.items()))


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ["number", "run", "at", "duration", "after", "method", "path", "parameters", "status", "code", "request_id"]
LABELS = st.lists(st.sampled_from(["state:1", "code:1", "code:2", "token:1", "interaction:1"]), max_size=3)
PATHS = st.sampled_from(["/restapi/oauth/authorize", "/practice/consent", TOKEN_PATH, ME, "/practice/controls/fail"])


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JUNK) | JUNK, max_size=8), st.data())
def test_whatever_a_server_says_nothing_fails_and_nothing_is_lost(entries: list[Any], data: st.DataObject):
    """Circles, repeated numbers, other versions: each entry is there, and so is each exchange."""
    for entry in entries:
        if isinstance(entry, dict):
            more = {"labels": LABELS, "answer_labels": LABELS, "path": PATHS, "after": st.integers(0, 5)}
            entry.update({name: data.draw(choice) for name, choice in more.items() if data.draw(st.booleans())})
    record = ExchangeRecord()
    for kind in ("authorization", "callback", "token", "API"):
        record.end(record.begin(kind, "GET", f"https://s.example{ME}?state=" + "s" * 20), error="x")
    wire = merge(record.read(), entries)
    found = [each.key for each in wire if not each.inferred]
    assert {"n1", "n2", "n3", "n4"} <= set(found)
    assert len(set(found)) == len(found) <= 4 + len(entries)
    told = [each for each in entries if isinstance(each, dict) and not isinstance(each.get("number"), int)]
    assert len(found) >= len(told), "what has no number is there as well"
    assert isinstance(wire.text(), str)


@dataclass
class Truth:
    """What really happened to a message: when it was sent, came in, was answered, and the answer came."""

    sent: int
    arrived: int
    answered: int
    received: int
    by_notebook: bool
    by_server: bool
    clock: float
    """What a clock said meanwhile, which somebody sets again and again."""


@st.composite
def histories(draw: st.DrawFn) -> list[Truth]:
    count = draw(st.integers(1, 7))
    moments = draw(st.permutations(range(4 * count)))
    sides = st.sampled_from([(True, True), (True, False), (False, True)])
    four_each = (sorted(moments[4 * number : 4 * number + 4]) for number in range(count))
    return [Truth(a, b, c, d, *draw(sides), clock=draw(st.floats(0, 9))) for a, b, c, d in four_each]


@settings(max_examples=100)
@given(histories())
def test_causal_order_is_kept_whatever_the_clocks_say(history: list[Truth]):
    """What either side knows for sure is so in the list, and each message is there once."""
    of_notebook = sorted((each for each in history if each.by_notebook), key=lambda each: each.sent)
    of_server = sorted((each for each in history if each.by_server), key=lambda each: each.answered)
    exchanges = [
        Exchange(
            number=place,
            kind="API",
            began_at=each.clock,
            began=each.sent,
            ended=each.received,
            seconds=each.received - each.sent,
            method="GET",
            url="https://s.example" + ME,
            status=200,
            answer_headers=(("RCRequestId", f"id-{each.sent}"),),
        )
        for place, each in enumerate(of_notebook, 1)
    ]
    entries = [
        {
            "number": place,
            "at": each.clock,
            "path": ME,
            "method": "GET",
            "request_id": f"id-{each.sent}",
            "after": sum(other.answered < each.arrived for other in of_server),
        }
        for place, each in enumerate(of_server, 1)
    ]
    keys = {f"s-{place}": each for place, each in enumerate(of_server, 1)}
    keys |= {f"n{place}": each for place, each in enumerate(of_notebook, 1)}
    wire = [keys[each.key] for each in merge(exchanges, entries)]
    assert sorted(each.sent for each in wire) == sorted(each.sent for each in history)
    for first, second in itertools.combinations(wire, 2):
        if first.by_notebook and second.by_notebook:
            assert first.sent < second.sent
        if first.by_server and second.by_server and not first.by_notebook:
            assert not second.answered < first.arrived


def test_a_full_record_is_merged_in_no_time():
    record = ExchangeRecord()
    entries = []
    for number in range(1, MOST_EXCHANGES + 1):
        begun = record.begin("API", "GET", f"https://s.example{ME}", headers={"Authorization": "Bearer " + "a" * 32})
        record.end(begun, status=200, headers={"RCRequestId": f"id-{number}"}, body='{"a": 1}')
        entries.append(
            {
                "number": number,
                "at": time.time(),
                "duration": 0.001,
                "path": ME,
                "method": "GET",
                "request_id": f"id-{number}" if number % 2 else f"another-{number}",
                "after": number - 1,
                "labels": list(begun.labels),
            }
        )
    exchanges = record.read()
    best = 1.0
    for _ in range(5):
        began = time.process_time()
        wire = merge(exchanges, entries)
        best = min(best, time.process_time() - began)
    assert len(wire) == MOST_EXCHANGES * 3 / 2
    assert best < 0.1, f"{best * 1000:.1f} ms"
