"""The start page, and the credentials for programs on this computer."""

from __future__ import annotations

from urllib.parse import urlsplit

from tornado.web import HTTPError

from ..network import is_loopback_host
from .pages import PageHandler
from .programs import JsonHandler

_BROWSER_OR_PROXY = ("Origin", "Forwarded", "Via", "X-Real-Ip", "X-Proxycontextpath")
_OF_BROWSERS_OR_PROXIES = ("Sec-Fetch-", "X-Forwarded-")


class RootHandler(PageHandler):
    """``/``: leads to the start page."""

    def get(self) -> None:
        self.lead_to("/practice/", status=302)


class HereHandler(PageHandler):
    """``/practice/here.css``: an empty style sheet, by which a notebook's page finds out whether its browser gets here.

    Of any other answer a browser tells another site's page only that it failed: pages forbid it (CORP), and data may
    not be read across sites (ORB). There is nothing to read in this one, and no CORS header allows it.
    """

    def get(self) -> None:
        """Answer with nothing."""
        self.set_header("Content-Type", "text/css; charset=UTF-8")
        self.finish()


class HomeHandler(PageHandler):
    """``/practice/``: says what this is, and who can sign in."""

    def get(self) -> None:
        in_class = self.backend.learners > 0
        self.page("home.html", in_class=in_class, people=self.backend.people_for(self.backend.built_in))


class CredentialsHandler(JsonHandler):
    """``/practice/credentials``: the ready line again, for a kernel that only knows the address.

    Without the instructor's password, and in a class without any credentials at all: the learners' kernels may be on
    this computer, and everybody has an app of their own.

    It holds client secrets and passwords, so it is there only for programs on this computer: not from elsewhere, not
    through a proxy, and not for a page in a browser, which could be anybody's.
    """

    def get(self) -> None:
        headers = self.request.headers
        marked = any(name in _BROWSER_OR_PROXY or name.startswith(_OF_BROWSERS_OR_PROXIES) for name in headers)
        # Another port is that of a server which has passed the request on, as a Jupyter server on this computer does.
        asked = urlsplit(f"//{self.request.host}")
        local = is_loopback_host(asked.hostname or "") and (asked.port or 80) == self.site.port
        local = local and is_loopback_host(self.request.remote_ip or "")
        if self.site.open_to_network or marked or not local:
            raise HTTPError(404)
        ready = self.backend.ready(self.site.server_url, self.site.browser_url)
        if self.backend.learners:
            ready |= {"client_id": "", "client_secret": "", "users": []}
        self.send_json(200, ready)


ROUTES = [
    ("/", RootHandler),
    ("/practice", RootHandler),
    ("/practice/", HomeHandler),
    ("/practice/here.css", HereHandler),
    ("/practice/credentials", CredentialsHandler),
]
