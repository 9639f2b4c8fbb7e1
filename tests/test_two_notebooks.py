"""Two notebooks, two kernels, two environments at once: nobody takes the other's answer, port or token."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from rc_nb_helpers import Environment, LoginError, LoginPanel, PortInUse, Session, load_environment
from rc_nb_helpers.errors import CallbackRejected, ConfigurationError
from rc_nb_helpers.practice import PracticePlatform

from .conftest import (
    SOON,
    Browser,
    FakePlatform,
    bring,
    callback,
    environment_of,
    eventually,
    free_port,
    is_free,
    parameters,
    put_away,
)
from .test_loopback import program

KERNEL_SECONDS = 30.0


class Notebook:
    """A notebook of one kernel, that shows what its cells print."""

    def __init__(self) -> None:
        self._manager: KernelManager
        self._client: BlockingKernelClient
        self._manager, self._client = start_new_kernel(startup_timeout=KERNEL_SECONDS)

    def run(self, code: str) -> str:
        """Run a cell; return what it printed and what it raised."""
        printed: list[str] = []

        def show(message: dict) -> None:
            content = message["content"]
            printed.extend(content.get("traceback") or [content.get("text", "")])

        self._client.execute_interactive(code, timeout=KERNEL_SECONDS, output_hook=show)
        return "".join(printed).strip()

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture
def notebooks() -> Iterator[tuple[Notebook, Notebook]]:
    pair = Notebook(), Notebook()
    yield pair
    for notebook in pair:
        notebook.close()


@pytest.fixture
def addresses() -> tuple[str, str]:
    return f"http://localhost:{free_port()}/oauth2callback", f"http://localhost:{free_port()}/oauth2callback"


@pytest.fixture
def practice(addresses: tuple[str, str]) -> Iterator[PracticePlatform]:
    with PracticePlatform(redirect_uris=list(addresses)) as platform:
        yield platform


def test_second_notebook_is_told_and_goes_on_at_another_port(notebooks, practice, addresses):
    first, second = notebooks
    environment = environment_of(practice)
    values = {each.name: getattr(environment, each.name) for each in dataclasses.fields(environment) if each.init}
    for notebook in notebooks:
        notebook.run(
            "import json\nfrom rc_nb_helpers import Environment, Session\n"
            f"values = json.loads({json.dumps(json.dumps(values))})\n"
            f"values['other_redirect_uris'] = ({addresses[1]!r},)\n"
            "session = Session(Environment(**values))"
        )
    # What the first throws away, by running its cell again or with a new session, does not hold the port.
    first.run("session.begin_login()\nsession = Session(Environment(**values))\nsession.begin_login()")
    url = first.run("print(session.begin_login().authorize_url)")
    refusal = second.run("session.begin_login()")
    assert "PortInUse" in refusal
    assert "another notebook that waits for a login" in refusal
    assert addresses[1] in refusal
    other_url = second.run(f"print(session.begin_login(redirect_uri={addresses[1]!r}).authorize_url)")
    assert parameters(other_url)["redirect_uri"] == addresses[1]
    # Both people sign in, the second first; each notebook gets its own.
    for sign_in, who in ((other_url, 1), (url, 0)):
        assert "Login success" in bring(Browser(practice, who=who).answer_of(sign_in)).text
    me = "session.attempt.wait(5); print(session.get('/restapi/v1.0/account/~/extension/~')['extensionNumber'])"
    numbers = [notebook.run(me) for notebook in notebooks]
    assert len(set(numbers)) == 2
    assert all(number.isdigit() for number in numbers)
    assert first.run("print(session.logout().revoked)") == "True"
    assert second.run(me) == numbers[1]


def test_kernel_that_ends_gives_its_port_back(notebooks, practice, addresses):
    first, second = notebooks
    values = {"server_url": practice.server_url, "client_id": practice.client_id, "redirect_uri": addresses[0]}
    begin = (
        "from rc_nb_helpers import Environment, Session\n"
        f"session = Session(Environment(name='practice', **{values!r}))\nprint(session.begin_login().state)"
    )
    assert first.run(begin) == "waiting"
    first.close()
    eventually(lambda: is_free(int(addresses[0].split(":")[2].split("/")[0])))
    assert second.run(begin) == "waiting"


# --- within one kernel


def test_abandoned_attempt_of_another_session_gives_way(practice, addresses):
    first, second = Session(environment_of(practice)), Session(environment_of(practice))
    old = first.begin_login()
    new = second.begin_login()
    assert old.state == "ended"
    with pytest.raises(LoginError, match="A newer login took this one's place"):
        old.wait(SOON)
    with pytest.raises(LoginError):
        old.submit(callback(old))
    Browser(practice).log_in(new)
    new.wait(SOON)
    assert (first.logged_in, second.logged_in) == (False, True)


def test_practice_lists_the_other_addresses(practice, addresses, monkeypatch, tmp_path):
    monkeypatch.setenv("RC_PRACTICE_URL", practice.server_url)
    environment = load_environment("practice", directory=tmp_path)
    assert (environment.redirect_uri, environment.other_redirect_uris) == (addresses[0], (addresses[1],))
    assert addresses[1] not in repr(environment)
    with program(int(addresses[0].split(":")[2].split("/")[0]), b""):
        moved = load_environment("practice", directory=tmp_path)
        assert (moved.redirect_uri, moved.other_redirect_uris) == (addresses[1], (addresses[0],))


def test_only_a_free_address_is_offered(practice, addresses):
    session = Session(dataclasses.replace(environment_of(practice), other_redirect_uris=addresses[1:]))
    ports = [int(address.split(":")[2].split("/")[0]) for address in addresses]
    with program(ports[0], b""):
        with pytest.raises(PortInUse) as caught:
            session.begin_login()
        assert caught.value.free_redirect_uri == addresses[1]
        assert addresses[1] in caught.value.cure
        with program(ports[1], b""), pytest.raises(PortInUse) as caught:
            session.begin_login()
        assert caught.value.free_redirect_uri == ""
    put_away(session)


def test_address_that_is_not_the_apps_is_refused(session):
    with pytest.raises(ConfigurationError, match="not one of this environment's"):
        session.begin_login(redirect_uri="http://localhost:1/elsewhere")


@pytest.fixture
def two(addresses: tuple[str, str]) -> Iterator[tuple[tuple[FakePlatform, Session], tuple[FakePlatform, Session]]]:
    """A sandbox and a production, each with a server and an app of its own."""
    made = []
    for name, address in zip(("sandbox", "production"), addresses, strict=True):
        server = FakePlatform()
        environment = Environment(
            name=name,
            server_url=server.server_url,
            client_id=f"{name}-id",
            client_secret=f"{name}-s",
            redirect_uri=address,
        )
        made.append((server, Session(environment)))
    yield made[0], made[1]
    for server, session in made:
        put_away(session)
        server.stop()


def test_logins_in_two_environments_at_once_never_mix(two):
    (sandbox_server, sandbox), (production_server, production) = two
    attempts = [session.begin_login() for session in (sandbox, production)]
    # Each answer at the other's address first: a browser, or somebody, mixes them up.
    for attempt, other in (attempts, attempts[::-1]):
        mixed = callback(attempt, state=parameters(other.authorize_url)["state"])
        assert bring(mixed).status == 400
        with pytest.raises(CallbackRejected):
            attempt.submit(callback(other))
        with pytest.raises(CallbackRejected, match="another server"):
            attempt.submit(callback(attempt, iss=_server_of(other)))
    for attempt in attempts:
        assert "Login success" in bring(callback(attempt)).text
    for session, server, other in (
        (sandbox, sandbox_server, production_server),
        (production, production_server, sandbox_server),
    ):
        server.seen.clear()
        other.seen.clear()
        session.get("/restapi/v1.0/account/~")
        session.refresh()
        assert other.seen == []
        session.logout()
        assert other.seen == []
        assert other.server_url not in str(server.seen)


def test_switching_takes_no_token_and_no_answer_along(two):
    (sandbox_server, session), (production_server, other) = two
    panel = LoginPanel(session)
    attempt = session.begin_login()
    answer = callback(attempt)
    attempt.cancel()
    session.use(other.environment)
    production = session.begin_login()
    with pytest.raises(CallbackRejected):
        production.submit(answer)
    production.submit(callback(production))
    production.wait(SOON)
    session.get("/restapi/v1.0/account/~")
    assert sandbox_server.seen == []
    assert all("sandbox" not in str(seen) for seen in production_server.seen)
    eventually(lambda: panel.view["status"]["text"] == "Logged in to production.")
    panel.close()


def _server_of(attempt):
    return attempt.authorize_url.partition("/restapi/")[0]
