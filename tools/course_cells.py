"""The cells of the notebooks that are made from the course's sources: `python3 tutorial.py outputs` writes them.

An author puts a cell where it belongs, whatever is in it, and its tag and metadata say what it is to hold:

    tag         metadata                        kind        what it holds
    your-turn   {"gap": "for-us"}               code        the stub below @your_turn
    hint        {"gap": "for-us"}               markdown    the hints, folded
    solution    {"gap": "for-us"}               markdown    our answer, folded
    given       {"given": ["Listener"]}         code        functions of the program that are not typed
    answers     {"guess": "slash"}              markdown    each answer to a guess, folded

Hints and solution that have no cell yet get one below the stub.
"""

from __future__ import annotations

import sys

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from rc_nb_helpers.course.gaps import Gap, Guess
from rc_nb_helpers.course.program import FILE, program_text
from rc_nb_helpers.course.sources import SOURCES, gap_of, guess_of, pieces
from tools.my_notebooks import COURSE, notebook_files
from tools.places import ROOT

MADE = ("your-turn", "hint", "solution", "given", "answers")


def fill(notebook: NotebookNode) -> None:
    """Write what the sources say into the cells of a notebook that are made from them.

    Args:
        notebook: The notebook; it is changed.
    """
    _add_folded_cells(notebook)
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag in MADE:
                cell.source = _text_of(cell, tag)


def solve(notebook: NotebookNode) -> None:
    """Fill in every gap with our answer, as a learner would who knows it.

    Args:
        notebook: The notebook; it is changed.
    """
    for cell in notebook.cells:
        if "your-turn" in cell.metadata.get("tags", []):
            gap = gap_of(cell.metadata["gap"])
            cell.source = _below_the_decorator(gap, gap.solution_text)


def _text_of(cell: NotebookNode, tag: str) -> str:
    if tag == "given":
        return given_text(cell.metadata["given"])
    if tag == "answers":
        return answers_text(guess_of(cell.metadata["guess"]))
    gap = gap_of(cell.metadata["gap"])
    texts = {"your-turn": _below_the_decorator(gap, gap.stub_text), "hint": hint_text(gap)}
    return texts.get(tag) or solution_text(gap)


def _below_the_decorator(gap: Gap, text: str) -> str:
    return f'@your_turn("{gap.id}")\n{text}'.rstrip("\n")


def hint_text(gap: Gap) -> str:
    """The hints for a gap, one folded after the other.

    Args:
        gap: The gap.
    """
    titles = ("Hint", "Another hint", "One more hint")
    return "\n\n".join(_folded(title, hint) for title, hint in zip(titles, gap.hints, strict=False))


def solution_text(gap: Gap) -> str:
    """Our answer to a gap, folded.

    Args:
        gap: The gap.
    """
    return _folded("Our answer", f"```python\n{gap.solution_text.rstrip()}\n```")


def answers_text(asked: Guess) -> str:
    """What there is to say of each answer to a guess, folded.

    Args:
        asked: The guess.
    """
    lines = [f"- {text}{' **(right)**' if right else ''}: {sentence}" for text, sentence, right in asked.options]
    return _folded("The answers", "\n".join(lines))


def given_text(names: list[str]) -> str:
    """Functions and classes of the program.

    Args:
        names: Their names, in the order of the cell.
    """
    known = {name: text for source in SOURCES for name, text in pieces(source)}
    return "\n\n".join(known[name] for name in names).rstrip("\n")


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n</details>"


def _add_folded_cells(notebook: NotebookNode) -> None:
    """Put cells for hints and solution below each stub that has none."""
    there = {(tag, cell.metadata.get("gap")) for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if "your-turn" in cell.metadata.get("tags", []):
            gap = gap_of(cell.metadata["gap"])
            for tag in ("hint", "solution"):
                if (tag, gap.id) not in there:
                    added = new_markdown_cell(id=f"{gap.notebook}-{gap.id}-{tag}")
                    added.metadata.update(gap=gap.id, tags=[tag])
                    cells.append(added)
    notebook.cells = cells


def main() -> int:
    """Bring the notebooks, and the program beside them, up to date with the sources; return the exit code."""
    files = {ROOT / COURSE / FILE: program_text()}
    for file in notebook_files():
        notebook = nbformat.read(file, as_version=4)
        fill(notebook)
        files[file] = nbformat.writes(notebook).rstrip("\n") + "\n"
    for file, text in files.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="\n")
            print(f"{file.name}: its made cells are new" if file.suffix == ".ipynb" else f"{file.name}: it is new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
