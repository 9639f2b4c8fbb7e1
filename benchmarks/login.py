"""How long a login takes once the browser has brought the answer, beside other tools' receivers.

    python benchmarks/login.py

Measured from the last byte of the callback request until the program is logged in, less the time that the token
endpoint itself took to answer. Every receiver does the whole thing with its own code: take the callback, check it,
exchange the code, keep the tokens. Each runs in a process of its own, as a notebook's kernel does; they take turns, so
that a busy machine is unfair to nobody. Everything stays on this computer. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import statistics
import sys
import threading
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tests hold the other tools' adapters

from rc_nb_helpers import Environment, Session  # noqa: E402
from tests.conftest import CALLBACK_PATH, CLIENT_ID, CLIENT_SECRET  # noqa: E402
from tests.tables.hostile_cases import GENUINE, Ours, Scene  # noqa: E402
from tests.tables.peers import GLOBUS_FIELDS, Peer, installed_logins  # noqa: E402

ROUNDS = 15
GOAL_MS = 5.0
PATIENCE = 5.0
PERSON = 0.1
"""Nobody signs in faster; whatever a receiver still does after it has opened is over by then."""


def log_in_with_ours(port: int, server_url: str) -> float:
    """Log in with a session of ours, as a peer does with its own code.

    Returns:
        When the session said so to whoever watches it, as the panels do; nobody needs to wait in a cell.
    """
    redirect_uri = f"http://localhost:{port}{CALLBACK_PATH}"
    session = Session(
        Environment(
            name="elsewhere",
            server_url=server_url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_uri=redirect_uri,
        )
    )
    logged_in_at: list[float] = []
    session.observe(lambda: session.logged_in and logged_in_at.append(time.monotonic()))
    attempt = session.begin_login()
    webbrowser.open(attempt.authorize_url)
    attempt.wait(timeout=PATIENCE)
    return logged_in_at[0]


class TokenEndpoint:
    """Answers each request with the same tokens, and knows how long it took itself to do so."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.seconds = 0.0
        tokens = {"access_token": "a" * 40, "refresh_token": "r" * 40, "token_type": "bearer", "expires_in": 3600}
        body = json.dumps({**tokens, "scope": "any", **GLOBUS_FIELDS}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
        self._answer = head.encode() + b"\r\n\r\n" + body
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.server_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(PATIENCE)
                received = b""
                while not _complete(received):
                    received += connection.recv(65536)
                began = time.monotonic()
                connection.sendall(self._answer)
                self.seconds += time.monotonic() - began


def _complete(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


@dataclass(frozen=True)
class Figure:
    """One login, in ms: from the callback's last byte, without the token endpoint's share; and the processor's work."""

    wall: float
    cpu: float


def measure(receiver: Peer, endpoint: TokenEndpoint) -> Figure:
    """Log in once."""
    scene = Scene(receiver, endpoint)  # type: ignore[arg-type]  # all that a scene reads is what was seen
    try:
        with scene.connect() as browser:
            time.sleep(PERSON)
            endpoint.seconds = 0.0
            browser.sendall(scene.callback(scene.query(GENUINE)))
            sent = time.monotonic()
            while not receiver.outcome() and time.monotonic() < sent + PATIENCE:
                time.sleep(0.002)
        if receiver.outcome() != "logged in":
            raise SystemExit(f"{receiver.name} did not log in: {receiver.outcome() or 'it waits'}")
        # Monotonic time is the same in each process.
        return Figure((receiver.logged_in_at - sent - endpoint.seconds) * 1000, receiver.cpu_seconds * 1000)
    finally:
        receiver.close()


def main() -> int:
    """Measure and print a table; 1 when ours misses its goal."""
    parser = argparse.ArgumentParser(description="Measure the login's last step beside other tools' receivers.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"logins of each ({ROUNDS})")
    rounds = parser.parse_args().rounds
    endpoint = TokenEndpoint()
    logins = {Ours.name: log_in_with_ours, **installed_logins()}
    receivers = [Peer(name, login, endpoint.server_url) for name, login in logins.items()]
    figures: dict[str, list[Figure]] = {receiver.name: [] for receiver in receivers}
    for _ in range(rounds):
        for receiver in receivers:
            figures[receiver.name].append(measure(receiver, endpoint))
    medians = {name: statistics.median(one.wall for one in each) for name, each in figures.items()}
    mine = medians[Ours.name]
    print(f"from the callback's last byte to being logged in, {rounds} logins each, in turn\n")
    print(f"{'':24}{'median, ms':>12}{'fastest, ms':>13}{'processor, ms':>15}{'ratio':>9}")
    for name, each in figures.items():
        fastest, cpu = min(one.wall for one in each), statistics.median(one.cpu for one in each)
        print(f"{name:24}{medians[name]:>12.1f}{fastest:>13.1f}{cpu:>15.1f}{medians[name] / mine:>9.2f}")
    faster = [name for name, median in medians.items() if median < mine]
    print(f"\ngoal: under {GOAL_MS:.0f} ms: {'reached' if mine < GOAL_MS else 'missed'}; ", end="")
    print(f"slower than nobody: {'missed, less: ' + ', '.join(faster) if faster else 'reached'}")
    if len(receivers) == 1:
        print("No other tool is installed here: pip install msal globus-sdk google-auth-oauthlib spotipy")
    return int(mine >= GOAL_MS or bool(faster))


if __name__ == "__main__":
    sys.exit(main())
