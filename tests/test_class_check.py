"""What a learner's machine is told of a class before it begins, by servers that answer rightly and wrongly."""

from __future__ import annotations

import base64
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
import trustme

from rc_nb_helpers import __version__
from rc_nb_helpers.practice import PracticePlatform
from tools import class_check, commands
from tools.class_check import Finding, findings, place_of
from tools.problem import Problem

from .conftest import free_port
from .test_certificates import server as tls_server
from .test_proxies import answering

ROOT = Path(__file__).parents[1]
ELSEWHERE = "127.0.0.2"
"""An address of this machine that counts as another machine's."""


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(class_check, "SECONDS", 2.0)


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticePlatform]:
    with PracticePlatform(host=ELSEWHERE, learners=1, redirect_uris=[f"http://localhost:{free_port()}/x"]) as platform:
        yield platform


def found(url: str) -> dict[str, Finding]:
    return {one.about: one for one in findings(place_of(url))}


def says(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def test_all_is_well_before_anything_is_installed(practice: PracticePlatform) -> None:
    link = f"{practice.server_url}/practice/seat#a-secret-of-one-seat"
    command = [sys.executable, "-S", ROOT / "tutorial.py", "practice", "--check", link]  # -S: no packages
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("A practice platform answers", "None is on the way", "within 60 seconds", "All is well"):
        assert words in done.stdout
    assert f"are version {__version__}" in done.stdout
    assert f"{practice.server_url}/practice/window" in done.stdout
    assert "secret" not in done.stdout


def test_what_is_wrong_is_counted_and_the_exit_code_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "ensure_environment", lambda *_: pytest.fail("nothing is to be installed"))
    assert commands.main(["practice", "--check", f"{ELSEWHERE}:{free_port()}"]) == 1
    said = capsys.readouterr().out
    assert "1 of these lines must be put right first" in said
    assert said.count("What to do:") == 1


@pytest.mark.parametrize(
    "page", ["", "/", "/practice/seat#of-a-seat", "/practice/seat%23of-a-seat", "/practice/board?a=b"]
)
def test_a_hub_has_its_platform_below_a_path(page: str) -> None:
    port = free_port()
    at = f"http://{ELSEWHERE}:{port}/services/practice"
    assert place_of(at + page).url == at
    assert place_of(f"http://{ELSEWHERE}:{port}{page}").url == f"http://{ELSEWHERE}:{port}"
    if not page:
        with PracticePlatform(host=ELSEWHERE, port=port, public_url=at, learners=1):
            assert found(at)["Reachable"].state == "ok"
            assert f"{at}/practice/window" in found(at)["Window"].text


@pytest.mark.parametrize("url", ["", "http://", "ftp://a", "a b", "http://user:pw@host", "http://h:99999999"])
def test_what_is_no_address_is_not_shown_again(url: str) -> None:
    with pytest.raises(Problem, match=r"such as http://192\.168\.0\.5:8440") as caught:
        place_of(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "happened", "cure"),
    [
        (says("302 Found", "Location: http://wifi.example/login?x=1"), "leads on to http://wifi.example:80", "Wi-Fi"),
        (says("200 OK", body="<html>Welcome to our Wi-Fi"), "Something else", "Wi-Fi"),
        (says("200 OK", body='{"practice_platform": 1}'), "Something else", "Wi-Fi"),
        (says("200 OK", body="[" * 60_000), "Something else", "Wi-Fi"),
        (says("502 Bad Gateway"), "in front of the platform", "Tell the instructor"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak the language of web servers", "port"),
        (b"", "broke the connection off", "port"),
    ],
    ids=["Wi-Fi's page", "a web page", "nearly", "deep", "502", "ssh", "hangs up"],
)
def test_what_answers_in_its_place_is_told(answer: bytes, happened: str, cure: str) -> None:
    with answering(lambda _: answer, host=ELSEWHERE) as port:
        reachable = found(f"http://{ELSEWHERE}:{port}")["Reachable"]
    assert reachable.state == "WRONG"
    assert happened in reachable.text
    assert cure in reachable.cure


def test_a_name_that_the_platform_does_not_know_is_told(
    practice: PracticePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(practice.server_url.rpartition(":")[2])
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: look_up({"class.example": ELSEWHERE}.get(host, host), *rest, **more),
    )
    reachable = found(f"http://class.example:{port}")["Reachable"]
    assert "does not know that it is called class.example" in reachable.text
    assert f"--public-url http://class.example:{port}" in reachable.cure


@pytest.mark.parametrize("host", [ELSEWHERE, "no-such-class.invalid"])
def test_nobody_there(host: str) -> None:
    reachable = found(f"http://{host}:{free_port()}")["Reachable"]
    assert ("lets nobody in" if host == ELSEWHERE else "no computer called") in reachable.text
    assert ("--host 0.0.0.0" if host == ELSEWHERE else "in numbers") in reachable.cure


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_never_answers_is_given_up_soon_with_all_that_it_may_be(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_check, "SECONDS", 0.2)
    with socket.create_server((ELSEWHERE, 0)) as silent:
        began = time.monotonic()
        reachable = found(f"{scheme}://{ELSEWHERE}:{silent.getsockname()[1]}")["Reachable"]
        assert time.monotonic() - began < 3
    for words in ("firewall", "client isolation", "hotspot"):
        assert words in reachable.cure


def test_a_name_that_is_looked_for_without_end_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_check, "SECONDS", 0.2)
    monkeypatch.setattr(class_check.http.client.HTTPConnection, "connect", lambda _: time.sleep(2))
    began = time.monotonic()
    assert "Nothing came back" in found("http://class.example:1")["Reachable"].text
    assert time.monotonic() - began < 1.5


def test_http_and_https_are_told_apart(practice: PracticePlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_check, "SECONDS", 0.5)  # a server without TLS waits
    spoken = found(practice.server_url.replace("http:", "https:"))["Reachable"]
    assert "speaks http, not https" in spoken.text
    assert practice.server_url in spoken.cure
    monkeypatch.setattr(class_check, "SECONDS", 5.0)  # one with TLS answers, however busy the machine is
    with tls_server(trustme.CA().issue_cert("127.0.0.1")) as url:
        spoken = found(url.replace("https:", "http:"))["Reachable"]
        assert "speaks https, not http" in spoken.text
        assert f"Write the address so: {url}" in spoken.cure
        assert "is not trusted here" in found(url)["Reachable"].text


# The proxy


@pytest.mark.parametrize("before", ["", "intranet.example"])
def test_a_proxy_that_is_only_in_the_way_is_told_with_the_line_to_type(
    practice: PracticePlatform, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://me:proxy-password@127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", before)
    lines = found(practice.server_url)
    assert lines["Reachable"].state == "ok"
    assert lines["Proxy"].state == "WRONG"
    assert lines["Proxy"].text.startswith("The variable HTTP_PROXY names")
    assert f'NO_PROXY="{before}{"," if before else ""}{ELSEWHERE}"' in lines["Proxy"].cure
    assert "proxy-password" not in str(lines)
    for hosts in (ELSEWHERE, "intranet.example, 127.0.0.0/8"):
        monkeypatch.setenv("NO_PROXY", hosts)
        assert "None is on the way" in found(practice.server_url)["Proxy"].text, hosts


def test_a_proxy_that_lets_through_or_is_the_only_way_is_fine(
    practice: PracticePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    body = f'{{"practice_platform": "{__version__}"}}'

    def proxy(request: bytes) -> bytes:
        asked.append(request)
        return says("200 OK", f"Date: {formatdate(usegmt=True)}", body=body)

    with answering(proxy) as port:
        monkeypatch.setenv("http_proxy", f"me:proxy-password@127.0.0.1:{port}")
        lines = found(practice.server_url)
        assert [lines[about].state for about in ("Reachable", "Proxy")] == ["ok", "ok"]
        lines = found("http://class.invalid:8440")
        assert "through the proxy only" in lines["Reachable"].text
        assert lines["Version"].state == "ok"
    assert asked[1].startswith(b"GET http://class.invalid:8440/practice/about HTTP")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"me:proxy-password") in asked[1]


# Version, clock, ports


def _platform(version: str, *, ahead: float) -> bytes:
    """An answer of a platform with a clock that goes wrong."""
    date = f"Date: {formatdate(time.time() + ahead, usegmt=True)}"
    return says("200 OK", date, body=f'{{"practice_platform": "{version}"}}')


@pytest.mark.parametrize(
    ("version", "ahead", "about", "words"),
    [
        ("9.9", 0, "Version", "The platform is version 9.9"),
        (__version__, -3600, "Clock", "60 minutes ahead of the platform's"),
        (__version__, 86400, "Clock", "24 hours behind the platform's"),
    ],
)
def test_what_differs_is_told_with_its_cure(version: str, ahead: float, about: str, words: str) -> None:
    with answering(lambda _: _platform(version, ahead=ahead)) as port:
        finding = found(f"http://127.0.0.1:{port}")[about]
    assert (finding.state, bool(finding.cure)) == ("WRONG", True)
    assert words in finding.text


@pytest.mark.parametrize("date", ["", "1 Jan 2000000000 00:00:00 GMT", "1 Jan 99999999999 00:00:00 +99999999999"])
def test_an_answer_without_a_time_is_not_called_wrong(date: str) -> None:
    body = f'{{"practice_platform": "{__version__}"}}'
    with answering(lambda _: says("200 OK", f"Date: {date}", body=body)) as port:
        assert found(f"http://127.0.0.1:{port}")["Clock"].state == "?"


@pytest.mark.parametrize(
    "said",
    [
        r'"\u001b[2J\u001b]0;x\u0007"',
        '""',
        '"1", "clock_ahead_seconds": NaN',
        f'"1", "clock_ahead_seconds": 1{"0" * 400}',
    ],
)
def test_what_no_platform_says_of_itself_does_not_reach_the_terminal(said: str) -> None:
    with answering(lambda _: says("200 OK", body=f'{{"practice_platform": {said}}}')) as port:
        lines = found(f"http://127.0.0.1:{port}")
    assert "Something else than a practice platform answers" in lines["Reachable"].text
    assert all(str(line).replace("\n", "").isprintable() for line in lines.values())


def test_an_older_platform_is_known_as_one() -> None:
    with answering(lambda _: says("404 Not Found", "RCRequestId: x")) as port:
        lines = found(f"http://127.0.0.1:{port}")
    assert lines["Reachable"].state == "ok"
    assert "tells no version" in lines["Version"].text


def test_a_clock_that_the_instructor_has_moved_is_not_wrong(practice: PracticePlatform) -> None:
    practice.controls.advance(8 * 86400)
    try:
        assert found(practice.server_url)["Clock"].state == "ok"
    finally:
        practice.controls.restore_clock()


def test_a_login_needs_one_of_the_ports_of_the_class() -> None:
    with contextlib.ExitStack() as taken:
        held = taken.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        uris = [f"http://{host}:{held}/x" for host in ("localhost", "127.0.0.1")]
        port = class_check.ports(uris)
        assert port.state == "WRONG"
        assert f"In use: {held} (another program in this notebook's kernel)" in port.text
        free = free_port()
        port = class_check.ports([*uris, f"http://localhost:{free}/x"])
        assert port.state == "ok"
        assert f"on port {free}, which is free. In use: {held}" in port.text
    assert "None is needed" in class_check.ports(["https://hub.example/rc-callback/"]).text
