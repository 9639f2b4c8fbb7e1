"""Faults on demand: what may go wrong with an answer, and the plan of who gets which when.

One table says what each fault is. A plan entry counts answers or lasts for a while in real time, and holds for one app
or for everybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from .clock import Clock

Endpoint = Literal["token", "revoke", "authorize", "consent", "api"]
"""Where a fault strikes. ``consent`` is the person's answer; ``api`` is every call with an access token."""
ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)
MOST_PLANNED_BY_APPS = 1000
MOST_PLANNED_PER_APP = 20
MOST_TIMES = 1000
MOST_SECONDS = 3600
MOST_DELAY_SECONDS = 30
DEFAULT_DELAY_SECONDS = 5
"""Seconds that a slow answer takes if nothing else is said."""

_JSON = "application/json;charset=UTF-8"
_PROXY_PAGE = """<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>proxy</center>
</body>
</html>
"""


@dataclass(frozen=True)
class Fault:
    """One way for an answer to go wrong.

    Attributes:
        summary: What a menu says of it.
        effect: ``answer`` sends ``status``, ``headers`` and ``body`` instead of doing what was asked; ``delay`` waits
            first; ``cut`` and ``truncate`` do what was asked, then break the connection in the middle of the answer
            or send half of its body; ``deny`` makes a person say no.
        status: That of HTTP.
        headers: Those of the answer.
        body: That of the answer.
        code: RingCentral's error code, if it has one.
    """

    summary: str
    effect: Literal["answer", "delay", "cut", "truncate", "deny"] = "answer"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    code: str = ""


def _error(summary: str, status: int, code: str, message: str, **headers: str) -> Fault:
    body = {"errorCode": code, "message": message, "errors": [{"errorCode": code, "message": message}]}
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(summary, status=status, headers={"Content-Type": _JSON, **fields}, body=json.dumps(body), code=code)


# Codes and messages: RingCentral's "API Error Codes".
FAULTS: dict[str, Fault] = {
    "429": _error("too many requests", 429, "CMN-301", "Request rate exceeded", Retry_After="60"),
    "429-without-retry-after": _error(
        "too many requests, without Retry-After", 429, "CMN-301", "Request rate exceeded"
    ),
    "500": _error("the server fails", 500, "CMN-203", "Internal Server Error"),
    "503": _error("the service is down for a while", 503, "CMN-201", "Service Temporary Unavailable", Retry_After="30"),
    "slow": Fault("a slow answer", effect="delay"),
    "cut-off": Fault("the connection breaks in the middle of the answer", effect="cut"),
    "truncated-json": Fault("half of the JSON", effect="truncate"),
    "not-json": Fault("text where JSON is expected", headers={"Content-Type": "text/plain"}, body="It works!\n"),
    "proxy-page": Fault(
        "the error page of a proxy in between", status=502, headers={"Content-Type": "text/html"}, body=_PROXY_PAGE
    ),
    "deny": Fault("the person says no", effect="deny"),
}


@dataclass(eq=False)
class PlannedFault:
    """A fault that waits for its moment.

    Attributes:
        endpoint: Where it strikes.
        name: Which of ``FAULTS`` it is.
        client_id: The app that it strikes; None: all.
        times: How many answers it has left; None: it goes by the time.
        ends_at: Until when it strikes, in seconds since the epoch; None: it goes by the number of answers.
        delay: Seconds that a slow answer takes.
    """

    endpoint: Endpoint
    name: str
    client_id: str | None
    times: int | None
    ends_at: float | None
    delay: float

    @property
    def fault(self) -> Fault:
        """What goes wrong."""
        return FAULTS[self.name]


class FaultPlan:
    """The faults to come, in the order in which they were planned.

    Args:
        clock: The real time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._planned: list[PlannedFault] = []

    def __bool__(self) -> bool:
        return bool(self._planned)

    def add(
        self,
        endpoint: str,
        name: str,
        *,
        client_id: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        delay: float = DEFAULT_DELAY_SECONDS,
    ) -> None:
        """Plan a fault for a number of answers or for a while.

        Args:
            endpoint: Where it strikes, one of ``ENDPOINTS``.
            name: One of ``FAULTS``.
            client_id: The app that it strikes; None: all.
            times: The next so many answers, one if nothing is said.
            seconds: All answers for so long, instead of ``times``.
            delay: Seconds that a slow answer takes.

        Raises:
            ValueError: There is no such fault, or it cannot be planned so.
        """
        if endpoint not in ENDPOINTS:
            raise ValueError(f"The endpoint is one of {', '.join(ENDPOINTS)}")
        if name not in FAULTS:
            raise ValueError(f"The fault is one of {', '.join(FAULTS)}")
        if (FAULTS[name].effect == "deny") != (endpoint == "consent"):
            raise ValueError("The fault deny is for the endpoint consent, and the only one there")
        if times is not None and seconds is not None:
            raise ValueError("Give times or seconds, not both")
        if times is not None and not 1 <= times <= MOST_TIMES:
            raise ValueError(f"times is a number from 1 to {MOST_TIMES}")
        if seconds is not None and not 0 < seconds <= MOST_SECONDS:
            raise ValueError(f"seconds is a number up to {MOST_SECONDS}")
        if not 0 < delay <= MOST_DELAY_SECONDS:
            raise ValueError(f"delay is a number of seconds up to {MOST_DELAY_SECONDS}")
        self._drop_what_is_over()
        if seconds is not None and client_id is None:
            self.end(endpoint, name)  # two instructors, or one who wants more time: one fault, not two
        mine = sum(planned.client_id == client_id for planned in self._planned)
        of_apps = sum(planned.client_id is not None for planned in self._planned)
        # What learners plan never keeps the instructor from planning something for everybody.
        if mine >= MOST_PLANNED_PER_APP or (client_id is not None and of_apps >= MOST_PLANNED_BY_APPS):
            raise ValueError("Too many faults are planned already: clear them first")
        ends_at = None if seconds is None else self._clock() + seconds
        if ends_at is None and times is None:
            times = 1
        self._planned.append(PlannedFault(endpoint, name, client_id, times, ends_at, delay))

    def take(self, endpoint: Endpoint, client_id: str) -> PlannedFault | None:
        """Count the fault that is planned for this answer, and give it; None when there is none."""
        self._drop_what_is_over()
        for planned in self._planned:
            if planned.endpoint == endpoint and planned.client_id in (None, client_id):
                if planned.times is not None:
                    planned.times -= 1
                return planned
        return None

    def planned(self, client_id: str | None = None) -> list[PlannedFault]:
        """What is to come: all of it, or only what strikes one app."""
        self._drop_what_is_over()
        return [one for one in self._planned if client_id is None or one.client_id in (None, client_id)]

    def forget(self, client_id: str | None = None) -> None:
        """Forget the faults of one app, or all."""
        self._planned = [one for one in self._planned if client_id is not None and one.client_id != client_id]

    def end(self, endpoint: str, name: str) -> None:
        """End one kind of fault that strikes everybody."""
        self._planned = [
            one for one in self._planned if one.client_id is not None or (one.endpoint, one.name) != (endpoint, name)
        ]

    def _drop_what_is_over(self) -> None:
        now = self._clock()
        self._planned = [one for one in self._planned if one.times != 0 and (one.ends_at is None or now < one.ends_at)]
