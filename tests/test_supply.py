"""What the pages and panels bring along is ours, small, and loads nothing from anywhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rc_nb_helpers"
ASSETS = sorted(path for kind in ("*.js", "*.css", "*.html", "*.svg") for path in PACKAGE.rglob(kind))
MOST_KB = 40
"""Of one file: what is larger has been taken over from somewhere."""

# Where a page or a module can name something to load. What it names must be data:, or relative, or a template's word.
LOADS = re.compile(
    r"""(?ix)
      \b(?:src|srcset|poster|data|manifest|background)\s*=\s*["']?\s*(?P<attribute>[^"'\s>]+)
    | <link\b[^>]*\bhref\s*=\s*["']?\s*(?P<link>[^"'\s>]+)
    | url\(\s*["']?\s*(?P<url>[^"')\s]+)
    | @import\s+["']?\s*(?P<css>[^"';\s]+)
    | \bimport\s*(?:\(|[\w{}*,\s]+\bfrom\b|(?=["']))\s*["'`](?P<module>[^"'`]+)
    | \b(?:fetch|EventSource|WebSocket|Worker|SharedWorker|importScripts|sendBeacon|Request)\s*\(\s*
      (?P<call>["'`][^"'`]+)
    """
)
ELSEWHERE = re.compile(
    r"(?i)^[\"'`]?\s*(?:[a-z][a-z0-9+.-]*:)?//|^[\"'`]?\s*(?:https?|wss?|ftp|blob|filesystem|javascript):"
)


def loaded(text: str) -> list[str]:
    """Everything that a text names to be loaded."""
    return [value for match in LOADS.finditer(text) for value in match.groupdict().values() if value]


def test_there_are_assets() -> None:
    assert {"panel.js", "panel.css", "callback_page.html"} <= {path.name for path in ASSETS}


@pytest.mark.parametrize("path", ASSETS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_asset_loads_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [value for value in loaded(text) if ELSEWHERE.match(value)] == []
    assert len(text) < MOST_KB * 1024


@pytest.mark.parametrize("path", [path for path in ASSETS if path.suffix == ".js"], ids=lambda path: path.name)
def test_script_brings_nothing_along_and_makes_no_code_of_text(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\b(?:eval|Function|XMLHttpRequest|document\.write|insertAdjacentHTML)\s*\(", text)
    assert not re.search(r"sourceMappingURL|\brequire\s*\(", text)


def test_panels_draw_what_the_server_says_as_text() -> None:
    """They show an API's answers; the practice platform's own pages are escaped where they are made."""
    for path in (PACKAGE / "panels").rglob("*.js"):
        assert not re.search(r"\.(?:inner|outer)HTML\s*=", path.read_text("utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<img src=//evil.example/x>",
        '<link rel="stylesheet" href="http://x.example/a.css">',
        "body { background: url(https://x.example/a.png) }",
        '@import "https://fonts.example/css";',
        'import React from "https://esm.sh/react";',
        'const a = await import("https://esm.sh/a")',
        'fetch("https://x.example/beacon")',
        "fetch(`wss://x.example`)",
        'new WebSocket("wss://x.example")',
    ],
)
def test_what_is_looked_for_is_found(text: str) -> None:
    assert [value for value in loaded(text) if ELSEWHERE.match(value)]


@pytest.mark.parametrize(
    "text",
    ['<link rel="icon" href="data:,">', '<a href="https://developers.ringcentral.com">', "fetch('/practice/board')"],
)
def test_what_stays_here_is_left_alone(text: str) -> None:
    assert not [value for value in loaded(text) if ELSEWHERE.match(value)]
