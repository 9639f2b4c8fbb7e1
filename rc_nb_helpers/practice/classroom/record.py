"""The record of requests: what came in, with every secret masked, and how far each app has got.

Whoever shows it (a learner's view of the wire, an instructor's board) reads it here or subscribes to it; nobody
else reports anything. It is kept in memory and bounded. The requests are gone with the platform; of a class, the
progress outlives it (``class_file``).
"""

from __future__ import annotations

import logging
import re
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import shown
from ..stages import Stage

MOST_ENTRIES = 2000
MOST_ENTRIES_PER_APP = 200
MOST_APPS = 2000
_MOST_PARAMETERS = 20
_MOST_NAMES = 20
MASK = "•••"

# What may be shown. Everything else is masked: a list of secrets would never be complete.
_PUBLIC = frozenset(
    {
        "access_token_ttl",
        "brandId",
        "brand_id",
        "code_challenge_method",
        "dateFrom",
        "dateTo",
        "decision",
        "direction",
        "display",
        "grant_type",
        "messageType",
        "page",
        "perPage",
        "prompt",
        "refresh_token_ttl",
        "response_type",
        "scope",
        "type",
        "ui_locales",
        "view",
    }
)

# No path of ours has such a sign: a question ran into it, as where a link lacks its question mark.
_QUESTION = re.compile(r"(=|%3D).*", re.IGNORECASE)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One request and how it was answered.

    Attributes:
        number: Counts from 1 without gaps.
        at: The real time, in seconds since the epoch.
        duration: Seconds.
        client_id: The app that it is from; empty when that was not clear.
        username: The person whom it is about; empty when that was not clear.
        method: That of HTTP.
        path: The address without host and query, masked where a query has run into it.
        parameters: Those of query and form, masked.
        status: That of HTTP.
        code: RingCentral's error code, or ``sign-in`` for a wrong password; empty when nothing went wrong.
        stage: What was reached by it.
        also: What was seen in it beside that, such as a state that was sent.
        after: The number of the newest entry when it came in: those up to it were answered before this one came.
        request_id: The ``RCRequestId`` of its answer.
        labels: Those of the one-time values in it; see ``labels``. No page shows them.
        answer_labels: Those of the one-time values in its answer.
    """

    number: int
    at: float
    duration: float
    client_id: str
    username: str
    method: str
    path: str
    parameters: Mapping[str, str]
    status: int
    code: str
    stage: Stage | None
    after: int
    request_id: str = ""
    labels: tuple[str, ...] = field(default=(), repr=False)
    answer_labels: tuple[str, ...] = field(default=(), repr=False)
    also: tuple[Stage, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What the controls answer with."""
        return asdict(self)


@dataclass
class Progress:
    """How far an app has got. Times are real ones, in seconds since the epoch.

    Attributes:
        client_id: The app.
        owner: Who registered it, as apps know it.
        app_name: What it is called.
        usernames: Who signed in to it, in that order.
        stages: When each was reached for the first time.
        errors: How often each error code was met.
        last_error: The code that was met last.
        requests: How many there were.
        seen_at: When the last one was.
    """

    client_id: str
    owner: str = field(default="", repr=False)
    app_name: str = ""
    usernames: list[str] = field(default_factory=list)
    stages: dict[Stage, float] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    last_error: str = ""
    requests: int = 0
    seen_at: float = 0.0

    def copy(self) -> Progress:
        """A copy of it as it is now."""
        return replace(self, usernames=list(self.usernames), stages=dict(self.stages), errors=Counter(self.errors))

    def as_json(self) -> dict[str, Any]:
        """What the controls answer with, without the owner, a name by which a browser is known."""
        shown_fields = {name: value for name, value in vars(self).items() if name != "owner"}
        return shown_fields | {"stages": {stage.value: at for stage, at in self.stages.items()}}

    def to_keep(self) -> dict[str, Any]:
        """All of it as plain JSON data."""
        return self.as_json() | {"owner": self.owner}

    @staticmethod
    def from_kept(kept: Mapping[str, Any]) -> Progress:
        """What ``to_keep`` returned; stages that this version does not know are left out."""
        known = {stage.value: stage for stage in Stage}
        return Progress(
            client_id=str(kept["client_id"]),
            owner=str(kept["owner"]),
            app_name=str(kept["app_name"]),
            usernames=[str(name) for name in kept["usernames"]],
            stages={known[name]: float(at) for name, at in kept["stages"].items() if name in known},
            errors=Counter({str(code): int(count) for code, count in kept["errors"].items()}),
            last_error=str(kept["last_error"]),
            requests=int(kept["requests"]),
            seen_at=float(kept["seen_at"]),
        )

    def take(self, entry: Entry) -> None:
        """Note what ``entry`` says."""
        self.requests += 1
        self.seen_at = entry.at
        if entry.username and entry.username not in self.usernames and len(self.usernames) < _MOST_NAMES:
            self.usernames.append(entry.username)
        for stage in filter(None, (*entry.also, entry.stage)):
            self.stages.setdefault(stage, entry.at)
        if entry.code:
            self.errors[entry.code] += 1
            self.last_error = entry.code


Subscriber = Callable[[Entry], None]


class Record:
    """The latest requests, and the progress of each app. Only the thread of the event loop may use it.

    Attributes:
        run: Names this record. After a restart it has another name, and numbers start again.
        unknown: What went wrong in requests that belong to no app, such as one with a mistyped client id.
        part_began_at: When the part of the lesson began for which progress is counted; None: all of it is.
    """

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._by_app: dict[str, deque[int]] = {}
        self._progress: dict[str, Progress] = {}
        self._in_part: dict[str, Progress] = {}
        self.part_began_at: float | None = None
        self.run = secrets.token_hex(8)
        self.unknown = Progress("")
        self._subscribers: list[Subscriber] = []
        self._count = 0

    @property
    def newest(self) -> int:
        """The number of the newest entry; 0 before the first."""
        return self._count

    def add(
        self,
        *,
        at: float,
        duration: float,
        client_id: str = "",
        app_name: str = "",
        owner: str = "",
        username: str = "",
        method: str,
        path: str,
        parameters: Mapping[str, str],
        status: int,
        code: str = "",
        stage: Stage | None = None,
        after: int | None = None,
        request_id: str = "",
        labels: tuple[str, ...] = (),
        answer_labels: tuple[str, ...] = (),
        also: tuple[Stage, ...] = (),
    ) -> None:
        """Keep a request, and tell the subscribers.

        The arguments are those of ``Entry`` and ``Progress``. ``parameters`` are masked here; a request with an error
        ``code`` reaches ERROR_MET. Without ``after`` nothing else was answered while it lasted.
        """
        self._count += 1
        entry = Entry(
            number=self._count,
            at=at,
            duration=duration,
            client_id=client_id,
            username=username,
            method=method,
            path=_QUESTION.sub(rf"\1{MASK}", shown(path)),
            parameters=masked(parameters, client_id=client_id),
            status=status,
            code=code,
            stage=Stage.ERROR_MET if code else stage,
            after=self._count - 1 if after is None else after,
            request_id=request_id,
            labels=labels,
            answer_labels=answer_labels,
            also=also,
        )
        self._keep(entry)
        if client_id:
            progress = self._progress_of(client_id)
            progress.app_name, progress.owner = app_name, owner
            progress.take(entry)
        elif entry.code:
            self.unknown.take(entry)
        if self.part_began_at is not None and (client_id in self._progress or entry.code):
            self._in_part.setdefault(client_id, Progress(client_id)).take(entry)
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(entry)
            except Exception:  # a broken view must not break a request
                log.exception("A subscriber of the record failed and is dropped")
                self._subscribers.remove(subscriber)

    def whose(self, labels: Sequence[str]) -> str:
        """The client id of the app to which one of these one-time values was given; empty: that is not known.

        A token that was revoked is no app's any more. But whose it was stands in the record.

        Args:
            labels: Those of the values.
        """
        wanted = frozenset(labels)
        latest_first = reversed(self._entries.values()) if wanted else ()
        return next((one.client_id for one in latest_first if one.client_id and wanted & {*one.answer_labels}), "")

    def entries(self, *, client_id: str | None = None, after: int = 0) -> list[Entry]:
        """The requests that are kept, oldest first.

        Args:
            client_id: The app whose requests are wanted; None: those of all.
            after: Only requests with a higher number than this.
        """
        numbers: Iterable[int] = self._entries if client_id is None else self._by_app.get(client_id, ())
        return [self._entries[number] for number in numbers if number > after]

    def progress(self) -> list[Progress]:
        """How far each app has got, in the order in which they were first seen."""
        return list(self._progress.values())

    def begin_part(self, at: float) -> None:
        """Count anew what each app reaches and meets. What came before stays in ``progress``."""
        self._in_part.clear()
        self.part_began_at = at

    def end_part(self) -> None:
        """Count everything again."""
        self._in_part.clear()
        self.part_began_at = None

    def counted(self, progress: Progress) -> Progress:
        """What counts of an app's progress: that of this part of the lesson, or all where no part was begun."""
        if self.part_began_at is None:
            return progress
        return self._in_part.get(progress.client_id) or Progress(progress.client_id)

    def to_keep(self) -> dict[str, Any]:
        """The progress of each app as plain JSON data. The requests themselves end with the platform."""
        return {
            "apps": [one.to_keep() for one in self._progress.values()],
            "unknown": self.unknown.to_keep(),
            "part_began_at": self.part_began_at,
            "in_part": [one.to_keep() for one in self._in_part.values()],
        }

    def take_back(self, kept: Mapping[str, Any]) -> None:
        """Go on from the progress that was kept."""
        apps = [Progress.from_kept(one) for one in kept["apps"][-MOST_APPS:]]
        self._progress = {one.client_id: one for one in apps}
        self.unknown = Progress.from_kept(kept["unknown"])
        part = [Progress.from_kept(one) for one in kept.get("in_part", [])[-MOST_APPS:]]
        self._in_part = {one.client_id: one for one in part}
        began_at = kept.get("part_began_at")
        self.part_began_at = None if began_at is None else float(began_at)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` in the event loop with each entry from now on; return a function that ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def forget(self, client_id: str | None = None) -> None:
        """Forget the requests and the progress of one app, or of all. Subscribers stay."""
        if client_id is None:
            self._entries.clear()
            self._by_app.clear()
            self._progress.clear()
            self.unknown = Progress("")
            self.end_part()
            return
        for number in self._by_app.pop(client_id, ()):
            del self._entries[number]
        self._progress.pop(client_id, None)
        self._in_part.pop(client_id, None)

    def _keep(self, entry: Entry) -> None:
        mine = self._by_app.setdefault(entry.client_id, deque())
        if len(mine) >= MOST_ENTRIES_PER_APP:
            del self._entries[mine.popleft()]
        elif len(self._entries) >= MOST_ENTRIES:
            # The oldest of all is also the oldest of its app.
            oldest = self._entries.pop(next(iter(self._entries)))
            theirs = self._by_app[oldest.client_id]
            theirs.popleft()
            if not theirs and theirs is not mine:
                del self._by_app[oldest.client_id]
        mine.append(entry.number)
        self._entries[entry.number] = entry

    def _progress_of(self, client_id: str) -> Progress:
        progress = self._progress.get(client_id)
        if progress is None:
            if len(self._progress) >= MOST_APPS:
                # The oldest in which nobody has signed in: whoever makes app after app shall push no other one out.
                oldest = min(self._progress, key=lambda one: bool(self._progress[one].usernames))
                del self._progress[oldest]
                self._in_part.pop(oldest, None)
            progress = self._progress[client_id] = Progress(client_id)
        return progress


def masked(parameters: Mapping[str, str], *, client_id: str = "") -> dict[str, str]:
    """``parameters`` fit to show: the values of those that cannot be secret, and a mask for all others.

    A client id is shown only where it is the id of an app (``client_id``), for what people paste there by mistake
    is the secret; a redirect URI without its query.
    """
    fit = {}
    for name, value in list(parameters.items())[:_MOST_PARAMETERS]:
        if name in _PUBLIC or (name == "client_id" and value == client_id):
            fit[name] = shown(value)
        elif name == "redirect_uri":
            fit[name] = shown(value.partition("?")[0])
        else:
            fit[shown(name)] = MASK
    return fit
