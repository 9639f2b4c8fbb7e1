"""What a reader of the site meets: every page, in a real browser and without a network; links; the search."""

from __future__ import annotations

import subprocess
import sysconfig
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ..browser.conftest import SIZE, shoot, violations
from .conftest import FILLED_IN, ROOT, Built

NARROW = 400
HEADINGS = """[...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((heading) => heading.checkVisibility()).map((heading) => Number(heading.tagName[1]))"""
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that reaches nothing but files."""
    context = browser.new_context(viewport=SIZE)
    context.route(lambda address: not address.startswith("file:"), lambda route: route.abort())
    yield context.new_page()
    context.close()


def test_the_command_says_where_the_site_is_and_warns_of_nothing(built: Built):
    said = built.said[built.said.index("Building") :]  # what comes before is about the environment
    assert said == f"Building the site …\n\n  The course    {built.folder / 'index.html'}\n\n"


def test_each_notebook_and_each_page_for_instructors_is_in_the_list_of_pages(built: Built):
    listed = (built.folder / "index.html").read_text("utf-8")
    notebooks = {f"{file.parent.name}/{file.stem}.html" for file in (ROOT / "notebooks").glob("*.ipynb")}
    guides = {f"{file.relative_to(ROOT).with_suffix('.html')}" for file in (ROOT / "workshop").rglob("*.md")}
    nav = listed[listed.index('aria-label="The course"') :].split("</nav>")[0]
    assert not [name for name in notebooks | guides if f'href="{name}"' not in nav]


def test_what_a_person_has_filled_in_is_in_no_page(built: Built):
    shown = (built.folder / "files" / ".env-production.html").read_text("utf-8")
    assert "RC_CLIENT_SECRET" in shown
    assert not [file for file in built.folder.rglob("*") if file.is_file() and FILLED_IN.encode() in file.read_bytes()]


def test_no_link_is_broken(built: Built):
    lychee = Path(sysconfig.get_path("scripts"), "lychee")
    if not lychee.exists():
        pytest.skip("lychee is missing: python3 tutorial.py test --site installs it")
    checked = subprocess.run(
        [lychee, "--offline", "--include-fragments", "--no-progress", built.folder],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " 0 OK" not in checked.stdout


def test_every_page_can_be_read_by_everybody_and_loads_nothing_from_elsewhere(page: Page, built: Built, axe: str):
    """Light and dark, at a desk and in a narrow window; headings in order, one at the top."""
    asked: list[str] = []
    wrong: dict[str, list[str]] = {}
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.setdefault(page.url, []).append(str(error)))
    for file in built.pages:
        name = file.relative_to(built.folder).as_posix()
        page.set_viewport_size(SIZE)
        page.goto(file.as_uri())
        levels = page.evaluate(HEADINGS)
        found = [] if levels.count(1) == 1 and levels[0] == 1 else [f"not one heading of the first level: {levels}"]
        found += [f"a level is left out: {levels}"] if any(b > a + 1 for a, b in pairwise(levels)) else []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            expect(page.locator(f"html[data-theme={scheme}]")).to_have_count(1)
            found += [f"{scheme}: {each}" for each in violations(page, axe)]
        page.set_viewport_size({**SIZE, "width": NARROW})
        found += [f"too wide by {wide}" for wide in [page.evaluate(TOO_WIDE)] if wide > 0]
        if name in ("index.html", "notebooks/02-ask-permission.html"):
            shoot(page, f"site-{file.stem}-{NARROW}")
        if found:
            wrong[name] = found
    assert wrong == {}
    assert not [address for address in asked if not address.startswith(("file:", "data:"))]


def test_a_panel_is_words_in_the_site_and_an_output_is_what_was_stored(page: Page, built: Built):
    page.goto((built.folder / "notebooks" / "00-start-here.html").as_uri())
    expect(page.get_by_text("LoginPanel appears here when you run this cell.")).to_be_visible()
    expect(page.get_by_text("You are Alex Rivera at Maple Street Books", exact=True)).to_be_visible()
    assert page.get_by_text("lives as long as its kernel: run this cell").count() == 0


def test_on_paper_nothing_is_cut_off_and_slips_and_answers_have_sheets_of_their_own(page: Page, built: Built):
    for name, part in (("role-play", "the-slips"), ("quiz", "answers")):
        page.goto((built.folder / "workshop" / f"{name}.html").as_uri())
        page.emulate_media(media="print")
        # A box that scrolls, or that is laid out as one piece, ends with the sheet on which it begins to be too long.
        assert page.evaluate(f"""() => {{
          const around = [];
          for (let one = document.getElementById("{part}"); one.tagName !== "MAIN"; one = one.parentElement)
            around.push(getComputedStyle(one));
          return [around[0].breakBefore, ...new Set(around.map((style) => style.display + " " + style.overflow))];
        }}""") == ["page", "block visible"]
        page.emulate_media(media="screen")


@pytest.mark.parametrize("width", [1280, NARROW])
def test_the_search_is_reached_with_the_keyboard_and_finds(page: Page, built: Built, width: int):
    page.set_viewport_size({**SIZE, "width": width})
    page.goto(built.pages[0].as_uri())
    field = page.get_by_role("searchbox", name="Search the course")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.primary-toggle')"):
            page.keyboard.press("Enter")
        if field.count() and field.evaluate("(field) => field === document.activeElement"):
            break
    page.keyboard.type("verifier")
    page.keyboard.press("Enter")
    found = page.locator("#search-results").get_by_role("link", name="04 Code to tokens")
    found.press("Enter")
    expect(page.get_by_role("heading", level=1, name="04 Code to tokens")).to_be_visible()
    shoot(page, f"site-found-{width}")
