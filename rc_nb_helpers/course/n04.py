"""Notebook 04, Code to tokens: the trade, and PKCE."""

from __future__ import annotations

import base64
import hashlib
import secrets
from textwrap import fill

from ringcentral import SDK
from ringcentral.http.api_exception import ApiException

from .gaps import Criterion, Gap, Guess, Wrong
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
        return fill(first["errorCode"] + ": " + first["message"], 90, subsequent_indent="  ")
    except (ValueError, LookupError, TypeError):
        return f"The server answered with status {response.status_code}, and nothing that we can read."


def trade(platform, answer, code_verifier, redirect_uri):
    """Trade the code in an answer for tokens. The platform keeps them."""
    platform.login(code=answer["code"], redirect_uri=redirect_uri, verifier=code_verifier)


def oauth2callback(platform, answer, code_verifier, redirect_uri):
    """Take the answer to a login, fetch the tokens, and say how it went."""
    if not answer:
        return "No answer has come. Sign in, then run this again. Is the link over? Make a new one."
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


# --- The gap: trade -------------------------------------------------------------------------------

CODE, VERIFIER, REDIRECT_URI = "the-code", "the-verifier", "http://localhost:5000/oauth2callback"


class _Platform:
    """Has the SDK's ``login``, and remembers what it was given."""

    def __init__(self):
        self.given = None
        self.unknown = False

    def login(self, *texts, **named):
        """Remember it, or say as the SDK's would that it does not know a name."""
        names = ("username", "extension", "password", "code", "redirect_uri", "jwt", "verifier")
        if not set(named) <= set(names):
            self.unknown = True
            raise TypeError("unknown")
        self.given = {**dict.fromkeys(names, ""), **dict(zip(names, texts, strict=False)), **named}


def _traded(function):
    """The platform after a trade."""
    platform = _Platform()
    try:
        function(platform, {"code": CODE, "state": "s"}, VERIFIER, REDIRECT_URI)
    except TypeError:
        if not platform.unknown:
            raise
    return platform


def _brings_the_code(function):
    platform = _traded(function)
    if platform.unknown:
        return "trade.unknown-name"
    if platform.given is None:
        return "trade.nothing"
    if platform.given["username"]:
        return "trade.places"
    if isinstance(platform.given["code"], dict):
        return "trade.whole-answer"
    return "" if platform.given["code"] == CODE else "trade.no-code"


def _brings_the_redirect_uri(function):
    given = _traded(function).given
    return "" if given and given["redirect_uri"] == REDIRECT_URI else "trade.no-redirect-uri"


def _brings_the_verifier(function):
    given = _traded(function).given
    return "" if given and given["verifier"] == VERIFIER else "trade.no-verifier"


def _trade_and_return(platform, answer, code_verifier, redirect_uri):
    return platform.login(redirect_uri=redirect_uri, verifier=code_verifier, code=answer.get("code"))


def _trade_from_a_dictionary(platform, answer, code_verifier, redirect_uri):
    four = {"code": answer["code"], "redirect_uri": redirect_uri, "verifier": code_verifier}
    platform.login(**four)


def _trade_without_redirect_uri(platform, answer, code_verifier, redirect_uri):
    platform.login(code=answer["code"], verifier=code_verifier)


def _trade_without_verifier(platform, answer, code_verifier, redirect_uri):
    platform.login(code=answer["code"], redirect_uri=redirect_uri)


def _trade_with_another_name(platform, answer, code_verifier, redirect_uri):
    platform.login(code=answer["code"], redirect_uri=redirect_uri, code_verifier=code_verifier)


def _trade_by_places(platform, answer, code_verifier, redirect_uri):
    platform.login(answer["code"], redirect_uri, code_verifier)


def _trade_the_whole_answer(platform, answer, code_verifier, redirect_uri):
    platform.login(code=answer, redirect_uri=redirect_uri, verifier=code_verifier)


def _trade_the_state(platform, answer, code_verifier, redirect_uri):
    platform.login(code=answer["state"], redirect_uri=redirect_uri, verifier=code_verifier)


def _trade_without_brackets(platform, answer, code_verifier, redirect_uri):
    return platform.login


# --- The gap: code-challenge ----------------------------------------------------------------------

EXAMPLE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
ITS_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def _fits_the_example(function):
    found = function(EXAMPLE)
    digest = hashlib.sha256(EXAMPLE.encode()).digest()
    known = {
        ITS_CHALLENGE: "",
        EXAMPLE: "code-challenge.verifier",
        digest.hex(): "code-challenge.hexadecimal",
        ITS_CHALLENGE + "=": "code-challenge.padding",
        base64.b64encode(digest).rstrip(b"=").decode(): "code-challenge.alphabet",
        base64.b64encode(digest).decode(): "code-challenge.alphabet",
        base64.urlsafe_b64encode(digest.hex().encode()).rstrip(b"=").decode(): "code-challenge.hexadecimal",
        base64.urlsafe_b64encode(EXAMPLE.encode()).rstrip(b"=").decode(): "code-challenge.no-hash",
        digest.decode("latin-1"): "code-challenge.digest",
    }
    if isinstance(found, bytes):
        said = known.get(found.decode("latin-1"), "code-challenge.other")
        return "code-challenge.bytes" if said in ("", "code-challenge.padding") else said
    if str(found).startswith(("b'", 'b"')):
        return "code-challenge.str"
    return known.get(str(found), "code-challenge.other")


def _differs_for_another(function):
    return "" if function("a" * 43) != function("b" * 43) else "code-challenge.constant"


def _challenge_in_one_line(code_verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode("ascii")).digest()).decode().replace("=", "")


def _challenge_by_hand(code_verifier):
    text = base64.b64encode(hashlib.sha256(bytes(code_verifier, "ascii")).digest()).decode()
    return text.replace("+", "-").replace("/", "_").strip("=")


def _challenge_hexadecimal(code_verifier):
    return hashlib.sha256(code_verifier.encode()).hexdigest()


def _challenge_with_padding(code_verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode()


def _challenge_not_for_urls(code_verifier):
    return base64.b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()


def _challenge_itself(code_verifier):
    return code_verifier


def _challenge_in_bytes(code_verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=")


def _challenge_of_another_kind(code_verifier):
    return base64.urlsafe_b64encode(hashlib.sha1(code_verifier.encode()).digest()).rstrip(b"=").decode()  # noqa: S324


def _challenge_of_the_example(code_verifier):
    return "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def _challenge_in_quotes(code_verifier):
    return str(base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"="))


def _challenge_of_digest_alone(code_verifier):
    return hashlib.sha256(code_verifier.encode()).digest()


def _challenge_without_digest(code_verifier):
    return base64.urlsafe_b64encode(code_verifier.encode()).rstrip(b"=").decode()


def _challenge_kept(code_verifier):
    hashlib.sha256(code_verifier.encode()).digest()


GAPS = (
    Gap(
        id="trade",
        notebook="04",
        solution=trade,
        criteria=(
            Criterion("trade.code", _brings_the_code),
            Criterion("trade.redirect-uri", _brings_the_redirect_uri),
            Criterion("trade.verifier", _brings_the_verifier),
        ),
        hints=(
            "Write the names: `platform.login(code=…, redirect_uri=…, verifier=…)`. What goes there is handed to your "
            "function, or lies in what is.",
            'The code is `answer["code"]`. The other two are `redirect_uri` and `code_verifier`.',
        ),
        others=(_trade_and_return, _trade_from_a_dictionary),
        wrong=(
            Wrong(_trade_without_redirect_uri, "trade.no-redirect-uri"),
            Wrong(_trade_with_another_name, "trade.unknown-name"),
            Wrong(_trade_without_verifier, "trade.no-verifier"),
            Wrong(_trade_by_places, "trade.places"),
            Wrong(_trade_the_whole_answer, "trade.whole-answer"),
            Wrong(_trade_the_state, "trade.no-code"),
            Wrong(_trade_without_brackets, "trade.nothing"),
        ),
    ),
    Gap(
        id="code-challenge",
        notebook="04",
        solution=code_challenge,
        note="text to bytes: .encode(), bytes to text: .decode()",
        criteria=(
            Criterion("code-challenge.example", _fits_the_example),
            Criterion("code-challenge.differs", _differs_for_another),
        ),
        hints=(
            "A text becomes bytes with `.encode()`, and bytes become a text again with `.decode()`. `hashlib.sha256` "
            "and `base64.urlsafe_b64encode` want bytes.",
            "`hashlib.sha256(code_verifier.encode()).digest()` is the digest, in bytes. `base64.urlsafe_b64encode` "
            'returns bytes: `.rstrip(b"=")` takes the = off, and `.decode()` makes a text of them.',
        ),
        others=(_challenge_in_one_line, _challenge_by_hand),
        wrong=(
            Wrong(_challenge_hexadecimal, "code-challenge.hexadecimal"),
            Wrong(_challenge_with_padding, "code-challenge.padding"),
            Wrong(_challenge_not_for_urls, "code-challenge.alphabet"),
            Wrong(_challenge_itself, "code-challenge.verifier"),
            Wrong(_challenge_in_bytes, "code-challenge.bytes"),
            Wrong(_challenge_of_another_kind, "code-challenge.other"),
            Wrong(_challenge_of_the_example, "code-challenge.constant"),
            Wrong(_challenge_kept, "turn.no-return"),
            Wrong(_challenge_in_quotes, "code-challenge.str"),
            Wrong(_challenge_of_digest_alone, "code-challenge.digest"),
            Wrong(_challenge_without_digest, "code-challenge.no-hash"),
        ),
    ),
)

GUESSES = (
    Guess(
        "code-twice",
        "Mallory brings your code a second time. What happens?",
        (
            ("She gets tokens, too", "A code works once, and it has been used.", False),
            (
                "She gets an error, and your tokens still work",
                "The error, yes. But what you got for the code is taken back, too.",
                False,
            ),
            (
                "She gets an error, and your tokens are gone",
                "Two have it, and one may be a thief: RingCentral cannot know which. RFC 6749 (4.1.2) says that the "
                "second must be refused, and that what the first one got should be taken back.",
                True,
            ),
        ),
    ),
)
