"""What is in the file after everything: nothing that must not be seen."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from .conftest import begin, sign_in
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


def test_a_notebook_that_was_logged_in_can_be_given_to_anybody(notebook, practice, lab):
    opened = notebook(LOGIN, "TestPanel(session)", "LogoutPanel(session)", TELL)
    frames: list[str] = []

    def listen(socket):
        socket.on(
            "framereceived",
            lambda frame: frames.append(frame if isinstance(frame, str) else frame.decode("utf-8", "replace")),
        )

    # The kernel's connection is open already; the one after a reload is listened to from the start.
    opened.page.on("websocket", listen)
    opened.reload()
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
