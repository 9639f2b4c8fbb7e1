"""Links that end with their listener, a link taken apart, and tokens that run down, as a person sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect

from .conftest import SIZE, OpenNotebook, log_in, shoot, sign_in, violations
from .test_panels import set_theme, tab_to

BUILD = """import threading, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit
from rc_nb_helpers import AuthorizationRequest, load_environment, open_in_browser, show_link
clock = time.time
time.time = lambda: clock() + 3600  # the kernel is on a computer whose clock is an hour ahead
environment = load_environment("practice")
request = AuthorizationRequest(
    server_url=environment.server_url, client_id=environment.client_id, redirect_uri=environment.redirect_uri)
answer = {}
show_link(request.url)"""
LINK = "open_in_browser(request.url, until=time.time() + 120, answer=answer)"
LISTEN = """class Callback(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Thank you.")
        answer.update(parse_qsl(urlsplit(self.path).query))
    def log_message(self, *args):
        pass
server = HTTPServer(environment.listen_address, Callback)
def work():
    with server:
        while not answer:
            server.handle_request()
threading.Thread(target=work, daemon=True).start()"""
SHORT = 'open_in_browser("http://localhost/restapi/oauth/authorize?x=1", until=time.time() + 6)'


@contextmanager
def looks(lab: OpenNotebook, axe: str, panel: Locator, name: str) -> Iterator[None]:
    """Look at a panel in the dark, in the light and in a narrow notebook, and check each for accessibility."""
    try:
        lab.page.set_viewport_size({"width": SIZE["width"], "height": 2000})
        for theme in ("Dark", "Light"):
            set_theme(lab.page, f"JupyterLab {theme}")
            assert violations(lab.page, axe, ".rc-panel") == [], f"{name}, {theme}"
            shoot(panel, f"{name}-{theme.lower()}")
        yield
        lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        lab.page.set_viewport_size({"width": 400, "height": 2900})
        shoot(panel, f"{name}-narrow")
        assert panel.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth"), "it sticks out at the side"
    finally:
        set_theme(lab.page, "JupyterLab Light")
        lab.page.set_viewport_size(SIZE)
        lab.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")


def test_a_link_is_taken_apart_and_lives_as_long_as_its_listener(shared_notebook, practice, axe):
    lab = shared_notebook(BUILD, LINK, SHORT, LISTEN, "time.time = clock")
    for index in range(3):
        lab.run_cell(index)
    pieces, link, short = (lab.panel(title) for title in ("The link, taken apart", "Sign in", "Sign in"))
    link, short = link.nth(0), short.nth(1)
    expect(link.get_by_role("status")).to_contain_text("nobody waits for the answer")
    expect(link.get_by_role("link")).to_be_hidden()
    shoot(link, "link-not-yet")
    expect(short).to_contain_text(re.compile("0:0[1-6] left"))
    expect(short.get_by_role("link")).to_be_visible()
    lab.run_cell(3)
    expect(link).to_contain_text(re.compile(r"1:\d\d left"))
    expect(
        link.get_by_role("status").locator("[aria-hidden]", has_text="left")
    ).to_be_visible()  # not announced each second
    shoot(link, "link-waiting")
    expect(short.get_by_role("status")).to_contain_text("This link is over")
    expect(short.get_by_role("link")).to_be_hidden()
    shoot(short, "link-over")

    expect(pieces.locator("dt")).to_contain_text(["server", "path", "response_type", "client_id"])
    assert pieces.locator(".rc-address").inner_text() == link.get_by_label("or copy its address").input_value()
    looks_like = "(link) => getComputedStyle(link).color + getComputedStyle(link).textDecorationLine"
    before = link.get_by_role("link").evaluate(looks_like)
    with lab.page.expect_popup() as opened:
        link.get_by_role("link").click()
    assert link.get_by_role("link").evaluate(looks_like) == before  # it works still, and looks so
    expect(link).to_contain_text("Opened. The link works still")
    shoot(link, "link-opened")
    tab = opened.value
    sign_in(tab, practice)
    tab.get_by_role("button", name="Allow").click()
    tab.get_by_text("Thank you.").wait_for()
    came = tab.url
    tab.close()
    expect(link.get_by_role("status")).to_contain_text("You have signed in, and the answer has come")
    expect(link.get_by_role("link")).to_be_hidden()
    # The link that had the focus is no more: the next Shift+Enter is the next cell's, and begins no new login.
    expect(lab.page.locator(".jp-Notebook .jp-Cell").nth(2)).to_be_focused()
    lab.run_cell(4)

    # By keyboard alone: the answer in the same colours.
    pieces.focus()
    tab_to(lab.page, "Take it apart")
    lab.page.keyboard.press("Shift+Tab")
    field = pieces.get_by_label("The answer")
    for given, says in (
        (came.replace("state=", "state=x"), "belongs to another login"),
        (came, "This is the answer to the link"),
    ):
        expect(field).to_be_focused()
        lab.page.keyboard.insert_text(given)
        lab.page.keyboard.press("Enter")
        expect(pieces.get_by_role("status")).to_contain_text(says)
    expect(pieces.locator(".rc-address")).to_have_count(2)
    code = re.search(r"code=([^&]+)", came)
    assert code
    assert code[1] not in pieces.inner_text()
    with looks(lab, axe, pieces, "link-apart"):
        pass
    assert code[1] not in lab.save()


TOKENS = """from rc_nb_helpers import LoginPanel, Session, TokenPanel, load_environment
session = Session(load_environment("practice"))
LoginPanel(session)"""
END = "import time\nsession.platform.auth().set_data({name: time.time() + 4 for name in %r})"


def test_tokens_run_down_are_renewed_and_end(shared_notebook, practice, axe):
    ends = [END % (("expire_time",),), END % (("expire_time", "refresh_token_expire_time"),)]
    lab = shared_notebook(TOKENS, "TokenPanel(session)", *ends)
    lab.run_cell(0)
    lab.run_cell(1)
    login, tokens = lab.panel("Log in to RingCentral"), lab.panel("What the session holds")
    log_in(login, practice)
    access, refresh = tokens.get_by_role("meter").nth(0), tokens.get_by_role("meter").nth(1)
    expect(access).to_have_attribute("aria-valuetext", re.compile(r"^59:\d\d left of 1 h$"))
    expect(refresh).to_have_attribute("aria-valuetext", "6 days 23 h left of 7 days")
    expect(tokens).to_contain_text("ReadAccounts")
    with looks(lab, axe, tokens, "tokens"):
        shoot(login, "login-counted-down")
    lab.run_cell(2)
    expect(tokens).to_contain_text("The next call gets a new one by itself")
    expect(tokens.get_by_role("status")).to_contain_text("Logged in")
    tokens.focus()
    tab_to(lab.page, "Refresh now")
    lab.page.keyboard.press("Enter")
    expect(tokens.get_by_role("status")).to_contain_text("new tokens")
    expect(access).to_have_attribute("aria-valuetext", re.compile(r"^(59|1 h)"))
    expect(tokens).to_contain_text("Once.")
    lab.run_cell(3)
    expect(login).to_contain_text(re.compile("The access token is good for 0:0[1-4] more"))
    # Nothing happens in the kernel then: the pages notice it.
    expect(tokens.get_by_role("status")).to_contain_text("Not logged in")
    expect(login.get_by_role("status")).to_contain_text("Not logged in")
