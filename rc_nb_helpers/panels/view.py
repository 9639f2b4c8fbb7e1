"""The contract between panels and page: what goes to the scripts in ``assets``, key by key, and what comes back.

All of it is plain JSON. A test holds the scripts against these classes: no key is drawn that is not here, and none is
here that is not drawn.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class Status(TypedDict, total=False):
    """How things stand.

    Attributes:
        kind: Decides mark, colour and the word before the text.
        text: What happened.
        why: Its cause, where that is known.
        cure: What to do next.
        until: When the waiting ends, in epoch seconds.
    """

    kind: Literal["ok", "error", "working", "info"]
    text: str
    why: str
    cure: str
    until: float


class Button(TypedDict, total=False):
    """A button.

    Attributes:
        id: What comes back when it is pressed.
        label: What it says.
        primary: Whether it is the one that most people want.
        popup: ``"new"`` opens a window in the click itself, which gets the next sign-in address; ``"again"`` opens
            the present one and asks Python nothing; ``"try"`` opens one, closes it, and says ``"opened"`` or
            ``"blocked"``.
    """

    id: str
    label: str
    primary: bool
    popup: Literal["new", "again", "try"]


class Choice(TypedDict):
    """An environment to choose.

    Attributes:
        value: Its name, which comes back.
        label: The name as a person reads it.
        note: What it is.
        missing: What it needs before it can be used; else empty.
        locked: Whether it cannot be chosen now.
    """

    value: str
    label: str
    note: str
    missing: str
    locked: bool


class Way(TypedDict):
    """A way in which the login's answer comes back.

    Attributes:
        value: What comes back when it is chosen.
        label: What it is.
    """

    value: str
    label: str


class View(TypedDict, total=False):
    """What a panel shows. It is a synced trait, which a notebook may save: nothing personal, nothing secret.

    Attributes:
        title: What the panel is for.
        status: How things stand.
        buttons: In their order.
        choices: The environments; without them no choice is shown.
        choice: The environment in use.
        choices_locked: Why none can be chosen now.
        keep_note: What it means to stay logged in over a restart; without it that is not offered.
        keep: Whether the login is kept over a restart.
        entry: What may be typed or pasted into a field, as its label; without it there is none. What stands there
            goes along with the press of a button, and the field is blank then.
        way_line: How the answer comes back.
        ways: The ways to choose from; without them none can be chosen.
        way: The one in use.
        paste: Whether an address may be pasted.
        paste_open: Whether it has to be.
        expires: When the access token ends, in epoch seconds.
        refresh_expires: When the refresh token ends, in epoch seconds.
        busy: Whether a press is being worked off, so that no other one counts.
        given_up: Whether the newest login ended by itself or by Cancel: its window has no use any more.
        answered: The numbers of the presses that were worked off, the newest last.
    """

    title: str
    status: Status
    buttons: list[Button]
    choices: list[Choice]
    choice: str
    choices_locked: str
    keep_note: str
    keep: bool
    entry: str
    way_line: str
    ways: list[Way]
    way: str
    paste: bool
    paste_open: bool
    expires: float
    refresh_expires: float
    busy: bool
    given_up: bool
    answered: list[str]


class Result(TypedDict, total=False):
    """The answer to an API call.

    Attributes:
        line: The call, its status and its time.
        caption: What the table shows, and how much of it.
        columns: Headings; without them no table is shown.
        rows: A text for each column.
        json: The whole answer, if it is JSON.
    """

    line: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    json: str


class Check(TypedDict):
    """What the pre-flight has found about one thing.

    Attributes:
        kind: Decides its mark and the word before its text.
        text: What was found.
        cure: What to do; else empty.
    """

    kind: Literal["ok", "error", "info"]
    text: str
    cure: str


class Piece(TypedDict):
    """A part of a link, or of the answer to it.

    Attributes:
        name: The parameter, or what the part is.
        colour: Which of the colours it has.
        text: How it stands in the address; empty where it is missing there.
        value: What that means; else empty.
        purpose: What it is for; else empty.
        protects: The attack that it stops; else empty.
        note: What is amiss; else empty.
        source: Who says so; else empty.
        link: The https address of that place; else empty.
    """

    name: str
    colour: str
    text: str
    value: str
    purpose: str
    protects: str
    note: str
    source: str
    link: str


class Token(TypedDict):
    """What may be known of a token: never a part of it.

    Attributes:
        name: Which kind it is.
        purpose: What it is for.
        ends: When it ends, in epoch seconds; 0 where there is none.
        lasts: How many seconds it lives in all.
        over: What is to be said when it has ended, or why there is none.
    """

    name: str
    purpose: str
    ends: float
    lasts: float
    over: str


class Fact(TypedDict):
    """Something that is known, in words.

    Attributes:
        name: What it is about.
        text: What is known of it.
    """

    name: str
    text: str


class Details(TypedDict, total=False):
    """What nobody may save: it goes as a message, whole each time, and a page that opens later asks for it.

    Attributes:
        url: The address of the sign-in page while a login waits; else empty.
        probe: An address of which the page shall find out whether its browser reaches it; else empty.
        listener: The same for the listener that waits for the login's answer at a port.
        person: Who is logged in, in words; else empty.
        result: The answer to the last API call; else None.
        summary: How things stand, in the place of the view's status.
        checks: What the pre-flight has found.
        link: A sign-in page's address in pieces, those that are missing at the end.
        answer: The answer that was pasted, in pieces.
        tokens: The tokens that the session holds.
        facts: What else is known of them.
    """

    url: str
    probe: str
    listener: str
    person: str
    result: Result | None
    summary: Status
    checks: list[Check]
    link: list[Piece]
    answer: list[Piece]
    tokens: list[Token]
    facts: list[Fact]


class News(TypedDict, total=False):
    """A message to every page that shows the panel.

    Attributes:
        details: What nobody may save.
        now: What the kernel's clock shows, in epoch seconds: the page's may show something else.
        roll_call: Asks each page to say that it is there.
    """

    details: Details
    now: float
    roll_call: bool


class Message(TypedDict, total=False):
    """What comes from the page. Whoever reads it takes nothing for granted: anybody can send anything.

    Attributes:
        ask: ``"details"``, from a page that draws the panel, or wants to know whether the kernel lives.
        come: The page that begins to show the panel: a number of its own.
        here: The page that answers the roll call.
        gone: The page that shows the panel no more.
        press: The id of a button.
        number: Which press it is; comes back in ``answered``.
        value: What was chosen or typed.
        probe: The address that was tried.
        reached: Whether something answered there.
    """

    ask: Literal["details"]
    come: str
    here: str
    gone: str
    press: str
    number: str
    value: str
    probe: str
    reached: bool
