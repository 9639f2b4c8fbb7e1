"""Six errors, each mended and proved by a login; and the badge, which practice decides."""

from __future__ import annotations

import dataclasses

import pytest
import requests

from rc_nb_helpers.course import lab_break
from rc_nb_helpers.course.lab_tools import Login, PracticeApp
from rc_nb_helpers.course.n05 import test as call
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom import record
from tests.conftest import CALLBACK_PATH, SOON, bring, environment_of, free_port


@pytest.fixture
def app(practice):
    return PracticeApp(environment_of(practice))


def log_in(app, browser):
    login = Login(app)
    bring(browser.answer_of(login.link))
    assert login.answer(SOON)
    assert login.finish() == "Login success"
    return login.platform


def test_each_error_is_met_and_mended_and_practice_counts_it(app, browser, capsys, monkeypatch):
    """Also where a whole class makes practice forget what was early."""
    monkeypatch.setattr(record, "MOST_ENTRIES", 20)
    right = app.environment
    found = []

    def note(code):
        found.append(lab_break.mended(app)[code])
        platform = log_in(app, browser)
        found.append(lab_break.mended(app)[code])
        return platform

    wrong = Login(app, environment=dataclasses.replace(right, client_id=lab_break.one_letter_wrong(right.client_id)))
    requests.get(wrong.link, timeout=SOON)
    assert wrong.refusal() == "OAU-153"
    note("OAU-153")
    wrong = Login(app, environment=dataclasses.replace(right, redirect_uri=right.redirect_uri + "/"))
    requests.get(wrong.link, timeout=SOON)
    assert wrong.refusal() == "OAU-109"
    note("OAU-109")
    secret = lab_break.one_letter_wrong(right.client_secret)
    wrong = Login(app, environment=dataclasses.replace(right, client_secret=secret))
    bring(browser.answer_of(wrong.link))
    assert wrong.finish().startswith("OAU-146")
    before = note("OAU-146")
    app.change(permissions=["ReadAccounts"])
    assert isinstance(call(before, "extension-call-log"), list)  # the trap: a login keeps what it was given
    assert call(log_in(app, browser), "extension-call-log").startswith("CMN-401")
    app.restore()
    platform = note("CMN-401")
    assert lab_break.sam_asks_for_all_calls(app).startswith("CMN-408")  # the twin: the app may, the person may not
    app.change(issues_refresh_tokens=False)
    assert lab_break.refreshed(platform).startswith("OAU-251")
    app.restore()
    platform = note("OAU-251")
    app.revoke()
    assert call(platform, "extension").startswith("OAU-213")
    assert lab_break.refreshed(platform).startswith("OAU-213")
    lab_break.badge(app)
    assert "5 of 6" in capsys.readouterr().out
    note("OAU-213")
    assert found == ["met, not mended yet", "met and mended"] * 6
    lab_break.badge(app)
    assert "The badge is yours" in capsys.readouterr().out


def test_the_lab_goes_on_where_practice_was_started_again(browser, tmp_path):
    again = {"port": free_port(), "apps_file": tmp_path / "apps.json"}
    again["redirect_uris"] = [f"http://localhost:{free_port()}{CALLBACK_PATH}"]
    with PracticePlatform(**again) as first:
        app = PracticeApp(environment_of(first))
        log_in(app, browser)
    with PracticePlatform(**again):
        login = Login(app, environment=dataclasses.replace(app.environment, redirect_uri="http://localhost:1/"))
        requests.get(login.link, timeout=SOON)
        assert login.refusal() == "OAU-109"
