"""The steps of the tutorial that the platform can see: requests say which they reached, the classroom counts them."""

from __future__ import annotations

from enum import Enum


class Stage(str, Enum):
    """A step of the tutorial. In the order in which people reach them."""

    __hash__ = str.__hash__  # Enum's own is slow, and boards look up thousands of them for each change

    APP_MADE = "app made"
    STATE_SENT = "state sent"
    S256_USED = "S256 used"
    SIGN_IN_SEEN = "sign-in page seen"
    CONSENT_GIVEN = "consent given"
    DENIED = "denied"
    CODE_EXCHANGED = "code exchanged"
    API_CALLED = "API called"
    REFRESHED = "refreshed"
    LOGGED_OUT = "logged out"
    ERROR_MET = "error met"
