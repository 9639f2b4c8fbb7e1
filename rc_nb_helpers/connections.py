"""Connections to the server: verified, bounded in time and size, and kept for the next question.

What only asks (GET) goes over a kept connection, at most :data:`MOST_KEPT` of them. The server may have closed it
meanwhile without saying so; then the question is put once more, over a fresh one. Everything else has a fresh
connection: nobody could say whether a request that was lost on an old one was carried out.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProxyError

from . import certificates
from .errors import ApiError, causes_of
from .forks import in_child
from .unpacking import content_of

if TYPE_CHECKING:
    from .proxies import Proxy

CONNECT_SECONDS = 10
ANSWER_SECONDS = 30
"""How long the server may be silent."""
TOTAL_SECONDS = 60
"""How long a whole answer may take: a server that sends a byte now and then is never silent."""
MOST_BYTES = 32 * 2**20
"""How large an answer may be, unpacked. A call recording of an hour has about 15 MB."""
DOWNLOAD_SECONDS = 3600
"""How long a whole file may take."""
MOST_KEPT = 10
"""How many connections are open at a time for questions; who comes then waits for one."""
KEPT_SECONDS = 15
"""How long an idle connection is used again: firewalls forget connections without telling either end."""


class Sink(Protocol):
    """Takes the content of a good answer."""

    def begin(self, answer: requests.Response) -> None:
        """Look at an answer whose content is about to come; may refuse it with an error of ours."""

    def write(self, piece: bytes) -> None:
        """Take the next piece."""


class Connections:
    """The connections of one session. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[bool, tuple[object, _Adapter]] = {}
        in_child(self._start_anew)

    def send(
        self, request: requests.PreparedRequest, proxy: Proxy | None, *, into: Sink | None = None
    ) -> requests.Response:
        """Send a request, and read the whole answer, whatever its status. Redirects are not followed.

        Args:
            request: With its full URL.
            proxy: What it goes through, if anything.
            into: What takes the content of a good answer, piece by piece, instead of the memory. It has a
                connection of its own, so that no other question waits for a large file.

        Raises:
            ApiError: The answer is larger than anybody wants.
            ConfigurationError: The certificates that a variable names cannot be used.
            Exception: Whatever ``requests`` and the system raise when there is no answer. It may hold the request.
        """
        needs_tls = (request.url or "").startswith("https:") or (proxy is not None and proxy.url.startswith("https:"))
        if into is not None:
            with contextlib.closing(_Adapter(_tls(needs_tls), for_files=True)) as fresh:
                return _read(fresh, request, proxy, into)
        if request.method in ("GET", "HEAD"):
            try:
                return _read(self._adapter(needs_tls), request, proxy)
            except Exception as error:
                if not any(isinstance(each, _KeptConnectionLost) for each in causes_of(error)):
                    raise
        with contextlib.closing(_Adapter(_tls(needs_tls))) as fresh:
            return _read(fresh, request, proxy)

    def close(self) -> None:
        """Give up the kept connections; the next question makes new ones."""
        with self._lock:
            kept, self._kept = self._kept, {}
        for _, adapter in kept.values():
            adapter.close()

    def _adapter(self, needs_tls: bool) -> _Adapter:
        """That of the kept connections; a new one when other certificates are named by now."""
        chosen = certificates.choice() if needs_tls else ()
        with self._lock:
            before, adapter = self._kept.get(needs_tls, (None, None))
            if adapter is None or before != chosen:
                if adapter is not None:
                    adapter.close()
                adapter = _Adapter(_tls(needs_tls))
                self._kept[needs_tls] = (chosen, adapter)
        return adapter

    def _start_anew(self) -> None:
        """In a forked process: the sockets are the other process's, which goes on to use them."""
        self._lock, self._kept = threading.Lock(), {}


def _tls(needed: bool) -> ssl.SSLContext | None:
    return certificates.tls_context() if needed else None


def _read(
    adapter: _Adapter, request: requests.PreparedRequest, proxy: Proxy | None, into: Sink | None = None
) -> requests.Response:
    proxies = {"http": proxy.url, "https": proxy.url} if proxy else {}
    answer = adapter.send(request, stream=True, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), proxies=proxies)
    content = bytearray()
    is_file = into is not None and 200 <= answer.status_code < 300
    with contextlib.closing(answer):  # an answer that is not read to its end takes its connection with it
        if into is not None and is_file:
            into.begin(answer)
        for piece in content_of(answer):
            if into is not None and is_file:
                into.write(piece)
                continue
            content += piece
            if len(content) > MOST_BYTES:
                raise ApiError(
                    status=answer.status_code,
                    message=f"the answer is larger than {MOST_BYTES // 2**20} MiB, and was not read to its end",
                    cure="Ask for less at a time, or save a file with session.download.",
                )
    answer._content = bytes(content)  # noqa: SLF001  (requests has no other way to bound what is read)
    return answer


# --- a limit for the whole answer, of which requests knows only one for each silence; and a look at kept connections


class _KeptConnectionLost(ConnectionResetError):
    """A connection that had answered before gave no answer: it was closed while nobody looked."""


class _TimedReader(io.RawIOBase):
    """Reads from a socket until the answer's time is over."""

    def __init__(self, connection: socket.socket, reader: io.RawIOBase, seconds: float) -> None:
        self._connection, self._reader = connection, reader
        self._until = time.monotonic() + seconds
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._connection.settimeout(min(ANSWER_SECONDS, left))
        count: int | None = self._reader.readinto(buffer)
        self.ended = self.ended or count == 0
        return count

    def close(self) -> None:
        self._reader.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._timed = _TimedReader(sock, self.fp.detach(), self._most_seconds())
        self.fp = io.BufferedReader(self._timed)

    def _most_seconds(self) -> float:
        return TOTAL_SECONDS

    def begin(self) -> None:
        super().begin()
        if self._timed.ended:  # http.client takes the end of the connection for the end of the headers
            raise ConnectionResetError("the answer broke off in its headers")


class _FileResponse(_TimedResponse):
    def _most_seconds(self) -> float:
        return DOWNLOAD_SECONDS


class _Timed:
    """What our connections have in common, whatever they go over."""

    _answers = 0
    _used_at = 0.0

    def connect(self) -> None:
        self._answers = 0
        super().connect()  # type: ignore[misc]

    def _tunnel(self) -> None:
        """Ask a proxy for the way to the server. What goes wrong here is the proxy's, which urllib3 does not say."""
        try:
            super()._tunnel()  # type: ignore[misc]
        except (ConnectionError, TimeoutError, http.client.HTTPException) as error:
            raise ProxyError("no tunnel", error) from error

    @property
    def is_connected(self) -> bool:
        is_old = self._answers > 0 and time.monotonic() - self._used_at > KEPT_SECONDS
        return not is_old and bool(super().is_connected)  # type: ignore[misc]

    def getresponse(self) -> Any:
        try:
            response = super().getresponse()  # type: ignore[misc]
        except (ConnectionError, ssl.SSLError, http.client.HTTPException) as error:
            if self._answers:
                raise _KeptConnectionLost from error
            raise
        self._answers += 1
        self._used_at = time.monotonic()
        return response


class _BoundedWait:
    """A pool that lends its connections for no longer than an answer may take, or says so."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        return super()._get_conn(timeout=CONNECT_SECONDS + TOTAL_SECONDS)  # type: ignore[misc]


@functools.cache
def _pools(*, socks: bool, for_files: bool) -> dict[str, type]:
    """The pools for each scheme. SOCKS has classes of its own, and needs the package PySocks."""
    http_class: type = HTTPConnection
    https_class: type = HTTPSConnection
    if socks:
        from urllib3.contrib.socks import SOCKSConnection, SOCKSHTTPSConnection

        http_class, https_class = SOCKSConnection, SOCKSHTTPSConnection
    kind: dict[str, Any] = {"response_class": _FileResponse if for_files else _TimedResponse}
    return {
        "http": type("_HttpPool", (_BoundedWait, HTTPConnectionPool), {"ConnectionCls": _timed(http_class, kind)}),
        "https": type("_HttpsPool", (_BoundedWait, HTTPSConnectionPool), {"ConnectionCls": _timed(https_class, kind)}),
    }


def _timed(connection: type, kind: dict[str, Any]) -> type:
    return type(f"_Timed{connection.__name__}", (_Timed, connection), kind)


class _Adapter(HTTPAdapter):
    """Makes connections, verified in our way."""

    def __init__(self, tls: ssl.SSLContext | None, *, for_files: bool = False) -> None:
        self._tls, self._for_files = tls, for_files
        super().__init__(pool_maxsize=MOST_KEPT, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(socks=False, for_files=self._for_files)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        is_socks = proxy.startswith("socks")
        kwargs |= {"ssl_context": self._tls} if is_socks else {"ssl_context": self._tls, "proxy_ssl_context": self._tls}
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _pools(socks=is_socks, for_files=self._for_files)
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Let the context alone decide: requests would add certifi's list."""
        conn.cert_reqs = "CERT_REQUIRED" if url.lower().startswith("https") else "CERT_NONE"
        conn.ca_certs = conn.ca_cert_dir = None
