"""A seat link as people paste it, and what a platform, or whoever else answers there, may say to it."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from rc_nb_helpers import ConfigurationError, PlatformUnreachable, RingCentralError, seat_link
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.seat_link import SeatLink, read_link, take_seat

from .conftest import SOON, eventually, free_port
from .test_proxies import answering, says

SECRET = "aB3dE5gH7j" + "K9mN1pQ3sT5v"  # in two parts, for the secrets guard
LINK = f"http://192.168.0.5:8440/practice/seat#{SECRET}"
MACHINE = "a" * 32
ENCODED = LINK.replace(":", "%3A").replace("/", "%2F").replace("#", "%23")


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        f"  {LINK}\n",
        f"<{LINK}>",
        f'"{LINK}"',
        f"“{LINK}”",
        f"({LINK}).",
        f"Your link: {LINK}.",
        f"**{LINK}**",
        f"`{LINK}`",
        f"[your seat]({LINK})",
        f"<{LINK}|your seat>",
        f'python3 tutorial.py join "{LINK}"',
        f"py tutorial.py join {LINK} --replace",
        LINK.replace("#", "&#35;"),
        LINK.replace("#", "%23"),
        LINK.replace("/seat#", "/seat/#"),
        LINK.replace("http://", "HTTP://"),
        LINK[:40] + "\n" + LINK[40:],
        LINK[:50] + "\u200b" + LINK[50:],
        f"https://eur01.safelinks.example/?url={ENCODED}&data=05",
        f"https://www.example.com/url?q={ENCODED}&sa=D",
    ],
)
def test_a_link_is_read_as_people_paste_it(text: str) -> None:
    assert read_link(text) == SeatLink("http://192.168.0.5:8440", SECRET)


@pytest.mark.parametrize(
    "server",
    [
        "https://class.example",
        "http://[fd00::1]:8440",
        "http://my-mac.local:8440",
        "https://hub.example/user/a%20b@c.d/p",
    ],
)
def test_the_class_may_be_anywhere(server: str) -> None:
    assert read_link(f"{server}/practice/seat#{SECRET}") == SeatLink(server, SECRET)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "No link was given"),
        (" \n", "No link was given"),
        ("learner-007", "not a seat link"),
        (SECRET, "the end of one"),
        (LINK.partition("#")[0], "The end of this link is missing"),
        (LINK.partition("#")[0] + "#", "The end of this link is missing"),
        (LINK[:-1], "The end of this link is missing"),
        (LINK + "a", "The end of this link is missing"),
        (LINK.replace("://", "://somebody@"), "does not lead to a class"),
        (LINK.replace("8440", "8440/$(id)"), "does not lead to a class"),
        (LINK.replace("8440", "8440/;id"), "does not lead to a class"),
        (LINK.replace("192", "[192"), "does not lead to a class"),
        (LINK.replace("8440", "8440\x1b[2J"), "does not lead to a class"),
        ("http://192.168.0.5:8440/practice/board", "another page of the practice platform"),
        ("http://192.168.0.5:8440/", "the address of another page"),
        ("https://evil.example/#" + SECRET, "the address of another page"),
        (f"https://platform.ringcentral.com/practice/seat#{SECRET}", "RingCentral itself"),
        ("https://platform.devtest.ringcentral.com/", "RingCentral itself"),
        (f"https://platform.ringcentral.com./practice/seat#{SECRET}", "RingCentral itself"),
        ("javascript:alert(1)//practice/seat#" + SECRET, "not a seat link"),
        (f"file:///etc/passwd/practice/seat#{SECRET}", "not a seat link"),
        ("x" * 9000, "too long"),
    ],
)
def test_what_is_no_link_is_told_as_what_it_is(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_link(text)
    assert told in str(caught.value)
    assert caught.value.cure
    assert SECRET[:20] not in str(caught.value)


def test_hostile_texts_are_read_in_a_short_time() -> None:
    for text in ("http://" * 1000, "<" * 8000, "http://h/practice/seat#" * 300, ("%2F" * 2600), "http://a " * 800):
        began = time.monotonic()
        with pytest.raises(ConfigurationError):
            read_link(text)
        assert time.monotonic() - began < 2


@pytest.fixture
def platform() -> Iterator[PracticePlatform]:
    with PracticePlatform(learners=2) as running:
        yield running


def test_a_seat_is_taken(platform: PracticePlatform) -> None:
    link = read_link(platform.seat_link("learner-002"))
    seat = take_seat(link, MACHINE)
    assert (seat.name, seat.server_url) == ("learner-002", platform.server_url)
    assert f"RC_CLIENT_ID={platform.users[1]['client_id']}\n" in seat.env
    assert link.secret not in repr(link)
    assert platform.users[1]["client_secret"] not in repr(seat)


def test_a_link_that_is_over_says_whom_to_ask(platform: PracticePlatform) -> None:
    with pytest.raises(ConfigurationError, match=r"not good.*Ask your instructor for a new link"):
        take_seat(SeatLink(platform.server_url, SECRET), MACHINE)


CLIENT_ID = "Qm7ZtR2pXw9KcV4b"
CLIENT_SECRET = "Zt8LpQ3s" + "Vx6NwY1cJd5R"
ENV = f"RC_SERVER_URL=http://192.168.0.5:8440\nRC_CLIENT_ID={CLIENT_ID}\nRC_CLIENT_SECRET={CLIENT_SECRET}\n"
ENV += "RC_REDIRECT_URL=http://localhost:5000/oauth2callback\n"


def said_by(port: int) -> RingCentralError:
    with pytest.raises(RingCentralError) as caught:
        take_seat(SeatLink(f"http://127.0.0.1:{port}", SECRET), MACHINE)
    assert SECRET not in str(caught.value)
    return caught.value


def body(content: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        b"[" * 10_000,
        b'{"seat": "learner-001"}',
        b'{"errors": [{"errorCode": "seat-link"}]}',
        json.dumps({"seat": "\x1b[31mlearner", "env": ENV}).encode(),
        json.dumps({"seat": "learner-001", "env": ""}).encode(),
        json.dumps({"seat": "learner-001", "env": ENV.replace(f"RC_CLIENT_ID={CLIENT_ID}\n", "")}).encode(),
        json.dumps({"seat": "learner-001", "env": ENV + "PATH=/bin\n"}).encode(),
        json.dumps({"seat": "learner-001", "env": ENV + "RC_CLIENT_ID=another-one\n"}).encode(),
        json.dumps({"seat": "learner-001", "env": ENV.replace(CLIENT_SECRET, "${HOME}")}).encode(),
        json.dumps(
            {"seat": "learner-001", "env": ENV.replace("192.168.0.5:8440", "platform.ringcentral.com")}
        ).encode(),
        json.dumps({"seat": "learner-001", "env": ENV.replace("http://192", "file://192")}).encode(),
        json.dumps({"seat": "learner-001", "env": ENV.replace(CLIENT_SECRET, "Zt8LpQ3s;id;NwY1cJd5R")}).encode(),
        json.dumps({"seat": "learner-001", "env": ENV.replace("oauth2callback", "x?y=1&id")}).encode(),
        json.dumps({"seat": 1, "env": ENV, "more": "x" * 50_000}).encode(),
    ],
)
def test_an_answer_that_is_no_seat_is_not_taken(answer: bytes) -> None:
    with answering(lambda request: body(answer)) as port:
        assert "gives no seat" in said_by(port).happened


def test_of_an_answer_nothing_is_taken_but_the_four_lines() -> None:
    env = f"# a comment\nexport RC_CLIENT_ID='{CLIENT_ID}'\n" + ENV.replace(f"RC_CLIENT_ID={CLIENT_ID}\n", "")
    content = json.dumps({"seat": "learner-001", "env": env}).encode()
    with answering(lambda request: body(content)) as port:
        seat = take_seat(SeatLink(f"http://127.0.0.1:{port}", SECRET), MACHINE)
    assert sorted(seat.env.splitlines()) == sorted(ENV.splitlines())


@pytest.mark.parametrize("status", ["302 Found", "303 See Other", "307 Temporary"])
def test_a_redirect_is_not_followed(status: str) -> None:
    asked = []

    def elsewhere(request: bytes) -> bytes:
        asked.append(request)
        return body(b"", "200 OK")

    with (
        answering(elsewhere) as other,
        answering(says(status, f"Location: http://127.0.0.1:{other}/")) as port,
    ):
        error = said_by(port)
    assert "sign in first, in a browser" in error.why
    assert asked == []


@pytest.mark.parametrize("status", ["404 Not Found", "405 No", "500 No", "401 No", "403 Forbidden"])
def test_another_server_is_told_as_one(status: str) -> None:
    with answering(lambda request: body(b"<html>", status)) as port:
        error = said_by(port)
    assert (isinstance(error, PlatformUnreachable), status[:3] in error.happened) == (True, True)


def test_nobody_there_and_no_such_name() -> None:
    assert "No practice platform answers at" in said_by(free_port()).happened
    with pytest.raises(PlatformUnreachable, match=r"no computer called nowhere\.invalid"):
        take_seat(SeatLink("http://nowhere.invalid", SECRET), MACHINE)


def test_who_never_ends_to_answer_is_waited_for_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat_link, "SECONDS", 0.4)
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not over.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=drip, args=(listener,), daemon=True)
        server.start()
        watchdog = threading.Timer(5, over.set)
        watchdog.start()
        error = said_by(listener.getsockname()[1])
        assert not over.is_set(), "it has waited for the server's end"
        watchdog.cancel()
        over.set()
        server.join()
    assert "has not answered" in error.happened


@pytest.mark.parametrize("late", [False, True])
def test_who_is_waited_for_no_more_is_listened_to_no_more(monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    monkeypatch.setattr(seat_link, "SECONDS", 0.3)
    told, connect = threading.Event(), HTTPConnection.connect

    def connect_late(connection: HTTPConnection) -> None:
        told.wait(SOON)
        connect(connection)

    if late:  # on a busy computer the connection may be there only when nobody waits any more
        monkeypatch.setattr(HTTPConnection, "connect", connect_late)
    before = set(threading.enumerate())

    def flood(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            while True:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def listens() -> bool:
        """Whether we do. The other side may hear of the end minutes later, when its system asks for room."""
        return any(each.name == "seat-link" for each in set(threading.enumerate()) - before)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=flood, args=(server,), daemon=True).start()
        said_by(server.getsockname()[1])
        told.set()
        eventually(lambda: not listens())


def test_https_is_asked_of_who_speaks_it() -> None:
    no_tls = answering(lambda request: b"HTTP/1.1 200 OK\r\n\r\n")
    with no_tls as port, pytest.raises(PlatformUnreachable) as caught:
        take_seat(SeatLink(f"https://127.0.0.1:{port}", SECRET), MACHINE)
    assert "as an https:// server" in caught.value.happened


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", None])
def test_a_proxy_on_the_way_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | None
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with answering(lambda request: answer) as port:
        monkeypatch.setenv("http_proxy", f"http://somebody:proxy-secret@127.0.0.1:{port}")
        with pytest.raises(PlatformUnreachable) as caught:
            take_seat(SeatLink("http://192.168.0.5:8440", SECRET), MACHINE)
    assert f"A proxy was on the way, 127.0.0.1:{port}." in caught.value.why
    assert "192.168.0.5 seems to be in your own network" in caught.value.cure
    assert "NO_PROXY" in caught.value.cure
    assert "proxy-secret" not in str(caught.value)


def test_a_proxy_never_sees_a_link_to_this_computer(
    monkeypatch: pytest.MonkeyPatch, platform: PracticePlatform
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert take_seat(read_link(platform.seat_link("learner-001")), MACHINE).name == "learner-001"


def test_the_page_and_the_command_know_the_same_link() -> None:
    """The fence between the helpers and practice hides what they share; this holds the two sides to it."""
    with PracticePlatform(learners=1) as running:
        assert re.fullmatch(seat_link._LINK, running.seat_link("learner-001"))
