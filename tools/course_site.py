"""The course as static HTML: gathers the pages, lets Sphinx build them, and puts the site into its place.

Nothing is run: the notebooks are shown with the outputs that are stored in them.
"""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tools.my_notebooks import all_notebooks
from tools.places import ROOT
from tools.problem import Problem
from tools.programs import run
from tools.variables import for_programs

SITE = ROOT / "site"
SOURCES = ROOT / "docs" / "site"
BUILT = ".buildinfo"
"""A file of Sphinx's: a folder without it was made by somebody else."""

WAY = re.compile(r"\[(?:← Back: |Next: |All notebooks\])")
PART = re.compile(r"(\]\(<?(?:[\w-]+\.ipynb)?#)([^)\s>]+)")
"""A link to a part of a notebook, as JupyterLab names it: the heading, with hyphens for spaces."""
PANEL = re.compile(r"<(\w+): run this cell to show it>")
REOPENED = 'class="rc-reopened"'
TITLE = re.compile(r"^# ", re.MULTILINE)

Notebook = dict[str, Any]


def build_site(python: str) -> Path:
    """Build the site, and return its front page. One that is there already stays until the new one is whole.

    Raises:
        Problem: something else is in its place, or it could not be built.
    """
    if SITE.exists() and not (SITE / BUILT).is_file():
        raise Problem(
            f"The site would come to {SITE}, and what is there was not made by this command.\n"
            "What to do: move it away, and run this command again."
        )
    print("Building the site …", flush=True)
    with tempfile.TemporaryDirectory(prefix="site-", ignore_cleanup_errors=True) as name:
        pages, built = Path(name, "pages"), Path(name, "built")
        gather(pages)
        program = ["sphinx", "-q", "-b", "html", "-c", str(SOURCES), "-d", str(Path(name, "doctrees"))]
        if run(python, [*program, str(pages), str(built)], for_programs(os.environ)):
            raise Problem(
                "The site could not be built, and the one from before (if there is one) stays. The lines above are "
                "Sphinx's, which builds it: they name the page and the reason.\n"
                "What to do: mend that page, and run this command again."
            )
        (built / "_static" / "webpack-macros.html").unlink(missing_ok=True)  # the theme's own; its links lead nowhere
        if SITE.exists():
            shutil.rmtree(SITE)
        shutil.move(built, SITE)
    return SITE / "index.html"


def gather(pages: Path) -> None:
    """Put all that becomes a page, and their pictures, into a folder, with the ways between them as in this one."""
    for page in SOURCES.glob("*.md"):
        copy(page, pages / page.name)
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "workshop").rglob("*.md")]
    for file in [*texts, *(ROOT / "docs").glob("*.png")]:
        copy(file, pages / file.relative_to(ROOT))
    for file in all_notebooks():
        number = file.name[:2] if file.name[:2].isdigit() else ""
        page = as_page(json.loads(file.read_text("utf-8")), number)
        target = pages / file.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(page), encoding="utf-8")


def copy(file: Path, target: Path) -> None:
    """Copy a file into a folder that may not be there yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def as_page(notebook: Notebook, number: str) -> Notebook:
    """Return a notebook as somebody reads it who cannot run it: a page with its number, and without what a page has."""
    cells = [cell for cell in notebook["cells"] if not is_way(cell)]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["outputs"] = [as_read(output) for output in cell["outputs"] if not is_for_jupyter(output)]
        else:
            source = TITLE.sub(f"# {number} ".replace("  ", " "), "".join(cell["source"]), count=1)
            cell["source"] = PART.sub(lambda link: link[1] + anchor(link[2]), source)
    return {**notebook, "cells": cells}


def anchor(part: str) -> str:
    """Return what a page calls a part of a notebook: as GitHub does."""
    return re.sub(r"[^\w-]", "", part).lower()


def is_way(cell: Notebook) -> bool:
    """Tell whether a cell is nothing but the way to the notebooks before and after: each page of the site has that."""
    return bool(WAY.match("".join(cell["source"]))) and cell["cell_type"] == "markdown"


def is_for_jupyter(output: Notebook) -> bool:
    """Tell whether an output only says, to who opens the notebook again, what has become of a panel."""
    return REOPENED in "".join(output.get("data", {}).get("text/html", ""))


def as_read(output: Notebook) -> Notebook:
    """Return an output, with words in the place of a panel: it needs a kernel to be seen.

    What can be shown in several ways (an explained error) is shown as text: its links and its colours are Jupyter's.
    """
    if {"text/html", "text/markdown"} <= set(output.get("data", {})):
        return {**output, "data": {"text/plain": output["data"]["text/plain"]}}
    panel = PANEL.fullmatch("".join(output.get("data", {}).get("text/plain", "")))
    if not panel or len(output["data"]) > 1:  # a panel that has left a picture shows that
        return output
    return {**output, "data": {"text/markdown": f"`{panel[1]}` appears here when you run this cell."}}
