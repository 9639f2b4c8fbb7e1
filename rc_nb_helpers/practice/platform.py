"""The practice platform as an object: one backend, three ways to run it.

In an event loop that runs already (``PracticePlatform.listen``), in a thread of its own
(``PracticePlatform.start``), and standalone (``python -m rc_nb_helpers.practice``), which is the first of them in a
process of its own.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tornado.ioloop import PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import Application

from .backend import DEFAULT_REDIRECT_URIS, Backend
from .clock import Clock, MovableClock
from .company.calls import SEED
from .connections import SharedServer
from .controls import Controls
from .network import checked_public_url, is_open, reachable_host
from .web import make_application
from .web.seat import seat_url
from .web.site import Site

# With tornado's 128, a class that signs in all at once loses half a second to repeated connection attempts.
_BACKLOG = 1024
_IDLE_SECONDS = 30
_MOST_BODY = 64 * 1024
_MOST_HEADERS = 32 * 1024
# An event loop that does not answer for so long was closed without our being told.
_ANSWER_SECONDS = 10
_KEEP_SECONDS = 1
"""Seconds between two looks whether something of the class has changed that is to be kept."""
_PORT = "{port}"
_T = TypeVar("_T")


class PortTaken(OSError):
    """The address to listen on is in use or cannot be had. The text says which and what to do."""


class PracticePlatform:
    """A look-alike of RingCentral's OAuth and REST API on this computer.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0: any free one.
        public_url: The address that others use to reach it, where that is another. Behind a proxy it may have a path.
        browser_url: The address by which browsers reach it, where programs use another: a Jupyter server on another
            machine leads to it at ``/proxy/PORT``, say, while kernels there use the port itself. ``{port}`` in it
            stands for the port that it gets.
        redirect_uris: Those of the app that is built in.
        learners: Make a person and an app for each seat of a class.
        instructor: Name the instructor's password in ``ready`` even where there is no class.
        apps_file: Keep the apps in this file.
        strict_limits: RingCentral's real rate limits, which are relaxed otherwise.
        seed: Which year of calls and messages is made up: always the same for the same number.
        clock: Seconds since the epoch, for tests.
        class_file: Keep the class in this file: seats, progress and the instructor's password outlive a restart.
        new_password: Make a new password for the instructor, also where a class goes on.

    Raises:
        ValueError: A redirect URI cannot be registered.
        AppsFileError: The file of apps cannot be used.
        ClassFileError: The file of the class cannot be used.

    Use it as a context manager, or call ``start`` and ``stop``. Its ``controls`` (``Controls``) move the clock, end
    sessions, plan faults and read the record of requests, from any thread.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str | None = None,
        browser_url: str | None = None,
        redirect_uris: Sequence[str] = DEFAULT_REDIRECT_URIS,
        learners: int = 0,
        instructor: bool = False,
        apps_file: Path | None = None,
        strict_limits: bool = False,
        seed: int = SEED,
        clock: Clock = time.time,
        class_file: Path | None = None,
        new_password: bool = False,
    ) -> None:
        self._host = host
        self._port = port
        self._reachable_host = reachable_host(host)
        self._public_url = checked_public_url(public_url) if public_url else ""
        self._browser_url = browser_url or ""
        if browser_url:
            checked_public_url(browser_url.replace(_PORT, "1"), called="browsers' URL")
        self._backend = Backend(
            tuple(redirect_uris),
            learners,
            apps_file,
            MovableClock(clock),
            strict_limits=strict_limits,
            instructor=instructor,
            seed=seed,
            class_file=class_file,
            new_password=new_password,
        )
        self.controls = Controls(self._backend, self._in_loop)
        self._application: Application | None = None
        self._server: SharedServer | None = None
        self._sockets: list[socket.socket] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._bound_port = 0
        self._keeping = PeriodicCallback(self._backend.lasting.write_or_complain, _KEEP_SECONDS * 1000)

    def __repr__(self) -> str:
        state = f"at {self.server_url}" if self._bound_port else "stopped"
        return f"<PracticePlatform {state}>"

    @property
    def server_url(self) -> str:
        """The address that others are to use: an IP literal that they can reach, or the public URL.

        Raises:
            RuntimeError: It is not running.
        """
        if not self._bound_port:
            raise RuntimeError("The practice platform is not running: call start() first")
        if self._public_url:
            return self._public_url
        host = self._reachable_host
        return f"http://[{host}]:{self._bound_port}" if ":" in host else f"http://{host}:{self._bound_port}"

    @property
    def browser_url(self) -> str:
        """The address that browsers are to use, which mostly is the same.

        Raises:
            RuntimeError: It is not running.
        """
        named = self._browser_url.replace(_PORT, str(self._bound_port))
        return checked_public_url(named) if named and self._bound_port else self.server_url

    @property
    def has_public_url(self) -> bool:
        """Whether somebody has said by which address it is reached."""
        return bool(self._public_url)

    @property
    def open_to_network(self) -> bool:
        """Whether other computers can reach it."""
        return is_open(self._host) or bool(self._public_url and is_open(urlsplit(self._public_url).hostname or ""))

    @property
    def client_id(self) -> str:
        """The client id of the app that is built in."""
        return self._backend.built_in.client_id

    @property
    def client_secret(self) -> str:
        """The client secret of the app that is built in."""
        return self._backend.built_in.client_secret

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The redirect URIs that are registered for the app that is built in."""
        return self._backend.built_in.redirect_uris

    @property
    def users(self) -> list[dict[str, str]]:
        """Who can sign in: ``username``, ``password``, ``client_id`` and ``client_secret`` of each."""
        return [one.as_json() for one in self._backend.credentials]

    def seat_link(self, seat: str) -> str:
        """The link with which a learner takes a seat; empty when it is revoked. From any thread.

        Args:
            seat: A learner's user name, such as ``learner-001``, or the instructor's own, ``alex``.

        Raises:
            RuntimeError: It is not running.
        """
        secret = self._in_loop(lambda: self._backend.seat_links.link_of(seat)).secret
        return seat_url(self.server_url, secret) if secret else ""

    @property
    def instructor_password(self) -> str:
        """Opens the board, and the controls of the whole room with the user name ``instructor``.

        Empty where a class goes on with an older one, of which only a hash was kept.
        """
        return self._backend.instructor_password

    @property
    def seats(self) -> int:
        """How many seats the class has; 0 without a class."""
        return self._backend.learners

    @property
    def goes_on(self) -> bool:
        """Whether a class was found in the file of the class, and goes on."""
        return self._backend.lasting.found

    @property
    def about_old_slips(self) -> str:
        """What has become of slips that hold another address than today's; empty if there are none.

        Raises:
            RuntimeError: It is not running.
        """
        if self._application is None:
            raise RuntimeError("The practice platform is not running: call start() first")
        site: Site = self._application.settings["site"]
        return site.about_old_slips()

    @property
    def has_instructor(self) -> bool:
        """Whether somebody teaches: pages then let learners say that they are stuck."""
        return self._backend.has_instructor

    def ready(self) -> dict[str, Any]:
        """What the command's ready line says.

        Raises:
            RuntimeError: It is not running.
        """
        ready = self._backend.ready(self.server_url, self.browser_url)
        known = self.instructor_password if self.has_instructor else ""
        return ready | {"instructor_password": known} if known else ready

    def listen(self) -> None:
        """Serve in the event loop that is running, until ``stop``.

        Raises:
            PortTaken: The address is in use or cannot be had.
            RuntimeError: It is running already.
        """
        self._serve(self._bind())
        self._loop = asyncio.get_running_loop()

    def start(self) -> PracticePlatform:
        """Serve in a daemon thread of its own; return when it listens.

        Raises:
            PortTaken: The address is in use or cannot be had.
            RuntimeError: It is running already.
        """
        self._sockets = sockets = self._bind()
        listening: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve_until_stopped(sockets, listening)),
            name="practice-platform",
            daemon=True,
        )
        self._thread.start()
        listening.result()
        return self

    def stop(self) -> None:
        """Stop serving and free the port. May be called twice. What was granted is forgotten with the object.

        After ``listen``, call it in the same event loop; connections that are still open end with their last answer
        or after half a minute without one.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            self._close()
            return
        if self._loop and self._stopping:
            self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join()

    def abandon(self) -> None:
        """In a forked process: let go of the sockets that were inherited, so that they end with the other process.

        They are closed here as plain descriptors. The event loop's registrations belong to both processes.
        """
        for one in self._sockets:
            one.close()

    def __enter__(self) -> PracticePlatform:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _in_loop(self, act: Callable[[], _T], /) -> _T:
        """What ``act()`` returns, called in the thread of the event loop: only there may the state be touched."""
        loop = self._loop
        if loop is None or loop is _running_loop():
            return act()
        result: Future[_T] = Future()

        def call() -> None:
            try:
                result.set_result(act())
            except BaseException as error:  # noqa: BLE001  # the caller's, in its own thread
                result.set_exception(error)

        loop.call_soon_threadsafe(call)
        return result.result(_ANSWER_SECONDS)

    def _bind(self) -> list[socket.socket]:
        if self._bound_port:
            raise RuntimeError("The practice platform is running already")
        try:
            return bind_sockets(self._port, address=self._host, backlog=_BACKLOG)
        except OSError as error:
            cure = "Stop what is using it, or choose another port (0: any free one)"
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                cure = "Choose an address of this computer: 127.0.0.1 for itself alone, 0.0.0.0 for its network"
            raise PortTaken(
                error.errno,
                f"The practice platform cannot listen on {self._host}, port {self._port} ({error.strerror}). {cure}",
            ) from None

    def _serve(self, sockets: list[socket.socket]) -> None:
        self._bound_port = int(sockets[0].getsockname()[1])
        self._application = make_application(
            self._backend,
            commands=self.controls,
            server_url=self.server_url,
            browser_url=self.browser_url,
            open_to_network=self.open_to_network,
            port=self._bound_port,
        )
        self._server = SharedServer(
            self._application,
            idle_connection_timeout=_IDLE_SECONDS,
            body_timeout=_IDLE_SECONDS,
            max_body_size=_MOST_BODY,
            max_buffer_size=_MOST_BODY + _MOST_HEADERS,
            max_header_size=_MOST_HEADERS,
        )
        self._server.add_sockets(sockets)  # pyright: ignore[reportOptionalMemberAccess]
        if self._backend.class_file:
            self._keeping.start()

    async def _serve_until_stopped(self, sockets: list[socket.socket], listening: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            self._serve(sockets)
        except BaseException as error:  # noqa: BLE001  # told to who started it
            self._close()
            for one in sockets:
                one.close()
            listening.set_exception(error)
            return
        listening.set_result(None)
        await self._stopping.wait()
        server = self._server
        self._close()
        if server:
            await server.close_all_connections()

    def _close(self) -> None:
        application, self._application = self._application, None
        server, self._server = self._server, None
        self._loop = None
        self._bound_port = 0
        if application:
            application.settings["board_feed"].close()
        if server:
            server.stop()
            self._keeping.stop()
            self._backend.lasting.write_or_complain()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
