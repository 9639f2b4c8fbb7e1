"""A guess: buttons where there can be some, text where there are none, and a sentence for each answer."""

from __future__ import annotations

import threading

import pytest

from rc_nb_helpers import ConfigurationError
from rc_nb_helpers.course import guess
from rc_nb_helpers.course.guesses import GuessPanel
from rc_nb_helpers.course.sources import guess_of, guesses
from tests.conftest import eventually

SLASH = guess_of("slash")


@pytest.mark.parametrize("asked", guesses().values(), ids=guesses())
def test_without_buttons_question_and_answers_are_text_and_nothing_is_given_away(asked):
    data, _ = GuessPanel(asked)._repr_mimebundle_()
    assert data["text/plain"].splitlines() == [asked.question, *(f"  {text}" for text, _, _ in asked.options)]


def test_each_button_has_its_sentence():
    panel = GuessPanel(SLASH)
    assert panel.view["title"] == SLASH.question
    answer, why = next((text, sentence) for text, sentence, right in SLASH.options if right)
    for button, (text, sentence, right) in zip(panel.view["buttons"], SLASH.options, strict=True):
        assert button["label"] == text
        panel._on_message(panel, {"press": button["id"], "number": button["id"]}, [])
        eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "panel"])
        said = panel._details["summary"]
        assert (said["text"], said["why"]) == ("Right." if right else "Not quite.", sentence)
        assert right or said["cure"] == f"Right would be “{answer}”. {why}"
        assert GuessPanel(SLASH)._details["summary"]["why"] == sentence  # the cell was run again: it is still there
        assert "summary" not in panel.view  # what somebody has answered is not saved


def test_unknown_guess_is_a_lesson():
    with pytest.raises(ConfigurationError, match="slash"):
        guess("nowhere")
