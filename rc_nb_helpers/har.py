"""What went over the wire as a HAR 1.2 log, which other programs read: browsers' developer tools, analysers, people.

It is made to be sent to others, so it leaves out what is personal, unless that is asked for. What may stay is listed
here by name; what nobody has thought of is left out, and the log says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from . import __version__
from .redaction import HIDDEN

Pairs = Iterable[tuple[str, str]]

LEFT_OUT = "(left-out)"
"""Stands where something personal was."""

_KEPT_PARAMETERS = set(
    """
    access_token_ttl brand_id client_id code_challenge_method dateFrom dateTo direction display error expires_in
    grant_type messageType page perPage prompt recordingType refresh_token_ttl response_type scope sortBy type
    ui_locales view withRecording
    """.split()  # noqa: SIM905  (a list of words, to be read as one)
)
_ADDRESSES = ("redirect_uri", "location")
_KEPT_HEADERS = {
    *("content-type", "rcrequestid", "retry-after"),
    *("x-rate-limit-group", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-window"),
}
_KEPT_FIELDS = {
    *("error", "errorCode", "errors", "parameterName", "permissionName", "token_type", "scope"),
    *("expires_in", "refresh_token_expires_in"),
}
_PLAIN = r"[a-z-]*|~|v\d(\.\d)?|oauth2callback|\.well-known"
_OAUTH = ("token", "refresh", "revoke")

_MASKED = "Secrets are masked: what stands as (hidden) was there."
_WITHOUT = (
    f"{_MASKED} Personal data was left out: the bodies of API calls and answers, ids in addresses, and all values and "
    "fields but those that say nothing of a person. session.exchanges.har(personal=True) has them."
)
_WITH = f"{_MASKED} Personal data is in it, such as names and phone numbers. Look through it before you give it away."


def har(exchanges: Iterable[Any], *, personal: bool) -> dict[str, Any]:
    """Write exchanges as a HAR 1.2 log.

    Args:
        exchanges: Each an :class:`~rc_nb_helpers.Exchange`.
        personal: Whether personal data stays in.
    """
    log = {
        "version": "1.2",
        "creator": {"name": "rc_nb_helpers", "version": __version__},
        "entries": [_Entry(each, personal).as_har() for each in exchanges],
        "comment": _WITH if personal else _WITHOUT,
    }
    return {"log": _whole(log)}


class _Entry:
    """One exchange on its way into the log, and what was left out of it."""

    def __init__(self, exchange: Any, personal: bool) -> None:
        self._of = exchange
        self._personal = personal
        self._left_out: list[str] = []

    def as_har(self) -> dict[str, Any]:
        of = self._of
        milliseconds = round((of.seconds or 0) * 1000, 3)
        request, response = self._request(), self._response()
        words = [f"{of.kind}, {of.sender} to {of.receiver}."]
        if of.status is None:
            words.append(self._why_no_answer())
        if self._left_out:
            words.append(f"Left out: {', '.join(dict.fromkeys(self._left_out))}.")
        return {
            "startedDateTime": datetime.fromtimestamp(of.began_at, timezone.utc).isoformat(timespec="milliseconds"),
            "time": milliseconds,
            "request": request,
            "response": response,
            "cache": {},
            "timings": {"send": 0, "wait": milliseconds, "receive": 0},
            "comment": " ".join(words),
        }

    def _why_no_answer(self) -> str:
        if self._of.error:
            # What is said of a callback may repeat its words, which came from a stranger's browser.
            shown = self._personal or self._of.kind != "callback"
            return f"No answer: {self._of.error}" if shown else "No answer."
        return "No answer was seen from here." if self._of.kind == "authorization" else "The answer is not there yet."

    def _request(self) -> dict[str, Any]:
        of = self._of
        query = parse_qsl(urlsplit(of.url).query, keep_blank_values=True)
        request = {
            "method": of.method,
            "url": self._address(of.url),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": self._headers(of.headers),
            "queryString": self._pairs(query),
            "headersSize": -1,
            "bodySize": -1,
        }
        kind = next((value for name, value in of.headers if name.lower() == "content-type"), "")
        if form := of.parameters[len(query) :]:
            request["postData"] = {"mimeType": kind, "params": self._pairs(form)}
        elif of.body:
            text = of.body if self._personal else self._cut("the request's body")
            request["postData"] = {"mimeType": kind or "application/octet-stream", "text": text}
        return request

    def _response(self) -> dict[str, Any]:
        of = self._of
        headers = self._headers(of.answer_headers)
        kind = next((value for name, value in of.answer_headers if name.lower() == "content-type"), "")
        text = self._answer()
        phrases = {status.value: status.phrase for status in HTTPStatus}
        return {
            "status": of.status or 0,
            "statusText": phrases.get(of.status, ""),
            "httpVersion": "HTTP/1.1" if of.status else "unknown",
            "cookies": [],
            "headers": headers,
            "content": {"size": len(text.encode("utf-8", "replace")), "mimeType": kind or "x-unknown", "text": text},
            "redirectURL": next((each["value"] for each in headers if each["name"].lower() == "location"), ""),
            "headersSize": -1,
            "bodySize": -1,
        }

    def _answer(self) -> str:
        """The answer's text; of what is personal only the fields that are known to be none."""
        of = self._of
        if self._personal or not of.answer:
            return str(of.answer)
        try:
            data = json.loads(of.answer)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict) or not (of.kind in _OAUTH or (of.status or 0) >= 400):
            return self._cut("the answer's body")
        kept = self._fields(data)
        if kept != data:
            self._cut("fields of the answer")
        return json.dumps(kept)

    def _fields(self, data: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, value in data.items():
            if value == HIDDEN:
                kept[name] = value
            elif name == "errors" and isinstance(value, list):
                kept[name] = [self._fields(each) for each in value if isinstance(each, dict)]
            elif name in _KEPT_FIELDS and isinstance(value, str | int) and _says_nothing(str(value)):
                kept[name] = value
        return kept

    def _headers(self, headers: Pairs) -> list[dict[str, str]]:
        return [{"name": name, "value": self._header(name.lower(), value)} for name, value in headers]

    def _header(self, name: str, value: str) -> str:
        if self._personal or (name in _KEPT_HEADERS and _says_nothing(value, digits=True)):
            return value
        if name in _ADDRESSES:
            return self._address(value)
        scheme, _, rest = value.partition(" ")
        return value if rest == HIDDEN and scheme.isalpha() else self._cut("values of headers")

    def _pairs(self, pairs: Pairs) -> list[dict[str, str]]:
        return [{"name": name, "value": self._value(name, value)} for name, value in pairs]

    def _value(self, name: str, value: str) -> str:
        if self._personal or not value or value == HIDDEN:
            return value
        if name in _ADDRESSES:
            return self._address(value)
        return value if name in _KEPT_PARAMETERS and _says_nothing(value) else self._cut("values of parameters")

    def _address(self, address: str) -> str:
        """An address without what may name a person: ids and names in its path, and values of its query."""
        if self._personal:
            return _written(address)
        parts = urlsplit(address)
        segments = parts.path.split("/")
        path = [
            # Behind /user/ a hub has a person's name.
            segment if re.fullmatch(_PLAIN, segment) and before != "user" else self._cut("parts of an address")
            for before, segment in zip(["", *segments], segments, strict=False)
        ]
        query = parse_qsl(parts.query, keep_blank_values=True)
        values = urlencode([(name, self._value(name, value)) for name, value in query])
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.scheme else ""
        return _written(f"{place}{'/'.join(path)}{'?' if values else ''}{values}")

    def _cut(self, what: str) -> str:
        self._left_out.append(what)
        return LEFT_OUT


def _says_nothing(value: str, *, digits: bool = False) -> bool:
    """Whether a value has the form of a word, a number or a date, and not that of a phone number or an id."""
    return bool(re.fullmatch(r"[\w .:,;/=+~-]{0,200}", value)) and (digits or not re.search(r"\d{7}", value))


def _written(address: str) -> str:
    """An address as it can be written: also where the record keeps only its beginning, and says so behind it."""
    for mark in (HIDDEN, LEFT_OUT):
        address = address.replace(quote(mark), mark)
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]")


def _whole(value: Any) -> Any:
    """The same without half characters, which no file in UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value
