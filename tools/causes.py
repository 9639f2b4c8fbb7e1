"""One cause, one cure: what went wrong, told apart by the system's error numbers and by what programs said.

Nothing is guessed: without a known cause the system's own words are shown.
"""

import errno
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.places import ROOT

AGAIN = "then run this command again."
LITTLE = 2 * 1024 * 1024  # bytes: with less, nothing starts


@dataclass(frozen=True)
class Cause:
    """What went wrong, and what to do about it."""

    what: str
    cure: str


FULL_DISK = Cause(
    "The disk is full.",
    "free about 1 GB on the disk of this folder, and of the folder for temporary files (TMPDIR can name another one), "
    "and run this command again.",
)
QUOTA = Cause("Your share of this disk is used up (quota).", "free about 1 GB of it, and run this command again.")
READ_ONLY = Cause(
    "The disk that this folder is on can only be read.",
    "copy the tutorial to a folder of your own, and run this command there.",
)
NOT_YOURS = Cause(
    "It belongs to another user or is protected.",
    "copy the tutorial to a folder of your own, and run this command there.",
)
IN_USE = Cause(
    "Another program is using it.",
    "close the programs that use this folder (JupyterLab, an editor, another tutorial.py), and run this command again.",
)
TOO_LONG = Cause(
    "The path is longer than the system allows.",
    "move the tutorial to a folder nearer to the top, and run this command there.",
)
NO_LINKS = Cause(
    "The disk that this folder is on cannot hold links (FAT, exFAT, some shared folders).",
    "copy the tutorial to a folder on this machine's own disk, and run this command there.",
)
BLOCKED = Cause(
    "Something stands in its place that is not what it should be (a file for a folder, or a link to nowhere).",
    "look at it, move it away, and run this command again.",
)
TOO_MANY_FILES = Cause(
    "Too many files are open.", "close other programs, or raise the limit (ulimit -n 4096), and run this command again."
)
NO_MEMORY = Cause("This machine has no memory left.", "close other programs, and run this command again.")
BROKEN_DISK = Cause("The disk does not answer as it should.", "check it (or plug it in again), and try another folder.")

BY_NUMBER = {
    errno.ENOSPC: FULL_DISK,
    errno.EROFS: READ_ONLY,
    errno.EACCES: NOT_YOURS,
    errno.EPERM: NOT_YOURS,
    errno.ENAMETOOLONG: TOO_LONG,
    errno.EEXIST: BLOCKED,
    errno.ENOTDIR: BLOCKED,
    errno.EISDIR: BLOCKED,
    errno.ELOOP: BLOCKED,
    errno.EMFILE: TOO_MANY_FILES,
    errno.ENFILE: TOO_MANY_FILES,
    errno.ENOMEM: NO_MEMORY,
    errno.EAGAIN: NO_MEMORY,
    errno.EIO: BROKEN_DISK,
    **({errno.EDQUOT: QUOTA} if hasattr(errno, "EDQUOT") else {}),
}
# Windows has finer numbers; Python gives 5 and 32 the same errno.
BY_WINDOWS_NUMBER = {
    32: IN_USE,
    33: IN_USE,
    39: FULL_DISK,
    112: FULL_DISK,
    19: READ_ONLY,
    206: TOO_LONG,
    1314: NO_LINKS,
}


def cause_of(error: OSError) -> Cause | None:
    """Return the cause of a system error, None if its number says too little."""
    if getattr(error, "winerror", None) in BY_WINDOWS_NUMBER:
        return BY_WINDOWS_NUMBER[error.winerror]  # type: ignore[attr-defined, unused-ignore]
    if error.filename2 and error.errno in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
        return NO_LINKS  # only what makes a link or moves a file names two files
    return BY_NUMBER.get(error.errno or 0)


def explain(error: OSError) -> str:
    """Return what to tell a person about a system error: which file, which cause, what to do."""
    file = error.filename2 or error.filename or "A file"
    if isinstance(file, bytes):
        file = os.fsdecode(file)
    cause = cause_of(error)
    if cause is None:
        words = error.strerror or error
        return f"{file} could not be used. The system says: {words}.\nWhat to do: see to that, {AGAIN}"
    return f"{file} could not be written or read. {cause.what}\nWhat to do: {cause.cure}"


# --- What other programs said -----------------------------------------------------------------------


def _number(*numbers: int) -> str:
    """Match an error number as Python writes it; the words after it are in the person's language on Windows."""
    return r"(?:Errno|os error) (?:" + "|".join(str(number) for number in numbers) + r")\b"


WITHOUT_A_PART = Cause(
    "This Python was built without a part of its standard library.",
    f"use another one (from python.org, or of the system), remove the folder .venv, {AGAIN}",
)
SYSTEM = (
    (_number(errno.ENOSPC) + r"|WinError (?:112|39)\b|No space left on device", FULL_DISK),
    (r"Errno 122\b|Disk quota exceeded", QUOTA),
    (_number(errno.EROFS), READ_ONLY),
    (r"WinError (?:32|33)\b", IN_USE),
    (r"No module named '_(?:bz2|ctypes|hashlib|lzma|sqlite3|ssl)'|SSL module is not available", WITHOUT_A_PART),
    (_number(errno.ENAMETOOLONG) + r"|WinError 206\b", TOO_LONG),
    (_number(errno.EMFILE, errno.ENFILE), TOO_MANY_FILES),
    (r"\bMemoryError\b|" + _number(errno.ENOMEM), NO_MEMORY),
)
NO_RIGHT = (
    _number(errno.EACCES, errno.EPERM) + r"|WinError 5\b|\bPermissionError\b",
    Cause(
        "A file could not be written: it belongs to another user, is protected, or is in use.",
        "make sure that this folder is yours, close programs that use it (JupyterLab, an editor), and run this "
        "command again.",
    ),
)
NETWORK = (
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES|Hashes are required in --require-hashes",
        Cause(
            "A package that came is not the one that was announced (its hash differs): pip refused it.",
            f"try once more; if it stays so, a mirror or a proxy hands out altered files: tell its owner, {AGAIN}",
        ),
    ),
    (
        r"Missing dependencies for SOCKS support|SOCKS proxy.{0,40}not installed",
        Cause(
            "A SOCKS proxy is set (ALL_PROXY or HTTPS_PROXY), and pip cannot use one without the package PySocks.",
            "set HTTPS_PROXY to an http:// proxy, or install uv (it can use SOCKS), or take the variable away if you "
            f"need no proxy; {AGAIN}",
        ),
    ),
    (
        r"\b407\b",
        Cause(
            "The proxy wants a user name and a password.",
            f"set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT (ask whoever runs the proxy), {AGAIN}",
        ),
    ),
    (
        r"certificate (?:has expired|is not yet valid)|CertificateExpired|NotValidYet",
        Cause(
            "The index's certificate is not valid at the time that this machine's clock shows.",
            f"look at date and time of this machine and set them right, {AGAIN} If they are right, the certificate is "
            "out of date: tell the index's owner.",
        ),
    ),
    (
        r"doesn't match|Hostname mismatch|IP address mismatch|certificate is not valid for",
        Cause(
            "Whoever answered is not the package index: its certificate is for another name.",
            f"look at PIP_INDEX_URL and at the proxy; a hotel's or a company's sign-in page may be in between; {AGAIN}",
        ),
    ),
    (
        r"Could not find (?:a suitable|the) TLS",
        Cause(
            "A file of certificates that PIP_CERT, PIP_CLIENT_CERT, REQUESTS_CA_BUNDLE or SSL_CERT_FILE names is "
            "missing.",
            f"set the variable right, or take it away, {AGAIN}",
        ),
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|UnknownIssuer|self.signed certificate",
        Cause(
            "The index's certificate was issued by somebody whom this machine does not know: often a company proxy.",
            f"set PIP_CERT to the file with your company's certificate, {AGAIN}",
        ),
    ),
    (
        r"\b401 (?:Client )?Error|401 Unauthorized|Credentials not correct",
        Cause(
            "The package index wants a user name and a password, or does not accept those it got (401).",
            f"put them into PIP_INDEX_URL (https://USER:PASSWORD@HOST/simple) or your pip configuration, {AGAIN}",
        ),
    ),
    (
        r"\b403 (?:Client )?Error|403 Forbidden",
        Cause(
            "The package index refuses this machine (403): a rule of the company, or of the index.",
            f"ask whoever runs it, or use another one (PIP_INDEX_URL), {AGAIN}",
        ),
    ),
    (
        r"\b404 (?:Client )?Error|404 Not Found",
        Cause(
            "The address of the package index is not right: nothing is there (404).",
            f"compare PIP_INDEX_URL or your pip configuration with what its owner says, {AGAIN}",
        ),
    ),
    (
        r"\b(?:429|5\d\d) (?:Server Error|Client Error|error responses)",
        Cause("The package index has a problem of its own at the moment.", f"wait some minutes, {AGAIN}"),
    ),
    (
        r"\b4\d\d Client Error|Exceeded \d+ redirects|Wheel .* is invalid|is not a zip file|Got unexpected",
        Cause(
            "Something else came than a package, or a list of packages.",
            "look at PIP_INDEX_URL (or your pip configuration), and whether a sign-in page of a hotel or a company is "
            f"in between: open any page in a browser; {AGAIN}",
        ),
    ),
    (
        r"ProxyError|Cannot connect to proxy|Tunnel connection failed",
        Cause(
            "The proxy that HTTPS_PROXY or ALL_PROXY names does not answer, or let nothing through.",
            f"correct the variable, or take it away if you need no proxy, {AGAIN}",
        ),
    ),
    (
        r"Temporary failure in name resolution|getaddrinfo failed|nodename nor servname|Name or service not known"
        r"|NameResolutionError|dns error|No address associated",
        Cause(
            "The package index could not be reached: this machine cannot find its address.",
            "check that you are online. Behind a company proxy, set HTTPS_PROXY, or PIP_INDEX_URL to your mirror; "
            + AGAIN,
        ),
    ),
    (
        r"ReadTimeoutError|ConnectTimeoutError|Read timed out|ConnectTimeout|operation timed out",
        Cause(
            "The package index could not be reached in time.",
            f"try again on a better line, or give it more time (PIP_DEFAULT_TIMEOUT=100), {AGAIN}",
        ),
    ),
    (
        r"Failed to establish a new connection|NewConnectionError|RemoteDisconnected|Connection (?:refused|reset)"
        r"|Network is unreachable|No route to host|SSLError|ConnectionError|error sending request|Connection aborted",
        Cause(
            "The package index could not be reached.",
            "check that you are online and that PIP_INDEX_URL is right. Behind a company proxy, set HTTPS_PROXY; "
            + AGAIN,
        ),
    ),
)
INSTALLER = (
    *SYSTEM,
    *NETWORK,
    (
        r"Location '.*' is ignored",
        Cause(
            "A place that packages should come from is not there.",
            f"look at PIP_FIND_LINKS, PIP_INDEX_URL and your pip configuration, correct what is wrong there, {AGAIN}",
        ),
    ),
    (
        r"Failed to parse: |option [\w-]+: invalid",
        Cause(
            "A setting for pip, or for the way to the network, has a value that cannot be used.",
            "look at what pip names, correct it (HTTPS_PROXY, ALL_PROXY, a variable PIP_…, or the pip configuration), "
            + AGAIN,
        ),
    ),
    (
        r"Failed building wheel|Failed to build|subprocess-exited-with-error|metadata-generation-failed",
        Cause(
            "A package had to be built on this machine, and that failed.",
            "use Python 3.11, 3.12 or 3.13, for which most packages come ready-made; otherwise pip's words name "
            f"what the build misses; {AGAIN}",
        ),
    ),
    NO_RIGHT,
    (
        r"externally-managed-environment",
        Cause(
            "This Python belongs to the operating system, which allows no other packages in it.",
            "start tutorial.py with a Python that is not inside an environment: it makes one of its own.",
        ),
    ),
    (
        r"No matching distribution found|Could not find a version",
        Cause(
            "The package index does not offer a package in the version that is asked for.",
            "open the index's address in a browser: a sign-in page may be in between. If it is a mirror "
            "(PIP_INDEX_URL, or a pip configuration), try without it; else please report it.",
        ),
    ),
    (
        r"ResolutionImpossible|conflicting dependencies",
        Cause(
            "The packages that the index offers do not fit together.",
            f"if it is a mirror, its packages are too old: try another (PIP_INDEX_URL), {AGAIN}",
        ),
    ),
)
SERVER = (
    *SYSTEM,
    (
        r"Address already in use|Errno (?:98|48)\b|WinError 10048\b",
        Cause("Another program took its port just now.", "run this command again: it takes the next free one."),
    ),
    (
        r"ModuleNotFoundError|ImportError",
        Cause(
            "A package of this environment is damaged or does not fit.",
            "remove the folder .venv (or install again what requirements.txt names), and run this command again.",
        ),
    ),
    NO_RIGHT,
)


def cause_in(words: str, rows: tuple[tuple[str, Cause], ...], folder: Path = ROOT) -> Cause | None:
    """Return the cause that a program's words name, or the one that shows without words; None if there is neither."""
    for pattern, cause in rows:
        if re.search(pattern, words):
            return cause
    return FULL_DISK if shutil.disk_usage(folder).free < LITTLE else None


def last_lines(text: str, count: int = 5) -> str:
    """Return the last lines of a program's output, indented."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-count:])
