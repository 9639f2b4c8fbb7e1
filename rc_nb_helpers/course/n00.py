"""Notebook 00, Start here: nothing of the program yet."""

from __future__ import annotations

TITLE = "00 Start here"
PROGRAM = ()
GAPS = ()
GUESSES = ()
