"""Log a user in to RingCentral: the program of the course, one function after the other."""

import base64
import hashlib
import os
import secrets
import sys
import threading
import time
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from textwrap import fill
from urllib.parse import parse_qsl, urlencode

from dotenv import dotenv_values
from ringcentral import SDK
from ringcentral.http.api_exception import ApiException

from rc_nb_helpers import load_environment

# --- 01 Create your app ---------------------------------------------------------------------------


def settings_of(file):
    """The settings in a .env file, as a dictionary. Nothing else changes: no variable is left behind."""
    return dotenv_values(file)


# --- 02 Ask permission ----------------------------------------------------------------------------


def new_state():
    """A value that nobody can guess, new for each login. The answer has to bring it back."""
    return secrets.token_urlsafe(32)


def question_of(environment, state):
    """What the link asks: who asks, where to bring the answer, and the state to bring along."""
    return {
        "response_type": "code",
        "client_id": environment.client_id,
        "redirect_uri": environment.redirect_uri,
        "state": state,
    }


def authorize_link(server_url, question):
    """The address of the sign-in page, with the question behind it."""
    return server_url + "/restapi/oauth/authorize?" + urlencode(question)


# --- 03 Catch the answer --------------------------------------------------------------------------


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


# --- 04 Code to tokens ----------------------------------------------------------------------------


def new_platform(environment):
    """RingCentral's SDK for one login. It keeps that login's tokens."""
    return SDK(environment.client_id, environment.client_secret, environment.server_url).platform()


def explain(error):
    """The server's own words for what went wrong. Never print the error itself: it holds secrets."""
    response = error.api_response().response()
    if response is None:
        return "The server did not answer."
    try:
        first = response.json()["errors"][0]
        return fill(first["errorCode"] + ": " + first["message"], 90, subsequent_indent="  ")
    except (ValueError, LookupError, TypeError):
        return f"The server answered with status {response.status_code}, and nothing that we can read."


def trade(platform, answer, code_verifier, redirect_uri):
    """Trade the code in an answer for tokens. The platform keeps them."""
    platform.login(code=answer["code"], redirect_uri=redirect_uri, verifier=code_verifier)


def oauth2callback(platform, answer, code_verifier, redirect_uri):
    """Take the answer to a login, fetch the tokens, and say how it went."""
    if not answer:
        return "No answer has come. Sign in, then run this again. Is the link over? Make a new one."
    if "code" not in answer:
        return "Refused: " + answer.get("error", "the answer has no code")
    try:
        trade(platform, answer, code_verifier, redirect_uri)
    except ApiException as error:
        return explain(error)
    return "Login success"


def new_code_verifier():
    """A secret that stays here until the trade: it proves that we have asked the question."""
    return secrets.token_urlsafe(32)


def code_challenge(code_verifier):
    """The fingerprint of a code verifier (S256), as it goes with the link."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def login_link(environment, state, code_verifier, person=""):
    """The link of a login with PKCE. It can name the person who should sign in."""
    question = question_of(environment, state)
    question |= {"code_challenge": code_challenge(code_verifier), "code_challenge_method": "S256"}
    return authorize_link(environment.browser_url, question | {"login_hint": person})


# --- 05 Call and log out --------------------------------------------------------------------------


def logged_in(platform):
    """Whether one of the two tokens is still good, by our clock. Asks nobody."""
    auth = platform.auth()
    return auth.access_token_valid() or auth.refresh_token_valid()


ENDPOINTS = {
    "extension": "/restapi/v1.0/account/~/extension",
    "extension-call-log": "/restapi/v1.0/account/~/extension/~/call-log",
    "account-call-log": "/restapi/v1.0/account/~/call-log",
}


def test(platform, api):
    """One of the three calls, if somebody is logged in: a list of records, or why there is none."""
    if not logged_in(platform):
        return "Not logged in."
    try:
        return platform.get(ENDPOINTS[api]).json_dict()["records"]
    except ApiException as error:
        return explain(error)


def show_records(records, *names):
    """Print these fields of the first five records (of people, the names); or why there are none."""
    if isinstance(records, str):
        print(records)
        return
    for record in records[:5]:
        values = [record.get(name, "") for name in names]
        print(*(f"{value.get('name', '') if isinstance(value, dict) else value:<26}" for value in values))


def end(platform):
    """Tell the server that the tokens are dead, and forget them here, whatever it says."""
    try:
        platform.logout()
    finally:
        platform.auth().reset()


def logout(platform):
    """Log out, if somebody is logged in, and say how it went."""
    if not logged_in(platform):
        return "Nobody is logged in."
    try:
        end(platform)
    except ApiException as error:
        return "Forgotten here. The tokens may live on at the server:\n" + explain(error)
    return "Logged out."


# --- 07 The whole app -----------------------------------------------------------------------------


def show_link(link):
    """Show the link in a terminal. In a notebook, open_in_browser shows it."""
    print("Open this link in your browser:", link, sep="\n", flush=True)


def main(environment, show=show_link, seconds=120):
    """A whole login: sign in, call, log out."""
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    show(login_link(environment, state, code_verifier))
    print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
    try:
        show_records(test(platform, "extension"), "extensionNumber", "name")
    finally:
        print(logout(platform))


if __name__ == "__main__":
    main(load_environment(sys.argv[1] if len(sys.argv) > 1 else "practice"))
