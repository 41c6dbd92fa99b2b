"""Odds from prices of federal funds futures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from monitor.domain import Conventions, MarketOdds
from monitor.model import fedwatch

IN_2019 = [date(2019, 7, 31), date(2019, 9, 18), date(2019, 10, 30), date(2019, 12, 11)]
IN_2022 = [date(2022, 7, 27), date(2022, 9, 21), date(2022, 11, 2), date(2022, 12, 14)]
IN_2023 = [date(2023, 2, 1), date(2023, 3, 22), date(2023, 5, 3), date(2023, 6, 14)]
IN_2026 = [
    date(2026, 7, 29), date(2026, 9, 16), date(2026, 10, 28), date(2026, 12, 9),
    date(2027, 1, 27), date(2027, 3, 17), date(2027, 4, 28), date(2027, 6, 9),
    date(2027, 7, 28), date(2027, 9, 15), date(2027, 10, 27), date(2027, 12, 8),
]  # fmt: skip
IN_SEPTEMBER_2026 = {
    date(2026, 9, 1): 96.2525, date(2026, 10, 1): 96.105, date(2026, 11, 1): 95.975,
    date(2026, 12, 1): 95.835, date(2027, 1, 1): 95.77, date(2027, 2, 1): 95.68,
}  # fmt: skip
IN_SEPTEMBER_2022 = {
    date(2022, 9, 1): 97.4475, date(2022, 10, 1): 96.94, date(2022, 11, 1): 96.43,
}  # fmt: skip


def ask(
    prices: Mapping[date, float],
    settled: date,
    meetings: list[date],
    upper: float,
    conventions: Conventions | None = None,
    **rest: Any,
) -> MarketOdds | None:
    given = {"schedule_end": date(meetings[-1].year, 12, 31), "effective": None} | rest
    return fedwatch.odds(
        prices,
        settled,
        "zq.csv",
        meetings=meetings,
        current=(upper - 0.25, upper),
        conventions=conventions or Conventions(),
        **given,
    )


def targets(
    prices: Mapping[date, float],
    settled: date,
    meetings: list[date],
    upper: float,
    conventions: Conventions | None = None,
    **rest: Any,
) -> list[Mapping[float, float]]:
    """Odds of the upper end after each meeting."""
    market = ask(prices, settled, meetings, upper, conventions, **rest)
    return [meeting.target for meeting in market.meetings] if market else []


def near(target: Mapping[float, float]) -> Any:
    """Published odds are rounded to a tenth of a point."""
    return pytest.approx(target, abs=0.0005)


# ---------------------------------------------------------------------------------- known answers
def test_it_repeats_the_worked_example_of_the_exchange() -> None:
    """CME's example for 2022-09-12: starts at 2.2987, changes by 0.7613, and by 0.5276 after it."""
    conventions = Conventions("after", "upcoming", "forward")
    averages = {month: 100 - price for month, price in IN_SEPTEMBER_2022.items()}
    (one, other) = fedwatch.rates(
        averages,
        date(2022, 9, 12),
        meetings=IN_2022,
        schedule_end=date(2022, 12, 31),
        conventions=conventions,
    ).values()
    assert one == pytest.approx((2.2987, 2.2987 + 0.7613), abs=0.0001)
    assert other == pytest.approx((3.06, 3.06 + 0.5276), abs=0.0001)
    first, second = targets(IN_SEPTEMBER_2022, date(2022, 9, 12), IN_2022, 2.5, conventions)
    assert first == near({3.25: 0.955, 3.5: 0.045})
    assert second == pytest.approx({3.75: 0.8496, 4.0: 0.1454, 4.25: 0.0050}, abs=0.0001)


def test_with_the_day_of_the_meeting_before_it_the_same_prices_say_something_else() -> None:
    first, _ = targets(IN_SEPTEMBER_2022, date(2022, 9, 12), IN_2022, 2.5, Conventions())
    assert first == near({3.0: 0.1, 3.25: 0.9})


def test_it_says_what_the_exchange_displayed_on_a_day_of_2026() -> None:
    """CME's display of the settlements of 2026-09-18 for October and December."""
    first, second, _ = targets(IN_SEPTEMBER_2026, date(2026, 9, 18), IN_2026, 4.0)
    assert first == near({4.0: 0.424, 4.25: 0.576})
    assert second == near({4.0: 0.099, 4.25: 0.460, 4.5: 0.441})
    after = targets(IN_SEPTEMBER_2026, date(2026, 9, 18), IN_2026, 4.0, Conventions("after"))
    assert after[0] == near({4.0: 0.403, 4.25: 0.597})


def test_it_says_what_pyfedwatch_says_of_a_day_of_2023() -> None:
    """Its README has 59.8 and 40.2. That rests on the difference of the two prices alone.

    The closes are not published with it; the only multiple of a tick that gives its odds is 0.2375.
    """
    prices = {date(2023, 3, 1): 95.3175, date(2023, 4, 1): 95.08}
    asked = (prices, date(2023, 3, 10), IN_2023, 4.75)
    (target,) = targets(*asked, Conventions("after", "all", "backward"))
    assert target == near({5.0: 0.598, 5.25: 0.402})
    (target,) = targets(*asked)
    assert target == near({5.0: 0.661, 5.25: 0.339})


def test_a_past_month_or_the_effective_rate_says_where_the_first_meeting_starts() -> None:
    """The eve of the cut of September 2019."""
    prices = {date(2019, 8, 1): 97.8725, date(2019, 9, 1): 97.925}
    asked = (prices, date(2019, 9, 17), IN_2019, 2.25)
    (target,) = targets(*asked, Conventions("before", "all", "forward"), effective=2.13)
    assert target == near({2.0: 0.525, 2.25: 0.475})
    (target,) = targets(*asked, effective=2.13)
    assert target == near({2.0: 0.55, 2.25: 0.45})
    assert targets(*asked) == []


def test_it_says_what_the_eve_of_a_pause_said() -> None:
    meetings = [*IN_2023[2:], date(2023, 7, 26)]
    prices = {date(2023, 6, 1): 94.9075}
    (target,) = targets(prices, date(2023, 6, 13), meetings, 5.25, effective=5.08)
    assert target == near({5.25: 0.906, 5.5: 0.094})


# ----------------------------------------------------------------------------------- conventions
def test_where_both_ways_are_open_the_conventions_say_which_price_is_not_needed() -> None:
    averages = {
        date(2019, 8, 1): 2.13, date(2019, 9, 1): 2.07, date(2019, 10, 1): 1.90,
        date(2019, 11, 1): 1.62,
    }  # fmt: skip

    def between(solve: Any) -> float:
        """The rate between the meetings of September and October, which follow each other."""
        solved = fedwatch.rates(
            averages,
            date(2019, 8, 30),
            meetings=IN_2019,
            schedule_end=date(2019, 12, 31),
            conventions=Conventions(solve=solve),
        )
        (start, after), (before, end) = [solved[day] for day in IN_2019[1:3]]
        assert (start, end) == (2.13, 1.62)
        assert after == before
        return after

    assert between("forward") == pytest.approx((30 * 2.07 - 18 * 2.13) / 12)
    assert between("backward") == pytest.approx((31 * 1.90 - 1 * 1.62) / 30)


def test_the_conventions_are_told_beside_the_odds() -> None:
    market = ask(IN_SEPTEMBER_2026, date(2026, 9, 18), IN_2026, 4.0, effective=3.87)
    assert market is not None
    assert market.conventions == fedwatch.describe(Conventions())
    assert (market.settled, market.source) == (date(2026, 9, 18), "zq.csv")
    every = [
        fedwatch.describe(Conventions(day, anchors, solve))
        for day in ("before", "after")
        for anchors in ("upcoming", "all")
        for solve in ("forward", "backward")
    ]
    assert len(set(every)) == 8


def test_the_effective_rate_is_used_only_where_no_contract_speaks_and_is_told() -> None:
    given = targets(IN_SEPTEMBER_2026, date(2026, 9, 18), IN_2026, 4.0, effective=3.5)
    assert given == targets(IN_SEPTEMBER_2026, date(2026, 9, 18), IN_2026, 4.0)
    prices = {date(2023, 6, 1): 94.9075}
    market = ask(prices, date(2023, 6, 13), [*IN_2023, date(2023, 7, 26)], 5.25, effective=5.08)
    assert market is not None
    assert market.conventions.endswith("; the rate before the first meeting is the effective rate")


# ----------------------------------------------------------------------------- what is not guessed
def test_a_month_without_a_price_ends_the_chain_where_nothing_else_says_the_rate() -> None:
    def days(missing: date) -> list[date]:
        prices = {month: price for month, price in IN_SEPTEMBER_2026.items() if month != missing}
        market = ask(prices, date(2026, 9, 18), IN_2026, 4.0)
        return [meeting.day for meeting in market.meetings] if market else []

    october, december, january = IN_2026[2:5]
    assert days(date(2026, 9, 1)) == [october, december, january]
    assert days(date(2026, 10, 1)) == []
    assert days(date(2026, 11, 1)) == []
    # The rate between December and January follows from either month, and can do without one.
    assert days(date(2026, 12, 1)) == [october, december, january]
    assert days(date(2027, 1, 1)) == [october, december, january]
    assert days(date(2027, 2, 1)) == [october, december]


def test_months_beyond_the_schedule_say_nothing() -> None:
    """February 2027 has no meeting, but a schedule that ends before its end cannot tell."""

    def reached(schedule_end: date) -> list[date]:
        meetings = [day for day in IN_2026 if day <= schedule_end]
        market = ask(IN_SEPTEMBER_2026, date(2026, 9, 18), meetings, 4.0, schedule_end=schedule_end)
        return [meeting.day for meeting in market.meetings] if market else []

    assert reached(date(2026, 10, 31)) == []
    assert reached(date(2026, 11, 29)) == []
    assert reached(date(2026, 11, 30)) == IN_2026[2:3]
    assert reached(date(2026, 12, 31)) == IN_2026[2:4]
    assert reached(date(2027, 2, 27)) == IN_2026[2:4]
    assert reached(date(2027, 2, 28)) == IN_2026[2:5]


def test_months_before_the_first_meeting_in_the_list_say_nothing() -> None:
    """Were September taken for a month without a meeting, it would say 3.7475 before October."""
    coming = [day for day in IN_2026 if day > date(2026, 9, 18)]
    whole = targets(IN_SEPTEMBER_2026, date(2026, 9, 18), IN_2026, 4.0)
    assert targets(IN_SEPTEMBER_2026, date(2026, 9, 18), coming, 4.0) == whole


def test_the_end_of_a_month_is_not_solved_for_the_rate_after_a_meeting() -> None:
    """October has 3 of 31 days at the new rate: half a tick in its price makes 10 points."""
    prices = {date(2026, 10, 1): 96.105}
    asked = (date(2026, 9, 18), IN_2026, 4.0)
    assert targets(prices, *asked, effective=3.88) == []
    (target,) = targets(prices | {date(2026, 11, 1): 95.975}, *asked, effective=3.88)
    assert target == near({4.0: 0.424, 4.25: 0.576})


@pytest.mark.parametrize("day", [1, 2, 30])
def test_a_meeting_on_the_edge_of_a_month_is_read_from_the_months_around_it(day: int) -> None:
    meetings = [date(2026, 11, day), date(2027, 1, 27)]
    prices = {date(2026, 10, 1): 96.10, date(2026, 11, 1): 90.00, date(2026, 12, 1): 95.95}
    for meeting_day in ("before", "after"):
        (target, *_) = targets(
            prices, date(2026, 10, 20), [date(2026, 9, 16), *meetings], 4.0,
            Conventions(meeting_day), schedule_end=date(2027, 1, 31),
        )  # fmt: skip
        assert target == near({4.0: 0.4, 4.25: 0.6})


def test_two_meetings_in_a_month_are_not_told_apart() -> None:
    asked = (IN_SEPTEMBER_2026, date(2026, 9, 18))
    market = ask(*asked, sorted([*IN_2026, date(2026, 12, 21)]), 4.0)
    assert market is not None
    assert [meeting.day for meeting in market.meetings] == [date(2026, 10, 28)]
    # What November says is true of the second one alone.
    assert ask(*asked, sorted([*IN_2026, date(2026, 10, 14)]), 4.0, effective=3.88) is None


def test_after_a_surprise_in_the_same_month_the_effective_rate_is_the_start() -> None:
    """The days of March 2020, at prices that are made up for their easy answer."""
    meetings = [date(2020, 1, 29), date(2020, 3, 3), date(2020, 3, 18), date(2020, 4, 29)]
    prices = {
        date(2020, 2, 1): 98.42, date(2020, 3, 1): 99.10, date(2020, 4, 1): 99.59,
        date(2020, 5, 1): 99.59,
    }  # fmt: skip
    target, _ = targets(prices, date(2020, 3, 6), meetings, 1.25, effective=1.09)
    assert target == near({0.5: 0.72, 0.75: 0.28})
    assert targets(prices, date(2020, 3, 6), meetings, 1.25) == []


def test_without_prices_or_meetings_to_come_there_are_no_odds() -> None:
    assert ask({}, date(2026, 9, 18), IN_2026, 4.0, effective=3.88) is None
    assert ask(IN_SEPTEMBER_2026, date(2027, 12, 20), IN_2026, 4.0, effective=3.88) is None


# -------------------------------------------------------------------------------------- horizons
def test_the_horizons_count_the_meetings_within_them_as_independent() -> None:
    market = ask(IN_SEPTEMBER_2026, date(2026, 9, 18), IN_2026, 4.0)
    assert market is not None
    october, december, january = (meeting.odds for meeting in market.meetings)
    # There is no meeting within a month; December's is within three, March's, which the prices do
    # not reach, within six.
    assert list(market.moves) == [1, 3]
    assert market.moves[1] == {"cut": 0, "hold": 1, "hike": 0}
    assert market.moves[3]["hold"] == pytest.approx(october["hold"] * december["hold"])
    assert market.moves[3]["cut"] == 0
    assert january["hike"] == pytest.approx(0.413, abs=0.0005)


def test_a_hike_counts_only_without_a_cut() -> None:
    """A cut in one meeting and a hike in another make a cut, as in the odds of the model."""
    prices = IN_SEPTEMBER_2026 | {date(2026, 11, 1): 96.205}
    market = ask(prices, date(2026, 9, 18), IN_2026, 4.0)
    assert market is not None
    october, december = (meeting.odds for meeting in market.meetings[:2])
    assert 0 < october["cut"] < 1
    assert december["hike"] > 0
    assert market.moves[3]["cut"] == pytest.approx(october["cut"])
    assert market.moves[3]["hold"] == pytest.approx(october["hold"] * december["hold"])
    assert sum(market.moves[3].values()) == pytest.approx(1)


def test_a_horizon_beyond_the_schedule_is_left_out() -> None:
    asked = (IN_SEPTEMBER_2026, date(2026, 11, 20))
    whole = ask(*asked, IN_2026, 4.0)
    ends = ask(*asked, IN_2026[:4], 4.0, schedule_end=date(2026, 12, 31))
    assert whole is not None
    assert ends is not None
    assert list(whole.moves) == [1, 3]
    assert list(ends.moves) == [1]


def test_the_last_day_of_a_month_has_horizons_too() -> None:
    market = ask(IN_SEPTEMBER_2026, date(2026, 10, 31), IN_2026, 4.25)
    assert market is not None
    assert list(market.moves) == [1, 3]  # to 30 November and to 31 January
