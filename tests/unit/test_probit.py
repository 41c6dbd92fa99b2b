"""Probits, many at once, and their covariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from monitor.errors import ModelError
from monitor.model import logit, probit
from monitor.model.forecast import Vector


def world(seed: int, months: int, coefficients: tuple[float, ...]) -> tuple[Vector, Vector]:
    """Inputs with a constant, and one outcome of independent months."""
    random = np.random.default_rng(seed)
    x = np.column_stack([np.ones(months), random.normal(size=(months, len(coefficients) - 1))])
    p = special.ndtr(x @ np.array(coefficients))
    return x, (random.uniform(size=months) < p).astype(float)


def loss(b: Vector, x: Vector, y: Vector) -> float:
    return -float(special.log_ndtr((2 * y - 1) * (x @ b)).sum())


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(-1.5, 0.5), st.floats(-1.5, 1.5))
def test_it_finds_the_maximum_of_the_likelihood(seed: int, constant: float, slope: float) -> None:
    x, y = world(seed, 300, (constant, slope, 0.3))
    found = probit.fit(x, y[:, None])[:, 0]

    def gradient(b: Vector) -> Vector:
        sign = 2 * y - 1
        z = sign * (x @ b)
        return -x.T @ (sign * np.exp(-(z**2) / 2 - special.log_ndtr(z)) / np.sqrt(2 * np.pi))

    best = optimize.minimize(
        loss, np.zeros(3), (x, y), jac=lambda b, *_: gradient(b), method="BFGS", tol=1e-9
    )
    assert found == pytest.approx(best.x, abs=1e-6)


def test_many_outcomes_at_once_are_each_fitted_as_if_alone() -> None:
    x, y = world(1, 400, (-1.0, -0.7))
    together = np.column_stack([y, 1 - y, np.roll(y, 5)])
    together[:40, 0] = np.nan
    together[200:, 2] = np.nan
    found = probit.fit(x, together)
    for place in range(3):
        there = ~np.isnan(together[:, place])
        alone = probit.fit(x[there], together[there, place, None])[:, 0]
        assert found[:, place] == pytest.approx(alone, abs=1e-9)
    mirrored = probit.fit(x, np.column_stack([y, 1 - y]))
    assert mirrored[:, 0] == pytest.approx(-mirrored[:, 1], abs=1e-9)


def test_a_month_of_double_weight_counts_as_two() -> None:
    x, y = world(8, 150, (-1.0, -0.7))
    twice = np.ones((150, 1))
    twice[:50] = 2.0
    repeated = probit.fit(np.vstack([x, x[:50]]), np.concatenate([y, y[:50]])[:, None])
    assert probit.fit(x, y[:, None], weight=twice) == pytest.approx(repeated, abs=1e-9)


def test_a_penalty_draws_the_slope_towards_zero_and_leaves_the_constant() -> None:
    x, y = world(9, 300, (-1.0, -0.7))
    free = probit.fit(x, y[:, None])[:, 0]
    drawn = probit.fit(x, y[:, None], penalty=np.array([0.0, 1e6]))[:, 0]
    assert abs(drawn[1]) < 1e-3 < abs(free[1])
    assert special.ndtr(drawn[0]) == pytest.approx(y.mean(), abs=1e-3)


def test_months_left_out_do_not_count_whatever_their_inputs() -> None:
    x, y = world(2, 200, (-1.0, -0.7))
    padded = np.vstack([np.zeros((50, 2)), x])
    outcome = np.concatenate([np.full(50, np.nan), y])
    assert probit.fit(padded, outcome[:, None]) == pytest.approx(probit.fit(x, y[:, None]))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 20), st.floats(0, 8))
def test_rare_outcomes_and_outlying_inputs_converge(seed: int, times: int, far: float) -> None:
    """Newton's method takes whole steps; here it would show if they led astray."""
    x, _ = world(seed, 200, (0.0, 0.0, 0.0))
    y = np.zeros(200)
    y[np.random.default_rng(seed).choice(200, times, replace=False)] = 1.0
    x[y > 0, 1] += far
    x[0, 2] = 30.0
    for found, link in (
        (probit.fit(x, y[:, None])[:, 0], probit.slopes),
        (logit.fit(x, y[:, None])[:, 0], logit.slopes),
    ):
        assert np.isfinite(found).all()
        score, _ = probit.scores(x, y, found, link)
        ridge = np.full(3, probit.RIDGE) if link is probit.slopes else logit.ridge(3)
        assert x.T @ score - ridge * found == pytest.approx(np.zeros(3), abs=1e-6)


@pytest.mark.parametrize("gap", [0.01, 1.0, 5.0])
def test_perfect_separation_gives_large_but_finite_coefficients(gap: float) -> None:
    inputs = np.concatenate([np.linspace(-3, -gap, 60), np.linspace(gap, 3 + gap, 60)])
    x, y = np.column_stack([np.ones(120), inputs]), (inputs > 0).astype(float)
    found = probit.fit(x, y[:, None])[:, 0]
    assert np.isfinite(found).all()
    assert found[1] > 1.0
    assert special.ndtr(x @ found).round() == pytest.approx(y)


def test_an_outcome_that_never_comes_has_a_small_probability_and_no_slope_worth_naming() -> None:
    x, _ = world(3, 300, (0.0, 0.0))
    found = probit.fit(x, np.zeros((300, 1)))[:, 0]
    assert special.ndtr(x @ found).max() < 1e-3


def test_inputs_that_are_no_numbers_are_an_error_and_no_endless_loop() -> None:
    x, y = world(4, 100, (0.0, 1.0))
    x[3, 1] = np.inf
    with np.errstate(all="ignore"), pytest.raises(ModelError, match="converge"):
        probit.fit(x, y[:, None])


def test_the_derivatives_are_those_of_the_likelihood() -> None:
    x, y = world(5, 60, (-0.5, 0.8))
    y[::7] = np.nan
    b, step = np.array([-0.2, 0.4]), 1e-5
    first, second = probit.scores(x, y, b)
    there = ~np.isnan(y)
    assert not first[~there].any()
    assert not second[~there].any()
    sign = 2 * y[there] - 1

    def value(shift: float) -> Vector:
        return special.log_ndtr(sign * (x[there] @ b + shift))

    assert first[there] == pytest.approx((value(step) - value(-step)) / (2 * step), abs=1e-8)
    curve = -(value(step) - 2 * value(0.0) + value(-step)) / step**2
    assert second[there] == pytest.approx(curve, abs=1e-4)


def test_the_covariance_weighs_every_pair_of_months_by_its_distance() -> None:
    x, y = world(6, 80, (-0.5, 0.8))
    b = probit.fit(x, y[:, None])[:, 0]
    score, weight = probit.scores(x, y, b)
    lag = 6
    meat = np.zeros((2, 2))
    for s in range(80):
        for t in range(80):
            kernel = max(0.0, 1 - abs(s - t) / (lag + 1))
            meat += kernel * score[s] * score[t] * np.outer(x[s], x[t])
    bread = np.linalg.inv(x.T @ np.diag(weight) @ x)
    found = probit.covariance(x, score, weight, lag, np.zeros(2))
    assert found == pytest.approx(bread @ meat @ bread, rel=1e-9)


def test_intervals_from_the_covariance_hold_the_truth_as_often_as_they_say() -> None:
    """200 worlds of 400 independent months; the probability at one input, 80 % intervals."""
    truth, at = (-1.0, -0.6), np.array([1.0, -0.5])
    held = 0
    for seed in range(200):
        x, y = world(1000 + seed, 400, truth)
        b = probit.fit(x, y[:, None])[:, 0]
        wide = probit.covariance(x, *probit.scores(x, y, b), 0, np.zeros(2))
        error = np.sqrt(at @ wide @ at)
        held += abs(at @ b - at @ np.array(truth)) < 1.2816 * error
    assert 0.74 < held / 200 < 0.86
