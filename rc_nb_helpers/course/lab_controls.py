"""What a lab asks of practice for its own app: let tokens end, revoke them. No other server is ever asked."""

from __future__ import annotations

from typing import Any

import requests

from ..environments import Environment
from ..errors import ConfigurationError, PlatformUnreachable

SECONDS = 5


def only_practice(environment: Environment) -> None:
    """Refuse every server but practice.

    Args:
        environment: Where the lab would work.

    Raises:
        ConfigurationError: It is not practice.
    """
    if environment.name != "practice":
        raise ConfigurationError(
            f"This lab does not work with {environment.name}.",
            why="It ends logins, or keeps tokens badly on purpose. That is for practice alone.",
            cure='Use load_environment("practice").',
        )


def control(environment: Environment, action: str, **what: object) -> dict[str, Any]:
    """Do something to one's own app at practice, such as ``expire-access-tokens``.

    Args:
        environment: Practice, and the app.
        action: One of practice's controls.
        what: What it takes.

    Returns:
        What is set then.

    Raises:
        ConfigurationError: It is not practice, or practice does not do this.
        PlatformUnreachable: Practice does not answer.
    """
    only_practice(environment)
    try:
        with requests.Session() as http:
            http.trust_env = False  # a proxy is for the world outside
            answer = http.post(
                f"{environment.server_url}/practice/controls/{action}",
                json=what,
                auth=(environment.client_id, environment.client_secret),
                timeout=SECONDS,
                allow_redirects=False,
            )
            said = answer.json()
    except (requests.RequestException, ValueError):
        raise PlatformUnreachable(
            "Practice does not answer.",
            cure="Start it again with python3 tutorial.py. Then run this notebook from the top.",
        ) from None
    if not answer.ok:
        raise ConfigurationError(
            f"Practice does not do {action} for this app (status {answer.status_code}).",
            cure="Compare client id and secret in the .env file with the app's page in the practice console.",
        )
    return dict(said)
