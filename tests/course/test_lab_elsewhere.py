"""The tunnel of lab 11."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap

import pytest

from rc_nb_helpers.course.lab_elsewhere import Tunnel
from rc_nb_helpers.course.program import load_my_login
from tests.conftest import SOON, environment_of, eventually, is_free


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return load_my_login()


def test_an_answer_comes_through_the_tunnel_to_a_listener_elsewhere(program, practice, browser):
    environment = environment_of(practice)
    listener = program.listen(("localhost", 0), program.new_state(), SOON)
    link = program.login_link(environment, listener.state, "v" * 43)
    address = browser.answer_of(link)
    with pytest.raises(OSError):  # noqa: PT011  (nobody is there)
        socket.create_connection(environment.listen_address, timeout=SOON)
    tunnel = Tunnel(environment.listen_address, ("localhost", listener.server_port))
    try:
        with socket.create_connection(environment.listen_address, timeout=SOON) as visitor:
            path = address.partition("/oauth2callback")[2]
            visitor.sendall(f"GET /oauth2callback{path} HTTP/1.0\r\n\r\n".encode())
            with visitor.makefile("rb") as page:
                assert b"The answer has come." in page.read()
        platform = program.new_platform(environment)
        said = program.oauth2callback(platform, listener.wait(SOON), "v" * 43, environment.redirect_uri)
        assert said == "Login success"
    finally:
        tunnel.close()
    assert is_free(environment.listen_address[1])
    assert environment.redirect_uri not in repr(tunnel)


def test_a_tunnel_ends_with_its_notebook_however_that_ends(port):
    program = f"""
        import os
        from rc_nb_helpers.course.lab_elsewhere import Tunnel
        print(Tunnel(("localhost", {port}), ("localhost", 9)), flush=True)
        os.kill(os.getpid(), 9)
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert ran.stdout == f"<a tunnel from port {port} to port 9>\n"
    eventually(lambda: is_free(port))


def test_a_tunnel_whose_port_is_taken_says_so(port):
    with (
        socket.create_server(("localhost", port)),
        pytest.raises(OSError, match=f"No tunnel can wait at port {port}.*Shut that notebook down"),
    ):
        Tunnel(("localhost", port), ("localhost", 9))


def test_a_cell_with_a_tunnel_can_be_run_again(port):
    first = Tunnel(("localhost", port), ("localhost", 9))
    again = Tunnel(("localhost", port), ("localhost", 9))
    again.close()
    first.close()
    assert is_free(port)


@pytest.mark.parametrize("ends", [(("0.0.0.0", 9), ("localhost", 9)), (("localhost", 9), ("example.com", 9))])
def test_a_tunnel_never_leaves_this_machine(ends):
    with pytest.raises(ValueError, match="on this machine"):
        Tunnel(*ends)
