"""Codes, tokens and sessions against a small model of them, in random order.

The model is written from the rules (RFC 6749 §4.1.2 and §6; RingCentral: rotation, grace, five sessions), not
from the code. It talks to the OAuth server without HTTP, which is tested elsewhere.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rc_nb_helpers.practice.backend import Backend
from rc_nb_helpers.practice.clock import MovableClock
from rc_nb_helpers.practice.errors import ApiRefusal
from rc_nb_helpers.practice.parameters import Parameters

from ..conftest import REDIRECT_URI, Clock

_HOUR = 3600
_WEEK = 604_800


@dataclass
class _Pair:
    access: str
    refresh: str
    at: float
    access_ends: float
    refresh_ends: float


@dataclass
class _Session:
    username: str
    pairs: list[_Pair]
    alive: bool = True
    used_at: float | None = None

    @property
    def current(self) -> _Pair:
        return self.pairs[-1]


@dataclass
class _Code:
    value: str
    username: str
    at: float
    used: bool = False
    gave: _Session | None = None


@dataclass
class _Model:
    codes: list[_Code] = field(default_factory=list)
    sessions: list[_Session] = field(default_factory=list)

    def living(self, username: str) -> list[_Session]:
        return [one for one in self.sessions if one.alive and one.username == username]


_pick = st.sampled_from([0, 0, 0, 0, 0, 0, 1, 5])  # the latest most of all
_age = st.sampled_from([0, 0, 0, 1, 1, 2])  # 0: the current pair, 1: the one before, 2: an older one


# Seconds that go by before a step: around every limit that there is.
_after = st.sampled_from([0, 0, 0, 5, 5, 10, 10, 60, 700, 700, 700, _HOUR - 10, _HOUR, _WEEK - _HOUR, 2 * _WEEK])
# What the app asks for: how long the access token and the refresh token are to live.
_ttl = st.sampled_from([(_HOUR, _WEEK)] * 3 + [(600, _WEEK), (600, 300), (_HOUR, 300), (600, 1000)])


class CodesTokensSessions(RuleBasedStateMachine):
    """People sign in, an app exchanges, refreshes, calls and logs out, and time goes by in between."""

    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.backend = Backend((REDIRECT_URI,), 0, None, MovableClock(self.clock))
        app = self.backend.built_in
        basic = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
        self.authorization = f"Basic {basic}"
        self.model = _Model()
        self.log_in("alex")

    def _post(self, **form: str) -> tuple[str, dict[str, object]]:
        answer = self.backend.oauth.token(Parameters(form), self.authorization)
        if answer.status == 200:
            return "", dict(answer.body)
        return str(answer.body["errors"][0]["errorCode"]), {}

    def _pair(self, tokens: dict[str, object], ttl: tuple[int, int]) -> _Pair:
        assert (tokens["expires_in"], tokens["refresh_token_expires_in"]) == ttl
        now = self.clock()
        return _Pair(str(tokens["access_token"]), str(tokens["refresh_token"]), now, now + ttl[0], now + ttl[1])

    def _long_over(self, session: _Session) -> bool:
        # An hour after its last token expired a session may be swept away at any time.
        return self.clock() > max(session.current.access_ends, session.current.refresh_ends) + _HOUR

    @rule(username=st.sampled_from(["alex", "sam"]))
    def sign_in(self, username: str) -> None:
        person = self.backend.company.find(username)
        assert person is not None
        code = self.backend.codes.issue(
            app=self.backend.built_in,
            person=person,
            redirect_uri=REDIRECT_URI,
            code_challenge=None,
            code_challenge_method=None,
        )
        self.model.codes.append(_Code(code.value, username, self.clock()))

    @rule(username=st.sampled_from(["alex", "alex", "sam"]))
    def log_in(self, username: str) -> None:
        self.sign_in(username)
        self.exchange(0, True, 0, (_HOUR, _WEEK))

    @precondition(lambda self: self.model.codes)
    @rule(pick=_pick, right_uri=st.booleans(), after=_after, ttl=_ttl)
    def exchange(self, pick: int, right_uri: bool, after: int, ttl: tuple[int, int]) -> None:
        self.clock.advance(after)
        code = self.model.codes[-1 - pick % len(self.model.codes)]
        age = self.clock() - code.at
        if age > 600:
            return  # it may be forgotten by now
        error, tokens = self._post(
            grant_type="authorization_code",
            code=code.value,
            redirect_uri=REDIRECT_URI if right_uri else "http://x/",
            access_token_ttl=str(ttl[0]),
            refresh_token_ttl=str(ttl[1]),
        )
        if code.used:
            assert error == "OAU-106"
            if code.gave:
                code.gave.alive = False
            return
        code.used = True
        if age >= 60:
            assert error == "OAU-108"
        elif not right_uri:
            assert error == "OAU-109"
        else:
            assert error == ""
            code.gave = _Session(code.username, [self._pair(tokens, ttl)])
            for one in filter(self._long_over, self.model.living(code.username)):
                one.alive = self.backend.sessions.find(one.current.refresh) is not None
            others = self.model.living(code.username)
            if len(others) == 5:
                others[0].alive = False
            self.model.sessions.append(code.gave)

    @precondition(lambda self: self.model.sessions)
    @rule(pick=_pick, age=_age, after=_after, ttl=_ttl)
    def refresh(self, pick: int, age: int, after: int, ttl: tuple[int, int]) -> None:
        self.clock.advance(after)
        session = self.model.sessions[-1 - pick % len(self.model.sessions)]
        age = min(age, len(session.pairs) - 1)
        presented = session.pairs[-1 - age]
        error, tokens = self._post(
            grant_type="refresh_token",
            refresh_token=presented.refresh,
            access_token_ttl=str(ttl[0]),
            refresh_token_ttl=str(ttl[1]),
        )
        now, current = self.clock(), session.current
        grace_ends = current.at + _HOUR if session.used_at is None else session.used_at + 10
        if not session.alive or age == 2 or (age == 1 and now >= grace_ends):
            assert error == "OAU-213"
        elif age == 1 and now < current.access_ends:
            assert (tokens["access_token"], tokens["refresh_token"]) == (current.access, current.refresh)
            assert tokens["expires_in"] == current.access_ends - now
        elif now >= presented.refresh_ends:
            assert error == "OAU-210" or (error == "OAU-213" and self._long_over(session))
        else:
            assert error == ""
            session.pairs.append(self._pair(tokens, ttl))
            session.used_at = None

    @precondition(lambda self: self.model.sessions)
    @rule(pick=_pick, age=_age, after=_after)
    def call(self, pick: int, age: int, after: int) -> None:
        self.clock.advance(after)
        session = self.model.sessions[-1 - pick % len(self.model.sessions)]
        age = min(age, len(session.pairs) - 1)
        try:
            self.backend.sessions.authenticate(session.pairs[-1 - age].access)
            error = ""
        except ApiRefusal as refusal:
            error = refusal.code
        now, current = self.clock(), session.current
        if not session.alive or age == 2:
            assert error == "OAU-213"
        elif age == 1:
            assert error == ("OAU-129" if now < current.at + 10 else "OAU-213")
        elif now >= current.access_ends:
            assert error == "OAU-128" or (error == "OAU-213" and self._long_over(session))
        else:
            assert error == ""
            session.used_at = now if session.used_at is None else session.used_at

    @precondition(lambda self: self.model.sessions)
    @rule(pick=_pick, age=_age, by_access_token=st.booleans())
    def log_out(self, pick: int, age: int, by_access_token: bool) -> None:
        session = self.model.sessions[-1 - pick % len(self.model.sessions)]
        age = min(age, len(session.pairs) - 1)
        pair = session.pairs[-1 - age]
        token = pair.access if by_access_token else pair.refresh
        assert self.backend.oauth.revoke(Parameters({"token": token}), self.authorization).status == 200
        if age < 2:
            session.alive = False

    @invariant()
    def nothing_is_left_over(self) -> None:
        if not hasattr(self, "backend"):
            return
        store = self.backend.sessions
        kept = store.of_app(None)
        for username in ("alex", "sam"):
            assert sum(one.person.username == username for one in kept) <= 5
        assert len(kept) <= sum(one.alive for one in self.model.sessions)
        pairs = [pair for one in kept for pair in (one.tokens, one.previous) if pair]
        assert set(store._by_token) == {token for pair in pairs for token in (pair.access_token, pair.refresh_token)}
        assert sum(map(len, store._by_owner.values())) == len(kept)


CodesTokensSessions.TestCase.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
TestCodesTokensSessions = CodesTokensSessions.TestCase
