"""What a lab asks of practice for its own app: let tokens end, revoke them. No other server is ever asked."""

from __future__ import annotations

from typing import Any

import requests

from ..environments import Environment
from ..errors import ConfigurationError
from ..local_practice import PROBE_PATH

SECONDS = 5


def only_practice(environment: Environment) -> None:
    """Refuse every server but practice.

    Args:
        environment: Where the lab would work.

    Raises:
        ConfigurationError: It is not practice, or nobody answers there.
    """
    if environment.name != "practice" or not _is_practice(environment.server_url):
        raise ConfigurationError(
            f"This lab works with practice only, and there is none at {environment.server_url}.",
            why="It ends logins, or keeps tokens badly on purpose: that must not meet a real account.",
            cure='Use load_environment("practice"), and run the cells from the top.',
        )


def _is_practice(server_url: str) -> bool:
    """Whether a server has practice's page for those who look for it. It is told nothing."""
    answer = _ask("GET", server_url + PROBE_PATH)
    return answer is not None and answer.ok and "css" in answer.headers.get("Content-Type", "")


def _ask(method: str, url: str, **options: Any) -> requests.Response | None:
    try:
        with requests.Session() as http:
            http.trust_env = False  # a proxy is for the world outside
            return http.request(method, url, timeout=SECONDS, allow_redirects=False, **options)
    except requests.RequestException:
        return None


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
    """
    only_practice(environment)
    answer = _ask(
        "POST",
        f"{environment.server_url}/practice/controls/{action}",
        json=what,
        auth=(environment.client_id, environment.client_secret),
    )
    if answer is None or not answer.ok:
        raise ConfigurationError(
            f"Practice does not do {action} for this app.",
            why=f"It answers with status {answer.status_code}." if answer is not None else "It does not answer.",
            cure="Compare client id and secret in the .env file with the app's page in the practice console.",
        )
    return dict(answer.json())
