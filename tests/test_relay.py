"""One request is passed on, bounded in time and size."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from rc_nb_helpers import relay
from rc_nb_helpers.relay import Answer, pass_on

from .conftest import SOON

PAGE = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/x\r\nContent-Length: 4\r\n\r\nno\r\n"


def asked(answer: bytes, *, close: bool = True) -> tuple[Answer | None, str]:
    """What comes of it when somebody answers with these bytes; and what they were asked."""
    here, there = socket.socketpair()
    here.setblocking(False)
    heard: list[bytes] = []

    def somebody() -> None:
        heard.append(there.recv(65536))
        there.sendall(answer)
        if close:
            there.close()

    thread = threading.Thread(target=somebody)
    thread.start()
    asking = pass_on(here, host="hub.example", target="/rc-callback/?code=x")
    got = asyncio.run(asyncio.wait_for(asking, SOON))
    thread.join()
    there.close()
    assert here.fileno() == -1, "the connection is left open"
    return got, heard[0].decode()


def test_an_answer_comes_back_whole():
    answer, request = asked(PAGE)
    assert answer
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (400, "text/x", b"no\r\n")
    assert request == "GET /rc-callback/?code=x HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n\r\n"


def test_an_answer_of_http_server_comes_back_whole():
    answer, _ = asked(b"HTTP/1.0 200 OK\r\n\r\nThank you.")
    assert answer
    assert (answer.status, answer.body) == (200, b"Thank you.")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\r\n\r\n",
        PAGE[:-2],
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * (relay.MOST_BYTES + 1),
    ],
    ids=["nothing", "nonsense", "cut", "too long", "longer than it says"],
)
def test_what_is_no_whole_answer_is_none(said):
    assert asked(said)[0] is None


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\n", PAGE[:-1]], ids=["silence", "half a head", "half a page"]
)
def test_nobody_is_waited_for_without_end(said, monkeypatch):
    monkeypatch.setattr(relay, "ANSWER_SECONDS", 0.1)
    assert asked(said, close=False)[0] is None
