"""Everything that a platform knows and remembers, in one object. It knows nothing of HTTP."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .classroom.board import Board
from .classroom.class_file import ClassFile
from .classroom.instructor import InstructorSignIns
from .classroom.names import Names
from .classroom.record import Record
from .classroom.seat_links import SeatLinks
from .classroom.slips import MOST_SEATS, Slips
from .classroom.stuck import SeatsByBrowser, StuckList
from .clock import MovableClock
from .company.calls import SEED
from .company.messages import SentMessages
from .company.people import ADMINISTRATOR, ORDINARY_USER, Company, Person, make_learner
from .faults import FaultPlan
from .limits import RateLimiter
from .login.apps import App, AppStore, new_client_id, new_client_secret, redirect_uri_problem
from .login.codes import CodeStore
from .login.interactions import InteractionStore
from .login.oauth import OAuthServer
from .login.sessions import SessionStore
from .login.sign_ins import SignInStore

BUILT_IN = "built-in"
DEFAULT_REDIRECT_URIS = (
    "http://localhost:5000/oauth2callback",
    "http://127.0.0.1:5000/oauth2callback",
    "http://localhost:5001/oauth2callback",
    "http://localhost:5002/oauth2callback",
)
_PERMISSIONS = ("ReadAccounts", "ReadCallLog")


@dataclass(frozen=True)
class Credentials:
    """A person who can sign in, and the app that was made ready for that."""

    person: Person
    app: App

    def as_json(self) -> dict[str, str]:
        """One entry of ``users`` in the ready line."""
        return {
            "username": self.person.username,
            "password": self.person.password,
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
        }


class _FormKey:
    """Signs forms. It lasts with the class, so that the buttons of a page that is open go on working."""

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)

    def to_keep(self) -> str:
        return self.key.hex()

    def take_back(self, kept: str) -> None:
        self.key = bytes.fromhex(kept)


@dataclass
class Backend:
    """One practice platform's state. Only one thread may use it: the one whose event loop serves it.

    Args:
        redirect_uris: Those of the app that is built in.
        learners: How many seats the class has; 0 for no class. Where a class goes on, it may have more.
        apps_file: Keeps the apps over a restart; None: they end with the platform.
        clock: Codes, tokens and all that is granted end by it.
        strict_limits: Whether RingCentral's real rate limits hold for everybody.
        instructor: Whether somebody watches the board, even where there is no class.
        seed: Which year of calls and messages is made up.
        class_file: Keeps the class over a restart; None: it ends with the platform.
        new_password: Whether the instructor gets a new password even where a class goes on.

    Raises:
        ValueError: A redirect URI cannot be registered.
        AppsFileError: The file of apps cannot be used.
        ClassFileError: The file of the class cannot be used.
    """

    redirect_uris: Sequence[str]
    learners: int
    apps_file: Path | None
    clock: MovableClock
    strict_limits: bool = False
    instructor: bool = False
    seed: int = SEED
    class_file: Path | None = None
    new_password: bool = False

    built_in: App = field(init=False)
    """The app that is there without anybody having made it."""
    credentials: tuple[Credentials, ...] = field(init=False)
    """The people whom the ready line names, each with an app."""
    faults: FaultPlan = field(init=False)
    """What is planned to go wrong."""
    limits: RateLimiter = field(init=False)
    """How many requests each person has made with each app lately."""

    # The room "login"
    apps: AppStore = field(init=False)
    """The registered apps."""
    oauth: OAuthServer = field(init=False)
    """Answers authorization, token and revocation requests."""
    interactions: InteractionStore = field(init=False)
    """The logins that wait for a person's decision."""
    sign_ins: SignInStore = field(init=False)
    """Who stays signed in, in which browser."""
    codes: CodeStore = field(init=False)
    """The authorization codes of the last minutes."""
    sessions: SessionStore = field(init=False)
    """The sessions that live, and their tokens."""

    # The room "company"
    company: Company = field(init=False)
    """The people."""
    messages: SentMessages = field(init=False)
    """The text messages that apps have sent."""

    # The room "classroom"
    lasting: ClassFile = field(init=False)
    """What outlives a restart of the class."""
    slips: Slips = field(init=False)
    """What was handed out."""
    record: Record = field(init=False)
    """The latest requests, and how far each app has got."""
    board: Board = field(init=False)
    """The same for the instructor: how far everybody is."""
    stuck: StuckList = field(init=False)
    """Who waits for the instructor."""
    seats: SeatsByBrowser = field(init=False)
    """Which seat each browser says it is at."""
    seat_links: SeatLinks = field(init=False)
    """The links with which learners take their seats."""
    names: Names = field(init=False)
    """What the people at the seats are called."""
    instructor_sign_ins: InstructorSignIns = field(init=False)
    """The instructor's password, and the browsers in which the instructor is signed in."""

    def __post_init__(self) -> None:
        for uri in self.redirect_uris:
            if problem := redirect_uri_problem(uri):
                raise ValueError(f"The redirect URI {uri!r} {problem}.")
        self._learners_at_start = self.learners
        self._form_key = _FormKey()
        self.apps = AppStore(self.apps_file)
        self.codes = CodeStore(self.clock)
        self.sessions = SessionStore(self.clock)
        self.interactions = InteractionStore(self.clock)
        self.sign_ins = SignInStore(self.clock)
        self.messages = SentMessages(self.clock)
        self.record = Record()
        self.instructor_sign_ins = InstructorSignIns(self.clock.real)
        self.stuck = StuckList(self.clock.real)
        self.seats = SeatsByBrowser()
        self.seat_links = SeatLinks()
        self.names = Names()
        self.slips = Slips(self.learners)
        self.faults = FaultPlan(self.clock.real)
        self.limits = RateLimiter(self.clock, strict=self.strict_limits)
        self.oauth = OAuthServer(apps=self.apps, codes=self.codes, sessions=self.sessions)
        self.lasting = ClassFile(self.class_file)
        self.lasting.keep("forms", self._form_key)
        self.lasting.keep("instructor", self.instructor_sign_ins, anew=self.new_password)
        self.lasting.keep("slips", self.slips)
        self.lasting.keep("progress", self.record)
        self.lasting.keep("stuck", self.stuck)
        self.lasting.keep("browsers", self.seats)
        self.lasting.keep("links", self.seat_links)
        self.lasting.keep("names", self.names)
        self.built_in = self._ready_made([(BUILT_IN, "Tutorial app (built in)")])[0]
        self.company = Company()
        self._seat(self.slips.seats)
        self.board = Board(
            self.record,
            self.company,
            self.stuck,
            self.seats,
            self.seat_links,
            self.names,
            self.built_in,
            self.sessions.alive,
        )
        self.lasting.write()

    @property
    def form_key(self) -> bytes:
        """Signs the forms of this platform's pages."""
        return self._form_key.key

    @property
    def instructor_password(self) -> str:
        """Opens the board, and the controls of the whole room; empty where it is an older one, kept as a hash."""
        return self.instructor_sign_ins.password

    @property
    def has_instructor(self) -> bool:
        """Whether somebody teaches here, whom learners can call."""
        return self.instructor or self.learners > 0

    @property
    def handed_out(self) -> tuple[Credentials, ...]:
        """What stands on slips, and what their links give: the instructor's own, then that of each seat."""
        return Credentials(ADMINISTRATOR, self.built_in), *(self.credentials if self.learners else ())

    def people_for(self, app: App) -> list[Person]:
        """The people whom the sign-in page of ``app`` offers: its learner or the administrator, and one more."""
        learner = self.company.find(app.owner)
        return [learner or ADMINISTRATOR, ORDINARY_USER]

    def person_meant(self, app: App, login_hint: str) -> str:
        """The user name that a link to ``app`` means by its ``login_hint``.

        At a seat of a class the learner has the part of the administrator, whom the course's links name.
        """
        learner = self.company.find(app.owner)
        return learner.username if learner and self.company.find(login_hint) == ADMINISTRATOR else login_hint

    def forget(self, client_id: str | None = None) -> None:
        """Forget what was done with one app, or with all: only registered apps stay, with their saved settings.

        This is what ``forget`` means in every store here: with a client id what that app did, without one everything.
        """
        self.apps.forget_changes(client_id)
        self.faults.forget(client_id)
        self.limits.forget(client_id)
        self.codes.forget(client_id)
        self.interactions.forget(client_id)
        self.sign_ins.forget(client_id)
        self.messages.forget(client_id)
        self.record.forget(client_id)
        self.sessions.forget(client_id)
        if client_id is None:
            self.stuck.forget()
            self.limits.strict = self.strict_limits
            self.clock.restore()

    def add_seats(self, count: int) -> None:
        """Make more seats while the class is there; those that there are stay as they are.

        Raises:
            ValueError: There is no class, or it would have too many seats.
            AppsFileError: The file of apps cannot be written.
        """
        if not self.learners:
            raise ValueError("This platform was started without a class: start it with --learners N")
        if not 1 <= count <= MOST_SEATS - self.learners:
            raise ValueError(f"A class has at most {MOST_SEATS} seats, and this one has {self.learners}")
        self._seat(self.learners + count)

    def end_class(self) -> None:
        """End the class: nothing of it is left but apps that no seat is known of, and the instructor's sign-ins.

        The seats are made anew, as many as were asked for at the start, with other passwords and client secrets.

        Raises:
            ValueError: There is no class.
            AppsFileError: The file of apps cannot be written; then nothing has ended.
        """
        if not self.learners:
            raise ValueError("There is no class here that could end")
        owners = [*(person.username for person in self.company.learners), *self.seats.owners()]
        ended = {app.client_id for owner in owners for app in self.apps.owned_by(owner)}
        self.apps.delete_all(ended | self.board.apps_of_seats())
        self.forget()
        self.seats.forget()
        self.seat_links.forget()
        self.names.forget()
        self.slips.forget()
        self._seat(self._learners_at_start)
        self.lasting.write_or_complain()  # at once: after a kill, its names and links must not come back

    def ready(self, server_url: str, browser_url: str) -> dict[str, Any]:
        """What a client needs to begin: the ready line as a dict.

        Args:
            server_url: The address that programs use.
            browser_url: The address that browsers use; said only where it is another.
        """
        return {
            "server_url": server_url,
            **({"browser_url": browser_url} if browser_url != server_url else {}),
            "client_id": self.built_in.client_id,
            "client_secret": self.built_in.client_secret,
            "redirect_uris": list(self.redirect_uris),
            "users": [one.as_json() for one in self.credentials],
        }

    def _seat(self, seats: int) -> None:
        """Let there be seats up to this number, each with an app of its own."""
        names = [f"learner-{number:03d}" for number in range(1, seats + 1)]
        apps = self._ready_made([(name, f"Tutorial app of {name}") for name in names])
        self.company.take_in([make_learner(number, app.client_secret) for number, app in enumerate(apps, start=1)])
        self.credentials = tuple(map(Credentials, self.company.learners, apps)) or tuple(
            Credentials(person, self.built_in) for person in (ADMINISTRATOR, ORDINARY_USER)
        )
        self.learners = self.slips.seats = seats

    def _ready_made(self, wanted: list[tuple[str, str]]) -> list[App]:
        """One app for each (owner, name): from the file, or new. Settings are always those of today."""
        kept = {app.owner: app for owner, _ in wanted for app in self.apps.owned_by(owner)}
        ready = []
        for owner, name in wanted:
            old = kept.get(owner) or App(
                client_id=new_client_id(),
                client_secret=new_client_secret(),
                name=name,
                redirect_uris=(),
                permissions=_PERMISSIONS,
                owner=owner,
            )
            ready.append(
                dataclasses.replace(
                    old,
                    redirect_uris=tuple(self.redirect_uris),
                    permissions=_PERMISSIONS,
                    issues_refresh_tokens=True,
                )
            )
        for app in ready:
            self.apps.pin(app)
        if new := [app for app in ready if app.owner not in kept]:
            self.apps.put_all(new)
        return ready
