"""A tunnel, for the lab about kernels elsewhere: what ``ssh -L`` does, played on one machine.

It is a process of its own, as ssh is. It waits at one address of this machine and passes on each connection to another
one. It ends with the process that has started it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from typing import IO

from ..loopback import LOOPBACK_HOSTS

READY = "ready"
START_SECONDS = 10
_CHUNK = 64 * 1024


_open: dict[int, Tunnel] = {}  # by their mouths' ports, in this process


class Tunnel:
    """A tunnel that is open until :meth:`close`. An older one with the same mouth ends: a cell may be run again.

    Args:
        mouth: Where it waits: host and port of this machine.
        end: Where it passes connections on to: host and port of this machine.

    Raises:
        ValueError: One of the two is not on this machine.
        OSError: Nothing can wait at the mouth.
    """

    def __init__(self, mouth: tuple[str, int], end: tuple[str, int]) -> None:
        if not {mouth[0], end[0]} <= set(LOOPBACK_HOSTS):
            raise ValueError("Both ends of this tunnel are on this machine. Name localhost and a port.")
        self.mouth, self.end = mouth, end
        if older := _open.get(mouth[1]):
            older.close()
        self._process = subprocess.Popen(  # noqa: S603  (this module)
            [sys.executable, "-m", __name__, mouth[0], str(mouth[1]), end[0], str(end[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = first_line(self._process)
        if said != READY:
            self.close()
            raise OSError(
                f"No tunnel can wait at port {mouth[1]}: {said or 'it did not start'}. Perhaps another notebook of "
                "this course waits there. Shut that notebook down. Then run this cell again."
            )
        _open[mouth[1]] = self

    def __repr__(self) -> str:
        return f"<a tunnel from port {self.mouth[1]} to port {self.end[1]}>"

    def close(self) -> None:
        """End the process."""
        if _open.get(self.mouth[1]) is self:
            del _open[self.mouth[1]]
        end_process(self._process)


def first_line(process: subprocess.Popen[str]) -> str:
    """What a process that was started says first; empty when it says nothing in time.

    Args:
        process: One whose standard output is a pipe.
    """
    late = threading.Timer(START_SECONDS, process.kill)
    late.daemon = True
    late.start()
    try:
        return _stream(process.stdout).readline().strip()
    finally:
        late.cancel()


def end_process(process: subprocess.Popen[str]) -> None:
    """End a process that was started with pipes, and wait for its end.

    Args:
        process: The process; it may have ended.
    """
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        _stream(stream).close()


def end_with_parent() -> None:
    """In a process that was started: end when the other end of standard input is gone, however that ended."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # noqa: S101  (both are pipes)
    return stream


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """Pass on what comes from one side to the other until it ends."""
    try:
        while data := one.recv(_CHUNK):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:  # one side has hung up: so does the other
        for side in (one, other):
            side.close()


def _serve(visitor: socket.socket, end: tuple[str, int]) -> None:
    with visitor:
        try:
            inside = socket.create_connection(end, timeout=START_SECONDS)
        except OSError:
            return  # nobody waits there: the visitor sees an empty answer, as with ssh
        with inside:
            inside.settimeout(None)
            back = threading.Thread(target=_pass_on, args=(inside, visitor), daemon=True)
            back.start()
            _pass_on(visitor, inside)
            back.join()


def main() -> None:
    """Wait at the mouth, until the process that started this one is gone."""
    host, port, end_host, end_port = sys.argv[1:]
    try:
        server = socket.create_server((host, int(port)))
    except OSError as error:
        print(os.strerror(error.errno or 0), flush=True)
        return
    end_with_parent()
    print(READY, flush=True)
    while True:
        visitor, _ = server.accept()
        threading.Thread(target=_serve, args=(visitor, (end_host, int(end_port))), daemon=True).start()


if __name__ == "__main__":
    main()
