"""Notebook 02, Ask permission: the link that starts a login, and the state in it."""

from __future__ import annotations

import random
import secrets
import uuid
from urllib.parse import parse_qsl, quote, urlencode, urljoin

from .gaps import Criterion, Gap, Wrong

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


# --- The gap: authorize-link ----------------------------------------------------------------------

HOST = "https://server.example"
SERVER = HOST + "/behind"  # a server may have a path of its own
PAGE = SERVER + "/restapi/oauth/authorize"
PLAIN = {"response_type": "code", "client_id": "made-up"}
AWKWARD = {"redirect_uri": "http://localhost:5000/oauth2callback", "state": "a+b&c=d e%20é#f"}


def _leads_to_the_page(function):
    link = function(SERVER, PLAIN)
    if not isinstance(link, str):
        return "authorize-link.no-text"
    if link.startswith(PAGE + "response_type"):
        return "authorize-link.no-mark"
    if not link.startswith(SERVER):
        return "authorize-link.server" if link.startswith(HOST) else "authorize-link.begin"
    return "" if link.startswith(PAGE + "?") else "authorize-link.path"


def _brings_every_piece(function):
    found = dict(parse_qsl(function(SERVER, PLAIN).partition("?")[2]))
    return "" if found == PLAIN else "authorize-link.lost"


def _keeps_every_letter(function):
    found = dict(parse_qsl(function(SERVER, AWKWARD).partition("?")[2]))
    return "" if found == AWKWARD else "authorize-link.letters"


def _link_as_one_text(server_url, question):
    return f"{server_url}/restapi/oauth/authorize?{urlencode(question)}"


def _link_piece_by_piece(server_url, question):
    pieces = [f"{name}={quote(value, safe='')}" for name, value in question.items()]
    return server_url + "/restapi/oauth/authorize?" + "&".join(pieces)


def _link_without_mark(server_url, question):
    return server_url + "/restapi/oauth/authorize" + urlencode(question)


def _link_unquoted(server_url, question):
    return server_url + "/restapi/oauth/authorize?" + "&".join(f"{name}={question[name]}" for name in question)


def _link_without_path(server_url, question):
    return server_url + "?" + urlencode(question)


def _link_joined(server_url, question):
    return urljoin(server_url, "/restapi/oauth/authorize") + "?" + urlencode(question)


def _link_of_its_name(server_url, question):
    return "server_url/restapi/oauth/authorize?" + urlencode(question)


def _link_of_the_dictionary(server_url, question):
    return server_url + "/restapi/oauth/authorize?" + str(question)


def _link_printed(server_url, question):
    print(server_url + "/restapi/oauth/authorize?" + urlencode(question))


def _link_in_bytes(server_url, question):
    return (server_url + "/restapi/oauth/authorize?" + urlencode(question)).encode()


# --- The gap: new-state ---------------------------------------------------------------------------

LETTERS = 22  # 128 bits, as base64 writes them


def _two_differ(function):
    states = [function() for _ in range(3)]
    if not all(isinstance(state, str) for state in states):
        return "new-state.no-text"
    return "" if len(set(states)) == 3 else "new-state.same"


def _nobody_can_guess(function):
    found = []
    for _ in range(2):
        random.seed(7)  # your_turn puts it back
        found.append(function())
    return "new-state.repeats" if found[0] == found[1] else ""


def _long_enough(function):
    return "" if len(function()) >= LETTERS else "new-state.short"


def _hexadecimal():
    return secrets.token_hex(16)


def _uuid():
    return str(uuid.uuid4())


def _constant():
    return "my-very-own-state-which-is-long"


def _random_choices():
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=32))  # noqa: S311


def _short():
    return secrets.token_urlsafe(8)


def _bytes():
    return secrets.token_bytes(32)


def _not_called():
    return secrets.token_urlsafe


def _kept_to_itself():
    secrets.token_urlsafe(32)


GAPS = (
    Gap(
        id="authorize-link",
        notebook="02",
        solution=authorize_link,
        criteria=(
            Criterion("authorize-link.page", _leads_to_the_page),
            Criterion("authorize-link.pieces", _brings_every_piece),
            Criterion("authorize-link.every-letter", _keeps_every_letter),
        ),
        hints=(
            "`urlencode(question)` is the text behind the question mark. `+` joins texts.",
            'The page is `server_url + "/restapi/oauth/authorize"`. Behind it comes `"?"`, then `urlencode(question)`.',
        ),
        others=(_link_as_one_text, _link_piece_by_piece),
        wrong=(
            Wrong(_link_without_mark, "authorize-link.no-mark"),
            Wrong(_link_unquoted, "authorize-link.letters"),
            Wrong(_link_without_path, "authorize-link.path"),
            Wrong(_link_joined, "authorize-link.server"),
            Wrong(_link_of_its_name, "authorize-link.begin"),
            Wrong(_link_of_the_dictionary, "authorize-link.lost"),
            Wrong(_link_printed, "turn.no-return"),
            Wrong(_link_in_bytes, "authorize-link.no-text"),
        ),
    ),
    Gap(
        id="new-state",
        notebook="02",
        solution=new_state,
        criteria=(
            Criterion("new-state.new", _two_differ),
            Criterion("new-state.unguessable", _nobody_can_guess),
            Criterion("new-state.long", _long_enough),
        ),
        hints=(
            "Three functions of `secrets` make a random value: their names begin with `token_`. A state goes into an "
            "address, so take one whose text can stand there.",
            "`secrets.token_urlsafe(32)` makes such a text out of 32 random bytes.",
        ),
        others=(_hexadecimal, _uuid),
        wrong=(
            Wrong(_constant, "new-state.same"),
            Wrong(_random_choices, "new-state.repeats"),
            Wrong(_short, "new-state.short"),
            Wrong(_bytes, "new-state.no-text"),
            Wrong(_kept_to_itself, "turn.no-return"),
            Wrong(_not_called, "raised.not-called"),
        ),
    ),
)

GUESSES = ()
