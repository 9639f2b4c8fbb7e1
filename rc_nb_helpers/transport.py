"""Sends HTTP requests for the SDK: written down rightly, recorded without secrets, with safe errors.

What an answer says, and why there is none, is told here; how it comes is the business of :mod:`.connections`.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from ringcentral.http.api_response import ApiResponse
from ringcentral.http.client import Client
from ringcentral.platform.platform import REVOKE_ENDPOINT, TOKEN_ENDPOINT

from .certificates import explain_certificate
from .connections import Connections
from .downloads import PartialFile
from .errors import ApiError, Explanation, PlatformUnreachable, RingCentralError
from .exchanges import ExchangeRecord, Kind
from .loopback import is_loopback
from .proxies import Proxy, explain_answer, explain_refusal, proxy_for
from .redaction import beginning, is_secret, opaque
from .values import write_json, write_query


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
        if query_params and (query := write_query(query_params)):
            url += ("&" if "?" in url else "?") + query
        headers = dict(headers or {})
        names = {name.lower(): name for name in headers}
        if "accept" in names:  # as the SDK does, whatever its spelling
            headers["Accept"] = headers.pop(names["accept"])
        content_type = headers.setdefault(names.get("content-type", "Content-Type"), "application/json").lower()
        if body is None or body == "" or isinstance(body, bytes | bytearray):
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
        self.clock_ahead = _clock_ahead(answer) or self.clock_ahead
        self._record.end(
            begun,
            status=answer.status_code,
            headers=answer.headers,
            body=_text_of(answer) if into is None or answer.content else f"({into.size} bytes)",
            secrets=secrets,
        )
        if not 200 <= answer.status_code < 300:
            raise _api_error(answer, secrets)
        return ApiResponse(prepared, answer)

    def _answer_to(self, prepared: requests.PreparedRequest, into: PartialFile | None = None) -> requests.Response:
        """The whole answer to a request, whatever its status."""
        url = prepared.url or ""
        proxy = proxy_for(url)
        try:
            answer = self._connections.send(prepared, proxy, into=_Content(into) if into else None)
        except RingCentralError:
            raise
        except Exception as error:  # noqa: BLE001  (its text may hold the request)
            raise _unreachable(url, error, proxy=proxy, clock_ahead=self.clock_ahead) from None
        if proxy and url.startswith("http:"):
            refusal = explain_answer(proxy, url, answer.status_code, is_json=isinstance(_json_of(answer), dict))
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
    try:
        return request.prepare()
    except Exception as error:  # noqa: BLE001  (its text may hold a header)
        raise RingCentralError(
            "This request cannot be sent.",
            why=f"Its address, parameters or body cannot be written down ({type(error).__name__}).",
            cure="Check the path and the values that you pass.",
        ) from None


# --- what an answer says


def read_json(response: ApiResponse) -> dict[str, Any]:
    """The JSON object in an answer.

    Args:
        response: A successful answer.

    Returns:
        The object; empty when the answer has no body.

    Raises:
        ApiError: The answer is something else. It says what.
    """
    answer = response.response()
    if not answer.content:
        return {}
    data = _json_of(answer)
    if not isinstance(data, dict):
        raise _something_else(answer, data)
    return data


def read_data(response: ApiResponse) -> Any:
    """What an answer brings, as what its content type says it is.

    Args:
        response: A successful answer.

    Returns:
        For JSON whatever it holds, for text a ``str``, for anything else ``bytes``; an empty dictionary when there
        is no body.

    Raises:
        ApiError: It says that it is JSON, and is not; or it is a web page, which the API never sends.
    """
    answer = response.response()
    if not answer.content:
        return {}
    kind = _content_type(answer)
    if "html" in kind:
        raise _something_else(answer, None)
    if kind.startswith("text/") or kind.endswith(("xml", "csv")):
        return _decoded(answer)
    if "json" not in kind and kind.startswith(("audio/", "image/", "video/", "font/", "multipart/")):
        return bytes(answer.content)
    data = _json_of(answer)
    if data is None and answer.content.strip() != b"null":
        if "json" in kind:
            raise _something_else(answer, None)
        return bytes(answer.content) if kind else _text_or_bytes(answer.content)
    return data


class _Content:
    """Takes a good answer's content into a file, unless it is a web page: nobody's recording is one."""

    def __init__(self, file: PartialFile) -> None:
        self._file = file

    def begin(self, answer: requests.Response) -> None:
        if "html" in _content_type(answer):
            raise ApiError(
                status=answer.status_code,
                message="the answer is a web page, where a file was expected",
                known=Explanation(
                    "It may be the sign-in page of your network, or a page of a proxy.",
                    "Check the address that you download from, and your network; then try again.",
                ),
            )
        length = answer.headers.get("Content-Length", "")
        # Of a packed answer it is the size on the way.
        known = length.isascii() and length.isdigit() and not answer.headers.get("Content-Encoding")
        self._file.begin(int(length) if known else None)

    def write(self, piece: bytes) -> None:
        self._file.write(piece)


def refuse_web_page(response: ApiResponse) -> None:
    """Make sure that an answer whose body says nothing comes from the server, not from a sign-in page in between.

    Args:
        response: A successful answer.

    Raises:
        ApiError: It is a web page.
    """
    answer = response.response()
    if answer.content and "html" in _content_type(answer):
        raise _something_else(answer, None)


def _something_else(answer: requests.Response, data: Any) -> ApiError:
    """The error for a good answer that is not the JSON object that somebody wants."""
    kind, size = _content_type(answer), _in_words(len(answer.content))
    whatever = 'Use session.call("GET", path).data, which brings whatever comes as what it is'
    if "html" in kind or re.match(rb"\s*<(!doctype html|html)", answer.content[:200], re.IGNORECASE):
        title = re.search(r"(?is)<title[^>]*>(.{1,200}?)</title>", _decoded(answer)[:20_000])
        named = f", titled {' '.join(title[1].split())[:80]!r}" if title else ""
        return ApiError(
            status=answer.status_code,
            message=f"the answer is a web page{named}, where JSON was expected",
            known=Explanation(
                "It may be the sign-in page of your network, a page of a proxy, or RC_SERVER_URL names a web site "
                "instead of the API.",
                "Open the address of RC_SERVER_URL in a browser and see what comes; check the .env file.",
            ),
        )
    if data is not None:
        what = {list: "a JSON list", str: "a text in JSON", bool: "true or false"}.get(type(data), "a number")
        return ApiError(
            status=answer.status_code,
            message=f"the answer is {what}, {size}, and not an object",
            known=Explanation("The call succeeded; get and post return objects only.", f"{whatever}."),
        )
    if "json" in kind or (not kind and answer.content.lstrip()[:1] in (b"{", b"[")):
        return ApiError(
            status=answer.status_code,
            message="the answer begins as JSON, or says that it is, and is not",
            known=Explanation(
                "It may have been cut off or changed on the way, or the server has made a mistake.",
                "Try again. What came is in session.exchanges.",
            ),
        )
    return ApiError(
        status=answer.status_code,
        message=f"the answer is {kind or 'of no type that it names'}, {size}, and not JSON",
        known=Explanation(
            "The call succeeded; get and post return JSON objects only.",
            f"{whatever}, or session.download for a file.",
        ),
    )


def _content_type(answer: requests.Response) -> str:
    """Such as ``text/csv``, in small letters; empty when the answer names none."""
    return str(answer.headers.get("Content-Type", "")).split(";")[0].strip().lower()


def _decoded(answer: requests.Response) -> str:
    """An answer's text, by the encoding that it names, else UTF-8."""
    named = re.search(r"(?i)charset=[\"']?([\w-]+)", answer.headers.get("Content-Type", ""))
    try:
        return answer.content.decode(named[1] if named else "utf-8", "replace")
    except LookupError:  # an encoding that Python does not know, or that is none of text
        return answer.content.decode("utf-8", "replace")


def _text_or_bytes(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return bytes(content)


def _in_words(size: int) -> str:
    return f"{size} bytes" if size < 1000 else f"{size / 1000:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


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


def _unreachable(
    url: str, error: Exception, *, proxy: Proxy | None = None, clock_ahead: float = 0.0
) -> RingCentralError:
    """What a person needs to know of a connection that failed. The exception itself holds the request."""
    server = "/".join(url.split("/")[:3])
    is_about_proxy = proxy is not None and isinstance(error, requests.exceptions.ProxyError)
    whose = proxy.address if proxy and is_about_proxy else server
    if lesson := explain_certificate(error, whose, clock_ahead=clock_ahead):
        return lesson
    # Without TLS it is only the proxy that is talked to; a SOCKS proxy is never told apart from what is behind it.
    if proxy and (is_about_proxy or proxy.is_socks or url.startswith("http:")):
        return explain_refusal(proxy, url, error)
    if isinstance(error, requests.exceptions.SSLError):
        return PlatformUnreachable(
            f"No secure connection to {server} could be made.",
            why="It does not speak TLS, or something on the way breaks it.",
            cure="Check RC_SERVER_URL in the .env file, and your network; then try again.",
        )
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return PlatformUnreachable(
            f"{server} did not answer in time.",
            why="It is overloaded, or the connection is very slow.",
            cure="Try again in a minute, and check your network.",
        )
    host = urlsplit(url).hostname or ""
    if proxy is None and not _resolves(host):
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
