"""The server's side of the private sockets: in which folder they are, and a connection to one.

On a machine of many people all of it is about one thing: what is sent into a socket reaches nobody but the person
whose server this is.
"""

from __future__ import annotations

import os
import secrets
import socket
import stat
import struct
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import ConfigurationError, LoginError
from .private_socket import PrivateSocket
from .redirection_endpoint import socket_path


def places(runtime: Path) -> Iterator[Path]:
    """Where the folder may be, the best place first.

    Args:
        runtime: Jupyter's folder for what lasts as long as its servers. It may be on a network drive that carries no
            sockets, or lie so deep that a socket in it would have too long a path.
    """
    yield runtime / "rc-callback"
    if of_the_session := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(of_the_session) / "rc-callback"
    yield Path(tempfile.gettempdir()) / f"rc-callback-{os.geteuid()}"


def folder_in(candidates: Iterable[Path]) -> Path | None:
    """The first folder that only this user can enter and in which sockets work; None when there is none.

    Args:
        candidates: Folders, which are made where they are not there yet.
    """
    for folder in candidates:
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = socket_path(folder, secrets.token_hex())
            with PrivateSocket(path, 1):  # as a kernel opens it, which clears what dead ones have left
                connection_to(path).close()
        except (OSError, ConfigurationError, LoginError):
            continue
        return folder
    return None


def connection_to(path: Path) -> socket.socket:
    """Connect to a private socket; nothing is sent yet.

    Args:
        path: Where it is.

    Returns:
        A connection that does not block.

    Raises:
        FileNotFoundError: Nobody has opened it.
        ConnectionRefusedError: Whoever had opened it is gone. It has been removed.
        PermissionError: It is not this user's alone.
        OSError: It cannot be connected to, now or ever.
    """
    found = path.lstat()
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{path.parent} holds something that is not this user's private socket.")
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.setblocking(False)  # with no room for one more, connect() would wait for ever
        connection.connect(str(path))
        if not _is_us(connection):  # the file may have been another one a moment ago
            raise PermissionError(f"{path.parent} holds a socket at which another user answers.")
    except ConnectionRefusedError:
        connection.close()
        path.unlink(missing_ok=True)
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _is_us(connection: socket.socket) -> bool:
    """Whether this user answers at a socket; where the system does not tell, its file has to be enough."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _, user, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    )
    return bool(user == os.geteuid())
