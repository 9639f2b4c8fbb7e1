"""The autopilot: a whole login without a person, and only where there cannot be one."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from rc_nb_helpers import LoginTimeout, Session, autopilot
from rc_nb_helpers.practice import PracticePlatform

from .conftest import SOON, FakePlatform, Say, environment_of, eventually, free_port, parameters, put_away

CREDENTIALS = "/practice/credentials"


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RC_AUTOPILOT", "1")


@pytest.fixture(autouse=True)
def _all_landed():
    yield
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "autopilot"])


@pytest.mark.usefixtures("on")
def test_login_that_is_begun_is_carried_through(session):
    session.begin_login().wait(timeout=SOON)
    assert session.get("/restapi/v1.0/account/~/extension/~")["extensionNumber"]
    assert session.logout().revoked


@pytest.mark.usefixtures("on")
def test_ten_logins_in_a_row_all_arrive(session):
    for _ in range(10):
        session.begin_login().wait(timeout=SOON)
        assert session.logout().revoked


@pytest.mark.usefixtures("on")
def test_hint_says_who_signs_in(session, practice):
    owners = set()
    for user in practice.users:
        session.begin_login(login_hint=user["username"]).wait(timeout=SOON)
        owners.add(session.token_status.owner_id)
        session.logout()
    assert len(owners) == len(practice.users) == 2


@pytest.mark.usefixtures("on")
def test_never_flies_in_a_class_where_people_sign_in_themselves(redirect_uri):
    with PracticePlatform(redirect_uris=[redirect_uri], learners=2) as platform:
        learner = platform.users[0]
        own = {name: learner[name] for name in ("client_id", "client_secret")}
        assert not autopilot.can_fly(platform.server_url)
        with pytest.raises(LoginTimeout):
            Session(environment_of(platform, **own)).begin_login().wait(timeout=0.2)


@pytest.mark.usefixtures("on")
def test_listener_may_open_after_the_link_is_shown(session, practice):
    attempt = session.begin_login()
    url = attempt.authorize_url
    attempt.cancel()
    time.sleep(0.1)
    # The notebook that builds its own listener shows the link first; a second login stands for that here.
    autopilot.follow(url)
    assert parameters(url)["client_id"] == practice.client_id
    session.begin_login().wait(timeout=SOON)


@pytest.mark.usefixtures("on")
def test_a_platform_behind_a_path_is_flown_to(redirect_uri):
    port = free_port()
    at = f"http://127.0.0.1:{port}/services/practice"
    with PracticePlatform(port=port, public_url=at, redirect_uris=[redirect_uri]) as platform:
        session = Session(environment_of(platform))
        session.begin_login().wait(timeout=SOON)
        assert session.get("/restapi/v1.0/account/~/extension/~")["uri"].startswith(f"{at}/restapi/")
        put_away(session)


@pytest.mark.parametrize("value", [None, "", "0", "true"])
def test_off_unless_asked_for(session, monkeypatch, value):
    if value is not None:
        monkeypatch.setenv("RC_AUTOPILOT", value)
    assert not autopilot.can_fly(session.environment.server_url)
    with pytest.raises(LoginTimeout):
        session.begin_login().wait(timeout=0.2)


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    "url", ["https://platform.ringcentral.com", "https://platform.devtest.ringcentral.com", "http://192.0.2.1", "", "x"]
)
def test_never_flies_to_the_real_platform(url, monkeypatch):
    monkeypatch.setattr(autopilot.requests.Session, "send", lambda *_, **__: pytest.fail("asked the network"))
    assert not autopilot.can_fly(url)


@pytest.mark.usefixtures("on")
def test_other_servers_on_this_machine_are_left_alone(fake_session, fake):
    assert not autopilot.can_fly(fake.server_url)
    fake_session.begin_login()
    assert [seen.path for seen in fake.seen] == [CREDENTIALS] * 2


def ready(fake: FakePlatform) -> Say:
    user = {"username": "u", "password": "p", "client_id": "i", "client_secret": "s"}
    return Say({"client_id": "i", "client_secret": "s", "redirect_uris": [], "users": [user]})


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    "page",
    [
        Say("", cut=0),
        Say("<h1>Error</h1>", status=400, kind="text/html"),
        Say("", status=302, headers={"Location": "http://no-such-host.invalid/oauth2callback?code=x"}),
        Say("", status=302, headers={"Location": "/restapi/oauth/authorize"}),
    ],
    ids=["hung up", "error page", "redirect elsewhere", "redirect in a circle"],
)
def test_trouble_on_the_way_is_silent_and_left_to_the_deadline(fake_session, fake, page, capfd):
    fake.script[CREDENTIALS] = ready(fake)
    fake.script["/restapi/oauth/authorize"] = page
    attempt = fake_session.begin_login()
    eventually(lambda: fake.calls("/restapi/oauth/authorize"))
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "autopilot"])
    assert attempt.state == "waiting"
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("on")
def test_log_holds_no_code(session, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    session.begin_login().wait(timeout=SOON)
    assert "urllib3" in caplog.text
    assert "code=" not in caplog.text.replace("response_type=code", "")


@pytest.mark.usefixtures("on")
def test_same_link_is_visited_once(session):
    attempt = session.begin_login()
    autopilot.follow(attempt.authorize_url)
    attempt.wait(timeout=SOON)
    put_away(session)
