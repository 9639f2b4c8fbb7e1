"""A call log as numbers and as a picture: what is counted, what never fails, and what is in the SVG."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree

import matplotlib
import matplotlib.style
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers import ConfigurationError
from rc_nb_helpers.call_plot import LOOKS, MOST_RECORDS, call_log_counts, call_log_plot, draw

SVG = "{http://www.w3.org/2000/svg}"


def record(start: object = "2026-01-31T09:30:00.000Z", direction: object = "Inbound", result: object = "Missed"):
    return {
        "id": "A1",
        "startTime": start,
        "direction": direction,
        "result": result,
        "from": {"phoneNumber": "+16505550100", "name": "Lena Fischer"},
        "to": {"name": "Alex Rivera"},
    }


FEW = [
    record(),
    record("2026-01-31T09:59:59Z", "Outbound", "Call connected"),
    record("2026-02-01T10:00:00+02:00"),
    record("2026-01-29T23:00:00Z", "Outbound", "Call connected"),
    record("2026-01-29T23:00:00Z", "Outbound", "Busy"),
]


def test_calls_are_counted_by_hour_day_and_result():
    counts = call_log_counts(iter(FEW))
    assert counts.rows() == [
        ["Hour", "08", "1", "0", "0"],
        ["Hour", "09", "1", "1", "0"],
        ["Hour", "23", "0", "2", "0"],
        ["Day", "2026-01-29", "0", "2", "0"],
        ["Day", "2026-01-31", "1", "1", "0"],
        ["Day", "2026-02-01", "1", "0", "0"],
        ["Result", "Call connected", "0", "2", "0"],
        ["Result", "Missed", "2", "0", "0"],
        ["Result", "Busy", "0", "1", "0"],
    ]
    assert counts.by_day[1] == ("2026-01-30", (0, 0, 0))  # a day without calls has its place
    assert counts.sentence() == (
        "5 calls: 2 inbound, 3 outbound. Days from 2026-01-29 to 2026-02-01. Most in the hour that begins at 09:00 UTC"
        " (2). Most frequent result: Call connected (2)."
    )


def test_hours_and_days_are_those_of_the_time_zone():
    counts = call_log_counts(FEW, zone=timezone(timedelta(hours=-9), "AKST"))
    assert [label for label, _ in counts.by_day] == ["2026-01-29", "2026-01-30", "2026-01-31"]
    assert "Most in the hour that begins at 00:00 AKST (2)" in counts.sentence()


def test_no_calls_are_no_fault():
    assert (call_log_counts([]).rows(), call_log_counts([]).sentence()) == ([], "No calls.")
    assert "No calls." in call_log_plot([])


def test_what_is_odd_is_counted_as_such():
    odd = [None, 5, [], {}, record(None), record(1769851800), record("soon"), record("2026-13-01T00:00:00Z")]
    odd += [record(direction="Sideways"), record(direction=["Inbound"]), record(result={"a": 1}), record(result=None)]
    odd += [record("0001-01-01T00:00:00+14:00"), record("9999-12-31T23:59:59-12:00"), record(direction="Other")]
    counts = call_log_counts(odd, zone=timezone.utc)
    assert (counts.total, counts.undated) == (15, 10)
    assert counts.by_direction == (8, 0, 7)
    assert counts.by_result == (("Missed", (6, 0, 3)), ("Any other", (2, 0, 4)))
    assert counts.sentence().endswith("10 calls without a time.")
    draw(counts)


@pytest.mark.parametrize(
    ("days", "stretch"), [(0, "day"), (30, "day"), (31, "week"), (200, "week"), (240, "month"), (900, "month")]
)
def test_many_days_become_weeks_and_months(days, stretch):
    end = datetime(2026, 1, 31, tzinfo=timezone.utc)
    counts = call_log_counts([record(end.isoformat()), record((end - timedelta(days)).isoformat())])
    assert counts.stretch == stretch
    assert 0 < len(counts.by_day) <= 31


@given(st.lists(st.datetimes(), max_size=60))
def test_whenever_the_calls_were_the_bars_are_few_and_complete(times):
    counts = call_log_counts([record(f"{time.isoformat()}Z") for time in times])
    assert len(counts.by_day) <= 31
    assert sum(sum(number) for _, number in counts.by_hour) == len(times)
    shown = sum(sum(number) for _, number in counts.by_day)
    assert shown == len(times) or (counts.stretch == "year" and len(counts.by_day) == 31)


def test_more_than_ten_thousand_are_not_looked_at():
    counts = call_log_counts(itertools.cycle(FEW))
    assert (counts.total, counts.cut) == (MOST_RECORDS, True)
    assert "10000 calls (there are more)" in counts.sentence()
    assert not call_log_counts(itertools.islice(itertools.cycle(FEW), MOST_RECORDS)).cut


def test_picture_is_an_image_of_its_own_that_loads_nothing():
    svg = call_log_plot(FEW)
    root = ElementTree.fromstring(svg)
    assert (root.tag, root.attrib["role"]) == (f"{SVG}svg", "img")
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[1].text == call_log_counts(FEW).sentence()
    assert not {each.tag for each in root.iter()} & {
        f"{SVG}{name}" for name in ("script", "image", "a", "foreignObject")
    }
    for each in root.iter():
        assert not [name for name in each.attrib if name.startswith("on")]
        assert all(value.startswith("#") for name, value in each.attrib.items() if name.endswith("href"))
    assert re.findall(r"url\((?!#)|@import|https?://(?!www\.w3\.org/)", svg) == []


def test_nobody_is_in_it():
    """Whatever a server or a stranger writes: the words are ours, or RingCentral's own."""
    planted = [record(result="Lena Fischer"), record(direction="+16505550100"), record("Alex Rivera"), *FEW]
    for said in (call_log_plot(planted), str(call_log_counts(planted)), str(call_log_counts(planted).rows())):
        for word in ("Lena", "Alex", "6505550100", "A1"):
            assert word not in said


def test_same_calls_make_the_same_bytes_from_any_thread_and_whatever_style_the_kernel_has():
    expected = call_log_plot(FEW)
    styles = [
        "dark_background",
        "ggplot",
        "seaborn-v0_8-poster",
        "classic",
        {"font.weight": "bold", "text.usetex": True},
    ]
    for style in styles:
        with matplotlib.rc_context(), matplotlib.style.context(style):
            before = dict(matplotlib.rcParams)
            assert call_log_plot(FEW) == expected, style
            assert dict(matplotlib.rcParams) == before
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(call_log_plot, [FEW] * 8)) == {expected}


def test_picture_stays_small():
    begin = datetime(2026, 1, 1, tzinfo=timezone.utc)
    results = ("Missed", "Busy", "Accepted", "Voicemail", "Sent", "Received", "Reply", "Stopped", "Blocked")
    directions = ("Inbound", "Outbound", "")
    many = [
        record((begin + timedelta(minutes=4 * number)).isoformat(), directions[number % 3], results[number % 9])
        for number in range(MOST_RECORDS)
    ]
    assert len(call_log_plot(many)) < 120_000


def test_it_can_be_read_without_colours_and_in_the_dark():
    light, dark = call_log_plot(FEW), call_log_plot(FEW, dark=True)
    for svg, look in ((light, LOOKS[False]), (dark, LOOKS[True])):
        assert "<pattern" in svg  # the hatching
        assert f"fill: {look.background}" in svg
        assert all(contrast(colour, look.background) >= 3 for colour in (*look.bars, look.line))
        assert contrast(look.text, look.background) >= 4.5
    assert "#ffffff" not in dark


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 counts it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_without_matplotlib_it_says_how_to_get_it(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigurationError, match=r"needs matplotlib.*%pip install matplotlib"):
        call_log_plot(FEW)
    assert call_log_counts(FEW).total == 5


def test_it_loads_matplotlib_when_it_draws_and_never_pyplot():
    code = "import sys; from rc_nb_helpers.call_plot import call_log_plot; before = 'matplotlib' in sys.modules"
    code += "; call_log_plot([]); print(before, 'matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
