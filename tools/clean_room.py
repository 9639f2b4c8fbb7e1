"""The environment in which notebooks are run without a person: nothing of the learner's own gets in."""

# ruff: noqa: S603, S607 - starting other programs by their names is what this module is for

import os
import re
import subprocess
from pathlib import Path

from tools.places import ROOT
from tools.variables import for_programs

TEMPLATES = (".env-sandbox", ".env-production")
# What the tests are told, though not the notebooks; everything else that begins with RC_ is the learner's.
TOLD_TO_TESTS = ("RC_AXE_PATH", "RC_BROWSER", "RC_NODE_MODULES", "RC_REQUIRE_BROWSER")


def without_settings(environment: dict[str, str], keep: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the variables without RC_ settings but those to keep, and with rc_nb_helpers importable."""
    return for_programs(
        {name: value for name, value in environment.items() if name in keep or not name.startswith("RC_")}
    )


def notebook_environment(directory: Path, autopilot: bool = True) -> dict[str, str]:
    """Return the variables for notebooks that nobody watches, and fill `directory` with blank templates.

    With the autopilot, logins to the practice platform are carried through; without it nobody answers.
    """
    for name in TEMPLATES:
        (directory / name).write_text(committed(name), encoding="utf-8")
    environment = without_settings(dict(os.environ))
    environment["RC_ENV_DIRECTORY"] = str(directory)
    environment["IPYTHONDIR"] = str(directory / "ipython")  # no start-up files or settings of one person
    if autopilot:
        environment["RC_AUTOPILOT"] = "1"
    return environment


def committed(name: str) -> str:
    """Return a template as git keeps it; without git, the file with its credentials blanked."""
    git = subprocess.run(["git", "show", f":{name}"], cwd=ROOT, capture_output=True, text=True, check=False)
    if git.returncode == 0:
        return git.stdout
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"(?m)^(RC_CLIENT_(?:ID|SECRET)=).*$", r"\1", text)
