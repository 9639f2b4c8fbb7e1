"""Lets a planned fault, such as a 429, strike a request: finds out whose it is, and spoils the answer."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Awaitable
from typing import Any

from tornado.web import HTTPError

from ..faults import Endpoint, PlannedFault
from ..limits import LIMITS, Group, Usage
from ..login.apps import App
from ..parameters import Parameters
from .base import BaseHandler

_ENDPOINTS: dict[str, Endpoint] = {
    "/restapi/oauth/token": "token",
    "/restapi/oauth/revoke": "revoke",
    "/restapi/oauth/authorize": "authorize",
}


def planned_fault(handler: BaseHandler) -> PlannedFault | None:
    """The fault that is planned for this request, if there is one. The consent page asks for its own."""
    path = handler.request.path
    endpoint = _ENDPOINTS.get(path) or ("api" if path.startswith("/restapi/v1.0/") else None)
    if endpoint is None:
        return None
    app = _app(handler, endpoint)
    handler.note(app=app)
    if app is None and endpoint != "authorize":
        return None
    return handler.backend.faults.take(endpoint, app.client_id if app else "")


def _app(handler: BaseHandler, endpoint: Endpoint) -> App | None:
    """The app that sends the request, if it proves that it does: a stranger must not use up its faults.

    At the first step of a login nobody can prove anything. There it is the app that is named.
    """
    apps = handler.backend.apps
    if endpoint == "api":
        session = handler.bearer_session()
        return apps.get(session.client_id) if session else None
    try:
        parameters = handler.form() if handler.request.body else handler.query()
    except HTTPError:
        parameters = Parameters({})
    if endpoint == "authorize":
        return apps.get(parameters.get("client_id") or "")
    caller = handler.backend.oauth.caller(parameters, handler.request.headers.get("Authorization"))
    return caller.app if caller.proven else None


class SpoilableHandler(BaseHandler):
    """A request whose answer can go wrong on purpose."""

    group: Group = "auth"
    """The usage plan group, for a planned 429."""
    broken = ""
    """What is to happen to the answer to come: ``cut`` or ``truncate``."""

    def prepare(self) -> Awaitable[None] | None:
        """Let the fault strike that is planned for this request, unless it was refused already."""
        refused = super().prepare()
        if self.backend.faults and not self._finished and (planned := planned_fault(self)):
            return spoil(self, planned)
        return refused

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> Future[None]:
        """Send the answer, or the half of it that a fault leaves."""
        broken, self.broken = self.broken, ""
        if not broken:
            return super().finish(chunk)
        if chunk is not None:
            self.write(chunk)
        body = b"".join(self._write_buffer)
        self._write_buffer.clear()
        if broken == "truncate":
            return super().finish(body[: len(body) // 2])
        self.set_header("Content-Length", len(body))
        head = [f"HTTP/1.1 {self.get_status()} {self._reason}", *map(": ".join, self._headers.get_all()), "", ""]
        answer = "\r\n".join(head).encode("latin-1") + body
        stream = self.detach()
        self.on_finish()
        # Of an answer without a body nothing comes: many clients take headers that break off for complete ones.
        stream.write(answer[: -(len(body) // 2 + 1)] if body else b"")
        stream.close()
        done: Future[None] = Future()
        done.set_result(None)
        return done


async def spoil(handler: SpoilableHandler, planned: PlannedFault) -> None:
    """Answer as ``planned`` says, or see to it that the answer to come is broken."""
    fault = planned.fault
    if fault.effect == "delay":
        await asyncio.sleep(planned.delay)
    elif fault.effect == "answer":
        handler.note(code=fault.code)
        handler.set_status(fault.status)
        usage = Usage(handler.group, LIMITS[handler.group], remaining=0).headers() if fault.status == 429 else {}
        for name, value in {**usage, **fault.headers}.items():
            handler.set_header(name, value)
        handler.finish(fault.body)
    else:
        handler.broken = fault.effect
