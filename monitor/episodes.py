"""Inversion episodes of the curve and the recessions that followed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pandas as pd

from monitor.domain import (
    Closes,
    Episode,
    EpisodeRecord,
    EpisodeRule,
    Outcome,
    TurningPoint,
    add_months,
    end_of_month,
    month_of,
    months_between,
)

SETTLING_MONTHS = 12
"""NBER's longest delay in announcing a peak since 1980, in months: 2007-12, announced 2008-12-01.

Only so long after the largest lag has passed can an inversion be called a miss."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One of the ways in which inversions are commonly counted.

    Attributes:
        name: what it counts, in plain words.
        rule: the same as a rule.
        note: what its count leaves out or counts twice, in one sentence, or empty.
    """

    name: str
    rule: EpisodeRule
    note: str = ""


DEFINITIONS: Final = (
    Definition(
        "10y-1y, pauses of up to a year bridged, even across a recession",
        EpisodeRule("10y-1y", min_months=1, merge_gap_months=12),
        "An inversion before the next recession may be taken for a part of the last one.",
    ),
    Definition(
        "10y-2y, any daily close below zero",
        EpisodeRule("10y-2y", min_months=1, merge_gap_months=1, basis="daily"),
        "A recession may be counted twice, once for each inversion before it.",
    ),
    Definition(
        "10y-2y, monthly means, the well-known inversions",
        EpisodeRule("10y-2y", min_months=1, merge_gap_months=6, merge_across_recessions=False),
        "A count by hand adds August 2019, inverted for three days but not as a monthly mean.",
    ),
    Definition(
        "10y-3m, any daily close below zero",
        EpisodeRule("10y-3m", min_months=1, merge_gap_months=1, basis="daily"),
        "The three-month constant maturity begins in 1981; a recession may be counted twice.",
    ),
    Definition("10y less federal funds, two months or more", EpisodeRule("10y-funds")),
    Definition("10y-3m as the New York Fed measures it, two months or more", EpisodeRule()),
    Definition(
        "10y-1y, pauses of up to three months bridged, never across a recession",
        EpisodeRule("10y-1y", min_months=1, merge_across_recessions=False),
    ),
    Definition(
        "10y-2y, monthly means, single months too",
        EpisodeRule("10y-2y", min_months=1),
        "A recession may be counted twice, once for each inversion before it.",
    ),
)
"""Eight definitions of an inversion, from which very different records follow.

Of the seven inversions to December 2019 some say that five had been followed by a recession, after
15 months on average, and others that six had, after 11. Some were sought out because they give the
one or the other, so the record of a definition is no evidence for it."""


def find(
    spread: pd.Series[float],
    turning_points: Iterable[TurningPoint],
    rule: EpisodeRule,
    as_of: date,
) -> tuple[Episode, ...]:
    """All inversion episodes, in order of their start.

    A month is inverted if its mean is below zero, on daily basis if any of its closes is.
    Inverted months with pauses of up to ``merge_gap_months`` between them form one inversion. It
    is credited to one peak only: it ends with the first peak that it reaches, and what is left of
    it after that peak, in the recession, starts no new episode. Nor does an inversion that began
    between a peak and a trough; while no trough is announced nobody can say so, and it counts.

    Args:
        spread: spread in percentage points in ascending order, over month starts or, on daily
            basis, over days.
        turning_points: those announced by ``as_of``.
        rule: the definition.
        as_of: day of the judgement.
    """
    points = sorted(turning_points, key=lambda point: point.month)
    monthly = spread if rule.basis == "monthly" else spread.resample("MS").min().dropna()
    below = monthly[monthly < 0]
    depths = {stamp.date(): depth for stamp, depth in zip(below.index, below.tolist(), strict=True)}
    newest = monthly.index[-1].date() if len(monthly) else month_of(as_of)
    breaks = () if rule.merge_across_recessions else tuple(point.month for point in points)
    episodes = []
    for inversion in _merged(tuple(depths), rule.merge_gap_months, breaks):
        following = next((point for point in points if point.month >= inversion[0]), None)
        if following is None or following.kind == "peak":
            peak = following.month if following else None
            months = {month: depths[month] for month in inversion if peak is None or month <= peak}
            episodes.append(_episode(months, peak, rule, newest=newest, as_of=as_of))
    if rule.basis == "daily":
        closes = spread[spread < 0]
        episodes = [replace(episode, closes=_closes(episode, closes)) for episode in episodes]
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


def _merged(months: Sequence[date], gap: int, breaks: Sequence[date]) -> list[list[date]]:
    """Inverted months with the pauses between them bridged.

    Args:
        months: in ascending order.
        gap: longest pause, in months.
        breaks: turning points; no pause is bridged that begins before the end of such a month.
    """
    inversions: list[list[date]] = []
    for month in months:
        last = inversions[-1][-1] if inversions else None
        if (
            last is not None
            and months_between(last, month) - 1 <= gap
            and not any(last <= turn < month for turn in breaks)
        ):
            inversions[-1].append(month)
        else:
            inversions.append([month])
    return inversions


def _episode(
    depths: Mapping[date, float],
    next_peak: date | None,
    rule: EpisodeRule,
    *,
    newest: date,
    as_of: date,
) -> Episode:
    start, end = min(depths), max(depths)
    trough_month = min(depths, key=depths.__getitem__)
    lag = None if next_peak is None else months_between(start, next_peak)
    if lag is not None and lag > rule.max_lag_months:
        lag = None
    return Episode(
        start=start,
        end=end,
        months=len(depths),
        trough=depths[trough_month],
        trough_month=trough_month,
        peak=next_peak if lag is not None else None,
        lag_months=lag,
        outcome=_outcome(start, lag, next_peak, rule, as_of),
        ongoing=next_peak is None and months_between(end, newest) <= rule.merge_gap_months,
    )


def _closes(episode: Episode, inverted: pd.Series[float]) -> Closes:
    """The days of an episode out of all closes below zero."""
    days = inverted[pd.Timestamp(episode.start) : pd.Timestamp(end_of_month(episode.end))].index
    return Closes(days[0].date(), days[-1].date(), len(days))


def _outcome(
    start: date, lag: int | None, next_peak: date | None, rule: EpisodeRule, as_of: date
) -> Outcome:
    if lag is not None:
        return "hit"
    settled = add_months(start, rule.max_lag_months + SETTLING_MONTHS)
    if next_peak is not None or month_of(as_of) > settled:
        return "miss"
    return "open"
