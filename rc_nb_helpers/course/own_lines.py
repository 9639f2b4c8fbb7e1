"""The learner's own functions, kept from notebook to notebook: beside the notebooks, in ``my-lines``.

A file there is a function and the imports that it needs. Nothing secret gets into one, and nothing that works only in
the notebook that it was written in.
"""

from __future__ import annotations

import ast
import builtins
import dis
import io
import re
import sys
import textwrap
import tokenize
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ..redaction import is_secret
from .gaps import Function, Gap
from .sources import gaps

FOLDER = "my-lines"
LEAST_SECRET = 5
"""A shorter value of a variable that is called a secret is one of an example."""


class NotKept(Exception):
    """A function works here, and cannot be kept.

    Attributes:
        sentence: The id of the sentence that says why.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_own(folder: Path) -> dict[str, str]:
    """What is kept, by the ids of the gaps, as far as it is still what was written.

    Args:
        folder: The folder of the notebooks.
    """
    found = {gap_id: (gap, file.read_text("utf-8", "replace")) for gap_id, gap, file in _files(folder)}
    return {gap_id: text for gap_id, (gap, text) in found.items() if _is_answer(text, gap)}


def spoiled_in(folder: Path) -> list[str]:
    """The files in which there is no such function any more: somebody has written in them.

    Args:
        folder: The folder of the notebooks.
    """
    whole = read_own(folder)
    return [f"{FOLDER}/{file.name}" for gap_id, _, file in _files(folder) if gap_id not in whole]


def _files(folder: Path) -> Iterator[tuple[str, Gap, Path]]:
    for gap_id, gap in gaps().items():
        file = folder / FOLDER / f"{gap_id}.py"
        if file.is_file():
            yield gap_id, gap, file


def _is_answer(text: str, gap: Gap) -> bool:
    """Whether a text is imports and then the gap's function, as they are kept."""
    try:
        *above, last = ast.parse(text).body or [ast.Pass()]
    except (SyntaxError, ValueError):  # ValueError: a null character
        return False
    is_function = isinstance(last, ast.FunctionDef) and last.name == gap.name and not last.decorator_list
    return is_function and all(isinstance(each, ast.Import | ast.ImportFrom) for each in above)


def write_own(folder: Path, gap_id: str, text: str) -> None:
    """Keep a function.

    Args:
        folder: The folder of the notebooks.
        gap_id: Its gap.
        text: The function, and its imports; empty to forget it.
    """
    file = folder / FOLDER / f"{gap_id}.py"
    if text:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    else:
        file.unlink(missing_ok=True)


def text_of(gap: Gap, function: Function, source: str, given: dict[str, str]) -> str:
    """What is kept of a function: its imports, and its lines without what stands above them.

    Args:
        gap: Its gap.
        function: The function.
        source: Its text, as it was run.
        given: The names that the program has anyway, and how it imports them; empty texts for its own functions.

    Raises:
        NotKept: It holds a secret, or uses something that only this notebook has.
    """
    assert isinstance(function, FunctionType)  # noqa: S101  (it has been checked)
    if any(_is_secret_text(text, function.__globals__) for text in _written(source)):
        raise NotKept("own.secret")
    node = ast.parse(source).body[0]
    lines = textwrap.dedent("\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno]))
    imports = {_import_of(name, function.__globals__, given) for name in sorted(_names(function.__code__, node))}
    return "\n".join([*sorted(filter(None, imports)), lines, ""])


def _names(code: CodeType, node: ast.AST) -> set[str]:
    """The names that a function looks for outside itself, when it runs and when it is made."""
    found = {each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found |= _names(inner, ast.Module([], []))
    if isinstance(node, ast.FunctionDef):
        outside = [node.args, *filter(None, [node.returns])]
        found |= {each.id for part in outside for each in ast.walk(part) if isinstance(each, ast.Name)}
    return {name for name in found if not hasattr(builtins, name)}


def _import_of(name: str, around: dict[str, Any], given: dict[str, str]) -> str:
    """The line that brings a name into the program; empty when it is there by itself."""
    if name in given and (not given[name] or name not in around or _same(given[name], name, around[name])):
        return ""
    value = around.get(name)
    if isinstance(value, ModuleType) and value.__name__ != "my_login":
        return f"import {value.__name__}" if value.__name__ == name else f"import {value.__name__} as {name}"
    module, own_name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if module not in (None, "__main__", "my_login") and getattr(sys.modules.get(module), own_name, None) is value:
        return f"from {module} import {own_name}" + (f" as {name}" if own_name != name else "")
    raise NotKept("own.names")


def _same(line: str, name: str, value: object) -> bool:
    """Whether an import line of the program brings the same thing."""
    found: dict[str, Any] = {}
    exec(line, found)  # noqa: S102  (a line of ours)
    return found[name] is value


def _written(source: str) -> Iterator[str]:
    """The texts and comments in a program."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or tokenize.tok_name[token.type] in ("STRING", "FSTRING_MIDDLE"):
            yield token.string


def _is_secret_text(text: str, around: dict[str, Any]) -> bool:
    """Whether a text looks like a secret, or holds one that the notebook knows."""
    return _looks_random(text) or any(secret in text for secret in _known_secrets(around))


def _known_secrets(around: dict[str, Any]) -> Iterator[str]:
    for name, value in list(around.items()):
        value = getattr(value, "client_secret", value) if not isinstance(value, type) else ""
        named = is_secret(name) or value is not around[name]
        if named and isinstance(value, str) and len(value) >= LEAST_SECRET:
            yield value


def _looks_random(text: str) -> bool:
    """Whether a generator may have made a part of a text: ten letters and digits, mixed, in a row."""
    pieces = re.findall(r"[A-Za-z0-9]{10,}", text.replace("oauth2callback", ""))
    return any(re.search(r"\d", piece) and re.search(r"[A-Za-z]", piece) for piece in pieces)
