"""Requests of people's browsers: they are answered with pages, and forms must come from these pages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

from tornado.template import Loader
from tornado.web import HTTPError

from ..parameters import Parameters
from .faults import SpoilableHandler

_ASSETS = Path(__file__).parent.parent / "assets"


@lru_cache(maxsize=1)
def _templates() -> Loader:
    return Loader(str(_ASSETS), autoescape="xhtml_escape", whitespace="all")


def render(template: str, **values: Any) -> bytes:
    """A page, or a part of one."""
    page: bytes = _templates().load(template).generate(**values)
    return page


@lru_cache(maxsize=8)
def _inlined(*names: str) -> tuple[str, str]:
    """The text of assets that stand in the page, and the Content-Security-Policy source that allows just it."""
    text = "".join((_ASSETS / name).read_text("utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"


@lru_cache(maxsize=64)
def _security_policy(form_target: str, styles: tuple[str, ...], script: str, *, connects: bool) -> str:
    """The Content-Security-Policy of a page whose forms may lead to ``form_target``."""
    _, style_source = _inlined(*styles)
    running = f"script-src {_inlined(script)[1]}; " if script else ""
    running += "connect-src 'self'; " if script and connects else ""
    return (
        f"default-src 'none'; style-src {style_source}; {running}img-src data:; form-action {form_target}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


class PageHandler(SpoilableHandler):
    """A request of a person's browser."""

    styles: tuple[str, ...] = ("style.css",)
    """The style sheets of its pages."""
    script = ""
    """The one script that its pages run, if any."""
    script_connects = True
    """Whether that script may ask the platform for something."""
    for_learners = True
    """Whether its pages have the foot that the setting ``learners_foot`` of the application makes for them."""
    form_cookie = ""
    """The cookie that names the browser which may post its forms."""

    def set_default_headers(self) -> None:
        """Add what keeps an address from being told to the next page: it may hold a code."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")

    def page(self, template: str, *, status: int = 200, form_target: str = "'self'", **values: Any) -> None:
        """Answer with the page ``template``, which nobody can frame and which runs nothing but its own script.

        Args:
            template: The name of the asset.
            status: That of HTTP.
            form_target: Where its forms may lead (CSP form-action).
            **values: What the template shows.
        """
        foot = self.settings["learners_foot"](self) if self.for_learners else None
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        policy = _security_policy(form_target, self.styles, self.script, connects=self.script_connects)
        self.set_header("Content-Security-Policy", policy)
        self.set_header("Content-Language", "en")
        script = _inlined(self.script)[0] if self.script else ""
        style = _inlined(*self.styles)[0]
        shared = {"style": style, "script": script, "display": "page", "foot": foot, "root": self.site.root}
        self.finish(render(template, **shared | values))

    def explain(self, status: int, title: str, *, cause: str, cure: str, code: str = "", sent: str = "") -> None:
        """Answer with a page that says what went wrong, why, and what to do.

        Args:
            status: That of HTTP.
            title: What went wrong.
            cause: Why.
            cure: What to do.
            code: RingCentral's error code and message, if there is one.
            sent: The value that was wrong, if it is one to show.
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
        """The random value that names this browser, which gets one if it has none."""
        value = self.cookie(name)
        if len(value) != 32 or not value.isalnum():
            value = secrets.token_hex(16)
            self.keep_cookie(name, value, path=path, seconds=int(days * 86400) if days else None)
        return value

    def keep_cookie(
        self, name: str, value: str, *, path: str, seconds: int | None = None, samesite: str = "Lax"
    ) -> None:
        """Let the browser keep a value, for the platform alone: others may be at the same host, below other paths.

        Args:
            name: The cookie's name.
            value: Its value.
            path: The platform's own path below which it is sent.
            seconds: How long it is kept; None: until the browser is closed.
            samesite: When it is sent with requests that come from other sites.
        """
        self.set_cookie(
            name,
            value,
            path=self.site.root + path,
            httponly=True,
            samesite=samesite,
            secure=self.site.encrypted,
            max_age=seconds,
        )

    def form_token(self, browser: str) -> str:
        """The value that a form must carry to prove that it is from a page we gave to this browser."""
        return hmac.new(self.backend.form_key, browser.encode(), hashlib.sha256).hexdigest()

    def trusted_form(self) -> Parameters | None:
        """The posted form; None, after an answer 403, when it is not from a page that this browser was given."""
        form = self.form()
        given = (form.get("form_token") or "").encode("utf-8", "replace")
        expected = self.form_token(self.cookie(self.form_cookie)).encode()
        if secrets.compare_digest(given, expected) and not self.came_from_elsewhere():
            return form
        self.explain(
            403,
            "This page is too old",
            cause="The platform was started again since the page was opened, or the form is not from this site.",
            cure="Go back, load the page again, and press the button once more.",
        )
        return None
