"""Answers the requests that reach the callback listener (tornado).

A module of its own, because tornado's web server need not be loaded before a login begins.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.iostream import IOStream
from tornado.web import Application, HTTPError, RequestHandler

from .callback_page import Page
from .loopback import LISTENER_NAME, without_default_port

IDLE_SECONDS = 5
PAGE_SECONDS = 8
MOST_CONNECTIONS = 64
"""How many connections are kept. A browser opens a handful; a system may allow this process 256 files in all."""

WORKING = Page("Almost there", "The login is still being finished. Look at the notebook: it tells you how it ends.")
PREFETCHED = Page("Not yet", "Open the address to finish the login.", status=503)

HEADERS = {
    "Server": LISTENER_NAME,  # also what another notebook's listener recognises us by
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer: nothing is kept, framed, passed on or loaded."""

# Given the query of a callback, says which page to show, now or soon. Called on the listener's thread,
# so it must not block.
Deliver = Callable[[str], "Future[Page]"]


def callback_server(*, host: str, path: str, deliver: Deliver, answering: set[RequestHandler]) -> CallbackServer:
    """Make the server of a callback listener, without sockets.

    Args:
        host: The only ``Host`` header that it answers.
        path: The only path.
        deliver: Receives the query of each callback and answers with a page.
        answering: Where the requests are kept that wait for their page.
    """
    rules = {"host": host, "path": path, "deliver": deliver, "answering": answering}
    return CallbackServer(
        Application([(".*", CallbackHandler, rules)], log_function=_log_nothing),
        answering=answering,
        no_keep_alive=True,  # a kept connection could bring the next login's answer to this one
        idle_connection_timeout=IDLE_SECONDS,
        body_timeout=IDLE_SECONDS,
        max_header_size=16 * 1024,
        max_body_size=1024,
    )


def is_a_visit(headers: HTTPHeaders) -> bool:
    """Whether a person's browser opens the address itself.

    A picture, a frame or a script of another page can also send a GET. Browsers say which it is.

    Args:
        headers: The request's.
    """
    return (
        headers.get("Sec-Fetch-Dest", "document") == "document"
        and headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        and "Origin" not in headers
    )


def is_ahead(headers: HTTPHeaders) -> bool:
    """Whether a browser only looks ahead. It must not spend the code.

    Args:
        headers: The request's.
    """
    return "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))


def nothing_here(status: int) -> Page:
    """The little that is said to whoever has no business here.

    Args:
        status: HTTP status code.
    """
    return Page("Nothing to see here", "This address only waits for the end of a login.", status)


def show(handler: RequestHandler, page: Page) -> None:
    """Answer a request with a page, which may load nothing and run nothing but its own script.

    Args:
        handler: Answers the request.
        page: The page.
    """
    nonce = secrets.token_urlsafe(16)
    handler.set_header(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    handler.set_status(page.status)
    handler.finish(page.render(nonce))


class CallbackServer(HTTPServer):
    """Keeps the newest connections only: a storm must not use up the files that this process may open."""

    def initialize(self, *args: Any, answering: set[RequestHandler], **settings: Any) -> None:  # type: ignore[override]
        """Tornado's own way to be made.

        Args:
            args: Tornado's.
            answering: The requests that wait for their page; their connections go last.
            settings: Tornado's.
        """
        self._open: dict[IOStream, None] = {}
        self._waiting = answering
        super().initialize(*args, **settings)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Take one more connection, in place of the oldest where there are too many."""
        if len(self._open) >= MOST_CONNECTIONS:
            waited_on = {getattr(handler.request.connection, "stream", None) for handler in self._waiting}
            oldest = next((one for one in self._open if one not in waited_on), next(iter(self._open)))
            del self._open[oldest]
            oldest.close()
        self._open[stream] = None
        super().handle_stream(stream, address)

    def abandon(self) -> None:
        """In a forked process: close the inherited connections' descriptors, which says nothing to the browser."""
        for stream in self._open:
            if stream.socket is not None:
                stream.socket.close()

    def on_close(self, server_conn: Any) -> None:
        """A connection has ended."""
        self._open.pop(server_conn.stream, None)
        super().on_close(server_conn)


class CallbackHandler(RequestHandler):
    """Answers one request. Only a person's browser, at the exact address, gets as far as ``deliver``."""

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")

    def initialize(self, path: str, host: str, deliver: Deliver, answering: set[RequestHandler]) -> None:
        """Take the rules of :func:`callback_server`."""
        self._callback_path, self._host, self._deliver = path, host, deliver
        self._answering = answering

    def set_default_headers(self) -> None:
        """Headers of every answer: nothing is kept, framed, passed on or loaded."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Turn away what is not a person's browser at the registered address."""
        # One request for each connection (RFC 9112 §9.6): tornado goes on with what came behind the first.
        connection: Any = self.request.connection
        if getattr(connection.context, "answered", False):
            raise HTTPError(400)
        connection.context.answered = True
        if without_default_port(self.request.host) != self._host:
            raise HTTPError(400, reason="Wrong host")
        # The raw path: "/x/../oauth2callback" and "/%6fauth2callback" are not the registered address.
        if self.request.path != self._callback_path:
            raise HTTPError(404)
        if self.request.method != "GET":
            raise HTTPError(405)
        if not is_a_visit(self.request.headers):
            raise HTTPError(403)

    async def get(self) -> None:
        """Hand the query on, and show the page that comes back."""
        if is_ahead(self.request.headers):
            self._show(PREFETCHED)
            return
        self._answering.add(self)
        page = asyncio.wrap_future(self._deliver(self.request.query))
        try:
            self._show(await asyncio.wait_for(asyncio.shield(page), PAGE_SECONDS))
        except asyncio.TimeoutError:
            self._show(WORKING)

    def on_finish(self) -> None:
        """The page has gone out."""
        self._answering.discard(self)

    def on_connection_close(self) -> None:
        """The browser did not wait for the page."""
        self._answering.discard(self)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say little to whoever has no business here."""
        if status_code == 405:
            self.set_header("Allow", "GET")  # RFC 9110 §15.5.6
        self._show(nothing_here(status_code))

    def _show(self, page: Page) -> None:
        show(self, page)

    def log_exception(self, *args: Any) -> None:
        """Nothing: tornado's own record would hold the request line, and with it the code."""


def _log_nothing(handler: RequestHandler) -> None:
    """Tornado's request log would hold the request line, and with it the code."""
