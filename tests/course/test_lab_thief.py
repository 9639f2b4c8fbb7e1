"""The thief's attacks: they succeed exactly where the lab's table says."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from rc_nb_helpers import ConfigurationError, Environment
from rc_nb_helpers.course import lab_thief
from rc_nb_helpers.course.lab_tools import Login, PracticeApp
from rc_nb_helpers.course.n02 import authorize_link, question_of
from rc_nb_helpers.course.n03 import is_for_us
from rc_nb_helpers.course.n05 import test as call
from rc_nb_helpers.practice import PracticePlatform
from tests.conftest import CALLBACK_PATH, SOON, Browser, bring, environment_of, free_port

ROOT = Path(__file__).parents[2]
AS_SAM, AS_ALEX, TURNED_DOWN = "It works as Sam", "It works as Alex", "The trade fails: OAU-106"
PROTECTIONS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.fixture
def app(practice):
    return PracticeApp(environment_of(practice))


def signed_in(app, browser, method=""):
    """A login whose code nobody has traded yet."""
    login = Login(app, method=method)
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
        assert hers is None
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


def test_a_lab_whose_kernel_ends_gives_the_settings_back(app, browser):
    given = {each.name: getattr(app.environment, each.name) for each in dataclasses.fields(Environment) if each.init}
    code = f"""
import sys
from rc_nb_helpers import Environment
from rc_nb_helpers.course.lab_tools import PracticeApp
PracticeApp(Environment(**{given!r})).change(status="inactive")
print("changed", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout.readline() == "changed\n"
        assert not app.sam_signs_in(authorize_link(app.environment.browser_url, question_of(app.environment, "s")))
    assert signed_in(app, browser)[1]["code"]


@pytest.fixture
def seats():
    """A class of two, and the app of each seat."""
    with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}{CALLBACK_PATH}"], learners=2) as platform:
        mine = [{name: user[name] for name in ("client_id", "client_secret")} for user in platform.users]
        yield platform, *(PracticeApp(environment_of(platform, **each)) for each in mine)


def test_in_a_class_you_are_who_stands_on_the_slip(seats):
    platform, _, app = seats
    assert app.person == "learner-002"
    _, answer = signed_in(app, Browser(platform, who=1))
    said, hers = lab_thief.your_code_into_her_login(app, answer, state=True, pkce=False)
    assert said == lab_thief.who_am_i(hers) == "It works as Learner 002."
    assert lab_thief.her_code_into_your_listener(app, state=False, pkce=False).startswith(AS_SAM)


def test_what_one_seat_does_reaches_no_neighbour(seats):
    platform, neighbour, app = seats
    theirs, _ = signed_in(neighbour, Browser(platform), "S256")
    assert theirs.finish() == "Login success"
    app.expire_access_tokens()
    app.expire_refresh_tokens()
    app.change(permissions=["ReadAccounts"], issues_refresh_tokens=False)
    app.revoke()
    assert theirs.platform.refresh()
    assert isinstance(call(theirs.platform, "extension-call-log"), list)
