"""The wire in a browser: a login passes through it live, a failure is explained in its place, keys do all of it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from rc_nb_helpers.stills import Step, sequence, still

from ..test_stills import LOGIN as MESSAGES
from ..test_stills import message
from .conftest import SIZE, allow, begin, shoot, sign_in, violations
from .test_panels import LOGIN, TITLE, set_theme, tab_to

WIRE = "from rc_nb_helpers import WirePanel\nWirePanel(session)"
TOKEN = "POST /restapi/oauth/token"


def test_a_login_passes_through_the_wire_live(shared_notebook, practice, axe):
    lab = shared_notebook(LOGIN, WIRE)
    lab.run_all()
    login, wire = lab.panel(TITLE), lab.panel("See it happen")
    rows = wire.locator("[open] .rc-message")
    popup = begin(login)
    # What the person does is seen while the login waits; what comes next is not there yet.
    expect(rows.filter(has_text="Open the sign-in page")).to_be_visible()
    expect(rows.filter(has_text="POST /practice/sign-in")).to_have_count(0)
    sign_in(popup, practice)
    expect(rows.filter(has_text="POST /practice/sign-in")).to_be_visible()
    expect(rows.filter(has_text=TOKEN)).to_have_count(0)
    allow(popup)
    popup.close()
    token = rows.filter(has_text=TOKEN)
    expect(token).to_have_accessible_name(
        re.compile("^\\d. Your notebook to Practice, behind the browser's back: .* 200")
    )
    token.click()
    detail = wire.get_by_role("region", name="The chosen message")
    try:
        lab.page.set_viewport_size({"width": 1500, "height": 1900})
        wire.scroll_into_view_if_needed()
        # The message is beside its line, and nothing of it is hidden behind a scroll bar of its own.
        tops = [each.bounding_box()["y"] for each in (token, detail)]
        assert abs(tops[0] - tops[1]) < 5
        for part in (wire.locator(".rc-passed"), detail.locator("pre"), detail.locator(".rc-meanings")):
            assert part.evaluate("(each) => getComputedStyle(each).overflowY") == "visible"
        shoot(wire, "wire-light")
        assert violations(lab.page, axe, ".rc-panel") == []
        set_theme(lab.page, "JupyterLab Dark")
        shoot(wire, "wire-dark")
        assert violations(lab.page, axe, ".rc-panel") == []
        set_theme(lab.page, "JupyterLab Light")
        lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        lab.page.set_viewport_size({"width": 400, "height": 1900})
        expect(wire.locator("li:has(> [aria-current]) [role=region]")).to_be_visible()  # below its line
        shoot(wire, "wire-narrow")
        assert wire.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
    finally:
        set_theme(lab.page, "JupyterLab Light")
        lab.page.set_viewport_size(SIZE)
        lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")


def test_a_denied_login_is_explained_where_it_happened_and_keys_alone_lead_there(shared_notebook, practice, axe):
    """Folded into the login panel: what just happened?"""
    lab = shared_notebook(LOGIN)
    lab.run_all()
    page, login = lab.page, lab.panel(TITLE)
    for button in ("Log in to practice", "Log in as somebody else"):
        popup = begin(login, button=button)
        sign_in(popup, practice)
        popup.locator("[name=decision][value=deny]").click()
        popup.get_by_role("heading", name="Login failed").wait_for()
        popup.close()
    fold = login.get_by_role("button", name="What just happened?")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(login.get_by_role("listitem")).to_have_count(0)
    login.get_by_role("button", name="Log in to practice").focus()
    tab_to(page, "What just happened?")
    page.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    # However many logins there were: one is shown, and the keyboard has one stop for the others.
    expect(login.locator(".rc-login[open]:visible")).to_have_count(1)
    newest = re.search(r"Login (\d+)", login.locator(".rc-login[open] summary").inner_text())
    others = int(newest[1]) - 1
    expect(login.get_by_text(f"Earlier logins ({others})" if others > 1 else "1 earlier login")).to_be_visible()
    failed = login.get_by_role("listitem").filter(has_text="Problem:")
    expect(failed).to_contain_text("access_denied")
    expect(failed).to_contain_text("Log in again and allow it")
    section = failed.get_by_role("link", name="notebook 02, “Open it”")
    expect(section).to_have_attribute("href", f"{lab.lab.base}/lab/tree/02-ask-permission.ipynb#Open-it")

    page.keyboard.press("Tab")  # the list
    page.keyboard.press("Tab")
    for key, place in (("End", -1), ("Home", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("End", -1)):
        page.keyboard.press(key)
        expect(login.locator("[open] .rc-message").nth(place)).to_be_focused()
        expect(login.locator("[aria-current]")).to_be_focused()
    detail = login.get_by_role("region", name="The chosen message")
    expect(detail.get_by_role("tabpanel", name="HTTP")).to_contain_text("error=access_denied")
    tab_to(page, "HTTP")
    page.keyboard.press("ArrowLeft")
    expect(detail.get_by_role("tab", name="Python")).to_be_focused()
    expect(detail.get_by_role("tabpanel", name="Python")).to_contain_text("session.attempt.submit")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(detail.get_by_role("button", name="Copied")).to_be_focused()
    assert "session.attempt.submit" in page.evaluate("navigator.clipboard.readText()")
    shoot(login, "wire-denied")
    assert violations(page, axe, ".rc-panel") == []
    fold.press("Enter")
    expect(login.get_by_role("listitem")).to_have_count(0)


def test_a_still_is_shown_without_a_network_and_its_words_stay_inside(context, axe, tmp_path: Path):
    """In an exported page, as on a site and (by nbviewer) on the web: no script of ours, no theme, no kernel."""
    failed = message("5", state="failed", status=400, code="OAU-109")
    steps = [Step("Notebook", "Browser", "WWWWWWWW " * 30, answer="M" * 80, remark="mmmmmmmm " * 40, way="through")]
    pictures = [still([*MESSAGES, failed], title="My login", server="Practice"), sequence("W" * 60, "Wide", steps)]
    outputs = [nbformat.v4.new_output("display_data", picture._repr_mimebundle_()) for picture in pictures]
    exported = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    file = tmp_path / "exported.html"
    file.write_text(HTMLExporter().from_notebook_node(exported)[0], "utf-8")
    page = context.new_page()
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    page.set_viewport_size({"width": 400, "height": 1400})
    page.goto(file.as_uri())
    image = page.get_by_role("img", name=re.compile("My login.*Trade the code.*failed, answered 400 OAU-109"))
    assert image.evaluate("(image) => image.complete && image.naturalWidth > 0 && image.offsetWidth < 400")
    assert violations(page, axe, "img") == []
    shoot(page, "still-exported")
    for picture in pictures:
        page.set_content(picture.svg)
        outside = page.evaluate(
            """() => [...document.querySelectorAll("text")].filter((text) => {
            const [box, room] = [text.getBBox(), document.querySelector("svg").viewBox.baseVal];
            return box.x < 8 || box.x + box.width > room.width - 8 || box.y < 0 || box.y + box.height > room.height;
            }).map((text) => text.textContent)"""
        )
        assert outside == []
    page.close()
