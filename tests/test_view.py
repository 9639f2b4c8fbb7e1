"""The contract between panels and page: what the scripts read is what ``view.py`` says, key by key."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from rc_nb_helpers.panels import view

PANELS = Path(view.__file__).parent
SCRIPT = "\n".join(path.read_text("utf-8") for path in sorted((PANELS / "assets").glob("*.js")))
KINDS: dict[str, Any] = {
    "view": view.View,
    "said": view.Status,
    "explained": view.Explained,
    "cause": view.LikelyCause,
    "button": view.Button,
    "choice": view.Choice,
    "way": view.Way,
    "check": view.Check,
    "details": view.Details,
    "result": view.Result,
    "node": view.Node,
    "plot": view.Plot,
    "copied": view.Copied,
    "offer": view.Offer,
    "field": view.Field,
    "fault": view.Fault,
    "told": view.Form,
    "waits": view.Sms,
    "message": view.News,
    "traffic": view.Traffic,
    "seen": view.Seen,
    "meant": view.Meant,
    "problem": view.Problem,
    "piece": view.Piece,
    "token": view.Token,
    "fact": view.Fact,
}


def keys_read(script: str, name: str) -> set[str]:
    """The keys that the script reads of what it calls ``name``."""
    script = script.replace('model.get("view").', "view.")
    methods = {"map", "forEach", "remove", "addEventListener", "dataset", "includes"}
    return set(re.findall(rf"(?<![\w.]){name}\??\.(\w+)", without_comments(script))) - methods


def keys_sent(script: str) -> set[str]:
    """The keys of the messages that the script sends."""
    sent = re.findall(r"\bsend\(\{([^}]*)\}\)", without_comments(script))
    return {pair.partition(":")[0].strip() for message in sent for pair in message.split(",")}


def written() -> set[str]:
    """The keys that the panels' Python writes: in a dictionary, or into one."""
    found = set()
    for file in PANELS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            keys: list[Any] = []
            if isinstance(node, ast.Dict):
                keys = node.keys
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                keys = [node.slice]
            found |= {key.value for key in keys if isinstance(key, ast.Constant)}
    return found


def without_comments(script: str) -> str:
    return re.sub(r"//[^\n]*", "", script)


def differences(script: str) -> list[str]:
    """Where the script and the classes differ."""
    found = []
    for name, kind in KINDS.items():
        declared = set(get_type_hints(kind))
        found += [f"{name}.{key}: not drawn" for key in declared - keys_read(script, name)]
        found += [f"{name}.{key}: never sent" for key in keys_read(script, name) - declared]
    messages = set(get_type_hints(view.Message))
    return found + [f"message {key}: on one side only" for key in messages ^ keys_sent(script)]


def unfit(value: Any, kind: Any) -> list[str]:
    """What in a value is not as a type says; a typed dictionary may lack keys, and have no others."""
    if isinstance(kind, type) and issubclass(kind, dict) and get_type_hints(kind):
        hints = get_type_hints(kind)
        if not isinstance(value, dict):
            return [f"{value!r} is no {kind.__name__}"]
        unknown = [f"{kind.__name__} has no {key}" for key in value if key not in hints]
        return unknown + [each for key in hints if key in value for each in unfit(value[key], hints[key])]
    if get_origin(kind) is list:
        return [each for item in value for each in unfit(item, get_args(kind)[0])]
    if get_origin(kind) is dict:
        of_key, of_value = get_args(kind)
        return [each for key, item in value.items() for each in (*unfit(key, of_key), *unfit(item, of_value))]
    if get_origin(kind) is Literal:
        return [] if value in get_args(kind) else [f"{value!r} is none of {get_args(kind)}"]
    if get_args(kind):  # something, or None
        return [] if value is None else unfit(value, get_args(kind)[0])
    return [] if isinstance(value, (int, float) if kind is float else kind) else [f"{value!r} is no {kind.__name__}"]


def test_every_key_is_sent_and_drawn():
    assert differences(SCRIPT) == []
    for kind in KINDS.values():
        assert set(get_type_hints(kind)) <= written()


def test_python_reads_every_key_that_comes_from_the_page():
    readers = "".join(file.read_text("utf-8") for file in PANELS.glob("*.py"))
    read = set(re.findall(r'message(?:\.get\(|\[)"(\w+)"', readers))
    assert read == set(get_type_hints(view.Message))


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("setText(why, said.why);", "setText(why, said.reason);", "said.reason: never sent"),
        ("setText(why, said.why);", "", "said.why: not drawn"),
        ("view.choices_locked", "view.choicesLocked", "view.choicesLocked: never sent"),
        ("setText(drawn, button.label);", "setText(drawn, button.id);", "button.label: not drawn"),
        ("choice.note", "choice.about", "choice.about: never sent"),
        ("details.person", "details.who", "details.who: never sent"),
        ("result.caption", "result.title", "result.title: never sent"),
        ("press: id, value, number", "press: id, value", "message number: on one side only"),
        ("{ gone: page }", "{ left: page }", "message left: on one side only"),
        ("{ here: page }", "{ there: page }", "message here: on one side only"),
        ("message?.roll_call", "message?.rollCall", "message.roll_call: not drawn"),
    ],
)
def test_a_key_on_one_side_alone_is_noticed(old: str, new: str, difference: str):
    assert old in SCRIPT
    assert difference in differences(SCRIPT.replace(old, new))


def test_nothing_is_taken_apart_where_its_keys_would_not_be_seen():
    script = without_comments(SCRIPT)
    assert not re.search(rf"\}}\s*(?:=|of)\s*(?:{'|'.join(KINDS)})\b", script)
    assert not re.search(rf"\b(?:{'|'.join(KINDS)})\[", script)


@pytest.mark.parametrize(
    ("value", "kind", "fits"),
    [
        ({"status": {"kind": "ok", "until": 5}}, view.View, True),
        ({"status": {"kind": "fine"}}, view.View, False),
        ({"stat": {}}, view.View, False),
        ({"buttons": [{"id": "x", "style": "y"}]}, view.View, False),
        ({"result": None, "url": ""}, view.Details, True),
        ({"result": {"rows": [["a"]]}}, view.Details, True),
        ({"result": {"rows": [[1]]}}, view.Details, False),
        ({"choices_locked": True}, view.View, False),
    ],
)
def test_what_does_not_fit_is_found(value: Any, kind: Any, fits: bool):
    assert (unfit(value, kind) == []) is fits
