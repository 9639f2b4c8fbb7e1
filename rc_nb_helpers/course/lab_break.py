"""Lab 09, Break it: six errors, and a badge that practice's own record decides. Practice only."""

from __future__ import annotations

from ringcentral.http.api_exception import ApiException
from ringcentral.platform.platform import Platform

from ..autopilot import deliver
from .lab_tools import SAM, Login, PracticeApp
from .n04 import explain
from .n05 import logout, test

ERRORS = {
    "OAU-153": "an unknown client id",
    "OAU-109": "another redirect URI",
    "OAU-146": "a wrong secret",
    "CMN-401": "a missing permission",
    "OAU-251": "no refresh tokens",
    "OAU-213": "a dead token",
}
"""The six errors, in the order of the lab."""


def one_letter_wrong(text: str) -> str:
    """A text with another last letter, as it is typed from paper.

    Args:
        text: A client id, or a secret.
    """
    return text[:-1] + ("b" if text.endswith("a") else "a")


def refreshed(platform: Platform) -> str:
    """Fetch new tokens with the refresh token, and say how it went.

    Args:
        platform: What keeps the tokens.
    """
    if not platform.auth().refresh_token_valid():
        return "There is no refresh token. Log in with the cells above first."
    try:
        platform.refresh()
    except ApiException as error:
        said: str = explain(error)
        return said
    return "Refreshed"


def reads_call_log(platform: Platform) -> str:
    """Whether a login reads the person's call log, without what stands in it.

    Args:
        platform: What keeps the tokens.
    """
    records = test(platform, "extension-call-log")
    return records if isinstance(records, str) else "It reads your call log."


def sam_asks_for_all_calls(app: PracticeApp) -> str:
    """What a colleague hears who is no administrator, and asks for everybody's calls. Signs in for it, and out.

    Args:
        app: Your app on practice.
    """
    login = Login(app, person=SAM)
    deliver(app.sam_signs_in(login.link))
    login.finish()
    records = test(login.platform, "account-call-log")
    logout(login.platform)
    return records if isinstance(records, str) else "It reads everybody's calls."


def mended(app: PracticeApp) -> dict[str, str]:
    """How far each error is, by the record of practice: what was met, and whether a login came after it.

    Args:
        app: Your app on practice.
    """
    found = dict.fromkeys(ERRORS, "not met yet")
    for entry in app.record():
        if entry["code"] in found:
            found[entry["code"]] = "met, not mended yet"
        if entry["stage"] == "code exchanged":
            found = {code: "met and mended" if said.startswith("met") else said for code, said in found.items()}
    return found


def badge(app: PracticeApp) -> None:
    """Show how far each error is, and the badge when all are mended.

    Args:
        app: Your app on practice.
    """
    found = mended(app)
    for code, said in found.items():
        print(f"{'✓' if said.endswith('and mended') else '✗'} {code}  {ERRORS[code]:<22} {said}")
    whole = sum(said.endswith("and mended") for said in found.values())
    print(
        f"Practice has counted {whole} of {len(ERRORS)}.", "The badge is yours: mender." if whole == len(ERRORS) else ""
    )
