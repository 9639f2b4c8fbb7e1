"""The notebooks show the pictures that their sources draw."""

from __future__ import annotations

import html
import re

import nbformat
from nbconvert import HTMLExporter

from tools.pictures import as_markdown, pictures
from tools.places import ROOT

HINT = "python3 tutorial.py outputs"


def test_each_picture_stands_in_its_cell_as_it_is_drawn() -> None:
    for (file, cell_id), picture in pictures().items():
        cells = nbformat.read(ROOT / "notebooks" / file, as_version=4).cells
        (shown,) = [cell.source for cell in cells if cell.id == cell_id]
        assert shown == as_markdown(picture), f"{file} {cell_id}: {HINT}"


def test_an_exported_page_has_the_picture_and_its_words_in_it() -> None:
    """Nothing is loaded, so it is there without a network, too."""
    (file, cell_id), picture = next(iter(pictures().items()))
    notebook = nbformat.read(ROOT / "notebooks" / file, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id == cell_id]
    page, _ = HTMLExporter().from_notebook_node(notebook)
    (alt,) = re.findall(r'<img alt="([^"]+)" src="data:image/svg\+xml;base64,[^"]+"', page)
    assert html.unescape(alt) == " ".join(picture.text.split())
