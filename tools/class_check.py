"""From a learner's machine: will the class work here? Standard library only: it is asked before anything is installed.

It asks the practice platform of a class who it is, directly and through the proxy that this machine names, and says of
each thing that a lesson needs whether it is there, and what to do where it is not.
"""

import base64
import contextlib
import email.utils
import errno
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import textwrap
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from rc_nb_helpers import __version__
from rc_nb_helpers.loopback import is_loopback, origin_of, port_holder
from tools.ports import is_free
from tools.problem import Problem

SECONDS = 4.0
"""How long one way to the platform may take in all, finding its name included."""
CLOCK_SECONDS = 60
"""From which difference on the clocks are called different: the life of a code, which people watch on both."""
USUAL_PORTS = (5000, 5001, 5002)
MOST_BYTES = 65_536
MOST_SECONDS_AHEAD = 10**10
ABOUT = "/practice/about"
OWN_PAGE = r"(?:^/practice(?=[/%]|$)|/practice/(?:about|board|console|seat|stuck|window)|/restapi(?=/|$)).*"
"""What of an address's path is the platform's own: people paste what their browser shows."""
PATH = r"(?:/[A-Za-z0-9._~@%+-]+)*"
WIDTH = 100
OTHER_SERVER = (
    "Open any web page in your browser. If the Wi-Fi asks you to sign in, do so, and check again. If not, compare the "
    "address and its port with those that the instructor's board shows."
)

State = Literal["ok", "WRONG", "?"]


@dataclass(frozen=True)
class Finding:
    """What was found about one thing.

    Attributes:
        state: Whether it is as it should be; ``?`` where this command cannot know.
        about: The thing.
        text: What was found.
        cure: What to do; empty where nothing needs to be done.
    """

    state: State
    about: str
    text: str
    cure: str = ""

    def __str__(self) -> str:
        indent = " " * 20
        said = textwrap.fill(f"  {self.state:<7}{self.about:<11}{self.text}", WIDTH, subsequent_indent=indent)
        if not self.cure:
            return said
        return said + "\n" + textwrap.fill(
            f"What to do: {self.cure}", WIDTH, initial_indent=indent, subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a platform is: the parts of its address."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def url(self) -> str:
        """The address; the port is always named, because people forget it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def is_here(self) -> bool:
        """Whether it is this very computer."""
        return is_loopback(self.url.replace("https:", "http:", 1))


@dataclass(frozen=True)
class Proxy:
    """A proxy, and who names it: a variable, or the system's settings."""

    url: str = field(repr=False)
    named_by: str

    @property
    def address(self) -> str:
        """Its address without user name and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or 80}"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def about(self) -> dict[str, Any]:
        """What the platform says of itself; empty where something else has answered."""
        with contextlib.suppress(ValueError, RecursionError):
            said = json.loads(self.body)
            if self.status == 200 and isinstance(said, dict) and is_about(said):
                return said
        return {}

    @property
    def is_older(self) -> bool:
        """Whether it is from a platform of before it told of itself."""
        return self.status == 404 and "RCRequestId" in self.headers

    @property
    def is_platform(self) -> bool:
        """Whether a practice platform has answered."""
        return bool(self.about) or self.is_older


def is_about(said: dict[str, Any]) -> bool:
    """Whether a practice platform can have said this of itself. Its words go to a terminal, which obeys some signs."""
    number, ahead = said.get("practice_platform"), said.get("clock_ahead_seconds", 0)
    return (
        isinstance(number, str)
        and re.fullmatch(r"[0-9A-Za-z.+-]{1,40}", number) is not None
        and isinstance(ahead, int | float)
        and abs(ahead) < MOST_SECONDS_AHEAD  # which NaN is not
    )


class Unreachable(Exception):
    """There was no answer, or another one than a practice platform's: what happened, and what to do."""

    def __init__(self, happened: str, cure: str) -> None:
        super().__init__(happened)
        self.cure = cure


def run(url: str) -> int:
    """Check, show each finding, and return the exit code: 0 only if all is well."""
    place = place_of(url)
    print(f"Looking from this computer at the class on {place.url} …\n", flush=True)
    wrong = 0
    for finding in findings(place):
        print(finding, flush=True)
        wrong += finding.state == "WRONG"
    end = "All is well, as far as a command can tell."
    print(f"\n{f'{wrong} of these lines must be put right first.' if wrong else end}")
    return int(bool(wrong))


def place_of(url: str) -> Place:
    """Where the platform is. A link to a seat will do, too; what else it holds is neither used nor shown.

    Raises:
        Problem: It is no address.
    """
    url = url if "://" in url else f"http://{url}"
    origin = origin_of(url)
    if origin is None:
        raise Problem(
            "What follows --check is no address of a class.\n"
            "What to do: write the address that your instructor gave you, such as http://192.168.0.5:8440"
        )
    # A hub has its platform below a path. What stands behind that is one of the platform's own pages.
    path = re.split(OWN_PAGE, urlsplit(url).path)[0].rstrip("/")
    return Place(*origin, path if re.fullmatch(PATH, path) else "")


def findings(place: Place) -> list[Finding]:
    """All that can be found out, in the order in which it matters."""
    proxy = proxy_to(place)
    direct, answer = attempt(lambda: ask(place), place)
    around, through = attempt(lambda: ask(place, proxy), place) if proxy else (None, None)
    usable = answer or through
    missed = direct if usable is None else None
    found = [
        reachable(place, missed, through_proxy=answer is None),
        about_proxy(place, proxy, around, without=answer is not None),
        ports(usable.about.get("redirect_uris") if usable else None),
    ]
    return [*found, version(usable), clock(usable, place), window(place)] if usable else found


def attempt(act: Callable[[], Answer], place: Place) -> tuple[Unreachable | None, Answer | None]:
    """What a way to the platform has come to: a failure with its lesson, or the platform's answer."""
    try:
        answer = within(SECONDS, act)
        return (None, answer) if answer.is_platform else (another_answer(answer, place), None)
    except (OSError, http.client.HTTPException) as error:
        return explain(error, place), None


def within(seconds: float, act: Callable[[], Answer]) -> Answer:
    """What ``act()`` returns or raises, but no later than this: looking for a name knows no timeout.

    Raises:
        TimeoutError: It has taken longer.
    """
    done: SimpleQueue[Answer | Exception] = SimpleQueue()

    def call() -> None:
        try:
            done.put(act())
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            done.put(error)

    threading.Thread(target=call, daemon=True).start()
    try:
        result = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result


def ask(place: Place, proxy: Proxy | None = None) -> Answer:
    """Ask the platform what it is, directly or through a proxy.

    Raises:
        OSError, HTTPException: There is no answer.
    """
    headers = {"Accept": "application/json", "Connection": "close"}
    target, first, credentials = place.path + ABOUT, (place.host, place.port), {}
    if proxy:
        parts = urlsplit(proxy.url)
        first = (parts.hostname or "", parts.port or 80)
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            credentials = {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    if place.scheme == "https":
        connection = http.client.HTTPSConnection(*first, timeout=SECONDS)
        if proxy:
            connection.set_tunnel(place.host, place.port, credentials)
    else:
        connection = http.client.HTTPConnection(*first, timeout=SECONDS)
        if proxy:
            target, headers = place.url + ABOUT, headers | credentials
    with contextlib.closing(connection):
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read(MOST_BYTES))


def proxy_to(place: Place) -> Proxy | None:
    """The proxy that programs of this machine take to a place; None where they take none."""
    if (
        place.is_here
        or urllib.request.proxy_bypass(f"{place.host}:{place.port}")
        or in_a_network_without_proxy(place.host)
    ):
        return None
    known = urllib.request.getproxies()
    value = known.get(place.scheme) or known.get("all") or ""
    if not value:
        return None
    names = (f"{place.scheme}_proxy", "all_proxy")
    variables = [name for want in names for name in sorted(os.environ, reverse=True) if name.lower() == want]
    named_by = next((f"the variable {name}" for name in variables if os.environ[name]), "the system's settings")
    return Proxy(value if "://" in value else f"http://{value}", named_by)


def in_a_network_without_proxy(host: str) -> bool:
    """Whether NO_PROXY names a network that an address is in (10.0.0.0/8): notebooks go by it, urllib does not."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        return any(address in network for network in map(network_in, named.split(",")) if network)
    return False


def network_in(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network that a text names with a slash; None where it names none."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_network(text.strip(), strict=False) if "/" in text else None
    return None


# --- The findings ---------------------------------------------------------------------------------


def reachable(place: Place, failure: Unreachable | None, *, through_proxy: bool) -> Finding:
    """Whether the platform was reached at all."""
    if failure:
        return Finding("WRONG", "Reachable", str(failure), failure.cure)
    way = ", through the proxy only" if through_proxy else ""
    own = " It is on this very computer; others need another address." if place.is_here else ""
    return Finding("ok", "Reachable", f"A practice platform answers at {place.url}{way}.{own}")


def about_proxy(place: Place, proxy: Proxy | None, failure: Unreachable | None, *, without: bool) -> Finding:
    """Whether a proxy stands in the way."""
    if proxy is None:
        return Finding("ok", "Proxy", "None is on the way.")
    named = f"{proxy.named_by[0].upper()}{proxy.named_by[1:]} names a proxy for this address, {proxy.address}."
    if failure is None:
        return Finding("ok", "Proxy", f"{named} The platform is reached through it.")
    if not without:
        return Finding("?", "Proxy", f"{named} The platform is reached neither through it nor without it.")
    before = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = ",".join(filter(None, (before, place.host)))
    line = f'$env:NO_PROXY = "{hosts}"' if os.name == "nt" else f'export NO_PROXY="{hosts}" no_proxy="{hosts}"'
    return Finding(
        "WRONG",
        "Proxy",
        f"{named} Through it the platform is not reached; without it, it is.",
        f"In the terminal in which you start the tutorial, first type: {line}",
    )


def version(answer: Answer) -> Finding:
    """Whether both sides are of one version."""
    theirs = answer.about.get("practice_platform", "")
    if theirs == __version__:
        return Finding("ok", "Version", f"Both the platform and this folder are version {__version__}.")
    cure = "Bring both to the same one: git pull in this folder, or get the tutorial anew where the class got it from."
    what = f"The platform is version {theirs}" if theirs else "The platform is an older one that tells no version"
    return Finding("WRONG", "Version", f"{what}, and this folder is version {__version__}.", cure)


def clock(answer: Answer, place: Place) -> Finding:
    """Whether this machine's clock agrees with the platform's real one, which the instructor cannot move."""
    told = moment_of(answer.headers.get("Date", ""))
    if told is None:
        return Finding("?", "Clock", "The platform's answer tells no time.")
    off = time.time() - (told - answer.about.get("clock_ahead_seconds", 0))
    if abs(off) <= CLOCK_SECONDS:
        return Finding("ok", "Clock", f"It agrees with the platform's, within {CLOCK_SECONDS} seconds.")
    far = f"{abs(off) / 60:.0f} minutes" if abs(off) < 7200 else f"{abs(off) / 3600:.0f} hours"
    tls = " With https, a certificate may seem to be out of date." if place.scheme == "https" else ""
    return Finding(
        "WRONG",
        "Clock",
        f"This computer's clock is {far} {'ahead of' if off > 0 else 'behind'} the platform's. A login works all the "
        "same, for the platform alone counts the 60 seconds of a code; but your notebooks and the board will tell "
        f"different times.{tls}",
        "Let both computers set their clocks by the network (Settings, Date and time).",
    )


def moment_of(date: str) -> float | None:
    """The time that a Date header tells, in seconds since the epoch; None where it tells none that there can be."""
    with contextlib.suppress(ValueError, OverflowError):
        parts = email.utils.parsedate_tz(date)
        return email.utils.mktime_tz(parts) if parts else None
    return None


def window(place: Place) -> Finding:
    """Where a person sees what no command can."""
    return Finding(
        "?",
        "Window",
        "A login opens a window, and a command cannot know whether your browser lets it. Open "
        f"{place.url}/practice/window in the browser in which you will work, and press its button.",
    )


def ports(uris: object) -> Finding:
    """Whether the answer of a login can come in: on one of the ports that the class's apps are registered for."""
    known = [uri for uri in uris if isinstance(uri, str)] if isinstance(uris, list) else []
    own = [(urlsplit(uri).hostname or "", urlsplit(uri).port or 80) for uri in known if is_loopback(uri)]
    if known and not own:
        return Finding("ok", "Port", "None is needed: logins of this class come back over another server.")
    by_port: dict[int, list[str]] = {}
    for host, port in own or [("localhost", port) for port in USUAL_PORTS]:
        by_port.setdefault(port, []).append(host)
    free = [port for port, hosts in by_port.items() if all(is_free(host, port) for host in hosts)]
    taken = [f"{port}{holder(port)}" for port in by_port if port not in free]
    if free:
        besides = f" In use: {', '.join(taken)}." if taken else ""
        return Finding("ok", "Port", f"A login can come back on port {free[0]}, which is free.{besides}")
    return Finding(
        "WRONG",
        "Port",
        f"No port is free on which a login could come back. In use: {', '.join(taken)}.",
        "End one of these programs. On a Mac, AirPlay Receiver can be switched off in the system's settings.",
    )


def holder(port: int) -> str:
    """Who has a port, in brackets; empty when that cannot be found out, or not before the tutorial is installed."""
    with contextlib.suppress(ImportError):
        return f" ({who})" if (who := port_holder(port)) else ""
    return ""


# --- Why there was no answer ----------------------------------------------------------------------


def explain(error: Exception, place: Place) -> Unreachable:
    """What a failure means, as far as it is known, and what to do."""
    if isinstance(error, socket.gaierror):
        return Unreachable(
            f"There is no computer called {place.host}, as far as this computer can find out.",
            "Check the spelling, and that you are in the same Wi-Fi as the class. If it stays so, ask the instructor "
            "for the address in numbers, such as http://192.168.0.5:8440.",
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(
            f"The certificate of {place.host} is not trusted here: {error.verify_message}.",
            "Open the address in your browser. If it complains, too, tell the instructor; if it does not, Python lacks "
            "your company's certificate: ask whoever looks after this computer.",
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(
            f"{place.host} lets nobody in on port {place.port}.",
            "Compare the port with the one on the instructor's board. If it is right, the platform is not running, "
            "or was started without --host 0.0.0.0 and listens to its own computer alone, or a firewall there refuses.",
        )
    if isinstance(error, TimeoutError):
        # A server without TLS may not take the beginning of TLS for a request, and go on waiting for one.
        return (other_scheme(place) if place.scheme == "https" else None) or Unreachable(
            f"Nothing came back from {place.host}, port {place.port}, within {SECONDS:.0f} seconds.",
            "Ask whether others in the room get there. If all do, check that you are in the same Wi-Fi, without a VPN. "
            f"If nobody does, a firewall on the instructor's computer has to let port {place.port} in, or the Wi-Fi "
            "keeps its computers apart (client isolation): then a phone's hotspot or another network helps.",
        )
    if isinstance(error, OSError) and error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN):
        return Unreachable(
            f"There is no way from this computer to {place.host}.",
            "Check that you are in the same Wi-Fi as the class, without a VPN. If you are, the computer there is off, "
            "or the Wi-Fi keeps its computers apart (client isolation): a phone's hotspot or another network helps.",
        )
    return other_scheme(place) or Unreachable(
        f"Something at {place.host}, port {place.port}, broke the connection off, or does not speak the language of "
        "web servers.",
        OTHER_SERVER,
    )


def another_answer(answer: Answer, place: Place) -> Unreachable:
    """What an answer means that is not the platform's."""
    if answer.status == 403 and answer.body.startswith(b"This is the practice platform."):
        return Unreachable(
            f"The practice platform is there, but does not know that it is called {place.host}.",
            f"Tell the instructor: it has to be started with --public-url {place.url}. Until then, use its address in "
            "numbers.",
        )
    if answer.status == 400 and (other := other_scheme(place)):
        return other
    if answer.status in (502, 503, 504):
        return Unreachable(
            f"A server in front of the platform answers in its place, with status {answer.status}.",
            "Tell the instructor: the platform is not running, or the server in front of it looks for it elsewhere.",
        )
    elsewhere = origin_of(answer.headers.get("Location", "")) if 300 <= answer.status < 400 else None
    what = f"and leads on to {Place(*elsewhere).url}" if elsewhere else f"with status {answer.status}"
    return Unreachable(f"Something else than a practice platform answers at {place.url}, {what}.", OTHER_SERVER)


def other_scheme(place: Place) -> Unreachable | None:
    """Whether the platform is there when it is spoken to with the other one of http and https."""
    other = replace(place, scheme="http" if place.scheme == "https" else "https")
    try:
        there = within(SECONDS, lambda: ask(other)).is_platform
    except ssl.SSLCertVerificationError:
        there = True  # a certificate, if not a trusted one: TLS is what is spoken there
    except (OSError, http.client.HTTPException):
        there = False
    if not there:
        return None
    return Unreachable(
        f"What answers at {place.host}, port {place.port}, speaks {other.scheme}, not {place.scheme}.",
        f"Write the address so: {other.url}",
    )
