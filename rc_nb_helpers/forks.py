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

_actions: set[weakref.WeakMethod[Callable[[], None]]] = set()


def in_child(action: Callable[[], None]) -> None:
    """Call a method in every process that is forked from now on, for as long as its object lives.

    It runs before anything else in the child, where no other thread is left: it must take no lock, and may
    replace any. Where the system knows no ``fork()`` (Windows), nothing happens.

    Args:
        action: A bound method without arguments.
    """
    _watch_forks()
    _actions.add(weakref.WeakMethod(action, _actions.discard))


@cache
def _watch_forks() -> None:
    """Once for a process and its children: what is registered cannot be taken back."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_put_right)
        # At the interpreter's end a WeakMethod may outlive what its own callback needs, which Python would complain of.
        atexit.register(_actions.clear)


def _put_right() -> None:
    for reference in list(_actions):
        action = reference()
        if action is not None:
            action()
