"""Masking hides secrets by name and by value, and leaves the rest readable."""

from __future__ import annotations

import json

import pytest

from rc_nb_helpers import masked
from rc_nb_helpers.redaction import HIDDEN, SECRET_NAMES


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_each_secret_name_is_hidden_in_a_form_and_in_json(name):
    assert masked(f"a=1&{name}=s3cr3t&b=2") == f"a=1&{name}={HIDDEN}&b=2"
    assert masked(json.dumps({"a": 1, name: "s3cr3t", "b": "2"})) == json.dumps({"a": 1, name: HIDDEN, "b": "2"})
    assert "s3cr3t" not in masked(repr({name: "s3cr3t"}))


def test_callback_address_keeps_everything_but_the_secrets():
    assert (
        masked("http://localhost:5000/oauth2callback?code=abc&state=xyz&expires_in=60#top")
        == f"http://localhost:5000/oauth2callback?code={HIDDEN}&state={HIDDEN}&expires_in=60#top"
    )


@pytest.mark.parametrize("text", ["error_code=7", "zip-code=12345", "statecode=9", "token_type=bearer", "status=200"])
def test_names_that_only_look_like_secrets_stay(text):
    assert masked(text) == text


def test_names_are_found_in_any_case():
    assert "abc" not in masked("Code=abc")


@pytest.mark.parametrize("kind", ["Basic", "basic", "Bearer", "bearer", "BEARER"])
def test_credentials_in_a_header_are_hidden(kind):
    assert masked(f"Authorization: {kind} dGVzdDp0ZXN0+/==") == f"Authorization: {kind} {HIDDEN}"
    assert masked(f"{{'Authorization': '{kind} abcdefgh.ij-kl_mn~'}}") == f"{{'Authorization': '{kind} {HIDDEN}'}}"


@pytest.mark.parametrize(
    "words",
    ["Basic authentication header is missing or malformed", "The bearer token.", "Basic Authentication, please"],
)
def test_words_about_headers_are_no_credentials(words):
    assert masked(words) == words


@pytest.mark.parametrize("value", ['a"b', "a\\b", 'a\\"b', "a'b", "tail\\"])
def test_quotes_inside_a_json_value_hide_with_it(value):
    text = json.dumps({"password": value, "user": "alex"})
    assert masked(text) == json.dumps({"password": HIDDEN, "user": "alex"})


def test_values_that_are_known_hide_wherever_they_stand():
    assert masked("Invalid refresh token: r-1.", secrets=["r-1", ""]) == f"Invalid refresh token: {HIDDEN}."


def test_text_without_secrets_is_not_touched():
    text = '{"records": [{"name": "Alex", "status": "Enabled"}], "paging": {"page": 1}}'
    assert masked(text) == text


def test_masking_twice_changes_nothing_more():
    once = masked("code=abc&x=1 Bearer abcdefgh123")
    assert masked(once) == once
