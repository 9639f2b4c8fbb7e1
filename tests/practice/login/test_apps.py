"""What may be registered, and the file that keeps the apps."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.company.people import make_learner
from rc_nb_helpers.practice.login.apps import App, AppsFileError, AppStore, redirect_uri_problem
from rc_nb_helpers.practice.login.interactions import Interaction
from rc_nb_helpers.practice.parameters import BasicCredentials, parse_parameters

from ..conftest import REDIRECT_URI, World


def _app(**changes: object) -> App:
    values: dict[str, object] = {
        "client_id": "id-1",
        "client_secret": "s3cret-value",
        "name": "App",
        "redirect_uris": (REDIRECT_URI,),
        "permissions": ("ReadAccounts",),
        "owner": "owner-value",
        **changes,
    }
    return App(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "uri",
    [
        REDIRECT_URI,
        "http://127.0.0.1:5000/oauth2callback",
        "http://127.1.2.3/",
        "http://[::1]:5000/cb",
        "https://hub.example/user/ada/proxy/5000/oauth2callback",
        "https://hub.example/cb?a=b",
        "https://notringcentral.com/",
    ],
)
def test_good_redirect_uris(uri: str) -> None:
    assert redirect_uri_problem(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "localhost:5000/cb",
        "/oauth2callback",
        "ftp://localhost/",
        "javascript:alert(1)",
        "myapp://callback",
        "http://",
        "http://localhost:5000/cb#x",
        "http://localhost:5000/cb#",
        "http://example.com/cb",
        "http://0177.0.0.1/cb",
        "http://2130706433/cb",
        "http://localhost.evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://user@localhost/cb",
        "http://127.0.0.1:9@evil.example/cb",
        "https://@evil.example/cb",
        "http://localhost:99999/cb",
        "http://localhost:x/cb",
        "http://local host/cb",
        "http://localhost\\@evil.example/cb",
        "https://evil.example/%00",
        "https://ex\tample.com/",
        "https://ringcentral.com/",
        "https://SERVICE.RingCentral.com/",
        "https://platform.ringcentral.biz/x",
        "https://platform.ringcentral.com./x",
        "https://*.example.com/",
        "https://bücher.example/",
        "https://[::1/cb",
        "https://x.example/" + "a" * 2000,
    ],
)
def test_bad_redirect_uris(uri: str) -> None:
    assert redirect_uri_problem(uri)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=":/@#\\[]%.?&=\x00 \tabhtpsloc127é", max_size=40))
def test_no_accepted_redirect_uri_is_read_in_two_ways(text: str) -> None:
    for uri in (text, "http://" + text, "https://" + text, "http://localhost" + text):
        if redirect_uri_problem(uri) is None:
            parts = urlsplit(uri)
            assert parts.hostname
            assert "@" not in parts.netloc
            assert not parts.fragment
            assert uri.isascii()


# The file


def test_without_a_file_apps_live_in_memory() -> None:
    store = AppStore()
    store.put(_app())
    assert store.get("id-1") == _app()
    store.delete("id-1")
    assert store.get("id-1") is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "private" / "apps.json"
    AppStore(path).put(_app())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["apps.json"]


def test_two_stores_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "apps.json"
    one, other = AppStore(path), AppStore(path)
    one.put(_app())
    assert other.get("id-1") == _app()
    other.put(_app(client_id="id-2"))
    one.put(_app(client_id="id-3"))
    assert {app.client_id for app in other.owned_by("owner-value")} == {"id-1", "id-2", "id-3"}
    other.delete("id-1")
    assert one.get("id-1") is None
    assert AppStore(path).get("id-2") == _app(client_id="id-2")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"apps": [{"client_id": 1}]}', '{"apps": 5}'])
def test_a_spoiled_file_is_reported_with_a_cure_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "apps.json"
    path.write_text(text)
    with pytest.raises(AppsFileError, match="Move it away"):
        PracticePlatform(apps_file=path)
    assert path.read_text() == text


def test_a_file_spoiled_while_running_is_neither_believed_nor_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "apps.json"
    store = AppStore(path)
    store.put(_app())
    path.write_text("{")
    assert store.get("id-1") == _app()
    with pytest.raises(AppsFileError):
        store.put(_app(client_id="id-2"))
    assert path.read_text() == "{"


def test_a_spoiled_file_is_logged_once_until_it_is_mended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "apps.json"
    store = AppStore(path)
    store.put(_app())
    good = path.read_text()
    for text in ("{", good, "{"):
        path.write_text(text)
        for _ in range(3):
            assert store.get("id-1")
    assert len(caplog.records) == 2


def test_a_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(AppsFileError, match=r"cannot be (written|read)"):
        PracticePlatform(apps_file=tmp_path / "a file" / "apps.json")


def test_apps_outlive_a_restart_and_reach_the_other_platform(tmp_path: Path, world: World) -> None:
    path = tmp_path / "apps.json"
    with PracticePlatform(apps_file=path) as first, PracticePlatform(apps_file=path) as second:
        app = World(first, world.clock).new_app()
        built_in = first.client_id, first.client_secret
        assert World(second, world.clock).authorize(client_id=app["client_id"]).status_code == 302
        assert (second.client_id, second.client_secret) == built_in
    later = PracticePlatform(apps_file=path, redirect_uris=["http://localhost:7000/cb"])
    assert (later.client_id, later.client_secret) == built_in
    assert later.redirect_uris == ("http://localhost:7000/cb",)
    with later:
        assert World(later, world.clock).authorize(client_id=app["client_id"]).status_code == 302


def test_learners_keep_their_apps_and_passwords(tmp_path: Path) -> None:
    path = tmp_path / "apps.json"
    first = PracticePlatform(apps_file=path, learners=3).users
    again = PracticePlatform(apps_file=path, learners=4).users
    assert again[:3] == first
    assert [user["username"] for user in again] == [f"learner-{n:03d}" for n in range(1, 5)]
    assert len({user["client_id"] for user in again}) == 4
    assert len(json.loads(path.read_text())["apps"]) == 5


# Nothing secret in a repr


def test_reprs_show_no_secret(world: World) -> None:
    verifier = "v" * 43
    browser = world.sign_in(code_challenge=verifier, state="state-value")
    interaction = next(iter(world.platform._backend.interactions._interactions.values()))
    assert isinstance(interaction, Interaction)
    browser.submit(decision="allow")
    answer = world.exchange(browser.landed["code"], code_verifier=verifier).json()
    session = world.platform._backend.sessions.find(answer["access_token"])
    code = world.platform._backend.codes.find(browser.landed["code"])
    shown = repr(
        [
            world.platform,
            world.platform._backend,
            interaction,
            session,
            code,
            _app(),
            make_learner(1, "seat-secret"),
            BasicCredentials("id", "s3cret-value"),
            parse_parameters("password=s3cret-value"),
        ]
    )
    assert None not in (session, code)
    secrets = [
        "s3cret-value",
        "owner-value",
        "state-value",
        verifier,
        "maple",
        interaction.id,
        interaction.browser,
        world.platform.client_secret,
        make_learner(1, "seat-secret").password,
        browser.landed["code"],
        answer["access_token"],
        answer["refresh_token"],
    ]
    assert [secret for secret in secrets if secret in shown.replace("Maple Street", "")] == []
