"""A link to a sign-in page, taken apart: what each piece is for, what it protects from; and the answer to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from IPython.display import display

from ..link_pieces import compare, take_apart
from ..sentences.saying import say
from .base import Standalone, script

if TYPE_CHECKING:
    from .. import link_pieces
    from .view import Piece, Status, View


class LinkPieces(Standalone):
    """Shows a link in pieces, and takes an answer to hold against it.

    All of it goes to the page as messages, which nobody saves: the link has a login's state in it.

    Args:
        url: The address of a sign-in page, or any other.
    """

    _esm = script("pieces")

    def __init__(self, url: str) -> None:
        self._link = take_apart(url)
        super().__init__()
        self._tell({"link": _written((*self._link.pieces, *self._link.missing))})
        if not self._link.is_sign_in:
            text, why = say("pieces.no-sign-in"), say("pieces.no-sign-in-why")
            self._tell({"summary": {"kind": "info", "text": text, "why": why}})

    def _working(self) -> str:
        return say("pieces.comparing")

    def _describe(self) -> View:
        view: View = {"title": say("pieces.title")}
        if self._link.request:
            view["entry"] = say("pieces.entry")
            view["buttons"] = [{"id": "compare", "label": say("pieces.compare"), "primary": True}]
        return view

    def _do(self, button: str, value: str) -> Status:
        found = compare(value, self._link)
        self._tell({"answer": _written(found.pieces)})
        return {"kind": "ok" if found.fits else "error", "text": found.happened, "why": found.why, "cure": found.cure}


def show_link(url: str) -> None:
    """Show the link to a sign-in page in coloured pieces, each with its purpose and what it protects from.

    What it lacks is named, too. Below it is a box for the answer, the address on which the browser has ended: it is
    shown in the same colours, and whether it belongs to the link. Nothing of it is saved in the notebook.

    Args:
        url: The address: ``session.begin_login().authorize_url``, or one that you have built.

    Raises:
        ConfigurationError: This is no address.
    """
    display(LinkPieces(url))  # type: ignore[no-untyped-call]


def _written(pieces: Iterable[link_pieces.Piece]) -> list[Piece]:
    return [
        {
            "name": each.name,
            "colour": each.colour,
            "text": each.text,
            "value": each.value,
            "purpose": each.purpose,
            "protects": each.protects,
            "note": each.note,
            "source": each.source,
            "link": each.link,
        }
        for each in pieces
    ]
