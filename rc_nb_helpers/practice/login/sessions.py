"""Sessions and their tokens: what was granted, for how long, and when it ends.

Opaque random values in memory. All of it is gone when the platform stops, as a lost token is anywhere.
Rules: RFC 6749 §6, RFC 9700 §4.14, and RingCentral's "Refresh tokens" and "Tokens" pages.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace

from ..clock import MovableClock
from ..company.people import Person
from ..errors import OAuthRefusal, token_invalid
from ..randomness import SECRET_LENGTH, random_text
from .apps import App

ACCESS_TOKEN_SECONDS = 3600
"""How long an access token lives. An app can ask for less."""
REFRESH_TOKEN_SECONDS = 604800
"""How long a refresh token lives if the app does not say."""
MOST_REFRESH_TOKEN_SECONDS = 2592000
GRACE_AFTER_USE_SECONDS = 10
"""How long a refresh token that was replaced still works after the first use of the new access token."""
GRACE_UNUSED_SECONDS = 3600
"""How long it still works as long as nobody uses the new one."""
MOST_SESSIONS_PER_APP = 5
MOST_SESSIONS = 20_000
_TOKEN = re.compile(rf"[A-Za-z0-9]{{{SECRET_LENGTH}}}")


@dataclass(frozen=True)
class TokenPair:
    """An access token and the refresh token that came with it. Times are in seconds since the epoch."""

    access_token: str = field(repr=False)
    access_expires_at: float
    refresh_token: str | None = field(repr=False)
    refresh_expires_at: float
    issued_at: float


@dataclass(eq=False)
class Session:
    """What one login gave: it lives on through refreshes and ends as a whole when it is revoked.

    Attributes:
        tokens: Those that are good now.
        previous: Those that the last refresh replaced.
        used_at: When the access token was used first, in seconds since the epoch; None before.
    """

    id: str = field(repr=False)
    client_id: str
    person: Person
    scope: str
    endpoint_id: str
    tokens: TokenPair
    previous: TokenPair | None = None
    used_at: float | None = None

    def check_client(self, client: App) -> bool:
        """For Authlib: whether it belongs to ``client``."""
        return self.client_id == client.client_id

    def has_permission(self, permission: str) -> bool:
        """Whether the app had ``permission`` when the person signed in."""
        return permission in self.scope.split()


@dataclass(frozen=True)
class Lifetimes:
    """How long new tokens live, in seconds. A refresh token of 0 seconds is not given at all."""

    access_token: int = ACCESS_TOKEN_SECONDS
    refresh_token: int = REFRESH_TOKEN_SECONDS


class SessionStore:
    """The sessions that live.

    Args:
        clock: Tokens end by it; what ended long ago is swept out by the real time.
    """

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._by_token: dict[str, Session] = {}
        self._by_owner: dict[tuple[str, int], list[Session]] = {}
        self._swept_at = clock.real()

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, *, app: App, person: Person, scope: str, endpoint_id: str | None, lifetimes: Lifetimes) -> Session:
        """Make a new session. A person has at most five with one app (RingCentral): the oldest ends for the sixth.

        Args:
            app: The app that the person allowed.
            person: Who signed in.
            scope: The permissions, with spaces between.
            endpoint_id: The name that the app gives to its device (RingCentral); None: a random one.
            lifetimes: How long the tokens live.
        """
        self._sweep()
        mine = self._by_owner.get((app.client_id, person.extension_id), [])
        for oldest in mine[: len(mine) - MOST_SESSIONS_PER_APP + 1] if len(mine) >= MOST_SESSIONS_PER_APP else []:
            self.revoke(oldest)
        while len(self._sessions) >= MOST_SESSIONS:
            self.revoke(next(iter(self._sessions.values())))
        session = Session(
            id=random_text(22),
            client_id=app.client_id,
            person=person,
            scope=scope,
            endpoint_id=endpoint_id or random_text(22),
            tokens=self._new_tokens(lifetimes),
        )
        self._sessions[session.id] = session
        self._by_owner.setdefault((app.client_id, person.extension_id), []).append(session)
        self._index(session, session.tokens)
        return session

    def refresh(self, session: Session, refresh_token: str, lifetimes: Lifetimes) -> TokenPair:
        """Give new tokens for ``refresh_token``; the access token that came with it ends at once.

        The same refresh token gives the same new tokens again as long as nobody used them, for an hour, and for ten
        seconds after their first use: an app whose connection broke is not locked out. (RingCentral, "Refresh
        tokens".) Should they have ended by then, it gives others.

        Args:
            session: The session that ``find`` has for the refresh token.
            refresh_token: One that the app holds.
            lifetimes: How long the new tokens live.

        Raises:
            OAuthRefusal: The refresh token was replaced too long ago, or is expired.
        """
        now = self._clock()
        presented = session.tokens
        if refresh_token != presented.refresh_token:
            if session.used_at is None:
                grace_ends = presented.issued_at + GRACE_UNUSED_SECONDS
            else:
                grace_ends = session.used_at + GRACE_AFTER_USE_SECONDS
            if session.previous is None or refresh_token != session.previous.refresh_token or now >= grace_ends:
                raise token_not_found()
            if now < session.tokens.access_expires_at:
                return session.tokens
            presented = session.previous
        if now >= presented.refresh_expires_at:
            raise OAuthRefusal("invalid_grant", "OAU-210", "Token expired")
        if session.previous:
            self._unindex(session.previous)
        session.previous, session.tokens = session.tokens, self._new_tokens(lifetimes)
        session.used_at = None
        self._index(session, session.tokens)
        return session.tokens

    def find(self, token: str) -> Session | None:
        """The session of an access token or refresh token, whatever state it is in, or None."""
        return self._by_token.get(token)

    def get(self, session_id: str) -> Session | None:
        """The session with this id, or None when it has ended."""
        return self._sessions.get(session_id)

    def authenticate(self, access_token: str) -> Session:
        """Note that a session was used: the one that ``access_token`` opens.

        RingCentral calls a token that was replaced "corrupted" for about ten seconds and "not found" afterwards.

        Raises:
            ApiRefusal: 401, the token opens none; it says why.
        """
        session = self._by_token.get(access_token)
        now = self._clock()
        if session is None:
            if _TOKEN.fullmatch(access_token):
                raise token_invalid("OAU-213", "Token not found")
            raise token_invalid("OAU-149", "OAuth token is invalid")
        if access_token != session.tokens.access_token:
            superseded = session.previous and access_token == session.previous.access_token
            if superseded and now - session.tokens.issued_at < GRACE_AFTER_USE_SECONDS:
                raise token_invalid("OAU-129", "Access token corrupted")
            raise token_invalid("OAU-213", "Token not found")
        if now >= session.tokens.access_expires_at:
            raise token_invalid("OAU-128", "Access token expired")
        if session.used_at is None:
            session.used_at = now
        return session

    def revoke(self, session: Session) -> None:
        """End ``session``: none of its tokens works any more."""
        if self._sessions.pop(session.id, None) is None:
            return
        self._unindex(session.tokens)
        if session.previous:
            self._unindex(session.previous)
        owner = (session.client_id, session.person.extension_id)
        self._by_owner[owner].remove(session)
        if not self._by_owner[owner]:
            del self._by_owner[owner]

    def forget(self, client_id: str | None = None) -> None:
        """End the sessions of one app, or all."""
        for session in self.of_app(client_id):
            self.revoke(session)

    def of_app(self, client_id: str | None) -> list[Session]:
        """The living sessions of one app (None: of all), oldest first."""
        return [one for one in self._sessions.values() if client_id in (None, one.client_id)]

    def alive(self) -> Counter[str]:
        """How many sessions of each app have a token that still works, by client id."""
        now = self._clock()
        return Counter(
            one.client_id
            for one in self._sessions.values()
            if now < max(one.tokens.access_expires_at, one.tokens.refresh_expires_at)
        )

    def expire_access_token(self, session: Session) -> None:
        """Let the access token of ``session`` end now."""
        session.tokens = replace(session.tokens, access_expires_at=self._clock())

    def expire_refresh_token(self, session: Session) -> None:
        """Let the refresh token of ``session`` end now."""
        session.tokens = replace(session.tokens, refresh_expires_at=self._clock())

    def seconds_left(self, expires_at: float) -> int:
        """The seconds from now until ``expires_at``, rounded up, never negative."""
        return max(0, math.ceil(expires_at - self._clock()))

    def _new_tokens(self, lifetimes: Lifetimes) -> TokenPair:
        now = self._clock()
        return TokenPair(
            access_token=random_text(SECRET_LENGTH),
            access_expires_at=now + lifetimes.access_token,
            refresh_token=random_text(SECRET_LENGTH) if lifetimes.refresh_token else None,
            refresh_expires_at=now + lifetimes.refresh_token,
            issued_at=now,
        )

    def _index(self, session: Session, tokens: TokenPair) -> None:
        self._by_token[tokens.access_token] = session
        if tokens.refresh_token:
            self._by_token[tokens.refresh_token] = session

    def _unindex(self, tokens: TokenPair) -> None:
        self._by_token.pop(tokens.access_token, None)
        if tokens.refresh_token:
            self._by_token.pop(tokens.refresh_token, None)

    def _sweep(self) -> None:
        # An hour of memory after the end, so that a late call still hears "expired" and not "not found". By the real
        # time: the clock may be set back, and tokens live on then.
        now = self._clock.real()
        if now - self._swept_at < 60:
            return
        self._swept_at = now
        for session in list(self._sessions.values()):
            if now > max(session.tokens.access_expires_at, session.tokens.refresh_expires_at) + 3600:
                self.revoke(session)


def token_not_found() -> OAuthRefusal:
    """The refresh token is unknown, was replaced, or belongs to a session that has ended."""
    return OAuthRefusal("invalid_grant", "OAU-213", "Token not found")
