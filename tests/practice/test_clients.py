"""Other people's clients, unchanged, against the practice platform.

RingCentral's Python SDK, its JavaScript SDK, requests-oauthlib (oauthlib, other code than the server's Authlib) and
oauth4webapi (OpenID-certified, strict). Those for Node come from npm: ``RC_NODE_MODULES`` names the folder. Without
it their tests are skipped and say how to get them; with ``RC_REQUIRE_BROWSER=1``, as in CI, they fail instead.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from .conftest import CHALLENGE, REDIRECT_URI, VERIFIER, World

NODE = Path(__file__).parent / "node"
PATIENCE = 60


def browse(world: World, url: str, username: str = "alex", password: str = "maple") -> str:
    """Open a login link, sign in, allow, and return the address of the app on which the browser lands."""
    browser = world.browser()
    browser.open(url)
    browser.submit(username=username, password=password)
    browser.submit(decision="allow")
    return browser.answer.headers["Location"]


# Python


def test_the_python_sdk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """``login_url`` of ringcentral 0.9 uses ``urllib``, which its module does not import: so it is given to it."""
    module = pytest.importorskip("ringcentral.platform.platform")
    import ringcentral

    monkeypatch.setattr(module, "urllib", urllib, raising=False)
    platform = ringcentral.SDK(*world.basic, world.platform.server_url).platform()
    landed = browse(world, platform.login_url(REDIRECT_URI, state="a b&c", challenge=CHALLENGE))
    answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(landed).query))
    assert answer["state"] == "a b&c"
    platform.login(code=answer["code"], redirect_uri=REDIRECT_URI, verifier=VERIFIER)
    assert platform.get("/restapi/v1.0/account/~/extension/~").json().extensionNumber == "101"
    platform.refresh()
    assert platform.get("/restapi/v1.0/account/~/call-log", {"view": "Detailed"}).json_dict()["records"][0]["legs"]
    token = platform.auth().access_token()
    platform.logout()
    assert world.get("/account/~", token).status_code == 401


@pytest.mark.parametrize("with_verifier", [True, False])
def test_the_python_sdk_logs_in_with_and_without_pkce(world: World, with_verifier: bool) -> None:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"} if with_verifier else {}
    ringcentral = pytest.importorskip("ringcentral")
    platform = ringcentral.SDK(*world.basic, world.platform.server_url).platform()
    platform.login(code=world.code(**pkce), redirect_uri=REDIRECT_URI, verifier=VERIFIER if with_verifier else "")
    assert platform.auth().refresh_token_valid()
    assert platform.get("/restapi/v1.0/account/~/extension/~").json().extensionNumber == "101"
    before = platform.auth().access_token()
    platform.refresh()
    assert platform.auth().access_token() != before
    for path in ("extension", "extension/~/call-log", "call-log"):
        assert platform.get(f"/restapi/v1.0/account/~/{path}").json_dict()["records"]
    token = platform.auth().access_token()
    platform.logout()
    assert not platform.auth().access_token_valid()
    assert world.get("/account/~", token).status_code == 401


def test_the_python_sdk_understands_errors(world: World) -> None:
    ringcentral = pytest.importorskip("ringcentral")
    platform = ringcentral.SDK(*world.basic, world.platform.server_url).platform()
    with pytest.raises(Exception, match="Redirect URIs do not match"):
        platform.login(code=world.code(), redirect_uri=REDIRECT_URI + "/")
    platform.login(code=world.code("sam", "birch"), redirect_uri=REDIRECT_URI)
    with pytest.raises(Exception, match="user needs to have"):
        platform.get("/restapi/v1.0/account/~/call-log")


def test_requests_oauthlib(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that checks the state, adds tokens to calls and refreshes by itself."""
    oauthlib = pytest.importorskip("requests_oauthlib")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # oauthlib wants https, also on this computer
    token_url = world.url("/restapi/oauth/token")
    kept: list[dict[str, Any]] = []
    session = oauthlib.OAuth2Session(
        world.platform.client_id,
        redirect_uri=REDIRECT_URI,
        pkce="S256",
        auto_refresh_url=token_url,
        token_updater=kept.append,
    )
    url, state = session.authorization_url(world.url("/restapi/oauth/authorize"))
    landed = browse(world, url)
    assert f"state={state}" in landed
    token = session.fetch_token(token_url, authorization_response=landed, auth=world.basic)
    assert token["token_type"] == "bearer"
    extension = world.url("/restapi/v1.0/account/~/extension/~")
    assert session.get(extension).json()["extensionNumber"] == "101"
    # Its own clock says that the token is old: it refreshes before the call.
    session.token = {**token, "expires_at": 1}
    assert session.get(extension, client_id=world.basic[0], client_secret=world.basic[1]).status_code == 200
    assert kept[0]["access_token"] != token["access_token"]


# Node


def missing(message: str) -> None:
    if os.environ.get("RC_REQUIRE_BROWSER") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node, when the packages are there too."""
    program = shutil.which("node")
    if program is None:
        missing("No Node found. Install it (Debian: apt-get install nodejs npm).")
    folder = Path(os.environ.get("RC_NODE_MODULES", ""))
    if not (folder / "oauth4webapi").is_dir():
        missing(
            "The clients for Node are not there. Copy tests/practice/node/package.json to an empty folder, run "
            "npm install there, and set RC_NODE_MODULES to its node_modules."
        )
    return str(program)


def run(node: str, script: str, world: World, client_id: str, client_secret: str) -> dict[str, Any]:
    """Run a client's script, play its browser, and return what it reports."""
    settings = {
        "server": world.platform.server_url,
        "clientId": client_id,
        "clientSecret": client_secret,
        "redirectUri": REDIRECT_URI,
    }
    environment = os.environ | {"TEST_SETTINGS": json.dumps({key: value for key, value in settings.items() if value})}
    for name in [name for name in environment if name.lower().endswith("_proxy")]:
        del environment[name]
    process = subprocess.Popen(
        [node, str(NODE / script)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate(timeout=PATIENCE)[1]
        process.stdin.write(json.dumps(browse(world, json.loads(line)["browse"])) + "\n")
        process.stdin.flush()
        output, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
    finally:
        process.kill()
        process.wait()
    return dict(json.loads(output.splitlines()[-1])["report"])


def public_app(world: World) -> tuple[str, str]:
    return world.new_app(application_type="client")["client_id"], ""


@pytest.mark.parametrize("public", [False, True], ids=["server-side app", "client-side app"])
def test_the_javascript_sdk(node: str, world: World, public: bool) -> None:
    client = public_app(world) if public else world.basic
    found = run(node, "ringcentral-sdk.mjs", world, *client)
    for token in found.pop("tokens"):
        assert world.get("/account/~", token).status_code == 401
    assert found == {
        "state": "abc",
        "extensionNumber": "101",
        "rotated": True,
        "records": 3,
        "refused": "CMN-401",
        "loggedIn": False,
    }


@pytest.mark.parametrize("public", [False, True], ids=["server-side app", "client-side app"])
def test_a_strict_certified_client(node: str, world: World, public: bool) -> None:
    client = public_app(world) if public else world.basic
    found = run(node, "oauth4webapi.mjs", world, *client)
    assert found.pop("scope").startswith("ReadAccounts")
    assert found == {
        "tokenType": "bearer",
        "expiresIn": 3600,
        "extensionNumber": "101",
        "rotated": True,
        "afterRevocation": "invalid_token",
        "replay": "invalid_grant",
    }
