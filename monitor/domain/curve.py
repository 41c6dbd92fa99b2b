"""Spreads of the yield curve, its inversions and what followed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor.domain.dates import months_between
from monitor.domain.said import Said

Basis = Literal["monthly", "daily"]
Outcome = Literal["hit", "miss", "open"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A difference of rates.

    Attributes:
        monthly: identifier and weight of each rate, as means over a month.
        daily: the same for each day's close.
        note: what a reader must know to read it, in one sentence, or empty.
    """

    monthly: Mapping[str, int]
    daily: Mapping[str, int]
    note: str = ""

    def rates(self, basis: Basis) -> Mapping[str, int]:
        """Identifier and weight of each rate on that basis."""
        return self.monthly if basis == "monthly" else self.daily


SPREADS: Mapping[str, Spread] = {
    "10y-3m": Spread({"GS10": 1, "TB3MS": -1}, {"DGS10": 1, "DGS3MO": -1}),
    "10y-2y": Spread({"GS10": 1, "GS2": -1}, {"DGS10": 1, "DGS2": -1}),
    "10y-1y": Spread({"GS10": 1, "GS1": -1}, {"DGS10": 1, "DGS1": -1}),
    "10y-funds": Spread({"GS10": 1, "FEDFUNDS": -1}, {"DGS10": 1, "DFF": -1}),
    "2y-funds": Spread({"GS2": 1, "FEDFUNDS": -1}, {"DGS2": 1, "DFF": -1}),
    "near-term-forward": Spread(
        {"GS2": 2, "GS1": -1, "TB3MS": -1},
        {"DGS2": 2, "DGS1": -1, "DGS3MO": -1},
        Said(
            "A proxy: twice the two-year less the one-year yield stands for the forward rate on a"
            " three-month bill six quarters ahead, less the bill itself."
        ),
    ),
}
"""What the curve can be judged by. A bill on discount basis enters at its bond-equivalent yield."""


@dataclass(frozen=True, slots=True)
class EpisodeRule:
    """How inverted months become episodes.

    On a daily basis a month is inverted once any close in it is below zero; lengths, pauses and
    lags are counted in months on both bases.

    Attributes:
        spread: name of the spread, such as ``10y-3m``.
        min_months: inverted months an episode needs.
        merge_gap_months: gaps of up to so many months do not end an episode.
        max_lag_months: a peak later than this after the start does not count as a hit.
        basis: whether means over months are judged, or daily closes.
        merge_across_recessions: whether a gap may hold a peak or a trough, so that what inverts
            after a recession may still be the inversion of before, which that recession ended.
    """

    spread: str = "10y-3m"
    min_months: int = 2
    merge_gap_months: int = 3
    max_lag_months: int = 24
    basis: Basis = "monthly"
    merge_across_recessions: bool = True


@dataclass(frozen=True, slots=True)
class Closes:
    """The days of an episode on daily basis.

    Attributes:
        first, last: first and last day with a close below zero.
        inverted: number of closes below zero from ``first`` to ``last``.
    """

    first: date
    last: date
    inverted: int


@dataclass(frozen=True, slots=True)
class Episode:
    """One inversion of the curve and what followed.

    Attributes:
        start: first inverted month.
        end: last inverted month, at most the month of the peak.
        months: number of inverted months from ``start`` to ``end``.
        trough: deepest spread in those months, in percentage points.
        trough_month: month of the deepest spread.
        peak: NBER peak that followed within the largest lag, if one was announced.
        lag_months: months from ``start`` to ``peak``.
        outcome: ``hit`` a peak followed; ``miss`` none did and none can be announced any more
            that would count; ``open`` not yet known.
        ongoing: whether the episode may still be extended by the next months.
        closes: its days if daily closes were judged, else ``None``.
    """

    start: date
    end: date
    months: int
    trough: float
    trough_month: date
    peak: date | None
    lag_months: int | None
    outcome: Outcome
    ongoing: bool
    closes: Closes | None = None

    @property
    def lag_from_end_months(self) -> int | None:
        """Months from ``end`` to ``peak``; 0 if the curve was still inverted at the peak."""
        return None if self.peak is None else months_between(self.end, self.peak)


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """Counts over a list of episodes; resolved and open ones are never mixed.

    Attributes:
        episodes: how many episodes.
        hits: followed by a recession.
        misses: not followed by one.
        open: not yet known.
        mean_lag_months: mean months from start to peak over the hits, or ``None``.
    """

    episodes: int
    hits: int
    misses: int
    open: int
    mean_lag_months: float | None


@dataclass(frozen=True, slots=True)
class Window:
    """Months in which a recession would start if this inversion is followed by one.

    Attributes:
        p10, p50, p90: first day of the month by which 10, 50 and 90 % of such starts come.
    """

    p10: date
    p50: date
    p90: date


@dataclass(frozen=True, slots=True)
class Inversion:
    """State of the curve.

    Attributes:
        rule: the definition in force.
        month: month of the newest monthly spread.
        value: that spread, in percentage points.
        inverted: whether it is below zero.
        episode: the inversion that is under way or whose outcome is open, else ``None``.
        record: counts over all episodes known that day.
        last_seven: the same over the seven latest.
        window: when a recession would start, until one is announced or the clock has run out.
        false_alarm: probability that no recession follows the latest inversion, until one is
            announced. The clock goes on after the episode has been counted as a miss.
        daily_value: newest daily spread (constant maturities), in percentage points, or ``None``.
        daily_date: its day.
    """

    rule: EpisodeRule
    month: date
    value: float
    inverted: bool
    episode: Episode | None
    record: EpisodeRecord
    last_seven: EpisodeRecord
    window: Window | None
    false_alarm: float | None
    daily_value: float | None
    daily_date: date | None
