"""An error's code explained where it is met, in a panel and in a cell; and a record that another program replays."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser, expect

from rc_nb_helpers import Session
from rc_nb_helpers.practice import PracticePlatform

from ..conftest import SOON, environment_of
from ..conftest import Browser as Person
from .conftest import SIZE, log_in, shoot, violations
from .test_panels import LOGIN, TITLE, set_theme, tab_to

ME = "/restapi/v1.0/account/~/extension/~"


def test_an_error_is_explained_in_its_panel_and_in_a_cell(shared_notebook, practice, axe):
    lab = shared_notebook(LOGIN, "TestPanel(session)", 'from rc_nb_helpers import explain\nexplain("OAU-109")')
    lab.lab.write("01-create-your-app.ipynb", "1")
    lab.run_all()
    page, login, tests = lab.page, lab.panel(TITLE), lab.panel("Try the API")
    log_in(login, practice, person=1)
    fold = tests.locator("details.rc-explained")
    expect(fold).to_be_hidden()
    tests.get_by_role("button", name="Company call log").click()
    expect(tests.get_by_role("status")).to_contain_text("CMN-408")
    expect(fold.get_by_role("list")).to_be_hidden()

    # The keyboard alone opens it, and stays where it is.
    tests.focus()
    tab_to(page, "What does CMN-408 mean?")
    page.keyboard.press("Enter")
    expect(fold.get_by_role("listitem").first).to_contain_text("How to tell: session.person says who it is")
    section = fold.get_by_role("link", name="notebook 05, “Who may see what”")
    expect(section).to_have_attribute("href", f"{lab.lab.base}/lab/tree/05-call-and-log-out.ipynb#Who-may-see-what")
    index = fold.get_by_role("link", name="All errors")
    expect(index).to_have_attribute("href", f"{lab.lab.base}/lab/tree/errors.ipynb#CMN-408")
    expect(fold.locator("summary")).to_be_focused()

    cell = page.locator(".rc-explanation")
    try:
        for theme in ("Dark", "Light"):
            set_theme(page, f"JupyterLab {theme}")
            for what, name in ((tests, "panel"), (cell, "cell")):
                what.scroll_into_view_if_needed()
                shoot(what, f"explained-{name}-{theme.lower()}")
            assert violations(page, axe, ".rc-panel") == []
            assert violations(page, axe, ".rc-explanation") == []
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        page.set_viewport_size({"width": 400, "height": 900})
        for what, name in ((tests, "panel"), (cell, "cell")):
            what.scroll_into_view_if_needed()
            shoot(page, f"explained-{name}-narrow")
            assert what.evaluate("(it) => it.scrollWidth <= it.clientWidth"), "it sticks out at the side"
    finally:
        page.set_viewport_size(SIZE)
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")

    # It goes when the error goes.
    tests.get_by_role("button", name="My call log").click()
    expect(tests.get_by_role("status")).to_contain_text("the server has answered")
    expect(fold).to_be_hidden()

    # The link leads to the notebook beside this one.
    cell.get_by_role("link", name="Does a slash matter?").click()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.context?.path === '01-create-your-app.ipynb'", timeout=20_000
    )


def test_a_saved_record_is_replayed_by_another_program(browser: Browser, practice: PracticePlatform, tmp_path: Path):
    session = Session(environment_of(practice))
    attempt = session.begin_login()
    Person(practice).log_in(attempt)
    attempt.wait(SOON)
    me = session.get(ME)
    session.logout()
    (tmp_path / "login.har").write_text(json.dumps(session.exchanges.har(personal=True)), "utf-8")
    with browser.new_context() as context:
        context.route_from_har(tmp_path / "login.har", not_found="abort")
        answer = context.new_page().goto(practice.server_url + ME)
        assert answer is not None
        assert answer.json() == me
