"""Finds the environment the tutorial runs in, or makes one: `.venv`, from the requirement files."""

# ruff: noqa: S603 - starting other programs by their names is what this module is for

import hashlib
import importlib.metadata
import importlib.util
import locale
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.problem import Problem

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUNTIME = ROOT / "requirements.txt"
TESTING = ROOT / "requirements-test.txt"
OLDEST_PYTHON = (3, 10)

# The stamp says which requirement files were installed completely, and by which Python.
STAMP = "tutorial-stamp"
UNFINISHED = "unfinished"

PIP_OPTIONS = ("--no-input", "--disable-pip-version-check")
WIDTH = 70  # characters of pip's progress that are shown


def ensure_environment(*requirement_files: Path) -> str:
    """Return the Python to run everything with: this one if it has all packages, else that of `.venv`.

    Raises:
        Problem: the environment cannot be made, or a package cannot be installed.
    """
    in_own_venv = VENV.exists() and Path(sys.prefix).resolve() == VENV.resolve()
    if not in_own_venv:
        if not unsatisfied(*requirement_files):
            print(f"Using the environment that is already here: {sys.prefix}")
            return sys.executable
        if is_isolated() and not unsatisfied(RUNTIME):
            print(f"Adding the tools for the tests to the environment that is already here: {sys.prefix}")
            install(sys.executable, requirement_files)
            return sys.executable
    return ensure_own_venv(requirement_files)


def is_isolated() -> bool:
    """Tell whether this Python is that of a virtual or a conda environment, where installing harms nobody."""
    return sys.prefix != sys.base_prefix or Path(sys.prefix, "conda-meta").is_dir()


# --- Is everything there already? -----------------------------------------------------------------


def unsatisfied(*requirement_files: Path) -> list[str]:
    """Return the lines of the requirement files that this Python's packages do not satisfy."""
    return [line for file in requirement_files for line in requirement_lines(file) if not satisfied(line)]


def requirement_lines(file: Path) -> list[str]:
    """Return the lines of a requirement file that name a package."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def satisfied(requirement: str) -> bool:
    """Tell whether `name>=1.2,<3` is installed here in such a version.

    Only `>=` and `<` are understood: our requirement files use nothing else, and a test keeps it so.

    Raises:
        ValueError: the requirement is written in another way.
    """
    name, low, high = parse_requirement(requirement)
    try:
        version = release(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False
    return release(low) <= version and (not high or version < release(high))


def parse_requirement(requirement: str) -> tuple[str, str, str]:
    """Split `name>=low,<high` into three parts; without limits, `low` is "0" and `high` is ""."""
    match = re.fullmatch(r"([\w.-]+)(?:\[[\w,-]+\])?(?:>=([\d.]+))?(?:,?<([\d.]+))?", requirement)
    if not match:
        raise ValueError(f"cannot read the requirement {requirement!r}")
    name, low, high = match.groups()
    return name, low or "0", high or ""


def release(version: str) -> tuple[int, ...]:
    """Return the numbers a version begins with, without zeros at the end: "8.10.0rc1" is (8, 10)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(number) for number in match.group().split(".")] if match else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


# --- Our own environment --------------------------------------------------------------------------


def ensure_own_venv(requirement_files: tuple[Path, ...]) -> str:
    """Make, repair or simply find `.venv`, with the requirement files installed; return its Python.

    Raises:
        Problem: it cannot be made, or a package cannot be installed.
    """
    python = venv_python()
    stamp = VENV / STAMP
    stamped = read_stamp(stamp)
    version = python_version(python)
    if version is None or release(version) < OLDEST_PYTHON or UNFINISHED in stamped:
        create_venv(clear=True)
    elif not has_pip(python):
        create_venv(clear=False)
        if not has_pip(python):  # what is there of it stands in the way of a whole one
            create_venv(clear=True)
    make_helpers_importable(python)
    wanted = stamp_lines(python, requirement_files)
    if not wanted <= read_stamp(stamp):
        stamp.write_text(UNFINISHED, encoding="utf-8")
        try:
            install(python, requirement_files)
        except Problem:
            stamp.unlink()  # pip ended by itself and left things in order; only an interruption does not.
            raise
        stamp.write_text("\n".join(sorted(wanted)), encoding="utf-8")
    return python


def venv_python() -> str:
    """Return the path of `.venv`'s Python, whether it is there or not."""
    return str(VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python")


def read_stamp(stamp: Path) -> set[str]:
    """Return the lines of the stamp, none if there is no stamp."""
    return set(stamp.read_text(encoding="utf-8").splitlines()) if stamp.exists() else set()


def stamp_lines(python: str, requirement_files: tuple[Path, ...]) -> set[str]:
    """Return one line for each requirement file, which changes with its content and with the Python."""
    version = python_version(python)
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in requirement_files}
    return {f"{name} {digest} Python {version}" for name, digest in digests.items()}


def python_version(python: str) -> str | None:
    """Return the version of a Python, None if it does not run (half-made, or its base was removed)."""
    return ask(python, "import platform; print(platform.python_version())")


def has_pip(python: str) -> bool:
    """Tell whether a Python has a whole pip: an interrupted venv has a part of it, and one made by uv has none."""
    return ask(python, "import pip._internal.cli.main; print(pip.__version__)") is not None


def ask(python: str, program: str) -> str | None:
    """Return what a small program prints, None if it fails."""
    try:
        answer = subprocess.run([python, "-c", program], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def create_venv(clear: bool) -> None:
    """Make `.venv` with this Python; without `clear`, keep what is in it and add what is missing.

    Raises:
        Problem: Python's venv or ensurepip is missing, or the folder cannot be written.
    """
    version = ".".join(map(str, sys.version_info[:2]))
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Problem(
            f"This Python ({sys.executable}) cannot make a virtual environment: its venv or ensurepip module "
            "is missing. Debian and Ubuntu keep them in a package of their own.\n"
            f"What to do: sudo apt install python{version}-venv, then run this command again."
        )
    print(f"Making the environment .venv (Python {version}) …", flush=True)
    command = [sys.executable, "-m", "venv", *(["--clear"] if clear else []), str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        raise Problem(
            f"The environment {VENV} could not be made.\n{last_lines(made.stdout + made.stderr)}\n"
            "What to do: make sure that you may write in this folder and that the disk is not full; close "
            "programs that use .venv (an editor, another tutorial.py); then run this command again."
        )


def make_helpers_importable(python: str) -> None:
    """Let every program of `.venv` import rc_nb_helpers from this folder.

    A .pth file does what `pip install --editable .` would do, without a build and without a network. It is
    checked at each start, so a folder that was moved works too.
    """
    site_packages = ask(python, "import sysconfig; print(sysconfig.get_path('purelib'))")
    if not site_packages:
        return
    pth = Path(site_packages, "rc-tutorial.pth")
    encoding = locale.getpreferredencoding(False)  # what Python reads .pth files in, before 3.13
    if not pth.exists() or pth.read_text(encoding=encoding).strip() != str(ROOT):
        pth.write_text(f"{ROOT}\n", encoding=encoding)


# --- pip ------------------------------------------------------------------------------------------


def install(python: str, requirement_files: tuple[Path, ...] | list[Path]) -> None:
    """Install requirement files and show how far it is.

    Raises:
        Problem: pip could not; the text says why, as far as pip's words tell.
    """
    names = " and ".join(file.name for file in requirement_files)
    print(f"Installing the packages of {names} (some minutes the first time) …", flush=True)
    command = [python, "-m", "pip", "install", "--progress-bar=off", *PIP_OPTIONS]
    for file in requirement_files:
        command += ["-r", str(file)]
    output = []
    progress = Progress()
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    pip = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        env=environment,
    )
    with pip:
        try:
            for line in pip.stdout or ():
                output.append(line)
                progress.show(line.strip())
        except BaseException:
            pip.terminate()  # or it would go on, and the next run would clear the folder under it
            raise
    progress.end()
    if pip.returncode:
        raise Problem(explain_pip(output))


class Progress:
    """Shows pip's steps: on one line that changes in a terminal, only the large ones elsewhere (CI logs)."""

    def __init__(self) -> None:
        self.in_terminal = sys.stdout.isatty()
        self.found = 0

    def show(self, line: str) -> None:
        """Show one line of pip's output, if it says that something goes on."""
        word, _, rest = line.partition(" ")
        if word == "Collecting":
            self.found += 1
            self._write(f"{self.found} packages found, now {rest.split(' (from')[0]}")
        elif word in ("Downloading", "Building"):
            self._write(f"{word.lower()} {rest.split('/')[-1]}")
        elif line.startswith("Installing collected packages"):
            self._write(f"installing {rest.count(',') + 1} packages", large=True)

    def _write(self, text: str, large: bool = False) -> None:
        if self.in_terminal:
            print(f"\r  {text[:WIDTH]:<{WIDTH}}", end="", flush=True)
        elif large:
            print(f"  {text}", flush=True)

    def end(self) -> None:
        """Leave the line, so that the next output starts on its own."""
        if self.in_terminal:
            print("\r" + " " * (WIDTH + 2), end="\r", flush=True)


# What pip says, what it means, what to do about it. The first that is found wins.
PIP_PROBLEMS = (
    (
        r"No space left on device|Not enough space",
        "The disk is full.",
        "free about 1 GB and run this command again.",
    ),
    (
        r"Temporary failure in name resolution|getaddrinfo failed|nodename nor servname"
        r"|Network is unreachable|Name or service not known|Failed to establish a new connection"
        r"|No route to host|RemoteDisconnected|ConnectTimeoutError|ReadTimeoutError|ProxyError|SSLError",
        "The package index could not be reached.",
        "check that you are online. Behind a company proxy, set HTTPS_PROXY (and PIP_CERT if it has its own "
        "certificate) or ask for the address of your package mirror (PIP_INDEX_URL); then run this command "
        "again.",
    ),
    (
        r"Failed building wheel|Failed to build|subprocess-exited-with-error|metadata-generation-failed",
        "A package had to be built on this machine, and that failed.",
        "use Python 3.11, 3.12 or 3.13, for which most packages come ready-made; otherwise pip's words name "
        "what the build misses. Then run this command again.",
    ),
    (
        r"Permission denied|Access is denied|Errno 13|WinError 5",
        "A file of the environment could not be written.",
        "close programs that use it (JupyterLab, an editor), make sure that this folder is yours, and run "
        "this command again.",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "The package index does not have a package in the version that is asked for.",
        "if PIP_INDEX_URL or a pip configuration points to a mirror, try without it; else please report it.",
    ),
)


def explain_pip(output: list[str]) -> str:
    """Return what to tell a person about pip's failure, and keep pip's own words in a file."""
    text = "".join(output)
    unknown = ("", "pip failed.", "read what it said and try again.")
    _, what, cure = next((row for row in PIP_PROBLEMS if re.search(row[0], text, re.IGNORECASE)), unknown)
    errors = [line for line in output if line.startswith("ERROR")] or output[-5:]
    return (
        f"The packages could not be installed. {what}\n{last_lines(''.join(errors))}\n"
        f"What to do: {cure}\nAll that pip said: {keep_log(text)}"
    )


def keep_log(text: str) -> Path:
    """Write pip's output to a file and return its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="tutorial-pip-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    return Path(file.name)


def last_lines(text: str, count: int = 5) -> str:
    """Return the last lines of a program's output, indented."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-count:])
