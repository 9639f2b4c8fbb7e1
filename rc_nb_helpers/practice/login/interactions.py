"""Authorization requests that wait for a person: to sign in, then to allow or deny."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field

from ..clock import Clock
from ..company.people import Person
from ..randomness import random_text
from .oauth import AuthorizationRequest

INTERACTION_SECONDS = 900
MOST_INTERACTIONS = 5000


@dataclass(eq=False)
class Interaction:
    """One browser's way through sign-in and consent.

    Its id is unguessable and only works together with the cookie of the browser that began it: a page elsewhere
    cannot post to it (cross-site request forgery), and a stolen id alone is of no use.

    Attributes:
        id: Names it in the addresses and forms of its pages.
        request: What the app asks for.
        browser: The value of the cookie of the browser that began it.
        began_at: Seconds since the epoch.
        person: Who has signed in, once somebody has.
        shown: The permissions that the consent page named: nobody allows what they were not shown.
    """

    id: str = field(repr=False)
    request: AuthorizationRequest
    browser: str = field(repr=False)
    began_at: float
    person: Person | None = None
    shown: tuple[str, ...] = ()


class InteractionStore:
    """The interactions of the last minutes, bounded."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._interactions: dict[str, Interaction] = {}
        self._last_apps: dict[str, str] = {}

    def begin(self, request: AuthorizationRequest, browser: str) -> Interaction:
        """Make a new interaction: a valid request in the browser with this cookie."""
        now = self._clock()
        for key in list(itertools.islice(self._interactions, 2)):  # oldest first
            old = self._interactions[key]
            if now - old.began_at > INTERACTION_SECONDS or len(self._interactions) >= MOST_INTERACTIONS:
                del self._interactions[key]
        interaction = Interaction(random_text(32), request, browser, now)
        self._interactions[interaction.id] = interaction
        self._last_apps.pop(browser, None)
        self._last_apps[browser] = request.app.client_id
        if len(self._last_apps) > MOST_INTERACTIONS:
            del self._last_apps[next(iter(self._last_apps))]
        return interaction

    def last_app(self, browser: str) -> str:
        """The client id with which the browser with this cookie last began a sign-in; empty: it has not."""
        return self._last_apps.get(browser, "")

    def find(self, interaction_id: str, browser: str) -> Interaction | None:
        """The interaction; None when it is unknown, too old, or was begun by another browser."""
        interaction = self._interactions.get(interaction_id)
        if interaction is None or self._clock() - interaction.began_at > INTERACTION_SECONDS:
            return None
        return interaction if secrets.compare_digest(interaction.browser.encode(), browser.encode()) else None

    def forget(self, client_id: str | None = None) -> None:
        """Forget the interactions with one app, or all."""
        self._interactions = {
            key: one
            for key, one in self._interactions.items()
            if client_id is not None and one.request.app.client_id != client_id
        }
        self._last_apps = {browser: last for browser, last in self._last_apps.items() if client_id not in (None, last)}

    def end(self, interaction: Interaction) -> None:
        """End ``interaction``: the person has decided."""
        self._interactions.pop(interaction.id, None)
