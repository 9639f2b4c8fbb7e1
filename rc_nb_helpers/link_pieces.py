"""The address of a sign-in page, and the answer to it, taken apart into pieces for people. Pure: no network, no clock.

What may be shown. The state and the code challenge of a link are in the browser's address bar while a person signs in,
and are good for that login alone: they are shown, for a link without them cannot be understood. The code of an answer
gets tokens; it is hidden, as is every value whose name says that it is a secret. Of a pasted answer only such values
are repeated as cannot be anybody's: a person may have pasted anything.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote_plus

from .authorization import AUTHORIZE_PATH, AuthorizationRequest, query_of
from .errors import CallbackRejected, ConfigurationError, LoginError, of_type
from .loopback import is_loopback
from .meanings import meaning_of
from .pasted import MOST_CHARACTERS, answer_in
from .redaction import HIDDEN, is_secret, masked, opaque
from .sentences.saying import say

MOST_PARAMETERS = 40
"""How many parameters of an address are shown."""
MOST_SHOWN = 200
"""How many characters of a piece are shown."""
LEAST_STATE = 16
"""A state with fewer characters can be guessed."""
CHALLENGE_CHARACTERS = 43
"""How long an S256 challenge is (RFC 7636 §4.2)."""

Colour = Literal["server", "app", "wish", "way-back", "state", "pkce", "other"]

_COLOURS: dict[str, Colour] = {
    "client_id": "app",
    "response_type": "wish",
    "scope": "wish",
    "redirect_uri": "way-back",
    "state": "state",
    "code_challenge": "pkce",
    "code_challenge_method": "pkce",
    "code": "pkce",
    "expires_in": "pkce",
    "error": "wish",
    "error_description": "wish",
    "iss": "server",
}
_ADDRESS = re.compile(r"(?is)(https?://[^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?")
_IN_EVERY_ADDRESS_BAR = ("state", "code_challenge")
_HARMLESS_IN_ANSWERS = ("expires_in", "error", "error_description")


@dataclass(frozen=True)
class Piece:
    """A part of an address.

    Attributes:
        name: The parameter, or what the part is, such as ``"server"``.
        colour: The colour of its kind; the name tells the same in words.
        text: How it stands in the address; empty where it is missing.
        value: What that means, readable; empty where there is nothing to read.
        purpose: What it is for.
        protects: The attack that it stops, where it is one, in words that fit what stands here.
        note: What is amiss with it; empty when all is well.
        source: Who says so.
        link: The https address of that place.
    """

    name: str
    colour: Colour
    text: str
    value: str = ""
    purpose: str = ""
    protects: str = ""
    note: str = ""
    source: str = ""
    link: str = ""


@dataclass(frozen=True)
class TakenApart:
    """A link in pieces.

    Attributes:
        pieces: In their order.
        missing: What a sign-in page's address should have, and this one lacks, each with what may happen then.
        is_sign_in: Whether it leads to a sign-in page at all.
        request: What it asks, to hold an answer against; None when it asks for none.
    """

    pieces: tuple[Piece, ...]
    missing: tuple[Piece, ...]
    is_sign_in: bool
    request: AuthorizationRequest | None


@dataclass(frozen=True)
class Compared:
    """An answer, held against a link.

    Attributes:
        fits: Whether it is the answer to this link, be it a yes or a no.
        happened: What was found.
        why: Its cause; may be empty.
        cure: What to do next; may be empty.
        pieces: The answer in pieces; none when there is none in it.
    """

    fits: bool
    happened: str
    why: str = ""
    cure: str = ""
    pieces: tuple[Piece, ...] = ()


@opaque
def take_apart(url: str) -> TakenApart:
    """Take a link apart.

    Args:
        url: Any web address.

    Raises:
        ConfigurationError: It is none.
    """
    found = _ADDRESS.fullmatch(url) if isinstance(url, str) else None
    if found is None:
        what = "this text is no web address" if isinstance(url, str) else f"this is {of_type(url)}"
        raise ConfigurationError(
            f"There is no link to take apart: {what}.",
            why="A link is a text that begins with https:// or http://.",
            cure="Pass a sign-in page's address: show_link(attempt.authorize_url), or the one that you have built.",
        )
    server, path, query, fragment = (each or "" for each in found.groups())
    pairs = list(_pairs(query))
    values = {name: value for name, _, value in reversed(pairs) if value}
    is_sign_in = path.endswith(AUTHORIZE_PATH) or "response_type" in values
    pieces = [_server(server, is_sign_in)]
    pieces += [_path(path, is_sign_in)] if path else []
    names = [name for name, _, _ in pairs]
    for number, (name, raw, value) in enumerate(pairs[:MOST_PARAMETERS]):
        mark = "&" if number else "?"
        pieces.append(_parameter(mark, name, raw, value, twice=name in names[:number], values=values))
    if len(pairs) > MOST_PARAMETERS:
        rest = say("pieces.more-parameters", count=len(pairs) - MOST_PARAMETERS)
        pieces.append(Piece(say("pieces.rest"), "other", "&…", rest))
    if fragment:
        sent = f"#{_as_sent(masked(fragment))}"
        pieces.append(Piece(say("pieces.fragment"), "other", sent, purpose=say("pieces.fragment-purpose")))
    return TakenApart(
        pieces=tuple(pieces),
        missing=tuple(_missing(values)) if is_sign_in else (),
        is_sign_in=is_sign_in,
        request=_request(url, values) if values.get("redirect_uri") else None,
    )


@opaque
def compare(answer: str, link: TakenApart) -> Compared:
    """Hold an answer against a link, as an app does with what its listener gets.

    Args:
        answer: What a person has pasted: the address on which the browser ended, with whatever has come along.
        link: The link that it may belong to.

    Returns:
        What was found. Neither the code nor the answer's state is in it.
    """
    request = link.request
    if request is None:
        return Compared(False, say("pieces.asks-nothing"), why=say("pieces.asks-nothing-why"))
    if not request.state:
        why, cure = say("pieces.no-state-why"), say("pieces.no-state-cure")
        return Compared(False, say("pieces.no-state"), why, cure, _answer(answer, request))
    try:
        query = answer_in(answer, request)
    except CallbackRejected as rejected:
        return Compared(False, rejected.happened, rejected.why, rejected.cure, _answer(answer, request))
    pieces = _answer(query, request, answer)
    try:
        request.read_response(query)
    except LoginError as refusal:
        return Compared(True, f"{say('pieces.it-is-no')} {refusal.happened}", refusal.why, refusal.cure, pieces)
    return Compared(True, say("pieces.fits"), say("pieces.fits-why"), say("pieces.fits-cure"), pieces)


def request_of(url: str) -> AuthorizationRequest | None:
    """What a sign-in page's address asks, as far as an answer can be held against it; None when it asks for none.

    Args:
        url: Any web address.
    """
    found = _ADDRESS.fullmatch(url)
    values = {name: value for name, _, value in reversed(list(_pairs(found[3] or ""))) if value} if found else {}
    return _request(url, values) if values.get("redirect_uri") else None


def _request(url: str, values: dict[str, str]) -> AuthorizationRequest:
    return AuthorizationRequest(
        server_url=url.partition(AUTHORIZE_PATH)[0],
        client_id=values.get("client_id", ""),
        redirect_uri=values["redirect_uri"],
        state=values.get("state", ""),
    )


def _pairs(query: str) -> Iterator[tuple[str, str, str]]:
    """Each parameter of a query: its name, how it stands there, and its value."""
    for raw in filter(None, query.split("&")):
        name, _, value = raw.partition("=")
        yield unquote_plus(name), raw, unquote_plus(value)


def _server(server: str, is_sign_in: bool) -> Piece:
    bare = re.sub(r"//.*@", f"//{HIDDEN}@", server)
    note = ""
    if bare != server:
        note = say("pieces.name-before-server")
    elif server[:5].lower() == "http:" and not is_loopback(server):
        note = say("pieces.server-unencrypted")
    purpose = say("pieces.server-purpose") if is_sign_in else ""
    return Piece(say("pieces.server"), "server", _as_sent(bare), purpose=purpose, note=note)


def _path(path: str, is_sign_in: bool) -> Piece:
    if not is_sign_in:
        return Piece(say("pieces.path"), "other", _as_sent(masked(path)))
    return Piece(
        say("pieces.path"),
        "server",
        _as_sent(masked(path)),
        purpose=say("pieces.path-purpose"),
        source="RFC 6749 §3.1",
        link="https://www.rfc-editor.org/rfc/rfc6749#section-3.1",
    )


def _parameter(mark: str, name: str, raw: str, value: str, *, twice: bool, values: dict[str, str]) -> Piece:
    meaning = meaning_of(name, "authorization")
    hidden = masked(value) != value or (is_secret(name) and name not in _IN_EVERY_ADDRESS_BAR and bool(value))
    if hidden:
        raw, value = f"{raw.partition('=')[0]}={HIDDEN}", HIDDEN
    note = say("pieces.twice") if twice else _note(name, value, values)
    if hidden and meaning is None:
        note = say("pieces.secret")
    return Piece(
        name=_readable(name),
        colour=_COLOURS.get(name, "other"),
        text=mark + _as_sent(raw),
        value=_readable(value),
        purpose=meaning.purpose if meaning else say("pieces.unknown"),
        protects=meaning.protects if meaning and not note else "",
        note=note,
        source=meaning.source if meaning else "",
        link=meaning.link if meaning else "",
    )


def _note(name: str, value: str, values: dict[str, str]) -> str:
    """What is amiss with the value of a parameter."""
    method = values.get("code_challenge_method", "plain")
    if not value:
        return "" if meaning_of(name, "authorization") is None else say("pieces.empty")
    if name == "response_type" and value != "code":
        return say("pieces.only-code")
    if name == "redirect_uri" and not re.match(r"(?i)https?://", value):
        return say("pieces.no-address")
    if name == "redirect_uri" and value[:5].lower() == "http:" and not is_loopback(value):
        return say("pieces.code-unencrypted")
    if name == "state" and len(value) < LEAST_STATE:
        return say("pieces.short-state")
    if name == "code_challenge" and method == "S256" and len(value) != CHALLENGE_CHARACTERS:
        return say("pieces.no-fingerprint", wanted=CHALLENGE_CHARACTERS, count=len(value))
    if name == "code_challenge_method" and value != "S256":
        return say("pieces.plain")
    return ""


def _missing(values: dict[str, str]) -> Iterator[Piece]:
    without = {
        "response_type": say("pieces.without-response-type"),
        "client_id": say("pieces.without-client-id"),
        "redirect_uri": say("pieces.without-redirect-uri"),
        "state": say("pieces.without-state"),
        "code_challenge": say("pieces.without-challenge"),
        "code_challenge_method": say("pieces.without-method"),
    }
    for name, note in without.items():
        if name in values or (name == "code_challenge_method" and "code_challenge" not in values):
            continue
        if meaning := meaning_of(name, "authorization"):
            yield Piece(name, _COLOURS[name], "", note=note, source=meaning.source, link=meaning.link)


def _answer(query: str, request: AuthorizationRequest, address: str = "") -> tuple[Piece, ...]:
    """The pieces of an answer, as far as there is one."""
    address = address or query
    if not isinstance(query, str) or len(query) > MOST_CHARACTERS:
        return ()
    try:
        pairs = list(_pairs(query_of(query)))
    except ValueError:
        return ()
    names = [name for name, _, _ in pairs]
    if not {"code", "error", "state"} & set(names) or "response_type" in names:
        return ()
    pieces = [
        _ours(name, value, number, names, request) for number, (name, _, value) in enumerate(pairs[:MOST_PARAMETERS])
    ]
    return (_way_back(address, request), *pieces)


def _way_back(address: str, request: AuthorizationRequest) -> Piece:
    name = say("pieces.address")
    if address.strip().startswith(request.redirect_uri):
        return Piece(name, "way-back", _as_sent(request.redirect_uri), purpose=say("pieces.address-purpose"))
    return Piece(name, "way-back", "…", say("pieces.not-shown"), say("pieces.another-address"))


def _ours(name: str, value: str, number: int, names: list[str], request: AuthorizationRequest) -> Piece:
    meaning = meaning_of(name, "callback")
    shown, there, foreign = say("pieces.not-shown"), "…", False
    if name == "state" and request.state:
        same = hmac.compare_digest(value.encode("utf-8", "replace"), request.state.encode("utf-8", "replace"))
        foreign, shown = not same, say("pieces.same-state" if same else "pieces.other-state")
        there = f"({shown})"
    elif name == "code":
        shown = there = HIDDEN
    elif name in _HARMLESS_IN_ANSWERS:
        harmless = masked(value, secrets=(request.state,))
        shown, there = _readable(harmless), _as_sent(harmless)
    known = meaning is not None
    return Piece(
        name=name if known else say("pieces.another-parameter"),
        colour=_COLOURS.get(name, "other"),
        text=f"{'&' if number else '?'}{name if known else '…'}={there}",
        value=shown,
        purpose=meaning.purpose if meaning else say("pieces.unknown-here"),
        protects=meaning.protects if meaning and not foreign else "",
        note=say("pieces.twice") if name in names[:number] else say("pieces.foreign") if foreign else "",
        source=meaning.source if meaning else "",
        link=meaning.link if meaning else "",
    )


def _as_sent(text: str) -> str:
    """The beginning of a part of an address as a browser sends it: letters that are not ASCII's are percent-encoded."""
    sent = quote(text[: MOST_SHOWN + 1], safe="!#$%&'()*+,/:;=?@[]~", errors="replace")
    return sent if len(sent) <= MOST_SHOWN else f"{sent[:MOST_SHOWN]}…"


def _readable(text: str) -> str:
    """A value for people: what has no sign of its own, or turns the reading direction, as an escape; the beginning."""
    seen = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: MOST_SHOWN + 1])
    begins = seen[:MOST_SHOWN]
    return say("pieces.cut", text=begins, count=len(text)) if len(text) > MOST_SHOWN else begins
