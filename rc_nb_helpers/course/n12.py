"""Notebook 12, From notebook to application: whose tokens a request works with; and guesses."""

from __future__ import annotations

from copy import deepcopy

from .gaps import Criterion, Gap, Guess, Wrong

TITLE = "12 From notebook to application"
PROGRAM = ()


# --- The gap: whose -------------------------------------------------------------------------------


def tokens_of(drawers, cookie):
    """What lies in the drawer of whoever brings this cookie; an empty dictionary for a stranger."""
    return drawers.get(cookie.get("drawer", ""), {})


ALEX, SAM = {"drawer": "one"}, {"drawer": "two"}
DRAWERS = {"one": {"access_token": "of alex"}, "two": {"access_token": "of sam"}}


def _finds_ones_own(function):
    for cookie in (ALEX, SAM):
        found = function(deepcopy(DRAWERS), dict(cookie))
        if found == DRAWERS[cookie["drawer"]]:
            continue
        if found == cookie["drawer"]:
            return "whose.number"
        return "whose.last-in" if found in DRAWERS.values() else "whose.not-found"
    return ""


def _gives_strangers_nothing(function):
    for cookie in ({}, {"drawer": "made up"}):
        try:
            found = function(deepcopy(DRAWERS), dict(cookie))
        except KeyError:
            return "whose.keyerror"
        if found in DRAWERS.values():
            return "whose.somebodys"
        if found != {}:
            return "whose.none"
    return ""


def _own_with_a_look_first(drawers, cookie):
    if cookie.get("drawer") in drawers:
        return drawers[cookie["drawer"]]
    return {}


def _own_or_an_error(drawers, cookie):
    try:
        return drawers[cookie["drawer"]]
    except KeyError:
        return {}


def _with_brackets(drawers, cookie):
    return drawers[cookie["drawer"]]


def _of_the_last_one(drawers, cookie):
    return list(drawers.values())[-1]


def _out_of_the_cookie(drawers, cookie):
    return cookie.get("tokens", {})


def _only_the_number(drawers, cookie):
    return cookie.get("drawer", "")


def _none_for_strangers(drawers, cookie):
    return drawers.get(cookie.get("drawer"))


def _somebodys_for_strangers(drawers, cookie):
    return drawers.get(cookie.get("drawer"), drawers["one"])


def _looked_up_and_kept(drawers, cookie):
    drawers.get(cookie.get("drawer", ""), {})


GAPS = (
    Gap(
        id="whose",
        notebook="12",
        solution=tokens_of,
        criteria=(
            Criterion("whose.own", _finds_ones_own),
            Criterion("whose.stranger", _gives_strangers_nothing),
        ),
        hints=(
            "Two steps: the cookie tells the number, and the number opens the drawer.",
            'A dictionary\'s `.get(key, else_this)` never fails. `cookie.get("drawer", "")` is the number; `{}` is '
            "an empty dictionary.",
        ),
        others=(_own_with_a_look_first, _own_or_an_error),
        wrong=(
            Wrong(_with_brackets, "whose.keyerror"),
            Wrong(_of_the_last_one, "whose.last-in"),
            Wrong(_out_of_the_cookie, "whose.not-found"),
            Wrong(_only_the_number, "whose.number"),
            Wrong(_none_for_strangers, "whose.none"),
            Wrong(_somebodys_for_strangers, "whose.somebodys"),
            Wrong(_looked_up_and_kept, "turn.no-return"),
        ),
    ),
)
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
