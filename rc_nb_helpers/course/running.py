"""Runs my_login.py as a program of its own, as a terminal would, and shows below the cell what it says.

Its link is shown as a link, not as text: the address of a login holds its state, and text is saved with the notebook.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from IPython.display import display

from .. import autopilot
from ..panels.link import SignInLink
from ..redaction import masked
from .program import FILE, program_text


def run_program(environment: str = "practice", seconds: float = 40) -> None:
    """Run my_login.py as a program of its own, and wait for its end.

    Args:
        environment: Which environment it logs in to: practice, sandbox or production.
        seconds: How long it may run. Then it is ended.
    """
    print(f"$ python {FILE} {environment}", flush=True)
    link: SignInLink | None = None
    with _started(environment) as process:
        try:
            for line in _lines(process, seconds):
                if link is None and line.startswith(("http://", "https://")):
                    link = SignInLink(line, until=lambda: process.poll() is not None, listener=False)
                    display(link)  # type: ignore[no-untyped-call]
                    autopilot.follow(line)
                else:
                    print(masked(line), flush=True)
        except TimeoutError:
            print(f"The program has not ended within {seconds:g} seconds, so it was ended. Run this cell again.")
        finally:  # also when somebody presses ■
            process.kill()
            if link:
                link.close()


def _started(environment: str) -> subprocess.Popen[str]:
    """The program, begun: the file beside the notebook, or ours where there is none."""
    beside = Path(FILE).is_file()
    process = subprocess.Popen(  # noqa: S603  (the learner's own program)
        [sys.executable, "-u", FILE if beside else "-", environment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},  # Windows has another one for pipes
    )
    assert process.stdin  # noqa: S101  (asked for above)
    process.stdin.write("" if beside else program_text())
    process.stdin.close()
    return process


def _lines(process: subprocess.Popen[str], seconds: float) -> Iterator[str]:
    """What a program says, line by line, to its end.

    Raises:
        TimeoutError: It has not ended in time.
    """
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        assert process.stdout  # noqa: S101  (asked for above)
        for line in process.stdout:
            said.put(line.rstrip("\n"))
        said.put(None)

    threading.Thread(target=read, name="my-login", daemon=True).start()
    until = time.monotonic() + seconds
    while True:
        try:
            line = said.get(timeout=max(0, until - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            return
        yield line
