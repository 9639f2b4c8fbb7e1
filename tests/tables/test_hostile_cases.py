"""Our listener in the hostile cases, and the cases themselves: they must be able to fail."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ..conftest import SOON, TOKEN_PATH, FakePlatform
from . import hostile_cases
from .hostile_cases import CASES, OK, Case, Ours, run

pytestmark = pytest.mark.usefixtures("hostile_cases_may_take_long")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_our_listener(case: Case, shared_fake: FakePlatform) -> None:
    assert run(case, Ours(shared_fake), shared_fake) == OK


@pytest.fixture(scope="module")
def sockets() -> Iterator[Path]:
    """A folder for private sockets; pytest's own may lie too deep for one."""
    with tempfile.TemporaryDirectory(prefix="sockets-") as name:
        yield Path(name)
        assert os.listdir(name) == [], "sockets were left behind"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs sockets in the file system")
@pytest.mark.parametrize("case", [case for case in CASES if not case.port_only], ids=lambda case: case.name)
def test_our_listener_at_a_private_socket(case: Case, shared_fake: FakePlatform, sockets: Path) -> None:
    assert run(case, Ours(shared_fake, sockets=sockets), shared_fake) == OK


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("number", [*range(1, 18), *range(20, 26), *range(27, 34)])
def test_every_measured_case_is_in_the_table(number: int) -> None:
    assert [case for case in CASES if case.name.startswith(f"L{number:02} ")]


class Gullible:
    """The listener that many write first: it believes whatever comes, and never ends."""

    name, strict, pid = "gullible", True, os.getpid()

    def __init__(self, fake: FakePlatform) -> None:
        self._token_url = fake.server_url + TOKEN_PATH
        self._outcome = ""
        self._server: HTTPServer | None = None

    def open(self, port: int) -> str:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 3

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(f"Thank you for {self.path}".encode())
                requests.post(receiver._token_url, data={"code": query.get("code", [""])[0]}, timeout=SOON)
                receiver._outcome = "logged in"

            def log_message(self, *args: object) -> None:
                pass

        self.close()
        self._server = HTTPServer(("127.0.0.1", port), Handler)
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://x/?state=s&redirect_uri=http://localhost:{port}/oauth2callback"

    def outcome(self) -> str:
        return self._outcome

    def leftovers(self) -> list[str]:
        return []

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.mark.parametrize(
    "name",
    [
        "L02 wrong state",
        "L15 /favicon.ico",
        "L16 idle connection",
        "L21 HEAD",
        "L24 Host evil.example",
        "L28",
        "L29",
    ],
)
def test_cases_catch_a_gullible_listener(name: str, shared_fake: FakePlatform) -> None:
    case = next(case for case in CASES if case.name.startswith(name))
    assert run(case, Gullible(shared_fake), shared_fake) != OK


@pytest.mark.parametrize(("receiver", "code", "words"), [(Ours, 0, "1 of 1"), (Gullible, 1, "0 of 1")])
def test_table_tells_and_the_command_fails_when_a_case_does(monkeypatch, capsys, receiver, code, words) -> None:
    monkeypatch.setattr(sys, "argv", ["hostile_cases", "-k", "L02 wrong state"])
    monkeypatch.setattr(hostile_cases, "Ours", receiver)
    assert hostile_cases.main() == code
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["case", "expected", "got"]
    assert lines[-1].endswith(words)
