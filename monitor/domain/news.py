"""Why the headline moved from one day to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

NewsKind = Literal["release", "revision", "time", "refit", "model"]
"""``release``: first values of new periods, or a turning point that NBER announced. ``revision``:
other values for periods known before. ``time``: the same figures judged on a later day.
``refit``: what the models have learnt meanwhile. ``model``: another version of the models."""


@dataclass(frozen=True, slots=True)
class News:
    """One part of the change of the headline.

    Attributes:
        kind: what kind of news.
        series: identifier of the series, ``NBER`` for a turning point, or ``None`` where the part
            is of no series.
        period: newest period that is new or changed, or ``None``.
        periods: how many periods are new or changed.
        before, after: newest value known before, and the one known now of ``period`` (for a
            revision both of ``period``), in the unit of the series; ``None`` where there is none.
        points: its part of the change, in probability points (a fraction).
    """

    kind: NewsKind
    series: str | None
    period: date | None
    periods: int
    before: float | None
    after: float | None
    points: float


@dataclass(frozen=True, slots=True)
class Moved:
    """The change of the headline since an earlier day, and what it is made of.

    Attributes:
        since: the earlier day.
        before: its twelve-month probability: as it was told that day, or as it would have been.
        after: the twelve-month probability now.
        told: whether ``before`` was told: an assessment of that day is stored.
        news: the parts; their points add up to ``after - before``.
    """

    since: date
    before: float
    after: float
    told: bool
    news: tuple[News, ...]
