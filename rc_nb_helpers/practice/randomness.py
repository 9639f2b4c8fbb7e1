"""Text that nobody can guess: ids, secrets, codes, tokens and cookies."""

from __future__ import annotations

import base64
import secrets

SECRET_LENGTH = 43
"""Letters and digits of a code, a token or a client secret: 256 bits, all but a fraction."""

_NOT_ALPHANUMERIC = str.maketrans("", "", "+/=")


def random_text(length: int) -> str:
    """Unguessable letters and digits, about 5.95 bits each (RFC 6749 §10.10 asks for 128 bits).

    Args:
        length: How many.
    """
    # Twice the bytes: enough is left when the two characters of base64 that are neither are taken out.
    return base64.b64encode(secrets.token_bytes(2 * length)).decode().translate(_NOT_ALPHANUMERIC)[:length]
