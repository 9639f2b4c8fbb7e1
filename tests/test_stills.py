"""Pictures of messages: what they say, that they may be saved, and that they can be read where they are shown."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest

from rc_nb_helpers import Session
from rc_nb_helpers.session import PERSON_PATH
from rc_nb_helpers.stills import MOST_STEPS, Step, sequence, step_of, still
from rc_nb_helpers.wire import Message

from .conftest import SOON, environment_of

SVG = "{http://www.w3.org/2000/svg}"


def message(key: str = "1", **changes: Any) -> Message:
    """The request for tokens, answered; with changes another one."""
    plain: dict[str, Any] = {
        "key": key,
        "login": 1,
        "kind": "token",
        "sender": "notebook",
        "receiver": "server",
        "through_browser": False,
        "method": "POST",
        "url": "http://127.0.0.1:8440/restapi/oauth/token",
        "status": 200,
        "seconds": 0.1,
        "gap": 0.5,
        "seen_by": frozenset({"notebook"}),
    }
    return Message(**{**plain, **changes})


def by_browser(key: str, kind: str, url: str = "", **changes: Any) -> Message:
    """A message that goes through the browser; without an address nobody has seen it."""
    seen = {} if url else {"status": None, "seen_by": frozenset()}
    how = {"method": "GET" if url else "", "sender": "browser", "through_browser": True}
    return message(key, kind=kind, url=url, **{**how, **seen, **changes})


LOGIN = (
    by_browser(
        "1", "authorization", "http://127.0.0.1:8440/restapi/oauth/authorize?client_id=me&state=(hidden)", status=302
    ),
    by_browser("2", "sign-in"),
    by_browser("3", "callback", "http://hub.example/user/ada.lovelace/rc-callback/?code=(hidden)", receiver="notebook"),
    message("4"),
)


def test_a_login_is_told_in_pictures_and_in_words():
    picture = still(LOGIN, title="My login", server="Practice")
    assert picture.text.splitlines() == [
        "My login. Who sent which message to whom, from top to bottom.",
        "1. Browser to Practice, through the browser: Ask for a login: GET /restapi/oauth/authorize, answered 302",
        "2. Browser to Practice, through the browser: Sign in, nobody here has seen this",
        "3. Browser to Notebook, through the browser: Bring the answer back: GET (redirect URI), answered 200",
        "4. Notebook to Practice, behind the browser's back: Trade the code for tokens: POST /restapi/oauth/token, "
        "answered 200",
    ]
    root = ElementTree.fromstring(picture.svg)
    assert root.findtext(f"{SVG}title") == "My login"
    assert "4. Notebook to Practice" in root.findtext(f"{SVG}desc", "")
    drawn = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    for words in ("Notebook", "Browser", "Practice", "4. Trade the code for tokens", "behind the browser's back"):
        assert words in drawn


def test_a_failure_stands_in_its_place_with_cause_and_cure():
    failed = message(status=400, state="failed", code="OAU-109")
    (_, line) = still([failed]).text.splitlines()
    assert "failed, answered 400 OAU-109. The redirect URI that was sent is not one that is registered" in line
    assert "→ Make RC_REDIRECT_URL" in line


def test_what_went_wrong_in_the_browser_is_told_for_what_it_is():
    """Practice has a word of its own for a wrong password; a denial comes with a question, not with an answer."""
    wrong = by_browser("1", "sign-in", "/practice/sign-in", method="POST", state="failed", code="sign-in", status=200)
    denied = by_browser("2", "callback", "http://x/y", receiver="notebook", state="failed", code="access_denied")
    _, first, second = still([wrong, denied]).text.splitlines()
    assert "POST /practice/sign-in, failed, answered 200. The user name and the password" in first
    assert "Bring the answer back (access_denied): GET (redirect URI), failed, answered 200. Somebody" in second


def test_two_runs_of_the_same_login_give_the_same_bytes():
    """What differs from run to run: times, ports, ids."""
    again = [
        replace(
            each, key=f"{each.key}0", url=each.url.replace("8440", "9550").replace("me", "you"), seconds=9.9, gap=None
        )
        for each in LOGIN
    ]
    assert still(again) == still(LOGIN)


def test_two_real_logins_give_the_same_bytes(practice, browser):
    """On one platform, which has recorded the first when it is asked about the second."""
    pictures = []
    for _ in range(2):
        session = Session(environment_of(practice))
        attempt = session.begin_login()
        browser.log_in(attempt)
        attempt.wait(timeout=SOON)
        session.get(PERSON_PATH)
        session.logout()
        pictures.append(still(session.wire(), title="My login", server="Practice"))
    assert pictures[0] == pictures[1]
    assert "Revoke the tokens" in pictures[0].text
    assert "nobody here has seen this" not in pictures[0].text


@pytest.mark.parametrize(
    ("path", "saved"),
    [
        ("/restapi/v1.0/account/~/extension/~/call-log", "/restapi/v1.0/account/~/extension/~/call-log"),
        ("/restapi/v1.0/account/8055551/extension/101", "/restapi/v1.0/account/…/extension/…"),
        ("/restapi/v1.0/account/~/extension/~/sms/rivera", "/restapi/v1.0/account/~/extension/~/sms/…"),
        ("/scim/v2/Users/alex.rivera@example.com", "/…/v2/…/…"),
    ],
)
def test_a_path_is_saved_without_what_may_be_an_id_a_name_or_a_number(path: str, saved: str):
    call = message(kind="API", method="GET", url=f"https://x.example{path}?phoneNumber=%2B16505550100")
    text = still([call]).text
    assert text.endswith(f"Call the API: GET {saved}, answered 200")
    assert path in step_of(call).text  # where it is not saved, all of it is there


def test_whatever_else_a_message_holds_is_not_saved():
    private = "Alex Rivera +16505550100 8055551"
    fields: Any = dict.fromkeys(("body", "answer", "error"), private)
    fields |= dict.fromkeys(("parameters", "headers", "answer_headers"), ((private, private),))
    strange = message(key=private, state="failed", status=400, code=private, **fields)
    odd = message(kind="API", method=private, url=f"http://{private}@x.example/{private}?{private}#{private}")
    for picture in (still([strange]), still([odd])):
        for part in private.split():
            assert part not in picture.svg + picture.text


def test_the_newest_login_is_drawn_and_the_same_call_once_and_not_more_than_can_be_looked_at():
    calls = [message(str(each), login=2, kind="API", method="GET", url="/restapi") for each in range(3)]
    lines = still([*LOGIN, *calls]).text.splitlines()
    assert lines[1:] == [
        "1. Notebook to RingCentral, behind the browser's back: Call the API: GET /restapi (several times), "
        "answered 200"
    ]
    many = [message(str(each), kind="API", status=200 + each % 2) for each in range(3 * MOST_STEPS)]
    first, *rest = still(many).text.splitlines()
    assert len(rest) == MOST_STEPS
    assert "The newest 40 messages" in first
    assert "Nothing has passed yet" in still([]).text


def test_a_cell_shows_an_image_with_its_words_and_can_be_searched():
    """An untrusted JupyterLab shows no image/svg+xml, and none at all has a place for its words."""
    picture = still(LOGIN, title='Of "Ada" <b>&')
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == picture.text
    image, alt = re.fullmatch(
        r'<img src="data:image/svg\+xml;base64,([\w+/=]+)" alt="([^"<>]*)" style="[^"<>]*">', bundle["text/html"]
    ).groups()  # type: ignore[union-attr]
    assert base64.b64decode(image).decode() == picture.svg
    assert unescape(alt).split() == picture.text.split()


def test_the_file_is_the_picture(tmp_path):
    picture = still(LOGIN)
    assert picture.save(tmp_path / "login.svg").read_bytes() == picture.svg.encode()


TROUBLE = '<script>alert(1)</script> & "quoted" \x00\x1b\ud800 ÄÖÜ 日本 ' + "/very-long" * 40 + "x" * 300


def test_a_picture_is_well_formed_and_brings_nothing_along_whatever_stands_in_it():
    steps = [
        Step("A", "B", TROUBLE, answer=TROUBLE, mark="failed", way="behind", remark=TROUBLE),
        Step("B", "B", "stays", mark="expected", way="through"),
        Step("B", "A", "back", mark="under way"),
    ]
    picture = sequence(TROUBLE, TROUBLE, steps, lanes=["A", "B"])
    root = ElementTree.fromstring(picture.svg)
    names = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert names == {"svg", "title", "desc", "rect", "path", "text"}
    assert not re.search(r"(?i)\bhref|url\(|@import|\bon\w+=|<style|<script", picture.svg)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_its_words_can_be_read_on_its_own_ground():
    picture = still([*LOGIN, message("5", state="failed", status=500)])
    root = ElementTree.fromstring(picture.svg)
    assert root.find(f"{SVG}rect").get("fill") == "#ffffff"  # type: ignore[union-attr]
    grounds = {each.get("fill", "") for each in root.iter(f"{SVG}rect") if float(each.get("width", "0")) > 50}
    words = {each.get("fill", "") for each in root.iter(f"{SVG}text")}
    assert len(words) >= 3
    for ground in grounds:
        for word in words:
            assert (luminance(ground) + 0.05) / (luminance(word) + 0.05) >= 4.5
