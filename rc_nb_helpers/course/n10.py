"""Notebook 10, Tokens live and die: the guard of the program, which notebook 05 gives."""

from __future__ import annotations

from .gaps import Criterion, Gap, Guess, Wrong
from .n05 import logged_in

TITLE = "10 Tokens live and die"
PROGRAM = ()


# --- The gap: logged-in ---------------------------------------------------------------------------


class _Tokens:
    """What the SDK knows of its two tokens."""

    def __init__(self, access, refresh):
        self.access_token_valid = lambda: access
        self.refresh_token_valid = lambda: refresh


class _Platform:
    """A platform with such tokens. It remembers whether anybody would have gone to the network."""

    def __init__(self, access, refresh):
        self.tokens = _Tokens(access, refresh)
        self.asked = False

    def auth(self):
        """Its tokens."""
        return self.tokens

    def logged_in(self):
        """The SDK's own: asks the server for new tokens when the access token has ended."""
        self.asked = True
        return True

    refresh = logged_in


def _asks_nobody(function):
    platform = _Platform(access=False, refresh=True)
    function(platform)
    return "logged-in.network" if platform.asked else ""


def _with_both(function):
    return "" if function(_Platform(access=True, refresh=True)) else "logged-in.never"


def _with_one(function):
    if not function(_Platform(access=False, refresh=True)):
        return "logged-in.an-hour"
    return "" if function(_Platform(access=True, refresh=False)) else "logged-in.refresh-only"


def _with_none(function):
    return "logged-in.always" if function(_Platform(access=False, refresh=False)) else ""


def _any_of_them(platform):
    return any([platform.auth().access_token_valid(), platform.auth().refresh_token_valid()])


def _not_both_ended(platform):
    if platform.auth().access_token_valid():
        return True
    return platform.auth().refresh_token_valid()


def _access_only(platform):
    return platform.auth().access_token_valid()


def _both_needed(platform):
    return platform.auth().access_token_valid() and platform.auth().refresh_token_valid()


def _the_sdks(platform):
    return platform.logged_in()


def _refresh_only(platform):
    return platform.auth().refresh_token_valid()


def _without_brackets(platform):
    return platform.auth().access_token_valid or platform.auth().refresh_token_valid


def _turned_round(platform):
    return not (platform.auth().access_token_valid() or platform.auth().refresh_token_valid())


GAPS = (
    Gap(
        id="logged-in",
        notebook="10",
        solution=logged_in,
        criteria=(
            Criterion("logged-in.nobody", _asks_nobody),
            Criterion("logged-in.both", _with_both),
            Criterion("logged-in.one", _with_one),
            Criterion("logged-in.none", _with_none),
        ),
        hints=(
            "A login is over only when both tokens are. So as long as one of them is good, somebody is logged in.",
            "`platform.auth()` has `access_token_valid()` and `refresh_token_valid()`. Which word stands between the "
            "two: `and`, or `or`?",
        ),
        others=(_any_of_them, _not_both_ended),
        wrong=(
            Wrong(_access_only, "logged-in.an-hour"),
            Wrong(_both_needed, "logged-in.an-hour"),
            Wrong(_the_sdks, "logged-in.network"),
            Wrong(_refresh_only, "logged-in.refresh-only"),
            Wrong(_without_brackets, "logged-in.always"),
            Wrong(_turned_round, "logged-in.never"),
        ),
    ),
)
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
