"""One person's login, from the first click to the logout: attempt, tokens, calls, refresh, revoke.

Which thread may touch what:

======================  ==========================================================================
thread                  what it does here
======================  ==========================================================================
caller (a cell, a       ``begin_login``, ``submit``, ``wait``, ``cancel``, ``get``, ``post``,
panel's worker)         ``refresh``, ``logout``, ``use``
callback listener       ``LoginAttempt._receive``: reads the callback, starts the exchange, returns
                        at once; never touches tokens
exchange, one thread    ``LoginAttempt._exchange``: code to tokens, then the outcome; then revokes
for each attempt        the tokens that nobody wants: a replaced login's, or those that came too late
deadline timer, one     ``LoginAttempt._end`` with a timeout; and what an interrupt has left undone
for each attempt
rehearsal, a moment     ``LoginAttempt._rehearse``: one request to our own listener; touches nothing
after each begin
======================  ==========================================================================

``LoginAttempt._lock`` guards the outcome of an attempt: whoever ends it first, wins.
``_beginning`` lets one login begin at a time in this kernel, and no environment change meanwhile.
``Platform._lock`` guards the tokens, and is held during a refresh, so that others wait for the new
token. Only ``_beginning`` is held while an observer is called, and it lets the same thread in again.

A kernel interrupt reaches the main thread only, and may come at any line. Locks are held by ``with``
alone; tokens change in one step; an end that was interrupted is finished by the deadline timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ringcentral.http.api_response import ApiResponse
from ringcentral.platform.events import Events

from .authorization import AuthorizationRequest, AuthorizationResponse, query_of
from .callback_page import Page
from .environments import Environment
from .errors import (
    CATALOGUE,
    ApiError,
    CallbackRejected,
    CodeRejected,
    ConfigurationError,
    CredentialsRejected,
    LoginCancelled,
    LoginError,
    LoginTimeout,
    LoginUnreachable,
    NotLoggedIn,
    PlatformUnreachable,
    PortInUse,
    RingCentralError,
    SessionBusy,
    explain,
)
from .exchanges import Exchange, ExchangeRecord, Exchanges
from .listener import LINGER_SECONDS, CallbackListener
from .loopback import is_loopback, port_is_free
from .pages import Pages, Records
from .redaction import opaque
from .sdk import Platform
from .transport import SafeClient, read_json

LOGIN_SECONDS = 300
"""How long a person has to sign in."""
MOST_STRAYS_NOTED = 10
"""How many callbacks the record takes in that change nothing; a storm of them must not drive out the rest."""

_WRONG_CREDENTIALS = {"OAU-123", "OAU-134", "OAU-146", "OAU-153", "OAU-164", "OAU-165", "invalid_client"}

_SUCCESS = Page("Login success", "You are logged in. The notebook goes on.", done=True)


@dataclass(frozen=True)
class TokenStatus:
    """What may be known about the tokens: that they are there, and until when. Never the tokens.

    Attributes:
        expires_at: When the access token ends, in epoch seconds by this machine's clock.
        refresh_expires_at: When the refresh token ends, in epoch seconds; 0 when there is none.
        scope: The permissions the server granted.
        owner_id: RingCentral's id of the person's extension.
    """

    expires_at: float
    refresh_expires_at: float
    scope: tuple[str, ...]
    owner_id: str


@dataclass(frozen=True)
class Answer:
    """What an API call brought.

    Attributes:
        status: HTTP status code, 2xx.
        seconds: How long it took.
        data: The JSON object; empty when there was no body.
    """

    status: int
    seconds: float
    data: dict[str, Any]


@dataclass(frozen=True)
class LogoutOutcome:
    """How a logout ended. The tokens are forgotten here in every case.

    Attributes:
        revoked: Whether the server confirmed that the tokens are dead.
        message: What happened, in words for a person.
        why: The cause, where the server has not revoked; may be empty.
        cure: What to do then; may be empty.
    """

    revoked: bool
    message: str
    why: str = ""
    cure: str = ""

    def __repr__(self) -> str:
        return " ".join(part for part in (self.message, self.why, self.cure) if part)


class LoginAttempt:
    """One try to log in. Made by :meth:`Session.begin_login`.

    It ends once, in one of four ways: logged in, failed, cancelled, or out of time. The listener's
    port is free again at most a second later.
    """

    def __init__(self, session: Session, *, login_hint: str, timeout: float, redirect_uri: str) -> None:
        self._session = session
        self._platform = session.platform
        environment = session.environment
        self._request = AuthorizationRequest(
            server_url=environment.server_url,
            client_id=environment.client_id,
            redirect_uri=redirect_uri,
            login_hint=login_hint,
        )
        self.deadline = time.time() + timeout
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._error: LoginError | None = None
        self._strays = 0
        self._replaced = ""  # what ends the login that this one took the place of; see Platform.keep
        # The page that answers this login's callback; set when the code has arrived.
        self._page: Future[Page] | None = None
        self._listener = (
            CallbackListener(redirect_uri, self._receive)
            if is_loopback(redirect_uri)
            else None  # somebody else's address answers there; the callback is pasted by hand
        )
        self._timer = threading.Timer(min(timeout, threading.TIMEOUT_MAX), self._run_out)
        self._timer.daemon = True

    def __repr__(self) -> str:
        return f"<LoginAttempt: {self.state}>"

    @property
    def state(self) -> str:
        """``"waiting"``, ``"exchanging"`` (the code has arrived), ``"logged in"`` or ``"ended"``."""
        if self._ended.is_set():
            return "ended" if self._error else "logged in"
        return "exchanging" if self._page else "waiting"

    @property
    def error(self) -> LoginError | None:
        """Why the attempt failed; None while it goes on and after success."""
        return self._error

    @property
    def listening(self) -> bool:
        """Whether this machine waits for the callback; otherwise it has to be pasted (:meth:`submit`)."""
        return self._listener is not None

    @property
    def authorize_url(self) -> str:
        """The address of the sign-in page. It works for this attempt only."""
        return self._request.url

    @opaque
    def submit(self, callback_url: str) -> None:
        """Hand in the callback by hand, where the browser cannot reach the listener.

        Args:
            callback_url: The whole address that the browser ended on, or its query; with the state.

        Raises:
            CallbackRejected: It does not belong to this login. The attempt goes on.
            LoginError: The attempt is over, or the address brought a refusal.
        """
        if self._ended.is_set():
            if self._error:
                raise self._error
            return
        try:
            response = self._request.read_response(callback_url)
        except CallbackRejected:
            raise
        except LoginError as refusal:
            self._note_callback(query_of(callback_url))
            if not self._refused(refusal):
                return
            raise
        self._note_callback(query_of(callback_url))
        self._start_exchange(response)

    def wait(self, timeout: float = LOGIN_SECONDS) -> None:
        """Wait until the person has logged in. The cell can be interrupted.

        Args:
            timeout: Seconds to wait. When they are over, so is the attempt.

        Raises:
            LoginError: The login failed, was cancelled or took too long.
        """
        until = time.monotonic() + timeout
        # In slices: on Windows a wait without end cannot be interrupted.
        while not self._ended.wait(min(0.2, max(0.0, until - time.monotonic()))):
            if time.monotonic() >= until:
                self._end(_out_of_time())
        # A program that ends now would take the browser's last page with it.
        until = time.monotonic() + LINGER_SECONDS
        while self._listener and self._listener.answering and time.monotonic() < until:
            time.sleep(0.005)
        if self._error:
            raise self._error

    def cancel(self) -> None:
        """Give up. Harmless when the attempt is already over."""
        self._end(LoginCancelled("The login was cancelled.", cure="Log in again whenever you like."))

    def _open(self) -> None:
        if self._listener:
            self._listener.open()
        self._timer.start()
        if self._listener:
            with contextlib.suppress(RuntimeError):  # no more threads to be had
                threading.Thread(target=self._rehearse, name="rehearsal", daemon=True).start()

    def _rehearse(self) -> None:
        """Send our own listener a request that means nothing to it, in the way in which the code will be exchanged.

        The first request that a process answers or sends takes twice as long as those that follow. This
        takes it while the person signs in, so that their browser need not wait for it.
        """
        client = SafeClient(ExchangeRecord())
        origin = "{0.scheme}://{0.netloc}/".format(urlsplit(self._request.redirect_uri))
        with contextlib.suppress(RingCentralError):  # it is turned away, as anybody would be
            client.send(client.create_request("POST", origin, body={"code": "rehearsal"}))

    def _receive(self, query: str) -> Future[Page]:
        """Decide about one callback. On the listener's thread: nothing here may wait."""
        noted = self._note_callback(query)
        changes_nothing = self.state != "waiting"  # a repeat
        try:
            page = self._answer_to(query)
        except CallbackRejected as error:
            text = f"{error} {'The login goes on.' if self.state == 'waiting' else 'It changes nothing.'}"
            page = _page_now(Page("This is not the answer we wait for", text, 400))
            changes_nothing = True
        self._strays += changes_nothing
        if changes_nothing and self._strays > MOST_STRAYS_NOTED:
            self._session._record.forget(noted)
        page.add_done_callback(
            lambda done: self._session._record.end(noted, status=done.result().status, body=done.result().title)
        )
        return page

    def _answer_to(self, query: str) -> Future[Page]:
        try:
            response = self._request.read_response(query)
        except CallbackRejected:
            raise
        except LoginError as refusal:
            self._refused(refusal)
            return self._page or _page_now(_failure_page(refusal))
        return self._start_exchange(response)

    def _note_callback(self, query: str) -> Exchange:
        return self._session._record.begin("callback", "GET", f"{self._request.redirect_uri}?{query}")

    def _refused(self, refusal: LoginError) -> bool:
        """End with the server's refusal. Even with the right state it cannot undo a login that is being finished."""
        return self._page is None and self._end(refusal)

    def _start_exchange(self, response: AuthorizationResponse) -> Future[Page]:
        """Start to exchange the code, once; whoever brings it again gets the same page."""
        with self._lock:
            if self._page:
                return self._page
            if self._ended.is_set():
                return _page_now(_failure_page(self._error) if self._error else _SUCCESS)
            self._page = Future()
        try:
            self._session._notify()
            threading.Thread(target=self._exchange, args=(response,), name="code-exchange", daemon=True).start()
        except Exception as error:  # noqa: BLE001  (no more threads to be had)
            self._end(_unexpected(error))
        except BaseException:
            self._end(LoginCancelled("The login was interrupted.", cure="Log in again."))
            raise
        return self._page

    def _exchange(self, response: AuthorizationResponse) -> None:
        """Code to tokens, on a thread of its own. Ends the attempt, and tells the browser how."""
        platform = self._platform
        try:
            tokens = platform.exchange(
                code=response.code, redirect_uri=response.redirect_uri, verifier=response.code_verifier
            )
            if self._end(None, tokens=tokens):
                platform.trigger(Events.loginSuccess, tokens)
                replaced, self._replaced = self._replaced, ""
                platform.discard(replaced)
            else:
                platform.discard_tokens(tokens)  # cancelled meanwhile: leave no living token behind
        except RingCentralError as error:
            self._end(_exchange_failed(error))
        except Exception as error:  # noqa: BLE001  (a thread must not die in silence)
            self._end(_unexpected(error))

    def _give_way(self) -> None:
        """Make room for a newer login: end, and give the port back now."""
        self._end(LoginCancelled("A newer login took this one's place.", cure="Use the newest sign-in page."))
        if self._listener:
            self._listener.close()

    def _run_out(self) -> None:
        if not self._end(_out_of_time()):
            self._put_away()  # somebody was interrupted in the middle of it

    def _end(self, error: LoginError | None, *, tokens: ApiResponse | None = None) -> bool:
        """End the attempt, store the tokens in the same step, and tell the browser. False when it was over already."""
        with self._lock:
            if self._ended.is_set():
                return False
            if tokens is not None:
                self._replaced = self._platform.keep(tokens)
            self._error = error and error.with_traceback(None)  # its frames hold the callback
            self._ended.set()
        self._put_away()
        return True

    def _put_away(self) -> None:
        """Tell everybody of the end, and give back what the attempt has used. Harmless when done before."""
        error = self._error
        self._session._notify()
        if self._page:
            with contextlib.suppress(InvalidStateError):
                self._page.set_result(_failure_page(error) if error else _SUCCESS)
        if self._listener:
            # A browser that reloads still finds somebody; after a cancel or a timeout nobody answers.
            nobody_left = isinstance(error, LoginTimeout | LoginCancelled)
            self._listener.close(linger=0 if nobody_left else LINGER_SECONDS)
        self._timer.cancel()  # last: until then it would finish this


class Session:
    """A person's login in one environment. Make one for a notebook and keep it.

    Args:
        environment: Where to log in, and as which app.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._record = ExchangeRecord()
        self._platform = Platform(environment, self._record)
        self._attempt: LoginAttempt | None = None
        self._observers: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<Session {self._environment.name}: {'logged in' if self.logged_in else 'not logged in'}>"

    @property
    def environment(self) -> Environment:
        """The environment in use. Change it with :meth:`use`."""
        return self._environment

    @property
    def platform(self) -> Platform:
        """The SDK's Platform, made safe: for whatever else the SDK can do."""
        return self._platform

    @property
    def attempt(self) -> LoginAttempt | None:
        """The newest login attempt, going on or over; None before the first."""
        return self._attempt

    @property
    def logged_in(self) -> bool:
        """Whether the access token or the refresh token still lives. Looks at the clock, not at the network."""
        return self._platform.logged_in()

    @property
    def login_pending(self) -> bool:
        """Whether a login has begun and is not over."""
        attempt = self._attempt
        return attempt is not None and attempt.state in ("waiting", "exchanging")

    @property
    def token_status(self) -> TokenStatus | None:
        """What may be known about the tokens; None when not logged in."""
        if not self.logged_in:
            return None
        data = self._platform.auth().data()
        return TokenStatus(
            expires_at=float(data["expire_time"]),
            refresh_expires_at=float(data["refresh_token_expire_time"]) if data["refresh_token"] else 0.0,
            scope=tuple(str(data["scope"]).split()),
            owner_id=str(data["owner_id"]),
        )

    @property
    def exchanges(self) -> Exchanges:
        """What went over the wire so far, secrets masked; ``print`` shows it as text. See :mod:`.exchanges`."""
        return self._record.read()

    @opaque
    def begin_login(
        self, *, login_hint: str = "", timeout: float = LOGIN_SECONDS, redirect_uri: str = ""
    ) -> LoginAttempt:
        """Open the listener and make a fresh authorization request. Returns at once.

        A login of this kernel that is still pending on the same port is cancelled: running a cell again
        is never an error.

        Args:
            login_hint: A user name to fill in on the sign-in page.
            timeout: Seconds until the attempt ends by itself.
            redirect_uri: One of the environment's ``other_redirect_uris``, when the usual one's port is taken.

        Returns:
            The attempt; its ``authorize_url`` is what the browser opens.

        Raises:
            ConfigurationError: The redirect URI is not one of this environment's.
            PortInUse: Another program listens on the redirect URI's port. It names another one that is free.
        """
        with _beginning:
            environment = self._environment
            redirect_uri = redirect_uri or environment.redirect_uri
            if redirect_uri not in (environment.redirect_uri, *environment.other_redirect_uris):
                raise ConfigurationError(
                    "This redirect URI is not one of this environment's.",
                    why="RingCentral sends nobody to an address that is not registered with the app.",
                    cure="Register it in the app's settings, and put it into RC_REDIRECT_URL in the .env file.",
                )
            attempt = LoginAttempt(self, login_hint=login_hint, timeout=timeout, redirect_uri=redirect_uri)
            port = attempt._listener.port if attempt._listener else None
            for older in (self._attempt, _pending.get(port) if port else None):
                if older is not None:
                    older._give_way()
            try:
                attempt._open()
                self._attempt = attempt
                if port:
                    _pending[port] = attempt
            except PortInUse as error:
                others = (uri for uri in environment.other_redirect_uris if uri != redirect_uri)
                free = next((uri for uri in others if is_loopback(uri) and port_is_free(uri)), "")
                raise error.with_another(free) if free else error from None
            except BaseException:
                attempt._give_way()  # the kernel was interrupted: nobody knows this attempt
                raise
        self._record.begin("authorization", "GET", attempt.authorize_url)
        self._notify()
        from . import autopilot  # here, because nobody needs it before a login begins

        autopilot.follow(attempt.authorize_url)
        return attempt

    async def until_logged_in(self, timeout: float = LOGIN_SECONDS) -> None:
        """Let a cell wait for the login while panels and other cells go on: ``await session.until_logged_in()``.

        Args:
            timeout: Seconds to wait. The pending attempt, if any, goes on after that.

        Raises:
            LoginTimeout: Nobody logged in.
        """
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(changed.set)

        self.observe(wake)
        until = loop.time() + timeout
        try:
            while not self.logged_in:
                changed.clear()
                try:
                    await asyncio.wait_for(changed.wait(), max(0.0, until - loop.time()))
                except asyncio.TimeoutError:
                    raise _out_of_time() from None
        finally:
            self.unobserve(wake)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Call the API with GET.

        Args:
            path: Such as ``/restapi/v1.0/account/~/extension/~``.
            query: Query parameters; a list becomes a repeated parameter.

        Returns:
            The JSON object of the answer.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error.
            PlatformUnreachable: The server did not answer.
        """
        return self.call("GET", path, query=query).data

    def pages(
        self, path: str, *, limit: int | None = None, patient: bool = False, progress: bool = False, **query: Any
    ) -> Pages:
        """Read a list page by page, to its end.

        Args:
            path: A list, such as ``/restapi/v1.0/account/~/call-log``.
            limit: How many pages at most; None for all.
            patient: After too many requests (429), wait as long as the server asks, then go on.
            progress: Show a progress bar; needs the package ``tqdm``.
            query: Query parameters, such as ``perPage=1000``. Without ``dateTo``, a list that begins with the
                newest ends at this moment, so that what happens meanwhile does not move its pages.

        Returns:
            An iterator over the pages. Reading one raises what :meth:`get` raises; go on with the same iterator
            to ask for that page again.

        Raises:
            ConfigurationError: ``tqdm`` is not installed.
        """
        now = self._platform.server_time()
        return Pages(self._get, path, query, now=now, limit=limit, patient=patient, progress=progress)

    def records(
        self, path: str, *, limit: int | None = None, patient: bool = False, progress: bool = False, **query: Any
    ) -> Records:
        """Read all records of a list, following its pages.

        Args:
            path: A list, such as ``/restapi/v1.0/account/~/call-log``.
            limit: How many records at most; None for all.
            patient: After too many requests (429), wait as long as the server asks, then go on.
            progress: Show a progress bar; needs the package ``tqdm``.
            query: As for :meth:`pages`.

        Returns:
            An iterator over the records. Reading on raises what :meth:`get` raises; go on with the same iterator
            to have the rest.

        Raises:
            ConfigurationError: ``tqdm`` is not installed.

        Example:
            >>> calls = session.records("/restapi/v1.0/account/~/call-log", dateFrom="2026-01-01T00:00:00Z",
            ...                         perPage=1000, patient=True, progress=True)
            >>> pandas.DataFrame(calls)
        """
        return Records(self.pages(path, patient=patient, progress=progress, **query), limit=limit)

    def _get(self, path: str, query: dict[str, Any]) -> Any:
        return self.call("GET", path, query=query).data

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API with POST and a JSON body.

        Args:
            path: Such as ``/restapi/v1.0/account/~/extension/~/sms``.
            body: A JSON object.

        Returns:
            The JSON object of the answer; empty when there is none.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error.
            PlatformUnreachable: The server did not answer.
        """
        return self.call("POST", path, body=body).data

    def call(
        self, method: str, path: str, *, query: dict[str, Any] | None = None, body: dict[str, Any] | None = None
    ) -> Answer:
        """Call the API, and learn the status and the time too.

        Args:
            method: ``"GET"``, ``"POST"``, ``"PUT"``, ``"PATCH"`` or ``"DELETE"``.
            path: Such as ``/restapi/v1.0/account/~``.
            query: Query parameters.
            body: A JSON object.

        Returns:
            The answer.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error.
            PlatformUnreachable: The server did not answer.
        """
        before = self.token_status
        began = time.monotonic()
        request = self._platform.request(method, path, query=query, body=body)
        try:
            response = self._platform.send_request(request)
            return Answer(response.response().status_code, time.monotonic() - began, read_json(response))
        finally:
            if self.token_status != before:  # refreshed, or ended
                self._notify()

    def refresh(self) -> None:
        """Get new tokens now. Calls do it by themselves when it is time.

        Raises:
            NotLoggedIn: The login has ended.
            ApiError: The server answered with another error.
            PlatformUnreachable: The server did not answer; the tokens are kept.
        """
        try:
            self._platform.refresh()
        finally:
            self._notify()

    def logout(self) -> LogoutOutcome:
        """Revoke the tokens on the server, then forget them here; forget them whatever the server says.

        A pending login is cancelled.

        Returns:
            How it went. Not being logged in is not an error.
        """
        if self.login_pending and self._attempt:
            self._attempt.cancel()
        try:
            self._platform.logout()
        except NotLoggedIn:
            return LogoutOutcome(False, "Nobody was logged in.")
        except RingCentralError as error:
            return LogoutOutcome(
                False,
                "The tokens are forgotten here, but the server has not revoked them.",
                why=error.happened,
                cure="They end by themselves. To end them now, sign in to your RingCentral account and remove this "
                "app's access.",
            )
        finally:
            self._notify()
        return LogoutOutcome(True, "Logged out: the server has revoked the tokens, and they are forgotten here.")

    def use(self, environment: Environment) -> None:
        """Switch to another environment.

        Args:
            environment: The new one.

        Raises:
            SessionBusy: Somebody is logged in, or a login is pending.
        """
        with _beginning:
            if environment == self._environment:
                return
            if self.logged_in or self.login_pending:
                raise SessionBusy(
                    "The environment cannot change now.",
                    why="Somebody is logged in." if self.logged_in else "A login is pending.",
                    cure="Log out first." if self.logged_in else "Finish or cancel the login first.",
                )
            self._environment = environment
            self._platform = Platform(environment, self._record)
            self._attempt = None
        self._notify()

    def observe(self, observer: Callable[[], None]) -> None:
        """Be told whenever the login changes.

        Args:
            observer: Called without arguments, from any thread; it must return at once.
        """
        self._observers = [*self._observers, observer]

    def unobserve(self, observer: Callable[[], None]) -> None:
        """Be told no more."""
        self._observers = [each for each in self._observers if each != observer]

    def _notify(self) -> None:
        for observer in self._observers:
            try:
                observer()
            except Exception as error:  # noqa: BLE001  (a login must not fail because somebody watches it)
                logging.getLogger(__name__).warning("An observer of the session failed: %s", type(error).__name__)


# The newest attempt on each port of this kernel: a notebook that makes its Session anew must not find
# the port taken by the one it has just thrown away.
_pending: weakref.WeakValueDictionary[int, LoginAttempt] = weakref.WeakValueDictionary()
_beginning = threading.RLock()


def _exchange_failed(error: RingCentralError) -> LoginError:
    """What a failed request to the token endpoint means for the login."""
    if isinstance(error, PlatformUnreachable):
        return LoginUnreachable(error.happened, why=error.why, cure=f"{error.cure} Then log in again.")
    if not isinstance(error, ApiError):
        return LoginError(error.happened, why=error.why, cure=error.cure)
    label = f" ({error.code})" if error.code else ""
    # RFC 6749 §5.2: 401 means that the app's credentials were not accepted. There is no access token yet.
    oauth_error = error.oauth_error or ("invalid_client" if error.status == 401 and error.code not in CATALOGUE else "")
    if {error.code, oauth_error} & _WRONG_CREDENTIALS:
        known = explain(error.code, oauth_error)
        return CredentialsRejected(f"RingCentral does not accept this app{label}.", why=known.why, cure=known.cure)
    if error.status in (400, 401, 403):
        said = error.message.rstrip(".") or "no reason given"
        return CodeRejected(
            f"RingCentral did not exchange the code{label}: {said}.",
            why=error.why,
            cure=error.cure or "Log in again: each login gets a fresh code.",
        )
    return LoginError(error.happened, why=error.why, cure=error.cure or "Log in again.")


def _unexpected(error: Exception) -> LoginError:
    return LoginError(
        "The login failed for a reason we did not expect.",
        why=f"It was a {type(error).__name__}.",
        cure="Log in again; if it happens again, please report it.",
    )


def _failure_page(error: LoginError) -> Page:
    lines = (error.happened, error.why, error.cure, "You can close this window. The notebook says the same.")
    return Page("Login failed", "\n".join(filter(None, lines)), failed=True)


def _page_now(page: Page) -> Future[Page]:
    future: Future[Page] = Future()
    future.set_result(page)
    return future


def _out_of_time() -> LoginTimeout:
    return LoginTimeout(
        "Nobody finished the login in time.",
        why="The sign-in page was closed, or never opened.",
        cure="Log in again.",
    )
