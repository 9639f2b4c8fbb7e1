"""Sends HTTP requests for the SDK: bounded in time and size, verified, recorded, with safe errors.

Every request is bounded: 10 s to connect, 30 s of silence, 60 s and 32 MiB in all.
"""

from __future__ import annotations

import io
import json
import os
import re
import socket
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from ringcentral.http.api_response import ApiResponse
from ringcentral.http.client import Client
from ringcentral.platform.platform import REVOKE_ENDPOINT, TOKEN_ENDPOINT
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .errors import ApiError, ConfigurationError, PlatformUnreachable, RingCentralError
from .exchanges import ExchangeRecord, Kind
from .loopback import is_loopback
from .redaction import beginning, is_secret, opaque

CONNECT_SECONDS = 10
ANSWER_SECONDS = 30
"""How long the server may be silent."""
TOTAL_SECONDS = 60
"""How long a whole answer may take: a server that sends a byte now and then is never silent."""
MOST_BYTES = 32 * 2**20
"""How large an answer may be, unpacked. A call recording of an hour has about 15 MB."""

CERTIFICATE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Who names a company's certificates; the first that is set counts."""


class SafeClient(Client):  # type: ignore[misc]
    """Sends requests within limits, and turns every failure into one of our errors.

    Args:
        record: Where each exchange is noted, without its secrets.

    Attributes:
        clock_ahead: How many seconds the server's clock is ahead of ours, by the ``Date`` of its last answer.
    """

    def __init__(self, record: ExchangeRecord) -> None:
        super().__init__()
        self._record = record
        self.clock_ahead = 0.0

    def create_request(
        self,
        method: str = "",
        url: str = "",
        query_params: dict[str, Any] | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Request:
        """Make a request as the SDK does, but with the query encoded (``+`` in a time zone survives)."""
        if query_params:
            url += ("&" if "?" in url else "?") + urlencode(query_params, doseq=True)
        request: requests.Request = super().create_request(method, url, body=body, headers=headers)
        return request

    @opaque
    def send(self, request: requests.Request) -> ApiResponse:
        """Send a request and wait for its answer.

        Args:
            request: A request made by :meth:`create_request`, with its full URL.

        Returns:
            The SDK's response object; its status is 2xx.

        Raises:
            ApiError: The server answered with any other status, or with more than anybody wants.
            ConfigurationError: The company's certificate file cannot be read.
            PlatformUnreachable: It did not answer.
        """
        prepared = _prepared(request)
        url, body = prepared.url or "", prepared.body if isinstance(prepared.body, str) else ""
        secrets = _secrets_in(prepared)
        begun = self._record.begin(
            _kind(url, body), prepared.method or "", url, headers=prepared.headers, body=body, secrets=secrets
        )
        try:
            answer = _answer_to(prepared)
        except BaseException as error:
            happened = error.happened if isinstance(error, RingCentralError) else "It was interrupted."
            self._record.end(begun, error=happened, secrets=secrets)
            raise
        self.clock_ahead = _clock_ahead(answer) or self.clock_ahead
        self._record.end(
            begun,
            status=answer.status_code,
            headers=answer.headers,
            body=_text_of(answer),
            secrets=secrets,
        )
        if not 200 <= answer.status_code < 300:
            raise _api_error(answer, secrets)
        return ApiResponse(prepared, answer)


def _prepared(request: requests.Request) -> requests.PreparedRequest:
    try:
        return request.prepare()
    except Exception as error:  # noqa: BLE001  (its text may hold a header)
        raise RingCentralError(
            "This request cannot be sent.",
            why=f"Its address, parameters or body cannot be written down ({type(error).__name__}).",
            cure="Check the path and the values that you pass.",
        ) from None


def _answer_to(prepared: requests.PreparedRequest) -> requests.Response:
    """The whole answer to a request, whatever its status."""
    url = prepared.url or ""
    with requests.Session() as http:
        for scheme in ("http://", "https://"):
            http.mount(scheme, _TimedAdapter())
        # A proxy is for the world outside; it must never see a login to this very machine.
        http.trust_env = not is_loopback(url)
        settings = http.merge_environment_settings(url, {}, True, _certificates(), None)
        try:
            answer = http.send(prepared, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False, **settings)
            content = bytearray()
            for piece in answer.iter_content(64 * 1024):
                content += piece
                if len(content) > MOST_BYTES:
                    raise ApiError(
                        status=answer.status_code,
                        message=f"the answer is larger than {MOST_BYTES // 2**20} MiB, and was not read to its end",
                    )
        except RingCentralError:
            raise
        except Exception as error:  # noqa: BLE001  (its text may hold the request)
            if isinstance(error, requests.exceptions.SSLError) and re.search("PEM|X509", str(error)):
                raise _useless_certificates(
                    "It holds no certificates: they look like -----BEGIN CERTIFICATE-----."
                ) from None
            raise _unreachable(url, error) from None
        answer._content = bytes(content)  # noqa: SLF001  (requests has no other way to bound what is read)
        return answer


def _certificates() -> str | bool:
    """What the server's certificate is compared with: a company's file, else the authorities that everybody trusts."""
    variable = next(filter(os.environ.get, CERTIFICATE_VARIABLES), "")
    if not variable:
        return True
    path = os.environ[variable]
    if not os.access(path, os.R_OK):
        raise _useless_certificates("It is missing, or you may not open it.")
    return path


def _useless_certificates(why: str) -> ConfigurationError:
    variable = next(filter(os.environ.get, CERTIFICATE_VARIABLES), "")
    return ConfigurationError(
        f"The certificate file that {variable} names cannot be read.",
        why=why,
        cure=f"Correct the path in {variable}, or remove the variable; then restart the kernel.",
    )


# --- a limit for the whole answer: requests knows only one for each silence


class _TimedReader(io.RawIOBase):
    """Reads from a socket until the answer's time is over."""

    def __init__(self, connection: socket.socket, reader: io.RawIOBase) -> None:
        self._connection, self._reader = connection, reader
        self._until = time.monotonic() + TOTAL_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._connection.settimeout(min(ANSWER_SECONDS, left))
        count: int | None = self._reader.readinto(buffer)
        return count

    def close(self) -> None:
        self._reader.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        reader = self.fp.detach()
        self.fp = io.BufferedReader(_TimedReader(sock, reader))


class _TimedHttp(HTTPConnection):
    response_class = _TimedResponse


class _TimedHttps(HTTPSConnection):
    response_class = _TimedResponse


class _TimedHttpPool(HTTPConnectionPool):
    ConnectionCls = _TimedHttp  # pyright: ignore[reportAssignmentType]


class _TimedHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _TimedHttps  # pyright: ignore[reportAssignmentType]


class _TimedAdapter(HTTPAdapter):
    _pools = {"http": _TimedHttpPool, "https": _TimedHttpsPool}  # noqa: RUF012

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


# --- what an answer says


def read_json(response: ApiResponse) -> dict[str, Any]:
    """The JSON object in an answer.

    Args:
        response: A successful answer.

    Returns:
        The object; empty when the answer has no body.

    Raises:
        ApiError: The answer is something else, such as the page of a proxy.
    """
    answer = response.response()
    if not answer.content:
        return {}
    data = _json_of(answer)
    if not isinstance(data, dict):
        raise ApiError(status=answer.status_code, message="the answer is not JSON")
    return data


def refuse_web_page(response: ApiResponse) -> None:
    """Make sure that an answer whose body says nothing comes from the server, not from a sign-in page in between.

    Args:
        response: A successful answer.

    Raises:
        ApiError: It is a web page.
    """
    answer = response.response()
    if answer.content and "html" in answer.headers.get("Content-Type", "").lower():
        raise ApiError(status=answer.status_code, message="the answer is a web page")


def _json_of(answer: requests.Response) -> Any:
    """What the JSON of an answer says; None when there is none."""
    try:
        return json.loads(answer.content)  # UTF-8, whatever the headers say (RFC 8259 §8.1)
    except (ValueError, RecursionError):  # RecursionError: a hundred thousand brackets
        return None


def _api_error(answer: requests.Response, secrets: list[str]) -> ApiError:
    """The error in an answer: RingCentral's JSON where it is that, else the bare status."""
    wait = _seconds_to_wait(answer)
    body = _json_of(answer)
    if not isinstance(body, dict):
        return ApiError(
            status=answer.status_code, message=beginning(answer.reason or "", secrets, most=300), retry_after=wait
        )
    details = body.get("errors")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    code = first.get("errorCode") or body.get("errorCode") or body.get("error") or ""
    message = first.get("message") or body.get("message") or body.get("error_description") or ""
    # A server may repeat what it was sent.
    return ApiError(
        status=answer.status_code,
        code=beginning(str(code), secrets, most=60),
        oauth_error=beginning(str(body.get("error") or ""), secrets, most=60),
        message=beginning(str(message), secrets, most=300),
        retry_after=wait,
    )


def _seconds_to_wait(answer: requests.Response) -> int | None:
    """``Retry-After`` in seconds (RFC 9110 §10.2.3). A date is not used: one of the two clocks may be wrong."""
    wish = answer.headers.get("Retry-After", "").strip()
    return int(wish) if re.fullmatch(r"[0-9]{1,6}", wish) else None


def _clock_ahead(answer: requests.Response) -> float:
    """How many seconds the server's clock is ahead of ours (RFC 9110 §6.6.1); 0 when it does not say."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() - time.time()
    except (ValueError, TypeError):  # TypeError: Python 3.10's word for no date at all
        return 0.0


def _text_of(answer: requests.Response) -> str:
    """The body for the record. Not ``answer.text``, which may take seconds to guess an encoding."""
    kind = answer.headers.get("Content-Type", "text/").lower()
    if kind.startswith("text/") or any(word in kind for word in ("json", "xml", "form")):
        return answer.content.decode("utf-8", "replace")
    return f"({len(answer.content)} bytes)" if answer.content else ""


def _kind(url: str, body: str) -> Kind:
    path = url.split("?")[0]
    if path.endswith(REVOKE_ENDPOINT):
        return "revoke"
    if path.endswith(TOKEN_ENDPOINT):
        return "refresh" if "grant_type=refresh_token" in body else "token"
    return "API"


def _secrets_in(request: requests.PreparedRequest) -> list[str]:
    """The credentials and the secret form fields of a request."""
    body = request.body if isinstance(request.body, str) else ""
    fields = [value for name, value in parse_qsl(body) if is_secret(name)]
    return [*fields, *(request.headers.get("Authorization") or "").split()[1:]]


# --- why there is no answer


def _unreachable(url: str, error: Exception) -> PlatformUnreachable:
    """What a person needs to know of a connection that failed. The exception itself holds the request."""
    server = "/".join(url.split("/")[:3])
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" not in str(error):
        return PlatformUnreachable(
            f"No secure connection to {server} could be made.",
            why="It does not speak TLS, or something on the way breaks it.",
            cure="Check RC_SERVER_URL in the .env file, and your network; then try again.",
        )
    if isinstance(error, requests.exceptions.SSLError):
        return PlatformUnreachable(
            f"The certificate of {server} could not be verified.",
            why="Something between you and the server may be reading along, such as a company proxy.",
            cure="Ask your administrator for the company's certificate file and put its path into REQUESTS_CA_BUNDLE.",
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return PlatformUnreachable(
            f"The proxy on the way to {server} did not answer.",
            cure="Check HTTPS_PROXY and your network, then try again.",
        )
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return PlatformUnreachable(
            f"{server} did not answer in time.",
            why="It is overloaded, or the connection is very slow.",
            cure="Try again in a minute, and check your network.",
        )
    host = urlsplit(url).hostname or ""
    if not _resolves(host):
        return PlatformUnreachable(
            f"There is no server called {host}.",
            why="The name cannot be found: you are offline, or RC_SERVER_URL has a typing error.",
            cure="Check your network and the .env file, then try again.",
        )
    if not isinstance(error, requests.exceptions.ConnectionError) or "aborted" in str(error):
        return PlatformUnreachable(
            f"The answer of {server} broke off or cannot be read.",
            why="The connection was interrupted, or something on the way has changed the answer.",
            cure="Try again in a minute, and check your network.",
        )
    if is_loopback(server):
        return PlatformUnreachable(
            f"Nothing answers at {server}.",
            why="The practice platform is not running there (any more).",
            cure="Start it with: python3 tutorial.py practice. Or restart the kernel: a notebook starts its own.",
        )
    return PlatformUnreachable(
        f"{server} could not be reached.", cure="Check your network, then try again in a minute."
    )


def _resolves(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
