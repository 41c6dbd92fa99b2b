"""What holds for the odds of policy on any day, whatever the odds of a recession are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import fomc
from monitor.domain import (
    BOUND_HORIZONS,
    HORIZONS,
    POLICY_HORIZONS,
    EpisodeRule,
    Interval,
    Panel,
    PolicyOdds,
    PolicyOptions,
    add_months,
)
from monitor.model import outlook, policy, qe, recession
from monitor.model.policy import Paths
from monitor.model.qe import Outcome
from monitor.store import Store

RULE = EpisodeRule()
FIRST, LAST = date(1957, 1, 1), date(2026, 11, 22)
CHANCE = random.Random(1914)
FEW = sorted(FIRST + timedelta(days=CHANCE.randrange((LAST - FIRST).days)) for _ in range(8))
NEAR_THE_BOUND = [date(2003, 6, 30), date(2008, 9, 30), date(2015, 12, 20), date(2019, 12, 20)]

days = st.dates(FIRST, LAST)
known_days = st.sampled_from(sorted({*FEW, *NEAR_THE_BOUND, date(2012, 3, 1)}))
rising = st.lists(st.floats(0, 1), min_size=len(HORIZONS), max_size=len(HORIZONS)).map(sorted)
one = st.floats(0, 1)
heads = st.tuples(rising, one)
"""Odds that a recession starts, by horizon, and that there is one."""
bounds = st.integers(-4, 6).map(lambda steps: steps / 4)


def by_horizon(odds: Sequence[float]) -> dict[int, float]:
    return dict(zip(HORIZONS, odds, strict=True))


class Known:
    """Days with the paths of an ordinary reaction, simulated once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[date, tuple[Panel, Paths, tuple[qe.Easing, ...]]] = {}

    def __call__(self, day: date) -> tuple[Panel, Paths, tuple[qe.Easing, ...]]:
        if day not in self._found:
            panel = self._store.panel(day, outlook.NEEDED)
            target = fomc.target(panel)
            assert target is not None
            paths = policy.simulate(panel, target, paths=2000)
            self._found[day] = panel, paths, qe.easings(panel)
        return self._found[day]

    def unfold(
        self, day: date, odds: Sequence[float], now: float, bound: float = 0.0, up: float = 0.0
    ) -> Outcome:
        _, paths, easings = self(day)
        higher = replace(paths, start=paths.start + up, rate=paths.rate + up)
        return qe.unfold(higher, start=by_horizon(odds), now=now, known=easings, bound=bound)


@pytest.fixture(scope="module")
def known(history: Store) -> Known:
    return Known(history)


def reached(outcome: Outcome, day: date) -> list[float]:
    return [float((outcome.bound <= outcome.months(day, h)).mean()) for h in BOUND_HORIZONS]


# ------------------------------------------------------------------------------- the odds of a day
def hold_together(panel: Panel, odds: PolicyOdds) -> None:
    """Everything that must be so of the odds of one day."""
    for shares in (odds.cut, odds.hold, odds.hike, odds.any_hike, odds.lower_bound, odds.qe):
        assert all(0 <= share <= 1 for share in shares.values())
    for horizon in POLICY_HORIZONS:
        total = odds.cut[horizon] + odds.hold[horizon] + odds.hike[horizon]
        assert total == pytest.approx(1, abs=1e-12)
        assert odds.any_hike[horizon] >= odds.hike[horizon]
    for shares in (odds.cut, odds.any_hike, odds.lower_bound, odds.qe):
        assert all(sooner <= later for sooner, later in pairwise(shares.values()))
    assert all(sooner >= later for sooner, later in pairwise(odds.hold.values()))
    if odds.bound.room > 0 and odds.target.middle > odds.bound.bound + 0.25:
        assert odds.lower_bound[12] <= odds.cut[12]
    if odds.stance != "qe_active":
        for horizon in BOUND_HORIZONS:
            years = horizon / 12 * (1 + 1 / 300)  # a year of 366 days
            allowance = -np.expm1(-qe.off_bound(panel) * years)
            assert odds.qe[horizon] <= odds.lower_bound[horizon] + allowance


def read_well(panel: Panel, odds: PolicyOdds) -> None:
    """What is printed beside the odds is in order, too."""
    for of in ("cut", "hike", "lower_bound", "qe"):
        for horizon, span in odds.interval[of].items():
            assert 0 <= span.low <= getattr(odds, of)[horizon] <= span.high <= 1
            assert isinstance(span, Interval)
    floor = min(odds.bound.bound + 0.125, odds.target.middle)
    for point in odds.path:
        assert floor <= point.low <= point.high
        assert point.mean >= floor - 1e-12
    assert [point.horizon for point in odds.path] == [1, 3, 6, 12, 24]
    for meeting in odds.meetings:
        assert meeting.day > panel.as_of
        assert sum(meeting.odds.values()) == pytest.approx(1, abs=1e-12)
        assert sum(meeting.target.values()) == pytest.approx(1, abs=1e-12)
    assert all(sentence and "None" not in sentence for sentence in odds.why)


@given(
    day=days,
    odds=rising,
    now=st.none() | one,
    options=st.builds(PolicyOptions, bounds, st.none() | one),
)
# Each takes a third of a second.
@settings(max_examples=settings.default.max_examples // 8)
def test_the_odds_of_a_day_hold_together(
    history: Store, day: date, odds: list[float], now: float | None, options: PolicyOptions
) -> None:
    panel = history.panel(day, outlook.NEEDED)
    found = outlook.outlook(panel, by_horizon(odds), now, options)
    assert found.findings == ()
    assert found.odds is not None
    hold_together(panel, found.odds)
    read_well(panel, found.odds)


@pytest.mark.parametrize("day", [*FEW[::2], *NEAR_THE_BOUND[1::2]], ids=str)
def test_they_hold_together_beside_the_recession_odds_of_that_day(
    history: Store, day: date
) -> None:
    names = dict.fromkeys((*recession.needed(RULE), *outlook.NEEDED))
    panel = history.panel(day, tuple(names))
    scores = recession.score(panel, RULE)
    now = None if scores.now is None else scores.now.probability
    found = outlook.outlook(panel, scores.pool.probability, now, PolicyOptions())
    assert found.odds is not None
    hold_together(panel, found.odds)
    read_well(panel, found.odds)


# ---------------------------------------------------------------------------------------- the paths
@given(day=known_days, odds=rising, now=one)
@settings(max_examples=settings.default.max_examples // 4)
def test_the_paths_have_the_recession_odds_they_were_given(
    known: Known, day: date, odds: list[float], now: float
) -> None:
    outcome = known.unfold(day, odds, now)
    share = 1 / outcome.recession.size
    assert (outcome.recession == 0).mean() == pytest.approx(now, abs=share)
    for horizon, start in by_horizon(odds).items():
        expected = now + (1 - now) * start
        assert (outcome.recession <= horizon).mean() == pytest.approx(expected, abs=share)


@given(day=known_days, head=heads, later=rising, more=one)
@settings(max_examples=settings.default.max_examples // 4)
def test_a_likelier_recession_never_makes_the_bound_less_likely(
    known: Known, day: date, head: tuple[list[float], float], later: list[float], more: float
) -> None:
    odds, now = head
    higher = np.maximum(odds, later).tolist()
    before = reached(known.unfold(day, odds, now), day)
    after = reached(known.unfold(day, higher, now + (1 - now) * more), day)
    assert all(one <= other for one, other in zip(before, after, strict=True))


@given(day=known_days, head=heads, bound=bounds, lower=st.integers(0, 8))
@settings(max_examples=settings.default.max_examples // 4)
def test_more_room_never_makes_the_bound_likelier(
    known: Known, day: date, head: tuple[list[float], float], bound: float, lower: int
) -> None:
    """Whether the bound lies lower, or target and yields lie higher."""
    tight = reached(known.unfold(day, *head, bound), day)
    assert all(
        one >= other
        for roomy in (
            reached(known.unfold(day, *head, bound - lower / 4), day),
            reached(known.unfold(day, *head, bound, up=lower / 4), day),
        )
        for one, other in zip(tight, roomy, strict=True)
    )


@given(day=known_days, odds=rising, now=one, bound=bounds)
@settings(max_examples=settings.default.max_examples // 4)
def test_no_path_reaches_the_bound_without_a_cut_or_falls_below_it(
    known: Known, day: date, odds: list[float], now: float, bound: float
) -> None:
    outcome = known.unfold(day, odds, now, bound)
    floor = min(bound + 0.125, outcome.paths.start)
    assert (outcome.rate >= floor).all()
    if outcome.paths.start > bound + 0.25:
        assert (outcome.bound >= outcome.cut).all()
    else:
        assert (outcome.bound == 0).all()
    with_move = np.isfinite(outcome.cut) | np.isfinite(outcome.hike)
    still = (np.abs(outcome.rate - outcome.paths.start) < 1e-9).all(axis=1)
    assert (with_move == ~still).all()


@given(day=known_days, head=heads, follow=one, months=st.floats(0, 24))
@settings(max_examples=settings.default.max_examples // 4)
def test_purchases_need_the_bound_or_the_allowance(
    known: Known, day: date, head: tuple[list[float], float], follow: float, months: float
) -> None:
    outcome, off = known.unfold(day, *head), 0.0125
    found = qe.purchases(outcome, months, follow, off)
    allowance = -np.expm1(-off * months * policy.MONTH_DAYS / 365.25)
    away = outcome.bound > months
    assert found[away] == pytest.approx(allowance, rel=1e-12)
    arrived = (outcome.bound <= months) & (outcome.bound > 0)
    assert (found[arrived] == follow).all()
    assert ((found >= 0) & (found <= max(follow, allowance) + 1e-12)).all()
    waiting = outcome.bound == 0
    share = np.minimum(np.minimum(outcome.hike, months) / 12, 1)[waiting]
    assert found[waiting] == pytest.approx(share * follow + (1 - share) * allowance, rel=1e-9)


# --------------------------------------------------------------------------------------- the events
@given(day=days)
@settings(max_examples=settings.default.max_examples * 2)
def test_before_meetings_are_learnt_from_each_coming_month_has_its_moment(day: date) -> None:
    until = add_months(day, policy.LEADS).replace(day=min(day.day, 28))
    found = policy._monthly(day, until)
    assert found[0] - day <= timedelta(days=31)
    assert all(timedelta(28) <= two - one <= timedelta(31) for one, two in pairwise(found))
    assert day < found[0]
    assert found[-1] <= until < found[-1] + timedelta(days=31)


@given(day=days, between=st.booleans())
@settings(max_examples=settings.default.max_examples * 2)
def test_events_come_in_order_and_moments_between_meetings_lie_half_way(
    day: date, *, between: bool
) -> None:
    meetings = fomc.coming(day, add_months(day, policy.LEADS))
    offset, held = policy._events(day, meetings, between=between)
    assert (np.diff(offset) > 0).all()
    assert offset[0] > 0
    assert tuple(it for it in held if it is not None) == meetings
    marks = [0, *((it - day).days for it in meetings)]
    assert [at for at, it in zip(offset.tolist(), held, strict=True) if it is None] == (
        [(one + two) // 2 for one, two in pairwise(marks) if two - one > 1] if between else []
    )
