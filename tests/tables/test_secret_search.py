"""Nothing that is shown, saved, logged or sent holds a secret; and the search finds one that is leaked on purpose."""

from __future__ import annotations

import sys

import pytest

from rc_nb_helpers import Session

from ..conftest import bring, callback
from . import secret_search
from .secret_search import (
    CHANNELS,
    DOCUMENTED,
    IMPERSONAL,
    PERSONAL,
    PLANTED,
    SECRETS,
    Findings,
    Tap,
    leaks,
    search,
    table,
)

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)  # seconds; half a minute on a machine that is not busy
def test_the_course_and_every_failure_leak_nothing_and_what_is_planted_is_found_in_every_channel() -> None:
    """One search for both: the planted token shows that a channel is read, all others must be nowhere."""
    found = search(plants=CHANNELS)
    assert leaks(found) == [(channel, PLANTED) for channel in CHANNELS], table(found)


@pytest.mark.parametrize(
    "disguise", ["{}", "x=%7B{}%7D", '\\"{}\\"', "cGxhbnRlZCtzZWNyZXQvdmFsdWU9", "planted%2Bsecret%2Fvalue%3D"]
)
def test_a_secret_is_found_in_disguise(disguise: str) -> None:
    tap, findings = Tap(), Findings()
    tap.note([("access_token", "planted+secret/value=")])
    findings.add(CHANNELS[0], disguise.format("planted+secret/value="))
    assert leaks(findings.search(tap)) == [(CHANNELS[0], "access token")]


def test_personal_data_is_found_where_none_may_be() -> None:
    tap, findings = Tap(), Findings()
    tap.values[PERSONAL].add("Alex Rivera")
    for channel in CHANNELS:
        findings.add(channel, "alt='My login. Alex Rivera'")
    assert set(leaks(findings.search(tap))) == {(channel, PERSONAL) for channel in IMPERSONAL}


def test_the_error_of_a_refusal_has_no_frames_that_hold_the_callback(fake_session: Session) -> None:
    attempt = fake_session.begin_login()
    bring(callback(attempt, error="access_denied"))
    assert attempt.error
    assert attempt.error.__traceback__ is None


@pytest.mark.parametrize("leaky", [True, False])
def test_the_command_fails_on_a_leak(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], leaky: bool
) -> None:
    found = {(channel, kind): (channel, kind) in DOCUMENTED for channel in CHANNELS for kind in (*SECRETS, PLANTED)}
    if leaky:
        found[CHANNELS[0], SECRETS[0]] = True
    monkeypatch.setattr(secret_search, "search", lambda **_: found)
    monkeypatch.setattr(sys, "argv", ["secret_search"])
    assert secret_search.main() == int(leaky)
    assert ("FOUND" in capsys.readouterr().out) == leaky
