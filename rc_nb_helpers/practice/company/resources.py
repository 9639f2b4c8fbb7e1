"""The REST API's resources as JSON: fields, types and required keys as RingCentral's public OpenAPI describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .call_records import CallRecords
from .calls import at_work, call_in_progress
from .listings import Json, iso_time, listing
from .message_records import MessageRecords
from .people import ACCOUNT_ID, BRAND_ID, COMPANY_NAME, MAIN_NUMBER, Person
from .queries import Page
from .uris import Uris

API_VERSION = "1.0.60"
SERVER_VERSION = "26.3.1"

_REGIONAL_SETTINGS: Json = {
    "timezone": {
        "id": "58",
        "name": "US/Pacific",
        "description": "Pacific Time (US & Canada)",
        "bias": "-480",
    },
    "homeCountry": {"id": "1", "name": "United States", "isoCode": "US", "callingCode": "1"},
    "language": {"id": "1033", "name": "English (United States)", "localeCode": "en-US"},
    "formattingLocale": {"id": "1033", "name": "English (United States)", "localeCode": "en-US"},
    "timeFormat": "12h",
}


class Resources:
    """Writes resources as JSON.

    Args:
        server_url: What their ``uri`` fields begin with.
        seed: Which year of calls is made up.

    Attributes:
        calls: Writes those of the call log.
        messages: Writes those of the message store.
    """

    def __init__(self, server_url: str, *, seed: int) -> None:
        self._uris = Uris(server_url)
        self._seed = seed
        self.calls = CallRecords(self._uris)
        self.messages = MessageRecords(self._uris)

    def versions(self) -> Json:
        """The answer of ``/restapi``."""
        return {
            "uri": self._uris.root.removesuffix("/v1.0"),
            "apiVersions": [self.version()],
            "serverVersion": SERVER_VERSION,
            "serverRevision": "practice",
        }

    def version(self) -> Json:
        """The answer of ``/restapi/v1.0``."""
        return {
            "uri": self._uris.root,
            "versionString": API_VERSION,
            "releaseDate": "2026-08-15T00:00:00.000Z",
            "uriString": "v1.0",
        }

    def account(self, administrator: Person) -> Json:
        """GetAccountInfoResponse."""
        return {
            "uri": self._uris.account,
            "id": ACCOUNT_ID,
            "mainNumber": MAIN_NUMBER.removeprefix("+"),
            "operator": self._extension_info(administrator),
            "serviceInfo": {
                "uri": f"{self._uris.account}/service-info",
                "brand": {"id": BRAND_ID, "name": "RingCentral", "homeCountry": {"id": "1", "isoCode": "US"}},
                "servicePlan": {"id": "1", "name": "Practice"},
            },
            "setupWizardState": "Completed",
            "signupInfo": {"tosAccepted": True},
            "status": "Confirmed",
            "regionalSettings": _REGIONAL_SETTINGS,
        }

    def extension(self, person: Person) -> Json:
        """GetExtensionInfoResponse."""
        return {
            **self.extension_record(person),
            "account": {"uri": self._uris.account, "id": str(ACCOUNT_ID)},
            "departments": [],
            "setupWizardState": "Completed",
            "regionalSettings": _REGIONAL_SETTINGS,
            "serviceFeatures": [
                {"featureName": "Voicemail", "enabled": True},
                {"featureName": "CallForwarding", "enabled": True},
                {"featureName": "Presence", "enabled": True},
            ],
        }

    def extension_record(self, person: Person) -> Json:
        """One record of GetExtensionListResponse."""
        uri = self._uris.extension(person)
        return {
            "uri": uri,
            "id": person.extension_id,
            "extensionNumber": person.extension_number,
            "name": person.name,
            "type": "User",
            "status": "Enabled",
            "contact": {
                "firstName": person.first_name,
                "lastName": person.last_name,
                "company": COMPANY_NAME,
                "jobTitle": person.job_title,
                "email": person.email,
                "businessPhone": person.phone_number,
            },
            "permissions": {
                "admin": {"enabled": person.administrator},
                "internationalCalling": {"enabled": False},
            },
            "profileImage": {"uri": f"{uri}/profile-image"},
            "hidden": False,
        }

    def extensions(self, people: Sequence[Person], page: Page, filters: Mapping[str, list[str]]) -> Json:
        """GetExtensionListResponse."""
        return listing(f"{self._uris.account}/extension", people, page, self.extension_record, filters=filters)

    def phone_numbers(
        self, person: Person, usages: Sequence[str], page: Page, filters: Mapping[str, list[str]]
    ) -> Json:
        """GetExtensionPhoneNumbersResponse: the numbers of ``person`` with one of these usage types."""
        uri = f"{self._uris.extension(person)}/phone-number"
        return listing(uri, usages, page, lambda usage: self._phone_number(uri, person, usage), filters=filters)

    def devices(
        self, person: Person, types: Sequence[str], page: Page, filters: Mapping[str, list[str]], now: float
    ) -> Json:
        """GetExtensionDevicesResponse: the telephones of ``person`` of these types."""
        uri = f"{self._uris.extension(person)}/device"
        return listing(uri, types, page, lambda kind: self._device(person, kind, now), filters=filters)

    def presence(self, person: Person, now: float, *, detailed: bool) -> Json:
        """PresenceInfoResponse at the moment ``now``, in seconds since the epoch."""
        call = call_in_progress(person, now=now, seed=self._seed)
        user_status = "Available" if call or at_work(now) else "Offline"
        telephony = "CallConnected" if call else "NoCall"
        answer: Json = {
            "uri": f"{self._uris.extension(person)}/presence",
            "extension": self._extension_info(person),
            "presenceStatus": "Busy" if call else user_status,
            "telephonyStatus": telephony,
            "userStatus": user_status,
            "dndStatus": "TakeAllCalls",
            "message": "",
            "allowSeeMyPresence": True,
            "ringOnMonitoredCall": False,
            "pickUpCallsOnHold": False,
        }
        if detailed:
            ours, theirs = (person.phone_number, person.name), ("", "")
            if call:
                theirs = call.contact.number, call.contact.name
            answer["activeCalls"] = (
                [
                    {
                        "id": str(call.key),
                        "direction": "Inbound" if call.inbound else "Outbound",
                        "from": (theirs if call.inbound else ours)[0],
                        "fromName": (theirs if call.inbound else ours)[1],
                        "to": (ours if call.inbound else theirs)[0],
                        "toName": (ours if call.inbound else theirs)[1],
                        "telephonyStatus": telephony,
                        "startTime": iso_time(call.start),
                        "sessionId": str(call.key),
                        "telephonySessionId": f"s-{call.key:x}",
                    }
                ]
                if call
                else []
            )
        return answer

    def _extension_info(self, person: Person) -> Json:
        return {
            "uri": self._uris.extension(person),
            "id": person.extension_id,
            "extensionNumber": person.extension_number,
        }

    def _phone_number(self, uri: str, person: Person, usage: str) -> Json:
        direct = usage == "DirectNumber"
        number_id = person.extension_id if direct else ACCOUNT_ID
        record: Json = {
            "uri": f"{uri}/{number_id}",
            "id": number_id,
            "phoneNumber": person.phone_number if direct else MAIN_NUMBER,
            "type": "VoiceFax",
            "paymentType": "Local",
            "usageType": usage,
            "status": "Normal",
            "primary": not direct,
            "features": ["CallerId", "SmsSender"] if direct else ["CallerId"],
            "country": {"id": "1", "name": "United States"},
        }
        if direct:
            record["extension"] = self._extension_info(person)
        return record

    def _device(self, person: Person, kind: str, now: float) -> Json:
        desk = kind == "HardPhone"
        device_id = f"{person.extension_id}{1 if desk else 2}"
        return {
            "uri": self._uris.device(device_id),
            "id": device_id,
            "type": kind,
            "name": f"{person.first_name}'s {'desk phone' if desk else 'app'}",
            "status": "Online" if desk or at_work(now) else "Offline",
            "extension": self._extension_info(person),
            "phoneLines": [
                {
                    "id": f"{device_id}1",
                    "lineType": "Standalone" if desk else "StandaloneFree",
                    "phoneInfo": {
                        "id": person.extension_id,
                        "phoneNumber": person.phone_number,
                        "paymentType": "Local",
                        "type": "VoiceFax",
                        "usageType": "DirectNumber",
                    },
                    "emergencyAddress": {"required": desk, "localOnly": False},
                }
            ],
            "useAsCommonPhone": False,
            "inCompanyNet": True,
            "linePooling": "Host" if desk else "None",
        }
