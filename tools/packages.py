"""Which packages the tutorial wants, and what a Python has of them now. No trace of an earlier start is believed."""

# ruff: noqa: S603 - it starts the Python it is to look at

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.places import ROOT
from tools.variables import for_programs

LOOK = Path(__file__).with_name("look.py")
OURSELVES = "-e ."
"""The line that lets `pip install -r requirements.txt` alone make the helpers importable. Here the folder itself is."""


@dataclass(frozen=True)
class Found:
    """What a Python has.

    Attributes:
        version: Of the Python, such as (3, 11, 7).
        site_packages: Where its packages are installed.
        missing: The wanted lines that are not satisfied, and why.
        damaged: Packages whose files are gone, though they are still listed as installed.
        helpers: The file that `import rc_nb_helpers` would read, None if there is none.
    """

    version: tuple[int, ...]
    site_packages: Path
    missing: dict[str, str]
    damaged: tuple[str, ...]
    helpers: Path | None

    @property
    def stale_helpers(self) -> bool:
        """Tell whether another copy of the helpers than this folder's is installed there."""
        return self.helpers is not None and self.helpers.resolve() != ROOT / "rc_nb_helpers" / "__init__.py"


def wanted(files: Iterable[Path]) -> list[str]:
    """Return the packages that requirement files name, as their lines say it, without comments and ourselves."""
    lines = (line.split(" #")[0].strip() for file in files for line in file.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#") and line != OURSELVES]


def look(python: str, lines: list[str]) -> Found | None:
    """Return what a Python has of the wanted packages and of all below them; None if that Python does not run."""
    variables = for_programs(os.environ)
    del variables["PYTHONPATH"]  # what it has by itself
    try:
        answer = subprocess.run(
            [python, str(LOOK), *lines], capture_output=True, encoding="utf-8", errors="replace", timeout=60,
            env=variables, check=False,
        )  # fmt: skip
        found = json.loads(answer.stdout.splitlines()[-1])  # a sitecustomize may have said something before
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError):
        return None
    return Found(
        version=tuple(int(number) for number in found["version"].rstrip("+").split(".")[:2]),
        site_packages=path_of(found["site_packages"]),
        missing=found["missing"],
        damaged=tuple(found["damaged"]),
        helpers=path_of(found["helpers"]) if found["helpers"] else None,
    )


def path_of(exact: str) -> Path:
    """Return the path that look.py wrote as exact bytes."""
    return Path(os.fsdecode(exact.encode("latin-1")))
