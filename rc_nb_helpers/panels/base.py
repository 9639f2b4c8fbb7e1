"""What the panels share: how they show things, how presses reach Python, how a login is started.

A panel describes what it shows as plain data, and ``assets/panel.js`` draws it. The data goes two ways:

- ``view`` is a synced trait. JupyterLab may save it into the notebook, so it holds nothing personal and
  nothing secret.
- ``details`` go as messages, which nobody saves: the sign-in address, a person's name, an API's answer.
  A page that is opened later asks for them.

Presses come back as messages. Each is worked off in a thread of its own, so no panel ever blocks the
kernel or another panel, and none prints or raises.
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
from ..errors import LoginCancelled, PortInUse, RingCentralError
from ..session import LogoutOutcome, Session

_ASSETS = files("rc_nb_helpers.panels").joinpath("assets")

_REOPENED = '<p class="rc-reopened">A panel or a link lives as long as its kernel: run this cell to get one.</p>'

View = dict[str, Any]


class Drawn(anywidget.AnyWidget):
    """What ``assets/panel.js`` draws: a view that may be saved, and details that may not."""

    _esm = _ASSETS.joinpath("panel.js").read_text("utf-8")
    _css = _ASSETS.joinpath("panel.css").read_text("utf-8")
    view = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        self._details: dict[str, Any] = {}
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
        display(HTML(_REOPENED))  # type: ignore[no-untyped-call]

    def _tell(self, **details: Any) -> None:
        """Change details and send them to every page that shows this."""
        with self._showing:
            self._details = {**self._details, **details}
            self.send({"details": self._details})

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if isinstance(message, dict) and message.get("ask") == "details":
            self.send({"details": self._details})


class Panel(Drawn):
    """A panel over a session. Made by its subclasses.

    Args:
        session: The session it shows and works on.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notice: View | None = None
        self._free_address = ""  # where a login may go on when the usual port is taken
        self._working = ""
        super().__init__()
        session.observe(self._session_changed)
        self._show()

    def close(self) -> None:
        """Take the panel off the screen and stop watching the session."""
        self._session.unobserve(self._session_changed)
        super().close()

    def _describe(self) -> View:
        """What to show now: ``title``, ``status``, ``buttons``, and what a subclass adds."""
        raise NotImplementedError

    def _press(self, button: str, value: str) -> None:
        """Do what a button says, on a worker thread. May raise any of our errors."""
        if button == "login":
            # A person may just have put the values right that the last try has failed on.
            self._session.use(read_again(self._session.environment))
            self._session.begin_login()
        elif button == "other-port":
            self._session.begin_login(redirect_uri=self._free_address)
        elif button == "cancel" and self._session.attempt:
            self._session.attempt.cancel()
        elif button == "paste" and self._session.attempt:
            self._session.attempt.submit(value)

    def _session_changed(self) -> None:
        self._notice = None  # it was about the state before
        self._show()

    def _show(self) -> None:
        """Bring the screen up to date. From any thread."""
        with self._showing:
            attempt = self._session.attempt
            pending = self._session.login_pending
            url = attempt.authorize_url if attempt and pending else ""
            if url != self._details.get("url", ""):
                self._tell(url=url)
            view = self._describe()
            if self._notice is not None:
                view["status"] = self._notice
                if self._notice.get("elsewhere"):
                    label = "Log in on another port"
                    other = {"id": "other-port", "label": label, "style": "primary", "popup": "new"}
                    view["buttons"] = [other, *view.get("buttons", [])]
            if self._working:
                view |= {"status": {"kind": "working", "text": self._working}, "busy": True}
            # The number makes every answer to a press a change, which is how the page knows that it came.
            view["number"] = self.view.get("number", 0) + 1
            self.view = view

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if isinstance(message, dict) and isinstance(button := message.get("press"), str):
            value = str(message.get("value", ""))
            self._in_background(lambda: self._press(button, value))

    def _in_background(self, work: Callable[[], None]) -> None:
        """Run something on a worker thread and show how it ends."""

        def run() -> None:
            self._notice = None
            try:
                work()
            except PortInUse as error:
                self._notice = lesson(error)
                if error.free_redirect_uri:
                    self._free_address = error.free_redirect_uri
                    cure = f"Log in with another address of this app, which is free: {self._free_address}."
                    self._notice |= {"elsewhere": True, "cure": cure}
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
                self._show()

        threading.Thread(target=run, name="panel", daemon=True).start()


def lesson(error: RingCentralError) -> View:
    """An error as a status: what happened, why, what to do."""
    kind = "info" if isinstance(error, LoginCancelled) else "error"
    return {"kind": kind, "text": error.happened, "why": error.why, "cure": error.cure}


def logout_notice(outcome: LogoutOutcome) -> View:
    """How a logout ended, as a status."""
    kind = "ok" if outcome.revoked else "error" if outcome.why else "info"  # nobody was logged in
    return {"kind": kind, "text": outcome.message, "why": outcome.why, "cure": outcome.cure}


def login_view(session: Session) -> View:
    """The status and the buttons of a login, for a session that is not logged in.

    Args:
        session: The session.

    Returns:
        ``status``, ``buttons`` and ``paste``.
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
            "pasteOpen": not attempt.listening,
        }
    label = f"Log in to {session.environment.name}"
    status: View = {"kind": "info", "text": "Not logged in."}
    if attempt and attempt.error:
        status = lesson(attempt.error)
    return {"status": status, "buttons": [{"id": "login", "label": label, "style": "primary", "popup": "new"}]}
