"""RingCentral's documented calls that only read: a catalogue, written by hand from its API reference.

Where the reference names no permission or rate group, neither does the catalogue. A call that only an administrator
may make says so in ``needs``, with the name of the user permission that the reference asks for.
"""

from __future__ import annotations

from .calls import Call, Parameter

REFERENCE = "https://developers.ringcentral.com/api-reference"

_ACCOUNT = "/restapi/v1.0/account/~"
_EXTENSION = "/restapi/v1.0/account/~/extension/{extensionId}"

_WHOSE = Parameter("extensionId", default="~", place="path", note="Whose: the id of an extension. ~ is your own.")
_PAGE = Parameter("page", "number", "1", least=1, note="Which page of the list.")
_PER_PAGE = Parameter("perPage", "number", "100", least=1, most=1000, note="How many records a page has.")
_DATE_FROM = Parameter("dateFrom", "date", note="From when on. Without it, the last 24 hours.")
_DATE_TO = Parameter("dateTo", "date", note="Until when. Without it, now.")

_CALL_COLUMNS = (
    ("When (UTC)", "startTime"),
    ("Direction", "direction"),
    ("From", "from.phoneNumber|from.name|from.extensionNumber"),
    ("To", "to.phoneNumber|to.name|to.extensionNumber"),
    ("Result", "result"),
    ("Seconds", "duration"),
)
_CALL_LOG = (
    Parameter("view", "choice", "Simple", ("Simple", "Detailed"), "Detailed adds the legs of each call."),
    Parameter("direction", "choice", choices=("Inbound", "Outbound"), many=True, note="Without it, both."),
    Parameter("type", "choice", choices=("Voice", "Fax"), many=True, note="Without it, both."),
    Parameter("phoneNumber", note="Of the caller or the one called, with country code, without the plus."),
    _DATE_FROM,
    _DATE_TO,
    _PAGE,
    _PER_PAGE,
)

ALL_CALLS: tuple[Call, ...] = (
    Call(
        "List extensions",
        f"{_ACCOUNT}/extension",
        (("Name", "name"), ("Extension", "extensionNumber"), ("Type", "type"), ("Status", "status")),
        topic="People",
        permission="ReadAccounts",
        group="medium",
        parameters=(
            Parameter("extensionNumber", note="The short number of one extension."),
            Parameter("email", many=True, note="The address of one person, or several."),
            _PAGE,
            _PER_PAGE,
        ),
        link=f"{REFERENCE}/Extensions/listExtensions",
    ),
    Call(
        "My call log",
        f"{_EXTENSION}/call-log",
        _CALL_COLUMNS,
        topic="Call log",
        permission="ReadCallLog",
        group="heavy",
        parameters=(_WHOSE, *_CALL_LOG),
        link=f"{REFERENCE}/Call-Log/readUserCallLog",
    ),
    Call(
        "Company call log",
        f"{_ACCOUNT}/call-log",
        _CALL_COLUMNS,
        topic="Call log",
        permission="ReadCallLog",
        group="heavy",
        parameters=_CALL_LOG,
        needs="an administrator's role (FullCompanyCallLog)",
        link=f"{REFERENCE}/Call-Log/readCompanyCallLog",
    ),
    Call(
        "Account info",
        _ACCOUNT,
        topic="Company",
        permission="ReadAccounts",
        group="light",
        link=f"{REFERENCE}/Company/readAccountInfo",
    ),
    Call(
        "My extension",
        _EXTENSION,
        topic="People",
        permission="ReadAccounts",
        group="light",
        parameters=(_WHOSE,),
        link=f"{REFERENCE}/User-Settings/readExtension",
    ),
    Call(
        "My phone numbers",
        f"{_EXTENSION}/phone-number",
        (("Number", "phoneNumber"), ("Usage", "usageType"), ("Type", "type")),
        topic="Phone numbers",
        permission="ReadAccounts",
        group="light",
        parameters=(_WHOSE, _PAGE, _PER_PAGE),
        link=f"{REFERENCE}/Phone-Numbers/listExtensionPhoneNumbers",
    ),
)
"""All of them. The first six are those that a test panel offers first, and of these three are of the tutorial."""
