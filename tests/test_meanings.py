"""What the names in messages mean: everything that a login really sends has a meaning, and each has a source."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from rc_nb_helpers import ApiError, Session, meanings
from rc_nb_helpers.exchanges import _HEADERS_THAT_MATTER
from rc_nb_helpers.meanings import meaning_of

from .conftest import SOON, Browser

EVERY = [
    (kind, name, meaning)
    for table in (meanings._PARAMETERS, meanings._HEADERS_OF, {"": meanings._HEADERS})
    for kind, names in table.items()
    for name, meaning in names.items()
]


def test_a_meaning_is_short_and_says_where_it_is_from() -> None:
    for kind, name, meaning in EVERY:
        assert 10 < len(meaning.purpose) < 240, f"{kind} {name}: one or two sentences"
        assert meaning.purpose.endswith((".", '".')), meaning.purpose
        assert not meaning.protects or meaning.protects.startswith("You"), "of the person who reads it"
        assert meaning.source.startswith(("RFC ", "OpenID Connect Core §", "RingCentral, ")), (kind, name)
        link = urlsplit(meaning.link)
        assert link.scheme == "https"
        assert link.hostname in ("www.rfc-editor.org", "openid.net", "developers.ringcentral.com")


def test_a_name_means_something_else_in_another_message() -> None:
    def purpose(name: str, kind: str) -> str:
        meaning = meaning_of(name, kind)
        return meaning.purpose if meaning else ""

    assert "code" in purpose("expires_in", "callback")
    assert "access token" in purpose("expires_in", "token")
    assert purpose("Authorization", "token").startswith("Basic")
    assert purpose("Authorization", "API").startswith("Bearer")


def test_what_nobody_has_written_down_has_no_meaning() -> None:
    assert meaning_of("colour", "authorization") is None
    assert meaning_of("state", "other") is None
    assert meaning_of("", "") is None
    assert meaning_of("STATE", "authorization") is None, "parameters are told apart by upper and lower case"


def test_headers_are_found_in_any_case_and_all_that_are_recorded_are_explained() -> None:
    assert meaning_of("Retry-After", "other") == meaning_of("retry-after", "API")
    for name in _HEADERS_THAT_MATTER:
        assert meaning_of(name.title(), "token"), name


def test_everything_that_a_login_really_sends_and_gets_has_a_meaning(session: Session, browser: Browser) -> None:
    attempt = session.begin_login(login_hint="alex", prompt="login")
    browser.log_in(attempt)
    attempt.wait(timeout=SOON)
    session.refresh()
    with pytest.raises(ApiError):
        session.get("/restapi/v1.0/account/~/extension", perPage="many", page=1)
    session.logout()
    seen = set()
    for exchange in session.exchanges:
        names = [name for name, _ in (*exchange.parameters, *exchange.headers, *exchange.answer_headers)]
        names += json.loads(exchange.answer) if exchange.answer.startswith("{") else []
        seen |= {(exchange.kind, name) for name in names}
        assert [name for name in names if meaning_of(name, exchange.kind) is None] == [], exchange.kind
    assert {kind for kind, _ in seen} == {"authorization", "callback", "token", "refresh", "API", "revoke"}
