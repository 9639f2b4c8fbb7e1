"""The same requests to two servers, and what differs between their answers: names and types, never values.

All requests only read, or are wrong on purpose. Together they stay below RingCentral's limits of one minute: ten for
the call logs, five for authorization, of which the login took one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

PATIENCE = 30
"""Seconds for one answer."""
_API = "/restapi/v1.0"
_OTHER_REDIRECT = "http://localhost:1/not-registered"
_CODE = re.compile(r"[A-Z]{3}-\d{1,4}|[A-Za-z_]{1,40}")
_HEADERS = ("RCRequestId", "WWW-Authenticate", "Allow", "Retry-After", "X-Rate-Limit-Group", "X-Rate-Limit-Limit")


@dataclass(frozen=True)
class Server:
    """One of the two: where it is, as which app, and the access token of a login."""

    name: str
    url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    redirect_uri: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Request:
    """A request to both. ``token`` is good, wrong or none; with a ``form`` the app itself asks an OAuth endpoint."""

    title: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    token: str = "good"
    method: str = "GET"
    form: dict[str, str] | None = None
    secret: str = ""


def requests_to_both(date_from: str) -> list[Request]:
    """Return what is asked; call logs and messages from ``date_from`` (ISO 8601)."""
    mine = f"{_API}/account/~/extension/~"
    since = {"dateFrom": date_from, "perPage": "100"}
    code = {"grant_type": "authorization_code", "code": "wrong", "redirect_uri": "REDIRECT_URI"}
    return [
        Request("versions", "/restapi", token="none"),
        Request("discovery", "/.well-known/openid-configuration", token="none"),
        Request("account", f"{_API}/account/~"),
        Request("my extension", mine),
        Request("extension list", f"{_API}/account/~/extension", {"perPage": "2"}),
        Request("phone numbers", f"{mine}/phone-number"),
        Request("devices", f"{mine}/device"),
        Request("presence", f"{mine}/presence", {"detailedTelephonyState": "true"}),
        Request("messages", f"{mine}/message-store", since),
        Request("my calls", f"{mine}/call-log", since),
        Request("my calls in detail", f"{mine}/call-log", {**since, "view": "Detailed"}),
        Request("all calls", f"{_API}/account/~/call-log", since),
        Request("user info", "/restapi/oauth/userinfo"),
        Request("no token", f"{_API}/account/~", token="none"),
        Request("wrong token", f"{_API}/account/~", token="wrong"),
        Request("unknown account", f"{_API}/account/1"),
        Request("unknown extension", f"{_API}/account/~/extension/1"),
        Request("unknown call", f"{mine}/call-log/unknown"),
        Request("unknown message", f"{mine}/message-store/1"),
        Request("unknown path", f"{_API}/account/~/no-such-thing"),
        Request("page 0", f"{_API}/account/~/extension", {"page": "0"}),
        Request("page x", f"{_API}/account/~/extension", {"page": "x"}),
        Request("unknown extension type", f"{_API}/account/~/extension", {"type": "Robot"}),
        Request("unknown view", f"{mine}/call-log", {"view": "Full"}),
        Request("unreadable date", f"{mine}/call-log", {"dateFrom": "yesterday"}),
        Request("unknown app", "/restapi/oauth/authorize", {"response_type": "code", "client_id": "x"}, token="none"),
        Request("wrong redirect URI", "/restapi/oauth/authorize", {"redirect_uri": _OTHER_REDIRECT}, token="none"),
        Request("wrong code", "/restapi/oauth/token", method="POST", form=code),
        Request("wrong secret", "/restapi/oauth/token", method="POST", form=code, secret="wrong"),
        Request("no grant type", "/restapi/oauth/token", method="POST", form={"code": "wrong"}),
    ]


@dataclass(frozen=True)
class Answer:
    """What may be told of an answer: its status, its codes, which headers it has, and the types of its fields."""

    status: int
    codes: tuple[str, ...]
    headers: frozenset[str]
    fields: dict[str, frozenset[str]]
    empty_lists: frozenset[str]


def ask(server: Server, request: Request) -> Answer:
    """Send ``request`` to ``server``. Raises `requests.RequestException` when no answer comes."""
    headers = {"Accept": "application/json"}
    if request.form is None and request.token != "none":
        headers["Authorization"] = f"Bearer {server.token if request.token == 'good' else 'wrong'}"
    query = dict(request.query)
    if "redirect_uri" in query:
        query |= {"response_type": "code", "client_id": server.client_id}
    form = {name: value.replace("REDIRECT_URI", server.redirect_uri) for name, value in (request.form or {}).items()}
    response = requests.request(
        request.method,
        server.url + request.path,
        params=query,
        data=form or None,
        headers=headers,
        auth=(server.client_id, request.secret or server.client_secret) if request.form else None,
        allow_redirects=False,
        timeout=PATIENCE,
    )
    try:
        body = response.json()
    except ValueError:
        body = None
    found: dict[str, set[str]] = {}
    empty: set[str] = set()
    _outline(body, "", found, empty)
    return Answer(
        status=response.status_code,
        codes=tuple(_codes(body)),
        headers=frozenset(name for name in _HEADERS if name in response.headers),
        fields={name: frozenset(types) for name, types in found.items()},
        empty_lists=frozenset(empty),
    )


def differences(real: Answer, practice: Answer) -> Iterator[str]:
    """Yield what differs, a line for each; fields inside a list that is empty on one side are left out."""
    if real.status != practice.status:
        yield f"status {real.status}, practice {practice.status}"
    if real.codes != practice.codes:
        yield f"codes {_listed(real.codes)}, practice {_listed(practice.codes)}"
    for name in sorted(real.headers ^ practice.headers):
        yield f"header {name} only {'there' if name in real.headers else 'in practice'}"
    for name in sorted(real.fields.keys() | practice.fields.keys()):
        here, there = practice.fields.get(name), real.fields.get(name)
        if here == there or any(name.startswith(f"{empty}[]") for empty in real.empty_lists ^ practice.empty_lists):
            continue
        if there is None:
            yield f"field {name} ({_listed(here or ())}) only in practice"
        elif here is None:
            yield f"field {name} ({_listed(there)}) only there"
        elif not here & there:
            yield f"field {name} is {_listed(there)}, practice {_listed(here)}"


def _codes(body: Any) -> Iterator[str]:
    """Yield the codes of an error answer: they are a fixed vocabulary, and what is not of it stays unsaid."""
    if not isinstance(body, dict):
        return
    errors = body.get("errors")
    inner = [one.get("errorCode") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    for code in (body.get("error"), body.get("errorCode"), *inner):
        if isinstance(code, str):
            yield code if _CODE.fullmatch(code) else "(unreadable)"


def _outline(value: Any, name: str, found: dict[str, set[str]], empty: set[str]) -> None:
    """Collect the type of each field below ``name``; the entries of a list count as one."""
    if name:
        found.setdefault(name, set()).add(_type(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            _outline(inner, f"{name}.{key}" if name else str(key), found, empty)
    elif isinstance(value, list):
        if not value:
            empty.add(name)
        for inner in value:
            _outline(inner, f"{name}[]", found, empty)


def _type(value: Any) -> str:
    if value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def _listed(names: Any) -> str:
    return " or ".join(sorted(names)) if isinstance(names, frozenset) else ", ".join(names) or "none"
