"""Staying signed in, and the parameters of an authorization request that say what may be asked of a person."""

from __future__ import annotations

import pytest

from rc_nb_helpers.practice.login import sign_ins

from ..conftest import Browser, World


def _open(world: World, browser: Browser, **changes: str) -> Browser:
    browser.open("/restapi/oauth/authorize", params=world.request_parameters(**changes))
    return browser


def _page(browser: Browser) -> str:
    """Which page the browser shows, or where it was sent."""
    if "Location" in browser.answer.headers:
        return browser.landed.get("error", "code")
    return next(name for name in ("Sign in", "Allow") if f"<h1>{name}" in browser.answer.text)


@pytest.fixture
def stayed(world: World) -> Browser:
    """A browser in which Alex stays signed in and has allowed the app."""
    browser = _open(world, world.browser())
    browser.submit(username="alex", password="maple", remember="on")
    browser.submit(decision="allow")
    return browser


def test_nobody_is_remembered_unless_they_ask_for_it(world: World) -> None:
    browser = world.sign_in()
    assert "practice_sign_in" not in browser.http.cookies
    browser.submit(decision="allow")
    assert _page(_open(world, browser)) == "Sign in"
    assert "signed in as" not in browser.answer.text


def test_whoever_stays_signed_in_and_allowed_the_app_is_asked_nothing(world: World, stayed: Browser) -> None:
    assert _page(_open(world, stayed)) == "code"
    assert (stayed.landed["state"], stayed.landed["expires_in"]) == ("xyz", "60")
    assert world.exchange(stayed.landed["code"]).status_code == 200


@pytest.mark.parametrize(
    ("prompt", "page"),
    [
        ("login", "Sign in"),
        ("consent", "Allow"),
        ("login consent", "Sign in"),
        ("none", "code"),
        ("none login", "invalid_request"),
        ("", "code"),
        ("sso surprise", "code"),
    ],
)
def test_what_prompt_asks_for_is_asked(world: World, stayed: Browser, prompt: str, page: str) -> None:
    assert _page(_open(world, stayed, prompt=prompt)) == page


def test_without_a_sign_in_prompt_none_says_so_to_the_app(world: World) -> None:
    browser = _open(world, world.browser(), prompt="none")
    assert _page(browser) == "login_required"
    assert browser.landed["state"] == "xyz"
    assert "practice_browser" not in browser.http.cookies


def test_without_consent_prompt_none_says_so_to_the_app(world: World, stayed: Browser) -> None:
    other = world.new_app()["client_id"]
    assert _page(_open(world, stayed, prompt="none", client_id=other)) == "consent_required"
    assert _page(_open(world, stayed, client_id=other)) == "Allow"
    stayed.submit(decision="deny")
    assert _page(_open(world, stayed, prompt="none", client_id=other)) == "consent_required"
    _open(world, stayed, client_id=other).submit(decision="allow")
    assert _page(_open(world, stayed, prompt="none", client_id=other)) == "code"


def test_an_app_that_wants_more_than_before_asks_again(world: World, stayed: Browser) -> None:
    client_id = world.platform.client_id
    world.platform.controls.change_app(client_id, permissions=["ReadAccounts"])
    assert _page(_open(world, stayed)) == "code"
    world.platform.controls.change_app(client_id, permissions=["ReadAccounts", "SMS"])
    assert _page(_open(world, stayed)) == "Allow"
    world.platform.controls.reset(client_id)
    assert _page(_open(world, stayed)) == "Allow"


def test_pages_say_who_is_signed_in_and_let_another_person_in(world: World, stayed: Browser) -> None:
    for prompt, other_form in (("login", 1), ("consent", 1)):
        _open(world, stayed, prompt=prompt)
        assert "You are signed in as <strong>Alex Rivera</strong>" in stayed.answer.text
        stayed.submit(other_form)
        assert _page(stayed) == "Sign in"
        assert "signed in as" not in stayed.answer.text
        assert stayed.form().fields["username"] == ""
        stayed.submit(username="alex", password="maple", remember="on")
    stayed.submit(decision="allow")


def test_signing_in_again_goes_on_as_the_same_or_as_another(world: World, stayed: Browser) -> None:
    _open(world, stayed, prompt="login")
    assert stayed.form().fields["username"] == "alex"
    stayed.submit(password="maple")
    assert _page(_open(world, stayed)) == "code"
    _open(world, stayed, prompt="login").submit(username="sam", password="birch")
    assert "Sam Okafor" in stayed.answer.text
    assert _page(_open(world, stayed)) == "Sign in"


def test_a_login_hint_for_somebody_else_asks_who_is_there(world: World, stayed: Browser) -> None:
    assert _page(_open(world, stayed, login_hint="alex@maplestreet.example")) == "code"
    assert _page(_open(world, stayed, login_hint="sam")) == "Sign in"
    assert stayed.form().fields["username"] == "sam"
    assert _page(_open(world, stayed, login_hint="sam", prompt="none")) == "login_required"


def test_a_sign_in_is_remembered_for_half_a_day(world: World, stayed: Browser) -> None:
    world.clock.advance(sign_ins.SIGN_IN_SECONDS)
    assert _page(_open(world, stayed)) == "code"
    world.clock.advance(1)
    assert _page(_open(world, stayed)) == "Sign in"


def test_the_cookie_is_a_stranger_to_scripts_and_other_sites(world: World) -> None:
    browser = _open(world, world.browser())
    form = browser.form()
    answer = browser.http.post(
        world.url(form.action),
        data=form.fields | {"username": "alex", "password": "maple", "remember": "on"},
        allow_redirects=False,
        timeout=60,
    )
    cookie = answer.headers["Set-Cookie"]
    assert "practice_sign_in=" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_only_our_own_page_signs_out(world: World, stayed: Browser) -> None:
    _open(world, stayed, prompt="consent")
    stayed.submit(1, headers={"Origin": "http://evil.example"})
    assert stayed.answer.status_code == 403
    assert _page(_open(world, stayed)) == "code"


def test_a_reset_signs_everybody_out_and_memory_is_bounded(
    world: World, stayed: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.platform.controls.reset()
    assert _page(_open(world, stayed)) == "Sign in"
    monkeypatch.setattr(sign_ins, "MOST_SIGN_INS", 2)
    for _ in range(4):
        browser = _open(world, world.browser())
        browser.submit(username="alex", password="maple", remember="on")
    assert len(world.platform._backend.sign_ins._sign_ins) == 2


# The other parameters


@pytest.mark.parametrize("display", ["page", "popup", "touch", "mobile"])
def test_display_shapes_the_pages(world: World, display: str) -> None:
    browser = _open(world, world.browser(), display=display)
    assert f'<body class="{display}">' in browser.answer.text
    browser.submit(username="alex", password="maple")
    assert f'<body class="{display}">' in browser.answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"display": "wall"},
        {"display": ""},
        {"ui_locales": "fr-CA en"},
        {"ui_locales": "<x>"},
        {"brand_id": "1210"},
        {"brandId": "7710"},
        {"brandId": "", "brand_id": ""},
        {"nonce": "x", "accept_language": "de"},
    ],
)
def test_parameters_that_change_nothing(world: World, changes: dict[str, str]) -> None:
    browser = _open(world, world.browser(), **changes)
    assert _page(browser) == "Sign in"
    assert '<body class="page">' in browser.answer.text
    assert browser.answer.headers["Content-Language"] == "en"


@pytest.mark.parametrize("name", ["brand_id", "brandId"])
def test_a_brand_is_a_number(world: World, name: str) -> None:
    answer = world.authorize(**{name: "acme"})
    assert (answer.status_code, "OAU-101" in answer.text) == (403, True)


@pytest.mark.parametrize("name", ["prompt", "display", "login_hint", "ui_locales", "brand_id"])
def test_each_parameter_may_come_once(world: World, name: str) -> None:
    url = "/restapi/oauth/authorize"
    answer = world.browser().open(url, params=[*world.request_parameters().items(), (name, "a"), (name, "a")])
    assert (answer.status_code, "OAU-111" in answer.text) == (400, True)
