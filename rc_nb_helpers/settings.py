"""What stands in an environment's file and in the variables, where it stands, and what is wrong with it.

A value that cannot be meant is asked about, not used; a name or a form that is nearly right is told as what it is; and
each message names the place that the person has to change: a line of a file, or a variable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .env_files import Assignment, assignments, is_placeholder, text_of
from .errors import ConfigurationError
from .loopback import is_elsewhere, is_loopback
from .near_misses import (
    BROKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    KEYS,
    REDIRECT_URL,
    SERVER_URL,
    commented_out,
    goes_on,
    misnamed,
    near_key,
    refuse_unreadable,
    says_something,
)
from .web_addresses import (
    PLAIN,
    UNENCRYPTED,
    WILDCARDS,
    any_address,
    host_like,
    is_ringcentral,
    is_unencrypted,
    is_web_address,
    is_web_site,
    path_too_many,
)

PRACTICE_URL_VARIABLE = "RC_PRACTICE_URL"
BROWSER_URL_VARIABLE = "RC_PRACTICE_BROWSER_URL"
"""Where browsers reach practice, if that is another address than programs use; ``{port}`` stands for practice's."""

SERVERS = {
    "sandbox": "https://platform.devtest.ringcentral.com",
    "production": "https://platform.ringcentral.com",
}
"""RingCentral's servers, for those who set only variables and have no file."""

SET_ANEW = (
    "Change it, or remove it, where it is set: in a cell, or in the shell or service that started Jupyter. Then "
    "restart the kernel; if it was set outside, Jupyter."
)
"""How a variable is changed."""

NO_SECRET = "none"
"""What RC_CLIENT_SECRET says for an app that has no secret. A blank line does not: it may have been forgotten."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a value stands, or would have to stand.

    Attributes:
        key: One of the four names.
        file_name: The environment's file (not its folder: messages end up in saved notebooks).
        line: The line of that file; None where it has none.
        variable: The variable that holds the value, or would have to; empty for the file.
        wins: Whether the file has another value, which the variable wins over.
    """

    key: str
    file_name: str
    line: int | None = None
    variable: str = ""
    wins: bool = False

    def __str__(self) -> str:
        if self.variable:
            return f"The variable {self.variable}"
        return f"{self.key} in {self.file_name}" + (f", line {self.line}," if self.line else "")

    def alone(self) -> str:
        """The cure for a value that has something else with it."""
        if self.variable:
            return f"Set {self.variable} to the value alone, without spaces, quotes or <>. {self.set_anew()}"
        return f"Write {self.key}=value: the value alone, without spaces, quotes or <>."

    def put(self, what: str, *, more: str = "") -> str:
        """The cure for a value that has to be another one.

        Args:
            what: Such as "Copy it from the app's Credentials page".
            more: Sentences that belong to the file only.
        """
        if self.variable:
            return f"{what} into that variable. {self.set_anew()}"
        return f"{what} into that line.{more}"

    def set_anew(self) -> str:
        """How a variable is changed."""
        return f"It wins over {self.file_name}. {SET_ANEW}" if self.wins else SET_ANEW


@dataclass(frozen=True)
class Settings:
    """The values of one environment, and where each was found.

    Attributes:
        name: The environment's name.
        file_name: The file's name, for messages.
        values: Variable name to value; blank values are left out.
        places: Variable name to where its value was found, or where it is blank.
        has_file: Whether there is a file.
        comments: Variable name to the line that has its value behind a ``#``.
    """

    name: str
    file_name: str
    values: dict[str, str] = field(repr=False)
    places: dict[str, Place]
    has_file: bool = True
    comments: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, name: str) -> Settings:
        """Read a file, which may be missing, and the variables that name the environment.

        Args:
            path: The ``.env-...`` file.
            name: The environment's name.

        Raises:
            ConfigurationError: The file or a line of it cannot be read; a name is nearly one that is looked for; a
                name has two values.
        """
        values: dict[str, str] = {}
        places: dict[str, Place] = {}
        found: list[Assignment] = []
        text = ""
        if path.is_file():
            text = text_of(_content_of(path))
            found = list(assignments(text))
            refuse_unreadable(found, path.name)
            for each in _meant(found, path.name):
                values[each.name] = (each.value or "").strip()
                places[each.name] = Place(key=each.name, file_name=path.name, line=each.line)
        for key, variable in _variables(name):
            if given := os.environ.get(variable, "").strip():
                if variable == PRACTICE_URL_VARIABLE and _is_another_platform(values.get(key, "")):
                    continue  # a class's platform: what runs on this machine does not take its place
                wins = bool(values.get(key))
                values[key], places[key] = given, Place(key=key, file_name=path.name, variable=variable, wins=wins)
        values = {key: value for key, value in values.items() if value}
        for each in found:
            meant = near_key(each.name)
            if meant and each.name not in KEYS and meant not in values and says_something(each):
                raise misnamed(each, meant, path.name)
        return cls(name, path.name, values, places, path.is_file(), commented_out(text))

    @property
    def variables(self) -> dict[str, str]:
        """Those of the values that came from a variable of this process: key to the variable's name."""
        return {key: place.variable for key, place in self.places.items() if place.variable and key in self.values}

    def check(self) -> None:
        """Look at the four values.

        Raises:
            ConfigurationError: A value is missing, blank, or cannot be meant.
        """
        for key in KEYS:
            if key not in self.values:
                raise self._missing(key)
            if key in self.places:
                self._check(key, self.values[key])
        self._check_pair(self.values[CLIENT_ID], self.values[CLIENT_SECRET])

    def _check_pair(self, client_id: str, secret: str) -> None:
        """RingCentral's client ids have 22 signs, and its secrets about twice as many."""
        if client_id == secret and len(secret) >= _LONG:
            raise ConfigurationError(
                f"{self.place(CLIENT_ID)} has the same value as {CLIENT_SECRET}.",
                why="The client secret was probably pasted into both: a client id is shorter.",
                cure=self.place(CLIENT_ID).put("Copy the client id from the app's Credentials page"),
            )
        if client_id == secret:
            raise ConfigurationError(
                f"{self.place(CLIENT_SECRET)} has the same value as {CLIENT_ID}.",
                why="The client id was probably pasted into both.",
                cure=self.place(CLIENT_SECRET).put(
                    "Copy the client secret, which is the longer one, from the app's Credentials page"
                ),
            )
        if len(client_id) >= _LONG and len(secret) == _SHORT:
            first, second = self.place(CLIENT_ID), self.place(CLIENT_SECRET)
            raise ConfigurationError(
                f"{str(first).rstrip(',')} and {str(second).replace('The v', 'the v')} seem to be swapped.",
                why="RingCentral's client ids have 22 signs, and its client secrets about twice as many.",
                cure=f"Write each into the other's place.{self._after(first) or self._after(second)}",
            )

    def check_server_url(self) -> None:
        """Look at the server's address alone, before anybody is asked there.

        Raises:
            ConfigurationError: It cannot be meant.
        """
        if SERVER_URL in self.places and SERVER_URL in self.values:
            self._check(SERVER_URL, self.values[SERVER_URL])

    def redirect_uris(self) -> list[str]:
        """Those of the app, the usual one first: RC_REDIRECT_URL may list several, with commas between."""
        return [uri.strip() for uri in self.values[REDIRECT_URL].split(",")]

    def place(self, key: str) -> Place:
        """Where a value was found, or would have to be.

        Args:
            key: One of the four names.
        """
        if key in self.places:
            return self.places[key]
        variable = "" if self.has_file else f"RC_{self.name.upper()}_{key.removeprefix('RC_')}"
        return Place(key=key, file_name=self.file_name, variable=variable)

    def _missing(self, key: str) -> ConfigurationError:
        place = self.place(key)
        why, cure = self._meaning(key)
        if place.variable:  # there is no file, and other values came from variables
            return ConfigurationError(
                f"{place} is not set.",
                why=f"{why} The other values come from variables, and there is no file {place.file_name} here."
                + hint_at_variables(self.name, key),
                cure=f"Set it as you have set the others, or make the file {place.file_name}.",
            )
        why += hint_at_variables(self.name, key)
        if key in self.comments:
            why += f" Line {self.comments[key]} has a value for it, but a # in front, which makes it a comment."
        return ConfigurationError(f"{place} {'is blank' if key in self.places else 'is missing'}.", why=why, cure=cure)

    def _meaning(self, key: str) -> tuple[str, str]:
        """What a value is for, and where one gets it."""
        place = self.place(key)
        if key == CLIENT_ID:
            return "The client id says which app is asking.", place.put(_COPY, more=_HOW)
        if key == CLIENT_SECRET:
            more = f" A client-side app has no secret: write {CLIENT_SECRET}={NO_SECRET} then."
            return "The client secret proves that it is really your app.", place.put(_COPY, more=_HOW + more)
        if key == SERVER_URL:
            why = "The server URL says which RingCentral to talk to."
            if self.name in SERVERS:
                return why, f"For {self.name} it is {SERVERS[self.name]}.{self._after(place)}"
            blank = f"Remove {place.variable}" if place.variable else "For practice leave it blank"
            return why, f"{blank}: the platform of this computer is found by itself.{self._after(place)}"
        why = "The redirect URI says where the browser brings the answer of the login."
        cure = "Use the one in the app's settings, such as http://localhost:5000/oauth2callback."
        return why, cure + self._after(place)

    @staticmethod
    def _after(place: Place) -> str:
        return f" {place.set_anew()}" if place.variable else ""

    def _check(self, key: str, value: str) -> None:
        for happened, why, cure in self._doubts(key, value):
            raise ConfigurationError(f"{self.place(key)} {happened}.", why=why, cure=cure)

    def _doubts(self, key: str, value: str) -> Iterator[tuple[str, str, str]]:
        """Why a value cannot be meant: what happened, why, what to do. The first is told."""
        place = self.place(key)
        pieces = self.redirect_uris() if key == REDIRECT_URL else [value]
        if "\n" in value or value.endswith("\\"):
            yield "is broken over several lines", BROKEN, _one_line(place)
        if unfilled := re.search(_UNFILLED, value):
            reference = unfilled[0] if re.fullmatch(r"\$\{\w{1,40}\}", unfilled[0]) else "a variable"
            happened = f"has {reference} in it, which nothing fills in"
            yield happened, _AS_IT_STANDS, place.put("Write the value itself")
        plain = value.strip("<>[]{}()\"' ")
        if ("://" not in value and is_placeholder(plain)) or (key == CLIENT_ID and value.lower() == NO_SECRET):
            yield "only keeps the place of the real value", _NOBODYS, self._meaning(key)[1]
        if re.search(_NEXT_LINE, value):
            yield "has another line behind its value", "Each of the four stands in a line of its own.", place.alone()
        if any(not each.isprintable() or each.isspace() or each in "\"'“”‘’«»<>`" for each in "".join(pieces)):
            alone = place.alone()
            if key == REDIRECT_URL and re.search(r"\S\s+\S", value):
                alone += " Between several addresses stands a comma."
            yield _PASTED_ALONG, "Something was pasted along with it.", alone
        if re.match(_NAME_IN_FRONT, value):
            yield "has a variable's name as its value", "The name was pasted along with the value.", place.alone()
        if value.startswith("RC_") or re.search(_NAME_INSIDE, value):
            yield "has a variable's name as its value", _AS_IT_STANDS, place.put("Write the value itself")
        if re.search("&(?:quot|amp|lt|gt|apos|#\\d{1,5});", value):
            yield "has a piece of HTML in it", "It was probably copied out of the source of a page.", place.alone()
        if value.endswith(".."):
            why = "It is probably cut off: a narrow page shows only the beginning of a long value."
            yield "ends with dots", why, place.put("Copy the whole of it")
        if sign := _BEHIND_VALUE.get(value[-1]):
            yield f"has a {sign} behind its value", _OUT_OF_A_TEXT, place.alone()
        if value[0] in "=:" or "\\" in value or re.fullmatch(_IN_BRACKETS, value):
            yield "has an = in front, a backslash or brackets that do not belong to it", _OUT_OF_A_TEXT, place.alone()
        if key in (CLIENT_ID, CLIENT_SECRET):
            yield from self._credential_doubts(key, value)
        else:
            for url in pieces:
                yield from self._address_doubts(key, url)

    def _credential_doubts(self, key: str, value: str) -> Iterator[tuple[str, str, str]]:
        what = "client id" if key == CLIENT_ID else "client secret"
        cure = self._meaning(key)[1]
        if _is_pair(value):
            yield "holds the client id and the client secret together", "Each has a place of its own.", cure
        if not value.isascii():
            why = "A word processor may have changed a sign, or the page shows only a part of it, or dots in its place."
            yield "has a sign in it that is no plain letter, digit or hyphen", why, cure
        if re.fullmatch(_REFERENCE, value):
            yield "names a place where the value is kept, which nothing opens", _AS_IT_STANDS, cure
        if key == CLIENT_ID and not re.fullmatch(r"[^@]+@.+|.*://.*|[\w.~+/=-]+", value):
            why = "If it is a colon: the client id and the client secret were probably copied together."
            yield "has a sign in it that no client id has", why, cure
        if re.match(_JWT, value):
            why = f"A JWT is another way to log in, for programs without a person. The {what} is shorter."
            yield f"is a JWT, not the {what}", why, cure
        if value.startswith("U0pD") and len(value) > 60:
            yield f"is a token, not the {what}", "Tokens come out of a login; they do not begin one.", cure
        if "://" in value:
            yield f"is a web address, not the {what}", "It was probably pasted into the wrong place.", cure
        if re.fullmatch(r"[^@\s]+@[^@\s]+\.[A-Za-z]+", value):
            why = f"The {what} is the app's. People sign in with their name at RingCentral."
            yield f"is an e-mail address, not the {what}", why, cure
        if re.fullmatch(_DIGITS, value):
            why = f"Phone numbers look like that. The {what} is the app's, and has letters."
            yield f"has nothing but digits, so it is not the {what}", why, cure
        if re.fullmatch(_TWICE, value):
            yield "has the same text twice", "It was probably pasted twice.", cure

    def _address_doubts(self, key: str, url: str) -> Iterator[tuple[str, str, str]]:
        place = self.place(key)
        why, cure = self._meaning(key)
        if not url:
            yield "has a comma with nothing behind it", "A comma stands between two addresses only.", place.alone()
        if near := host_like(url, *_LOCAL, cutoff=0.85) if key == REDIRECT_URL or self.name == "practice" else "":
            yield (
                f"is nearly an address of {near}, but not quite",
                "A sign of its host, or the colon before its port, is another one.",
                cure
                if key == SERVER_URL
                else f"Write {_example(key).replace('localhost', near)}, or as it is called in the app's settings."
                f"{self._after(place)}",
            )
        if key == SERVER_URL and (near := self._server_like(url)):
            yield f"is nearly {near}, but not the same", "A sign of it is wrong, missing or one too many.", cure
        if re.search(r"(?i)(?<![a-z])(?:your|placeholder|changeme|xxx)", url.partition("://")[2].partition("/")[0]):
            yield "only keeps the place of the real value", _NOBODYS, cure
        if any_address(url):
            happened = f"has {next(each for each in WILDCARDS if each in url)} in it"
            yield (
                f"{happened}, which is no address that a browser can go to",
                "It is what a server says when it listens on all addresses of its computer.",
                f"Write localhost in its place, such as {_example(key)}, in the app's settings too."
                f"{self._after(place)}",
            )
        if url.count("://") > 1 and "?" not in url:
            two = "has two addresses with no comma between" if key == REDIRECT_URL else "has two addresses in it"
            yield two, why, place.alone() if key == REDIRECT_URL else cure
        if not is_web_address(url):
            yield "is not a web address", *self._no_address(key, url, why, cure)
        if is_unencrypted(url) and self.name != "practice":
            yield "is plain http to another machine", UNENCRYPTED[0], UNENCRYPTED[1] + self._after(place)
        yield from (self._server_doubts(url) if key == SERVER_URL else self._redirect_doubts(url))

    def _no_address(self, key: str, url: str, why: str, cure: str) -> tuple[str, str]:
        """Why a value is no web address, and what to do."""
        if re.fullmatch(r"(?:localhost|127\.0\.0\.1|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:/\S*)?", url):
            scheme = "http" if re.match(r"localhost|127\.", url) else "https"
            in_front = "" if key == SERVER_URL and self.name in SERVERS else f"Write {scheme}:// in front of it. "
            return "It begins neither with https:// nor with http://.", in_front + cure
        if re.match(r"(?i)https?%3A", url):
            return "It is percent-encoded, as it stands inside of another address.", cure
        if not re.fullmatch(PLAIN, url):
            return "It has a sign in it that no web address has, such as a bracket or a wide colon.", cure
        if re.match(r"(?i)h?t?tps?[:;/]", url) and not re.match(r"https?://", url):
            return "Its beginning has a typing error: it has to be https:// or http://, in small letters.", cure
        if re.match(r"https?://[^/?#]*@", url):
            return "Something stands in front of its host, before the @; it would be sent along.", cure
        port = re.match(r"https?://[^/:\[\]]+:([^/?#]*)", url)
        if port and not (port[1].isdecimal() and 0 < int(port[1][:6]) < 65536):
            return "What stands behind its second colon is a port: a number from 1 to 65535, then a slash.", cure
        if "#" in url:
            what = (
                "A redirect URI has no part behind a # (RFC 6749 §3.1.2)."
                if key == REDIRECT_URL
                else "It has a # in it."
            )
            return what, cure
        return why, cure

    def _server_like(self, url: str) -> str:
        """Which of RingCentral's servers an address is nearly; empty for one that may be another of its servers."""
        host = urlsplit(url).hostname or "" if is_web_address(url) else ""
        if is_ringcentral(host) and host.startswith("platform."):
            return ""
        hosts = (server.partition("://")[2] for server in SERVERS.values())
        near = host_like(url, *hosts, cutoff=0.9)  # one or two signs, not a whole country's ending
        return f"https://{near}" if near else ""

    def _server_doubts(self, url: str) -> Iterator[tuple[str, str, str]]:
        cure = self._meaning(SERVER_URL)[1]
        host = urlsplit(url).hostname or ""
        for other, server in SERVERS.items():
            if host == urlsplit(server).hostname and other != self.name:
                yield (
                    f"is the address of {other}, and this is {self.name}",
                    "Each environment has an app and a server of its own; they cannot be mixed.",
                    f"{cure} Or choose the environment {other}.",
                )
        if is_ringcentral(host) and not host.startswith("platform."):
            what = (
                "one of RingCentral's web sites" if is_web_site(host) else "a host of RingCentral's that we do not know"
            )
            yield f"is {what}, not the server for programs", "That one's name begins with platform.", cure
        if path := path_too_many(url, whole=self.name in SERVERS):
            yield f"has {path} behind the server", "That part is put behind it with each request.", cure

    def _redirect_doubts(self, url: str) -> Iterator[tuple[str, str, str]]:
        from .redirection_endpoint import leads_to_server  # here, because importing the helpers shall be quick

        parts = urlsplit(url)
        why, cure = self._meaning(REDIRECT_URL)
        if re.search(r"[?&](?:code|state)=", url):
            yield "is the answer of a login that is over", "The redirect URI ends before the question mark.", cure
        elif is_ringcentral(parts.hostname or "") or url == self.values.get(SERVER_URL):
            yield "is the server's own address", f"{why} That is your computer.", cure
        elif parts.scheme == "https" and is_loopback(f"http{url[5:]}") and not leads_to_server(url):
            yield (
                "is https on this computer",
                "Nobody here has a certificate for it; between the browser and a program of the same computer, http "
                "is as safe (RFC 8252 §7.3).",
                f"Write http:// in its place, in the app's settings too.{self._after(self.place(REDIRECT_URL))}",
            )


_LONG = 40
_SHORT = 22
"""How many signs RingCentral's client secrets have at least, and its client ids."""
_LOCAL = ("localhost", "127.0.0.1")
_NOBODYS = "It is a word out of an example or a form, not a value."
_REFERENCE = (
    r"(?!https?:)[a-z][\w+.-]*://.*|(?:arn|ssm|vault|aws|gcp|keyring|env|file|secret)(?::|\().+|ENC\[.*|%\(\w+\)s"
    r"|process\.env\..+|projects/.+/secrets/.+|(?:\.{1,2}|/\w+)/.+|[\w-]+\.(?:txt|json|ya?ml|pem|key)"
)
"""How other programs name a file or a vault from which they read a value."""
_NEXT_LINE = r"\S[\s;,&|]+(?:export\s+|set\s+)?(?:RC|RINGCENTRAL)_\w+\s*[=:]"
_COPY = "Copy it from the app's Credentials page"
_HOW = " Notebook 01 shows how."
_PASTED_ALONG = "has a space, a quote or an invisible character inside its value"
_BEHIND_VALUE = {",": "comma", ";": "semicolon", ".": "full stop", ":": "colon", "%": "percent sign"}
_AS_IT_STANDS = "A value is taken as it stands: no other is put into it."
_IN_BRACKETS = r"\[.*\]|\(.*\)|\{.*\}"
_OUT_OF_A_TEXT = "It was probably copied out of a program, a terminal, a JSON file or a text."
_UNFILLED = r"\$\{[^}]*\}?|\$\(|\{\{|^\$\w+$|^%\w+%$"
_JWT = r"eyJ[\w-]+\.[\w-]+\."
_NAME_INSIDE = r"(?:RC|RINGCENTRAL)_(?:\w+_)?CLIENT_(?:ID|SECRET)"
_DIGITS = r"\+?(?:[ ().-]*[0-9]){7,}[ ().-]*"
_TWICE = r"(.{8,})\1"
_NAME_IN_FRONT = r"(?i)(?:export\s+)?(?:\w*(?:client_?(?:id|secret)|(?:server|redirect)_?ur[il])|id|secret|key)\s*[:=]"


def _is_pair(value: str) -> bool:
    """Whether a value is client id and client secret with a sign between, as it is or in base64 (RFC 7617)."""
    import base64  # here, because importing the helpers shall be quick

    try:
        decoded = base64.b64decode(value + "==").decode("ascii") if len(value) >= 2 * _LONG else ""
    except ValueError:
        decoded = ""
    return any(re.fullmatch(rf"[\w-]{{{_SHORT}}}[^\w-][\w-]{{{_LONG},}}", each) for each in (value, decoded))


def _example(key: str) -> str:
    return "http://localhost:5000/oauth2callback" if key == REDIRECT_URL else "http://localhost:8100"


def _one_line(place: Place) -> str:
    return f"{place.alone()} All of it stands in one line."


def _variables(name: str) -> list[tuple[str, str]]:
    """The variables that name an environment, and what each stands for; a later one wins."""
    found = [(key, f"RC_{name.upper()}_{key.removeprefix('RC_')}") for key in KEYS]
    return [*found, (SERVER_URL, PRACTICE_URL_VARIABLE)] if name == "practice" else found


def _is_another_platform(server_url: str) -> bool:
    """Whether a file's address of practice is not the platform that the variables name.

    Practice's console writes the address into it by which browsers reach it. On a hub, programs have a nearer one.
    """
    return is_elsewhere(server_url) and server_url.rstrip("/") != os.environ.get(BROWSER_URL_VARIABLE, "").rstrip("/")


def hint_at_variables(name: str, *keys: str) -> str:
    """A sentence on variables that were meant for an environment and do not reach it; empty where there are none.

    Args:
        name: The environment's name.
        keys: Which values are missing.
    """
    ours = {variable: key for key, variable in [*_variables(name), ("", BROWSER_URL_VARIABLE)]}
    others = tuple(f"_{each[:4].upper()}" for each in ("practice", *SERVERS) if each != name)  # also RC_PROD_…
    for variable in sorted(os.environ):
        if ours.get(variable) in keys and not os.environ[variable].strip():
            return f" The variable {variable} is set, but it is blank."
        ours_too = ("RC_", "RINGCENTRAL_", "SDK_", f"{name.upper()}_")
        meant = near_key(variable) if variable.upper().startswith(ours_too) else None
        if meant in keys and variable not in ours and not any(each in variable.upper() for each in others):
            wanted = f"RC_{name.upper()}_{meant.removeprefix('RC_')}"
            return f" The variable {variable} is set; the one that is read is called {wanted}."
    return ""


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path.name} cannot be opened.",
            why=f"The system says: {error.strerror}.",
            cure="Make the file readable for yourself, or make it anew as notebook 01 shows.",
        ) from None


def _meant(found: Sequence[Assignment], file_name: str) -> Iterator[Assignment]:
    """The four assignments, each of which counts once."""
    chosen: dict[str, Assignment] = {}
    for each, following in zip(found, [*found, None][1:], strict=True):
        if each.name not in KEYS:
            continue
        if following and goes_on(each, following):
            place = Place(key=each.name, file_name=file_name, line=each.line)
            raise ConfigurationError(
                f"{place} seems to go on in line {following.line}.", why=BROKEN, cure=_one_line(place)
            )
        earlier = chosen.get(each.name)
        if earlier and earlier.value and earlier.value != each.value:
            raise ConfigurationError(
                f"{each.name} stands twice in {file_name}, in line {earlier.line} and in line {each.line}, with two "
                "values.",
                why="Only you can know which of them is meant.",
                cure="Remove the wrong line.",
            )
        chosen[each.name] = each
    yield from chosen.values()
