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
        link: Where that is, seen from a notebook of the course.
        source: The address of a page that says what the code means; empty where none is known.
        index: Where the index of errors has it, seen from a notebook of the course.
    """

    code: str
    meaning: str
    causes: list[LikelyCause]
    section: str
    link: str
    source: str
    index: str


class Status(TypedDict, total=False):
    """How things stand.

    Attributes:
        kind: Decides mark, colour and the word before the text.
        text: What happened, in our words.
        whole: The same with those of the server, in the place of the text. Only in messages: they may be personal.
        why: Its cause, where that is known.
        cure: What to do next.
        until: When the waiting ends, in epoch seconds.
        explained: What is known of the code that came with an error.
    """

    kind: Literal["ok", "error", "working", "info"]
    text: str
    whole: str
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
        explore: What can be searched for, as a heading; without it there is nothing to search.
        sms_note: What it means to send a text message; without it none can be written.
        paused: Until when the server asks for a pause, in epoch seconds, by the ids of the calls that wait.
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
    explore: str
    sms_note: str
    paused: dict[str, float]


class Field(TypedDict, total=False):
    """A field of a form: a parameter of a call.

    Attributes:
        name: Its name, as RingCentral spells it.
        kind: What is written into it.
        default: What the server takes, or the path has, when it is blank; may be empty.
        choices: For a choice: what there is.
        note: What it is; may be empty.
        required: Whether it may not be blank.
        many: Whether it may have several values.
        least: The smallest number.
        most: The largest.
    """

    name: str
    kind: Literal["text", "number", "choice", "date", "flag"]
    default: str
    choices: list[str]
    note: str
    required: bool
    many: bool
    least: int
    most: int


class Offer(TypedDict):
    """A call that can be searched for, and made with a form.

    Attributes:
        id: What comes back when it is made.
        label: What it is called.
        path: Its path.
        topic: What it is about; may be empty.
        permission: Which permission the app needs; may be empty.
        user_permission: Which one the person needs; may be empty.
        group: The rate limit that it counts for; may be empty.
        needs: What else it needs; may be empty.
        link: Where RingCentral describes it; may be empty.
        fields: Its form.
    """

    id: str
    label: str
    path: str
    topic: str
    permission: str
    user_permission: str
    group: str
    needs: str
    link: str
    fields: list[Field]


class Fault(TypedDict):
    """What is wrong with a field of a form.

    Attributes:
        name: The field's; empty where it belongs to none.
        text: What is wrong, and what to write.
    """

    name: str
    text: str


class Form(TypedDict):
    """A form that was filled in, and not as it should be.

    Attributes:
        call: The id of its call; ``"sms"`` for a text message.
        faults: What is wrong.
    """

    call: str
    faults: list[Fault]


class Sms(TypedDict):
    """A text message that waits to be sent.

    Attributes:
        once: The word that sends it, once.
        sender: The number that it comes from.
        receiver: The number that it goes to.
        length: How many characters it has.
    """

    once: str
    sender: str
    receiver: str
    length: int


class Node(TypedDict, total=False):
    """A value in an answer, as a part of a tree.

    Attributes:
        name: Its name or number; may be empty.
        text: The value, or how much is in it.
        nodes: What is in it; without this it is a single value.
    """

    name: str
    text: str
    nodes: list[Node]


class Plot(TypedDict):
    """A picture of an answer.

    Attributes:
        image: The picture, as an address that holds it whole.
        text: What it shows, for who does not see it.
        columns: Headings of its numbers.
        rows: Its numbers.
    """

    image: str
    text: str
    columns: list[str]
    rows: list[list[str]]


class Result(TypedDict, total=False):
    """The answer to an API call.

    Attributes:
        call: The call's id.
        line: The call, its status and its time.
        facts: How large the answer is, and what the rate limit leaves.
        caption: What the table shows, and how much of it.
        columns: Headings; without them no table is shown.
        rows: A text for each column.
        sort_column: The number of the column that the rows are sorted by.
        sort_order: In which direction.
        more_rows: What the button says that shows more rows; without it there is none.
        next_page: Whether the list has another page.
        tree: The answer as a tree, if it is JSON: one node.
        json: The answer, if it is JSON.
        json_note: What is missing from that.
        copies: What can be copied: ``"python"``, ``"curl"``, ``"csv"``.
        can_plot: Whether a picture can be made of it.
        plot: The picture, when it was made.
    """

    call: str
    line: str
    facts: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    sort_column: int
    sort_order: Literal["ascending", "descending"]
    more_rows: str
    next_page: bool
    tree: list[Node]
    json: str
    json_note: str
    copies: list[str]
    can_plot: bool
    plot: Plot


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
        code_seconds: For how many seconds a code works that is pasted; 0 while that is not known.
        person: Who is logged in, in words; else empty.
        result: The answer to the last API call; else None.
        form: A form that was not filled in as it should be; else None.
        sms: A text message that waits to be sent; else None.
        summary: How things stand, in the place of the view's status; None where that says it.
        checks: What the pre-flight has found.
        link: A sign-in page's address in pieces, those that are missing at the end.
        answer: The answer that was pasted, in pieces.
        tokens: The tokens that the session holds.
        facts: What else is known of them.
    """

    url: str
    probe: str
    listener: str
    code_seconds: int
    person: str
    result: Result | None
    form: Form | None
    sms: Sms | None
    summary: Status | None
    checks: list[Check]
    link: list[Piece]
    answer: list[Piece]
    tokens: list[Token]
    facts: list[Fact]


class Copied(TypedDict):
    """What a person wants in the clipboard.

    Attributes:
        kind: What was asked for.
        text: What it is.
    """

    kind: str
    text: str


MeantPlace = Literal["parameter", "header", "answer-header", "answer-field"]


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
    place: MeantPlace
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
        link: Where that is, seen from a notebook of the course.
    """

    text: str
    why: str
    cure: str
    section: str
    link: str


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
        now: What the kernel's clock shows, in epoch seconds: the page's may show something else.
        roll_call: Asks each page to say that it is there.
        wire: What is new of what goes over the wire. It holds addresses and answers, so nobody may save it either.
        catalogue: The calls that can be searched for; only for a page that has asked.
        copied: What somebody wants in the clipboard.
    """

    details: Details
    now: float
    roll_call: bool
    wire: Traffic
    catalogue: list[Offer]
    copied: Copied


class Message(TypedDict, total=False):
    """What comes from the page. Whoever reads it takes nothing for granted: anybody can send anything.

    Attributes:
        ask: ``"details"``, from a page that draws the panel, or wants to know whether the kernel lives;
            ``"catalogue"``, from one on which somebody begins to search.
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

    ask: Literal["details", "catalogue"]
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
