"""The notebooks that are looked up: all words, and all errors. They are made from what panels and messages say.

`python3 tutorial.py outputs` writes them; a test compares.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from itertools import groupby

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from rc_nb_helpers.catalogue import CATALOGUE
from rc_nb_helpers.meanings import Meaning, all_meanings
from tools.glossary_words import WORDS
from tools.places import ROOT
from tools.run_notebook import KERNEL

GLOSSARY, ERRORS = "glossary.ipynb", "errors.ipynb"
KINDS = {
    "authorization": "In the link",
    "callback": "In the answer that the browser brings",
    "token": "In the trade of a code for tokens",
    "refresh": "In a refresh",
    "revoke": "In a logout",
    "API": "In a call of the API",
    "": "In a header of any message",
}
GROUPS = {
    "OAU": "Login and tokens",
    "CMN": "Calls of every kind",
    "CLG": "Call logs",
    "MSG": "Messages",
    "": "Without RingCentral's number",
}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "nbconvert_exporter": "python"}


def reference_notebooks() -> dict[str, nbformat.NotebookNode]:
    """Each notebook that is looked up, by its file name."""
    return {GLOSSARY: notebook("word", glossary()), ERRORS: notebook("error", errors())}


def notebook(name: str, texts: Iterator[str]) -> nbformat.NotebookNode:
    """A notebook of words alone. The way back is its first cell and its last one."""
    way = "[All notebooks](00-start-here.ipynb) · [Glossary](glossary.ipynb) · [Errors](errors.ipynb)"
    cells = [new_markdown_cell(text, id=f"{name}-{number:03}") for number, text in enumerate([way, *texts, way])]
    for cell in (cells[0], cells[-1]):
        cell.metadata.tags = ["navigation"]
    kernel = {"display_name": "Python 3", "language": "python", "name": KERNEL}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": dict(LANGUAGE)})


def glossary() -> Iterator[str]:
    """The cells of the glossary: words, then the names that stand in messages."""
    yield (
        "# Glossary\n\nThe words of the course, each in a sentence or two. Behind each is the notebook in which it is "
        "met.\n\nFurther down are the names that stand in messages, such as `client_id`: what each is for, and what "
        "it protects from. [What error codes mean](errors.ipynb) is a page of its own."
    )
    names = {name: list(group) for name, group in groupby(sorted(all_meanings(), key=by_name), key=by_name)}
    yield "## Words"
    for word in sorted(WORDS, key=lambda word: word.word.strip(".").casefold()):
        where = f"Notebook [{word.notebook[:2]}]({word.notebook}.ipynb)."
        yield "\n\n".join([f"### {word.word}", f"{word.meaning} {where}", *bullets(names.pop(word.word, []))])
    yield "## Names in messages"
    for name, found in names.items():
        yield "\n\n".join([f"### `{name}`", *bullets(found)])


def by_name(found: tuple[str, str, Meaning]) -> str:
    """The name in a message: the groups, and their order."""
    return found[1]


def bullets(found: list[tuple[str, str, Meaning]]) -> list[str]:
    """What a name means, message by message; at once for those in which it means the same."""
    kinds: dict[Meaning, list[str]] = {}
    for kind, _, meaning in found:
        kinds.setdefault(meaning, []).append(KINDS[kind])
    lines = []
    for meaning, places in kinds.items():
        place = ", ".join([places[0], *(each[0].lower() + each[1:] for each in places[1:])])
        protects = f" **Protects:** {meaning.protects}" if meaning.protects else ""
        lines.append(f"- *{place}:* {meaning.purpose}{protects} [{meaning.source}](<{meaning.link}>)")
    return ["\n".join(lines)] if lines else []


def errors() -> Iterator[str]:
    """The cells of the index of errors, a heading for each code."""
    yield (
        "# Errors\n\nWhat the codes in RingCentral's answers mean, what leads to each, how to tell, and what to do. "
        'In any cell, `rc_nb_helpers.explain("OAU-109")` says the same. Words are explained in the '
        "[glossary](glossary.ipynb)."
    )
    for prefix, title in GROUPS.items():
        yield f"## {title}"
        for code, known in CATALOGUE.items():
            if group_of(code) == prefix:
                whole = dataclasses.replace(known, code="", meaning=known.meaning or code, index="")
                yield f"### {code}\n\n{whole.markdown()}"


def group_of(code: str) -> str:
    """The beginning of a code that names its group; empty for the standard's words and the like."""
    return next((prefix for prefix in GROUPS if prefix and code.startswith(f"{prefix}-")), "")


def write() -> None:
    """Store both."""
    for name, node in reference_notebooks().items():
        text = nbformat.writes(node).rstrip("\n") + "\n"
        (ROOT / "notebooks" / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(write())
