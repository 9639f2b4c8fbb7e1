"""What lasts of a class when the platform is started again, in a small private JSON file."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Protocol

from ..private_files import Version, replace_private, version_of

_VERSION = 1

log = logging.getLogger(__name__)


class Lasting(Protocol):
    """A store whose content outlives a restart."""

    def to_keep(self) -> Any:
        """Its content as plain JSON data."""

    def take_back(self, kept: Any) -> None:
        """Go on with what ``to_keep`` once returned, perhaps that of another version: what it does not know is left.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: It is something else.
        """


class ClassFileError(OSError):
    """The file of the class cannot be used. The text names the file and the cure."""


class ClassFile:
    """The file, and the stores that it keeps.

    It is replaced in one step, never half written, and never written over when it holds something else than this
    object has put there: neither at the start nor later.

    Args:
        path: The file; None: nothing outlives the platform.

    Raises:
        ClassFileError: There is a file, and it cannot be read.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._stores: dict[str, Lasting] = {}
        self._text = ""
        self._version: Version | None = None
        self._complaint = ""
        self._kept = self._read(path) if path else {}
        self.found = bool(self._kept)
        """Whether a class goes on that was there before."""

    def keep(self, name: str, store: Lasting, *, anew: bool = False) -> None:
        """Give a store back what was kept of it, and keep it from now on.

        Args:
            name: What it is called in the file.
            store: The store.
            anew: Whether it begins without what was kept.

        Raises:
            ClassFileError: What was kept is not that store's.
        """
        self._stores[name] = store
        if name in self._kept and not anew:
            try:
                store.take_back(self._kept[name])
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise self._unreadable(f"its part {name!r}: {type(error).__name__}") from None

    def write(self) -> None:
        """Write the file, if anything has changed since the last time.

        Raises:
            ClassFileError: It cannot be written, or another program has written it.
        """
        if self._path is None:
            return
        parts = {name: store.to_keep() for name, store in self._stores.items()}
        text = json.dumps({"version": _VERSION, **parts})
        if text == self._text:
            return
        try:
            if self._version != (version_of(self._path) if self._path.exists() else None):
                raise ClassFileError(
                    f"The file of the class {self._path} is not as this platform has left it, so it does not write it "
                    "any more. Probably a second platform uses it. Stop that one, then start this one again; what has "
                    "happened here since is in no file."
                )
            self._version = replace_private(self._path, text)
        except ClassFileError:
            raise
        except OSError as error:
            raise ClassFileError(
                f"The file of the class {self._path} cannot be written: {error.strerror}. The class goes on, but not "
                "over a restart. Make room on the disk, or let this program write there."
            ) from None
        self._text = text

    def write_or_complain(self) -> None:
        """Do as ``write`` while people work, who must not be disturbed: what fails is logged, once."""
        try:
            self.write()
        except ClassFileError as error:
            if self._complaint != str(error):
                log.error("%s", error)
            self._complaint = str(error)
        else:
            self._complaint = ""

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            self._version = version_of(path)
            kept = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError, OSError) as error:
            raise self._unreadable(type(error).__name__) from None
        if not isinstance(kept, dict) or kept.get("version") != _VERSION:
            raise self._unreadable("it is not one of this version")
        return kept

    def _unreadable(self, why: str) -> ClassFileError:
        return ClassFileError(
            f"The file of the class {self._path} cannot be read ({why}). Move it away and start again: the class then "
            "begins anew, with a new instructor's password. Slips stay good, for the apps are in another file."
        )
