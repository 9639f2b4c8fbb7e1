"""What the practice platform has recorded of an app: asks for what is new, and keeps what it heard.

Only practice is asked, with the app's own credentials. The question is in no record, neither here nor there.
"""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from typing import Any

from .answers import json_of
from .environments import Environment
from .exchanges import ExchangeRecord
from .forks import in_child
from .transport import SafeClient

CONTROLS_PATH = "/practice/controls"
"""Where practice tells an app what is set for it, and does what the app wants."""
RECORD_PATH = f"{CONTROLS_PATH}/requests"
ASK_SECONDS = 5.0
"""How long a reader waits for the platform. A later answer is there for the next one."""
MOST_ENTRIES = 200
"""How many entries are kept; practice itself keeps as many of an app."""
MOST_BYTES = 2**20
"""What is longer was not written by practice: its entries have some hundred bytes each."""

Entries = list[dict[str, Any]]


class ServerRecord:
    """The entries that are known so far. May be used from any thread."""

    def __init__(self) -> None:
        # Not the session's: what it sends would be recorded.
        self._client = SafeClient(ExchangeRecord())
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._entries: dict[tuple[str, int], dict[str, Any]] = {}
        self._place = ("", "")
        self._run = ""
        self._newest = 0
        in_child(self._start_anew)

    def __repr__(self) -> str:
        return f"<ServerRecord of {len(self._entries)}>"

    def read(self, environment: Environment) -> Entries:
        """Ask the platform for what is new, and wait for its answer for a bounded time.

        Args:
            environment: Which platform and which app. Anything but practice is not asked.

        Returns:
            All entries that are known, each with the name of its ``run``. Nothing is raised.
        """
        until = time.monotonic() + ASK_SECONDS
        is_ours = environment.name != "practice"
        while not is_ours and time.monotonic() < until:
            # Somebody else's question may have been answered before what this reader wants to see.
            try:
                asking, is_ours = self._question(environment)
            except RuntimeError:  # no more threads to be had
                break
            asking.join(max(0.0, until - time.monotonic()))
        with self._lock:
            return list(self._entries.values())

    def _question(self, environment: Environment) -> tuple[threading.Thread, bool]:
        """The thread that asks, and whether it was begun for this reader. There is one at a time."""
        with self._lock:
            if self._asking and self._asking.is_alive():
                return self._asking, False
            asking = threading.Thread(target=self._ask, args=(environment,), name="server-record", daemon=True)
            asking.start()
            self._asking = asking
            return asking, True

    def _ask(self, environment: Environment) -> None:
        place = (environment.server_url, environment.client_id)
        known = place == self._place and self._run  # without a name a new run would not be noticed
        after = self._newest if known else 0
        said = self._answer_to(environment, after)
        if said and after and said[0] != self._run:  # the platform was started again, and counts from 1
            after, said = 0, self._answer_to(environment, 0)
        if not said:
            return
        run, entries = said
        heard = time.monotonic()  # all of it was answered before: this needs no clock of the platform's
        with self._lock:
            self._place, self._run, self._newest = place, run, after
            for entry in entries:
                number = entry.get("number") if isinstance(entry, dict) else None
                if isinstance(number, int):
                    self._entries[run, number] = {**entry, "run": run, "heard": heard}
                    self._newest = max(self._newest, number)
            while len(self._entries) > MOST_ENTRIES:
                del self._entries[next(iter(self._entries))]

    def _answer_to(self, environment: Environment, after: int) -> tuple[str, list[Any]] | None:
        """The run's name and its entries; None where practice does not tell them."""
        said = answer_of_practice(self._client, environment, RECORD_PATH, {"after": after})
        if not isinstance(said, dict) or not isinstance(entries := said.get("requests"), list):
            return None
        run = said.get("run")
        return run if isinstance(run, str) else "", entries

    def _start_anew(self) -> None:
        """In a forked process: the thread that asks is the other process's, and so may the lock be."""
        self._lock, self._asking = threading.Lock(), None


def answer_of_practice(client: SafeClient, environment: Environment, path: str, query: dict[str, int]) -> Any:
    """What practice's controls tell an app, as JSON; None where they tell nothing. Nothing is raised.

    Args:
        client: What sends the question.
        environment: Practice, and which app. No other server is to be asked: its credentials go along.
        path: Which of the controls.
        query: What goes with it.
    """
    credentials = b64encode(f"{environment.client_id}:{environment.client_secret}".encode()).decode()
    url = f"{environment.server_url}{path}"
    try:
        request = client.create_request("GET", url, query, headers={"Authorization": f"Basic {credentials}"})
        answer = client.send(request).response()
    except Exception:  # noqa: BLE001  (whatever it is: who only watches must not disturb)
        return None
    return json_of(answer) if len(answer.content) <= MOST_BYTES else None
