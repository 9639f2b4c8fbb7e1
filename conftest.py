"""Gives the notebooks that nbval runs (pytest --nbval notebooks) a clean room; keeps processes that run tests light."""

import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tools.clean_room import notebook_environment

# jsonschema, which nbformat needs, compiles a grammar of all URIs when it is imported: a second of work in each process
# that runs tests, for a format that no notebook has. With None, Python says that there is no such package.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

NBVAL: dict[str, Any] = {
    "nbval_current_env": True,
    "nbval_cell_timeout": 60.0,
    "nbval_kernel_startup_timeout": 120.0,
    "nbval_sanitize_with": str(Path(__file__).parent / "tests" / "notebooks" / "sanitize.cfg"),
}
"""Its options. Were they in pyproject.toml, all other lanes would have to load nbval too."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the browser tests be run once more with practice behind a path."""
    parser.addoption(
        "--practice-prefix",
        default="",
        metavar="PATH",
        help="in tests/browser, put every practice platform below this path, such as /services/practice",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Replace the environment variables that the kernels will inherit."""
    if config.getoption("nbval", False) or config.getoption("nbval_lax", False):
        vars(config.option).update(NBVAL)
        directory = tempfile.TemporaryDirectory(prefix="notebooks-", ignore_cleanup_errors=True)
        config.add_cleanup(directory.cleanup)
        environment = notebook_environment(Path(directory.name))
        os.environ.clear()
        os.environ.update(environment)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests last: playwright keeps an event loop running, beside which no other can be started."""
    items.sort(key=lambda item: "browser" in item.path.parts)


def pytest_collection_finish() -> None:
    """Let the garbage collector alone with seven thousand tests, which stay to the end: it looked at them each time."""
    gc.collect()
    gc.freeze()
