"""Starts, watches and stops the two servers of the tutorial: the practice platform and JupyterLab."""

# ruff: noqa: S603 - starting other programs by their names is what this module is for

import contextlib
import errno
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.environment import ROOT, last_lines
from tools.problem import Problem

OURS = ROOT / ".jupyter"
APPS_FILE = ROOT / ".practice" / "apps.json"
FIRST_NOTEBOOK = "notebooks/00-start-here.ipynb"
PRACTICE_PORT = 8440
PORTS_TO_TRY = 50
STARTING = 60.0  # seconds a server may take until it answers
STOPPING = 5.0  # seconds a server may take to end after each way of asking


# --- Ports ----------------------------------------------------------------------------------------


def free_port(host: str, first: int, what: str) -> int:
    """Return the first free port from `first` on; when that is another one, say so.

    Raises:
        Problem: the host is not an address of this machine, or no port near by is free.
    """
    for port in range(first, min(first + PORTS_TO_TRY, 65536)):
        if is_free(host, port):
            if port != first:
                print(f"Port {first} is in use by another program: {what} takes {port}.")
            return port
    raise Problem(
        f"There is no free port for {what} from {first} on.\n"
        "What to do: choose another one with --port, or end programs that you no longer need."
    )


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen on this port, on every address that the host's name has.

    Raises:
        Problem: the host is not an address of this machine.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        bindable = all(can_bind(family, address) for family, _, _, _, address in addresses)
    except OSError as error:
        raise Problem(
            f"No server can listen on {host}: {error.strerror}.\n"
            "What to do: leave --host away (only this machine can connect then), or use --host 0.0.0.0 for "
            "all addresses of this machine."
        ) from error
    # Only now, for it is an address of this machine: macOS lets a second program bind a port that somebody answers on.
    return bindable and not accepts(host, port)


def can_bind(family: int, address: tuple[object, ...]) -> bool:
    """Tell whether an address can be bound; one that this machine lacks (no IPv6) does not stand in the way.

    Raises:
        OSError: the address belongs to another machine.
    """
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name != "nt":  # as the servers do, or old connections would hold the port for a minute
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return False
        no_ipv6 = family == socket.AF_INET6 and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
        if not no_ipv6:
            raise
    return True


def accepts(host: str, port: int) -> bool:
    """Tell whether somebody answers on a port."""
    try:
        socket.create_connection((reachable(host), port), timeout=1).close()
    except OSError:
        return False
    return True


def reachable(host: str) -> str:
    """Return the name under which this machine reaches a server that listens on `host`."""
    return "localhost" if host in ("", "0.0.0.0", "::", "*") else host  # noqa: S104 - compared, not bound


def address_of(host: str, port: int) -> str:
    """Return the address of a server that listens on `host`, for this machine's browser."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


# --- Servers --------------------------------------------------------------------------------------


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
        words = last_lines(self.log.read_text(encoding="utf-8", errors="replace")) or "  (it said nothing)"
        return Problem(f"{self.name} {what}. Its last words:\n{words}\nWhat to do: start again. Log: {self.log}")


def start_practice(python: str) -> Server:
    """Start the practice platform and wait until it is ready.

    It ends when its standard input is closed, so it never outlives this process.

    Raises:
        Problem: it did not start.
    """
    host = "127.0.0.1"
    port = free_port(host, PRACTICE_PORT, "the practice platform")
    command = [*practice_command(python, host, port), "--json", "--exit-with-parent"]
    log = private_file("practice.log")
    process = launch(command, log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    server = Server("The practice platform", process, f"http://{host}:{port}", log, lambda: close_input(process))
    first_line = process.stdout.readline() if process.stdout else ""
    try:
        server.url = json.loads(first_line)["server_url"]
    except (ValueError, KeyError):
        server.stop()
        raise server.failure("did not start") from None
    return server


def practice_command(python: str, host: str, port: int, learners: int = 0) -> list[str]:
    """Return the command that runs the practice platform, which keeps the learners' apps in a file."""
    APPS_FILE.parent.mkdir(exist_ok=True)
    command = [python, "-m", "rc_nb_helpers.practice", "--host", host, "--port", str(port)]
    return [*command, "--learners", str(learners), "--apps-file", str(APPS_FILE)]


def close_input(process: subprocess.Popen[str]) -> None:
    """Ask the practice platform to end."""
    if process.stdin:
        process.stdin.close()


def start_jupyterlab(python: str, host: str, first_port: int, browser: bool, practice_url: str) -> Server:
    """Start JupyterLab on the first notebook and wait until it answers; `url` holds its token.

    Raises:
        Problem: it did not start.
    """
    port = free_port(host, first_port, "JupyterLab")
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    command = [python, "-m", "jupyterlab", f"--ServerApp.ip={host}", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", "--ServerApp.base_url=/", f"--ServerApp.root_dir={ROOT}"]
    command += [f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}", "--log-level=WARN"]
    command += [] if browser else ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers and Codespaces run as root
    log = private_file("jupyterlab.log")
    token_file = private_file("token")
    token_file.write_text(token, encoding="utf-8")
    environment = jupyter_environment(practice_url, token_file)
    process = launch(command, log, stdin=subprocess.DEVNULL, env=environment)
    base = address_of(host, port)
    server = Server(
        "JupyterLab",
        process,
        f"{base}/lab/tree/{FIRST_NOTEBOOK}?token={token}",
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


def jupyter_environment(practice_url: str, token_file: Path) -> dict[str, str]:
    """Return the environment variables of JupyterLab, which its kernels inherit.

    The folder `jupyter` comes first on Jupyter's configuration path and sets three things only; whatever a
    person configured elsewhere still counts. PYTHONPATH lets the kernels import rc_nb_helpers. A proxy is for
    the world outside: the RingCentral SDK would send even a login to this machine through it.
    """
    direct = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "localhost", "127.0.0.1", "::1"]
    no_proxy = ",".join(host for host in direct if host)
    return {
        **os.environ,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "JUPYTER_CONFIG_PATH": joined(ROOT / "jupyter", os.environ.get("JUPYTER_CONFIG_PATH")),
        "JUPYTER_TOKEN_FILE": str(token_file),  # a file: a notebook may show its environment variables
        "PYTHONPATH": joined(ROOT, os.environ.get("PYTHONPATH")),
        "RC_PRACTICE_URL": practice_url,
    }


def joined(first: Path, others: str | None) -> str:
    """Put a folder before those that a path variable has already."""
    return os.pathsep.join([str(first), *([others] if others else [])])


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
    """Start a process that Ctrl-C in this terminal does not reach, so that we can end things in order."""
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    with log.open("a") as output:
        options = {"stdout": output, **options}
        return subprocess.Popen(command, cwd=ROOT, stderr=output, encoding="utf-8", **options)  # type: ignore


def watch(servers: list[Server]) -> Server:
    """Wait until a server ends by itself, and return it."""
    while True:
        for server in servers:
            if server.process.poll() is not None:
                return server
        time.sleep(0.2)
