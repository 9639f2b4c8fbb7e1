"""The text of an app's `.env-practice`, in the dotenv format of the tutorial's other two files."""

from __future__ import annotations

from .apps import App

NO_SECRET = "none"
"""What RC_CLIENT_SECRET says for an app without a secret: a blank line could as well have been forgotten."""


def env_file(app: App, server_url: str) -> str:
    """The four lines that a learner puts into ``.env-practice``.

    With all redirect URIs: where the first one's port is taken (AirPlay, on a Mac), the next can be used.

    Args:
        app: The learner's app.
        server_url: Where the platform is.
    """
    return (
        f"RC_SERVER_URL={server_url}\n"
        f"RC_CLIENT_ID={app.client_id}\n"
        f"RC_CLIENT_SECRET={app.client_secret or NO_SECRET}\n"
        f"RC_REDIRECT_URL={','.join(app.redirect_uris)}\n"
    )
