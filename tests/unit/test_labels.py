"""Recession months and outcomes."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain import HORIZONS, TARGETS, TurningPoint, add_months
from monitor.model import labels
from monitor.store import Store

LATER = date(2026, 11, 22)
START, AT, ANY = range(3)
TWELVE = HORIZONS.index(12)


def point(kind: Literal["peak", "trough"], year: int, month: int) -> TurningPoint:
    return TurningPoint(kind, date(year, month, 1), date(year + 1, month, 1))


def months(first: str, last: str) -> pd.DatetimeIndex:
    return pd.date_range(first, last, freq="MS")


SHORT = (point("peak", 2020, 2), point("trough", 2020, 4))


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2020, 2, 1), date(2019, 1, 1)),
        (date(2020, 2, 29), date(2019, 1, 1)),
        (date(2020, 1, 31), date(2018, 12, 1)),
        (date(2026, 11, 22), date(2025, 10, 1)),
    ],
    ids=str,
)
def test_a_month_is_learnable_once_it_has_been_over_for_a_year(day: date, last: date) -> None:
    assert labels.learnable_through(day) == last


def test_a_recession_runs_from_the_month_after_the_peak_to_the_trough() -> None:
    state = labels.recessions(months("2020-01-01", "2020-06-01"), SHORT, LATER)
    assert state.tolist() == [0, 0, 1, 1, 0, 0]


def test_without_an_announced_trough_the_recession_goes_on() -> None:
    state = labels.recessions(months("2020-01-01", "2020-06-01"), SHORT[:1], LATER)
    assert state.tolist() == [0, 0, 1, 1, 1, 1]


def test_the_state_of_a_month_after_the_last_known_one_is_unknown() -> None:
    state = labels.recessions(months("2020-01-01", "2020-06-01"), SHORT, date(2020, 3, 1))
    assert state[:3].tolist() == [0, 0, 1]
    assert np.isnan(state[3:]).all()


def test_the_recessions_since_1953_have_the_lengths_of_the_chronology(history: Store) -> None:
    points = history.panel(LATER, []).turning_points
    state = labels.recessions(months("1953-04-01", "2022-12-01"), points, LATER)
    edges = np.flatnonzero(np.diff(state, prepend=0.0, append=0.0))
    lengths = (edges[1::2] - edges[::2]).tolist()
    assert lengths == [10, 8, 10, 11, 16, 6, 16, 8, 8, 18, 2]


def test_the_three_targets_of_february_2019_and_of_march_2020() -> None:
    grid = months("2019-01-01", "2020-06-01")
    made = labels.outcomes(grid, SHORT, LATER)
    february, march, year_before_trough = 1, 14, 3
    # One year after February 2019 is the month of the peak, the last of the expansion.
    assert made[:, TWELVE, february].tolist() == [0, 0, 0]
    # March 2020 lies in the recession: no start is asked for, and April still belongs to it.
    assert np.isnan(made[START, TWELVE, march])
    assert made[[AT, ANY], TWELVE, march].tolist() == [0, 1]
    assert made[:, TWELVE, year_before_trough].tolist() == [1, 1, 1]


def test_a_start_is_not_learnt_from_before_its_window_has_ended() -> None:
    grid = months("2019-01-01", "2020-06-01")
    made = labels.outcomes(grid, SHORT, date(2020, 6, 1))
    june_2019, july_2019 = 5, 6
    assert made[[START, ANY], TWELVE, june_2019].tolist() == [1, 1]
    assert np.isnan(made[:, TWELVE, july_2019]).all()


def test_no_months_have_no_outcomes() -> None:
    assert labels.outcomes(pd.DatetimeIndex([]), SHORT, LATER).shape == (3, 5, 0)


@st.composite
def chronologies(draw: st.DrawFn) -> tuple[TurningPoint, ...]:
    places = sorted(draw(st.sets(st.integers(-20, 60), max_size=8)))
    kinds: tuple[Literal["peak", "trough"], ...] = ("peak", "trough")
    made = [(kinds[n % 2], add_months(date(2000, 1, 1), m)) for n, m in enumerate(places)]
    return tuple(TurningPoint(kind, month, month) for kind, month in made)


@given(chronologies(), st.integers(-3, 80), st.integers(1, 50))
def test_outcomes_are_what_reading_month_by_month_gives(
    points: tuple[TurningPoint, ...], known: int, size: int
) -> None:
    first = date(2000, 1, 1)
    through = add_months(first, known)

    def in_recession(month: int) -> bool | None:
        day = add_months(first, month)
        before = [p for p in points if p.month < day]
        if day > through:
            return None
        return bool(before) and before[-1].kind == "peak"

    grid = pd.date_range(first, periods=size, freq="MS")
    made = labels.outcomes(grid, points, through)
    for row, horizon in enumerate(HORIZONS):
        for origin in range(size):
            window = [in_recession(origin + step) for step in range(horizon + 1)]
            if None in window:
                assert np.isnan(made[:, row, origin]).all()
                continue
            begins = any(later and not sooner for sooner, later in pairwise(window))
            expected = {"start": begins, "at": window[-1], "any": any(window[1:])}
            for place, target in enumerate(TARGETS):
                if target == "start" and window[0]:
                    assert np.isnan(made[place, row, origin])
                else:
                    assert made[place, row, origin] == expected[target]


@given(chronologies(), st.integers(0, 40))
def test_turning_points_that_are_not_learnable_yet_change_nothing(
    points: tuple[TurningPoint, ...], known: int
) -> None:
    through = add_months(date(2000, 1, 1), known)
    grid = pd.date_range("2000-01-01", periods=60, freq="MS")
    sooner = tuple(p for p in points if p.month < through)
    whole, cut = (labels.outcomes(grid, kept, through) for kept in (points, sooner))
    assert np.array_equal(whole, cut, equal_nan=True)


def test_a_start_once_learnt_is_never_taken_back(history: Store) -> None:
    final = history.panel(LATER, []).turning_points
    grid = months("1953-04-01", "2026-09-01")
    settled = labels.outcomes(grid, final, labels.learnable_through(LATER))[START]
    for year in range(1962, 2026):
        day = date(year, 3, 8)
        known = history.panel(day, []).turning_points
        learnt = labels.outcomes(grid, known, labels.learnable_through(day))[START]
        there = ~np.isnan(learnt)
        assert there.any()
        assert np.array_equal(learnt[there], settled[there])
