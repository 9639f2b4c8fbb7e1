"""The authorization request and what comes back: state, PKCE, URL. Pure: no network, no clock.

Rules: RFC 6749 §4.1 (authorization code grant), RFC 7636 (PKCE), RFC 9207 (issuer),
RFC 9700 §2.1 (best current practice: one-time state, S256, exact redirect URI).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from .errors import AccessDenied, AuthorizationRefused, CallbackRejected, ConfigurationError, code_to_tell, explain
from .redaction import masked, opaque

AUTHORIZE_PATH = "/restapi/oauth/authorize"
PROMPTS = ("login", "sso", "consent", "none")
"""What RingCentral's authorization endpoint may be asked to show (OpenID Connect Core §3.1.2.1 has the same idea)."""


def code_challenge(code_verifier: str) -> str:
    """The S256 challenge of a code verifier (RFC 7636 §4.2).

    Args:
        code_verifier: 43 to 128 unreserved characters.

    Returns:
        ``BASE64URL(SHA256(verifier))`` without padding, 43 characters.
    """
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, kw_only=True)
class AuthorizationResponse:
    """A code that belongs to this login, with the two values that must go along to the token endpoint.

    They travel together so that they can never be mixed up with those of another login.

    Attributes:
        code: The authorization code (secret, one use, about 60 seconds).
        code_verifier: The PKCE secret behind the challenge that was sent.
        redirect_uri: The redirect URI that was sent; the token endpoint compares it (RFC 6749 §4.1.3).
    """

    code: str = field(repr=False)
    code_verifier: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """One login's question to the authorization server. Each has a fresh state and code verifier.

    Attributes:
        server_url: Base URL of the platform, without a trailing slash.
        browser_url: The same as the browser reaches it, if that is another address; may be empty.
        client_id: The app's client id.
        redirect_uri: Where the browser shall bring the answer; exactly as registered.
        login_hint: A user name to fill in on the sign-in page; may be empty.
        prompt: What the server shows even to a person whom the browser remembers, one word of :data:`PROMPTS` or
            several with spaces between: ``"login"`` the sign-in form, ``"sso"`` the company's own sign-in,
            ``"consent"`` the question whether the app may; ``"none"`` shows nothing, and answers with an error
            where something would have to be shown. Empty leaves it to the server.
        state: 256 random bits; ties the answer to this request (RFC 6749 §10.12).
        code_verifier: 256 random bits; proves at the token endpoint who asked (RFC 7636 §4.1).
    """

    server_url: str
    browser_url: str = ""
    client_id: str
    redirect_uri: str
    login_hint: str = ""
    prompt: str = ""
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    code_verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def __post_init__(self) -> None:
        """Refuse a prompt that RingCentral does not know.

        Raises:
            ConfigurationError: It holds a word that is none of :data:`PROMPTS`, or ``none`` beside another.
        """
        words = self.prompt.split() if isinstance(self.prompt, str) else [""]
        if not set(words) <= set(PROMPTS) or ("none" in words and len(words) > 1):
            raise ConfigurationError(
                f"RingCentral knows no prompt {ascii(self.prompt)[:80]}.",
                cure=f"Use {', '.join(PROMPTS[:-1])} or several of them with spaces between; or none, alone.",
            )

    @property
    def url(self) -> str:
        """The address that the browser opens: the authorization endpoint with this request's parameters."""
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "code_challenge": code_challenge(self.code_verifier),
            "code_challenge_method": "S256",
        }
        if self.login_hint:
            parameters["login_hint"] = self.login_hint
        if self.prompt:
            parameters["prompt"] = self.prompt
        return f"{self.browser_url or self.server_url}{AUTHORIZE_PATH}?{urlencode(parameters)}"

    @opaque
    def read_response(self, callback: str) -> AuthorizationResponse:
        """Check the answer that the browser brought, and take the code out of it.

        Args:
            callback: The whole callback address, or only its query.

        Returns:
            The code, together with this request's verifier and redirect URI.

        Raises:
            CallbackRejected: The answer does not belong to this request. Keep waiting for the real one:
                anyone can send a request to a listener (RFC 9700 §4.7).
            AccessDenied: The person said no.
            AuthorizationRefused: The server sent another error.
        """
        parameters = _single_valued(callback)
        # State comes first: until it matches, nothing else in the answer can be believed. An error
        # without the right state must not be able to end somebody's login.
        given = parameters.get("state", "")
        if not given:
            raise CallbackRejected(
                "This callback carries no state.",
                why="The state is the one-time value that proves an answer belongs to this login.",
                cure="Log in with the newest link, and copy the whole address.",
            )
        if not hmac.compare_digest(given.encode(errors="surrogatepass"), self.state.encode()):
            raise CallbackRejected(
                "This callback belongs to another login.",
                why="Its state is not the one that this login sent.",
                cure="Use the newest sign-in page, and close older ones.",
            )
        # RFC 9207 §2.4: when the server names itself, it must be the server we asked.
        issuer = parameters.get("iss")
        if issuer is not None and issuer.rstrip("/") not in (self.server_url, self.browser_url or self.server_url):
            raise CallbackRejected(
                "This callback comes from another server than the one that was asked.",
                why="Its issuer is not this environment's server.",
                cure="Check RC_SERVER_URL, and log in again.",
            )
        if "error" in parameters:
            words = (parameters["error"], parameters.get("error_description", ""))
            raise _refusal(*(masked(each[:2000], secrets=(self.state, self.code_verifier)) for each in words))
        if not parameters.get("code"):
            raise CallbackRejected(
                "This callback carries neither a code nor an error.", cure="Log in again from the notebook."
            )
        return AuthorizationResponse(
            code=parameters["code"], code_verifier=self.code_verifier, redirect_uri=self.redirect_uri
        )


def query_of(callback: str) -> str:
    """The query of a callback.

    Args:
        callback: The whole callback address, or only its query.

    Raises:
        ValueError: It cannot be taken apart.
    """
    text = callback.strip()
    address, mark, _ = text.partition("?")
    # Only a query? Then "?" is a letter in it like any other.
    is_address = mark and "=" not in address.partition("/")[0]
    return urlsplit(text if is_address else f"?{text}").query


def _single_valued(callback: str) -> dict[str, str]:
    """The parameters of a callback, each of which may appear once (RFC 6749 §3.1)."""
    try:
        pairs = parse_qsl(query_of(callback), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise CallbackRejected(
            "This does not look like the address of a callback.",
            cure="Copy the whole address from the browser's address bar.",
        ) from None
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise CallbackRejected(
            "This callback carries a parameter twice.",
            why="It was put together by something other than RingCentral.",
            cure="Log in again from the notebook.",
        )
    return parameters


def _refusal(error: str, description: str) -> AuthorizationRefused:
    """The lesson for an error that the authorization server sent back (RFC 6749 §4.1.2.1)."""
    # The words come from a URL. They are cut short here and escaped wherever they are shown; what would move
    # the cursor of a terminal or turn the reading direction is left out.
    error, description = ("".join(c if c.isprintable() else " " for c in words) for words in (error, description))
    error, description = error[:80], description[:300].rstrip(".")
    if error == "access_denied":
        return AccessDenied(
            "The login was refused.",
            said=description,
            why="That is sent when somebody presses the button that says no, or when an administrator or "
            "RingCentral does not allow this login.",
            cure="Log in again and allow it, or ask your administrator.",
            code=error,
        )
    told, known = code_to_tell(error), explain(error)
    label = f" ({told})" if told else ""
    return AuthorizationRefused(
        f"RingCentral did not start the login{label}.",
        said=": ".join(filter(None, ("" if told else error, description))),
        why=known.why or "It did not accept the authorization request.",
        cure=known.cure or "Check the app's settings and the .env file, then log in again.",
        code=error,
    )
