"""From a panel to the monthly figures that models read. No look-ahead: a panel has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.catalog import FIRST_MONTH, SERIES
from monitor.domain import SPREADS, EpisodeRule, Gauge, Panel

_Vector = npt.NDArray[np.float64]

_DISCOUNT_BASIS = frozenset({"TB3MS"})
_YIELD_DECIMALS = 2
_MONTHS_OF_QUARTER = 3
_RANKED_DECIMALS = 9

RANKED_YEARS: Final = 5
"""A percentile is given from so many years of history on."""


def bond_equivalent_yield(discount: pd.Series[float]) -> pd.Series[float]:
    """Bond-equivalent yield of a 91-day bill.

    Args:
        discount: discount rates in percent of face value per 360 days.

    Returns:
        Yields in percent per 365 days: ``100 (365 d/100) / (360 - 91 d/100)``, the conversion
        behind the New York Fed's recession probabilities (Estrella and Trubin, Current Issues in
        Economics and Finance 12/5, 2006).
    """
    rate = discount / 100
    return 100 * 365 * rate / (360 - 91 * rate)


def term_spread(panel: Panel, name: str = "10y-3m") -> pd.Series[float]:
    """Monthly spread in percentage points.

    ``near-term-forward`` is a proxy of Engstrom and Sharpe's spread (FEDS 2018-055), the forward
    rate on a three-month bill six quarters ahead less the bill: ``2 GS2 - GS1``, the one-year
    rate a year ahead from par yields, less the bill.

    Args:
        panel: what was known.
        name: one of :data:`monitor.domain.SPREADS`.

    Returns:
        Means over each month for which all rates are known, in ascending order; empty if there
        is none. A bill on discount basis enters with its bond-equivalent yield.
    """
    return _weighted(panel, SPREADS[name].monthly).rename(name)


def daily_spread(panel: Panel, name: str = "10y-3m") -> pd.Series[float]:
    """Daily spread of constant maturities or of the funds rate, in percentage points.

    Args:
        panel: what was known.
        name: one of :data:`monitor.domain.SPREADS`.

    Returns:
        Closes on the days on which all rates are known, in ascending order, to the hundredth to
        which rates are published: binary arithmetic must not invert a flat curve.
    """
    return _weighted(panel, SPREADS[name].daily).round(_YIELD_DECIMALS).rename(name)


def judged_spread(panel: Panel, rule: EpisodeRule) -> pd.Series[float]:
    """The spread that a rule judges, monthly or daily, in percentage points."""
    judged = term_spread if rule.basis == "monthly" else daily_spread
    return judged(panel, rule.spread)


def sahm_gap(unemployment: pd.Series[float]) -> pd.Series[float]:
    """Sahm's recession indicator.

    Args:
        unemployment: monthly unemployment rate in percent.

    Returns:
        The three-month mean less the lowest such mean of the twelve months before, in percentage
        points (Sahm 2019, "Direct stimulus payments to individuals"). A month without a survey,
        such as 2025-10, leaves means over the two months around it.
    """
    mean = _every_month(unemployment).rolling(3, min_periods=2).mean()
    return (mean - mean.shift(1).rolling(12, min_periods=10).min()).dropna()


def breakeven(panel: Panel, years: int) -> pd.Series[float]:
    """Breakeven inflation in percent: nominal less real constant maturity, monthly.

    Args:
        panel: what was known; should hold ``GS`` and ``FII`` of the maturity.
        years: the maturity, 5 or 10.
    """
    nominal, real = (panel.series.get(f"{name}{years}", _empty()) for name in ("GS", "FII"))
    return (nominal - real).dropna()


def to_gdp(panel: Panel, series: str) -> pd.Series[float]:
    """A series in percent of the gross domestic product of the same quarter, both nominal.

    Args:
        panel: what was known; should hold ``GDP``.
        series: a quarterly series, or a monthly level, of which the mean over the quarter is
            taken; in billions of USD, flows at an annual rate.

    Returns:
        Quarters for which both are known, in all three months where the series is monthly.
    """
    values, product = (panel.series.get(name, _empty()).dropna() for name in (series, "GDP"))
    if SERIES[series].frequency == "monthly" and not values.empty:
        quarters = values.resample("QS")
        values = quarters.mean()[quarters.count() == _MONTHS_OF_QUARTER]
    return (100 * values / product).dropna()


def less_iorb(panel: Panel, series: str) -> pd.Series[float]:
    """An overnight rate less the rate that the Federal Reserve pays on reserves.

    That is IORB from 2021-07-29 and IOER, the rate on excess reserves, before.

    Args:
        panel: what was known; should hold ``IORB`` and ``IOER``.
        series: identifier of the rate, such as ``SOFR``.

    Returns:
        Whole basis points on the days on which both are known; empty where ``IORB`` should be
        known and is not, so that nothing old looks new.
    """
    known = [panel.series[name] for name in ("IOER", "IORB") if name in panel.series]
    if not known or ("IORB" not in panel.series and panel.as_of > SERIES["IORB"].starts):
        return _empty()
    paid = pd.concat(known)
    paid = paid[~paid.index.duplicated(keep="last")]
    return (100 * (panel.series.get(series, _empty()) - paid)).dropna().round()


def gauge(values: pd.Series[float], unit: str) -> Gauge | None:
    """Newest value with its changes over three and twelve months and its place in history.

    Args:
        values: daily, weekly, monthly or quarterly.
        unit: unit of the values, for the reader.

    Returns:
        ``None`` if there is no value. A change is ``None`` where the value to compare with, that
        of the same month or of the last day of the week before the same day, is missing. The
        percentile is ``None`` until the history spans five years.
    """
    known = values.dropna()
    if known.empty:
        return None
    first, newest = known.index[0], known.index[-1]
    # Differences of equal rates differ in their last binary digits.
    ranked = known.round(_RANKED_DECIMALS)
    long = newest >= first + pd.DateOffset(years=RANKED_YEARS)
    return Gauge(
        value=float(known.iloc[-1]),
        unit=unit,
        period=newest.date(),
        change_3m=_change(known, newest, 3),
        change_12m=_change(known, newest, 12),
        percentile=float((ranked <= ranked.iloc[-1]).mean()) if long else None,
        since=first.date(),
    )


def _change(known: pd.Series[float], newest: pd.Timestamp, months: int) -> float | None:
    before = newest - pd.DateOffset(months=months)
    # A week's slack lets a weekly series find its nearest earlier Wednesday, and a daily one the
    # last close before a holiday; months match exactly.
    window = known[before - pd.Timedelta(days=6) : before]
    return None if window.empty else float(known.iloc[-1] - window.iloc[-1])


def _weighted(panel: Panel, rates: Mapping[str, int]) -> pd.Series[float]:
    terms = [weight * _rate(panel, series) for series, weight in rates.items()]
    return reduce(pd.Series.add, terms).dropna()


def _rate(panel: Panel, series: str) -> pd.Series[float]:
    values = panel.series.get(series, _empty())
    return bond_equivalent_yield(values) if series in _DISCOUNT_BASIS else values


def _every_month(values: pd.Series[float]) -> pd.Series[float]:
    """The same with NaN in the months left out; pandas' own ``asfreq`` takes 20 times as long."""
    if values.empty:
        return values
    month = values.index.to_numpy().astype("datetime64[M]")
    grid = np.arange(month[0], month[-1] + 1)
    whole = np.full(grid.size, np.nan)
    whole[(month - month[0]).astype(int)] = values.to_numpy("float64")
    return pd.Series(whole, pd.DatetimeIndex(grid.astype("datetime64[us]"), name=values.index.name))


def _empty() -> pd.Series[float]:
    return pd.Series(dtype="float64", index=pd.DatetimeIndex([], name="period"))


# ------------------------------------------------------------------------------------------ frame
@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the monthly feature frame.

    Attributes:
        name: the column.
        title: what it is, for readers.
        unit: unit of its values.
        series: FRED identifiers of the series it is made from.
    """

    name: str
    title: str
    unit: str
    series: tuple[str, ...]


_PERCENT, _POINTS = "percent", "percentage points"

FEATURES: Final = (
    Feature("spread", "ten-year less three-month rate", _POINTS, ("GS10", "TB3MS")),
    Feature("spread_lag6", "the same spread six months before", _POINTS, ("GS10", "TB3MS")),
    Feature("funds", "federal funds rate", _PERCENT, ("FEDFUNDS",)),
    Feature("funds_change_12m", "its change over twelve months", _POINTS, ("FEDFUNDS",)),
    Feature(
        "near_term_forward",
        "one-year rate a year ahead less three-month rate",
        _POINTS,
        ("GS1", "GS2", "GS3", "TB3MS"),
    ),
    Feature("credit", "Baa corporate less ten-year Treasury yield", _POINTS, ("BAA", "GS10")),
    Feature("credit_change_6m", "its change over six months", _POINTS, ("BAA", "GS10")),
    Feature("sahm_gap", "unemployment over its low of the year before", _POINTS, ("UNRATE",)),
    Feature("unemployment_gap", "unemployment less its ten-year mean", _POINTS, ("UNRATE",)),
    Feature("payrolls_6m", "growth of payrolls over six months", _PERCENT, ("PAYEMS",)),
    Feature(
        "production_12m",
        "growth of industrial production over twelve months",
        _PERCENT,
        ("INDPRO",),
    ),
    Feature("starts_12m", "growth of housing starts over twelve months", _PERCENT, ("HOUST",)),
    Feature(
        "inflation_12m", "growth of consumer prices over twelve months", _PERCENT, ("CPIAUCSL",)
    ),
)
"""The columns of :func:`frame`, in its order."""

REQUIRED_SERIES: Final = tuple(dict.fromkeys(name for one in FEATURES for name in one.series))
"""What a panel should hold for :func:`frame`; a column whose series is absent stays empty."""

_LEAD_MONTHS: Final = 132
"""Months before the first row: ten years for a mean, one for the release lag, rounded up."""

_ORIGIN: Final = (FIRST_MONTH.year - 1970) * 12 + FIRST_MONTH.month - 1 - _LEAD_MONTHS
"""First month of the grid, counted from January 1970 as NumPy counts months."""

_CARRIED_MONTHS: Final = 2
_FEWEST_FOR_MEAN: Final = 60
_FEWEST_FOR_LOW: Final = 10


def frame(panel: Panel) -> pd.DataFrame:
    """The monthly figures that models read, as they were known.

    The row of a month holds what was known when its mean rates were: rates of the month itself,
    and activity (employment, production, starts, prices) of the month before, which is out by
    then. An activity figure that is missing or late keeps its last value for at most two months,
    so that the month without a survey, 2025-10, moves nothing else.

    *Near-term forward spread*: ``2 GS2 - GS1`` less the bond-equivalent bill, a proxy for that of
    Engstrom and Sharpe (FEDS 2018-055) from par yields. Until the two-year yield begins, in
    1976-06, the mean of the one-year and the three-year yield stands in for it.

    Args:
        panel: what was known; see :data:`REQUIRED_SERIES`.

    Returns:
        One row for each month from 1953-04 to the newest with a spread, with no month left out;
        the columns of :data:`FEATURES`, in percent or percentage points, NaN where not known.
        Without any spread the frame has no rows.
    """
    long, bill = _on_grid(panel, "GS10"), _bill(_on_grid(panel, "TB3MS"))
    one, two, three = (_on_grid(panel, name) for name in ("GS1", "GS2", "GS3"))
    two = np.where(np.isnan(two), (one + three) / 2, two)
    unemployment = _on_grid(panel, "UNRATE")
    spread, funds = long - bill, _on_grid(panel, "FEDFUNDS")
    credit = _on_grid(panel, "BAA") - long
    rates = {
        "spread": spread,
        "spread_lag6": _before(spread, 6),
        "funds": funds,
        "funds_change_12m": funds - _before(funds, 12),
        "near_term_forward": 2 * two - one - bill,
        "credit": credit,
        "credit_change_6m": credit - _before(credit, 6),
    }
    activity = {
        "sahm_gap": _sahm_gap(unemployment),
        "unemployment_gap": unemployment - _ten_year_mean(unemployment),
        "payrolls_6m": _growth(_on_grid(panel, "PAYEMS"), 6),
        "production_12m": _growth(_on_grid(panel, "INDPRO"), 12),
        "starts_12m": _growth(_on_grid(panel, "HOUST"), 12),
        "inflation_12m": _growth(_on_grid(panel, "CPIAUCSL"), 12),
    }
    columns = rates | {name: _before(_kept(values), 1) for name, values in activity.items()}
    known = np.flatnonzero(~np.isnan(spread))
    rows = slice(_LEAD_MONTHS, known[-1] + 1 if known.size else _LEAD_MONTHS)
    months = np.arange(_ORIGIN, _ORIGIN + spread.size)[rows].astype("datetime64[M]")
    return pd.DataFrame(
        np.column_stack([columns[feature.name][rows] for feature in FEATURES]),
        index=pd.DatetimeIndex(months.astype("datetime64[us]"), name="period"),
        columns=[feature.name for feature in FEATURES],
    )


def _on_grid(panel: Panel, series: str) -> _Vector:
    """Values by calendar month from the first month of the grid to the month of the panel."""
    size = (panel.as_of.year - 1970) * 12 + panel.as_of.month - _ORIGIN
    grid = np.full(max(size, _LEAD_MONTHS), np.nan)
    values = panel.series.get(series)
    if values is not None:
        place = values.index.to_numpy("datetime64[M]").astype(np.int64) - _ORIGIN
        inside = (place >= 0) & (place < grid.size)
        grid[place[inside]] = values.to_numpy("float64")[inside]
    return grid


def _bill(discount: _Vector) -> _Vector:
    return np.asarray(bond_equivalent_yield(pd.Series(discount)), dtype=np.float64)


def _before(values: _Vector, months: int) -> _Vector:
    """In each month the value so many months before."""
    return np.concatenate([np.full(months, np.nan), values[:-months]])


def _growth(values: _Vector, months: int) -> _Vector:
    """Change over so many months in percent of the value then."""
    return 100 * (values / _before(values, months) - 1)


def _kept(values: _Vector) -> _Vector:
    for _ in range(_CARRIED_MONTHS):
        values = np.where(np.isnan(values), _before(values, 1), values)
    return values


def _windows(values: _Vector, months: int) -> _Vector:
    """For each month the values of so many months that end with it, one row a month."""
    padded = np.concatenate([np.full(months - 1, np.nan), values])
    return np.lib.stride_tricks.sliding_window_view(padded, months)


def _mean(windows: _Vector, fewest: int) -> _Vector:
    known = ~np.isnan(windows)
    count = known.sum(axis=1)
    total = np.where(known, windows, 0.0).sum(axis=1)
    return np.where(count >= fewest, total / np.maximum(count, 1), np.nan)


def _ten_year_mean(values: _Vector) -> _Vector:
    return _mean(_windows(values, 120), _FEWEST_FOR_MEAN)


def _sahm_gap(unemployment: _Vector) -> _Vector:
    """As :func:`sahm_gap`, on the grid."""
    mean = _mean(_windows(unemployment, 3), 2)
    year_before = _windows(_before(mean, 1), 12)
    enough = (~np.isnan(year_before)).sum(axis=1) >= _FEWEST_FOR_LOW
    lowest = np.where(np.isnan(year_before), np.inf, year_before).min(axis=1)
    return np.where(enough, mean - lowest, np.nan)
