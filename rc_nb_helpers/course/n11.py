"""Notebook 11, A kernel elsewhere: nothing of the program; guesses."""

from __future__ import annotations

from .gaps import Guess

TITLE = "11 A kernel elsewhere"
PROGRAM = ()
GAPS = ()
GUESSES = (
    Guess(
        "whose-localhost",
        "The kernel runs on a server, and the browser on your desk. Where does http://localhost:5000 lead?",
        (
            ("To the server", "The server is where the listener waits. But it is the browser that goes there.", False),
            ("To your desk", "localhost is always the computer of the program that says it: here, the browser.", True),
        ),
    ),
    Guess(
        "what-is-left",
        "The browser cannot reach the page. Where is the code of this login now?",
        (
            ("It is lost", "RingCentral has sent it, and the browser has it: look at its address bar.", False),
            ("In the address bar", "The whole answer stands there. It only has to come to the kernel.", True),
            ("At RingCentral", "RingCentral remembers it, but gives it away only once, to the browser.", False),
        ),
    ),
)
