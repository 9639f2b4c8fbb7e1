"""Keeps secrets out of whatever is shown.

There is one rule. A value is hidden when its *name* says that it is a secret, or when the value
itself is known to be one. What is shown instead says only that something was there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

HIDDEN = "(hidden)"

# Parameters, JSON fields and headers whose values give power to whoever reads them. ``state`` and
# ``code_challenge`` are one-time values; a saved notebook has no use for them.
SECRET_NAMES = (
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "code_verifier",
    "code_challenge",
    "code",
    "state",
    "password",
    "assertion",
    "token",
)

_NAMES = "|".join(SECRET_NAMES)


def _parameter(times_encoded: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Match ``name=``, and its value, in a URL that was percent-encoded so many times inside another one."""
    percent = "%" + "25" * (times_encoded - 1)
    equals, *ends = [percent + code for code in ("3D", "26", "23")] if times_encoded else ["=", "&", "#"]
    # A name is a word of its own, or follows an encoded "?", "&" or "#".
    name = re.compile(rf"(?i)(?:%(?:25)*(?:3F|26|23)|(?<![\w-]))([\w-]+?){equals}")
    return name, re.compile(rf"(?i)(?:(?!{'|'.join(ends)})[^&\s\"'<>#])*")


_PARAMETERS = tuple(_parameter(times_encoded) for times_encoded in range(3))
# A text that was cut off may end inside a value; so may JSON inside JSON begin with \".
_FIELD = re.compile(rf"(?is)([\"'](?:{_NAMES})[\"']\s*:\s*)([\"'])(?:\\.|(?!\2).)*(?:\2|\Z)")
_NESTED_FIELD = re.compile(rf"(?is)((\\+[\"'])(?:{_NAMES})\2\s*:\s*)\2(?:(?!\2).)*(?:\2|\Z)")
# Not a word of prose: "Basic authentication header is missing" is an answer of RingCentral's.
_HEADER = re.compile(r"\b((?i:basic|bearer))\s+(?![A-Za-z][a-z]{1,19}[.,]?(?:\s|$))[A-Za-z0-9+/._~=-]{6,}")


def masked(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Hide every secret in a text: a URL, a form body, JSON, a header, or a mixture.

    Args:
        text: Any text.
        secrets: Values that are known to be secret and must not appear, whatever their name.

    Returns:
        The text with each secret value replaced by ``(hidden)``; names stay.

    Example:
        >>> masked("http://localhost:5000/oauth2callback?code=abc123&expires_in=60")
        'http://localhost:5000/oauth2callback?code=(hidden)&expires_in=60'
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    for name, value in _PARAMETERS if "%" in text else _PARAMETERS[:1]:
        text = _hide_parameters(text, name, value)
    text = _FIELD.sub(rf"\1\2{HIDDEN}\2", text)
    if "\\" in text:
        text = _NESTED_FIELD.sub(rf"\1\2{HIDDEN}\2", text)
    return _HEADER.sub(rf"\1 {HIDDEN}", text)


def _hide_parameters(text: str, name: re.Pattern[str], value: re.Pattern[str]) -> str:
    pieces, done = [], 0
    for found in name.finditer(text):
        # What is part of a value that is hidden already is no parameter.
        if found.start() >= done and found[1].lower() in SECRET_NAMES:
            hidden = value.match(text, found.end())
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
