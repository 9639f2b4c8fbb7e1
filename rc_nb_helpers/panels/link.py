"""A link to a sign-in page, for the notebooks that build theirs by hand."""

from __future__ import annotations

from IPython.display import display

from ..authorization import AUTHORIZE_PATH
from ..errors import ConfigurationError, of_type
from ..local_practice import PROBE_PATH
from ..loopback import is_loopback
from .base import Drawn


class SignInLink(Drawn):
    """A link to a sign-in page, and its address to copy.

    The address holds a login's state and the app's client id. Neither belongs into a saved notebook, so it
    goes to the page as a message.

    Args:
        url: The sign-in page's address.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.view = {"title": "Sign in"}
        server_url, is_sign_in, _ = url.partition(AUTHORIZE_PATH)
        self._tell({"url": url, "probe": server_url + PROBE_PATH if is_sign_in and is_loopback(url) else ""})


def open_in_browser(url: str) -> None:
    """Show a link to a sign-in page. A person clicks it; the autopilot, when it is on, visits it.

    Args:
        url: The sign-in page's address.

    Raises:
        ConfigurationError: It is none.
    """
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        what = "this text is no web address" if isinstance(url, str) else f"this is {of_type(url)}"
        raise ConfigurationError(
            f"Nothing can be opened in the browser: {what}.",
            why="A sign-in page's address is a text that begins with https:// or http://.",
            cure="Pass the address: open_in_browser(attempt.authorize_url), or the one that you have built.",
        )
    from .. import autopilot  # here, because importing the panels shall be quick

    display(SignInLink(url))  # type: ignore[no-untyped-call]
    autopilot.follow(url)
