"""The messages of a login and of what follows, as one list: what this side recorded, and what the server did.

A pure function of two records: nothing here asks anybody. What nobody recorded, but must have happened, is there too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from .exchanges import Exchange, Fields
from .found_messages import FoundMessage, Kind, has_code, joined, read_entries
from .redaction import HIDDEN
from .wire_order import gap, in_order, server_ahead

Party = Literal["notebook", "browser", "server"]
State = Literal["expected", "under way", "answered", "failed"]

_ENDS: dict[Kind, tuple[Party, Party]] = {
    "authorization": ("browser", "server"),
    "sign-in": ("browser", "server"),
    "consent": ("browser", "server"),
    "callback": ("browser", "notebook"),
}


@dataclass(frozen=True)
class Message:
    """One request and its answer.

    Attributes:
        key: Names it. It stays the same while more becomes known of the message.
        login: The login that it belongs to, counted from 1; 0 where none is known.
        kind: What it is for.
        sender: Who sends the request: ``"notebook"`` or ``"browser"``.
        receiver: Who answers it: ``"server"`` or ``"notebook"``.
        through_browser: Whether it goes through the person's browser, and not behind its back.
        method: HTTP method; empty where nobody recorded it.
        url: The address; of what the server alone has recorded, its path.
        parameters: Names and values of query and form.
        headers: The request's headers that matter.
        body: The request's body, unless it is a form.
        status: HTTP status code of the answer; None when there is none, or nobody knows.
        answer_headers: The answer's headers that matter.
        answer: The answer's body.
        error: What happened, where no answer came or this side refused it; else empty.
        code: RingCentral's error code, or OAuth's word for the error; practice says ``sign-in`` of a wrong password.
            Empty when there is none.
        seconds: How long it took; None where that is not known.
        gap: Seconds from the beginning of the message before it to the beginning of this one; None where no
            one clock has seen both.
        seen_by: Who has recorded it: ``"notebook"``, ``"server"``, both; empty where it is inferred.
        state: ``"expected"`` (nobody has sent it yet, as far as is known), ``"under way"``, ``"answered"`` or
            ``"failed"``.
    """

    key: str
    login: int
    kind: Kind
    sender: Party
    receiver: Party
    through_browser: bool
    method: str = ""
    url: str = ""
    parameters: Fields = ()
    headers: Fields = ()
    body: str = ""
    status: int | None = None
    answer_headers: Fields = ()
    answer: str = ""
    error: str = ""
    code: str = ""
    seconds: float | None = None
    gap: float | None = None
    seen_by: frozenset[str] = frozenset()
    state: State = "answered"

    @property
    def inferred(self) -> bool:
        """Whether nobody has recorded it: it must have happened, because of what followed."""
        return not self.seen_by

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The message in one line."""
        outcome = self.error or " ".join(filter(None, [str(self.status or ""), self.code])) or self.state
        took = "" if self.seconds is None else f", {self.seconds * 1000:.0f} ms"
        request = f" {self.method} {self.url.partition('?')[0]}" if self.url else ""
        inferred = " (inferred)" if self.inferred else ""
        return f"{self.sender} → {self.receiver}  {self.kind}{inferred}:{request} → {outcome}{took}"


class Wire(tuple[Message, ...]):
    """Messages in the order of cause and effect. ``print`` shows them as plain text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Wire of {len(self)}>"

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """All of them as plain text, a line for each."""
        return "\n".join(each.text() for each in self)


def merge(exchanges: Sequence[Exchange], entries: Sequence[Mapping[str, Any]]) -> Wire:
    """Make one list of what both sides recorded.

    Args:
        exchanges: What this side recorded.
        entries: What the practice platform recorded of this app, as its controls tell it; may be empty. ``run`` in
            an entry names the run of the platform in which it was made.

    Returns:
        Each message once, in an order that cause and effect allow. A message stands where its request was sent or,
        where its sender recorded nothing, where it arrived. What must have happened in between, though nobody
        recorded it, is there too.
    """
    found = joined(exchanges, read_entries(entries))
    groups = _Groups(found)
    ahead = server_ahead(found)
    messages: list[Message] = []
    before: FoundMessage | None = None
    for each in in_order(found, ahead):
        messages += groups.inferred_before(each)
        messages.append(replace(groups.message(each), gap=gap(before, each, ahead) if before else None))
        before = each
    return Wire(messages)


class _Groups:
    """The logins: messages that share labels belong together."""

    def __init__(self, found: Sequence[FoundMessage]) -> None:
        self._leader: dict[str, str] = {}
        for each in found:
            labels = sorted(each.labels | each.answer_labels)
            for label in labels:
                self._leader[self._group_of(label)] = self._group_of(labels[0])
        self._members: defaultdict[str, list[FoundMessage]] = defaultdict(list)
        for each in found:
            self._members[self._group(each)].append(each)
        self._logins: dict[str, int] = {}
        self._inferred: set[str] = set()

    def _group_of(self, label: str) -> str:
        while (leader := self._leader.setdefault(label, label)) != label:
            self._leader[label] = label = self._leader[leader]
        return label

    def _group(self, each: FoundMessage) -> str:
        labels = each.labels or each.answer_labels
        return self._group_of(min(labels)) if labels else ""

    def _login(self, each: FoundMessage) -> int:
        """Counts the logins as they are asked for. A callback or a code from nowhere makes none."""
        group = self._group(each)
        if group and group not in self._logins:
            makes_one = any(
                one.kind in ("authorization", "refresh", "revoke", "API") or (one.kind == "token" and one.answer_labels)
                for one in self._members[group]
            )
            if not makes_one:
                return 0
            self._logins[group] = len(self._logins) + 1
        return self._logins.get(group, 0)

    def message(self, each: FoundMessage) -> Message:
        """The message that was found."""
        exchange, entry = each.exchange, each.entry
        sender, receiver = _ENDS.get(each.kind, ("notebook", "server"))
        if each.kind == "other" and entry and not entry.path.startswith("/practice/controls"):
            sender = "browser"
        code = (entry.code if entry else "") or (_code_of(exchange) if exchange else "")
        # What became of a request, its sender knows best; of what a browser has sent, the server.
        answered_by_entry = entry is not None and (exchange is None or sender == "browser")
        status = entry.status if entry and answered_by_entry else exchange.status if exchange else None
        error = exchange.error if exchange else ""
        seconds = exchange.seconds if exchange else None
        message = Message(
            key=f"n{exchange.number}" if exchange else entry.key if entry else "",
            login=self._login(each),
            kind=each.kind,
            sender=sender,
            receiver=receiver,
            through_browser="browser" in (sender, receiver),
            method=exchange.method if exchange else entry.method if entry else "",
            url=exchange.url if exchange else entry.path if entry else "",
            parameters=exchange.parameters if exchange else entry.parameters if entry else (),
            status=status,
            error=error,
            code=code,
            seconds=entry.seconds if entry and seconds is None and (status or error) else seconds,
            seen_by=frozenset(filter(None, ["notebook" if exchange else "", "server" if entry else ""])),
            state=self._state(each, failed=bool(error or code or (status or 0) >= 400)),
        )
        if exchange is None:
            return message
        return replace(
            message,
            headers=exchange.headers,
            body=exchange.body,
            answer_headers=exchange.answer_headers,
            answer=exchange.answer,
        )

    def _state(self, each: FoundMessage, *, failed: bool) -> State:
        if failed:
            return "failed"
        if each.exchange is None or each.exchange.ended is not None or each.exchange.seconds is not None:
            return "answered"
        if each.kind != "authorization":
            return "under way"
        has_come = each.entry or any(one.kind == "callback" for one in self._members[self._group(each)])
        return "answered" if has_come else "expected"

    def inferred_before(self, each: FoundMessage) -> list[Message]:
        """What must have come before a message, where nobody has recorded it."""
        group = self._group(each)
        members = self._members[group] if group else []
        asked = next((one for one in members if one.kind == "authorization"), None)
        if asked is None or group in self._inferred:
            return []
        if each.kind == "callback" and asked.exchange and not any(one.entry for one in members if one.kind in _PAGES):
            parameters = dict(each.exchange.parameters if each.exchange else ())
            # Anything but a code or a no may have come without anybody having been asked.
            if "code" not in parameters and parameters.get("error") != "access_denied":
                return []
            if ("prompt", "none") in asked.exchange.parameters:
                return []
            self._inferred.add(group)
            key = f"n{asked.exchange.number}-sign-in"
            return [Message(key, self._login(asked), "sign-in", "browser", "server", through_browser=True)]
        if each.kind == "token" and each.entry and not each.exchange and has_code(each.labels):
            if any(one.kind == "callback" for one in members) or not asked.entry:
                return []
            self._inferred.add(group)
            sent = dict(asked.entry.parameters)
            return [
                Message(
                    f"{each.entry.key}-callback",
                    self._login(asked),
                    "callback",
                    "browser",
                    "notebook",
                    through_browser=True,
                    method="GET",
                    url=sent.get("redirect_uri", ""),
                    parameters=(("code", HIDDEN), *((("state", HIDDEN),) if "state" in sent else ())),
                )
            ]
        return []


_PAGES: tuple[Kind, ...] = ("authorization", "sign-in", "consent")


def _code_of(exchange: Exchange) -> str:
    """The code or the word that an answer, or a callback, gives for an error."""
    if exchange.kind == "callback":
        return dict(exchange.parameters).get("error", "")
    try:
        said = json.loads(exchange.answer)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict) or ((exchange.status or 0) < 400 and exchange.kind == "API"):
        return ""
    several = said.get("errors")
    first = several[0] if isinstance(several, list) and several else None
    code = said.get("errorCode") or (first.get("errorCode") if isinstance(first, dict) else "") or said.get("error")
    return code if isinstance(code, str) else ""
