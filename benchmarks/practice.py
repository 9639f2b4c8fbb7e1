"""What the practice platform costs, beside a bare tornado server that answers as many requests with fixed bytes.

    python benchmarks/practice.py

One flow is what a login makes a server do: authorize, sign-in page and form, consent page and form, token with PKCE,
and one API call: seven requests over one connection of a browser and one of an app. The floor gets the same requests
and gives bytes of the same length. Both run as processes of their own, in turn, in one run; what counts is the
server's own CPU time (psutil), in the round that was least disturbed: other programs on the machine can only add to
it. Then a class signs in all at once, with and without boards that are open. Everything stays on this computer and
ends within a few minutes.

It exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil

ROOT = Path(__file__).parents[1]
ROUNDS = 10
FLOWS = 200
"""In one round; CPU time is counted in steps of 10 ms."""
STARTS = 5
FLOWS_FOR_MEMORY = 10_000
LEARNERS = 300
MAX_RATIO = 1.5
"""The goals: CPU time beside the floor's, seconds until it is ready, and memory after many flows in MB."""
MAX_START_UP = 0.3
MAX_MEMORY = 60
REDIRECT_URI = "http://localhost:5000/oauth2callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BOARDS = (
    *("?view=projector", "", "?sort=errors", "?sort=silent", "?sort=behind"),
    *("?show=stuck", "?show=errors", "?show=silent&sort=silent", "?show=before-api-called", "?sort=seat"),
) * 2
"""What the boards show that are open meanwhile, as many as can be: the queries of their addresses."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATIENCE = 10


@dataclass
class Exchange:
    """One request of a flow as it went over the wire, and what was answered."""

    by_app: bool
    method: str
    target: str
    body: str | None
    headers: dict[str, str]
    status: int
    answer: str
    location: str


class Client:
    """The browser's connection and the app's; it keeps what one flow sent and got."""

    def __init__(self, port: int) -> None:
        self._connections = {by_app: HTTPConnection("127.0.0.1", port, timeout=PATIENCE) for by_app in (False, True)}
        self.exchanges: list[Exchange] = []
        self._cookies: dict[str, str] = {}

    def send(
        self, method: str, target: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> Exchange:
        """Send one request; those with headers of their own are the app's."""
        by_app = headers is not None
        sent = dict(headers or {})
        if not by_app and self._cookies:
            sent["Cookie"] = self.cookie
        body = None if form is None else urlencode(form)
        if body is not None:
            sent |= FORM
        connection = self._connections[by_app]
        connection.request(method, target, body, sent)
        response: HTTPResponse = connection.getresponse()
        exchange = Exchange(
            by_app,
            method,
            target,
            body,
            sent,
            response.status,
            response.read().decode(),
            response.getheader("Location", ""),
        )
        for cookie in response.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        self.exchanges.append(exchange)
        return exchange

    @property
    def cookie(self) -> str:
        """The cookies that it was given, as a header."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def close(self) -> None:
        """Close both connections."""
        for connection in self._connections.values():
            connection.close()


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def flow(port: int, user: dict[str, str]) -> list[Exchange]:
    """Log in once as ``user`` to their app and make one call; return the seven exchanges."""
    client = Client(port)
    request = {
        "response_type": "code",
        "client_id": user["client_id"],
        "redirect_uri": REDIRECT_URI,
        "state": "s" * 22,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    begun = client.send("GET", f"/restapi/oauth/authorize?{urlencode(request)}")
    page = client.send("GET", begun.location)
    person = {name: user[name] for name in ("username", "password")}
    signed_in = client.send("POST", "/practice/sign-in", fields(page.answer) | person)
    page = client.send("GET", signed_in.location)
    allowed = client.send("POST", "/practice/consent", fields(page.answer) | {"decision": "allow"})
    code = dict(pair.split("=", 1) for pair in urlsplit(allowed.location).query.split("&"))["code"]
    basic = base64.b64encode(f"{user['client_id']}:{user['client_secret']}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    tokens = client.send("POST", "/restapi/oauth/token", form, {"Authorization": f"Basic {basic}"})
    bearer = json.loads(tokens.answer)["access_token"]
    called = client.send("GET", "/restapi/v1.0/account/~/extension/~", None, {"Authorization": f"Bearer {bearer}"})
    if called.status != 200:
        raise RuntimeError(f"The flow failed: {called.status} {called.answer[:200]}")
    client.close()
    return client.exchanges


def same_requests(port: int, recorded: list[Exchange]) -> None:
    """Send what a flow sent, whatever is answered."""
    connections = {by_app: HTTPConnection("127.0.0.1", port, timeout=PATIENCE) for by_app in (False, True)}
    for one in recorded:
        connection = connections[one.by_app]
        connection.request(one.method, one.target, one.body, one.headers)
        connection.getresponse().read()
    for connection in connections.values():
        connection.close()


def serve_floor(sizes: dict[str, int]) -> None:
    """Be the bare server: answer each path with that many bytes, until standard input ends."""
    import asyncio

    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets
    from tornado.web import Application, RequestHandler

    class Fixed(RequestHandler):
        def get(self) -> None:
            self.finish(b"x" * sizes.get(self.request.path, 0))

        post = get

    async def run() -> None:
        server = HTTPServer(Application([(".*", Fixed)], log_function=lambda handler: None))
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        print(json.dumps({"server_url": f"http://127.0.0.1:{sockets[0].getsockname()[1]}"}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

    asyncio.run(run())


@dataclass
class Server:
    """A server that runs, and how long it took until it was ready, in seconds."""

    process: psutil.Process
    port: int
    ready: dict[str, Any]
    start_up: float

    def cpu(self) -> float:
        """Its CPU time so far, in seconds."""
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self) -> float:
        """Its resident memory, in MB."""
        return self.process.memory_info().rss / 1e6


@contextmanager
def running(*arguments: str) -> Iterator[Server]:
    """Start a server that prints a line of JSON when it is ready, and stop it in the end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    begun = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None  # noqa: S101
        ready = json.loads(process.stdout.readline())
        start_up = time.perf_counter() - begun
        port = urlsplit(ready["server_url"]).port or 0
        yield Server(psutil.Process(process.pid), port, ready, start_up)
    finally:
        process.terminate()
        process.communicate()


def measure(server: Server, action: Callable[[], object]) -> float:
    """Return the server's CPU time for one ``action``, in seconds, the mean of a round."""
    before = server.cpu()
    for _ in range(FLOWS):
        action()
    return (server.cpu() - before) / FLOWS


PRACTICE = ("-m", "rc_nb_helpers.practice", "--json", "--exit-with-parent")


def instructor(server: Server) -> str:
    """Sign in to the board; return the cookie."""
    client = Client(server.port)
    page = client.send("GET", "/practice/board/sign-in")
    client.send(
        "POST", "/practice/board/sign-in", fields(page.answer) | {"password": server.ready["instructor_password"]}
    )
    client.close()
    return client.cookie


def board(port: int, cookie: str, query: str, opened: threading.Barrier) -> None:
    """Look at the board until it says that everybody has logged in."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", f"/practice/board/events{query}", headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.readline()
        opened.wait(PATIENCE)
        until = time.monotonic() + PATIENCE
        while f"All {LEARNERS} learners have logged in".encode() not in answer.readline():
            if answer.status != 200 or time.monotonic() > until:
                raise RuntimeError("The board never showed that everybody has logged in")
    finally:
        connection.close()


def whole_class(boards: Sequence[str]) -> tuple[int, float, float]:
    """Let all learners of a class log in at once, in front of open boards.

    Args:
        boards: The queries of their addresses.

    Returns:
        How many failed, learners or boards; the seconds until the last one had logged in; and the server's CPU
        seconds until every board has shown it.
    """
    with (
        running(*PRACTICE, "--learners", str(LEARNERS)) as practice,
        ThreadPoolExecutor(LEARNERS + len(boards)) as pool,
    ):
        cookie, opened = instructor(practice), threading.Barrier(len(boards) + 1)
        watched = [pool.submit(board, practice.port, cookie, query, opened) for query in boards]
        opened.wait(PATIENCE)
        before, begun = practice.cpu(), time.perf_counter()
        flows = [pool.submit(flow, practice.port, user) for user in practice.ready["users"]]
        failures = sum(one.exception() is not None for one in flows)
        seconds = time.perf_counter() - begun
        failures += sum(one.exception() is not None for one in watched)
        return failures, seconds, practice.cpu() - before


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="Measure the practice platform beside a bare tornado server.")
    parser.add_argument("--floor", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor is not None:
        serve_floor(options.floor)
        return 0
    with running(*PRACTICE) as practice:
        user = practice.ready["users"][0]
        recorded = flow(practice.port, user)
        sizes = {urlsplit(one.target).path: len(one.answer.encode()) for one in recorded}
        with running(str(Path(__file__)), "--floor", json.dumps(sizes)) as floor:
            rounds = []
            for _ in range(ROUNDS):
                ours = measure(practice, lambda: flow(practice.port, user))
                bare = measure(floor, lambda: same_requests(floor.port, recorded))
                rounds.append((ours, bare))
            for _ in range(FLOWS_FOR_MEMORY - ROUNDS * FLOWS):
                flow(practice.port, user)
                same_requests(floor.port, recorded)
            memory = practice.memory(), floor.memory()
    starts = []
    for _ in range(STARTS):
        with running(*PRACTICE) as practice, running(str(Path(__file__)), "--floor", "{}") as floor:
            starts.append((practice.start_up, floor.start_up))
    classes = {len(boards): whole_class(boards) for boards in ((), BOARDS)}
    cpu = [min(column) for column in zip(*rounds, strict=True)]
    start = [statistics.median(column) for column in zip(*starts, strict=True)]
    print(f"{len(recorded)} requests a flow, {ROUNDS} rounds of {FLOWS} flows on each server, in turn\n")
    print(f"{'':34}{'practice':>10}{'floor':>10}{'ratio':>8}")
    print(f"{'server CPU for a flow, ms':34}{cpu[0] * 1e3:>10.2f}{cpu[1] * 1e3:>10.2f}{cpu[0] / cpu[1]:>8.2f}")
    print(f"{'start-up, s':34}{start[0]:>10.2f}{start[1]:>10.2f}{start[0] / start[1]:>8.2f}")
    print(f"{f'memory after {FLOWS_FOR_MEMORY} flows, MB':34}{memory[0]:>10.1f}{memory[1]:>10.1f}", end="")
    print(f"{memory[0] / memory[1]:>8.2f}")
    print(f"\nratio of each round: {', '.join(f'{ours / bare:.2f}' for ours, bare in rounds)}")
    for boards, (failures, seconds, work) in classes.items():
        print(
            f"{LEARNERS} learners log in at once, {boards} boards open: {failures} fail, {seconds:.1f} s, "
            f"{work:.1f} s of the server's CPU time"
        )
    missed = {
        f"CPU time at most {MAX_RATIO} times the floor's": cpu[0] / cpu[1] > MAX_RATIO,
        f"ready within {MAX_START_UP} s": start[0] > MAX_START_UP,
        f"at most {MAX_MEMORY} MB": memory[0] > MAX_MEMORY,
        "nobody of a class fails": any(failures for failures, _, _ in classes.values()),
    }
    for goal in (goal for goal, is_missed in missed.items() if is_missed):
        print(f"Goal missed: {goal}")
    return int(any(missed.values()))


if __name__ == "__main__":
    sys.exit(main())
