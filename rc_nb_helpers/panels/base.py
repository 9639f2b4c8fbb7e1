"""What the panels share: how they show things, how presses reach Python, how a login is started.

A panel describes what it shows as plain data (see :mod:`.view`), and ``assets/panel.js`` draws it. The data goes two
ways:

- ``view`` is a synced trait. JupyterLab may save it into the notebook, so it holds nothing personal and
  nothing secret.
- ``details`` go as messages, which nobody saves: the sign-in address, a person's name, an API's answer.
  A page that is opened later asks for them.

Presses come back as messages. Each is worked off in a thread of its own, so no panel ever blocks the
kernel or another panel, and none prints or raises.

A panel watches its session as long as a page shows it. Each page says when it shows the panel, and when it does so no
more: its cell was run again, its notebook closed. A page that is merely closed or reloaded says nothing, and the panel
watches on. Should a page ask after all, it watches again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import anywidget
import traitlets
from IPython.display import HTML, display

from ..environments import read_again
from ..errors import LoginCancelled, LoginTimeout, PortInUse, RingCentralError
from ..local_practice import PROBE_PATH
from ..session import LogoutOutcome, Session
from .view import Button, Details, Status, View

_ASSETS = files("rc_nb_helpers.panels").joinpath("assets")

_AGAIN_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2)

MOST_ANSWERS = 10
"""How many presses a view says of that they were worked off: two pages may press at once."""

Action = Callable[[str], None]
"""Does what a button says, with the value that came along; on a worker thread. May raise any of our errors."""


class Drawn(anywidget.AnyWidget):
    """What ``assets/panel.js`` draws: a view that may be saved, and details that may not."""

    _esm = _ASSETS.joinpath("panel.js").read_text("utf-8")
    _css = _ASSETS.joinpath("panel.css").read_text("utf-8")
    _note = "A panel or a link lives as long as its kernel: run this cell to get one."
    view = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        self._details: Details = {}
        self._asked = threading.Event()  # a page shows this, and has said so
        # One change at a time, so that an older state never overwrites a newer one.
        self._showing = threading.RLock()
        super().__init__()
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        # Constant: it is saved in the notebook's output, and shown where widgets cannot be.
        return f"<{type(self).__name__}: run this cell to show it>"

    def _ipython_display_(self) -> None:
        """Show the panel, and below it what a reopened notebook shall say. ``panel.css`` hides that meanwhile.

        JupyterLab itself says only "model not found" where the panel of an ended kernel was.
        """
        data, metadata = self._repr_mimebundle_() or ({}, {})
        display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
        display(HTML(f'<p class="rc-reopened">{self._note}</p>'))  # type: ignore[no-untyped-call]
        threading.Thread(target=self._tell_again, name="panel-shown", daemon=True).start()

    def _tell_again(self) -> None:
        """Send the details until a page has asked for them, for a while.

        A page that is not drawn yet misses them, and while the next cell runs its question may not get here. Until it
        hears from the kernel it takes the panel for one that was saved long ago.
        """
        for pause in _AGAIN_SECONDS:
            if self._asked.wait(pause):
                return
            with self._showing:
                self._send_details()

    def _tell(self, details: Details) -> None:
        """Change details and send them to every page that shows this, if anything is new in them."""
        with self._showing:
            if any((value or None) != (self._details.get(name) or None) for name, value in details.items()):
                self._details = {**self._details, **details}
                self._send_details()

    def _send_details(self) -> None:
        self.send({"details": self._details})

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if isinstance(message, dict) and message.get("ask") == "details":
            self._asked.set()
            self._send_details()


class Panel(Drawn):
    """A panel over a session. Made by its subclasses.

    Args:
        session: The session it shows and works on.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notice: Status | None = None
        self._more_buttons: list[Button] = []  # what the notice offers
        self._free_address = ""  # where a login may go on when the usual port is taken
        self._working = ""
        self._answered: list[str] = []
        self._pages: set[str] = set()  # those that show this panel, as far as they have said so
        self._watching = False
        super().__init__()
        self._watch()

    def close(self) -> None:
        """Take the panel off the screen and stop watching the session."""
        self._let_go()
        super().close()

    def _describe(self) -> View:
        """What to show now. It starts nothing and sends nothing."""
        raise NotImplementedError

    def _actions(self) -> dict[str, Action]:
        """What each button does, by its id."""
        return {
            "login": lambda _: self._log_in(),
            "somebody-else": lambda _: self._log_in(prompt="login"),
            "other-port": lambda _: self._log_in(redirect_uri=self._free_address),
            "cancel": lambda _: self._cancel(),
            "paste": self._paste,
            "logout": lambda _: self._log_out(),
        }

    def _log_in(self, *, prompt: str = "", redirect_uri: str = "") -> None:
        # A person may just have put the values right that the last try has failed on.
        self._session.use(read_again(self._session.environment))
        self._session.begin_login(prompt=prompt, redirect_uri=redirect_uri)

    def _cancel(self) -> None:
        if self._session.attempt:
            self._session.attempt.cancel()

    def _paste(self, address: str) -> None:
        if self._session.attempt:
            self._session.attempt.submit(address)

    def _log_out(self) -> None:
        self._notice = logout_notice(self._session.logout())

    def _watch(self) -> None:
        if not self._watching:
            self._watching = True
            self._session.observe(self._session_changed)
            self._show()

    def _let_go(self) -> None:
        self._watching = False
        self._session.unobserve(self._session_changed)

    def _session_changed(self) -> None:
        self._notice = None  # it was about the state before
        self._show()

    def _show(self) -> None:
        """Bring the screen up to date. From any thread."""
        with self._showing:
            attempt = self._session.attempt
            url = attempt.authorize_url if attempt and self._session.login_pending else ""
            # Practice may run on another computer than the browser.
            environment = self._session.environment
            probe = environment.server_url + PROBE_PATH if url and environment.name == "practice" else ""
            self._tell({"url": url, "probe": probe})
            if not self._session.logged_in:  # what is personal ends with the login
                self._tell({"person": "", "result": None})
            view = self._describe()
            if self._notice is not None:
                view["status"] = self._notice
                view["buttons"] = [*self._more_buttons, *view.get("buttons", [])]
            if self._working:
                view["status"], view["busy"] = {"kind": "working", "text": self._working}, True
            # Every answer to a press is a change, which is how the page knows that it came.
            view["answered"] = list(self._answered)
            self.view = dict(view)

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if not isinstance(message, dict):
            return
        if isinstance(page := message.get("page"), str):
            self._pages.add(page)
            self._watch()
        if isinstance(page := message.get("gone"), str):
            self._pages.discard(page)
            if not self._pages:
                self._let_go()
        if isinstance(button := message.get("press"), str):
            self._press(button, str(message.get("value", "")), str(message.get("number", ""))[:40])

    def _press(self, button: str, value: str, number: str) -> None:
        """Do what a button says, on a worker thread, and show how it ends. A button that is not there does nothing."""
        action = self._actions().get(button)

        def run() -> None:
            self._notice, self._more_buttons = None, []
            try:
                if action:
                    action(value)
            except PortInUse as error:
                self._offer_another_port(error)
            except RingCentralError as error:
                self._notice = lesson(error)
            except Exception as error:  # noqa: BLE001  (a thread must not die in silence)
                self._notice = {
                    "kind": "error",
                    "text": f"Something went wrong that we did not expect ({type(error).__name__}).",
                    "cure": "Try again; if it happens again, please report it.",
                }
            finally:
                self._working = ""
                with self._showing:
                    self._answered = [*self._answered, number][-MOST_ANSWERS:]
                    self._show()

        self._in_background(run)

    def _offer_another_port(self, error: PortInUse) -> None:
        self._notice = lesson(error)
        if error.free_redirect_uri:
            self._free_address = error.free_redirect_uri
            self._notice["cure"] = f"Log in with another address of this app, which is free: {self._free_address}."
            button: Button = {"id": "other-port", "label": "Log in on another port", "primary": True, "popup": "new"}
            self._more_buttons = [button]

    def _in_background(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  (a thread must not die in silence, nor print)
                self._give_up(error)

        threading.Thread(target=guarded, name="panel", daemon=True).start()

    def _give_up(self, error: Exception) -> None:
        """Say that this panel cannot even show how things stand: its errors are no longer ours, after a reload."""
        status: Status = {
            "kind": "error",
            "text": f"This panel does not work any more ({type(error).__name__}).",
            "why": "The helpers may have been loaded anew meanwhile (reload, autoreload).",
            "cure": "Run this notebook's cells again from the top.",
        }
        with self._showing:
            self.view = {"title": self.view.get("title", ""), "status": status, "answered": list(self._answered)}


def lesson(error: RingCentralError) -> Status:
    """An error as a status: what happened, why, what to do."""
    kind = "info" if isinstance(error, LoginCancelled) else "error"
    return {"kind": kind, "text": error.happened, "why": error.why, "cure": error.cure}  # type: ignore[typeddict-item]


def logout_notice(outcome: LogoutOutcome) -> Status:
    """How a logout ended, as a status."""
    if outcome.revoked:
        return {
            "kind": "ok",
            "text": outcome.message,
            "cure": "Your browser may still remember you. For another person, press Log in as somebody else.",
        }
    kind = "error" if outcome.why else "info"  # nobody was logged in
    return {"kind": kind, "text": outcome.message, "why": outcome.why, "cure": outcome.cure}  # type: ignore[typeddict-item]


def login_view(session: Session) -> View:
    """The status and the buttons of a login, for a session that is not logged in.

    Args:
        session: The session.

    Returns:
        ``status``, ``buttons``, ``paste``, ``paste_open`` and ``timed_out``.
    """
    attempt = session.attempt
    if attempt and session.login_pending:
        if attempt.state == "exchanging":
            return {"status": {"kind": "working", "text": "RingCentral has answered. Getting the tokens…"}}
        text = "Waiting for you to sign in."
        if not attempt.listening:
            text = "Sign in, then paste the address that the browser ends on below."
        return {
            "status": {"kind": "working", "text": text, "until": attempt.deadline},
            "buttons": [
                {"id": "again", "label": "Open again", "popup": "again"},
                {"id": "cancel", "label": "Cancel"},
            ],
            "paste": True,
            "paste_open": not attempt.listening,
        }
    buttons: list[Button] = [
        {"id": "login", "label": f"Log in to {session.environment.name}", "primary": True, "popup": "new"}
    ]
    if attempt and not attempt.error:  # somebody was logged in here, whom the browser may remember
        buttons.append({"id": "somebody-else", "label": "Log in as somebody else", "popup": "new"})
    return {
        "status": lesson(attempt.error) if attempt and attempt.error else {"kind": "info", "text": "Not logged in."},
        "buttons": buttons,
        "timed_out": isinstance(attempt.error, LoginTimeout) if attempt else False,
    }
