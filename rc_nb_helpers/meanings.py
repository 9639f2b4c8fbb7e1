"""What each parameter, header and answer field of a login is for, what it protects from, and who says so. Pure.

The texts are ours. The facts are those of the standards (RFC 6749, 6750, 7009, 7636, 9110, 9111 and 9207, OpenID
Connect Core 1.0) and of RingCentral's documentation. What neither of them knows has no meaning here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """What a name means in a message.

    Attributes:
        purpose: What it is for, in one or two sentences.
        protects: The attack that it stops, in a sentence that begins with "you" or "your"; empty when it stops none.
        source: Who says so, such as ``"RFC 6749 §4.1.1"``.
        link: The https address of that place. It is shown as a link; nothing loads it.
    """

    purpose: str
    protects: str
    source: str
    link: str


def meaning_of(name: str, kind: str) -> Meaning | None:
    """What a parameter, a header or a field of an answer means.

    Args:
        name: As it stands in the message. For headers, upper and lower case are the same.
        kind: The kind of message: ``"authorization"``, ``"callback"``, ``"token"``, ``"refresh"``, ``"revoke"``,
            ``"API"`` or any other.

    Returns:
        The meaning; None when neither the standards nor RingCentral's documentation know the name there.
    """
    return (
        _PARAMETERS.get(kind, {}).get(name) or _HEADERS_OF.get(kind, {}).get(name.lower()) or _HEADERS.get(name.lower())
    )


def all_meanings() -> Iterator[tuple[str, str, Meaning]]:
    """All that is known.

    Yields:
        The kind of message, as for `meaning_of` (empty for headers of any message), the name, and what it means.
    """
    for kinds in (_PARAMETERS, _HEADERS_OF, {"": _HEADERS}):
        for kind, names in kinds.items():
            for name, meaning in names.items():
                yield kind, name, meaning


def _rfc(place: str, purpose: str, protects: str = "") -> Meaning:
    number, _, section = place.partition(" ")
    link = f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"
    return Meaning(purpose, protects, f"RFC {number} §{section}", link)


def _openid(section: str, anchor: str, purpose: str, protects: str = "") -> Meaning:
    link = f"https://openid.net/specs/openid-connect-core-1_0.html#{anchor}"
    return Meaning(purpose, protects, f"OpenID Connect Core §{section}", link)


def _ringcentral(page: str, purpose: str, protects: str = "") -> Meaning:
    place = f"https://developers.ringcentral.com/guide/{page}"
    return Meaning(purpose, protects, f"RingCentral, {_PAGES[page]}", place)


_REQUEST_PAGE = "authentication/oauth-request"
_FLOW_PAGE = "authentication/auth-code-flow"
_TOKENS_PAGE = "authentication/tokens"
_LIMITS_PAGE = "basics/rate-limits"
_ERRORS_PAGE = "basics/errors"
_LISTS_PAGE = "basics/pagination"
_CALL_LOG_PAGE = "voice/call-log"
_PAGES = {
    _REQUEST_PAGE: "Generating an authorization request",
    _FLOW_PAGE: "Authorization code flow",
    _TOKENS_PAGE: "Using access tokens",
    _LIMITS_PAGE: "API rate limits",
    _ERRORS_PAGE: "Error handling",
    _LISTS_PAGE: "Pagination",
    _CALL_LOG_PAGE: "Call log",
}

_AUTHORIZATION = {
    "response_type": _rfc(
        "6749 4.1.1",
        'What the app wants to get. "code" asks for an authorization code, and RingCentral gives nothing else.',
        "Your tokens never come through the browser: only a code does, which is worth little to anybody but the app.",
    ),
    "client_id": _rfc(
        "6749 2.2",
        "Which app asks. It is the app's user name at RingCentral, and no secret: everybody may see it.",
    ),
    "redirect_uri": _rfc(
        "6749 3.1.2",
        "Where the browser brings the answer. It has to be one of those that the app has registered, character by "
        "character.",
        "Your code cannot be sent to somebody else's address: RingCentral sends it to a registered one, or not at all.",
    ),
    "state": _rfc(
        "6749 10.12",
        "A random value, new for each login. RingCentral sends it back with the answer, and the app compares the two.",
        "You cannot be made to finish somebody else's login: an answer to another question has another state, and the "
        "app throws it away. Otherwise you would work in their account without knowing it.",
    ),
    "code_challenge": _rfc(
        "7636 4.2",
        "The fingerprint (SHA-256) of a random value that the app keeps, the code verifier. This is PKCE.",
        "Your code is no use to a thief who sees it on its way: only the app knows the value behind this fingerprint.",
    ),
    "code_challenge_method": _rfc(
        "7636 4.3",
        'How the challenge was made. "S256" is a fingerprint. Left out it means "plain": the verifier itself.',
        "Your verifier stays secret with S256, although others may see this link. With plain it would be in the link.",
    ),
    "scope": _ringcentral(
        _REQUEST_PAGE,
        "In OAuth, the permissions that the app asks for. RingCentral ignores it: an app has the permissions that it "
        "is registered with.",
    ),
    "prompt": _openid(
        "3.1.2.1",
        "AuthRequest",
        'What is shown even to a person whom the browser remembers: "login" the sign-in form, "sso" the company\'s own '
        'sign-in, "consent" the question whether the app may; "none" shows nothing.',
    ),
    "login_hint": _openid("3.1.2.1", "AuthRequest", "Who will probably sign in. The sign-in page fills the name in."),
    "display": _openid(
        "3.1.2.1", "AuthRequest", 'Which shape the sign-in page should have: "page", "popup", "touch" or "mobile".'
    ),
    "ui_locales": _openid("3.1.2.1", "AuthRequest", "The languages in which the person would like to read the page."),
    "nonce": _openid(
        "3.1.2.1",
        "AuthRequest",
        "A random value that comes back inside the ID token, where one is asked for.",
        "You cannot be given an ID token that was made for another login.",
    ),
    "brand_id": _ringcentral(
        _REQUEST_PAGE, "Which of the companies that sell RingCentral the account belongs to: how the page looks."
    ),
}
_AUTHORIZATION["brandId"] = _AUTHORIZATION["brand_id"]

_REFUSALS = {
    "error": _rfc(
        "6749 4.1.2.1", "Why there is no code, in one word of the standard. access_denied: it was not allowed."
    ),
    "error_description": _rfc("6749 4.1.2.1", "The same in a sentence, for the developer of the app."),
    "error_uri": _rfc("6749 4.1.2.1", "The address of a page that says more about the error."),
}

_CALLBACK = {
    "code": _rfc(
        "6749 4.1.2",
        "The authorization code. The app trades it for tokens: once, and within about 60 seconds.",
        "Your password stays with RingCentral: the app gets this code in its place.",
    ),
    "state": _rfc(
        "6749 4.1.2",
        "The value from the link, sent back unchanged. Only when it is the same one is this the answer to that link.",
        "You cannot be made to finish somebody else's login.",
    ),
    "expires_in": _ringcentral(_FLOW_PAGE, "For how many seconds the code can be traded."),
    "iss": _rfc(
        "9207 2",
        "Which server answers.",
        "Your code is not brought to the wrong server where an app can log in at several.",
    ),
    **_REFUSALS,
}

_TOKEN_ENDPOINT = {
    "grant_type": _rfc(
        "6749 4.1.3", 'What the app brings: "authorization_code" for a code, "refresh_token" for a refresh token.'
    ),
    "client_id": _rfc(
        "6749 3.2.1", "Which app asks. Only an app without a secret sends it here; others prove it with a header."
    ),
    "access_token_ttl": _ringcentral(
        _FLOW_PAGE, "For how many seconds the app would like the access token to live: 600 to 3600."
    ),
    "refresh_token_ttl": _ringcentral(
        _FLOW_PAGE, "For how many seconds the app would like the refresh token to live. 0: it wants none."
    ),
    "endpoint_id": _ringcentral(_FLOW_PAGE, "Which copy of the app this is, such as one device of several."),
    "access_token": _rfc(
        "6749 1.4", "The key to the API, for about an hour. Whoever has it may do what you have allowed."
    ),
    "refresh_token": _rfc(
        "6749 1.5",
        "Gets a new access token when the old one is over. At RingCentral it works once, and brings a new one then.",
        "Your login cannot be kept by a thief unnoticed: once the new tokens are used, the old one works no more.",
    ),
    "token_type": _rfc("6749 7.1", 'How the access token is shown. "bearer": whoever bears it may use it.'),
    "expires_in": _rfc("6749 5.1", "For how many seconds the access token works, counted from this answer."),
    "refresh_token_expires_in": _ringcentral(
        _TOKENS_PAGE, "For how many seconds the refresh token works. When they are over, you have to sign in again."
    ),
    "scope": _rfc("6749 5.1", "Which permissions were granted: what the app may do in your name."),
    "owner_id": _ringcentral(
        _FLOW_PAGE, "Whose tokens these are: RingCentral's number of your extension, your place in the company."
    ),
    "session_id": _ringcentral(_TOKENS_PAGE, "Which login at RingCentral the tokens belong to. A refresh keeps it."),
    "id_token": _openid("2", "IDToken", "Says who has signed in, signed by the server."),
    "error": _rfc("6749 5.2", "Why there are no tokens, in one word of the standard."),
    "error_description": _rfc("6749 5.2", "The same in a sentence, for the developer of the app."),
    "error_uri": _rfc("6749 5.2", "The address of a page that says more about the error."),
    "errors": _ringcentral(_ERRORS_PAGE, "RingCentral's own reasons, each with a number such as OAU-109."),
    "errorCode": _ringcentral(
        _ERRORS_PAGE, "RingCentral's number of the error. Programs go by it: the words may change."
    ),
    "message": _ringcentral(_ERRORS_PAGE, "The error in words, for people. They may change."),
}

_TOKEN = {
    **_TOKEN_ENDPOINT,
    "code": _rfc("6749 4.1.3", "The code that the browser has brought. It works once."),
    "redirect_uri": _rfc(
        "6749 4.1.3",
        "The redirect URI of the link once more. RingCentral compares the two.",
        "Your code cannot be traded by somebody who lured it to another address.",
    ),
    "code_verifier": _rfc(
        "7636 4.5",
        "The random value behind the link's code_challenge. RingCentral makes its fingerprint and compares.",
        "Your code is no use to a thief: whoever trades it has to know this value, which was never in the browser.",
    ),
}

_REVOKE = {
    "token": _rfc(
        "7009 2.1",
        "The token that shall end. At RingCentral the whole login ends with it: both tokens.",
        "Your tokens are no use to whoever finds them after you have logged out.",
    ),
    "token_type_hint": _rfc("7009 2.1", "Which kind of token it is, so that the server finds it sooner."),
    **{
        name: _TOKEN_ENDPOINT[name]
        for name in ("client_id", "error", "error_description", "errors", "errorCode", "message")
    },
}

_API = {
    "page": _ringcentral(_LISTS_PAGE, "Which page of the list, counted from 1."),
    "perPage": _ringcentral(_LISTS_PAGE, "How many records are on one page."),
    "pageToken": _ringcentral(_LISTS_PAGE, "Where the next page begins, where pages have no numbers."),
    "records": _ringcentral(_LISTS_PAGE, "The records of this page."),
    "paging": _ringcentral(_LISTS_PAGE, "Which page this is, and how many records are on it."),
    "navigation": _ringcentral(_LISTS_PAGE, "The addresses of the first page, the next one and others."),
    "dateFrom": _ringcentral(_CALL_LOG_PAGE, "The beginning of the time that is asked about."),
    "dateTo": _ringcentral(_CALL_LOG_PAGE, "The end of the time that is asked about."),
    "errorCode": _TOKEN_ENDPOINT["errorCode"],
    "message": _TOKEN_ENDPOINT["message"],
    "errors": _TOKEN_ENDPOINT["errors"],
    "parameterName": _ringcentral(_ERRORS_PAGE, "Which parameter of the request is wrong."),
    "permissionName": _ringcentral(_ERRORS_PAGE, "Which permission is missing."),
}

_PARAMETERS = {
    "authorization": _AUTHORIZATION,
    "callback": _CALLBACK,
    "token": _TOKEN,
    "refresh": _TOKEN_ENDPOINT,
    "revoke": _REVOKE,
    "API": _API,
}

_BASIC = _rfc(
    "6749 2.3.1",
    "Basic: the client id and the client secret, the app's proof that it is the app. The letters are Base64, which "
    "anybody can turn back.",
    "Your code cannot be traded by another program: it does not know the app's secret.",
)
_BEARER = _rfc(
    "6750 2.1",
    "Bearer: the access token, the proof that you have allowed this. In a header, it stays out of addresses and logs.",
)
_HEADERS_OF = {
    **{kind: {"authorization": _BASIC} for kind in ("token", "refresh", "revoke")},
    "API": {"authorization": _BEARER},
}
_HEADERS = {
    "content-type": _rfc("9110 8.3", "In which form the body is written."),
    "content-length": _rfc("9110 8.6", "How many bytes the body has."),
    "cache-control": _rfc(
        "9111 5.2",
        'Who may keep a copy of the answer. "no-store": nobody.',
        "Your tokens do not stay behind in the store of a browser or a proxy.",
    ),
    "location": _rfc("9110 10.2.2", "Where the browser goes next."),
    "www-authenticate": _rfc("6750 3", "How the server wants to be shown who asks, and what was wrong with the token."),
    "retry-after": _rfc("9110 10.2.3", "How many seconds to wait before the next try."),
    "host": _rfc(
        "9110 7.2",
        "Which server the browser believes it is talking to.",
        "Your notebook answers only to its own name: another site's name that leads to this computer is turned away.",
    ),
    "user-agent": _rfc("9110 10.1.5", "Which program has sent the request."),
    "rcrequestid": _ringcentral(
        _ERRORS_PAGE, "RingCentral's number for this one request. Name it when you ask RingCentral's support for help."
    ),
    "x-rate-limit-group": _ringcentral(
        _LIMITS_PAGE, "To which group the call belongs: light, medium, heavy or auth. Each has a limit of its own."
    ),
    "x-rate-limit-limit": _ringcentral(_LIMITS_PAGE, "How many calls of this group are allowed in the window."),
    "x-rate-limit-remaining": _ringcentral(_LIMITS_PAGE, "How many of them are left."),
    "x-rate-limit-window": _ringcentral(_LIMITS_PAGE, "How many seconds the window is long."),
}
