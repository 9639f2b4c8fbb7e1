"""The extension in a real Jupyter server: whose answer goes where, what is refused, and that nothing is logged."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import logging
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer as TornadoServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from rc_nb_helpers import Session
from rc_nb_helpers.redirection_endpoint import socket_path

from ..conftest import SOON, Reply, ask, callback, put_away, scripted_environment, state_of
from ..jupyter_server import BASE, ROOT, TOKEN, Server, by_hand, jupyter_server
from ..test_socket_folder import NEIGHBOUR, as_root

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets in Python")
CALLBACK = f"{BASE}rc-callback/"
SIGNED_IN = {"Authorization": f"token {TOKEN}"}
SECRET = "secret-of-the-test"
"""Begins every code and state that is sent to the server. Its log must not hold it."""

CODE = f"{SECRET}-code"
STATE = f"{SECRET}-state"
PAGE_OF_THE_KERNEL = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 12\r\n"
    b"Content-Security-Policy: default-src 'none'; script-src 'nonce-x'\r\n"
    b"Set-Cookie: a=b\r\nLocation: https://evil.example/\r\nAccess-Control-Allow-Origin: *\r\n\r\nof a kernel."
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all tests, in a folder with a short path. At the end its log is looked at."""
    with tempfile.TemporaryDirectory(prefix="server-") as name, jupyter_server(Path(name)) as server:
        yield server
        # Another worker may have run the tests that bring an answer.
        requests.get(f"{server.redirect_uri}?code={SECRET}&state=nobodys", timeout=SOON)
        log = server.log.read_text()
        assert "rc-callback" in log, "the log is empty: this proves nothing"
        assert SECRET not in log


class Kernel:
    """Waits at the socket of a state, and keeps what it is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[str] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        path.chmod(0o600)
        self._listening.listen()
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                with self._listening.accept()[0] as connection:
                    if request := connection.recv(65536).decode():
                        self.heard.append(request)
                        connection.sendall(PAGE_OF_THE_KERNEL)

    def close(self) -> None:
        """End as a kernel does that is killed: the file stays."""
        with contextlib.suppress(OSError):  # already
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(SOON)


@contextlib.contextmanager
def kernel_waiting(server: Server, state: str = STATE) -> Iterator[Kernel]:
    kernel = Kernel(socket_path(server.sockets, state))
    try:
        yield kernel
    finally:
        kernel.close()
        kernel.path.unlink(missing_ok=True)


def visit(
    server: Server, query: str = f"?code={CODE}&state={STATE}", headers: dict[str, str] = SIGNED_IN, **how: str
) -> Reply:
    """Open the callback's address, signed in unless told otherwise."""
    return ask(server.port, how.pop("path", CALLBACK) + query, headers=headers, **how)  # type: ignore[arg-type]


# --- whose answer goes where


def test_kernels_inherit_where_answers_come_in(server):
    assert server.variables["RC_CALLBACK_PATH"] == CALLBACK
    assert server.sockets.name == "rc-callback"
    assert server.sockets.parent.name == "runtime"
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    assert 12_000 <= int(server.variables["RC_CALLBACK_PORT"]) < 20_000


def test_each_answer_reaches_the_kernel_of_its_state(server):
    with kernel_waiting(server) as one, kernel_waiting(server, f"{SECRET}-other") as other:
        reply = visit(server, f"?code={CODE}&state={SECRET}-other&expires_in=60")
        assert (len(one.heard), len(other.heard)) == (0, 1)
        assert visit(server).status == 400
        assert (len(one.heard), len(other.heard)) == (1, 1)
    assert other.heard[0].startswith(f"GET {CALLBACK}?code={CODE}&state={SECRET}-other&expires_in=60 HTTP/1.1\r\n")
    # The kernel's page, whole; and of its headers what makes a page safe.
    assert (reply.status, reply.text) == (400, "of a kernel.")
    assert reply.headers["content-security-policy"] == "default-src 'none'; script-src 'nonce-x'"
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert not {"location", "access-control-allow-origin"} & set(reply.headers)
    assert "a=b" not in reply.headers["set-cookie"]


def test_two_notebooks_log_in_at_once(server, fake, monkeypatch):
    for name, value in server.variables.items():
        monkeypatch.setenv(name, value)
    environment = scripted_environment(fake, server.redirect_uri)
    sessions = Session(environment), Session(environment)
    try:
        attempts = [session.begin_login() for session in sessions]
        second, first = (visit(server, "?" + urlsplit(callback(each)).query) for each in reversed(attempts))
        assert (first.status, second.status) == (200, 200)
        assert "Login success" in first.text
        assert first.headers["content-security-policy"] != second.headers["content-security-policy"], "a nonce twice"
        for attempt, session in zip(attempts, sessions, strict=True):
            attempt.wait(SOON)
            assert session.logged_in
            assert state_of(attempt) not in server.log.read_text()
    finally:
        for session in sessions:
            put_away(session)


def test_of_the_request_only_its_address_goes_on(server):
    made_up = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "x", "X-Real-Ip": "127.0.0.1", "Cookie": "a=b"}
    with kernel_waiting(server) as kernel:
        # Not "?state=": newer servers hide that by themselves where they write down a Referer.
        visit(server, headers=SIGNED_IN | made_up | {"Referer": f"http://x/{STATE}"})
    head, *lines = kernel.heard[0].strip().split("\r\n")
    assert head.startswith("GET ")
    assert lines == [f"Host: localhost:{server.port}", "Connection: close"]


def test_somebody_not_signed_in_arrives_after_the_servers_login(server):
    with kernel_waiting(server) as kernel, requests.Session() as browser:
        login = browser.get(f"{server.redirect_uri}?code={CODE}&state={STATE}", timeout=SOON)
        assert login.url == f"http://localhost:{server.port}{BASE}login?next=" + CALLBACK.replace("/", "%2F")
        assert kernel.heard == []
        form = re.search(r'name="_xsrf" value="([^"]*)"', login.text)
        assert form
        arrived = browser.post(login.url, data={"_xsrf": html.unescape(form[1]), "password": TOKEN}, timeout=SOON)
        assert arrived.text == "of a kernel."
        assert arrived.url == login.history[0].url, "the address could not be pasted if nobody waited"
        assert [request.partition(" HTTP")[0] for request in kernel.heard] == [
            f"GET {CALLBACK}?code={CODE}&state={STATE}"
        ]
        # The cookie has done its work.
        assert "its answer was lost" in browser.get(server.redirect_uri, timeout=SOON).text
        assert len(kernel.heard) == 1


def test_the_cookie_is_for_this_path_only_and_no_script(server):
    cookie = visit(server, headers={}).headers["set-cookie"]
    assert f"Path={CALLBACK}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert SECRET not in cookie


@pytest.mark.parametrize("kept", ["%%%", "w6k=", "YSBiDQpIb3N0OiB4"])  # nonsense, é, a line end
def test_a_cookie_that_somebody_has_made_up_is_nothing(server, kept):
    reply = visit(server, "", SIGNED_IN | {"Cookie": f"rc-callback={kept}"})
    assert reply.status == 404
    assert "its answer was lost" in reply.text


def test_a_long_answer_is_lost_at_the_login_and_the_page_says_so(server):
    assert "set-cookie" not in visit(server, f"?code={CODE}&state={STATE}&x={'x' * 3000}", {}).headers


def test_a_token_in_the_answer_signs_nobody_in(server):
    with kernel_waiting(server) as kernel:
        assert visit(server, f"?code={CODE}&state={STATE}&token={TOKEN}", {}).status == 302
        assert kernel.heard == []


# --- nobody waits


def test_nobody_waits(server):
    reply = visit(server)
    assert reply.status == 404
    assert "Go back to the notebook, and log in again." in reply.text
    assert SECRET not in reply.text
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-frame-options"] == "DENY"
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_the_socket_of_a_killed_kernel_is_removed(server):
    with kernel_waiting(server) as kernel:
        kernel.close()
        assert kernel.path.exists()
        assert visit(server).status == 404
        assert not kernel.path.exists()


def test_what_is_not_this_users_hears_nothing(server, tmp_path):
    with kernel_waiting(server) as kernel:
        kernel.path.chmod(0o666)
        reply = visit(server)
        assert kernel.heard == []
    assert (reply.status, "Nobody waits" in reply.text) == (404, True)
    assert 'data-outcome="to-paste"' in reply.text
    assert "not this user's private socket" in server.log.read_text()


# --- what is refused


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods(server, method):
    with kernel_waiting(server) as kernel:
        for reply in (visit(server, method=method), visit(server, method=method, headers={})):
            assert (reply.status, reply.headers["allow"]) == (405, "GET")
        assert kernel.heard == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}, 403),
        ({"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Purpose": "prefetch;prerender"}, 503),
    ],
)
def test_what_is_no_persons_visit(server, headers, status):
    with kernel_waiting(server) as kernel:
        reply = visit(server, headers=SIGNED_IN | headers)
        assert kernel.heard == []
    assert reply.status == status
    assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["rc-callback", "rc-callback/x", "rc-callback//", "rc-callback/../rc-callback/"])
def test_other_paths(server, path):
    with kernel_waiting(server) as kernel:
        assert visit(server, path=BASE + path).status == 404
        assert kernel.heard == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"?code={CODE}&state={STATE}&state=x", 400),
        (f"?code={CODE}&state=x&st%61te={STATE}", 400),
        (f"?code={CODE}&state={STATE}&x={'x' * 9000}", 400),
        (f"?code={CODE}&state={STATE}&x=\xe9", 400),
        (f"?code={CODE}&state=../../{STATE}", 404),
        (f"?code={CODE}&state={STATE}%00", 404),
        (f"?code={CODE}&state=%F0%9F%98%80%FF{STATE}", 404),
        (f"?code={CODE};state={STATE}", 404),
        (f"?code={CODE}", 404),
        ("", 404),
    ],
)
def test_odd_answers(server, query, status):
    with kernel_waiting(server) as kernel:
        with socket.create_connection(("127.0.0.1", server.port), timeout=SOON) as connection:
            head = f"GET {CALLBACK}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            connection.sendall(f"{head}Authorization: token {TOKEN}\r\n\r\n".encode("latin-1"))
            assert connection.recv(12) == b"HTTP/1.1 %d" % status
        assert kernel.heard == []


# --- servers written by hand


def test_a_server_written_by_hand_gets_what_no_socket_waits_for(server):
    with by_hand(server):
        reply = visit(server, "?code=x&state=<script>")
    assert (reply.status, reply.text) == (200, f"Thank you for {CALLBACK}?code=x&state=<script>")
    # It is on Jupyter's origin: whatever it shows, it runs no script and is nobody there.
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; sandbox")
    assert "script-src" not in policy


@as_root
def test_a_neighbours_server_on_that_port_hears_nothing(server):
    program = (
        f"import os, socket\nos.setuid({NEIGHBOUR})\nwith socket.create_server(('127.0.0.1', int(input()))) as s:\n"
        " print('listens', flush=True)\n print(len(s.accept()[0].recv(1000)))"
    )
    command = [sys.executable, "-c", program]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as neighbour:  # type: ignore[call-overload]
        neighbour.stdin.write(server.variables["RC_CALLBACK_PORT"] + "\n")
        neighbour.stdin.flush()
        assert neighbour.stdout.readline() == "listens\n"
        assert visit(server).status == 404
        assert neighbour.communicate(timeout=SOON)[0] == "0\n"
    assert "another user listens" in server.log.read_text()


# --- where it cannot work, and how it comes in


def test_without_a_folder_the_page_says_what_works_instead(monkeypatch, caplog):
    """As on Windows. The server starts all the same, and its kernels are told nothing of another server."""
    from rc_nb_helpers import server_extension

    for name in ("PATH", "SOCKETS", "PORT"):
        monkeypatch.setenv(f"RC_CALLBACK_{name}", "of the server in whose terminal this one was started")
    monkeypatch.setattr(server_extension, "folder_in", lambda _: None)
    app, log = Application(), logging.getLogger("test")
    caplog.set_level(logging.INFO)
    server_extension._load_jupyter_server_extension(SimpleNamespace(base_url="/", web_app=app, log=log))  # type: ignore[arg-type]
    assert not [name for name in os.environ if name.startswith("RC_CALLBACK_")]
    assert "through http://localhost here, or their answer is pasted" in caplog.text

    async def page() -> HTTPResponse:
        listening, port = bind_unused_port()
        server = TornadoServer(app)
        server.add_socket(listening)
        address = f"http://127.0.0.1:{port}/rc-callback/?code={CODE}&state={STATE}"
        try:
            return await AsyncHTTPClient().fetch(address, raise_error=False)
        finally:
            server.stop()

    answer = asyncio.run(page())
    text = answer.body.decode()
    assert answer.code == 501
    assert "paste the address of this page" in text
    assert 'data-outcome="to-paste"' in text, "it would take away what is to be pasted"
    assert SECRET not in caplog.text + text


def test_it_loads_nothing_that_the_server_has_not_loaded():
    """So it costs the server's start some milliseconds."""
    program = (
        "import sys, jupyter_server.serverapp, jupyter_server.base.handlers, tornado.httpserver\n"
        "known = set(sys.modules)\nimport rc_nb_helpers.server_extension\nprint(*set(sys.modules) - known)"
    )
    new = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True).split()
    assert {name for name in new if not name.startswith("rc_nb_helpers")} <= {"secrets"}


def test_the_file_that_switches_it_on():
    from rc_nb_helpers import server_extension

    file = ROOT / "jupyter" / "jupyter_server_config.d" / "rc_nb_helpers.json"
    (enabled,) = json.loads(file.read_text())["ServerApp"]["jpserver_extensions"].items()
    assert enabled == (server_extension.__name__, True)
    assert server_extension._jupyter_server_extension_points() == [{"module": server_extension.__name__}]
    assert str(file.relative_to(ROOT)) in (ROOT / "pyproject.toml").read_text()
