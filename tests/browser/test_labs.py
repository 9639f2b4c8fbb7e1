"""Lab 12 in a real browser: whether a strict cookie lets a login come home."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from rc_nb_helpers.course import lab_application
from rc_nb_helpers.practice import PracticePlatform
from tests.browser.conftest import shoot, sign_in
from tests.conftest import environment_of

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
