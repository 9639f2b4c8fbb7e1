"""Opened to a room: which address it names, and that it says what that means."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers.practice import PracticePlatform, network
from rc_nb_helpers.practice import __main__ as practice_command

from .conftest import TIMEOUT, World

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("host", "reachable", "is_open"),
    [
        ("127.0.0.1", "127.0.0.1", False),
        ("localhost", "127.0.0.1", False),
        ("::1", "::1", False),
        ("192.168.7.7", "192.168.7.7", True),
        ("0.0.0.0", "10.1.2.3", True),
        ("", "10.1.2.3", True),
        ("::", "10.1.2.3", True),
    ],
)
def test_the_address_is_one_that_others_can_use(
    monkeypatch: pytest.MonkeyPatch, host: str, reachable: str, is_open: bool
) -> None:
    monkeypatch.setattr(network, "_outward_address", lambda: "10.1.2.3")
    assert network.reachable_host(host) == reachable
    assert network.is_open(host) is is_open


def test_without_a_network_it_is_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda _: ("", [], ["127.0.1.1"]))
    assert network.reachable_host("0.0.0.0") == "127.0.0.1"
    assert network.reachable_host("::") == "::1"
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda _: ("", [], ["127.0.1.1", "10.9.9.9"]))
    assert network.reachable_host("0.0.0.0") == "10.9.9.9"


def test_a_public_url_is_where_everything_points() -> None:
    with PracticePlatform(public_url="https://practice.example/") as platform:
        assert platform.server_url == "https://practice.example"
        port = platform._bound_port
        world = World(platform, None)  # type: ignore[arg-type]
        for host, status in (("practice.example", 200), (f"127.0.0.1:{port}", 200), ("evil.example", 403)):
            answer = requests.get(f"http://127.0.0.1:{port}/restapi", headers={"Host": host}, timeout=TIMEOUT)
            assert answer.status_code == status, host
        discovery = requests.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration", timeout=TIMEOUT).json()
        assert discovery["token_endpoint"] == "https://practice.example/restapi/oauth/token"
        answer = requests.get(f"http://127.0.0.1:{port}/practice/credentials", timeout=TIMEOUT)
        assert answer.status_code == 404
        assert world.platform.open_to_network


@pytest.mark.parametrize(
    "url",
    [
        *("practice.example", "ftp://x", "http://", "http://x?y", "http://a@x", "http://x:0", "http://[x"),
        *(
            "http://x/a b",
            "http://x/a//b",
            "http://x/../b",
            'http://x/"',
            "http://x/a;b",
            "http://x/a?b",
            "http://x/a#b",
        ),
        *("https://x/practice", "https://x/restapi/p"),  # where the platform's own paths begin
    ],
)
def test_a_public_url_is_an_address(url: str) -> None:
    with pytest.raises(ValueError, match="public URL"):
        PracticePlatform(public_url=url)


@pytest.mark.parametrize("options", [["--json"], []])
def test_the_command_says_what_open_means(options: list[str]) -> None:
    command = [sys.executable, "-m", "rc_nb_helpers.practice", "--host", "0.0.0.0", *options]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        if options:
            host = urlsplit(json.loads(first)["server_url"]).hostname
            assert host == network.reachable_host("0.0.0.0")
        process.send_signal(signal.SIGINT)
        output, errors = process.stdout.read(), process.stderr.read()
    assert "open to your network" in (errors if options else output)
    assert (output if options else errors) == ""


@pytest.mark.parametrize(("url", "unencrypted"), [("https://practice.example", False), ("http://192.0.2.1", True)])
def test_the_warning_says_what_is_true_of_the_public_url(url: str, unencrypted: bool) -> None:
    with PracticePlatform(public_url=url) as platform:
        warning = practice_command._warning(platform)
    assert "whoever can reach this computer can use it" in warning
    assert ("not encrypted" in warning) is unencrypted


@given(st.text())
def test_a_public_url_is_a_plain_address_or_refused(text: str) -> None:
    try:
        url = network.checked_public_url(text)
    except ValueError:
        return
    assert url.startswith(("http://", "https://"))
    assert not set(url) & set(" ?#\\\n\"<>;&'")
    assert not url.endswith("/")
