"""Plays the browser and the person, so that notebooks and tests can run without either.

With ``RC_AUTOPILOT=1``, and only against a practice platform of this machine, a sign-in page that
would be shown to a person is visited here: the form is filled in, the app is allowed, and the
redirect is followed to the listener. All the rest is the real thing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from .authorization import AUTHORIZE_PATH
from .errors import RingCentralError
from .local_practice import ready_line
from .redirection_endpoint import RedirectionEndpoint, endpoint_of, leads_to_server, listen_address

VARIABLE = "RC_AUTOPILOT"
STEP_SECONDS = 5
LISTENER_SECONDS = 15
"""How long a listener that is not open yet is tried again: a notebook may show its link first."""

_visited: set[str] = set()


def can_fly(url: str) -> bool:
    """Whether the autopilot is on and a URL is on a practice platform of this machine that says who may sign in.

    One that serves a class does not.

    Args:
        url: The platform's base URL as the browser reaches it, or a sign-in page's address.
    """
    return _ready(url) is not None


def follow(authorize_url: str) -> None:
    """Carry a login through, in the background, if the autopilot :func:`can_fly` there.

    Args:
        authorize_url: The sign-in page's address.
    """
    ready = _ready(authorize_url)
    # A notebook may show the link of a login that is under way already.
    if ready is not None and authorize_url not in _visited:
        _visited.add(authorize_url)
        threading.Thread(target=_visit, args=(authorize_url, ready), name="autopilot", daemon=True).start()


def _ready(url: str) -> dict[str, Any] | None:
    if os.environ.get(VARIABLE) != "1":
        return None
    ready = ready_line(_base(url))
    return ready if ready and ready.get("users") else None


def _base(url: str) -> str:
    """The base URL of the platform that a sign-in page is on; it may have a path of its own."""
    return url.partition(AUTHORIZE_PATH)[0].rstrip("/")


def _visit(url: str, ready: dict[str, Any]) -> None:
    # A platform that stops on the way: the login's own deadline tells of it, a thread cannot.
    with contextlib.suppress(requests.RequestException):
        hint = parse_qs(urlsplit(url).query).get("login_hint", [""])[0]
        users: list[dict[str, str]] = ready["users"]
        user = next((user for user in users if user["username"] == hint), users[0])
        if way_back := sign_in(url, user["username"], user["password"]):
            deliver(way_back)


def sign_in(url: str, username: str, password: str) -> str:
    """Sign a person of practice in, and allow the app, as a browser would that shows nothing.

    Args:
        url: The sign-in page's address.
        username: Who signs in.
        password: The password of that person of the practice company.

    Returns:
        The address that the browser is sent back to, which was not visited; empty where an error page came instead.

    Raises:
        requests.RequestException: The platform did not answer.
    """
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(url, timeout=STEP_SECONDS, allow_redirects=False)
        for _ in range(6):
            if page.is_redirect:
                target = urljoin(page.url, page.headers["Location"])
                if leads_to_server(target) or not target.startswith(_base(url) + "/"):
                    return target
                page = browser.get(target, timeout=STEP_SECONDS, allow_redirects=False)
                continue
            form = _Form(page.text)
            if not form.fields and not form.decides:
                break  # an error page: a person would be reading it now
            answers = {"username": username, "password": password}
            data = {name: answers.get(name, value) for name, value in form.fields.items()}
            if form.decides:
                data["decision"] = "allow"
            page = browser.post(urljoin(page.url, form.action), data=data, timeout=STEP_SECONDS, allow_redirects=False)
    return ""


def deliver(callback_url: str) -> None:
    """Bring the answer to the listener, which may be about to open; as a server does that passes answers on.

    Args:
        callback_url: The address that a browser was sent back to.
    """
    parts = urlsplit(callback_url)
    endpoint = endpoint_of(callback_url, parse_qs(parts.query).get("state", [""])[0])
    if endpoint is None:
        return
    until = time.monotonic() + LISTENER_SECONDS
    while time.monotonic() < until:
        # Not with requests: urllib3's log, for those who turn it on, would hold the code.
        connection = HTTPConnection(endpoint.host)
        try:
            connection.sock = _connected(endpoint, callback_url)
            connection.request("GET", f"{endpoint.path}?{parts.query}")
            connection.getresponse().read()
        except ConnectionError:
            time.sleep(0.1)
        except (OSError, HTTPException, RingCentralError):
            return
        else:
            return
        finally:
            connection.close()


def _connected(endpoint: RedirectionEndpoint, callback_url: str) -> socket.socket:
    """A connection to who waits at an endpoint: the login's private socket, else a server that is written by hand."""
    if endpoint.socket is None or not endpoint.socket.exists():
        return socket.create_connection(listen_address(callback_url), timeout=LISTENER_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(LISTENER_SECONDS)
        connection.connect(str(endpoint.socket))
    except OSError:
        connection.close()
        raise
    return connection


class _Form(HTMLParser):
    """The first form of a page: its address, its named fields, and whether it asks for a decision."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.decides = False
        self._inside = self._seen = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form" and not self._seen:
            self._inside = self._seen = True
            self.action = attributes.get("action") or ""
        name = attributes.get("name")
        if not self._inside or not name:
            return
        if tag == "button" or attributes.get("type") == "submit":
            self.decides = self.decides or name == "decision"
        elif tag == "input":
            self.fields[name] = attributes.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
