"""Lists as RingCentral's REST API gives them, a page at a time: ``records``, ``paging`` and ``navigation``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar
from urllib.parse import urlencode

from .queries import MOST_PAGE, Page

Json = dict[str, Any]
Item = TypeVar("Item")


def iso_time(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds, as RingCentral writes times."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def listing(
    uri: str,
    items: Sequence[Item],
    page: Page,
    render: Callable[[Item], Json],
    *,
    filters: Mapping[str, list[str]] | None = None,
    counted: bool = True,
) -> Json:
    """One page of ``items``, each made into a record by ``render``.

    Args:
        uri: The list's own address, without a query.
        items: All of the list.
        page: Which part of it is asked for.
        render: Makes an item into a record.
        filters: The parameters that the links to other pages repeat.
        counted: Whether it says how many items there are, as lists do that are cheap to count. The call log does not
            (OpenAPI, EnumeratedPagingModel: "may be omitted").
    """
    first = (page.number - 1) * page.size
    records = [render(item) for item in items[first : first + page.size]]
    last = max(1, -(-len(items) // page.size))
    given = [(name, value) for name, values in (filters or {}).items() for value in values]

    def link(number: int) -> Json:
        return {"uri": f"{uri}?{urlencode([*given, ('page', number), ('perPage', page.size)])}"}

    paging: Json = {"page": page.number, "perPage": page.size}
    if records:
        paging |= {"pageStart": first, "pageEnd": first + len(records) - 1}
    navigation: Json = {"firstPage": link(1)}
    if page.number > 1:
        navigation["previousPage"] = link(page.number - 1)
    if page.number < min(last, MOST_PAGE):
        navigation["nextPage"] = link(page.number + 1)
    if counted:
        paging |= {"totalPages": last, "totalElements": len(items)}
        navigation["lastPage"] = link(last)
    return {"uri": link(page.number)["uri"], "records": records, "paging": paging, "navigation": navigation}
