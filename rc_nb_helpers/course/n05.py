"""Notebook 05, Call and log out: the guard, RingCentral's three calls, and the end of a login."""

from __future__ import annotations

from ringcentral.http.api_exception import ApiException

from .n04 import explain

TITLE = "05 Call and log out"


def logged_in(platform):
    """Whether one of the two tokens is still good, by our clock. Asks nobody."""
    auth = platform.auth()
    return auth.access_token_valid() or auth.refresh_token_valid()


ENDPOINTS = {
    "extension": "/restapi/v1.0/account/~/extension",
    "extension-call-log": "/restapi/v1.0/account/~/extension/~/call-log",
    "account-call-log": "/restapi/v1.0/account/~/call-log",
}


def test(platform, api):
    """Make one of the three calls, if somebody is logged in. Returns a list of records, or says why not."""
    if not logged_in(platform):
        return "Not logged in."
    try:
        return platform.get(ENDPOINTS[api]).json_dict()["records"]
    except ApiException as error:
        return explain(error)


def show_records(records, *names):
    """Print these fields of the first five records; or the words that say why there are none."""
    if isinstance(records, str):
        print(records)
        return
    for record in records[:5]:
        print(*(f"{record.get(name, ''):<26}" for name in names))


def end(platform):
    """End a login: tell the server that the tokens are dead, and forget them here, whatever it says."""
    try:
        platform.logout()
    finally:
        platform.auth().reset()


def logout(platform):
    """Log out, if somebody is logged in, and say how it went."""
    if not logged_in(platform):
        return "Nobody is logged in."
    try:
        end(platform)
    except ApiException as error:
        return "Forgotten here. The tokens may live on at the server: " + explain(error)
    return "Logged out."


PROGRAM = (logged_in, "ENDPOINTS", test, show_records, end, logout)
