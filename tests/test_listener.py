"""The callback listener on real sockets. L-numbers are the cases that other tools' listeners were measured by."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from rc_nb_helpers import (
    CallbackListener,
    ConfigurationError,
    LoginAttempt,
    PortInUse,
    Session,
    callback_handler,
    listener,
)
from rc_nb_helpers.callback_page import Page
from rc_nb_helpers.errors import LoginCancelled, LoginError
from rc_nb_helpers.listener import LINGER_SECONDS

from .conftest import (
    CALLBACK_PATH,
    CODE,
    SOON,
    TOKEN_PATH,
    FakePlatform,
    Reply,
    Say,
    ask,
    bring,
    callback,
    eventually,
    is_free,
    log_in,
    state_of,
)
from .test_loopback import program

GENUINE = f"{CALLBACK_PATH}?code=abc&state=xyz"


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


def genuine_callback_wins(session: Session, fake: FakePlatform) -> None:
    """The point of every hostile case: the real answer still gets through, soon and once."""
    assert session.attempt
    assert session.attempt.state == "waiting"
    assert not fake.calls(TOKEN_PATH)
    began = time.monotonic()
    page = bring(callback(session.attempt))
    assert time.monotonic() - began < 1
    assert (page.status, "Login success" in page.text) == (200, True)
    assert session.logged_in
    assert [seen.form["code"] for seen in fake.calls(TOKEN_PATH)] == [CODE]


# --- what counts as a callback


def test_genuine_callback_is_delivered_once_with_its_extras(inbox, port):
    """L01."""
    reply = ask(port, GENUINE + "&expires_in=60&iss=x")
    assert reply.status == 200
    assert inbox.queries == ["code=abc&state=xyz&expires_in=60&iss=x"]


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/favicon.ico?code=abc&state=xyz",
        "/robots.txt",
        "/.well-known/appspecific/com.chrome.devtools.json",
        "/oauth2callback/?code=abc&state=xyz",
        "/OAuth2Callback?code=abc&state=xyz",
        "//oauth2callback?code=abc&state=xyz",
        "/x/../oauth2callback?code=abc&state=xyz",
        "/%6fauth2callback?code=abc&state=xyz",
        "/%2e/oauth2callback?code=abc&state=xyz",
        "/oauth2callback;x?code=abc&state=xyz",
        "/oauth2callback%00?code=abc&state=xyz",
        "/../../../etc/passwd",
        "*",
    ],
)
def test_other_paths_are_not_found(inbox, port, target):
    """L15, L23."""
    assert ask(port, target).status == 404
    assert inbox.queries == []


def test_absolute_target_is_no_way_around_the_checks(inbox, port):
    assert ask(port, f"http://localhost:{port}{GENUINE}").status in (400, 404)
    assert inbox.queries == []


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_get_counts(inbox, port, method):
    """L21, L22: link scanners send HEAD; nobody may spend the code with it."""
    reply = ask(port, GENUINE, method=method, body=b"code=abc" if method == "POST" else None)
    assert (reply.status, reply.headers.get("allow")) == (405, "GET")
    assert inbox.queries == []


def test_large_body_is_not_read(inbox, port):
    """L22."""
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as connection:
        connection.sendall(
            f"POST {GENUINE} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 9999999999\r\n\r\n".encode()
        )
        answer = connection.recv(4096)
    assert not answer or answer.split()[1] in (b"400", b"413", b"405")
    assert inbox.queries == []


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:{port}",
        "evil.example",
        "localhost.evil.example:{port}",
        "127.0.0.1:{port}",
        "localhost",
        "localhost:1",
        "localhost:{port}.evil.example",
        "[::1]:{port}",
        "evil@localhost:{port}",
        None,
    ],
)
def test_other_hosts_are_refused(inbox, port, host):
    """L24: a page of evil.example whose name was rebound to 127.0.0.1 sends its own name."""
    assert ask(port, GENUINE, host=host and host.format(port=port)).status == 400
    assert inbox.queries == []


def test_two_host_headers_are_refused(inbox, port):
    """L24."""
    good = f"localhost:{port}"
    for one, other in ((good, "evil.example"), ("evil.example", good)):
        assert ask(port, GENUINE, host=one, headers={"host": other}).status == 400
    assert inbox.queries == []


def test_forwarded_headers_change_nothing(inbox, port):
    spoofed = {"X-Forwarded-Host": f"localhost:{port}", "Forwarded": f"host=localhost:{port}", "X-Real-IP": "::1"}
    assert ask(port, GENUINE, host="evil.example", headers=spoofed).status == 400
    assert inbox.queries == []


def test_host_is_compared_without_regard_to_case(inbox, port):
    assert ask(port, GENUINE, host=f"LocalHost:{port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Origin": "https://evil.example"},
        {"Sec-Fetch-Dest": "object", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Mode": "websocket"},
        {"Origin": "null"},
    ],
    ids=["iframe", "img", "script", "fetch", "object", "websocket", "origin alone"],
)
def test_other_pages_cannot_send_a_callback(inbox, port, headers):
    """L25."""
    reply = ask(port, GENUINE, headers=headers)
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert inbox.queries == []


def test_browser_that_navigates_is_welcome(inbox, port):
    headers = {
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-User": "?1",
        "Referer": "https://login.ringcentral.com/",
    }
    assert ask(port, GENUINE, headers=headers).status == 200


@pytest.mark.parametrize("header", ["Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch"])
def test_browser_that_looks_ahead_does_not_spend_the_code(inbox, port, header):
    name, value = header.split(": ")
    assert ask(port, GENUINE, headers={name: value}).status == 503
    assert inbox.queries == []


@pytest.mark.parametrize(
    "request_",
    [
        b"GET " + GENUINE.encode() + b"&x=" + b"x" * 80_000 + b" HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n",
        b"GET " + GENUINE.encode() + b" HTTP/1.1\r\nHost: localhost:{port}\r\n" + b"X-Y: " + b"z" * 300 + b"\r\n",
        b"GET " + GENUINE.encode() + b" HTTP/1.1\r\nHost: localhost:{port}\r\n" + b"X-Y: zzzz\r\n" * 5000 + b"\r\n",
        b"GET " + GENUINE.encode() + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"GET " + GENUINE.encode() + b" HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"nonsense",
        b"",
    ],
    ids=["long line", "no end of headers", "5000 headers", "HTTP/0.9", "TLS", "HTTP/9.9", "blank", "nonsense", "empty"],
)
def test_malformed_requests_spoil_nothing(inbox, port, request_):
    """L20."""
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as connection, contextlib.suppress(OSError):
        connection.sendall(request_.replace(b"{port}", str(port).encode()))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    assert inbox.queries == []
    assert ask(port, GENUINE).status == 200


def test_reset_in_the_middle_spoils_nothing(inbox, port):
    for sent in (b"", b"GET /oau", f"GET {GENUINE} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()):
        with socket.create_connection(("127.0.0.1", port), timeout=SOON) as connection:
            connection.sendall(sent)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close sends RST
    assert ask(port, GENUINE).status == 200


# --- a login that a stranger disturbs


@pytest.mark.parametrize(
    "query",
    [
        "code=evil&state=wrong",
        "code=evil",
        "code=evil&state=",
        "code=evil&state={state}&state={state}",
        "code=evil&state=wrong&state={state}",
        "state={state}",
        "",
        "error=access_denied",
        "error=access_denied&state=wrong",
        f"code={CODE}&code=evil&state={{state}}",
        "code=evil&state={state}&iss=https://evil.example",
    ],
    ids=[
        *("L02 wrong state", "L03 no state", "L04 empty state", "L04 state twice", "L04 wrong and right state"),
        *("L06 no code", "L06 nothing", "L10 error without state", "L10 error with a wrong state", "L07 code twice"),
        "L14 issuer",
    ],
)
def test_answer_of_a_stranger_leaves_the_login_waiting(attempt, fake_session, fake, port, query):
    reply = ask(port, f"{CALLBACK_PATH}?{query.format(state=state_of(attempt))}")
    assert reply.status == 400
    assert "The login goes on." in reply.text
    genuine_callback_wins(fake_session, fake)


def test_answer_to_an_earlier_login_is_told_so(fake_session, fake, port):
    """L12."""
    older = callback(fake_session.begin_login(), code="evil")
    fake_session.begin_login()
    reply = bring(older)
    assert reply.status == 400
    assert "belongs to another login" in reply.text
    genuine_callback_wins(fake_session, fake)


def test_idle_connection_holds_nobody_up(attempt, fake_session, fake, port):
    """L16: browsers open connections ahead of time; every peer that was measured hangs on one."""
    with socket.create_connection(("127.0.0.1", port), timeout=SOON):
        genuine_callback_wins(fake_session, fake)


def test_fifty_slow_connections_hold_nobody_up(attempt, fake_session, fake, port):
    """L17."""
    with contextlib.ExitStack() as stack:
        for number in range(50):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=SOON))
            slow.sendall(b"GET /oauth2callback HTTP/1.1\r\nHost: local"[: number + 1])
        genuine_callback_wins(fake_session, fake)


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


def test_storm_of_requests_lets_the_genuine_one_through(attempt, fake_session, fake, port):
    stop = threading.Event()
    storms: list[int] = []

    def storm() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                storms.append(ask(port, f"{CALLBACK_PATH}?code=evil&state=wrong").status)

    threads = [threading.Thread(target=storm, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: len(storms) > 20)
        genuine_callback_wins(fake_session, fake)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(storms) == {400}


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


def test_another_code_after_the_first_is_never_redeemed(attempt, fake_session, fake):
    """L05: the state is dead after use."""
    bring(callback(attempt))
    with contextlib.suppress(OSError):
        bring(callback(attempt, code="evil"))
    assert [seen.form["code"] for seen in fake.calls(TOKEN_PATH)] == [CODE]


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


# --- the page


class Parsed(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def outcome_of(page: Reply) -> str | None:
    """What the page tells its script: only after ``done`` may the window close itself."""
    return dict(Parsed(page.text).elements)["html"]["data-outcome"]


@pytest.mark.parametrize("target", [GENUINE, "/", CALLBACK_PATH + "?code=1&code=2"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_forbids_keeping_framing_and_loading(attempt, port, target, method):
    """L28."""
    headers = ask(port, target, method=method).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-type"] == "text/html; charset=UTF-8"
    assert headers["connection"] == "close"
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "set-cookie" not in headers
    assert "Tornado" not in headers["server"]


def test_page_of_success_loads_nothing_and_cleans_the_address_bar(attempt):
    """L29."""
    page = bring(callback(attempt))
    assert not {"src", "href", "action"} & {
        name for tag, attributes in Parsed(page.text).elements if tag != "link" for name in attributes
    }
    assert re.findall(r"https?://", page.text) == []
    assert 'history.replaceState(null, "", location.pathname)' in page.text
    assert outcome_of(page) == "done"
    assert CODE not in page.text
    assert state_of(attempt) not in page.text


def test_script_of_the_page_runs_by_a_nonce_that_is_new_each_time(inbox, port):
    replies = [ask(port, GENUINE) for _ in range(2)]
    nonces = [re.search(r"script-src 'nonce-([\w-]+)'", reply.headers["content-security-policy"]) for reply in replies]
    assert nonces[0]
    assert nonces[1]
    assert nonces[0][1] != nonces[1][1]
    assert f'<script nonce="{nonces[0][1]}">' in replies[0].text
    assert "unsafe" not in replies[0].headers["content-security-policy"]


@pytest.mark.parametrize("parameter", ["error", "error_description", "error_uri"])
@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", "</p><img src=x onerror=alert(1)>", '"><svg/onload=alert(1)>', "$text&lt;"]
)
def test_words_from_the_address_are_shown_as_words(attempt, parameter, attack):
    """L27."""
    values = {"error": "invalid_scope", parameter: attack}
    page = bring(callback(attempt, **{name: quote(value) for name, value in values.items()}))
    assert "Login failed" in page.text
    assert attack not in page.text
    tags = [tag for tag, _ in Parsed(page.text).elements]
    assert tags.count("script") == 1
    assert not {"img", "svg", "a"} & set(tags)


def test_page_with_markup_in_its_own_words_is_escaped_too(port):
    inbox = Inbox()
    inbox.page = Future()
    inbox.page.set_result(Page("<b>title</b>", "<i>text</i> & more"))
    listening = CallbackListener(f"http://localhost:{port}/x", inbox)
    listening.open()
    page = ask(port, "/x").text
    listening.close()
    assert "&lt;b&gt;title" in page
    assert "&lt;i&gt;text&lt;/i&gt; &amp; more" in page


def test_denial_is_told_the_truth(attempt, fake_session):
    """L09."""
    page = bring(callback(attempt, error="access_denied"))
    assert "The login was refused." in page.text
    assert "success" not in page.text.lower()
    assert outcome_of(page) == "failed"
    assert attempt.state == "ended"


def test_exchange_that_takes_long_is_not_called_a_success(attempt, fake, monkeypatch):
    monkeypatch.setattr(callback_handler, "PAGE_SECONDS", 0.1)
    gate = threading.Event()
    fake.script[TOKEN_PATH] = Say(fake.tokens(), before=gate.wait)
    page = bring(callback(attempt))
    assert "Almost there" in page.text
    assert outcome_of(page) == "open"
    assert "Login success" not in page.text
    gate.set()
    attempt.wait(timeout=SOON)


def test_failed_exchange_is_not_called_a_success(attempt, fake):
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    page = bring(callback(attempt))
    assert "Login failed" in page.text
    assert "Login success" not in page.text


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


def test_other_machines_cannot_reach_it(inbox, port):
    """L31."""
    import psutil

    bound = {c.laddr.ip for c in psutil.Process().net_connections("tcp") if c.laddr.port == port and not c.raddr}
    assert bound == {"127.0.0.1", "::1"}


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


def test_other_notebook_is_named(inbox, redirect_uri):
    message = complaint(redirect_uri)
    assert "another notebook that waits for a login" in message
    assert "Finish or cancel that login" in message


def test_port_in_use_is_told_before_the_browser_opens_and_ends_nothing(fake_session, port):
    with program(port, b""), pytest.raises(PortInUse):
        fake_session.begin_login()
    assert not fake_session.login_pending
    log_in(fake_session)


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

    eventually(gone, within=1)
    assert is_free(port)


OUR_THREADS = ("callback-listener", "code-exchange", "autopilot")


def test_idle_connection_does_not_keep_the_port(fake_session, port):
    attempt = fake_session.begin_login()
    with socket.create_connection(("127.0.0.1", port)):
        began = time.monotonic()
        attempt.cancel()
        assert time.monotonic() - began < 1
        assert is_free(port)


def test_page_of_a_success_is_there_for_a_reload_and_then_gone(attempt, port):
    bring(callback(attempt))
    assert bring(callback(attempt)).status == 200
    time.sleep(LINGER_SECONDS)
    eventually(lambda: is_free(port), within=1)


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


def test_twenty_logins_leave_threads_and_files_as_they_were(fake_session, fake):
    """L33."""
    log_in(fake_session)  # whatever is opened once and kept

    def counts() -> tuple[int, int]:
        gc.collect()
        return threading.active_count(), len(os.listdir("/proc/self/fd" if os.path.exists("/proc") else "/dev/fd"))

    eventually(lambda: not [t for t in threading.enumerate() if t.name in OUR_THREADS], within=2)
    before = counts()
    for _ in range(20):
        attempt = fake_session.begin_login()
        bring(callback(attempt))
        attempt.wait(timeout=SOON)
    eventually(lambda: counts()[0] <= before[0] and counts()[1] <= before[1], within=3)


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


# --- what is written down


def test_nothing_that_is_logged_holds_code_or_state(caplog, capfd, fake_session, fake, port):
    """L30, with every library at its most talkative."""
    caplog.set_level(logging.DEBUG)
    for name in ("tornado.access", "tornado.application", "tornado.general", "urllib3", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    attempt = fake_session.begin_login()
    state = state_of(attempt)
    for target in (f"/x?code={CODE}", f"{CALLBACK_PATH}?code={CODE}&state=wrong", f"{CALLBACK_PATH}?code={CODE}&%"):
        ask(port, target)
        ask(port, target, host="evil.example")
        ask(port, target, method="POST", body=CODE.encode())
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {CALLBACK_PATH}?code={CODE}&state={state} HTTP/1.1 {CODE}\r\n{CODE}\r\n\r\n".encode())
        connection.recv(100)
    bring(callback(attempt))
    fake_session.get("/restapi/v1.0/account/~")
    fake_session.refresh()
    fake_session.logout()
    out, err = capfd.readouterr()
    written = caplog.text + out + err
    assert "urllib3" in caplog.text  # or this would prove nothing
    for secret in (CODE, state, "access-token", "refresh-token", attempt._request.code_verifier):
        assert secret not in written


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
