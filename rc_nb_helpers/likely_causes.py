"""What leads to the errors that people meet most, the likeliest first; how to tell which; where the course meets it.

From RingCentral's documentation, from what its users report, and from the practice platform, which answers with these.
"""

from __future__ import annotations

from dataclasses import dataclass

from .explanations import Cause


@dataclass(frozen=True)
class More:
    """What is known of a code besides its cause and its cure.

    Attributes:
        meaning: What it stands for, in a few words.
        causes: What leads to it, the likeliest first.
        where: The notebook and the heading where the course meets it; empty where it does not.
    """

    meaning: str
    causes: tuple[Cause, ...]
    where: tuple[str, str] = ("", "")


_YOUR_APP = ("01-create-your-app", "Create it in the practice console")
_SLASH = ("01-create-your-app", "Does a slash matter?")
_FILE = ("01-create-your-app", "Put the values into a file")
_PIECES = ("02-ask-permission", "The link, piece by piece")
_OPEN = ("02-ask-permission", "Open it")
_TRADE = ("04-code-to-tokens", "The trade")
_MINUTE = ("04-code-to-tokens", "Two cells in a minute")
_AGAIN = ("04-code-to-tokens", "The same code again?")
_GUARD = ("05-call-and-log-out", "Three calls")
_CALLS = ("05-call-and-log-out", "Three calls")
_WHO_SEES = ("05-call-and-log-out", "Who may see what")
_EXPIRED = ("05-call-and-log-out", "When tokens have expired")
_LOG_OUT = ("05-call-and-log-out", "Log out")

_OTHER_ENVIRONMENT = Cause(
    "The client id is that of another environment.",
    "session.environment says where you log in. Look whether the .env file of that name holds the id that the "
    "console of that environment shows.",
)
_OLD_SECRET = Cause(
    "The client secret was changed in the console, or the app's type was.",
    "The console shows another secret than the .env file holds, or none at all.",
)
_HALF_COPIED = Cause(
    "A character was lost or added when the value was copied.",
    "Compare the beginning, the end and the length with what the console shows.",
)
_APP_TYPE = Cause(
    "The app was made for another way to log in, such as JWT.",
    "The app's settings in the console do not say '3-legged OAuth flow authorization code'.",
)
_LOGGED_OUT = Cause(
    "Somebody has logged out with it: to revoke one token ends the whole login.",
    "session.exchanges shows a revoke before this call. Or another program has logged out.",
)
_REFRESHED = Cause(
    "A refresh has replaced it, in this program or in another one that keeps a copy.",
    "session.exchanges shows a refresh after this token came. If it does not, look for a second program or notebook "
    "with the same tokens.",
)
_PUSHED_OUT = Cause(
    "A newer login of the same person in the same app has pushed it out: there are about five at a time.",
    "You have logged in often, or on several computers, and never logged out.",
)
_STARTED_AGAIN = Cause(
    "On practice: the platform was started again, and has forgotten it.",
    "The environment is practice, and other logins have ended at the same moment.",
)
_TOKEN_GONE = (_LOGGED_OUT, _REFRESHED, _PUSHED_OUT, _STARTED_AGAIN)
_TOO_FAST = (
    Cause(
        "A loop calls without a pause, or asks for many small pages.",
        "session.exchanges shows many calls within a minute. Call logs allow ten, and logins five.",
    ),
    Cause(
        "It was tried again during the wait, which begins anew with each try.",
        "session.exchanges shows calls after the first 429.",
    ),
    Cause(
        "Several programs share the app and the person, and so the limit.",
        "It comes although this notebook has hardly called.",
    ),
)
_NO_PAGE = (
    Cause(
        'The login was asked for with prompt="none", which lets the server show no page.',
        "The link that was opened has prompt=none in it.",
    ),
    Cause(
        "Nobody is signed in to RingCentral in this browser, or the person has not allowed this app yet.",
        "Log in without prompt: then the server shows the page that is missing.",
    ),
)
_PARAMETER = (
    Cause("A value is of the wrong form: a date without a time zone, a word that is none of those allowed.",
          "The server's own words name the parameter. Compare its value with the API reference."),
    Cause("The name of a required parameter is missing or has a typing error.",
          "The server names a parameter that the call does not have: see it in session.exchanges."),
)  # fmt: skip

MORE: dict[str, More] = {
    # --- the link, and the page that it opens
    "OAU-109": More(
        "Redirect URIs do not match",
        (
            Cause(
                "They differ in a small thing: a slash at the end, http for https, localhost for 127.0.0.1, the port.",
                "Write RC_REDIRECT_URL of the .env file and the app's redirect URI below each other, and compare them "
                "letter by letter.",
            ),
            Cause(
                "The link has no redirect_uri, or one whose name is mistyped.",
                "Look for redirect_uri= in the link's address. On practice, the page says so.",
            ),
            Cause(
                "The port was changed in one place only, because another program had it.",
                "The numbers after localhost: differ.",
            ),
            Cause(
                "The app of another environment is used, where another redirect URI is registered.",
                "session.environment says which environment it is. Open the console of that one.",
            ),
            Cause(
                "The code was traded with another redirect URI than the link had.",
                "It comes only after the sign-in, from the token endpoint: compare redirect_uri in both messages.",
            ),
        ),
        _SLASH,
    ),
    "OAU-113": More(
        "No redirect URI is registered for the app",
        (
            _APP_TYPE,
            Cause("The field for redirect URIs was left empty.", "The app's settings show no redirect URI."),
        ),
        _YOUR_APP,
    ),
    "OAU-153": More(
        "The client id is unknown, or missing",
        (
            _HALF_COPIED,
            Cause(
                "The link has no client_id, an empty one, or one whose name is mistyped.",
                "Look for client_id= in the link's address. On practice, the page says which it is.",
            ),
            _OTHER_ENVIRONMENT,
            Cause("The app was deleted.", "The console does not list it any more."),
            Cause(
                "Id and secret were sent in the body, where RingCentral does not look for them.",
                "The program is not these helpers, and its request has no Authorization header.",
            ),
        ),
        _FILE,
    ),
    "OAU-127": More(
        "The app is not active",
        (
            Cause("Its status was set to Inactive, or it is blocked.", "The console shows the app's status."),
            _OTHER_ENVIRONMENT,
        ),
        _YOUR_APP,
    ),
    "OAU-165": More("A sandbox app, and this is not the sandbox", (_OTHER_ENVIRONMENT,), _FILE),
    "OAU-101": More(
        "The brand is not valid",
        (Cause("The link carries a brand_id that is no number of a brand.", "Look for brand_id in the link."),),
        _PIECES,
    ),
    "OAU-102": More("No code could be made", _NO_PAGE),
    "OAU-105": More(
        "This kind of extension cannot log in",
        (
            Cause(
                "The extension is no person's, but a department, a queue or a fax line.",
                "The administrator sees its type in the list of extensions.",
            ),
        ),
    ),
    "OAU-111": More(
        "A parameter came twice",
        (
            Cause(
                "The link was put together from two, or written by hand onto one that was complete.",
                "The server's words name the parameter: look for it twice in the address.",
            ),
        ),
        _PIECES,
    ),
    "OAU-112": More("The app has another way to log in", (_APP_TYPE,), _YOUR_APP),
    "OAU-125": More("The app has another way to log in", (_APP_TYPE,), _YOUR_APP),
    "access_denied": More(
        "Somebody said no",
        (
            Cause("The person pressed Deny on the page that asks.", "Ask them; or log in again and allow."),
            Cause(
                "The administrator does not allow this app, or this person, to log in.",
                "It comes before anybody has pressed Deny.",
            ),
        ),
        _OPEN,
    ),
    "sign-in": More(
        "The name or the password was wrong",
        (
            Cause(
                "The password is another person's: alex has maple, sam has birch.",
                "The sign-in page says it, and lets you try again.",
            ),
            Cause("Capital letters are on, or the keyboard has another layout.", "Type it into a field that shows it."),
        ),
        _OPEN,
    ),
    "login_required": More("Somebody has to sign in", _NO_PAGE),
    "consent_required": More("Somebody has to allow the app", _NO_PAGE),
    "interaction_required": More("Somebody has to answer a page", _NO_PAGE),
    # --- the trade of the code, and refreshes
    "OAU-106": More(
        "The code is unknown or was used before",
        (
            Cause(
                "The code was used already: the cell that trades it was run twice, or the page was loaded again.",
                "session.exchanges shows two token requests after one callback.",
            ),
            Cause(
                "The code verifier in the trade is not the one whose code challenge went with the link.",
                "It is the first trade of this code. On practice, the server's words go on with the code challenge.",
            ),
            Cause(
                "The code was changed when it was copied.",
                "You have pasted it by hand. Copy the whole address, and paste that.",
            ),
            _STARTED_AGAIN,
        ),
        _AGAIN,
    ),
    "OAU-108": More(
        "The code is too old",
        (
            Cause(
                "More than 60 seconds have passed between Allow and the trade.",
                "Compare the times of callback and token in session.exchanges.",
            ),
            Cause(
                "The kernel was busy with another cell when the answer came.",
                "The cell that should trade the code has waited for another one, marked [*].",
            ),
        ),
        _MINUTE,
    ),
    "OAU-110": More(
        "The code belongs to another app",
        (
            Cause(
                "The link was made with one client id, and the code is traded with another.",
                "The client_id in the link is not the one in the .env file now: it was changed in between.",
            ),
        ),
        _TRADE,
    ),
    "OAU-123": More(
        "The client id and secret are missing",
        (
            Cause(
                "The client secret is empty in the .env file.",
                "RC_CLIENT_SECRET has nothing behind its =.",
            ),
            Cause(
                "The program sends them in the body; RingCentral wants them in the Authorization header.",
                "The request has no Authorization header.",
            ),
        ),
        _TRADE,
    ),
    "OAU-134": More(
        "The Authorization header cannot be read",
        (
            Cause(
                "It is not the word Basic and then client id, colon and secret in base64.",
                "The program writes this header by itself. These helpers and requests' auth=(id, secret) write it "
                "rightly.",
            ),
        ),
        _TRADE,
    ),
    "OAU-146": More(
        "The client secret is wrong",
        (_OLD_SECRET, _HALF_COPIED, _OTHER_ENVIRONMENT),
        _FILE,
    ),
    "OAU-210": More(
        "The refresh token has expired",
        (
            Cause(
                "Nobody has used this login for longer than the refresh token lives: a week, unless the app asks for "
                "less.",
                "session.token_status.refresh_expires_at says until when it was good.",
            ),
        ),
        _EXPIRED,
    ),
    "OAU-250": More(
        "The grant type is not known",
        (
            Cause(
                "The program asks for tokens with a word that the server does not know, or knows no more, such as "
                "password.",
                "Look at grant_type in the request: authorization_code and refresh_token are right.",
            ),
        ),
        _TRADE,
    ),
    "OAU-251": More(
        "The app may not use this grant type",
        (
            Cause(
                "Issue refresh tokens is off in the app's settings, and a refresh was tried.",
                "It comes with the grant type refresh_token, and the app's settings say No there.",
            ),
            _APP_TYPE,
        ),
        _YOUR_APP,
    ),
    "invalid_grant": More(
        "The code or the refresh token is not good",
        (
            Cause("It was used before: each is good once.", "session.exchanges shows it sent twice."),
            Cause("It is too old: a code lives for 60 seconds, a refresh token for a week.", "Compare the times."),
            Cause(
                "It does not fit the rest of the request: redirect URI, code verifier or app are others.",
                "The values differ between the link and the trade.",
            ),
        ),
        _AGAIN,
    ),
    "invalid_client": More(
        "Client id and secret are not accepted", (_HALF_COPIED, _OLD_SECRET, _OTHER_ENVIRONMENT), _FILE
    ),
    # --- calls
    "OAU-128": More(
        "The access token has expired",
        (
            Cause(
                "An hour has passed, and this program does not refresh by itself.",
                "session.token_status.expires_at says until when it was good. A Session refreshes by itself.",
            ),
            Cause(
                "This computer's clock is behind, so the token was thought to be good still.",
                "Compare this computer's time with another one's.",
            ),
        ),
        _EXPIRED,
    ),
    "OAU-129": More("The access token is an old one", (_REFRESHED, _PUSHED_OUT), _EXPIRED),
    "OAU-149": More(
        "The access token cannot be read",
        (
            Cause(
                "It is no access token of this server: cut short, copied wrongly, or another environment's.",
                "The token was written into the program by hand, or RC_SERVER_URL was changed since the login.",
            ),
            *_TOKEN_GONE,
        ),
    ),
    "OAU-151": More(
        "The request was authorized in another way",
        (
            Cause(
                "The Authorization header of a call has Basic, with client id and secret, where Bearer and the access "
                "token belong.",
                "The program makes the call by itself, and not with session.get.",
            ),
        ),
    ),
    "OAU-164": More(
        "The token belongs to another app",
        (
            Cause(
                "The login was made with the client id of another environment or of an older app.",
                "RC_CLIENT_ID in the .env file was changed since the login.",
            ),
        ),
    ),
    "OAU-213": More("The token is not found", _TOKEN_GONE, _LOG_OUT),
    "AGW-401": More(
        "No access token came along",
        (
            Cause("Nobody is logged in, and the call was made all the same.", "session.logged_in is False."),
            Cause(
                "The program makes the request by itself, without the Authorization header.",
                "It uses requests or a browser, not session.get.",
            ),
        ),
        _GUARD,
    ),
    "CMN-101": More("A parameter cannot be used", _PARAMETER),
    "CMN-102": More(
        "There is nothing with this id",
        (
            Cause(
                "The id is another account's or extension's, or was copied wrongly.",
                "Ask for the list first, and take the id from there. ~ stands for your own.",
            ),
            Cause("It was deleted.", "It was there before."),
            Cause("The person who is logged in may not see it.", "An administrator can read the same address."),
        ),
    ),
    "CMN-103": More(
        "The body is no JSON",
        (
            Cause(
                "It was sent as text or as a form.",
                "Pass a dictionary to session.post: it writes the JSON.",
            ),
        ),
    ),
    "CMN-104": More(
        "The request cannot be read",
        (
            Cause(
                "The body is not of the type that Content-Type says, or is broken.",
                "Compare the header with the body in session.exchanges. session.post writes both rightly.",
            ),
        ),
    ),
    **dict.fromkeys(
        ("CMN-201", "CMN-203"),
        More(
            "The server has a problem",
            (
                Cause("It is busy, or is being repaired.", "A minute later the same call works."),
                Cause(
                    "On practice: somebody has planned this fault.", "The start page of practice shows planned faults."
                ),
                Cause("Something in this very request lets it fail.", "It fails each time, and other calls work."),
            ),
        ),
    ),
    "CMN-202": More(
        "The address has no such method",
        (
            Cause(
                "GET was sent where POST belongs, or the other way round.",
                "Compare the method with the API reference.",
            ),
        ),
    ),
    "MSG-246": More(
        "The phone number cannot be used",
        (
            Cause("It is an extension's number.", "It has three to six digits. A text needs a whole phone number."),
            Cause("It is not written with + and the country.", "Write it like +16505550123."),
        ),
    ),
    "MSG-304": More(
        "The number cannot send texts",
        (
            Cause(
                "It belongs to another person, or to the whole company.",
                "The list of your phone numbers does not have it, or it lacks the feature SmsSender there.",
            ),
        ),
    ),
    "CMN-120": More(
        "There is no such address",
        (
            Cause(
                "The path has a typing error, or lacks /restapi/v1.0 at its beginning.",
                "Compare it with the API reference.",
            ),
            Cause("On practice: it has only a part of RingCentral's API.", "RingCentral itself answers there."),
        ),
    ),
    "CMN-301": More("Too many requests in a minute", _TOO_FAST),
    "CMN-302": More("Too many requests in a short time", _TOO_FAST),
    "CMN-401": More(
        "The app lacks a permission",
        (
            Cause(
                "The permission was never ticked in the app's settings.",
                "The server's words name it: look for it in the console.",
            ),
            Cause(
                "It was added after the login: a token has the permissions of its own login.",
                "session.token_status.scope does not name it. Log out and log in again.",
            ),
            Cause(
                "The permission is wanted in the link's scope parameter, which RingCentral does not read.",
                "The link has scope= in it, and the console does not have the permission.",
            ),
        ),
        _WHO_SEES,
    ),
    "CMN-402": More(
        "Only an administrator may do this",
        (Cause("The person who is logged in is no administrator.", "session.person says who it is."),),
        _WHO_SEES,
    ),
    "CMN-408": More(
        "The person lacks a permission",
        (
            Cause(
                "The person is no administrator, and the call asks for everybody's data.",
                "session.person says who it is, and the path is of the whole account: no extension/~ in it.",
            ),
            Cause(
                "The person's role was made narrower than usual.",
                "The administrator sees it in the role's settings. The server's words name the permission.",
            ),
        ),
        _WHO_SEES,
    ),
    "InsufficientPermissions": More(
        "A permission is missing",
        (
            Cause("It is the app's.", "The server says: application needs to have. It is a setting in the console."),
            Cause("It is the person's.", "The server says: user needs to have. It comes from their role."),
        ),
        _WHO_SEES,
    ),
    "CLG-110": More(
        "sessionId stands alone",
        (
            Cause(
                "sessionId is combined with another filter, such as dateFrom or direction.",
                "Ask with sessionId alone.",
            ),
        ),
        _CALLS,
    ),
    **dict.fromkeys(
        ("CLG-101", "CLG-102", "CLG-103", "CLG-104", "CLG-105"),
        More(
            "The syncToken cannot be used",
            (
                Cause("It is too old.", "It was kept since an earlier day."),
                Cause("It is another list's, or was cut.", "It did not come from the last answer of this very list."),
            ),
        ),
    ),
}
"""What is known, by code."""
