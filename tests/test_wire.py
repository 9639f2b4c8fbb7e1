"""The wire: what both sides recorded, merged into one list."""

from __future__ import annotations

from rc_nb_helpers import Session
from rc_nb_helpers.wire import merge

from .conftest import SOON, Browser


def test_exchanges_alone_have_their_picture_too(session: Session, browser: Browser):
    attempt = session.begin_login()
    assert [(each.kind, each.state) for each in merge(session.exchanges, ())] == [("authorization", "expected")]
    browser.log_in(attempt)
    attempt.wait(SOON)
    wire = merge(session.exchanges, ())
    assert [each.kind for each in wire] == ["authorization", "sign-in", "callback", "token"]
    assert [each.inferred for each in wire] == [False, True, False, False]
    assert [each.through_browser for each in wire] == [True, True, True, False]
    assert {each.state for each in wire} == {"answered"}
    assert {each.login for each in wire} == {1}
