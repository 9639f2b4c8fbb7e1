"""Notebook 06, Popup and panels: nothing of the program."""

from __future__ import annotations

TITLE = "06 Popup and panels"
PROGRAM = ()
GAPS = ()
GUESSES = ()
