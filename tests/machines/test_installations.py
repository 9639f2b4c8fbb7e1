"""The environment is made, found and repaired, in folders of their own: real installations, with a real pip."""

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from tools.environment import UNFINISHED
from tools.places import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="uses shell scripts, and looks into the environment the POSIX way"),
]


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
    """A folder with the set-up and the helpers, whose requirements are two tiny packages from a folder of wheels."""

    def __init__(self, folder):
        self.folder = folder / "my place"
        self.wheels = folder / "wheels"
        self.home = folder / "home"
        self.home.mkdir()
        for name in ("tools", "rc_nb_helpers"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
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


def test_a_configuration_file_of_pip_counts_for_where_packages_come_from_only(prepared):
    configuration = prepared.home / "pip.conf"
    configuration.write_text(
        f"[global]\ntarget=/nowhere\nfind-links={prepared.wheels}\nno-index=true\n[install]\nuser=1\n"
    )
    said = prepared.start(PIP_CONFIG_FILE=str(configuration), PIP_FIND_LINKS="", PIP_NO_INDEX="")
    assert "READY" in said.stdout, said.stderr
    assert "pip's global.target" in said.stdout


def test_what_is_called_venv_and_is_none_stays(place):
    (place.folder / ".venv").mkdir()
    (place.folder / ".venv" / "thesis.txt").touch()
    assert "other things in it" in place.start().stderr
    assert (place.folder / ".venv" / "thesis.txt").exists()


def test_a_conda_environment_is_called_one(place):
    (place.folder / ".venv" / "conda-meta").mkdir(parents=True)
    assert "an environment of conda's" in place.start().stderr


def test_a_link_is_followed_and_what_may_be_another_projects_stays(place, tmp_path):
    target = tmp_path / "environments"
    target.mkdir()
    (place.folder / ".venv").symlink_to(target)
    assert "READY" in place.start().stdout
    (target / UNFINISHED).touch()
    assert "nothing is removed in it" in place.start().stderr
    assert (target / "bin").exists()


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


def test_two_first_starts_at_once_are_one(place):
    with ThreadPoolExecutor(2) as both:
        said = [each.stdout for each in both.map(lambda _: place.start(), range(2))]
    assert all("READY" in each for each in said)
    assert sum("Making the environment" in each for each in said) == 1
    assert sum("waiting for it" in each for each in said) == 1


def test_an_interrupted_install_is_begun_anew(prepared):
    (prepared.folder / ".venv" / "tutorial-unfinished").touch()
    assert "Making the environment" in prepared.start().stdout
    assert not (prepared.folder / ".venv" / "tutorial-unfinished").exists()


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
