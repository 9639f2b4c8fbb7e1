"""Kernels that are busy, restarted, killed or gone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import begin, log_in, shoot, sign_in
from .test_panels import LOGIN, TITLE

# A cell that goes on until the test has seen enough.
BUSY = """import pathlib, time
print("It runs.")
while not pathlib.Path("enough").exists():
    time.sleep(0.05)
pathlib.Path("enough").unlink()"""
KILL = "import os; os.kill(os.getpid(), 9)"


def use_one_thread(lab) -> None:
    """Let presses wait for running cells, as older kernels do always, and today's now and then (subshells)."""
    lab.page.evaluate(
        """() => { const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext;
        session.kernel.commsOverSubshells = 'disabled'; }"""
    )


def keep_busy(lab) -> None:
    """Run the second cell, and wait until it really runs."""
    lab.run_cell(1, wait=False)
    expect(lab.page.locator(".jp-OutputArea-output", has_text="It runs.")).to_be_visible()


def test_a_busy_notebook_says_so_and_goes_on_by_itself(notebook, practice):
    lab = notebook(LOGIN, BUSY)
    use_one_thread(lab)
    lab.run_cell(0)
    login = lab.panel(TITLE)
    expect(login).to_be_visible()
    keep_busy(lab)
    with lab.page.expect_popup() as opened:
        login.get_by_role("button", name="Log in to practice").click()
    popup = opened.value
    expect(popup.get_by_text("The notebook is busy")).to_be_visible()
    expect(login.get_by_role("status")).to_contain_text("The notebook is busy")
    shoot(popup, "busy-popup")
    shoot(login, "busy-panel")
    (lab.lab.folder / "enough").touch()
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")
    expect(login.get_by_role("status")).not_to_contain_text("busy")


def test_who_closes_the_window_of_a_busy_notebook_finds_a_link(notebook, practice, context):
    lab = notebook(LOGIN, BUSY)
    use_one_thread(lab)
    lab.run_cell(0)
    login = lab.panel(TITLE)
    expect(login).to_be_visible()
    keep_busy(lab)
    with lab.page.expect_popup() as opened:
        login.get_by_role("button", name="Log in to practice").click()
    opened.value.get_by_text("The notebook is busy").wait_for()
    opened.value.close()
    (lab.lab.folder / "enough").touch()
    expect(login.get_by_role("status")).to_contain_text("Waiting for you to sign in")
    expect(login.get_by_role("status")).to_contain_text("was closed")
    with context.expect_page() as tab:
        login.get_by_role("link").click()
    sign_in(tab.value, practice)
    with tab.value.expect_event("close"):
        tab.value.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")


def test_a_restart_is_noticed_without_a_click_and_the_cell_works_again_on_the_same_port(notebook, practice):
    lab = notebook(LOGIN, "TestPanel(session)")
    lab.run_all()
    login = lab.panel(TITLE)
    first = begin(login)
    before = login.get_by_role("link").get_attribute("href")
    first.close()
    lab.restart_kernel()
    for panel in (login, lab.panel("Try the API")):
        expect(panel.get_by_role("status")).to_contain_text("Run this cell again")
        expect(panel.get_by_role("link")).to_have_count(0)
        expect(panel.get_by_role("button")).to_have_count(0)
    shoot(lab.page, "kernel-restarted")
    lab.run_cell(0)
    begin(login)
    after = login.get_by_role("link").get_attribute("href")
    assert re.findall("redirect_uri=[^&]*", before) == re.findall("redirect_uri=[^&]*", after)


def test_a_kernel_killed_in_the_middle_of_a_login_starts_again_at_once_on_the_same_port(notebook, practice):
    lab = notebook(LOGIN, KILL)
    lab.run_cell(0)
    login = lab.panel(TITLE)
    popup = begin(login)
    before = login.get_by_role("link").get_attribute("href")
    lab.run_cell(1, wait=False)
    dialog = lab.page.get_by_role("dialog", name="Kernel Restarting")
    dialog.get_by_role("button").last.click()
    lab.wait_for_kernel()
    lab.page.evaluate("window.dispatchEvent(new Event('focus'))")  # the person comes back from the popup
    expect(login.get_by_role("status")).to_contain_text("Run this cell again")
    popup.close()
    lab.run_cell(0)
    expect(login.get_by_role("status")).to_contain_text("Not logged in")
    begin(login)
    after = login.get_by_role("link").get_attribute("href")
    assert re.findall("redirect_uri=[^&]*", before) == re.findall("redirect_uri=[^&]*", after)


def test_a_reloaded_page_finds_its_panels_alive(notebook, practice):
    lab = notebook(LOGIN, "TestPanel(session)")
    lab.run_all()
    log_in(lab.panel(TITLE), practice)
    lab.save()
    lab.reload()
    expect(lab.panel(TITLE).get_by_role("status")).to_contain_text("You are Alex Rivera")
    tests = lab.panel("Try the API")
    tests.get_by_role("button", name="Account info").click()
    expect(tests.get_by_role("table")).to_be_visible()


def test_a_reopened_notebook_says_how_to_get_its_panel_back(notebook, lab):
    opened = notebook(LOGIN)
    opened.run_all()
    expect(opened.panel(TITLE)).to_be_visible()
    opened.save()
    lab.end_kernels()
    opened.reload()
    output = opened.page.locator(".jp-OutputArea")
    expect(output.get_by_text("model not found")).to_be_visible()  # JupyterLab's own words
    expect(output.get_by_text("lives as long as its kernel")).to_be_visible()
    shoot(opened.page, "reopened")
    opened.run_all()
    expect(opened.panel(TITLE)).to_be_visible()
    expect(output.get_by_text("lives as long as its kernel")).to_be_hidden()
