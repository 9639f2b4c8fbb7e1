"""Passes one request on to whoever waits for a login's answer, and brings back what they say. Bounded in time and size.

Of the browser's request only the address goes on. Its other headers are for the server: the cookies that sign a person
in to Jupyter, or a forwarded address that a client may have made up.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream

ANSWER_SECONDS = 12.0
"""More than the listener's own page may take (``callback_handler.PAGE_SECONDS``)."""

MOST_BYTES = 256 * 1024
"""How long the headers, or the page, may be."""


@dataclass(frozen=True)
class Answer:
    """What was answered: a whole page.

    Attributes:
        status: HTTP status code.
        headers: Headers.
        body: The page.
    """

    status: int
    headers: HTTPHeaders
    body: bytes


class _Collecting(HTTPMessageDelegate):
    """Keeps an answer that comes in."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self._status, self._headers = 0, HTTPHeaders()
        self._body = b""

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        if isinstance(start_line, ResponseStartLine):
            self._status, self._headers = start_line.code, headers

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk

    def finish(self) -> None:
        self.answer = Answer(self._status, self._headers, self._body)


async def pass_on(connection: socket.socket, *, host: str, target: str) -> Answer | None:
    """Ask for an address over a connection, which is closed afterwards.

    Args:
        connection: A connection that does not block.
        host: The ``Host`` header.
        target: Path and query: printable ASCII without spaces.

    Returns:
        The answer; None when no whole one came in time, or it was too long.
    """
    stream = IOStream(connection, max_buffer_size=MOST_BYTES)
    limits = HTTP1ConnectionParameters(no_keep_alive=True, max_header_size=MOST_BYTES, max_body_size=MOST_BYTES)
    http, collecting = HTTP1Connection(stream, is_client=True, params=limits), _Collecting()

    async def ask() -> None:
        headers = HTTPHeaders({"Host": host, "Connection": "close"})
        await http.write_headers(RequestStartLine("GET", target, "HTTP/1.1"), headers)
        http.finish()
        await http.read_response(collecting)

    try:
        with contextlib.suppress(asyncio.TimeoutError, OSError):
            await asyncio.wait_for(ask(), ANSWER_SECONDS)
    finally:
        stream.close()
    return collecting.answer
