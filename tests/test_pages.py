"""Lists of several pages, on the practice platform and on a scripted server."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rc_nb_helpers import ApiError, ConfigurationError, RingCentralError, Session, pages
from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.company.calls import calls_between
from rc_nb_helpers.practice.company.listings import iso_time
from rc_nb_helpers.practice.company.people import STAFF

from .conftest import SOON, Browser, Clock, FakePlatform, Say, Seen, environment_of, log_in

CALLS = "/restapi/v1.0/account/~/call-log"
LIST = "/restapi/v1.0/things"


def numbered(record: dict[str, Any]) -> str:
    return str(record["id"])


class Things:
    """A list on the scripted server: ``pages`` of two records, and what shall happen instead at some of them."""

    def __init__(self, fake: FakePlatform, *, count: int = 3, path: str = LIST) -> None:
        self.fake, self.count, self.path = fake, count, path
        self.instead: dict[int, list[Callable[[], Say]]] = {}
        self.asked: list[int] = []
        fake.script[path] = self.answer

    def answer(self, seen: Seen) -> Say:
        number = int(seen.query.get("page", ["1"])[0])
        self.asked.append(number)
        if self.instead.get(number):
            return self.instead[number].pop(0)()
        return Say(self.page(number))

    def page(self, number: int) -> dict[str, Any]:
        navigation = {}
        if number < self.count:
            navigation["nextPage"] = {"uri": f"{self.fake.server_url}{self.path}?page={number + 1}"}
        records = [{"id": f"{number}{letter}"} for letter in "ab"]
        return {"records": records, "paging": {"page": number}, "navigation": navigation}


@pytest.fixture
def things(fake: FakePlatform, fake_session: Session) -> Things:
    log_in(fake_session)
    return Things(fake)


def test_all_records_come_once_and_in_order(things: Things, fake_session: Session) -> None:
    records = fake_session.records(LIST)
    assert [numbered(record) for record in records] == ["1a", "1b", "2a", "2b", "3a", "3b"]
    assert list(records) == []
    assert things.asked == [1, 2, 3]


def test_pages_come_as_the_server_sent_them(things: Things, fake_session: Session) -> None:
    found = fake_session.pages(LIST)
    assert list(found) == [things.page(number) for number in (1, 2, 3)]
    assert found.kept == [things.page(number) for number in (1, 2, 3)]


def test_nothing_is_asked_for_before_somebody_reads(things: Things, fake_session: Session) -> None:
    records = fake_session.records(LIST)
    assert things.asked == []
    assert numbered(next(records)) == "1a"
    assert things.asked == [1]


@pytest.mark.parametrize(("limit", "pages_asked"), [(0, []), (1, [1]), (2, [1]), (3, [1, 2]), (99, [1, 2, 3])])
def test_a_limit_counts_records(things: Things, fake_session: Session, limit: int, pages_asked: list[int]) -> None:
    assert len(list(fake_session.records(LIST, limit=limit))) == min(limit, 6)
    assert things.asked == pages_asked


def test_a_limit_counts_pages(things: Things, fake_session: Session) -> None:
    assert len(list(fake_session.pages(LIST, limit=2))) == 2
    assert things.asked == [1, 2]


@pytest.mark.parametrize("read", ["pages", "records"])
@pytest.mark.parametrize("limit", [-1, "3", 2.5, True, [1]])
def test_a_limit_that_is_no_number_from_0_on_is_told(fake_session: Session, read: str, limit: Any) -> None:
    with pytest.raises(RingCentralError, match="limit cannot be"):
        getattr(fake_session, read)(LIST, limit=limit)


@pytest.mark.parametrize("read", ["pages", "records"])
def test_threads_may_share_an_iterator(things: Things, fake_session: Session, read: str) -> None:
    """Two that read the same page at once would meet here."""
    meeting = threading.Barrier(2)

    def wait_for_the_other() -> Say:
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(0.1)
        return Say(things.page(1))

    things.instead[1] = [wait_for_the_other, wait_for_the_other]
    shared = getattr(fake_session, read)(LIST)
    with ThreadPoolExecutor() as pool:
        one, other = pool.map(list, [shared, shared])
    assert things.asked == [1, 2, 3]
    assert sorted(map(str, one + other)) == sorted(map(str, getattr(fake_session, read)(LIST)))


def test_after_an_error_it_goes_on_with_the_page_that_failed(things: Things, fake_session: Session) -> None:
    things.instead[2] = [lambda: Say({"errorCode": "CMN-203"}, status=500)]
    records = fake_session.records(LIST)
    seen = []
    with pytest.raises(ApiError):
        seen.extend(map(numbered, records))
    assert [numbered(record) for record in records.kept] == ["1a", "1b"]
    assert [numbered(record) for record in records] == ["2a", "2b", "3a", "3b"]
    assert things.asked == [1, 2, 2, 3]


def test_after_an_interrupt_it_goes_on_where_it_was(
    things: Things, fake_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = fake_session.call
    interrupted = iter([False, True, False, False])

    def interrupted_call(*arguments: Any, **options: Any) -> Any:
        answer = call(*arguments, **options)
        if next(interrupted):
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(fake_session, "call", interrupted_call)
    records = fake_session.records(LIST)
    seen: list[str] = []
    for _ in range(2):
        try:
            for record in records:
                seen.append(numbered(record))
        except KeyboardInterrupt:
            assert seen == ["1a", "1b"]
    assert seen == ["1a", "1b", "2a", "2b", "3a", "3b"]


def test_a_list_may_give_tokens_for_its_pages(fake: FakePlatform, fake_session: Session) -> None:
    """As those of team messaging do."""
    log_in(fake_session)
    following = {"": "t/2", "t/2": "t 3", "t 3": None}

    def page(seen: Seen) -> Say:
        token = seen.query.get("pageToken", [""])[0]
        return Say({"records": [{"id": token or "first"}], "navigation": {"nextPageToken": following[token]}})

    fake.script[LIST] = page
    assert list(fake_session.records(LIST, recordCount=1)) == [{"id": "first"}, {"id": "t/2"}, {"id": "t 3"}]
    assert all(seen.query["recordCount"] == ["1"] for seen in fake.calls(LIST))
    following["t 3"] = "t/2"
    with pytest.raises(RingCentralError, match="no end"):
        list(fake_session.records(LIST))


def test_a_list_may_only_count_its_pages(things: Things, fake_session: Session) -> None:
    def without_links(number: int) -> Callable[[], Say]:
        counted = {"records": [{"id": number}], "paging": {"page": number, "totalPages": 3}}
        return lambda: Say(counted)

    for number in (1, 2, 3):
        things.instead[number] = [without_links(number)]
    assert list(fake_session.records(LIST, perPage=1)) == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert things.asked == [1, 2, 3]
    assert {tuple(seen.query["perPage"]) for seen in things.fake.calls(LIST)} == {("1",)}


def test_a_record_that_moved_to_the_next_page_comes_once(things: Things, fake_session: Session) -> None:
    moved = {"records": [{"id": "1b"}, {"id": "2a"}], "navigation": {}}
    things.instead[2] = [lambda: Say(moved)]
    assert [numbered(record) for record in fake_session.records(LIST)] == ["1a", "1b", "2a"]


@pytest.mark.parametrize("one", [{}, {"id": None}, {"id": ""}, {"id": ["a"]}, {"id": {"a": 1}}, "text", None])
def test_records_without_an_id_all_come(things: Things, fake_session: Session, one: Any) -> None:
    for number in (1, 2, 3):
        things.instead[number] = [lambda number=number: Say({**things.page(number), "records": [one]})]
    assert list(fake_session.records(LIST)) == [one, one, one]


@pytest.mark.parametrize(
    "uri", ["?page=2", "things?page=2", f"{LIST}?page=2", f"  {LIST}?page=2 ", f"{LIST}?page=2&q=a b"]
)
@pytest.mark.parametrize("path", [LIST, "{}" + LIST])
def test_the_next_page_may_be_told_in_any_way(
    things: Things, fake_session: Session, fake: FakePlatform, uri: str, path: str
) -> None:
    navigation = {"nextPage": uri if path == LIST else {"uri": uri}}
    things.instead[1] = [lambda: Say({"records": [{"id": 1}], "navigation": navigation})]
    things.instead[2] = [lambda: Say({"records": [{"id": 2}], "navigation": {"nextPage": {"uri": " "}}})]
    assert list(fake_session.records(path.format(fake.server_url), perPage=1)) == [{"id": 1}, {"id": 2}]


# --- pauses


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(pages, "sleep", slept.append)
    return slept


def busy(**headers: str) -> Callable[[], Say]:
    return lambda: Say({"errorCode": "CMN-301", "message": "Request rate exceeded"}, status=429, headers=headers)


def test_patience_waits_as_long_as_the_server_asks(things: Things, fake_session: Session, pauses: list[float]) -> None:
    things.instead[2] = [busy(**{"Retry-After": "37"}), busy()]
    assert len(list(fake_session.records(LIST, patient=True))) == 6
    assert pauses == [37, pages.PENALTY_SECONDS]
    assert things.asked == [1, 2, 2, 2, 3]


def test_without_patience_a_pause_is_an_error(things: Things, fake_session: Session, pauses: list[float]) -> None:
    things.instead[2] = [busy(**{"Retry-After": "37"})]
    records = fake_session.records(LIST)
    with pytest.raises(ApiError, match="429"):
        list(records)
    assert pauses == []
    assert len(list(records)) == 4


def test_patience_has_an_end(things: Things, fake_session: Session, pauses: list[float]) -> None:
    things.instead[1] = [busy(**{"Retry-After": "9"})] * 100
    with pytest.raises(ApiError, match="429"):
        next(fake_session.records(LIST, patient=True))
    assert len(pauses) == pages.MOST_WAITS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_patience_is_not_for_other_errors(
    things: Things, fake_session: Session, pauses: list[float], status: int
) -> None:
    things.instead[2] = [lambda: Say({"errorCode": "CMN-0"}, status=status)] * 3
    with pytest.raises(RingCentralError):
        list(fake_session.records(LIST, patient=True))
    assert pauses == []


# --- whom the token is shown


@pytest.mark.parametrize(
    "uri",
    [
        "https://elsewhere.example/restapi/v1.0/things?page=2",
        "http://127.0.0.1:1/restapi/v1.0/things?page=2",
        "//elsewhere.example/things",
        "https://platform.ringcentral.com@elsewhere.example/things",
    ],
)
def test_the_token_never_follows_to_another_server(
    things: Things, fake_session: Session, fake: FakePlatform, uri: str
) -> None:
    things.instead[1] = [lambda: Say({"records": [{"id": 1}], "navigation": {"nextPage": {"uri": uri}}})]
    records = fake_session.records(LIST)
    assert next(records) == {"id": 1}
    with pytest.raises(RingCentralError):
        next(records)


def test_a_list_that_leads_in_a_circle_ends_with_a_lesson(things: Things, fake_session: Session) -> None:
    circle = {"records": [{"id": "z"}], "navigation": {"nextPage": {"uri": f"{LIST}?page=2"}}}
    things.instead[2] = [lambda: Say(circle), lambda: Say(circle)]
    things.instead[1] = [lambda: Say(circle)]
    with pytest.raises(RingCentralError, match="no end"):
        list(fake_session.records(LIST))
    assert len(things.asked) == 2


@pytest.mark.parametrize("answer", [{"id": 1}, {"records": {}}, {}, {"records": None}])
def test_what_is_no_list_is_told(fake: FakePlatform, fake_session: Session, answer: Any) -> None:
    log_in(fake_session)
    fake.script[LIST] = Say(answer)
    with pytest.raises(RingCentralError, match="not a list"):
        next(fake_session.records(LIST))


@pytest.mark.parametrize(
    "navigation", [None, [], {"nextPage": None}, {"nextPage": {}}, {"nextPage": {"uri": 7}}, {"nextPageToken": 7}]
)
def test_strange_navigation_is_the_end(fake: FakePlatform, fake_session: Session, navigation: Any) -> None:
    log_in(fake_session)
    fake.script[LIST] = Say({"records": [{"id": 1}], "navigation": navigation, "paging": navigation})
    assert list(fake_session.records(LIST)) == [{"id": 1}]


# --- lists that grow while they are read


@pytest.mark.parametrize("path", [CALLS, "/restapi/v1.0/account/~/extension/~/message-store"])
def test_a_list_of_the_newest_ends_when_reading_begins(fake: FakePlatform, fake_session: Session, path: str) -> None:
    log_in(fake_session)
    answer = b'HTTP/1.1 200 OK\r\nDate: Fri, 01 Jan 2038 10:00:00 GMT\r\nContent-Length: 15\r\n\r\n{"records": []}'
    fake.script[path] = Say(raw=lambda out: out.write(answer))
    list(fake_session.records(path))
    list(fake_session.records(path, dateFrom="2037-01-01T00:00:00Z"))
    list(fake_session.records(path, dateTo="2037-06-01T00:00:00Z"))
    list(fake_session.records(f"{path}?dateTo=2037-07-01T00:00:00Z"))
    list(fake_session.records(path, sessionId="5"))
    list(fake_session.records(path, sessionId=None, dateTo=None))
    asked = [seen.query.get("dateTo") for seen in fake.calls(path)]
    assert asked[1] is not None
    assert asked[1][0].startswith("2038-01-01T10:00:0")  # by the server's clock, as soon as it is known
    assert asked[2:5] == [["2037-06-01T00:00:00Z"], ["2037-07-01T00:00:00Z"], None]
    assert asked[5] is not None, "None is not sent, so it does not count"


def test_other_lists_are_asked_for_as_they_are(things: Things, fake_session: Session, fake: FakePlatform) -> None:
    list(fake_session.records(LIST, perPage=2))
    assert fake.calls(LIST)[0].query == {"perPage": ["2"]}


@pytest.fixture
def strict(redirect_uri: str, clock: Clock) -> Any:
    with PracticePlatform(redirect_uris=[redirect_uri], clock=clock, strict_limits=True) as platform:
        yield platform


def test_a_year_of_calls_under_the_real_limits(
    strict: PracticePlatform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten requests a minute: patience is needed several times. The clock moves instead of the test's time."""

    def pass_time(seconds: float) -> None:
        clock.ahead += seconds

    monkeypatch.setattr(pages, "sleep", pass_time)
    session = Session(environment_of(strict))
    attempt = session.begin_login()
    Browser(strict).log_in(attempt)
    attempt.wait(timeout=SOON)
    records = session.records(CALLS, patient=True, dateFrom="2000-01-01T00:00:00Z", perPage=500)
    seen = [next(records) for _ in range(700)]
    began, waits = clock(), clock.ahead
    clock.ahead += 3 * 86400  # days in which people go on to call
    session.refresh()
    seen += records
    ids = [record["id"] for record in seen]
    made_up = calls_between(STAFF, start=0.0, end=began, now=began)
    oldest = seen[-1]["startTime"]
    assert set(ids) == {call.id for call in made_up if iso_time(call.start) >= oldest}
    assert len(ids) == len(set(ids)) > 10_000
    assert clock.ahead - waits > 3 * 86400 + pages.PENALTY_SECONDS


# --- tables and bars


def test_pandas_takes_the_records_as_they_are(things: Things, fake_session: Session) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(fake_session.records(LIST))
    assert list(frame["id"]) == ["1a", "1b", "2a", "2b", "3a", "3b"]


def test_a_bar_shows_how_far_it_is(
    things: Things, fake_session: Session, capsys: pytest.CaptureFixture[str], pauses: list[float]
) -> None:
    things.instead[2] = [busy(**{"Retry-After": "37"})]
    assert len(list(fake_session.records(LIST, progress=True, patient=True))) == 6
    shown = capsys.readouterr().err
    assert LIST in shown
    assert "6 records" in shown
    assert "waiting 37 s" in shown


def test_without_tqdm_a_bar_is_a_lesson(fake_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ConfigurationError, match="pip install tqdm"):
        fake_session.records(LIST, progress=True)


def test_tqdm_is_imported_on_use_only() -> None:
    program = "import sys, rc_nb_helpers.session; print('tqdm' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
