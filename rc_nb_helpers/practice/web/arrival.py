"""Where a request arrives: what a proxy has put in front of its path is taken off, here and nowhere else."""

from __future__ import annotations

from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import Application

from .site import Site


class PrefixedApplication(Application):
    """An application whose routes know nothing of the path that it is behind.

    The setting ``site`` says which path that is.
    """

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """Find who answers to the request's own path (tornado calls this with each request)."""
        site: Site = self.settings["site"]
        request.path = site.own_path(request.path)
        request.uri = request.path + (f"?{request.query}" if request.query else "")
        return super().find_handler(request, **kwargs)
