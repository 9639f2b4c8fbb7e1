"""Ports and addresses of this machine, for the servers that the tutorial starts."""

import errno
import os
import socket

from tools.problem import Problem

PORTS_TO_TRY = 50


def free_port(host: str, first: int, what: str) -> int:
    """Return the first free port from `first` on; when that is another one, say so.

    Raises:
        Problem: the host is not an address of this machine, or no port near by is free.
    """
    for port in (*range(first, min(first + PORTS_TO_TRY, 65536)), any_port(host)):
        if is_free(host, port):
            if port != first:
                print(f"Port {first} is in use by another program, or kept by the system: {what} takes {port}.")
            return port
    raise Problem(
        f"There is no free port for {what} on this machine.\n"
        "What to do: end programs that you no longer need, and run this command again."
    )


def any_port(host: str) -> int:
    """Return a port that the system has to give, 0 if it has none."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError:
        return 0


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen on this port, on every address that the host's name has.

    Raises:
        Problem: the host is not an address of this machine.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        bindable = port > 0 and all(can_bind(family, address) for family, _, _, _, address in addresses)
    except OSError as error:
        raise Problem(
            f"No server can listen on {host}: {error.strerror}.\n"
            "What to do: leave --host away (only this machine can connect then), or use --host 0.0.0.0 for "
            "all addresses of this machine."
        ) from error
    # Only now, for it is an address of this machine: macOS lets a second program bind a port that somebody answers on.
    return bindable and not accepts(host, port)


def can_bind(family: int, address: tuple[object, ...]) -> bool:
    """Tell whether an address can be bound; one that this machine lacks (no IPv6) does not stand in the way.

    Raises:
        OSError: the address belongs to another machine.
    """
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name != "nt":  # as the servers do, or old connections would hold the port for a minute
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return False
        no_ipv6 = family == socket.AF_INET6 and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
        if not no_ipv6:
            raise
    return True


def accepts(host: str, port: int) -> bool:
    """Tell whether somebody answers on a port."""
    try:
        socket.create_connection((reachable(host), port), timeout=1).close()
    except OSError:
        return False
    return True


def reachable(host: str) -> str:
    """Return the name under which this machine reaches a server that listens on `host`."""
    return "localhost" if host in ("", "0.0.0.0", "::", "*") else host  # noqa: S104 - compared, not bound


def address_of(host: str, port: int) -> str:
    """Return the address of a server that listens on `host`, for this machine's browser."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
