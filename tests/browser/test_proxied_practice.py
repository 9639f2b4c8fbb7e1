"""Practice where the browser reaches only the Jupyter server: below that server's own address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from rc_nb_helpers.practice import PracticePlatform

from ..conftest import free_port
from .conftest import Lab, Open, allow, begin, log_in, shoot

pytest.importorskip("jupyter_server_proxy", reason="pip install jupyter-server-proxy")


@pytest.fixture
def proxied(lab: Lab) -> Iterator[PracticePlatform]:
    """A class whose browsers come through JupyterLab's server, which leaves its own path in front."""
    uri = f"http://localhost:{free_port()}/oauth2callback"
    at = f"{lab.base}/proxy/absolute/{{port}}"
    with PracticePlatform(browser_url=at, redirect_uris=[uri], instructor=True) as platform:
        yield platform


def test_login_and_board_below_the_address_of_the_jupyter_server(
    notebook: Open, lab: Lab, proxied: PracticePlatform
) -> None:
    """They share an origin with JupyterLab, and its cookies come along."""
    book = notebook(
        f"import os\nos.environ['RC_PRACTICE_URL'] = {proxied.server_url!r}\n"
        "from rc_nb_helpers import LoginPanel, Session, load_environment\n"
        "session = Session(load_environment('practice'))\nLoginPanel(session)",
    )
    seen: list[str] = []

    def note(request: Request) -> None:
        seen.append(request.url)

    book.page.context.on("request", note)
    book.run_all()
    log_in(book.panel("Log in"), proxied)
    board: Page = book.page.context.new_page()
    board.goto(proxied.browser_url + "/practice/board")
    board.get_by_label("Instructor’s password").fill(proxied.instructor_password)
    board.get_by_role("button", name="Open the board").click()
    expect(board.locator("#live")).to_have_text("Live")
    row = board.locator("#rows tr")
    expect(row).to_have_count(1)
    login = row.inner_text()
    board.get_by_text("More for the room").click()
    board.get_by_role("button", name="Clock one hour ahead").click()  # its form stays on the page
    expect(board.locator("#running")).to_contain_text("the clock is 1 hour ahead")
    assert "Tutorial app" in login
    shoot(board, "practice-proxied-board")
    sent = {at: [cookie["name"] for cookie in board.context.cookies(at)] for at in (board.url, f"{lab.base}/lab")}
    assert "practice_instructor" in sent[board.url]
    assert [name for name in sent[f"{lab.base}/lab"] if name.startswith("practice_")] == []
    assert [url for url in seen if url.startswith(proxied.server_url)] == []
    book.page.context.remove_listener("request", note)
    board.close()


def test_one_port_is_enough_and_nobody_pastes(notebook: Open, lab: Lab) -> None:
    """Practice runs in the kernel, and the browser reaches nothing but JupyterLab, which takes its own path away."""
    book = notebook(
        "import os\ndel os.environ['RC_PRACTICE_URL']\n"
        f"os.environ['RC_PRACTICE_BROWSER_URL'] = '{lab.base}/proxy/{{port}}'\n"
        "from rc_nb_helpers import LoginPanel, Session, load_environment\n"
        "session = Session(load_environment('practice'))\nLoginPanel(session)",
    )
    book.run_all()
    panel = book.panel("Log in")
    popup = begin(panel)
    seen: list[str] = []
    popup.on("request", lambda request: seen.append(request.url))
    popup.locator("[name=username]").fill("alex")
    popup.locator("[name=password]").fill("maple")
    popup.get_by_role("button", name="Sign in").click()
    allow(popup)
    assert popup.url.startswith(f"{lab.base}/rc-callback/")
    assert [url for url in seen if not url.startswith(lab.base)] == []
    shoot(panel, "practice-one-port")
    popup.close()
    expect(panel.get_by_role("status")).to_contain_text("Logged in to practice")
