"""Our Platform: the ``ringcentral`` SDK's, made safe for a notebook.

What it changes, and why (each of these was met in version 0.9.2):

==============================  ==========================================================
the SDK alone                   here
==============================  ==========================================================
no limit anywhere               10 s to connect, 30 s of silence, 60 s and 32 MiB in all
exception text holds the        our errors, whose text never does
client secret or the token
``login_url`` raises NameError  works
``logged_in`` goes to the       looks at the clock, answers True or False
network and hides every error
two calls, two refreshes        one lock, one refresh
a refresh that fails is lost    tried once more with the same refresh token, 0.5 s later: the
                                answer may have been lost, and RingCentral then gives the
                                same tokens again. A 429 or 503 that asks for a pause is
                                waited for up to 5 s, or not tried again; nor is a 429
                                that asks for none. Revoked or expired: the tokens are
                                forgotten. Anything else: they are kept
a token near its end            refreshed 60 s before; if that fails, used to its end, and
                                the refresh tried again every 15 s
a token dead on the server      refreshed once, then tried again
stays "valid" until it expires
429 and 503 are the caller's    a GET is sent once more when ``Retry-After`` is at most 5 s;
                                what changes something is never sent twice
two processes, two refreshes,   with a storage: one lock for all of them; see :mod:`.keeping`
and the second one fails
``logout`` keeps the tokens     always forgets them
when the server is down
``logout`` revokes the access   the refresh token, which ends both (RFC 7009 §2.1)
token
a second login leaves the       they are revoked, unless the server continued the session
first one's tokens alive
handlers of events can break    what they raise is only logged, and they run without a lock
a login
tokens change one by one        in one step
query values are not encoded    encoded, and written as RingCentral reads them: None is left
                                out, True is ``true``, a moment is ISO 8601 (:mod:`.values`)
an empty JSON object is not     it is: ``post(path, {})``
sent
a header ``accept`` in small    sent as ``Accept``; the caller's dictionary of headers stays
letters is an error             as it is
a body that JSON cannot hold    a sentence that names the place in it
is a raw TypeError
a file in a request is read     the request is written down once, and sent again as it was
again (and is empty) when the
request is repeated
redirects are followed, also    not followed
to other hosts
the token goes to any address   to this server and RingCentral's media server; ``localhost``
                                and ``127.0.0.1`` are one, by their port
a connection for each request   up to 10 are kept for GET, and given up at logout; one that the
                                server has closed is replaced, and the GET sent once more.
                                What changes something has a fresh connection, and is never
                                sent twice
a proxy for everything          not for this machine
certifi's certificates alone    those of the operating system, or those that a variable names
no app without a secret         ``client_id`` in the body (RFC 6749 §2.3.1)
==============================  ==========================================================

Whatever else the SDK sends, is sent here byte for byte.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests
from requests.utils import rewind_body
from ringcentral.http.api_response import ApiResponse
from ringcentral.platform.events import Events
from ringcentral.platform.platform import (
    ACCESS_TOKEN_TTL,
    AUTHORIZE_ENDPOINT,
    REFRESH_TOKEN_TTL,
    REVOKE_ENDPOINT,
    TOKEN_ENDPOINT,
)
from ringcentral.platform.platform import Platform as SdkPlatform

from . import __version__
from .answers import refuse_web_page
from .downloads import PartialFile
from .environments import Environment
from .errors import ApiError, NotLoggedIn, PlatformUnreachable, RingCentralError, code_to_tell, explain
from .exchanges import ExchangeRecord
from .forks import in_child
from .keeping import KeptLogin
from .loopback import is_same_server, origin_of
from .redaction import opaque
from .tokens import SafeAuth, read_tokens
from .transport import SafeClient, prepare
from .web_addresses import path_to_call

if TYPE_CHECKING:
    from .storage import TokenStorage

EXPIRY_MARGIN_SECONDS = 60
"""A token this close to its end is refreshed first: it could expire on the way."""
EARLY_REFRESH_PAUSE_SECONDS = 15
"""How long a token near its end is used as it is after its refresh has failed."""
RETRY_PAUSE_SECONDS = 0.5
"""How long to wait before a refresh is tried once more, when the server does not say."""
MOST_RETRY_AFTER_SECONDS = 5
"""The longest ``Retry-After`` that is waited for: a person waits, and perhaps other threads."""

TOKEN_CODES_THAT_END_A_SESSION = {"OAU-128", "OAU-129", "OAU-149", "OAU-210", "OAU-213", "invalid_grant"}


class Platform(SdkPlatform):  # type: ignore[misc]
    """The SDK's Platform with the table above made true. Use it like the SDK's.

    Args:
        environment: Where to log in, and as which app.
        record: Where its exchanges are noted; one of its own when left out.
        changed: Called, from any thread, when the tokens have changed, whoever changed them.
        storage: Where the login is kept over a restart; nowhere, when left out.

    Attributes:
        environment: The environment it was made for.
    """

    def __init__(
        self,
        environment: Environment,
        record: ExchangeRecord | None = None,
        *,
        changed: Callable[[], None] = lambda: None,
        storage: TokenStorage | None = None,
    ) -> None:
        self.environment = environment
        super().__init__(
            SafeClient(record or ExchangeRecord()),
            environment.client_id,
            environment.client_secret,
            environment.server_url,
            name="rc-nb-helpers",
            version=__version__,
            redirect_uri=environment.redirect_uri,
        )
        # Guards the tokens. It is held during a refresh, so that whoever comes meanwhile waits for the
        # new token instead of spending the refresh token a second time. Who needs the lock between
        # processes as well (KeptLogin.alone) takes that first.
        self._lock = threading.RLock()
        self._changed = changed
        self._kept = KeptLogin(environment, storage)
        self._auth = SafeAuth(changed)
        in_child(self._renew_lock)
        self._early_refresh_after = 0.0  # by the monotonic clock

    def __repr__(self) -> str:
        return f"<Platform {self._server}, {'logged in' if self.logged_in() else 'not logged in'}>"

    def auth(self) -> SafeAuth:
        """The tokens, as the SDK keeps them."""
        return self._auth

    @property
    def storage(self) -> TokenStorage | None:
        """Where the login is kept over a restart; None for nowhere."""
        return self._kept.storage

    @property
    def storage_problem(self) -> RingCentralError | None:
        """Why the login is not kept as it should be; None when all is well."""
        return self._kept.problem

    def logged_in(self) -> bool:
        """Whether the access token or the refresh token still lives, by this machine's clock. No network."""
        auth = self.auth()
        return bool(auth.access_token_valid() or auth.refresh_token_valid())

    def server_time(self) -> float:
        """What the server's clock says, in epoch seconds, as far as an answer of it has told; else what ours says."""
        return time.time() + float(self._client.clock_ahead)

    def login_url(self, redirect_uri: str, state: str = "", challenge: str = "", challenge_method: str = "S256") -> str:
        """The address of the sign-in page, as the SDK means to build it.

        Args:
            redirect_uri: Where the browser brings the answer.
            state: One-time value that comes back with the answer.
            challenge: PKCE code challenge.
            challenge_method: ``"S256"``.

        Returns:
            The authorization endpoint's URL with its parameters encoded.
        """
        parameters = {"response_type": "code", "client_id": self._key, "redirect_uri": redirect_uri}
        if state:
            parameters["state"] = state
        if challenge:
            parameters |= {"code_challenge": challenge, "code_challenge_method": challenge_method}
        return f"{self._server}{AUTHORIZE_ENDPOINT}?{urlencode(parameters)}"

    @opaque
    def login(
        self,
        username: str = "",
        extension: str = "",
        password: str = "",
        code: str = "",
        redirect_uri: str = "",
        jwt: str = "",
        verifier: str = "",
    ) -> ApiResponse:
        """Exchange an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).

        Args:
            username: Not used: RingCentral has removed the password grant.
            extension: Not used.
            password: Not used.
            code: The authorization code.
            redirect_uri: The redirect URI of the authorization request.
            jwt: Not used here: this is the authorization code flow.
            verifier: The PKCE code verifier.

        Returns:
            The token endpoint's answer.

        Raises:
            ApiError: The server refused the code or the app.
            PlatformUnreachable: The server did not answer.
        """
        if not code or username or extension or password or jwt:
            raise RingCentralError(
                "This platform logs in with an authorization code only.",
                cure="Use session.begin_login(), or platform.login(code=..., redirect_uri=..., verifier=...).",
            )
        response = self.exchange(code=code, redirect_uri=redirect_uri or self._redirect_uri, verifier=verifier)
        replaced = self.keep(response)
        kept_before = self.save_login()
        self._changed()
        self.trigger(Events.loginSuccess, response)
        for token in {replaced, kept_before}:
            self.discard(token)
        return response

    @opaque
    def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> ApiResponse:
        """Ask the token endpoint for tokens, without storing them.

        It is not tried again: a code works once, and RingCentral ends what a code gave that comes twice.

        Args:
            code: The authorization code.
            redirect_uri: The redirect URI of the authorization request.
            verifier: The PKCE code verifier; may be empty.

        Returns:
            An answer that holds usable tokens.

        Raises:
            ApiError: The server refused, or its answer holds no tokens (RFC 6749 §5.1).
            PlatformUnreachable: The server did not answer.
        """
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if verifier:
            body["code_verifier"] = verifier
        with self._announcing(Events.loginError):
            response = self._request_token(TOKEN_ENDPOINT, body=body)
            read_tokens(response)
        return response

    @opaque
    def keep(self, response: ApiResponse) -> str:
        """Store the tokens of a login, all at once, in place of those of an earlier one. Nobody is told of it yet.

        Args:
            response: An answer of the token endpoint.

        Returns:
            The token that ends the earlier login on the server, for :meth:`discard`; empty when there was
            none, or when the server may have continued it.

        Raises:
            ApiError: It holds no usable tokens. Those that were stored stay.
        """
        tokens = read_tokens(response)
        with self._lock:
            replaced = "" if self._auth.belongs_to_same_login(tokens) else self._auth.token_to_revoke()
            self._auth.replace(tokens)
            self._early_refresh_after = 0.0
        return replaced

    @opaque
    def save_login(self) -> str:
        """Keep the login of this moment over a restart, where that was asked for, in place of what is kept there.

        Returns:
            The token that ends on the server what was kept before, for :meth:`discard`; empty when there was
            nothing, or when it may be the same login.
        """
        if self._kept.storage is None:
            return ""
        with self._kept.alone(), self._lock:
            if not self.logged_in():  # logged out meanwhile
                return ""
            before = self._kept.save_login(self._auth.data())
            if before is None or self._auth.belongs_to_same_login(before.tokens()):
                return ""
            return before.refresh_token

    @opaque
    def restore(self) -> None:
        """Go on with the login that is kept, unless somebody is logged in. The server is not asked yet."""
        stored = self._kept.load()
        with self._lock:
            if stored is None or self.logged_in():
                return
            self._auth.replace(stored.tokens())
        self._changed()

    @opaque
    def keep_in(self, storage: TokenStorage | None) -> None:
        """Keep the login elsewhere over a restart from now on; where it was kept, it is deleted.

        Args:
            storage: The new place; None for nowhere. A login that is kept there is taken up if nobody is logged
                in, else replaced and revoked.
        """
        with self._kept.alone():
            with self._lock:
                self._kept.move(storage, self._auth.data())
            replaced = self.save_login()
        self.discard(replaced)
        if not self.logged_in():  # else a look at the storage would hide that the login could not be saved
            self.restore()

    @opaque
    def discard(self, token: str) -> None:
        """Revoke a token that nobody wants any more, as far as the server can be reached.

        Args:
            token: A token that is not stored; empty does nothing.
        """
        if token:
            with contextlib.suppress(RingCentralError):
                self._request_token(REVOKE_ENDPOINT, body={"token": token})

    @opaque
    def discard_tokens(self, response: ApiResponse) -> None:
        """Revoke the tokens of an answer that nobody wants any more.

        Args:
            response: An answer of the token endpoint whose tokens are not stored.
        """
        unwanted = SafeAuth()
        unwanted.merge(read_tokens(response))
        self.discard(unwanted.token_to_revoke())

    @opaque
    def refresh(self) -> ApiResponse:
        """Trade the refresh token for new tokens (RFC 6749 §6). RingCentral's refresh tokens work once.

        Returns:
            The token endpoint's answer.

        Raises:
            NotLoggedIn: There is no refresh token, or it has ended. The tokens are forgotten.
            ApiError: Another error of the server. The tokens are kept.
            PlatformUnreachable: The server did not answer. The tokens are kept.
        """
        return self._refresh_if(lambda: True)

    def _refresh_if(
        self, needed: Callable[[], bool], then: Callable[[], ApiResponse] | None = None
    ) -> ApiResponse | None:
        """Refresh if it is still needed once the locks are ours: another thread may have done it meanwhile.

        Args:
            needed: Whether it is.
            then: A call that uses the new token, before another process that shares the login renews it again.

        Returns:
            What the call brought; without one, what the refresh brought, if there was one.
        """
        before, refreshed, failed = self._auth.version, None, None
        try:
            with self._kept.alone():
                try:
                    with self._lock:
                        refreshed = self._trade_refresh_token() if needed() else None
                except RingCentralError as error:
                    failed = error
                    raise
                return then() if then else refreshed
        finally:  # told of once the locks are free
            if self._auth.version is not before:
                self._changed()
            if failed is not None:
                self.trigger(Events.refreshError, failed)
            elif refreshed is not None:
                self.trigger(Events.refreshSuccess, refreshed)

    def _trade_refresh_token(self) -> ApiResponse:
        auth = self._auth
        newer = self._kept.newer(auth.data())
        if newer is not None:
            auth.merge(newer.tokens())
        if not auth.refresh_token_valid():
            had_tokens = bool(auth.access_token() or auth.refresh_token())
            self._forget()
            raise _login_has_ended() if had_tokens else _not_logged_in()
        body = {
            "grant_type": "refresh_token",
            "refresh_token": auth.refresh_token(),
            "access_token_ttl": ACCESS_TOKEN_TTL,
            "refresh_token_ttl": REFRESH_TOKEN_TTL,
        }
        try:
            try:
                response = self._request_token(TOKEN_ENDPOINT, body=body)
                tokens = read_tokens(response)
            except RingCentralError as error:
                pause = _pause_before_retry(error)
                if pause is None:
                    raise
                time.sleep(pause)
                response = self._request_token(TOKEN_ENDPOINT, body=body)
                tokens = read_tokens(response)
        except ApiError as error:
            if error.status in (400, 401) and {error.code, error.oauth_error} & TOKEN_CODES_THAT_END_A_SESSION:
                self._forget()
                raise _login_has_ended(error) from None
            raise
        # Saved first: who is interrupted here finds the newer token in the storage.
        self._kept.save_refreshed(auth.merged(tokens).data(), spent=body["refresh_token"])
        # What the answer leaves out stays: a server need not change the refresh token (RFC 6749 §6).
        auth.merge(tokens)
        self._early_refresh_after = 0.0
        return response

    def _forget(self) -> None:
        """Forget the tokens, also where they are kept. Called with both locks."""
        self._kept.delete(self._auth.data())
        self._auth.replace({})

    @opaque
    def logout(self) -> ApiResponse:
        """Revoke the tokens on the server (RFC 7009), and forget them here whatever it answers.

        It is tried once (RingCentral: do not retry); the tokens end by themselves.

        Returns:
            The server's answer.

        Raises:
            NotLoggedIn: There is nothing to revoke.
            ApiError: The server did not revoke. The tokens are forgotten here all the same.
            PlatformUnreachable: Likewise.
        """
        with self._announcing(Events.logoutError):
            with self._kept.alone(), self._lock:
                newer = self._kept.newer(self._auth.data())
                if newer is not None:
                    self._auth.merge(newer.tokens())  # ours may be known to the server no more
                token = self._auth.token_to_revoke()
                self._forget()
            self.close_connections()
            self._changed()
            if not token:
                raise _not_logged_in()
            response = self._request_token(REVOKE_ENDPOINT, body={"token": token})
            refuse_web_page(response)
        self.trigger(Events.logoutSuccess, response)
        return response

    def trigger(self, event: str, *args: Any, **kwargs: Any) -> bool:
        """Call the handlers of an SDK event.

        Programs register theirs with the SDK's own ``on``::

            from ringcentral.platform.events import Events

            def welcome(response):
                print("logged in with", response.json_dict()["scope"])

            session.platform.on(Events.loginSuccess, welcome)

        The events are ``loginSuccess``, ``loginError``, ``refreshSuccess``, ``refreshError``, ``logoutSuccess`` and
        ``logoutError``. Handlers run on the thread on which it happened, which holds no lock then. The answer to a
        login or a refresh holds the tokens: do not show or save it.

        A handler that fails is noted in the log, by the kind of its error alone, and harms nobody.

        Args:
            event: One of ``ringcentral.platform.events.Events``.
            args: What the handlers get: the SDK's response on success, one of our errors otherwise.
            kwargs: Likewise.

        Returns:
            Whether there was a handler.
        """
        handlers = list(self.events.get(event) or ())  # a copy: "once" takes itself out
        for handler in handlers:
            try:
                handler(*args, **kwargs)
            except Exception as error:  # noqa: BLE001  (a login must not fail because somebody watches it)
                logging.getLogger(__name__).warning("A handler of %s failed: %s", event, type(error).__name__)
        return bool(handlers)

    @contextlib.contextmanager
    def _announcing(self, event: str) -> Iterator[None]:
        """Tell the handlers of an error event, then let the error go on."""
        try:
            yield
        except RingCentralError as error:
            self.trigger(event, error)
            raise

    def request(
        self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None
    ) -> requests.Request:
        """Make a request for :meth:`send_request`; the SDK has a method for each HTTP verb, and this is all of them.

        Args:
            method: HTTP method.
            path: Path, or full URL on this server.
            query: Query parameters; see :mod:`.values`.
            body: What JSON can hold; bytes are sent as they are.
        """
        request: requests.Request = self._client.create_request(method, path, query_params=query, body=body)
        return request

    @opaque
    def send_request(
        self,
        request: requests.Request | requests.PreparedRequest,
        skip_auth_check: bool = False,
        *,
        into: PartialFile | None = None,
    ) -> ApiResponse:
        """Send any request. An access token that the server no longer accepts is refreshed once.

        Args:
            request: Made by the SDK's client, its multipart builder, or ``requests``.
            skip_auth_check: Send it without an access token.
            into: The file that takes what a good answer holds.

        Returns:
            The answer, with a 2xx status.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error.
            PlatformUnreachable: The server did not answer.
        """
        request.url = url = self.create_url(path_to_call(request.url), add_server=True)
        if skip_auth_check:
            return self._send(prepare(request), skip_auth_check=True, into=into)
        if not self._may_have_token(url):
            raise RingCentralError(
                "This address belongs to another server.",
                why=f"Your access token is for {self._server} only.",
                cure="Call the platform with a path, such as /restapi/v1.0/account/~.",
            )
        prepared = prepare(request)
        used = self._fresh_access_token()
        try:
            return self._send(prepared, into=into)
        except ApiError as error:
            if error.status != 401 or not _may_be_sent_again(prepared):
                raise
        send_again = partial(self._send, prepared, into=into)
        return self._refresh_if(lambda: bool(self._auth.access_token() == used), then=send_again)

    def _send(
        self, request: requests.PreparedRequest, skip_auth_check: bool = False, into: PartialFile | None = None
    ) -> ApiResponse:
        """Send a request; a GET once more when a busy server asks for a moment."""
        inflated = self.inflate_request(request, skip_auth_check=skip_auth_check)
        try:
            return self._client.send(inflated, into=into)
        except ApiError as error:
            wait = error.retry_after
            if request.method != "GET" or not _is_busy(error) or wait is None or wait > MOST_RETRY_AFTER_SECONDS:
                raise
        time.sleep(wait)
        return self._client.send(inflated, into=into)

    def create_url(self, url: str, *args: Any, **kwargs: Any) -> str:
        """The full address of a path, as the SDK makes it; ``HTTPS://`` is taken for a full address too.

        Args:
            url: A path, or a full address.
            args: The SDK's: whether to add the server, a method, the token.
            kwargs: Likewise.
        """
        scheme, mark, rest = url.partition("://")
        url = f"{scheme.lower()}{mark}{rest}" if mark and scheme.lower() in ("http", "https") else url
        return str(super().create_url(url, *args, **kwargs))

    def close_connections(self) -> None:
        """Give up the kept connections; the next call makes new ones."""
        self._client.close()

    def _may_have_token(self, url: str) -> bool:
        """Whether a URL is this server's, or that of its media files; the token goes nowhere else."""
        if is_same_server(self._server, url):
            return True
        ours, theirs = origin_of(self._server), origin_of(url)
        return (
            ours is not None
            and theirs is not None
            and theirs[::2] == ("https", 443)
            and all(host.endswith(".ringcentral.com") for _, host, _ in (ours, theirs))
        )

    def _renew_lock(self) -> None:
        """In a forked process: the thread that held it may be the other process's."""
        self._lock = threading.RLock()

    def _ensure_authentication(self) -> None:
        self._fresh_access_token()

    def _auth_header(self) -> str:
        with self._lock:
            if not self._auth.access_token():  # logged out meanwhile
                raise _not_logged_in()
            return f"{self._auth.token_type()} {self._auth.access_token()}"

    def _fresh_access_token(self) -> str:
        """The access token, refreshed first when it is about to expire."""
        if not self._auth.access_token() and not self._auth.refresh_token():
            raise _not_logged_in()
        try:
            if self._should_refresh():  # most calls need not, and wait for nobody
                self._refresh_if(self._should_refresh)
        except (ApiError, PlatformUnreachable):
            if not self._auth.access_token_valid():
                raise
            self._early_refresh_after = time.monotonic() + EARLY_REFRESH_PAUSE_SECONDS
        return str(self._auth.access_token())

    def _should_refresh(self) -> bool:
        auth = self._auth
        if not auth.access_token_valid():
            return True
        tokens = auth.data()
        margin = min(EXPIRY_MARGIN_SECONDS, tokens["expires_in"] / 2)  # or a short-lived token would never be used
        ends_soon = tokens["expire_time"] - margin <= time.time()
        return ends_soon and auth.refresh_token_valid() and time.monotonic() >= self._early_refresh_after

    def _request_token(self, path: str = "", body: dict[str, Any] | None = None) -> ApiResponse:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = dict(body or {})
        if self._secret:
            headers["Authorization"] = "Basic " + self._api_key()
        else:
            body["client_id"] = self._key
        request = self._client.create_request("POST", path, body=body, headers=headers)
        return self.send_request(request, skip_auth_check=True)


def _may_be_sent_again(request: requests.PreparedRequest) -> bool:
    """Whether the body of a request is still there: that of a file or a generator has been read."""
    if request.body is None or isinstance(request.body, str | bytes | bytearray):
        return True
    with contextlib.suppress(requests.exceptions.RequestException):
        rewind_body(request)
        return True
    return False


def _is_busy(error: ApiError) -> bool:
    """Whether the server asks for a pause (RFC 9110 §15.6.4, RFC 6585 §4)."""
    return error.status in (429, 503)


def _pause_before_retry(error: RingCentralError) -> float | None:
    """How many seconds to wait before a refresh is tried once more; None when it shall not be.

    RingCentral begins its penalty of a minute anew with each request, so a 429 without ``Retry-After``, or
    with a long one, is not answered with another try.
    """
    if isinstance(error, PlatformUnreachable):
        return RETRY_PAUSE_SECONDS
    if not isinstance(error, ApiError):
        return None
    if _is_busy(error) and error.retry_after is not None:
        return error.retry_after if error.retry_after <= MOST_RETRY_AFTER_SECONDS else None
    # A good status with an answer of no use: it broke on the way, or a proxy spoke.
    return RETRY_PAUSE_SECONDS if error.status >= 500 or error.status < 300 else None


def _not_logged_in() -> NotLoggedIn:
    return NotLoggedIn(
        "Nobody is logged in.", why="This call needs an access token.", cure="Log in first, then call again."
    )


def _login_has_ended(error: ApiError | None = None) -> NotLoggedIn:
    from .catalogue import CATALOGUE  # here, because importing the helpers shall be quick

    told = code_to_tell(error.code) if error and error.said else ""
    return NotLoggedIn(
        f"The login has ended ({told})." if told else "The login has ended.",
        # Where the code is not known, or is as wide as invalid_grant, the server's own words say more.
        said=error.said if error else "",
        why=explain(error.code, error.oauth_error).why
        if error
        else "The access token has expired, and no refresh token is left.",
        # A person whose account may not log in now cannot help it by trying.
        cure=(error and error.code in CATALOGUE and CATALOGUE[error.code].cure) or "Log in again.",
        code=error.explained_as if error else "",
    )
