"""Lists that come in pages: the whole call log, not only its first hundred calls.

RingCentral cuts a long list into pages, and each page says where the next one is (in its ``navigation``). The
two iterators here follow that. They keep what they have read: after an error or an interrupt, whoever goes on
gets the page that was not read, and nothing twice. Threads may share one: each page, or record, goes to one of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from numbers import Integral
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from .errors import ApiError, RingCentralError
from .forks import in_child
from .progress import progress_bar
from .web_addresses import path_to_call

Get = Callable[[str, dict[str, Any]], Any]
"""Calls the API with a path and a query; returns what its answer holds."""

PENALTY_SECONDS = 60
"""How long RingCentral's penalty for too many requests lasts (API rate limits), when an answer does not say."""
MOST_WAITS = 10
"""How often in a row a page is waited for: each request during the penalty may start it anew."""

# Lists that begin with the newest and can be read up to a moment (OpenAPI: readUserCallLog, listMessages, …).
_NEWEST_FIRST = ("/call-log", "/message-store")
# RingCentral's call log refuses dates beside this one (CLG-110).
_ONE_CALL = "sessionId"
_SLICE_SECONDS = 0.2  # on Windows a longer sleep cannot be interrupted


class _OneAtATime(Iterator[dict[str, Any]]):
    """An iterator that threads may share."""

    def __init__(self) -> None:
        self._renew_lock()
        in_child(self._renew_lock)

    def __next__(self) -> dict[str, Any]:
        with self._lock:
            return self._advance()

    def _advance(self) -> dict[str, Any]:
        raise NotImplementedError

    def _renew_lock(self) -> None:
        """Also in a forked process: the thread that holds it may be the other process's."""
        self._lock = threading.RLock()


class Pages(_OneAtATime):
    """The pages of a list, each as the server sent it. Made by :meth:`.Session.pages`.

    It is an iterator: each page comes once. When one cannot be read, the error is raised, and whoever goes on
    asks for that page again.

    Attributes:
        kept: The pages that were read so far.
    """

    def __init__(
        self,
        get: Get,
        path: str,
        query: dict[str, Any],
        *,
        now: float,
        limit: int | None = None,
        patient: bool = False,
        progress: bool = False,
    ) -> None:
        super().__init__()
        self.kept: list[dict[str, Any]] = []
        self._get, self._limit, self._patient = get, _checked(limit), patient
        self._first = (path_to_call(path), _up_to(now, path, query))
        self._name = path.partition("?")[0]
        self._bar = progress_bar(self._name, unit=" records") if progress else None

    def __repr__(self) -> str:
        return f"<Pages of {self._name}: {len(self.kept)} read>"

    def _advance(self) -> dict[str, Any]:
        over = self._limit is not None and len(self.kept) >= self._limit
        following = None if over else self._following()
        if following is None:
            if self._bar is not None:
                self._bar.close()
            raise StopIteration
        page = self._read(*following)
        if not isinstance(page, dict) or not isinstance(page.get("records"), list):
            raise RingCentralError(
                f"The answer of {self._name} is not a list: it has no records.",
                cure="Read it with session.get(...) instead.",
            )
        if self._bar is not None:
            total = _paging(page).get("totalElements")
            self._bar.total = total if isinstance(total, int) else None
            self._bar.update(len(page["records"]))
        self.kept.append(page)  # last, and in one step: an interrupt comes before it or after it
        return page

    def _following(self) -> tuple[str, dict[str, Any]] | None:
        """Where the page is that comes after those that were read; None after the last."""
        if not self.kept:
            return self._first
        following = next_page(self.kept[-1], *self._first)
        if following is not None and _next_of(self.kept[-1]) in map(_next_of, self.kept[:-1]):
            raise RingCentralError(
                f"The list at {self._name} has no end: its next page is one that was read before.",
                why="The server says so in the page's navigation.",
                cure="What was read is in the attribute kept. Ask for the rest with dateFrom and dateTo.",
            )
        return following

    def _read(self, path: str, query: dict[str, Any]) -> Any:
        """One page; after too many requests, when the pause that the server asks for is over."""
        for _ in range(MOST_WAITS):
            try:
                return self._get(path, query)
            except ApiError as error:
                if not self._patient or error.status not in (429, 503):
                    raise
                self._wait(PENALTY_SECONDS if error.retry_after is None else error.retry_after)
        return self._get(path, query)

    def _wait(self, seconds: float) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(f"waiting {seconds:.0f} s: the server asks for a pause")
        sleep(seconds)
        if self._bar is not None:
            self._bar.set_postfix_str("")


class Records(_OneAtATime):
    """The records of a list, from all its pages. Made by :meth:`.Session.records`.

    It is an iterator: each record comes once, and ``pandas.DataFrame(records)`` takes it as it is. After an error
    or an interrupt it goes on with the first record that did not come.

    Attributes:
        kept: The records that were read so far, also those that did not come yet.
    """

    def __init__(self, pages: Pages, *, limit: int | None = None) -> None:
        super().__init__()
        self.kept: list[dict[str, Any]] = []
        self._pages, self._limit = pages, _checked(limit)
        self._pages_taken = self._given = 0
        self._ids: set[Any] = set()

    def __repr__(self) -> str:
        return repr(self._pages).replace("<Pages", "<Records", 1).replace("read>", f"pages read, {self._given} given>")

    def _advance(self) -> dict[str, Any]:
        if self._limit is not None and self._given >= self._limit:
            raise StopIteration
        while self._given == len(self.kept):
            if self._pages_taken == len(self._pages.kept):
                next(self._pages)
            self._take(self._pages.kept[self._pages_taken])
        self._given += 1
        return self.kept[self._given - 1]

    def _take(self, page: dict[str, Any]) -> None:
        """Keep the records of a page. A call that ended meanwhile moves the others on by one: no record twice."""
        ids = [_id_of(record) for record in page["records"]]
        pairs = zip(ids, page["records"], strict=True)
        self.kept += [record for one, record in pairs if one is None or one not in self._ids]
        self._ids.update(ids)
        self._pages_taken += 1


def sleep(seconds: float) -> None:
    """Wait; the kernel can be interrupted meanwhile.

    Args:
        seconds: How long.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE_SECONDS))


def next_page(page: Any, path: str, query: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Where the page of a list is that comes after another; None after the last.

    Args:
        page: The page, as the server sent it.
        path: The list's path, as its first page was asked for.
        query: The query of that.
    """
    uri, parameters = _next_of(page) if isinstance(page, dict) else ("", {})
    if uri:
        return urljoin(path.partition("?")[0], uri), {}  # RFC 3986 §5: "?page=2" alone is another page of the list
    return (path, {**query, **parameters}) if parameters else None


def _checked(limit: Any) -> int | None:
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, Integral) or limit < 0:
        raise RingCentralError(
            f"limit cannot be {limit!r}.",
            why="It is a whole number from 0 on.",
            cure="Leave it out to read everything.",
        )
    return int(limit)


def _id_of(record: Any) -> str | int | None:
    """What tells a record from the others; None where it has nothing of that kind."""
    one = record.get("id") if isinstance(record, dict) else None
    return one if isinstance(one, str | int) and one != "" else None


def _up_to(now: float, path: str, query: dict[str, Any]) -> dict[str, Any]:
    """The query of a list, which ends now: a call that comes while it is read would move all others on by one."""
    address = urlsplit(path)
    given = {*(name for name, value in query.items() if value is not None), *parse_qs(address.query)}
    if not address.path.endswith(_NEWEST_FIRST) or {"dateTo", _ONE_CALL} & given:
        return query
    # A second later: the server has told its time without fractions.
    moment = datetime.fromtimestamp(now + 1, timezone.utc).isoformat(timespec="milliseconds")
    return {**query, "dateTo": moment.replace("+00:00", "Z")}


def _next_of(page: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The address of the page after this one, or the parameters that ask for it; both empty after the last.

    OpenAPI: EnumeratedNavigationInfo has an address, TMNavigationInfo (team messaging) a token. A list without either
    may still say that it has more pages.
    """
    navigation = page.get("navigation")
    links = navigation if isinstance(navigation, dict) else {}
    following = links.get("nextPage")
    uri = following.get("uri") if isinstance(following, dict) else following
    if isinstance(uri, str) and uri.strip():
        return uri.strip(), {}
    if isinstance(token := links.get("nextPageToken"), str) and token:
        return "", {"pageToken": token}
    number, pages = (_paging(page).get(name) for name in ("page", "totalPages"))
    return "", {"page": number + 1} if isinstance(number, int) and isinstance(pages, int) and number < pages else {}


def _paging(page: dict[str, Any]) -> dict[str, Any]:
    paging = page.get("paging")
    return paging if isinstance(paging, dict) else {}
