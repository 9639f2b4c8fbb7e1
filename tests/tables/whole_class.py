"""A class, as workshop/README.md describes it, played to its end. Prints a table of the board.

Run: python -m tests.tables.whole_class [--learners 30] [--no-browser]. `python3 tutorial.py test --class` runs it
whole, and so does CI.

The instructor runs `tutorial.py practice` in a clone of this commit, and cuts slips from the Seats page. Each learner
has a clone and a kernel of their own, with the variables that tutorial.py sets, takes the seat with the link of the
slip, logs in, calls and logs out. Two of them come late, to seats that were added meanwhile, and run the whole
tutorial.py, with JupyterLab in a browser. The board is then held against what was done: all of it has to be there, and
nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import html
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from playwright.sync_api import Locator, Page, expect, sync_playwright

from rc_nb_helpers.practice.classroom.board import STEPS
from rc_nb_helpers.practice.stages import Stage
from tools.checks import ARTEFACTS

from ..conftest import CALLBACK_PATH, bring, free_port, is_free
from ..practice.conftest import Browser
from .machines import Clone, clone_into

CLASS_HOST = "127.44.55.66"
"""What this project takes for another computer; it is this one."""
SECONDS = 30.0
"""How long one step may take on a busy machine."""
AT_ONCE = 4
QUIET = ["--log-level=ERROR"]  # ipykernel warns about itself otherwise
ALL_STEPS = tuple(step.value for step in STEPS)
IN_THE_CLONE = """
import json, pathlib, sys
from tools import servers
elsewhere = servers.practice_elsewhere()
url = elsewhere[0] if elsewhere else sys.argv[1]
servers.OURS.mkdir(exist_ok=True)
print(json.dumps(servers.jupyter_environment(url, pathlib.Path("token"))))
"""
LOG_IN = """
from rc_nb_helpers import PortInUse, Session, load_environment
session = Session(load_environment("practice"))
try:
    attempt = session.begin_login()
except PortInUse as error:
    attempt = session.begin_login(redirect_uri=error.free_redirect_uri)
print(attempt.authorize_url)
"""
GO_ON = """
attempt.wait(60)
session.refresh()
print(session.get("/restapi/v1.0/account/~/extension/~")["name"])
print(session.logout())
"""


@dataclass(frozen=True)
class Slip:
    """What stands on a slip of paper."""

    seat: str
    link: str = field(repr=False)
    password: str = field(repr=False)


@dataclass
class Expected:
    """What the board has to say of a seat, beside that all steps were reached."""

    steps: tuple[str, ...] = ALL_STEPS
    last_error: str = ""
    detail: str = ""
    stuck: bool = False


class Instructor:
    """The instructor: runs the platform, and has the board open."""

    def __init__(self, clone: Clone, learners: int) -> None:
        self.port = free_port()
        ports = [free_port() for _ in range(3)]
        uris = [part for port in ports for part in ("--redirect-uri", f"http://localhost:{port}{CALLBACK_PATH}")]
        self.ports = ports
        address = ("--host", CLASS_HOST, "--port", str(self.port))
        log = clone.home / "said"
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [clone.python, "tutorial.py", "practice", "--learners", str(learners), *uris, *address],
                cwd=clone.folder, env=own_variables(clone), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_for(lambda: "Stop it with" in log.read_text("utf-8") or self.process.poll() is not None)
        said = log.read_text("utf-8")
        assert self.process.poll() is None, said
        self.url = f"http://{CLASS_HOST}:{self.port}"
        assert self.url in said, said
        self.browser = Browser(self.url)
        self.browser.open("/practice/board")
        self.browser.submit(password=said.partition("  Board ")[2].partition("password ")[2].split()[0])

    def slips(self) -> list[Slip]:
        """The slips of the learners, cut from the Seats page."""
        page = html.unescape(self.browser.open("/practice/board/seats").text)
        link = rf"<code>({re.escape(self.url)}/practice/seat#\w+)</code>"
        own = r"To sign in: <code>(\S+?)</code> with the password <code>(\S+?)</code>"
        _, *slips = re.findall(rf"(?s){link}.*?{own}", page)  # the first one is the instructor's own
        return [Slip(seat, link, password) for link, seat, password in slips]

    def add_seats(self, count: int) -> None:
        """Add seats while the class runs."""
        self.browser.open("/practice/board/seats")
        self.browser.submit(count=str(count))

    def board(self) -> list[dict[str, str]]:
        """The rows of the board, as the CSV has them."""
        text = self.browser.open("/practice/board.csv").text.removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text)))

    def close(self) -> None:
        """Stop the platform as Ctrl-C does."""
        self.process.terminate()
        self.process.wait(SECONDS)


class Learner:
    """A learner at a computer of their own: a clone, a home folder, and a kernel."""

    def __init__(self, clone: Clone, slip: Slip, ports: list[int]) -> None:
        self.clone, self.slip, self.ports = clone, slip, ports
        self.kernel: KernelManager | None = None
        self.client: Any = None

    @property
    def file(self) -> Path:
        """The learner's `.env-practice`."""
        return self.clone.folder / ".env-practice"

    def join(self, *options: str) -> str:
        """Type the line of the slip in a terminal; return what it said."""
        command = [self.clone.python, "tutorial.py", "join", self.slip.link, *options]
        done = subprocess.run(
            command, cwd=self.clone.folder, env=own_variables(self.clone), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    def start_kernel(self) -> None:
        """Start a kernel with what tutorial.py tells JupyterLab, which hands it on."""
        own_platform = f"http://127.0.0.1:{free_port()}"  # not there any more, or never was
        told = subprocess.run(
            [self.clone.python, "-c", IN_THE_CLONE, own_platform], cwd=self.clone.folder, env=own_variables(self.clone),
            capture_output=True, text=True, timeout=SECONDS, check=True,
        )  # fmt: skip
        self.kernel = KernelManager()
        self.kernel.start_kernel(
            env=json.loads(told.stdout), cwd=str(self.clone.folder / "notebooks"), extra_arguments=QUIET
        )
        self.client = self.kernel.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    def run(self, code: str) -> str:
        """Run a cell; return what it printed."""
        shown: list[str] = []

        def output(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                shown.append(message["content"]["text"])
            if message["msg_type"] == "error":
                shown.append("\n".join(message["content"]["traceback"]))

        reply = self.client.execute_interactive(code, timeout=SECONDS, output_hook=output)
        assert reply["content"]["status"] == "ok", "".join(shown)
        return "".join(shown).strip()

    def sign_in(self, url: str) -> Browser:
        """Open the sign-in page, and do what the slip says there."""
        browser = Browser(self.slip.link.partition("/practice/")[0])
        browser.open(url)
        browser.submit(username=self.slip.seat, password=self.slip.password)
        return browser

    @contextlib.contextmanager
    def own_ports(self, taken: int = 0) -> Iterator[None]:
        """Thirty computers have thirty ports 5000; here one after the other has it, when the one before has let go."""
        with ONE_COMPUTER:
            wait_for(lambda: all(is_free(port) for port in self.ports if port != taken))
            yield

    def log_in_call_and_log_out(self, taken: int = 0) -> None:
        """Go through the course's steps in the kernel, with a browser beside it."""
        with self.own_ports(taken):
            browser = self.sign_in(self.run(LOG_IN))
            browser.submit(decision="allow")
            assert "Login success" in bring(browser.answer.headers["Location"]).text
            assert "Learner" in self.run(GO_ON)

    def close(self) -> None:
        """End the kernel."""
        if self.kernel:
            self.client.stop_channels()
            self.kernel.shutdown_kernel(now=True)


ONE_COMPUTER = threading.RLock()


def own_variables(clone: Clone) -> dict[str, str]:
    """The variables of a computer on which nothing of ours was set, and whose Python has the packages."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RC_", "JUPYTER", "PYTHON"))}
    return {**inherited, "HOME": str(clone.home), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(clone.folder)}


def wait_for(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until, "it did not become true in time"
        time.sleep(0.05)


# --- Learners to whom something happens --------------------------------------------------------------


def joins_in_the_notebook(learner: Learner) -> Expected:
    """Has started the tutorial before: notebook 00's box takes the link."""
    learner.start_kernel()
    panel = "from rc_nb_helpers import JoinPanel\npanel = JoinPanel()\n"
    press = f'panel._press("join", {learner.slip.link!r}, "1")\nprint(panel._details["summary"]["text"])'
    assert f"You have seat {learner.slip.seat}" in learner.run(panel + press)
    learner.log_in_call_and_log_out()
    return Expected()


def has_port_taken(learner: Learner) -> Expected:
    """Another program has the first port, as AirPlay has on a Mac."""
    learner.join()
    learner.start_kernel()
    port = learner.ports[0]
    with learner.own_ports(), contextlib.closing(socket.create_server(("127.0.0.1", port))):
        learner.log_in_call_and_log_out(taken=port)
    return Expected()


def has_a_wrong_file_first(learner: Learner) -> Expected:
    """Has typed the lines by hand, with a wrong letter in the client id."""
    learner.join()
    right = learner.file.read_text("utf-8")
    client_id = right.partition("RC_CLIENT_ID=")[2].splitlines()[0]
    wrong = client_id[:-1] + ("a" if client_id[-1] != "a" else "b")
    learner.file.write_text(right.replace(client_id, wrong), "utf-8")
    learner.start_kernel()
    with learner.own_ports():
        page = Browser(learner.slip.link.partition("/practice/")[0]).open(learner.run(LOG_IN))
        assert "OAU-153" in page.text
        learner.run("attempt.cancel()")
    assert "says something else" in learner.join()  # not over another file unasked
    assert learner.file.read_text("utf-8") != right
    assert f"You have seat {learner.slip.seat}" in learner.join("--replace")
    learner.log_in_call_and_log_out()
    return Expected(last_error="OAU-153")


def mistypes_the_password(learner: Learner) -> Expected:
    """Signs in with a wrong password, and calls the instructor."""
    learner.join()
    learner.start_kernel()
    with learner.own_ports():
        browser = Browser(learner.slip.link.partition("/practice/")[0])
        browser.open(learner.run(LOG_IN))
        browser.submit(username=learner.slip.seat, password="maple")
        browser.submit(-1, stuck="yes")
        learner.run("attempt.cancel()")
    return Expected((Stage.APP_MADE.value, Stage.SIGN_IN_SEEN.value), last_error="sign-in", stuck=True)


def is_not_alone(learner: Learner) -> Expected:
    """A neighbour has used the same link at another computer."""
    learner.join()
    (learner.clone.folder / ".practice" / "machine").unlink()
    learner.join()
    learner.start_kernel()
    learner.log_in_call_and_log_out()
    return Expected(detail="its link was used on 2 computers, or in 2 folders")


def goes_by_the_page(learner: Learner) -> Expected:
    """Does what the page says, and nothing happens."""
    said = learner.join()
    assert f"You have seat {learner.slip.seat}" in said, said
    assert learner.file.stat().st_mode & 0o077 == 0
    learner.start_kernel()
    learner.log_in_call_and_log_out()
    return Expected()


# --- The whole tutorial.py, with JupyterLab in a browser ---------------------------------------------


def late_in_a_browser(learner: Learner, page: Page, port: int, *, in_the_box: bool) -> Expected:
    """Comes late, takes a new seat, and works in JupyterLab."""
    learner.clone.variables["PYTHONPATH"] = str(learner.clone.folder)
    learner.clone.arguments = ("--port", str(port))
    if not in_the_box:
        learner.join()
    started = learner.clone.start(SECONDS)
    try:
        found = re.search(r"Open this +(http://\S+)/lab/tree/\S+\?token=(\S+)", started.said)
        assert found, started.said
        base, token = found.groups()
        if in_the_box:
            open_notebook(page, f"{base}/lab/tree/my-notebooks/00-start-here.ipynb?token={token}")
            run_all(page)
            box = panel(page, "Take your seat in a class")
            box.get_by_label("The link from your instructor").fill(learner.slip.link)
            box.get_by_role("button", name="Take the seat").click()
            expect(box.get_by_role("status")).to_contain_text(f"You have seat {learner.slip.seat}")
        open_notebook(page, f"{base}/lab/tree/my-notebooks/06-popup-and-panels.ipynb?token={token}&reset")
        run_all(page)
        login = panel(page, "Log in")
        with page.expect_popup() as popup:
            login.get_by_role("button", name="Log in to practice").click()
        popup.value.locator("[name=username]").fill(learner.slip.seat)
        popup.value.locator("[name=password]").fill(learner.slip.password)
        popup.value.get_by_role("button", name="Sign in").click()
        popup.value.get_by_role("button", name="Allow").click()
        expect(login.get_by_role("status")).to_contain_text(f"Learner {learner.slip.seat[-3:]}")
        panel(page, "Try the API").get_by_role("button", name="My call log").click()
        expect(panel(page, "Try the API").get_by_role("status")).to_contain_text("the server has answered")
        panel(page, "Log out").get_by_role("button", name="Log out").click()
        expect(login.get_by_role("button", name="Log in to practice")).to_be_visible()
        page.screenshot(path=ARTEFACTS / f"class-{learner.slip.seat}.png")
    finally:
        assert started.end() == []
    return Expected(tuple(step for step in ALL_STEPS if step != Stage.REFRESHED.value))


def open_notebook(page: Page, url: str) -> None:
    """Open a notebook, and wait for its kernel."""
    page.goto(url)
    expect(page.get_by_text("(ipykernel) | Idle")).to_be_visible()


def run_all(page: Page) -> None:
    """Run all cells, from the menu."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def panel(page: Page, title: str) -> Locator:
    """A panel on the page, by its title."""
    return page.locator("section.rc-panel").filter(has=page.locator(".rc-title", has_text=title))


# --- The class -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def class_in(place: Path, learners: int) -> Iterator[tuple[Instructor, Callable[[Slip], Learner]]]:
    """A class that runs, and what seats a learner with a slip."""
    instructor = Instructor(clone_into(place / "instructor", "tutorial", sys.executable), learners)
    seated: list[Learner] = []

    def seat(slip: Slip) -> Learner:
        seated.append(Learner(clone_into(place / slip.seat, "tutorial", sys.executable), slip, instructor.ports))
        return seated[-1]

    try:
        yield instructor, seat
    finally:
        for learner in seated:
            learner.close()
        instructor.close()


def play(place: Path, learners: int, chromium: str) -> bool:
    """Play a class, print its board, and return whether the board says what happened, and nothing else."""
    late = 2
    with class_in(place, learners - late) as (instructor, seat):
        slips = instructor.slips()
        assert len(slips) == learners - late, slips
        special: list[Callable[[Learner], Expected]] = [
            joins_in_the_notebook,
            has_port_taken,
            has_a_wrong_file_first,
            mistypes_the_password,
            is_not_alone,
        ]
        stories = [*special, *[goes_by_the_page] * len(slips)][: len(slips)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ends = list(pool.map(lambda story, slip: told(story, seat(slip)), stories, slips))
        instructor.add_seats(late)
        slips = instructor.slips()
        assert len(slips) == learners
        newcomers = [seat(slip) for slip in slips[-late:]]
        if chromium:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
                for number, learner in enumerate(newcomers):
                    page = browser.new_context().new_page()
                    page.set_default_timeout(SECONDS * 1000)
                    expect.set_options(timeout=SECONDS * 1000)
                    try:
                        ends.append(late_in_a_browser(learner, page, free_port(), in_the_box=number == 1))
                    except BaseException:
                        page.screenshot(path=ARTEFACTS / "class-wrong.png")
                        raise
                browser.close()
        else:
            ends += [goes_by_the_page(learner) for learner in newcomers]
        return compare(instructor.board(), dict(zip([slip.seat for slip in slips], ends, strict=True)))


def told(story: Callable[[Learner], Expected], learner: Learner) -> Expected:
    """Play a story; say at once where it fails, and give back the learner's computer."""
    try:
        return story(learner)
    except BaseException as error:
        print(f"WRONG  {learner.slip.seat}: {type(error).__name__}: {error}", flush=True)
        learner.close()
        raise


def compare(board: list[dict[str, str]], expected: dict[str, Expected]) -> bool:
    """Print the rows of the board, and return whether each is as it should be."""
    rows = {row["name"]: row for row in board}
    good = True
    for seat, wanted in expected.items():
        row = rows.pop(seat, {})
        steps = tuple(name for name in ALL_STEPS if row.get(name))
        got = Expected(steps, row.get("last error", ""), row.get("details", ""), bool(row.get("stuck since")))
        right = got == wanted and row.get("errors met") == ("1" if wanted.last_error else "0")
        good &= right
        extra = [got.last_error, got.detail, "stuck" if got.stuck else "", "" if right else f"WRONG, not {wanted}"]
        print(f"{seat}  {len(steps)} of {len(ALL_STEPS)} steps  {'  '.join(filter(None, extra))}".rstrip())
    others = [row for row in rows.values() if row["requests"] != "0"]
    for row in others:
        print(f"WRONG  {row['name']}, which did nothing: {row}")
    return good and not others


def main(arguments: list[str] | None = None) -> int:
    """Play a class; return 1 if its board does not say what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=30, metavar="N", help="how many seats, two of them late (30)")
    parser.add_argument("--no-browser", action="store_true", help="the late ones do not run JupyterLab in a browser")
    options = parser.parse_args(arguments)
    chromium = "" if options.no_browser else os.environ.get("RC_BROWSER") or shutil.which("chromium") or ""
    if not options.no_browser and not chromium:
        parser.error("no Chromium found: set RC_BROWSER to its path, or choose --no-browser")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="class-", ignore_cleanup_errors=True) as temporary:
        good = play(Path(temporary).resolve(), options.learners, chromium)
    verdict = "all as it was" if good else "NOT as it was"
    print(f"\n{options.learners} learners, {time.monotonic() - began:.0f} s: the board tells {verdict}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
