"""What an answer says: its data, its error, and what it is where it is something else than was wanted."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from ringcentral.http.api_response import ApiResponse

from .errors import ApiError
from .redaction import beginning


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
    data = json_of(answer)
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
    kind = content_type(answer)
    if "html" in kind or (not kind and is_web_page(answer)):
        raise _something_else(answer, None)
    if kind.startswith("text/") or kind.endswith(("xml", "csv")):
        return _decoded(answer)
    if "json" not in kind and kind.startswith(("audio/", "image/", "video/", "font/", "multipart/")):
        return bytes(answer.content)
    data = json_of(answer)
    if data is None and answer.content.strip() != b"null":
        if "json" in kind:
            raise _something_else(answer, None)
        return bytes(answer.content) if kind else _text_or_bytes(answer.content)
    return data


def refuse_web_page(response: ApiResponse) -> None:
    """Make sure that an answer whose body says nothing comes from the server, not from a sign-in page in between.

    Args:
        response: A successful answer.

    Raises:
        ApiError: It is a web page.
    """
    answer = response.response()
    if answer.content and "html" in content_type(answer):
        raise _something_else(answer, None)


def _something_else(answer: requests.Response, data: Any) -> ApiError:
    """The error for a good answer that is not the JSON object that somebody wants."""
    kind, size = content_type(answer), _in_words(len(answer.content))
    whatever = 'Use session.call("GET", path).data, which brings whatever comes as what it is'
    if is_web_page(answer):
        return ApiError(
            status=answer.status_code,
            message=f"the answer is a web page{_titled(answer)}, where JSON was expected",
            why="It may be the sign-in page of your network, a page of a proxy, or RC_SERVER_URL names a web site "
            "instead of the API.",
            cure="Open the address of RC_SERVER_URL in a browser and see what comes; check the .env file.",
        )
    if data is not None or answer.content.strip() == b"null":
        what = {list: "a JSON list", str: "a text in JSON", bool: "true or false", type(None): "null"}.get(
            type(data), "a number"
        )
        return ApiError(
            status=answer.status_code,
            message=f"the answer is {what}, {size}, and not an object",
            why="The call succeeded; get and post return objects only.",
            cure=f"{whatever}.",
        )
    if "json" in kind or (not kind and answer.content.lstrip()[:1] in (b"{", b"[")):
        return ApiError(
            status=answer.status_code,
            message="the answer begins as JSON, or says that it is, and is not",
            why="It may have been cut off or changed on the way, or the server has made a mistake.",
            cure="Try again. What came is in session.exchanges.",
        )
    return ApiError(
        status=answer.status_code,
        message=f"the answer is {kind or 'of no type that it names'}, {size}, and not JSON",
        why="The call succeeded; get and post return JSON objects only.",
        cure=f"{whatever}, or session.download for a file.",
    )


def is_web_page(answer: requests.Response) -> bool:
    """Whether an answer is a web page, by its type or by how it begins."""
    looks = re.match(rb"\s*<(!doctype html|html)", answer.content[:200], re.IGNORECASE)
    return bool(answer.content) and ("html" in content_type(answer) or looks is not None)


def _titled(answer: requests.Response) -> str:
    title = re.search(r"(?is)<title[^>]*>(.{1,200}?)</title>", _decoded(answer)[:20_000])
    return f", titled {' '.join(title[1].split())[:80]!r}" if title else ""


def content_type(answer: requests.Response) -> str:
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
    return (
        f"{size} byte{'s' * (size != 1)}"
        if size < 1000
        else f"{size / 1000:.0f} kB"
        if size < 1e6
        else f"{size / 1e6:.1f} MB"
    )


def json_of(answer: requests.Response) -> Any:
    """What the JSON of an answer says; None when there is none."""
    try:
        return json.loads(answer.content)  # UTF-8, whatever the headers say (RFC 8259 §8.1)
    except (ValueError, RecursionError):  # RecursionError: a hundred thousand brackets
        return None


# Where a server says that it will not, its page is its own, or that of what stands before it. Where a page refuses in
# the name of RingCentral, which answers in JSON, it may be somebody else's.
_A_PAGE_REFUSES = {
    "why": "RingCentral answers in JSON, so this page may be somebody else's: a firewall's, a proxy's, your network's "
    "sign-in page, or that of a web site that RC_SERVER_URL names instead of the API.",
    "cure": "Open the address of RC_SERVER_URL in a browser and see what comes; check your network and the .env file.",
}
_TELLS_ITSELF = (407, 408, 413, 415, 429)


def error_in(answer: requests.Response, secrets: list[str]) -> ApiError:
    """The error in an answer: RingCentral's JSON where it is that, else the bare status."""
    wait, status, reason = _seconds_to_wait(answer), answer.status_code, answer.reason or ""
    body = json_of(answer)
    if isinstance(body, list):
        body = {"errors": body}
    if not isinstance(body, dict):
        is_page = is_web_page(answer)
        said = f"{reason}, on a web page{_titled(answer)}" if is_page else _words_in(answer, body) or reason
        refuses = is_page and 400 <= status < 500 and status not in _TELLS_ITSELF
        return ApiError(
            status=status,
            message=beginning(said, secrets, most=300),
            retry_after=wait,
            **(_A_PAGE_REFUSES if refuses else {}),
        )
    listed = body.get("errors")
    nested = (*(listed if isinstance(listed, list) else ()), body, body.get("error"))
    parts = [each for each in nested if isinstance(each, dict)]
    code = _first(parts, "errorCode", "error_code") or _first(parts, "code", form=r"[A-Z]{2,4}-[0-9]+")
    word = _first([body], "error", form=r"\S+")
    message = _first(parts, "message", "error_description", "errorMessage", "detail", "title")
    if not code and not word:  # some frameworks write a sentence where the standard has its word
        message = message or _first([body], "error") or reason
    # A server may repeat what it was sent.
    return ApiError(
        status=status,
        code=beginning(code or word, secrets, most=60),
        oauth_error=beginning(word, secrets, most=60),
        message=beginning(message, secrets, most=300),
        retry_after=wait,
    )


def _words_in(answer: requests.Response, body: Any) -> str:
    """What an answer says that is neither an object nor a web page; empty where it is no text."""
    if isinstance(body, str):
        return " ".join(body.split())
    kind = content_type(answer)
    if kind != "text/plain" and not kind.endswith("xml"):
        return ""
    return " ".join(re.sub(r"<[^<>]{0,1000}>", " ", _decoded(answer)[:2000]).split())


def _first(parts: list[dict[str, Any]], *names: str, form: str = r"(?s).*\S.*") -> str:
    """The first of these that says something: a text, or a number."""
    values = (part.get(name) for part in parts for name in names)
    texts = (str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool))
    return next((text for text in texts if re.fullmatch(form, text)), "")


def _seconds_to_wait(answer: requests.Response) -> int | None:
    """``Retry-After`` in seconds (RFC 9110 §10.2.3). A date is compared with the server's own clock, not with ours."""
    wish = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,6}", wish):
        return int(wish)
    try:
        until, now = (parsedate_to_datetime(date) for date in (wish, answer.headers.get("Date", "")))
        seconds = int((until - now).total_seconds())
    except (ValueError, TypeError):  # TypeError: Python 3.10's word for no date at all, and for only one time zone
        return None
    return seconds if 0 <= seconds < 1_000_000 else None


def clock_ahead_by(answer: requests.Response) -> float:
    """How many seconds the server's clock is ahead of ours (RFC 9110 §6.6.1); 0 when it does not say."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() - time.time()
    except (ValueError, TypeError):  # TypeError: Python 3.10's word for no date at all
        return 0.0


def text_for_the_record(answer: requests.Response) -> str:
    """The body for the record. Not ``answer.text``, which may take seconds to guess an encoding."""
    kind = answer.headers.get("Content-Type", "text/").lower()
    if kind.startswith("text/") or any(word in kind for word in ("json", "xml", "form")):
        return answer.content.decode("utf-8", "replace")
    return f"({len(answer.content)} bytes)" if answer.content else ""
