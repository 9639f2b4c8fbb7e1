"""Runs cells as a kernel does: through IPython, so that a function's text can be found, and magics work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from rc_nb_helpers.course import turns


def unfolded(shown: str) -> str:
    """What is shown, with each sentence in one line again."""
    return re.sub(r"\n {2,}(?![✓✗])", " ", shown)


class Notebook:
    """A notebook that has run nothing yet."""

    def __init__(self, shell: InteractiveShell, capsys: Any) -> None:
        self.shell = shell
        self._capsys = capsys
        self.shown = ""
        self.run("from rc_nb_helpers.course import your_turn")

    def run(self, cell: str) -> str:
        """Run a cell; what it shows."""
        self._capsys.readouterr()
        done = self.shell.run_cell(cell, store_history=False)
        assert done.error_before_exec is None, done.error_before_exec
        shown: str = self._capsys.readouterr().out
        return shown

    def turn(self, gap_id: str, text: str, above: str = "", run: str = "") -> str:
        """Run a cell with a function below @your_turn; what it shows, each sentence in one line."""
        mine = f', run="{run}"' if run else ""
        self.shown = self.run(f'{above}@your_turn("{gap_id}"{mine})\n{text}')
        return unfolded(self.shown)

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]


@lru_cache
def _shell() -> InteractiveShell:
    """One for all tests: it takes a while to make, and it needs no history."""
    return InteractiveShell(config=Config(HistoryManager={"enabled": False}))


@contextmanager
def notebook(capsys: Any) -> Iterator[Notebook]:
    """A fresh notebook. Nothing is counted yet."""
    turns._misses.clear()
    shell = _shell()
    shell.reset(new_session=False)
    yield Notebook(shell, capsys)
