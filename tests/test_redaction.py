"""Masking hides secrets by name and by value, and leaves the rest readable."""

from __future__ import annotations

import json
import time
from urllib.parse import quote, urlencode

import pytest

from rc_nb_helpers import masked
from rc_nb_helpers.redaction import HIDDEN, beginning, opaque

SECRET_NAMES = (
    *("access_token", "refresh_token", "id_token", "client_secret", "code_verifier", "code_challenge"),
    *("code", "state", "password", "assertion", "token"),
)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_each_secret_name_is_hidden_in_a_form_and_in_json(name):
    assert masked(f"a=1&{name}=s3cr3t&b=2") == f"a=1&{name}={HIDDEN}&b=2"
    assert masked(json.dumps({"a": 1, name: "s3cr3t", "b": "2"})) == json.dumps({"a": 1, name: HIDDEN, "b": "2"})
    assert "s3cr3t" not in masked(repr({name: "s3cr3t"}))


@pytest.mark.parametrize("value", [{"access_token": "s3cr3t", "n": 1}, b'{"access_token":"s3cr3t","n":1}', None, 5])
def test_whatever_is_no_text_is_masked_as_its_text(value):
    text = masked(value)
    assert "s3cr3t" not in text
    assert "n" in text or text == str(value)


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


@pytest.mark.parametrize("times_encoded", [1, 2])
@pytest.mark.parametrize("name", SECRET_NAMES)
def test_address_inside_an_address_hides_its_secrets_too(name, times_encoded):
    inner = f"http://localhost:5000/cb?page=1&{name}=s3cr%25t!&expires_in=60&{name}=s3cret#top"
    for _ in range(times_encoded):
        inner = quote(inner, safe="")
    shown = masked(f"https://server.example/sign-in?next={inner}&brand=7")
    assert "s3cr" not in shown
    for kept in ("page", "expires_in", "60", "top", "brand=7"):
        assert kept in shown
    assert shown.count(HIDDEN) == 2


def test_encoded_separator_inside_a_value_is_part_of_the_value():
    assert masked("password=a%26b%3Dc&x=1") == f"password={HIDDEN}&x=1"
    nested = quote(urlencode({"password": "a&b=c", "x": "1"}), safe="")
    assert masked(f"next={nested}") == f"next=password%3D{HIDDEN}%26x%3D1"


@pytest.mark.parametrize("end", range(20, 34))
def test_text_that_was_cut_off_hides_the_rest_of_a_value(end):
    assert "s3c" not in masked('{"access_token": "s3cr3t\\"s3cr3t", "a": 1}'[:end])


def test_json_inside_json_hides_its_secrets_too():
    inner = json.dumps({"access_token": "s3cr3t", "user": "alex"})
    for _ in range(2):
        inner = json.dumps({"message": inner})
        assert "s3cr3t" not in masked(inner)
        assert "alex" in masked(inner)


def test_opaque_function_works_and_keeps_its_name():
    @opaque
    def add(one: int, two: int = 2) -> int:
        """Add."""
        return one + two

    assert (add(1), add(1, two=3), add.__name__, add.__doc__) == (3, 4, "add", "Add.")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_failure_of_an_opaque_function_has_no_frame_of_its_inside(error):
    def deep(secret: str) -> None:
        try:
            raise OSError(secret)
        finally:
            raise error  # with the other as its context, and that one's frames

    @opaque
    def outer(secret: str) -> None:
        deep(secret)

    with pytest.raises(error) as caught:
        outer("s3cr3t")
    assert [entry.name for entry in caught.traceback][1:] == ["call"]
    assert "s3cr3t" not in str(caught.traceback[-1].frame.f_locals)
    assert caught.value.__context__ is None


# --- names that a server may use, and values that are no strings


@pytest.mark.parametrize(
    "name", ["ws_access_token", "accessToken", "Refresh-Token", "client_assertion", "encryptionKey", "userPassword"]
)
def test_whatever_names_a_credential_is_hidden(name):
    for text in (f'{{"{name}": "s3cr3t", "page": 1}}', f"a=1&{name}=s3cr3t&page=1", f"{{'{name}': 's3cr3t'"):
        assert "s3cr3t" not in masked(text)
        assert "page" in masked(text) or "page" not in text


@pytest.mark.parametrize("value", ["7357", ["s7357"], {"value": "s7357", "deep": {"x": [1]}, "more": "s7357"}, True])
@pytest.mark.parametrize("cut", [None, -1, -9])
def test_value_that_is_no_string_is_hidden(value, cut):
    text = json.dumps({"user": "alex", "token": value})[:cut]
    assert "7357" not in masked(text)
    assert "alex" in masked(text)


def test_json_that_is_parsed_keeps_its_other_values():
    text = '{"records": [{"name": "Zoë", "token": {"a": 1}, "nothing": null, "code": ""}], "page": 1}'
    assert json.loads(masked(text)) == {
        "records": [{"name": "Zoë", "token": HIDDEN, "nothing": None, "code": ""}],
        "page": 1,
    }


def test_name_that_is_written_with_escapes_is_known():
    assert "s3cr3t" not in masked(r'{"t\u006fken": "s3cr3t"}')
    assert "s3cr3t" not in masked("http://localhost/cb?c%6fde=s3cr3t&page=1")


@pytest.mark.parametrize("text", ["Bearer%20abcdef1234", "bearer: abcdef1234", "Basic+abcdef1234=="])
def test_credentials_in_a_header_are_hidden_however_they_are_written(text):
    assert "abcdef1234" not in masked(text)


def test_value_of_a_form_field_in_a_page_is_hidden():
    page = '<input type="hidden" name="code" value="s3cr3t"><input name=\'page\' value="7">'
    assert "s3cr3t" not in masked(page)
    assert 'value="7"' in masked(page)


# --- a server's text cannot hold up the kernel: the regular expressions keep everybody else waiting


@pytest.mark.parametrize(
    "text",
    ["\\" * 60_000, '\\"' * 30_000, "%25" * 20_000, "a=" * 30_000, "<input name=" * 5_000, "name='code' value=" * 900],
)
def test_long_nonsense_is_masked_in_no_time(text):
    began = time.process_time()
    beginning('{"message": "' + text, [], most=300)
    masked(text[:8_000])
    assert time.process_time() - began < 1  # it was minutes


def test_beginning_never_ends_in_half_a_secret():
    for length in range(8, 40):
        assert "s3c" not in beginning("x" * 20 + "s3cr3ts3cr3t" + "y" * 60, ["s3cr3ts3cr3t"], most=length)
