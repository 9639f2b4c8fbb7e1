"""With every sentence in marks, as if it were translated, the pages show no word of ours without them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from rc_nb_helpers.api_calls import ALL_CALLS

from .conftest import begin, log_in, shoot

TRANSLATED = """from rc_nb_helpers import *
from rc_nb_helpers.panels.preflight import PreFlight
from rc_nb_helpers.sentences.checks import CHECKS
from rc_nb_helpers.sentences.panels import PANELS
from rc_nb_helpers.sentences.saying import translate
translate({name: f"⟦{text}⟧" for name, text in {**PANELS, **CHECKS}.items()})
session = Session(load_environment("practice"))
LoginPanel(session)"""
OTHERS = {
    "what was sent and answered, as it was": "pre, code, td, th, textarea, .rc-tree .rc-branch, .rc-address, .rc-value",
    "what tables say of parameters": ".rc-meanings > li > p:not(.rc-note), .rc-pieces dt, .rc-pieces dd:not(.rc-amiss)",
    "what tables say of tokens, calls and errors": ".rc-token .rc-note, .rc-matches, .rc-problem p",
    "a sign": ".rc-mark",
    "parameters, and what RingCentral says of them": ".rc-field :is(label, legend, option, .rc-note)",
}
"""Elements in which words stand that are no sentences of panels."""
NAMES = ["Practice", "Sandbox", "Production", "RingCentral", "HTTP", "curl", "Python", "JSON", "null"]
NAMES += [call.label for call in ALL_CALLS]

WORDS = """([panel, others]) => {
  const found = [];
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(others)) found.push(walker.currentNode.data);
  for (const each of panel.querySelectorAll("[aria-label], [aria-valuetext], [placeholder], [alt], [title]"))
    for (const name of ["aria-label", "aria-valuetext", "placeholder", "alt", "title"])
      if (!each.closest(others)) found.push(each.getAttribute(name) || "");
  return found;
}"""


def english_in(page: Page) -> set[str]:
    """What the panels show, or tell a screen reader, in words of ours that are not translated."""
    found = set()
    for panel in page.locator("section.rc-panel").all():
        for text in panel.evaluate(f"(panel) => ({WORDS})([panel, {', '.join(OTHERS.values())!r}])"):
            while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
                text = less
            text = re.sub(r"\b(GET|POST) \S+|https?://\S+|\bRead[A-Z]\w+", "", text).strip(" .,:·→0123456789()*")
            if any(letter.isalpha() for letter in text) and text not in NAMES:
                found.add(text)
    return found


def test_pages_show_what_is_translated_and_nothing_else(notebook, practice):
    lab = notebook(
        TRANSLATED,
        "TestPanel(session, writes=True)",
        "TokenPanel(session)",
        "WirePanel(session)",
        'show_link("https://server.example/restapi/oauth/authorize?client_id=me&redirect_uri=http://localhost:5000/x")',
        "PreFlight()",
        "LogoutPanel(session)",
    )
    lab.run_all()
    login, calls = lab.panel(re.compile("Log in to RingCentral")), lab.panel("Try the API")
    expect(lab.panel("Is everything in place?").get_by_role("status")).to_contain_text("in place")
    assert english_in(lab.page) == set()

    login.get_by_role("button", name="What just happened?").click()
    begin(login).close()
    expect(login.locator("summary", has_text="error page")).to_be_visible()
    assert english_in(lab.page) == set()
    login.get_by_role("button", name="Cancel").click()

    log_in(login, practice)
    calls.get_by_role("button", name="My call log").click()
    expect(calls.get_by_role("table")).to_be_visible()
    calls.get_by_role("button", name="Draw a picture").click()
    expect(calls.get_by_role("img")).to_be_visible()
    for label in ("Table", "Tree", "Picture"):
        calls.get_by_role("tab", name=label).click()
        assert english_in(lab.page) == set()
    calls.locator("summary", has_text="More calls").click()
    calls.get_by_role("combobox").fill("call log")
    expect(calls.get_by_text("found")).to_be_visible()
    calls.get_by_role("option").first.click()
    calls.locator("summary", has_text="Send a text message").click()
    calls.get_by_role("button", name="Check the message").click()
    wire = lab.panel("See it happen")
    wire.get_by_role("button", name="Trade the code").first.click()
    expect(wire.get_by_text("Protects").first).to_be_visible()
    assert english_in(lab.page) == set()
    shoot(calls, "translated-calls")
    shoot(wire, "translated-wire")

    lab.panel(re.compile("Log out")).get_by_role("button", name="Log out").click()
    expect(lab.panel(re.compile("Logged out"))).to_be_visible()
    assert english_in(lab.page) == set()
