"""What each error code means, in a few plain words: for people who look over many at once."""

from __future__ import annotations

from ..errors import SEAT_LINK, WRONG_PASSWORD

_WORDS = {
    WRONG_PASSWORD: "a wrong name or password on the sign-in page",
    SEAT_LINK: "a seat link that is wrong, or no longer good",
    "OAU-101": "the brand does not exist",
    "OAU-102": "sign-in or consent is needed first",
    "OAU-106": "the code is unknown or was used before",
    "OAU-108": "the code is older than its 60 seconds",
    "OAU-109": "the redirect URI does not match, or is missing",
    "OAU-110": "the code belongs to another app",
    "OAU-111": "a parameter was sent twice",
    "OAU-112": "the app has another auth flow",
    "OAU-113": "the app has no redirect URI",
    "OAU-123": "client id and secret are missing",
    "OAU-125": "the app has another auth flow",
    "OAU-127": "the app is not active",
    "OAU-128": "the access token has expired",
    "OAU-129": "an old access token: a refresh replaced it",
    "OAU-134": "client id and secret cannot be read",
    "OAU-146": "the client secret is wrong",
    "OAU-149": "the token is not valid",
    "OAU-151": "no bearer token in the request",
    "OAU-153": "the client id is unknown, or missing",
    "OAU-164": "the token belongs to another app",
    "OAU-165": "the app belongs to the sandbox",
    "OAU-210": "the refresh token has expired",
    "OAU-213": "the token is unknown or revoked",
    "OAU-250": "unknown grant type",
    "OAU-251": "the app may not use this grant type",
    "AGW-401": "no access token in the request",
    "CMN-101": "a parameter is missing, or has a value that cannot be used",
    "CMN-102": "there is nothing with this id",
    "CMN-103": "the JSON cannot be read",
    "CMN-104": "the request cannot be read",
    "CMN-120": "no such address",
    "CMN-201": "the service was down (a fault)",
    "CMN-202": "wrong HTTP method",
    "CMN-203": "the server failed",
    "CMN-301": "too many requests",
    "CMN-401": "the app lacks a permission",
    "CMN-408": "the person lacks a permission",
    "MSG-246": "the phone number cannot be used",
    "MSG-304": "the number cannot send texts",
}


def in_words(code: str) -> str:
    """What ``code`` means, or an empty text where there is nothing to add."""
    return _WORDS.get(code, "")
