"""Probabilities across horizons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from sklearn.isotonic import isotonic_regression

from monitor.domain import HORIZONS
from monitor.model import horizons

fractions = st.floats(0, 1)
terms = st.lists(st.floats(-3, 3), min_size=1, max_size=13)


@given(st.lists(fractions, min_size=5, max_size=5))
def test_monotone_is_the_isotonic_regression(p: list[float]) -> None:
    made = horizons.monotone(np.array(p))
    assert (np.diff(made) >= 0).all()
    assert made == pytest.approx(isotonic_regression(p), abs=1e-12)


def test_what_rises_already_stays_as_it_is() -> None:
    rising = np.array([[0.0, 0.1, 0.1, 0.4, 1.0], [0.2, 0.3, 0.4, 0.5, 0.6]])
    assert horizons.monotone(rising) == pytest.approx(rising, abs=1e-15)


def test_only_being_in_recession_may_fall_with_the_horizon() -> None:
    falling = np.tile([0.5, 0.4, 0.3, 0.2, 0.1], (3, 1))
    start, at, some = horizons.shaped(falling)
    assert start.tolist() == some.tolist() == pytest.approx([0.3] * 5)
    assert at.tolist() == falling[1].tolist()


def test_no_probability_is_0_or_1() -> None:
    made = horizons.shaped(np.tile([0.0, 0.0, 0.5, 1.0, 1.0], (3, 1)))
    assert made.min() == horizons.NEAREST
    assert made.max() == 1 - horizons.NEAREST


@given(terms, st.floats(-3, 3), fractions)
def test_contributions_add_up_to_the_probability(
    shares: list[float], base: float, probability: float
) -> None:
    names = [f"x{place}" for place in range(len(shares))]
    made = horizons.contributions(names, np.array(shares), base, special.ndtr, probability)
    assert sum(part.points for part in made) == pytest.approx(probability, abs=2e-12)
    assert made[0].feature == "base"
    assert made[0].points == pytest.approx(special.ndtr(base))


@given(terms, st.floats(-3, 3))
def test_contributions_have_the_sign_and_the_proportions_of_the_terms(
    shares: list[float], base: float
) -> None:
    end = float(special.ndtr(base + sum(shares)))
    names = [f"x{place}" for place in range(len(shares))]
    made = horizons.contributions(names, np.array(shares), base, special.ndtr, end)
    points = np.array([part.points for part in made[1 : 1 + len(shares)]])
    assert points * sum(abs(x) for x in shares) == pytest.approx(
        np.array(shares) * np.abs(points).sum(), abs=1e-9
    )
    assert (points * np.array(shares) >= 0).all()


def test_terms_that_cancel_out_still_show_what_each_did() -> None:
    p = float(special.ndtr(-1.0))
    base, up, down = horizons.contributions(("a", "b"), np.array([2, -2.0]), -1, special.ndtr, p)
    density = np.exp(-0.5) / np.sqrt(2 * np.pi)
    assert base.points == pytest.approx(p)
    assert (up.points, down.points) == pytest.approx((2 * density, -2 * density), abs=1e-6)


def test_what_monotony_adds_has_its_own_line() -> None:
    made = horizons.contributions(("a",), np.array([1.0]), -1.0, special.ndtr, 0.6)
    assert [part.feature for part in made] == ["base", "a", "horizons"]
    assert made[2].points == pytest.approx(0.1)


def test_a_forecast_gives_every_horizon_its_states() -> None:
    p = np.tile([0.1, 0.2, 0.3, 0.4, 0.5], (3, 1))
    made = horizons.forecast("x", p, np.tile(p[0], (7, 1)), "a note")
    assert made.probability == dict(zip(HORIZONS, p[0].tolist(), strict=True))
    assert made.interval(0.8)[12] == made.interval(0.2)[12]
    assert made.weights.sum() == pytest.approx(1)
