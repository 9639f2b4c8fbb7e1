"""The secrets guard: looks for secrets in what git is about to keep. Run: python tools/secrets_guard.py.

It reads git's index, not the working files: a learner who has filled in `.env-production` passes, as long as
it is not staged. It names file, line and cure, and never shows the secret itself. Exit code 1: something was
found. Standard library only, because the pre-commit hook runs it with whatever Python there is.
"""

# ruff: noqa: S603, S607 - it asks git

import codecs
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

CREDENTIALS = re.compile(r"RC_(?:[A-Z]+_)?CLIENT_(?:ID|SECRET)")  # also RC_PRODUCTION_CLIENT_SECRET
SHORTEST_CREDENTIAL = 12  # characters; a shorter value is a placeholder such as "abc"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

# Values that are published as examples and open nothing: RFC 7636, appendix B.
PUBLISHED = {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}

SECRET_NAMES = r"\w{0,40}token|(?:RC_(?:[A-Z]+_)?)?client_secret|code_verifier|RC_JWT"
PATTERNS = (
    # "access_token": "U0pDMDFQ…", refresh_token = '…'
    ("a token or secret", rf"""(?i)(?:{SECRET_NAMES})["']?\]?\s*[:=]\s*["']([\w.~+/=-]{{16,}})["']"""),
    # …&refresh_token=U0pDMDFQ…: what a token request or a pasted .env line looks like
    ("a token or secret", rf"(?i)(?:^|[?&\s\"'])(?:{SECRET_NAMES})=([\w.~+/%-]{{20,}})"),
    ("an Authorization header", r"(?i)\b(?:Basic|Bearer)\s+([\w.~+/=-]{20,})"),
    # What RingCentral's access tokens begin with, and a JSON Web Token
    ("a token", r"(?<!\w)(U0pD[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*)"),
    ("an authorization code", r"[?&]code=([\w.~%-]{20,})"),
    ("the address of one login", r"[?&](?:amp;)?state=([\w.~%-]{20,})"),
)

# What the last line of a cell shows of a token. Prose has no such words; commit hashes have no capitals.
BARE_TOKEN = re.compile(r"(?<![\w/+.=-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)([\w-]{40,128})(?![\w/+=-])")
COLOURS = re.compile(r"(?:\\u001b|\x1b)\[[\d;]*m")


@dataclass(frozen=True)
class Finding:
    """One secret, or one place for secrets, in what git is about to keep."""

    path: str
    line: int
    what: str
    cure: str

    def __str__(self) -> str:
        """Tell it to a person, without the secret."""
        return f"{self.path}, line {self.line}: {self.what}.\n    What to do: {self.cure}"


def main() -> int:
    """Look at the repository of the working folder; tell what was found; return the exit code."""
    try:
        findings = look(Path.cwd())
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The secrets guard could not read git's index: {error}", file=sys.stderr)
        return 2
    if not findings:
        return 0
    print("The secrets guard found what must not get into git:\n", file=sys.stderr)
    print("\n".join(map(str, findings)), file=sys.stderr)
    print("\nThen commit again.", file=sys.stderr)
    return 1


def look(repository: Path) -> list[Finding]:
    """Return everything in the index of a repository that must not be kept.

    Raises:
        CalledProcessError: it is no repository.
        OSError: git is missing.
    """
    top = Path(git(repository, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    own = own_credentials(top)
    findings: list[Finding] = []
    for path, content in indexed_files(top):
        findings += check_path(path)
        findings += check_own_credentials(path, content, own)
        text = decoded(content)
        findings += check_template(path, text)
        if path.endswith(".ipynb"):
            findings += check_widget_state(path, text)
        if path.endswith((".ipynb", ".md")):
            findings += check_patterns(path, text)
    return findings


# --- What git is about to keep --------------------------------------------------------------------


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Return what git prints."""
    return subprocess.run(["git", *arguments], cwd=folder, input=given, capture_output=True, check=True).stdout


def indexed_files(top: Path) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file in the index."""
    listed = os.fsdecode(git(top, "ls-files", "-sz"))
    entries = [entry.split("\t", 1) for entry in listed.split("\0") if entry]
    files = [(path, meta.split()[1]) for meta, path in entries if not meta.startswith("160000")]  # submodules
    answer = git(top, "cat-file", "--batch", given="\n".join(blob for _, blob in files).encode())
    position = 0
    for path, _ in files:
        end_of_header = answer.index(b"\n", position)
        size = int(answer[position:end_of_header].split()[2])
        begin = end_of_header + 1
        yield path, answer[begin : begin + size]
        position = begin + size + 1


def decoded(content: bytes) -> str:
    """Return the text of a file: UTF-8, or the UTF-16 that Windows makes of it, as rc_nb_helpers reads it."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf16 else "utf-8", errors="replace")


def own_credentials(top: Path) -> dict[bytes, str]:
    """Return the credentials in the working `.env-…` files, and for each where it stands."""
    found = {}
    for file in filter(Path.is_file, sorted(top.glob(".env-*"))):
        for number, name, value in credentials(decoded(file.read_bytes())):
            if len(value) >= SHORTEST_CREDENTIAL:
                found[value.encode()] = f"{name} in line {number} of {file.name}"
    return found


def credentials(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, name and value of every credential in a `.env` file that is not blank."""
    for number, line in enumerate(text.splitlines(), 1):
        name, _, value = line.lstrip("\ufeff").partition("=")
        name = name.strip().removeprefix("export ").strip()
        value = value.split(" #")[0].strip().strip("\"'")
        if CREDENTIALS.fullmatch(name) and value:
            yield number, name, value


# --- What must not be there -----------------------------------------------------------------------


def check_path(path: str) -> Iterator[Finding]:
    """The learner's practice credentials and apps stay on the learner's machine."""
    parts = PurePosixPath(path).parts
    if ".env-practice" in parts or ".practice" in parts:
        yield Finding(path, 1, "this belongs to one learner", f"git rm --cached {path}")


def check_template(path: str, text: str) -> Iterator[Finding]:
    """In git, the `.env-…` files are templates, with blank credentials; one that was renamed or copied, too."""
    is_template = PurePosixPath(path).name.startswith(".env")
    for number, name, value in credentials(text):
        if is_template:
            cure = (
                f"git restore --staged {path} (before the first commit: git rm --cached {path}). "
                "Your file keeps its values, git does not get them"
            )
            yield Finding(path, number, f"{name} is filled in", cure)
        elif len(value) >= SHORTEST_CREDENTIAL and is_real(value):
            yield Finding(path, number, f"{name} is filled in", cure_for(path))


def check_own_credentials(path: str, content: bytes, own: dict[bytes, str]) -> Iterator[Finding]:
    """What stands in a working `.env-…` file stands nowhere else."""
    if PurePosixPath(path).name.startswith(".env"):
        return  # check_template tells about these
    for value, place in own.items():
        position = content.find(value)
        if position >= 0:
            line = content.count(b"\n", 0, position) + 1
            yield Finding(path, line, f"it holds your {place}", cure_for(path))


def check_patterns(path: str, text: str) -> Iterator[Finding]:
    """No tokens, secrets or codes in notebooks and in prose, whosever they are."""
    for number, line in enumerate(text.splitlines(), 1):
        # A notebook is JSON, and what is in it may be HTML, an address inside an address, or coloured text.
        plain = COLOURS.sub("", line.replace('\\"', '"'))
        plain = unquote(html.unescape(plain))
        patterns = (*PATTERNS, ("a token", BARE_TOKEN)) if path.endswith(".ipynb") else PATTERNS
        for what, pattern in patterns:
            if any(is_real(match.group(1)) for match in re.finditer(pattern, plain)):
                yield Finding(path, number, f"it looks like {what}", cure_for(path))
                break


def is_real(value: str) -> bool:
    """Tell a secret from a name or a placeholder: secrets have digits among their letters."""
    has_both = bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value))
    return has_both and value not in PUBLISHED and len(set(value)) > 6


def check_widget_state(path: str, text: str) -> Iterator[Finding]:
    """A stored widget state holds all that was typed, passwords too."""
    try:
        has_state = "widgets" in json.loads(text).get("metadata", {})
    except (ValueError, AttributeError):
        return  # not a notebook; the notebook tests tell
    if has_state:
        before = text[: max(text.find(WIDGET_STATE), 0)]
        what = "the state of its widgets is stored in it, with all that was typed"
        yield Finding(path, before.count("\n") + 1, what, cure_for(path))


def cure_for(path: str) -> str:
    """Return what to do about a secret in a file."""
    if path.endswith(".ipynb"):
        return "clear the outputs of that cell (python3 tutorial.py outputs makes clean ones), or remove it there"
    return "remove it there, or write … in its place"


if __name__ == "__main__":
    sys.exit(main())
