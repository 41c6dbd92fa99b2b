"""The inversion clock: how often a recession followed an inversion, and after how long.

A mixture cure model. With probability ``pi`` an inversion is followed by a recession, after a lag
with distribution ``F``; else it is a false alarm. Of past inversions each hit contributes
``pi [F(T) - F(T - 1)]`` with the months ``T`` to its first month of recession, each other one
``1 - pi F(c)``, where ``c`` runs to now or to the next inversion: there is no month after which an
inversion is declared harmless, the signal fades. At age ``d`` without a recession, one starts
within ``h`` months with probability ``pi [F(d + h) - F(d)] / (1 - pi F(d))`` (Boag 1949; Farewell
1982).

``F`` is lognormal, gamma or Weibull, averaged by evidence. Beside the clock runs a background
hazard for recessions that no inversion announced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
from scipy import special

from monitor.domain import (
    HORIZONS,
    Episode,
    TurningPoint,
    Window,
    add_months,
    end_of_month,
    month_of,
    months_between,
)
from monitor.model.forecast import Forecast, Vector

ID = "lag"

MEDIAN_PRIOR_MONTHS = 12.0
LOG_MEDIAN_PRIOR_SD = 0.6
BACKGROUND_PRIOR = (0.5, 60.0)
"""Recessions and months of exposure that the prior of the background hazard is worth."""

_HIT_RATE_NODES = 16
_LOG_MEDIANS = np.linspace(np.log(3.0), np.log(48.0), 40)
_NEGLIGIBLE = 1e-6
_LONGEST_WINDOW_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Family:
    """A lag distribution with a median and a shape.

    Attributes:
        name: as printed.
        shapes: the grid of shapes, equally likely a priori.
        cdf: ``(months, median, shape) -> F(months)``, elementwise.
    """

    name: str
    shapes: Vector
    cdf: Callable[[float, Vector, Vector], Vector]


def _lognormal(months: float, median: Vector, sigma: Vector) -> Vector:
    with np.errstate(divide="ignore"):
        z: Vector = (np.log(months) - np.log(median)) / sigma
    return special.ndtr(z)


def _gamma(months: float, median: Vector, shape: Vector) -> Vector:
    scale = median / special.gammaincinv(shape, 0.5)
    mass: Vector = special.gammainc(shape, months / scale)
    return mass


def _weibull(months: float, median: Vector, shape: Vector) -> Vector:
    mass: Vector = -np.expm1(-np.log(2.0) * (months / median) ** shape)
    return mass


FAMILIES = (
    Family("lognormal", np.linspace(0.15, 1.2, 16), _lognormal),
    Family("gamma", np.geomspace(0.8, 40.0, 16), _gamma),
    Family("Weibull", np.geomspace(0.7, 8.0, 16), _weibull),
)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of past inversions on one day.

    Attributes:
        lags: months from the first inverted month to the first month of the recession (the month
            after the peak), of those followed by one.
        censored: months watched without one, of the others.
        age: months since the start of the inversion whose clock runs, else ``None``.
        start: first month of that inversion, else ``None``.
    """

    lags: tuple[float, ...]
    censored: tuple[float, ...]
    age: float | None
    start: date | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Recessions that no inversion announced.

    Attributes:
        recessions: how many started while no clock ran.
        months: months of expansion without a running clock.
    """

    recessions: int
    months: int


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weighted states of the clock's parameters.

    Attributes:
        hit_rate: ``pi`` in each state.
        lag: index of each state's lag distribution.
        weight: posterior weight of each state; they add up to 1.
    """

    hit_rate: Vector
    lag: npt.NDArray[np.intp]
    weight: Vector

    def cdf(self, months: float) -> Vector:
        """``F(months)`` in every state."""
        return _cdf(months)[self.lag]


@lru_cache(maxsize=256)
def _cdf(months: float) -> Vector:
    """``F(months)`` of every lag distribution on the grid: families, medians, shapes."""
    medians = np.exp(_LOG_MEDIANS)[:, None]
    return np.concatenate(
        [family.cdf(months, medians, family.shapes).ravel() for family in FAMILIES]
    )


def past(episodes: Sequence[Episode], turning_points: Sequence[TurningPoint], as_of: date) -> Past:
    """Lags of past inversions, whatever their length, and the age of the last one.

    Args:
        episodes: in order of their start.
        turning_points: those announced by ``as_of``.
        as_of: day of the judgement. Ages are counted from the end of an inversion's first month
            and include the part of the current month that has passed.
    """
    peaks = sorted(point.month for point in turning_points if point.kind == "peak")
    starts = [episode.start for episode in episodes]
    lags: list[float] = []
    censored: list[float] = []
    age, running = None, None
    for start, following in zip_longest(starts, starts[1:]):
        peak = next((month for month in peaks if month >= start), None)
        if peak is not None and (following is None or peak < following):
            lags.append(months_between(start, peak) + 1)
        elif following is not None:
            censored.append(months_between(start, following))
        else:
            age, running = _age(start, as_of), start
            censored.append(age)
    return Past(tuple(lags), tuple(censored), age, running)


def _age(start: date, as_of: date) -> float:
    elapsed = as_of.day / end_of_month(as_of).day
    return max(0.0, months_between(start, month_of(as_of)) - 1 + elapsed)


def fit(known: Past) -> Posterior:
    """Posterior over hit rate, lag distribution and family.

    Priors: hit rate uniform on [0, 1]; log median lag normal around the logarithm of twelve
    months with standard deviation 0.6; shapes and families equally likely.
    """
    nodes, node_weights = np.polynomial.legendre.leggauss(_HIT_RATE_NODES)
    hit_rate = ((nodes + 1) / 2)[:, None]
    z = (_LOG_MEDIANS - np.log(MEDIAN_PRIOR_MONTHS)) / LOG_MEDIAN_PRIOR_SD
    log_prior = np.concatenate(
        [np.repeat(-(z**2) / 2 - np.log(f.shapes.size), f.shapes.size) for f in FAMILIES]
    )
    log_weight = np.log(node_weights)[:, None] + log_prior
    with np.errstate(divide="ignore"):
        for lag in known.lags:
            log_weight = log_weight + np.log(hit_rate * (_cdf(lag) - _cdf(lag - 1)))
    for months in known.censored:
        log_weight = log_weight + np.log1p(-hit_rate * _cdf(months))
    weight = np.exp(log_weight - log_weight.max())
    rows, columns = np.nonzero(weight > _NEGLIGIBLE)
    kept = weight[rows, columns]
    return Posterior(hit_rate[rows, 0], columns, kept / kept.sum())


def exposure(
    episodes: Sequence[Episode],
    turning_points: Sequence[TurningPoint],
    first_month: date,
    as_of: date,
) -> Exposure:
    """Recessions and months of expansion without a running clock, as known on ``as_of``.

    A clock runs from the start of an inversion to its recession or, without one, to the next
    inversion. Months of recession are no exposure.
    """
    starts = [episode.start for episode in episodes]
    events = {point.month: point.kind for point in turning_points}
    running = recession = False
    recessions = months = 0
    month = first_month
    while month < month_of(as_of):
        running |= month in starts
        months += not running and not recession
        if events.get(month) == "peak":
            recessions += not running
            running, recession = False, True
        elif events.get(month) == "trough":
            recession = False
        month = add_months(month, 1)
    return Exposure(recessions, months)


def forecast(posterior: Posterior, age: float | None, background: Exposure) -> Forecast:
    """Probability that a recession starts, from the clock and from the background hazard.

    The two are independent causes: ``1 - (1 - clock) exp(-hazard h)``. The hazard a month has the
    posterior Gamma(recessions + 0.5, months + 60), spread over five equally likely states.

    Args:
        posterior: the clock's parameters.
        age: age of the running inversion in months, or ``None`` if no clock runs.
        background: recessions without one.
    """
    count, months = BACKGROUND_PRIOR
    states = (np.arange(5) + 0.5) / 5
    hazards = special.gammaincinv(background.recessions + count, states)
    # Five states miss the tails: scale them so that their mean is the posterior's.
    hazards *= (background.recessions + count) / hazards.mean() / (background.months + months)
    clock = {h: _clock(posterior, age, h) for h in HORIZONS}
    values = {h: 1 - np.outer(1 - clock[h], np.exp(-hazards * h)).ravel() for h in HORIZONS}
    weights = np.repeat(posterior.weight, hazards.size) / hazards.size
    note = (
        "no inversion's clock is running: background hazard only"
        if age is None
        else f"{age:.0f} months since the start of the inversion"
    )
    probability = {h: float(values[h] @ weights) for h in HORIZONS}
    return Forecast(ID, probability, values, weights, note)


def _clock(posterior: Posterior, age: float | None, months: int) -> Vector:
    if age is None:
        return np.zeros_like(posterior.weight)
    passed, later = posterior.cdf(age), posterior.cdf(age + months)
    return posterior.hit_rate * (later - passed) / (1 - posterior.hit_rate * passed)


def false_alarm(posterior: Posterior, age: float) -> float:
    """Probability that no recession follows an inversion of that age.

    The posterior mean of ``(1 - pi) / (1 - pi F(d))``.
    """
    cured = (1 - posterior.hit_rate) / (1 - posterior.hit_rate * posterior.cdf(age))
    return float(cured @ posterior.weight)


def window(posterior: Posterior, start: date, age: float) -> Window:
    """Months by which 10, 50 and 90 % of the recessions would have started that still can.

    Args:
        posterior: the clock's parameters.
        start: first month of the inversion.
        age: its age in months.

    Returns:
        First months of recession, at most five years ahead.
    """
    to_come = posterior.weight * posterior.hit_rate / (1 - posterior.hit_rate * posterior.cdf(age))
    # States that differ in the hit rate alone share a lag distribution.
    mass = np.bincount(posterior.lag, weights=to_come, minlength=_cdf(age).size)
    ahead = np.arange(1, _LONGEST_WINDOW_MONTHS + 1)
    started = np.array([mass @ (_cdf(age + months) - _cdf(age)) for months in ahead.tolist()])
    total = float(mass @ (1 - _cdf(age)))
    p10, p50, p90 = (
        add_months(start, round(age) + int(ahead[min(place, ahead.size - 1)]))
        for place in np.searchsorted(started, total * np.array([0.1, 0.5, 0.9]))
    )
    return Window(p10, p50, p90)
