"""How a login's answer can come back to this kernel, and where the kernel is as far as that can be known. No network.

The answer goes to the redirect URI, in the browser. Whether it arrives here by itself depends on where the browser is,
which no variable tells: only the page that shows a panel can find out, by trying. So a way is chosen by what is known,
said in a line, and a person can change it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from .loopback import is_loopback
from .redirection_endpoint import HUB_USER_VARIABLE, leads_to_server
from .sentences.saying import say

DOCKER_FILE = Path("/.dockerenv")


@dataclass(frozen=True)
class WayBack:
    """One way.

    Attributes:
        kind: ``"loopback"``, to a port of this machine; ``"hub"`` or ``"server"``, to the Jupyter server around, which
            passes it on; ``"paste"``, by hand.
        redirect_uri: The redirect URI to log in with.
        port: The port; 0 where none is bound.
    """

    kind: Literal["loopback", "hub", "server", "paste"]
    redirect_uri: str
    port: int = 0

    @property
    def words(self) -> str:
        """How the answer comes, in a sentence. No address: it may have a person's name in it."""
        return {
            "loopback": say("way.loopback", port=self.port),
            "hub": say("way.hub"),
            "server": say("way.server"),
            "paste": say("way.paste"),
        }[self.kind]

    @property
    def name(self) -> str:
        """The same in a word or two."""
        return {
            "loopback": say("way.loopback-name", port=self.port),
            "hub": say("way.hub-name"),
            "server": say("way.server-name"),
            "paste": say("way.paste-name"),
        }[self.kind]


@dataclass(frozen=True)
class Place:
    """Where the kernel runs, if it tells.

    Attributes:
        name: In words that follow "This notebook runs"; empty where nothing is known.
        advice: How the answer may come to a port all the same; may be empty. ``{port}`` in it stands for the port.
        apart: Whether the browser is on another computer for certain.
    """

    name: str = ""
    advice: str = ""
    apart: bool = False


def _places() -> dict[str, Place]:
    """What a variable says of the place; the first that is there counts."""
    port = "{port}"  # stays open: see Place
    return {
        "BINDER_LAUNCH_HOST": Place(say("place.binder"), apart=True),
        "CODESPACE_NAME": Place(say("place.codespace"), say("place.codespace-advice", port=port)),
        "SAGEMAKER_APP_TYPE": Place(say("place.sagemaker"), apart=True),
        "DATABRICKS_RUNTIME_VERSION": Place(say("place.databricks"), apart=True),
        "RS_SERVER_URL": Place(say("place.posit"), apart=True),
        "REMOTE_CONTAINERS": Place(say("place.dev-container"), say("place.dev-container-advice", port=port)),
        "WSL_DISTRO_NAME": Place(say("place.wsl")),
        "SSH_CONNECTION": Place(say("place.ssh"), say("place.ssh-advice", port=port)),
    }


def ways_back(redirect_uris: Iterable[str], variables: Mapping[str, str] = os.environ) -> list[WayBack]:
    """The ways that there are; the last is always pasting.

    Args:
        redirect_uris: Those of the app, the usual one first.
        variables: What the server around the kernel tells.
    """
    uris = list(redirect_uris)
    ways = []
    for uri in uris:
        if leads_to_server(uri, variables):
            ways.append(WayBack("hub" if variables.get(HUB_USER_VARIABLE) else "server", uri))
        elif is_loopback(uri):
            way = WayBack("loopback", uri, urlsplit(uri).port or 80)
            if way.port not in [each.port for each in ways]:  # under another name of this machine: nobody could choose
                ways.append(way)
    return [*ways, WayBack("paste", uris[0])]


def place(variables: Mapping[str, str] = os.environ, modules: Container[str] = sys.modules) -> Place:
    """Where this kernel runs, by the signs that can be trusted.

    Args:
        variables: This process's variables.
        modules: The modules that it has loaded.
    """
    if "google.colab" in modules:
        return Place(say("place.colab"), apart=True)
    found = next((each for name, each in _places().items() if variables.get(name)), None)
    if found is None and DOCKER_FILE.exists():
        return Place(say("place.docker"), say("place.docker-advice"))
    return found or Place()


def way_to_choose(ways: list[WayBack], where: Place) -> WayBack:
    """The server around, which the app names; else the first; pasting where the browser reaches no port for certain.

    Args:
        ways: What :func:`ways_back` has found.
        where: What :func:`place` has found.
    """
    passed_on = next((way for way in ways if way.kind in ("hub", "server")), None)
    return passed_on or (ways[-1] if where.apart else ways[0])
