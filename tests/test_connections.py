"""Kept connections: how many there are, and what happens when the server closes them without a word."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rc_nb_helpers import Environment, NotLoggedIn, PlatformUnreachable, RingCentralError, Session, connections

from .conftest import SOON, eventually

ACCOUNT = "/restapi/v1.0/account/~"
TOKENS = {
    "access_token": "access-token-1",
    "refresh_token": "refresh-token-1",
    "token_type": "bearer",
    "expires_in": 3600,
    "refresh_token_expires_in": 3600,
}
FINE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class KeepingServer:
    """A server that keeps its connections, notes which request came on which, and does as it is told.

    Attributes:
        seen: The number of the connection, and the request line, of each request.
        heads: The whole head of each request.
        answer: What is sent for the nth request (from 0) on a connection; None hangs up without an answer.
        after: What is done with a connection after an answer; True closes it.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[int, str]] = []
        self.heads: list[bytes] = []
        self.connected = 0
        self.open = 0
        self.answer: Callable[[int, str], bytes | None] = lambda number, line: FINE
        self.after: Callable[[], bool] = lambda: False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._over = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connected += 1
            threading.Thread(target=self._serve, args=(connection, self.connected), daemon=True).start()

    def _serve(self, connection: socket.socket, name: int) -> None:
        self.open += 1
        with connection, contextlib.suppress(OSError):
            received, number = b"", 0
            while True:
                while b"\r\n\r\n" not in received:
                    piece = connection.recv(65536)
                    if not piece:
                        break
                    received += piece
                head, end, received = received.partition(b"\r\n\r\n")
                if not end:
                    break
                found = re.search(rb"(?i)content-length: *([0-9]+)", head)
                length = int(found[1]) if found else 0
                while len(received) < length:
                    received += connection.recv(65536)
                received = received[length:]
                line = head.split(b"\r\n")[0].decode()
                self.seen.append((name, line))
                self.heads.append(head)
                said = self.answer(number, line)
                number += 1
                if said is None:
                    break
                connection.sendall(said)
                if self.after():
                    break
        self.open -= 1

    def lines(self, method: str = "") -> list[str]:
        return [line for _, line in self.seen if line.startswith(method)]

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def server() -> Iterator[KeepingServer]:
    server = KeepingServer()
    yield server
    server.stop()


@pytest.fixture
def session(server: KeepingServer) -> Session:
    session = Session(Environment(name="n", server_url=server.url, client_id="i", redirect_uri="http://localhost:1/"))
    session.platform.auth().set_data(TOKENS)
    return session


def test_ten_calls_in_a_row_use_one_connection(session, server):
    for _ in range(10):
        session.get(ACCOUNT)
    assert (len(server.seen), server.connected) == (10, 1)


def test_two_hundred_calls_of_many_threads_use_no_more_than_the_pool_has(session, server):
    with ThreadPoolExecutor(30) as pool:
        list(pool.map(lambda _: session.get(ACCOUNT), range(200)))
    assert len(server.seen) == 200
    assert server.connected <= connections.MOST_KEPT


def test_threads_get_their_own_answers(session, server):
    def echo(number: int, line: str) -> bytes:
        body = b'{"path": "%s"}' % line.split(" ")[1].encode()
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    server.answer = echo
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: session.get(f"{ACCOUNT}/{number}")["path"], range(300)))
    assert answers == [f"{ACCOUNT}/{number}" for number in range(300)]


def test_nothing_of_one_answer_is_sent_with_the_next_request(session, server):
    server.answer = lambda number, line: FINE.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n")
    for _ in range(2):
        session.get(ACCOUNT)
    assert len(server.heads) == 2
    assert b"cookie" not in server.heads[1].lower()


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_what_changes_something_has_a_fresh_connection_and_is_sent_once(session, server, verb):
    session.get(ACCOUNT)
    getattr(session.platform, verb)(ACCOUNT, {"a": 1})
    (first, _), (second, _) = server.seen
    assert first != second
    server.answer = lambda number, line: None
    with pytest.raises(PlatformUnreachable):
        getattr(session.platform, verb)(ACCOUNT, {"a": 1})
    assert len(server.lines(verb.upper())) == 2


def test_token_refresh_and_revoke_have_fresh_connections(session, server):
    session.get(ACCOUNT)
    body = b'{"access_token": "access-token-2", "refresh_token": "refresh-token-2", "token_type": "bearer"}'
    tokens = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    server.answer = lambda number, line: tokens if "/token" in line else FINE
    session.refresh()
    session.get(ACCOUNT)
    session.logout()
    used = {line.split(" ")[1]: number for number, line in server.seen}
    assert len({used[ACCOUNT], used["/restapi/oauth/token"], used["/restapi/oauth/revoke"]}) == 3
    assert [number for number, line in server.seen if ACCOUNT in line] == [used[ACCOUNT]] * 2


# --- the server closes without a word


def closes_after(seconds: float) -> Callable[[], bool]:
    def after() -> bool:
        time.sleep(seconds)
        return True

    return after


@pytest.mark.parametrize("pause", [0.0, 0.1])
@pytest.mark.parametrize("closes", [0.0, 0.05])
def test_server_that_closes_after_each_answer_costs_nobody_an_error(session, server, closes, pause):
    server.after = closes_after(closes)
    for _ in range(5):
        session.get(ACCOUNT)
        session.post(ACCOUNT, {"a": 1})
        time.sleep(pause)
    assert len(server.lines("POST")) == 5
    assert 5 <= len(server.lines("GET")) <= 10  # one may have met the closing; it was put once more


@pytest.mark.parametrize(
    "half",
    [
        None,
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Ty",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
    ],
    ids=["hangs up", "nothing", "status line", "header", "between headers"],
)
def test_question_that_dies_on_a_kept_connection_is_put_once_more(session, server, half):
    closing: list[bool] = []

    def answer(number: int, line: str) -> bytes | None:
        closing.append(number > 0)
        return half if number else FINE

    server.answer = answer
    server.after = lambda: closing[-1]
    session.get(ACCOUNT)
    assert session.get(ACCOUNT) == {}
    assert len(server.seen) == 3
    assert server.connected == 2


@pytest.mark.parametrize("half", [None, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"])
def test_question_that_dies_on_a_fresh_connection_is_not(session, server, half):
    server.answer = lambda number, line: half
    server.after = lambda: True
    with pytest.raises(PlatformUnreachable):
        session.get(ACCOUNT)
    assert len(server.seen) == 1


def test_question_is_put_no_more_than_once_more(session, server):
    session.get(ACCOUNT)
    server.answer = lambda number, line: None
    with pytest.raises(PlatformUnreachable):
        session.get(ACCOUNT)
    assert len(server.seen) == 3


def test_answer_that_breaks_off_in_its_body_is_told_and_not_asked_for_again(session, server):
    session.get(ACCOUNT)
    server.answer = lambda number, line: FINE[:-1]
    server.after = lambda: True
    with pytest.raises(PlatformUnreachable):
        session.get(ACCOUNT)
    assert len(server.seen) == 2


def test_connection_that_was_idle_for_long_is_not_used_again(session, server, monkeypatch):
    monkeypatch.setattr(connections, "KEPT_SECONDS", 0.1)
    session.get(ACCOUNT)
    session.get(ACCOUNT)
    time.sleep(0.2)
    session.get(ACCOUNT)
    assert [number for number, _ in server.seen] == [1, 1, 2]


def test_limits_hold_on_a_kept_connection(session, server, monkeypatch):
    session.get(ACCOUNT)
    monkeypatch.setattr(connections, "TOTAL_SECONDS", 0.4)
    gate = threading.Event()

    def drip(number: int, line: str) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"

    server.answer = drip
    server.after = lambda: gate.wait(SOON) or True
    began = time.monotonic()
    with pytest.raises(PlatformUnreachable, match="in time"):
        session.get(ACCOUNT)
    assert time.monotonic() - began < SOON
    gate.set()
    monkeypatch.setattr(connections, "MOST_BYTES", 1000)
    server.answer = lambda number, line: b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b" " * 5000
    server.after = lambda: False
    with pytest.raises(RingCentralError, match="larger than"):
        session.get(ACCOUNT)
    server.answer = lambda number, line: FINE
    assert session.get(ACCOUNT) == {}  # what was left of the large answer is not taken for this one


# --- given up


def test_connections_are_given_up_at_logout_and_with_the_environment(session, server):
    session.get(ACCOUNT)
    assert server.open == 1
    session.logout()
    eventually(lambda: server.open == 0)
    session.platform.auth().set_data(TOKENS)
    session.get(ACCOUNT)
    session.platform.auth().reset()
    assert server.open == 1
    session.use(Environment(name="n", server_url=server.url, client_id="other", redirect_uri="http://localhost:1/"))
    eventually(lambda: server.open == 0)


def test_session_that_is_thrown_away_leaves_no_connection(server):
    session = Session(Environment(name="n", server_url=server.url, client_id="i", redirect_uri="http://localhost:1/"))
    session.platform.auth().set_data(TOKENS)
    session.get(ACCOUNT)
    del session
    gc.collect()
    eventually(lambda: server.open == 0)


def _call(session: Session, results: Any) -> None:
    results.put([session.get(ACCOUNT) for _ in range(3)])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_process_has_connections_of_its_own(session, server):
    session.get(ACCOUNT)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_call, args=(session, results))
    child.start()
    assert results.get(timeout=SOON) == [{}] * 3
    child.join(SOON)
    session.get(ACCOUNT)
    session.get(ACCOUNT)
    assert child.exitcode == 0
    assert server.connected == 2
    assert [number for number, _ in server.seen].count(1) == 3


def test_call_after_a_logout_still_says_so(session, server):
    session.get(ACCOUNT)
    session.logout()
    with pytest.raises(NotLoggedIn):
        session.get(ACCOUNT)
