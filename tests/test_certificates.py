"""Servers with certificates of every kind, made on the fly, and what a person is told of each."""

from __future__ import annotations

import base64
import datetime
import http.server
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from rc_nb_helpers import ConfigurationError, Environment, PlatformUnreachable, RingCentralError, certificates
from rc_nb_helpers.sdk import Platform

from .conftest import CODE, holds_secret

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


@contextmanager
def server(certificate: trustme.LeafCert) -> Iterator[str]:
    """A token endpoint behind TLS, on this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"access_token": "access-token-tls", "token_type": "bearer", "expires_in": 3600}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            """A client that does not trust us hangs up: that is the test."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    running = Server(("127.0.0.1", 0), Handler)
    running.socket = context.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{running.server_address[1]}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


@pytest.fixture(scope="module")
def company() -> trustme.CA:
    return trustme.CA(organization_name="The company")


@pytest.fixture
def bundle(company: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "company.pem"
    company.cert_pem.write_to_path(path)
    return path


def platform_at(url: str) -> Platform:
    return Platform(Environment(name="n", server_url=url, client_id="i", redirect_uri="http://localhost:1/"))


def told(platform: Platform) -> RingCentralError:
    with pytest.raises(RingCentralError) as caught:
        platform.login(code=CODE)
    assert holds_secret(str(caught.value)) == []
    assert caught.value.why
    assert caught.value.cure
    return caught.value


@pytest.mark.parametrize("variable", [*VARIABLES, "SSL_CERT_DIR"])
def test_company_is_trusted_where_a_variable_names_it(company, bundle, tmp_path, monkeypatch, variable):
    path = bundle
    if variable == "SSL_CERT_DIR":
        path = hashed(tmp_path / "folder", company)
    monkeypatch.setenv(variable, str(path))
    with server(company.issue_cert("127.0.0.1")) as url:
        platform = platform_at(url)
        platform.login(code=CODE)
        assert platform.logged_in()


def hashed(folder: Path, ca: trustme.CA) -> Path:
    """A folder as ``openssl rehash`` makes it."""
    folder.mkdir()
    ca.cert_pem.write_to_path(folder / "company.pem")
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(folder / "company.pem")]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    (folder / "company.pem").rename(folder / f"{name}.0")
    return folder


def test_requests_own_variable_may_name_a_folder_and_openssls_two_count_together(company, tmp_path, monkeypatch):
    folder, other = hashed(tmp_path / "folder", company), tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with server(company.issue_cert("127.0.0.1")) as url:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder))
        platform_at(url).login(code=CODE)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        monkeypatch.setenv("SSL_CERT_FILE", str(other))
        monkeypatch.setenv("SSL_CERT_DIR", str(folder))
        platform_at(url).login(code=CODE)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))  # alone, when named
        assert "REQUESTS_CA_BUNDLE names" in str(told(platform_at(url)))


def test_operating_systems_store_counts(company, bundle):
    """In a process of its own: where OpenSSL looks by itself is what stands for the system's store."""
    program = (
        "import ssl, sys, truststore\n"
        "from unittest import mock\n"
        "from rc_nb_helpers import Environment\n"
        "from rc_nb_helpers.sdk import Platform\n"
        "paths = ssl.DefaultVerifyPaths(None, None, '', '', '', '')\n"
        "with mock.patch.object(ssl, 'get_default_verify_paths', lambda: paths), "
        "mock.patch.object(truststore._openssl, '_CA_FILE_CANDIDATES', [sys.argv[2]]), "
        "mock.patch('rc_nb_helpers.certificates._STORES', (sys.argv[2],)):\n"
        "    platform = Platform(Environment(name='n', server_url=sys.argv[1], client_id='i', redirect_uri='http://localhost:1/'))\n"
        "    platform.login(code='c')\n"
        "assert ssl.SSLContext.__module__ == 'ssl', 'injected'\n"
        "print(platform.logged_in())\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")}
    with server(company.issue_cert("127.0.0.1")) as url:
        command = [sys.executable, "-c", program, url, str(bundle)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n", done.stderr


def test_machine_without_a_store_uses_certifi(company, bundle, monkeypatch):
    import certifi
    import truststore

    nowhere = ssl.DefaultVerifyPaths("", "", "", "", "", "")  # type: ignore[call-arg]
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    monkeypatch.setattr(truststore._openssl, "_CA_FILE_CANDIDATES", [])  # type: ignore[attr-defined]
    monkeypatch.setattr(certificates, "_STORES", ())
    monkeypatch.setattr(certifi, "where", lambda: str(bundle))
    with server(company.issue_cert("127.0.0.1")) as url:
        platform_at(url).login(code=CODE)


def test_certificate_that_was_corrected_meanwhile_needs_no_restart(company, bundle, tmp_path, monkeypatch):
    wrong = tmp_path / "wrong.pem"
    trustme.CA().cert_pem.write_to_path(wrong)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(wrong))
    with server(company.issue_cert("127.0.0.1")) as url:
        platform = platform_at(url)
        told(platform)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        platform.login(code=CODE)


def leaf(company: trustme.CA, *names: str, **dates: datetime.datetime) -> trustme.LeafCert:
    return company.issue_cert(*names, **dates)


CASES: list[tuple[str, Callable[[trustme.CA], trustme.LeafCert], str, str]] = [
    ("expired", lambda ca: leaf(ca, "127.0.0.1", not_before=NOW - 9 * DAY, not_after=NOW - DAY), "expired", "clock"),
    (
        "not yet",
        lambda ca: leaf(ca, "127.0.0.1", not_before=NOW + DAY, not_after=NOW + 9 * DAY),
        "not valid yet",
        "clock",
    ),
    ("wrong name", lambda ca: leaf(ca, "platform.example"), "belongs to another name", "RC_SERVER_URL"),
    ("wrong address", lambda ca: leaf(ca, "127.0.0.2"), "belongs to another name", "RC_SERVER_URL"),
    (
        "only a common name",
        lambda ca: ca.issue_cert("another.example", common_name="127.0.0.1"),
        "belongs to another name",
        "RC_SERVER_URL",
    ),
    ("unknown issuer", lambda ca: leaf(trustme.CA(), "127.0.0.1"), "could not be verified", "REQUESTS_CA_BUNDLE"),
]


@pytest.mark.parametrize(("make", "happened", "place"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_causes_are_told_apart(company, bundle, monkeypatch, make, happened, place):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with server(make(company)) as url:
        error = told(platform_at(url))
    assert isinstance(error, PlatformUnreachable)
    assert happened in error.happened
    assert place in str(error)
    told_of = [case[2] for case in CASES if case[2] in error.happened]
    assert set(told_of) == {happened}
    assert ("REQUESTS_CA_BUNDLE" in str(error)) == (place == "REQUESTS_CA_BUNDLE")


def test_unknown_issuer_names_the_computers_store_when_no_variable_is_set(company):
    with server(company.issue_cert("127.0.0.1")) as url:
        error = told(platform_at(url))
    assert "this computer's store" in error.cure
    assert "REQUESTS_CA_BUNDLE" in error.cure


def test_certificate_is_verified_whatever_the_variables_say(company, monkeypatch):
    for name in ("PYTHONHTTPSVERIFY", "CURL_INSECURE", *VARIABLES, "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "0" if name.startswith("PY") else "")
    with server(company.issue_cert("127.0.0.1")) as url:
        assert "could not be verified" in str(told(platform_at(url)))


def test_common_name_alone_is_no_name_for_the_systems_store_either():
    assert certificates.tls_context().hostname_checks_common_name is False


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (0.0, "which may be wrong"),
        (-400 * 86400.0, "clock is 400 days ahead of the server's"),
        (3 * 86400.0, "clock is 3 days behind the server's"),
        (5 * 3600.0, "clock is 5 hours behind"),
        (2.0, "clock agrees with the server's"),
    ],
)
def test_clock_is_compared_only_where_an_earlier_answer_tells_the_time(company, bundle, monkeypatch, ahead, said):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with server(leaf(company, "127.0.0.1", not_before=NOW - 9 * DAY, not_after=NOW - DAY)) as url:
        platform = platform_at(url)
        platform._client.clock_ahead = ahead
        error = told(platform)
    assert said in error.why
    assert ("has to renew" in error.cure) == (ahead in (0.0, 2.0))
    assert ("date and time" in error.cure) == (ahead != 2.0)


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        # What macOS and Windows say; read in their headers, not tried there.
        (-67818, "has expired"),
        (-67819, "not valid yet"),
        (-67602, "another name"),
        (-67843, "could not be verified"),
        (0x800B0101, "has expired, or is not valid yet"),
        (0x800B0101 - 2**32, "has expired, or is not valid yet"),
        (0x800B010F, "another name"),
        (0x800B0109, "could not be verified"),
        (26, "not one for servers"),
        (64, "another name"),
        (7, "could not be verified"),
    ],
)
def test_numbers_of_the_systems_are_known(code, happened):
    refusal = ssl.SSLCertVerificationError(1, "certificate verify failed")
    refusal.verify_code, refusal.verify_message = code, "die Signatur ist falsch."
    lesson = certificates.explain_certificate(OSError("wrapped", refusal), "https://server.example")
    assert lesson
    assert happened in lesson.happened
    assert ("die Signatur ist falsch" in lesson.why) == (code == 7)


def test_another_failure_is_none_of_a_certificate():
    assert certificates.explain_certificate(ssl.SSLError("WRONG_VERSION_NUMBER"), "https://server.example") is None


def pem(ca: trustme.CA) -> bytes:
    return ca.cert_pem.bytes()


def der(ca: trustme.CA) -> bytes:
    return base64.b64decode(b"".join(pem(ca).splitlines()[1:-1]))


UNUSABLE: list[tuple[str, Callable[[trustme.CA], bytes], str]] = [
    ("empty", lambda ca: b"", "It is empty"),
    ("blank", lambda ca: b"\n\n", "It is empty"),
    ("web page", lambda ca: b"<!DOCTYPE html><html>Sign in</html>", "It is a web page"),
    ("web page, later", lambda ca: b"\xef\xbb\xbf\n<html lang=de>", "It is a web page"),
    ("prose", lambda ca: b"Please see the intranet.", "BEGIN CERTIFICATE"),
    ("DER", der, "binary form (DER)"),
    ("key only", lambda ca: ca.private_key_pem.bytes(), "a private key and no certificate"),
    ("UTF-16", lambda ca: pem(ca).decode().encode("utf-16"), "UTF-16"),
    ("cut off", lambda ca: pem(ca)[:300], "cut off or damaged"),
    ("PKCS 7", lambda ca: b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n", "PKCS #7"),
]


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize(("make", "said"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_file_that_is_no_bundle_is_told_as_what_it_is(company, tmp_path, monkeypatch, make, said, variable):
    (tmp_path / "company.pem").write_bytes(make(company))
    monkeypatch.setenv(variable, str(tmp_path / "company.pem"))
    error = told(platform_at("https://server.invalid"))
    assert isinstance(error, ConfigurationError)
    assert variable in error.happened
    assert said in error.why
    assert str(tmp_path) not in str(error)  # a saved notebook shows nobody's folders


@pytest.mark.parametrize("variable", [*VARIABLES, "SSL_CERT_DIR"])
def test_folder_without_hashes_is_told_as_that(company, tmp_path, monkeypatch, variable):
    company.cert_pem.write_to_path(tmp_path / "company.pem")
    monkeypatch.setenv(variable, str(tmp_path))
    error = told(platform_at("https://server.invalid"))
    assert isinstance(error, ConfigurationError)
    assert "openssl rehash" in error.cure
    assert variable in error.cure


@pytest.mark.parametrize("variable", [*VARIABLES, "SSL_CERT_DIR"])
def test_path_that_leads_nowhere_is_told_as_that(monkeypatch, variable):
    monkeypatch.setenv(variable, "/no/such/place")
    error = told(platform_at("https://server.invalid"))
    assert isinstance(error, ConfigurationError)
    assert (error.why, variable in error.cure) == ("It is missing.", True)


@pytest.mark.parametrize("path", ['"{}"', "{} ", "~/company.pem"])
def test_what_a_shell_would_have_taken_away_is_named(bundle, monkeypatch, path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", path.format(bundle))
    assert "are taken as a part of it" in told(platform_at("https://server.invalid")).why


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_windows_lines_and_a_byte_order_mark_do_no_harm(company, tmp_path, monkeypatch, ending):
    (tmp_path / "company.pem").write_bytes(b"\xef\xbb\xbf" + pem(company).replace(b"\n", ending))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "company.pem"))
    with server(company.issue_cert("127.0.0.1")) as url:
        platform_at(url).login(code=CODE)


def test_intermediate_that_somebody_names_will_do(company, tmp_path, monkeypatch):
    between = company.create_child_ca()
    between.cert_pem.write_to_path(tmp_path / "between.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "between.pem"))
    with server(between.issue_cert("127.0.0.1")) as url:
        platform_at(url).login(code=CODE)


def test_practice_on_this_machine_loads_none_of_it():
    program = (
        "import sys\n"
        "from rc_nb_helpers import Environment\n"
        "from rc_nb_helpers.sdk import Platform\n"
        "platform = Platform(Environment(name='n', server_url='http://127.0.0.1:9', client_id='i', redirect_uri='http://localhost:1/'))\n"
        "try:\n    platform.login(code='c')\nexcept Exception:\n    pass\n"
        "print('truststore' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


BARE = """
import sys
from ringcentral import SDK
if "inject" in sys.argv:
    import truststore
    truststore.inject_into_ssl()
platform = SDK("id", "secret", sys.argv[1]).platform()
try:
    platform.login(code="code", redirect_uri="http://localhost:1/")
except Exception:
    pass
print(platform.auth().access_token())
"""


@pytest.mark.parametrize(
    ("variable", "line", "works"),
    [("REQUESTS_CA_BUNDLE", "", False), ("SSL_CERT_FILE", "", False), ("SSL_CERT_FILE", "inject", True)],
)
def test_bare_sdk_knows_only_its_own_list_until_the_line_of_notebook_04(company, bundle, variable, line, works):
    """SSL_CERT_FILE stands for the system's store here, in which truststore looks."""
    notebook = (Path(__file__).parents[1] / "notebooks" / "04-code-to-tokens.ipynb").read_text("utf-8")
    assert "import truststore; truststore.inject_into_ssl()" in notebook
    clean = {name: value for name, value in os.environ.items() if "CA_BUNDLE" not in name and "SSL_CERT" not in name}
    with server(company.issue_cert("127.0.0.1")) as url:
        command = [sys.executable, "-c", BARE, url, line]
        environment = {**clean, variable: str(bundle)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == ("access-token-tls" if works else ""), done.stderr
