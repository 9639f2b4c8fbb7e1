"""What the handlers serve, and which host names mean it."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from ..backend import Backend
from ..company.resources import Resources
from ..controls import Controls
from ..network import is_loopback_host, is_own_address


@dataclass(frozen=True)
class Site:
    """What the handlers serve.

    Attributes:
        backend: The platform's state.
        controls: What can be done to it from outside the protocol.
        server_url: The address that others use.
        open_to_network: Whether other computers can reach it.
        port: The one that it listens on.
        resources: Writes the REST API's answers.
    """

    backend: Backend
    controls: Controls
    server_url: str
    open_to_network: bool
    port: int
    resources: Resources

    def answers_to(self, host: str) -> bool:
        """Whether ``host``, the value of a Host header, means this server.

        A page elsewhere can point its own name at this address (DNS rebinding) and would then be same-origin with
        us; it cannot do that with names that are ours.
        """
        if host == self.server_url.removeprefix("http://"):
            return True  # nearly always
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if is_loopback_host(name) or name == urlsplit(self.server_url).hostname:
            return True
        return self.open_to_network and (_is_ip_literal(name) or name in _own_names())

    def leads_here(self, url: str) -> bool:
        """Whether an address of another day still leads to this platform, as far as this computer can tell."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if url == self.server_url:
            return True
        if parts.scheme != "http" or (parts.port or 80) != self.port or not self.answers_to(parts.netloc):
            return False
        return is_own_address(host) if _is_ip_literal(host) else True

    def about_old_slips(self) -> str:
        """What has become of slips that hold another address than today's; empty if there are none."""
        slips = self.backend.slips
        return slips.about(self.server_url, leads_here=self.leads_here(slips.address))


def _is_ip_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0], f"{name}.local"})
