"""What practice is asked for: only practice, only what is new, in a bounded time, and nobody hears of it."""

from __future__ import annotations

import base64
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from rc_nb_helpers import Environment, Session, server_record
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.server_record import MOST_ENTRIES, RECORD_PATH, ServerRecord

from .conftest import (
    CLIENT_ID,
    CLIENT_SECRET,
    SOON,
    FakePlatform,
    Say,
    Seen,
    environment_of,
    eventually,
    log_in,
    put_away,
)
from .test_forks import Child

ME = "/restapi/v1.0/account/~/extension/~"


class Practice:
    """What a scripted server says in the place of practice."""

    def __init__(self, fake: FakePlatform) -> None:
        self.fake = fake
        self.run = "first"
        self.newest = 0
        fake.script[RECORD_PATH] = self.answer

    def answer(self, seen: Seen) -> Say:
        after = int(seen.query["after"][0])
        entries = [{"number": number} for number in range(after + 1, self.newest + 1)]
        return Say({"run": self.run, "requests": entries})

    @property
    def asked_after(self) -> list[str]:
        return [seen.query["after"][0] for seen in self.fake.calls(RECORD_PATH)]


@pytest.fixture
def scripted(fake: FakePlatform) -> Practice:
    return Practice(fake)


@pytest.fixture
def environment(fake_environment: Environment) -> Environment:
    return replace(fake_environment, name="practice")


def numbers(entries: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(entry["run"], entry["number"]) for entry in entries]


def test_only_what_is_new_is_asked_for_with_the_apps_credentials(scripted: Practice, environment: Environment):
    record = ServerRecord()
    scripted.newest = 2
    assert numbers(record.read(environment)) == [("first", 1), ("first", 2)]
    scripted.newest = 3
    assert numbers(record.read(environment)) == [("first", 1), ("first", 2), ("first", 3)]
    assert scripted.asked_after == ["0", "2"]
    (basic,) = {seen.headers["authorization"] for seen in scripted.fake.seen}
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == f"{CLIENT_ID}:{CLIENT_SECRET}"


def test_numbers_that_start_again_are_noticed(scripted: Practice, environment: Environment):
    record = ServerRecord()
    scripted.newest = 5
    record.read(environment)
    scripted.run, scripted.newest = "second", 2
    assert numbers(record.read(environment))[-3:] == [("first", 5), ("second", 1), ("second", 2)]
    scripted.newest = 3
    assert numbers(record.read(environment))[-1] == ("second", 3)
    assert scripted.asked_after == ["0", "5", "0", "2"]
    record.read(replace(environment, client_id="another-app"))
    assert scripted.asked_after[-1] == "0", "another app's numbers are others"


@pytest.mark.parametrize("name", ["production", "sandbox", "my own"])
def test_nobody_but_practice_is_asked(scripted: Practice, environment: Environment, name: str):
    assert ServerRecord().read(replace(environment, name=name)) == []
    assert scripted.fake.seen == []


def test_what_was_heard_stays_in_another_environment(scripted: Practice, environment: Environment):
    record = ServerRecord()
    scripted.newest = 1
    heard = record.read(environment)
    assert record.read(replace(environment, name="production")) == heard
    assert len(scripted.fake.seen) == 1


def test_asking_is_in_no_record_and_uses_up_no_limit(practice: PracticePlatform, logged_in: Session):
    practice.controls.limit(strict=True)
    logged_in.get(ME)
    left = [exchange.answer_headers for exchange in logged_in.exchanges]
    before, there = len(logged_in.exchanges), len(practice.controls.requests())
    heard: list[int] = []
    logged_in.observe_exchanges(lambda: heard.append(1))
    for _ in range(60):
        logged_in.wire()
    assert (len(logged_in.exchanges), len(practice.controls.requests()), heard) == (before, there, [])
    logged_in.get(ME)
    remaining = [
        dict(headers)["X-Rate-Limit-Remaining"] for headers in (*left[-1:], logged_in.exchanges[-1].answer_headers)
    ]
    assert int(remaining[0]) - int(remaining[1]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Say({"errors": []}, status=401),
        Say("no JSON"),
        Say({"requests": "none"}),
        Say([1, 2]),
        Say({"run": 5, "requests": [1, None, {"number": "x"}, {}]}),
        Say({"run": "x", "requests": [{"number": 1, "path": "x" * server_record.MOST_BYTES}]}),
        Say({"run": "x", "requests": []}, cut=3),
    ],
)
def test_answer_that_makes_no_sense_changes_nothing(
    scripted: Practice, environment: Environment, answer: Say, fake_session: Session
):
    log_in(fake_session)
    fake_session.logout()
    fake_session.use(environment)
    scripted.newest = 1
    before = fake_session.wire()
    scripted.fake.script[RECORD_PATH] = answer
    assert fake_session.wire() == before
    assert {"server"} in [each.seen_by for each in before]


def test_server_that_is_gone_or_silent_is_waited_for_in_bounds(
    scripted: Practice, environment: Environment, monkeypatch: pytest.MonkeyPatch
):
    record = ServerRecord()
    scripted.newest = 1
    heard = record.read(environment)
    gate = threading.Event()
    scripted.newest = 2
    scripted.fake.script[RECORD_PATH] = lambda seen: (gate.wait(SOON), scripted.answer(seen))[1]
    monkeypatch.setattr(server_record, "ASK_SECONDS", 0.2)
    began = time.monotonic()
    assert [record.read(environment) for _ in range(3)] == [heard] * 3
    assert time.monotonic() - began < SOON
    assert len(scripted.fake.calls(RECORD_PATH)) == 2, "one question at a time"
    gate.set()
    monkeypatch.setattr(server_record, "ASK_SECONDS", SOON)
    assert len(record.read(environment)) == 2
    scripted.fake.stop()
    assert len(record.read(environment)) == 2


def test_who_comes_during_a_question_hears_of_what_happened_since(scripted: Practice, environment: Environment):
    record = ServerRecord()
    gate, come = threading.Event(), threading.Event()

    def answer_late(seen: Seen) -> Say:
        said = scripted.answer(seen)
        come.set()
        gate.wait(SOON)
        return said

    scripted.fake.script[RECORD_PATH] = answer_late
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(record.read, environment)
        assert come.wait(SOON)
        scripted.newest = 1  # the first question was answered without it
        second = pool.submit(record.read, environment)
        eventually(lambda: second.running())
        gate.set()
        first.result()
        assert len(second.result()) == 1


def test_what_is_kept_is_bounded(scripted: Practice, environment: Environment):
    record = ServerRecord()
    for newest in (150, 300):
        scripted.newest = newest
        kept = record.read(environment)
    assert len(kept) == MOST_ENTRIES
    assert kept[-1]["number"] == 300
    assert repr(record) == f"<ServerRecord of {MOST_ENTRIES}>"


def test_class_on_another_machine_tells_each_app_its_own(classroom: PracticePlatform):
    learners = [
        Session(environment_of(classroom, client_id=user["client_id"], client_secret=user["client_secret"]))
        for user in classroom.users[:2]
    ]
    for number, session in enumerate(learners):
        attempt = session.begin_login(listen=False)
        requests.get(attempt.authorize_url, timeout=SOON)
        assert [each.kind for each in session.wire()] == ["authorization", "sign-in"], number
        assert session.wire()[0].seen_by == {"notebook", "server"}
        put_away(session)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a fork() after which the network may be used")
def test_forked_process_waits_for_nobodys_lock(scripted: Practice, environment: Environment):
    record = ServerRecord()
    scripted.newest = 1
    with record._lock, Child(lambda: len(record.read(environment))) as said:
        assert said == 1
