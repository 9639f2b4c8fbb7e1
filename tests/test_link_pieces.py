"""Links to sign-in pages and answers to them, taken apart: all of it is named, and nothing that is secret is shown."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlencode

import pytest

from rc_nb_helpers import AuthorizationRequest, ConfigurationError
from rc_nb_helpers.link_pieces import Piece, TakenApart, compare, take_apart
from rc_nb_helpers.panels.pieces import LinkPieces
from rc_nb_helpers.panels.view import Details, View

from .conftest import eventually
from .test_view import unfit

REQUEST = AuthorizationRequest(
    server_url="https://platform.ringcentral.com",
    client_id="the-id-of-my-app",
    redirect_uri="http://localhost:5000/oauth2callback",
    state="of-this-login-" + "n4Qx0aVb7cZ9eT2gY5iU8oP1",  # a part of tests' names: the same in each process
    code_verifier="of-this-login-as-well-" + "n4Qx0aVb7-" + "cZ9eT2gY5iU8",
)
LINK = REQUEST.url
CODE = "U0pDMTFQMDFQQVMwMHxBQUJB-the-code"
ANSWER = f"{REQUEST.redirect_uri}?" + urlencode({"code": CODE, "state": REQUEST.state, "expires_in": 60})
AUTHORIZE = "https://platform.ringcentral.com/restapi/oauth/authorize"


def link_with(**changes: str | None) -> str:
    """The link with other parameters; None leaves one out."""
    values = dict(pair.split("=", 1) for pair in LINK.split("?")[1].split("&")) | changes
    return f"{AUTHORIZE}?" + "&".join(f"{name}={value}" for name, value in values.items() if value is not None)


def piece(link: TakenApart | tuple[Piece, ...], name: str) -> Piece:
    pieces = link if isinstance(link, tuple) else link.pieces + link.missing
    return next(each for each in pieces if each.name == name)


def text_of(found: object) -> str:
    """Everything that a thing would show."""
    return repr(dataclasses.astuple(found))  # type: ignore[call-overload]


def test_a_link_is_the_sum_of_its_pieces_and_each_has_a_purpose() -> None:
    link = take_apart(LINK)
    assert "".join(each.text for each in link.pieces) == LINK
    assert [each.name for each in link.pieces] == [
        *("server", "path", "response_type", "client_id", "redirect_uri"),
        *("state", "code_challenge", "code_challenge_method"),
    ]
    assert all(each.purpose and not each.note for each in link.pieces)
    assert link.missing == ()
    assert piece(link, "redirect_uri").value == REQUEST.redirect_uri
    assert piece(link, "state").value == REQUEST.state  # it is in the address bar anyhow
    assert "somebody else's login" in piece(link, "state").protects
    assert piece(link, "code_challenge").source == "RFC 7636 §4.2"


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("state", "a code of theirs"),
        ("code_challenge", "a thief who sees the code"),
        ("code_challenge_method", "the verifier itself"),
        ("client_id", "which app asks"),
        ("redirect_uri", "registered address"),
        ("response_type", "refuses the link"),
    ],
)
def test_what_is_not_there_is_said_and_what_may_happen_then(lacking: str, words: str) -> None:
    for link in (take_apart(link_with(**{lacking: None})), take_apart(link_with(**{lacking: ""}))):
        (missing,) = link.missing
        assert missing.name == lacking
        assert missing.note.startswith("Not there: without it")
        assert words in missing.note
        assert not missing.protects


def test_without_a_challenge_its_method_is_not_missed() -> None:
    names = [each.name for each in take_apart(link_with(code_challenge=None, code_challenge_method=None)).missing]
    assert names == ["code_challenge"]


@pytest.mark.parametrize(
    ("url", "name", "words"),
    [
        (link_with(state="abc"), "state", "guessed"),
        (link_with(response_type="token"), "response_type", "has to be code"),
        (link_with(code_challenge_method="plain"), "code_challenge_method", "PKCE protects nothing"),
        (link_with(code_challenge="short"), "code_challenge", "43 characters, and this has 5"),
        (link_with(redirect_uri="javascript:alert(1)"), "redirect_uri", "no web address"),
        (link_with(redirect_uri="http://192.0.2.1/x"), "redirect_uri", "Not encrypted"),
        (link_with(login_hint=""), "login_hint", "as if it were not there"),
        (LINK.replace("https://platform", "http://platform"), "server", "Not encrypted"),
        (LINK.replace("//platform.ringcentral.com", "//platform.ringcentral.com@evil.example"), "server", "deceived"),
    ],
)
def test_what_is_amiss_is_said_and_protects_nothing(url: str, name: str, words: str) -> None:
    found = piece(take_apart(url), name)
    assert words in found.note
    assert not found.protects


def test_a_parameter_that_stands_there_twice_is_seen_twice() -> None:
    link = take_apart(LINK + "&state=another")
    first, second = (each for each in link.pieces if each.name == "state")
    assert not first.note
    assert "only once" in second.note


@pytest.mark.parametrize(
    ("url", "secret", "shown"),
    [
        (LINK + "&client_secret=fig-tree", "fig-tree", "&client_secret=(hidden)"),
        (LINK + "&password=maple-tree", "maple-tree", "&password=(hidden)"),
        (ANSWER, CODE, "?code=(hidden)"),
        ("https://alex:maple-tree@server.example/", "maple-tree", "https://(hidden)@server.example"),
        ("https://server.example/#access_token=of-alex&x=1", "of-alex", "#access_token=(hidden)&x=1"),
        (f"https://server.example/go?to=http%3A%2F%2Fx%2F%3Fcode%3D{CODE}", CODE, "?to=(hidden)"),
    ],
)
def test_what_its_name_calls_a_secret_is_hidden(url: str, secret: str, shown: str) -> None:
    link = take_apart(url)
    assert secret not in text_of(dataclasses.replace(link, request=None))
    assert shown in [each.text for each in link.pieces]


@pytest.mark.parametrize(
    "url",
    [
        "https://server.example",
        "HTTPS://SERVER.example/?",
        "https://server.example/?&&=&=x&a=b=c#",
        "http://[::1/?redirect_uri=http://[::1",
        "https://server.example/?a=%ZZ%ff%00&b=%E2%80%AE",
        "https://server.example/\u202egpj.exe?\u05d0=\u202e\x1b[2J",
        f"{LINK}&{'&'.join(f'x{number}=1' for number in range(2000))}",
        link_with(state="s" * 10_000),
        "https://server.example/?x=\ud800",
    ],
    ids=range(9),
)
def test_any_link_can_be_taken_apart_and_shows_what_is_there(url: str) -> None:
    link = take_apart(url)
    shown = "".join(each.text + each.name + each.value for each in link.pieces)
    assert shown.isprintable()
    assert len(shown) < 20_000
    assert all(len(each.text) < 300 for each in link.pieces)


def test_another_page_is_no_sign_in_page_and_lacks_nothing() -> None:
    link = take_apart("https://developers.ringcentral.com/guide?utm=1")
    assert not link.is_sign_in
    assert link.missing == ()
    assert "Neither the standards nor RingCentral" in piece(link, "utm").purpose


@pytest.mark.parametrize(
    "given", [None, 5, b"https://x.example/", ["https://x.example"], "", "x.example", "javascript:1"]
)
def test_what_is_no_link_is_a_lesson(given: object) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no link to take apart.*show_link"):
        take_apart(given)  # type: ignore[arg-type]


# --- the answer


def test_the_answer_to_a_link_is_known_by_its_state_and_shows_neither_code_nor_state() -> None:
    found = compare(f"  <{ANSWER}>\n", take_apart(LINK))
    assert found.fits
    assert "is the one that the link has sent" in found.why
    assert [each.name for each in found.pieces] == ["address", "code", "state", "expires_in"]
    assert piece(found.pieces, "expires_in").text == "&expires_in=60"
    assert piece(found.pieces, "state").value == "the same as in the link"
    assert CODE not in text_of(found)
    assert REQUEST.state not in text_of(found)


def test_another_logins_answer_is_told_apart_and_repeated_nowhere() -> None:
    other = "https://evil.example/x?code=stolen-code&state=of-another-login&token=of-alex&colour=red-as-a-secret"
    found = compare(other, take_apart(LINK))
    assert not found.fits
    assert "another login" in found.happened
    state = piece(found.pieces, "state")
    assert (state.value, state.protects) == ("not the one in the link", "")
    assert "another question" in state.note
    for given in ("evil.example", "stolen-code", "of-another-login", "of-alex", "red-as-a-secret"):
        assert given not in text_of(found)


def test_a_no_is_an_answer_too() -> None:
    no = f"{REQUEST.redirect_uri}?error=access_denied&error_description=The+user+said+no&state={REQUEST.state}"
    found = compare(no, take_apart(LINK))
    assert found.fits
    assert "it is no" in found.happened
    assert piece(found.pieces, "error").value == "access_denied"


def test_without_a_state_nobody_can_tell() -> None:
    found = compare(ANSWER, take_apart(link_with(state=None)))
    assert found.fits is None
    assert "Nobody can tell" in found.happened
    assert "secrets." not in text_of(found)  # that is the course's next gap
    assert piece(found.pieces, "code").value == "(hidden)"
    assert REQUEST.state not in text_of(found)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (LINK, "sign-in page"),
        ("OAU-109", "OAU-109"),
        ("", "Nothing was pasted"),
        ("x" * 100_000, "too long"),
    ],
)
def test_what_is_no_answer_is_told_what_it_is_and_has_no_pieces(given: str, words: str) -> None:
    found = compare(given, take_apart(LINK))
    assert not found.fits
    assert words in f"{found.happened} {found.why}"
    assert found.pieces == ()


def test_a_link_that_asks_for_no_answer_gets_none() -> None:
    assert "no redirect_uri" in compare(ANSWER, take_apart("https://server.example/")).why


# --- the panel


def test_the_panel_shows_a_link_and_an_answer_by_messages_alone() -> None:
    panel = LinkPieces(LINK)
    panel._on_message(panel, {"press": "compare", "number": "1", "value": ANSWER}, [])
    eventually(lambda: panel.view["answered"] == ["1"])
    assert panel._details["summary"]["text"] == "This is the answer to the link."
    assert [each["name"] for each in panel._details["answer"]] == ["address", "code", "state", "expires_in"]
    panel._on_message(panel, {"press": "compare", "number": "2", "value": "nothing"}, [])
    eventually(lambda: panel.view["answered"] == ["1", "2"])
    assert panel._details["answer"] == [], "what was found before is not this answer's"
    assert unfit(panel.view, View) + unfit(panel._details, Details) == []
    for given in (REQUEST.client_id, REQUEST.state, CODE):
        assert given not in repr(panel.view)
    assert CODE not in repr(panel._details)


def test_a_link_that_asks_for_no_answer_has_no_box_for_one() -> None:
    panel = LinkPieces("https://server.example/")
    assert "entry" not in panel.view
    assert "not the link to a sign-in page" in panel._details["summary"]["text"]
