"""Controls: what a learner can do to their own app, and an instructor to the whole room, to see what goes wrong.

The same object serves Python (``platform.controls``, from any thread) and HTTP (``/practice/controls``).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_args

from .backend import Backend
from .classroom.names import MOST_LENGTH, clean_name
from .classroom.record import Entry, Progress, Subscriber
from .faults import DEFAULT_DELAY_SECONDS
from .login.apps import PERMISSIONS, App, AppsFileError, Flow, Status, redirect_uri_problem
from .login.sessions import Session

_P = ParamSpec("_P")
_T = TypeVar("_T")


class ControlError(ValueError):
    """What was asked for cannot be done. The text says why."""


def _in_the_loop(
    method: Callable[Concatenate[Controls, _P], _T],
) -> Callable[Concatenate[Controls, _P], _T]:
    """Run ``method`` in the thread that may touch the platform's state; a refusal becomes ``ControlError``."""

    @functools.wraps(method)
    def call(self: Controls, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return self._run(lambda: method(self, *args, **kwargs))
        except (ValueError, AppsFileError) as error:
            raise ControlError(str(error)) from None

    return call


class Runner(Protocol):
    """Calls a function in the thread of the platform's event loop and returns its result."""

    def __call__(self, act: Callable[[], _T], /) -> _T:
        """What ``act()`` returns."""
        ...


class Controls:
    """Everything that can be done to a platform from outside the protocol.

    ``app`` is always the client id of the app that is meant; without it all apps are. Every method raises
    ``ControlError`` for what cannot be done.

    Args:
        backend: The platform's state.
        run: Calls a function in the thread that may touch the state.
    """

    def __init__(self, backend: Backend, run: Runner) -> None:
        self._backend = backend
        self._run = run

    @_in_the_loop
    def reset(self, app: str | None = None) -> None:
        """Forget sessions, codes, faults, counted requests, changed settings and the record.

        For everybody the clock shows the real time again, too. Registered apps stay.
        """
        if app is not None:
            self._known(app)
        self._backend.forget(app)

    @_in_the_loop
    def advance(self, seconds: float) -> None:
        """Move the platform's clock forward, for everybody.

        Args:
            seconds: How far.
        """
        self._backend.clock.advance(seconds)

    @_in_the_loop
    def restore_clock(self) -> None:
        """Show the real time again, for everybody, and change nothing else.

        Tokens live on by the real time: what had expired because the clock was moved works again, unless it was
        replaced or revoked, and what was given in the meantime lives longer.
        """
        self._backend.clock.restore()

    @_in_the_loop
    def expire_access_tokens(self, app: str | None = None) -> int:
        """Let access tokens end now; return how many sessions that meets."""
        sessions = self._sessions(app)
        for session in sessions:
            self._backend.sessions.expire_access_token(session)
        return len(sessions)

    @_in_the_loop
    def expire_refresh_tokens(self, app: str | None = None) -> int:
        """Let refresh tokens end now; return how many sessions that meets."""
        sessions = self._sessions(app)
        for session in sessions:
            self._backend.sessions.expire_refresh_token(session)
        return len(sessions)

    @_in_the_loop
    def revoke_sessions(self, app: str | None = None) -> int:
        """End whole sessions, as an administrator can; return how many."""
        sessions = self._sessions(app)
        for session in sessions:
            self._backend.sessions.revoke(session)
        return len(sessions)

    @_in_the_loop
    def fail(
        self,
        endpoint: str,
        fault: str,
        *,
        app: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        delay: float = DEFAULT_DELAY_SECONDS,
    ) -> None:
        """Plan a fault: let answers go wrong.

        Args:
            endpoint: Where, one of ``rc_nb_helpers.practice.faults.ENDPOINTS``.
            fault: How, one of ``rc_nb_helpers.practice.faults.FAULTS``.
            app: The app that it strikes; None: all.
            times: The next so many answers, one if nothing is said.
            seconds: All answers for so long, instead of ``times``.
            delay: Seconds that a slow answer takes.
        """
        if app is not None:
            self._known(app)
        self._backend.faults.add(endpoint, fault, client_id=app, times=times, seconds=seconds, delay=delay)

    def deny_next_consent(self, app: str | None = None) -> None:
        """Let the person say no the next time, whatever they press."""
        self.fail("consent", "deny", app=app)

    @_in_the_loop
    def clear(self, app: str | None = None) -> None:
        """Forget the faults that are planned."""
        self._backend.faults.forget(app)

    @_in_the_loop
    def change_app(
        self,
        app: str,
        *,
        permissions: Sequence[str] | None = None,
        redirect_uris: Sequence[str] | None = None,
        issues_refresh_tokens: bool | None = None,
        status: str | None = None,
        flow: str | None = None,
        public: bool | None = None,
        needs_pkce: bool | None = None,
    ) -> None:
        """Change the settings of an app until they are restored or saved. Sessions keep their permissions.

        Args:
            app: The app.
            permissions: What it may do.
            redirect_uris: Where a login may end.
            issues_refresh_tokens: Whether it gets refresh tokens.
            status: ``active``, ``inactive``, or ``sandbox`` for an app of another environment.
            flow: ``code``, or ``jwt`` for an app that nobody signs in to.
            public: Whether it is a client-side app for a while. Its secret still opens these controls.
            needs_pkce: Whether, as a client-side app, it has to use PKCE.
        """
        wanted = {
            "permissions": _each_in(PERMISSIONS, permissions, "permission"),
            "redirect_uris": _usable(redirect_uris),
            "issues_refresh_tokens": issues_refresh_tokens,
            "status": _one_of(get_args(Status), status, "status"),
            "flow": _one_of(get_args(Flow), flow, "flow"),
            "public": public,
            "needs_pkce": needs_pkce,
        }
        changes: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        self._backend.apps.change(dataclasses.replace(self._known(app), **changes))

    @_in_the_loop
    def restore_app(self, app: str) -> None:
        """Give an app the settings back that are registered. Its logins, its progress and all else stay.

        Args:
            app: The app.
        """
        self._backend.apps.forget_changes(self._known(app).client_id)

    @_in_the_loop
    def code_life(self, seconds: int, *, app: str | None = None) -> None:
        """Let codes live longer than RingCentral's minute, for people who need more time (WCAG 2.2.1). A reset ends it.

        Args:
            seconds: How long, from 60 to 600.
            app: The app; None: all that have no time of their own.
        """
        if app is not None:
            self._known(app)
        self._backend.codes.let_live(seconds, app)

    @_in_the_loop
    def limit(self, strict: bool | None, *, app: str | None = None) -> None:
        """Choose RingCentral's real rate limits or relaxed ones.

        Args:
            strict: Whether the real ones hold; None, for one app only: as for everybody.
            app: The app; None: all.
        """
        if app is not None:
            self._known(app)
            self._backend.limits.set_strict(app, strict)
        elif strict is None:
            raise ControlError("For everybody, strict is true or false")
        else:
            self._backend.limits.strict = strict

    @_in_the_loop
    def add_seats(self, count: int) -> None:
        """Make more seats for the class, while it goes on.

        Args:
            count: How many.
        """
        self._backend.add_seats(count)

    @_in_the_loop
    def begin_part(self) -> None:
        """Let the board count anew: from now on it shows what is reached in this part of the lesson."""
        self._backend.record.begin_part(self._backend.clock.real())

    @_in_the_loop
    def end_part(self) -> None:
        """Let the board count from the beginning again."""
        self._backend.record.end_part()

    @_in_the_loop
    def name_seat(self, seat: str, name: str) -> None:
        """Show the instructor who is at a seat, unless it is said already.

        Args:
            seat: A learner's user name, such as ``learner-001``.
            name: Who is there; one that cannot be shown is none.
        """
        if (shown := clean_name(name)[:MOST_LENGTH]) and not self._backend.names.of(seat):
            self._backend.names.give(seat, shown)

    @_in_the_loop
    def end_class(self) -> None:
        """End the class: its seats, apps, progress and logins. New seats are there for the next one."""
        self._backend.end_class()

    @_in_the_loop
    def requests(self, app: str | None = None, *, after: int = 0) -> list[Entry]:
        """The requests that the record keeps, oldest first.

        Args:
            app: The app whose requests are wanted; None: those of all.
            after: Only requests with a higher number than this.
        """
        return self._backend.record.entries(client_id=app, after=after)

    @_in_the_loop
    def progress(self, app: str | None = None) -> list[Progress]:
        """How far each app has got, as it is now."""
        return [one.copy() for one in self._backend.record.progress() if app in (None, one.client_id)]

    @_in_the_loop
    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` in the event loop with each request from now on; return a function that ends that."""
        unsubscribe = self._backend.record.subscribe(subscriber)
        return lambda: self._run(unsubscribe)

    @_in_the_loop
    def state(self, app: str | None = None) -> dict[str, Any]:
        """What is set at the moment, fit for JSON; of an app also the ``person`` whom its owner signs in as."""
        backend = self._backend
        return {
            **({} if app is None else {"person": backend.people_for(self._known(app))[0].username}),
            "clock_ahead_seconds": backend.clock.moved,
            "strict_limits": backend.limits.strict if app is None else backend.limits.is_strict(app),
            "sessions": len(self._sessions(app)),
            "code_seconds": backend.codes.lifetime(app),
            "faults": [
                {
                    "endpoint": planned.endpoint,
                    "fault": planned.name,
                    "everybody": planned.client_id is None,
                    "times_left": planned.times,
                    "seconds_left": None
                    if planned.ends_at is None
                    else round(planned.ends_at - backend.clock.real(), 1),
                }
                for planned in backend.faults.planned(app)
            ],
        }

    def _known(self, client_id: str) -> App:
        app = self._backend.apps.get(client_id)
        if app is None:
            raise ControlError("No app has this client id")
        return app

    def _sessions(self, app: str | None) -> list[Session]:
        return self._backend.sessions.of_app(app)


def _one_of(known: Sequence[str], value: str | None, name: str) -> str | None:
    if value is not None and value not in known:
        raise ControlError(f"The {name} is one of {', '.join(known)}")
    return value


def _each_in(known: dict[str, str], values: Sequence[str] | None, name: str) -> tuple[str, ...] | None:
    for value in values or ():
        _one_of(tuple(known), value, name)
    return None if values is None else tuple(values)


def _usable(uris: Sequence[str] | None) -> tuple[str, ...] | None:
    for uri in uris or ():
        if problem := redirect_uri_problem(uri):
            raise ControlError(f"A redirect URI {problem}")
    return None if uris is None else tuple(uris)
