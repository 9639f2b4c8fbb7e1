"""A real JupyterHub, as workshop/jupyterhub makes it, with its proxy and https. Prints a table.

Run: python -m tests.tables.whole_hub [WORD]. `python3 tutorial.py test --hub` runs all of it, and so does CI.

Three learners, each with a browser, a server and kernels; as root each is a system user as well. Everything goes
through proxy and hub, as from another computer: a browser here opens no address of the kernels' own. Then the same
course on a Jupyter server without a hub.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from tools.clean_room import without_settings
from tools.hub import FOLDER, Hub, running_hub, why_one_user
from tools.hub_learner import CALLBACK, SECONDS, Form, Kernel, Learner
from tools.my_notebooks import make_copies
from tools.ports import any_port
from tools.problem import Problem

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ("rctest01", "rctest02", "rctest03")
BEGIN = """
import os
from rc_nb_helpers import Session, load_environment, open_in_browser
session = Session(load_environment("practice"))
attempt = session.begin_login()
open_in_browser(attempt.authorize_url)
"""
WHO = "attempt.wait(30); print(session.person.name)"
OWN = "their own"
WHAT_CAME = """
try:
    connection, _ = server.accept()
    connection.settimeout(0.5)
    print(connection.recv(99) or "nobody came")
except TimeoutError:
    print("nobody came")
"""
REFUSED = """
import socket
def tried(what):
    try:
        what()
    except OSError as error:
        print(type(error).__name__)
    else:
        print("has it")
"""
A_NEWER_COURSE = """
import os, subprocess
from pathlib import Path
course = Path(os.getcwd()).parent
def git(*arguments):
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    subprocess.run(command, cwd=course.parent, check=True)
git("clone", "--quiet", "--bare", str(course), "newer.git")
git("clone", "--quiet", "newer.git", "newer")
Path(course.parent, "newer", "NEWS.md").write_text("new")
git("-C", "newer", "add", "NEWS.md")
git("-C", "newer", "commit", "--quiet", "--no-verify", "-m", "news")
git("-C", "newer", "push", "--quiet")
git("-C", str(course), "remote", "set-url", "origin", str(course.parent / "newer.git"))
with (course / "README.md").open("a") as readme:
    readme.write("changed")
"""


@dataclass
class World:
    """The hub, and the learners with a running server."""

    hub: Hub
    ada: Learner
    ben: Learner
    cleo: Learner

    def answers(self) -> list[str]:
        """The queries with code and state of all logins so far."""
        return [answer for learner in (self.ada, self.ben, self.cleo) for answer in learner.answers]


Play = Callable[[World], str]


@dataclass(frozen=True)
class Row:
    """Something that is to be so, and what it looks like when it is (a regular expression)."""

    name: str
    expected: str
    play: Play
    own_users: bool = field(default=False, kw_only=True)


ROWS: list[Row] = []


def row(name: str, expected: str, *, own_users: bool = False) -> Callable[[Play], Play]:
    """Enter a function in the table."""

    def enter(play: Play) -> Play:
        ROWS.append(Row(name, expected, play, own_users=own_users))
        return play

    return enter


@contextlib.contextmanager
def login_begun(learner: Learner, notebook: str = "00-start-here.ipynb") -> Iterator[tuple[Kernel, str]]:
    """A kernel in which a login waits, and its sign-in link, which nobody has opened."""
    with learner.open_notebook(notebook) as kernel:
        kernel.opens_links = False
        kernel.run(BEGIN)
        kernel.wait(lambda: kernel.links)
        yield kernel, next(iter(kernel.links))


def come(learner: Learner) -> None:
    """Sign in at the hub, and have a server."""
    learner.sign_in()
    learner.start_server()


def session_of(kernel: Kernel) -> str:
    """Whose session a kernel has got: that of its own learner, or the name of another."""
    name = kernel.run(WHO).strip()
    return OWN if name == f"Learner {kernel.learner.seat['username'][-3:]}" else name


def heading(page: requests.Response) -> str:
    """A page's status and heading."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.DOTALL)
    return f"{page.status_code} {re.sub('<[^>]+>|[✓✕]', '', found[1]).strip() if found else page.text[:80]}"


def at_once(*works: Callable[[], object]) -> None:
    """Do things at the same moment; raise what one of them has raised."""
    gate = threading.Barrier(len(works))
    problems: list[BaseException] = []

    def work(what: Callable[[], object]) -> None:
        try:
            gate.wait(SECONDS)
            what()
        except BaseException as error:  # noqa: BLE001 - raised below
            problems.append(error)

    threads = [threading.Thread(target=work, args=(what,)) for what in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


# --- Logins ---------------------------------------------------------------------------------------------


@row("two learners at one moment, one redirect URI: to each their session", "^their own, their own; 2 seats$")
def two_learners(world: World) -> str:
    with login_begun(world.ada) as (one, first), login_begun(world.ben) as (other, second):
        uris = {parse_qs(urlsplit(link).query)["redirect_uri"][0] for link in (first, second)}
        assert uris == {f"{world.hub.url}/hub/user-redirect/rc-callback/"}, uris
        at_once(lambda: world.ada.visit(first), lambda: world.ben.visit(second))
        seats = {learner.seat["username"] for learner in (world.ada, world.ben)}
        return f"{session_of(one)}, {session_of(other)}; {len(seats)} seats"


@row("two notebooks of one learner at once", "^their own, their own$")
def two_notebooks(world: World) -> str:
    with login_begun(world.ada) as (one, first), login_begun(world.ada, "06-popup-and-panels.ipynb") as (other, second):
        world.ada.visit(second)
        world.ada.visit(first)
        return f"{session_of(one)}, {session_of(other)}"


@row("signed out of the hub: arrives after signing in", "^asked to sign in, then 200 Login success, their own$")
def signed_out(world: World) -> str:
    with login_begun(world.cleo) as (kernel, link):
        world.cleo.sign_out()
        page = world.cleo.visit(link)
        assert "password" in Form(page.text).fields, heading(page)
        asked = "asked to sign in" if "/hub/login" in page.url else page.url
        page = world.cleo.sign_in(page)
        return f"{asked}, then {heading(page)}, {session_of(kernel)}"


@row("another person's callback", "^403, then their own$")
def of_another(world: World) -> str:
    with login_begun(world.ada) as (kernel, link):
        state = parse_qs(urlsplit(link).query)["state"][0]
        address = f"{world.ada.base}{CALLBACK.strip('/')}/?code=stolen&state={state}"
        refused = world.ben.http.get(address, timeout=SECONDS).status_code
        world.ada.visit(link)
        return f"{refused}, then {session_of(kernel)}"


@row("the kernel is killed in mid-login", "^404 Nobody waits for this answer$")
def killed(world: World) -> str:
    with login_begun(world.ada) as (kernel, link):
        process = int(kernel.run("print(os.getpid())"))
        os.kill(process, signal.SIGKILL)
        return heading(world.ada.visit(link))


@row("a denial", "^200 .*, AccessDenied$")
def denied(world: World) -> str:
    with login_begun(world.ada) as (kernel, link):
        page = world.ada.visit(link, "deny")
        return f"{heading(page)}, {kernel.run(REFUSED.replace('OSError', 'Exception') + 'tried(attempt.wait)').strip()}"


# --- Seats and the board ------------------------------------------------------------------------------


@row(".env-practice: for its owner alone, and never over what notebook 01 has made", "^600, then mine, 600$")
def env_file(world: World) -> str:
    file = world.hub.folder_of("rctest02") / ".env-practice"
    before = f"{file.stat().st_mode & 0o777:o}"
    lines = file.read_text("utf-8")
    file.write_text(lines + "# mine\n", "utf-8")
    world.ben.stop_server()
    world.ben.start_server()
    after = "mine" if file.read_text("utf-8") == lines + "# mine\n" else "another"
    return f"{before}, then {after}, {file.stat().st_mode & 0o777:o}"


@row("a changed notebook outlives a new start of the server", "^changed$")
def notebook_stays(world: World) -> str:
    path = f"{FOLDER}/my-notebooks/02-ask-permission.ipynb"
    notebook = world.ben.read(path)
    notebook["content"]["cells"][0]["source"] = "changed"
    world.ben.ask("PUT", f"contents/{path}", json={"type": "notebook", "content": notebook["content"]})
    world.ben.stop_server()
    world.ben.start_server()
    return str(world.ben.read(path)["content"]["cells"][0]["source"])


@row("nbgitpuller's link: what is new comes, what was changed stays", "^at .*/git-pull, then finished; new, changed$")
def git_pull(world: World) -> str:
    with world.ben.open_notebook("00-start-here.ipynb") as kernel:
        kernel.run(A_NEWER_COURSE)
        folder = world.hub.folder_of("rctest02")
        link = {"repo": str(folder.with_name("newer.git")), "targetPath": FOLDER, "urlpath": f"lab/tree/{FOLDER}"}
        page = world.ben.http.get(f"{world.hub.url}/hub/user-redirect/git-pull", params=link, timeout=SECONDS)
        assert page.ok, heading(page)
        # As the page's script does it.
        wanted = {"repo": link["repo"], "targetpath": FOLDER}
        events = world.ben.http.get(f"{world.ben.base}git-pull/api", params=wanted, timeout=SECONDS).text
        last = json.loads(events.rstrip().rpartition("data: ")[2])
        came = kernel.run("print((course / 'NEWS.md').read_text(), (course / 'README.md').read_text()[-7:], sep=', ')")
        return f"at {urlsplit(page.url).path}, then {last['phase']}; {came.strip()}"


@row("the board: for the hub's admins", "^200 Board, else 403$")
def board(world: World) -> str:
    instructor = Learner(world.hub, "instructor")
    address = f"{world.hub.url}/services/board/"
    page = instructor.sign_in(instructor.http.get(address, timeout=SECONDS))
    assert page.url == f"{world.hub.practice}/practice/board", page.url
    return f"{heading(page)}, else {world.ben.http.get(address, timeout=SECONDS).status_code}"


@row("the board's service reads no long body of a stranger", "^400$")
def long_body(world: World) -> str:
    address = f"{world.hub.url}/services/board/"
    return str(requests.post(address, b"x" * 10_000, verify=str(world.hub.authority), timeout=SECONDS).status_code)


# --- Neighbours -----------------------------------------------------------------------------------------


@row("a neighbour at .env-practice", "^PermissionError$", own_users=True)
def neighbour_at_file(world: World) -> str:
    file = str(world.hub.folder_of("rctest01") / ".env-practice")
    with world.ben.open_notebook("00-start-here.ipynb") as kernel:
        return kernel.run(f"{REFUSED}tried(lambda: open({file!r}))").strip()


@row("a neighbour asks for somebody's seat", "^PermissionError$", own_users=True)
def neighbour_at_seats(world: World) -> str:
    path = str(world.hub.place / "state" / "seats.socket")
    with world.ben.open_notebook("00-start-here.ipynb") as kernel:
        return kernel.run(f"{REFUSED}tried(lambda: socket.socket(socket.AF_UNIX).connect({path!r}))").strip()


@row("a neighbour at the private socket", "^PermissionError, then their own$", own_users=True)
def neighbour_at_socket(world: World) -> str:
    find = "folder = os.environ['RC_CALLBACK_SOCKETS']; print(os.path.join(folder, os.listdir(folder)[0]))"
    with login_begun(world.ada) as (kernel, link), world.ben.open_notebook("00-start-here.ipynb") as other:
        path = kernel.run(find).strip()
        got = other.run(f"{REFUSED}tried(lambda: socket.socket(socket.AF_UNIX).connect({path!r}))").strip()
        world.ada.visit(link)
        return f"{got}, then {session_of(kernel)}"


@row("a neighbour at the port of hand-made servers gets no answer", "^404 Nobody waits.*, nobody came$", own_users=True)
def neighbour_at_port(world: World) -> str:
    notebook = "00-start-here.ipynb"
    with world.ada.open_notebook(notebook) as mine, world.ben.open_notebook(notebook) as other:
        port = int(mine.run("import os; print(os.environ['RC_CALLBACK_PORT'])"))
        other.run(f"import socket\nserver = socket.create_server(('127.0.0.1', {port})); server.settimeout(0.5)")
        address = f"{world.hub.url}/hub/user-redirect/rc-callback/?code=secret&state={'x' * 40}"
        page = world.ada.http.get(address, timeout=SECONDS)
        return f"{heading(page)}, {other.run(WHAT_CAME).strip()}"


# --- The course -----------------------------------------------------------------------------------------


@row("notebooks 00 to 07 on the hub", "^whole$")
def course_on_the_hub(world: World) -> str:
    return "; ".join(world.cleo.do_the_course()) or "whole"


@row("the logs of hub, proxy, practice and servers: no code, no state, in no form", r"^nothing of \d\d logins$")
def logs(world: World) -> str:
    """Last of those on the hub, for it looks at what all before it have left."""
    answers = [parse_qs(answer) for answer in world.answers()]
    log = world.hub.log
    found = {kind for answer in answers for kind in ("code", "state") if answer.get(kind) and answer[kind][0] in log}
    found |= {"base64" for answer in world.answers() if base64.urlsafe_b64encode(answer.encode()).decode()[:60] in log}
    return ", ".join(sorted(found)) or f"nothing of {len(answers)} logins"


# --- Without a hub --------------------------------------------------------------------------------------


class Remote(Learner):
    """Somebody whose kernels run on a Jupyter server elsewhere, below a path; no hub is there."""

    def __init__(self, base: str, token: str, practice: str, seat: dict[str, str]) -> None:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
        hub = Hub(origin, Path(), Path(), None, False, "", "", practice=practice)  # type: ignore[arg-type]
        super().__init__(hub, "somebody")
        self.base, self.seat = base, seat
        self.http.verify = True
        self.http.get(f"{base}?token={token}", timeout=SECONDS)


@contextlib.contextmanager
def remote_server() -> Iterator[Remote]:
    """A Jupyter server with a token, below a path, and a practice platform that has its redirect URI."""
    port, token = any_port("127.0.0.1"), os.urandom(16).hex()
    base = f"http://localhost:{port}/remote/"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary, contextlib.ExitStack() as running:
        place = Path(temporary).resolve()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(place / FOLDER)], check=True)
        make_copies(place / FOLDER)
        variables = without_settings(dict(os.environ))
        variables |= {"HOME": str(place), "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter")}
        practice = subprocess.Popen(
            [sys.executable, "-m", "rc_nb_helpers.practice", "--redirect-uri", f"{base}rc-callback/", "--json"],
            env=variables, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.callback(ended, practice)
        ready = json.loads(practice.stdout.readline())  # type: ignore[union-attr]
        lines = {
            "RC_SERVER_URL": ready["server_url"], "RC_CLIENT_ID": ready["client_id"],
            "RC_CLIENT_SECRET": ready["client_secret"], "RC_REDIRECT_URL": f"{base}rc-callback/",
        }  # fmt: skip
        (place / FOLDER / ".env-practice").write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", "--ServerApp.base_url=/remote/", f"--ServerApp.port={port}",
             "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={place}",
             *(["--allow-root"] if os.name != "nt" and os.geteuid() == 0 else [])],
            cwd=place, env=variables, stdin=subprocess.DEVNULL, **quiet,
        )  # fmt: skip
        running.callback(ended, server)
        until = time.monotonic() + SECONDS
        while True:
            with contextlib.suppress(requests.ConnectionError):
                seat = {name: ready["users"][0][name] for name in ("username", "password")}
                yield Remote(base, token, ready["server_url"], seat)
                return
            assert server.poll() is None, "the server has ended"
            assert time.monotonic() < until, "the server has not answered in time"
            time.sleep(0.2)


def ended(process: subprocess.Popen[str]) -> None:
    """End a process that was started here."""
    process.terminate()
    process.wait(SECONDS)


def course_without_a_hub() -> str:
    """Run the course on a Jupyter server without a hub."""
    with remote_server() as somebody:
        return "; ".join(somebody.do_the_course()) or "whole"


# --- The table ------------------------------------------------------------------------------------------


def said(name: str, expected: str, got: str) -> bool:
    """Print one line of the table and tell whether it is as it should be."""
    good = re.search(expected, got) is not None
    print(f"{'ok' if good else 'WRONG':<6}{name:<76} {got if good else f'{expected} · got: {got}'}", flush=True)
    return good


def played(play: Callable[[], str]) -> str:
    """What came of something, or how it failed."""
    try:
        return play()
    except Exception as error:  # noqa: BLE001 - it is a line of the table
        return f"{type(error).__name__}: {error}"


def on_the_hub(word: str) -> list[bool]:
    """Play the rows on a hub; return which are as they should be."""
    rows = [each for each in ROWS if re.search(word, each.name)]
    if not rows:
        return []
    with running_hub(PEOPLE) as hub:
        world = World(hub, *(Learner(hub, name) for name in PEOPLE))
        at_once(*(partial(come, learner) for learner in (world.ada, world.ben, world.cleo)))
        results = []
        for each in rows:
            if each.own_users and not hub.own_users:
                print(f"{'-':<6}{each.name:<76} not looked at. {why_one_user()}", flush=True)
                continue
            results.append(said(each.name, each.expected, played(lambda each=each: each.play(world))))
        return results


def main(arguments: list[str] | None = None) -> int:
    """Play all rows; return 1 if one of them is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", default="", help="only rows in whose name this is found (a pattern)")
    word = parser.parse_args(arguments).word
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        results = on_the_hub(word)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    without = "notebooks 00 to 07 on a Jupyter server without a hub"
    if re.search(word, without):
        results.append(said(without, "^whole$", played(course_without_a_hub)))
    good = bool(results) and all(results)
    print(f"\n{len(results)} rows, {'all as they should be' if good else 'NOT all as they should be'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
