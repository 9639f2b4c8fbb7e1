"""Writes the lines of a seat into ``.env-practice``: never over another file unasked, never half. Standard library."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import tempfile
from pathlib import Path

from .env_files import assignments, text_of
from .errors import ConfigurationError
from .near_misses import CLIENT_ID, CLIENT_SECRET, SERVER_URL
from .redaction import opaque
from .seat_link import Seat
from .settings import SET_ANEW, Settings

MACHINE_FILE = Path(".practice", "machine")
"""Holds the mark of this computer, beside ``.env-practice``."""


def check_place(file: Path) -> None:
    """See to it that a file can be written, before anybody is asked for what is to stand in it.

    Args:
        file: The ``.env-practice``, which may be missing.

    Raises:
        ConfigurationError: It is a link, a folder or a device, or has no folder.
    """
    if file.is_symlink():
        raise ConfigurationError(
            f"{file.name} is a link to another place.",
            why="What stands there may belong to something else, so it is not written to.",
            cure=f"Move {file.name} away, then join again.",
        )
    if file.exists() and not file.is_file():
        raise ConfigurationError(
            f"{file.name} is {'a folder' if file.is_dir() else 'a device'}, not a file.",
            cure="Move it away, then join again.",
        )
    if not file.parent.is_dir():
        raise ConfigurationError(
            f"The folder that {file.name} belongs into does not exist.",
            cure="Make it; or, where the variable RC_ENV_DIRECTORY names it, set that to the right folder.",
        )


def machine_mark(file: Path) -> str:
    """The random mark by which a class tells this computer from others. It is made once, and says nothing else.

    Args:
        file: The ``.env-practice`` beside which it is kept.

    Raises:
        ConfigurationError: It cannot be written.
    """
    kept = file.parent / MACHINE_FILE
    try:
        if kept.is_file() and re.fullmatch(r"[0-9a-f]{32}", mark := kept.read_text("utf-8", "replace").strip()):
            return mark
        mark = secrets.token_hex(16)
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        _write(kept, mark.encode())
    except OSError as error:
        raise _failed(kept, error) from None
    return mark


@opaque
def is_in_the_way(file: Path, seat: Seat) -> bool:
    """Whether a file says something else than the seat's lines, and would be lost.

    Args:
        file: The ``.env-practice``, which may be missing.
        seat: The seat.

    Raises:
        ConfigurationError: It cannot be read.
    """
    text = text_of(_content_of(file))
    return bool(text.strip()) and _values(text) != _values(seat.env)


@opaque
def write_seat(file: Path, seat: Seat) -> Path | None:
    """Write the lines of a seat into a file that only its owner can read.

    Args:
        file: The ``.env-practice``. One that says the same already stays as it is.
        seat: The seat.

    Returns:
        Where the former file is kept; None when nothing was lost.

    Raises:
        ConfigurationError: It cannot be written.
    """
    content = _content_of(file)
    if content and _values(text_of(content)) == _values(seat.env):
        return None
    kept = None
    try:
        if text_of(content).strip():
            kept = _free_name(file)
            _write(kept, content)
        _write(file, seat.env.encode())
    except OSError as error:
        raise _failed(file, error) from None
    return kept


def overruled_by(file: Path) -> str:
    """Which variables of this process win over the file, in a sentence for a person; empty when none does.

    Args:
        file: The ``.env-practice`` that was written.
    """
    variables = Settings.read(file, "practice").variables
    winning = [variables[key] for key in (SERVER_URL, CLIENT_ID, CLIENT_SECRET) if key in variables]
    if not winning:
        return ""
    return f"But the variable {' and '.join(winning)} wins over {file.name}. {SET_ANEW}"


def _content_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _failed(file, error, "read") from None


def _values(text: str) -> dict[str, str | None]:
    return {each.name: each.value for each in assignments(text)}


def _free_name(file: Path) -> Path:
    """A name beside the file that git ignores, as it does the file's own."""
    names = itertools.chain([".before"], (f".before-{number}" for number in itertools.count(2)))
    return next(path for name in names if not os.path.lexists(path := file.with_name(file.name + name)))


def _write(file: Path, content: bytes) -> None:
    """Write a file in one step, for its owner alone."""
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # mode 0600 from the beginning
    try:
        with os.fdopen(handle, "wb") as output:
            output.write(content)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


def _failed(file: Path, error: OSError, what: str = "written") -> ConfigurationError:
    return ConfigurationError(
        f"{file.name} cannot be {what}.",
        why=f"The system says: {error.strerror or type(error).__name__}.",
        cure="The tutorial's folder has to be yours, on a disk that has room: copy it to your own folder, and join "
        "there.",
    )
