"""Names and forms that are nearly those of a ``.env`` file: which of the four names is meant, how a line is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .env_files import Assignment
from .errors import ConfigurationError

SERVER_URL = "RC_SERVER_URL"
CLIENT_ID = "RC_CLIENT_ID"
CLIENT_SECRET = "RC_CLIENT_SECRET"
REDIRECT_URL = "RC_REDIRECT_URL"
KEYS = (CLIENT_ID, CLIENT_SECRET, SERVER_URL, REDIRECT_URL)
"""What the four lines of an environment's file are called."""

BROKEN = "A mail program or an editor breaks long lines."
"""Why a value stands in two lines."""

_BASES = {
    CLIENT_ID: ("CLIENT_ID", "APP_CLIENT_ID", "APP_KEY", "APP_ID"),
    CLIENT_SECRET: ("CLIENT_SECRET", "APP_CLIENT_SECRET", "APP_SECRET", "SECRET"),
    SERVER_URL: ("SERVER_URL", "SERVER", "BASE_URL", "API_URL", "API_SERVER", "PLATFORM_URL", "SERVER_HOST"),
    REDIRECT_URL: ("REDIRECT_URL", "REDIRECT_URI", "REDIRECT", "CALLBACK_URL", "CALLBACK_URI", "CALLBACK"),
}
_OWNERS = ("", "RC_", "RINGCENTRAL_", "SDK_", "RC_PRACTICE_", "RC_SANDBOX_", "RC_PRODUCTION_", "RC_PROD_")
_SPELLINGS = {owner + base: key for key, bases in _BASES.items() for base in bases for owner in _OWNERS}
_WORDS_AROUND = "RC|RINGCENTRAL|SDK|OAUTH|PRACTICE|SANDBOX|PRODUCTION|PROD"
_AROUND = rf"^(?:(?:{_WORDS_AROUND})_)+|(?:_(?:{_WORDS_AROUND}))+$"
"""What people put in front of a spelling, or behind it, in any order: ``RC_CLIENT_ID_PRODUCTION``."""
_AS_CLOSE = 0.85
"""How like a spelling a name has to be (difflib): one or two letters of it may be wrong."""


def near_key(name: str) -> str | None:
    """Which of the four names is meant by one that is like it.

    Args:
        name: Such as ``RC_APP_CLIENT_ID``, ``rc-clientid``, ``$env:RC_CLIENT_ID`` or ``RC_REDIRECT_URI``.
    """
    # The name alone: without what a shell or a program puts around it, and without a value behind a colon.
    alone = re.sub(r"(?i)^\W*(?:env:|os\.environ\W+|process\.env\W+)?", "", name).split(":")[0]
    plain = re.sub(r"[^A-Z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", alone).upper()).strip("_")
    for each in (plain, re.sub(_AROUND, "", plain)):
        if each in _SPELLINGS:
            return _SPELLINGS[each]
    import difflib  # here, because importing the helpers shall be quick

    close = difflib.get_close_matches(plain, _SPELLINGS, n=1, cutoff=_AS_CLOSE)
    return _SPELLINGS[close[0]] if close else None


def says_something(each: Assignment) -> bool:
    """Whether a line with a wrong name has a value."""
    return bool((each.value or "").strip()) or (each.value is None and ":" in each.name)


# How other programs write what a .env file writes as NAME=value.
_QUOTES = "\"'"
_NAME_LIKE = r"[\w.-]+"
_FORMS = (
    (r"setx?\s", "It is written as for the command prompt of Windows."),
    (r"\$(?:env:|\w+\s*=)", "It is written as for PowerShell."),
    (r"(?:ENV|ARG)\s", "It is written as for a Dockerfile."),
    (r"(?:-e|--env)\b", "It is written as for the docker command."),
    (r"(?:let|const|var|declare|typeset|local|readonly|setenv)\s", "It is written as for another language or shell."),
    (r"(?:(?:import|from|%env|%set_env)\s|os\.|process\.)", "It is written as a line of a program."),
    (r"(?://|;|--|/\*|(?i:rem)\s)", "It is a comment of another language: here a comment begins with #."),
    (rf"(['\"]){_NAME_LIKE}\1\s*:", "It has a colon where the = should be, as in JSON."),
    (rf"-?\s*{_NAME_LIKE}\s*:", "It has a colon where the = should be, as in YAML."),
    (rf"-\s+{_NAME_LIKE}\s*=", "It is written as a part of a list."),
    (rf"(['\"]){_NAME_LIKE}\1\s*=", "Its name stands in quotes."),
)
_BEHIND_EQUALS = (
    (r"(['\"]).*\1\s*[,;]\s*", "A comma or a semicolon stands behind its value."),
    (r"(['\"]).*\1.+", "Something stands behind the closing quote."),
    (r"(['\"])(?:(?!\1).)*", "A quote is opened and not closed."),
)


def _form(text: str) -> str:
    """Which other way of writing a line has, in a sentence; empty for one that is not known."""
    line = text.strip().removeprefix("export ").strip()
    for pattern, said in _FORMS:
        if re.match(pattern, line):
            return said
    _, equals, value = line.partition("=")
    if not equals:
        return "The = is missing."
    for pattern, said in _BEHIND_EQUALS:
        if re.fullmatch(pattern, value.strip(), re.DOTALL):
            return said
    return ""


def misnamed(each: Assignment, key: str, file_name: str) -> ConfigurationError:
    """The error for a line whose name is nearly right. The name is shown up to where a value might begin.

    Args:
        each: The line.
        key: Which of the four names is meant.
        file_name: The file's name.
    """
    shown = re.match(r"(?i)[$'\"]?(?:env:)?[a-z_][a-z_.-]*", each.name)
    says = f"says {shown[0].strip(_QUOTES)}" if shown else "says something else"
    why = _form(each.text)
    plain = re.sub(r"[^A-Z]+", "_", each.name.upper())
    if not why:
        if "APP_CLIENT" in plain:
            why = "That is the name in RingCentral's own quick start; the value is the same."
        elif "RINGCENTRAL" in plain or plain.startswith("SDK"):
            why = "That is a name of RingCentral's other examples; the value is the same."
        elif re.match("RC_(?:PRACTICE|SANDBOX|PROD)", plain):
            why = "That is the name for a variable of the process. In the file the environment is not in the name."
        else:
            why = "It is nearly the name, but it has to be the same, letter by letter."
    return ConfigurationError(
        f"{file_name}, line {each.line}, {says} where {key} is looked for.",
        why=why,
        cure=f"Write {key}=value in that line.",
    )


def refuse_unreadable(found: Sequence[Assignment], file_name: str) -> None:
    """Refuse a file with a line that is none of a ``.env`` file.

    Args:
        found: What was found in the file.
        file_name: The file's name.

    Raises:
        ConfigurationError: There is such a line; in which form it seems to be written.
    """
    before = None
    for each in found:
        if not each.name:
            key = next(filter(None, map(near_key, re.findall(r"[A-Za-z][\w.-]*", each.text)[:3])), None)
            why = _form(each.text) or "A quote is opened and not closed, or the = is missing."
            if not key and before and before.name in KEYS and "=" not in each.text and before.line + 1 == each.line:
                why = f"It may be the rest of {before.name} in the line above. {BROKEN}"
            raise ConfigurationError(
                f"{file_name}, line {each.line}, cannot be read.",
                why=why,
                cure=f"Write {key or 'NAME'}=value, without quotes.",
            )
        before = each


def goes_on(each: Assignment, following: Assignment) -> bool:
    """Whether the line behind an assignment is no assignment, but a piece of its value.

    Args:
        each: The assignment.
        following: What was found next.
    """
    is_piece = following.value is None or (set(following.value) <= {"="} and not following.name.isupper())
    return (
        is_piece
        and following.line == each.line + each.text.count("\n") + 1
        and near_key(following.name) is None
        and re.fullmatch(r"[!-~]+", following.name) is not None
        and following.name[0] not in "[{}]"  # a section of an INI file, a brace of JSON
    )
