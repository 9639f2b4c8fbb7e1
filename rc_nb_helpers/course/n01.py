"""Notebook 01, Create your app: the settings in a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dotenv import dotenv_values, load_dotenv

from .gaps import Criterion, Gap, Guess, Wrong

TITLE = "01 Create your app"


def settings_of(file):
    """The settings in a .env file, as a dictionary. Nothing else changes: no variable is left behind."""
    return dotenv_values(file)


PROGRAM = (settings_of,)


# --- The gap: settings-of -------------------------------------------------------------------------

ADDRESS = "RC_SERVER_URL"
ONE, OTHER = "https://one.example", "https://other.example"


def _read_both(function):
    """What a function says of two made-up files, and the variables that it leaves behind."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / ".env-one", Path(folder) / ".env-other"]
        for file, address in zip(files, (ONE, OTHER), strict=True):
            file.write_text(f"{ADDRESS}={address}\nRC_CLIENT_ID=made-up\n", "utf-8")
        os.environ.pop(ADDRESS, None)  # your_turn puts it back
        os.environ.pop("RC_CLIENT_ID", None)
        found = [function(file) for file in files]
        return found, [name for name in (ADDRESS, "RC_CLIENT_ID") if name in os.environ]


def _two_addresses(function):
    (one, other), _ = _read_both(function)
    if isinstance(one, bool):
        return "settings-of.whether"
    if not hasattr(one, "get") or not hasattr(other, "get"):
        return "settings-of.no-dictionary"
    if one.get(ADDRESS) == ONE and other.get(ADDRESS) == ONE:
        return "settings-of.first-again"
    return "" if (one.get(ADDRESS), other.get(ADDRESS)) == (ONE, OTHER) else "settings-of.other"


def _no_variable(function):
    return "settings-of.variables" if _read_both(function)[1] else ""


def _by_hand(file):
    pairs = [line.partition("=") for line in Path(file).read_text("utf-8").splitlines()]
    return {name: value for name, _, value in pairs}


def _from_a_stream(file):
    with open(file) as lines:
        return dict(dotenv_values(stream=lines))


def _load(file):
    load_dotenv(file)
    return dict(os.environ)


def _load_over(file):
    load_dotenv(file, override=True)
    return dict(os.environ)


def _only_load(file):
    load_dotenv(file)


def _whether(file):
    return load_dotenv(file)


def _only_the_address(file):
    return dotenv_values(file)["RC_SERVER_URL"]


def _no_file(file):
    return dotenv_values()


GAPS = (
    Gap(
        id="settings-of",
        notebook="01",
        solution=settings_of,
        criteria=(
            Criterion("settings-of.two", _two_addresses),
            Criterion("settings-of.no-variable", _no_variable),
        ),
        hints=(
            "Two functions of python-dotenv are imported above. One returns a dictionary, and touches nothing else.",
            "It is `dotenv_values`. Give it the file, and return what it returns.",
        ),
        others=(_by_hand, _from_a_stream),
        wrong=(
            Wrong(_load, "settings-of.first-again"),
            Wrong(_load_over, "settings-of.variables"),
            Wrong(_only_load, "turn.no-return"),
            Wrong(_whether, "settings-of.whether"),
            Wrong(_only_the_address, "settings-of.no-dictionary"),
            Wrong(_no_file, "settings-of.other"),
        ),
    ),
)

GUESSES = (
    Guess(
        "load-dotenv",
        "After the second load_dotenv, which address does the second print show?",
        (
            ("The sandbox's", "load_dotenv keeps what is there already. So the second file changes nothing.", True),
            (
                "Production's",
                "load_dotenv never replaces a variable that is there. It needs override=True for that.",
                False,
            ),
        ),
    ),
    Guess(
        "slash",
        "A program asks for your app's redirect URI with one more slash at its end. Will the platform let it through?",
        (
            (
                "Yes, it is nearly the same",
                "Nearly is not enough: an attacker has an address that is nearly yours.",
                False,
            ),
            ("No", "It has to be the same, letter by letter. The error is OAU-109.", True),
        ),
    ),
)
