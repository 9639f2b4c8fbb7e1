"""Running the cell is the check: it tells of whatever is written in fixed sentences, and leaves nothing behind."""

from __future__ import annotations

import os
import random
import secrets
import sys
import threading
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from rc_nb_helpers import ConfigurationError
from rc_nb_helpers.course import trying, turns
from rc_nb_helpers.course.program import FILE, RECORD, load_my_login, program_text
from rc_nb_helpers.course.sources import gap_of, gaps, kept_gaps
from rc_nb_helpers.sentences.checks import CHECKS
from tests.conftest import eventually

from .cells import notebook, unfolded

SECRET = "U0pDMDFQMTJQQVMwMA"
STATE = gap_of("new-state")
FOR_US = gap_of("for-us")


@pytest.fixture
def learner(capsys):
    with notebook(capsys) as opened:
        opened.run("import secrets, random, os, time, threading\nfrom hmac import compare_digest")
        opened.run("from rc_nb_helpers.course.n07 import show_link")
        yield opened


@pytest.fixture
def copies(tmp_path, monkeypatch):
    """The folder of a learner's copies, as tools/my_notebooks.py leaves it."""
    (tmp_path / RECORD).write_text("{}", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def last(said: str) -> list[str]:
    """The sentence, and what goes on."""
    return said.splitlines()[-2:]


# --- What is written


@pytest.mark.parametrize(
    "text",
    [
        "def new_state():\n    ...",
        "def new_state():\n    '''Another docstring.'''\n    # a comment\n    ...",
        "def new_state(): ...",
        "def new_state():\n    pass",
        "def new_state():\n    '''Only this.'''",
    ],
)
def test_nothing_but_dots_is_blank(learner, text):
    assert learner.turn("new-state", text).startswith("Blank: ours goes on.")
    assert len(learner["new_state"]()) == 43


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("async def new_state():\n    return secrets.token_urlsafe(32)", "turn.async"),
        ("async def new_state():\n    yield secrets.token_urlsafe(32)", "turn.async"),
        ("def new_state():\n    yield secrets.token_urlsafe(32)", "turn.yield"),
        ("def newstate():\n    return secrets.token_urlsafe(32)", "turn.name"),
        ("def new_state(size):\n    return secrets.token_urlsafe(size)", "turn.parameters"),
        ("class new_state:\n    def __call__(self):\n        return 1", "turn.no-function"),
        ("@staticmethod\ndef new_state():\n    return secrets.token_urlsafe(32)", "turn.no-function"),
    ],
)
def test_what_is_no_such_function_is_told(learner, text, sentence):
    said = learner.turn("new-state", text)
    assert last(said) == [CHECKS[sentence].replace("{line}", "def new_state():"), CHECKS["turn.ours"]]
    assert "✗" not in said


def test_a_decorator_between_is_told_and_one_above_works(learner):
    learner.run(
        "import functools\ndef other(f):\n    @functools.wraps(f)\n    def g(*a):\n        return f(*a)\n    return g"
    )
    text = "def new_state():\n    return secrets.token_urlsafe(32)"
    assert last(learner.turn("new-state", "@other\n" + text))[0] == CHECKS["turn.no-function"]
    assert learner.turn("new-state", text, above="@other\n").startswith("Right.")
    assert len(learner["new_state"]()) == 43


def test_error_is_told_by_its_kind_and_line_and_nothing_else(learner):
    text = f"def new_state():\n    x = 1\n    raise ValueError('{SECRET}')"
    said = learner.turn("new-state", text)
    assert last(said)[0] == "Your function ended with ValueError in line 4 of this cell."
    assert SECRET not in said
    text = f"def new_state():\n    raise type('{SECRET}', (ValueError,), {{}})"
    assert last(learner.turn("new-state", text))[0] == "Your function ended with ValueError in line 3 of this cell."
    text = "def new_state():\n    return type('X', (str,), {'__hash__': None})()"
    assert last(learner.turn("new-state", text))[0] == CHECKS["turn.odd"].format(kind="TypeError")


@pytest.mark.parametrize("gap", gaps().values(), ids=gaps())
def test_nothing_is_echoed(learner, gap):
    """Not of what is written, returned, printed or raised; and a print is not said five times."""
    first = gap.stub_text.splitlines()[0]
    for body in (f"return '{SECRET}'", f"raise RuntimeError('{SECRET}')", f"print('{SECRET}')\n    return 1"):
        assert SECRET not in learner.turn(gap.id, f"{first}\n    {body}")


def test_nothing_is_displayed_and_nobody_is_asked(learner, monkeypatch):
    asked, displayed = [], []
    monkeypatch.setattr("builtins.input", asked.append)
    monkeypatch.setattr(InteractiveShell, "_instance", learner.shell)  # as in a kernel
    monkeypatch.setattr(learner.shell.display_pub, "publish", lambda *given, **named: displayed.append(given))
    text = f"def new_state():\n    display('{SECRET}')\n    return secrets.token_hex(16)"
    learner.run("from IPython.display import display")
    assert learner.turn("new-state", text).startswith("Right.")
    assert displayed == []
    learner.turn("new-state", "def new_state():\n    return input('state? ')")
    assert asked == []
    learner.run("input('mine? ')\ndisplay(1)")
    assert asked == ["mine? "]
    assert len(displayed) == 1


@pytest.mark.parametrize("kind", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_what_ends_a_program_ends_a_function_only(learner, kind):
    said = last(learner.turn("new-state", f"def new_state():\n    raise {kind}('{SECRET}')"))
    assert said[0] == f"Your function ended with {kind} in line 3 of this cell."


def test_lines_break_between_words(learner):
    """JupyterLab breaks them anywhere, when the window is 1280 pixels wide and the list of files is open."""
    stub = FOR_US.stub_text.splitlines()[0]
    for text in (f"{stub}\n    return answer.get('state') == state", FOR_US.stub_text):
        learner.turn("for-us", text)
        shown = learner.shown.splitlines()
        assert max(map(len, shown)) <= 90
        assert any(line.startswith("  ") and not line.startswith(("  ✓", "  ✗")) for line in shown)


def test_second_miss_points_to_the_hint(learner):
    text = "def new_state():\n    return 'short'"
    assert CHECKS["turn.hint"] not in learner.turn("new-state", text)
    assert last(learner.turn("new-state", text))[1] == f"{CHECKS['turn.ours']} {CHECKS['turn.hint']}"


def test_run_again_and_differently(learner):
    right = learner.turn("for-us", FOR_US.solution_text)
    assert learner.turn("for-us", FOR_US.solution_text) == right == "Right. Yours goes on.\n"
    assert learner.turn("for-us", FOR_US.stub_text).startswith("Blank")
    assert learner["is_for_us"] is FOR_US.solution


def test_mine_goes_on_when_that_is_asked_for(learner):
    said = learner.turn("new-state", "def new_state():\n    return 'short'", run="mine")
    assert last(said)[1] == CHECKS["turn.mine"]
    assert learner["new_state"]() == "short"


def test_unknown_gap_is_a_lesson():
    with pytest.raises(ConfigurationError, match="for-us"):
        turns.your_turn("nowhere")


# --- Where the text of a cell cannot be had


def test_magics_in_the_cell(learner):
    assert learner.turn("for-us", FOR_US.solution_text, above="%precision 3\n").endswith("Right. Yours goes on.\n")
    timed = learner.turn("for-us", FOR_US.solution_text, above="%%time\n")
    assert timed.startswith((CHECKS["turn.unchecked"], "Right. Yours goes on."))
    assert learner["is_for_us"]({"state": "s"}, "s") is True
    assert learner.turn("for-us", FOR_US.stub_text, above="%%time\n").startswith("Blank")
    assert learner["is_for_us"] is FOR_US.solution
    assert learner.turn("end", gap_of("end").stub_text, above="%%time\n").startswith("Untouched")


def test_without_its_text_a_function_goes_on_as_it_is(capsys):
    names: dict = {}
    exec("from rc_nb_helpers.course import your_turn\n@your_turn('new-state')\ndef new_state():\n    return 1", names)
    assert names["new_state"]() == 1
    assert capsys.readouterr().out == CHECKS["turn.unchecked"] + "\n"


# --- Nothing is left behind


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "print('again')",
        "try:\n            x = answer['state']\n        except BaseException:\n            pass",
    ],
)
def test_a_loop_that_never_ends_is_ended(learner, monkeypatch, body):
    monkeypatch.setattr(turns, "CHECK_SECONDS", 0.2)
    said = learner.turn("for-us", f"def is_for_us(answer, state):\n    while True:\n        {body}")
    assert last(said) == [CHECKS["turn.time"].format(seconds=0), CHECKS["turn.ours"]]
    assert learner["is_for_us"] is FOR_US.solution
    assert "your-turn" not in {thread.name for thread in threading.enumerate()}


def test_a_loop_that_cannot_be_ended_is_told(learner, monkeypatch):
    """It catches everything, and waits in the system whenever it is asked to end."""
    monkeypatch.setattr(turns, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(trying, "KILL_SECONDS", 0.2)
    learner.run("wanted = [1]")
    body = "while wanted:\n        try:\n            time.sleep(0.001)\n        except BaseException:\n            pass"
    said = learner.turn("for-us", f"def is_for_us(answer, state):\n    {body}")
    assert last(said)[0] == CHECKS["turn.time"].format(seconds=0) + " " + CHECKS["turn.stubborn"]
    learner.run("wanted.clear()")
    eventually(lambda: "your-turn" not in {thread.name for thread in threading.enumerate()})


def test_stopping_the_cell_ends_the_check(monkeypatch):
    started = threading.Event()

    def endless():
        started.set()
        while True:
            pass

    join = threading.Thread.join

    def interrupted(thread, timeout=None):
        if timeout == 60:
            started.wait()
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trying.within(60, endless)
    assert "your-turn" not in {thread.name for thread in threading.enumerate()}


def test_names_variables_files_and_random_are_as_they_were(learner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RC_SERVER_URL", "https://mine.example")
    monkeypatch.setenv("KEPT", "1")
    random.seed(3)
    learner.run("kept = 1")
    before, variables = random.getstate(), dict(os.environ)
    learner.turn(
        "settings-of",
        "def settings_of(file):\n    global kept, left\n    kept = left = 2\n"
        "    secrets.token_hex = 32\n    del secrets.token_bytes\n"
        "    os.environ['LEFT'] = '1'\n    os.environ.pop('KEPT', None)\n"
        "    os.environ['RC_SERVER_URL'] = 'x'\n    open('left', 'w').close()\n    random.random()",
    )
    assert dict(os.environ) == variables
    assert random.getstate() == before
    assert list(tmp_path.iterdir()) == []
    assert Path.cwd() == tmp_path
    assert len(secrets.token_bytes(2)) * 2 == len(secrets.token_hex(2))
    assert learner["kept"] == 1
    assert "left" not in learner.shell.user_ns


# --- What is kept


def test_right_answers_are_kept_and_the_program_is_put_together(learner, copies):
    assert learner.turn("for-us", FOR_US.text_of(FOR_US.others[0])) == f"Right. Yours goes on. {CHECKS['own.first']}\n"
    learner.turn("new-state", STATE.text_of(STATE.others[0]))
    text = (copies / FILE).read_text("utf-8")
    assert text.count("# yours, from notebook") == 2
    assert text.count("# ours") == len(kept_gaps()) - 2
    assert "# yours, from notebook 03\ndef is_for_us(answer, state):\n    return bool(state) and answer" in text
    assert "your_turn" not in text
    assert (copies / "my-lines" / "for-us.py").is_file()
    mine = load_my_login()
    assert len(mine.new_state()) == 32
    assert mine.__file__ == str(copies / FILE)


def test_a_wrong_answer_later_leaves_the_right_one(learner, copies):
    learner.turn("new-state", STATE.text_of(STATE.others[0]))
    learner.turn("new-state", "def new_state():\n    return 'short'")
    assert len(load_my_login().new_state()) == 32


def test_imports_of_the_notebook_come_along(learner, copies):
    learner.run("import uuid as u\nfrom base64 import b64encode as encoded\nfrom urllib.parse import urlencode")
    learner.turn("new-state", "def new_state():\n    return encoded(u.uuid4().bytes).decode()")
    text = (copies / FILE).read_text("utf-8")
    assert "import uuid as u\n" in text
    assert "from base64 import b64encode as encoded\n" in text
    assert len(load_my_login().new_state()) == 24


@pytest.mark.parametrize(
    ("above", "text"),
    [
        ("def helper():\n    return secrets.token_urlsafe(32)", "def new_state():\n    return helper()"),
        ("SIZE = 32", "def new_state():\n    return secrets.token_urlsafe(SIZE)"),
        ("SIZE = 32", "def new_state(size=32):\n    return secrets.token_urlsafe(SIZE)"),
    ],
)
def test_what_only_this_notebook_has_is_not_kept(learner, copies, above, text):
    learner.turn("new-state", STATE.solution_text)
    learner.run(above)
    said = learner.turn("new-state", text.replace("(size=32)", "()"))
    assert said == f"Right. Yours goes on. {CHECKS['own.names']}\n"
    assert "# yours" not in (copies / FILE).read_text("utf-8")
    assert not (copies / "my-lines" / "new-state.py").exists()


@pytest.mark.parametrize(
    "line",
    [
        f'secret = "{SECRET}"',
        f"# my client secret: {SECRET}",
        f'secret = f"{SECRET}{{1}}"',
        'secret = "maple-syrup"',
        '"""my own: maple-syrup"""',
    ],
)
def test_what_looks_like_a_secret_is_not_kept(learner, copies, line):
    learner.run("client_secret = 'maple-syrup'")
    said = learner.turn("new-state", f"def new_state():\n    {line}\n    return secrets.token_urlsafe(32)")
    assert said == f"Right. Yours goes on. {CHECKS['own.secret']}\n"
    kept = [file.read_text("utf-8") for file in copies.rglob("*") if file.is_file()]
    assert not [text for text in kept if SECRET in text or "maple-syrup" in text]


def test_what_does_not_load_is_not_kept(learner, copies, monkeypatch):
    """It is tried in a process of its own, which here has another module of that name."""
    (copies / "elsewhere").mkdir()
    (copies / "elsewhere" / "only_here.py").write_text("token = lambda: 'x' * 8 + __import__('secrets').token_hex(16)")
    monkeypatch.syspath_prepend(str(copies / "elsewhere"))
    learner.run("import only_here")
    (copies / "only_here.py").write_text("raise SystemExit(1)")
    monkeypatch.setattr(sys, "path", [*sys.path[:1], *sys.path[1:]])
    monkeypatch.setattr(sys, "path", [str(copies), *sys.path])
    said = learner.turn("new-state", "def new_state():\n    return only_here.token()")
    assert said == f"Right. Yours goes on. {CHECKS['own.does-not-load']}\n"
    assert "only_here" not in (copies / FILE).read_text("utf-8")


def test_program_that_was_changed_by_hand_is_respected_and_later_kept_aside(learner, copies):
    learner.turn("new-state", STATE.solution_text)
    by_hand = (copies / FILE).read_text("utf-8") + "\nMINE = 1\n"
    (copies / FILE).write_text(by_hand, "utf-8")
    assert load_my_login().MINE == 1
    said = learner.turn("for-us", FOR_US.solution_text)
    assert "my_login (by hand 1).py" in said
    assert (copies / "my_login (by hand 1).py").read_text("utf-8") == by_hand
    assert "MINE" not in (copies / FILE).read_text("utf-8")


def test_kept_lines_survive_a_newer_course(copies, learner):
    """The copies are brought up to date, and the program follows what the sources say now."""
    learner.turn("new-state", STATE.text_of(STATE.others[0]))
    assert load_my_login().__file__ == str(copies / FILE)
    (copies / FILE).unlink()
    assert len(load_my_login().new_state()) == 32
    (copies / FILE).write_text(program_text(), "utf-8")  # ours, of git
    assert len(load_my_login().new_state()) == 32


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"x = 1\n",
        b"def new_state(:\n",
        b"def another():\n    return 1\n",
        b"@cached\ndef new_state():\n    return 1\n",
        b"\xff",
    ],
)
def test_kept_lines_that_were_spoiled_are_told_and_ours_goes_on(learner, copies, text):
    learner.turn("new-state", STATE.text_of(STATE.others[0]))
    learner.turn("for-us", FOR_US.solution_text)
    (copies / "my-lines" / "new-state.py").write_bytes(text)
    said = learner.run("from rc_nb_helpers.course import my_login\nprint(len(my_login.new_state()))")
    assert unfolded(said) == CHECKS["own.spoiled"].replace("{name}", "my-lines/new-state.py") + "\n43\n"
    assert (copies / FILE).read_text("utf-8").count("# yours, from notebook") == 1


def test_a_copy_of_the_course_gets_its_program(copies):
    assert load_my_login().__file__ == str(copies / FILE)
    assert (copies / FILE).read_text("utf-8") == program_text()


def test_nothing_is_kept_beside_the_originals(learner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learner.turn("new-state", STATE.solution_text)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_is_told(learner, copies, monkeypatch):
    (copies / "my-lines").write_text("a file is in the way")
    assert learner.turn("new-state", STATE.solution_text) == f"Right. Yours goes on. {CHECKS['own.not-written']}\n"
