"""What the panels share: how they show things, how presses reach Python, how a login is started.

A panel describes what it shows as plain data (see :mod:`.view`), and ``assets/panel.js`` draws it. The data goes two
ways:

- ``view`` is a synced trait. JupyterLab may save it into the notebook, so it holds nothing personal and
  nothing secret.
- ``details`` go as messages, which nobody saves: the sign-in address, a person's name, an API's answer, and an
  error with the server's own words in it, of which the view has only ours.
  A page that is opened later asks for them.

Presses come back as messages. Each is worked off in a thread of its own, so no panel ever blocks the
kernel or another panel, and none prints or raises.

A panel watches its session as long as a page shows it, and lets go of it then. Nothing is guessed:

- A page says when it begins to show the panel, and when it does so no more: the cell was run again or taken away, the
  notebook closed.
- A browser tab that is closed or reloaded says nothing, so the panel watches on. When a new page comes, the panel calls
  the roll: pages that are still there say so, the others are forgotten.
- A cell that is run again takes the place of what it has made before, also where no page could tell (the tab was
  closed meanwhile, or no browser is there at all): panels of the same kind and session let go, and call the roll.
- Whenever a page says that it is there, the panel watches again. So a panel that two cells show, or two tabs, lives
  until the last of them is gone.
"""

from __future__ import annotations

import functools
import json
import re
import threading
import time
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from weakref import WeakKeyDictionary, WeakSet

import anywidget
import traitlets
from IPython import get_ipython
from IPython.display import HTML, display

from ..environments import read_again
from ..errors import ConfigurationError, LoginCancelled, LoginTimeout, PortInUse, RingCentralError, explain
from ..forks import in_child
from ..local_practice import PROBE_PATH
from ..sentences.saying import say, template
from ..session import Session

if TYPE_CHECKING:
    from ..attempt import LoginAttempt
    from ..results import LogoutOutcome
    from ..ways_back import WayBack
    from .view import Button, Details, News, Status, View

_ASSETS = files("rc_nb_helpers.panels").joinpath("assets")

_AGAIN_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2)

_AS_JUPYTERS = "margin: 0 2px; font-size: 13px"
"""How JupyterLab draws its own line there; where nobody draws panels, nobody brings their style sheet."""

MOST_ANSWERS = 10
"""How many presses a view says of that they were worked off: two pages may press at once."""

Action = Callable[[str], None]
"""Does what a button says, with the value that came along; on a worker thread. May raise any of our errors."""


class Text:
    """A text that is read when somebody needs it: to import panels shall be quick.

    Args:
        read: Reads it.
    """

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = functools.cache(read)

    def __str__(self) -> str:
        return self._read()


def script(*parts: str, shared: tuple[str, ...] = ()) -> Text:
    """The page's side of a panel, as one module: what all panels have, and parts of its own.

    The page loads nothing by itself, so the parts come along; and a panel, which a notebook may save whole, brings
    only those that it draws, and of all sentences those that they say.

    Args:
        parts: Names of files in ``assets``. ``results.js`` has a function ``results``, which makes the part.
        shared: Names of files with what several of these parts use.
    """

    def read() -> str:
        texts = [_ASSETS.joinpath(f"{part}.js").read_text("utf-8") for part in (*shared, *parts, "panel")]
        said = {each: template(each) for text in texts for each in re.findall(r'\bsay\("([^"]+)"', text)}
        *texts, panel = texts
        given = [f"const SENTENCES = {json.dumps(said)};", *texts, f"const PARTS = [{', '.join(parts)}];"]
        return "\n".join([*given, panel])

    return Text(read)


def _style() -> str:
    """How panels look: what all have, then what parts have.

    Each kind of panel adds this to the page, in the order in which they are first shown, and of equal rules the last
    counts. So each brings all of it: or what all panels have would come after a part of another, and overrule it.
    """
    sheets = sorted(each.name for each in _ASSETS.iterdir() if each.name.endswith(".css") and each.name != "panel.css")
    return "\n".join(_ASSETS.joinpath(name).read_text("utf-8") for name in ("panel.css", *sheets))


class Drawn(anywidget.AnyWidget):
    """What ``assets/panel.js`` draws: a view that may be saved, and details that may not."""

    _esm = script()
    _css = Text(_style)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        self._details: Details = {}
        self._asked = threading.Event()  # a page shows this, and has said so
        # One change at a time, so that an older state never overwrites a newer one.
        self._showing = threading.RLock()
        in_child(self._stay_behind)
        super().__init__()
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        # Constant: it is saved in the notebook's output, and shown where widgets cannot be.
        return say("panel.not-drawn", kind=type(self).__name__)

    def _note(self) -> str:
        """What stands there when the notebook is opened again, as HTML."""
        return say("panel.reopened")

    def _ipython_display_(self) -> None:
        """Show the panel, and below it what a reopened notebook shall say. ``panel.css`` hides that meanwhile.

        JupyterLab itself says only "model not found" where the panel of an ended kernel was.
        """
        data, metadata = self._repr_mimebundle_() or ({}, {})
        display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
        display(HTML(f'<p class="rc-reopened" style="{_AS_JUPYTERS}">{self._note()}</p>'))  # type: ignore[no-untyped-call]
        threading.Thread(target=self._tell_again, name="panel-shown", daemon=True).start()

    def _stay_behind(self) -> None:
        """In a forked process: the page belongs to the other process, and so may the thread that holds the lock."""
        self._showing = threading.RLock()

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
        self._report({"details": self._details, "now": time.time()})

    def _report(self, news: News) -> None:
        self.send(_writable(news))

    @traitlets.validate("view")
    def _writable_view(self, proposal: Any) -> Any:
        return _writable(proposal["value"])

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if isinstance(message, dict) and message.get("ask") == "details":
            self._asked.set()
            self._send_details()


def _writable(value: Any) -> Any:
    """The same, as UTF-8 can write it: the kernel sends no half character, such as a server leaves that cuts a text."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_writable(name): _writable(each) for name, each in value.items()}
    return [_writable(each) for each in value] if isinstance(value, list) else value


class Standalone(Drawn):
    """A panel without a session. Made by its subclasses.

    Presses are worked off one after the other. What each has done goes to the page as a message, which nobody saves.
    """

    def __init__(self) -> None:
        self._answered: list[str] = []
        super().__init__()
        self._show()

    def _working(self) -> str:
        """What the panel says while a press is worked off."""
        return say("panel.working")

    def _describe(self) -> View:
        """What to show now."""
        raise NotImplementedError

    def _do(self, button: str, value: str) -> Status:
        """Do what a button of the view says, with the text that came along; return what was done. May raise our errors.

        Args:
            button: Its id.
            value: What was typed or pasted.
        """
        raise NotImplementedError

    def _show(self, *, busy: bool = False) -> None:
        view = self._describe()
        if busy:
            view["busy"] = True
        view["answered"] = list(self._answered)
        self.view = dict(view)

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if isinstance(message, dict) and isinstance(button := message.get("press"), str):
            work = (button, str(message.get("value", "")), str(message.get("number", ""))[:40])
            threading.Thread(target=self._press, args=work, name="panel", daemon=True).start()

    def _press(self, button: str, value: str, number: str) -> None:
        """Do what a button says, and show how it ends. A button that is not there does nothing."""
        with self._showing:
            if button in [each.get("id") for each in self._describe().get("buttons", [])]:
                self._tell({"summary": {"kind": "working", "text": self._working()}})
                self._show(busy=True)
                self._tell({"summary": self._outcome(button, value)})
            self._answered = [*self._answered, number][-MOST_ANSWERS:]
            self._show()

    def _outcome(self, button: str, value: str) -> Status:
        try:
            return self._do(button, value)
        except RingCentralError as error:
            return lesson(error)
        except Exception as error:  # noqa: BLE001  (a thread must not die in silence)
            return unexpected(error)


class Panel(Drawn):
    """A panel over a session. Made by its subclasses.

    Args:
        session: The session it shows and works on.
    """

    _watching = False
    _personal: ClassVar[Details] = {"person": "", "result": None}
    """What of the details ends with the login."""

    def __init__(self, session: Session) -> None:
        if isinstance(session, type) or not hasattr(session, "observe"):
            raise ConfigurationError(
                f"{type(self).__name__} shows a session, and this is none.",
                why="A session belongs to one environment, and knows who is logged in there.",
                cure='Make one first: session = Session(load_environment("practice")).',
            )
        self._session = session
        self._notice: Status | None = None
        self._more_buttons: list[Button] = []  # what the notice offers
        self._free_address = ""  # where a login may go on when the usual port is taken
        self._prompt = ""  # what that login asked of the sign-in page
        self._chosen_way: WayBack | None = None  # how the answer shall come back, where a person has chosen
        self._unreached: LoginAttempt | None = None  # the login whose listener the page has not reached
        self._to_paste: LoginAttempt | None = None  # the login of which it was asked how long its code works
        self._working = ""
        self._answered: list[str] = []
        self._pages: set[str] = set()  # those that show this panel, as far as they have said so
        self._login: object = None  # the login that the details are about
        self._was_logged_in = False
        super().__init__()
        self._watch()
        _take_the_place_of_former(self, session)

    def close(self) -> None:
        """Take the panel off the screen and stop watching the session."""
        if self._watching:  # Python also closes what was half made when an error came
            self._let_go()
        super().close()

    def call_roll(self) -> None:
        """Let go of the session, and watch again as soon as a page says that it still shows this panel."""
        with self._showing:
            self._let_go()
            self._ask_who_is_there()

    def _ask_who_is_there(self) -> None:
        """Forget the pages, of which some may be gone without a word, and let those that are there say so."""
        self._pages.clear()
        self._report({"roll_call": True})

    def _describe(self) -> View:
        """What to show now. It starts nothing and sends nothing."""
        raise NotImplementedError

    def _actions(self) -> dict[str, Action]:
        """What each button does, by its id."""
        return {
            "login": lambda _: self._log_in(),
            "somebody-else": lambda _: self._log_in(prompt="login"),
            "other-port": lambda _: self._log_in(prompt=self._prompt, redirect_uri=self._free_address),
            "by-hand": lambda _: self._log_in(prompt=self._prompt, listen=False),
            "cancel": lambda _: self._cancel(),
            "paste": self._paste,
            "logout": lambda _: self._log_out(),
        }

    def _log_in(self, *, prompt: str = "", redirect_uri: str = "", listen: bool = True) -> None:
        # A person may just have put the values right that the last try has failed on.
        self._session.use(read_again(self._session.environment))
        way = self._way()
        uri, listen = redirect_uri or way.redirect_uri, listen and (bool(redirect_uri) or way.kind != "paste")
        try:
            self._session.begin_login(prompt=prompt, redirect_uri=uri, listen=listen)
        except PortInUse as error:
            self._prompt = prompt
            self._go_on_without_port(error)

    def _ways(self) -> list[WayBack]:
        from ..ways_back import ways_back  # here, because importing the panels shall be quick

        environment = self._session.environment
        return ways_back((environment.redirect_uri, *environment.other_redirect_uris))

    def _way(self) -> WayBack:
        """How the answer comes back: as a person has chosen, while that is possible; else by what is known."""
        from ..ways_back import place, way_to_choose

        ways = self._ways()
        return self._chosen_way if self._chosen_way in ways else way_to_choose(ways, place())

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
            self._session_changed()  # whatever happened meanwhile

    def _let_go(self) -> None:
        self._watching = False
        self._session.unobserve(self._session_changed)

    def _stay_behind(self) -> None:
        super()._stay_behind()
        self._let_go()

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
            probe = environment.browser_url + PROBE_PATH if url and environment.name == "practice" else ""
            endpoint = attempt.endpoint if attempt and url else None
            listener = f"http://{endpoint.host}/" if endpoint and endpoint.port else ""
            self._tell({"url": url, "probe": probe, "listener": listener})
            login = self._session.platform.auth().login
            if login is not self._login or not self._session.logged_in:  # what is personal ends with the login
                self._login = login
                self._tell(self._personal)
            self._was_logged_in |= self._session.logged_in
            view = self._describe()
            if self._notice is not None:
                view["status"] = self._notice
                view["buttons"] = [*self._more_buttons, *view.get("buttons", [])]
            if self._working:
                view["status"], view["busy"] = {"kind": "working", "text": self._working}, True
            if view.get("paste") and attempt is not self._to_paste:
                self._to_paste = attempt
                self._in_background(self._ask_how_long_a_code_works)
            # Every answer to a press is a change, which is how the page knows that it came.
            view["answered"] = list(self._answered)
            self._show_in_our_words(view)

    def _ask_how_long_a_code_works(self) -> None:
        from ..code_life import code_seconds  # here, because importing the panels shall be quick

        attempt = self._to_paste
        seconds = code_seconds(self._session.environment)
        if attempt is self._to_paste:  # else there is another login meanwhile, perhaps in another environment
            self._tell({"code_seconds": seconds})

    def _show_in_our_words(self, view: View) -> None:
        """Show a view, which may be saved, without a server's own words; a status with them goes as a message."""
        status = view.get("status")
        summary: Details = {"summary": status if status and "whole" in status else None}
        if summary["summary"]:
            self._tell(summary)  # first, and below last: no page shows what is old or not whole in between
        if status:
            view["status"] = status.copy()
            view["status"].pop("whole", None)
        self.view = dict(view)
        self._tell(summary)

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        if not isinstance(message, dict):
            return
        if message.get("ask"):
            self._guarded(self._show)  # what is shown may be long over: nobody tells of a token that ends by itself
        super()._on_message(widget, message, buffers)
        if isinstance(page := message.get("come"), str):
            self._page_has_come(page)
        if isinstance(page := message.get("here"), str):
            self._page_is_here(page)
        if isinstance(page := message.get("gone"), str):
            self._page_is_gone(page)
        if self._details.get("listener") and message.get("probe") == self._details.get("listener"):
            self._listener_was_tried(reached=bool(message.get("reached")))
        if isinstance(button := message.get("press"), str):
            self._press(button, str(message.get("value", "")), str(message.get("number", ""))[:40])

    def _listener_was_tried(self, *, reached: bool) -> None:
        with self._showing:
            self._unreached = None if reached else self._session.attempt
            self._show()

    def _page_has_come(self, page: str) -> None:
        with self._showing:
            if self._pages and page not in self._pages:
                self._ask_who_is_there()
            self._page_is_here(page)

    def _page_is_here(self, page: str) -> None:
        with self._showing:
            self._pages.add(page)
            self._watch()

    def _page_is_gone(self, page: str) -> None:
        with self._showing:
            self._pages.discard(page)
            if not self._pages:
                self._let_go()

    def _press(self, button: str, value: str, number: str) -> None:
        """Do what a button says, on a worker thread, and show how it ends. A button that is not there does nothing."""
        action = self._actions().get(button)

        def run() -> None:
            try:
                if action:
                    self._notice, self._more_buttons = None, []
                    action(value)
            except RingCentralError as error:
                self._notice = lesson(error)
            except Exception as error:  # noqa: BLE001  (a thread must not die in silence)
                self._notice = unexpected(error)
            finally:
                self._working = ""
                with self._showing:
                    self._answered = [*self._answered, number][-MOST_ANSWERS:]
                    self._show()

        self._in_background(run)

    def _go_on_without_port(self, error: PortInUse) -> None:
        """Offer the app's other port, which is free, or pasting; without one go on with pasting at once."""
        if not error.free_redirect_uri:
            attempt = self._session.begin_login(prompt=self._prompt, listen=False)
            cure = say("login.no-port", cure=error.cure.removesuffix(error.BY_HAND))
            self._notice = {**lesson(error), "kind": "working", "cure": cure, "until": attempt.deadline}
            return
        self._notice = lesson(error)
        self._free_address = error.free_redirect_uri
        self._notice["cure"] = say("login.free-address", address=self._free_address)
        self._more_buttons = [
            {"id": "other-port", "label": say("login.other-port"), "primary": True, "popup": "new"},
            {"id": "by-hand", "label": say("login.by-hand"), "popup": "new"},
        ]

    def _in_background(self, work: Callable[[], None]) -> None:
        threading.Thread(target=self._guarded, args=(work,), name="panel", daemon=True).start()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  (a thread must not die in silence, nor print)
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Say that this panel cannot even show how things stand: its errors are no longer ours, after a reload."""
        status: Status = {
            "kind": "error",
            "text": say("panel.stopped", kind=type(error).__name__),
            "why": say("panel.stopped-why"),
            "cure": say("panel.stopped-cure"),
        }
        with self._showing:
            title = str(self.view.get("title", ""))
            self._show_in_our_words({"title": title, "status": status, "answered": list(self._answered)})

    def _login_view(self) -> View:
        """The status and the buttons of a login, for :meth:`_describe` while nobody is logged in."""
        attempt = self._session.attempt
        if attempt and self._session.login_pending:
            if attempt.state == "exchanging":
                return {"status": {"kind": "working", "text": say("login.getting-tokens")}}
            endpoint = attempt.endpoint
            unreached = endpoint is not None and attempt is self._unreached
            status: Status = {
                "kind": "working",
                "text": say("login.waiting"),
                "cure": say("login.longer"),
                "until": attempt.deadline,
            }
            if endpoint is None:
                status["text"] = say("login.waiting-for-paste")
            elif unreached:
                from ..ways_back import place

                where = place()
                status["why"] = say("login.unreached", port=endpoint.port)
                if where.name:
                    status["why"] = say("login.unreached-from", port=endpoint.port, place=where.name)
                status["cure"] = f"{say('login.paste-it')} {where.advice.format(port=endpoint.port)}".strip()
            return {
                "status": status,
                "buttons": [
                    {"id": "again", "label": say("login.open-again"), "popup": "again"},
                    {"id": "cancel", "label": say("login.cancel")},
                ],
                "paste": True,
                "paste_open": endpoint is None or unreached,
            }
        error = attempt.error if attempt else None
        label = say("login.log-in", environment=self._session.environment.name)
        buttons: list[Button] = [{"id": "login", "label": label, "primary": True, "popup": "new"}]
        if attempt or self._was_logged_in:  # somebody was at the sign-in page, whom the browser may remember there
            buttons.append({"id": "somebody-else", "label": say("login.somebody-else"), "popup": "new"})
        return {
            "status": lesson(error) if error else {"kind": "info", "text": say("login.not-logged-in")},
            "buttons": buttons,
            # Not when a newer login took its place: that one goes on in the same window.
            "given_up": isinstance(error, LoginTimeout | LoginCancelled) and not (attempt and attempt.replaced),
        }


_MADE: WeakKeyDictionary[Session, dict[tuple[str, str], tuple[str, WeakSet[Panel]]]] = WeakKeyDictionary()
"""For each session, by cell and kind of panel: the newest run that made such panels, and these."""


def _take_the_place_of_former(panel: Panel, session: Session) -> None:
    """Let what an earlier run of the same cell has made call the roll. Several panels of one run all live."""
    cell, run = _running_cell()
    if not cell:
        return
    kind = type(panel).__name__  # not the type itself: each widget has one of its own
    made = _MADE.setdefault(session, {})
    former_run, former = made.get((cell, kind), ("", WeakSet[Panel]()))
    if former_run != run:
        for each in former:
            each.call_roll()
        former = WeakSet()
    former.add(panel)
    made[cell, kind] = (run, former)


def _running_cell() -> tuple[str, str]:
    """The running cell's id, as JupyterLab and Notebook 7 give it (others do not), and its run's; else empty."""
    kernel = getattr(get_ipython(), "kernel", None)
    request: dict[str, Any] = getattr(kernel, "get_parent", dict)()
    return str(request.get("metadata", {}).get("cellId", "")), str(request.get("header", {}).get("msg_id", ""))


def lesson(error: RingCentralError) -> Status:
    """An error as a status: what happened, in our words and whole, why, what to do; and what is known of its code."""
    kind: Literal["info", "error"] = "info" if isinstance(error, LoginCancelled) else "error"
    status: Status = {
        "kind": kind,
        "text": error.in_our_words,
        "whole": error.happened,
        "why": error.why,
        "cure": error.cure,
    }
    if error.more:
        known = explain(error)
        status["explained"] = {
            "code": known.code,
            "meaning": known.meaning,
            "causes": [{"what": cause.what, "tell": cause.tell} for cause in known.causes],
            "section": known.section,
            "link": known.link,
            "source": known.source,
            "index": known.index,
        }
    return status


def unexpected(error: Exception) -> Status:
    """An error that is none of ours as a status, without its text: it may hold anything."""
    happened = say("panel.unexpected", kind=type(error).__name__)
    return {
        "kind": "error",
        "text": happened,
        "whole": happened,
        "cure": say("panel.unexpected-cure"),
    }


def logout_notice(outcome: LogoutOutcome) -> Status:
    """How a logout ended, as a status."""
    if outcome.revoked:
        return {
            "kind": "ok",
            "text": outcome.message,
            "why": outcome.why,
            "cure": say("login.still-remembered"),
        }
    kind: Literal["info", "error"] = "error" if outcome.why else "info"  # nobody was logged in
    return {"kind": kind, "text": outcome.message, "whole": outcome.told, "why": outcome.why, "cure": outcome.cure}
