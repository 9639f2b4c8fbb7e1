"""The REST API's message store of an extension, and sending text messages."""

from __future__ import annotations

import re
from typing import Any

from ..company.calls import CONTACTS, DAY, Contact
from ..company.listings import Json
from ..company.messages import Message, find_message, messages_between
from ..company.people import STAFF, Person
from ..errors import ApiRefusal, bad_parameter, not_found
from ..limits import Group
from .rest import EXTENSION, ApiHandler, ResourceHandler, Target

_TYPES = ("Fax", "SMS", "VoiceMail", "Pager", "Text")
_DIRECTIONS = ("Inbound", "Outbound")
_READ_STATUSES = ("Read", "Unread")
_AVAILABILITIES = ("Alive", "Deleted", "Purged")
_E164 = re.compile(r"\+?[1-9][0-9]{9,14}")
_EXTENSION_NUMBER = re.compile(r"[0-9]{1,8}")
_MOST_TEXT_LENGTH = 1000  # in units of UTF-16 (OpenAPI, CreateSMSMessage)


class _PrivateHandler(ApiHandler):
    def may_see_others(self, caller: Person) -> bool:
        """Messages are private: an administrator's role does not open them."""
        return False


class _MessageHandler(_PrivateHandler, ResourceHandler):
    permission = "ReadMessages"
    user_permission = "ReadMessages"


class MessageListHandler(_MessageHandler):
    """``/account/~/extension/~/message-store``."""

    def resource(self, target: Target) -> Json:
        """Messages, newest first: by default those of the last 24 hours, as RingCentral does."""
        query = self.parameters()
        now = self.backend.clock()
        page = query.page()
        end = query.time("dateTo", now)
        start = query.time("dateFrom", end - DAY)
        kinds = query.choices("messageType", _TYPES)
        directions = query.choices("direction", _DIRECTIONS)
        read = query.choices("readStatus", _READ_STATUSES)
        alive = "Alive" in query.choices("availability", _AVAILABILITIES)
        conversation = query.text("conversationId")
        number = query.text("phoneNumber")

        def wanted(message: Message) -> bool:
            return (
                alive
                and start <= message.created <= end
                and message.kind in kinds
                and ("Inbound" if message.inbound else "Outbound") in directions
                and ("Read" if message.read(now) else "Unread") in read
                and (conversation is None or (message.kind == "SMS" and conversation == str(message.conversation)))
                and (number is None or any(number.lstrip("+") == one.number[1:] for one in message.others))
            )

        person = target.caller
        sent = self.backend.messages.of(target.session.client_id, person)
        made_up = messages_between(person, start=start, end=end, now=now, seed=self.backend.seed)
        messages = sorted(
            filter(wanted, [*made_up, *sent]), key=lambda message: (message.created, message.id), reverse=True
        )
        return self.site.resources.messages.page(messages, page, person, now, query.used)


class MessageHandler(_MessageHandler):
    """``/account/~/extension/~/message-store/{messageId}``."""

    def resource(self, target: Target) -> Json:
        """One message."""
        text = target.record_id
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise not_found("messageId")
        now = self.backend.clock()
        sent = self.backend.messages.of(target.session.client_id, target.caller)
        message = next((one for one in sent if one.id == int(text)), None) or find_message(
            target.caller, int(text), now=now, seed=self.backend.seed
        )
        if message is None:
            raise not_found("messageId")
        return self.site.resources.messages.single(message, now)


class SmsHandler(_PrivateHandler):
    """``/account/~/extension/~/sms``: nothing leaves this computer; the message appears in the store."""

    group: Group = "medium"
    permission = "SMS"
    user_permission = "OutboundSMS"

    def post(self, *ids: str) -> None:
        """Check the message and keep it (OpenAPI, CreateSMSMessage)."""
        target = self.target(ids)
        body = self.json_body()
        person = target.caller
        sender = _phone_number(body.get("from"), "from")
        recipients = body.get("to")
        if not isinstance(recipients, list) or not recipients:
            raise bad_parameter("to")
        numbers = [_phone_number(one, "to") for one in recipients]
        text = body.get("text")
        if not isinstance(text, str) or not text or _units(text) > _MOST_TEXT_LENGTH:
            raise bad_parameter("text")
        if sender != person.phone_number:
            message = "Phone number doesn't belong to extension"
            raise ApiRefusal(403, "MSG-304", message, summary="FeatureNotAvailable")
        to = tuple(_known(number) for number in numbers)
        sent = self.backend.messages.send(target.session.client_id, person, to, text)
        self.send_json(200, self.site.resources.messages.record(sent, self.backend.clock()))


def _phone_number(value: Any, name: str) -> str:
    """The number of a caller info in E.164 format, with its plus."""
    number = value.get("phoneNumber") if isinstance(value, dict) else None
    if not isinstance(number, str):
        raise bad_parameter(name)
    if _EXTENSION_NUMBER.fullmatch(number):
        message = "Sending SMS from/to extension numbers is not available"
        raise ApiRefusal(400, "MSG-246", message, summary="InvalidParameter")
    if not _E164.fullmatch(number):
        raise bad_parameter(name)
    return f"+{number.removeprefix('+')}"


def _units(text: str) -> int:
    """The length in units of UTF-16."""
    try:
        return len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError:  # JSON can hold half a character
        raise bad_parameter("text") from None


def _known(number: str) -> Contact:
    """Whose number this is, as far as the company knows."""
    for contact in CONTACTS:
        if contact.number == number:
            return contact
    name = next((person.name for person in STAFF if person.phone_number == number), "")
    return Contact(name, "", number)


ROUTES = [
    (EXTENSION + "/message-store", MessageListHandler),
    (EXTENSION + "/message-store/([^/]+)", MessageHandler),
    (EXTENSION + "/sms", SmsHandler),
]
