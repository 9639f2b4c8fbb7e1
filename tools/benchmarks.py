"""Runs the benchmarks, one after the other; each prints its own table."""

# ruff: noqa: S603 - starting other programs is what this module is for

import os
import subprocess

from tools.clean_room import without_settings
from tools.environment import ROOT

BENCHMARKS = ROOT / "benchmarks"


def run_benchmarks(python: str) -> int:
    """Run every benchmark, also after one failed, and return 0 only if all of them reached their goals."""
    failed = 0
    for file in sorted(BENCHMARKS.glob("*.py")):
        print(f"\n===== {file.relative_to(ROOT).as_posix()}\n", flush=True)
        failed |= subprocess.call([python, str(file)], cwd=ROOT, env=without_settings(dict(os.environ))) != 0
    return int(failed)
