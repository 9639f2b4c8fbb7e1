"""The contract between panels and page: what goes to the scripts in ``assets``, key by key, and what comes back.

All of it is plain JSON. A test holds the scripts against these classes: no key is drawn that is not here, and none is
here that is not drawn.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class LikelyCause(TypedDict):
    """One of the things that lead to an error.

    Attributes:
        what: What may have happened.
        tell: How to find out whether it has.
    """

    what: str
    tell: str


class Explained(TypedDict):
    """What is known of an error's code. All of it is the catalogue's, and nothing the server's.

    Attributes:
        code: The code.
        meaning: What it stands for.
        causes: What leads to it, the likeliest first.
        section: Where the course meets it; empty where it does not.
        source: The address of a page that says what the code means; empty where none is known.
    """

    code: str
    meaning: str
    causes: list[LikelyCause]
    section: str
    source: str


class Status(TypedDict, total=False):
    """How things stand.

    Attributes:
        kind: Decides mark, colour and the word before the text.
        text: What happened.
        why: Its cause, where that is known.
        cure: What to do next.
        until: When the waiting ends, in epoch seconds.
        explained: What is known of the code that came with an error.
    """

    kind: Literal["ok", "error", "working", "info"]
    text: str
    why: str
    cure: str
    until: float
    explained: Explained


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
        wire: How what goes over the wire is shown: ``"open"``, or ``"fold"`` below a button; not at all without it.
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
    wire: Literal["open", "fold"]


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
    """

    url: str
    probe: str
    listener: str
    person: str
    result: Result | None
    summary: Status
    checks: list[Check]


class Meant(TypedDict):
    """A parameter, a header or a field of an answer, and what it is for.

    Attributes:
        name: Its name.
        value: What stands there, masked.
        place: Where it stands.
        purpose: What it is for; else empty.
        protects: What it protects from; else empty.
        source: Who says so; else empty.
        link: The address of that place; else empty.
    """

    name: str
    value: str
    place: str
    purpose: str
    protects: str
    source: str
    link: str


class Problem(TypedDict):
    """Why a message has failed.

    Attributes:
        text: What happened.
        why: Its cause, where that is known.
        cure: What to do next.
        section: Where the course meets it; else empty.
    """

    text: str
    why: str
    cure: str
    section: str


class Seen(TypedDict):
    """A message that has gone over the wire, or is to go.

    Attributes:
        key: Names it; it stays the same while more becomes known of it.
        login: The login that it belongs to, counted from 1; 0 for none.
        sender: Who sends it.
        receiver: Who answers it.
        through: Whether it goes through the browser.
        state: How far it is.
        unseen: Whether nobody here has recorded it.
        label: What it is.
        how: How it went, and what came of it, in words.
        times: When it came after the one before, and how long it took; else empty.
        line: All of it in a sentence.
        problem: Why it has failed; None where it has not.
        http: The message as HTTP, or why there is none.
        curl: The same for ``curl``; else empty.
        python: The Python that sent it; else empty.
        meanings: What stands in it.
    """

    key: str
    login: int
    sender: Literal["notebook", "browser", "server"]
    receiver: Literal["notebook", "browser", "server"]
    through: bool
    state: Literal["expected", "under way", "answered", "failed"]
    unseen: bool
    label: str
    how: str
    times: str
    line: str
    problem: Problem | None
    http: str
    curl: str
    python: str
    meanings: list[Meant]


class Traffic(TypedDict):
    """What is new of what goes over the wire.

    Attributes:
        rows: The messages that are new or have changed; all of them where a page has asked.
        order: The keys of all messages. What is not among them is to be forgotten.
        server: What stands there for RingCentral.
    """

    rows: list[Seen]
    order: list[str]
    server: str


class News(TypedDict, total=False):
    """A message to every page that shows the panel.

    Attributes:
        details: What nobody may save.
        roll_call: Asks each page to say that it is there.
        wire: What is new of what goes over the wire. It holds addresses and answers, so nobody may save it either.
    """

    details: Details
    roll_call: bool
    wire: Traffic


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
        unfold: The drawing that begins to show what goes over the wire: a number of its own.
        fold: The drawing that shows it no more.
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
    unfold: str
    fold: str
