"""Addresses of this computer: which are its own alone, and which others can use once the platform is open to them."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from urllib.parse import urlsplit

_EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104
# An address that is nobody's (RFC 5737). A datagram socket that is "connected" sends nothing; it only learns which
# of this computer's addresses would be used.
_NOBODY = ("192.0.2.1", 9)
OWN_PATHS = ("practice", "restapi", ".well-known")
"""What the platform's own paths begin with."""
# The signs that a browser leaves as they are, and that end neither a cookie's path nor an attribute of HTML.
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~@%+-]+)*")


def is_loopback_host(host: str) -> bool:
    """Whether ``host`` (without port or brackets) is this computer: ``localhost``, 127.0.0.0/8 or ``::1``."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def is_open(host: str) -> bool:
    """Whether a server that listens on ``host`` can be reached from other computers."""
    return host == "" or not is_loopback_host(host)


def reachable_host(host: str) -> str:
    """A host by which a server that listens on ``host`` can be reached: an IP literal wherever there is one.

    An IP literal rather than ``localhost``, so that cookies of a JupyterLab there never reach the platform. For all
    addresses of the computer: the one that faces its network, or loopback when it has no network.
    """
    if host == "localhost":
        return "127.0.0.1"
    if host not in _EVERY_ADDRESS:
        return host
    return _outward_address() or ("::1" if host == "::" else "127.0.0.1")


def _outward_address() -> str | None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_NOBODY)
        address = str(probe.getsockname()[0])
        if not ipaddress.ip_address(address).is_loopback:
            return address
    with contextlib.suppress(OSError):
        for address in socket.gethostbyname_ex(socket.gethostname())[2]:
            if not ipaddress.ip_address(address).is_loopback:
                return address
    return None


def is_own_address(host: str) -> bool:
    """Whether an IP literal is an address of this computer, in the network that it is in now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))  # nobody is asked: the system refuses what is not its own
    except OSError:
        return False
    return True


def checked_public_url(url: str, *, called: str = "public URL") -> str:
    """``url`` as a base address, without a slash at its end. Behind a proxy it may have a path.

    Args:
        url: What somebody has written.
        called: What it is called in a message.

    Raises:
        ValueError: It is no such address.
    """
    plain = url.rstrip("/")
    try:
        parts = urlsplit(plain)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if (
        not good
        or plain != f"{parts.scheme}://{parts.netloc}{parts.path}"
        or "@" in parts.netloc
        or not plain.isascii()
        or not _PATH.fullmatch(parts.path)
    ):
        raise ValueError(
            f"The {called} {url!r} is not an address like http://192.168.0.5:8000 or https://host/services/practice."
        )
    if parts.path.split("/")[1:2] in ([each] for each in OWN_PATHS):
        # A proxy may take the path away before the request comes here: nobody could tell whether it has.
        raise ValueError(
            f"The path of the {called} {url!r} begins as the platform's own paths do. "
            "Let the proxy lead another path here, such as /services/practice."
        )
    return plain
