"""A learner goes through the notebooks: reads, runs each cell, writes, presses the links and buttons it shows.

Each gap is filled wrongly first, then rightly; each answer to a guess is tried; each login goes through the real pages.
The learner works in copies, so that the program grows from notebook to notebook, out of the learner's own lines.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, WebError, expect

from rc_nb_helpers.course.gaps import Gap, Guess
from rc_nb_helpers.course.sources import gap_of, guess_of, kept_gaps
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.sentences.checks import CHECKS
from tools.my_notebooks import COPIES, make_copies, notebook_files

from .conftest import ROOT, Lab, OpenNotebook, log_in, shoot, sign_in, violations
from .test_panels import set_theme

NOTEBOOKS = [file.name for file in notebook_files()]
PEOPLE = {"alex": 0, "sam": 1}
LINK = "Open the sign-in page in a new tab"
# What a notebook says where something has not been done; without an app of one's own, 01 may say so.
UNDONE = re.compile(r"Not yet(?!: no app of yours| yours)|No answer has come|No error yet|There is no code yet")
# What a notebook shows if it all went as its text says.
PROOFS = {
    "07-whole-app.ipynb": " are yours: ",
    "08-be-the-thief.ipynb": "After the revocation:  OAU-",
    "09-break-it.ipynb": "The badge is yours: mender.",
    "11-a-kernel-elsewhere.ipynb": "Login success",
}
KNOWN = (
    r"@jupyterlab/[\w-]+:\w+.*No provider for",  # parts of Lab that these tests leave out
    r"/favicon\.ico\)$",  # browsers ask for it; a hand-made listener has none
    r"404 \(Not Found\) \(http://localhost:\d+/\)$",  # a panel has asked whether the browser reaches its listener
    r"400 \(Bad Request\) \(http://[^/]+/(\S+/)?restapi/oauth/authorize\)$",  # refused: that is what lab 09 is about
)
"""What the console of a browser says although nothing is wrong."""
LABS_OWN = "Cannot read properties of null (reading 'changed')"
"""JupyterLab says that of itself now and then, when a notebook is closed. Panels' scripts are loaded from blobs."""

SHOWS_A_LINK = re.compile(r"(?m)^(\w+ = )?(open_in_browser|begin|show)\(")
ENDS_IN_ITS_PANEL = re.compile(r"(?m)^(open_in_browser|guess|LoginPanel|main|run_program)\(")
GO_ON = {"00", "03", "04", "05", "07"}  # elsewhere a link may lead to a place where nobody waits: that is the lesson
SIGNS_IN_ITSELF = re.compile(r"(?m)^(?!def ).*\b(main|run_program|log_in)\(")


@pytest.fixture(scope="module")
def _copies(lab: Lab) -> None:
    make_copies(lab.folder)


@pytest.fixture
def learner(context: BrowserContext, lab: Lab, practice: PracticePlatform, _copies: None) -> Iterator[Learner]:
    learner = Learner(context, lab, practice)
    context.on("console", learner.hear)
    context.on("weberror", learner.hear)
    yield learner
    for page in context.pages[1:]:
        page.close()
    learner.put_away()
    context.remove_listener("console", learner.hear)
    context.remove_listener("weberror", learner.hear)


class Learner:
    """Somebody who does what a notebook says.

    Attributes:
        troubles: What pages have complained of.
    """

    def __init__(self, context: BrowserContext, lab: Lab, practice: PracticePlatform) -> None:
        self.context, self.lab, self.practice = context, lab, practice
        self.notebook: OpenNotebook | None = None
        self.troubles: list[str] = []
        self.way_back = ""

    def hear(self, said: ConsoleMessage | WebError) -> None:
        """Note an error of a page, or in its console."""
        if isinstance(said, WebError):
            if not (LABS_OWN in str(said.error) and "blob:" not in (said.error.stack or "blob:")):
                self.troubles.append(str(said.error))
            return
        trouble = f"{said.text} ({said.location['url'].partition('?')[0]})"  # without the code in an address
        if said.type == "error" and not any(re.search(known, trouble, re.DOTALL) for known in KNOWN):
            self.troubles.append(trouble)

    def open(self, name: str) -> OpenNotebook:
        """Open a notebook of the course, and put the one before away: only one is on screen."""
        self.put_away()
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.notebook = OpenNotebook(page, self.lab, f"{COPIES}/{name}")
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
        code = [index for index, cell in enumerate(cells) if cell.cell_type == "code"]
        for index, following in zip(code, [*code[1:], None], strict=True):
            source, output = cells[index].source, self.output(index)
            if "your-turn" in cells[index].metadata.get("tags", []):
                self.fill(index, gap_of(cells[index].metadata["gap"]))
            elif SIGNS_IN_ITSELF.search(source):
                self.run_and_sign_in(index)
            else:
                notebook.run_cell(index)
            if asked := re.search(r'(?m)^guess\("(.*)"\)', source):
                self.answer(output, guess_of(asked.group(1)))
            if re.search(r"(?m)^(\w+Panel|pre_flight|    pre_flight)\(", source):
                expect(output.locator("section.rc-panel").first).to_be_visible()
            if SHOWS_A_LINK.search(source):
                then = cells[following].source if following else ""
                self.follow(output.get_by_role("link", name=LINK), refused=".refusal()" in then)
            if "LoginPanel(session)" in source:
                log_in(output.locator("section.rc-panel"), self.practice)
            if ENDS_IN_ITS_PANEL.search(source) and name[:2] in GO_ON:
                # Whoever comes back and presses Shift+Enter runs the next cell, and begins no new login.
                expect(notebook.page.locator(".jp-Notebook-cell").nth(index + 1)).to_be_focused()
            if "Tunnel(" in source:  # now the page that could not be reached is there
                tab = self.context.new_page()
                tab.goto(self.way_back)
                tab.close()
        shoot(notebook.page, f"course-{name[:2]}")
        return "\n".join(notebook.page.locator(".jp-OutputArea-output").all_inner_texts())

    def output(self, index: int) -> Locator:
        """What is below a cell."""
        return self.notebook.page.locator(".jp-Notebook-cell").nth(index).locator(".jp-OutputArea-output")

    def fill(self, index: int, gap: Gap) -> None:
        """Write what many write first, read what is wrong with it, and put it right."""
        wrong = gap.wrong[0]
        for answer, said in ((wrong.function, wrong.sentence), (gap.solution, "turn.right")):
            self.notebook.page.evaluate(
                """([index, text]) => window.jupyterapp.shell.currentWidget.content.widgets[index]
                .model.sharedModel.setSource(text)""",
                [index, f'@your_turn("{gap.id}")\n{gap.text_of(answer)}'.rstrip()],
            )
            self.notebook.run_cell(index)
            expect(self.output(index)).to_contain_text(CHECKS[said])
            if answer is wrong.function:
                shoot(self.output(index).locator("xpath=ancestor::*[contains(@class, 'jp-Notebook-cell')]"), gap.id)
        if gap.id in kept_gaps():
            expect(self.output(index)).to_contain_text(CHECKS["own.kept"].rstrip("."))

    def answer(self, output: Locator, asked: Guess) -> None:
        """Try every answer to a guess: each has a sentence."""
        for text, sentence, _ in asked.options:
            output.get_by_role("button", name=text, exact=True).click()
            expect(output.locator("section.rc-panel")).to_contain_text(sentence)

    def run_and_sign_in(self, index: int) -> None:
        """Run a cell that waits for its sign-ins, and do them."""
        self.notebook.page.evaluate(
            """(index) => { const a = window.jupyterapp; window.hasRun = false;
            a.shell.currentWidget.content.activeCellIndex = index;
            a.commands.execute('notebook:run-cell').then(() => { window.hasRun = true; }); }""",
            index,
        )
        followed: list[str] = []
        while address := self.next_link(index, followed):
            followed.append(address)
            self.follow(self.output(index).locator(f'a[href="{address}"]'))

    def next_link(self, index: int, followed: list[str]) -> str:
        """Wait for one more link of a cell that runs; returns its address, or nothing when the cell has ended."""
        found = self.notebook.page.wait_for_function(
            """([index, text, followed]) => window.hasRun ? "ended" :
            [...document.querySelectorAll('.jp-Notebook-cell')[index].querySelectorAll('.jp-OutputArea-output a')]
            .filter((each) => each.textContent.includes(text) && each.checkVisibility())
            .map((each) => each.getAttribute("href")).find((each) => !followed.includes(each))""",
            arg=[index, LINK, followed],
        ).json_value()
        return "" if found == "ended" else str(found)

    def follow(self, link: Locator, *, refused: bool = False) -> None:
        """Press a link to a sign-in page, and sign in; or see there why nobody can."""
        asks = parse_qs(urlsplit(link.get_attribute("href")).query)
        with self.context.expect_page() as opened:
            link.click()
        if refused:
            expect(opened.value.get_by_text("OAU-").first).to_be_visible()
            opened.value.close()
        else:
            self.allow(opened.value, PEOPLE[asks.get("login_hint", ["alex"])[0]])

    def allow(self, tab: Page, person: int) -> None:
        """Sign in, allow, and come back."""
        form, button = tab.locator("[name=username]"), tab.get_by_role("button", name="Allow")
        form.or_(button).wait_for()
        if form.is_visible():  # else the browser is remembered
            sign_in(tab, self.practice, person=person)
        over: list[str] = []
        for event in ("requestfinished", "requestfailed"):  # it fails where nobody listens, as in notebook 02
            tab.on(event, lambda request: over.append(request.url) if "/oauth2callback" in request.url else None)
        button.click()
        until = time.monotonic() + 15
        while not over and time.monotonic() < until:
            tab.wait_for_timeout(50)
        assert over, "the browser did not come back to the redirect URI"
        self.way_back = over[0]
        tab.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_learner_gets_to_the_end(learner, name, axe):
    shown = learner.work_through(name)
    assert faults(learner.notebook.page, axe) == {}
    assert "Traceback" not in shown
    assert not UNDONE.findall(shown)
    assert not re.search(r"(?m)^\w*Error\b", shown)
    assert PROOFS.get(name, "") in shown
    assert not "\n".join(learner.troubles)


@pytest.mark.parametrize("name", ["glossary.ipynb", "errors.ipynb"])
def test_what_is_looked_up_can_be_read_by_everybody(learner, name, axe):
    notebook = learner.open(name)
    notebook.page.locator(".jp-MarkdownOutput h1").first.wait_for()
    assert faults(notebook.page, axe) == {}


def faults(page: Page, axe: str) -> dict[str, list[str]]:
    """What axe-core finds wrong in what a notebook says and shows, in the dark and in the light."""
    found = {}
    try:
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            set_theme(page, theme)
            wrong = violations(page, axe, ".jp-MarkdownOutput, .jp-OutputArea-output")
            # JupyterLab underlines a link in a text only under the pointer. No notebook can change that.
            found[theme] = [each for each in wrong if not each.startswith("link-in-text-block")]
    finally:
        set_theme(page, "JupyterLab Light")
    return {theme: wrong for theme, wrong in found.items() if wrong}


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
