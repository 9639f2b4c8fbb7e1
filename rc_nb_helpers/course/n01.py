"""Notebook 01, Create your app: the settings in a file."""

from __future__ import annotations

from dotenv import dotenv_values

TITLE = "01 Create your app"


def settings_of(file):
    """The settings in a .env file, as a dictionary. Nothing else changes: no variable is left behind."""
    return dotenv_values(file)


PROGRAM = (settings_of,)
