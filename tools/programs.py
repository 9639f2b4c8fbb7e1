"""Runs another program to its end, and ends it in order when this one is interrupted."""

# ruff: noqa: S603 - starting other programs is what this module is for

import contextlib
import os
import signal
import subprocess

from tools.environment import ROOT

PATIENCE = 20.0  # seconds a program may take to put its own things away


def run(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a program in the tutorial's folder, in view of the person, and return its exit code.

    subprocess.call would kill it a moment after Ctrl-C; what it had started itself would go on running.
    """
    # In a session of its own Ctrl-C reaches it only through us, once.
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=os.name != "nt")
    try:
        return process.wait()
    except BaseException:
        if os.name != "nt":  # there, Ctrl-C has reached it already
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        process.kill()
        process.wait()
        raise
