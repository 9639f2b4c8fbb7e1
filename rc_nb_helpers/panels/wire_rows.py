"""A message of the wire as a panel shows it: in words, as HTTP, curl and Python, and with what stands in it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..meanings import meaning_of
from ..sentences.saying import say
from ..snippets import as_curl, as_http, as_python, reply_of, request_of
from ..stills import step_of, why_failed

if TYPE_CHECKING:
    from ..wire import Message
    from .view import Meant, MeantPlace, Problem, Seen

_MOST_FIELDS = 30
"""How many parameters, headers and fields of a message are explained."""
_MOST_CHARACTERS = 200
"""How much of each value stands beside its explanation."""


def row_of(message: Message, server: str) -> Seen:
    """Describe a message for the page.

    Args:
        message: The message.
        server: What stands there for RingCentral.
    """
    step = step_of(message, server)
    parties = {"notebook": say("wire.your-notebook"), "browser": say("wire.your-browser"), "server": server}
    line = replace(step, sender=parties[message.sender], receiver=parties[message.receiver]).sentence()
    request = request_of(message) if message.method and message.url else None
    return {
        "key": message.key,
        "login": message.login,
        "sender": message.sender,
        "receiver": message.receiver,
        "through": message.through_browser,
        "state": message.state,
        "unseen": message.inferred,
        "label": step.text,
        "how": step.how(),
        "times": _times(message),
        "line": line[0].upper() + line[1:],
        "problem": _problem(message, step.answer) if message.state == "failed" else None,
        "http": as_http(request, reply_of(message)) if request else _words_for_none(message),
        "curl": as_curl(request) if request else "",
        "python": as_python(request) if request else "",
        "meanings": list(_meanings(message)),
    }


def _words_for_none(message: Message) -> str:
    return say("wire.not-sent-yet" if message.state == "expected" else "wire.unseen")


def _problem(message: Message, came: str) -> Problem:
    """Why a message has failed, and what to do about it."""
    cause = why_failed(message)
    happened = message.error or (say("wire.answer-was", answer=came) if came else say("wire.it-failed"))
    if message.kind == "callback" and message.code:
        happened = say("wire.error-for-code", code=message.code)
    return {"text": happened, "why": cause.why, "cure": cause.cure, "section": cause.section, "link": cause.link}


def _times(message: Message) -> str:
    after = "" if message.gap is None else say("wire.later", time=_duration(message.gap))
    took = "" if message.seconds is None else say("wire.took", time=_duration(message.seconds))
    return ", ".join(filter(None, (after, took)))


def _duration(seconds: float) -> str:
    if seconds < 1:
        return say("span.milliseconds", count=f"{seconds * 1000:.0f}")
    if seconds < 60:
        return say("span.seconds", count=f"{seconds:.1f}")
    return say("span.minutes", count=f"{seconds / 60:.0f}")


def _meanings(message: Message) -> Iterator[Meant]:
    """What stands in a message: all its parameters; of headers and of the answer what has a meaning here."""
    number = 0
    for place, name, value in _fields(message):
        meaning = meaning_of(name, message.kind)
        if meaning is None and place != "parameter":
            continue
        number += 1
        if number > _MOST_FIELDS:
            return
        yield {
            "name": name[:_MOST_CHARACTERS],
            "value": value if len(value) <= _MOST_CHARACTERS else f"{value[:_MOST_CHARACTERS]}…",
            "place": place,
            "purpose": meaning.purpose if meaning else "",
            "protects": meaning.protects if meaning else "",
            "source": meaning.source if meaning else "",
            "link": meaning.link if meaning else "",
        }


def _fields(message: Message) -> Iterator[tuple[MeantPlace, str, str]]:
    """Where something stands in a message, its name, and its value."""
    for name, value in message.parameters:
        yield "parameter", name, value
    for name, value in message.headers:
        yield "header", name, value
    for name, value in message.answer_headers:
        yield "answer-header", name, value
    try:
        answer = json.loads(message.answer)
    except (ValueError, RecursionError):  # none, no JSON, or cut off
        return
    for name, value in answer.items() if isinstance(answer, dict) else ():
        yield "answer-field", name, value if isinstance(value, str) else json.dumps(value)
