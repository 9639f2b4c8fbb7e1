"""The way to a code: authorization request, sign-in, consent."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.web.authorize import prefers_json

from ..conftest import CHALLENGE, REDIRECT_URI, TIMEOUT, Clock, World


def test_the_whole_way_ends_at_the_app_with_code_state_and_lifetime(world: World) -> None:
    browser = world.sign_in(state="a b/é&=#+")
    answer = browser.submit(decision="allow")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(REDIRECT_URI + "?code=")
    assert list(browser.landed) == ["code", "state", "expires_in"]
    assert browser.landed["state"] == "a b/é&=#+"
    assert browser.landed["expires_in"] == "60"
    assert len(browser.landed["code"]) >= 43


def test_the_request_may_come_in_a_form(world: World) -> None:
    browser = world.browser()
    browser.open("/restapi/oauth/authorize", "POST", data=world.request_parameters())
    assert set(browser.form().fields) == {"interaction", "username", "password"}


def test_a_denial_is_told_to_the_app(world: World) -> None:
    browser = world.sign_in()
    browser.submit(decision="deny")
    assert browser.landed["error"] == "access_denied"
    assert browser.landed["error_description"]
    assert browser.landed["state"] == "xyz"
    assert "code" not in browser.landed


def test_without_state_none_comes_back(world: World) -> None:
    for state in (None, ""):
        browser = world.sign_in(state=state)
        browser.submit(decision="allow")
        assert "state" not in browser.landed


def test_the_consent_page_names_the_app_and_what_it_wants(world: World) -> None:
    page = world.sign_in().answer.text
    assert "Tutorial app (built in)" in page
    assert "call history" in page
    assert "Alex Rivera" in page
    assert 'name="decision" value="allow"' in page
    assert 'name="decision" value="deny"' in page


def test_the_app_sees_no_difference_between_user_name_spellings(world: World) -> None:
    for username in (" ALEX ", "alex@maplestreet.example"):
        assert "Alex Rivera" in world.sign_in(username).answer.text


def test_a_wrong_password_shows_the_page_again_with_a_message(world: World) -> None:
    for username, password in (("alex", "oak"), ("nobody", "maple"), ("alex", "")):
        browser = world.sign_in(username, password)
        assert browser.answer.status_code == 200
        assert "User name or password is wrong" in browser.answer.text
        assert browser.form().fields["username"] == username
        assert browser.form().fields["password"] == ""
    browser = world.sign_in("alex", "oak")
    browser.submit(username="alex", password="maple")
    assert "decision" in browser.answer.text


def test_the_sign_in_page_shows_people_and_takes_the_login_hint(world: World) -> None:
    browser = world.browser()
    browser.open("/restapi/oauth/authorize", params=world.request_parameters(login_hint='"><b>x'))
    assert "<code>maple</code>" in browser.answer.text
    assert "<code>birch</code>" in browser.answer.text
    assert "<b>x" not in browser.answer.text
    assert browser.form().fields["username"] == '"><b>x'


def test_consent_before_signing_in_gives_no_code(world: World) -> None:
    browser = world.browser()
    browser.open("/restapi/oauth/authorize", params=world.request_parameters())
    data = {"interaction": browser.form().fields["interaction"], "decision": "allow"}
    answer = browser.open("/practice/consent", "POST", data=data)
    assert "Password" in answer.text
    assert "code=" not in answer.url
    assert "Password" in browser.open(f"/practice/consent?interaction={data['interaction']}").text
    browser.submit(username="alex", password="maple")
    browser.submit(decision="perhaps")
    assert "Location" not in browser.answer.headers


def test_a_decision_counts_once(world: World) -> None:
    browser = world.sign_in()
    form = browser.form()
    browser.submit(decision="allow")
    again = browser.open(form.action, "POST", data=form.fields | {"decision": "allow"})
    assert again.status_code == 403
    assert "This sign-in is over" in again.text


def test_an_interaction_ends_after_a_while(world: World) -> None:
    browser = world.sign_in()
    world.clock.advance(901)
    assert browser.submit(decision="allow").status_code == 403


# Cross-site request forgery


def test_another_browser_cannot_go_on(world: World) -> None:
    browser = world.sign_in()
    form = browser.form()
    for other in (world.browser(), world.sign_in()):
        answer = other.open(form.action, "POST", data=form.fields | {"decision": "allow"})
        assert answer.status_code == 403
        assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:8888"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused(world: World, headers: dict[str, str]) -> None:
    assert world.sign_in().submit(decision="allow", headers=headers).status_code == 403


def test_our_own_pages_send_no_origin_because_they_send_no_referrer(world: World) -> None:
    browser = world.sign_in()
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert browser.submit(decision="allow", headers=own).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    cookie = world.authorize().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_person_comes_from_another_site_and_that_is_fine(world: World) -> None:
    browser = world.browser()
    browser.http.headers["Sec-Fetch-Site"] = "cross-site"
    browser.open("/restapi/oauth/authorize", params=world.request_parameters())
    assert browser.answer.status_code == 200
    assert "username" in browser.form().fields


def test_two_tabs_of_one_browser_do_not_disturb_each_other(world: World) -> None:
    first = world.sign_in(state="first")
    second = world.browser()
    second.http = first.http
    second.open("/restapi/oauth/authorize", params=world.request_parameters(state="second"))
    first.submit(decision="allow")
    assert first.landed["state"] == "first"
    second.submit(username="sam", password="birch")
    second.submit(decision="allow")
    assert second.landed["state"] == "second"


def test_a_strange_cookie_is_only_a_wrong_cookie(world: World) -> None:
    form = world.sign_in().form()
    headers = {"Cookie": "practice_browser=\xe4\xf6".encode("latin-1")}
    answer = requests.post(world.url(form.action), data=form.fields, headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 403


# Errors that are never redirects (RFC 6749 §4.1.2.1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "nobody"}, "OAU-153"),
        ({"client_id": ""}, "OAU-153"),
        ({"client_id": None}, "OAU-153"),
        ({"redirect_uri": None}, "OAU-109"),
        ({"redirect_uri": ""}, "OAU-109"),
        *(
            ({"redirect_uri": uri}, "OAU-109")
            for uri in (
                REDIRECT_URI + "/",
                REDIRECT_URI + "?x=1",
                REDIRECT_URI + "/../x",
                REDIRECT_URI + "#",
                REDIRECT_URI.upper(),
                REDIRECT_URI.replace("http:", "https:"),
                REDIRECT_URI.replace("5000", "5999"),
                REDIRECT_URI.replace("localhost", "[::1]"),
                REDIRECT_URI.replace("localhost", "0177.0.0.1"),
                "http://127.0.0.1:5000@evil.example/oauth2callback",
                "http://localhost:5000\\@evil.example/oauth2callback",
                "https://evil.example/",
                REDIRECT_URI + "%00",
            )
        ),
    ],
)
def test_a_wrong_app_or_redirect_uri_gets_a_page(world: World, changes: dict[str, str | None], code: str) -> None:
    answer = world.authorize(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert code in answer.text
    assert "What to do" in answer.text
    assert "text/html" in answer.headers["Content-Type"]


def test_an_app_without_redirect_uris_gets_a_page() -> None:
    with PracticePlatform(redirect_uris=()) as platform:
        answer = World(platform, Clock()).authorize()
    assert answer.status_code == 403
    assert "OAU-113" in answer.text


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "response_type", "surprise"])
def test_a_repeated_parameter_gets_a_page(world: World, name: str) -> None:
    repeated = [*world.request_parameters().items(), (name, "other"), (name, "another")]
    url = world.url("/restapi/oauth/authorize")
    answer = requests.get(url, params=repeated, allow_redirects=False, timeout=TIMEOUT)
    assert answer.status_code == 400
    assert "OAU-111" in answer.text


def test_a_program_gets_json(world: World) -> None:
    url = world.url("/restapi/oauth/authorize")
    parameters = world.request_parameters(client_id="<x>")
    for accept, json in (
        ("application/json", True),
        ("application/json, text/html;q=0.5", True),
        ("text/html,application/json;q=0.9", False),
        ("*/*", False),
        ("text/html;q=nonsense", False),
        ("application/json;q=\xb2", False),
    ):
        answer = requests.get(url, params=parameters, headers={"Accept": accept}, timeout=TIMEOUT)
        assert answer.status_code == 400
        assert ("application/json" in answer.headers["Content-Type"]) is json, accept
        if json:
            assert answer.json()["error"] == "invalid_client"
            assert answer.json()["errors"][0]["parameters"][0]["parameterName"] == "client_id"
        else:
            assert "<x>" not in answer.text


def test_unreadable_parameters_get_a_page(world: World) -> None:
    for query in ("client_id=%ff", "state=%C3%28", "&".join(f"p{number}=1" for number in range(200))):
        answer = requests.get(world.url("/restapi/oauth/authorize?" + query), timeout=TIMEOUT)
        assert answer.status_code == 400


# Errors that the app is told


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"response_type": None}, "response_type"),
        ({"response_type": "token"}, ""),
        ({"response_type": "code token"}, ""),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S512"}, "code_challenge_method"),
        ({"code_challenge_method": "S256"}, "code_challenge"),
        ({"code_challenge": "short"}, "code_challenge"),
        ({"code_challenge": "a" * 129}, "code_challenge"),
        ({"code_challenge": "a" * 42 + "="}, "code_challenge"),
    ],
)
def test_other_errors_go_to_the_app_with_its_state(world: World, changes: dict[str, str | None], wrong: str) -> None:
    answer = world.authorize(**changes)
    assert answer.status_code == 302
    address, _, query = answer.headers["Location"].partition("?")
    assert address == REDIRECT_URI
    error, words = "invalid_request", f"Parameter [{wrong}] value is invalid."
    if not wrong:
        error, words = "unsupported_response_type", "Unsupported response type"
    told = dict(parse_qsl(query))
    assert told.pop("error_description").startswith(words)
    assert told == {"error": error, "state": "xyz"}


def test_a_client_side_app_must_send_a_challenge(world: World) -> None:
    app = world.new_app(application_type="client")
    answer = world.authorize(client_id=app["client_id"])
    assert "error=invalid_request" in answer.headers["Location"]
    answer = world.authorize(client_id=app["client_id"], code_challenge=CHALLENGE)
    assert answer.headers["Location"].startswith("/practice/sign-in")


def test_unknown_and_empty_parameters_and_the_scope_are_ignored(world: World) -> None:
    code = world.code(foo="bar", display="", code_challenge="", scope="Everything", prompt="login")
    assert world.exchange(code).json()["scope"] == "ReadAccounts ReadCallLog"


def test_a_query_of_the_redirect_uri_is_kept_byte_for_byte(world: World) -> None:
    uri = "http://localhost:5000/cb?x=%2f&&y"
    app = world.new_app(redirect_uris=uri)
    browser = world.sign_in(client_id=app["client_id"], redirect_uri=uri)
    browser.submit(decision="allow")
    assert browser.answer.headers["Location"].startswith(uri + "&code=")


def test_the_consent_form_may_lead_to_the_app_and_nowhere_else(world: World) -> None:
    policy = world.sign_in().answer.headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:5000;" in policy
    uri = "http://[::1]:5000/cb"
    app = world.new_app(redirect_uris=uri)
    browser = world.sign_in(client_id=app["client_id"], redirect_uri=uri)
    assert "form-action 'self' http:;" in browser.answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "inactive"}, "OAU-127"),
        ({"redirect_uris": ["http://localhost:5001/other"]}, "OAU-109"),
        ({"flow": "jwt"}, "OAU-112"),
    ],
)
def test_an_app_that_was_changed_on_the_way_gets_no_code(world: World, change: dict[str, Any], code: str) -> None:
    browser = world.sign_in()
    consent = browser.answer.url
    world.platform.controls.change_app(world.platform.client_id, **change)
    answer = browser.submit(decision="allow")
    assert answer.status_code >= 400
    assert code in answer.text
    assert code in browser.open(consent).text


def test_an_app_that_was_deleted_on_the_way_gets_no_code(world: World) -> None:
    console = world.browser()
    console.open("/practice/console/new")
    console.submit(name="Mine", application_type="server", redirect_uris=REDIRECT_URI, permission_SMS="yes")
    browser = world.sign_in(client_id=console.answer.url.rpartition("/")[2])
    console.submit()
    answer = browser.submit(decision="allow")
    assert (answer.status_code, "OAU-153" in answer.text) == (400, True)


def test_people_allow_what_the_app_wants_now_and_nothing_that_they_were_not_shown(world: World) -> None:
    browser = world.sign_in()
    assert "call history" in browser.answer.text
    world.platform.controls.change_app(world.platform.client_id, permissions=["ReadAccounts", "SMS"])
    browser.submit(decision="allow")
    assert "Send text messages" in browser.answer.text
    assert "call history" not in browser.answer.text
    world.platform.controls.change_app(world.platform.client_id, permissions=["SMS"])
    browser.submit(decision="allow")
    assert world.exchange(browser.landed["code"]).json()["scope"] == "SMS"


_HEADER = st.text(alphabet=st.characters(max_codepoint=255))


@given(_HEADER | st.from_regex(r"(application/json|text/html|\*/\*)(;q=.{0,5})?(, ?text/html(;q=.{0,5})?)?"))
def test_any_accept_header_is_understood_one_way_or_the_other(accept: str) -> None:
    assert prefers_json(accept) in (True, False)
