"""A seat link of a class: reads what a person has pasted, and asks the class's platform for the seat.

Standard library only: ``tutorial.py join`` needs it before any package is installed. What comes back from there is
taken only if it can be what it should be, and none of its words are shown: anybody can make a link.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from itertools import islice
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
    getproxies,
    proxy_bypass,
)

from .env_files import assignments
from .errors import ConfigurationError, PlatformUnreachable, RingCentralError
from .near_misses import KEYS, SERVER_URL
from .pasted import MOST_CHARACTERS, MOST_FORMS, forms_of
from .redaction import opaque
from .settings import Place, Settings
from .web_addresses import is_near, is_ringcentral, is_web_address, without_proxy

SEAT_PATH = "/practice/seat"
SECONDS = 10.0
"""How long the platform may take to answer."""
_MOST_BYTES = 16 * 1024
_ADDRESS = r"[A-Za-z0-9._~:/@%\[\]-]"
"""The signs of a platform's address. Messages name it in lines to copy, so none of them may mean more to a shell."""
_LINK = rf"(?i:(https?)://)({_ADDRESS}+?){SEAT_PATH}/?(?:#|%23)([A-Za-z0-9]{{22}})"
_VALUE = rf"(?:{_ADDRESS}|[,?=+])+"
"""What may stand in a file that some people load with a shell."""
_SEAT = r"[a-z][a-z0-9-]{0,39}"
_NEW_LINK = "Ask your instructor for a new link of your seat."
_COPY = (
    "Copy the whole link from your slip or from the message: it begins with http, has /practice/seat# in it, and ends "
    "with 22 letters and digits."
)


@dataclass(frozen=True)
class SeatLink:
    """A seat link, taken apart.

    Attributes:
        server_url: Where the class's platform is.
        secret: What the link proves itself with.
    """

    server_url: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Seat:
    """A seat in a class.

    Attributes:
        name: Such as ``learner-007``.
        server_url: Where the class's platform is, as the lines say.
        env: The lines of its ``.env-practice``.
    """

    name: str
    server_url: str
    env: str = field(repr=False)


@opaque
def read_link(text: str) -> SeatLink:
    """The seat link in what a person has pasted: alone, in quotes or brackets, changed by a chat, in a whole command.

    Args:
        text: What was pasted.

    Raises:
        ConfigurationError: There is none. The message says what is there instead.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConfigurationError(
            "This is too long for a seat link.", why="It is probably the text of a page.", cure=_COPY
        )
    forms = list(islice(forms_of(text.strip()), MOST_FORMS))
    for form in forms:
        if found := re.fullmatch(_LINK, form):
            authority, slash, path = found[2].partition("/")
            server_url = f"{found[1].lower()}://{authority.lower()}{slash}{path}"
            if is_web_address(server_url):
                _refuse_ringcentral(server_url)
                return SeatLink(server_url, found[3])
    raise _told(text, forms)


@opaque
def take_seat(link: SeatLink, machine: str) -> Seat:
    """Ask the class's platform for the seat of a link.

    Args:
        link: The link.
        machine: The mark of this computer: 32 random hexadecimal digits.

    Raises:
        ConfigurationError: The link is not good.
        PlatformUnreachable: Nobody answers there, or it is no practice platform.
    """
    status, content = _within(SECONDS, link, lambda opened: _send(link, machine, opened))
    answer = _json(content)
    if status == 200 and (seat := _seat_in(answer)):
        return seat
    if status == 403 and _code_of(answer) == "seat-link":
        raise ConfigurationError(
            "This seat link is not good.",
            why=f"The platform at {link.server_url} does not know it, or not any more: a link is over when it was "
            "replaced or revoked, and when the class has ended.",
            cure=_NEW_LINK,
        )
    raise _strange(link, status)


# --- what was pasted


def _refuse_ringcentral(server_url: str) -> None:
    try:
        host = urlsplit(server_url).hostname or ""
    except ValueError:  # half an IPv6 address: nobody's
        return
    if is_ringcentral(host.rstrip(".")):
        raise ConfigurationError(
            "This link leads to RingCentral itself.",
            why="A class works with a practice platform, and RingCentral has no seats to give.",
            cure=_COPY,
        )


def _told(text: str, forms: list[str]) -> ConfigurationError:
    """What a text is that is no seat link."""
    addresses = [form for form in forms if re.match(r"(?i)https?://", form)]
    if not text.strip():
        return ConfigurationError("No link was given.", cure=_COPY)
    if not addresses:
        why = "It has no http:// or https:// in front."
        if re.fullmatch(r"\W*[A-Za-z0-9]{22}\W*", text):
            why = "It looks like the end of one. Where the class is stands in its beginning."
        return ConfigurationError("This is not a seat link.", why=why, cure=_COPY)
    for address in addresses:
        _refuse_ringcentral(address)
    if any(re.search(rf"{SEAT_PATH}/?(?:#|%23)[A-Za-z0-9]{{22}}\Z", address) for address in addresses):
        return ConfigurationError(
            "This link does not lead to a class.",
            why=f"What stands in front of {SEAT_PATH} is no address of a practice platform.",
            cure=_NEW_LINK,
        )
    if any(re.search(rf"{SEAT_PATH}/?(?:#|%23|$)", address) for address in addresses):
        return ConfigurationError(
            "The end of this link is missing, or has been changed.",
            why="Behind the # stand 22 letters and digits. Some programs cut them off.",
            cure=_COPY,
        )
    if any("/practice/" in address for address in addresses):
        return ConfigurationError("This is the address of another page of the practice platform.", cure=_COPY)
    return ConfigurationError("This is the address of another page, not a seat link.", cure=_COPY)


# --- the question


class _NoRedirects(HTTPRedirectHandler):
    """Follows none: what is behind one would get the secret."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class _Opened:
    """The connections of one question."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._over = False

    def note(self, opened: socket.socket) -> None:
        """Note one that was opened; hang up at once when nobody waits any more."""
        self._sockets.append(opened)
        if self._over:
            self.hang_up()

    def hang_up(self) -> None:
        """Hang up, also on those that are opened later. First the mark: whoever notes one meanwhile sees it."""
        self._over = True
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Http(HTTPHandler):
    """Notes the socket of a connection in ``opened``."""

    def __init__(self, opened: _Opened) -> None:
        super().__init__()
        self._opened = opened

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_connection, HTTPConnection, self._opened), req)


class _Https(HTTPSHandler):
    """Does the same with TLS."""

    def __init__(self, opened: _Opened) -> None:
        super().__init__()
        self._opened = opened

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_connection, HTTPSConnection, self._opened), req)


def _connection(kind: type[HTTPConnection], opened: _Opened, host: str, /, **options: Any) -> HTTPConnection:
    connection = kind(host, **options)
    connect = connection.connect

    def connect_and_note() -> None:
        connect()
        opened.note(connection.sock)

    connection.connect = connect_and_note  # type: ignore[method-assign]
    return connection


def _send(link: SeatLink, machine: str, opened: _Opened) -> tuple[int, bytes]:
    request = Request(  # noqa: S310 - of a link that begins with http: or https:
        link.server_url + SEAT_PATH,
        json.dumps({"secret": link.secret, "machine": machine}).encode(),
        {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "rc-nb-helpers"},
        method="POST",
    )
    proxy = _proxy_for(link.server_url)
    opener = build_opener(
        ProxyHandler({request.type: proxy} if proxy else {}), _NoRedirects, _Http(opened), _Https(opened)
    )
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return answer.status, answer.read(_MOST_BYTES)
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(_MOST_BYTES)


def _within(seconds: float, link: SeatLink, work: Callable[[_Opened], tuple[int, bytes]]) -> tuple[int, bytes]:
    """The outcome of some work, in a bounded time: a server can send one byte after another for ever."""
    opened = _Opened()
    outcome: list[tuple[int, bytes]] = []
    failure: list[Exception] = []

    def run() -> None:
        try:
            outcome.append(work(opened))
        except (OSError, HTTPException, ValueError) as error:  # ValueError: a proxy's address that is none
            failure.append(error)

    worker = threading.Thread(target=run, name="seat-link", daemon=True)
    worker.start()
    worker.join(seconds)
    if outcome:
        return outcome[0]
    opened.hang_up()  # or else it would be listened to for as long as the notebook's kernel runs
    raise _unreachable(link, failure[0] if failure else TimeoutError())


def _proxy_for(url: str) -> str:
    """The proxy on the way to a URL, as the variables and the system say; empty where there is none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host == "localhost"
    proxies = getproxies()
    return "" if own or proxy_bypass(host) else proxies.get(parts.scheme) or proxies.get("all") or ""


# --- the answer


def _json(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _code_of(answer: dict[str, Any]) -> str:
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("errorCode", "")) if isinstance(first, dict) else ""


def _seat_in(answer: dict[str, Any]) -> Seat | None:
    """The seat of an answer; None when its name or its lines cannot be one's."""
    name, env = answer.get("seat"), answer.get("env")
    if not (isinstance(name, str) and re.fullmatch(_SEAT, name) and isinstance(env, str)):
        return None
    found = list(assignments(env))
    values = {each.name: each.value or "" for each in found}
    if len(found) != len(KEYS) or set(values) != set(KEYS):
        return None
    if not all(re.fullmatch(_VALUE, value) for value in values.values()):
        return None
    places = {key: Place(key=key, file_name=".env-practice") for key in KEYS}
    try:
        Settings("practice", ".env-practice", values, places).check()
    except RingCentralError:
        return None
    # Not the text as it came: a comment, or a line that other programs read in another way, would come along.
    return Seat(name, values[SERVER_URL], "".join(f"{each.name}={each.value}\n" for each in found))


# --- what goes wrong


def _near_proxy(link: SeatLink) -> tuple[str, str]:
    """That a proxy was on the way, and what to do about it where none is needed; empty where there was none."""
    proxy = _proxy_for(link.server_url)
    if not proxy:
        return "", ""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        where = f"{parts.hostname or 'an unknown host'}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        where = parts.hostname or "an unknown host"
    host = urlsplit(link.server_url).hostname or ""
    return f" A proxy was on the way, {where}.", f"{without_proxy(host)} Or else: " if is_near(link.server_url) else ""


def _unreachable(link: SeatLink, error: Exception) -> PlatformUnreachable:
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    parts = urlsplit(link.server_url)
    through, no_proxy = _near_proxy(link)
    look = (
        "Check that this computer is in the same network as the class. What is in the way tells, in a terminal: "
        f"python3 tutorial.py practice --check {link.server_url}"
    )
    if isinstance(cause, ssl.SSLError):
        return PlatformUnreachable(
            f"{link.server_url} does not answer as an https:// server that this Python trusts.",
            why=f"The system says: {cause.reason or type(cause).__name__}.{through}",
            cure=f"{no_proxy}Ask your instructor whether the link begins with https:// rightly. In a network with a "
            "certificate of its own, the variable SSL_CERT_FILE names the file with it.",
        )
    if isinstance(cause, socket.gaierror) and not through:
        happened, why = f"There is no computer called {parts.hostname} here.", "Its name cannot be found."
    elif isinstance(cause, TimeoutError):
        happened = f"{link.server_url} has not answered within {SECONDS:.0f} seconds."
        why = "Some Wi-Fi networks keep their computers apart: then another network is needed."
    elif isinstance(cause, ConnectionRefusedError) and not through:
        happened, why = f"No practice platform answers at {link.server_url}.", "Nothing listens there at the moment."
    else:
        words = cause.strerror if isinstance(cause, OSError) and cause.strerror else type(cause).__name__
        happened, why = f"{link.server_url} cannot be reached.", f"The system says: {words}."
    return PlatformUnreachable(happened, why=f"{why}{through}".strip(), cure=no_proxy + look)


def _strange(link: SeatLink, status: int) -> PlatformUnreachable:
    through, no_proxy = _near_proxy(link)
    why = "That is not how a practice platform with a class answers."
    if 300 <= status < 400:
        why += " It sends to another address: the network may want you to sign in first, in a browser."
    return PlatformUnreachable(
        f"What answers at {link.server_url} gives no seat: it answered {status}.",
        why=why + through,
        cure=f"{no_proxy}Open the link in a browser. If the page there is not that of your seat, ask your instructor.",
    )
