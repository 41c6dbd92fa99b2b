"""The pool, its interval and its band."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.domain import HORIZONS
from monitor.model import pool
from monitor.model.forecast import Forecast, quantiles


def member(name: str, p: float, *states: float) -> Forecast:
    values = {h: np.array(states) for h in HORIZONS}
    return Forecast(
        name, dict.fromkeys(HORIZONS, p), values, np.full(len(states), 1 / len(states)), ""
    )


def test_the_pool_is_the_weighted_mean() -> None:
    pooled = pool.combine([member("a", 0.2, 0.2), member("b", 0.6, 0.6)], {"a": 0.75, "b": 0.25})
    assert pooled.probability[12] == pytest.approx(0.3)
    assert pooled.weights.sum() == pytest.approx(1.0)


def test_its_interval_spans_the_disagreement_of_members_that_are_sure_of_themselves() -> None:
    pooled = pool.combine([member("a", 0.2, 0.2), member("b", 0.6, 0.6)], {"a": 0.5, "b": 0.5})
    interval = pooled.interval(0.8)[12]
    assert (interval.low, interval.high) == (0.2, 0.6)


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
