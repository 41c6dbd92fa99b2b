"""All models on one day, and the pool of clock and background."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import features
from monitor.catalog import SERIES
from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    TARGETS,
    EpisodeRule,
    Panel,
    TurningPoint,
    add_months,
)
from monitor.errors import InsufficientData
from monitor.model import background, lag, pool, recession
from monitor.store import Store
from monitor.store.known import Chronicle, Timeline

RULE = EpisodeRule()
FIRST, LAST = date(1962, 1, 1), date(2026, 11, 22)
CHANCE = random.Random(20)
SPAN = (date(2026, 6, 30) - FIRST).days
TWENTY = sorted(FIRST + timedelta(days=CHANCE.randrange(SPAN)) for _ in range(20))


def known(history: Store, day: date) -> Panel:
    return history.panel(day, recession.needed(RULE))


def parts(history: Store, day: date) -> tuple[lag.Clock, background.Background]:
    panel = known(history, day)
    spread = features.judged_spread(panel, RULE)
    curve = lag.Curve(spread, panel.turning_points, RULE, day)
    clock = lag.clock(curve)
    return clock, background.score(features.frame(panel), curve, clock, draws=6)


# ----------------------------------------------------------------------------------------- the pool
@pytest.mark.parametrize("day", TWENTY[::2], ids=str)
def test_the_pool_is_the_clock_and_the_false_alarm_times_the_background(
    history: Store, day: date
) -> None:
    clock, told = parts(history, day)
    posterior, age = clock.posterior, clock.known.age
    if age is None:
        expected = told.probability
    else:
        passed = posterior.cdf(age)
        survived = 1 - posterior.hit_rate * passed
        ahead = np.array([posterior.cdf(age + months) - passed for months in HORIZONS])
        begins = posterior.hit_rate * ahead / survived
        false = (1 - posterior.hit_rate) / survived @ posterior.weight
        expected = begins @ posterior.weight + false * told.probability
    assert pool.probability(clock, told) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("day", TWENTY[1::4], ids=str)
def test_its_states_have_its_mean_where_those_of_the_background_do(
    history: Store, day: date
) -> None:
    """The mean over all states is the law of total probability over again."""
    clock, told = parts(history, day)
    pooled = pool.combine(clock, told)
    for row, months in enumerate(HORIZONS):
        mean = pooled.values[months] @ pooled.weights
        drawn = told.states[row].mean() - told.probability[row]
        expected = pooled.probability[months] + clock.false_alarm * drawn
        assert mean == pytest.approx(expected, abs=2e-3)


@given(day=st.dates(FIRST, LAST))
@settings(max_examples=60, deadline=None)
def test_contributions_add_up(history: Store, day: date) -> None:
    clock, told = parts(history, day)
    for row, months in enumerate(HORIZONS):
        listed = pool.contributions(clock, told, months)
        assert listed[0].feature == "base"
        assert len({part.feature for part in listed}) == len(listed)
        total = sum(part.points for part in listed)
        assert total == pytest.approx(pool.probability(clock, told)[row], abs=1e-12)


@given(day=st.dates(FIRST, LAST))
@settings(max_examples=25, deadline=None)
def test_the_interval_contains_the_number(history: Store, day: date) -> None:
    clock, told = parts(history, day)
    pooled = pool.combine(clock, told)
    for months, span in pooled.interval(pool.LEVEL).items():
        assert 0 < span.low <= pooled.probability[months] <= span.high < 1


@given(day=st.dates(FIRST, LAST))
@settings(max_examples=25, deadline=None)
def test_the_pool_rises_with_the_horizon_and_stays_between_0_and_1(
    history: Store, day: date
) -> None:
    clock, told = parts(history, day)
    states = np.array([*pool.combine(clock, told).values.values()]).T
    for p in (pool.probability(clock, told), *states):
        assert (np.diff(p) >= -1e-15).all()
        assert 0 < p[0] <= p[-1] < 1


# -------------------------------------------------------------------------------------- all members
@pytest.mark.parametrize("day", TWENTY[::2], ids=str)
def test_the_walk_and_the_score_say_the_same(history: Store, day: date) -> None:
    """The logit to six decimals: a walk estimates it with a solver of its own."""
    panel = known(history, day)
    walked, scored = recession.probabilities(panel, RULE), recession.score(panel, RULE)
    members = {member.id: member for member in (scored.pool, *scored.members)}
    assert walked.keys() == members.keys() <= set(recession.MEMBERS)
    for name, member in members.items():
        start = walked[name][TARGETS.index("start")]
        close = 1e-6 if name == "logit" else 1e-12
        assert start == pytest.approx([member.probability[h] for h in HORIZONS], abs=close)
    for target, found in (("at", scored.at), ("any", scored.any)):
        assert walked[pool.ID][TARGETS.index(target)] == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize("day", TWENTY[::4], ids=str)
def test_the_weights_are_those_of_a_true_and_of_a_false_alarm(history: Store, day: date) -> None:
    scored = recession.score(known(history, day), RULE)
    assert sum(scored.weights.values()) == pytest.approx(1.0)
    assert scored.weights[background.ID] == pytest.approx(scored.clock.false_alarm)
    total = sum(part.points for part in scored.contributions)
    assert total == pytest.approx(scored.pool.probability[HEADLINE_HORIZON], abs=1e-12)


@pytest.mark.parametrize("day", TWENTY[1::4], ids=str)
def test_every_member_rises_with_the_horizon_and_stays_between_0_and_1(
    history: Store, day: date
) -> None:
    for name, found in recession.probabilities(known(history, day), RULE).items():
        assert found.shape == (len(TARGETS), len(HORIZONS)), name
        assert ((found > 0) & (found < 1)).all(), name
        for target in ("start", "any"):
            assert (np.diff(found[TARGETS.index(target)]) >= -1e-12).all(), (name, target)


def test_without_a_spread_nothing_is_said(history: Store) -> None:
    panel = history.panel(date(1990, 1, 10), ["UNRATE"])
    with pytest.raises(InsufficientData, match="no monthly 10y-3m spread was known on 1990-01-10"):
        recession.probabilities(panel, RULE)


# -------------------------------------------------------------------------------------- time travel
@pytest.fixture(scope="module")
def chronicle(history: Store) -> Chronicle:
    return history.chronicle(recession.needed(RULE), until=LAST)


def said(panel: Panel) -> dict[str, bytes]:
    return {name: p.tobytes() for name, p in recession.probabilities(panel, RULE).items()}


@pytest.mark.parametrize("day", TWENTY, ids=str)
def test_rates_of_today_cut_at_a_day_give_the_answer_of_that_day(
    chronicle: Chronicle, day: date
) -> None:
    """Rates are never revised, and turning points never moved."""
    then, now = chronicle.panel(day), chronicle.panel(LAST)
    cut = {
        name: values[[SERIES[name].usual_release(stamp.date()) <= day for stamp in values.index]]
        for name, values in now.series.items()
        if name in {"GS10", "TB3MS"}
    }
    points = tuple(point for point in now.turning_points if point.announced <= day)
    replayed = Panel(day, {**then.series, **cut}, then.provenance, points)
    assert said(replayed) == said(then)


@pytest.mark.parametrize("strict", [False, True], ids=["stand-ins", "strict"])
@pytest.mark.parametrize("day", TWENTY, ids=str)
def test_whatever_came_later_changes_no_byte_of_any_member(
    chronicle: Chronicle, day: date, *, strict: bool
) -> None:
    later = scrambled(chronicle, day, strict=strict)
    assert said(later.panel(day, strict=strict)) == said(chronicle.panel(day, strict=strict))
    assert later.panel(LAST).sha256() != chronicle.panel(LAST).sha256()


@pytest.mark.parametrize("day", TWENTY[8::5], ids=str)
def test_the_scrambled_history_is_another_history_for_every_member(
    chronicle: Chronicle, day: date
) -> None:
    """What the test above shows is not for want of a change: three years on all differ."""
    after = add_months(day, 36)
    true, mangled = (
        said(known.panel(after)) for known in (chronicle, scrambled(chronicle, day, strict=False))
    )
    assert {name for name, p in mangled.items() if p != true[name]} >= {
        pool.ID, background.ID, "nyfed_published", "probit", "logit"
    }  # fmt: skip


def scrambled(chronicle: Chronicle, day: date, *, strict: bool) -> Chronicle:
    """All that was published after a day made nonsense: values, revisions and announcements."""
    draw = np.random.default_rng(day.toordinal())
    moved = tuple(
        point if point.announced <= day else replace(point, month=_somewhere(point, draw))
        for point in chronicle.announced
    )
    return replace(
        chronicle,
        timelines=tuple(_mangled(line, day, draw, strict=strict) for line in chronicle.timelines),
        announced=moved,
        recessions=_mangled(chronicle.recessions, day, draw, strict=True),
    )


def _mangled(line: Timeline, day: date, draw: np.random.Generator, *, strict: bool) -> Timeline:
    """A value was published in its vintage, or when its period usually is, if it may stand in.

    A vintage that stands in tells the growth since the last period that was known, so that what it
    says of that one is admitted, too.
    """
    today = np.datetime64(day, "D")
    out = np.array([line.spec.usual_release(at.date()) <= day for at in line.index], dtype=bool)
    late = line.known_from > today
    if not (strict and line.spec.revised):
        stands_in = line.first[out & late[line.first]]
        newest = line.known_from[stands_in].max(initial=today)
        late &= ~(out.repeat(line.count) & (line.known_from <= newest))
    nonsense = draw.uniform(0.5, 50, line.values.size)
    return replace(line, values=np.where(late, nonsense, line.values))


def _somewhere(point: TurningPoint, draw: np.random.Generator) -> date:
    return add_months(point.month, int(draw.integers(-8, -1)))
