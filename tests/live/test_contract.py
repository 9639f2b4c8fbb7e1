"""The live contract test finds the differences of a second server, and tells no values."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers import ConfigurationError, Environment
from rc_nb_helpers.practice import PracticePlatform
from tests.conftest import free_port
from tests.practice.conftest import Browser
from tools import commands

from . import __main__ as live


class Altered(BaseHTTPRequestHandler):
    """Passes everything on to a practice platform, and changes some of its answers."""

    target = ""

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = requests.request(
            self.command,
            self.target + self.path,
            data=body,
            headers=dict(self.headers),
            allow_redirects=False,
            timeout=5,
        )
        status, content, path = answer.status_code, answer.content, urlsplit(self.path).path
        headers = {name: answer.headers[name] for name in ("Content-Type", "RCRequestId") if name in answer.headers}
        if path == "/restapi/v1.0/account/~" and status == 200:
            content = self.changed(content, id="text", newField={"secret": "value-of-a-field"})
        elif path == "/restapi/v1.0/account/1":
            status, content = 403, self.changed(content, errors=[{"errorCode": "CMN-404", "message": "x"}])
        elif path == "/restapi/v1.0/account/~/call-log":
            content = self.changed(content, records=[])
        elif path == "/restapi/v1.0/account/~/extension/1":
            headers.pop("RCRequestId")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = handle_any

    @staticmethod
    def changed(content: bytes, **fields: Any) -> bytes:
        return json.dumps(json.loads(content) | fields).encode()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def other() -> Iterator[PracticePlatform]:
    """The server that plays RingCentral."""
    with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}/oauth2callback"]) as platform:
        yield platform


@pytest.fixture
def altered(other: PracticePlatform) -> Iterator[str]:
    """The address of the same server behind a proxy that changes answers."""
    handler = type("AlteredHere", (Altered,), {"target": other.server_url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def person(platform: PracticePlatform, username: str, password: str) -> Any:
    """Somebody who is shown the login link and follows it on ``platform``."""

    def follow(text: str) -> None:
        link = urlsplit(next(word for word in text.split() if word.startswith("http")))
        browser = Browser(platform.server_url)
        browser.open(f"{link.path}?{link.query}")
        browser.submit(username=username, password=password)
        browser.submit(decision="allow")
        requests.get(browser.answer.headers["Location"], timeout=5)

    return follow


def environment(platform: PracticePlatform, server_url: str) -> Environment:
    return Environment(
        name="production",
        server_url=server_url,
        client_id=platform.client_id,
        client_secret=platform.client_secret,
        redirect_uri=platform.redirect_uris[0],
    )


@pytest.mark.parametrize(("username", "password"), [("alex", "maple"), ("sam", "birch")])
def test_two_equal_servers_do_not_differ(
    other: PracticePlatform, capsys: pytest.CaptureFixture[str], username: str, password: str
) -> None:
    assert live.run(environment(other, other.server_url), person(other, username, password)) == 0
    shown = capsys.readouterr().out
    assert shown.count("same") > 25
    assert "differs" not in shown


def test_each_difference_is_found_and_no_value_is_told(
    other: PracticePlatform, altered: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live.run(environment(other, altered), person(other, "alex", "maple")) > 3
    shown = capsys.readouterr().out
    lines = [line.strip() for line in shown.splitlines()]
    for expected in (
        "differs  account",
        "field id is string, practice integer",
        "field newField (object) only there",
        "field newField.secret (string) only there",
        "status 403, practice 404",
        "codes CMN-102, CMN-404, practice CMN-102, CMN-102",
        "header RCRequestId only in practice",
    ):
        assert expected in lines
    assert not any("records[]" in line for line in lines)  # nothing to compare with
    for value in ("value-of-a-field", "Alex", "Rivera", "Maple", other.client_id, other.client_secret, "+1650"):
        assert value not in shown


def test_without_credentials_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env-production").write_text(
        "RC_CLIENT_ID=\nRC_CLIENT_SECRET=\nRC_SERVER_URL=https://platform.ringcentral.com\n"
        "RC_REDIRECT_URL=http://localhost:5000/oauth2callback\n"
    )
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    assert live.main("production") == 1
    assert "RC_CLIENT_ID" in capsys.readouterr().err


def test_an_app_without_a_secret_is_refused(other: PracticePlatform) -> None:
    public = Environment(
        name="production",
        server_url=other.server_url,
        client_id="x",
        redirect_uri="http://localhost:5000/oauth2callback",
    )
    with pytest.raises(ConfigurationError, match="has no secret"):
        live.run(public)


def test_the_command_runs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    monkeypatch.setattr(commands, "ensure_environment", lambda *_: "python")
    monkeypatch.setattr(commands, "run_live_contract", lambda *arguments: called.append(arguments) or 0)
    options = commands.command_line().parse_args(["test", "--live", "production"])
    assert options.run(options) == 0
    assert called == [("python", "production")]
