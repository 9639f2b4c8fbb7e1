"""The addresses of the REST API's resources, as their ``uri`` fields hold them."""

from __future__ import annotations

from dataclasses import dataclass

from .people import ACCOUNT_ID, Person


@dataclass(frozen=True)
class Uris:
    """Addresses below ``server_url``."""

    server_url: str

    @property
    def root(self) -> str:
        """This version of the API."""
        return f"{self.server_url}/restapi/v1.0"

    @property
    def account(self) -> str:
        """The company."""
        return f"{self.root}/account/{ACCOUNT_ID}"

    def extension(self, person: Person) -> str:
        """One person."""
        return f"{self.account}/extension/{person.extension_id}"

    def call_log(self, person: Person | None) -> str:
        """The calls of one person, or of everybody."""
        return f"{self.extension(person) if person else self.account}/call-log"

    def message(self, person: Person, message_id: int) -> str:
        """One message."""
        return f"{self.extension(person)}/message-store/{message_id}"

    def device(self, device_id: str) -> str:
        """One telephone."""
        return f"{self.account}/device/{device_id}"
