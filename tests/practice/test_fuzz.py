"""Random requests near the real ones: whatever comes, no answer is a 500 and none is missing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rc_nb_helpers.practice import PracticePlatform

from .conftest import REDIRECT_URI, Clock, World
from .rest import token_for

PATIENCE = 5
EXAMPLES = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,  # the same requests in each run: a failure in CI can be repeated
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def words(text: str) -> list[str]:
    return text.split()


METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW", "get"])
PARTS = st.sampled_from(
    words("""restapi v1.0 account ~ extension call-log message-store sms presence device phone-number oauth
    authorize token revoke userinfo practice sign-in consent console new .well-known
    openid-configuration .. . %2e%2e %00 %ff %F0%9F 400131426008 400131427008 A1 1 -1
    99999999999999999999 é <b> controls board static""")
) | st.text(max_size=8).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="~"))
PATHS = st.lists(PARTS, max_size=7).map(lambda parts: "/" + "/".join(parts)) | st.sampled_from(
    [
        "/restapi/oauth/authorize",
        "/restapi/oauth/token",
        "/restapi/oauth/revoke",
        "/restapi/v1.0/account/~/extension",
        "/restapi/v1.0/account/~/call-log",
        "/restapi/v1.0/account/~/extension/~/message-store",
        "/restapi/v1.0/account/~/extension/~/sms",
        "/practice/sign-in",
        "/practice/consent",
        "/practice/console/new",
    ]
)
VALUES = st.sampled_from(
    [
        "",
        "~",
        "code",
        "none login",
        "1",
        "0",
        "-1",
        "1e9",
        "max",
        "Detailed",
        "2027-01-01",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        REDIRECT_URI,
        "true",
        "Inbound",
        "%ff",
        "%00",
        "%",
        "+",
        "%ED%A0%80",
        "a" * 3000,
    ]
) | st.text(max_size=12).map(lambda text: quote(text.encode("utf-8", "surrogatepass")))
NAMES = st.sampled_from(
    words("""client_id response_type redirect_uri state scope display prompt code_challenge code_challenge_method
    grant_type code code_verifier refresh_token token access_token_ttl refresh_token_ttl username
    password decision interaction page perPage dateFrom dateTo view type direction status phoneNumber
    sessionId recordingType usageType messageType readStatus detailedTelephonyState name
    application_type redirect_uris""")
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(lambda pairs: "&".join("=".join(pair) for pair in pairs))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["from", "to", "text", "phoneNumber"]), inner)
    ),
    max_leaves=8,
)
BODIES = st.one_of(
    st.just(b""), PAIRS.map(str.encode), JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=60)
)
TYPES = st.sampled_from(
    [
        "",
        "application/x-www-form-urlencoded",
        "application/json",
        "application/json; charset=utf-16",
        "text/html",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "APPLICATION/JSON;",
        ";",
        "\xff",
    ]
)
AUTHORIZATIONS = st.sampled_from(
    [
        "",
        "Bearer",
        "Bearer TOKEN",
        "bearer  TOKEN ",
        "Basic",
        "Basic !",
        "Basic Og==",
        "Basic /w==",
        "Digest x",
        "Basic BASIC",
    ]
)
HEADERS = st.lists(
    st.sampled_from(
        [
            "Accept: application/json",
            "Accept: text/html;q=x",
            "Accept: ;,;q=",
            "Origin: http://evil.example",
            "Origin: null",
            "Cookie: practice_browser=%00",
            'Cookie: a="b; practice_browser',
            "Content-Encoding: gzip",
            "Range: bytes=0-",
            "Expect: 100-continue",
            "X-Forwarded-Host: evil.example",
            "If-None-Match: *",
            "Sec-Fetch-Site: cross-site",
        ]
    ),
    max_size=3,
    unique=True,
)


@pytest.fixture(scope="module")
def target() -> Iterator[tuple[World, str]]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        with PracticePlatform(clock=clock) as platform:
            world = World(platform, clock)
            yield world, token_for(world)


def status_of(world: World, request: bytes) -> int:
    """Send bytes on a connection of their own and return the status of the answer; fail when none comes."""
    port = int(world.platform.server_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    answer = answer.removeprefix(b"HTTP/1.1 100 (Continue)\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 "), (request, answer[:100])
    # tornado's own refusals of what is no HTTP come before any handler.
    assert b"RCRequestId" in answer or b"Rcrequestid" in answer or answer.startswith(b"HTTP/1.1 400 "), answer[:300]
    return int(answer[9:12])


@EXAMPLES
@given(method=METHODS, path=PATHS, query=PAIRS, body=BODIES, kind=TYPES, authorization=AUTHORIZATIONS, headers=HEADERS)
def test_no_request_breaks_the_server(
    target: tuple[World, str],
    method: str,
    path: str,
    query: str,
    body: bytes,
    kind: str,
    authorization: str,
    headers: list[str],
) -> None:
    world, token = target
    lines = [
        f"{method} {path}{'?' if query else ''}{query} HTTP/1.1",
        f"Host: {world.platform.server_url.removeprefix('http://')}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *([f"Content-Type: {kind}"] if kind else []),
        *([f"Authorization: {authorization.replace('TOKEN', token)}"] if authorization else []),
        *headers,
    ]
    status = status_of(world, "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body)
    assert 200 <= status < 500, (status, lines, body)
