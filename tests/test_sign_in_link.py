"""Links to sign-in pages that end with their listener: what each shows, and when it is there at all."""

from __future__ import annotations

import contextlib
import threading
import time
import types
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from rc_nb_helpers import AuthorizationRequest, ConfigurationError, Session
from rc_nb_helpers.course.program import load_my_login
from rc_nb_helpers.panels import link as module
from rc_nb_helpers.panels.link import SignInLink, open_in_browser
from rc_nb_helpers.panels.view import Details, View

from .conftest import SOON, Browser, bring, callback, eventually
from .test_loopback import program
from .test_view import unfit

Show = Callable[..., SignInLink]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """Makes links that look often, and ends them."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    made: list[SignInLink] = []

    def show(url: str, **options: Any) -> SignInLink:
        made.append(SignInLink(url, **options))
        return made[-1]

    yield show
    for each in made:
        assert unfit(each.view, View) == []
        assert unfit(each._details, Details) == []
        assert each.view == {"title": "Sign in"}, "it may be saved"
        each.close()
    eventually(lambda: not watchers())


def watchers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "sign-in-link"]


@pytest.fixture
def request_of_mine(redirect_uri: str) -> AuthorizationRequest:
    return AuthorizationRequest(server_url="https://server.example", client_id="id", redirect_uri=redirect_uri)


@pytest.fixture
def url(request_of_mine: AuthorizationRequest) -> str:
    """A link that a learner has built."""
    return request_of_mine.url


@contextlib.contextmanager
def listener(port: int) -> Iterator[None]:
    """A learner's own server."""
    with HTTPServer(("localhost", port), BaseHTTPRequestHandler):
        yield


def said(link: SignInLink) -> str:
    status: dict[str, Any] = link._details["summary"]
    return " ".join(str(status[part]) for part in ("text", "why", "cure") if status.get(part))


def is_there(link: SignInLink) -> bool:
    assert link._details.get("url", "") in ("", link._url)
    return bool(link._details.get("url"))


def test_a_link_lives_as_long_as_its_listener_without_being_told_of_it(show: Show, url: str, port: int) -> None:
    link = show(url)
    assert not is_there(link)
    assert "nobody waits for the answer" in said(link)
    assert f"localhost, port {port}" in said(link)
    with listener(port):
        eventually(lambda: is_there(link))
        assert said(link) == "The notebook waits for you to sign in."
    eventually(lambda: not is_there(link))
    assert said(link).startswith("This link is over.")
    assert "Run the cell again" in said(link)
    with listener(port):  # another one's
        assert link._look()
        assert not is_there(link)


def test_a_link_is_counted_down_to_the_time_that_is_passed(show: Show, url: str, port: int) -> None:
    with listener(port):
        ends = time.time() + 120
        link = show(url, until=ends)
        assert link._details["summary"]["until"] == ends
        assert is_there(link)
        assert said(link).endswith("run the cells again from the one that starts the listener.")  # it is another cell
        late = show(url, until=time.time() + 0.05)
        eventually(lambda: not is_there(late))
        assert said(late).startswith("This link is over. The time to sign in has ended. Run the cell again")
        assert said(show(url, until=time.time() - 1)).endswith("Run the cell that listens again, then this one.")


def test_a_link_ends_with_its_own_listener_although_another_one_has_the_port(show: Show, url: str, port: int) -> None:
    """As when the cell of another link is run: the listener of that one takes the port."""
    program = load_my_login()
    first = program.listen(("localhost", port), "one", SOON)
    link = show(url, until=first, answer=first.answer)
    assert is_there(link)
    assert link._details["summary"]["until"] == first.until
    second = program.listen(("localhost", port), "two", SOON)
    try:
        eventually(lambda: not is_there(link))
        assert said(link).startswith("This link is over. Nobody waits for its answer any more.")
        assert is_there(show(url, until=second, answer=second.answer))
    finally:
        second.stop()


def test_a_link_finds_the_listener_of_the_course_by_itself(
    show: Show, url: str, port: int, request_of_mine: AuthorizationRequest
) -> None:
    """As in notebook 07: ``main`` hands a link to ``show``, and nothing else."""
    program = load_my_login()
    listener = program.listen(("localhost", port), request_of_mine.state, SOON)
    link, other = show(url), show(url.replace(request_of_mine.state, "another"))
    assert link._details["summary"]["until"] == listener.until
    assert "Is the time too short? Run the cell again" in said(link)
    bring(f"{request_of_mine.redirect_uri}?code=c&state={request_of_mine.state}")
    eventually(lambda: said(link).startswith("You have signed in, and the answer has come."))
    assert not is_there(link)
    eventually(lambda: said(other).startswith("This link is over."))
    assert "until" not in other._details["summary"], "that one waits for another login"


def test_another_programs_thread_with_the_name_of_a_listener_is_none(
    show: Show, url: str, port: int, request_of_mine: AuthorizationRequest
) -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, name=f"listener at {port}", daemon=True)
    thread.listener = types.SimpleNamespace(state=request_of_mine.state)  # type: ignore[attr-defined]
    thread.start()
    try:
        assert "until" not in show(url)._details["summary"]
    finally:
        over.set()
        thread.join()


def test_a_port_that_another_program_has_shows_no_link(
    show: Show, url: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with program(port, b""):
        monkeypatch.setattr(module, "listens_here", lambda port: False)
        link = show(url)
        assert not is_there(link)
        assert said(link).startswith(f"There is no link: port {port} is taken.")
        assert is_there(show(url, listener=False)), "somebody may know better"
        monkeypatch.setattr(module, "notebook_at", lambda port: (1, "04-code-to-tokens.ipynb"))
        assert "answer to the notebook 04-code-to-tokens.ipynb. Restart that notebook's kernel" in said(show(url))


def test_a_listener_that_opens_while_one_looks_is_no_strangers(
    show: Show, url: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([False, True])
    monkeypatch.setattr(module, "listens_here", lambda port: next(looks, True))
    with program(port, b""):
        assert is_there(show(url))


def test_the_port_of_a_login_of_this_notebook_shows_no_other_link(show: Show, url: str, session: Session) -> None:
    attempt = session.begin_login()
    mine = AuthorizationRequest(server_url="https://server.example", client_id="id", redirect_uri=attempt.redirect_uri)
    link = show(mine.url)
    assert not is_there(link)
    assert "to an earlier login of this notebook, which still waits." in said(link)


def test_a_link_that_is_over_says_so_when_a_login_of_this_notebook_comes_to_its_port(
    show: Show, session: Session
) -> None:
    attempt = session.begin_login()
    mine = AuthorizationRequest(server_url="https://server.example", client_id="id", redirect_uri=attempt.redirect_uri)
    attempt.cancel()
    with listener(int(urlsplit(attempt.redirect_uri).port or 0)):
        link = show(mine.url)
        assert is_there(link)
    session.begin_login()  # before anybody has looked again
    assert link._look()
    assert said(link).startswith("This link is over. Nothing in this notebook listens for its answer any more.")


def test_the_link_of_a_session_knows_its_login(show: Show, session: Session, browser: Browser) -> None:
    attempt = session.begin_login()
    link = show(attempt.authorize_url)
    assert link._details["summary"]["until"] == attempt.deadline
    assert is_there(link)
    browser.log_in(attempt)
    eventually(lambda: said(link).startswith("You are logged in."))
    assert not is_there(link)


def test_the_link_of_a_session_tells_of_a_denial_and_of_the_end(show: Show, fake_session: Session) -> None:
    attempt = fake_session.begin_login()
    denied = show(attempt.authorize_url)
    bring(callback(attempt, error="access_denied"))
    eventually(lambda: said(denied).startswith("The login was refused."))
    attempt = fake_session.begin_login(timeout=0.05, listen=False)
    late = show(attempt.authorize_url, until=attempt)  # it has no place where it could be found
    eventually(lambda: said(late).startswith("This link is over. Nobody finished the login in time."))
    assert not is_there(denied)
    assert not is_there(late)


@pytest.mark.parametrize("as_function", [False, True])
def test_an_event_or_a_function_says_that_it_is_over(show: Show, url: str, port: int, as_function: bool) -> None:
    over = threading.Event()
    with listener(port):
        link = show(url, until=over.is_set if as_function else over)
        assert is_there(link)
        over.set()
        eventually(lambda: not is_there(link))
        assert "If you have signed in, go on with the next cell." in said(link), "it does not say why it is over"


def test_a_function_that_fails_is_told_of(show: Show, url: str) -> None:
    link = show(url, until=lambda: 1 / 0, listener=False)
    assert "fails (ZeroDivisionError)" in said(link)
    assert not is_there(link)


def test_the_answer_of_a_hand_made_listener_is_told_of(
    show: Show, url: str, port: int, request_of_mine: AuthorizationRequest
) -> None:
    answer: dict[str, str] = {}
    with listener(port):
        link = show(url, until=time.time() + 120, answer=answer)
        assert is_there(link)
        answer.update(code="c", state=request_of_mine.state)
        eventually(lambda: not is_there(link))
    assert said(link) == "You have signed in, and the answer has come. Go on with the next cell."
    refused = show(url, answer={"error": "access_denied", "state": request_of_mine.state})
    assert said(refused).startswith("The login was refused.")
    foreign = show(url, answer={"code": "c", "state": "of-another-login"})
    assert said(foreign).startswith("This callback belongs to another login.")
    assert [is_there(each) for each in (link, refused, foreign)] == [False, False, False]


def test_a_link_is_shown_without_a_listener_where_that_is_meant_or_cannot_be_seen(show: Show, url: str) -> None:
    elsewhere = AuthorizationRequest(
        server_url="https://s.example", client_id="i", redirect_uri="https://app.example/x"
    )
    broken = "https://s.example/restapi/oauth/authorize?redirect_uri=http://[::1"
    for link in (show(url, listener=False), show(elsewhere.url), show("https://s.example/"), show(broken)):
        assert is_there(link)
        assert not link._details.get("summary")
    assert watchers() == [], "nothing will ever change"


def test_nobody_looks_for_a_page_that_is_gone(show: Show, url: str, port: int) -> None:
    with listener(port):
        link = show(url)
        link._on_message(link, {"come": "1"}, [])
        link._on_message(link, {"gone": "1"}, [])
        eventually(lambda: not watchers())
    assert is_there(link)
    link._on_message(link, {"come": "2"}, [])  # another tab: it learns what has happened
    assert not is_there(link)


@pytest.mark.parametrize("until", [120, True, float("nan"), "later", SignInLink, 39192.7])
def test_what_is_no_end_is_a_lesson(url: str, until: object) -> None:
    with pytest.raises(ConfigurationError, match=r"until cannot be .*time\.time\(\) \+ 120"):
        open_in_browser(url, until=until)


def test_what_is_no_place_for_an_answer_is_a_lesson(url: str) -> None:
    with pytest.raises(ConfigurationError, match="answer cannot be of the type str"):
        open_in_browser(url, answer="code=…")
