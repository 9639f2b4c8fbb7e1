"""The practice environment: the platform that runs, or one that starts in this process; own app or built-in one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers import (
    AuthorizationRequest,
    CallbackRejected,
    ConfigurationError,
    PlatformUnreachable,
    Session,
    load_environment,
    local_practice,
)
from rc_nb_helpers.environments import read_again
from rc_nb_helpers.practice import PracticePlatform

from .conftest import SOON, FakePlatform, Say, free_port
from .test_loopback import program


@pytest.fixture(autouse=True)
def _own_platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test starts in this process ends with it."""
    monkeypatch.setattr(local_practice, "_started", None)
    yield
    if local_practice._started is not None:
        local_practice._started.stop()


def test_platform_that_runs_is_used_with_its_built_in_app(tmp_path, practice, monkeypatch):
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url + "/")
    environment = load_environment("practice", directory=tmp_path)
    assert environment.name == "practice"
    assert environment.server_url == practice.server_url
    assert (environment.client_id, environment.client_secret) == (practice.client_id, practice.client_secret)
    assert environment.redirect_uri == practice.redirect_uris[0]
    assert local_practice._started is None


def test_platform_starts_in_this_process_once_when_none_runs(tmp_path):
    one = load_environment("practice", directory=tmp_path)
    other = load_environment("practice", directory=tmp_path)
    assert one.server_url == other.server_url
    assert one.client_id == other.client_id
    assert local_practice.ready_line(one.server_url)


def test_platform_that_has_gone_is_started_again_at_its_address(tmp_path, monkeypatch):
    port = free_port()
    monkeypatch.setenv("RC_PRACTICE_URL", f"http://127.0.0.1:{port}")
    assert load_environment("practice", directory=tmp_path).server_url == f"http://127.0.0.1:{port}"


def test_first_redirect_uri_whose_port_is_free_is_taken(tmp_path, monkeypatch):
    taken, free = free_port(), free_port()
    uris = [f"http://localhost:{port}/oauth2callback" for port in (taken, free)]
    with PracticePlatform(redirect_uris=uris) as platform, program(taken, b""):
        monkeypatch.setenv("RC_PRACTICE_URL", platform.server_url)
        assert load_environment("practice", directory=tmp_path).redirect_uri == uris[1]
    with PracticePlatform(redirect_uris=uris[:1]) as platform, program(taken, b""):
        monkeypatch.setenv("RC_PRACTICE_URL", platform.server_url)
        assert load_environment("practice", directory=tmp_path).redirect_uri == uris[0]


def test_own_app_of_the_file_is_used(tmp_path, practice):
    (tmp_path / ".env-practice").write_text(
        f"RC_CLIENT_ID=mine\nRC_CLIENT_SECRET=my-secret\nRC_SERVER_URL={practice.server_url}\n"
        "RC_REDIRECT_URL=http://localhost:5001/mine\n"
    )
    environment = load_environment("practice", directory=tmp_path)
    assert (environment.client_id, environment.client_secret) == ("mine", "my-secret")
    assert environment.redirect_uri == "http://localhost:5001/mine"


@pytest.mark.parametrize(
    ("line", "blank"), [("RC_CLIENT_ID=x", "RC_CLIENT_SECRET"), ("RC_CLIENT_SECRET=x", "RC_CLIENT_ID")]
)
def test_half_an_own_app_is_not_mixed_with_the_built_in_one(tmp_path, practice, monkeypatch, line, blank):
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
    (tmp_path / ".env-practice").write_text(line + "\nRC_REDIRECT_URL=http://localhost:5001/x\n")
    with pytest.raises(ConfigurationError, match=f"{blank} in .env-practice is missing"):
        load_environment("practice", directory=tmp_path)


def test_other_server_gives_no_app(tmp_path, monkeypatch):
    # Not of this machine, as far as the address says: it is not asked, and none is started in its place.
    monkeypatch.setenv("RC_PRACTICE_URL", "http://classroom.invalid:8000")
    with pytest.raises(ConfigurationError, match="gives no app to this notebook"):
        load_environment("practice", directory=tmp_path)
    assert local_practice._started is None


def test_class_gives_no_app_but_works_with_an_app_of_ones_own(tmp_path, monkeypatch):
    with PracticePlatform(learners=2) as platform:
        monkeypatch.setenv("RC_PRACTICE_URL", platform.server_url)
        with pytest.raises(ConfigurationError, match="gives no app to this notebook") as caught:
            load_environment("practice", directory=tmp_path)
        assert "it serves a class, where everybody has an app of their own" in str(caught.value)
        assert ".env-practice" in str(caught.value)
        monkeypatch.delenv("RC_PRACTICE_URL")
        own = platform.users[1]
        (tmp_path / ".env-practice").write_text(
            f"RC_SERVER_URL={platform.server_url}\nRC_CLIENT_ID={own['client_id']}\n"
            f"RC_CLIENT_SECRET={own['client_secret']}\nRC_REDIRECT_URL={platform.redirect_uris[0]}\n"
        )
        environment = load_environment("practice", directory=tmp_path)
        assert (environment.server_url, environment.client_id) == (platform.server_url, own["client_id"])
    assert local_practice._started is None


@pytest.mark.parametrize(("kept", "wins"), [("http://192.0.2.7:8440", False), ("https://class.example", False),
                                            ("http://localhost:9", True), ("", True)])  # fmt: skip
def test_the_platform_of_this_machine_does_not_replace_that_of_a_class(tmp_path, practice, monkeypatch, kept, wins):
    """tutorial.py sets the variable: a slip in the file would never lead to the instructor's platform."""
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
    (tmp_path / ".env-practice").write_text(
        f"RC_SERVER_URL={kept}\nRC_CLIENT_ID=mine\nRC_CLIENT_SECRET=my-secret\n"
        "RC_REDIRECT_URL=http://localhost:5000/oauth2callback\n"
    )
    environment = load_environment("practice", directory=tmp_path)
    assert environment.server_url == (practice.server_url if wins else kept)


def test_who_has_no_app_in_a_class_is_told_where_its_console_is(tmp_path, monkeypatch):
    with PracticePlatform(learners=2) as platform:
        monkeypatch.setenv("RC_PRACTICE_URL", platform.server_url)
        with pytest.raises(ConfigurationError, match=f"{platform.server_url}/practice/console"):
            load_environment("practice", directory=tmp_path)


@pytest.mark.parametrize(
    "say",
    [
        *(Say({}, status=404), Say("<html>", kind="text/html"), Say([1]), Say({"other": 1}), Say("", status=302)),
        *(Say({"client_id": "x", "browser_url": url}) for url in ("javascript:alert(1)//", "//x", "file:///x", [1])),
    ],
)
def test_other_program_is_not_taken_for_the_platform(fake: FakePlatform, say):
    say.headers["Location"] = "/elsewhere"
    fake.script[local_practice.CREDENTIALS_PATH] = say
    assert local_practice.ready_line(fake.server_url) is None
    assert not fake.calls("/elsewhere")


def test_proxy_is_not_asked(practice, fake, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", fake.server_url)
    assert local_practice.ready_line(practice.server_url)
    assert not fake.seen


def test_port_that_is_taken_is_told(tmp_path):
    port = free_port()
    with program(port, b""), pytest.raises(PlatformUnreachable, match=f"cannot start at http://127.0.0.1:{port}"):
        local_practice.start(f"http://127.0.0.1:{port}", apps_file=tmp_path / "apps.json")


def test_damaged_file_of_apps_is_not_called_a_taken_port(tmp_path):
    apps = tmp_path / ".practice" / "apps.json"
    apps.parent.mkdir()
    apps.write_text("{not json")
    with pytest.raises(ConfigurationError, match=r"\.practice/apps\.json") as caught:
        load_environment("practice", directory=tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_missing_extra_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rc_nb_helpers.practice", None)
    with pytest.raises(ConfigurationError, match=r"pip install \"\.\[practice\]\""):
        local_practice.start("", apps_file=tmp_path / "apps.json")


def test_process_ends_although_a_platform_runs_in_it(tmp_path):
    code = "from rc_nb_helpers import load_environment; print(load_environment('practice').server_url)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={"PYTHONPATH": str(Path(__file__).parents[1]), "RC_ENV_DIRECTORY": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith("http://127.0.0.1:")
    assert done.stderr == ""


# --- browsers that reach it at another address


HUB = "https://hub.example"


def test_platform_of_this_process_is_told_where_browsers_and_answers_come_in(tmp_path, monkeypatch):
    monkeypatch.setenv("RC_PRACTICE_BROWSER_URL", f"{HUB}/user/ada/proxy/{{port}}/")
    monkeypatch.setenv("RC_CALLBACK_PATH", "/user/ada/rc-callback/")
    monkeypatch.setenv("RC_CALLBACK_SOCKETS", str(tmp_path))
    environment = load_environment("practice", directory=tmp_path)
    port = urlsplit(environment.server_url).port
    assert environment.server_url == f"http://127.0.0.1:{port}"
    assert environment.browser_url == f"{HUB}/user/ada/proxy/{port}"
    assert environment.redirect_uri == f"{HUB}/user/ada/rc-callback/"
    assert "http://localhost:5000/oauth2callback" in environment.other_redirect_uris
    assert read_again(environment).browser_url == environment.browser_url
    assert "hub.example" not in replace(environment, server_url="https://s.example").browser_url
    # exactly as registered, as everywhere
    asked = {"response_type": "code", "client_id": environment.client_id, "redirect_uri": f"{HUB}/user/ada/rc-callback"}
    answer = requests.get(f"{environment.server_url}/restapi/oauth/authorize", params=asked, timeout=SOON)
    assert "OAU-109" in answer.text


def test_platform_that_knows_where_browsers_come_in_tells_it(tmp_path, monkeypatch):
    with PracticePlatform(browser_url=f"{HUB}/proxy/1") as platform:
        monkeypatch.setenv("RC_PRACTICE_URL", platform.server_url)
        assert load_environment("practice", directory=tmp_path).browser_url == f"{HUB}/proxy/1"


def test_only_what_a_browser_opens_is_there(tmp_path, monkeypatch):
    with PracticePlatform(browser_url=f"{HUB}/proxy/1") as platform:
        monkeypatch.setenv("RC_PRACTICE_URL", platform.server_url)
        environment = load_environment("practice", directory=tmp_path)
        session = Session(environment)
        attempt = session.begin_login()
        assert attempt.authorize_url.startswith(f"{HUB}/proxy/1/restapi/oauth/authorize?")
        attempt.cancel()
        request = AuthorizationRequest(
            server_url=environment.server_url,
            browser_url=environment.browser_url,
            client_id="i",
            redirect_uri="http://x",
        )
    for issuer in (environment.server_url, environment.browser_url):
        assert request.read_response(f"http://x?code=c&state={request.state}&iss={issuer}").code == "c"
    with pytest.raises(CallbackRejected, match="another server"):
        request.read_response(f"http://x?code=c&state={request.state}&iss={HUB}")


@pytest.mark.parametrize(
    ("path", "at", "uri"),
    [
        ("/rc-callback/", "http://localhost:8888/proxy/8440", "http://localhost:8888/rc-callback/"),
        ("/user/ada/rc-callback/", f"{HUB}/user/adam/proxy/1", ""),  # somebody else's server
        ("/rc-callback/", "https://name-8440.preview.example", ""),  # a host of its own: not the server's
        ("/rc-callback/", "", ""),
        ("", f"{HUB}/user/ada/proxy/1", ""),
    ],
)
def test_the_server_that_leads_to_practice_is_the_one_that_takes_answers(monkeypatch, path, at, uri):
    monkeypatch.setenv("RC_CALLBACK_PATH", path)
    monkeypatch.setenv("RC_CALLBACK_SOCKETS", "sockets")
    assert local_practice.callback_at(at) == uri


def test_a_platform_behind_a_path_that_is_silent_is_not_started_here(tmp_path):
    address = f"http://127.0.0.1:{free_port()}/services/practice"
    (tmp_path / ".env-practice").write_text(f"RC_SERVER_URL={address}\n")
    with pytest.raises(ConfigurationError, match="gives no app"):
        load_environment("practice", directory=tmp_path)
    assert local_practice._started is None


def test_the_variable_is_about_the_platform_of_this_machine_and_not_about_a_class(tmp_path, monkeypatch):
    lines = "RC_SERVER_URL=http://class.example:8440\nRC_CLIENT_ID=i\nRC_CLIENT_SECRET=s\n"
    (tmp_path / ".env-practice").write_text(f"{lines}RC_REDIRECT_URL=http://localhost:5000/\n")
    monkeypatch.setenv("RC_PRACTICE_BROWSER_URL", HUB)
    assert load_environment("practice", directory=tmp_path).browser_url == "http://class.example:8440"
    monkeypatch.setenv("RC_PRACTICE_URL", "http://class.example:8440")
    assert load_environment("practice", directory=tmp_path).browser_url == HUB
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", "i")
    monkeypatch.setenv("RC_SANDBOX_CLIENT_SECRET", "s")
    monkeypatch.setenv("RC_SANDBOX_REDIRECT_URL", "http://localhost:5000/")
    sandbox = load_environment("sandbox", directory=tmp_path)
    assert sandbox.browser_url == sandbox.server_url


@pytest.mark.parametrize("value", ["hub.example", "/user/ada/proxy/8440", f"{HUB}/practice/console", f"{HUB}/a b"])
def test_what_is_no_address_for_browsers_is_told(tmp_path, monkeypatch, value):
    monkeypatch.setenv("RC_PRACTICE_BROWSER_URL", value)
    with pytest.raises(ConfigurationError, match="The variable RC_PRACTICE_BROWSER_URL is not the address"):
        load_environment("practice", directory=tmp_path)
