"""Notebook 12, From notebook to application: nothing of the program; guesses."""

from __future__ import annotations

from .gaps import Guess

TITLE = "12 From notebook to application"
PROGRAM = ()
GAPS = ()
GUESSES = (
    Guess(
        "who-am-i",
        "alex logs in, then sam, each in a browser of their own. Whom does alex's page show now?",
        (
            ("Alex", "The program has one place for tokens. Who came last lies in it.", False),
            ("Sam", "One place for all: the last one in is everybody.", True),
            ("Nobody", "Nobody has logged out. But whose tokens are those in the one place?", False),
        ),
    ),
    Guess(
        "signed-cookie",
        "The framework signs its cookie with a secret key. Can somebody who gets hold of the cookie read it?",
        (
            ("No, it is signed", "A signature tells whether somebody has changed it. It hides nothing.", False),
            ("Yes", "It is text in Base64. Who has a copy of the cookie has the tokens.", True),
        ),
    ),
    Guess(
        "same-site",
        "With SameSite=Strict, a cookie goes along only when one comes from the site itself. Does the login come home?",
        (
            ("Yes", "The browser comes from RingCentral's page. So the cookie with the state stays behind.", False),
            (
                "No",
                "The browser comes from another site, so it leaves the cookie behind. The application finds no state.",
                True,
            ),
        ),
    ),
)
