"""Names and forms that are nearly those of a ``.env`` file: which name is meant, how a line is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .env_files import Assignment, is_placeholder
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
_OTHER_NAMES = {
    CLIENT_ID: "CLIENT_KEY CONSUMER_KEY CONSUMER_ID APPLICATION_ID APPLICATION_KEY API_KEY",
    CLIENT_SECRET: "CLIENT_SECRET_KEY CONSUMER_SECRET APPLICATION_SECRET API_SECRET CLIENT_PASSWORD",
    SERVER_URL: "SERVER_ADDRESS API_HOST API_BASE API_BASE_URL API_ENDPOINT PLATFORM_SERVER PLATFORM_HOST BASE_URI",
    REDIRECT_URL: "RETURN_URL RETURN_URI REPLY_URL REDIRECT_ADDRESS",
}
_OTHER_NAMES_OF_OURS = {
    CLIENT_ID: "CLIENT KEY ID",
    CLIENT_SECRET: "SECRET_KEY",
    SERVER_URL: "HOST HOSTNAME ENDPOINT DOMAIN URL PLATFORM ENVIRONMENT_URL",
}
"""What the same thing is called elsewhere; the second ones only with RingCentral's name in front."""
_OURS = "RC|RINGCENTRAL|RING_CENTRAL|SDK"
_WORDS_AROUND = (
    rf"{_OURS}|OAUTH|PRACTICE|SANDBOX|PRODUCTION|PROD|PRD|LIVE|DEV|DEVTEST|TEST|ENV|MY|VITE|REACT_APP|NEXT_PUBLIC"
)
_AROUND = rf"^(?:(?:{_WORDS_AROUND})_)+|(?:_(?:{_WORDS_AROUND}))+$"
"""What people put in front of a spelling, or behind it, in any order: ``RC_CLIENT_ID_PRODUCTION``."""
_AS_CLOSE = 0.85
"""How like a spelling a name has to be (difflib): one or two letters of it may be wrong."""

ENVIRONMENT_WORDS = {
    "practice": ("practice",),
    "sandbox": ("sandbox", "sbx", "dev", "devtest", "test", "development"),
    "production": ("production", "prod", "prd", "live"),
}
"""What people call the environments."""


def near_environment(word: str) -> str:
    """Which environment is meant by a word that is like its name; empty where none is.

    Args:
        word: Such as ``prod``, ``Practise`` or ``.env-sandbox``.
    """
    import difflib  # here, because importing the helpers shall be quick

    named = {each: name for name, words in ENVIRONMENT_WORDS.items() for each in words}
    plain = re.sub(r"[^a-z]", "", word.lower().removeprefix(".env"))
    close = [plain] if plain in named else difflib.get_close_matches(plain, ENVIRONMENT_WORDS, n=1, cutoff=_AS_CLOSE)
    return named[close[0]] if close else ""


def near_key(name: str) -> str | None:
    """Which of the four names is meant by one that is like it.

    Args:
        name: Such as ``RC_APP_CLIENT_ID``, ``rc-clientid``, ``$env:RC_CLIENT_ID`` or ``RC_REDIRECT_URI``.
    """
    plain, base = _plain(name)
    for each in (plain, base):
        if each in _SPELLINGS:
            return _SPELLINGS[each]
    if other := _other_name(base, ours=re.search(rf"(?:^|_)(?:{_OURS})(?:_|$)", plain) is not None):
        return other
    import difflib  # here, because importing the helpers shall be quick

    close = difflib.get_close_matches(plain, _SPELLINGS, n=1, cutoff=_AS_CLOSE)
    return _SPELLINGS[close[0]] if close else None


def _other_name(base: str, *, ours: bool) -> str | None:
    for table in (_OTHER_NAMES, _OTHER_NAMES_OF_OURS) if ours else (_OTHER_NAMES,):
        for key, bases in table.items():
            if base in bases.split():
                return key
    return None


def _plain(name: str) -> tuple[str, str]:
    """A name in one spelling, and its base: without RingCentral's name and the environment's."""
    # The name alone: without what a shell or a program puts around it, and without a value behind a colon.
    alone = re.split(r"[:＝(]", re.sub(r"(?i)^\W*(?:env:|os\.environ\W+|process\.env\W+)?", "", name))[0]
    plain = re.sub(r"[^A-Z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", alone).upper()).strip("_")
    return plain, re.sub(_AROUND, "", plain)


def says_something(each: Assignment) -> bool:
    """Whether a line with a wrong name has a value."""
    return bool((each.value or "").strip()) or (each.value is None and re.search("[:＝(]", each.name) is not None)


# How other programs write what a .env file writes as NAME=value.
_NAME_LIKE = r"[\w.-]+"
_FORMS = (
    (r"set\s+-", "It is written as for the fish shell."),
    (r"(?:[A-Za-z]:\\\S*>|PS\s\S*>|[$>]\s)", "The prompt of a shell, or another sign, stands in front of it."),
    (r"setx?\s", "It is written as for the command prompt of Windows."),
    (r"\$(?:env:|\w+\s*=)", "It is written as for PowerShell."),
    (r"(?:ENV|ARG)\s", "It is written as for a Dockerfile."),
    (r"(?:-e|--env)\b", "It is written as for the docker command."),
    (r"(?:let|const|var|declare|typeset|local|readonly|setenv)\s", "It is written as for another language or shell."),
    (r"(?:(?:import|from|%env|%set_env)\s|os\.|process\.)", "It is written as a line of a program."),
    (r"(?://|;|--|/\*|(?i:rem)\s)", "It is a comment of another language: here a comment begins with #."),
    (rf"{_NAME_LIKE}\s*[+?:|-]+=", "It has another sign in front of its =, as in a program."),
    (rf"{_NAME_LIKE}\s*(?:＝|->|→)", "Another sign stands where the = should be."),
    (rf"{_NAME_LIKE}\(", "Brackets stand where the = should be."),
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
    name, equals, value = line.partition("=")
    if not equals:
        return "The = is missing."
    if re.search(r"\s", name.strip()) and near_key(name) and not near_key(name.split()[-1]):
        return "Its name has a space in it."
    if (words := name.split()) and near_key(words[-1]) and not re.fullmatch(_NAME_LIKE, name.strip()):
        return "Something stands around the name."
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
    digits = re.findall(r"\d", each.name)
    name = r"[\w.-]{1,40}$" if len(digits) <= 2 else "[a-z_][a-z_.-]*"
    shown = re.match(rf"(?i)[^\w$]*(\$?(?:env:)?(?:{name}|[a-z_][a-z_.-]*))", each.name)
    says = f"says {shown[1]}" if shown else "says something else"
    why = _form(each.text)
    plain, base = _plain(each.name)
    if not why:
        if "APP_CLIENT" in plain:
            why = "That is the name in RingCentral's own quick start; the value is the same."
        elif "RINGCENTRAL" in plain or plain.startswith("SDK"):
            why = "That is a name of RingCentral's other examples; the value is the same."
        elif re.match("RC_(?:PRACTICE|SANDBOX|PROD)", plain):
            why = "That is the name for a variable of the process. In the file the environment is not in the name."
        elif base in ("APP_KEY", "APP_SECRET"):
            why = "That is the name in RingCentral's older examples; the value is the same."
        elif f"RC_{base}" != key and (base in _SPELLINGS or _other_name(base, ours=True)):
            why = f"That is another name for the same: here it is called {key}."
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
            words = [*re.findall(r"[A-Za-z][\w.-]*", each.text)[:5], re.split("[=:]", each.text)[0]]
            key = next(filter(None, map(near_key, words)), None)
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


def commented_out(text: str) -> dict[str, int]:
    """The lines of a file that say one of the four names and a value, behind a ``#``: name to line.

    Args:
        text: The text of the file.
    """
    found: dict[str, int] = {}
    for line, each in enumerate(text.split("\n"), 1):
        comment = re.match(rf"\s*#[#\s]*(?:export\s+)?({'|'.join(KEYS)})\s*=\s*(\S+)\s*$", each)
        if comment and not is_placeholder(comment[2]):
            found.setdefault(comment[1], line)
    return found
