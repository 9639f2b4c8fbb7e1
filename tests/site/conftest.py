"""A site that `tutorial.py site` has built, as a person would, in a folder where a person has worked already."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..browser.conftest import axe, browser, chromium, playwright

__all__ = ["axe", "browser", "built", "chromium", "playwright"]

ROOT = Path(__file__).parents[2]
FILLED_IN = "what-a-person-has-filled-in"


@dataclass(frozen=True)
class Built:
    """A site, and what was said while it was built."""

    folder: Path
    said: str

    @property
    def pages(self) -> list[Path]:
        """All its pages."""
        return sorted(self.folder.rglob("*.html"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The site of a copy as a ZIP has it: without git. Its `.env-production` is filled in."""
    copy = tmp_path_factory.mktemp("site") / "my tutorial"
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    env_file = copy / ".env-production"
    env_file.write_text(env_file.read_text("utf-8").replace("CLIENT_SECRET=", f"CLIENT_SECRET={FILLED_IN}"), "utf-8")
    assert FILLED_IN in env_file.read_text("utf-8")
    done = subprocess.run(
        [sys.executable, "tutorial.py", "site", "--no-browser"],
        cwd=copy,
        env={name: value for name, value in os.environ.items() if not name.startswith("RC_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout
    return Built(copy / "site", done.stdout)
