"""The made cells of the notebooks are what the course's sources say; and a solved notebook reaches its end."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rc_nb_helpers.course.sources import gaps, guesses
from tools.course_cells import fill, solve
from tools.my_notebooks import notebook_files

NOTEBOOKS = {file.stem: file for file in notebook_files()}


def made(cell_type, tag, **metadata):
    cell = new_code_cell() if cell_type == "code" else new_markdown_cell()
    cell.metadata.update(tags=[tag], **metadata)
    return cell


@pytest.mark.parametrize("file", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_made_cells_are_what_the_sources_say(file):
    notebook = nbformat.read(file, as_version=4)
    stored = [cell.source for cell in notebook.cells]
    fill(notebook)
    assert [cell.source for cell in notebook.cells] == stored, "python3 -m tools.course_cells"


@pytest.mark.parametrize("gap", gaps().values(), ids=gaps())
def test_a_gap_is_a_stub_with_hints_and_our_answer_below(gap):
    notebook = new_notebook(cells=[made("code", "your-turn", gap=gap.id)])
    fill(notebook)
    stub, hint, solution = notebook.cells
    assert stub.source.startswith(f'@your_turn("{gap.id}")\ndef {gap.name}(')
    assert gap.stub or stub.source.endswith('"""\n    ...')
    assert hint.source.count("<details>") == len(gap.hints)
    assert f"```python\n{gap.solution_text}```" in solution.source
    again = notebook.copy()
    fill(again)
    assert again == notebook
    solve(notebook)
    assert notebook.cells[0].source == f'@your_turn("{gap.id}")\n{gap.solution_text}'.rstrip()


def test_given_functions_and_answers():
    guess_id, asked = next(iter(guesses().items()))
    notebook = new_notebook(
        cells=[made("code", "given", given=["ENDPOINTS", "listen"]), made("markdown", "answers", guess=guess_id)]
    )
    fill(notebook)
    given, answers = (cell.source for cell in notebook.cells)
    assert given.startswith("ENDPOINTS = {\n")
    assert "}\n\n\ndef listen(address, state, seconds=120):\n" in given
    assert all(sentence in answers for _, sentence, _ in asked.options)
