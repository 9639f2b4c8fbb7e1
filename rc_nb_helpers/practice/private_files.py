"""Files that only their owner may read: replaced in one step, and known again by what changes with each replacement."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

Version = tuple[int, int, int]
"""What differs whenever a file is replaced."""


def version_of(path: Path) -> Version:
    """What changes whenever the file is replaced.

    Raises:
        OSError: There is no such file, or it cannot be looked at.
    """
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def replace_private(path: Path, text: str) -> Version:
    """Put ``text`` in the place of the file, and make its folder if there is none; return its new version.

    A reader never sees half of it, whenever this process is killed.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp opens with mode 0600 from the start: there is no moment at which others could read the secrets.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
        version = version_of(Path(temporary))
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return version
