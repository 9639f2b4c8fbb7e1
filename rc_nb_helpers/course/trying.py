"""Tries somebody's function without harm: bounded in time, in silence, and nothing of it is left afterwards."""

from __future__ import annotations

import builtins
import ctypes
import io
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from IPython.utils.capture import capture_output

T = TypeVar("T")
KILL_SECONDS = 2.0
"""How long it is tried to end what does not end. What waits in the system, as sleep does, ends when that lets go."""


class Over(BaseException):
    """Ends a thread. Whoever catches all errors lets this one pass."""


class TimeIsOver(Exception):
    """It has not ended in time.

    Attributes:
        still_runs: Whether it could not even be ended.
    """

    def __init__(self, *, still_runs: bool) -> None:
        super().__init__()
        self.still_runs = still_runs


class _Nowhere(io.TextIOBase):
    """Takes every text and keeps none: a loop may print for ever."""

    def write(self, text: str) -> int:
        """Forget it."""
        return len(text)


def _public(module: ModuleType) -> dict[str, Any]:
    """The names of a module that somebody may give another value by mistake."""
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def _nobody(*prompt: object) -> str:
    raise EOFError


@contextmanager
def undone(names: dict[str, Any]) -> Iterator[None]:
    """Take back what happens inside: names, variables, files in the working folder, random's numbers; show nothing.

    Nobody is asked either: a question would stay on the screen after the check. The names of modules are names, too.

    Args:
        names: The notebook's names, to which a function may give other values.
    """
    named, variables, folder, numbers = dict(names), dict(os.environ), Path.cwd(), random.getstate()
    modules = [(each, _public(each)) for each in named.values() if isinstance(each, ModuleType)]
    nowhere, asked = _Nowhere(), builtins.input
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        os.chdir(place)
        builtins.input = _nobody
        try:
            with capture_output(stdout=False, stderr=False), redirect_stdout(nowhere), redirect_stderr(nowhere):
                yield
        finally:
            builtins.input = asked
            os.chdir(folder)
            for name in set(os.environ) - set(variables):
                del os.environ[name]
            os.environ.update({name: value for name, value in variables.items() if os.environ.get(name) != value})
            random.setstate(numbers)
            for name in set(names) - set(named):
                del names[name]
            names.update(named)
            for module, before in modules:
                now = _public(module)
                vars(module).update({name: value for name, value in before.items() if now.get(name) is not value})


class _Work(threading.Thread, Generic[T]):
    """Does something, and keeps what came out."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name="your-turn", daemon=True)
        self._work = work
        self.found: list[T] = []

    def run(self) -> None:
        """Do it."""
        with suppress(Over):
            self.found.append(self._work())

    def end(self) -> None:
        """Raise something in it, again and again: it may catch all errors."""
        until = time.monotonic() + KILL_SECONDS
        while self.is_alive() and time.monotonic() < until:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), ctypes.py_object(Over))
            self.join(0.05)


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do something, for so long at most.

    Args:
        seconds: How long.
        work: What to do. It raises nothing.

    Raises:
        TimeIsOver: It has not ended.
    """
    thread = _Work(work)
    thread.start()
    try:
        thread.join(seconds)
    finally:  # also when somebody presses ■
        thread.end()
    if not thread.found:
        raise TimeIsOver(still_runs=thread.is_alive())
    return thread.found[0]
