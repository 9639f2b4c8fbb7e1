"""What ``pip install .`` takes along."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it along there

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rc_nb_helpers"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_file_of_the_package_is_installed():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["rc_nb_helpers"]
    installed = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    data = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert data
    assert data <= installed


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"])
def test_what_the_package_needs_is_what_the_tutorial_installs(requirement):
    assert requirement in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
