"""What the split of a change promises whatever was published."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain import EpisodeRule, Panel
from monitor.model import attribution, recession
from monitor.store import Store
from monitor.store.known import Chronicle

RULE = EpisodeRule()
RATES = ("GS10", "TB3MS")
DAYS = st.dates(date(1962, 1, 2), date(2026, 11, 22))
BACK = st.integers(1, 24)
MOVES = st.sampled_from([-1.5, -0.25, 0.01, 0.25, 1.5])


@dataclass(frozen=True)
class Past:
    """How an earlier day differs.

    Attributes:
        gap: days before.
        revised: by series and number of months back, what its value then was more.
        late: by series, newest months that were not known.
        withheld: newest turning points that were not announced.
    """

    gap: int
    revised: dict[tuple[str, int], float]
    late: dict[str, int]
    withheld: int


PASTS = st.builds(
    Past,
    gap=st.integers(0, 40),
    revised=st.dictionaries(st.tuples(st.sampled_from(RATES), BACK), MOVES, max_size=3),
    late=st.fixed_dictionaries(dict.fromkeys(RATES, st.integers(0, 3))),
    withheld=st.integers(0, 2),
)


@pytest.fixture(scope="module")
def chronicle(history: Store) -> Chronicle:
    return history.chronicle(recession.read_by_headline(RULE))


def earlier(panel: Panel, past: Past) -> Panel:
    """A past in which some months were other, or not yet known, and some turns not announced."""
    series: dict[str, pd.Series[float]] = {}
    for name in RATES:
        values = panel.series[name].copy()
        for (changed, back), move in past.revised.items():
            if changed == name:
                values.iloc[-back] += move
        series[name] = values.iloc[: len(values) - past.late[name]]
    return replace(
        panel,
        as_of=panel.as_of - timedelta(days=past.gap),
        series=series,
        turning_points=panel.turning_points[: len(panel.turning_points) - past.withheld],
    )


@settings(max_examples=40, deadline=None)
@given(day=DAYS, past=PASTS)
def test_the_parts_add_up_and_name_what_has_changed_in_any_order_of_the_series(
    chronicle: Chronicle, day: date, past: Past
) -> None:
    now = chronicle.panel(day)
    before = earlier(now, past)
    moved = attribution.moved(before, now, RULE, None)
    total = math.fsum(news.points for news in moved.news)
    assert abs(total - (moved.after - moved.before)) < 1e-12

    found = {(news.kind, news.series): news for news in moved.news}
    expected: dict[tuple[str, str], int] = {
        ("release", name): months for name, months in past.late.items() if months
    }
    for name, back in past.revised:
        if back > past.late[name]:
            expected["revision", name] = expected.get(("revision", name), 0) + 1
    if past.withheld:
        expected["release", attribution.NBER] = past.withheld
    data: dict[Any, int] = {it: news.periods for it, news in found.items() if it[1] is not None}
    assert data == expected
    if not past.gap:
        assert ("time", None) not in found

    turned = (replace(it, series=dict(reversed(it.series.items()))) for it in (before, now))
    assert attribution.moved(*turned, RULE, None) == moved


@settings(max_examples=40, deadline=None)
@given(day=DAYS, gap=st.integers(1, 40))
def test_where_only_time_passes_there_is_only_time_and_what_is_learnt(
    chronicle: Chronicle, day: date, gap: int
) -> None:
    now = chronicle.panel(day)
    before = replace(now, as_of=day - timedelta(days=gap))
    moved = attribution.moved(before, now, RULE, None)
    assert {news.kind for news in moved.news} <= {"time", "refit"}
    again = attribution.moved(now, now, RULE, None)
    assert again.news == ()
    assert again.before == again.after == moved.after


@settings(max_examples=30, deadline=None)
@given(day=DAYS, gap=st.integers(1, 10), noise=st.floats(-5, 5))
def test_what_the_headline_does_not_read_is_no_news(
    chronicle: Chronicle, day: date, gap: int, noise: float
) -> None:
    before, now = chronicle.panel(day - timedelta(days=gap)), chronicle.panel(day)
    moved = attribution.moved(before, now, RULE, None)
    other = pd.Series([noise], pd.DatetimeIndex([before.as_of]), name="UNRATE")
    more = replace(now, series={**now.series, "UNRATE": other, "FEDFUNDS": other})
    assert attribution.moved(before, more, RULE, None) == moved
