"""What leads nowhere: programs get JSON where RingCentral has APIs, people a page, and a lesson for a sign-in link."""

from __future__ import annotations

from collections.abc import Awaitable

from tornado.web import HTTPError

from ..errors import ApiRefusal
from .authorize import FlowHandler, prefers_pages
from .link_lessons import Missed, missed

_APIS = ("restapi", "team-messaging/", "rcvideo/", "webinar/", "analytics/", "scim/", "ai/")
"""Where RingCentral has APIs (OpenAPI): whoever asks there is a program, and can read no page."""
_REFUSAL = ApiRefusal(404, "CMN-120", "Invalid URI")


class NotFoundHandler(FlowHandler):
    """An address that leads nowhere."""

    def prepare(self) -> Awaitable[None] | None:
        """Answer whatever the method is."""
        self.refuse_other_hosts()
        if self._finished:
            return None
        found = missed(self.request.path)
        if found:
            self._note_whose(found)
            if prefers_pages(self.request.headers.get("Accept", "")):
                self.teach(404, found.lesson, code=f"{_REFUSAL.code}: {_REFUSAL.message}")
                return None
        # A server URL with a slash at its end makes //restapi: a program's mistake, so it gets a program's answer.
        if self.request.path.lstrip("/").startswith(_APIS):
            self.send_json(_REFUSAL.status, _REFUSAL.as_json())
            return None
        raise HTTPError(404)

    def _note_whose(self, found: Missed) -> None:
        """Note for the board whose link it was, also where the question ran into the path."""
        if found.question is not None:
            self._query = found.question
        try:
            client_id = self.query().get("client_id") or ""
        except HTTPError:
            client_id = ""
        self.note(app=self.app_meant(client_id))
