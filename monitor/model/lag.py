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
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from monitor import episodes
from monitor.domain import (
    HORIZONS,
    Episode,
    EpisodeRule,
    Said,
    TurningPoint,
    Window,
    add_months,
    end_of_month,
    month_of,
    months_between,
)
from monitor.model.forecast import Forecast, Vector
from monitor.model.labels import recessions

ID = "lag"
END_ID = "lag_end"

MEDIAN_PRIOR_MONTHS = 12.0
LOG_MEDIAN_PRIOR_SD = 0.6
BACKGROUND_PRIOR = (0.5, 60.0)
"""Recessions and months of exposure that the prior of the background hazard is worth."""

_HIT_RATE_NODES = 16
_HAZARD_STATES = 5
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
class Spell:
    """How long one inversion's clock ran, as known on one day.

    It runs from the first month of the inversion, whatever its length, to the peak that followed
    or, without one, until the next inversion begins.

    Attributes:
        start: first inverted month.
        last: last month in which the clock ran, or ``None`` if it still runs.
        hit: whether a peak ended it.
    """

    start: date
    last: date | None
    hit: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of past inversions on one day.

    Attributes:
        lags: months from the first inverted month to the first month of the recession (the month
            after the peak), of those followed by one.
        censored: months watched without one, of those that the next inversion replaced.
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


@dataclass(frozen=True, slots=True)
class Curve:
    """What the clock is read from.

    Attributes:
        spread: the spread that the rule judges, as known on the day, in percentage points.
        turning_points: those announced by the day.
        rule: what counts as an inversion.
        as_of: the day.
    """

    spread: pd.Series[float]
    turning_points: tuple[TurningPoint, ...]
    rule: EpisodeRule
    as_of: date


@dataclass(frozen=True, slots=True)
class Clock:
    """The inversion clock as it stood on one day.

    Attributes:
        episodes: the inversions, in order of their start.
        ran: their clocks.
        known: their lags, and the age of the one that runs.
        posterior: the clock's parameters.
        exposure: recessions and months without a running clock.
    """

    episodes: tuple[Episode, ...]
    ran: tuple[Spell, ...]
    known: Past
    posterior: Posterior
    exposure: Exposure

    @property
    def inverted(self) -> bool:
        """Whether the inversion whose clock runs is still under way."""
        return self.known.age is not None and self.episodes[-1].ongoing

    @property
    def false_alarm(self) -> float:
        """Probability that no recession follows the inversion whose clock runs; 1 without one."""
        return false_alarm(self.posterior, self.known.age)

    def taught_by(self, other: Clock) -> Clock:
        """The same inversion at the same age, read with what another clock has learnt.

        That is the lags of settled inversions, and the exposure; an inversion that is new or has
        ended meanwhile is seen, and not yet learnt from.
        """
        known = replace(self.known, lags=other.known.lags, censored=other.known.censored)
        return replace(self, known=known, posterior=fit(known), exposure=other.exposure)


def clock(curve: Curve) -> Clock:
    """The state of the inversion clock on one day."""
    found = episodes.find(curve.spread, curve.turning_points, curve.rule, curve.as_of)
    ran = spells(found, curve.turning_points)
    known = past(ran, curve.as_of)
    first = curve.spread.index[0].date() if len(curve.spread) else curve.as_of
    return Clock(
        episodes=found,
        ran=ran,
        known=known,
        posterior=fit(known),
        exposure=exposure(ran, curve.turning_points, month_of(first), curve.as_of),
    )


@lru_cache(maxsize=256)
def _cdf(months: float) -> Vector:
    """``F(months)`` of every lag distribution on the grid: families, medians, shapes."""
    medians = np.exp(_LOG_MEDIANS)[:, None]
    return np.concatenate(
        [family.cdf(months, medians, family.shapes).ravel() for family in FAMILIES]
    )


def spells(
    episodes: Sequence[Episode], turning_points: Sequence[TurningPoint]
) -> tuple[Spell, ...]:
    """The clocks of all inversions, in order; only the last one can still run.

    Args:
        episodes: in order of their start.
        turning_points: those announced by the day of the judgement.
    """
    peaks = sorted(point.month for point in turning_points if point.kind == "peak")
    starts = [episode.start for episode in episodes]
    found: list[Spell] = []
    for start, following in zip_longest(starts, starts[1:]):
        peak = next((month for month in peaks if month >= month_of(start)), None)
        if peak is not None and (following is None or peak < following):
            found.append(Spell(start, peak, hit=True))
        else:
            last = None if following is None else add_months(following, -1)
            found.append(Spell(start, last, hit=False))
    return tuple(found)


def past(ran: Sequence[Spell], as_of: date) -> Past:
    """Lags of past inversions and the age of the last one.

    Args:
        ran: the clocks of all inversions.
        as_of: day of the judgement. Ages are counted from the end of an inversion's first month
            and include the part of the current month that has passed.
    """
    ended = [(spell, months_between(spell.start, spell.last) + 1) for spell in ran if spell.last]
    running = next((spell.start for spell in ran if spell.last is None), None)
    return Past(
        lags=tuple(months for spell, months in ended if spell.hit),
        censored=tuple(months for spell, months in ended if not spell.hit),
        age=None if running is None else _age(running, as_of),
        start=running,
    )


def past_ends(episodes: Sequence[Episode], ran: Sequence[Spell], newest: date, as_of: date) -> Past:
    """The same counted from the last inverted month: a second clock.

    Of inversions that ended before a recession only. One that began while the curve was inverted
    says nothing of the time after an inversion; and no clock runs while the curve is inverted.

    Args:
        episodes: in order of their start.
        ran: their clocks.
        newest: newest month of the spread.
        as_of: day of the judgement.
    """
    ended = [
        Spell(month_of(episode.end), spell.last, spell.hit)
        for episode, spell in zip(episodes, ran, strict=True)
        if month_of(episode.end) != (spell.last if spell.hit else newest)
    ]
    return past(ended, as_of)


def _age(start: date, as_of: date) -> float:
    elapsed = as_of.day / end_of_month(as_of).day
    return max(0.0, months_between(start, month_of(as_of)) - 1 + elapsed)


def fit(known: Past) -> Posterior:
    """Posterior over hit rate, lag distribution and family.

    Priors: hit rate uniform on [0, 1]; log median lag normal around the logarithm of twelve
    months with standard deviation 0.6; shapes and families equally likely.
    """
    settled = _settled(known.lags, known.censored)
    if known.age is None:
        return weighty(settled, _NEGLIGIBLE)
    open_still = settled.weight * (1 - settled.hit_rate * settled.cdf(known.age))
    return weighty(Posterior(settled.hit_rate, settled.lag, open_still), _NEGLIGIBLE)


@lru_cache(maxsize=64)
def _settled(lags: tuple[float, ...], censored: tuple[float, ...]) -> Posterior:
    """What inversions whose clock has stopped teach; it changes once in years."""
    nodes, node_weights = np.polynomial.legendre.leggauss(_HIT_RATE_NODES)
    hit_rate = ((nodes + 1) / 2)[:, None]
    z = (_LOG_MEDIANS - np.log(MEDIAN_PRIOR_MONTHS)) / LOG_MEDIAN_PRIOR_SD
    log_prior = np.concatenate(
        [np.repeat(-(z**2) / 2 - np.log(f.shapes.size), f.shapes.size) for f in FAMILIES]
    )
    log_weight = np.log(node_weights)[:, None] + log_prior
    with np.errstate(divide="ignore"):
        for lag in lags:
            log_weight = log_weight + np.log(hit_rate * (_cdf(lag) - _cdf(lag - 1)))
    for months in censored:
        log_weight = log_weight + np.log1p(-hit_rate * _cdf(months))
    rows, columns = np.indices(log_weight.shape)
    grid = Posterior(
        hit_rate[rows.ravel(), 0], columns.ravel(), np.exp(log_weight - log_weight.max()).ravel()
    )
    # Far below what is negligible in the end: an inversion that grows old can raise such a state.
    return weighty(grid, _NEGLIGIBLE**2)


def weighty(states: Posterior, floor: float) -> Posterior:
    """The states that weigh more than a part of the heaviest, with weights that add up to 1."""
    kept = states.weight >= floor * states.weight.max()
    weight = states.weight[kept]
    return Posterior(states.hit_rate[kept], states.lag[kept], weight / weight.sum())


def exposure(
    ran: Sequence[Spell], turning_points: Sequence[TurningPoint], first_month: date, as_of: date
) -> Exposure:
    """Recessions and months of expansion without a running clock, as known on ``as_of``.

    Months of recession are no exposure. A recession counts if its peak came with no clock running.

    Args:
        ran: the clocks of all inversions.
        turning_points: those announced by ``as_of``.
        first_month: where the spread begins.
        as_of: day of the judgement; its own month does not count yet.
    """
    month = np.arange(np.datetime64(first_month, "M"), np.datetime64(as_of, "M"))
    if not month.size:
        return Exposure(0, 0)
    last: date = month[-1].astype(date)
    months = pd.DatetimeIndex(month.astype("datetime64[us]"))
    busy = recessions(months, turning_points, last) > 0
    for spell in ran:
        begun = month >= np.datetime64(spell.start, "M")
        busy |= begun & (month <= np.datetime64(spell.last or last, "M"))
    announced = {spell.last for spell in ran if spell.hit}
    surprises = [
        point
        for point in turning_points
        if point.kind == "peak"
        and first_month <= point.month <= last
        and point.month not in announced
    ]
    return Exposure(len(surprises), int((~busy).sum()))


def hazards(background: Exposure) -> Vector:
    """Monthly hazard of a recession without an inversion, in five equally likely states.

    The posterior is Gamma(recessions + 0.5, months + 60).
    """
    count, months = BACKGROUND_PRIOR
    states = (np.arange(_HAZARD_STATES) + 0.5) / _HAZARD_STATES
    drawn = np.asarray(special.gammaincinv(background.recessions + count, states), "float64")
    # So few states miss the tails: scale them so that their mean is the posterior's.
    scale = (background.recessions + count) / drawn.mean() / (background.months + months)
    return drawn * float(scale)


def starts(posterior: Posterior, age: float | None) -> Vector:
    """Probability that the clock's own recession starts within each horizon, in every state.

    Args:
        posterior: the clock's parameters.
        age: age of the running inversion in months, or ``None`` if no clock runs.

    Returns:
        ``pi [F(d + h) - F(d)] / (1 - pi F(d))``, an array (horizons, states).
    """
    if age is None:
        return np.zeros((len(HORIZONS), posterior.weight.size))
    passed = posterior.cdf(age)
    later = np.stack([posterior.cdf(age + months) for months in HORIZONS])
    found: Vector = posterior.hit_rate * (later - passed) / (1 - posterior.hit_rate * passed)
    return found


def probability(posterior: Posterior, age: float | None, background: Exposure) -> Vector:
    """Probability that a recession starts, from the clock and the background hazard (horizons).

    The two are independent causes: ``1 - (1 - clock) exp(-hazard h)``.
    """
    spared = np.exp(-np.outer(HORIZONS, hazards(background))).mean(axis=1)
    found: Vector = 1 - (1 - starts(posterior, age) @ posterior.weight) * spared
    return found


def forecast(
    posterior: Posterior,
    age: float | None,
    background: Exposure,
    *,
    name: str = ID,
    of: Literal["start", "end"] = "start",
) -> Forecast:
    """The same as :func:`probability`, with the distribution over the parameters.

    Args:
        posterior: the clock's parameters.
        age: its age in months, or ``None`` if no clock runs.
        background: recessions without one.
        name: identifier of the member.
        of: what the age counts from.
    """
    hazard = hazards(background)
    spared = np.exp(-np.outer(HORIZONS, hazard))
    values = 1 - (1 - starts(posterior, age))[:, :, None] * spared[:, None, :]
    return Forecast(
        name,
        dict(zip(HORIZONS, probability(posterior, age, background).tolist(), strict=True)),
        {h: row.ravel() for h, row in zip(HORIZONS, values, strict=True)},
        np.repeat(posterior.weight, hazard.size) / hazard.size,
        _note(age, of),
    )


def _note(age: float | None, of: Literal["start", "end"]) -> Said:
    if age is None:
        return Said("no inversion's clock is running: background hazard only")
    if of == "end":
        return Said("{n} months since the end of the inversion", n=f"{age:.0f}")
    return Said("{n} months since the start of the inversion", n=f"{age:.0f}")


def false(posterior: Posterior, age: float | None) -> Vector:
    """``(1 - pi) / (1 - pi F(d))`` in every state: that no recession follows; 1 without a clock."""
    if age is None:
        return np.ones_like(posterior.weight)
    cured: Vector = (1 - posterior.hit_rate) / (1 - posterior.hit_rate * posterior.cdf(age))
    return cured


def false_alarm(posterior: Posterior, age: float | None) -> float:
    """Probability that no recession follows an inversion of that age; 1 if no clock runs."""
    return float((false(posterior, age) * posterior.weight).sum())


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
