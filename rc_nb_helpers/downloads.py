"""A file that is downloaded: it appears under its name when it is whole, and not before."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from .errors import RingCentralError, of_type
from .progress import progress_bar

MOST_BYTES = 4 * 2**30
"""How large a file may be: a video recording of a long day."""


def named_file(given: Any) -> Path:
    """The place that somebody has named for a file.

    Args:
        given: A text or a path.

    Raises:
        RingCentralError: It is none.
    """
    if isinstance(given, str | os.PathLike) and os.fspath(given):
        return Path(os.fsdecode(given))
    what = "empty" if given == "" else of_type(given)
    raise RingCentralError(f"This is no name of a file: it is {what}.", cure='Name one, such as "recording.mp3".')


class PartialFile:
    """Takes the pieces of a download, beside the place where the whole is to be. Use it with ``with``.

    When the block ends well, the whole takes its name, in one step; whatever stood there is replaced. When it does
    not, nothing is left of it.

    Args:
        file: Where the whole is to be.
        progress: Show a progress bar; needs the package ``tqdm``.

    Raises:
        ConfigurationError: ``tqdm`` is not installed.
        RingCentralError: The file cannot be written there.

    Attributes:
        size: How many bytes have come.
    """

    def __init__(self, file: Path, *, progress: bool = False) -> None:
        self._file = file
        self.size = 0
        try:
            if file.is_dir():
                raise RingCentralError(
                    f"{file.name or file} is a folder.", cure="Name a file in it, such as recording.mp3."
                )
            if file.exists() and not file.is_file():
                raise RingCentralError(f"{file.name} is a device, not a file.", cure="Give the file another name.")
        except (OSError, ValueError) as error:  # a name that no file can have
            raise self._failed(error) from None
        self._bar: Any = progress_bar(file.name, unit="B", in_bytes=True) if progress else None
        try:
            # For its owner alone, as a recording should be.
            handle, name = tempfile.mkstemp(prefix=f".{file.name[:20]}.", suffix=".part", dir=file.parent)
        except (OSError, ValueError) as error:
            self._close_bar()
            raise self._failed(error) from None
        self._part = Path(name)
        self._output: BinaryIO = os.fdopen(handle, "wb")

    def __enter__(self) -> PartialFile:
        return self

    def begin(self, size: int | None) -> None:
        """Start, or start again after an answer that was of no use.

        Args:
            size: How many bytes are to come; None when the server does not say.

        Raises:
            RingCentralError: It is larger than anybody wants.
        """
        self._check(size or 0)
        self._output.seek(0)
        self._output.truncate()
        self.size = 0
        if self._bar is not None:
            self._bar.reset(size)

    def write(self, piece: bytes) -> None:
        """Take the next piece.

        Args:
            piece: Some bytes.

        Raises:
            RingCentralError: It cannot be written, or it is getting larger than anybody wants.
        """
        self.size += len(piece)
        self._check(self.size)
        try:
            self._output.write(piece)
        except OSError as error:
            raise self._failed(error) from None
        if self._bar is not None:
            self._bar.update(len(piece))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close_bar()
        try:
            self._output.close()
            if kind is None:
                os.replace(self._part, self._file)
        except OSError as failure:
            raise self._failed(failure) from None
        finally:
            with contextlib.suppress(OSError):  # it has its name now
                self._part.unlink()

    def _check(self, size: int) -> None:
        if size > MOST_BYTES:
            raise RingCentralError(
                f"{self._file.name} would be larger than {MOST_BYTES // 2**30} GiB.",
                why="No recording, fax or picture of RingCentral's is.",
                cure="Check the address that you download from.",
            )

    def _failed(self, error: OSError | ValueError) -> RingCentralError:
        words = error.strerror if isinstance(error, OSError) else str(error)
        return RingCentralError(
            f"{self._file.name[:100]!r} cannot be written.",
            why=f"The system says: {words or type(error).__name__}.",
            cure="Choose a folder that exists and is yours, on a disk that has room.",
        )

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
