"""Whatever panels say stands in a table, by id, and can be said in another language."""

from __future__ import annotations

import ast
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pygments.lexers import JavascriptLexer
from pygments.token import Comment, String, Whitespace

import rc_nb_helpers
from rc_nb_helpers import (
    Call,
    ConfigurationError,
    JoinPanel,
    LoginPanel,
    LogoutPanel,
    Parameter,
    TestPanel,
    TokenPanel,
    WirePanel,
    preflight,
)
from rc_nb_helpers.api_calls import ALL_CALLS
from rc_nb_helpers.call_plot import call_log_counts, headings
from rc_nb_helpers.course.guesses import GuessPanel
from rc_nb_helpers.course.sources import guesses
from rc_nb_helpers.environments import ENVIRONMENT_NAMES
from rc_nb_helpers.panels import link
from rc_nb_helpers.panels.base import script
from rc_nb_helpers.panels.link import SignInLink
from rc_nb_helpers.panels.originals import Originals
from rc_nb_helpers.panels.pieces import LinkPieces
from rc_nb_helpers.panels.preflight import PreFlight
from rc_nb_helpers.panels.wire_rows import row_of
from rc_nb_helpers.sentences.checks import CHECKS
from rc_nb_helpers.sentences.panels import PANELS
from rc_nb_helpers.sentences.saying import say, translate
from rc_nb_helpers.stills import still

from .conftest import SOON, Say, callback, eventually, log_in
from .test_join_panel import folder  # noqa: F401  (a fixture)
from .test_link_pieces import ANSWER, LINK
from .test_package import after
from .test_panels import EXTENSIONS, Wire, make, press, settled, wire  # noqa: F401  (fixtures)
from .test_stills import by_browser, message

PACKAGE = Path(rc_nb_helpers.__file__).parent
SCRIPTS = sorted((PACKAGE / "panels" / "assets").glob("*.js"))
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in ("practice", "sentences", "course")
]
BESIDE = ("preflight", "ways_back", "link_pieces")
"""What stands beside the panels, and is shown in them."""
SPEAKING = [
    *(path for path in MODULES if path.parent.name == "panels" or path.stem in BESIDE),
    *(PACKAGE / "course" / f"{name}.py" for name in ("guesses", "trying", "turns")),
]


# --- What a source says, and with which fields


class Said(NamedTuple):
    """A sentence that is said: its ids, as it may choose; the fields that are filled in; and where."""

    ids: list[str]
    fields: set[str]
    where: str


def ids_in(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*ids_in(node.body), *ids_in(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def is_say(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"


def said_by_python(path: Path) -> Iterator[Said]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and is_say(node):
            fields = {each.arg or "**" for each in node.keywords}
            yield Said(ids_in(node.args[0]), fields, f"{path.name}:{node.lineno}")


Token = tuple[Any, str]


def tokens_of(source: str) -> list[Token]:
    found = JavascriptLexer().get_tokens(source)
    return [(kind, text) for kind, text in found if kind not in Comment and kind not in Whitespace and text.strip()]


def calls_in(tokens: list[Token]) -> Iterator[tuple[int, str, list[list[Token]]]]:
    """The calls of functions: where, of which, and with what."""
    for at in range(len(tokens) - 1):
        name = tokens[at][1]
        if tokens[at + 1][1] == "(" and re.fullmatch(r"\w+", name) and tokens[at - 1][1] != "function":
            yield at, name, arguments(tokens[at + 2 :])


def arguments(tokens: list[Token]) -> list[list[Token]]:
    """What stands between a bracket that is open and the one that closes it, at the commas of this level."""
    found: list[list[Token]] = [[]]
    depth = 0
    for kind, text in tokens:
        opens = text in ("(", "[", "{", "${") and (kind not in String or text == "${")
        closes = text in (")", "]", "}") and (kind not in String or kind is String.Interpol)
        if closes and not depth:
            break
        depth += opens - closes
        if text == "," and not depth:
            found.append([])
        else:
            found[-1].append((kind, text))
    return found


def said_by_script(source: str, name: str) -> Iterator[Said]:
    for _, called, given in calls_in(tokens_of(source)):
        if called != "say":
            continue
        ids = [each[1:-1] for kind, each in given[0] if kind is String.Double]
        fields = {each[0][1] for each in arguments(given[1][1:])} if len(given) > 1 else set()
        yield Said(ids if len(given[0]) == 1 else [], fields, f"{name}: say({ids})")


ALL_SAID = [
    *(each for path in MODULES for each in said_by_python(path)),
    *(each for path in SCRIPTS for each in said_by_script(path.read_text("utf-8"), path.name)),
]


def fields_of(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_sentence_that_is_said_is_there_with_its_fields():
    known = {**PANELS, **CHECKS}
    assert [each.where for each in ALL_SAID if not each.ids] == []  # an id that is put together is seen by nobody
    wrong = [f"{each.where} {name}" for each in ALL_SAID for name in each.ids if name not in known]
    assert wrong == []
    differ = [f"{s.where} {name}" for s in ALL_SAID for name in s.ids if fields_of(known[name]) != s.fields]
    assert differ == []


def test_every_sentence_is_said():
    assert PANELS.keys() - {name for each in ALL_SAID for name in each.ids} == set()
    assert PANELS.keys().isdisjoint(CHECKS)


def test_a_script_brings_exactly_what_it_says():
    part = next(path for path in SCRIPTS if path.name == "tokens.js").read_text("utf-8")
    panel = next(path for path in SCRIPTS if path.name == "panel.js").read_text("utf-8")
    first, _ = str(script("tokens")).split("\n", 1)
    given = json.loads(first.removeprefix("const SENTENCES = ").removesuffix(";"))
    said = {name for each in (*said_by_script(part, ""), *said_by_script(panel, "")) for name in each.ids}
    assert given == {name: PANELS[name] for name in said}


# --- Nothing is said that does not stand there

ONE_WORD = re.compile(
    r"[a-z_][\w.:/#*-]*|rc-[\w-]+( rc-[\w-]+)*|[A-Z]+[a-z]+(Up|Down|Left|Right)|Home|End|Enter|Escape"
)
"""Names: of elements, classes, events, keys, messages. What is shown is looked at more closely."""

SCRIPT_EXCEPTIONS = {
    "looks, and a window's place": r"font: 17px/1\.5 system-ui.*|popup,width=|,(height|left|top)=",
    "selectors": r"[.\[:](?! )[\w.\[\]=\"':() *-]+|rc-lane rc-",
    "endings of ids": r"-[a-z]+",
    "names of HTTP, of languages and formats, the same everywhere": r"HTTP|curl|JSON|Python|GET",
    "words of HTML and of the browser": r"noopener noreferrer|2-digit|Key",
    "the glossary's address": r"glossary\.ipynb#",
}
SHOWN = {
    "element": 3, "setText": 1, "leadTo": 1, "leadBeside": 1, "pressing": 1, "writeInto": 1, "scrolling": 1,
    "drawPieces": 2, "append": 0, "Option": 0, "filling": 2, "push": 0, "said": 0,
}  # fmt: skip
"""In which argument of a function stands what is shown."""
SHOWN_ATTRIBUTES = ("aria-label", "aria-valuetext", "aria-description", "title", "alt", "placeholder")
SHOWN_PROPERTIES = ("textContent", "alt", "title", "placeholder", "innerText", "text", "label", "note", "why", "cure")


def text_of(token: Token) -> str:
    """What a literal says; empty where it is none."""
    kind, text = token
    if kind in (String.Double, String.Single):
        return text[1:-1]
    return text if kind is String.Backtick and text != "`" else ""


def has_words(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def unsaid(tokens: list[Token]) -> list[str]:
    """Words in literals that are no ids of sentences, and are compared with nothing."""
    found = []
    for at, token in enumerate(tokens):
        before = [text for _, text in tokens[max(at - 2, 0) : at]]
        if (
            has_words(text_of(token))
            and before != ["say", "("]
            and (not before or before[-1] not in ("===", "!==", "["))
        ):
            found.append(text_of(token))
    return found


def prose_in_script(source: str) -> list[str]:
    """What a script says by itself."""
    tokens = tokens_of(source)
    allowed = "|".join(SCRIPT_EXCEPTIONS.values())
    found = [
        each for each in unsaid(tokens) if not ONE_WORD.fullmatch(each) and not re.fullmatch(allowed, each.strip())
    ]
    shown: list[list[Token]] = []
    for _, name, given in calls_in(tokens):
        if name == "setAttribute" and text_of(given[0][0]) in SHOWN_ATTRIBUTES:
            shown.append(given[1])
        elif name in SHOWN and len(given) > SHOWN[name]:
            shown.append(given[SHOWN[name]])
    for at in range(len(tokens) - 2):
        is_set = (tokens[at - 1][1], tokens[at + 1][1]) == (".", "=") or tokens[at + 1][1] == ":"
        if is_set and tokens[at][1] in SHOWN_PROPERTIES:
            shown.append(arguments(list(until_end(tokens[at + 2 :])))[0])
    words = [each for some in shown for each in unsaid(without_calls(some))]
    return [*found, *(each for each in words if not re.fullmatch(allowed, each.strip()))]


def without_calls(tokens: list[Token]) -> list[Token]:
    """The same without what other functions get: what they show is looked at where they are called."""
    left = list(tokens)
    for at, name, given in calls_in(tokens):
        if name != "say":
            size = sum(map(len, given)) + len(given) - 1
            left[at + 2 : at + 2 + size] = [(Comment, "")] * size
    return left


def until_end(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token[1] == ";":
            return
        yield token


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_says_nothing_by_itself(path):
    assert prose_in_script(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ('setText(why, "The kernel is gone.");', "The kernel is gone."),
        ('element("b", "", line, "gone");', "gone"),
        ('element("b", "", line, gone ? "gone" : say("panel.gone"));', "gone"),
        ("setText(why, `${count} gone`);", " gone"),
        ('const GONE = "The kernel is gone.";', "The kernel is gone."),
        ('const GONE = { text: "gone" };', "gone"),
        ("const GONE = `Gone: ${kind}`;", "Gone: "),
        ("popup.document.title = 'gone';", "gone"),
        ('frame.setAttribute("aria-label", "gone");', "gone"),
        ('parent.append(" (gone)");', " (gone)"),
        ('const LABELS = { python: "Copy" };', "Copy"),
    ],
)
def test_what_a_script_would_say_is_found(line, prose):
    assert prose in prose_in_script(line)


PYTHON_EXCEPTIONS = {
    "names, the same everywhere": r"(GET|Bearer) ?|POST|Authorization|Content-Type|S256|RFC 6749 §3\.1|null|Authlib",
    "products, and a permission": r"Practice|RingCentral|SmsSender",
    "the name of a thread": r"listener at ",
    "patterns": r".*(\\|\(\?).*|[A-Z]",
    "variables, files and addresses": r"[A-Z]+(_[A-Z]+)+|[/.*][\w./~*-]+|data:[\w/+;]+,|\{port\}",
    "what is run in a cell": r"%cd -q \.\.\n%pip .*",
    "markup and looks": r"</?(p|code)\b[^>]*>?|<code>python3 tutorial\.py</code>|margin: .*",
    "what a script begins with": r"const \w+ = \[?",
    "a part of an error's text, or where it is taken apart": r"this text is no web address|this is |\nWhat to do: ",
}
TEXT_KEYS = {
    "title", "text", "why", "cure", "label", "note", "missing", "entry", "way_line", "keep_note", "choices_locked",
    "explore", "sms_note", "person", "line", "facts", "caption", "more_rows", "json_note", "over", "times",
}  # fmt: skip
"""The keys of views and details under which stands what is shown."""


def nodes_of(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, but for annotations, docstrings, ids of sentences, and the texts of errors."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and getattr(node.exc.func, "id", "") == ERROR:
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "slice", "format_spec") or (is_say(node) and name in ("args", "func")):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                continue  # a docstring
            if isinstance(each, ast.AST):
                yield from nodes_of(each)


ERROR = "ConfigurationError"
"""Whoever calls a function in a wrong way reads of it below the cell, as of all errors: their texts are no panel's."""


def words_in(node: ast.AST) -> Iterator[str]:
    """The words of all literals, but for those that something is compared with, or found by."""
    skipped: set[int] = set()
    for each in nodes_of(node):
        if isinstance(each, ast.Compare):
            skipped |= {id(part) for side in (each.left, *each.comparators) for part in ast.walk(side)}
        if isinstance(each, ast.Call) and getattr(each.func, "attr", "") in ("get", "removesuffix"):
            skipped |= {id(part) for given in each.args for part in ast.walk(given)}
        if isinstance(each, ast.Dict):
            skipped |= {id(key) for key in each.keys}
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in skipped:
            yield each.value


def prose_in_python(source: str) -> list[str]:
    """What a module says by itself."""
    tree = ast.parse(source)
    allowed = "|".join(PYTHON_EXCEPTIONS.values())
    every = [node.value for node in nodes_of(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    found = [
        each for each in every if has_words(each) and not ONE_WORD.fullmatch(each) and not re.fullmatch(allowed, each)
    ]
    for node in nodes_of(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            shown = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value in TEXT_KEYS]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            key = node.targets[0].slice
            shown = [node.value] if isinstance(key, ast.Constant) and key.value in TEXT_KEYS else []
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Check", "Compared", "Place", "lesson"):
            shown = [*node.args[1:], *(each.value for each in node.keywords)]
        else:
            continue
        words = [word for each in shown for word in words_in(each)]
        found += [word for word in words if has_words(word) and not re.fullmatch(allowed, word)]
    return found


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: path.name)
def test_module_says_nothing_by_itself(path):
    assert prose_in_python(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ('GONE = "The kernel is gone."', "The kernel is gone."),
        ('view = {"title": "gone"}', "gone"),
        ('view["why"] = "gone" if gone else say("panel.gone")', "gone"),
        ('gone = f"Gone: {kind}"', "Gone: "),
        ('check = Check("ok", "gone")', "gone"),
        ('raise RingCentralError("This is gone.")', "This is gone."),
        ('view = {"title": say("panel.gone", kind="The kernel")}', "The kernel"),
    ],
)
def test_what_a_module_would_say_is_found(line, prose):
    assert prose in prose_in_python(line)


# --- Said in another language


@pytest.fixture
def marked() -> Iterator[None]:
    """Every sentence in marks, as if it were in another language."""
    translate({name: f"⟦{text}⟧" for name, text in {**PANELS, **CHECKS}.items()})
    yield
    translate({})


OTHERS = {
    "ids and codes": (
        "id", "value", "kind", "choice", "way", "wire", "answered", "popup", "call", "key", "sender", "receiver",
        "state", "place", "colour", "copies", "once", "sort_order", "copied", "code", "order",
    ),
    "addresses": ("url", "probe", "listener", "image", "index"),
    "what tables say of parameters and errors": ("explained", "purpose", "protects", "source", "section"),
    "what was sent": ("http", "curl", "python", "json", "rows", "tree"),
    "RingCentral's calls, described in a table of their own": ("fields", "permission", "path", "topic"),
}  # fmt: skip
"""The keys under which something stands that is none of the panels' sentences."""
LABELS = {call.label for call in ALL_CALLS} | {heading for call in ALL_CALLS for heading, _ in call.columns}
NAMES = {*LABELS, *map(str.capitalize, ENVIRONMENT_NAMES), "elsewhere", "Practice", "RingCentral", "ReadAccounts"}


def without_marked(text: str) -> str:
    """What stands outside of the marks. Sentences may stand in sentences."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = less
    return re.sub(r"\b(GET|POST) \S+|https?://\S+", "", text)


def english_in(told: Any, *, where: str = "") -> Iterator[str]:
    """What is told to the page in words that are neither translated nor somebody else's."""
    if isinstance(told, dict):
        for name, value in told.items():
            if name in {each for keys in OTHERS.values() for each in keys} or (
                name == "link" and isinstance(value, str)
            ):
                continue
            if name in ("name", "text") and where in ("link", "answer", "meanings", "faults"):  # a parameter's, or its
                continue
            yield from english_in(value, where=name)
    elif isinstance(told, list):
        for each in told:
            yield from english_in(each, where=where)
    elif isinstance(told, str) and told not in NAMES and has_words(without_marked(told)):
        yield told


def told_of_errors(told: Any) -> Iterator[str]:
    """The texts of errors: what is told as a whole goes to the page so, and its parts into the view."""
    if isinstance(told, dict):
        if "whole" in told:
            yield from (value for value in told.values() if isinstance(value, str))
        for value in told.values():
            yield from told_of_errors(value)


def english_told(wire: Wire) -> list[str]:  # noqa: F811
    """What the pages have been told in words that are neither translated nor somebody else's."""
    told = [data.get("content") or data.get("state") or {} for data in wire.sent]
    assert len(json.dumps(told, default=repr)) > 1000
    told = [{name: value for name, value in each.items() if name[0] != "_" and name != "layout"} for each in told]
    errors = {text for each in told for text in told_of_errors(each)}
    return sorted({text for each in told for text in english_in(each)} - errors)


KINDS = [LoginPanel, LogoutPanel, TestPanel, TokenPanel, WirePanel]


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("kind", KINDS)
def test_panels_speak_the_other_language_from_login_to_logout(make, fake_session, wire, port, kind):  # noqa: F811
    panel = make(kind, fake_session)
    assert without_marked(repr(panel)) == ""
    panel._on_message(panel, {"come": "1"}, [])
    press(panel, "login")
    panel._on_message(panel, {"probe": panel._details["listener"], "reached": False}, [])
    press(panel, "cancel")
    press(panel, "by-hand")
    press(panel, "paste", callback(fake_session.attempt))
    eventually(lambda: fake_session.logged_in)
    settled()
    for button in ("refresh", "logout", "logout"):
        press(panel, button)
    assert english_told(wire) == []


RECORDS = [{"name": "beth", "since": "2026-01-02T00:00:00Z", "good": True, "more": {"deep": [1]}}] * 30
LIMIT = {"Group": "heavy", "Limit": "10", "Remaining": "9", "Window": "60"}
OWN = Call("My devices", EXTENSIONS, parameters=(Parameter("perPage", kind="number", least=1, most=1000),))


@pytest.mark.usefixtures("marked")
def test_answers_and_messages_are_told_in_the_other_language(make, fake_session, fake, wire):  # noqa: F811
    log_in(fake_session)
    limit = {f"X-Rate-Limit-{name}": value for name, value in LIMIT.items()}
    fake.script[EXTENSIONS] = Say({"records": RECORDS, "navigation": {"nextPage": {"uri": "x"}}}, headers=limit)
    panel = make(TestPanel, fake_session, writes=True)
    press(panel, "call-1")
    for button, value in (("sort", "0"), ("more-rows", ""), ("copy", "csv"), ("plot", "light"), ("next-page", "")):
        press(panel, button, value)
    for values in ({}, {"to": "+16505550177", "text": "x"}):
        press(panel, "sms", json.dumps({"call": "sms", "values": values}))
    press(panel, "sms-drop")
    fake.script[EXTENSIONS] = Say({"errorCode": "CMN-301"}, status=429, headers={"Retry-After": "60"})
    press(panel, "call-1")
    press(panel, "call-1")
    make(TestPanel, fake_session, calls=[OWN])
    assert english_told(wire) == []


@pytest.mark.usefixtures("marked")
def test_the_pre_flight_speaks_the_other_language(wire, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(tmp_path))
    panel = PreFlight()
    try:
        eventually(lambda: panel._details.get("checks") and panel._looks == 1)
        for message in (
            {"press": "window", "value": "blocked"},
            {"press": "window", "value": "opened"},
            {"probe": panel._details["probe"], "reached": False},
        ):
            panel._on_message(panel, message, [])
        assert len(panel._details["checks"]) > 7
        assert [each for each in english_told(wire) if "code" not in each] == []
        assert without_marked(panel._note()) == ""
    finally:
        panel.close()


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("holder", ["a program", "", link.OTHER_NOTEBOOK])
def test_who_has_a_port_is_told_in_the_other_language(port, monkeypatch, holder):
    monkeypatch.setattr("rc_nb_helpers.loopback.port_is_free", lambda uri: False)
    monkeypatch.setattr("rc_nb_helpers.loopback.notebook_at", lambda port: (0, ""))
    monkeypatch.setattr("rc_nb_helpers.loopback.port_holder", lambda port: holder)
    found = preflight.port(f"http://localhost:{port}/x")
    assert without_marked(found.text + found.cure) == ""
    assert holder != link.OTHER_NOTEBOOK or f"⟦Port {port} is taken by another notebook" in found.text


@pytest.mark.usefixtures("marked")
def test_panels_without_a_session_speak_the_other_language(wire, folder):  # noqa: F811
    (folder / ".env-practice").write_text("RC_CLIENT_ID=mine\n")
    asked = next(iter(guesses().values()))
    panels = [
        JoinPanel(),
        Originals(["01-x.ipynb"], lambda name: ""),
        LinkPieces(LINK),
        LinkPieces("https://x.example/#a"),
    ]
    panels.append(GuessPanel(asked))
    press(panels[0], "join", "nonsense")
    press(panels[2], "compare", ANSWER)
    press(panels[4], "0")
    (server, *_) = panels[2]._details["link"]
    assert without_marked(server["name"] + server["purpose"]) == ""
    learners = {asked.question, *(each for option in asked.options for each in option[:2] if isinstance(each, str))}
    assert set(english_told(wire)) - learners - {"01 x"} == set()
    assert without_marked("".join(each._note() for each in panels)) == ""
    for panel in panels:
        panel.close()


@pytest.mark.usefixtures("marked")
def test_a_link_speaks_the_other_language(wire, fake_session, port, monkeypatch):  # noqa: F811
    mine = f"https://server.example/restapi/oauth/authorize?client_id=me&redirect_uri=http://localhost:{port}/x&state=1"
    soon, over = time.time() + 60, threading.Event()
    over.set()
    links = [SignInLink(mine), SignInLink(mine, until=soon, listener=False), SignInLink(mine, until=over)]
    links += [SignInLink(mine, until=lambda: 1 / 0), SignInLink(mine, until=soon - 120)]
    attempt = fake_session.begin_login()
    links.append(SignInLink(attempt.authorize_url))
    attempt.submit(callback(attempt))
    attempt.wait(timeout=SOON)
    links[-1]._look()
    monkeypatch.setattr(link, "answers", lambda host, port: True)
    for holder in ("a program", "", link.OTHER_NOTEBOOK, link.THIS_NOTEBOOK):
        monkeypatch.setattr(link, "port_holder", lambda port, holder=holder: holder)
        links.append(SignInLink(mine))
    monkeypatch.setattr(link, "notebook_at", lambda port: (1, "04.ipynb"))
    links.append(SignInLink(mine))
    assert english_told(wire) == []
    for each in links:
        each.close()


@pytest.mark.usefixtures("marked")
def test_the_wire_and_its_picture_speak_the_other_language():
    ways = ("expected", "under way", "answered", "failed")
    kinds = ("authorization", "sign-in", "consent", "callback", "token", "refresh", "revoke", "API", "other")
    seen = [message(f"{kind} {way}", kind=kind, state=way, gap=0.2, seconds=7.0) for kind in kinds for way in ways]
    seen += [by_browser("in the browser", kind) for kind in kinds]
    rows = [row_of(each, "Practice") for each in seen]
    problems = [row["problem"]["text"] for row in rows if row["problem"]]  # why and cure are the tables'
    assert [each for row in rows for each in english_in({**row, "problem": {}})] == []
    assert problems
    assert without_marked("".join(problems)) == ""
    assert {without_marked(row["http"]) for row in rows if row["unseen"]} == {""}
    lines = still([each for each in seen if each.state != "failed"], server="Practice").text.replace("Practice", "")
    assert not has_words(without_marked(lines)), lines


@pytest.mark.usefixtures("marked")
def test_the_picture_of_a_call_log_speaks_the_other_language():
    counts = call_log_counts([{"direction": "Inbound", "result": "Missed", "startTime": "2026-01-02T03:04:05Z"}, {}])
    assert without_marked(counts.sentence() + "".join(headings())).strip() == ""
    assert {without_marked(row[0]) for row in counts.rows()} == {""}


# --- How somebody translates


def test_what_is_not_translated_stays_english():
    translate({"login.token-until": "Der Schlüssel gilt bis {time}."})
    try:
        assert say("login.token-until", time="12:00") == "Der Schlüssel gilt bis 12:00."
        assert say("login.token-ended") == "The access token has ended."
        assert '"login.token-until": "Der Schl' in str(script())
    finally:
        translate({})
    assert say("login.token-until", time="12:00") == "The access token is good until 12:00."


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"login.tokenuntil": "x"}, "no sentence with the id 'login.tokenuntil'"),
        ({"login.token-until": "Bis {Zeit}"}, r"no other braces than these: \{time\}"),
        ({"login.token-until": "Bis {time:>10}"}, "no other braces"),
        ({"login.token-until": "Bis {time"}, "no other braces"),
        ({"login.token-ended": "Vorbei {}"}, "without braces"),
        ({"login.token-ended": 7}, "has to be a text"),
        (["x"], "This is no translation: it is of the type list"),
    ],
)
def test_what_cannot_be_used_is_told_at_once_and_changes_nothing(given, told):
    with pytest.raises(ConfigurationError, match=told):
        translate(given)
    assert say("login.token-until", time="12:00") == "The access token is good until 12:00."


def test_no_sentence_is_loaded_before_a_panel_is_shown():
    modules = after("from rc_nb_helpers import LoginPanel, Session, TestPanel")["modules"]
    assert not {"rc_nb_helpers.sentences.panels", "rc_nb_helpers.sentences.checks"} & set(modules)
