"""Other tools' login receivers, each driven as its own documentation says, for comparison. Never part of the tests.

Each logs in on the scripted server with its own code from the first line to the exchange; only its browser is ours, and
its token endpoint. A peer runs in a process of its own, which is killed when it hangs.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import webbrowser
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.connection import Connection
from typing import Any

from ..conftest import CALLBACK_PATH, CLIENT_ID, CLIENT_SECRET, TOKEN_PATH, FakePlatform, Say

Login = Callable[[int, str], float | None]
"""Logs in with the answer that comes to a port, and the token endpoint of a server; returns when logged in.

Who knows better tells by the monotonic clock when that was.
"""

START_SECONDS = 20
LOGIN_SECONDS = 10

GLOBUS_TOKEN_PATH = "/v2/oauth2/token"
GLOBUS_FIELDS = {"resource_server": "auth.globus.org", "other_tokens": []}


def msal(port: int, server_url: str) -> None:
    """MSAL's receiver takes the answer by POST (``response_mode=form_post``)."""
    from msal.oauth2cli.oauth2 import Client

    endpoints = {"authorization_endpoint": f"{server_url}/authorize", "token_endpoint": server_url + TOKEN_PATH}
    client = Client(endpoints, CLIENT_ID, client_secret=CLIENT_SECRET)
    redirect_uri = f"http://localhost:{port}{CALLBACK_PATH}"
    answer = client.obtain_token_by_browser(redirect_uri=redirect_uri, timeout=LOGIN_SECONDS)
    if "access_token" not in answer:
        raise ValueError(answer.get("error"))


def globus(port: int, server_url: str) -> None:
    """Globus: a native app, with PKCE."""
    from globus_sdk import NativeAppAuthClient
    from globus_sdk.gare import GlobusAuthorizationParameters
    from globus_sdk.login_flows import LocalServerLoginFlowManager

    client = NativeAppAuthClient("8e2d7ed2-6f5c-4b8e-8c6c-1d2f3a4b5c6d", base_url=server_url)
    manager = LocalServerLoginFlowManager(client, server_address=("localhost", port))
    manager.run_login_flow(GlobusAuthorizationParameters(required_scopes=["openid"]))


def google(port: int, server_url: str) -> None:
    """Google: an installed app."""
    from google_auth_oauthlib.flow import InstalledAppFlow

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the token endpoint is on this machine
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token_uri": server_url + TOKEN_PATH}
    flow = InstalledAppFlow.from_client_config({"installed": app | {"auth_uri": f"{server_url}/authorize"}}, ["any"])
    flow.run_local_server(port=port, authorization_prompt_message=None, timeout_seconds=LOGIN_SECONDS)


def spotipy(port: int, server_url: str) -> None:
    """Spotipy, with a state."""
    from spotipy import MemoryCacheHandler, SpotifyOAuth

    SpotifyOAuth.OAUTH_AUTHORIZE_URL = f"{server_url}/authorize"
    SpotifyOAuth.OAUTH_TOKEN_URL = server_url + TOKEN_PATH
    SpotifyOAuth(
        CLIENT_ID,
        CLIENT_SECRET,
        f"http://127.0.0.1:{port}{CALLBACK_PATH}",
        state=os.urandom(16).hex(),
        cache_handler=MemoryCacheHandler(),
    ).get_access_token(as_dict=False, check_cache=False)


PEERS: dict[str, tuple[Login, str]] = {
    "msal": (msal, "msal"),
    "globus-sdk": (globus, "globus_sdk"),
    "google-auth-oauthlib": (google, "google_auth_oauthlib"),
    "spotipy": (spotipy, "spotipy"),
}
"""Name on the package index: how to log in with it, and what to import."""


class Told(webbrowser.BaseBrowser):
    """A browser that only tells which address it was to open."""

    def __init__(self, opened: Callable[[str], None]) -> None:
        super().__init__("told")
        self._opened = opened

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self._opened(url)
        return True


def _serve(login: Login, port: int, server_url: str, parent: Connection) -> None:
    """The child process: log in, tell how it went, and stay, so that what is left behind can be seen."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    cpu = 0.0

    def tell(url: str) -> None:
        nonlocal cpu
        parent.send(("opened", url))
        cpu = time.process_time()

    browser = Told(tell)
    webbrowser.register("told", None, browser, preferred=True)
    try:
        at = login(port, server_url)
        parent.send(("logged in", (at or time.monotonic(), time.process_time() - cpu)))
    except BaseException as error:  # noqa: BLE001
        parent.send(("gave up", type(error).__name__))
    parent.recv()


class Peer:
    """A receiver of another tool, as the hostile cases want it."""

    strict = False

    def __init__(self, name: str, login: Login, server_url: str) -> None:
        self.name, self._login, self._server_url = name, login, server_url
        self.pid = 0
        self.logged_in_at = self.cpu_seconds = 0.0
        self._process: Any = None
        self._pipe: Connection | None = None
        self._outcome = ""

    def open(self, port: int) -> str:
        from .hostile_cases import Failure

        self.close()
        self._outcome = ""
        # Forked, so that it need not be imported anew for each case.
        context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
        self._pipe, child = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._login, port, self._server_url, child), daemon=True)
        self._process.start()
        child.close()
        self.pid = self._process.pid
        if not self._pipe.poll(START_SECONDS):
            raise Failure("does not begin")
        what, detail = self._pipe.recv()
        if what != "opened":
            raise Failure(f"did not begin: {detail}")
        return str(detail)

    def outcome(self) -> str:
        try:
            while self._pipe and self._pipe.poll():
                what, detail = self._pipe.recv()
                if what == "logged in":
                    self._outcome, (self.logged_in_at, self.cpu_seconds) = what, detail
                elif what == "gave up":
                    self._outcome = detail
        except (EOFError, OSError):
            self._outcome = self._outcome or "died"
        return self._outcome

    def leftovers(self) -> list[str]:
        return []

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def installed_logins() -> dict[str, Login]:
    """How to log in with each peer that this Python can import; they are imported now, before any is forked."""
    found = {name: (login, module) for name, (login, module) in PEERS.items() if find_spec(module)}
    for _, module in found.values():
        import_module(module)
    return {name: login for name, (login, _) in found.items()}


def installed_peers(fake: FakePlatform) -> Iterator[Peer]:
    """The peers that this Python can import."""
    fake.script[GLOBUS_TOKEN_PATH] = lambda seen: Say(fake.tokens(**GLOBUS_FIELDS))
    for name, login in installed_logins().items():
        yield Peer(name, login, fake.server_url)
