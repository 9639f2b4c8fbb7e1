"""How long things live: a login's window, a panel's watch over its session."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from .conftest import begin, log_in, shoot, sign_in
from .test_panels import LOGIN, TITLE

MAKE = """
from pathlib import Path
from rc_nb_helpers import LoginPanel, Session, load_environment
file = Path(".env-practice").absolute()
lines = "RC_SERVER_URL={}\\nRC_CLIENT_ID={}\\nRC_CLIENT_SECRET={}\\nRC_REDIRECT_URL={}\\n"
def write(secret):
    file.write_text(lines.format(*VALUES, secret, REDIRECT_URI))
write("mistyped")
session = Session(load_environment("practice", directory=file.parent))
LoginPanel(session)
"""
WATCHERS = "print(len(session._observers), 'watch;', [e.url for e in session.exchanges].count(ME), 'asked')"
ME = "ME = session.environment.server_url + '/restapi/v1.0/account/~/extension/~'\n"


def test_a_corrected_file_and_a_press_open_the_sign_in_page_ten_times_out_of_ten(notebook, practice, lab):
    """Field report: the press read the file again, and its window vanished before the address came."""
    values = f"VALUES = ({practice.server_url!r}, {practice.client_id!r})\nREDIRECT_URI = {practice.redirect_uris[0]!r}"
    opened = notebook(f"{values}\n{MAKE}", "import itertools; secrets = itertools.count()", "write(next(secrets))")
    try:
        opened.run_cell(0)
        opened.run_cell(1)
        login = opened.panel(TITLE)
        for _ in range(10):
            opened.run_cell(2)  # another value each time
            popup = begin(login)
            with popup.expect_event("close"):
                login.get_by_role("button", name="Cancel").click()
            expect(login.get_by_role("status")).to_contain_text("cancelled")
    finally:
        (lab.folder / ".env-practice").unlink()


def test_a_window_that_nobody_signed_in_at_closes_with_the_login(notebook, practice):
    hurry = "import functools; session.begin_login = functools.partial(session.begin_login, timeout=4)"
    opened = notebook(LOGIN, hurry)
    opened.run_all()
    login = opened.panel(TITLE)
    popup = begin(login)
    if not popup.is_closed():
        popup.wait_for_event("close", timeout=15_000)
    expect(login.get_by_role("status")).to_contain_text("Nobody finished the login in time")
    expect(login.get_by_role("link")).to_have_count(0)
    shoot(login, "timed-out")


def test_five_runs_of_a_cell_leave_one_panel_that_watches(notebook, practice):
    opened = notebook("from rc_nb_helpers import LoginPanel, Session, load_environment\n"
                      "session = Session(load_environment('practice'))\n" + ME,
                      "LoginPanel(session)", WATCHERS)  # fmt: skip
    opened.run_cell(0)
    for _ in range(5):
        opened.run_cell(1)
        expect(opened.panel(TITLE)).to_have_count(1)
    log_in(opened.panel(TITLE), practice)
    expect(opened.panel(TITLE).get_by_role("status")).to_contain_text("You are Alex Rivera")
    until = time.monotonic() + 10
    while True:
        opened.run_cell(2)
        said = opened.page.locator(".jp-OutputArea-output pre").last.inner_text()
        if said.strip() == "1 watch; 1 asked" or time.monotonic() > until:
            break
    assert said.strip() == "1 watch; 1 asked"


def test_two_panels_of_a_session_in_two_cells_both_live(notebook, practice):
    opened = notebook(LOGIN, "LoginPanel(session)", "1")
    opened.run_all()
    panels = opened.panel(TITLE)
    expect(panels).to_have_count(2)
    opened.run_cell(0)  # a session of its own, so the second cell still shows the former
    opened.run_cell(1)
    opened.run_cell(1)
    expect(panels).to_have_count(2)
    log_in(panels.first, practice)
    for panel in (panels.first, panels.last):
        expect(panel.get_by_role("status")).to_contain_text("You are Alex Rivera")


def test_a_notebook_that_was_closed_and_opened_again_has_living_panels(notebook, practice):
    opened = notebook(LOGIN, "TestPanel(session)")
    opened.run_all()
    expect(opened.panel("Try the API")).to_be_visible()
    opened.save()
    opened.page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")
    opened.page.evaluate("(path) => { window.jupyterapp.commands.execute('docmanager:open', {path}) }", opened.path)
    opened.wait_for_kernel()
    log_in(opened.panel(TITLE), practice)
    expect(opened.panel("Try the API").get_by_role("button", name="Account info")).to_be_visible()


def test_somebody_else_can_log_in_where_the_browser_remembers(notebook, practice, context):
    opened = notebook(LOGIN)
    opened.run_all()
    login = opened.panel(TITLE)
    popup = begin(login)
    popup.get_by_text("Stay signed in").click()
    sign_in(popup, practice)
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("You are Alex Rivera")
    login.get_by_role("button", name="Log out").click()
    expect(login.get_by_role("status")).to_contain_text("may still remember you")
    shoot(login, "logged-out-remembered")
    popup = begin(login, button="Log in as somebody else")
    sign_in(popup, practice, person=1)
    popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text(practice.users[1]["username"].split("@")[0].capitalize()[:3])
    context.clear_cookies()


KEYCHAIN = """
import json, os
from pathlib import Path
from rc_nb_helpers import LoginPanel, Session, load_environment, storage
from rc_nb_helpers.panels import login
os.environ["XDG_CONFIG_HOME"] = str(Path("configuration").absolute())
entries = Path("keychain.json")  # the keychain of this test, which outlives the kernel
class Keychain:
    description = "the keychain of this computer"
    def load(self, environment):
        return storage.StoredLogin.from_text(entries.read_text()) if entries.exists() else None
    def save(self, environment, login):
        entries.write_text(login.to_text())
    def delete(self, environment):
        entries.unlink(missing_ok=True)
login.KeyringStorage = Keychain
login.why_no_keychain = lambda environment: ""
session = Session(load_environment("practice"))
LoginPanel(session)
"""


def test_whoever_ticks_the_box_is_still_logged_in_after_a_restart(notebook, practice, lab):
    opened = notebook(KEYCHAIN)
    opened.run_all()
    login = opened.panel(TITLE)
    box = login.get_by_role("checkbox", name="Keep me logged in on this computer")
    expect(box).not_to_be_checked()
    expect(login.get_by_text("Not for an account or a computer that you share")).to_be_visible()
    shoot(login, "keep-off")
    box.check()
    log_in(login, practice)
    expect(login.get_by_role("status")).to_contain_text("You are Alex Rivera")
    expect(box).to_be_checked()
    shoot(login, "keep-on")
    opened.restart_kernel()
    opened.run_all()
    expect(login.get_by_role("status")).to_contain_text("You are Alex Rivera")
    expect(box).to_be_checked()
    shoot(login, "keep-after-restart")
    box.uncheck()
    expect(box).not_to_be_checked()
    opened.restart_kernel()
    opened.run_all()
    expect(login.get_by_role("status")).to_contain_text("Not logged in")
    expect(box).not_to_be_checked()
    assert not (lab.folder / "keychain.json").exists()
