"""What other people's notebooks and scripts rely on: names, laziness, documentation, what is installed."""

from __future__ import annotations

import ast
import fnmatch
import importlib
import inspect
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import rc_nb_helpers
from rc_nb_helpers import Session, callback_handler, errors

from .house_map import modules_of

PACKAGE = Path(rc_nb_helpers.__file__).parent
ROOT = PACKAGE.parent
MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(rc_nb_helpers.__path__, "rc_nb_helpers.")
    if not name.startswith("rc_nb_helpers.practice")
]


def after(code: str) -> dict[str, list[str]]:
    """Run code in a new Python; what it has loaded and started."""
    report = (
        "\nimport json, os, sys, threading"
        "\nfiles = [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
        " if os.path.exists(f'/proc/self/fd/{n}')] if os.path.isdir('/proc/self/fd') else []"
        "\nprint(json.dumps({'modules': list(sys.modules), 'threads': [t.name for t in threading.enumerate()],"
        " 'sockets': [f for f in files if f.startswith('socket')]}))"
    )
    done = subprocess.run([sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def loaded(code: str) -> set[str]:
    """The top-level packages that code has loaded, and the practice platform as one of them."""
    result = after(code)
    assert result["threads"] == ["MainThread"]
    assert result["sockets"] == []
    practice = {"practice" for name in result["modules"] if name.startswith("rc_nb_helpers.practice")}
    return {name.split(".")[0] for name in result["modules"]} | practice


JUPYTER = {"IPython", "ipywidgets", "anywidget", "ipykernel", "jupyter_client"}


def test_import_loads_and_starts_nothing():
    assert not loaded("import rc_nb_helpers") & {*JUPYTER, "tornado", "requests", "ringcentral", "practice", "dotenv"}
    assert not loaded("import rc_nb_helpers") & {"keyring", "filelock", "platformdirs"}


def test_import_is_quick():
    """No pattern is compiled (re does so at its first use, and keeps it), and nothing is read that nobody needs yet."""
    code = "import re, ringcentral, anywidget; re.compile = None; from rc_nb_helpers import LoginPanel, TestPanel"
    modules = set(after(code)["modules"])
    later = ("attempt", "authorization", "pasted", "panels.view", "panels.join", "panels.link")
    later += ("stills", "wire", "panels.wire_rows", "meanings", "snippets")
    assert not modules & {f"rc_nb_helpers.{name}" for name in later}


def test_session_needs_neither_jupyter_nor_practice():
    assert not loaded("from rc_nb_helpers import Session, Environment, load_environment") & {*JUPYTER, "practice"}


def test_program_with_a_session_ends_without_a_word():
    program = "from rc_nb_helpers import Environment, Session\n"
    program += "session = Session(Environment(name='x', server_url='https://x.example', client_id='x',"
    program += " redirect_uri='http://localhost:5000/x'))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("module", ["errors", "redaction", "authorization"])
def test_pure_modules_need_nothing(module):
    assert not loaded(f"import rc_nb_helpers.{module}") & {*JUPYTER, "tornado", "requests", "ringcentral", "practice"}


def test_listener_needs_neither_jupyter_nor_the_sdk():
    assert not loaded("import rc_nb_helpers.listener") & {*JUPYTER, "ringcentral", "practice"}


def test_panels_need_no_practice_platform():
    assert "practice" not in loaded("from rc_nb_helpers import LoginPanel, TestPanel, LogoutPanel")


def imports_of(path: Path) -> set[str]:
    """The modules of this package, and the top-level names of others, that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {"." * node.level + name for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
    return found


def test_map_names_every_module():
    """All but the rooms' ``__init__``, which is the line of the room itself."""
    here = {name for name in modules_in(PACKAGE) if not name.startswith("practice.")}
    assert set(modules_of("rc_nb_helpers")) == {"__init__", *here}
    assert set(modules_of("practice")) == modules_in(PACKAGE / "practice")
    assert set(modules_of("tools")) == modules_in(ROOT / "tools")


def modules_in(folder: Path) -> set[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*.py") if path.name != "__init__.py")
    return {".".join(path.with_suffix("").parts) for path in paths}


def test_modules_import_only_what_stands_above_them():
    order = modules_of("rc_nb_helpers")
    for place, name in enumerate(order):
        *folder, _ = name.split(".")
        ours = {each for each in imports_of(PACKAGE.joinpath(*name.split(".")).with_suffix(".py")) if each[0] == "."}
        full = {".".join([*folder[: len(folder) + 1 - level(each)], each.lstrip(".")]) for each in ours}
        if name != "__init__":
            assert full - {"__version__", "practice"} <= set(order[:place]), name
            assert "practice" not in full or name == "local_practice"


def level(name: str) -> int:
    return len(name) - len(name.lstrip("."))


def test_panels_do_no_http():
    for path in (PACKAGE / "panels").glob("*.py"):
        assert not imports_of(path) & {"requests", "urllib", "socket", "http", "tornado", "..sdk", "..listener"}, path


def test_practice_is_a_house_of_its_own():
    for path in (PACKAGE / "practice").rglob("*.py"):
        depth = len(path.relative_to(PACKAGE / "practice").parts)
        for name in imports_of(path):
            assert level(name) <= depth, (path, name)
            assert name != "rc_nb_helpers", path


# --- names that stay put


def test_every_name_that_is_promised_is_there():
    promised = (
        "Environment load_environment Session LoginPanel TestPanel LogoutPanel RingCentralError ConfigurationError "
    )
    promised += "LoginError AccessDenied CodeRejected LoginTimeout LoginCancelled PortInUse NotLoggedIn ApiError "
    promised += "PlatformUnreachable"
    assert set(promised.split()) <= set(rc_nb_helpers.__all__)
    assert dir(rc_nb_helpers) == sorted(rc_nb_helpers.__all__)


@pytest.mark.parametrize("name", rc_nb_helpers.__all__)
def test_every_name_can_be_had_and_says_what_it_is(name):
    assert inspect.getdoc(getattr(rc_nb_helpers, name))


def test_names_for_the_type_checker_are_the_names_for_python():
    source = (PACKAGE / "__init__.py").read_text("utf-8")
    checked = re.findall(r"import (\w+) as \1$", source, re.MULTILINE)
    assert sorted(checked) == sorted(rc_nb_helpers.__all__)


def test_all_is_a_list_that_type_checkers_can_read():
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    (value,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__"
    ]
    assert ast.literal_eval(value) == sorted(rc_nb_helpers.__all__)


def test_jupyterlite_is_told_that_nothing_can_run_there(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.delitem(vars(rc_nb_helpers), "pre_flight", raising=False)
    with pytest.raises(errors.ConfigurationError, match="None of this can run in JupyterLite"):
        rc_nb_helpers.pre_flight  # noqa: B018


ENTRANCES = """
    AuthorizationRequest CallbackListener Environment FileStorage JoinPanel KeyringStorage LoginPanel LogoutPanel
    RingCentralError Session TestPanel TokenPanel WirePanel code_challenge environment_file explain load_environment
    masked open_in_browser pre_flight show_link still why_no_keychain
"""
"""What a program begins with; all else at the top is what these take, return or raise."""


def public_things() -> dict[str, object]:
    """The classes and functions that the package's modules define, by their names; the course's are its own."""
    things: dict[str, object] = {}
    for module in map(importlib.import_module, (name for name in MODULES if ".course" not in name)):
        for label, thing in vars(module).items():
            if not label.startswith("_") and getattr(thing, "__module__", "") == module.__name__:
                things[label] = thing
    return things


def named_in(thing: object) -> set[str]:
    """The words in a thing's annotations, in those of its public members, and in what they say they raise."""
    words: set[str] = set()
    members = [member for name, member in vars(thing).items() if name == "__init__" or not name.startswith("_")]
    for each in (thing, *(members if inspect.isclass(thing) else [])):
        function = each.fget if isinstance(each, property) else inspect.unwrap(each) if callable(each) else each
        annotations = getattr(function, "__annotations__", {})
        # After a dot it is somebody else's, such as requests.Request.
        text = " ".join(str(value) for name, value in annotations.items() if name[0] != "_")
        words |= set(re.findall(r"(?<![\w.])\w+", text))
        _, _, raises = (inspect.getdoc(each) or "").partition("Raises:")
        words |= set(re.findall(r"^\s+(\w+):", raises, re.MULTILINE))
    if "Deliver" in words:  # a name for a type
        words |= set(re.findall(r"\w+", str(callback_handler.Deliver)))
    return words


def test_names_at_the_top_are_those_that_a_program_can_meet():
    things = public_things()
    tree = {name for name, thing in things.items() if inspect.isclass(thing) and issubclass(thing, Exception)}
    met: set[str] = set()
    new = tree | set(ENTRANCES.split())
    while new:
        met |= new
        classes = {name for name, thing in things.items() if inspect.isclass(thing)}
        new = {word for name in new for word in named_in(things[name])} & classes - met
    assert met == set(rc_nb_helpers.__all__)


PROGRAM = """
from rc_nb_helpers import (
    AccessDenied, Answer, ApiError, Environment, LoginAttempt, LoginPanel, LogoutOutcome, LogoutPanel, Person,
    Session, TestPanel, TokenStatus, load_environment,
)

environment: Environment = load_environment("practice")
session = Session(environment)
panels = [LoginPanel(session), TestPanel(session), LogoutPanel(session)]


def log_in() -> str:
    attempt: LoginAttempt = session.begin_login(prompt="login")
    try:
        attempt.wait(timeout=60)
    except AccessDenied as error:
        return error.cure
    return attempt.state


def name() -> str:
    person: Person | None = session.person
    return person.name if person else ""


def call() -> int | None:
    try:
        answer: Answer = session.call("GET", "/restapi/v1.0/account/~")
    except ApiError as error:
        return error.retry_after
    return answer.status


async def wait() -> TokenStatus | None:
    await session.until_logged_in()
    return session.token_status


outcome: LogoutOutcome = session.logout()
"""
MISTAKES = """
from rc_nb_helpers import Session, load_environment

session = Session("practice")
if session.begin_login().state == "finished":
    print(session.person.name)
session.no_such_method()
"""


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_program_of_somebody_else_is_checked_against_our_types(tmp_path, checker):
    """As after an installation: the package alone, far from this checkout and its settings."""
    packages = tmp_path / "site-packages"
    shutil.copytree(PACKAGE, packages / "rc_nb_helpers", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "mistakes.py").write_text(MISTAKES, "utf-8")
    (tmp_path / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "basic", "include": ["*.py"], "extraPaths": [str(packages)]})
    )
    command = {
        "mypy": ["mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache")],
        "pyright": ["pyright", "--pythonpath", sys.executable],
    }[checker]
    files = [str(tmp_path / "program.py"), str(tmp_path / "mistakes.py")]
    done = subprocess.run(
        [sys.executable, "-m", *command, *files],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(packages)},
        capture_output=True,
        text=True,
        timeout=150,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "mistakes.py" in said
    assert "program.py" not in said
    # All names have types; none is Any, with which everything would pass.
    for word in ("Environment", "finished" if checker == "mypy" else "Literal", "name", "no_such_method"):
        assert word in said


def test_version_is_said_once():
    version = rc_nb_helpers.__version__
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in project
    for path in (ROOT / "pyproject.toml", *(each for each in PACKAGE.rglob("*.py") if "practice" not in each.parts)):
        found = path.read_text("utf-8").count(f'"{version}"')
        assert found == (path == PACKAGE / "__init__.py"), path
    assert f"rc-nb-helpers/{version}" in user_agent()


def user_agent() -> str:
    environment = rc_nb_helpers.Environment(
        name="x", server_url="https://x.example", client_id="x", redirect_uri="http://localhost:5000/x"
    )
    request = rc_nb_helpers.Platform(environment).inflate_request(requests.Request("GET", "/x"), skip_auth_check=True)
    return f"{request.headers}"


def test_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        rc_nb_helpers.no_such_name  # noqa: B018


def signature(function: object) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]  # type: ignore[arg-type]


def test_signatures_are_as_promised():
    promised = ["name", "server_url", "client_id", "client_secret", "redirect_uri"]
    assert signature(rc_nb_helpers.Environment)[:5] == promised
    assert signature(rc_nb_helpers.load_environment)[0] == "name"
    assert signature(Session) == ["environment", "storage"]
    assert signature(Session.get) == ["path", "query"]
    assert signature(Session.post) == ["path", "body"]
    assert signature(Session.use) == ["environment"]
    assert signature(Session.until_logged_in) == ["timeout"]
    assert inspect.iscoroutinefunction(Session.until_logged_in)
    assert signature(Session.refresh) == signature(Session.logout) == []
    for required in inspect.signature(Session.begin_login).parameters.values():
        assert required.name == "self" or required.default is not inspect.Parameter.empty
    attempt = rc_nb_helpers.LoginAttempt
    assert signature(attempt.submit) == ["callback_url"]
    assert signature(attempt.wait) == ["timeout"]
    assert signature(attempt.cancel) == []
    for panel in (rc_nb_helpers.LoginPanel, rc_nb_helpers.LogoutPanel):
        assert signature(panel.__init__) == ["session"]
    assert signature(rc_nb_helpers.TestPanel.__init__) == ["session", "calls", "writes"]
    assert all(isinstance(getattr(Session, name), property) for name in ("logged_in", "platform", "environment"))


def test_errors_are_one_tree():
    for name in ("AccessDenied", "CodeRejected", "LoginTimeout", "LoginCancelled", "PortInUse"):
        assert issubclass(getattr(errors, name), errors.LoginError)
    for name in ("ConfigurationError", "LoginError", "NotLoggedIn", "ApiError", "PlatformUnreachable"):
        assert issubclass(getattr(errors, name), errors.RingCentralError)
    error = errors.ApiError(status=404, code="CMN-102", message="Not found")
    assert (error.status, error.code, error.message) == (404, "CMN-102", "Not found")
    assert error.explanation


def test_test_panel_is_not_taken_for_a_test():
    assert rc_nb_helpers.TestPanel.__test__ is False


# --- documentation and installation


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for label, thing in vars(module).items():
        if label.startswith("_") or getattr(thing, "__module__", "") != name:
            continue
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, label
        if inspect.isclass(thing):
            for inner, member in vars(thing).items():
                if not inner.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                    assert inspect.getdoc(getattr(thing, inner)), f"{label}.{inner}"


def test_everything_that_is_not_python_is_installed_too():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (patterns,) = re.findall(r"^rc_nb_helpers = (\[.*?\])", text, re.MULTILINE | re.DOTALL)
    for path in PACKAGE.rglob("*"):
        name = path.relative_to(PACKAGE).as_posix()
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in name:
            assert any(fnmatch.fnmatch(name, pattern) for pattern in ast.literal_eval(patterns)), name
