"""What holds for the inversions of any curve, under any rule, on any day."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs import pipeline
from monitor import episodes
from monitor.catalog import PEAKS, SERIES, TROUGHS
from monitor.domain import (
    SPREADS,
    Episode,
    EpisodeRule,
    Fetch,
    Observation,
    TurningPoint,
    add_months,
    month_of,
    months_between,
)
from monitor.sources import bundled
from monitor.store import Store

START = date(1970, 1, 1)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A spread and its recessions, with a rule to judge it by."""

    spread: pd.Series[float]
    points: tuple[TurningPoint, ...]
    rule: EpisodeRule

    def known(self, day: date) -> tuple[Episode, ...]:
        """The episodes as they were known on the first day of a month."""
        seen = self.spread[self.spread.index < pd.Timestamp(day)]
        announced = [point for point in self.points if point.announced <= day]
        return episodes.find(seen, announced, self.rule, day)

    @property
    def monthly(self) -> pd.Series[float]:
        """The lowest value of each month."""
        return self.spread.groupby(self.spread.index.to_period("M").to_timestamp()).min()

    @property
    def end(self) -> date:
        return add_months(self.spread.index[-1].date(), 1)


@st.composite
def worlds(draw: st.DrawFn, basis: str = "monthly") -> World:
    """Up to twelve years of a curve that often inverts, with up to five recessions."""
    start, size = pd.Timestamp(START), draw(st.integers(1, 144))
    days = pd.date_range(start, periods=size, freq="MS")
    if basis == "daily":  # three closes a month
        days = pd.DatetimeIndex([day + pd.Timedelta(days=n) for day in days for n in (2, 9, 26)])
    chance = random.Random(draw(st.integers(0, 10**6)))
    stay = draw(st.floats(0.5, 0.97))
    values, below = [], False
    for _ in days:
        below = below if chance.random() < stay else not below
        values.append(chance.randint(-200, -1) / 100 if below else chance.randint(0, 200) / 100)
    months = accumulate(draw(st.lists(st.integers(1, 40), max_size=10)))
    delays = draw(st.lists(st.integers(0, 14), min_size=10, max_size=10))
    turning, announced = [], 0
    for place, (month, delay) in enumerate(zip(months, delays, strict=False)):
        announced = max(announced, month + delay)
        kind: Literal["peak", "trough"] = "trough" if place % 2 else "peak"
        turning.append(TurningPoint(kind, add_months(START, month), add_months(START, announced)))
    rule = EpisodeRule(
        min_months=draw(st.integers(1, 4)),
        merge_gap_months=draw(st.integers(0, 12)),
        max_lag_months=draw(st.integers(1, 40)),
        basis="daily" if basis == "daily" else "monthly",
        merge_across_recessions=draw(st.booleans()),
    )
    return World(pd.Series(values, index=days), tuple(turning), rule)


ANY_WORLD = st.one_of(worlds(), worlds("daily"))


@settings(max_examples=80, deadline=None)
@given(ANY_WORLD)
def test_episodes_follow_each_other_and_none_crosses_a_peak(world: World) -> None:
    known = world.known(world.end)
    peaks = [
        point.month
        for point in world.points
        if point.kind == "peak" and point.announced <= world.end
    ]
    for episode in known:
        assert episode.start <= episode.end
        assert not [month for month in peaks if episode.start <= month < episode.end]
    for before, after in pairwise(known):
        assert before.end < after.start


@settings(max_examples=80, deadline=None)
@given(ANY_WORLD)
def test_two_inversions_are_never_one_that_a_short_pause_parts(world: World) -> None:
    points = [point.month for point in world.points if point.announced <= world.end]
    rule = replace(world.rule, min_months=1)
    for before, after in pairwise(replace(world, rule=rule).known(world.end)):
        if months_between(before.end, after.start) - 1 <= rule.merge_gap_months:
            assert [month for month in points if before.end <= month < after.start]


@settings(max_examples=80, deadline=None)
@given(ANY_WORLD)
def test_every_figure_of_an_episode_is_one_of_the_spread(world: World) -> None:
    peaks = {point.month for point in world.points if point.kind == "peak"}
    for episode in world.known(world.end):
        inside = world.monthly[pd.Timestamp(episode.start) : pd.Timestamp(episode.end)]
        assert inside.iloc[0] < 0
        assert inside.iloc[-1] < 0
        assert episode.months == (inside < 0).sum() >= world.rule.min_months
        assert episode.trough == inside.min() == inside[pd.Timestamp(episode.trough_month)]
        assert (episode.outcome == "hit") == (episode.peak is not None)
        if episode.peak is not None:
            assert episode.peak in peaks
            assert episode.lag_months == months_between(episode.start, episode.peak)
            assert episode.lag_from_end_months is not None
            assert 0 <= episode.lag_from_end_months <= episode.lag_months
            assert episode.lag_months <= world.rule.max_lag_months


@settings(max_examples=80, deadline=None)
@given(ANY_WORLD, st.integers(1, 144))
def test_what_was_a_hit_stays_the_same_episode_when_more_becomes_known(
    world: World, months: int
) -> None:
    day = min(add_months(START, months), world.end)
    later = world.known(world.end)
    for episode in world.known(day):
        # A peak announced before the month of its peak was over is no announcement.
        if episode.outcome == "hit" and episode.peak is not None and episode.peak < day:
            assert episode in later


@settings(max_examples=40, deadline=None)
@given(worlds("daily"), st.randoms(use_true_random=False))
def test_the_order_of_closes_within_a_month_changes_no_lag(
    world: World, chance: random.Random
) -> None:
    values = world.spread.to_numpy().reshape(-1, 3).tolist()
    for month in values:
        chance.shuffle(month)
    shuffled = replace(
        world, spread=pd.Series([v for m in values for v in m], index=world.spread.index)
    )
    plain = [replace(episode, closes=None) for episode in world.known(world.end)]
    assert [replace(e, closes=None) for e in shuffled.known(world.end)] == plain
    monthly = World(world.monthly, world.points, replace(world.rule, basis="monthly"))
    assert list(monthly.known(world.end)) == plain


# ------------------------------------------------------------------------------------- time travel
def scrambled(day: date) -> list[Fetch]:
    """The bundled curve and chronology, with all that was published after a day made nonsense."""
    chance = random.Random(day.toordinal())
    rates = {name for one in SPREADS.values() for name in (*one.monthly, *one.daily)}
    fetches = []
    for fetch in bundled.fetches(NOW):
        if fetch.series in {PEAKS, TROUGHS}:
            rows = [
                replace(row, period=date(1990 + chance.randrange(30), 6, 1))
                if row.known_from > day
                else row
                for row in fetch.observations
            ]
        elif fetch.series in rates:
            spec = SERIES[fetch.series]
            rows = [
                Observation(row.period, row.known_from, chance.uniform(0, 15))
                if min(row.known_from, spec.usual_release(row.period)) > day
                else row
                for row in fetch.observations
            ]
        else:
            continue
        fetches.append(replace(fetch, observations=tuple(rows)))
    return fetches


@pytest.mark.parametrize("day", ["1979-03-20", "1990-08-20", "2020-01-31"])
def test_nothing_published_later_changes_any_definitions_episodes(
    history: Store, tmp_path: Path, day: str
) -> None:
    as_of = date.fromisoformat(day)
    with Store.open(tmp_path / "scrambled.db") as store:
        store.record(scrambled(as_of), marker=bundled.fingerprint())
        told = pipeline.sensitivity(store, as_of, NOW)
        assert told == pipeline.sensitivity(history, as_of, NOW)
        later = add_months(month_of(as_of), 12)
        assert pipeline.sensitivity(store, later, NOW) != pipeline.sensitivity(history, later, NOW)
