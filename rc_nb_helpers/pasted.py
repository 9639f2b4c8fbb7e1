"""Finds a login's answer in what a person has pasted, and tells what else it is. Pure: no network, no clock.

The address goes through a clipboard, a chat program or a mail on its way: quotes and brackets come along, lines are
broken, ``&`` becomes ``&amp;``, or another site's address is wrapped around it. All of that is undone; what comes
out is held against the login as strictly as any other answer (``AuthorizationRequest.read_response``). Only what people
paste is cleaned, never what comes in at the listener.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from .authorization import AUTHORIZE_PATH, AuthorizationRequest, query_of
from .errors import CallbackRejected, LoginError, of_type
from .redaction import opaque

MOST_CHARACTERS = 8 * 1024
"""How long a pasted text may be. Addresses are shorter; what is longer is a page or a file."""

MOST_FORMS = 100
"""How many readings of a pasted text are tried."""

# Where an address ends that has something around it: "…", <…>, `…`, […](…), Slack's <address|text>.
_ENDS = r"\s<>\"'`“”„‘’‚«»‹›()\[\]{}|\\^「」『』【】《》（）、。，"
_ADDRESS = rf"(?i)https?://(?:\[[0-9a-f:.]+\])?[^{_ENDS}]+|https?%3A(?:%2F%2F|//)[^&{_ENDS}]+"
_QUERY = rf"(?:^|(?<=[?&{_ENDS}]))(?:code|state|error)(?:=|%3[Dd])[^{_ENDS}]+"
_WHOLE = r"(?!['(\[])[!#-;=?-\[\]_a-z~]+(?<![.,;:!*')\]])"  # the signs of RFC 3986; none around them
_ADDRESS_INSIDE = r"(?i)(?<=.)https?(?:://|%3A(?:%2F%2F|//))"
_PROOFPOINT = r"[?&]u=(https?-3A__[^&]+)"
_ENTITY = r"&(?:#\d{1,5}|#[xX][0-9a-fA-F]{1,4}|[A-Za-z]{2,8});"
_ESCAPED = r"\\(?:u00|x)([0-9a-fA-F]{2})"
# code and state by themselves, as the browser's tools, JSON and Python show them.
_FIELD = (
    r"""(?<![\w-])["']?(code|state|iss|error|error_description)["']?\s{0,9}[:=,]\s{0,9}["']?([^\s"'`,;&<>()\[\]{}]+)"""
)
_WIDE = {sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F)}  # the ？＆＝ of East Asian keyboards
_SPACE_AT_A_JOINT = r"\s+(?=[&?=#%/])|(?<=[&?=#%/])\s+"
_BROKEN_LINE = r" ?=?\n[>\s]*(?=\S+(?:\s*\n|\Z))"  # the rest of an address stands alone in its line
_CODE = "[!-~]+"  # RFC 6749, appendix A.11, without the space
_SENTENCE = ".,;:!?*…"
_EMPHASIS = set("_~-")


@opaque
def answer_in(text: str, request: AuthorizationRequest) -> str:
    """The query of a login's answer, out of a pasted text.

    Args:
        text: What a person has pasted: the whole address that the browser ended on, or its query.
        request: The login that waits for it.

    Returns:
        What ``request.read_response`` takes, or takes as the server's refusal.

    Raises:
        CallbackRejected: It is no answer to this login. The message says what it is instead.
    """
    if not isinstance(text, str):
        raise CallbackRejected("This is not an address.", why=f"It is {of_type(text)}.", cure=_copy(request))
    if len(text) > MOST_CHARACTERS:
        raise CallbackRejected(
            "This is too long for the address of a callback.",
            why="It is probably the text of a page.",
            cure=_copy(request),
        )
    reason = changed = None
    for candidate in islice(_candidates(text), MOST_FORMS):
        try:
            response = request.read_response(candidate)
        except CallbackRejected as rejected:
            reason = reason or rejected
        except LoginError:
            return candidate  # the server's refusal, with the right state
        else:
            if re.fullmatch(_CODE, response.code):
                return candidate
            changed = _changed(request)
    raise changed or _told(text, request) or reason or CallbackRejected("Nothing was pasted.", cure=_copy(request))


def _candidates(text: str) -> Iterator[str]:
    """The queries that a text may be meant as, the most literal first."""
    seen = {""}
    for form in forms_of(text.strip()):
        try:
            query = query_of(form)
        except ValueError:
            continue
        if query not in seen:
            seen.add(query)
            yield query


def forms_of(text: str) -> Iterator[str]:
    """The text as it is, then the addresses in it, with more and more undone of what was done to them on their way.

    Args:
        text: What a person has pasted, without white space around it. There may be many forms: take ``MOST_FORMS``.
    """
    if re.fullmatch(_WHOLE, text):
        yield text
    visible = _visible(text)
    for whole in (visible, _entities_undone(visible), _entities_undone(_entities_undone(_as_typed(visible)))):
        # As it was broken: over lines, or anywhere; or else there are other words around it.
        joined = re.sub(_SPACE_AT_A_JOINT, "", re.sub(_BROKEN_LINE, "", whole))
        for form in (joined, re.sub(r"\s+", "", whole), whole):
            for found in (*re.findall(_ADDRESS, form), *re.findall(_QUERY, form)):
                yield from _endings(_decoded(found))
                for inside in _unwrapped(found):
                    yield from _endings(inside)
        if not {"?", "&"} & set(whole):
            yield urlencode(sorted(set(re.findall(_FIELD, whole))))
    yield text


def _decoded(found: str) -> str:
    """An address or a query that was percent-encoded as a whole, without that."""
    return unquote(found) if re.match(r"(?i)(?:https?|code|state|error)%3", found) else found


def _endings(found: str) -> Iterator[str]:
    """Without the end of a sentence; then without one or two marks of emphasis, which may as well belong to it."""
    found = found.rstrip(_SENTENCE)
    yield found
    for marks in (1, 2):
        if set(found[-marks:]) <= _EMPHASIS:
            yield found[:-marks]


def _visible(text: str) -> str:
    """Without signs that have no width, which chat programs put into long words, and without markdown's backslashes."""
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc") or sign.isspace())
    text = re.sub(r"[^\S\n]+", " ", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"\\(?=[^\w\s]|_|\n)|[`^](?=&)", "", text).strip()  # the shells of Windows write `& and ^&


def _as_typed(text: str) -> str:
    """Without what a mail's transport (quoted-printable, RFC 2045 §6.7) or a wide keyboard has made of plain signs."""
    if "=3D" in text:
        text = re.sub("=([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text.replace("=\n", ""))
    return text.translate(_WIDE)


def _entities_undone(text: str) -> str:
    text = re.sub(_ESCAPED, lambda found: chr(int(found[1], 16)), text)
    import html  # here, because importing the helpers shall be quick

    return re.sub(_ENTITY, lambda found: html.unescape(found[0]), text)


def _unwrapped(address: str) -> Iterator[str]:
    """The address inside another one: mail and chat programs send people to ``…/url?q=http%3A%2F%2F…`` first."""
    if found := re.search(_PROOFPOINT, address):
        yield unquote(found[1].translate({ord("-"): "%", ord("_"): "/"}))
    elif found := re.search(_ADDRESS_INSIDE, address):
        inside = address[found.start() :]
        yield unquote(inside.partition("&")[0])
        yield inside.partition("__;")[0]  # urldefense.com/v3/__http://…__;!!…


def _told(text: str, request: AuthorizationRequest) -> CallbackRejected | None:
    """What a text is that is no answer to this login; None when its own parameters say enough."""
    plain = _entities_undone(_as_typed(_visible(text)))
    found = re.search(_ADDRESS, re.sub(r"\s+", "", plain))
    address = _decoded(found[0].rstrip(_SENTENCE)) if found else ""
    for inside in _unwrapped(address):
        if {"code", "error", "response_type"} & set(_lenient(inside)):
            address = inside
    query = re.search(_QUERY, plain)
    given = _lenient(address or (_decoded(query[0]) if query else ""))
    if not plain:
        return CallbackRejected("Nothing was pasted.", cure=_copy(request))
    inmost = unquote(unquote(unquote(plain)))
    if not {"code", "error", "response_type"} & set(given) and re.search(r"(?:^|[?&])(?:code|error)=", inmost):
        return CallbackRejected(
            "The address with the code was encoded, or lies in another address, more deeply than is undone here.",
            why="One such layer is taken off, where it holds a whole address.",
            cure=_copy(request),
        )
    if {"code_challenge", "response_type"} & set(given) or AUTHORIZE_PATH in (address or inmost):
        return CallbackRejected(
            "This is the address of the sign-in page, not the one after it.",
            why="The code comes when you have signed in and allowed the app. If that page shows an error instead, its "
            "number, such as OAU-109, tells what is wrong.",
            cure=_copy(request),
        )
    if not address and not given:
        return _no_address(plain, request)
    if given.get("state") and not {"code", "error"} & set(given):
        return CallbackRejected(
            "This is the address of a page on the way, not the one at the end."
            if address
            else "This is only a part of the address.",
            why="It carries neither a code nor an error.",
            cure=_copy(request),
        )
    if {"code", "error"} & set(given):
        return _of_another_login(address, given, request)
    return _other_page(address, request)


def _by_number(happened: str, text: str, why: str, request: AuthorizationRequest) -> CallbackRejected:
    """A rejection that explains the number of RingCentral's error page, where one is in the text."""
    from .catalogue import CATALOGUE  # here, because few rejections need it

    for number in re.findall(r"\b[A-Z]{3}-\d{3}\b", text):
        if known := CATALOGUE.get(number):
            return CallbackRejected(happened, why=f"{number} means: {known.why}", cure=known.cure, code=number)
    return CallbackRejected(happened, why=why, cure=_copy(request))


def _changed(request: AuthorizationRequest) -> CallbackRejected:
    return CallbackRejected(
        "The code in this address was changed on its way.",
        why="It has a sign in it that no code has, as word processors and line breaks make them.",
        cure=_copy(request),
    )


def _of_another_login(address: str, given: dict[str, str], request: AuthorizationRequest) -> CallbackRejected | None:
    state = given.get("state", "")
    if 8 <= len(state) < len(request.state) and request.state.startswith(state):
        return CallbackRejected(
            "The end of this address is missing.",
            why="Its state has fewer signs than the one that this login sent.",
            cure=_copy(request),
        )
    if state and address and _place(address) != _place(request.redirect_uri):
        return CallbackRejected(
            "This callback belongs to another login.",
            why=f"It begins otherwise than {request.redirect_uri}, as the answer to another app does; and its state is "
            "not the one that this login sent.",
            cure="Use the newest sign-in page, and close older ones.",
        )
    return None


def _other_page(address: str, request: AuthorizationRequest) -> CallbackRejected:
    if re.search("#.*(?:code|token|error)=", address):
        return CallbackRejected(
            "In this address the answer stands behind a #, where no program that waits for it can see it.",
            why="This login has asked for it behind a question mark.",
            cure=_copy(request),
        )
    if _place(address) == _place(request.redirect_uri):
        return CallbackRejected(
            "This address ends before its question mark.",
            why="The code and the state stand behind it.",
            cure=_copy(request),
        )
    servers = [urlsplit(url).hostname for url in (request.server_url, request.browser_url) if url]
    if urlsplit(address).hostname in servers or "ringcentral.com" in address:
        why = "If that page shows an error, its text and its number tell what is wrong."
        return _by_number("This is a page of the server, not the address after the login.", address, why, request)
    return CallbackRejected(
        "This is the address of another page.", why="It carries neither a code nor a state.", cure=_copy(request)
    )


def _no_address(plain: str, request: AuthorizationRequest) -> CallbackRejected:
    word = plain.strip("<>\"'`“”„‘’()[]{}|" + _SENTENCE)
    if re.fullmatch(r"[\w.~%+/=-]{16,}", word) and re.search(r"\d", word):
        return CallbackRejected(
            "This looks like a code alone.",
            why="Without the state nobody can know that it belongs to this login; so it is not taken.",
            cure=_copy(request),
        )
    return _by_number("This is not an address.", plain, "It has no https:// or http:// in front, and no code.", request)


def _lenient(callback: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query_of(callback), keep_blank_values=True)) if callback else {}
    except ValueError:
        return {}


def _place(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.netloc.lower(), parts.path


def _copy(request: AuthorizationRequest) -> str:
    return (
        "Sign in, allow the app, and copy the whole address on which the browser ends. It begins with "
        f"{request.redirect_uri} and has code= and state= in it."
    )
