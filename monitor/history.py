"""The past of a digest: what its charts show beside the verdict, as it was known on that day.

The headline of past months cannot be computed in each run. Up to the newest month of the bundled
history it is read from ``monitor/data/forecasts.csv``, a replay of each month's last day with the
models of today, which ``tools/build_record.py`` makes; later months are as they were told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

import pandas as pd

from monitor import assess, features
from monitor.catalog import FIRST_MONTH
from monitor.domain import (
    HEADLINE_HORIZON,
    Assessment,
    CurveOf,
    EpisodeRule,
    History,
    Inversion,
    LagCurve,
    Panel,
    PastForecast,
    Points,
    Recession,
    YieldCurve,
    add_months,
    end_of_month,
    month_of,
    months_between,
)
from monitor.errors import SourceMalformed
from monitor.model import lag, regimes

SINCE: Final = date(1968, 1, 1)
"""First month of the record: two years before the first recession that the scoreboard counts."""

_BILL, _TEN_YEARS, _TWENTY_YEARS = 3, 120, 240
_UNQUOTED: Final = ("1987-01", "1993-09")
"""Months without quotes of the twenty-year bond; copies from before 2022 fill them."""

_MONTHLY: Final[Mapping[int, str]] = {
    _BILL: "TB3MS", 6: "GS6M", 12: "GS1", 24: "GS2", 36: "GS3", 60: "GS5", 84: "GS7",
    _TEN_YEARS: "GS10", _TWENTY_YEARS: "GS20", 360: "GS30",
}  # fmt: skip
_DAILY: Final[Mapping[int, str]] = {
    _BILL: "DGS3MO", 6: "DGS6MO", 12: "DGS1", 24: "DGS2", 36: "DGS3", 60: "DGS5", 84: "DGS7",
    _TEN_YEARS: "DGS10", _TWENTY_YEARS: "DGS20", 360: "DGS30",
}  # fmt: skip
"""Maturity in months to its series."""

_ASSETS: Final = (("WALCL", 1e-3), ("RSBKCRNS", 1.0), ("TOTRESNS", 1.0))
"""Measures of the size of the balance sheet with their factor to billions, the best one first."""

_ASSETS_SINCE: Final = date(2003, 1, 1)

NEEDED: Final = (
    *_MONTHLY.values(),
    *_DAILY.values(),
    *(name for name, _ in _ASSETS),
    "FEDFUNDS",
)
"""Series that a panel should hold beside :func:`monitor.assess.needed`; each may be absent."""

_LONGEST_LAG: Final = 48
_RECESSIONS_SHOWN: Final = 4
_AGO: Final[Mapping[CurveOf, int]] = {"today": 0, "month_ago": 1, "year_ago": 12}
_WEEK: Final = timedelta(days=7)
_TWO_YEARS: Final = timedelta(days=731)
HEADER: Final = "month,model_id,probability,low,high"


def read(panel: Panel, assessment: Assessment, stored: Sequence[PastForecast] = ()) -> History:
    """The past of one digest.

    Args:
        panel: what was known that day; should hold :data:`NEEDED`.
        assessment: the verdict of the day.
        stored: what was told by then, at most one forecast a month.

    Raises:
        SourceMalformed: a table in the package is missing or damaged.
    """
    rule = assessment.inversion.rule
    judged = features.judged_spread(panel, rule)
    clock = lag.clock(lag.Curve(judged, panel.turning_points, rule, panel.as_of))
    spread = judged if rule.basis == "monthly" else features.term_spread(panel, rule.spread)
    recessions = _recessions(panel)
    assets, name = _assets(panel)
    return History(
        spread=_points(spread),
        episodes=clock.episodes,
        recessions=recessions,
        rate=_points(_values(panel, "FEDFUNDS")),
        forecasts=_forecasts(assessment, stored),
        curves=tuple(_curves(panel, recessions)),
        lag=_lag(clock, assessment.inversion),
        assets=assets,
        assets_series=name,
        regimes=regimes.history(panel),
    )


def _recessions(panel: Panel) -> tuple[Recession, ...]:
    found: list[Recession] = []
    for point in panel.turning_points:
        if point.kind == "peak":
            found.append((add_months(point.month, 1), None))
        elif found:
            found[-1] = (found[-1][0], point.month)
    return tuple(found)


def _values(panel: Panel, name: str) -> pd.Series[float]:
    empty = pd.Series(dtype="float64", index=pd.DatetimeIndex([]))
    return panel.series.get(name, empty).dropna()


def _points(values: pd.Series[float]) -> Points:
    return tuple(zip((day.date() for day in values.index), values.tolist(), strict=True))


def _assets(panel: Panel) -> tuple[Points, str]:
    for name, factor in _ASSETS:
        values = _values(panel, name)[pd.Timestamp(_ASSETS_SINCE) :]
        if len(values):
            return _points(values * factor), name
    return (), ""


# -------------------------------------------------------------------------------- past forecasts
def _forecasts(assessment: Assessment, stored: Sequence[PastForecast]) -> tuple[PastForecast, ...]:
    """One forecast a month, that of the day the last; what was told goes before a replay."""
    score, today = assessment.recession, month_of(assessment.as_of)
    replayed = record() if assessment.inversion.rule == EpisodeRule() else ()
    known = {it.month: it for it in replayed if end_of_month(it.month) <= assessment.as_of}
    known |= {it.month: it for it in stored if it.month < today}
    if interval := score.interval.get(HEADLINE_HORIZON):
        known[today] = PastForecast(today, score.headline, interval.low, interval.high, told=True)
    return tuple(known[month] for month in sorted(known))


@lru_cache(maxsize=1)
def record() -> tuple[PastForecast, ...]:
    """The headline on the last day of each month since :data:`SINCE` under the usual rule.

    As the models of today would have told it from what was known on that day. None of other
    models: of a record that is older than the models nothing is shown.

    Raises:
        SourceMalformed: the table in the package is missing or damaged.
    """
    try:
        text = (files("monitor") / "data" / "forecasts.csv").read_text("utf-8")
        return tuple(it for model, it in _parsed(text) if model == assess.MODEL_ID)
    except (OSError, ValueError) as err:
        raise SourceMalformed(f"bundled forecasts.csv: {err}") from err


def _parsed(text: str) -> Iterator[tuple[str, PastForecast]]:
    header, *rows = text.splitlines() or [""]
    if header != HEADER:
        raise ValueError(f"the header is {header}")
    before = date.min
    for row in rows:
        month, model, *numbers = row.split(",")
        period = date.fromisoformat(f"{month}-01")
        probability, low, high = map(float, numbers)
        if period <= before or not 0 <= low <= probability <= high <= 1:
            raise ValueError(f"{row} is no forecast, or out of order")
        yield model, PastForecast(period, probability, low, high)
        before = period


# ------------------------------------------------------------------------------- the yield curves
def _curves(panel: Panel, recessions: Sequence[Recession]) -> Iterator[YieldCurve]:
    """The newest curve, those of a month and of a year before, and those before recessions."""
    monthly = _table(panel, _MONTHLY)
    monthly[_BILL] = features.bond_equivalent_yield(monthly[_BILL])
    monthly.loc[slice(*_UNQUOTED), _TWENTY_YEARS] = float("nan")
    daily = _table(panel, _DAILY, since=panel.as_of - _TWO_YEARS)
    if newest := _newest(daily, monthly):
        day, by_day = newest
        table, slack = (daily, _WEEK) if by_day else (monthly, timedelta(0))
        for of, months in _AGO.items():
            wanted = day - pd.DateOffset(months=months)
            near = _whole(table)[wanted - slack : wanted]
            if len(near):
                yield _curve(of, near.iloc[-1], monthly=not by_day)
    for start, _ in recessions[-_RECESSIONS_SHOWN:]:
        # The month of the peak: the recession starts in the one after it.
        month = pd.Timestamp(add_months(start, -1))
        for _, row in _whole(monthly)[month:month].iterrows():
            yield _curve("before_recession", row, monthly=True)


def _table(panel: Panel, names: Mapping[int, str], since: date = FIRST_MONTH) -> pd.DataFrame:
    """Yields by period and maturity in months, NaN where there is none."""
    known = {
        maturity: _values(panel, name)[since.isoformat() :] for maturity, name in names.items()
    }
    return pd.DataFrame(known, columns=list(names))


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """The periods that have both ends of the usual spread."""
    return table.dropna(subset=[_BILL, _TEN_YEARS])


def _newest(daily: pd.DataFrame, monthly: pd.DataFrame) -> tuple[pd.Timestamp, bool] | None:
    """The period of the newest curve, and whether it is a day."""
    months = _whole(monthly)
    maturities = int(months.iloc[-1].count()) if len(months) else 0
    days = _whole(daily)
    # Where but some maturities were pulled, a mean of all of them shows more than a close of two.
    days = days[days.count(axis=1) >= maturities]
    if len(days) and (not len(months) or days.index[-1] >= months.index[-1]):
        return days.index[-1], True
    return (months.index[-1], False) if len(months) else None


def _curve(of: CurveOf, row: pd.Series[float], *, monthly: bool) -> YieldCurve:
    known = row.dropna()
    yields = dict(zip(known.index.tolist(), known.tolist(), strict=True))
    return YieldCurve(of, pd.Timestamp(str(row.name)).date(), monthly, yields)


# ------------------------------------------------------------------------------------ the clock
def _lag(clock: lag.Clock, curve: Inversion) -> LagCurve | None:
    """The distribution of lags by the clock of the day; ``None`` before the first inversion."""
    if not clock.ran:
        return None
    posterior = clock.posterior
    followed = posterior.weight * posterior.hit_rate
    started = [
        float(followed @ posterior.cdf(months) / followed.sum())
        for months in range(_LONGEST_LAG + 1)
    ]
    return LagCurve(
        start=clock.known.start or clock.ran[-1].start,
        age=clock.known.age,
        density={
            month: after - before for month, (before, after) in enumerate(pairwise(started), 1)
        },
        lags=tuple(
            (spell.start, months_between(spell.start, spell.last) + 1)
            for spell in clock.ran
            if spell.hit and spell.last
        ),
        window=curve.window,
        false_alarm=curve.false_alarm,
    )
