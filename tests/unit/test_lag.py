"""The inversion clock."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from monitor import episodes, features
from monitor.domain import HORIZONS, EpisodeRule
from monitor.model import lag
from monitor.store import Store


@pytest.mark.parametrize("family", lag.FAMILIES, ids=lambda family: family.name)
def test_a_family_has_the_median_it_is_given(family: lag.Family) -> None:
    median = np.array([[6.0], [12.0], [30.0]])
    for value in (6.0, 12.0, 30.0):
        at_median = family.cdf(value, median, family.shapes)[median[:, 0] == value]
        assert at_median == pytest.approx(0.5)
    assert family.cdf(0.0, median, family.shapes) == pytest.approx(0.0)


def clock(history: Store, day: date) -> tuple[lag.Posterior, lag.Past]:
    panel = history.panel(day, ["GS10", "TB3MS"])
    found = episodes.find(features.term_spread(panel), panel.turning_points, EpisodeRule(), day)
    known = lag.past(found, panel.turning_points, day)
    return lag.fit(known), known


def alone(posterior: lag.Posterior, known: lag.Past) -> dict[int, float]:
    """Probabilities of the clock without the background."""
    none = lag.Exposure(recessions=0, months=10**9)
    return dict(lag.forecast(posterior, known.age, none).probability)


@pytest.mark.parametrize(
    ("day", "hit_rate", "p6", "p12", "p24", "false_alarm"),
    [
        (date(2000, 12, 31), 0.76, 0.34, 0.62, 0.72, 0.25),
        (date(2006, 12, 31), 0.79, 0.33, 0.66, 0.76, 0.22),
        (date(2019, 8, 31), 0.81, 0.18, 0.57, 0.78, 0.19),
        (date(2019, 12, 31), 0.81, 0.40, 0.68, 0.78, 0.21),
        (date(2023, 6, 30), 0.82, 0.48, 0.72, 0.79, 0.20),
        (date(2024, 6, 30), 0.78, 0.18, 0.24, 0.26, 0.72),
        (date(2026, 7, 31), 0.76, 0.01, 0.01, 0.01, 0.98),
    ],
)
def test_it_says_what_an_independent_calculation_said(
    history: Store,
    day: date,
    *,
    hit_rate: float,
    p6: float,
    p12: float,
    p24: float,
    false_alarm: float,
) -> None:
    posterior, known = clock(history, day)
    probability = alone(posterior, known)
    assert float(posterior.hit_rate @ posterior.weight) == pytest.approx(hit_rate, abs=0.03)
    assert [probability[h] for h in (6, 12, 24)] == pytest.approx([p6, p12, p24], abs=0.03)
    assert known.age is not None
    assert lag.false_alarm(posterior, known.age) == pytest.approx(false_alarm, abs=0.03)


def test_the_age_counts_from_the_end_of_the_first_inverted_month(history: Store) -> None:
    assert clock(history, date(2019, 12, 31))[1].age == 6.0
    later = clock(history, date(2020, 1, 15))[1].age
    assert later == pytest.approx(6.0 + 15 / 31)


def test_a_recession_that_was_not_announced_yet_is_not_known_to_the_clock(history: Store) -> None:
    assert clock(history, date(2008, 11, 30))[1].start == date(2006, 8, 1)
    assert clock(history, date(2008, 12, 1))[1].start is None


def test_without_any_inversion_the_prior_stands() -> None:
    posterior = lag.fit(lag.Past((), (), None, None))
    assert float(posterior.hit_rate @ posterior.weight) == pytest.approx(0.5, abs=1e-6)


def test_the_signal_fades_with_age() -> None:
    posterior = lag.fit(lag.Past((13, 6, 15, 10, 14), (27,), None, None))
    ages = [12, 18, 24, 36, 60]
    false = [lag.false_alarm(posterior, age) for age in ages]
    assert false == sorted(false)
    assert false[-1] > 0.9


def test_the_window_lies_ahead_and_in_order(history: Store) -> None:
    posterior, known = clock(history, date(2006, 12, 31))
    assert known.start is not None
    assert known.age is not None
    window = lag.window(posterior, known.start, known.age)
    assert date(2006, 12, 31) < window.p10 < window.p50 < window.p90


def test_a_synthetic_hit_rate_and_lag_are_recovered() -> None:
    draw = np.random.default_rng(7)
    hit = draw.random(400) < 0.7
    lags = np.ceil(draw.gamma(6.0, 12.0 / 5.67, 400))[hit]
    posterior = lag.fit(lag.Past(tuple(lags), (60.0,) * int((~hit).sum()), None, None))
    assert float(posterior.hit_rate @ posterior.weight) == pytest.approx(hit.mean(), abs=0.03)
    for months in (6, 9, 12, 15, 20):
        drawn = (lags <= months).mean()
        assert float(posterior.cdf(months) @ posterior.weight) == pytest.approx(drawn, abs=0.03)


def test_background_counts_only_expansions_without_a_clock(history: Store) -> None:
    day = date(1966, 12, 31)
    panel = history.panel(day, ["GS10", "TB3MS"])
    found = episodes.find(features.term_spread(panel), panel.turning_points, EpisodeRule(), day)
    counted = lag.exposure(found, panel.turning_points, date(1953, 4, 1), day)
    # Peaks 1953-07, 1957-08 and 1960-04, all without an inversion; recessions of 10, 8, 10 months.
    assert counted == lag.Exposure(recessions=3, months=133)


def test_the_background_alone_has_its_gamma_mean() -> None:
    posterior = lag.fit(lag.Past((), (), None, None))
    probability = lag.forecast(posterior, None, lag.Exposure(3, 133)).probability
    hazard = 3.5 / (133 + 60)
    assert probability[3] == pytest.approx(3 * hazard, rel=0.05)
    assert [probability[h] for h in HORIZONS] == sorted(probability[h] for h in HORIZONS)
