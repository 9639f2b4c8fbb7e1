"""Behind a path: as a service of a hub, and behind a Jupyter server that leads to a port of its machine."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from rc_nb_helpers.practice import PracticePlatform

from ..conftest import free_port
from .conftest import REDIRECT_URI, TIMEOUT, Browser, Clock, World

PREFIX = "/services/practice"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def world() -> Iterator[World]:
    """A class behind a path, at its own port: what a proxy does that leaves its path in front."""
    port = free_port()
    with PracticePlatform(port=port, public_url=f"http://127.0.0.1:{port}{PREFIX}", learners=2) as platform:
        yield World(platform, Clock())


class Visitor(Browser):
    """A browser that notes all that pages and answers lead to, and what they may run."""

    def __init__(self, world: World) -> None:
        super().__init__(world.platform.server_url)
        self.led_to: set[str] = set()
        self.showed: set[str] = set()
        """The pages that have shown the hostile text, as a text."""
        self.http.hooks["response"].append(self._note)

    def _note(self, answer: requests.Response, **_: object) -> None:
        if "Location" in answer.headers:
            self.led_to.add(answer.headers["Location"])
        elif answer.headers["Content-Type"].startswith("text/html"):
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert HOSTILE not in answer.text
            if html.escape(HOSTILE) in answer.text:
                self.showed.add(urlsplit(answer.url).path.removeprefix(PREFIX + "/practice/"))
            found = re.findall(r'(?:href|action|data-events|data-here|data-link)="([^"]*)"', answer.text)
            self.led_to |= {urljoin(answer.url, each) for each in found if not each.startswith(("data:", "#"))}


def _log_in(visitor: Visitor, world: World, **options: str) -> requests.Response:
    visitor.open(world.url("/restapi/oauth/authorize"), params=world.request_parameters(client_id=_app(world, 0)))
    user = world.platform.users[0]
    visitor.submit(username=user["username"], password=user["password"], remember="on")
    return visitor.submit(decision="allow")


def _app(world: World, number: int) -> str:
    return str(world.platform.users[number]["client_id"])


def test_all_that_pages_lead_to_is_below_the_path_and_what_learners_write_stays_a_text(world: World) -> None:
    visitor, url = Visitor(world), world.url
    assert _log_in(visitor, world).headers["Location"].startswith(REDIRECT_URI)
    for path in ("", "/", "/practice", "/practice/", "/practice/console", "/practice/console/new", "/nothing"):
        visitor.open(url(path))
    visitor.open(url("/practice/console/new"))
    fields = {
        "name": HOSTILE,
        "application_type": "server",
        "redirect_uris": REDIRECT_URI,
        "permission_ReadAccounts": "on",
    }
    visitor.submit(**fields)
    assert visitor.answer.url.startswith(url("/practice/console/apps/"))
    app = visitor.answer.url.rpartition("/")[2]
    for path in (f"/practice/console/apps/{app}/edit", "/practice/console", "/practice/window", "/practice/seat"):
        visitor.open(url(path))
    asked = world.request_parameters(client_id=app)
    visitor.open(url("/restapi/oauth/authorize"), params=asked | {"redirect_uri": HOSTILE})
    visitor.open(url("/restapi/oauth/authorize"), params=asked)  # the person is remembered: consent
    visitor.submit(decision="deny")
    visitor.open(url("/restapi/oauth/authorize"), params=asked | {"prompt": "login"})
    visitor.submit(username=HOSTILE, password="x")
    visitor.open(url("/practice/stuck"))
    visitor.submit(seat="learner-001", stuck="yes", called=HOSTILE)
    visitor.open(url("/practice/board"))
    assert visitor.answer.url == url("/practice/board/sign-in")
    visitor.submit(password=world.platform.instructor_password)
    visitor.open(url("/practice/board/names"))
    visitor.submit(1, do="show")
    for path in ("", "?view=projector", "/seats", "/names", ".csv"):
        assert visitor.open(url("/practice/board" + path)).status_code == 200
    visitor.open(url("/practice/board"))
    visitor.submit(next(n for n in range(9) if visitor.form(n).action.endswith("/room")), what="revoke")
    visitor.open(url("/practice/seat%23" + "a" * 22))
    pages = {"console", f"console/apps/{app}", f"console/apps/{app}/edit", "consent", "sign-in", "board", "board/names"}
    assert visitor.showed >= pages | {f"{PREFIX}/restapi/oauth/authorize"}
    ours = {each for each in visitor.led_to if not each.startswith(REDIRECT_URI)}
    assert len(ours) > 25
    assert {each for each in ours if not each.startswith(world.platform.server_url + "/")} == set()


def test_programs_are_told_the_whole_address(world: World) -> None:
    link = world.platform.seat_link("learner-001")
    assert link.startswith(f"{world.platform.server_url}/practice/seat#")
    given = requests.post(
        link.partition("#")[0], json={"secret": link.partition("#")[2], "machine": "0" * 32}, timeout=TIMEOUT
    ).json()
    assert f"RC_SERVER_URL={world.platform.server_url}\n" in given["env"]
    told = requests.get(world.url("/.well-known/openid-configuration"), timeout=TIMEOUT).json()
    assert told["issuer"] == world.platform.server_url
    assert all(each.startswith(world.platform.server_url) for name, each in told.items() if name.endswith("endpoint"))
    root = requests.get(world.url("/restapi"), timeout=TIMEOUT)
    assert root.status_code == 200
    assert f"{world.platform.server_url}/restapi" in root.text


def test_cookies_stay_below_the_path(world: World) -> None:
    visitor = Visitor(world)
    _log_in(visitor, world)
    visitor.open(world.url("/practice/console"))
    visitor.open(world.url("/practice/board"))
    visitor.submit(password=world.platform.instructor_password)
    paths = {cookie.name: cookie.path for cookie in visitor.http.cookies}
    assert len(paths) == 6
    assert [name for name, path in paths.items() if not path.startswith(PREFIX + "/")] == []
    assert not any(cookie.secure for cookie in visitor.http.cookies)


@pytest.mark.parametrize("sent", ["{mine}; {theirs}", "_xsrf=2|a|b; {mine}; jupyterhub-session-id=x; {theirs}"])
def test_a_cookie_of_a_shorter_path_confuses_nobody(world: World, sent: str) -> None:
    """Of two with one name a browser puts that of the longest path in front (RFC 6265 §5.4)."""
    visitor = Visitor(world)
    visitor.open(world.url("/practice/console/new"))
    mine = f"practice_owner={visitor.http.cookies['practice_owner']}"
    visitor.http.cookies.clear()
    fields = {"name": "x", "application_type": "server", "redirect_uris": REDIRECT_URI, "permission_ReadAccounts": "on"}
    headers = {"Cookie": sent.format(mine=mine, theirs=f"practice_owner={'0' * 32}")}
    answer = requests.post(
        world.url("/practice/console/new"),
        data=visitor.form().fields | fields,
        headers=headers,
        timeout=TIMEOUT,
        allow_redirects=False,
    )
    assert (answer.status_code, "/practice/console/apps/" in answer.headers.get("Location", "")) == (303, True)


HUB = "https://hub.example"
JUPYTER = f"{HUB}/user/ada@example.org/proxy/8440"


@pytest.fixture(scope="module")
def remote() -> Iterator[PracticePlatform]:
    """A platform whose browsers come through a Jupyter server on another machine, with https."""
    with PracticePlatform(browser_url=f"{HUB}/user/ada@example.org/proxy/{{port}}") as platform:
        yield platform


def _through(platform: PracticePlatform, path: str, *, strips: bool, **options: object) -> requests.Response:
    """A request as a proxy on the platform's machine passes it on: the Host is the browser's."""
    if not strips:  # jupyter-server-proxy decodes the path and encodes it again, not always as it was
        path = urlsplit(platform.browser_url).path.replace("@", "%40") + path
    headers = {"Host": "hub.example", **options.pop("headers", {})}  # type: ignore[dict-item]
    url = platform.server_url + path
    return requests.request(
        str(options.pop("method", "GET")),
        url,
        headers=headers,
        timeout=TIMEOUT,
        allow_redirects=False,
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("strips", [True, False])
def test_browsers_and_programs_have_addresses_of_their_own(remote: PracticePlatform, strips: bool) -> None:
    at = remote.browser_url
    assert at.startswith(HUB)
    start = _through(remote, "/", strips=strips)
    assert start.headers["Location"] == at + "/practice/"
    page = _through(remote, "/practice/", strips=strips)
    assert f'href="{urlsplit(at).path}/practice/console"' in page.text
    asked = _through(remote, "/practice/console/new", strips=strips)
    assert "Secure" in asked.headers["Set-Cookie"]
    assert f"Path={urlsplit(at).path}/practice/console;" in asked.headers["Set-Cookie"]
    direct = requests.get(remote.server_url + "/.well-known/openid-configuration", timeout=TIMEOUT).json()
    assert direct["token_endpoint"] == remote.server_url + "/restapi/oauth/token"


def test_forms_of_the_proxied_pages_are_taken_and_those_of_others_are_not(remote: PracticePlatform) -> None:
    page = _through(remote, "/practice/console/new", strips=True)
    token = re.findall(r'name="form_token" value="(\w+)"', page.text)[0]
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    for origin, status in ((HUB, 422), ("https://evil.example", 403), (f"{HUB}.evil.example", 403)):
        answer = _through(
            remote,
            "/practice/console/new",
            strips=True,
            method="POST",
            data={"form_token": token},
            headers={"Cookie": cookie, "Origin": origin},
        )
        assert answer.status_code == status, origin
    assert _through(remote, "/practice/", strips=True, headers={"Host": "evil.example"}).status_code == 403


def test_the_kernel_is_told_where_browsers_go(remote: PracticePlatform) -> None:
    answer = requests.get(remote.server_url + "/practice/credentials", timeout=TIMEOUT)
    assert answer.json()["browser_url"] == remote.browser_url
    assert answer.json()["server_url"] == remote.server_url
    assert json.dumps(remote.ready()) == answer.text


LOOPBACK = {"Host": "127.0.0.1"}


@pytest.mark.parametrize(
    "headers",
    [
        {},  # as jupyter-server-proxy passes it on: with the Host of the browser
        {"Host": "127.0.0.1:8888"},  # a Jupyter server on this machine
        {"Host": "localhost"},
        {"X-Forwarded-Context": "/proxy/8440", "Host": "="},
        {"X-Forwarded-Prefix": "/proxy/8440", "Host": "="},
        {"X-ProxyContextPath": "/proxy/8440", "Host": "="},
        {"X-Forwarded-Port": "8000", "Host": "="},
        {"X-Real-IP": "127.0.0.1", "Host": "="},
        {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "127.0.0.1", "X-Forwarded-Proto": "http"},
        {"X-Forwarded-Host": "=", "Host": "127.0.0.1:8888"},
    ],
)
@pytest.mark.parametrize("strips", [True, False])
def test_what_is_for_loopback_alone_is_not_opened_by_a_proxy(
    remote: PracticePlatform, headers: dict[str, str], strips: bool
) -> None:
    """It is one thing in all of practice: /practice/credentials."""
    own = urlsplit(remote.server_url).netloc
    sent = {name: own if value == "=" else value for name, value in headers.items()}
    answer = _through(remote, "/practice/credentials", strips=strips, headers=sent)
    assert answer.status_code in (403, 404)
    assert remote.client_secret not in answer.text
    # and a Host that it does not know is not made known by what a header says
    forwarded = {"Host": "evil.example", "X-Forwarded-Host": own, "X-Forwarded-For": "127.0.0.1"}
    assert _through(remote, "/practice/credentials", strips=strips, headers=forwarded).status_code == 403
