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
import threading
import time
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from filelock import FileLock
from packaging.requirements import Requirement

from tools import causes, clean_room, commands, installer, packages, ports, variables
from tools.environment import UNFINISHED
from tools.places import RUNTIME, TESTING
from tools.problem import Problem

from .conftest import SOON, free_port

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


@pytest.mark.parametrize("written", ["{old}/", "../old", "{old}/../old", "{old}:"])
def test_another_projects_modules_do_not_stand_before_pythons_own(written, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "here").mkdir()
    for module in ("subprocess", "argparse"):
        (tmp_path / "old" / f"{module}.py").write_text("raise ImportError('another project')\n")
        (tmp_path / "here" / f"{module}.py").write_text("raise ImportError('another project')\n")
    variables = {**os.environ, "PYTHONPATH": written.format(old=tmp_path / "old").replace(":", os.pathsep)}
    helped = subprocess.run(
        [sys.executable, ROOT / "tutorial.py", "--help"], cwd=tmp_path / "here", env=variables, capture_output=True,
        check=False,
    )  # fmt: skip
    assert helped.returncode == 0, helped.stderr


@pytest.mark.parametrize("command", [[], ["join"], ["test"], ["practice"], ["bench"], ["outputs"]])
def test_help(command):
    helped = subprocess.run(
        [sys.executable, ROOT / "tutorial.py", *command, "--help"], capture_output=True, encoding="utf-8", check=False
    )
    assert helped.returncode == 0
    assert "examples:" in helped.stdout


def test_practice_alone_passes_its_settings_on(monkeypatch):
    asked = []
    monkeypatch.setattr(commands, "ensure_environment", lambda *_: "python")
    monkeypatch.setattr(
        commands.subprocess, "Popen", lambda command, **_: asked.extend(command) or SimpleNamespace(wait=int)
    )
    uris = ["https://hub.example/rc-callback/", "http://localhost:7000/x"]
    given = [part for uri in uris for part in ("--redirect-uri", uri)]
    public = ["--public-url", "https://p.example"]
    assert commands.main(["practice", *given, *public, "--instructor", "--new-password"]) == 0
    assert " ".join(given) in " ".join(asked)
    assert "--public-url https://p.example --" in " ".join(asked)
    assert "--instructor" in asked
    assert "--new-password" in asked
    assert asked[asked.index("--class-file") + 1] == str(commands.CLASS_FILE)
    asked.clear()
    assert commands.main(["practice"]) == 0
    assert "--class-file" not in asked, "a class of last week must not come back by itself"


def test_a_port_that_is_none_is_refused(capsys):
    with pytest.raises(SystemExit):
        commands.main(["--port", "70000"])
    assert "70000 is not a port" in capsys.readouterr().err


# --- Which environment ------------------------------------------------------------------------------


def test_our_requirement_files_are_understood():
    for line in packages.wanted([RUNTIME, TESTING]):
        Requirement(line)
    assert packages.OURSELVES in RUNTIME.read_text("utf-8").splitlines()
    assert not any(line.startswith("-") for line in packages.wanted([RUNTIME, TESTING]))


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("pytest", True),
        ("pytest>=8,<1000", True),
        ("pytest>=1000", False),
        ("pytest<2", False),
        ("pytest!=8.0.*,!=0.1", True),
        ("no-such-package-at-all", False),
        ("no-such-package-at-all; sys_platform == 'nowhere'", True),
    ],
)
def test_what_a_python_has(requirement, expected):
    found = packages.look(sys.executable, [requirement])
    assert (requirement not in found.missing) is expected


def test_the_broken_releases_of_ipykernel_are_refused():
    """With 7.0.x, an observer in another thread raises LookupError: logged in, and the panel never shows it."""
    (line,) = [line for line in packages.wanted([RUNTIME]) if line.startswith("ipykernel")]
    accepted = Requirement(line).specifier
    assert not accepted.contains("7.0.0")
    assert not accepted.contains("7.0.1")
    assert accepted.contains("7.1.0")
    assert accepted.contains("6.31.0")


def make_wheel(folder, name, version="1.0", requires=""):
    """Write a wheel with one module, as an index would have it."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + (f"Requires-Dist: {requires}\n" if requires else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)


class Place:
    """A folder with the set-up alone, whose requirements are two tiny packages from a folder of wheels."""

    def __init__(self, folder):
        self.folder = folder / "my place"
        self.wheels = folder / "wheels"
        self.home = folder / "home"
        self.home.mkdir()
        shutil.copytree(ROOT / "tools", self.folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        (self.folder / "rc_nb_helpers").mkdir()
        (self.folder / "rc_nb_helpers" / "__init__.py").touch()
        for name in ("env_files.py", "loopback.py"):  # what the set-up uses of the helpers
            shutil.copy(ROOT / "rc_nb_helpers" / name, self.folder / "rc_nb_helpers")
        (self.folder / "requirements.txt").write_text("# tiny\nupper>=1,!=2.0.*  # two\n-e .\n")
        make_wheel(self.wheels, "upper", requires="lower>=1")
        make_wheel(self.wheels, "lower")

    def start(self, **variables):
        """Ask for the environment in a Python that has no package; return what it says and the exit code."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}
        settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "HOME": str(self.home), **variables}
        without = os.pathsep.join(
            folder for folder in os.environ["PATH"].split(os.pathsep) if not Path(folder, "uv").exists()
        )
        done = subprocess.run(
            [BASE_PYTHON, "-c", PROGRAM], cwd=self.folder, capture_output=True, encoding="utf-8", check=False,
            env={**kept, "PATH": without, **settings},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    @property
    def packages(self):
        (folder,) = self.folder.glob(".venv/lib/python*/site-packages")
        return folder


BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
PROGRAM = """
import sys
sys.path.insert(0, ".")
from tools import commands
commands.outputs = lambda options: print("READY", commands.ensure_environment(commands.RUNTIME)) or 0
sys.exit(commands.main(["outputs"]))
"""


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture(scope="session")
def empty_environment(tmp_path_factory, worker_id):
    """An environment with nothing but pip, which takes seconds to make: once for all processes that test at once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "empty" / ".venv"
    with FileLock(f"{folder.parent}.lock"):
        if not folder.exists():
            subprocess.run([BASE_PYTHON, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def prepared(place, empty_environment):
    """A place where only the packages are missing."""
    shutil.copytree(empty_environment, place.folder / ".venv", symlinks=True)
    return place


@posix_only
@pytest.mark.slow
def test_an_environment_is_made_found_and_repaired_without_believing_the_past(place):
    first = place.start()
    assert "Making the environment" in first.stdout
    assert "READY" in first.stdout, first.stderr
    second = place.start(PIP_FIND_LINKS="/nowhere")  # offline
    assert second.stdout.startswith("READY")
    helpers = subprocess.check_output(
        [place.folder / ".venv/bin/python", "-c", "import rc_nb_helpers; print(rc_nb_helpers.__file__)"],
        cwd=place.home, text=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},  # it must not need it
    )  # fmt: skip
    assert helpers.strip() == str(place.folder / "rc_nb_helpers" / "__init__.py")

    shutil.rmtree(place.packages / "lower-1.0.dist-info")  # an indirect one, as uv sync takes it away
    repaired = place.start()
    assert "Installing" in repaired.stdout
    assert "Making" not in repaired.stdout
    assert (place.packages / "lower-1.0.dist-info").exists()

    shutil.rmtree(place.packages / "upper")  # its files are gone, it is still listed
    assert "Making the environment" in place.start().stdout
    assert (place.packages / "upper").exists()

    moved = place.folder.with_name("moved é")
    place.folder.rename(moved)
    place.folder = moved
    for locale in ({"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONUTF8": "1"}, {"LC_ALL": "POSIX"}):
        assert place.start(PIP_FIND_LINKS="/nowhere", **locale).stdout.startswith("READY")


@posix_only
@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {"PIP_TARGET": "{elsewhere}"},
        {"PIP_PREFIX": "{elsewhere}", "PIP_ROOT": "{elsewhere}"},
        {"PIP_USER": "1", "PIP_REQUIRE_HASHES": "1"},
        {"PIP_CONSTRAINT": "{elsewhere}/none.txt", "PIP_REQUIREMENT": "{elsewhere}/none.txt"},
        {"PIP_DRY_RUN": "1", "PIP_NO_DEPS": "1", "PIP_PYTHON": "/nowhere", "PIP_NO_BINARY": ":all:"},
    ],
    ids=" ".join,
)
def test_settings_of_pip_for_other_projects_do_not_count(prepared, variables, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    said = prepared.start(**{name: value.format(elsewhere=elsewhere) for name, value in variables.items()})
    assert "READY" in said.stdout, said.stderr
    assert all(name in said.stdout for name in variables)  # named once
    assert not elsewhere.exists()


@posix_only
@pytest.mark.slow
def test_a_configuration_file_of_pip_counts_for_where_packages_come_from_only(prepared):
    configuration = prepared.home / "pip.conf"
    configuration.write_text(
        f"[global]\ntarget=/nowhere\nfind-links={prepared.wheels}\nno-index=true\n[install]\nuser=1\n"
    )
    said = prepared.start(PIP_CONFIG_FILE=str(configuration), PIP_FIND_LINKS="", PIP_NO_INDEX="")
    assert "READY" in said.stdout, said.stderr
    assert "pip's global.target" in said.stdout


@posix_only
def test_what_is_called_venv_and_is_none_stays(place):
    (place.folder / ".venv").mkdir()
    (place.folder / ".venv" / "thesis.txt").touch()
    assert "other things in it" in place.start().stderr
    assert (place.folder / ".venv" / "thesis.txt").exists()


@posix_only
def test_a_conda_environment_is_called_one(place):
    (place.folder / ".venv" / "conda-meta").mkdir(parents=True)
    assert "an environment of conda's" in place.start().stderr


@posix_only
def test_a_link_is_followed_and_what_may_be_another_projects_stays(place, tmp_path):
    target = tmp_path / "environments"
    target.mkdir()
    (place.folder / ".venv").symlink_to(target)
    assert "READY" in place.start().stdout
    (target / UNFINISHED).touch()
    assert "nothing is removed in it" in place.start().stderr
    assert (target / "bin").exists()


@posix_only
def test_what_is_in_the_environment_now_counts(prepared):
    place = prepared
    assert "READY" in place.start().stdout
    (place.packages / "sitecustomize.py").write_text("print('a word of its own')\n")
    copy = place.packages / "rc_nb_helpers"
    copy.mkdir()
    (copy / "__init__.py").touch()
    again = place.start()
    assert "Making" not in again.stdout
    assert f"Another copy of the helpers is installed in {place.packages}" in again.stdout
    shutil.rmtree(place.packages)
    assert "Making the environment" in place.start().stdout


@posix_only
def test_two_first_starts_at_once_are_one(place):
    with ThreadPoolExecutor(2) as both:
        said = [each.stdout for each in both.map(lambda _: place.start(), range(2))]
    assert all("READY" in each for each in said)
    assert sum("Making the environment" in each for each in said) == 1
    assert sum("waiting for it" in each for each in said) == 1


@posix_only
def test_an_interrupted_install_is_begun_anew(prepared):
    (prepared.folder / ".venv" / "tutorial-unfinished").touch()
    assert "Making the environment" in prepared.start().stdout
    assert not (prepared.folder / ".venv" / "tutorial-unfinished").exists()


@posix_only
def test_where_uv_is_it_installs_and_where_it_fails_pip_does(prepared, tmp_path):
    (tmp_path / "bin").mkdir()
    uv = tmp_path / "bin" / "uv"
    record = tmp_path / "record"
    uv.write_text(f'#!/bin/sh\nenv > "{record}"; echo "$@" >> "{record}"; echo error: on purpose; exit 2\n')
    uv.chmod(0o755)
    path = os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"])
    said = prepared.start(PATH=path, UV_PYTHON="/nowhere", UV_SYSTEM_PYTHON="1", VIRTUAL_ENV="/nowhere")
    assert "uv could not install them all; going on with pip" in said.stdout
    assert "READY" in said.stdout, said.stderr
    asked = record.read_text("utf-8")
    assert "UV_PYTHON_DOWNLOADS=never" in asked
    assert f"UV_FIND_LINKS={prepared.wheels}" in asked
    assert "UV_NO_INDEX=1" in asked
    assert not re.search(r"^(UV_PYTHON|UV_SYSTEM_PYTHON|VIRTUAL_ENV)=", asked, re.MULTILINE)


@posix_only
def test_where_uv_puts_them_elsewhere_pip_does_it(prepared, tmp_path):
    (tmp_path / "bin").mkdir()
    uv = tmp_path / "bin" / "uv"
    uv.write_text("#!/bin/sh\necho Installed 3 packages\n")  # as with target or no-deps in a uv.toml
    uv.chmod(0o755)
    said = prepared.start(PATH=os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"]))
    assert "READY" in said.stdout, said.stderr
    assert "going on with pip" in said.stdout


class Index(BaseHTTPRequestHandler):
    """A package index that refuses, with the status that its path begins with."""

    def do_GET(self):
        self.send_error(int(self.path.split("/")[1]))

    do_CONNECT = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def index():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@posix_only
@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}, "could not be reached"),
        ({"PIP_INDEX_URL": "{index}/401/simple"}, "wants a user name and a password"),
        ({"PIP_INDEX_URL": "{index}/403/simple"}, "refuses this machine"),
        ({"PIP_INDEX_URL": "{index}/404/simple"}, "nothing is there (404)"),
        ({"PIP_INDEX_URL": "{index}/503/simple"}, "problem of its own"),
        ({"PIP_INDEX_URL": "https://pypi.invalid/simple", "HTTPS_PROXY": "socks5://127.0.0.1:9"}, "PySocks"),
        ({"PIP_INDEX_URL": "https://pypi.invalid/simple", "HTTPS_PROXY": "http://127.0.0.1:9"}, "proxy"),
        ({"PIP_INDEX_URL": "https://x.invalid/simple", "PIP_CERT": "/nowhere.pem"}, "certificates"),
        ({"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/nowhere"}, "A place that packages should come from"),
    ],
    ids=str,
)
def test_an_install_that_fails_says_why(prepared, index, variables, expected):
    given = {name: value.format(index=index) for name, value in variables.items()}
    said = prepared.start(**{"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_RETRIES": "0", **given})
    assert said.returncode == 1
    assert expected in said.stderr, said.stderr
    assert "What to do:" in said.stderr
    log = re.search(r"All that pip said: (\S+)", said.stderr)
    if log:
        Path(log.group(1)).unlink()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ERROR: Failed building wheel for observable", "had to be built"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("OSError: [WinError 112] Es steht nicht genug Speicherplatz zur Verfügung", "The disk is full"),
        ("error: failed to write (os error 30)", "can only be read"),
        ("PermissionError: [WinError 32] Der Prozess kann nicht zugreifen", "Another program is using it"),
        ("SSLError(SSLCertVerificationError(1, 'certificate has expired'))", "clock"),
        ("CERTIFICATE_VERIFY_FAILED] certificate is not yet valid", "clock"),
        ("Hostname mismatch, certificate is not valid for 'pypi'", "another name"),
        ("CERTIFICATE_VERIFY_FAILED] self signed certificate in certificate chain", "company proxy"),
        ("Tunnel connection failed: 407 Proxy Authentication Required", "user name and a password"),
        ("ReadTimeoutError(Read timed out.)", "in time"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "hash differs"),
        ("SSLError(Can't connect to HTTPS URL because the SSL module is not available.)", "without a part"),
        ("OSError: Could not find the TLS certificate file, invalid path: /nowhere", "A file of certificates"),
        ("ERROR: HTTP error 451 Client Error", "Something else came"),
        ("ERROR: Wheel 'x' located at /t/x.whl is invalid.", "Something else came"),
        ("option timeout: invalid floating-point value: 'abc'", "has a value that cannot be used"),
        ("Failed to parse: http://proxy:port", "has a value that cannot be used"),
        ("something else", "pip said:"),
    ],
)
def test_what_an_installer_says_is_told_apart(said, expected):
    text = installer.explain_installer(said)
    assert expected in text
    Path(text.rpartition(": ")[2]).unlink()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/t/x"), "The disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/t/x"), "can only be read"),
        (OSError(errno.EACCES, "Permission denied", "/t/x"), "belongs to another user"),
        (OSError(errno.EPERM, "Not permitted", "lib", None, "/t/lib64"), "cannot hold links"),
        (OSError(errno.ENOTDIR, "Not a directory", "/t/x"), "stands in its place"),
        (OSError(errno.EMFILE, "Too many", "/t/x"), "Too many files"),
        (OSError(errno.ETXTBSY, "Text file busy", "/t/x"), "The system says: Text file busy"),
    ],
)
def test_a_systems_error_is_told_by_its_number(error, expected, monkeypatch, capsys):
    def fail(*_):
        raise error

    monkeypatch.setattr(commands, "ensure_environment", fail)
    assert commands.main(["outputs"]) == 1
    assert expected in capsys.readouterr().err


def test_a_windows_error_has_finer_numbers():
    error = OSError(errno.EACCES, "in use")
    error.winerror = 32
    assert causes.cause_of(error) is causes.IN_USE


# --- Ports ------------------------------------------------------------------------------------------


def test_a_port_in_use_gives_way_to_the_next_free_one(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        port = ports.free_port("127.0.0.1", first, "JupyterLab")
    assert port > first
    assert capsys.readouterr().out == (
        f"Port {first} is in use by another program, or kept by the system: JupyterLab takes {port}.\n"
    )


def test_where_all_ports_near_by_are_taken_the_system_gives_one(monkeypatch):
    free = ports.can_bind
    monkeypatch.setattr(
        ports, "can_bind", lambda family, address: address[1] not in range(8440, 8490) and free(family, address)
    )
    assert ports.free_port("127.0.0.1", 8440, "the practice platform") not in range(8440, 8490)
    assert ports.free_port("127.0.0.1", 65535, "JupyterLab") > 0


def test_an_address_of_another_machine_is_explained_and_never_spoken_to(monkeypatch):
    spoken_to = []
    monkeypatch.setattr(socket, "create_connection", lambda address, **_: spoken_to.append(address))
    with pytest.raises(Problem, match="What to do: leave --host away"):
        ports.free_port("192.0.2.1", 8888, "JupyterLab")
    assert spoken_to == []


def test_an_address_is_written_as_a_browser_wants_it():
    assert ports.address_of("0.0.0.0", 8888) == "http://localhost:8888"
    assert ports.address_of("::1", 8888) == "http://[::1]:8888"


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
    (tmp_path / "program.py").write_text(program)
    runner = "import sys; from tools.programs import run; run(sys.executable, sys.argv[1:])"
    tidy = tmp_path / "tidy"
    process = subprocess.Popen(
        [sys.executable, "-c", runner, str(tmp_path / "program.py"), str(tidy)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert tidy.exists()


def test_the_learners_settings_do_not_reach_the_tests():
    mine = {"RC_PRODUCTION_CLIENT_SECRET": "x", "RC_PRACTICE_URL": "x", "RC_BROWSER": "/b", "HOME": "/h"}
    direct = "localhost,127.0.0.1,::1"
    alone = {"HOME": "/h", "PYTHONPATH": str(ROOT), "NO_PROXY": direct, "no_proxy": direct}
    assert clean_room.without_settings(mine) == alone
    assert clean_room.without_settings(mine, clean_room.TOLD_TO_TESTS) == {**alone, "RC_BROWSER": "/b"}


def test_other_projects_settings_reach_no_program_of_ours_and_the_rest_does():
    theirs = ("PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "JUPYTER_TOKEN", "JPY_PARENT_PID", "IPYTHONDIR",
              "VIRTUAL_ENV", "PYTEST_ADDOPTS", "MYPYPATH", "COVERAGE_PROCESS_START")  # fmt: skip
    pass_on = ("HTTPS_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", "LC_ALL", "JUPYTERHUB_USER")
    mine = {**dict.fromkeys((*theirs, *pass_on), "x"), "NO_PROXY": "intranet"}
    given = variables.for_programs(mine)
    assert given["PYTHONPATH"] == str(ROOT)
    assert not given.keys() & set(theirs[1:])
    assert given.keys() >= set(pass_on)
    assert given["NO_PROXY"] == given["no_proxy"] == "intranet,localhost,127.0.0.1,::1"
    assert "PYTHONUTF8" not in variables.for_programs({"PYTHONUTF8": "0"})
    assert variables.for_programs({"PYTHONUTF8": "1"})["PYTHONUTF8"] == "1"
    assert set(variables.names_set_aside(mine)) == set(theirs)


def test_a_proxy_reaches_jupyterlab_in_a_form_that_it_can_read():
    mine = {"http_proxy": "proxy:3128", "HTTPS_PROXY": "http://u:p@proxy:1", "ALL_PROXY": "socks5://p:1",
            "all_proxy": "http://proxy:port", "HTTP_PROXY": "garbage::x", "NO_PROXY": "a,b"}  # fmt: skip
    expected = {
        "http_proxy": "http://proxy:3128",
        "HTTPS_PROXY": "http://u:p@proxy:1",
        "NO_PROXY": "a,b",
    }
    assert variables.for_jupyterlab(mine) == expected


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


@posix_only
@pytest.mark.slow
def test_start_with_a_practice_platform_that_is_there_already(tutorial):
    started = tutorial(RC_PRACTICE_URL="http://127.0.0.1:9")
    assert "RC_PRACTICE_URL is set" in started.said
    assert started.practice == "http://127.0.0.1:9"
    assert not any("rc_nb_helpers.practice" in child.cmdline() for child in started.children)
    assert started.end(signal.SIGTERM)[0] == 0
    assert psutil.wait_procs(started.children, timeout=SOON)[1] == []


@posix_only
@pytest.mark.slow
def test_start_in_a_class_uses_the_classs_platform_and_starts_none(tutorial, tmp_path):
    lines = "RC_SERVER_URL=http://127.0.0.2:9/\nRC_CLIENT_ID=x\n"
    (tmp_path / "my tutorial" / ".env-practice").write_text(lines)
    started = tutorial()
    assert ".env-practice names http://127.0.0.2:9" in started.said
    assert started.practice == "http://127.0.0.2:9"
    assert "a class's" in started.said
    assert not any("rc_nb_helpers.practice" in child.cmdline() for child in started.children)
    assert started.end(signal.SIGTERM)[0] == 0


@posix_only
@pytest.mark.slow
def test_when_one_server_dies_the_other_is_stopped(tutorial):
    started = tutorial()
    (platform,) = [child for child in started.children if "rc_nb_helpers.practice" in child.cmdline()]
    platform.kill()
    said = started.process.communicate(timeout=30)[0]
    assert started.process.returncode == 1
    assert "The practice platform ended by itself" in said
    assert psutil.wait_procs(started.children, timeout=SOON)[1] == []
