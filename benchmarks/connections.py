"""How long calls in a row take, beside the bare SDK, which makes a connection for each.

    python benchmarks/connections.py

Ten calls, over plain HTTP and over TLS, to a server of this machine that keeps its connections. The two take turns,
so that a busy machine is unfair to nobody; each series begins without a connection. Both compare the certificate with
the same file: certifi's list and the server's own authority.
"""

from __future__ import annotations

import os
import ssl
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import certifi
import requests
import trustme
from ringcentral import SDK

sys.path.insert(0, str(Path(__file__).parents[1]))

from rc_nb_helpers import Environment
from rc_nb_helpers.sdk import Platform

ROUNDS = 15
CALLS = 10
GOAL = 1.0
PATH = "/restapi/v1.0/account/~"
TOKENS = {"access_token": "a", "token_type": "bearer", "expires_in": 3600}


class Server(ThreadingHTTPServer):
    """Answers everything with the same object, and counts its connections."""

    daemon_threads = True
    connected = 0

    def get_request(self) -> Any:
        """A new connection."""
        self.connected += 1
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    """Keeps the connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece
    timeout = 5

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def start(context: ssl.SSLContext | None) -> tuple[Server, str]:
    """Start a server; return it with its address."""
    server = Server(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http{'s' if context else ''}://127.0.0.1:{server.server_address[1]}"


def bare(url: str) -> Any:
    """The SDK alone, logged in."""
    platform = SDK("id", "secret", url).platform()
    platform.auth().set_data(TOKENS)
    return platform


def ours(url: str) -> Any:
    """Our Platform, logged in."""
    environment = Environment(name="n", server_url=url, client_id="id", redirect_uri="http://localhost:1/")
    platform = Platform(environment)
    platform.auth().set_data(TOKENS)
    return platform


def series(make: Callable[[str], Any], url: str) -> float:
    """Milliseconds of ten calls in a row."""
    platform = make(url)
    began = time.perf_counter()
    for _ in range(CALLS):
        platform.get(PATH)
    return (time.perf_counter() - began) * 1000


def main() -> int:
    """Measure and print a table; 1 when ours takes longer."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "bundle.pem")
        bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
        os.environ["REQUESTS_CA_BUNDLE"] = str(bundle)
        requests.adapters.DEFAULT_CA_BUNDLE_PATH = str(bundle)  # the bare SDK knows no variable for it
        print(f"{CALLS} calls in a row, {ROUNDS} series each, in turn\n")
        print(f"{'':8}{'the SDK, ms':>14}{'ours, ms':>12}{'ratio':>9}{'connections of a series':>28}")
        for name, tls in (("HTTP", None), ("HTTPS", context)):
            server, url = start(tls)
            times: dict[Callable[[str], Any], list[float]] = {bare: [], ours: []}
            counts: dict[Callable[[str], Any], int] = {}
            for _ in range(ROUNDS):
                for make, measured in times.items():
                    server.connected = 0
                    measured.append(series(make, url))
                    counts[make] = server.connected
            server.shutdown()
            theirs, mine = (statistics.median(times[make]) for make in (bare, ours))
            missed += mine / theirs > GOAL
            both = f"{counts[bare]} and {counts[ours]}"
            print(f"{name:8}{theirs:>14.1f}{mine:>12.1f}{mine / theirs:>9.2f}{both:>28}")
    print(f"\ngoal: no longer than the bare SDK: {'missed' if missed else 'reached'}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
