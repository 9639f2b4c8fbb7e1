"""The catalogue of RingCentral's calls: each can be called, shown in a form and looked up in the reference."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from rc_nb_helpers import Call
from rc_nb_helpers.api_calls import ALL_CALLS, REFERENCE
from rc_nb_helpers.calls import FIRST_CALLS

each_call = pytest.mark.parametrize("call", ALL_CALLS, ids=lambda call: call.label)


def test_it_begins_with_those_of_the_test_panel():
    assert [(call.label, call.request(), call.columns) for call in ALL_CALLS[: len(FIRST_CALLS)]] == [
        (call.label, call.path, call.columns) for call in FIRST_CALLS
    ]


def test_no_call_is_there_twice():
    for what in ("label", "path", "link"):
        assert len({getattr(call, what) for call in ALL_CALLS}) == len(ALL_CALLS) >= 50


@each_call
def test_call_is_whole(call: Call):
    """What a person reads of it, and what is in its path."""
    assert call.topic
    assert call.group
    assert re.fullmatch(rf"{REFERENCE}/[A-Z][\w-]+/[a-z]\w+", call.link)
    assert re.findall(r"\{(\w+)\}", call.path) == [p.name for p in call.parameters if p.place == "path"]
    assert [p.name for p in call.parameters if not p.note and not p.choices] == []
    assert not [p.name for p in call.parameters if p.note and not p.note.endswith(".")]


@each_call
def test_call_can_be_made_with_what_its_form_offers(call: Call):
    """With the default of each parameter, the last of its choices and both ends of its numbers."""
    example = {"text": "x1", "date": "2026-01-31", "flag": "true", "number": "17"}
    for pick in ("default", "choice", "least", "most"):
        values = {}
        for p in call.parameters:
            offered = {
                "default": p.default,
                "choice": p.choices[-1] if p.choices else "",
                "least": "" if p.least is None else str(p.least),
                "most": "" if p.most is None else str(p.most),
            }[pick]
            values[p.name] = offered or (example[p.kind] if p.needed else "")
        path = call.request(values)
        assert path.startswith("/")
        assert "{" not in path


def test_it_is_loaded_when_it_is_used():
    code = "import rc_nb_helpers, sys; rc_nb_helpers.Call; rc_nb_helpers.Session"
    code += "; print('rc_nb_helpers.api_calls' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
