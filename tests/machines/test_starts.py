"""The whole of tutorial.py: it starts both servers, and nothing is left running when it has ended."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from tools import ports
from tools.places import ROOT

from ..conftest import SOON, free_port

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="uses signals")]


@pytest.fixture
def tutorial(tmp_path):
    """A copy of the tutorial in a folder with a space, and a way to start it there."""
    folder = tmp_path / "my tutorial"
    for name in ("tools", "jupyter", "rc_nb_helpers", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("tutorial.py", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    running = []

    def start(**variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RC_", "JUPYTER"))}
        process = subprocess.Popen(
            [sys.executable, "-u", "tutorial.py", "--no-browser", "--port", str(free_port())],
            cwd=folder,
            env={**kept, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        running.append(process)
        return Started(process)

    yield start
    for process in running:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=60)


class Started:
    """The running command, what it said until it was ready, and the addresses it named."""

    def __init__(self, process):
        self.process = process
        self.said = ""
        while "Stop  " not in self.said:
            line = process.stdout.readline()
            assert line, self.said
            self.said += line
        self.lab = re.search(r"Open this +(\S+)", self.said).group(1)
        self.practice = re.search(r"Practice +(\S+)", self.said).group(1)
        self.children = psutil.Process(process.pid).children(recursive=True)

    def end(self, how):
        """Send a signal; return the exit code, the seconds it took, and what was said."""
        begun = time.monotonic()
        self.process.send_signal(how)
        said = self.process.communicate(timeout=60)[0]
        return self.process.returncode, time.monotonic() - begun, said


def fetch(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def test_start_serves_both_and_ctrl_c_ends_all(tutorial):
    started = tutorial()
    base, token = re.match(
        r"(http://localhost:\d+)/lab/tree/my-notebooks/00-start-here.ipynb\?token=(.+)", started.lab
    ).groups()
    assert "Using the environment that is already here" in started.said
    assert "<html" in fetch(started.lab)
    fetch(started.practice)
    settings = fetch(f"{base}/lab/api/settings/@jupyterlab/filebrowser-extension:browser?token={token}")
    assert json.loads(settings)["schema"]["properties"]["showHiddenFiles"]["default"] is True
    secret = json.loads(fetch(f"{started.practice}/practice/credentials"))["client_secret"]

    code, seconds, said = started.end(signal.SIGINT)

    assert code == 0
    assert seconds < SOON
    assert "Traceback" not in said
    assert secret not in started.said + said
    assert psutil.wait_procs(started.children, timeout=SOON)[1] == []
    assert ports.is_free("localhost", int(base.rpartition(":")[2]))
    assert ports.is_free("127.0.0.1", int(started.practice.rpartition(":")[2]))


def test_start_with_a_practice_platform_that_is_there_already(tutorial):
    started = tutorial(RC_PRACTICE_URL="http://127.0.0.1:9")
    assert "RC_PRACTICE_URL is set" in started.said
    assert started.practice == "http://127.0.0.1:9"
    assert not any("rc_nb_helpers.practice" in child.cmdline() for child in started.children)
    assert started.end(signal.SIGTERM)[0] == 0
    assert psutil.wait_procs(started.children, timeout=SOON)[1] == []


def test_start_in_a_class_uses_the_classs_platform_and_starts_none(tutorial, tmp_path):
    lines = "RC_SERVER_URL=http://127.0.0.2:9/\nRC_CLIENT_ID=x\n"
    (tmp_path / "my tutorial" / ".env-practice").write_text(lines)
    started = tutorial()
    assert ".env-practice names http://127.0.0.2:9" in started.said
    assert started.practice == "http://127.0.0.2:9"
    assert "a class's" in started.said
    assert not any("rc_nb_helpers.practice" in child.cmdline() for child in started.children)
    assert started.end(signal.SIGTERM)[0] == 0


def test_when_one_server_dies_the_other_is_stopped(tutorial):
    started = tutorial()
    (platform,) = [child for child in started.children if "rc_nb_helpers.practice" in child.cmdline()]
    platform.kill()
    said = started.process.communicate(timeout=60)[0]
    assert started.process.returncode == 1
    assert "The practice platform ended by itself" in said
    assert psutil.wait_procs(started.children, timeout=SOON)[1] == []
