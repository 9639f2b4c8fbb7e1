"""The test panel as an explorer, in a real browser: searched, filled in, sorted, copied; and by keyboard alone."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime, timedelta, timezone

from playwright.sync_api import expect

from rc_nb_helpers.practice import PracticePlatform

from .conftest import SIZE, log_in, shoot, violations
from .test_login import own_server
from .test_panels import LOGIN, TITLE, set_theme, tab_to

PAUSE = """import time
clock = time.time
time.time = lambda: clock() - 1800  # the kernel is on a computer whose clock is half an hour behind
panel._paused = {"call-2": time.time() + 4}
panel._show()
panel._send_details()"""
NEEDS_AN_ID = """time.time = clock
from rc_nb_helpers import Call, Parameter
path = "/restapi/v1.0/account/~/extension/{extensionId}"
TestPanel(session, calls=[Call("Somebody", path, parameters=(Parameter("extensionId", place="path"),))])"""


def test_a_person_searches_fills_in_sorts_and_copies_by_keyboard_alone(shared_notebook, practice, axe):
    lab = shared_notebook(LOGIN, "TestPanel(session)")
    lab.run_all()
    page = lab.page
    page.set_viewport_size({"width": 1280, "height": 2200})
    log_in(lab.panel(TITLE), practice)
    tests = lab.panel("Try the API")
    status = tests.get_by_role("status")
    tests.get_by_role("button", name="My phone numbers").focus()
    tab_to(page, "More calls")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    search = tests.get_by_role("combobox", name="Search by name")
    expect(search).to_be_focused()
    page.keyboard.type("company call log")
    expect(tests.get_by_role("option", name="Company call log").first).to_be_visible()
    expect(search).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(tests.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(search).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    shoot(lab.page, "explorer-search")
    assert violations(page, axe, ".rc-panel") == []
    page.keyboard.press("Enter")
    expect(tests.get_by_role("group", name="Company call log")).to_be_visible()
    expect(tests.locator(".rc-form").first).to_contain_text("The app needs the permission ReadCallLog")

    # What is wrong is told beside its field, first by the page, then by the kernel.
    pages = tests.get_by_label("perPage")
    pages.focus()
    page.keyboard.type("5000")
    page.keyboard.press("Enter")
    expect(tests.locator(".rc-field", has=page.get_by_label("perPage"))).to_contain_text("Write 1000 or less")
    expect(pages).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("30")
    for name, value in (("dateFrom", "2026-02-01T00:00"), ("dateTo", "2026-01-01T00:00")):
        tests.get_by_label(name).fill(value)
    page.keyboard.press("Enter")
    expect(tests.locator(".rc-field", has=page.get_by_label("dateFrom"))).to_contain_text("later than dateTo")
    expect(tests.get_by_label("dateFrom")).to_be_focused()
    expect(tests.get_by_label("dateFrom")).to_have_attribute("aria-invalid", "true")
    shoot(tests, "explorer-form-error")
    assert violations(page, axe, ".rc-panel") == []
    month_ago = datetime.now(timezone.utc) - timedelta(days=30)  # many calls
    for name, value in (("dateFrom", month_ago.strftime("%Y-%m-%dT00:00")), ("dateTo", "")):
        tests.get_by_label(name).fill(value)
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Company call log: the server has answered")
    tests.get_by_label("sessionId").fill("1")  # not together with dates
    page.keyboard.press("Enter")
    expect(tests.locator(".rc-form").first).to_contain_text("CLG-110")
    expect(status).to_contain_text("CLG-110")
    tests.get_by_label("sessionId").fill("")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Company call log: the server has answered")
    expect(tests.locator(".rc-form").first).not_to_contain_text("CLG-110")
    rows = tests.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(21)
    expect(tests.locator(".rc-answer-facts")).to_contain_text("of the group heavy left")

    tests.get_by_role("columnheader", name="Seconds").get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(tests.get_by_role("columnheader", name="Seconds")).to_have_attribute("aria-sort", "ascending")
    expect(status).to_contain_text("smallest first")  # a press before this one is answered does not count
    page.keyboard.press("Enter")  # the focus is there still
    expect(tests.get_by_role("columnheader", name="Seconds")).to_have_attribute("aria-sort", "descending")
    expect(status).to_contain_text("sorted by Seconds, largest first")
    seconds = [int(text) for text in tests.locator("tbody tr td:last-child").all_inner_texts()]
    assert seconds == sorted(seconds, reverse=True)
    shoot(tests, "explorer-sorted")
    tests.get_by_role("button", name="Show all 30 rows").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(31)

    tests.get_by_role("tab", name="Table").focus()
    page.keyboard.press("ArrowRight")
    expect(tests.get_by_role("tab", name="Tree")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Tab")
    tab_to(page, "records")
    page.keyboard.press("Enter")
    tab_to(page, "2")
    page.keyboard.press("Enter")
    expect(tests.locator(".rc-tree")).to_contain_text("direction: ")
    shoot(tests, "explorer-tree")
    assert violations(page, axe, ".rc-panel") == []
    tests.get_by_role("tab", name="Tree").focus()
    page.keyboard.press("End")
    expect(tests.locator("pre")).to_contain_text('"records": [')
    shoot(tests, "explorer-json")

    tests.get_by_role("button", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(tests.locator(".rc-line")).to_contain_text("page=2")
    expect(tests.get_by_role("button", name="Next page")).to_be_focused()
    for name, begins in (("CSV", '"When (UTC)","Direction"'), ("Python", "session.get("), ("curl", "curl ")):
        tests.get_by_role("button", name=f"Copy as {name}").focus()
        page.keyboard.press("Enter")
        expect(tests.locator(".rc-copied")).to_contain_text(f"Copied as {name}")
        assert page.evaluate("navigator.clipboard.readText()").startswith(begins)
    set_theme(page, "JupyterLab Dark")
    try:
        tests.get_by_role("button", name="Draw a picture").focus()
        page.keyboard.press("Enter")
        picture = tests.get_by_role("img")
        expect(picture).to_be_visible()
        expect(picture).to_have_attribute("alt", re.compile("calls: .* inbound"))
        expect(tests.get_by_role("tab", name="Picture")).to_be_focused()
        assert picture.evaluate("(picture) => picture.decode().then(() => picture.naturalWidth)") > 300
        tests.get_by_text("The numbers in the picture").click()
        shoot(tests, "explorer-dark")
        assert violations(page, axe, ".rc-panel") == []
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        page.set_viewport_size({"width": 400, "height": 3000})
        shoot(tests, "explorer-narrow")
        assert tests.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth"), "it sticks out at the side"
    finally:
        set_theme(page, "JupyterLab Light")
        page.set_viewport_size(SIZE)
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")


def test_a_message_is_confirmed_once_and_a_pause_is_counted_down(shared_notebook, practice, axe):
    with PracticePlatform(redirect_uris=practice.redirect_uris) as own:
        apps = own._backend.apps
        app = apps.get(own.client_id)
        assert app
        apps.change(dataclasses.replace(app, permissions=(*app.permissions, "SMS")))
        lab = shared_notebook(own_server(own), "panel = TestPanel(session, writes=True)\npanel", PAUSE, NEEDS_AN_ID)
        lab.run_cell(0)
        lab.run_cell(1)
        log_in(lab.panel(TITLE), own)
        tests = lab.panel("Try the API")
        status = tests.get_by_role("status")
        tests.get_by_text("Send a text message").click()
        form = tests.locator(".rc-form").last
        form.get_by_label("to *").fill("12")
        form.get_by_label("text *").fill("The atlas has come in.")
        form.get_by_role("button", name="Check the message").click()
        expect(form).to_contain_text("This is no whole phone number")
        form.get_by_label("to *").fill("+12065550117")
        form.get_by_role("button", name="Check the message").click()
        sure = tests.get_by_role("group", name="Before it is sent")
        expect(sure).to_contain_text("to +12065550117, 22 characters.")
        expect(sure).to_be_focused()
        shoot(tests, "explorer-sms")
        assert violations(lab.page, axe, ".rc-panel") == []
        sure.get_by_role("button", name="Send it now").dblclick()
        expect(status).to_contain_text("The server has taken the message")
        expect(sure).to_be_hidden()

        lab.run_cell(2)
        expect(tests).to_contain_text(re.compile(r"can be called again in \d seconds"))
        resting = tests.get_by_role("button", name="My call log")
        expect(resting).to_be_disabled()
        expect(tests.get_by_role("button", name="Account info")).to_be_enabled()
        shoot(tests, "explorer-pause")
        expect(tests).to_contain_text("The pause is over")
        resting.click()
        expect(status).to_contain_text("My call log: the server has answered")

        lab.run_cell(3)
        mine = lab.panel("Try the API").last
        mine.get_by_role("button", name="Somebody").click()
        field = mine.get_by_label("extensionId *")
        expect(field).to_be_focused()
        expect(mine.locator(".rc-field", has=lab.page.get_by_label("extensionId *"))).to_contain_text("is missing")
        lab.page.keyboard.type("1")
        lab.page.keyboard.press("Enter")
        expect(mine.locator(".rc-form").first).to_contain_text("CMN-102")
        assert violations(lab.page, axe, ".rc-panel") == []
