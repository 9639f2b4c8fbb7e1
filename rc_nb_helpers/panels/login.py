"""The login panel: choose an environment, log in, see who is logged in and until when."""

from __future__ import annotations

from ..environments import ENVIRONMENT_NAMES, load_environment
from ..errors import ApiError, ConfigurationError, RingCentralError
from ..session import Session
from .base import Panel, View, login_view, logout_notice

_ABOUT = {
    "practice": "RingCentral's look-alike on this computer. Needs no account.",
    "sandbox": "Only if you already have an account there: RingCentral is retiring it.",
    "production": "The real RingCentral, with real data.",
}
_UNENCRYPTED = "Not encrypted: others in this network can read along. Never type a real password."
_AUTOPILOT_SECONDS = 20


class LoginPanel(Panel):
    """Logs a person in. The cell that shows it returns at once; the panel goes on by itself.

    Args:
        session: The session to log in.
    """

    def __init__(self, session: Session) -> None:
        self._known: tuple[object, str] = (None, "")
        super().__init__(session)
        from .. import autopilot  # here, because importing the panels shall be quick

        if autopilot.can_fly(session.environment.server_url) and not session.logged_in:
            self._play()

    def _describe(self) -> View:
        session = self._session
        view: View = {"title": "Log in to RingCentral", "choices": self._choices(), "choice": session.environment.name}
        if not session.logged_in:
            if self._details.get("person"):
                self._tell(person="")
            return {**view, **login_view(session)}
        status = session.token_status
        self._find_person()
        return {
            **view,
            "choicesLocked": "Log out before you change the environment.",
            "status": {"kind": "ok", "text": f"Logged in to {session.environment.name}."},
            "buttons": [{"id": "logout", "label": "Log out"}],
            "expires": status.expires_at if status else 0,
            "refreshExpires": status.refresh_expires_at if status else 0,
        }

    def _choices(self) -> list[View]:
        """The environments, with what each is and whether its credentials are there."""
        if self._session.environment.name not in ENVIRONMENT_NAMES:
            name = self._session.environment.name
            return [{"value": name, "label": name, "note": self._session.environment.server_url}]
        locked = self._session.login_pending
        choices: list[View] = []
        for name in ENVIRONMENT_NAMES:
            missing = "" if name in ("practice", self._session.environment.name) else _missing(name)
            note = _ABOUT[name]
            if name == self._session.environment.name and self._session.environment.unencrypted:
                note = _UNENCRYPTED
            choices.append(
                {"value": name, "label": name.capitalize(), "note": note, "missing": missing, "locked": locked}
            )
        return choices

    def _press(self, button: str, value: str) -> None:
        if button == "choose":
            self._session.use(load_environment(value))
        elif button == "logout":
            self._notice = logout_notice(self._session.logout())
        else:
            super()._press(button, value)

    def _find_person(self) -> None:
        """Ask once for each login who it is. The name is nice to have: the login does not depend on it."""
        attempt = self._session.attempt
        status = self._session.token_status
        if status is None or self._known == (attempt, status.owner_id):
            return
        self._known = (attempt, status.owner_id)

        def ask() -> None:
            try:
                person = self._session.get("/restapi/v1.0/account/~/extension/~")
                name, number = person.get("name", ""), person.get("extensionNumber", "")
                self._tell(person=f"{name}, extension {number}" if number else str(name))
            except ApiError:
                self._tell(person=f"the person with extension id {status.owner_id}")
            except RingCentralError:
                self._tell(person="")

        self._in_background(ask)

    def _play(self) -> None:
        """What the click of a person does, when the autopilot stands in for one."""
        try:
            self._session.begin_login().wait(timeout=_AUTOPILOT_SECONDS)
        except RingCentralError:
            self._show()


def _missing(name: str) -> str:
    """That an environment cannot be used yet; empty when it can. Choosing it tells the reason."""
    try:
        load_environment(name)
    except ConfigurationError:
        return "Needs credentials: see notebook 01."
    return ""
