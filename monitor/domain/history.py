"""What the charts of a digest need of the past, as it was known on its day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor.domain.curve import Episode, Window
from monitor.domain.policy import Regime

Points = tuple[tuple[date, float], ...]
"""Periods and values, in ascending order."""

Recession = tuple[date, date | None]
"""First and last month of a recession; ``None`` while its trough is not announced."""

CurveOf = Literal["today", "month_ago", "year_ago", "before_recession"]


@dataclass(frozen=True, slots=True)
class YieldCurve:
    """Yields of one day or month by maturity.

    Attributes:
        of: why it is shown.
        period: the day, or the first day of the month that means are taken over.
        monthly: whether the yields are monthly means.
        yields: maturity in months to yield in percent per year, in ascending order.
    """

    of: CurveOf
    period: date
    monthly: bool
    yields: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class PastForecast:
    """The headline as it was told at the end of a month, or would have been.

    Attributes:
        month: the month.
        probability: that a recession starts within twelve months.
        low, high: ends of the 80 % interval.
        told: whether it was told, and not replayed.
    """

    month: date
    probability: float
    low: float
    high: float
    told: bool = False


@dataclass(frozen=True, slots=True)
class LagCurve:
    """Where we stand on the distribution of lags from an inversion to a recession.

    Attributes:
        start: first month of the inversion whose clock runs, or of the newest one.
        age: months since the end of that month, or ``None`` if no clock runs.
        density: month after the start to the probability that a recession that follows starts in
            it, averaged over the posterior; adds up to nearly 1.
        lags: months of the past inversions that were followed by a recession, with their starts.
        window: in which a recession would start, if one follows.
        false_alarm: probability that none follows.
    """

    start: date | None
    age: float | None
    density: Mapping[int, float]
    lags: tuple[tuple[date, int], ...]
    window: Window | None
    false_alarm: float | None


@dataclass(frozen=True, slots=True)
class History:
    """The past of one digest.

    Attributes:
        spread: the monthly spread, as month and percentage points.
        episodes: all inversions of that spread, in order of their start.
        recessions: NBER recessions, as the month after the announced peak and the announced
            trough; ``None`` where no trough was announced.
        rate: the effective federal funds rate, as month and percent.
        forecasts: the headline of past months, in order.
        curves: the yield curve now and then, in the order in which they are named.
        lag: the distribution of lags, or ``None`` where there was none to draw.
        assets: size of the balance sheet, as period and billions of US dollars.
        assets_series: identifier of the series that ``assets`` is.
        regimes: what kind of growth it was, in order; the last one may go on.
    """

    spread: Points
    episodes: tuple[Episode, ...]
    recessions: tuple[Recession, ...]
    rate: Points = ()
    forecasts: tuple[PastForecast, ...] = ()
    curves: tuple[YieldCurve, ...] = ()
    lag: LagCurve | None = None
    assets: Points = ()
    assets_series: str = ""
    regimes: tuple[Regime, ...] = ()
