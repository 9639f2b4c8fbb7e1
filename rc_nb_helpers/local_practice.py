"""The practice platform of this machine: where it is, and how to start one when there is none.

This is the only door between the helpers and ``rc_nb_helpers.practice``.
"""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from .errors import ConfigurationError, PlatformUnreachable
from .forks import in_child
from .loopback import is_loopback, origin_of

if TYPE_CHECKING:
    from .practice import PracticePlatform

CREDENTIALS_PATH = "/practice/credentials"
PROBE_PATH = "/practice/here.css"
"""What a page may ask for, to find out whether its browser reaches the platform."""
PORT = "{port}"
"""Stands for the platform's port in an address by which browsers reach it."""
ANSWER_SECONDS = 3

_lock = threading.Lock()
_started: PracticePlatform | None = None


def ready_line(server_url: str) -> dict[str, Any] | None:
    """What a practice platform says of itself to programs on its own machine.

    Args:
        server_url: Its base URL, without a trailing slash.

    Returns:
        The same object that ``python -m rc_nb_helpers.practice --json`` prints, in a class without
        credentials and users; or None when there is no practice platform of this machine at that address.
    """
    if not is_loopback(server_url):
        return None
    try:
        with requests.Session() as http:
            http.trust_env = False  # a proxy is for the world outside
            answer = http.get(server_url + CREDENTIALS_PATH, timeout=ANSWER_SECONDS, allow_redirects=False)
        ready = answer.json() if answer.ok else None
    except (requests.RequestException, ValueError):
        return None
    if not isinstance(ready, dict) or "client_id" not in ready:
        return None
    # Notebooks open this one. Who has the port says it, a neighbour perhaps: "javascript:" would be a program there.
    return ready if origin_of(str(ready.get("browser_url") or server_url)) else None


def callback_at(browser_url: str) -> str:
    """The redirect URI at which the Jupyter server around this kernel takes a login's answer.

    Args:
        browser_url: Where browsers reach practice.

    Returns:
        The URI; empty where it cannot be known. Its path is told by the server, but its host only by a server that
        leads browsers to practice as well, below a path of its own.
    """
    # Here, because importing the helpers shall be quick.
    from .redirection_endpoint import NAME, PATH_VARIABLE, leads_to_server

    path = os.environ.get(PATH_VARIABLE, "")
    parts = urlsplit(browser_url)
    uri = f"{parts.scheme}://{parts.netloc}{path}"
    same = path.endswith(NAME) and parts.path and f"{parts.path}/".startswith(path.removesuffix(NAME))
    return uri if same and leads_to_server(uri) else ""


def start(server_url: str, *, browser_url: str = "", apps_file: Path, named_by: str = "") -> str:
    """Start the platform inside this process, once.

    Args:
        server_url: The loopback address it should have; empty for any free port.
        browser_url: Where browsers reach it, if that is another address; :data:`PORT` in it stands for its port.
        apps_file: Where it keeps the apps that learners create.
        named_by: What gives the address, such as a variable or a line of a file; for messages.

    Returns:
        The base URL of the platform of this process.

    Raises:
        ConfigurationError: It is not installed, or cannot use its file of apps.
        PlatformUnreachable: Its port is taken.
    """
    global _started
    with _lock:
        if _started is None:
            try:
                from .practice import DEFAULT_REDIRECT_URIS, PortTaken, PracticePlatform
            except ImportError:
                raise ConfigurationError(
                    "The practice platform is not installed.",
                    cure='Install it from the tutorial\'s folder: pip install ".[practice]".',
                ) from None
            port = urlsplit(server_url).port or 0 if server_url else 0
            try:
                # Registered as it is, like any other: practice compares as exactly as RingCentral does. It comes first,
                # for its console names the first one to those who register an app.
                here = filter(None, [callback_at(browser_url)])
                _started = PracticePlatform(
                    port=port,
                    browser_url=browser_url,
                    redirect_uris=(*here, *DEFAULT_REDIRECT_URIS),
                    apps_file=apps_file,
                ).start()
            except PortTaken:
                raise PlatformUnreachable(
                    f"The practice platform cannot start at {server_url}.",
                    why="Another program uses that port.",
                    cure=f"Stop it, or leave {named_by or 'the address'} blank: a free port is chosen then.",
                ) from None
            except OSError:
                raise ConfigurationError(
                    f"The practice platform cannot use its file of apps, {apps_file.parent.name}/{apps_file.name}.",
                    why="It is damaged, or this folder cannot be written to.",
                    cure="Move the file away, and create your app again as notebook 01 shows.",
                ) from None
            in_child(_started.abandon)
            atexit.register(_started.stop)
        return _started.server_url
