"""What is in the file after everything: nothing that must not be seen."""

from __future__ import annotations

import json

from nbconvert import HTMLExporter
from playwright.sync_api import expect

from rc_nb_helpers.panels.base import script

from .conftest import TOKEN, begin, log_in, shoot, sign_in
from .test_panels import LOGIN, TITLE

TELL = """import json, pathlib
from ipywidgets import Widget
auth, attempt = session.platform.auth(), session.attempt
pathlib.Path("told.json").write_text(json.dumps({
    "secrets": [auth.access_token(), auth.refresh_token(), session.environment.client_secret,
        attempt._request.state, attempt._request.code_verifier],
    "state": Widget.get_manager_state()}))
del auth, attempt"""
PERSONAL = ("Alex Rivera", "+16505550101", "+1650555")


def test_a_notebook_saved_with_its_widgets_claims_nothing_when_nobody_answers(notebook, lab, practice, context):
    """In JupyterLab a panel is drawn from the saved state; an exported page shows what is stored as text.

    Without a network, for the widgets' scripts are not to be had by such a page.
    """
    opened = notebook(LOGIN, "TestPanel(session)")
    switch = "() => window.jupyterapp.commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState')"
    opened.page.evaluate(switch)  # Settings > Save Widget State Automatically
    try:
        opened.run_all()
        log_in(opened.panel(TITLE), practice)
        expect(opened.panel(TITLE).get_by_role("status")).to_contain_text("Logged in to practice")
        saved = opened.save()
        assert "Logged in to practice" in saved
    finally:
        opened.page.evaluate(switch)
    lab.end_kernels()
    opened.reload()
    panel = opened.panel(TITLE)
    expect(panel.get_by_role("status")).to_contain_text("gets no answer")
    expect(panel).not_to_contain_text("Logged in to practice")
    expect(panel.locator(".rc-buttons button")).to_have_count(0)
    shoot(opened.page, "reopened-with-state")
    opened.run_cell(0)
    expect(panel.get_by_role("status")).to_contain_text("Not logged in")

    assert (lab.folder / opened.path).read_text("utf-8") == saved
    page = HTMLExporter(embed_images=True).from_filename(str(lab.folder / opened.path))[0]
    (lab.folder / "exported.html").write_text(page)
    tab = context.new_page()
    tab.route(lambda url: not url.startswith(("file:", "data:", "blob:")), lambda route: route.abort())
    tab.goto((lab.folder / "exported.html").as_uri())
    shown = tab.locator("body")
    expect(shown).to_contain_text("lives as long as its kernel")
    assert "Logged in to practice" not in shown.inner_text()
    assert "Alex Rivera" not in page
    shoot(tab, "exported-page")
    tab.close()
    (lab.folder / "exported.html").unlink()


def test_two_tabs_show_the_same(notebook, lab, practice, context):
    opened = notebook(LOGIN)
    opened.run_all()
    opened.save()
    tab = context.new_page()
    tab.goto(f"{lab.base}/lab/workspaces/two/tree/{opened.path}?reset&token={TOKEN}")
    other = tab.locator("section.rc-panel")
    expect(other.get_by_role("status")).to_contain_text("Not logged in")
    log_in(opened.panel(TITLE), practice)
    for panel in (opened.panel(TITLE), other):
        expect(panel.get_by_role("status")).to_contain_text("You are Alex Rivera")
    shoot(tab, "second-tab")


DRAW = """async ([source, view]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: { render } } = await import(url);
  document.body.innerHTML = '<div class="output_area"></div>';
  // ipywidgets' model when no kernel stands behind it: a message goes nowhere, and nothing is thrown.
  const model = { get: () => view, send() {}, on() {}, off() {} };
  render({ model, el: document.querySelector(".output_area") });
}"""


def test_an_exported_page_with_the_widgets_scripts_claims_nothing_either(context):
    """Such a page draws panels from the saved state, with models that have no kernel."""
    view = {
        "title": TITLE,
        "status": {"kind": "ok", "text": "Logged in to practice."},
        "buttons": [{"id": "logout", "label": "Log out"}],
    }
    tab = context.new_page()
    tab.goto("about:blank")
    tab.evaluate(DRAW, [str(script()), view])
    panel = tab.locator("section.rc-panel")
    expect(panel.get_by_role("status")).to_contain_text("gets no answer")
    expect(panel).not_to_contain_text("Logged in")
    expect(panel.locator(".rc-buttons button")).to_have_count(0)
    tab.close()


def test_a_notebook_that_was_logged_in_can_be_given_to_anybody(notebook, practice, lab, context):
    frames: list[str] = []

    def listen(socket):
        socket.on(
            "framereceived",
            lambda frame: frames.append(frame if isinstance(frame, str) else frame.decode("utf-8", "replace")),
        )

    # Before there is a kernel, so that its connection is listened to from the start.
    page = context.pages[0] if context.pages else context.new_page()
    page.on("websocket", listen)
    opened = notebook(LOGIN, "TestPanel(session)", "LogoutPanel(session)", TELL)
    for index in range(3):
        opened.run_cell(index)
    login, tests = opened.panel(TITLE), opened.panel("Try the API")
    codes: list[str] = []
    popup = begin(login)
    popup.on("request", lambda request: codes.append(request.url) if "code=" in request.url else None)
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("You are Alex Rivera")
    for label in ("List extensions", "Company call log", "My phone numbers"):
        tests.get_by_role("button", name=label).click()
        expect(tests.get_by_role("status")).to_contain_text(f"{label}: the server has answered")
    opened.run_cell(3)
    told = json.loads((lab.folder / "told.json").read_text())
    (lab.folder / "told.json").unlink()
    code = next(part for part in codes[0].split("?")[1].split("&") if part.startswith("code=")).removeprefix("code=")
    secrets = [*told["secrets"], code]
    assert all(len(secret) > 8 for secret in secrets)

    saved = opened.save()
    state = json.dumps(told["state"])
    assert "Try the API" in state
    for private in (*secrets, *PERSONAL):
        assert private not in saved
        assert private not in state
        for frame in frames:
            assert private not in frame or '"details"' in frame
    # Not even in the messages: the tokens, the code, the client secret and the verifier stay in the kernel.
    state_value = told["secrets"][3]
    for secret in secrets:
        assert secret == state_value or not any(secret in frame for frame in frames)
    assert len(frames) > 20
