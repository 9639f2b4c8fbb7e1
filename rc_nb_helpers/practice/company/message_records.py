"""Messages as JSON: GetMessageInfoResponse of RingCentral's public OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .calls import Contact
from .listings import Json, iso_time, listing
from .messages import Message
from .people import Person
from .queries import Page
from .uris import Uris

_CONTENT = {
    "SMS": ("Text", "text/plain"),
    "VoiceMail": ("AudioRecording", "audio/x-wav"),
    "Fax": ("RenderedDocument", "application/pdf"),
}


class MessageRecords:
    """Writes messages as they are at the moment ``now``, in seconds since the epoch."""

    def __init__(self, uris: Uris) -> None:
        self._uris = uris

    def page(
        self, messages: Sequence[Message], page: Page, person: Person, now: float, filters: Mapping[str, list[str]]
    ) -> Json:
        """GetMessageList."""
        uri = f"{self._uris.extension(person)}/message-store"
        return listing(uri, messages, page, lambda message: self.record(message, now), filters=filters)

    def single(self, message: Message, now: float) -> Json:
        """GetSingleMessageInfoResponse, for which the OpenAPI requires ``vmSideRecipients``."""
        record = self.record(message, now)
        return {**record, "vmSideRecipients": record["to"]}

    def record(self, message: Message, now: float) -> Json:
        """GetMessageInfoResponse; for a text message that is GetSMSMessageInfoResponse too."""
        uri = self._uris.message(message.person, message.id)
        kind, content_type = _CONTENT[message.kind]
        attachment: Json = {
            "id": message.id,
            "uri": f"{uri}/content/{message.id}",
            "type": kind,
            "contentType": content_type,
        }
        person = message.person
        ours: Json = {
            "phoneNumber": person.phone_number,
            "name": person.name,
            "extensionNumber": person.extension_number,
            "extensionId": str(person.extension_id),
        }
        others = [_party(contact) for contact in message.others]
        record: Json = {
            "uri": uri,
            "id": message.id,
            "type": message.kind,
            "from": others[0] if message.inbound else ours,
            "to": [ours] if message.inbound else others,
            "creationTime": iso_time(message.created),
            "lastModifiedTime": iso_time(message.created),
            "readStatus": "Read" if message.read(now) else "Unread",
            "priority": "Normal",
            "direction": "Inbound" if message.inbound else "Outbound",
            "availability": "Alive",
            "messageStatus": message.status(now),
            "attachments": [attachment],
        }
        if message.kind == "SMS":
            record |= {
                "subject": message.text,
                "conversationId": message.conversation,
                "conversation": {
                    "id": str(message.conversation),
                    "uri": f"{self._uris.root}/conversation/{message.conversation}",
                },
            }
            if not message.inbound:
                record["smsSendingAttemptsCount"] = 1
        elif message.kind == "VoiceMail":
            attachment["vmDuration"] = message.seconds
            record["vmTranscriptionStatus"] = "NotAvailable"
        else:
            record |= {"faxPageCount": message.pages, "faxResolution": "High"}
        return record


def _party(contact: Contact) -> Json:
    known = {"phoneNumber": contact.number, "name": contact.name, "location": contact.location}
    return {name: value for name, value in known.items() if value}
