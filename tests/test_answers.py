"""What an answer brings, and what is said of one that is something else than was wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rc_nb_helpers import ApiError, Session

from .conftest import TOKEN_PATH, FakePlatform, Say, log_in

ME = "/restapi/v1.0/account/~/extension/~"
MP3 = b"ID3\x04\0\0\0\xff\xfb" * 1400


@pytest.fixture
def session(fake_session: Session) -> Session:
    log_in(fake_session)
    return fake_session


def raw(content: bytes, kind: str | None) -> Say:
    """An answer with these very bytes, and a content type or none."""
    named = f"Content-Type: {kind}\r\n" if kind is not None else ""
    head = f"HTTP/1.1 200 OK\r\n{named}Content-Length: {len(content)}\r\n\r\n".encode()
    return Say(raw=lambda connection: connection.write(head + content))


@pytest.mark.parametrize(
    ("content", "kind", "data"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b'{"a": 1}', "application/json;charset=utf-8", {"a": 1}),
        (b'{"a": 1}', "application/scim+json", {"a": 1}),
        (b"[1, 2]", "application/json", [1, 2]),
        (b'"text"', "application/json", "text"),
        (b"null", "application/json", None),
        (b"0", "application/json", 0),
        (b"false", "application/json", False),
        (b"[]", "application/json", []),
        (b'{"a": 1}', None, {"a": 1}),
        (b'{"a": 1}', "", {"a": 1}),
        (b"a;b\n1;2\n", "text/csv", "a;b\n1;2\n"),
        (b"a;b\n", "application/csv", "a;b\n"),
        ("Zoë".encode("latin-1"), "text/plain; charset=ISO-8859-1", "Zoë"),
        ("Zoë".encode(), "text/plain", "Zoë"),
        ("Zoë".encode(), "text/plain; charset=odd", "Zoë"),
        (b"12", "text/plain", "12"),
        (b"<a/>", "application/xml", "<a/>"),
        (b"BEGIN:VCARD", "text/vcard", "BEGIN:VCARD"),
        (b"plain words", None, "plain words"),
        (MP3, "audio/mpeg", MP3),
        (b"1234", "audio/mpeg", b"1234"),
        (b"%PDF-1.7", "application/pdf", b"%PDF-1.7"),
        (b"\x89PNG\xff", "image/png", b"\x89PNG\xff"),
        (MP3, "application/octet-stream", MP3),
        (MP3, None, MP3),
        (b"", "application/json", {}),
        (b"", "audio/mpeg", {}),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_call_brings_whatever_comes_as_what_it_is(session: Session, fake: FakePlatform, content, kind, data):
    fake.script[ME] = raw(content, kind)
    got = session.call("GET", ME).data
    assert (got, type(got)) == (data, type(data))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"[1, 2]", "application/json", "a JSON list, 6 bytes, and not an object"),
        (b"7", "application/json", "a number, 1 byte, and"),
        (b"null", "application/json", "the answer is null"),
        (MP3, "audio/mpeg", "the answer is audio/mpeg, 13 kB, and not JSON"),
        (b"x" * 2_400_000, "application/pdf", "application/pdf, 2.4 MB"),
        (b"a;b\n", "text/csv; charset=utf-8", "the answer is text/csv, 4 bytes, and not JSON"),
        (MP3, None, "of no type that it names"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_good_answer_that_is_no_object_is_blamed_on_nobody(session, fake, method, content, kind, said):
    fake.script[ME] = raw(content, kind)
    with pytest.raises(ApiError) as caught:
        session.get(ME) if method == "get" else session.post(ME, {})
    assert said in caught.value.happened
    assert caught.value.why.startswith("The call succeeded")
    assert "session.call(" in caught.value.cure
    assert "proxy" not in str(caught.value)
    assert ("session.download" in caught.value.cure) == (
        " is null" not in said and " list" not in said and "number" not in said
    )


PAGE = b"<!DOCTYPE html>\n<html><head><title>\n Welcome to   Hotel Wi-Fi\n</title></head><body>Sign in</body></html>"


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "application/xhtml+xml", None, "text/plain"])
def test_web_page_is_told_as_one_with_its_title_and_no_certain_cause(session, fake, kind):
    fake.script[ME] = raw(PAGE, kind)
    with pytest.raises(ApiError) as caught:
        session.get(ME)
    assert "a web page, titled 'Welcome to Hotel Wi-Fi', where JSON was expected" in caught.value.happened
    assert "It may be" in caught.value.why
    assert "RC_SERVER_URL" in caught.value.cure


@pytest.mark.parametrize("kind", ["text/html", None])
def test_web_page_is_no_answer_of_call_either(session, fake, kind):
    fake.script[ME] = raw(PAGE, kind)
    with pytest.raises(ApiError, match="web page"):
        session.call("GET", ME)


@pytest.mark.parametrize("content", [b'{"a": ', b"{'a': 1}", b"[1, 2", b"", b"   "])
def test_json_that_is_none_is_told_as_that(session, fake, content):
    fake.script[ME] = raw(content, "application/json")
    if not content:
        assert session.get(ME) == {}
        return
    for action in (lambda: session.get(ME), lambda: session.call("GET", ME)):
        with pytest.raises(ApiError, match="says that it is, and is not") as caught:
            action()
        assert "may have been cut off" in caught.value.why


@pytest.mark.parametrize("name", ["expires_in", "refresh_token_expires_in"])
@pytest.mark.parametrize("lifetime", [3600, 3600.0, "3600", " 3600 ", "3600.0"], ids=repr)
def test_lifetime_as_text_is_a_number(fake_session, fake, name, lifetime):
    fake.script[TOKEN_PATH] = Say(fake.tokens(**{"refresh_token_expires_in": 3600, name: lifetime}))
    log_in(fake_session)
    data: dict[str, Any] = fake_session.platform.auth().data()
    assert data[name] == 3600
    assert json.dumps(data[name]).startswith("3600")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418])
def test_page_that_refuses_may_be_somebody_elses(session, fake, status):
    """A firewall's page said "check the app's permissions"."""
    fake.script[ME] = Say(PAGE.decode(), status=status, kind="text/html")
    with pytest.raises(ApiError, match="on a web page, titled 'Welcome to Hotel Wi-Fi'") as caught:
        session.call("GET", ME)
    assert "may be somebody else's" in caught.value.why
    assert "permission" not in str(caught.value)


@pytest.mark.parametrize(("status", "said"), [(429, "Too many requests"), (503, "busy or being repaired")])
def test_page_of_a_server_that_is_busy_keeps_the_cause_of_its_status(session, fake, status, said):
    fake.script[ME] = Say(PAGE.decode(), status=status, kind="text/html")
    with pytest.raises(ApiError, match="web page") as caught:
        session.call("GET", ME)
    assert said in caught.value.why


STATE = "Login to account in current state is not allowed"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"errors": [{"errorCode": "OAU-142", "message": STATE}], "error": "invalid_grant"}, "OAU-142", STATE),
        ({"errors": [{"message": STATE}, {"errorCode": "OAU-142"}]}, "OAU-142", STATE),
        ({"error_code": "OAU-142", "error_description": STATE}, "OAU-142", STATE),
        ({"error": {"code": "OAU-142", "message": STATE}}, "OAU-142", STATE),
        ({"errors": [{"code": "OAU-142", "detail": STATE}]}, "OAU-142", STATE),
        ({"errorCode": 142, "message": STATE}, "142", STATE),
        ({"error": "invalid_grant", "error_description": STATE}, "invalid_grant", STATE),
        ({"error": "invalid_grant"}, "invalid_grant", ""),
        ({"error": "Not Found", "status": 400, "code": 400}, "", "Not Found"),
        ({"error": {"code": 400, "status": "INVALID"}, "errors": "none"}, "", "Bad Request"),
        ({"title": "Not for you", "detail": STATE}, "", STATE),
        ({"detail": [{"msg": STATE}]}, "", "Bad Request"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_code_and_words_are_found_where_servers_put_them(session, fake, body, code, message):
    fake.script[ME] = Say(body, status=400)
    with pytest.raises(ApiError) as caught:
        session.call("GET", ME)
    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("42", 42),
        ("Sun, 29 Nov 2026 10:01:30 GMT", 90),
        ("Sun, 29 Nov 2026 09:59:00 GMT", None),
        ("soon", None),
        ("Sun, 29 Nov 2099 10:00:00 GMT", None),
    ],
)
def test_date_to_wait_for_is_read_by_the_servers_own_clock(session, fake, wish, seconds):
    now = "Sun, 29 Nov 2026 10:00:00 GMT"
    head = f"HTTP/1.1 429 No\r\nRetry-After: {wish}\r\nDate: {now}\r\nContent-Length: 0\r\n\r\n".encode()
    fake.script[ME] = Say(raw=lambda connection: connection.write(head))
    with pytest.raises(ApiError) as caught:
        session.call("GET", ME)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("body", "kind", "code", "message"),
    [
        ([{"errorCode": "CMN-101", "message": "Too long"}], "application/json", "CMN-101", "Too long"),
        ("The list  is\nclosed today.", "text/plain", "", "The list is closed today."),
        ('"Closed today."', "application/json", "", "Closed today."),
        ("<Error><Code>Closed</Code><Message>Not today</Message></Error>", "application/xml", "", "Closed Not today"),
        ("refresh_token=refresh-token-9", "text/plain", "", "refresh_token=(hidden)"),
        ("", "text/plain", "", "Bad Request"),
        ([], "application/json", "", "Bad Request"),
    ],
)
def test_words_of_a_refusal_are_kept_whatever_they_are_written_in(session, fake, body, kind, code, message):
    fake.script[ME] = Say(body, status=400, kind=kind)
    with pytest.raises(ApiError) as caught:
        session.get(ME)
    assert (caught.value.code, caught.value.message) == (code, message)
