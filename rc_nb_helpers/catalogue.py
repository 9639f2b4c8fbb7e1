"""What RingCentral's error codes mean, those of OAuth's standards, and HTTP's.

What is known besides (what leads to them, and where the course meets them) stands in :mod:`.likely_causes`.
"""

from __future__ import annotations

import dataclasses

from .explanations import Explanation
from .likely_causes import MORE

_LOG_IN_AGAIN = "Log in again."
_SHOW_IT = 'Log in again, and let the server show its pages: without prompt="none", if that was asked for.'
_NEW_CODE = "Log in again: each login gets a fresh code, good once and for about 60 seconds."
_REDIRECT_CURE = (
    "Make RC_REDIRECT_URL in the .env file and the redirect URI in the app's settings the same, letter by "
    "letter: scheme, host, port, path, and no slash more or less. localhost and 127.0.0.1 are different."
)
_CREDENTIALS_CURE = (
    "Copy the client id and the client secret again from the app's Credentials page into the .env file of "
    "the environment you chose. Sandbox, production and practice each have their own pair."
)
_APP_CURE = "Check the app and its settings in the Developer Console, or ask RingCentral's developer support."
_ACCOUNT_CURE = "Ask the account's administrator, or RingCentral's support. Another person may be able to log in."
_PARAMETERS_CURE = "Check the parameters of the call."
_NUMBERS_CURE = (
    "Ask /restapi/v1.0/account/~/extension/~/phone-number which numbers are yours: those that may send say SmsSender."
)
_SLOWLY_CURE = "Wait a minute without sending anything, then try again. Each try during the wait starts it anew."
_REDIRECT_MISMATCH = Explanation(
    "The redirect URI that was sent is not one that is registered for this app.", _REDIRECT_CURE
)
_BAD_CREDENTIALS = Explanation(
    "The server does not know this client id, or the client secret does not belong to it.",
    _CREDENTIALS_CURE,
)
_TOKEN_GONE = Explanation(
    "The token was revoked, replaced by a newer one, or pushed out: a user can have about five logins per app. "
    "On practice, a platform that was started again has forgotten it, too.",
    _LOG_IN_AGAIN,
)
_TOKEN_EXPIRED = Explanation("The token is older than its lifetime.", _LOG_IN_AGAIN)
_FLOW_NOT_ALLOWED = Explanation(
    "The app is not set up for the authorization code flow.",
    "In the app's settings choose '3-legged OAuth flow authorization code'. You may need a new app.",
)
_WRONG_APP = Explanation("The server does not accept this app for the request.", _APP_CURE)
_NO_EXTENSION = Explanation(
    "The person's extension is not found in the account: it may have been deleted.", _ACCOUNT_CURE
)
_LOCKED = "Too many tries with a wrong password have locked the person's account for a while."
_SYNC_AGAIN = Explanation("The syncToken is too old or not one of this list's.", "Start over with a full sync.")

_CODES: dict[str, Explanation] = {
    # RingCentral API docs, docs/basics/errors.md, and answers recorded by their users. The login's codes first: those
    # of the code and the app, then those of the person's account, then those of tokens.
    "OAU-101": Explanation("The brand id that was sent is not valid.", "Leave brandId out, or correct it."),
    "OAU-102": Explanation(
        "The server could not make an authorization code. It does not say why.", "Log in again in a minute."
    ),
    "OAU-106": Explanation("The authorization code is unknown, or it was used before.", _NEW_CODE),
    "OAU-108": Explanation("The authorization code is older than its 60 seconds.", _NEW_CODE),
    "OAU-109": _REDIRECT_MISMATCH,
    "OAU-110": Explanation("The authorization code was given to another app.", _CREDENTIALS_CURE),
    "OAU-111": Explanation("A parameter was sent twice.", "Send each parameter once."),
    "OAU-112": _FLOW_NOT_ALLOWED,
    "OAU-113": Explanation(
        "The app has no redirect URI, so it cannot take part in this flow.",
        "Add the redirect URI to the app's settings, or create an app for the authorization code flow.",
    ),
    "OAU-116": Explanation("The server does not accept this way to authorize.", _APP_CURE),
    "OAU-117": Explanation("The app's permissions are narrower than those of the app that it asks for.", _APP_CURE),
    "OAU-120": _WRONG_APP,
    "OAU-121": _WRONG_APP,
    "OAU-123": Explanation("The request carried no client id and secret.", _CREDENTIALS_CURE),
    "OAU-125": _FLOW_NOT_ALLOWED,
    "OAU-127": Explanation(
        "The app is not active in this environment.", "Check the app's status in the Developer Console."
    ),
    "OAU-134": Explanation("The client id and secret were sent in a form the server cannot read.", _CREDENTIALS_CURE),
    "OAU-146": _BAD_CREDENTIALS,
    "OAU-150": Explanation("A parameter has one value in the address and another in the body.", _PARAMETERS_CURE),
    "OAU-153": _BAD_CREDENTIALS,
    "OAU-164": _BAD_CREDENTIALS,
    "OAU-165": Explanation(
        "This client id belongs to the sandbox, and the sandbox's ids do not work here.", _CREDENTIALS_CURE
    ),
    "OAU-250": _FLOW_NOT_ALLOWED,
    "OAU-251": _FLOW_NOT_ALLOWED,
    "OAU-105": Explanation(
        "An extension of this type cannot log in: only a person's can.", "Log in as a user of the account."
    ),
    "OAU-119": Explanation(
        "An international virtual number cannot be used to log in.", "Log in with another number, or with the e-mail."
    ),
    "OAU-136": _NO_EXTENSION,
    "OAU-140": Explanation("The person's user name or password is not right.", "Sign in again with the right ones."),
    "OAU-141": Explanation(
        "The person's extension is in a state in which it may not log in, such as disabled or not yet activated.",
        _ACCOUNT_CURE,
    ),
    "OAU-142": Explanation(
        "The account is in a state in which nobody may log in to it, such as suspended or not yet confirmed.",
        _ACCOUNT_CURE,
    ),
    "OAU-147": Explanation(_LOCKED, "Wait a while, or ask the account's administrator; then log in again."),
    "OAU-148": Explanation(_LOCKED, "Log in with single sign-on, or ask the account's administrator."),
    "OAU-167": Explanation("The person may not use this site of the account.", _ACCOUNT_CURE),
    "OAU-168": Explanation(
        "The account wants a second factor, so a password alone is not enough.",
        "Log in on RingCentral's own page, which asks for it.",
    ),
    "OAU-222": Explanation("The account does not exist (any more).", _ACCOUNT_CURE),
    "OAU-232": _NO_EXTENSION,
    "OAU-236": Explanation("The person's extension is disabled or frozen.", _ACCOUNT_CURE),
    "OAU-128": _TOKEN_EXPIRED,
    "OAU-129": _TOKEN_GONE,
    "OAU-149": Explanation("The server cannot read this token, or does not know it (any more).", _LOG_IN_AGAIN),
    "OAU-151": Explanation(
        "The request was authorized in a way that the server does not support.",
        "Use the access token as it is, with session.get or session.platform, which send it as a bearer token.",
    ),
    "OAU-210": _TOKEN_EXPIRED,
    "OAU-213": _TOKEN_GONE,
    "AGW-401": Explanation("The request carried no access token.", _LOG_IN_AGAIN),
    "TokenInvalid": _TOKEN_GONE,
    "sign-in": Explanation(
        "The user name or the password on the sign-in page was not right. Only practice has a word for it, in its "
        "record: no program ever sees it.",
        "Sign in again with the right ones.",
    ),
    # RFC 6749 §5.2 and §4.1.2.1, RFC 7009 §2.2.1: for servers that say no more than that.
    "invalid_request": Explanation(
        "The server did not understand the request.", "Check RC_SERVER_URL and the app's settings, then try again."
    ),
    "invalid_client": _BAD_CREDENTIALS,
    "invalid_grant": Explanation(
        "The code or the refresh token is no longer good: too old, used before, revoked, or another app's; or it does "
        "not fit what was sent when it was asked for.",
        _LOG_IN_AGAIN,
    ),
    "unauthorized_client": _FLOW_NOT_ALLOWED,
    "unsupported_grant_type": _FLOW_NOT_ALLOWED,
    "unsupported_response_type": _FLOW_NOT_ALLOWED,
    "invalid_scope": Explanation(
        "The app asked for a permission that it does not have.", "Check the permissions in the app's settings."
    ),
    "access_denied": Explanation(
        "Somebody pressed the button that says no, or an administrator or RingCentral does not allow this login.",
        "Log in again and allow it, or ask your administrator.",
    ),
    "server_error": Explanation("The server has a problem of its own.", "Try again in a minute."),
    "temporarily_unavailable": Explanation("The server is busy or being repaired.", "Try again in a minute."),
    # OpenID Connect Core §3.1.2.6: the server would have to show a page, and did not.
    "login_required": Explanation("Somebody has to sign in for this, and no sign-in page was shown.", _SHOW_IT),
    "consent_required": Explanation(
        "Somebody has to allow the app for this, and the page that asks was not shown.", _SHOW_IT
    ),
    "interaction_required": Explanation("Somebody has to answer a page for this, and it was not shown.", _SHOW_IT),
    "account_selection_required": Explanation(
        "Somebody has to choose an account for this, and the page that asks was not shown.", _SHOW_IT
    ),
    "unsupported_token_type": Explanation(
        "The server does not revoke tokens of this kind.", "They end by themselves; there is nothing to do."
    ),
    "CMN-101": Explanation("A parameter has a value the server cannot use.", _PARAMETERS_CURE),
    "CMN-102": Explanation("There is nothing at that address, or you may not see it.", "Check the id and the path."),
    "CMN-103": Explanation("The body is not JSON that the server can read.", "Check the body of the call."),
    "CMN-104": Explanation("The server cannot read the request.", "Check its parameters and its body."),
    "CMN-105": Explanation(
        "This kind of request takes its parameters in the body, not in the address.", "Move them into the body."
    ),
    "CMN-106": Explanation("Too many things are asked for at once.", "Ask for fewer ids in one request."),
    "CMN-107": Explanation("The file has no such range of bytes.", "Ask for the whole file."),
    "CMN-108": Explanation("A value in the body differs from the one in the address.", _PARAMETERS_CURE),
    "CMN-109": Explanation("The account does not have this feature.", _ACCOUNT_CURE),
    "CMN-110": Explanation(
        "A header is missing that this call needs.", "Send it with session.platform, headers={...}."
    ),
    "CMN-120": Explanation("There is no such address.", "Check the path."),
    "CMN-201": Explanation("The service is not there for the moment.", "Try again in a minute."),
    "CMN-202": Explanation(
        "The server does not support this operation.", "Look for another call in the API reference."
    ),
    "CMN-203": Explanation("The server has a problem of its own.", "Try again in a minute."),
    "CMN-301": Explanation(
        "Too many requests in a minute: 5 for logins, 10 for call logs, 40 or 50 for most others.", _SLOWLY_CURE
    ),
    "CMN-302": Explanation("Too many requests in a short time.", _SLOWLY_CURE),
    "CMN-303": Explanation("RingCentral has no rate limits on record for this app.", _APP_CURE),
    "CMN-304": Explanation("The same request is still being worked on.", "Wait for the first one, then try again."),
    "CMN-310": Explanation("Too many requests in a short time, from everybody together.", "Try again in a minute."),
    "CMN-401": Explanation(
        "The app does not have the permission that this call needs.",
        "Add the permission in the app's settings, then log out and log in again.",
    ),
    "InsufficientPermissions": Explanation(
        "The app, or the person who is logged in, lacks a permission that this call needs. The server's words say "
        "which.",
        "Add the app's permission in its settings, then log out and log in again; a person's come from their role.",
    ),
    "CMN-402": Explanation("Only an administrator may do this.", "Log in as an administrator, or ask for less."),
    "CMN-403": Explanation("An extension of this type does not have this feature.", "Log in as another person."),
    "CMN-404": Explanation("You may not see this resource.", "Log in as a person who may, or ask for something else."),
    "CMN-405": Explanation("This call needs a person who is logged in.", _LOG_IN_AGAIN),
    "CMN-406": Explanation("A value is there twice that may be there once.", _PARAMETERS_CURE),
    "CMN-407": Explanation("A header has a value that the server cannot use.", "Check the headers of the call."),
    "CMN-408": Explanation(
        "The app may do this, but the person who is logged in may not: their role lacks the permission.",
        "Log in as a person with that permission (often an administrator), or ask for less.",
    ),
    "CLG-110": Explanation("sessionId cannot be combined with another parameter of this call.", _PARAMETERS_CURE),
    **dict.fromkeys(("CLG-101", "CLG-102", "CLG-103", "CLG-104", "CLG-105", "MSG-333"), _SYNC_AGAIN),
    "MSG-240": Explanation("The recipient's number is not in the US.", "Send it to a number in the US."),
    "MSG-241": Explanation("A fax number cannot send an SMS.", _NUMBERS_CURE),
    "MSG-242": Explanation("The number in from may not send an SMS.", _NUMBERS_CURE),
    "MSG-243": Explanation("The phone number is blocked.", "Use another number, or ask the account's administrator."),
    "MSG-245": Explanation("The number in from is not the person's.", _NUMBERS_CURE),
    "MSG-246": Explanation(
        "Extension numbers neither send nor receive an SMS.", "Write whole phone numbers, such as +16505550123."
    ),
    "MSG-290": Explanation("The message could not be sent for the moment.", "Try again later."),
    "MSG-304": Explanation("The phone number does not belong to the extension.", _NUMBERS_CURE),
    "MSG-305": Explanation("Too many messages in a short time.", _SLOWLY_CURE),
    "MSG-309": Explanation("A fax number cannot receive an SMS.", "Send it to another number."),
    "MSG-310": Explanation("The phone number is not assigned to anybody.", _NUMBERS_CURE),
    "MSG-314": Explanation("An extension of this type cannot do this.", "Log in as another person."),
    "MSG-324": Explanation("The recipient's extension is in a state in which it receives nothing.", _ACCOUNT_CURE),
    "MSG-337": Explanation("The attachment is too large.", "Send a smaller one."),
    "MSG-338": Explanation("The message is too large.", "Send a smaller one."),
    "MSG-347": Explanation("The attachment is empty.", "Attach a file that holds something."),
    "MSG-348": Explanation("The server does not take attachments of this type.", "Attach another type of file."),
}

_RINGCENTRAL = "https://developers.ringcentral.com/guide/basics/errors"
_OAUTH = "https://datatracker.ietf.org/doc/html/rfc6749"
_INDEX = "errors.ipynb"
_OPENID = "https://openid.net/specs/openid-connect-core-1_0.html#AuthError"


def _whole(code: str, known: Explanation) -> Explanation:
    """An entry with all that is known of its code."""
    more = MORE.get(code)
    notebook, heading = more.where if more else ("", "")
    return dataclasses.replace(
        known,
        code=code,
        meaning=more.meaning if more else "",
        causes=more.causes if more else (),
        section=f"notebook {notebook[:2]}, “{heading}”" if notebook else "",
        link=f"{notebook}.ipynb#{heading.replace(' ', '-')}" if notebook else "",
        source=_source(code),
        index=f"{_INDEX}#{code}",
    )


def _source(code: str) -> str:
    if code == "sign-in":
        return ""
    if code.endswith("_required"):
        return _OPENID
    if code == "unsupported_token_type":
        return "https://datatracker.ietf.org/doc/html/rfc7009#section-2.2.1"
    if "_" not in code:
        return _RINGCENTRAL
    at_link = code in ("access_denied", "unsupported_response_type", "server_error", "temporarily_unavailable")
    return f"{_OAUTH}#section-{'4.1.2.1' if at_link else '5.2'}"


CATALOGUE: dict[str, Explanation] = {code: _whole(code, known) for code, known in _CODES.items()}
"""What each code means: RingCentral's own, and the words of OAuth and OpenID Connect."""

CODES_OF_CREDENTIALS = frozenset({"OAU-123", "OAU-134", "OAU-146", "OAU-153", "OAU-164", "OAU-165", "invalid_client"})
"""Those that say: client id and client secret are not accepted."""

_LOOK_AT_IT = (
    "Check RC_SERVER_URL in the .env file, and whether your network wants you to sign in. What came stands in "
    "session.exchanges."
)
BY_STATUS: dict[int, Explanation] = {
    304: Explanation(
        "Nothing has changed since the version that the request's headers name.",
        "Use that version, or leave out the headers If-None-Match and If-Modified-Since.",
    ),
    400: Explanation("The server did not understand the request.", "Check its parameters and its body."),
    401: Explanation(
        "The server does not accept the access token, or whatever else this request had to show.", _LOG_IN_AGAIN
    ),
    403: Explanation(
        "The server understood, and does not allow it.",
        "Check the app's permissions, and those of the person who is logged in.",
    ),
    404: Explanation("There is nothing at that address.", "Check the path."),
    405: Explanation("That address does not answer this kind of request.", "Check the method: GET or POST."),
    407: Explanation("A proxy on the way wants a user name and a password.", "Ask your administrator."),
    408: Explanation("The server did not wait any longer for the request to arrive.", "Try again in a minute."),
    413: Explanation("The request is larger than the server takes.", "Send less at a time, or a smaller file."),
    415: Explanation(
        "The server does not take a body of this type.", "Check the header Content-Type, and the body of the call."
    ),
    429: _CODES["CMN-301"],
    500: Explanation("The server has a problem of its own.", "Try again in a minute."),
    502: Explanation("A server in between got no usable answer from the one behind it.", "Try again in a minute."),
    503: Explanation("The server is busy or being repaired.", "Try again in a minute."),
    504: Explanation("A server in between got no answer in time from the one behind it.", "Try again in a minute."),
    511: Explanation(
        "The network that you are in wants you to sign in first.",
        "Open any web page in a browser, sign in to the network, then try again.",
    ),
}
BY_HUNDRED: dict[int, Explanation] = {
    2: Explanation("It accepted the request, and its answer is not of the kind that belongs to it.", _LOOK_AT_IT),
    3: Explanation("The answer is a redirect. It is not followed, for the token must not go elsewhere.", _LOOK_AT_IT),
    4: Explanation("The server does not carry out this request.", "Check its path, its parameters and its body."),
    5: BY_STATUS[500],
}


def named(word: str) -> str:
    """A code as the catalogue has it, whatever its case and the spaces around it; empty where it has none such.

    Args:
        word: What a server or a person calls it.
    """
    plain = word.strip().casefold()
    return next((code for code in CATALOGUE if code.casefold() == plain), "")


def look_up(code: str, oauth_error: str = "", *, status: int = 0) -> Explanation:
    """Look up what the answer of a server means.

    Args:
        code: RingCentral's error code, such as ``"OAU-109"``; may be empty or unknown.
        oauth_error: The standard's word, such as ``"invalid_grant"``, used when there is no code.
        status: HTTP status code, used when neither is there.

    Returns:
        The explanation. A code that is not in the catalogue is told as unknown, whatever word or status comes with
        it: a guess would send people the wrong way. Both parts are empty when nothing is given.
    """
    word = code or oauth_error
    if word and not named(word):
        cure = BY_STATUS[status].cure if status in (429, 500, 502, 503, 504) else ""
        return Explanation(
            "This code is not in our catalogue, so its cause is not known here.",
            cure or "Go by the server's own words; RingCentral's support can look the code up.",
            code=word[:60],
            meaning="unknown",
        )
    return CATALOGUE[named(word)] if word else BY_STATUS.get(status) or BY_HUNDRED.get(status // 100) or Explanation()
