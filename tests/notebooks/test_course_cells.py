"""The made cells of the notebooks are what the course's sources say; a solved notebook shows what others show."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rc_nb_helpers.columns import folded
from rc_nb_helpers.course.program import FILE
from rc_nb_helpers.course.sources import gaps, guesses, kept_gaps
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.sentences.checks import CHECKS
from tests.conftest import free_port
from tools.clean_room import notebook_environment
from tools.course_cells import fill, solve
from tools.my_notebooks import COPIES, COURSE, make_copies, notebook_files
from tools.run_notebook import run_notebook
from tools.store_outputs import sanitized, tidy

NOTEBOOKS = {file.stem: file for file in notebook_files()}
CELL_SECONDS = 60


def is_turn(cell):
    return "your-turn" in cell.metadata.get("tags", [])


WITH_GAPS = {
    name: file for name, file in NOTEBOOKS.items() if any(map(is_turn, nbformat.read(file, as_version=4).cells))
}


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
    note = f"    # {gap.note}\n" if gap.note else ""
    assert gap.stub or stub.source.endswith(f'"""\n{note}    ...')
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
    assert "}\n\n\ndef listen(" in given
    assert all(sentence in answers for _, sentence, _ in asked.options)


@pytest.mark.slow
@pytest.mark.parametrize("file", WITH_GAPS.values(), ids=WITH_GAPS)
def test_a_learner_who_fills_every_gap_sees_what_others_see_and_has_a_program(tmp_path, file):
    """In the learner's own copy. Nbval runs the untouched notebooks."""
    (tmp_path / COURSE).mkdir()
    (tmp_path / COURSE / file.name).write_text(file.read_text("utf-8"), "utf-8")
    make_copies(tmp_path)
    copy = tmp_path / COPIES / file.name
    notebook = nbformat.read(copy, as_version=4)
    solve(notebook)
    nbformat.write(notebook, copy)
    with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}/oauth2callback"]) as practice:
        around = notebook_environment(tmp_path) | {"RC_PRACTICE_URL": practice.server_url}
        ran = tidy(run_notebook(copy, around, CELL_SECONDS))
    kept = {cell.metadata["gap"] for cell in filter(is_turn, ran.cells)} & set(kept_gaps())
    shown = CHECKS["own.first"]
    for stored, cell in zip(nbformat.read(file, as_version=4).cells, ran.cells, strict=True):
        if is_turn(cell):
            there = f" {shown}" if cell.metadata["gap"] in kept else ""
            assert cell.outputs[0].text == folded(f"Right. Yours goes on.{there}") + "\n"
            shown = CHECKS["own.kept"]
        elif "show_program" in cell.source:
            assert cell.outputs[0].text.startswith(f"{len(kept)} of {len(kept_gaps())} are yours: ")
        elif cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get("tags", []):
            assert sanitized(cell.outputs) == sanitized(stored.outputs), cell.source
    if kept:
        assert (copy.parent / FILE).read_text("utf-8").count("# yours, from notebook") == len(kept)


def test_every_gap_has_its_notebook():
    cells = [cell for file in NOTEBOOKS.values() for cell in nbformat.read(file, as_version=4).cells]
    assert sorted(cell.metadata["gap"] for cell in cells if is_turn(cell)) == sorted(gaps())
