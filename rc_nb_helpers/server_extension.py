"""An extension of the Jupyter server: leads a login's answer to the kernel that waits for it.

On a hub or a remote server the browser cannot reach the kernel's ``localhost``, but it reaches the server. So the
redirect URI is the server's ``rc-callback/``, behind its own login. The answer goes on to the private socket of its
state, and the kernel's page comes back. Kernels learn where all this is from variables, which they inherit.

The answer holds the code, so it stays out of every log: the request loses its query before anything can write it down.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import random
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, authenticated

from .callback_handler import HEADERS, PREFETCHED, is_a_visit, is_ahead, nothing_here, show
from .callback_page import Page
from .loopback import is_ours, tells_owners
from .redirection_endpoint import NAME, PATH_VARIABLE, PORT_VARIABLE, SOCKETS_VARIABLE, socket_path
from .relay import Answer, pass_on
from .socket_folder import connection_to, folder_in, places

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

MOST_QUERY = 8192
"""How long an answer may be."""

KEPT = "rc-callback"
"""The cookie that keeps an answer while its person signs in to the server."""
KEPT_SECONDS = 300
MOST_KEPT = 3500
"""Browsers keep cookies of 4096 bytes."""

PORTS = range(12_000, 20_000)
"""For servers written by hand: below the ports that systems hand out by themselves."""

NOBODY = Page(
    "Nobody waits for this answer",
    "If the notebook says that you are logged in, all is well: this page was only loaded once more.\n"
    "Does a notebook ask for this page's address? Copy it from the address bar, and paste it there.\n"
    "Else the login has ended, or its notebook was closed or restarted. Go back to the notebook, and log in again.",
    status=404,
    to_paste=True,
)
NO_ANSWER = Page(
    "The notebook does not answer",
    "Its kernel has the login's answer, or is too busy to take it.\n"
    "Look at the notebook: it tells you how the login ended. If it still waits, log in again there.",
    status=504,
)
NOTHING_KEPT = Page(
    "Nothing to see here",
    "This address only waits for the end of a login.\n"
    "If you were logging in, its answer was lost on the way: go back to the notebook, and log in again.",
    status=404,
)
ELSEWHERE = Page(
    "This server cannot pass the answer on",
    "It found no folder in which a notebook could wait for it, or it runs on Windows, where that cannot be done.\n"
    "Go back to the notebook, and paste the address of this page there while it is fresh: it is good for a minute.\n"
    "Where browser and notebook are on one computer, a redirect URI such as http://localhost:5000/oauth2callback "
    "works without this.",
    status=501,
    to_paste=True,
)

_ON_TOP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
HAND_MADE_POLICY = _ON_TOP + "frame-ancestors 'none'; sandbox"
"""For pages of servers written by hand: what they show may come from the address, and Jupyter is on the same origin."""


class ServerCallbackHandler(JupyterHandler):
    """Takes the browser at the end of a login: one person's, at the exact address, signed in to the server."""

    SUPPORTED_METHODS = ("GET",)

    def initialize(self, path: str, sockets: Path | None, port: int) -> None:
        """Take the rules, and take the answer out of the request.

        Args:
            path: The only path that is answered.
            sockets: The folder of the private sockets; None when there can be none.
            port: Where servers written by hand listen; 0 when nothing is passed on to them.
        """
        self._rc_path, self._sockets, self._port = path, sockets, port
        request = self.request
        self._exact = request.path == path
        self._query = request.query
        # From here on whatever writes requests down, sends people to log in, or reads a token, sees none of it.
        request.uri, request.query = path, ""
        request.arguments, request.query_arguments = {}, {}
        request.headers.pop("Referer", None)  # of a platform on the same server it has the state in it

    def set_default_headers(self) -> None:
        """The listener's, and nothing that the server's settings may allow besides."""
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def set_cors_headers(self) -> None:
        """None: no other page may read this."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Turn away what is not a person's visit; send to the login page whoever is not signed in."""
        if not self._exact:
            raise HTTPError(404)
        if not is_a_visit(self.request.headers):
            raise HTTPError(403)
        # Printable ASCII, as addresses are: a line end would begin a request of its own.
        if len(self._query) > MOST_QUERY or not re.fullmatch(r"[!-~]*", self._query):
            raise HTTPError(400)
        if self._sockets is None:  # before any login, for that would take the address out of the address bar
            show(self, ELSEWHERE)
            return
        await super().prepare()

    def get_login_url(self) -> str:
        """On the way to the login page: the browser itself keeps the answer, not an address that servers write down."""
        if 0 < len(self._query) <= MOST_KEPT * 3 // 4:
            kept = base64.urlsafe_b64encode(self._query.encode()).decode()
            self._keep(kept, KEPT_SECONDS)
        return super().get_login_url()

    @authenticated
    async def get(self) -> None:
        """Pass the answer on, and show the page that comes back."""
        if is_ahead(self.request.headers):
            show(self, PREFETCHED)
            return
        query = self._query
        if self.get_cookie(KEPT) is not None:
            self._keep("", 0)
            if not query and (kept := self._kept()):
                self.redirect(f"{self._rc_path}?{kept}")  # back in the address bar: it can be pasted if nobody waits
                return
        states = parse_qs(query, keep_blank_values=True).get("state", [])
        if len(states) > 1:
            raise HTTPError(400)
        if query and self._sockets:
            await self._pass_on(f"{self._rc_path}?{query}", socket_path(self._sockets, "".join(states)))
        else:
            show(self, NOTHING_KEPT)

    async def _pass_on(self, target: str, path: Path) -> None:
        """Ask whoever waits: the socket's kernel, else a server written by hand."""
        policy, connection = "", None
        try:
            connection = connection_to(path)
        except BlockingIOError:
            show(self, NO_ANSWER)
            return
        except PermissionError as error:
            self.log.warning("rc-callback: %s Nothing was sent to it.", error)
        except OSError:
            policy, connection = HAND_MADE_POLICY, await self._hand_made()
        if connection is None:
            show(self, NOBODY)
        elif (answer := await pass_on(connection, host=self.request.host, target=target)) is None:
            show(self, NO_ANSWER)
        else:
            self._show_theirs(answer, policy)

    async def _hand_made(self) -> socket.socket | None:
        """A connection to a server that this user has written by hand; None when there is none."""
        if not self._port:
            return None
        connection = socket.socket()
        connection.setblocking(False)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self._port)), 1)
        except (OSError, asyncio.TimeoutError):
            connection.close()
            return None
        if is_ours(self._port):
            return connection
        connection.close()
        self.log.warning("rc-callback: another user listens on port %s. Nothing was sent to it.", self._port)
        return None

    def _show_theirs(self, answer: Answer, policy: str) -> None:
        """Show what was answered. The headers keep the page from being framed, kept or passed on, whoever made it."""
        self.set_status(answer.status)
        if kind := answer.headers.get("Content-Type"):
            self.set_header("Content-Type", kind)
        policy = policy or answer.headers.get("Content-Security-Policy", "")
        self.set_header("Content-Security-Policy", policy or HEADERS["Content-Security-Policy"])
        self.finish(answer.body or None)

    def _keep(self, value: str, seconds: int) -> None:
        secure = self.request.protocol == "https"
        self.set_cookie(KEPT, value, path=self._rc_path, max_age=seconds, httponly=True, samesite="Lax", secure=secure)

    def _kept(self) -> str:
        """What the browser has kept; empty when it is nothing that an address can hold."""
        try:
            query = base64.urlsafe_b64decode(self.get_cookie(KEPT, "") or "").decode("ascii")
        except (binascii.Error, ValueError):
            return ""
        return query if re.fullmatch(r"[!-~]+", query) else ""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say little to whoever has no business here."""
        if status_code == 405:
            self.set_header("Allow", "GET")  # RFC 9110 §15.5.6
        show(self, nothing_here(status_code))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """What the server asks an extension for."""
    return [{"module": __name__}]


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    """Serve ``rc-callback/``, and tell the kernels.

    Args:
        serverapp: The server that is starting.
    """
    for name in (PATH_VARIABLE, SOCKETS_VARIABLE, PORT_VARIABLE):
        os.environ.pop(name, None)  # a server started from another one's terminal has inherited that one's
    path = serverapp.base_url + NAME
    sockets = folder_in(places(Path(jupyter_runtime_dir()))) if hasattr(socket, "AF_UNIX") and os.name != "nt" else None
    port = _free_port() if sockets and tells_owners() else 0
    rules = {"path": path, "sockets": sockets, "port": port}
    handlers = [(re.escape(path.rstrip("/")) + "(?:/.*)?", ServerCallbackHandler, rules)]
    serverapp.web_app.add_handlers(".*$", handlers)  # type: ignore[no-untyped-call]
    if sockets is None:
        serverapp.log.info(
            "rc-callback: logins of notebooks go through http://localhost here, or their answer is pasted. "
            "No folder can hold their sockets, or this is Windows."
        )
        return
    os.environ[PATH_VARIABLE], os.environ[SOCKETS_VARIABLE] = path, str(sockets)
    if port:
        os.environ[PORT_VARIABLE] = str(port)


def _free_port() -> int:
    """A port for servers that this user writes by hand; 0 when none is free.

    Any of many, so that servers on one machine do not meet there: it is bound only when somebody's cell listens.
    """
    for port in random.sample(PORTS, 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return 0
