"""Notebook 03, Catch the answer: the listener at the redirect URI, which takes one answer and no other."""

from __future__ import annotations

import os
import threading
import time
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from .gaps import Criterion, Gap, Wrong

TITLE = "03 Catch the answer"


def is_for_us(answer, state):
    """Whether an answer belongs to the question with this state."""
    theirs = answer.get("state", "")
    return state != "" and compare_digest(theirs.encode(), state.encode())


def words_for(answer, state):
    """What the browser is told about an answer: a status, and a text that is true."""
    if not is_for_us(answer, state):
        return 404, "This is not the answer that the notebook waits for."
    if "code" not in answer:
        return 200, "You are not logged in. The notebook says why: go back to it."
    return 200, "The answer has come. Go back to the notebook: it goes on there."


class Callback(BaseHTTPRequestHandler):
    """Answers whoever comes to the redirect URI: a browser with the answer, or somebody else."""

    timeout = 2  # seconds: browsers open connections and then say nothing

    def do_GET(self):
        """Send a page, and only then hand over the answer: who waits for it may end the program."""
        answer = dict(parse_qsl(self.path.partition("?")[2]))
        status, text = words_for(answer, self.server.state)
        try:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())
        finally:
            if status == 200:
                self.server.answer.update(answer)

    def log_message(self, *args):
        """Nothing: the usual log line would show the code."""


class Listener(ThreadingHTTPServer):
    """Waits for the answer to one login, beside everything else, until it comes or the time is over."""

    allow_reuse_address = os.name != "nt"  # Windows would let another program share the port

    def __init__(self, address, state, seconds, handler):
        super().__init__(address, handler)
        self.state, self.answer = state, {}
        self.timeout, self.until = 0.1, time.time() + seconds
        self.thread = threading.Thread(target=self.work, name=f"listener at {address[1]}", daemon=True)
        self.thread.listener = self
        self.thread.start()

    def work(self):
        """Take one visitor after the other. However it ends, the port is free again."""
        with self:
            while not self.answer and time.time() < self.until:
                self.handle_request()

    def wait(self, seconds=5):
        """The answer; an empty dictionary when none has come. Waits a moment for it."""
        try:
            self.thread.join(seconds)
        except KeyboardInterrupt:  # somebody pressed ■
            self.stop()
            raise
        return self.answer

    def stop(self):
        """Give the port back."""
        self.until = 0
        self.thread.join()


def listen(address, state, seconds=120, handler=Callback):
    """Start a listener; its handler answers. One that still waits there for an older login ends first."""
    for thread in threading.enumerate():
        if thread.name == f"listener at {address[1]}":
            thread.listener.stop()
    try:
        return Listener(address, state, seconds, handler)
    except OSError as error:
        raise OSError(
            f"Nothing can listen at port {address[1]}: {error.strerror}. Perhaps another notebook of this "
            "course waits there. Shut that notebook down. Then run this cell again."
        ) from None


PROGRAM = (is_for_us, words_for, Callback, Listener, listen)


# --- The gap: for-us ------------------------------------------------------------------------------

OURS = "our-state-of-this-login"


def _takes_ours(function):
    copied = OURS.encode().decode()  # what comes over the wire is the same text, and another object
    return "" if function({"code": "c", "state": copied}, OURS) else "for-us.not-ours"


def _leaves_hers(function):
    if function({"code": "c", "state": "mallorys-state"}, OURS):
        return "for-us.any-state"
    nearly = (OURS[:-1], OURS + "x", OURS.upper(), "")
    return "for-us.nearly" if any(function({"code": "c", "state": state}, OURS) for state in nearly) else ""


def _leaves_none(function):
    try:
        return "for-us.no-state" if function({"code": "c"}, OURS) else ""
    except KeyError:
        return "for-us.keyerror"


def _survives_odd_letters(function):
    try:
        return "for-us.nearly" if function({"code": "c", "state": "é"}, OURS) else ""
    except TypeError:
        return "for-us.typeerror"


def _takes_none_before_we_have_asked(function):
    answers = ({"code": "c"}, {"code": "c", "state": ""})
    return "for-us.empty" if any(function(answer, "") for answer in answers) else ""


def _with_equals(answer, state):
    return bool(state) and answer.get("state") == state


def _step_by_step(answer, state):
    if not state or "state" not in answer:
        return False
    return answer["state"] == state


def _has_a_state(answer, state):
    return "state" in answer


def _with_brackets(answer, state):
    return bool(state) and answer["state"] == state


def _empty_is_a_match(answer, state):
    return answer.get("state", "") == state


def _digest_of_texts(answer, state):
    return bool(state) and compare_digest(answer.get("state", ""), state)


def _begins_alike(answer, state):
    return bool(state) and answer.get("state", "").startswith(state)


def _the_wrong_way_round(answer, state):
    return answer.get("state", "") != state


def _one_and_the_same(answer, state):
    return bool(state) and answer.get("state") is state


def _none_is_a_match(answer, state):
    return bool(state) and answer.get("state", state) == state


GAPS = (
    Gap(
        id="for-us",
        notebook="03",
        solution=is_for_us,
        criteria=(
            Criterion("for-us.ours", _takes_ours),
            Criterion("for-us.hers", _leaves_hers),
            Criterion("for-us.none", _leaves_none),
            Criterion("for-us.odd", _survives_odd_letters),
            Criterion("for-us.before", _takes_none_before_we_have_asked),
        ),
        hints=(
            'The answer\'s state is `answer.get("state")`. It has to be the same as ours, letter by letter.',
            "Before the first login, our state is empty. Empty is never a match: ask for that first, and join the two "
            "questions with `and`.",
        ),
        others=(_with_equals, _step_by_step),
        wrong=(
            Wrong(_has_a_state, "for-us.any-state"),
            Wrong(_with_brackets, "for-us.keyerror"),
            Wrong(_empty_is_a_match, "for-us.empty"),
            Wrong(_digest_of_texts, "for-us.typeerror"),
            Wrong(_begins_alike, "for-us.nearly"),
            Wrong(_the_wrong_way_round, "for-us.not-ours"),
            Wrong(_one_and_the_same, "turn.is"),
            Wrong(_none_is_a_match, "for-us.no-state"),
        ),
    ),
)

GUESSES = ()
