"""What the platform answers to strangers, and what it never gives away."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import re
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform, connections

from ..conftest import eventually
from .conftest import TIMEOUT, World

_PAGES = ["/practice/", "/practice/console", "/practice/console/new", "/nothing", "/restapi/oauth/authorize"]


def _raw(world: World, request: bytes, wait: float = 1.0) -> bytes:
    address = urlsplit(world.platform.server_url)
    with socket.create_connection((address.hostname, address.port or 0), timeout=TIMEOUT) as connection:
        connection.sendall(request)
        connection.settimeout(wait)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return received


@pytest.mark.parametrize("path", _PAGES)
def test_pages_cannot_be_framed_cached_or_made_to_run_anything(world: World, path: str) -> None:
    answer = requests.get(world.url(path), timeout=TIMEOUT)
    headers = answer.headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["RCRequestId"]
    assert "Server" not in headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert not re.search(r"(src|href|url)\W{1,2}https?:", answer.text)


@pytest.mark.parametrize("path", [*_PAGES, "/practice/sign-in"])
def test_every_page_says_that_it_is_practice(world: World, path: str) -> None:
    page = requests.get(world.url(path), timeout=TIMEOUT).text
    assert "Practice platform: not RingCentral." in page
    assert "Never type a real password here." in page
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1


@pytest.mark.parametrize("path", ["/practice/console/new", "/practice/sign-in"])
def test_every_field_has_a_label(world: World, path: str) -> None:
    browser = world.browser()
    if path == "/practice/sign-in":
        browser.open("/restapi/oauth/authorize", params=world.request_parameters())
    else:
        browser.open(path)
    page = browser.answer.text
    ids = re.findall(r'<(?:input|textarea) id="(\w+)"', page)
    assert len(ids) == 2
    for one in ids:
        assert f'<label for="{one}"' in page
    assert page.count("autofocus") == 1


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::1", "", "10.0.0.1", "a b"],
)
def test_other_host_names_are_refused(world: World, host: str) -> None:
    request = f"GET /practice/credentials HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    answer = _raw(world, request.encode())
    assert answer.split(b" ")[1] in (b"400", b"403")
    assert world.platform.client_secret.encode() not in answer


def test_own_host_names_are_answered(world: World) -> None:
    port = urlsplit(world.platform.server_url).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", "LOCALHOST"):
        answer = requests.get(world.url("/restapi"), headers={"Host": host}, timeout=TIMEOUT)
        assert answer.status_code == 200, host


def test_open_to_a_room_it_answers_to_its_own_names_and_hides_the_credentials() -> None:
    with PracticePlatform(host="0.0.0.0") as platform:
        url = f"http://127.0.0.1:{urlsplit(platform.server_url).port}"
        for host, status in (("192.168.7.7", 200), (socket.gethostname(), 200), ("evil.example", 403)):
            answer = requests.get(url + "/restapi", headers={"Host": host}, timeout=TIMEOUT)
            assert answer.status_code == status
        assert requests.get(url + "/practice/credentials", timeout=TIMEOUT).status_code == 404


# /practice/credentials


def test_credentials_are_the_ready_line(world: World) -> None:
    answer = requests.get(world.url("/practice/credentials"), timeout=TIMEOUT)
    assert answer.json() == world.platform.ready()
    assert answer.headers["Cache-Control"] == "no-store"


def test_in_a_class_nobody_is_given_the_credentials_of_others() -> None:
    with PracticePlatform(learners=3) as platform:
        answer = requests.get(platform.server_url + "/practice/credentials", timeout=TIMEOUT)
        ready = platform.ready()
    shared = {name: ready[name] for name in ("server_url", "redirect_uris")}
    assert answer.json() == shared | {"client_id": "", "client_secret": "", "users": []}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:8888"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Mode": "navigate"},
        {"X-Forwarded-For": "10.1.1.1"},
        {"Forwarded": "for=10.1.1.1"},
    ],
)
def test_credentials_are_not_for_browsers_or_proxies(world: World, headers: dict[str, str]) -> None:
    answer = requests.get(world.url("/practice/credentials"), headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 404
    assert world.platform.client_secret not in answer.text


# Limits


def test_big_and_broken_requests_do_no_harm(world: World) -> None:
    big = b"POST /restapi/oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"
    for request in (
        big + b"x" * 100_000,
        b"GET /" + b"a" * 80_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ):
        answer = _raw(world, request, wait=0.3)
        assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    assert requests.get(world.url("/restapi"), timeout=TIMEOUT).status_code == 200


def test_too_many_parameters_are_not_called_bad_utf_8(world: World) -> None:
    many = "&".join(f"p{number}=1" for number in range(101))
    page = requests.get(world.url("/restapi/oauth/authorize?" + many), timeout=TIMEOUT)
    assert (page.status_code, "more than 100 parameters" in page.text) == (400, True)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(world.url("/restapi/oauth/token"), data=many, headers=headers, timeout=TIMEOUT)
    assert "more than 100 parameters" in answer.json()["error_description"]
    for url in ("/restapi/oauth/authorize?state=%ff", "/practice/sign-in?interaction=%ff"):
        assert "not valid UTF-8" in requests.get(world.url(url), timeout=TIMEOUT).text


def test_a_form_in_chunks_is_read(world: World) -> None:
    address = urlsplit(world.platform.server_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/restapi/oauth/token", iter([b"grant_", b"type=x"]), headers)
    assert connection.getresponse().status == 400
    connection.close()


def test_idle_connections_hold_nobody_up(world: World) -> None:
    address = urlsplit(world.platform.server_url)
    idle = [socket.create_connection((address.hostname, address.port or 0)) for _ in range(60)]
    for one in idle[::2]:
        one.sendall(b"GET / HTTP/1.1\r\nHost:")
    began = time.monotonic()
    assert world.log_in()["access_token"]
    assert time.monotonic() - began < TIMEOUT
    for one in idle:
        one.close()


def test_one_computer_cannot_hold_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "most_connections", lambda: 20)
    with PracticePlatform() as platform, contextlib.ExitStack() as held:
        address = ("127.0.0.1", urlsplit(platform.server_url).port or 0)

        def served(source: str) -> bool:
            with socket.create_connection(address, TIMEOUT, (source, 0)) as one:
                with contextlib.suppress(ConnectionError):
                    one.sendall(b"GET /practice/about HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                    return one.recv(12) == b"HTTP/1.1 200"
                return False

        for _ in range(10):
            held.enter_context(socket.create_connection(address, TIMEOUT))
        eventually(lambda: not served("127.0.0.1"))
        assert served("127.0.0.2"), "somebody else"
        held.close()
        eventually(lambda: served("127.0.0.1"))


@pytest.mark.skipif(sys.platform == "win32", reason="there a process has no limit to raise")
def test_the_command_lets_a_big_class_connect() -> None:
    program = "import resource as r; from rc_nb_helpers.practice.connections import let_many_connect\n"
    program += "r.setrlimit(r.RLIMIT_NOFILE, (256, r.getrlimit(r.RLIMIT_NOFILE)[1])); let_many_connect()\n"
    program += "print(r.getrlimit(r.RLIMIT_NOFILE)[0])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) > 256


def test_nothing_is_logged_even_at_debug_level(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = world.sign_in(state="state-value")
    browser.submit(decision="allow")
    tokens = world.exchange(browser.landed["code"]).json()
    new = world.refresh(tokens["refresh_token"]).json()
    world.get("/account/~", new["access_token"])
    requests.get(world.url("/restapi/oauth/authorize?state=%ff"), timeout=TIMEOUT)
    # What the client side logs (urllib3) is not the platform's.
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("urllib3"))
    for secret in (
        browser.landed["code"],
        *(tokens[name] for name in ("access_token", "refresh_token", "session_id")),
        *(new[name] for name in ("access_token", "refresh_token")),
        world.platform.client_secret,
        "state-value",
        "maple",
    ):
        assert secret not in logged


def test_a_failure_of_our_own_is_logged_without_the_query(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(world.platform._backend.oauth, "validate_authorization", fail)
    answer = world.authorize(state="state-value")
    assert answer.status_code == 500
    assert "Something broke" in answer.text
    assert "GET /restapi/oauth/authorize failed" in caplog.text
    assert "state-value" not in caplog.text


def test_a_slash_at_the_end_of_the_server_url_does_not_work_here_either(world: World) -> None:
    # Python's http.server would hide this mistake by taking // for /.
    answer = requests.post(world.platform.server_url + "//restapi/oauth/token", timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "CMN-120")


def test_error_answers_are_json_below_restapi_and_pages_elsewhere(world: World) -> None:
    assert json.loads(requests.get(world.url("/restapi/x"), timeout=TIMEOUT).text)["errorCode"] == "CMN-120"
    page = requests.put(world.url("/practice/"), timeout=TIMEOUT)
    assert (page.status_code, page.headers["Allow"]) == (405, "GET")
    assert "<h1>" in page.text
