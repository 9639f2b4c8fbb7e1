"""Log a user in to RingCentral from a notebook.

    from rc_nb_helpers import LoginPanel, Session, load_environment

    session = Session(load_environment("practice"))
    LoginPanel(session)

The names below are loaded when they are first used (PEP 562): nothing happens at import.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .attempt import LoginAttempt as LoginAttempt
    from .authorization import AuthorizationRequest as AuthorizationRequest
    from .authorization import AuthorizationResponse as AuthorizationResponse
    from .authorization import code_challenge as code_challenge
    from .callback_page import Page as Page
    from .calls import Call as Call
    from .calls import Parameter as Parameter
    from .downloads import PartialFile as PartialFile
    from .environments import Environment as Environment
    from .environments import environment_file as environment_file
    from .environments import load_environment as load_environment
    from .errors import AccessDenied as AccessDenied
    from .errors import ApiError as ApiError
    from .errors import AuthorizationRefused as AuthorizationRefused
    from .errors import CallbackRejected as CallbackRejected
    from .errors import CodeRejected as CodeRejected
    from .errors import ConfigurationError as ConfigurationError
    from .errors import CredentialsRejected as CredentialsRejected
    from .errors import LoginCancelled as LoginCancelled
    from .errors import LoginError as LoginError
    from .errors import LoginTimeout as LoginTimeout
    from .errors import LoginUnreachable as LoginUnreachable
    from .errors import NotLoggedIn as NotLoggedIn
    from .errors import PlatformUnreachable as PlatformUnreachable
    from .errors import PortInUse as PortInUse
    from .errors import RingCentralError as RingCentralError
    from .errors import SessionBusy as SessionBusy
    from .errors import StorageError as StorageError
    from .errors import explain as explain
    from .exchanges import Exchange as Exchange
    from .exchanges import ExchangeRecord as ExchangeRecord
    from .exchanges import Exchanges as Exchanges
    from .explanations import Cause as Cause
    from .explanations import Explanation as Explanation
    from .first_look import pre_flight as pre_flight
    from .listener import CallbackListener as CallbackListener
    from .pages import Pages as Pages
    from .pages import Records as Records
    from .panels.join import JoinPanel as JoinPanel
    from .panels.link import open_in_browser as open_in_browser
    from .panels.login import LoginPanel as LoginPanel
    from .panels.logout import LogoutPanel as LogoutPanel
    from .panels.pieces import show_link as show_link
    from .panels.test import TestPanel as TestPanel
    from .panels.tokens import TokenPanel as TokenPanel
    from .panels.wire import WirePanel as WirePanel
    from .redaction import masked as masked
    from .redirection_endpoint import RedirectionEndpoint as RedirectionEndpoint
    from .results import Answer as Answer
    from .results import LogoutOutcome as LogoutOutcome
    from .results import Person as Person
    from .results import RateLimit as RateLimit
    from .results import TokenStatus as TokenStatus
    from .sdk import Platform as Platform
    from .session import Session as Session
    from .stills import Still as Still
    from .stills import still as still
    from .storage import FileStorage as FileStorage
    from .storage import KeyringStorage as KeyringStorage
    from .storage import StoredLogin as StoredLogin
    from .storage import TokenStorage as TokenStorage
    from .storage import why_no_keychain as why_no_keychain
    from .tokens import SafeAuth as SafeAuth
    from .tokens import Tokens as Tokens
    from .wire import Message as Message
    from .wire import Wire as Wire

__all__ = [
    "AccessDenied",
    "Answer",
    "ApiError",
    "AuthorizationRefused",
    "AuthorizationRequest",
    "AuthorizationResponse",
    "Call",
    "CallbackListener",
    "CallbackRejected",
    "Cause",
    "CodeRejected",
    "ConfigurationError",
    "CredentialsRejected",
    "Environment",
    "Exchange",
    "ExchangeRecord",
    "Exchanges",
    "Explanation",
    "FileStorage",
    "JoinPanel",
    "KeyringStorage",
    "LoginAttempt",
    "LoginCancelled",
    "LoginError",
    "LoginPanel",
    "LoginTimeout",
    "LoginUnreachable",
    "LogoutOutcome",
    "LogoutPanel",
    "Message",
    "NotLoggedIn",
    "Page",
    "Pages",
    "Parameter",
    "PartialFile",
    "Person",
    "Platform",
    "PlatformUnreachable",
    "PortInUse",
    "RateLimit",
    "Records",
    "RedirectionEndpoint",
    "RingCentralError",
    "SafeAuth",
    "Session",
    "SessionBusy",
    "Still",
    "StorageError",
    "StoredLogin",
    "TestPanel",
    "TokenPanel",
    "TokenStatus",
    "TokenStorage",
    "Tokens",
    "Wire",
    "WirePanel",
    "code_challenge",
    "environment_file",
    "explain",
    "load_environment",
    "masked",
    "open_in_browser",
    "pre_flight",
    "show_link",
    "still",
    "why_no_keychain",
]

_HOMES = {
    "LoginAttempt": "attempt",
    "AuthorizationRequest": "authorization",
    "AuthorizationResponse": "authorization",
    "code_challenge": "authorization",
    "Page": "callback_page",
    "Call": "calls",
    "Parameter": "calls",
    "Environment": "environments",
    "environment_file": "environments",
    "load_environment": "environments",
    "AccessDenied": "errors",
    "ApiError": "errors",
    "AuthorizationRefused": "errors",
    "CallbackRejected": "errors",
    "CodeRejected": "errors",
    "ConfigurationError": "errors",
    "CredentialsRejected": "errors",
    "LoginCancelled": "errors",
    "LoginError": "errors",
    "LoginTimeout": "errors",
    "LoginUnreachable": "errors",
    "NotLoggedIn": "errors",
    "PlatformUnreachable": "errors",
    "PortInUse": "errors",
    "RingCentralError": "errors",
    "SessionBusy": "errors",
    "StorageError": "errors",
    "explain": "errors",
    "Cause": "explanations",
    "Explanation": "explanations",
    "Exchange": "exchanges",
    "ExchangeRecord": "exchanges",
    "Exchanges": "exchanges",
    "PartialFile": "downloads",
    "CallbackListener": "listener",
    "JoinPanel": "panels.join",
    "LoginPanel": "panels.login",
    "LogoutPanel": "panels.logout",
    "TestPanel": "panels.test",
    "WirePanel": "panels.wire",
    "TokenPanel": "panels.tokens",
    "open_in_browser": "panels.link",
    "show_link": "panels.pieces",
    "pre_flight": "first_look",
    "Pages": "pages",
    "Records": "pages",
    "masked": "redaction",
    "Answer": "results",
    "LogoutOutcome": "results",
    "Person": "results",
    "RateLimit": "results",
    "TokenStatus": "results",
    "RedirectionEndpoint": "redirection_endpoint",
    "Platform": "sdk",
    "Session": "session",
    "Still": "stills",
    "still": "stills",
    "FileStorage": "storage",
    "KeyringStorage": "storage",
    "StoredLogin": "storage",
    "TokenStorage": "storage",
    "why_no_keychain": "storage",
    "SafeAuth": "tokens",
    "Tokens": "tokens",
    "Message": "wire",
    "Wire": "wire",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if sys.platform == "emscripten":
        from .errors import ConfigurationError

        raise ConfigurationError(
            "None of this can run in JupyterLite.",
            why="There Python runs inside the browser, which lets it wait at no port and speak to no server freely.",
            cure="Open the notebooks in a Jupyter that runs on a computer: yours, or a server such as a JupyterHub.",
        )
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
