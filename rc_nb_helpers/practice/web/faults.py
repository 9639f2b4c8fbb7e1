"""Lets a planned fault strike: finds out whose request it is, and spoils the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import HTTPError

from ..apps import App
from ..faults import Endpoint, PlannedFault
from ..parameters import Parameters

if TYPE_CHECKING:
    from .base import BaseHandler

_ENDPOINTS: dict[str, Endpoint] = {
    "/restapi/oauth/token": "token",
    "/restapi/oauth/revoke": "revoke",
    "/restapi/oauth/authorize": "authorize",
}


def planned_fault(handler: BaseHandler) -> PlannedFault | None:
    """Return the fault that is planned for this request, if there is one. The consent page asks for its own."""
    path = handler.request.path
    endpoint = _ENDPOINTS.get(path) or ("api" if path.startswith("/restapi/v1.0/") else None)
    if endpoint is None:
        return None
    app = _app(handler, endpoint)
    handler.note(app=app)
    return handler.backend.faults.take(endpoint, app.client_id if app else "")


def _app(handler: BaseHandler, endpoint: Endpoint) -> App | None:
    """Return the app that the request names. Nobody has proved anything yet: it is only to be spoilt."""
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
    return handler.backend.oauth.caller(parameters, handler.request.headers.get("Authorization")).app
