"""Runs other programs to their end, and ends them in order when this one is interrupted or killed."""

# ruff: noqa: S603 - starting other programs is what this module is for

import contextlib
import os
import signal
import subprocess
import time
from typing import IO

from tools.lifeline import __file__ as LIFELINE
from tools.places import ROOT

PATIENCE = 20.0  # seconds a program may take to put its own things away


def tied(python: str, program: list[str], request: str = "SIGINT") -> list[str]:
    """Return the command for a Python program (a module or a file, and its arguments) that ends when we do.

    It has to be started with a pipe as its standard input. `request` is the signal that asks it to end.
    """
    return [python, str(LIFELINE), request, *program]


class Running:
    """A Python program in the tutorial's folder, in a session of its own: Ctrl-C reaches it only through us, once.

    Args:
        python: The Python to run it with.
        program: A module or a file, and its arguments.
        environment: All its variables; those of this process when left out.
        output: Where its words go; to the person when left out.
    """

    def __init__(
        self,
        python: str,
        program: list[str],
        environment: dict[str, str] | None = None,
        output: IO[bytes] | None = None,
    ) -> None:
        self._process = subprocess.Popen(
            tied(python, program),
            cwd=ROOT,
            stdin=subprocess.PIPE,
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


def run(python: str, program: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a Python program in view of the person, and return its exit code.

    subprocess.call would kill it a moment after Ctrl-C; what it had started itself would go on running.
    """
    running = Running(python, program, environment)
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
    for number in endings():
        signal.signal(number, signal.SIG_IGN)


def endings() -> list[signal.Signals]:
    """Return the signals by which a person or the system asks a program to end, as far as this system has them."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]
