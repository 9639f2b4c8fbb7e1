"""Where a login's answer comes in: the redirection endpoint (RFC 6749 §3.1.2). Pure: no network, no file.

The redirect URI says where the browser goes. What this process has to bind for it is another question:

- The redirect URI leads to the Jupyter server around this kernel, a hub's or a remote one, which has our extension.
  That passes the answer on to a private socket: each login has one of its own, named after its state.
- It is plain http to this machine: its port is bound here.
- It leads anywhere else: nobody here can listen, and the answer has to be pasted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import ConfigurationError
from .loopback import LOOPBACK_HOSTS, is_loopback, without_default_port

PATH_VARIABLE = "RC_CALLBACK_PATH"
"""The path at which the server around the kernel takes answers: its base URL and :data:`NAME`."""

SOCKETS_VARIABLE = "RC_CALLBACK_SOCKETS"
"""The folder of the private sockets."""

PORT_VARIABLE = "RC_CALLBACK_PORT"
"""A port of this machine for servers that learners write by hand: the server passes answers on to it."""

HUB_USER_VARIABLE = "JUPYTERHUB_USER"
HUB_BASE_VARIABLE = "JUPYTERHUB_BASE_URL"
NAME = "rc-callback/"
_USER_REDIRECT = "hub/user-redirect/"

MOST_SOCKET_BYTES = 103
"""How long a socket's path may be: macOS keeps 104 bytes, with the NUL at the end; Linux 108."""


@dataclass(frozen=True)
class RedirectionEndpoint:
    """What to answer for, and what to bind for that: a port of this machine, or a private socket.

    Attributes:
        host: The ``Host`` header that a browser sends for the redirect URI.
        path: The path that arrives here.
        addresses: The IP addresses whose port is bound; none with a socket.
        port: The port; 0 with a socket.
        socket: The private socket's path; None with a port.
    """

    host: str
    path: str
    addresses: tuple[str, ...] = ()
    port: int = 0
    socket: Path | None = None

    @property
    def place(self) -> int | Path:
        """What only one login can have at a time: the port, under whatever name of this machine, or the socket."""
        return self.socket or self.port

    def __str__(self) -> str:
        # Not the socket's path: a folder has a person's name in it.
        return "a private socket" if self.socket else f"port {self.port}"


def endpoint_of(redirect_uri: str, state: str, variables: Mapping[str, str] = os.environ) -> RedirectionEndpoint | None:
    """Where the answer to one login comes in.

    Args:
        redirect_uri: The registered redirect URI.
        state: The login's state, which names its socket.
        variables: What the server around the kernel tells.

    Returns:
        The endpoint; None where nobody here can listen, so that the answer has to be pasted.

    Raises:
        ConfigurationError: The folder of the sockets has too long a path.
    """
    parts = urlsplit(redirect_uri)
    host = without_default_port(parts.netloc)
    # First: a hub may run on this machine, and its address be a loopback one.
    if leads_to_server(redirect_uri, variables):
        socket = socket_path(variables[SOCKETS_VARIABLE], state)
        return RedirectionEndpoint(host, variables[PATH_VARIABLE], socket=socket)
    if is_loopback(redirect_uri):
        addresses = LOOPBACK_HOSTS[parts.hostname or ""]
        return RedirectionEndpoint(host, parts.path or "/", addresses=addresses, port=parts.port or 80)
    return None


def endpoint_of_this_machine(redirect_uri: str) -> RedirectionEndpoint:
    """The endpoint of a redirect URI whose port is this machine's.

    Args:
        redirect_uri: Such as ``http://localhost:5000/oauth2callback``.

    Raises:
        ConfigurationError: The redirect URI is not an ``http`` address of this machine.
    """
    endpoint = endpoint_of(redirect_uri, "", {})
    if endpoint is None:
        raise ConfigurationError(
            f"This machine cannot listen for {redirect_uri}.",
            why="The listener answers only on this machine itself, by plain http.",
            cure="Use a redirect URI such as http://localhost:5000/oauth2callback.",
        )
    return endpoint


def leads_to_server(redirect_uri: str, variables: Mapping[str, str] = os.environ) -> bool:
    """Whether a redirect URI leads to our extension in the Jupyter server around this kernel.

    Its path tells: the server's own, or the one with which a hub leads each person to their own server. The host is
    the browser's name for the server, which nobody tells the kernel.

    Args:
        redirect_uri: A registered redirect URI.
        variables: What the server around the kernel tells.
    """
    here = variables.get(PATH_VARIABLE, "")
    if not here or not variables.get(SOCKETS_VARIABLE):
        return False
    paths = {here}
    if variables.get(HUB_USER_VARIABLE):
        paths.add(f"{variables.get(HUB_BASE_VARIABLE) or '/'}{_USER_REDIRECT}{NAME}")
    return urlsplit(redirect_uri).path in paths


def socket_path(folder: str | Path, state: str) -> Path:
    """Where the private socket of a login is.

    The name is a short hash of the state: whoever sees the folder's list learns nothing that an answer needs.

    Args:
        folder: The folder of the sockets.
        state: The login's state.

    Raises:
        ConfigurationError: The path would be too long for a socket.
    """
    name = hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    path = Path(folder) / name
    if len(os.fsencode(path)) > MOST_SOCKET_BYTES:
        raise ConfigurationError(
            f"The folder of the login's sockets, which {SOCKETS_VARIABLE} names, has too long a path.",
            why=f"The system takes no socket whose whole path is longer than {MOST_SOCKET_BYTES} bytes.",
            cure="Name a folder with a shorter path in the Jupyter server's variables.",
        )
    return path


def listen_address(redirect_uri: str, variables: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Where a server that is written by hand listens for the answer: host and port, as Python's servers take them.

    Args:
        redirect_uri: The registered redirect URI.
        variables: What the server around the kernel tells.

    Raises:
        ConfigurationError: Nobody here can listen for this redirect URI.
    """
    parts = urlsplit(redirect_uri)
    port = variables.get(PORT_VARIABLE, "")
    if leads_to_server(redirect_uri, variables) and port.isascii() and port.isdigit():
        return "127.0.0.1", int(port)
    if is_loopback(redirect_uri):
        return parts.hostname or "", parts.port or 80
    why = "The browser goes to another computer with the answer, and nothing there passes it on to this kernel."
    if leads_to_server(redirect_uri, variables):
        why = "The Jupyter server passes answers on to panels alone: its system does not tell who listens at a port."
    raise ConfigurationError(
        f"No server in this notebook can wait for {redirect_uri}.",
        why=why,
        cure="Use the login panel, which takes the answer by hand; or register a redirect URI such as "
        "http://localhost:5000/oauth2callback in the app's settings, and put it into RC_REDIRECT_URL in the .env file.",
    )
