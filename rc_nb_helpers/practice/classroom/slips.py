"""What was handed out to the class: how many seats, and the address that their slips hold."""

from __future__ import annotations

from typing import Any

MOST_SEATS = 1000
"""Seats that a class can have."""


class Slips:
    """What is on the slips of this class.

    Attributes:
        seats: How many there are.
        address: The platform's address on those that were shown last; empty before the first.
    """

    def __init__(self, seats: int) -> None:
        self.seats = seats
        self.address = ""

    def to_keep(self) -> dict[str, Any]:
        """It as plain JSON data."""
        return {"seats": self.seats, "address": self.address}

    def take_back(self, kept: dict[str, Any]) -> None:
        """Go on with what was kept: seats that were given out stay, even if fewer are asked for now."""
        self.seats = max(self.seats, min(int(kept["seats"]), MOST_SEATS))
        self.address = str(kept.get("address", ""))

    def forget(self) -> None:
        """Forget what was handed out."""
        self.seats, self.address = 0, ""

    def about(self, server_url: str, *, leads_here: bool) -> str:
        """What has become of slips with another address than that of today, in plain words; empty if there are none.

        Args:
            server_url: The platform's address of today.
            leads_here: Whether the address of those slips still leads to this platform.
        """
        if self.address in ("", server_url):
            return ""
        if leads_here:
            return f"Slips from before hold {self.address}, which still leads here. New ones hold {server_url}."
        return (
            f"Slips from before hold {self.address}, which does not lead here any more: whoever has one cannot log in. "
            "Hand out new ones (Seats, on the board). Or let this computer have that address again, and start with "
            f"--public-url {self.address}"
        )
