"""The glossary and the index of errors: what the panels say, and where their links lead."""

from __future__ import annotations

import nbformat
import pytest

from rc_nb_helpers.catalogue import CATALOGUE
from rc_nb_helpers.link_pieces import take_apart
from rc_nb_helpers.meanings import all_meanings
from tools.notebook_lint import anchors
from tools.places import ROOT
from tools.reference_notebooks import ERRORS, GLOSSARY, KINDS, reference_notebooks

FOLDER = ROOT / "notebooks"


@pytest.mark.parametrize("name", [GLOSSARY, ERRORS])
def test_what_is_looked_up_is_what_is_known(name: str) -> None:
    stored = nbformat.read(FOLDER / name, as_version=4)
    assert stored == reference_notebooks()[name], "python3 tutorial.py outputs"


def test_each_error_leads_to_its_place_in_the_index() -> None:
    there = anchors(nbformat.read(FOLDER / ERRORS, as_version=4))
    for known in CATALOGUE.values():
        name, _, anchor = known.index.partition("#")
        assert name == ERRORS
        assert anchor in there


def test_each_name_that_a_panel_explains_is_in_the_glossary() -> None:
    there = anchors(nbformat.read(FOLDER / GLOSSARY, as_version=4))
    link = take_apart("https://platform.ringcentral.com/restapi/oauth/authorize?response_type=code&state=x")
    assert {name for _, name, _ in all_meanings()} | {piece.name for piece in link.pieces if piece.link} <= there
    assert {kind for kind, _, _ in all_meanings()} == set(KINDS)
