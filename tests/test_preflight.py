"""The pre-flight without a browser: each thing that may be wrong, told with its cause and what to do."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import rc_nb_helpers
from rc_nb_helpers import Environment, loopback, pre_flight, preflight
from rc_nb_helpers.panels.preflight import PreFlight

from .conftest import eventually, free_port

ROOT = Path(__file__).parents[1]


def wrong(checks: list[preflight.Check]) -> list[preflight.Check]:
    return [check for check in checks if check.kind == "error"]


@pytest.mark.parametrize(
    ("version", "kind"),
    [((3, 9, 18), "error"), ((3, 10, 0), "ok"), ((3, 13, 1), "ok"), ((3, 14, 0), "info"), ((2, 7, 18), "error")],
)
def test_the_interpreter_is_named_and_compared(monkeypatch, version, kind):
    monkeypatch.setattr(sys, "version_info", version)
    found = preflight.interpreter()
    assert found.kind == kind
    assert sys.executable in found.text
    assert bool(found.cure) is (kind != "ok")


def test_it_can_be_read_by_a_python_that_is_too_old():
    """The cell must get as far as the sentence that says so."""
    import ast

    for name in ("__init__.py", "preflight.py"):
        ast.parse((ROOT / "rc_nb_helpers" / name).read_text("utf-8"), feature_version=(3, 8))


def test_the_oldest_versions_are_those_of_the_requirements():
    lines = [
        line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if re.match(r"[A-Za-z]", line)
    ]
    oldest = {}
    for each in map(Requirement, lines):
        oldest[each.name] = next((part.version for part in each.specifier if part.operator == ">="), "")
    assert dict(preflight.PACKAGES.values()) == {name: oldest[name] for name, _ in preflight.PACKAGES.values()}


def test_a_missing_package_is_told_in_plain_lines_and_no_panel_is_tried(monkeypatch, capsys):
    monkeypatch.setitem(preflight.PACKAGES, "no_such_module", ("no-such-package", "1.0"))
    pre_flight()
    said = capsys.readouterr().out
    assert said.startswith(f"✕ no-such-package is missing in this kernel, {sys.executable}.")
    assert "%pip install -r requirements.txt" in said


@pytest.mark.parametrize("version", ["8.0.9", "7.7", "0.1rc1"])
def test_a_package_that_is_too_old_is_told(monkeypatch, version):
    found = preflight.metadata.version
    monkeypatch.setattr(preflight.metadata, "version", lambda name: version if name == "ipywidgets" else found(name))
    (check,) = wrong(preflight.packages())
    assert f"ipywidgets {version} is too old" in check.text


@pytest.mark.parametrize(
    ("version", "kind"), [("7.0.0", "error"), ("7.0.1", "error"), ("6.29.5", "ok"), ("7.1.0", "ok")]
)
def test_the_fault_of_ipykernel_7_0_is_known(monkeypatch, version, kind):
    monkeypatch.setattr(preflight.metadata, "version", lambda name: version)
    assert preflight.ipykernel().kind == kind


def test_a_stale_copy_of_the_helpers_is_told(tmp_path, monkeypatch):
    (tmp_path / "rc_nb_helpers").mkdir()
    (tmp_path / "rc_nb_helpers" / "__init__.py").touch()
    (tmp_path / "tutorial.py").touch()
    (tmp_path / "my-notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "my-notebooks")
    found = preflight.helpers()
    assert found.kind == "error"
    assert str(tmp_path) in found.text
    monkeypatch.chdir(ROOT / "notebooks")
    assert preflight.helpers().kind == "ok"


def test_the_lines_that_it_gives_really_find_the_requirements(tmp_path):
    """`pip install -r ../requirements.txt` would not: its last line, -e ., counts from the working folder."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--no-index", "--no-build-isolation"]
    said = subprocess.run([*command, "-e", "."], cwd=ROOT / "notebooks", capture_output=True, text=True, check=False)
    assert "does not appear to be a Python project" in said.stderr
    assert "%cd -q .." in preflight.INSTALL


def test_a_file_that_has_nearly_the_right_name_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    for name in (".env-practice.txt", "env-practice", ".env-practice.env"):
        (tmp_path / name).touch()
        found, _ = preflight.this_login()
        (check,) = wrong(found)
        assert name in check.text
        assert ".env-practice" in check.cure
        (tmp_path / name).unlink()


def test_a_file_that_cannot_be_used_is_told_in_the_errors_own_words(tmp_path, monkeypatch):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    (tmp_path / ".env-practice").write_text("RC_CLIENT_ID=abc\n")
    found, address = preflight.this_login()
    assert address == ""
    assert "RC_CLIENT_SECRET" in wrong(found)[0].text
    assert wrong(found)[0].cure


def test_whose_app_it_is(platform_environment, tmp_path, monkeypatch):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    check = preflight._file(platform_environment)
    assert "no .env-practice yet" in check.text


@pytest.fixture
def platform_environment():
    uri = f"http://localhost:{free_port()}/oauth2callback"
    return Environment(name="practice", server_url="http://127.0.0.1:9", client_id="x" * 20, redirect_uri=uri)


def test_who_holds_a_port(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        uri = f"http://localhost:{port}/x"
        assert "this notebook itself" in preflight.port(uri).text
        monkeypatch.setattr(loopback, "notebook_at", lambda port: (1, "07-whole-app.ipynb"))
        assert "the notebook 07-whole-app.ipynb" in preflight.port(uri).text
        monkeypatch.setattr(loopback, "notebook_at", lambda port: (0, ""))
        assert preflight.port(uri).kind == "error"
    assert preflight.port(f"http://localhost:{free_port()}/x").kind == "ok"
    assert preflight.port("https://app.example/x").kind == "info"


@pytest.mark.parametrize(
    ("session", "name"),
    [("/Users/ada/notes/07.ipynb", "07.ipynb"), ("C:\\Users\\ada\\07.ipynb", "07.ipynb"), ("console-1", ""), ("", "")],
)
def test_the_notebook_of_a_port_is_named_by_its_kernels_variable(session, name):
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "JPY_SESSION_NAME": session},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout
        port = int(program.stdout.readline())
        assert loopback.notebook_at(port)[1] == name
        program.communicate("\n")


def test_practice_that_is_not_there_and_another_program_in_its_place(platform_environment):
    found = preflight.practice(platform_environment)
    assert found.kind == "error"
    assert "does not reach practice at http://127.0.0.1:9" in found.text


def test_the_panel_saves_nothing_of_what_it_finds(tmp_path, monkeypatch):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    panel = PreFlight()
    try:
        eventually(lambda: panel._details.get("checks") and panel._looks == 1, within=20)
        before = dict(panel.view)
        assert str(ROOT) in str(panel._details)
        assert set(before) == {"title", "buttons", "answered"}
        assert str(ROOT) not in str(panel.get_state())
        address = panel._details["probe"]
        for message in ({"probe": "http://elsewhere/", "reached": True}, "nonsense", {"press": "other"}):
            panel._on_message(panel, message, [])
        assert panel._details["summary"]["kind"] == "working"
        panel._on_message(panel, {"probe": address, "reached": False}, [])
        assert panel._details["summary"]["kind"] == "error"
        panel._on_message(panel, {"press": "look", "number": "1"}, [])
        eventually(lambda: panel._details["probe"] != address, within=20)  # so that the page asks once more
        assert "1" in panel.view["answered"]
    finally:
        panel.close()


def test_it_is_at_the_top():
    assert rc_nb_helpers.pre_flight is pre_flight
