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
_SAME, _OTHER = "the same as in the link", "not the one in the link"
_NOT_SHOWN = "(not shown)"


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
        pieces.append(Piece("the rest", "other", "&…", f"{len(pairs) - MOST_PARAMETERS} more parameters"))
    if fragment:
        purpose = "What stands behind a # stays in the browser: it is never sent to the server."
        pieces.append(Piece("fragment", "other", f"#{_as_sent(masked(fragment))}", purpose=purpose))
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
        return Compared(False, "This link asks for no answer.", why="It has no redirect_uri.")
    if not request.state:
        why = "The link has sent no state, so an answer to it looks like any other."
        cure = "Put a state into the link, new for each login: secrets.token_urlsafe(32)."
        return Compared(False, "Nobody can tell whether this answers the link.", why, cure, _answer(answer, request))
    try:
        query = answer_in(answer, request)
    except CallbackRejected as rejected:
        return Compared(False, rejected.happened, rejected.why, rejected.cure, _answer(answer, request))
    pieces = _answer(query, request, answer)
    try:
        request.read_response(query)
    except LoginError as refusal:
        happened = f"This is the answer to the link, and it is no. {refusal.happened}"
        return Compared(True, happened, refusal.why, refusal.cure, pieces)
    why = "Its state is the one that the link has sent."
    cure = "An app trades the code for tokens now: a code works once, and for about 60 seconds."
    return Compared(True, "This is the answer to the link.", why, cure, pieces)


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
        note = "A name before an @ is no part of the server's: people are deceived with it."
    elif server[:5].lower() == "http:" and not is_loopback(server):
        note = "Not encrypted: others in the network can read along, and the password with it."
    purpose = "Who shows the sign-in page: type a password only where this is RingCentral's." if is_sign_in else ""
    return Piece("server", "server", _as_sent(bare), purpose=purpose, note=note)


def _path(path: str, is_sign_in: bool) -> Piece:
    if not is_sign_in:
        return Piece("path", "other", _as_sent(masked(path)))
    return Piece(
        "path",
        "server",
        _as_sent(masked(path)),
        purpose="Which page: the authorization endpoint, where a login begins.",
        source="RFC 6749 §3.1",
        link="https://www.rfc-editor.org/rfc/rfc6749#section-3.1",
    )


def _parameter(mark: str, name: str, raw: str, value: str, *, twice: bool, values: dict[str, str]) -> Piece:
    meaning = meaning_of(name, "authorization")
    hidden = masked(value) != value or (is_secret(name) and name not in _IN_EVERY_ADDRESS_BAR and bool(value))
    if hidden:
        raw, value = f"{raw.partition('=')[0]}={HIDDEN}", HIDDEN
    note = _TWICE if twice else _note(name, value, values)
    if hidden and meaning is None:
        note = "Its name says that it is a secret. A secret does not belong into a link."
    return Piece(
        name=_readable(name),
        colour=_COLOURS.get(name, "other"),
        text=mark + _as_sent(raw),
        value=_readable(value),
        purpose=meaning.purpose if meaning else "Neither the standards nor RingCentral know a parameter of this name.",
        protects=meaning.protects if meaning and not note else "",
        note=note,
        source=meaning.source if meaning else "",
        link=meaning.link if meaning else "",
    )


_TWICE = "It stands here a second time. A parameter may appear only once (RFC 6749 §3.1): which one would count?"


def _note(name: str, value: str, values: dict[str, str]) -> str:
    """What is amiss with the value of a parameter."""
    method = values.get("code_challenge_method", "plain")
    if not value:
        return "" if meaning_of(name, "authorization") is None else "Empty, which is as if it were not there."
    if name == "response_type" and value != "code":
        return "RingCentral gives a code and nothing else: this has to be code."
    if name == "redirect_uri" and not re.match(r"(?i)https?://", value):
        return "This is no web address: no browser can go there with the answer."
    if name == "redirect_uri" and value[:5].lower() == "http:" and not is_loopback(value):
        return "Not encrypted: others in the network can read the code on its way."
    if name == "state" and len(value) < LEAST_STATE:
        return "Short enough to be guessed. Make it long and new for each login: secrets.token_urlsafe(32)."
    if name == "code_challenge" and method == "S256" and len(value) != CHALLENGE_CHARACTERS:
        return (
            f"A fingerprint of S256 has {CHALLENGE_CHARACTERS} characters, and this has {len(value)}: no verifier fits."
        )
    if name == "code_challenge_method" and value != "S256":
        return "Whoever sees this link sees the verifier itself, and PKCE protects nothing. Use S256."
    return ""


_WITHOUT = {
    "response_type": "without it RingCentral refuses the link.",
    "client_id": "without it RingCentral cannot know which app asks, and shows an error page.",
    "redirect_uri": "without it the answer can only go to the app's registered address, if there is just one.",
    "state": "without it anybody can send your browser to the app with a code of theirs, and the app takes it for the "
    "answer. You would work in their account without knowing it.",
    "code_challenge": "without it (PKCE) a thief who sees the code on its way needs only the app's secret to trade it, "
    "and not even that where the app has none.",
    "code_challenge_method": "without it the challenge counts as plain: as the verifier itself, which this link then "
    "shows to everybody who sees it.",
}


def _missing(values: dict[str, str]) -> Iterator[Piece]:
    for name, without in _WITHOUT.items():
        if name in values or (name == "code_challenge_method" and "code_challenge" not in values):
            continue
        if meaning := meaning_of(name, "authorization"):
            note = f"Not there: {without}"
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
    purpose = "Where the browser has brought the answer: the link's redirect URI."
    if address.strip().startswith(request.redirect_uri):
        return Piece("address", "way-back", _as_sent(request.redirect_uri), purpose=purpose)
    return Piece("address", "way-back", "…", _NOT_SHOWN, "It does not begin with the link's redirect URI.")


def _ours(name: str, value: str, number: int, names: list[str], request: AuthorizationRequest) -> Piece:
    meaning = meaning_of(name, "callback")
    shown, there = _NOT_SHOWN, "…"
    if name == "state":
        same = hmac.compare_digest(value.encode("utf-8", "replace"), request.state.encode("utf-8", "replace"))
        shown = (_SAME if same else _OTHER) if request.state else _NOT_SHOWN
        there = f"({shown})" if request.state else there
    elif name == "code":
        shown = there = HIDDEN
    elif name in _HARMLESS_IN_ANSWERS:
        harmless = masked(value, secrets=(request.state,))
        shown, there = _readable(harmless), _as_sent(harmless)
    known = meaning is not None
    return Piece(
        name=name if known else "another parameter",
        colour=_COLOURS.get(name, "other"),
        text=f"{'&' if number else '?'}{name if known else '…'}={there}",
        value=shown,
        purpose=meaning.purpose
        if meaning
        else "Neither the standards nor RingCentral know a parameter of this name here.",
        protects=meaning.protects if meaning and shown != _OTHER else "",
        note=_TWICE
        if name in names[:number]
        else "This answer belongs to another question."
        if shown == _OTHER
        else "",
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
    more = f" … ({len(text)} characters in all)" if len(text) > MOST_SHOWN else ""
    return seen[:MOST_SHOWN] + more
