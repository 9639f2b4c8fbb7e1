"""Every notebook runs from a fresh kernel to its end without anybody.

With the autopilot, nbval runs them, and tests/tables/secret_search.py, which looks for the answers to the guesses too.
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.redirection_endpoint import PATH_VARIABLE, PORT_VARIABLE, SOCKETS_VARIABLE
from tests.conftest import free_port
from tools.clean_room import notebook_environment
from tools.my_notebooks import COURSE, notebook_files
from tools.places import ROOT
from tools.run_notebook import run_notebook

CELL_SECONDS = 60
NOBODY_SECONDS = 120  # for a whole notebook: nobody signs in, and still nothing waits for ever

pytestmark = pytest.mark.slow


@pytest.mark.skipif(sys.platform == "win32", reason="needs sockets in the file system")
@pytest.mark.parametrize("name", ["03-catch-the-answer", "07-whole-app"])
def test_behind_a_server_that_passes_answers_on(tmp_path, name):
    """Servers that are written by hand wait at the server's port for them, and panels at sockets of their own."""
    (notebook,) = [each for each in notebook_files() if each.stem == name]
    with (
        tempfile.TemporaryDirectory() as sockets,
        PracticePlatform(redirect_uris=["https://hub.example/user/ada/rc-callback/"]) as practice,
    ):
        around = {PATH_VARIABLE: "/user/ada/rc-callback/", SOCKETS_VARIABLE: sockets, PORT_VARIABLE: str(free_port())}
        environment = notebook_environment(tmp_path) | around | {"RC_PRACTICE_URL": practice.server_url}
        ran = run_notebook(notebook, environment, CELL_SECONDS)
    shown = [output.get("text", "") for cell in ran.cells for output in cell.get("outputs", ())]
    came = "It is for us: True\n" if name.startswith("03") else "Login success\n"
    assert any(came in text for text in shown)


def test_who_did_not_sign_in_gets_nothing_of_whoever_did(tmp_path):
    """In notebook 05 alex signs in, and then sam does not. Nothing of what alex may do is told of sam."""
    node = nbformat.read(ROOT / COURSE / "05-call-and-log-out.ipynb", as_version=4)
    last = next(number for number, cell in enumerate(node.cells) if "in ENDPOINTS:" in cell.source)
    node.cells = node.cells[: last + 1]
    (link,) = [cell for cell in node.cells if '"sam")' in cell.source]
    link.source = link.source.partition("open_in_browser(")[0]
    notebook = tmp_path / "05.ipynb"
    nbformat.write(node, notebook)
    with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}/oauth2callback"]) as practice:
        environment = notebook_environment(tmp_path) | {"RC_PRACTICE_URL": practice.server_url}
        ran = run_notebook(notebook, environment, CELL_SECONDS)
    alex, sam = [cell.outputs[0]["text"] for cell in ran.cells if "wait()" in cell.source]
    assert alex == "Login success\n"
    assert "allowed" not in sam
    assert sam.count("Not logged in.") == 3


def test_with_nobody(tmp_path):
    """All at once, each with a port of its own: mostly they wait."""

    def seconds(notebook):
        folder = tmp_path / notebook.stem
        folder.mkdir()
        begun = time.monotonic()
        with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}/oauth2callback"]) as practice:
            environment = notebook_environment(folder, autopilot=False) | {"RC_PRACTICE_URL": practice.server_url}
            run_notebook(notebook, environment, CELL_SECONDS)
        return time.monotonic() - begun

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(seconds, notebook_files())) < NOBODY_SECONDS
