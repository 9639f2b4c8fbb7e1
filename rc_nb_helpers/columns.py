"""Folds lines of text between words: JupyterLab breaks a line that is too long in the middle of one."""

from __future__ import annotations

import textwrap

COLUMNS = 90
"""As many as a cell's output shows in a window of 1280 pixels with the list of files open, and some to spare."""


def folded(*lines: str) -> str:
    """Lines, folded. What a long one goes on with stands further in than it begins.

    Args:
        lines: Each is a few sentences at most.
    """
    return "\n".join(
        textwrap.fill(
            line,
            COLUMNS,
            subsequent_indent=" " * (2 + len(line) - len(line.lstrip())),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines
    )
