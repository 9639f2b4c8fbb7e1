"""Gives the notebooks that nbval runs (pytest --nbval notebooks) a clean room and the autopilot."""

import os
import tempfile
from pathlib import Path

import pytest

from tools.clean_room import notebook_environment


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
        directory = tempfile.TemporaryDirectory(prefix="notebooks-", ignore_cleanup_errors=True)
        config.add_cleanup(directory.cleanup)
        environment = notebook_environment(Path(directory.name))
        os.environ.clear()
        os.environ.update(environment)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests last: playwright keeps an event loop running, beside which no other can be started."""
    items.sort(key=lambda item: "browser" in item.path.parts)
