"""The list of mutations does not rot: each one still finds its text, and still leaves Python behind."""

from __future__ import annotations

import ast

import pytest

from .mutations import MUTATIONS, PACKAGE, ROOT, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_text_is_there_exactly_once(mutation: Mutation) -> None:
    text = (ROOT / PACKAGE / mutation.file).read_text("utf-8")
    assert text.count(mutation.old) == 1
    ast.parse(text.replace(mutation.old, mutation.new))
    assert all((ROOT / test).is_file() for test in mutation.tests if test.startswith("tests/"))
