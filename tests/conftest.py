"""What the tests of the helpers share: free ports, a raw HTTP client, a browser of a few lines, two servers.

The practice platform is one server; the other is a scripted one that also does what no server should.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import re
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, settings

from rc_nb_helpers import CallbackListener, Environment, LoginAttempt, RingCentralError, Session, sdk
from rc_nb_helpers.callback_page import Page
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.sdk import Platform

CALLBACK_PATH = "/oauth2callback"
SOON = 30.0
"""Seconds that anything here may take at most on a busy machine. What hangs, hangs for longer."""

# The machine is shared: what is slow is not wrong. Hypothesis would call it a failure.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

_ports: Iterator[int]


def take_ports_from(first: int) -> None:
    """Choose which ports :func:`free_port` gives: those of this process, in a range of 4,000.

    Below the range that the system hands out by itself, so that no outgoing connection takes one meanwhile; each of
    the processes that test at once (pytest-xdist: gw0, gw1, …) has its own.
    """
    global _ports
    first += int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4 * 1_000
    _ports = itertools.cycle(random.sample(range(first, first + 1_000), 1_000))


take_ports_from(20_000)


@pytest.fixture(scope="module")
def classroom() -> Iterator[PracticePlatform]:
    """A class on what this project takes for another machine."""
    with PracticePlatform(host="127.66.77.88", learners=3) as platform:
        yield platform


@pytest.fixture(autouse=True)
def _clean_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not reach the tests; nor may a proxy."""
    ours = re.compile(
        r"RC_(AUTOPILOT|CALLBACK_|ENV_DIRECTORY|SERVER_URL|REDIRECT_URL|CLIENT_|PRACTICE_|SANDBOX_|PRODUCTION_)"
    )
    for name in os.environ:
        if (
            ours.match(name)
            or name.lower().endswith("_proxy")
            or name.endswith("_CA_BUNDLE")
            or name.startswith("SSL_CERT_")
        ):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _main_module() -> Iterator[None]:
    """Who makes an IPython shell has it take the place of the program itself, which starts other processes."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh is tried again at once: that there is a pause is a test of its own."""
    monkeypatch.setattr(sdk, "RETRY_PAUSE_SECONDS", 0.0)


def free_port() -> int:
    """A port that is free on both loopback addresses."""
    for port in _ports:
        try:
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                with socket.socket(family) as probe:
                    probe.bind((address, port))
        except OSError:
            continue
        return port
    raise AssertionError("no free port")


def is_free(port: int) -> bool:
    """Whether a new program could listen on a port, on both loopback addresses."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
                probe.listen(1)
            except OSError:
                return False
    return True


def eventually(true: Callable[[], object], *, within: float = SOON) -> None:
    """Wait until something is true; fail when it does not become so."""
    until = time.monotonic() + within
    while not true():
        assert time.monotonic() < until, "it did not become true in time"
        time.sleep(0.01)


def parameters(url: str) -> dict[str, str]:
    """The query of a URL; each parameter once."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def state_of(attempt: LoginAttempt) -> str:
    return parameters(attempt.authorize_url)["state"]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def redirect_uri(port: int) -> str:
    return f"http://localhost:{port}{CALLBACK_PATH}"


# --- an HTTP client that sends exactly what it is told and logs nothing


@dataclass(frozen=True)
class Reply:
    """An answer, as it came over the wire."""

    status: int
    headers: dict[str, str]
    text: str


def ask(
    port: int,
    target: str,
    *,
    method: str = "GET",
    host: str | None = "",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    address: str = "127.0.0.1",
) -> Reply:
    """Send one request to a listener. ``host`` is ``localhost:port`` unless told; None leaves the header out."""
    connection = http.client.HTTPConnection(address, port, timeout=SOON)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        if host is not None:
            connection.putheader("Host", host or f"localhost:{port}")
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        )
    finally:
        connection.close()


def bring(callback_url: str) -> Reply:
    """Bring a callback to the listener, as the browser does at the end of a login."""
    parts = urlsplit(callback_url)
    assert parts.port
    return ask(parts.port, f"{parts.path}?{parts.query}", host=parts.netloc)


# --- a person with a browser


class Browser:
    """Signs a person in on the practice platform, up to the redirect, which it hands over instead of following."""

    def __init__(self, platform: PracticePlatform, *, who: int = 0) -> None:
        self._user = platform.users[who]

    def answer_of(self, authorize_url: str, decision: str = "allow") -> str:
        """Go through sign-in and consent; return the callback address that the server sends the browser to."""
        with requests.Session() as http:
            page = http.get(authorize_url, timeout=SOON)
            assert page.ok, page.text
            fields = {"username": self._user["username"], "password": self._user["password"]}
            page = http.post(*_form(page, fields), timeout=SOON)
            page = http.post(*_form(page, {"decision": decision}), timeout=SOON, allow_redirects=False)
            return urljoin(page.url, page.headers["Location"])

    def log_in(self, attempt: LoginAttempt) -> Reply:
        """Carry a login through; return the page that the browser ends on."""
        return bring(self.answer_of(attempt.authorize_url))


def _form(page: requests.Response, answers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Where the first form of a page goes, and its hidden fields together with the answers."""
    form = page.text.split("<form", 1)[1].split("</form>", 1)[0]
    action = re.search(r'action="([^"]*)"', form)
    assert action
    hidden = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form)
    assert all(f'name="{name}"' in form for name in answers), form
    return urljoin(page.url, action[1]), {**dict(hidden), **answers}


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    """The practice platform's clock."""
    return Clock()


@pytest.fixture
def practice(redirect_uri: str, clock: Clock) -> Iterator[PracticePlatform]:
    """A practice platform whose built-in app has this test's redirect URI."""
    with PracticePlatform(redirect_uris=[redirect_uri], clock=clock) as platform:
        yield platform


def environment_of(platform: PracticePlatform, **changes: str) -> Environment:
    """The built-in app of a practice platform."""
    return Environment(
        **{
            "name": "practice",
            "server_url": platform.server_url,
            "client_id": platform.client_id,
            "client_secret": platform.client_secret,
            "redirect_uri": platform.redirect_uris[0],
            **changes,
        }
    )


@pytest.fixture
def session(practice: PracticePlatform) -> Iterator[Session]:
    """A session on the practice platform. Whatever is pending at the end is cancelled."""
    session = Session(environment_of(practice))
    yield session
    put_away(session)


@pytest.fixture
def browser(practice: PracticePlatform) -> Browser:
    return Browser(practice)


@pytest.fixture
def logged_in(session: Session, browser: Browser) -> Session:
    """A session after a real login."""
    attempt = session.begin_login()
    browser.log_in(attempt)
    attempt.wait(timeout=SOON)
    return session


def put_away(session: Session) -> None:
    """Leave no listener, timer or exchange behind."""
    if session.attempt:
        session.attempt.cancel()


# --- a server that does as it is told


@dataclass(frozen=True)
class Seen:
    """A request that the scripted server got."""

    method: str
    target: str
    headers: dict[str, str]
    body: str

    @property
    def path(self) -> str:
        return self.target.split("?")[0]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body, keep_blank_values=True))

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)


@dataclass
class Say:
    """What the scripted server answers.

    ``before`` runs first; ``cut`` hangs up after that many bytes of the body; ``raw`` writes the whole answer itself.
    """

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    before: Callable[[], object] = lambda: None
    cut: int | None = None
    raw: Callable[[BinaryIO], object] | None = None


Script = Say | Callable[[Seen], Say]

TOKEN_PATH = "/restapi/oauth/token"
REVOKE_PATH = "/restapi/oauth/revoke"
CLIENT_ID = "client-id-of-the-test"
CLIENT_SECRET = "client-secret-K7pQ"
CODE = "authorization-code-Zx81"


class FakePlatform:
    """A generic OAuth server in a few lines: it speaks RFC 6749 shapes only, and any script you give it."""

    def __init__(self) -> None:
        self.script: dict[str, Script] = {}
        self.seen: list[Seen] = []
        self._count = itertools.count(1)
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True  # the client gave up: that is its test

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                # Not self.path: http.server hides a doubled slash there.
                seen = Seen(
                    self.command,
                    self.requestline.split(" ")[1],
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length).decode(),
                )
                fake.seen.append(seen)
                say = fake.answer_to(seen)
                say.before()
                self.close_connection = True
                if say.raw:
                    say.raw(self.wfile)
                    return
                content = (say.body if isinstance(say.body, str) else json.dumps(say.body)).encode()
                self.send_response(say.status)
                self.send_header("Content-Type", say.kind)
                self.send_header("Content-Length", str(len(content)))
                for name, value in say.headers.items():
                    self.send_header(name, value)
                if say.cut is None or say.cut > 0:
                    self.end_headers()
                    self.wfile.write(content[: say.cut])

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.server_url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def answer_to(self, seen: Seen) -> Say:
        script = self.script.get(seen.path)
        if script is not None:
            return script if isinstance(script, Say) else script(seen)
        if seen.path == TOKEN_PATH:
            return Say(self.tokens())
        if seen.path == REVOKE_PATH:
            return Say("")
        return Say({"path": seen.path})

    def tokens(self, **changes: Any) -> dict[str, Any]:
        """The next pair of tokens: no field that RFC 6749 §5.1 does not know."""
        number = next(self._count)
        return {
            "access_token": f"access-token-{number}-Yw5",
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": f"refresh-token-{number}-Qv9",
            "scope": "ReadAccounts",
            **changes,
        }

    def calls(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def stop(self) -> None:
        """Stop answering and free the port: from now on nothing answers there."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def scripted_environment(fake: FakePlatform, redirect_uri: str) -> Environment:
    """The app of a scripted server."""
    return Environment(
        name="elsewhere",
        server_url=fake.server_url,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri=redirect_uri,
    )


@pytest.fixture(scope="module")
def shared_fake() -> Iterator[FakePlatform]:
    """One scripted server for all tests of a module: each looks only at what came during it."""
    fake = FakePlatform()
    yield fake
    fake.stop()


@pytest.fixture
def hostile_cases_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of hostile cases is about seconds; in tests, slow is not wrong. What hangs, hangs for longer."""
    from .tables import hostile_cases

    monkeypatch.setattr(hostile_cases, "ONE_SECOND", SOON)


@pytest.fixture
def fake() -> Iterator[FakePlatform]:
    fake = FakePlatform()
    yield fake
    fake.stop()


@pytest.fixture
def fake_environment(fake: FakePlatform, redirect_uri: str) -> Environment:
    return scripted_environment(fake, redirect_uri)


@pytest.fixture
def fake_session(fake_environment: Environment) -> Iterator[Session]:
    session = Session(fake_environment)
    yield session
    put_away(session)


def callback(attempt: LoginAttempt, **changes: str) -> str:
    """A callback address for an attempt, as the scripted server would send the browser to."""
    asked = parameters(attempt.authorize_url)
    query = {"code": CODE, "state": asked["state"], **changes}
    return asked["redirect_uri"] + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def log_in(session: Session) -> None:
    """Log in on the scripted server."""
    attempt = session.begin_login()
    attempt.submit(callback(attempt))
    attempt.wait(timeout=SOON)


SECRETS = (CLIENT_SECRET, CODE, "access-token-", "refresh-token-", "Y2xpZW50LWlk")
"""What must not be shown anywhere; the last is the beginning of the Basic credentials."""


def holds_secret(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


# --- our Platform, on the scripted server

ACCOUNT = "/restapi/v1.0/account/~"
VERIFIER = "v" * 43


@pytest.fixture
def platform(fake_environment: Environment) -> Platform:
    return Platform(fake_environment)


@pytest.fixture
def ready(platform: Platform, fake: FakePlatform) -> Platform:
    """A platform after a login; what the server saw of it is forgotten."""
    platform.login(code=CODE, verifier=VERIFIER)
    fake.seen.clear()
    return platform


def expire(platform: Platform, *, refresh_token: bool = False) -> None:
    platform.auth().set_data({"expire_time": time.time() - 1})
    if refresh_token:
        platform.auth().set_data({"refresh_token_expire_time": time.time() - 1})


def login_as(platform: Platform, fake: FakePlatform, **ids: str) -> None:
    fake.script[TOKEN_PATH] = Say(fake.tokens(**ids))
    platform.login(code=CODE)


def failure(action: Callable[[], object]) -> RingCentralError:
    """The error of an action, after a look whether anything of it shows a secret."""
    with pytest.raises(RingCentralError) as caught:
        action()
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + str(error) + repr(error) + repr(vars(error))
    assert holds_secret(shown) == []
    assert str(error)
    return error


# --- our listener, without a login behind it

GENUINE_TARGET = f"{CALLBACK_PATH}?code=abc&state=xyz"


class Inbox:
    """Takes what the listener delivers, and answers with one page."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.page: Future[Page] = Future()
        self.page.set_result(Page("Login success", "Well done.", done=True))

    def __call__(self, query: str) -> Future[Page]:
        self.queries.append(query)
        return self.page


@pytest.fixture
def inbox(port: int) -> Iterator[Inbox]:
    """The inbox of a listener that is open on ``port``."""
    inbox = Inbox()
    listening = CallbackListener(f"http://localhost:{port}{CALLBACK_PATH}", inbox)
    listening.open()
    yield inbox
    listening.close()


@pytest.fixture
def attempt(fake_session: Session) -> LoginAttempt:
    """A login that waits, on the scripted server."""
    return fake_session.begin_login()
