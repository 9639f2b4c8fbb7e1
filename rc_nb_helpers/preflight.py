"""Whether everything is in place for a login from this notebook, and what to do where it is not.

It may run where nothing is in place. So this module itself needs the standard library alone; what a check needs it
imports when its turn has come, and a package that is missing is one of the findings.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .environments import Environment

OLDEST, NEWEST = (3, 10), (3, 13)
"""The versions of Python that the tutorial is tried with."""

PACKAGES = {
    "ipywidgets": ("ipywidgets", "8.1"),
    "anywidget": ("anywidget", "0.9.21"),
    "ringcentral": ("ringcentral", "0.9.1"),
    "dotenv": ("python-dotenv", "1.2.4"),
    "requests": ("requests", "2.31"),
    "tornado": ("tornado", "6.4"),
    "psutil": ("psutil", "5.9"),
    "truststore": ("truststore", "0.10"),
    "authlib": ("Authlib", "1.6"),
}
"""What a login needs in this kernel: module, package, and the oldest version that will do, as in requirements.txt."""

INSTALL = (
    "Run these two lines in a cell of their own, then menu Kernel, Restart Kernel:\n"
    "%cd -q ..\n%pip install -r requirements.txt"
)
RESTART_SERVER = (
    "Menu File, Hub Control Panel: stop your server, then start it again. That brings what is new. "
    "If it does not help, ask whoever runs the hub."
)
CHOOSE = (
    f"Menu Kernel, Change Kernel…: choose one with Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}. "
    "If there is none, close this page and run python3 tutorial.py in a terminal, in the tutorial's folder."
)


@dataclass(frozen=True)
class Check:
    """What was found about one thing.

    Attributes:
        kind: ``"ok"``; ``"error"`` for what has to be put right first; ``"info"`` for what is only good to know.
        text: What was found, and its cause where that is known.
        cure: What to do; empty where nothing needs to be done.
    """

    kind: Literal["ok", "error", "info"]
    text: str
    cure: str = ""

    def __str__(self) -> str:
        mark = {"ok": "✓", "error": "✕", "info": "·"}[self.kind]
        return f"{mark} {self.text}" + ("\n  → " + self.cure.replace("\n", "\n    ") if self.cure else "")


# --- this kernel


def this_kernel() -> list[Check]:
    """What can be said of the kernel without a login's settings."""
    return [interpreter(), helpers(), *packages(), ipykernel()]


def interpreter() -> Check:
    """Which Python runs this notebook, and whether it is one of those that the tutorial is tried with."""
    version, found = sys.version_info[:2], f"Python {sys.version.split()[0]} runs this notebook: {sys.executable}"
    if version < OLDEST:
        return Check("error", f"{found}. It is too old.", CHOOSE)
    if version > NEWEST:
        return Check("info", f"{found}. The tutorial has not been tried with it yet.", f"If it fails: {CHOOSE}")
    return Check("ok", f"{found}.")


def helpers() -> Check:
    """Which copy of the helpers this kernel has, and whether it is the one that lies beside the notebooks."""
    ours = Path(__file__).resolve().parents[1]
    here = Path.cwd().resolve()
    theirs = next((each for each in (here, *here.parents) if _is_tutorial(each)), None)
    if theirs is None or theirs == ours:
        return Check("ok", f"The helpers, rc_nb_helpers, come from {ours}.")
    if _modules(theirs) == _modules(ours):  # on a hub, where each person has a copy of the course
        return Check("ok", f"The helpers, rc_nb_helpers, come from {ours}. They are the same as in this folder.")
    if "JUPYTERHUB_USER" in os.environ:
        text = f"The helpers come from {ours}, and are others than those in this folder, {theirs}."
        return Check("error", text, RESTART_SERVER)
    return Check(
        "error",
        f"The helpers come from {ours}, and are others than those in this folder, {theirs}.",
        INSTALL,
    )


def _modules(folder: Path) -> dict[str, bytes]:
    """The helpers' own programs in a copy of the tutorial."""
    helpers = folder / "rc_nb_helpers"
    return {str(each.relative_to(helpers)): each.read_bytes() for each in helpers.rglob("*.py")}


def _is_tutorial(folder: Path) -> bool:
    return (folder / "tutorial.py").is_file() and (folder / "rc_nb_helpers" / "__init__.py").is_file()


def packages() -> list[Check]:
    """The packages of a login, in this kernel: one line when all are there, else one for each that is not."""
    found, wrong = [], []
    for module, (name, oldest) in PACKAGES.items():
        version = _version(name)
        if find_spec(module) is None:
            wrong.append(Check("error", f"{name} is missing in this kernel, {sys.executable}.", INSTALL))
        elif version and _parts(version) < _parts(oldest):
            wrong.append(Check("error", f"{name} {version} is too old: at least {oldest} is needed.", INSTALL))
        else:
            found.append(f"{name} {version}".strip())
    return wrong or [Check("ok", f"The packages are here: {', '.join(found)}.")]


def ipykernel() -> Check:
    """Whether the kernel's own package has the fault of 7.0: what a thread sends to the page gets lost."""
    version = _version("ipykernel")
    if version.startswith("7.0."):
        return Check(
            "error",
            f"ipykernel {version} has a fault: panels stop at their first news. 6.29 and 7.1 are right.",
            INSTALL,
        )
    return Check("ok", f"ipykernel {version} is right." if version else "This is another kernel than ipykernel.")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _parts(version: str) -> list[int]:
    """The numbers of a version, as far as it has any: ``8.1.0rc1`` is 8, 1."""
    numbers = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return numbers


# --- a login to practice


def this_login() -> tuple[list[Check], str]:
    """What a login to practice needs: its file, its port, and the practice platform.

    Like every login to practice, it starts the platform in this process when none is running.

    Returns:
        What was found, and where browsers reach the platform; empty when there is none.
    """
    from .environments import load_environment
    from .errors import RingCentralError

    try:
        environment = load_environment("practice")
    except RingCentralError as error:
        return [Check("error", f"{error.happened} {error.why}".strip(), error.cure)], ""
    return [_file(environment), *ports(environment), practice(environment)], environment.browser_url


def _file(environment: Environment) -> Check:
    """Which ``.env-practice`` there is, and whose app it names. A file that has nearly its name is told as an error."""
    from . import local_practice
    from .environments import environment_file

    file = environment_file("practice")
    built_in = (local_practice.ready_line(environment.server_url) or {}).get("client_id")
    whose = "the app that practice has built in" if environment.client_id == built_in else "your own app"
    where = f"{file} is found" if file.is_file() else f"There is no {file.name} yet, and none is needed"
    return Check("ok", f"{where}: notebooks use {whose}.")


def ports(environment: Environment) -> list[Check]:
    """Whether a port is free for the login's answer; who has those that are not.

    Args:
        environment: The environment whose app has the redirect URIs.
    """
    first, *others = [port(uri) for uri in (environment.redirect_uri, *environment.other_redirect_uris)]
    taken = [each for each in others if each.kind != "ok"]
    if first.kind == "ok":
        return [first, *(Check("info", each.text, "Nothing: another port is used instead.") for each in taken)]
    if len(taken) < len(others):
        offer = "Or press Log in all the same: the panel offers another port of this app, which is free."
        return [Check(first.kind, first.text, f"{first.cure} {offer}"), *others]
    return [first, *(Check("info", each.text, f"One free port is enough. {each.cure}") for each in taken)]


def port(redirect_uri: str) -> Check:
    """Whether a redirect URI's port is free for the login's answer, else who has it.

    Args:
        redirect_uri: The app's redirect URI.
    """
    from .loopback import is_loopback, notebook_at, port_holder, port_is_free
    from .redirection_endpoint import leads_to_server
    from .ways_back import place

    if leads_to_server(redirect_uri):
        return Check("ok", f"The login's answer goes to {redirect_uri}, and this Jupyter server passes it on.")
    if not is_loopback(redirect_uri):
        text = f"The login's answer goes to {redirect_uri}, where this notebook cannot listen."
        return Check("info", text, "At the end of a login, paste the address on which the browser ends.")
    number = urlsplit(redirect_uri).port or 80
    where = place()
    if where.apart:
        text = f"This notebook runs {where.name}: your browser does not reach its port {number}."
        return Check("info", text, "At the end of a login, paste the address on which the browser ends.")
    if port_is_free(redirect_uri):
        return Check("ok", f"Port {number} is free for the login's answer.")
    pid, name = notebook_at(number)
    if pid == os.getpid():
        text = f"Port {number} is taken by this notebook itself, where a login or a server of yours is waiting."
        return Check("info", text, "If a login fails because of it: menu Kernel, Restart Kernel.")
    if name:
        text = f"Port {number} is taken by the notebook {name}."
        return Check("error", text, "Finish or cancel the login there, or shut that notebook down.")
    holder = port_holder(number)
    return Check(
        "error",
        f"Port {number} is taken{f' by {holder}' if holder else ''}.",
        "Stop that program, then press Look again.",
    )


def practice(environment: Environment) -> Check:
    """Whether this kernel reaches the practice platform.

    Args:
        environment: The environment that says where it is.
    """
    import requests

    from . import local_practice
    from .loopback import is_loopback

    url = environment.server_url
    if is_loopback(url) and local_practice.ready_line(url) is not None:
        return Check("ok", f"This kernel reaches practice at {url}.")
    with requests.Session() as http:
        http.trust_env = not is_loopback(url)  # a proxy is for the world outside
        try:
            answer = http.get(
                url + local_practice.PROBE_PATH, timeout=local_practice.ANSWER_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return Check(
                "error",
                f"This kernel does not reach practice at {url} ({type(error).__name__}).",
                "Start it (python3 tutorial.py), or leave RC_SERVER_URL in .env-practice blank. In a class, ask the "
                "instructor for the address.",
            )
    status, kind = answer.status_code, answer.headers.get("Content-Type", "no content type")
    # Some programs answer every question with a page of theirs.
    if status == requests.codes.ok and kind.startswith("text/css"):
        return Check("ok", f"This kernel reaches practice at {url}.")
    return Check(
        "error",
        f"Something answers at {url}, and it is not practice (status {status}, {kind}).",
        "Leave RC_SERVER_URL in .env-practice blank, or put practice's address there.",
    )
