"""A real Jupyter server with our extension, switched on as tutorial.py switches it on."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import requests

from .conftest import SOON, eventually, free_port, is_free

ROOT = Path(__file__).parents[1]
TOKEN = "token-of-the-jupyter-server"
BASE = "/user/ada/"
TELL = """
import json, os, sys
with open(sys.argv[1] + ".part", "w") as file:
    json.dump({name: value for name, value in os.environ.items() if name.startswith("RC_CALLBACK_")}, file)
os.replace(file.name, sys.argv[1])
"""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: Its port.
        log: Everything that it writes, at DEBUG.
        variables: What it tells its kernels about callbacks, as a kernel of it says.
        sockets: The folder of the private sockets.
    """

    port: int
    log: Path
    variables: dict[str, str]

    @property
    def sockets(self) -> Path:
        return Path(self.variables["RC_CALLBACK_SOCKETS"])

    @property
    def redirect_uri(self) -> str:
        return f"http://localhost:{self.port}{BASE}rc-callback/"


@contextlib.contextmanager
def jupyter_server(folder: Path) -> Iterator[Server]:
    """Run a server, and one kernel that tells what it has inherited.

    Args:
        folder: An empty folder, or none yet, for all that the server writes.
    """
    folder.mkdir(exist_ok=True)
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RC_", "JUPYTER"))}
    environment = kept | {
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = [*(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1")]
    command += [f"--port={port}", f"--ServerApp.base_url={BASE}", f"--IdentityProvider.token={TOKEN}", "--debug"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen([*command, f"--ServerApp.root_dir={folder}"], env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: not is_free(port) or server.poll() is not None)
        yield Server(port, folder / "server.log", told_to_kernels(port, folder))
    finally:
        server.terminate()
        try:
            server.wait(timeout=SOON)
        except subprocess.TimeoutExpired:  # tests/machines looks at how servers end
            server.kill()
            server.wait()


def told_to_kernels(port: int, folder: Path) -> dict[str, str]:
    """What a kernel inherits about callbacks: one that writes it down, and ends."""
    told = folder / "told.json"
    kernelspec = folder / "data" / "kernels" / "telling"
    kernelspec.mkdir(parents=True)
    program = [sys.executable, "-c", TELL, str(told), "{connection_file}"]
    (kernelspec / "kernel.json").write_text(
        json.dumps({"argv": program, "display_name": "telling", "language": "python"})
    )
    kernels = f"http://localhost:{port}{BASE}api/kernels"
    asked = requests.post(kernels, json={"name": "telling"}, headers={"Authorization": f"token {TOKEN}"}, timeout=SOON)
    assert asked.ok, asked.text
    eventually(told.exists)
    variables: dict[str, str] = json.loads(told.read_text())
    return variables


class ByHand(BaseHTTPRequestHandler):
    """As notebook 03 writes it; its page shows the address, which a careful one would not."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Security-Policy", "script-src *")
        self.end_headers()
        self.wfile.write(f"Thank you for {self.path}".encode())

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def by_hand(server: Server) -> Iterator[None]:
    """A server written by hand, where this server tells its kernels to listen."""
    with HTTPServer(("127.0.0.1", int(server.variables["RC_CALLBACK_PORT"])), ByHand) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            listening.shutdown()
            thread.join()
