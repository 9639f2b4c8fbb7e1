"""The content of an answer that was packed on the way: unpacked to its end, or told to be broken.

We ask for nothing packed. Some servers and proxies pack all the same; urllib3 would unpack it, and take a packed
content that breaks off in its middle for the whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import requests

from .errors import ApiError

PIECE_BYTES = 64 * 1024
"""How much is read at a time."""
MOST_UNPACKED = 2**20
"""How much is unpacked at a time: a small packed piece may be a large one of zeros."""

_OURS = ("gzip", "x-gzip", "deflate")
_OTHERS = ("br", "zstd", "compress", "x-compress")


def content_of(answer: requests.Response) -> Iterator[bytes]:
    """The content of an answer, piece by piece.

    Args:
        answer: One of which nothing has been read.

    Raises:
        ApiError: It is packed in a way that cannot be undone here.
        EOFError: It was packed, and breaks off.
        Exception: Whatever ``requests``, ``urllib3`` and ``zlib`` raise when it cannot be read.
    """
    named = answer.headers.get("Content-Encoding", "").lower().split(",")
    codings = [each.strip() for each in named if each.strip() not in ("", "identity")]
    if len(codings) == 1 and codings[0] in _OURS:
        yield from _unpacked(answer.raw.stream(PIECE_BYTES, decode_content=False))
    elif {*_OURS, *_OTHERS} & set(codings):
        raise ApiError(
            status=answer.status_code,
            message=f"the answer is packed ({', '.join(codings)[:40]}) in a way that is not read here",
            why="This program asks for what is not packed. The server, or something on the way, has packed it.",
            cure="Show this to whoever looks after your network, or after the server.",
        )
    else:  # not packed, whatever else stands there: some write the encoding of the text
        yield from answer.iter_content(PIECE_BYTES)


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    unpacker, is_whole = None, False
    for piece in pieces:
        while piece and not (is_whole and piece[0] != 0x1F):  # behind the end: another member, or what fills a block
            if unpacker is None:
                # A deflated content should have zlib's header, whose first byte ends in 8; that of some has none.
                bare = piece[0] != 0x1F and piece[0] & 15 != 8
                unpacker = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS + 32)
            part = unpacker.decompress(piece, MOST_UNPACKED)
            yield part
            while not unpacker.eof and (unpacker.unconsumed_tail or len(part) == MOST_UNPACKED):
                part = unpacker.decompress(unpacker.unconsumed_tail, MOST_UNPACKED)
                yield part
            piece, is_whole = unpacker.unused_data, unpacker.eof
            unpacker = None if is_whole else unpacker
    if unpacker is not None:
        raise EOFError("a packed content broke off")
