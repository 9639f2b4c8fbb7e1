"""Notebook 04, Code to tokens: the trade, and PKCE."""

from __future__ import annotations

import base64
import hashlib
import secrets

from ringcentral import SDK
from ringcentral.http.api_exception import ApiException

from .n02 import authorize_link, question_of

TITLE = "04 Code to tokens"


def new_platform(environment):
    """RingCentral's SDK for one login. It keeps that login's tokens."""
    return SDK(environment.client_id, environment.client_secret, environment.server_url).platform()


def explain(error):
    """The server's own words for what went wrong. Never print the error itself: it holds secrets."""
    response = error.api_response().response()
    if response is None:
        return "The server did not answer."
    try:
        first = response.json()["errors"][0]
        return first["errorCode"] + ": " + first["message"]
    except (ValueError, LookupError, TypeError):
        return f"The server answered with status {response.status_code}, and nothing that we can read."


def trade(platform, answer, code_verifier, redirect_uri):
    """Trade the code in an answer for tokens. The platform keeps them."""
    platform.login(code=answer["code"], redirect_uri=redirect_uri, verifier=code_verifier)


def oauth2callback(platform, answer, code_verifier, redirect_uri):
    """Take the answer to a login, fetch the tokens, and say how it went."""
    if not answer:
        return "No answer has come. Sign in with the link, then run this cell again. If it is over, make a new one."
    if "code" not in answer:
        return "Refused: " + answer.get("error", "the answer has no code")
    try:
        trade(platform, answer, code_verifier, redirect_uri)
    except ApiException as error:
        return explain(error)
    return "Login success"


def new_code_verifier():
    """A secret that stays here until the trade: it proves that we have asked the question."""
    return secrets.token_urlsafe(32)


def code_challenge(code_verifier):
    """The fingerprint of a code verifier (S256), as it goes with the link."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def login_link(environment, state, code_verifier, person=""):
    """The link of a login with PKCE. It can name the person who should sign in."""
    question = question_of(environment, state)
    question |= {"code_challenge": code_challenge(code_verifier), "code_challenge_method": "S256"}
    return authorize_link(environment.browser_url, question | {"login_hint": person})


PROGRAM = (new_platform, explain, trade, oauth2callback, new_code_verifier, code_challenge, login_link)
