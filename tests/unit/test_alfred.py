from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceMalformed
from monitor.sources import alfred
from monitor.sources.alfred import Span

DAY = timedelta(days=1)
START = date(2026, 1, 1)
FOREVER = date(9999, 12, 31)
MAY, JUNE, JULY = (date(2025, month, 1) for month in (5, 6, 7))


def day(number: int) -> date:
    """The days of a window are counted from 0."""
    return START + number * DAY


def span(period: date, first: int, last: int, value: float | None) -> Span:
    return period, day(first), day(last), value


def changes(*spans: Span, last: int = 9) -> list[tuple[date, int, float | None]]:
    return [
        (period, (since - START).days, value)
        for period, since, value in alfred.changes(spans, day(last))
    ]


# ------------------------------------------------------------------------------------------ windows
def test_windows_follow_each_other_without_a_gap_and_none_has_too_many_vintages() -> None:
    vintages = [day(number) for number in (1, 2, 5, 6, 7, 30, 99)]
    found = alfred.windows((day(2), day(40)), vintages, 2)
    assert found == [(day(2), day(5)), (day(6), day(29)), (day(30), day(40))]


@pytest.mark.parametrize("vintages", [[], [day(0)], [day(0), day(0), day(3)], [day(-5), day(11)]])
def test_few_vintages_need_one_window(vintages: list[date]) -> None:
    assert alfred.windows((day(0), day(9)), vintages, 2) == [(day(0), day(9))]


@given(st.sets(st.integers(0, 60)), st.integers(1, 70))
def test_any_vintages_are_cut_into_as_few_windows_as_possible(days: set[int], most: int) -> None:
    found = alfred.windows((day(0), day(60)), map(day, days), most)
    assert (found[0][0], found[-1][1]) == (day(0), day(60))
    assert all(late[0] - early[1] == DAY for early, late in itertools.pairwise(found))
    assert all(sum(first <= day(one) <= last for one in days) <= most for first, last in found)
    assert len(found) == max(1, math.ceil(len(days) / most))


def test_a_window_can_be_halved_down_to_a_day() -> None:
    assert alfred.halves((day(0), day(4))) == [(day(0), day(2)), (day(3), day(4))]
    assert alfred.halves((day(0), day(1))) == [(day(0), day(0)), (day(1), day(1))]
    assert alfred.halves((day(0), day(0))) == []


def test_spans_are_cut_to_the_window_and_those_outside_are_left_out() -> None:
    spans = [span(MAY, -9, 2, 1), span(MAY, 3, 9, 2), (JUNE, day(4), FOREVER, 3)]
    outside = [span(JULY, -9, -1, 1), span(JULY, 6, 9, 1)]
    assert alfred.cut([*spans, *outside], (day(0), day(5))) == [
        span(MAY, 0, 2, 1),
        span(MAY, 3, 5, 2),
        span(JUNE, 4, 5, 3),
    ]


# ------------------------------------------------------------------------------------------ changes
def test_a_value_counts_from_the_day_on_which_it_stood_first() -> None:
    spans = [span(MAY, 0, 3, 1), span(MAY, 4, 9, 2), span(JUNE, 4, 9, 3)]
    assert changes(*spans) == [(MAY, 0, 1), (MAY, 4, 2), (JUNE, 4, 3)]


def test_a_value_that_was_cut_in_two_is_one() -> None:
    assert changes(span(MAY, 5, 9, 1), span(MAY, 0, 4, 1)) == [(MAY, 0, 1)]


def test_a_value_that_comes_back_is_told_each_time() -> None:
    spans = [span(MAY, 0, 3, 1), span(MAY, 4, 6, 2), span(MAY, 7, 9, 1)]
    assert changes(*spans) == [(MAY, 0, 1), (MAY, 4, 2), (MAY, 7, 1)]


def test_a_point_before_the_first_figure_is_no_value() -> None:
    spans = [span(MAY, 0, 9, 1), span(JUNE, 2, 5, None), span(JUNE, 6, 9, 2)]
    assert changes(*spans) == [(MAY, 0, 1), (JUNE, 6, 2)]


def test_a_point_that_stays_at_either_end_is_nothing() -> None:
    spans = [span(MAY, 0, 9, None), span(JUNE, 0, 9, 1), span(JULY, 0, 9, None)]
    assert changes(*spans) == [(JUNE, 0, 1)]


def test_a_point_is_a_hole_from_the_day_on_which_values_stand_around_it() -> None:
    spans = [span(MAY, 0, 9, 1), span(JUNE, 2, 9, None), span(JULY, 5, 9, 2)]
    assert changes(*spans) == [(MAY, 0, 1), (JUNE, 5, None), (JULY, 5, 2)]


def test_a_hole_that_appears_late_counts_from_then_and_may_be_filled() -> None:
    spans = [
        span(MAY, 0, 9, 1), span(JULY, 1, 9, 2), span(JUNE, 3, 6, None), span(JUNE, 7, 9, 3),
    ]  # fmt: skip
    assert changes(*spans) == [(MAY, 0, 1), (JUNE, 3, None), (JUNE, 7, 3), (JULY, 1, 2)]


def test_a_value_that_is_taken_back_is_no_value_from_then_on_wherever_it_stood() -> None:
    spans = [span(MAY, 0, 3, 1), span(MAY, 4, 9, None), span(JUNE, 0, 9, 2)]
    assert changes(*spans) == [(MAY, 0, 1), (MAY, 4, None), (JUNE, 0, 2)]


def test_a_value_that_ends_with_nothing_behind_it_is_taken_back() -> None:
    assert changes(span(MAY, 0, 3, 1)) == [(MAY, 0, 1), (MAY, 4, None)]
    spans = [span(MAY, 0, 3, 1), span(MAY, 6, 9, 1)]
    assert changes(*spans) == [(MAY, 0, 1), (MAY, 4, None), (MAY, 6, 1)]


def test_the_same_span_twice_counts_once() -> None:
    assert changes(span(MAY, 0, 9, 1), span(MAY, 0, 9, 1), span(MAY, 2, 3, 1)) == [(MAY, 0, 1)]


@pytest.mark.parametrize("other", [2, None])
def test_two_values_on_one_day_are_malformed(other: float | None) -> None:
    with pytest.raises(SourceMalformed, match=r"two different values for 2025-05-01 on 2026-01-05"):
        changes(span(MAY, 0, 4, 1), span(MAY, 4, 9, other))


# ------------------------------------------------- against what a reader would have seen each day
PERIODS = [date(2025, month, 1) for month in range(1, 7)]
Look = dict[date, float | None]
"""What the archive shows on one day: values, and points."""

looks = st.lists(
    st.dictionaries(st.sampled_from(PERIODS), st.none() | st.sampled_from([1.0, 2.0])),
    min_size=1,
    max_size=12,
)


def spans_of(looks: Sequence[Look]) -> list[Span]:
    """What the archive says of looks on consecutive days."""
    found: list[Span] = []
    for period in PERIODS:
        first = 0
        for number in range(1, len(looks) + 1):
            same = number < len(looks) and _shown(looks[number], period) == _shown(
                looks[first], period
            )
            if not same:
                if period in looks[first]:
                    found.append(span(period, first, number - 1, looks[first][period]))
                first = number
    return found


def _shown(look: Look, period: date) -> object:
    return look.get(period, "nothing")


def _known(found: Sequence[tuple[date, int, float | None]], on: int) -> Look:
    known: Look = {}
    for period, since, value in sorted(found, key=lambda change: change[1]):
        if since <= on:
            known[period] = value
    return known


@given(looks)
def test_on_every_day_the_changes_give_the_values_that_were_shown(looks: list[Look]) -> None:
    found = changes(*spans_of(looks), last=len(looks) - 1)
    for number, look in enumerate(looks):
        known = _known(found, number)
        for period in PERIODS:
            assert known.get(period) == look.get(period)
        valued = [period for period, value in look.items() if value is not None]
        for period, value in look.items():
            if value is None and valued and min(valued) < period < max(valued):
                assert period in known


@given(looks)
def test_every_change_is_one(looks: list[Look]) -> None:
    found = changes(*spans_of(looks), last=len(looks) - 1)
    last: dict[date, object] = {}
    for period, since, value in found:
        assert last.get(period, "nothing") != value
        assert value is None or looks[since][period] == value
        last[period] = value


@given(looks, st.integers(1, 12))
def test_it_does_not_matter_how_the_days_were_cut_for_asking(looks: list[Look], size: int) -> None:
    whole = spans_of(looks)
    parts = [
        part
        for first in range(0, len(looks), size)
        for part in alfred.cut(whole, (day(first), day(min(first + size, len(looks)) - 1)))
    ]
    last = len(looks) - 1
    assert changes(*parts, last=last) == changes(*whole, last=last)
