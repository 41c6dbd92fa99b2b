"""Worlds made up, in which the true probability is known.

A world has seventy years of a curve and of recessions, and its own parameters, drawn anew. An
inversion begins at random; a true alarm is followed by a recession after a lag from a gamma
distribution. Beside that recessions come without an alarm, with a hazard that is constant or falls
with the spread, whether a false alarm runs or not. At the end of the last month the probability
that a recession starts within a year is found by going on two thousand times from there, with
what cannot be seen (whether the alarm is true, when its recession comes) drawn again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import special

from monitor.domain import HORIZONS, EpisodeRule, TurningPoint, end_of_month
from monitor.model import background, labels, lag, pool
from monitor.model.forecast import Forecast

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FIRST, MONTHS = date(1920, 1, 1), 840
# The calibration fits the probit again for every January since 1970: that makes the time.
CALENDAR = pd.date_range(FIRST, periods=MONTHS, freq="MS")
TODAY = end_of_month(CALENDAR[-1].date())
AHEAD, ROW = 12, HORIZONS.index(12)
NONE = -1.0


@dataclass(frozen=True)
class Laws:
    """Parameters of many worlds; each field has one value for each of them.

    Attributes:
        hit_rate: probability that an inversion announces a recession.
        shape: of the gamma distribution of the lag.
        scale: of the lag, in months; it counts from the end of the first inverted month.
        arrival: hazard a month that an inversion begins, while the curve has been steep.
        hazard: hazard a month of recessions without an alarm, at the usual spread.
        steepness: how much its logarithm falls with a percentage point of the spread.
        level: usual spread in percentage points.
    """

    hit_rate: Vector
    shape: Vector
    scale: Vector
    arrival: Vector
    hazard: Vector
    steepness: Vector
    level: Vector

    def mass(self, months: Vector) -> Vector:
        """``F(months)``."""
        found: Vector = special.gammainc(self.shape, months / self.scale)
        return found

    def alarm(self, draw: np.random.Generator, passed: Vector) -> Vector:
        """Month of the recession that an alarm of some age announces; infinite for a false one."""
        before = self.mass(passed)
        true = self.hit_rate * (1 - before) / (1 - self.hit_rate * before)
        rest = before + (1 - before) * draw.random(before.size)
        lags = np.ceil(special.gammaincinv(self.shape, rest) * self.scale)
        return np.where(draw.random(before.size) < true, np.maximum(passed + 1, lags), np.inf)


def usual(draw: np.random.Generator, n: int) -> Laws:
    """The distribution from which worlds are drawn; it is not the prior of the model."""
    return Laws(
        hit_rate=draw.uniform(0.2, 0.95, n),
        shape=(shape := draw.uniform(2, 10, n)),
        # Medians from half a year to twenty months.
        scale=draw.uniform(6, 20, n) / special.gammaincinv(shape, 0.5),
        arrival=1 / draw.uniform(48, 120, n),
        hazard=draw.uniform(0, 0.006, n),
        steepness=np.where(draw.random(n) < 0.5, 0.0, draw.uniform(0, 1.5, n)),
        level=draw.uniform(1, 2, n),
    )


@dataclass(frozen=True)
class Now:
    """The state of many worlds in one month, ages and durations in months.

    Attributes:
        wave: deviation of the spread from its level in percentage points.
        spread: in percentage points.
        inverted: how long the curve stays inverted.
        steep: how long it has been steep, outside recessions.
        age: of the alarm that runs, or ``NONE``.
        due: at which age its recession starts.
        recession: how long the recession goes on, 0 outside one.
        started: whether it began this month.
    """

    wave: Vector
    spread: Vector
    inverted: npt.NDArray[np.int64]
    steep: npt.NDArray[np.int64]
    age: Vector
    due: Vector
    recession: npt.NDArray[np.int64]
    started: Flags

    @classmethod
    def steady(cls, n: int) -> Now:
        nothing, calm = np.zeros(n, dtype=np.int64), np.zeros(n)
        return cls(
            calm, calm + 1.5, nothing, nothing + 24, calm + NONE, calm + np.inf, nothing, calm > 0
        )

    def of(self, places: Any) -> Now:
        return Now(*(getattr(self, field.name)[places] for field in fields(self)))


def of(laws: Laws, places: Any) -> Laws:
    return Laws(*(getattr(laws, field.name)[places] for field in fields(laws)))


def step(now: Now, laws: Laws, draw: np.random.Generator) -> Now:
    """One month on. A new inversion replaces the alarm of the last one, as in the clock."""
    n = now.wave.size
    was = now.recession > 0
    age = np.where(now.age == NONE, NONE, now.age + 1)
    hazard = laws.hazard * np.exp(laws.steepness * (laws.level - np.maximum(now.spread, 0)))
    started = ~was & (((age != NONE) & (age == now.due)) | (draw.random(n) < hazard))
    recession = np.where(started, draw.integers(6, 17, n), np.maximum(0, now.recession - 1))
    busy = was | started
    inverted = np.where(started, 0, np.maximum(0, now.inverted - 1))
    steep = np.where(busy | (inverted > 0), 0, now.steep + 1)
    begins = ~busy & (steep > 4) & (draw.random(n) < laws.arrival)
    inverted = np.where(begins, draw.integers(2, 13, n), inverted)
    wave = 0.9 * now.wave + 0.3 * draw.standard_normal(n)
    return Now(
        wave=wave,
        spread=np.where(
            inverted > 0,
            -0.1 - 0.9 * draw.random(n),
            0.05 + np.abs(laws.level + wave + (recession > 0)),
        ),
        inverted=inverted,
        steep=np.where(begins, 0, steep),
        age=np.where(begins, 0.0, np.where(started, NONE, age)),
        due=np.where(begins, laws.alarm(draw, np.zeros(n)), np.where(started, np.inf, now.due)),
        recession=recession,
        started=started,
    )


@dataclass(frozen=True)
class Worlds:
    """Worlds outside recession in the last month.

    Attributes:
        spread, recession: histories (worlds, months).
        truth: probability that a recession starts within a year (worlds).
        age: months since the start of the alarm that runs, or ``NONE`` (worlds).
    """

    spread: Vector
    recession: Flags
    truth: Vector
    age: Vector

    @property
    def alarm(self) -> Flags:
        return self.age != NONE


def simulate(laws: Callable[[np.random.Generator, int], Laws], n: int, seed: int) -> Worlds:
    draw = np.random.default_rng(seed)
    drawn, now = laws(draw, 2 * n), Now.steady(2 * n)
    months = []
    for _ in range(MONTHS):
        now = step(now, drawn, draw)
        months.append((now.spread, now.recession > 0))
    spread, recession = (np.array(part).T for part in zip(*months, strict=True))
    outside = np.flatnonzero(~recession[:, -1])[:n]
    truth = np.array([future(now.of([i]), of(drawn, [i]), draw) for i in outside])
    return Worlds(spread[outside], recession[outside], truth, now.age[outside])


def future(now: Now, laws: Laws, draw: np.random.Generator, paths: int = 2000) -> float:
    many = np.zeros(paths, dtype=np.intp)
    now, laws = now.of(many), of(laws, many)
    if now.age[0] != NONE:
        now = replace(now, due=laws.alarm(draw, now.age))
    started = np.zeros(paths, dtype=bool)
    for _ in range(AHEAD):
        now = step(now, laws, draw)
        started |= now.started
    return float(started.mean())


def turning_points(recession: Flags) -> tuple[TurningPoint, ...]:
    """All announced a month after the turn."""
    months = [stamp.date() for stamp in CALENDAR]
    return tuple(
        TurningPoint("peak" if recession[m] else "trough", months[m - 1], end_of_month(months[m]))
        for m in range(1, MONTHS)
        if recession[m] != recession[m - 1]
    )


def said(spread: Vector, recession: Flags, draws: int) -> tuple[Forecast, Forecast, float]:
    """The pool and the clock as they are today, and the share of past months before a start."""
    values = pd.Series(spread, CALENDAR)
    frame = pd.DataFrame({"spread": values, "spread_lag6": values.shift(6)})
    points = turning_points(recession)
    curve = lag.Curve(values, points, EpisodeRule(), TODAY)
    clock = lag.clock(curve)
    told = background.score(frame, curve, clock, draws=draws)
    alone = lag.forecast(clock.posterior, clock.known.age, clock.exposure)
    if draws:
        return pool.combine(clock, told), alone, np.nan
    p = float(pool.probability(clock, told)[ROW])
    bare = Forecast(pool.ID, {12: p}, {}, np.zeros(0), "")
    return bare, alone, share(CALENDAR, points)


def share(months: pd.DatetimeIndex, points: tuple[TurningPoint, ...]) -> float:
    """Climatology: of all settled months outside recession, how many had a start within a year."""
    start = labels.outcomes(months, points, labels.learnable_through(TODAY))[0, ROW]
    return float(np.nanmean(start))


def expected_brier(p: Vector, truth: Vector) -> float:
    """The Brier score that is expected where ``truth`` is the probability."""
    return float(np.mean((p - truth) ** 2 + truth * (1 - truth)))


def judged(worlds: Worlds) -> tuple[Vector, Vector]:
    """What the pool and climatology say in each world."""
    both = [said(s, r, 0) for s, r in zip(worlds.spread, worlds.recession, strict=True)]
    return np.array([p.probability[12] for p, _, _ in both]), np.array([c for _, _, c in both])


# --------------------------------------------------------------------------- worlds with a signal
@cache
def covered() -> tuple[Worlds, dict[str, Flags]]:
    worlds = simulate(usual, 200, seed=19530401)
    found: dict[str, list[bool]] = {pool.ID: [], lag.ID: []}
    for spread, recession, truth in zip(worlds.spread, worlds.recession, worlds.truth, strict=True):
        for member in said(spread, recession, background.DRAWS)[:2]:
            span = member.interval(pool.LEVEL)[12]
            found[member.id].append(span.low <= truth <= span.high)
    return worlds, {name: np.array(inside) for name, inside in found.items()}


@pytest.mark.parametrize("member", [pool.ID, lag.ID])
def test_the_interval_covers_the_true_probability_about_as_often_as_it_says(member: str) -> None:
    assert 0.7 <= covered()[1][member].mean() <= 0.9


def test_it_covers_it_whether_an_alarm_runs_or_not() -> None:
    worlds, inside = covered()
    assert worlds.alarm.sum() > 40
    assert (~worlds.alarm).sum() > 40
    for state in (worlds.alarm, ~worlds.alarm):
        assert 0.65 <= inside[pool.ID][state].mean() <= 0.95


# ------------------------------------------------------------------------ worlds without a signal
def without_a_signal(draw: np.random.Generator, n: int) -> Laws:
    """Inversions say nothing: recessions come at a constant hazard, whatever the curve does."""
    laws = usual(draw, n)
    return replace(
        laws,
        hit_rate=np.zeros(n),
        steepness=np.zeros(n),
        hazard=draw.uniform(0.006, 0.018, n),
    )


def test_where_the_curve_says_nothing_the_pool_is_climatology_and_no_skill() -> None:
    worlds = simulate(without_a_signal, 100, seed=2)
    p, climatology = judged(worlds)
    assert p.mean() == pytest.approx(worlds.truth.mean(), abs=0.04)
    skill = 1 - expected_brier(p, worlds.truth) / expected_brier(climatology, worlds.truth)
    assert -0.15 < skill < 0.01


# -------------------------------------------------------------------------- worlds of one law only
def without_a_doubt(draw: np.random.Generator, n: int) -> Laws:
    """Every inversion is followed by a recession in the twelfth month, and nothing else is."""
    laws = usual(draw, n)
    return replace(
        laws,
        hit_rate=np.ones(n),
        shape=np.full(n, 1e6),
        scale=np.full(n, 11.5 / 1e6),
        hazard=np.zeros(n),
        steepness=np.zeros(n),
    )


def test_where_every_inversion_is_followed_by_a_recession_the_pool_finds_it() -> None:
    worlds = simulate(without_a_doubt, 60, seed=3)
    p, climatology = judged(worlds)
    skill = 1 - expected_brier(p, worlds.truth) / expected_brier(climatology, worlds.truth)
    assert skill > 0.6
    # In its first month an inversion does not count as one yet, and a new one may replace it.
    counts = worlds.age >= 1
    assert counts.sum() >= 3
    assert worlds.truth[counts].min() > 0.9
    assert p[counts].min() > 0.6
