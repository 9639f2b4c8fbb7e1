"""The practice console: registering, changing and breaking an app."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.login import apps
from rc_nb_helpers.practice.login.apps import MOST_APPS_PER_OWNER, AppStore
from rc_nb_helpers.practice.web.console import EXPERIMENTS

from ..conftest import CHALLENGE, REDIRECT_URI, TIMEOUT, Browser, Clock, World, code_of

_GOOD = {
    "name": "My notebook",
    "application_type": "server",
    "redirect_uris": REDIRECT_URI,
    "refresh_tokens": "yes",
    "permission_ReadAccounts": "yes",
    "permission_ReadCallLog": "yes",
}


def _create(world: World, **changes: str) -> Browser:
    browser = world.browser()
    browser.open("/practice/console/new")
    browser.submit(**_GOOD | changes)
    return browser


def test_the_form_names_an_address_at_which_logins_can_end() -> None:
    with PracticePlatform(redirect_uris=["https://hub.example/hub/user-redirect/rc-callback/"]) as platform:
        world = World(platform, Clock())
        browser = world.browser()
        named = "https://hub.example/hub/user-redirect/rc-callback/"
        assert f"for example <code>{named}</code>" in browser.open("/practice/console/new").text
        browser.submit(**_GOOD | {"redirect_uris": ""})
        assert f"The tutorial uses {named}" in browser.answer.text


def test_an_app_is_created_and_works(world: World) -> None:
    browser = _create(world)
    assert browser.answer.status_code == 200
    page = browser.answer.text
    assert "never into a notebook cell" in page
    start = page.index("RC_SERVER_URL")
    text = page[start : page.index("</textarea>")]
    names = [line.split("=")[0] for line in text.splitlines()]
    assert names == ["RC_SERVER_URL", "RC_CLIENT_ID", "RC_CLIENT_SECRET", "RC_REDIRECT_URL"]
    values = dict(line.split("=", 1) for line in text.splitlines())
    assert values["RC_SERVER_URL"] == world.platform.server_url
    assert values["RC_REDIRECT_URL"] == REDIRECT_URI
    auth = values["RC_CLIENT_ID"], values["RC_CLIENT_SECRET"]
    form = {"grant_type": "authorization_code", "code": world.code(client_id=auth[0])}
    tokens = world.post_token(auth, **form, redirect_uri=REDIRECT_URI).json()
    assert tokens["scope"] == "ReadAccounts ReadCallLog"
    assert tokens["refresh_token"]


def test_the_form_begins_as_the_real_one_does(world: World) -> None:
    browser = world.browser()
    browser.open("/practice/console/new")
    fields = browser.form().fields
    assert fields["refresh_tokens"] == "no"
    assert "application_type" not in fields
    assert fields["redirect_uris"] == ""
    assert not any(name.startswith("permission_") for name in fields)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": ""}, "Give the app a name"),
        ({"name": "x" * 61}, "at most 60"),
        ({"application_type": ""}, "The tutorial uses a server-side web app"),
        ({"redirect_uris": " \n "}, "Enter at least one"),
        ({"redirect_uris": "http://example.com/cb"}, "must use https://"),
        ({"redirect_uris": "https://x.example/#a"}, "fragment"),
        ({"redirect_uris": "https://service.ringcentral.com/x"}, "RingCentral itself"),
        ({"redirect_uris": "\n".join(f"http://localhost/{n}{'x' * 1000}" for n in range(4))}, "4000 characters in all"),
        ({"permission_ReadAccounts": "", "permission_ReadCallLog": ""}, "Choose at least one"),
    ],
)
def test_errors_are_shown_at_the_field_and_values_are_kept(world: World, change: dict[str, str], text: str) -> None:
    browser = _create(world, **change)
    assert browser.answer.status_code == 422
    assert text in browser.answer.text
    (problem,) = re.findall(r'<p class="problem" id="([a-z-]+)"', browser.answer.text)
    assert re.search(rf'aria-describedby="([a-z-]+ )?{problem}"', browser.answer.text)
    expected = _GOOD | change
    fields = browser.form().fields
    assert fields["name"] == expected["name"]
    assert fields["refresh_tokens"] == "yes"
    assert fields["redirect_uris"].strip() == expected["redirect_uris"].strip()
    browser.submit(**_GOOD)
    assert browser.answer.status_code == 200


def test_a_browser_sees_its_own_apps_only(world: World) -> None:
    mine, other = _create(world), _create(world, name="Theirs")
    path = urlsplit(mine.answer.url).path
    assert "My notebook" in mine.open("/practice/console").text
    assert "Theirs" not in mine.answer.text
    for step in (path, path + "/edit"):
        assert other.open(step).status_code == 404
        assert mine.open(step).status_code == 200
    other.open("/practice/console/new")
    form_token = other.form().fields["form_token"]
    for step in ("/edit", "/delete"):
        answer = other.open(path + step, "POST", data=_GOOD | {"form_token": form_token})
        assert answer.status_code == 404


def test_an_app_can_be_broken_on_purpose_and_mended(world: World) -> None:
    browser = _create(world)
    path = urlsplit(browser.answer.url).path
    client_id = path.rsplit("/", 1)[1]
    browser.open(path + "/edit")
    assert browser.form().fields.items() >= _GOOD.items()
    browser.submit(redirect_uris=REDIRECT_URI + "/")
    assert browser.answer.status_code == 200
    assert "OAU-109" in world.authorize(client_id=client_id).text
    browser.open(path + "/edit")
    browser.submit(redirect_uris=REDIRECT_URI, application_type="client")
    assert "RC_CLIENT_SECRET=none\n" in browser.answer.text
    browser.open(path + "/edit")
    browser.submit(name="")
    assert browser.answer.status_code == 422


def test_each_experiment_of_the_page_gives_the_error_that_it_promises(world: World) -> None:
    browser = _create(world)
    path = urlsplit(browser.answer.url).path
    page = browser.answer.text
    for change, code, moment in EXPERIMENTS:
        assert f"<td>{change}</td><td><code>{code}</code> {moment}</td>" in page
    text = page[page.index("RC_SERVER_URL") : page.index("</textarea>")]
    values = dict(line.split("=", 1) for line in text.splitlines())
    auth = values["RC_CLIENT_ID"], values["RC_CLIENT_SECRET"]

    def edit(**changes: str) -> None:
        browser.open(path + "/edit")
        browser.submit(**_GOOD | {"status": "active"} | changes)
        assert browser.answer.status_code == 200

    def log_in(**challenge: str) -> requests.Response:
        code = world.code(client_id=auth[0], **challenge)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return world.post_token(auth, **form)

    met = []
    before = log_in().json()
    edit(redirect_uris=REDIRECT_URI + "/")
    met.append(world.authorize(client_id=auth[0]).text)
    edit(status="inactive")
    met.append(world.authorize(client_id=auth[0]).text)
    assert "Inactive" in browser.answer.text
    edit(application_type="client")
    met.append(log_in(code_challenge=CHALLENGE, code_challenge_method="S256").text)
    edit(permission_ReadCallLog="")
    auth = auth[0], _secret(browser)
    met.append(world.get("/account/~/call-log", log_in().json()["access_token"]).text)
    edit(refresh_tokens="no")
    met.append(world.refresh(before["refresh_token"], auth).text)
    assert "refresh_token" not in log_in().json()
    browser.open(path)
    browser.submit(0)
    met.append(world.authorize(client_id=auth[0]).text)
    for (change, code, _), text in zip(EXPERIMENTS, met, strict=True):
        assert code in text, change


def _secret(browser: Browser) -> str:
    return browser.answer.text.partition("RC_CLIENT_SECRET=")[2].partition("\n")[0]


def test_an_app_can_be_set_to_inactive_and_stays_so_through_other_changes(world: World) -> None:
    browser = _create(world)
    path = urlsplit(browser.answer.url).path
    browser.open(path + "/edit")
    browser.submit(status="inactive")
    browser.open(path + "/edit")
    browser.submit(name="Another name")
    assert "Inactive" in browser.answer.text
    assert world.platform._backend.apps.get(path.rsplit("/", 1)[1]).status == "inactive"  # type: ignore[union-attr]


def test_in_a_class_the_console_asks_for_the_seat_until_it_knows(clock: Clock) -> None:
    with PracticePlatform(learners=2, clock=clock) as platform:
        browser = World(platform, clock).browser()
        assert "Which seat are you at?" in browser.open("/practice/console").text
        browser.open("/practice/stuck")
        browser.submit(seat="2", stuck="later")
        assert "Which seat are you at?" not in browser.open("/practice/console").text


def test_a_deleted_app_is_unknown_and_its_sessions_end(world: World) -> None:
    browser = _create(world)
    page = browser.answer.text
    values = dict(
        line.split("=", 1) for line in page[page.index("RC_SERVER_URL") : page.index("</textarea>")].splitlines()
    )
    form = {"grant_type": "authorization_code", "code": world.code(client_id=values["RC_CLIENT_ID"])}
    auth = values["RC_CLIENT_ID"], values["RC_CLIENT_SECRET"]
    token = world.post_token(auth, **form, redirect_uri=REDIRECT_URI).json()["access_token"]
    browser.submit(0)
    assert "You have no apps yet" in browser.answer.text
    assert world.get("/account/~", token).status_code == 401
    assert code_of(world.post_token(auth, **form)) == "OAU-153"


def test_what_cannot_be_deleted_is_said(tmp_path: Path) -> None:
    path = tmp_path / "apps.json"
    with PracticePlatform(apps_file=path) as platform:
        world = World(platform, Clock())
        browser = _create(world)
        page = browser.answer.url
        path.write_text("{")
        answer = browser.submit(0)
        assert answer.status_code == 500
        assert "Move it away" in answer.text
        assert browser.open(page).status_code == 200


def test_an_app_that_another_platform_deleted_can_be_saved_again(tmp_path: Path) -> None:
    path = tmp_path / "apps.json"
    with PracticePlatform(apps_file=path) as platform:
        world = World(platform, Clock())
        browser = _create(world)
        page = browser.answer.url
        client_id = page.rpartition("/")[2]
        platform.controls.change_app(client_id, status="inactive")
        AppStore(path).delete(client_id)
        assert browser.open(page + "/edit").status_code == 200
        assert browser.submit(status="active").status_code == 200
        assert world.authorize(client_id=client_id).status_code == 302


def test_deleting_says_first_what_it_means(world: World) -> None:
    page = _create(world).answer.text
    details = page.rpartition("<details>")[2]
    assert "<summary>Delete this app</summary>" in details
    assert "cannot be undone" in details.partition("<button")[0]


def test_names_are_escaped(world: World) -> None:
    browser = _create(world, name='<script>"x"</script>')
    assert "<script>" not in browser.answer.text
    assert "<script>" not in browser.open("/practice/console").text


def test_forms_from_elsewhere_are_refused(world: World) -> None:
    browser = world.browser()
    browser.open("/practice/console/new")
    for fields, headers in (
        ({"form_token": ""}, None),
        ({"form_token": "ä"}, None),
        ({}, {"Origin": "http://evil.example"}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        browser.open("/practice/console/new")
        assert browser.submit(headers=headers, **_GOOD | fields).status_code == 403
    browser.open("/practice/console/new")
    form = browser.form()
    answer = requests.post(world.url(form.action), data=form.fields | _GOOD, timeout=TIMEOUT)
    assert answer.status_code == 403


def test_a_browser_has_a_limited_number_of_apps(world: World) -> None:
    browser = world.browser()
    for _ in range(MOST_APPS_PER_OWNER):
        browser.open("/practice/console/new")
        assert browser.submit(**_GOOD).status_code == 200
    browser.open("/practice/console/new")
    assert "Delete one first" in browser.submit(**_GOOD).text


def test_there_is_room_for_a_class_however_many_apps_people_make(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "MOST_APPS", 5)
    with PracticePlatform(learners=2) as platform:
        browser = Browser(platform.server_url)
        for said in ("Delete this app", "Delete this app", "holds no more apps"):
            browser.open("/practice/console/new")
            assert said in browser.submit(**_GOOD).text
        platform.controls.add_seats(2)
        platform.controls.end_class()
        platform.controls.add_seats(3)
        assert platform.seats == 5


def test_the_owner_cookie_is_out_of_reach_of_scripts(world: World) -> None:
    cookie = requests.get(world.url("/practice/console"), timeout=TIMEOUT).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
