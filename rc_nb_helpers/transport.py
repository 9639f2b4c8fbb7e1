"""Sends HTTP requests for the SDK: written down rightly, recorded without secrets, with safe errors.

What goes over the wire is the business of :mod:`.connections`, what an answer says that of :mod:`.answers`; why there
is none is told here.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests
from ringcentral.http.api_response import ApiResponse
from ringcentral.http.client import Client
from ringcentral.platform.platform import REVOKE_ENDPOINT, TOKEN_ENDPOINT

from .answers import clock_ahead_by, content_type, error_in, is_web_page, json_of, text_for_the_record
from .certificates import explain_certificate
from .connections import Connections
from .downloads import PartialFile
from .errors import ApiError, PlatformUnreachable, RingCentralError, causes_of
from .exchanges import ExchangeRecord, Kind
from .loopback import is_loopback
from .redaction import is_secret, opaque
from .values import write_json, write_query
from .web_addresses import is_unencrypted, path_to_call

if TYPE_CHECKING:
    from .proxies import Proxy


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
        self._connections = Connections()
        self.clock_ahead = 0.0

    def close(self) -> None:
        """Give up the kept connections; the next request makes new ones."""
        self._connections.close()

    def create_request(
        self,
        method: str = "",
        url: str = "",
        query_params: Any = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Request:
        """Make a request as the SDK does, with its values written in RingCentral's way (see :mod:`.values`).

        Args:
            method: HTTP method.
            url: Path or full URL.
            query_params: Names and values.
            body: What is sent, by the content type: JSON, a form, or text, bytes or a file as they are. None and
                an empty text send nothing.
            headers: The caller's; JSON is the content type when they name none.

        Raises:
            RingCentralError: A value cannot be sent. It names the value.
        """
        url = path_to_call(url)
        if query_params is not None and (query := write_query(query_params)):
            url += ("&" if "?" in url else "?") + query
        headers = dict(headers or {})
        names = {name.lower(): name for name in headers}
        if "accept" in names:  # as the SDK does, whatever its spelling
            headers["Accept"] = headers.pop(names["accept"])
        content_type = headers.setdefault(names.get("content-type", "Content-Type"), "application/json").lower()
        if isinstance(body, bytearray | memoryview):
            body = bytes(body)
        if body is None or isinstance(body, bytes) or (isinstance(body, str) and not body):
            body = body or None
        elif "application/json" in content_type:
            body = write_json(body)
        elif "application/x-www-form-urlencoded" in content_type and not isinstance(body, str):
            body = write_query(body)
        return requests.Request(method, url, headers=headers, data=body)

    @opaque
    def send(
        self, request: requests.Request | requests.PreparedRequest, *, into: PartialFile | None = None
    ) -> ApiResponse:
        """Send a request and wait for its answer.

        Args:
            request: A request with its full URL, such as :meth:`create_request` and the SDK's multipart builder make.
            into: The file that takes what a good answer holds; the answer itself is empty then.

        Returns:
            The SDK's response object; its status is 2xx.

        Raises:
            ApiError: The server answered with any other status, or with more than anybody wants.
            ConfigurationError: The company's certificates or the proxy's address cannot be used.
            PlatformUnreachable: It did not answer.
        """
        prepared = prepare(request)
        url, body = prepared.url or "", prepared.body if isinstance(prepared.body, str) else ""
        secrets = _secrets_in(prepared)
        begun = self._record.begin(
            _kind(url, body), prepared.method or "", url, headers=prepared.headers, body=body, secrets=secrets
        )
        try:
            answer = self._answer_to(prepared, into)
        except BaseException as error:
            happened = error.happened if isinstance(error, RingCentralError) else "It was interrupted."
            self._record.end(begun, error=happened, secrets=secrets)
            raise
        self.clock_ahead = clock_ahead_by(answer) or self.clock_ahead
        self._record.end(
            begun,
            status=answer.status_code,
            headers=answer.headers,
            body=text_for_the_record(answer) if into is None or answer.content else f"({into.size} bytes)",
            secrets=secrets,
        )
        if not 200 <= answer.status_code < 300 or _refuses(_kind(url, body), answer):
            raise error_in(answer, secrets)
        return ApiResponse(prepared, answer)

    def _answer_to(self, prepared: requests.PreparedRequest, into: PartialFile | None = None) -> requests.Response:
        """The whole answer to a request, whatever its status."""
        from .proxies import explain_answer, proxy_for  # here, because importing the helpers shall be quick

        url = prepared.url or ""
        proxy = proxy_for(url)
        try:
            answer = self._connections.send(prepared, proxy, into=_Content(into) if into else None)
        except RingCentralError:
            raise
        except Exception as error:  # noqa: BLE001  (its text may hold the request)
            raise _unreachable(url, error, proxy=proxy, clock_ahead=self.clock_ahead) from None
        if proxy and url.startswith("http:"):
            is_strange = is_web_page(answer) or (answer.status_code >= 300 and not isinstance(json_of(answer), dict))
            refusal = explain_answer(proxy, url, answer.status_code, is_strange=is_strange)
            if refusal:
                raise refusal
        return answer


def prepare(request: requests.Request | requests.PreparedRequest) -> requests.PreparedRequest:
    """Write a request down, once: a file in it can be read once.

    Args:
        request: A request with its full URL, or one that is written down already.

    Raises:
        RingCentralError: It cannot be written down.
    """
    if isinstance(request, requests.PreparedRequest):
        return request
    if not isinstance(request.method, str) or not request.method.isalpha():
        raise RingCentralError(
            "This request has no method that could be sent.", cure='Write "GET", "POST", "PUT", "PATCH" or "DELETE".'
        )
    try:
        prepared = request.prepare()
        for text in (*prepared.headers, *prepared.headers.values()):
            if isinstance(text, str):
                text.encode("latin-1")  # or it would fail on the way out, and look like the server's fault
        return prepared
    except Exception as error:  # noqa: BLE001  (its text may hold a header)
        raise RingCentralError(
            "This request cannot be sent.",
            why=f"Its address, headers, parameters or body cannot be written down ({type(error).__name__}).",
            cure="Check the path, the headers and the values that you pass.",
        ) from None


class _Content:
    """Takes a good answer's content into a file, unless it is a web page: nobody's recording is one."""

    def __init__(self, file: PartialFile) -> None:
        self._file = file

    def begin(self, answer: requests.Response) -> None:
        if "html" in content_type(answer):
            raise ApiError(
                status=answer.status_code,
                message="the answer is a web page, where a file was expected",
                why="It may be the sign-in page of your network, or a page of a proxy.",
                cure="Check the address that you download from, and your network; then try again.",
            )
        length = answer.headers.get("Content-Length", "")
        # Of a packed answer it is the size on the way.
        known = length.isascii() and length.isdigit() and not answer.headers.get("Content-Encoding")
        self._file.begin(int(length) if known else None)

    def write(self, piece: bytes) -> None:
        self._file.write(piece)


def _kind(url: str, body: str) -> Kind:
    path = url.split("?")[0]
    if path.endswith(REVOKE_ENDPOINT):
        return "revoke"
    if path.endswith(TOKEN_ENDPOINT):
        return "refresh" if "grant_type=refresh_token" in body else "token"
    return "API"


def _refuses(kind: Kind, answer: requests.Response) -> bool:
    """Whether an endpoint of OAuth says no with a status that says yes, as some do."""
    said = json_of(answer) if kind in ("token", "refresh", "revoke") else None
    return isinstance(said, dict) and isinstance(said.get("error"), str) and "access_token" not in said


def _secrets_in(request: requests.PreparedRequest) -> list[str]:
    """The credentials and the secret form fields of a request."""
    body = request.body if isinstance(request.body, str) else ""
    fields = [value for name, value in parse_qsl(body) if is_secret(name)]
    return [*fields, *(request.headers.get("Authorization") or "").split()[1:]]


# --- why there is no answer

_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
"""OpenSSL's words for an answer that is none of TLS."""


def _unreachable(
    url: str, error: Exception, *, proxy: Proxy | None = None, clock_ahead: float = 0.0
) -> RingCentralError:
    """What a person needs to know of a connection that failed. The exception itself holds the request."""
    from .proxies import explain_refusal, resolves

    server = "/".join(url.split("/")[:3])
    host = urlsplit(url).hostname or ""
    # Behind a proxy, it alone is connected to, and its name alone is looked up here.
    is_about_proxy = proxy is not None and (
        isinstance(error, requests.exceptions.ProxyError | requests.exceptions.ConnectTimeout)
        or not resolves(proxy.host)
    )
    whose, place = (proxy.address, proxy.named_by) if proxy and is_about_proxy else (server, "")
    if lesson := explain_certificate(error, whose, clock_ahead=clock_ahead, place=place):
        return lesson
    # Without TLS it is only the proxy that is talked to; a SOCKS proxy is never told apart from what is behind it.
    if proxy and (is_about_proxy or proxy.is_socks or url.startswith("http:")):
        return explain_refusal(proxy, url, error)
    if isinstance(error, requests.exceptions.SSLError):
        return _no_tls(server, error, proxy)
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return PlatformUnreachable(
            f"{server} did not answer in time.",
            why="It is overloaded, or the connection is very slow.",
            cure="Try again in a minute, and check your network.",
        )
    if proxy is None and not resolves(host):
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
    if is_unencrypted(server):
        return PlatformUnreachable(
            f"{server} could not be reached.",
            why="A class's practice platform does not run there at the moment, or your computer cannot get to it.",
            cure="Try again in a minute. If others in the room get there and you do not, look for the cause in a "
            f"terminal: python3 tutorial.py practice --check {server}",
        )
    return PlatformUnreachable(
        f"{server} could not be reached.", cure="Check your network, then try again in a minute."
    )


def _no_tls(server: str, error: Exception, proxy: Proxy | None) -> PlatformUnreachable:
    """Why TLS could not begin, as far as OpenSSL's word tells."""
    reasons = (each.reason for each in causes_of(error) if isinstance(each, ssl.SSLError))
    reason = next(filter(None, reasons), "")
    if reason in _NOT_TLS:
        why = "What answers does not speak TLS."
    elif reason.startswith("UNEXPECTED_EOF"):
        why = "The other end, or something on the way, closed the connection in the middle of it."
    elif reason:
        said = reason.lower().replace("_", " ")
        why = f"The two could not agree, or something on the way breaks it. The system says: {said}."
    else:
        why = "It does not speak TLS, or something on the way breaks it."
    way = f" The way goes through the proxy at {proxy.address}, as {proxy.named_by} says." if proxy else ""
    check = f"RC_SERVER_URL in the .env file, {proxy.named_by}" if proxy else "RC_SERVER_URL in the .env file"
    return PlatformUnreachable(
        f"No secure connection to {server} could be made.",
        why=f"{why}{way}",
        cure=f"Check {check}, and your network; then try again.",
    )
