"""my_login.py, run as a program of its own from a notebook."""

from __future__ import annotations

import html
import re
import time

import pytest

from rc_nb_helpers.course import run_program, show_program
from rc_nb_helpers.course.program import FILE, program_text
from rc_nb_helpers.course.sources import gap_of, kept_gaps
from tests.conftest import eventually


@pytest.fixture
def place(tmp_path, monkeypatch, practice):
    """A folder for the program, from which it finds this test's practice platform."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
    return tmp_path


@pytest.fixture
def links(monkeypatch):
    """The links that a notebook shows, and the program's text."""
    shown = []
    for module in ("rc_nb_helpers.panels.link", "rc_nb_helpers.course.running"):
        monkeypatch.setattr(f"{module}.display", shown.append)
    return shown


def test_ours_goes_through_a_whole_login_where_no_file_is(place, links, monkeypatch, capsys):
    monkeypatch.setenv("RC_AUTOPILOT", "1")
    run_program("practice", seconds=60)
    said = capsys.readouterr().out
    assert said.startswith("$ python my_login.py practice\nOpen this link in your browser:\nLogin success\n101 ")
    assert said.endswith("Logged out.\n")
    assert "state" not in said  # it would be saved with the notebook
    (link,) = links
    eventually(lambda: not link._details["url"])
    assert link._details["summary"]["text"] == "The program says: Login success."
    link.close()


def test_file_beside_the_notebook_is_what_runs_and_its_secrets_are_hidden(place, links, capsys):
    (place / FILE).write_text("import sys\nprint('mine', sys.argv[1])\nraise ValueError('client_secret=abc-def')\n")
    run_program("sandbox", seconds=60)
    said = capsys.readouterr().out
    assert "mine sandbox\n" in said
    assert "ValueError" in said
    assert "abc-def" not in said
    assert not links


def test_program_that_does_not_end_is_ended(place, links, capsys):
    (place / FILE).write_text("import time\ntime.sleep(100)\n")
    begun = time.monotonic()
    run_program(seconds=0.3)
    assert time.monotonic() - begun < 10
    assert "has not ended within 0.3 seconds" in capsys.readouterr().out


def test_link_of_a_program_is_counted_down_and_ends_with_one_sentence(place, monkeypatch, capsys):
    links, counted = [], []

    def look(link):
        links.append(link)
        counted.append(link._details["summary"]["until"])

    monkeypatch.setattr("rc_nb_helpers.panels.link.display", look)
    (place / FILE).write_text("import time\nprint('http://localhost/')\ntime.sleep(100)\n")
    begun = time.time()
    run_program(seconds=2)
    (link,) = links
    eventually(lambda: not link._details["url"])
    assert 2 <= counted[0] - begun < 4
    assert link._details["summary"]["why"] == "The time to sign in has ended."
    assert link._details["summary"]["cure"].startswith("Run the cell again")
    assert capsys.readouterr().out.endswith("Run this cell again.\n")
    link.close()


def test_program_that_is_stopped_by_hand_ends_too(place, links, monkeypatch):
    (place / FILE).write_text("import time\nprint('http://localhost/')\ntime.sleep(100)\n")

    def press_stop(link):
        links.append(link)
        raise KeyboardInterrupt

    monkeypatch.setattr("rc_nb_helpers.panels.link.display", press_stop)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_program(seconds=60)
    assert time.monotonic() - begun < 30
    links[0].close()


def test_whole_program_is_shown_and_which_functions_are_the_learners(place, links, capsys):
    solved = gap_of("main")
    (place / FILE).write_text(program_text({"main": solved.solution_text}), "utf-8")
    show_program()
    count, *not_yet = capsys.readouterr().out.splitlines()
    assert count == f"1 of {len(kept_gaps())} are yours: main."
    assert " ".join(not_yet).startswith(
        "Not yet yours: settings_of (01), authorize_link (02), new_state (02), is_for_us (03)"
    )
    assert "main" not in " ".join(not_yet)
    (shown,) = links
    text = html.unescape(re.search("<pre>(.+)</pre>", shown.data, re.DOTALL)[1])
    assert text == (place / FILE).read_text("utf-8")
