"""A text message (SMS) before it is sent: written, looked at, confirmed once.

The API has no way to ask whether a message that was sent before is the same as this one. So each look at a message
gives it a word that is good for one try, and whatever became of that try, the same word sends nothing any more.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, PlatformUnreachable, RingCentralError
from ..sentences.saying import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .view import Fault, Sms

SMS_PATH = "/restapi/v1.0/account/~/extension/~/sms"
NUMBERS_PATH = "/restapi/v1.0/account/~/extension/~/phone-number"
MOST_UNITS = 1000
"""How long a text may be, in units of UTF-16 (OpenAPI, CreateSMSMessage)."""

EXAMPLE = "+12025550123"
"""A number that nobody has."""


@dataclass(frozen=True)
class Draft:
    """A message that was looked at and can be sent once.

    Attributes:
        sender: The number that it comes from.
        receiver: The number that it goes to.
        text: What it says.
        login: The login in which it was written.
        once: The word that sends it.
    """

    sender: str = field(repr=False)
    receiver: str = field(repr=False)
    text: str = field(repr=False)
    login: object = field(repr=False)
    once: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)

    def body(self) -> dict[str, Any]:
        """What is sent."""
        to = [{"phoneNumber": self.receiver}]
        return {"from": {"phoneNumber": self.sender}, "to": to, "text": self.text}

    def shown(self) -> Sms:
        """What a person looks at before it is sent."""
        return {
            "once": self.once,
            "sender": self.sender,
            "receiver": self.receiver,
            "length": len(self.text),
        }


def what_sending_means(environment: str) -> str:
    """What becomes of a message in an environment, and whether it costs.

    Args:
        environment: Its name.
    """
    return {"practice": say("sms.practice"), "sandbox": say("sms.sandbox")}.get(environment, say("sms.real"))


def faults_of_message(values: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a message, field by field; empty when all is well.

    Args:
        values: ``from`` (may be blank), ``to`` and ``text``, as they were written.
    """
    faults: list[Fault] = []
    for name in ("from", "to"):
        number = str(values.get(name, ""))
        if (number.strip() or name == "to") and not re.fullmatch(r"\+[1-9][0-9]{7,14}", plain_number(number)):
            faults.append({"name": name, "text": say("sms.no-number", example=EXAMPLE)})
    text = str(values.get("text", ""))
    if not text.strip():
        faults.append({"name": "text", "text": say("sms.empty")})
    elif len(text.encode("utf-16-le", "replace")) // 2 > MOST_UNITS:
        faults.append({"name": "text", "text": say("sms.too-long", most=MOST_UNITS)})
    return faults


def plain_number(written: str) -> str:
    """A phone number without what people write between its digits."""
    return re.sub(r"[\s()./-]", "", written)


def first_sender(numbers: Any) -> str:
    """The first of a person's numbers that may send texts; empty where there is none.

    Args:
        numbers: What the server says of them.
    """
    records = numbers.get("records") if isinstance(numbers, dict) else None
    for record in records if isinstance(records, list) else []:
        if isinstance(record, dict) and "SmsSender" in (record.get("features") or []):
            return str(record.get("phoneNumber") or "")
    return ""


def may_have_been_sent(error: Exception) -> bool:
    """Whether the server may have taken a message before this went wrong.

    Only an answer that refuses it says that it did not: without an answer, or with one of a server in between,
    nobody knows.

    Args:
        error: What sending it has raised.
    """
    if isinstance(error, ApiError):
        return not 300 <= error.status < 500
    return isinstance(error, PlatformUnreachable) or not isinstance(error, RingCentralError)
