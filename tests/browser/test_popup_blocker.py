"""The popup, where the browser may forbid it: Chromium with its popup blocker on."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import shoot, sign_in
from .test_panels import LOGIN, TITLE


def test_a_real_click_opens_the_popup_although_the_blocker_is_on(shared_notebook, context, practice):
    lab = shared_notebook(LOGIN)
    # First that the blocker is really there: a window that nobody asked for does not open.
    probe = context.new_page()
    probe.route("**/blocker-probe", lambda route: route.fulfill(content_type="text/html", body=PROBE))
    probe.goto(f"{lab.lab.base}/blocker-probe")
    expect(probe).to_have_title("blocked")
    probe.close()

    lab.run_all()
    login = lab.panel(TITLE)
    where = login.get_by_role("button", name="Log in to practice").bounding_box()
    with lab.page.expect_popup() as opened:
        lab.page.mouse.click(where["x"] + where["width"] / 2, where["y"] + where["height"] / 2)
    popup = opened.value
    sign_in(popup, practice)
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")


PROBE = "<script>document.title = window.open('about:blank') ? 'opened' : 'blocked'</script>"


def test_who_gets_no_popup_finishes_with_the_link_or_its_address(shared_notebook, context, practice):
    lab = shared_notebook(LOGIN)
    lab.run_all()
    login = lab.panel(TITLE)
    lab.page.evaluate("() => { window.realOpen = window.open; window.open = () => null; }")
    login.get_by_role("button", name="Log in to practice").click()
    lab.page.evaluate("() => { window.open = window.realOpen; }")
    expect(login.get_by_role("status")).to_contain_text("The browser did not open a window. Use the link below.")
    link = login.get_by_role("link", name="Open the sign-in page")
    expect(link).to_be_visible()
    link.focus()
    expect(link).to_be_focused()
    address = login.get_by_label("or copy its address")
    expect(address).to_have_value(link.get_attribute("href"))
    login.get_by_role("button", name="Copy").click()
    expect(login.get_by_role("button", name="Copied")).to_be_visible()
    assert lab.page.evaluate("navigator.clipboard.readText()") == link.get_attribute("href")
    shoot(lab.page, "popup-blocked")
    # With the copied address, in a tab of the person's own, which no script may close.
    tab = context.new_page()
    tab.goto(address.input_value())
    sign_in(tab, practice)
    tab.get_by_role("button", name="Allow").click()
    expect(tab.get_by_text("You can close this tab")).to_be_visible()
    shoot(tab, "login-success-in-a-tab")
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")
    expect(login.get_by_role("status")).not_to_contain_text("did not open")
