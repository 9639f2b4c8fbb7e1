"""Notebook 00, Start here: nothing of the program yet; a guess."""

from __future__ import annotations

from .gaps import Guess

TITLE = "00 Start here"
PROGRAM = ()
GAPS = ()
GUESSES = (
    Guess(
        id="who-sees-the-password",
        question="Who will see the password that you type?",
        options=(
            ("The notebook", "It never does. Look at the address bar when the window opens: whose page is it?", False),
            (
                "RingCentral",
                "It asks on a page of its own. The notebook only waits, and gets a code instead.",
                True,
            ),
            ("Both", "RingCentral does. But what you type on its page never comes by the notebook.", False),
        ),
    ),
)
