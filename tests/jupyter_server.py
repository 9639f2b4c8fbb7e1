"""A real Jupyter server with our extension, switched on as tutorial.py switches it on."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from jupyter_client import BlockingKernelClient

from .conftest import SOON, eventually, free_port, is_free

ROOT = Path(__file__).parents[1]
TOKEN = "token-of-the-jupyter-server"
BASE = "/user/ada/"
TELL = "import os, json; print(json.dumps({n: v for n, v in os.environ.items() if n.startswith('RC_CALLBACK_')}))"


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
        folder: An empty folder, for all that the server writes.
    """
    port, runtime = free_port(), folder / "runtime"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RC_", "JUPYTER"))}
    environment = kept | {
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
    }
    command = [*(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1")]
    command += [f"--port={port}", f"--ServerApp.base_url={BASE}", f"--IdentityProvider.token={TOKEN}", "--debug"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen([*command, f"--ServerApp.root_dir={folder}"], env=environment, stdout=log, stderr=log)
    try:
        eventually(lambda: not is_free(port) or server.poll() is not None)
        yield Server(port, folder / "server.log", json.loads(said_by_a_kernel(port, runtime)))
    finally:
        server.terminate()
        server.wait(timeout=SOON)


def said_by_a_kernel(port: int, runtime: Path) -> str:
    """Start a kernel, let it print its variables, and end it."""
    kernels = f"http://localhost:{port}{BASE}api/kernels"
    headers = {"Authorization": f"token {TOKEN}"}
    number = requests.post(kernels, json={}, headers=headers, timeout=SOON).json()["id"]
    client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{number}.json"))
    client.load_connection_file()
    client.start_channels()
    said: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            said.append(message["content"]["text"])

    try:
        client.wait_for_ready(timeout=SOON)
        client.execute_interactive(TELL, timeout=SOON, output_hook=hear)
    finally:
        client.stop_channels()
        requests.delete(f"{kernels}/{number}", headers=headers, timeout=SOON)
    return "".join(said)
