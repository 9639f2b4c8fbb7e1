"""A cell of the course that is stopped gives back what it held, and works when it is run again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from rc_nb_helpers.loopback import port_is_free
from rc_nb_helpers.practice import PracticePlatform
from tests.conftest import eventually, free_port
from tools.clean_room import notebook_environment
from tools.my_notebooks import COURSE
from tools.places import ROOT

pytestmark = pytest.mark.slow


def code(name: str) -> dict[str, str]:
    node = nbformat.read(ROOT / COURSE / name, as_version=4)
    return {cell.id: cell.source for cell in node.cells if cell.cell_type == "code"}


def test_a_login_that_waits_in_a_cell_is_stopped_and_run_again(tmp_path):
    cells = code("07-whole-app.ipynb")
    with course_kernel(tmp_path) as (manager, client, uri):
        for name in ("07-names", "07-main"):
            assert client.execute_interactive(cells[name], timeout=60)["content"]["status"] == "ok"
        for _ in range(2):
            client.execute(cells["07-14"], stop_on_error=False)  # or the kernel drops what is sent meanwhile
            eventually(lambda: not port_is_free(uri), within=10)
            time.sleep(0.2)
            manager.interrupt_kernel()
            assert client.get_shell_msg(timeout=60)["content"]["ename"] == "KeyboardInterrupt"
            eventually(lambda: port_is_free(uri), within=5)


def test_the_listener_of_notebook_03_is_started_again_and_ended(tmp_path):
    cells = code("03-catch-the-answer.ipynb")
    with course_kernel(tmp_path) as (_, client, uri):
        for name in ("03-03", "03-for-us", "03-given-words-for", "03-given-callback"):
            assert client.execute_interactive(cells[name], timeout=60)["content"]["status"] == "ok"
        for name, free in (("03-listen", False), ("03-listen", False), ("03-24", True)):
            assert client.execute_interactive(cells[name], timeout=60)["content"]["status"] == "ok"
            assert port_is_free(uri) is free


@contextlib.contextmanager
def course_kernel(folder: Path) -> Iterator[tuple[KernelManager, BlockingKernelClient, str]]:
    """A kernel beside the notebooks, with a platform; and the redirect URI. Nobody signs in."""
    uri = f"http://localhost:{free_port()}/oauth2callback"
    with PracticePlatform(redirect_uris=[uri]) as practice:
        environment = notebook_environment(folder, autopilot=False) | {"RC_PRACTICE_URL": practice.server_url}
        manager, client = start_new_kernel(env=environment, cwd=str(ROOT / COURSE))
        try:
            yield manager, client, uri
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(("system", "shares"), [("nt", False), ("posix", True)])
def test_on_windows_the_listener_shares_no_port(system, shares):
    """SO_REUSEADDR, which ``HTTPServer`` sets, means there that two programs may have the port at once."""
    text = (ROOT / COURSE / "my_login.py").read_text("utf-8")
    (line,) = [line for line in text.splitlines() if "allow_reuse_address" in line]
    space = {"os": type("os", (), {"name": system})}
    exec(line.strip(), space)
    assert space["allow_reuse_address"] is shares
