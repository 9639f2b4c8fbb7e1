"""A process that is forked during a login: it keeps no port, waits for nobody's lock, and spoils nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from rc_nb_helpers import LoginCancelled, LogoutPanel, Session, WirePanel, local_practice

from .conftest import SOON, TOKEN_PATH, Say, bring, callback, eventually, free_port, is_free, log_in, put_away

# Windows knows no fork(); on macOS a forked process may not use the network before it starts another program.
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a fork() after which the network may be used")
ME = "/restapi/v1.0/account/~/extension/~"


class Child:
    """A forked process that does something, says what came of it, and lives on until it is told to end."""

    def __init__(self, action: Callable[[], Any]) -> None:
        from_child, to_parent = os.pipe()
        from_parent, self._end = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                signal.alarm(10)  # a lock that stays locked must not leave a process behind
                os.write(to_parent, json.dumps(action()).encode())
                os.close(self._end)
                os.read(from_parent, 1)
            except BaseException:  # noqa: BLE001  (the parent only sees that nothing was said)
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(to_parent)
        os.close(from_parent)
        said = os.read(from_child, 10_000)
        os.close(from_child)
        assert said, "the child said nothing: it raised, or it hangs"
        self.said = json.loads(said)

    def __enter__(self) -> Any:
        return self.said

    def __exit__(self, *_: object) -> None:
        os.close(self._end)
        os.waitpid(self._pid, 0)


def test_child_keeps_no_port(fake_session: Session, port: int):
    attempt = fake_session.begin_login()

    def look() -> dict[str, Any]:
        ours = [attempt.listening, attempt.state, fake_session.login_pending, type(attempt.error).__name__]
        attempt.cancel()
        return {"ours": ours}

    with Child(look) as said:
        assert said == {"ours": [False, "ended", False, LoginCancelled.__name__]}
        assert attempt.listening
        assert "Login success" in bring(callback(attempt)).text  # the parent's login is as it was
        attempt.wait(SOON)
        eventually(lambda: is_free(port))  # while the child still lives


def test_child_keeps_no_port_of_the_practice_platform(tmp_path, monkeypatch):
    monkeypatch.setattr(local_practice, "_started", None)
    url = local_practice.start("", apps_file=tmp_path / "apps.json")
    platform = local_practice._started
    try:
        with Child(lambda: local_practice.ready_line(url) is not None) as said:
            assert said is True, "the other process still answers"
            assert local_practice.ready_line(url)
            platform.stop()
            eventually(lambda: is_free(urlsplit(url).port), within=2)
    finally:
        platform.stop()


def test_child_has_no_panels(fake_session: Session, fake, monkeypatch):
    """Forked while a thread draws a panel: the page is the other process's."""
    log_in(fake_session)
    panel = LogoutPanel(fake_session)
    drawn: list[Any] = []
    monkeypatch.setattr(panel, "_describe", lambda: drawn.append(1) or {})
    drawing, go_on = threading.Event(), threading.Event()

    def draw() -> None:
        with panel._showing:
            drawing.set()
            go_on.wait(SOON)

    with ThreadPoolExecutor() as pool:
        pool.submit(draw)
        assert drawing.wait(SOON)
        try:
            with Child(lambda: [fake_session.refresh(), fake_session.logged_in, drawn]) as said:
                assert said == [None, True, []]
        finally:
            go_on.set()
    fake_session.platform.auth().set_data({})
    assert drawn == [1], "here it goes on"
    panel.close()


def test_child_does_not_look_at_the_wire(fake_session: Session, fake):
    """Forked while the thread that looks holds what it waits with: in the child nobody would ever let go of it."""
    panel = WirePanel(fake_session)
    panel._on_message(panel, {"unfold": "1"}, [])
    feed, held, go_on = panel._feed, threading.Event(), threading.Event()

    def hold() -> None:
        with feed._lock, feed._looking._due._cond:
            held.set()
            go_on.wait(SOON)

    with ThreadPoolExecutor() as pool:
        pool.submit(hold)
        assert held.wait(SOON)
        try:
            with Child(lambda: [log_in(fake_session), feed._looking, panel.close()]) as said:
                assert said == [None, None, None]
        finally:
            go_on.set()
    assert feed._looking, "here it goes on"
    panel.close()


def test_child_keeps_no_connection_of_a_browser(fake_session: Session, port: int):
    fake_session.begin_login()
    with socket.create_connection(("127.0.0.1", port)) as browser:
        browser.settimeout(SOON)
        browser.sendall(b"GET / HTTP/1.1\r\n")
        time.sleep(0.1)  # until it is accepted
        with Child(lambda: "forked"):
            put_away(fake_session)
            assert browser.recv(100) == b""  # closed, although the child lives


def test_child_goes_on_with_a_list_that_a_thread_is_reading(fake_session: Session, fake):
    log_in(fake_session)
    go_on = threading.Event()
    fake.script[ME] = lambda seen: Say({"records": [{"id": 1}]}, before=lambda: len(fake.calls(ME)) > 1 or go_on.wait())
    records = fake_session.records(ME)
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(next, records)
        eventually(lambda: len(fake.calls(ME)) == 1)
        try:
            with Child(lambda: next(records)) as said:
                assert said == {"id": 1}
        finally:
            go_on.set()
        assert reading.result() == {"id": 1}


def test_child_can_log_in_at_the_same_port_itself(fake_session: Session, port: int):
    attempt = fake_session.begin_login()
    attempt.cancel()

    def log_in_here() -> list[Any]:
        log_in(fake_session)
        return [fake_session.logged_in, bool(fake_session.get(ME))]

    with Child(log_in_here) as said:
        assert said == [True, True]
    assert not fake_session.logged_in


def test_child_waits_for_no_lock_of_the_other_process(fake_session: Session, fake, fake_environment):
    """Forked while a thread refreshes for whoever asks who is logged in, and another is beginning a login."""
    log_in(fake_session)
    fake_session.platform.auth().set_data({"expire_time": 1})
    go_on, beginning = threading.Event(), threading.Event()
    fake.script[TOKEN_PATH] = lambda seen: Say(fake.tokens(), before=go_on.wait)
    other = Session(fake_environment)
    other.begin_login()

    def stay() -> None:
        beginning.set()
        go_on.wait(SOON)

    other.observe(stay)  # told that the older login gives way, in the middle of the beginning
    with ThreadPoolExecutor() as pool:
        pool.submit(lambda: fake_session.person)
        pool.submit(other.begin_login)
        assert beginning.wait(SOON)
        eventually(lambda: len(fake.calls(TOKEN_PATH)) == 2)
        elsewhere = dataclasses.replace(fake_environment, redirect_uri=f"http://localhost:{free_port()}/x")

        def use_everything() -> list[Any]:
            fake_session.platform.auth().set_data(fake.tokens(session_id="of the child"))
            Session(elsewhere).begin_login().cancel()
            return [fake_session.get(ME), fake_session.person, len(fake_session.exchanges) > 0]

        try:
            with Child(use_everything) as said:
                assert said == [{"path": ME}, None, True]
        finally:
            go_on.set()
    other.unobserve(stay)
    put_away(other)
