"""Notebook 10, Tokens live and die: nothing of the program; guesses."""

from __future__ import annotations

from .gaps import Guess

TITLE = "10 Tokens live and die"
PROGRAM = ()
GAPS = ()
GUESSES = (
    Guess(
        "old-access-token",
        "The program has two new tokens now. What does the old access token still open?",
        (
            ("All that it opened before", "A refresh ends the access token that came before it, at once.", False),
            (
                "Nothing",
                "It is over: OAU-129 for about ten seconds, which says that it was replaced, and OAU-213 after that.",
                True,
            ),
        ),
    ),
    Guess(
        "lost-answer",
        "The answer with the new tokens is lost on the way. What does the old refresh token bring, sent again?",
        (
            ("A third pair of tokens", "Then there would be two families of tokens, and nobody knew which one.", False),
            ("The same new pair", "RingCentral knows that connections break. You get what you had missed.", True),
            ("A refusal", "Not so soon. It would lock out everybody whose connection breaks.", False),
        ),
    ),
    Guess(
        "sixth-login",
        "A person logs in to the same app for the sixth time, and never logs out. What happens?",
        (
            ("The sixth login is refused", "Nobody is locked out because of old logins.", False),
            ("All six live", "A person has at most five logins with an app.", False),
            ("The first one ends", "The newest is good, the oldest is gone. Its program hears OAU-213.", True),
        ),
    ),
)
