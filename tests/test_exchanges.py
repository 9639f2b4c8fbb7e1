"""The record of what went over the wire: complete, in order, bounded, and without a secret."""

from __future__ import annotations

import dataclasses
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rc_nb_helpers import LoginError, RingCentralError, Session
from rc_nb_helpers import exchanges as exchanges_module
from rc_nb_helpers.exchanges import Exchange, ExchangeRecord
from rc_nb_helpers.practice import PracticePlatform

from .conftest import (
    CODE,
    REVOKE_PATH,
    SOON,
    TOKEN_PATH,
    Browser,
    Say,
    ask,
    bring,
    callback,
    eventually,
    holds_secret,
    log_in,
    parameters,
    state_of,
)

ME = "/restapi/v1.0/account/~/extension/~"
HIDDEN = "(hidden)"


def kinds(session: Session) -> list[str]:
    return [each.kind for each in session.exchanges]


def last(session: Session) -> Exchange:
    return session.exchanges[-1]


def test_whole_course_is_there_in_order(session: Session, browser: Browser):
    attempt = session.begin_login()
    browser.log_in(attempt)
    attempt.wait(SOON)
    session.get(ME)
    session.refresh()
    session.logout()
    assert kinds(session) == ["authorization", "callback", "token", "API", "refresh", "revoke"]
    asked, answered, token, api, refresh, revoke = session.exchanges
    assert [each.number for each in session.exchanges] == [1, 2, 3, 4, 5, 6]
    assert (asked.sender, asked.receiver, asked.status) == ("browser", "server", None)
    assert (answered.sender, answered.receiver) == ("browser", "notebook")
    assert (token.sender, token.receiver) == ("notebook", "server")
    assert dict(answered.parameters).items() >= {"code": HIDDEN, "state": HIDDEN}.items()
    assert (answered.status, answered.answer) == (200, "Login success")
    assert dict(token.parameters) == {
        "grant_type": "authorization_code",
        "code": HIDDEN,
        "redirect_uri": session.environment.redirect_uri,
        "code_verifier": HIDDEN,
    }
    assert ("Authorization", "Basic (hidden)") in token.headers
    assert '"access_token": "(hidden)"' in token.answer.replace('":"', '": "')
    assert (api.method, api.url, api.status) == ("GET", session.environment.server_url + ME, 200)
    assert ("Authorization", "bearer (hidden)") in api.headers
    assert "extensionNumber" in api.answer
    assert dict(refresh.parameters)["refresh_token"] == HIDDEN
    assert dict(revoke.parameters) == {"token": HIDDEN}
    assert all(each.seconds is not None and 0 < each.seconds < SOON for each in session.exchanges[1:])
    assert all(abs(each.began_at - time.time()) < 2 * SOON for each in session.exchanges)


def test_nothing_secret_is_in_it_even_when_the_server_repeats_it(fake_session, fake):
    def echo(seen):
        sent = " ".join([*seen.form.values(), seen.headers["authorization"], seen.target])
        return Say({"message": sent, "nested": f"http://x/?next=%3Fcode%3D{CODE}"}, status=400)

    log_in(fake_session)
    texts = [fake_session.exchanges.text()]
    fake.script[TOKEN_PATH] = fake.script[ME] = fake.script[REVOKE_PATH] = echo
    for action in (lambda: fake_session.get(ME), fake_session.refresh, fake_session.platform.logout):
        with pytest.raises(RingCentralError):
            action()
    attempt = fake_session.begin_login()
    attempt.submit(callback(attempt))
    with pytest.raises(LoginError):
        attempt.wait(SOON)
    exchanges = fake_session.exchanges
    texts += [exchanges.text(), str(exchanges), repr(exchanges)]
    texts += [repr(dataclasses.asdict(each)) for each in exchanges]
    for text in texts:
        assert holds_secret(text) == []
        assert state_of(attempt) not in text
        assert parameters(attempt.authorize_url)["code_challenge"] not in text


def test_cookies_and_referer_of_the_browser_are_not_noted(fake_session):
    attempt = fake_session.begin_login()
    url = callback(attempt)
    headers = {"Cookie": "crumb=1", "Referer": "https://elsewhere.example/"}
    ask(attempt.endpoint.port, url[url.index("/oauth") :], headers=headers)
    attempt.wait(SOON)
    text = repr([dataclasses.asdict(each) for each in fake_session.exchanges])
    assert "crumb" not in text
    assert "elsewhere" not in text


def test_failures_say_what_happened(fake_session, fake):
    log_in(fake_session)
    fake.script[ME] = Say({"a": 1}, cut=3)
    with pytest.raises(RingCentralError):
        fake_session.get(ME)
    assert last(fake_session).status is None
    assert "broke off" in last(fake_session).error
    fake.script[ME] = Say(
        {"errorCode": "CMN-301"}, status=429, headers={"Retry-After": "30", "X-Rate-Limit-Group": "a"}
    )
    with pytest.raises(RingCentralError):
        fake_session.get(ME)
    assert last(fake_session).status == 429
    assert {("Retry-After", "30"), ("X-Rate-Limit-Group", "a")} <= set(last(fake_session).answer_headers)


def test_call_that_goes_on_is_there_already(fake_session, fake):
    log_in(fake_session)
    gate = threading.Event()
    fake.script[ME] = Say(before=gate.wait)
    caller = threading.Thread(target=fake_session.get, args=(ME,))
    caller.start()
    eventually(lambda: kinds(fake_session)[-1] == "API")
    assert (last(fake_session).status, last(fake_session).seconds) == (None, None)
    gate.set()
    caller.join()
    assert last(fake_session).status == 200


def test_callbacks_of_others_are_noted_but_drive_nothing_out(fake_session):
    attempt = fake_session.begin_login()
    for _ in range(exchanges_module.MOST_EXCHANGES + 20):
        bring(callback(attempt, state="wrong"))
    bring(callback(attempt))
    attempt.wait(SOON)
    assert kinds(fake_session) == ["authorization", *["callback"] * 11, "token"]
    stray, right = fake_session.exchanges[1], fake_session.exchanges[-2]
    assert (stray.status, stray.answer) == (400, "This is not the answer we wait for")
    assert (right.status, right.answer) == (200, "Login success")


def test_pasted_answer_and_refusal_are_noted(fake_session):
    attempt = fake_session.begin_login()
    with pytest.raises(LoginError):
        attempt.submit(callback(attempt, state="wrong"))
    with pytest.raises(LoginError):
        attempt.submit(callback(attempt, error="access_denied"))
    assert kinds(fake_session) == ["authorization", "callback"]
    assert dict(last(fake_session).parameters)["error"] == "access_denied"


def test_record_goes_on_in_another_environment(fake_session, practice: PracticePlatform, session: Session):
    log_in(fake_session)
    fake_session.logout()
    before = len(fake_session.exchanges)
    fake_session.use(session.environment)
    fake_session.begin_login()
    assert len(fake_session.exchanges) == before + 1
    assert last(fake_session).url.startswith(practice.server_url)


# --- the record itself


def test_record_is_bounded_in_number():
    record = ExchangeRecord()
    begun = [record.begin("API", "GET", f"https://s.example/{n}") for n in range(exchanges_module.MOST_EXCHANGES + 5)]
    assert len(record.read()) == exchanges_module.MOST_EXCHANGES
    assert record.read()[0].number == 6
    record.end(begun[0], status=200)  # forgotten meanwhile
    assert len(record.read()) == exchanges_module.MOST_EXCHANGES


@pytest.mark.parametrize("place", range(3900, 4100, 7))
def test_what_is_cut_off_shows_no_half_of_a_secret(place):
    secret = "s3cr3t-" + "0123456789" * 8
    for text in (
        "x" * place + " " + secret + " " + "y" * 300,
        "x" * place + ' "access_token": "' + secret + '"' + "y" * 300,
    ):
        record = ExchangeRecord()
        record.end(
            record.begin("API", "POST", "https://s.example/", body=text, secrets=[secret]), body=text, secrets=[secret]
        )
        (kept,) = record.read()
        for shown in (kept.body, kept.answer):
            assert "s3cr3t" not in shown
            assert "0123" not in shown
            assert len(shown) < exchanges_module.MOST_CHARACTERS + 40
            assert f"({len(text)} characters in all)" in shown


def test_too_many_parameters_are_cut_off():
    record = ExchangeRecord()
    kept = record.begin("API", "GET", "https://s.example/?" + "&".join(f"a{n}={n}" for n in range(300)))
    assert len(kept.parameters) == exchanges_module.MOST_PARAMETERS


def test_text_is_plain_and_complete():
    record = ExchangeRecord()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "Basic YWJjOmRlZg==",
        "Accept": "*/*",
    }
    begun = record.begin(
        "token", "POST", "https://s.example/token", headers=headers, body="grant_type=authorization_code&code=s3cr3t"
    )
    record.end(begun, status=200, headers={"Content-Type": "application/json"}, body='{"access_token": "s3cr3t"}')
    (kept,) = exchanges = record.read()
    clock, *rest = str(kept).split("\n")
    assert clock.startswith("1 token, ")
    assert clock.endswith(" ms, notebook to server")
    assert rest == [
        "  POST https://s.example/token",
        "  Content-Type: application/x-www-form-urlencoded",
        "  Authorization: Basic (hidden)",
        "    grant_type = authorization_code",
        "    code = (hidden)",
        "  → 200",
        "  Content-Type: application/json",
        '  {"access_token": "(hidden)"}',
    ]
    assert str(exchanges) == exchanges.text() == str(kept)
    assert repr(exchanges) == repr(kept) == f"<Exchange {clock.removesuffix(', notebook to server')}>"
    assert repr(ExchangeRecord().read()) == "<no exchanges>"
    assert repr(record) == "<ExchangeRecord of 1>"


def test_an_exchange_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ExchangeRecord().begin("API", "GET", "https://s.example/").url = "x"  # type: ignore[misc]


def test_many_threads_may_note():
    record = ExchangeRecord()

    def note(n: int) -> None:
        record.end(record.begin("API", "GET", f"https://s.example/{n}"), status=200)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(note, range(150)))
    assert [each.number for each in record.read()] == list(range(1, 151))
    assert all(each.status == 200 for each in record.read())


def test_record_costs_next_to_nothing():
    """Well below what the fastest call takes; a call on this machine takes some milliseconds."""
    record = ExchangeRecord()
    body = '{"records": [' + '{"name": "Alex", "extensionNumber": "101", "uri": "https://s.example/x"},' * 1000 + "{}]}"
    best = 1.0
    for _ in range(20):
        began = time.process_time()
        begun = record.begin("API", "GET", "https://s.example/a?b=c", headers={"Authorization": "Bearer abcdefgh1"})
        record.end(begun, status=200, headers={"Content-Type": "application/json"}, body=body, secrets=["abcdefgh1"])
        best = min(best, time.process_time() - began)
    assert best < 0.002


# --- who watches, in which order, and what joins two records


def test_observers_hear_of_each_beginning_and_end_and_cannot_disturb(caplog):
    record = ExchangeRecord()
    heard: list[int] = []

    def count() -> None:
        heard.append(sum(each.ended is None for each in record.read()))  # from within: no lock is held

    def fail() -> None:
        raise ValueError("s3cr3t")

    record.observe(fail)
    record.observe(count)
    record.end(record.begin("API", "GET", "https://s.example/"), status=200)
    assert heard == [1, 0]
    record.unobserve(count)
    record.begin("API", "GET", "https://s.example/")
    assert heard == [1, 0]
    assert "ValueError" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_no_two_moments_are_the_same_where_the_clock_stands_still(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    record = ExchangeRecord()
    first, second = (record.begin("API", "GET", "https://s.example/") for _ in range(2))
    record.end(second)
    record.end(first)
    first, second = record.read()
    assert first.began < second.began < (second.ended or 0) < (first.ended or 0)


def test_pasted_answer_has_an_end(fake_session):
    log_in(fake_session)
    attempt = fake_session.begin_login()
    with pytest.raises(LoginError):
        attempt.submit(callback(attempt, error="access_denied"))
    accepted, refused = (each for each in fake_session.exchanges if each.kind == "callback")
    assert (accepted.error, refused.error) == ("", "The login was refused.")
    assert accepted.ended
    assert refused.ended


SECRETS_WITHOUT_LABEL = "password-K7pQ-password", "client-secret-K7pQ-secret", "code-verifier-K7pQ-verifier"


def test_labels_join_a_login_and_say_nothing(fake_session):
    """Only one-time values have one, and it is no part of them."""
    log_in(fake_session)
    fake_session.get(ME)
    fake_session.refresh()
    _, callback_, token, api, refresh = fake_session.exchanges
    assert set(token.labels) < set(callback_.labels)
    assert set(api.labels) < set(token.answer_labels)
    assert set(refresh.labels) < set(token.answer_labels)
    assert len(refresh.answer_labels) == 2
    assert CODE not in str(vars(token))
    shown = [fake_session.exchanges.text(), repr(token), str(token)]
    assert not any(label in text or label[-16:] in text for label in token.answer_labels for text in shown)


@pytest.mark.parametrize(
    "values", [{"password": SECRETS_WITHOUT_LABEL[0]}, {"code": "short"}, {"state": "typed by hand"}]
)
def test_what_could_be_guessed_has_no_label(values):
    password, secret, verifier = SECRETS_WITHOUT_LABEL
    form = {"client_secret": secret, "code_verifier": verifier, "password": password, **values}
    basic = {"Authorization": f"Basic {secret}", "Content-Type": "application/x-www-form-urlencoded"}
    body = "&".join(f"{name}={value}" for name, value in form.items())
    assert ExchangeRecord().begin("token", "POST", "https://s.example/", headers=basic, body=body).labels == ()
