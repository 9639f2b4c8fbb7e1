"""A login over a restart: in a file, in the system's keychain, and what a session does with them."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rc_nb_helpers import (
    ConfigurationError,
    Environment,
    FileStorage,
    KeyringStorage,
    NotLoggedIn,
    RingCentralError,
    Session,
    StorageError,
    StoredLogin,
    storage,
    why_no_keychain,
)
from rc_nb_helpers.practice import PracticePlatform

from .conftest import SOON, TOKEN_PATH, Browser, FakePlatform, Say, environment_of, eventually, log_in, put_away
from .test_forks import Child

TOKEN = "refresh-token-of-the-test-Qv9"
LOGIN = StoredLogin(refresh_token=TOKEN, refresh_expires_at=4e9, owner_id="101", session_id="s1")
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no file modes")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of a person's is touched."""
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def environment() -> Environment:
    return Environment(
        name="x", server_url="https://x.example", client_id="the-app", redirect_uri="http://localhost:5000/x"
    )


def failure(action: Any, *args: Any) -> StorageError:
    with pytest.raises(StorageError) as caught:
        action(*args)
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert TOKEN not in shown
    assert caught.value.cure
    return caught.value


# --- what is kept


def test_kept_login_comes_back_and_hides_its_token() -> None:
    assert StoredLogin.from_text(LOGIN.to_text()) == LOGIN
    assert TOKEN not in repr(LOGIN)
    assert "the-app" not in LOGIN.to_text()


def test_entry_is_short_enough_for_windows() -> None:
    long = replace(LOGIN, refresh_token="x" * 1000, owner_id="9" * 20, session_id="s" * 64)
    assert len(long.to_text()) < 1280


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        '{"version":2}',
        "[" * 100_000,
        LOGIN.to_text().replace('"version":1', '"version":2'),
        LOGIN.to_text().replace(TOKEN, ""),
        LOGIN.to_text().replace("4000000000.0", '"soon"'),
        LOGIN.to_text().replace("4000000000.0", "true"),
        LOGIN.to_text().replace("4000000000.0", "null"),
        LOGIN.to_text().replace("4000000000.0", "[4000000000.0]"),
        *(LOGIN.to_text().replace("4000000000.0", time) for time in ("NaN", "Infinity", "-Infinity", "1e400", "-1")),
        LOGIN.to_text().replace("4000000000.0", "4" * 400),
        LOGIN.to_text().replace('"101"', "101"),
        LOGIN.to_text()[:-20],
        LOGIN.to_text()[:-1] + ',"more":1}',
    ],
)
def test_what_is_no_login_is_none(text: str) -> None:
    assert StoredLogin.from_text(text) is None


# --- a file


@pytest.mark.parametrize("folder", [5, b"x", ["x"], "a\0b", ""])
def test_what_is_no_folder_is_told(folder: Any) -> None:
    with pytest.raises(ConfigurationError, match="is no folder"):
        FileStorage(folder)


def test_file_keeps_logins_of_environments_and_apps_apart(tmp_path: Path, environment: Environment) -> None:
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)
    others = [replace(environment, server_url="https://y.example"), replace(environment, client_id="another")]
    for other in others:
        assert kept.load(other) is None
        kept.save(other, replace(LOGIN, owner_id=other.client_id))
    assert kept.load(environment) == LOGIN
    kept.delete(environment)
    assert kept.load(environment) is None
    assert all(kept.load(other) for other in others)
    kept.delete(environment)


def test_file_is_in_the_persons_configuration_folder(home: Path, environment: Environment) -> None:
    kept = FileStorage()
    kept.save(environment, LOGIN)
    (file,) = home.rglob("*.json")
    assert str(file.parent) in kept.description
    assert TOKEN not in repr(kept)


@posix
def test_file_and_folder_are_for_their_owner_only(tmp_path: Path, environment: Environment) -> None:
    before = os.umask(0)
    try:
        FileStorage(tmp_path / "logins").save(environment, LOGIN)
    finally:
        os.umask(before)
    (file,) = (tmp_path / "logins").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
def test_file_that_others_can_read_or_change_is_refused(tmp_path: Path, environment: Environment, mode: int) -> None:
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)
    (file,) = (tmp_path / "logins").iterdir()
    file.chmod(mode)
    assert "not private" in failure(kept.load, environment).happened


@posix
def test_file_of_somebody_else_is_refused(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    failure(kept.load, environment)
    failure(kept.save, environment, LOGIN)


@posix
def test_link_is_not_followed(tmp_path: Path, environment: Environment) -> None:
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)
    (file,) = (tmp_path / "logins").iterdir()
    other = tmp_path / "other"
    file.rename(other)
    file.symlink_to(other)
    failure(kept.load, environment)
    kept.save(environment, replace(LOGIN, owner_id="102"))  # replaces the link, and leaves what it showed
    assert not file.is_symlink()
    assert StoredLogin.from_text(other.read_text()) == LOGIN


@posix
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path, environment: Environment, kind: str) -> None:
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)
    (file,) = (tmp_path / "logins").iterdir()
    file.unlink()
    os.mkfifo(file, 0o600) if kind == "pipe" else file.mkdir(mode=0o700)
    failure(kept.load, environment)


@posix
def test_folder_that_others_may_enter_is_refused(tmp_path: Path, environment: Environment) -> None:
    (tmp_path / "logins").mkdir(mode=0o755)
    (tmp_path / "logins").chmod(0o755)
    failure(FileStorage(tmp_path / "logins").save, environment, LOGIN)
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    failure(FileStorage(tmp_path / "link").save, environment, LOGIN)
    assert list((tmp_path / "real").iterdir()) == []


def test_file_inside_a_git_work_tree_is_refused(tmp_path: Path, environment: Environment) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "project")], check=True)
    failure(FileStorage, tmp_path / "project")
    failure(FileStorage, tmp_path / "project" / "deep" / "down")
    (tmp_path / "linked").symlink_to(tmp_path / "project")
    failure(FileStorage, tmp_path / "linked" / "logins")
    kept = FileStorage(tmp_path / "later")
    subprocess.run(["git", "init", "-q", str(tmp_path / "later")], check=True)
    failure(kept.save, environment, LOGIN)
    assert not list((tmp_path / "later").glob("*.json"))


@posix
def test_file_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert "No space" in failure(kept.save, environment, replace(LOGIN, owner_id="102")).why
    assert kept.load(environment) == LOGIN
    kept.save(environment, replace(LOGIN, owner_id="102"))
    assert [file.suffix for file in (tmp_path / "logins").iterdir()] == [".json"]


@posix
def test_network_drive_that_cannot_be_asked_about_a_folder_keeps_the_login(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def of_files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", of_files_only)
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)
    assert kept.load(environment) == LOGIN


def test_file_of_another_version_is_no_login(tmp_path: Path, environment: Environment) -> None:
    kept = FileStorage(tmp_path / "logins")
    kept.save(environment, LOGIN)
    (file,) = (tmp_path / "logins").iterdir()
    file.write_text("x" * 100_000)
    assert kept.load(environment) is None


# --- a keychain


class Keychain:
    """A backend of ``keyring`` that keeps its entries in memory."""

    priority = 5

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        return self.entries.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.entries[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        del self.entries[service, user]


def backend_of(module: str, kind: type[Keychain] = Keychain) -> Keychain:
    """A backend that seems to come from a module."""
    made: Keychain = types.new_class("Keyring", (kind,), exec_body=lambda body: body.update(__module__=module))()
    return made


SYSTEM = "keyring.backends.libsecret"


@pytest.fixture
def backends(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Keychain]]:
    """What ``keyring`` finds on this computer; to be filled by the test."""
    found: list[Keychain] = []
    monkeypatch.setattr("keyring.backend.get_all_keyring", lambda: found)
    return found


def test_keychain_keeps_logins_of_environments_and_apps_apart(
    backends: list[Keychain], environment: Environment
) -> None:
    backends.append(backend_of(SYSTEM))
    kept = KeyringStorage()
    kept.save(environment, LOGIN)
    assert kept.load(replace(environment, client_id="another")) is None
    assert kept.load(replace(environment, server_url="https://y.example")) is None
    assert KeyringStorage().load(environment) == LOGIN
    assert "keychain of this computer" in repr(kept)
    assert "the-app" not in repr(backends[0].entries)
    kept.delete(environment)
    assert kept.load(environment) is None
    kept.delete(environment)


@pytest.mark.parametrize(
    "module",
    [
        "keyrings.alt.file",
        "keyring.backends.null",
        "keyring.backends.fail",
        "keyring.backends.chainer",
        "keyring.backends.SecretServiceOfMine",
        "somebody.elses",
    ],
)
def test_what_is_no_keychain_of_the_system_is_never_used(
    backends: list[Keychain], environment: Environment, module: str
) -> None:
    other = backend_of(module)
    other.priority = 100
    backends.append(other)
    failure(KeyringStorage)
    assert not KeyringStorage.available()
    assert why_no_keychain(environment)
    backends.append(backend_of(SYSTEM))
    KeyringStorage().save(environment, LOGIN)
    assert other.entries == {}
    assert KeyringStorage.available()


def test_keychain_that_keeps_nothing_is_noticed(backends: list[Keychain], environment: Environment) -> None:
    class Forgetful(Keychain):
        def set_password(self, service: str, user: str, password: str) -> None:
            pass

    backends.append(backend_of(SYSTEM, Forgetful))
    assert "has not kept" in failure(KeyringStorage().save, environment, LOGIN).happened


class Odd(Exception):
    """As pywintypes.error: no KeyringError, and it shows what it was given."""


@pytest.mark.parametrize("kind", [Odd, OSError, TimeoutError, KeyError, SystemExit])
def test_whatever_a_keychain_raises_is_a_lesson(
    backends: list[Keychain], environment: Environment, kind: type[BaseException]
) -> None:
    class Broken(Keychain):
        def get_password(self, service: str, user: str) -> str | None:
            raise kind("locked")

        def set_password(self, service: str, user: str, password: str) -> None:
            raise kind(f"(1783, 'CredWrite', {password!r})")

    backends.append(backend_of(SYSTEM, Broken))
    kept = KeyringStorage(seconds=5)
    for action in (lambda: kept.load(environment), lambda: kept.save(environment, LOGIN)):
        assert failure(action).happened == "The keychain has refused."


def test_keychain_that_waits_for_a_dialog_is_not_waited_for(backends: list[Keychain], environment: Environment) -> None:
    answered = threading.Event()

    class Asking(Keychain):
        def get_password(self, service: str, user: str) -> str | None:
            assert threading.current_thread() is not threading.main_thread()
            answered.wait(SOON)
            return super().get_password(service, user)

    backends.append(backend_of(SYSTEM, Asking))
    kept = KeyringStorage(seconds=0.2)
    began = time.monotonic()
    assert "not answered" in failure(kept.load, environment).happened
    failure(kept.save, environment, LOGIN)  # no second dialog, and nothing that overtakes
    assert time.monotonic() - began < SOON
    answered.set()
    eventually(lambda: _works(kept, environment))


def _works(kept: KeyringStorage, environment: Environment) -> bool:
    try:
        kept.save(environment, LOGIN)
    except StorageError:
        return False
    return kept.load(environment) == LOGIN


@pytest.mark.skipif(sys.platform != "linux", reason="needs a fork()")
def test_forked_process_asks_although_the_other_waits_for_a_dialog(
    backends: list[Keychain], environment: Environment
) -> None:
    answered, here = threading.Event(), os.getpid()

    class Asking(Keychain):
        def get_password(self, service: str, user: str) -> str | None:
            return answered.wait(SOON) and None if os.getpid() == here else LOGIN.to_text()

    backends.append(backend_of(SYSTEM, Asking))
    kept = KeyringStorage(seconds=0.2)
    failure(kept.load, environment)
    with Child(lambda: kept.load(environment) == LOGIN) as said:
        assert said is True
    answered.set()


def test_without_keyring_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, environment: Environment) -> None:
    monkeypatch.setitem(sys.modules, "keyring.backend", None)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigurationError, match="pip install"):
        KeyringStorage()
    assert not KeyringStorage.available()
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    with pytest.raises(ConfigurationError, match="pip install"):
        FileStorage()


def test_keychain_is_not_offered_on_a_hub_or_in_a_class(
    backends: list[Keychain], environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends.append(backend_of(SYSTEM))
    assert why_no_keychain(environment) == ""
    classroom = replace(environment, name="practice", server_url="https://class.example")
    assert "class" in why_no_keychain(classroom)
    assert why_no_keychain(replace(environment, name="practice", server_url="http://127.0.0.1:1234")) == ""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/alex/")
    assert "hub" in why_no_keychain(environment)


# --- a session that keeps its login


class InMemory:
    """Somebody's own storage."""

    description = "a dictionary"

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], StoredLogin] = {}
        self.fails: Exception | None = None

    def load(self, environment: Environment) -> StoredLogin | None:
        self._fail()
        return self.entries.get((environment.server_url, environment.client_id))

    def save(self, environment: Environment, login: StoredLogin) -> None:
        self._fail()
        self.entries[environment.server_url, environment.client_id] = login

    def delete(self, environment: Environment) -> None:
        self._fail()
        self.entries.pop((environment.server_url, environment.client_id), None)

    def _fail(self) -> None:
        if self.fails:
            raise self.fails

    @property
    def only(self) -> StoredLogin | None:
        (entry,) = self.entries.values() or [None]
        return entry


@pytest.fixture
def place() -> InMemory:
    return InMemory()


def sign_in(session: Session, practice: PracticePlatform, *, who: int = 0) -> Session:
    attempt = session.begin_login()
    Browser(practice, who=who).log_in(attempt)
    attempt.wait(timeout=SOON)
    put_away(session)
    return session


def kept_session(practice: PracticePlatform, place: Any, *, who: int = 0) -> Session:
    return sign_in(Session(environment_of(practice), storage=place), practice, who=who)


def alive(session: Session) -> bool:
    try:
        session.get("/restapi/v1.0/account/~")
    except NotLoggedIn:
        return False
    return True


def test_session_is_still_logged_in_after_a_restart(practice: PracticePlatform, place: InMemory) -> None:
    before = kept_session(practice, place)
    assert before.storage is place
    assert before.storage_problem is None
    after = Session(environment_of(practice), storage=place)
    assert after.logged_in
    assert after.token_status
    assert after.token_status.owner_id == before.token_status.owner_id  # type: ignore[union-attr]
    assert after.person
    assert after.person.name == "Alex Rivera"
    assert alive(after)
    assert alive(before)  # finds what the other has renewed
    assert alive(after)


def test_without_a_storage_nothing_is_kept(practice: PracticePlatform, home: Path) -> None:
    session = sign_in(Session(environment_of(practice)), practice)
    session.refresh()
    assert session.storage is None
    assert not home.exists()
    assert not Session(environment_of(practice)).logged_in


def test_another_app_or_environment_takes_nothing_up(practice: PracticePlatform, place: InMemory) -> None:
    session = kept_session(practice, place)
    other = replace(environment_of(practice), client_id="another-app")
    assert not Session(other, storage=place).logged_in
    restored = Session(other, storage=place)
    restored.use(environment_of(practice))
    assert restored.logged_in  # its own is found again
    session.logout()
    assert not alive(restored)


def test_every_refresh_is_saved(practice: PracticePlatform, place: InMemory) -> None:
    session = kept_session(practice, place)
    first = place.only
    session.refresh()
    assert first
    assert place.only
    assert place.only.refresh_token not in ("", first.refresh_token)
    assert place.only.refresh_token == session.platform.auth().refresh_token()


def test_logout_revokes_and_deletes(practice: PracticePlatform, place: InMemory) -> None:
    session = kept_session(practice, place)
    other = Session(environment_of(practice), storage=place)
    assert alive(other)  # the newest token is now in the storage alone
    assert session.logout().revoked
    assert place.only is None
    assert not alive(other)
    assert practice.controls.expire_access_tokens() == 0
    assert not Session(environment_of(practice), storage=place).logged_in


def test_login_of_another_person_replaces_and_revokes(practice: PracticePlatform, place: InMemory) -> None:
    alex = kept_session(practice, place)
    second = Session(environment_of(practice), storage=place)
    assert alive(second)  # Alex's newest token is not the one that the first session knows
    sign_in(alex, practice, who=1)
    kim = Session(environment_of(practice), storage=place)
    assert kim.person
    assert kim.person.name != "Alex Rivera"
    eventually(lambda: practice.controls.expire_access_tokens() == 1)
    assert not alive(second)  # and it did not become Kim
    assert second.person is None
    assert place.only  # and Kim's was not deleted with it
    assert alive(kim)


def test_another_persons_entry_is_never_taken_over(practice: PracticePlatform, place: InMemory) -> None:
    session = kept_session(practice, place)
    elsewhere = InMemory()
    kept_session(practice, elsewhere, who=1)
    place.entries = elsewhere.entries
    session.refresh()
    assert session.person
    assert session.person.name == "Alex Rivera"
    assert place.only
    assert place.only.owner_id != session.token_status.owner_id  # type: ignore[union-attr]
    session.logout()
    assert place.only  # somebody else's


def test_same_person_who_logs_in_again_is_one_login_for_all(practice: PracticePlatform, place: InMemory) -> None:
    first = kept_session(practice, place)
    second = Session(environment_of(practice), storage=place)
    sign_in(second, practice)
    assert alive(first)
    assert alive(second)
    eventually(lambda: practice.controls.expire_access_tokens() == 1)


def test_refresh_begins_with_what_another_has_saved(practice: PracticePlatform, place: InMemory) -> None:
    first = kept_session(practice, place)
    second = Session(environment_of(practice), storage=place)
    first.refresh()
    assert alive(first)
    practice.controls.advance(60)  # beyond the grace: the token that the second one holds is dead
    second.refresh()
    assert alive(second)


def test_login_that_has_ended_is_told_once_and_forgotten(practice: PracticePlatform, place: InMemory) -> None:
    kept_session(practice, place)
    practice.controls.revoke_sessions()
    session = Session(environment_of(practice), storage=place)
    assert session.logged_in
    with pytest.raises(NotLoggedIn, match="Log in again"):
        session.get("/restapi/v1.0/account/~")
    assert not session.logged_in
    assert place.only is None


def test_entry_whose_time_is_over_logs_nobody_in(practice: PracticePlatform, place: InMemory) -> None:
    environment = environment_of(practice)
    place.save(environment, replace(LOGIN, refresh_expires_at=time.time() - 1))
    assert not Session(environment, storage=place).logged_in


@pytest.mark.parametrize("error", [StorageError("No."), OSError("no"), KeyError(TOKEN)])
def test_failing_storage_breaks_no_login(practice: PracticePlatform, place: InMemory, error: Exception) -> None:
    place.fails = error
    session = kept_session(practice, place)
    assert isinstance(session.storage_problem, RingCentralError)
    assert TOKEN not in str(session.storage_problem)
    assert alive(session)
    session.refresh()
    place.fails = None
    session.refresh()  # what could not be saved is saved now
    assert session.storage_problem is None
    assert place.only
    assert place.only.refresh_token == session.platform.auth().refresh_token()
    place.fails = error
    outcome = session.logout()
    assert outcome.revoked
    assert "a dictionary may still hold the login" in outcome.why


@pytest.mark.parametrize(
    "given",
    [
        {"refresh_token": TOKEN},
        TOKEN,
        replace(LOGIN, refresh_expires_at=float("nan")),
        replace(LOGIN, refresh_expires_at=None),
        replace(LOGIN, refresh_token=None),
        replace(LOGIN, refresh_token=TOKEN.encode()),
        replace(LOGIN, owner_id=101),
    ],
    ids=lambda given: type(given).__name__,
)
def test_storage_that_gives_no_login_is_told_and_breaks_nothing(practice: PracticePlatform, given: Any) -> None:
    """Somebody's own storage: it may give anything."""
    place = InMemory()
    environment = environment_of(practice)
    place.entries[environment.server_url, environment.client_id] = given
    session = Session(environment, storage=place)
    assert isinstance(session.storage_problem, StorageError)
    assert not session.logged_in
    sign_in(session, practice)
    session.refresh()
    assert session.storage_problem is None
    assert place.only
    assert place.only.refresh_token == session.platform.auth().refresh_token()


def test_server_that_names_nobody_has_its_logins_kept_too(fake, fake_environment, place: InMemory) -> None:
    session = Session(fake_environment, storage=place)
    log_in(session)
    session.refresh()
    assert session.storage_problem is None
    assert place.only
    assert place.only.refresh_token == session.platform.auth().refresh_token()
    other = Session(fake_environment, storage=place)
    other.refresh()
    session.refresh()  # nobody can say whether what the other has kept is ours: it is left alone, and that is told
    assert place.only.refresh_token == other.platform.auth().refresh_token()
    assert session.storage_problem
    assert "does not say whether it is the same person's" in session.storage_problem.why
    session.keep(place)  # what is here takes its place
    assert session.storage_problem is None
    assert place.only.refresh_token == session.platform.auth().refresh_token()
    session.logout()
    assert place.only is None
    put_away(session)


def test_tokens_set_by_hand_are_kept_from_their_first_renewal_on(practice: PracticePlatform, place: InMemory) -> None:
    tokens = sign_in(Session(environment_of(practice)), practice).platform.auth().data()
    session = Session(environment_of(practice), storage=place)
    session.platform.auth().set_data(tokens)
    session.refresh()
    assert place.only
    assert place.only.refresh_token == session.platform.auth().refresh_token()
    place.entries.clear()
    session.refresh()  # somebody has ended that meanwhile
    assert place.only is None
    assert session.storage_problem
    assert "Its entry is gone" in session.storage_problem.why
    assert session.logged_in


@posix
def test_logout_deletes_also_what_others_could_read(practice: PracticePlatform, tmp_path: Path) -> None:
    session = kept_session(practice, FileStorage(tmp_path / "logins"))
    (file,) = (tmp_path / "logins").iterdir()
    file.chmod(0o644)
    assert session.logout().why == ""
    assert not file.exists()
    assert session.storage_problem is None


def test_token_that_could_not_be_saved_is_newer_than_the_entry(practice: PracticePlatform, place: InMemory) -> None:
    session = kept_session(practice, place)
    place.fails = OSError("no")
    session.refresh()
    assert alive(session)
    practice.controls.advance(60)  # beyond the grace: the entry's token is dead
    place.fails = None
    session.refresh()
    assert place.only
    assert place.only.refresh_token == session.platform.auth().refresh_token()


def test_keeping_begins_and_ends_while_logged_in(practice: PracticePlatform, place: InMemory) -> None:
    session = sign_in(Session(environment_of(practice)), practice)
    session.keep(place)
    assert place.only
    assert Session(environment_of(practice), storage=place).logged_in
    session.keep(None)
    assert place.only is None
    assert session.storage is None
    assert session.logged_in
    session.refresh()
    assert place.only is None


def test_keeping_moves_to_another_place(practice: PracticePlatform, place: InMemory, tmp_path: Path) -> None:
    session = kept_session(practice, place)
    session.keep(FileStorage(tmp_path / "logins"))
    assert place.only is None
    assert Session(environment_of(practice), storage=FileStorage(tmp_path / "logins")).logged_in
    session.keep(FileStorage(tmp_path / "logins"))  # the same place
    assert Session(environment_of(practice), storage=FileStorage(tmp_path / "logins")).logged_in


def test_keeping_begins_with_what_is_there(practice: PracticePlatform, place: InMemory) -> None:
    kept_session(practice, place)
    session = Session(environment_of(practice))
    told = threading.Event()
    session.observe(told.set)
    session.keep(place)
    assert session.logged_in
    assert told.is_set()
    assert alive(session)


def test_refresh_after_another_session_has_ended_the_keeping_saves_nothing(
    practice: PracticePlatform, place: InMemory
) -> None:
    first = kept_session(practice, place)
    second = Session(environment_of(practice), storage=place)
    first.keep(None)
    second.refresh()
    assert place.only is None


def test_login_without_a_refresh_token_keeps_nothing(
    fake: FakePlatform, fake_environment: Environment, place: InMemory
) -> None:
    session = Session(fake_environment, storage=place)
    log_in(session)
    assert place.only
    answer = fake.tokens()
    del answer["refresh_token"]
    fake.script[TOKEN_PATH] = Say(answer)
    log_in(session)
    assert place.only is None
    put_away(session)


def test_lock_is_in_a_private_folder_and_holds_no_secret(practice: PracticePlatform, place: InMemory) -> None:
    session = kept_session(practice, place)
    session.refresh()
    (lock,) = Path(os.environ["XDG_CONFIG_HOME"]).rglob("*.lock")
    assert lock.read_bytes() == b""
    if os.name == "posix":
        assert stat.S_IMODE(lock.parent.stat().st_mode) == 0o700


def test_lock_that_cannot_be_had_is_told_and_breaks_nothing(
    practice: PracticePlatform, place: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = kept_session(practice, place)
    monkeypatch.setattr("rc_nb_helpers.keeping.LOCK_SECONDS", 0.1)
    import filelock

    path = storage.configuration_folder() / f"{storage.label_of(session.environment)}.lock"
    with filelock.FileLock(path):
        session.refresh()
        assert session.storage_problem
        assert "lock" in session.storage_problem.happened
    session.refresh()
    assert session.storage_problem is None


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (OSError(errno.ENOLCK, "No locks available"), "gives no locks, as some network drives do"),
        (OSError(errno.EOPNOTSUPP, "Operation not supported"), "gives no locks"),
        (NotImplementedError("FileSystem does not appear to support flock"), "gives no locks"),
        (OSError(errno.EROFS, "Read-only file system"), "The system says: Read-only file system."),
    ],
)
def test_lock_that_the_system_does_not_give_is_told_by_its_cause(
    practice: PracticePlatform, place: InMemory, monkeypatch: pytest.MonkeyPatch, failure: Exception, why: str
) -> None:
    import filelock

    def refused(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(filelock.FileLock, "_acquire", refused)
    session = kept_session(practice, place)
    assert session.storage_problem
    assert why in session.storage_problem.why
    assert str(storage.configuration_folder()) in session.storage_problem.cure
    assert alive(session)


def test_without_filelock_it_says_what_to_install(
    practice: PracticePlatform, place: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "filelock", None)
    session = kept_session(practice, place)
    assert session.storage_problem
    assert "filelock" in session.storage_problem.happened
    assert alive(session)


def test_threads_of_one_session_refresh_once(practice: PracticePlatform, place: InMemory) -> None:
    session = kept_session(practice, place)
    practice.controls.expire_access_tokens()
    before = place.only
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(alive(session))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert results == [True] * 8
    assert place.only != before


# --- the real thing


def secret_service() -> bool:
    return sys.platform == "linux" and not subprocess.call(
        ["sh", "-c", "command -v dbus-run-session && command -v gnome-keyring-daemon"], stdout=subprocess.DEVNULL
    )


REAL = """
import json, os
from rc_nb_helpers import Environment, KeyringStorage, StorageError, StoredLogin, why_no_keychain
environment = Environment(name="x", server_url="https://x.example", client_id="c", redirect_uri="http://localhost:1/x")
told = {"available": KeyringStorage.available(), "why": why_no_keychain(environment)}
try:
    kept = KeyringStorage(seconds=10)
    told["description"] = kept.description
    told["before"] = str(kept.load(environment))
    kept.save(environment, StoredLogin(refresh_token="x" * 1000, refresh_expires_at=4e9, owner_id="101"))
    told["kept"] = KeyringStorage().load(environment).refresh_token == "x" * 1000
    kept.delete(environment)
    told["after"] = str(kept.load(environment))
except StorageError as error:
    told["error"] = str(error)
print(json.dumps(told))
"""


def with_secret_service(folder: Path, before: str) -> dict[str, Any]:
    """Run the program above on a bus and with a keychain of its own; nothing of a person's is seen."""
    import json

    own = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[1])} | own
    environment |= {"XDG_RUNTIME_DIR": str(runtime), "PROGRAM": REAL, "PYTHON": sys.executable}
    script = f'{before} "$PYTHON" -c "$PROGRAM"'
    command = ["dbus-run-session", "--", "sh", "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


real = pytest.mark.skipif(not secret_service(), reason="needs dbus-run-session and gnome-keyring-daemon")
UNLOCK = 'printf "pass" | gnome-keyring-daemon --unlock --components=secrets >/dev/null;'


@real
@pytest.mark.slow
def test_real_secret_service_keeps_a_login(tmp_path: Path) -> None:
    assert with_secret_service(tmp_path, UNLOCK) == {
        "available": True,
        "why": "",
        "description": "the keychain of this computer (Secret Service)",
        "before": "None",
        "kept": True,
        "after": "None",
    }


@real
@pytest.mark.slow
def test_real_secret_service_that_is_locked_is_not_available_and_says_so(tmp_path: Path) -> None:
    told = with_secret_service(tmp_path, "gnome-keyring-daemon --start --components=secrets >/dev/null;")
    assert not told["available"]
    assert told["why"]
    assert told["error"]
    assert "kept" not in told


def test_who_has_no_home_folder_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(*_: object, **__: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("platformdirs.user_config_path", homeless)
    assert "no home folder" in failure(FileStorage).why
    monkeypatch.setattr(Path, "expanduser", homeless)
    assert "no home folder" in failure(FileStorage, "~nobody/logins").why
