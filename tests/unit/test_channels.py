"""The live table of the seven channels: which proxy speaks, what it says, and what it may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalog import SERIES
from monitor.domain import Channel, ChannelReading, Panel
from monitor.model.channels import LENSES, NEEDED, PURCHASES, Lens, readings
from monitor.model.events import PROGRAMMES, study, total
from monitor.store import Store

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "reference"
TODAY = date(2026, 11, 22)
CURVE_ENDS, SOON_AFTER = date(2026, 6, 1), date(2026, 6, 5)

# Two-day changes on the five days of QE1, computed once for this project from FRED's series.
QE1 = {
    "signalling": (-22, -10, -2, 8, -18),
    "default_risk": (20, 1, -8, -6, 24),
    "inflation_expectations": (7, 9, 24, 22, 18),
}


@pytest.fixture(scope="module")
def bundled(history: Store) -> Panel:
    """What the bundled history holds when its daily curve has just ended."""
    return history.panel(SOON_AFTER, NEEDED)


@pytest.fixture(scope="module")
def reference(bundled: Panel) -> Panel:
    """The same with series that are not bundled."""
    files = [file for file in SHARED.glob("*.csv") if file.stem in NEEDED]
    read = {
        file.stem: pd.read_csv(file, index_col="date", parse_dates=True)["value"] for file in files
    }
    known = {name: values[: f"{CURVE_ENDS}"] for name, values in read.items()}
    return replace(bundled, series={**bundled.series, **known})


def by_channel(panel: Panel) -> dict[str, ChannelReading]:
    return {reading.channel: reading for reading in readings(panel)}


def without(panel: Panel, *names: str) -> Panel:
    return replace(panel, series={k: v for k, v in panel.series.items() if k not in names})


def panel_of(as_of: date, **series: pd.Series[float]) -> Panel:
    return Panel(as_of, series, {}, ())


def days(values: list[float], last: date = TODAY) -> pd.Series[float]:
    """One value a weekday, the last on or before a day."""
    return pd.Series(values, pd.bdate_range(end=last, periods=len(values)))


def lens_of(channel: str) -> Lens:
    return next(lens for lens in LENSES if lens.channel == channel)


def first_proxy(lens: Lens, values: pd.Series[float], as_of: date = TODAY) -> Panel:
    """A panel in which the best proxy of a channel has these values."""
    weekly = lens.proxies[0].frequency == "weekly"
    (name, weight), *others = lens.proxies[0].terms.items()
    zero = pd.Series(0.0, values.index)
    if weekly:
        # The other series is daily, and its mean over the week before is taken off.
        every = pd.date_range(values.index[0] - pd.Timedelta(days=10), values.index[-1])
        zero = pd.Series(0.0, every)
    return panel_of(as_of, **{name: values * weight}, **{other: zero for other, _ in others})


# ------------------------------------------------------------------------------- always seven rows
@pytest.mark.parametrize("day", [date(1953, 6, 1), date(1990, 1, 5), date(2019, 12, 20), TODAY])
def test_there_are_always_seven_rows_in_the_order_of_the_domain(history: Store, day: date) -> None:
    found = readings(history.panel(day, NEEDED))
    assert tuple(reading.channel for reading in found) == get_args(Channel)
    assert all(it.instrument and it.proxy and it.series and it.unit and it.note for it in found)


def test_fred_publishes_every_series_but_the_excess_bond_premium() -> None:
    assert [name for name in NEEDED if "fred" not in SERIES[name].publishers] == ["EBP"]


def test_the_bundled_history_alone_reads_what_it_can_and_says_what_it_cannot(
    bundled: Panel,
) -> None:
    found = by_channel(bundled)
    two, thirty, five = (bundled.series[name].dropna() for name in ("DGS2", "DGS30", "DGS5"))
    assert found["signalling"].value == two.iloc[-1]
    assert found["signalling"].period == CURVE_ENDS
    assert found["duration_risk"].value == pytest.approx(thirty.iloc[-1] - five.iloc[-1])
    ten, real = bundled.series["GS10"], bundled.series["FII10"]
    expected = found["inflation_expectations"]
    assert (expected.series, expected.since) == (("GS10", "FII10"), date(2003, 1, 1))
    assert expected.value == pytest.approx(ten.iloc[-1] - real.iloc[-1])
    silent = {name for name, reading in found.items() if reading.value is None}
    assert silent == {"liquidity_premium", "safety_premium", "prepayment_risk", "default_risk"}
    for name in silent:
        reading = found[name]
        assert "Nothing was known of" in reading.note
        assert [reading.period, reading.percentile, reading.since] == [None] * 3
        assert [reading.change_13w, reading.direction] == [None] * 2
        assert set(reading.moves.values()) == {None}


def test_a_silent_row_names_only_the_series_that_are_missing(bundled: Panel) -> None:
    note = by_channel(bundled)["liquidity_premium"].note
    assert note.startswith("Nothing was known of DAAA on 2026-06-05.")


# --------------------------------------------------------------------------------- which one speaks
@pytest.mark.parametrize("lens", LENSES, ids=lambda lens: lens.channel)
def test_the_best_proxy_that_is_stored_speaks(lens: Lens) -> None:
    index = pd.date_range("2020-01-01", "2026-11-01", freq="MS")
    every = pd.date_range("2019-12-01", "2026-11-20")
    whole = {
        name: pd.Series(1.0, index if SERIES[name].frequency == "monthly" else every)
        for proxy in lens.proxies
        for name in proxy.terms
    }
    for proxy in lens.proxies:
        reading = by_channel(panel_of(TODAY, **whole))[lens.channel]
        assert (reading.series, reading.proxy) == (tuple(proxy.terms), proxy.words)
        assert reading.value == sum(proxy.terms.values())
        whole.pop(next(name for name in proxy.terms if name not in {"DGS10", "DGS20"}), None)
    assert by_channel(panel_of(TODAY, **whole))[lens.channel].value is None


def test_closes_that_ended_long_ago_give_way_to_newer_means_and_the_moves_stay(
    history: Store,
) -> None:
    reading = by_channel(history.panel(TODAY, NEEDED))["signalling"]
    assert (reading.series, reading.period) == (("GS2",), date(2026, 9, 1))
    assert "The newest value is of 2026-09." in reading.note
    assert "The moves are those of DGS2." in reading.note
    assert reading.moves["QE1"] == sum(QE1["signalling"])


def test_closes_older_than_the_newest_mean_do_not_give_way_at_once(history: Store) -> None:
    reading = by_channel(history.panel(date(2026, 9, 10), NEEDED))["signalling"]
    assert (reading.series, reading.period) == (("DGS2",), CURVE_ENDS)


@pytest.mark.shared
def test_two_ways_to_the_same_spread_agree_to_the_basis_point(reference: Panel) -> None:
    breakeven = by_channel(reference)["inflation_expectations"]
    other = by_channel(without(reference, "T10YIE"))["inflation_expectations"]
    assert (breakeven.series, other.series) == (("T10YIE",), ("DGS10", "DFII10"))
    assert breakeven.value == pytest.approx(other.value, abs=0.011)
    assert breakeven.moves == other.moves


# ----------------------------------------------------------------------------------- what it says
def test_the_mortgage_rate_is_held_against_the_closes_of_the_seven_days_before() -> None:
    closes = pd.Series([8.0, 4.0, 4.1, 4.2, 4.3, 9.0], pd.bdate_range("2026-11-10", periods=6))
    survey = pd.Series([6.5], pd.DatetimeIndex(["2026-11-17"]))
    reading = by_channel(panel_of(TODAY, MORTGAGE30US=survey, DGS10=closes))["prepayment_risk"]
    # From the same day of the week before to the day before: 8.0, 4.0, 4.1, 4.2, 4.3.
    assert reading.value == pytest.approx(6.5 - 24.6 / 5, abs=1e-4)


@pytest.mark.parametrize(
    ("gone", "change"), [((), 0.91), (("2026-08-21",), 0.92), (("2026-08-21", "2026-08-20"), 0.93)]
)
def test_the_change_is_from_the_last_close_thirteen_weeks_ago(
    gone: tuple[str, ...], change: float
) -> None:
    every = pd.date_range("2025-01-01", "2026-11-20")
    values = pd.Series(0.01 * np.arange(every.size), every).drop(pd.DatetimeIndex(gone))
    reading = by_channel(panel_of(TODAY, DGS2=values))["signalling"]
    assert reading.change_13w == pytest.approx(change)


def test_without_a_close_in_the_week_before_there_is_no_change() -> None:
    every = pd.date_range("2025-01-01", "2026-11-20")
    hole = (every > pd.Timestamp("2026-08-10")) & (every <= pd.Timestamp("2026-08-21"))
    values = pd.Series(0.01 * np.arange(every.size), every)[~hole]
    reading = by_channel(panel_of(TODAY, DGS2=values))["signalling"]
    assert (reading.change_13w, reading.direction) == (None, None)
    assert reading.percentile == 1.0


def test_means_of_months_change_over_three_months_exactly() -> None:
    months = pd.date_range("2024-01-01", "2026-10-01", freq="MS")
    values = pd.Series(0.1 * np.arange(months.size), months)
    found = by_channel(panel_of(TODAY, GS2=values))["signalling"]
    assert found.change_13w == pytest.approx(0.3)
    holed = by_channel(panel_of(TODAY, GS2=values.drop(pd.Timestamp("2026-07-01"))))["signalling"]
    assert holed.change_13w is None


# What eases: a lower path, a smaller premium, less fear of default, higher expected inflation.
EASES = {
    "signalling": "fall",
    "duration_risk": "fall",
    "liquidity_premium": "fall",
    "safety_premium": None,
    "prepayment_risk": "fall",
    "default_risk": "fall",
    "inflation_expectations": "rise",
}


@pytest.mark.parametrize("channel", EASES)
@pytest.mark.parametrize(("sign", "moved"), [(1, "rise"), (-1, "fall")])
def test_a_move_that_stands_out_eases_or_tightens_by_the_channel(
    channel: str, sign: int, moved: str
) -> None:
    weeks = pd.date_range("2022-01-06", "2026-11-19", freq="W-THU")
    wave = 0.01 * np.sin(np.arange(weeks.size))
    wave[-1] += sign
    reading = by_channel(first_proxy(lens_of(channel), pd.Series(wave, weeks)))[channel]
    assert reading.change_13w == pytest.approx(sign, abs=0.03)
    wanted = EASES[channel]
    assert reading.direction == (
        None if wanted is None else "easing" if wanted == moved else "tightening"
    )
    assert (wanted is None) == ("No direction is given" in reading.note)


def test_a_change_is_not_called_small_before_a_year_of_changes_is_known() -> None:
    short = by_channel(panel_of(TODAY, DGS2=days([0.001 * it for it in range(300)])))["signalling"]
    assert short.change_13w is not None
    assert short.direction is None
    longer = by_channel(panel_of(TODAY, DGS2=days([0.001 * it for it in range(340)])))["signalling"]
    assert longer.direction is not None


@given(st.integers(0, 2**32 - 1))
def test_flat_is_what_lies_in_the_smallest_third_of_all_changes(seed: int) -> None:
    bp = np.random.default_rng(seed).integers(-300, 1500, 800)
    known = pd.Series(bp / 100, pd.date_range(end=TODAY, periods=bp.size))
    reading = by_channel(panel_of(TODAY, DGS2=known))["signalling"]
    moves = (known.to_numpy()[91:] - known.to_numpy()[:-91]).round(4)
    smaller = float((np.abs(moves) < abs(moves[-1])).mean())
    assert reading.change_13w == pytest.approx(moves[-1])
    assert reading.percentile == pytest.approx(float((known <= known.iloc[-1]).mean()))
    third, slack = 1 / 3, 1.5 / moves.size
    if smaller < third - slack:
        assert reading.direction == "flat"
    if smaller > third + slack:
        assert reading.direction == ("easing" if moves[-1] < 0 else "tightening")


@pytest.mark.shared
def test_a_second_opinion_is_told_with_its_own_percentile(reference: Panel) -> None:
    found = by_channel(reference)
    assert found["signalling"].opinion.startswith("Second opinion: two-year yield less funds rate")
    assert "Cleveland Fed" in found["inflation_expectations"].opinion
    other = by_channel(without(reference, "EXPINF10YR"))["inflation_expectations"]
    assert "Surveys of Consumers" in other.opinion
    premium = pd.Series([0.5, -0.1], pd.DatetimeIndex(["2026-03-01", "2026-04-01"]))
    beside = replace(reference, series={**reference.series, "EBP": premium})
    assert "-0.10 percentage points in 2026-04, percentile 50" in (
        by_channel(beside)["default_risk"].opinion
    )


# ----------------------------------------------------------------------------------- programmes
def test_the_moves_are_the_sums_of_the_event_study(bundled: Panel) -> None:
    found = by_channel(bundled)
    assert tuple(found["signalling"].moves) == PURCHASES
    for name in PURCHASES:
        sums = total(study(bundled, [name]).counted)
        assert found["signalling"].moves[name] == sums["DGS2"]
        assert found["duration_risk"].moves[name] == sums["DGS30"] - sums["DGS5"]


@pytest.mark.parametrize(
    ("day", "known"),
    [
        (date(2008, 11, 24), ()),
        (date(2008, 11, 25), ("QE1",)),
        (date(2019, 10, 10), ("QE1", "QE2", "MEP", "QE3")),
        (date(2025, 12, 9), ("QE1", "QE2", "MEP", "QE3", "organic", "QE4")),
        (date(2025, 12, 10), PURCHASES),
    ],
)
def test_nobody_knows_a_programme_before_it_is_announced(
    history: Store, day: date, known: tuple[str, ...]
) -> None:
    for reading in readings(history.panel(day, NEEDED)):
        assert tuple(reading.moves) == known
        assert not [name for name in set(PROGRAMMES) - set(known) if name in reading.note]


def test_a_programme_has_no_sum_while_a_window_is_open(history: Store) -> None:
    sums: Mapping[date, Any] = {
        day: by_channel(history.panel(day, NEEDED))["signalling"].moves["QE1"]
        for day in (date(2009, 3, 17), date(2009, 3, 18), date(2009, 3, 23))
    }
    assert [*sums.values()] == [sum(QE1["signalling"][:4]), None, sum(QE1["signalling"])]


def test_what_came_later_does_not_change_what_is_said_of_a_day(history: Store) -> None:
    day = date(2012, 10, 1)
    panel = history.panel(day, NEEDED)
    later = history.panel(TODAY, NEEDED)
    cut = {
        name: values[: panel.series[name].index[-1]]
        for name, values in later.series.items()
        if name in panel.series
    }
    assert readings(panel) == readings(Panel(day, cut, {}, ()))
    assert max(it.period for it in readings(panel) if it.period) <= day - timedelta(days=1)


@pytest.mark.shared
@pytest.mark.parametrize("channel", QE1)
def test_the_sum_of_the_first_round_is_that_of_its_five_days(
    reference: Panel, channel: str
) -> None:
    assert by_channel(reference)[channel].moves["QE1"] == sum(QE1[channel])


@pytest.mark.shared
def test_the_later_rounds_moved_signalling_and_expectations_less_than_the_first(
    reference: Panel,
) -> None:
    found = by_channel(reference)
    path, expected = found["signalling"].moves, found["inflation_expectations"].moves
    assert [path[name] for name in ("QE1", "QE2", "QE3")] == [-44, -3, 0]
    assert [expected[name] for name in ("QE1", "QE2", "QE3")] == [80, -1, 28]


@pytest.mark.shared
def test_free_proxies_do_not_show_that_the_first_round_moved_all_seven_channels(
    reference: Panel,
) -> None:
    # Against yields of Treasuries corporate yields did not fall, whatever swaps showed; and the
    # survey of mortgage rates has no days.
    moved = {name: reading.moves["QE1"] for name, reading in by_channel(reference).items()}
    assert moved["duration_risk"] == 1
    assert moved["liquidity_premium"] == 7
    assert moved["safety_premium"] == 0
    assert moved["default_risk"] == 31
    assert moved["prepayment_risk"] is None
