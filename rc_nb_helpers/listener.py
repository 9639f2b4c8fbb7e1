"""The callback listener: a small HTTP server that waits for the browser to bring the answer.

It binds what a redirection endpoint says, and answers for its host and path; whether that is a port at home or a
socket behind a hub, it does not know. Nor does it know of states, codes, tokens or widgets: it hands the query of a
well-formed callback to whoever opened it, and shows the page it is told to.

Rules: RFC 8252 §7.3 and §8.3 (loopback or a private socket only, open only while a login is pending), RFC 9700 §4.2
(no referrer, nothing from elsewhere on the page).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

from .errors import ConfigurationError, LoginError, PortInUse
from .loopback import AIRPLAY, OTHER_NOTEBOOK, THIS_NOTEBOOK, answers, port_holder
from .private_socket import PrivateSocket
from .redirection_endpoint import RedirectionEndpoint, endpoint_of_this_machine

if TYPE_CHECKING:
    from tornado.web import RequestHandler

    from .callback_handler import CallbackServer, Deliver

LINGER_SECONDS = 0.5
BACKLOG = 1024
"""Connections that may wait to be accepted. One that finds no room is tried again by its system a second later."""

_CURES = {
    AIRPLAY: "Switch it off in System Settings, General, AirDrop & Handoff, AirPlay Receiver",
    OTHER_NOTEBOOK: "Finish or cancel that login",
    # It is not known to us any more, else it would have given way: the helpers were loaded anew (reload, autoreload).
    THIS_NOTEBOOK: "Restart the kernel (menu Kernel, Restart Kernel)",
}


class CallbackListener:
    """Waits at a redirection endpoint, on this machine only, until it is closed.

    The endpoint decides everything: what to bind, which ``Host`` header to answer (a page from elsewhere cannot reach
    it by a rebound name), and the path of the requests that count.

    Args:
        endpoint: Where; or a redirect URI whose port is this machine's, such as
            ``http://localhost:5000/oauth2callback``.
        deliver: Receives the query of each callback and answers with a page.

    Raises:
        ConfigurationError: The redirect URI is not an ``http`` address of this machine.
    """

    def __init__(self, endpoint: RedirectionEndpoint | str, deliver: Deliver) -> None:
        self._endpoint = endpoint_of_this_machine(endpoint) if isinstance(endpoint, str) else endpoint
        self._deliver = deliver
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event | None = None
        self._answering: set[RequestHandler] = set()
        self._sockets: list[socket.socket] = []
        self._server: CallbackServer | None = None
        self._closed = False
        # Whoever holds it decides whether the sockets are the thread's, to close as to use.
        self._handover = threading.Lock()
        self._taken = False

    def __repr__(self) -> str:
        return f"<CallbackListener on {self._endpoint}>"

    @property
    def answering(self) -> bool:
        """Whether a browser still waits for its page."""
        return bool(self._answering)

    def open(self) -> None:
        """Start to listen, in a thread of its own.

        Raises:
            PortInUse: Another program has the port; the message names it where it can be found out.
            LoginError: The system lets this process open no more files or threads, or no private socket.
        """
        sockets = self._sockets = self._bind()
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(sockets, ready), name="callback-listener", daemon=True)
        try:
            self._thread.start()
            ready.result()
        except (OSError, RuntimeError) as error:
            for each in sockets:
                each.close()
            raise LoginError(
                "The listener for the login's answer could not start.",
                why=f"The system said: {error}.",
                cure="Close other notebooks, restart the kernel, and log in again.",
            ) from None
        except BaseException:  # the kernel was interrupted
            self.close()
            with self._handover:  # a thread that starts all the same finds `_closed`, and leaves them alone
                if not self._taken:
                    for each in sockets:
                        each.close()
            raise

    def close(self, *, linger: float = 0.0) -> None:
        """Stop listening and give the port back. Harmless when already closed.

        Args:
            linger: Seconds to go on answering first, for a browser that asks twice. The call returns
                at once then; without it, it returns when the port is free.
        """
        self._closed = True  # before a look at the loop, which may be about to start
        loop, thread = self._loop, self._thread
        if thread is None or not thread.is_alive():
            return
        if loop is not None:  # else the thread finds `_closed` when it comes to it
            with contextlib.suppress(RuntimeError):  # the loop ended by itself meanwhile
                loop.call_soon_threadsafe(loop.call_later, linger, self._stop)
        if not linger and thread is not threading.current_thread():
            thread.join(timeout=2)

    def abandon(self) -> None:
        """In a forked process: let go of the sockets that were inherited, and of nothing else.

        They are closed here as plain descriptors. The event loop's registrations belong to both processes, so
        undoing them would make the other one deaf.
        """
        self._closed = True
        for each in self._sockets:
            each.close()
        if self._server is not None:
            self._server.abandon()

    def _stop(self) -> None:
        if self._stopping is not None:
            self._stopping.set()

    def _run(self, sockets: list[socket.socket], ready: Future[None]) -> None:
        with self._handover:
            if self._closed:
                for each in sockets:
                    each.close()
                ready.set_result(None)
                return
            self._taken = True
        serving = self._serve(sockets, ready)
        try:
            asyncio.run(serving)
        except Exception as error:  # no event loop to be had
            serving.close()
            if ready.done():
                raise
            ready.set_exception(error)

    async def _serve(self, sockets: list[socket.socket], ready: Future[None]) -> None:
        from .callback_handler import callback_server

        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = self._server = callback_server(
            host=self._endpoint.host, path=self._endpoint.path, deliver=self._deliver, answering=self._answering
        )
        server.add_sockets(sockets)
        ready.set_result(None)
        try:
            if not self._closed:
                await self._stopping.wait()
        finally:
            server.stop()
            # Pages that are on their way still arrive; connections that only sit there are cut.
            until = self._loop.time() + LINGER_SECONDS
            while self._answering and self._loop.time() < until:
                await asyncio.sleep(0.01)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(server.close_all_connections(), timeout=LINGER_SECONDS)

    def _bind(self) -> list[socket.socket]:
        if self._endpoint.socket:
            return [PrivateSocket(self._endpoint.socket, BACKLOG)]
        return self._bind_port(self._endpoint.port)

    def _bind_port(self, port: int) -> list[socket.socket]:
        """Take the port on every address that the redirect URI's host means."""
        for address in self._endpoint.addresses:
            # On macOS a socket bound to one address may share the port with one bound to all. The
            # browser would then reach whichever it likes, so ask first whether anybody answers.
            if answers(address, port):
                raise self._port_in_use()
        bound: list[socket.socket] = []
        try:
            for address in self._endpoint.addresses:
                try:
                    bound.append(_listening_socket(address, port))
                except OSError as error:
                    if error.errno in (errno.EADDRINUSE, errno.EACCES):
                        raise
                    # No IPv6 on this machine: not the same as a port that is taken.
            if not bound:
                raise OSError(errno.EADDRNOTAVAIL, "no loopback address")
        except OSError as error:
            for each in bound:
                each.close()
            if error.errno == errno.EACCES and port < 1024:
                raise ConfigurationError(
                    f"This computer does not let ordinary programs listen on port {port}.",
                    cure="Register a redirect URI with a port above 1023, such as 5000.",
                ) from None
            raise self._port_in_use() from None
        return bound

    def _port_in_use(self) -> PortInUse:
        port = self._endpoint.port
        holder = port_holder(port)
        return PortInUse(
            f"Port {port} is already in use{f' by {holder}' if holder else ''}.",
            why="The browser would bring the login's answer there instead of here.",
            cure=(
                f"{_CURES.get(holder, 'Stop that program')}, or use another port: register a second redirect URI "
                f"such as http://localhost:{port + 1}{self._endpoint.path} in the app's settings and add the same "
                "address to RC_REDIRECT_URL in the .env file, with a comma between. Then log in again."
            ),
        )


def _listening_socket(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let two programs share the port without a word.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Without it the same port could not be used again for a minute after a login.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
