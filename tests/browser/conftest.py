"""JupyterLab in a real Chromium, as a learner meets it.

``RC_BROWSER`` names the Chromium (else it is looked for on the PATH), ``RC_AXE_PATH`` the file
``axe.min.js``. Without what a test needs it is skipped and says how to get it; with
``RC_REQUIRE_BROWSER=1``, as in CI, it fails instead. Screenshots are kept in ``test-artefacts/``.

One JupyterLab and one page serve all tests, because loading it takes longer than most of them. A test
has a notebook and a kernel of its own (``notebook``), and both are gone when it ends; or, where a kernel's
life is not what it is about, it uses those that others have used (``shared_notebook``).
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect, sync_playwright

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.network import reachable_host
from rc_nb_helpers.practice.web.site import Site
from tools.clean_room import committed

from ..conftest import free_port, take_ports_from

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "test-artefacts"
TOKEN = "browser-tests"
SIZE: Any = {"width": 1280, "height": 900}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages live for seconds: to optimize their scripts costs a tenth more than it saves.
    "--js-flags=--no-opt --no-maglev",
]


# What JupyterLab can do beside notebooks. Each page load has to read it, and no test looks at it.
WITHOUT = (
    *("audio", "celltags", "console", "csvviewer", "debugger", "extensionmanager", "fileeditor", "help", "htmlviewer"),
    *("hub", "imageviewer", "inspector", "json", "launcher", "logconsole", "lsp", "markdownviewer", "mermaid"),
    *("metadataform", "pdf", "pluginmanager", "settingeditor", "terminal", "toc", "tooltip", "vega5", "video"),
)

SHARED = "shared.ipynb"
# A login that still waits would keep its port.
FORGET = """from ipywidgets import Widget
if "session" in globals() and session.attempt:
    session.attempt.cancel()
Widget.close_all()
get_ipython().reset()"""

take_ports_from(24_000)  # this lane runs beside another one, whose processes have the same names

PATIENCE = 60_000
"""Milliseconds. Only what hangs waits for so long; both cores may be busy with other things."""

expect.set_options(timeout=PATIENCE)


def missing(message: str) -> None:
    """Skip the test that needs something, or fail it where everything has to run."""
    if os.environ.get("RC_REQUIRE_BROWSER") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("RC_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        missing("No Chromium found. Install one (Debian: apt-get install chromium) or set RC_BROWSER to its path.")
    return str(found)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which finds faults of accessibility."""
    path = Path(os.environ.get("RC_AXE_PATH", ""))
    if not path.is_file():
        missing("No axe-core found. Get it (npm install axe-core) and set RC_AXE_PATH to its axe.min.js.")
    return path.read_text("utf-8")


@pytest.fixture(scope="session", autouse=True)
def _below_a_path(request: pytest.FixtureRequest) -> Iterator[None]:
    """With ``--practice-prefix /services/practice`` every platform of these tests is below that path, and only there.

    It is strict, as a hub is: an address without the path is another server's.
    """
    prefix = request.config.getoption("--practice-prefix")
    start, own_path = PracticePlatform.__init__, Site.own_path

    def start_there(self: PracticePlatform, *, host: str = "127.0.0.1", port: int = 0, **options: Any) -> None:
        port = port or free_port()
        at = {"public_url": f"http://{reachable_host(host)}:{port}{prefix}"} if "browser_url" not in options else {}
        start(self, host=host, port=port, **at, **options)

    def own_path_there(self: Site, path: str) -> str:
        below = path.startswith(self.root + "/") or self.browser_url != self.server_url
        return own_path(self, path) if below else "/outside"

    with pytest.MonkeyPatch.context() as patch:
        if prefix:
            patch.setattr(PracticePlatform, "__init__", start_there)
            patch.setattr(Site, "own_path", own_path_there)
        yield


@pytest.fixture(scope="session")
def practice() -> Iterator[PracticePlatform]:
    """A practice platform whose app is registered for ports that nobody else uses.

    Not the usual 5000, which may be somebody's; and below those that systems give to whoever asks for any.
    """
    uris = [f"http://localhost:{port}/oauth2callback" for port in random.sample(range(28_000, 32_000), 3)]
    with PracticePlatform(redirect_uris=uris) as platform:
        yield platform


@pytest.fixture(scope="session")
def lab(practice: PracticePlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab server over an empty folder that holds only the templates and a copy of the notebooks."""
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    for name in (".env-sandbox", ".env-production"):
        (work / name).write_text(committed(name), encoding="utf-8")
    shutil.copytree(ROOT / "notebooks", work / "notebooks")
    (work / "tools").symlink_to(ROOT / "tools")
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Lab does not draw what is off screen; a test would not find it.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    page = home / "config" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    page.write_text(json.dumps({"disabledExtensions": {f"@jupyterlab/{name}-extension": True for name in WITHOUT}}))
    port = free_port()
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
        until = time.monotonic() + PATIENCE / 1000
        while True:
            try:
                requests.get(f"{base}/api", timeout=PATIENCE / 1000)
                break
            except requests.ConnectionError:  # nobody listens yet
                assert server.poll() is None, (home / "lab.log").read_text()
                assert time.monotonic() < until, "JupyterLab does not answer"
                time.sleep(0.2)
        yield Lab(base, work)
    finally:
        server.terminate()
        server.wait(timeout=60)
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
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return name

    def end_kernels(self) -> None:
        """End every session with its kernel."""
        headers = {"Authorization": f"token {TOKEN}"}
        for session in requests.get(f"{self.base}/api/sessions", headers=headers, timeout=60).json():
            requests.delete(f"{self.base}/api/sessions/{session['id']}", headers=headers, timeout=60)


class OpenNotebook:
    """A notebook on screen."""

    def __init__(self, page: Page, lab: Lab, path: str, cells: tuple[str, ...] = ()) -> None:
        self.page, self.lab, self.path = page, lab, path
        if cells:
            self.start_anew(cells)
        elif page.url.startswith(lab.base):
            page.evaluate("(path) => { window.jupyterapp.commands.execute('docmanager:open', {path}) }", path)
        else:
            self.load()
        self.wait_for_kernel()
        # Nothing else in the picture: neither the launcher nor the notebooks of the tests before.
        page.evaluate(
            """() => { const a = window.jupyterapp;
            for (const each of [...a.shell.widgets('main')]) if (each !== a.shell.currentWidget) each.dispose();
            return a.commands.execute('filebrowser:refresh'); }"""
        )

    def load(self) -> None:
        """Load the whole page, as a person does who comes to it or reloads it."""
        self.page.goto(f"{self.lab.base}/lab/tree/{self.path}?reset&token={TOKEN}")

    def start_anew(self, cells: tuple[str, ...]) -> None:
        """Put other cells in the place of those that are there, and let the kernel forget what they did."""
        self.page.evaluate(
            """async ([cells, forget]) => {
            const { content, context: { model, sessionContext } } = window.jupyterapp.shell.currentWidget;
            await sessionContext.session.kernel.requestExecute({ code: forget }).done;
            model.sharedModel.transact(() => {
              model.sharedModel.deleteCellRange(0, model.sharedModel.cells.length);
              model.sharedModel.insertCells(0, cells.map((source) => ({ cell_type: "code", source })));
            }); }""",
            [list(cells), FORGET],
        )

    def reload(self) -> None:
        """Load the page again; the kernel goes on if it still lives."""
        self.load()
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until it answers. One that has died while it started is restarted, as a person would do."""
        self.page.wait_for_function(
            "(path) => window.jupyterapp?.shell.currentWidget?.context?.path === path", arg=self.path
        )
        self.page.evaluate(
            """async () => { const a = window.jupyterapp; await a.restored;
            const c = a.shell.currentWidget.context; await c.ready; await c.sessionContext.ready;
            const kernel = c.sessionContext.session.kernel;
            const answers = () => Promise.race([kernel.info, new Promise((end) => setTimeout(end, 60000))]);
            if (!await answers()) { await kernel.restart(); await kernel.info; } }"""
        )

    def run_all(self) -> None:
        """Run every cell, as the menu does, and wait for the last."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run one cell."""
        self.page.evaluate(
            """async ([index, wait]) => { const a = window.jupyterapp;
            a.shell.currentWidget.content.activeCellIndex = index;
            const running = a.commands.execute('notebook:run-cell'); if (wait) await running; }""",
            [index, wait],
        )

    def restart_kernel(self) -> None:
        """Restart the kernel without asking."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()"
        )
        self.wait_for_kernel()

    def save(self) -> str:
        """Save, and return what is in the file."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        return (self.lab.folder / self.path).read_text("utf-8")

    def panel(self, title: str | re.Pattern[str]) -> Locator:
        """A panel in the output, by its title."""
        return self.page.locator(".jp-OutputArea-output section.rc-panel").filter(
            has=self.page.locator(".rc-title", has_text=title)
        )

    def close(self) -> None:
        """Take it off the screen without asking, and end its kernel."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")
        self.lab.end_kernels()


def shoot(what: Page | Locator, name: str) -> None:
    """Keep a screenshot of a window or of a part of it."""
    ARTEFACTS.mkdir(exist_ok=True)
    what.screenshot(path=ARTEFACTS / f"{name}.png")


def violations(page: Page, axe: str, scope: str = "html") -> list[str]:
    """What axe-core finds wrong in a page, or in a part of it."""
    if not page.evaluate("'axe' in window"):  # half a megabyte to send and to read, so once a page
        page.evaluate(axe)  # not as a script tag: the pages' policies forbid those
    # What it finds right is many times more, and nobody reads it. JupyterLab's body has no height and cuts off what is
    # larger: axe takes all of it for invisible then, and looks at no colours.
    found = page.evaluate(
        """async (scope) => { document.body.style.minHeight = "100vh";
        const { violations } = await axe.run(scope, { resultTypes: ["violations"] });
        document.body.style.minHeight = "";
        return violations; }""",
        scope,
    )
    return [f"{each['id']}: {node['html'][:200]}: {node['failureSummary']}" for each in found for node in each["nodes"]]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """A Chromium with its popup blocker, which playwright switches off: a learner's is on."""
    browser = playwright.chromium.launch(
        executable_path=chromium, headless=True, args=QUIET, ignore_default_args=["--disable-popup-blocking"]
    )
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    if outcome.get_result().failed:
        item.failed = True  # type: ignore[attr-defined]


Open = Callable[..., OpenNotebook]


@pytest.fixture
def notebook(context: BrowserContext, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a notebook of given code cells, with a kernel of its own."""
    opened: list[OpenNotebook] = []

    def open_it(*cells: str, name: str = "") -> OpenNotebook:
        page = context.pages[0] if context.pages else context.new_page()
        opened.append(OpenNotebook(page, lab, lab.write(name or f"{request.node.name[5:45]}.ipynb", *cells)))
        return opened[-1]

    yield open_it
    if put_in_order(context, request) and opened:
        opened[-1].close()
    for path in (lab.folder / each.path for each in opened):
        if path.parent != lab.folder and context.pages:  # or the file browser complains about a folder that is gone
            with contextlib.suppress(Exception):
                context.pages[0].evaluate("window.jupyterapp.commands.execute('filebrowser:go-to-path', {path: '/'})")
        path.unlink()
        if path.parent != lab.folder:
            shutil.rmtree(path.parent)
    shutil.rmtree(lab.folder / ".ipynb_checkpoints", ignore_errors=True)
    lab.end_kernels()


@pytest.fixture
def shared_notebook(context: BrowserContext, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Gives its cells to a notebook whose kernel has served the tests before, and has forgotten them.

    For tests of what a session and its panels do. To start a kernel, load the helpers and draw a notebook takes longer
    than most of them. What is about kernels, files or names, or changes a module, has a ``notebook`` of its own.
    """

    def give(*cells: str) -> OpenNotebook:
        page = context.pages[0] if context.pages else context.new_page()
        if page.evaluate("(path) => window.jupyterapp?.shell.currentWidget?.context?.path !== path", SHARED):
            return OpenNotebook(page, lab, lab.write(SHARED, *cells))
        return OpenNotebook(page, lab, SHARED, cells)

    yield give
    if not put_in_order(context, request):
        lab.end_kernels()


def put_in_order(context: BrowserContext, request: pytest.FixtureRequest) -> bool:
    """Leave one page, in which nothing is caught; none after a failure, of which screenshots are kept."""
    failed = getattr(request.node, "failed", False)
    for number, page in enumerate(context.pages):
        if failed and not page.is_closed():
            with contextlib.suppress(Exception):
                shoot(page, f"failed-{request.node.name}-{number}")
        if number or failed:  # whatever a failure has left behind must not trouble the next test
            page.close()
    context.unroute_all()
    return not failed


def sign_in(popup: Page, practice: PracticePlatform, *, password: str = "", person: int = 0) -> None:
    """Fill in the practice platform's sign-in page."""
    user = practice.users[person]
    popup.locator("[name=username]").fill(user["username"])
    popup.locator("[name=password]").fill(password or user["password"])
    popup.get_by_role("button", name="Sign in").click()


def begin(panel: Locator, *, button: str = "Log in to") -> Page:
    """Press a panel's login button; returns the window that it opens, at the sign-in page."""
    with panel.page.expect_popup() as opened:
        panel.get_by_role("button", name=button).click()
    popup = opened.value
    popup.locator("[name=username]").wait_for()
    return popup


def allow(popup: Page) -> None:
    """Allow the app what it asks for, and stay on the page at the end of the login.

    That page closes itself after a moment, which may be over before a busy machine has looked at it.
    """
    popup.add_init_script("window.close = () => {}")
    popup.get_by_role("button", name="Allow").click()
    popup.get_by_role("heading", name="Login success").wait_for()


def log_in(panel: Locator, practice: PracticePlatform, *, person: int = 0, button: str = "Log in to") -> None:
    """Log in from a panel to the end."""
    popup = begin(panel, button=button)
    sign_in(popup, practice, person=person)
    allow(popup)
    popup.close()
    expect(panel.get_by_role("button", name="Log in to")).to_have_count(0)
    expect(panel.get_by_role("button", name="Cancel")).to_have_count(0)
