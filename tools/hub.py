"""A real JupyterHub on this machine, for a rehearsal and for the tests: starts it, and ends all that it has started.

It is the hub of workshop/jupyterhub, with its proxy and https, for browsers of this machine alone. Where we are root,
each learner is a system user that is made for it, and taken away afterwards.
"""

# ruff: noqa: S603, S607 - starting other programs by their names is what this module is for

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

from tools.places import HUB, ROOT
from tools.ports import any_port
from tools.problem import Problem
from tools.programs import tied
from tools.variables import for_programs

CONFIGURATION = HUB.with_name("jupyterhub_config.py")
PROXY = "configurable-http-proxy"
FOLDER = "course"
"""The course in each learner's home, on these hubs."""
STARTING = 90.0
ENDING = 15.0
# Over the configuration that is tried: passwords and ports of our own.
OVER_IT = """
load_subconfig({configuration!r})
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password, c.SharedPasswordAuthenticator.admin_password = {passwords!r}
c.Authenticator.allow_all = False
c.Authenticator.allowed_users = {people!r}
c.Authenticator.admin_users = {{"instructor"}}
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.JupyterHub.concurrent_spawn_limit = 0
if {own_users!r}:
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
else:
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
    if {root!r}:
        c.Spawner.args.append("--allow-root")
"""


@dataclass
class Hub:
    """A hub that runs.

    Attributes:
        url: Where browsers find it.
        place: Its folder, with its log.
        homes: The folder of the learners' home folders.
        process: The hub itself; all else descends from it.
        own_users: Whether each learner is a system user.
        password: The learners'.
        admin_password: That of the user ``instructor``.
        practice: Practice's address for browsers.
    """

    url: str
    place: Path
    homes: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    own_users: bool
    password: str = field(repr=False)
    admin_password: str = field(repr=False)
    practice: str

    @property
    def authority(self) -> Path:
        """The certificate of who has signed the hub's."""
        return self.place / "state" / "certificates" / "authority" / "authority.crt"

    @property
    def log(self) -> str:
        """What the hub, its proxy, practice and all servers have said so far."""
        return (self.place / "log").read_text("utf-8", "replace")

    def folder_of(self, name: str) -> Path:
        """The course of a learner."""
        return self.homes / name / FOLDER

    def processes(self) -> list[psutil.Process]:
        """The hub, and all that descends from it."""
        hub = psutil.Process(self.process.pid)
        return [hub, *hub.children(recursive=True)]

    def memory(self) -> dict[str, int]:
        """Bytes of each kind of process, without counting shared pages more than once where the system tells that."""
        sums = dict.fromkeys(("hub", "proxy", "practice", "servers", "kernels"), 0)
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in self.processes():
                with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    sums[kind_of(process)] += getattr(process.memory_full_info(), "pss", process.memory_info().rss)
        return sums

    def seconds(self) -> float:
        """The seconds of a core that it has used so far, with all that it has started."""
        total = 0.0
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in self.processes():
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()  # "children": of those that have ended
                    total += times.user + times.system + times.children_user + times.children_system
        return total

    def running(self, kind: str) -> list[psutil.Process]:
        """The processes of a kind: hub, proxy, practice, servers, kernels."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                if kind_of(process) == kind:
                    found.append(process)
        return found

    def stop(self) -> list[psutil.Process]:
        """End it and all that it has started; return what had to be killed."""
        others = []
        with contextlib.suppress(psutil.NoSuchProcess):
            others = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING)
        _, left = psutil.wait_procs(others, timeout=5)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        psutil.wait_procs(left, timeout=5)
        return left


def kind_of(process: psutil.Process) -> str:
    """What a process of the hub is: hub, proxy, practice, servers or kernels."""
    words = " ".join(process.cmdline())
    for sign, kind in (
        ("ipykernel_launcher", "kernels"),
        ("jupyterhub.singleuser", "servers"),
        ("practice_service.py", "practice"),
        (PROXY, "proxy"),
    ):
        if sign in words:
            return kind
    return "hub"


def proxy_command() -> str:
    """Return the path of configurable-http-proxy.

    Raises:
        Problem: It is not installed.
    """
    beside = ROOT / "node_modules" / ".bin"
    found = shutil.which(PROXY, path=os.pathsep.join([str(beside), os.environ.get("PATH", "")]))
    if found:
        return found
    npm = "" if shutil.which("npm") else "Node's npm is not here either: install it first (Debian, Ubuntu: npm). "
    raise Problem(
        f"A JupyterHub needs {PROXY}, and it is not installed.\n"
        f"What to do: {npm}In the tutorial's folder, run\n  npm install --no-save --prefix . {PROXY}@5"
    )


@contextlib.contextmanager
def running_hub(people: Sequence[str], *, own_users: bool | None = None) -> Iterator[Hub]:
    """Run a hub for some people; end it, and take away everything that was made for it.

    Args:
        people: Their names. As root, none may be a user of this machine.
        own_users: Whether each is to be a system user; if left out, where that is possible.

    Raises:
        Problem: Something is missing, or the hub does not start.
    """
    proxy = proxy_command()
    with tempfile.TemporaryDirectory(prefix="hub-", ignore_cleanup_errors=True) as temporary:
        place = Path(temporary).resolve()
        place.chmod(0o711)
        homes = place / "homes"
        homes.mkdir(mode=0o711)
        python = python_for_everybody(place) if own_users in (None, True) else None
        if own_users and not python:
            raise Problem(why_one_user())
        made: list[str] = []
        try:
            if python:
                for name in people:
                    make_user(name, homes)
                    made.append(name)
            hub = start(place, homes, people, proxy, python)
            try:
                wait_until_ready(hub)
                yield hub
            finally:
                hub.stop()
        finally:
            for name in made:
                subprocess.run(["userdel", name], capture_output=True, check=False)  # the home goes with its folder


def start(place: Path, homes: Path, people: Sequence[str], proxy: str, python: str | None) -> Hub:
    """Start the hub's process."""
    port, hub_port, api_port, practice_port, board_port = free_ports(5)
    passwords = secrets.token_hex(8), secrets.token_hex(16)
    own_users = python is not None
    configuration = place / "config.py"
    configuration.touch(0o600)
    configuration.write_text(
        OVER_IT.format(
            configuration=str(CONFIGURATION), passwords=passwords, people=set(people), hub_port=hub_port,
            api_port=api_port, own_users=own_users, homes=str(homes), root=is_root(),
        )
    )  # fmt: skip
    url = f"https://localhost:{port}"
    variables = {
        **for_programs(os.environ),
        "PATH": os.pathsep.join([str(Path(proxy).parent), os.environ.get("PATH", "")]),
        "RC_HUB_URL": url,
        "RC_HUB_STATE": str(place / "state"),
        "RC_HUB_SEATS": str(len(people)),
        "RC_HUB_FOLDER": FOLDER,
        "RC_HUB_PRACTICE_PORT": str(practice_port),
        "RC_HUB_BOARD_PORT": str(board_port),
        "RC_HUB_PYTHON": python or sys.executable,
    }
    for name in ("RC_AUTOPILOT", "RC_PRACTICE_URL", "RC_ENV_DIRECTORY"):
        variables.pop(name, None)
    (place / "log").touch(0o600)
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            tied(sys.executable, ["jupyterhub", "-f", str(configuration)], "SIGTERM"), cwd=place, env=variables,
            stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    return Hub(url, place, homes, process, own_users, *passwords, f"{url}/services/practice")


def free_ports(count: int) -> list[int]:
    """Return some ports that nobody has."""
    ports: dict[int, None] = {}
    while len(ports) < count:
        ports[any_port("127.0.0.1")] = None
    return list(ports)


def wait_until_ready(hub: Hub) -> None:
    """Wait until the hub and practice answer through the proxy.

    Raises:
        Problem: They do not.
    """
    until = time.monotonic() + STARTING
    with requests.Session() as http:
        http.trust_env = False
        for address in (f"{hub.url}/hub/health", f"{hub.practice}/practice/"):
            while True:
                with contextlib.suppress(requests.ConnectionError, OSError):
                    if http.get(address, verify=str(hub.authority), timeout=5).ok:
                        break
                if hub.process.poll() is not None or time.monotonic() > until:
                    raise Problem(f"The hub did not start. Its words:\n{words_of(hub.log)}")
                time.sleep(0.3)


# --- One system user for each learner --------------------------------------------------------------------


def is_root() -> bool:
    """Tell whether we may make users, and start programs as them."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def why_one_user() -> str:
    """Say why all learners are the same user here."""
    if not is_root():
        return "All learners are the same system user here: only root can start programs as others."
    return (
        "All learners are the same system user here: others may not use this Python or this folder "
        f"({sys.base_prefix}, {ROOT})."
    )


def make_user(name: str, homes: Path) -> None:
    """Make a system user with a home folder.

    Raises:
        Problem: It cannot be made.
    """
    with contextlib.suppress(KeyError):
        if not Path(pwd.getpwnam(name).pw_dir).exists():  # of a rehearsal that was killed
            subprocess.run(["userdel", name], capture_output=True, check=False)
    command = ["useradd", "--create-home", "--home-dir", str(homes / name), "--shell", "/bin/bash", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"The system user {name} cannot be made. The system says: {done.stderr.strip()}")
    (homes / name).chmod(0o755)  # as many systems have it: what is private has to be so by itself


def python_for_everybody(place: Path) -> str | None:
    """Return a Python with our packages that any user can run; None where there is none, or we are not root."""
    if not is_root() or not everybody_may_read(ROOT):
        return None
    if everybody_may_read(Path(sys.base_prefix)) and everybody_may_read(Path(sys.prefix)):
        return sys.executable
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    other = shutil.which(version, path="/usr/local/bin:/usr/bin")
    if not other or not everybody_may_read(Path(sys.prefix)):
        return None
    # The same version, with the packages and Jupyter's data of this environment.
    environment = place / "python"
    subprocess.run([other, "-m", "venv", "--without-pip", str(environment)], check=True, umask=0o022)
    packages = environment / "lib" / version / "site-packages"
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({_site_packages()!r})\n")
    for name in ("share", "etc"):
        shutil.rmtree(environment / name, ignore_errors=True)
        (environment / name).symlink_to(Path(sys.prefix) / name)
    return str(environment / "bin" / "python")


def _site_packages() -> str:
    return str(Path(requests.__file__).parents[1])


def everybody_may_read(folder: Path) -> bool:
    """Tell whether every user may open a folder."""
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.resolve().parents))


def words_of(log: str) -> str:
    """The last words of a hub's log, without those of its proxy."""
    own = re.findall(r"(?m)^\[[A-Z] .*(?:\n(?![\[\d]).*)*", log)
    return "\n".join(own)[-2000:] or log[-2000:]
