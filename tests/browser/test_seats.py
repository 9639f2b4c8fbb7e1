"""A seat link in a real browser: its page, which keeps the secret to itself, and the box in a notebook."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.web.seat import SeatHandler

from .conftest import SIZE, shoot

# Plain http has no clipboard for scripts, as in a class; only this computer is an exception.
AS_IN_A_CLASS = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def test_the_page_shows_the_line_to_copy_and_sends_the_secret_nowhere(page: Page, classroom: PracticePlatform) -> None:
    page.add_init_script(AS_IN_A_CLASS)
    link = classroom.seat_link("learner-002")
    secret = link.partition("#")[2]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers} {request.post_data}"))
    for _ in range(2):
        page.goto(link)
        page.reload()
        line = page.get_by_label("The line")
        assert shlex.split(line.input_value()) == ["python3", "tutorial.py", "join", link]
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("status")).to_have_text("Copied. Now paste it in the terminal.")
    shoot(page, "seat-link")
    other = page.context.new_page()
    other.goto(classroom.server_url)
    other.set_content("<textarea id=t></textarea>")
    other.locator("#t").focus()
    other.keyboard.press("Control+V")
    assert other.locator("#t").input_value() == line.input_value()
    page.goto(classroom.server_url + "/practice/console")  # the next page is told nothing either
    assert len(asked) >= 3
    assert [each for each in asked if secret in each.replace(link, "")] == []
    assert [entry for entry in classroom.controls.requests() if secret in str(entry)] == []


NOT_WHOLE = (
    "",
    "#",
    "#abc",
    "#aB3dE5gH7jK9mN1pQ3sT5v6",
    '#";touch%20x;"',
    "#$(id)aaaaaaaaaaaaaaaaa",
    "#<img src=x>aaaaaaaaa",
)


def test_a_link_that_is_not_whole_gives_no_line_for_a_shell(page: Page, classroom: PracticePlatform) -> None:
    for fragment in NOT_WHOLE:
        page.goto("about:blank")  # or the page would not be loaded again for another fragment
        page.goto(classroom.server_url + "/practice/seat" + fragment)
        expect(page.get_by_text("The end of this link is missing.")).to_be_visible()
        expect(page.get_by_label("The line")).to_be_hidden()
        assert page.locator("#line").input_value() == "", fragment


def test_without_javascript_the_page_says_what_to_do(browser: Browser, classroom: PracticePlatform) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(classroom.seat_link("learner-001"))
    expect(page.get_by_text("It asks for the link. Paste the whole address of this page")).to_be_visible()
    context.close()


def test_a_learner_takes_a_seat_in_the_notebook(notebook, lab, classroom, monkeypatch):
    link = classroom.seat_link("learner-003")
    secret, client_secret = link.partition("#")[2], classroom.users[2]["client_secret"]
    mine = lab.folder / ".env-practice"
    opened = notebook("from rc_nb_helpers import *\nJoinPanel()", "load_environment('practice').server_url")
    try:
        mine.write_text("RC_SERVER_URL=\nRC_CLIENT_ID=my-own-app\n")
        opened.run_cell(0)
        panel = opened.panel("Take your seat")
        field, status = panel.get_by_label("The link from your instructor"), panel.get_by_role("status")
        field.fill(link[:-1])
        field.press("Enter")
        expect(status).to_contain_text("The end of this link is missing")
        expect(field).to_have_value("")
        shoot(panel, "join-wrong")
        # A platform that takes its time is not another cell that runs.
        answered, take = threading.Event(), SeatHandler._taken
        monkeypatch.setattr(SeatHandler, "_taken", lambda handler: answered.wait(20) and take(handler))
        field.fill(link)
        panel.get_by_role("button", name="Take the seat").click()
        expect(status).to_contain_text("Asking the class's practice platform")
        opened.page.wait_for_timeout(1200)  # after one second the page would guess
        assert "busy" not in status.inner_text()
        answered.set()
        expect(status).to_contain_text("Replace it?")
        expect(field).to_be_hidden()
        shoot(panel, "join-replace")
        panel.get_by_role("button", name="Replace it").click()
        expect(status).to_contain_text("You have seat learner-003.")
        expect(field).to_be_visible()
        shoot(panel, "join-done")
        opened.run_cell(1)
        expect(opened.page.locator(".jp-OutputArea-executeResult")).to_contain_text(classroom.server_url)
        saved = opened.save()
        for what in (secret, client_secret, "learner-003"):
            assert what not in saved
        assert "my-own-app" in (lab.folder / ".env-practice.before").read_text()
    finally:
        for file in lab.folder.glob(".env-practice*"):
            file.unlink()
