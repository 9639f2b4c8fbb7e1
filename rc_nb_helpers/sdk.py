"""Our Platform: the ``ringcentral`` SDK's, made safe for a notebook.

What it changes, and why (each of these was met in version 0.9.2):

==============================  ==========================================================
the SDK alone                   here
==============================  ==========================================================
no timeout anywhere             10 s to connect, 30 s to answer
exception text holds the        our errors, whose text never does
client secret or the token
``login_url`` raises NameError  works
``logged_in`` goes to the       looks at the clock, answers True or False
network and hides every error
two calls, two refreshes        one lock, one refresh
a token dead on the server      refreshed once, then tried again
stays "valid" until it expires
``logout`` keeps the tokens     always forgets them
when the server is down
query values are not encoded    encoded
redirects are followed, also    not followed
to other hosts
a proxy for everything          not for this machine; company certificates are honoured
no app without a secret         ``client_id`` in the body (RFC 6749 §2.3.1)
==============================  ==========================================================
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from ringcentral.http.api_response import ApiResponse
from ringcentral.http.client import Client
from ringcentral.platform.platform import (
    ACCESS_TOKEN_TTL,
    REFRESH_TOKEN_TTL,
    REVOKE_ENDPOINT,
    TOKEN_ENDPOINT,
)
from ringcentral.platform.platform import Platform as SdkPlatform

from .authorization import AUTHORIZE_PATH
from .environments import Environment
from .errors import ApiError, NotLoggedIn, PlatformUnreachable, RingCentralError, explain
from .loopback import is_loopback
from .redaction import SECRET_NAMES, masked

CONNECT_SECONDS = 10
ANSWER_SECONDS = 30
EXPIRY_MARGIN_SECONDS = 60
"""A token this close to its end is refreshed first: it could expire on the way."""

TOKEN_CODES_THAT_END_A_SESSION = {"OAU-128", "OAU-129", "OAU-149", "OAU-151", "OAU-210", "OAU-213", "invalid_grant"}


class SafeClient(Client):  # type: ignore[misc]
    """Sends requests with timeouts, and turns every failure into one of our errors."""

    def create_request(
        self,
        method: str = "",
        url: str = "",
        query_params: dict[str, Any] | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Request:
        """Make a request as the SDK does, but with the query encoded (``+`` in a time zone survives)."""
        if query_params:
            url += ("&" if "?" in url else "?") + urlencode(query_params, doseq=True)
        request: requests.Request = super().create_request(method, url, body=body, headers=headers)
        return request

    def send(self, request: requests.Request) -> ApiResponse:
        """Send a request and wait for its answer.

        Args:
            request: A request made by :meth:`create_request`, with its full URL.

        Returns:
            The SDK's response object; its status is 2xx.

        Raises:
            ApiError: The server answered with any other status.
            PlatformUnreachable: It did not answer.
        """
        prepared = request.prepare()
        with requests.Session() as http:
            # A proxy is for the world outside; it must never see a login to this very machine.
            http.trust_env = not is_loopback(prepared.url or "")
            settings = http.merge_environment_settings(prepared.url, {}, False, None, None)
            try:
                answer = http.send(
                    prepared, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False, **settings
                )
            except requests.RequestException as error:
                raise _unreachable(request.url, error) from None
        if not 200 <= answer.status_code < 300:
            raise _api_error(answer) from None
        return ApiResponse(prepared, answer)


class Platform(SdkPlatform):  # type: ignore[misc]
    """The SDK's Platform with the table above made true. Use it like the SDK's.

    Args:
        environment: Where to log in, and as which app.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(
            SafeClient(),
            environment.client_id,
            environment.client_secret,
            environment.server_url,
            name="rc-nb-helpers",
            version="0.1.0",
            redirect_uri=environment.redirect_uri,
        )
        # Guards the tokens. It is held during a refresh, so that whoever comes meanwhile waits for the
        # new token instead of spending the refresh token a second time.
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<Platform {self._server}, {'logged in' if self.logged_in() else 'not logged in'}>"

    def logged_in(self) -> bool:
        """Whether the access token or the refresh token still lives, by this machine's clock. No network."""
        auth = self.auth()
        return bool(auth.access_token_valid() or auth.refresh_token_valid())

    def login_url(self, redirect_uri: str, state: str = "", challenge: str = "", challenge_method: str = "S256") -> str:
        """The address of the sign-in page, as the SDK means to build it.

        Args:
            redirect_uri: Where the browser brings the answer.
            state: One-time value that comes back with the answer.
            challenge: PKCE code challenge.
            challenge_method: ``"S256"``.

        Returns:
            The authorization endpoint's URL with its parameters encoded.
        """
        parameters = {"response_type": "code", "client_id": self._key, "redirect_uri": redirect_uri}
        if state:
            parameters["state"] = state
        if challenge:
            parameters |= {"code_challenge": challenge, "code_challenge_method": challenge_method}
        return f"{self._server}{AUTHORIZE_PATH}?{urlencode(parameters)}"

    def login(
        self,
        username: str = "",
        extension: str = "",
        password: str = "",
        code: str = "",
        redirect_uri: str = "",
        jwt: str = "",
        verifier: str = "",
    ) -> ApiResponse:
        """Exchange an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).

        Args:
            username: Not used: RingCentral has removed the password grant.
            extension: Not used.
            password: Not used.
            code: The authorization code.
            redirect_uri: The redirect URI of the authorization request.
            jwt: Not used here: this is the authorization code flow.
            verifier: The PKCE code verifier.

        Returns:
            The token endpoint's answer.

        Raises:
            ApiError: The server refused the code or the app.
            PlatformUnreachable: The server did not answer.
        """
        if not code or username or extension or password or jwt:
            raise RingCentralError(
                "This platform logs in with an authorization code only.",
                cure="Use session.begin_login(), or platform.login(code=..., redirect_uri=..., verifier=...).",
            )
        response = self.exchange(code=code, redirect_uri=redirect_uri or self._redirect_uri, verifier=verifier)
        self.keep(response)
        return response

    def exchange(self, *, code: str, redirect_uri: str, verifier: str) -> ApiResponse:
        """Ask the token endpoint for tokens, without storing them.

        Args:
            code: The authorization code.
            redirect_uri: The redirect URI of the authorization request.
            verifier: The PKCE code verifier; may be empty.

        Returns:
            An answer that holds usable tokens.

        Raises:
            ApiError: The server refused, or its answer holds no tokens (RFC 6749 §5.1).
            PlatformUnreachable: The server did not answer.
        """
        body = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if verifier:
            body["code_verifier"] = verifier
        response = self._request_token(TOKEN_ENDPOINT, body=body)
        _read_tokens(response)
        return response

    def keep(self, response: ApiResponse, *, refreshed: bool = False) -> None:
        """Store the tokens of an answer, all at once.

        Args:
            response: An answer of the token endpoint.
            refreshed: Whether it answers a refresh. What it leaves out stays as it was then: a server need
                not change the refresh token (RFC 6749 §6).

        Raises:
            ApiError: It holds no usable tokens. Those that were stored stay.
        """
        tokens = _read_tokens(response)
        with self._lock:
            if not refreshed:
                # The SDK merges; a refresh token of an earlier login must not stay behind.
                self.auth().reset()
            self.auth().set_data(tokens)

    def discard(self, response: ApiResponse) -> None:
        """Revoke tokens that nobody wants any more, as far as the server can be reached.

        Args:
            response: An answer of the token endpoint whose tokens are not stored.
        """
        with contextlib.suppress(RingCentralError):
            self._request_token(REVOKE_ENDPOINT, body={"token": _read_tokens(response)["access_token"]})

    def refresh(self) -> ApiResponse:
        """Trade the refresh token for new tokens (RFC 6749 §6). RingCentral's refresh tokens work once.

        Returns:
            The token endpoint's answer.

        Raises:
            NotLoggedIn: There is no refresh token, or it has ended. The tokens are forgotten.
            ApiError: Another error of the server. The tokens are kept.
            PlatformUnreachable: The server did not answer. The tokens are kept.
        """
        with self._lock:
            if not self.auth().refresh_token_valid():
                had_tokens = bool(self.auth().access_token())
                self.auth().reset()
                raise _login_has_ended() if had_tokens else _not_logged_in()
            try:
                response = self._request_token(
                    TOKEN_ENDPOINT,
                    body={
                        "grant_type": "refresh_token",
                        "refresh_token": self.auth().refresh_token(),
                        "access_token_ttl": ACCESS_TOKEN_TTL,
                        "refresh_token_ttl": REFRESH_TOKEN_TTL,
                    },
                )
            except ApiError as error:
                if error.status in (400, 401) and error.code in TOKEN_CODES_THAT_END_A_SESSION:
                    self.auth().reset()
                    raise _login_has_ended(error) from None
                raise
            self.keep(response, refreshed=True)
            return response

    def logout(self) -> ApiResponse:
        """Revoke the tokens on the server (RFC 7009), and forget them here whatever it answers.

        Returns:
            The server's answer.

        Raises:
            NotLoggedIn: There is nothing to revoke.
            ApiError: The server did not revoke. The tokens are forgotten here all the same.
            PlatformUnreachable: Likewise.
        """
        with self._lock:
            auth = self.auth()
            # Either token ends the whole session; an expired one may not be known to the server any more.
            token = auth.access_token() if auth.access_token_valid() else auth.refresh_token()
            auth.reset()
            if not token:
                raise _not_logged_in()
            return self._request_token(REVOKE_ENDPOINT, body={"token": token})

    def request(
        self, method: str, path: str, *, query: dict[str, Any] | None = None, body: dict[str, Any] | None = None
    ) -> requests.Request:
        """Make a request for :meth:`send_request`; the SDK has a method for each HTTP verb, and this is all of them.

        Args:
            method: HTTP method.
            path: Path, or full URL on this server.
            query: Query parameters.
            body: A JSON object.
        """
        request: requests.Request = self._client.create_request(method, path, query_params=query, body=body)
        return request

    def send_request(self, request: requests.Request, skip_auth_check: bool = False) -> ApiResponse:
        """Send any request. An access token that the server no longer accepts is refreshed once.

        Args:
            request: Made by the SDK's client.
            skip_auth_check: Send it without an access token.

        Returns:
            The answer, with a 2xx status.

        Raises:
            NotLoggedIn: There is no login, or it has ended.
            ApiError: The server answered with an error.
            PlatformUnreachable: The server did not answer.
        """
        if skip_auth_check:
            return super().send_request(request, skip_auth_check=True)
        if not self._may_have_token(self.create_url(request.url, add_server=True)):
            raise RingCentralError(
                "This address belongs to another server.",
                why=f"Your access token is for {self._server} only.",
                cure="Call the platform with a path, such as /restapi/v1.0/account/~.",
            )
        used = self._fresh_access_token()
        try:
            return super().send_request(request)
        except ApiError as error:
            if error.status != 401:
                raise
        self._replace(used)
        return super().send_request(request)

    def _may_have_token(self, url: str) -> bool:
        """Whether a URL is this server's, or that of its media files; the token goes nowhere else."""
        if url.startswith(f"{self._server}/"):
            return True
        family = ".ringcentral.com"
        ours, theirs = urlsplit(self._server), urlsplit(url)
        # A bare name and nothing else: programs disagree where the host of "https://a\@b" ends.
        return (
            theirs.scheme == "https"
            and theirs.netloc.lower() == theirs.hostname
            and all((part.hostname or "").endswith(family) for part in (ours, theirs))
        )

    def _ensure_authentication(self) -> None:
        self._fresh_access_token()

    def _fresh_access_token(self) -> str:
        """The access token, refreshed first when it is about to expire."""
        with self._lock:
            auth = self.auth()
            if not auth.access_token():
                raise _not_logged_in()
            expires = auth.data()["expire_time"]
            if expires - EXPIRY_MARGIN_SECONDS <= time.time() and (
                auth.refresh_token_valid() or not auth.access_token_valid()
            ):
                self.refresh()
            return str(auth.access_token())

    def _replace(self, used: str) -> None:
        """Refresh, unless another thread has already replaced the access token that was refused."""
        with self._lock:
            if self.auth().access_token() == used:
                self.refresh()

    def _request_token(self, path: str = "", body: dict[str, Any] | None = None) -> ApiResponse:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = dict(body or {})
        if self._secret:
            headers["Authorization"] = "Basic " + self._api_key()
        else:
            body["client_id"] = self._key
        request = self._client.create_request("POST", path, body=body, headers=headers)
        return self.send_request(request, skip_auth_check=True)


def read_json(response: ApiResponse) -> dict[str, Any]:
    """The JSON object in an answer.

    Args:
        response: A successful answer.

    Returns:
        The object; empty when the answer has no body.

    Raises:
        ApiError: The answer is something else, such as the page of a proxy.
    """
    answer = response.response()
    if not answer.content:
        return {}
    try:
        data = answer.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ApiError(
            status=answer.status_code,
            message="the answer is not JSON; a proxy or a sign-in page of your network may have sent it",
        )
    return data


def _read_tokens(response: ApiResponse) -> dict[str, Any]:
    """The tokens in an answer, after a look whether it is one (RFC 6749 §5.1)."""
    answer = read_json(response)
    # The lifetimes may be left out; without them the SDK would not use the tokens.
    tokens = {
        "access_token": answer.get("access_token"),
        "token_type": answer.get("token_type"),
        "expires_in": answer.get("expires_in", ACCESS_TOKEN_TTL),
    }
    refresh_token = answer.get("refresh_token")
    if refresh_token:
        lifetime = answer.get("refresh_token_expires_in")
        tokens["refresh_token"] = refresh_token
        tokens["refresh_token_expires_in"] = lifetime if _is_number(lifetime) else REFRESH_TOKEN_TTL
    if (
        not _is_token(tokens["access_token"])
        or str(tokens["token_type"]).lower() != "bearer"
        or not _is_number(tokens["expires_in"])
        or (refresh_token and not _is_token(refresh_token))
    ):
        raise ApiError(status=response.response().status_code, message="the answer holds no usable token")
    return tokens | {name: str(answer[name]) for name in ("scope", "owner_id") if answer.get(name)}


def _is_token(value: Any) -> bool:
    """Whether a value can be a token (RFC 6749 §A.12). Another one would break the header, or show in the complaint."""
    return isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]+", value) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _api_error(answer: requests.Response) -> ApiError:
    """The error in an answer: RingCentral's JSON where it is that, else the bare status."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return ApiError(status=answer.status_code, message=answer.reason or "no message")
    details = body.get("errors")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    code = first.get("errorCode") or body.get("errorCode") or body.get("error") or ""
    message = first.get("message") or body.get("message") or body.get("error_description") or ""
    # A server may repeat what it was sent.
    sent = _secrets_in(answer.request)
    return ApiError(
        status=answer.status_code,
        code=masked(str(code), secrets=sent)[:60],
        message=masked(str(message), secrets=sent)[:300],
    )


def _secrets_in(request: requests.PreparedRequest) -> list[str]:
    """The credentials and the secret form fields of a request."""
    body = request.body if isinstance(request.body, str) else ""
    fields = [value for name, value in parse_qsl(body) if name in SECRET_NAMES]
    return [*fields, *(request.headers.get("Authorization") or "").split()[1:]]


def _unreachable(url: str, error: requests.RequestException) -> PlatformUnreachable:
    """What a person needs to know of a connection that failed. The exception itself holds the request."""
    server = "/".join(url.split("/")[:3])
    if isinstance(error, requests.exceptions.SSLError):
        return PlatformUnreachable(
            f"The certificate of {server} could not be verified.",
            why="Something between you and the server may be reading along, such as a company proxy.",
            cure="Ask your administrator for the company's certificate file and put its path into REQUESTS_CA_BUNDLE.",
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return PlatformUnreachable(
            f"The proxy on the way to {server} did not answer.",
            cure="Check HTTPS_PROXY and your network, then try again.",
        )
    if isinstance(error, requests.exceptions.Timeout):
        return PlatformUnreachable(
            f"{server} did not answer in time.", cure="Try again in a minute, and check your network."
        )
    host = server.split("//")[-1].rsplit(":", 1)[0]
    if is_loopback(server):
        return PlatformUnreachable(
            f"Nothing answers at {server}.",
            why="The practice platform is not running there (any more).",
            cure="Start it with: python3 tutorial.py practice. Or restart the kernel: a notebook starts its own.",
        )
    if not _resolves(host):
        return PlatformUnreachable(
            f"There is no server called {host}.",
            why="The name cannot be found: you are offline, or RC_SERVER_URL has a typing error.",
            cure="Check your network and the .env file, then try again.",
        )
    return PlatformUnreachable(
        f"{server} could not be reached.", cure="Check your network, then try again in a minute."
    )


def _resolves(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True


def _not_logged_in() -> NotLoggedIn:
    return NotLoggedIn(
        "Nobody is logged in.", why="This call needs an access token.", cure="Log in first, then call again."
    )


def _login_has_ended(error: ApiError | None = None) -> NotLoggedIn:
    return NotLoggedIn(
        "The login has ended.",
        why=explain(error.code).why if error else "The access token has expired, and no refresh token is left.",
        cure="Log in again.",
    )
