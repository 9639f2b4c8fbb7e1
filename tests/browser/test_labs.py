"""Two labs in a real browser: whether a strict cookie lets a login come home, and an answer that comes by a tunnel."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Browser, expect

from rc_nb_helpers.course import lab_application
from rc_nb_helpers.practice import PracticePlatform
from tests.browser.conftest import Open, shoot, sign_in
from tests.conftest import environment_of
from tools.places import ROOT

pytest.importorskip("flask")


@pytest.mark.parametrize(
    ("same_site", "said"), [("Lax", "You are Alex Rivera."), ("Strict", "This browser has not asked for a login.")]
)
def test_whether_a_login_comes_home_with_a_cookie(
    browser: Browser, practice: PracticePlatform, same_site: str, said: str
) -> None:
    application = lab_application.run(environment_of(practice), "on the server", same_site)
    assert application
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(application.address)
        page.get_by_role("link", name="Log in").click()
        sign_in(page, practice)
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_role("heading", name=said)).to_be_visible()
        assert "code=" not in page.url or same_site == "Strict"
        shoot(page, f"lab-12-{same_site}")
    finally:
        context.close()
        lab_application.stop()


def test_an_answer_that_could_not_be_reached_comes_by_the_tunnel(notebook: Open, practice: PracticePlatform) -> None:
    cells = nbformat.read(ROOT / "notebooks/11-a-kernel-elsewhere.ipynb", as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    lab = notebook(*code)
    link = next(index for index, source in enumerate(code) if "open_in_browser(" in source)
    for index in range(link + 1):
        lab.run_cell(index)
    with lab.page.context.expect_page() as opened:
        lab.page.get_by_role("link", name="Open the sign-in page in a new tab").click()
    window = opened.value
    sign_in(window, practice)
    with window.expect_event("requestfailed", lambda request: "/oauth2callback" in request.url):
        window.get_by_role("button", name="Allow").click()
    lab.run_cell(link + 1)
    expect(lab.page.get_by_text("Has the answer come? False")).to_be_visible()
    lab.run_cell(link + 2)
    lab.run_cell(link + 3)  # the tunnel
    window.reload()
    expect(window.get_by_text("The answer has come.")).to_be_visible()
    window.close()
    lab.run_cell(link + 4)
    expect(lab.page.get_by_text("Login success", exact=True)).to_be_visible()
    for index in range(link + 5, len(code) - 1):
        lab.run_cell(index)
    shoot(lab.page, "lab-11")
    expect(lab.page.get_by_text("Logged out.", exact=True)).to_be_visible()
