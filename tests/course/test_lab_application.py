"""The web application of lab 12: as a process of its own, with browsers that come to it."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest
import requests

from rc_nb_helpers import ConfigurationError
from rc_nb_helpers.course import lab_application as lab
from rc_nb_helpers.practice import PracticePlatform
from tests.conftest import CALLBACK_PATH, environment_of, eventually, free_port, is_free

pytest.importorskip("flask")


@pytest.fixture
def environment(practice):
    yield environment_of(practice)
    lab.stop()


def both(environment, keeping):
    """What alex's browser and sam's say, after alex and then sam have logged in."""
    application = lab.run(environment, keeping)
    alex, sam = lab.Browser("alex"), lab.Browser("sam")
    assert alex.log_in(application, environment) == "You are Alex Rivera."
    assert sam.log_in(application, environment) == "You are Sam Okafor."
    return application, alex, sam


def test_one_place_for_all_makes_everybody_the_last_one(environment):
    application, alex, _ = both(environment, "one for all")
    assert alex.look(application) == "You are Sam Okafor."
    assert lab.Browser("a stranger").look(application) == "You are Sam Okafor."


def test_tokens_in_a_signed_cookie_are_kept_apart_and_can_be_read(environment):
    application, alex, sam = both(environment, "in the cookie")
    assert (alex.look(application), sam.look(application)) == ("You are Alex Rivera.", "You are Sam Okafor.")
    assert {"access_token", "refresh_token"} <= set(alex.read_cookie()["tokens"])


def test_a_drawer_on_the_server_has_a_new_number_after_each_login(environment):
    application, alex, sam = both(environment, "on the server")
    assert (alex.look(application), sam.look(application)) == ("You are Alex Rivera.", "You are Sam Okafor.")
    assert set(alex.read_cookie()) == {"drawer"}
    before = alex.read_cookie()["drawer"]
    alex.log_in(application, environment)
    assert alex.read_cookie()["drawer"] != before
    assert alex.log_out(application) == "Logged out."
    assert (alex.look(application), sam.look(application)) == ("Nobody is logged in.", "You are Sam Okafor.")


def test_in_a_class_alex_and_sam_come_in_as_well():
    """Practice is on another computer there, and tells nobody its passwords."""
    with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}{CALLBACK_PATH}"], learners=1) as platform:
        mine = {name: platform.users[0][name] for name in ("client_id", "client_secret")}
        try:
            both(environment_of(platform, **mine), "on the server")
        finally:
            lab.stop()


def test_an_answer_to_somebody_else_is_refused(environment):
    application = lab.run(environment, "on the server")
    answer = requests.get(application.address + "oauth2callback?code=hers&state=hers", timeout=5)
    assert answer.status_code == 403
    assert "This browser has not asked for a login." in answer.text
    assert answer.headers.get("Set-Cookie") is None


def test_it_ends_with_its_notebook_however_that_ends(environment, tmp_path):
    program = f"""
        import os
        from rc_nb_helpers import Environment
        from rc_nb_helpers.course import lab_application as lab
        environment = Environment(name="practice", server_url={environment.server_url!r},
            client_id={environment.client_id!r}, client_secret={environment.client_secret!r},
            redirect_uri={environment.redirect_uri!r})
        print(lab.run(environment, "on the server").address, flush=True)
        os.kill(os.getpid(), 9)
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == environment.redirect_uri.removesuffix("oauth2callback")
    eventually(lambda: is_free(environment.listen_address[1]))


def test_a_taken_port_is_told_of_and_nothing_runs(environment, capsys):
    with socket.create_server(environment.listen_address):
        assert lab.run(environment, "on the server") is None
    assert f"did not start at port {environment.listen_address[1]}" in capsys.readouterr().out
    assert lab.Browser("alex").look(None) == lab.Browser("alex").log_in(None, environment) == lab.NO_APPLICATION


def test_without_flask_it_says_how_to_install_it(environment, monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert lab.run(environment, "on the server") is None
    assert 'pip install ".[application]"' in capsys.readouterr().out


def test_no_server_but_practice_gets_it(environment):
    for name in ("sandbox", "production"):
        other = replace(environment, name=name)
        for refused in (
            lambda other=other: lab.run(other, "one for all"),
            lambda other=other: lab.make_application(other, lab, lab.OneForAll()),
            lambda other=other: lab.Browser("alex").log_in(None, other),
        ):
            with pytest.raises(ConfigurationError, match="This lab works with practice only"):
                refused()


def test_nothing_of_it_is_printed(environment, capfd):
    both(environment, "in the cookie")
    assert capfd.readouterr() == ("", "")
