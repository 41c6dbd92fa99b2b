"""How long recessions last, and chaining the start of one with the state now."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import features
from monitor.domain import HORIZONS, TARGETS, Panel, TurningPoint, add_months
from monitor.model import chain, factor, labels, nowcast, scoring
from monitor.model.forecast import Vector
from monitor.store import Store

NOW = date(2026, 11, 22)
START, ANY = TARGETS.index("start"), TARGETS.index("any")
TWELVE = HORIZONS.index(12)


def recessions(*lengths: int) -> tuple[TurningPoint, ...]:
    """Turning points five years apart, announced at once."""
    points = []
    for number, length in enumerate(lengths):
        peak = date(1950 + 5 * number, 1, 1)
        trough = add_months(peak, length)
        points += [TurningPoint("peak", peak, peak), TurningPoint("trough", trough, trough)]
    return tuple(points)


def announced(history: Store, day: date) -> tuple[TurningPoint, ...]:
    return history.panel(day, ["UNRATE"]).turning_points


# -------------------------------------------------------------------------------------- durations
def test_the_mean_duration_is_near_the_one_nber_gives(history: Store) -> None:
    known = chain.durations(announced(history, NOW))
    assert known.lengths == (8, 11, 10, 8, 10, 11, 16, 6, 16, 8, 8, 18, 2)
    assert np.mean(known.lengths[1:]) == pytest.approx(10.3, abs=0.05)  # NBER, 1945-2020
    assert known.mean == pytest.approx(10.3, abs=0.3)


def test_only_recessions_whose_trough_was_announced_are_learnt_from(history: Store) -> None:
    assert chain.durations(announced(history, date(2010, 9, 19))).lengths[-1] == 8
    assert chain.durations(announced(history, date(2010, 9, 20))).lengths[-1] == 18


def test_without_any_recession_one_month_in_twelve_is_the_last() -> None:
    known = chain.durations(())
    assert known.survival[:50] == pytest.approx((11 / 12) ** np.arange(50))
    assert known.mean == pytest.approx(12.0, abs=1e-6)


def test_recessions_of_one_length_make_that_length_the_likeliest() -> None:
    known = chain.durations(recessions(*[10] * 12))
    assert int(np.argmax(-np.diff(known.survival))) + 1 in {9, 10, 11}
    assert known.mean == pytest.approx(10.0, abs=1.0)


def test_before_1985_a_hazard_that_leans_foretold_the_next_duration_better_than_a_constant_one(
    history: Store,
) -> None:
    lengths = chain.durations(announced(history, date(1985, 1, 1))).lengths
    leaning, constant = [], []
    for number in range(2, len(lengths)):
        before, length = lengths[:number], lengths[number]
        survival = chain.durations(recessions(*before)).survival
        leaning.append(-np.log(survival[length - 1] - survival[length]))
        hazard = (len(before) + 1) / (sum(before) + 12)
        constant.append(-np.log(hazard * (1 - hazard) ** (length - 1)))
    assert np.mean(leaning) == pytest.approx(2.90, abs=0.005)
    assert np.mean(constant) == pytest.approx(3.36, abs=0.005)


@given(st.lists(st.integers(1, 60), max_size=15))
def test_survival_begins_with_one_and_never_rises(lengths: list[int]) -> None:
    survival = chain.durations(recessions(*lengths)).survival
    assert survival[0] == 1.0
    assert np.all(np.diff(survival) <= 0)
    assert survival[-1] >= 0


def test_a_recession_with_a_constant_hazard_has_no_age() -> None:
    known = chain.durations(())
    expected = (11 / 12) ** np.array(HORIZONS)
    assert known.remaining() == pytest.approx(expected, rel=1e-6)
    for age in (0, 1, 5, 30):
        assert known.remaining(age) == pytest.approx(expected)


def test_what_remains_at_an_unknown_age_is_the_mean_over_all_months_of_recession(
    history: Store,
) -> None:
    known = chain.durations(announced(history, NOW))
    weight = np.array([known.lasting(age) for age in range(1, 121)])
    ages = np.array([known.remaining(age) for age in range(1, 121)])
    assert known.remaining() == pytest.approx(weight @ ages / weight.sum(), rel=1e-6)


def test_an_old_recession_is_nearer_to_its_end_than_a_young_one(history: Store) -> None:
    known = chain.durations(announced(history, NOW))
    assert np.all(known.remaining(15) < known.remaining(3))
    assert known.lasting(1) == 1.0
    assert known.lasting(8) > 0.5
    assert known.lasting(18) < 0.1


# --------------------------------------------------------------------------------------- chaining
rising = st.lists(st.floats(0, 1), min_size=len(HORIZONS), max_size=len(HORIZONS)).map(sorted)
lists_of_lengths = st.lists(st.integers(1, 40), max_size=13)
ages = st.none() | st.integers(1, 40)


@given(rising, st.floats(0, 1), lists_of_lengths, ages)
def test_the_targets_are_probabilities_in_the_right_order(
    start: list[float], now: float, lengths: list[int], age: int | None
) -> None:
    told = chain.chain(np.array(start), now, chain.durations(recessions(*lengths)), age)
    for p in (told.any, told.at):
        assert np.all(p >= 0)
        assert np.all(p <= 1 + 1e-12)
    assert np.all(told.any >= told.at - 1e-12)
    assert np.all(told.any >= np.array(start) * (1 - now) - 1e-12)
    assert np.all(np.diff(told.any) >= -1e-12)


@given(rising, rising, st.floats(0, 1), lists_of_lengths)
def test_a_likelier_start_makes_a_recession_no_less_likely(
    one: list[float], other: list[float], now: float, lengths: list[int]
) -> None:
    known = chain.durations(recessions(*lengths))
    low, high = np.minimum(one, other), np.maximum(one, other)
    assert np.all(chain.chain(low, now, known).any <= chain.chain(high, now, known).any + 1e-12)


def test_with_constant_hazards_it_is_the_closed_form() -> None:
    start, end = 0.02, 1 / 12
    h = np.array(HORIZONS)
    told = chain.chain(1 - (1 - start) ** h, 0.0, chain.durations(()))
    expected = start * ((1 - end) ** h - (1 - start) ** h) / (start - end)
    assert told.at == pytest.approx(expected)
    assert told.any == pytest.approx(1 - (1 - start) ** h)


def test_it_is_the_sum_over_all_months_of_a_start(history: Store) -> None:
    known = chain.durations(announced(history, NOW))
    start, now = np.array([0.05, 0.12, 0.4, 0.45, 0.5]), 0.2
    told_at = chain.chain(start, now, known, age=4).at
    for place, horizon in enumerate(HORIZONS):
        outside, at = 1.0, 0.0
        for month in range(1, horizon + 1):
            upper = next(k for k, h in enumerate(HORIZONS) if month <= h)
            before = 0.0 if upper == 0 else start[upper - 1]
            width = HORIZONS[upper] - (0 if upper == 0 else HORIZONS[upper - 1])
            left = outside * ((1 - start[upper]) / (1 - before)) ** (1 / width)
            at += (outside - left) * known.survival[horizon - month]
            outside = left
        still = known.lasting(4 + horizon) / known.lasting(4)
        assert told_at[place] == pytest.approx(now * still + (1 - now) * at)


def test_whoever_is_in_a_recession_for_sure_can_only_stay_or_leave(history: Store) -> None:
    known = chain.durations(announced(history, NOW))
    told = chain.chain(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), 1.0, known, age=6)
    assert told.any == pytest.approx(np.ones(5))
    assert told.at == pytest.approx(known.remaining(6))


def test_many_states_at_once_are_each_one_alone(history: Store) -> None:
    known = chain.durations(announced(history, NOW))
    draw = np.random.default_rng(3)
    start = np.sort(draw.random((4, 3, len(HORIZONS))), axis=-1)
    now = draw.random((4, 3))
    together = chain.chain(start, now, known)
    alone = [chain.chain(start[place], now[place], known) for place in np.ndindex(now.shape)]
    assert together.any.reshape(-1, 5) == pytest.approx(np.array([one.any for one in alone]))
    assert together.at.reshape(-1, 5) == pytest.approx(np.array([one.at for one in alone]))


def test_a_start_that_is_certain_does_no_harm() -> None:
    told = chain.chain(np.array([0.0, 0.5, 1.0, 1.0, 1.0]), 0.0, chain.durations(()))
    assert np.all(np.isfinite(told.at))
    assert told.any[-1] == 1.0


def test_chained_with_the_nowcast_a_probit_ranks_recessions_far_better_than_fitted_directly(
    history: Store,
) -> None:
    days = pd.date_range("1985-04-30", "2024-04-30", freq="6ME")
    told, happened = [], []
    through = announced(history, NOW)
    for day in days:
        panel = history.panel(day.date(), ["GS10", "TB3MS", *nowcast.REQUIRED_SERIES])
        told.append(_direct_and_chained(panel))
        after = pd.DatetimeIndex([add_months(day.date(), ahead) for ahead in range(1, 13)])
        happened.append(labels.recessions(after, through, date(2025, 9, 1)).max())
    direct, chained = np.array(told).T
    y = np.array(happened)
    better, worse = scoring.auroc(chained, y), scoring.auroc(direct, y)
    assert better is not None
    assert worse is not None
    assert better > 0.85
    assert better > worse + 0.10


def _direct_and_chained(panel: Panel) -> tuple[float, float]:
    """Of a recession in any of the next twelve months, by the probit on the spread."""
    frame = features.frame(panel)
    months = pd.DatetimeIndex(frame.index)
    through = labels.learnable_through(panel.as_of)
    known = factor.Known(panel.as_of, frame, labels.outcomes(months, panel.turning_points, through))
    p: Vector = factor.Probit("probit", ("spread",)).fit(known).probability()
    now = nowcast.nowcast(panel)
    durations = chain.durations(panel.turning_points)
    chained = chain.chain(p[START], now.probability, durations, now.age)
    return float(p[ANY, TWELVE]), float(chained.any[TWELVE])
