"""The private sockets, one for each login that waits behind a Jupyter server: their folder, and who is behind one.

On a machine of many people everything here is about one thing: what is sent into a socket reaches nobody but the
person whose server this is.
"""

from __future__ import annotations

import os
import secrets
import socket
import stat
import struct
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import ConfigurationError
from .redirection_endpoint import socket_path

_BETWEEN_BIND_AND_LISTEN = 60.0
"""Seconds after which a socket that nobody answers at is no longer one that is about to be opened."""


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
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and _is_private(found):
                _try_a_socket(folder)
                _remove_dead(folder)
                return folder
        except (OSError, ConfigurationError):
            continue
    return None


def _is_private(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _try_a_socket(folder: Path) -> None:
    """See whether a socket works there, as whoever waits opens it and as the server finds it."""
    path = socket_path(folder, secrets.token_hex())
    try:
        with socket.socket(socket.AF_UNIX) as waiting:
            waiting.bind(str(path))
            path.chmod(0o600)
            waiting.listen(1)
            connection_to(path).close()
    finally:
        path.unlink(missing_ok=True)


def _remove_dead(folder: Path) -> None:
    """Remove the sockets of kernels that are gone."""
    for path in folder.iterdir():
        try:
            found = path.lstat()
            if stat.S_ISSOCK(found.st_mode) and time.time() - found.st_mtime > _BETWEEN_BIND_AND_LISTEN:
                connection_to(path).close()
        except OSError:  # it was dead, and is gone now; or it is none of ours
            continue


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
    if not stat.S_ISSOCK(found.st_mode) or not _is_private(found):
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
