"""A call of the API that only reads: its path, its parameters, and what may be written into them. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal, NoReturn
from urllib.parse import quote

from .errors import ConfigurationError, RingCentralError, of_type
from .values import write_query
from .web_addresses import path_to_call

Value = str | int | bool | tuple[str, ...]
"""What a parameter's text means. A moment is a text, in RingCentral's form."""

KINDS = ("text", "number", "choice", "date", "flag")
_MOST_LENGTH = 2000
"""Of what is written into one parameter: servers refuse longer addresses."""
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_MOMENT = r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?"  # ISO 8601


@dataclass(frozen=True)
class Parameter:
    """What may be asked for in a call.

    Attributes:
        name: As RingCentral's reference spells it.
        kind: What its field in a form is like. A ``date`` is a moment; without a time zone it is UTC.
        default: In a query what the server takes when nothing is sent; in a path what is sent then. Empty: nothing.
        choices: For a choice: its values.
        note: What it is, in a short sentence.
        place: Where it stands. In a path it is written ``{name}``.
        required: Whether the call needs it. What stands in a path is needed anyway, unless it has a default.
        least: For a number: the smallest.
        most: For a number: the largest.
        many: Whether it may have several values, which are written with commas between them.
    """

    name: str
    kind: Literal["text", "number", "choice", "date", "flag"] = "text"
    default: str = ""
    choices: tuple[str, ...] = ()
    note: str = ""
    place: Literal["query", "path"] = "query"
    required: bool = False
    least: int | None = None
    most: int | None = None
    many: bool = False

    def __post_init__(self) -> None:
        """Refuse what no form could show.

        Raises:
            RingCentralError: It has no name, no kind, no choices or a default that it would not take.
        """
        if not isinstance(self.name, str) or not self.name.strip():
            raise ConfigurationError("This parameter has no name.", cure='Write it: Parameter("dateFrom", "date").')
        if self.kind not in KINDS:
            cure = f"Write one of {', '.join(KINDS)}."
            raise ConfigurationError(f"The parameter {self.name} has a kind that is not known.", cure=cure)
        if (self.kind == "choice") != bool(self.choices):
            why = "A choice has choices, and nothing else has."
            cure = 'Write them like this: Parameter("view", "choice", choices=("Simple", "Detailed")).'
            raise ConfigurationError(f"The choices of the parameter {self.name} are wrong.", why=why, cure=cure)
        if self.default:
            self.check(self.default)

    @property
    def needed(self) -> bool:
        """Whether the call cannot be made before something is written here."""
        return self.required or (self.place == "path" and not self.default)

    def check(self, text: Any) -> Value | None:
        """What a text in this parameter's field means.

        Args:
            text: What was written. Whoever reads a form takes nothing for granted, so it may be anything.

        Returns:
            The value; None where nothing was written.

        Raises:
            RingCentralError: It cannot be sent. It says what can, and never repeats what was written.
        """
        if not isinstance(text, str):
            self._refuse("is no text", f"It is {of_type(text)}.", "Write it as text.")
        if len(text) > _MOST_LENGTH:
            self._refuse("is too long", f"It has more than {_MOST_LENGTH} characters.", "Write less.")
        if not text.strip():
            return None
        if not self.many:
            return self._one(text.strip())
        return tuple(str(self._one(part.strip())) for part in re.split(r"[,;\n]", text) if part.strip()) or None

    def _one(self, text: str) -> str | int | bool:
        if self.kind == "number":
            return self._number(text)
        if self.kind == "date":
            return self._moment(text)
        if self.kind == "flag":
            if text.lower() not in _FLAGS:
                self._refuse("is neither yes nor no", "", "Write true or false.")
            return _FLAGS[text.lower()]
        if self.kind == "choice":
            chosen = [choice for choice in self.choices if choice.lower() == text.lower()]
            if not chosen:
                self._refuse("has no such choice", "", f"Choose one of {', '.join(self.choices)}.")
            return chosen[0]
        if self.place == "path" and text in (".", ".."):
            self._refuse("cannot be that", "In a path, dots alone lead to another address.", "Write an id.")
        return text

    def _number(self, text: str) -> int:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
            self._refuse("is no whole number", "", f"Write {self._range() or 'digits alone'}.")
        number = int(text)
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            self._refuse("is out of range", "", f"Write {self._range()}.")
        return number

    def _range(self) -> str:
        """Which numbers it may be, in words; empty when any."""
        if self.least is None and self.most is None:
            return ""
        if self.least is None or self.most is None:
            return f"a number of {self.least} or more" if self.most is None else f"a number of at most {self.most}"
        return f"a number from {self.least} to {self.most}"

    def _moment(self, text: str) -> str:
        """A moment in RingCentral's form. A day alone is its beginning; for the end of a stretch, its end."""
        try:
            moment = read_moment(text)
            if len(text) == len("2026-01-31") and self.name.endswith("To"):
                moment += timedelta(days=1, milliseconds=-1)
            return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        except (ValueError, OverflowError):  # no such day, or beyond the years that there are
            cure = "Write a day such as 2026-01-31, or a moment such as 2026-01-31T09:30Z (Z: UTC)."
            self._refuse("is no date", "", cure)

    def _refuse(self, what: str, why: str, cure: str) -> NoReturn:
        raise RingCentralError(f"{self.name} {what}.", why=why, cure=cure)


def read_moment(text: str) -> datetime:
    """A moment in ISO 8601, as people and RingCentral write it. Without a time zone it is UTC.

    Python 3.10 reads neither a Z nor any number of digits behind the second.

    Raises:
        ValueError: It is none.
    """
    found = re.fullmatch(_MOMENT, text, re.ASCII | re.IGNORECASE)
    if found is None:
        raise ValueError("not a moment in ISO 8601")
    *parts, fraction, zone = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    microsecond = int(f"{fraction or 0:0<6}"[:6])
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=_zone(zone or "Z"))


def _zone(text: str) -> timezone:
    if text.upper() == "Z":
        return timezone.utc
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


@dataclass(frozen=True)
class Call:
    """An API call that the panel offers: a GET.

    Attributes:
        label: What the button says.
        path: The endpoint, with its query if it has one. Where a parameter stands in it: ``{name}``.
        columns: For a list: pairs of a column's heading and the path of its value in a record, such as
            ``"from.phoneNumber|from.name"`` for the first of two that is there. Empty for a single object.
        topic: What it belongs to, such as "Call log".
        permission: The permission that the app needs; empty when none is needed, or none is known.
        user_permission: The permission that the person's role has to have; empty when none is known.
        group: Which of the API's rate limits counts; empty when that is not known.
        parameters: What may be asked for.
        needs: What else it needs, in words: a role of the person, a feature of the account. Else empty.
        link: Where RingCentral's reference describes it.
        records: Which field of the answer holds the list.
    """

    label: str
    path: str
    columns: tuple[tuple[str, str], ...] = ()
    topic: str = ""
    permission: str = ""
    user_permission: str = ""
    group: Literal["", "light", "medium", "heavy", "auth", "unlimited"] = ""
    parameters: tuple[Parameter, ...] = ()
    needs: str = ""
    link: str = ""
    records: str = "records"

    def __post_init__(self) -> None:
        """Refuse what could never be called or shown.

        Raises:
            RingCentralError: The path is none, the label or a column is no text, or a parameter stands nowhere.
        """
        path_to_call(self.path)
        if not isinstance(self.label, str) or not self.label.strip():
            raise ConfigurationError("This call has no label.", cure='Write what the button shall say: "My devices".')
        try:
            pairs = [(heading, path) for heading, path in self.columns if not isinstance(self.columns, str)]
            are_texts = all(isinstance(text, str) for pair in pairs for text in pair)
        except (TypeError, ValueError):
            are_texts = False
        if not are_texts:
            raise ConfigurationError(
                f"The columns of {self.label!r} are no pairs of a heading and a path.",
                cure='Write them like this: (("Name", "name"), ("Number", "extensionNumber")).',
            )
        self._check_parameters()

    def _check_parameters(self) -> None:
        if not isinstance(self.parameters, tuple | list) or not all(isinstance(p, Parameter) for p in self.parameters):
            raise ConfigurationError(
                f"The parameters of {self.label!r} are no parameters.",
                cure='Write them like this: parameters=(Parameter("dateFrom", "date"),).',
            )
        names = [parameter.name for parameter in self.parameters]
        if len(set(names)) < len(names):
            raise ConfigurationError(f"Two parameters of {self.label!r} have one name.", cure="Leave one out.")
        lost = [p.name for p in self.parameters if p.place == "path" and f"{{{p.name}}}" not in self.path]
        if lost:
            cure = f"Write {{{lost[0]}}} where it belongs in the path."
            raise ConfigurationError(f"The path of {self.label!r} has no place for {lost[0]}.", cure=cure)

    def request(self, values: Mapping[str, Any] | None = None) -> str:
        """The path to call, with its query.

        Args:
            values: For parameters, by name, what was written into their fields. What is blank is not sent.

        Raises:
            RingCentralError: A value cannot be sent, one is missing, or a stretch of time ends before it begins.
        """
        given = values or {}
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                cure = f"It has {', '.join(known)}." if known else "It has none: call it as it is."
                raise RingCentralError(f"{self.label} has no such parameter.", cure=cure)
        checked = {name: parameter.check(given.get(name, "")) for name, parameter in known.items()}
        path = self.path
        for parameter in self.parameters:
            value = checked[parameter.name]
            if value is None and parameter.needed:
                cure = f"Write it. {parameter.note}".strip()
                raise RingCentralError(f"{parameter.name} is missing.", why="This call needs it.", cure=cure)
            if parameter.place == "path":
                path = path.replace(f"{{{parameter.name}}}", _segment(parameter, value))
        _refuse_backwards(checked)
        query = write_query({name: value for name, value in checked.items() if known[name].place == "query"})
        return f"{path}{'&' if '?' in path else '?'}{query}" if query else path


def _segment(parameter: Parameter, value: Value | None) -> str:
    """A value as a part of a path."""
    try:
        return quote(parameter.default if value is None else str(value), safe="~")
    except UnicodeEncodeError:
        why = "It holds half a character (a surrogate without its other half), which UTF-8 cannot write."
        raise RingCentralError(f"{parameter.name} cannot be sent.", why=why, cure="Write it again.") from None


def _refuse_backwards(checked: Mapping[str, Value | None]) -> None:
    """A stretch of time ends after it has begun. Moments in RingCentral's form compare as texts."""
    for name, begin in checked.items():
        end = checked.get(f"{name.removesuffix('From')}To") if name.endswith("From") else None
        if isinstance(begin, str) and isinstance(end, str) and begin > end:
            raise RingCentralError(
                f"{name} is later than {name.removesuffix('From')}To.",
                why="That stretch of time would end before it begins.",
                cure="Exchange the two.",
            )


_CALL_COLUMNS = (
    ("When (UTC)", "startTime"),
    ("Direction", "direction"),
    ("From", "from.phoneNumber|from.name|from.extensionNumber"),
    ("To", "to.phoneNumber|to.name|to.extensionNumber"),
    ("Result", "result"),
    ("Seconds", "duration"),
)

FIRST_CALLS = (
    Call(
        "List extensions",
        "/restapi/v1.0/account/~/extension",
        (("Name", "name"), ("Extension", "extensionNumber"), ("Type", "type"), ("Status", "status")),
        group="medium",
    ),
    Call("My call log", "/restapi/v1.0/account/~/extension/~/call-log", _CALL_COLUMNS, group="heavy"),
    Call("Company call log", "/restapi/v1.0/account/~/call-log", _CALL_COLUMNS, group="heavy"),
    Call("Account info", "/restapi/v1.0/account/~", group="light"),
    Call("My extension", "/restapi/v1.0/account/~/extension/~", group="light"),
    Call(
        "My phone numbers",
        "/restapi/v1.0/account/~/extension/~/phone-number",
        (("Number", "phoneNumber"), ("Usage", "usageType"), ("Type", "type")),
        group="light",
    ),
)
"""What a test panel offers when nothing else is asked for. The first three are those of RingCentral's tutorial."""
