"""A platform for each test, a clock that can be moved, and a small browser that fills in forms."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.login.env_file import NO_SECRET

VERIFIER = "a" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT_URI = "http://localhost:5000/oauth2callback"
TIMEOUT = 30


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Form:
    """A form as a browser sees it: where it goes, and what it would send."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["action"], given["method"]))
        elif tag == "button" and self.forms:
            self.forms[-1].buttons.append((given.get("name", ""), given.get("value", "")))
        elif tag == "textarea" and "name" in given:
            self._area = given["name"]
            self.forms[-1].fields[self._area] = ""
        elif tag == "input" and "name" in given and "disabled" not in given:
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


class Browser:
    """Follows redirects on the platform, keeps cookies, and stops at the door of anybody else."""

    def __init__(self, server_url: str) -> None:
        self.server_url = server_url
        self.http = requests.Session()
        self.answer = requests.Response()

    def open(self, url: str, method: str = "GET", **options: Any) -> requests.Response:
        url = urljoin(self.server_url, url)
        self.answer = self.http.request(method, url, allow_redirects=False, timeout=TIMEOUT, **options)
        while (target := self.answer.headers.get("Location")) is not None:
            target = urljoin(self.answer.url, target)
            if not target.startswith(self.server_url):
                break
            self.answer = self.http.get(target, allow_redirects=False, timeout=TIMEOUT)
        return self.answer

    def form(self, number: int = 0) -> Form:
        parser = _Forms()
        parser.feed(self.answer.text)
        return parser.forms[number]

    def submit(self, number: int = 0, headers: dict[str, str] | None = None, **fields: str) -> requests.Response:
        form = self.form(number)
        return self.open(form.action, form.method.upper(), data=form.fields | fields, headers=headers)

    @property
    def landed(self) -> dict[str, str]:
        """What the app's redirect URI was given."""
        return dict(parse_qsl(urlsplit(self.answer.headers["Location"]).query))


@dataclass
class World:
    """A platform, and the steps of the flow in one line each."""

    platform: PracticePlatform
    clock: Clock

    def url(self, path: str) -> str:
        return self.platform.server_url + path

    @property
    def basic(self) -> tuple[str, str]:
        return self.platform.client_id, self.platform.client_secret

    def request_parameters(self, **changes: str | None) -> dict[str, str]:
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.platform.client_id,
            "redirect_uri": REDIRECT_URI,
            "state": "xyz",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def browser(self) -> Browser:
        return Browser(self.platform.server_url)

    def authorize(self, **changes: str | None) -> requests.Response:
        return requests.get(
            self.url("/restapi/oauth/authorize"),
            params=self.request_parameters(**changes),
            allow_redirects=False,
            timeout=TIMEOUT,
        )

    def sign_in(self, username: str = "alex", password: str = "maple", **changes: str | None) -> Browser:
        browser = self.browser()
        browser.open("/restapi/oauth/authorize", params=self.request_parameters(**changes))
        browser.submit(username=username, password=password)
        return browser

    def code(self, username: str = "alex", password: str = "maple", **changes: str | None) -> str:
        browser = self.sign_in(username, password, **changes)
        browser.submit(decision="allow")
        return browser.landed["code"]

    def post_token(self, auth: Any = "built-in", **form: str) -> requests.Response:
        return requests.post(
            self.url("/restapi/oauth/token"),
            data=form,
            auth=self.basic if auth == "built-in" else auth,
            timeout=TIMEOUT,
        )

    def exchange(self, code: str, **form: str) -> requests.Response:
        return self.post_token(
            **{"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI} | form
        )

    def log_in(self, username: str = "alex", password: str = "maple", **form: str) -> dict[str, Any]:
        answer = self.exchange(self.code(username, password), **form)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, refresh_token: str, auth: Any = "built-in", **form: str) -> requests.Response:
        return self.post_token(auth, grant_type="refresh_token", refresh_token=refresh_token, **form)

    def revoke(self, token: str, auth: Any = "built-in") -> requests.Response:
        return requests.post(
            self.url("/restapi/oauth/revoke"),
            data={"token": token},
            auth=self.basic if auth == "built-in" else auth,
            timeout=TIMEOUT,
        )

    def get(self, path: str, token: str | None, **query: str) -> requests.Response:
        return requests.get(
            self.url("/restapi/v1.0" + path),
            params=query,
            headers={"Authorization": f"Bearer {token}"} if token is not None else {},
            timeout=TIMEOUT,
        )

    def new_app(self, **changes: str) -> dict[str, str]:
        """Register an app in the console; return its id and secret."""
        browser = self.browser()
        browser.open("/practice/console/new")
        answer = browser.submit(
            **{
                "name": "Another app",
                "application_type": "server",
                "redirect_uris": REDIRECT_URI,
                "permission_ReadAccounts": "yes",
                "refresh_tokens": "yes",
            }
            | changes
        )
        assert answer.status_code == 200, answer.text
        lines = answer.text.partition("RC_SERVER_URL")[2].partition("</textarea>")[0].splitlines()
        values = dict(line.split("=", 1) for line in lines[1:])
        secret = values["RC_CLIENT_SECRET"]
        return {"client_id": values["RC_CLIENT_ID"], "client_secret": "" if secret == NO_SECRET else secret}


def code_of(answer: requests.Response) -> str:
    """The RingCentral code of an error answer."""
    return str(answer.json()["errors"][0]["errorCode"])


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> Iterator[World]:
    with PracticePlatform(clock=clock) as platform:
        yield World(platform, clock)
