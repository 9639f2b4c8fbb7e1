"""What every request has: the host it is for, its parameters, and what is to be recorded of it."""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Awaitable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tornado.escape import json_encode
from tornado.httputil import format_timestamp, parse_cookie
from tornado.web import HTTPError, RequestHandler

from ..backend import Backend
from ..company.people import Person
from ..errors import ApiRefusal, OAuthRefusal
from ..labels import labels_of
from ..login.apps import App
from ..login.sessions import Session
from ..parameters import Malformed, Parameters, parse_parameters
from ..stages import Stage
from .site import Site

log = logging.getLogger(__name__)
_FORM = "application/x-www-form-urlencoded"


class BaseHandler(RequestHandler):
    """A request to the platform.

    It collects what the record of requests is to say of it: see ``note``.
    """

    _app: App | None = None
    _username = ""
    _stage: Stage | None = None
    _code = ""
    _form: Parameters | None = None
    _query: Parameters | None = None
    _given: Mapping[str, Any] = MappingProxyType({})
    _also: tuple[Stage, ...] = ()

    def initialize(self) -> None:
        """Note what was answered before this request came in."""
        self._after = self.backend.record.newest

    @property
    def site(self) -> Site:
        """What is served."""
        site: Site = self.settings["site"]
        return site

    @property
    def backend(self) -> Backend:
        """The platform's state."""
        return self.site.backend

    def set_default_headers(self) -> None:
        """Headers that every answer carries. RCRequestId: RingCentral's, for its support."""
        self.clear_header("Server")
        self.set_header("Date", format_timestamp(self.backend.clock()))  # as RingCentral's, it is the server's own
        self.set_header("RCRequestId", str(uuid.uuid4()))
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def prepare(self) -> Awaitable[None] | None:
        """Refuse requests that were meant for another host."""
        self.refuse_other_hosts()
        return None

    def refuse_other_hosts(self) -> None:
        """Answer with 403 where the Host header does not mean this server."""
        if not self.site.answers_to(self.request.headers.get("Host", "")):
            self.set_status(403)
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.finish("This is the practice platform. It does not answer to that host name.\n")

    def lead_to(self, path: str, *, status: int) -> None:
        """Send the browser on to another page of the platform.

        Args:
            path: The platform's own path, with its query.
            status: That of HTTP.
        """
        self.redirect(self.site.links + path, status=status)

    def cookie(self, name: str) -> str:
        """The value of a cookie, or an empty text. Of several with one name it is the first, that of the longest path.

        Those of shorter paths are another server's, which is at the same host (RFC 6265 §5.4). tornado takes the last.
        """
        sent = self.request.headers.get("Cookie", "").split(";")
        return parse_cookie(";".join(reversed(sent))).get(name, "")

    def bearer_session(self) -> Session | None:
        """The session that the request's token is of, even an expired one; None when there is none."""
        return self.backend.sessions.find(token) if (token := self._bearer_token()) else None

    def _bearer_token(self) -> str:
        scheme, _, token = self.request.headers.get("Authorization", "").strip().partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def compute_etag(self) -> None:
        """No ETags: nothing here is cached, and a hash of a secret page would be one more thing to leak."""

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """Log failures of our own only, by method and path: tornado's text would quote the query."""
        if not isinstance(value, (HTTPError, ApiRefusal, OAuthRefusal)):
            path = self.request.path
            log.error("%s %s failed", self.request.method, path, exc_info=(kind, value, traceback))

    def note(
        self, *, app: App | None = None, person: Person | None = None, stage: Stage | None = None, code: str = ""
    ) -> None:
        """Note for the record whose request this is, and how it ends. What is left out stays as it was noted.

        Args:
            app: The app that sends it.
            person: The person whom it is about.
            stage: What it reaches if it ends well.
            code: The error that it ends with.
        """
        self._app = app or self._app
        self._username = person.username if person else self._username
        self._stage = stage or self._stage
        self._code = code or self._code

    def note_also(self, stage: Stage) -> None:
        """Note for the record what is seen in the request, whatever becomes of it."""
        self._also = (*self._also, stage)

    def note_given(self, given: Mapping[str, Any]) -> None:
        """Note what the body of the answer gives, such as tokens: the record has their labels."""
        self._given = given

    def noted(self) -> tuple[str, str]:
        """What ``note`` was told of it so far: the person's user name, and the owner of the app."""
        return self._username, self._app.owner if self._app else ""

    def on_finish(self) -> None:
        """Put the request into the record."""
        query, form = self._query, self._form
        if query is None and self.request.query:
            with contextlib.suppress(HTTPError):
                query = self.query()
        parameters = {**(query.values if query else {}), **(form.values if form else {})}
        led_to = parse_qsl(urlsplit(self._headers.get("Location", "")).query)
        bearer = self._bearer_token()
        labels = labels_of([*parameters.items(), ("access_token", bearer)])
        # Whose a token was that is revoked, or a code that was taken for a token, stands in the record alone.
        record, apps = self.backend.record, self.backend.apps
        app = self._app or apps.get(record.whose([*labels, *labels_of([("code", bearer)])]))
        record.add(
            at=self.backend.clock.real(),
            duration=self.request.request_time(),
            client_id=app.client_id if app else "",
            app_name=app.name if app else "",
            owner=app.owner if app else "",
            username=self._username,
            method=self.request.method or "",
            path=self.request.path,
            parameters=parameters,
            status=self.get_status(),
            code=self._code,
            stage=self._stage if self.get_status() < 400 else None,
            also=self._also,
            after=self._after,
            request_id=self._headers.get("RCRequestId", ""),
            labels=labels,
            answer_labels=labels_of([*led_to, *self._given.items()]),
        )

    def form(self) -> Parameters:
        """Read the body as a form.

        Raises:
            HTTPError: 415 for another content type, 400 when it cannot be read.
        """
        if self._form is not None:
            return self._form
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != _FORM:
            raise HTTPError(415)
        try:
            self._form = parse_parameters(self.request.body)
        except Malformed as error:
            raise HTTPError(400, str(error)) from None
        return self._form

    def query(self) -> Parameters:
        """Read the query.

        Raises:
            HTTPError: 400, it cannot be read.
        """
        if self._query is None:
            try:
                self._query = parse_parameters(self.request.query)
            except Malformed as error:
                raise HTTPError(400, str(error)) from None
        return self._query

    def send_json(self, status: int, body: Any) -> None:
        """Answer with JSON; an error's code goes into the record as well."""
        if status >= 400:
            self.note(code=body["errors"][0]["errorCode"])
        self.set_status(status)
        self.set_header("Content-Type", "application/json;charset=UTF-8")
        self.finish(json_encode(body))  # of a dict tornado would make another content type

    def came_from_elsewhere(self) -> bool:
        """Whether the browser says that another site sent this form.

        ``Origin: null`` is what our own pages send, because of their Referrer-Policy (Fetch standard).
        """
        origin = self.request.headers.get("Origin")
        if origin not in (None, "null", f"http://{self.request.host}", *self.site.origins):
            return True
        return self.request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")

    def allowed_methods(self) -> list[str]:
        """The methods that this path knows, for the Allow header of a 405 (RFC 9110 §15.5.6)."""
        known = ("GET", "POST")
        return [
            each for each in known if getattr(type(self), each.lower()) is not getattr(RequestHandler, each.lower())
        ]
