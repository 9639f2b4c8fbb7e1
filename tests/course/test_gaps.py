"""Every gap: blank, solved, with other right answers, and with each wrong one."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from rc_nb_helpers.course.sources import SOURCES, gaps, guesses
from rc_nb_helpers.sentences.checks import CHECKS

from .cells import notebook

GAPS = gaps()
ROOT = Path(__file__).parents[2]


@pytest.fixture
def learner(capsys):
    with notebook(capsys) as opened:
        # What the notebook has by then: the imports of the program, and its other functions.
        opened.run("\n".join(line for source in SOURCES for line in imports_of(source)))
        opened.run("from rc_nb_helpers.course.program import load_my_login; load_my_login(); from my_login import *")
        yield opened


def imports_of(source):
    return re.findall(r"^(?:import|from) (?!\.|__future__)[^(\n]+$", inspect.getsource(source), re.M)


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
def test_untouched_goes_on_with_ours(learner, gap):
    said = learner.turn(gap.id, gap.stub_text)
    assert said.startswith("Untouched: ours goes on." if gap.stub else "Blank: ours goes on.")
    assert learner[gap.name] is gap.solution


RIGHT = [(gap, answer) for gap in GAPS.values() for answer in (gap.solution, *gap.others)]


@pytest.mark.parametrize(("gap", "answer"), RIGHT, ids=[f"{gap.id} {answer.__name__}" for gap, answer in RIGHT])
def test_right_goes_on_with_theirs(learner, gap, answer):
    assert learner.turn(gap.id, gap.text_of(answer)) == "Right. Yours goes on.\n"
    assert learner[gap.name].__code__.co_filename != gap.solution.__code__.co_filename


WRONG = [(gap, wrong) for gap in GAPS.values() for wrong in gap.wrong]


@pytest.mark.parametrize(("gap", "wrong"), WRONG, ids=[f"{gap.id} {wrong.function.__name__}" for gap, wrong in WRONG])
def test_wrong_has_its_sentence_and_goes_on_with_ours(learner, gap, wrong):
    said = learner.turn(gap.id, gap.text_of(wrong.function)).splitlines()
    assert said[0] == "Not yet:"
    assert len(said) == len(gap.criteria) + 3
    assert any(line.startswith("  ✗ ") for line in said[1:-2])
    assert said[-2:] == [CHECKS[wrong.sentence], CHECKS["turn.ours"]]
    assert learner[gap.name] is gap.solution


def test_every_sentence_is_said_and_every_one_that_is_said_is_there():
    package = Path(inspect.getfile(SOURCES[0])).parent
    text = "\n".join(file.read_text("utf-8") for file in package.glob("*.py"))
    said = set(re.findall(r'"([a-z0-9-]+\.[a-z0-9-]+)"', text))
    assert {each for each in CHECKS if each not in said} == set()
    known = {each.partition(".")[0] for each in CHECKS}
    assert {each for each in said if each.partition(".")[0] in known and each not in CHECKS} == set()


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)
def test_every_sentence_of_a_gap_is_somebodys(gap):
    """A sentence for which nobody has thought of an answer is not tested."""
    meant = {wrong.sentence for wrong in gap.wrong} | {each.id for each in gap.criteria}
    meant -= {each for each in meant if each.startswith(("turn.", "raised."))}
    assert {each for each in CHECKS if each.startswith(f"{gap.id}.")} == meant
    assert gap.hints
    assert len(gap.solution_text.splitlines()) <= 15


@pytest.mark.parametrize("asked", guesses().values(), ids=guesses())
def test_every_guess_has_one_right_answer_and_a_sentence_for_each(asked):
    assert asked.question.endswith("?")
    assert len(asked.options) in (2, 3)
    assert [right for _, _, right in asked.options].count(True) == 1
    assert len({sentence for _, sentence, _ in asked.options}) == len(asked.options)


@pytest.mark.parametrize(
    ("gap_id", "lines"),
    [
        ("whose", 'drawers["one"].clear()\n    cookie["drawer"] = "two"\n    return {}'),
        ("authorize-link", "question.clear()\n    return server_url"),
    ],
)
def test_what_is_tried_spoils_nothing_for_the_next_try(learner, gap_id, lines):
    gap = GAPS[gap_id]
    learner.turn(gap.id, gap.stub_text.replace("...", lines))
    assert learner.turn(gap.id, gap.text_of(gap.solution)) == "Right. Yours goes on.\n"
