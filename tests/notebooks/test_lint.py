"""The notebooks keep the rules of tools/notebook_lint.py; and each rule can be broken."""

import copy
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import notebook_lint as lint
from tools.my_notebooks import all_notebooks, notebook_files
from tools.places import ROOT
from tools.store_outputs import LANGUAGE

NAMES = ["00-start-here.ipynb", "01-first.ipynb", "02-second.ipynb"]


@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.name)
def test_notebook(path, rule):
    notebook = lint.load(path, [file.name for file in all_notebooks()])
    assert list(rule(notebook)) == []


@pytest.mark.parametrize("page", ["README.md", f"notebooks/{lint.START}"])
def test_tables_of_all_notebooks_tell_how_many_minutes_each_takes(page):
    text = (ROOT / page).read_text("utf-8")
    if page.endswith(".ipynb"):
        text = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
    told = re.findall(r"^\| \[.+\]\((?:notebooks/)?(.+\.ipynb)\) \| (\d+) \|", text, re.MULTILINE)
    taken = {file.name: str(lint.load(file, []).measures.minutes) for file in notebook_files()}
    assert dict(told) == {name: minutes for name, minutes in taken.items() if not page.endswith(name)}


# --- The rules themselves: one good notebook, and one way to spoil it for each ----------------------


LINES = "\n".join(f"line{number}()" for number in range(6))


def navigation():
    links = "[before](00-start-here.ipynb) · [next](02-second.ipynb)"
    return new_markdown_cell(links, metadata={"tags": ["navigation"]})


def good_notebook():
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": dict(LANGUAGE)},
        cells=[
            navigation(),
            new_markdown_cell("# First\n\nTime: 1 minute."),
            new_markdown_cell(
                "## Part\n\n<img alt='hello' src='data:,'> ![a login](02-second.ipynb) and [mine](.env-practice)"
            ),
            new_code_cell("# a comment, no title\n1 + 1", execution_count=1),
            new_code_cell("", execution_count=None),
            new_code_cell("2 + 2", execution_count=2, outputs=[new_output("stream", text="4\n")]),
            navigation(),
        ],
    )


def complaints(rule, node, folder, name="01-first.ipynb"):
    for each in NAMES:
        earlier = new_notebook(cells=[new_code_cell(LINES), new_markdown_cell("## A part")])
        (folder / each).write_text(nbformat.writes(earlier), encoding="utf-8")
    path = folder / name
    path.write_text(nbformat.writes(node), encoding="utf-8")
    return list(rule(lint.load(path, NAMES)))


@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_passes(rule, tmp_path):
    assert complaints(rule, good_notebook(), tmp_path) == []


def add_text(text):
    return lambda node: node.cells.insert(2, new_markdown_cell(text))


def add_code(source, tags=()):
    return lambda node: node.cells.insert(6, new_code_cell(source, execution_count=3, metadata={"tags": list(tags)}))


def add_gap(source='@your_turn("one")\ndef one():\n    ...', tag="your-turn", gap="one", below=("hint", "solution")):
    def add(node):
        folded = "<details><summary>A hint</summary>Words.</details>"
        gap_cell = new_code_cell(source, execution_count=3, metadata={"tags": [tag], "gap": gap})
        below_it = [new_markdown_cell(folded, metadata={"tags": [each]}) for each in below]
        node.cells[6:6] = [gap_cell, *below_it]

    return add


def output(text):
    return lambda node: node.cells[3].outputs.append(new_output("stream", text=text))


def error(node):
    node.cells[3].outputs.append(new_output("error", ename="ValueError", evalue="no", traceback=[]))


LONG = "Kd93jfKq02mfLs9X1pQz7"
GUESS = {"tags": ["guess", "nbval-ignore-output"], "answers": ["4"]}
WAYS_TO_SPOIL = [
    (lint.is_valid, lambda node: node.cells[3].update(colour="red")),
    (lint.has_our_kernel, lambda node: node.metadata.kernelspec.update(name="mine")),
    (lint.ran_in_order, lambda node: node.cells[3].update(execution_count=7)),
    (lint.ran_in_order, lambda node: node.cells[3].update(execution_count=None)),
    (lint.shows_what_went_well, output("No answer has come. Sign in, then run this again.\n")),
    (lint.shows_what_went_well, output("Login success\nNot yet: log in with the panel above.\n")),
    (lint.shows_only_wanted_errors, error),
    (lint.keeps_answers_back, lambda node: node.cells[5].metadata.update(GUESS)),
    (lint.keeps_answers_back, lambda node: node.cells[4].metadata.update(tags=["guess"])),
    (lint.keeps_answers_back, lambda node: node.cells[4].metadata.update(answers=["4"])),
    (lint.stores_no_widgets, lambda node: node.metadata.update(widgets={})),
    (lint.holds_no_secrets, output(f"{{'access_token': '{LONG}'}}")),
    (lint.holds_no_secrets, add_text(f"http://localhost:5000/oauth2callback?code={LONG}&state=x")),
    (lint.holds_no_secrets, output(f'<a href="https://x.example/authorize?client_id=x&amp;state={LONG}">')),
    (lint.shows_no_value_in_passing, add_code("import os\nos.environ.pop('RC_CLIENT_SECRET', None)\nprint(1)")),
    (lint.shows_no_value_in_passing, add_code("for name in names:\n    os.environ.pop(name, None)")),
    (lint.shows_no_value_in_passing, add_code("try:\n    1\nexcept KeyError:\n    os.getenv('RC_CLIENT_SECRET')")),
    (lint.shows_no_value_in_passing, add_code("with x:\n    os.environ['RC_CLIENT_SECRET']\nprint(1)")),
    (lint.shows_no_value_in_passing, add_code("environment.client_secret")),
    (lint.shows_no_value_in_passing, add_code("os.environ.get('RC_CLIENT_SECRET')\nprint(1)")),
    (lint.shows_no_value_in_passing, add_code("platform.auth().data()")),
    (lint.converts_to_a_script, lambda node: node.metadata.update(language_info={"name": "python"})),
    (lint.names_no_machine, output("/home/ada/tutorial/x.py")),
    (lint.names_no_machine, output(r"C:\Users\ada\x.py")),
    (lint.describes_images, add_text("![](x.png)")),
    (lint.describes_images, add_text('<img src="x.png">')),
    (lint.describes_images, add_text("<IMG src='x.png'>")),
    (lint.describes_images, add_text("<svg><path/></svg>")),
    (lint.describes_images, add_text("```mermaid\nsequenceDiagram\n  A->>B: hello\n```")),
    (lint.names_its_columns, add_text("| | what |\n|---|---|\n| a | b |")),
    (lint.has_ordered_headings, add_text("# A second title")),
    (lint.has_ordered_headings, add_text("### Too deep")),
    (lint.has_ordered_headings, add_text("<h5>Too deep</h5>")),
    (lint.has_ordered_headings, add_text("A second title\n====")),
    (lint.tells_the_time, lambda node: node.cells[1].update(source="# First")),
    (lint.tells_the_time, lambda node: node.cells[1].update(source="# First\n\n2 minutes")),
    (lint.takes_no_longer, add_text("word " * 180 * 16)),
    (lint.repeats_nothing, add_code(LINES)),
    (lint.has_whole_gaps, add_code("1", ["yourturn"])),
    (lint.has_whole_gaps, lambda node: node.cells[3].metadata.update(given=["listen"])),
    (lint.has_whole_gaps, add_gap(gap="two")),
    (lint.has_whole_gaps, add_gap(gap="")),
    (lint.has_whole_gaps, add_gap(tag="given")),
    (lint.has_whole_gaps, add_gap(below=["hint"])),
    (lint.has_whole_gaps, lambda node: (add_gap(below=["solution"])(node), add_gap()(node))),
    (lint.has_whole_gaps, lambda node: (add_gap()(node), node.cells[7].update(source="A hint."))),
    (lint.uses_plain_words, add_text("Simply run it.")),
    (lint.uses_plain_words, add_text("This is [easy](https://example.com).")),
    (lint.uses_plain_words, add_text("<details><summary>A hint</summary>It is of course this.</details>")),
    (lint.leads_on, lambda node: node.cells.pop(0)),
    (lint.leads_on, lambda node: node.cells[-1].update(source="[before](00-start-here.ipynb)")),
    (lint.has_readable_cells, add_code("x = 1\n" * 16)),
    (lint.has_readable_cells, add_code("x = 1\n" * 26, ["look-inside"])),
    (lint.has_readable_cells, add_text("word " * 121)),
    (lint.links_to_what_exists, add_text("[gone](09-gone.ipynb)")),
    (lint.links_to_what_exists, add_text("[no such part](00-start-here.ipynb#Another-part)")),
    (lint.links_to_what_exists, add_text("[no such part](#Another-part)")),
    (lint.links_to_what_exists, add_text('<a class="x" href="09-gone.ipynb">gone</a>')),
    (lint.links_to_what_exists, add_text("[gone][1]\n\n[1]: 09-gone.ipynb")),
]


@pytest.mark.parametrize(("rule", "spoil"), WAYS_TO_SPOIL, ids=[rule.__name__ for rule, _ in WAYS_TO_SPOIL])
def test_a_spoiled_notebook_fails(rule, spoil, tmp_path):
    node = copy.deepcopy(good_notebook())
    spoil(node)
    assert complaints(rule, node, tmp_path) != []


RHYTHMS = [("1\n2\n3\n4\n5\n", 5, 5, False), ("1", 5, 5, False), ("1\n2\n3", 5, 4, False), ("1\n2", 26, 26, False),
           ("1\n2\n3", 5, 5, True)]  # fmt: skip


@pytest.mark.parametrize(("source", "code", "prose", "kept"), RHYTHMS)
def test_a_program_is_written_a_few_lines_at_a_time(source, code, prose, kept, tmp_path):
    cells = [new_code_cell(source) for _ in range(code)] + [new_markdown_cell("words") for _ in range(prose)]
    node = new_notebook(cells=cells)
    assert (complaints(lint.keeps_the_rhythm, node, tmp_path, "02-second.ipynb") == []) is kept


def test_every_rule_is_shown_to_fail():
    assert {rule for rule, _ in WAYS_TO_SPOIL} | {lint.keeps_the_rhythm} == set(lint.RULES)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (lint.keeps_answers_back, lambda node: node.cells[4].metadata.update(GUESS)),
        (lint.has_readable_cells, add_code("x = 1\n" * 25, ["look-inside"])),
        (lint.shows_no_value_in_passing, add_code("x = os.environ.pop('A', None)\ndef f():\n    os.environ.pop('A')")),
        (lint.has_readable_cells, add_text("| word |\n" * 130)),
        (lint.has_readable_cells, add_text(f'<img alt="{"word " * 130}">')),
        (lint.names_its_columns, add_text("| who | what |\n| --- |:-:|\n| a | |")),
        (lint.has_ordered_headings, add_text("```python\n# a comment\n```")),
        (lint.links_to_what_exists, add_text("[web](https://example.com/x) and [below](#Part)")),
        (lint.links_to_what_exists, add_text("<a href='#Part'>a</a> [b][1]\n\n[1]: https://example.com/x")),
        (lint.links_to_what_exists, add_text("[a part](00-start-here.ipynb#A-part)")),
        (lint.has_whole_gaps, lambda node: (add_gap()(node), add_gap()(node))),
        (lint.repeats_nothing, add_code(LINES.rpartition("\n")[0])),
        (lint.uses_plain_words, add_text("`just` and\n\n```\nsimply\n```\nand [adjusted](https://example.com/easy)")),
        (lint.holds_no_secrets, output("{'access_token': 'U0pD…masked', 'client_secret': '••••'}")),
    ],
)
def test_what_a_rule_allows(rule, change, tmp_path):
    node = good_notebook()
    change(node)
    assert complaints(rule, node, tmp_path) == []
