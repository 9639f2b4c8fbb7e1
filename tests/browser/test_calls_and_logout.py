"""Calls and logouts that meet trouble."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Locator, expect

from rc_nb_helpers.practice import PracticePlatform

from .conftest import log_in, shoot
from .test_login import own_server
from .test_panels import LOGIN, TITLE

SOMEBODY_REVOKES = """import requests
platform = session.platform
requests.post(f"{session.environment.server_url}/restapi/oauth/revoke", timeout=60,
    data={"token": platform.auth().access_token()}, auth=(platform._key, platform._secret)).raise_for_status()"""


def test_a_login_that_was_ended_elsewhere_is_told_at_the_next_call(shared_notebook, practice):
    lab = shared_notebook(LOGIN, "TestPanel(session)", SOMEBODY_REVOKES)
    lab.run_cell(0)
    lab.run_cell(1)
    log_in(lab.panel(TITLE), practice)
    lab.run_cell(2)
    tests = lab.panel("Try the API")
    tests.get_by_role("button", name="Account info").click()
    expect(tests.get_by_role("status")).to_contain_text("The login has ended")
    expect(lab.panel(TITLE).get_by_role("status")).to_contain_text("Not logged in")
    shoot(tests, "login-has-ended")
    log_in(tests, practice)
    tests.get_by_role("button", name="Account info").click()
    expect(tests.get_by_role("table")).to_be_visible()


def test_an_ordinary_user_learns_why_the_company_call_log_is_closed(shared_notebook, practice):
    lab = shared_notebook(LOGIN, "TestPanel(session)")
    lab.run_all()
    log_in(lab.panel(TITLE), practice, person=1)
    tests = lab.panel("Try the API")
    tests.get_by_role("button", name="Company call log").click()
    status = tests.get_by_role("status")
    expect(status).to_contain_text("403 CMN-408")
    expect(status).to_contain_text("their role lacks the permission")
    expect(status).to_contain_text("Log in as a person with that permission")
    shoot(tests, "forbidden")
    tests.get_by_role("button", name="My call log").click()
    expect(status).to_contain_text("My call log: the server has answered")


def test_a_slow_call_shows_that_it_is_under_way(shared_notebook, practice):
    with PracticePlatform(redirect_uris=practice.redirect_uris) as slow:
        lab = shared_notebook(own_server(slow), "TestPanel(session)")
        lab.run_all()
        log_in(lab.panel(TITLE), slow)
        tests = lab.panel("Try the API")
        expect(lab.panel(TITLE).get_by_role("status")).to_contain_text("You are ")
        assert slow._loop
        button = tests.get_by_role("button", name="List extensions")
        places = [place_in(tests, button)]
        slow._loop.call_soon_threadsafe(time.sleep, 1.5)  # it answers nobody meanwhile
        tests.get_by_role("button", name="List extensions").click()
        expect(tests.get_by_role("status")).to_contain_text("Calling GET /restapi/v1.0/account/~/extension")
        expect(tests.get_by_role("button", name="My call log")).to_be_disabled()
        expect(tests.locator("[aria-busy=true]")).to_have_count(1)
        expect(tests).to_have_attribute("data-busy", "true")  # the bar at its edge
        places.append(place_in(tests, button))
        shoot(tests, "calling")
        expect(tests.get_by_role("status")).to_contain_text("the server has answered")
        expect(tests).to_have_attribute("data-busy", "false")
        places.append(place_in(tests, button))
        assert len(set(places)) == 1, "a button jumps"


def place_in(panel: Locator, button: Locator) -> float:
    """How far below the panel's edge a button is."""
    edge, found = panel.bounding_box(), button.bounding_box()
    assert edge
    assert found
    return found["y"] - edge["y"]


def test_a_logout_without_the_server_is_honest(shared_notebook, practice):
    with PracticePlatform(redirect_uris=practice.redirect_uris) as leaving:
        lab = shared_notebook(own_server(leaving), "from rc_nb_helpers import LogoutPanel\nLogoutPanel(session)")
        lab.run_all()
        log_in(lab.panel(TITLE), leaving)
    logout = lab.panel(re.compile("^Log(ged)? out$"))
    logout.get_by_role("button", name="Log out").click()
    status = logout.get_by_role("status")
    expect(status).to_contain_text("forgotten here")
    expect(status).to_contain_text("has not revoked them")
    expect(status).to_contain_text("remove this app's access")
    expect(lab.panel(TITLE).get_by_role("status")).to_contain_text("Not logged in")
    shoot(logout, "logout-without-server")
