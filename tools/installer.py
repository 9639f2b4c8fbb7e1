"""Installs packages: with uv where there is one, else with pip. Where from and how safely is the person's choice."""

# ruff: noqa: S603 - starting other programs is what this module is for

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.causes import INSTALLER, cause_in, last_lines
from tools.lifeline import __file__ as LIFELINE
from tools.packages import look
from tools.places import ROOT
from tools.problem import Problem
from tools.variables import for_programs, say_what_is_set_aside

WIDTH = 70  # characters of the installer's progress that are shown
PIP_OPTIONS = ("--no-input", "--disable-pip-version-check", "--progress-bar=off")

# What of a person's pip configuration counts here: where packages come from, and how they are fetched. Everything
# else (target, user, constraint, require-virtualenv …) is meant for other projects, and would spoil this one.
COUNTS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "proxy": "HTTPS_PROXY",
    "retries": "UV_HTTP_RETRIES",
    "cache-dir": "",
    "no-cache-dir": "",
    "keyring-provider": "",
    "use-feature": "",
    "use-deprecated": "",
}
"""The names of pip's settings, and uv's variable for the same."""
NOT_NEWS = ("config-file", "disable-pip-version-check", "no-input", "no-color", "quiet", "verbose", "progress-bar",
            "root-user-action", "break-system-packages", "no-python-version-warning", "log")  # fmt: skip
UV_COUNTS = ("UV_CACHE_DIR", "UV_DEFAULT_INDEX", "UV_FIND_LINKS", "UV_HTTP_", "UV_INDEX", "UV_INSECURE_HOST",
             "UV_KEYRING_PROVIDER", "UV_LINK_MODE", "UV_NATIVE_TLS", "UV_NO_CACHE", "UV_NO_INDEX", "UV_OFFLINE",
             "UV_SYSTEM_CERTS")  # fmt: skip


def install(python: str, lines: Sequence[str]) -> None:
    """Install packages into a Python's environment, and show how far it is.

    Args:
        python: The Python of that environment.
        lines: What to install, as a requirement file says it.

    Raises:
        Problem: It could not be done; the text says why, as far as that is known.
    """
    print("Installing the packages (some minutes the first time) …", flush=True)
    settings, others = pip_settings(python)
    say_what_is_set_aside(others)
    if uv := shutil.which("uv"):
        # With pip beside them, for %pip in a notebook and for the day when uv is gone.
        command = [uv, "pip", "install", "--python", python, "pip", *lines]
        code, said = run(command, uv_variables(settings))
        found = look(python, list(lines)) if code == 0 else None
        if found and not found.missing:
            return
        # A uv.toml may send them elsewhere (target), or leave some out (no-deps).
        print(f"uv could not install them all; going on with pip. uv said:\n{last_lines(said, 3)}", flush=True)
    ensure_pip(python)
    command = [python, str(LIFELINE), "SIGINT", "pip", "install", *PIP_OPTIONS, *lines]
    code, said = run(command, pip_variables(settings))
    if (
        code and "No matching distribution" in said
    ):  # only with -vv does it say that an index could not be read, and why
        code, said = run([*command, "-vv"], pip_variables(settings))
    if code:
        raise Problem(explain_installer(said))


def ensure_pip(python: str) -> None:
    """Put a whole pip into an environment: one made by uv has none, one that was interrupted has a part.

    Raises:
        Problem: This Python has no pip to give.
    """
    if run([python, "-c", "import pip._internal.cli.main"], for_programs(os.environ))[0] == 0:
        return
    code, said = run([python, "-m", "ensurepip", "--upgrade", "--default-pip"], for_programs(os.environ))
    if code == 0:
        return
    if "No module named ensurepip" in said:
        version = ".".join(map(str, sys.version_info[:2]))
        raise Problem(
            f"This Python ({sys.executable}) cannot install packages: its ensurepip module is missing. Debian and "
            "Ubuntu keep it in a package of its own.\n"
            f"What to do: sudo apt install python{version}-venv (or install uv), then run this command again."
        )
    raise Problem(explain_installer(said))


# --- Settings ---------------------------------------------------------------------------------------


def pip_settings(python: str) -> tuple[dict[str, str], list[str]]:
    """Return the settings of pip's variables and files that count here, and the names of those that do not.

    Each setting is looked for as pip does: variables win over the section `install`, that one over `global`.
    """
    found = {f":env:.{name[4:].lower().replace('_', '-')}": value for name, value in os.environ.items()
             if name.startswith("PIP_") and value}  # fmt: skip
    variables = {**for_programs(os.environ), "PYTHONIOENCODING": "utf-8"}
    for candidate in (python, sys.executable):
        answer = subprocess.run(
            [candidate, "-m", "pip", "config", "list"], env=variables, capture_output=True, encoding="utf-8",
            errors="replace", check=False,
        )  # fmt: skip
        if answer.returncode == 0:  # it fails without pip, and if the file cannot be read
            pairs = (
                line.partition("=")[::2] for line in answer.stdout.splitlines() if re.match(r"[\w:.-]+=['\"]", line)
            )
            found = {**{name: str(ast.literal_eval(value)) for name, value in pairs}, **found}
            break
    settings: dict[str, str] = {}
    others: list[str] = []
    for section in ("global", "install", ":env:"):
        for key, value in found.items():
            place, _, name = key.partition(".")
            if place != section or not value:  # pip passes over what is empty
                continue
            if name in COUNTS:
                settings[name] = " ".join(value.split())
            elif name not in NOT_NEWS:
                others.append(f"PIP_{name.upper().replace('-', '_')}" if place == ":env:" else f"pip's {key}")
    if "find-links" not in settings and settings.pop("no-index", None):
        others.append("no-index")  # without a folder to take them from, nothing at all could be installed
    return settings, others


def pip_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for pip: with these settings, and with no other."""
    variables = {name: value for name, value in for_programs(os.environ).items() if not name.startswith("PIP_")}
    variables |= {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings.items()}
    return {**variables, "PIP_CONFIG_FILE": os.devnull, "PYTHONIOENCODING": "utf-8"}


def uv_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for uv, so that it does what pip would do with these settings, and fetches no Python."""
    variables = {
        name: value
        for name, value in for_programs(os.environ).items()
        if not name.startswith("UV_") or name.startswith(UV_COUNTS)
    }
    translated = {COUNTS[name]: value for name, value in settings.items() if COUNTS[name]}
    if "UV_FIND_LINKS" in translated:
        translated["UV_FIND_LINKS"] = translated["UV_FIND_LINKS"].replace(" ", ",")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # pip reads these too
        if os.environ.get(name):
            translated.setdefault("SSL_CERT_FILE", os.environ[name])
    defaults = {"UV_HTTP_RETRIES": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    if "SSL_CERT_FILE" not in translated and "SSL_CERT_FILE" not in variables:
        defaults |= {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}  # as pip does; older uvs know the second
    return {**defaults, **translated, **variables, "UV_PYTHON_DOWNLOADS": "never"}


# --- Running, and telling about it ------------------------------------------------------------------


def run(command: list[str], variables: dict[str, str]) -> tuple[int, str]:
    """Run an installer, show its progress, and return its exit code and all it said; end it if we are interrupted."""
    said: list[str] = []
    progress = Progress()
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
            encoding="utf-8", errors="replace", env=variables,
        )  # fmt: skip
    except OSError as error:
        return 1, f"{command[0]}: {error}"
    with process:
        try:
            for line in process.stdout or ():
                said.append(line)
                progress.show(line.strip())
        except BaseException:
            process.terminate()  # or it would go on, and the next run would clear the folder under it
            raise
        finally:
            progress.end()
    return process.returncode, "".join(said)


class Progress:
    """Shows an installer's steps: on one line that changes in a terminal, only the large ones elsewhere (CI logs)."""

    def __init__(self) -> None:
        self.in_terminal = sys.stdout.isatty()
        self.found = 0

    def show(self, line: str) -> None:
        """Show one line of the installer's output, if it says that something goes on."""
        word, _, rest = line.partition(" ")
        if word == "Collecting":
            self.found += 1
            self._write(f"{self.found} packages found, now {rest.split(' (from')[0]}")
        elif word in ("Downloading", "Building"):
            self._write(f"{word.lower()} {rest.split('/')[-1]}")
        elif line.startswith("Installing collected packages"):
            self._write(f"installing {rest.count(',') + 1} packages", large=True)
        elif word in ("Resolved", "Prepared", "Installed"):  # uv
            self._write(line, large=word == "Installed")

    def _write(self, text: str, large: bool = False) -> None:
        if self.in_terminal:
            print(f"\r  {text[:WIDTH]:<{WIDTH}}", end="", flush=True)
        elif large:
            print(f"  {text}", flush=True)

    def end(self) -> None:
        """Leave the line, so that the next output starts on its own."""
        if self.in_terminal:
            print("\r" + " " * (WIDTH + 2), end="\r", flush=True)


def explain_installer(said: str) -> str:
    """Return what to tell a person about an installer's failure, and keep its own words in a file."""
    cause = cause_in(said, INSTALLER)
    lines = said.splitlines()
    errors = "\n".join(line for line in lines if line.startswith("ERROR")) or said
    what, cure = (cause.what, cause.cure) if cause else ("pip said:", "see to what pip says, then run this again.")
    try:
        log = f"\nAll that pip said: {keep_log(said)}"
    except OSError:  # the disk is full
        log = ""
    return f"The packages could not be installed. {what}\n{last_lines(errors)}\nWhat to do: {cure}{log}"


def keep_log(text: str) -> Path:
    """Write pip's output to a file and return its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="tutorial-pip-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    return Path(file.name)
