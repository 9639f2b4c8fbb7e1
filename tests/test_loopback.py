"""Which addresses mean this machine, and who listens on its ports."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rc_nb_helpers import loopback
from rc_nb_helpers.listener import CallbackListener
from rc_nb_helpers.loopback import (
    AIRPLAY,
    OTHER_NOTEBOOK,
    THIS_NOTEBOOK,
    answers,
    is_loopback,
    is_same_server,
    listens_here,
    port_holder,
    port_is_free,
)

from .conftest import free_port


@contextmanager
def program(port: int, says: bytes, *, address: str = "127.0.0.1") -> Iterator[None]:
    """Another program on a port, that says one thing to whoever connects."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    if says:
                        connection.recv(4096)
                        connection.sendall(says)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)  # wakes accept()
            thread.join()


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:5000/oauth2callback",
        "http://LOCALHOST:5000",
        "http://127.0.0.1/",
        "http://[::1]:5000/oauth2callback",
    ],
)
def test_this_machine(url):
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost:5000/oauth2callback",
        "http://localhost.evil.example:5000/",
        "http://127.0.0.1.evil.example/",
        "http://evil.example/?http://localhost",
        "http://localhost@evil.example/",
        "http://0.0.0.0:5000/",
        "http://192.0.2.1/",
        "localhost:5000",
        "http://localhost:five/",
        "http://[::1/",
        "",
    ],
)
def test_not_this_machine(url):
    assert not is_loopback(url)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://[::1]:5000", "http://[0:0:0:0:0:0:0:1]:5000/x", True),
        ("http://[fd00::5]:80", "http://[FD00:0::5]/x", True),
        ("http://[fd00::5]", "http://[fd00::6]", False),
        ("http://[::1]", "http://[1:2]", False),
    ],
)
def test_ipv6_address_is_the_same_in_each_of_its_spellings(one, other, same):
    assert is_same_server(one, other) == same


def test_port_is_free_until_somebody_listens(port):
    redirect_uri = f"http://localhost:{port}/x"
    assert port_is_free(redirect_uri)
    with program(port, b""):
        assert answers("127.0.0.1", port)
        assert not port_is_free(redirect_uri)
    assert port_is_free(redirect_uri)


def test_this_kernel_listens_when_it_does_so_itself_or_what_it_has_started_does(port):
    assert not listens_here(port)
    with program(port, b"", address="::1"):
        assert listens_here(port)
    server = f"import socket; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", server], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout
        started.stdout.readline()
        assert listens_here(port)
        started.communicate(b"\n")
    assert not listens_here(port)


def test_where_the_system_does_not_tell_whoever_answers_is_believed(port, monkeypatch):
    import psutil

    def refuse(*_: object) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(loopback, "_listens", refuse)
    assert not listens_here(port)
    with program(port, b""):
        assert listens_here(port)


def test_stranger_on_ipv6_alone_is_noticed(port):
    with program(port, b"", address="::1"):
        assert not port_is_free(f"http://localhost:{port}/x")
        assert port_is_free(f"http://127.0.0.1:{port}/x")


def test_airplay_is_known_by_its_header(port):
    with program(port, b"HTTP/1.1 403 Forbidden\r\nServer: AirTunes/675.4.1\r\nContent-Length: 0\r\n\r\n"):
        assert port_holder(port) == AIRPLAY


def test_a_listener_of_ours_is_known_by_its_header_and_whose_it_is_by_its_process(monkeypatch):
    """In this process it is a login from before a reload of the helpers; any other would have given way."""
    port = free_port()
    listener = CallbackListener(f"http://localhost:{port}/x", lambda query: pytest.fail("nothing to deliver"))
    listener.open()
    try:
        assert port_holder(port) == THIS_NOTEBOOK
        monkeypatch.setattr(loopback, "_process", lambda port: 1)
        assert port_holder(port) == OTHER_NOTEBOOK
    finally:
        listener.close()


@pytest.mark.parametrize("says", [b"", b"\x00\xff garbage", b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n"])
def test_other_programs_are_named_by_the_system(port, says):
    with program(port, says):
        assert port_holder(port) == "another program in this notebook's kernel"


def test_program_that_never_answers_does_not_hold_us_up(port):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", port))
        silent.listen()
        assert port_holder(port)


def test_nobody_has_no_name(port):
    assert port_holder(port) == ""


linux_only = pytest.mark.skipif(not loopback.tells_owners(), reason="only Linux tells whose a port is")


@linux_only
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1"])
def test_a_port_on_which_we_listen_is_ours(address):
    port = free_port()
    assert not loopback.is_ours(port), "nobody listens"
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as listening:
        listening.bind((address, port))
        assert not loopback.is_ours(port), "bound is not listening"
        listening.listen()
        assert loopback.is_ours(port)


@linux_only
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can be two users")
def test_a_port_on_which_a_neighbour_listens_is_not_ours():
    port = free_port()
    program = (
        f"import os, socket; os.setuid(65534); s = socket.create_server(('', {port})); print('listens', flush=True)"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program + "; input()"], **pipes) as neighbour:
        assert neighbour.stdout.readline() == b"listens\n"
        assert not loopback.is_ours(port)
        neighbour.stdin.close()
