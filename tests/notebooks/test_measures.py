"""What a notebook asks of its reader, in numbers; and the table of them."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.tables.course_table import table
from tools.notebook_measures import measure, readable, repeats

LINES = [f"line{number}()" for number in range(8)]


def minutes(*cells: nbformat.NotebookNode) -> float:
    """The minutes of an hour's words and these cells, without the hour: so small numbers are not rounded away."""
    return measure(new_notebook(cells=[new_markdown_cell("word " * 180 * 60), *cells])).minutes - 60


def code(source: str, *tags: str) -> list[nbformat.NotebookNode]:
    """Ten such cells: ten runs take three minutes."""
    return [new_code_cell(source, metadata={"tags": list(tags)}) for _ in range(10)]


@pytest.mark.parametrize(
    ("cells", "took"),
    [
        (code("1"), 3),
        (code(""), 0),
        (code("open_in_browser(link)")[:1] * 2, 2),
        (code("open_in_browser(link)")[:6], 5),
        (code("def log_in():\n    open_in_browser(link)"), 3),
        ([*code("def log_in():\n    open_in_browser(link)"), *code("log_in()")[:6]], 8),
        (code("main(environment, show=open_in_browser)")[:6], 5),
        (code("LoginPanel(session)")[:6], 5),
        (code("run_program('practice')")[:6], 5),
        (code("TestPanel(session)"), 5),
        (code("guess('x')", "guess"), 8),
        (code("def f():\n    ...", "your-turn"), 23),
        (code("def f():\n    first()\n    second()", "your-turn"), 18),
        ([new_markdown_cell("## In the practice console\n\n## The real console")], 4),
        (
            [
                new_markdown_cell("word " * 900, metadata={"tags": [tag]})
                for tag in ("hint", "solution", "answers", "if-needed")
            ],
            0,
        ),
        (code("JoinPanel()", "if-needed"), 0),
    ],
)
def test_minutes_are_those_of_what_is_done(cells: list[nbformat.NotebookNode], took: int) -> None:
    assert minutes(*cells) == took


def test_only_what_is_read_is_counted() -> None:
    text = readable('See <b>this</b> [link](https://example.com/a/b) <img alt="many words here" src="x">')
    assert text.split() == ["See", "this", "[link]"]
    assert readable("<details><summary>More?</summary>\n\nMuch more.\n</details>\n\nOn.").split() == ["More?", "On."]


def test_a_repeat_is_as_long_as_it_goes_and_cells_comments_and_spaces_do_not_hide_it() -> None:
    earlier = new_notebook(cells=[new_code_cell("\n".join(LINES))])
    again = ["other()", *LINES[:4], "\n    # not the same", *(f"  {line}" for line in LINES[4:7]), "other()"]
    cells = [new_code_cell("\n".join(again[:3])), new_code_cell("\n".join(again[3:]))]
    assert list(repeats(new_notebook(cells=cells), [earlier])) == [LINES[:7]]
    assert list(repeats(new_notebook(cells=cells[1:]), [earlier])) == []


def test_the_table_has_a_row_for_each_notebook_and_what_the_hour_takes() -> None:
    text = nbformat.writes(new_notebook(cells=[new_code_cell("\n".join(LINES))]))
    *_, second, hour, all_of_it = table({"00-a.ipynb": text, "01-b.ipynb": text}).splitlines()
    assert second == "| 01-b | 0 | 1 | 8 | 8 | 8 | 0 | 0 | 0 | 1 |"
    assert (hour, all_of_it) == (
        "| the hour | 0 | 1 | 8 |  | 0 | 0 | 0 | 0 | 1 |",
        "| all | 0 | 2 | 16 |  | 8 | 0 | 0 | 0 | 2 |",
    )
