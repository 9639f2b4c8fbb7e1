"""Reads what a client sends: form and query parameters, and the Basic ``Authorization`` header.

Everything here is pure. Nothing of what was read appears in a ``repr``: it may be a password, a code or a token.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

MOST_PARAMETERS = 100


class Malformed(ValueError):
    """What was sent cannot be read as parameters or as credentials. The text says why, without quoting it."""


@dataclass(frozen=True)
class Parameters:
    """The parameters of one request.

    ``values`` holds the first value of each name that is not empty (RFC 6749 §3.1: a parameter without a
    value counts as omitted). ``repeated`` names those that came more than once, which the same section forbids;
    ``empty`` those that came without a value.
    """

    values: Mapping[str, str] = field(repr=False)
    repeated: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    def get(self, name: str) -> str | None:
        """The value of ``name``, or None when it is absent or empty."""
        return self.values.get(name)


def parse_parameters(encoded: str | bytes) -> Parameters:
    """Read an ``application/x-www-form-urlencoded`` query or body (RFC 6749 §B: UTF-8).

    Raises:
        Malformed: It is not UTF-8, or has more than ``MOST_PARAMETERS`` parameters.
    """
    if not encoded:
        return Parameters({})
    try:
        # tornado hands over the query as latin-1 text: what came over the wire, one character for each byte.
        raw = encoded if isinstance(encoded, bytes) else encoded.encode("latin-1")
        if raw.count(b"&") >= MOST_PARAMETERS:
            raise Malformed(f"There are more than {MOST_PARAMETERS} parameters")
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise Malformed("The parameters are not valid UTF-8") from None
    values: dict[str, str] = {}
    seen: dict[str, None] = {}  # sets that keep the order
    repeated: dict[str, None] = {}
    for name, value in pairs:
        if name in seen:
            repeated[name] = None
        seen[name] = None
        if value:
            values.setdefault(name, value)
    return Parameters(values, tuple(repeated), tuple(name for name in seen if name not in values))


@dataclass(frozen=True)
class BasicCredentials:
    """A client id and client secret from a Basic header, exactly as they came."""

    client_id: str
    client_secret: str = field(repr=False)

    def decoded(self) -> BasicCredentials:
        """The two form-decoded, as RFC 6749 §2.3.1 says clients encode them; most clients do not."""
        return BasicCredentials(unquote_plus(self.client_id), unquote_plus(self.client_secret))


def parse_basic(header: str) -> BasicCredentials:
    """Read an ``Authorization: Basic …`` header (RFC 7617; the scheme in any case).

    Authlib's own reader answers some of these with HTTP 500.

    Raises:
        Malformed: Another scheme, bad base64, bytes that are not UTF-8, or no colon.
    """
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        raise Malformed("The scheme is not Basic")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Malformed("The credentials are not base64 of UTF-8 text") from None
    client_id, colon, client_secret = text.partition(":")
    if not colon:
        raise Malformed("There is no colon between client id and client secret")
    return BasicCredentials(client_id, client_secret)


def add_query(uri: str, parameters: Mapping[str, str]) -> str:
    """``uri`` with ``parameters`` added to its query, its own query kept byte for byte.

    RFC 6749 §3.1.2 asks for the query to be retained; Authlib's helper decodes and encodes it again, which
    can change it.
    """
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters, quote_via=quote, safe='')}"
