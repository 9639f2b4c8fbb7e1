"""The panels, driven by clicks."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import shoot, sign_in

LOGIN = """from rc_nb_helpers import LoginPanel, LogoutPanel, Session, TestPanel, load_environment
session = Session(load_environment("practice"))
LoginPanel(session)"""


def test_login_calls_and_logout(notebook, practice):
    lab = notebook(LOGIN, "TestPanel(session)", "LogoutPanel(session)")
    lab.run_all()
    login = lab.panel("Log in to RingCentral")
    expect(login.get_by_role("status")).to_contain_text("Not logged in")
    lab.shot("1-before-login")

    with lab.page.expect_popup() as opened:
        login.get_by_role("button", name="Log in to practice").click()
    popup = opened.value
    popup.locator("[name=username]").wait_for()
    shoot(popup, "2-sign-in")
    expect(login.get_by_role("status")).to_contain_text("Waiting for you to sign in")
    expect(login.get_by_role("link")).to_be_visible()
    lab.shot("3-waiting")
    sign_in(popup, practice)
    shoot(popup, "4-consent")
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Allow").click()
        popup.get_by_role("heading", name="Login success").wait_for()
        shoot(popup, "5-login-success")

    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")
    expect(login.get_by_role("status")).to_contain_text("You are ")
    lab.shot("6-logged-in")

    tests = lab.panel("Try the API")
    for label in (
        *("List extensions", "My call log", "Company call log"),
        *("Account info", "My extension", "My phone numbers"),
    ):
        tests.get_by_role("button", name=label).click()
        expect(tests.get_by_role("status")).to_contain_text(f"{label}: the server has answered")
        expect(tests.get_by_role("table")).to_be_visible()
        lab.shot(f"7-{label.lower().replace(' ', '-')}")

    logout = lab.panel("Log out").last
    logout.get_by_role("button", name="Log out").click()
    expect(logout.get_by_role("status")).to_contain_text("the server has revoked the tokens")
    expect(tests.get_by_role("status")).to_contain_text("Not logged in")
    lab.shot("8-logged-out")
