"""A learner goes through the notebooks: reads, runs each cell, presses the links and buttons it shows."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from rc_nb_helpers.practice import PracticePlatform
from tools.my_notebooks import notebook_files

from .conftest import ROOT, Lab, OpenNotebook, log_in, shoot, sign_in

NOTEBOOKS = [file.name for file in notebook_files()]
PEOPLE = {"alex": 0, "sam": 1}
LINKS = r"(?m)^(open_in_browser|login|show)\(|^login = begin\("
BROKEN = r'client_id=|redirect_uri \+ "/"'
"""What makes a link in lab 09 that leads to an error page, and not back."""


@pytest.fixture
def learner(context: BrowserContext, lab: Lab, practice: PracticePlatform) -> Iterator[Learner]:
    learner = Learner(context, lab, practice)
    yield learner
    for page in context.pages[1:]:
        page.close()
    learner.put_away()


class Learner:
    """Somebody who does what a notebook says."""

    def __init__(self, context: BrowserContext, lab: Lab, practice: PracticePlatform) -> None:
        self.context, self.lab, self.practice = context, lab, practice
        self.notebook: OpenNotebook | None = None

    def open(self, name: str) -> OpenNotebook:
        """Open a notebook of the course, and put the one before away: only one is on screen."""
        self.put_away()
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.notebook = OpenNotebook(page, self.lab, f"notebooks/{name}")
        return self.notebook

    def put_away(self) -> None:
        """Close the notebook and end its kernel."""
        if self.notebook:
            self.notebook.close()
            self.notebook = None

    def work_through(self, name: str) -> str:
        """Run every cell and follow it; returns all that the notebook shows in the end."""
        notebook = self.open(name)
        cells = nbformat.read(ROOT / "notebooks" / name, as_version=4).cells
        person = "alex"
        blocking = None
        for index, cell in enumerate(cells):
            if cell.cell_type != "code":
                continue
            if index == blocking:  # it runs already, and has ended with the sign-in
                self.wait_until_idle()
                continue
            # For the sign-in; lab 10 for several, one after the other.
            waits = re.search(r"(?m)^(main|run_program)\(|\blog_in\(\d*\)", cell.source) is not None
            logins = 5 if "while" in cell.source else 1
            notebook.run_cell(index, wait=not waits)
            output = notebook.page.locator(".jp-Notebook-cell").nth(index).locator(".jp-OutputArea-output")
            if re.search(LINKS, cell.source) or waits:
                if said := re.search(r'login_link\(.*, "(\w+)"\)', cell.source):
                    person = said.group(1)
                following = next(i for i, c in enumerate(cells) if i > index and c.cell_type == "code")
                if "wait_here(answer)" in cells[following].source:
                    blocking = following
                    notebook.run_cell(following, wait=False)  # the link has to come although the kernel is busy
                for number in range(logins):
                    panel = output if logins == 1 else output.locator("section.rc-panel").nth(number)
                    with self.context.expect_page() as opened:
                        panel.get_by_role("link", name="Open the sign-in page in a new tab").click()
                    if re.search(BROKEN, cell.source):
                        expect(opened.value.locator("body")).to_contain_text("OAU-")
                        opened.value.close()
                    else:
                        self.allow(opened.value, PEOPLE[person])
                if waits:
                    self.wait_until_idle()
            login = output.locator("section.rc-panel").get_by_role("button", name="Log in to practice")
            if "LoginPanel(session)" in cell.source:
                expect(login).to_be_visible()
                log_in(output.locator("section.rc-panel"), self.practice)
        shoot(notebook.page, f"course-{name[:2]}")
        return "\n".join(notebook.page.locator(".jp-OutputArea-output").all_inner_texts())

    def allow(self, tab: Page, person: int) -> None:
        """Sign in, allow, and come back."""
        form, button = tab.locator("[name=username]"), tab.get_by_role("button", name="Allow")
        form.or_(button).wait_for()
        if form.is_visible():  # else the browser is remembered
            sign_in(tab, self.practice, person=person)
        over: list[str] = []
        for event in ("requestfinished", "requestfailed"):  # it fails in notebook 02, where nobody listens yet
            tab.on(event, lambda request: over.append(request.url) if "/oauth2callback" in request.url else None)
        button.click()
        until = time.monotonic() + 15
        while not over and time.monotonic() < until:
            tab.wait_for_timeout(50)
        assert over, "the browser did not come back to the redirect URI"
        tab.close()

    def wait_until_idle(self) -> None:
        self.notebook.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status === 'idle'"
        )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_learner_gets_to_the_end(learner, name):
    shown = learner.work_through(name)
    assert "Traceback" not in shown
    # Notebook 01 may be left without an app of one's own.
    assert "Not yet" not in shown.replace("Not yet: no app of yours", "")
    assert not re.search(r"(?m)^\w*Error\b", shown)


def test_an_app_made_in_the_console_is_used_by_the_panel(learner, lab, practice):
    notebook = learner.open("01-create-your-app.ipynb")
    cells = nbformat.read(ROOT / "notebooks/01-create-your-app.ipynb", as_version=4).cells
    first, check = [index for index, cell in enumerate(cells) if cell.cell_type == "code"][:2]
    notebook.run_cell(first)
    output = notebook.page.locator(".jp-Notebook-cell").nth(first).locator(".jp-OutputArea-output")
    with learner.context.expect_page() as opened:
        output.get_by_role("link").first.click()  # JupyterLab makes a link of the address
    console = opened.value
    shoot(console, "console-1-create")
    console.get_by_label("App name").fill("My first app")
    console.get_by_label("Server-side web app").check()
    console.get_by_label("Yes", exact=True).check()
    port = random.randrange(30_000, 32_000)
    console.get_by_label("OAuth redirect URIs").fill(f"http://localhost:{port}/oauth2callback")
    console.get_by_label("ReadAccounts").check()
    console.get_by_label("ReadCallLog").check()
    console.get_by_role("button", name="Create").click()
    console.get_by_role("heading", name="My first app").wait_for()
    shoot(console, "console-2-credentials")
    lines = console.locator("textarea").input_value()
    mine = lab.folder / ".env-practice"
    mine.write_text(lines)
    try:
        console.close()
        notebook.run_cell(check)
        expect(notebook.page.locator(".jp-OutputArea-output").nth(1)).to_contain_text("The app is yours")
        secret = re.search(r"RC_CLIENT_SECRET=(\S+)", lines).group(1)
        assert secret not in notebook.save()
        learner.work_through("00-start-here.ipynb")
    finally:
        mine.unlink()
