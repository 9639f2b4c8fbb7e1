"""Notebook 05, Call and log out: the guard, RingCentral's three calls, and the end of a login."""

from __future__ import annotations

from ringcentral.http.api_exception import ApiException

from .gaps import Criterion, Gap, Guess, Wrong
from .n04 import explain

TITLE = "05 Call and log out"


def logged_in(platform):
    """Whether one of the two tokens is still good, by our clock. Asks nobody."""
    auth = platform.auth()
    return auth.access_token_valid() or auth.refresh_token_valid()


ENDPOINTS = {
    "extension": "/restapi/v1.0/account/~/extension",
    "extension-call-log": "/restapi/v1.0/account/~/extension/~/call-log",
    "account-call-log": "/restapi/v1.0/account/~/call-log",
}


def test(platform, api):
    """One of the three calls, if somebody is logged in: a list of records, or why there is none."""
    if not logged_in(platform):
        return "Not logged in."
    try:
        return platform.get(ENDPOINTS[api]).json_dict()["records"]
    except ApiException as error:
        return explain(error)


def show_records(records, *names):
    """Print these fields of the first five records; or the words that say why there are none."""
    if isinstance(records, str):
        print(records)
        return
    for record in records[:5]:
        print(*(f"{record.get(name, ''):<26}" for name in names))


def end(platform):
    """Tell the server that the tokens are dead, and forget them here, whatever it says."""
    try:
        platform.logout()
    finally:
        platform.auth().reset()


def logout(platform):
    """Log out, if somebody is logged in, and say how it went."""
    if not logged_in(platform):
        return "Nobody is logged in."
    try:
        end(platform)
    except ApiException as error:
        return "Forgotten here. The tokens may live on at the server: " + explain(error)
    return "Logged out."


PROGRAM = (logged_in, "ENDPOINTS", test, show_records, end, logout)


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


# --- The gap: end ---------------------------------------------------------------------------------


class _Gone(Exception):
    """What the SDK raises when the server does not answer."""


class _Ending:
    """A platform that remembers what was done with its token, in order."""

    def __init__(self, fails=False):
        self.token, self.done, self.fails = "token", [], fails

    def auth(self):
        """Its tokens: itself."""
        return self

    def reset(self):
        """Forget the token."""
        self.token = ""
        self.done.append("reset")

    def logout(self):
        """Tell the server, with the token that is there now."""
        self.done.append("told" if self.token else "told nothing")
        if self.fails:
            raise _Gone
        self.token = ""


def _tells_the_server(function):
    platform = _Ending()
    function(platform)
    if "told nothing" in platform.done:
        return "end.nothing-left"
    return "" if "told" in platform.done else "end.alive"


def _forgets(function):
    platform = _Ending(fails=True)
    try:
        function(platform)
    except _Gone:
        return "end.kept" if platform.token else ""
    return "end.kept" if platform.token else "end.hidden" if "told" in platform.done else ""


def _end_step_by_step(platform):
    try:
        platform.logout()
    except BaseException:
        platform.auth().reset()
        raise
    platform.auth().reset()


def _end_with_a_name(platform):
    auth = platform.auth()
    try:
        platform.logout()
    finally:
        auth.reset()


def end_stub(platform):
    """Tell the server that the tokens are dead, and forget them here, whatever it says."""
    try:
        platform.auth().reset()
    finally:
        platform.logout()


def _end_reset_only(platform):
    platform.auth().reset()


def _end_reset_first(platform):
    platform.auth().reset()
    platform.logout()


def _end_without_finally(platform):
    platform.logout()
    platform.auth().reset()


def _end_logout_only(platform):
    platform.logout()


def _end_in_silence(platform):
    try:  # noqa: SIM105
        platform.logout()
    except Exception:  # noqa: BLE001, S110
        pass
    platform.auth().reset()


GAPS = (
    Gap(
        id="logged-in",
        notebook="05",
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
    Gap(
        id="end",
        notebook="05",
        solution=end,
        stub=end_stub,
        criteria=(Criterion("end.told", _tells_the_server), Criterion("end.forgotten", _forgets)),
        hints=(
            "To tell the server which token is dead, you need the token. Who must hear it while you still have it?",
            "What stands in `finally` happens whatever the server says. Put the forgetting there.",
        ),
        others=(_end_step_by_step, _end_with_a_name),
        wrong=(
            Wrong(_end_reset_first, "end.nothing-left"),
            Wrong(_end_reset_only, "end.alive"),
            Wrong(_end_without_finally, "end.kept"),
            Wrong(_end_logout_only, "end.kept"),
            Wrong(_end_in_silence, "end.hidden"),
        ),
    ),
)

GUESSES = (
    Guess(
        "sam-calls",
        "Sam works in alex's shop. What does sam get from the three calls?",
        (
            ("All three, as alex does", "Reading everybody's calls needs more than the app's permission.", False),
            (
                "Two of the three",
                "The list and the own log, yes. Everybody's calls are for administrators: CMN-408.",
                True,
            ),
            ("Nothing", "Sam may see the company's list and the calls that were sam's own.", False),
        ),
    ),
)
