"""The three environments, practice, sandbox and production, and the files that describe them.

Each environment has one file: ``.env-practice``, ``.env-sandbox``, ``.env-production``, with the
same four lines. Values come from the file of the chosen environment and from nowhere else, so that
nothing is left over from another one; ``load_dotenv`` would never replace a value once set. On a
server or in CI, variables that name their environment (``RC_PRODUCTION_CLIENT_SECRET``) win.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from . import local_practice
from .errors import ConfigurationError
from .local_practice import PORT, callback_at
from .loopback import is_elsewhere, is_loopback, port_is_free
from .near_misses import CLIENT_ID, CLIENT_SECRET, REDIRECT_URL, SERVER_URL, near_environment
from .redaction import opaque
from .settings import (
    BROWSER_URL_VARIABLE,
    NO_SECRET,
    PRACTICE_URL_VARIABLE,
    SERVERS,
    SET_ANEW,
    Settings,
    hint_at_variables,
)
from .web_addresses import is_unencrypted, is_web_address, normal_server, path_too_many, refuse_unencrypted

ENVIRONMENT_NAMES = ("practice", "sandbox", "production")
DIRECTORY_VARIABLE = "RC_ENV_DIRECTORY"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where to log in, and as which app.

    Attributes:
        name: ``"practice"``, ``"sandbox"``, ``"production"``, or a name of your own.
        server_url: Base URL of the platform; kept in small letters and without a trailing slash.
        client_id: The app's client id.
        client_secret: The app's client secret; empty for an app without one (PKCE alone protects it).
        redirect_uri: The redirect URI, exactly as registered with the app.
        other_redirect_uris: Others that are registered too, for when the first one's port is taken.
        folder: Where its ``.env-...`` file is, or would be; None for one that was made, or changed, by hand.
        variables: Which of its values came from a variable of this process: ``RC_CLIENT_ID`` to the variable's name.
        browser_url: What a browser opens in the place of ``server_url``. They differ for practice alone, and only where
            the browser is on another computer than this program: ``RC_PRACTICE_BROWSER_URL`` says it then.

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
    # Not for __init__, so that replace() drops them: what was changed is nobody's file any more.
    folder: Path | None = field(default=None, init=False, repr=False, compare=False)
    variables: Mapping[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    browser_url: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("name", "server_url", "client_id", "client_secret", "redirect_uri"):
            if not isinstance(getattr(self, name), str):
                raise ConfigurationError(
                    f"The {name} of an environment is a text, not {type(getattr(self, name)).__name__}.",
                    why="os.getenv returns None for a variable that is not set, for example.",
                    cure='Leave client_secret out, or write "", for an app without one; the others are needed.',
                )
        for key, value in (("client_id", self.client_id), ("client_secret", self.client_secret)):
            if value != value.strip():
                raise ConfigurationError(
                    f"The {key} of the {self.name} environment begins or ends with a space or a new line.",
                    why="RingCentral would take it for a part of the value.",
                    cure=f"Leave it out: {key}=value.strip().",
                )
        if isinstance(self.other_redirect_uris, str) or not all(isinstance(u, str) for u in self.other_redirect_uris):
            raise ConfigurationError(
                f"The other_redirect_uris of the {self.name} environment are no texts in a tuple.",
                cure='Write them like this: ("http://localhost:5001/oauth2callback",).',
            )
        for what, url in (("server URL", self.server_url), ("redirect URI", self.redirect_uri)):
            if not is_web_address(url):
                raise ConfigurationError(
                    f"The {what} of the {self.name} environment is not a web address.",
                    cure="It starts with https:// or, on this machine, http://.",
                )
            refuse_unencrypted(url, what=f"The {what} of the {self.name} environment", name=self.name)
        # "https://server//restapi/..." is another address; people paste the slash along.
        object.__setattr__(self, "server_url", normal_server(self.server_url))
        object.__setattr__(self, "browser_url", self.server_url)
        if path := path_too_many(self.server_url, whole=False):
            raise ConfigurationError(
                f"The server URL of the {self.name} environment has {path} behind the server.",
                cure="Leave it out: that part is put behind the server with each request.",
            )
        if not self.client_id:
            raise ConfigurationError(
                f"The {self.name} environment has no client id.",
                cure="Copy it from the app's Credentials page.",
            )

    @property
    def listen_address(self) -> tuple[str, int]:
        """Where a server that is written by hand waits for the login's answer: host and port, for ``HTTPServer``.

        At home these are the redirect URI's. On a hub, or on another Jupyter server that passes answers on, they are
        the ones to which it passes them.

        Raises:
            ConfigurationError: The redirect URI leads to another computer, and nobody passes on what comes there.
        """
        from .redirection_endpoint import listen_address  # here, because importing the helpers shall be quick

        return listen_address(self.redirect_uri)

    @property
    def unencrypted(self) -> bool:
        """Whether messages cross a network that others can read: only in practice, as in a classroom."""
        return is_unencrypted(self.server_url) or is_unencrypted(self.redirect_uri)

    def cure_in_place(self, cure: str) -> str:
        """A cure that sends a person to the .env file, made true where the values come from variables.

        Args:
            cure: What to do about a value, in general.

        Returns:
            The same with the variables that have to change; unchanged when it is about none of them.
        """
        spoken_of = [key for key, words in _SPOKEN_OF.items() if words in cure] or list(_SPOKEN_OF)
        variables = [self.variables[key] for key in spoken_of if key in self.variables]
        if not variables or _THE_FILE not in cure:
            return cure
        file_too = f"{_THE_FILE} and " if len(variables) < len(spoken_of) else ""
        one = len(variables) == 1
        names = f"{'the variable' if one else 'the variables'} {' and '.join(variables)}"
        wins = f"{'wins' if one else 'win'} over {_THE_FILE}"
        return f"{cure.replace(_THE_FILE, f'{file_too}{names}', 1)} Mind that {names} {wins}. {SET_ANEW}"


_THE_FILE = "the .env file"
_SPOKEN_OF = {
    CLIENT_ID: "client id",
    CLIENT_SECRET: "client secret",
    SERVER_URL: SERVER_URL,
    REDIRECT_URL: REDIRECT_URL,
}


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
        meant = near_environment(name) if isinstance(name, str) else ""
        raise ConfigurationError(
            f"There is no environment called {name!r}.",
            why=f"Probably {meant} is meant." if meant else "",
            cure=f"Choose one of: {', '.join(ENVIRONMENT_NAMES)}.",
        )
    path = _file_to_read(name, directory)
    settings = Settings.read(path, name)
    browser_url = ""
    if name == "practice":
        settings, browser_url = _with_practice(settings, path.parent)
    elif not settings.has_file:
        if not settings.values:
            raise _no_file(path, _chosen_by(directory))
        settings = replace(settings, values={SERVER_URL: SERVERS[name], **settings.values})
    return _made_of(settings, path.parent, browser_url)


def _made_of(settings: Settings, folder: Path, browser_url: str) -> Environment:
    """Check what was read, and make the environment."""
    from .redirection_endpoint import leads_to_server

    settings.check()
    values = settings.values
    # Where the server around this kernel passes answers on, its address is the one at which they arrive.
    first, *others = sorted(settings.redirect_uris(), key=lambda uri: not leads_to_server(uri))
    environment = Environment(
        name=settings.name,
        server_url=values[SERVER_URL],
        client_id=values[CLIENT_ID],
        client_secret="" if values[CLIENT_SECRET].lower() == NO_SECRET else values[CLIENT_SECRET],
        redirect_uri=first,
        other_redirect_uris=tuple(others),
    )
    return _read_from(environment, folder, settings.variables, browser_url)


def _read_from(
    environment: Environment, folder: Path | None, variables: Mapping[str, str], browser_url: str
) -> Environment:
    """Write into a new environment where it was read from, and where browsers reach its server if not there."""
    object.__setattr__(environment, "folder", folder)
    object.__setattr__(environment, "variables", variables)
    object.__setattr__(environment, "browser_url", browser_url or environment.server_url)
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
    return _read_from(kept, now.folder, now.variables, now.browser_url)


def _with_practice(settings: Settings, folder: Path) -> tuple[Settings, str]:
    """The learner's own app where there is one, else the built-in app; on a platform that runs.

    Returns:
        The settings, and the address by which browsers reach the platform; empty where nobody names another.
    """
    settings.check_server_url()
    server_url = settings.values.get(SERVER_URL, "").rstrip("/")
    browser_url = _named_for_browsers(server_url)
    ready = local_practice.ready_line(server_url)
    # With a path it is behind a proxy, a hub's say, and nothing that is started here would be there.
    if not server_url or (is_loopback(server_url) and ready is None and not urlsplit(server_url).path):
        server_url = local_practice.start(
            server_url,
            browser_url=browser_url,
            apps_file=folder / ".practice" / "apps.json",
            named_by=settings.variables.get(SERVER_URL, f"{SERVER_URL} in {settings.file_name}"),
        )
        ready = local_practice.ready_line(server_url)
    browser_url = browser_url.replace(PORT, str(urlsplit(server_url).port or 80)) or (ready or {}).get(
        "browser_url", ""
    )
    values = {**settings.values, SERVER_URL: server_url}
    if CLIENT_ID not in values and CLIENT_SECRET not in values:
        if ready is None or not ready["client_id"]:
            raise ConfigurationError(
                f"The practice platform at {server_url} gives no app to this notebook.",
                why="It runs on another machine, or it serves a class, where everybody has an app of their own, "
                f"or it is not a practice platform.{_named_by(settings)}",
                cure="In a class, take your seat with the link of your slip: notebook 00 has a box for it. Or create "
                f"an app in its console, {browser_url or server_url}/practice/console, and put its four lines into "
                ".env-practice, as notebook 01 shows.",
            )
        app = {CLIENT_ID: ready["client_id"], CLIENT_SECRET: ready["client_secret"]}
        values = {REDIRECT_URL: _registered(ready["redirect_uris"], browser_url), **values, **app}
    return replace(settings, values=values), browser_url


def _registered(uris: list[str], browser_url: str) -> str:
    """The redirect URIs of the built-in app as a `.env` file has them, that at which an answer arrives first."""
    # The browser's localhost is another computer where a server leads it to practice: so that server's comes first.
    # Else, as on macOS AirPlay sits on port 5000, the first registered address that is free.
    good = next((uri for uri in uris if uri == callback_at(browser_url)), None)
    good = good or next(filter(port_is_free, uris), uris[0])
    return ",".join(sorted(uris, key=lambda uri: uri != good))


def _named_for_browsers(server_url: str) -> str:
    """What the variable says of where browsers reach practice; empty for a platform that it is not about.

    Raises:
        ConfigurationError: It is no address.
    """
    named = os.environ.get(BROWSER_URL_VARIABLE, "").strip().rstrip("/")
    programs = os.environ.get(PRACTICE_URL_VARIABLE, "").strip().rstrip("/")
    # A class's seat names the class's own platform, which is none of the variable's business.
    if not named or (is_elsewhere(server_url) and server_url != programs):
        return ""
    plain = named.replace(PORT, "1")
    if not is_web_address(plain) or path_too_many(plain, whole=False):
        raise ConfigurationError(
            f"The variable {BROWSER_URL_VARIABLE} is not the address of a server.",
            why="It says where browsers reach the practice platform, if not where this notebook does.",
            cure=f"Write the whole address, such as https://HOST/user/NAME/proxy/{PORT}, or remove it. {SET_ANEW}",
        )
    return named


def _named_by(settings: Settings) -> str:
    variable = settings.variables.get(SERVER_URL)
    return f" The variable {variable} names it." if variable else ""


# --- where the file is


def environment_file(name: str) -> Path:
    """Where the file of an environment is, or would be: see ``directory`` of :func:`load_environment`.

    Args:
        name: ``"practice"``, ``"sandbox"`` or ``"production"``.
    """
    if chosen := os.environ.get(DIRECTORY_VARIABLE, "").strip():
        return _folder(chosen) / f".env-{name}"
    here = Path.cwd()
    # A file that was saved beside a notebook must not hide the others, which are one folder above.
    for names in ((name,), ENVIRONMENT_NAMES):
        for folder in (here, *here.parents):
            if any((folder / f".env-{each}").is_file() for each in names):
                return folder / f".env-{name}"
    return here / f".env-{name}"


def _file_to_read(name: str, directory: str | Path | None) -> Path:
    """The file of an environment, which may be missing; but not one that somebody has made and named nearly so.

    Raises:
        ConfigurationError: The folder is none; or there is something that was meant to be the file, and is not.
    """
    path = environment_file(name) if directory is None else _folder(directory) / f".env-{name}"
    folder = path.parent
    chosen_by = _chosen_by(directory)
    if not folder.is_dir():
        raise _no_folder(path, chosen_by)
    if path.is_file():
        return path
    if path.is_symlink() and not path.exists():
        raise ConfigurationError(
            f"{path.name} is a link that leads nowhere.",
            why="The file that it points to was moved or deleted.",
            cure="Remove the link, and make the file as notebook 01 shows; or let it point to the right file.",
        )
    if path.exists():
        raise ConfigurationError(
            f"{path.name} is {'a folder, not a file' if path.is_dir() else 'no file with text in it'}.",
            why="The values are read from a text file of that name.",
            cure="Rename it, and make the file as notebook 01 shows.",
        )
    here = Path.cwd()
    looked_at = [folder]
    if not chosen_by and here.is_relative_to(folder):
        looked_at = [each for each in (here, *here.parents) if each.is_relative_to(folder)]
    for near in (near for each in looked_at for near in _nearly_named(each, path.name)):
        raise ConfigurationError(
            f"There is no file {path.name}, but there is {near}.",
            why=("Editors and Windows like to put an ending behind a name, and hide it. " * near.startswith(path.name))
            + "The name has to be the same, letter by letter; the dot in front belongs to it.",
            cure=f"Rename {near} to {path.name}; or, if it is something else, give it another name.",
        )
    return path


def _folder(chosen: str | Path) -> Path:
    """A folder as people write it: a home folder or a variable in it is filled in, as a shell would do."""
    return Path(os.path.expanduser(os.path.expandvars(chosen)))  # Path.expanduser raises for ~nobody


def _chosen_by(directory: str | Path | None) -> str:
    """Who has named the folder, as a message begins with it; empty when it was looked for."""
    if directory is not None:
        return "The argument directory"
    return f"The variable {DIRECTORY_VARIABLE}" if os.environ.get(DIRECTORY_VARIABLE, "").strip() else ""


def _no_folder(path: Path, what: str) -> ConfigurationError:
    is_file = path.parent.is_file()
    why = f"The files of the environments, such as {path.name}, are read in that folder."
    if re.search("[\"']", str(path.parent)):
        why += " Quotes around a path count as a part of it where no shell takes them away."
    elif re.search(r"[$%`]|^~", str(path.parent)):
        why += " It has a variable or a ~ in it that nothing has filled in."
    cure = "Name the folder in which the file is." if is_file else "Name a folder that is there."
    if what.endswith(DIRECTORY_VARIABLE):
        cure += f" Or remove {DIRECTORY_VARIABLE} where it is set, and restart what was started from there."
    return ConfigurationError(
        f"{what} names {'a file, not a folder' if is_file else 'a folder that does not exist'}.", why=why, cure=cure
    )


def _nearly_named(folder: Path, name: str) -> Iterator[str]:
    """The files of a folder that were meant to have a name, such as ``.env-practice.txt`` or ``env_practice``."""
    import difflib  # here, because importing the helpers shall be quick

    wanted = name.strip(".")
    others = {f"env-{each}" for each in ENVIRONMENT_NAMES} - {wanted}
    for each in _files_in(folder):
        words = _words(each)
        its = "-".join(words)
        if each.endswith(_OTHER_KINDS):
            continue
        if [word for word in words if word not in _ENV_WORDS] == wanted.split("-")[1:]:
            is_near = "env" in each.lower()  # production.env, env_production.txt
        else:
            is_short = len(its) >= len("env-prod") and wanted.startswith(its)
            is_near = is_short or (
                difflib.SequenceMatcher(None, its, wanted).ratio() >= _AS_CLOSE and its not in others
            )
        if is_near:
            yield each


def _files_in(folder: Path) -> list[str]:
    try:
        return sorted(each.name for each in folder.iterdir() if each.is_file())
    except OSError:  # a folder that may be entered, but not listed
        return []


def _words(file_name: str) -> list[str]:
    """The words in a file's name, without what editors, browsers and file managers put around it."""
    text = re.sub(
        r"(\s*\(\d+\)|[\s_-]*copy)?(\.(te?xt|env|md|rtf|conf|ini|sh|json|ya?ml|local|download))*$",
        "",
        file_name.lower().removeprefix("copy of "),
    )
    return re.findall(r"[a-z]+", text)


_ENV_WORDS = ("env", "dotenv", "environment")
_AS_CLOSE = 0.9
_OTHER_KINDS = ("~", ".bak", ".old", ".orig", ".example", ".sample", ".template", ".dist", ".py", ".ipynb", ".swp")


def _no_file(path: Path, chosen_by: str) -> ConfigurationError:
    """Neither a file nor variables: and whether something is there that was meant to be one of them."""
    name = path.name.removeprefix(".env-")
    why = f"The {name} environment's client id and secret are read from it."
    cure = "Open the notebooks from the tutorial's own folder, or make the file as notebook 01 shows."
    if chosen_by:
        why += f" {chosen_by} names the folder in which it is looked for."
        cure = "Name the folder in which it is, or make the file there as notebook 01 shows."
    for each in _files_in(path.parent):
        words = [word for word in _words(each) if word not in _ENV_WORDS]
        if re.search(r"(?i)\benv(?![a-z])", each) and [near_environment(word) for word in words] in ([], [name]):
            cure = f"There is a file {each}: if it is for {name}, rename it to {path.name}. {cure}"
            break
    why += hint_at_variables(name, CLIENT_ID, CLIENT_SECRET)
    return ConfigurationError(f"There is no file {path.name} here.", why=why, cure=cure)
