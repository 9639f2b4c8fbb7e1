"""The authorization request, and what counts as its answer."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from urllib.parse import quote, urlencode, urlsplit

import pytest

from rc_nb_helpers import AccessDenied, AuthorizationRequest, authorization, code_challenge
from rc_nb_helpers.errors import AuthorizationRefused, CallbackRejected, ConfigurationError

from .conftest import parameters

REDIRECT_URI = "http://localhost:5000/oauth2callback"


@pytest.fixture
def request_() -> AuthorizationRequest:
    return AuthorizationRequest(server_url="https://server.example", client_id="the id", redirect_uri=REDIRECT_URI)


def answer(request: AuthorizationRequest, **changes: str) -> str:
    return urlencode({"code": "the-code", "state": request.state, **changes})


def test_challenge_is_the_one_of_the_rfc():
    # RFC 7636 §B.
    assert code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_url_asks_for_a_code_with_state_and_s256(request_):
    parts = urlsplit(request_.url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://server.example/restapi/oauth/authorize"
    digest = hashlib.sha256(request_.code_verifier.encode()).digest()
    assert parameters(request_.url) == {
        "response_type": "code",
        "client_id": "the id",
        "redirect_uri": REDIRECT_URI,
        "state": request_.state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert quote(REDIRECT_URI, safe="") in request_.url


def test_url_never_holds_the_verifier(request_):
    assert request_.code_verifier not in request_.url


def test_login_hint_goes_along_when_there_is_one():
    hinted = AuthorizationRequest(server_url="https://s", client_id="i", redirect_uri="http://r/", login_hint="a+b@c")
    assert parameters(hinted.url)["login_hint"] == "a+b@c"


@pytest.mark.parametrize("prompt", ["login", "sso", "consent", "none", "login sso"])
def test_prompt_goes_along_when_there_is_one(request_, prompt):
    assert "prompt" not in parameters(request_.url)
    assert parameters(dataclasses.replace(request_, prompt=prompt).url)["prompt"] == prompt


@pytest.mark.parametrize("prompt", ["select_account", "Login", "login,sso", "none login", "login\nsso&x=1"])
def test_prompt_that_ringcentral_does_not_know_is_told_before_anybody_is_asked(request_, prompt):
    with pytest.raises(ConfigurationError, match="login, sso, consent"):
        dataclasses.replace(request_, prompt=prompt)


def test_each_request_has_its_own_secrets_of_256_bits(request_):
    others = [AuthorizationRequest(server_url="https://s", client_id="i", redirect_uri="http://r/") for _ in range(100)]
    assert len({each.state for each in others} | {each.code_verifier for each in others}) == 200
    for value in (request_.state, request_.code_verifier):
        assert len(base64.urlsafe_b64decode(value + "=")) == 32
        assert len(value) == 43  # RFC 7636 §4.1: at least 43 characters


def test_repr_shows_neither_state_nor_verifier_nor_code(request_):
    response = request_.read_response(answer(request_))
    for text in (repr(request_), repr(response), str(response)):
        assert request_.state not in text
        assert request_.code_verifier not in text
        assert "the-code" not in text


def test_code_comes_with_this_requests_verifier_and_redirect_uri(request_):
    response = request_.read_response(answer(request_))
    assert (response.code, response.code_verifier, response.redirect_uri) == (
        "the-code",
        request_.code_verifier,
        REDIRECT_URI,
    )


@pytest.mark.parametrize(
    "form",
    [
        "{query}",
        "?{query}",
        REDIRECT_URI + "?{query}",
        "  " + REDIRECT_URI + "?{query}\n",
        REDIRECT_URI + "?{query}#fragment",
        "https://hub.example/user/alex/proxy/5000/oauth2callback?{query}",
    ],
)
def test_whole_address_or_query_alone_will_do(request_, form):
    assert request_.read_response(form.format(query=answer(request_))).code == "the-code"


def test_extra_parameters_are_ignored(request_):
    assert request_.read_response(answer(request_, expires_in="60", new_thing="1")).code == "the-code"


@pytest.mark.parametrize(
    "query",
    [
        "code=the-code",
        "code=the-code&state=",
        "code=the-code&state=wrong",
        "code=the-code&state={state}x",
        "code=the-code&state={short}",
        "code=the-code&state=%C3%A9",
        "code=the-code&State={state}",
        "error=access_denied",
        "error=access_denied&state=wrong",
        "state={state}",
        "state={state}&code=",
        "",
        "?",
        "nonsense",
    ],
)
def test_answer_that_does_not_belong_here_is_rejected(request_, query):
    with pytest.raises(CallbackRejected) as caught:
        request_.read_response(query.format(state=request_.state, short=request_.state[:-1]))
    assert request_.state not in str(caught.value)
    assert "the-code" not in str(caught.value)


@pytest.mark.parametrize("query", ["code=the-code", "code=the-code&state="])
def test_missing_state_is_told_from_a_wrong_one(request_, query):
    """Somebody has pasted half of the address."""
    with pytest.raises(CallbackRejected, match="copy the whole address"):
        request_.read_response(query)


@pytest.mark.parametrize(
    "more", ["&code=other", "&state=other", "&state={state}", "&code=the-code", "&error=x&error=y", "&x=1&x=2"]
)
def test_parameter_that_comes_twice_is_rejected(request_, more):
    with pytest.raises(CallbackRejected, match="twice"):
        request_.read_response(answer(request_) + more.format(state=request_.state))


def test_flood_of_parameters_is_rejected(request_):
    with pytest.raises(CallbackRejected):
        request_.read_response(answer(request_) + "".join(f"&x{number}=1" for number in range(100)))


def test_address_that_cannot_be_read_is_rejected(request_):
    with pytest.raises(CallbackRejected, match="address of a callback"):
        request_.read_response("http://[broken?" + answer(request_))


def test_issuer_is_compared_when_it_is_there(request_):
    assert request_.read_response(answer(request_, iss="https://server.example")).code == "the-code"
    with pytest.raises(CallbackRejected, match="another server"):
        request_.read_response(answer(request_, iss="https://evil.example"))
    with pytest.raises(CallbackRejected):
        request_.read_response(answer(request_, iss=""))


def test_denial_is_told_from_other_refusals(request_):
    with pytest.raises(AccessDenied, match=r"The login was refused: The site is locked\."):
        request_.read_response(
            urlencode({"error": "access_denied", "error_description": "The site is locked.", "state": request_.state})
        )
    with pytest.raises(AuthorizationRefused, match=r"\(invalid_scope\): Not that one\.") as caught:
        request_.read_response(
            urlencode({"error": "invalid_scope", "error_description": "Not that one.", "state": request_.state})
        )
    assert not isinstance(caught.value, AccessDenied)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("login_required", "has to sign in"),
        ("consent_required", "has to allow the app"),
        ("interaction_required", "has to answer a page"),
        ("account_selection_required", "has to choose an account"),
        ("invalid_request", "did not understand the request"),
        ("unauthorized_client", "not set up for the authorization code flow"),
        ("unsupported_response_type", "not set up for the authorization code flow"),
        ("invalid_scope", "a permission that it does not have"),
        ("server_error", "a problem of its own"),
        ("temporarily_unavailable", "busy or being repaired"),
        ("moon_in_wrong_phase", "not in our catalogue"),
    ],
)
def test_every_word_of_the_standards_is_explained_and_another_is_told_as_unknown(request_, word, said):
    with pytest.raises(AuthorizationRefused) as caught:
        request_.read_response(urlencode({"error": word, "error_description": "Words.", "state": request_.state}))
    known = word != "moon_in_wrong_phase"
    assert caught.value.happened.endswith(f" ({word}): Words." if known else f": {word}: Words.")
    assert (word in caught.value.in_our_words, "Words" in caught.value.in_our_words) == (known, False)
    assert said in caught.value.why
    assert caught.value.cure


def test_servers_words_are_shown_without_secrets(request_):
    for error in ("access_denied", "odd"):
        words = f"No: code=kZ3vQ8xT1mN7 for {request_.state} and Bearer kZ3vQ8xT1mN7cR5y."
        with pytest.raises(AuthorizationRefused, match="No: code=") as caught:
            request_.read_response(urlencode({"error": error, "error_description": words, "state": request_.state}))
        assert request_.state not in str(caught.value)
        assert "kZ3v" not in str(caught.value)


def test_error_beats_a_code(request_):
    with pytest.raises(AccessDenied):
        request_.read_response(answer(request_, error="access_denied"))


def test_words_of_a_stranger_are_cut_short(request_):
    with pytest.raises(AuthorizationRefused) as caught:
        request_.read_response(
            urlencode({"error": "x" * 5000, "error_description": "y" * 5000, "state": request_.state})
        )
    assert len(str(caught.value)) < 700


def test_state_is_compared_in_constant_time(request_, monkeypatch):
    compared = []
    real = hmac.compare_digest

    def spy(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(authorization.hmac, "compare_digest", spy)
    request_.read_response(answer(request_))
    assert compared == [(request_.state.encode(), request_.state.encode())]
