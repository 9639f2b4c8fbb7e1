"""What stands in the way of a site. The site itself is built and read in tests/site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import course_site
from tools.problem import Problem


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mine.txt").write_text("mine")
    monkeypatch.setattr(course_site, "SITE", tmp_path)
    with pytest.raises(Problem, match=r"was not made by this command\.\nWhat to do: move it away"):
        course_site.build_site("no-python")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_links_to_parts_of_notebooks_lead_there_in_the_site():
    """JupyterLab and the site name the parts of a page each in its own way."""
    text = "# Title\n[a](<02-ask-permission.ipynb#The-link,-piece-by-piece>) [b](errors.ipynb#OAU-109) [c](#Ask_it)"
    page = course_site.as_page({"cells": [{"cell_type": "markdown", "source": [text], "metadata": {}}]}, "")
    assert page["cells"][0]["source"] == (
        "# Title\n[a](<02-ask-permission.ipynb#the-link-piece-by-piece>) [b](errors.ipynb#oau-109) [c](#ask_it)"
    )


def test_a_site_stays_when_the_next_one_cannot_be_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / course_site.BUILT).touch()
    monkeypatch.setattr(course_site, "SITE", tmp_path)
    monkeypatch.setattr(course_site, "run", lambda *_: 2)
    with pytest.raises(Problem, match="could not be built"):
        course_site.build_site("python")
    assert (tmp_path / course_site.BUILT).exists()
