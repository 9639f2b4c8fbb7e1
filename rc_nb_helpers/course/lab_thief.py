"""Lab 08, Be the thief: Mallory, who is a colleague with a login of her own, and two attacks on a login.

Each attack can be tried with and without ``state`` and PKCE. Practice only: see :class:`~.lab_tools.PracticeApp`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ringcentral.http.api_exception import ApiException
from ringcentral.platform.platform import Platform

from ..autopilot import deliver
from .lab_tools import SAM, Login, PracticeApp, answer_in, http_answer
from .n02 import authorize_link, new_state, question_of
from .n04 import explain, oauth2callback
from .n05 import logged_in, logout

ME = "/restapi/v1.0/account/~/extension/~"
TOKEN_PATH = "/restapi/oauth/token"
NOT_FOR_US = "Not for us: the listener has sent it away."
NO_CODE = "There is no code yet. Sign in with the link above, and allow. Is it over? Run its cell again first."
SHORT_SECONDS = 1


def who_am_i(platform: Platform) -> str:
    """In whose name a program works.

    Args:
        platform: What keeps the program's tokens.
    """
    if not logged_in(platform):
        return "Nobody is logged in."
    try:
        return f"It works as {platform.get(ME).json_dict()['name']}."
    except ApiException as error:
        said: str = explain(error)
        return said


def her_code_into_your_listener(app: PracticeApp, *, state: bool, pkce: bool) -> str:
    """Attack A: Mallory signs in as herself, keeps her code, and has your browser bring it to your listener.

    Args:
        app: Your app on practice.
        state: Whether your listener looks at ``state``.
        pkce: Whether your program uses PKCE.

    Returns:
        What becomes of your program.
    """
    yours = Login(app, method="S256" if pkce else "", checks_state=state)
    try:
        hers = question_of(app.environment, new_state())
        deliver(app.sam_signs_in(authorize_link(app.environment.browser_url, hers)))
        return _became_of(yours, SHORT_SECONDS)
    finally:
        yours.listener.stop()
        logout(yours.platform)


def your_code_into_her_login(
    app: PracticeApp, answer: dict[str, str], *, state: bool, pkce: bool
) -> tuple[str, Platform | None]:
    """Attack B: Mallory has your code, from a log perhaps, and brings it to a login of hers in the same app.

    Her login's own state comes with it: nothing of it is missing or wrong.

    Args:
        app: Your app on practice.
        answer: The answer to your login, with the code that was not traded yet.
        state: Whether the listener of her login looks at ``state``.
        pkce: Whether her login uses PKCE.

    Returns:
        What becomes of her login, and what keeps its tokens; None where she has none.
    """
    if "code" not in answer:
        return NO_CODE, None
    hers = Login(app, person=SAM, method="S256" if pkce else "", checks_state=state)
    try:
        deliver(_way_back(app, answer["code"], hers.state))
        said = _became_of(hers, SHORT_SECONDS)
        return said, hers.platform if logged_in(hers.platform) else None
    finally:
        hers.listener.stop()


def your_code_without_the_secret(app: PracticeApp, answer: dict[str, str], code_verifier: str = "") -> str:
    """Mallory trades your code herself, with a program that has no client secret.

    Args:
        app: Your app on practice.
        answer: The answer to your login.
        code_verifier: What she takes for the code verifier.

    Returns:
        What the server says.
    """
    if "code" not in answer:
        return NO_CODE
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": app.environment.redirect_uri,
        "client_id": app.environment.client_id,
        **({"code_verifier": code_verifier} if code_verifier else {}),
    }
    given = http_answer("POST", app.environment.server_url + TOKEN_PATH, data=form)
    if given is None:
        return "The server did not answer."
    said: dict[str, Any] = given.json()
    if "access_token" in said:
        return "She has tokens of yours."
    first = said["errors"][0]
    return f"{first['errorCode']}: {first['message']}"


def your_code_at_an_app_without_secret(app: PracticeApp, answer: dict[str, str], link: str) -> str:
    """The same, where the app has no secret: a client-side app, for as long as this takes.

    Args:
        app: Your app on practice.
        answer: The answer to your login.
        link: The link of your login, which lies in the same log as the code.
    """
    app.change(public=True)
    try:
        return your_code_without_the_secret(app, answer, answer_in(link).get("code_challenge", ""))
    finally:
        app.restore()


def _became_of(login: Login, seconds: int) -> str:
    answer = login.answer(seconds)
    if not answer:
        return NOT_FOR_US
    said: str = oauth2callback(login.platform, answer, login.code_verifier, login.redirect_uri)
    return who_am_i(login.platform) if logged_in(login.platform) else f"The trade fails: {said.partition(':')[0]}."


def _way_back(app: PracticeApp, code: str, state: str) -> str:
    return app.environment.redirect_uri + "?" + urlencode({"code": code, "state": state})
