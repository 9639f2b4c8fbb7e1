"""Notebook 05, Call and log out: the guard, RingCentral's three calls, and the end of a login."""

from __future__ import annotations

from types import SimpleNamespace

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
    """Print these fields of the first five records (of people, the names); or why there are none."""
    if isinstance(records, str):
        print(records)
        return
    for record in records[:5]:
        values = [record.get(name, "") for name in names]
        print(*(f"{value.get('name', '') if isinstance(value, dict) else value:<26}" for value in values))


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
        return "Forgotten here. The tokens may live on at the server:\n" + explain(error)
    return "Logged out."


PROGRAM = (logged_in, "ENDPOINTS", test, show_records, end, logout)


# --- The gap: end ---------------------------------------------------------------------------------


class _Gone(Exception):
    """What the SDK raises when the server does not answer."""


class _Ending:
    """A platform that remembers what was done with its token, in order."""

    def __init__(self, fails=False):
        self.token, self.done, self.fails = "token", [], fails

    def auth(self):
        """Its tokens, which can be forgotten, and nothing else."""
        return SimpleNamespace(reset=self._forget)

    def _forget(self):
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
        id="end",
        notebook="05",
        solution=end,
        stub=end_stub,
        criteria=(Criterion("end.told", _tells_the_server), Criterion("end.forgotten", _forgets)),
        hints=(
            "To tell the server which token is dead, you need the token. Who must hear it while you still have it? "
            "(<kbd>Alt</kbd>+<kbd>↑</kbd> moves the line with the cursor up, <kbd>Alt</kbd>+<kbd>↓</kbd> down.)",
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
