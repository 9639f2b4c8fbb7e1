"""Which web addresses can be a server's, a redirect URI or a call's, what is wrong with others, what needs no proxy."""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Any
from urllib.parse import urlsplit

from .errors import ConfigurationError, RingCentralError, of_type
from .loopback import is_loopback
from .redaction import masked

UNENCRYPTED = (
    "Whoever is on the way could read the code and the tokens, and use your account.",
    "Write https:// instead of http://. Only practice, where nothing is real, may do without.",
)
"""Why plain http to another machine is refused, and what to do."""

PLAIN = r"[!#-;=?-\[\]_a-z|~]+"
"""The signs that a browser leaves as they are."""

WILDCARDS = ("[::]", "0.0.0.0", "*")  # noqa: S104  (nobody listens there)
"""What a server says when it listens on all addresses of its computer."""

_HOME = r"(?i)[^.]+|.*\.(local|lan|internal|intranet|home|corp)|.*\.home\.arpa"
_AUTHORITY = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[1-9][0-9]*)?"


def is_web_address(url: str) -> bool:
    """Whether a URL can be a server's or a redirect URI that a browser comes back to as it is written.

    No user name, which would be sent along with the tokens; no fragment (RFC 6749 §3.1.2); nothing that a
    browser writes in another way: it would then be another address, and nobody would answer there.
    """
    try:
        parts = urlsplit(url)
        return (
            re.fullmatch(PLAIN, url) is not None
            and "#" not in url
            and parts.scheme in ("http", "https")
            and re.fullmatch(_AUTHORITY, parts.netloc) is not None
            and (parts.port or 80) < 65536
            and not {".", ".."} & set(parts.path.split("/"))
        )
    except ValueError:  # an impossible port, or half an IPv6 address
        return False


def is_unencrypted(url: str) -> bool:
    """Whether a URL is plain http to another machine."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def refuse_unencrypted(url: str, *, what: str, name: str) -> None:
    """RFC 9700 §2.6: neither code nor tokens may cross a network unencrypted.

    Args:
        url: A web address.
        what: How the message calls it.
        name: The environment's name.

    Raises:
        ConfigurationError: It is plain http to another machine, and the environment is not practice.
    """
    if is_unencrypted(url) and name != "practice":
        raise ConfigurationError(f"{what} is plain http to another machine.", why=UNENCRYPTED[0], cure=UNENCRYPTED[1])


def host_like(url: str, *hosts: str, cutoff: float) -> str:
    """Which of some hosts is nearly the one of an address, though not the same; empty when none is.

    Args:
        url: What was written; it need not be a web address.
        hosts: Such as ``localhost``.
        cutoff: How like one of them it has to be (difflib).
    """
    behind_scheme = re.sub(r"(?i)^(?:[a-z]{0,6}[:;][/\\]*|[a-z]{0,6}[/\\]{2,})", "", url)
    host = re.split(r"[/\\?#:;]", behind_scheme, maxsplit=1)[0].lower()
    if "@" in host:
        return ""
    if host in hosts:
        return host if re.match(r";\d", behind_scheme[len(host) :]) else ""
    import difflib  # here, because importing the helpers shall be quick

    for each in (host, re.sub(r"[.,]\d{2,5}$", "", host)):  # a dot in the place of the colon before the port
        if close := difflib.get_close_matches(each, hosts, n=1, cutoff=cutoff):
            return str(close[0])
    return ""


def normal_server(url: str) -> str:
    """A server's address as programs write their own: small letters, no port that goes without saying, no slash.

    Args:
        url: A web address. The server's own name for itself is held against it (RFC 9207).
    """
    parts = urlsplit(url.rstrip("/"))
    host = parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")
    return f"{parts.scheme}://{host}{url.rstrip('/').partition('://')[2][len(parts.netloc) :]}"


def any_address(url: str) -> bool:
    """Whether a URL's host is one of the wildcards that a server listens on."""
    return re.match(rf"(?:\w+://)?(?:{'|'.join(map(re.escape, WILDCARDS))})(?=[:/]|$)", url) is not None


def path_too_many(url: str, *, whole: bool) -> str:
    """What stands behind a server's address and does not belong there; empty when nothing does.

    Args:
        url: The server's address.
        whole: Whether a path of any kind is one too many. Behind a proxy a platform may have a path of its own.
    """
    parts = urlsplit(url.rstrip("/"))
    known = re.search(r"/restapi(?:/v1\.0)?(?=/|$)|/practice/console", parts.path)
    if known:
        return known[0]
    if "?" in url:
        return "a question mark and more"
    return "a path" if whole and parts.path else ""


def path_to_call(given: Any) -> str:
    """A path of the API or a whole address, as somebody has passed it.

    Args:
        given: Such as ``/restapi/v1.0/account/~``.

    Raises:
        RingCentralError: It is neither.
    """
    if isinstance(given, str) and given.lower().startswith(("/", "http://", "https://")):
        return given
    is_text = isinstance(given, str)
    raise RingCentralError(
        "This cannot be called" if is_text else f"This cannot be called: it is {of_type(given)}.",
        said=f"{masked(ascii(given))[:80]} is no path" if is_text else "",
        why="A path is a text that begins with a slash. A whole address of this server will do, too.",
        cure="Call one such as /restapi/v1.0/account/~.",
    )


_WEB_SITES = ("", "www", "app", "service", "developer", "developers", "login", "support", "community", "marketplace")


def is_web_site(host: str) -> bool:
    """Whether a host is one of RingCentral's web sites for people, as far as we know them."""
    return host.removesuffix("ringcentral.com").rstrip(".") in _WEB_SITES


def is_ringcentral(host: str) -> bool:
    """Whether a host is RingCentral's."""
    return host == "ringcentral.com" or host.endswith(".ringcentral.com")


def is_near(server: str) -> bool:
    """Whether a server seems to be in the person's own network. Without TLS it can only be a class's (practice).

    Args:
        server: Its base URL.
    """
    parts = urlsplit(server)
    host = parts.hostname or ""
    try:
        return parts.scheme == "http" or not ipaddress.ip_address(host).is_global
    except ValueError:
        return re.fullmatch(_HOME, host) is not None


def without_proxy(host: str) -> str:
    """How a host in one's own network is kept from the proxy. The name in small letters counts before the other.

    Args:
        host: The host's name or address.
    """
    variable = "no_proxy" if os.environ.get("no_proxy") else "NO_PROXY"
    form = f", just as {host}: commas between hosts, no http://, port or star" if os.environ.get(variable) else ""
    return f"{host} seems to be in your own network, which needs no proxy: write it into {variable}{form}."
