"""Inversion episodes of the curve and the recessions that followed them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from monitor.domain import (
    Episode,
    EpisodeRecord,
    EpisodeRule,
    Outcome,
    TurningPoint,
    add_months,
    month_of,
    months_between,
)

SETTLING_MONTHS = 12
"""NBER's longest delay in announcing a peak since 1980, in months: 2007-12, announced 2008-12-01.

Only so long after the largest lag has passed can an inversion be called a miss."""


def find(
    spread: pd.Series[float],
    turning_points: Iterable[TurningPoint],
    rule: EpisodeRule,
    as_of: date,
) -> tuple[Episode, ...]:
    """All inversion episodes, in order of their start.

    Inverted months (spread below zero) with pauses of up to ``merge_gap_months`` between them form
    one inversion. It is credited to one peak only: it ends with the first peak that it reaches,
    and what is left of it after that peak, in the recession, starts no new episode.

    Args:
        spread: monthly spread in percentage points, over month starts.
        turning_points: those announced by ``as_of``.
        rule: the definition.
        as_of: day of the judgement.
    """
    peaks = sorted(point.month for point in turning_points if point.kind == "peak")
    months = [stamp.date() for stamp in spread.index[spread < 0]]
    newest = spread.index[-1].date() if len(spread) else month_of(as_of)
    episodes = (
        _episode(inversion, spread, peaks, rule=rule, as_of=as_of, newest=newest)
        for inversion in _merged(months, rule.merge_gap_months)
    )
    return tuple(episode for episode in episodes if episode.months >= rule.min_months)


def record(episodes: Sequence[Episode]) -> EpisodeRecord:
    """Counts and mean lag; what is open counts neither for nor against."""
    lags = [episode.lag_months for episode in episodes if episode.lag_months is not None]
    return EpisodeRecord(
        episodes=len(episodes),
        hits=len(lags),
        misses=sum(episode.outcome == "miss" for episode in episodes),
        open=sum(episode.outcome == "open" for episode in episodes),
        mean_lag_months=sum(lags) / len(lags) if lags else None,
    )


def _merged(months: Sequence[date], gap: int) -> list[list[date]]:
    inversions: list[list[date]] = []
    for month in months:
        if inversions and months_between(inversions[-1][-1], month) - 1 <= gap:
            inversions[-1].append(month)
        else:
            inversions.append([month])
    return inversions


def _episode(
    inversion: Sequence[date],
    spread: pd.Series[float],
    peaks: Sequence[date],
    *,
    rule: EpisodeRule,
    as_of: date,
    newest: date,
) -> Episode:
    start = inversion[0]
    next_peak = next((peak for peak in peaks if peak >= start), None)
    months = [month for month in inversion if next_peak is None or month <= next_peak]
    lag = None if next_peak is None else months_between(start, next_peak)
    if lag is not None and lag > rule.max_lag_months:
        lag = None
    depths = spread[pd.DatetimeIndex(months)]
    return Episode(
        start=start,
        end=months[-1],
        months=len(months),
        trough=float(depths.min()),
        trough_month=months[int(depths.to_numpy().argmin())],
        peak=next_peak if lag is not None else None,
        lag_months=lag,
        outcome=_outcome(start, lag, next_peak, rule, as_of),
        ongoing=next_peak is None and months_between(months[-1], newest) <= rule.merge_gap_months,
    )


def _outcome(
    start: date, lag: int | None, next_peak: date | None, rule: EpisodeRule, as_of: date
) -> Outcome:
    if lag is not None:
        return "hit"
    settled = add_months(start, rule.max_lag_months + SETTLING_MONTHS)
    if next_peak is not None or month_of(as_of) > settled:
        return "miss"
    return "open"
