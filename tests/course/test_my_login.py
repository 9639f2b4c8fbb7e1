"""The program of the course, from its link to its logout, over a real practice platform."""

from __future__ import annotations

import ast
import importlib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rc_nb_helpers import Environment
from rc_nb_helpers.course.program import FILE, OURS, load_my_login, program_text
from tests.conftest import CALLBACK_PATH, SOON, ask, bring, environment_of, is_free, parameters

ROOT = Path(__file__).parents[2]


@pytest.fixture
def program(tmp_path, monkeypatch):
    """The program, as a notebook gets it that has no file beside it."""
    monkeypatch.chdir(tmp_path)
    return load_my_login()


@pytest.fixture
def environment(practice):
    return environment_of(practice)


@pytest.fixture
def begun(program, environment):
    """A listener that waits, and the link of its login."""
    listener = program.listen(environment.listen_address, program.new_state(), SOON)
    yield listener, program.login_link(environment, listener.state, "v" * 43)
    listener.stop()


def test_a_login_from_its_link_to_its_logout(program, environment, browser, begun):
    listener, link = begun
    platform = program.new_platform(environment)
    page = bring(browser.answer_of(link))
    assert (page.status, page.text) == (200, "The answer has come. Go back to the notebook: it goes on there.")
    answer = listener.wait(SOON)
    assert is_free(environment.listen_address[1])
    assert program.oauth2callback(platform, answer, "v" * 43, environment.redirect_uri) == "Login success"
    assert {type(program.test(platform, api)) for api in program.ENDPOINTS} == {list}
    copy = platform.auth().data()
    assert program.logout(platform) == "Logged out."
    assert program.logout(platform) == "Nobody is logged in."
    platform.auth().set_data(copy)
    assert program.test(platform, "extension").startswith("OAU-")  # the copy is dead, too


def test_a_code_that_comes_twice_is_told_of_in_the_servers_words(program, environment, browser, begun):
    listener, link = begun
    bring(browser.answer_of(link))
    trade = (program.new_platform(environment), listener.wait(SOON), "v" * 43, environment.redirect_uri)
    assert program.oauth2callback(*trade) == "Login success"
    assert program.oauth2callback(*trade) == "OAU-106: Invalid authorization code"


def test_the_servers_words_break_between_words(program):
    """As a cell shows them. These are the longest that the course meets."""
    words = "In order to call this API endpoint, user needs to have [FullCompanyCallLog] permission for "
    words += "requested resource."
    answer = SimpleNamespace(json=lambda: {"errors": [{"errorCode": "CMN-408", "message": words}]})
    error = SimpleNamespace(api_response=lambda: SimpleNamespace(response=lambda: answer))
    said = program.explain(error)
    assert said.replace("\n  ", " ") == f"CMN-408: {words}"
    assert max(map(len, said.splitlines())) <= 90


def test_page_says_what_happened_after_a_denial(program, environment, browser, begun):
    listener, link = begun
    assert bring(browser.answer_of(link, "deny")).text.startswith("You are not logged in.")
    said = program.oauth2callback(None, listener.wait(SOON), "", environment.redirect_uri)
    assert said == "Refused: access_denied"


@pytest.mark.parametrize(
    "target", ["/favicon.ico", "/?x=1", "/?code=c&state=", "/?code=c&state=guessed", "/?state=%C3%A9"]
)
def test_whoever_else_comes_is_no_answer(program, environment, begun, target):
    listener, _ = begun
    page = ask(environment.listen_address[1], target)
    assert (page.status, page.text) == (404, "This is not the answer that the notebook waits for.")
    assert not listener.answer
    assert listener.thread.is_alive()


def test_silent_connections_hold_nobody_up(environment, begun):
    listener, _ = begun
    silent = [socket.create_connection(("127.0.0.1", environment.listen_address[1])) for _ in range(5)]
    start = time.monotonic()
    assert ask(environment.listen_address[1], f"{CALLBACK_PATH}?code=c&state={listener.state}").status == 200
    assert listener.wait(SOON)["code"] == "c"
    assert time.monotonic() - start < 1.5  # they would be waited for two seconds
    for connection in silent:
        connection.close()


def test_port_comes_back_when_the_time_is_over(program, environment):
    listener = program.listen(environment.listen_address, "s", 0.1)
    assert listener.wait(SOON) == {}
    assert is_free(environment.listen_address[1])


def test_a_second_login_takes_the_port_of_the_first(program, environment, begun):
    first, _ = begun
    second = program.listen(environment.listen_address, "s", SOON)
    assert not first.thread.is_alive()
    second.stop()


def test_a_taken_port_is_told_in_the_systems_words(program, environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", environment.listen_address[1]))
        other.listen()
        with pytest.raises(OSError, match=f"port {environment.listen_address[1]}: Address already in use"):
            program.listen(environment.listen_address, "s")


def test_interrupted_wait_gives_the_port_back(program, environment, monkeypatch):
    listener = program.listen(environment.listen_address, "s", SOON)
    join = listener.thread.join

    def interrupted(timeout=None):
        monkeypatch.setattr(listener.thread, "join", join)
        raise KeyboardInterrupt

    monkeypatch.setattr(listener.thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        listener.wait()
    assert is_free(environment.listen_address[1])


def test_runs_in_a_notebook(program, environment, browser, capsys):
    def visit(link):
        threading.Thread(target=lambda: bring(browser.answer_of(link)), daemon=True).start()

    program.main(environment, show=visit, seconds=SOON)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Login success"
    assert "Alex Rivera" in said[1]
    assert said[-1] == "Logged out."


def test_runs_as_a_program_of_its_own(practice, browser, tmp_path):
    (tmp_path / FILE).write_text(program_text(), "utf-8")
    variables = {"RC_PRACTICE_URL": practice.server_url, "PYTHONPATH": str(ROOT), "RC_ENV_DIRECTORY": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, FILE, "practice"], cwd=tmp_path, env=variables, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline() == "Open this link in your browser:\n"
        bring(browser.answer_of(running.stdout.readline().strip()))
        rest = running.stdout.read().splitlines()
    assert (rest[0], rest[-1], running.returncode) == ("Login success", "Logged out.", 0)


def test_the_environment_that_is_chosen_reaches_every_function(program):
    """Nothing is kept in the module: what is chosen in a notebook cannot be another one in a function."""
    production = Environment(
        name="production", server_url="https://x.example", client_id="id", redirect_uri="http://localhost:1/x"
    )
    link = program.login_link(production, "s", "v" * 43)
    assert link.startswith("https://x.example/restapi/oauth/authorize?")
    assert parameters(link)["redirect_uri"] == "http://localhost:1/x"
    assert program.new_platform(production).create_url("/account", add_server=True).startswith("https://x.example/")
    tree = ast.parse(program_text())
    kept = [node for node in tree.body if isinstance(node, ast.Assign)]
    assert [ast.unparse(node.targets[0]) for node in kept] == ["ENDPOINTS"]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]


def test_file_beside_the_notebooks_is_what_the_sources_make():
    assert (ROOT / "notebooks" / FILE).read_text("utf-8") == program_text(), "python3 tutorial.py outputs"


def test_notebook_gets_the_file_beside_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text("def new_state():\n    return 'mine'\n", "utf-8")
    assert importlib.import_module("rc_nb_helpers.course").my_login.new_state() == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nsecret-word(\n", "SyntaxError in line 2 of the file"),
        ("x = 1\nraise ValueError('secret-word')\n", "ValueError in line 2 of the file"),
        ("x = 1\nraise SystemExit('secret-word')\n", "SystemExit in line 2 of the file"),
    ],
)
def test_file_that_does_not_load_is_told_of_and_ours_goes_on(tmp_path, monkeypatch, capsys, text, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text(text, "utf-8")
    loaded: dict[str, Any] = {}
    exec("from rc_nb_helpers.course import my_login", loaded)  # as a notebook does
    assert loaded["my_login"].__file__ == OURS
    out = capsys.readouterr().out
    assert out.count(said) == 1
    assert "secret-word" not in out


def test_helpers_do_not_load_the_course():
    code = "import sys, rc_nb_helpers; from rc_nb_helpers import Session, LoginPanel\n"
    code += "assert not [name for name in sys.modules if name.startswith('rc_nb_helpers.course')]"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)
