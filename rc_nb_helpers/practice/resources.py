"""The REST API's resources as JSON: fields, types and required keys as RingCentral's public OpenAPI describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from .calls import Call
from .company import ACCOUNT_ID, BRAND_ID, COMPANY_NAME, MAIN_NUMBER, Person

Json = dict[str, Any]
API_VERSION = "1.0.60"
SERVER_VERSION = "26.3.1"
MAX_PER_PAGE = 1000

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


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for: ``number`` from 1, ``size`` records."""

    number: int
    size: int


class Resources:
    """Builds the JSON of resources; ``server_url`` is what their ``uri`` fields begin with."""

    def __init__(self, server_url: str) -> None:
        self._root = f"{server_url}/restapi/v1.0"
        self._account = f"{self._root}/account/{ACCOUNT_ID}"

    def versions(self) -> Json:
        """The answer of ``/restapi``."""
        return {
            "uri": self._root.removesuffix("/v1.0"),
            "apiVersions": [self.version()],
            "serverVersion": SERVER_VERSION,
            "serverRevision": "practice",
        }

    def version(self) -> Json:
        """The answer of ``/restapi/v1.0``."""
        return {
            "uri": self._root,
            "versionString": API_VERSION,
            "releaseDate": "2026-08-15T00:00:00.000Z",
            "uriString": "v1.0",
        }

    def account(self, administrator: Person) -> Json:
        """GetAccountInfoResponse."""
        return {
            "uri": self._account,
            "id": ACCOUNT_ID,
            "mainNumber": MAIN_NUMBER.removeprefix("+"),
            "operator": {
                "uri": self._extension_uri(administrator),
                "id": administrator.extension_id,
                "extensionNumber": administrator.extension_number,
            },
            "serviceInfo": {
                "uri": f"{self._account}/service-info",
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
            "account": {"uri": self._account, "id": str(ACCOUNT_ID)},
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
        uri = self._extension_uri(person)
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

    def extensions(self, people: Sequence[Person], page: Page) -> Json:
        """GetExtensionListResponse."""
        records = [self.extension_record(person) for person in people]
        return self._listing(f"{self._account}/extension", records, page, counted=True)

    def phone_numbers(self, person: Person, page: Page) -> Json:
        """GetExtensionPhoneNumbersResponse: the person's own number and the company's."""
        uri = f"{self._extension_uri(person)}/phone-number"
        records = [
            self._phone_number(uri, person.extension_id, person.phone_number, "DirectNumber"),
            self._phone_number(uri, ACCOUNT_ID, MAIN_NUMBER, "MainCompanyNumber"),
        ]
        records[0]["extension"] = {
            "uri": self._extension_uri(person),
            "id": person.extension_id,
            "extensionNumber": person.extension_number,
        }
        return self._listing(uri, records, page, counted=True)

    def call_log(self, calls: Sequence[Call], page: Page, person: Person | None, query: dict[str, str]) -> Json:
        """CallLogResponse: of ``person``, or of the whole account when that is None."""
        owner = self._extension_uri(person) if person else self._account
        records = [self._call(call, owner) for call in _cut(calls, page)]
        return self._listing(f"{owner}/call-log", records, page, counted=False, total=len(calls), query=query)

    def _extension_uri(self, person: Person) -> str:
        return f"{self._account}/extension/{person.extension_id}"

    def _phone_number(self, uri: str, number_id: int, number: str, usage: str) -> Json:
        return {
            "uri": f"{uri}/{number_id}",
            "id": number_id,
            "phoneNumber": number,
            "type": "VoiceFax",
            "paymentType": "Local",
            "usageType": usage,
            "status": "Normal",
            "primary": usage == "MainCompanyNumber",
            "features": ["CallerId", "SmsSender"] if usage == "DirectNumber" else ["CallerId"],
            "country": {"id": "1", "name": "United States"},
        }

    def _call(self, call: Call, owner: str) -> Json:
        person = call.person
        ours = {
            "name": person.name,
            "phoneNumber": person.phone_number,
            "extensionNumber": person.extension_number,
            "extensionId": str(person.extension_id),
        }
        theirs = {
            "name": call.other_name,
            "phoneNumber": call.other_number,
            "location": call.other_location,
        }
        return {
            "uri": f"{owner}/call-log/{call.id}?view=Simple",
            "id": call.id,
            "sessionId": call.session_id,
            "startTime": iso_time(call.start),
            "duration": call.duration,
            "durationMs": call.duration * 1000,
            "type": "Voice",
            "internalType": "Local",
            "direction": "Inbound" if call.inbound else "Outbound",
            "action": "Phone Call" if call.inbound else "VoIP Call",
            "result": call.result,
            "from": theirs if call.inbound else ours,
            "to": ours if call.inbound else theirs,
            "extension": {"uri": self._extension_uri(person), "id": person.extension_id},
        }

    def _listing(
        self,
        uri: str,
        records: list[Json],
        page: Page,
        *,
        counted: bool,
        total: int | None = None,
        query: dict[str, str] | None = None,
    ) -> Json:
        # Lists that are cheap to count say how many there are; the call log does not (RingCentral's paging model).
        if total is None:
            total = len(records)
            records = list(_cut(records, page))
        last = max(1, -(-total // page.size))

        def link(number: int) -> Json:
            return {"uri": f"{uri}?{urlencode({**(query or {}), 'page': number, 'perPage': page.size})}"}

        paging: Json = {"page": page.number, "perPage": page.size}
        if records:
            first = (page.number - 1) * page.size
            paging |= {"pageStart": first, "pageEnd": first + len(records) - 1}
        navigation: Json = {"firstPage": link(1)}
        if page.number > 1:
            navigation["previousPage"] = link(page.number - 1)
        if page.number < last:
            navigation["nextPage"] = link(page.number + 1)
        if counted:
            paging |= {"totalPages": last, "totalElements": total}
            navigation["lastPage"] = link(last)
        return {"uri": link(page.number)["uri"], "records": records, "paging": paging, "navigation": navigation}


def _cut(items: Sequence[Any], page: Page) -> Sequence[Any]:
    return items[(page.number - 1) * page.size : page.number * page.size]


def iso_time(seconds: float) -> str:
    """Return ISO 8601 in UTC with milliseconds, as RingCentral writes times."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
