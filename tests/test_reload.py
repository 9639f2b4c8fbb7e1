"""The package loaded anew while a login is pending, as ``importlib.reload`` and IPython's autoreload do it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import free_port

PROGRAM = """
import importlib, os, sys, threading, time
from rc_nb_helpers import LoginPanel, Session, load_environment
session = Session(load_environment("practice"))
panel = LoginPanel(session)
attempt = session.begin_login(timeout=1)
names = sorted(name for name in sys.modules if name.startswith("rc_nb_helpers") and ".practice" not in name)
for name in names:
    if sys.argv[1] == "reload":
        importlib.reload(sys.modules[name])
    elif sys.argv[1] == "autoreload":
        from IPython.extensions.autoreload import superreload
        superreload(sys.modules[name])
    else:
        del sys.modules[name]
panel._on_message(panel, {"ask": "details", "page": "1"}, [])
panel._on_message(panel, {"press": "cancel"}, [])
print(session.logged_in)
from rc_nb_helpers import Session, load_environment
until = time.monotonic() + 10
while attempt.state != "ended" and time.monotonic() < until:
    time.sleep(0.05)
time.sleep(1)
second = Session(load_environment("practice")).begin_login(timeout=0.2)
try:
    second.wait(timeout=60)
except Exception as error:
    print(type(error).__name__)
print(attempt.state, second.state, flush=True)
"""

# What autoreload does to a module, with the login's time ending in the middle of it.
EMPTIED = """
import sys, threading
from rc_nb_helpers import Session, load_environment
attempt = Session(load_environment("practice")).begin_login(timeout=0.2)
emptied = [vars(sys.modules[f"rc_nb_helpers.{name}"]) for name in ("attempt", "environments", "errors")]
former = [dict(names) for names in emptied]
for names in emptied:
    names.clear()
threading.Event().wait(0.6)
for names, values in zip(emptied, former):
    names.update(values)
try:
    attempt.wait(timeout=60)
except Exception as error:
    print(type(error).__name__)
print(attempt.state)
"""


@pytest.mark.parametrize("how", ["reload", "autoreload", "forgotten and imported anew"])
def test_no_thread_ends_in_a_traceback(how, tmp_path):
    said = _run(PROGRAM, how, folder=tmp_path)
    assert "Traceback" not in said.stderr
    assert said.stdout.split() == ["False", "LoginTimeout", "ended", "ended"]


def test_a_login_ends_in_time_whatever_is_being_loaded_anew(tmp_path):
    said = _run(EMPTIED, folder=tmp_path)
    assert said.stderr == ""
    assert said.stdout.split() == ["LoginTimeout", "ended"]


def _run(program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    port = free_port()
    environment = os.environ | {
        "RC_ENV_DIRECTORY": str(folder),
        "RC_PRACTICE_REDIRECT_URL": f"http://localhost:{port}/oauth2callback",
        "PYTHONFAULTHANDLER": "",
    }
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
