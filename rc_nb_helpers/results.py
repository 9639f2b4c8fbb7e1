"""What a session tells: of its tokens, of the person, of a call, of a logout. Loaded when there is one to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .columns import folded
from .sentences.saying import say


@dataclass(frozen=True)
class TokenStatus:
    """What may be known about the tokens: that they are there, and until when. Never the tokens.

    Attributes:
        expires_at: When the access token ends, in epoch seconds by this machine's clock.
        refresh_expires_at: When the refresh token ends, in epoch seconds; 0 when there is none.
        scope: The permissions the server granted.
        owner_id: RingCentral's id of the person's extension.
        lasts: For how many seconds the access token was given; 0 when that is not known.
        refresh_lasts: Likewise for the refresh token.
        refreshes: How often this login has got new tokens in this kernel.
    """

    expires_at: float
    refresh_expires_at: float
    scope: tuple[str, ...]
    owner_id: str
    lasts: float = 0.0
    refresh_lasts: float = 0.0
    refreshes: int = 0


@dataclass(frozen=True)
class Person:
    """Who is logged in. An extension is RingCentral's word for a person's place in the company.

    Attributes:
        name: The person's name, as the company's directory has it; may be empty.
        extension_number: What colleagues dial; empty for those that have none.
        extension_id: RingCentral's id of the extension.
    """

    name: str
    extension_number: str
    extension_id: str


@dataclass(frozen=True)
class RateLimit:
    """What is left of the requests that an app may make for a person. RingCentral counts them in groups.

    Attributes:
        group: The usage plan group, such as ``"heavy"``; may be empty.
        limit: How many requests one window has.
        remaining: How many of them are left.
        window: How long a window is, in seconds.
    """

    group: str
    limit: int
    remaining: int
    window: int


@dataclass(frozen=True)
class Answer:
    """What an API call brought.

    Attributes:
        status: HTTP status code, 2xx.
        seconds: How long it took.
        data: What it holds: for JSON an object, a list or whatever it is, for text a ``str``, for sound, pictures
            and other files ``bytes``; an empty dictionary when there was no body.
        size: How many bytes that was, unpacked.
        rate_limit: What the rate limit leaves; None where the server did not say.
    """

    status: int
    seconds: float
    data: Any
    size: int = 0
    rate_limit: RateLimit | None = None


@dataclass(frozen=True)
class LogoutOutcome:
    """How a logout ended. The tokens are forgotten here in every case.

    Attributes:
        revoked: Whether the server confirmed that the tokens are dead.
        message: What happened, in words for a person.
        why: The cause, where the server has not revoked, or where a kept login could not be deleted; may be empty.
        cure: What to do then; may be empty.
        said: The server's own words about it; may be empty.
    """

    revoked: bool
    message: str
    why: str = ""
    cure: str = ""
    said: str = ""

    def __repr__(self) -> str:
        return " ".join(part for part in (self.told, self.why, self.cure) if part)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows below a cell."""
        printer.text(folded(repr(self)))

    @property
    def told(self) -> str:
        """What happened, with the server's own words."""
        return say("logout.told", message=self.message, said=self.said) if self.said else self.message


def rate_limit_of(headers: Mapping[str, str]) -> RateLimit | None:
    """What an answer says of the rate limit; None where it does not.

    Args:
        headers: The answer's headers, whose names are looked up in any case.
    """
    counts = [headers.get(f"X-Rate-Limit-{name}", "") for name in ("Limit", "Remaining", "Window")]
    if not all(count.isascii() and count.isdecimal() and len(count) < 10 for count in counts):
        return None
    return RateLimit(headers.get("X-Rate-Limit-Group", ""), *map(int, counts))
