"""The learner's own copies of the notebooks: a folder that git ignores, beside the originals.

Nothing in a copy looks run that was not, the clone stays clean, and `git pull` never meets the learner's work. What
the learner has changed is never overwritten: a newer version of the course comes beside it.

Standard library only: a hub or a Binder calls this before anything is installed.
"""

import argparse
import contextlib
import hashlib
import importlib
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]  # when it is run as a program

from tools.places import ROOT  # noqa: E402
from tools.problem import Problem  # noqa: E402

COURSE = "notebooks"
COPIES = "my-notebooks"
SHORT_WAY = "use-it-at-work.ipynb"
"""For who has no time for the course. It has no number, because nothing comes before it or after it."""
LOOKED_UP = ("glossary.ipynb", "errors.ipynb")
"""What is read beside the course. Nothing in them can be run."""
KEPT = "earlier"
"""The folder in `my-notebooks` for what was replaced."""
NEW = " (new)"
"""What the name of a newer version ends with, beside a copy that the learner has changed."""
RECORD = ".course.json"
"""Says for each copy which version of the course it was made from."""

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """What was done with one notebook, in words for a person."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


def make_copies(root: Path = ROOT) -> list[Change]:
    """Copy the course's notebooks into the learner's folder, without outputs; keep what the learner has changed.

    Args:
        root: The folder that holds `notebooks`.

    Returns:
        What a learner should be told: copies that were brought up to date, and newer versions beside changed ones.

    Raises:
        Problem: A notebook or the folder cannot be read or written.
    """
    changes = []
    with _told():
        record = _read_record(root)
        for original in all_notebooks(root):
            version, copy = _version(_read(original)), root / COPIES / original.name
            if not copy.exists():
                _write(_fresh(original), copy)
            elif record.get(original.name) == version:
                continue
            elif _version_or_none(copy) in (version, record.get(original.name)):  # run, perhaps, but not changed
                _write(_fresh(original), copy)
                changes.append(Change(copy.name, "brought up to date; you had not changed it"))
            else:
                beside = _free_name(copy.with_name(f"{copy.stem}{NEW}{copy.suffix}"))
                _write(_fresh(original), beside)
                changes.append(Change(copy.name, f"there is a newer version; it is beside yours, as {beside.name}"))
            record[original.name] = version
            _write_record(root, record)
    return changes


def bring_back(name: str, root: Path = ROOT) -> list[Change]:
    """Put the course's version of a notebook in the place of the learner's, which is kept.

    Args:
        name: The notebook's name, or what it begins with, such as `03`.
        root: The folder that holds `notebooks`.

    Returns:
        What was done.

    Raises:
        Problem: No notebook, or more than one, begins so; or a file cannot be written.
    """
    found = [original for original in notebook_files(root) if original.name.startswith(name)]
    if len(found) != 1:
        names = "\n".join(f"  {original.name}" for original in notebook_files(root))
        raise Problem(f"{'No' if not found else 'More than one'} notebook begins with {name!r}. They are:\n{names}")
    original, copy = found[0], root / COPIES / found[0].name
    changes = []
    with _told():
        if copy.exists():
            kept = _free_name(copy.parent / KEPT / f"{copy.stem} {time.strftime('%Y-%m-%d %H.%M')}{copy.suffix}")
            kept.parent.mkdir(parents=True, exist_ok=True)
            copy.rename(kept)
            changes.append(Change(copy.name, f"yours is kept as {COPIES}/{KEPT}/{kept.name}"))
        _write(_fresh(original), copy)
        _write_record(root, _read_record(root) | {original.name: _version(_read(original))})
    return [*changes, Change(copy.name, "the original is back; in JupyterLab, close it and open it again")]


def move_work(root: Path = ROOT) -> list[Change]:
    """Move what a learner has done in `notebooks` into the learner's folder, and put the originals back.

    Args:
        root: The folder that holds `notebooks`; a clone of the tutorial.

    Returns:
        What was moved.

    Raises:
        Problem: This is no clone, or a file cannot be moved.
    """
    changes = []
    with _told():
        for path in _git(root, "ls-files", "-z", "--modified", "--", COURSE):
            file = root / path
            if file.suffix != ".ipynb" or not file.exists():
                continue
            copy = root / COPIES / file.name
            place = _free_name(copy)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.rename(place)
            _git(root, "restore", "--", path)
            changes.append(Change(file.name, f"your version is {COPIES}/{place.name} now; the original is back"))
            if place == copy:
                _write_record(root, _read_record(root) | {file.name: _version(_read(file))})
        for path in _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", COURSE):
            place = _free_name(root / COPIES / Path(path).relative_to(COURSE))
            place.parent.mkdir(parents=True, exist_ok=True)
            (root / path).rename(place)
            changes.append(Change(Path(path).name, f"moved to {COPIES}"))
    return changes


def all_notebooks(root: Path = ROOT) -> list[Path]:
    """Return those of the course, and then those that are looked up beside it: they hold words alone.

    Args:
        root: The folder that holds `notebooks`.
    """
    beside = [root / COURSE / name for name in LOOKED_UP]
    return [*notebook_files(root), *(file for file in beside if file.is_file())]


def notebook_files(root: Path = ROOT) -> list[Path]:
    """Return the course's own notebooks, in order: those that git has, or, in a ZIP without git, all that it names.

    Args:
        root: The folder that holds `notebooks`.
    """
    named = sorted((root / COURSE).glob("[0-9][0-9]-*.ipynb"))
    named += [file for file in [root / COURSE / SHORT_WAY] if file.is_file()]
    try:
        known = set(_git(root, "ls-files", "-z", "--", COURSE))
    except Problem:
        return named
    return [file for file in named if f"{COURSE}/{file.name}" in known] if known else named


# --- Files ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell of a file that cannot be read or written as what it is."""
    try:
        yield
    except OSError as error:
        raise Problem(
            f"The copies of the notebooks cannot be written: {error.strerror} ({error.filename}).\n"
            f"What to do: make sure that the folder {COPIES} is yours and the disk is not full; close programs "
            "that use it, and run this command again."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise Problem(
            f"A notebook in {COURSE} is damaged.\nWhat to do: git restore {COURSE}, then run this command again."
        ) from None


def _read(file: Path) -> Notebook:
    notebook: Notebook = json.loads(file.read_text(encoding="utf-8"))
    return notebook


def _fresh(original: Path) -> Notebook:
    """The notebook as somebody finds it who has run nothing."""
    notebook = _read(original)
    notebook.get("metadata", {}).pop("widgets", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def _version(notebook: Notebook) -> str:
    """What tells two versions of a notebook apart: its cells as they were written, not what running them leaves."""
    cells = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _version_or_none(copy: Path) -> str | None:
    """The version of a copy; None for one that cannot be read, which nobody may overwrite."""
    try:
        return _version(_read(copy))
    except (ValueError, KeyError, TypeError):
        return None


def _write(notebook: Notebook, file: Path) -> None:
    """Write a notebook as Jupyter does, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".part")
    temporary.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    os.replace(temporary, file)


def _free_name(file: Path) -> Path:
    """The name, or the first of "name 2", "name 3", … that nobody has."""
    names = (file if number == 1 else file.with_stem(f"{file.stem} {number}") for number in itertools.count(1))
    return next(name for name in names if not name.exists())


def _read_record(root: Path) -> dict[str, str]:
    try:
        record = json.loads((root / COPIES / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write_record(root: Path, record: dict[str, str]) -> None:
    (root / COPIES).mkdir(exist_ok=True)
    (root / COPIES / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _git(root: Path, *arguments: str) -> list[str]:
    try:
        answer = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True)  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError):
        raise Problem(
            "git does not answer here, so nobody can tell what is yours.\n"
            f"What to do: copy your notebooks from {COURSE} to {COPIES} by hand."
        ) from None
    return [os.fsdecode(path) for path in answer.stdout.split(b"\0") if path]


def show_buttons(root: Path = ROOT) -> None:
    """Show, in a notebook, a button for each notebook that brings its original back.

    Args:
        root: The folder that holds `notebooks`.
    """
    from IPython.display import display  # in a kernel they are there

    from rc_nb_helpers.panels.originals import Originals

    def press(name: str) -> str:
        return ". ".join(map(str, bring_back(name, root))) + "."

    display(Originals([file.name for file in notebook_files(root)], press))  # type: ignore[no-untyped-call]


def main(arguments: list[str] | None = None) -> int:
    """Make the copies, bring one back, or move work out of `notebooks`; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--bring-back", metavar="NOTEBOOK", help="put the original in the place of yours, which is kept")
    what.add_argument("--move", action="store_true", help=f"move what you have done in {COURSE} into {COPIES}")
    what.add_argument("--buttons", action="store_true", help="in a notebook: a button for each original")
    options = parser.parse_args(arguments)
    if options.buttons:
        # Not this module's: IPython's %run takes its names away when it has ended.
        importlib.import_module("tools.my_notebooks").show_buttons()
        return 0
    try:
        changes = bring_back(options.bring_back) if options.bring_back else move_work() if options.move else []
        changes += [] if options.bring_back else make_copies()
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(map(str, changes)) or f"Your notebooks are in {COPIES}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
