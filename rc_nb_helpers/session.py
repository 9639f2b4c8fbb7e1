"""One person's login in one environment: tokens, calls, refresh, logout, who it is, and who is told of it.

Which thread may touch what:

======================  ==========================================================================
thread                  what it does here
======================  ==========================================================================
caller (a cell, a       everything public. ``get``, ``post``, ``call``, ``person``, ``refresh`` and
panel's worker)         ``logout`` wait for the server
an attempt's threads    ``_notify``, through the attempt's ``changed``; see :mod:`.attempt`
whoever changes the     ``_notify``, through the platform's ``changed``
tokens
======================  ==========================================================================

``PENDING.one_at_a_time`` lets one login begin at a time, and no environment change meanwhile.
``Platform._lock`` guards the tokens, and is held during a refresh, so that others wait for the new
token. ``_person_lock`` is held while the server is asked who is logged in, so that all who want to know
wait for the one answer. The first and the last may be held while an observer is called, and let the same
thread in again.

A kernel interrupt reaches the main thread only, and may come at any line. Locks are held by ``with``
alone, and tokens change in one step.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringcentral.http.api_response import ApiResponse

from .answers import read_data, read_json
from .downloads import PartialFile, named_file
from .environments import Environment
from .errors import ConfigurationError, NotLoggedIn, PortInUse, RingCentralError, SessionBusy, of_type
from .exchanges import ExchangeRecord, Exchanges
from .forks import in_child
from .loopback import is_loopback, port_is_free
from .pages import Pages, Records
from .pending import LOGIN_SECONDS, PENDING, out_of_time, seconds_of
from .redaction import opaque
from .sdk import Platform
from .sentences.saying import say
from .server_record import ServerRecord

if TYPE_CHECKING:
    from .attempt import LoginAttempt
    from .results import Answer, LogoutOutcome, Person, TokenStatus
    from .storage import TokenStorage
    from .wire import Wire

PERSON_PATH = "/restapi/v1.0/account/~/extension/~"
"""Where the server says who is logged in."""


class Session:
    """A person's login in one environment. Make one for a notebook and keep it.

    Args:
        environment: Where to log in, and as which app.
        storage: Where the login is kept over a restart, such as ``KeyringStorage()``; nowhere, when left out. A
            login that is kept there is taken up at once, without asking the server; :attr:`person` tells whose it is.
    """

    def __init__(self, environment: Environment, *, storage: TokenStorage | None = None) -> None:
        self._environment = _checked(environment)
        self._record = ExchangeRecord()
        self._server_record = ServerRecord()
        self._observers: list[Callable[[], None]] = []
        self._attempt: LoginAttempt | None = None
        self._begin(_checked_storage(storage))
        self._person_lock = threading.RLock()
        self._person: Person | None = None
        self._person_of: object = None  # the login that the server was asked about
        in_child(self._renew_lock)

    def __repr__(self) -> str:
        return f"<Session {self._environment.name}: {'logged in' if self.logged_in else 'not logged in'}>"

    @property
    def environment(self) -> Environment:
        """The environment in use. Change it with :meth:`use`."""
        return self._environment

    def _begin(self, storage: TokenStorage | None) -> None:
        """Make the platform for the environment, with what is kept of a login there."""
        self._platform = Platform(self._environment, self._record, changed=self._notify, storage=storage)
        self._platform.restore()

    @property
    def storage(self) -> TokenStorage | None:
        """Where the login is kept over a restart; None for nowhere. Change it with :meth:`keep`."""
        return self._platform.storage

    @property
    def storage_problem(self) -> RingCentralError | None:
        """Why the login is not kept as it should be; None when all is well. The login itself works all the same."""
        return self._platform.storage_problem

    def keep(self, storage: TokenStorage | None) -> None:
        """Keep the login over a restart from now on, or no more.

        What happens at once:

        - Logged in: the login is saved, in place of whatever is kept there. It is deleted where it was kept before.
        - Not logged in: a login that is kept there is taken up.
        - ``None``: the kept login is deleted. It goes on here until the kernel ends.

        A keychain may show a dialog, and is waited for: call this on a thread of its own where that matters. What
        goes wrong there is not raised; see :attr:`storage_problem` afterwards.

        Args:
            storage: Where; None for nowhere.

        Raises:
            ConfigurationError: This is no storage.
        """
        self._platform.keep_in(_checked_storage(storage))
        self._notify()

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
        from .results import TokenStatus

        if not self.logged_in:
            return None
        auth = self._platform.auth()
        data = auth.data()
        return TokenStatus(
            expires_at=float(data["expire_time"]),
            refresh_expires_at=float(data["refresh_token_expire_time"]) if data["refresh_token"] else 0.0,
            scope=tuple(str(data["scope"]).split()),
            owner_id=str(data["owner_id"]),
            lasts=float(data["expires_in"] or 0),
            refresh_lasts=float(data["refresh_token_expires_in"] or 0),
            refreshes=auth.refreshes,
        )

    @property
    def person(self) -> Person | None:
        """Who is logged in; None when nobody is, or when the server did not say.

        The server is asked once for each login, whoever wants to know and from whichever thread, so this may
        wait for it (some seconds, on a slow network). What it said is forgotten with the login.
        """
        with self._person_lock:
            login = self._platform.auth().login
            if login is not self._person_of:
                self._person, self._person_of = None, login  # whoever comes from within the call does not ask again
                if self.logged_in:
                    self._person = self._ask_who_it_is()
                if login is not self._platform.auth().login:  # the call has ended it, or there is a newer one
                    self._person = None
            return self._person if self.logged_in else None

    def _ask_who_it_is(self) -> Person | None:
        try:
            return _read_person(self.get(PERSON_PATH))
        except RingCentralError:
            return None
        except BaseException:
            self._person_of = None  # the kernel was interrupted: nothing is known of the answer
            raise

    @property
    def exchanges(self) -> Exchanges:
        """What went over the wire so far, secrets masked; ``print`` shows it as text. See :mod:`.exchanges`."""
        return self._record.read()

    def wire(self) -> Wire:
        """All messages in one list: the exchanges, and on practice what the platform recorded of this app as well.

        The platform is asked with the app's credentials, for five seconds at most. That asking is in no record. Where
        it does not answer, and in other environments, the list is made of what is known here; nothing is raised.

        Returns:
            The messages, each once, in an order that cause and effect allow. See :mod:`.wire`.
        """
        from .wire import merge  # most programs never ask

        entries = self._server_record.read(self._environment)  # first: of what it tells we know more by now
        return merge(self.exchanges, entries)

    def observe_exchanges(self, observer: Callable[[], None]) -> None:
        """Be told whenever an exchange has begun or ended; :attr:`exchanges` and :meth:`wire` show what has changed.

        Args:
            observer: Called without arguments, from any thread. It must return at once: :meth:`wire` belongs on a
                thread of its own. What it raises is only logged.
        """
        self._record.observe(observer)

    def unobserve_exchanges(self, observer: Callable[[], None]) -> None:
        """Be told no more.

        Args:
            observer: What was given to :meth:`observe_exchanges`. Unknown ones are passed over.
        """
        self._record.unobserve(observer)

    @opaque
    def begin_login(
        self,
        *,
        login_hint: str = "",
        prompt: str = "",
        timeout: float = LOGIN_SECONDS,
        redirect_uri: str = "",
        listen: bool = True,
    ) -> LoginAttempt:
        """Open the listener and make a fresh authorization request. Returns at once.

        A login of this kernel that is still pending on the same port is cancelled: running a cell again
        is never an error. Behind a hub several may wait at once, for each session one.

        Args:
            login_hint: A user name to fill in on the sign-in page.
            prompt: What the sign-in page asks even of a person whom the browser remembers, such as ``"login"`` to
                let somebody else log in. See :class:`~rc_nb_helpers.AuthorizationRequest`.
            timeout: Seconds until the attempt ends by itself.
            redirect_uri: One of the environment's ``other_redirect_uris``, when the usual one's port is taken.
            listen: Whether to wait for the answer where it comes in. Otherwise it is handed in with the attempt's
                ``submit``, which works in any case: for a port that is taken, or a browser on another computer.

        Returns:
            The attempt; its ``authorize_url`` is what the browser opens.

        Raises:
            ConfigurationError: The redirect URI is not one of this environment's, or RingCentral knows no such prompt.
            PortInUse: Another program listens on the redirect URI's port. It names another one that is free;
                or log in with ``listen=False``.
            LoginError: The system does not let this process listen there.
        """
        from . import autopilot  # here, because nobody needs these before a login begins
        from .attempt import LoginAttempt
        from .authorization import AuthorizationRequest

        with PENDING.one_at_a_time():
            environment = self._environment
            redirect_uri = redirect_uri or environment.redirect_uri
            if redirect_uri not in (environment.redirect_uri, *environment.other_redirect_uris):
                raise ConfigurationError(
                    "This redirect URI is not one of this environment's.",
                    why="RingCentral sends nobody to an address that is not registered with the app.",
                    cure="Register it in the app's settings, and put it into RC_REDIRECT_URL in the .env file.",
                )
            request = AuthorizationRequest(
                server_url=environment.server_url,
                browser_url=environment.browser_url,
                client_id=environment.client_id,
                redirect_uri=redirect_uri,
                login_hint=login_hint,
                prompt=prompt or "",
            )
            attempt = LoginAttempt(
                self._platform, request, record=self._record, changed=self._notify, timeout=timeout, listen=listen
            )
            try:
                attempt.open(instead_of=self._attempt)
                self._attempt = attempt
            except PortInUse as error:
                error.cure = f"{environment.cure_in_place(error.cure)} {error.BY_HAND}"
                others = (uri for uri in environment.other_redirect_uris if uri != redirect_uri)
                free = next((uri for uri in others if is_loopback(uri) and port_is_free(uri)), "")
                raise error.with_another(free) if free else error from None
            except BaseException:
                attempt.give_way()  # the kernel was interrupted: nobody knows this attempt
                raise
        self._record.begin("authorization", "GET", attempt.authorize_url)
        self._notify()
        autopilot.follow(attempt.authorize_url)
        return attempt

    async def until_logged_in(self, timeout: float = LOGIN_SECONDS) -> None:
        """Let a cell wait for the login while panels and other cells go on: ``await session.until_logged_in()``.

        It waits for the login that is pending, and for the next one where none is. A login that takes the place
        of another is waited for in its stead.

        Args:
            timeout: Seconds to wait. The pending attempt, if any, goes on after that.

        Raises:
            LoginError: What the login ended with, such as :class:`AccessDenied`, as soon as it ends.
            LoginTimeout: The time is over, and nobody has logged in or been refused.
        """
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(changed.set)

        self.observe(wake)
        until = loop.time() + seconds_of(timeout)
        over_before = None if self.login_pending else self._attempt
        try:
            while not self.logged_in:
                changed.clear()
                attempt = self._attempt
                if attempt and attempt.error and not attempt.replaced and attempt is not over_before:
                    raise attempt.error
                try:
                    await asyncio.wait_for(changed.wait(), max(0.0, until - loop.time()))
                except asyncio.TimeoutError:
                    if self.login_pending:
                        raise out_of_time(attempt.state if attempt else "") from None
                    raise (attempt and attempt.error) or out_of_time("") from None
        finally:
            self.unobserve(wake)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Call the API with GET.

        Args:
            path: Such as ``/restapi/v1.0/account/~/extension/~``.
            query: Query parameters: None is left out, a list becomes a repeated parameter, a ``datetime`` needs a
                time zone (RingCentral's is UTC).

        Returns:
            The JSON object of the answer; :meth:`call` is for answers that are something else.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error.
            PlatformUnreachable: The server did not answer.
        """
        return read_json(self._respond("GET", path, query=query))

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

    def download(self, uri: str, file: str | Path, *, progress: bool = False) -> Path:
        """Save a recording, a voicemail, a fax or a picture.

        It is written to the disk as it comes, and has its name only when it is whole; what stood there is replaced.
        An hour and 4 GiB are the most that it may take.

        Args:
            uri: Its address, as RingCentral gives it (``contentUri``, ``uri``), or its path.
            file: Where to save it.
            progress: Show a progress bar; needs the package ``tqdm``.

        Returns:
            The file.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error, or with a web page.
            PlatformUnreachable: The server did not answer, or its answer broke off.
            RingCentralError: The file cannot be written, or the address is another server's.
            ConfigurationError: ``tqdm`` is not installed.

        Example:
            >>> call = session.get("/restapi/v1.0/account/~/call-log", recordingType="All")["records"][0]
            >>> session.download(call["recording"]["contentUri"], "call.mp3", progress=True)
        """
        if not uri:
            raise RingCentralError(
                "There is no address to download from.",
                why="A call without a recording, for example, has no contentUri.",
                cure="Look whether the answer has one before you ask for it.",
            )
        place = named_file(file)
        request = self._platform.request("GET", uri)
        request.headers["Accept"] = "*/*"  # the SDK would ask for JSON
        with PartialFile(place, progress=progress) as part:
            status = self._platform.send_request(request, into=part).response().status_code
            if status != 200:  # 202: not yet; 204: nothing; 206: a part
                raise RingCentralError(
                    "The server has not sent the file, or not the whole of it.",
                    why=f"Its answer has the status {status}.",
                    cure="Try again in some minutes.",
                )
        return place

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
        return read_json(self._respond("POST", path, body=body))

    def call(self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None) -> Answer:
        """Call the API, and learn the status and the time too.

        Args:
            method: ``"GET"``, ``"POST"``, ``"PUT"``, ``"PATCH"`` or ``"DELETE"``.
            path: Such as ``/restapi/v1.0/account/~``.
            query: Query parameters, as for :meth:`get`.
            body: What JSON can hold; bytes are sent as they are.

        Returns:
            The answer.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error.
            PlatformUnreachable: The server did not answer.
        """
        from .results import Answer, rate_limit_of

        began = time.monotonic()
        response = self._respond(method, path, query=query, body=body)
        seconds, answer = time.monotonic() - began, response.response()
        limit = rate_limit_of(answer.headers)
        return Answer(answer.status_code, seconds, read_data(response), len(answer.content), limit)

    def _respond(self, method: str, path: str, *, query: dict[str, Any] | None = None, body: Any = None) -> ApiResponse:
        request = self._platform.request(method, path, query=query, body=body)
        return self._platform.send_request(request)

    def refresh(self) -> None:
        """Get new tokens now. Calls do it by themselves when it is time.

        Raises:
            NotLoggedIn: The login has ended.
            ApiError: The server answered with another error.
            PlatformUnreachable: The server did not answer; the tokens are kept.
        """
        self._platform.refresh()

    def logout(self) -> LogoutOutcome:
        """Revoke the tokens on the server, then forget them here; forget them whatever the server says.

        A pending login is cancelled.

        Returns:
            How it went. Not being logged in is not an error.
        """
        from .results import LogoutOutcome

        if self.login_pending and self._attempt:
            self._attempt.cancel()
        try:
            self._platform.logout()
        except NotLoggedIn:
            return LogoutOutcome(False, say("logout.nobody"))
        except RingCentralError as error:
            return LogoutOutcome(
                False,
                say("logout.not-revoked"),
                why=f"{error.in_our_words} {self._what_is_left}".strip(),
                said=error.said,
                cure=say("logout.not-revoked-cure"),
            )
        return LogoutOutcome(
            True,
            say("logout.revoked"),
            why=self._what_is_left,
            cure=say("logout.still-remembered"),
        )

    @property
    def _what_is_left(self) -> str:
        """After a logout: that the login may still be kept, where its deletion has failed."""
        if self.storage is None or self.storage_problem is None:
            return ""
        return f"{say('logout.kept', place=self.storage.description)} {self.storage_problem.happened}"

    def use(self, environment: Environment) -> None:
        """Switch to another environment.

        Args:
            environment: The new one.

        Raises:
            SessionBusy: Somebody is logged in, or a login is pending.
        """
        _checked(environment)
        with PENDING.one_at_a_time():
            if environment == self._environment:
                return
            if self.logged_in or self.login_pending:
                raise SessionBusy(
                    "The environment cannot change now.",
                    why="Somebody is logged in." if self.logged_in else "A login is pending.",
                    cure="Log out first." if self.logged_in else "Finish or cancel the login first.",
                )
            self._environment = environment
            self._platform.close_connections()
            self._attempt = None
            self._begin(self.storage)
        self._notify()

    def observe(self, observer: Callable[[], None]) -> None:
        """Be told whenever the login changes: begun, over, refreshed, logged out, restored.

        What has changed is for the observer to see::

            def show():
                print("logged in" if session.logged_in else "not logged in", session.token_status)

            session.observe(show)

        To hear of one kind of event together with the server's answer, use the SDK's own events; see
        :meth:`rc_nb_helpers.sdk.Platform.trigger`.

        Args:
            observer: Called without arguments, from any thread. It must return at once: what takes time, such as
                :attr:`person`, belongs on a thread of its own. What it raises is only logged.
        """
        self._observers = [*self._observers, observer]

    def unobserve(self, observer: Callable[[], None]) -> None:
        """Be told no more.

        Args:
            observer: What was given to :meth:`observe`. Unknown ones are passed over.
        """
        self._observers = [each for each in self._observers if each != observer]

    def _notify(self) -> None:
        for observer in self._observers:
            try:
                observer()
            except Exception as error:  # noqa: BLE001  (a login must not fail because somebody watches it)
                logging.getLogger(__name__).warning("An observer of the session failed: %s", type(error).__name__)

    def _renew_lock(self) -> None:
        """In a forked process: the thread that held it may be the other process's."""
        self._person_lock = threading.RLock()


def _checked(environment: Environment) -> Environment:
    # Not isinstance: after a reload of the package an environment may be of the former class.
    if not all(hasattr(environment, name) for name in ("server_url", "client_id", "redirect_uri")):
        raise ConfigurationError(
            f"This is no environment: it is {of_type(environment)}.",
            cure='Load it first: Session(load_environment("practice")).',
        )
    return environment


def _checked_storage(storage: TokenStorage | None) -> TokenStorage | None:
    if storage is None:
        return None
    from .storage import check_storage  # most sessions keep nothing

    return check_storage(storage)


def _read_person(extension: dict[str, Any]) -> Person | None:
    """The person in the server's answer; None when it says nothing of one."""
    from .results import Person

    if not extension.get("id"):
        return None
    return Person(
        name=str(extension.get("name") or "").strip(),
        extension_number=str(extension.get("extensionNumber") or ""),
        extension_id=str(extension["id"]),
    )
