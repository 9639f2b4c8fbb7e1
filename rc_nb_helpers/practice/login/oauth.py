"""RingCentral's dialect of OAuth 2.0 above Authlib's protocol core.

Authlib checks response types, code challenges and verifiers and runs the two grants. This module adds what it leaves
to the integrator (RFC 6749 §2.3, §3.1 and §4.1.2: one way to authenticate, no repeated parameter, a replayed
code ends what it gave) and RingCentral's own rules and error codes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge

from ..company.people import BRAND_ID, Person
from ..errors import OAuthRefusal, duplicated, from_authlib, invalid_client, invalid_parameter, shown, unusable_app
from ..parameters import Malformed, Parameters, parse_basic
from .apps import App, AppStore
from .codes import AuthorizationCode, CodeStore
from .sessions import (
    ACCESS_TOKEN_SECONDS,
    MOST_REFRESH_TOKEN_SECONDS,
    REFRESH_TOKEN_SECONDS,
    Lifetimes,
    Session,
    SessionStore,
    TokenPair,
    token_not_found,
)

_LEAST_ACCESS_TOKEN_SECONDS = 600
# RingCentral knows these grants, for apps of other kinds than can be made here.
_GRANTS_OF_OTHER_FLOWS = ("urn:ietf:params:oauth:grant-type:jwt-bearer", "partner_jwt")
# Authlib refuses plain http outside loopback. Whether this server may be reached over it is decided where it is
# bound, so Authlib is shown an address that says nothing.
_ADDRESS = "https://practice.invalid/"


@dataclass(frozen=True)
class AuthorizationRequest:
    """A valid authorization request (RFC 6749 §4.1.1).

    Attributes:
        app: The app that asks, as it is now.
        redirect_uri: Where the browser is sent in the end: one of the app's.
        state: What comes back to the app unchanged.
        code_challenge: The hash of the code verifier (RFC 7636), if the app uses PKCE.
        code_challenge_method: How it was hashed.
        login_hint: The user name that the sign-in page suggests.
        prompt: What the person must be asked (OpenID Connect Core §3.1.2.1).
        display: The kind of page, one of ``DISPLAYS``.
    """

    app: App
    redirect_uri: str
    state: str | None = field(repr=False)
    code_challenge: str | None = field(repr=False)
    code_challenge_method: str | None
    login_hint: str = ""
    prompt: frozenset[str] = frozenset()
    display: str = "page"


DISPLAYS = ("page", "popup", "touch", "mobile")
"""The values of ``display`` (OpenID Connect Core §3.1.2.1; ``mobile`` is RingCentral's)."""


class RedirectableRefusal(Exception):
    """An authorization request is refused after its app and redirect URI were found to be right: the app is told.

    Args:
        refusal: What is wrong.
        redirect_uri: Where to send the browser.
        state: What the app sent, to be sent back.
    """

    def __init__(self, refusal: OAuthRefusal, *, redirect_uri: str, state: str | None) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.redirect_uri = redirect_uri
        self.state = state


@dataclass(frozen=True)
class Caller:
    """Who sends a request to the token or revocation endpoint, as far as that can be told before it is answered.

    Attributes:
        app: The app that it names, if there is one.
        proven: Whether it also authenticated as that app.
        person: Whose code or token of that app it holds.
    """

    app: App | None
    proven: bool
    person: Person | None


class Answer(NamedTuple):
    """Status and JSON body of an OAuth endpoint."""

    status: int
    body: Mapping[str, Any]


class _Tokens(dict[str, Any]):
    """A token answer that does not show itself: Authlib logs it at debug level."""

    def __repr__(self) -> str:
        return "<tokens>"


class _Request(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib wants it, made from parameters that are already checked."""

    def __init__(self, method: str, values: Mapping[str, str], authorization: str | None = None) -> None:
        super().__init__(method, _ADDRESS)
        self.payload = BasicOAuth2Payload(dict(values))
        self.authorization = authorization

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body."""
        return dict(self.payload.data)  # pyright: ignore[reportOptionalMemberAccess]


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """The grant type authorization_code: a code for a session, once."""

    def authenticate_token_endpoint_client(self) -> App:
        """Authenticate the app, and see that people sign in to it at all."""
        app: App = super().authenticate_token_endpoint_client()  # pyright: ignore[reportAssignmentType]
        if app.flow != "code":
            raise OAuthRefusal("unauthorized_client", "OAU-125", "Grant type is not allowed for application.")
        return app

    def query_authorization_code(self, value: str, client: App) -> AuthorizationCode:
        """Find the code and use it up. From here on a failure is final: the code does not get a second chance."""
        server: OAuthServer = self.server
        code = server.codes.find(value)
        if code is None:
            raise OAuthRefusal("invalid_grant", "OAU-106", "Invalid authorization code")
        if code.client_id != client.client_id:
            # Not used up: otherwise any app could spoil the codes of another.
            message = "Authorization code was not issued for this application"
            raise OAuthRefusal("invalid_grant", "OAU-110", message)
        if code.used:
            # RFC 6749 §4.1.2: someone else may have the code, so what it gave must end.
            given = server.sessions.get(code.session_id) if code.session_id else None
            if given:
                server.sessions.revoke(given)
            raise OAuthRefusal("invalid_grant", "OAU-106", "Invalid authorization code")
        code.used = True
        if server.codes.expired(code):
            raise OAuthRefusal("invalid_grant", "OAU-108", "Authorization code is expired")
        if self.request.payload.redirect_uri != code.redirect_uri:  # pyright: ignore[reportOptionalMemberAccess]
            raise OAuthRefusal("invalid_grant", "OAU-109", "Redirect URIs do not match")
        return code

    def authenticate_user(self, code: AuthorizationCode) -> Person:
        """Who signed in."""
        return code.person

    def generate_token(self, *, scope: str, include_refresh_token: bool, **_: Any) -> _Tokens:
        """Open the session that the code stands for."""
        server: OAuthServer = self.server
        code: AuthorizationCode = self.request.authorization_code  # pyright: ignore[reportAssignmentType]
        session = server.sessions.open(
            app=self.request.client,  # pyright: ignore[reportArgumentType]
            person=code.person,
            scope=scope,
            endpoint_id=self.request.form.get("endpoint_id"),
            lifetimes=_lifetimes(self.request.form, include_refresh_token),
        )
        code.session_id = session.id
        return server.token_answer(session, session.tokens)

    def delete_authorization_code(self, code: AuthorizationCode) -> None:
        """Keep it: it is marked as used, and a replay must be noticed."""


class _RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """The grant type refresh_token: new tokens for old."""

    def authenticate_refresh_token(self, value: str) -> Session:
        """Find the session; Authlib then checks that it is the client's own."""
        server: OAuthServer = self.server
        session = server.sessions.find(value)
        if session is None or not session.check_client(self.request.client):  # pyright: ignore[reportArgumentType]
            raise token_not_found()
        return session

    def authenticate_user(self, session: Session) -> Person:
        """Whose session it is."""
        return session.person

    def _validate_token_scope(self, token: Session) -> None:
        """RingCentral ignores the scope of a request."""

    def issue_token(self, user: Person, session: Session) -> _Tokens:
        """Rotate, or repeat the answer within the documented grace."""
        server: OAuthServer = self.server
        form = self.request.form
        tokens = server.sessions.refresh(session, form["refresh_token"], _lifetimes(form, True))
        return server.token_answer(session, tokens)

    def revoke_old_credential(self, session: Session) -> None:
        """Done by the rotation itself."""


class _Pkce(CodeChallenge):  # type: ignore[misc]
    """Authlib's checks of the code verifier (RFC 7636, RFC 9700 §4.8.2), each answered as invalid_grant."""

    def validate_code_verifier(self, grant: _CodeGrant, result: object) -> None:
        """Check the verifier against the challenge, and that there is none of the one without the other."""
        app: App = grant.request.client  # pyright: ignore[reportAssignmentType]
        self.required = app.needs_pkce
        try:
            super().validate_code_verifier(grant, result)
        except OAuth2Error as error:
            message = "Invalid authorization code: " + shown(error.description).replace("'", "")
            raise OAuthRefusal("invalid_grant", "OAU-106", message) from None


class OAuthServer(AuthorizationServer):  # type: ignore[misc]
    """The OAuth endpoints authorize, token and revoke, without HTTP.

    Args:
        apps: The registered apps.
        codes: The codes to exchange.
        sessions: The sessions that are opened, refreshed and revoked.
    """

    def __init__(self, *, apps: AppStore, codes: CodeStore, sessions: SessionStore) -> None:
        super().__init__()
        self.apps = apps
        self.codes = codes
        self.sessions = sessions
        self.register_grant(_CodeGrant, [_Pkce(required=True)])
        self.register_grant(_RefreshGrant)

    def validate_authorization(self, parameters: Parameters) -> AuthorizationRequest:
        """A checked authorization request.

        ``scope`` and ``ui_locales`` are ignored: an app asks for what it is registered with, and the pages know one
        language.

        Args:
            parameters: Those of its query or form.

        Raises:
            OAuthRefusal: It must not be answered with a redirect (RFC 6749 §4.1.2.1: unknown app or redirect URI; and
                repeated parameters, for one cannot tell which to believe).
            RedirectableRefusal: Any other error.
        """
        if parameters.repeated:
            raise duplicated(parameters.repeated)
        redirect_uri = parameters.get("redirect_uri") or ""
        app = self.app_that_asks(parameters.get("client_id") or "", redirect_uri)
        brand = parameters.get("brand_id") or parameters.get("brandId") or BRAND_ID
        if not (brand.isascii() and brand.isdigit()):
            raise OAuthRefusal("invalid_request", "OAU-101", "Parameter [brandId] is invalid", status=403)
        state = parameters.get("state")
        prompt = frozenset((parameters.get("prompt") or "").split())
        display = parameters.get("display") or ""
        try:
            if not parameters.get("response_type"):
                raise invalid_parameter("response_type")
            self.get_consent_grant(_Request("GET", parameters.values))
            if "none" in prompt and len(prompt) > 1:
                raise invalid_parameter("prompt")
            if not app.confidential and app.needs_pkce and not parameters.get("code_challenge"):
                # RFC 9700 §2.1.1: a public client must use PKCE.
                raise invalid_parameter("code_challenge")
        except OAuth2Error as error:
            refusal = from_authlib(error)
            raise RedirectableRefusal(refusal, redirect_uri=redirect_uri, state=state) from None
        return AuthorizationRequest(
            app=app,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=parameters.get("code_challenge"),
            code_challenge_method=parameters.get("code_challenge_method"),
            login_hint=parameters.get("login_hint") or "",
            prompt=prompt,
            display=display if display in DISPLAYS else DISPLAYS[0],
        )

    def app_that_asks(self, client_id: str, redirect_uri: str) -> App:
        """The app as it is now, if people may be asked for it and sent back to ``redirect_uri``.

        Raises:
            OAuthRefusal: People may not be asked. It is never to be answered with a redirect.
        """
        app = self.apps.get(client_id)
        if app is None:
            raise invalid_client(client_id)
        _check_usable(app)
        if app.flow != "code":
            message = "The client is unauthorized for the required grant type: [authorization_code]"
            raise OAuthRefusal("unauthorized_client", "OAU-112", message, status=403)
        if not app.redirect_uris:
            message = "No redirect uri is registered for the client"
            raise OAuthRefusal("invalid_client", "OAU-113", message, status=403)
        if not app.check_redirect_uri(redirect_uri):
            raise OAuthRefusal("invalid_grant", "OAU-109", "Redirect URIs do not match")
        return app

    def token(self, parameters: Parameters, authorization: str | None) -> Answer:
        """The answer to a token request (RFC 6749 §3.2), refusals among them.

        Args:
            parameters: Those of its form.
            authorization: Its ``Authorization`` header.
        """
        if parameters.repeated:
            return _answer_to(duplicated(parameters.repeated))
        if not parameters.get("grant_type"):
            return _answer_to(invalid_parameter("grant_type"))
        request = _Request("POST", parameters.values, authorization)
        try:
            if parameters.get("grant_type") in _GRANTS_OF_OTHER_FLOWS:
                self.authenticate_client(request, [])
                raise OAuthRefusal("unauthorized_client", "OAU-251", "Unauthorized for this grant type")
        except OAuthRefusal as refusal:
            return _answer_to(refusal)
        answer: Answer = self.create_token_response(request)  # pyright: ignore[reportAssignmentType]
        return answer

    def revoke(self, parameters: Parameters, authorization: str | None) -> Answer:
        """The answer to a revocation request (RFC 7009). The whole session ends, as RingCentral documents it.

        An unknown token is as good as revoked (RFC 7009 §2.2). That of another client is refused (§2.1;
        RingCentral: OAU-164) and lives on.

        Args:
            parameters: Those of its query and form.
            authorization: Its ``Authorization`` header.
        """
        try:
            if parameters.repeated:
                raise duplicated(parameters.repeated)
            client = self.authenticate_client(_Request("POST", parameters.values, authorization), [])
            token = parameters.get("token")
            if not token:
                raise invalid_parameter("token")
        except OAuthRefusal as refusal:
            return _answer_to(refusal)
        session = self.sessions.find(token)
        if session and not session.check_client(client):
            message = "The token was not issued for this application"
            return _answer_to(OAuthRefusal("invalid_client", "OAU-164", message))
        if session:
            self.sessions.revoke(session)
        return Answer(200, {})

    def caller(self, parameters: Parameters, authorization: str | None) -> Caller:
        """Who sends a token or revocation request. It changes nothing.

        Args:
            parameters: Those of its query and form.
            authorization: Its ``Authorization`` header.
        """
        values = parameters.values
        try:
            app = self.authenticate_client(_Request("POST", values, authorization), [])
        except OAuthRefusal:
            return Caller(self._named_app(values, authorization), False, None)
        code = self.codes.find(values.get("code", ""))
        session = self.sessions.find(values.get("refresh_token") or values.get("token") or "")
        grant = next((one for one in (code, session) if one and one.client_id == app.client_id), None)
        return Caller(app, True, grant.person if grant else None)

    def _named_app(self, values: Mapping[str, str], authorization: str | None) -> App | None:
        client_id = values.get("client_id", "")
        if authorization is not None:
            with contextlib.suppress(Malformed):
                client_id = parse_basic(authorization).client_id
        # A mistyped id is that learner's error, and so is an id of elsewhere with a code of theirs.
        code = self.codes.find(values.get("code", ""))
        return (
            self.apps.get(client_id)
            or self.apps.nearest(client_id)
            or (self.apps.get(code.client_id) if code else None)
        )

    def token_answer(self, session: Session, tokens: TokenPair) -> _Tokens:
        """The fields of RingCentral's TokenInfo."""
        answer = _Tokens(
            access_token=tokens.access_token,
            token_type="bearer",
            expires_in=self.sessions.seconds_left(tokens.access_expires_at),
            scope=session.scope,
            owner_id=str(session.person.extension_id),
            endpoint_id=session.endpoint_id,
            session_id=session.id,
        )
        if tokens.refresh_token:
            answer["refresh_token"] = tokens.refresh_token
            answer["refresh_token_expires_in"] = self.sessions.seconds_left(tokens.refresh_expires_at)
        return answer

    # What Authlib asks of an integration.

    def query_client(self, client_id: str) -> App | None:
        """Find an app."""
        return self.apps.get(client_id)

    def authenticate_client(self, request: _Request, methods: list[str], endpoint: str = "token") -> App:
        """Authenticate the client in the one way its type has (RFC 6749 §2.3).

        A server-side app sends Basic; a client-side app sends ``client_id`` in the body and no header. A secret in
        the body is never accepted (RingCentral has no ``client_secret_post``).
        """
        body_id: str | None = request.form.get("client_id")
        if "client_secret" in request.form:
            raise OAuthRefusal("invalid_client", "OAU-123", "Client authentication is required")
        if request.authorization is None:
            app = self.apps.get(body_id) if body_id else None
            if body_id and app is None:
                raise invalid_client(body_id)
            if app is None or app.confidential:
                raise OAuthRefusal("invalid_client", "OAU-123", "Client authentication is required")
            _check_usable(app)
            request.auth_method = "none"
            return app
        try:
            credentials = parse_basic(request.authorization)
        except Malformed as error:
            raise OAuthRefusal("invalid_client", "OAU-134", f"Invalid Authorization header. {error}") from None
        for candidate in (credentials, credentials.decoded()):
            app = self.apps.get(candidate.client_id)
            if app and app.check_client_secret(candidate.client_secret):
                if body_id and body_id != app.client_id:
                    raise invalid_client(body_id)
                _check_usable(app)
                request.auth_method = "client_secret_basic"
                return app
        if self.apps.get(credentials.client_id) is None:
            raise invalid_client(credentials.client_id)
        raise OAuthRefusal("invalid_client", "OAU-146", "Invalid client credentials")

    def save_token(self, token: _Tokens, request: _Request) -> None:
        """Done by the session store."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        """The request itself: it is made in the right form already."""
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], headers: object) -> Answer:
        """Status and body; the headers are the handler's."""
        return Answer(status, body)

    def handle_error_response(self, request: _Request, error: OAuth2Error) -> Answer:
        """Answer to what Authlib refuses with RingCentral's code for it."""
        return _answer_to(from_authlib(error))


def _check_usable(app: App) -> None:
    if app.status != "active":
        raise unusable_app(app.client_id, app.status)


def _answer_to(refusal: OAuthRefusal) -> Answer:
    return Answer(refusal.status_code, refusal.as_json())


def _lifetimes(form: Mapping[str, str], with_refresh_token: bool) -> Lifetimes:
    """Read the lifetimes that RingCentral lets a client ask for, clamped as documented."""
    access = _seconds(form, "access_token_ttl", ACCESS_TOKEN_SECONDS)
    refresh = _seconds(form, "refresh_token_ttl", REFRESH_TOKEN_SECONDS) if with_refresh_token else 0
    return Lifetimes(
        access_token=max(_LEAST_ACCESS_TOKEN_SECONDS, min(access, ACCESS_TOKEN_SECONDS)),
        refresh_token=min(refresh, MOST_REFRESH_TOKEN_SECONDS),
    )


def _seconds(form: Mapping[str, str], name: str, default: int) -> int:
    text = form.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise invalid_parameter(name)
    return int(text)
