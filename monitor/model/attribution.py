"""Why the headline moved from one day to another: its change, split without a rest.

What is new moves a probability in three ways, and they are taken in this order. *Time*: the same
figures are judged on a later day, on which the inversion is older. *Data*: other values, new
periods and announced turning points are judged with the parameters of the earlier day. *Refit*:
the parameters are learnt again from everything known now, with data and day as they are now.

The middle part is the idea of news of Bańbura, Giannone, Modugno and Reichlin ("Now-casting and the
real-time data flow", Handbook of Economic Forecasting 2A, 2013, chapter 4), which stands behind the
table of the New York Fed's nowcast: at fixed parameters the revision of a forecast is the sum of
the effects of what was published. Theirs is linear, so that each effect is a weight times a
surprise. Ours is not: a new month may start a clock or stop it, and one rate says nothing without
the other. Therefore each effect is a mean over the orders in which the news might have come
(Shapley, "A value for n-person games", 1953), and of the orders only those count in which the
revision of a series comes before its new periods (Faigle and Kern, International Journal of Game
Theory 21, 1992). The effects then add up whatever the models are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from itertools import permutations
from typing import Final, Literal, TypeVar

import pandas as pd

from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    EpisodeRule,
    Moved,
    News,
    Panel,
    TurningPoint,
)
from monitor.model import recession

NBER: Final = "NBER"
"""Stands for the series of a turning point."""

ALL_ORDERS: Final = 6
"""Up to so many news all their orders are averaged, of more a fixed set."""

_ROUNDING: Final = 0.5e-6
"""A stored probability has six places."""

_SLACK: Final = 1e-12

_Put = Callable[[Panel], Panel]
_Value = TypeVar("_Value", float, TurningPoint)


@dataclass(frozen=True, slots=True)
class _Step:
    """One of the news.

    Attributes:
        news: what it is, without its points.
        put: gives a panel the series, or the chronology, as it stands after it.
    """

    news: News
    put: _Put


def moved(before: Panel, now: Panel, rule: EpisodeRule, told: float | None) -> Moved:
    """The change of the twelve-month probability from one day to a later one.

    Args:
        before: what was known on the earlier day; see
            :func:`monitor.model.recession.read_by_headline`.
        now: what is known on the later one.
        rule: which spread is judged, and what counts as an inversion.
        told: the probability that was given on the earlier day, rounded to six places; ``None``
            where the change is that of what would have been given.

    Returns:
        The parts in the order in which they were taken. Where ``told`` is not what these models
        say of ``before``, by more than its rounding, the difference is a part of its own.

    Raises:
        InsufficientData: on one of the days no spread was known.
    """
    then, learnt = recession.learn(before, rule), recession.learn(now, rule)
    replayed, after = _headline(before, rule, then), _headline(now, rule, learnt)
    chains = tuple(_chains(before, now, rule))

    @cache
    def judged(taken: tuple[int, ...]) -> float:
        panel = replace(before, as_of=now.as_of)
        for chain, steps in zip(chains, taken, strict=True):
            panel = chain[steps - 1].put(panel) if steps else panel
        return _headline(panel, rule, then)

    nothing, everything = tuple(0 for _ in chains), tuple(len(chain) for chain in chains)
    points = shapley(everything, judged)
    agrees = told is None or abs(told - replayed) <= _ROUNDING + _SLACK
    start = replayed if told is None or agrees else told
    parts = [
        _part("model", replayed - start),
        _part("time", judged(nothing) - replayed),
        *(
            replace(step.news, points=share)
            for chain, shares in zip(chains, points, strict=True)
            for step, share in zip(chain, shares, strict=True)
        ),
        _part("refit", after - judged(everything)),
    ]
    return Moved(
        since=before.as_of,
        before=start,
        after=after,
        told=told is not None,
        news=tuple(part for part in parts if part.series is not None or part.points),
    )


def _headline(panel: Panel, rule: EpisodeRule, learnt: recession.Learnt) -> float:
    return float(recession.pooled(panel, rule, learnt)[HORIZONS.index(HEADLINE_HORIZON)])


def shapley(
    lengths: Sequence[int], worth: Callable[[tuple[int, ...]], float]
) -> tuple[tuple[float, ...], ...]:
    """Each step's part of the worth of all steps.

    Steps form chains, within which their order is given. A step's part is the mean, over the
    orders of all steps that keep to this, of what the worth changes by when it is taken. Of more
    than :data:`ALL_ORDERS` steps only these orders are averaged: the chains one after the other,
    begun at each step in turn, forwards and backwards.

    Args:
        lengths: number of steps in each chain.
        worth: what the steps are worth that have been taken, by their number in each chain.

    Returns:
        For each chain the parts of its steps; all together they add up to the worth of all steps
        less that of none.
    """
    totals = [[0.0] * length for length in lengths]
    orders = _orders([chain for chain, length in enumerate(lengths) for _ in range(length)])
    for order in orders:
        taken = [0] * len(lengths)
        value = worth(tuple(taken))
        for chain in order:
            step, before = taken[chain], value
            taken[chain] += 1
            value = worth(tuple(taken))
            totals[chain][step] += value - before
    return tuple(tuple(total / len(orders) for total in totals_of) for totals_of in totals)


def _orders(steps: Sequence[int]) -> list[tuple[int, ...]]:
    """Orders of steps, each named by its chain, so that every order keeps the chains' own."""
    if len(steps) <= ALL_ORDERS:
        return sorted(set(permutations(steps)))
    begun = [(*steps[place:], *steps[:place]) for place in range(len(steps))]
    return [*begun, *(order[::-1] for order in begun)]


def _part(kind: Literal["model", "time", "refit"], points: float) -> News:
    return News(kind, None, None, 0, None, None, points)


# --------------------------------------------------------------------------------- what has changed
def _chains(before: Panel, now: Panel, rule: EpisodeRule) -> Iterator[tuple[_Step, ...]]:
    """What is new of each series, and of the chronology: its revision, then its release."""
    for name in recession.read_by_headline(rule):
        then, today = _values(before, name), _values(now, name)
        if then != today:
            yield _steps(name, then, today, partial(_with_values, name))
    announced, known = _turns(before), _turns(now)
    if announced != known:
        yield _steps(NBER, announced, known, _with_turns)


def _steps(
    name: str,
    then: Mapping[date, _Value],
    now: Mapping[date, _Value],
    put: Callable[[Mapping[date, _Value], Panel], Panel],
) -> tuple[_Step, ...]:
    steps = []
    if changed := [period for period, value in then.items() if now.get(period) != value]:
        last = max(changed)
        values = _number(then[last]), _number(now.get(last))
        revised = {period: now[period] for period in then if period in now}
        news = News("revision", name, last, len(changed), *values, points=0.0)
        steps.append(_Step(news, partial(put, revised)))
    if new := [period for period in now if period not in then]:
        last = max(new)
        values = _number(then[max(then)]) if then else None, _number(now[last])
        news = News("release", name, last, len(new), *values, points=0.0)
        steps.append(_Step(news, partial(put, now)))
    return tuple(steps)


def _number(value: float | TurningPoint | None) -> float | None:
    return None if isinstance(value, TurningPoint) else value


def _values(panel: Panel, name: str) -> dict[date, float]:
    if name not in panel.series:
        return {}
    known = panel.series[name].dropna()
    return dict(zip((period.date() for period in known.index), known.tolist(), strict=True))


def _with_values(name: str, values: Mapping[date, float], panel: Panel) -> Panel:
    index = pd.DatetimeIndex(list(values), name="period")
    series = pd.Series(list(values.values()), index, dtype="float64", name=name)
    return replace(panel, series={**panel.series, name: series})


def _turns(panel: Panel) -> dict[date, TurningPoint]:
    return {point.month: point for point in panel.turning_points}


def _with_turns(points: Mapping[date, TurningPoint], panel: Panel) -> Panel:
    return replace(panel, turning_points=tuple(points.values()))
