"""The colours of the panels can be read, in each of JupyterLab's themes and without one."""

from __future__ import annotations

import re
import sys
from itertools import combinations
from pathlib import Path

import pytest

import rc_nb_helpers
from rc_nb_helpers import LoginPanel, LogoutPanel, TestPanel, TokenPanel, WirePanel

SHEETS = {
    file.stem: file.read_text("utf-8") for file in (Path(rc_nb_helpers.__file__).parent / "panels/assets").glob("*.css")
}
CSS = SHEETS.pop("panel")
THEMES = Path(sys.prefix) / "share/jupyter/lab/themes/@jupyterlab"
ENOUGH = 4.5  # WCAG 2.2, 1.4.3

Colour = tuple[float, float, float, float]


def rule(selector: str) -> dict[str, str]:
    """The custom properties that a rule of panel.css sets."""
    start = CSS.index(f"\n{selector} {{")
    return dict(re.findall(r"(--rc-[\w-]+): ([^;]+);", CSS[start : CSS.index("\n}", start)]))


def read(value: str, theme: dict[str, str]) -> Colour:
    """A colour as red, green, blue and how much of it covers the ground."""
    value = value.strip()
    if variable := re.fullmatch(r"var\((--[\w-]+)(?:, *(.+))?\)", value):
        return read(theme.get(variable[1], variable[2] or ""), theme)
    if numbers := re.fullmatch(r"rgba?\(([^)]+)\)", value):
        red, green, blue, *cover = (float(number) for number in numbers[1].split(","))
        return red, green, blue, cover[0] if cover else 1.0
    value = {"white": "#fff", "black": "#000"}.get(value, value).removeprefix("#")
    value = "".join(digit * 2 for digit in value) if len(value) == 3 else value
    return int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16), 1.0


def over(colour: Colour, ground: Colour) -> Colour:
    """What is seen of a colour that lets its ground through."""
    red, green, blue = (top * colour[3] + low * (1 - colour[3]) for top, low in zip(colour, ground[:3], strict=False))
    return red, green, blue, 1.0


def contrast(colour: Colour, ground: Colour) -> float:
    """How much two colours differ in lightness, as WCAG counts it."""

    def lightness(each: Colour) -> float:
        parts = [value / 255 for value in each[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((lightness(over(colour, ground)), lightness(ground)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["", "light", "dark", "dark-high-contrast"])
def test_words_stand_out_from_every_ground(name: str) -> None:
    css = (THEMES / f"theme-{name}-extension" / "index.css").read_text("utf-8") if name else ""
    theme = dict(re.findall(r"(--(?:jp|md)-[\w-]+):([^;}]+)", css))
    colours = rule(".rc-panel") | (rule('[data-jp-theme-light="false"] .rc-panel') if name.startswith("dark") else {})
    grounds = {each: read(colours[each], theme) for each in ("--rc-ground", "--rc-raised")}
    parties = ("--rc-notebook", "--rc-browser", "--rc-server")
    words = ("--rc-text", "--rc-soft", "--rc-blue", "--rc-ok", "--rc-error", "--rc-working", "--rc-info", *parties)
    pieces = [f"--rc-piece-{number}" for number in range(1, 9)]
    unreadable = [
        f"{word} on {ground}: {contrast(read(colours[word], theme), behind):.2f}"
        for word in (*words, *pieces)
        for ground, behind in grounds.items()
        if contrast(read(colours[word], theme), behind) < ENOUGH
    ]
    tints = {each: over((*read(colours[each], theme)[:3], 0.1), grounds["--rc-ground"]) for each in (*pieces, *parties)}
    unreadable += [
        f"{each} on its tint: {contrast(read(colours[each], theme), tint):.2f}"
        for each, tint in tints.items()
        if contrast(read(colours[each], theme), tint) < ENOUGH
    ]
    fills = ["--rc-fill", *(f"--rc-{kind}-fill" for kind in ("ok", "error", "working", "info"))]
    white = read(colours["--rc-on-fill"], theme)
    unreadable += [fill for fill in fills if contrast(white, read(colours[fill], theme)) < ENOUGH]
    assert unreadable == []


def test_parts_have_no_colours_of_their_own() -> None:
    assert {
        name: found for name, css in SHEETS.items() if (found := re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", css))
    } == {}


def test_no_part_dresses_what_another_has_drawn() -> None:
    """A page has the styles of all its panels at once."""
    own = {
        name: set(re.findall(r"\.(rc-[\w-]+)", css)) - set(re.findall(r"\.(rc-[\w-]+)", CSS))
        for name, css in SHEETS.items()
    }
    shared = [(one, other, own[one] & own[other]) for one, other in combinations(own, 2) if own[one] & own[other]]
    assert shared == []


def test_each_panel_brings_the_whole_style() -> None:
    """The last one that comes to the page decides: it must not overrule a part of another."""
    looks = {str(kind._css) for kind in (LoginPanel, TestPanel, LogoutPanel, TokenPanel, WirePanel)}
    (look,) = looks
    assert look.startswith(CSS)
    assert all(css in look for css in SHEETS.values())
