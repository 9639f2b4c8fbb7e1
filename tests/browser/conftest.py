"""JupyterLab in a real Chromium, as a learner meets it.

``RC_BROWSER`` names the Chromium (else it is looked for on the PATH). Without one these tests skip
and say how to get it; with ``RC_REQUIRE_BROWSER=1``, as in CI, they fail instead. Screenshots are
kept in ``test-artefacts/``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from rc_nb_helpers.practice import PracticePlatform

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "test-artefacts"
TOKEN = "browser-tests"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("RC_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    message = "No Chromium found. Install one (Debian: apt-get install chromium) or set RC_BROWSER to its path."
    if os.environ.get("RC_REQUIRE_BROWSER") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def practice() -> Iterator[PracticePlatform]:
    with PracticePlatform() as platform:
        yield platform


@pytest.fixture(scope="session")
def lab(practice: PracticePlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab server over an empty folder that holds only the templates and a copy of the notebooks."""
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    for name in (".env-sandbox", ".env-production"):
        shutil.copy(ROOT / name, work / name)
    shutil.copytree(ROOT / "notebooks", work / "notebooks")
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Lab does not draw what is off screen; a test would not find it.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RC_")} | {
        "RC_PRACTICE_URL": practice.server_url,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    log = (home / "lab.log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
            *(f"--IdentityProvider.token={TOKEN}", f"--notebook-dir={work}", "--LabApp.expose_app_in_browser=True"),
        ],
        env=environment,
        stdout=log,
        stderr=log,
    )
    base = f"http://localhost:{port}"
    try:
        for _ in range(200):
            try:
                requests.get(f"{base}/api", timeout=1)
                break
            except requests.ConnectionError:
                assert server.poll() is None, (home / "lab.log").read_text()
                time.sleep(0.2)
        yield Lab(base, work)
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


class Lab:
    """A running JupyterLab.

    Attributes:
        base: Its address.
        folder: The folder it shows.
    """

    def __init__(self, base: str, folder: Path) -> None:
        self.base = base
        self.folder = folder

    def write(self, name: str, *cells: str) -> str:
        """Make a notebook of code cells; returns its path below the folder."""
        notebook = nbformat.v4.new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        )
        nbformat.write(notebook, self.folder / name)
        return name


class OpenNotebook:
    """A notebook on screen."""

    def __init__(self, page: Page, lab: Lab, path: str) -> None:
        self.page, self.lab, self.path = page, lab, path
        page.goto(f"{lab.base}/lab/tree/{path}?reset&token={TOKEN}")
        page.wait_for_function("window.jupyterapp && window.jupyterapp.shell.currentWidget?.context?.isReady")
        self._kernel_ready()

    def _kernel_ready(self) -> None:
        self.page.evaluate(
            """async () => { const a = window.jupyterapp; await a.restored;
            const c = a.shell.currentWidget.context; await c.ready; await c.sessionContext.ready;
            await c.sessionContext.session.kernel.info; }"""
        )

    def run_all(self, *, wait: bool = True) -> None:
        """Run every cell, as the menu does."""
        run = "window.jupyterapp.commands.execute('notebook:run-all-cells')"
        self.page.evaluate(run if wait else f"() => {{ {run} }}")

    def run_cell(self, index: int) -> None:
        """Run one code or prose cell, without waiting for its end."""
        self.page.evaluate(
            """(index) => { const a = window.jupyterapp; a.shell.currentWidget.content.activeCellIndex = index;
            a.commands.execute('notebook:run-cell'); }""",
            index,
        )

    def restart_kernel(self) -> None:
        """Restart the kernel without asking."""
        self.page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart(); }"
        )
        self._kernel_ready()

    def save(self) -> dict[str, Any]:
        """Save, and return what is in the file."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        loaded: dict[str, Any] = json.loads((self.lab.folder / self.path).read_text("utf-8"))
        return loaded

    def panel(self, title: str) -> Locator:
        """A panel in the output, by its title."""
        return self.page.locator(".jp-OutputArea-output section.rc-panel", has_text=title)

    def shot(self, name: str) -> None:
        """Keep a screenshot of the whole window."""
        shoot(self.page, name)


def shoot(page: Page, name: str) -> None:
    """Keep a screenshot."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    yield context
    for number, page in enumerate(context.pages):
        if not page.is_closed() and getattr(request.node, "failed", False):
            shoot(page, f"failed-{request.node.name}-{number}")
    context.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    if outcome.get_result().failed:
        item.failed = True  # type: ignore[attr-defined]


@pytest.fixture
def notebook(context: BrowserContext, lab: Lab, request: pytest.FixtureRequest) -> Any:
    """Opens a notebook: of given code cells, or one of the tutorial's by its path."""

    def open_it(*cells: str, path: str = "") -> OpenNotebook:
        return OpenNotebook(context.new_page(), lab, path or lab.write(f"{request.node.name}.ipynb", *cells))

    return open_it


def sign_in(popup: Page, practice: PracticePlatform, *, password: str = "") -> None:
    """Fill in the practice platform's sign-in page."""
    person = practice.users[0]
    popup.locator("[name=username]").fill(person["username"])
    popup.locator("[name=password]").fill(password or person["password"])
    popup.get_by_role("button", name="Sign in").click()
