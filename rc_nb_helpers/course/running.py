"""Shows my_login.py whole; and runs it as a terminal would, and tells below the cell what it says.

Its link is shown as a link, not as text: the address of a login holds its state, and text is saved with the notebook.
"""

from __future__ import annotations

import inspect
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from IPython.display import HTML, display

from ..columns import folded
from ..panels.link import open_in_browser
from ..redaction import masked
from ..sentences.saying import say
from .program import FILE, YOURS, load_my_login, program_text
from .sources import kept_gaps

SUCCESS = "Login success"
"""What ``oauth2callback`` in notebook 04 says of a login that is there."""


def show_program() -> None:
    """Say which functions of the program are the learner's own, and show it whole, folded."""
    text = inspect.getsource(load_my_login())
    gaps = kept_gaps().values()
    yours = [gap.name for gap in gaps if re.search(rf"^{YOURS}.*\ndef {gap.name}\(", text, re.MULTILINE)]
    not_yet = [f"{gap.name} ({gap.notebook})" for gap in gaps if gap.name not in yours]
    counts = {"count": len(yours), "all": len(gaps)}
    print(folded(say("program.yours", names=", ".join(yours), **counts) if yours else say("program.none", **counts)))
    if not_yet:
        print(folded(say("program.not-yet", names=", ".join(not_yet))))
    title = say("program.title", file=FILE, count=len(text.splitlines()))
    whole = f"<details><summary>{title}</summary><pre>{escape(text)}</pre></details>"
    display(HTML(whole))  # type: ignore[no-untyped-call]


def run_program(environment: str = "practice", seconds: float = 40) -> None:
    """Run my_login.py as a program of its own, and wait for its end.

    Args:
        environment: Which environment it logs in to: practice, sandbox or production.
        seconds: How long it may run. Then it is ended.
    """
    print(f"$ python {FILE} {environment}", flush=True)
    ends = time.time() + seconds
    has_link = False
    success: list[str] = []
    with _started(environment) as process:
        try:
            for line in _lines(process, seconds):
                if not has_link and line.startswith(("http://", "https://")):
                    has_link = True
                    open_in_browser(line, until=_Waiting(process, success, ends), listener=False)
                else:
                    if line == SUCCESS:
                        success.append(say("program.says", words=SUCCESS))
                    print(masked(line), flush=True)
        except TimeoutError:
            print(folded(say("program.ended", seconds=f"{seconds:g}")))
        finally:  # also when somebody presses ■
            process.kill()


@dataclass
class _Waiting:
    """Until when the program waits for its login, and how that has ended.

    Attributes:
        process: The program.
        success: What the link says, when it has logged in.
        until: When it is ended at the latest, in epoch seconds.
    """

    process: subprocess.Popen[str]
    success: list[str]
    until: float

    def __call__(self) -> str | bool:
        """That the program has logged in; else whether it is over."""
        return "".join(self.success) or self.process.poll() is not None or time.time() >= self.until


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
