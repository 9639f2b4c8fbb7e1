"""Looks for secrets in everything that a login shows, saves, logs or sends.

    python -m tests.tables.secret_search                    a table: channels × secrets; exit code 1 when one is found
    python -m tests.tables.secret_search --plant CHANNEL    leaks one on purpose there, and must find it ("all" for all)

A practice platform runs in this process, and a tap on it notes every secret that passes: what was really issued and
sent. Kernels run the course and a notebook of failures against it; each cell must come to its end (nbval, which
compares the outputs, passes a cell with an unknown magic). What a cell of the learner's own program holds in memory is
not a channel; what is shown, saved, logged or sent is. What JupyterLab itself saves is looked at by
tests/browser/test_saved_notebook.py, which has a browser.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import html
import io
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import nbformat
import psutil
import requests
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from tornado.web import RequestHandler

from rc_nb_helpers import Session
from rc_nb_helpers.course.own_lines import FOLDER
from rc_nb_helpers.course.program import FILE
from rc_nb_helpers.course.program import RECORD as COPIES_RECORD
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.company.people import STAFF
from rc_nb_helpers.private_socket import PrivateSocket
from rc_nb_helpers.redirection_endpoint import PATH_VARIABLE, SOCKETS_VARIABLE
from rc_nb_helpers.storage import APPLICATION
from tools.clean_room import notebook_environment, without_settings
from tools.my_notebooks import notebook_files
from tools.places import ROOT
from tools.run_notebook import KERNEL

from ..conftest import CALLBACK_PATH, environment_of, eventually, free_port
from ..jupyter_server import TOKEN, Server, by_hand, jupyter_server
from ..practice.classroom.room import Room
from ..practice.conftest import Clock

SECRETS = (
    *("client secret", "code", "verifier", "state", "access token", "refresh token", "password", "proxy password"),
    "seat link",
)
PLANTED = "planted token"
PLANTED_TOKEN = "planted-token-for-every-channel"
"""It is leaked on purpose, so that the search shows that it finds what is there."""

SHORTEST = 12
"""Shorter values, such as the ``x`` of somebody's mistake, would be found everywhere."""

CELL_SECONDS = 240  # many tracebacks, on a machine that may be busy

OUTPUTS = "cell outputs"
SAVED = "notebook, saved without widget state"
SAVED_WIDGETS = "notebook, saved with widget state"
CONVERTED = "notebook, converted to HTML"
WIDGETS = "widget state"
MESSAGES = "messages of the kernel"
DETAILS = "messages with details"
PREFLIGHT = "messages of the pre-flight"
PIECES = "messages of a link taken apart"
TOKEN_VIEW = "messages of the token panel"
COPIED = "texts for the clipboard: Python, curl, CSV"
REPRS = "repr, str and pretty print"
PLAIN, CONTEXT, VERBOSE = (f"tracebacks, %xmode {mode}" for mode in ("Plain", "Context", "Verbose"))
WRAPPED = "tracebacks, wrapped by user code"
LOCALS = "tracebacks, with all local variables"
LOGS = "logging at DEBUG"
WARNINGS = "warnings"
TERMINAL = "stdout and stderr of the kernel"
PRACTICE = "log of the practice platform"
CLASS_FILE = "file of a class"
HISTORY = "IPython's history"
FILES = "files written"
STORE = "file of a kept login"
LOCK = "lock file of a kept login"
DOWNLOADS = "downloaded files"
ENVIRONMENT = "environment variables"
PROCESSES = "process list"
SEAT = "file of a seat, and the one before"
JOIN = "output of tutorial.py join"
SERVER = "log of a Jupyter server"
EXTENSION = "pages of the server extension"
HAR, HAR_WHOLE = "HAR", "HAR with personal data"
SNIPPETS = "requests as HTTP, curl and Python"
EXPLAINED = "explained errors"
WIRE, STILLS = "messages with the wire", "stills"
RECORD = "record of the practice platform"
PAGES = "pages of the board and of a seat link"
SOCKETS = "names of private sockets"
MERGED = "wire, with all that its messages hold"
TABLES = "tables as CSV"
PICTURES = "pictures of call logs"
CHECKED = "what is said of a learner's lines"
OWN_LINES = "learner's lines that are kept"
CHANNELS = (
    *(
        OUTPUTS,
        SAVED,
        SAVED_WIDGETS,
        CONVERTED,
        WIDGETS,
        MESSAGES,
        DETAILS,
        PREFLIGHT,
        PIECES,
        TOKEN_VIEW,
        COPIED,
        REPRS,
    ),
    *(PLAIN, CONTEXT, VERBOSE, WRAPPED, LOCALS, LOGS, WARNINGS, TERMINAL, PRACTICE, CLASS_FILE, HISTORY, FILES),
    *(STORE, LOCK, DOWNLOADS, ENVIRONMENT, PROCESSES, SEAT, JOIN, RECORD, PAGES, SOCKETS, SERVER, EXTENSION),
    *(HAR, HAR_WHOLE, SNIPPETS, EXPLAINED),
    *(TABLES, PICTURES, WIRE, MERGED, STILLS, CHECKED, OWN_LINES),
)
PERSONAL = "personal data"
"""Names, numbers and ids of the practice company. Panels show them, and so do a learner's own cells; but what may be
saved or handed on without a second look does not hold them."""
IMPERSONAL = (WIDGETS, HAR, STILLS, PICTURES)

DOCUMENTED = {(DETAILS, "state"), (PIECES, "state"), (STORE, "refresh token"), (SEAT, "client secret")}
"""The sign-in address goes to the page as a message, which nobody saves, whole or in pieces; the state is a part of it.
A login that somebody asked to keep in a file is kept there. What a seat link gives is written into `.env-practice`."""


# --- what the secrets are


_NAMES = {
    "code": "code",
    "code_verifier": "verifier",
    "state": "state",
    "password": "password",
    "access_token": "access token",
    "refresh_token": "refresh token",
    "client_secret": "client secret",
    "RC_CLIENT_SECRET": "client secret",
    "secret": "seat link",
}


class Tap:
    """Notes every secret that passes the platforms of this process."""

    def __init__(self) -> None:
        self.values: dict[str, set[str]] = defaultdict(set)
        self._basic: set[str] = set()
        self._plain: set[str] = set()  # verifiers that stand in the link itself, as lab 08 shows of "plain"

    @contextlib.contextmanager
    def open(self) -> Iterator[Tap]:
        """Listen while this lasts."""
        finish = RequestHandler.finish

        def tapped(handler: RequestHandler, chunk: Any = None) -> Any:
            request = handler.request
            asked = dict(parse_qsl(request.query))
            if asked.get("code_challenge_method") == "plain":
                self._plain.add(asked.get("code_challenge", ""))
            self.note(asked.items())
            self.note(parse_qsl(request.body.decode("utf-8", "replace")))
            self.note_json(request.body)
            self.note(parse_qsl(urlsplit(handler._headers.get("Location", "")).query))
            kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
            if kind == "Basic":
                self._basic.add(credentials)
                self.note([("client_secret", base64.b64decode(credentials).decode().partition(":")[2])])
            kind, _, credentials = request.headers.get("Proxy-Authorization", "").partition(" ")
            if kind == "Basic":  # the platform stands for the proxy
                password = base64.b64decode(credentials).decode().partition(":")[2]
                self.values["proxy password"] |= {password, credentials}
            if chunk is not None:
                handler.write(chunk)
            self.note_json(b"".join(handler._write_buffer))
            return finish(handler)

        with mock.patch.object(RequestHandler, "finish", tapped):
            yield self

    def note(self, pairs: Any) -> None:
        """Take the secrets out of parameters."""
        for name, value in pairs:
            if name in _NAMES and isinstance(value, str) and len(value) >= SHORTEST and value not in self._plain:
                self.values[_NAMES[name]].add(value)

    def note_json(self, content: bytes) -> None:
        """Take the secrets out of an object in JSON, and out of the lines of a `.env-practice` in it."""
        with contextlib.suppress(ValueError, AttributeError):
            found = json.loads(content)
            self.note(found.items())
            self.note(line.split("=", 1) for line in found.get("env", "").splitlines())

    def disguises(self, kind: str) -> set[str]:
        """All values of a kind, in every form in which they may be written down."""
        found = set()
        for value in self.values[kind]:
            plain = {value, quote(value, safe=""), quote(quote(value, safe="")), html.escape(value), repr(value)[1:-1]}
            found |= plain | {json.dumps(value)[1:-1], value[::-1]}
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                found.add(encode(value.encode()).decode().rstrip("="))
        if kind == "client secret":
            found |= {each.rstrip("=") for each in self._basic}
        return found


class Findings:
    """What was seen in each channel, searched at the end, when all secrets are known."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = defaultdict(list)

    def add(self, channel: str, text: str) -> None:
        self.seen[channel].append(text)

    def lines(self, tap: Tap, channel: str, kind: str) -> Iterator[str]:
        """Where a kind of secret is, with the secrets masked."""
        for value in tap.disguises(kind):
            for text in self.seen[channel]:
                for match in re.finditer(re.escape(value), text):
                    before, after = text[max(0, match.start() - 300) : match.start()], text[match.end() :][:100]
                    yield f"{before}<{kind}>{after}"

    def search(self, tap: Tap) -> dict[tuple[str, str], bool]:
        """For each channel and kind of secret, whether it was found."""
        texts = {channel: "\n".join(self.seen[channel]) for channel in CHANNELS}
        return {
            (channel, kind): any(value in texts[channel] for value in tap.disguises(kind))
            for channel in CHANNELS
            for kind in (*SECRETS, PLANTED)
        } | {
            (channel, PERSONAL): any(value in texts[channel] for value in tap.disguises(PERSONAL))
            for channel in IMPERSONAL
        }


# --- a person, without a browser that logs


def visit(url: str, form: dict[str, str] | None = None, cookie: str = "") -> tuple[str, str, str]:
    """Send one request, as quietly as another program's browser; return redirect target, page and cookie."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        body = urlencode(form) if form is not None else None
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST" if form else "GET", f"{parts.path}?{parts.query}", body, headers)
        answer = connection.getresponse()
        given = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        return urljoin(url, answer.getheader("Location") or ""), answer.read().decode(), given or cookie
    finally:
        connection.close()


class Kept(str):
    """A secret in the learner's own cell: what holds it there is no channel, so a traceback may not print it."""

    def __repr__(self) -> str:
        return "(kept by the test)"


def callback_of(attempt: Any, decision: str = "allow", *, path: str = CALLBACK_PATH) -> str:
    """Sign in and decide; return the address to which the browser would go, and do not go there."""
    url, cookie = attempt.authorize_url, ""
    for _ in range(6):
        target, page, cookie = visit(url, cookie=cookie)
        if "<form" in page:
            form = page.partition("<form")[2].partition("</form>")[0]
            action = re.search(r'action="([^"]*)"', form)
            fields = dict(re.findall(r'type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form))
            answers = (
                {"username": "alex", "password": PASSWORD} if 'name="password"' in form else {"decision": decision}
            )
            target, page, cookie = visit(urljoin(url, action[1] if action else ""), fields | answers, cookie)
        if urlsplit(target).path == path:
            return target
        url = target
    raise RuntimeError("the practice platform did not send the browser back")


def sign_in(attempt: Any, decision: str = "allow") -> None:
    """Carry a login through, up to the listener's page."""
    visit(callback_of(attempt, decision))


PASSWORD = "planted-password-of-alex"


@contextlib.contextmanager
def platform_of(*ports: int, also: Iterable[str], class_file: Path) -> Iterator[PracticePlatform]:
    """A practice platform whose people have passwords that can be found, and whose instructor is signed in."""
    before = [person.password for person in STAFF]
    try:
        for person in STAFF:  # frozen, and rightly so
            object.__setattr__(person, "password", f"planted-password-of-{person.username}")
        uris = [f"http://localhost:{port}{CALLBACK_PATH}" for port in ports] + [*also]
        with PracticePlatform(redirect_uris=uris, class_file=class_file) as platform:
            Room(platform, Clock()).instructor()
            yield platform
    finally:
        for person, password in zip(STAFF, before, strict=True):
            object.__setattr__(person, "password", password)


# --- the notebook of failures

SETUP = """
import contextlib, io, logging, os, secrets, sys, tempfile, threading, traceback, warnings
from dataclasses import replace
from unittest import mock
from IPython.lib.pretty import pretty
import rc_nb_helpers
from rc_nb_helpers import *
from rc_nb_helpers.panels.originals import Originals
from rc_nb_helpers.panels.pieces import LinkPieces
from rc_nb_helpers.seat_file import is_in_the_way, write_seat
from rc_nb_helpers.seat_link import SeatLink, read_link, take_seat
from rc_nb_helpers.storage import configuration_folder
from tests.tables.secret_search import PLANTED_TOKEN as token, Kept, callback_of, sign_in

warnings.simplefilter("always")
shell = get_ipython()
session = Session(load_environment("practice"))
panels = [LoginPanel(session), TestPanel(session, writes=True), LogoutPanel(session), TokenPanel(session)]
panels.insert(3, WirePanel(session))
display(*panels)
for panel in (panels[0], panels[3]):
    panel._on_message(None, {"unfold": "1"}, [])  # a page shows what goes over the wire
seat_links = [Kept(line) for line in open(os.environ["SEARCH_LINKS"]).read().splitlines()]  # one is good, one replaced
pre_flight()

def log_in():
    attempt = session.begin_login()
    sign_in(attempt)
    attempt.wait(timeout=60)
    return attempt

class BrokenKeychain:
    # As Windows' own errors do, it shows what it was given.
    __module__ = "keyring.backends.libsecret"
    priority = 5

    def get_password(self, service, user):
        return None

    def set_password(self, service, user, password):
        raise OSError(1783, f"CredWrite {password}")

def broken_keychain():
    with mock.patch("keyring.backend.get_all_keyring", lambda: [BrokenKeychain()]):
        return KeyringStorage()

def keychain_refuses():
    log_in()
    broken_keychain().save(session.environment, login_of(session))

def login_of(session):
    return StoredLogin(refresh_token=session.platform.auth().refresh_token(), refresh_expires_at=4e9)

def keychain_refuses_a_login():
    session.keep(broken_keychain())
    try:
        log_in()
        raise session.storage_problem
    finally:
        session.keep(None)

def file_is_open_to_others():
    storage = FileStorage()
    session.keep(storage)
    try:
        log_in()
        os.chmod(next(configuration_folder().glob("*.json")), 0o644)
        storage.load(session.environment)
    finally:
        for file in configuration_folder().glob("*.json"):
            file.chmod(0o600)
        session.keep(None)

def denied():
    attempt = session.begin_login()
    sign_in(attempt, "deny")
    attempt.wait(timeout=60)

def submit_for_another():
    older = Kept(callback_of(session.begin_login()))
    attempt = session.begin_login()
    try:
        attempt.submit(older)
    finally:
        attempt.cancel()

def submit_damaged():
    attempt = session.begin_login()
    address = callback_of(attempt)
    try:
        attempt.submit(f"[here](<{address[: address.index('state=') + 30]}>)".replace("&", "&amp;"))
    finally:
        attempt.cancel()

def submit_sign_in_page():
    attempt = session.begin_login()
    try:
        attempt.submit(f'"{attempt.authorize_url}"')
    finally:
        attempt.cancel()

def file_that_cannot_be_meant():
    import tempfile
    from pathlib import Path

    secret = session.environment.client_secret
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ".env-sandbox"
        for lines in (
            [f"RC_CLIENT_SECRET:{secret}"],
            [f'RC_CLIENT_SECRET="{secret}'],
            [f"RC_CLIENT_SECRET={secret[:9]}", secret[9:]],
            [f"RC_CLIENT_SECRET={secret};", f"RC_CLIENT_ID={secret}"],
            [f"RC_APP_CLIENT_SECRET={secret}"],
            [f"RC_CLIENT_SECRET={secret}", f"RC_CLIENT_SECRET={secret}x"],
        ):
            file.write_text(chr(10).join(lines))
            try:
                load_environment("sandbox", directory=folder)
            except Exception as error:
                last = error
                print(error)
        raise last

def submit_foreign_code():
    address = callback_of(session.begin_login())
    attempt = session.begin_login()
    attempt.submit(address.split("&state=")[0].split("state=")[0] + "&state=" + attempt._request.state)
    attempt.wait(timeout=60)

def wrong_client_secret():
    other = Session(replace(session.environment, client_secret="wrong-" + session.environment.client_secret))
    attempt = other.begin_login()
    sign_in(attempt)
    attempt.wait(timeout=60)

def platform_gone():
    attempt = session.begin_login()
    address = Kept(callback_of(attempt))
    session.platform._server = "http://127.0.0.1:9"
    try:
        attempt.submit(address)
        attempt.wait(timeout=60)
    finally:
        session.platform._server = session.environment.server_url

def nobody_answers_a_call():
    log_in()
    session.platform._server = "http://127.0.0.1:9"
    try:
        session.get("/restapi/v1.0/account/~")
    finally:
        session.platform._server = session.environment.server_url

def nobody_answers_a_refresh():
    log_in()
    session.platform._server = "http://127.0.0.1:9"
    try:
        session.refresh()
    finally:
        session.platform._server = session.environment.server_url

def proxy_refuses():
    log_in()
    password = Kept(secrets.token_urlsafe(24))
    os.environ["HTTP_PROXY"] = session.environment.server_url.replace("http://", f"http://somebody:{password}@")
    session.platform._server = "http://classroom.invalid"
    try:
        session.get("/restapi/v1.0/no-such-thing")
    finally:
        session.platform._server = session.environment.server_url
        del os.environ["HTTP_PROXY"]

def not_found():
    log_in()
    session.get("/restapi/v1.0/no-such-thing", access_token="x")

def body_refused():
    log_in()
    session.post("/restapi/v1.0/account/~/extension/~/sms", {"text": "hello"})

def revoked():
    log_in()
    auth = session.platform.auth()
    tokens = auth.data()
    session.platform.logout()
    auth.set_data(tokens)
    del tokens
    session.get("/restapi/v1.0/account/~")

def timed_out():
    session.begin_login().wait(timeout=0.05)

def busy():
    log_in()
    session.use(load_environment("sandbox"))

def sdk_of_another_server():
    log_in()
    session.platform.get("https://evil.example/restapi")

def seat_link_cut():
    read_link(Kept(seat_links[0][:-1]))

def seat_link_replaced():
    take_seat(read_link(seat_links[1]), "a" * 32)

def nobody_answers_a_seat_link():
    take_seat(SeatLink("http://127.0.0.1:9", Kept(seat_links[0].partition("#")[2])), "a" * 32)

def seat_file_refused():
    from pathlib import Path

    seat = take_seat(read_link(seat_links[0]), "a" * 32)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ".env-practice"
        write_seat(file, seat)
        file.write_text(file.read_text() + "RC_OTHER=x")
        with mock.patch("os.replace", side_effect=OSError(28, "No space left on device")):
            write_seat(file, seat)

def seat_file_unreadable():
    from pathlib import Path

    is_in_the_way(Path(tempfile.gettempdir()), take_seat(read_link(seat_links[0]), "a" * 32))

def code_twice():
    attempt = session.begin_login()
    address = callback_of(attempt)
    attempt.submit(address)
    attempt.wait(timeout=60)
    code, verifier = Kept(address.split("code=")[1].split("&")[0]), Kept("v" * 43)
    session.platform.login(code=code, redirect_uri=session.environment.redirect_uri, verifier=verifier)

FAILURES = [denied, submit_for_another, submit_foreign_code, submit_damaged, submit_sign_in_page,
            file_that_cannot_be_meant, wrong_client_secret, platform_gone, timed_out, busy,
            nobody_answers_a_call, nobody_answers_a_refresh, proxy_refuses, not_found, body_refused, revoked,
            sdk_of_another_server, code_twice, keychain_refuses, keychain_refuses_a_login, file_is_open_to_others,
            seat_link_cut, seat_link_replaced, nobody_answers_a_seat_link, seat_file_refused, seat_file_unreadable]

def forgotten(fail):
    try:
        fail()
    finally:
        session.platform.auth().reset()
"""

LOGGING = """
record = io.StringIO()
handler = logging.StreamHandler(record)
logging.getLogger().addHandler(handler)
names = [None, "rc_nb_helpers", "urllib3", "requests", "tornado", "asyncio", "authlib", "ringcentral", "comm"]
for name in names:
    logging.getLogger(name).setLevel(logging.DEBUG)
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    log_in()
    session.get("/restapi/v1.0/account/~/extension/~", perPage=3)
    session.refresh()
    session.logout()
    for fail in FAILURES:
        with contextlib.suppress(Exception):
            forgotten(fail)
logging.getLogger().removeHandler(handler)
for name in names:
    logging.getLogger(name).setLevel(logging.WARNING)
assert "POST" in record.getvalue(), "urllib3 wrote nothing: this proves nothing"
print(record.getvalue())
"""

WARNED = "print([str(each.message) + str(each.source) for each in warned])"

OBJECTS = """
def answer(begun):
    try:
        return begun._request.read_response(callback_of(begun))
    finally:
        begun.cancel()

attempt = log_in()
request = attempt._request
auth = session.platform.auth()
response = session.platform.get("/restapi/v1.0/account/~/extension/~")
objects = [session, session.environment, attempt, session.platform, auth, request, response, response.request(),
    response.response(), session.platform._client, session.token_status, attempt._listener, *panels,
    *(answer(begun) for begun in [session.begin_login()]),
    AuthorizationRequest(server_url="https://x", client_id="c", redirect_uri="https://y"),
    login_of(session), broken_keychain(), FileStorage(), read_link(seat_links[0]),
    take_seat(read_link(seat_links[0]), "a" * 32),
    session.call("GET", "/restapi/v1.0/account/~"), getattr(session, "exchanges", None),
    session.wire()]
ours = [each for each in objects if type(each).__module__.startswith("rc_nb_helpers") and each not in panels]
parts = [getattr(each, name) for each in ours for name in dir(each) if not name.startswith("_")]
# A string is what its name says: the client secret, the sign-in address. An object must keep such things to itself.
for each in (*objects, *(part for part in parts if not isinstance(part, str))):
    for shown in (repr(each), str(each), f"{each}", pretty(each)):
        print(shown)
for fail in FAILURES:
    try:
        forgotten(fail)
    except Exception as error:
        for shown in (repr(error), str(error), pretty(error), repr(error.args), repr(vars(error))):
            print(shown)
print(repr(session.logout()))
"""

TRACEBACKS = """
for fail in FAILURES:
    shell.run_line_magic("xmode", "{mode}")
    try:
        forgotten(fail)
    except Exception:
        shell.showtraceback()
"""

WRAPPING = """
def wrapped(fail):
    try:
        forgotten(fail)
    except Exception as error:
        raise ValueError("my own") from error

def in_passing(fail):
    try:
        forgotten(fail)
    except Exception:
        {}["my own"]

def grouped(fail):
    try:
        forgotten(fail)
    except Exception as error:
        error.add_note("mine") if hasattr(error, "add_note") else None
        raise RuntimeError(error)

# Colours would stand in the middle of what is searched for, and take longer than all else here.
shell.run_line_magic("colors", "NoColor")
for fail in FAILURES:
    for wrap in (wrapped, in_passing, grouped):
        try:
            wrap(fail)
        except Exception:
            for mode in ("Plain", "Context", "Verbose"):
                shell.run_line_magic("xmode", mode)
                shell.showtraceback()
"""

ALL_LOCALS = """
for fail in FAILURES:
    try:
        wrapped(fail)
    except Exception as error:
        while error is not None:
            frames = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=True)
            # What the failures themselves hold is their own.
            print("".join(frame for frame, raw in zip(frames.format(), frames) if "rc_nb_helpers" in raw.filename))
            error = error.__cause__ or error.__context__
"""

CALLS = """
log_in()

def press(panel, button, value=""):
    panel._on_message(None, {"press": button, "number": button, "value": value}, [])
    for thread in threading.enumerate():
        if thread.name == "panel":
            thread.join(10)
    assert panel.view["answered"][-1] == button

for panel in panels:
    panel._show()
press(panels[-1], "refresh")
assert panels[-1]._details["tokens"]
for button in ("call-1", "call-3", "call-4"):
    press(panels[1], button)
    assert panels[1]._details["result"]
    for kind in ("python", "curl", "csv"):
        press(panels[1], "copy", kind)
        assert panels[1].view["status"]["text"].startswith("The text to copy"), panels[1].view
press(panels[1], "sort", "1")
press(panels[1], "fill", '{"call": "form-2", "values": {"phoneNumber": "+16505550101", "perPage": "5"}}')
press(panels[1], "copy", "curl")
press(panels[1], "plot", "light")
press(panels[1], "next-page")
press(panels[1], "sms", '{"call": "sms", "values": {"to": "+16505550101", "text": "hello"}}')
press(panels[1], "sms-send", panels[1]._draft.once)
assert panels[1].view["status"]["kind"] == "error", panels[1].view  # the practice app may send none
for panel in panels:
    press(panel, "logout")
    press(panel, "somebody-else")
    assert panel._details["url"]
attempt = session.attempt
for panel in panels:
    panel._on_message(None, {"ask": "details"}, [])
    panel._on_message(None, {"come": "1"}, [])
pieces = LinkPieces(attempt.authorize_url)
code = callback_of(attempt)
for answer in (code, code.replace("state=", "state=x"), code + "&x=y"):
    press(pieces, "compare", answer)
assert [each["name"] for each in pieces._details["answer"]][:3] == ["address", "code", "state"]
display(pieces)
press(panels[0], "paste", callback_of(attempt) + "x")
for panel in panels:
    panel._on_message(None, {"gone": "1"}, [])
    panel._on_message(None, {"here": "1"}, [])
press(panels[0], "cancel")
session.keep(FileStorage())
log_in()
session.refresh()
session.download("/restapi/v1.0/account/~", "downloaded.json")
with contextlib.suppress(ApiError):
    session.download("/restapi/v1.0/nothing", "downloaded-in-vain")
chatty, said = TestPanel(session), "Extension of Alex Rivera, +16505550101"
display(chatty)
with mock.patch.object(session, "call", side_effect=ApiError(status=400, message=said)):
    press(chatty, "call-1")
assert said in chatty._details["summary"]["whole"]
chatty.call_roll()  # its view stays as it is, and is saved so
originals = Originals(["00.ipynb"], lambda name: "It is back.")
display(originals)
originals._on_message(None, {"press": "00.ipynb", "number": "1"}, [])
box = JoinPanel()
display(box)
press(box, "join", seat_links[1])
press(box, "join", seat_links[0][:-1])
open(environment_file("practice"), "w").write(f"RC_CLIENT_SECRET={session.environment.client_secret}")
press(box, "join", seat_links[0])
press(box, "replace")
assert box._details["summary"]["text"].startswith("You have seat"), box._details["summary"]
"""

MESSAGES_OF_THE_WIRE = """
wire = session.wire()
assert {"notebook", "server"} in [each.seen_by for each in wire], wire.text()
print(wire.text())
for each in wire:
    print(vars(each), each.text())
"""

SAVED_FOR_OTHERS = """
import json
print(json.dumps(session.exchanges.har(personal={personal})))
"""

WRITTEN_FOR_OTHERS = """
from rc_nb_helpers.snippets import as_curl, as_http, as_python, reply_of, request_of
for each in session.exchanges:
    request = request_of(each)
    print(as_http(request, reply_of(each)), as_curl(request), as_python(request))
"""

DRAWN = """
log_in()
session.get("/restapi/v1.0/account/~/extension/~")
session.get(f"/restapi/v1.0/account/~/extension/{session.token_status.owner_id}")
with contextlib.suppress(Exception):
    forgotten(not_found)
wire = session.wire()
for login in {each.login for each in wire}:
    picture = still([each for each in wire if each.login == login])
    print(picture.svg, picture, picture._repr_mimebundle_())
assert "Call the API" in picture.text
"""

EXPLANATIONS = """
from rc_nb_helpers import explain
for fail in FAILURES:
    try:
        forgotten(fail)
    except Exception as error:
        known = explain(error)
        print(known, known._repr_html_(), known._repr_markdown_())
"""

ANSWER_AS_TABLE = """
from rc_nb_helpers.spreadsheets import csv_text
answer = session.call("GET", "/restapi/v1.0/account/~/extension/~/call-log").data["records"]
print(csv_text(list(answer[0]), [map(str, record.values()) for record in answer]))
"""

ANSWER_AS_PICTURE = """
from rc_nb_helpers.call_plot import call_log_counts, call_log_plot
print(call_log_plot(answer), call_log_counts(answer).rows())
"""

LINES_OF_A_LEARNER = """
from rc_nb_helpers.course import your_turn
for line in ("return {!r}", "raise ValueError({!r})", "kept = {!r}; import secrets; return secrets.token_urlsafe(32)"):
    for secret in (session.environment.client_secret, session.platform.auth().access_token()):
        cell = "@your_turn('new-state')\\ndef new_state():\\n    " + line.format(secret)
        assert shell.run_cell(cell, store_history=False).success
shell.run_cell(cell.replace(secret, "nothing"), store_history=False)
"""

FINALLY = """
import json
from ipywidgets import Widget
with open(os.environ["SEARCH_REPORT"], "w") as file:
    json.dump({"widgets": Widget.get_manager_state(), "environment": dict(os.environ)}, file)
"""

PRINT = "print(token)"
PLANTS = {
    OUTPUTS: PRINT,
    SAVED: PRINT,
    SAVED_WIDGETS: PRINT,
    CONVERTED: "display({'text/html': token, 'text/plain': ''}, raw=True)",
    WIDGETS: "import ipywidgets; leaky = ipywidgets.Text(token)",
    MESSAGES: "panels[0].send({'leak': token})",
    DETAILS: "panels[0].send({'details': {'url': token}})",
    PREFLIGHT: "panels[0].send({'details': {'checks': [{'text': token}]}})",
    PIECES: "panels[0].send({'details': {'link': [{'text': token}]}})",
    TOKEN_VIEW: "panels[0].send({'details': {'tokens': [{'name': token}]}})",
    COPIED: "panels[1].send({'copied': {'kind': 'csv', 'text': token}})",
    WIRE: "panels[0].send({'wire': token})",
    TERMINAL: "os.write(sys.__stderr__.fileno(), token.encode())",
    HISTORY: "shell.history_manager.store_inputs(999, f'x = {token!r}')",
    FILES: "print(token, file=open(tempfile.mkstemp()[1], 'w'))",
    STORE: "print(token, file=open(configuration_folder() / 'leak.json', 'w'))",
    LOCK: "print(token, file=open(next(configuration_folder().glob('*.lock')), 'w'))",
    DOWNLOADS: "print(token, file=open('downloaded-leak', 'w'))",
    ENVIRONMENT: "os.environ['LEAK'] = token",
    PROCESSES: "import subprocess; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)', token])",
    SEAT: "print(token, file=open(environment_file('practice'), 'a'))",
    OWN_LINES: "print(token, file=open('my-lines/for-us.py', 'w'))",
}
"""How a token is leaked on purpose into the channels that are not a cell's output."""

LEAK = """
def leaky():
    logging.getLogger("somebody").debug(token)
    warnings.warn(token)
    raise ValueError(token)

FAILURES.append(leaky)
"""
"""How it is leaked into a log, a warning and a traceback."""


def failures_notebook(plants: tuple[str, ...]) -> nbformat.NotebookNode:
    """The notebook in which everything goes wrong; each cell says in its metadata to which channel its output goes."""
    leaky = {PLAIN, CONTEXT, VERBOSE, WRAPPED, LOGS, WARNINGS} & set(plants)
    sources = [
        (OUTPUTS, SETUP + (LEAK if leaky else "")),
        (LOGS, LOGGING),
        (WARNINGS, WARNED),
        (REPRS, OBJECTS),
        *(
            (f"tracebacks, %xmode {mode}", TRACEBACKS.replace("{mode}", mode))
            for mode in ("Plain", "Context", "Verbose")
        ),
        (WRAPPED, WRAPPING),
        (LOCALS, ALL_LOCALS),
        (EXPLAINED, EXPLANATIONS),
        (OUTPUTS, CALLS),
        (MERGED, MESSAGES_OF_THE_WIRE),
        (HAR, SAVED_FOR_OTHERS.replace("{personal}", "False")),
        (HAR_WHOLE, SAVED_FOR_OTHERS.replace("{personal}", "True")),
        (SNIPPETS, WRITTEN_FOR_OTHERS),
        (TABLES, ANSWER_AS_TABLE),
        (PICTURES, ANSWER_AS_PICTURE),
        (STILLS, DRAWN),
        (CHECKED, LINES_OF_A_LEARNER),
    ]
    printed = (REPRS, LOCALS, MERGED, HAR, HAR_WHOLE, SNIPPETS, EXPLAINED, TABLES, PICTURES, STILLS, CHECKED)
    for channel in plants:
        if channel in PLANTS or channel in printed:
            sources.append((channel if channel in printed else OUTPUTS, PLANTS.get(channel, PRINT)))
    cells = [
        nbformat.v4.new_code_cell(code, metadata={"channel": each}) for each, code in (*sources, (OUTPUTS, FINALLY))
    ]
    return nbformat.v4.new_notebook(cells=cells)


# --- kernels


def listen(client: NotebookClient) -> list[dict[str, Any]]:
    """Keep every message of a client's kernel, also those that come too late for their cell."""
    messages: list[dict[str, Any]] = []
    channel, get = client.kc.iopub_channel, client.kc.iopub_channel.get_msg

    async def kept(*args: Any, **kwargs: Any) -> Any:
        messages.append(await get(*args, **kwargs))
        return messages[-1]

    channel.get_msg = kept
    return messages


def run(
    notebook: nbformat.NotebookNode, port: int, autopilot: bool, server_url: str, links: Path, findings: Findings
) -> None:
    """Run one notebook in a kernel of its own, and put all that came out of it into the channels."""
    with tempfile.TemporaryDirectory(prefix="search-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        home, temporary, work = directory / "home", directory / "tmp", directory / "my-notebooks"
        for folder in (home, temporary, work):
            folder.mkdir()
        (work / COPIES_RECORD).write_text("{}")  # as tools/my_notebooks.py leaves it: so lines are kept
        (directory / "tools").symlink_to(ROOT / "tools")  # as notebook 00 finds it
        report, history, terminal = directory / "report.json", directory / "history.sqlite", directory / "terminal"
        environment = notebook_environment(directory, autopilot) | {
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "RC_PRACTICE_URL": server_url,
            "RC_PRACTICE_REDIRECT_URL": f"http://localhost:{port}{CALLBACK_PATH}",
            "SEARCH_REPORT": str(report),
            "SEARCH_LINKS": str(links),
        }
        client = NotebookClient(
            notebook,
            kernel_name=KERNEL,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(work)}},
            record_timing=False,
            ipython_hist_file=str(history),
            extra_arguments=["--log-level=DEBUG", "--HistoryManager.db_log_output=True"],
            store_widget_state=True,
        )
        with terminal.open("w") as out, client.setup_kernel(env=environment, stdout=out, stderr=out):
            messages = listen(client)
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            client.set_widgets_metadata()
            watch_processes(client, findings)
        check_answers(notebook)
        collect(notebook, messages, findings)
        findings.add(TERMINAL, terminal.read_text(errors="replace"))
        if report.exists():
            told = json.loads(report.read_text())
            findings.add(WIDGETS, json.dumps(told["widgets"]))
            findings.add(ENVIRONMENT, json.dumps(told["environment"]))
        with sqlite3.connect(history) as database:
            findings.add(HISTORY, "\n".join(database.iterdump()))
        for file in directory.rglob("*"):
            if file.is_file() and file not in (report, history, terminal):
                kept = {".json": STORE, ".lock": LOCK} if APPLICATION in file.parts else {}
                if "downloaded" in file.name:  # also what a download that fails has begun
                    kept = {file.suffix: DOWNLOADS}
                if file.parent.name == FOLDER or file.name == FILE:
                    kept = {file.suffix: OWN_LINES}
                if file.name.startswith(".env-practice"):
                    kept = {file.suffix: SEAT}
                text = file.read_bytes().decode("utf-8", "replace")
                findings.add(kept.get(file.suffix, FILES), f"{file.name}\n{text}")


def check_answers(notebook: nbformat.NotebookNode) -> None:
    """Nbval cannot compare what is not stored, because the reader is to guess it. The course runs here anyway."""
    for cell in notebook.cells:
        shown = "".join(output.get("text", "") for output in cell.get("outputs", ()))
        for answer in cell.metadata.get("answers", ()):
            assert answer in shown, f"{answer!r} is not what came of {cell.source!r}, but {shown!r}"


def watch_processes(client: NotebookClient, findings: Findings) -> None:
    """What others on this machine can see of the kernel and its children."""
    kernel = psutil.Process(client.km.provisioner.process.pid)
    for process in (kernel, *kernel.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # a child that has just ended
            findings.add(PROCESSES, " ".join(process.cmdline()))
            findings.add(ENVIRONMENT, json.dumps(process.environ()))
            if process != kernel:
                process.kill()


_OWN = {"checks": PREFLIGHT, "link": PIECES, "tokens": TOKEN_VIEW}
"""Which details are a panel's own: its messages are a channel of their own."""


def collect(notebook: nbformat.NotebookNode, messages: list[dict[str, Any]], findings: Findings) -> None:
    """Put what a notebook holds, and what its kernel said, into the channels."""
    for message in messages:
        content = message["content"]
        custom = content.get("data", {}).get("content") if message["msg_type"] == "comm_msg" else None
        if isinstance(custom, dict) and set(custom) - {"now"} == {"details"}:
            told = [part for part, value in custom["details"].items() if value]
            channel = DETAILS if "url" in told else next((_OWN[part] for part in told if part in _OWN), DETAILS)
            findings.add(channel, json.dumps(content))
        elif isinstance(custom, dict) and set(custom) == {"copied"}:
            findings.add(COPIED, json.dumps(content))
        elif isinstance(custom, dict) and set(custom) == {"wire"}:
            findings.add(WIRE, json.dumps(content))
        else:
            findings.add(MESSAGES, json.dumps(content, default=str))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            findings.add(cell.metadata.get("channel", OUTPUTS), json.dumps(cell.outputs))
    notebook = nbformat.from_dict(notebook)
    findings.add(SAVED_WIDGETS, nbformat.writes(notebook))
    findings.add(WIDGETS, json.dumps(notebook.metadata.pop("widgets", {})))
    findings.add(SAVED, nbformat.writes(notebook))
    findings.add(CONVERTED, HTMLExporter(template_name="basic").from_notebook_node(notebook)[0])


# --- a class


def join(clone: Path, text: str) -> str:
    """What ``tutorial.py join`` says, in a folder of its own, when a text is typed."""
    done = subprocess.run(
        [sys.executable, "-S", ROOT / "tutorial.py", "join"],
        env={**without_settings(dict(os.environ)), "RC_ENV_DIRECTORY": str(clone)},
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def look_at_class(classroom: PracticePlatform, links: list[str], plants: tuple[str, ...], findings: Findings) -> None:
    """Join a class in a terminal, in every way that goes wrong too; then look at what its platform shows."""
    with tempfile.TemporaryDirectory(prefix="search-") as name:
        clone = Path(name)
        good, replaced = links
        for text in (good, good, good[:-1], replaced, good.replace("127.66.77.88", "127.0.0.1").replace("#", "%23")):
            findings.add(JOIN, join(clone, text))
        (clone / ".env-practice").write_text("RC_CLIENT_SECRET=another")
        findings.add(JOIN, join(clone, good))
        if JOIN in plants:
            findings.add(JOIN, join(clone, f"http://127.0.0.1:9/{PLANTED_TOKEN}/practice/seat#{'a' * 22}"))
    for address in (good, good.replace("#", "%23"), good.replace("#", "?secret=")):
        findings.add(PAGES, requests.get(address, timeout=60, allow_redirects=False).text)
    if RECORD in plants or PAGES in plants:  # what reaches the board is in the record too
        requests.get(f"{classroom.server_url}/{PLANTED_TOKEN}", timeout=60)
        classroom._backend.stuck.press(PLANTED_TOKEN)
    with requests.Session() as instructor:
        board = classroom.server_url + "/practice/board"
        key = re.search(r'name="form_token" value="(\w+)"', instructor.get(board, timeout=60).text)
        assert key
        form = {"form_token": key[1], "password": classroom.instructor_password}
        assert instructor.post(board + "/sign-in", data=form, timeout=60).url == board
        for page in ("", "?view=projector", ".csv"):
            findings.add(PAGES, instructor.get(board + page, timeout=60).text)


def look_at_sockets(plants: tuple[str, ...], findings: Findings) -> None:
    """Let a login wait behind a hub, and look at what the folder and the system tell of its socket."""
    with tempfile.TemporaryDirectory(prefix="search-") as name:
        around = {PATH_VARIABLE: "/user/ada/rc-callback/", SOCKETS_VARIABLE: name}
        with (
            mock.patch.dict(os.environ, around),
            PracticePlatform(redirect_uris=["https://hub.example/user/ada/rc-callback/"]) as platform,
            contextlib.ExitStack() as planted,
        ):
            attempt = Session(environment_of(platform)).begin_login()
            visit(attempt.authorize_url)  # so that its state is known
            if SOCKETS in plants:
                planted.enter_context(PrivateSocket(Path(name) / PLANTED_TOKEN, 1))
            sockets = psutil.Process().net_connections("unix")
            findings.add(SOCKETS, "\n".join([*os.listdir(name), *(str(each.laddr) for each in sockets)]))
            attempt.cancel()


# --- a login behind a Jupyter server


def look_at_server(
    server: Server, platform: PracticePlatform, folder: Path, plants: tuple[str, ...], findings: Findings
) -> None:
    """Log in behind a Jupyter server, in every way that goes wrong too; then look at what it shows and keeps."""
    signed_in = {"Authorization": f"token {TOKEN}"}

    def visit_as(address: str, headers: dict[str, str], method: str = "GET") -> None:
        reply = requests.request(method, address, headers=headers, timeout=60, allow_redirects=False)
        findings.add(EXTENSION, f"{reply.headers.get('Location')}\n{reply.text}")
        for hop in (reply.next,) if reply.next else ():  # the page on which somebody signs in to the server
            findings.add(EXTENSION, requests.get(hop.url or "", timeout=60).text)

    with mock.patch.dict(os.environ, server.variables):
        attempt = Session(environment_of(platform, redirect_uri=server.redirect_uri)).begin_login()
    address = callback_of(attempt, path=urlsplit(server.redirect_uri).path)
    visit_as(address, {})
    visit_as(address, signed_in, "HEAD")
    visit_as(f"{address}&state=x", signed_in)
    visit_as(address.replace("rc-callback/", "rc-callback/x"), signed_in)
    visit_as(address.replace("state=", "state=x"), signed_in | {"Referer": address})
    visit_as(address, signed_in | {"Referer": attempt.authorize_url})
    attempt.wait(timeout=60)
    visit_as(address, signed_in)  # once more: nobody waits now
    if EXTENSION in plants:
        with by_hand(server):
            visit_as(f"{server.redirect_uri}?code={PLANTED_TOKEN}", signed_in)
    # A server logs a request after it has answered it: when this one is there, all are.
    last = PLANTED_TOKEN if SERVER in plants else "the-last-request"
    requests.get(f"http://localhost:{server.port}/{last}", timeout=60)
    eventually(lambda: last in server.log.read_text())
    findings.add(SERVER, server.log.read_text())
    for file in folder.rglob("*"):
        if file.is_file() and file != server.log and not file.name.startswith("jpserver"):
            findings.add(FILES, f"{file.name}\n{file.read_bytes().decode('utf-8', 'replace')}")


# --- the search


def search(*, course: bool = True, plants: tuple[str, ...] = ()) -> dict[tuple[str, str], bool]:
    """Run everything and look everywhere.

    Args:
        course: Whether to run the notebooks of the tutorial too.
        plants: Channels into which a secret is leaked on purpose.
    """
    jobs = [(failures_notebook(plants), free_port(), False)]
    labs = []  # one after the other, when all else is done: they change the app, and end all its logins
    if course:
        for file in notebook_files():
            is_lab = "08" <= file.name[:2] <= "99"
            (labs if is_lab else jobs).append((nbformat.read(file, as_version=4), free_port(), True))
    findings, record = Findings(), io.StringIO()
    handler = logging.StreamHandler(record)
    # Not everything: nbclient, which runs the kernels from here, logs each of their messages.
    loggers = [logging.getLogger(name) for name in ("rc_nb_helpers", "tornado", "authlib", "asyncio")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        ports = [port for _, port, _ in (*jobs, *labs)]
        with tempfile.TemporaryDirectory() as folder, Tap().open() as tap:
            class_file, links_file = Path(folder) / "class.json", Path(folder) / "links"
            above = Path(folder) / "server"  # with a short path
            with (
                jupyter_server(above) as server,
                platform_of(*ports, also=[server.redirect_uri], class_file=class_file) as platform,
                PracticePlatform(host="127.66.77.88", learners=1) as classroom,
                ThreadPoolExecutor(2) as pool,
            ):
                replaced = classroom.seat_link("learner-001")
                classroom._backend.seat_links.replace("learner-001")
                links = [classroom.seat_link("learner-001"), replaced]
                links_file.write_text("\n".join(links))
                kernels = [pool.submit(run, *job, platform.server_url, links_file, findings) for job in jobs]
                look_at_class(classroom, links, plants, findings)
                look_at_server(server, platform, above, plants, findings)
                look_at_sockets(plants, findings)
                for kernel in kernels:
                    kernel.result()
                for job in labs:
                    run(*job, platform.server_url, links_file, findings)
                for each in (platform, classroom):
                    findings.add(RECORD, json.dumps([entry.as_json() for entry in each.controls.requests()]))
                if PRACTICE in plants:
                    logging.getLogger("rc_nb_helpers.practice").info("%s", PLANTED_TOKEN)
                if CLASS_FILE in plants:
                    platform._in_loop(lambda: platform._backend.stuck.press(PLANTED_TOKEN))
            findings.add(CLASS_FILE, class_file.read_text("utf-8"))
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
    findings.add(PRACTICE, record.getvalue())
    for each in STAFF:
        tap.values[PERSONAL] |= {each.name, each.email, each.phone_number, str(each.extension_id)}
    assert list(findings.lines(tap, DETAILS, PERSONAL)), "nobody was named where people are: this proves nothing"
    missing = [kind for kind in SECRETS if not tap.values[kind]]
    assert not missing, f"never seen: {missing}: this proves nothing"
    empty = [channel for channel in CHANNELS if not any(findings.seen[channel])]
    assert not empty, f"nothing came through {empty}: this proves nothing"
    if plants:
        tap.values[PLANTED].add(PLANTED_TOKEN)
    return findings.search(tap)


def leaks(found: dict[tuple[str, str], bool]) -> list[tuple[str, str]]:
    """Where a secret was found that must not be there."""
    return [place for place, there in found.items() if there and place not in DOCUMENTED]


def table(found: dict[tuple[str, str], bool]) -> str:
    """Channels × secrets, and what was planted."""
    width = max(map(len, CHANNELS))
    kinds = (*SECRETS, PLANTED, PERSONAL)
    lines = [" ".join([" " * width, *(kind.rjust(13) for kind in kinds)])]
    for channel in CHANNELS:
        words = []
        for kind in kinds:
            there = found.get((channel, kind))
            if there is None:  # not looked for here
                continue
            words.append("documented" if there and (channel, kind) in DOCUMENTED else "FOUND" if there else "clean")
        lines.append(" ".join([channel.ljust(width), *(word.rjust(13) for word in words)]))
    return "\n".join(lines)


def main() -> int:
    """Search, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.tables.secret_search", description=__doc__.split("\n")[0])
    parser.add_argument("--plant", choices=[*CHANNELS, "all"], metavar="CHANNEL", help="leak a token on purpose there")
    parser.add_argument("--no-course", action="store_true", help="only the notebook of failures")
    options = parser.parse_args()
    plants = CHANNELS if options.plant == "all" else (options.plant,) if options.plant else ()
    found = search(course=not options.no_course, plants=plants)
    print(table(found))
    for channel, kind in leaks(found):
        print(f"FOUND: {kind} in {channel}", file=sys.stderr)
    return int(bool(leaks(found)))


if __name__ == "__main__":
    sys.exit(main())
