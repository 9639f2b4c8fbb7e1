"""The rules that every notebook keeps, whatever it teaches. Each rule yields what breaks it, and where."""

import ast
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tools import secrets_guard
from tools.notebook_measures import FENCED, HEADING, IMAGE, Measures, measure, repeats, seen
from tools.run_notebook import KERNEL

LONGEST_CODE = 15  # lines
LONGEST_LOOK_INSIDE = 25  # lines, in a cell tagged look-inside
LONGEST_PROSE = 120  # words in a markdown cell, tables and code apart
LONGEST_TIME = 15  # minutes, in the course
LONGEST_LAB = 25  # minutes
MOST_CODE_CELLS = 25
MEDIAN_LINES = (2, 4)  # of code in a cell
START = "00-start-here.ipynb"
WITH_RHYTHM = ("02-", "03-", "04-", "05-", "07-")
"""Notebooks in which a program is written: a few lines, then words, then a few lines."""
FIRST_LAB = "08"
MADE_BY_THE_LEARNER = {".env-practice"}  # may be linked to before they exist

TAKES_OUT = {
    "pop",
    "popitem",
    "setdefault",
    "getenv",
    "data",
    "access_token",
    "refresh_token",
    "login",
    "refresh",
}
"""Methods whose value may be a secret: it would be shown where a person has every expression shown."""

MACHINE_PATHS = re.compile(r"/home/\w|/root/|/Users/\w|[A-Za-z]:\\+Users\\|/tmp/|/var/folders/|site-packages")
LINK = re.compile(r"\]\(<?([^)\s>]+)")
OTHER_LINK = re.compile(r"<a\b[^>]*\bhref=[\"']?([^\"'\s>]+)|^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.I | re.M)
"""A link in HTML, and one whose address stands elsewhere."""
OTHER_HEADING = re.compile(r"<h[1-6]\b|^ {0,3}\S.*\n {0,3}=+ *$", re.IGNORECASE | re.MULTILINE)
"""A heading in HTML, or underlined: a title."""
MINUTES = re.compile(r"(\d+)\s*min")
CODE = re.compile(r"`[^`]*`")
FAILED_LOGIN = re.compile(r"^(No answer has come|Not yet: (log|sign) in)", re.MULTILINE)
BELITTLING = re.compile(r"\b(just|simply|obviously|eas(?:y|ily|ier)|trivial(?:ly)?|of course)\b", re.IGNORECASE)
"""Words that help nobody, and hurt whoever does not find it so."""
TAGS = {
    *("navigation", "look-inside", "given", "your-turn", "hint", "solution", "guess", "answers", "if-needed"),
    *("raises-exception", "nbval-ignore-output"),
}
"""All tags that mean something here. Another one is a typing error."""


@dataclass
class Notebook:
    """A notebook and its place among the others."""

    path: Path
    text: str
    node: nbformat.NotebookNode
    names: list[str]

    @property
    def cells(self) -> list[tuple[int, nbformat.NotebookNode]]:
        """All cells, numbered from 1 as a person counts them."""
        return list(enumerate(self.node.cells, 1))

    @property
    def is_numbered(self) -> bool:
        """Whether it is a part of the course: others are read beside it."""
        return self.path.name[:2].isdigit()

    @property
    def earlier(self) -> list[nbformat.NotebookNode]:
        """The notebooks before this one."""
        before = self.names[: self.names.index(self.path.name)]
        return [load(self.path.with_name(name), self.names).node for name in before]

    @property
    def measures(self) -> Measures:
        """What it asks of its reader, apart from what it repeats."""
        return measure(self.node)

    @property
    def code(self) -> list[tuple[int, nbformat.NotebookNode]]:
        """The numbered code cells."""
        return [(number, cell) for number, cell in self.cells if cell.cell_type == "code"]

    @property
    def prose(self) -> list[tuple[int, nbformat.NotebookNode]]:
        """The numbered markdown cells."""
        return [(number, cell) for number, cell in self.cells if cell.cell_type == "markdown"]


Rule = Callable[[Notebook], Iterator[str]]


def load(path: Path, names: list[str]) -> Notebook:
    """Read a notebook; `names` are the file names of all notebooks, in order."""
    text = path.read_text(encoding="utf-8")
    return Notebook(path, text, nbformat.reads(text, as_version=4), names)


def tags(cell: nbformat.NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


# --- The file -------------------------------------------------------------------------------------


def is_valid(notebook: Notebook) -> Iterator[str]:
    """It is a notebook that every program can read."""
    try:
        nbformat.validate(json.loads(notebook.text))
    except nbformat.ValidationError as error:
        yield f"not a valid notebook: {error}"


def has_our_kernel(notebook: Notebook) -> Iterator[str]:
    """It runs on the kernel that everybody has."""
    name = notebook.node.metadata.get("kernelspec", {}).get("name")
    if name != KERNEL:
        yield f"the kernel is {name}, not {KERNEL}"


def ran_in_order(notebook: Notebook) -> Iterator[str]:
    """Its outputs are those of one run from a fresh kernel, from top to bottom."""
    ran = [(number, cell) for number, cell in notebook.code if cell.source.strip()]
    for count, (number, cell) in enumerate(ran, 1):
        if cell.execution_count != count:
            yield f"cell {number}: its count is {cell.execution_count}, not {count}: python3 tutorial.py outputs"
            return


def shows_what_went_well(notebook: Notebook) -> Iterator[str]:
    """What it shows is not of a run in which a login came to nothing, as on a machine where another has the port."""
    for number, cell in notebook.code:
        if any(FAILED_LOGIN.search(output.get("text", "")) for output in cell.outputs):
            yield f"cell {number}: nobody had signed in when this was stored: python3 tutorial.py outputs"


def shows_only_wanted_errors(notebook: Notebook) -> Iterator[str]:
    """An error is shown only where it is the lesson."""
    for number, cell in notebook.code:
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in tags(cell):
            yield f"cell {number}: it shows an error and is not tagged raises-exception"


def keeps_answers_back(notebook: Notebook) -> Iterator[str]:
    """Where the reader is to guess, the answer is not shown beforehand; a test knows it (metadata ``answers``)."""
    for number, cell in notebook.code:
        if "guess" not in tags(cell):
            continue
        if cell.outputs:
            yield f"cell {number}: it shows what the reader is to guess: python3 tutorial.py outputs"
        if "nbval-ignore-output" not in tags(cell) or not cell.metadata.get("answers"):
            yield f"cell {number}: it is tagged guess, so it needs nbval-ignore-output and answers"
    for number, cell in notebook.code:
        if cell.metadata.get("answers") and "guess" not in tags(cell):
            yield f"cell {number}: it has answers and is not tagged guess: they would be stored"


def stores_no_widgets(notebook: Notebook) -> Iterator[str]:
    """The state of widgets, which holds what was typed, is not stored."""
    if "widgets" in notebook.node.metadata:
        yield "the state of its widgets is stored in it"


def holds_no_secrets(notebook: Notebook) -> Iterator[str]:
    """No token, secret or code is in it."""
    yield from map(str, secrets_guard.check_patterns(notebook.path.name, notebook.text))


def shows_no_value_in_passing(notebook: Notebook) -> Iterator[str]:
    """No expression stands alone whose value may be a secret.

    With ``ast_node_interactivity = "all"`` IPython shows the value of each, also of those inside a loop.
    """
    for number, cell in notebook.code:
        try:
            lines = [line for line in cell.source.splitlines() if not line.lstrip().startswith(("%", "!"))]
            tree = ast.parse("\n".join(lines), mode="exec")
        except SyntaxError:
            continue  # ran_in_order and the runs tell of that
        for expression in _alone(tree.body):
            called = expression.func if isinstance(expression, ast.Call) else None
            takes_out = isinstance(called, ast.Attribute) and called.attr in TAKES_OUT
            text = ast.unparse(expression)
            if takes_out or isinstance(expression, (ast.Subscript, ast.Attribute)) or text.startswith("os.environ"):
                yield f"cell {number}: the value of {text} may be shown: give it a name, or use del"


def _alone(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """The expressions that are statements, outside functions and classes."""
    for statement in body:
        if isinstance(statement, ast.Expr):
            value = statement.value
            yield value.value if isinstance(value, ast.Await) else value
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for field in ("body", "orelse", "finalbody"):
                yield from _alone(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from _alone(handler.body)


def converts_to_a_script(notebook: Notebook) -> Iterator[str]:
    """Its metadata say what a script is made of: without them ``nbconvert --to script`` leaves the prose out."""
    language = notebook.node.metadata.get("language_info", {})
    if (language.get("name"), language.get("file_extension")) != ("python", ".py"):
        yield "language_info lacks name and file_extension: python3 tutorial.py outputs"


def names_no_machine(notebook: Notebook) -> Iterator[str]:
    """No path of one person's machine is in it."""
    for number, line in enumerate(notebook.text.splitlines(), 1):
        match = MACHINE_PATHS.search(line)
        if match:
            yield f"line {number}: a path of one machine ({match.group()}…)"


# --- What is read ---------------------------------------------------------------------------------


def describes_images(notebook: Notebook) -> Iterator[str]:
    """Images can be read by those who cannot see them; and none is a text that only some programs draw."""
    for number, cell in notebook.prose:
        if re.search(r"!\[\s*\]\(", cell.source) or re.search(
            r"<img(?![^>]*\balt=[\"'][^\"'])|<svg\b", cell.source, re.IGNORECASE
        ):
            yield f"cell {number}: an image without an alternative text"
        if re.search(r"^```mermaid$", cell.source, re.MULTILINE):
            yield f"cell {number}: most programs show the text of this diagram: make it a picture (tools/pictures.py)"


def names_its_columns(notebook: Notebook) -> Iterator[str]:
    """Each column of a table has a heading: it is read aloud with each of its cells."""
    for number, cell in notebook.prose:
        for head in re.findall(r"^(\|.*)\n\|[ :|-]+$", FENCED.sub("", cell.source), re.MULTILINE):
            if not all(column.strip() for column in head.strip().strip("|").split("|")):
                yield f"cell {number}: a column of a table has no heading"


def has_ordered_headings(notebook: Notebook) -> Iterator[str]:
    """One title at the top, and no level of headings left out."""
    found = []
    for number, cell in notebook.prose:
        for marks in re.findall(r"^(#{1,6}) ", FENCED.sub("", cell.source), re.MULTILINE):
            found.append((number, len(marks)))
        if OTHER_HEADING.search(FENCED.sub("", cell.source)):
            yield f"cell {number}: a heading begins with #, or nobody counts it"
    titles = [number for number, level in found if level == 1]
    if len(titles) != 1 or titles[0] > 2:
        yield f"exactly one title (#), in the first or second cell; found in cells {titles}"
    for (_, above), (number, level) in itertools.pairwise(found):
        if level > above + 1:
            yield f"cell {number}: a heading of level {level} follows one of level {above}"


def tells_the_time(notebook: Notebook) -> Iterator[str]:
    """The opening says how many minutes it takes: as many as it does (tools/notebook_measures.py)."""
    if not notebook.code:
        return  # it is looked up, not read through
    said = [int(found[1]) for _, cell in notebook.cells[:3] if (found := MINUTES.search(cell.source))]
    minutes = notebook.measures.minutes
    if said != [minutes]:
        yield f"the opening (cells 1 to 3) is to say once how many minutes it takes: {minutes}, not {said}"


def takes_no_longer(notebook: Notebook) -> Iterator[str]:
    """It is done in one go."""
    longest = LONGEST_LAB if notebook.path.name >= FIRST_LAB else LONGEST_TIME
    if notebook.code and notebook.measures.minutes > longest:
        yield f"it takes {notebook.measures.minutes} minutes, more than {longest}"


def repeats_nothing(notebook: Notebook) -> Iterator[str]:
    """What an earlier notebook has written is imported, not written again."""
    for run in repeats(notebook.node, notebook.earlier):
        yield f"{len(run)} lines of an earlier notebook once more, from {run[0]!r} on"


def keeps_the_rhythm(notebook: Notebook) -> Iterator[str]:
    """Where a program is written: a few lines at a time, with words before them."""
    if not notebook.path.name.startswith(WITH_RHYTHM):
        return
    measures = notebook.measures
    shortest, longest = MEDIAN_LINES
    if not shortest <= measures.median_lines <= longest:
        yield f"its code cells have {measures.median_lines:g} lines in the median, not {shortest} to {longest}"
    if measures.prose_cells < measures.code_cells:
        yield f"{measures.prose_cells} cells of prose for {measures.code_cells} of code: each step wants its reason"
    if measures.code_cells > MOST_CODE_CELLS:
        yield f"{measures.code_cells} code cells, more than {MOST_CODE_CELLS}"


def has_whole_gaps(notebook: Notebook) -> Iterator[str]:
    """A gap has its name, and below it a hint and a solution, which are folded."""
    open_gap: list[str] = []
    for number, cell in notebook.cells:
        if unknown := sorted({*tags(cell)} - TAGS):
            yield f"cell {number}: nobody knows the tags {unknown}"
        gap = cell.metadata.get("gap", "")
        if {"gap", "given", "guess"} & {*cell.metadata} and not tags(cell):
            yield f"cell {number}: it is made from the course's sources, and its tag is gone"
        is_gap = "your-turn" in tags(cell)
        if is_gap and not (gap and f'@your_turn("{gap}"' in cell.source):
            yield f"cell {number}: it is tagged your-turn, so its metadata name its gap, and @your_turn the same"
        if not is_gap and "@your_turn(" in cell.source and cell.cell_type == "code":
            yield f"cell {number}: a gap that is not tagged your-turn"
        for tag in ("hint", "solution"):
            if tag in tags(cell):
                if not re.search(r"<details>.*</details>", cell.source, re.DOTALL):
                    yield f"cell {number}: a {tag} is folded: <details> … </details>"
                open_gap = [each for each in open_gap if each != tag]
        if open_gap and (is_gap or number == len(notebook.cells)):
            yield f"cell {number}: the gap above it has no {' and no '.join(open_gap)}"
        if is_gap:
            open_gap = ["hint", "solution"]


def uses_plain_words(notebook: Notebook) -> Iterator[str]:
    """Nothing is said to be easy."""
    for number, cell in notebook.prose:
        for word in BELITTLING.findall(CODE.sub("", seen(FENCED.sub("", cell.source)))):
            yield f"cell {number}: leave {word!r} out, or say what is meant"


def leads_on(notebook: Notebook) -> Iterator[str]:
    """The first and the last cell lead to the notebook before, to the next one and to the start."""
    neighbours = {START} - {notebook.path.name}
    course = [name for name in notebook.names if name[:2].isdigit()]
    if notebook.is_numbered:
        place = course.index(notebook.path.name)
        neighbours |= {*course[max(place - 1, 0) : place + 2]} - {notebook.path.name}
    for number, cell in (notebook.cells[0], notebook.cells[-1]):
        if cell.cell_type != "markdown" or "navigation" not in tags(cell):
            yield f"cell {number}: it is not markdown tagged navigation"
            continue
        linked = {target for target in LINK.findall(cell.source) if target in course}
        if linked != neighbours and (notebook.is_numbered or not linked > neighbours):
            yield f"cell {number}: it links to {sorted(linked)}, not to {sorted(neighbours)}"


def has_readable_cells(notebook: Notebook) -> Iterator[str]:
    """A cell can be read in one go."""
    for number, cell in notebook.code:
        longest = LONGEST_LOOK_INSIDE if {"look-inside", "given"} & {*tags(cell)} else LONGEST_CODE
        lines = len(cell.source.splitlines())
        if lines > longest:
            yield f"cell {number}: {lines} lines of code, more than {longest}"
    for number, cell in notebook.prose if notebook.code else []:  # what is looked up is not read in one go
        text = IMAGE.sub("", FENCED.sub("", cell.source))
        words = sum(len(line.split()) for line in text.splitlines() if not line.lstrip().startswith("|"))
        if words > LONGEST_PROSE:
            yield f"cell {number}: {words} words, more than {LONGEST_PROSE}"


def links_to_what_exists(notebook: Notebook) -> Iterator[str]:
    """A link to a file of the tutorial leads to a file; one to a part of a notebook, to a heading there."""
    for number, cell in notebook.prose:
        text = FENCED.sub("", cell.source)
        others = ("".join(either) for either in OTHER_LINK.findall(text))
        for target in itertools.chain(LINK.findall(text), others):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = notebook.path.parent / name if name else notebook.path
            if file.name not in MADE_BY_THE_LEARNER and not file.exists():
                yield f"cell {number}: the link to {target} leads nowhere"
            elif anchor and file.suffix == ".ipynb" and anchor not in anchors(load(file, notebook.names).node):
                yield f"cell {number}: no heading there for the link to {target}"


def anchors(node: nbformat.NotebookNode) -> set[str]:
    """The parts of a notebook to which a link can lead, as JupyterLab names them."""
    prose = "\n".join(cell.source for cell in node.cells if cell.cell_type == "markdown")
    return {heading.replace("`", "").replace(" ", "-") for heading in HEADING.findall(FENCED.sub("", prose))}


RULES: tuple[Rule, ...] = (
    is_valid,
    has_our_kernel,
    ran_in_order,
    shows_what_went_well,
    shows_only_wanted_errors,
    keeps_answers_back,
    stores_no_widgets,
    holds_no_secrets,
    shows_no_value_in_passing,
    converts_to_a_script,
    names_no_machine,
    describes_images,
    names_its_columns,
    has_ordered_headings,
    tells_the_time,
    takes_no_longer,
    repeats_nothing,
    keeps_the_rhythm,
    has_whole_gaps,
    uses_plain_words,
    leads_on,
    has_readable_cells,
    links_to_what_exists,
)
