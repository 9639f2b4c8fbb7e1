"""The one command: which Python, which environment, which ports, and that nothing is left running."""

import ast
import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tools import clean_room, commands, environment, servers
from tools.problem import Problem

from .conftest import free_port

ROOT = Path(__file__).resolve().parent.parent
posix_only = pytest.mark.skipif(os.name == "nt", reason="uses signals and shell scripts")

# --- Which Python -----------------------------------------------------------------------------------

PRETEND = """
import runpy, sys
sys.version_info = {version}
sys.argv = ["tutorial.py", "--help"]
runpy.run_path({file!r}, run_name="__main__")
"""


def run_as(version, search_path):
    """Run tutorial.py --help in a Python that says it has another version."""
    program = PRETEND.format(version=version, file=str(ROOT / "tutorial.py"))
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PATH": str(search_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 9, 18)])
def test_an_old_python_says_what_is_needed(version, tmp_path):
    refused = run_as(version, tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("This tutorial needs Python 3.10 to 3.13 and this is Python ")
    assert refused.stderr.count("\n") == 1


def test_real_old_pythons_where_there_are_any(tmp_path):
    for python in Path.home().glob(".pyenv/versions/[23].[6-9]*/bin/python"):
        refused = subprocess.run(
            [python, ROOT / "tutorial.py"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
        )
        assert refused.stderr.startswith("This tutorial needs Python 3.10 to 3.13"), python


def test_the_first_file_is_written_in_the_oldest_syntax():
    source = (ROOT / "tutorial.py").read_text(encoding="ascii")
    ast.parse(source, feature_version=(3, 4))
    assert not re.search(r"\bf\"|\) ->|: str\b|print\(", source)


@posix_only
def test_an_old_python_goes_on_with_a_newer_one(tmp_path):
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 127\n")  # a stub that does not work
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for script in tmp_path.iterdir():
        script.chmod(0o755)
    helped = run_as((3, 8, 18), tmp_path)
    assert f"This is Python 3.8; going on with {name}." in helped.stderr
    assert helped.returncode == 0
    assert "usage: tutorial.py" in helped.stdout


def test_a_newer_python_is_told_that_it_was_not_tested(tmp_path):
    helped = run_as((3, 15, 0), tmp_path)
    assert "newer than what this tutorial was tested with" in helped.stderr
    assert helped.returncode == 0


@pytest.mark.parametrize("command", [[], ["test"], ["practice"], ["bench"], ["outputs"]])
def test_help(command):
    helped = subprocess.run(
        [sys.executable, ROOT / "tutorial.py", *command, "--help"], capture_output=True, encoding="utf-8", check=False
    )
    assert helped.returncode == 0
    assert "examples:" in helped.stdout


def test_a_port_that_is_none_is_refused(capsys):
    with pytest.raises(SystemExit):
        commands.main(["--port", "70000"])
    assert "70000 is not a port" in capsys.readouterr().err


# --- Which environment ------------------------------------------------------------------------------


def test_our_requirement_files_are_understood():
    for file in (environment.RUNTIME, environment.TESTING):
        for line in environment.requirement_lines(file):
            environment.parse_requirement(line)


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("pytest", True),
        ("pytest>=8,<1000", True),
        ("pytest>=1000", False),
        ("pytest<2", False),
        ("no-such-package-at-all", False),
    ],
)
def test_satisfied(requirement, expected):
    assert environment.satisfied(requirement) is expected


def test_versions_compare_as_numbers():
    assert environment.release("8.10.0") == (8, 10) > environment.release("8.9")
    assert environment.release("5.0.0rc1") == environment.release("5")


def test_a_prepared_environment_is_used_as_it_is(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    assert environment.ensure_environment(environment.RUNTIME) == sys.executable
    assert sys.prefix in capsys.readouterr().out
    assert not environment.VENV.exists()


class Workshop:
    """Stands in for venv and pip, and counts what they are asked for."""

    def __init__(self, venv):
        self.venv = venv
        self.made = []
        self.installed = 0

    def create_venv(self, clear):
        self.made.append(clear)
        if clear:
            shutil.rmtree(self.venv, ignore_errors=True)
        python = Path(environment.venv_python())
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)

    def install(self, python, files):
        self.installed += 1


def raiser(kind):
    def fail(python, files):
        raise kind("on purpose")

    return fail


@pytest.fixture
def workshop(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    workshop = Workshop(tmp_path / ".venv")
    monkeypatch.setattr(environment, "create_venv", workshop.create_venv)
    monkeypatch.setattr(environment, "install", workshop.install)
    monkeypatch.setattr(environment, "make_helpers_importable", lambda python: None)
    monkeypatch.setattr(environment, "has_pip", lambda python: True)
    return workshop


@posix_only
def test_the_second_run_installs_nothing(workshop, tmp_path):
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("one\n")
    environment.ensure_own_venv((wanted,))
    environment.ensure_own_venv((wanted,))
    assert (workshop.made, workshop.installed) == ([True], 1)
    wanted.write_text("one\ntwo\n")
    environment.ensure_own_venv((wanted,))
    assert (workshop.made, workshop.installed) == ([True], 2)


@posix_only
def test_the_stamp_for_the_tests_holds_for_the_start_too(workshop):
    environment.ensure_own_venv((environment.RUNTIME, environment.TESTING))
    environment.ensure_own_venv((environment.RUNTIME,))
    assert workshop.installed == 1


@posix_only
def test_an_interrupted_install_is_repaired(workshop, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(environment, "install", raiser(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            environment.ensure_own_venv((environment.RUNTIME,))
    environment.ensure_own_venv((environment.RUNTIME,))
    assert (workshop.made, workshop.installed) == ([True, True], 1)


@posix_only
def test_half_a_pip_is_replaced(workshop, monkeypatch):
    environment.ensure_own_venv((environment.RUNTIME,))
    monkeypatch.setattr(environment, "has_pip", lambda python: workshop.made[-1] and len(workshop.made) > 1)
    environment.ensure_own_venv((environment.RUNTIME,))
    assert workshop.made == [True, False, True]


@posix_only
def test_an_install_that_is_interrupted_leaves_no_pip_behind(monkeypatch, tmp_path):
    class Interrupted(environment.Progress):
        def show(self, line):
            raise KeyboardInterrupt

    monkeypatch.setattr(environment, "Progress", Interrupted)
    (tmp_path / "python").write_text("#!/bin/sh\necho Collecting one; exec sleep 60\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(KeyboardInterrupt):
        environment.install(str(tmp_path / "python"), ())
    assert not [child for child in psutil.Process().children() if "sleep" in child.name()]


@posix_only
def test_a_failed_install_is_tried_again_in_the_same_environment(workshop, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(environment, "install", raiser(Problem))
        with pytest.raises(Problem):
            environment.ensure_own_venv((environment.RUNTIME,))
    environment.ensure_own_venv((environment.RUNTIME,))
    assert (workshop.made, workshop.installed) == ([True], 1)


@posix_only
def test_an_environment_whose_python_is_gone_is_made_anew(workshop):
    python = environment.ensure_own_venv((environment.RUNTIME,))
    Path(python).unlink()
    environment.ensure_own_venv((environment.RUNTIME,))
    assert workshop.made == [True, True]


@pytest.mark.slow
def test_a_real_environment_in_a_folder_with_a_space(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "VENV", tmp_path / "my folder" / ".venv")
    monkeypatch.setattr(environment, "install", lambda python, files: None)
    python = environment.ensure_own_venv((environment.RUNTIME,))
    assert environment.has_pip(python)
    where = environment.ask(python, "import rc_nb_helpers; print(rc_nb_helpers.__file__)")
    assert where == str(ROOT / "rc_nb_helpers" / "__init__.py")


def test_a_folder_that_cannot_hold_an_environment(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(environment, "VENV", tmp_path / "file" / ".venv")
    with pytest.raises(Problem, match="could not be made"):
        environment.create_venv(clear=True)


def test_a_python_without_ensurepip(monkeypatch):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Problem, match=r"sudo apt install python3\.\d+-venv"):
        environment.create_venv(clear=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}, "The package index could not be reached"),
        ({"PIP_NO_INDEX": "1"}, "does not have a package"),
    ],
)
def test_an_install_that_fails_says_why(settings, expected, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1", **settings}.items():
        monkeypatch.setenv(name, value)
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("no-such-package-of-this-tutorial\n")
    with pytest.raises(Problem) as failed:
        environment.install(sys.executable, [wanted])
    text = str(failed.value)
    assert expected in text
    assert "What to do:" in text
    Path(text.rpartition(": ")[2]).unlink()  # pip's own words


def test_a_package_that_fails_to_build():
    text = environment.explain_pip(["Collecting x\n", "ERROR: Failed building wheel for observable\n"])
    assert "had to be built" in text
    assert "observable" in text
    Path(text.rpartition(": ")[2]).unlink()


# --- Ports ------------------------------------------------------------------------------------------


def test_a_port_in_use_gives_way_to_the_next_free_one(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        port = servers.free_port("127.0.0.1", first, "JupyterLab")
    assert port > first
    assert capsys.readouterr().out == f"Port {first} is in use by another program: JupyterLab takes {port}.\n"


def test_an_address_of_another_machine_is_explained_and_never_spoken_to(monkeypatch):
    spoken_to = []
    monkeypatch.setattr(socket, "create_connection", lambda address, **_: spoken_to.append(address))
    with pytest.raises(Problem, match="What to do: leave --host away"):
        servers.free_port("192.0.2.1", 8888, "JupyterLab")
    assert spoken_to == []


def test_an_address_is_written_as_a_browser_wants_it():
    assert servers.address_of("0.0.0.0", 8888) == "http://localhost:8888"
    assert servers.address_of("::1", 8888) == "http://[::1]:8888"


# --- The checks and their environment ---------------------------------------------------------------


@posix_only
def test_an_interrupted_program_puts_its_things_away(tmp_path):
    program = """
import pathlib, sys, time
print("ready", flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.6)  # longer than subprocess.call waits before it kills
    pathlib.Path(sys.argv[1]).touch()
"""
    runner = f"import sys; from tools.programs import run; run([sys.executable, '-c', {program!r}, sys.argv[1]])"
    tidy = tmp_path / "tidy"
    process = subprocess.Popen(
        [sys.executable, "-c", runner, str(tidy)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert tidy.exists()


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(monkeypatch, capsys):
    def read_only(*_):
        raise OSError(errno.EROFS, "Read-only file system", "/media/tutorial/.jupyter")

    monkeypatch.setattr(commands, "ensure_environment", read_only)
    assert commands.main(["outputs"]) == 1
    assert "could not be written" in capsys.readouterr().err


def test_the_learners_settings_do_not_reach_the_tests():
    mine = {"RC_PRODUCTION_CLIENT_SECRET": "x", "RC_PRACTICE_URL": "x", "RC_BROWSER": "/b", "HOME": "/h"}
    alone = {"HOME": "/h", "PYTHONPATH": str(ROOT)}
    assert clean_room.without_settings(mine) == alone
    assert clean_room.without_settings(mine, clean_room.TOLD_TO_TESTS) == {**alone, "RC_BROWSER": "/b"}


def test_the_clean_room_holds_blank_templates(tmp_path):
    variables = clean_room.notebook_environment(tmp_path)
    assert variables["RC_ENV_DIRECTORY"] == str(tmp_path)
    assert variables["RC_AUTOPILOT"] == "1"
    for name in clean_room.TEMPLATES:
        assert "RC_CLIENT_SECRET=\n" in (tmp_path / name).read_text(encoding="utf-8")
    assert "RC_AUTOPILOT" not in clean_room.notebook_environment(tmp_path, autopilot=False)


# --- Start and stop ---------------------------------------------------------------------------------


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
        kept["JUPYTER_RUNTIME_DIR"] = str(tmp_path / "runtime")
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
            process.communicate(timeout=30)


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
        said = self.process.communicate(timeout=30)[0]
        return self.process.returncode, time.monotonic() - begun, said


def fetch(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


@posix_only
@pytest.mark.slow
def test_start_serves_both_and_ctrl_c_ends_all(tutorial):
    started = tutorial()
    base, token = re.match(
        r"(http://localhost:\d+)/lab/tree/notebooks/00-start-here.ipynb\?token=(.+)", started.lab
    ).groups()
    assert "Using the environment that is already here" in started.said
    assert "<html" in fetch(started.lab)
    fetch(started.practice)
    settings = fetch(f"{base}/lab/api/settings/@jupyterlab/filebrowser-extension:browser?token={token}")
    assert json.loads(settings)["schema"]["properties"]["showHiddenFiles"]["default"] is True
    secret = json.loads(fetch(f"{started.practice}/practice/credentials"))["client_secret"]

    code, seconds, said = started.end(signal.SIGINT)

    assert code == 0
    assert seconds < 8
    assert "Traceback" not in said
    assert secret not in started.said + said
    assert psutil.wait_procs(started.children, timeout=2)[1] == []
    assert servers.is_free("localhost", int(base.rpartition(":")[2]))
    assert servers.is_free("127.0.0.1", int(started.practice.rpartition(":")[2]))


@posix_only
@pytest.mark.slow
def test_start_with_a_practice_platform_that_is_there_already(tutorial):
    started = tutorial(RC_PRACTICE_URL="http://127.0.0.1:9")
    assert "RC_PRACTICE_URL is set" in started.said
    assert started.practice == "http://127.0.0.1:9"
    assert not any("rc_nb_helpers.practice" in child.cmdline() for child in started.children)
    assert started.end(signal.SIGTERM)[0] == 0
    assert psutil.wait_procs(started.children, timeout=2)[1] == []


@posix_only
@pytest.mark.slow
def test_when_one_server_dies_the_other_is_stopped(tutorial):
    started = tutorial()
    (platform,) = [child for child in started.children if "rc_nb_helpers.practice" in child.cmdline()]
    platform.kill()
    said = started.process.communicate(timeout=30)[0]
    assert started.process.returncode == 1
    assert "The practice platform ended by itself" in said
    assert psutil.wait_procs(started.children, timeout=2)[1] == []
