"""The REST API below ``/restapi/v1.0``, for a bearer token."""

from __future__ import annotations

from datetime import datetime, timezone

from ..calls import calls_between
from ..company import ACCOUNT_ID, ADMINISTRATOR, Person
from ..errors import ApiFault, application_lacks, bad_parameter, not_found, token_invalid, user_lacks
from ..limits import Group
from ..resources import MAX_PER_PAGE, Json, Page
from ..sessions import Session
from .base import JsonHandler

_DAY = 86400


class VersionsHandler(JsonHandler):
    """``/restapi``: public, so that a client can see whether the server is there."""

    def get(self) -> None:
        """Answer with the API's versions."""
        self.send_json(200, self.site.resources.versions())


class VersionHandler(JsonHandler):
    """``/restapi/v1.0``: public too."""

    def get(self) -> None:
        """Answer with this version of the API."""
        self.send_json(200, self.site.resources.version())


class ApiHandler(JsonHandler):
    """A call that needs an access token."""

    group: Group = "light"
    permission = "ReadAccounts"

    def get(self, *ids: str) -> None:
        """Check token, app, account and extension, in this order, and answer."""
        session = self._session()
        self.admit(session, self.group)
        if not session.has_permission(self.permission):
            raise application_lacks(self.permission)
        if ids and ids[0] not in ("~", str(ACCOUNT_ID)):
            raise not_found("accountId")
        person = self._person(session, ids[1]) if len(ids) > 1 else None
        self.send_json(200, self.resource(session.person, person))

    def resource(self, caller: Person, person: Person | None) -> Json:
        """Return the answer to ``caller``; ``person`` is whose extension the path names, if it names one."""
        raise NotImplementedError

    def page(self) -> Page:
        """Read ``page`` and ``perPage`` (default 100, as RingCentral)."""
        return Page(self._number("page", 1, 1_000_000), self._number("perPage", 100, MAX_PER_PAGE))

    def _number(self, name: str, default: int, most: int) -> int:
        text = self.query().get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
            raise bad_parameter(name)
        return min(int(text), most)

    def _session(self) -> Session:
        header = self.request.headers.get("Authorization")
        if header is None:
            raise ApiFault(401, "AGW-401", "Authorization header is not specified")
        scheme, _, token = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise token_invalid("OAU-151", "Authorization method not supported")
        return self.backend.sessions.authenticate(token.strip())

    def _person(self, session: Session, extension_id: str) -> Person:
        if extension_id == "~":
            return session.person
        for person in self.backend.company.colleagues(session.person):
            if extension_id == str(person.extension_id):
                self.check_access(session.person, person)
                return person
        raise not_found("extensionId")

    def check_access(self, caller: Person, person: Person) -> None:
        """Everyone may see who works here; what is private overrides this."""


class AccountHandler(ApiHandler):
    """``/account/~``."""

    def resource(self, caller: Person, person: Person | None) -> Json:
        """Return the company's account."""
        return self.site.resources.account(ADMINISTRATOR)


class ExtensionListHandler(ApiHandler):
    """``/account/~/extension``."""

    group: Group = "medium"

    def resource(self, caller: Person, person: Person | None) -> Json:
        """Return everyone in the company."""
        return self.site.resources.extensions(self.backend.company.colleagues(caller), self.page())


class ExtensionHandler(ApiHandler):
    """``/account/~/extension/~``."""

    def resource(self, caller: Person, person: Person | None) -> Json:
        """Return one person's extension."""
        return self.site.resources.extension(person or caller)


class _PrivateHandler(ApiHandler):
    user_permission = ""

    def check_access(self, caller: Person, person: Person) -> None:
        """One's own, or anyone's for an administrator."""
        if person != caller and not caller.administrator:
            raise user_lacks(self.user_permission)


class PhoneNumberHandler(_PrivateHandler):
    """``/account/~/extension/~/phone-number``."""

    user_permission = "ReadUserPhoneNumbers"

    def resource(self, caller: Person, person: Person | None) -> Json:
        """Return the numbers of one person."""
        return self.site.resources.phone_numbers(person or caller, self.page())


class CallLogHandler(_PrivateHandler):
    """``/account/~/extension/~/call-log`` and ``/account/~/call-log``."""

    group: Group = "heavy"
    permission = "ReadCallLog"
    user_permission = "ReadCallLog"

    def resource(self, caller: Person, person: Person | None) -> Json:
        """Return calls, newest first: by default those of the last 24 hours, as RingCentral does."""
        if person is None and not caller.administrator:
            raise user_lacks("FullCompanyCallLog")
        people = (person,) if person else self.backend.company.colleagues(caller)
        now = self.backend.clock()
        end = self._time("dateTo", now)
        start = self._time("dateFrom", end - _DAY)
        page = self.page()
        calls = calls_between(people, start=start, end=end, now=now)
        query = {name: value for name in ("dateFrom", "dateTo") if (value := self.query().get(name))}
        return self.site.resources.call_log(calls, page, person, query)

    def _time(self, name: str, default: float) -> float:
        text = self.query().get(name)
        if text is None:
            return default
        try:
            # Python 3.10 does not know the Z of ISO 8601.
            moment = datetime.fromisoformat(text.removesuffix("Z"))
            return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
        except (ValueError, OverflowError):
            raise bad_parameter(name) from None


_ACCOUNT = r"/restapi/v1\.0/account/([^/]+)"
_EXTENSION = _ACCOUNT + r"/extension/([^/]+)"
ROUTES = [
    ("/restapi", VersionsHandler),
    (r"/restapi/v1\.0", VersionHandler),
    (_ACCOUNT, AccountHandler),
    (_ACCOUNT + "/call-log", CallLogHandler),
    (_ACCOUNT + "/extension", ExtensionListHandler),
    (_EXTENSION, ExtensionHandler),
    (_EXTENSION + "/call-log", CallLogHandler),
    (_EXTENSION + "/phone-number", PhoneNumberHandler),
]
