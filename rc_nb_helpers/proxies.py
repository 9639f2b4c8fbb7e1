"""Which proxy a request goes through, who has named it, and what is wrong when it does not let the request through.

A proxy's address may hold a password. Nothing here shows more of it than scheme, host and port.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy

from .errors import ConfigurationError, PlatformUnreachable, causes_of
from .loopback import LOOPBACK_HOSTS
from .web_addresses import is_near, without_proxy

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
_IN_A_PASSWORD = "In a password, @ is written %40, : is %3A, / is %2F, # is %23 and % is %25."


@dataclass(frozen=True)
class Proxy:
    """A proxy, as somebody has named it.

    Attributes:
        url: Its address, perhaps with a password.
        named_by: Who names it, for a sentence: ``"the variable HTTPS_PROXY"``, or the system's settings.
    """

    url: str = field(repr=False)
    named_by: str

    @property
    def address(self) -> str:
        """Its address without user name and password."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")

    @property
    def host(self) -> str:
        """Its host's name alone."""
        return urlsplit(self.url).hostname or ""

    @property
    def has_password(self) -> bool:
        """Whether its address holds one."""
        return bool(urlsplit(self.url).password)

    @property
    def is_socks(self) -> bool:
        """Whether it is a SOCKS proxy, which knows nothing of HTTP."""
        return self.url.startswith("socks")


def proxy_for(url: str) -> Proxy | None:
    """The proxy on the way to a URL; None where there is none, and always for this very machine.

    Args:
        url: Where a request goes.

    Raises:
        ConfigurationError: The proxy's address is wrongly written.
    """
    host = urlsplit(url).hostname or ""
    if host.rstrip(".") in LOOPBACK_HOSTS or _is_loopback_address(host):
        return None  # it must never see a login to this machine
    value = select_proxy(url, get_environ_proxies(url))
    if not value:
        return None
    named_by = _named_by(urlsplit(url).scheme, value)
    address = value.strip() if "://" in value else f"http://{value.strip()}"
    scheme, _, rest = address.partition("://")
    proxy = Proxy(f"{scheme.lower()}://{rest}", named_by)
    wrong = _what_is_wrong(proxy.url)
    if wrong:
        raise ConfigurationError(
            f"The proxy's address is wrongly written, in {named_by}.",
            why=wrong,
            cure=f"Correct it in {named_by}: http://proxy.example:8080, or http://user:password@proxy.example:8080. "
            f"{_IN_A_PASSWORD}",
        )
    return proxy


def explain_refusal(proxy: Proxy, url: str, error: BaseException) -> PlatformUnreachable | ConfigurationError:
    """Why a proxy did not let a request through.

    Args:
        proxy: The proxy.
        url: Where the request should have gone.
        error: What the connection failed with.
    """
    causes = causes_of(error)
    words = " ".join(map(str, causes))
    server = "/".join(url.split("/")[:3])
    if status := re.search(r"Tunnel connection failed: (\d{3})", words):
        return _refused(proxy, server, int(status[1]))
    if any(isinstance(each, requests.exceptions.InvalidSchema) for each in causes):
        return ConfigurationError(
            f"The proxy at {proxy.address} needs a package that is not here.",
            why=f"It is a SOCKS proxy, as {proxy.named_by} says, and the package PySocks speaks SOCKS.",
            cure="Install it with: %pip install PySocks. Then restart the kernel.",
        )
    if re.search(r"(?i)authentication (failed|methods were rejected)|request rejected because", words):
        return _wants_password(proxy, server)
    if denied := re.search(r"0x0[1-8]: ([A-Z][A-Za-z ]+)|0x5B: ([A-Za-z ]+)", words):
        said = next(filter(None, denied.groups()))
        return _lesson(proxy, server, f"The proxy at {proxy.address} did not connect to {server}.", f"It says: {said}.")
    if not resolves(proxy.host):
        return _lesson(
            proxy,
            server,
            f"There is no proxy called {proxy.host}.",
            "The name cannot be found: it has a typing error, or you are outside the company's network.",
        )
    if any(isinstance(each, TimeoutError | requests.exceptions.Timeout) for each in causes) or "timed out" in words:
        return _lesson(proxy, server, f"The proxy at {proxy.address} did not answer in time.", "")
    if any(isinstance(each, ConnectionRefusedError) for each in causes) or re.search(
        r"(?i)connection refused|unreachable|no route", words
    ):
        return _lesson(
            proxy,
            server,
            f"No proxy answers at {proxy.address}, on the way to {server}.",
            "Nothing listens there: the address or the port is wrong, or the program is not running.",
        )
    return _lesson(
        proxy,
        server,
        f"What answers at {proxy.address} does not speak the language of that proxy.",
        "It is another kind of server or proxy than its address says.",
        "Check the beginning of the address: http:// is right for most proxies, also on the way to https:// servers; "
        "SOCKS proxies have socks5h://.",
    )


def explain_answer(proxy: Proxy, url: str, status: int, *, is_strange: bool) -> PlatformUnreachable | None:
    """What an answer to a request without TLS means that may be the proxy's own.

    Args:
        proxy: The proxy.
        url: Where the request should have gone.
        status: The answer's HTTP status.
        is_strange: Whether the answer is one that RingCentral would not give: a web page, or no JSON with an error.

    Returns:
        The lesson; None when it is the server's answer.
    """
    server = "/".join(url.split("/")[:3])
    if status == 407:
        return _wants_password(proxy, server)
    if is_strange:
        return _lesson(
            proxy,
            server,
            f"A request to {server} was answered with status {status}, and not in RingCentral's way.",
            "It went through a proxy, so this may be the proxy's answer. If not, RC_SERVER_URL names another kind of "
            "server.",
        )
    return None


_NO_CONNECT = (
    "It does not seem to know the request for the way to an https:// server (CONNECT): it may be a web server, or a "
    "proxy for http:// alone."
)
# Guesses, and told as such: a proxy has a status and no reasons.
_WHY_REFUSED = {
    3: "It sends to another address: it may want you to sign in first, in a browser.",
    4: "It does not allow this server, or cannot reach it itself.",
    5: "It cannot reach the server, or has a problem of its own.",
    **dict.fromkeys((400, 404, 405, 501), _NO_CONNECT),
}


def _refused(proxy: Proxy, server: str, status: int) -> PlatformUnreachable:
    if status == 407:
        return _wants_password(proxy, server)
    why = _WHY_REFUSED.get(status) or _WHY_REFUSED.get(status // 100, _NO_CONNECT)
    return _lesson(
        proxy,
        server,
        f"The proxy at {proxy.address} refused to connect to {server}: it answered {status}.",
        why,
        "" if why is _NO_CONNECT else "Ask your administrator whether the proxy lets you reach that server.",
    )


def _wants_password(proxy: Proxy, server: str) -> PlatformUnreachable:
    if proxy.has_password:
        return _lesson(
            proxy,
            server,
            f"The proxy at {proxy.address} does not accept this user name and password.",
            "They are wrong, have expired, or the proxy wants another way to sign in than a password (Kerberos, NTLM).",
            f"Correct them in {proxy.named_by}. {_IN_A_PASSWORD}",
        )
    return _lesson(
        proxy,
        server,
        f"The proxy at {proxy.address} wants a user name and a password.",
        "Its address has none.",
        f"Write them into {proxy.named_by}: http://user:password@host:port. Never into a notebook, which is saved. "
        "If it wants another way to sign in (Kerberos, NTLM), ask your administrator: a password will not do.",
    )


def _lesson(proxy: Proxy, server: str, happened: str, why: str, cure: str = "") -> PlatformUnreachable:
    """Each names who has named the proxy; an address in one's own network wants none."""
    named = f"{proxy.named_by[0].upper()}{proxy.named_by[1:]} names this proxy."
    cure = cure or f"Correct {proxy.named_by}, or check your network; then try again."
    if is_near(server):
        cure = f"{without_proxy(urlsplit(server).hostname or '')} Or else: {cure}"
    return PlatformUnreachable(happened, why=f"{why} {named}".strip(), cure=cure)


def _named_by(scheme: str, value: str) -> str:
    wanted = [f"{scheme}_proxy", "all_proxy"]
    # As in urllib: a name in small letters counts before the same name in capitals.
    names = sorted(os.environ, key=lambda name: (name != name.lower(), name))
    found = [name for want in wanted for name in names if name.lower() == want and os.environ[name] == value]
    return f"the variable {found[0]}" if found else "the system's proxy settings"


def _what_is_wrong(url: str) -> str:
    scheme = url.partition("://")[0]
    if scheme not in _SCHEMES:
        return f"It begins with {scheme}://, and a proxy's address begins with http://, https:// or socks5h://."
    if re.search(r"[\s\"'<>\\]", url):
        return "A space, a quote or another character is in it that no address has."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "Its port is not a number, or a special character of the password is written as it is."
    if not host or host in _SCHEMES:
        return "It has no host."
    if parts.path.endswith((".pac", ".dat")):
        return "It is the address of a file that tells browsers which proxy to take, and not of a proxy."
    if port == 0:
        return "Its port is 0."
    return ""


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def resolves(host: str) -> bool:
    """Whether a name can be found from here.

    Args:
        host: A name, or an IP address.
    """
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):  # UnicodeError: two dots in a row, or a part that is too long
        return False
    return True
