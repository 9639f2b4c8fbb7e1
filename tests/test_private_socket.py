"""A login whose answer comes in at a private socket, as behind a hub: nobody else reaches it, and nothing stays behind.

What strangers may send to it is in hostile_cases.py.
"""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rc_nb_helpers import LoginAttempt, LoginError, Session, private_socket
from rc_nb_helpers.private_socket import PrivateSocket
from rc_nb_helpers.redirection_endpoint import HUB_USER_VARIABLE, PATH_VARIABLE, SOCKETS_VARIABLE, socket_path

from .conftest import SOON, FakePlatform, Reply, callback, eventually, put_away, scripted_environment, state_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such sockets in Python")
REDIRECT_URI = "https://hub.example/hub/user-redirect/rc-callback/"
PATH = "/user/ada/rc-callback/"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the sockets, with a hub around this kernel; pytest's own is too deep for a socket."""
    with tempfile.TemporaryDirectory() as above:
        monkeypatch.setenv(PATH_VARIABLE, PATH)
        monkeypatch.setenv(SOCKETS_VARIABLE, f"{above}/sockets")
        monkeypatch.setenv(HUB_USER_VARIABLE, "ada")
        yield Path(above) / "sockets"


@pytest.fixture
def sessions(folder: Path, fake: FakePlatform) -> Iterator[tuple[Session, Session]]:
    """Two notebooks' sessions, with one app."""
    environment = scripted_environment(fake, REDIRECT_URI)
    pair = Session(environment), Session(environment)
    yield pair
    for session in pair:
        put_away(session)


class Through(HTTPConnection):
    """A connection through a private socket, as the server extension makes it."""

    def __init__(self, path: Path) -> None:
        super().__init__("hub.example", timeout=SOON)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SOON)
        self.sock.connect(str(self._path))


def place_of(attempt: LoginAttempt, folder: Path) -> Path:
    return socket_path(folder, state_of(attempt))


def pass_on(attempt: LoginAttempt, folder: Path, *, path: str = PATH) -> Reply:
    """Bring a login's answer as the server extension does."""
    connection = Through(place_of(attempt, folder))
    try:
        connection.request("GET", f"{path}?{urlsplit(callback(attempt)).query}")
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read().decode())
    finally:
        connection.close()


def test_several_logins_wait_at_once_behind_one_redirect_uri(sessions, folder):
    attempts = [session.begin_login() for session in sessions]
    assert [attempt.listening for attempt in attempts] == [True, True]
    for attempt, session in reversed(list(zip(attempts, sessions, strict=True))):
        assert (attempt.state, session.logged_in) == ("waiting", False)
        assert (
            pass_on(attempt, folder, path=urlsplit(REDIRECT_URI).path).status == 404
        )  # not the path that arrives here
        assert "Login success" in pass_on(attempt, folder).text
        attempt.wait(SOON)
        assert session.logged_in
    eventually(lambda: not list(folder.iterdir()))


def test_only_this_user_reaches_it_while_it_waits(sessions, folder):
    attempt = sessions[0].begin_login()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, place_of(attempt, folder))]
    assert modes == [0o700, 0o600]
    attempt.cancel()
    assert list(folder.iterdir()) == []


NEIGHBOUR = """
import os, socket, sys
os.setgid(65534)
os.setuid(65534)
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("folder_mode", "socket_mode"), [(0o700, 0o777), (0o755, 0o600)])
def test_neighbour_is_refused_at_the_folder_and_at_the_socket(sessions, folder, folder_mode, socket_mode):
    """Each of the two is enough, should the other be open."""
    folder.parent.chmod(0o755)
    path = place_of(sessions[0].begin_login(), folder)
    folder.chmod(folder_mode)
    path.chmod(socket_mode)
    done = subprocess.run([sys.executable, "-c", NEIGHBOUR, path], capture_output=True, text=True, timeout=SOON)
    assert (done.stdout.strip(), done.stderr) == ("PermissionError", "")


@pytest.mark.parametrize("wrong", ["open to others", "a link", "somebody else's"])
def test_folder_that_may_be_somebody_elses_is_refused(sessions, folder, monkeypatch, wrong):
    if wrong == "open to others":
        folder.mkdir(mode=0o755)
    elif wrong == "a link":
        (folder.parent / "theirs").mkdir(mode=0o700)
        folder.symlink_to("theirs")
    else:
        folder.mkdir(mode=0o700)
        monkeypatch.setattr(private_socket.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(LoginError, match="not yours alone") as caught:
        sessions[0].begin_login()
    assert SOCKETS_VARIABLE in str(caught.value)
    assert str(folder) not in str(caught.value)  # a panel shows it, and a folder has a person's name in it
    assert not sessions[0].login_pending
    assert list(folder.iterdir()) == []


def test_folder_in_which_no_socket_can_be_is_told(sessions, folder):
    folder.parent.rmdir()
    with pytest.raises(LoginError, match="The system said: No such file or directory"):
        sessions[0].begin_login()
    folder.parent.mkdir()


KILLED = """
import os, signal, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_kernel_left_behind_is_replaced_and_swept(sessions, folder, monkeypatch):
    folder.mkdir(mode=0o700)
    for name in ("ours", "left"):
        subprocess.run([sys.executable, "-c", KILLED, folder / name], check=False, timeout=SOON)
    (folder / "note").write_text("not a socket")
    young = PrivateSocket(folder / "ours", 1)  # in its place
    assert {each.name for each in folder.iterdir()} == {"ours", "left", "note"}, "it may be about to listen"
    monkeypatch.setattr(private_socket, "STALE_SECONDS", -1)
    attempt = sessions[0].begin_login()
    assert {each.name for each in folder.iterdir()} == {"ours", "note", place_of(attempt, folder).name}
    young.close()


@pytest.mark.parametrize("place", ["threading.Timer.start", "rc_nb_helpers.listener.Future.result"])
def test_interrupt_while_a_login_begins_leaves_no_socket(sessions, folder, monkeypatch, place):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(place, interrupt)
        with pytest.raises(KeyboardInterrupt):
            sessions[0].begin_login()
    eventually(lambda: not list(folder.iterdir()))


def test_forked_process_takes_nothing_away(sessions, folder):
    attempt = sessions[0].begin_login()
    child = os.fork()
    if not child:
        try:
            attempt.cancel()
        finally:
            os._exit(attempt.listening)
    assert os.waitpid(child, 0)[1] == 0
    assert "Login success" in pass_on(attempt, folder).text


def test_nobody_rehearses_at_a_hub(sessions, folder, monkeypatch):
    started: list[str] = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (started.append(thread.name), start(thread)))
    sessions[0].begin_login()
    assert "callback-listener" in started
    assert "rehearsal" not in started
