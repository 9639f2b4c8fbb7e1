"""The private sockets: which folder they are in, and that nothing is connected to but what is this user's alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc_nb_helpers import private_socket
from rc_nb_helpers.socket_folder import connection_to, folder_in, places

from .conftest import SOON

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets in Python")
as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can be two users")
NEIGHBOUR = 65534
LISTEN = f"""
import os, socket, sys
os.setuid({NEIGHBOUR})
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind(sys.argv[1])
    listening.listen()
    print("listens", flush=True)
    listening.accept()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder with a short path; pytest's own may be too deep for sockets."""
    with tempfile.TemporaryDirectory(prefix="sockets-") as name:
        yield Path(name)


def waiting(path: Path) -> socket.socket:
    """A socket at which somebody waits, as a kernel opens it."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen()
    return listening


def test_the_first_place_that_will_do_is_taken(folder, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "session"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    runtime = folder / ("deep" * 25)
    first, second, third = places(runtime)
    assert folder_in([first, second, third]) == second == folder / "session" / "rc-callback"
    assert first.parent == runtime
    assert third == folder / "tmp" / f"rc-callback-{os.geteuid()}"
    assert second.stat().st_mode & 0o777 == 0o700
    assert list(second.iterdir()) == []
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert list(places(runtime)) == [first, third]


def test_a_folder_that_is_not_private_is_not_taken(folder):
    open_to_all, link, good = folder / "open", folder / "link", folder / "good"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    good.mkdir(0o700)
    link.symlink_to(good)
    assert folder_in([open_to_all, link]) is None
    assert folder_in([open_to_all, link, good]) == good


@as_root
def test_a_neighbours_folder_is_not_taken(folder):
    theirs = folder / "theirs"
    theirs.mkdir(0o700)
    os.chown(theirs, NEIGHBOUR, NEIGHBOUR)
    assert folder_in([theirs]) is None


def test_a_folder_that_carries_no_sockets_is_not_taken(folder, monkeypatch):
    def bind(*_: object) -> None:
        raise OSError(95, "Operation not supported")  # as on some network drives

    monkeypatch.setattr(socket.socket, "bind", bind)
    assert folder_in([folder / "x"]) is None


def test_what_dead_kernels_have_left_is_cleared(folder, monkeypatch):
    monkeypatch.setattr(private_socket, "STALE_SECONDS", -1)
    waiting(folder / "dead").close()
    with waiting(folder / "alive"):
        assert folder_in([folder]) == folder
        assert [path.name for path in folder.iterdir()] == ["alive"]


def test_a_connection_reaches_whoever_waits(folder):
    with waiting(folder / "x") as listening, connection_to(folder / "x") as connection:
        connection.sendall(b"hello")
        assert listening.accept()[0].recv(5) == b"hello"


def test_a_dead_socket_is_removed(folder):
    waiting(folder / "x").close()
    with pytest.raises(ConnectionRefusedError):
        connection_to(folder / "x")
    with pytest.raises(FileNotFoundError):
        connection_to(folder / "x")


def test_with_no_room_for_one_more_nobody_waits_for_ever(folder):
    with waiting(folder / "x") as listening:
        listening.listen(0)
        opened = [connection_to(folder / "x")]
        with pytest.raises(BlockingIOError):
            opened += [connection_to(folder / "x") for _ in range(5000)]
        for each in opened:
            each.close()


@pytest.mark.parametrize("case", ["link", "file", "open to others", pytest.param("neighbour's", marks=as_root)])
def test_what_is_not_this_users_alone_is_left_alone(case, folder):
    path = folder / "x"
    with waiting(folder / "genuine"):
        if case == "link":
            path.symlink_to(folder / "genuine")
        elif case == "file":
            path.write_text("x")
        else:
            (folder / "genuine").rename(path)
            if case == "open to others":
                path.chmod(0o660)
            else:
                os.chown(path, NEIGHBOUR, NEIGHBOUR)
        with pytest.raises(PermissionError, match="not this user's private socket"):
            connection_to(path)


@as_root
@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="this system does not tell who answers")
def test_a_neighbour_behind_a_file_of_ours_is_found_out(folder):
    folder.chmod(0o777)
    path = folder / "x"
    command = [sys.executable, "-c", LISTEN, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as neighbour:
        assert neighbour.stdout
        assert neighbour.stdout.readline() == "listens\n"
        os.chown(path, os.geteuid(), os.getegid())
        path.chmod(0o600)
        with pytest.raises(PermissionError, match="another user answers"):
            connection_to(path)
        neighbour.wait(SOON)  # it was connected to, and heard nothing
