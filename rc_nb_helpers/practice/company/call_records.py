"""Calls as JSON: CallLogRecord of RingCentral's public OpenAPI, with its legs in the detailed view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .calls import Call
from .listings import Json, iso_time, listing
from .people import Person
from .queries import Page
from .uris import Uris


class CallRecords:
    """Writes calls for the log of one person or of the whole company."""

    def __init__(self, uris: Uris) -> None:
        self._uris = uris

    def page(
        self,
        calls: Sequence[Call],
        page: Page,
        owner: Person | None,
        *,
        detailed: bool,
        filters: Mapping[str, list[str]],
    ) -> Json:
        """CallLogResponse: of ``owner``, or of the whole company when that is None."""
        return listing(
            self._uris.call_log(owner),
            calls,
            page,
            lambda call: self.record(call, owner, detailed=detailed),
            filters=filters,
            counted=False,
        )

    def record(self, call: Call, owner: Person | None, *, detailed: bool) -> Json:
        """CallLogRecord."""
        view = "Detailed" if detailed else "Simple"
        record = {
            "uri": f"{self._uris.call_log(owner)}/{call.id}?view={view}",
            "id": call.id,
            "sessionId": str(call.key),
            "telephonySessionId": f"s-{call.key:x}",
            **self._common(call),
        }
        if call.voicemail or call.fax:
            record["message"] = {
                "uri": self._uris.message(call.person, call.key),
                "id": str(call.key),
                "type": "Fax" if call.fax else "VoiceMail",
            }
        if detailed:
            record |= {
                "transport": "PSTN",
                "lastModifiedTime": iso_time(call.end),
                "billing": {"costIncluded": 0.0, "costPurchased": 0.0},
                "legs": self._legs(call),
            }
        return record

    def _common(self, call: Call) -> Json:
        """What a record and each of its legs say."""
        person, contact = call.person, call.contact
        ours = {
            "name": person.name,
            "phoneNumber": person.phone_number,
            "extensionNumber": person.extension_number,
            "extensionId": str(person.extension_id),
        }
        theirs = {"name": contact.name, "phoneNumber": contact.number, "location": contact.location}
        if call.fax:
            action = "Incoming Fax" if call.inbound else "Outgoing Fax"
        else:
            action = "Phone Call" if call.inbound else "VoIP Call"
        return {
            "startTime": iso_time(call.start),
            "duration": call.duration,
            "durationMs": call.duration * 1000,
            "type": "Fax" if call.fax else "Voice",
            "internalType": "Local",
            "direction": "Inbound" if call.inbound else "Outbound",
            "action": action,
            "result": call.result,
            "from": theirs if call.inbound else ours,
            "to": ours if call.inbound else theirs,
            "extension": {"uri": self._uris.extension(person), "id": person.extension_id},
        }

    def _legs(self, call: Call) -> list[Json]:
        """The way of a call: in from the telephone network and on to the desk, or from the desk out to it."""
        if call.fax:
            ways = [("PSTN", "Accept" if call.inbound else "FaxSent")]
        elif not call.inbound:
            ways = [("PSTN", "SipToPstnUnmetered")]
        elif call.result == "Accepted":
            ways = [("PSTN", "Accept"), ("VoIP", "PstnToSip")]
        else:
            ways = [("PSTN", "Accept")]
        return [
            {**self._common(call), "transport": transport, "legType": kind, "master": number == 0}
            for number, (transport, kind) in enumerate(ways)
        ]
