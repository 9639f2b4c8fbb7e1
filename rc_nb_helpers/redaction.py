"""Keeps secrets out of whatever is shown.

There is one rule. A value is hidden when its *name* says that it is a secret, or when the value
itself is known to be one. What is shown instead says only that something was there.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ParamSpec, TypeVar
from urllib.parse import unquote

P = ParamSpec("P")
T = TypeVar("T")

HIDDEN = "(hidden)"

# Parameters, JSON fields and headers whose values give power to whoever reads them. ``state`` and
# ``code_challenge`` are one-time values; a saved notebook has no use for them.
_ENDINGS = ("token", "secret", "password", "assertion", "verifier", "encryptionkey")
_WORDS = ("code", "state", "codechallenge")


def is_secret(name: str) -> bool:
    """Whether a parameter, a field or a header of this name holds a secret, in any of the usual spellings.

    Args:
        name: Such as ``access_token``, ``accessToken`` or ``code``.
    """
    plain = name.lower().replace("_", "").replace("-", "")
    return plain in _WORDS or plain.endswith(_ENDINGS)


_NAMES = rf"[\w-]{{0,40}}(?:{'|'.join(_ENDINGS)}|encryption[_-]key)|code|state|code[_-]?challenge"


def _parameter(times_encoded: int) -> tuple[str, str]:
    """Match ``name=``, and its value, in a URL that was percent-encoded so many times inside another one."""
    percent = "%" + "25" * (times_encoded - 1)
    equals, *ends = [percent + code for code in ("3D", "26", "23")] if times_encoded else ["=", "&", "#"]
    # A name is a word of its own, or follows an encoded "?", "&" or "#".
    letters = r"[\w-]" if times_encoded else r"[\w%-]"
    name = rf"(?i)(?:%(?:25)*(?:3F|26|23)|(?<!{letters}))({letters}+?){equals}"
    return name, rf"(?i)(?:(?!{'|'.join(ends)})[^&\s\"'<>#])*"


_PARAMETERS = tuple(_parameter(times_encoded) for times_encoded in range(3))
# A text that was cut off may end inside a value; so may JSON inside JSON begin with \". Where a list or an object
# ends cannot be told here, so the rest goes with it.
_OTHER_VALUE = r"(?!null\b|None\b)[\w.+-]+|[\[{].*"
_FIELD = rf"(?is)([\"'](?:{_NAMES})[\"']\s*:\s*)(?:([\"'])(?!\2)(?:\\.|(?!\2).)*(?:\2|\Z)|{_OTHER_VALUE})"
_NESTED_FIELD = rf"(?is)((?<!\\)(\\+[\"'])(?:{_NAMES})\2\s*:\s*)(?:(\2)(?:(?!\2).)*(?:\2|\Z)|{_OTHER_VALUE})"
_FORM_FIELD = rf"(?is)(\bname=([\"'])(?:{_NAMES})\2[^<>]{{0,200}}?\bvalue=)([\"'])(?:(?!\3).)*(?:\3|\Z)"
# Not a word of prose: "Basic authentication header is missing" is an answer of RingCentral's.
_HEADER = r"\b((?i:basic|bearer):?(?:\s|%20|\+)+)(?![A-Za-z][a-z]{1,19}[.,]?(?:\s|$))[A-Za-z0-9+/._~=-]{6,}"


def masked(text: object, *, secrets: Iterable[str] = ()) -> str:
    """Hide every secret in a text: a URL, a form body, JSON, a header, or a mixture.

    Args:
        text: Any text; of bytes their text, of anything else what ``str`` makes of it.
        secrets: Values that are known to be secret and must not appear, whatever their name.

    Returns:
        The text with each secret value replaced by ``(hidden)``; names stay.

    Example:
        >>> masked("http://localhost:5000/oauth2callback?code=abc123&expires_in=60")
        'http://localhost:5000/oauth2callback?code=(hidden)&expires_in=60'
    """
    text = text.decode("utf-8", "replace") if isinstance(text, bytes | bytearray) else str(text)
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    text = _masked_json(text)
    for name, value in _PARAMETERS if "%" in text else _PARAMETERS[:1]:
        text = _hide_parameters(text, name, value)
    text = re.sub(_FIELD, lambda found: f"{found[1]}{found[2] or ''}{HIDDEN}{found[2] or ''}", text)
    if "\\" in text:
        text = re.sub(_NESTED_FIELD, lambda found: f"{found[1]}{found[3] or ''}{HIDDEN}{found[3] or ''}", text)
    if "value=" in text:
        text = re.sub(_FORM_FIELD, rf"\1\3{HIDDEN}\3", text)
    return re.sub(_HEADER, rf"\1{HIDDEN}", text)


def _masked_json(text: str) -> str:
    """JSON with its secret fields hidden, whatever their values are; any other text as it is."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        data = json.loads(text)
        hidden = _without_secrets(data)
        return text if hidden == data else json.dumps(hidden, ensure_ascii=False)
    except (ValueError, RecursionError):  # cut off, or no JSON at all
        return text


def _without_secrets(data: Any) -> Any:
    if isinstance(data, dict):
        return {
            name: HIDDEN if is_secret(name) and value not in (None, "", [], {}) else _without_secrets(value)
            for name, value in data.items()
        }
    return [_without_secrets(each) for each in data] if isinstance(data, list) else data


def beginning(text: str, secrets: Sequence[str], *, most: int) -> str:
    """The first characters of a text, masked. It is cut first: to mask megabytes would hold up the kernel.

    Args:
        text: Any text.
        secrets: Values that are known to be secret, whatever their name.
        most: How many characters of it may be shown.
    """
    if len(text) <= most:
        return masked(text, secrets=secrets)
    # The end of the window may be half a secret, which nobody would recognise: it is cut off afterwards.
    longest = max(map(len, secrets), default=0)
    window = masked(text[: most + longest], secrets=secrets)
    return window[: len(window) - longest][:most]


def _hide_parameters(text: str, name: str, value: str) -> str:
    pieces, done = [], 0
    for found in re.finditer(name, text):
        # What is part of a value that is hidden already is no parameter.
        if found.start() >= done and is_secret(unquote(found[1])):
            hidden = re.compile(value).match(text, found.end())
            end = hidden.end() if hidden else found.end()
            pieces += [text[done : found.end()], HIDDEN if end > found.end() else ""]
            done = end
    return "".join([*pieces, text[done:]])


def opaque(function: Callable[P, T]) -> Callable[P, T]:
    """Let a failure of a function show nothing of its inside: the traceback ends where it was called.

    A traceback can print the local variables of each of its frames (``%xmode Verbose``, error reporters).
    Those of ours, and of the HTTP libraries below, hold codes and tokens. An error whose frames are gone
    shows none of them: not as the cause of somebody's own error, and not when the kernel is interrupted.

    Args:
        function: A function that has to do with secrets.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  (an interrupt shows as much as an error)
            del args, kwargs  # this frame stays in the traceback
            error.__cause__ = error.__context__ = None
            raise error.with_traceback(None) from None

    return call
