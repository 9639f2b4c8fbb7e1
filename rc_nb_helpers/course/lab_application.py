"""A small web application, for the lab that turns the notebook's program into one. It keeps tokens in three ways.

Two of them are wrong, which is the lesson: so it works with practice alone, and nothing else imports it. It runs as a
process of its own, and ends with the process that has started it. Needs Flask, an extra of this package.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import html
import inspect
import json
import logging
import os
import secrets
import socket
import subprocess
import sys
import textwrap
import zlib
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from ringcentral.http.api_exception import ApiException

from ..autopilot import sign_in
from ..columns import folded
from ..environments import Environment
from ..loopback import is_loopback
from ..redirection_endpoint import leads_to_server
from .lab_elsewhere import READY, end_process, end_with_parent, first_line
from .lab_tools import PracticeApp, password_of
from .program import load_my_login

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

COOKIE = "my_application"
NO_FLASK = 'This lab needs Flask. Install it in the course\'s folder: pip install ".[application]"'
NO_APPLICATION = "No application runs."
NO_PORT = (
    "This lab needs a port that your browser reaches. Behind this server there is none. Read on, or take the course "
    "home: on your own computer the lab runs."
)
WHO = "/restapi/v1.0/account/~/extension/~"
STEP_SECONDS = 5

Tokens = dict[str, Any]


class Keeper(Protocol):
    """Where the tokens of a visitor are kept. Each method works for the visitor whose request is being answered."""

    def load(self) -> Tokens:
        """The visitor's tokens; empty when there are none."""
        ...

    def save(self, tokens: Tokens) -> None:
        """Keep the visitor's tokens; empty ones are forgotten."""
        ...


class OneForAll:
    """In one place of the program, as in a notebook."""

    def __init__(self) -> None:
        self.tokens: Tokens = {}

    def load(self) -> Tokens:
        """The tokens."""
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        """Keep them."""
        self.tokens = tokens


class InTheCookie:
    """In the visitor's cookie. The framework signs it: nobody can change it."""

    def load(self) -> Tokens:
        """The tokens in this visitor's cookie."""
        from flask import session

        return dict(session.get("tokens", {}))

    def save(self, tokens: Tokens) -> None:
        """Put them into the cookie."""
        from flask import session

        session["tokens"] = tokens


class OnTheServer:
    """On the server, in a drawer for each visitor. The cookie holds its number, which nobody can guess."""

    def __init__(self) -> None:
        self.drawers: dict[str, Tokens] = {}

    def load(self) -> Tokens:
        """What lies in this visitor's drawer."""
        from flask import session

        return self.drawers.get(session.get("drawer", ""), {})

    def save(self, tokens: Tokens) -> None:
        """Take a new drawer with a new number: who knows the old one has nothing."""
        from flask import session

        self.drawers.pop(session.pop("drawer", ""), None)
        if tokens:
            session["drawer"] = secrets.token_urlsafe(32)
            self.drawers[session["drawer"]] = tokens


KEEPERS: dict[str, type[Keeper]] = {
    "one for all": OneForAll,
    "in the cookie": InTheCookie,
    "on the server": OnTheServer,
}


def make_application(environment: Environment, program: ModuleType, keeper: Keeper, same_site: str = "Lax") -> Flask:
    """The application, with the functions of the course.

    Args:
        environment: Practice.
        program: ``my_login``, the learner's or ours.
        keeper: Where it keeps tokens.
        same_site: The SameSite attribute of its cookie.

    Raises:
        ConfigurationError: It is not practice.
    """
    PracticeApp(environment)  # or an error: nothing else is let in
    from flask import Flask, redirect, request, session
    from markupsafe import escape

    application = Flask(__name__)
    application.secret_key = secrets.token_bytes(32)
    application.config.update(
        SESSION_COOKIE_NAME=COOKIE, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE=same_site
    )

    def page(text: str) -> str:
        return (
            f"<!doctype html><html lang=en><title>My application</title><h1>{escape(text)}</h1>"
            '<p><a href="/login">Log in</a></p><form method=post action="/logout"><button>Log out</button></form>'
        )

    def platform_of_visitor() -> Any:
        platform = program.new_platform(environment)
        if tokens := keeper.load():
            platform.auth().set_data(tokens)
        return platform

    @application.get("/")
    def home() -> ResponseReturnValue:
        platform = platform_of_visitor()
        if not program.logged_in(platform):
            return page("Nobody is logged in.")
        try:
            return page("You are " + platform.get(WHO).json_dict()["name"] + ".")
        except ApiException as error:
            return page(program.explain(error))
        finally:
            if platform.auth().data() != keeper.load():  # the SDK has fetched new ones
                keeper.save(platform.auth().data())

    @application.get("/login")
    def login() -> ResponseReturnValue:
        session["state"], session["code_verifier"] = program.new_state(), program.new_code_verifier()
        return redirect(program.login_link(environment, session["state"], session["code_verifier"]))

    @application.get(urlsplit(environment.redirect_uri).path or "/")
    def oauth2callback() -> ResponseReturnValue:
        state, code_verifier = session.pop("state", ""), session.pop("code_verifier", "")
        if not program.is_for_us(request.args, state):
            return page("This browser has not asked for a login."), 403
        platform = program.new_platform(environment)
        said = program.oauth2callback(platform, dict(request.args), code_verifier, environment.redirect_uri)
        if not program.logged_in(platform):
            return page(said), 403
        keeper.save(platform.auth().data())
        return redirect("/")  # the code does not stay in the address bar

    @application.post("/logout")
    def logout() -> ResponseReturnValue:
        said = program.logout(platform_of_visitor())
        keeper.save({})
        return page(said)

    return application


def shown(page: str) -> str:
    """The function behind a page of the application, as it is written.

    Args:
        page: Its name, such as ``oauth2callback``.

    Raises:
        LookupError: There is none.
    """
    text = textwrap.dedent(inspect.getsource(make_application))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == page:
            lines = text.splitlines()[node.decorator_list[0].lineno - 1 : node.end_lineno]
            return textwrap.dedent("\n".join(lines)).replace(" -> ResponseReturnValue", "")
    raise LookupError(page)


class RunningApplication:
    """The application in a process of its own.

    Attributes:
        address: Where a browser finds it.
    """

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.address, self._process = address, process

    def __repr__(self) -> str:
        return f"<the application at {self.address}>"

    def stop(self) -> None:
        """End it. It may have ended already."""
        end_process(self._process)


def run(environment: Environment, keeping: str, same_site: str = "Lax") -> RunningApplication | None:
    """Run the application where the login's answer comes in. The one that this notebook has started before ends.

    Args:
        environment: Practice.
        keeping: A name in :data:`KEEPERS`.
        same_site: The SameSite attribute of its cookie.

    Returns:
        The application; None where it cannot run, and then a sentence says why.

    Raises:
        ConfigurationError: It is not practice.
    """
    PracticeApp(environment)  # or an error: nothing else is let in
    stop()
    if find_spec("flask") is None:
        print(NO_FLASK)
        return None
    apart = environment.browser_url != environment.server_url
    if apart or leads_to_server(environment.redirect_uri) or not is_loopback(environment.redirect_uri):
        print(folded(NO_PORT))
        return None
    process = subprocess.Popen(  # noqa: S603  (this module)
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    # Not as arguments or variables: other programs can read those.
    wanted = {
        "server_url": environment.server_url,
        "client_id": environment.client_id,
        "client_secret": environment.client_secret,
        "redirect_uri": environment.redirect_uri,
        "keeping": keeping,
        "same_site": same_site,
    }
    with contextlib.suppress(OSError):  # it has ended: what it said tells why
        print(json.dumps(wanted), file=process.stdin, flush=True)
    said = first_line(process)
    if said != READY:
        end_process(process)
        port = urlsplit(environment.redirect_uri).port or 80
        print(
            f"The application did not start at port {port}: {said or 'it says nothing'}. Perhaps another notebook of "
            "this course waits there. Shut that notebook down. Then run this cell again."
        )
        return None
    application = RunningApplication(urljoin(environment.redirect_uri, "/"), process)
    _running.append(application)
    return application


_running: list[RunningApplication] = []  # at most one: there is one port


def stop() -> None:
    """End the application that this notebook has started, if one runs."""
    while _running:
        _running.pop().stop()


class Browser:
    """A browser that the notebook plays: a jar of cookies, and a person of practice who signs in and allows.

    Args:
        username: Who sits in front of it.
    """

    def __init__(self, username: str) -> None:
        self._username = username
        self._http = requests.Session()
        self._http.trust_env = False

    def __repr__(self) -> str:
        return f"<the browser of {self._username}>"

    def log_in(self, application: RunningApplication | None, environment: Environment) -> str:
        """Press Log in, sign in, allow, and come back.

        Args:
            application: The application.
            environment: Practice: nowhere else is a password typed.

        Returns:
            What the page says in the end.
        """
        PracticeApp(environment)  # or an error: nothing else is let in
        if application is None:
            return NO_APPLICATION
        password = password_of(environment, self._username)
        if not password:
            return f"Nobody here is called {self._username}. Open the application in a window, and log in yourself."
        page = self._http.get(application.address + "login", timeout=STEP_SECONDS, allow_redirects=False)
        address = sign_in(page.headers["Location"], self._username, password)
        return _heading(self._http.get(address, timeout=STEP_SECONDS).text) if address else "No answer has come."

    def look(self, application: RunningApplication | None) -> str:
        """Open the application's first page.

        Args:
            application: The application.

        Returns:
            What the page says.
        """
        if application is None:
            return NO_APPLICATION
        return _heading(self._http.get(application.address, timeout=STEP_SECONDS).text)

    def log_out(self, application: RunningApplication | None) -> str:
        """Press Log out.

        Args:
            application: The application.

        Returns:
            What the page says.
        """
        if application is None:
            return NO_APPLICATION
        return _heading(self._http.post(application.address + "logout", timeout=STEP_SECONDS).text)

    def read_cookie(self) -> dict[str, Any]:
        """What stands in the application's cookie, read without any key: the signature hides nothing."""
        text = self._http.cookies.get(COOKIE) or ""
        payload = text.lstrip(".").partition(".")[0]
        data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return dict(json.loads(zlib.decompress(data) if text.startswith(".") else data or b"{}"))


def _heading(page: str) -> str:
    """What one of the application's pages says."""
    return html.unescape(page.partition("<h1>")[2].partition("</h1>")[0])


def main() -> None:
    """Serve the application that standard input describes, until the process that started this one is gone."""
    wanted = json.loads(sys.stdin.readline())
    keeper, same_site = KEEPERS[wanted.pop("keeping")](), wanted.pop("same_site")
    environment = Environment(name="practice", **wanted)
    with contextlib.redirect_stdout(sys.stderr):  # the notebook says it as well, where one's own does not load
        program = load_my_login()
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").disabled = True  # its usual lines would show the codes
    host, port = environment.listen_address
    try:
        door = socket.create_server((host, port))
    except OSError as error:
        print(os.strerror(error.errno or 0), flush=True)
        return
    with door:
        application = make_application(environment, program, keeper, same_site)
        server = make_server(host, port, application, threaded=True, fd=door.fileno())
        end_with_parent()
        print(READY, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
