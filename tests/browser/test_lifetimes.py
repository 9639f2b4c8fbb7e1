"""How long things live: a login's window, a panel's watch over its session."""

from __future__ import annotations

import time
from contextlib import closing

from playwright.sync_api import expect

from .conftest import OpenNotebook, begin, log_in, shoot, sign_in
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
    opened = notebook(
        f"{values}\n{MAKE}", "import itertools; secrets = itertools.count()", "write(f'mistyped{next(secrets)}')"
    )
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
        shoot(login, "corrected-file")
    finally:
        (lab.folder / ".env-practice").unlink()


def test_a_press_that_takes_its_time_keeps_its_window_whatever_else_changes(shared_notebook, practice):
    """An older login's deadline has passed, and other tabs press too: each changes the view, and none is the answer."""
    slow = """import threading, time
begin = session.begin_login
session.begin_login(timeout=1)
def begin_slowly(**options):
    for number in range(20):
        time.sleep(0.1)
        panel._on_message(panel, {"press": "no-such-button", "number": f"another tab's {number}"}, [])
    return begin(**options)
session.begin_login = begin_slowly"""
    opened = shared_notebook(LOGIN.replace("LoginPanel(session)", "panel = LoginPanel(session)\npanel"), slow)
    opened.run_all()
    login = opened.panel(TITLE)
    expect(login.get_by_role("status")).to_contain_text("Nobody finished the login in time")
    popup = begin(login)
    assert not popup.is_closed()
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("You are Alex Rivera")


def test_a_window_waits_for_the_address_of_its_own_press(notebook, practice, context, lab):
    """Two tabs press at once: the slower one's login takes the place of the other, whose address is out of use."""
    slow = """import itertools, time
begin, calls = session.begin_login, itertools.count()
def first_slowly(**options):
    if next(calls) == 0:
        time.sleep(3)
    return begin(**options)
session.begin_login = first_slowly"""
    opened = notebook(LOGIN, slow)
    opened.run_all()
    expect(opened.panel(TITLE)).to_be_visible()
    opened.save()
    with closing(context.new_page()) as page:
        other = OpenNotebook(page, lab, opened.path)
        expect(other.panel(TITLE)).to_be_visible()
        with opened.page.expect_popup() as mine:
            opened.panel(TITLE).get_by_role("button", name="Log in to practice").click()
        with page.expect_popup() as others:
            other.panel(TITLE).get_by_role("button", name="Log in to practice").click()
        others.value.locator("[name=username]").wait_for()
        sign_in(mine.value, practice)
        mine.value.get_by_role("button", name="Allow").click()
        for tab in (opened, other):
            expect(tab.panel(TITLE).get_by_role("status")).to_contain_text("You are Alex Rivera")
        others.value.close()


def test_a_cancel_elsewhere_closes_the_window_too(shared_notebook, practice):
    opened = shared_notebook(LOGIN, "TestPanel(session)")
    opened.run_all()
    popup = begin(opened.panel(TITLE))
    with popup.expect_event("close"):
        opened.panel("Try the API").get_by_role("button", name="Cancel").click()
    expect(opened.panel(TITLE).get_by_role("status")).to_contain_text("cancelled")


def test_a_window_that_nobody_signed_in_at_closes_with_the_login(shared_notebook, practice):
    hurry = "import functools; session.begin_login = functools.partial(session.begin_login, timeout=4)"
    opened = shared_notebook(LOGIN, hurry)
    opened.run_all()
    login = opened.panel(TITLE)
    popup = begin(login)
    if not popup.is_closed():
        popup.wait_for_event("close")
    expect(login.get_by_role("status")).to_contain_text("Nobody finished the login in time")
    expect(login.get_by_role("link")).to_have_count(0)
    shoot(login, "timed-out")


def test_five_runs_of_a_cell_leave_one_panel_that_watches(shared_notebook, practice):
    opened = shared_notebook("from rc_nb_helpers import LoginPanel, Session, load_environment\n"
                      "session = Session(load_environment('practice'))\n" + ME,
                      "LoginPanel(session)", WATCHERS)  # fmt: skip
    opened.run_cell(0)
    for _ in range(5):
        opened.run_cell(1)
        expect(opened.panel(TITLE)).to_have_count(1)
    log_in(opened.panel(TITLE), practice)
    expect(opened.panel(TITLE).get_by_role("status")).to_contain_text("You are Alex Rivera")
    watchers(opened, 2, "1 watch; 1 asked")


def watchers(opened: OpenNotebook, cell: int, wanted: str) -> None:
    """Run the cell that tells who watches, until it says what is wanted or some seconds are over."""
    until = time.monotonic() + 10
    while True:
        opened.run_cell(cell)
        said = opened.page.locator(".jp-OutputArea-output pre").last.inner_text().strip()
        if said == wanted or time.monotonic() > until:
            break
    assert said == wanted


def test_runs_between_reloads_leave_one_panel_that_watches(notebook, practice):
    """A page that is reloaded says nothing of what it has shown."""
    opened = notebook("from rc_nb_helpers import LoginPanel, Session, load_environment\n"
                      "session = Session(load_environment('practice'))\n" + ME,
                      "LoginPanel(session)", WATCHERS)  # fmt: skip
    opened.run_cell(0)
    for number in range(5):
        opened.run_cell(1)
        expect(opened.panel(TITLE)).to_have_count(1)
        opened.save()
        opened.reload()
        if number % 2:  # else the cell is run before the page has drawn what the former run has left
            expect(opened.panel(TITLE)).to_be_visible()
    expect(opened.panel(TITLE)).to_be_visible()
    log_in(opened.panel(TITLE), practice)
    expect(opened.panel(TITLE).get_by_role("status")).to_contain_text("You are Alex Rivera")
    watchers(opened, 2, "1 watch; 1 asked")
    opened.page.evaluate("""() => { const a = window.jupyterapp; a.shell.currentWidget.content.activeCellIndex = 1;
        return a.commands.execute('notebook:delete-cell'); }""")
    expect(opened.panel(TITLE)).to_have_count(0)
    watchers(opened, 1, "0 watch; 1 asked")


def test_a_cell_of_a_notebook_that_is_open_twice_is_one_cell(notebook, practice, context, lab):
    """The other tab still shows the panel of the former run: it lives on, for that tab has said so."""
    opened = notebook(LOGIN, "LoginPanel(session)")
    opened.run_cell(0)
    opened.run_cell(1)
    expect(opened.panel(TITLE)).to_have_count(2)
    opened.save()
    with closing(context.new_page()) as page:
        other = OpenNotebook(page, lab, opened.path)
        expect(other.panel(TITLE)).to_have_count(2)
        opened.run_cell(1)
        expect(opened.panel(TITLE)).to_have_count(2)
        log_in(opened.panel(TITLE).last, practice)
        expect(other.panel(TITLE).last.get_by_role("status")).to_contain_text("You are Alex Rivera")


def test_two_panels_of_a_session_in_two_cells_both_live(shared_notebook, practice):
    opened = shared_notebook(LOGIN, "LoginPanel(session)", "1")
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


def test_somebody_else_can_log_in_where_the_browser_remembers(shared_notebook, practice, context):
    opened = shared_notebook(LOGIN)
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
storage.KeyringStorage = Keychain
storage.why_no_keychain = lambda environment: ""
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
