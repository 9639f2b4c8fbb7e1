"""What each notebook asks of its reader, before the course was made anew and now. Prints a table.

Run: python -m tests.tables.course_table [--before COMMIT]. Without git, or where it does not have that commit, the
table is of today alone.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator

import nbformat

from tools.my_notebooks import COURSE, notebook_files
from tools.notebook_measures import Measures, measure
from tools.places import ROOT

BEFORE = "da3abf5"
COLUMNS = ("words", "code_cells", "code_lines", "median_lines", "repeats", "gaps", "guesses", "logins", "minutes")
CORE = ("00", "02", "03", "04", "05", "07")
"""The hour."""


def main() -> None:
    """Print both tables, one below the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", default=BEFORE, help=f"the commit to compare with (default {BEFORE})")
    before = dict(at(parser.parse_args().before))
    for title, course in (
        ("Before", before),
        ("Now", {file.name: file.read_text("utf-8") for file in notebook_files()}),
    ):
        print(f"\n## {title}\n")
        print(table(course) if course else "No such commit here.")


def at(commit: str) -> Iterator[tuple[str, str]]:
    """The notebooks as they were: name and text of each. None where git cannot tell."""
    listed = git("ls-tree", "--name-only", commit, f"{COURSE}/")
    for path in listed.splitlines():
        if path.endswith(".ipynb"):
            yield path.removeprefix(f"{COURSE}/"), git("show", f"{commit}:{path}")


def git(*arguments: str) -> str:
    """What git says; nothing where it cannot."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    return done.stdout if done.returncode == 0 else ""


def table(course: dict[str, str]) -> str:
    """A course as Markdown, a row for each notebook, then the hour and all."""
    nodes = {name: nbformat.reads(text, as_version=4) for name, text in course.items()}
    measured = {name: measure(node, list(nodes.values())[:place]) for place, (name, node) in enumerate(nodes.items())}
    rows = [[name.removesuffix(".ipynb"), *cells(each)] for name, each in measured.items()]
    rows.append(["the hour", *sums([each for name, each in measured.items() if name.startswith(CORE)])])
    rows.append(["all", *sums(list(measured.values()))])
    head = ["notebook", *(column.replace("_", " ") for column in COLUMNS)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def cells(measures: Measures) -> list[str]:
    """The row of a notebook."""
    return [f"{getattr(measures, column):g}" for column in COLUMNS]


def sums(several: list[Measures]) -> list[str]:
    """The row of several notebooks. A sum of medians says nothing."""
    return [
        "" if column == "median_lines" else f"{sum(getattr(each, column) for each in several):g}" for column in COLUMNS
    ]


if __name__ == "__main__":
    main()
