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

from .sentences.saying import say

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

INSTALL = "%cd -q ..\n%pip install -r requirements.txt"
"""What brings the packages, in a cell of its own."""


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
    version = sys.version_info[:2]
    found = say("preflight.python", version=sys.version.split()[0], program=sys.executable)
    oldest, newest = (".".join(map(str, each)) for each in (OLDEST, NEWEST))
    if version < OLDEST:
        cure = say("preflight.choose-kernel", oldest=oldest, newest=newest)
        return Check("error", f"{found} {say('preflight.python-too-old')}", cure)
    if version > NEWEST:
        cure = say("preflight.choose-kernel-if", oldest=oldest, newest=newest)
        return Check("info", f"{found} {say('preflight.python-untried')}", cure)
    return Check("ok", found)


def helpers() -> Check:
    """Which copy of the helpers this kernel has, and whether it is the one that lies beside the notebooks."""
    ours = Path(__file__).resolve().parents[1]
    here = Path.cwd().resolve()
    theirs = next((each for each in (here, *here.parents) if _is_tutorial(each)), None)
    if theirs is None or theirs == ours:
        return Check("ok", say("preflight.helpers", folder=ours))
    if _modules(theirs) == _modules(ours):  # on a hub, where each person has a copy of the course
        return Check("ok", say("preflight.helpers-same", folder=ours))
    text = say("preflight.helpers-others", folder=ours, here=theirs)
    on_a_hub = "JUPYTERHUB_USER" in os.environ
    return Check("error", text, say("preflight.restart-server") if on_a_hub else _how_to_install())


def _how_to_install() -> str:
    return say("preflight.install", lines=INSTALL)


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
            text = say("preflight.package-missing", package=name, program=sys.executable)
            wrong.append(Check("error", text, _how_to_install()))
        elif version and _parts(version) < _parts(oldest):
            text = say("preflight.package-too-old", package=name, version=version, oldest=oldest)
            wrong.append(Check("error", text, _how_to_install()))
        else:
            found.append(f"{name} {version}".strip())
    return wrong or [Check("ok", say("preflight.packages", packages=", ".join(found)))]


def ipykernel() -> Check:
    """Whether the kernel's own package has the fault of 7.0: what a thread sends to the page gets lost."""
    version = _version("ipykernel")
    if version.startswith("7.0."):
        return Check("error", say("preflight.ipykernel-fault", version=version), _how_to_install())
    return Check("ok", say("preflight.ipykernel", version=version) if version else say("preflight.other-kernel"))


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
    is_built_in = environment.client_id == built_in
    if file.is_file():
        return Check("ok", say("preflight.file-built-in" if is_built_in else "preflight.file-own", file=file))
    return Check("ok", say("preflight.no-file-built-in" if is_built_in else "preflight.no-file-own", file=file.name))


def ports(environment: Environment) -> list[Check]:
    """Whether a port is free for the login's answer; who has those that are not.

    Args:
        environment: The environment whose app has the redirect URIs.
    """
    first, *others = [port(uri) for uri in (environment.redirect_uri, *environment.other_redirect_uris)]
    taken = [each for each in others if each.kind != "ok"]
    if first.kind == "ok":
        return [first, *(Check("info", each.text, say("preflight.port-instead")) for each in taken)]
    if len(taken) < len(others):
        return [Check(first.kind, first.text, f"{first.cure} {say('preflight.port-offered')}"), *others]
    enough = say("preflight.port-enough")
    return [first, *(Check("info", each.text, f"{enough} {each.cure}") for each in taken)]


def port(redirect_uri: str) -> Check:
    """Whether a redirect URI's port is free for the login's answer, else who has it.

    Args:
        redirect_uri: The app's redirect URI.
    """
    from .loopback import OTHER_NOTEBOOK, is_loopback, notebook_at, port_holder, port_is_free
    from .redirection_endpoint import leads_to_server
    from .ways_back import place

    if leads_to_server(redirect_uri):
        return Check("ok", say("preflight.passed-on", uri=redirect_uri))
    if not is_loopback(redirect_uri):
        return Check("info", say("preflight.cannot-listen", uri=redirect_uri), say("preflight.paste"))
    number = urlsplit(redirect_uri).port or 80
    where = place()
    if where.apart:
        return Check("info", say("preflight.port-apart", place=where.name, port=number), say("preflight.paste"))
    if port_is_free(redirect_uri):
        return Check("ok", say("preflight.port-free", port=number))
    pid, name = notebook_at(number)
    if pid == os.getpid():
        return Check("info", say("preflight.port-ours", port=number), say("preflight.port-ours-cure"))
    if name:
        text = say("preflight.port-notebook", port=number, notebook=name)
        return Check("error", text, say("preflight.port-notebook-cure"))
    holder = port_holder(number)
    text = say("preflight.port-taken-by", port=number, holder=holder) if holder else ""
    if holder == OTHER_NOTEBOOK:
        text = say("preflight.port-other-notebook", port=number)
    return Check("error", text or say("preflight.port-taken", port=number), say("preflight.port-cure"))


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
        return Check("ok", say("preflight.reaches", url=url))
    with requests.Session() as http:
        http.trust_env = not is_loopback(url)  # a proxy is for the world outside
        try:
            answer = http.get(
                url + local_practice.PROBE_PATH, timeout=local_practice.ANSWER_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return Check(
                "error",
                say("preflight.no-practice", url=url, kind=type(error).__name__),
                say("preflight.no-practice-cure"),
            )
    status, kind = answer.status_code, answer.headers.get("Content-Type") or say("preflight.no-kind")
    # Some programs answer every question with a page of theirs.
    if status == requests.codes.ok and kind.startswith("text/css"):
        return Check("ok", say("preflight.reaches", url=url))
    text = say("preflight.not-practice", url=url, status=status, kind=kind)
    return Check("error", text, say("preflight.not-practice-cure"))
