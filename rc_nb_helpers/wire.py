"""The messages of a login and of what follows, as one list: what this side recorded, and what the server did.

A pure function of two records: nothing here asks anybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .exchanges import Exchange, Fields

Kind = Literal["authorization", "sign-in", "consent", "callback", "token", "refresh", "revoke", "API", "other"]
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
        code: RingCentral's error code, or OAuth's word for the error; empty when there is none.
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
        entries: What the practice platform recorded of this app, as its controls tell it; may be empty.

    Returns:
        Each message once, in an order that cause and effect allow.
    """
    del entries
    messages: list[Message] = []
    login, asked = 0, -1
    for number, each in enumerate(exchanges):
        if each.kind == "authorization":
            login, asked = login + 1, len(messages)
        if each.kind == "callback" and asked >= 0 and messages[asked].state == "expected":
            first = messages[asked]
            messages[asked] = Message(**{**vars(first), "state": "answered"})
            messages.append(Message(f"{first.key}-sign-in", login, "sign-in", "browser", "server", True))
        sender, receiver = _ENDS.get(each.kind, ("notebook", "server"))
        code = _code_of(each)
        failed = each.error or code or (each.status or 0) >= 400
        going_on = each.seconds is None
        messages.append(
            Message(
                key=f"n{each.number}",
                login=login,
                kind=each.kind,
                sender=sender,
                receiver=receiver,
                through_browser="browser" in (sender, receiver),
                method=each.method,
                url=each.url,
                parameters=each.parameters,
                headers=each.headers,
                body=each.body,
                status=each.status,
                answer_headers=each.answer_headers,
                answer=each.answer,
                error=each.error,
                code=code,
                seconds=each.seconds,
                gap=max(0.0, each.began_at - exchanges[number - 1].began_at) if number else None,
                seen_by=frozenset({"notebook"}),
                state="failed"
                if failed
                else ("expected" if each.kind == "authorization" else "under way" if going_on else "answered"),
            )
        )
    return Wire(messages)


def _code_of(exchange: Exchange) -> str:
    if exchange.kind == "callback":
        return dict(exchange.parameters).get("error", "")
    if exchange.status is None or exchange.status < 400:
        return ""
    try:
        said = json.loads(exchange.answer)
        return str(said.get("errorCode") or said["errors"][0]["errorCode"])
    except (ValueError, AttributeError, LookupError, TypeError, RecursionError):
        return ""
