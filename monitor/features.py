"""From a panel to the monthly figures that models read. No look-ahead: a panel has none."""

from __future__ import annotations

import pandas as pd

from monitor.domain import SPREADS, Gauge, Panel

_DISCOUNT_BASIS = frozenset({"TB3MS"})
_DAILY_SPREAD = ("DGS10", "DGS3MO")


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
    """Monthly spread, long less short rate, in percentage points.

    Args:
        panel: what was known.
        name: one of :data:`monitor.domain.SPREADS`.

    Returns:
        Means over each month for which both rates are known, in ascending order; empty if there
        is none. A bill on discount basis enters with its bond-equivalent yield.
    """
    long, short = (_monthly(panel, series) for series in SPREADS[name])
    return (long - short).dropna().rename(name)


def daily_spread(panel: Panel) -> pd.Series[float]:
    """Ten-year less three-month constant maturity, daily, in percentage points."""
    long, short = (panel.series.get(name, _empty()) for name in _DAILY_SPREAD)
    return (long - short).dropna()


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


def breakeven_10y(panel: Panel) -> pd.Series[float]:
    """Ten-year breakeven inflation in percent: nominal less real constant maturity, monthly."""
    return (panel.series.get("GS10", _empty()) - panel.series.get("FII10", _empty())).dropna()


def gauge(values: pd.Series[float], unit: str) -> Gauge | None:
    """Newest value with its changes over three and twelve months.

    Args:
        values: a monthly or weekly series.
        unit: unit of the values, for the reader.

    Returns:
        ``None`` if there is no value. A change is ``None`` where the value to compare with, that
        of the same month or of the last week before the same day, is missing.
    """
    known = values.dropna()
    if known.empty:
        return None
    return Gauge(
        value=float(known.iloc[-1]),
        unit=unit,
        period=known.index[-1].date(),
        change_3m=_change(values, known.index[-1], 3),
        change_12m=_change(values, known.index[-1], 12),
    )


def _change(values: pd.Series[float], newest: pd.Timestamp, months: int) -> float | None:
    before = newest - pd.DateOffset(months=months)
    # A week's slack lets a weekly series find its nearest earlier Wednesday; months match exactly.
    window = values[before - pd.Timedelta(days=6) : before]
    if window.empty or pd.isna(window.iloc[-1]):
        return None
    return float(values[newest] - window.iloc[-1])


def _monthly(panel: Panel, series: str) -> pd.Series[float]:
    values = panel.series.get(series, _empty())
    return bond_equivalent_yield(values) if series in _DISCOUNT_BASIS else values


def _every_month(values: pd.Series[float]) -> pd.Series[float]:
    return values.asfreq("MS") if len(values) else values


def _empty() -> pd.Series[float]:
    return pd.Series(dtype="float64", index=pd.DatetimeIndex([], name="period"))
