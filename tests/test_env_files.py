"""The reader of .env files, held against python-dotenv's own."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from hypothesis import given, settings
from hypothesis import strategies as st

from rc_nb_helpers import env_files
from rc_nb_helpers.env_files import assignments, is_placeholder, text_of

# What such files are made of, and what has led readers of them astray.
PIECES = [
    *("RC_CLIENT_ID", "RC_CLIENT_SECRET", "A", "export", "=", "'", '"', "\\", "\\'", '\\"', "\\n", "#", " ", "\t"),
    *(
        "\n",
        "\n\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\xa0",
        "\u2028",
        "\x00",
        "\ufeff",
        "${A}",
        ";",
        ",",
        ":",
        "ä",
        "x",
    ),
]
FILES = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join)


def blank_lines_before(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


@given(text=FILES)
@settings(max_examples=1500, deadline=None)
def test_every_assignment_of_python_dotenv_is_found_with_its_value_and_line(text):
    text = text.replace("\r", "").lstrip("\ufeff")
    theirs = [
        (each.original.line + blank_lines_before(each.original.string), each.key or "", each.value)
        for each in parse_stream(io.StringIO(text))
        if each.key is not None or each.error
    ]
    assert [(each.line, each.name, each.value) for each in assignments(text)] == theirs


@given(content=st.binary(max_size=60) | FILES.map(str.encode) | FILES.map(lambda text: text.encode("utf-16")))
@settings(max_examples=1500, deadline=None)
def test_every_name_that_python_dotenv_loads_from_a_file_is_found(content, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "generated"
    file.write_bytes(content)
    try:
        theirs = dotenv_values(file, interpolate=False)
    except UnicodeDecodeError:  # nothing is loaded then; ours goes on
        theirs = {}
    ours = {each.name: each.value for each in assignments(text_of(content))}
    for name, value in theirs.items():
        if "\0" not in f"{name}{value}":  # no variable can hold that
            assert ours[name] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("export\tKEY=v", "v"),
        ("  export   KEY = v", "v"),
        ("KEY=\t'v'  # comment", "v"),
        ("KEY=  #word", ""),
        ("KEY=#word", "#word"),
        ("KEY=a#b #c", "a#b"),
        ('KEY="a\\"b\\nc"', 'a"b\nc'),
        ("KEY='a\\nb'", "a\\nb"),
        ("KEY='two\nlines'", "two\nlines"),
        ("KEY", None),
        ("'KEY'=v", "v"),
        ("KEY=${OTHER}", "${OTHER}"),
        ("KEY=", ""),
    ],
)
def test_forms_that_a_value_may_have(text, value):
    (found,) = assignments(text)
    assert (found.name, found.value) == ("KEY", value)


@pytest.mark.parametrize("text", ["set KEY=v", 'KEY="v', 'KEY="v",', "KEY: v", "=v", "export =v"])
def test_line_that_cannot_be_read_is_given_as_it_is(text):
    first, second = assignments(f"\n{text}\nOTHER=1\n")
    assert (first.line, first.name, first.value, first.text) == (2, "", None, text)
    assert (second.line, second.name) == (3, "OTHER")


@pytest.mark.parametrize(
    "content",
    [
        b"KEY=v\r\nOTHER=w\r\n",
        b"KEY=v\rOTHER=w\r",
        b"\xef\xbb\xbfKEY=v\nOTHER=w",
        "KEY=v\nOTHER=w".encode("utf-16"),
        "KEY=v\r\nOTHER=w".encode("utf-16-le"),
        "KEY=v\r\nOTHER=w".encode("utf-16-be"),
        "# Schlüssel\nKEY=v\nOTHER=w".encode("latin-1"),
    ],
)
def test_file_is_read_as_it_was_saved(content):
    assert {each.name: each.value for each in assignments(text_of(content))} == {"KEY": "v", "OTHER": "w"}


def test_long_lines_take_no_long_time():
    for line in ("A=" + " " * 200_000 + "x", "A='" + "\\" * 200_000, "A " * 100_000, "A='\n" * 20_000, "#" * 200_000):
        list(assignments(line))


@pytest.mark.parametrize(
    "value",
    [
        *(
            "your-client-id",
            "YOUR_CLIENT_SECRET",
            "<paste here>",
            "<client-id>",
            "xxx",
            "XXXXXXXX",
            "changeme",
            "change-me",
        ),
        *(
            "...",
            "***",
            "••••••",
            "insert-secret-here",
            "TODO",
            "client_id",
            "my-client-secret",
            "[secret]",
            "{secret}",
        ),
    ],
)
def test_placeholders_are_known(value):
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["id-1", "secret-1", "my-secret", "none", "Kd93jfKq02mfLs9X1pQz7", "aBhereC9todo3", "xX1", "mine", "x-y-z"]
)
def test_what_may_be_meant_is_no_placeholder(value):
    assert not is_placeholder(value)


def test_reader_needs_nothing_but_the_standard_library():
    code = (
        f"import sys; sys.path.insert(0, {str(Path(env_files.__file__).parents[1])!r}); import rc_nb_helpers.env_files"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
