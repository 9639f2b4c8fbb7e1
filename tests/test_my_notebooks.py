"""The learner's own copies: they follow the course, and lose nothing that a learner has written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tools import my_notebooks
from tools.my_notebooks import all_notebooks, bring_back, make_copies, move_work, notebook_files
from tools.problem import Problem

from .conftest import eventually

ROOT = Path(__file__).parents[1]
FIRST = "01-first.ipynb"
SECOND = "02-second.ipynb"


def write(file: Path, *sources: str, output: str = "") -> None:
    cells: list[Any] = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    for cell in cells:
        if output:
            cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text=output)], 1
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)


def read(file: Path) -> Any:
    return nbformat.read(file, as_version=4)


def sources(file: Path) -> list[str]:
    return [cell.source for cell in read(file).cells]


def git(folder: Path, *arguments: str) -> str:
    answer = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return answer.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a small course, whose stored outputs a learner must not take for their own."""
    write(tmp_path / "notebooks" / FIRST, "one", output="a stored output")
    write(tmp_path / "notebooks" / SECOND, "two")
    (tmp_path / ".gitignore").write_text("my-notebooks/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    commit(tmp_path)
    return tmp_path


def commit(clone: Path) -> None:
    git(clone, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qam", "course")


@pytest.fixture
def mine(clone: Path) -> Path:
    """The learner's folder, with its first copies."""
    assert make_copies(clone) == []
    return clone / "my-notebooks"


def test_copies_look_as_if_nobody_had_run_them(clone: Path, mine: Path) -> None:
    assert sources(mine / FIRST) == ["one"]
    cell = read(mine / FIRST).cells[0]
    assert (cell.outputs, cell.execution_count) == ([], None)
    assert read(clone / "notebooks" / FIRST).cells[0].outputs
    assert git(clone, "status", "--porcelain") == ""


def test_the_course_itself_can_be_copied(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    make_copies(tmp_path)
    copies = sorted((tmp_path / "my-notebooks").glob("*.ipynb"))
    assert [copy.name for copy in copies] == [original.name for original in sorted(all_notebooks())]
    for copy in copies:
        notebook = read(copy)
        nbformat.validate(notebook)
        assert not any(cell.get("outputs") for cell in notebook.cells)
        assert [cell.source for cell in notebook.cells] == sources(ROOT / "notebooks" / copy.name)


def test_a_second_start_changes_nothing(clone: Path, mine: Path) -> None:
    write(mine / FIRST, "one", "my own line", output="mine")
    before = (mine / FIRST).read_bytes()
    assert make_copies(clone) == []
    assert (mine / FIRST).read_bytes() == before


def test_a_copy_that_was_thrown_away_comes_back(clone: Path, mine: Path) -> None:
    (mine / FIRST).unlink()
    assert make_copies(clone) == []
    assert sources(mine / FIRST) == ["one"]


def test_a_newer_version_replaces_a_copy_that_was_only_run(clone: Path, mine: Path) -> None:
    write(mine / FIRST, "one", output="what it showed")
    write(clone / "notebooks" / FIRST, "one, improved")
    (change,) = make_copies(clone)
    assert change.name == FIRST
    assert sources(mine / FIRST) == ["one, improved"]
    assert make_copies(clone) == []


def test_a_newer_version_comes_beside_one_that_was_changed(clone: Path, mine: Path) -> None:
    write(mine / FIRST, "one", "my own line")
    write(clone / "notebooks" / FIRST, "one, improved")
    (change,) = make_copies(clone)
    assert "01-first (new).ipynb" in str(change)
    assert sources(mine / FIRST) == ["one", "my own line"]
    assert sources(mine / "01-first (new).ipynb") == ["one, improved"]
    assert make_copies(clone) == []
    write(clone / "notebooks" / FIRST, "one, improved twice")
    make_copies(clone)
    assert sources(mine / "01-first (new) 2.ipynb") == ["one, improved twice"]


@pytest.mark.parametrize("content", [b"", b"{", b"not json", b'{"cells": 5}', b"\xff\xfe"])
def test_a_copy_that_cannot_be_read_is_not_overwritten(clone: Path, mine: Path, content: bytes) -> None:
    (mine / FIRST).write_bytes(content)
    write(clone / "notebooks" / FIRST, "one, improved")
    make_copies(clone)
    assert (mine / FIRST).read_bytes() == content


def test_without_its_record_nothing_is_lost(clone: Path, mine: Path) -> None:
    write(mine / FIRST, "my own line")
    (mine / my_notebooks.RECORD).write_text("damaged")
    make_copies(clone)
    assert sources(mine / FIRST) == ["my own line"]
    assert sources(mine / "01-first (new).ipynb") == ["one"]


def test_the_original_can_be_brought_back_and_nothing_is_lost(clone: Path, mine: Path) -> None:
    for line in ("first try", "second try"):
        write(mine / FIRST, line)
        bring_back("01", clone)
        assert sources(mine / FIRST) == ["one"]
    kept = sorted((mine / "earlier").iterdir())
    assert sorted(sources(file)[0] for file in kept) == ["first try", "second try"]
    assert make_copies(clone) == []


def test_one_click_brings_the_original_back_too(clone: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    my_notebooks.show_buttons(clone)
    (panel,) = shown
    try:
        assert [button["id"] for button in panel.view["buttons"]] == [FIRST, SECOND]
        write(mine / FIRST, "my own line")
        panel._on_message(panel, {"press": "../" + FIRST, "number": "0"}, [])  # not one of its buttons
        panel._on_message(panel, {"press": FIRST, "number": "1"}, [])
        eventually(lambda: panel.view["answered"] == ["0", "1"])
        assert sources(mine / FIRST) == ["one"]
        assert [sources(file) for file in (mine / "earlier").iterdir()] == [["my own line"]]
        assert "yours is kept as my-notebooks/earlier/" in panel._details["summary"]["text"]
        assert "earlier" not in str(panel.view)  # what it says is not saved

        shutil.rmtree(clone / "my-notebooks")
        (clone / "my-notebooks").write_text("in the way")
        panel._on_message(panel, {"press": FIRST, "number": "2"}, [])
        eventually(lambda: panel.view["answered"] == ["0", "1", "2"])
        assert panel._details["summary"]["kind"] == "error"
        assert panel._details["summary"]["cure"]
    finally:
        panel.close()


@pytest.mark.parametrize("name", ["07", "0", ""])
def test_a_notebook_that_is_not_there_is_told(clone: Path, mine: Path, name: str) -> None:
    with pytest.raises(Problem, match=FIRST):
        bring_back(name, clone)


def test_work_in_the_course_itself_is_moved(clone: Path) -> None:
    write(clone / "notebooks" / FIRST, "one", "my own line")
    write(clone / "notebooks" / "Untitled.ipynb", "an idea")
    (clone / "notebooks" / "notes.txt").write_text("a note")
    move_work(clone)
    make_copies(clone)
    mine = clone / "my-notebooks"
    assert sources(mine / FIRST) == ["one", "my own line"]
    assert sources(mine / "Untitled.ipynb") == ["an idea"]
    assert (mine / "notes.txt").read_text() == "a note"
    assert sources(clone / "notebooks" / FIRST) == ["one"]
    assert git(clone, "status", "--porcelain") == ""


def test_moved_work_takes_nobodys_place(clone: Path, mine: Path) -> None:
    write(mine / FIRST, "in my copy")
    write(clone / "notebooks" / FIRST, "in the course")
    move_work(clone)
    assert sources(mine / FIRST) == ["in my copy"]
    assert sources(mine / "01-first 2.ipynb") == ["in the course"]


def test_an_update_of_the_course_meets_no_conflict(clone: Path, mine: Path, tmp_path_factory: Any) -> None:
    learner = tmp_path_factory.mktemp("learner") / "clone"
    git(clone, "clone", "-q", str(clone), str(learner))
    make_copies(learner)
    write(learner / "my-notebooks" / FIRST, "one", "my own line", output="mine")
    write(clone / "notebooks" / FIRST, "one, improved")
    commit(clone)
    git(learner, "pull", "-q", "--ff-only")
    make_copies(learner)
    assert sources(learner / "my-notebooks" / FIRST) == ["one", "my own line"]
    assert sources(learner / "my-notebooks" / "01-first (new).ipynb") == ["one, improved"]
    assert git(learner, "status", "--porcelain") == ""


def test_only_the_courses_own_notebooks_are_the_course(clone: Path) -> None:
    write(clone / "notebooks" / "01-first-Copy1.ipynb", "a copy of a learner's")
    write(clone / "notebooks" / "Untitled.ipynb", "an idea")
    assert [file.name for file in notebook_files(clone)] == [FIRST, SECOND]


def test_a_zip_without_git_works_too(tmp_path: Path) -> None:
    write(tmp_path / "notebooks" / FIRST, "one")
    make_copies(tmp_path)
    assert sources(tmp_path / "my-notebooks" / FIRST) == ["one"]
    with pytest.raises(Problem, match="by hand"):
        move_work(tmp_path)


def test_a_folder_that_is_a_file_is_told(clone: Path) -> None:
    (clone / "my-notebooks").write_text("in the way")
    with pytest.raises(Problem, match="my-notebooks"):
        make_copies(clone)


def test_a_damaged_original_is_told(clone: Path) -> None:
    (clone / "notebooks" / FIRST).write_text('{"cells": [{}]}')
    with pytest.raises(Problem, match="git restore notebooks"):
        make_copies(clone)


def test_it_is_a_program_that_needs_nothing_installed(clone: Path) -> None:
    (clone / "tools").mkdir()
    for name in ("__init__.py", "places.py", "problem.py", "my_notebooks.py"):
        shutil.copy(ROOT / "tools" / name, clone / "tools")
    program = [sys.executable, "-I", "-S", str(clone / "tools" / "my_notebooks.py")]
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*program, *arguments], capture_output=True, text=True, env=environment)

    assert "my-notebooks" in run().stdout
    write(clone / "my-notebooks" / FIRST, "mine")
    assert run("--bring-back", "01").returncode == 0
    assert sources(clone / "my-notebooks" / FIRST) == ["one"]
    failed = run("--bring-back", "99")
    assert failed.returncode == 1
    assert FIRST in failed.stderr
    record = json.loads((clone / "my-notebooks" / my_notebooks.RECORD).read_text())
    assert set(record) == {FIRST, SECOND}
