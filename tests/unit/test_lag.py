"""The inversion clock."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from monitor import features
from monitor.domain import HORIZONS, SPREADS, EpisodeRule
from monitor.model import lag
from monitor.model.forecast import quantiles
from monitor.store import Store


@pytest.mark.parametrize("family", lag.FAMILIES, ids=lambda family: family.name)
def test_a_family_has_the_median_it_is_given(family: lag.Family) -> None:
    median = np.array([[6.0], [12.0], [30.0]])
    for value in (6.0, 12.0, 30.0):
        at_median = family.cdf(value, median, family.shapes)[median[:, 0] == value]
        assert at_median == pytest.approx(0.5)
    assert family.cdf(0.0, median, family.shapes) == pytest.approx(0.0)


def at(history: Store, day: date, spread: str = "10y-3m") -> lag.Clock:
    rule = EpisodeRule(spread)
    panel = history.panel(day, [*SPREADS[spread].monthly])
    judged = features.judged_spread(panel, rule)
    return lag.clock(lag.Curve(judged, panel.turning_points, rule, day))


def alone(clock: lag.Clock) -> dict[int, float]:
    """Probabilities of the clock without the background."""
    none = lag.Exposure(recessions=0, months=10**9)
    return dict(lag.forecast(clock.posterior, clock.known.age, none).probability)


def mean_hit_rate(posterior: lag.Posterior) -> float:
    return float(posterior.hit_rate @ posterior.weight)


@pytest.mark.parametrize(
    ("day", "hits", "hit_rate", "p6", "p12", "p24", "false_alarm"),
    [
        (date(2000, 12, 31), 5, 0.76, 0.34, 0.62, 0.72, 0.25),
        (date(2006, 12, 31), 6, 0.79, 0.33, 0.66, 0.76, 0.22),
        (date(2019, 8, 31), 7, 0.81, 0.18, 0.57, 0.78, 0.19),
        (date(2019, 12, 31), 7, 0.81, 0.40, 0.68, 0.78, 0.21),
        (date(2023, 6, 30), 8, 0.82, 0.48, 0.72, 0.79, 0.20),
        (date(2024, 6, 30), 8, 0.78, 0.18, 0.24, 0.26, 0.72),
        (date(2026, 7, 31), 8, 0.76, 0.01, 0.01, 0.01, 0.98),
    ],
)
def test_it_says_what_an_independent_calculation_said(
    history: Store,
    day: date,
    *,
    hits: int,
    hit_rate: float,
    p6: float,
    p12: float,
    p24: float,
    false_alarm: float,
) -> None:
    clock = at(history, day)
    probability = alone(clock)
    assert len(clock.known.lags) == hits
    assert mean_hit_rate(clock.posterior) == pytest.approx(hit_rate, abs=0.03)
    assert [probability[h] for h in (6, 12, 24)] == pytest.approx([p6, p12, p24], abs=0.03)
    assert clock.false_alarm == pytest.approx(false_alarm, abs=0.03)


@pytest.mark.parametrize(
    ("day", "low", "high"),
    [
        (date(2000, 12, 31), 0.39, 0.84),
        (date(2006, 12, 31), 0.45, 0.85),
        (date(2019, 8, 31), 0.39, 0.74),
        (date(2019, 12, 31), 0.48, 0.87),
        (date(2023, 6, 30), 0.53, 0.89),
        (date(2024, 6, 30), 0.01, 0.55),
    ],
)
def test_its_interval_is_that_of_an_independent_calculation(
    history: Store, day: date, *, low: float, high: float
) -> None:
    clock = at(history, day)
    states = lag.starts(clock.posterior, clock.known.age)[HORIZONS.index(12)]
    found = quantiles(states, clock.posterior.weight, (0.1, 0.9))
    assert found == pytest.approx((low, high), abs=0.03)


@pytest.mark.parametrize(
    ("day", "median", "mean", "nine_in_ten"),
    [
        (date(2000, 12, 31), 11.3, 12.5, 20),
        (date(2006, 12, 31), 10.8, 11.6, 18),
        (date(2019, 8, 31), 11.5, 12.4, 20),
        (date(2019, 12, 31), 11.6, 12.4, 19),
        (date(2023, 6, 30), 11.2, 11.9, 18),
        (date(2024, 6, 30), 11.4, 12.3, 20),
        (date(2026, 7, 31), 11.0, 11.8, 18),
    ],
)
def test_its_lags_are_those_of_an_independent_calculation(
    history: Store, day: date, *, median: float, mean: float, nine_in_ten: float
) -> None:
    """The expected lag and its quantiles, to a twentieth: they are printed to a tenth of a month
    and to a month, and depend on where the grid of shapes ends."""
    posterior = at(history, day).posterior
    months = np.arange(120.0)
    mass = np.array([posterior.cdf(month) @ posterior.weight for month in months.tolist()])
    assert np.interp([0.5, 0.9], mass, months) == pytest.approx([median, nine_in_ten], rel=0.05)
    # The trapezoid of 1 - F over whole months.
    assert float((1 - mass).sum()) - 0.5 == pytest.approx(mean, rel=0.05)


@pytest.mark.parametrize(
    ("spread", "day", "hits", "p12"),
    [
        ("10y-2y", date(2023, 6, 30), 5, 0.69),
        ("10y-2y", date(2024, 6, 30), 5, 0.37),
        ("10y-2y", date(2024, 12, 31), 5, 0.16),
        ("10y-1y", date(2019, 12, 31), 9, 0.52),
    ],
)
def test_the_clock_of_another_spread_is_that_of_an_independent_calculation(
    history: Store, spread: str, day: date, *, hits: int, p12: float
) -> None:
    clock = at(history, day, spread)
    assert len(clock.known.lags) == hits
    assert alone(clock)[12] == pytest.approx(p12, abs=0.03)


def test_the_one_year_clock_has_the_hit_rate_and_the_lag_of_an_independent_calculation(
    history: Store,
) -> None:
    clock = at(history, date(2019, 12, 31), "10y-1y")
    posterior = clock.posterior
    states = lag.starts(posterior, clock.known.age)[HORIZONS.index(12)]
    mass = [posterior.cdf(month) @ posterior.weight for month in np.arange(120.0).tolist()]
    assert mean_hit_rate(posterior) == pytest.approx(0.88, abs=0.03)
    assert 119.5 - float(np.sum(mass)) == pytest.approx(15.8, rel=0.02)
    assert quantiles(states, posterior.weight, (0.1, 0.9)) == pytest.approx((0.37, 0.67), abs=0.03)


def test_the_age_counts_from_the_end_of_the_first_inverted_month(history: Store) -> None:
    assert at(history, date(2019, 12, 31)).known.age == 6.0
    assert at(history, date(2020, 1, 15)).known.age == pytest.approx(6.0 + 15 / 31)


def test_a_recession_that_was_not_announced_yet_is_not_known_to_the_clock(history: Store) -> None:
    assert at(history, date(2008, 11, 30)).known.start == date(2006, 8, 1)
    assert at(history, date(2008, 12, 1)).known.start is None


def test_only_the_last_clock_still_runs_and_is_no_lesson_that_is_over(history: Store) -> None:
    clock = at(history, date(2024, 6, 30))
    assert [spell.start for spell in clock.ran if spell.last is None] == [date(2022, 11, 1)]
    # 1966 alone was replaced by the next inversion: from 1966-09 to 1968-11 it was watched.
    assert clock.known.censored == (27,)
    assert clock.known.age == 19.0


def test_a_running_clock_weighs_as_one_that_was_stopped_at_its_age() -> None:
    """It enters on the day as ``1 - pi F(d)``, like every other inversion without a recession."""
    running = lag.fit(lag.Past((13, 6, 15), (27,), 19.0, date(2022, 11, 1)))
    stopped = lag.fit(lag.Past((13, 6, 15), (27, 19.0), None, None))
    assert mean_hit_rate(running) == pytest.approx(mean_hit_rate(stopped), abs=1e-4)
    for months in (6.0, 12.0, 24.0):
        running_mass = running.cdf(months) @ running.weight
        assert running_mass == pytest.approx(stopped.cdf(months) @ stopped.weight, abs=1e-4)


def test_the_second_clock_counts_from_the_last_inverted_month(history: Store) -> None:
    """Months from the end of an inversion to the peak: 1990 7, 2001 2, 2007 7, 2020 5."""
    day = date(2022, 6, 30)
    clock = at(history, day)
    known = lag.past_ends(clock.episodes, clock.ran, date(2022, 5, 1), day)
    assert known.lags == (8, 3, 8, 6)
    # That of 1966-09 to 1967-02, until the next one began in 1968-12; none before a recession
    # that found the curve still inverted, as from 1969 to 1981.
    assert known.censored == (22,)
    assert known.age is None


def test_the_second_clock_does_not_run_while_the_curve_is_inverted(history: Store) -> None:
    day = date(2007, 2, 28)
    clock = at(history, day)
    assert lag.past_ends(clock.episodes, clock.ran, date(2007, 1, 1), day).age is None
    later = date(2007, 9, 30)
    clock = at(history, later)
    assert lag.past_ends(clock.episodes, clock.ran, date(2007, 8, 1), later).age == 4.0


def test_without_any_inversion_the_prior_stands() -> None:
    posterior = lag.fit(lag.Past((), (), None, None))
    assert mean_hit_rate(posterior) == pytest.approx(0.5, abs=1e-6)


def test_the_signal_fades_with_age() -> None:
    posterior = lag.fit(lag.Past((13, 6, 15, 10, 14), (27,), None, None))
    ages = [12, 18, 24, 36, 60]
    false = [lag.false_alarm(posterior, age) for age in ages]
    assert false == sorted(false)
    assert false[-1] > 0.9


def test_the_window_lies_ahead_and_in_order(history: Store) -> None:
    clock = at(history, date(2006, 12, 31))
    assert clock.known.start is not None
    assert clock.known.age is not None
    window = lag.window(clock.posterior, clock.known.start, clock.known.age)
    assert date(2006, 12, 31) < window.p10 < window.p50 < window.p90


def test_a_synthetic_hit_rate_and_lag_are_recovered() -> None:
    draw = np.random.default_rng(7)
    hit = draw.random(400) < 0.7
    lags = np.ceil(draw.gamma(6.0, 12.0 / 5.67, 400))[hit]
    posterior = lag.fit(lag.Past(tuple(lags), (60.0,) * int((~hit).sum()), None, None))
    assert mean_hit_rate(posterior) == pytest.approx(hit.mean(), abs=0.03)
    for months in (6, 9, 12, 15, 20):
        drawn = (lags <= months).mean()
        assert float(posterior.cdf(months) @ posterior.weight) == pytest.approx(drawn, abs=0.03)


def test_background_counts_only_expansions_without_a_clock(history: Store) -> None:
    counted = at(history, date(1966, 12, 31)).exposure
    # Peaks 1953-07, 1957-08 and 1960-04, all without an inversion; recessions of 10, 8, 10 months.
    assert counted == lag.Exposure(recessions=3, months=133)


def test_the_background_alone_has_its_gamma_mean() -> None:
    posterior = lag.fit(lag.Past((), (), None, None))
    probability = lag.forecast(posterior, None, lag.Exposure(3, 133)).probability
    hazard = 3.5 / (133 + 60)
    assert probability[3] == pytest.approx(3 * hazard, rel=0.05)
    assert [probability[h] for h in HORIZONS] == sorted(probability[h] for h in HORIZONS)
