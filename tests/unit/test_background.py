"""The background: what the spread says where no alarm is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from monitor import features
from monitor.domain import HORIZONS, EpisodeRule, Panel, TurningPoint, add_months, month_of
from monitor.model import background, labels, lag
from monitor.store import Store

RULE = EpisodeRule()
SERIES = ["GS10", "TB3MS"]


def inputs(panel: Panel) -> tuple[pd.DataFrame, lag.Curve, lag.Clock]:
    curve = lag.Curve(features.judged_spread(panel, RULE), panel.turning_points, RULE, panel.as_of)
    return features.frame(panel), curve, lag.clock(curve)


def on(history: Store, day: date, draws: int = 0) -> background.Background:
    return background.score(*inputs(history.panel(day, SERIES)), draws=draws)


def free(history: Store, day: date) -> tuple[pd.Series[float], lag.Clock]:
    frame, _, clock = inputs(history.panel(day, SERIES))
    months = pd.DatetimeIndex(frame.index)
    return pd.Series(background._free(months, clock), months), clock


def test_months_of_a_true_alarm_weigh_nothing_and_those_of_a_false_one_all(history: Store) -> None:
    weight, _ = free(history, date(2022, 6, 30))
    # 1966 was replaced by the next inversion in 1968-12, which a peak followed in 1969-12.
    assert (weight["1966-09":"1968-11"] == 1).all()
    assert (weight["1968-12":"1969-12"] == 0).all()
    assert (weight["1970-01":"1973-05"] == 1).all()
    assert (weight["2019-06":"2020-02"] == 0).all()


@pytest.mark.parametrize("day", [date(2023, 3, 10), date(2023, 12, 10), date(2024, 9, 10)], ids=str)
def test_months_of_an_alarm_that_is_not_settled_weigh_as_much_as_it_is_likely_false(
    history: Store, day: date
) -> None:
    weight, clock = free(history, day)
    running = weight["2022-11":]
    assert 0 < clock.false_alarm < 1
    assert running.to_numpy() == pytest.approx(clock.false_alarm)
    assert weight.loc[pd.Timestamp(2022, 10, 1)] == 1


def test_without_an_inversion_all_months_weigh_the_same(history: Store) -> None:
    weight, _ = free(history, date(1964, 1, 10))
    assert (weight == 1).all()


@pytest.mark.parametrize("day", [date(2006, 12, 31), date(2019, 8, 31), date(2023, 6, 30)], ids=str)
def test_while_the_curve_is_inverted_the_hazard_stands_in(history: Store, day: date) -> None:
    _, _, clock = inputs(history.panel(day, SERIES))
    told = on(history, day)
    assert clock.inverted
    hazards = lag.hazards(clock.exposure)
    expected = [(1 - np.exp(-months * hazards)).mean() for months in HORIZONS]
    assert told.probability == pytest.approx(expected)
    assert not told.terms.any()


def test_after_the_inversion_the_spread_speaks_again(history: Store) -> None:
    # It ended in May; until September is known, a pause of three months might yet be bridged.
    assert not on(history, date(2007, 9, 30)).terms.any()
    told = on(history, date(2007, 11, 15))
    assert told.terms.any()
    assert told.probability == pytest.approx(
        told.calibrated(told.usual + told.terms.sum(axis=1)), abs=0.01
    )


@pytest.mark.parametrize("day", [date(1966, 1, 10), date(1988, 5, 10), date(2026, 9, 10)], ids=str)
def test_it_rises_with_the_horizon_and_stays_between_0_and_1(history: Store, day: date) -> None:
    told = on(history, day, draws=8)
    assert told.states.shape == (len(HORIZONS), 8)
    for p in (told.probability, *told.states.T):
        assert (np.diff(p) >= 0).all()
        assert 0 < p[0] <= p[-1] < 1


def test_a_flatter_curve_is_a_higher_risk(history: Store) -> None:
    frame, curve, clock = inputs(history.panel(date(1988, 5, 10), SERIES))
    now = background.score(frame, curve, clock, draws=0)
    flat = frame.copy()
    flat.loc[flat.index[-1], "spread"] = 0.0
    assert (background.score(flat, curve, clock, draws=0).probability > now.probability)[2:].all()


def test_samples_are_drawn_the_same_way_each_time(history: Store) -> None:
    day = date(1988, 5, 10)
    once, again = (on(history, day, draws=8).states.tobytes() for _ in range(2))
    assert once == again


# ------------------------------------------------------------------------------------- calibration
def test_without_a_past_forecast_nothing_is_corrected(history: Store) -> None:
    # Of 1970 nothing can be learnt before the autumn of 1971, when its first window was settled.
    told = on(history, date(1970, 12, 10))
    assert (told.constant, told.slope) == (0.0, 1.0)
    later = on(history, date(1975, 12, 10))
    assert (later.constant, later.slope) != (0.0, 1.0)


def test_a_calibration_that_begins_later_than_now_corrects_nothing(history: Store) -> None:
    panel = history.panel(date(1988, 5, 10), SERIES)
    told = background.score(*inputs(panel), draws=0, since=date(9999, 1, 1))
    assert (told.constant, told.slope) == (0.0, 1.0)


def test_it_learns_from_outcomes_that_were_known_and_from_no_other(history: Store) -> None:
    """A recession in the months that nobody could have judged by then changes no byte."""
    panel = history.panel(date(1999, 3, 10), SERIES)
    settled = labels.learnable_through(panel.as_of)
    told = _bytes(_with_a_recession(panel, add_months(settled, 1)))
    assert told == _bytes(panel)
    assert _bytes(_with_a_recession(panel, add_months(settled, -4))) != _bytes(panel)


def _with_a_recession(panel: Panel, peak: date) -> Panel:
    """The same as if a recession of three months had been announced on that very day."""
    turns = (
        TurningPoint("peak", peak, panel.as_of),
        TurningPoint("trough", add_months(peak, 3), panel.as_of),
    )
    return replace(panel, turning_points=(*panel.turning_points, *turns))


def _bytes(panel: Panel) -> tuple[bytes, float, float]:
    # The clock of the day as it was: it must know of the peak, the probit must not.
    frame, _, clock = inputs(replace(panel, turning_points=_before(panel)))
    _, curve, _ = inputs(panel)
    told = background.score(frame, curve, clock, draws=0)
    return told.probability.tobytes(), told.constant, told.slope


def _before(panel: Panel) -> tuple[TurningPoint, ...]:
    return tuple(point for point in panel.turning_points if point.announced < panel.as_of)


def test_past_forecasts_are_those_of_their_own_january(history: Store) -> None:
    """What was announced after a January does not enter the fit of that January."""
    panel = history.panel(date(1999, 3, 10), SERIES)
    frame, curve, clock = inputs(panel)
    seen: list[tuple[date, date]] = []
    real = background._as_made

    def watched(*known: object) -> object:
        points, made = known[2], known[4]
        assert isinstance(points, tuple)
        assert isinstance(made, date)
        seen.extend((point.announced, made) for point in points)
        spread = known[1]
        assert isinstance(spread, tuple)
        days = np.frombuffer(spread[1], "datetime64[D]")
        assert days.max() < np.datetime64(month_of(made), "D")
        return real(*known)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "_as_made", watched)
        background.score(frame, curve, clock, draws=0)
    assert len({made for _, made in seen}) >= 25
    assert all(announced <= made for announced, made in seen)


def test_a_short_past_leaves_the_hazard_alone(history: Store) -> None:
    told = on(history, date(1956, 1, 10), draws=4)
    assert not told.terms.any()
    assert (told.constant, told.slope) == (0.0, 1.0)
    assert (np.diff(told.probability) > 0).all()
