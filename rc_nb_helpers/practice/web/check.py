"""What a computer asks before a class: whether this is the platform, which one, and whether a window opens."""

from __future__ import annotations

from ..version import VERSION
from .pages import PageHandler
from .programs import JsonHandler


class AboutHandler(JsonHandler):
    """``/practice/about``: what ``tutorial.py practice --check`` has to know. Nothing secret; no login."""

    def get(self) -> None:
        backend = self.backend
        body = {
            "practice_platform": VERSION,
            "clock_ahead_seconds": backend.clock.moved,
            "redirect_uris": list(backend.built_in.redirect_uris),
        }
        self.send_json(200, body)


class WindowHandler(PageHandler):
    """``/practice/window``: a button that opens a window, as a login does, and what has come of it."""

    script = "window.js"
    for_learners = False

    def get(self) -> None:
        self.page("window.html")


ROUTES = [
    ("/practice/about", AboutHandler),
    ("/practice/window", WindowHandler),
]
