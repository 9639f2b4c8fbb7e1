"""Proxies of every kind, and what a person is told of each. All of them are on this machine, and so is the world."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import trustme

from rc_nb_helpers import ConfigurationError, Environment, PlatformUnreachable, RingCentralError, connections, proxies
from rc_nb_helpers.exchanges import ExchangeRecord
from rc_nb_helpers.sdk import Platform

from .conftest import CODE, SOON, TOKEN_PATH, FakePlatform, Say, free_port, holds_secret

PASSWORD = "proxy-password-Tq7"
NOT_LOOPBACK = ("http://server.invalid", "https://server.invalid")


@contextmanager
def answering(answer: Callable[[bytes], bytes | None], *, host: str = "127.0.0.1") -> Iterator[int]:
    """A port that answers each connection's first bytes; None hangs up."""
    listener = socket.create_server((host, 0))
    over = threading.Event()

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            if over.is_set():
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(SOON)
                said = answer(connection.recv(65536))
                connection.sendall(said or b"")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield port
    finally:
        over.set()
        with contextlib.suppress(OSError):
            socket.create_connection((host, port), 1).close()
        thread.join(SOON)
        listener.close()


def says(status: str, *headers: str) -> Callable[[bytes], bytes]:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "Connection: close", "", ""])
    return lambda request: head.encode()


def told(server: str = "https://server.invalid") -> RingCentralError:
    """What a login says; neither it nor the record shows a secret or the proxy's password."""
    record = ExchangeRecord()
    environment = Environment(name="practice", server_url=server, client_id="i", redirect_uri="http://localhost:1/")
    platform = Platform(environment, record)
    with pytest.raises(RingCentralError) as caught:
        platform.login(code=CODE)
    shown = f"{caught.value}{caught.value!r}{vars(caught.value)}{record.read().text()}{platform!r}"
    assert PASSWORD not in shown
    assert holds_secret(shown) == []
    assert caught.value.cure
    return caught.value


@pytest.fixture(params=[False, True], ids=["no password", "password"])
def credentials(request) -> str:
    return f"somebody:{PASSWORD}@" if request.param else ""


@pytest.mark.parametrize(
    ("server", "variable"),
    [
        (server, variable)
        for server in NOT_LOOPBACK
        for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
        if variable.lower().removesuffix("_proxy") in ("all", server.partition(":")[0])
    ],
)
def test_proxy_that_wants_a_password_names_the_variable(monkeypatch, server, variable, credentials):
    with answering(says("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"')) as port:
        monkeypatch.setenv(variable, f"http://{credentials}127.0.0.1:{port}")
        error = told(server)
    assert isinstance(error, PlatformUnreachable)
    wanted = "does not accept this user name and password" if credentials else "wants a user name and a password"
    assert wanted in error.happened
    assert f"the variable {variable}" in error.cure
    assert f"http://127.0.0.1:{port}" in error.happened


@pytest.mark.parametrize("status", ["403 Forbidden", "405 No", "502 Bad Gateway", "503 Busy", "504 Gateway Timeout"])
def test_proxy_that_refuses_says_so(monkeypatch, status, credentials):
    with answering(says(status)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{credentials}127.0.0.1:{port}")
        error = told()
    assert f"refused to connect to https://server.invalid: it answered {status[:3]}" in error.happened
    assert "HTTPS_PROXY" in error.why


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("302 Found", "may want you to sign in"),
        ("403 Forbidden", "does not allow this server, or cannot reach it"),
        ("404 Not Found", "it may be a web server"),
        ("501 Unsupported method ('CONNECT')", "it may be a web server"),
        ("503 Busy", "or has a problem of its own"),
    ],
)
def test_no_refusal_claims_more_than_its_status_says(monkeypatch, status, why):
    with answering(says(status)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert why in told().why


def test_proxy_that_never_answers_is_told_as_the_proxy_and_not_as_the_server(monkeypatch, credentials):
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.2)
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("HTTPS_PROXY", f"http://{credentials}{address}")
    error = told()
    listener.close()
    assert error.happened == f"The proxy at http://{address} did not answer in time."


def test_tls_that_fails_behind_a_proxy_names_the_proxy_too(monkeypatch, credentials):
    with answering(lambda request: b"HTTP/1.1 200 OK\r\n\r\n") as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{credentials}127.0.0.1:{port}")
        error = told()
    assert f"through the proxy at http://127.0.0.1:{port}, as the variable HTTPS_PROXY says" in error.why


@pytest.mark.parametrize("server", NOT_LOOPBACK)
@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h", "socks4"])
def test_proxy_that_is_not_there_is_told_as_that(monkeypatch, server, scheme, credentials):
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://{credentials}127.0.0.1:{free_port()}")
    error = told(server)
    assert error.happened.startswith(f"No proxy answers at {scheme}://127.0.0.1:")
    assert "ALL_PROXY" in error.cure


@pytest.mark.parametrize("server", NOT_LOOPBACK)
@pytest.mark.parametrize("scheme", ["http", "https", "socks5h"])
@pytest.mark.parametrize("host", ["no-such-proxy.invalid", "two..dots.invalid"])
def test_proxy_whose_name_is_unknown_is_told_as_that(monkeypatch, server, scheme, host, credentials):
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://{credentials}{host}:8080")
    error = told(server)
    assert error.happened == f"There is no proxy called {host}."
    assert "ALL_PROXY" in error.cure


@pytest.mark.parametrize("server", NOT_LOOPBACK)
@pytest.mark.parametrize(
    ("scheme", "answer"),
    [
        ("https", says("400 Bad Request")),  # a plain proxy, spoken to in TLS
        ("http", lambda request: b"\x05\xff"),  # a SOCKS proxy, spoken to in HTTP
        ("http", lambda request: b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("http", lambda request: b"\x15\x03\x01\x00\x02\x02\x46"),  # a TLS alert
        ("http", lambda request: None),
        ("socks5", says("400 Bad Request")),  # an HTTP proxy, spoken to in SOCKS
        ("socks5h", lambda request: None),
        ("socks4", says("400 Bad Request")),
    ],
    ids=[
        "plain as https",
        "SOCKS as http",
        "SSH",
        "TLS as http",
        "hangs up",
        "http as SOCKS5",
        "SOCKS hangs up",
        "SOCKS4",
    ],
)
def test_proxy_that_speaks_another_language_is_told_as_that(monkeypatch, server, scheme, answer, credentials):
    with answering(answer) as port:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://{credentials}127.0.0.1:{port}")
        error = told(server)
    assert error.happened == f"What answers at {scheme}://127.0.0.1:{port} does not speak the language of that proxy."
    assert "http:// is right for most proxies" in error.cure


def test_socks_proxy_is_really_gone_through(monkeypatch):
    asked: list[bytes] = []

    def socks(request: bytes) -> bytes:
        asked.append(request)
        return b"\x05\xff"

    with answering(socks) as port:
        monkeypatch.setenv("ALL_PROXY", f"socks5h://127.0.0.1:{port}")
        error = told("http://192.0.2.1")
    assert asked[0][:1] == b"\x05"
    assert "user name and a password" in error.happened


@pytest.mark.parametrize("server", NOT_LOOPBACK)
def test_socks_without_its_package_is_told_as_that(monkeypatch, server):
    import requests.adapters

    def without(*args: object, **kwargs: object) -> None:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", without)
    monkeypatch.setenv("ALL_PROXY", f"socks5h://somebody:{PASSWORD}@127.0.0.1:1080")
    error = told(server)
    assert isinstance(error, ConfigurationError)
    assert "PySocks" in error.cure
    assert "ALL_PROXY" in error.why


@pytest.mark.parametrize(
    "value",
    [
        "htp://proxy.example:8080",
        "ftp://proxy.example:8080",
        "http://",
        "http:///proxy.example:8080",
        "http//proxy.example:8080",
        "http://proxy.example:eighty",
        "http://proxy.example:80800",
        "http://proxy.example:0",
        "http://proxy.example :8080",
        '"http://proxy.example:8080"',
        f"http://somebody:{PASSWORD}#1@proxy.example:8080",
        f"http://somebody:{PASSWORD}/1@proxy.example:8080",
        f"http://somebody:{PASSWORD}?@proxy.example:8080",
        "http://[::1:8080",
        "socks6://proxy.example:1080",
        "http:\\\\proxy.example:8080",
        "http://proxy.example/proxy.pac",
    ],
)
@pytest.mark.parametrize("server", NOT_LOOPBACK)
def test_address_that_is_wrongly_written_is_told_as_that(monkeypatch, server, value):
    variable = f"{server.partition(':')[0].upper()}_PROXY"
    monkeypatch.setenv(variable, value)
    error = told(server)
    assert isinstance(error, ConfigurationError)
    assert error.happened == f"The proxy's address is wrongly written, in the variable {variable}."
    assert "%40" in error.cure


@pytest.mark.parametrize(
    "value", ["127.0.0.1:{}", "http://127.0.0.1:{}/", "HTTP://127.0.0.1:{}", " http://127.0.0.1:{}"]
)
def test_usual_ways_to_write_an_address_are_understood(monkeypatch, value):
    fake = FakePlatform()
    fake.script["http://server.invalid" + TOKEN_PATH] = Say(fake.tokens())
    monkeypatch.setenv("HTTP_PROXY", value.format(fake.port))
    environment = Environment(
        name="practice", server_url="http://server.invalid", client_id="i", redirect_uri="http://localhost:1/"
    )
    platform = Platform(environment)
    platform.login(code=CODE)
    fake.stop()
    assert platform.logged_in()


@pytest.mark.parametrize(
    "host", ["192.168.1.20", "10.1.2.3", "classroom", "desk-7.local", "100.64.0.7", "lab.school.example"]
)
@pytest.mark.parametrize(
    "answer",
    [
        says("403 Forbidden"),
        says("407 No"),
        says("503 No"),
        says("302 Found", "Location: http://portal.invalid/"),
        lambda request: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Sign in</html>",
        lambda request: None,
    ],
    ids=["403", "407", "503", "redirect", "page", "none"],
)
def test_address_in_ones_own_network_wants_no_proxy(monkeypatch, host, answer):
    with answering(answer) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        error = told(f"http://{host}:8080")
    assert f"{host} seems to be in your own network, which needs no proxy: write it into NO_PROXY" in error.cure
    assert "the variable http_proxy" in str(error).lower()


@pytest.mark.skipif(os.name == "nt", reason="names of variables are in capitals there")
@pytest.mark.parametrize(
    ("variable", "value", "cure"),
    [
        ("NO_PROXY", "192.168.1.20:8080", "write it into NO_PROXY, just as 192.168.1.20: commas"),
        ("NO_PROXY", "192.168.*", "write it into NO_PROXY, just as 192.168.1.20: commas"),
        ("no_proxy", "localhost", "write it into no_proxy, just as 192.168.1.20: commas"),
    ],
)
def test_no_proxy_that_does_not_help_is_named_with_the_form_that_does(monkeypatch, variable, value, cure):
    """What is in small letters counts first, so that the other would change nothing."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv(variable, value)
    assert cure in told("http://192.168.1.20:8080").cure


def test_servers_own_refusal_through_a_proxy_is_the_servers(monkeypatch):
    fake = FakePlatform()
    fake.script["http://server.invalid" + TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    monkeypatch.setenv("HTTP_PROXY", fake.server_url)
    error = told("http://server.invalid")
    fake.stop()
    assert "answered 400" in error.happened
    assert "proxy" not in str(error)


@pytest.mark.parametrize("trusted", [False, True], ids=["unknown issuer", "wrong name"])
def test_proxys_own_certificate_is_told_as_the_proxys(monkeypatch, tmp_path, trusted):
    context, company = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
    company.issue_cert("other.example" if trusted else "127.0.0.1").configure_cert(context)
    if trusted:
        company.cert_pem.write_to_path(tmp_path / "company.pem")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "company.pem"))
    listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
    address = f"https://127.0.0.1:{listener.getsockname()[1]}"

    def serve() -> None:
        with contextlib.suppress(OSError):
            listener.accept()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    monkeypatch.setenv("HTTPS_PROXY", address)
    error = told()
    thread.join(SOON)
    listener.close()
    if trusted:
        assert error.happened == f"The certificate that came from {address} belongs to another name."
        assert "the variable HTTPS_PROXY" in error.cure
        assert "RC_SERVER_URL" not in str(error)
    else:
        assert error.happened == f"The certificate of {address} could not be verified."


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:{}", "http://localhost:{}", "https://127.0.0.1:{}", "https://[::1]:{}"]
)
def test_this_machine_never_goes_through_a_proxy(monkeypatch, server):
    asked: list[bytes] = []
    with answering(lambda request: asked.append(request)) as port:  # type: ignore[func-returns-value]
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        told(server.format(free_port()))
    assert asked == []


def test_no_proxy_is_obeyed(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "server.invalid")
    assert proxies.proxy_for("http://server.invalid/x") is None
    assert proxies.proxy_for("http://other.invalid/x")


@pytest.mark.skipif(os.name == "nt", reason="names of variables are in capitals there")
def test_name_in_small_letters_counts_first(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://capital.invalid:1")
    monkeypatch.setenv("http_proxy", "http://small.invalid:1")
    proxy = proxies.proxy_for("http://server.invalid/x")
    assert proxy
    assert (proxy.address, proxy.named_by) == ("http://small.invalid:1", "the variable http_proxy")


def test_systems_settings_are_named_where_no_variable_is(monkeypatch):
    monkeypatch.setattr(proxies, "get_environ_proxies", lambda url: {"http": "http://set.invalid:1"})
    proxy = proxies.proxy_for("http://server.invalid/x")
    assert proxy
    assert proxy.named_by == "the system's proxy settings"
    assert PASSWORD not in repr(proxies.Proxy(f"http://a:{PASSWORD}@b:1", "x"))
