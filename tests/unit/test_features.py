"""Monthly figures out of a panel."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from monitor import features
from monitor.catalog import SERIES
from monitor.domain import SPREADS, EpisodeRule, Panel
from monitor.store import Store


def monthly(start: str, *values: float) -> pd.Series[float]:
    return pd.Series(
        values, index=pd.date_range(start, periods=len(values), freq="MS"), dtype=float
    )


def panel(**series: pd.Series[float]) -> Panel:
    return Panel(date(2020, 1, 1), series, {}, ())


def test_bond_equivalent_yield_matches_the_new_york_feds_own_column() -> None:
    # 4.98 % discount is 5.1135 % bond-equivalent: 100 * 365 * .0498 / (360 - 91 * .0498).
    found = features.bond_equivalent_yield(monthly("2007-01-01", 4.98, 0.0))
    assert found.tolist() == pytest.approx([5.113538, 0.0], abs=1e-6)


def test_the_term_spread_takes_the_bill_at_its_bond_equivalent_yield() -> None:
    spread = features.term_spread(
        panel(GS10=monthly("2007-01-01", 4.76), TB3MS=monthly("2007-01-01", 4.98))
    )
    assert spread.iloc[0] == pytest.approx(4.76 - 5.113538, abs=1e-6)


def test_a_month_with_one_rate_missing_has_no_spread() -> None:
    long, short = monthly("2007-01-01", 4.7, float("nan"), 4.6), monthly("2007-01-01", 4.0, 4.0)
    spread = features.term_spread(panel(GS10=long, GS2=short), "10y-2y")
    assert [f"{stamp:%Y-%m}" for stamp in spread.index] == ["2007-01"]


@pytest.mark.parametrize("name", sorted(SPREADS))
def test_a_panel_without_yields_has_an_empty_spread(name: str) -> None:
    assert features.term_spread(panel(), name).empty
    assert features.daily_spread(panel(), name).empty
    part = panel(GS10=monthly("2007-01-01", 4.7), GS2=monthly("2007-01-01", 4.9))
    assert features.term_spread(part, name).empty == (name != "10y-2y")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("10y-3m", 4.76 - 5.113538), ("10y-2y", -0.12), ("10y-1y", -0.30), ("10y-funds", -0.49),
     ("2y-funds", -0.37), ("near-term-forward", 2 * 4.88 - 5.06 - 5.113538)],
)  # fmt: skip
def test_every_spread_is_the_long_less_the_short_rate(name: str, expected: float) -> None:
    rates = {"GS10": 4.76, "GS2": 4.88, "GS1": 5.06, "TB3MS": 4.98, "FEDFUNDS": 5.25}
    world = panel(**{series: monthly("2007-01-01", rate) for series, rate in rates.items()})
    assert features.term_spread(world, name).tolist() == pytest.approx([expected], abs=1e-6)


def daily(start: str, *values: float) -> pd.Series[float]:
    return pd.Series(values, index=pd.date_range(start, periods=len(values), freq="B"))


def test_a_daily_spread_has_the_days_on_which_all_rates_are_known() -> None:
    world = panel(
        DGS10=daily("2007-01-02", 4.68, float("nan"), 4.62),
        DGS2=daily("2007-01-02", 4.80, 4.76, 4.71),
    )
    spread = features.daily_spread(world, "10y-2y")
    assert {f"{day:%m-%d}": value for day, value in spread.items()} == {
        "01-02": -0.12, "01-04": -0.09,
    }  # fmt: skip


def test_binary_arithmetic_does_not_invert_a_flat_forward_curve() -> None:
    world = panel(
        DGS2=daily("2007-01-02", 1.15), DGS1=daily("2007-01-02", 2.25),
        DGS3MO=daily("2007-01-02", 0.05),
    )  # fmt: skip
    assert 2 * 1.15 - 2.25 - 0.05 < 0
    assert features.daily_spread(world, "near-term-forward").tolist() == [0.0]


def test_a_rule_is_judged_by_the_spread_on_its_own_basis() -> None:
    world = panel(
        GS10=monthly("2007-01-01", 4.7), GS2=monthly("2007-01-01", 4.9),
        DGS10=daily("2007-01-02", 4.6), DGS2=daily("2007-01-02", 4.9),
    )  # fmt: skip
    rule = EpisodeRule("10y-2y")
    assert features.judged_spread(world, rule).tolist() == pytest.approx([-0.2])
    assert features.judged_spread(world, replace(rule, basis="daily")).tolist() == [-0.3]


def test_the_sahm_gap_is_the_three_month_mean_over_its_lowest_of_the_year_before() -> None:
    rate = monthly("2007-01-01", *[4.0] * 14, 4.3, 4.6, 4.9)
    # (4.3 + 4.6 + 4.9) / 3 = 4.6 against 4.0.
    assert features.sahm_gap(rate).iloc[-1] == pytest.approx(0.6)


def test_a_month_without_a_survey_leaves_the_mean_of_its_neighbours() -> None:
    rate = monthly("2024-01-01", *[4.0] * 21, float("nan"), 4.4, 4.6)
    gap = features.sahm_gap(rate)
    assert gap.loc["2025-11-01"] == pytest.approx(0.2)  # (4.0 + 4.4) / 2 against 4.0
    assert gap.loc["2025-12-01"] == pytest.approx(0.5)  # (4.4 + 4.6) / 2


def test_a_row_that_is_absent_is_the_same_as_one_without_a_value() -> None:
    whole = monthly("2024-01-01", *[4.0] * 21, float("nan"), 4.4, 4.6)
    assert features.sahm_gap(whole.dropna()).equals(features.sahm_gap(whole))


def test_a_gauge_compares_with_the_same_month_and_not_with_its_neighbour() -> None:
    gauge = features.gauge(monthly("2024-01-01", *range(1, 14)), "percent")
    assert gauge is not None
    assert (gauge.value, gauge.change_3m, gauge.change_12m) == (13, 3, 12)
    holed = monthly("2024-01-01", *range(1, 14))
    holed.iloc[9] = float("nan")
    gauge = features.gauge(holed, "percent")
    assert gauge is not None
    assert gauge.change_3m is None


def test_a_weekly_gauge_compares_with_the_last_week_before_the_same_day() -> None:
    weeks = pd.date_range("2025-01-01", periods=80, freq="7D")
    values = pd.Series(range(80), index=weeks, dtype=float)
    gauge = features.gauge(values, "billions of USD")
    assert gauge is not None
    assert (gauge.change_3m, gauge.change_12m) == (13, 53)


def test_a_daily_gauge_compares_with_the_last_close_before_a_holiday() -> None:
    closes = daily("2025-01-01", *range(300))
    newest = closes.index[-1]
    before = newest - pd.DateOffset(months=3)
    there = closes[:before].index[-1]
    closes[there] = float("nan")
    gauge = features.gauge(closes, "percent")
    assert gauge is not None
    assert gauge.change_3m == closes.iloc[-1] - closes[:there].dropna().iloc[-1]
    assert gauge.period == newest.date()


def test_a_percentile_needs_five_years_and_counts_values_no_higher() -> None:
    short, long = (features.gauge(monthly("2015-01-01", *range(n)), "percent") for n in (60, 61))
    assert short is not None
    assert long is not None
    assert (short.percentile, short.since) == (None, date(2015, 1, 1))
    assert long.percentile == 1.0
    low = features.gauge(monthly("2010-01-01", 1.0, *[5.0] * 98, 2.0), "percent")
    assert low is not None
    assert low.percentile == 0.02


def test_equal_differences_of_rates_are_equal_in_a_percentile() -> None:
    nominal, real = monthly("2010-01-01", *[4.99] * 72), monthly("2010-01-01", *[2.64] * 72)
    nominal.iloc[0], real.iloc[0] = 3.49, 1.14  # 2.35 as well, and in binary a little more
    assert nominal.iloc[0] - real.iloc[0] > nominal.iloc[1] - real.iloc[1]
    gauge = features.gauge(features.breakeven(panel(GS10=nominal, FII10=real), 10), "percent")
    assert gauge is not None
    assert gauge.percentile == 1.0


def quarterly(start: str, *values: float) -> pd.Series[float]:
    return pd.Series(values, index=pd.date_range(start, periods=len(values), freq="QS"))


def test_a_ratio_to_output_needs_both_of_one_quarter() -> None:
    world = panel(
        CP=quarterly("2018-01-01", 2000.0, 2100.0, 2200.0),
        GDP=quarterly("2018-04-01", 20_000.0, 20_000.0, 20_000.0),
    )
    ratio = features.to_gdp(world, "CP")
    assert {f"{day:%Y-%m}": value for day, value in ratio.items()} == {
        "2018-04": 10.5, "2018-07": 11.0,
    }  # fmt: skip


def test_a_monthly_level_enters_a_ratio_with_the_mean_of_whole_quarters() -> None:
    loans = monthly("2018-01-01", 1900.0, 2000.0, 2100.0, 2000.0, float("nan"), 2000.0, 2400.0)
    world = panel(BUSLOANS=loans, GDP=quarterly("2018-01-01", *[20_000.0] * 3))
    ratio = features.to_gdp(world, "BUSLOANS")
    assert {f"{day:%Y-%m}": value for day, value in ratio.items()} == {"2018-01": 10.0}


@pytest.mark.parametrize("known", [{}, {"GDP": quarterly("2018-01-01", 20_000.0)}])
def test_without_one_of_its_series_a_ratio_is_empty(known: dict[str, pd.Series[float]]) -> None:
    assert features.to_gdp(panel(**known), "BUSLOANS").empty
    assert features.to_gdp(panel(**known), "BCNSDODNS").empty


def test_a_rate_is_held_against_what_was_paid_on_reserves_then() -> None:
    old, new = daily("2021-07-27", 0.15, 0.15), daily("2021-07-29", 0.15, 0.15, 0.15)
    rates = {"SOFR": daily("2021-07-27", *[0.05] * 5), "IOER": old, "IORB": new}
    world = Panel(date(2021, 8, 3), rates, {}, ())
    assert features.less_iorb(world, "SOFR").tolist() == [-10.0] * 5
    early = Panel(
        date(2021, 7, 29), {name: world.series[name] for name in ("SOFR", "IOER")}, {}, ()
    )
    assert len(features.less_iorb(early, "SOFR")) == 2


def test_without_the_rate_paid_today_an_old_spread_does_not_look_new() -> None:
    rates = {"SOFR": daily("2021-07-27", *[0.05] * 5), "IOER": daily("2021-07-27", 0.15, 0.15)}
    assert features.less_iorb(Panel(date(2026, 1, 5), rates, {}, ()), "SOFR").empty
    assert features.less_iorb(Panel(date(2026, 1, 5), {}, {}, ()), "SOFR").empty


def test_a_series_without_a_value_has_no_gauge() -> None:
    assert features.gauge(monthly("2024-01-01", float("nan")), "percent") is None


# ------------------------------------------------------------------------------------------ frame
LATER = date(2026, 11, 22)


@pytest.fixture(scope="module")
def known(history: Store) -> Panel:
    return history.panel(LATER, features.REQUIRED_SERIES)


def test_the_frame_has_every_month_and_the_documented_columns(known: Panel) -> None:
    frame = features.frame(known)
    assert list(frame.columns) == [feature.name for feature in features.FEATURES]
    assert frame.index.equals(pd.date_range("1953-04-01", "2026-09-01", freq="MS", name="period"))
    assert set(features.REQUIRED_SERIES) <= set(SERIES)


def test_the_frame_agrees_with_the_functions_for_one_figure(known: Panel) -> None:
    frame = features.frame(known)
    spread = features.term_spread(known)
    assert np.array_equal(frame["spread"], spread.reindex(frame.index))
    gap = features.sahm_gap(known.series["UNRATE"]).shift(1, freq="MS").reindex(frame.index)
    there = gap.notna()
    assert frame["sahm_gap"][there].to_numpy() == pytest.approx(gap[there].to_numpy(), abs=1e-12)


def test_the_columns_of_one_month_follow_by_hand(known: Panel) -> None:
    row = features.frame(known).loc["2007-01-01"]
    of = {name: values for name, values in known.series.items() if len(values)}
    bill = features.bond_equivalent_yield(of["TB3MS"])
    now, before = "2007-01-01", "2006-12-01"
    two, one = of["GS2"][now], of["GS1"][now]
    assert row["near_term_forward"] == pytest.approx(2 * two - one - bill[now])
    assert row["spread_lag6"] == pytest.approx(of["GS10"]["2006-07-01"] - bill["2006-07-01"])
    assert row["funds"] == of["FEDFUNDS"][now]
    assert row["funds_change_12m"] == pytest.approx(of["FEDFUNDS"][now] - of["FEDFUNDS"]["2006-01"])
    mean = of["UNRATE"]["1997-01":before].mean()
    assert row["unemployment_gap"] == pytest.approx(of["UNRATE"][before] - mean)
    for name, series, then in (
        ("payrolls_6m", "PAYEMS", "2006-06-01"),
        ("production_12m", "INDPRO", "2005-12-01"),
        ("starts_12m", "HOUST", "2005-12-01"),
        ("inflation_12m", "CPIAUCSL", "2005-12-01"),
    ):
        growth = 100 * (of[series][before] / of[series][then] - 1)
        assert row[name] == pytest.approx(growth), name


def test_before_the_two_year_yield_its_neighbours_stand_in(known: Panel) -> None:
    without = {name: v for name, v in known.series.items() if name != "GS2"}
    stand_in = features.frame(replace(known, series=without))["near_term_forward"]
    real = features.frame(known)["near_term_forward"]
    assert real[:"1976-05"].equals(stand_in[:"1976-05"])
    both = real["1976-06":], stand_in["1976-06":]
    assert not both[0].equals(both[1])
    assert np.corrcoef(*both)[0, 1] == pytest.approx(0.993, abs=5e-4)


def test_the_credit_spread_is_there_once_its_series_is(known: Panel) -> None:
    assert features.frame(known)["credit"].isna().all()
    corporate = known.series["GS10"] + 2.0
    corporate.iloc[-1] += 1.0
    frame = features.frame(replace(known, series={**known.series, "BAA": corporate}))
    assert frame["credit"].iloc[-2:].tolist() == pytest.approx([2.0, 3.0])
    assert frame["credit_change_6m"].iloc[-2:].tolist() == pytest.approx([0.0, 1.0])


RATES = ("GS1", "GS2", "GS3", "GS10", "TB3MS", "FEDFUNDS")


@pytest.mark.parametrize("cut", ["1961-03-01", "1976-05-01", "2008-10-01", "2025-10-01"])
def test_what_comes_later_changes_no_earlier_row(known: Panel, cut: str) -> None:
    """Rates count from their own month on, activity from the month after."""
    noise = np.random.default_rng(7)
    changed = {}
    for name, values in known.series.items():
        later = values.index > cut if name in RATES else values.index >= cut
        changed[name] = values.where(~later, values * noise.uniform(0.5, 2, len(values)))
    before, after = features.frame(known), features.frame(replace(known, series=changed))
    assert before[:cut].equals(after[:cut])
    next_row = pd.Timestamp(cut) + pd.DateOffset(months=1)
    differs = before.loc[next_row].notna() & (before.loc[next_row] != after.loc[next_row])
    assert set(before.columns[differs]) >= {"spread", "funds", "payrolls_6m", "production_12m"}


def test_the_newest_row_is_that_of_the_newest_spread(history: Store) -> None:
    day = date(1990, 1, 8)
    frame = features.frame(history.panel(day, features.REQUIRED_SERIES))
    assert frame.index[-1] == pd.Timestamp("1989-12-01")
    assert frame.iloc[-1].isna().sum() == 2  # credit, which is not bundled


def test_a_month_without_a_figure_keeps_the_last_one_and_moves_nothing_else(known: Panel) -> None:
    whole = features.frame(known)
    payrolls = known.series["PAYEMS"].copy()
    payrolls["2019-05-01"] = float("nan")
    for holed in (payrolls, payrolls.dropna()):
        frame = features.frame(replace(known, series={**known.series, "PAYEMS": holed}))
        column = frame["payrolls_6m"]
        assert column["2019-06-01"] == column["2019-05-01"]  # the figure of May, read in June
        assert column["2019-12-01"] == column["2019-11-01"]  # compared with that of May
        touched = frame.index[(column != whole["payrolls_6m"]).to_numpy()]
        assert [f"{month:%Y-%m}" for month in touched] == ["2019-06", "2019-12"]
        others = frame.columns.drop("payrolls_6m")
        assert frame[others].equals(whole[others])


def test_a_figure_is_kept_for_two_months_and_no_longer(known: Panel) -> None:
    starts = known.series["HOUST"][:"2026-05-01"]
    frame = features.frame(replace(known, series={**known.series, "HOUST": starts}))
    newest = frame["starts_12m"].iloc[-4:]
    assert newest.iloc[0] == newest.iloc[1] == newest.iloc[2]
    assert np.isnan(newest.iloc[3])


def test_a_panel_without_a_spread_has_a_frame_without_rows() -> None:
    frame = features.frame(panel(UNRATE=monthly("2007-01-01", 4.0)))
    assert frame.shape == (0, len(features.FEATURES))


def test_a_panel_of_the_first_month_has_one_row() -> None:
    first = Panel(
        date(1953, 5, 4),
        {"GS10": monthly("1953-04-01", 2.83), "TB3MS": monthly("1953-04-01", 2.19)},
        {},
        (),
    )
    assert features.frame(first)["spread"].tolist() == pytest.approx([0.597], abs=5e-4)
