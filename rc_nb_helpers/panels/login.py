"""The login panel: choose an environment, log in, see who is logged in and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..environments import ENVIRONMENT_NAMES, load_environment
from ..errors import ConfigurationError, RingCentralError
from ..sentences.saying import say
from ..session import Session
from .base import Action, lesson, script
from .wired import Wired

if TYPE_CHECKING:
    from ..results import Person
    from ..storage import KeyringStorage
    from .view import Choice, View

_AUTOPILOT_SECONDS = 20


class LoginPanel(Wired):
    """Logs a person in. The cell that shows it returns at once; the panel goes on by itself.

    Args:
        session: The session to log in.
    """

    _esm = script("wire")

    def __init__(self, session: Session) -> None:
        self._keychain: KeyringStorage | None = None  # the one that is offered
        super().__init__(session)
        from .. import autopilot  # here, because importing the panels shall be quick

        self._in_background(self._look_for_keychain)
        if not session.logged_in and autopilot.can_fly(session.environment.browser_url):
            self._play()

    def _describe(self) -> View:
        session = self._session
        view: View = {"title": say("login.title"), "choices": self._choices(), "choice": session.environment.name}
        view["wire"] = "fold"
        if place := session.storage or self._keychain:
            view["keep_note"] = say("login.kept", place=place.description)
            view["keep"] = session.storage is not None and session.storage_problem is None
        if not session.logged_in:
            return {**view, **self._ways_view(), **self._login_view()}
        status = session.token_status
        return {
            **view,
            "choices_locked": say("login.locked"),
            "status": {"kind": "ok", "text": say("panel.logged-in", environment=session.environment.name)},
            "buttons": [{"id": "logout", "label": say("panel.log-out")}],
            "expires": status.expires_at if status else 0,
            "refresh_expires": status.refresh_expires_at if status else 0,
        }

    def _choices(self) -> list[Choice]:
        """The environments, with what each is and whether its credentials are there."""
        if self._session.environment.name not in ENVIRONMENT_NAMES:
            name = self._session.environment.name
            note = self._session.environment.server_url
            return [{"value": name, "label": name, "note": note, "missing": "", "locked": False}]
        locked = self._session.login_pending
        choices: list[Choice] = []
        for name in ENVIRONMENT_NAMES:
            missing = "" if name in ("practice", self._session.environment.name) else _missing(name)
            note = _about(name)
            if name == self._session.environment.name and self._session.environment.unencrypted:
                note = say("login.unencrypted")
            choices.append(
                {"value": name, "label": name.capitalize(), "note": note, "missing": missing, "locked": locked}
            )
        return choices

    def _ways_view(self) -> View:
        """How the answer comes back, in a line, and what else can be chosen while no login waits."""
        from ..ways_back import place

        attempt = self._session.attempt
        ways = self._ways()
        way = self._way()
        if attempt and self._session.login_pending:
            way = next(
                (each for each in ways if attempt.endpoint and each.redirect_uri == attempt.redirect_uri), ways[-1]
            )
            return {"way_line": way.words}
        where = place()
        known = say("login.out-of-reach", place=where.name) if where.apart else ""
        return {
            "way_line": f"{known} {way.words}".strip(),
            "ways": [{"value": str(number), "label": each.name} for number, each in enumerate(ways)],
            "way": str(ways.index(way)),
        }

    def _actions(self) -> dict[str, Action]:
        more: dict[str, Action] = {
            "choose": self._choose,
            "keep": lambda wish: self._keep(wish == "on"),
            "way": self._choose_way,
        }
        return {**super()._actions(), **more}

    def _choose_way(self, number: str) -> None:
        ways = self._ways()
        if number in map(str, range(len(ways))) and not self._session.login_pending:
            self._chosen_way = ways[int(number)]

    def _choose(self, name: str) -> None:
        self._session.use(load_environment(name))
        self._look_for_keychain()

    def _look_for_keychain(self) -> None:
        """Offer to stay logged in where that can be; and go on with a login that the person has asked to be kept."""
        from ..storage import KeyringStorage, wants_to_be_kept, why_no_keychain

        session = self._session
        self._keychain = None if why_no_keychain(session.environment) else KeyringStorage()
        if self._keychain and session.storage is None and wants_to_be_kept(session.environment):
            session.keep(self._keychain)
        if self._watching:  # else nobody sees it, or it was closed meanwhile
            self._show()

    def _keep(self, wish: bool) -> None:
        from ..storage import note_wish

        session = self._session
        note_wish(session.environment, to_be_kept=wish)
        session.keep((session.storage or self._keychain) if wish else None)
        if session.storage_problem is not None:
            self._notice = lesson(session.storage_problem)

    def _session_changed(self) -> None:
        super()._session_changed()
        if self._session.logged_in:
            self._in_background(self._find_person)

    def _find_person(self) -> None:
        """Show who it is. The session asks once for each login, however many panels want to know."""
        login = self._session.platform.auth().login
        person = self._session.person
        with self._showing:
            status = self._session.token_status
            if status and login is self._session.platform.auth().login:  # else who has changed that shows it
                self._tell({"person": _in_words(person, status.owner_id)})

    def _play(self) -> None:
        """What the click of a person does, when the autopilot stands in for one."""
        try:
            self._session.begin_login().wait(timeout=_AUTOPILOT_SECONDS)
        except RingCentralError:
            self._show()


def _in_words(person: Person | None, extension_id: str) -> str:
    if person is None or not person.name:
        return say("login.extension-id", id=extension_id) if extension_id else ""
    number = person.extension_number
    return say("login.person", name=person.name, number=number) if number else person.name


def _about(name: str) -> str:
    return {
        "practice": say("login.about-practice"),
        "sandbox": say("login.about-sandbox"),
        "production": say("login.about-production"),
    }[name]


def _missing(name: str) -> str:
    """That an environment cannot be used yet; empty when it can. Choosing it tells the reason."""
    try:
        load_environment(name)
    except ConfigurationError:
        return say("login.no-credentials")
    return ""
