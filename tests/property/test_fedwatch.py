"""What holds for the odds from any prices of futures, under any conventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain import Conventions, MarketOdds, add_months, end_of_month, month_of
from monitor.model import fedwatch

START = date(2026, 9, 1)
MEETINGS = (
    date(2026, 9, 16), date(2026, 10, 28), date(2026, 12, 9), date(2027, 1, 27),
    date(2027, 3, 17), date(2027, 4, 28), date(2027, 6, 9), date(2027, 7, 28),
    date(2027, 9, 15), date(2027, 10, 27), date(2027, 12, 8),
)  # fmt: skip
"""The published schedule. The first meeting is over on every day asked for."""
END = date(2027, 12, 31)
UPPER = 4.0

EVERY: Sequence[Conventions] = [
    Conventions(day, anchors, solve)
    for day, anchors, solve in product(
        ("before", "after"), ("upcoming", "all"), ("forward", "backward")
    )
]
conventions = st.sampled_from(EVERY)
changes = st.lists(
    st.floats(-1, 1).map(lambda change: round(change, 4)),
    min_size=len(MEETINGS),
    max_size=len(MEETINGS),
)
days = st.dates(date(2026, 9, 16), date(2026, 10, 27))
prices = st.dictionaries(
    st.integers(0, 20).map(lambda months: add_months(START, months)),
    st.integers(37_600, 40_400).map(lambda ticks: ticks / 400),
)


def ask(
    quoted: Mapping[date, float],
    chosen: Conventions,
    settled: date = date(2026, 9, 18),
    effective: float | None = None,
) -> MarketOdds | None:
    return fedwatch.odds(
        quoted,
        settled,
        "zq.csv",
        meetings=MEETINGS,
        schedule_end=END,
        current=(UPPER - 0.25, UPPER),
        conventions=chosen,
        effective=effective,
    )


@dataclass(frozen=True)
class Path:
    """A rate that changes at meetings and at no other time."""

    meetings: Sequence[date]
    levels: Sequence[float]

    def averages(self, chosen: Conventions, months: int) -> dict[date, float]:
        """What the months from :data:`START` on average, counted day by day."""
        lag = timedelta(days=chosen.meeting_day == "before")
        found = {}
        for month in (add_months(START, n) for n in range(months)):
            length = end_of_month(month).day
            rates = [
                self.levels[sum(meeting + lag <= month.replace(day=n) for meeting in self.meetings)]
                for n in range(1, length + 1)
            ]
            found[month] = sum(rates) / length
        return found


def path(given_changes: Sequence[float], meetings: Sequence[date] = MEETINGS) -> Path:
    return Path(meetings, list(accumulate(given_changes[: len(meetings)], initial=4.0)))


def quoted(averages: Mapping[date, float]) -> dict[date, float]:
    return {month: 100 - average for month, average in averages.items()}


# ------------------------------------------------------------------------------------ the rates
@given(changes, conventions, days)
def test_a_rate_that_moves_at_meetings_is_found_again(
    moves: list[float], chosen: Conventions, settled: date
) -> None:
    true = path(moves)
    solved = fedwatch.rates(
        true.averages(chosen, 16),
        settled,
        meetings=MEETINGS,
        schedule_end=END,
        conventions=chosen,
    )
    assert list(solved) == list(MEETINGS[1:])
    for place, pair in enumerate(solved.values(), 1):
        assert pair == pytest.approx(true.levels[place : place + 2], abs=1e-8)


@given(
    st.lists(st.none() | st.integers(1, 28), min_size=14, max_size=14),
    st.lists(st.floats(-1, 1), min_size=14, max_size=14),
    conventions,
    st.integers(0, 100),
    st.sets(st.integers(0, 13)),
)
def test_under_any_schedule_and_with_any_gaps_what_is_found_is_the_truth(
    drawn: list[int | None],
    moves: list[float],
    chosen: Conventions,
    passed: int,
    missing: set[int],
) -> None:
    meetings = [
        add_months(START, n).replace(day=day) for n, day in enumerate(drawn) if day is not None
    ]
    true = path(moves, meetings)
    averages = true.averages(chosen, 14)
    for n in missing:
        del averages[add_months(START, n)]
    solved = fedwatch.rates(
        averages,
        START + timedelta(days=passed),
        meetings=meetings,
        schedule_end=end_of_month(add_months(START, 13)),
        conventions=chosen,
    )
    for day, pair in solved.items():
        place = meetings.index(day)
        assert pair == pytest.approx(true.levels[place : place + 2], abs=1e-4)
    coming = [day for day in meetings if day > START + timedelta(days=passed)]
    assert list(solved) == coming[: len(solved)]


# ------------------------------------------------------------------------------------- the odds
@given(prices, conventions, days, st.none() | st.floats(-1, 6))
def test_odds_add_up_to_one(
    given_prices: dict[date, float], chosen: Conventions, settled: date, effective: float | None
) -> None:
    market = ask(given_prices, chosen, settled, effective)
    if market is None:
        return
    assert market.meetings
    for meeting in market.meetings:
        for odds in (meeting.odds, meeting.target):
            assert all(0 <= p <= 1 for p in odds.values())
            assert sum(odds.values()) == pytest.approx(1)
    for moves in market.moves.values():
        assert all(0 <= p <= 1 for p in moves.values())
        assert sum(moves.values()) == pytest.approx(1)


@given(st.integers(37_600, 40_400), conventions, days)
def test_flat_prices_hold(ticks: int, chosen: Conventions, settled: date) -> None:
    market = ask({add_months(START, n): ticks / 400 for n in range(16)}, chosen, settled)
    assert market is not None
    assert [meeting.day for meeting in market.meetings] == list(MEETINGS[1:])
    assert all(meeting.odds["hold"] == 1 for meeting in market.meetings)
    assert all(meeting.target == {UPPER: 1} for meeting in market.meetings)
    assert [*market.moves] == [1, 3, 6, 12]
    assert all(moves["hold"] == 1 for moves in market.moves.values())


@given(changes, conventions, st.sampled_from([-1, 1]))
def test_a_step_more_at_the_first_meeting_moves_every_later_target_by_one(
    moves: list[float], chosen: Conventions, steps: int
) -> None:
    more = [moves[0], moves[1] + steps * fedwatch.STEP, *moves[2:]]
    one = ask(quoted(path(moves).averages(chosen, 16)), chosen)
    other = ask(quoted(path(more).averages(chosen, 16)), chosen)
    assert one is not None
    assert other is not None
    for before, after in zip(one.meetings, other.meetings, strict=True):
        moved = {upper + steps * fedwatch.STEP: p for upper, p in before.target.items()}
        for upper in moved.keys() | after.target.keys():
            assert after.target.get(upper, 0) == pytest.approx(moved.get(upper, 0), abs=1e-6)
    for before, after in zip(one.meetings[1:], other.meetings[1:], strict=True):
        assert after.odds == pytest.approx(dict(before.odds), abs=1e-6)


@given(changes, conventions)
def test_the_targets_expect_what_the_prices_say(moves: list[float], chosen: Conventions) -> None:
    true = path(moves)
    market = ask(quoted(true.averages(chosen, 16)), chosen)
    assert market is not None
    for place, meeting in enumerate(market.meetings, 1):
        expected = sum(upper * p for upper, p in meeting.target.items())
        assert expected - UPPER == pytest.approx(true.levels[place + 1] - true.levels[1], abs=1e-6)


@given(prices, conventions, days)
def test_the_odds_of_a_cut_rise_with_the_horizon(
    given_prices: dict[date, float], chosen: Conventions, settled: date
) -> None:
    market = ask(given_prices, chosen, settled)
    moves = list(market.moves.values()) if market else []
    for near, far in pairwise(moves):
        assert near["cut"] <= far["cut"] + 1e-12
        assert near["hold"] >= far["hold"] - 1e-12


@given(st.floats(-2, 2))
def test_a_change_lies_between_the_two_numbers_of_steps_it_is_split_between(change: float) -> None:
    split = fedwatch.split(change)
    assert sum(split.values()) == pytest.approx(1)
    assert sum(steps * p for steps, p in split.items()) * fedwatch.STEP == pytest.approx(
        change, abs=1e-9
    )
    assert max(split) - min(split) <= 1


@given(st.lists(st.floats(-1, 1), max_size=4), st.lists(st.floats(-1, 1), max_size=4))
def test_meetings_can_be_added_up_in_any_order(one: list[float], other: list[float]) -> None:
    def total(all_changes: list[float]) -> dict[int, float]:
        found: dict[int, float] = {0: 1.0}
        for change in all_changes:
            found = fedwatch.convolve(found, fedwatch.split(change))
        return found

    both, parts = total(one + other), fedwatch.convolve(total(other), total(one))
    for steps in both.keys() | parts.keys():
        assert both.get(steps, 0) == pytest.approx(parts.get(steps, 0), abs=1e-12)


@given(prices, prices, conventions, days)
def test_months_that_are_over_count_only_if_the_conventions_say_so(
    given_prices: dict[date, float], past: dict[date, float], chosen: Conventions, settled: date
) -> None:
    if chosen.anchors == "all":
        return
    over = {month: price for month, price in past.items() if month < month_of(settled)}
    still = {month: p for month, p in given_prices.items() if month >= month_of(settled)}
    assert ask(still | over, chosen, settled) == ask(still, chosen, settled)
