"""Two kernels share one kept login, and are killed at every step: who is logged out, and which tokens are used twice.

    python -m tests.tables.two_kernels              case | after it | refresh tokens: used, of these more than once
    python -m tests.tables.two_kernels --rounds 200

Kernels are Python processes with sessions of their own, one ``FileStorage`` and one practice platform, which counts.
They are forked from a process that has imported all that they need, and has done nothing else: forty Pythons that
import it again would take five times as long.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rc_nb_helpers import Environment, FileStorage, NotLoggedIn, Session, StoredLogin
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.login.sessions import SessionStore
from rc_nb_helpers.transport import SafeClient

from ..conftest import Browser, environment_of, free_port

ME = "/restapi/v1.0/account/~/extension/~"
KILLED = 87
SECONDS = 60
STEPS = {
    "with the lock, before it reads": "load",
    "before it sends the refresh": "send",
    "after the refresh is answered": "answer",
    "before it saves": "save",
    "while it writes the file": "write",
    "after it has saved": "saved",
    "after the first call": "called",
}
"""Where a kernel can be killed in a refresh, and what its program calls that."""
GRACE_IS_OVER = 3601
"""Seconds after which the practice platform, as RingCentral, knows an unused refresh's old token no more."""


@dataclass(frozen=True)
class Case:
    """What a case has brought.

    Attributes:
        name: What was done.
        after: What the kernels say after it, one word for each.
        used: How many refresh tokens were used.
        again: How many of them more than once.
    """

    name: str
    after: tuple[str, ...]
    used: int
    again: int


# --- a kernel, in a process of its own


def kernel(channel: Connection, home: Path, environment: Environment, die_at: str, pause: float) -> None:
    """Do what comes through the channel, and answer each with what came of it."""
    os.environ |= variables(home)

    class Dying(FileStorage):
        def load(self, environment: Environment) -> StoredLogin | None:
            die("load")
            return super().load(environment)

        def save(self, environment: Environment, login: StoredLogin) -> None:
            die("save")
            with patch("os.fsync", lambda _: die("write")):
                super().save(environment, login)
            die("saved")

        def delete(self, environment: Environment) -> None:
            die("delete")
            super().delete(environment)
            die("deleted")

    armed = False

    def die(step: str) -> None:
        if armed and step == die_at:
            os._exit(KILLED)

    class Slow(SafeClient):
        def send(self, request: Any, **how: Any) -> Any:
            """A network with a latency, on which one can die."""
            token = request.url.endswith("/oauth/token")
            if token:
                die("send")
            answer = super().send(request, **how)
            die("answer" if token else "called")
            if pause:
                time.sleep(pause)
            return answer

    with patch("rc_nb_helpers.sdk.SafeClient", Slow):
        session = Session(environment, storage=Dying(home / "logins"))
    channel.send("ready")
    while True:
        what = channel.recv()
        armed = bool(die_at)
        try:
            channel.send({"call": call, "logout": lambda each: str(each.logout().revoked)}[what](session))
        except NotLoggedIn:
            channel.send("log in again" if not session.logged_in else "wrong: still logged in")


def variables(home: Path) -> dict[str, str]:
    """The variables of a computer on which nothing is kept but by this program."""
    return {"XDG_CONFIG_HOME": str(home / "config"), "HOME": str(home)}


def call(session: Session) -> str:
    """A call; who it says we are."""
    return str(session.get(ME)["name"]) if session.logged_in else "log in"


class Kernel:
    """A kernel as this program sees it."""

    def __init__(self, world: World, *, die_at: str = "", pause: float = 0.0) -> None:
        self._channel, other_end = multiprocessing.Pipe()
        self._process = PROCESSES.Process(
            target=kernel, args=(other_end, world.folder, world.environment, die_at, pause), daemon=True
        )
        self._process.start()
        other_end.close()  # or its end would not be heard here
        assert self.hear() == "ready"

    def tell(self, what: str) -> None:
        """Let it do something."""
        self._channel.send(what)

    def hear(self) -> str:
        """What came of it; "killed" when the kernel was killed meanwhile."""
        try:
            return str(self._channel.recv())
        except EOFError:
            self._process.join(SECONDS)
            return "killed" if self._process.exitcode == KILLED else "wrong: it ended"

    def do(self, what: str) -> str:
        """Let it do something; what came of it."""
        self.tell(what)
        return self.hear()

    def end(self) -> None:
        """End it, as one restarts a kernel."""
        self._process.kill()
        self._process.join(SECONDS)
        self._channel.close()


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.conftest", "filelock", "platformdirs"])  # all that takes long to import


# --- the world that they share


class World:
    """A practice platform that counts how often each refresh token is used, and a folder; somebody is logged in."""

    def __init__(self, platform: PracticePlatform, folder: Path) -> None:
        self.platform = platform
        self.folder = folder
        self.environment = environment_of(platform)
        self.uses: Counter[str] = Counter()
        self._kernels: list[Kernel] = []

    def log_in(self) -> None:
        """Log in, keep the login, and forget it in this process."""
        with patch.dict(os.environ, variables(self.folder)):
            session = Session(self.environment, storage=FileStorage(self.folder / "logins"))
            attempt = session.begin_login()
            Browser(self.platform).log_in(attempt)
            attempt.wait(timeout=SECONDS)
            assert session.storage_problem is None, session.storage_problem

    def kernel(self, **how: Any) -> Kernel:
        """Start a kernel; it is ended with this world."""
        self._kernels.append(Kernel(self, **how))
        return self._kernels[-1]

    def end(self) -> None:
        """End all kernels."""
        for each in self._kernels:
            each.end()

    def case(self, name: str, *after: str) -> Case:
        """What a case has brought."""
        return Case(name, after, len(self.uses), sum(count > 1 for count in self.uses.values()))


@contextlib.contextmanager
def world() -> Iterator[World]:
    """A new world, for one case."""
    uri = f"http://localhost:{free_port()}/oauth2callback"
    with tempfile.TemporaryDirectory(prefix="kernels-") as name, PracticePlatform(redirect_uris=[uri]) as platform:
        here = World(platform, Path(name))
        refresh = SessionStore.refresh

        def counted(store: SessionStore, session: Any, refresh_token: str, lifetimes: Any) -> Any:
            here.uses[refresh_token] += 1
            return refresh(store, session, refresh_token, lifetimes)

        with patch.object(SessionStore, "refresh", counted):
            here.log_in()
            try:
                yield here
            finally:
                here.end()


def rounds(count: int, pause: float = 0.0) -> Case:
    """Both kernels call, again and again; their access tokens end before each call."""
    with world() as here:
        pair = [here.kernel(pause=pause), here.kernel(pause=pause)]
        said: Counter[str] = Counter()
        for _ in range(count):
            here.platform.controls.expire_access_tokens()
            for each in pair:
                each.tell("call")
            said.update(each.hear() for each in pair)
        names = tuple(f"{word}: {times}" for word, times in sorted(said.items()))
        network = f", {pause:g} s of latency" if pause else ""
        return here.case(f"{count} rounds of expiry in each{network}", *names)


def killed(step: str, *, later: float = 0.0) -> Case:
    """One kernel is killed in the middle of a refresh; another goes on, one that was there and one that is new."""
    with world() as here:
        other, victim = here.kernel(), here.kernel(die_at=STEPS[step])
        assert other.do("call")  # its tokens are the newest now
        here.platform.controls.expire_access_tokens()
        assert victim.do("call") == "killed", step
        if later:
            here.platform.controls.advance(later)
        after = [other.do("call"), here.kernel().do("call")]
        return here.case(f"killed {step}{', and an hour passes' if later else ''}", *after)


def killed_at_logout(step: str, name: str) -> Case:
    """A kernel is killed in the middle of a logout."""
    with world() as here:
        assert here.kernel(die_at=step).do("logout") == "killed"
        return here.case(f"killed at a logout, {name}", here.kernel().do("call"))


def logged_out() -> Case:
    """One kernel logs out; the other one and a new one hear of it."""
    with world() as here:
        first, second = here.kernel(), here.kernel()
        first.do("call")
        second.do("call")
        assert first.do("logout") == "True"
        return here.case("the other kernel logs out", second.do("call"), here.kernel().do("call"))


@dataclass(frozen=True)
class Expected:
    """A case, and what it must bring.

    Attributes:
        run: Plays it.
        after: What the kernels must say after it.
        again: How many refresh tokens must have been used more than once: to recover, and for nothing else.
    """

    run: Callable[[], Case]
    after: tuple[str, ...]
    again: int = 0


LOGGED_IN = ("Alex Rivera", "Alex Rivera")
ENDED = ("log in again", "log in")
RECOVERED = ("after the refresh is answered", "before it saves", "while it writes the file")
"""Steps after which the new token is lost, and the old one is used again."""


def cases(count: int) -> list[Expected]:
    """All cases, in the order of the table.

    Args:
        count: Rounds of expiry.
    """
    slow = max(1, count // 5)
    return [
        Expected(partial(rounds, count), (f"Alex Rivera: {2 * count}",)),
        Expected(partial(rounds, slow, pause=0.1), (f"Alex Rivera: {2 * slow}",)),
        *(Expected(partial(killed, step), LOGGED_IN, int(step in RECOVERED)) for step in STEPS),
        Expected(partial(killed, "before it sends the refresh", later=GRACE_IS_OVER), LOGGED_IN),
        Expected(partial(killed, "after the refresh is answered", later=GRACE_IS_OVER), ENDED, 1),
        Expected(partial(killed, "after it has saved", later=GRACE_IS_OVER), LOGGED_IN),
        Expected(partial(killed_at_logout, "delete", "before it deletes"), LOGGED_IN[:1]),
        Expected(partial(killed_at_logout, "deleted", "before it revokes"), ENDED[1:]),
        Expected(logged_out, ENDED),
    ]


def main() -> int:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.tables.two_kernels", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=50, help="rounds of expiry in each kernel (default 50)")
    options = parser.parse_args()
    wrong = 0
    for expected in cases(options.rounds):
        done = expected.run()
        right = (done.after, done.again) == (expected.after, expected.again)
        wrong += not right
        print(
            f"{done.name:<62}| {', '.join(done.after):<24}| {done.used:>3}, {done.again} {'' if right else 'WRONG'}",
            flush=True,
        )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
