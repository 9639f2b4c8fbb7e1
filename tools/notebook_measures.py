"""What a notebook asks of its reader, in numbers: words, lines of code, what it repeats, gaps, and minutes.

The minutes agree with a walk through the notebooks with a clock in the hand, each within two and a half.
"""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import nbformat

WORDS_A_MINUTE = 180
RUN = 0.3  # minutes for a code cell: read it, run it, look at what comes
LOGIN = 1
LOGIN_AGAIN = 0.5  # the sign-in page still knows the person: Allow is enough
GUESS = 0.5
GAP = 2
LINES_TO_ORDER = 1.5  # a gap where nothing is typed
CONSOLE = 4  # an app's form is filled in, or looked through
PANELS = 2  # the test panel has calls and forms to try
BLOCK = 6
"""So many lines of code that stand in an earlier notebook already are a repeat; fewer are a turn of phrase."""

PASSED_BY = {"hint", "solution", "answers", "if-needed"}
"""Tags of cells that stay closed for most readers, or that only some of them run."""

FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.MULTILINE | re.DOTALL)
IMAGE = re.compile(r"<img[^>]*>|!\[[^\]]*\]\([^)]*\)")  # its alternative text is for those who do not see it
DETAILS = re.compile(r"(?<=</summary>).*?(?=</details>)", re.DOTALL)  # closed for most readers
TAG = re.compile(r"</?\w[^>]*>")
TARGET = re.compile(r"\]\([^)]*\)")
WORD = re.compile(r"\w[\w'’-]*")
HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Measures:
    """The numbers of one notebook. The console and the test panel count once, however often they come."""

    words: int
    prose_cells: int
    code_cells: int
    code_lines: int
    median_lines: float
    repeats: int
    gaps: int
    to_order: int
    logins: int
    guesses: int
    console: bool
    panels: bool
    minutes: int = field(init=False)

    def __post_init__(self) -> None:
        minutes = self.words / WORDS_A_MINUTE + RUN * self.code_cells + GUESS * self.guesses
        minutes += LOGIN_AGAIN * self.logins + (LOGIN - LOGIN_AGAIN) * bool(self.logins)
        minutes += GAP * self.gaps - (GAP - LINES_TO_ORDER) * self.to_order
        minutes += CONSOLE * self.console + PANELS * self.panels
        object.__setattr__(self, "minutes", max(round(minutes), 1))


def measure(node: nbformat.NotebookNode, earlier: Sequence[nbformat.NotebookNode] = ()) -> Measures:
    """Measure a notebook; the `earlier` ones are those that it shall not repeat."""
    read = [cell for cell in node.cells if cell.source.strip() and not tags(cell) & {"navigation", *PASSED_BY}]
    code = [cell for cell in read if cell.cell_type == "code"]
    prose = [cell for cell in read if cell.cell_type == "markdown"]
    text = "\n".join(cell.source for cell in prose)
    called = [set(calls(cell.source, functions(code))) for cell in code]
    gaps = [cell for cell in code if "your-turn" in tags(cell)]
    lines = [len(code_lines(cell.source)) for cell in code]
    return Measures(
        words=len(WORD.findall(readable(text))),
        prose_cells=len(prose),
        code_cells=len(code),
        code_lines=sum(lines),
        median_lines=statistics.median(lines) if lines else 0,
        repeats=sum(len(run) for run in repeats(node, earlier)),
        gaps=len(gaps),
        to_order=sum("..." not in code_lines(cell.source) for cell in gaps),
        logins=sum(bool(names & {"open_in_browser", "LoginPanel", "run_program"}) for names in called),
        # A question with its buttons, and below it the cell that shows what is right, are one guess.
        guesses=max(sum("guess" in names for names in called), sum("guess" in tags(cell) for cell in code)),
        console=any("console" in heading.lower() for heading in HEADING.findall(FENCED.sub("", text))),
        panels=any("TestPanel" in names for names in called),
    )


def tags(cell: nbformat.NotebookNode) -> set[str]:
    """The tags of a cell."""
    return set(cell.metadata.get("tags", []))


def readable(text: str) -> str:
    """What of a Markdown text is read: no addresses, no marks, no pictures, nothing folded."""
    return seen(DETAILS.sub("", text))


def seen(text: str) -> str:
    """The same with what is folded."""
    return TARGET.sub("]", TAG.sub("", IMAGE.sub("", text)))


def code_lines(source: str) -> list[str]:
    """The lines of a cell that say something: no empty ones, no comments."""
    stripped = (line.strip() for line in source.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def repeats(node: nbformat.NotebookNode, earlier: Sequence[nbformat.NotebookNode]) -> Iterator[list[str]]:
    """Yield each run of lines, as long as it goes, that one of the earlier notebooks has as well."""
    known = {block for other in earlier for block in blocks(lines_of(other))}
    lines = lines_of(node)
    repeated = [False] * len(lines)
    for start, block in enumerate(blocks(lines)):
        if block in known:
            repeated[start : start + BLOCK] = [True] * BLOCK
    run: list[str] = []
    for line, again in zip([*lines, ""], [*repeated, False], strict=True):
        if again:
            run.append(line)
        elif run:
            yield run
            run = []


def lines_of(node: nbformat.NotebookNode) -> list[str]:
    """All lines of code of a notebook, one cell after the other."""
    return [line for cell in node.cells if cell.cell_type == "code" for line in code_lines(cell.source)]


def blocks(lines: list[str]) -> list[tuple[str, ...]]:
    """Each run of lines that is long enough for a repeat."""
    return [tuple(lines[start : start + BLOCK]) for start in range(len(lines) - BLOCK + 1)]


def functions(code: Sequence[nbformat.NotebookNode]) -> dict[str, set[str]]:
    """The functions that a notebook defines, and the names in each."""
    found = {}
    for cell in code:
        for node in parsed(cell.source).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return found


def calls(source: str, own: dict[str, set[str]]) -> Iterator[str]:
    """The names that running a cell uses in its calls: called, or handed over; and those inside its own functions."""
    for statement in parsed(source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            continue
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            for name in (each.id for each in ast.walk(call) if isinstance(each, ast.Name)):
                yield name
                yield from own.get(name, ())


def parsed(source: str) -> ast.Module:
    """A cell's program without IPython's own lines; an empty one where it is none."""
    try:
        return ast.parse("\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))))
    except SyntaxError:
        return ast.parse("")
