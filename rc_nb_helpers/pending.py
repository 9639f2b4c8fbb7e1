"""The logins that wait in this process: one begins at a time, and each place has one. It loads nothing of a login."""

from __future__ import annotations

import threading
import weakref
from contextlib import AbstractContextManager
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from .errors import ConfigurationError, LoginTimeout
from .forks import in_child

if TYPE_CHECKING:
    from .redirection_endpoint import RedirectionEndpoint

LOGIN_SECONDS = 300
"""How long a person has to sign in."""


class Waiting(Protocol):
    """A login that waits at a redirection endpoint."""

    def give_way(self) -> None:
        """End, because a newer one begins there."""


class PendingLogins:
    """The newest login attempt at each place of this process, a port or a private socket.

    A notebook that makes its session anew must not find the port taken by the one it has just thrown away. Behind
    private sockets logins are in nobody's way: each has a socket of its own.
    """

    def __init__(self) -> None:
        self._beginning = threading.RLock()
        self._at: weakref.WeakValueDictionary[int | Path, Waiting] = weakref.WeakValueDictionary()

    def one_at_a_time(self) -> AbstractContextManager[object]:
        """The lock that is held while a login begins, and while a session's environment changes.

        The same thread may take it again: an observer may begin a login.
        """
        in_child(self._begin_anew)
        return self._beginning

    def at(self, endpoint: RedirectionEndpoint) -> Waiting | None:
        """The newest attempt at an endpoint's place, going on or over.

        Args:
            endpoint: Where a login is about to begin.
        """
        return self._at.get(endpoint.place)

    def put(self, endpoint: RedirectionEndpoint, attempt: Waiting) -> None:
        """Remember who has an endpoint's place now.

        Args:
            endpoint: Where a login has begun.
            attempt: Who listens there.
        """
        self._at[endpoint.place] = attempt

    def _begin_anew(self) -> None:
        """In a forked process: the logins are the other process's, and so may be the thread that holds the lock."""
        self._beginning = threading.RLock()
        self._at = weakref.WeakValueDictionary()


PENDING = PendingLogins()


_WHY_LATE = {
    "waiting": "No answer has come from the sign-in page. It may have been closed, or never opened.",
    "exchanging": "The answer of the sign-in page has come, and the server has not given the tokens for it yet.",
    "": "No login was pending.",
}


def out_of_time(state: str) -> LoginTimeout:
    """What a login ends with that nobody has finished.

    Args:
        state: How far it was; empty where there was none.
    """
    return LoginTimeout("Nobody finished the login in time.", why=_WHY_LATE.get(state, ""), cure="Log in again.")


def seconds_of(timeout: Any) -> float:
    """How long to wait, as somebody has passed it.

    Args:
        timeout: A number; infinity will do, too.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(timeout, Real) and not isinstance(timeout, bool) and timeout == timeout:  # NaN is unlike itself
        return float(cast(float, min(timeout, threading.TIMEOUT_MAX)))
    raise ConfigurationError(
        f"timeout cannot be {ascii(timeout)[:40]}.",
        why="It is a number of seconds.",
        cure="Leave it out, or write 300.",
    )
