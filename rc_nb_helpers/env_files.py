"""Reads ``.env`` files: every assignment in a text, as python-dotenv would load it. Standard library only.

The one reader of such files. What loads them (:mod:`.settings`) and what keeps them out of git
(``tools/secrets_guard.py``) both read by it, so that neither sees what the other does not. Git runs the guard with
whatever Python there is, which may lack python-dotenv; a test holds the two against each other over generated files.

Nothing is put in the place of ``${NAME}``: python-dotenv would fill it from the process, and in this tutorial a value
comes from one file and from nowhere else.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Patterns are compiled when they are first used, and kept by re: importing the helpers shall be quick.
_BLANKS = r"[^\S\n]*"
_BLANK_LINES = r"\s*"
_EXPORT = r"(?:export[^\S\n]+)?"
_NAME = r"(?=#)|'([^']+)'|(?!')([^=#\s]+)"
_EQUALS = rf"{_BLANKS}(?:=({_BLANKS}))?"
_QUOTED = {
    "'": r"(?s)'((?:\\.|[^'\\])*)'",
    '"': r'(?s)"((?:\\.|[^"\\])*)"',
}
_ESCAPES = {"'": r"\\[\\']", '"': r"\\[\\'\"abfnrtv]"}
_REST_OF_LINE = r"[^\n]*"
_COMMENT = r"\s#"
_END_OF_LINE = rf"{_BLANKS}(?:#[^\n]*)?(?:\n|\Z)"


@dataclass(frozen=True)
class Assignment:
    """One ``NAME=value`` of a file, or a line that is none.

    Attributes:
        line: The line in which it begins, from 1.
        name: The name; empty where the line cannot be read.
        value: The value without its quotes and its comment; None where there is no ``=``, or the line cannot be read.
        text: All of it as it stands in the file, without the end of the line.
    """

    line: int
    name: str
    value: str | None = field(repr=False)
    text: str = field(repr=False)


def text_of(content: bytes) -> str:
    r"""The text of a file as people save them: UTF-8, or the UTF-16 that Windows makes of it. Lines end with ``\n``.

    Args:
        content: The whole file. Notepad puts a byte order mark in front; PowerShell's ``>`` is UTF-16.
    """
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if utf16 else "utf-8", "replace").removeprefix("\ufeff")
    if not utf16 and text.count("\0") * 3 > len(text):  # UTF-16 without its mark: each second byte is zero
        text = text.replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def assignments(text: str) -> Iterator[Assignment]:
    r"""Find the assignments in a text, in its order; comments and blank lines are left out.

    The grammar is that of python-dotenv 1.2.4: ``export`` in front, quotes with escapes and over several lines,
    a comment behind white space.

    Args:
        text: The text of a file, its lines ended by ``\n``: see :func:`text_of`.
    """
    position, line = 0, 1
    while position < len(text):
        begin = _end(_BLANK_LINES, text, position)
        line += text.count("\n", position, begin)
        if begin == len(text):
            return
        name, value, position = _binding(text, begin)
        if name is not None:
            yield Assignment(line, name, value, text[begin:position].rstrip("\n"))
        line += text.count("\n", begin, position)


def _binding(text: str, begin: int) -> tuple[str | None, str | None, int]:
    """Name, value and end of what begins here. The name is None for a comment, empty for what cannot be read."""
    position = _end(_EXPORT, text, begin)
    found = _at(_NAME, text, position)
    if found is None:
        return "", None, _end_of_line(text, position)
    name, value = found[1] or found[2], None
    position = found.end()
    equals = _at(_EQUALS, text, position)
    if equals is not None:
        position = equals.end()
        if equals[1] is not None:
            value, end = _value(text, position, after_blank=bool(equals[1]))
            if value is None:
                return "", None, _end_of_line(text, position)
            position = end
    finish = _at(_END_OF_LINE, text, position)
    if finish is None:
        return "", None, _end_of_line(text, position)
    return name, value, finish.end()


def _value(text: str, begin: int, *, after_blank: bool) -> tuple[str | None, int]:
    """The value that begins behind the ``=``, and where it ends; None for a quote that is not closed."""
    quote = text[begin : begin + 1]
    if after_blank and quote == "#":  # KEY=  # a comment
        return "", begin
    if quote in _QUOTED:
        found = _at(_QUOTED[quote], text, begin)
        if found is None:
            return None, begin
        return re.sub(_ESCAPES[quote], lambda each: codecs.decode(each[0], "unicode-escape"), found[1]), found.end()
    end = _end(_REST_OF_LINE, text, begin)
    comment = re.compile(_COMMENT).search(text, begin, end)
    return text[begin : comment.start() if comment else end].rstrip(), end


def _end_of_line(text: str, position: int) -> int:
    return min(_end(_REST_OF_LINE, text, position) + 1, len(text))


def _at(pattern: str, text: str, position: int) -> re.Match[str] | None:
    return re.compile(pattern).match(text, position)


def _end(pattern: str, text: str, position: int) -> int:
    """Where a pattern ends that always fits."""
    found = _at(pattern, text, position)
    return found.end() if found else position


# What stands where a value should be: "your-client-id", "<paste here>", "xxxx", "changeme".
_FILLERS = (
    r"(?i)[x\W_]{3,}|[\W_]+|<.*>|\[.*\]|\{.*\}|null|nil|undefined|n/?a|nan|true|false|yes|no|on|off|[01]|foo|bar|baz"
    r"|(?:my[ _-]?)?(?:app|client)[ _-]?(?:id|secret|key)|abc123|0?123456789\w{0,20}"
    r"|(?-i:abcdef[a-z\d]{0,20}|ABCDEF[A-Z\d]{0,20})"
)
_WORD = r"[A-Z]?[a-z]+|[A-Z]+"
_WORDS = r"(?:[A-Za-z]+|\d{1,3})(?:[ _.:/-]+(?:[A-Za-z]+|\d{1,3}))*"
_FILLER_WORDS = {
    *("your", "yours", "here", "paste", "insert", "enter", "replace", "change", "changeme", "changeit", "fill", "todo"),
    *("tbd", "fixme", "placeholder", "example", "sample", "dummy", "redacted", "hidden"),
}
# Words of the names of values: what has no other words in it, such as RC-CLIENT-ID, is a name, not a value.
_NAME_WORDS = {
    *("the", "a", "rc", "ringcentral", "app", "client", "consumer", "application", "api", "oauth", "real", "id"),
    *("server", "url", "uri", "redirect", "callback", "host"),
    *("show", "copy", "copied", "public", "empty", "blank", "not", "needed", "optional", "required"),
    *("secret", "key", "value", "string", "text", "sandbox", "production", "practice", "of", "from", "console", "goes"),
}


def is_placeholder(value: str) -> bool:
    """Whether a value is one that nobody means: it only keeps the place of the real one.

    Args:
        value: Such as ``your-client-id``, ``<paste here>``, ``__CLIENT_ID__``, ``xxxx`` or ``changeme``.
    """
    if re.fullmatch(_FILLERS, value):
        return True
    alone = re.sub(r"^[\W_]+|[\W_]+$", "", value)
    words = {word.lower() for word in re.findall(_WORD, alone)} if re.fullmatch(_WORDS, alone) else set()
    is_name = words <= _NAME_WORDS and not re.search(r"\d", alone)
    return bool(words) and (is_name or not _FILLER_WORDS.isdisjoint(words))
