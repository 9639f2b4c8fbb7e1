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
from .found_messages import Entry, FoundMessage, Kind, has_code, joined, read_entries
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
            one clock has seen both, and where that one belongs to another login.
        seen_by: Who has recorded it: ``"notebook"``, ``"server"``, both; empty where it is inferred.
        brought: Names of what its answer has brought, where the server alone tells of it.
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
    brought: tuple[str, ...] = ()
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
    login = 0
    for each in in_order(found, ahead):
        messages += groups.inferred_before(each)
        message = groups.message(each)
        if before and message.login == login:  # how long ago another login was says nothing about this one
            message = replace(message, gap=gap(before, each, ahead))
        messages.append(message)
        before, login = each, message.login
    return Wire(messages)


def with_inferred(message: Message) -> Message:
    """A message with what must have stood in it, where the server alone has recorded it: it keeps no header, no answer.

    It has answered well. So it knew the app by its id and secret, or the login by its access token.

    Args:
        message: The message.

    Returns:
        The same message where nothing follows.
    """
    if message.seen_by != {"server"} or not 200 <= (message.status or 0) < 300:
        return message
    scheme = {"token": "Basic", "refresh": "Basic", "revoke": "Basic", "API": "Bearer"}.get(message.kind)
    if scheme is None or any(name == "client_id" for name, _ in message.parameters):
        return message
    fields = {name: "…" if name == "expires_in" else HIDDEN for name in message.brought}
    answer = json.dumps(fields, indent=2, ensure_ascii=False) if fields else ""
    return replace(message, headers=(("Authorization", f"{scheme} {HIDDEN}"),), answer=answer)


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
        message = _seen_by_both(each)
        failed = bool(message.error or message.code or (message.status or 0) >= 400)
        return replace(message, login=self._login(each), state="failed" if failed else self._state(each))

    def _state(self, each: FoundMessage) -> State:
        if each.exchange is None or each.exchange.ended is not None:
            return "answered"
        if each.kind != "authorization":
            return "under way"
        has_come = each.entry or any(one.kind == "callback" for one in self._members[self._group(each)])
        return "answered" if has_come else "expected"

    def inferred_before(self, each: FoundMessage) -> list[Message]:
        """What must have come before a message, where nobody has recorded it."""
        if each.kind not in ("callback", "token") or not each.labels:
            return []
        group = self._group(each)
        members = self._members[group]
        asked = next((one for one in members if one.kind == "authorization"), None)
        if asked is None or group in self._inferred:
            return []
        kinds_of_server = {one.kind for one in members if one.entry}
        inferred = None
        if each.kind == "callback" and asked.exchange and not kinds_of_server & _PAGES:
            inferred = _sign_in_between(asked.exchange, each)
        elif asked.entry and each.entry and not each.exchange and not any(one.kind == "callback" for one in members):
            inferred = _callback_between(asked.entry, each.entry)
        if inferred is None:
            return []
        self._inferred.add(group)
        return [replace(inferred, login=self._login(asked))]


_PAGES: set[Kind] = {"authorization", "sign-in", "consent"}


def _seen_by_both(each: FoundMessage) -> Message:
    """What both have seen of it. What became of a request, its sender knows best; of a browser's, the server."""
    ours, theirs = _seen_by_notebook(each.exchange), _seen_by_server(each.entry)
    if ours is None or theirs is None:
        return ours or theirs or Message("", 0, "other", "browser", "server", through_browser=True)
    both = replace(ours, seen_by=ours.seen_by | theirs.seen_by, code=theirs.code or ours.code)
    return replace(both, status=theirs.status, seconds=theirs.seconds) if both.kind == "authorization" else both


def _seen_by_notebook(exchange: Exchange | None) -> Message | None:
    if exchange is None:
        return None
    sender, receiver = _ENDS.get(exchange.kind, ("notebook", "server"))
    return Message(
        f"n{exchange.number}",
        0,
        exchange.kind,
        sender,
        receiver,
        through_browser=sender == "browser",
        method=exchange.method,
        url=exchange.url,
        parameters=exchange.parameters,
        headers=exchange.headers,
        body=exchange.body,
        status=exchange.status,
        answer_headers=exchange.answer_headers,
        answer=exchange.answer,
        error=exchange.error,
        code=_code_of(exchange),
        seconds=exchange.seconds,
        seen_by=frozenset({"notebook"}),
    )


def _seen_by_server(entry: Entry | None) -> Message | None:
    if entry is None:
        return None
    sender, receiver = _ENDS.get(entry.kind, ("notebook", "server"))
    if entry.kind == "other" and not entry.path.startswith("/practice/controls"):
        sender = "browser"
    return Message(
        entry.key,
        0,
        entry.kind,
        sender,
        receiver,
        through_browser=sender == "browser",
        method=entry.method,
        url=entry.path,
        parameters=entry.parameters,
        status=entry.status,
        code=entry.code,
        seconds=entry.seconds,
        seen_by=frozenset({"server"}),
        brought=_brought(entry),
    )


def _brought(entry: Entry) -> tuple[str, ...]:
    """The fields of an answer with tokens, as far as the labels of its one-time values tell them."""
    tokens = sum(label.startswith("token:") for label in entry.answer_labels)
    if entry.kind not in ("token", "refresh") or not tokens:
        return ()
    return ("access_token", "expires_in", *(("refresh_token",) if tokens > 1 else ()))


def _sign_in_between(asked: Exchange, callback: FoundMessage) -> Message | None:
    """The person's part, where the server tells nothing: they sign in and allow, or say no."""
    answer = dict(callback.exchange.parameters if callback.exchange else ())
    # Anything but a code or a no may have come without anybody having been asked; so may a code with prompt=none.
    if ("code" not in answer and answer.get("error") != "access_denied") or ("prompt", "none") in asked.parameters:
        return None
    return Message(f"n{asked.number}-sign-in", 0, "sign-in", "browser", "server", through_browser=True)


def _callback_between(asked: Entry, token: Entry) -> Message | None:
    """The way of the code to a program that records nothing here."""
    if not has_code(token.labels):
        return None
    sent = dict(asked.parameters)
    carried = [name for name in ("code", "state") if name == "code" or name in sent]
    return Message(
        f"{token.key}-callback",
        0,
        "callback",
        "browser",
        "notebook",
        through_browser=True,
        method="GET",
        url=sent.get("redirect_uri", ""),
        parameters=tuple((name, HIDDEN) for name in carried),
    )


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
