"""Whatever the SDK sends, our Platform sends: each through both, to one server that notes the bytes.

What is sent in another way on purpose stands in the table in ``sdk.py``, and in ``ON_PURPOSE`` below.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from ringcentral import SDK
from ringcentral.http.multipart_builder import MultipartBuilder
from ringcentral.websocket import WebSocketClient

from rc_nb_helpers import Environment
from rc_nb_helpers.sdk import Platform

ACCOUNT = "/restapi/v1.0/account/~"
TOKENS = {"access_token": "access-token-1", "refresh_token": "refresh-token-1", "token_type": "bearer"}
LIFETIMES = {"expires_in": 3600, "refresh_token_expires_in": 3600}


@dataclass(frozen=True)
class Sent:
    """A request as the server got it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Recorder:
    """A server that notes whatever comes, byte for byte."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.statuses: list[int] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self._chunks() if "chunked" in headers.get("transfer-encoding", "") else b""
                body = body or self.rfile.read(int(headers.get("content-length", 0)))
                recorder.sent.append(Sent(self.command, self.requestline.split(" ")[1], headers, body))
                content = b'{"access_token": "access-token-2", "token_type": "bearer", "ws_access_token": "w"}'
                self.send_response(recorder.statuses.pop(0) if recorder.statuses else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.stop()


@pytest.fixture
def bare(recorder: Recorder) -> Any:
    platform = SDK("id", "secret", recorder.url, name="rc-nb-helpers", redirect_uri="http://localhost:1/").platform()
    platform.auth().set_data(TOKENS | LIFETIMES)
    return platform


@pytest.fixture
def ours(recorder: Recorder) -> Platform:
    platform = Platform(
        Environment(
            name="n",
            server_url=recorder.url,
            client_id="id",
            client_secret="secret",
            redirect_uri="http://localhost:1/",
        )
    )
    platform.auth().set_data(TOKENS | LIFETIMES)
    return platform


def same(one: Sent) -> tuple[Any, ...]:
    """What matters of a request: not a boundary that is drawn anew, nor the order of a form, nor who sends it."""
    kind = one.headers.get("content-type", "")
    boundary = re.search(r"boundary=(\S+)", kind)
    replaced = boundary[1].encode() if boundary else b"\0"
    headers = {name: value for name, value in one.headers.items() if not name.endswith("user-agent")}
    headers["content-type"] = kind.replace(boundary[1], "B") if boundary else kind
    body = one.body.replace(replaced, b"B")
    if "urlencoded" in kind:
        body = b"&".join(sorted(body.split(b"&")))
    return one.method, one.target, headers, body


def multipart(platform: Any, *, mixed: bool, body: Any = None) -> MultipartBuilder:
    builder = MultipartBuilder(platform).set_body(body or {"to": [{"phoneNumber": "+16505550100"}]})
    return (
        builder.set_multipart_mixed(mixed)
        .add(("report.csv", "some,data,to,send"))
        .add(("a.png", b"\x89PNG\0", "image/png"))
    )


SMS = f"{ACCOUNT}/extension/~/fax"
SENDINGS: dict[str, Callable[[Any], Any]] = {
    "get": lambda p: p.get(ACCOUNT),
    "get, a short path": lambda p: p.get("/account/~/extension/~"),
    "get, other families of paths": lambda p: [p.get(f"{start}/x") for start in ("/scim", "/ai", "/cx/", "/rcvideo")],
    "get, query": lambda p: p.get(ACCOUNT, {"page": 1, "type": ["Voice", "Fax"]}),
    "get, query by name": lambda p: p.get(ACCOUNT, query_params={"page": 1}),
    "get, query beside one in the path": lambda p: p.get(f"{ACCOUNT}?page=1", {"perPage": 2}),
    "get, headers": lambda p: p.get(ACCOUNT, headers={"Accept": "application/xml", "X-Own": "1"}),
    "get, full address": lambda p: p.get(f"{p._server}{ACCOUNT}"),
    "get, no token": lambda p: p.get("/restapi", skip_auth_check=True),
    "post, object": lambda p: p.post(ACCOUNT, {"a": "ü", "b": [1, None, True]}),
    "post, list": lambda p: p.post(ACCOUNT, [{"a": 1}]),
    "post, text": lambda p: p.post(ACCOUNT, "text"),
    "post, nothing": lambda p: p.post(ACCOUNT),
    "post, query": lambda p: p.post(ACCOUNT, {"a": 1}, {"b": 2}),
    "post, form": lambda p: p.post(
        ACCOUNT, {"a": "b c"}, headers={"Content-Type": "application/x-www-form-urlencoded"}
    ),
    "post, plain text": lambda p: p.post(ACCOUNT, "a text", headers={"Content-Type": "text/plain"}),
    "put, bytes": lambda p: p.put(ACCOUNT, b"\x89PNG\0\xff", headers={"Content-Type": "image/png"}),
    "put, file": lambda p: p.put(ACCOUNT, io.BytesIO(b"\x89PNG\0\xff"), headers={"Content-Type": "image/png"}),
    "put, generator": lambda p: p.put(ACCOUNT, iter([b"one", b"two"]), headers={"Content-Type": "image/png"}),
    "put": lambda p: p.put(ACCOUNT, {"a": 1}),
    "patch": lambda p: p.patch(ACCOUNT, {"a": 1}),
    "delete": lambda p: p.delete(ACCOUNT),
    "delete, body": lambda p: p.delete("/restapi/v2/accounts/~/extensions", body={"records": [{"id": "123"}]}),
    "multipart": lambda p: p.send_request(multipart(p, mixed=False).request(SMS)),
    "multipart, mixed": lambda p: p.send_request(multipart(p, mixed=True).request(SMS)),
    "multipart, put": lambda p: p.send_request(multipart(p, mixed=False).request(SMS, "PUT")),
    "multipart, mixed, full address": lambda p: p.send_request(multipart(p, mixed=True).request(f"{p._server}{SMS}")),
    "multipart, open file": lambda p: p.send_request(
        MultipartBuilder(p).set_body({}).add(("f.txt", io.BytesIO(b"in a file"), "text/plain")).request(SMS)
    ),
    "send_request": lambda p: p.send_request(p._client.create_request("GET", ACCOUNT)),
    "send_request, no token": lambda p: p.send_request(
        p._client.create_request("GET", "/restapi"), skip_auth_check=True
    ),
    "send_request, of requests": lambda p: p.send_request(requests.Request("POST", ACCOUNT, json={"a": 1})),
    "send_request, prepared": lambda p: p.send_request(
        requests.Request("POST", f"{p._server}{ACCOUNT}", json={"a": 1}).prepare()
    ),
    "send_request, prepared, no token": lambda p: p.send_request(
        requests.Request("GET", f"{p._server}/x").prepare(), True
    ),
    "inflate_request": lambda p: p._client.send(p.inflate_request(requests.Request("GET", ACCOUNT))),
    "create_url": lambda p: p.get(p.create_url("/account/~", add_server=True, add_method="PUT")),
    "login": lambda p: p.login(code="code", redirect_uri="http://localhost:1/", verifier="v" * 43),
    "refresh": lambda p: p.refresh(),
}


@pytest.mark.parametrize("send", SENDINGS.values(), ids=SENDINGS.keys())
def test_each_sends_the_same_bytes(recorder: Recorder, bare: Any, ours: Platform, send: Callable[[Any], Any]):
    send(bare)
    expected, recorder.sent = recorder.sent, []
    send(ours)
    assert expected
    assert [same(each) for each in recorder.sent] == [same(each) for each in expected]


ON_PURPOSE: dict[str, tuple[Callable[[Any], Any], Callable[[Sent], Any]]] = {
    "an empty object is sent": (lambda p: p.post(ACCOUNT, {}), lambda sent: sent.body == b"{}"),
    "a query is encoded": (lambda p: p.get(ACCOUNT, {"q": "a+b"}), lambda sent: "q=a%2Bb" in sent.target),
    "None is left out": (lambda p: p.get(ACCOUNT, {"q": None}), lambda sent: "None" not in sent.target),
    "the refresh token is revoked": (lambda p: p.logout(), lambda sent: sent.body == b"token=refresh-token-1"),
}


@pytest.mark.parametrize(("send", "is_ours"), ON_PURPOSE.values(), ids=ON_PURPOSE.keys())
def test_differences_are_those_of_the_table(recorder, bare, ours, send, is_ours):
    send(bare)
    send(ours)
    theirs, mine = recorder.sent
    assert (is_ours(theirs), is_ours(mine)) == (False, True)


@pytest.mark.parametrize(
    "headers", [{"accept": "text/csv"}, {"ACCEPT": "text/csv", "content-type": "application/json"}]
)
def test_header_in_any_spelling_is_sent_once_and_the_callers_dictionary_stays(recorder, ours, headers):
    before = dict(headers)
    ours.get(ACCOUNT, headers=headers)
    assert recorder.sent[0].headers["accept"] == "text/csv"
    assert headers == before


@pytest.mark.parametrize("mixed", [False, True])
def test_file_in_a_request_is_whole_when_the_request_is_repeated(recorder, ours, tmp_path: Path, mixed):
    """The first try meets a token that is dead on the server; the file was read for it."""
    (tmp_path / "fax.txt").write_bytes(b"in a file")
    recorder.statuses = [401, 200, 200]
    with (tmp_path / "fax.txt").open("rb") as file:
        ours.send_request(
            MultipartBuilder(ours)
            .set_multipart_mixed(mixed)
            .set_body({})
            .add(("f.txt", file, "text/plain"))
            .request(SMS)
        )
    first, _, second = recorder.sent
    assert b"in a file" in first.body
    assert second.body == first.body
    assert second.headers["authorization"] == "bearer access-token-2"


def test_file_as_the_body_is_rewound_when_the_request_is_repeated(recorder, ours):
    recorder.statuses = [401, 200, 200]
    ours.put(ACCOUNT, io.BytesIO(b"in a file"), headers={"Content-Type": "text/plain"})
    assert [sent.body for sent in recorder.sent if sent.method == "PUT"] == [b"in a file"] * 2


def test_websocket_clients_call_goes_through(recorder, ours):
    client = WebSocketClient(ours)
    assert client.get_web_socket_token()["ws_access_token"] == "w"
    assert recorder.sent[0].target == "/restapi/oauth/wstoken"
