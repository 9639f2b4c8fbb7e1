"""Log a user in to RingCentral from a notebook.

    from rc_nb_helpers import LoginPanel, Session, load_environment

    session = Session(load_environment("practice"))
    LoginPanel(session)

The names below are loaded when they are first used: nothing happens at import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .authorization import AuthorizationRequest as AuthorizationRequest
    from .authorization import code_challenge as code_challenge
    from .environments import Environment as Environment
    from .environments import environment_file as environment_file
    from .environments import load_environment as load_environment
    from .errors import AccessDenied as AccessDenied
    from .errors import ApiError as ApiError
    from .errors import CodeRejected as CodeRejected
    from .errors import ConfigurationError as ConfigurationError
    from .errors import LoginCancelled as LoginCancelled
    from .errors import LoginError as LoginError
    from .errors import LoginTimeout as LoginTimeout
    from .errors import NotLoggedIn as NotLoggedIn
    from .errors import PlatformUnreachable as PlatformUnreachable
    from .errors import PortInUse as PortInUse
    from .errors import RingCentralError as RingCentralError
    from .listener import CallbackListener as CallbackListener
    from .panels import LoginPanel as LoginPanel
    from .panels import LogoutPanel as LogoutPanel
    from .panels import TestPanel as TestPanel
    from .panels import open_in_browser as open_in_browser
    from .redaction import masked as masked
    from .session import LoginAttempt as LoginAttempt
    from .session import Session as Session

_HOMES = {
    "AuthorizationRequest": "authorization",
    "code_challenge": "authorization",
    "Environment": "environments",
    "environment_file": "environments",
    "load_environment": "environments",
    "AccessDenied": "errors",
    "ApiError": "errors",
    "CodeRejected": "errors",
    "ConfigurationError": "errors",
    "LoginCancelled": "errors",
    "LoginError": "errors",
    "LoginTimeout": "errors",
    "NotLoggedIn": "errors",
    "PlatformUnreachable": "errors",
    "PortInUse": "errors",
    "RingCentralError": "errors",
    "CallbackListener": "listener",
    "LoginPanel": "panels",
    "LogoutPanel": "panels",
    "TestPanel": "panels",
    "open_in_browser": "panels",
    "masked": "redaction",
    "LoginAttempt": "session",
    "Session": "session",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
