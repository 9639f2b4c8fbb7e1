"""Runs other programs to their end, and ends them in order when this one is interrupted."""

# ruff: noqa: S603 - starting other programs is what this module is for

import contextlib
import os
import signal
import subprocess
import time
from typing import IO

from tools.environment import ROOT

PATIENCE = 20.0  # seconds a program may take to put its own things away


class Running:
    """A program in the tutorial's folder, in a session of its own: Ctrl-C reaches it only through us, once.

    Args:
        command: The program and its arguments.
        environment: All its variables; those of this process when left out.
        output: Where its words go; to the person when left out.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str] | None = None, output: IO[bytes] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=os.name != "nt",
        )

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.returncode

    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self._process.poll() is not None

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        return self._process.wait()

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl-C does. On Windows, Ctrl-C has reached it already."""
        if os.name != "nt" and not self.ended():
            self._process.send_signal(signal.SIGINT)

    def end(self, until: float) -> None:
        """Give it time to put its own things away, until a moment of the monotonic clock; then insist.

        What it has left behind is ended too: pytest-xdist kills a worker that takes more than five seconds to put its
        servers away, and they would go on running.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - time.monotonic()))
        if os.name == "nt":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def run(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a program in view of the person, and return its exit code.

    subprocess.call would kill it a moment after Ctrl-C; what it had started itself would go on running.
    """
    running = Running(command, environment)
    try:
        return running.wait()
    except BaseException:
        stop([running])
        raise


def stop(programs: list[Running]) -> None:
    """End programs in order, all at once. To be called when this program itself is being stopped."""
    ignore_interruptions()
    for running in programs:
        running.interrupt()
    until = time.monotonic() + PATIENCE
    for running in programs:
        running.end(until)


def ignore_interruptions() -> None:
    """While everything is being stopped, a second Ctrl-C must not leave half of it running."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
