"""A link to the sign-in page that is wrong: what the person reads, and what the instructor sees."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.record import Entry
from rc_nb_helpers.practice.controls import Controls

from ..conftest import CHALLENGE, REDIRECT_URI, TIMEOUT, Clock, World

PAGE = "/restapi/oauth/authorize"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SEAT = "learner-002"


def words_of(answer: requests.Response) -> str:
    """The text of a page, as somebody reads it."""
    assert "text/html" in answer.headers["Content-Type"], answer.text[:200]
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", main)).split())


def question(client_id: str) -> str:
    return urlencode(
        {"state": "not-to-be-shown", "response_type": "code", "client_id": client_id, "redirect_uri": REDIRECT_URI}
    )


def without(name: str, client_id: str, instead: str = "") -> str:
    """The link's question with another piece in the place of one."""
    pieces = [one for one in question(client_id).split("&") if not one.startswith(name + "=")]
    return PAGE + "?" + "&".join([*pieces, instead] if instead else pieces)


# name: the link of an app with this id, RingCentral's code, and what the page says.
WRONG = {
    "no app": (lambda app: without("client_id", app), "OAU-153", "has no client_id", "environment.client_id"),
    "empty": (lambda app: without("client_id", app, "client_id="), "OAU-153", "an empty client_id", "RC_CLIENT_ID"),
    "misspelled": (lambda app: without("client_id", app, f"clientId={app}"), "OAU-153", "no client_id", "clientId"),
    "escaped": (lambda app: PAGE + "?" + question(app).replace("&", "&amp;"), "OAU-153", "no client_id", "amp;client"),
    "joined": (lambda app: PAGE + "?" + question(app).replace("&", ""), "OAU-153", "run into each other", "& sign"),
    "semicolons": (lambda app: PAGE + "?" + question(app).replace("&", ";"), "OAU-153", "run into", "& sign"),
    "bare": (lambda app: PAGE, "OAU-153", "asks nothing", "urlencode(question)"),
    "None": (lambda app: PAGE + "?" + question("None"), "OAU-153", "the word None", "environment.client_id"),
    "space": (lambda app: PAGE + "?" + question(app + " "), "OAU-153", "around the client id", "a character too many"),
    "nearly": (lambda app: PAGE + "?" + question(app[:-1]), "OAU-153", "does not know this app", "nearly the one of"),
    "unknown": (lambda app: PAGE + "?" + question("nobody"), "OAU-153", "does not know this app", "notebook 01"),
    "nowhere": (lambda app: without("redirect_uri", app), "OAU-109", "has no redirect_uri", "environment.redirect_uri"),
    "url": (lambda app: without("redirect_uri", app, "redirect_url=x"), "OAU-109", "no redirect_uri", "redirect_url"),
    "elsewhere": (lambda app: without("redirect_uri", app, "redirect_uri=x"), "OAU-109", "does not match", "console"),
    "twice": (lambda app: PAGE + "?" + question(app) + "&state=b", "OAU-111", "came twice", "has state more than once"),
    "no ?": (lambda app: PAGE + question(app), "CMN-120", "run into each other", "authorizestate=…"),
    "& for ?": (lambda app: PAGE + "&" + question(app), "CMN-120", "run into each other", "without a ?"),
    "%3F": (lambda app: PAGE + "%3F" + question(app), "CMN-120", "question mark of the link is encoded", "%3F"),
    "British": (lambda app: f"/restapi/oauth/authorise?{question(app)}", "CMN-120", "no such page", "authorise"),
    "capital": (lambda app: f"/restapi/oauth/Authorize?{question(app)}", "CMN-120", "no such page", "letter by letter"),
    "slash": (lambda app: f"{PAGE}/?{question(app)}", "CMN-120", "no such page", "authorize/"),
    "two slashes": (lambda app: f"/{PAGE}?{question(app)}", "CMN-120", "no such page", "RC_SERVER_URL"),
    "short": (lambda app: f"/oauth/authorize?{question(app)}", "CMN-120", "no such page", PAGE),
    "versioned": (lambda app: f"/restapi/v1.0/oauth/authorize?{question(app)}", "CMN-120", "no such page", PAGE),
}  # fmt: skip


@pytest.fixture(scope="module")
def room():
    """A class, and a browser in which the second seat has begun a login before."""
    with PracticePlatform(learners=3) as platform:
        world = World(platform, Clock())
        browser = world.browser()
        browser.http.headers.update(BROWSER)
        app = platform.users[1]["client_id"]
        browser.open(f"{PAGE}?{question(app)}")
        yield platform, browser, app


def last_request(controls: Controls) -> Entry:
    return controls.requests()[-1]


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_link_says_what_happened_why_and_what_to_do(room, case: str) -> None:
    platform, browser, app = room
    link, code, *said = WRONG[case]
    words = words_of(browser.open(browser.server_url + link(app)))
    assert code in words
    assert "Why" in words
    assert "What to do" in words
    assert "notebook 0" in words.lower()
    for each in said:
        assert each in words
    assert "not-to-be-shown" not in words
    seen = last_request(platform.controls)
    assert (seen.client_id, seen.code) == (app, code), "the board does not know whose it is"
    assert "not-to-be-shown" not in str(seen)


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"response_type": None}, "no response_type: write response_type=code"),
        ({"response_type": None, "responseType": "code"}, "has responseType, which nobody reads"),
        ({"response_type": "token"}, "write response_type=code"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S265"}, "code_challenge_method is S256"),
        ({"code_challenge_method": "S256"}, "no code_challenge"),
        ({"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"}, "no = at its end"),
    ],
)
def test_what_the_app_is_told_has_its_lesson_too(room, instead: dict[str, str | None], said: str) -> None:
    """Its redirect URI is right, so it learns of it (RFC 6749 §4.1.2.1), in the field for who has written it."""
    platform, browser, app = room
    asked = World(platform, Clock()).request_parameters(client_id=app, **instead)
    answer = browser.open(PAGE, params=asked)
    description = browser.landed["error_description"]
    assert re.match(r"Parameter \[\w+\] value is invalid\. |Unsupported response type\. ", description)
    assert said in description
    assert ("nobody reads" in description) == ("responseType" in instead)
    assert re.search(r"notebook 0[24]\.$", description)
    assert re.fullmatch(r"[ !#-\[\]-~]+", description), "RFC 6749 knows no other signs there"
    assert answer.status_code == 302


def test_where_the_client_id_is_missing_nobody_is_told_of_an_unknown_app(room) -> None:
    _, browser, app = room
    for case in ("no app", "empty", "misspelled", "joined", "bare"):
        assert "does not know this app" not in words_of(browser.open(WRONG[case][0](app)))


@pytest.mark.parametrize("wrong", ["{}", ' "{}" ', "{}x"])
@pytest.mark.parametrize("cut", [None, -3])
def test_a_secret_in_the_place_of_the_client_id_is_told_and_not_repeated(room, wrong: str, cut: int | None) -> None:
    platform, browser, app = room
    secret = platform.users[1]["client_secret"][:cut]
    asked = question(wrong.format(secret))
    answer = requests.get(browser.server_url + f"{PAGE}?{asked}", headers=BROWSER, timeout=TIMEOUT)
    assert "This is the client secret" in words_of(answer)
    assert secret not in words_of(answer)
    assert last_request(platform.controls).client_id == app


def test_whose_link_it_is_stands_in_it_also_where_the_question_ran_into_the_address(room) -> None:
    platform, browser, _ = room
    third = platform.users[2]["client_id"]
    for case in ("no ?", "& for ?", "%3F", "British", "nearly"):
        requests.get(browser.server_url + WRONG[case][0](third), headers=BROWSER, timeout=TIMEOUT)
        assert last_request(platform.controls).client_id == third, case


@pytest.mark.parametrize("path", ["/restapi/oauth/token", "/restapi/v1.0/account", "/practice/nowhere", "/restapi/x"])
def test_other_addresses_are_not_taken_for_a_sign_in_link(room, path: str) -> None:
    assert "sign-in page" not in room[1].open(path).text


def test_a_program_still_gets_json_for_an_address_that_leads_nowhere(room) -> None:
    for accept in ("*/*", "application/json"):
        answer = requests.get(
            room[1].server_url + WRONG["British"][0]("x"), headers={"Accept": accept}, timeout=TIMEOUT
        )
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "CMN-120")
