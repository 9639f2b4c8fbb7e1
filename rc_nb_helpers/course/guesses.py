"""``guess``: a question to think about before a cell is run, with a button for each answer.

Where no buttons are shown (GitHub, a printed page), the question and its answers are text, and the folded cell below
tells what is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..panels.base import Standalone
from ..sentences.saying import say
from .gaps import Guess
from .sources import guess_of

if TYPE_CHECKING:
    from ..panels.view import Button, Status, View


class GuessPanel(Standalone):
    """Asks a question. Each answer has a sentence of its own.

    Args:
        asked: The question.
    """

    def __init__(self, asked: Guess) -> None:
        self._guess = asked
        super().__init__()

    def _note(self) -> str:
        return say("guess.run")

    def __repr__(self) -> str:
        # Where panels are not drawn, this is what stands there.
        return "\n".join([self._guess.question, *(f"  {text}" for text, _, _ in self._guess.options)])

    def _describe(self) -> View:
        buttons: list[Button] = [
            {"id": str(number), "label": text} for number, (text, _, _) in enumerate(self._guess.options)
        ]
        return {"title": self._guess.question, "buttons": buttons}

    def _do(self, button: str, value: str) -> Status:
        return verdict(self._guess, int(button))


def verdict(asked: Guess, option: int) -> Status:
    """What there is to say of an answer.

    Args:
        asked: The question.
        option: The number of the answer, from 0.
    """
    _, sentence, right = asked.options[option]
    word = say("guess.right" if right else "guess.wrong")
    return {"kind": "ok" if right else "info", "text": word, "why": sentence}


def guess(guess_id: str) -> None:
    """Show a question, with a button for each answer.

    Args:
        guess_id: The question's id.

    Raises:
        ConfigurationError: There is no such guess.
    """
    from IPython.display import display

    display(GuessPanel(guess_of(guess_id)))  # type: ignore[no-untyped-call]
