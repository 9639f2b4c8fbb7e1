"""What goes wrong on the way to the server and back: limits, broken answers, proxies, certificates."""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any, BinaryIO

import pytest

from rc_nb_helpers import (
    ApiError,
    Environment,
    PlatformUnreachable,
    connections,
)
from rc_nb_helpers.sdk import Platform

from .conftest import (
    ACCOUNT,
    CODE,
    REVOKE_PATH,
    SOON,
    TOKEN_PATH,
    VERIFIER,
    Say,
    Seen,
    expire,
    failure,
    free_port,
    log_in,
)
from .test_proxies import answering


@pytest.mark.parametrize("action", ["login", "get", "refresh", "logout"])
@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (Say("", cut=0), PlatformUnreachable),
        (Say({"a": "b" * 100}, cut=5), PlatformUnreachable),
        (Say({"a": 1}, headers={"Content-Encoding": "gzip"}), PlatformUnreachable),
        (Say({"error": "invalid_request"}, status=400), ApiError),
        (Say("Forbidden", status=403, kind="text/plain"), ApiError),
        (Say({"errorCode": "CMN-102", "message": "Resource not found"}, status=404), ApiError),
        (Say({"errorCode": "CMN-301", "message": "Request rate exceeded"}, status=429), ApiError),
        (Say({"errors": []}, status=500), ApiError),
        (Say({"errors": "none"}, status=500), ApiError),
        (Say([1, 2], status=502), ApiError),
        (Say("{", status=503), ApiError),
        (Say("", status=504), ApiError),
        (Say("<html>" * 1000, status=500, kind="text/html"), ApiError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value.status} {str(value.body)[:20]}",
)
def test_every_fault_is_one_of_ours_and_shows_no_secret(ready, fake, action, say, expected):
    path = {"get": ACCOUNT, "logout": REVOKE_PATH}.get(action, TOKEN_PATH)
    fake.script[path] = say
    actions: dict[str, Callable[[], Any]] = {
        "login": lambda: ready.login(code=CODE, verifier=VERIFIER),
        "get": lambda: ready.get(ACCOUNT),
        "refresh": ready.refresh,
        "logout": ready.logout,
    }
    error = failure(actions[action])
    assert isinstance(error, expected)
    if isinstance(error, ApiError):
        assert error.status == say.status


@pytest.mark.parametrize("form", ["{}", "Token {} is unknown", "bearer {}", '{{"token": "{}"}}', "x" * 290 + " {}"])
def test_server_that_repeats_what_it_was_sent_gives_nothing_away(ready, fake, form):
    def echo(seen: Seen) -> Say:
        sent = " ".join([*seen.form.values(), seen.headers["authorization"]])
        return Say({"error": "invalid_request", "error_description": form.format(sent)}, status=400)

    fake.script[TOKEN_PATH] = fake.script[ACCOUNT] = fake.script[REVOKE_PATH] = echo
    for action in (lambda: ready.login(code=CODE), ready.refresh, lambda: ready.get(ACCOUNT), ready.logout):
        failure(action)


def test_ringcentrals_code_and_words_are_kept(ready, fake):
    message = "In order to call this API endpoint, user needs to have [ReadCallLog] permission"
    fake.script[ACCOUNT] = Say(
        {"errorCode": "InsufficientPermissions", "errors": [{"errorCode": "CMN-408", "message": message}]}, status=403
    )
    error = failure(lambda: ready.get(ACCOUNT))
    assert isinstance(error, ApiError)
    assert (error.status, error.code, error.message) == (403, "CMN-408", message)


def test_server_that_hangs_does_not_hang_us(ready, fake, monkeypatch):
    """Row: no timeout anywhere."""
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.2)
    gate = threading.Event()
    fake.script[ACCOUNT] = Say(before=gate.wait)
    began = time.monotonic()
    error = failure(lambda: ready.get(ACCOUNT))
    gate.set()
    assert time.monotonic() - began < SOON
    assert isinstance(error, PlatformUnreachable)
    assert "did not answer in time" in str(error)


def drip(start: bytes, piece: bytes) -> Callable[[BinaryIO], None]:
    """A server that is never silent and never done."""

    def write(connection: BinaryIO) -> None:
        with contextlib.suppress(OSError):
            connection.write(start)
            for _ in range(200):
                connection.write(piece)
                connection.flush()
                time.sleep(0.05)

    return write


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"{"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"{"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\n", b"{"),
    ],
    ids=["status line", "headers", "body", "chunks", "body without an end", "error"],
)
def test_server_that_drips_does_not_hang_us(ready, fake, monkeypatch, start, piece):
    monkeypatch.setattr(connections, "TOTAL_SECONDS", 0.4)
    fake.script[ACCOUNT] = Say(raw=drip(start, piece))
    began = time.monotonic()
    error = failure(lambda: ready.get(ACCOUNT))
    assert time.monotonic() - began < SOON
    assert isinstance(error, PlatformUnreachable)
    assert "did not answer in time" in str(error)


@pytest.mark.parametrize("packed", [False, True])
def test_answer_that_never_ends_is_not_kept(ready, fake, monkeypatch, packed):
    monkeypatch.setattr(connections, "MOST_BYTES", 100_000)
    content = b'"' + b"a" * 10_000_000 + b'"'
    body = gzip.compress(content) if packed else content
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    head += f"Content-Encoding: {'gzip' if packed else 'identity'}\r\nContent-Length: {len(body)}\r\n\r\n"

    def write(connection: BinaryIO) -> None:
        with contextlib.suppress(OSError):
            connection.write(head.encode() + body)

    fake.script[ACCOUNT] = Say(raw=write)
    tracemalloc.start()
    error = failure(lambda: ready.get(ACCOUNT))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(error, ApiError)
    assert "larger than" in str(error)
    assert most < 30_000_000  # of which the server's own copy is 20
    assert ready.logged_in()


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-99", "application/json; charset=hex", "application/json; charset=latin-1", "", "x"],
)
def test_json_is_utf_8_whatever_the_headers_say(fake_session, fake, kind):
    log_in(fake_session)
    fake.script[ACCOUNT] = Say({"name": "Zoë 東京"}, kind=kind)
    assert fake_session.get(ACCOUNT) == {"name": "Zoë 東京"}


@pytest.mark.parametrize("value", ["a\nb", None, 5, "\u2192"])
def test_request_that_cannot_be_written_is_one_of_ours(ready, fake, value):
    error = failure(lambda: ready.get(ACCOUNT, headers={"X": value}))
    assert "cannot be sent" in str(error)
    assert "the headers" in error.cure
    assert fake.seen == []


def test_practice_that_is_gone_is_told_as_that(ready, fake):
    expire(ready)
    ready._server = f"http://127.0.0.1:{free_port()}"
    error = failure(lambda: ready.get(ACCOUNT))
    assert isinstance(error, PlatformUnreachable)
    assert "python3 tutorial.py practice" in str(error)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "two..dots.invalid", f"{'a' * 70}.invalid"])
def test_name_that_does_not_exist_is_told_as_that(host):
    platform = Platform(
        Environment(name="n", server_url=f"https://{host}", client_id="i", redirect_uri="http://localhost:1/")
    )
    assert f"There is no server called {host}." in str(failure(lambda: platform.login(code=CODE)))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak TLS"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "The system says: tlsv1 alert protocol version"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "alert handshake failure"),
        (b"", "closed the connection"),
    ],
    ids=["http", "ssh", "old TLS", "no cipher", "hangs up"],
)
def test_tls_that_fails_is_told_in_the_systems_words(answer, said):
    with answering(lambda request: answer) as port:
        platform = Platform(
            Environment(
                name="n", server_url=f"https://127.0.0.1:{port}", client_id="i", redirect_uri="http://localhost:1/"
            )
        )
        error = failure(lambda: platform.login(code=CODE))
    assert said in error.why
    assert ("does not speak TLS" in error.why) == (said == "does not speak TLS")


@pytest.mark.parametrize(
    ("scheme", "cure"),
    [("http", "python3 tutorial.py practice --check http://127.0.0.2:"), ("https", "Check your network")],
    ids=["a class", "RingCentral"],
)
def test_server_that_cannot_be_reached_is_told_as_that(scheme, cure):
    # Another address of this machine stands for another machine: nobody listens there.
    server = f"{scheme}://127.0.0.2:{free_port()}"
    platform = Platform(
        Environment(name="practice", server_url=server, client_id="i", redirect_uri="http://localhost:1/")
    )
    error = str(failure(lambda: platform.login(code=CODE)))
    assert "could not be reached" in error
    assert cure in error


def test_netrc_adds_nothing(ready, fake, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    ready.get(ACCOUNT)
    assert fake.seen[0].headers["authorization"] == "Bearer access-token-1-Yw5"
