"""A form for a call: what the page draws of it, and what is wrong with what somebody has written into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import RingCentralError
from ..sentences.saying import say

if TYPE_CHECKING:
    from ..calls import Call, Parameter
    from .view import Fault, Field, Offer


def offer_of(name: str, call: Call) -> Offer:
    """A call as the page offers it.

    Args:
        name: The id that comes back when it is made.
        call: The call.
    """
    return {
        "id": name,
        "label": call.label,
        "path": call.path,
        "topic": call.topic,
        "permission": call.permission,
        "user_permission": call.user_permission,
        "group": call.group,
        "needs": call.needs,
        "link": call.link,
        "fields": [_field(parameter) for parameter in call.parameters],
    }


def _field(parameter: Parameter) -> Field:
    field: Field = {
        "name": parameter.name,
        "kind": parameter.kind,
        "default": parameter.default,
        "choices": list(parameter.choices),
        "note": parameter.note,
        "required": parameter.needed,
        "many": parameter.many,
    }
    if parameter.least is not None:
        field["least"] = parameter.least
    if parameter.most is not None:
        field["most"] = parameter.most
    return field


def read_form(value: str) -> tuple[str, dict[str, Any]]:
    """What a page has sent of a form: for which call, and what stands in its fields.

    Raises:
        RingCentralError: It is nothing that our page would send.
    """
    try:
        form = json.loads(value)
        return str(form["call"]), dict(form["values"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise RingCentralError(say("form.unreadable"), cure=say("test.run-again")) from None


def faults_of(call: Call, values: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a form, field by field; what belongs to no field has no name. Empty when all is well.

    Args:
        call: Its call.
        values: What stands in its fields.
    """
    faults: list[Fault] = []
    for parameter in call.parameters:
        try:
            parameter.check(values.get(parameter.name, ""))
        except RingCentralError as error:
            faults.append({"name": parameter.name, "text": str(error)})
    if faults:
        return faults
    try:
        call.request(values)
    except RingCentralError as error:  # one is missing, or two do not go together: it begins with the first one's name
        named = [each.name for each in call.parameters if error.happened.startswith(f"{each.name} ")]
        faults.append({"name": named[0] if named else "", "text": str(error)})
    return faults
