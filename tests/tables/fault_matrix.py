"""The fault matrix: what can go wrong on the way to a server, in each phase of a login, and how it is told.

    python -m tests.tables.fault_matrix

prints fault | authorize | token | API | refresh | revoke; exit code 1 if one is wrong.

In every cell the error has the right class and says what to do; the session's state is true: a login that did not
succeed leaves none, an API call never costs the login, a refresh costs it only when the server says that it has
ended, a logout always ends it here; nothing shown or recorded holds a secret; and afterwards, with the fault gone,
the same panel and session work. Interrupts and wrong clocks are in ``test_session.py``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, get_args
from unittest import mock

import requests

from rc_nb_helpers import (
    AccessDenied,
    ApiError,
    CodeRejected,
    ConfigurationError,
    LoginError,
    LoginPanel,
    LoginTimeout,
    NotLoggedIn,
    PlatformUnreachable,
    RingCentralError,
    Session,
    connections,
    sdk,
)
from rc_nb_helpers.errors import AuthorizationRefused, CredentialsRejected, LoginUnreachable

from ..conftest import (
    CALLBACK_PATH,
    REVOKE_PATH,
    SOON,
    TOKEN_PATH,
    FakePlatform,
    Say,
    bring,
    callback,
    eventually,
    free_port,
    holds_secret,
    log_in,
    put_away,
    scripted_environment,
)

Phase = Literal["authorize", "token", "API", "refresh", "revoke"]
PHASES: tuple[Phase, ...] = get_args(Phase)

AUTHORIZE_PATH = "/restapi/oauth/authorize"
API_PATH = "/restapi/v1.0/account/~"
_PATHS: dict[Phase, str] = {
    "authorize": AUTHORIZE_PATH,
    "token": TOKEN_PATH,
    "API": API_PATH,
    "refresh": TOKEN_PATH,
    "revoke": REVOKE_PATH,
}

PROXY_PASSWORD = "proxy-password-Tq7"
FINE = "fine"
"""Where a cell is no failure: the answer will do."""
REVOKED, NOT_REVOKED = "revoked", "not revoked"
"""What ``logout`` says."""

Expected = type[Exception] | str


@dataclass(frozen=True)
class Fault:
    """One way to go wrong, and what each phase makes of it.

    Attributes:
        name: For people.
        token: What a login's exchange ends with.
        api: What an API call ends with.
        refresh: What a refresh ends with.
        say: What the server answers; None where none answers.
        authorize: What a login ends with whose sign-in page fails in this way, or whose callback brings it.
        revoke: What a logout says.
        server_url: Where there is no such server; given the port of one that speaks plain http.
        error: The OAuth error that the callback brings; empty when none arrives.
        variables: Environment variables of the machine meanwhile.
        late: Whether the answer never ends; only then is the time for one short, because a busy machine is slow too.
    """

    name: str
    token: Expected
    api: Expected
    refresh: Expected
    say: Say | None = None
    authorize: Expected = LoginTimeout
    revoke: str = NOT_REVOKED
    server_url: Callable[[int], str] | None = field(default=None, repr=False)
    error: str = ""
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    late: bool = False

    def expected(self, phase: Phase) -> Expected:
        return {
            "authorize": self.authorize,
            "token": self.token,
            "API": self.api,
            "refresh": self.refresh,
            "revoke": self.revoke,
        }[phase]


def _nowhere(name: str, server_url: Callable[[int], str]) -> Fault:
    return Fault(name, LoginUnreachable, PlatformUnreachable, PlatformUnreachable, server_url=server_url)


def _proxied(name: str) -> Fault:
    variables = {"HTTP_PROXY": f"http://somebody:{PROXY_PASSWORD}@127.0.0.1:{free_port()}"}
    return dataclasses.replace(_nowhere(name, lambda port: "http://classroom.invalid"), variables=variables)


def _unusable(name: str, **variables: str) -> Fault:
    url: Callable[[int], str] = lambda port: "https://server.invalid"  # noqa: E731
    return Fault(name, LoginError, ConfigurationError, ConfigurationError, server_url=url, variables=variables)


def _broken(name: str, say: Say, *, late: bool = False) -> Fault:
    return Fault(name, LoginUnreachable, PlatformUnreachable, PlatformUnreachable, say=say, late=late)


def _status(status: int, token: Expected = LoginError, name: str = "", **headers: str) -> Fault:
    say = Say(
        {"message": "No"}, status=status, headers={key.replace("_", "-"): value for key, value in headers.items()}
    )
    return Fault(name or str(status), token, ApiError, ApiError, say=say)


def _oauth(error: str, **changes: Any) -> Fault:
    expected: dict[str, Any] = {"token": CodeRejected, "refresh": ApiError, "authorize": AuthorizationRefused} | changes
    say = Say({"error": error, "error_description": "No"}, status=400)
    return Fault(f"400 {error}", api=ApiError, say=say, error=error, **expected)


def _useless(name: str, say: Say, **changes: Any) -> Fault:
    expected: dict[str, Any] = {"api": ApiError, "revoke": REVOKED} | changes
    return Fault(name, token=LoginError, refresh=ApiError, say=say, **expected)


def _reset(connection: BinaryIO) -> None:
    connection.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    connection._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # type: ignore[attr-defined]


def _drip(connection: BinaryIO) -> None:
    with contextlib.suppress(OSError):
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(60):
            connection.write(b" ")
            time.sleep(0.05)


def _hang() -> None:
    time.sleep(1.5)


_PAGE = "<html>Sign in to the hotel's network</html>"

FAULTS = (
    _nowhere("refused", lambda port: f"http://127.0.0.1:{free_port()}"),
    _nowhere("DNS failure", lambda port: "https://no-such-host.invalid"),
    _nowhere("TLS failure", lambda port: f"https://127.0.0.1:{port}"),
    _proxied("proxy that is gone"),
    _unusable("certificates that are gone", REQUESTS_CA_BUNDLE="/no/such/company.pem"),
    _unusable("proxy wrongly written", HTTPS_PROXY=f"htp://somebody:{PROXY_PASSWORD}@proxy.invalid"),
    _broken("timeout", Say(before=_hang), late=True),
    _broken(
        "headers that break off", Say(raw=lambda connection: connection.write(b"HTTP/1.1 200 OK\r\nServer: x\r\n"))
    ),
    _broken("reset half-way", Say(raw=_reset)),
    _broken("hung up", Say("", cut=0)),
    _broken("slow drip", Say(raw=_drip), late=True),
    _broken("not unpackable", Say("no gzip", headers={"Content-Encoding": "gzip"})),
    _oauth("invalid_request"),
    _oauth("invalid_client", token=CredentialsRejected),
    _oauth("invalid_grant", refresh=NotLoggedIn),
    _oauth("unauthorized_client"),
    _oauth("unsupported_grant_type"),
    _oauth("unsupported_response_type"),
    _oauth("unsupported_token_type"),
    _oauth("invalid_scope"),
    _oauth("access_denied", authorize=AccessDenied),
    _oauth("server_error"),
    _oauth("temporarily_unavailable"),
    _oauth("an_error_of_its_own"),
    _status(401, CredentialsRejected),
    _status(403, CodeRejected),
    _status(404),
    _status(418),
    _status(429),
    _status(429, name="429, Retry-After: 0", Retry_After="0"),
    _status(429, name="429, Retry-After: 30", Retry_After="30"),
    _status(429, name="429, Retry-After: a date", Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
    _status(500),
    _status(503),
    _status(503, name="503, Retry-After: 30", Retry_After="30"),
    _status(302, name="redirect to another host", Location="http://evil.example/restapi"),
    _status(307, name="307 to another host", Location="http://evil.example/restapi"),
    _useless("HTML instead of JSON", Say(_PAGE, kind="text/html"), revoke=NOT_REVOKED),
    _useless("truncated JSON", Say('{"access_token": "access-token-')),
    _useless("wrong types", Say([{"access_token": 7}])),
    _useless("wrong types inside", Say({"access_token": ["a"], "token_type": 7, "expires_in": "soon"}), api=FINE),
    _useless("missing fields", Say({"token_type": "bearer"}), api=FINE),
    _useless("empty", Say(""), api=FINE),
    _useless("huge body", Say(" " * 300_000), revoke=NOT_REVOKED),
)

CELLS = [(fault, phase) for fault in FAULTS for phase in PHASES]


class Bench:
    """A session with its panel, on a server that can be told to fail."""

    def __init__(self) -> None:
        self.fake = FakePlatform()
        uri = f"http://localhost:{free_port()}{CALLBACK_PATH}"
        self.session = Session(scripted_environment(self.fake, uri))
        self.panel = LoginPanel(self.session)

    def close(self) -> None:
        self.panel.close()
        put_away(self.session)
        self.fake.stop()

    @contextlib.contextmanager
    def failing(self, fault: Fault, phase: Phase) -> Iterator[None]:
        """Let one endpoint fail."""
        platform = self.session.platform
        if fault.say is not None:
            self.fake.script[_PATHS[phase]] = fault.say
        if fault.server_url is not None:
            platform._server = fault.server_url(self.fake.port)
        try:
            with mock.patch.dict(os.environ, fault.variables), short_time() if fault.late else contextlib.nullcontext():
                yield
        finally:
            platform._server = self.fake.server_url
            self.fake.script.clear()

    def go_through(self, phase: Phase, fault: Fault) -> RingCentralError | str:
        """Do what the phase is about; return how it ends."""
        session = self.session
        if phase not in ("authorize", "token"):
            log_in(session)
        with self.failing(fault, phase):
            try:
                if phase == "authorize":
                    self._sign_in(fault)
                elif phase == "token":
                    attempt = session.begin_login()
                    page = bring(callback(attempt)).text
                    assert "Login failed" in page, "the browser's page says something else"
                    attempt.wait(timeout=SOON)
                elif phase == "API":
                    session.get(API_PATH)
                elif phase == "refresh":
                    session.refresh()
                else:
                    outcome = session.logout()
                    assert outcome.revoked or (outcome.why and outcome.cure), "the logout does not say why"
                    return REVOKED if outcome.revoked else NOT_REVOKED
            except RingCentralError as error:
                return error
        return FINE

    def _sign_in(self, fault: Fault) -> None:
        """What the browser does at a sign-in page that fails: it brings the error back, or never comes back."""
        attempt = self.session.begin_login(timeout=SOON if fault.error else 0.3)
        if fault.error:
            bring(callback(attempt, error=fault.error))
        elif fault.server_url is None:
            with contextlib.suppress(requests.RequestException):
                requests.get(attempt.authorize_url, timeout=0.2, allow_redirects=False)
        attempt.wait(timeout=SOON)

    def check_state(self, phase: Phase, got: RingCentralError | str) -> None:
        """The session says what is true, and nothing holds a secret."""
        session = self.session
        still_logged_in = phase == "API" or (phase == "refresh" and not isinstance(got, NotLoggedIn))
        assert session.logged_in == still_logged_in, "logged_in is not true"
        assert not session.login_pending, "a login is pending"
        assert bool(session.platform.auth().access_token()) == still_logged_in, "tokens kept or forgotten wrongly"
        texts = [session.exchanges.text(), repr(session), str(self.panel.view)]
        texts += [str(got), repr(got), repr(getattr(got, "__dict__", ""))]
        assert holds_secret("".join(texts)) == [], "a secret is shown"
        assert PROXY_PASSWORD not in "".join(texts), "the proxy's password is shown"
        if isinstance(got, RingCentralError):
            assert got.happened, "it does not say what happened"
            assert got.cure, "it does not say what to do"

    def check_usable(self) -> None:
        """With the fault gone, the panel logs in (again), calls and logs out."""
        eventually(lambda: not self.panel.view.get("busy"))
        if not self.session.logged_in:
            before = self.session.attempt
            self.panel._on_message(None, {"press": "login"}, [])
            eventually(lambda: self.session.attempt is not before and self.session.login_pending)
            assert "Login success" in bring(callback(self.session.attempt)).text
            eventually(lambda: self.session.logged_in)
        assert self.session.get(API_PATH) == {"path": API_PATH}, "the next call fails"
        eventually(lambda: "Logged in" in self.panel.view["status"]["text"])
        assert self.session.logout().revoked, "the next logout fails"


def short_time() -> contextlib.AbstractContextManager[object]:
    """The same limits of time, sooner."""
    return mock.patch.multiple(connections, ANSWER_SECONDS=0.3, TOTAL_SECONDS=0.6)


@contextlib.contextmanager
def small_limits() -> Iterator[None]:
    """The limit of an answer's size, sooner; and no pause before a second try."""
    with (
        mock.patch.object(connections, "MOST_BYTES", 100_000),
        mock.patch.object(sdk, "RETRY_PAUSE_SECONDS", 0.0),
    ):
        yield


def check(fault: Fault, phase: Phase) -> str:
    """Run one cell. Returns what it ended with, in a word; raises AssertionError when that is wrong."""
    bench = Bench()
    try:
        with small_limits():
            got = bench.go_through(phase, fault)
            word = got if isinstance(got, str) else type(got).__name__
            wanted = fault.expected(phase)
            assert (got if isinstance(got, str) else type(got)) == wanted, f"{word} instead of {_word(wanted)}"
            bench.check_state(phase, got)
            bench.check_usable()
    finally:
        bench.close()
    return word


def _word(expected: Expected) -> str:
    return expected if isinstance(expected, str) else expected.__name__


def main() -> int:
    """Run all cells and print the table."""
    wrong: list[str] = []
    began = time.monotonic()
    threads = threading.active_count()
    print(f"{'fault':30}" + "".join(f"{phase:23}" for phase in PHASES))
    for fault in FAULTS:
        print(f"{fault.name:30}", end="", flush=True)
        for phase in PHASES:
            try:
                word = check(fault, phase)
            except AssertionError as error:
                word = "WRONG"
                wrong.append(f"{fault.name}, {phase}: {error}")
            print(f"{word:23}", end="", flush=True)
        print()
    print(f"\n{len(CELLS) - len(wrong)} of {len(CELLS)} cells as expected, {time.monotonic() - began:.0f} s")
    print("\n".join(wrong), end="\n" if wrong else "")
    eventually(lambda: threading.active_count() <= threads)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
