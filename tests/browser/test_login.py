"""Logins that do not go straight: each test is what happened to somebody."""

from __future__ import annotations

import re
import socket
from urllib.parse import parse_qs, urljoin, urlsplit

from playwright.sync_api import expect

from rc_nb_helpers import Session
from rc_nb_helpers.panels.base import script
from rc_nb_helpers.practice import PracticePlatform

from ..conftest import callback, environment_of
from .conftest import begin, log_in, shoot, sign_in
from .test_panels import LOGIN, TITLE


def port_answers(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def redirect_port(popup_url: str) -> int:
    """The port of the redirect URI in a sign-in page's address."""
    return urlsplit(parse_qs(urlsplit(popup_url).query)["redirect_uri"][0]).port or 0


def test_who_says_no_reads_so_in_both_windows_and_can_try_again(shared_notebook, practice):
    lab = shared_notebook(LOGIN)
    lab.run_all()
    login = lab.panel(TITLE)
    popup = begin(login)
    sign_in(popup, practice)
    popup.locator("[name=decision][value=deny]").click()
    popup.get_by_role("heading", name="Login failed").wait_for()
    expect(popup.get_by_text("The login was refused")).to_be_visible()
    expect(popup.get_by_text("Log in again and allow it")).to_be_visible()
    shoot(popup, "denied-popup")
    status = login.get_by_role("status")
    expect(status).to_contain_text("The login was refused")
    expect(status).to_contain_text("Log in again and allow it")
    shoot(login, "denied-panel")
    popup.close()
    log_in(login, practice)


def test_closing_the_popup_ends_nothing_and_it_can_be_opened_again(shared_notebook, practice):
    lab = shared_notebook(LOGIN)
    lab.run_all()
    login = lab.panel(TITLE)
    begin(login).close()
    expect(login.get_by_role("status")).to_contain_text("Waiting for you to sign in")
    with lab.page.expect_popup() as opened:
        login.get_by_role("button", name="Open again").click()
    popup = opened.value
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")


def test_cancel_closes_the_popup_frees_the_port_and_the_next_login_works(shared_notebook, practice):
    lab = shared_notebook(LOGIN)
    lab.run_all()
    login = lab.panel(TITLE)
    with lab.page.expect_popup() as opened:
        login.get_by_role("button", name="Log in to practice").click()
    popup = opened.value
    popup.locator("[name=username]").wait_for()
    port = redirect_port(login.get_by_role("link").get_attribute("href"))
    assert port_answers(port)
    with popup.expect_event("close"):
        login.get_by_role("button", name="Cancel").click()
    expect(login.get_by_role("status")).to_contain_text("cancelled")
    expect(login.get_by_role("link")).to_have_count(0)
    assert not port_answers(port)
    shoot(login, "cancelled")
    log_in(login, practice)


def test_a_wrong_password_can_be_corrected(shared_notebook, practice):
    lab = shared_notebook(LOGIN)
    lab.run_all()
    login = lab.panel(TITLE)
    popup = begin(login)
    sign_in(popup, practice, password="not-it")
    expect(popup.get_by_role("alert")).to_be_visible()
    expect(login.get_by_role("status")).to_contain_text("Waiting for you to sign in")
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")


def test_a_wrong_client_secret_is_told_in_popup_and_panel(notebook, practice, lab):
    folder = lab.folder / "wrong-secret"
    folder.mkdir()
    (folder / ".env-practice").write_text(
        f"RC_CLIENT_ID={practice.client_id}\nRC_CLIENT_SECRET=of-another-app\nRC_REDIRECT_URL={practice.redirect_uris[0]}\n"
    )
    opened = notebook(LOGIN, name="wrong-secret/login.ipynb")
    opened.run_all()
    login = opened.panel(TITLE)
    popup = begin(login)
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    popup.get_by_role("heading", name="Login failed").wait_for()
    for place in (popup.locator("main"), login.get_by_role("status")):
        expect(place).to_contain_text("RingCentral does not accept this app")
        expect(place).to_contain_text("Copy the client id and the client secret again")
    shoot(popup, "wrong-secret-popup")
    shoot(login, "wrong-secret-panel")


def own_server(platform: PracticePlatform) -> str:
    """A cell that logs in to a server of one's own choice."""
    return f"""from rc_nb_helpers import Environment, LoginPanel, Session, TestPanel
session = Session(Environment(name="mine", server_url="{platform.server_url}", client_id="{platform.client_id}",
    client_secret="{platform.client_secret}", redirect_uri="{platform.redirect_uris[0]}"))
LoginPanel(session)"""


def test_a_server_that_goes_away_in_the_middle_is_told(shared_notebook, practice):
    with PracticePlatform(redirect_uris=practice.redirect_uris) as passing:
        lab = shared_notebook(own_server(passing))
        lab.run_all()
        login = lab.panel(TITLE)
        popup = begin(login)
        sign_in(popup, passing)

        def answer_and_vanish(route):
            answer = route.fetch(max_redirects=0)
            passing.stop()
            route.fulfill(response=answer)

        popup.route("**/practice/consent", answer_and_vanish)
        popup.get_by_role("button", name="Allow").click()
        popup.get_by_role("heading", name="Login failed").wait_for()
    for place in (popup.locator("main"), login.get_by_role("status")):
        expect(place).to_contain_text("Nothing answers at")
        expect(place).to_contain_text("Then log in again")
    expect(login.get_by_role("button", name="Log in to mine")).to_be_enabled()
    shoot(login, "unreachable")


def test_a_port_that_is_taken_is_told_before_any_sign_in_page(shared_notebook, practice):
    lab = shared_notebook(LOGIN, "print(session.environment.redirect_uri)")
    lab.run_all()
    uri = lab.page.locator(".jp-OutputArea-output", has_text="http://localhost").inner_text().strip()
    login = lab.panel(TITLE)
    with socket.socket() as other_program:
        # Logins of earlier tests may have used the port a moment ago.
        other_program.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other_program.bind(("127.0.0.1", urlsplit(uri).port))
        other_program.listen()
        with lab.page.expect_popup() as opened:
            login.get_by_role("button", name="Log in to practice").click()
        status = login.get_by_role("status")
        expect(status).to_contain_text("is already in use by")
        expect(status).to_contain_text("another address of this app, which is free")
        assert opened.value.is_closed()
        assert practice.server_url not in opened.value.url
        shoot(login, "port-in-use")
        log_in(login, practice, button="Log in on another port")


def test_an_address_that_led_nowhere_can_be_pasted(shared_notebook, practice, context):
    """The page has tried the listener before, and opens the box. Or a person chooses to paste, and thinks again."""
    lab = shared_notebook(LOGIN)
    context.route(lambda url: url in {urljoin(uri, "/") for uri in practice.redirect_uris}, lambda route: route.abort())
    lab.run_all()
    login = lab.panel(TITLE)
    way = login.get_by_label("Change:")
    way.select_option("pasting")
    expect(login.get_by_text("You paste the login's answer.")).to_be_visible()
    shoot(login, "way-changed")
    way.select_option(index=0)
    expect(login.get_by_text("The login's answer comes to port")).to_be_visible()
    popup = begin(login)
    expect(login.get_by_role("status")).to_contain_text("has not reached port")
    shoot(login, "listener-unreached")
    caught = []

    def lead_nowhere(route):
        caught.append(route.fetch(max_redirects=0).headers["location"])
        route.fulfill(status=502, body="This site can't be reached")

    popup.route("**/practice/consent", lead_nowhere)
    sign_in(popup, practice)
    with popup.expect_response("**/practice/consent"):
        popup.get_by_role("button", name="Allow").click()
    box = login.get_by_label("Address:", exact=True)

    # First a wrong one: the login goes on, and the box stays.
    box.fill("http://localhost/?code=abc")
    login.get_by_role("button", name="Finish the login").click()
    expect(login.get_by_role("status")).to_contain_text("carries no state")
    shoot(login, "paste")
    box.fill(caught[0])
    box.press("Enter")
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")
    expect(box).to_have_value("")


def test_stale_foreign_broken_and_late_addresses_are_told_apart(notebook, port, redirect_uri, clock):
    """The port is another notebook's, so the browser ends there: its page says what to do with the address."""
    with PracticePlatform(redirect_uris=[redirect_uri], clock=clock) as platform:
        other = Session(environment_of(platform)).begin_login()
        lab = notebook(own_server(platform))
        lab.run_all()
        login = lab.panel(TITLE)
        status = login.get_by_role("status")
        box = login.get_by_label("Address:", exact=True)

        def answer() -> str:
            popup = begin(login, button="Log in to mine")
            sign_in(popup, platform)
            popup.get_by_role("button", name="Allow").click()
            popup.get_by_text("Copy it from the address bar, and paste it there").wait_for()
            shoot(popup, "address-of-another-notebook")
            return popup.url

        def paste(address: str) -> None:
            box.fill(address)
            box.press("Enter")

        old = answer()
        expect(status).to_contain_text(f"Port {port} is already in use by another notebook that waits for a login.")
        expect(box).to_be_visible()
        box.focus()
        expect(login.get_by_text("seconds more at most")).to_be_visible()
        shoot(login, "paste-port-taken")
        paste(callback(other))
        expect(status).to_contain_text("This callback belongs to another login")
        shoot(login, "paste-foreign")
        paste(old[: old.index("state=") + 20])
        expect(status).to_contain_text("The end of this address is missing")
        shoot(login, "paste-broken")
        login.get_by_role("button", name="Cancel").click()
        late = answer()
        paste(old)
        expect(status).to_contain_text("This callback belongs to another login")
        shoot(login, "paste-stale")
        box.focus()
        lab.page.evaluate("window.now = Date.now; Date.now = () => window.now() + 61000")
        expect(login.get_by_text("its code is too old now")).to_be_visible()
        shoot(login, "paste-minute-over")
        lab.page.evaluate("Date.now = window.now")
        clock.ahead = 61
        paste(late)
        expect(status).to_contain_text("OAU-108")
        expect(status).to_contain_text("older than its 60 seconds")
        shoot(login, "paste-late")
        other.cancel()


def test_a_sign_in_page_that_gives_no_answer_is_told_and_pasting_stays_possible(shared_notebook, practice, context):
    """The question may be all that the browser forbids: an https page, a webview. Then the login goes on."""
    elsewhere = "object.__setattr__(session.environment, 'browser_url', 'http://192.0.2.1')\npanel._show()"
    lab = shared_notebook(LOGIN.replace("LoginPanel(", "panel = LoginPanel(") + "\npanel", elsewhere)
    context.route(lambda url: url.endswith("/here.css") or "192.0.2.1" in url, lambda route: route.abort())
    lab.run_cell(0)
    login = lab.panel(TITLE)
    popup = begin(login)
    expect(login).to_contain_text("got no answer from the sign-in page")
    expect(login).to_contain_text("practice runs on the notebook's computer")
    expect(login).to_contain_text("If the page opens all the same, go on")
    shoot(login, "probe-failed")
    lab.run_cell(1)
    expect(login).to_contain_text("see whether practice still runs there")
    expect(login).not_to_contain_text("on the notebook's computer")
    login.get_by_text("The browser ended on an error page").click()
    expect(login.get_by_label("Address:", exact=True)).to_be_visible()
    expect(login).to_contain_text("If it is the sign-in page that cannot be reached")
    shoot(login, "probe-failed-elsewhere")
    sign_in(popup, practice)
    popup.get_by_role("button", name="Allow").click()
    expect(login.get_by_role("status")).to_contain_text("Logged in to practice")
    expect(login).not_to_contain_text("got no answer")


ANSWERED_WHILE_IT_OPENS = """async ([source, address]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: { render } } = await import(url);
  const buttons = [{ id: "login", label: "Log in to practice", popup: "new" }];
  const [view, hear] = [{ title: "Log in", status: { kind: "info", text: "Not logged in." }, buttons }, {}];
  const model = { get: () => view, send: (message) => { view.answered = [message.number]; },
    on: (name, handler) => { hear[name] = handler; }, off() {} };
  const [led, popup] = [[], { focus() {}, location: { replace: (url) => led.push(url) } }];
  window.open = () => {
    hear["msg:custom"]({ details: { url: address } });
    hear["change:view"]();
    return popup;
  };
  render({ model, el: document.body });
  hear["msg:custom"]({ details: {} });
  document.querySelector(".rc-buttons button").click();
  return [led, document.querySelector(".rc-buttons button").getAttribute("aria-disabled")];
}"""


def test_an_answer_that_comes_while_the_window_opens_is_not_missed(context):
    """Firefox goes on with other events inside of window.open(): the window stayed blank there, and the panel busy."""
    tab = context.new_page()
    tab.goto("about:blank")
    led, disabled = tab.evaluate(ANSWERED_WHILE_IT_OPENS, [str(script()), "http://127.0.0.1:9/sign-in"])
    tab.close()
    assert led == ["http://127.0.0.1:9/sign-in"]
    assert disabled == "false"


def test_an_environment_without_credentials_teaches_and_the_choice_stays(shared_notebook, practice):
    lab = shared_notebook(LOGIN)
    lab.run_all()
    login = lab.panel(TITLE)
    login.get_by_role("radio", name="Production").click()
    status = login.get_by_role("status")
    expect(status).to_contain_text("RC_CLIENT_ID in .env-production, line")
    expect(status).to_contain_text("is blank")
    expect(status).to_contain_text("Copy it from the app's Credentials page")
    expect(login.get_by_role("radio", name="Practice")).to_be_checked()
    expect(login.get_by_role("button", name=re.compile("Log in to practice"))).to_be_enabled()
    shoot(login, "no-credentials")
    log_in(login, practice)
