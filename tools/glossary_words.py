"""The words of the course, each in a sentence or two, and the notebook in which it is met first.

What stands in messages (`client_id` and the like) has its meaning in rc_nb_helpers.meanings.
"""

from dataclasses import dataclass

APP, ASK, CATCH, TRADE, CALL, POPUP, WHOLE, START, THIEF, ELSEWHERE, APPLICATION = (
    "01-create-your-app",
    "02-ask-permission",
    "03-catch-the-answer",
    "04-code-to-tokens",
    "05-call-and-log-out",
    "06-popup-and-panels",
    "07-whole-app",
    "00-start-here",
    "08-be-the-thief",
    "11-a-kernel-elsewhere",
    "12-from-notebook-to-application",
)


@dataclass(frozen=True)
class Word:
    """A word, what it means, and the notebook in which it is met."""

    word: str
    meaning: str
    notebook: str


WORDS = (
    Word(
        "Access token", "The key to the API, for about an hour. Whoever holds it may do what you have allowed.", TRADE
    ),
    Word("API", "The addresses at RingCentral that programs ask for data, as people ask for pages.", CALL),
    Word(
        "App",
        "What you register at RingCentral, so that it knows your program: with a client id, a redirect URI and "
        "permissions. An app with a secret can prove that it is the app; one without, such as on a phone, cannot.",
        APP,
    ),
    Word(
        "App permission",
        "What an app may ask for, such as to read the call log. It is chosen in the console. The person who signs in "
        "needs a permission as well: see *role*. A token has the permissions of its own login.",
        APP,
    ),
    Word("Authorization", "Somebody allows something. It does not say who somebody is: that is authentication.", ASK),
    Word(
        "Authorization code",
        "The ticket that the browser brings back after you have signed in. Your program trades it for tokens: once, "
        "and within a minute. On its own it opens nothing.",
        ASK,
    ),
    Word(
        "Authorization code flow",
        "The way to log in that this course teaches: a link, a page where you sign in, a code, and a trade for tokens. "
        "Your program never sees the password.",
        START,
    ),
    Word("Base64", "A spelling of bytes in letters. It hides nothing: anybody can turn it back.", TRADE),
    Word("Bearer", "Whoever bears the token may use it, like a train ticket without a name on it.", CALL),
    Word(
        "Behind the browser's back",
        "What your program and RingCentral say to each other directly, such as the trade. The browser, its history and "
        "what is installed in it never see that.",
        TRADE,
    ),
    Word("Callback", "The request with which the browser brings the answer to your program.", CATCH),
    Word("Client id", "The app's user name. It stands in every link, and is no secret.", APP),
    Word("Client secret", "The app's password. It belongs into the .env file, and never into a notebook.", APP),
    Word(
        "Code challenge",
        "The fingerprint of the code verifier. It goes with the link, and everybody may see it.",
        TRADE,
    ),
    Word("Code verifier", "A random value that stays in your program until the trade. It proves who has asked.", TRADE),
    Word("Consent", "You allow an app to do what it asks for, on a page of RingCentral's.", START),
    Word("Console", "The Developer Console: the site where apps are made. Practice has one of its own.", APP),
    Word(
        "Cookie",
        "A small text that a site gives to a browser. The browser brings it along with each request to that site.",
        APPLICATION,
    ),
    Word(
        "Endpoint", "An address of a server with one task, such as the token endpoint, where codes are traded.", TRADE
    ),
    Word(
        "Environment",
        "Where you log in: practice, sandbox or production. Each has its own app, and a .env file of its own.",
        APP,
    ),
    Word(
        ".env file",
        "A file with settings, a name and a value in each line. Programs read it; git must not keep it.",
        APP,
    ),
    Word("Extension", "A place in a company: a person, or a thing such as a fax line, with a number of its own.", CALL),
    Word(
        "Fingerprint",
        "A short value made from a long one (here SHA-256). The same value gives the same one, and nobody can work "
        "out the way back.",
        TRADE,
    ),
    Word(
        "Kernel", "The program behind a notebook in which your cells run. It has a memory until it is restarted.", START
    ),
    Word("Listener", "The part of your program that waits for the browser to bring the answer.", CATCH),
    Word(
        "localhost",
        "This computer, whichever it is. In a redirect URI it is the computer on which the *browser* runs.",
        APP,
    ),
    Word("Logout", "RingCentral is told that the tokens are over, and your program forgets them. It takes both.", CALL),
    Word("OAuth 2.0", "The standard for letting a program do something in your name, without your password.", START),
    Word("Panel", "Buttons and tables below a cell, such as the login panel. A panel is our code, in Python.", START),
    Word("path", "The part of an address behind the server's name: which of its pages, or endpoints.", ASK),
    Word(
        "PKCE",
        "Say *pixy*. The fingerprint of a secret goes with the link, and the secret with the trade. So a code is of no "
        "use to whoever did not make the link.",
        TRADE,
    ),
    Word("Port", "The number of a door of a computer, such as 5000. Only one program can listen at it.", CATCH),
    Word(
        "Practice", "A stand-in for RingCentral on your own computer. Its company, people and calls are made up.", START
    ),
    Word("Production", "RingCentral itself, with real people and real calls.", APP),
    Word(
        "Rate limit",
        "How many calls are allowed in a minute. After too many, wait: each try starts the minute anew.",
        CALL,
    ),
    Word(
        "Redirect URI",
        "The address to which RingCentral sends the browser with the answer. It is registered with the app, and "
        "compared letter by letter.",
        APP,
    ),
    Word("Refresh", "To get a new access token with the refresh token. Nobody has to sign in for that.", CALL),
    Word("Refresh token", "Gets new tokens when the access token is over. It lives for a week, and works once.", TRADE),
    Word("Revoke", "To tell RingCentral that a token is over. The whole login ends with it.", CALL),
    Word(
        "Role",
        "What a person may do in the company, given by an administrator. An app's permission does not replace it.",
        CALL,
    ),
    Word(
        "S256",
        "The kind of PKCE in which the link has the fingerprint. The other kind, *plain*, sends the verifier itself: "
        "whoever reads the link has it.",
        THIEF,
    ),
    Word(
        "SameSite",
        "A setting of a cookie: whether the browser brings it along when a visit begins on another site.",
        APPLICATION,
    ),
    Word("Sandbox", "RingCentral's test environment. It is being retired.", APP),
    Word(
        "scope",
        "In OAuth, what the app asks for in the link. RingCentral does not read it: an app has the permissions of the "
        "console.",
        ASK,
    ),
    Word("SDK", "RingCentral's own Python package. It sends requests, and keeps the tokens of one login.", TRADE),
    Word(
        "Session",
        "One login in this course's helpers: it holds the tokens, refreshes them, calls, and logs out.",
        START,
    ),
    Word(
        "state",
        "A random value in the link, new for each login, which comes back with the answer. Your program compares the "
        "two: is this the answer to my question?",
        ASK,
    ),
    Word("Token", "A value that stands for what you have allowed. See *access token* and *refresh token*.", TRADE),
    Word("Token endpoint", "The address where your program trades a code, or a refresh token, for tokens.", TRADE),
    Word("Trade", "Your program gives the code, and RingCentral gives tokens. The standard says *exchange*.", TRADE),
    Word(
        "Tunnel",
        "Waits at a port of one computer, and passes each connection on to a port of another one, as `ssh -L` does.",
        ELSEWHERE,
    ),
    Word(
        "URL encoding", "How a value with &, + or spaces is written in an address, so that it arrives as it was.", ASK
    ),
    Word(
        "Wire",
        "What really goes over the network. The wire panel shows each message of a login, without secrets.",
        START,
    ),
)
