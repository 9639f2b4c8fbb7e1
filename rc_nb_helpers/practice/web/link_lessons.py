"""What is wrong with a link to the sign-in page, told to the person who wrote it: what happened, why, what to do.

RingCentral says a code and a few words. Practice says them, too, and then this. Nothing is shown of a value that may be
a secret.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from urllib.parse import unquote

from ..errors import OAuthRefusal, shown
from ..login.apps import App
from ..parameters import Malformed, Parameters, parse_parameters

AUTHORIZE_PATH = "/restapi/oauth/authorize"
"""Where the sign-in page is."""

_NOTEBOOK = 'notebook 02, "Ask permission"'
_APP_NOTEBOOK = 'notebook 01, "Create your app"'
_AS_NEAR = 0.78
"""How much of a name or a path has to be right before it is taken for the one that was meant."""
_IN_QUESTION = {"client_id": "environment.client_id", "redirect_uri": "environment.redirect_uri"}
_IN_FILE = {"client_id": "RC_CLIENT_ID", "redirect_uri": "RC_REDIRECT_URL"}
_KNOWN = frozenset({"response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"})
_SAYS = {"client_id": "which app asks", "redirect_uri": "where to bring the answer"}


@dataclass(frozen=True)
class Lesson:
    """What a page says of a link that leads to no sign-in.

    Attributes:
        title: What happened.
        cause: Why.
        cure: What to do.
        sent: The part of the link that is wrong, where it may be shown.
    """

    title: str
    cause: str
    cure: str
    sent: str = ""


_BY_CODE = {
    "OAU-113": Lesson(
        "The app has no redirect URI",
        "No redirect URI is registered for this app, so nobody can be sent back to it.",
        f"Add one in the console, as {_APP_NOTEBOOK} does.",
    ),
    "OAU-101": Lesson(
        "The brand does not exist",
        "The brand_id of this request is not the number of a brand.",
        "Leave it out: RingCentral's own brand is meant then.",
    ),
    "OAU-112": Lesson(
        "Nobody can sign in to this app",
        "The app uses the JWT auth flow. This request is the first step of another one: the authorization code flow.",
        "Create an app with the 3-legged OAuth flow in the console.",
    ),
    "OAU-127": Lesson(
        "The app is not active",
        "The app exists, but it was blocked or not released.",
        "Look at the app's status in the console, or ask whoever manages it.",
    ),
    "OAU-165": Lesson(
        "The app belongs to another environment",
        "The client_id of this request is that of a sandbox app.",
        "Use the client id of this environment: each .env file has its own.",
    ),
}


def lesson_of_refusal(
    refusal: OAuthRefusal, parameters: Parameters, *, meant: App | None = None, secret: bool = False
) -> Lesson:
    """What is wrong with an authorization request that is refused on a page.

    Args:
        refusal: What RingCentral says of it.
        parameters: Those of the request.
        meant: The app whose client id was meant by one that is nearly right.
        secret: Whether the client id is in truth the client secret of an app, or most of it.
    """
    if refusal.code == "OAU-153":
        return _unknown_app(parameters, meant, secret=secret)
    if refusal.code == "OAU-109":
        return _wrong_redirect_uri(parameters)
    if refusal.code == "OAU-111":
        names = ", ".join(shown(name) for name in parameters.repeated[:5])
        return Lesson(
            "A parameter came twice",
            f"The link has {names} more than once, so it is not clear which one counts.",
            f"Make the link anew, with each piece once, as {_NOTEBOOK} does: do not write a piece behind a link that "
            "is complete.",
        )
    return _BY_CODE[refusal.code]


def _unknown_app(parameters: Parameters, meant: App | None, *, secret: bool) -> Lesson:
    client_id = parameters.get("client_id")
    if not client_id:
        return _without("client_id", parameters)
    if secret:
        return Lesson(
            "This is the client secret, not the client id",
            "The client_id of this request is the client secret of an app. The secret now stands in the address, and "
            "so in the browser's history.",
            f"Exchange the values of RC_CLIENT_ID and RC_CLIENT_SECRET in your .env file; {_APP_NOTEBOOK} shows which "
            "is which. A real secret that was in an address is no secret any more: the console makes a new one.",
        )
    if client_id == "None":
        return Lesson(
            "The link names no app",
            "The client_id of this request is the word None. That is how Python writes a value that is not there.",
            "Look at RC_CLIENT_ID in your .env file, and at where your program reads it from. "
            f"In {_NOTEBOOK}, it is environment.client_id.",
            client_id,
        )
    if meant and meant.client_id in client_id:
        return Lesson(
            "There is something around the client id",
            f"In the client_id of this request is the one of {meant.name}, and a character too many: a space, say, or "
            "a quotation mark.",
            "Take away what does not belong to it, in RC_CLIENT_ID of your .env file or where your program puts the "
            f"link together. Then make the link anew, as in {_NOTEBOOK}.",
            client_id,
        )
    if meant:
        return Lesson(
            "RingCentral does not know this app",
            f"No app has the client_id of this request. It is nearly the one of {meant.name}.",
            "Compare it with the client id on the app's page in the console, letter by letter, or copy it from there "
            f"once more. It belongs into RC_CLIENT_ID of your .env file: see {_APP_NOTEBOOK}.",
            client_id,
        )
    return Lesson(
        "RingCentral does not know this app",
        "No app has the client_id of this request.",
        "Compare RC_CLIENT_ID in your .env file with the app's page in the console: look for a missing "
        f"character, and for the id of another environment. See {_APP_NOTEBOOK}.",
        client_id,
    )


def _wrong_redirect_uri(parameters: Parameters) -> Lesson:
    redirect_uri = parameters.get("redirect_uri")
    if not redirect_uri:
        return _without("redirect_uri", parameters)
    return Lesson(
        "The redirect URI does not match",
        "The redirect_uri of this request is not one of those registered for the app. They are compared character by "
        "character: http or https, localhost or 127.0.0.1, port, path, a slash at the end.",
        "Make RC_REDIRECT_URL in your .env file and the app's redirect URI in the console the same. "
        f"See {_APP_NOTEBOOK}.",
        redirect_uri,
    )


def _without(name: str, parameters: Parameters) -> Lesson:
    """What to say where ``name`` has no value: how it got lost, as far as the rest of the link tells."""
    anew = f"Then make the link anew, as in {_NOTEBOOK}."
    if name in parameters.empty:
        return Lesson(
            f"The link has an empty {name}",
            f"It has {name}= with nothing behind it, so it does not say {_SAYS[name]}.",
            f"Look at {_IN_FILE[name]} in your .env file: {_APP_NOTEBOOK}, fills it in. {anew}",
        )
    if not parameters.values and not parameters.empty:
        return Lesson(
            "The link asks nothing",
            "Its address ends before the question: behind the ? there is no piece such as client_id=… at all. (What "
            "stands behind a # stays in the browser.)",
            f"Put a ? and the question behind the address: {_NOTEBOOK}, does it with urlencode(question).",
        )
    for other, value in parameters.values.items():
        if f"{name}=" in value:
            return Lesson(
                "The pieces of the link run into each other",
                f"{name}= stands inside the value of {shown(other)}. So there is no {name} of its own.",
                "Pieces are separated by an & sign, and by nothing else. Let urlencode(question) write them, as in "
                f"{_NOTEBOOK}.",
            )
    if near := _nearest(name, (*parameters.values, *parameters.empty)):
        return Lesson(
            f"The link has no {name}",
            f"It has a piece with nearly that name. Names of pieces are compared letter by letter, so nobody reads it, "
            f"and the link does not say {_SAYS[name]}.",
            f"Call the piece {name}. {anew}",
            shown(near),
        )
    return Lesson(
        f"The link has no {name}",
        f"It does not say {_SAYS[name]}.",
        f'Put the piece "{name}": {_IN_QUESTION[name]} into the question. {anew}',
    )


_ADVICE = {
    "response_type": "The link has no response_type: write response_type=code. See notebook 02.",
    "code_challenge": "The link has no code_challenge that can be one: a fingerprint of S256 has 43 characters, and "
    "no = at its end. See notebook 04.",
    "code_challenge_method": "The code_challenge_method is S256, letter by letter. See notebook 04.",
}
_OTHER_RESPONSE_TYPE = "RingCentral gives a code and nothing else: write response_type=code. See notebook 02."


def advice_on(refusal: OAuthRefusal, parameters: Parameters) -> str:
    """What an app is told beside RingCentral's words when its request is refused; empty: no more than they.

    RFC 6749 (4.1.2.1) has ``error_description`` for this: a text for who has written the app, in plain ASCII.

    Args:
        refusal: What RingCentral says of it.
        parameters: Those of the request.
    """
    if refusal.error == "unsupported_response_type":
        return _OTHER_RESPONSE_TYPE
    name = refusal.parameter[0] if refusal.parameter else ""
    advice = _ADVICE.get(name, "")
    near = _nearest(name, (*parameters.values, *parameters.empty)) if advice and name not in parameters.values else ""
    return f"The link has {shown(near)}, which nobody reads. {advice}" if near else advice


def _nearest(name: str, names: tuple[str, ...]) -> str:
    """The one of ``names`` that was meant to be ``name``, by its letters in whatever case; else an empty text."""
    letters = {re.sub("[^a-z]", "", one.lower()): one for one in reversed(names) if one not in _KNOWN}
    found = difflib.get_close_matches(re.sub("[^a-z]", "", name), letters, n=1, cutoff=_AS_NEAR)
    return letters[found[0]] if found else ""


@dataclass(frozen=True)
class Missed:
    """An address that nearly is the one of the sign-in page.

    Attributes:
        lesson: What is wrong with it.
        question: The question that ran into the address; None where it stands behind a ``?``.
    """

    lesson: Lesson
    question: Parameters | None = None


def missed(path: str) -> Missed | None:
    """What is wrong with a path that was meant to be the one of the sign-in page; None where it was not.

    Args:
        path: The one of the request, as it came.
    """
    plain = unquote(path)
    tail = plain.removeprefix(AUTHORIZE_PATH)
    if tail != plain and "=" in tail:
        return Missed(_run_together(tail, encoded="%3f" in path.lower()), _read(tail.lstrip("?&;/")))
    title = "There is no such page"
    if plain.startswith("//") and plain.lstrip("/") == AUTHORIZE_PATH.lstrip("/"):
        return Missed(
            Lesson(
                title,
                "The path of the link begins with two slashes. Addresses are compared letter by letter.",
                "Look at RC_SERVER_URL in your .env file: it has no slash at its end, for the path begins with one. "
                f"Then make the link anew, as in {_NOTEBOOK}.",
                shown(plain),
            )
        )
    near = difflib.SequenceMatcher(None, plain[:60].casefold(), AUTHORIZE_PATH).ratio() >= _AS_NEAR
    if not near and not plain.casefold().endswith("/authorize"):
        return None
    return Missed(
        Lesson(
            title,
            f"The sign-in page is at {AUTHORIZE_PATH}. The link leads to a place that is only nearly called so, and "
            "addresses are compared letter by letter.",
            f"Correct the path, and open the link again. See {_NOTEBOOK}.",
            shown(plain),
        )
    )


def _run_together(tail: str, *, encoded: bool) -> Lesson:
    beginning = shown(AUTHORIZE_PATH + tail.partition("=")[0])
    if encoded and tail.startswith("?"):
        return Lesson(
            "The question mark of the link is encoded",
            "%3F is a question mark that does not begin a question: so the question is taken for a part of the page's "
            "name.",
            f"Encode the values of the pieces, and not the whole link. urlencode(question) does that: see {_NOTEBOOK}.",
        )
    return Lesson(
        "The address and the question run into each other",
        f"Behind {AUTHORIZE_PATH} comes the question, without a ? between them. So all of it is taken for the name of "
        "a page, and there is no such page.",
        f'Put a ? between the address and the question: "{AUTHORIZE_PATH}?" + urlencode(question), as in {_NOTEBOOK}.',
        f"{beginning}=…",
    )


def _read(text: str) -> Parameters:
    try:
        return parse_parameters(text.encode())
    except Malformed:
        return Parameters({})
