"""A class with its instructor, for the tests of the board."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from ..conftest import REDIRECT_URI, TIMEOUT, Browser, Clock, World

EVENTS = "/practice/board/events"
_ROOT = Path(__file__).parents[3]


@dataclass
class Room(World):
    """A platform with learners, and what they and their instructor do in one line each."""

    def instructor(self) -> Browser:
        """The instructor's browser, signed in to the board."""
        browser = self.browser()
        browser.open("/practice/board")
        browser.submit(password=self.platform.instructor_password)
        assert browser.answer.status_code == 200, browser.answer.text
        return browser

    def tokens_of(self, seat: int) -> dict[str, str]:
        """Sign a learner in and exchange the code."""
        user = self.platform.users[seat - 1]
        browser = self.sign_in(user["username"], user["password"], client_id=user["client_id"])
        browser.submit(decision="allow")
        form = {"grant_type": "authorization_code", "code": browser.landed["code"], "redirect_uri": REDIRECT_URI}
        answer: requests.Response = self.post_token(self.auth_of(seat), **form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def auth_of(self, seat: int) -> tuple[str, str]:
        user = self.platform.users[seat - 1]
        return user["client_id"], user["client_secret"]

    def press_stuck(self, seat: str, at: str = "/practice/", browser: Browser | None = None) -> Browser:
        """Say that somebody is stuck."""
        browser = browser or self.browser()
        browser.open(at)
        browser.submit(-1, stuck="yes")
        if "Which seat" in browser.answer.text:
            browser.submit(seat=seat, stuck="yes")
        return browser


@contextlib.contextmanager
def live(browser: Browser, query: str = "") -> Iterator[Iterator[list[Any]]]:
    """The messages of the board, each a list of changes."""
    with browser.http.get(browser.server_url + EVENTS + query, stream=True, timeout=TIMEOUT + 5) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
        yield (json.loads(line[6:]) for line in lines if line.startswith("data: "))


class _Started:
    """What ``Room`` needs of a platform, told by the ready line of one that runs as a process."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.server_url: str = ready["server_url"]
        self.users: list[dict[str, str]] = ready["users"]
        self.client_id: str = ready["client_id"]
        self.client_secret: str = ready["client_secret"]
        self.instructor_password: str = ready.get("instructor_password", "")


@contextlib.contextmanager
def class_of(folder: Path, *options: str) -> Iterator[tuple[Room, subprocess.Popen[str]]]:
    """The command of a class, as ``tutorial.py practice`` starts it: a process that can be killed."""
    files = ("--apps-file", str(folder / "apps.json"), "--class-file", str(folder / "class.json"))
    with subprocess.Popen(
        [sys.executable, "-m", "rc_nb_helpers.practice", "--json", "--learners", "3", *files, *options],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield Room(_Started(json.loads(process.stdout.readline())), Clock()), process  # type: ignore[arg-type]
        finally:
            process.kill()
