"""What a call log looks like: how many calls by hour, by day and by result, as a picture and as a table.

It holds numbers alone. Who called whom is not in it, so a notebook may keep it.

The picture is made by matplotlib, without its pyplot. It says itself all that styles would say, and leaves the
settings that all plots of a kernel share (``rcParams``) alone: a person's style changes nothing here, and the other way
round. So panels may draw from any thread. With one version of matplotlib, the same calls make the same bytes.
"""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from html import escape
from typing import TYPE_CHECKING, Any

from .calls import read_moment
from .errors import ConfigurationError
from .sentences.saying import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_RECORDS = 10_000
DIRECTIONS = ("Inbound", "Outbound", "Other")
"""As RingCentral spells them; the last is ours."""
RESULTS = frozenset(
    (
        "911",
        "933",
        "Abandoned",
        "Accepted",
        "Answered Elsewhere",
        "Answered Not Accepted",
        "Blocked",
        "Busy",
        "Call connected",
        "Call Failed",
        "Call Failure",
        "Callback requested",
        "Carrier is not active",
        "Declined",
        "EDGE trunk misconfigured",
        "Fax Not Sent",
        "Fax on Demand",
        "Fax Partially Sent",
        "Fax Poor Line",
        "Fax Receipt Error",
        "Hang Up",
        "In Progress",
        "Internal Error",
        "International Disabled",
        "International Restricted",
        "IP Phone Offline",
        "Missed",
        "No Answer",
        "No Calling Credit",
        "Not Allowed",
        "Partial Receive",
        "Phone Login",
        "Receive Error",
        "Received",
        "Rejected",
        "Reply",
        "Restricted Number",
        "Send Error",
        "Sent",
        "Sent to Voicemail",
        "Stopped",
        "Suspended account",
        "Unknown",
        "Voicemail",
        "Wrong Number",
    )
)
"""The results that RingCentral knows. What else stands there is counted as one: nobody's text has a place here."""

_MOST_RESULTS = 8
_MOST_BARS = 31
_FEW_BARS = 7  # fewer leave room beside them, or one would fill it all
_OTHER = ""  # what stands for all results that are not told

Counts = tuple[int, int, int]
"""How many calls: inbound, outbound, and in a direction that is not told."""


@dataclass(frozen=True)
class CallCounts:
    """How many calls there were.

    Attributes:
        by_hour: For each hour of the day, from 00 to 23.
        by_day: For each day from the first call to the last one, or for longer stretches.
        by_result: For each result, the most frequent first.
        stretch: What ``by_day`` counts: day, week, month or year.
        total: All calls.
        undated: Those without a time that can be read; they are in ``by_result`` alone.
        zone: The time zone that hours and days are of.
        cut: Whether there were more records than are counted.
    """

    by_hour: tuple[tuple[str, Counts], ...]
    by_day: tuple[tuple[str, Counts], ...]
    by_result: tuple[tuple[str, Counts], ...]
    stretch: str
    total: int
    undated: int
    zone: str
    cut: bool

    def rows(self) -> list[list[str]]:
        """The numbers of the picture as a table (:func:`headings`), without what has none."""
        stretch = {
            "day": say("plot.day"),
            "week": say("plot.week"),
            "month": say("plot.month"),
            "year": say("plot.year"),
        }[self.stretch]
        parts = ((say("plot.hour"), self.by_hour), (stretch, self.by_day), (say("plot.result"), self.by_result))
        return [[what, label, *map(str, counts)] for what, values in parts for label, counts in values if any(counts)]

    def sentence(self) -> str:
        """The picture in words: its text for those who do not see it."""
        if not self.total:
            return say("plot.no-calls")
        inbound, outbound, other = self.by_direction
        first = _calls(self.total, cut=self.cut)
        said = [say("plot.calls-by", calls=first, inbound=inbound, outbound=outbound)]
        if other:
            said = [say("plot.calls-by-and-other", calls=first, inbound=inbound, outbound=outbound, other=other)]
        if self.by_day:
            begin, end = self.by_day[0][0], self.by_day[-1][0]
            said.append(self._from_to(begin, end) if begin != end else say("plot.all", stretch=begin))
            hour, counts = max(self.by_hour, key=lambda value: sum(value[1]))
            said.append(say("plot.busiest-hour", hour=hour, zone=self.zone, count=sum(counts)))
        result, counts = self.by_result[0]
        said.append(say("plot.commonest-result", result=result, count=sum(counts)))
        if self.undated == 1:
            said.append(say("plot.one-undated"))
        elif self.undated:
            said.append(say("plot.undated", count=self.undated))
        return " ".join(said)

    def _from_to(self, begin: str, end: str) -> str:
        return {
            "day": say("plot.days", begin=begin, end=end),
            "week": say("plot.weeks", begin=begin, end=end),
            "month": say("plot.months", begin=begin, end=end),
            "year": say("plot.years", begin=begin, end=end),
        }[self.stretch]

    @property
    def by_direction(self) -> Counts:
        """All calls."""
        return _sum(counts for _, counts in self.by_result)


def headings() -> list[str]:
    """The headings of :meth:`CallCounts.rows`."""
    return [say("plot.counted-by"), say("plot.value"), *_directions()]


def _directions() -> tuple[str, str, str]:
    return say("plot.inbound"), say("plot.outbound"), say("plot.other")


def _calls(number: int, *, cut: bool) -> str:
    if number == 1:
        return say("plot.one-call-and-more") if cut else say("plot.one-call")
    return say("plot.calls-and-more" if cut else "plot.calls", count=number)


def _sum(many: Iterable[Counts]) -> Counts:
    inbound, outbound, other = (sum(column) for column in zip((0, 0, 0), *many, strict=True))
    return inbound, outbound, other


def call_log_counts(records: Iterable[Any], *, zone: tzinfo = timezone.utc) -> CallCounts:
    """Count the calls of a call log.

    Args:
        records: As :meth:`.Session.records` gives them. What is odd in one is counted as such; nothing fails. More
            than :data:`MOST_RECORDS` are not looked at.
        zone: The time zone of hours and days.
    """
    hours: Counter[tuple[int, int]] = Counter()
    days: Counter[tuple[date, int]] = Counter()
    results: Counter[tuple[str, int]] = Counter()
    several = iter(records)
    undated = 0
    for record in itertools.islice(several, MOST_RECORDS):
        direction, result, moment = _read(record, zone)
        results[result, direction] += 1
        if moment is None:
            undated += 1
        else:
            hours[moment.hour, direction] += 1
            days[moment.date(), direction] += 1
    stretch, by_day = _by_stretch(days)
    return CallCounts(
        by_hour=tuple((f"{hour:02}", _of(hours, hour)) for hour in range(24)),
        by_day=by_day,
        by_result=_by_result(results),
        stretch=stretch,
        total=sum(results.values()),
        undated=undated,
        zone=str(zone),
        cut=next(several, None) is not None,
    )


def _read(record: Any, zone: tzinfo) -> tuple[int, str, datetime | None]:
    """A call's direction, result and time; None for a time that is none."""
    fields = record if isinstance(record, dict) else {}
    direction, result, start = fields.get("direction"), fields.get("result"), fields.get("startTime")
    number = DIRECTIONS.index(direction) if isinstance(direction, str) and direction in DIRECTIONS else 2
    try:
        moment = read_moment(start).astimezone(zone) if isinstance(start, str) else None
    except (ValueError, OverflowError):
        moment = None
    return number, result if isinstance(result, str) and result in RESULTS else _OTHER, moment


def _of(counter: Counter[tuple[Any, int]], key: Any) -> Counts:
    return counter[key, 0], counter[key, 1], counter[key, 2]


def _by_result(results: Counter[tuple[str, int]]) -> tuple[tuple[str, Counts], ...]:
    """The most frequent ones; the others together, at the end."""
    names = {name for name, _ in results}
    order = sorted(names - {_OTHER}, key=lambda name: (-sum(_of(results, name)), name))
    few = order[: _MOST_RESULTS - 1]
    rest = _sum(_of(results, name) for name in (*order[_MOST_RESULTS - 1 :], _OTHER))
    return (*((name, _of(results, name)) for name in few), *(((say("plot.any-other"), rest),) if any(rest) else ()))


def _by_stretch(days: Counter[tuple[date, int]]) -> tuple[str, tuple[tuple[str, Counts], ...]]:
    """The calls by day; by week, month or year where days would be too many bars."""
    if not days:
        return "day", ()
    first, last = min(day for day, _ in days), max(day for day, _ in days)
    for stretch, length in (("day", 1), ("week", 7), ("month", 31)):
        if (last - first).days < _MOST_BARS * length:
            bars = sorted({_begin(first + timedelta(number), stretch) for number in range((last - first).days + 1)})
            if len(bars) <= _MOST_BARS:
                break
    else:  # calls are kept for some months, so a time that is far from the others is some record's mistake
        stretch = "year"
        bars = sorted({_begin(day, stretch) for day, _ in days})[-_MOST_BARS:]
    counts: Counter[tuple[date, int]] = Counter()
    for (day, direction), number in days.items():
        counts[_begin(day, stretch), direction] += number
    length = {"month": len("2026-01"), "year": len("2026")}.get(stretch, len("2026-01-31"))
    return stretch, tuple((bar.isoformat()[:length], _of(counts, bar)) for bar in bars)


def _begin(day: date, stretch: str) -> date:
    """The first day of the week, month or year of a day."""
    if stretch == "week":
        return day - timedelta(day.weekday())
    return day.replace(month=day.month if stretch != "year" else 1, day=day.day if stretch == "day" else 1)


@dataclass(frozen=True)
class _Look:
    """The colours. All shapes have a contrast of 3 and more to the background (WCAG 1.4.11), texts of 4.5 and more."""

    background: str
    text: str
    line: str
    bars: tuple[str, str, str]


LOOKS = {
    False: _Look("#ffffff", "#1f2328", "#6e7781", ("#0b62a8", "#b35900", "#6e7781")),
    True: _Look("#16191d", "#e6e9ec", "#8b949e", ("#6cb6ff", "#ffa657", "#9aa4ae")),
}
"""By whether the page is dark."""
_HATCHES = ("", "////", "xxxx")  # directions differ in more than their colour
_WIDTH, _TALL = 5.0, 6.9  # inches, of 72 units each


def call_log_plot(records: Iterable[Any], *, dark: bool = False, zone: tzinfo = timezone.utc) -> str:
    """Draw a call log: by hour, by day and by result, each with its directions.

    Args:
        records: As for :func:`call_log_counts`.
        dark: Whether it is for a dark page. It has a background of its own.
        zone: The time zone of hours and days. The picture names it.

    Returns:
        An SVG, to be shown as an image; :meth:`CallCounts.sentence` is its alternative text, and in it as well.

    Raises:
        ConfigurationError: matplotlib is not there.
    """
    return draw(call_log_counts(records, zone=zone), dark=dark)


def draw(counts: CallCounts, *, dark: bool = False) -> str:
    """Draw what was counted: see :func:`call_log_plot`."""
    look = LOOKS[dark]
    figure = _paper(look)
    days = [_short(label, counts.stretch) for label, _ in counts.by_day]
    hours = [label for label, _ in counts.by_hour]
    _heading(figure, counts, look)
    _columns(figure, 0.69, say("plot.by-hour", zone=counts.zone), hours, counts.by_hour, look, every=3)
    _columns(figure, 0.42, _by(counts), days, counts.by_day, look, every=-(-len(days) // 6))
    _results(figure, counts.by_result, look)
    _finish(figure, look)
    return _svg(figure, counts.sentence())


def _by(counts: CallCounts) -> str:
    return {
        "day": say("plot.by-day", zone=counts.zone),
        "week": say("plot.by-week", zone=counts.zone),
        "month": say("plot.by-month", zone=counts.zone),
        "year": say("plot.by-year", zone=counts.zone),
    }[counts.stretch]


def _paper(look: _Look) -> Figure:
    """An empty picture."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("matplotlib")
        raise ConfigurationError(
            "The plot needs matplotlib, which is not installed." if missing else "matplotlib cannot be loaded.",
            why="It is an extra: nothing else needs it." if missing else f"Something in it fails: {error.name}.",
            cure="Run %pip install matplotlib in a cell, then draw again.",
        ) from None
    figure = Figure(figsize=(_WIDTH, _TALL), dpi=72, facecolor=look.background, frameon=True, linewidth=0)
    figure.set_layout_engine("none")
    return figure


def _heading(figure: Figure, counts: CallCounts, look: _Look) -> None:
    """The title, and the directions with their numbers: what colour and hatching mean, in words."""
    from matplotlib.patches import Rectangle

    title = _calls(counts.total, cut=counts.cut)
    if counts.undated:
        title = say("plot.title-undated", calls=title, count=counts.undated)
    figure.text(0.03, 0.965, title, fontsize=12, verticalalignment="center")
    left = 0.03
    for number, (name, count) in enumerate(zip(_directions(), counts.by_direction, strict=True)):
        if number < len(DIRECTIONS) - 1 or count:
            figure.add_artist(Rectangle((left, 0.917), 0.04, 0.018, **_shape(number, look)))
            figure.text(left + 0.05, 0.925, f"{name} {count}", fontsize=9, verticalalignment="center")
            left += 0.3


def _columns(
    figure: Figure,
    bottom: float,
    title: str,
    labels: Sequence[str],
    values: Sequence[tuple[str, Counts]],
    look: _Look,
    *,
    every: int,
) -> None:
    """A column for each value, its directions on top of each other; every so-manieth has its label below."""
    axes = _axes(figure, (0.09, bottom, 0.88, 0.16), title)
    for place, (_, counts) in enumerate(values):
        for number, below, count in _stacked(counts):
            axes.bar(place, count, 0.8, bottom=below, **_shape(number, look))
    places = range(len(values))
    axes.set_xlim(-0.6, max(len(values), _FEW_BARS) - 0.4)
    axes.set_xticks(places[:: every or 1], labels[:: every or 1])
    ticks = _ticks(max((sum(counts) for _, counts in values), default=0))
    axes.set_ylim(0, ticks[-1])
    axes.set_yticks(ticks, [f"{tick}" for tick in ticks])


def _results(figure: Figure, values: Sequence[tuple[str, Counts]], look: _Look) -> None:
    """A bar for each result, its number behind it."""
    axes = _axes(figure, (0.31, 0.03, 0.66, 0.29), say("plot.by-result"))
    largest = max((sum(counts) for _, counts in values), default=1)
    for place, (_, counts) in enumerate(values):
        for number, left, count in _stacked(counts):
            axes.barh(place, count, 0.7, left=left, **_shape(number, look))
        axes.text(sum(counts) + largest * 0.015, place, f"{sum(counts)}", verticalalignment="center", fontsize=8)
    axes.set_ylim(_MOST_RESULTS - 0.5, -0.5)
    axes.set_xlim(0, largest * 1.12)
    axes.set_yticks(range(len(values)), [label for label, _ in values])
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _stacked(counts: Counts) -> list[tuple[int, int, int]]:
    """The directions that there are: which, how many before it, how many."""
    return [(number, sum(counts[:number]), count) for number, count in enumerate(counts) if count]


def _shape(direction: int, look: _Look) -> dict[str, Any]:
    """What a bar looks like. Its edge and its hatching have the colour of the background."""
    return {
        "facecolor": look.bars[direction],
        "edgecolor": look.background,
        "linewidth": 0.6,
        "hatch": _HATCHES[direction],
        "hatch_linewidth": 1,
    }


def _axes(figure: Figure, place: tuple[float, float, float, float], title: str) -> Axes:
    axes = figure.add_axes(place, facecolor="none", axisbelow=True)
    axes.set_title(title, loc="left", fontsize=10, pad=6, y=1)
    axes.grid(False)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
    return axes


def _finish(figure: Figure, look: _Look) -> None:
    """Say of texts, ticks and lines what matplotlib would otherwise look up in the settings of all plots."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    for shape in figure.findobj(lambda artist: isinstance(artist, Patch) and hasattr(artist, "set_hatchcolor")):
        shape.set(hatchcolor=look.background)  # before 3.11, hatching had the colour of the edge
    for axes in figure.axes:
        axes.minorticks_off()
        sides: dict[str, Any] = {side: spine.get_visible() for side, spine in axes.spines.items()}
        sides |= {"labelleft": True, "labelbottom": True, "labeltop": False, "labelright": False}
        axes.tick_params(direction="out", length=3, width=0.8, pad=3, color=look.line, labelsize=8, **sides)
        for label in axes.get_yticklabels():
            label.set_verticalalignment("center")
        for spine in axes.spines.values():
            spine.set(edgecolor=look.line, linewidth=0.8)
    for text in figure.findobj(Text):
        font = FontProperties(
            family="DejaVu Sans",  # it comes along with matplotlib
            style="normal",
            variant="normal",
            weight="normal",
            stretch="normal",
            size=text.get_fontsize(),
            math_fontfamily="dejavusans",
        )
        text.set(fontproperties=font, color=look.text, usetex=False, parse_math=False)


def _svg(figure: Figure, sentence: str) -> str:
    """The picture as SVG, the same for the same numbers: without a date, and with names that do not change."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    paper = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    FigureCanvasSVG(figure).print_svg(paper, metadata=nothing)  # type: ignore[no-untyped-call]
    _, start, body = paper.getvalue().partition("<svg")
    names: dict[str, str] = {}
    body = re.sub(
        r'(id="|#)([hmp][0-9a-f]{10})\b',
        lambda found: f"{found[1]}{names.setdefault(found[2], f'part{len(names)}')}",
        body,
    )
    attributes, _, rest = body.partition(">")
    words = f"<title>{escape(say('plot.title'))}</title>\n<desc>{escape(sentence)}</desc>"
    return f'{start}{attributes} role="img">\n{words}{rest}'


def _short(label: str, stretch: str) -> str:
    """A day as people write it where there is little room."""
    if stretch not in ("day", "week"):
        return label
    _, month, day = label.split("-")
    name = (
        say("month.jan"),
        say("month.feb"),
        say("month.mar"),
        say("month.apr"),
        say("month.may"),
        say("month.jun"),
        say("month.jul"),
        say("month.aug"),
        say("month.sep"),
        say("month.oct"),
        say("month.nov"),
        say("month.dec"),
    )[int(month) - 1]
    return say("plot.date", day=int(day), month=name)


def _ticks(largest: int) -> list[int]:
    """Whole numbers from 0 to the largest or just above it, four steps at most."""
    steps = (factor * 10**power for power in range(8) for factor in (1, 2, 5))
    step = next(step for step in steps if step * 4 >= largest)
    return list(range(0, max(-(-largest // step), 1) * step + 1, step))
