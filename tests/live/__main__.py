"""python -m tests.live production: log in for real, ask RingCentral and practice the same, print what differs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import requests

from rc_nb_helpers import ConfigurationError, Environment, RingCentralError, Session, load_environment
from rc_nb_helpers.practice import PracticePlatform
from tests.practice.conftest import REDIRECT_URI, Clock, World
from tests.practice.rest import EVERYTHING, app_with, token_of

from .contract import Server, ask, differences, requests_to_both

DAYS = 30
LOGIN_SECONDS = 300


def log_in(session: Session, show: Callable[[str], None] = print) -> None:
    """Let a person log in with the link that ``show`` gets. Raises `RingCentralError` when they do not."""
    attempt = session.begin_login(timeout=LOGIN_SECONDS)
    show(
        f"\nOpen this link and log in (you have {LOGIN_SECONDS // 60} minutes; Ctrl-C gives up):\n\n"
        f"{attempt.authorize_url}\n"
    )
    attempt.wait(LOGIN_SECONDS)


def compare(real: Server, practice: Server) -> int:
    """Ask both, print the differences, and return how many requests were answered differently."""
    date_from = (datetime.now(timezone.utc) - timedelta(days=DAYS)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    different = 0
    for request in requests_to_both(date_from):
        try:
            found = list(differences(ask(real, request), ask(practice, request)))
        except requests.RequestException as error:
            found = [f"no answer: {type(error).__name__}"]
        print(f"{'differs' if found else 'same':8} {request.title}")
        for line in found:
            print(f"           {line}")
        different += bool(found)
    return different


def run(environment: Environment, show: Callable[[str], None] = print) -> int:
    """Compare ``environment`` with a practice platform; return how many requests were answered differently.

    The practice app gets the permissions that RingCentral granted to the real one, and whoever logs in there is
    played by an administrator or by an ordinary user, as they are one. Raises `RingCentralError` when nobody logs in.
    """
    if not environment.client_secret:
        raise ConfigurationError(
            f"The app of the {environment.name} environment has no secret.",
            cure="Use a server-side app: this comparison also sends a wrong secret.",
        )
    session = Session(environment)
    log_in(session, show)
    try:
        status = session.token_status
        granted = [name for name in EVERYTHING if status and name in status.scope]
        admin = session.get("/restapi/v1.0/account/~/extension/~").get("permissions", {}).get("admin", {})
        real = Server(
            environment.name,
            environment.server_url,
            environment.client_id,
            environment.client_secret,
            environment.redirect_uri,
            session.platform.auth().access_token(),
        )
        clock = Clock()
        clock.now = time.time()
        with PracticePlatform(clock=clock) as platform:
            world = World(platform, clock)
            app = app_with(world, *granted)
            person = ("alex", "maple") if admin.get("enabled") else ("sam", "birch")
            token = token_of(world, app, *person)
            practice = Server(
                "practice", platform.server_url, app["client_id"], app["client_secret"], REDIRECT_URI, token
            )
            return compare(real, practice)
    finally:
        session.logout()


def main(name: str) -> int:
    """Run against the environment ``name`` (production or sandbox); the exit code tells whether something differs."""
    try:
        different = run(load_environment(name))
    except RingCentralError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"\n{different or 'No'} request{'' if different == 1 else 's'} answered differently.")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["production"]))
