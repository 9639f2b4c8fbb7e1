"""The sources of the notebooks: each gap and each guess by its id, each function of the program by its name."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

from ..errors import ConfigurationError
from . import n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12
from .gaps import Gap, Guess

SOURCES: tuple[ModuleType, ...] = (n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12)


def gaps() -> dict[str, Gap]:
    """All gaps by their ids, in the order of the notebooks."""
    return {gap.id: gap for source in SOURCES for gap in source.GAPS}


def kept_gaps() -> dict[str, Gap]:
    """The gaps whose functions are the program's. Another one, as a lab has, stays in its notebook."""
    program = {getattr(piece, "__name__", piece) for source in SOURCES for piece in source.PROGRAM}
    return {gap_id: gap for gap_id, gap in gaps().items() if gap.name in program}


def guesses() -> dict[str, Guess]:
    """All guesses by their ids."""
    return {guess.id: guess for source in SOURCES for guess in source.GUESSES}


def gap_of(gap_id: str) -> Gap:
    """A gap by its id.

    Args:
        gap_id: Such as ``"for-us"``.

    Raises:
        ConfigurationError: There is none.
    """
    found = gaps()
    if gap_id not in found:
        raise ConfigurationError(
            "There is no such gap.",
            cure=f"Write above the function, in brackets and quotes, one of: {', '.join(found)}.",
        )
    return found[gap_id]


def guess_of(guess_id: str) -> Guess:
    """A guess by its id.

    Args:
        guess_id: Such as ``"slash"``.

    Raises:
        ConfigurationError: There is none.
    """
    found = guesses()
    if guess_id not in found:
        raise ConfigurationError("There is no such guess.", cure=f"The guesses are: {', '.join(found)}.")
    return found[guess_id]


def pieces(source: ModuleType) -> Iterator[tuple[str, str]]:
    """What a notebook adds to the program: names and texts, in order.

    Args:
        source: The notebook's source.
    """
    text = inspect.getsource(source)
    tree = ast.parse(text)
    for piece in source.PROGRAM:
        if isinstance(piece, str):
            yield piece, _statement(text, tree, piece) + "\n"
        else:
            yield piece.__name__, inspect.getsource(piece)


def _statement(text: str, tree: ast.Module, name: str) -> str:
    """The statement that gives a name its value; or the one that runs the program."""
    for node in tree.body:
        gives = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
        if gives or (isinstance(node, ast.If) and name in ast.unparse(node.test)):
            return ast.get_source_segment(text, node) or ""
    raise LookupError(name)
