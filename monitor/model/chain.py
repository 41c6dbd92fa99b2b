"""From the start of a recession to being in one: how long recessions last, and what follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from monitor.domain import HORIZONS, TurningPoint, months_between
from monitor.model import logit, probit
from monitor.model.forecast import Vector

LEVEL_PRIOR = (1.0, 12.0)
"""Endings, and months of recession watched, that the prior of the monthly hazard is worth."""

SLOPE_PRIOR_SD = 1.0
"""How far the hazard's log odds may lean on the logarithm of the duration. 0 is a constant hazard;
1 makes the odds of an ending double when the duration does."""

_REFERENCE_MONTHS = 12.0
_LONGEST = 240
_NEAREST = 1e-12


# -------------------------------------------------------------------------------------- durations
@dataclass(frozen=True, slots=True)
class Durations:
    """How long a recession lasts, in months from its peak to its trough.

    Attributes:
        lengths: those of the recessions learnt from, in order.
        survival: at index ``d`` the probability of lasting more than ``d`` months; begins with 1.
    """

    lengths: tuple[int, ...]
    survival: Vector

    @property
    def mean(self) -> float:
        """Expected duration in months."""
        return float(self.survival.sum())

    def lasting(self, age: int) -> float:
        """Probability that a recession lasts into the month ``age`` months after its peak."""
        return float(self.survival[min(max(age - 1, 0), _LONGEST)])

    def remaining(self, age: int | None = None) -> Vector:
        """Probability of still being in a recession at each horizon, being in one now.

        Args:
            age: months since its peak, if that has been announced. Else the months since are as
                probable as in a month drawn from all months of recession, where ``a`` months have
                the weight ``P(duration >= a)``.

        Returns:
            One probability for each of :data:`monitor.domain.HORIZONS`.
        """
        ages = np.arange(1, _LONGEST + 1) if age is None else np.array([min(max(age, 1), _LONGEST)])
        lasted = self.survival[ages - 1]
        on = np.minimum(ages - 1 + np.array(HORIZONS)[:, None], _LONGEST)
        share: Vector = self.survival[on].sum(axis=1) / lasted.sum()
        return share


def durations(turning_points: Iterable[TurningPoint]) -> Durations:
    """The distribution of durations, from the recessions whose peak and trough were announced.

    A discrete-time logistic hazard (Allison, Sociological Methodology 13, 1982): the log odds that
    a recession ends in its month ``d``, having lasted until then, are ``a + b log(d / 12)``. For a
    dozen recessions that is much already, so that ``b`` has a normal prior around 0 with standard
    deviation :data:`SLOPE_PRIOR_SD`, and ``a`` sees one more recession month in twelve end
    (:data:`LEVEL_PRIOR`); the posterior mode is taken. The form was chosen on the recessions
    before 1985: predicting each from those before it, the mean negative log probability is 2.90,
    with a constant hazard 3.36.

    Args:
        turning_points: those announced, in order of their month.
    """
    lengths, peak = [], None
    for point in turning_points:
        if point.kind == "peak":
            peak = point.month
        elif peak is not None:
            lengths.append(months_between(peak, point.month))
            peak = None
    return _fitted(tuple(lengths))


@lru_cache(maxsize=32)
def _fitted(lengths: tuple[int, ...]) -> Durations:
    lived = np.concatenate([np.arange(1, length + 1) for length in (*lengths, 0)])
    ended = np.concatenate([np.arange(length) == length - 1 for length in (*lengths, 0)])
    # The last two rows are the prior of the level: at the reference the constant alone counts.
    weight = np.append(np.ones(lived.size), [LEVEL_PRIOR[1] - LEVEL_PRIOR[0], LEVEL_PRIOR[0]])
    outcome = np.append(ended, [0.0, 1.0])
    x = _inputs(np.append(lived, [_REFERENCE_MONTHS, _REFERENCE_MONTHS]))
    ridge = np.array([0.0, SLOPE_PRIOR_SD**-2])
    (coefficients,) = probit.newton(x, outcome[:, None], logit.slopes, ridge, weight[:, None]).T
    hazard = _inputs(np.arange(1.0, _LONGEST + 1)) @ coefficients
    return Durations(lengths, np.append(1.0, np.cumprod(special.expit(-hazard))))


def _inputs(months: Vector) -> Vector:
    return np.column_stack([np.ones(months.size), np.log(months / _REFERENCE_MONTHS)])


# --------------------------------------------------------------------------------------- chaining
@dataclass(frozen=True, slots=True)
class Chained:
    """Probabilities of being in a recession, with the shape (..., horizons) of the start's.

    Attributes:
        any: that at least one of the months up to the horizon belongs to a recession, this month
            included; rising in the horizon.
        at: that the month at the horizon does.
    """

    any: Vector
    at: Vector


def chain(start: Vector, now: Vector | float, known: Durations, age: int | None = None) -> Chained:
    """From the start of a recession and the state now to the targets ``any`` and ``at``.

    ``any(h) = P(now) + (1 - P(now)) P(start within h)``, and ``at(h)`` is the sum of being in
    recession now and still at ``h``, and of one that starts in month ``j`` and lasts more than
    ``h - j`` months: ``P(now) P(still at h | now) + (1 - P(now)) sum_j P(start in j) P(duration >
    h - j)``. Between horizons the survival curve of the start is interpolated log-linearly: a
    constant hazard. That a recession ends and another begins within the horizon is neglected.

    Args:
        start: probability that a recession starts within each horizon, given that none is under
            way, rising along the last axis (..., horizons).
        now: probability of a recession this month, of the shape of the leading axes.
        known: how long recessions last.
        age: months since the peak of the recession under way, if it was announced.
    """
    now = np.asarray(now, dtype=float)[..., None]
    survival = np.exp(np.log(np.maximum(1 - start, _NEAREST)) @ _BETWEEN)
    begin = -np.diff(survival, prepend=1.0, axis=-1)
    later = begin @ np.where(_LAG >= 0, known.survival[np.maximum(_LAG, 0)], 0.0)
    return Chained(
        any=now + (1 - now) * start,
        at=now * known.remaining(age) + (1 - now) * later,
    )


_AHEAD = np.arange(1, max(HORIZONS) + 1)
_KNOTS = (0, *HORIZONS)
_BETWEEN = np.array(
    [np.interp(_AHEAD, _KNOTS, np.eye(len(_KNOTS))[place]) for place in range(1, len(_KNOTS))]
)
"""Weights that take a line through 0 and the horizons' values to every month (horizons, months)."""

_LAG = np.array(HORIZONS) - _AHEAD[:, None]
"""Months from a start to the horizon (months, horizons); negative where it comes later."""
