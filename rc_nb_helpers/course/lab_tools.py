"""What labs share: practice and its controls, for nobody else; and a login whose protections can be left out.

A lab's programs are weak on purpose. So each begins at :class:`PracticeApp`, which refuses every other server.
"""

from __future__ import annotations

import atexit
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import requests

from ..autopilot import sign_in
from ..environments import Environment
from ..errors import ConfigurationError
from ..local_practice import PROBE_PATH, ready_line
from ..server_record import CONTROLS_PATH
from .n02 import authorize_link, new_state, question_of
from .n03 import Callback, listen
from .n04 import code_challenge, new_code_verifier, new_platform, oauth2callback

ALEX, SAM = "alex", "sam"
PASSWORDS = {ALEX: "maple", SAM: "birch"}
"""The owner of the practice company, and a colleague who is no administrator. Everybody knows their passwords."""
ANSWER_SECONDS = 5
LOOK_AGAIN_SECONDS = 0.1


def password_of(environment: Environment, username: str) -> str:
    """A password at practice: what it tells programs of its own machine; else what everybody knows, as in a class.

    Args:
        environment: Practice.
        username: Whose.

    Returns:
        The password; empty when nobody is known by that name.
    """
    users = (ready_line(environment.server_url) or {}).get("users", [])
    told = {str(user["username"]): str(user["password"]) for user in users}
    return told.get(username) or PASSWORDS.get(username, "")


class PracticeApp:
    """Your app on practice, with its controls. It begins with the settings that are registered.

    Attributes:
        person: Who signs in to it: alex; in a class, who stands on the slip.

    Args:
        environment: Practice. Nothing else is let in.

    Raises:
        ConfigurationError: It is not practice.
    """

    def __init__(self, environment: Environment) -> None:
        if environment.name != "practice" or not _is_practice(environment.server_url):
            raise ConfigurationError(
                "This lab works with practice only.",
                why="Its programs are weak on purpose, so they must not meet a real account.",
                cure='Use load_environment("practice"), and run the cells from the top.',
            )
        self.environment = environment
        # What practice has recorded, as far as it was read: it keeps little of each app, and less in a class.
        self._seen: list[dict[str, Any]] = []
        self._run, self._last = "", 0
        self.person = str(self._act("restore-app")["person"])
        self.begun = self.newest()

    def change(self, **settings: object) -> None:
        """Change settings of the app, as somebody could in its console, until :meth:`restore`, or the kernel's end.

        Args:
            settings: Those of ``change-app`` in the controls.
        """
        atexit.unregister(self._restore_at_the_end)
        atexit.register(self._restore_at_the_end)  # else another notebook would meet this lab's settings
        self._act("change-app", **settings)

    def restore(self) -> None:
        """Give the app its registered settings back. Logins and progress stay."""
        self._act("restore-app")

    def _restore_at_the_end(self) -> None:
        with suppress(ConfigurationError):  # practice may have ended first: then it knows no change any more
            self.restore()

    def sam_signs_in(self, link: str) -> str:
        """Sam signs in in a browser of their own, which runs here: it reaches practice where this program does.

        Args:
            link: A sign-in page's address.

        Returns:
            The address that the browser is sent back to, which was not visited; empty where an error page came.
        """
        environment = self.environment
        here = environment.server_url + link.removeprefix(environment.browser_url)
        return sign_in(here, SAM, password_of(environment, SAM))

    def revoke(self) -> None:
        """End every login in the app, as an administrator can."""
        self._act("revoke-sessions")

    def expire_access_tokens(self) -> None:
        """Let the access tokens of every login in the app end now."""
        self._act("expire-access-tokens")

    def expire_refresh_tokens(self) -> None:
        """Let the refresh tokens of every login in the app end now."""
        self._act("expire-refresh-tokens")

    def record(self, after: int | None = None) -> list[dict[str, Any]]:
        """What practice has recorded of the app, oldest first; of this lab, unless ``after`` is given.

        Args:
            after: What :meth:`newest` was, where only what came after that is wanted.
        """
        told = self._ask("GET", "/requests", params={"after": str(self._last)}).json()
        if told["run"] != self._run:  # practice was started, perhaps again: its numbers have begun anew
            self._run, self._last = told["run"], 0
            told = self._ask("GET", "/requests").json()
        self._seen += told["requests"]
        self._last = max([self._last, *(entry["number"] for entry in told["requests"])])
        return self._seen[self.begun if after is None else after :]

    def newest(self) -> int:
        """How much practice has recorded of the app so far."""
        return len(self.record(0))

    def _act(self, action: str, **settings: object) -> dict[str, Any]:
        """Do something, and return what is set then."""
        state: dict[str, Any] = self._ask("POST", "/" + action, json=settings).json()
        return state

    def _ask(self, method: str, path: str, **body: Any) -> requests.Response:
        app = (self.environment.client_id, self.environment.client_secret)
        answer = http_answer(method, self.environment.server_url + CONTROLS_PATH + path, auth=app, **body)
        if answer is None or answer.status_code != HTTPStatus.OK:
            raise ConfigurationError(
                "Practice does not let this app use its controls.",
                why="The server does not answer, or client id and secret are not those of an app with a secret.",
                cure="Look at the app in practice's console, and at .env-practice. Then run the cells from the top.",
            )
        return answer


class TakesAnybody(Callback):
    """A listener's handler without the check of ``state``. Practice only."""

    def do_GET(self):  # type: ignore[no-untyped-def]
        """Take whatever answer comes, as if its state were ours."""
        self.server.state = answer_in(self.path).get("state", "")  # type: ignore[attr-defined]
        super().do_GET()


class Login:
    """One login in two steps: its link, and the trade.

    Args:
        app: Your app on practice.
        person: Who should sign in; the app's person, if nothing is said.
        method: How the code verifier goes into the link: ``S256``, ``plain``, or empty for no PKCE at all.
        checks_state: Whether the listener looks at ``state``.
        environment: What this login takes for the settings; those of the app, if nothing is said.
    """

    def __init__(
        self,
        app: PracticeApp,
        *,
        person: str = "",
        method: str = "S256",
        checks_state: bool = True,
        environment: Environment | None = None,
    ) -> None:
        settings = environment or app.environment
        self._app, self.redirect_uri = app, settings.redirect_uri
        self._begun = app.newest()
        self.platform = new_platform(settings)
        self.state = new_state()
        self.code_verifier = new_code_verifier() if method else ""
        question = question_of(settings, self.state) | {"login_hint": person or app.person}
        if method:
            challenge = code_challenge(self.code_verifier) if method == "S256" else self.code_verifier
            question |= {"code_challenge": challenge, "code_challenge_method": method}
        self.link = authorize_link(app.environment.browser_url, question)
        handler = Callback if checks_state else TakesAnybody
        self.listener = listen(app.environment.listen_address, self.state, handler=handler)

    def answer(self, seconds: int = ANSWER_SECONDS) -> dict[str, str]:
        """The answer that the browser has brought; empty when none has come.

        Args:
            seconds: How long to wait for it.
        """
        answer: dict[str, str] = self.listener.wait(seconds)
        return answer

    def finish(self) -> str:
        """Trade the code, and say how it went."""
        said: str = oauth2callback(self.platform, self.answer(), self.code_verifier, self.redirect_uri)
        return said

    def refusal(self) -> str:
        """The error that practice met since this login began, by its own record; it waits a moment for one."""
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            codes = [entry["code"] for entry in self._app.record(self._begun) if entry["code"]]
            if codes or time.monotonic() > until:
                return codes[0] if codes else "No error yet. Press the link above, then run this cell again."
            time.sleep(LOOK_AGAIN_SECONDS)


def answer_in(link: str) -> dict[str, str]:
    """What an address brings in its query.

    Args:
        link: An address, or its path.
    """
    return dict(parse_qsl(link.partition("?")[2]))


def _is_practice(server_url: str) -> bool:
    """Whether a server has practice's page for those who look for it. No credentials are sent to find out."""
    answer = http_answer("GET", server_url + PROBE_PATH)
    return (
        answer is not None and answer.status_code == HTTPStatus.OK and "css" in answer.headers.get("Content-Type", "")
    )


def http_answer(method: str, url: str, **options: Any) -> requests.Response | None:
    """The answer to a request that follows nothing and uses no proxy; None when none came.

    Args:
        method: That of HTTP.
        url: Where.
        options: Those of ``requests``.
    """
    try:
        with requests.Session() as http:
            http.trust_env = False
            return http.request(method, url, timeout=ANSWER_SECONDS, allow_redirects=False, **options)
    except requests.RequestException:
        return None
