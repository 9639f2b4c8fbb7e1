"""A socket in the file system that nobody but this system user reaches (Posix only).

The folder is closed to others (0700), and so is the socket (0600): a neighbour on the same machine can neither bring
an answer nor sit there and wait for one.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import time
from pathlib import Path

from .errors import LoginError
from .redirection_endpoint import SOCKETS_VARIABLE

STALE_SECONDS = 60
"""How old a socket is before it counts as left behind: a younger one may be bound, and not listen yet."""


class PrivateSocket(socket.socket):
    """Listens at a path, and takes its file away when it is closed.

    In a forked process the file is the other process's: closing it there closes the descriptor alone.

    Args:
        path: Where; its folder is made where it is missing.
        backlog: Connections that may wait to be accepted.

    Raises:
        LoginError: The folder is open to others, or the system does not let this process listen there.
    """

    def __init__(self, path: Path, backlog: int) -> None:
        self._path, self._bound_by = path, 0
        super().__init__(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _closed_to_others(path.parent)
            _sweep(path)
            self.bind(os.fspath(path))
            self._bound_by = os.getpid()
            os.chmod(path, 0o600)  # before it listens: until then nobody can connect
            self.listen(backlog)
            self.setblocking(False)
        except OSError as error:
            self.close()
            raise LoginError(
                "The private socket for the login's answer cannot be opened.",
                why=f"The system said: {error.strerror or error}.",
                cure=f"See which folder the variable {SOCKETS_VARIABLE} names; or paste the answer instead.",
            ) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close it, and take the file away if this process has made it."""
        if self._bound_by == os.getpid():
            self._bound_by = 0
            with contextlib.suppress(OSError):
                self._path.unlink()
        super().close()


def _closed_to_others(folder: Path) -> None:
    """Make the folder where it is missing; refuse one that is, or may be, somebody else's too."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()  # not where a link leads to, which its owner may change
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise LoginError(
            "The folder of the login's sockets is not yours alone.",
            why="Others on this machine could wait there for the answer in your place.",
            cure=f"Remove the folder that the variable {SOCKETS_VARIABLE} names, and restart the Jupyter server. "
            "Then log in again.",
        )


def _sweep(ours: Path) -> None:
    """Take away what killed kernels have left behind: sockets at which nobody answers."""
    for path in ours.parent.iterdir():
        with contextlib.suppress(OSError):
            found = path.lstat()
            old = path == ours or time.time() - found.st_ctime > STALE_SECONDS
            if stat.S_ISSOCK(found.st_mode) and old and _nobody_answers(path):
                path.unlink()


def _nobody_answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            return True
        except OSError:  # its queue is full, for example
            return False
    return False
