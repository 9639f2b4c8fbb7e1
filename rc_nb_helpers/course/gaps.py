"""What a gap of the course is: where the learner writes, what is right, and what is wrong in which way.

And what a guess is: a question with a sentence for each answer.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from ..sentences.saying import say

Function = Callable[..., Any]

Check = Callable[[Function], str]
"""Tries a function. Returns the id of the sentence for what is missing; an empty text when nothing is."""


@dataclass(frozen=True)
class Criterion:
    """One thing that a function has to do.

    Attributes:
        id: The id of the words that say what, such as ``"for-us.ours"``.
        check: Whether a function does it.
    """

    id: str
    check: Check

    @property
    def words(self) -> str:
        """What a function has to do."""
        return say(self.id)


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that somebody may well give.

    Attributes:
        function: The answer.
        sentence: The id of the sentence that is meant for it.
    """

    function: Function
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A function of the program that learners write themselves.

    Attributes:
        id: How ``@your_turn`` names it.
        notebook: The notebook's number.
        solution: Ours. Its name, its parameters and its docstring are the learner's, too.
        criteria: What it has to do. Of the first that is missing, a sentence tells.
        hints: From a nudge to nearly the answer.
        others: Other right answers.
        wrong: Wrong ones, each with its sentence.
        stub: What the learner finds, where that is more than the first line: lines in the wrong order.
        note: A comment above the three dots: what somebody would have to look up elsewhere.
    """

    id: str
    notebook: str
    solution: Function
    criteria: tuple[Criterion, ...]
    hints: tuple[str, ...]
    others: tuple[Function, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    stub: Function | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """The function's name."""
        return self.solution.__name__

    @property
    def stub_text(self) -> str:
        """What the learner finds."""
        if self.stub:
            return self.text_of(self.stub)
        note = f"    # {self.note}\n" if self.note else ""
        return f"{_first_lines(self.text_of(self.solution))}{note}    ...\n"

    @property
    def solution_text(self) -> str:
        """Our answer, as it would stand in the cell."""
        return self.text_of(self.solution)

    def text_of(self, answer: Function) -> str:
        """An answer as a learner would have written it, under the name that it has in the notebook.

        Args:
            answer: A stub, a solution or a wrong answer.
        """
        text = textwrap.dedent(inspect.getsource(answer))
        return text.replace(f"def {answer.__name__}(", f"def {self.name}(", 1)


def _first_lines(text: str) -> str:
    """A function up to the end of its docstring."""
    docstring = _function_in(text).body[0]
    return "".join(text.splitlines(keepends=True)[: docstring.end_lineno])


def _function_in(text: str) -> ast.FunctionDef:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)  # noqa: S101  (our own sources)
    return node


@dataclass(frozen=True)
class Guess:
    """A question to think about before a cell is run.

    Attributes:
        id: How ``guess`` names it.
        question: One sentence that ends in a question mark.
        options: Two or three answers: what the button says, the sentence after it is pressed, whether it is right.
    """

    id: str
    question: str
    options: tuple[tuple[str, str, bool], ...]


def with_globals(function: Function, **names: Any) -> Function:
    """The same function, for which some names mean something else.

    Args:
        function: A function that is written in Python.
        names: What they mean.
    """
    assert isinstance(function, FunctionType)  # noqa: S101  (your_turn lets no other through)
    changed = FunctionType(
        function.__code__,
        {**function.__globals__, **names},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    changed.__kwdefaults__ = function.__kwdefaults__
    return changed
