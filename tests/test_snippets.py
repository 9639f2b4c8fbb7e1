"""A request as HTTP, curl and Python: the same request again, and nothing in it breaks out of its quotes."""

from __future__ import annotations

import ast
import shlex
import subprocess
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from rc_nb_helpers import Session
from rc_nb_helpers.snippets import Reply, Request, as_curl, as_http, as_python, as_session_call, reply_of, request_of

from .conftest import CLIENT_ID, CLIENT_SECRET, SOON, Browser, FakePlatform, Seen, log_in

SERVER = "https://platform.example"
ME = "/restapi/v1.0/account/~/extension/~"
BEARER = (("Authorization", "bearer (hidden)"), ("Content-Type", "application/json"))
KINDS = ["authorization", "sign-in", "consent", "callback", "token", "refresh", "revoke", "API", "other"]
NODES = {"Module", "Import", "ImportFrom", "alias", "Assign", "Expr", "Call", "Attribute", "Name", "Load", "Store"}
NODES |= {"Constant", "Dict", "List", "keyword", "BinOp", "Add"}
HOSTILE = [
    "'; touch broken #",
    '"; touch broken; "',
    "$(touch broken)",
    "`touch broken`",
    "!!",
    "it's !x",
    "a\\'b\\",
    '\'"""\n"',
    "line\nbreak\r\ttab",
    "\x1b[201~touch broken\n\x07",
    "\u202egnp.exe\u2066",
    "half \ud800 a character",
    "{[a,b]}@file",
    "%41+%zz&=;",
    "(hidden)",
    "émoji 🐚\u200d",
]


def words(curl: str, **variables: str) -> list[str]:
    """What curl would get, as bash reads the command."""
    script = f'curl() {{ printf "%s\\0" "$@"; }}\n{curl}'
    assert not subprocess.run(["bash", "-n"], input=curl.encode(), capture_output=True, check=True).stderr
    ran = subprocess.run(["bash"], input=script.encode(), capture_output=True, env=variables, check=True)
    assert not ran.stderr
    return ran.stdout.decode().split("\0")[:-1]


def called(python: str, **names: Any) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """What a snippet calls, when it is run with these names."""
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    class Spy:
        data = authorize_url = None

        def __init__(self, name: str) -> None:
            self.name = name

        def __getattr__(self, name: str) -> Spy:
            return Spy(f"{self.name}.{name}")

        def __call__(self, *args: Any, **kwargs: Any) -> Spy:
            calls.append((self.name, args, kwargs))
            return Spy("answer")

    body = [each for each in ast.parse(python).body if "requests" not in ast.unparse(each)]
    exec(compile(ast.Module(body, []), "snippet", "exec"), {"session": Spy("session"), **names})
    return calls


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_nothing_breaks_out(hostile, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = hostile.encode("utf-8", "replace").decode()
    request = Request(
        "POST",
        f"{SERVER}/a?x={hostile}",
        headers=(("X-Odd", hostile), (f"@{hostile}", "a header's name"), ("Authorization", f"{hostile} (hidden)")),
        form=(("grant_type", "authorization_code"), ("code", hostile), (f"n{hostile}", "v"), ("state", "(hidden)")),
        kind=kind,
    )
    filled = dict.fromkeys(["STATE", "CODE", "X", "X_ODD", "AUTHORIZATION"], "(hidden)")
    got = words(as_curl(request), **filled)
    assert got[:2] == ["--url", f"{SERVER}/a?x={whole}"]
    assert f"code={whole}" in got
    assert len([each for each in got if each.startswith("--")]) == len(got) / 2 + ("--globoff" in got) / 2
    assert shlex.split(as_curl(request), comments=True)[0] == "curl"
    for sent in (request, replace(request, form=(), body=hostile), replace(request, form=(), body=f'{{"{kind}": 1}}')):
        python = as_python(sent, "session")
        names = {type(each).__name__ for each in ast.walk(ast.parse(python))}
        assert names <= NODES
        assert as_python(sent, hostile) == python, "what is no name of a session becomes none of the program"
        assert all(each.isprintable() or each == "\n" for each in python + as_curl(sent))
        head = as_http(sent, Reply(200, (("X", hostile),), hostile)).split("\n\n")[0]
        assert head.count("\n") == 4, "no header is one more than was sent"
        assert "\x1b" not in as_http(sent)
        assert "\u202e" not in as_http(sent)
    assert not list(tmp_path.iterdir())


def test_placeholder_is_a_name_whatever_the_parameter_is_called():
    names = ["a$(touch x)", "accessToken", "class", "1", "", "ünï", "x" * 500, "code_verifier"]
    python = as_python(Request("POST", SERVER, form=tuple((name, "(hidden)") for name in names), kind="token"))
    found = {each.id for each in ast.walk(ast.parse(python)) if isinstance(each, ast.Name)} - {"requests", "answer"}
    assert found >= {"access_token", "class_", "hidden_1", "hidden", "code_verifier", "a_touch_x"}
    curl = as_curl(Request("POST", SERVER, form=tuple((name, "(hidden)") for name in names)))
    values = words(curl, ACCESS_TOKEN="one", CLASS_="two", HIDDEN_1="three", CODE_VERIFIER="four", A_TOUCH_X="five")
    assert {"accessToken=one", "class=two", "1=three", "code_verifier=four"} <= set(values)
    assert "(hidden)" not in python + curl


def recorded(**changes: Any) -> Any:
    """What practice alone has recorded: a path, and values that it masks."""
    fields = {
        "kind": "API",
        "method": "GET",
        "url": "/a/b",
        "parameters": (),
        "headers": (),
        "body": "",
        "status": None,
    }
    return SimpleNamespace(**{**fields, **changes})


def test_message_that_the_server_alone_has_recorded_is_written_too():
    request = request_of(recorded(parameters=(("view", "Simple"), ("phoneNumber", "•••"))))
    assert as_http(request) == "GET /a/b?view=Simple&phoneNumber=(hidden) HTTP/1.1"
    assert words(as_curl(request), SERVER_URL="https://x", PHONE_NUMBER="1") == [
        "--url",
        "https://x/a/b?view=Simple&phoneNumber=1",
    ]
    assert called(as_python(request), phone_number="+1") == [
        ("session.get", ("/a/b",), {"view": "Simple", "phoneNumber": "+1"})
    ]
    assert "server_url + " in as_python(request)


def test_what_nobody_has_recorded_is_not_written():
    request = request_of(recorded(method="", url=""))
    assert as_http(request) == as_curl(request) == as_python(request) == ""


def test_each_message_of_a_login_says_who_sends_it(session: Session, browser: Browser):
    attempt = session.begin_login(login_hint="alex", prompt="login")
    browser.log_in(attempt)
    attempt.wait(SOON)
    session.get(ME, view="Simple", perPage=5)
    session.refresh()
    session.logout()
    python = {each.kind: as_python(request_of(each)) for each in session.exchanges}
    for text in python.values():
        ast.parse(text)
    names = dict.fromkeys(["code", "state", "code_verifier", "code_challenge"], "V")
    assert called(python["authorization"], **names) == [
        ("session.begin_login", (), {"login_hint": "alex", "prompt": "login"})
    ]
    asked = dict(parse_qsl(urlsplit(attempt.authorize_url).query))
    variables: dict[str, Any] = dict(names)
    exec(python["authorization"].split("helpers:\n")[1], variables)
    assert dict(parse_qsl(urlsplit(variables["authorize_url"]).query)).keys() == asked.keys()
    ((submit, (url,), _),) = called(python["callback"], **names)
    assert submit == "session.attempt.submit"
    assert dict(parse_qsl(urlsplit(url).query)).items() >= {"code": "V", "state": "V"}.items()
    redirect_uri = session.environment.redirect_uri
    assert called(python["token"], **names) == [
        ("session.platform.login", (), {"code": "V", "redirect_uri": redirect_uri, "verifier": "V"})
    ]
    assert called(python["API"]) == [("session.get", (ME,), {"view": "Simple", "perPage": 5})]
    assert called(python["refresh"]) == [("session.refresh", (), {})]
    assert called(python["revoke"]) == [("session.logout", (), {})]
    for each in session.exchanges:
        written = as_http(request_of(each), reply_of(each))
        assert written.startswith(f"{each.method} {urlsplit(each.url).path}")
        assert (f"\n\nHTTP/1.1 {each.status} " in written) == (each.status is not None)


def what_counts(seen: Seen) -> tuple[Any, ...]:
    query, form = (sorted(parse_qsl(text, keep_blank_values=True)) for text in (urlsplit(seen.target).query, seen.body))
    is_form = seen.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    scheme, _, credentials = seen.headers["authorization"].partition(" ")
    body = form if is_form else seen.body.replace(" ", "")
    return seen.method, seen.path, query, scheme.lower(), credentials, body


CALLS = [
    ("GET", "/a/~/log", {"perPage": 100, "dateFrom": "2026-01-01T00:00:00Z", "type": ["Voice", "Fax"]}, None),
    ("GET", "/a/b", {"phoneNumber": "+16505550123", "class": "x", "path": "y", "q": "a'b\"c $(x) `y` !z é&=%"}, None),
    ("GET", "/a/caf%C3%A9/%2F", {"flag": True, "empty": ""}, None),
    ("POST", "/a/sms", None, {"text": 'it\'s\n$(x) "!" é 🐚 \u202e', "to": [{"n": "+1"}], "no": None, "yes": True}),
    ("POST", "/a/empty", None, None),
    ("PUT", "/a/b", {"x": 1}, {"enabled": False}),
    ("DELETE", "/a/b", {"ids": [1, 2]}, None),
]


def test_curl_and_python_send_what_the_session_sent(fake_session: Session, fake: FakePlatform):
    log_in(fake_session)
    token = fake_session.platform.auth().data()["access_token"]
    for method, path, query, body in CALLS:
        fake.seen.clear()
        fake_session.call(method, path, query=query, body=body)
        request = request_of(fake_session.exchanges[-1])
        run(as_curl(request), ACCESS_TOKEN=token)
        names: dict[str, Any] = {"session": fake_session, "access_token": token}
        exec(as_python(request), names)
        assert names["answer"].ok
        first, *others = [what_counts(seen) for seen in fake.seen]
        assert others == [first] * 3, (method, path)


def test_a_copied_call_pastes_well_wherever_a_call_stands(fake_session: Session):
    log_in(fake_session)
    fake_session.get(
        "/a/~/log", dateFrom="2026-01-01T00:00:00Z", dateTo="2026-02-01T00:00:00Z", type="Voice", perPage=9
    )
    copied = as_session_call(request_of(fake_session.exchanges[-1]))
    assert "\n" in copied, "it is so long that it has several lines"
    for cell in (
        "{}",
        "answer = {}",
        "if session:\n    {}\n    print(answer)",
        "if 1:\n    answer = {}  # your call here",
    ):
        names: dict[str, Any] = {"session": fake_session}
        exec(cell.format(copied), names)
        assert isinstance(names["answer"], dict)


def test_the_trade_of_a_code_is_the_same_by_curl_and_requests(fake_session: Session, fake: FakePlatform):
    log_in(fake_session)
    exchange = next(each for each in fake_session.exchanges if each.kind == "token")
    (first,) = fake.calls(urlsplit(exchange.url).path)
    secrets = {name: first.form[name] for name in ("code", "code_verifier")}
    secrets |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    request = request_of(exchange)
    run(as_curl(request), **{name.upper(): value for name, value in secrets.items()})
    exec(as_python(request).split("helpers:\n")[1], {"requests": requests, **secrets})
    assert [what_counts(seen) for seen in fake.calls(first.path)] == [what_counts(first)] * 3


def run(curl: str, **variables: str) -> None:
    subprocess.run(
        ["bash", "-c", curl.replace("curl ", "curl -sSf ", 1)],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", **variables},
        capture_output=True,
        check=True,
    )


def test_what_was_cut_says_so(fake_session: Session):
    log_in(fake_session)
    fake_session.get("/long", x="y" * 5000)
    request = request_of(fake_session.exchanges[-1])
    for text in (as_curl(request), as_python(request)):
        assert text.startswith("# The record keeps only the beginning")
