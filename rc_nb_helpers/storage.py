"""Where a login is kept over a restart, if a person asks for it: the system's keychain, or a file.

What is kept is the refresh token, and what has to be known with it. Whoever can read it can act as the person until
it ends, so it goes into places that the operating system guards, and nowhere else. How several notebooks share one
entry is told in :mod:`.keeping`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from .environments import Environment
from .errors import ConfigurationError, RingCentralError, StorageError, of_type
from .forks import in_child
from .loopback import is_loopback
from .redaction import beginning, opaque
from .sentences.saying import say

APPLICATION = "rc-nb-helpers"
KEYCHAIN_SECONDS = 20
"""How long an answer of the keychain is waited for. It may show a dialog first, and a person reads and types."""
MOST_BYTES = 65536
"""More than any entry has."""
SYSTEM_KEYCHAINS = {
    "keyring.backends.SecretService": lambda: say("storage.secret-service"),
    "keyring.backends.libsecret": lambda: say("storage.secret-service"),
    "keyring.backends.kwallet": lambda: say("storage.kde-wallet"),
    "keyring.backends.macOS": lambda: say("storage.mac"),
    "keyring.backends.Windows": lambda: say("storage.windows"),
}
"""The modules of ``keyring`` that ask the operating system. Others write plain text, or keep nothing at all."""

_FORMAT = 1
_NO_TIME = 2e12  # seconds since 1970: no server gives so many
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class StoredLogin:
    """What is kept of a login: enough to go on with it, and no more.

    It stays below 1,280 characters, Windows' limit for an entry, as long as the token does: so the scope, which a
    refresh brings again, is not among it.

    Attributes:
        refresh_token: The refresh token. It works once.
        refresh_expires_at: When it ends, in epoch seconds by this machine's clock.
        owner_id: RingCentral's id of the person's extension; empty when the server gave none.
        session_id: The server's id of the login; empty when it gave none.
    """

    refresh_token: str = field(repr=False)
    refresh_expires_at: float
    owner_id: str = ""
    session_id: str = ""

    def tokens(self) -> dict[str, Any]:
        """As fields of :meth:`rc_nb_helpers.SafeAuth.merge`. No access token: what there was, is over."""
        return {
            "access_token": "",
            "expire_time": 0,
            "refresh_token": self.refresh_token,
            "refresh_token_expire_time": self.refresh_expires_at,
            "owner_id": self.owner_id,
            "session_id": self.session_id,
        }

    def to_text(self) -> str:
        """As JSON, for a storage."""
        return json.dumps({"version": _FORMAT, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> StoredLogin | None:
        """Read what :meth:`to_text` wrote.

        Args:
            text: From a storage.

        Returns:
            The login; None when this is none, or was written by a version that writes another form.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if not isinstance(values, dict) or values.pop("version", None) != _FORMAT:
            return None
        names = {"refresh_token", "refresh_expires_at", "owner_id", "session_id"}
        end = values.pop("refresh_expires_at", None)
        if set(values) | {"refresh_expires_at"} != names or isinstance(end, bool) or not isinstance(end, int | float):
            return None
        if not 0 <= end < _NO_TIME:  # Python's JSON knows NaN and Infinity, and integers of any length
            return None
        if not values["refresh_token"] or not all(isinstance(value, str) for value in values.values()):
            return None
        return cls(refresh_expires_at=end, **values)


class TokenStorage(Protocol):
    """A place that keeps one login for each environment. Write your own class to keep it elsewhere.

    An environment is told by its server's address and the app's client id: a refresh token works nowhere else.
    Methods may wait. They raise :class:`~rc_nb_helpers.StorageError`; any other exception is taken for one.
    """

    @property
    def description(self) -> str:
        """What it is, in words for a person, such as "the keychain of this computer"."""
        ...

    def load(self, environment: Environment) -> StoredLogin | None:
        """The login that is kept; None when there is none.

        Args:
            environment: Whose login.
        """
        ...

    def save(self, environment: Environment, login: StoredLogin) -> None:
        """Keep a login, in place of the one before. Another process sees either of them, never a part.

        Args:
            environment: Whose login.
            login: What to keep.
        """
        ...

    def delete(self, environment: Environment) -> None:
        """Keep nothing any more. Harmless when nothing is kept.

        Args:
            environment: Whose login.
        """
        ...


def check_storage(storage: Any) -> TokenStorage | None:
    """See that this can be a storage, before it is needed.

    Args:
        storage: What somebody has passed; None for nowhere.

    Raises:
        ConfigurationError: It cannot.
    """
    if isinstance(storage, type):
        raise ConfigurationError(
            f"storage= is the class {storage.__name__}.", cure=f"Make an object of it: storage={storage.__name__}()."
        )
    if storage is not None and not all(hasattr(storage, name) for name in ("description", "load", "save", "delete")):
        raise ConfigurationError(
            f"This is no storage: it is {of_type(storage)}.",
            why="A storage has a description, and the methods load, save and delete.",
            cure="Write storage=KeyringStorage(), or leave it out.",
        )
    return cast(TokenStorage | None, storage)


def label_of(environment: Environment) -> str:
    """A short name for an environment's entry, the same in every process. It tells nothing of the app.

    Args:
        environment: Any environment.
    """
    exact = f"{environment.server_url}\n{environment.client_id}".encode()
    return f"{urlsplit(environment.server_url).hostname}-{hashlib.sha256(exact).hexdigest()[:16]}"


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter, or see to it that it is one.

    Args:
        path: The folder.

    Raises:
        StorageError: Somebody else may enter it, or it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = path.lstat()
    except OSError as error:
        raise StorageError(
            "There is no folder to keep the login in.", why=_words_of(error), cure=f"See that {path} can be made."
        ) from None
    if not stat.S_ISDIR(found.st_mode) or _is_open_to_others(found):
        raise StorageError(
            "The folder for the login is not a private one.",
            why=f"{path} is a link, or belongs to somebody else, or others may enter it.",
            cure="Delete it, or let only yourself in (on Linux and macOS: chmod 700).",
        )
    return path


def configuration_folder() -> Path:
    """This package's folder among the person's configuration; it need not exist yet.

    ``XDG_CONFIG_HOME`` or ``~/.config`` on Linux, ``~/Library/Application Support`` on macOS, the local
    ``AppData`` on Windows (not the roaming one, which is copied to other computers).

    Raises:
        ConfigurationError: ``platformdirs`` is not installed.
        StorageError: This user has no home folder.
    """
    try:
        import platformdirs
    except ImportError:
        raise not_installed("platformdirs") from None
    try:
        return platformdirs.user_config_path(APPLICATION, appauthor=False, roaming=False)
    except RuntimeError:  # neither HOME nor an entry among the system's users
        raise _no_home("The configuration folder of this user is not known.") from None


def _no_home(happened: str) -> StorageError:
    return StorageError(
        happened,
        why="This user has no home folder, as far as the system says.",
        cure="Set the variable HOME to a folder of yours, and start the notebook server again.",
    )


class FileStorage:
    """Keeps logins in files that only their owner may read. For computers without a keychain; asked for by name only.

    What protects the token is the file's mode (0600, in a folder of mode 0700): programs that run as you, your
    backups and the administrator can read it. **On Windows there is no such mode**: the file is as private as the
    folder it is in, which by default is your own user's; this class checks nothing there.

    Args:
        folder: Where; by default the person's configuration folder. Never inside a git work tree.

    Raises:
        StorageError: The folder is in a git work tree.
        ConfigurationError: This is no folder; or ``platformdirs`` is not installed, and no folder is given.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        try:
            if folder == "":
                raise ValueError("the working folder, by accident")
            self._folder = Path(folder).expanduser().absolute() if folder is not None else configuration_folder()
            self._refuse_git()
        except RuntimeError:
            raise _no_home(f"The folder {folder} is not known.") from None
        except (TypeError, ValueError):  # ValueError also for a name with a zero in it
            raise ConfigurationError(
                f"{ascii(folder)[:80]} is no folder.", cure='Write its path, "~/.logins", or nothing: FileStorage().'
            ) from None

    def __repr__(self) -> str:
        return f"<FileStorage: {self.description}>"

    @property
    def description(self) -> str:
        """What it is, in words for a person."""
        return say("storage.file", folder=self._folder)

    @opaque
    def load(self, environment: Environment) -> StoredLogin | None:
        """The login that is kept; None when there is none.

        Args:
            environment: Whose login.

        Raises:
            StorageError: The file cannot be read, or others can read it too.
        """
        path = self._path(environment)
        try:
            # Not a link to a file of somebody else's choice, and not a pipe that is waited for.
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _file_failed(path, error) from None
        with contextlib.ExitStack() as opened:
            opened.callback(os.close, descriptor)
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or _is_open_to_others(found):
                raise StorageError(
                    "The kept login is not used, because it is not private.",
                    why=f"{path} is no ordinary file, or belongs to somebody else, or others may read it.",
                    cure="Delete it, then log in again. Whoever has read it could act as you: log out of what you do "
                    "not know in your RingCentral account.",
                )
            return StoredLogin.from_text(os.read(descriptor, MOST_BYTES).decode("utf-8", "replace"))

    @opaque
    def save(self, environment: Environment, login: StoredLogin) -> None:
        """Keep a login, in place of the one before: on the disk when this returns, and never half of it.

        Args:
            environment: Whose login.
            login: What to keep.

        Raises:
            StorageError: It cannot be written there.
        """
        self._refuse_git()
        private_folder(self._folder)
        path = self._path(environment)
        # One name for all: what a killed process has left there is written over, not left behind.
        new = path.with_suffix(".new")
        try:
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(login.to_text())
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            self._sync_folder()
        except OSError as error:
            raise _file_failed(path, error) from None

    @opaque
    def delete(self, environment: Environment) -> None:
        """Keep nothing any more. Harmless when nothing is kept.

        Args:
            environment: Whose login.

        Raises:
            StorageError: The file cannot be deleted.
        """
        path = self._path(environment)
        try:
            for each in (path, path.with_suffix(".new")):
                each.unlink(missing_ok=True)
        except OSError as error:
            raise _file_failed(path, error) from None

    def _path(self, environment: Environment) -> Path:
        return self._folder / f"{label_of(environment)}.json"

    def _refuse_git(self) -> None:
        real = self._folder.resolve()
        for folder in (real, *real.parents):
            if (folder / ".git").exists():
                raise StorageError(
                    "A login is not kept inside a git work tree.",
                    why=f"{folder} is one, and a token that gets into git is there for ever.",
                    cure="Name a folder elsewhere, or none: FileStorage().",
                )

    def _sync_folder(self) -> None:
        """See that also the new name is on the disk, as far as the disk can: a network drive may not be asked that."""
        if os.name != "posix":  # Windows does it by itself
            return
        with contextlib.suppress(OSError):  # the file itself is there, under its name
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


class KeyringStorage:
    """Keeps logins in the keychain of the operating system, through the library ``keyring``.

    Only a keychain of the system is used: Secret Service (GNOME, KeePassXC), KDE Wallet, macOS, Windows. A backend
    that would write plain text, or keep nothing, is refused, whatever ``keyring`` is configured for.

    The keychain may show a dialog before it answers. It is asked on a thread of its own, so that the kernel can be
    interrupted, and for so many seconds only.

    Args:
        seconds: How long an answer is waited for.

    Raises:
        ConfigurationError: ``keyring`` is not installed.
        StorageError: There is no keychain of the system here.
    """

    def __init__(self, *, seconds: float = KEYCHAIN_SECONDS) -> None:
        self._seconds = seconds
        self._backend = _system_keychain()
        self._unanswered: Future[Any] | None = None
        in_child(self._forget_dialog)

    def __repr__(self) -> str:
        return f"<KeyringStorage: {self.description}>"

    @property
    def description(self) -> str:
        """What it is, in words for a person."""
        return SYSTEM_KEYCHAINS[type(self._backend).__module__]()

    @staticmethod
    def available() -> bool:
        """Whether a keychain of the system is here and open. It shows no dialog, and takes a moment only."""
        try:
            backend = _system_keychain()
            return not _is_locked(backend)
        except (ConfigurationError, StorageError):
            return False

    @opaque
    def load(self, environment: Environment) -> StoredLogin | None:
        """The login that is kept; None when there is none.

        Args:
            environment: Whose login.

        Raises:
            StorageError: The keychain did not answer, or refused.
        """
        text = self._ask(lambda: self._backend.get_password(_service(environment), APPLICATION))
        return StoredLogin.from_text(text) if text else None

    @opaque
    def save(self, environment: Environment, login: StoredLogin) -> None:
        """Keep a login, in place of the one before.

        Args:
            environment: Whose login.
            login: What to keep.

        Raises:
            StorageError: The keychain did not answer, refused, or has not kept what it was given.
        """
        text, service = login.to_text(), _service(environment)

        def write() -> bool:
            self._backend.set_password(service, APPLICATION, text)
            return bool(self._backend.get_password(service, APPLICATION) == text)

        if not self._ask(write, secrets=(login.refresh_token,)):
            raise StorageError(
                "The keychain has not kept the login.",
                why="It took the entry without a complaint, and does not have it.",
                cure="See whether the keychain works. Until then, log in again after a restart.",
            )

    @opaque
    def delete(self, environment: Environment) -> None:
        """Keep nothing any more. Harmless when nothing is kept.

        Args:
            environment: Whose login.

        Raises:
            StorageError: The keychain did not answer, or refused.
        """
        service = _service(environment)

        def remove() -> None:
            if self._backend.get_password(service, APPLICATION) is not None:
                self._backend.delete_password(service, APPLICATION)

        self._ask(remove)

    def _forget_dialog(self) -> None:
        """In a forked process: the thread that waits for the answer is the other process's."""
        self._unanswered = None

    def _ask(self, action: Callable[[], _T], *, secrets: tuple[str, ...] = ()) -> _T:
        if self._unanswered and not self._unanswered.done():
            raise _no_answer(self._seconds)  # a dialog is open already; a second one helps nobody
        answer: Future[_T] = Future()

        def run() -> None:
            try:
                answer.set_result(action())
            except BaseException as error:  # noqa: BLE001  (keychains raise anything, also what is no KeyringError)
                answer.set_exception(error)

        self._unanswered = answer
        threading.Thread(target=run, name="keychain", daemon=True).start()
        try:
            error = answer.exception(self._seconds)
        except OutOfTime:
            raise _no_answer(self._seconds) from None
        if error is not None:
            raise _keychain_failed(error, secrets)
        return answer.result()


def why_no_keychain(environment: Environment) -> str:
    """Why a person should not be offered to keep this environment's login in the keychain.

    It shows no dialog and asks no server. A program that wants :class:`KeyringStorage` all the same may use it.

    Args:
        environment: The environment that the person logs in to.

    Returns:
        The reason, in a sentence; empty when it can be offered.
    """
    if any(name.startswith("JUPYTERHUB_") for name in os.environ):
        return "This notebook runs on a hub, where several people may share one account of the system."
    if environment.name == "practice" and not is_loopback(environment.server_url):
        return "This is a class: logins end with it, and others may use this computer next."
    if not KeyringStorage.available():
        return "There is no open keychain of the operating system here, or the package keyring is not installed."
    return ""


def wants_to_be_kept(environment: Environment) -> bool:
    """Whether the person has asked, in an earlier kernel too, to stay logged in on this computer.

    Args:
        environment: The environment that the person logs in to.
    """
    try:
        return _wish(environment).is_file()
    except (RingCentralError, OSError):
        return False


def note_wish(environment: Environment, *, to_be_kept: bool) -> None:
    """Remember whether the person wants to stay logged in on this computer. It holds nothing but that.

    Args:
        environment: The environment that the person logs in to.
        to_be_kept: What the person wants from now on.

    Raises:
        ConfigurationError: ``platformdirs`` is not installed.
        StorageError: The person's configuration cannot be written.
    """
    file = _wish(environment)
    try:
        if to_be_kept:
            private_folder(file.parent)
            file.touch(mode=0o600)
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise _file_failed(file, error) from None


def _wish(environment: Environment) -> Path:
    return configuration_folder() / f"keep-{label_of(environment)}"


def not_installed(package: str) -> ConfigurationError:
    """The error for a package of the extra ``storage`` that is missing.

    Args:
        package: Its name.
    """
    return ConfigurationError(
        f"The package {package} is not installed.",
        why="Logins are kept over a restart with its help.",
        cure='Install it: pip install "rc-nb-helpers[storage]", or pip install keyring filelock platformdirs.',
    )


def _system_keychain() -> Any:
    """The best keychain of the system that works here. No dialog: that comes with the first entry."""
    try:
        import keyring.backend
    except ImportError:
        raise not_installed("keyring") from None
    try:
        # Not keyring.get_keyring(): it may be configured for another backend, and settles on a chain of several.
        backends = [each for each in keyring.backend.get_all_keyring() if type(each).__module__ in SYSTEM_KEYCHAINS]
        backend: Any = max(backends, key=lambda each: float(each.priority), default=None)
    except Exception as error:  # noqa: BLE001  (a broken plug-in of somebody's)
        raise _keychain_failed(error, ()) from None
    if backend is None:
        raise StorageError(
            "There is no keychain of the operating system here.",
            why="Containers, hubs and remote computers usually have none.",
            cure="Log in again after a restart, or, on a computer that is yours alone, use FileStorage().",
        )
    if type(backend).__module__ == "keyring.backends.Windows":
        backend.persist = "local machine"  # not copied to the other computers of a company
    return backend


def _is_locked(backend: Any) -> bool:
    """Whether a dialog would have to be shown first. Where that cannot be asked, no."""
    if type(backend).__module__ != "keyring.backends.SecretService":
        return False
    try:
        import secretstorage

        with contextlib.closing(secretstorage.dbus_init()) as bus:
            # Not get_default_collection(): where there is none yet, it opens a dialog to make one.
            return bool(secretstorage.Collection(bus).is_locked())
    except Exception:  # noqa: BLE001  (no bus, no collection yet)
        return True


def _service(environment: Environment) -> str:
    """What the entry is called. The user's name is always the same: Windows would keep a copy for each other one."""
    return f"{APPLICATION} {label_of(environment)}"


def _is_open_to_others(found: os.stat_result) -> bool:
    return os.name == "posix" and (found.st_uid != os.getuid() or bool(found.st_mode & 0o077))


def _words_of(error: BaseException, secrets: tuple[str, ...] = ()) -> str:
    """What the system said, masked."""
    said = str(error.strerror or "") if isinstance(error, OSError) else str(error)
    return f"The system says: {beginning(said, secrets, most=200) or type(error).__name__}"


def _file_failed(path: Path, error: OSError) -> StorageError:
    return StorageError(
        "The file for the login cannot be used.", why=_words_of(error), cure=f"See that {path} can be read and written."
    )


def _keychain_failed(error: BaseException, secrets: tuple[str, ...]) -> StorageError:
    return StorageError(
        "The keychain has refused.",
        why=_words_of(error, secrets),
        cure="Open the keychain of this computer and see whether it is locked. Until it works, log in again after a "
        "restart.",
    )


def _no_answer(seconds: float) -> StorageError:
    return StorageError(
        f"The keychain has not answered within {seconds:g} seconds.",
        why="It may have opened a dialog that waits for you.",
        cure="Answer the dialog, then run the cell again.",
    )
