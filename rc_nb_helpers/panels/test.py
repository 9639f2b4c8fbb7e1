"""The test panel: call the API with one press, or with a form; read the answer; send a text message, if that is wanted.

What a person writes into a form, and what the server says of that, goes to the page as a message: a view may be saved.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ApiError, ConfigurationError, RingCentralError
from ..redaction import masked
from ..sentences.saying import say
from ..session import Session
from .base import Action, Panel, lesson, script, unexpected

if TYPE_CHECKING:
    from ..calls import Call
    from ..results import Answer
    from .results import Reading
    from .text_message import Draft
    from .view import Details, Fault, Offer, Status, View


class TestPanel(Panel):
    """Offers calls of the API. Without a login it says so, and offers one.

    Args:
        session: The session whose login it uses.
        calls: What it offers; by default six calls that only read, and below them all that RingCentral documents, to
            search and to fill in. Of your own calls those with parameters can be filled in.
        writes: Whether text messages can be sent, too. Each is shown before it is sent, and sent once.

    Example:
        >>> mine = Call("My devices", "/restapi/v1.0/account/~/extension/~/device", (("Name", "name"),))
        >>> TestPanel(session, calls=[mine])
    """

    __test__ = False  # or pytest takes it for a test
    _esm = script("explorer", "sms", "results", shared=("filling",))
    _personal: ClassVar[Details] = {"person": "", "result": None, "form": None, "sms": None}

    def __init__(self, session: Session, *, calls: Sequence[Call] | None = None, writes: bool = False) -> None:
        from ..calls import FIRST_CALLS  # here and below: importing the panels shall be quick

        offered = FIRST_CALLS if calls is None else _checked(calls)
        self._calls = {f"call-{number}": call for number, call in enumerate(offered, start=1)}
        self._are_ours, self._writes = calls is None, writes
        self._reading: Reading | None = None
        self._draft: Draft | None = None
        self._paused: dict[str, float] = {}
        super().__init__(session)

    def _describe(self) -> View:
        title = say("test.title")
        if not self._session.logged_in:
            return {"title": title, **self._login_view()}
        about = say("test.original") if self._are_ours else ""
        view: View = {
            "title": title,
            "status": {"kind": "info", "text": say("test.press"), "why": about},
            "buttons": [{"id": name, "label": call.label} for name, call in self._calls.items()],
        }
        if self._are_ours:
            view["explore"] = say("test.more-calls")
        elif any(call.parameters for call in self._calls.values()):
            view["explore"] = say("test.own-calls")
        if self._writes:
            from .text_message import what_sending_means

            view["sms_note"] = what_sending_means(self._session.environment.name)
        if paused := {name: until for name, until in self._paused.items() if until > time.time()}:
            view["paused"] = paused
        return view

    def _actions(self) -> dict[str, Action]:
        calls = {name: partial(self._call, name) for name in self._calls}
        more: dict[str, Action] = {
            "fill": self._fill,
            "sort": self._sort,
            "more-rows": lambda _: self._read_in_another_way(self._here().with_all_rows()),
            "next-page": lambda _: self._turn(),
            "copy": self._copy,
            "plot": self._plot,
        }
        writing: dict[str, Action] = {"sms": self._write, "sms-send": self._send_message, "sms-drop": self._drop}
        return {**super()._actions(), **calls, **more, **(writing if self._writes else {})}

    def _on_message(self, widget: Any, message: Any, buffers: Any) -> None:
        super()._on_message(widget, message, buffers)
        if isinstance(message, dict) and message.get("ask") == "catalogue":
            self._report({"catalogue": self._offers()})

    # --- calls

    def _catalogue(self) -> dict[str, Call]:
        """The calls that can be searched for and filled in, by the ids of their forms."""
        if not self._are_ours:
            return {name: call for name, call in self._calls.items() if call.parameters}
        from ..api_calls import ALL_CALLS  # here, because most panels are never searched

        return {f"form-{number}": call for number, call in enumerate(ALL_CALLS, start=1)}

    def _offers(self) -> list[Offer]:
        from .forms import offer_of

        return [offer_of(name, call) for name, call in self._catalogue().items()]

    def _call(self, name: str, _value: str) -> None:
        """Make a call as it is; one that has to be filled in first shows its form."""
        from .forms import faults_of

        call = self._calls[name]
        if faults := faults_of(call, {}):
            self._blame(name, faults)
        else:
            self._ask(name, call, call.request())

    def _fill(self, value: str) -> None:
        from .forms import faults_of, read_form

        name, values = read_form(value)
        call = self._catalogue().get(name)
        if call is None:
            raise RingCentralError(say("test.no-such-call"), cure=say("test.run-again"))
        if faults := faults_of(call, values):
            self._blame(name, faults)
            return
        self._tell({"form": None})
        self._ask(name, call, call.request(values))

    def _blame(self, name: str, faults: list[Fault]) -> None:
        self._tell({"form": {"call": name, "faults": faults}})
        self._notice = {
            "kind": "error",
            "text": say("test.fault"),
            "cure": say("test.fault-cure"),
        }

    def _ask(self, name: str, call: Call, path: str, *, on: bool = False) -> None:
        """Make a call and show its answer.

        Args:
            name: Its id.
            call: What was chosen.
            path: What to call, with its query.
            on: Whether it is the next page, so that this one stays until that is there.
        """
        from .results import COPIES, Reading, table_of

        self._refuse_a_call_that_rests(name)
        login = self._session.platform.auth().login
        if not on:
            self._reading = None
            self._tell({"result": None, "form": None})
        self._working = say("test.calling", path=call.path)
        self._show()
        try:
            answer = self._session.call("GET", path)
        except ApiError as error:
            if not on:
                self._tell({"result": {"line": f"GET {masked(path)} → {error.status}"}})
            if error.retry_after is not None:
                self._pause(name, call, error.retry_after)
            raise
        table = table_of(call, answer.data)
        self._read_on(Reading(name, call, _line("GET", path, answer), answer, table, path, login, copies=COPIES))
        self._notice = {"kind": "ok", "text": say("test.answered", call=call.label)}

    def _pause(self, name: str, call: Call, seconds: int) -> None:
        """Ask for nothing that counts for the same rate limit until the server's pause is over."""
        every = {**self._calls, **self._catalogue()}
        same = [each for each, other in every.items() if call.group and other.group == call.group]
        self._paused |= dict.fromkeys((name, *same), time.time() + seconds)

    def _refuse_a_call_that_rests(self, name: str) -> None:
        """Send nothing before its time: another page may not know of the pause yet, and each try may make it longer."""
        left = math.ceil(self._paused.get(name, 0.0) - time.time())
        if left > 0:
            raise RingCentralError(
                say("test.paused"),
                why=say("test.paused-why"),
                cure=say("test.paused-cure", seconds=left),
            )

    # --- the answer

    def _here(self) -> Reading:
        """The answer that the page shows."""
        reading = self._reading
        if reading is None or reading.login is not self._session.platform.auth().login:
            raise RingCentralError(say("test.no-answer"), cure=say("test.no-answer-cure"))
        return reading

    def _read_on(self, reading: Reading) -> None:
        """Show an answer, or show it in another way; unless its login is over."""
        with self._showing:
            if reading.login is self._session.platform.auth().login and self._session.logged_in:
                self._reading = reading
                self._tell({"result": reading.result()})

    def _sort(self, value: str) -> None:
        column = int(value) if value.isascii() and value.isdecimal() and len(value) < 4 else -1
        self._read_in_another_way(self._here().sorted_by(column))

    def _read_in_another_way(self, reading: Reading) -> None:
        self._read_on(reading)
        if reading.table is not None:
            self._notice = {"kind": "ok", "text": f"{reading.table.caption(reading.most)}."}

    def _turn(self) -> None:
        """Read the next page of a list."""
        here = self._here()
        following = here.next_page().removeprefix(self._session.environment.server_url)
        if not following:
            raise RingCentralError(say("test.no-other-page"))
        self._ask(here.name, here.call, following, on=True)

    def _copy(self, kind: str) -> None:
        """Send a text for the clipboard: only when it is asked for, because a list may be long."""
        here = self._here()
        if kind == "csv":
            from ..spreadsheets import csv_text

            if here.table is None:
                raise RingCentralError(say("test.no-rows"), cure=say("test.no-rows-cure"))
            text = csv_text(here.table.columns, here.table.whole())
        else:
            from ..snippets import as_curl, as_python

            request = here.request(self._session.environment.server_url)
            text = as_curl(request) if kind == "curl" else as_python(request)
        self._report({"copied": {"kind": kind, "text": text}})
        self._notice = {"kind": "ok", "text": say("test.to-copy")}

    def _plot(self, look: str) -> None:
        """Draw a call log, for a page that is dark or not. Here, on a worker thread: matplotlib takes its time."""
        from ..call_plot import call_log_counts, draw, headings

        here = self._here()
        self._working = say("test.drawing")
        self._show()
        counts = call_log_counts(here.records)
        svg = draw(counts, dark=look == "dark")
        self._read_on(here.with_picture(svg, counts.sentence(), headings(), counts.rows()))
        self._notice = {"kind": "ok", "text": say("test.drawn")}

    # --- text messages

    def _write(self, value: str) -> None:
        """Look at a message before it is sent: nothing is sent here."""
        from .forms import read_form
        from .text_message import Draft, faults_of_message, plain_number

        _, values = read_form(value)
        faults = faults_of_message(values)
        if faults:
            self._draft = None
            self._tell({"sms": None})
            self._blame("sms", faults)
            return
        self._working = say("sms.looking")
        self._show()
        login = self._session.platform.auth().login
        sender = plain_number(str(values.get("from", ""))) or self._first_sender()
        draft = Draft(sender, plain_number(str(values["to"])), str(values["text"]), login)
        with self._showing:
            if login is self._session.platform.auth().login:
                self._draft = draft
                self._tell({"form": None, "sms": draft.shown()})
        self._notice = {
            "kind": "info",
            "text": say("sms.not-yet"),
            "cure": say("sms.not-yet-cure"),
        }

    def _first_sender(self) -> str:
        from .text_message import NUMBERS_PATH, first_sender

        if sender := first_sender(self._session.call("GET", NUMBERS_PATH).data):
            return sender
        raise RingCentralError(
            say("sms.no-sender"),
            why=say("sms.no-sender-why"),
            cure=say("sms.no-sender-cure"),
        )

    def _drop(self, _value: str) -> None:
        with self._showing:
            self._draft = None
            self._tell({"sms": None})
        self._notice = {"kind": "info", "text": say("sms.dropped")}

    def _send_message(self, once: str) -> None:
        """Send the message that was looked at. Whatever becomes of it, it is not sent again."""
        from .text_message import SMS_PATH, may_have_been_sent

        with self._showing:
            draft = self._draft
            if draft is None or draft.once != once or draft.login is not self._session.platform.auth().login:
                raise RingCentralError(
                    say("sms.sent-nothing"),
                    why=say("sms.sent-nothing-why"),
                    cure=say("sms.sent-nothing-cure"),
                )
            self._draft = None  # before it is sent: whoever comes second finds none
            self._tell({"sms": None, "result": None})
        self._working = say("sms.sending")
        self._show()
        try:
            answer = self._session.call("POST", SMS_PATH, body=draft.body())
        except Exception as error:  # noqa: BLE001  (what has become of it matters more than what has failed)
            told: Status = lesson(error) if isinstance(error, RingCentralError) else unexpected(error)
            if may_have_been_sent(error):
                told["why"] = f"{told.get('why', '')} {say('sms.may-be-sent')}".strip()
                told["cure"] = say("sms.may-be-sent-cure")
            self._notice = told
            return
        from ..calls import Call
        from .results import Reading, table_of

        call = Call(say("sms.message"), SMS_PATH)
        table = table_of(call, answer.data)
        self._read_on(Reading("sms", call, _line("POST", SMS_PATH, answer), answer, table, SMS_PATH, draft.login))
        self._notice = {"kind": "ok", "text": say("sms.taken")}


def _line(method: str, path: str, answer: Answer) -> str:
    request, milliseconds = f"{method} {masked(path)}", f"{answer.seconds * 1000:.0f}"
    return say("answer.line", request=request, status=answer.status, milliseconds=milliseconds)


def _checked(calls: Any) -> Sequence[Call]:
    from ..calls import Call

    if not isinstance(calls, Call) and isinstance(calls, Iterable):
        found = list(calls)
        if all(isinstance(each, Call) for each in found):
            return found
    raise ConfigurationError(
        "calls= is no list of calls.",
        why="Each button of the panel makes one call, which a Call describes.",
        cure='Write a list of them: calls=[Call("My devices", "/restapi/v1.0/account/~/extension/~/device")].',
    )
