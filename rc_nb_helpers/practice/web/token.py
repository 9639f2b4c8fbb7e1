"""The OAuth endpoints that an app calls itself: token and revoke."""

from __future__ import annotations

from typing import Any

from tornado.web import HTTPError

from ..errors import OAuthRefusal, invalid_parameter
from ..login.oauth import Answer
from ..parameters import Parameters
from ..stages import Stage
from .programs import JsonHandler

_SECRETS = ("client_secret", "code", "code_verifier", "refresh_token", "client_id", "grant_type")
_STAGES = {"authorization_code": Stage.CODE_EXCHANGED, "refresh_token": Stage.REFRESHED}


class _OAuthHandler(JsonHandler):
    def _count_request(self, parameters: Parameters, authorization: str | None) -> None:
        """Count the request of an app that proved itself; nobody else may use up its limit."""
        caller = self.backend.oauth.caller(parameters, authorization)
        self.note(app=caller.app, person=caller.person)
        if caller.app and caller.proven:
            self.count(caller.app.client_id, caller.person.username if caller.person else "", "auth")

    def _refuse_secrets_in_query(self, query: Parameters) -> None:
        """Addresses end up in logs and histories (RFC 6749 §2.3.1)."""
        for name in _SECRETS:
            if name in query.values:
                raise invalid_parameter(name)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a body that is no form in the shape that OAuth clients read (RFC 6749 §5.2)."""
        if status_code not in (400, 415):
            super().write_error(status_code, **kwargs)
            return
        _, error, _ = kwargs.get("exc_info", (None, None, None))
        message = "Cannot parse request: send it as application/x-www-form-urlencoded, in UTF-8"
        if isinstance(error, HTTPError) and error.log_message:
            message = f"Cannot parse request. {error.log_message}"
        self.send_json(status_code, OAuthRefusal("invalid_request", "CMN-104", message).as_json())

    def _answer(self, answer: Answer) -> None:
        self.set_header("Pragma", "no-cache")
        self.note_given(answer.body)
        self.send_json(answer.status, dict(answer.body))


class TokenHandler(_OAuthHandler):
    """``/restapi/oauth/token``: a code or a refresh token for tokens (RFC 6749 §4.1.3 and §6)."""

    def post(self) -> None:
        form = self.form()
        authorization = self.request.headers.get("Authorization")
        self._count_request(form, authorization)
        try:
            self._refuse_secrets_in_query(self.query())
        except OAuthRefusal as refusal:
            return self._answer(Answer(refusal.status_code, refusal.as_json()))
        self.note(stage=_STAGES.get(form.get("grant_type") or ""))
        return self._answer(self.backend.oauth.token(form, authorization))


class RevokeHandler(_OAuthHandler):
    """``/restapi/oauth/revoke``: the end of a session (RFC 7009; the token may be in the query as well)."""

    def post(self) -> None:
        query = self.query()
        form = self.form() if self.request.body else Parameters({})
        # One request, two places: a name in both is repeated just as well.
        both = tuple(name for name in query.values if name in form.values)
        parameters = Parameters({**query.values, **form.values}, (*query.repeated, *form.repeated, *both))
        authorization = self.request.headers.get("Authorization")
        self._count_request(parameters, authorization)
        try:
            self._refuse_secrets_in_query(query)
        except OAuthRefusal as refusal:
            return self._answer(Answer(refusal.status_code, refusal.as_json()))
        answer = self.backend.oauth.revoke(parameters, authorization)
        if answer.status == 200:
            self.note(stage=Stage.LOGGED_OUT)
            self.set_status(200)
            self.finish()
            return None
        return self._answer(answer)


ROUTES = [("/restapi/oauth/token", TokenHandler), ("/restapi/oauth/revoke", RevokeHandler)]
