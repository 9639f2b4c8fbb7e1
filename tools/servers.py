"""Starts, watches and stops the two servers of the tutorial: the practice platform and JupyterLab."""

# ruff: noqa: S603 - starting other programs by their names is what this module is for

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from rc_nb_helpers.env_files import assignments, text_of
from rc_nb_helpers.loopback import is_elsewhere
from rc_nb_helpers.redirection_endpoint import NAME
from tools.causes import SERVER, cause_in, last_lines
from tools.my_notebooks import COPIES
from tools.places import OURS, ROOT
from tools.ports import accepts, address_of, free_port
from tools.problem import Problem
from tools.programs import tied
from tools.variables import for_jupyterlab, for_programs

APPS_FILE = ROOT / ".practice" / "apps.json"
CLASS_FILE = APPS_FILE.with_name("class.json")
FIRST_NOTEBOOK = "00-start-here.ipynb"
PRACTICE_PORT = 8440
STARTING = 60.0  # seconds a server may take until it answers
STOPPING = 5.0  # seconds a server may take to end after each way of asking


@dataclass
class Server:
    """A server that runs as a process of its own, and how to end it."""

    name: str
    process: subprocess.Popen[str]
    url: str
    log: Path
    ask_to_stop: Callable[[], None] = field(repr=False)

    def stop(self) -> None:
        """End the server: ask first, then insist."""
        for way in (self.ask_to_stop, self.process.terminate, self.process.kill):
            if self.process.poll() is None:
                way()
                self._wait()

    def _wait(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):  # the next way insists more
            self.process.wait(STOPPING)

    def failure(self, what: str) -> Problem:
        """Return the error that tells about this server, with the last words of its log."""
        said = self.log.read_text(encoding="utf-8", errors="replace")
        cause = cause_in(said, SERVER)
        why, cure = (f" {cause.what}", cause.cure) if cause else ("", "start again.")
        words = last_lines(said) or "  (it said nothing)"
        return Problem(f"{self.name} {what}.{why} Its last words:\n{words}\nWhat to do: {cure} Log: {self.log}")


def practice_file() -> Path:
    """Return the `.env-practice` that a notebook in the copies finds, or would find if there were one."""
    if chosen := os.environ.get("RC_ENV_DIRECTORY", "").strip():
        return ROOT / COPIES / Path(chosen).expanduser() / ".env-practice"
    beside = ROOT / COPIES / ".env-practice"
    return beside if beside.is_file() else ROOT / ".env-practice"


def practice_elsewhere() -> tuple[str, str] | None:
    """Return the address of a practice platform that is there already, and what names it; None when there is none.

    A class has one for everybody, on another machine: a seat's lines, or an app's, name it in `.env-practice`.
    """
    if named := os.environ.get("RC_PRACTICE_URL"):
        return named, "RC_PRACTICE_URL is set"
    file = practice_file()
    if not file.is_file():
        return None
    found = list(assignments(text_of(file.read_bytes())))
    (url,) = [each.value for each in found if each.name == "RC_SERVER_URL"][-1:] or [""]
    return (url.rstrip("/"), f"{shown(file)} names {url}") if url and is_elsewhere(url) else None


def shown(file: Path) -> str:
    """Return a file's path as a person finds it from the tutorial's folder."""
    return str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)


def start_practice(python: str) -> Server:
    """Start the practice platform and wait until it is ready.

    It ends when its standard input is closed, so it never outlives this process.

    Raises:
        Problem: it did not start.
    """
    host = "127.0.0.1"
    port = free_port(host, PRACTICE_PORT, "the practice platform")
    command = [*practice_command(python, host, port), *options_for_browsers(os.environ), "--json", "--exit-with-parent"]
    log = private_file(f"practice-{port}.log")
    process = launch(command, log, stdout=subprocess.PIPE, env=for_programs(os.environ))
    server = Server("The practice platform", process, f"http://{host}:{port}", log, lambda: close_input(process))
    first_line = process.stdout.readline() if process.stdout else ""
    try:
        server.url = json.loads(first_line)["server_url"]
    except (ValueError, KeyError):
        server.stop()
        raise server.failure("did not start") from None
    return server


def in_browsers(practice_url: str, variables: Mapping[str, str]) -> str:
    """Return where browsers reach the practice platform of this machine, which RC_PRACTICE_BROWSER_URL may say."""
    named = variables.get("RC_PRACTICE_BROWSER_URL", "").strip().rstrip("/")
    return named.replace("{port}", practice_url.rpartition(":")[2]) or practice_url


def options_for_browsers(variables: Mapping[str, str]) -> list[str]:
    """Return what the practice platform is told where browsers reach it through the JupyterLab that we start.

    That JupyterLab takes answers of logins as well, so that its port is the only one that browsers have to reach. It
    is known to be that one where the platform's address has a path: a proxy of JupyterLab's, and not another server.
    """
    named = variables.get("RC_PRACTICE_BROWSER_URL", "").strip()
    if not named:
        return []
    parts = urlsplit(named)
    answers = ["--also-redirect-uri", f"{parts.scheme}://{parts.netloc}/{NAME}"] if parts.path.strip("/") else []
    return ["--browser-url", named, *answers]


def practice_command(python: str, host: str, port: int, learners: int = 0) -> list[str]:
    """Return the command that runs the practice platform, which keeps the learners' apps in a file."""
    APPS_FILE.parent.mkdir(exist_ok=True)
    command = [python, "-m", "rc_nb_helpers.practice", "--host", host, "--port", str(port)]
    return [*command, "--learners", str(learners), "--apps-file", str(APPS_FILE)]


def close_input(process: subprocess.Popen[str]) -> None:
    """Ask the practice platform to end."""
    if process.stdin:
        process.stdin.close()


def start_jupyterlab(
    python: str, host: str, first_port: int, browser: bool, practice_url: str, notebooks: str
) -> Server:
    """Start JupyterLab on the first of the notebooks in a folder, and wait until it answers; `url` holds its token.

    Raises:
        Problem: it did not start.
    """
    port = free_port(host, first_port, "JupyterLab")
    token = token_to_use()
    lab = ["jupyterlab", f"--ServerApp.ip={host}", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    lab += [
        "--ServerApp.base_url=/",
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{notebooks}/{FIRST_NOTEBOOK}",
    ]
    # What a machine's own configuration may say besides: this server speaks http, with a token.
    lab += [f"--ServerApp.{name}=" for name in ("certfile", "keyfile", "sock")]
    lab += ["--PasswordIdentityProvider.hashed_password=", "--log-level=WARN"]
    # A browser in a sandbox (snap, flatpak) may not read the file that would lead it to the address.
    lab += ["--ServerApp.use_redirect_file=False", *([] if browser else ["--no-browser"])]
    # The manager of extensions would speak to the package index, and does not start behind a SOCKS proxy.
    lab += ["--LabApp.extension_manager=readonly"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        lab.append("--allow-root")  # containers and Codespaces run as root
    log = private_file(f"jupyterlab-{port}.log")
    token_file = private_file(f"token-{port}")
    token_file.write_text(token, encoding="utf-8")
    environment = jupyter_environment(practice_url, token_file)
    process = launch(tied(python, lab, "SIGTERM"), log, env=environment)
    base = address_of(host, port)
    server = Server(
        "JupyterLab",
        process,
        f"{base}/lab/tree/{notebooks}/{FIRST_NOTEBOOK}?token={quote(token, safe='')}",
        log,
        lambda: request_shutdown(base, token),
    )
    deadline = time.monotonic() + STARTING
    try:
        while not accepts(host, port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise server.failure("did not start")
            time.sleep(0.1)
    except BaseException:
        server.stop()
        raise
    return server


def token_to_use() -> str:
    """Return the token that JUPYTER_TOKEN asks for, if an address and a header can carry it, else a fresh one."""
    asked = os.environ.get("JUPYTER_TOKEN", "")
    return asked if re.fullmatch(r"[!-~]+", asked) else secrets.token_hex(24)


def jupyter_environment(practice_url: str, token_file: Path) -> dict[str, str]:
    """Return the environment variables of JupyterLab, which its kernels inherit.

    It is a JupyterLab of its own: it neither reads nor writes the settings, open tabs and kernels in a person's
    home folder. The folder `jupyter` holds what it needs to know.
    """
    return {
        **for_jupyterlab(for_programs(os.environ)),
        "IPYTHONDIR": str(OURS / "ipython"),
        "JUPYTER_CONFIG_DIR": str(OURS / "config"),
        "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter"),
        "JUPYTER_DATA_DIR": str(OURS / "data"),
        "JUPYTER_RUNTIME_DIR": str(OURS / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # a kernel of this Python, and not of one that the system has
        "JUPYTER_TOKEN_FILE": str(token_file),  # a file: a notebook may show its environment variables
        "RC_PRACTICE_URL": practice_url,
    }


def request_shutdown(base: str, token: str) -> None:
    """Ask JupyterLab to end its kernels and itself: the way that works on Windows too."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{base}/api/shutdown", method="POST", headers={"Authorization": f"token {token}"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError):  # it may end before it answers, or refuse: then it is told to terminate
        direct.open(request, timeout=STOPPING).close()


def private_file(name: str) -> Path:
    """Return an empty file that only its owner can read, for a log or for JupyterLab's token."""
    OURS.mkdir(exist_ok=True)
    file = OURS / name
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    return file


def launch(command: list[str], log: Path, **options: object) -> subprocess.Popen[str]:
    """Start a process that Ctrl-C in this terminal does not reach, so that we can end things in order.

    Its standard input is a pipe, by which it notices that we are gone.
    """
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    with log.open("a") as output:
        options = {"stdout": output, **options}
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            command, cwd=ROOT, stdin=subprocess.PIPE, stderr=output, encoding="utf-8", **options
        )


def watch(servers: list[Server]) -> Server:
    """Wait until a server ends by itself, and return it."""
    while True:
        for server in servers:
            if server.process.poll() is not None:
                return server
        time.sleep(0.2)
