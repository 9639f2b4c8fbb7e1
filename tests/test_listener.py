"""The callback listener on real sockets: what it hands over, its page, its port, its end.

What strangers may send to it is in hostile_cases.py. L-numbers are the cases that other tools were measured by.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rc_nb_helpers import (
    CallbackListener,
    ConfigurationError,
    PortInUse,
    Session,
    listener,
    loopback,
)
from rc_nb_helpers.errors import LoginCancelled, LoginError
from rc_nb_helpers.listener import LINGER_SECONDS

from .conftest import (
    CALLBACK_PATH,
    CODE,
    SOON,
    TOKEN_PATH,
    FakePlatform,
    Inbox,
    Say,
    ask,
    bring,
    callback,
    eventually,
    is_free,
    log_in,
    parameters,
)
from .tables.hostile_cases import OUR_THREADS
from .test_loopback import program


def genuine_callback_wins(session: Session, fake: FakePlatform) -> None:
    """The point of every hostile case: the real answer still gets through, soon and once."""
    assert session.attempt
    assert session.attempt.state == "waiting"
    assert not fake.calls(TOKEN_PATH)
    began = time.monotonic()
    page = bring(callback(session.attempt))
    assert time.monotonic() - began < SOON
    assert (page.status, "Login success" in page.text) == (200, True)
    assert session.logged_in
    assert [seen.form["code"] for seen in fake.calls(TOKEN_PATH)] == [CODE]


# --- a login that a stranger disturbs


def test_same_callback_again_gets_the_same_page_and_no_second_exchange(attempt, fake_session, fake):
    """L11: a reload, or a browser that asks twice."""
    address = callback(attempt)
    pages = [bring(address), bring(address)]
    assert all("Login success" in page.text for page in pages)
    assert len(fake.calls(TOKEN_PATH)) == 1


def test_same_callback_during_the_exchange_waits_for_the_same_end(attempt, fake):
    """L11."""
    gate = threading.Event()
    fake.script[TOKEN_PATH] = Say(fake.tokens(), before=gate.wait)
    pages: list[str] = []
    threads = [threading.Thread(target=lambda: pages.append(bring(callback(attempt)).text)) for _ in range(3)]
    for thread in threads:
        thread.start()
    eventually(lambda: fake.calls(TOKEN_PATH))
    assert pages == []
    gate.set()
    for thread in threads:
        thread.join(SOON)
    assert len(pages) == 3
    assert all("Login success" in page for page in pages)
    assert len(fake.calls(TOKEN_PATH)) == 1


def test_refusal_cannot_undo_a_login_that_is_being_finished(attempt, fake_session, fake):
    gate = threading.Event()
    fake.script[TOKEN_PATH] = Say(fake.tokens(), before=gate.wait)
    done = threading.Thread(target=bring, args=(callback(attempt),))
    done.start()
    eventually(lambda: attempt.state == "exchanging")
    refusal = threading.Thread(target=bring, args=(callback(attempt, error="access_denied"),))
    refusal.start()
    attempt.submit(callback(attempt, error="access_denied"))
    gate.set()
    for thread in (done, refusal):
        thread.join(SOON)
    attempt.wait(timeout=SOON)
    assert fake_session.logged_in


# --- where it listens


@pytest.mark.parametrize(
    ("host", "address"),
    [("localhost", "127.0.0.1"), ("localhost", "::1"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")],
)
def test_listens_where_the_browser_may_try(port, host, address):
    """L32."""
    inbox = Inbox()
    listening = CallbackListener(f"http://{host}:{port}/x", inbox)
    listening.open()
    try:
        assert ask(port, "/x?code=1", host=f"{host}:{port}", address=address).status == 200
    finally:
        listening.close()
    assert inbox.queries == ["code=1"]


def test_machine_without_ipv6_will_do(port, monkeypatch):
    """L32."""
    real = listener._listening_socket

    def no_ipv6(address: str, port: int) -> socket.socket:
        if ":" in address:
            raise OSError(97, "Address family not supported by protocol")
        return real(address, port)

    monkeypatch.setattr(listener, "_listening_socket", no_ipv6)
    listening = CallbackListener(f"http://localhost:{port}/x", Inbox())
    listening.open()
    assert ask(port, "/x").status == 200
    listening.close()


@pytest.mark.parametrize(
    "uri", ["https://localhost:5000/x", "http://hub.example:5000/x", "http://0.0.0.0:5000/x", "http://localhost:99999/"]
)
def test_listens_for_nobody_else(uri):
    with pytest.raises(ConfigurationError):
        CallbackListener(uri, Inbox())


def test_repr_tells_the_port_alone(port):
    assert repr(CallbackListener(f"http://localhost:{port}/x", Inbox())) == f"<CallbackListener on port {port}>"


# --- port in use


def complaint(redirect_uri: str) -> str:
    listening = CallbackListener(redirect_uri, Inbox())
    with pytest.raises(PortInUse) as caught:
        listening.open()
    return str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_port_of_a_stranger_is_refused_with_the_way_out(port, redirect_uri, address):
    """L33: also when only one of the two addresses is taken, to which a browser might go."""
    with program(port, b"", address=address):
        message = complaint(redirect_uri)
    assert f"Port {port} is already in use by another program in this notebook's kernel." in message
    assert f"http://localhost:{port + 1}{CALLBACK_PATH}" in message
    assert "RC_REDIRECT_URL" in message
    assert is_free(port)


def test_airplay_is_named_with_its_cure(port, redirect_uri):
    with program(port, b"HTTP/1.1 403 Forbidden\r\nServer: AirTunes/675.4.1\r\nContent-Length: 0\r\n\r\n"):
        message = complaint(redirect_uri)
    assert "macOS AirPlay Receiver" in message
    assert "System Settings" in message


def test_other_notebook_is_named(inbox, redirect_uri, monkeypatch):
    message = complaint(redirect_uri)
    assert "an earlier login of this notebook" in message
    assert "Restart the kernel" in message
    monkeypatch.setattr(loopback, "_process", lambda port: 1)
    message = complaint(redirect_uri)
    assert "another notebook that waits for a login" in message
    assert "Finish or cancel that login" in message


def test_port_in_use_is_told_before_the_browser_opens_and_ends_nothing(fake_session, port):
    with program(port, b""), pytest.raises(PortInUse, match="listen=False"):
        fake_session.begin_login()
    assert not fake_session.login_pending
    log_in(fake_session)


def test_answer_of_a_taken_port_can_be_handed_in(fake_session, port):
    with program(port, b""):
        attempt = fake_session.begin_login(listen=False)
        assert (attempt.listening, attempt.endpoint) == (False, None)
        attempt.submit(callback(attempt))
        attempt.wait(SOON)
    assert fake_session.logged_in


def test_socket_that_is_bound_and_silent_counts_as_taken(port, redirect_uri):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", port))
        bound.listen()
        complaint(redirect_uri)


def test_low_port_without_permission_is_told_as_that(monkeypatch):
    def refuse(address: str, port: int) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(listener, "_listening_socket", refuse)
    with pytest.raises(ConfigurationError, match="port 81"):
        CallbackListener("http://localhost:81/x", Inbox()).open()


@pytest.mark.parametrize("uri", ["http://localhost/x", "http://localhost:80/x"])
def test_default_port_is_80(monkeypatch, port, uri):
    """A browser leaves ``:80`` out of the Host header."""
    asked: list[int] = []
    real = listener._listening_socket

    def elsewhere(address: str, wanted: int) -> socket.socket:
        asked.append(wanted)
        return real(address, port)

    monkeypatch.setattr(listener, "_listening_socket", elsewhere)
    listening = CallbackListener(uri, Inbox())
    listening.open()
    try:
        assert ask(port, "/x", host="localhost").status == 200
    finally:
        listening.close()
    assert set(asked) == {80}


# --- the end


@pytest.mark.parametrize("end", ["success", "denial", "failed exchange", "cancel", "timeout"])
def test_port_and_threads_are_given_back_within_a_second(fake_session, fake, port, end):
    """L33."""
    before = set(threading.enumerate())
    attempt = fake_session.begin_login(timeout=0.2 if end == "timeout" else 60)
    assert not is_free(port)
    if end == "success":
        bring(callback(attempt))
    elif end == "denial":
        bring(callback(attempt, error="access_denied"))
    elif end == "failed exchange":
        fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
        bring(callback(attempt))
    elif end == "cancel":
        attempt.cancel()
        assert is_free(port)
    else:
        eventually(lambda: attempt.state == "ended")

    def gone() -> bool:
        return not [t for t in set(threading.enumerate()) - before if t.name in OUR_THREADS or "Timer" in repr(t)]

    eventually(gone)
    assert is_free(port)


def test_page_of_a_success_is_there_for_a_reload_and_then_gone(attempt, port):
    bring(callback(attempt))
    assert bring(callback(attempt)).status == 200
    time.sleep(LINGER_SECONDS)
    eventually(lambda: is_free(port))


def test_running_the_cell_again_replaces_the_login(fake_session, fake, port):
    """L33."""
    older = fake_session.begin_login()
    newer = fake_session.begin_login()
    assert isinstance(older.error, LoginCancelled)
    assert newer.state == "waiting"
    genuine_callback_wins(fake_session, fake)


def test_session_made_anew_replaces_the_login_of_the_one_thrown_away(fake_environment, fake):
    """L33: the notebook's cell makes its session anew; the old one may never be closed by anybody."""
    Session(fake_environment).begin_login()
    gc.collect()
    session = Session(fake_environment)
    session.begin_login()
    genuine_callback_wins(session, fake)


def test_same_port_under_another_name_is_not_another_notebook(fake_environment, fake, port):
    first = Session(fake_environment).begin_login()
    other = Session(dataclasses.replace(fake_environment, redirect_uri=f"http://127.0.0.1:{port}/other"))
    other.begin_login()
    assert isinstance(first.error, LoginCancelled)
    genuine_callback_wins(other, fake)


@pytest.mark.parametrize("end", ["success", "denial"])
def test_next_login_may_begin_at_once(fake_session, fake, end):
    """The listener of the login before stays for half a second; it must not be in the way."""
    for _ in range(3):
        attempt = fake_session.begin_login()
        bring(callback(attempt, **({"error": "access_denied"} if end == "denial" else {})))
    assert (fake_session.logged_in, attempt.error is None) == (end == "success",) * 2


def test_listener_that_cannot_start_does_not_hang(port, monkeypatch):
    def no_more_files(*args: object, **kwargs: object) -> None:
        raise OSError(24, "Too many open files")

    listening = CallbackListener(f"http://localhost:{port}/x", Inbox())
    monkeypatch.setattr(listener.asyncio, "run", no_more_files)
    outcome: list[LoginError] = []

    def open_it() -> None:
        try:
            listening.open()
        except LoginError as error:
            outcome.append(error)

    thread = threading.Thread(target=open_it, daemon=True)
    thread.start()
    thread.join(SOON)
    assert not thread.is_alive()
    assert len(outcome) == 1
    assert is_free(port)


def test_closing_is_harmless_whenever(port):
    listening = CallbackListener(f"http://localhost:{port}/x", Inbox())
    listening.close()
    listening.open()
    listening.close()
    listening.close()
    listening.close(linger=1)
    assert is_free(port)


# --- few files, and interrupts


STORM = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from rc_nb_helpers import Environment, Session
attempt = Session(Environment(**json.loads(sys.argv[1]))).begin_login()
print(attempt.authorize_url, flush=True)
attempt.wait(20)
print("logged in", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_more_idle_connections_than_the_system_allows_files(fake_environment):
    """macOS allows 256 files. What is refused is not tried again and again, nor written into the notebook."""
    values = {name: getattr(fake_environment, name) for name in ("name", "server_url", "client_id", "redirect_uri")}
    process = subprocess.Popen(
        [sys.executable, "-c", STORM, json.dumps(values)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        asked = parameters(process.stdout.readline().strip())
        address = ("127.0.0.1", urlsplit(asked["redirect_uri"]).port)
        with contextlib.ExitStack() as idle:
            for _ in range(300):
                idle.enter_context(socket.create_connection(address, timeout=SOON))
            began = time.monotonic()
            page = bring(f"{asked['redirect_uri']}?code={CODE}&state={asked['state']}")
            assert time.monotonic() - began < SOON
        assert "Login success" in page.text
        assert process.communicate(timeout=60) == ("logged in\n", "")
    finally:
        process.kill()


def test_interrupt_while_the_thread_starts_all_the_same_is_quiet(redirect_uri, monkeypatch):
    complaints: list[object] = []
    monkeypatch.setattr(threading, "excepthook", complaints.append)
    start = threading.Thread.start

    def start_and_interrupt(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    for _ in range(20):
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", start_and_interrupt)
            with pytest.raises(KeyboardInterrupt):
                CallbackListener(redirect_uri, Inbox()).open()
        eventually(lambda: is_free(urlsplit(redirect_uri).port))
    eventually(lambda: not [each for each in threading.enumerate() if each.name == "callback-listener"])
    assert complaints == []
