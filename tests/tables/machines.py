"""Awkward machines: fresh clones in odd folders, variables, locales, signals and git settings. Prints a table.

Run: python -m tests.tables.machines [WORD]. `python3 tutorial.py test --machines` runs all of it, and so does CI.

Each situation starts tutorial.py in a clone of this commit, with a home folder of its own, and looks at what a person
gets: JupyterLab answers, and a kernel in it imports the helpers and reaches the practice platform; or a message that
names the cause. A traceback is never right. With several Pythons (3.10 to 3.13), each makes an environment of its own
first; a WORD chooses situations, and takes the Python that is running this.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from jupyter_client import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[2]
FIRST_START = 400  # seconds, with the packages in pip's cache or not
START = 60
END = 30
FIRST_PORT = 19100
WORKS = "works"
IN_A_KERNEL = """
import os, requests, rc_nb_helpers
print(requests.get(os.environ["RC_PRACTICE_URL"] + "/practice/credentials", timeout=60).status_code,
      os.environ.get("RC_CALLBACK_PATH"), os.path.realpath(rc_nb_helpers.__file__))
"""


@dataclass
class Clone:
    """A fresh clone, a home folder beside it, and how tutorial.py is started there."""

    folder: Path
    home: Path
    python: str
    variables: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    before: str = ""  # a shell command before it, such as nohup

    def start(self, seconds: float = START) -> Started:
        """Start the tutorial and return when it is ready or has ended."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RC_", "JUPYTER"))}
        log = self.home / "said"
        command = [*self.before.split(), self.python, "tutorial.py", "--no-browser", "--port", str(FIRST_PORT)]
        with log.open("w") as output:
            process = subprocess.Popen(
                [*command, *self.arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
                env={**inherited, "HOME": str(self.home), "PYTHONUNBUFFERED": "1", **self.variables},
            )  # fmt: skip
        started = Started(self, process, log)
        deadline = time.monotonic() + seconds
        while process.poll() is None and "Stop  " not in started.said and time.monotonic() < deadline:
            time.sleep(0.1)
        started.others = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        return started


@dataclass
class Started:
    """A start of tutorial.py, and what has come of it."""

    clone: Clone
    process: subprocess.Popen[bytes]
    log: Path
    others: list[psutil.Process] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What it has said so far."""
        return self.log.read_text("utf-8", errors="replace")

    @property
    def verdict(self) -> str:
        """What a person has got: "works", or the message."""
        if "Traceback" in self.said:
            return "a traceback: " + self.said.strip().splitlines()[-1]
        address = re.search(r"Open this +(http://[^/]+)/lab\S*token=(\S+)", self.said)
        return self.ask_a_kernel(*address.groups()) if address else " ".join(self.said.split())[-600:]

    def ask_a_kernel(self, base: str, token: str) -> str:
        """Start a kernel in this JupyterLab and run a few lines in it, as a notebook would."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"{base}/api/kernels?token={token}", method="POST", data=b"{}")
        kernel = json.loads(direct.open(request, timeout=60).read())["id"]
        self.others = psutil.Process(self.process.pid).children(recursive=True)
        client = BlockingKernelClient(
            connection_file=str(self.clone.folder / ".jupyter" / "runtime" / f"kernel-{kernel}.json")
        )
        client.load_connection_file()
        client.start_channels()
        shown: list[str] = []
        try:
            client.wait_for_ready(timeout=40)
            client.execute_interactive(
                IN_A_KERNEL, timeout=60, output_hook=lambda message: shown.append(str(message["content"]))
            )
        finally:
            client.stop_channels()
        text = " ".join(shown)
        helpers = self.clone.folder.resolve() / "rc_nb_helpers" / "__init__.py"
        # The end of its path: a folder's name may be written in another way there.
        callback = "None" if os.name == "nt" else "/rc-callback/"  # whether the server extension is on
        good = f"200 {callback} " in text and f"{helpers.parent.name}/__init__.py" in text
        return WORKS if good else text[-300:]

    def end(self, how: int = signal.SIGTERM) -> list[psutil.Process]:
        """Send a signal, wait, and return what is still running of all that it had started."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END)
        left = psutil.wait_procs(self.others, timeout=END)[1]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.kill()
        self.process.wait()
        return left


# --- The situations ---------------------------------------------------------------------------------

Play = Callable[[Clone], str]


@dataclass(frozen=True)
class Situation:
    """Something about a machine, and what a person should get there (a regular expression)."""

    name: str
    expected: str
    play: Play
    folder: str = "tutorial"
    prepared: bool = True  # the Python that starts it has the packages


SITUATIONS: list[Situation] = []


def situation(name: str, expected: str = WORKS, **options: object) -> Callable[[Play], Play]:
    """Enter a function in the table."""

    def enter(play: Play) -> Play:
        SITUATIONS.append(Situation(name, expected, play, **options))  # type: ignore[arg-type]
        return play

    return enter


def started(clone: Clone, **variables: str) -> str:
    """Start, look, end; say so if something is left running."""
    clone.variables |= variables
    running = clone.start()
    try:
        verdict = running.verdict
    finally:
        left = running.end()
    return f"{verdict}; left running: {[process.name() for process in left]}" if left else verdict


# Folders
for name, folder in (
    ("a space", "my tutorial"),
    ("letters with accents", "Übung é 学"),
    ("an ampersand, quotes", "a&b 'c' #1%20"),
    ("a hidden folder", ".hidden/tutorial"),
):
    situation(f"folder with {name}", folder=folder)(started)
for locale in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONUTF8": "1"}):
    words = " ".join(f"{name}={value}" for name, value in locale.items())
    situation(f"accents, {words}", folder="é")(
        lambda clone, locale=locale: started(clone, **locale)  # type: ignore[misc]
    )
situation("folder with a colon", "has a ':' in it", folder="a:b")(started)


@situation(".venv is a file", "a file, and not a folder", prepared=False)
def venv_is_a_file(clone: Clone) -> str:
    """As a tool for environments leaves one behind."""
    (clone.folder / ".venv").write_text("x")
    return started(clone)


@situation(".venv is a link to nowhere", "a link to /nowhere", prepared=False)
def venv_is_a_dangling_link(clone: Clone) -> str:
    """Its target was removed."""
    (clone.folder / ".venv").symlink_to("/nowhere")
    return started(clone)


@situation(".venv holds a person's files", "other things in it", prepared=False)
def venv_holds_other_things(clone: Clone) -> str:
    """Nothing of theirs is removed."""
    (clone.folder / ".venv").mkdir()
    (clone.folder / ".venv" / "thesis.txt").write_text("x")
    said = started(clone)
    return said if (clone.folder / ".venv" / "thesis.txt").exists() else "thesis.txt is gone"


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mount a small disk on a folder; only root on Linux can."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


CAN_MOUNT = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount") is not None


def on_a_small_disk(clone: Clone, full: bool) -> str:
    """Put what the tutorial writes on a disk that is full, or that can only be read."""
    folder = clone.folder / ".jupyter"
    folder.mkdir()
    with mounted(folder, "size=64k" if full else "size=64k,ro"):
        if full:
            with contextlib.suppress(OSError), (folder / "filling").open("wb", buffering=0) as file:
                for _ in range(100):
                    file.write(bytes(4096))
        return started(clone)


if CAN_MOUNT:
    situation("full disk at the second start", "The disk is full")(lambda clone: on_a_small_disk(clone, True))
    situation("read-only disk", "can only be read")(lambda clone: on_a_small_disk(clone, False))


@situation("pip install -r requirements.txt alone", prepared=False)
def pip_alone(clone: Clone) -> str:
    """As Binder and VS Code do it: its kernel has the helpers of this folder, and whatever they need."""
    environment = clone.home / "of their own"
    subprocess.run([clone.python, "-m", "venv", environment], check=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", "requirements.txt"]
    subprocess.run(pip, cwd=clone.folder, check=True)
    program = "import rc_nb_helpers, ipykernel; print(rc_nb_helpers.__file__, rc_nb_helpers.LoginPanel.__name__)"
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    said = subprocess.check_output([python, "-c", program], cwd=clone.home, env=variables, text=True).split()
    here = [str(clone.folder.resolve() / "rc_nb_helpers" / "__init__.py"), "LoginPanel"]
    return has_the_extension(python, clone.home, variables) if said == here else f"it found {said}"


def has_the_extension(python: Path, home: Path, variables: dict[str, str]) -> str:
    """Ask Jupyter's own command whether the server of a Python loads our extension."""
    variables = {name: value for name, value in variables.items() if not name.startswith("JUPYTER")}
    command = [python, "-m", "jupyter_server.extension.serverextension", "list"]
    done = subprocess.run(
        command, cwd=home, env=variables | {"HOME": str(home)}, capture_output=True, text=True, check=False
    )
    said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    good = re.search(r"(rc_nb_helpers\.server_extension) +enabled\s.*\n +\1 .*\bOK\b", said)
    return WORKS if good else said[-600:]


for way, what in (("a wheel", "."), ("pip install -e", "-e .")):

    def installed(clone: Clone, what: str = what) -> str:
        """The server extension is on, without a word of the tutorial's: its file came along."""
        environment = clone.home / "of their own"
        subprocess.run([clone.python, "-m", "venv", environment], check=True)
        python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", *what.split()]
        subprocess.run(pip, cwd=clone.folder, check=True)
        # The packages that it needs are those of the Python that starts this: installing them again takes minutes.
        packages = subprocess.check_output(
            [clone.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
        return has_the_extension(python, clone.home, {**os.environ, "PYTHONPATH": packages})

    situation(f"the server extension is on after {way}")(installed)


# Variables
for variables in (
    {"PYTHONPATH": "{old}"},
    {"PYTHONHOME_OF_OTHERS": "x", "PYTHONSTARTUP": "{old}/enum.py", "PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error"},
    {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"},
    {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"},
    {"ALL_PROXY": "socks5://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9"},
    {"http_proxy": "127.0.0.1:9", "HTTPS_PROXY": "garbage::x", "no_proxy": "*.x, ,[::1]"},
    {"JUPYTER_TOKEN": "a&b=c#d?e"},
    {"JUPYTER_TOKEN": "with space and é"},
    {"JUPYTER_CONFIG_DIR": "{old}", "JUPYTER_RUNTIME_DIR": "/proc/nowhere", "JUPYTERLAB_WORKSPACES_DIR": "/proc/x"},
    {"IPYTHONDIR": "/proc/nowhere", "VIRTUAL_ENV": "/nowhere", "JPY_PARENT_PID": "1"},
    {"HOME": "/nowhere"},
    {"HOME": "/proc"},
):
    words = " ".join(variables)

    def with_variables(clone: Clone, variables: dict[str, str] = variables) -> str:
        """Start with variables that belong to another project."""
        old = clone.home / "old"
        (old / "requests").mkdir(parents=True)
        for module in ("enum.py", "typing.py", "requests/__init__.py", "subprocess.py", "rc_nb_helpers.py"):
            (old / module).write_text("raise ImportError('a module of another project')\n")
        (old / "jupyter_server_config.json").write_text('{"ServerApp": {"certfile": "/nowhere", "port": 1}}')
        return started(clone, **{name: value.format(old=old) for name, value in variables.items()})

    situation(f"variables {words}")(with_variables)


@situation("Jupyter configuration and workspaces in the home folder")
def own_jupyter(clone: Clone) -> str:
    """A configuration that would break the start does not count, and the home folder stays as it was."""
    (clone.home / ".jupyter").mkdir()
    broken = {"ServerApp": {"certfile": "/nowhere", "password": "argon2:x", "base_url": "/x", "ip": "192.0.2.1"}}
    (clone.home / ".jupyter" / "jupyter_server_config.json").write_text(json.dumps(broken))
    before = sorted(clone.home.rglob("*"))
    verdict = started(clone)
    new = [str(path) for path in sorted(clone.home.rglob("*")) if path not in before and path.name != "said"]
    return f"{verdict}; new in the home folder: {new}" if new else verdict


# Signals and ends


def ended_by(clone: Clone, how: int, victim: str = "") -> str:
    """Kill one process of the three, and see that nothing lives on and that the next start finds a clean place."""
    running = clone.start()
    try:
        verdict = running.verdict
    except BaseException:
        running.end(signal.SIGKILL)  # or the next row would find its ports taken
        raise
    if victim:
        (process,) = [child for child in running.others if victim in " ".join(child.cmdline())]
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(END)
        psutil.wait_procs(running.others, timeout=END)
        left = [child for child in running.others if child.is_running()]
        left += running.end(signal.SIGKILL)
    else:
        left = running.end(how)
    again = clone.start()
    try:
        clean = "is in use" not in again.said
    finally:
        again.end()
    if verdict != WORKS or left:
        return f"{verdict}; left running: {left}"
    return WORKS if clean else f"the next start says: {again.said}"


if os.name != "nt":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL):
        situation(f"{number.name} ends all")(
            lambda clone, number=number: ended_by(clone, number)  # type: ignore[misc]
        )
    for victim in ("jupyterlab", "rc_nb_helpers.practice"):
        situation(f"kill -9 of {victim} ends all")(
            lambda clone, victim=victim: ended_by(clone, signal.SIGKILL, victim)  # type: ignore[misc]
        )


@situation("nohup, then the terminal closes")
def nohup(clone: Clone) -> str:
    """What was started with nohup lives on."""
    clone.before = "nohup"
    running = clone.start()
    running.process.send_signal(signal.SIGHUP)
    time.sleep(2)
    try:
        return running.verdict if running.process.poll() is None else "SIGHUP has ended it"
    finally:
        running.end()


# Git


def git(folder: Path, *arguments: str) -> None:
    """Ask git something in a clone."""
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def said_of_the_guard(clone: Clone) -> str:
    """What a start says about the secrets guard."""
    running = clone.start()
    running.end()
    return " ".join(line for line in running.said.splitlines() if "guard" in line or "git now" in line) or "nothing"


@situation("a plain clone", "git now looks for secrets")
def plain(clone: Clone) -> str:
    """The guard is switched on."""
    return said_of_the_guard(clone)


@situation(
    "a global core.hooksPath",
    r"guard is off.*Add this line to .*pre-commit \(a new file.*python3 tools/secrets_guard",
)
def global_hooks(clone: Clone) -> str:
    """As a company sets it; whose hooks they are is not ours to change."""
    (clone.home / ".gitconfig").write_text(f"[core]\n hooksPath = {clone.home}/hooks\n")
    return said_of_the_guard(clone)


@situation("hooks switched off (core.hooksPath=/dev/null)", "guard is off.*git config core.hooksPath tools/hooks")
def no_hooks(clone: Clone) -> str:
    """There is no file that a line could be added to."""
    git(clone.folder, "config", "core.hooksPath", "/dev/null")
    return said_of_the_guard(clone)


@situation("folder with a line and spaces at its end", "git now looks for secrets", folder="new\nline  ")
def odd_end(clone: Clone) -> str:
    """Git's answer is the name as it is."""
    return said_of_the_guard(clone)


@situation("own hooks (pre-commit, husky)", "guard is off.*git hooks of your own")
def own_hooks(clone: Clone) -> str:
    """Their hooks go on working."""
    hook = clone.folder / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n")
    return said_of_the_guard(clone)


@situation("own hooks that ask the guard", "^nothing$")
def own_hooks_with_the_line(clone: Clone) -> str:
    """The line was added, so nothing is to be said."""
    hook = clone.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\npython3 tools/secrets_guard.py || exit 1\n")
    hook.chmod(0o755)
    return said_of_the_guard(clone)


@situation("a ZIP file without git", "guard is off: this folder is not a git clone")
def zip_file(clone: Clone) -> str:
    """There is nothing to guard yet."""
    shutil.rmtree(clone.folder / ".git")
    return said_of_the_guard(clone)


if hasattr(os, "geteuid") and os.geteuid() == 0:

    @situation("a clone of another user", "guard is off.*safe.directory")
    def foreign_owner(clone: Clone) -> str:
        """Git does not work in it, so its hook would not run either."""
        os.chown(clone.folder, 12345, 12345)
        os.chown(clone.folder / ".git", 12345, 12345)
        return said_of_the_guard(clone)


@situation("git is not installed", "guard is off: git is not installed")
def no_git(clone: Clone) -> str:
    """There is nothing on the PATH."""
    clone.variables["PATH"] = str(clone.home)
    return said_of_the_guard(clone)


@situation("a hook that lost its right to be run", "git now looks for secrets")
def hook_without_right(clone: Clone) -> str:
    """It gets it back."""
    hook = clone.folder / "tools" / "hooks" / "pre-commit"
    hook.chmod(0o644)
    said = said_of_the_guard(clone)
    return said if os.access(hook, os.X_OK) else "the hook cannot be run"


# --- The table --------------------------------------------------------------------------------------


def clone_into(place: Path, folder: str, python: str) -> Clone:
    """Make a fresh clone of this commit, and a home folder."""
    target = place / folder
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    home = place / "home"
    home.mkdir()
    return Clone(target, home, python)


def pythons() -> dict[str, str]:
    """Return the Pythons of this machine that the tutorial is for: version and command."""
    found = {}
    for minor in range(10, 14):
        homes = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))
        command = str(homes[-1]) if homes else shutil.which(f"python3.{minor}")
        if command:
            found[f"3.{minor}"] = command
    return found


def first_starts(place: Path) -> Iterator[tuple[str, str, str]]:
    """Make an environment with each Python by a first start; yield version, its Python, and the verdict."""
    for version, command in pythons().items():
        clone = clone_into(place / version, "tutorial", command)
        clone.variables["PIP_CACHE_DIR"] = str(Path.home() / ".cache" / "pip")
        clone.variables |= {"PIP_TARGET": str(place / "elsewhere"), "PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1"}
        running = clone.start(FIRST_START)
        verdict = running.verdict
        running.end()
        yield version, str(clone.folder / ".venv" / "bin" / "python"), verdict


def fits(expected: str, got: str) -> bool:
    """Tell whether what came of a situation is what is expected."""
    return re.search(expected, got) is not None and (expected != WORKS or got == WORKS)


def row(name: str, expected: str, got: str) -> bool:
    """Print one line of the table and tell whether it is as it should be."""
    good = fits(expected, got)
    short = expected if good else f"{expected} · got: {got}"
    print(f"{'ok' if good else 'WRONG':<6}{name:<58} {short}", flush=True)
    return good


def played(situation: Situation, place: Path, python: str) -> str:
    """Play a situation in a fresh clone; return what came of it."""
    clone = clone_into(place, situation.folder, python)
    try:
        return situation.play(clone)
    except Exception as error:  # noqa: BLE001 - it is a line of the table
        return f"{type(error).__name__}: {error}"


def main(arguments: list[str] | None = None) -> int:
    """Play the situations; return 1 if one of them is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", default="", help="only situations with this word in their name")
    options = parser.parse_args(arguments)
    good = True
    count = 0
    with tempfile.TemporaryDirectory(prefix="machines-", ignore_cleanup_errors=True) as temporary:
        place = Path(temporary).resolve()
        ready = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
        if not options.word:
            ready = {}
            for version, python, verdict in first_starts(place):
                good &= row(f"first start, Python {version}, PIP_TARGET and PIP_USER set", WORKS, verdict)
                count += 1
                if verdict == WORKS:
                    ready[version] = python
        for number, each in enumerate(SITUATIONS):
            if options.word not in each.name:
                continue
            # Locales and folders differ from Python to Python; the rest takes turns.
            versions = list(ready)
            chosen = versions if "accents" in each.name else [versions[number % len(versions)]]
            for version in chosen:
                base = subprocess.check_output(
                    [ready[version], "-c", "import sys; print(sys._base_executable)"], text=True
                ).strip()
                python = ready[version] if each.prepared else base
                got = played(each, place / f"{number}-{version}", python)
                if not fits(each.expected, got):  # a kernel that died, or a port that another took: once more
                    print(f"again {each.name} ({version}), which said: {got[:100]!r}", flush=True)
                    got = played(each, place / f"{number}-{version}-again", python)
                good &= row(f"{each.name} ({version})", each.expected, got)
                count += 1
    print(f"\n{count} situations, {'all as they should be' if good else 'NOT all as they should be'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
