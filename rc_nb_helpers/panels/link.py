"""A link to a sign-in page, for the notebooks that build theirs by hand."""

from __future__ import annotations

import threading
import time

from IPython.display import display

from .base import Drawn

_AGAIN_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2)


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
        self._tell({"url": url})
        threading.Thread(target=self._tell_again, name="sign-in-link", daemon=True).start()

    def _tell_again(self) -> None:
        """Repeat it: a page that is not drawn yet has missed it, and cannot ask while the next cell runs."""
        for pause in _AGAIN_SECONDS:
            time.sleep(pause)
            self._send_details()


def open_in_browser(url: str) -> None:
    """Show a link to a sign-in page. A person clicks it; the autopilot, when it is on, visits it.

    Args:
        url: The sign-in page's address.
    """
    from .. import autopilot  # here, because importing the panels shall be quick

    display(SignInLink(url))  # type: ignore[no-untyped-call]
    autopilot.follow(url)
