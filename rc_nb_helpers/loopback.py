"""This machine's own addresses and ports: which URLs mean it, and who listens where."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

LOOPBACK_HOSTS = {"localhost": ("127.0.0.1", "::1"), "127.0.0.1": ("127.0.0.1",), "::1": ("::1",)}
"""Host names that mean this machine, and the addresses a browser may try for each."""

LISTENER_NAME = "rc-nb-helpers"
"""What our callback listener calls itself in its ``Server`` header."""

AIRPLAY = "macOS AirPlay Receiver"
OTHER_NOTEBOOK = "another notebook that waits for a login"
THIS_NOTEBOOK = "an earlier login of this notebook, which still waits"

PROBE_SECONDS = 0.5

_SOCKETS_OF_LINUX = ("/proc/net/tcp", "/proc/net/tcp6")
_MAPPED = f"{int.from_bytes(bytes((0, 0, 255, 255)), sys.byteorder):08X}"  # ::ffff:127.0.0.1


def is_loopback(url: str) -> bool:
    """Whether a URL is plain http to this machine: ``localhost``, ``127.0.0.1`` or ``[::1]``."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS and parts.port != 0
    except ValueError:  # an impossible port, or half an IPv6 address
        return False


_ORIGIN = r"(?i)(https?)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?(?=[/?#]|\Z)"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int] | None:
    r"""Which server a URL names: scheme, host in small letters without a dot at the end, and port.

    Args:
        url: Any text.

    Returns:
        The three; None when it is no URL, or one of which programs disagree where the host ends
        (``https://a\@b``, ``https://user@host``).
    """
    found = re.match(_ORIGIN, url)
    if found is None:
        return None
    scheme, host, port = found[1].lower(), found[2].lower().strip("[]"), found[3]
    if ":" in host:
        try:
            host = str(ipaddress.IPv6Address(host))  # of its many spellings the shortest
        except ValueError:
            return None
    return scheme, host.removesuffix("."), int(port) if port else _DEFAULT_PORTS[scheme]


def is_elsewhere(url: str) -> bool:
    """Whether a URL names a server on another machine, as the practice platform of a class is."""
    return origin_of(url) is not None and not is_loopback(url)


def is_same_server(one: str, other: str) -> bool:
    """Whether two URLs name the same server, as far as their text tells.

    ``localhost`` is the same machine as ``127.0.0.1`` and ``[::1]``; nothing else is looked up.

    Args:
        one: A URL.
        other: Another.
    """
    ours, theirs = origin_of(one), origin_of(other)
    if ours is None or theirs is None:
        return False
    if ours == theirs:
        return True
    addresses = (set(LOOPBACK_HOSTS.get(host, ())) for _, host, _ in (ours, theirs))
    return ours[::2] == theirs[::2] and bool(set.intersection(*addresses))


def without_default_port(host: str) -> str:
    """The ``Host`` header that a browser sends for a host and port: it leaves ``:80`` out."""
    name = host.lower().removesuffix(":80")
    # "localhost:5000:80" is no host at all.
    return host.lower() if ":" in name and not name.endswith("]") else name


def port_is_free(redirect_uri: str) -> bool:
    """Whether nobody answers on a redirect URI's port of this machine."""
    parts = urlsplit(redirect_uri)
    return not any(answers(address, parts.port or 80) for address in LOOPBACK_HOSTS.get(parts.hostname or "", ()))


def answers(address: str, port: int) -> bool:
    """Whether somebody accepts TCP connections at an IP address and port."""
    try:
        with socket.create_connection((address, port), timeout=PROBE_SECONDS):
            return True
    except OSError:
        return False


def listens_here(port: int) -> bool:
    """Whether this process, or one that it has started, listens on a port. Nobody is disturbed by a connection.

    Args:
        port: The port.

    Returns:
        Each system tells a process of its own sockets. Where it does not, whether anybody answers there.
    """
    import psutil

    own = psutil.Process()
    try:
        if _listens(own, port):
            return True
    except (psutil.Error, OSError):
        return answers("127.0.0.1", port)
    try:
        return any(_listens(child, port) for child in own.children(recursive=True))
    except (psutil.Error, OSError):  # a child has just ended
        return False


def _listens(process: Any, port: int) -> bool:
    import psutil

    # psutil 5 has the older name alone.
    sockets = getattr(process, "net_connections", None) or process.connections
    found = sockets("tcp")
    return any(each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port for each in found)


def port_holder(port: int) -> str:
    """Who listens on a port of this machine, in words for a person; empty when it cannot be found out."""
    server = _server_header(port)
    if "AirTunes" in server:
        return AIRPLAY
    if server == LISTENER_NAME:
        return THIS_NOTEBOOK if _process(port) == os.getpid() else OTHER_NOTEBOOK
    return _process_name(port)


def _server_header(port: int) -> str:
    """The ``Server`` header of whatever answers on the port, or an empty string."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS) as connection:
            connection.settimeout(PROBE_SECONDS)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            head = connection.recv(4096).decode("latin-1").split("\r\n\r\n")[0]
    except OSError:
        return ""
    headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if ": " in line)
    server = headers.get("server", "")
    return "AirTunes" if "airtunes" in server else server


def notebook_at(port: int) -> tuple[int, str]:
    """Which process listens on a port of this machine, and which notebook it is the kernel of.

    Args:
        port: A port of this machine.

    Returns:
        The process's number, and the file name of its notebook; 0 and an empty text where the system or the process
        does not tell. Jupyter's server gives the name to its kernels (``JPY_SESSION_NAME``).
    """
    import psutil

    pid = _process(port)
    try:
        session = psutil.Process(pid).environ().get("JPY_SESSION_NAME", "") if pid else ""
    except (psutil.Error, OSError):
        session = ""
    name = re.split(r"[/\\]", session)[-1]
    return pid, name if name.endswith(".ipynb") else ""  # a console has a name, too


def is_ours(port: int) -> bool:
    """Whether whoever listens on a port of 127.0.0.1 is this user, and nobody else.

    Args:
        port: The port.

    Returns:
        Linux tells the owner of each socket. False where the system does not tell, and where nobody listens.
    """
    number = int.from_bytes(socket.inet_aton("127.0.0.1"), sys.byteorder)  # as the kernel prints it
    reached = {f"{number:08X}", "0" * 8, "0" * 32, f"{'0' * 16}{_MAPPED}{number:08X}"}
    owners = set()
    for file in _SOCKETS_OF_LINUX:
        with contextlib.suppress(OSError), open(file, encoding="ascii") as lines:
            for _, local, _, state, _, _, _, owner, *_ in map(str.split, lines.readlines()[1:]):
                address, _, its_port = local.partition(":")
                if state == "0A" and int(its_port, 16) == port and address in reached:
                    owners.add(int(owner))
    return owners == {os.geteuid()}


def tells_owners() -> bool:
    """Whether the system tells who listens on a port (:func:`is_ours`)."""
    return os.access(_SOCKETS_OF_LINUX[0], os.R_OK)


def _process_name(port: int) -> str:
    """The name and number of the process that listens on the port, where the system tells."""
    import psutil

    pid = _process(port)
    if pid == os.getpid():
        return "another program in this notebook's kernel"
    try:
        return f"{psutil.Process(pid).name()} (process {pid})" if pid else ""
    except (psutil.Error, OSError):
        return ""


def _process(port: int) -> int:
    """The number of the process that listens on the port; 0 where the system does not tell."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            local = connection.laddr
            if connection.status == psutil.CONN_LISTEN and local and local.port == port and connection.pid:
                return int(connection.pid)
    except (psutil.Error, OSError):
        pass  # macOS shows other people's sockets only to an administrator
    return 0
