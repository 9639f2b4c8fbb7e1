"""The REST API's call logs: of one extension and of the whole account, and their records."""

from __future__ import annotations

from ..company.calls import DAY, Call, calls_between, find_call
from ..company.listings import Json
from ..company.people import Person
from ..company.queries import Query
from ..errors import ApiRefusal, not_found
from ..limits import Group
from .rest import ACCOUNT, EXTENSION, ResourceHandler, Target

_VIEWS = ("Simple", "Detailed")
_DIRECTIONS = ("Inbound", "Outbound")
_TYPES = ("Voice", "Fax")
_TRANSPORTS = ("PSTN", "VoIP")
_RECORDINGS = ("Automatic", "OnDemand", "All")


class _CallHandler(ResourceHandler):
    group: Group = "heavy"
    permission = "ReadCallLog"
    user_permission = "ReadCallLog"

    def people(self, target: Target) -> tuple[Person, ...]:
        """Whose calls are asked for."""
        return (target.person,) if target.person else self.backend.company.colleagues(target.caller)


class CallLogHandler(_CallHandler):
    """``/account/~/extension/~/call-log``."""

    def resource(self, target: Target) -> Json:
        """Calls, newest first: by default those of the last 24 hours, as RingCentral does."""
        query = self.parameters()
        now = self.backend.clock()
        page = query.page(allow_max=True)
        detailed = query.choice("view", _VIEWS) == "Detailed"
        end = query.time("dateTo", now)
        start = query.time("dateFrom", end - DAY)
        session_id = query.text("sessionId")
        if session_id is not None:
            for name in ("dateFrom", "dateTo"):
                if name in query.used:
                    message = f"Parameter [sessionId] is not allowed for usage along with parameter [{name}]"
                    raise ApiRefusal(400, "CLG-110", message, parameterName="sessionId")
            call = find_call(self.people(target), f"A{session_id}", now=now, seed=self.backend.seed)
            calls = [call] if call else []
        else:
            people = self.people(target)
            calls = calls_between(people, start=start, end=end, now=now, seed=self.backend.seed)
        return self.site.resources.calls.page(
            _filtered(calls, query), page, target.person, detailed=detailed, filters=query.used
        )


class AccountCallLogHandler(CallLogHandler):
    """``/account/~/call-log``."""

    user_permission = "FullCompanyCallLog"


class CallRecordHandler(_CallHandler):
    """``/account/~/extension/~/call-log/{callRecordId}``."""

    def resource(self, target: Target) -> Json:
        """One call."""
        detailed = self.parameters().choice("view", _VIEWS) == "Detailed"
        people = self.people(target)
        call = find_call(people, target.record_id, now=self.backend.clock(), seed=self.backend.seed)
        if call is None:
            raise not_found("callRecordId")
        return self.site.resources.calls.record(call, target.person, detailed=detailed)


class AccountCallRecordHandler(CallRecordHandler):
    """``/account/~/call-log/{callRecordId}``."""

    user_permission = "FullCompanyCallLog"

    def get(self, *ids: str) -> None:
        """Answer with the record: the path names no extension."""
        account_id, record_id = ids
        super().get(account_id, "", record_id)


def _filtered(calls: list[Call], query: Query) -> list[Call]:
    """The calls that the documented filters leave."""
    directions = query.choices("direction", _DIRECTIONS)
    types = query.choices("type", _TYPES)
    transports = query.choices("transport", _TRANSPORTS)
    number = query.text("phoneNumber")
    extension_number = query.text("extensionNumber")
    # The company records no calls, so asking for recorded ones finds none.
    recorded = query.choice("recordingType", _RECORDINGS) or query.flag("withRecording")
    if recorded or "PSTN" not in transports:
        return []
    digits = number.removeprefix("+") if number else None
    return [
        call
        for call in calls
        if ("Inbound" if call.inbound else "Outbound") in directions
        and ("Fax" if call.fax else "Voice") in types
        and extension_number in (None, call.person.extension_number)
        and (digits is None or digits in (call.contact.number[1:], call.person.phone_number[1:]))
    ]


ROUTES = [
    (ACCOUNT + "/call-log", AccountCallLogHandler),
    (ACCOUNT + "/call-log/([^/]+)", AccountCallRecordHandler),
    (EXTENSION + "/call-log", CallLogHandler),
    (EXTENSION + "/call-log/([^/]+)", CallRecordHandler),
]
