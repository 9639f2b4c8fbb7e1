"""The hostile cases through a real Jupyter server with our extension, as through the port."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import FakePlatform
from ..jupyter_server import Server, jupyter_server
from ..tables.hostile_cases import CASES, EVIL, GENUINE, OK, Behind, Case, run

pytestmark = pytest.mark.usefixtures("hostile_cases_may_take_long")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One Jupyter server for all cases; at the end its log is looked at."""
    with tempfile.TemporaryDirectory(prefix="server-") as name, jupyter_server(Path(name)) as server:
        yield server
        written = server.log.read_text()
        assert not [secret for secret in (EVIL, GENUINE) if secret in written]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs sockets in the file system")
@pytest.mark.parametrize(
    "case",
    [case for case in CASES if not (case.port_only or Behind.server_decides.match(case.name))],
    ids=lambda case: case.name,
)
def test_our_extension_of_a_jupyter_server(case: Case, shared_fake: FakePlatform, server: Server) -> None:
    assert run(case, Behind(shared_fake, server), shared_fake) == OK
