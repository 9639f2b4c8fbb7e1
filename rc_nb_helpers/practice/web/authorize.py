"""A login as a person meets it: authorization request, sign-in, consent or denial, and the way back to the app."""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..classroom.record import MASK
from ..company.people import Person
from ..errors import WRONG_PASSWORD, OAuthRefusal, shown
from ..login.apps import PERMISSIONS, App
from ..login.interactions import Interaction
from ..login.oauth import AuthorizationRequest, RedirectableRefusal
from ..login.sign_ins import SIGN_IN_SECONDS, RememberedSignIn
from ..parameters import Parameters, add_query
from ..stages import Stage
from .link_lessons import AUTHORIZE_PATH, Lesson, advice_on, lesson_of_refusal
from .pages import PageHandler

_COOKIE = "practice_browser"
_REMEMBERED = "practice_sign_in"

_QUALITY = re.compile(r"[01](\.[0-9]{0,3})?")


class FlowHandler(PageHandler):
    """A step on the way to a code."""

    def remembered(self) -> RememberedSignIn | None:
        """The sign-in of the person who stays signed in in this browser, if there is one."""
        return self.backend.sign_ins.find(self.cookie(_REMEMBERED))

    def send_back(
        self, answer: Mapping[str, str], *, redirect_uri: str, state: str | None, status: int = 302, lives: int = 0
    ) -> None:
        """Send the browser back to the app with ``answer`` (RFC 6749 §4.1.2), and say how long its code ``lives``."""
        whole = dict(answer)
        if state is not None:
            whole["state"] = state
        if lives:
            whole["expires_in"] = str(lives)
        self.redirect(add_query(redirect_uri, whole), status=status)

    def grant(self, request: AuthorizationRequest, person: Person, *, status: int = 302) -> None:
        """Send the browser back with a code for what ``person`` allowed."""
        code = self.backend.codes.issue(
            app=request.app,
            person=person,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            code_challenge_method=request.code_challenge_method,
        )
        self.note(person=person, stage=Stage.CONSENT_GIVEN)
        answer = {"code": code.value}
        self.send_back(answer, redirect_uri=request.redirect_uri, state=request.state, status=status, lives=code.lives)

    def go_to(self, page: str, interaction: Interaction, *, status: int = 303) -> None:
        """Lead to another step of an interaction; never with 307 (RFC 9700 §4.12)."""
        self.lead_to(f"/practice/{page}?interaction={interaction.id}", status=status)

    def refuse(self, refusal: OAuthRefusal, parameters: Parameters) -> None:
        """Tell the person why the app cannot ask them, and what it sent.

        Never a redirect: whoever wrote the request could send people anywhere (RFC 6749 §4.1.2.1).
        """
        client_id = parameters.get("client_id") or ""
        self.note(app=self.app_meant(client_id), code=refusal.code)
        if prefers_json(self.request.headers.get("Accept", "")):
            return self.send_json(refusal.status_code, refusal.as_json())
        apps = self.backend.apps
        secret = apps.with_secret(client_id) is not None
        lesson = lesson_of_refusal(refusal, parameters, meant=apps.nearest(client_id), secret=secret)
        # RingCentral repeats the client id. A secret in its place is not written down once more.
        said = refusal.message.replace(shown(client_id), MASK) if secret else refusal.message
        return self.teach(refusal.status_code, lesson, code=f"{refusal.code}: {said}")

    def teach(self, status: int, lesson: Lesson, *, code: str) -> None:
        """Answer with a page that says what is wrong with a link."""
        self.explain(status, lesson.title, cause=lesson.cause, cure=lesson.cure, code=code, sent=lesson.sent)

    def app_meant(self, client_id: str) -> App | None:
        """The app that a request is of, also where its client id is wrong: the instructor sees whose error it is.

        Then it is the app with nearly that id, the one whose secret stands there, the ready-made one of the person who
        is remembered in this browser, or the one that this browser was last at.
        """
        apps, remembered = self.backend.apps, self.remembered()
        named = [one.app for one in self.backend.credentials if remembered and one.person == remembered.person]
        return (
            apps.get(client_id)
            or apps.nearest(client_id)
            or apps.with_secret(client_id)
            or (named[0] if named else apps.get(self.backend.interactions.last_app(self.cookie(_COOKIE))))
        )


class AuthorizeHandler(FlowHandler):
    """``/restapi/oauth/authorize`` (RFC 6749 §4.1.1), with the request in the query or in a form."""

    def get(self) -> None:
        self._begin(self.query())

    def post(self) -> None:
        self._begin(self.form())

    def _begin(self, parameters: Parameters) -> None:
        try:
            request = self.backend.oauth.validate_authorization(parameters)
        except RedirectableRefusal as error:
            self.note(app=self.backend.apps.get(parameters.get("client_id") or ""))
            return self._refuse_by_redirect(error, advice_on(error.refusal, parameters))
        except OAuthRefusal as refusal:
            return self.refuse(refusal, parameters)
        self.note(app=request.app)
        request = dataclasses.replace(request, login_hint=self.backend.person_meant(request.app, request.login_hint))
        if request.state:
            self.note_also(Stage.STATE_SENT)
        if request.code_challenge_method == "S256":
            self.note_also(Stage.S256_USED)
        remembered = self.remembered()
        if remembered and not self._is_meant(remembered.person, request.login_hint):
            remembered = None
        if "none" in request.prompt:
            return self._answer_silently(request, remembered)
        if remembered and not request.prompt & {"login", "consent"} and remembered.allows(request.app):
            return self.grant(request, remembered.person)
        interaction = self.backend.interactions.begin(request, self.browser_cookie(_COOKIE, path="/"))
        if remembered and "login" not in request.prompt:
            interaction.person = remembered.person
        return self.go_to("consent" if interaction.person else "sign-in", interaction, status=302)

    def _is_meant(self, person: Person, login_hint: str) -> bool:
        return not login_hint or self.backend.company.find(login_hint) == person

    def _answer_silently(self, request: AuthorizationRequest, remembered: RememberedSignIn | None) -> None:
        """Answer ``prompt=none`` without showing anything (OpenID Connect Core §3.1.2.1 and §3.1.2.6)."""
        if remembered and remembered.allows(request.app):
            return self.grant(request, remembered.person)
        error, needed = ("consent_required", "consent") if remembered else ("login_required", "sign-in")
        refusal = OAuthRefusal(error, "OAU-102", f"Unable to issue authorization code: {needed} is required")
        return self._refuse_by_redirect(
            RedirectableRefusal(refusal, redirect_uri=request.redirect_uri, state=request.state)
        )

    def _refuse_by_redirect(self, error: RedirectableRefusal, advice: str = "") -> None:
        self.note(code=error.refusal.code)
        said = f"{error.refusal.message.rstrip('.')}. {advice}" if advice else error.refusal.message
        answer = {"error": error.refusal.error, "error_description": said}
        self.send_back(answer, redirect_uri=error.redirect_uri, state=error.state)


def prefers_json(accept: str) -> bool:
    """Whether an Accept header asks for JSON rather than for a page (RFC 9110 §12.5.1)."""
    quality = _quality(accept)
    return quality["application/json"] > quality["text/html"]


def prefers_pages(accept: str) -> bool:
    """Whether an Accept header asks for a page rather than for JSON, as those of browsers do; ``*/*`` does not."""
    quality = _quality(accept)
    return quality["text/html"] > quality["application/json"]


def _quality(accept: str) -> dict[str, float]:
    quality = {"application/json": 0.0, "text/html": 0.0}
    for entry in accept.lower().split(","):
        kind, _, rest = entry.partition(";")
        for name in quality:
            if kind.strip() == name:
                weight = rest.partition("q=")[2] or "1"
                quality[name] = float(weight) if _QUALITY.fullmatch(weight) else 0.0
    return quality


class _InteractionHandler(FlowHandler):
    """A step of an interaction, only for the browser that began it."""

    def interaction(self, parameters: Parameters) -> Interaction | None:
        """The interaction that the request belongs to; None when it was answered with an error page.

        The app may have been changed, blocked or deleted since it began: what counts is what it is now.
        """
        browser = self.cookie(_COOKIE)
        found = self.backend.interactions.find(parameters.get("interaction") or "", browser)
        # Only a form is guarded so: the sign-in page itself is always reached from another site, the app's.
        if found is None or (self.request.method == "POST" and self.came_from_elsewhere()):
            self.explain(
                403,
                "This sign-in is over",
                cause="It was finished, it waited too long, it was begun in another browser, or this browser "
                "does not accept cookies.",
                cure="Close this window and start again where you came from.",
            )
            return None
        client_id, redirect_uri = found.request.app.client_id, found.request.redirect_uri
        try:
            app = self.backend.oauth.app_that_asks(client_id, redirect_uri)
        except OAuthRefusal as refusal:
            self.refuse(refusal, Parameters({"client_id": client_id, "redirect_uri": redirect_uri}))
            return None
        found.request = dataclasses.replace(found.request, app=app)
        self.note(app=app, person=found.person)
        return found


class SignInHandler(_InteractionHandler):
    """``/practice/sign-in``: asks the person for name and password."""

    def get(self) -> None:
        if interaction := self.interaction(self.query()):
            self.note(stage=Stage.SIGN_IN_SEEN)
            remembered = self.remembered()
            self._show(
                interaction,
                username=interaction.request.login_hint or (remembered.person.username if remembered else ""),
            )

    def post(self) -> None:
        """Check name and password, and go on to consent."""
        form = self.form()
        interaction = self.interaction(form)
        if interaction is None:
            return
        username = form.get("username") or ""
        person = self.backend.company.find(username)
        password = (form.get("password") or "").encode()
        if person is None or not secrets.compare_digest(password, person.password.encode()):
            self.note(code=WRONG_PASSWORD)
            self._show(interaction, username=username, wrong=True)
            return
        interaction.person = person
        self.note(person=person)
        remembered = self.remembered()
        if remembered and remembered.person != person:
            # Whoever was remembered here is not the one who sits here now.
            self.backend.sign_ins.end(remembered.value)
            remembered = None
        if form.get("remember") and remembered is None:
            value = self.backend.sign_ins.remember(person).value
            self.keep_cookie(_REMEMBERED, value, path="/", seconds=SIGN_IN_SECONDS)
        self.go_to("consent", interaction)

    def _show(self, interaction: Interaction, *, username: str, wrong: bool = False) -> None:
        self.page(
            "sign-in.html",
            interaction=interaction,
            people=self.backend.people_for(interaction.request.app),
            remembered=self.remembered(),
            username=username,
            wrong=wrong,
            display=interaction.request.display,
        )


class ConsentHandler(_InteractionHandler):
    """``/practice/consent``: asks the person whether the app may have what it wants."""

    def get(self) -> None:
        interaction = self.interaction(self.query())
        if interaction is None:
            return
        if interaction.person is None:
            self.go_to("sign-in", interaction)
            return
        app = interaction.request.app
        interaction.shown = app.permissions
        self.page(
            "consent.html",
            interaction=interaction,
            wishes=[PERMISSIONS[name] for name in app.permissions if name in PERMISSIONS],
            destination=_origin(interaction.request.redirect_uri),
            remembered=self.remembered(),
            display=interaction.request.display,
            form_target=f"'self' {_form_target(interaction.request.redirect_uri)}",
        )

    def post(self) -> None:
        """Send the browser back to the app with a code, or with the person's denial (RFC 6749 §4.1.2)."""
        form = self.form()
        interaction = self.interaction(form)
        if interaction is None:
            return
        decision = form.get("decision")
        if interaction.person is None or decision not in ("allow", "deny"):
            self.go_to("sign-in", interaction)
            return
        request = interaction.request
        if decision == "allow" and not set(request.app.permissions) <= set(interaction.shown):
            self.go_to("consent", interaction)
            return
        if decision == "allow" and self.backend.faults.take("consent", request.app.client_id):
            decision = "deny"
        self.backend.interactions.end(interaction)
        if decision == "allow":
            remembered = self.remembered()
            if remembered and remembered.person == interaction.person:
                remembered.allow(request.app)
            self.grant(request, interaction.person, status=303)
            return
        self.note(stage=Stage.DENIED)
        answer = {"error": "access_denied", "error_description": "The user denied the request"}
        self.send_back(answer, redirect_uri=request.redirect_uri, state=request.state, status=303)


class SignOutHandler(_InteractionHandler):
    """``/practice/sign-out``: forgets who stays signed in in this browser, so that another person can sign in."""

    def post(self) -> None:
        interaction = self.interaction(self.form())
        if interaction is None:
            return
        self.backend.sign_ins.end(self.cookie(_REMEMBERED))
        self.clear_cookie(_REMEMBERED, path=self.site.root + "/")
        interaction.person = None
        self.go_to("sign-in", interaction)


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _form_target(redirect_uri: str) -> str:
    """The CSP source that lets the consent form end at the app.

    Chromium applies form-action to the redirects after a form too: with 'self' alone the person would press Allow
    and nothing would happen. CSP cannot name an IPv6 host, so there the scheme has to do.
    """
    return "http:" if "[" in redirect_uri else _origin(redirect_uri)


ROUTES = [
    (AUTHORIZE_PATH, AuthorizeHandler),
    ("/practice/sign-in", SignInHandler),
    ("/practice/consent", ConsentHandler),
    ("/practice/sign-out", SignOutHandler),
]
