"""One link for each seat of a class: whoever has it gets the seat's `.env-practice`, so that nobody types a secret.

What a link proves is its secret. It can be replaced and revoked, and it is over when the class is. A link that a
neighbour has copied shows: each computer that joins says a random mark of its own, and they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from ..randomness import random_text

SECRET_LENGTH_OF_LINK = 22
"""Letters and digits of a link's secret: 130 bits. Neither - nor _, which mail and chat programs take for their own."""
MOST_MACHINES = 20
"""How many computers are remembered for each link."""
_MACHINE = re.compile(r"[0-9a-f]{32}")
_SECRET = re.compile(rf"[A-Za-z0-9]{{{SECRET_LENGTH_OF_LINK}}}")


@dataclass(frozen=True)
class SeatLink:
    """The link of a seat.

    Attributes:
        secret: What it proves itself with; empty: it is revoked, and there is none until it is replaced.
        machines: The marks of the computers that it was used on.
    """

    secret: str = field(repr=False)
    machines: tuple[str, ...] = ()


def is_machine(mark: str) -> bool:
    """Whether ``mark`` is what a computer calls itself: 32 random hexadecimal digits, which say nothing of it."""
    return _MACHINE.fullmatch(mark) is not None


class SeatLinks:
    """The links of all seats. Each is made when somebody asks for it, so that seats may be added at any time."""

    def __init__(self) -> None:
        self._links: dict[str, SeatLink] = {}
        # Looked up by its hash: how long that takes tells nothing about a secret that is nearly right.
        self._seats: dict[bytes, str] = {}

    def link_of(self, seat: str) -> SeatLink:
        """The link of ``seat``, which gets one if it never had any."""
        return self._links.get(seat) or self.replace(seat)

    def replace(self, seat: str) -> SeatLink:
        """Give ``seat`` a new link. The old one is over; who has joined with it stays joined."""
        return self._set(seat, SeatLink(random_text(SECRET_LENGTH_OF_LINK)))

    def revoke(self, seat: str) -> None:
        """End the link of ``seat``, which then has none until it is replaced."""
        self._set(seat, replace(self.link_of(seat), secret=""))

    def use(self, secret: str, machine: str) -> str | None:
        """The seat whose link has this secret; None when none has. Notes on which computer it was used.

        Args:
            secret: What stands behind the # of a link.
            machine: The mark of the computer.
        """
        seat = self._seats.get(_hash(secret))
        if seat is not None:
            link = self._links[seat]
            if machine not in link.machines and len(link.machines) < MOST_MACHINES:
                self._links[seat] = replace(link, machines=(*link.machines, machine))
        return seat

    def computers(self, seat: str) -> int:
        """On how many computers the link of ``seat`` was used."""
        link = self._links.get(seat)
        return len(link.machines) if link else 0

    def forget(self) -> None:
        """Forget all links: they are over."""
        self._links.clear()
        self._seats.clear()

    def to_keep(self) -> Any:
        """What has to be kept over a restart, as JSON."""
        return {seat: {"secret": link.secret, "machines": list(link.machines)} for seat, link in self._links.items()}

    def take_back(self, kept: Any) -> None:
        """Take back what ``to_keep`` has given; what is not understood is left out."""
        for seat, entry in kept.items() if isinstance(kept, dict) else ():
            secret = entry.get("secret") if isinstance(entry, dict) else None
            if isinstance(seat, str) and isinstance(secret, str) and (not secret or _SECRET.fullmatch(secret)):
                self._set(seat, SeatLink(secret, tuple(_machines_in(entry.get("machines")))))

    def _set(self, seat: str, link: SeatLink) -> SeatLink:
        if old := self._links.get(seat):
            self._seats.pop(_hash(old.secret), None)
        self._links[seat] = link
        if link.secret:
            self._seats[_hash(link.secret)] = seat
        return link


def _machines_in(kept: Any) -> Iterable[str]:
    marks = kept if isinstance(kept, list) else []
    return [mark for mark in marks if isinstance(mark, str) and is_machine(mark)][:MOST_MACHINES]


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "replace")).digest()
