"""The lanes of `tutorial.py test`: at once, each to its end, counted, and none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tools import checks

from .conftest import eventually

ROOT = Path(__file__).parents[1]


def test_a_choice_of_tests_that_matches_none_is_no_success(monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "ARTEFACTS", tmp_path)
    monkeypatch.setattr(checks, "run_lanes", lambda *_: [checks.Outcome("tests", True, 0.0, Counter())])
    assert checks.run_checks(sys.executable, "mistyped") == 1


def lane(name, program):
    """A lane that runs a program of one line."""
    return checks.Check(name, ("timeit", "-n1", "-r1", program))


def test_lanes_run_at_once_and_one_that_fails_does_not_stop_the_others(capfd, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    meet = "import time, pathlib; pathlib.Path({!r}).touch()\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.01)"
    lanes = [
        lane("first", meet.format(str(here), str(there)) + "\nprint('met the second')"),
        lane("second", meet.format(str(there), str(here)) + "\nraise SystemExit('failed on purpose')"),
    ]
    outcomes = {outcome.name: outcome.passed for outcome in checks.run_lanes(sys.executable, lanes, False)}
    assert outcomes == {"first": True, "second": False}
    said = capfd.readouterr().out
    assert "met the second" in said
    assert "failed on purpose" in said


def test_a_lane_that_is_killed_has_failed(tmp_path):
    lanes = [lane("killed", "import os; os.kill(os.getpid(), 9)")]
    assert [outcome.passed for outcome in checks.run_lanes(sys.executable, lanes, True)] == [False]


@pytest.mark.parametrize("failed", ["ruff check", "mypy", "pyright", "tests", "browser", "notebooks"])
def test_one_failed_check_fails_the_whole(monkeypatch, tmp_path, failed):
    monkeypatch.setattr(checks, "ARTEFACTS", tmp_path)

    def run_lanes(_python, lanes, _nothing_is_fine):
        return [checks.Outcome(lane.name, lane.name != failed, 0.0, Counter(passed=1)) for lane in lanes]

    monkeypatch.setattr(checks, "run_lanes", run_lanes)
    assert checks.run_checks(sys.executable) == 1
    assert checks.run_checks(sys.executable, fast=True) == (1 if failed not in ("browser", "notebooks") else 0)


@pytest.mark.skipif(os.name == "nt", reason="there, Ctrl-C reaches the whole console")
def test_an_interrupted_run_leaves_no_lane_behind(tmp_path):
    tidy = tmp_path / "tidy"
    program = (
        f"import pathlib, time\ntry: pathlib.Path({str(tmp_path / 'runs')!r}).touch(); time.sleep(60)\n"
        f"finally: pathlib.Path({str(tidy)!r}).touch()"
    )
    runner = (
        "import sys; from tools import checks; "
        "checks.run_lanes(sys.executable, [checks.Check('lane', ('timeit', '-n1', '-r1', sys.argv[1]))], False)"
    )
    process = subprocess.Popen([sys.executable, "-c", runner, program], cwd=ROOT, stderr=subprocess.DEVNULL)
    eventually((tmp_path / "runs").exists, within=30)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) != 0
    assert tidy.exists()


def test_the_table_ends_with_the_sum_of_all_tests(capsys, tmp_path):
    report = tmp_path / "tests.xml"
    report.write_text('<testsuites><testsuite tests="7" failures="1" errors="0" skipped="2"/></testsuites>')
    outcomes = [
        checks.Outcome("mypy", True, 1.0, Counter()),
        checks.Outcome("tests", False, 2.0, checks.read_counts(report)),
        checks.Outcome("notebooks", True, 3.0, Counter(passed=5)),
    ]
    checks.show_table(outcomes, 3.5)
    lines = capsys.readouterr().out.splitlines()
    assert "tests        FAILED     2.0 s  4 passed, 1 failed, 2 skipped" in lines
    assert lines[-1] == "9 passed, 1 failed, 2 skipped in 3.50s"
