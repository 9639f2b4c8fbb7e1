"""``@your_turn``: the learner writes a function, and running its cell is the check.

Right, and theirs goes on. Blank, or wrong, and ours does, so that a notebook always reaches its end. What a check says
is text below the cell: fixed sentences, in which nothing of the learner's is repeated.
"""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType

from ..columns import folded
from ..sentences.saying import say
from .gaps import Criterion, Function, Gap
from .lessons import lesson_of, seen_in
from .program import keep
from .sources import gap_of
from .trying import TimeIsOver, undone, within

CHECK_SECONDS = 5.0
MISSES_BEFORE_THE_HINT = 2

_misses: Counter[str] = Counter()


@dataclass(frozen=True)
class _Finding:
    """What a check found.

    Attributes:
        marks: For each criterion, whether it is met; empty where none could be tried.
        sentence: What is missing; empty when nothing is.
    """

    marks: tuple[tuple[str, bool], ...] = ()
    sentence: str = ""

    def lines(self) -> list[str]:
        """The same, as it is told."""
        marks = [f"  {'✓' if met else '✗'} {words}" for words, met in self.marks]
        return [say("turn.not-yet"), *marks, self.sentence]


def your_turn(gap_id: str, run: str = "ours") -> Callable[[Function], Function]:
    """Check the function below, and say how it is; ours goes on as long as it is not right.

    Args:
        gap_id: The gap's id, as it stands in the cell.
        run: ``"mine"`` lets a wrong one go on, too, so that you can see what becomes of it.

    Raises:
        ConfigurationError: There is no such gap.
    """
    gap = gap_of(gap_id)

    def decorate(function: Function) -> Function:
        source = _source_of(function)
        if _is_blank(gap, function, source):
            print(folded(say("turn.untouched" if gap.stub else "turn.blank")))
            return gap.solution
        unfit = _unfit(gap, function)
        if not source and not unfit:
            print(folded(say("turn.unchecked")))
            return function
        found = _Finding(sentence=unfit) if unfit else _examine(gap, function, source)
        if not found.sentence:
            print(folded(" ".join(filter(None, [say("turn.right"), keep(gap, function, source)]))))
            return function
        _misses[gap.id] += 1
        goes_on = say("turn.mine" if run == "mine" else "turn.ours")
        hint = say("turn.hint") if _misses[gap.id] >= MISSES_BEFORE_THE_HINT else ""
        print(folded(*found.lines(), " ".join(filter(None, [goes_on, hint]))))
        return function if run == "mine" else gap.solution

    return decorate


def _source_of(function: Function) -> str:
    """The text of a function; empty where Python does not have it, such as below ``%%time``."""
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return ""


def _is_blank(gap: Gap, function: Function, source: str) -> bool:
    """Whether nothing is written yet. The compiler drops ``...``, so it is looked for in the text."""
    if not source:
        return _steps_of(function) == _steps_of(gap.stub or _nothing)
    body = _body_of(source)
    if body is None:
        return False
    if gap.stub:
        return [ast.dump(each) for each in body] == [ast.dump(each) for each in _body_of(gap.stub_text) or []]
    return all(isinstance(each, ast.Pass) or _is_dots(each) for each in body)


def _nothing() -> None: ...


def _steps_of(function: Function) -> list[tuple[str, object]]:
    """What the compiler has made of a function; nothing of what is none."""
    if not isinstance(function, FunctionType):
        return []
    return [(each.opname, each.argrepr) for each in dis.get_instructions(function)]


def _is_dots(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def _body_of(source: str) -> list[ast.stmt] | None:
    """The statements of a function without its docstring; None where a text is no function."""
    try:
        node = ast.parse(source).body[0]
    except (SyntaxError, IndexError):
        return None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def _examine(gap: Gap, function: Function, source: str) -> _Finding:
    """Try a function, bounded in time, and leave nothing behind."""
    assert isinstance(function, FunctionType)  # noqa: S101  (_unfit lets no other through)
    try:
        with undone(function.__globals__):
            function.__globals__[gap.name] = function  # else one that calls itself would find the one before it
            missing = within(CHECK_SECONDS, lambda: [_missing(each, function) for each in gap.criteria])
    except TimeIsOver as reason:
        said = say("turn.time", seconds=round(CHECK_SECONDS))
        return _Finding(sentence=" ".join([said, say("turn.stubborn")]) if reason.still_runs else said)
    marks = tuple((each.words, not found) for each, found in zip(gap.criteria, missing, strict=True))
    first = next((found for found in missing if found), "")
    if isinstance(first, Exception):
        return _Finding(marks, _raised(first, function, gap))
    return _Finding(marks, say(seen_in(ast.parse(source), function, gap) or first) if first else "")


def _unfit(gap: Gap, function: Function) -> str:
    """What keeps a function from being tried at all, in words; empty when nothing does."""
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return say("turn.no-function")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return say("turn.async")
    if inspect.isgeneratorfunction(function):
        return say("turn.yield")
    first_line = gap.stub_text.splitlines()[0]
    if function.__name__ != gap.name:
        return say("turn.name", line=first_line)
    if list(inspect.signature(function).parameters) != list(inspect.signature(gap.solution).parameters):
        return say("turn.parameters", line=first_line)
    return ""


def _missing(criterion: Criterion, function: Function) -> str | Exception:
    """The id of the sentence for what is missing, or what was raised; empty when nothing is."""
    try:
        return criterion.check(function)
    except Exception as error:  # noqa: BLE001  (a learner's function may raise anything)
        return error


def _raised(error: Exception, function: FunctionType, gap: Gap) -> str:
    """That a function has raised: the error's kind and the line, and what to change. Its text may hold a value."""
    line, trace = 0, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == function.__code__.co_filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    kind = type(error).__name__
    if not line:
        return say("turn.odd", kind=kind)
    unknown = isinstance(error, NameError) and not isinstance(error, UnboundLocalError)
    said = say("turn.missing-in-line" if unknown else "turn.raised-in-line", kind=kind, line=line)
    return " ".join(filter(None, [said, lesson_of(error, gap)]))
