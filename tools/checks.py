"""Runs all checks, those that do not disturb each other at once, and shows a table of what came out."""

import os
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.clean_room import TOLD_TO_TESTS, without_settings
from tools.my_notebooks import notebook_files
from tools.places import ROOT
from tools.programs import Running, run, stop
from tools.variables import for_programs

ARTEFACTS = ROOT / "test-artefacts"
NOTHING_SELECTED = 5  # pytest's exit code when -k matches no test
COUNTED = ("passed", "failed", "errors", "skipped")
SIGN_OF_LIFE = 30.0  # seconds between two lines that say what still runs

# What most tests do is wait: for a server, a kernel, a deadline. So there are more of them at once than cores; but each
# process that runs tests reads them all first, which takes four seconds.
# nbval would load all of nbformat, in each process and before conftest.py can say what that is to leave out.
THREE = ("-n", "3", "--dist", "worksteal", "-p", "no:nbval")
# Browsers keep a core busy each, and each of their workers starts a JupyterLab and a Chromium first.
TWO = ("-n", "2", "--dist", "worksteal", "-p", "no:nbval")
# What --machines, --hub and --site run.
OWN_WORLD = ("tests/machines", "tests/server", "tests/site")
# What --fast leaves out besides: real browsers, whole notebooks, and the tables.
SLOW = ("tests/browser", "tests/notebooks", "tests/tables")
# A Jupyter server stands around the kernel: --hub runs these, beside a real hub.
BEHIND_SERVER = ("tests/browser/test_server_login.py", "tests/browser/test_proxied_practice.py")


@dataclass(frozen=True)
class Check:
    """A module of the environment that checks something, and its arguments."""

    name: str
    arguments: tuple[str, ...]


@dataclass
class Outcome:
    """What came out of one check, and how many seconds it took."""

    name: str
    passed: bool
    seconds: float
    counts: Counter[str]


def run_checks(python: str, expression: str | None = None, *, fast: bool = False) -> int:
    """Run every check, also after one failed, and return 0 only if all of them passed.

    The cheap and telling ones come first; then the tests. Both go in lanes beside each other.

    Args:
        python: The Python of the environment.
        expression: Only the tests whose names match, as pytest's -k.
        fast: Only what takes no more than a minute.
    """
    ARTEFACTS.mkdir(exist_ok=True)
    selected = ("-k", expression) if expression else ()
    begun = time.monotonic()
    outcomes = run_lanes(python, sources(python), bool(expression))
    outcomes += run_lanes(python, quick_tests(selected) if fast else all_tests(selected), bool(expression))
    if fast:
        print("\nLeft out: the tests of browsers, notebooks and tables. Without --fast they run too.")
    show_table(outcomes, time.monotonic() - begun)
    ran = sum(outcome.counts.total() for outcome in outcomes)  # a mistyped -k must not look like success
    return 0 if ran and all(outcome.passed for outcome in outcomes) else 1


def sources(python: str) -> list[Check]:
    """Return the checks that read the sources and run nothing."""
    return [
        Check("ruff check", ("ruff", "check", ".")),
        Check("ruff format", ("ruff", "format", "--check", ".")),
        Check("mypy", ("mypy",)),
        Check("pyright", ("pyright", "--pythonpath", python)),
    ]


def all_tests(selected: tuple[str, ...]) -> list[Check]:
    """Return the lanes of all tests. nbval has one of its own: a notebook's cells belong into one process."""
    return [
        pytest("tests", *THREE, "tests", *without("tests/browser", *OWN_WORLD), *selected),
        pytest("browser", *TWO, "tests/browser", *without(*BEHIND_SERVER), *selected),
        pytest("notebooks", "--nbval", *map(str, notebook_files()), *selected),
    ]


def quick_tests(selected: tuple[str, ...]) -> list[Check]:
    """Return the lane of the minute before a commit."""
    return [pytest("tests", *THREE, "tests", *without(*SLOW, *OWN_WORLD), "-m", "not slow", *selected)]


def without(*places: str) -> tuple[str, ...]:
    """Return pytest's options that leave out files or folders."""
    return tuple(option for place in places for option in ("--ignore", place))


def pytest(name: str, *arguments: str) -> Check:
    """Return a check that is pytest, and writes its counts."""
    report_file(name).unlink(missing_ok=True)
    return Check(name, ("pytest", *arguments, f"--junitxml={report_file(name)}"))


def run_machines(python: str) -> int:
    """Run what needs a machine of its own: whole installations and starts, then the table; return 0 if all is well."""
    return run_parts(python, ("pytest", *THREE, "tests/machines"), ("tests.tables.machines",))


def run_hub(python: str) -> int:
    """Run a real hub, then what is behind a Jupyter server, and pages below a path; return 0 if all is well."""
    # First the hub: at once it says whether its proxy is missing.
    pages = ("tests/browser/test_panels.py", "tests/browser/test_practice_pages.py")
    below = ("pytest", *TWO, "--practice-prefix", "/services/practice", *pages)
    behind = ("pytest", *TWO, "tests/server", *BEHIND_SERVER)
    return run_parts(python, ("tests.tables.whole_hub",), behind, below)


def run_site(python: str) -> int:
    """Build the course as static HTML, and look at all of it in a browser; return 0 if all is well."""
    return run_parts(python, ("pytest", "-p", "no:nbval", "tests/site"))


def run_parts(python: str, *programs: tuple[str, ...]) -> int:
    """Run programs one after the other, also after one that failed; return 0 if all is well."""
    codes = [run(python, list(program), for_programs(os.environ)) for program in programs]
    return int(any(codes))


def run_live_contract(python: str, environment: str) -> int:
    """Ask RingCentral and the practice platform the same; return 0 if the answers agree. A person has to log in."""
    return run(python, ["tests.live", environment])


def report_file(name: str) -> Path:
    """Return where pytest writes its counts for a check."""
    return ARTEFACTS / f"{name}.xml"


def run_lanes(python: str, checks: list[Check], nothing_is_fine: bool) -> list[Outcome]:
    """Run checks beside each other, and show what each said, whole, when it ends."""
    environment = without_settings(dict(os.environ), TOLD_TO_TESTS)
    # Some hundred Pythons are started: none compiles again what another one has compiled.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    outcomes: list[Outcome] = []
    lanes: list[tuple[Check, Running, IO[bytes]]] = []
    begun = time.monotonic()
    try:
        for check in checks:
            print(f"\n===== {check.name}: python -m {' '.join(check.arguments)}", flush=True)
            said = tempfile.TemporaryFile()  # noqa: SIM115  (closed when the lane has ended)
            lanes.append((check, Running(python, list(check.arguments), environment, said), said))
        next_sign = begun + SIGN_OF_LIFE
        while lanes:
            for lane in [lane for lane in lanes if lane[1].ended()]:
                lanes.remove(lane)
                check, running, said = lane
                seconds = time.monotonic() - begun
                show_words(check.name, said)
                passed = running.code == 0 or (running.code == NOTHING_SELECTED and nothing_is_fine)
                outcomes.append(Outcome(check.name, passed, seconds, read_counts(report_file(check.name))))
            if lanes and time.monotonic() > next_sign:
                names = ", ".join(check.name for check, _, _ in lanes)
                print(f"… {time.monotonic() - begun:.0f} s, still running: {names}", flush=True)
                next_sign += SIGN_OF_LIFE
            time.sleep(0.05)
    except BaseException:
        stop([running for _, running, _ in lanes])
        for check, _, said in lanes:
            show_words(check.name, said)
        raise
    return outcomes


def show_words(name: str, said: IO[bytes]) -> None:
    """Show everything that a check said."""
    said.seek(0)
    words = said.read().decode("utf-8", "replace").strip()
    said.close()
    print(f"\n----- {name}\n{words}", flush=True)


def read_counts(file: Path) -> Counter[str]:
    """Return how many tests passed, failed, … according to pytest's report; nothing without a whole report."""
    try:
        suites = ElementTree.parse(file).getroot().iter("testsuite")  # noqa: S314 - pytest wrote it just now
    except (FileNotFoundError, ElementTree.ParseError):  # a lane that was killed
        return Counter()
    counts: Counter[str] = Counter()
    for suite in suites:
        numbers = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        counts["failed"] += numbers["failures"]
        counts["errors"] += numbers["errors"]
        counts["skipped"] += numbers["skipped"]
        counts["passed"] += numbers["tests"] - sum(numbers[key] for key in ("failures", "errors", "skipped"))
    return counts


def show_table(outcomes: list[Outcome], seconds: float) -> None:
    """Show one line for each check, and the sum of all tests in pytest's own words as the last line."""
    print("\n===== summary\n")
    for outcome in outcomes:
        verdict = "passed" if outcome.passed else "FAILED"
        print(f"{outcome.name:<12} {verdict}  {outcome.seconds:6.1f} s  {words(outcome.counts)}".rstrip())
    total = sum((outcome.counts for outcome in outcomes), Counter())
    print(f"\n{words(total) or 'no tests ran'} in {seconds:.2f}s", flush=True)


def words(counts: Counter[str]) -> str:
    """Return counts as pytest writes them: 3 passed, 1 skipped."""
    return ", ".join(f"{counts[key]} {key}" for key in COUNTED if counts[key])
