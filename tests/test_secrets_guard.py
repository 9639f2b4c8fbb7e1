"""The secrets guard, on small git repositories of its own, and on this one."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import secrets_guard

ROOT = Path(__file__).resolve().parent.parent
SECRET = "Kd93jfKq02mfLs9X1pQz7"
BLANK = "RC_CLIENT_ID=\nRC_CLIENT_SECRET=\nRC_SERVER_URL=https://platform.ringcentral.com\n"
FILLED = BLANK.replace("SECRET=", f"SECRET={SECRET}")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository with a blank template, and the person's git settings out of the way."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.com")
    git(tmp_path, "init", "-q")
    stage(tmp_path, ".env-production", BLANK)
    return tmp_path


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def stage(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert git(folder, "add", "-f", name).returncode == 0


def notebook(text, **metadata):
    output = {"output_type": "stream", "name": "stdout", "text": ["before\n", text]}
    cell = {"cell_type": "code", "metadata": {}, "source": [], "outputs": [output], "execution_count": 1}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}, indent=1)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone: git keeps nothing here")
def test_this_repository_is_clean():
    assert secrets_guard.look(ROOT) == []


def test_blank_templates_pass(repository):
    assert secrets_guard.look(repository) == []


def test_a_filled_in_file_that_is_not_staged_passes(repository):
    (repository / ".env-production").write_text(FILLED, encoding="utf-8")
    assert secrets_guard.look(repository) == []


@pytest.mark.parametrize("name", [".env-production", ".env-sandbox", "copy/.env-mine"])
@pytest.mark.parametrize(
    "line",
    [
        "RC_CLIENT_SECRET={}",
        "\ufeffRC_CLIENT_ID = '{}'",
        "export RC_CLIENT_ID={} # x",
        "RC_PRODUCTION_CLIENT_SECRET={}",
    ],
)
def test_a_staged_credential(repository, name, line):
    stage(repository, name, "# mine\n" + line.format(SECRET))
    (finding,) = secrets_guard.look(repository)
    assert (finding.path, finding.line) == (name, 2)
    assert "filled in" in finding.what
    assert "git restore --staged" in finding.cure


@pytest.mark.parametrize("name", [".env-practice", ".practice/apps.json", "notebooks/.practice/apps.json"])
def test_what_belongs_to_one_learner(repository, name):
    stage(repository, name, "{}")
    (finding,) = secrets_guard.look(repository)
    assert finding.path == name
    assert "git rm --cached" in finding.cure


def test_the_learners_own_secret_in_any_file(repository):
    (repository / ".env-production").write_text(FILLED, encoding="utf-8")
    stage(repository, "src/app.py", f"# one\nsecret = '{SECRET}'\n")
    (finding,) = secrets_guard.look(repository)
    assert (finding.path, finding.line) == ("src/app.py", 2)
    assert "RC_CLIENT_SECRET in line 2 of .env-production" in finding.what


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token": "{SECRET}"}}',
        f"{{'refresh_token': '{SECRET}'}}",
        f"client_secret = '{SECRET}'",
        f"code_verifier={SECRET}",
        f"grant_type=refresh_token&refresh_token={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {SECRET}==",
        f"http://localhost:5000/oauth2callback?code={SECRET}&state=abc",
        f"https://server.example/restapi/oauth/authorize?client_id=abc&amp;state={SECRET}",
        f"os.environ['RC_CLIENT_SECRET'] = '{SECRET}'",
        f"%env RC_PRODUCTION_CLIENT_SECRET={SECRET}",
        f"token = '{SECRET}'",
        f"{{&quot;id_token&quot;: &quot;{SECRET}&quot;}}",
        f"next=http%3A%2F%2Flocalhost%2Fcb%3Fcode%3D{SECRET}",
        f"\x1b[31maccess_token\x1b[0m='{SECRET}'",
        "U0pDMDFQMTFQQVMwMHxBQUJ5Z1dtcHpxQ1Zr",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJl",
    ],
)
def test_tokens_and_codes(repository, text):
    stage(repository, "notebooks/01.ipynb", notebook(text))
    stage(repository, "README.md", f"one\n\n{text}\n")
    readme, in_notebook = secrets_guard.look(repository)
    assert (readme.path, readme.line) == ("README.md", 3)
    assert in_notebook.path == "notebooks/01.ipynb"
    assert "before" in (repository / in_notebook.path).read_text().splitlines()[in_notebook.line - 2]
    assert SECRET not in f"{readme}{in_notebook}"


@pytest.mark.parametrize(
    "text",
    [
        "access_token, refresh_token and client_secret are secrets",
        "client_secret=environment.client_secret, code_verifier=attempt.code_verifier",
        "Authorization: Basic base64(client_id:client_secret)",
        "Authorization: Bearer <the access token you were given>",
        '"access_token": "U0pDMDFQMTFQ…", "refresh_token": "••••••••••••••••••••"',
        "access_token=xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "http://localhost:5000/oauth2callback?code=…&state=…",
        "?code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'",
    ],
)
def test_what_only_looks_like_a_secret_passes(repository, text):
    stage(repository, "notebooks/01.ipynb", notebook(text))
    stage(repository, "README.md", text)
    assert secrets_guard.look(repository) == []


def test_a_filled_in_file_that_was_renamed_or_is_blank_again(repository):
    stage(repository, "config.txt", FILLED)
    assert {finding.path for finding in secrets_guard.look(repository)} == {"config.txt"}


def test_a_filled_in_file_as_windows_saves_it(repository):
    (repository / ".env-production").write_bytes(FILLED.encode("utf-16"))
    stage(repository, "app.py", f"secret = '{SECRET}'")
    assert git(repository, "add", ".env-production").returncode == 0
    assert {finding.path for finding in secrets_guard.look(repository)} == {".env-production", "app.py"}


def test_a_folder_that_is_named_like_a_file(repository):
    (repository / ".env-old").mkdir()
    assert secrets_guard.look(repository) == []


@pytest.mark.skipif(sys.platform != "linux", reason="macOS and Windows allow no such names")
def test_a_name_that_is_no_text(repository):
    with open(os.fsencode(repository) + b"/\xff.txt", "w") as file:
        file.write("x")
    assert git(repository, "add", ".").returncode == 0
    assert secrets_guard.look(repository) == []


def test_a_token_that_a_cell_just_shows(repository):
    stage(repository, "notebooks/01.ipynb", notebook("'kZ3vQ8xT1mN7cR5yB2pL9wH4dF6gJ0sA1eU8iO3qXzY'"))
    assert len(secrets_guard.look(repository)) == 1
    stage(
        repository,
        "notebooks/01.ipynb",
        notebook("commit 3f786850e387550fdab836ed7e6dc881de23001b " + "iVBOR/w0K" * 99),
    )
    assert secrets_guard.look(repository) == []


def test_a_long_output_holds_up_no_commit(repository):
    stage(repository, "notebooks/01.ipynb", notebook("0123456789abcdef" * 20_000))
    begun = time.process_time()
    assert secrets_guard.look(repository) == []
    assert time.process_time() - begun < 5  # it was minutes


def test_widget_state(repository):
    state = {secrets_guard.WIDGET_STATE: {"state": {}}}
    stage(repository, "notebooks/01.ipynb", notebook("x", widgets=state))
    (finding,) = secrets_guard.look(repository)
    assert secrets_guard.WIDGET_STATE in (repository / finding.path).read_text().splitlines()[finding.line - 1]


def test_names_beyond_ascii_and_binary_files(repository):
    (repository / "größe.bin").write_bytes(b"\x00\xff\n" * 3)
    stage(repository, "leer.md", "")
    assert git(repository, "add", "größe.bin").returncode == 0
    assert secrets_guard.look(repository) == []


# --- As a command and as a hook ---------------------------------------------------------------------


def run_guard(folder):
    command = [sys.executable, str(ROOT / "tools" / "secrets_guard.py")]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def test_the_command(repository):
    assert run_guard(repository).returncode == 0
    stage(repository, ".env-production", FILLED)
    found = run_guard(repository)
    assert found.returncode == 1
    assert ".env-production, line 2" in found.stderr
    assert SECRET not in found.stderr


def test_outside_of_a_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    outside = run_guard(tmp_path)
    assert outside.returncode == 2
    assert "Traceback" not in outside.stderr


def test_the_hook_stops_a_commit(repository):
    shutil.copytree(ROOT / "tools", repository / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    git(repository, "config", "core.hooksPath", "tools/hooks")
    assert git(repository, "commit", "-qm", "blank").returncode == 0
    stage(repository, ".env-production", FILLED)
    stopped = git(repository, "commit", "-qm", "filled in")
    assert stopped.returncode == 1
    assert ".env-production, line 2" in stopped.stderr
    assert git(repository, "log", "--oneline").stdout.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="on Windows, sh comes with git and finds python by itself")
def test_the_hook_without_a_python_stops_and_says_what_to_do(tmp_path):
    hook = str(ROOT / "tools" / "hooks" / "pre-commit")
    stopped = subprocess.run(
        ["/bin/sh", hook], cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert stopped.returncode == 1
    assert "git commit --no-verify" in stopped.stderr
