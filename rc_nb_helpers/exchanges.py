"""What went over the wire during a login and after it, as the notebook's side sees it.

Secrets are masked when a message is noted, by the rule of :mod:`.redaction`, so none is ever kept. The
record is bounded: it forgets the oldest messages, and keeps the beginning of long ones.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from .forks import in_child
from .labels import bearer, labels_of
from .redaction import HIDDEN, beginning, is_secret, masked

MOST_EXCHANGES = 200
"""How many exchanges are kept; then the oldest is forgotten."""
MOST_CHARACTERS = 4000
"""How much of a URL or a body is kept."""
MOST_PARAMETERS = 50
"""How many parameters of a request are kept."""

Kind = Literal["authorization", "callback", "token", "refresh", "revoke", "API"]

_HEADERS_THAT_MATTER = {
    "authorization",
    "content-type",
    "location",
    "rcrequestid",
    "retry-after",
    "www-authenticate",
    "x-rate-limit-group",
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-window",
}
# Who sends the request, and who answers. The notebook makes the authorization request; the browser brings it.
_ENDS: dict[Kind, tuple[str, str]] = {
    "authorization": ("browser", "server"),
    "callback": ("browser", "notebook"),
}
_FORM = "application/x-www-form-urlencoded"
_MOST_TO_LABEL = 64 * 1024
"""How much of a query or a form is looked at for labels. Half a value would get another label than the whole."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, without secrets.

    Attributes:
        number: Counts the exchanges of a session, from 1.
        kind: ``"authorization"``, ``"callback"``, ``"token"``, ``"refresh"``, ``"revoke"`` or ``"API"``.
        began_at: When it began, in epoch seconds by this machine's clock.
        method: HTTP method.
        url: The address, with its query.
        parameters: Names and values of the query and of a form.
        headers: The request's headers that matter.
        body: The request's body, unless it is a form.
        seconds: How long it took; None while it goes on, and where this side cannot know.
        status: HTTP status code of the answer; None when there is none (yet).
        answer_headers: The answer's headers that matter.
        answer: The answer's body.
        error: What happened, where no answer came or this side refused it; else empty.
        began: When it began, by a clock that nobody sets. No two moments in the record of a session are the same.
        ended: When it ended, by the same clock; None while it goes on.
        labels: What joins it with others of the same login; see :mod:`.labels`. Nothing shows them.
        answer_labels: The same of its answer.
    """

    number: int
    kind: Kind
    began_at: float
    method: str
    url: str
    parameters: Fields = ()
    headers: Fields = ()
    body: str = ""
    seconds: float | None = None
    status: int | None = None
    answer_headers: Fields = ()
    answer: str = ""
    error: str = ""
    began: float = field(default_factory=time.monotonic, repr=False, compare=False)
    ended: float | None = field(default=None, repr=False, compare=False)
    labels: tuple[str, ...] = field(default=(), repr=False, compare=False)
    answer_labels: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def sender(self) -> str:
        """Who sends the request: ``"browser"`` or ``"notebook"``."""
        return _ENDS.get(self.kind, ("notebook", "server"))[0]

    @property
    def receiver(self) -> str:
        """Who answers it: ``"server"`` or ``"notebook"``."""
        return _ENDS.get(self.kind, ("notebook", "server"))[1]

    def __repr__(self) -> str:
        return f"<Exchange {self._headline()}>"

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The exchange as plain text, a line for each part."""
        lines = [f"{self._headline()}, {self.sender} to {self.receiver}", f"  {self.method} {self.url}"]
        lines += [f"  {name}: {value}" for name, value in self.headers]
        lines += [f"    {name} = {value}" for name, value in self.parameters]
        lines += [f"  {line}" for line in self.body.splitlines()]
        if self.status is not None:
            lines.append(f"  → {self.status}")
        lines += [f"  {name}: {value}" for name, value in self.answer_headers]
        lines += [f"  {line}" for line in self.answer.splitlines()]
        lines += [f"  → {self.error}"] if self.error else []
        return "\n".join(lines)

    def _headline(self) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(self.began_at))
        took = "" if self.seconds is None else f", {self.seconds * 1000:.0f} ms"
        return f"{self.number} {self.kind}, {clock}{took}"


class Exchanges(tuple[Exchange, ...]):
    """Exchanges in the order in which they began. ``print`` shows them as plain text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "<no exchanges>"

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """All of them as plain text."""
        return "\n\n".join(each.text() for each in self)

    def har(self, *, personal: bool = False) -> dict[str, Any]:
        """All of them in the format HAR 1.2, for other tools and for questions to others.

        Secrets are masked, as everywhere. Names, numbers, ids and what the API has answered are left out, and the log
        says what was. Browsers' developer tools open such a file (Network, Import HAR), and so do many analysers.

        Args:
            personal: Whether personal data stays in: the bodies of API calls and answers, and all values.

        Returns:
            A dictionary that JSON can hold.

        Example:
            >>> with open("login.har", "w") as file:
            ...     json.dump(session.exchanges.har(), file, indent=2)
        """
        from .har import har  # rarely wanted

        return har(self, personal=personal)


class ExchangeRecord:
    """Keeps the newest exchanges. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._latest = 0.0
        self._kept: dict[int, Exchange] = {}
        self._observers: list[Callable[[], None]] = []
        in_child(self._renew_lock)

    def __repr__(self) -> str:
        return f"<ExchangeRecord of {len(self._kept)}>"

    def read(self) -> Exchanges:
        """What is kept, oldest first."""
        with self._lock:
            return Exchanges(self._kept.values())

    def observe(self, observer: Callable[[], None]) -> None:
        """Call somebody whenever an exchange has begun or ended.

        Args:
            observer: Called without arguments, from any thread. It must return at once. What it raises is only logged.
        """
        self._observers = [*self._observers, observer]

    def unobserve(self, observer: Callable[[], None]) -> None:
        """Call somebody no more.

        Args:
            observer: What was given to :meth:`observe`. Unknown ones are passed over.
        """
        self._observers = [each for each in self._observers if each != observer]

    def _notify(self) -> None:
        for observer in self._observers:
            try:
                observer()
            except Exception as error:  # noqa: BLE001  (a request must not fail because somebody watches it)
                logging.getLogger(__name__).warning("An observer of the exchanges failed: %s", type(error).__name__)

    def _now(self) -> float:
        """The time, later than whatever it was before: some systems' clocks stand still for milliseconds."""
        self._latest = max(time.monotonic(), math.nextafter(self._latest, math.inf))
        return self._latest

    def begin(
        self,
        kind: Kind,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        secrets: Sequence[str] = (),
    ) -> Exchange:
        """Note a request.

        Args:
            kind: What it is for.
            method: HTTP method.
            url: The whole address.
            headers: All its headers; those that matter are kept.
            body: A form, JSON or text.
            secrets: Values that are known to be secret, whatever their name.

        Returns:
            What was noted, for :meth:`end`.
        """
        headers = headers or {}
        is_form = headers.get("Content-Type", "").startswith(_FORM)
        query, form = urlsplit(url).query, body if is_form else ""
        carried = [*parse_qsl(query[:_MOST_TO_LABEL]), *parse_qsl(form[:_MOST_TO_LABEL])]
        noted = Exchange(
            number=0,
            kind=kind,
            began_at=time.time(),
            method=method,
            url=_shown(url, secrets),
            parameters=_parameters(query, secrets) + _parameters(form, secrets),
            headers=_headers(headers, secrets),
            body="" if is_form else _shown(body, secrets),
            labels=labels_of([*carried, *bearer(headers.get("Authorization", ""))]),
        )
        with self._lock:
            self._count += 1
            noted = dataclasses.replace(noted, number=self._count, began=self._now())
            self._kept[self._count] = noted
            if len(self._kept) > MOST_EXCHANGES:
                del self._kept[next(iter(self._kept))]
        self._notify()
        return noted

    def end(
        self,
        begun: Exchange,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        error: str = "",
        secrets: Sequence[str] = (),
    ) -> None:
        """Note the answer to a request, or that there is none.

        Args:
            begun: What :meth:`begin` returned.
            status: HTTP status code.
            headers: All headers of the answer.
            body: Its text.
            error: What happened instead of an answer.
            secrets: Values that are known to be secret, whatever their name.
        """
        ended = dataclasses.replace(
            begun,
            status=status,
            answer_headers=_headers(headers or {}, secrets),
            answer=_shown(body, secrets),
            error=_shown(error, secrets),
            answer_labels=labels_of(_fields(body)) if begun.kind in ("token", "refresh") else (),
        )
        with self._lock:
            now = self._now()
            if begun.number in self._kept:
                self._kept[begun.number] = dataclasses.replace(ended, ended=now, seconds=now - begun.began)
        self._notify()

    def forget(self, begun: Exchange) -> None:
        """Take an exchange out of the record.

        Args:
            begun: What :meth:`begin` returned.
        """
        with self._lock:
            self._kept.pop(begun.number, None)

    def _renew_lock(self) -> None:
        """In a forked process: the thread that held it may be the other process's."""
        self._lock = threading.Lock()


def _shown(text: str, secrets: Sequence[str]) -> str:
    """The beginning of a text, masked."""
    cut = f"… ({len(text)} characters in all)" if len(text) > MOST_CHARACTERS else ""
    return beginning(text, secrets, most=MOST_CHARACTERS) + cut


def _headers(headers: Mapping[str, str], secrets: Sequence[str]) -> Fields:
    return tuple(
        (name, _shown(value, secrets)) for name, value in headers.items() if name.lower() in _HEADERS_THAT_MATTER
    )


def _parameters(form: str, secrets: Sequence[str]) -> Fields:
    pairs = parse_qsl(form[:MOST_CHARACTERS], keep_blank_values=True)[:MOST_PARAMETERS]
    return tuple(
        (name, HIDDEN if value and is_secret(name) else masked(value, secrets=secrets)) for name, value in pairs
    )


def _fields(body: str) -> list[tuple[str, object]]:
    """The fields of a JSON object; none of anything else."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(said.items()) if isinstance(said, dict) else []
