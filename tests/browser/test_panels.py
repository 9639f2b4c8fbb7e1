"""The whole way through the panels, and how they look."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import SIZE, allow, begin, log_in, shoot, sign_in, violations

SESSION = """from rc_nb_helpers import LoginPanel, LogoutPanel, Session, TestPanel, load_environment
session = Session(load_environment("practice"))"""
LOGIN = f"{SESSION}\nLoginPanel(session)"
TITLE = "Log in to RingCentral"
LOGOUT = re.compile("^Log(ged)? out$")


def test_a_learner_logs_in_tries_the_api_and_logs_out(notebook, practice):
    lab = notebook(LOGIN, "TestPanel(session)", "LogoutPanel(session)", name="my-first-login.ipynb")
    lab.run_all()
    login = lab.panel(TITLE)
    expect(login.get_by_role("status")).to_contain_text("Not logged in")
    shoot(lab.page, "1-before-login")

    popup = begin(login)
    shoot(popup, "2-sign-in")
    expect(login.get_by_role("status")).to_contain_text("Waiting for you to sign in")
    expect(login).to_contain_text(re.compile(r"4:\d\d left"))
    expect(login.get_by_role("link")).to_be_visible()
    shoot(lab.page, "3-waiting")
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").wait_for()
    shoot(popup, "4-consent")
    with popup.expect_event("close"):  # by itself
        popup.get_by_role("button", name="Allow").click()

    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")
    expect(login.get_by_role("status")).to_contain_text("You are ")
    shoot(lab.page, "6-logged-in")

    tests = lab.panel("Try the API")
    for label in (
        *("List extensions", "My call log", "Company call log"),
        *("Account info", "My extension", "My phone numbers"),
    ):
        tests.get_by_role("button", name=label).click()
        expect(tests.get_by_role("status")).to_contain_text(f"{label}: the server has answered")
        expect(tests.get_by_role("table")).to_be_visible()
        tests.scroll_into_view_if_needed()
        shoot(lab.page, f"7-{label.lower().replace(' ', '-')}")
    tests.get_by_role("tab", name="JSON").click()
    assert json.loads(tests.locator("pre").inner_text())["records"]

    logout = lab.panel(LOGOUT)
    logout.get_by_role("button", name="Log out").click()
    expect(logout.get_by_role("status")).to_contain_text("the server has revoked the tokens")
    expect(tests.get_by_role("status")).to_contain_text("Not logged in")
    expect(tests.get_by_role("table")).to_have_count(0)
    logout.scroll_into_view_if_needed()
    shoot(lab.page, "8-logged-out")


def test_two_views_of_one_panel_stay_in_step(shared_notebook, practice):
    lab = shared_notebook(f"{SESSION}\npanel = LoginPanel(session)\npanel", "panel")
    lab.run_all()
    panels = lab.panel(TITLE)
    expect(panels).to_have_count(2)
    lab.page.evaluate("""() => { const a = window.jupyterapp; a.shell.currentWidget.content.activeCellIndex = 0;
        return a.commands.execute('notebook:create-output-view'); }""")
    expect(panels).to_have_count(3)
    popup = begin(panels.first)
    for number in range(3):
        expect(panels.nth(number).get_by_role("status")).to_contain_text("Waiting for you to sign in")
        expect(panels.nth(number).get_by_role("link")).to_have_attribute("href", re.compile(practice.server_url))
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    for number in range(3):
        expect(panels.nth(number).get_by_role("status")).to_contain_text("You are Alex Rivera")
    lab.page.evaluate("() => window.jupyterapp.shell.activateById(window.jupyterapp.shell.currentWidget.id)")


def test_the_keyboard_does_everything(shared_notebook, practice):
    lab = shared_notebook(LOGIN, "TestPanel(session)")
    lab.run_all()
    page, login = lab.page, lab.panel(TITLE)
    expect(login.get_by_role("radio", name="Practice")).to_be_checked()
    login.get_by_role("radio", name="Practice").focus()

    # The arrows try the other environments; without credentials the lesson comes and the place stays.
    page.keyboard.press("ArrowRight")
    expect(login.get_by_role("status")).to_contain_text(".env-sandbox")
    expect(login.get_by_role("radio", name="Sandbox")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(login.get_by_role("status")).to_contain_text(".env-production")
    expect(login.get_by_role("radio", name="Production")).to_be_focused()
    expect(login.get_by_role("radio", name="Practice")).to_be_checked()

    page.keyboard.press("Tab")
    expect(login.get_by_role("button", name="Log in to practice")).to_be_focused()
    with page.expect_popup() as opened:
        page.keyboard.press("Enter")
    popup = opened.value
    popup.locator("[name=username]").focus()
    popup.keyboard.type(practice.users[0]["username"])
    popup.keyboard.press("Tab")
    popup.keyboard.type(practice.users[0]["password"])
    expect(login).to_be_focused()  # the button is no more
    popup.keyboard.press("Enter")
    popup.get_by_role("button", name="Allow").wait_for()
    tab_to(popup, "Allow")
    with popup.expect_event("close"):
        popup.keyboard.press("Enter")

    expect(login.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.locator(".jp-Notebook .jp-Cell").nth(1)).to_be_focused()  # running this one would begin a new login
    page.wait_for_function(ACTIVE, arg=1)
    tab_to(page, "List extensions")
    tests = lab.panel("Try the API")
    for key, label in (("Enter", "List extensions"), ("Space", "My call log")):
        expect(tests.get_by_role("button", name=label)).to_be_focused()
        page.keyboard.press(key)
        expect(tests.get_by_role("status")).to_contain_text(f"{label}: the server has answered")
        expect(tests.get_by_role("button", name=label)).to_be_focused()
        page.keyboard.press("Tab")
    tab_to(page, "Table")
    page.keyboard.press("End")
    expect(tests.locator("pre")).to_be_visible()


SLASH = 'from rc_nb_helpers.course import guess\nguess("slash")'
BY_HAND = """from threading import Event
from rc_nb_helpers import open_in_browser
open_in_browser(session.begin_login().authorize_url)"""


def test_shift_enter_after_a_press_is_the_next_cells(shared_notebook, practice):
    lab = shared_notebook(SLASH, LOGIN, "1", BY_HAND, "1")
    page, prompts = lab.page, lab.page.locator(".jp-Notebook .jp-InputPrompt")
    for index in range(2):
        lab.run_cell(index)
    asked, login = lab.panel("slash"), lab.panel(TITLE)

    def press_on(index: int) -> None:
        """Press Shift+Enter, and see that the cell of this index, where the panel is, has not run again."""
        ran = prompts.nth(index).inner_text()
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(ACTIVE, arg=index + 2)
        expect(prompts.nth(index)).to_have_text(ran)

    # A guess is done with its press, and the cell run again still shows it; a wrong one is told what is right.
    asked.get_by_role("button", name="Yes").click()
    expect(asked.get_by_role("status")).to_contain_text("OAU-109")
    expect(page.locator(".jp-Notebook .jp-Cell").nth(1)).to_be_focused()
    lab.run_cell(0)
    expect(asked.get_by_role("status")).to_contain_text("OAU-109")

    # A login that waits, of which the panel has not heard yet, and one that was cancelled: the panel still works.
    popup = begin(login)
    page.bring_to_front()
    press_on(1)
    expect(login.get_by_role("status")).to_contain_text("Waiting for you to sign in")
    login.get_by_role("button", name="Cancel").click()
    expect(login.get_by_role("button", name="Log in to practice")).to_be_visible()
    press_on(1)
    assert popup.is_closed()

    # A link that was opened: before the answer, and after one that is no.
    lab.run_cell(3)
    link = lab.panel("Sign in").last
    with page.expect_popup() as opened:
        link.get_by_role("link").click()
    page.bring_to_front()
    press_on(3)
    link.get_by_role("link").focus()
    sign_in(opened.value, practice)
    opened.value.get_by_role("button", name="Deny").click()
    expect(link.get_by_role("status")).to_contain_text("denied")
    expect(page.locator(".jp-Notebook .jp-Cell").nth(4)).to_be_focused()


AS_NOTEBOOK_7 = """() => document.addEventListener("keydown", window.asNotebook7 = (event) =>
  window.jupyterapp.commands.processKeydownEvent(event), true)"""


EDITS = ("Control+a", "Control+x", "Control+z", "Control+Backspace", "Control+Shift+M", "Control+Shift+ArrowDown")


def test_keys_stay_in_a_panel_that_has_the_focus(shared_notebook):
    """JupyterLab listens further out than the panel; Notebook 7 looks at each key before the panel does."""
    lab = shared_notebook(LOGIN, "'another cell'")
    lab.run_all()
    page, login = lab.page, lab.panel(TITLE)
    radio, button = login.get_by_role("radio", name="Practice"), login.get_by_role("button", name="Log in to practice")
    cells = page.locator(".jp-Notebook .jp-Cell")
    try:
        for listener in ("() => {}", AS_NOTEBOOK_7):
            page.evaluate(listener)
            for place in (radio, button, login):
                place.focus()
                for key in ("d", "d", "a", "b", "x", "m", "Control+m", "j", "k", *EDITS):
                    page.keyboard.press(key)
                expect(cells).to_have_count(2)
                expect(cells.last).to_contain_text("another cell")
                expect(place).to_be_focused()
            # Saving stays the notebook's.
            page.evaluate("() => { window.jupyterapp.shell.currentWidget.context.model.dirty = true; }")
            page.keyboard.press("Control+s")
            page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
        cells.nth(1).locator(".jp-InputPrompt").click()
        page.keyboard.press("d")
        page.keyboard.press("d")
        expect(cells).to_have_count(1)  # outside of a panel the keys are the notebook's
    finally:
        page.evaluate("() => document.removeEventListener('keydown', window.asNotebook7, true)")


CONTROLS = f"""{SESSION}
from rc_nb_helpers import AuthorizationRequest, open_in_browser, show_link
url = AuthorizationRequest(server_url=session.environment.browser_url, client_id="an-app",
    redirect_uri="http://localhost:5000/oauth2callback").url
open_in_browser(url, listener=False)
show_link(url)
display(LoginPanel(session))"""
COUNTS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map((cell) => cell.model.executionCount)"""
ACTIVE = "(index) => window.jupyterapp.shell.currentWidget.content.activeCellIndex === index"


def test_the_keys_that_run_a_cell_do_so_in_its_panels(shared_notebook, context):
    """Whoever has pressed a link in a panel goes on with Shift+Enter, as anywhere; each press counts once."""
    lab = shared_notebook(CONTROLS, "'next'", "'last'")
    lab.run_all()
    page, login, link = lab.page, lab.panel(TITLE), lab.panel("Sign in")
    places = (
        link.get_by_role("link"),
        link.get_by_role("button", name="Copy"),
        lab.panel("The link, taken apart").get_by_label("The answer"),
        login.get_by_role("radio", name="Practice"),
        login.get_by_role("button", name="Log in to practice"),
    )

    def press(keys: str, *ran: int, then: int) -> None:
        before = page.evaluate(COUNTS)
        newest = max(before)
        page.keyboard.press(keys)
        page.wait_for_function(ACTIVE, arg=then)
        after = [newest + 1 + ran.index(cell) if cell in ran else count for cell, count in enumerate(before)]
        page.wait_for_function(f"(after) => JSON.stringify(({COUNTS})()) === JSON.stringify(after)", arg=after)

    page.wait_for_function(f"() => ({COUNTS})().every((count) => count)")
    try:
        for listener in ("() => {}", AS_NOTEBOOK_7):
            page.evaluate(listener)
            for place in places:
                place.focus()
                press("Shift+Enter", 0, then=1)
                press("Shift+Enter", 1, then=2)
            for place in (places[0], places[-1]):
                place.focus()
                press("Control+Enter", 0, then=0)
                press("Shift+Enter", 0, then=1)
        for place in (places[0], places[-1]):  # on another system this runs the cell; here nobody takes it
            place.focus()
            page.keyboard.press("Meta+Enter")
            expect(place).to_be_focused()
        assert len(context.pages) == 1, "a link opened a window of its own, or a button was pressed"
        page.keyboard.press("Alt+Enter")
        expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(4)
        # The application's own keys.
        places[0].focus()
        page.keyboard.press("Control+b")
        page.wait_for_function("() => window.jupyterapp.shell.leftCollapsed")
    finally:
        page.evaluate("() => document.removeEventListener('keydown', window.asNotebook7, true)")
        page.evaluate(SHOW_LEFT)


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the focus is on something with that text, as a person without a mouse does."""
    for _ in range(25):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.textContent") or "").strip().startswith(text):
            return
    pytest.fail(f"Tab does not lead to {text!r}")


def test_every_state_passes_the_accessibility_check(shared_notebook, practice, axe):
    lab = shared_notebook(LOGIN, "TestPanel(session)", "LogoutPanel(session)")
    lab.run_all()
    login, tests, logout = (lab.panel(title) for title in (TITLE, "Try the API", LOGOUT))

    def check(state: str) -> None:
        assert violations(lab.page, axe, ".rc-panel") == [], state

    check("before the login")
    login.get_by_role("radio", name="Production").click()
    expect(login.get_by_role("status")).to_contain_text(".env-production")
    check("an error")
    set_theme(lab.page, "JupyterLab Dark")
    check("an error in the dark")
    popup = begin(login)
    login.get_by_text("The browser ended on an error page").click()
    check("waiting in the dark")
    sign_in(popup, practice, person=1)
    allow(popup)
    shoot(popup, "5-login-success")
    assert violations(popup, axe) == []
    popup.close()
    expect(login.get_by_role("status")).to_contain_text("You are ")
    tests.get_by_role("button", name="List extensions").click()
    expect(tests.get_by_role("table")).to_be_visible()
    tests.get_by_role("tab", name="JSON").click()
    check("an answer in the dark")
    tests.get_by_role("button", name="Company call log").click()
    expect(tests.get_by_role("status")).to_contain_text("CMN-408")
    check("a refused call in the dark")
    set_theme(lab.page, "JupyterLab Light")
    check("a refused call")
    logout.get_by_role("button", name="Log out").click()
    expect(logout.get_by_role("status")).to_contain_text("revoked")
    check("logged out")


ALL_PANELS = f"""{SESSION}
from rc_nb_helpers import AuthorizationRequest, JoinPanel, TokenPanel, WirePanel, explain, open_in_browser, show_link
from rc_nb_helpers.course import guess
from rc_nb_helpers.panels.originals import Originals
from rc_nb_helpers.panels.preflight import PreFlight
guess("slash")
for panel in (LoginPanel(session), TestPanel(session, writes=True), WirePanel(session), TokenPanel(session),
    LogoutPanel(session), JoinPanel(), PreFlight(), Originals([f"0{{number}}-name.ipynb" for number in range(8)], str)):
    display(panel)
url = AuthorizationRequest(server_url=session.environment.browser_url, client_id="an-app",
    redirect_uri="http://localhost:5000/oauth2callback").url
open_in_browser(url)
show_link(url)
explain("OAU-109")"""


def test_every_panel_can_be_read_in_every_theme(shared_notebook, practice, axe):
    lab = shared_notebook(ALL_PANELS)
    lab.run_all()
    panels = lab.page.locator("section.rc-panel")
    expect(lab.panel("Is everything in place?").get_by_role("status")).not_to_contain_text("Looking")
    log_in(lab.panel(TITLE), practice)
    lab.panel("Try the API").get_by_role("button", name="List extensions").click()
    expect(lab.panel("Try the API").get_by_role("table")).to_be_visible()
    lab.panel("Try the API").get_by_text("More calls").click()
    last = lab.panel("See it happen").locator(".rc-message:visible").last
    expect(last).to_contain_text("Call the API")  # what came before it may be folded away when it comes
    last.click()
    asked = lab.panel("A program asks for your app's redirect URI")
    asked.get_by_role("button", name="Yes").click()
    expect(asked.get_by_role("status")).to_contain_text("Not quite.")
    found = {}
    try:
        for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
            set_theme(lab.page, theme)
            found[theme] = violations(lab.page, axe, ".rc-panel")
            lab.page.set_viewport_size({"width": 1100, "height": 6600})
            name = theme.removeprefix("JupyterLab ").lower().replace(" ", "-")
            shoot(lab.page.locator(".jp-OutputArea").last, f"all-{name}")
            lab.page.set_viewport_size(SIZE)
        lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        lab.page.set_viewport_size({"width": 400, "height": 9000})
        shoot(lab.page.locator(".jp-OutputArea").last, "all-narrow")
        found["narrow"] = panels.evaluate_all(
            "(all) => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel)"
        )
    finally:
        set_theme(lab.page, "JupyterLab Light")
        lab.page.set_viewport_size(SIZE)
        lab.page.evaluate(SHOW_LEFT)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


SHOW_LEFT = """() => window.jupyterapp.shell.leftCollapsed &&
  window.jupyterapp.commands.execute('application:toggle-left-area')"""


def set_theme(page: Page, theme: str) -> None:
    """Choose a theme of JupyterLab and wait until it is there."""
    page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    light = "false" if "Dark" in theme else "true"
    page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    page.locator("#jupyterlab-splash, .jp-Splash").wait_for(state="detached")


def test_the_panels_look_right_in_the_dark_and_in_a_narrow_notebook(shared_notebook, practice):
    lab = shared_notebook(LOGIN, "TestPanel(session)")
    lab.run_all()
    login, tests = lab.panel(TITLE), lab.panel("Try the API")
    popup = begin(login)
    try:
        set_theme(lab.page, "JupyterLab Dark")
        shoot(lab.page, "dark-waiting")
        sign_in(popup, practice)
        popup.get_by_role("button", name="Allow").click()
        expect(login.get_by_role("status")).to_contain_text("You are ")
        tests.get_by_role("button", name="Company call log").click()
        expect(tests.get_by_role("table")).to_be_visible()
        tests.scroll_into_view_if_needed()
        shoot(lab.page, "dark-call-log")
        set_theme(lab.page, "JupyterLab Light")
        lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        lab.page.set_viewport_size({"width": 400, "height": 900})
        for panel, name in ((login, "narrow-login"), (tests, "narrow-call-log")):
            panel.scroll_into_view_if_needed()
            shoot(lab.page, name)
            assert panel.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth"), "it sticks out at the side"
    finally:
        set_theme(lab.page, "JupyterLab Light")
        lab.page.set_viewport_size(SIZE)
        lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    popup.close()
    login.get_by_role("button", name="Log out").click()
    begin(login)
    lab.page.set_viewport_size({"width": 700, "height": 900})
    shoot(login, "narrow-waiting")
    assert login.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
    lab.page.set_viewport_size(SIZE)
