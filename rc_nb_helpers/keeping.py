"""How several processes go on with one kept login, although a refresh token works only once.

Everything here happens under a lock between the processes of one person (a file that is locked, not its content:
the system lets go of it when its holder dies). Under it a refresh is: read the storage, take what is newer there,
spend the refresh token, **save the new one, and only then use it**.

RingCentral makes this recoverable ("Refresh tokens"): as long as nobody has used the new access token, for up to an
hour, and for ten seconds after, the old refresh token gives the same new tokens again.

========================================  ========================  =================================================
a process is killed …                     the next one finds        and
========================================  ========================  =================================================
before it has the lock, or with it        the old token             spends it, for the first time
after it has sent the refresh             the old token             spends it again, and is given the same new tokens
after the answer, before it is saved      the old token             likewise
while it saves                            the old or the new token  one of the two, whole: as above or as below
after it has saved                        the new token             spends it, for the first time
at a login, before it is saved            what was kept before      goes on with that, or asks for a login
at a logout, before it is deleted         what was kept before      goes on with that: nobody has revoked it yet
at a logout, between delete and revoke    nothing                   asks for a login; the token ends by itself
========================================  ========================  =================================================

Only when more than an hour has passed after a kill in rows 2 and 3, the old token is dead: the next process then says
"log in again", once, and deletes it.

Access tokens are not kept. So each process refreshes when it begins, and that ends the access token of the others.
They hear a 401, and refresh in their turn, with the token that they find in the storage. That a call which has heard
a 401 gets through, however many there are, is also this lock's work: it is held until the call is answered. (Two
notebooks that call by turns renew at each turn; RingCentral allows about five renewals in a minute.)

A failing storage never ends a login: it goes on in memory, and :attr:`KeptLogin.problem` says why.

:mod:`.storage` is loaded only where something is kept: importing the helpers shall be quick.
"""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from .environments import Environment
from .errors import RingCentralError, StorageError
from .forks import in_child

if TYPE_CHECKING:
    from .storage import StoredLogin, TokenStorage

LOCK_SECONDS = 150
"""The longest that a lock is waited for. Its holder sends two requests and a call of a minute at most, usually less."""

_T = TypeVar("_T")


class KeptLogin:
    """The login of one environment, as the storage has it. Without a storage it does nothing.

    Args:
        environment: Whose login.
        storage: Where it is kept; None for nowhere.
    """

    def __init__(self, environment: Environment, storage: TokenStorage | None = None) -> None:
        self._environment = environment
        self._storage = storage
        self._problem: RingCentralError | None = None  # of the entry
        self._lock_problem: RingCentralError | None = None
        self._threads = threading.RLock()
        self._is_alone = False  # whether the thread that has _threads has the lock between processes, too
        self._unsaved = False  # whether what we hold is newer than the entry, because it could not be saved
        self._was_kept = False  # whether what we hold had an entry
        in_child(self._renew_lock)

    @property
    def storage(self) -> TokenStorage | None:
        """Where the login is kept; None for nowhere."""
        return self._storage

    @property
    def problem(self) -> RingCentralError | None:
        """Why the login is not kept as it should be; None when all is well."""
        return self._problem or self._lock_problem

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all other processes and threads from changing the entry. The same thread may take it again.

        When it cannot be had, things go on without it: a grace of the server is for such cases.
        """
        if self._storage is None:
            yield
            return
        with self._threads:
            outermost = not self._is_alone
            try:
                with contextlib.ExitStack() as held:
                    if outermost:
                        self._is_alone = True
                        self._lock_entry(held)
                    yield
            finally:
                if outermost:
                    self._is_alone = False

    def load(self) -> StoredLogin | None:
        """What is kept; None when nothing is, or when it cannot be read."""
        storage = self._storage
        stored = self._try(lambda: _checked(storage.load(self._environment))) if storage else None
        self._was_kept = self._was_kept or stored is not None
        return stored

    def newer(self, ours: dict[str, Any]) -> StoredLogin | None:
        """What another process has kept meanwhile for the same person. Call it under :meth:`alone`.

        Args:
            ours: What we know of the login (:meth:`SafeAuth.data`).

        Returns:
            The newer login; None when ours is the newest, or the entry is somebody else's, or is gone.
        """
        stored = None if self._unsaved else self.load()
        if stored is None or not _same_person(stored, ours) or stored.refresh_token == ours["refresh_token"]:
            return None
        return stored

    def save_refreshed(self, tokens: dict[str, Any], *, spent: str) -> None:
        """Save what a refresh brought, where the login is still kept. Call it under :meth:`alone`, before it is used.

        Somebody may have deleted the entry, or have logged in as another person: then nothing is saved, and
        :attr:`problem` says so. Tokens that a program has set by hand had no entry before: they get one.

        Args:
            tokens: All that is known of the login now.
            spent: The refresh token that it was traded for. An entry that still holds it is this login's, also
                where the server says nothing of persons.
        """
        if self._storage is None:
            return
        stored = self.load()
        is_ours = stored is not None and (stored.refresh_token == spent or _same_person(stored, tokens))
        if self._unsaved or is_ours or (stored is None and not self._problem and not self._was_kept):
            self._save(self._storage, tokens)
        elif self._problem:
            self._unsaved = True  # the entry may still be the token that was just spent
        elif stored is None or stored.refresh_token != tokens["refresh_token"]:
            self._problem = _kept_no_more(stored, tokens)

    def save_login(self, tokens: dict[str, Any]) -> StoredLogin | None:
        """Save a new login, in place of whatever is kept. Call it under :meth:`alone`.

        Args:
            tokens: All that is known of the login; without a refresh token, nothing is kept.

        Returns:
            The login that was kept before.
        """
        if self._storage is None:
            return None
        before = self.load()
        if tokens["refresh_token"]:
            self._save(self._storage, tokens)
        else:
            self._delete(self._storage)
        return before

    def delete(self, tokens: dict[str, Any]) -> None:
        """Delete the entry, unless it is another person's. One that cannot be read is of use to nobody.

        Call it under :meth:`alone`.

        Args:
            tokens: All that is known of the login that is over.
        """
        if self._storage is None:
            return
        self._unsaved = False
        stored = self.load()
        self._was_kept = False
        ours = tokens["refresh_token"]
        if self._problem or (stored is not None and (stored.refresh_token == ours or _same_person(stored, tokens))):
            self._delete(self._storage)

    def move(self, storage: TokenStorage | None, tokens: dict[str, Any]) -> None:
        """Keep the login elsewhere from now on, and delete it where it was. Call it under :meth:`alone`.

        Args:
            storage: The new place; None for nowhere.
            tokens: All that is known of the login now.
        """
        self.delete(tokens)
        self._storage = storage
        self._problem = self._lock_problem = None

    def _save(self, storage: TokenStorage, tokens: dict[str, Any]) -> None:
        from .storage import StoredLogin

        login = StoredLogin(
            refresh_token=str(tokens["refresh_token"]),
            refresh_expires_at=float(tokens["refresh_token_expire_time"]),
            owner_id=str(tokens["owner_id"]),
            session_id=str(tokens["session_id"]),
        )
        self._unsaved = True
        self._try(lambda: storage.save(self._environment, login))
        self._unsaved = self._problem is not None
        self._was_kept = True

    def _delete(self, storage: TokenStorage) -> None:
        self._try(lambda: storage.delete(self._environment))

    def _try(self, action: Callable[[], _T]) -> _T | None:
        """Do something with the storage; note its failure, and go on."""
        try:
            result = action()
        except RingCentralError as error:
            self._problem = error.with_traceback(None)  # its frames may hold the token
            return None
        except Exception as error:  # noqa: BLE001  (somebody's own storage)
            self._problem = StorageError(
                "The storage of the login has failed.",
                why=f"It was a {type(error).__name__}.",
                cure="Until it works, log in again after a restart.",
            )
            return None
        self._problem = None
        return result

    def _lock_entry(self, held: contextlib.ExitStack) -> None:
        from .storage import configuration_folder, label_of, not_installed, private_folder

        self._lock_problem = None
        try:
            import filelock

            path = private_folder(configuration_folder()) / f"{label_of(self._environment)}.lock"
            held.enter_context(filelock.FileLock(path, timeout=LOCK_SECONDS, thread_local=False))
        except ImportError:
            self._lock_problem = not_installed("filelock")
        except RingCentralError as error:
            self._lock_problem = error
        except TimeoutError:  # filelock.Timeout is one
            self._lock_problem = StorageError(
                "The lock between notebooks that share a login cannot be had.",
                why=f"Another program has held it for {LOCK_SECONDS} seconds.",
                cure="See whether another notebook of yours hangs, and restart its kernel.",
            )
        except (OSError, NotImplementedError) as error:  # NotImplementedError: older filelock's word for ENOSYS
            self._lock_problem = _no_lock(error)

    def _renew_lock(self) -> None:
        """In a forked process: the thread that held it may be the other process's."""
        self._threads = threading.RLock()
        self._is_alone = False


_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


def _no_lock(error: OSError | NotImplementedError) -> StorageError:
    from .storage import configuration_folder

    folder = configuration_folder()
    cure = f"See that {folder} can be written."
    if isinstance(error, NotImplementedError) or error.errno in _NO_LOCKS:
        cure = (
            f"Put {folder} on a disk of this computer (on Linux: set XDG_CONFIG_HOME), or use one notebook at a time."
        )
        why = "The disk that holds it gives no locks, as some network drives do."
    else:
        why = f"The system says: {error.strerror or type(error).__name__}."
    return StorageError("The lock between notebooks that share a login cannot be had.", why=why, cure=cure)


def _checked(stored: StoredLogin | None) -> StoredLogin | None:
    """What a storage has given, which may be anybody's own: a login in all its parts, or an error."""
    from .storage import StoredLogin

    login = None if stored is None else StoredLogin.from_text(stored.to_text())
    if stored is not None and login is None:
        raise StorageError(
            "What is kept is no login.",
            why="Its refresh token, its times or its ids are not what they have to be.",
            cure="Log in again; that puts a new one in its place.",
        )
    return login


def _kept_no_more(stored: StoredLogin | None, ours: dict[str, Any]) -> StorageError:
    """That a login goes on in memory alone."""
    if stored is None:
        why = "Its entry is gone: it was deleted, as another notebook does when it logs out."
    elif any(theirs and our for theirs, our in _pairs(stored, ours)):
        why = "Another login of this app has taken its place."
    else:
        why = "Another notebook has kept one, and the server does not say whether it is the same person's."
    return StorageError("This login is not kept any more.", why=why, cure="To keep it, log in again here.")


def _pairs(stored: StoredLogin, ours: dict[str, Any]) -> tuple[tuple[str, str], tuple[str, str]]:
    return (stored.owner_id, ours["owner_id"]), (stored.session_id, ours["session_id"])


def _same_person(stored: StoredLogin, ours: dict[str, Any]) -> bool:
    """Whether an entry belongs to the person who is logged in. Who is not known is not the same."""
    return next((theirs == our for theirs, our in _pairs(stored, ours) if theirs and our), False)
