"""Where a login's answer comes in: made from the redirect URI, the state, and what the server around tells."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rc_nb_helpers import ConfigurationError
from rc_nb_helpers.redirection_endpoint import RedirectionEndpoint, endpoint_of, listen_address, socket_path

FOLDER = "/run/user/1000/rc"
SERVER = {"RC_CALLBACK_PATH": "/rc-callback/", "RC_CALLBACK_SOCKETS": FOLDER, "RC_CALLBACK_PORT": "40123"}
HUB = {**SERVER, "RC_CALLBACK_PATH": "/user/ada/rc-callback/", "JUPYTERHUB_USER": "ada", "JUPYTERHUB_BASE_URL": "/"}
HUB_BELOW = {**HUB, "RC_CALLBACK_PATH": "/jupyter/user/ada/rc-callback/", "JUPYTERHUB_BASE_URL": "/jupyter/"}
STATE = "a-state-of-43-letters"
BOTH = ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("uri", "variables", "expected"),
    [
        ("http://localhost:5000/x", {}, RedirectionEndpoint("localhost:5000", "/x", BOTH, 5000)),
        ("http://localhost:5000/x", HUB, RedirectionEndpoint("localhost:5000", "/x", BOTH, 5000)),
        ("http://127.0.0.1/x", {}, RedirectionEndpoint("127.0.0.1", "/x", ("127.0.0.1",), 80)),
        ("http://LOCALHOST:80", {}, RedirectionEndpoint("localhost", "/", BOTH, 80)),
        ("http://[::1]:5000/x", {}, RedirectionEndpoint("[::1]:5000", "/x", ("::1",), 5000)),
        ("https://localhost:5000/x", {}, None),
        ("https://hub.example/hub/user-redirect/rc-callback/", {}, None),
    ],
)
def test_port_of_this_machine_or_nobody(uri, variables, expected):
    assert endpoint_of(uri, STATE, variables) == expected


@pytest.mark.parametrize(
    ("uri", "variables"),
    [
        ("https://hub.example/hub/user-redirect/rc-callback/", HUB),
        ("https://hub.example/jupyter/hub/user-redirect/rc-callback/", HUB_BELOW),
        ("https://hub.example/user/ada/rc-callback/", HUB),
        ("http://127.0.0.1:8000/hub/user-redirect/rc-callback/", HUB),
        ("https://server.example/rc-callback/", SERVER),
        ("http://localhost:8888/rc-callback/", SERVER),
    ],
)
def test_private_socket_where_the_server_around_passes_the_answer_on(uri, variables):
    endpoint = endpoint_of(uri, STATE, variables)
    assert endpoint is not None
    assert (endpoint.addresses, endpoint.port) == ((), 0)
    assert endpoint.host == uri.split("/")[2]
    assert endpoint.path == variables["RC_CALLBACK_PATH"]
    assert endpoint.socket == socket_path(FOLDER, STATE)
    assert listen_address(uri, variables) == ("127.0.0.1", 40123)
    assert str(endpoint) == "a private socket"


@pytest.mark.parametrize(
    ("uri", "variables"),
    [
        ("https://hub.example/hub/user-redirect/rc-callback/", SERVER),  # no hub
        ("https://hub.example/hub/user-redirect/rc-callback/", HUB_BELOW),  # another hub's
        ("https://hub.example/user/eve/rc-callback/", HUB),  # another person's server
        ("https://hub.example/user/ada/rc-callback", HUB),
        ("https://hub.example/user/ada/rc-callback/x", HUB),
        ("https://hub.example/?/user/ada/rc-callback/", HUB),
        ("https://server.example/rc-callback/", {**SERVER, "RC_CALLBACK_SOCKETS": ""}),
        ("https://server.example/", {**SERVER, "RC_CALLBACK_PATH": ""}),
    ],
)
def test_nobody_passes_on_what_goes_elsewhere(uri, variables):
    assert endpoint_of(uri, STATE, variables) is None
    with pytest.raises(ConfigurationError) as caught:
        listen_address(uri, variables)
    assert uri in str(caught.value)
    assert "RC_REDIRECT_URL" in str(caught.value)


def test_server_that_passes_on_to_sockets_alone_is_told_as_that():
    with pytest.raises(ConfigurationError, match="to panels alone"):
        listen_address("https://server.example/rc-callback/", {**SERVER, "RC_CALLBACK_PORT": ""})


def test_socket_is_named_after_its_state_and_does_not_tell_it():
    path = socket_path(FOLDER, STATE)
    assert path.parent == Path(FOLDER)
    assert path == socket_path(Path(FOLDER), STATE) != socket_path(FOLDER, STATE + "x")
    assert STATE[:4] not in path.name
    assert socket_path(FOLDER, "\ud800../../x").parent == Path(FOLDER)


def test_socket_path_that_is_too_long_says_what_to_change():
    longest = "/" + "é" * ((103 - 18) // 2)
    assert len(os.fsencode(socket_path(longest, STATE))) <= 103
    with pytest.raises(ConfigurationError, match="RC_CALLBACK_SOCKETS"):
        socket_path(longest + "xx", STATE)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("http://localhost:5000/x", ("localhost", 5000)),
        ("http://127.0.0.1/x", ("127.0.0.1", 80)),
        ("http://[::1]:5000/x", ("::1", 5000)),
    ],
)
def test_server_by_hand_listens_where_the_redirect_uri_says(uri, address):
    assert listen_address(uri, {}) == listen_address(uri, HUB) == address


def test_names_of_one_port_are_one_place():
    here, there = endpoint_of("http://localhost:5000/x", "a", {}), endpoint_of("http://127.0.0.1:5000/y", "b", {})
    assert here
    assert there
    assert here.place == there.place == 5000
    sockets = [endpoint_of("https://s.example/rc-callback/", state, SERVER) for state in "ab"]
    assert len({each.place for each in sockets if each}) == 2
