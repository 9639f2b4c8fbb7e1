"""The hostile cases: what may reach a callback listener besides the answer it waits for, as one table.

    python -m tests.tables.hostile_cases            our listener: case | expected | got; exit code 1 if one fails
    python -m tests.tables.hostile_cases --socket   the same through a private socket, as behind a hub
    python -m tests.tables.hostile_cases --server   the same through a Jupyter server with our extension
    python -m tests.tables.hostile_cases --peers    the same table over other tools' listeners, where they are installed

Each case does something to a *receiver*: anything that opens a port and tells which address the browser should visit.
The judge is the token endpoint: it sees which codes a receiver believed. Almost every case ends with the genuine
callback, which must win within a second, exactly once; then the port and the threads must be gone within a second.

The answers' HTTP statuses are judged for our own listener only: other tools may word a refusal as they like.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import logging
import os
import re
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Protocol
from unittest import mock
from urllib.parse import parse_qsl, quote, urlsplit

import psutil

from rc_nb_helpers import LoginAttempt, RingCentralError, Session
from rc_nb_helpers import attempt as attempt_module
from rc_nb_helpers.loopback import answers
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.redirection_endpoint import PATH_VARIABLE, SOCKETS_VARIABLE, socket_path

from ..conftest import (
    CALLBACK_PATH,
    CLIENT_SECRET,
    Browser,
    FakePlatform,
    Reply,
    environment_of,
    free_port,
    is_free,
    scripted_environment,
)
from ..jupyter_server import TOKEN, Server, jupyter_server

GENUINE = "genuine-code-T4x"
EVIL = "evil-code-R8w"
CLOSE = "Connection: close\r\n"
ONE_SECOND = 1.0
PATIENCE = 2.0
"""How long an answer may take before it counts as none."""

POLLS = 2.5
"""Some receivers look only once a second whether the answer has come."""

SHORT_LINGER = 0.05
"""Our listener stays half a second for reloads; a hundred cases are quicker when it does not."""

TELLS_NOTHING, HANGS = 0, -1
OK = "ok"


class Failure(AssertionError):
    """A case did not go as expected; the text is what the table shows."""


def expect(true: object, otherwise: str) -> None:
    """Go on, or fail with some words for the table."""
    if not true:
        raise Failure(otherwise)


# --- receivers


class Receiver(Protocol):
    """Something that waits on a port for the answer of a login, and then exchanges the code."""

    name: str
    strict: bool
    pid: int

    def open(self, port: int) -> str:
        """Begin a login; return the address that the browser should visit."""

    def outcome(self) -> str:
        """``""`` while it waits, ``"logged in"``, or why it gave up."""

    def leftovers(self) -> list[str]:
        """What has not been put away: names of threads."""

    def close(self) -> None:
        """Give up, whatever the state."""


OUR_THREADS = ("callback-listener", "code-exchange", "autopilot")


class Ours:
    """The real thing: a session that logs in on a scripted server."""

    name = "rc-nb-helpers"
    strict = True
    pid = os.getpid()

    def __init__(self, fake: FakePlatform, *, linger: float = SHORT_LINGER, sockets: Path | None = None) -> None:
        self.fake = fake
        self.sockets = sockets
        self._redirect_uri = ""
        # The extension's path is the very one that is registered for the port: all else is then the same.
        told = {SOCKETS_VARIABLE: str(sockets), PATH_VARIABLE: CALLBACK_PATH} if sockets else {}
        self._server_tells = mock.patch.dict(os.environ, told)
        self._linger = mock.patch.object(attempt_module, "LINGER_SECONDS", linger)
        self._before: set[threading.Thread] = set()
        self.session: Session | None = None
        self.attempt: LoginAttempt | None = None

    def open(self, port: int) -> str:
        if not self._before:
            self._before = set(threading.enumerate())
            self._linger.start()
        redirect_uri = self._redirect_uri or f"http://localhost:{port}{CALLBACK_PATH}"
        self.session = Session(scripted_environment(self.fake, redirect_uri))
        if self.sockets and self.attempt:
            self.attempt.cancel()  # there it is in nobody's way, and would wait on
        with self._server_tells:
            self.attempt = self.session.begin_login()
        return self.attempt.authorize_url

    def outcome(self) -> str:
        if self.attempt is None or self.attempt.state in ("waiting", "exchanging"):
            return ""
        return "logged in" if self.session and self.session.logged_in else type(self.attempt.error).__name__

    def leftovers(self) -> list[str]:
        new = set(threading.enumerate()) - self._before
        return [thread.name for thread in new if thread.name in OUR_THREADS or isinstance(thread, threading.Timer)]

    def close(self) -> None:
        if self.attempt:
            self.attempt.cancel()
        if self._before:
            self._linger.stop()
            self._before = set()


class Behind(Ours):
    """The same behind a real Jupyter server: whoever comes is signed in to it, so only the server is in their way."""

    name = "rc-nb-helpers behind Jupyter"
    server_decides = re.compile(
        "L32 |L15 /favicon|genuine callback with a Host in capitals|"  # where it listens; its own icon; its own names
        "L20 5000 headers|TLS|UTF-16|L22 endless chunks|Expect|"  # how much it takes, how long it waits
        "a second request behind the first"  # it keeps connections: that is one more request of somebody signed in
    )
    """The cases that the server decides by itself, before the extension hears of them."""

    def __init__(self, fake: FakePlatform, server: Server) -> None:
        super().__init__(fake, sockets=server.sockets)
        self.server = server
        self._redirect_uri = server.redirect_uri
        self._server_tells = mock.patch.dict(os.environ, server.variables)


# --- one login that something happens to


class Scene:
    """A receiver that waits, and everything one may throw at it."""

    def __init__(self, receiver: Receiver, fake: FakePlatform) -> None:
        self.receiver, self.fake = receiver, fake
        self.server: Server | None = getattr(receiver, "server", None)
        self.port = self.server.port if self.server else free_port()
        self.open()

    def open(self) -> None:
        """Let the receiver begin a login, or another one."""
        self._seen = len(self.fake.seen)
        url = self.receiver.open(self.port)
        asked = dict(parse_qsl(urlsplit(url).query))
        self.state = asked.get("state", "")
        self.form_post = asked.get("response_mode") == "form_post"
        redirect_uri = urlsplit(asked["redirect_uri"])
        self.netloc, self.path = redirect_uri.netloc, redirect_uri.path or "/"

    @property
    def private(self) -> Path | None:
        """The private socket of the login that waits; None at a port."""
        folder = getattr(self.receiver, "sockets", None)
        return socket_path(folder, self.state) if folder else None

    @property
    def accepted(self) -> list[str]:
        """The codes that the receiver believed, in order."""
        return [seen.form["code"] for seen in self.fake.seen[self._seen :] if "code" in seen.form]

    def query(self, code: str = EVIL) -> str:
        return f"code={code}&state={self.state}"

    def request(
        self,
        target: str | None = None,
        *,
        method: str = "GET",
        host: str | None = "",
        headers: str = "",
        body: str | bytes = b"",
        version: str = "HTTP/1.1",
    ) -> bytes:
        """The bytes of a request: unless told otherwise, an evil code that comes with the right state.

        Args:
            target: Request target; the callback path with an evil code.
            method: Request method.
            host: ``Host`` header; the right one when empty, none when None.
            headers: More header lines, each with its CR LF.
            body: Sent after the headers, without a Content-Length of its own.
            version: Protocol version.
        """
        target = target or f"{self.path}?{self.query()}"
        if self.form_post and method == "GET" and "?" in target and not body:
            target, _, query = target.partition("?")  # a stranger would do as the server does
            method, body, headers = "POST", query, f"{headers}Content-Length: {len(query.encode())}\r\n"
        line = f"{method} {target} {version}\r\n"
        hosts = "" if host is None else f"Host: {host.format(port=self.port) if host else self.netloc}\r\n"
        content = body if isinstance(body, bytes) else body.encode()
        if self.server:
            hosts += f"Authorization: token {TOKEN}\r\n{'' if 'Connection' in headers else CLOSE}"
        return f"{line}{hosts}{headers}\r\n".encode() + content

    def callback(self, query: str) -> bytes:
        """A callback with this query, in the way that the receiver has asked for."""
        if not self.form_post:
            return self.request(f"{self.path}?{query}", headers="Connection: close\r\n")
        head = f"Connection: close\r\nContent-Length: {len(query)}\r\nContent-Type: application/x-www-form-urlencoded"
        return self.request(self.path, method="POST", headers=f"{head}\r\n", body=query)

    def connect(self, address: str = "127.0.0.1") -> socket.socket:
        """A connection; a receiver that is gone, or deaf, is a failure."""
        try:
            if self.server or not self.private:
                return socket.create_connection((address, self.port), timeout=PATIENCE)
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            connection.connect(str(self.private))
            return connection
        except OSError as error:
            raise Failure(f"nobody there ({self.receiver.outcome() or type(error).__name__})") from None

    def send(self, raw: bytes, *, address: str = "127.0.0.1", pieces: int = 1) -> Reply:
        """Send bytes and read the answer to its end. Its status is 0 when there is none."""
        with self.connect(address) as connection:
            with contextlib.suppress(OSError):  # a listener may hang up before it has heard it all
                size = max(1, -(-len(raw) // pieces))
                for start in range(0, len(raw), size):
                    connection.sendall(raw[start : start + size])
                    if pieces > 1:
                        time.sleep(0.005)
            return read_reply(connection)

    def refuses(self, reply: Reply, *statuses: int) -> None:
        """An answer must have one of these statuses; and must never hold the evil code."""
        if self.receiver.strict:
            # The server refuses in its own way what never comes to us.
            refused = reply.status >= 400 or reply.status == TELLS_NOTHING
            expect(refused if self.server else reply.status in statuses, f"answered {reply.status}")
            expect(EVIL not in reply.text, "shows the code")
            expect(not [n for n in reply.headers if n.startswith("access-control")], "lets other pages read")
        expect(EVIL not in self.accepted, "took the stranger's code")

    def wins(self, raw: bytes | None = None, *, address: str = "127.0.0.1", pieces: int = 1) -> Reply:
        """The point of every case: the genuine callback still gets through, within a second, exactly once."""
        expect(self.accepted == [], "took the stranger's code")
        expect(not self.receiver.outcome(), f"gave up: {self.receiver.outcome()}")
        began = time.monotonic()
        reply = self.send(raw or self.callback(self.query(GENUINE)), address=address, pieces=pieces)
        took = time.monotonic() - began
        expect(reply.status != HANGS, "hangs")
        expect(took < ONE_SECOND, f"took {took:.1f} s")
        expect(reply.status != TELLS_NOTHING, "hangs up on the genuine callback")
        expect(reply.status == 200, f"answers the genuine callback with {reply.status}")
        self.logged_in()
        return reply

    def logged_in(self, within: float = POLLS) -> None:
        """The genuine code, and no other, has been exchanged."""
        until = time.monotonic() + (ONE_SECOND if self.receiver.strict else within)
        while not self.receiver.outcome() and time.monotonic() < until:
            time.sleep(0.005)
        expect(EVIL not in self.accepted, "took the stranger's code")
        expect(self.receiver.outcome() == "logged in", self.receiver.outcome() or "still waits")
        expect(self.accepted == [GENUINE], f"{len(self.accepted)} exchanges")

    def refused(self) -> None:
        """The login has ended with the server's no, and no code was exchanged."""
        until = time.monotonic() + POLLS
        while not self.receiver.outcome() and time.monotonic() < until:
            time.sleep(0.005)
        expect(self.receiver.outcome(), "still waits")
        expect(self.receiver.outcome() != "logged in", "logged in")
        expect(self.accepted == [], "exchanged a code")

    def gone(self) -> None:
        """A second after the end there is no port and no thread left, and nothing was exchanged twice."""
        codes = self.accepted
        until = time.monotonic() + ONE_SECOND
        while self.taken() or self.receiver.leftovers():
            expect(time.monotonic() < until, "port still taken" if self.taken() else "threads left")
            time.sleep(0.01)
        expect(self.accepted == codes, "exchanged again")

    def taken(self) -> bool:
        """Whether somebody listens; for ours, whether anything at all keeps the port from a new program."""
        if self.private:
            return self.private.exists()
        return not is_free(self.port) if self.receiver.strict else answers("127.0.0.1", self.port)

    @contextlib.contextmanager
    def bounded(self, *, threads: int = 10, megabytes: float = 30) -> Iterator[None]:
        """What happens inside may cost a few threads and some memory, whatever its number."""
        process = psutil.Process(self.receiver.pid)
        before, memory = process.num_threads(), process.memory_info().rss
        yield
        more, grown = process.num_threads() - before, (process.memory_info().rss - memory) / 1e6
        expect(more <= threads, f"{more} threads more")
        expect(grown <= megabytes, f"{grown:.0f} MB more")


def read_reply(connection: socket.socket) -> Reply:
    """What comes over a connection until it is closed."""
    received = b""
    until = time.monotonic() + PATIENCE
    try:
        while True:
            connection.settimeout(max(0.001, until - time.monotonic()))
            part = connection.recv(65536)
            if not part:
                break
            received += part
    except TimeoutError:
        if not received:
            return Reply(HANGS, {}, "")
    except OSError:
        pass
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/1\.[01] (\d{3})", first)
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Reply(int(status[1]) if status else TELLS_NOTHING, headers, body.decode("utf-8", "replace"))


def reset(connection: socket.socket) -> None:
    """Close a connection so that the other side gets a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# --- cases


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: Its number among the measured cases, if it has one, and what happens.
        expected: What should come of it.
        act: Makes it happen and says whether it did. The scene's login is waiting when it begins.
        ours_only: Whether other receivers have nothing to compare.
        port_only: Whether it is about the port itself.
    """

    name: str
    expected: str
    act: Callable[[Scene], object]
    ours_only: bool = False
    port_only: bool = False


CASES: list[Case] = []


def case(
    name: str, expected: str, *, ours_only: bool = False, port_only: bool = False
) -> Callable[[Callable[[Scene], object]], None]:
    """Add a function to the table."""
    return lambda act: CASES.append(Case(name, expected, act, ours_only, port_only))


def hostile(name: str, make: Callable[[Scene], bytes], *statuses: int, pieces: int = 1) -> None:
    """Add a case in which one request comes first, is refused, and the genuine callback wins."""

    def act(scene: Scene) -> None:
        scene.refuses(scene.send(make(scene), pieces=pieces), *statuses)
        scene.wins()

    words = "/".join(str(status) if status > 0 else "hangs up" for status in statuses)
    CASES.append(Case(name, f"{words}, then genuine wins", act))


def run(case: Case, receiver: Receiver, fake: FakePlatform) -> str:
    """Put a receiver through one case; return ``"ok"`` or what went wrong."""
    scene = None
    try:
        scene = Scene(receiver, fake)
        case.act(scene)
        scene.gone()
    except Failure as failure:
        if not receiver.strict:
            time.sleep(0.2)  # it may be a process of its own, which still exchanges what it believed
            why = receiver.outcome()
            if scene and EVIL in scene.accepted:
                return "took the stranger's code"
            return f"{failure} ({why})" if why and why not in str(failure) else str(failure)
        return str(failure)
    except RingCentralError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        receiver.close()
    return OK


# What a genuine callback may look like.


@case("L01 genuine callback with extras", "200, once")
def _(scene: Scene) -> None:
    scene.wins(scene.callback(f"{scene.query(GENUINE)}&expires_in=60&unknown=%C3%A9"))


@case("genuine callback with a question mark in a value", "200, once")
def _(scene: Scene) -> None:
    scene.wins(scene.callback(f"{scene.query(GENUINE)}&note=why?&code_x=1"))


@case("L32 genuine callback over IPv6", "200, once")
def _(scene: Scene) -> None:
    scene.wins(address="::1")


@case("genuine callback in 40 slow pieces", "200, once")
def _(scene: Scene) -> None:
    scene.wins(pieces=40)


@case("genuine callback with 10 kB of other programs' cookies", "200, once")
def _(scene: Scene) -> None:
    # Cookies do not know ports: whatever ran on localhost before has left some.
    raw = scene.callback(scene.query(GENUINE))
    scene.wins(raw.replace(b"\r\nConnection", b"\r\nCookie: " + b"a=b; " * 2000 + b"\r\nConnection", 1))


@case("genuine callback with HTTP/1.0", "200, once")
def _(scene: Scene) -> None:
    scene.wins(scene.callback(scene.query(GENUINE)).replace(b"HTTP/1.1", b"HTTP/1.0", 1))


@case("genuine callback with a Host in capitals", "200, once")
def _(scene: Scene) -> None:
    scene.wins(scene.callback(scene.query(GENUINE)).replace(b"localhost", b"LocalHost", 1))


@case("genuine callback as a browser navigates", "200, once")
def _(scene: Scene) -> None:
    headers = (
        "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-User: ?1\r\n"
        "Upgrade-Insecure-Requests: 1\r\nReferer: https://login.ringcentral.com/\r\nConnection"
    )
    scene.wins(scene.callback(scene.query(GENUINE)).replace(b"Connection", headers.encode(), 1))


@case("genuine callback of a browser that does not read the page", "logged in, port given back")
def _(scene: Scene) -> None:
    with scene.connect() as browser:
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        browser.sendall(scene.callback(scene.query(GENUINE)))
        scene.logged_in()
        scene.gone()


@case("genuine callback of a browser that stops sending", "logged in")
def _(scene: Scene) -> None:
    with scene.connect() as browser:
        browser.sendall(scene.callback(scene.query(GENUINE)))
        browser.shutdown(socket.SHUT_WR)
        scene.logged_in()


@case("genuine callback twice on one connection", "one exchange")
def _(scene: Scene) -> None:
    with scene.connect() as browser:
        browser.sendall(scene.callback(scene.query(GENUINE)) * 2)
        scene.logged_in()


@case("L11 genuine callback three times at once", "the same page thrice, one exchange")
def _(scene: Scene) -> None:
    with contextlib.ExitStack() as stack:
        browsers = [stack.enter_context(scene.connect()) for _ in range(3)]
        for browser in browsers:
            browser.sendall(scene.callback(scene.query(GENUINE)))
        replies = [read_reply(browser) for browser in browsers]
    scene.logged_in()
    expect([reply.status for reply in replies] == [200] * 3, "not every one was answered")
    if scene.receiver.strict:
        expect(all("Login success" in reply.text for reply in replies), "says something else")


@case("L05 another code with the same state after the first", "never exchanged")
def _(scene: Scene) -> None:
    scene.wins()
    with contextlib.suppress(Failure):
        scene.send(scene.callback(scene.query(EVIL)))
    scene.logged_in()


# Answers of strangers.


def stranger(name: str, query: str) -> None:
    """Add a case in which a callback comes that is not this login's; {state} is the right state."""

    def act(scene: Scene) -> None:
        reply = scene.send(scene.callback(query.replace("{state}", scene.state)))
        scene.refuses(reply, 400)
        if scene.receiver.strict and not scene.server:  # which knows of no login with this state
            expect("The login goes on." in reply.text, "does not say that the login goes on")
        scene.wins()

    CASES.append(Case(name, "400, the login goes on, then genuine wins", act))


stranger("L02 wrong state", f"code={EVIL}&state=wrong")
stranger("L02 state with a letter more", f"code={EVIL}&state={{state}}x")
stranger("L03 no state", f"code={EVIL}")
stranger("L04 empty state", f"code={EVIL}&state=")
stranger("L04 state twice", f"code={EVIL}&state={{state}}&state={{state}}")
stranger("L04 wrong and right state", f"code={EVIL}&state=wrong&state={{state}}")
stranger("L04 right and wrong state", f"code={EVIL}&state={{state}}&state=wrong")
stranger("L04 state twice, one name encoded", f"code={EVIL}&state={{state}}&st%61te=wrong")
stranger("state that is not ASCII", f"code={EVIL}&state=%C3%A9%F0%9F%98%80")
stranger("state that is not UTF-8", f"code={EVIL}&state=%FF%FE")
stranger("state with NUL", f"code={EVIL}&state={{state}}%00")
stranger("state as a list", f"code={EVIL}&state[]={{state}}")
stranger("L06 no code", "state={state}")
stranger("L06 empty code", "code=&state={state}")
stranger("L06 nothing", "")
stranger("L07 code twice", f"code={EVIL}&code=x&state={{state}}")
stranger("L07 code twice, one name encoded", f"code={EVIL}&c%6Fde=x&state={{state}}")
stranger("L10 error without state", "error=access_denied")
stranger("L10 error with a wrong state", "error=access_denied&state=wrong")
stranger("L14 another server's issuer", f"code={EVIL}&state={{state}}&iss=https://evil.example")
stranger("L14 empty issuer", f"code={EVIL}&state={{state}}&iss=")
stranger("200 parameters", f"code={EVIL}&state={{state}}" + "".join(f"&p{n}=1" for n in range(200)))
stranger("parameters parted by semicolons", f"code={EVIL};state={{state}}")
stranger("question mark in the query", f"x=?code={EVIL}&state={{state}}")


@case("L12 answer to an earlier login", "400 and told so, then genuine wins")
def _(scene: Scene) -> None:
    older = scene.callback(scene.query(EVIL))
    earlier = scene.state
    scene.open()
    expect(scene.state != earlier, "the state is always the same")
    reply = scene.send(older)
    scene.refuses(reply, 400)
    if scene.receiver.strict and not scene.server:
        expect("belongs to another login" in reply.text, "does not say so")
    scene.wins()


@case("L05 state has 128 bits and is new for each login", "43 letters, another each time")
def _(scene: Scene) -> None:
    first = scene.state
    scene.receiver.close()
    scene.open()
    expect(first != scene.state, "the state is always the same")
    # 22 letters of base64 hold 132 bits.
    expect(len(scene.state) >= 22, f"{len(scene.state)} letters")
    scene.wins()


@case("L08 code and error together", "a refusal; the code is never exchanged")
def _(scene: Scene) -> None:
    scene.send(scene.callback(f"code={EVIL}&error=access_denied&state={scene.state}"))
    scene.refused()


@case("L09 refusal with the right state", "a refusal, and the page says so")
def _(scene: Scene) -> None:
    reply = scene.send(scene.callback(f"error=access_denied&state={scene.state}"))
    scene.refused()
    praise = re.search(r"success|complete", re.sub(r"not|unsuccessful", "", reply.text.lower()))
    expect(not praise, "the page speaks of success")


@case(
    "L13 right state, code of another login (PKCE)",
    "the exchange fails, nothing is stored",
    ours_only=True,
    port_only=True,
)
def _(scene: Scene) -> None:
    scene.receiver.close()
    uri = f"http://localhost:{scene.port}{CALLBACK_PATH}"
    with PracticePlatform(redirect_uris=[uri]) as platform:
        session = Session(environment_of(platform))
        browser = Browser(platform)
        stolen = dict(parse_qsl(urlsplit(browser.answer_of(session.begin_login().authorize_url)).query))["code"]
        attempt = session.begin_login()
        state = dict(parse_qsl(urlsplit(attempt.authorize_url).query))["state"]
        reply = scene.send(scene.request(f"{CALLBACK_PATH}?code={stolen}&state={state}"))
        expect("Login failed" in reply.text, "the page does not say so")
        expect(type(attempt.error).__name__ == "CodeRejected", f"ended with {attempt.error!r}")
        expect(not session.logged_in, "logged in")


# Requests for something else.

for path in (
    "/",
    "/favicon.ico",
    "/robots.txt",
    "/apple-touch-icon.png",
    "/.well-known/appspecific/com.chrome.devtools.json",
    "/favicon.ico?code=evil",
):
    hostile(f"L15 {path}", lambda scene, path=path: scene.request(path), 404)

hostile("L23 slash behind", lambda scene: scene.request(f"{scene.path}/?{scene.query()}"), 404)
hostile("L23 slash before", lambda scene: scene.request(f"/{scene.path}?{scene.query()}"), 404)
hostile("L23 in capitals", lambda scene: scene.request(f"{scene.path.upper()}?{scene.query()}"), 404)
hostile("L23 with a capital", lambda scene: scene.request(f"{scene.path.title()}?{scene.query()}"), 404)
hostile("L23 /x/..", lambda scene: scene.request(f"/x/..{scene.path}?{scene.query()}"), 404)
hostile("L23 one letter encoded", lambda scene: scene.request(f"/%{ord('o'):x}auth2callback?{scene.query()}"), 404)
hostile("L23 /%2e", lambda scene: scene.request(f"/%2e{scene.path}?{scene.query()}"), 404)
hostile("L23 ;x", lambda scene: scene.request(f"{scene.path};x?{scene.query()}"), 404)
hostile("L23 %00", lambda scene: scene.request(f"{scene.path}%00?{scene.query()}"), 404)
hostile("L23 backslash", lambda scene: scene.request(f"\\{scene.path[1:]}?{scene.query()}"), 404)
hostile("L23 no slash", lambda scene: scene.request(f"{scene.path[1:]}?{scene.query()}"), 404)
hostile("L23 *", lambda scene: scene.request("*"), 404)
hostile("L23 /../../../etc/passwd", lambda scene: scene.request("/../../../etc/passwd"), 404)
hostile("L23 only a query", lambda scene: scene.request(f"?{scene.query()}"), 404)
hostile(
    "absolute-form target of this host",
    lambda scene: scene.request(f"http://{scene.netloc}{scene.path}?{scene.query()}"),
    *(400, 404),
)
hostile(
    "absolute-form target of another host",
    lambda scene: scene.request(f"http://evil.example{scene.path}?{scene.query()}"),
    *(400, 404),
)
hostile(
    "absolute-form target of this host, other Host",
    lambda scene: scene.request(f"http://{scene.netloc}{scene.path}?{scene.query()}", host="evil.example"),
    *(400, 404),
)
hostile(
    "target of two URLs",
    lambda scene: scene.request(f"http://evil.example@{scene.netloc}{scene.path}?{scene.query()}"),
    *(400, 404),
)

# Methods.

for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "CONNECT", "get", "GeT", "G\u00c9T"):
    number = "L21" if method == "HEAD" else "L22"
    hostile(f"{number} {method}", lambda scene, method=method: scene.request(method=method), 405, 400)


@case("L22 POST, PUT and the others are told what is allowed", "405, Allow: GET", ours_only=True)
def _(scene: Scene) -> None:
    for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        reply = scene.send(scene.request(method=method, headers="Content-Length: 0\r\n"))
        expect((reply.status, reply.headers.get("allow")) == (405, "GET"), f"{method}: {reply.status}")
    scene.wins()


hostile(
    "L22 POST with a code in its body",
    lambda scene: scene.request(method="POST", headers="Content-Length: 13\r\n", body=b"code=evil-cod"),
    405,
)
hostile(
    "L22 GET that says it is a POST",
    lambda scene: scene.request(
        method="POST", headers="X-HTTP-Method-Override: GET\r\nX-HTTP-Method: GET\r\nContent-Length: 0\r\n"
    ),
    405,
)
hostile(
    "L22 body of 10 GB announced",
    lambda scene: scene.request(method="POST", headers="Content-Length: 9999999999\r\n"),
    *(400, 405, 413, TELLS_NOTHING),
)
hostile(
    "L22 body of 1 MB sent",
    lambda scene: scene.request(method="POST", headers="Content-Length: 1000000\r\n", body=b"x" * 1_000_000),
    *(400, 405, 413, TELLS_NOTHING),
)
hostile(
    "L22 endless chunks",
    lambda scene: scene.request(
        method="POST", headers="Transfer-Encoding: chunked\r\n", body=b"400\r\n" + b"x" * 1024 + b"\r\n1\r\nx"
    ),
    *(400, 405, 413, TELLS_NOTHING),
)

# Whose name is in the Host header.

for host in (
    "evil.example:{port}",
    "evil.example",
    "localhost.evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "localhost:1",
    "localhost:{port}.evil.example",
    "localhost:{port}:80",
    "localhost.:{port}",
    "localhost:0{port}",
    "[::1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "0.0.0.0:{port}",
    "2130706433:{port}",
    "evil@localhost:{port}",
    "localhost\u00e9:{port}",
    ":{port}",
    " ",
):
    hostile(f"L24 Host {host.strip() or 'blank'}", lambda scene, host=host: scene.request(host=host), 400)

hostile("L24 no Host", lambda scene: scene.request(host=None), 400)
hostile("L24 the address where the name is registered", lambda scene: scene.request(host=_other_name(scene)), 400)
hostile("L24 no port", lambda scene: scene.request(host=scene.netloc.split(":")[0]), 400)
hostile("L24 two Hosts, evil second", lambda scene: scene.request(headers="Host: evil.example\r\n"), 400)
hostile(
    "L24 two Hosts, evil first",
    lambda scene: scene.request(host="evil.example", headers=f"Host: {scene.netloc}\r\n"),
    400,
)
hostile(
    "L24 Host folded over two lines",
    lambda scene: scene.request(host=None, headers=f"Host: evil.example\r\n {scene.netloc}\r\n"),
    400,
)
hostile(
    "headers of a proxy",
    lambda scene: scene.request(
        host="evil.example",
        headers=f"X-Forwarded-Host: {scene.netloc}\r\nForwarded: host={scene.netloc}\r\nX-Real-IP: ::1\r\n"
        f"X-Host: {scene.netloc}\r\nVia: 1.1 proxy\r\n",
    ),
    400,
)
hostile(
    "headers that rewrite the path",
    lambda scene: scene.request(
        "/elsewhere",
        headers=f"X-Original-URL: {scene.path}?{scene.query()}\r\nX-Rewrite-URL: {scene.path}?{scene.query()}\r\n",
    ),
    404,
)


def _other_name(scene: Scene) -> str:
    return scene.netloc.replace("localhost", "127.0.0.1") if "localhost" in scene.netloc else "localhost:{port}"


# Other pages.

for name, headers in {
    "iframe": "Sec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate\r\n",
    "frame": "Sec-Fetch-Dest: frame\r\nSec-Fetch-Mode: navigate\r\n",
    "img": "Sec-Fetch-Dest: image\r\nSec-Fetch-Mode: no-cors\r\n",
    "script": "Sec-Fetch-Dest: script\r\nSec-Fetch-Mode: no-cors\r\n",
    "stylesheet": "Sec-Fetch-Dest: style\r\nSec-Fetch-Mode: no-cors\r\n",
    "fetch": "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nOrigin: https://evil.example\r\n",
    "fetch without cors": "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: no-cors\r\n",
    "object": "Sec-Fetch-Dest: object\r\nSec-Fetch-Mode: navigate\r\n",
    "embed": "Sec-Fetch-Dest: embed\r\nSec-Fetch-Mode: navigate\r\n",
    "worker": "Sec-Fetch-Dest: worker\r\nSec-Fetch-Mode: same-origin\r\n",
    "websocket": "Sec-Fetch-Mode: websocket\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    "Origin alone": "Origin: null\r\n",
}.items():
    hostile(f"L25 {name} of another page", lambda scene, headers=headers: scene.request(headers=headers), 403)
hostile(
    "L25 preflight",
    lambda scene: scene.request(
        method="OPTIONS",
        headers="Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n"
        "Access-Control-Request-Private-Network: true\r\n",
    ),
    405,
)
for purpose in ("Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch"):
    hostile(f"browser looks ahead ({purpose})", lambda scene, p=purpose: scene.request(headers=f"{p}\r\n"), 503)

# Requests that are none.

_BROKEN = (400, TELLS_NOTHING)
_TOO_MUCH = (*_BROKEN, 414, 431)
hostile("L20 target of 80 kB", lambda scene: scene.request(f"/?{scene.query()}&x={'x' * 80_000}"), *_TOO_MUCH)
hostile("L20 query of 40 kB", lambda scene: scene.callback(f"{scene.query()}&x={'x' * 40_000}"), *_TOO_MUCH)
hostile("L20 5000 headers", lambda scene: scene.request(headers="X-Y: zzzz\r\n" * 5000), *_TOO_MUCH)
hostile("L20 header of 1 MB", lambda scene: scene.request(headers=f"X-Y: {'z' * 1_000_000}\r\n"), *_TOO_MUCH)
hostile("HTTP/0.9", lambda scene: f"GET {scene.path}?{scene.query()}\r\n\r\n".encode(), *_BROKEN)
hostile("HTTP/9.9", lambda scene: scene.request(version="HTTP/9.9"), *_BROKEN, 505)
hostile("HTTP/2 preface", lambda scene: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 9, *_BROKEN, 404, 405)
hostile("upgrade to HTTP/2", lambda scene: scene.request("/x", headers="Upgrade: h2c\r\nHTTP2-Settings: AA\r\n"), 404)
hostile("TLS", lambda scene: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), *_BROKEN, HANGS)
hostile("SSH", lambda scene: b"SSH-2.0-OpenSSH_9.6\r\n\r\n", *_BROKEN)
hostile("SOCKS", lambda scene: b"\x05\x01\x00\r\n\r\n", *_BROKEN)
hostile("blank lines", lambda scene: b"\r\n\r\n\r\n", *_BROKEN, HANGS)
hostile("random bytes", lambda scene: bytes(range(256)) * 8 + b"\r\n\r\n", *_BROKEN)
hostile("lines that end in LF", lambda scene: scene.request(host="x").replace(b"\r\n", b"\n"), *_BROKEN)
hostile("lines that end in CR", lambda scene: scene.request().replace(b"\r\n", b"\r") + b"\r\n\r\n", *_BROKEN)
hostile("NUL in the target", lambda scene: scene.request(f"{scene.path}\0?{scene.query()}"), *_BROKEN, 404)
hostile("NUL in the query", lambda scene: scene.request(f"{scene.path}?\0{scene.query()}\0&state=x"), *_BROKEN)
hostile("NUL in a header", lambda scene: scene.request(headers="X-Y: a\0b\r\n"), *_BROKEN)
hostile("NUL in the Host", lambda scene: scene.request(host="localhost:{port}\0.evil.example"), *_BROKEN)
hostile("space in the target", lambda scene: scene.request(f"{scene.path} ?{scene.query()}"), *_BROKEN, 404)
hostile("tab instead of spaces", lambda scene: scene.request().replace(b" ", b"\t", 2), *_BROKEN)
hostile("space before a colon", lambda scene: scene.request(host=None, headers=f"Host : {scene.netloc}\r\n"), *_BROKEN)
hostile("header without a colon", lambda scene: scene.request(headers="nonsense\r\n"), *_BROKEN)
hostile("header without a name", lambda scene: scene.request(headers=": x\r\n"), *_BROKEN)
hostile("first line folded", lambda scene: scene.request(version="HTTP/1.1\r\n x"), *_BROKEN)
hostile("UTF-8 in the target", lambda scene: scene.request(f"{scene.path}?{scene.query()}é&state=😀"), 400)
hostile("UTF-16", lambda scene: scene.request().decode().encode("utf-16"), *_BROKEN, HANGS)
hostile("byte order mark", lambda scene: b"\xef\xbb\xbf" + scene.request(), *_BROKEN, 405)

# Shapes that make two programs disagree where one request ends.

_INSIDE = "GET /oauth2callback?code=evil-code-R8w HTTP/1.1\r\nHost: localhost\r\n\r\n"
hostile(
    "two Content-Lengths",
    lambda scene: scene.request(method="POST", headers="Content-Length: 0\r\nContent-Length: 44\r\n", body=_INSIDE),
    *_BROKEN,
    405,
)
hostile(
    "Content-Length and chunked",
    lambda scene: scene.request(
        method="POST", headers="Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", body=f"0\r\n\r\n{_INSIDE}"
    ),
    *_BROKEN,
    405,
)
hostile(
    "chunked, hidden by a space",
    lambda scene: scene.request(
        method="POST", headers="Content-Length: 4\r\nTransfer-Encoding : chunked\r\n", body=f"0\r\n\r\n{_INSIDE}"
    ),
    *_BROKEN,
    405,
)
for length in ("-1", "+4", "0x4", "4, 4", "4 4", "four", "", "9" * 400):
    hostile(
        f"Content-Length {length[:12] or 'empty'}",
        lambda scene, length=length: scene.request(host="x", headers=f"Content-Length: {length}\r\n", body=b"body"),
        *_BROKEN,
        HANGS,
    )
hostile(
    "chunk of a negative size",
    lambda scene: scene.request(method="POST", headers="Transfer-Encoding: chunked\r\n", body=b"-1\r\nx\r\n0\r\n\r\n"),
    *_BROKEN,
    405,
)
hostile("a second request behind the first", lambda scene: scene.request("/x") + scene.request(), 404)
hostile("an answer instead of a request", lambda scene: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", *_BROKEN)
hostile(
    "Expect: 100-continue",
    lambda scene: scene.request(method="POST", headers="Expect: 100-continue\r\nContent-Length: 5\r\n", body=b"12345"),
    *(100, 405, 417),
)

# Connections.


@case("L16 idle connection", "genuine wins")
def _(scene: Scene) -> None:
    # Browsers open connections ahead of time.
    with scene.connect():
        scene.wins()


@case("L16 six idle connections, some with half a request", "genuine wins")
def _(scene: Scene) -> None:
    with contextlib.ExitStack() as stack:
        for sent in (b"", b"", b"G", b"GET ", scene.request()[:-2], b"\r\n"):
            stack.enter_context(scene.connect()).sendall(sent)
        scene.wins()


@case("L17 50 slow connections", "genuine wins")
def _(scene: Scene) -> None:
    with contextlib.ExitStack() as stack, scene.bounded():
        for number in range(50):
            stack.enter_context(scene.connect()).sendall(scene.request()[: number + 1])
        scene.wins()


@case("request that announces a body and sends none", "genuine wins")
def _(scene: Scene) -> None:
    with scene.connect() as slow:
        slow.sendall(scene.request(method="POST", headers="Content-Length: 100\r\n"))
        scene.wins()


@case("half-open connections", "genuine wins")
def _(scene: Scene) -> None:
    with contextlib.ExitStack() as stack:
        for sent in (b"", b"GET", b"nonsense", scene.request(host="x"), scene.request(headers="X-Y: z\r\n")[:-2]):
            connection = stack.enter_context(scene.connect())
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        scene.wins()


@case("resets before, in and after a request", "genuine wins")
def _(scene: Scene) -> None:
    for sent in (b"", b"GET /oau", scene.request(host="x")) * 5:
        connection = scene.connect()
        connection.sendall(sent)
        reset(connection)
    scene.wins()


@case("slow reader of a page", "genuine wins")
def _(scene: Scene) -> None:
    with scene.connect() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256)
        slow.sendall(scene.request("/x"))
        scene.wins()


@case("genuine callback that is reset, and comes again", "one exchange, 200")
def _(scene: Scene) -> None:
    connection = scene.connect()
    connection.sendall(scene.callback(scene.query(GENUINE)))
    reset(connection)
    # Whether the first one was read before the reset is up to the system.
    expect(scene.send(scene.callback(scene.query(GENUINE))).status == 200, "the second was not answered")
    scene.logged_in()


def storm(name: str, make: Callable[[Scene], bytes], *, closes: bool = False) -> None:
    """Add a case in which 200 requests come at once, and the genuine callback in their midst."""

    def act(scene: Scene) -> None:
        with contextlib.ExitStack() as stack, scene.bounded():
            for _ in range(200):
                connection = stack.enter_context(scene.connect())
                connection.sendall(make(scene))
                if closes:
                    reset(connection)
            scene.wins()

    CASES.append(Case(name, "genuine wins; threads and memory bounded", act))


storm("storm of 200 wrong states", lambda scene: scene.callback(f"code={EVIL}&state=wrong"))
storm("storm of 200 favicons", lambda scene: scene.request("/favicon.ico"))
storm("storm of 200 broken requests", lambda scene: b"nonsense\r\n\r\n")
storm("storm of 200 resets", lambda scene: scene.request("/x"), closes=True)
storm("storm of 200 idle connections", lambda scene: b"")
storm("storm of 200 headers without end", lambda scene: scene.request(headers=f"X-Y: {'z' * 8000}\r\n")[:-2])


@case("storm of 200 copies of the genuine callback", "one exchange")
def _(scene: Scene) -> None:
    with contextlib.ExitStack() as stack, scene.bounded():
        # The login may be over, and the port given back, before the last.
        with contextlib.suppress(Failure, ConnectionError):
            for _ in range(200):
                stack.enter_context(scene.connect()).sendall(scene.callback(scene.query(GENUINE)))
        scene.logged_in()


# The page.


class Parsed(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


ATTACKS = ("<script>alert(1)</script>", "</p><img src=x onerror=alert(1)>", '"><svg/onload=alert(1)>', "$text&lt;")
for parameter in ("error", "error_description", "error_uri"):
    for number, attack in enumerate(ATTACKS, 1):

        def _inject(scene: Scene, parameter: str = parameter, attack: str = attack) -> None:
            values = {"error": "invalid_scope", parameter: attack}
            query = "&".join(f"{name}={quote(value)}" for name, value in values.items())
            reply = scene.send(scene.callback(f"{query}&state={scene.state}"))
            scene.refused()
            if "html" in reply.headers.get("content-type", "html"):
                expect(attack not in reply.text, "shows markup of the address")
                tags = {tag for tag, attributes in Parsed(reply.text).elements if "nonce" not in attributes}
                expect(not {"img", "svg", "a"} & tags, "makes elements of the address")
                expect("<script>alert" not in reply.text, "makes a script of the address")

        CASES.append(Case(f"L27 markup {number} in {parameter}", "shown as words", _inject))


@case("L27 markup in the state", "not shown, then genuine wins")
def _(scene: Scene) -> None:
    reply = scene.send(scene.callback(f"code={EVIL}&state={quote(ATTACKS[0])}"))
    expect(ATTACKS[0] not in reply.text, "shows markup of the address")
    scene.wins()


@case("L30 line ends and escapes in error_description", "neutralised in page, headers and error")
def _(scene: Scene) -> None:
    words = "one\r\nSet-Cookie: a=b\r\n\r\n\x1b[31mred\x1b[0m \x00\x08\u202e"
    reply = scene.send(scene.callback(f"error=invalid_scope&error_description={quote(words)}&state={scene.state}"))
    scene.refused()
    expect("a=b" not in reply.headers.get("set-cookie", ""), "a header of the stranger's")
    if isinstance(scene.receiver, Ours) and scene.receiver.attempt:
        error = scene.receiver.attempt.error
        shown = reply.text + str(error) + "".join(error._render_traceback_() if error else ())
        expect(not re.search(r"[\x00\x08\x1b\u202e]", shown), "control characters are shown")


@case("L28 headers of every answer", "no store, no referrer, no sniffing, no frames, CSP, close")
def _(scene: Scene) -> None:
    requests = [scene.request(method="POST", headers="Content-Length: 0\r\n"), scene.callback("state=wrong")]
    if not scene.server:  # which answers these by itself
        requests += [scene.request("/x"), scene.request(host="evil.example")]
    for reply in [*map(scene.send, requests), scene.wins()]:
        headers = reply.headers
        expect(headers.get("cache-control") == "no-store", "may be kept")
        expect(headers.get("referrer-policy") == "no-referrer", "tells its address to the next page")
        expect(headers.get("x-content-type-options") == "nosniff", "type may be guessed")
        expect(headers.get("x-frame-options", "").upper() == "DENY", "may be framed")
        policy = headers.get("content-security-policy", "")
        expect(policy.startswith("default-src 'none'; "), "no Content-Security-Policy")
        expect("frame-ancestors 'none'" in policy, "may be framed")
        expect("unsafe" not in policy, "CSP allows anything")
        expect(headers.get("connection") == "close", "keeps the connection")
        expect(headers.get("content-type", "").lower() == "text/html; charset=utf-8", "no character set")
        expect(scene.server or "set-cookie" not in headers, "sets a cookie")
        expect("tornado" not in headers.get("server", ""), "tells which server it is")


@case("L29 page of success", "no code, no state, nothing from elsewhere, address cleaned")
def _(scene: Scene) -> None:
    reply = scene.wins()
    expect(GENUINE not in reply.text and scene.state not in reply.text, "holds code or state")
    elements = Parsed(reply.text).elements
    names = {name for tag, attributes in elements if tag != "link" for name in attributes}
    expect(not {"src", "href", "action"} & names, "loads something")
    expect(not re.search(r"https?://", reply.text), "speaks of an address")
    cleans = (
        'if (document.documentElement.dataset.outcome !== "to-paste") history.replaceState(null, "", location.pathname)'
    )
    expect(cleans in reply.text and 'data-outcome="done"' in reply.text, "leaves the code in the address bar")


# Where it listens, and the end.


@case("L30 logs, stdout and stderr at DEBUG", "no code, state, verifier or secret", ours_only=True)
def _(scene: Scene) -> None:
    record, terminal = io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(record)
    loggers = [logging.getLogger(name) for name in (None, "tornado", "tornado.access", "urllib3", "asyncio", "authlib")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    try:
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
            for raw in (
                scene.request("/x?code=" + EVIL),
                scene.callback(f"code={EVIL}&%"),
                scene.request(host="evil.example"),
                scene.request(method="POST", headers=f"Content-Length: {len(EVIL)}\r\n", body=EVIL),
                scene.request(version=f"HTTP/1.1 {EVIL}", headers=f"{EVIL}\r\n"),
            ):
                scene.send(raw)
            scene.wins()
            assert isinstance(scene.receiver, Ours)
            assert scene.receiver.session
            assert scene.receiver.attempt
            scene.receiver.session.get("/restapi/v1.0/account/~")
            scene.receiver.session.refresh()
            scene.receiver.session.logout()
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    written = record.getvalue() + terminal.getvalue()
    expect("POST" in written, "the record is empty: this proves nothing")  # urllib3 has written
    verifier = scene.receiver.attempt._request.code_verifier
    for secret in (EVIL, GENUINE, scene.state, verifier, "access-token-", "refresh-token-", CLIENT_SECRET):
        expect(secret not in written, "a secret is written down")


@case("L31 addresses it listens on", "loopback or a private socket only")
def _(scene: Scene) -> None:
    if scene.private:
        modes = [oct(path.stat().st_mode & 0o777) for path in (scene.private, scene.private.parent)]
        expect(modes == ["0o600", "0o700"], f"open to others: {modes}")
        expect(scene.server or is_free(scene.port), "listens on the port, too")
        scene.wins()
        return
    found = psutil.Process(scene.receiver.pid).net_connections("tcp")
    bound = {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN and one.laddr.port == scene.port}
    expect(bound and bound <= {"127.0.0.1", "::1"}, f"listens on {', '.join(sorted(bound))}")
    scene.wins()


for address in ("127.0.0.1", "::1"):

    def _taken(scene: Scene, address: str = address) -> None:
        scene.receiver.close()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind((address, scene.port))
            taken.listen()
            with contextlib.suppress(Failure, RingCentralError):
                scene.open()
                raise RuntimeError
        scene.receiver.close()

    def _says_so(scene: Scene, taken: Callable[[Scene], None] = _taken) -> None:
        try:
            taken(scene)
        except RuntimeError:
            raise Failure("begins the login all the same") from None
        scene.open()  # and when the stranger has left, all is well
        scene.wins()

    CASES.append(
        Case(f"L33 another program has the port on {address}", "says so; later genuine wins", _says_so, port_only=True)
    )


@case("L33 the cell is run again", "the newer login wins on the same port")
def _(scene: Scene) -> None:
    scene.open()
    scene.wins()


@case("L33 cancelled with an idle connection", "port free at once")
def _(scene: Scene) -> None:
    with scene.connect():
        scene.receiver.close()
        expect(not scene.taken(), "port still taken")


@case("L33 two logins at once on two ports", "each gets its own code", ours_only=True)
def _(scene: Scene) -> None:
    other = Ours(scene.fake, sockets=scene.private and scene.private.parent)
    second = Scene(other, scene.fake)
    try:
        crossed = second.send(scene.request(f"{second.path}?{scene.query()}", host=second.netloc))
        expect(crossed.status == 400, f"answered {crossed.status} to the other's state")
        scene.wins()
        second._seen = len(scene.fake.seen)
        second.wins()
    finally:
        other.close()
    scene._seen = second._seen


@case("L33 a hundred logins in a row", "files and threads as before", ours_only=True)
def _(scene: Scene) -> None:
    def counts() -> tuple[int, int]:
        gc.collect()
        return threading.active_count(), psutil.Process().num_fds() if hasattr(psutil.Process, "num_fds") else 0

    scene.wins()  # whatever is opened once and kept
    scene.gone()
    before = counts()
    for _ in range(100):
        scene.open()
        scene.wins()
    until = time.monotonic() + 3
    while counts() > before or counts()[1] > before[1]:
        expect(time.monotonic() < until, f"threads and files {before}, then {counts()}")
        time.sleep(0.05)


# --- the table


def table(columns: dict[str, dict[str, str]]) -> str:
    """The cases that were run, with what each receiver made of them."""
    ours = len(columns) == 1
    rows = [["case", "expected", "got"] if ours else ["case", *columns]]
    for each in CASES:
        got = [results.get(each.name, "-") for results in columns.values()]
        if any(one != "-" for one in got):
            rows.append([each.name, each.expected, *got] if ours else [each.name, *got])
    totals = [f"{list(r.values()).count(OK)} of {len(r)}" for r in columns.values()]
    rows.append(["total", "", *totals] if ours else ["total", *totals])
    widths = [
        min(46 if index == 0 or ours else 32, max(map(len, column)))
        for index, column in enumerate(zip(*rows, strict=True))
    ]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(cell[:w].ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def main() -> int:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.tables.hostile_cases", description=__doc__.split("\n")[0])
    parser.add_argument("--peers", action="store_true", help="also run other tools' listeners that are installed")
    for way, words in (("socket", "through a private socket"), ("server", "through a Jupyter server")):
        parser.add_argument(
            f"--{way}", action="store_const", dest="port_less", const=way, help=f"{words} instead of a port"
        )
    parser.add_argument("-k", metavar="WORDS", default="", help="only the cases whose names hold these words")
    options = parser.parse_args()
    os.environ.pop("RC_AUTOPILOT", None)
    selected = [each for each in CASES if options.k in each.name]
    fake = FakePlatform()
    try:
        with contextlib.ExitStack() as stack:
            folder, ours = Path(stack.enter_context(tempfile.TemporaryDirectory())), Ours(fake)
            fitting = [each for each in selected if not (options.port_less and each.port_only)]
            if options.port_less == "socket":
                ours = Ours(fake, sockets=folder)
            elif options.port_less == "server":
                ours = Behind(fake, stack.enter_context(jupyter_server(folder)))
                fitting = [each for each in fitting if not Behind.server_decides.match(each.name)]
            columns = {Ours.name: {each.name: run(each, ours, fake) for each in fitting}}
        if options.peers:
            from .peers import installed_peers

            for peer in installed_peers(fake):
                print(f"{peer.name} …", file=sys.stderr, flush=True)
                columns[peer.name] = {each.name: run(each, peer, fake) for each in selected if not each.ours_only}
    finally:
        fake.stop()
    print(table(columns))
    return int(any(got != OK for got in columns[Ours.name].values()))


if __name__ == "__main__":
    from tests.tables import hostile_cases  # by its real name, under which the peers know it too

    sys.exit(hostile_cases.main())
