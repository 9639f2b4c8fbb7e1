"""Refusals: RingCentral's error codes that this platform answers with, and the two shapes that they come in.

Codes and messages: RingCentral's "API Error Codes" (docs/basics/errors.md). OAuth endpoints answer with HTTP 400
where that table says 401 or 403: every recorded answer of the live ``/restapi/oauth/token`` does, and the public
OpenAPI knows no other failure of it.
"""

from __future__ import annotations

import re
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error

WRONG_PASSWORD = "sign-in"
"""What the record says of a wrong password: RingCentral has no code for it, for no program sees it."""
SEAT_LINK = "seat-link"
"""What the record says of a seat link that is wrong, revoked or replaced."""
_NAMED = re.compile(r"'([a-z_]+)'")
_MALFORMED = {
    "unsupported_grant_type": ("OAU-250", "Unsupported grant type"),
    "unauthorized_client": ("OAU-251", "Unauthorized for this grant type"),
    "unsupported_response_type": ("CMN-101", "Unsupported response type"),
}
_UNFIT = re.compile(r"[^\x20\x21\x23-\x5B\x5D-\x7E]")


def shown(value: str) -> str:
    """``value`` fit for a message: printable ASCII without quotes and backslash (RFC 6749 §5.2), short."""
    return _UNFIT.sub("?", value)[:80]


class OAuthRefusal(OAuth2Error):  # type: ignore[misc]  # Authlib has no type information
    """An OAuth endpoint refuses, with OAuth's ``error`` and RingCentral's ``errorCode``.

    Args:
        error: The word of RFC 6749 §5.2, such as ``invalid_grant``.
        code: RingCentral's, such as ``OAU-106``.
        message: What is wrong, in printable ASCII.
        status: The HTTP status of pages and of answers that are not redirects.
        parameter: Name and value of the parameter that RingCentral names in some of them.
    """

    def __init__(
        self,
        error: str,
        code: str,
        message: str,
        *,
        status: int = 400,
        parameter: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(description=message, status_code=status, error=error)
        self.code = code
        self.message = message
        self.parameter = parameter

    def as_json(self) -> dict[str, Any]:
        """The body of the answer, as RingCentral's OAuth endpoints give it."""
        detail: dict[str, Any] = {"errorCode": self.code, "message": self.message}
        if self.parameter:
            name, value = self.parameter
            detail["parameters"] = [{"parameterName": name, "parameterValue": value}]
        return {"error": self.error, "errors": [detail], "error_description": self.message}


def from_authlib(error: OAuth2Error) -> OAuthRefusal:
    """Authlib's error as a refusal with RingCentral's code. What comes here is a malformed request, no more."""
    if isinstance(error, OAuthRefusal):
        return error
    if error.error in _MALFORMED:
        return OAuthRefusal(error.error, *_MALFORMED[error.error])
    description = str(error.get_error_description() or error.error)
    # "Missing 'code' in request."
    if error.error == "invalid_request" and (named := _NAMED.search(description)):
        return invalid_parameter(named[1])
    return OAuthRefusal(str(error.error), "CMN-101", shown(description))


def duplicated(names: tuple[str, ...]) -> OAuthRefusal:
    """A parameter was sent more than once (RFC 6749 §3.1)."""
    listed = ", ".join(shown(name) for name in names[:5])
    return OAuthRefusal("invalid_request", "OAU-111", f"Request parameter duplication detected: [{listed}]")


def invalid_client(client_id: str) -> OAuthRefusal:
    """The client id is not known here."""
    value = shown(client_id)
    return OAuthRefusal("invalid_client", "OAU-153", f"Invalid client: {value}", parameter=("client_id", value))


def unusable_app(client_id: str, status: str) -> OAuthRefusal:
    """The app is known, and may not be used: it is blocked, or belongs to another environment.

    OAU-165 is not in the public table; RingCentral's own widgets know it.
    """
    if status == "sandbox":
        return OAuthRefusal("invalid_client", "OAU-165", f"Sandbox client is not allowed: {shown(client_id)}")
    return OAuthRefusal("invalid_client", "OAU-127", "Invalid application release.")


def invalid_parameter(name: str) -> OAuthRefusal:
    """A parameter is missing where it is required, or its value cannot be used."""
    return OAuthRefusal("invalid_request", "CMN-101", f"Parameter [{name}] value is invalid.", parameter=(name, ""))


class ApiRefusal(Exception):
    """A REST endpoint refuses.

    Args:
        status: The HTTP status.
        code: That of the first and only entry of ``errors``.
        message: What is wrong.
        summary: The outer ``errorCode`` where it differs (``TokenInvalid``, ``InsufficientPermissions``).
        details: Fields that RingCentral adds both outside and inside (``parameterName``, ``permissionName``).
    """

    def __init__(self, status: int, code: str, message: str, *, summary: str | None = None, **details: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.summary = summary or code
        self.details = details

    def as_json(self) -> dict[str, Any]:
        """The body of the answer, as RingCentral's REST API gives it."""
        return {
            "errorCode": self.summary,
            "message": self.message,
            "errors": [{"errorCode": self.code, "message": self.message, **self.details}],
            **self.details,
        }


def token_invalid(code: str, message: str) -> ApiRefusal:
    """The access token cannot be used: expired, superseded, unknown or unreadable (RFC 6750 §3.1)."""
    return ApiRefusal(401, code, message, summary="TokenInvalid")


def rate_exceeded() -> ApiRefusal:
    """There were too many requests in the last minute. The headers of the answer say how long to wait."""
    return ApiRefusal(429, "CMN-301", "Request rate exceeded")


def not_found(parameter: str) -> ApiRefusal:
    """There is no such resource, or none that the caller may know of."""
    message = f"Resource for parameter [{parameter}] is not found"
    return ApiRefusal(404, "CMN-102", message, parameterName=parameter)


def bad_parameter(parameter: str) -> ApiRefusal:
    """A query parameter has a value that cannot be used."""
    message = f"Parameter [{parameter}] value is invalid."
    return ApiRefusal(400, "CMN-101", message, summary="InvalidParameter", parameterName=parameter)


def application_lacks(permission: str) -> ApiRefusal:
    """The app was registered without a permission (RingCentral: docs/voice/call-log/access.md)."""
    message = f"In order to call this API endpoint, application needs to have [{permission}] permission"
    return ApiRefusal(403, "CMN-401", message, summary="InsufficientPermissions", permissionName=permission)


def user_lacks(permission: str) -> ApiRefusal:
    """The person's role does not allow this."""
    message = (
        f"In order to call this API endpoint, user needs to have [{permission}] permission for requested resource."
    )
    return ApiRefusal(403, "CMN-408", message, permissionName=permission)
