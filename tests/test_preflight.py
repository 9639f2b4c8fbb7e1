"""The pre-flight without a browser: each thing that may be wrong, told with its cause and what to do."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import rc_nb_helpers
from rc_nb_helpers import Environment, local_practice, loopback, pre_flight, preflight
from rc_nb_helpers.panels.preflight import PreFlight
from rc_nb_helpers.practice import PracticePlatform

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


def test_the_same_helpers_in_a_learners_folder_are_right_and_others_have_a_cure_that_a_hub_allows(
    tmp_path, monkeypatch
):
    """On a hub everybody has a copy of the course, and the helpers come from the hub's: nobody there may install."""
    shutil.copytree(ROOT / "rc_nb_helpers", tmp_path / "rc_nb_helpers", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tutorial.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert preflight.helpers().kind == "ok"
    (tmp_path / "rc_nb_helpers" / "session.py").write_text("# newer")
    found = preflight.helpers()
    assert found.kind == "error"
    assert "Hub Control Panel" in found.cure
    assert "%pip" not in found.cure


def test_the_lines_that_it_gives_really_find_the_requirements(tmp_path):
    """`pip install -r ../requirements.txt` would not: its last line, -e ., counts from the working folder."""
    lines = [line for line in preflight.INSTALL.splitlines() if line.startswith("%")]
    folder, asked = ROOT / "notebooks", []
    for line in lines:
        command, *arguments = line.split()
        if command == "%cd":
            folder = (folder / arguments[-1]).resolve()
        else:
            asked.append((command, arguments))
    assert [command for command, _ in asked] == ["%pip"]
    assert asked[0][1][:2] == ["install", "-r"]
    requirements = folder / asked[0][1][2]
    assert requirements.samefile(ROOT / "requirements.txt")
    editable = re.findall(r"^-e (.+)$", requirements.read_text("utf-8"), re.MULTILINE)
    assert [(folder / each).resolve() for each in editable] == [ROOT]
    # Where the helpers themselves are missing, notebook 00 says it.
    notebook = (ROOT / "notebooks" / "00-start-here.ipynb").read_text("utf-8")
    assert all(f'print(\\"{line}\\")' in notebook for line in lines)


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


@pytest.mark.parametrize(
    ("built_in", "whose"), [("x" * 20, "the app that practice has built in"), ("y", "your own app")]
)
def test_whose_app_it_is(platform_environment, tmp_path, monkeypatch, built_in, whose):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(local_practice, "ready_line", lambda url: {"client_id": built_in})
    check = preflight._file(platform_environment)
    assert check.text == f"There is no .env-practice yet, and none is needed: notebooks use {whose}."
    file = tmp_path / ".env-practice"
    file.touch()
    assert preflight._file(platform_environment).text == f"{file} is found: notebooks use {whose}."


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
    free = f"http://localhost:{free_port()}/x"
    assert preflight.port(free).kind == "ok"
    assert preflight.port("https://app.example/x").kind == "info"


def test_port_that_no_browser_reaches_is_told_as_that(monkeypatch):
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org/")
    found = preflight.port("http://localhost:5000/x")
    assert "runs on Binder" in found.text
    assert "paste the address" in found.cure


@pytest.mark.parametrize(
    ("free", "kinds", "said"),
    [
        ((True, False), ["ok", "info"], "another port is used instead"),
        ((False, True), ["error", "ok"], "the panel offers another port of this app, which is free"),
        ((False, False), ["error", "info"], "One free port is enough"),
    ],
)
def test_of_several_ports_one_is_enough(platform_environment, monkeypatch, free, kinds, said):
    uris = ["http://localhost:5000/x", "http://localhost:5001/x"]
    monkeypatch.setattr(loopback, "port_is_free", lambda uri: free[uris.index(uri)])
    monkeypatch.setattr(loopback, "notebook_at", lambda port: (0, ""))
    environment = replace(platform_environment, redirect_uri=uris[0], other_redirect_uris=(uris[1],))
    found = preflight.ports(environment)
    assert [each.kind for each in found] == kinds
    assert [each for each in found if said in each.cure]


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


def test_practice_that_is_not_there(platform_environment):
    found = preflight.practice(platform_environment)
    assert found.kind == "error"
    assert "does not reach practice at http://127.0.0.1:9" in found.text


@pytest.mark.parametrize("status", [200, 404, 302])
def test_another_program_in_the_place_of_practice(platform_environment, status):
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        found = preflight.practice(replace(platform_environment, server_url=url))
        server.shutdown()
    assert found.kind == "error"
    assert f"Something answers at {url}, and it is not practice (status {status}, text/html)." in found.text
    assert "RC_SERVER_URL" in found.cure


def test_practice_itself_is_known(platform_environment, monkeypatch):
    """Also from another computer, to which it gives no credentials."""
    with PracticePlatform() as platform:
        environment = replace(platform_environment, server_url=platform.server_url)
        assert preflight.practice(environment).kind == "ok"
        monkeypatch.setattr(local_practice, "ready_line", lambda url: None)
        assert preflight.practice(environment).kind == "ok"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:8080", "runs on the kernel's computer"),
        ("http://192.0.2.1:8080", "in the network forbids it"),
    ],
)
def test_what_the_browser_does_not_reach_is_told_with_where_it_is(monkeypatch, url, said):
    monkeypatch.setattr("rc_nb_helpers.panels.preflight.this_login", lambda: ([preflight.Check("ok", "x")], url))
    panel = PreFlight()
    try:
        eventually(lambda: panel._details.get("probe"))
        panel._on_message(panel, {"probe": panel._details["probe"], "reached": False}, [])
        text = next(each["text"] for each in panel._details["checks"] if "does not reach" in each["text"])
        assert said in text
    finally:
        panel.close()


def test_the_panel_saves_nothing_of_what_it_finds(tmp_path, monkeypatch):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    panel = PreFlight()
    try:
        eventually(lambda: panel._details.get("checks") and panel._looks == 1)
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
        eventually(lambda: panel._details["probe"] != address)  # so that the page asks once more
        assert "1" in panel.view["answered"]
    finally:
        panel.close()


def test_it_is_at_the_top():
    assert rc_nb_helpers.pre_flight is pre_flight
