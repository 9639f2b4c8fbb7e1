"""Notebook 09, Break it: its guesses. Its programs are in lab_break.py, apart from the program that grows."""

from __future__ import annotations

from .gaps import Guess

TITLE = "09 Break it"
PROGRAM = ()
GAPS = ()
WHEN = (
    "When the login begins",
    "When the code is traded",
)
GUESSES = (
    Guess(
        id="wrong-id",
        question="One letter of the client id is wrong. When will you hear of it?",
        options=(
            (WHEN[0], "The id is in the link, so the sign-in page needs it first. It asks nobody without it.", True),
            (WHEN[1], "So far it does not get: the link already names an app that nobody knows.", False),
        ),
    ),
    Guess(
        id="another-address",
        question="The redirect URI ends in a slash that is not registered. Will the browser come back with the error?",
        options=(
            ("Yes, to the address with the slash", "An address that is not registered may be a thief's.", False),
            ("No, the error stays at the server", "Nobody is sent to an address that is not registered.", True),
        ),
    ),
    Guess(
        id="wrong-secret",
        question="One letter of the client secret is wrong. When will you hear of it?",
        options=(
            (WHEN[0], "The secret is not in the link: it never goes through the browser.", False),
            (WHEN[1], "The secret goes behind the browser's back, with the code.", True),
        ),
    ),
    Guess(
        id="taken-away",
        question="You are logged in. Now the app loses ReadCallLog. Can you still read the call log?",
        options=(
            ("Yes, until I log in anew", "A login keeps the permissions that it was given.", True),
            (
                "No, from now on",
                "The app's permissions are looked at when somebody logs in, not with each call.",
                False,
            ),
        ),
    ),
    Guess(
        id="no-refresh",
        question="The app may refresh no more. You still have a refresh token. Does it work?",
        options=(
            (
                "Yes, it was given to me",
                "A permission that you were given stays. But what an app may do is asked each time.",
                False,
            ),
            (
                "No, the app is asked",
                "To refresh is something the app does, so the server looks at the app as it is now.",
                True,
            ),
        ),
    ),
    Guess(
        id="dead-token",
        question="An administrator ends your login. What does your program know of it?",
        options=(
            ("Nothing, until it asks", "Its tokens look as they did. Only the server knows that they are dead.", True),
            ("All, at once", "Nobody tells it: RingCentral has no way to call your notebook.", False),
        ),
    ),
)
