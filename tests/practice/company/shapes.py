"""What RingCentral's public OpenAPI says about the answers, written by hand: the file itself may not be copied here.

Only fields that the practice platform sends are listed, each documented there under the name beside it; no object may
have others. ``required`` are the keys that RingCentral promises, and those that practice sends besides.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
URI: Schema = {"type": "string", "pattern": "^https?://"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}


def enum(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def array(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": least}


def record(required: Schema, optional: Schema | None = None) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "required": sorted(required),
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


DIRECTION = enum("Inbound", "Outbound")

# EnumeratedPagingModel, PageNavigationModel
PAGING = record(
    {"perPage": {"type": "integer", "minimum": 1, "maximum": 1000}},
    {
        "page": {"type": "integer", "minimum": 1, "maximum": 1000},
        "pageStart": COUNT,
        "pageEnd": COUNT,
        "totalPages": COUNT,
        "totalElements": COUNT,
    },
)
_LINK = record({"uri": URI})
NAVIGATION = record({"firstPage": _LINK}, {"nextPage": _LINK, "previousPage": _LINK, "lastPage": _LINK})


def page_of(items: Schema) -> Schema:
    return record({"uri": URI, "records": array(items), "paging": PAGING, "navigation": NAVIGATION})


# The account and its extensions

_COUNTRY = record({"id": STRING}, {"name": STRING, "isoCode": STRING, "callingCode": STRING})
_LOCALE = record({"id": STRING, "name": STRING, "localeCode": STRING})
REGIONAL_SETTINGS = record(
    {
        "timezone": record({"id": STRING, "name": STRING, "description": STRING, "bias": STRING}),
        "homeCountry": _COUNTRY,
        "language": _LOCALE,
        "formattingLocale": _LOCALE,
        "timeFormat": enum("12h", "24h"),
    }
)
EXTENSION_INFO = record({"uri": URI, "id": INTEGER, "extensionNumber": STRING})
SETUP = enum("NotStarted", "Incomplete", "Completed", "Unknown")

ACCOUNT = record(  # GetAccountInfoResponse
    {
        "uri": URI,
        "id": INTEGER,
        "mainNumber": STRING,
        "operator": EXTENSION_INFO,
        "serviceInfo": record(
            {
                "uri": URI,
                "brand": record({"id": STRING, "name": STRING, "homeCountry": _COUNTRY}),
                "servicePlan": record({"id": STRING, "name": STRING}),
            }
        ),
        "setupWizardState": SETUP,
        "signupInfo": record({"tosAccepted": BOOLEAN}),
        "status": enum("Initial", "Unconfirmed", "Confirmed", "Disabled"),
        "regionalSettings": REGIONAL_SETTINGS,
    }
)

_ENABLED = record({"enabled": BOOLEAN})
_EXTENSION = {
    "uri": URI,
    "id": INTEGER,
    "extensionNumber": {"type": "string", "maxLength": 8},
    "name": {"type": "string", "maxLength": 129},
    "type": enum("User", "Department", "Announcement", "Voicemail", "VirtualUser", "FaxUser", "Limited", "Bot", "Site"),
    "status": enum("Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned"),
    "contact": record(
        {
            "firstName": STRING,
            "lastName": STRING,
            "company": STRING,
            "jobTitle": STRING,
            "email": {"type": "string", "pattern": "^[^@]+@[^@]+$"},
            "businessPhone": STRING,
        }
    ),
    "permissions": record({"admin": _ENABLED, "internationalCalling": _ENABLED}),
    "profileImage": record({"uri": URI}),
    "hidden": BOOLEAN,
}
EXTENSIONS = page_of(record(_EXTENSION))  # GetExtensionListResponse
EXTENSION = record(  # GetExtensionInfoResponse
    {
        **_EXTENSION,
        "account": record({"uri": URI, "id": STRING}),
        "departments": array(record({"id": STRING, "uri": URI})),
        "setupWizardState": SETUP,
        "regionalSettings": REGIONAL_SETTINGS,
        "serviceFeatures": array(
            record({"featureName": enum("Voicemail", "CallForwarding", "Presence"), "enabled": BOOLEAN})
        ),
    }
)

# Telephones and numbers

_NUMBER_TYPE = enum("VoiceFax", "VoiceOnly", "FaxOnly")
_PAYMENT_TYPE = enum("External", "TollFree", "Local")
PHONE_NUMBERS = page_of(  # GetExtensionPhoneNumbersResponse
    record(
        {
            "uri": URI,
            "id": INTEGER,
            "phoneNumber": STRING,
            "type": _NUMBER_TYPE,
            "paymentType": _PAYMENT_TYPE,
            "usageType": enum("DirectNumber", "MainCompanyNumber"),
            "status": enum("Normal", "Pending", "PortedIn", "Temporary", "Unknown"),
            "primary": BOOLEAN,
            "features": array(enum("CallerId", "SmsSender", "A2PSmsSender", "MmsSender", "InternationalSmsSender")),
            "country": record({"id": STRING, "name": STRING}),
        },
        {"extension": EXTENSION_INFO},
    )
)
DEVICES = page_of(  # GetExtensionDevicesResponse
    record(
        {
            "uri": URI,
            "id": STRING,
            "type": enum("BLA", "SoftPhone", "OtherPhone", "HardPhone", "WebPhone", "Paging", "Room", "WebRTC"),
            "name": STRING,
            "status": enum("Offline", "Online"),
            "extension": EXTENSION_INFO,
            "phoneLines": array(
                record(
                    {
                        "id": STRING,
                        "lineType": enum("Unknown", "Standalone", "StandaloneFree", "BlaPrimary", "BlaSecondary"),
                        "phoneInfo": record(
                            {
                                "id": INTEGER,
                                "phoneNumber": STRING,
                                "paymentType": _PAYMENT_TYPE,
                                "type": _NUMBER_TYPE,
                                "usageType": STRING,
                            }
                        ),
                        "emergencyAddress": record({"required": BOOLEAN, "localOnly": BOOLEAN}),
                    }
                )
            ),
            "useAsCommonPhone": BOOLEAN,
            "inCompanyNet": BOOLEAN,
            "linePooling": enum("Host", "Guest", "None"),
        }
    )
)
_TELEPHONY = enum("NoCall", "CallConnected", "Ringing", "OnHold", "ParkedCall")
PRESENCE = record(  # PresenceInfoResponse
    {
        "uri": URI,
        "extension": EXTENSION_INFO,
        "presenceStatus": enum("Offline", "Busy", "Available"),
        "userStatus": enum("Offline", "Busy", "Available"),
        "telephonyStatus": _TELEPHONY,
        "dndStatus": enum(
            "TakeAllCalls", "DoNotAcceptDepartmentCalls", "TakeDepartmentCallsOnly", "DoNotAcceptAnyCalls", "Unknown"
        ),
        "message": {"type": "string", "maxLength": 75},
        "allowSeeMyPresence": BOOLEAN,
        "ringOnMonitoredCall": BOOLEAN,
        "pickUpCallsOnHold": BOOLEAN,
    },
    {
        "activeCalls": array(
            record(
                {
                    "id": STRING,
                    "direction": DIRECTION,
                    "from": STRING,
                    "fromName": STRING,
                    "to": STRING,
                    "toName": STRING,
                    "telephonyStatus": _TELEPHONY,
                    "startTime": TIME,
                    "sessionId": STRING,
                    "telephonySessionId": STRING,
                }
            )
        )
    },
)

# The call log

_CALL_PARTY = record(
    {"phoneNumber": STRING, "name": STRING}, {"extensionNumber": STRING, "extensionId": STRING, "location": STRING}
)
_CALL = {  # BaseCallLogRecord
    "startTime": TIME,
    "duration": COUNT,
    "durationMs": COUNT,
    "type": enum("Voice", "Fax"),
    "internalType": enum("Local", "LongDistance", "International", "Sip", "RingMe", "RingOut", "Usual"),
    "direction": DIRECTION,
    "action": enum("Phone Call", "VoIP Call", "Incoming Fax", "Outgoing Fax"),
    "result": enum(
        "Accepted", "Missed", "Voicemail", "Call connected", "No Answer", "Busy", "Received", "Sent", "Hang Up"
    ),
    "from": _CALL_PARTY,
    "to": _CALL_PARTY,
    "extension": record({"id": INTEGER, "uri": URI}),
}
_CALL_RECORD = {
    **_CALL,
    "id": STRING,
    "uri": URI,
    "sessionId": STRING,
    "telephonySessionId": STRING,
}
_LEFT = {"message": record({"id": STRING, "type": STRING, "uri": URI})}
_TRANSPORT = enum("PSTN", "VoIP")
_LEG = record(  # CallLogRecordLegInfo
    {
        **_CALL,
        "transport": _TRANSPORT,
        "legType": enum("Accept", "PstnToSip", "SipToPstnUnmetered", "FaxSent", "FindMe", "RingDirectly"),
        "master": BOOLEAN,
    }
)
CALL = record(_CALL_RECORD, _LEFT)
DETAILED_CALL = record(
    {
        **_CALL_RECORD,
        "transport": _TRANSPORT,
        "lastModifiedTime": TIME,
        "billing": record({"costIncluded": NUMBER, "costPurchased": NUMBER}),
        "legs": array(_LEG, least=1),
    },
    _LEFT,
)
CALL_LOG = page_of(CALL)  # CallLogResponse
DETAILED_CALL_LOG = page_of(DETAILED_CALL)

# Messages

_MESSAGE_PARTY = record(
    {"phoneNumber": STRING}, {"name": STRING, "location": STRING, "extensionNumber": STRING, "extensionId": STRING}
)
_MESSAGE = {
    "uri": URI,
    "id": INTEGER,
    "type": enum("Fax", "SMS", "VoiceMail", "Pager", "Text"),
    "from": _MESSAGE_PARTY,
    "to": array(_MESSAGE_PARTY, least=1),
    "creationTime": TIME,
    "lastModifiedTime": TIME,
    "readStatus": enum("Read", "Unread"),
    "priority": enum("Normal", "High"),
    "direction": DIRECTION,
    "availability": enum("Alive", "Deleted", "Purged"),
    "messageStatus": enum("Queued", "Sent", "Delivered", "DeliveryFailed", "SendingFailed", "Received"),
    "attachments": array(
        record(
            {
                "id": INTEGER,
                "uri": URI,
                "type": enum("AudioRecording", "AudioTranscription", "Text", "SourceDocument", "RenderedDocument"),
                "contentType": STRING,
            },
            {"vmDuration": COUNT},
        )
    ),
}
_BY_TYPE = {
    "subject": STRING,
    "conversationId": INTEGER,
    "conversation": record({"id": STRING, "uri": URI}),
    "smsSendingAttemptsCount": COUNT,
    "vmTranscriptionStatus": enum("NotAvailable", "InProgress", "TimedOut", "Completed", "Failed", "Unknown"),
    "faxPageCount": COUNT,
    "faxResolution": enum("High", "Low"),
}
MESSAGE = record(_MESSAGE, _BY_TYPE)  # GetMessageInfoResponse, GetSMSMessageInfoResponse
MESSAGES = page_of(MESSAGE)  # GetMessageList
SINGLE_MESSAGE = record({**_MESSAGE, "vmSideRecipients": array(_MESSAGE_PARTY, least=1)}, _BY_TYPE)

# OAuth

TOKEN = record(  # TokenInfo
    {
        "access_token": STRING,
        "expires_in": COUNT,
        "scope": STRING,
        "token_type": enum("bearer"),
        "session_id": STRING,
        "owner_id": STRING,
        "endpoint_id": STRING,
    },
    {"refresh_token": STRING, "refresh_token_expires_in": COUNT},
)

_STRINGS = array(STRING, least=1)
_DISCOVERED = {  # what OpenIdDiscovery requires; it has more
    "issuer": URI,
    "authorization_endpoint": URI,
    "token_endpoint": URI,
    "revocation_endpoint": URI,
    "userinfo_endpoint": URI,
    "jwks_uri": URI,
    "scopes_supported": _STRINGS,
    "token_endpoint_auth_methods_supported": _STRINGS,
    "response_types_supported": _STRINGS,
    "subject_types_supported": _STRINGS,
    "userinfo_signing_alg_values_supported": _STRINGS,
    "id_token_signing_alg_values_supported": _STRINGS,
    "code_challenge_methods_supported": _STRINGS,
}
DISCOVERY: Schema = {"type": "object", "required": sorted(_DISCOVERED), "properties": _DISCOVERED}
USER_INFO = record(  # UserInfoResource
    {"sub": STRING},
    {
        "account_id": STRING,
        "email": STRING,
        "email_verified": BOOLEAN,
        "given_name": STRING,
        "family_name": STRING,
    },
)

# Errors: ApiErrorResponseModel, and what recorded answers of RingCentral hold besides.

_NAMED = {"parameterName": STRING, "permissionName": STRING}
API_ERROR = record(
    {
        "errorCode": STRING,
        "message": STRING,
        "errors": array(record({"errorCode": STRING, "message": STRING}, _NAMED), least=1),
    },
    _NAMED,
)

VERSIONS = record(
    {
        "uri": URI,
        "apiVersions": array(record({"uri": URI, "versionString": STRING, "releaseDate": TIME, "uriString": STRING})),
        "serverVersion": STRING,
        "serverRevision": STRING,
    }
)


def check(body: Any, shape: Schema) -> None:
    """Fail with the place and the reason when ``body`` does not have this shape."""
    problems = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(shape).iter_errors(body)]
    assert not problems, problems[:5]
