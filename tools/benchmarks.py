"""Runs the benchmarks, one after the other; each prints its own table."""

import os

from tools.clean_room import without_settings
from tools.places import ROOT
from tools.programs import run

BENCHMARKS = ROOT / "benchmarks"


def run_benchmarks(python: str) -> int:
    """Run every benchmark, also after one failed, and return 0 only if all of them reached their goals."""
    failed = 0
    for file in sorted(BENCHMARKS.glob("*.py")):
        print(f"\n===== {file.relative_to(ROOT).as_posix()}\n", flush=True)
        failed |= run(python, [str(file)], without_settings(dict(os.environ))) != 0
    return int(failed)
