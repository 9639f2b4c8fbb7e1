"""What is said about values, names and places that are nearly right: kind by kind."""

from __future__ import annotations

import base64
import dataclasses
import os
import sys
import time
from pathlib import Path

import pytest

from rc_nb_helpers import (
    ConfigurationError,
    CredentialsRejected,
    Environment,
    Session,
    environment_file,
    load_environment,
)
from rc_nb_helpers.near_misses import KEYS, near_key
from rc_nb_helpers.settings import hint_at_variables

from .conftest import SOON
from .test_environments import GOOD, complaint, text_of, write

SECRET = "Kd93jfKq02" + "mfLs9X1pQz7"  # in two parts, for the secrets guard
BASIC = base64.b64encode(f"kZ3vQ8xT1mN7cR5yB2pL9w:{SECRET * 2}".encode()).decode()
JWT = ".".join(["eyJraWQiOiI4NzYyZjU5OGQwNTk0NGRiODYiLCJ0eXAiOiJKV1QifQ", "eyJzdWIiOiIxMjM0NTYifQ", "c2lnbmF0dXJl"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- kind 1: a value that cannot be meant


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("RC_CLIENT_ID", "abc;", "has a semicolon behind its value"),
        ("RC_CLIENT_SECRET", f"{SECRET},", "has a comma behind its value"),
        ("RC_SERVER_URL", "https://server.example;", "has a semicolon behind its value"),
        ("RC_SERVER_URL", "https://server.example/,", "has a comma behind its value"),
        ("RC_REDIRECT_URL", "http://localhost:5000/oauth2callback,", "has a comma behind its value"),
        ("RC_REDIRECT_URL", "http://localhost:5000/cb,,http://localhost:5001/cb", "has a comma with nothing behind"),
        ("RC_CLIENT_ID", "${OTHER}", "has ${OTHER} in it, which nothing fills in"),
        ("RC_CLIENT_SECRET", "${OTHER", "has a variable in it, which nothing fills in"),
        ("RC_CLIENT_SECRET", "${OTHER:-some default}", "has a variable in it, which nothing fills in"),
        ("RC_CLIENT_SECRET", "$RC_CLIENT_SECRET", "has a variable in it, which nothing fills in"),
        ("RC_CLIENT_SECRET", "%RC_CLIENT_SECRET%", "has a variable in it, which nothing fills in"),
        ("RC_CLIENT_SECRET", "$(cat secret.txt)", "has a variable in it, which nothing fills in"),
        ("RC_CLIENT_SECRET", "{{ secrets.RC_CLIENT_SECRET }}", "has a variable in it, which nothing fills in"),
        ("RC_SERVER_URL", "https://${HOST}", "has ${HOST} in it, which nothing fills in"),
        ("RC_REDIRECT_URL", "http://localhost:${PORT}/cb", "has ${PORT} in it, which nothing fills in"),
        (
            "RC_SERVER_URL",
            "https://platform.devtest.ringcentral.com/restapi/v1.0",
            "has /restapi/v1.0 behind the server",
        ),
        ("RC_SERVER_URL", "https://platform.devtest.ringcentral.com/restapi/oauth/token", "has /restapi behind"),
        ("RC_SERVER_URL", "https://server.example/x", "has a path behind the server"),
        ("RC_SERVER_URL", "https://server.example?x=1", "has a question mark and more behind the server"),
        ("RC_SERVER_URL", "https://platform.ringcentral.com", "is the address of production, and this is sandbox"),
        ("RC_SERVER_URL", "https://app.ringcentral.com", "is one of RingCentral's web sites"),
        ("RC_SERVER_URL", "https://developers.ringcentral.com/my-account.html", "is one of RingCentral's web sites"),
        ("RC_CLIENT_ID", "your-client-id", "only keeps the place of the real value"),
        ("RC_CLIENT_ID", "<paste here>", "only keeps the place of the real value"),
        ("RC_CLIENT_ID", "none", "only keeps the place of the real value"),
        ("RC_CLIENT_SECRET", "xxx", "only keeps the place of the real value"),
        ("RC_CLIENT_SECRET", "changeme", "only keeps the place of the real value"),
        ("RC_CLIENT_SECRET", "<your client secret>", "only keeps the place of the real value"),
        ("RC_CLIENT_SECRET", "********", "only keeps the place of the real value"),
        ("RC_CLIENT_SECRET", JWT, "is a JWT, not the client secret"),
        ("RC_CLIENT_SECRET", "U0pDMDFQ" * 10, "is a token, not the client secret"),
        ("RC_CLIENT_SECRET", "Kd93jfK…", "has a sign in it that is no plain letter"),
        ("RC_CLIENT_ID", "Kd93–jfK", "has a sign in it that is no plain letter"),
        ("RC_CLIENT_ID", "https://developers.ringcentral.com", "is a web address, not the client id"),
        ("RC_CLIENT_ID", "alex@example.com", "is an e-mail address, not the client id"),
        ("RC_CLIENT_ID", "+16505551234", "has nothing but digits, so it is not the client id"),
        ("RC_CLIENT_SECRET", "650-555-1234", "has nothing but digits, so it is not the client secret"),
        ("RC_CLIENT_SECRET", SECRET * 2, "has the same text twice"),
        ("RC_CLIENT_ID", "process.env.RC_CLIENT_ID", "has a variable's name as its value. A value is taken as it"),
        ("RC_CLIENT_SECRET", "client_secret=abc", "has a variable's name as its value"),
        ("RC_CLIENT_ID", "RINGCENTRAL_CLIENT_ID=abc", "has a variable's name as its value"),
        ("RC_CLIENT_SECRET", "\\", "is broken over several lines"),
        ("RC_CLIENT_SECRET", '"Kd93\njfKq"', "is broken over several lines"),
        ("RC_CLIENT_SECRET", "'\"abc\"'", "has a space, a quote or an invisible character"),
        ("RC_CLIENT_SECRET", f"{SECRET}.", "has a full stop behind its value"),
        ("RC_CLIENT_ID", "abc:", "has a colon behind its value"),
        ("RC_CLIENT_ID", "=abc", "has an = in front, a backslash or brackets"),
        ("RC_CLIENT_SECRET", "[abc]", "has an = in front, a backslash or brackets"),
        ("RC_CLIENT_SECRET", "ab\\tc", "has an = in front, a backslash or brackets"),
        ("RC_CLIENT_ID", f"abc:{SECRET}", "has a sign in it that no client id has"),
        ("RC_CLIENT_SECRET", "`abc`", "has a space, a quote or an invisible character"),
        ("RC_REDIRECT_URL", "http://localhost:5000/cb http://localhost:5001/cb", "has a space, a quote"),
        ("RC_REDIRECT_URL", "['http://localhost:5000/cb']", "has a space, a quote"),
        ("RC_REDIRECT_URL", "http://localhost:5000/cb;http://localhost:5001/cb", "has two addresses with no comma"),
        ("RC_REDIRECT_URL", "http://localhost:5000/cb?code=x&state=y", "is the answer of a login that is over"),
        ("RC_REDIRECT_URL", "https://platform.ringcentral.com/restapi/oauth/authorize", "is the server's own address"),
        ("RC_CLIENT_ID", "__CLIENT_ID__", "only keeps the place of the real value"),
        ("RC_CLIENT_ID", "true", "only keeps the place of the real value"),
        ("RC_CLIENT_SECRET", "-", "only keeps the place of the real value"),
        ("RC_CLIENT_SECRET", "@client.secret@", "only keeps the place of the real value"),
        ("RC_SERVER_URL", "<server url>", "only keeps the place of the real value"),
        ("RC_REDIRECT_URL", "TODO", "only keeps the place of the real value"),
        ("RC_SERVER_URL", "https://your-server.example", "only keeps the place of the real value"),
        ("RC_REDIRECT_URL", "https://yourdomain.example/cb", "only keeps the place of the real value"),
        ("RC_CLIENT_ID", f"id-1 RC_CLIENT_SECRET={SECRET}", "has another line behind its value"),
        ("RC_CLIENT_ID", f"id-1;RC_CLIENT_SECRET={SECRET}", "has another line behind its value"),
        ("RC_CLIENT_SECRET", "op://vault/rc/secret", "names a place where the value is kept, which nothing opens"),
        ("RC_CLIENT_SECRET", "/run/secrets/rc", "names a place where the value is kept, which nothing opens"),
        ("RC_CLIENT_SECRET", "secret.txt", "names a place where the value is kept, which nothing opens"),
        ("RC_CLIENT_SECRET", "arn:aws:secretsmanager:eu-1:1:secret:rc", "names a place where the value is kept"),
        ("RC_CLIENT_ID", "vault:kv/rc#id", "names a place where the value is kept, which nothing opens"),
        ("RC_CLIENT_ID", "process.env.ID", "names a place where the value is kept, which nothing opens"),
        (
            "RC_CLIENT_SECRET",
            f"kZ3vQ8xT1mN7cR5yB2pL9w:{SECRET * 2}",
            "holds the client id and the client secret together",
        ),
        ("RC_CLIENT_ID", f"kZ3vQ8xT1mN7cR5yB2pL9w/{SECRET * 2}", "holds the client id and the client secret together"),
        ("RC_CLIENT_SECRET", BASIC, "holds the client id and the client secret together"),
        ("RC_CLIENT_SECRET", "Show", "only keeps the place of the real value"),
        ("RC_CLIENT_ID", "Kd93jfK...", "ends with dots. It is probably cut off"),
        ("RC_CLIENT_SECRET", f"{SECRET}%", "has a percent sign behind its value"),
        ("RC_CLIENT_ID", "&quot;Kd93jfK&quot;", "has a piece of HTML in it"),
        ("RC_CLIENT_ID", "id=Kd93jfK", "has a variable's name as its value"),
        ("RC_SERVER_URL", "https://server.example?", "has a question mark and more behind the server"),
        (
            "RC_SERVER_URL",
            "SDK.SERVER_SANDBOX",
            "is not a web address. It begins neither with https:// nor with http://. For",
        ),
        ("RC_REDIRECT_URL", "http://localhost:5000/cb?a=1&amp;b=2", "has a piece of HTML in it"),
        ("RC_CLIENT_SECRET", "file:///run/secrets/rc", "names a place where the value is kept, which nothing opens"),
    ],
)
def test_value_that_cannot_be_meant_is_asked_about(folder, key, value, said):
    write(folder, **{key: value})
    assert f"{key} in .env-sandbox, line {list(GOOD).index(key) + 1}, {said}" in complaint(folder)


@pytest.mark.parametrize("name", ["practice", "production"])
def test_server_of_another_environment_is_told_as_that(folder, name):
    write(folder, name, RC_SERVER_URL="https://platform.devtest.ringcentral.com/")
    assert f"is the address of sandbox, and this is {name}" in complaint(folder, name)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("RC_SERVER_URL", "https://platform.devtest.ringcentral.com/"),
        ("RC_SERVER_URL", "https://platform.ringcentral.biz"),
        ("RC_SERVER_URL", "http://localhost:8100"),
        ("RC_REDIRECT_URL", "http://127.0.0.1:5000/oauth2callback"),
        ("RC_REDIRECT_URL", "http://localhost/"),
        ("RC_REDIRECT_URL", "https://hub.example/user/alex/proxy/5000/oauth2callback?team=1"),
        ("RC_CLIENT_SECRET", "none"),
        ("RC_CLIENT_SECRET", "aB$cD{e}%f"),
        ("RC_CLIENT_SECRET", SECRET + "=="),
        ("RC_CLIENT_ID", "Yw-Here_9x"),
    ],
)
def test_value_that_can_be_meant_is_taken(folder, key, value):
    write(folder, **{key: value})
    assert load_environment("sandbox", directory=folder)


CLIENT_ID = "kZ3vQ8xT1mN7cR5yB2pL9w"
LONG_SECRET = "T7xEoyugy7IU0e" + "9Iap4pDAchyMoJBnucSv2eKbB7W38"


def test_client_id_and_secret_that_are_swapped_are_told_as_that(folder, monkeypatch):
    write(folder, RC_CLIENT_ID=LONG_SECRET, RC_CLIENT_SECRET=CLIENT_ID)
    message = complaint(folder)
    assert "RC_CLIENT_ID in .env-sandbox, line 1 and" in message
    assert "RC_CLIENT_SECRET in .env-sandbox, line 2," in message
    assert "seem to be swapped" in message
    assert CLIENT_ID not in message
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", "id-1")
    assert load_environment("sandbox", directory=folder)


@pytest.mark.parametrize("pair", [("id-1", CLIENT_ID), (LONG_SECRET, "secret-1"), (CLIENT_ID, LONG_SECRET)])
def test_lengths_that_say_nothing_are_no_question(folder, pair):
    write(folder, RC_CLIENT_ID=pair[0], RC_CLIENT_SECRET=pair[1])
    assert load_environment("sandbox", directory=folder)


def test_secret_that_stands_in_both_places_is_told_by_its_length(folder):
    write(folder, RC_CLIENT_ID=LONG_SECRET, RC_CLIENT_SECRET=LONG_SECRET)
    assert "RC_CLIENT_ID in .env-sandbox, line 1, has the same value as RC_CLIENT_SECRET." in complaint(folder)


def test_value_behind_a_comments_sign_is_pointed_at(folder):
    write(folder, text="# RC_CLIENT_ID=your-id\n#RC_CLIENT_ID=id-1\n" + text_of(RC_CLIENT_ID=None))
    message = complaint(folder)
    assert "RC_CLIENT_ID in .env-sandbox is missing." in message
    assert "Line 2 has a value for it, but a # in front" in message


@pytest.mark.parametrize("values", [("a-1", "b-2"), ("a-1", "")])
def test_name_that_stands_twice_with_two_values_is_asked_about(folder, values):
    write(folder, text="\n".join(f"RC_CLIENT_ID={value}" for value in values) + "\n" + text_of(RC_CLIENT_ID=None))
    message = complaint(folder)
    assert "RC_CLIENT_ID stands twice in .env-sandbox, in line 1 and in line 2, with two values." in message
    assert "a-1" not in message


def test_name_that_stands_twice_with_one_value_is_no_question(folder):
    write(folder, text="RC_CLIENT_ID=\n" + text_of() + "export RC_CLIENT_ID = 'id-1'\n")
    assert load_environment("sandbox", directory=folder).client_id == "id-1"


@pytest.mark.parametrize("first", [SECRET, f"{SECRET}=", "", f"{SECRET}\\"])
@pytest.mark.parametrize("rest", ["mfLs9X1pQz7", "mfLs9X1pQz7==", "  mfLs9X1pQz7", "9.mf-Ls_"])
def test_value_that_was_broken_over_two_lines_is_noticed(folder, first, rest):
    write(folder, RC_CLIENT_SECRET=f"{first}\n{rest}")
    message = complaint(folder)
    assert "RC_CLIENT_SECRET in .env-sandbox, line 2, seems to go on in line 3." in message
    assert "one line" in message
    assert rest.strip() not in message


@pytest.mark.parametrize("following", ["OTHER_THING", "# a word", "\nword", "OTHER=", "[section]"])
def test_line_behind_a_value_need_not_belong_to_it(folder, following):
    write(folder, RC_CLIENT_SECRET=f"secret-1\n{following}")
    loaded = load_environment("sandbox", directory=folder) if following != "OTHER_THING" else None
    assert loaded is None or loaded.client_secret == "secret-1"


def test_server_url_made_by_hand_has_no_path_of_the_api():
    with pytest.raises(ConfigurationError, match=r"has /restapi/v1\.0 behind the server"):
        Environment(name="own", server_url="https://s/restapi/v1.0/", client_id="i", redirect_uri="http://localhost:1/")


# --- kind 2: near misses


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("RC_APP_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_CLIENTID", "RC_CLIENT_ID"),
        ("rc_client_id", "RC_CLIENT_ID"),
        ("RINGCENTRAL_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_OAUTH_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_CLIENT_ID_PRODUCTION", "RC_CLIENT_ID"),
        ("CLIENT_ID", "RC_CLIENT_ID"),
        ("clientId", "RC_CLIENT_ID"),
        ("RC_CLEINT_ID", "RC_CLIENT_ID"),
        ("RC-CLIENT-ID", "RC_CLIENT_ID"),
        ("RC_PRODUCTION_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_SANDBOX_CLIENT_ID", "RC_CLIENT_ID"),
        ("\u200bRC_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_APP_CLIENT_SECRET", "RC_CLIENT_SECRET"),
        ("RINGCENTRAL_CLIENT_SECRET", "RC_CLIENT_SECRET"),
        ("SDK_CLIENT_SECRET", "RC_CLIENT_SECRET"),
        ("RC_CLIENT_SERCET", "RC_CLIENT_SECRET"),
        ("RC_CLIENT_SECRETE", "RC_CLIENT_SECRET"),
        ("RC_SECRET", "RC_CLIENT_SECRET"),
        ("RC_SERVER", "RC_SERVER_URL"),
        ("RC_SERVER_URI", "RC_SERVER_URL"),
        ("RINGCENTRAL_SERVER_URL", "RC_SERVER_URL"),
        ("RC_REDIRECT_URI", "RC_REDIRECT_URL"),
        ("RC_REDIRECT", "RC_REDIRECT_URL"),
        ("RC_CALLBACK_URL", "RC_REDIRECT_URL"),
        ("$env:RC_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_CLIENT_ID:", "RC_CLIENT_ID"),
        ('"RC_CLIENT_ID"', "RC_CLIENT_ID"),
        ("RC_CLIENT_KEY", "RC_CLIENT_ID"),
        ("RC_CONSUMER_KEY", "RC_CLIENT_ID"),
        ("RC_ID", "RC_CLIENT_ID"),
        ("VITE_RC_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_LIVE_CLIENT_ID", "RC_CLIENT_ID"),
        ("RC_SECRET_KEY", "RC_CLIENT_SECRET"),
        ("RC_HOST", "RC_SERVER_URL"),
        ("RC_ENDPOINT", "RC_SERVER_URL"),
        ("RINGCENTRAL_HOST", "RC_SERVER_URL"),
        ("RC_RETURN_URL", "RC_REDIRECT_URL"),
        ("RC_OAUTH2_CALLBACK", "RC_REDIRECT_URL"),
    ],
)
def test_name_that_is_nearly_right_is_told_with_the_right_one(folder, name, key):
    write(folder, text="# mine\n" + text_of().replace(f"{key}=", f"{name}="))
    message = complaint(folder)
    assert f".env-sandbox, line {list(GOOD).index(key) + 2}, " in message
    assert f"where {key} is looked for." in message
    assert f"Write {key}=value in that line." in message
    assert name.strip('":\u200b') in message


def test_name_of_ringcentrals_quick_start_is_told_as_that(folder):
    write(folder, text=text_of().replace("RC_CLIENT", "RC_APP_CLIENT"))
    assert "That is the name in RingCentral's own quick start; the value is the same." in complaint(folder)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("RC_APP_KEY", "That is the name in RingCentral's older examples; the value is the same."),
        ("RC_CLIENT_KEY", "That is another name for the same: here it is called RC_CLIENT_ID."),
        ("RC_KEY", "That is another name for the same: here it is called RC_CLIENT_ID."),
        ("RC_CLEINT_ID", "It is nearly the name, but it has to be the same, letter by letter."),
    ],
)
def test_another_name_is_told_from_a_typing_error(folder, name, said):
    write(folder, text=text_of().replace("RC_CLIENT_ID", name))
    assert said in complaint(folder)


def test_practice_is_not_started_silently_where_a_name_is_nearly_right(folder):
    write(folder, "practice", text="RC_APP_CLIENT_ID=x\nRC_APP_CLIENT_SECRET=y\n")
    assert ".env-practice, line 1, says RC_APP_CLIENT_ID where RC_CLIENT_ID is looked for." in complaint(
        folder, "practice"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("OTHER_THING", "RC_USER_JWT", "RC_JWT", "RC_LOG_LEVEL", "REDIS_URL", "SECRET_KEY", "HOST"),
        *("GOOGLE_CLIENT_ID", "RC_MEDIA_URL", "RC_TOKEN_URL", "RC_WEBHOOK_URL", "RC_ACCOUNT_ID", "RC_CLIENT_NAME"),
    ],
)
def test_name_of_something_else_is_none_of_ours(folder, name):
    assert near_key(name) is None
    write(folder, text=text_of() + f"{name}=1\nRC_APP_CLIENT_ID=id-1\n")
    assert load_environment("sandbox", directory=folder).client_id == "id-1"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("set RC_CLIENT_ID=x", "as for the command prompt of Windows"),
        ('setx RC_CLIENT_ID "x"', "as for the command prompt of Windows"),
        ('$env:RC_CLIENT_ID = "x"', "as for PowerShell"),
        ('$env:RC_CLIENT_ID="x"', "as for PowerShell"),
        ("RC_CLIENT_ID: x", "as in YAML"),
        ("RC_CLIENT_ID:x", "as in YAML"),
        ("- RC_CLIENT_ID=x", "as a part of a list"),
        ('"RC_CLIENT_ID": "x",', "as in JSON"),
        ('RC_CLIENT_ID="x",', "A comma or a semicolon stands behind its value."),
        ("RC_CLIENT_ID='x';", "A comma or a semicolon stands behind its value."),
        ('RC_CLIENT_ID="x" and', "Something stands behind the closing quote."),
        ('RC_CLIENT_ID="x', "A quote is opened and not closed."),
        ("ENV RC_CLIENT_ID=x", "as for a Dockerfile"),
        ("const RC_CLIENT_ID = 'x'", "as for another language"),
        ("os.environ['RC_CLIENT_ID'] = 'x'", "as a line of a program"),
        ("// RC_CLIENT_ID=x", "a comment of another language"),
        ("RC_CLIENT_ID x", "The = is missing."),
        ("RC_CLIENT_ID+=x", "It has another sign in front of its ="),
        ("RC_CLIENT_ID ?= x", "It has another sign in front of its ="),
        ("RC_CLIENT_ID＝x", "Another sign stands where the = should be."),
        ("RC_CLIENT_ID(x)", "Brackets stand where the = should be."),
        ("set -gx RC_CLIENT_ID x", "as for the fish shell"),
        ("C:\\> set RC_CLIENT_ID=x", "The prompt of a shell"),
        ("$ export RC_CLIENT_ID=x", "The prompt of a shell"),
        ("* RC_CLIENT_ID=x", "Something stands around the name."),
        ("`RC_CLIENT_ID`=x", "Something stands around the name."),
        ("Client ID=x", "Its name has a space in it."),
    ],
)
def test_form_of_another_program_is_told_as_that(folder, line, said):
    write(folder, text=text_of(RC_CLIENT_ID=None) + line + "\n")
    message = complaint(folder)
    assert ".env-sandbox, line 4, " in message
    assert said in message
    assert "Write RC_CLIENT_ID=value" in message


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        (
            "production",
            "https://platform.ringcental.com",
            "is nearly https://platform.ringcentral.com, but not the same",
        ),
        ("production", "platform.ringcental.com", "is nearly https://platform.ringcentral.com, but not the same"),
        ("production", "https://platform,ringcentral.com", "is nearly https://platform.ringcentral.com, but not"),
        ("production", "https://platform.ringcentral", "is nearly https://platform.ringcentral.com, but not the same"),
        (
            "sandbox",
            "https://platform.devtest.ringcentral.co",
            "is nearly https://platform.devtest.ringcentral.com, but",
        ),
        (
            "sandbox",
            "https://platform-devtest.ringcentral.com",
            "is nearly https://platform.devtest.ringcentral.com, but",
        ),
        ("practice", "http://localhot:8100", "is nearly an address of localhost, but not quite"),
        ("practice", "http://127.0.0.1.8100", "is nearly an address of 127.0.0.1, but not quite"),
        ("production", "https://ringcentral.com", "is one of RingCentral's web sites, not the server for programs"),
        ("production", "https://service.ringcentral.com", "is one of RingCentral's web sites, not the server"),
        (
            "production",
            "https://media.ringcentral.com",
            "is a host of RingCentral's that we do not know, not the server",
        ),
        ("production", "https://a.example,https://b.example", "has two addresses in it"),
    ],
)
def test_server_that_is_nearly_right_is_told_as_what_it_is(folder, name, url, said):
    write(folder, name, RC_SERVER_URL=url)
    assert f"RC_SERVER_URL in .env-{name}, line 3, {said}" in complaint(folder, name)


def test_value_behind_a_colon_is_not_shown(folder):
    write(folder, text=text_of(RC_CLIENT_SECRET=None) + "RC_CLIENT_SECRET:secret-1")
    assert "says RC_CLIENT_SECRET where RC_CLIENT_SECRET is looked for" in complaint(folder)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("localhost:5000/oauth2callback", "Write http:// in front of it."),
        ("app.example/oauth2callback", "Write https:// in front of it."),
        ("http:/localhost:5000/cb", "Its beginning has a typing error"),
        ("htp://localhost:5000/cb", "Its beginning has a typing error"),
        ("http;//localhost:5000/cb", "Its beginning has a typing error"),
        ("http://localhost:5000/cb#", "no part behind a #"),
        ("http://0.0.0.0:5000/oauth2callback", "Write localhost in its place"),
        ("http://[::]:5000/oauth2callback", "has [::] in it, which is no address that a browser can go to"),
        ("0.0.0.0:5000", "Write localhost in its place"),
        ("https://localhost:5000/oauth2callback", "is https on this computer"),
        ("https://127.0.0.1:5000/oauth2callback", "is https on this computer"),
        ("http://localhst:5000/cb", "is nearly an address of localhost"),
        ("http://localhost;5000/cb", "is nearly an address of localhost"),
        ("http://localhost.5000/cb", "is nearly an address of localhost"),
        ("http://127.0.0:5000/cb", "is nearly an address of 127.0.0.1"),
        ("http://localhost:port/cb", "is a port: a number from 1 to 65535"),
        ("http://localhost:99999/cb", "is a port: a number from 1 to 65535"),
        ("http://me@localhost:5000/cb", "before the @"),
        ("http://*:5000/cb", "has * in it, which is no address that a browser can go to"),
        ("http%3A%2F%2Flocalhost%3A5000%2Fcb", "It is percent-encoded"),
        ("http://localhost：5000/cb", "a sign in it that no web address has"),
        ("http://localhost:5000/{path}", "a sign in it that no web address has"),
    ],
)
def test_redirect_uri_that_is_nearly_right_is_told_as_what_it_is(folder, value, said):
    write(folder, RC_REDIRECT_URL=value)
    message = complaint(folder)
    assert "RC_REDIRECT_URL in .env-sandbox, line 4, " in message
    assert said in message
    assert "another machine" not in message


def test_redirect_uri_of_a_hub_on_this_computer_is_https(folder, monkeypatch):
    """As in a rehearsal: the hub has a certificate, and the answer goes on to the kernel from there."""
    monkeypatch.setenv("RC_CALLBACK_PATH", "/user/ada/rc-callback/")
    monkeypatch.setenv("RC_CALLBACK_SOCKETS", str(folder))
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    redirect_uri = "https://localhost:8000/hub/user-redirect/rc-callback/"
    write(folder, RC_REDIRECT_URL=redirect_uri)
    assert load_environment("sandbox").redirect_uri == redirect_uri


NEAR_FILES = [
    *(".env-practice.txt", ".env_practice", "env-practice", ".env.practice", "env-practice.txt", ".env-pratice"),
    *(
        "..env-practice",
        ".env-practice.env",
        "practice.env",
        ".env-practice (1)",
        ".env-practice copy",
        ".env practice",
        ".env-practice.json",
        ".env-practice.local",
        "Copy of .env-practice",
        ".env-prac",
        "practice.env.txt",
        ".practice.env",
        ".evn-practice",
    ),
]


@pytest.mark.parametrize("name", [*NEAR_FILES, *([".env-Practice"] if sys.platform == "linux" else [])])
def test_file_whose_name_is_nearly_right_is_told_and_practice_does_not_begin(folder, name):
    (folder / name).write_text(text_of())
    message = complaint(folder, "practice")
    assert f"There is no file .env-practice, but there is {name}." in message
    assert f"Rename {name} to .env-practice" in message


def test_file_that_is_nearly_right_is_found_beside_the_notebook_too(folder, monkeypatch):
    write(folder)
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    (notebooks / ".env-practice.txt").write_text(text_of())
    monkeypatch.chdir(notebooks)
    with pytest.raises(ConfigurationError, match=r"but there is \.env-practice\.txt"):
        load_environment("practice")


@pytest.mark.parametrize(
    "name",
    [
        *(".env-production", ".env-practice.bak", ".env-practice~", ".env-practice.example", "practice.txt", ".env"),
        *(".env.txt", "environment.yml"),
    ],
)
def test_other_file_is_not_taken_for_it(folder, practice, monkeypatch, name):
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
    (folder / name).write_text("X=1\n")
    assert load_environment("practice", directory=folder).client_id == practice.client_id


def test_file_wins_over_what_is_nearly_named_like_it(folder):
    write(folder)
    (folder / ".env-sandbox.txt").write_text("RC_CLIENT_ID=other")
    assert load_environment("sandbox", directory=folder).client_id == "id-1"


def test_folder_in_the_place_of_the_file_is_told_as_that(folder):
    (folder / ".env-practice").mkdir()
    assert ".env-practice is a folder, not a file." in complaint(folder, "practice")


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_link_that_leads_nowhere_is_told_as_that(folder):
    (folder / ".env-practice").symlink_to(folder / "gone")
    assert ".env-practice is a link that leads nowhere." in complaint(folder, "practice")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("sandbox", ".env"),
        ("sandbox", ".env.txt"),
        ("sandbox", ".env-dev"),
        ("production", ".env-prd"),
        ("production", ".env-live"),
        ("production", "prod.env"),
    ],
)
def test_file_that_may_be_the_missing_one_is_named(folder, name, file):
    (folder / file).write_text(text_of())
    assert f"There is a file {file}: if it is for {name}, rename it to .env-{name}." in complaint(folder, name)


@pytest.mark.parametrize("file", ["environment.yml", "env.py", ".env-other", ".env-production"])
def test_file_that_is_something_else_is_not_named(folder, file):
    (folder / file).write_text("")
    assert file not in complaint(folder)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("prod", "production"), ("Sandbox", "sandbox"), ("practise", "practice"), ("devtest", "sandbox")],
)
def test_other_word_for_an_environment_is_told_with_the_right_one(word, meant):
    with pytest.raises(ConfigurationError, match=f"Probably {meant} is meant"):
        load_environment(word)
    with pytest.raises(ConfigurationError, match=r"called 'moon'\. Choose"):
        load_environment("moon")


# --- kind 3: the place that the person has to change


CHANGE = "Change it, or remove it, where it is set"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("CLIENT_ID", '"id-2"'),
        ("CLIENT_ID", "<paste here>"),
        ("CLIENT_ID", "id-2;"),
        ("CLIENT_SECRET", "RC_CLIENT_SECRET=x"),
        ("CLIENT_SECRET", "sec ret"),
        ("CLIENT_SECRET", "${OTHER}"),
        ("CLIENT_SECRET", JWT),
        ("CLIENT_SECRET", "id-1"),
        ("SERVER_URL", "here"),
        ("SERVER_URL", "http://server.example"),
        ("SERVER_URL", "https://server.example/restapi/v1.0"),
        ("SERVER_URL", "https://platform.ringcentral.com"),
        ("REDIRECT_URL", "localhost:5000/cb"),
        ("REDIRECT_URL", "http://0.0.0.0:5000/cb"),
        ("REDIRECT_URL", "https://localhost:5000/cb"),
        ("REDIRECT_URL", "http://localhost:5000/cb,"),
    ],
)
def test_variable_is_blamed_and_cured_in_the_files_stead(folder, monkeypatch, key, value):
    write(folder)
    monkeypatch.setenv(f"RC_SANDBOX_{key}", value)
    message = complaint(folder)
    assert message.startswith(f"The variable RC_SANDBOX_{key} ")
    assert CHANGE in message
    assert "It wins over .env-sandbox." in message
    assert f"RC_{key}=value" not in message
    assert "that line" not in message


def test_variable_without_a_file_wins_over_nothing(folder, monkeypatch):
    for key, value in GOOD.items():
        monkeypatch.setenv(key.replace("RC_", "RC_PRODUCTION_"), value)
    monkeypatch.setenv("RC_PRODUCTION_CLIENT_ID", "'id-1'")
    message = complaint(folder, "production")
    assert message.startswith("The variable RC_PRODUCTION_CLIENT_ID ")
    assert "wins over" not in message


def test_variable_that_is_missing_is_named_where_there_is_no_file(folder, monkeypatch):
    monkeypatch.setenv("RC_PRODUCTION_CLIENT_ID", "id-1")
    assert "The variable RC_PRODUCTION_CLIENT_SECRET is not set." in complaint(folder, "production")


def test_variable_that_is_blank_is_mentioned(folder, monkeypatch):
    write(folder, RC_CLIENT_ID="")
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", " ")
    assert "The variable RC_SANDBOX_CLIENT_ID is set, but it is blank." in complaint(folder)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("RC_CLIENT_SECRET", "RC_SANDBOX_CLIENT_SECRET"),
        ("RINGCENTRAL_CLIENT_ID", "RC_SANDBOX_CLIENT_ID"),
        ("RC_SANDBOX_APP_CLIENT_ID", "RC_SANDBOX_CLIENT_ID"),
        ("RC_SANDBOX_CLIENTID", "RC_SANDBOX_CLIENT_ID"),
        ("RC_CLIENT_KEY", "RC_SANDBOX_CLIENT_ID"),
        ("SANDBOX_CLIENT_ID", "RC_SANDBOX_CLIENT_ID"),
    ],
)
def test_variable_whose_name_is_nearly_right_is_told_with_the_right_one(folder, monkeypatch, name, wanted):
    monkeypatch.setenv(name, "x")
    said = f"The variable {name} is set; the one that is read is called {wanted}."
    assert said in complaint(folder)
    other = "CLIENT_SECRET" if wanted.endswith("ID") else "CLIENT_ID"
    monkeypatch.setenv(f"RC_SANDBOX_{other}", "y-1")
    assert said in complaint(folder)


def test_variable_whose_name_is_nearly_right_is_told_beside_a_file_too(folder, monkeypatch):
    write(folder, RC_CLIENT_SECRET="")
    monkeypatch.setenv("RC_CLIENT_SECRET", "x")
    message = complaint(folder)
    assert "RC_CLIENT_SECRET in .env-sandbox, line 2, is blank." in message
    assert "RC_CLIENT_SECRET is set; the one that is read is called RC_SANDBOX_CLIENT_SECRET." in message


def test_the_browsers_address_is_a_variable_of_its_own_and_no_near_miss(monkeypatch):
    monkeypatch.setenv("RC_PRACTICE_BROWSER_URL", "https://hub.example")
    assert hint_at_variables("practice", *KEYS) == ""


@pytest.mark.parametrize("name", ["RC_PRODUCTION_CLIENT_ID", "RC_CLIENT_ID_PRODUCTION"])
def test_variable_of_another_environment_is_no_near_miss(folder, monkeypatch, name):
    monkeypatch.setenv(name, "x")
    assert "The variable" not in complaint(folder)


def test_blank_variable_is_mentioned_where_there_is_no_file(folder, monkeypatch):
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", "")
    assert "The variable RC_SANDBOX_CLIENT_ID is set, but it is blank." in complaint(folder)


@pytest.mark.parametrize("name", ["practice", "sandbox", "production"])
def test_directory_variable_is_blamed_when_it_names_no_folder(folder, monkeypatch, name):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(folder / "gone"))
    for made, said in ((False, "a folder that does not exist"), (True, "a file, not a folder")):
        if made:
            (folder / "gone").write_text("")
        with pytest.raises(ConfigurationError) as caught:
            load_environment(name)
        assert f"The variable RC_ENV_DIRECTORY names {said}." in str(caught.value)
        assert str(folder) not in str(caught.value)


def test_directory_argument_is_blamed_when_it_names_no_folder(folder):
    with pytest.raises(ConfigurationError, match="The argument directory names a folder that does not exist"):
        load_environment("sandbox", directory=folder / "gone")


def test_directory_variable_may_be_blank_or_begin_at_home(folder, monkeypatch):
    monkeypatch.setenv("RC_ENV_DIRECTORY", "  ")
    assert environment_file("sandbox") == folder / ".env-sandbox"
    monkeypatch.setenv("RC_ENV_DIRECTORY", "~/mine")
    assert environment_file("sandbox") == Path.home() / "mine" / ".env-sandbox"


@pytest.mark.parametrize("written", ["$MY_FOLDER/mine", "${MY_FOLDER}/mine", " $MY_FOLDER/mine/ "])
def test_variable_in_the_name_of_the_folder_is_filled_in_as_a_shell_would(folder, monkeypatch, written):
    (folder / "mine").mkdir()
    write(folder / "mine")
    monkeypatch.setenv("MY_FOLDER", str(folder))
    monkeypatch.setenv("RC_ENV_DIRECTORY", written)
    assert load_environment("sandbox").client_id == "id-1"
    monkeypatch.delenv("RC_ENV_DIRECTORY")
    assert load_environment("sandbox", directory=written.strip()).client_id == "id-1"


@pytest.mark.parametrize(
    "written", ["$NOT_SET_HERE/mine", "~nobody-of-this-name/mine", "$(pwd)/mine", "%NOT_SET%/mine"]
)
def test_folder_that_nothing_fills_in_is_told_as_that(monkeypatch, written):
    monkeypatch.setenv("RC_ENV_DIRECTORY", written)
    with pytest.raises(ConfigurationError, match=r"The variable RC_ENV_DIRECTORY names .* nothing has filled in"):
        load_environment("sandbox")


def test_folder_that_was_named_and_lacks_the_file_is_blamed_on_who_named_it(folder, monkeypatch):
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(folder))
    with pytest.raises(ConfigurationError) as caught:
        load_environment("sandbox")
    assert "The variable RC_ENV_DIRECTORY names the folder in which it is looked for." in caught.value.why
    assert "tutorial's own folder" not in caught.value.cure


@pytest.mark.parametrize("url", ["here", "localhost:8100", "http://localhost:8100/restapi/v1.0", "http://0.0.0.0:8100"])
def test_practice_url_variable_is_blamed_when_it_is_wrong(folder, monkeypatch, url):
    write(folder, "practice", RC_SERVER_URL="")
    monkeypatch.setenv("RC_PRACTICE_URL", url)
    message = complaint(folder, "practice")
    assert message.startswith("The variable RC_PRACTICE_URL ")
    assert CHANGE in message


def test_practice_url_variable_is_named_when_its_platform_gives_no_app(folder, monkeypatch):
    monkeypatch.setenv("RC_PRACTICE_URL", "http://classroom.invalid:8000")
    assert "The variable RC_PRACTICE_URL names it." in complaint(folder, "practice")


# --- the environment, and where its values came from


def test_environment_says_where_it_was_read_until_it_is_changed(folder, monkeypatch):
    write(folder)
    monkeypatch.setenv("RC_SANDBOX_CLIENT_ID", "id-2")
    read = load_environment("sandbox", directory=folder)
    assert read.folder == folder
    assert read.variables == {"RC_CLIENT_ID": "RC_SANDBOX_CLIENT_ID"}
    assert {"folder", "variables"} <= {each.name for each in dataclasses.fields(Environment)}
    changed = dataclasses.replace(read, client_id="id-3")
    assert (changed.folder, changed.variables) == (None, {})
    assert dataclasses.replace(read) == read
    assert hash(dataclasses.replace(read)) == hash(read)
    assert str(folder) not in repr(read)
    with pytest.raises(TypeError):
        Environment(name="n", server_url="https://s", client_id="i", redirect_uri="http://localhost:1/", folder=folder)


@pytest.mark.parametrize("text", ["", "\n", "# not yet\n"], ids=["empty", "blank", "only a comment"])
def test_file_with_nothing_in_it_is_told_as_that(folder, text):
    write(folder, text=text)
    assert "RC_CLIENT_ID in .env-sandbox is missing." in complaint(folder)


def test_long_file_is_read_in_no_time(folder):
    begun = time.process_time()
    write(folder, text=text_of() + "RC_CLIENT_IDX=1\n" * 2000 + "y" * 300_000 + "=" + "z" * 300_000)
    assert load_environment("sandbox", directory=folder).client_id == "id-1"
    assert time.process_time() - begun < 5


def test_stale_variable_that_wins_over_a_right_file_is_named_when_the_login_fails(
    folder, practice, browser, monkeypatch
):
    (folder / ".env-practice").write_text(
        f"RC_SERVER_URL={practice.server_url}\nRC_CLIENT_ID={practice.client_id}\n"
        f"RC_CLIENT_SECRET={practice.client_secret}\nRC_REDIRECT_URL={practice.redirect_uris[0]}\n"
    )
    monkeypatch.setenv("RC_PRACTICE_CLIENT_SECRET", "stale-1")
    session = Session(load_environment("practice"))
    attempt = session.begin_login()
    browser.log_in(attempt)
    with pytest.raises(CredentialsRejected) as caught:
        attempt.wait(SOON)
    assert "into the .env file and the variable RC_PRACTICE_CLIENT_SECRET" in caught.value.cure
    assert "Mind that the variable RC_PRACTICE_CLIENT_SECRET wins over the .env file." in caught.value.cure
    assert CHANGE in caught.value.cure


def test_cure_names_the_variables_that_it_is_about(folder, monkeypatch):
    write(folder)
    read = load_environment("sandbox", directory=folder)
    about = "Make RC_REDIRECT_URL in the .env file and in the app's settings the same."
    assert read.cure_in_place(about) == about
    monkeypatch.setenv("RC_SANDBOX_REDIRECT_URL", "http://localhost:5001/cb")
    read = load_environment("sandbox", directory=folder)
    assert "RC_REDIRECT_URL in the variable RC_SANDBOX_REDIRECT_URL and in" in read.cure_in_place(about)
    assert read.cure_in_place("Copy the client id into the .env file.") == "Copy the client id into the .env file."
    assert read.cure_in_place("Log in again.") == "Log in again."
    assert "RC_SANDBOX_REDIRECT_URL" in read.cure_in_place("Check the app's settings and the .env file.")
