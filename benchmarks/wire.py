"""How long calls in a row take while a page shows the wire, beside the same calls while it is folded.

    python benchmarks/wire.py

Practice runs in a process of its own, as for a learner. The two take turns. It counts what the loop waits, and the
processor's time of this process, which works for both the calls and the panel.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import comm
from comm.base_comm import BaseComm

sys.path.insert(0, str(Path(__file__).parents[1]))

from rc_nb_helpers import Environment, Session, WirePanel

ROOT = Path(__file__).parents[1]
ROUNDS = 10
CALLS = 1000
GOAL = 1.2
PATH = "/restapi/v1.0/account/~/extension/~"


class Page(BaseComm):
    """Counts what comes to the page, as JSON, which it would be on the way."""

    letters = 0

    def publish_msg(self, msg_type: str, data: dict | None = None, **_: object) -> None:
        """Take a message."""
        Page.letters += len(json.dumps(data or {}))


def calls(session: Session) -> tuple[float, float]:
    """Call in a row; return milliseconds for a call, and milliseconds of the processor."""
    began, worked = time.monotonic(), time.process_time()
    for _ in range(CALLS):
        session.get(PATH)
    return (time.monotonic() - began) / CALLS * 1000, (time.process_time() - worked) / CALLS * 1000


def main() -> int:
    """Measure, and print a table; 1 when the goal is missed."""
    comm.create_comm = Page
    os.environ["RC_AUTOPILOT"] = "1"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://localhost:{free.getsockname()[1]}/oauth2callback"
    command = [sys.executable, "-m", "rc_nb_helpers.practice", "--redirect-uri", uri, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as practice:  # noqa: S603
        try:
            ready = json.loads(practice.stdout.readline())
            values = {name: ready[name] for name in ("server_url", "client_id", "client_secret")}
            session = Session(Environment(name="practice", redirect_uri=uri, **values))
            session.begin_login().wait(timeout=30)
            panel = WirePanel(session)
            folded, shown = [], []
            calls(session)
            for _ in range(ROUNDS):
                folded.append(calls(session))
                panel._on_message(panel, {"unfold": "1"}, [])
                shown.append(calls(session))
                panel._on_message(panel, {"fold": "1"}, [])
            panel.close()
        finally:
            practice.terminate()
    table = {"folded": folded, "shown": shown}
    waits = {name: statistics.median(wait for wait, _ in series) for name, series in table.items()}
    for name, series in table.items():
        worked = statistics.median(work for _, work in series)
        print(f"{name:8} {waits[name]:6.2f} ms a call, {worked:6.2f} ms of the processor")
    print(f"told     {Page.letters / 1e6:6.1f} MB for {ROUNDS * CALLS} calls")
    ratio = waits["shown"] / waits["folded"]
    print(f"ratio    {ratio:6.2f} (goal: {GOAL})")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main())
