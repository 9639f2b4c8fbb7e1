"""One try to log in: from the authorization request to the tokens, or to the reason why there are none.

Which thread may touch what:

======================  ==========================================================================
thread                  what it does here
======================  ==========================================================================
caller (a cell, a       ``open``, ``submit``, ``wait``, ``cancel``, ``give_way``
panel's worker)
callback listener       ``_receive``: reads the callback, starts the exchange, returns at once;
                        never touches tokens
exchange, one thread    ``_exchange``: code to tokens, then the outcome; then revokes the tokens that
for each attempt        nobody wants: a replaced login's, or those that came too late
deadline timer, one     ``_run_out``: the end by timeout; and what an interrupt has left undone
for each attempt
rehearsal, a moment     ``_rehearse``: one request to our own port; touches nothing
after each begin
======================  ==========================================================================

``LoginAttempt._lock`` guards the outcome: whoever ends the attempt first, wins. It is not held while
anybody is told. ``PENDING.one_at_a_time`` lets one login begin at a time in this process.

A kernel interrupt reaches the main thread only, and may come at any line. Locks are held by ``with``
alone; an end that was interrupted is finished by the deadline timer.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Literal

from ringcentral.http.api_response import ApiResponse
from ringcentral.platform.events import Events

from .authorization import AuthorizationRequest, AuthorizationResponse
from .callback_page import Page
from .errors import (
    ApiError,
    CallbackRejected,
    CodeRejected,
    CredentialsRejected,
    LoginCancelled,
    LoginError,
    LoginTimeout,
    LoginUnreachable,
    PlatformUnreachable,
    RingCentralError,
    code_to_tell,
    explain,
    refuses_the_app,
)
from .exchanges import Exchange, ExchangeRecord
from .forks import in_child
from .listener import LINGER_SECONDS, CallbackListener
from .pasted import answer_in
from .pending import LOGIN_SECONDS, PENDING, out_of_time, seconds_of
from .redaction import opaque
from .redirection_endpoint import RedirectionEndpoint, endpoint_of
from .sdk import Platform
from .transport import SafeClient

MOST_STRAYS_NOTED = 10
"""How many callbacks the record takes in that change nothing; a storm of them must not drive out the rest."""

AttemptState = Literal["waiting", "exchanging", "logged in", "ended"]

_SUCCESS = Page("Login success", "You are logged in. The notebook goes on.", done=True)


class LoginAttempt:
    """One try to log in. Made by :meth:`rc_nb_helpers.Session.begin_login`.

    It ends once, in one of four ways: logged in, failed, cancelled, or out of time. The listener's
    port or socket is free again at most a second later.

    Args:
        platform: Exchanges the code, and keeps the tokens.
        request: What the authorization server is asked.
        record: Where the callbacks are noted.
        changed: Called, from any thread, when the state has changed.
        timeout: Seconds until the attempt ends by itself.
        listen: Whether to wait for the answer at the redirection endpoint; else it is pasted in any case.

    Attributes:
        deadline: When it ends by itself, in epoch seconds by this machine's clock.
    """

    def __init__(
        self,
        platform: Platform,
        request: AuthorizationRequest,
        *,
        record: ExchangeRecord,
        changed: Callable[[], None],
        timeout: float = LOGIN_SECONDS,
        listen: bool = True,
    ) -> None:
        timeout = seconds_of(timeout)
        self.deadline = time.time() + timeout
        self._platform = platform
        self._request = request
        self._record = record
        self._changed = changed
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._saved = threading.Event()  # whether the login is kept over a restart, where that was asked for
        self._error: LoginError | None = None
        self._replaced = False
        self._strays = 0
        self._token_before = ""  # what ends the login that this one took the place of; see Platform.keep
        # The page that answers this login's callback; set when the code has arrived.
        self._page: Future[Page] | None = None
        # None where somebody else answers at the redirect URI: the callback is pasted by hand then.
        self._endpoint = endpoint_of(request.redirect_uri, request.state) if listen else None
        self._listener = CallbackListener(self._endpoint, self._receive) if self._endpoint else None
        self._timer = threading.Timer(timeout, self._run_out)
        self._timer.daemon = True

    def __repr__(self) -> str:
        return f"<LoginAttempt: {self.state}>"

    @property
    def state(self) -> AttemptState:
        """``"waiting"``, ``"exchanging"`` (the code has arrived), ``"logged in"`` or ``"ended"``."""
        if self._ended.is_set():
            return "ended" if self._error else "logged in"
        return "exchanging" if self._page else "waiting"

    @property
    def error(self) -> LoginError | None:
        """Why the attempt failed; None while it goes on and after success."""
        return self._error

    @property
    def replaced(self) -> bool:
        """Whether it ended because a newer login took its place."""
        return self._replaced

    @property
    def listening(self) -> bool:
        """Whether this process waits for the callback; otherwise it has to be pasted (:meth:`submit`)."""
        return self._listener is not None

    @property
    def redirect_uri(self) -> str:
        """Where the server sends the browser with the answer."""
        return self._request.redirect_uri

    @property
    def endpoint(self) -> RedirectionEndpoint | None:
        """Where this process waits for the callback; None where it has to be pasted."""
        return self._endpoint if self._listener else None

    @property
    def authorize_url(self) -> str:
        """The address of the sign-in page. It works for this attempt only."""
        return self._request.url

    def open(self, *, instead_of: LoginAttempt | None = None) -> None:
        """Start to wait for the callback. Call it once, and one at a time.

        Args:
            instead_of: An older attempt that ends now, as does any other that waits at the same endpoint.

        Raises:
            PortInUse: Another program listens on the redirect URI's port.
            LoginError: The system lets this process open no more files or threads, or no private socket.
        """
        endpoint = self._endpoint
        for older in (instead_of, PENDING.at(endpoint) if endpoint else None):
            if older is not None:
                older.give_way()
        in_child(self._stay_behind)
        if self._listener:
            self._listener.open()
        self._timer.start()
        if endpoint:
            PENDING.put(endpoint, self)
        if endpoint and endpoint.port:  # behind a socket the redirect URI is a hub's: nobody rehearses there
            with contextlib.suppress(RuntimeError):  # no more threads to be had
                threading.Thread(target=self._rehearse, args=(endpoint.host,), name="rehearsal", daemon=True).start()

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
        query = answer_in(callback_url, self._request)
        noted = self._note_callback(query)
        try:
            response = self._request.read_response(query)
            self._record.end(noted)
        except LoginError as refusal:
            self._record.end(noted, error=refusal.in_our_words)
            if not self._refused(refusal):
                return
            raise
        self._start_exchange(response)

    def wait(self, timeout: float = LOGIN_SECONDS) -> None:
        """Wait until the person has logged in. The cell can be interrupted.

        Args:
            timeout: Seconds to wait. When they are over, so is the attempt.

        Raises:
            LoginError: The login failed, was cancelled or took too long.
        """
        until = time.monotonic() + seconds_of(timeout)
        # In slices: on Windows a wait without end cannot be interrupted.
        while not self._ended.wait(min(0.2, max(0.0, until - time.monotonic()))):
            if time.monotonic() >= until:
                self._end(out_of_time(self.state))
        # A program that ends now would take the browser's last page with it.
        until = time.monotonic() + LINGER_SECONDS
        while self._listener and self._listener.answering and time.monotonic() < until:
            time.sleep(0.005)
        if self._error:
            raise self._error
        # Nor must it leave a login behind that the person asked to keep, and that is not kept.
        while not self._saved.wait(0.2):
            pass

    def cancel(self) -> None:
        """Give up. Harmless when the attempt is already over."""
        self._end(LoginCancelled("The login was cancelled.", cure="Log in again whenever you like."))

    def give_way(self) -> None:
        """Make room for a newer login: end, and give the port back before this returns."""
        self._end(
            LoginCancelled("A newer login took this one's place.", cure="Use the newest sign-in page."), replaced=True
        )
        if self._listener:
            self._listener.close()

    def _rehearse(self, host: str) -> None:
        """Send our own listener a request that means nothing to it, in the way in which the code will be exchanged.

        The first request that a process answers or sends takes twice as long as those that follow. This
        takes it while the person signs in, so that their browser need not wait for it.
        """
        client = SafeClient(ExchangeRecord())
        # Turned away, as anybody would be; and whatever else happens, a rehearsal matters to nobody.
        with contextlib.suppress(Exception):
            client.send(client.create_request("POST", f"http://{host}/", body={"code": "rehearsal"}))

    def _receive(self, query: str) -> Future[Page]:
        """Decide about one callback. On the listener's thread: nothing here may wait."""
        noted = self._note_callback(query)
        changes_nothing = self.state != "waiting"  # a repeat
        try:
            page = self._answer_to(query)
        except CallbackRejected as error:
            means = "The login goes on." if self.state == "waiting" else "It changes nothing."
            other = (
                "Does another notebook ask for this page's address? Copy it from the address bar, and paste it there."
            )
            text = _lines(f"{error.happened} {means}", error.why, error.cure, other)
            page = _page_now(Page("This is not the answer we wait for", text, 400, to_paste=True))
            changes_nothing = True
        self._strays += changes_nothing
        if changes_nothing and self._strays > MOST_STRAYS_NOTED:
            self._record.forget(noted)
        page.add_done_callback(
            lambda done: self._record.end(noted, status=done.result().status, body=done.result().title)
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
        return self._record.begin("callback", "GET", f"{self._request.redirect_uri}?{query}")

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
            self._changed()
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
                try:
                    kept_before = platform.save_login()
                finally:
                    self._saved.set()
                platform.trigger(Events.loginSuccess, tokens)
                token_before, self._token_before = self._token_before, ""
                for token in {token_before, kept_before}:
                    platform.discard(token)
            else:
                platform.discard_tokens(tokens)  # cancelled meanwhile: leave no living token behind
        except RingCentralError as error:
            self._end(_exchange_failed(error))
        except Exception as error:  # noqa: BLE001  (a thread must not die in silence)
            self._end(_unexpected(error))

    def _run_out(self) -> None:
        for _ in range(600):  # a minute
            try:
                if not self._end(out_of_time(self.state)):
                    self._put_away()  # somebody was interrupted in the middle of it
                return
            except NameError:  # autoreload empties a module before it fills it anew: again when it is there
                from time import sleep  # this module may be the empty one

                sleep(0.1)

    def _end(self, error: LoginError | None, *, tokens: ApiResponse | None = None, replaced: bool = False) -> bool:
        """End the attempt, store the tokens in the same step, and tell the browser. False when it was over already."""
        with self._lock:
            if self._ended.is_set():
                return False
            if tokens is not None:
                self._token_before = self._platform.keep(tokens)
            self._replaced = replaced
            if error:
                error.cure = self._platform.environment.cure_in_place(error.cure)
            self._error = error and error.with_traceback(None)  # its frames hold the callback
            self._ended.set()
        self._put_away()
        return True

    def _put_away(self) -> None:
        """Tell everybody of the end, and give back what the attempt has used. Harmless when done before."""
        error = self._error
        self._changed()
        if self._page:
            with contextlib.suppress(InvalidStateError):
                self._page.set_result(_failure_page(error) if error else _SUCCESS)
        if self._listener:
            # A browser that reloads still finds somebody; after a cancel or a timeout nobody answers.
            nobody_left = isinstance(error, LoginTimeout | LoginCancelled)
            self._listener.close(linger=0 if nobody_left else LINGER_SECONDS)
        self._timer.cancel()  # last: until then it would finish this

    def _stay_behind(self) -> None:
        """In a forked process: the listener, the timer and the login are the other process's."""
        over = self._ended.is_set()
        self._lock = threading.Lock()
        self._ended, self._saved = threading.Event(), threading.Event()
        self._ended.set()
        self._saved.set()
        if not over:
            self._error = LoginCancelled(
                "This login belongs to the process that began it.",
                why="This process was forked from it meanwhile.",
                cure="Go on there, or log in again here.",
            )
        if self._listener:
            self._listener.abandon()
            self._listener = None


def _exchange_failed(error: RingCentralError) -> LoginError:
    """What a failed request to the token endpoint means for the login."""
    if isinstance(error, PlatformUnreachable):
        return LoginUnreachable(
            error.in_our_words, why=error.why, cure=f"{error.cure} Then log in again.", said=error.said
        )
    if not isinstance(error, ApiError):
        return LoginError(error.in_our_words, why=error.why, cure=error.cure, said=error.said)
    told = code_to_tell(error.code)
    label = f" ({told})" if told else ""
    if refuses_the_app(error):
        known = explain(error.code, error.oauth_error or "invalid_client")
        happened = f"RingCentral does not accept this app{label}."
        return CredentialsRejected(happened, why=known.why, cure=known.cure, code=error.explained_as)
    if error.status in (400, 401, 403):
        return CodeRejected(
            f"RingCentral did not exchange the code{label}{'' if error.said else ': no reason given'}.",
            said=error.said,
            why=error.why,
            cure=error.cure or "Log in again: each login gets a fresh code.",
            code=error.explained_as,
        )
    if error.status in (404, 405) and not error.code:  # the path and the method are not the person's
        cure = "Check that RC_SERVER_URL in the .env file names RingCentral's server; then log in again."
        return LoginError(error.in_our_words, why=error.why, cure=cure, said=error.said)
    return LoginError(
        error.in_our_words,
        why=error.why,
        cure=error.cure or "Log in again.",
        code=error.explained_as,
        said=error.said,
    )


def _unexpected(error: Exception) -> LoginError:
    return LoginError(
        "The login failed for a reason we did not expect.",
        why=f"It was a {type(error).__name__}.",
        cure="Log in again; if it happens again, please report it.",
    )


def _failure_page(error: LoginError) -> Page:
    end = "You can close this tab. The notebook says the same."
    return Page("Login failed", _lines(error.happened, error.why, error.cure, end), failed=True)


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def _page_now(page: Page) -> Future[Page]:
    future: Future[Page] = Future()
    future.set_result(page)
    return future
