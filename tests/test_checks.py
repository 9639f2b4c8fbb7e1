"""The lanes of `tutorial.py test`: at once, each to its end, counted, and none left behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import psutil
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


@pytest.mark.parametrize("code", [1, -9])
@pytest.mark.parametrize(
    ("run_parts", "programs"),
    [
        (checks.run_machines, ["tests/machines", "tests.tables.machines"]),
        (checks.run_site, ["tests/site"]),
        (checks.run_hub, ["tests.tables.whole_hub", checks.BEHIND_SERVER[-1], "tests/browser/test_practice_pages.py"]),
    ],
)
def test_every_part_of_a_command_runs_and_each_can_fail(monkeypatch, code, run_parts, programs):
    for failing in (*range(len(programs)), None):
        codes = [code if number == failing else 0 for number in range(len(programs))]
        ran: list[tuple[str, ...]] = []
        monkeypatch.setattr(checks, "run", partial(answer_in_turn, ran, codes))
        assert bool(run_parts(sys.executable)) == (failing is not None)
        assert [program[-1] for program in ran] == programs
        assert ("--practice-prefix" in ran[-1]) == (run_parts is checks.run_hub)


def answer_in_turn(ran, codes, _python, program, _variables):
    ran.append(program)
    return codes[len(ran) - 1]


# --- Ctrl-C -----------------------------------------------------------------------------------------

interruptible = pytest.mark.skipif(os.name == "nt", reason="there, Ctrl-C reaches the whole console")
RUNNER = """
import sys
from tools import checks, commands
def lanes(*_, **__):
    return len(checks.run_lanes(sys.executable, [checks.Check("lane", tuple(sys.argv[1:]))] * 2, False))
commands.ensure_environment = lambda *_: sys.executable
commands.run_checks = lanes
sys.exit(commands.main(["test"]))
"""


@pytest.fixture
def interrupted():
    """Starts two lanes with `tutorial.py test`, interrupts them when `ready`; returns what they had started."""
    started: list[psutil.Process] = []

    def interrupted(*lane: str, ready, times: int = 1) -> list[psutil.Process]:
        runner = subprocess.Popen(
            [sys.executable, "-c", RUNNER, *lane], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        started.append(psutil.Process(runner.pid))
        eventually(ready, within=60)
        started.extend(started[0].children(recursive=True))
        for _ in range(times):
            runner.send_signal(signal.SIGINT)
            time.sleep(0.5)  # a person's second Ctrl-C; the first is being obeyed
        assert runner.wait(60) == 130
        return started[1:]

    yield interrupted
    for process in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=60)[1]


@interruptible
@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupted_run_leaves_no_lane_behind(interrupted, tmp_path, times):
    program = (
        "import os, pathlib, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import signal, time; "
        "signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)'])\n"
        f"try: pathlib.Path({str(tmp_path)!r}, f'runs-{{os.getpid()}}').touch(); time.sleep(60)\n"
        f"finally: time.sleep(2); pathlib.Path({str(tmp_path)!r}, f'tidy-{{os.getpid()}}').touch()"
    )
    ready = lambda: len(list(tmp_path.glob("runs-*"))) == 2  # noqa: E731
    started = interrupted("timeit", "-n1", "-r1", program, ready=ready, times=times)
    assert len(started) == 4, "two lanes, and what each has started"
    assert not alive(started)
    assert len(list(tmp_path.glob("tidy-*"))) == 2, "a lane puts its own things away first"


@interruptible
@pytest.mark.slow
def test_servers_that_an_interrupted_worker_had_no_time_to_put_away_are_gone(interrupted, tmp_path):
    (tmp_path / "test_server.py").write_text(
        "import os, pathlib, subprocess, time, pytest\n"
        "here = pathlib.Path(__file__).parent\n"
        "@pytest.fixture(scope='session')\n"
        "def server():\n"
        "    process = subprocess.Popen(['sleep', '90'], stdin=subprocess.DEVNULL)\n"
        "    (here / f'runs-{os.getpid()}').touch()\n"
        "    yield\n"
        "    time.sleep(8)  # a JupyterLab on a busy machine\n"
        "    process.terminate()\n"
        "def test_it(server): time.sleep(60)\n"
    )
    ready = lambda: len(list(tmp_path.glob("runs-*"))) == 2  # noqa: E731
    arguments = ("pytest", "-n", "1", "-c", os.devnull, "--rootdir", str(tmp_path), "-p", "no:cacheprovider")
    unused = ("-p", "no:nbval", "-p", "no:hypothesispytest")  # two seconds each time, four times
    started = interrupted(*arguments, *unused, str(tmp_path), ready=ready)
    assert len(started) == 6, "two lanes, their workers, and what these have started"
    assert not alive(started)


# --- What is counted --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", '<testsuites><testsuite tests="7"'])
def test_a_lane_that_died_while_writing_its_report_has_counted_nothing(tmp_path, text):
    report = tmp_path / "tests.xml"
    report.write_text(text)
    assert checks.read_counts(report) == Counter()


def test_the_minute_before_a_commit_says_what_it_left_out_and_ends_with_the_sum(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(checks, "ARTEFACTS", tmp_path)
    monkeypatch.setattr(checks, "run_lanes", lambda *_: [checks.Outcome("tests", True, 0.0, Counter(passed=1))])
    assert checks.run_checks(sys.executable, fast=True) == 0
    said = capsys.readouterr().out
    assert "Left out:" in said
    assert re.match(r"\d+ passed in ", said.splitlines()[-1])


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
