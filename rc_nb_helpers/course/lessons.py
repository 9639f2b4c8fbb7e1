"""What a function's error or its text tells of what to change, in fixed sentences.

Python's own message is read, and never shown: it may hold a value. A name is shown only if it is the course's own.
"""

from __future__ import annotations

import ast
import binascii
import difflib
import re
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from ..sentences.saying import say
from .gaps import Gap

_MESSAGES: tuple[tuple[str, str], ...] = (
    (r"NoneType", "raised.none"),
    (r"['\"](builtin_function_or_method|function|method)['\"]", "raised.not-called"),
    (r"_hashlib\.|buffer API required", "raised.digest"),
    (r"must be encoded before hashing|bytes-like object is required, not 'str'|concat str to bytes", "raised.text"),
    (r"without an encoding", "raised.text"),
    (r"arg must be None or str|must be str, not bytes|not \"bytes\"|str instance, bytes found", "raised.bytes"),
    (r"'str' object has no attribute 'decode'", "raised.decoded"),
    (r"'bytes' object has no attribute 'encode'", "raised.encoded"),
    (r"can only concatenate str", "raised.joined"),
    (r"'dict' object is not callable", "raised.dictionary-called"),
    (r"'dict' object has no attribute", "raised.dictionary-dot"),
    (r"'module' object is not callable", "raised.module-called"),
    (r"is not callable", "raised.not-callable"),
    (r"unhashable type: 'dict'", "raised.key-is-dictionary"),
    (r"missing \d+ required|takes .*arguments?\b|expected .*\d+ arguments?\b", "raised.arguments"),
    (r"unexpected keyword argument", "raised.keyword"),
    (r"cannot be interpreted as an integer", "raised.number"),
    (r"is not iterable", "raised.iterable"),
    (r"not subscriptable", "raised.square-brackets"),
    (r"string ind(ices|exes) must be", "raised.text-is-no-dictionary"),
)
"""Parts of Python's messages of TypeError and AttributeError, from 3.10 on, and the sentence for each."""

_KINDS: dict[type[BaseException], str] = {
    UnboundLocalError: "raised.unbound",
    KeyError: "raised.key",
    RecursionError: "raised.itself",
    UnicodeDecodeError: "raised.no-letters",
    binascii.Error: "raised.base64",
    EOFError: "raised.input",
}


def lesson_of(error: BaseException, gap: Gap) -> str:
    """What an error says of what to change; empty where that is not known.

    Args:
        error: What a learner's function has raised.
        gap: Its gap.
    """
    kind = type(error)
    if kind in _KINDS:
        return say(_KINDS[kind])
    if kind is NameError:
        return _of_name(str(getattr(error, "name", "")), gap)
    if kind not in (TypeError, AttributeError):
        return ""
    message = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    sentence = next((sentence for part, sentence in _MESSAGES if re.search(part, message)), "")
    if sentence:
        return say(sentence)
    return _of_attribute(str(getattr(error, "name", "")), gap) if kind is AttributeError else ""


def _of_name(name: str, gap: Gap) -> str:
    whole = _wholes(gap)
    if name in _names(gap):
        return say("raised.run-above", name=name)
    if name in _attributes(gap) and name not in whole:
        return say("raised.needs-dot")
    if name in _made(gap) and name not in whole:
        return say("raised.unbound")
    if meant := whole.get(name) or _nearest(name, {*_names(gap), *whole}):
        return say("raised.meant", name=whole.get(meant, meant))
    return say("raised.import", name=name) if name in sys.stdlib_module_names else say("raised.name")


def _of_attribute(name: str, gap: Gap) -> str:
    whole = _wholes(gap)
    if name in _attributes(gap) and name not in whole:
        return say("raised.before-dot")
    meant = name if name in whole else _nearest(name, {*_attributes(gap), *whole})
    return say("raised.meant", name=whole.get(meant, "." + meant)) if meant else say("raised.attribute")


def _nearest(name: str, known: set[str]) -> str:
    lower = {each.lower(): each for each in known}
    return next((lower[each] for each in difflib.get_close_matches(name.lower(), lower, n=1)), "")


def _answer(gap: Gap) -> ast.Module:
    return ast.parse(gap.solution_text)


def _names(gap: Gap) -> set[str]:
    """The names that our answer is handed, or finds in the notebook."""
    return {each.id for each in ast.walk(_answer(gap)) if isinstance(each, ast.Name)} - _made(gap)


def _made(gap: Gap) -> set[str]:
    """The names to which our answer itself gives a value."""
    names = (each for each in ast.walk(_answer(gap)) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Store)}


def _attributes(gap: Gap) -> set[str]:
    return {each.attr for each in ast.walk(_answer(gap)) if isinstance(each, ast.Attribute)}


def _wholes(gap: Gap) -> dict[str, str]:
    """For a part of our answer such as ``sha256`` or ``code`` the whole: ``hashlib.sha256``, ``answer["code"]``."""
    found, names = {}, _names(gap)
    for each in ast.walk(_answer(gap)):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in names:
            found[each.attr] = ast.unparse(each)
        elif isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Constant):
            found[str(each.slice.value)] = ast.unparse(each).replace("'", '"')
    return found


def seen_in(node: ast.AST, function: FunctionType, gap: Gap) -> str:
    """What a wrong answer's text alone tells of what to change: the id of a sentence; empty where it tells nothing.

    Args:
        node: The function, read.
        function: The same, made.
        gap: Its gap.
    """
    if _gives_back(_answer(gap)) and not _gives_back(node):
        return "turn.no-return"
    around = {name: value for name, value in function.__globals__.items() if name not in function.__code__.co_varnames}
    alone = any(isinstance(each, ast.Expr) and isinstance(each.value, ast.Attribute) for each in ast.walk(node))
    if alone or any(_is_function(each, around) for each in _values(node)):
        return "raised.not-called"
    if any(isinstance(each, ast.Compare) and _asks_for_the_same_thing(each) for each in ast.walk(node)):
        return "turn.is"
    return ""


def _gives_back(node: ast.AST) -> bool:
    """Whether a value is given back anywhere. What ``print`` gives back is none."""
    given = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
    return any(each is not None and not (isinstance(each, ast.Call) and _is_print(each.func)) for each in given)


def _is_print(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "print"


def _values(node: ast.AST) -> Iterator[ast.expr]:
    """What stands where a value is wanted, and is not called."""
    for each in ast.walk(node):
        if isinstance(each, ast.Return) and each.value:
            yield each.value
        elif isinstance(each, ast.Compare):
            yield from (each.left, *each.comparators)


def _is_function(node: ast.expr, around: dict[str, Any]) -> bool:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return callable(getattr(around.get(node.value.id), node.attr, None))
    return isinstance(node, ast.Name) and callable(around.get(node.id))


def _asks_for_the_same_thing(node: ast.Compare) -> bool:
    """Whether texts are compared with ``is``: with None, True and False it is right."""
    sides = (node.left, *node.comparators)
    plain = any(isinstance(each, ast.Constant) and not isinstance(each.value, str) for each in sides)
    return any(isinstance(each, ast.Is | ast.IsNot) for each in node.ops) and not plain
