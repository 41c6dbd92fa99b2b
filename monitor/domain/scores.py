"""Probabilities of a recession, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor.domain.observations import TurningPoint

HORIZONS: tuple[int, ...] = (3, 6, 12, 18, 24)
HEADLINE_HORIZON = 12

Target = Literal["start", "at", "any"]
TARGETS: tuple[Target, ...] = ("start", "at", "any")
"""What may be forecast ``h`` months ahead of month ``t``. ``start``: a recession begins in the
months ``t + 1`` to ``t + h``, asked only outside one. ``at``: month ``t + h`` belongs to a
recession. ``any``: at least one of the months ``t + 1`` to ``t + h`` does."""
Band = Literal["normal", "watch", "elevated", "high"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval for a probability: lower and upper end, both in [0, 1]."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one input adds to a probability.

    Attributes:
        feature: name of the input, as in the model card; ``base`` for where the sum begins.
        points: probability points (fractions); over all inputs they add up to the probability.
    """

    feature: str
    points: float


@dataclass(frozen=True, slots=True)
class MemberScore:
    """What one model says.

    Attributes:
        id: stable identifier of the model.
        probability: horizon in months to the probability that a recession starts within it.
        interval: horizon to the interval at the level of the score.
        weight: weight in the pool; weights add up to 1.
        note: what a reader must know to read the number.
    """

    id: str
    probability: Mapping[int, float]
    interval: Mapping[int, Interval]
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class Nowcast:
    """The probability of being in a recession.

    Attributes:
        month: the month it speaks of, that of the day.
        probability: that this month belongs to an NBER recession.
        interval: central interval of 80 % for the uncertainty of the coefficients. That of how
            long recessions last is not in it.
        contributions: points from ``base``, the probability in a month in which every input
            stands at its median, to ``probability``; they add up to it.
        sahm_gap: newest value of Sahm's indicator in percentage points, ``None`` if left out.
        payrolls_change: newest growth of payrolls over three months in percent, likewise.
        age: months since a peak that was announced while its trough was not, else ``None``.
        note: what a reader must know to read the number.
    """

    month: date
    probability: float
    interval: Interval
    contributions: tuple[Contribution, ...]
    sahm_gap: float | None
    payrolls_change: float | None
    age: int | None
    note: str


@dataclass(frozen=True, slots=True)
class RecessionScore:
    """Probability that an NBER recession starts within each horizon.

    Attributes:
        probability: horizon in months to probability, rising in the horizon.
        interval: horizon to the interval.
        level: probability content of the intervals.
        band: where the headline stands on the fixed scale.
        members: the models behind it, and those that stand beside it with no weight.
        contributions: what the headline is made of.
        now: whether there is a recession already, or ``None`` if it could not be told.
        any: horizon to the probability of a recession in any month up to it, this one included;
            empty where ``now`` is unknown.
        at: horizon to the probability of a recession in that month, likewise.
        in_recession: NBER's own last word: true after an announced peak, false after an
            announced trough.
        last_turning_point: that announcement, or ``None`` before the first.
    """

    probability: Mapping[int, float]
    interval: Mapping[int, Interval]
    level: float
    band: Band
    members: tuple[MemberScore, ...]
    contributions: tuple[Contribution, ...]
    now: Nowcast | None
    any: Mapping[int, float]
    at: Mapping[int, float]
    in_recession: bool
    last_turning_point: TurningPoint | None

    @property
    def headline(self) -> float:
        """The probability that a recession starts within twelve months."""
        return self.probability[HEADLINE_HORIZON]
