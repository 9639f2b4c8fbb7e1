"""Shared by the tests of the REST API: an app with the permissions that a test needs, and its access token."""

from __future__ import annotations

from .conftest import REDIRECT_URI, World

EVERYTHING = ("ReadAccounts", "ReadCallLog", "ReadMessages", "SMS", "ReadPresence")


def app_with(world: World, *permissions: str) -> dict[str, str]:
    """Register an app with these permissions; return its id and secret."""
    return world.new_app(**{f"permission_{name}": "yes" if name in permissions else "" for name in EVERYTHING})


def token_of(world: World, app: dict[str, str], username: str = "alex", password: str = "maple") -> str:
    """Sign in with an app and return the access token."""
    code = world.code(username, password, client_id=app["client_id"])
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    return str(world.post_token((app["client_id"], app["client_secret"]), **form).json()["access_token"])


def token_for(world: World, *permissions: str, username: str = "alex", password: str = "maple") -> str:
    """Register an app with these permissions (none named: with all), sign in, and return the access token."""
    return token_of(world, app_with(world, *(permissions or EVERYTHING)), username, password)
