"""What a forked process must not share with the one it came from.

A child of ``fork()`` inherits open sockets and locked locks, but none of the threads that would close or unlock
them: its copy of a listening socket would keep the port taken, and a lock would stay locked for ever. So each
object that owns such things names a method that puts the child's copy right.
"""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Callable
from functools import cache
from types import MethodType
from typing import Any, cast

# Not WeakMethods in a set: at the end of a program those complain on the terminal.
_actions: weakref.WeakKeyDictionary[object, set[Callable[[Any], None]]] = weakref.WeakKeyDictionary()


def in_child(action: Callable[[], None]) -> None:
    """Call a method in every process that is forked from now on, for as long as its object lives.

    It runs before anything else in the child, where no other thread is left: it must take no lock, and may
    replace any. Where the system knows no ``fork()`` (Windows), nothing happens.

    Args:
        action: A bound method without arguments.
    """
    _watch_forks()
    method = cast(MethodType, action)
    _actions.setdefault(method.__self__, set()).add(method.__func__)


@cache
def _watch_forks() -> None:
    """Once for a process and its children: what is registered cannot be taken back."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_put_right)
        # At the interpreter's end a WeakMethod may outlive what its own callback needs, which Python would complain of.
        atexit.register(_actions.clear)


def _put_right() -> None:
    for owner, actions in list(_actions.items()):
        for action in actions:
            action(owner)
