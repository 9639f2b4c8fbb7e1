"""Runs a notebook from a fresh kernel, as Restart and Run All does."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

KERNEL = "python3"


def run_notebook(file: Path, environment: dict[str, str], cell_seconds: float) -> nbformat.NotebookNode:
    """Run all cells of a notebook, in its own folder, and return it with the outputs.

    Args:
        file: The notebook; it is not changed.
        environment: All environment variables of the kernel.
        cell_seconds: How long one cell may take.

    Raises:
        CellExecutionError: a cell failed that is not tagged `raises-exception`.
        CellTimeoutError: a cell took too long.
    """
    notebook = nbformat.read(file, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL,
        timeout=cell_seconds,
        resources={"metadata": {"path": str(file.parent)}},
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # ipykernel warns about itself otherwise
        store_widget_state=False,  # it would store everything that was typed
        coalesce_streams=True,  # or one line may end up in two outputs
    )
    client.execute(env=environment)
    return notebook
