"""``/practice/controls``: the controls over HTTP, for one app or, with the instructor's password, for the room."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable
from typing import Any

from ..controls import ControlError
from ..errors import ApiRefusal, bad_parameter
from ..login.apps import App
from ..parameters import Malformed, parse_basic
from .programs import JsonHandler

INSTRUCTOR = "instructor"
"""The user name that goes with the instructor's password."""

_PATH = "/practice/controls"
_NUMBER, _TEXT, _FLAG, _TEXTS = (int, float), (str,), (bool,), (list,)
_TYPES: dict[str, tuple[type, ...]] = {
    "seconds": _NUMBER,
    "times": (int,),
    "count": (int,),
    "delay": _NUMBER,
    "endpoint": _TEXT,
    "fault": _TEXT,
    "permissions": _TEXTS,
    "redirect_uris": _TEXTS,
    "issues_refresh_tokens": _FLAG,
    "status": _TEXT,
    "flow": _TEXT,
    "public": _FLAG,
    "needs_pkce": _FLAG,
    "strict": _FLAG,
    "client_id": _TEXT,
}
# Each action of the address is a method of Controls, which takes what the JSON body says.
_ACTIONS = {
    "reset": "reset",
    "advance": "advance",
    "restore-clock": "restore_clock",
    "expire-access-tokens": "expire_access_tokens",
    "expire-refresh-tokens": "expire_refresh_tokens",
    "revoke-sessions": "revoke_sessions",
    "fail": "fail",
    "deny-next-consent": "deny_next_consent",
    "clear": "clear",
    "change-app": "change_app",
    "restore-app": "restore_app",
    "code-life": "code_life",
    "limit": "limit",
    "add-seats": "add_seats",
    "end-class": "end_class",
}


class _ControlsHandler(JsonHandler):
    """Asks for Basic credentials: an app's client id and secret, or the instructor's name and password."""

    app: App | None = None

    def prepare(self) -> Awaitable[None] | None:
        """Find out who asks: ``app`` is None for the instructor.

        Raises:
            ApiRefusal: 401 or 403.
        """
        super().prepare()
        if self._finished:
            return None
        # Browsers send Basic credentials by themselves once they know them.
        if self.came_from_elsewhere():
            raise ApiRefusal(403, "CMN-401", "Controls do not take requests from other sites")
        try:
            credentials = parse_basic(self.request.headers.get("Authorization", ""))
        except Malformed:
            raise self._stranger() from None
        given = credentials.client_secret
        if credentials.client_id == INSTRUCTOR:
            if not self.backend.instructor_sign_ins.accepts(given):
                raise self._stranger()
            return None
        self.app = self.backend.apps.get(credentials.client_id)
        if self.app is None or not self.app.has_secret(given):
            raise self._stranger()
        self.note(app=self.app)
        return None

    def _stranger(self) -> ApiRefusal:
        return ApiRefusal(401, "OAU-146", "Invalid client credentials: give client id and secret, or the instructor's")

    def challenge(self, refusal: ApiRefusal) -> str:
        """The ``WWW-Authenticate`` that asks for Basic credentials (RFC 7617)."""
        return 'Basic realm="practice controls", charset="UTF-8"'

    @property
    def own(self) -> str | None:
        """The client id of the app that asks; None for the instructor."""
        return self.app.client_id if self.app else None

    def answer_state(self, client_id: str | None) -> None:
        """Answer with what is set now."""
        self.send_json(200, self.site.controls.state(client_id))


class _ReadingHandler(_ControlsHandler):
    def on_finish(self) -> None:
        """Leave no trace: a program that asks again and again would push out of the record what it wants to see."""


class StateHandler(_ReadingHandler):
    """``/practice/controls``: what is set at the moment."""

    def get(self) -> None:
        self.answer_state(self.own)


class RequestsHandler(_ReadingHandler):
    """``/practice/controls/requests``: the requests of the record, masked; with ``?after=N`` those after a number.

    ``run`` names the record: where it is another than before, numbers have started again.
    """

    def get(self) -> None:
        after = self.query().get("after") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 16):
            raise bad_parameter("after")
        entries = self.site.controls.requests(self.own, after=int(after))
        self.send_json(200, {"run": self.backend.record.run, "requests": [entry.as_json() for entry in entries]})


class ProgressHandler(_ReadingHandler):
    """``/practice/controls/progress``: which stages were reached, and which errors met."""

    def get(self) -> None:
        self.send_json(200, {"progress": [one.as_json() for one in self.site.controls.progress(self.own)]})


class ActionHandler(_ControlsHandler):
    """``/practice/controls/…``: does what a JSON object says, and answers with what is set then."""

    def post(self, action: str) -> None:
        if action not in _ACTIONS:
            raise ApiRefusal(404, "CMN-120", "Invalid URI")
        method = getattr(self.site.controls, _ACTIONS[action])
        accepted = inspect.signature(method).parameters
        arguments = self._arguments()
        client_id = self._scope(arguments.pop("client_id", None), narrows="app" in accepted)
        if client_id is not None:
            arguments["app"] = client_id
        try:
            inspect.signature(method).bind(**arguments)
        except TypeError:
            allowed = ", ".join(name for name in accepted if name != "app") or "nothing"
            raise ApiRefusal(400, "CMN-101", f"{action} takes {allowed}") from None
        try:
            method(**arguments)
        except ControlError as error:
            raise ApiRefusal(400, "CMN-101", str(error)) from None
        self.answer_state(client_id)

    def _scope(self, named: str | None, *, narrows: bool) -> str | None:
        """The client id to act on: the caller's own, or whichever the instructor names (None: everybody)."""
        if self.app is None:
            return named
        if not narrows or named not in (None, self.app.client_id):
            raise ApiRefusal(403, "CMN-401", "Only the instructor can do this")
        return self.app.client_id

    def _arguments(self) -> dict[str, Any]:
        try:
            body = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise ApiRefusal(400, "CMN-103", "JSON can't be parsed.")
        for name, value in body.items():
            kinds = _TYPES.get(name, ())
            # A bool is an int in Python, and is not one here.
            good = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
            if not good or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
                raise ApiRefusal(400, "CMN-101", f"Parameter [{name[:40]}] value is invalid.")
        return body


ROUTES = [
    (_PATH, StateHandler),
    (_PATH + "/requests", RequestsHandler),
    (_PATH + "/progress", ProgressHandler),
    (_PATH + "/([a-z-]{1,40})", ActionHandler),
]
