"""Requests of programs: they are answered with JSON, and counted."""

from __future__ import annotations

from typing import Any

from ..errors import ApiRefusal, rate_exceeded, token_invalid, unusable_app
from ..limits import Group, Usage
from ..login.sessions import Session
from ..stages import Stage
from .faults import SpoilableHandler


class JsonHandler(SpoilableHandler):
    """A request of a program."""

    _usage: Usage | None = None

    def set_default_headers(self) -> None:
        """Add where the caller stands with the rate limits: an error answer starts from here as well."""
        super().set_default_headers()
        self._show_usage()

    def admit(self, session: Session, group: Group) -> None:
        """Count a call with a valid token, and note whose it is. Every call with a token goes through this.

        Raises:
            ApiRefusal: 429, there were too many; 401, the app may not be used any more.
        """
        app = self.backend.apps.get(session.client_id)
        self.note(app=app, person=session.person, stage=Stage.API_CALLED)
        if app and app.status != "active":
            refusal = unusable_app(app.client_id, app.status)
            raise token_invalid(refusal.code, refusal.message)
        self.count(session.client_id, session.person.username, group)

    def count(self, client_id: str, username: str, group: Group) -> None:
        """Count a request of an app for a person.

        Raises:
            ApiRefusal: 429, there were too many.
        """
        self._usage = self.backend.limits.count(client_id=client_id, username=username, group=group)
        if self._usage.retry_after is not None:
            raise rate_exceeded()
        self._show_usage()

    def challenge(self, refusal: ApiRefusal) -> str:
        """The ``WWW-Authenticate`` of a 401 (RFC 6750 §3)."""
        # No more is said to a caller that sent no token at all (RFC 6750 §3.1): no header, or another scheme.
        problem = "" if refusal.code in ("AGW-401", "OAU-151") else ', error="invalid_token"'
        return f'Bearer realm="RingCentral REST API"{problem}'

    def _show_usage(self) -> None:
        if self._usage:
            for name, value in self._usage.headers().items():
                self.set_header(name, value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with an error as RingCentral's REST API shapes it."""
        _, error, _ = kwargs.get("exc_info", (None, None, None))
        if isinstance(error, ApiRefusal):
            self.set_status(error.status)
            if error.status == 401:
                self.set_header("WWW-Authenticate", self.challenge(error))
                if session := self.bearer_session():
                    self.note(app=self.backend.apps.get(session.client_id), person=session.person)
            self.send_json(error.status, error.as_json())
            return
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.allowed_methods()))
        # RingCentral documents no code for 405 and 415; these are its nearest.
        code, message = {
            404: ("CMN-120", "Invalid URI"),
            405: ("CMN-202", "Operation is not supported"),
            400: ("CMN-104", "Cannot parse request"),
            415: ("CMN-104", "Cannot parse request"),
        }.get(status_code, ("CMN-203", "Internal Server Error"))
        self.send_json(status_code, ApiRefusal(status_code, code, message).as_json())
