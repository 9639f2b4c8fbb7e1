"""Notebook 02, Ask permission: the link that starts a login, and the state in it."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

TITLE = "02 Ask permission"


def new_state():
    """A value that nobody can guess, new for each login. The answer has to bring it back."""
    return secrets.token_urlsafe(32)


def question_of(environment, state):
    """What the link asks: who asks, where to bring the answer, and the state to bring along."""
    return {
        "response_type": "code",
        "client_id": environment.client_id,
        "redirect_uri": environment.redirect_uri,
        "state": state,
    }


def authorize_link(server_url, question):
    """The address of the sign-in page, with the question behind it."""
    return server_url + "/restapi/oauth/authorize?" + urlencode(question)


PROGRAM = (new_state, question_of, authorize_link)
