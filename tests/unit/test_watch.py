"""The watch list: its gauges and what they imply."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from monitor import features, watch
from monitor.catalog import SERIES
from monitor.digest import sentences
from monitor.domain import (
    Effect,
    Gauge,
    Implication,
    Odds,
    Panel,
    Provenance,
    Watch,
    add_months,
)
from monitor.store import Store

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "reference"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def known(history: Store) -> Panel:
    return history.panel(TODAY, watch.WATCH_SERIES)


def having(panel: Panel, **series: pd.Series[float]) -> Panel:
    """The same panel with more series."""
    ours = dict.fromkeys(series, Provenance("fredgraph", panel.as_of, 0))
    return replace(
        panel,
        series={**panel.series, **series},
        provenance={**panel.provenance, **ours},
    )


def days(first: str, *values: float) -> pd.Series[float]:
    return pd.Series(values, index=pd.date_range(first, periods=len(values), freq="B"))


def gauge(
    value: float = 0.0,
    change_3m: float | None = None,
    change_12m: float | None = None,
    percentile: float | None = None,
) -> Gauge:
    return Gauge(value, "percent", date(2026, 9, 1), change_3m, change_12m, percentile)


def rule(implied: Implication | None) -> tuple[str, str] | None:
    return implied and (implied.effect, implied.rule)


# ------------------------------------------------------------------------------------- the gauges
def test_the_bundled_history_gives_the_gauges_it_can_and_no_other(known: Panel) -> None:
    found = watch.read(known)
    absent = {name for name in Watch.__slots__ if getattr(found, name) is None}
    assert absent == {
        "total_assets", "breakeven_5y5y", "michigan_1y", "cleveland_1y", "cleveland_10y",
        "debt_to_gdp", "sofr_less_iorb", "effr_less_iorb", "smoothed",
    }  # fmt: skip
    assert set(watch.WATCH_SERIES) <= set(SERIES)


def test_bank_loans_are_the_mean_of_a_quarter_over_its_output(known: Panel) -> None:
    loans = watch.read(known).bank_loans_to_gdp
    assert loans is not None
    months, product = known.series["BUSLOANS"], known.series["GDP"]
    assert loans.period == date(2026, 4, 1) == product.index[-1].date()
    mean = months["2026-04":"2026-06"].mean()
    assert loans.value == pytest.approx(100 * mean / product["2026-04-01"])
    assert loans.series == ("BUSLOANS", "GDP")
    assert loans.age_days == (TODAY - date(2026, 6, 30)).days


def test_a_percentile_counts_only_what_was_known_that_day(history: Store) -> None:
    then = history.panel(date(2007, 9, 20), watch.WATCH_SERIES)
    found = watch.read(then)
    rate = then.series["UNRATE"]
    assert rate.index[-1] == pd.Timestamp("2007-08-01")
    assert found.unemployment
    assert found.unemployment.percentile == pytest.approx((rate <= rate.iloc[-1]).mean())
    assert found.unemployment.since == date(1948, 1, 1)
    assert found.breakeven_10y
    assert found.breakeven_10y.percentile is None  # since 2003: not five years


def test_values_that_stand_in_for_a_vintage_are_told(known: Panel, history: Store) -> None:
    then = watch.read(history.panel(date(2007, 9, 20), watch.WATCH_SERIES))
    now = watch.read(known)
    assert then.profits_to_gdp
    assert then.breakeven_10y
    assert now.profits_to_gdp
    assert (then.profits_to_gdp.revised, now.profits_to_gdp.revised) == (True, False)
    assert then.breakeven_10y.revised is False  # yields are never revised


def test_the_newer_of_daily_and_monthly_breakevens_is_taken(known: Panel) -> None:
    for first, series in (
        ("2026-08-31", ("GS10", "FII10")),
        ("2026-09-01", ("T10YIE",)),
        ("2026-11-19", ("T10YIE",)),
    ):
        found = watch.read(having(known, T10YIE=days(first, 2.5))).breakeven_10y
        assert found is not None
        assert found.series == series
    monthly = watch.read(known).breakeven_5y
    assert monthly is not None
    newest = {name: known.series[name].iloc[-1] for name in ("GS5", "FII5")}
    assert monthly.value == pytest.approx(newest["GS5"] - newest["FII5"])


def test_a_gauge_is_overdue_only_if_what_it_waits_for_is(known: Panel) -> None:
    """On this day output of the third quarter is late, profits are not due yet."""
    found = watch.read(known)
    assert found.bank_loans_to_gdp
    assert found.profits_to_gdp
    assert found.bank_loans_to_gdp.stale is True
    assert found.profits_to_gdp.stale is False
    later = watch.read(replace(known, as_of=date(2027, 2, 1))).profits_to_gdp
    assert later
    assert (later.stale, later.age_days) == (True, 216)


def test_total_assets_are_told_in_billions(known: Panel) -> None:
    weeks = pd.Series([6_580_000.0, 6_590_000.0], pd.DatetimeIndex(["2026-11-11", "2026-11-18"]))
    found = watch.read(having(known, WALCL=weeks)).total_assets
    assert found
    assert (found.value, found.unit) == (6590.0, "billions of USD")


def test_a_panel_without_anything_has_an_empty_watch_list() -> None:
    found = watch.read(Panel(TODAY, {}, {}, ()))
    assert all(getattr(found, name) is None for name in Watch.__slots__)


# ---------------------------------------------------------------------------------- what they imply
@pytest.mark.parametrize(
    ("change", "expected"),
    [(4.4 - 4.1, ("raises", "unemployment_rising")),
     (4.2 - 4.0, ("neutral", "unemployment_steady")),
     (4.0 - 4.2, ("neutral", "unemployment_steady")), (-0.3, ("lowers", "unemployment_falling")),
     (None, None)],
)  # fmt: skip
def test_unemployment_speaks_beyond_its_sampling_error(
    change: float | None, expected: tuple[str, str] | None
) -> None:
    assert rule(watch.unemployment(gauge(4.2, change_3m=change))) == expected


@pytest.mark.parametrize(("gap", "called"), [(0.4949, False), (0.49999999, True), (0.6, True)])
def test_the_sahm_gap_is_held_against_its_trigger_to_the_hundredth(
    gap: float, called: bool
) -> None:
    implied = watch.sahm(gauge(gap))
    assert (implied.rule == "sahm_triggered") is called
    assert (implied.odds, implied.enters) == ("recession", "nowcast")


@pytest.mark.parametrize(
    ("expected", "effect", "name"),
    [(1.99, "neutral", "below_objective"), (2.0, "neutral", "in_line_with_objective"),
     (2.5, "neutral", "in_line_with_objective"), (2.51, "lowers", "above_objective")],
)  # fmt: skip
def test_expectations_are_held_against_the_objective_once_there_was_one(
    expected: float, effect: str, name: str
) -> None:
    announced = date(2012, 1, 25)
    assert rule(watch.against_objective(gauge(expected), announced)) == (effect, name)
    before = watch.against_objective(gauge(expected), date(2012, 1, 24))
    assert rule(before) == ("neutral", "no_objective")


@pytest.mark.parametrize(
    ("percentile", "expected"),
    [(0.76, ("lowers", "survey_high")), (0.75, ("neutral", "survey_usual")), (None, None)],
)
def test_households_are_held_against_their_own_history(
    percentile: float | None, expected: tuple[str, str] | None
) -> None:
    assert rule(watch.survey(gauge(percentile=percentile))) == expected


@pytest.mark.parametrize(
    ("percentile", "change", "expected"),
    [(0.9, 0.1, ("raises", "debt_high_and_rising")), (0.9, 0.0, ("neutral", "debt_past_peak")),
     (0.89, 0.1, ("neutral", "debt_usual")), (None, 0.1, None), (0.9, None, None)],
)  # fmt: skip
def test_debt_speaks_where_it_is_high_and_rises(
    percentile: float | None, change: float | None, expected: tuple[str, str] | None
) -> None:
    assert rule(watch.debt(gauge(percentile=percentile, change_12m=change))) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [(-0.01, ("raises", "profits_falling")), (0.0, ("lowers", "profits_rising")), (None, None)],
)
def test_profits_speak_by_their_change_over_a_year(
    change: float | None, expected: tuple[str, str] | None
) -> None:
    assert rule(watch.profits(gauge(change_12m=change))) == expected


def test_scarce_reserves_need_most_of_twenty_days(known: Panel) -> None:
    calm, dear = [4.38] * 30, 4.45
    for above, name in ((11, "reserves_scarce"), (10, "reserves_scarce_for_a_day"),
                        (0, "reserves_ample")):  # fmt: skip
        rates = [*calm[above:], *[dear] * above]
        world = having(known, SOFR=days("2026-10-01", *rates), IORB=days("2026-10-01", *[4.4] * 30))
        implied = watch.read(world)
        assert implied.sofr_less_iorb
        assert implied.sofr_less_iorb.value == (5 if above else -2)
        assert implied.sofr_less_iorb.implies
        assert implied.sofr_less_iorb.implies.rule == name
        assert implied.sofr_less_iorb.implies.odds == "reserve_management"


def test_at_the_lower_bound_nothing_raises_the_odds_of_a_cut(history: Store) -> None:
    """In June 2020 unemployment had risen by ten points, and the rate could not fall."""
    there = watch.read(history.panel(date(2020, 6, 10), watch.WATCH_SERIES))
    assert there.unemployment
    assert there.unemployment.change_3m
    assert there.unemployment.change_3m > 9
    assert rule(there.unemployment.implies) == ("neutral", "at_lower_bound")
    assert there.sahm_gap
    assert rule(there.sahm_gap.implies) == ("raises", "sahm_triggered")


def test_every_rule_has_its_words() -> None:
    """The digest prints the identifier of a rule it has no words for."""
    source = Path(watch.__file__).read_text(encoding="utf-8")
    told = [name for name in sentences._RULES if f'"{name}"' not in source]
    assert told == []
    for name, effect, odds in _implied_by_all():
        assert name in sentences._RULES
        assert effect in get_args(Effect)
        assert odds in get_args(Odds)


def _implied_by_all() -> set[tuple[str, str, str]]:
    rules: list[Callable[[Gauge], Implication | None]] = [
        watch.unemployment, watch.sahm, watch.survey, watch.debt, watch.profits,
        lambda one: watch.against_objective(one, TODAY),
        lambda one: watch.against_objective(one, date(2000, 1, 1)),
        lambda one: watch.scarcity(one, 0.2), lambda one: watch.scarcity(one, 0.8),
    ]  # fmt: skip
    gauges = [
        gauge(value, change, change, percentile)
        for value in (-1.0, 0.4, 2.2, 3.0)
        for change in (-1.0, 0.0, 1.0)
        for percentile in (0.1, 0.8, 0.95)
    ]
    implied = [made for read in rules for one in gauges if (made := read(one))]
    return {(made.rule, made.effect, made.odds) for made in implied}


# ------------------------------------------------------------------------------- what had followed
def followed(
    panel: Panel, values: pd.Series[float], read: Callable[[Gauge], Implication | None], lag: int
) -> dict[str, float]:
    """Share of quarters of expansion that a recession followed within a year, by rule.

    Revised figures, each taken as known so many months after its quarter.
    """
    phases = [(point.month, point.kind) for point in panel.turning_points]
    peaks = [month for month, kind in phases if kind == "peak"]
    came: defaultdict[str, list[bool]] = defaultdict(list)
    for at in range(4 * features.RANKED_YEARS, len(values)):
        when = add_months(values.index[at].date(), 2 + lag)
        if when < date(1949, 12, 1) or when > date(2025, 9, 1):
            continue
        if [kind for month, kind in phases if month < when][-1] == "peak":
            continue
        made = features.gauge(values.iloc[: at + 1], "percent of GDP")
        if made and (implied := read(made)):
            start = any(when <= month < add_months(when, 12) for month in peaks)
            came[implied.rule].append(start)
    return {name: round(sum(outcomes) / len(outcomes), 2) for name, outcomes in came.items()}


def test_recessions_followed_falling_profits_and_rising_debt_as_documented(known: Panel) -> None:
    assert followed(known, features.to_gdp(known, "CP"), watch.profits, lag=3) == {
        "profits_falling": 0.24, "profits_rising": 0.10,
    }  # fmt: skip
    assert followed(known, features.to_gdp(known, "BUSLOANS"), watch.debt, lag=1) == {
        "debt_high_and_rising": 0.28, "debt_past_peak": 0.05, "debt_usual": 0.14,
    }  # fmt: skip
    documented = watch.__doc__ or ""
    assert all(f"{share} %" in documented for share in (24, 10, 28, 5, 14))


def reference(name: str, through: str) -> pd.Series[float]:
    if not SHARED.is_dir():
        pytest.skip("the reference data folder is not beside this checkout")
    table = pd.read_csv(SHARED / f"{name}.csv", index_col=0, parse_dates=True)
    return table.iloc[:, 0].astype(float)[:through]


@pytest.mark.shared
def test_cuts_followed_rising_unemployment_as_documented(known: Panel) -> None:
    if not SHARED.is_dir():
        pytest.skip("the reference data folder is not beside this checkout")
    with (SHARED / "fomc-decisions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    upper = {date.fromisoformat(row["date"]): float(row["target_upper_after"]) for row in rows}
    cuts = [date.fromisoformat(row["date"]) for row in rows if float(row["change_bp"]) < 0]
    rate = known.series["UNRATE"]
    came: defaultdict[str, list[bool]] = defaultdict(list)
    for at in range(len(rate)):
        made = features.gauge(rate.iloc[: at + 1], "percent")
        # The figure of a month is known before the next one is over.
        after = add_months(rate.index[at].date(), 2)
        until = add_months(after, 12)
        if after < date(1988, 4, 1) or until > max(upper) or made is None:
            continue
        level = [value for day, value in upper.items() if day < after][-1]
        implied = watch.unemployment(made)
        if implied and level > watch.AT_BOUND and pd.notna(rate.iloc[at]):
            came[implied.effect].append(any(after <= day < until for day in cuts))
    every = [outcome for outcomes in came.values() for outcome in outcomes]
    counts = {name: (sum(outcomes), len(outcomes)) for name, outcomes in came.items()}
    assert (counts["raises"], counts["lowers"]) == ((37, 40), (12, 34))
    assert round(sum(every) / len(every), 2) == 0.57


@pytest.mark.shared
@pytest.mark.parametrize(
    ("day", "value", "name"),
    [("2025-12-09", 5, "reserves_scarce"), ("2026-06-04", -4, "reserves_ample")],
)
def test_reserves_were_scarce_before_the_purchases_of_december_2025(
    known: Panel, day: str, value: float, name: str
) -> None:
    """The day before the Fed decided to buy bills to keep reserves ample, and half a year later."""
    as_of = date.fromisoformat(day)
    published = as_of - pd.Timedelta(days=1)
    series = {rate: reference(rate, f"{published}") for rate in ("SOFR", "EFFR", "IORB")}
    spread = watch.read(having(replace(known, as_of=as_of), **series)).sofr_less_iorb
    assert spread
    assert spread.implies
    assert (spread.value, spread.implies.rule) == (value, name)
