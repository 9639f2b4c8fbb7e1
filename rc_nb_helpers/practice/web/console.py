"""``/practice/console``: where people register apps, as in RingCentral's Developer Console."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from ..backend import DEFAULT_REDIRECT_URIS
from ..login.apps import (
    PERMISSIONS,
    App,
    AppsFileError,
    TooManyApps,
    new_client_id,
    new_client_secret,
    redirect_uri_problem,
)
from ..login.env_file import env_file
from ..parameters import Parameters
from ..stages import Stage
from .pages import PageHandler

_COOKIE = "practice_owner"
_PATH = "/practice/console"
_MOST_REDIRECT_URIS = 20
_MOST_URI_CHARACTERS = 4000
"""In all URIs of an app: the file of apps is written anew with each change, while everybody waits."""
_MOST_NAME_LENGTH = 60
EXPERIMENTS = (
    ("Add a slash to the end of the redirect URI", "OAU-109", "when the login begins"),
    ("Set the status to Inactive", "OAU-127", "when the login begins"),
    (
        "Make it a client-side web app, and keep the old secret in the file",
        "OAU-146",
        "when the code is exchanged; mended, it has a new secret",
    ),
    ("Take ReadCallLog away, and log in again", "CMN-401", "when you read the call log"),
    ("Set Issue refresh tokens to No, and refresh", "OAU-251", "when you refresh; a new login gives no refresh token"),
    ("Delete the app", "OAU-153", "when the login begins"),
)
"""Ways to break an app on purpose: what to change, which error that gives, and when it is met."""


@dataclass(frozen=True)
class AppForm:
    """What a person entered, kept as it was typed so that an error costs no typing."""

    name: str = ""
    application_type: str = ""
    refresh_tokens: str = "no"
    redirect_uris: str = ""
    permissions: tuple[str, ...] = ()
    status: Literal["active", "inactive"] = "active"

    @classmethod
    def of(cls, app: App) -> AppForm:
        """The form that would register ``app``."""
        return cls(
            name=app.name,
            application_type="server" if app.confidential else "client",
            refresh_tokens="yes" if app.issues_refresh_tokens else "no",
            redirect_uris="\n".join(app.redirect_uris),
            permissions=app.permissions,
            status="inactive" if app.status == "inactive" else "active",
        )

    @classmethod
    def read(cls, form: Parameters) -> AppForm:
        """What a posted form says. Permissions are one checkbox each, so that no name comes twice."""
        return cls(
            name=(form.get("name") or "").strip(),
            application_type=form.get("application_type") or "",
            refresh_tokens=form.get("refresh_tokens") or "no",
            redirect_uris=form.get("redirect_uris") or "",
            permissions=tuple(name for name in PERMISSIONS if form.get(f"permission_{name}")),
            status="inactive" if form.get("status") == "inactive" else "active",
        )

    def redirect_uri_list(self) -> tuple[str, ...]:
        """The redirect URIs, one for each line that is not blank."""
        return tuple(dict.fromkeys(line.strip() for line in self.redirect_uris.splitlines() if line.strip()))

    def as_app(self, *, owner: str, old: App | None = None) -> App:
        """The app that this form (without problems) describes; ``old`` keeps its client id and secret."""
        secret = (old and old.client_secret) or new_client_secret()
        return App(
            client_id=old.client_id if old else new_client_id(),
            client_secret=secret if self.application_type == "server" else "",
            name=self.name,
            redirect_uris=self.redirect_uri_list(),
            permissions=self.permissions,
            issues_refresh_tokens=self.refresh_tokens == "yes",
            status=self.status,
            owner=owner,
        )

    def problems(self, example: str) -> dict[str, str]:
        """What must be put right, by field.

        Args:
            example: A redirect URI at which logins to this platform can end.
        """
        found = {}
        if not self.name:
            found["name"] = "Give the app a name. People see it when they are asked to allow it."
        elif len(self.name) > _MOST_NAME_LENGTH or not self.name.isprintable():
            found["name"] = f"Use at most {_MOST_NAME_LENGTH} ordinary characters."
        if self.application_type not in ("server", "client"):
            found["application_type"] = "Choose one. The tutorial uses a server-side web app."
        if self.refresh_tokens not in ("yes", "no"):
            found["refresh_tokens"] = "Choose Yes or No."
        uris = self.redirect_uri_list()
        if not uris:
            found["redirect_uris"] = f"Enter at least one. The tutorial uses {example}"
        elif len(uris) > _MOST_REDIRECT_URIS:
            found["redirect_uris"] = f"Enter at most {_MOST_REDIRECT_URIS}."
        elif sum(map(len, uris)) > _MOST_URI_CHARACTERS:
            found["redirect_uris"] = f"Use at most {_MOST_URI_CHARACTERS} characters in all."
        for uri in uris:
            if problem := redirect_uri_problem(uri):
                found["redirect_uris"] = f"{uri[:80]} {problem}."
                break
        if not self.permissions:
            found["permissions"] = "Choose at least one. The tutorial uses ReadAccounts and ReadCallLog."
        return found


class _ConsoleHandler(PageHandler):
    """A page of the console: it shows a browser only the apps that were made in it."""

    form_cookie = _COOKIE

    @property
    def owner(self) -> str:
        """The random name of this browser."""
        return self.browser_cookie(_COOKIE, path=_PATH, days=90)

    @property
    def example(self) -> str:
        """A redirect URI at which logins can end: another than localhost's where browsers are on other computers."""
        return (*self.backend.redirect_uris, *DEFAULT_REDIRECT_URIS)[0]

    def own_app(self, client_id: str) -> App | None:
        """The app if it belongs to this browser; else the answer is 404."""
        app = self.backend.apps.get(client_id)
        if app is not None and secrets.compare_digest(app.owner.encode(), self.owner.encode()):
            return app
        self.explain(
            404,
            "This app is not here",
            cause="It was deleted, or it was made in another browser. Each browser sees only its own apps.",
            cure="Go to the console, and create an app if the list is empty.",
        )
        return None

    def show_form(self, form: AppForm, problems: dict[str, str], *, app: App | None) -> None:
        """Show the form for a new app, or for changing ``app``."""
        self.page(
            "console-form.html",
            status=422 if problems else 200,
            form=form,
            problems=problems,
            app=app,
            permissions=PERMISSIONS,
            example=self.example,
            form_token=self.form_token(self.owner),
        )

    def save(self, form: AppForm, *, app: App | None) -> None:
        """Register what ``form`` describes, in place of ``app`` if there is one; or show the form again."""
        problems = form.problems(self.example)
        if not problems:
            saved = form.as_app(owner=self.owner, old=app)
            try:
                self.backend.apps.put(saved)
            except (TooManyApps, AppsFileError) as error:
                problems = {"name": str(error)}
            else:
                self.note(app=saved, stage=Stage.APP_MADE)
                self.lead_to(f"{_PATH}/apps/{saved.client_id}", status=303)
                return
        self.show_form(form, problems, app=app)


class AppListHandler(_ConsoleHandler):
    """``/practice/console``: your apps."""

    def get(self) -> None:
        self.page("console.html", apps=self.backend.apps.owned_by(self.owner))


class NewAppHandler(_ConsoleHandler):
    """``/practice/console/new``: register an app."""

    def get(self) -> None:
        self.show_form(AppForm(), {}, app=None)

    def post(self) -> None:
        if (posted := self.trusted_form()) is not None:
            self.save(AppForm.read(posted), app=None)


class AppHandler(_ConsoleHandler):
    """``/practice/console/apps/…``: one app, with its credentials."""

    def get(self, client_id: str) -> None:
        if app := self.own_app(client_id):
            self.page(
                "console-app.html",
                app=app,
                env_file=env_file(app, self.site.server_url),
                form_token=self.form_token(self.owner),
                experiments=EXPERIMENTS,
            )


class EditAppHandler(_ConsoleHandler):
    """``/practice/console/apps/…/edit``: change an app, for better or (on purpose) for worse."""

    def get(self, client_id: str) -> None:
        """Show what is registered. What controls have changed for a while is not shown, and ends with saving."""
        if app := self.own_app(client_id):
            # Another platform that shares the file may have deleted it meanwhile: then it can be saved again.
            saved = next((one for one in self.backend.apps.owned_by(app.owner) if one.client_id == client_id), app)
            self.show_form(AppForm.of(saved), {}, app=app)

    def post(self, client_id: str) -> None:
        """Save the changes. Client id and secret stay; sessions keep the permissions that they were given."""
        posted = self.trusted_form()
        if posted is not None and (app := self.own_app(client_id)):
            self.save(AppForm.read(posted), app=app)


class DeleteAppHandler(_ConsoleHandler):
    """``/practice/console/apps/…/delete``: deletes an app and ends its sessions."""

    def post(self, client_id: str) -> None:
        if self.trusted_form() is None or self.own_app(client_id) is None:
            return
        try:
            self.backend.apps.delete(client_id)
        except AppsFileError as error:
            self.explain(
                500, "Not deleted", cause=str(error), cure="Put the file right, and press the button once more."
            )
            return
        self.backend.sessions.forget(client_id)
        self.lead_to(_PATH, status=303)


_APP = _PATH + "/apps/([A-Za-z0-9]{1,64})"
ROUTES = [
    (_PATH + "/?", AppListHandler),
    (_PATH + "/new", NewAppHandler),
    (_APP, AppHandler),
    (_APP + "/edit", EditAppHandler),
    (_APP + "/delete", DeleteAppHandler),
]
