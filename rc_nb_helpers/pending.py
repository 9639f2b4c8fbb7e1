"""The logins that wait in this process: one begins at a time, and each port has one. It loads nothing of a login."""

from __future__ import annotations

import threading
import weakref
from contextlib import AbstractContextManager
from typing import Protocol

from .errors import LoginTimeout
from .forks import in_child

LOGIN_SECONDS = 300
"""How long a person has to sign in."""


class Waiting(Protocol):
    """A login that waits at a port."""

    def give_way(self) -> None:
        """End, because a newer one begins there."""


class PendingLogins:
    """The newest login attempt at each port of this process.

    A notebook that makes its session anew must not find the port taken by the one it has just thrown away.
    """

    def __init__(self) -> None:
        self._beginning = threading.RLock()
        self._at_port: weakref.WeakValueDictionary[int, Waiting] = weakref.WeakValueDictionary()

    def one_at_a_time(self) -> AbstractContextManager[object]:
        """The lock that is held while a login begins, and while a session's environment changes.

        The same thread may take it again: an observer may begin a login.
        """
        in_child(self._begin_anew)
        return self._beginning

    def at(self, port: int) -> Waiting | None:
        """The newest attempt at a port, going on or over.

        Args:
            port: A port of this machine.
        """
        return self._at_port.get(port)

    def put(self, port: int, attempt: Waiting) -> None:
        """Remember who has a port now.

        Args:
            port: A port of this machine.
            attempt: Who listens there.
        """
        self._at_port[port] = attempt

    def _begin_anew(self) -> None:
        """In a forked process: the logins are the other process's, and so may be the thread that holds the lock."""
        self._beginning = threading.RLock()
        self._at_port = weakref.WeakValueDictionary()


PENDING = PendingLogins()


def out_of_time(why: str = "The sign-in page was closed, or never opened.") -> LoginTimeout:
    """What a login ends with that nobody has finished.

    Args:
        why: The cause.
    """
    return LoginTimeout("Nobody finished the login in time.", why=why, cure="Log in again.")
