"""A link to a sign-in page, for the notebooks that build theirs by hand. It is there as long as its answer is awaited.

Nobody has to tell it: the link itself says where the browser will bring the answer, and the system says whether this
kernel listens there. A login of a session is found by its address. What cannot be seen may be passed: when the waiting
ends, and where the answer will lie.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from IPython.display import display

from ..authorization import AUTHORIZE_PATH, AuthorizationRequest
from ..errors import ConfigurationError, LoginCancelled, LoginError, LoginTimeout, of_type
from ..link_pieces import request_of
from ..local_practice import PROBE_PATH
from ..loopback import OTHER_NOTEBOOK, THIS_NOTEBOOK, answers, is_loopback, listens_here, notebook_at, port_holder
from ..pending import LOGIN_SECONDS, PENDING
from ..redirection_endpoint import endpoint_of, listen_address
from ..sentences.saying import say
from .base import Drawn, lesson

if TYPE_CHECKING:
    from ..attempt import LoginAttempt
    from .view import Status

LOOK_SECONDS = 0.5
"""How often it looks whether the answer is still awaited."""
LEAST_EPOCH = 1_000_000_000
"""A smaller number is no time of day: seconds, or the monotonic clock's."""


@dataclass(frozen=True)
class _Outlook:
    """How things stand with a link.

    Attributes:
        status: The same in words; empty where there is nothing to say.
        shown: Whether the link may be used.
        over: Whether nothing will change any more.
    """

    status: Status
    shown: bool
    over: bool


class SignInLink(Drawn):
    """A link to a sign-in page, and its address to copy.

    The address holds a login's state and the app's client id. Neither belongs into a saved notebook, so it
    goes to the page as a message; and with it how things stand, which is over when the notebook is opened again.

    Args:
        url: The sign-in page's address.
        until: As for :func:`open_in_browser`.
        answer: Likewise.
        listener: Likewise.
    """

    def __init__(self, url: str, *, until: object = None, answer: object = None, listener: bool = True) -> None:
        self._url = url
        self._request = request_of(url)
        # What was passed may have been begun in another cell, and then this one does not begin it anew.
        self._longer = say("link.longer" if until is None and answer is None else "link.longer-from-listener")
        self._attempt, self._ends, self._is_over = _end_of(until)
        self._answer = _place_of(answer)
        self._attempt = self._attempt or _attempt_of(url, self._request)
        self._address = _listen_address(self._request) if listener and not self._attempt else None
        self._nobody_until = time.monotonic() + LOGIN_SECONDS
        self._listened = False  # somebody did
        self._outlook: _Outlook | None = None
        self._pages: set[str] = set()  # those that show this link, as far as they have said so
        self._unseen = threading.Event()
        super().__init__()
        self.view = {"title": say("link.title")}
        server_url, is_sign_in, _ = url.partition(AUTHORIZE_PATH)
        self._probe = server_url + PROBE_PATH if is_sign_in and is_loopback(url) else ""
        if not self._look():
            self._watch()

    def _watch(self) -> None:
        self._unseen.clear()
        threading.Thread(target=self._look_on, name="sign-in-link", daemon=True).start()

    def _look_on(self) -> None:
        # The system's list of sockets takes milliseconds to read. A link that is there has time.
        while not self._unseen.wait(LOOK_SECONDS * (3 if self._listened else 1)) and not self._look():
            pass

    def _look(self) -> bool:
        """See how things stand now, and show it; returns whether nothing will change any more."""
        with self._showing:
            if self._outlook is None or not self._outlook.over:
                self._outlook = self._outlook_now()
                url, probe = (self._url, self._probe) if self._outlook.shown else ("", "")
                self._tell({"summary": self._outlook.status, "url": url, "probe": probe})
            return self._outlook.over

    def _outlook_now(self) -> _Outlook:
        if self._attempt:
            return _outlook_of(self._attempt, self._longer)
        self._know_listener()
        if self._answer:
            return self._answered(self._answer)
        try:
            ended = self._is_over()
        except Exception as error:  # noqa: BLE001  (it is somebody else's, and may do anything)
            return _over(say("link.until-fails", kind=type(error).__name__), say("link.until-fails-cure"))
        if isinstance(ended, str) and ended:
            return _answer_is_there({"kind": "ok", "text": ended, "cure": say("link.go-on")})
        if ended:
            if self._ends and time.time() >= self._ends:
                return _over(say("link.time-over"), "" if self._outlook else say("link.listen-again"))
            return _over(say("link.nobody-waits"), say("link.done-or-again"))
        if self._address and (problem := self._unheard(*self._address)):
            return problem
        status: Status = {}
        if self._address or self._ends:
            status = {"kind": "working", "text": say("link.waiting")}
        if self._ends:
            status["until"] = self._ends
            if self._address:
                status["cure"] = self._longer
        return _Outlook(status, shown=True, over=self._ends is None and self._address is None and not self._can_end)

    def _know_listener(self) -> None:
        """Take what the course's own listener knows, where nobody has passed it: its end, and its answer."""
        if self._answer is not None or not self._request or not self._address:
            return
        listener = _listener_at(self._address[1], self._request.state)
        if listener is not None:
            self._answer = _place_of(listener.answer)
            if self._is_over is _never:
                _, self._ends, self._is_over = _end_of(listener)

    @property
    def _can_end(self) -> bool:
        """Whether something that was passed may still say that it is over."""
        return self._answer is not None or self._is_over is not _never

    def _unheard(self, host: str, port: int) -> _Outlook | None:
        """What there is to say when nobody of ours listens where the answer comes in; None when somebody does."""
        ours = listens_here(port)
        somebody = not ours and answers(host, port)
        if ours or (somebody and listens_here(port)):  # it may have opened between the two looks
            if not _another_login_at(self._request):
                self._listened = True
                return None
            if not self._listened:
                return _taken(port, THIS_NOTEBOOK)
        if self._listened:
            return _over(say("link.nothing-listens-now"), say("link.done-or-again"))
        if somebody:
            return _taken(port, port_holder(port))
        if time.monotonic() > self._nobody_until:
            return _over(say("link.nothing-listened"))
        return _Outlook(
            {
                "kind": "info",
                "text": say("link.not-yet"),
                "why": say("link.not-yet-why", host=host, port=port),
                "cure": say("link.not-yet-cure"),
            },
            shown=False,
            over=False,
        )

    def _answered(self, answer: Mapping[str, Any]) -> _Outlook:
        """What an answer says that a server written by hand has got; it is held against this link."""
        status: Status = {"kind": "ok", "text": say("link.answered"), "cure": say("link.go-on")}
        if self._request and self._request.state:
            try:
                self._request.read_response(urlencode({str(name): str(value) for name, value in answer.items()}))
            except LoginError as error:
                status = lesson(error)
        return _answer_is_there(status)

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if not isinstance(message, dict):
            return
        with self._showing:
            if isinstance(page := message.get("come"), str):
                self._pages.add(page)
                if self._unseen.is_set() and not self._look():
                    self._watch()
            if isinstance(page := message.get("gone"), str):
                self._pages.discard(page)
                if not self._pages:
                    self._unseen.set()

    def close(self) -> None:
        """Take the link off the screen, and look no more."""
        if hasattr(self, "_unseen"):  # Python also closes what was half made when an error came
            self._unseen.set()
        super().close()


def open_in_browser(url: str, *, until: object = None, answer: object = None, listener: bool = True) -> None:
    """Show a link to a sign-in page. A person clicks it; the autopilot, when it is on, visits it.

    The link is there as long as its answer is awaited. It says so when nobody listens at its redirect URI (yet), and
    when it is over; and it knows the login that it belongs to, if a session has begun it.

    Args:
        url: The sign-in page's address.
        until: When the waiting ends, which is counted down: a time such as ``time.time() + 120``, or a login attempt,
            or a listener of yours, whose ``until`` is such a time and may become an earlier one; if it can be called,
            that tells whether it has ended, as below.
            Or what tells that it has ended: a ``threading.Event``, or a function that returns whether it has; a text,
            if all went well, which the link then says.
        answer: The dictionary into which a server of yours puts the answer; it is empty until then. The listener of
            the course's program need not be passed, neither here nor above: the link finds it at its port.
        listener: Whether somebody is to listen for the answer. With ``False`` the link is shown all the same.

    Raises:
        ConfigurationError: The address is none, or nothing can be made of another argument.
    """
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        what = "this text is no web address" if isinstance(url, str) else f"this is {of_type(url)}"
        raise ConfigurationError(
            f"Nothing can be opened in the browser: {what}.",
            why="A sign-in page's address is a text that begins with https:// or http://.",
            cure="Pass the address: open_in_browser(attempt.authorize_url), or the one that you have built.",
        )
    from .. import autopilot  # here, because importing the panels shall be quick

    display(SignInLink(url, until=until, answer=answer, listener=listener))  # type: ignore[no-untyped-call]
    autopilot.follow(url)


def _never() -> bool:
    return False


def _end_of(until: Any) -> tuple[LoginAttempt | None, float | None, Callable[[], object]]:
    """What was passed as ``until``: a login, or a time in epoch seconds and a function that says that it has ended."""
    if until is None:
        return None, None, _never
    if hasattr(until, "deadline") and hasattr(until, "state"):
        return until, None, _never
    if isinstance(until, Real) and not isinstance(until, bool):
        ends = float(until)
        if math.isfinite(ends) and ends > LEAST_EPOCH:
            return None, ends, lambda: time.time() >= ends
    elif isinstance(until, threading.Event):
        return None, None, until.is_set
    elif isinstance(named := getattr(until, "until", None), Real):
        return None, float(named), until if callable(until) else lambda: time.time() >= until.until
    elif callable(until) and not isinstance(until, type):
        return None, None, until
    raise ConfigurationError(
        f"until cannot be {ascii(until)[:40] if isinstance(until, Real) else of_type(until)}.",
        why="It says when nobody waits for the answer any more.",
        cure="Pass a time, such as time.time() + 120, or a login attempt, an Event, or a function that returns whether "
        "it is over. Or leave it out.",
    )


def _listener_at(port: int, state: str) -> Any:
    """The listener of the course's program that waits at a port for the answer to a login.

    Its thread names it, for later listeners of that program. So ``main(show=open_in_browser)`` passes a link only.
    """
    for thread in threading.enumerate():
        if thread.name == f"listener at {port}":
            listener = getattr(thread, "listener", None)
            # The name may be that of another program's thread, too.
            if getattr(listener, "state", None) == state and hasattr(listener, "answer") and hasattr(listener, "until"):
                return listener
    return None


def _place_of(answer: Any) -> Mapping[str, Any] | None:
    if answer is None or isinstance(answer, Mapping):
        return answer
    raise ConfigurationError(
        f"answer cannot be {of_type(answer)}.",
        why="It is the place where your server puts the answer: a dictionary, empty until then.",
        cure="Pass that dictionary, or leave it out.",
    )


def _pending_at(request: AuthorizationRequest | None) -> LoginAttempt | None:
    """The newest login of a session where a link's answer comes in."""
    try:
        endpoint = endpoint_of(request.redirect_uri, request.state) if request else None
    except (ConfigurationError, ValueError):  # no address at all, and no login of a session
        return None
    found: Any = PENDING.at(endpoint) if endpoint else None
    return found if hasattr(found, "authorize_url") else None


def _attempt_of(url: str, request: AuthorizationRequest | None) -> LoginAttempt | None:
    """The login of a session that a link belongs to."""
    found = _pending_at(request)
    return found if found and found.authorize_url == url else None


def _another_login_at(request: AuthorizationRequest | None) -> bool:
    """Whether a login of a session waits where a link's answer comes in. It takes no other's."""
    found = _pending_at(request)
    return found is not None and found.state in ("waiting", "exchanging")


def _listen_address(request: AuthorizationRequest | None) -> tuple[str, int] | None:
    """Where a server that is written by hand waits for the answer; None where nobody here can."""
    try:
        return listen_address(request.redirect_uri) if request else None
    except (ConfigurationError, ValueError):  # somewhere else, or no address at all
        return None


def _outlook_of(attempt: LoginAttempt, longer: str) -> _Outlook:
    """How things stand with a session's login."""
    if attempt.state == "waiting":
        status: Status = {
            "kind": "working",
            "text": say("link.waiting"),
            "cure": longer,
            "until": attempt.deadline,
        }
        return _Outlook(status, shown=True, over=False)
    if attempt.state == "exchanging":
        return _Outlook({"kind": "working", "text": say("login.getting-tokens")}, False, False)
    error = attempt.error
    if error is None:
        return _answer_is_there({"kind": "ok", "text": say("link.logged-in"), "cure": say("link.go-on")})
    if isinstance(error, LoginTimeout | LoginCancelled):
        return _over(error.happened)
    return _answer_is_there(lesson(error))


def _answer_is_there(status: Status) -> _Outlook:
    """A link that has done its work, whatever the answer says: the next cell reads it."""
    return _Outlook({**status, "done": True}, shown=False, over=True)


def _over(why: str, cure: str = "") -> _Outlook:
    cure = cure or say("link.again")
    return _Outlook({"kind": "info", "text": say("link.over"), "why": why, "cure": cure}, shown=False, over=True)


def _taken(port: int, holder: str) -> _Outlook:
    """A link that would lead the answer astray is not shown."""
    _, notebook = notebook_at(port)
    cure = say("link.end-holder")
    if holder == THIS_NOTEBOOK:
        why = say("link.taken-by-this-notebook")
    elif notebook:
        why, cure = say("link.taken-by-notebook", notebook=notebook), say("link.end-notebook")
    elif holder == OTHER_NOTEBOOK:
        why = say("link.taken-by-another-notebook")
    else:
        why = say("link.taken-by", holder=holder) if holder else say("link.taken-by-another")
    text = say("link.taken", port=port)
    return _Outlook({"kind": "error", "text": text, "why": why, "cure": cure}, shown=False, over=True)
