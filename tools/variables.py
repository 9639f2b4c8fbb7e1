"""Which environment variables reach the programs that we start: a person's environment is theirs, ours is ours.

A variable that another project needs (an old package on PYTHONPATH, a server's JUPYTER_TOKEN) would break our
Pythons, servers and tests. It is set aside for them, and stays as it is for everything else. Certificates,
proxies, locales and all that is not named here pass.
"""

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from tools.places import ROOT

# Settings of Python, Jupyter, and of the tools that check us.
OTHERS = ("PYTHON", "JUPYTER_", "JUPYTERLAB_", "JPY_", "PYTEST_", "COVERAGE_", "MYPY", "RUFF_", "HYPOTHESIS_")
# IPython adds the packages of VIRTUAL_ENV to those of its kernel; the last one is macOS's, and moves a venv's Python.
OTHERS_EXACTLY = ("IPYTHONDIR", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "__PYVENV_LAUNCHER__")
HARMLESS = (
    "PYTHONCOERCECLOCALE",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONFAULTHANDLER",
    "PYTHONHASHSEED",
    "PYTHONNOUSERSITE",
    "PYTHONPYCACHEPREFIX",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
)
# Set by an activated environment, an editor or a terminal inside Jupyter, on so many machines that it is no news.
NOT_NEWS = ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "__PYVENV_LAUNCHER__", "PYTHONSTARTUP", "PYTHONIOENCODING")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def for_programs(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for a Python program of ours: without other projects' settings, and this folder importable.

    A proxy is for the world outside: the RingCentral SDK would send even a login to this machine through it.
    """
    kept = {name: value for name, value in variables.items() if not is_set_aside(name, value)}
    direct = [variables.get("no_proxy") or variables.get("NO_PROXY"), *LOOPBACK]
    kept["NO_PROXY"] = kept["no_proxy"] = ",".join(host for host in direct if host)
    kept["PYTHONPATH"] = str(ROOT)
    return kept


def is_set_aside(name: str, value: str) -> bool:
    """Tell whether a variable is a setting for other people's Pythons, servers or tests."""
    name = name.upper() if os.name == "nt" else name
    if name in HARMLESS:
        # Without UTF-8 mode a Python under LC_ALL=C could not even name a folder with an accent.
        return name == "PYTHONUTF8" and value == "0"
    return name in OTHERS_EXACTLY or name.startswith(OTHERS)


def for_jupyterlab(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without proxies that stop JupyterLab's start, and each other one with its scheme."""
    kept = {name: value for name, value in variables.items() if not is_unusable_proxy(name, value)}
    return {name: f"http://{value}" if is_proxy(name, value) and "://" not in value else value
            for name, value in kept.items()}  # fmt: skip


def is_proxy(name: str, value: str) -> bool:
    """Tell whether a variable names a proxy."""
    return name.lower() in ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy") and bool(value)


def is_unusable_proxy(name: str, value: str) -> bool:
    """Tell whether JupyterLab would not start with a proxy: SOCKS (for want of a package), or no address at all."""
    try:
        address = urlsplit(value if "://" in value else f"http://{value}")
        usable = address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        usable = False
    return is_proxy(name, value) and not usable


def say_what_is_set_aside(names: Iterable[str]) -> None:
    """Name the variables that do not reach what we start, in one line; nothing if there are none."""
    news = [name for name in names if name not in NOT_NEWS and not name.startswith("JPY_")]
    if news:
        print(f"Set aside for the tutorial, unchanged for the rest of your machine: {', '.join(sorted(news))}.")


def names_set_aside(variables: Mapping[str, str]) -> list[str]:
    """Return the names of the variables that `for_programs` leaves out."""
    return [name for name, value in variables.items() if is_set_aside(name, value)]
