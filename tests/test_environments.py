"""The .env files: what they may look like, and what is said when they are wrong."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rc_nb_helpers import (
    ConfigurationError,
    Environment,
    RingCentralError,
    environment_file,
    load_environment,
    preflight,
)
from rc_nb_helpers.environments import read_again
from rc_nb_helpers.practice import PracticePlatform

from .conftest import free_port
from .test_loopback import program

ROOT = Path(__file__).parents[1]
GOOD = {
    "RC_CLIENT_ID": "id-1",
    "RC_CLIENT_SECRET": "secret-1",
    "RC_SERVER_URL": "https://server.example",
    "RC_REDIRECT_URL": "http://localhost:5000/oauth2callback",
}


def text_of(**changes: str | None) -> str:
    """The text of a file; a change to None leaves the line out."""
    return "".join(f"{key}={value}\n" for key, value in (GOOD | changes).items() if value is not None)


def write(folder: Path, name: str = "sandbox", text: str | None = None, **changes: str | None) -> Path:
    path = folder / f".env-{name}"
    path.write_bytes((text_of(**changes) if text is None else text).encode())
    return path


def complaint(folder: Path, name: str = "sandbox") -> str:
    """What is said about a wrong file; checked for what no message may hold."""
    with pytest.raises(ConfigurationError) as caught:
        load_environment(name, directory=folder)
    error = caught.value
    assert str(folder) not in str(error)
    assert "secret-1" not in str(error)
    assert error.cure
    return str(error)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


# --- what may stand in a file


@pytest.mark.parametrize(
    "text",
    [
        text_of(),
        text_of().replace("\n", "\r\n"),
        text_of().replace("\n", "\r"),
        "\ufeff" + text_of(),
        text_of().replace("=", " = "),
        text_of().replace("=", '="').replace("\n", '"\n'),
        text_of().replace("=", "='").replace("\n", "'\n"),
        text_of().replace("\n", "   \n"),
        text_of(RC_SERVER_URL="https://server.example/"),
        "# a comment\n\n" + text_of().replace("\n", "   # and another\n"),
        text_of().replace("RC_", "export RC_"),
        text_of().rstrip("\n"),
        text_of() + "OTHER_THING=1\n",
    ],
    ids=[
        *("plain", "CRLF", "CR", "BOM", "spaces around =", "double quotes", "single quotes", "spaces at the end"),
        *("trailing slash", "comments", "export", "no newline at the end", "something else"),
    ],
)
def test_file_is_read_however_it_was_typed(folder, text):
    write(folder, text=text)
    assert load_environment("sandbox", directory=folder) == Environment(
        name="sandbox",
        server_url="https://server.example",
        client_id="id-1",
        client_secret="secret-1",
        redirect_uri="http://localhost:5000/oauth2callback",
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_file_is_read_as_windows_saves_it(folder, encoding):
    (folder / ".env-sandbox").write_bytes(text_of().encode(encoding))
    assert load_environment("sandbox", directory=folder).client_id == "id-1"


@pytest.mark.parametrize("url", ["HTTPS://Server.Example", "https://server.example:443/"])
def test_server_is_kept_as_it_calls_itself(folder, url):
    """Or the issuer in the login's answer would be taken for another server (RFC 9207)."""
    write(folder, RC_SERVER_URL=url)
    assert load_environment("sandbox", directory=folder).server_url == "https://server.example"


def test_secret_keeps_its_odd_characters(folder):
    write(folder, RC_CLIENT_SECRET="a#b$c=d%e~")
    assert load_environment("sandbox", directory=folder).client_secret == "a#b$c=d%e~"


def test_redirect_uri_is_kept_to_the_letter(folder):
    write(folder, RC_REDIRECT_URL="http://localhost:5000/Callback/")
    assert load_environment("sandbox", directory=folder).redirect_uri == "http://localhost:5000/Callback/"


def test_folder_may_be_named_by_text_or_variable_or_lie_above(folder, monkeypatch):
    write(folder)
    below = folder / "notebooks" / "deep"
    below.mkdir(parents=True)
    assert load_environment("sandbox", directory=str(folder)).client_id == "id-1"
    monkeypatch.chdir(below)
    assert load_environment("sandbox").client_id == "id-1"
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere, RC_CLIENT_ID="id-2")
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(elsewhere))
    assert load_environment("sandbox").client_id == "id-2"


def test_file_that_was_saved_beside_a_notebook_does_not_hide_the_others(folder, monkeypatch):
    write(folder, "sandbox")
    write(folder, "production", RC_CLIENT_ID="id-2")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    mine = write(notebooks, "practice")
    monkeypatch.chdir(notebooks)
    assert environment_file("practice") == mine
    assert load_environment("production").client_id == "id-2"
    mine.unlink()
    assert environment_file("practice") == folder / ".env-practice"


def test_address_at_which_the_server_around_passes_answers_on_comes_first(folder, monkeypatch):
    hub = "https://hub.example/user/ada/rc-callback/"
    write(folder, RC_REDIRECT_URL=f"{GOOD['RC_REDIRECT_URL']},{hub}")
    environment = load_environment("sandbox", directory=folder)
    assert environment.redirect_uri == GOOD["RC_REDIRECT_URL"]
    assert environment.listen_address == ("localhost", 5000)
    monkeypatch.setenv("RC_CALLBACK_PATH", "/user/ada/rc-callback/")
    monkeypatch.setenv("RC_CALLBACK_SOCKETS", "/run/x")
    monkeypatch.setenv("RC_CALLBACK_PORT", "40123")
    environment = load_environment("sandbox", directory=folder)
    assert (environment.redirect_uri, environment.other_redirect_uris) == (hub, (GOOD["RC_REDIRECT_URL"],))
    assert environment.listen_address == ("127.0.0.1", 40123)
    assert preflight.port(hub).kind == "ok"


def test_app_may_have_several_redirect_uris(folder):
    write(folder, RC_REDIRECT_URL="http://localhost:5000/cb, http://localhost:5001/cb")
    environment = load_environment("sandbox", directory=folder)
    assert environment.redirect_uri == "http://localhost:5000/cb"
    assert environment.other_redirect_uris == ("http://localhost:5001/cb",)
    write(folder, RC_REDIRECT_URL="http://localhost:5000/cb,localhost:5001/cb")
    assert "RC_REDIRECT_URL in .env-sandbox, line 4, is not a web address." in complaint(folder)


def test_read_again_brings_what_was_corrected_meanwhile(folder):
    write(folder, RC_CLIENT_SECRET="of-another-app")
    before = load_environment("sandbox", directory=folder)
    assert read_again(before) == before
    write(folder)
    assert read_again(before).client_secret == "secret-1"
    write(folder, RC_REDIRECT_URL="http://localhost:5001/oauth2callback")
    assert read_again(before).redirect_uri == "http://localhost:5001/oauth2callback"
    write(folder, RC_CLIENT_SECRET="")
    with pytest.raises(ConfigurationError, match="is blank"):
        read_again(before)


def test_read_again_leaves_alone_what_was_made_by_hand():
    mine = Environment(
        name="production", server_url="https://server.example", client_id="i", redirect_uri="http://localhost:5000/x"
    )
    assert read_again(mine) is mine


def test_read_again_leaves_alone_what_was_changed_by_hand(folder):
    write(folder)
    mine = dataclasses.replace(load_environment("sandbox", directory=folder), server_url="https://mine.example")
    assert read_again(mine) is mine


def test_read_again_can_be_repeated(folder):
    write(folder, RC_CLIENT_SECRET="of-another-app")
    once = read_again(load_environment("sandbox", directory=folder))
    write(folder)
    assert read_again(once).client_secret == "secret-1"


def test_read_again_keeps_the_address_that_was_chosen(folder, monkeypatch):
    uris = [f"http://localhost:{free_port()}/oauth2callback" for _ in range(2)]
    with PracticePlatform(redirect_uris=uris) as practice:
        monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
        before = load_environment("practice", directory=folder)
        (other,) = before.other_redirect_uris
        with program(urlsplit(before.redirect_uri).port, b""):
            assert load_environment("practice", directory=folder).redirect_uri == other
            again = read_again(before)
    assert again.redirect_uri == before.redirect_uri
    assert again.other_redirect_uris == (other,)


def test_an_address_from_the_console_of_a_hub_is_practice_itself_by_the_nearer_way(folder, monkeypatch):
    """The console knows the address of browsers alone; a program may not get past the hub's certificate."""
    public, nearer = "https://hub.example.org/services/practice", "http://127.0.0.1:8440/services/practice"
    write(folder, "practice", RC_SERVER_URL=public)
    monkeypatch.setenv("RC_PRACTICE_URL", nearer)
    monkeypatch.setenv("RC_PRACTICE_BROWSER_URL", public)
    found = load_environment("practice", directory=folder)
    assert (found.server_url, found.browser_url) == (nearer, public)


@pytest.mark.parametrize("name", ["sandbox", "production"])
def test_template_in_the_repository_lacks_only_the_credentials(folder, name):
    template = (ROOT / f".env-{name}").read_text("utf-8")
    values = dict(line.split("=", 1) for line in template.splitlines() if line.startswith("RC_"))
    assert set(values) == set(GOOD)
    filled = template.replace("RC_CLIENT_ID=", "RC_CLIENT_ID=id-1").replace("_SECRET=", "_SECRET=secret-1")
    if not values["RC_CLIENT_ID"]:  # a learner may have filled it in already
        write(folder, name, filled)
        environment = load_environment(name, directory=folder)
        assert environment.client_id == "id-1"
        assert environment.redirect_uri == "http://localhost:5000/oauth2callback"


# --- what is said when it is wrong


def test_missing_file_is_named(folder):
    assert "There is no file .env-production here." in complaint(folder, "production")


@pytest.mark.parametrize("key", GOOD)
@pytest.mark.parametrize("value", ["", "   ", '""', None], ids=["blank", "spaces", "empty quotes", "missing"])
def test_blank_value_is_named_with_its_line(folder, key, value):
    write(folder, text="# first\n\n" + text_of(**{key: value}))
    said = f", line {list(GOOD).index(key) + 3}, is blank." if value is not None else " is missing."
    assert f"{key} in .env-sandbox{said}" in complaint(folder)


@pytest.mark.parametrize(
    "value",
    [
        "sec ret",
        "“secret-1”",
        "‘secret-1’",
        "secret-1”",
        'sec"ret',
        "<secret-1>",
        "secret-1\u00a0x",
        "sec\tret",
        "sec\u200bret",
    ],
)
def test_what_was_pasted_along_is_noticed(folder, value):
    write(folder, RC_CLIENT_SECRET=value)
    message = complaint(folder)
    assert "RC_CLIENT_SECRET in .env-sandbox, line 2, has a space, a quote or an invisible character" in message
    assert "RC_CLIENT_SECRET=value" in message


def test_name_that_was_pasted_along_is_noticed(folder):
    write(folder, RC_CLIENT_SECRET="RC_CLIENT_SECRET=secret-1")
    assert "RC_CLIENT_SECRET in .env-sandbox, line 2, has a variable's name as its value." in complaint(folder)


def test_server_url_is_cured_with_that_of_the_environment(folder):
    write(folder, "sandbox", RC_SERVER_URL="devtest")
    assert "For sandbox it is https://platform.devtest.ringcentral.com." in complaint(folder)
    write(folder, "practice", RC_SERVER_URL="here")
    assert "For practice leave it blank" in complaint(folder, "practice")


@pytest.mark.parametrize("key", ["RC_SERVER_URL", "RC_REDIRECT_URL"])
def test_plain_http_is_named_with_its_line(folder, key):
    write(folder, **{key: "http://server.example/x"})
    line = list(GOOD).index(key) + 1
    assert f"{key} in .env-sandbox, line {line}, is plain http to another machine." in complaint(folder)


@pytest.mark.parametrize("value", ['"secret-1', "'secret-1"])
def test_quote_that_is_not_closed_is_named_with_its_line(folder, value):
    write(folder, RC_CLIENT_SECRET=value)
    assert ".env-sandbox, line 2, cannot be read." in complaint(folder)


def test_colon_in_place_of_the_equals_sign_is_named(folder):
    write(folder, text=text_of().replace("RC_CLIENT_SECRET=", "RC_CLIENT_SECRET: "))
    assert ".env-sandbox, line 2, cannot be read." in complaint(folder)


def test_client_id_in_the_secrets_line_is_noticed(folder):
    write(folder, RC_CLIENT_SECRET="id-1")
    assert "RC_CLIENT_SECRET in .env-sandbox, line 2, has the same value as RC_CLIENT_ID." in complaint(folder)


@pytest.mark.parametrize("key", ["RC_SERVER_URL", "RC_REDIRECT_URL"])
@pytest.mark.parametrize(
    "value", ["platform.ringcentral.com", "ftp://server.example", "https://", "http://localhost:five/x", "http://[x/"]
)
def test_address_that_is_none_is_named_with_its_line(folder, key, value):
    write(folder, **{key: value})
    message = complaint(folder)
    assert f"{key} in .env-sandbox, line {list(GOOD).index(key) + 1}, is not a web address." in message


def test_secret_in_the_address_line_is_not_repeated(folder):
    write(folder, RC_SERVER_URL="secret-1")
    complaint(folder)


def test_file_that_cannot_be_opened_is_told_as_that(folder, monkeypatch):
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    write(folder)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert ".env-sandbox cannot be opened. The system says: Permission denied." in complaint(folder)


def test_unknown_environment_is_told_which_there_are():
    with pytest.raises(ConfigurationError, match="practice, sandbox, production"):
        load_environment("prod")


# --- variables, and environments that must not mix


def test_variables_that_name_the_environment_win(folder, monkeypatch):
    write(folder)
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", " id-2 ")
    monkeypatch.setenv("RC_SANDBOX_CLIENT_SECRET", "secret-2")
    monkeypatch.setenv("RC_SANDBOX_SERVER_URL", "https://other.example/")
    monkeypatch.setenv("RC_SANDBOX_REDIRECT_URL", "http://localhost:5001/x")
    environment = load_environment("sandbox", directory=folder)
    assert (environment.client_id, environment.client_secret) == ("id-2", "secret-2")
    assert (environment.server_url, environment.redirect_uri) == ("https://other.example", "http://localhost:5001/x")


def test_variables_alone_will_do(folder, monkeypatch):
    for key, value in GOOD.items():
        monkeypatch.setenv(key.replace("RC_", "RC_PRODUCTION_"), value)
    assert load_environment("production", directory=folder).client_secret == "secret-1"
    monkeypatch.delenv("RC_PRODUCTION_SERVER_URL")
    assert load_environment("production", directory=folder).server_url == "https://platform.ringcentral.com"


def test_blank_variable_does_not_hide_the_file(folder, monkeypatch):
    write(folder)
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", "")
    assert load_environment("sandbox", directory=folder).client_id == "id-1"


def test_wrong_variable_is_blamed_in_the_files_stead(folder, monkeypatch):
    write(folder)
    monkeypatch.setenv("RC_SANDBOX_CLIENT_SECRET", "sec ret")
    message = complaint(folder)
    assert "RC_SANDBOX_CLIENT_SECRET" in message
    assert "line" not in message


def test_nothing_leaks_from_one_environment_to_another(folder, monkeypatch):
    write(folder, "sandbox")
    write(folder, "production", RC_CLIENT_ID="id-p", RC_CLIENT_SECRET="secret-p", RC_SERVER_URL="https://p.example")
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", "id-s")
    assert load_environment("sandbox", directory=folder).client_id == "id-s"
    production = load_environment("production", directory=folder)
    assert (production.client_id, production.client_secret) == ("id-p", "secret-p")
    assert load_environment("sandbox", directory=folder).server_url == "https://server.example"
    # The seed's defect: a blank line must not be filled from the environment that was read before.
    write(folder, "production", RC_CLIENT_ID="", RC_CLIENT_SECRET="secret-p")
    assert "RC_CLIENT_ID in .env-production, line 1, is blank." in complaint(folder, "production")


def test_plain_variables_mean_nothing(folder, monkeypatch):
    for key in GOOD:
        monkeypatch.setenv(key, "http://left-over.example")
    assert "There is no file" in complaint(folder)
    write(folder)
    assert load_environment("sandbox", directory=folder).client_id == "id-1"


def test_reading_leaves_the_process_variables_alone(folder):
    write(folder)
    before = dict(os.environ)
    load_environment("sandbox", directory=folder)
    assert dict(os.environ) == before


# --- the object itself


def environment(**changes: str) -> Environment:
    values = {"name": "own", "server_url": "https://s.example", "client_id": "id-1", "client_secret": "secret-1"}
    return Environment(**{**values, "redirect_uri": "http://localhost:5000/x", **changes})


def test_repr_shows_no_credentials():
    assert "id-1" not in repr(environment())
    assert "secret-1" not in repr(environment())
    assert "https://s.example" in repr(environment())


def test_secret_is_optional():
    assert (
        Environment(name="n", server_url="https://s", client_id="i", redirect_uri="http://localhost:1/").client_secret
        == ""
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"server_url": ""},
        {"server_url": "secret-1"},
        {"server_url": "https://"},
        {"redirect_uri": "localhost:5000/x"},
        {"redirect_uri": "http://localhost:99999/x"},
        {"redirect_uri": "http://localhost:port/x"},
        {"redirect_uri": "http://[::1/x"},
        {"redirect_uri": "http://localhost:5000/x#part"},
        {"redirect_uri": "http://somebody@localhost:5000/x"},
        {"redirect_uri": "http://localhost:05000/x"},
        {"redirect_uri": "http://localhost:/x"},
        {"redirect_uri": "http://localhost:5000/a/../x"},
        {"redirect_uri": "http://localhost:5000/a b"},
        {"redirect_uri": "http://localhost:5000/zurück"},
        {"server_url": "https://user:secret-1@s.example"},
    ],
)
def test_impossible_values_are_refused_without_showing_them(changes):
    with pytest.raises(ConfigurationError) as caught:
        environment(**changes)
    assert "secret-1" not in str(caught.value)
    assert isinstance(caught.value, RingCentralError)


def test_environment_cannot_be_changed_by_accident():
    with pytest.raises(AttributeError):
        environment().client_id = "other"


@pytest.mark.parametrize("what", ["server_url", "redirect_uri"])
@pytest.mark.parametrize(
    "url",
    [
        "http://platform.ringcentral.com",
        "http://192.0.2.7:8100/x",
        "HTTP://S.EXAMPLE",
        "http://localhost.evil.example/",
    ],
)
def test_plain_http_to_another_machine_is_for_practice_only(what, url):
    with pytest.raises(ConfigurationError, match="plain http to another machine") as caught:
        environment(**{what: url})
    assert "https://" in caught.value.cure
    room = environment(name="practice", **{what: url})
    assert room.unencrypted
    assert not environment().unencrypted


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://s.example"])
def test_this_machine_and_https_are_never_unencrypted(url):
    assert not environment(server_url=url, redirect_uri=url).unencrypted


# --- an app without a secret


@pytest.mark.parametrize("value", ["none", "None", " NONE ", '"none"'])
def test_app_without_a_secret_says_so(folder, value):
    write(folder, RC_CLIENT_SECRET=value)
    assert load_environment("sandbox", directory=folder).client_secret == ""


def test_blank_secret_is_no_app_without_a_secret(folder):
    """A newcomer forgets the line more easily than they own a client-side app."""
    write(folder, RC_CLIENT_SECRET="")
    assert "RC_CLIENT_SECRET=none" in complaint(folder)


@pytest.mark.parametrize("name", ["name", "server_url", "client_id", "client_secret", "redirect_uri"])
@pytest.mark.parametrize("value", [None, 7, b"bytes", ["list"]], ids=repr)
def test_value_that_is_no_text_is_refused_by_its_name(name, value):
    values = {"name": "n", "server_url": "https://x.example", "client_id": "i", "redirect_uri": "http://localhost:1/"}
    with pytest.raises(ConfigurationError, match=f"The {name} of an environment is a text, not {type(value).__name__}"):
        Environment(**{**values, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("client_id", " i"), ("client_secret", "s\n"), ("client_secret", "\ts")),
        *(("other_redirect_uris", "http://localhost:2/"), ("other_redirect_uris", (5,))),
    ],
)
def test_value_that_cannot_be_meant_is_refused_by_its_name(name, value):
    values = {"name": "n", "server_url": "https://x.example", "client_id": "i", "redirect_uri": "http://localhost:1/"}
    with pytest.raises(ConfigurationError, match=f"The {name} of the n environment"):
        Environment(**{**values, name: value})
