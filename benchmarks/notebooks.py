"""What the helpers cost a notebook: to import them, and to run the course under nbval.

    python benchmarks/notebooks.py

Two comparisons, each in turn in one run. A kernel that imports the helpers with their panels, beside one that imports
only the libraries which they stand on. And all notebooks of the course under nbval, with their logins and calls, beside
as many notebooks that have the same imports in the same cells and do nothing else.
"""

from __future__ import annotations

import argparse
import ast
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tools.checks import ARTEFACTS  # noqa: E402
from tools.my_notebooks import notebook_files  # noqa: E402

IMPORT_ROUNDS, COURSE_ROUNDS = 40, 3
IMPORT_GOAL, COURSE_GOAL = 1.1, 1.5

OURS = "from rc_nb_helpers import LoginPanel, LogoutPanel, Session, TestPanel, load_environment"
THEIRS = "import ringcentral, ipywidgets, anywidget"


def imports_of(source: str) -> str:
    """The import statements of a cell, and nothing else of it."""
    source = TransformerManager().transform_cell(source)  # as a kernel does with %run
    tree = compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return "\n".join(ast.unparse(each) for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom))


def write_idle_course(folder: Path) -> None:
    """Write the course's notebooks into a folder, with cells that only import."""
    for file in notebook_files():
        notebook = nbformat.read(file, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source, cell.outputs = imports_of(cell.source) or "pass", []
        nbformat.write(notebook, folder / file.name)


def seconds(*arguments: str) -> float:
    """How long a program runs, as a process of its own."""
    # Installed packages are compiled already. Ours have to be kept compiled too, or the two are not alike.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *arguments]
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.monotonic() - began


def in_turn(ours: list[str], theirs: list[str], rounds: int) -> Iterator[tuple[float, float]]:
    """Run two programs in turn, after once each to warm up the disk; yield how long each round took them."""
    seconds(*ours), seconds(*theirs)
    for _ in range(rounds):
        yield seconds(*ours), seconds(*theirs)


def compare(name: str, pairs: list[tuple[float, float]], goal: float) -> bool:
    """Print a line of the table; whether the goal was reached."""
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    verdict = "reached" if ratio <= goal else "missed"
    print(f"{name:32}{ours:>10.2f} s{theirs:>10.2f} s{ratio:>9.2f}   goal {goal}: {verdict}", flush=True)
    return ratio <= goal


def main() -> int:
    """Measure and print a table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="Measure what the helpers cost a notebook.")
    parser.add_argument("--rounds", type=int, default=COURSE_ROUNDS, metavar="N", help="runs of the course (3)")
    rounds = parser.parse_args().rounds
    print(f"{'medians, in turn':32}{'ours':>12}{'beside':>12}{'ratio':>9}\n")
    imports = list(in_turn(["-c", OURS], ["-c", THEIRS], IMPORT_ROUNDS))
    reached = compare("import, beside the libraries", imports, IMPORT_GOAL)
    ARTEFACTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ARTEFACTS) as folder:
        write_idle_course(Path(folder))
        nbval = ["-m", "pytest", "-q", "--nbval"]
        course = list(in_turn([*nbval, *map(str, notebook_files())], [*nbval, folder], rounds))
    return 0 if compare("the course, beside idle cells", course, COURSE_GOAL) and reached else 1


if __name__ == "__main__":
    sys.exit(main())
