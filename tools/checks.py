"""Runs all checks, one after the other, and shows a table of what came out."""

import os
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tools.clean_room import TOLD_TO_TESTS, without_settings
from tools.environment import ROOT
from tools.my_notebooks import notebook_files
from tools.programs import run

ARTEFACTS = ROOT / "test-artefacts"
NOTHING_SELECTED = 5  # pytest's exit code when -k matches no test
COUNTED = ("passed", "failed", "errors", "skipped")


@dataclass
class Outcome:
    """What came out of one check, and how many seconds it took."""

    name: str
    passed: bool
    seconds: float
    counts: Counter[str]


def run_checks(python: str, expression: str | None) -> int:
    """Run every check, also after one failed, and return 0 only if all of them passed."""
    ARTEFACTS.mkdir(exist_ok=True)
    selected = ["-k", expression] if expression else []
    checks: list[tuple[str, list[str]]] = [
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("mypy", ["mypy"]),
        ("pyright", ["pyright", "--pythonpath", python]),
        ("tests", ["pytest", "tests", "--cov", *selected, report("tests")]),
        ("notebooks", ["pytest", "--nbval", *map(str, notebook_files()), *selected, report("notebooks")]),
    ]
    for name in ("tests", "notebooks"):
        report_file(name).unlink(missing_ok=True)
    outcomes = [run_check(python, name, arguments, bool(expression)) for name, arguments in checks]
    show_table(outcomes)
    ran = sum(outcome.counts.total() for outcome in outcomes)  # a mistyped -k must not look like success
    return 0 if ran and all(outcome.passed for outcome in outcomes) else 1


def run_live_contract(python: str, environment: str) -> int:
    """Ask RingCentral and the practice platform the same; return 0 if the answers agree. A person has to log in."""
    return run([python, "-m", "tests.live", environment])


def report_file(name: str) -> Path:
    """Return where pytest writes its counts for a check."""
    return ARTEFACTS / f"{name}.xml"


def report(name: str) -> str:
    """Return pytest's option that writes its counts."""
    return f"--junitxml={report_file(name)}"


def run_check(python: str, name: str, arguments: list[str], nothing_is_fine: bool) -> Outcome:
    """Run one check, a module of the environment, in view of the person."""
    print(f"\n===== {name}: python -m {' '.join(arguments)}\n", flush=True)
    begun = time.monotonic()
    environment = without_settings(dict(os.environ), TOLD_TO_TESTS)
    code = run([python, "-m", *arguments], environment)
    passed = code == 0 or (code == NOTHING_SELECTED and nothing_is_fine)
    return Outcome(name, passed, time.monotonic() - begun, read_counts(report_file(name)))


def read_counts(file: Path) -> Counter[str]:
    """Return how many tests passed, failed, … according to pytest's report; nothing without a report."""
    if not file.exists():
        return Counter()
    suites = ElementTree.parse(file).getroot().iter("testsuite")  # noqa: S314 - pytest wrote it just now
    counts: Counter[str] = Counter()
    for suite in suites:
        numbers = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        counts["failed"] += numbers["failures"]
        counts["errors"] += numbers["errors"]
        counts["skipped"] += numbers["skipped"]
        counts["passed"] += numbers["tests"] - sum(numbers[key] for key in ("failures", "errors", "skipped"))
    return counts


def show_table(outcomes: list[Outcome]) -> None:
    """Show one line for each check, and the sum of all tests in pytest's own words as the last line."""
    print("\n===== summary\n")
    for outcome in outcomes:
        verdict = "passed" if outcome.passed else "FAILED"
        print(f"{outcome.name:<12} {verdict}  {outcome.seconds:6.1f} s  {words(outcome.counts)}".rstrip())
    total = sum((outcome.counts for outcome in outcomes), Counter())
    seconds = sum(outcome.seconds for outcome in outcomes)
    print(f"\n{words(total) or 'no tests ran'} in {seconds:.2f}s", flush=True)


def words(counts: Counter[str]) -> str:
    """Return counts as pytest writes them: 3 passed, 1 skipped."""
    return ", ".join(f"{counts[key]} {key}" for key in COUNTED if counts[key])
