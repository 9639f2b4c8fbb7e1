"""Writes the made cells, runs every notebook under the autopilot, and stores what it shows, without what changes."""

import json
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbval.plugin import get_sanitize_patterns

from tools import course_cells, reference_notebooks
from tools.clean_room import notebook_environment
from tools.my_notebooks import notebook_files
from tools.pictures import put_in
from tools.places import ROOT
from tools.run_notebook import KERNEL, run_notebook
from tools.servers import PRACTICE_PORT

SANITIZE = ROOT / "tests" / "notebooks" / "sanitize.cfg"
CELL_SECONDS = 120
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "nbconvert_exporter": "python"}
"""What programs that convert a notebook go by, without the version of the Python that ran it."""
PRACTICE_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
NOISE = "without encryption"  # a warning of ipykernel about itself


def main() -> int:
    """Run and store every notebook; return 1 if one failed, which then stays as it was."""
    failed = course_cells.main()
    reference_notebooks.write()
    for file in notebook_files():
        print(f"{file.name} …", end=" ", flush=True)
        try:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
                notebook = run_notebook(file, notebook_environment(Path(directory)), CELL_SECONDS)
                put_in(notebook, file.name)
        except (CellExecutionError, CellTimeoutError) as error:
            print(f"failed; it stays as it was.\n{error}")
            failed = 1
        else:
            write(keep_equal_outputs(tidy(notebook), nbformat.read(file, as_version=4)), file)
    return failed


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove what says nothing to a reader and differs between two runs or two machines."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": KERNEL}
    notebook.metadata["language_info"] = dict(LANGUAGE)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            is_guess = "guess" in cell.metadata.get("tags", [])  # what the reader is to guess is not given away
            cell.outputs = [] if is_guess else [output for output in cell.outputs if not is_noise(output)]
            for output in cell.outputs:
                # A stored view has no widget behind it: the reader would see an error instead of the text.
                output.get("data", {}).pop(WIDGET_VIEW, None)
                # Where a reader finds the practice platform, rather than where it happened to run just now.
                for place, key in ((output, "text"), (output.get("data", {}), "text/plain")):
                    if key in place:
                        place[key] = PRACTICE_ADDRESS.sub(f"127.0.0.1:{PRACTICE_PORT}", place[key])
    return notebook


def keep_equal_outputs(new: nbformat.NotebookNode, old: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep the stored outputs that nbval takes for equal: other times and ports are no change to look at."""
    stored = {cell.id: cell.outputs for cell in old.cells if cell.cell_type == "code"}
    for cell in new.cells:
        if cell.id in stored and sanitized(stored[cell.id]) == sanitized(cell.outputs):
            cell.outputs = stored[cell.id]
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count
    return new


def sanitized(outputs: list[nbformat.NotebookNode]) -> str:
    """Return outputs as text, without what nbval is told to overlook."""
    relevant = [{**output, "execution_count": None, "traceback": None} for output in outputs]
    text = json.dumps(relevant, ensure_ascii=False, sort_keys=True)
    for pattern, replacement in get_sanitize_patterns(SANITIZE.read_text(encoding="utf-8")):
        text = re.sub(pattern, replacement, text)
    return text


def is_noise(output: nbformat.NotebookNode) -> bool:
    """Tell whether an output is only ipykernel talking about itself."""
    return output.output_type == "stream" and output.name == "stderr" and NOISE in output.text


def write(notebook: nbformat.NotebookNode, file: Path) -> None:
    """Store a notebook, unless the same is stored already."""
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    if text == file.read_text(encoding="utf-8"):
        print("as it was")
        return
    temporary = file.with_suffix(".part")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, file)
    print("stored")


if __name__ == "__main__":
    sys.exit(main())
