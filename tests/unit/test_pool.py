"""The pool, its interval, its parts and its band."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from monitor import features
from monitor.domain import HORIZONS, EpisodeRule
from monitor.model import background, lag, pool
from monitor.model.background import Background
from monitor.model.forecast import quantiles
from monitor.store import Store


def state(history: Store, day: date) -> tuple[lag.Clock, Background]:
    panel = history.panel(day, features.REQUIRED_SERIES)
    spread = features.term_spread(panel)
    curve = lag.Curve(spread, panel.turning_points, EpisodeRule(), day)
    clock = lag.clock(curve)
    return clock, background.score(features.frame(panel), curve, clock)


def test_with_no_clock_running_the_background_speaks_alone(history: Store) -> None:
    clock, known = state(history, date(1995, 6, 10))
    assert clock.known.age is None
    assert pool.probability(clock, known) == pytest.approx(known.probability)


def test_an_alarm_leaves_the_background_only_the_part_that_is_false(history: Store) -> None:
    clock, known = state(history, date(2007, 7, 10))
    posterior = clock.posterior
    assert clock.known.age is not None
    passed = posterior.cdf(clock.known.age)
    for row, horizon in enumerate(HORIZONS):
        later = posterior.cdf(clock.known.age + horizon)
        # The law of total probability, state by state.
        said = (
            posterior.hit_rate * (later - passed)
            + (1 - posterior.hit_rate) * known.probability[row]
        ) / (1 - posterior.hit_rate * passed)
        expected = float((said * posterior.weight).sum())
        assert pool.probability(clock, known)[row] == pytest.approx(expected)


def test_its_interval_mixes_the_clock_and_the_background(history: Store) -> None:
    clock, known = state(history, date(2006, 12, 5))
    pooled = pool.combine(clock, known)
    assert pooled.weights.sum() == pytest.approx(1.0)
    for row, horizon in enumerate(HORIZONS):
        mean = float((pooled.values[horizon] * pooled.weights).sum())
        assert mean == pytest.approx(pool.probability(clock, known)[row], abs=0.02)
    wide, narrow = pooled.interval(0.9)[12], pooled.interval(0.5)[12]
    assert wide.low < narrow.low < pooled.probability[12] < narrow.high < wide.high


@pytest.mark.parametrize(
    "day", [date(1974, 1, 5), date(1995, 6, 10), date(2007, 7, 10), date(2023, 6, 30)], ids=str
)
def test_its_parts_add_up_at_every_horizon(history: Store, day: date) -> None:
    clock, known = state(history, day)
    for row, horizon in enumerate(HORIZONS):
        parts = pool.contributions(clock, known, horizon)
        total = sum(part.points for part in parts)
        assert total == pytest.approx(pool.probability(clock, known)[row], abs=1e-12)
        assert parts[0].feature == "base"
    clocked = next(part for part in parts if part.feature == pool.CLOCK)
    assert (clocked.points == pytest.approx(0)) == (clock.known.age is None)


def test_quantiles_follow_the_weights() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.8, 0.1])
    assert quantiles(values, weights, (0.1, 0.5, 0.85, 0.95)) == (1.0, 1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        (0.0, "normal"),
        (0.1499, "normal"),
        (0.15, "watch"),
        (0.3, "elevated"),
        (0.5, "high"),
        (1, "high"),
    ],
)
def test_bands_begin_at_their_lower_end(probability: float, band: str) -> None:
    assert pool.band(probability) == band
