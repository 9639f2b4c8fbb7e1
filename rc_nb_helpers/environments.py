"""The three environments, practice, sandbox and production, and the files that describe them.

Each environment has one file: ``.env-practice``, ``.env-sandbox``, ``.env-production``, with the
same four lines. Values come from the file of the chosen environment and from nowhere else, so that
nothing is left over from another one; ``load_dotenv`` would never replace a value once set. On a
server or in CI, variables that name their environment (``RC_PRODUCTION_CLIENT_SECRET``) win.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from . import local_practice
from .errors import ConfigurationError
from .loopback import is_loopback, port_is_free
from .redaction import opaque

ENVIRONMENT_NAMES = ("practice", "sandbox", "production")
DIRECTORY_VARIABLE = "RC_ENV_DIRECTORY"
PRACTICE_URL_VARIABLE = "RC_PRACTICE_URL"

SERVER_URL = "RC_SERVER_URL"
CLIENT_ID = "RC_CLIENT_ID"
CLIENT_SECRET = "RC_CLIENT_SECRET"
REDIRECT_URL = "RC_REDIRECT_URL"
KEYS = (CLIENT_ID, CLIENT_SECRET, SERVER_URL, REDIRECT_URL)

SERVERS = {
    "sandbox": "https://platform.devtest.ringcentral.com",
    "production": "https://platform.ringcentral.com",
}
"""RingCentral's servers, for those who set only variables and have no file."""

NO_SECRET = "none"
"""What RC_CLIENT_SECRET says for an app that has no secret. A blank line does not: it may have been forgotten."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where to log in, and as which app.

    Attributes:
        name: ``"practice"``, ``"sandbox"``, ``"production"``, or a name of your own.
        server_url: Base URL of the platform; a trailing slash is dropped.
        client_id: The app's client id.
        client_secret: The app's client secret; empty for an app without one (PKCE alone protects it).
        redirect_uri: The redirect URI, exactly as registered with the app.
        other_redirect_uris: Others that are registered too, for when the first one's port is taken.

    Raises:
        ConfigurationError: A value is blank or cannot be what it should be, or would send secrets
            unencrypted to another machine.
    """

    name: str
    server_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(default="", repr=False)
    redirect_uri: str
    other_redirect_uris: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("name", "server_url", "client_id", "client_secret", "redirect_uri"):
            if not isinstance(getattr(self, name), str):
                raise ConfigurationError(
                    f"The {name} of an environment is a text, not {type(getattr(self, name)).__name__}.",
                    why="os.getenv returns None for a variable that is not set, for example.",
                    cure='Leave client_secret out, or write "", for an app without one; the others are needed.',
                )
        # "https://server//restapi/..." is another address; people paste the slash along.
        object.__setattr__(self, "server_url", self.server_url.rstrip("/"))
        for what, url in (("server URL", self.server_url), ("redirect URI", self.redirect_uri)):
            if not _is_web_address(url):
                raise ConfigurationError(
                    f"The {what} of the {self.name} environment is not a web address.",
                    cure="It starts with https:// or, on this machine, http://.",
                )
            _refuse_unencrypted(url, what=f"The {what} of the {self.name} environment", name=self.name)
        if not self.client_id:
            raise ConfigurationError(
                f"The {self.name} environment has no client id.",
                cure="Copy it from the app's Credentials page.",
            )

    @property
    def folder(self) -> Path | None:
        """Where its ``.env-...`` file is, or would be; None for one that was made, or changed, by hand."""
        return self.__dict__.get("_folder")

    @property
    def unencrypted(self) -> bool:
        """Whether messages cross a network that others can read: only in practice, as in a classroom."""
        return _is_unencrypted(self.server_url) or _is_unencrypted(self.redirect_uri)


@opaque
def load_environment(name: str, *, directory: str | Path | None = None) -> Environment:
    """Read one environment.

    Args:
        name: ``"practice"``, ``"sandbox"`` or ``"production"``.
        directory: Folder of the ``.env-...`` files. By default the folder that ``RC_ENV_DIRECTORY``
            names, else the nearest one, from the working folder upwards, that has this file, else the
            nearest that has the file of another environment.

    Returns:
        The environment. For practice without credentials of your own: the app that is built into the
        practice platform, which is started inside this process if it is not running yet.

    Raises:
        ConfigurationError: A file is missing or a value is blank or wrong. The message names the
            file, the line and the cure.
    """
    if name not in ENVIRONMENT_NAMES:
        raise ConfigurationError(
            f"There is no environment called {name!r}.",
            cure=f"Choose one of: {', '.join(ENVIRONMENT_NAMES)}.",
        )
    path = environment_file(name) if directory is None else Path(directory) / f".env-{name}"
    settings = Settings.read(path, name)
    if name == "practice":
        return _with_folder(_practice_environment(settings, path.parent), path.parent)
    if not path.exists():
        if not settings.values:
            raise ConfigurationError(
                f"There is no file {path.name} here.",
                why=f"The {name} environment's client id and secret are read from it.",
                cure="Open the notebooks from the tutorial's own folder, or make the file as notebook 01 shows.",
            )
        settings = replace(settings, values={SERVER_URL: SERVERS[name], **settings.values})
    return _with_folder(settings.environment(), path.parent)


def _with_folder(environment: Environment, folder: Path) -> Environment:
    """Note where an environment was read. Not a field: ``replace`` drops it, for what was changed is nobody's file."""
    environment.__dict__["_folder"] = folder
    return environment


@opaque
def read_again(environment: Environment) -> Environment:
    """What an environment's file says now: a person may have corrected it since.

    Args:
        environment: Any environment.

    Returns:
        The environment as it is now; the same when it was made by hand. The redirect URI stays what it was
        while the app still has it.

    Raises:
        ConfigurationError: As :func:`load_environment`.
    """
    if environment.folder is None:
        return environment
    now = load_environment(environment.name, directory=environment.folder)
    uris = (now.redirect_uri, *now.other_redirect_uris)
    if environment.redirect_uri not in uris:
        return now
    others = tuple(uri for uri in uris if uri != environment.redirect_uri)
    kept = replace(now, redirect_uri=environment.redirect_uri, other_redirect_uris=others)
    return _with_folder(kept, environment.folder)


def _practice_environment(settings: Settings, folder: Path) -> Environment:
    """The learner's own app where there is one, else the built-in app; on a platform that runs."""
    server_url = settings.values.get(SERVER_URL, "").rstrip("/")
    if not server_url or (is_loopback(server_url) and local_practice.ready_line(server_url) is None):
        server_url = local_practice.start(server_url, apps_file=folder / ".practice" / "apps.json")
    values = {**settings.values, SERVER_URL: server_url}
    if CLIENT_ID not in values and CLIENT_SECRET not in values:
        ready = local_practice.ready_line(server_url)
        if ready is None or not ready["client_id"]:
            raise ConfigurationError(
                f"The practice platform at {server_url} gives no app to this notebook.",
                why="It runs on another machine, or it serves a class, where everybody has an app of their own, "
                "or it is not a practice platform.",
                cure="Put your app's four lines into .env-practice: those of your slip, or those of an app that you "
                "create in its console, as notebook 01 shows.",
            )
        # On macOS, AirPlay sits on port 5000: the first registered address that is free comes first.
        uris = list(ready["redirect_uris"])
        free = next(filter(port_is_free, uris), uris[0])
        values = {
            REDIRECT_URL: ",".join(sorted(uris, key=lambda uri: uri != free)),
            **values,
            CLIENT_ID: ready["client_id"],
            CLIENT_SECRET: ready["client_secret"],
        }
    return Settings(settings.name, settings.file_name, values, settings.places).environment()


def environment_file(name: str) -> Path:
    """Where the file of an environment is, or would be: see ``directory`` of :func:`load_environment`.

    Args:
        name: ``"practice"``, ``"sandbox"`` or ``"production"``.
    """
    if chosen := os.environ.get(DIRECTORY_VARIABLE):
        return Path(chosen) / f".env-{name}"
    here = Path.cwd()
    # A file that was saved beside a notebook must not hide the others, which are one folder above.
    for names in ((name,), ENVIRONMENT_NAMES):
        for folder in (here, *here.parents):
            if any((folder / f".env-{each}").is_file() for each in names):
                return folder / f".env-{name}"
    return here / f".env-{name}"


@dataclass(frozen=True)
class Settings:
    """The values of one environment, and where each was found.

    Attributes:
        name: The environment's name.
        file_name: The file's name, for messages (not its folder: messages end up in saved notebooks).
        values: Variable name to value; blank values are left out.
        places: Variable name to where its value was found, in words.
    """

    name: str
    file_name: str
    values: dict[str, str] = field(repr=False)
    places: dict[str, str]

    @classmethod
    def read(cls, path: Path, name: str) -> Settings:
        """Read a file, which may be missing, and the variables that name the environment.

        Args:
            path: The ``.env-...`` file.
            name: The environment's name.

        Raises:
            ConfigurationError: A line cannot be read.
        """
        from dotenv.parser import parse_stream  # here, because importing the helpers shall be quick

        values: dict[str, str] = {}
        places: dict[str, str] = {}
        if path.is_file():
            with io.StringIO(_text_of(path)) as stream:
                for binding in parse_stream(stream):
                    line = binding.original.line + _blank_lines_before(binding.original.string)
                    if binding.error:
                        raise ConfigurationError(
                            f"{path.name}, line {line}, cannot be read.",
                            why="A quote is opened and not closed, or the = is missing.",
                            cure="Write NAME=value, without quotes.",
                        )
                    if binding.key is not None:
                        places[binding.key] = f"{binding.key} in {path.name}, line {line},"
                        values[binding.key] = (binding.value or "").strip()
        for key in KEYS:
            variable = f"RC_{name.upper()}_{key.removeprefix('RC_')}"
            if given := os.environ.get(variable, "").strip():
                values[key], places[key] = given, f"The variable {variable}"
        if name == "practice" and (given := os.environ.get(PRACTICE_URL_VARIABLE, "").strip()):
            values[SERVER_URL], places[SERVER_URL] = given, f"The variable {PRACTICE_URL_VARIABLE}"
        return cls(name, path.name, {key: value for key, value in values.items() if value}, places)

    def environment(self) -> Environment:
        """Check the values and make the environment.

        Raises:
            ConfigurationError: A value is blank or wrong.
        """
        for key in KEYS:
            self._check(key)
        secret = "" if self.values[CLIENT_SECRET].lower() == NO_SECRET else self.values[CLIENT_SECRET]
        if secret == self.values[CLIENT_ID]:
            raise ConfigurationError(
                f"{self._place(CLIENT_SECRET)} has the same value as {CLIENT_ID}.",
                why="The client id was probably pasted into both lines.",
                cure="Copy the client secret from the app's Credentials page; it is the longer one.",
            )
        first, *others = self._redirect_uris()
        return Environment(
            name=self.name,
            server_url=self.values[SERVER_URL],
            client_id=self.values[CLIENT_ID],
            client_secret=secret,
            redirect_uri=first,
            other_redirect_uris=tuple(others),
        )

    def _redirect_uris(self) -> list[str]:
        """Those of the app, the usual one first: RC_REDIRECT_URL may list several, with commas between."""
        return [uri.strip() for uri in self.values[REDIRECT_URL].split(",")]

    def _check(self, key: str) -> None:
        value = self.values.get(key, "")
        why, cure = _MEANING[key]
        if key == SERVER_URL:
            cure = f"For {self.name} it is {SERVERS[self.name]}." if self.name in SERVERS else cure
        if not value:
            state = "is blank" if key in self.places else "is missing"
            raise ConfigurationError(f"{self._place(key)} {state}.", why=why, cure=cure)
        alone = f"Write {key}=value: the value alone, without spaces, quotes or <>."
        urls = self._redirect_uris() if key == REDIRECT_URL else [value]
        if any(not each.isprintable() or each.isspace() or each in "\"'“”‘’<>" for each in "".join(urls)):
            raise ConfigurationError(
                f"{self._place(key)} has a space, a quote or an invisible character inside its value.",
                why="Something was pasted along with it.",
                cure=alone,
            )
        if value.startswith("RC_"):
            raise ConfigurationError(
                f"{self._place(key)} has a variable's name as its value.",
                why="The name was pasted along with the value.",
                cure=alone,
            )
        if key in (SERVER_URL, REDIRECT_URL):
            for url in urls:
                if not _is_web_address(url):
                    raise ConfigurationError(f"{self._place(key)} is not a web address.", why=why, cure=cure)
                _refuse_unencrypted(url, what=self._place(key), name=self.name)

    def _place(self, key: str) -> str:
        return self.places.get(key) or f"{key} in {self.file_name}"


_MEANING = {
    CLIENT_ID: (
        "The client id says which app is asking.",
        "Copy it from the app's Credentials page into that line. Notebook 01 shows how.",
    ),
    CLIENT_SECRET: (
        "The client secret proves that it is really your app.",
        "Copy it from the app's Credentials page into that line. Notebook 01 shows how. A client-side app has no "
        f"secret: write {CLIENT_SECRET}={NO_SECRET} then.",
    ),
    SERVER_URL: (
        "The server URL says which RingCentral to talk to.",
        "For practice leave it blank: the platform of this computer is found by itself.",
    ),
    REDIRECT_URL: (
        "The redirect URI says where the browser brings the answer of the login.",
        "Use the one in the app's settings, such as http://localhost:5000/oauth2callback.",
    ),
}


_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^@:\[\]]+)(:[1-9][0-9]*)?")


def _is_web_address(url: str) -> bool:
    """Whether a URL can be a server's or a redirect URI that a browser comes back to as it is written.

    No user name, which would be sent along with the tokens; no fragment (RFC 6749 §3.1.2); nothing that a
    browser writes in another way: it would then be another address, and nobody would answer there.
    """
    try:
        parts = urlsplit(url)
        return (
            re.fullmatch(r"[!-~]+", url) is not None
            and "#" not in url
            and parts.scheme in ("http", "https")
            and _AUTHORITY.fullmatch(parts.netloc) is not None
            and (parts.port or 80) < 65536
            and not {".", ".."} & set(parts.path.split("/"))
        )
    except ValueError:  # an impossible port, or half an IPv6 address
        return False


def _is_unencrypted(url: str) -> bool:
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def _refuse_unencrypted(url: str, *, what: str, name: str) -> None:
    """RFC 9700 §2.6: neither code nor tokens may cross a network unencrypted."""
    if _is_unencrypted(url) and name != "practice":
        raise ConfigurationError(
            f"{what} is plain http to another machine.",
            why="Whoever is on the way could read the code and the tokens, and use your account.",
            cure="Write https:// instead of http://. Only practice, where nothing is real, may do without.",
        )


def _text_of(path: Path) -> str:
    """UTF-8, or what Windows makes of it: Notepad puts a byte order mark in front, PowerShell's ``>`` is UTF-16."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path.name} cannot be opened.",
            why=f"The system says: {error.strerror}.",
            cure="Make the file readable for yourself, or make it anew as notebook 01 shows.",
        ) from None
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return content.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")


def _blank_lines_before(text: str) -> int:
    """How many lines stand between the start of a parsed piece and its first visible character."""
    return text[: len(text) - len(text.lstrip())].count("\n")
