"""A request as others would write it: as HTTP, as ``curl``, and as the Python that sends it.

Whoever reads one of these may paste it into a terminal or a cell, so no value can end its quotes: it is always one
word of the shell, one literal of Python. A secret is not there; in its place is the name of a variable.
"""

from __future__ import annotations

import json
import keyword
import math
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from .exchanges import Fields
from .redaction import HIDDEN

_MOST_IN_A_LINE = 88
_FORM = "application/x-www-form-urlencoded"
_MASK_OF_PRACTICE = "•••"
_CUT = r"… \(\d+ characters in all\)\Z"
_CUT_NOTE = "# The record keeps only the beginning of what is long: this is not the whole request.\n"
_NAME_BEFORE = r"""([^?&#=\s"]+)=\Z|"([^"\\]+)"\s*:\s*"\Z"""
_WITHOUT = "\n\n# The same without the helpers:\n"
_BY_THE_BROWSER = (
    "# No program sends this: the person's browser does, from the server's own page. A password belongs there only.\n"
)


@dataclass(frozen=True)
class Request:
    """A request that can be written down.

    Attributes:
        method: HTTP method.
        url: The whole address, with its query; or a path, where the server is not known.
        headers: Names and values.
        form: Names and values of a form in the body; empty where the body is something else.
        body: The body, unless it is a form.
        kind: What it is for: ``"authorization"``, ``"callback"``, ``"token"``, ``"refresh"``, ``"revoke"``, ``"API"``
            or another word.
    """

    method: str
    url: str
    headers: Fields = ()
    form: Fields = ()
    body: str = ""
    kind: str = "API"


@dataclass(frozen=True)
class Reply:
    """The answer to a request, as :func:`as_http` writes it.

    Attributes:
        status: HTTP status code.
        headers: Names and values.
        body: Its text.
    """

    status: int
    headers: Fields = ()
    body: str = ""


class _Recorded(Protocol):
    """What :func:`request_of` and :func:`reply_of` read: an exchange, or a message of the wire."""

    @property
    def kind(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def parameters(self) -> Fields: ...
    @property
    def headers(self) -> Fields: ...
    @property
    def body(self) -> str: ...
    @property
    def status(self) -> int | None: ...
    @property
    def answer_headers(self) -> Fields: ...
    @property
    def answer(self) -> str: ...


def request_of(recorded: _Recorded) -> Request:
    """The request of something that was recorded.

    Args:
        recorded: An exchange, or a message of the wire.
    """
    url = recorded.url
    parameters = tuple((name, HIDDEN if value == _MASK_OF_PRACTICE else value) for name, value in recorded.parameters)
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    # Query and form are recorded as one; the query comes first.
    names = [name for name, _ in query]
    form = parameters[len(query) :] if [name for name, _ in parameters[: len(query)]] == names else ()
    if form and recorded.method in ("GET", "HEAD"):
        url, form = f"{url}{'&' if query else '?'}{_form_text(form)}", ()
    return Request(recorded.method, url, recorded.headers, form, recorded.body, recorded.kind)


def reply_of(recorded: _Recorded) -> Reply | None:
    """The answer of something that was recorded; None where none came.

    Args:
        recorded: An exchange, or a message of the wire.
    """
    if recorded.status is None:
        return None
    return Reply(recorded.status, recorded.answer_headers, recorded.answer)


# --- as HTTP


def as_http(request: Request, answer: Reply | None = None) -> str:
    """Write a request, and its answer where there is one, as they go over the wire.

    Args:
        request: The request.
        answer: Its answer.
    """
    if not request.method:
        return ""  # nobody has recorded it
    parts = urlsplit(request.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = [f"Host: {parts.netloc}"] if parts.netloc else []
    head = [f"{request.method} {path} HTTP/1.1", *host, *_lines(request.headers)]
    text = _message(head, _form_text(request.form) or request.body)
    if answer is None:
        return text
    phrases = {status.value: status.phrase for status in HTTPStatus}
    first = f"HTTP/1.1 {answer.status} {phrases.get(answer.status, '')}".rstrip()
    return f"{text}\n\n{_message([first, *_lines(answer.headers)], answer.body)}"


def _lines(headers: Fields) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _message(head: list[str], body: str) -> str:
    # A line break in a header would look like one more header, or like the answer.
    lines = [_visible(line, but="") for line in head]
    return "\n".join([*lines, "", _visible(body, but="\n\t")] if body else lines)


def _visible(text: str, *, but: str) -> str:
    """A text with its invisible characters written out, which could turn it round or hide a part of it."""
    return "".join(each if each.isprintable() or each in but else repr(each)[1:-1] for each in text)


def _form_text(pairs: Fields) -> str:
    return urlencode([(_whole(name), _whole(value)) for name, value in pairs]).replace("%28hidden%29", HIDDEN)


# --- as curl


def as_curl(request: Request) -> str:
    """Write a request as a command for a shell such as bash.

    A secret is a variable there: ``$ACCESS_TOKEN``, ``$CODE``, ``$CLIENT_ID`` and ``$CLIENT_SECRET``.

    Args:
        request: The request.
    """
    if not request.method:
        return ""
    has_body = bool(request.form or request.body)
    parts = [] if request.method == ("POST" if has_body else "GET") else [f"--request {_word(request.method)}"]
    server = '"$SERVER_URL"' if request.url.startswith("/") else ""
    parts.append(f"--url {server}{_word(request.url)}")
    if re.search(r"[\[\]{}]", request.url):
        parts.append("--globoff")  # or curl would take brackets for a list of addresses
    for name, value in _sendable(request):
        scheme = value.split(" ")[0].lower() if name.lower() == "authorization" and HIDDEN in value else ""
        if scheme == "basic":
            parts.append('--user "$CLIENT_ID:$CLIENT_SECRET"')
        elif scheme == "bearer":
            parts.append('--header "Authorization: Bearer $ACCESS_TOKEN"')
        else:
            parts.append(f"--header {_word(f'{name}: {value}' if value else f'{name};', name)}")
    parts += [f"--data-urlencode {_word(f'{quote(_whole(name))}={value}', name)}" for name, value in request.form]
    if request.body and not request.form:
        parts.append(f"--data-raw {_word(request.body)}")
    return (_CUT_NOTE if _is_cut(request) else "") + "curl " + " \\\n  ".join(parts)


def _word(text: str, name: str = "") -> str:
    """A text as one word of the shell, with a variable for each secret in it."""
    pieces = (
        f'"${{{of.upper()}}}"' if of and of[-1].isdigit() else f'"${of.upper()}"' if of else _quoted(literal)
        for literal, of in _pieces(text, name)
    )
    return "".join(pieces) or "''"


def _quoted(text: str) -> str:
    if text.isprintable():
        return shlex.quote(text)
    # A terminal would act on an escape sequence that is pasted, and a bidi character would hide what is run.
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character: str) -> str:
    if character.isprintable() and character not in "\\'!":
        return character
    return {"\n": "\\n", "\t": "\\t"}.get(character) or "".join(f"\\x{byte:02x}" for byte in character.encode())


# --- as Python


def as_python(request: Request, session: str = "session") -> str:
    """Write a request as the Python that sends it: with the helpers, and with ``requests`` alone.

    Args:
        request: The request.
        session: What the Session is called there.
    """
    session = session if session.isidentifier() and not keyword.iskeyword(session) else "session"
    if not request.method:
        return ""
    note = _CUT_NOTE if _is_cut(request) else ""
    form = dict(request.form)
    if request.kind == "API":
        ours = _call(request, session)
        return note + (f"{ours}{_WITHOUT}" if ours else "") + as_requests(request)
    if request.kind == "authorization":
        return note + _authorization(request, session)
    if request.kind == "callback":
        return note + _callback(request, session)
    if request.kind == "token" and form.get("grant_type") == "authorization_code":
        arguments = [
            f"{ours}={_literal(form[theirs], theirs)}"
            for ours, theirs in (("code", "code"), ("redirect_uri", "redirect_uri"), ("verifier", "code_verifier"))
            if theirs in form
        ]
        ours = f"# {session}.begin_login() does it by itself, as soon as the code arrives.\n"
        return note + ours + _laid_out(f"{session}.platform.login", arguments) + _WITHOUT + as_requests(request)
    if request.kind in ("refresh", "revoke"):
        ours = f"{session}.refresh()" if request.kind == "refresh" else f"{session}.logout()"
        return note + ours + _WITHOUT + as_requests(request)
    return note + (as_requests(request) if request.kind == "token" else _BY_THE_BROWSER)


def as_session_call(request: Request) -> str:
    """Write a call of the API as one statement with a Session; empty where a Session has no such call.

    It begins with ``answer =``, so it may be pasted into a cell of its own, over another such statement, and also over
    what stands behind another one's ``answer =``, at any depth.

    Args:
        request: The request.
    """
    ours = _call(request, "session")
    return ours and f"answer = {ours}"


def _call(request: Request, session: str) -> str:
    """A call of the API with a Session; empty where a Session has no such call."""
    path, query = _whole(urlsplit(request.url).path), _grouped(_query_of(request))
    is_json, body = _json(request.body) if request.body else (True, None)
    if request.form or not is_json:
        return ""
    by_name = {name: value for name, value in query.items() if _may_be_argument(name)}
    if request.method == "GET" and not request.body and by_name == query:
        arguments = [_literal(path), *(f"{name}={_value(value, name)}" for name, value in query.items())]
        return _laid_out(f"{session}.get", arguments)
    if request.method == "POST" and not query:
        return _laid_out(f"{session}.post", [_literal(path), *([_value(body)] if request.body else [])])
    arguments = [_literal(request.method), _literal(path)]
    arguments += [f"query={_value(query)}"] if query else []
    arguments += [f"body={_value(body)}"] if request.body else []
    return _laid_out(f"{session}.call", arguments) + ".data"


def _may_be_argument(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and name not in ("self", "path")


def _authorization(request: Request, session: str) -> str:
    query = dict(_query_of(request))
    chosen = [f"{name}={_literal(query[name], name)}" for name in ("login_hint", "prompt") if query.get(name)]
    address = f"{_address(request.url.split('?')[0] + '?')} + urlencode"
    return (
        _laid_out(f"attempt = {session}.begin_login", chosen)
        + "\nattempt.authorize_url  # what the browser opens"
        + _WITHOUT
        + "from urllib.parse import urlencode\n\n"
        + _laid_out(f"authorize_url = {address}", [_value(query)])
    )


def _callback(request: Request, session: str) -> str:
    return (
        f"# The browser brings this. The listener that {session}.begin_login() has opened reads it:\n"
        "from urllib.parse import parse_qsl, urlsplit\n\n"
        f"answer = dict(parse_qsl(urlsplit({_literal(request.url)}).query))\n\n"
        "# By hand, with the address at which the browser has ended:\n"
        f"{session}.attempt.submit({_literal(request.url)})"
    )


def as_requests(request: Request) -> str:
    """Write a request as a Python program without the helpers.

    Args:
        request: The request.
    """
    arguments = [_address(urlsplit(request.url)._replace(query="", fragment="").geturl())]
    known = request.method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    function = f"answer = requests.{request.method.lower() if known else 'request'}"
    arguments = arguments if known else [_literal(request.method), *arguments]
    if query := _grouped(_query_of(request)):
        arguments.append(f"params={_value(query, as_text=True)}")
    headers: list[str] = []
    for name, value in _sendable(request):
        scheme = value.split(" ")[0].lower() if name.lower() == "authorization" and HIDDEN in value else ""
        if scheme == "basic":
            arguments.append("auth=(client_id, client_secret)")
        elif scheme == "bearer":
            headers.append('"Authorization": "Bearer " + access_token')
        else:
            headers.append(f"{_literal(name)}: {_literal(value, name)}")
    if headers:
        arguments.append("headers={" + ", ".join(headers) + "}")
    if request.form:
        arguments.append(f"data={_value(_grouped(request.form), as_text=True)}")
    elif request.body:
        is_json, body = _json(request.body)
        arguments.append(f"json={_value(body)}" if is_json else f"data=({_literal(request.body)}).encode()")
    return f"import requests\n\n{_laid_out(function, [*arguments, 'timeout=30'])}"


def _address(url: str) -> str:
    return f"{'server_url + ' if url.startswith('/') else ''}{_literal(url)}"


def _json(text: str) -> tuple[bool, Any]:
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def _query_of(request: Request) -> Fields:
    return tuple(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def _grouped(pairs: Fields) -> dict[str, str | list[str]]:
    """Names with their values; with a list where a name is there several times."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _laid_out(function: str, arguments: list[str]) -> str:
    """A call in one line, or with a line for each argument."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _MOST_IN_A_LINE:
        return line
    return f"{function}(\n" + "".join(f"    {each},\n" for each in arguments) + ")"


def _value(value: Any, name: str = "", *, as_text: bool = False, indent: int = 4) -> str:
    """A value as a literal of Python. Texts are numbers and truth values again where they are written the same."""
    if isinstance(value, dict):
        inside = indent + 4
        pairs = [f"{_literal(key)}: {_value(each, key, as_text=True, indent=inside)}" for key, each in value.items()]
        line = "{" + ", ".join(pairs) + "}"
        if indent + len(line) <= _MOST_IN_A_LINE:
            return line
        return "{\n" + "".join(f"{' ' * inside}{pair},\n" for pair in pairs) + " " * indent + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each, name, as_text=as_text, indent=indent) for each in value) + "]"
    if isinstance(value, str):
        if not as_text and re.fullmatch(r"0|[1-9][0-9]{0,14}", value):
            return value
        return {"true": "True", "false": "False"}.get("" if as_text else value) or _literal(value, name)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _literal(text: str, name: str = "") -> str:
    """A text as a literal of Python, with a variable for each secret in it."""
    return " + ".join(of or _repr(literal) for literal, of in _pieces(text, name)) or '""'


def _repr(text: str) -> str:
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in text else written


# --- what all of them share


def _sendable(request: Request) -> Iterable[tuple[str, str]]:
    """The headers that whoever sends the request has to name; a form's type comes with the form."""
    for name, value in request.headers:
        # A name with anything else in it could be an option of curl, or a second header.
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            continue
        if name.lower() == "content-type" and (
            value.startswith(_FORM) if request.form else not request.body and not value.startswith("multipart/")
        ):
            continue
        yield name, re.sub(r"[\r\n\0]+", " ", value)


def _pieces(text: str, name: str) -> Iterable[tuple[str, str]]:
    """What a text is made of: a literal and "", or "" and the name of what is hidden there."""
    literals = _whole(text).split(HIDDEN)
    for number, literal in enumerate(literals):
        if literal:
            yield literal, ""
        if number < len(literals) - 1:
            before = re.search(_NAME_BEFORE, literal[-100:])
            yield "", _identifier(name or (before and (before[1] or before[2])) or "")


def _identifier(name: str) -> str:
    """A name for a variable, whatever a parameter is called: ``accessToken`` is ``access_token``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:60])
    plain = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower()
    if not plain or plain[0].isdigit():
        plain = f"hidden_{plain}".strip("_")
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def _whole(text: str) -> str:
    """A text without half characters and NUL, which nothing can send."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _is_cut(request: Request) -> bool:
    return any(re.search(_CUT, text) for text in (request.url, request.body))
