"""The one command: which Python, which environment, which ports, and that nothing is left running."""

import ast
import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from tools import causes, clean_room, commands, installer, packages, ports, servers, variables
from tools.places import RUNTIME, TESTING
from tools.problem import Problem

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


@pytest.mark.parametrize("command", [[], ["join"], ["test"], ["practice"], ["bench"], ["outputs"], ["site"]])
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


@pytest.mark.parametrize(
    ("arguments", "opened"), [(["site"], 1), (["site", "--no-browser"], 0), (["--no-browser", "site"], 0)]
)
def test_the_site_is_opened_unless_nobody_wants_it(monkeypatch, tmp_path, capsys, arguments, opened):
    asked = []
    monkeypatch.setattr(commands, "ensure_environment", lambda *_: "python")
    monkeypatch.setattr(commands, "build_site", lambda _python: tmp_path / "index.html")
    monkeypatch.setattr(commands.webbrowser, "open", asked.append)
    assert commands.main(arguments) == 0
    assert asked == [(tmp_path / "index.html").as_uri()] * opened
    assert str(tmp_path / "index.html") in capsys.readouterr().out


def test_a_class_that_goes_on_takes_no_other_port_by_itself(monkeypatch, tmp_path, capsys):
    """Most often the class runs there already; a second platform would take its file, and print other slips."""
    asked = []
    monkeypatch.setattr(commands, "ensure_environment", lambda *_: "python")
    monkeypatch.setattr(
        commands.subprocess, "Popen", lambda command, **_: asked.extend(command) or SimpleNamespace(wait=int)
    )
    monkeypatch.setattr(commands, "CLASS_FILE", tmp_path / "class.json")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert commands.main(["practice", "--learners", "3", "--port", port]) == 0, "a new class has no slips yet"
        assert asked[asked.index("--port") + 1] != port
        commands.CLASS_FILE.write_text("{}")
        asked.clear()
        assert commands.main(["practice", "--learners", "3", "--port", port]) == 1
        assert asked == []
        assert f"Port {port} is in use" in capsys.readouterr().err
        assert commands.main(["practice", "--port", port]) == 0, "no class"
    asked.clear()
    assert commands.main(["practice", "--learners", "3", "--port", port]) == 0
    assert asked[asked.index("--port") + 1] == port


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
    process.communicate(timeout=60)
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


# --- practice where the browser reaches only JupyterLab


def test_practice_is_told_the_one_address_that_browsers_reach():
    at = {"RC_PRACTICE_BROWSER_URL": "http://localhost:8888/proxy/{port}/"}
    options = servers.options_for_browsers(at)
    command = [sys.executable, "-m", "rc_nb_helpers.practice", "--json", "--exit-with-parent", *options]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as platform:
        ready = json.loads(platform.stdout.readline())
    seen_at = servers.in_browsers(ready["server_url"], at)
    assert ready["browser_url"] == seen_at
    assert seen_at == f"http://localhost:8888/proxy/{ready['server_url'].rpartition(':')[2]}"
    assert ready["redirect_uris"][0] == "http://localhost:8888/rc-callback/"
    assert "http://localhost:5000/oauth2callback" in ready["redirect_uris"]
    assert servers.options_for_browsers({"RC_PRACTICE_BROWSER_URL": "https://x-8440.example/"})[2:] == []
    assert (servers.options_for_browsers({}), servers.in_browsers("http://h:1", {})) == ([], "http://h:1")
