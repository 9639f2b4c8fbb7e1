"""Keeps secrets out of whatever is shown.

There is one rule. A value is hidden when its *name* says that it is a secret, or when the value
itself is known to be one. What is shown instead says only that something was there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_PARAMETER = re.compile(rf"(?i)(?<![\w-])({_NAMES})=[^&\s\"'<>#]+")
_FIELD = re.compile(rf"(?i)([\"'](?:{_NAMES})[\"']\s*:\s*)([\"'])(?:\\.|(?!\2).)*\2")
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
    text = _PARAMETER.sub(rf"\1={HIDDEN}", text)
    text = _FIELD.sub(rf"\1\2{HIDDEN}\2", text)
    return _HEADER.sub(rf"\1 {HIDDEN}", text)
