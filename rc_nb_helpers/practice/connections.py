"""How many connections there can be at a time, and that no computer holds them all: others could not come in."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

_WANTED = 8192
_ON_WINDOWS = 512
"""Sockets that an event loop on Windows can watch."""


def most_connections() -> int:
    """How many connections this process can have: each is an open file to the system."""
    if sys.platform == "win32":
        return _ON_WINDOWS
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _WANTED if limit == resource.RLIM_INFINITY else min(limit, _WANTED)


def let_many_connect() -> None:
    """Raise the number of files that this process may open, which usually is too low for a big class."""
    if sys.platform == "win32":
        return
    import resource

    limit, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if highest == resource.RLIM_INFINITY else min(highest, _WANTED)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, highest))


class SharedServer(HTTPServer):
    """A web server of which one address gets half of the connections at most.

    Not less, for a whole class may come through one proxy.
    """

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Begin without connections (tornado calls this in the place of ``__init__``)."""
        super().initialize(*args, **kwargs)
        self._addresses: dict[IOStream, str] = {}
        self._held: Counter[str] = Counter()

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serve a new connection, or close it where its address has too many."""
        host = str(address[0])
        if self._held[host] >= most_connections() // 2:
            stream.close()
            return
        self._addresses[stream] = host
        self._held[host] += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """Note that a connection has ended."""
        super().on_close(server_conn)
        if isinstance(server_conn, HTTP1ServerConnection) and (host := self._addresses.pop(server_conn.stream, "")):
            self._held -= Counter({host: 1})  # what has none any more goes out of it
