"""What every call of the REST API shares: bearer token, permissions of app and person, and the ids in the path."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tornado.web import HTTPError

from ..company.listings import Json
from ..company.people import ACCOUNT_ID, Person
from ..company.queries import Query
from ..errors import ApiRefusal, application_lacks, not_found, token_invalid, user_lacks
from ..limits import Group
from ..login.sessions import Session
from .programs import JsonHandler

ACCOUNT = r"/restapi/v1\.0/account/([^/]+)"
EXTENSION = ACCOUNT + r"/extension/([^/]+)"


@dataclass(frozen=True)
class Target:
    """What a request is about: who asks, whose extension the path names if it names one, and which record of it."""

    session: Session
    person: Person | None
    record_id: str

    @property
    def caller(self) -> Person:
        """Who asks."""
        return self.session.person


class ApiHandler(JsonHandler):
    """A call that needs an access token.

    Subclasses say which usage plan group they belong to and which permissions app and person need, as the public
    OpenAPI does (``x-throttling-group``, ``x-app-permission``, ``x-user-permission``).
    """

    group: Group = "light"
    permission = "ReadAccounts"
    user_permission = ""
    """What a person's role has to allow for the data of others; empty: everyone in the company may."""

    def target(self, ids: tuple[str, ...]) -> Target:
        """Check token, limits, app, account, extension and person, in this order.

        Args:
            ids: Those of the path: account, extension, record.

        Raises:
            ApiRefusal: 401, 429, 403 or 404.
        """
        session = self.authenticated_session()
        self.admit(session, self.group)
        if not session.has_permission(self.permission):
            raise application_lacks(self.permission)
        account_id, extension_id, record_id = (*ids, "", "")[:3]
        if account_id not in ("~", str(ACCOUNT_ID)):
            raise not_found("accountId")
        person = self._person(session.person, extension_id) if extension_id else None
        if self.user_permission and person != session.person and not self.may_see_others(session.person):
            raise user_lacks(self.user_permission)
        return Target(session, person, record_id)

    def may_see_others(self, caller: Person) -> bool:
        """Whether ``caller`` may see what is not their own: an administrator's role allows that."""
        return caller.administrator

    def parameters(self) -> Query:
        """Read the query.

        Raises:
            HTTPError: 400, it is not UTF-8.
        """
        try:
            return Query(
                {name: [value.decode() for value in values] for name, values in self.request.query_arguments.items()}
            )
        except UnicodeDecodeError:
            raise HTTPError(400) from None

    def json_body(self) -> Json:
        """Read the body as a JSON object.

        Raises:
            HTTPError: 415, it has another content type.
            ApiRefusal: 400, it cannot be read.
        """
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise HTTPError(415)
        try:
            body: Any = json.loads(self.request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise ApiRefusal(400, "CMN-103", "JSON can't be parsed.")
        return body

    def authenticated_session(self) -> Session:
        """The session that the request's access token opens.

        Raises:
            ApiRefusal: 401, there is no token, or none that can be used.
        """
        header = self.request.headers.get("Authorization")
        if header is None:
            raise ApiRefusal(401, "AGW-401", "Authorization header is not specified")
        scheme, _, token = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise token_invalid("OAU-151", "Authorization method not supported")
        return self.backend.sessions.authenticate(token.strip())

    def _person(self, caller: Person, extension_id: str) -> Person:
        if extension_id == "~":
            return caller
        for person in self.backend.company.colleagues(caller):
            if extension_id == str(person.extension_id):
                return person
        raise not_found("extensionId")


class ResourceHandler(ApiHandler):
    """A call that reads a resource."""

    def get(self, *ids: str) -> None:
        self.send_json(200, self.resource(self.target(ids)))

    def resource(self, target: Target) -> Json:
        """What the answer holds.

        Raises:
            ApiRefusal: There is no such resource, or a parameter cannot be used.
        """
        raise NotImplementedError
