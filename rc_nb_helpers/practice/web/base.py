"""What every handler shares: which hosts it answers to, headers, errors, pages and cookies."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import ipaddress
import logging
import secrets
import socket
import uuid
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.escape import json_encode
from tornado.httputil import format_timestamp
from tornado.template import Loader
from tornado.web import HTTPError, RequestHandler

from ..apps import App, is_loopback_host
from ..backend import Backend
from ..company import Person
from ..controls import Controls
from ..errors import ApiFault, OAuthFault, rate_exceeded, token_invalid, unusable_app
from ..limits import Group, Usage
from ..parameters import Malformed, Parameters, parse_parameters
from ..record import Stage
from ..resources import Resources
from ..sessions import Session
from .faults import Spoilable, planned_fault, spoil
from .stuck_footer import stuck_footer

log = logging.getLogger(__name__)
_ASSETS = Path(__file__).parent.parent / "assets"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Site:
    """What the handlers serve."""

    backend: Backend
    controls: Controls
    server_url: str
    open_to_network: bool
    resources: Resources

    def answers_to(self, host: str) -> bool:
        """Whether ``host``, the value of a Host header, means this server.

        A page elsewhere can point its own name at this address (DNS rebinding) and would then be same-origin with
        us; it cannot do that with names that are ours.
        """
        if host == self.server_url.removeprefix("http://"):
            return True  # nearly always
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if is_loopback_host(name) or name == urlsplit(self.server_url).hostname:
            return True
        return self.open_to_network and (_is_ip_literal(name) or name in _own_names())


def _is_ip_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0], f"{name}.local"})


@lru_cache(maxsize=1)
def _templates() -> Loader:
    return Loader(str(_ASSETS), autoescape="xhtml_escape", whitespace="all")


def render(template: str, **values: Any) -> bytes:
    """Return a page, or a part of one."""
    page: bytes = _templates().load(template).generate(**values)
    return page


@lru_cache(maxsize=8)
def _inlined(*names: str) -> tuple[str, str]:
    """Return the text of assets that stand in the page, and the Content-Security-Policy source that allows just it."""
    text = "".join((_ASSETS / name).read_text("utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"


@lru_cache(maxsize=64)
def _security_policy(form_target: str, styles: tuple[str, ...], script: str) -> str:
    """Return the Content-Security-Policy of a page whose forms may lead to ``form_target``."""
    _, style_source = _inlined(*styles)
    running = f"script-src {_inlined(script)[1]}; connect-src 'self'; " if script else ""
    return (
        f"default-src 'none'; style-src {style_source}; {running}img-src data:; form-action {form_target}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


class BaseHandler(Spoilable):
    """A request to the platform.

    It collects what the record of requests is to say of it: see `note`.
    """

    _app: App | None = None
    _username = ""
    _stage: Stage | None = None
    _code = ""
    _form: Parameters | None = None
    _query: Parameters | None = None

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
        """Refuse requests that were meant for another host, and let a planned fault strike."""
        self.refuse_other_hosts()
        if self.backend.faults and not self._finished and (planned := planned_fault(self)):
            return spoil(self, planned)
        return None

    def refuse_other_hosts(self) -> None:
        """Answer with 403 where the Host header does not mean this server."""
        if not self.site.answers_to(self.request.headers.get("Host", "")):
            self.set_status(403)
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.finish("This is the practice platform. It does not answer to that host name.\n")

    def bearer_session(self) -> Session | None:
        """Return the session that the request's token is of, even an expired one; None when there is none."""
        scheme, _, token = self.request.headers.get("Authorization", "").strip().partition(" ")
        return self.backend.sessions.find(token.strip()) if scheme.lower() == "bearer" else None

    def compute_etag(self) -> None:
        """No ETags: nothing here is cached, and a hash of a secret page would be one more thing to leak."""

    def log_exception(self, kind: Any, value: Any, traceback: Any) -> None:
        """Log faults of our own only, by method and path: tornado's text would quote the query."""
        if not isinstance(value, (HTTPError, ApiFault, OAuthFault)):
            path = self.request.path
            log.error("%s %s failed", self.request.method, path, exc_info=(kind, value, traceback))

    def note(
        self, *, app: App | None = None, person: Person | None = None, stage: Stage | None = None, code: str = ""
    ) -> None:
        """Tell the record whose request this is, what it reached if it ends well, or which error it ends with."""
        self._app = app or self._app
        self._username = person.username if person else self._username
        self._stage = stage or self._stage
        self._code = code or self._code

    def noted(self) -> tuple[str, str]:
        """Return what `note` was told of it so far: the person's user name, and the owner of the app."""
        return self._username, self._app.owner if self._app else ""

    def on_finish(self) -> None:
        """Put the request into the record."""
        query, form = self._query, self._form
        if query is None and self.request.query:
            with contextlib.suppress(HTTPError):
                query = self.query()
        self.backend.record.add(
            at=self.backend.clock.real(),
            duration=self.request.request_time(),
            client_id=self._app.client_id if self._app else "",
            app_name=self._app.name if self._app else "",
            owner=self._app.owner if self._app else "",
            username=self._username,
            method=self.request.method or "",
            path=self.request.path,
            parameters={**(query.values if query else {}), **(form.values if form else {})},
            status=self.get_status(),
            code=self._code,
            stage=self._stage if self.get_status() < 400 else None,
        )

    def form(self) -> Parameters:
        """Read the body as a form. Raises HTTPError 415 for another content type, 400 when it cannot be read."""
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
        """Read the query. Raises HTTPError 400 when it cannot be read."""
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
        if origin not in (None, "null", f"http://{self.request.host}", self.site.server_url):
            return True
        return self.request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")

    def allowed_methods(self) -> list[str]:
        """Return the methods that this path knows, for the Allow header of a 405 (RFC 9110 section 15.5.6)."""
        missing = RequestHandler._unimplemented_method  # noqa: SLF001  (tornado has no other mark for it)
        return [method for method in ("GET", "POST") if getattr(type(self), method.lower()) is not missing]


class JsonHandler(BaseHandler):
    """A request of a program."""

    _usage: Usage | None = None

    def set_default_headers(self) -> None:
        """Add where the caller stands with the rate limits: an error answer starts from here as well."""
        super().set_default_headers()
        self._show_usage()

    def admit(self, session: Session, group: Group) -> None:
        """Let a call with a good token in; raise `ApiFault` 429 when there were too many. Each call needs this."""
        app = self.backend.apps.get(session.client_id)
        self.note(app=app, person=session.person, stage=Stage.API_CALLED)
        if app and app.status != "active":
            fault = unusable_app(app.client_id, app.status)
            raise token_invalid(fault.code, fault.message)
        self.count(session.client_id, session.person.username, group)

    def count(self, client_id: str, username: str, group: Group) -> None:
        """Count a request of an app for a person; raise `ApiFault` 429 when there were too many."""
        self._usage = self.backend.limits.count(client_id=client_id, username=username, group=group)
        if self._usage.retry_after is not None:
            raise rate_exceeded()
        self._show_usage()

    def challenge(self, fault: ApiFault) -> str:
        """Return the ``WWW-Authenticate`` of a 401 (RFC 6750 section 3)."""
        # Nothing more to who brought no token at all (RFC 6750 section 3.1): no header, or another scheme.
        problem = "" if fault.code in ("AGW-401", "OAU-151") else ', error="invalid_token"'
        return f'Bearer realm="RingCentral REST API"{problem}'

    def _show_usage(self) -> None:
        if self._usage:
            for name, value in self._usage.headers().items():
                self.set_header(name, value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with an error as RingCentral's REST API shapes it."""
        _, error, _ = kwargs.get("exc_info", (None, None, None))
        if isinstance(error, ApiFault):
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
        self.send_json(status_code, ApiFault(status_code, code, message).as_json())


class PageHandler(BaseHandler):
    """A request of a person's browser.

    ``styles`` are the style sheets of its pages, ``script`` the one script that they run, if any; ``for_learners``
    says that its pages let a learner call the instructor; ``form_cookie`` names the browser that may post its forms.
    """

    styles: tuple[str, ...] = ("style.css",)
    script = ""
    for_learners = True
    form_cookie = ""

    def set_default_headers(self) -> None:
        """Add what keeps an address from being told to the next page: it may hold a code."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")

    def page(self, template: str, *, status: int = 200, form_target: str = "'self'", **values: Any) -> None:
        """Answer with the page ``template``, which nobody can frame and which runs nothing but its own script.

        ``form_target`` is where its forms may lead (CSP form-action).
        """
        footer = stuck_footer(self) if self.for_learners and self.backend.has_instructor else None
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Content-Security-Policy", _security_policy(form_target, self.styles, self.script))
        self.set_header("Content-Language", "en")
        script = _inlined(self.script)[0] if self.script else ""
        shared = {"style": _inlined(*self.styles)[0], "script": script, "display": "page", "stuck": footer}
        self.finish(render(template, **shared | values))

    def explain(self, status: int, title: str, *, cause: str, cure: str, code: str = "", sent: str = "") -> None:
        """Answer with a page that says what went wrong, why, and what to do.

        ``sent`` is the value that was wrong, if it is one to show.
        """
        self.note(code=code.partition(":")[0])
        self.page("error.html", status=status, title=title, cause=cause, cure=cure, code=code, sent=sent)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with an error page."""
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.allowed_methods()))
        _, error, _ = kwargs.get("exc_info", (None, None, None))
        unreadable = (isinstance(error, HTTPError) and error.log_message) or "The request is malformed"
        title, cause, cure = {
            404: ("Not found", "There is no page at this address.", "Check the address, or go to the start page."),
            405: ("Not allowed", "This address does not take that kind of request.", "Go to the start page."),
            400: ("Cannot read the request", f"{unreadable}.", "Go back, and start again where you came from."),
            415: ("Cannot read the request", "The body is not a form.", "Send it form-encoded."),
        }.get(
            status_code,
            ("Something broke", "The practice platform failed; this is not your fault.", "Try again."),
        )
        self.explain(status_code, title, cause=cause, cure=cure)

    def browser_cookie(self, name: str, *, path: str, days: float | None = None) -> str:
        """Return the random value that names this browser, giving it one if it has none."""
        value = self.get_cookie(name) or ""
        if len(value) != 32 or not value.isalnum():
            value = secrets.token_hex(16)
            self.set_cookie(
                name, value, path=path, httponly=True, samesite="Lax", max_age=int(days * 86400) if days else None
            )
        return value

    def form_token(self, browser: str) -> str:
        """Return the value that a form must carry to prove that it is from a page we gave to this browser."""
        return hmac.new(self.backend.form_key, browser.encode(), hashlib.sha256).hexdigest()

    def trusted_form(self) -> Parameters | None:
        """Return the posted form if it is from a page that this browser was given, or answer 403."""
        form = self.form()
        given = (form.get("form_token") or "").encode("utf-8", "replace")
        expected = self.form_token(self.get_cookie(self.form_cookie) or "").encode()
        if secrets.compare_digest(given, expected) and not self.came_from_elsewhere():
            return form
        self.explain(
            403,
            "This page is too old",
            cause="The platform was started again since the page was opened, or the form is not from this site.",
            cure="Go back, load the page again, and press the button once more.",
        )
        return None


class NotFoundHandler(PageHandler):
    """An address that leads nowhere: JSON below /restapi, a page elsewhere."""

    def prepare(self) -> Awaitable[None] | None:
        """Answer whatever the method is."""
        self.refuse_other_hosts()
        if self._finished:
            return None
        # A server URL with a slash at its end makes //restapi: a program's mistake, so it gets a program's answer.
        if self.request.path.lstrip("/").startswith("restapi"):
            self.send_json(404, ApiFault(404, "CMN-120", "Invalid URI").as_json())
            return None
        raise HTTPError(404)
