"""The reaction function of the FOMC: what it learns from, how it is fitted, and its paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from monitor import fomc
from monitor.domain import Panel, TargetRate
from monitor.errors import InsufficientData
from monitor.features import bond_equivalent_yield
from monitor.model import policy
from monitor.model.forecast import Vector
from monitor.store import Store

MEETINGS = [it.day for it in fomc.calendar() if it.scheduled]
INPUTS = 6


def known(history: Store, day: str) -> Panel:
    return history.panel(date.fromisoformat(day), policy.NEEDED)


def target(panel: Panel) -> TargetRate:
    found = fomc.target(panel)
    assert found is not None
    return found


def bare(day: str, **series: pd.Series[float]) -> Panel:
    return Panel(date.fromisoformat(day), series, {}, ())


def months(first: str, values: Sequence[float]) -> pd.Series[float]:
    return pd.Series(values, pd.date_range(first, periods=len(values), freq="MS"), dtype=float)


def at(past: policy.Moves, day: str) -> int:
    return int(np.flatnonzero(past.day == np.datetime64(day))[0])


def choose(
    x: Vector, slopes: Vector, limits: Vector, random: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Outcomes of an ordered logit."""
    below = special.expit(limits - (x @ slopes)[:, None])
    found: np.ndarray[Any, np.dtype[np.intp]] = (random.random(len(x))[:, None] > below).sum(axis=1)
    return found


# ---------------------------------------------------------------------------------------- the past
def test_a_decision_stands_beside_what_was_in_force_before_it(history: Store) -> None:
    past = policy.moves(known(history, "2019-12-20"))
    surprise = at(past, "2008-01-22")
    assert not past.scheduled[surprise]
    assert past.before[surprise] == 4.25
    assert past.step[surprise] == -3
    assert past.direction[surprise] == -1
    assert past.age[surprise] == pytest.approx(42 / policy.MONTH_DAYS)  # since 2007-12-11
    pause = at(past, "2006-08-08")
    assert (past.step[pause], past.direction[pause]) == (0, 1)
    assert past.age[pause] == pytest.approx(40 / policy.MONTH_DAYS)  # since 2006-06-29
    assert past.last == (np.datetime64("2019-10-30"), -1)
    assert not past.months


def test_the_decision_that_leaves_the_bound_was_taken_at_it(history: Store) -> None:
    past = policy.moves(known(history, "2019-12-20"))
    arrival, hold, liftoff, after = (
        at(past, day) for day in ("2008-12-16", "2009-01-28", "2015-12-16", "2016-01-27")
    )
    assert past.at_bound[[arrival, hold, liftoff, after]].tolist() == [False, True, True, False]
    assert past.before[[hold, liftoff, after]].tolist() == [0.125, 0.125, 0.375]
    assert past.step[[arrival, hold, liftoff]].tolist() == [-3, 0, 1]
    assert int(past.at_bound.sum()) == sum(
        date(2008, 12, 16) < it.day <= date(2015, 12, 16) for it in fomc.calendar()
    )


def test_meetings_are_learnt_from_once_two_dozen_have_an_outcome(history: Store) -> None:
    first = MEETINGS[policy.FEWEST_MEETINGS - 1]
    eve = history.panel(first - timedelta(days=1), policy.NEEDED)
    day = history.panel(first, policy.NEEDED)
    assert policy.moves(eve).months
    assert not policy.moves(day).months
    assert policy.react(eve, policy.moves(eve), states=1).unscheduled is None
    assert policy.react(day, policy.moves(day), states=1).unscheduled is not None
    assert policy.simulate(eve, target(eve), paths=40).months


def test_a_meeting_with_no_known_outcome_is_left_out(history: Store) -> None:
    panel = known(history, "2026-11-22")
    unknown = next(it for it in fomc.decisions(panel) if it.upper is None)
    past = policy.moves(panel)
    assert np.datetime64(unknown.day) not in past.day
    assert past.last == (np.datetime64("2026-09-16"), 1)


def test_months_of_the_effective_rate_stand_in_for_meetings() -> None:
    rate = [*[1.0] * 20, 0.7, 0.2, 0.2, 0.6, 0.65, 1.2]
    past = policy.moves(bare("1958-03-10", FEDFUNDS=months("1956-01-01", rate)))
    assert past.months
    # What comes before the first move has no last move.
    assert past.day.astype(str).tolist() == [
        "1957-10-15", "1957-11-15", "1957-12-15", "1958-01-15", "1958-02-15"
    ]  # fmt: skip
    assert past.before.tolist() == [0.7, 0.2, 0.2, 0.6, 0.65]
    assert past.step.tolist() == [-2, 0, 2, 0, 2]
    assert past.at_bound.tolist() == [False, True, True, False, False]
    assert past.direction.tolist() == [-1, -1, -1, 1, 1]
    assert past.age * policy.MONTH_DAYS == pytest.approx([30, 31, 61, 31, 62])
    assert past.last == (np.datetime64("1958-02-15"), 1)


def test_too_little_of_the_past_is_told() -> None:
    with pytest.raises(InsufficientData, match="fewer than 24 months"):
        policy.moves(bare("1958-03-10", FEDFUNDS=months("1956-01-01", [1.0] * 23)))
    with pytest.raises(InsufficientData, match="no move"):
        policy.moves(bare("1958-03-10", FEDFUNDS=months("1956-01-01", [1.0] * 26)))
    with pytest.raises(InsufficientData, match="fewer than 24 months"):
        policy.moves(bare("1958-03-10"))


# -------------------------------------------------------------------------------------- the yields
def test_yields_are_closes_of_the_last_week_or_else_means_of_the_newest_month_over() -> None:
    days = pd.to_datetime(["2003-05-30", "2003-06-02"])
    closes = {
        name: pd.Series([value, value + 1], days)
        for name, value in (("DGS3MO", 1.0), ("DGS1", 2.0), ("DGS2", 3.0))
    }
    closes["DGS2"].iloc[1] = np.nan  # not a complete row
    means = {
        "TB3MS": months("2003-05-01", [4.0, 5.0]),
        "GS1": months("2003-05-01", [6.0, 7.0]),
        "GS2": months("2003-05-01", [8.0, 9.0]),
    }
    panel = bare("2003-06-30", **closes, **means)
    bill = bond_equivalent_yield(pd.Series([4.0, 5.0])).tolist()

    def on(*asked: str) -> tuple[Vector, date | None]:
        return policy.yields(panel, np.array(asked, dtype="datetime64[D]"))

    rates, of = on("2003-05-29", "2003-05-30", "2003-06-06", "2003-06-07", "2003-06-30")
    assert np.isnan(rates[0]).all()
    assert rates[1].tolist() == rates[2].tolist() == [1, 2, 3]
    assert rates[3] == pytest.approx([bill[0], 6, 8])
    assert rates[4] == pytest.approx([bill[1], 7, 9])
    assert of == date(2003, 6, 1)
    assert on("2003-06-06")[1] == date(2003, 5, 30)
    assert on("2003-06-29")[0][0] == pytest.approx([bill[0], 6, 8])


def test_before_the_two_year_yield_its_neighbours_stand_in() -> None:
    panel = bare(
        "1970-03-01",
        TB3MS=months("1970-01-01", [6.0]),
        GS1=months("1970-01-01", [7.0]),
        GS2=months("1970-01-01", [np.nan]),
        GS3=months("1970-01-01", [8.0]),
    )
    rates, _ = policy.yields(panel, np.array(["1970-02-10"], dtype="datetime64[D]"))
    assert rates[0, 1:] == pytest.approx([7.0, 7.5])


def test_without_yields_there_are_no_paths(history: Store) -> None:
    panel = known(history, "2019-12-20")
    with pytest.raises(InsufficientData, match="no rates of three months"):
        policy.simulate(replace(panel, series={}), target(panel), paths=40)
    one_missing = {name: it for name, it in panel.series.items() if name not in ("DGS2", "GS2")}
    one_missing.pop("GS3")
    with pytest.raises(InsufficientData, match="no rates of three months"):
        policy.simulate(replace(panel, series=one_missing), target(panel), paths=40)


# ----------------------------------------------------------------------------------------- the fit
def test_what_an_outcome_is_read_from() -> None:
    x = policy.inputs(
        np.array([0.0, 3.0]),
        np.array([[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]]),
        np.array([3.0, 3.0]),
        np.array([-1.0, 1.0]),
        np.array([0.0, 6.0]),
    )
    assert x[0].tolist() == [-2, -1, -1, 1, -1, -1]
    fading = np.exp([-3 / 1.5, -3 / 2, -3 / 8, -3 / 24, -6 / 6, -6 / 2])
    assert x[1] == pytest.approx([-2, -1, -1, 1, 1, 1] * fading)


def test_outcomes_are_classed_by_sign_and_size() -> None:
    steps = np.array([-4, -2, -1, -0.5, 0, 0.5, 1, 2, 3])
    assert policy._outcome(steps).tolist() == [0, 0, 1, 1, 2, 3, 3, 4, 4]


def test_each_meeting_is_learnt_from_the_ends_of_the_two_years_before_it(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from the day itself: 2018-01-31 was the end of a month. Surprises are not learnt from."""
    real, given = policy._ordered_logit, list[Any]()

    def spy(*arguments: Any) -> Vector:
        given[:] = arguments
        return real(*arguments)

    monkeypatch.setattr(policy, "_ordered_logit", spy)
    panel = known(history, "2026-09-30")
    past = policy.moves(panel)
    policy.react(panel, past, states=1)
    x, outcome, censored, worth, _ = given
    day = past.day[past.scheduled]
    assert np.datetime64("2018-01-31") in day
    ends = pd.date_range("1985-01-31", "2026-12-31", freq="ME").to_numpy("datetime64[D]")
    lead = (day[:, None] - ends).astype(float) / policy.MONTH_DAYS
    seen = (lead > 0) & (lead <= 24)
    assert len(x) == seen.sum()
    assert worth == pytest.approx(0.04 + 0.35 * np.exp(-lead[seen] / 3))
    assert np.bincount(np.nonzero(seen)[0], worth).mean() == pytest.approx(2, abs=0.03)
    classes = policy._outcome(past.step[past.scheduled])
    assert (outcome == np.repeat(classes, seen.sum(axis=1))).all()
    assert (censored == np.repeat(past.at_bound[past.scheduled], seen.sum(axis=1))).all()
    memory = past.direction * np.exp(-past.age / 2)
    assert x[:, -1] == pytest.approx(np.repeat(memory[past.scheduled], seen.sum(axis=1)))


class Spy:
    """Remembers what was minimised."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.criterion: Callable[[Vector], tuple[float, Vector]]
        self.found: Vector
        self._minimize = optimize.minimize
        monkeypatch.setattr(optimize, "minimize", self)

    def __call__(self, criterion: Any, start: Vector, **options: Any) -> Any:
        answer = self._minimize(criterion, start, **options)
        if options.get("jac") is True:
            self.criterion, self.found = criterion, answer.x
        return answer

    def value(self, theta: Vector) -> float:
        return self.criterion(theta)[0]

    def curvature(self) -> Vector:
        width = 1e-4 * np.eye(self.found.size)
        slopes = [
            np.subtract(self.criterion(self.found + one)[1], self.criterion(self.found - one)[1])
            for one in width
        ]
        return np.array(slopes) / 2e-4


@pytest.mark.parametrize("day", ["1957-06-01", "1981-06-15", "1994-12-31", "2026-09-30"])
def test_the_slope_of_the_criterion_is_that_of_finite_differences(
    history: Store, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    spy, panel = Spy(monkeypatch), known(history, day)
    policy.react(panel, policy.moves(panel), states=1)
    random = np.random.default_rng(1)
    for point in (spy.found, *(spy.found + random.normal(0, 0.3, (4, spy.found.size)))):
        value, slope = spy.criterion(point)
        nearly = optimize.approx_fprime(point, spy.value, 1e-6)
        assert slope == pytest.approx(nearly, abs=2e-5 * value)


@pytest.mark.parametrize("day", ["1957-06-01", "1981-06-15", "1994-12-31", "2026-09-30"])
def test_the_estimate_is_the_mode(
    history: Store, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    """A further step of Newton's method moves it by less than a hundredth of its error."""
    spy, panel = Spy(monkeypatch), known(history, day)
    policy.react(panel, policy.moves(panel), states=1)
    curvature = spy.curvature()
    step = np.linalg.solve(curvature, spy.criterion(spy.found)[1])
    assert np.sqrt(step @ curvature @ step) < 0.01


def test_the_draws_are_those_of_the_normal_approximation(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy, panel = Spy(monkeypatch), known(history, "2026-09-30")
    past = policy.moves(panel)
    states = policy.react(panel, past, states=4000).states
    curvature = spy.curvature()
    # Of a decision 24 looks are taken, which add up to two; that is taken back.
    looks = np.arange(0.5, 24)
    assert (0.04 + 0.35 * np.exp(-looks / 3)).sum() == pytest.approx(2, abs=0.03)
    spread = np.sqrt(2 * np.diag(np.linalg.inv(curvature)))
    first = INPUTS + 1
    assert states[:, :first].mean(axis=0) == pytest.approx(spy.found[:first], abs=1e-9)
    assert states[:, :first].std(axis=0) == pytest.approx(spread[:first], rel=0.06)
    distances = np.log(np.diff(states[:, INPUTS:], axis=1))
    assert distances.mean(axis=0) == pytest.approx(spy.found[first:], abs=1e-9)
    assert distances.std(axis=0) == pytest.approx(spread[first:], rel=0.06)
    estimate = policy.react(panel, past, states=1).states
    assert estimate.shape == (1, INPUTS + 4)
    assert estimate[0, :INPUTS] == pytest.approx(spy.found[:INPUTS])


SLOPES = np.array([1.2, -0.8, 0.5, 0.0, 2.0, -1.0])
LIMITS = np.array([-3.0, -1.5, 1.0, 2.5])


def sample(count: int) -> tuple[Vector, np.ndarray[Any, np.dtype[np.intp]]]:
    random = np.random.default_rng(3)
    x = random.normal(0, 1, (count, INPUTS))
    return x, choose(x, SLOPES, LIMITS, random)


def distance(x: Vector, outcome: Any, censored: Any) -> float:
    """How far the estimate is off, in the standard deviations of its own draws."""
    drawn = policy._ordered_logit(x, outcome, censored, np.ones(len(x)), 400)
    off = drawn.mean(axis=0) - [*SLOPES, *LIMITS]
    return float(np.abs(off / drawn.std(axis=0)).max())


def test_the_fit_recovers_what_made_the_data() -> None:
    x, outcome = sample(20_000)
    assert distance(x, outcome, np.zeros(len(x), dtype=bool)) < 3


def test_the_fit_recovers_it_where_half_of_the_cuts_could_not_be_made() -> None:
    x, outcome = sample(20_000)
    at_bound = np.arange(len(x)) % 2 == 0
    seen = np.where(at_bound, np.maximum(outcome, 2), outcome)
    assert distance(x, seen, at_bound) < 3
    assert distance(x, seen, np.zeros(len(x), dtype=bool)) > 10


def test_a_hike_from_the_bound_is_learnt_from() -> None:
    """Whatever the rule would have asked for: a hike is no hold."""
    x = np.zeros((400, INPUTS))
    outcome = np.where(np.arange(400) % 4 == 0, 3, 2)
    drawn = policy._ordered_logit(x, outcome, np.ones(400, dtype=bool), np.ones(400), 1)[0]
    below = special.expit(drawn[INPUTS:])
    assert 1 - below[2] == pytest.approx(0.25, abs=0.02)


def test_with_no_large_moves_known_the_prior_speaks_of_them() -> None:
    x, outcome = sample(300)
    small = np.clip(outcome, 1, 3)
    drawn = policy._ordered_logit(x, small, np.zeros(300, dtype=bool), np.ones(300), 40)
    assert np.isfinite(drawn).all()
    assert (np.diff(drawn[:, INPUTS:], axis=1) > 0).all()
    odds = special.expit(drawn.mean(axis=0)[INPUTS:])
    assert 0 < odds[0] < 0.02
    assert 0 < 1 - odds[3] < 0.02


def test_large_moves_come_in_the_sizes_they_had(history: Store) -> None:
    panel = known(history, "2026-09-30")
    past = policy.moves(panel)
    cuts, hikes, between = policy.react(panel, past, states=1).sizes
    first = past.day[0].astype(object)
    changes = [
        (it.scheduled, it.change)
        for it in fomc.decisions(panel)
        if it.change and it.day >= (first if it.scheduled else date(1994, 2, 4))
    ]
    assert sorted(cuts) == sorted([-0.5, *(by for planned, by in changes if planned and by < -0.3)])
    assert sorted(hikes) == sorted([0.5, *(by for planned, by in changes if planned and by > 0.3)])
    surprises = [by for planned, by in changes if not planned and by < 0]
    assert sorted(between) == sorted([-0.5, -0.25, *surprises])
    at_bound = policy._sizes(replace(past, at_bound=np.ones_like(past.at_bound)))
    assert [it.tolist() for it in at_bound[:2]] == [[-0.5], [0.5]]


def test_cuts_between_meetings_come_as_often_as_they_did(history: Store) -> None:
    """Over the time since 1994 the rate expects about as many as there were."""
    panel = known(history, "2026-09-30")
    past = policy.moves(panel)
    reaction = policy.react(panel, past, states=1)
    assert reaction.unscheduled is not None
    constant, on_gap = reaction.unscheduled
    assert on_gap < 0
    counted = (past.day[1:] >= np.datetime64("1994-02-04")) & ~past.at_bound[1:]
    rates, _ = policy.yields(panel, past.day[:-1])
    gap = np.minimum(rates[:, 1] - past.before[1:], 0.3)[counted]
    span = np.diff(past.day).astype(float)[counted] / policy.MONTH_DAYS
    came = (~past.scheduled[1:] & (past.step[1:] < 0))[counted]

    def unlikely(theta: Vector) -> float:
        none = np.exp(-np.exp(theta[0] + theta[1] * gap) * span)
        prior = ((theta[0] + 3.5) / 0.7) ** 2 + ((theta[1] + 0.5) / 0.7) ** 2
        return float(prior / 2 - np.log(np.where(came, 1 - none, none)).sum())

    mode = optimize.minimize(unlikely, [-3.0, 0.0], method="Nelder-Mead", tol=1e-8).x
    assert (constant, on_gap) == pytest.approx(tuple(mode), abs=1e-4)
    assert came.sum() == 8
    expected = float(-np.expm1(-np.exp(constant + on_gap * gap) * span).sum())
    assert expected == pytest.approx(8, rel=0.25)


def test_before_announcements_nothing_is_learnt_of_moves_between_meetings(history: Store) -> None:
    panel = known(history, "1993-12-31")
    past = policy.moves(panel)
    assert (~past.scheduled).sum() > 5  # moves between meetings were the rule
    assert policy.react(panel, past, states=1).unscheduled == pytest.approx((-3.5, -0.5), abs=1e-4)


# --------------------------------------------------------------------------------------- the paths
@pytest.mark.parametrize("day", ["1974-06-03", "1988-10-10"])
def test_the_first_moment_has_the_odds_of_the_logit(history: Store, day: str) -> None:
    panel = known(history, day)
    past, now = policy.moves(panel), target(panel)
    paths = policy.simulate(panel, now, states=1)
    estimate = policy.react(panel, past, states=1).states[0]
    rates, _ = policy.yields(panel, np.array([day], dtype="datetime64[D]"))
    lead = paths.offset[0] / policy.MONTH_DAYS
    age = (np.datetime64(day) - past.last[0]).astype(float) / policy.MONTH_DAYS + lead
    x = policy.inputs(
        np.array([lead]), rates, np.array([now.middle]), np.array([past.last[1]]), np.array([age])
    )
    below = special.expit(estimate[INPUTS:] - x[0] @ estimate[:INPUTS])
    step = np.sign(paths.rate[:, 0] - now.middle)
    assert (step < 0).mean() == pytest.approx(below[1], abs=0.015)
    assert (step > 0).mean() == pytest.approx(1 - below[2], abs=0.015)
    assert (paths.rate[:, 0] < now.middle - 0.3).mean() == pytest.approx(below[0], abs=0.015)


def test_a_cut_before_the_first_meeting_has_the_odds_of_its_rate(history: Store) -> None:
    panel = known(history, "2008-02-15")
    past, now = policy.moves(panel), target(panel)
    paths = policy.simulate(panel, now)
    unscheduled = policy.react(panel, past, states=1).unscheduled
    assert unscheduled is not None
    assert paths.meeting[:2] == (None, date(2008, 3, 18))
    gap = paths.gap * np.exp(-paths.offset[0] / policy.MONTH_DAYS / 8)
    rate = np.exp(unscheduled[0] + unscheduled[1] * min(gap, 0.3))
    expected = -np.expm1(-rate * paths.offset[1] / policy.MONTH_DAYS)
    assert expected > 0.1
    assert (paths.rate[:, 0] < now.middle).mean() == pytest.approx(expected, abs=0.01)


def test_the_rate_between_two_meetings_is_for_the_time_between_them(history: Store) -> None:
    """Not for the half of it that has gone by at the moment it is asked at."""
    panel = known(history, "2004-01-05")
    now = target(panel)
    paths = policy.simulate(panel, now)
    unscheduled = policy.react(panel, policy.moves(panel), states=1).unscheduled
    assert unscheduled is not None
    third = 4
    assert paths.meeting[third] is None
    span = (paths.offset[third + 1] - paths.offset[third - 1]) / policy.MONTH_DAYS
    rate = paths.rate[:, third - 1]
    gap = (paths.gap + now.middle - rate) * np.exp(-paths.offset[third] / policy.MONTH_DAYS / 8)
    expected = -np.expm1(-np.exp(unscheduled[0] + unscheduled[1] * np.minimum(gap, 0.3)) * span)
    came = (paths.rate[:, third] < rate).mean()
    assert came == pytest.approx(expected.mean(), rel=0.15)


def test_paths_go_on_from_their_own_last_move(history: Store) -> None:
    """After a first hike another one is likelier than after a first cut."""
    panel = known(history, "2004-06-15")
    paths = policy.simulate(panel, target(panel))
    meetings = [place for place, day in enumerate(paths.meeting) if day is not None]
    first, second = (paths.rate[:, place] for place in meetings[:2])
    before = paths.rate[:, meetings[1] - 1]
    up = first > paths.start
    assert 0.1 < up.mean() < 0.99
    assert (second > before)[up].mean() > 2 * (second > before)[~up].mean()


def test_the_last_move_grows_old_with_the_paths(history: Store) -> None:
    panel = known(history, "2019-12-20")
    past = policy.moves(panel)
    walk = policy._Walk(
        policy.react(panel, past), np.zeros(3), start=1.625, last=past.last, as_of=panel.as_of,
        paths=40,
    )  # fmt: skip
    for months in (1.0, 2.5, 4.0):
        walk.go_to(months)
    assert walk._age == pytest.approx(51 / policy.MONTH_DAYS + 4)  # since 2019-10-30


def test_paths_speak_of_the_meetings_of_two_years(history: Store) -> None:
    panel = known(history, "2019-12-20")
    paths = policy.simulate(panel, target(panel), paths=400)
    held = tuple(day for day in paths.meeting if day is not None)
    assert held == fomc.coming(date(2019, 12, 20), date(2021, 12, 20))
    assert paths.rate.shape == (400, paths.offset.size)
    assert np.bincount(paths.state).tolist() == [10] * policy.STATES
    assert paths.rates_of == date(2019, 12, 19)
    assert paths.start == 1.625
    close = float(panel.series["DGS1"].dropna().iloc[-1])
    assert paths.gap == pytest.approx(close - 1.625)
    assert paths.decisions == int(policy.moves(panel).scheduled.sum())
    steps = np.diff(paths.rate, axis=1, prepend=paths.start) / 0.25
    assert steps == pytest.approx(np.round(steps))


def test_only_the_distance_of_yields_to_the_target_counts(history: Store) -> None:
    """With yields and target a point higher today, every path is a point higher."""
    panel = known(history, "2019-12-20")
    lifted = {
        name: it if name not in ("DGS3MO", "DGS1", "DGS2") else it.add(it.index == it.index[-1])
        for name, it in panel.series.items()
    }
    now = target(panel)
    higher = replace(now, lower=now.lower + 1, upper=now.upper + 1)
    paths = policy.simulate(panel, now, paths=4000)
    shifted = policy.simulate(replace(panel, series=lifted), higher, paths=4000)
    # A gap of a binary fraction more or less may turn a path.
    same = np.abs(shifted.rate - paths.rate - 1) < 1e-9
    assert same.all(axis=1).mean() > 0.999


def test_lower_yields_make_cuts_likelier_at_every_meeting(history: Store) -> None:
    panel = known(history, "2019-12-20")
    lowered = {
        name: it
        if name not in ("DGS3MO", "DGS1", "DGS2")
        else it.sub(0.5 * (it.index == it.index[-1]))
        for name, it in panel.series.items()
    }
    paths = policy.simulate(panel, target(panel), paths=4000)
    lower = policy.simulate(replace(panel, series=lowered), target(panel), paths=4000)
    assert (lower.rate.mean(axis=0) < paths.rate.mean(axis=0)).all()


def test_the_same_panel_gives_the_same_paths(history: Store) -> None:
    panel = known(history, "2019-12-20")
    one, other = (policy.simulate(panel, target(panel), paths=400) for _ in range(2))
    assert (one.rate == other.rate).all()
    assert (one.state == other.state).all()


def test_more_paths_or_states_tell_the_same_within_their_error(history: Store) -> None:
    panel = known(history, "2007-07-31")
    mean = policy.simulate(panel, target(panel)).rate.mean(axis=0)
    fewer = policy.simulate(panel, target(panel), paths=4000).rate.mean(axis=0)
    assert np.abs(fewer - mean).max() < 0.1


# ---------------------------------------------------------------------------------- no look-ahead
@pytest.mark.parametrize("day", ["1991-03-15", "2007-07-31", "2019-12-20"])
def test_what_was_decided_later_changes_nothing(
    history: Store, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    panel = known(history, day)
    before = policy.simulate(panel, target(panel), paths=400)
    table = fomc._table()
    later = [
        replace(it, lower=9.0, upper=9.25, change=5.0) if it.day > panel.as_of else it
        for it in table.calendar
        if it.scheduled or it.day <= panel.as_of
    ]
    monkeypatch.setattr(fomc, "_table", lambda: table._replace(calendar=tuple(later)))
    after = policy.simulate(panel, target(panel), paths=400)
    assert (before.rate == after.rate).all()
    assert before.meeting == after.meeting
    # So that the test could fail: on a later day they do count.
    monkeypatch.undo()
    much_later = history.panel(panel.as_of + timedelta(days=400), policy.NEEDED)
    true = policy.moves(much_later)
    monkeypatch.setattr(fomc, "_table", lambda: table._replace(calendar=tuple(later)))
    if not true.months:
        assert policy.moves(much_later).before[-1] != true.before[-1]
