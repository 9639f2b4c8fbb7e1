"""How a login's answer can come back: by what is known of the place, and never by a guess."""

from __future__ import annotations

import pytest

from rc_nb_helpers import ways_back
from rc_nb_helpers.ways_back import Place, place, way_to_choose

from .test_redirection_endpoint import HUB, SERVER

AT_HOME = "http://localhost:5000/oauth2callback"
THERE = "https://hub.example/user/ada/rc-callback/"
ON_SERVER = "https://server.example/rc-callback/"
ELSEWHERE = "https://app.example/callback"


@pytest.mark.parametrize(
    ("uris", "variables", "kinds"),
    [
        ([AT_HOME], {}, ["loopback", "paste"]),
        ([AT_HOME, "http://localhost:5001/x"], {}, ["loopback", "loopback", "paste"]),
        ([AT_HOME, "http://127.0.0.1:5000/x"], {}, ["loopback", "paste"]),
        ([AT_HOME, THERE], HUB, ["loopback", "hub", "paste"]),
        (["http://localhost/x"], SERVER, ["loopback", "paste"]),
        ([ON_SERVER], SERVER, ["server", "paste"]),
        ([THERE], {}, ["paste"]),
        ([ELSEWHERE], HUB, ["paste"]),
    ],
)
def test_ways_are_those_at_which_somebody_can_listen_and_pasting(uris, variables, kinds):
    ways = ways_back.ways_back(uris, variables)
    assert [way.kind for way in ways] == kinds
    assert ways[-1].redirect_uri == uris[0]
    assert not [way for way in ways if "ada" in way.words + way.name or "://" in way.words + way.name]
    best = {"hub", "server"} & set(kinds) or {kinds[0]}
    assert {way_to_choose(ways, Place()).kind} == best


@pytest.mark.parametrize(
    ("variables", "modules", "name", "apart"),
    [
        ({}, (), "", False),
        ({"BINDER_LAUNCH_HOST": "https://mybinder.org/"}, (), "Binder", True),
        ({"CODESPACES": "true", "CODESPACE_NAME": "x"}, (), "codespace", False),
        ({"SAGEMAKER_APP_TYPE": "JupyterLab"}, (), "SageMaker", True),
        ({"DATABRICKS_RUNTIME_VERSION": "15"}, (), "Databricks", True),
        ({"RS_SERVER_URL": "https://x/"}, (), "Posit", True),
        ({"REMOTE_CONTAINERS": "true"}, (), "dev container", False),
        ({"WSL_DISTRO_NAME": "Ubuntu"}, (), "WSL", False),
        ({"SSH_CONNECTION": "a b c d"}, (), "ssh", False),
        ({}, ("google.colab",), "Colab", True),
    ],
)
def test_place_is_known_by_its_sign(variables, modules, name, apart, monkeypatch, tmp_path):
    monkeypatch.setattr(ways_back, "DOCKER_FILE", tmp_path / "none")
    found = place(variables, modules)
    assert name in found.name
    assert (found.name == "") == (name == "")
    at_home, on_hub = ways_back.ways_back([AT_HOME], {}), ways_back.ways_back([THERE], HUB)
    assert way_to_choose(at_home, found).kind == ("paste" if apart else "loopback")
    assert way_to_choose(on_hub, found).kind == "hub"


def test_container_is_known_by_its_file(monkeypatch, tmp_path):
    monkeypatch.setattr(ways_back, "DOCKER_FILE", tmp_path)
    found = place({}, ())
    assert "Docker" in found.name
    assert "--network host" in found.advice
