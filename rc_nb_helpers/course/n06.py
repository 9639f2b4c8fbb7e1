"""Notebook 06, Popup and panels: nothing of the program; a guess."""

from __future__ import annotations

from .gaps import Guess

TITLE = "06 Popup and panels"
PROGRAM = ()
GAPS = ()
GUESSES = (
    Guess(
        id="popup-and-python",
        question="The window must open in the click, and Python needs time for the link. What can be done?",
        options=(
            (
                "The browser waits until Python has the link",
                "It waits for nobody. When the moment of the click is over, the window is blocked.",
                False,
            ),
            (
                "The window opens empty, and gets its address later",
                "It opens in the click, and Python is asked in the same moment. When the link comes, it goes there.",
                True,
            ),
            (
                "Python opens the window",
                "Python runs in the kernel, perhaps on another computer. Only the page can open one.",
                False,
            ),
        ),
    ),
)
