"""Three ways to run it, each with a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from tornado.httpclient import AsyncHTTPClient

from rc_nb_helpers.practice import PortTaken, PracticePlatform

from .conftest import TIMEOUT, Clock, World

_COMMAND = [sys.executable, "-m", "rc_nb_helpers.practice"]
_ROOT = Path(__file__).parents[2]


@contextmanager
def _command(*options: str, **settings: object) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*_COMMAND, *options],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **settings,  # type: ignore[call-overload]
    ) as process:
        try:
            yield process
        finally:
            process.kill()


# In a thread


def test_a_thread_of_its_own_leaves_nothing_behind() -> None:
    before = threading.active_count()
    descriptors = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for _ in range(5):
        platform = PracticePlatform()
        assert repr(platform) == "<PracticePlatform stopped>"
        assert platform.start() is platform
        port = urlsplit(platform.server_url).port or 0
        with requests.Session() as http:
            assert http.get(platform.server_url + "/restapi", timeout=TIMEOUT).status_code == 200
            platform.stop()
        platform.stop()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
        with pytest.raises(RuntimeError, match="not running"):
            platform.ready()
    assert threading.active_count() == before
    if descriptors:
        assert len(os.listdir("/proc/self/fd")) <= descriptors + 1


def test_it_can_be_started_again_on_the_same_port_and_only_once_at_a_time() -> None:
    platform = PracticePlatform().start()
    port = urlsplit(platform.server_url).port or 0
    with pytest.raises(RuntimeError, match="running already"):
        platform.start()
    platform.stop()
    again = PracticePlatform(port=port)
    with again:
        assert again.server_url.endswith(f":{port}")
    with again:
        assert requests.get(again.server_url + "/restapi", timeout=TIMEOUT).status_code == 200


def test_a_taken_port_is_told_plainly() -> None:
    with PracticePlatform() as first:
        port = urlsplit(first.server_url).port or 0
        with pytest.raises(PortTaken, match=f"port {port}") as caught:
            PracticePlatform(port=port).start()
    assert isinstance(caught.value, OSError)
    assert caught.value.errno


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_host_that_is_not_this_computers_is_told_as_such(host: str) -> None:
    with pytest.raises(PortTaken) as caught:
        PracticePlatform(host=host).start()
    assert f"cannot listen on {host}" in str(caught.value)
    assert "another port" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_what_fails_in_the_thread_is_told_to_who_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = threading.active_count()
    platform = PracticePlatform()
    with monkeypatch.context() as broken:
        broken.setattr("rc_nb_helpers.practice.platform.make_application", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            platform.start()
    with pytest.raises(RuntimeError, match="not running"):
        _ = platform.server_url
    platform.stop()
    assert threading.active_count() == threads
    with platform:
        assert requests.get(platform.server_url + "/restapi", timeout=TIMEOUT).ok


def test_the_ready_line_has_the_agreed_form() -> None:
    with PracticePlatform() as platform:
        ready = platform.ready()
    assert list(ready) == ["server_url", "client_id", "client_secret", "redirect_uris", "users"]
    assert [list(user) for user in ready["users"]] == [["username", "password", "client_id", "client_secret"]] * 2
    assert ready["redirect_uris"][0] == "http://localhost:5000/oauth2callback"
    assert {user["client_id"] for user in ready["users"]} == {ready["client_id"]}


def test_redirect_uris_are_checked() -> None:
    with pytest.raises(ValueError, match="fragment"):
        PracticePlatform(redirect_uris=["http://localhost:5000/#x"])


def test_learners_each_have_their_own_app_and_company() -> None:
    with PracticePlatform(learners=3) as platform:
        world = World(platform, Clock())
        user = platform.users[1]
        browser = world.browser()
        parameters = world.request_parameters(client_id=user["client_id"])
        page = browser.open("/restapi/oauth/authorize", params=parameters).text
        assert user["password"] in page
        assert platform.users[0]["password"] not in page
        browser.submit(username=user["username"], password=user["password"])
        browser.submit(decision="allow")
        auth = user["client_id"], user["client_secret"]
        form = {"grant_type": "authorization_code", "code": browser.landed["code"]}
        answer = world.post_token(auth, **form, redirect_uri=parameters["redirect_uri"])
        token = answer.json()["access_token"]
        names = [one["name"] for one in world.get("/account/~/extension", token).json()["records"]]
        assert names[-1] == "Learner 002"
        assert len(names) == 9
        assert world.get("/account/~/call-log", token).status_code == 200


def test_importing_the_package_starts_nothing() -> None:
    code = (
        "import sys, threading, rc_nb_helpers.practice as p; "
        "assert threading.active_count() == 1; assert 'tornado' not in sys.modules; "
        "assert 'PracticePlatform' in p.__all__"
    )
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True, timeout=60)


# In an event loop that runs already


def test_in_a_running_loop() -> None:
    async def use() -> int:
        platform = PracticePlatform()
        platform.listen()
        with pytest.raises(RuntimeError, match="running already"):
            platform.listen()
        try:
            answer = await AsyncHTTPClient().fetch(platform.server_url + "/restapi")
            return int(answer.code)
        finally:
            platform.stop()

    threads = threading.active_count()
    assert asyncio.run(use()) == 200
    assert threading.active_count() == threads


# As a command


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_command_says_when_it_is_ready_and_stops_cleanly(name: str) -> None:
    with _command("--json", "--redirect-uri", "http://localhost:7000/cb", "--learners", "2") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["redirect_uris"] == ["http://localhost:7000/cb"]
        assert [user["username"] for user in ready["users"]] == ["learner-001", "learner-002"]
        assert requests.get(ready["server_url"] + "/restapi", timeout=TIMEOUT).ok
        process.send_signal(getattr(signal, name))
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (0, "", "")


def test_the_command_ends_with_its_parent() -> None:
    with _command("--json", "--exit-with-parent") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["users"]
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_command_is_friendly_to_people() -> None:
    with _command("--apps-file", os.devnull + "/x") as process:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "Traceback" not in errors
    with _command() as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(7)]
        text = "".join(lines)
        assert "not RingCentral" in text
        assert "/practice/console" in text
        assert "alex" in text
        assert "maple" in text


def test_a_taken_port_and_a_bad_redirect_uri_are_one_sentence() -> None:
    with PracticePlatform() as platform:
        port = str(urlsplit(platform.server_url).port)
        for options in (("--port", port), ("--redirect-uri", "http://example.com/")):
            with _command(*options) as process:
                output, errors = process.communicate(timeout=60)
                assert (process.returncode, output) == (1, "")
                assert len(errors.strip().splitlines()) == 1
                assert options[1] in errors


def test_the_command_without_its_packages_says_what_to_install() -> None:
    program = (
        "import runpy, sys; sys.modules['authlib'] = None; sys.argv = ['practice', '--json']; "
        "runpy.run_module('rc_nb_helpers.practice', run_name='__main__')"
    )
    refused = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "authlib" in refused.stderr
    assert 'pip install ".[practice]"' in refused.stderr
    assert "Traceback" not in refused.stderr
