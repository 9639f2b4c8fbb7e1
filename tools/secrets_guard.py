"""The secrets guard: looks for secrets in what git is about to keep. Run: python tools/secrets_guard.py.

It reads git's index, not the working files: a learner who has filled in `.env-production` passes, as long as
it is not staged. It names file, line and cure, and never shows the secret itself. Exit code 1: something was
found. Standard library only, because the pre-commit hook runs it with whatever Python there is. Whatever goes
wrong with it stops the commit too: a secret that got out cannot be called back.

`.env` files are read by the code that loads them, rc_nb_helpers/env_files.py: the two cannot disagree.
"""

# ruff: noqa: S603, S607 - it asks git

import base64
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

STOPPED = (
    "so this commit was stopped.\nWhat to do: repair it (git status and python3 tutorial.py may help), or look "
    "through your changes yourself and use\ngit commit --no-verify"
)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
try:
    from rc_nb_helpers.env_files import assignments, is_placeholder, text_of
except Exception as error:  # noqa: BLE001  (whatever it is: see STOPPED)
    sys.exit(f"The secrets guard cannot load its reader of .env files ({type(error).__name__}: {error}), {STOPPED}")

SHORTEST_CREDENTIAL = 12  # characters; a shorter value is a placeholder such as "abc"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

# Values that are published as examples and open nothing: RFC 7636 §B; RFC 6749, 7009 and 7617.
PUBLISHED = {
    *("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    *("SplxlOBeZQQYbYS6WxSbIA", "2YotnFZFEjr1zCsicMWpAA", "tGzv3JOkF0XG5Qx2TlKWIA", "7Fjfp0ZBr1KtDRbnfVdmIw"),
    *("czZCaGRSa3F0MzpnWDFmQmF0M2JW", "45ghiukldjahdnhzdauz", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
}

# --- Names of secrets. RingCentral's own material puts RC_, RINGCENTRAL_ or SDK_ in front; RC_PRODUCTION_CLIENT_SECRET
# is our own advice. A client id is no secret, but it does not belong into git either.
OWNER = r"(?:RC|RINGCENTRAL|SDK)_(?:[A-Za-z]{1,20}_){0,4}?"
KIND = (
    r"CLIENT_?ID|CLIENT_?SECRET|APP_?KEY|APP_?SECRET|JWT(?:_?TOKEN|_?ASSERTION)?|TOKEN|PASSWORD|SECRET"
    r"|AUTH(?:ORIZATION)?_?CODE"
)
OURS = rf"{OWNER}(?:{KIND})"
ANYBODYS = (
    r"[\w-]{0,40}token|\w{0,40}client[._-]?secret|code[_-]?verifier|(?:user_)?jwt|app[_-]?secret"
    r"|auth(?:orization)?_?code"
)
NAME = rf"(?<![A-Za-z0-9])(?P<name>(?i:{OURS}|{ANYBODYS}))(?![A-Za-z0-9_])"
OUR_NAME = rf"(?<![A-Za-z0-9])(?P<name>{OURS})(?![A-Za-z0-9_])"
IN_ENV_FILE = re.compile(rf"(?i)(?:.*_)?{OURS}|CLIENT_?ID|CLIENT_?SECRET|(?:USER_)?JWT(?:_TOKEN)?")
OF_SOMEBODY_ELSE = re.compile(r"(?i).*(?:SECRET|TOKEN|PASSWORD|JWT)")

# --- Forms in which a secret is written down. Every repetition is bounded, or begins behind something that is rare: a
# line may be a million characters long.
VALUE = r"(?P<value>[\w.~+/=-]{12,})"
QUOTE = r"""["'`]"""
EQUALS = r"(?:[:?|+]{0,2}=|::?)"  # ?= in a Makefile, ??= and ||= in programs
TYPE = r"::?\s?[\w.\[\]|& ]{1,40}="  # client_secret: str = "…"
# What YAML puts in front of a value: >- and | for a block below, an anchor, a tag
BLOCK = (
    r"(?:[|>][+-]?\d?[ \t]{0,20}(?:#[^\n]{0,80})?\n\s{0,80}"
    r"|&\w{1,40}[ \t]{1,20}|!!?(?:str|Sub|binary|unsafe)[ \t]{1,20})"
)
ARGUMENT = (
    rf"(?:[bfru]?{QUOTE}[\w.-]{{1,80}}{QUOTE}|[$A-Za-z_][\w.]{{0,60}}(?:\[[^\]\n]{{0,60}}\]|\([^)\n]{{0,60}}\))?)"
)
CODE = r"(?=[\w.~-]*[a-z])(?=[\w.~-]*[A-Z])(?=(?:[\w.~-]*\d){2})(?P<value>[\w.~-]{20,})"
RANDOM = r"(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=(?:[\w-]*\d){2})"  # in front of what a generator has made
IS = rf"(?:{QUOTE}?\]?\)?\s{{0,40}}(?:{TYPE}|{EQUALS}|=>|,|\|\||\?\?|\bor\b)\s{{0,40}}\(?\s{{0,40}})"
Patterns = tuple[tuple[str, str], ...]
WRITTEN_DOWN: Patterns = (
    # "access_token": "U0pDMDFQ…"; client_secret='…'; os.getenv("RC_CLIENT_SECRET", "…"); process.env.RC_JWT || "…"
    ("a token or secret", rf"{NAME}{IS}[rbfu]{{0,2}}{QUOTE}{{1,3}}\s{{0,8}}{VALUE}\s{{0,8}}{QUOTE}"),
    # RC_USER_JWT=…, as in .env files, shells, Dockerfiles and YAML
    ("a token or secret", rf"{OUR_NAME}{QUOTE}?\s{{0,40}}{EQUALS}\s{{0,40}}{BLOCK}?\$?{QUOTE}?{VALUE}(?![\w(\[{{$])"),
    # RC_CLIENT_SECRET: ${{ secrets.X || '…' }}
    ("a token or secret", rf"{OUR_NAME}\s{{0,40}}{EQUALS}[^\n]{{0,80}}\|\|\s{{0,8}}{QUOTE}{VALUE}{QUOTE}"),
    # ENV RC_CLIENT_SECRET …; set -gx RC_CLIENT_SECRET … (fish)
    (
        "a token or secret",
        rf"(?:\bset(?:\s-\w{{1,3}}){{1,3}}|\bENV|\bARG|\bsetx|\bsetenv|%env|%set_env)\s{{1,8}}{NAME}\s{{1,8}}{QUOTE}?{VALUE}",
    ),
    # client_secret: …, alone in a line of YAML; client-secret=… in a properties file
    (
        "a token or secret",
        rf"(?m)^[ \t\w.@-]{{0,60}}{NAME}[ \t]{{0,20}}[=:][ \t]{{0,20}}{BLOCK}?{VALUE}[ \t]{{0,20}}(?:#|(?<=\s);|$)",
    ),
    # …&refresh_token=U0pDMDFQ…: what a token request looks like
    ("a token or secret", rf"[?&]{NAME}=(?P<value>[\w.~+/%-]{{16,}})"),
    # {"key": "client_secret", "type": "text", "value": "…"}: Postman, Kubernetes, XML; and the other way round
    (
        "a token or secret",
        rf"(?i:\b(?:\w{{1,20}}_)?(?:name|key){QUOTE}?\s{{0,8}}[:=]\s{{0,8}}{QUOTE}?)(?:[\w/-]{{1,40}}[./])?{NAME}{QUOTE}?"
        rf"(?:(?!(?i:\b(?:name|key)\b))[^{{}}<>]){{0,200}}?"
        rf"(?i:\b(?:\w{{1,20}}_)?(?:value|text)){QUOTE}?\s{{0,8}}[:=]\s{{0,8}}{BLOCK}?{QUOTE}?{VALUE}",
    ),
    (
        "a token or secret",
        rf"(?i:\b(?:value|default)){QUOTE}?\s{{0,8}}[:=\s]\s{{0,8}}{QUOTE}?{VALUE}{QUOTE}?,?\s{{0,80}}"
        rf"(?:--)?{QUOTE}?(?i:name|key|alias){QUOTE}?\s{{0,8}}[:=\s]\s{{0,8}}{QUOTE}?(?:[\w./-]{{0,40}}/)?{NAME}",
    ),
    # "client_secret": {"value": "…"}; RC_CLIENT_SECRET = { value = "…" }
    (
        "a token or secret",
        rf"{NAME}{QUOTE}?\s{{0,8}}[:=]\s{{0,8}}\{{[^{{}}]{{0,200}}?"
        rf"(?i:\b(?:default|value)){QUOTE}?\s{{0,20}}[:=]\s{{0,8}}{QUOTE}{VALUE}{QUOTE}",
    ),
    # variable "client_secret" { … default = "…" }: Terraform, up to the bracket that ends the block
    (
        "a token or secret",
        rf"\b(?:variable|resource\s{{1,8}}\"\w{{1,60}}\")\s{{1,8}}\"(?:{NAME}|(?i:secret))\"\s{{0,8}}\{{(?:(?!\n\}})[\s\S]){{0,800}}?"
        rf"\b(?:default|value|secret_string|secret_data)\s{{0,20}}=\s{{0,8}}\"{VALUE}\"",
    ),
    ("a token or secret", rf"<{NAME}>\s{{0,20}}{VALUE}\s{{0,20}}</"),
    # curl -u id:secret; http -a id:secret; https://id:secret@host; SDK("id", "secret", …), SDK(key=ID, secret="…")
    (
        "a client secret",
        rf"""(?:\s-\w{{0,4}}u|\s-a|--user|--auth)[\s=]{{0,8}}["']?(?P<name>[\w.${{}}-]{{2,80}})["']?:["']?{VALUE}""",
    ),
    ("a client secret", rf"""://(?P<name>[\w.%-]{{4,80}}):{VALUE}@"""),
    (
        "a client secret",
        rf"(?:\bSDK|\bRestClient|\bRingCentral\w{{0,20}}|OAuth\w{{0,20}}|BasicAuth|Credential|\bauth\s?=\s?)"
        rf"(?:\.new|\]::new)?\(\s{{0,40}}(?:\w{{1,20}}\s?[=:]\s?)?{ARGUMENT}\s{{0,8}},\s{{0,40}}"
        rf"(?:(?i:\w{{0,20}}secret|password)\s?[=:]\s?)?[bfru]?{QUOTE}{VALUE}{QUOTE}",
    ),
    ("a client secret", rf"(?i:ConvertTo-SecureString)(?:\s{{1,8}}-\w{{1,20}}){{0,4}}\s{{1,8}}{QUOTE}{VALUE}{QUOTE}"),
    ("a client secret", rf"{QUOTE}{VALUE}{QUOTE}\s{{0,8}}\|\s{{0,8}}(?i:ConvertTo-SecureString)"),
    ("a password", rf"\blogin\s{{1,40}}\S{{1,80}}\s{{1,40}}password\s{{1,40}}{VALUE}"),  # .netrc
    ("a secret", rf"--(?:[\w-]{{0,20}}secret|password|[\w-]{{0,20}}token|jwt)(?:=|\s{{1,8}}){QUOTE}?{VALUE}"),
    # platform.login(code="…"); {"code": "…", "state": …}; {"grant_type": "authorization_code", "code": "…"}
    (
        "an authorization code",
        rf"(?:\.login\(|\bgrant_type\b|\bredirect_uri\b|\bstate\b)[^{{}}]{{0,80}}?\bcode{QUOTE}?\s?[=:]\s?{QUOTE}{CODE}{QUOTE}",
    ),
    (
        "an authorization code",
        rf"\bcode{QUOTE}?\s?[=:]\s?{QUOTE}{CODE}{QUOTE},\s{{0,40}}{QUOTE}?(?:state|redirect_uri|grant_type)\b",
    ),
)
# Whatever their name. What stands around them makes no difference, so a program's headers and a log are looked at too.
SHAPES: Patterns = (
    ("a token or secret", rf"(?:^|[?&\s\"']){NAME}=(?P<value>[\w.~+/%-]{{20,}})"),
    (
        "an Authorization header",
        r"(?i)\b(?:Basic|Bearer)[^\S\n]{1,40}(?:[\"']\s?\+\s?[\"'])?(?P<value>[\w.~+/=-]{20,})",
    ),
    # What RingCentral's access tokens begin with, and a JSON Web Token
    ("a token", r"(?<!\w)(?P<value>U0pD[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*)"),
    ("an authorization code", r"[?&]code=(?P<value>[\w.~%-]{20,})"),
    ("an authorization code", rf"(?:^|[\s\"'])code={CODE}"),
    ("the address of one login", r"[?&](?:amp;)?state=(?P<value>[\w.~%-]{20,})"),
    # id:secret and "id", "secret", as a generator has made them
    (
        "a client id and its secret",
        rf"(?<![\w.:/+-]){RANDOM}[\w-]{{16,64}}:{RANDOM}(?P<value>[\w-]{{16,90}})(?![\w.:/+=-])",
    ),
    (
        "a client id and its secret",
        rf"{QUOTE}{RANDOM}[\w-]{{22}}{QUOTE}\s{{0,8}},[\s(]{{0,40}}{QUOTE}{RANDOM}(?P<value>[\w-]{{16,90}}){QUOTE}",
    ),
    (
        "a client id and its secret",
        rf"(?<![\w./:+=-]){RANDOM}[\w-]{{22}}(?:[,;]|[\s`]{{1,4}}[|/][\s`]{{1,4}}){RANDOM}(?P<value>[\w-]{{20,90}})(?![\w./:+=-])",
    ),
)
# Said to a person or to another program: Client secret: …; | RC_CLIENT_SECRET | … |; RC_CLIENT_SECRET,…;
# -Name RC_CLIENT_SECRET -Value …; gh secret set RC_CLIENT_SECRET --body …; read RC_CLIENT_SECRET <<EOF
SAID_OF = (
    rf"(?<![A-Za-z0-9])(?:{OURS}|(?i:secret|client[ _-]?secret|password|(?:access|refresh)[ _-]token"
    r"|auth(?:orization)?[ _-]?code))(?![A-Za-z0-9_])"
)
SAID_BY = (
    r"(?:[\s|,;:*>\"'`=}\])\\]|\bis\b|-Value\b|!!str\b|--?(?:body|value|b)\b|%s|<-|<<<?-?[\"']?(?:[A-Z]{2,12}\b)?|</?\w{1,12}>"
    r"|\[\[|\$\(|\b(?:cat|echo|As String|default(?:Value)?|Final)\b|\bSecretStr\b\(?){1,20}"
)
SAID: Patterns = (
    (
        "a token or secret",
        rf"{SAID_OF}{SAID_BY}{RANDOM}(?P<value>[\w-]{{16,}}={{0,2}})(?![\w~+/=(\[{{$-]|\.\w)",
    ),
    # secret = os.environ.get("X") or "…"
    (
        "a token or secret",
        rf"{SAID_OF}[^\n]{{0,80}}?(?:\bor\b|\|\||\?\?)\s{{0,8}}{QUOTE}{RANDOM}(?P<value>[\w-]{{16,90}}){QUOTE}",
    ),
    # value: …  # RC_CLIENT_SECRET
    (
        "a token or secret",
        rf"(?<![\w./:+-]){RANDOM}(?P<value>[\w-]{{16,90}}){QUOTE}?\)?[;,]?[ \t]{{1,20}}(?:#|//)[^\n]{{0,40}}?{SAID_OF}",
    ),
    # echo … | gh secret set RC_CLIENT_SECRET
    (
        "a token or secret",
        rf"\becho\s{{1,8}}(?:-n\s)?{QUOTE}?{RANDOM}(?P<value>[\w-]{{16,90}}){QUOTE}?\s?\|[^\n|]{{1,60}}{NAME}",
    ),
)
# In a notebook: secret = "…", and what the last line of a cell shows of a token. Prose has no such words; commit hashes
# have no capitals.
BARE: Patterns = (
    ("a secret", rf"(?i:\bsecret){IS}{QUOTE}{VALUE}{QUOTE}"),
    (
        "a token",
        r"(?<![\w/+.=-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)(?P<value>[\w-]{40,128})(?![\w/+=-])",
    ),
)
URL_SAFE = str.maketrans("-_", "+/")
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
        print(f"The secrets guard could not read git's index: {error}, {STOPPED}", file=sys.stderr)
        return 2
    except Exception as error:  # noqa: BLE001  (whatever it is: see STOPPED)
        print(f"The secrets guard has failed ({type(error).__name__}), {STOPPED}", file=sys.stderr)
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
        text = text_of(content)
        findings += check_path(path)
        findings += check_env_file(path, text) if is_env_file(path) else check_own_credentials(path, text, own)
        if path.endswith(".ipynb"):
            findings += check_widget_state(path, text)
        if "\0" not in text[:8000]:  # git's own rule for what is text
            findings += check_patterns(path, text, known={each.line for each in findings if each.path == path})
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


def is_env_file(path: str) -> bool:
    """Whether a file is, or was meant to be, one of the `.env-…` files."""
    name = PurePosixPath(path).name.lower()
    return name.startswith((".env", "env-", "dotenv-")) or ENV_FILE.search(name) is not None


# Also as editors, browsers and file managers rename it: Copy of .env-production, env_sandbox (1).txt, prod.env.bak
ENV_FILE = re.compile(
    r"(?:^|[^a-z])env(?:[-_. ]?(?:practice|sandbox|prod\w*|prd|live|dev\w*|test))?"
    r"(?:\.(?:te?xt|env|bak|old|orig|local|save|tmp|download))*(?:\s?\(\d+\)|[ _-]*copy)?(?:\.te?xt)?[~#]?$"
)
TEMPLATES = (".example", ".sample", ".template", ".dist")


def own_credentials(top: Path) -> dict[str, str]:
    """Return the credentials in the working `.env…` files, and for each where it stands.

    They may be beside a notebook, or in the folder that RC_ENV_DIRECTORY names.
    """
    found = {}
    folders = [top, *filter(Path.is_dir, sorted(top.iterdir()))]
    if chosen := os.environ.get("RC_ENV_DIRECTORY", "").strip():
        folders.append(Path(os.path.expanduser(os.path.expandvars(chosen))))
    for file in (each for folder in folders for each in files_in(folder)):
        if is_env_file(file.name):
            for line, name, value in credentials(text_of(file.read_bytes())):
                if len(value) >= SHORTEST_CREDENTIAL and not is_placeholder(value):
                    found[value] = f"{name} in line {line} of {file.name}"
    return found


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder; none where it cannot be listed."""
    try:
        return [each for each in sorted(folder.iterdir()) if each.is_file()]
    except OSError:
        return []


def credentials(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, name and value of every credential in a `.env` file that has a value of its own."""
    for each in assignments(text):
        name, value = each.name, each.value
        if not name:  # python-dotenv cannot read the line either; a person may put it right later
            name, _, value = re.sub(r"(?i)^\s*(?:export|setx?)\s", "", each.text).partition("=")
        # An invisible character or a shell's $env: in front of a name does not make it another one.
        name = re.sub(r"\W+", "_", name).strip("_")
        value = (value or "").strip().strip("\"'")
        if default := re.fullmatch(r"\$\{\w+:?-(.*)\}", value):  # python-dotenv loads what stands behind the dash
            value = default[1]
        if value and not re.match(r"\$[({]|\$\w+$|\{\{|%\w+%$", value):
            ours = IN_ENV_FILE.fullmatch(name)
            if ours or (OF_SOMEBODY_ELSE.fullmatch(name) and len(value) >= SHORTEST_CREDENTIAL and is_real(value)):
                yield each.line, name, value


# --- What must not be there -----------------------------------------------------------------------


def check_path(path: str) -> Iterator[Finding]:
    """The learner's practice credentials and apps stay on the learner's machine."""
    *folders, name = PurePosixPath(path).parts
    practice = is_env_file(name) and "practice" in name.lower() and not name.endswith(TEMPLATES)
    if practice or any(re.fullmatch(r"\.practice|\.?env[-_. ]practice", part) for part in (*folders, name)):
        yield Finding(path, 1, "this belongs to one learner", f"git rm --cached {path}")


def check_env_file(path: str, text: str) -> Iterator[Finding]:
    """In git, the `.env-…` files are templates, with blank credentials or placeholders."""
    for line, name, value in credentials(text):
        between = re.fullmatch(r"[<\[{](.*)[>\]}]", value)  # somebody has left the brackets of the template
        if (not is_placeholder(value) and value.lower() != "none") or (between and is_random(between[1])):
            cure = (
                f"git restore --staged {path} (before the first commit: git rm --cached {path}). "
                "Your file keeps its values, git does not get them"
            )
            yield Finding(path, line, f"{name} is filled in", cure)


def check_own_credentials(path: str, text: str, own: dict[str, str]) -> Iterator[Finding]:
    """What stands in a working `.env-…` file stands nowhere else, and not in base64 either, as Kubernetes wants it."""
    for value, place in own.items():
        in_base64 = base64.b64encode(value.encode()).decode().rstrip("=")
        position = max(text.find(value), text.find(in_base64))
        if position >= 0:
            yield Finding(path, text.count("\n", 0, position) + 1, f"it holds your {place}", cure_for(path))


def check_patterns(path: str, text: str, known: Iterable[int] = ()) -> Iterator[Finding]:
    """No secret is written down, in no file; and no token, code or state, whosever it is.

    Args:
        path: The file.
        text: What is in it.
        known: Lines that have been told of already.
    """
    prose = path.endswith((".ipynb", ".md"))
    patterns = WRITTEN_DOWN + SHAPES + SAID + (BARE if path.endswith(".ipynb") else ())
    told = set(known)
    for whole in (text, *texts_in(path, text)):
        plain = "\n".join(map(plainly, whole.split("\n")))
        for what, found in (*written_down(plain, patterns, prose=prose), *encoded(plain)):
            line = plain.count("\n", 0, found.start("value")) + 1
            if whole is not text:  # in the file, the line that holds it
                line = text.count("\n", 0, max(text.find(found["value"]), 0)) + 1
            if line not in told:
                told.add(line)
                yield Finding(path, line, f"it looks like {what}", cure_for(path))


def written_down(plain: str, patterns: Patterns, *, prose: bool) -> Iterator[tuple[str, re.Match[str]]]:
    """Find what fits one of the patterns, and is a secret rather than a name or a placeholder."""
    for what, pattern in patterns:
        for found in re.finditer(pattern, plain):
            ours = re.match(f"(?i){OURS}", found.groupdict().get("name") or "")
            # A program, and its tests, have many things that are called a token.
            if is_real(found["value"]) and (prose or ours or is_random(found["value"])):
                yield what, found


def encoded(plain: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Find base64(id:secret), as an Authorization header has it, wherever it stands (RFC 7617 §2)."""
    for found in re.finditer(r"(?<![\w+/-])(?P<value>[A-Za-z0-9+/_-]{40,240}={0,2})(?![\w+/=-])", plain):
        try:
            pair = base64.b64decode(found["value"].translate(URL_SAFE) + "==").decode("ascii")
        except ValueError:
            continue
        client_id, _, secret = pair.partition(":")
        if is_real(client_id) and re.fullmatch(r"[\w.~+/=-]{12,}", secret) and is_real(secret):
            yield "a client id and its secret", found


def plainly(line: str) -> str:
    """A line without what JSON, HTML, an address or a terminal has made of it: a notebook may be all of them."""
    line = COLOURS.sub("", line)
    if "\\" in line:
        line = re.sub(r"(?<!\\)\\+([\"'])", r"\1", line)
        line = re.sub(r"(?<!\\)\\+[nrt]", " ", line)
    return unquote(html.unescape(line)).replace("\n", " ")


def texts_in(path: str, text: str) -> Iterator[str]:
    """The cells of a notebook as they were typed, and what they have shown, without JSON's commas between the lines."""
    if not path.endswith(".ipynb"):
        return
    try:
        waiting = list(json.loads(text)["cells"])
    except (ValueError, KeyError, TypeError):
        return  # not a notebook; the notebook tests tell
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict):
            continue
        for name, value in part.items():
            if name in ("source", "text", "text/plain", "text/html", "text/markdown"):
                yield value if isinstance(value, str) else "".join(map(str, value))
            elif name in ("outputs", "data"):
                waiting += value if isinstance(value, list) else [value]


NAMES = re.compile(  # self.app1.client_secret, client_secret_2, RC_CLIENT_SECRET_2, RC_CLIENT_ID=id-1
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?:=.*)?"
)


def is_real(value: str) -> bool:
    """Tell a secret from a name, a reference or a placeholder: secrets have digits among their letters."""
    if value.startswith("eyJ") and value.count(".") == 2:
        return True
    has_both = bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) and len(set(value)) > 6
    return has_both and value not in PUBLISHED and not NAMES.fullmatch(value) and not is_placeholder(value)


def is_random(value: str) -> bool:
    """Tell what a generator has made from what a person has thought up, such as `refresh-token-1`."""
    pieces = re.findall(r"[A-Za-z0-9]+", value)
    return any(len(piece) >= 10 and re.search(r"\d", piece) and re.search(r"[A-Za-z]", piece) for piece in pieces)


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
