"""Notebook 08, Be the thief: RingCentral's side of PKCE, and guesses. Its programs are in lab_thief.py, apart."""

from __future__ import annotations

from .gaps import Criterion, Gap, Guess, Wrong
from .n04 import code_challenge

TITLE = "08 Be the thief"
PROGRAM = ()


# --- The gap: fits --------------------------------------------------------------------------------


def fits(code_verifier, challenge):
    """RingCentral's line at the trade: is this the verifier whose fingerprint came with the link?"""
    return code_challenge(code_verifier) == challenge


YOURS, HERS = "y" * 43, "h" * 43


def _takes_yours(function):
    said = function(YOURS, code_challenge(YOURS))
    if said:
        return ""
    if function(YOURS, HERS):
        return "fits.not-yours"
    if function(YOURS, YOURS):
        return "fits.plain"
    return "fits.turned-round" if function(code_challenge(HERS), HERS) else "fits.other"


def _leaves_hers(function):
    return "fits.any" if function(HERS, code_challenge(YOURS)) else ""


def _leaves_what_was_read(function):
    challenge = code_challenge(YOURS)
    return "fits.read" if function(challenge, challenge) else ""


def _fits_in_the_same_time(code_verifier, challenge):
    import hmac

    return hmac.compare_digest(code_challenge(code_verifier), challenge)


def _fits_step_by_step(code_verifier, challenge):
    fingerprint = code_challenge(code_verifier)
    return fingerprint == challenge


def _fits_itself(code_verifier, challenge):
    return code_verifier == challenge


def _fits_without_comparing(code_verifier, challenge):
    return code_challenge(code_verifier)


def _fits_turned_round(code_verifier, challenge):
    return code_challenge(challenge) == code_verifier


def _fits_when_it_does_not(code_verifier, challenge):
    return code_challenge(code_verifier) != challenge


def _fits_the_texts(code_verifier, challenge):
    return challenge in code_verifier and challenge != code_verifier


def _fits_either(code_verifier, challenge):
    return challenge in (code_verifier, code_challenge(code_verifier))


def _fits_kept(code_verifier, challenge):
    code_challenge(code_verifier) == challenge  # noqa: B015  (somebody's mistake)


GAPS = (
    Gap(
        id="fits",
        notebook="08",
        solution=fits,
        criteria=(
            Criterion("fits.yours", _takes_yours),
            Criterion("fits.hers", _leaves_hers),
            Criterion("fits.fingerprint", _leaves_what_was_read),
        ),
        hints=(
            "The link has brought a fingerprint. Make that of this verifier, too, and compare the two.",
            "`code_challenge(code_verifier)` is its fingerprint. Which two things does `==` stand between?",
        ),
        others=(_fits_in_the_same_time, _fits_step_by_step),
        wrong=(
            Wrong(_fits_itself, "fits.plain"),
            Wrong(_fits_without_comparing, "fits.any"),
            Wrong(_fits_turned_round, "fits.turned-round"),
            Wrong(_fits_when_it_does_not, "fits.not-yours"),
            Wrong(_fits_the_texts, "fits.other"),
            Wrong(_fits_either, "fits.read"),
            Wrong(_fits_kept, "turn.no-return"),
        ),
    ),
)
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
