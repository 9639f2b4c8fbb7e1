"""The thief's attacks: they succeed exactly where the lab's table says."""

from __future__ import annotations

import dataclasses

import pytest

from rc_nb_helpers import ConfigurationError
from rc_nb_helpers.course import lab_thief
from rc_nb_helpers.course.lab_tools import Login, PracticeApp
from rc_nb_helpers.course.n03 import is_for_us
from rc_nb_helpers.practice import PracticePlatform
from tests.conftest import CALLBACK_PATH, SOON, Browser, bring, environment_of, free_port

AS_SAM, AS_ALEX, TURNED_DOWN = "It works as Sam", "It works as Alex", "The trade fails: OAU-106"
PROTECTIONS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.fixture
def app(practice):
    return PracticeApp(environment_of(practice))


def signed_in(app, browser, method=""):
    """A login of alex whose code nobody has traded yet."""
    login = Login(app, person="alex", method=method)
    bring(browser.answer_of(login.link))
    return login, login.answer(SOON)


@pytest.mark.parametrize(
    ("state", "pkce", "expected"),
    [(*each, said) for each, said in zip(PROTECTIONS, [AS_SAM, "Not for us", TURNED_DOWN, "Not for us"], strict=True)],
)
def test_her_code_in_your_listener(app, state, pkce, expected):
    assert lab_thief.her_code_into_your_listener(app, state=state, pkce=pkce).startswith(expected)


@pytest.mark.parametrize(
    ("state", "pkce", "expected"),
    [(*each, said) for each, said in zip(PROTECTIONS, [AS_ALEX, AS_ALEX, TURNED_DOWN, TURNED_DOWN], strict=True)],
)
def test_your_code_in_her_login(app, browser, state, pkce, expected):
    yours, answer = signed_in(app, browser, "S256" if pkce else "")
    said, hers = lab_thief.your_code_into_her_login(app, answer, state=state, pkce=pkce)
    assert said.startswith(expected)
    if pkce:  # no tokens for her; but the code is used up, and your login is spoiled
        assert yours.finish().startswith("OAU-106")
    else:
        assert lab_thief.who_am_i(hers).startswith(AS_ALEX)  # alex's ghost reads on,
        app.revoke()
        assert lab_thief.who_am_i(hers).startswith("OAU-213")  # until somebody ends it


def test_without_the_secret_the_code_is_worth_nothing_and_is_not_used_up(app, browser):
    yours, answer = signed_in(app, browser)
    assert lab_thief.your_code_without_the_secret(app, answer).startswith("OAU-123")
    assert yours.finish() == "Login success"


@pytest.mark.parametrize(("method", "expected"), [("plain", "She has tokens"), ("S256", "OAU-106")])
def test_an_app_without_secret_is_guarded_by_the_fingerprint_alone(app, browser, method, expected):
    yours, answer = signed_in(app, browser, method)
    assert lab_thief.your_code_at_an_app_without_secret(app, answer, yours.link).startswith(expected)
    again, _ = signed_in(app, browser, "S256")
    assert again.finish() == "Login success"  # the app has its secret back


@pytest.mark.parametrize("change", [{"name": "production"}, {"server_url": "http://127.0.0.1:9"}])
def test_only_practice_is_let_in(app, change):
    with pytest.raises(ConfigurationError, match="practice only"):
        PracticeApp(dataclasses.replace(app.environment, **change))


def test_a_lab_that_was_interrupted_is_put_right_by_the_next_and_nothing_is_shown(app, browser):
    app.change(public=True, permissions=["ReadAccounts"])
    again = PracticeApp(app.environment)
    yours, answer = signed_in(again, browser, "S256")
    assert yours.finish() == "Login success"
    assert answer["code"] not in f"{vars(again)} {yours!r} {again!r}"
    assert not is_for_us({}, yours.state)


def test_in_a_class_you_are_who_stands_on_the_slip():
    with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}{CALLBACK_PATH}"], learners=2) as platform:
        seat = platform.users[1]
        mine = {name: seat[name] for name in ("client_id", "client_secret")}
        app = PracticeApp(environment_of(platform, **mine))
        assert app.person == "learner-002"
        yours = Login(app)
        bring(Browser(platform, who=1).answer_of(yours.link))
        said, _ = lab_thief.your_code_into_her_login(app, yours.answer(SOON), state=True, pkce=False)
        assert said == "The trade fails: OAU-106."  # your link had a fingerprint
        assert lab_thief.her_code_into_your_listener(app, state=False, pkce=False).startswith(AS_SAM)
