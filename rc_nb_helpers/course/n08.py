"""Notebook 08, Be the thief: its guesses. Its programs are in lab_thief.py, apart from the program that grows."""

from __future__ import annotations

from .gaps import Guess

TITLE = "08 Be the thief"
PROGRAM = ()
GAPS = ()
GUESSES = (
    Guess(
        id="her-code",
        question="Your browser brings Mallory's code to your program. In whose name does the program work then?",
        options=(
            ("In yours", "You did not sign in at all: Mallory did. The code stands for her.", False),
            (
                "In hers",
                "The code stands for who signed in. Your program now works as Mallory, and does not know.",
                True,
            ),
            ("In nobody's", "Nothing is wrong with her code: she may sign in to this app like you.", False),
        ),
    ),
    Guess(
        id="state-and-your-code",
        question="Mallory brings your code to a login of hers. Does her listener's check of state stop her?",
        options=(
            ("Yes, it is not her code", "state tells whose login it is. It says nothing about whose code came.", False),
            ("No, her state is right", "It is her own login, with her own state. What is stolen is the code.", True),
        ),
    ),
    Guess(
        id="wrong-verifier",
        question="Mallory's trade has failed, for her verifier is not yours. Can you still trade your code?",
        options=(
            ("Yes, it is mine", "It was. But a code works once, and a failed trade counts.", False),
            (
                "No, it is used up",
                "She has no tokens, but she has spoiled this login. The next one is not touched.",
                True,
            ),
        ),
    ),
)
