"""The practice company: who works there, and who can sign in.

Everything is made up, and the same every time: names, ids and numbers do not depend on the clock, because
notebooks compare their outputs. Phone numbers are from 555-0100 to 555-0199, which are kept for fiction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

ACCOUNT_ID = 400131426008
"""The company's account id: an integer, as RingCentral's ids are."""

COMPANY_NAME = "Maple Street Books"
MAIN_NUMBER = "+16505550100"
BRAND_ID = "1210"


@dataclass(frozen=True)
class Person:
    """Somebody who works at the company, or a learner who joined it for a class."""

    username: str
    password: str = field(repr=False)
    first_name: str
    last_name: str
    job_title: str
    extension_id: int
    extension_number: str
    phone_number: str
    administrator: bool = False
    learner: bool = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        """An address in a domain that can never exist (RFC 2606)."""
        return f"{self.username}@maplestreet.example"


def _staff(number: int, username: str, first: str, last: str, title: str, password: str, admin: bool = False) -> Person:
    return Person(
        username=username,
        password=password,
        first_name=first,
        last_name=last,
        job_title=title,
        extension_id=ACCOUNT_ID + 1000 * number,
        extension_number=str(100 + number),
        phone_number=f"+1650555{100 + number:04d}",
        administrator=admin,
    )


STAFF: tuple[Person, ...] = (
    _staff(1, "alex", "Alex", "Rivera", "Owner", "maple", admin=True),
    _staff(2, "sam", "Sam", "Okafor", "Bookseller", "birch"),
    _staff(3, "priya", "Priya", "Natarajan", "Bookseller", "cedar"),
    _staff(4, "jonas", "Jonas", "Lindqvist", "Orders", "aspen"),
    _staff(5, "mei", "Mei", "Tanaka", "Events", "elder"),
    _staff(6, "diego", "Diego", "Fuentes", "Deliveries", "hazel"),
    _staff(7, "grace", "Grace", "Mwangi", "Accounts", "larch"),
    _staff(8, "tom", "Tom", "Haddad", "Children's books", "rowan"),
)
ADMINISTRATOR, ORDINARY_USER = STAFF[0], STAFF[1]


def make_learner(number: int, secret: str) -> Person:
    """The person for seat ``number`` (from 1) of a class.

    The password is made from ``secret``, the client secret of the learner's own app: it lives exactly as long as
    that, and a neighbour cannot work it out. A learner is an administrator of the company, so that every call of
    the tutorial succeeds; signing in as an ordinary user shows what does not.
    """
    username = f"learner-{number:03d}"
    digest = hashlib.sha256(f"{username}:{secret}".encode()).digest()
    tree = STAFF[digest[0] % len(STAFF)].password
    return Person(
        username=username,
        password=f"{tree}-{100 + int.from_bytes(digest[1:4], 'big') % 900}",
        first_name="Learner",
        last_name=f"{number:03d}",
        job_title="Learner",
        extension_id=ACCOUNT_ID + 1_000_000 + 1000 * number,
        extension_number=str(1000 + number),
        phone_number=f"+1650555{110 + number % 90:04d}",
        administrator=True,
        learner=True,
    )


class Company:
    """The staff, and the learners of a class if there is one."""

    def __init__(self, learners: Sequence[Person] = ()) -> None:
        self.learners: tuple[Person, ...] = ()
        self._by_username: dict[str, Person] = {}
        self.take_in(learners)

    def take_in(self, learners: Sequence[Person]) -> None:
        """Let these be the learners, instead of those before."""
        self.learners = tuple(learners)
        self._by_username = {person.username: person for person in (*STAFF, *self.learners)}

    def find(self, username: str) -> Person | None:
        """The person with this user name or e-mail address, in any case, or None."""
        name = username.strip().lower().removesuffix("@maplestreet.example")
        return self._by_username.get(name)

    def colleagues(self, person: Person) -> tuple[Person, ...]:
        """Everyone whom ``person`` sees in the company: the staff and, for a learner, the learner too.

        Learners do not see each other. Each has the whole company alone, and outputs do not depend on the class.
        """
        return (*STAFF, person) if person.learner else STAFF
