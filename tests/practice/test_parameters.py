"""What is read from a request: any bytes are parameters or malformed, and what was written is read back."""

from __future__ import annotations

import base64
import contextlib
from urllib.parse import urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from rc_nb_helpers.practice.parameters import BasicCredentials, Malformed, add_query, parse_basic, parse_parameters


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_parameters_or_malformed(raw: bytes) -> None:
    with contextlib.suppress(Malformed):
        for name, value in parse_parameters(raw).values.items():
            assert isinstance(name, str)
            assert value


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=12), max_size=6))
def test_what_is_added_to_a_query_is_read_back(parameters: dict[str, str]) -> None:
    with contextlib.suppress(UnicodeEncodeError):
        query = urlsplit(add_query("http://x.example/cb", parameters)).query
        read = parse_parameters(query)
        assert read.values == parameters
        assert read.repeated == ()


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab:%+é0 ", max_size=12), st.text(alphabet="ab:%+é0 ", max_size=12))
def test_basic_credentials_are_read_back(client_id: str, secret: str) -> None:
    client_id = client_id.replace(":", "")
    header = "bAsIc " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    assert parse_basic(header) == BasicCredentials(client_id, secret)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=30), st.text(max_size=30).map("Basic {}".format)))
def test_any_authorization_header_is_credentials_or_malformed(header: str) -> None:
    with contextlib.suppress(Malformed):
        parse_basic(header).decoded()


def test_empty_counts_as_absent_and_repeats_are_noticed_even_then() -> None:
    parameters = parse_parameters("a=&b=1&a=2&c=")
    assert parameters.values == {"a": "2", "b": "1"}
    assert parameters.repeated == ("a",)
