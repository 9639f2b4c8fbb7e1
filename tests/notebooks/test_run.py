"""Every notebook runs from a fresh kernel to its end without anybody.

With the autopilot, nbval runs them, and tests/tables/secret_search.py, which looks for the answers to the guesses too.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rc_nb_helpers.practice import PracticePlatform
from tests.conftest import free_port
from tools.clean_room import notebook_environment
from tools.my_notebooks import notebook_files
from tools.run_notebook import run_notebook

CELL_SECONDS = 60
NOBODY_SECONDS = 90  # for a whole notebook: nobody signs in, and still nothing waits for ever

pytestmark = pytest.mark.slow


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
