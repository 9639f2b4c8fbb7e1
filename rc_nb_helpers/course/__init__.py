"""The course: the program that grows from notebook to notebook, and the gaps that learners fill in.

It stands above everything else, and nothing else of the package imports it. A later notebook begins with one line:

    from rc_nb_helpers.course import my_login

That is the module made from ``my_login.py`` beside the notebook, or from ours where there is none that works.
"""

from __future__ import annotations

import inspect
from types import FrameType
from typing import Any

_HOMES = {"your_turn": "turns", "guess": "guesses", "run_program": "running", "show_program": "running"}


def __getattr__(name: str) -> Any:
    if name == "my_login":
        if _is_asked_by_import(inspect.currentframe()):
            return None
        from .program import load_my_login

        return load_my_login()
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _is_asked_by_import(frame: FrameType | None) -> bool:
    """Whether ``from … import`` only asks if a name is there. It wants it a moment later: all would be said twice."""
    asking = frame.f_back if frame else None
    return asking is not None and asking.f_code.co_filename.startswith("<frozen importlib")
