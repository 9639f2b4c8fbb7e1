"""The registered apps, as RingCentral's Developer Console registers them, and the file that keeps them."""

from __future__ import annotations

import dataclasses
import difflib
import json
import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from ..network import is_loopback_host
from ..private_files import Version, replace_private, version_of
from ..randomness import SECRET_LENGTH, random_text

PERMISSIONS = {
    "ReadAccounts": "See the company's account, its people and their phone numbers",
    "ReadCallLog": "See call history: who called whom, when and for how long",
    "ReadMessages": "Read messages, voicemail and faxes",
    "SMS": "Send text messages in your name",
    "ReadPresence": "See who is available, busy or on a call",
}
"""What an app may be allowed to do, and how the consent page says it."""

Status = Literal["active", "inactive", "sandbox"]
"""Whether an app may be used: ``inactive`` is one that was blocked, ``sandbox`` one of another environment."""
Flow = Literal["code", "jwt"]
"""How an app authenticates: people sign in to it, or it has a credential of its own and nobody does."""

MOST_APPS = 2000
MOST_APPS_PER_OWNER = 20
_MOST_URI_LENGTH = 2000
_MOST_TYPED = 40
_AS_NEAR = 0.8
_REAL_DOMAINS = ("ringcentral.com", "ringcentral.biz")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class App:
    """One registered application: what RFC 6749 calls a client.

    Attributes:
        client_id: Names it in each request.
        client_secret: Proves that a request is its own; empty for a client-side app, which cannot keep a secret
            (RFC 6749 §2.1: public client).
        name: What people read when they are asked to allow it.
        redirect_uris: Where a login may end.
        permissions: What it may do, a part of ``PERMISSIONS``.
        issues_refresh_tokens: Whether it gets refresh tokens.
        status: Whether it may be used.
        flow: How it authenticates.
        owner: Who registered it: the random name of a browser, ``built-in``, or a learner's user name.
        public: Whether it is a client-side app for a lesson. Its secret then opens the controls and nothing else.
        needs_pkce: Whether a client-side app has to use PKCE. Without it is a lesson.
    """

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    redirect_uris: tuple[str, ...]
    permissions: tuple[str, ...]
    issues_refresh_tokens: bool = False
    status: Status = "active"
    flow: Flow = "code"
    owner: str = field(default="", repr=False)
    public: bool = False
    needs_pkce: bool = True

    @property
    def confidential(self) -> bool:
        """Whether it is a server-side web app, which proves itself with its secret."""
        return bool(self.client_secret) and not self.public

    @property
    def scope(self) -> str:
        """Its permissions as the token answer shows them: with spaces between."""
        return " ".join(self.permissions)

    # What Authlib asks of a client (authlib.oauth2.rfc6749.ClientMixin).

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is registered: compared character by character (RFC 9700 §4.1.3; RingCentral does the same)."""
        return redirect_uri in self.redirect_uris

    def check_response_type(self, response_type: str) -> bool:
        """Whether it is ``code``: there is no other flow through a browser."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the app may exchange codes, or refresh: that is for apps with refresh tokens."""
        return grant_type == "authorization_code" or (grant_type == "refresh_token" and self.issues_refresh_tokens)

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether an app that proves itself with its secret has given it."""
        return self.confidential and self.has_secret(client_secret)

    def has_secret(self, client_secret: str) -> bool:
        """Whether this is its secret, compared in constant time. No secret at all is never the right one."""
        given = client_secret.encode("utf-8", "replace")
        return bool(self.client_secret) and secrets.compare_digest(self.client_secret.encode(), given)

    def get_allowed_scope(self, _scope: str | None) -> str:
        """The app's own permissions, whatever was asked for: RingCentral ignores the ``scope`` of a request."""
        return self.scope


def new_client_id() -> str:
    """A fresh client id: 22 letters and digits, the length of RingCentral's."""
    return random_text(22)


def new_client_secret() -> str:
    """A fresh client secret."""
    return random_text(SECRET_LENGTH)


def redirect_uri_problem(uri: str) -> str | None:
    """Why ``uri`` cannot be registered, in a sentence for the person who typed it, or None when it can.

    Rules: RFC 6749 §3.1.2 (absolute, no fragment), RFC 9700 §4.1 (nothing that programs read in
    different ways), RFC 8252 §7.3 (plain http for loopback only). RingCentral's own hosts are refused so
    that a practice page can never send anybody there.
    """
    if len(uri) > _MOST_URI_LENGTH:
        return "is too long"
    if not uri.isascii() or not uri.isprintable() or any(character in uri for character in ' \\"<>`{}|^*'):
        return "may only have plain ASCII characters, without spaces, backslashes, quotes or wildcards"
    if "%00" in uri:
        return "may not contain %00"
    if "#" in uri:
        return "may not have a fragment (the part after #)"
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a valid address"
    if parts.scheme not in ("http", "https") or not host:
        return "must start with https://, or with http:// for this computer, and name a host"
    if "@" in parts.netloc:
        return "may not have a user name or password before the host"
    name = host.rstrip(".").lower()
    if any(name == domain or name.endswith("." + domain) for domain in _REAL_DOMAINS):
        return "may not lead to RingCentral itself: this is practice"
    if parts.scheme == "http" and not is_loopback_host(host):
        return "must use https:// unless it is on this computer (localhost, 127.0.0.1 or [::1])"
    return None


class AppsFileError(OSError):
    """The file of apps cannot be read or written. The text names the file and the cure."""


class TooManyApps(ValueError):
    """No more apps can be registered. The text says which limit was reached."""


class AppStore:
    """The registered apps, in memory and, when it has a path, in a small private JSON file as well.

    Several platforms may share one file: it is read again whenever it changed, and each change is applied to what
    the file holds at that moment. The file is replaced in one step (a reader never sees half of it) and only its
    owner can read it, for it holds client secrets.

    Args:
        path: The file; None: the apps end with the platform.

    Raises:
        AppsFileError: The file cannot be read.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._apps: dict[str, App] = {}
        self._pinned: dict[str, App] = {}
        self._changed: dict[str, App] = {}
        self._version: Version | None = None
        self._complaint = ""
        self._read_again()

    def get(self, client_id: str) -> App | None:
        """The app with this client id, or None."""
        self._look_again()
        return self._changed.get(client_id) or self._pinned.get(client_id) or self._apps.get(client_id)

    def nearest(self, client_id: str) -> App | None:
        """The app whose client id was meant by one that is typed nearly right, or None.

        Ids are random: two of them are never as near to each other as this asks for.
        """
        return self._nearest(client_id, lambda app: app.client_id)

    def with_secret(self, text: str) -> App | None:
        """The app whose client secret is ``text``, or nearly is; or None. People write it where the client id belongs.

        Nearly, because a secret with quotation marks around it, or the most of one, is not to be shown either.
        """
        return self._nearest(text, lambda app: app.client_secret)

    def _nearest(self, typed: str, value_of: Callable[[App], str]) -> App | None:
        """The app with the value that is nearest to what was typed, if that is near at all."""
        self._look_again()
        apps = {**self._apps, **self._pinned, **self._changed}.values()
        known = {value_of(app).casefold(): app for app in apps if value_of(app)}
        found = difflib.get_close_matches(typed.strip()[:_MOST_TYPED].casefold(), known, n=1, cutoff=_AS_NEAR)
        return known[found[0]] if found else None

    def owned_by(self, owner: str) -> list[App]:
        """The apps that ``owner`` registered, oldest first."""
        self._look_again()
        return [app for app in self._apps.values() if app.owner == owner]

    def pin(self, app: App) -> None:
        """Let ``app`` answer for its client id here, whatever the file says: its settings are this platform's."""
        self._pinned[app.client_id] = app

    def change(self, app: App) -> None:
        """Let ``app`` answer for its client id until ``forget_changes``: it is not saved."""
        self._changed[app.client_id] = app

    def forget_changes(self, client_id: str | None = None) -> None:
        """Forget what ``change`` did to one app, or to all."""
        if client_id is None:
            self._changed.clear()
        else:
            self._changed.pop(client_id, None)

    def put(self, app: App) -> None:
        """Add ``app``, or replace the one with its client id.

        Raises:
            TooManyApps: There are too many already.
            AppsFileError: The file cannot be written.
        """
        self._read_again()
        if app.client_id not in self._apps:
            if len(self.owned_by(app.owner)) >= MOST_APPS_PER_OWNER:
                raise TooManyApps(f"You already have {MOST_APPS_PER_OWNER} apps here. Delete one first.")
            if len(self._apps) >= MOST_APPS:
                raise TooManyApps("This practice platform holds no more apps.")
        self.put_all([app])

    def put_all(self, apps: Sequence[App]) -> None:
        """Add or replace the platform's own apps, in one write: there is room for them however many people make.

        Raises:
            AppsFileError: The file cannot be written.
        """
        self._read_again()
        self._write(self._apps | {app.client_id: app for app in apps})
        for app in apps:
            self.forget_changes(app.client_id)

    def delete(self, client_id: str) -> None:
        """Delete the app with this client id, if there is one.

        Raises:
            AppsFileError: The file cannot be written.
        """
        self.delete_all([client_id])

    def delete_all(self, client_ids: Collection[str]) -> None:
        """Do as ``delete`` for several apps, in one write."""
        self._read_again()
        self._write({key: app for key, app in self._apps.items() if key not in client_ids})
        for client_id in client_ids:
            self._pinned.pop(client_id, None)
            self.forget_changes(client_id)

    def _look_again(self) -> None:
        # Somebody may have spoiled the file by hand: serve what is known, and refuse to write over it.
        try:
            self._read_again()
        except AppsFileError as error:
            if self._complaint != str(error):
                log.error("%s", error)
            self._complaint = str(error)
        else:
            self._complaint = ""

    def _read_again(self) -> None:
        if self._path is None:
            return
        try:
            version = version_of(self._path)
            if version == self._version:
                return
            entries = json.loads(self._path.read_text("utf-8"))["apps"]
            self._apps = {app.client_id: app for app in map(_from_json, entries)}
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise AppsFileError(
                f"The file of practice apps {self._path} cannot be read ({type(error).__name__}). "
                "Move it away and start again; the apps in it must then be created anew."
            ) from None
        self._version = version

    def _write(self, apps: dict[str, App]) -> None:
        if self._path is not None:
            text = json.dumps({"version": 1, "apps": [dataclasses.asdict(app) for app in apps.values()]}, indent=1)
            try:
                self._version = replace_private(self._path, text)
            except OSError as error:
                raise AppsFileError(
                    f"The file of practice apps {self._path} cannot be written: {error.strerror}"
                ) from None
        self._apps = apps


def _from_json(entry: dict[str, Any]) -> App:
    known = {one.name for one in dataclasses.fields(App)}
    values = {name: value for name, value in entry.items() if name in known}
    for name in ("redirect_uris", "permissions"):
        values[name] = tuple(values[name])
    return App(**values)
