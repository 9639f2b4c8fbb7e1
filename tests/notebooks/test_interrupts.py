"""A cell of the course that is stopped gives back what it held, and works when it is run again."""

from __future__ import annotations

import time

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

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


def test_the_waiting_cell_of_notebook_03_is_stopped_and_run_again(tmp_path):
    cells = code("03-catch-the-answer.ipynb")
    uri = f"http://localhost:{free_port()}/oauth2callback"
    with PracticePlatform(redirect_uris=[uri]) as practice:
        environment = notebook_environment(tmp_path, autopilot=False) | {"RC_PRACTICE_URL": practice.server_url}
        manager, client = start_new_kernel(env=environment, cwd=str(ROOT / COURSE))
        try:
            for name in ("03-03", "03-06", "03-port"):
                assert client.execute_interactive(cells[name], timeout=60)["content"]["status"] == "ok"
            for _ in range(2):
                client.execute(cells["03-09"], stop_on_error=False)  # or the kernel drops what is sent meanwhile
                eventually(lambda: not port_is_free(uri), within=10)
                time.sleep(0.2)
                manager.interrupt_kernel()
                assert client.get_shell_msg(timeout=60)["content"]["ename"] == "KeyboardInterrupt"
                eventually(lambda: port_is_free(uri), within=5)
            for name in ("03-given-callback", "03-listen", "03-listen"):  # it is simply run again
                client.execute_interactive(cells[name], timeout=60)
                assert port_is_free(uri) is (name != "03-listen")
            client.execute_interactive(cells["03-24"], timeout=60)
            assert port_is_free(uri)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(("system", "shares"), [("nt", False), ("posix", True)])
@pytest.mark.parametrize("made", ["class Server(HTTPServer):", "class Listener(ThreadingHTTPServer):"])
def test_on_windows_a_hand_made_server_shares_no_port(made, system, shares):
    """SO_REUSEADDR, which ``HTTPServer`` sets, means there that two programs may have the port at once."""
    text = code("03-catch-the-answer.ipynb")["03-port"] + (ROOT / COURSE / "my_login.py").read_text("utf-8")
    (line,) = [line for line in text.partition(made)[2].split("def ")[0].splitlines() if "allow_reuse_address" in line]
    space = {"os": type("os", (), {"name": system})}
    exec(line.strip(), space)
    assert space["allow_reuse_address"] is shares
