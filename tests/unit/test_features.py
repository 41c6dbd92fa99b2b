"""Monthly figures out of a panel."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from monitor import features
from monitor.domain import Panel


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


def test_a_panel_without_yields_has_an_empty_spread() -> None:
    assert features.term_spread(panel()).empty


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


def test_a_series_without_a_value_has_no_gauge() -> None:
    assert features.gauge(monthly("2024-01-01", float("nan")), "percent") is None
