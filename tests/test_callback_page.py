"""The page at the end of a login says what is true, and nothing in it runs."""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future

from rc_nb_helpers import (
    CallbackListener,
    callback_handler,
)
from rc_nb_helpers.callback_page import Page

from .conftest import (
    GENUINE_TARGET,
    SOON,
    TOKEN_PATH,
    Inbox,
    Reply,
    Say,
    ask,
    bring,
    callback,
)
from .tables.hostile_cases import Parsed


def outcome_of(page: Reply) -> str | None:
    """What the page tells its script: only after ``done`` may the window close itself."""
    return dict(Parsed(page.text).elements)["html"]["data-outcome"]


def paragraphs_of(page: Reply) -> list[str]:
    """The texts of its paragraphs."""
    return re.findall(r"<p>([^<]+)</p>", page.text)


def test_window_may_close_itself_after_a_success(attempt):
    assert outcome_of(bring(callback(attempt))) == "done"


def test_script_of_the_page_runs_by_a_nonce_that_is_new_each_time(inbox, port):
    replies = [ask(port, GENUINE_TARGET) for _ in range(2)]
    nonces = [re.search(r"script-src 'nonce-([\w-]+)'", reply.headers["content-security-policy"]) for reply in replies]
    assert nonces[0]
    assert nonces[1]
    assert nonces[0][1] != nonces[1][1]
    assert f'<script nonce="{nonces[0][1]}">' in replies[0].text
    assert "unsafe" not in replies[0].headers["content-security-policy"]


def test_page_with_markup_in_its_own_words_is_escaped_too(port):
    inbox = Inbox()
    inbox.page = Future()
    inbox.page.set_result(Page("<b>title</b>", "<i>text</i> & more"))
    listening = CallbackListener(f"http://localhost:{port}/x", inbox)
    listening.open()
    page = ask(port, "/x").text
    listening.close()
    assert "&lt;b&gt;title" in page
    assert "&lt;i&gt;text&lt;/i&gt; &amp; more" in page


def test_denial_is_told_the_truth(attempt, fake_session):
    """L09."""
    page = bring(callback(attempt, error="access_denied"))
    assert "The login was refused." in page.text
    assert "success" not in page.text.lower()
    assert outcome_of(page) == "failed"
    assert attempt.state == "ended"


def test_what_happened_why_and_what_to_do_are_paragraphs_of_their_own(attempt, fake_session):
    stray = bring(callback(attempt, state="of-another-notebook"))
    assert [text.split(".")[0] for text in paragraphs_of(stray)[:2]] == [
        "This callback belongs to another login",
        "Its state is not the one that this login sent",
    ]
    assert len(paragraphs_of(stray)) == 4
    failed = bring(callback(attempt, error="access_denied"))
    assert paragraphs_of(failed)[-1] == "You can close this tab. The notebook says the same."
    assert len(paragraphs_of(failed)) > 2


def test_address_of_another_logins_answer_stays_where_it_can_be_copied(attempt):
    page = bring(callback(attempt, state="of-another-notebook"))
    assert outcome_of(page) == "to-paste"
    assert "paste it there" in page.text


def test_exchange_that_takes_long_is_not_called_a_success(attempt, fake, monkeypatch):
    monkeypatch.setattr(callback_handler, "PAGE_SECONDS", 0.1)
    gate = threading.Event()
    fake.script[TOKEN_PATH] = Say(fake.tokens(), before=gate.wait)
    page = bring(callback(attempt))
    assert "Almost there" in page.text
    assert outcome_of(page) == "open"
    assert "Login success" not in page.text
    gate.set()
    attempt.wait(timeout=SOON)


def test_failed_exchange_is_not_called_a_success(attempt, fake):
    fake.script[TOKEN_PATH] = Say({"error": "invalid_grant"}, status=400)
    page = bring(callback(attempt))
    assert "Login failed" in page.text
    assert "Login success" not in page.text
