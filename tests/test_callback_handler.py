"""What counts as a callback, how long a connection may take, and what is written down."""

from __future__ import annotations

import logging
import socket
from concurrent.futures import Future

from rc_nb_helpers import (
    CallbackListener,
    callback_handler,
)
from rc_nb_helpers.callback_page import Page

from .conftest import (
    GENUINE_TARGET,
    SOON,
    Inbox,
    ask,
)


def test_query_of_a_callback_is_handed_over_once_as_it_came(inbox, port):
    reply = ask(port, GENUINE_TARGET + "&expires_in=60&iss=x")
    assert reply.status == 200
    assert inbox.queries == ["code=abc&state=xyz&expires_in=60&iss=x"]


def test_slow_connection_is_dropped(port, monkeypatch):
    """L17."""
    monkeypatch.setattr(callback_handler, "IDLE_SECONDS", 0.2)
    listening = CallbackListener(f"http://localhost:{port}/x", Inbox())
    listening.open()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SOON) as idle:
            assert idle.recv(1) == b""
    finally:
        listening.close()


def test_fault_in_the_delivery_is_answered_and_not_logged(caplog, capfd, port):
    def broken(query: str) -> Future[Page]:
        raise RuntimeError(f"holds {query}")

    caplog.set_level(logging.DEBUG)
    listening = CallbackListener(f"http://localhost:{port}/x", broken)
    listening.open()
    reply = ask(port, "/x?code=abc123")
    listening.close()
    assert reply.status == 500
    assert "abc123" not in reply.text + caplog.text + "".join(capfd.readouterr())
