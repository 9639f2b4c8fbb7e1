"""What the handlers serve, and which host names mean it."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import unquote, urlsplit

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
        server_url: The address that programs use.
        browser_url: The address that browsers use, which mostly is the same.
        open_to_network: Whether other computers can reach it.
        port: The one that it listens on.
        resources: Writes the REST API's answers.
    """

    backend: Backend
    controls: Controls
    server_url: str
    browser_url: str
    open_to_network: bool
    port: int
    resources: Resources

    @cached_property
    def root(self) -> str:
        """What the paths of the platform have in front of them in a browser; empty where it has an address alone."""
        return urlsplit(self.browser_url).path

    @cached_property
    def links(self) -> str:
        """What a ``Location`` begins with.

        Behind a path it is the whole address: some proxies put their path in front of what is only a path, others do
        not (jupyter-server-proxy does since 4.5). Without one, people stay at the name by which they came.
        """
        return self.browser_url if self.root else ""

    @cached_property
    def encrypted(self) -> bool:
        """Whether browsers reach it by https."""
        return self.browser_url.startswith("https:")

    @cached_property
    def origins(self) -> frozenset[str]:
        """Where its own pages come from, as an ``Origin`` header says it."""
        return frozenset("{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in (self.server_url, self.browser_url))

    @cached_property
    def _authorities(self) -> frozenset[str]:
        return frozenset(origin.partition("://")[2] for origin in self.origins)

    @cached_property
    def _roots(self) -> list[list[str]]:
        """The paths in front of the platform's own, in parts: the longest first."""
        paths = {urlsplit(url).path for url in (self.server_url, self.browser_url)} - {""}
        return sorted(([unquote(part) for part in path.split("/")] for path in paths), key=len, reverse=True)

    def own_path(self, path: str) -> str:
        """The platform's own path in ``path``, in which a proxy may have left its own in front or not.

        Compared part by part and decoded: proxies do not agree on which signs are to be encoded.
        """
        parts = path.split("/")
        for root in self._roots:
            if [unquote(part) for part in parts[: len(root)]] == root:
                return "/" + "/".join(parts[len(root) :])
        return path

    def answers_to(self, host: str) -> bool:
        """Whether ``host``, the value of a Host header, means this server.

        A page elsewhere can point its own name at this address (DNS rebinding) and would then be same-origin with
        us; it cannot do that with names that are ours.
        """
        if host in self._authorities:
            return True  # nearly always
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if is_loopback_host(name) or name in (urlsplit(url).hostname for url in (self.server_url, self.browser_url)):
            return True
        return self.open_to_network and (_is_ip_literal(name) or name in _own_names())

    def leads_here(self, url: str) -> bool:
        """Whether an address of another day still leads to this platform, as far as this computer can tell."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if url == self.server_url:
            return True
        if parts.path or parts.scheme != "http" or (parts.port or 80) != self.port or not self.answers_to(parts.netloc):
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
