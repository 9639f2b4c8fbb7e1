"""Where the SDK keeps its tokens, and how they are taken out of a server's answer."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from ringcentral.http.api_response import ApiResponse
from ringcentral.platform.auth import Auth
from ringcentral.platform.platform import ACCESS_TOKEN_TTL, REFRESH_TOKEN_TTL

from .answers import is_web_page, json_of, read_json
from .errors import ApiError, ConfigurationError, of_type


class Tokens(dict[str, Any]):
    """What the SDK knows of a login. It does not show itself: the last line of a cell is saved."""

    def __repr__(self) -> str:
        return "<Tokens: there, and not shown>" if self.get("access_token") else "<Tokens: none>"


class SafeAuth(Auth):  # type: ignore[misc]
    """The SDK's Auth, which holds the tokens in memory, but changes in one step and tells of it.

    The SDK sets one attribute after the other; whoever interrupts it or looks from another thread would
    find the new access token beside the old refresh token. So each change is made on a copy, whose attributes
    (the SDK's are private to it) are then taken over at once.

    The SDK's own methods, :meth:`set_data` and :meth:`reset`, tell of the change. :meth:`merge` and
    :meth:`replace` leave that to the caller, who may still hold a lock.

    Args:
        changed: Called without arguments when the tokens have changed.

    Attributes:
        version: Another object after each change.
        login: Another object for each login. A refresh, or a part of the values set by hand, keeps it.
        refreshes: How often this login has got a new access token here.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.version = object()
        self.login = object()
        self.refreshes = 0
        self._changed = changed
        self._session_id = ""

    def set_data(self, auth_data: dict[str, Any] | None = None) -> SafeAuth:
        """Merge values in, as the SDK does; also to go on with the tokens of an earlier program.

        Args:
            auth_data: Fields of a token answer, or what :meth:`data` returned.
        """
        self.merge(auth_data or {})
        self._changed()
        return self

    def reset(self) -> None:
        """Forget everything."""
        self.replace({})
        self._changed()

    def data(self) -> Tokens:
        """All values, for :meth:`set_data`."""
        return Tokens(Auth.data(copy.copy(self)), session_id=self._session_id)

    def merge(self, values: dict[str, Any]) -> None:
        """Change these values, in one step, and leave the others.

        Args:
            values: Fields of a token answer, or of what :meth:`data` returned.

        Raises:
            ConfigurationError: They are none. Nothing has changed then.
        """
        values = _checked(values)
        goes_on = bool(self.access_token() or self.refresh_token()) and self.belongs_to_same_login(values)
        changed = copy.copy(self)
        Auth.set_data(changed, values)
        changed.version = object()
        changed.login = self.login if goes_on else object()
        is_new = changed.access_token() not in ("", self.access_token())
        changed.refreshes = self.refreshes + is_new if goes_on else 0
        session_id = str(values.get("session_id", self._session_id))
        self.__dict__.update(vars(changed), _session_id=session_id)

    def replace(self, tokens: dict[str, Any]) -> None:
        """Forget everything and take these values, in one step.

        Args:
            tokens: Fields of a token answer; empty to forget.
        """
        fresh = type(self)(self._changed)
        fresh.merge(tokens)
        self.__dict__.update(vars(fresh))

    def merged(self, values: dict[str, Any]) -> SafeAuth:
        """What these tokens would be after :meth:`merge`; they themselves stay as they are.

        Args:
            values: As for :meth:`merge`.
        """
        other = copy.copy(self)
        other.merge(values)
        return other

    def token_to_revoke(self) -> str:
        """The token that ends the login on the server; empty when there is none.

        RFC 7009 §2.1: revoking the refresh token SHOULD end the access tokens too, the reverse is only a
        MAY. RingCentral ends the whole session with either. A token that is over may not be known there.
        """
        if self.refresh_token_valid() or not self.access_token_valid():
            return str(self.refresh_token() or self.access_token())
        return str(self.access_token())

    def belongs_to_same_login(self, tokens: dict[str, Any]) -> bool:
        """Whether new tokens may continue this login on the server, so that revoking ours could end them.

        RingCentral may answer a new code with the rest of a session that exists already. The session's id
        tells; a server that gives none is asked who the tokens belong to. Who says nothing is left alone.

        Args:
            tokens: Fields of a token answer.
        """
        ours = self.data()
        for name in ("session_id", "owner_id"):
            if ours[name] and tokens.get(name):
                return bool(ours[name] == tokens[name])
        return True


_TIMES = ("expires_in", "expire_time", "refresh_token_expires_in", "refresh_token_expire_time")
_TEXTS = ("access_token", "refresh_token", "token_type", "scope", "owner_id", "session_id")


def _checked(values: Any) -> dict[str, Any]:
    """What a program hands over, as the SDK can work with it. It may come from a file or from another program."""
    if not isinstance(values, dict):
        raise ConfigurationError(f"These are no tokens, but something {of_type(values)}.", cure=_AS_TOKENS)
    fine, wrong = {}, []
    for name, value in values.items():
        fine[name] = _field(name, value)
        if value is None and name in _TIMES:
            del fine[name]  # as if it were not there
        elif fine[name] is None:
            wrong.append(name)
    if wrong:
        raise ConfigurationError(f"These are no tokens: {', '.join(wrong)} cannot be used.", cure=_AS_TOKENS)
    return fine


def _field(name: str, value: Any) -> Any:
    """A field in the type that the SDK works with; None where it cannot have that."""
    if name in _TIMES:
        return _seconds(value)
    if name not in _TEXTS:
        return value
    if value is None or value == "":
        return ""
    if name == "scope" and isinstance(value, list | tuple):
        return " ".join(map(str, value))
    if name in ("owner_id", "session_id") and isinstance(value, int):
        return str(value)
    is_fine = _is_token(value) if name in ("access_token", "refresh_token") else isinstance(value, str)
    return value if is_fine else None


_AS_TOKENS = "Pass what auth().data() has returned, or the JSON object of a token answer."


def read_tokens(response: ApiResponse) -> dict[str, Any]:
    """The tokens in an answer, after a look whether it is one (RFC 6749 §5.1).

    Args:
        response: A successful answer of the token endpoint.

    Returns:
        Fields for :meth:`SafeAuth.set_data`.

    Raises:
        ApiError: There is no usable token in it.
    """
    raw = response.response()
    if is_web_page(raw):
        read_json(response)  # which refuses it
    answer = json_of(raw)
    if not isinstance(answer, dict):
        what = "it is no JSON object" if raw.content else "it is empty"
        raise _no_tokens(raw.status_code, what)
    # The lifetimes may be left out; without them the SDK would not use the tokens.
    tokens = {
        "access_token": answer.get("access_token"),
        "token_type": answer.get("token_type"),
        "expires_in": _seconds(answer.get("expires_in", ACCESS_TOKEN_TTL)),
    }
    refresh_token = answer.get("refresh_token")
    if refresh_token:
        lifetime = _seconds(answer.get("refresh_token_expires_in"))
        tokens["refresh_token"] = refresh_token
        tokens["refresh_token_expires_in"] = REFRESH_TOKEN_TTL if lifetime is None else lifetime
    fine = {
        "access_token": _is_token(tokens["access_token"]),
        "token_type": str(tokens["token_type"]).lower() == "bearer",
        "expires_in": tokens["expires_in"] is not None,
        "refresh_token": not refresh_token or _is_token(refresh_token),
    }
    if wrong := [name for name, is_fine in fine.items() if not is_fine]:
        what = ", ".join(f"{name} is {'not usable' if name in answer else 'missing'}" for name in wrong)
        raise _no_tokens(raw.status_code, what)
    return tokens | {name: str(answer[name]) for name in ("scope", "owner_id", "session_id") if answer.get(name)}


def _is_token(value: Any) -> bool:
    """Whether a value can be a token (RFC 6749 §A.12). Another one would break the header, or show in the complaint."""
    return isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]+", value) is not None


def _seconds(value: Any) -> int | float | None:
    """A lifetime as a number, also when it comes as text ("3600"), as from some servers; None when it is none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", value.strip()):
        value = float(value) if "." in value else int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return value
    return None


def _no_tokens(status: int, what: str) -> ApiError:
    return ApiError(
        status=status,
        message=f"the answer holds no usable token: {what}",
        why='An answer with tokens is a JSON object with an access_token and the token_type "bearer" (RFC 6749 §5.1).',
        cure="Check that RC_SERVER_URL in the .env file names RingCentral's server, and try again. What came is in "
        "session.exchanges, without its secrets.",
    )
