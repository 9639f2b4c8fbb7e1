"""Pasted addresses: what a clipboard, a chat or a mail has done to them is undone; what they are not is told."""

from __future__ import annotations

import quopri
import time
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_nb_helpers import AccessDenied, AuthorizationRequest, CallbackRejected
from rc_nb_helpers.pasted import MOST_CHARACTERS, answer_in

from .conftest import CODE, SOON, bring, callback

REDIRECT_URI = "http://localhost:5000/oauth2callback"
# State and code end with what may also be the end of an emphasis.
REQUEST = AuthorizationRequest(
    server_url="https://platform.ringcentral.com",
    client_id="the-id",
    redirect_uri=REDIRECT_URI,
    state="v9YdF3_xk-2QmPz7LrT0aWb5Nc8HsJuEgVq1oKiX4y_",
)
SECRET_CODE = "U0pD" + "MTFQMDFQQVMwMXxBQUR-kZ3vQ8xT1mN7c_"  # in two parts, for the secrets guard
QUERY = urlencode({"code": SECRET_CODE, "state": REQUEST.state, "expires_in": "60"})
CODE_LAST = urlencode({"state": REQUEST.state, "code": SECRET_CODE})
ADDRESS = f"{REDIRECT_URI}?{QUERY}"


def code_in(text: str) -> str:
    return REQUEST.read_response(answer_in(text, REQUEST)).code


WRAPPERS = [
    "https://eur03.safelinks.protection.outlook.com/?url={quoted}&data=05%7C02%7Calex%40example.com&sdata=x%3D&reserved=0",
    "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={quoted}&locale=en",
    "https://slack-redir.net/link?url={quoted}&v=3",
    "https://www.google.com/url?q={quoted}&sa=D&source=docs",
    "https://www.google.com/url?sa=t&url={address}&usg=x",
    "https://l.facebook.com/l.php?u={quoted}&h=AT0",
    "https://linkprotect.cudasvc.com/url?a={lower}&c=E,1",
    "https://urldefense.com/v3/__{address}__;!!Abc!x$",
    "https://urldefense.proofpoint.com/v2/url?u={proofpoint}&d=DwMFaQ&c=x",
    "https://deref-mail.com/mail/client/abc/dereferrer/?redirectUrl={quoted}",
    "https://secure-web.cisco.com/1abc/{quoted}",
    "https://web.archive.org/web/2026/{address}",
]


def wrapped(wrapper: str, address: str) -> str:
    quoted = quote(address, safe="")
    proofpoint = quote(address, safe="").replace("-", "%2D").replace("_", "%5F").replace("~", "%7E")
    proofpoint = proofpoint.replace("%2F", "_").replace("%", "-")
    lower = quoted.replace("%3A", "%3a").replace("%2F", "%2f")
    return wrapper.format(quoted=quoted, address=address, proofpoint=proofpoint, lower=lower)


DONE = {
    "as it is": "{}",
    "spaces": "  {}\n",
    "double quotes": '"{}"',
    "single quotes": "'{}'",
    "curly quotes": "“{}”",
    "low quotes": "„{}“",
    "angle quotes": "«{}»",
    "angle brackets": "<{}>",
    "URL in angle brackets": "<URL:{}>",
    "backticks": "`{}`",
    "code block": "```\n{}\n```",
    "markdown": "[here]({})",
    "markdown of itself": "[{0}]({0})",
    "slack": "<{}|localhost>",
    "html": '<a href="{}">here</a>',
    "brackets": "({})",
    "square brackets": "[{}]",
    "dot": "{}.",
    "comma": "{},",
    "bracket and dot": "(see {}).",
    "bold": "**{}**",
    "corner brackets": "「{}」",
    "wide brackets": "（{}）",
    "wide full stop": "{}。",
    "ellipsis": "{}…",
    "words around it": "It ended on {} and then nothing happened, thanks",
    "words before it": "Address: {}",
    "next line": "{}\nThanks, Alex",
    "view-source": "view-source:{}",
    "fragment": "{}#_=_",
    "empty fragment": "{}#",
    "mail quote": "> {}",
    "python": 'attempt.submit("{}")',
    "json": '{{"url": "{}"}}',
    "curl": "curl '{}'",
}


@pytest.mark.parametrize("form", DONE.values(), ids=DONE)
@pytest.mark.parametrize("query", [QUERY, CODE_LAST], ids=["code first", "code last"])
def test_what_stands_around_an_address_is_left_out(form, query):
    assert code_in(form.format(f"{REDIRECT_URI}?{query}")) == SECRET_CODE


@pytest.mark.parametrize("form", ["{}", '"{}"', "?{}", "<{}>", "{}.", "My query is: {} , is it?", "`{}`"])
def test_query_alone_will_do(form):
    assert code_in(form.format(QUERY)) == SECRET_CODE


def test_emphasis_is_left_out_where_it_cannot_belong_to_the_code():
    state_last = urlencode({"code": SECRET_CODE, "state": REQUEST.state})
    assert code_in(f"_{REDIRECT_URI}?{state_last}_") == SECRET_CODE


@pytest.mark.parametrize("form", ["localhost:5000/oauth2callback?{}", '"localhost:5000/oauth2callback?{}"'])
def test_scheme_may_be_missing(form):
    assert code_in(form.format(QUERY)) == SECRET_CODE


INSIDE = {
    "line break": lambda text, at: text[:at] + "\n" + text[at:],
    "Windows line break": lambda text, at: text[:at] + "\r\n" + text[at:],
    "indented line break": lambda text, at: text[:at] + " \n    " + text[at:],
    "line break of a shell": lambda text, at: text[:at] + "\\\n" + text[at:],
    "quoted line break": lambda text, at: "> " + text[:at] + "\n> " + text[at:],
    "space": lambda text, at: text[:at] + " " + text[at:],
    "no-break space": lambda text, at: text[:at] + "\xa0" + text[at:],
    "tab": lambda text, at: text[:at] + "\t" + text[at:],
    "zero-width space": lambda text, at: text[:at] + "\u200b" + text[at:],
    "zero-width joiner": lambda text, at: text[:at] + "\u200d" + text[at:],
    "soft hyphen": lambda text, at: text[:at] + "\xad" + text[at:],
    "byte order mark": lambda text, at: "\ufeff" + text[:at] + "\ufeff" + text[at:],
    "marks of direction": lambda text, at: "\u202a" + text[:at] + "\u200e" + text[at:] + "\u202c",
    "NUL": lambda text, at: text[:at] + "\0" + text[at:],
}


@pytest.mark.parametrize("break_it", INSIDE.values(), ids=INSIDE)
@pytest.mark.parametrize("at", [10, 22, 38, 50, 80, 85, 90, 130])
def test_what_has_come_into_an_address_is_taken_out(break_it, at):
    assert code_in(break_it(ADDRESS, at)) == SECRET_CODE


@pytest.mark.parametrize("ampersand", ["&amp;", "&#38;", "&#x26;", "\\u0026", "\\&", "&amp;amp;", "\\x26", "^&", "`&"])
def test_entities_are_undone(ampersand):
    assert code_in(ADDRESS.replace("&", ampersand)) == SECRET_CODE


def test_entities_stay_where_the_raw_text_is_an_answer():
    """Somebody's parameter may well be called amp;x."""
    text = f"{ADDRESS}&amp;x=1"
    assert answer_in(text, REQUEST) == f"{QUERY}&amp;x=1"


def quoted_printable(text: str) -> str:
    return quopri.encodestring(text.encode()).decode()


@pytest.mark.parametrize("form", ["{}", "Hello,\n\nit ended on {}\n\nThanks", '<a href="{}">here</a>'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quoted_printable_of_a_mail_is_undone(form, end):
    assert code_in(quoted_printable(form.format(ADDRESS)).replace("\n", end)) == SECRET_CODE
    assert code_in(quoted_printable(form.format(wrapped(WRAPPERS[0], ADDRESS))).replace("\n", end)) == SECRET_CODE


@pytest.mark.parametrize("signs", ["?&=", "?", "_-", ADDRESS])
def test_wide_signs_are_made_narrow(signs):
    assert code_in(ADDRESS.translate({ord(sign): ord(sign) + 0xFEE0 for sign in signs})) == SECRET_CODE


@pytest.mark.parametrize(
    "form",
    [
        "code: {code}\nstate: {state}\nexpires_in: 60",
        "code={code}\nstate={state}",
        '{{"state": "{state}", "code": "{code}"}}',
        "{{'code': '{code}', 'state': '{state}'}}",
        "[('code', '{code}'), ('state', '{state}')]",
    ],
)
def test_code_and_state_by_themselves_will_do(form):
    assert code_in(form.format(code=SECRET_CODE, state=REQUEST.state)) == SECRET_CODE


def test_code_and_state_by_themselves_are_held_against_the_login_as_strictly():
    whole = f"code: {SECRET_CODE}\nstate: {REQUEST.state}\n"
    told(f"{whole}iss: https://evil.example")
    assert "not an address" in told(f"{whole}code: another-code-1")
    assert "not an address" in told(f"{whole}state: another-state-1")


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("form", ["{}", "<{}>", "{}."])
def test_address_inside_another_one_is_found(wrapper, form):
    assert code_in(form.format(wrapped(wrapper, ADDRESS))) == SECRET_CODE


def test_only_one_address_is_unwrapped():
    google = WRAPPERS[3]
    for text in (wrapped(google, wrapped(google, ADDRESS)), wrapped(google, quote(ADDRESS, safe=""))):
        assert "more deeply" in told(text)


def test_only_one_encoding_is_undone():
    for text in (ADDRESS, QUERY):
        assert code_in(quote(text, safe="")) == SECRET_CODE
        assert "more deeply" in told(quote(quote(text, safe=""), safe=""))
        assert "more deeply" in told(quote(quote(text)))
    assert "carries no state" in told(quote(f"code={SECRET_CODE}", safe=""))


@pytest.mark.parametrize("sign", ["–", "│", "↵\n", "…"])
def test_code_that_was_changed_on_its_way_is_not_tried(sign):
    """It would be refused, and what the server says then is that it is unknown or was used before."""
    state_first = f"{REDIRECT_URI}?state={REQUEST.state}&code="
    assert "The code in this address was changed on its way." in told(state_first + SECRET_CODE.replace("-", sign, 1))


def test_address_may_be_percent_encoded_as_a_whole():
    assert code_in(quote(ADDRESS, safe="")) == SECRET_CODE


def test_slashes_may_be_left_alone_where_the_rest_is_percent_encoded():
    assert code_in(quote(ADDRESS)) == SECRET_CODE
    assert code_in(f"https://www.google.com/url?q={quote(ADDRESS)}&sa=D") == SECRET_CODE


def test_markdowns_backslash_before_an_underscore_is_left_out():
    assert code_in(ADDRESS.replace("_", "\\_")) == SECRET_CODE


def test_refusal_is_an_answer_too():
    query = urlencode({"error": "access_denied", "state": REQUEST.state})
    with pytest.raises(AccessDenied):
        REQUEST.read_response(answer_in(f"<{REDIRECT_URI}?{query}>", REQUEST))


# --- what it is instead


def told(text: str) -> str:
    with pytest.raises(CallbackRejected) as caught:
        answer_in(text, REQUEST)
    error = caught.value
    assert error.cure
    for secret in (REQUEST.state, SECRET_CODE):
        assert secret not in str(error)
    return str(error)


SIGN_IN_PAGE = "This is the address of the sign-in page, not the one after it."


@pytest.mark.parametrize("form", ["{}", '"{}"', "<{}>", "{}.", "[Sign in]({})"])
def test_sign_in_page_is_told_as_that(form):
    message = told(form.format(REQUEST.url))
    assert SIGN_IN_PAGE in message
    assert f"It begins with {REDIRECT_URI}" in message


def test_sign_in_page_is_told_as_that_when_it_was_changed_on_the_way():
    assert SIGN_IN_PAGE in told(REQUEST.url.replace("&", "&amp;"))
    assert SIGN_IN_PAGE in told(wrapped(WRAPPERS[0], REQUEST.url))
    assert SIGN_IN_PAGE in told(REQUEST.url.partition("?")[0])
    assert SIGN_IN_PAGE in told(quote(quote(REQUEST.url, safe=""), safe=""))
    assert SIGN_IN_PAGE in told(quoted_printable(REQUEST.url))
    assert SIGN_IN_PAGE in told(REQUEST.url.replace("&", "＆").replace("?", "？"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Nothing was pasted."),
        (" \u200b\n", "Nothing was pasted."),
        (None, "This is not an address. It is of the type NoneType"),
        (b"code", "This is not an address. It is of the type bytes"),
        ("hello", "This is not an address."),
        ("I am logged in now", "This is not an address."),
        ("OAU-109", "This is not an address. OAU-109 means: The redirect URI that was sent is not one"),
        ("Error ABC-123", "This is not an address. It has no https://"),
        (f"state={REQUEST.state}", "This is only a part of the address."),
        (f"{REDIRECT_URI}#code={SECRET_CODE}&state={REQUEST.state}", "the answer stands behind a #"),
        (SECRET_CODE, "This looks like a code alone."),
        (f'"{SECRET_CODE}"', "This looks like a code alone."),
        (f"code={SECRET_CODE}", "carries no state"),
        (f"{REDIRECT_URI}?code={SECRET_CODE}", "carries no state"),
        (f"{REDIRECT_URI}?code={SECRET_CODE}&state=", "carries no state"),
        (REDIRECT_URI, "This address ends before its question mark."),
        (REDIRECT_URI + "?", "This address ends before its question mark."),
        (f"{REDIRECT_URI}?code={SECRET_CODE}&state=another-login-9", "This callback belongs to another login."),
        (f"'{REDIRECT_URI}?code={SECRET_CODE}&state=another-login-9'", "This callback belongs to another login."),
        (f"https://app.example/cb?code={SECRET_CODE}&state=x1", "as the answer to another app does"),
        (f"http://localhost:8000/oauth2callback?code={SECRET_CODE}&state=x1", "as the answer to another app does"),
        (ADDRESS.partition("&expires")[0][:-5], "The end of this address is missing."),
        (f"https://login.ringcentral.com/api/login?state={REQUEST.state}", "a page on the way"),
        ("https://login.ringcentral.com/error?id=OAU-109", "This is a page of the server, not the address after the"),
        ("https://login.ringcentral.com/error?id=OAU-109", "OAU-109 means: The redirect URI that was sent"),
        ("https://platform.ringcentral.com/anything", "This is a page of the server"),
        ("http://localhost:8888/lab/tree/notebooks/00-start-here.ipynb", "This is the address of another page."),
        ("https://developers.example/x", "This is the address of another page."),
        ("x" * (MOST_CHARACTERS + 1), "This is too long"),
        (f"{ADDRESS}&code=other", "twice"),
    ],
)
def test_near_miss_is_told_as_what_it_is(text, said):
    assert said in told(text)


def test_what_has_no_state_is_never_taken():
    for form in DONE.values():
        told(form.format(f"{REDIRECT_URI}?code={SECRET_CODE}"))
        told(form.format(f"{REDIRECT_URI}?code={SECRET_CODE}&state={REQUEST.state[:-2]}"))
        told(form.format(f"{REDIRECT_URI}?code={SECRET_CODE}&state={REQUEST.state.swapcase()}"))


@given(text=st.text(alphabet="code=state&?/:.%3A2FD<>\"'()[]{}|\\ \n\u200b;ahtp？＆＝", max_size=200))
@settings(max_examples=500, deadline=None)
def test_no_text_is_taken_that_does_not_hold_the_state(text):
    with pytest.raises(CallbackRejected):
        answer_in(text, REQUEST)


@pytest.mark.parametrize(
    "text",
    [
        " " * 8000,
        "\n> " * 2700,
        "code=a " * 1100,
        "http://a " * 800,
        "https://a/?u=http" * 480,
        "&" * 8000,
        "\\" * 8000,
    ],
)
def test_no_text_takes_long(text):
    begun = time.process_time()
    told(text)
    assert time.process_time() - begun < 1


# --- by hand, into a login


def test_cleaned_address_logs_in_and_is_noted_without_its_secrets(fake_session):
    attempt = fake_session.begin_login()
    attempt.submit(f"[{callback(attempt)}](the address)".replace("&", "&amp;"))
    attempt.wait(SOON)
    assert fake_session.logged_in
    (noted,) = [each for each in fake_session.exchanges if each.kind == "callback"]
    assert CODE not in repr(noted)
    assert attempt.authorize_url.partition("state=")[2][:40] not in repr(noted)


def test_near_miss_leaves_the_login_waiting_and_is_not_noted(fake_session):
    attempt = fake_session.begin_login()
    for text in (attempt.authorize_url, "hello", CODE):
        with pytest.raises(CallbackRejected):
            attempt.submit(text)
    assert attempt.state == "waiting"
    assert [each.kind for each in fake_session.exchanges] == ["authorization"]


def test_what_comes_in_at_the_listener_is_not_cleaned(fake_session):
    attempt = fake_session.begin_login()
    for changed in ("&amp;state=", "&state=%E2%80%8B", "&state=%22"):
        page = bring(callback(attempt).replace("&state=", changed))
        assert page.status == 400
    assert attempt.state == "waiting"
