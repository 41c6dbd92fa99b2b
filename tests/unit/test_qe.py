"""Recession, easing, lower bound and asset purchases on the same paths."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np
import pytest

from monitor import fomc
from monitor.domain import HORIZONS, Panel, TargetRate
from monitor.model import outlook, policy, programmes, qe
from monitor.model.policy import MONTH_DAYS, Paths
from monitor.model.qe import Easing, Outcome
from monitor.store import Store

NEVER: Final = dict.fromkeys(HORIZONS, 0.0)


def known(history: Store, day: str) -> Panel:
    return history.panel(date.fromisoformat(day), outlook.NEEDED)


def ordinary(panel: Panel, count: int = 400) -> Paths:
    target = fomc.target(panel)
    assert target is not None
    return policy.simulate(panel, target, paths=count)


def flat(start: float, count: int = 3000) -> Paths:
    """Paths on which nothing happens, with a moment in the middle of each of 24 months."""
    offset = np.array([round((month + 0.5) * MONTH_DAYS) for month in range(24)])
    return Paths(
        start=start,
        offset=offset,
        meeting=tuple(None for _ in offset),
        rate=np.full((count, offset.size), start),
        state=np.arange(count) % 4,
        rates_of=date(2019, 12, 20),
        gap=0.0,
        decisions=100,
        months=False,
    )


def easing(*falls: float, bound_after: int | None = None) -> Easing:
    """Falls by month; the last one goes on."""
    months = [*falls, *[falls[-1]] * (24 - len(falls))]
    return Easing(date(2001, 4, 1), np.array(months), bound_after)


# ----------------------------------------------------------------------------------------- easings
def test_past_easings_fell_as_far_as_published(history: Store) -> None:
    falls = np.array([it.fall for it in qe.easings(known(history, "2026-11-22"))])
    assert len(falls) == 10
    assert falls.mean(axis=0)[[2, 5, 11, 17, 23]] == pytest.approx(
        [1.15, 2.42, 3.32, 4.39, 4.54], abs=0.005
    )


def test_falls_are_counted_from_the_month_of_the_peak(history: Store) -> None:
    found = qe.easings(known(history, "2026-11-22"))
    assert [it.start.isoformat()[:7] for it in found] == [
        "1957-09", "1960-05", "1970-01", "1973-12", "1980-02",
        "1981-08", "1990-08", "2001-04", "2008-01", "2020-03",
    ]  # fmt: skip
    rate = known(history, "2026-11-22").series["FEDFUNDS"]
    of_2001 = found[7].fall
    assert of_2001[0] == pytest.approx(rate["2001-03-01"] - rate["2001-04-01"])
    assert of_2001[23] == pytest.approx(rate["2001-03-01"] - rate["2003-01-01":"2003-03-01"].min())
    assert all((np.diff(it.fall) >= 0).all() and it.fall[0] >= 0 for it in found)


def test_two_of_them_ended_at_the_bound(history: Store) -> None:
    found = qe.easings(known(history, "2026-11-22"))
    assert {it.start.year: it.bound_after for it in found if it.bound_after} == {2008: 12, 2020: 2}


@pytest.mark.parametrize(
    ("day", "count"),
    [("1955-06-01", 0), ("1959-08-31", 0), ("1959-09-10", 1), ("2007-07-31", 8),
     ("2009-12-31", 8), ("2010-01-10", 9), ("2019-12-20", 9), ("2022-02-28", 9),
     ("2022-03-05", 10)],
)  # fmt: skip
def test_an_easing_is_known_two_years_after_its_peak(history: Store, day: str, count: int) -> None:
    assert len(qe.easings(known(history, day))) == count


def test_without_the_effective_rate_no_easing_is_known(history: Store) -> None:
    assert qe.easings(replace(known(history, "2019-12-20"), series={})) == ()


def test_room_is_held_against_past_easings() -> None:
    target = TargetRate(1.5, 1.75, date(2019, 10, 30), 1.55, date(2019, 12, 19), inferred=False)
    past = [easing(0.5, 1.0), easing(1.5), easing(3.0)]
    left = qe.room(target, 0.0, 0.5, past)
    assert (left.room, left.easings, left.deeper) == (1.5, 3, 2)
    assert left.mean_easing == pytest.approx(5.5 / 3)
    assert (left.bound, left.reversal_rate) == (0.0, 0.5)
    assert qe.room(target, -0.5, None, past).room == 2.0
    assert qe.room(target, 2.0, None, past).room == 0
    assert qe.room(target, 0.0, None, ()).mean_easing is None


# --------------------------------------------------------------------------- arrivals at the bound
@pytest.mark.parametrize(
    ("day", "arrivals", "followed", "mean"),
    [("2007-07-31", 0, 0, 1 / 2), ("2008-12-15", 0, 0, 1 / 2), ("2008-12-16", 1, 1, 2 / 3),
     ("2019-12-20", 1, 1, 2 / 3), ("2020-03-14", 1, 1, 2 / 3), ("2020-03-15", 2, 2, 3 / 4),
     ("2026-11-22", 2, 2, 3 / 4)],
)  # fmt: skip
def test_purchases_came_with_both_arrivals(
    history: Store, day: str, arrivals: int, followed: int, mean: float
) -> None:
    found = qe.at_bound(known(history, day))
    assert (found.arrivals, found.followed) == (arrivals, followed)
    assert found.mean == pytest.approx(mean)


def test_two_of_two_leave_a_wide_interval(history: Store) -> None:
    """Of Beta(3, 1), whose distribution function is the cube."""
    found = qe.at_bound(known(history, "2026-11-22")).interval
    assert (found.low, found.high) == pytest.approx((0.05 ** (1 / 3), 0.95 ** (1 / 3)))
    assert (round(found.low, 2), round(found.high, 2)) == (0.37, 0.98)


def test_a_programme_announced_much_later_did_not_come_with_an_arrival(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, table = known(history, "2019-12-20"), programmes.programmes()
    monkeypatch.setattr(qe, "programmes", lambda: [it for it in table if it.id != "qe1"])
    found = qe.at_bound(panel)
    assert (found.arrivals, found.followed) == (1, 0)
    assert found.mean == pytest.approx(1 / 3)
    assert qe.at_bound(known(history, "2010-12-31")).followed == 0


def test_a_programme_still_to_be_announced_counts_for_nothing(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = [
        replace(it, announced=date(2020, 4, 15)) if it.id == "qe4" else it
        for it in programmes.programmes()
    ]
    monkeypatch.setattr(qe, "programmes", lambda: table)
    assert qe.at_bound(known(history, "2020-04-14")).followed == 1
    assert qe.at_bound(known(history, "2020-04-15")).followed == 2


def test_only_years_away_from_the_bound_are_counted(history: Store) -> None:
    def years(day: str) -> float:
        return 0.5 / qe.off_bound(known(history, day))

    began = date(1982, 9, 27)
    assert years("1970-01-01") == years("1992-09-01") == 10
    assert years("2008-12-16") == pytest.approx((date(2008, 12, 16) - began).days / 365.25)
    assert years("2015-12-16") == pytest.approx(years("2008-12-16"))
    assert years("2012-06-01") == pytest.approx(years("2008-12-16"))
    away = date(2026, 11, 22) - began - (date(2015, 12, 16) - date(2008, 12, 16))
    away -= date(2022, 3, 16) - date(2020, 3, 15)
    assert years("2026-11-22") == pytest.approx(away.days / 365.25)
    assert years("2026-11-22") == pytest.approx(35.15, abs=0.01)


# -------------------------------------------------------------------------------------- the paths
def test_recessions_come_first_where_the_rate_is_lowest(history: Store) -> None:
    paths = ordinary(known(history, "2019-12-20"))
    start = dict(zip(HORIZONS, (0.1, 0.2, 0.3, 0.4, 0.5), strict=True))
    outcome = qe.unfold(paths, start=start, now=0.2, known=(), bound=0.0)
    lowest_first = np.argsort(paths.rate.mean(axis=1), kind="stable")
    times = outcome.recession[lowest_first]
    assert (np.diff(times[np.isfinite(times)]) >= 0).all()
    assert (times[:80] == 0).all()
    assert (times[80:112] > 0).all()
    assert (times[80:112] <= 3).all()
    assert np.isinf(times[240:]).all()


def test_between_two_horizons_each_month_is_as_likely() -> None:
    start = dict(zip(HORIZONS, (0.0, 0.0, 0.6, 0.6, 0.8), strict=True))
    times = qe._starts(start, 0.0, 1000)
    assert times[:600] == pytest.approx(6 + (np.arange(600) + 0.5) / 100, abs=1e-6)
    assert times[600:800] == pytest.approx(18 + (np.arange(200) + 0.5) * 0.03, abs=1e-6)
    assert np.isinf(times[800:]).all()


def test_without_a_recession_the_paths_stay_as_they_are(history: Store) -> None:
    paths = ordinary(known(history, "2003-06-30"))
    outcome = qe.unfold(paths, start=NEVER, now=None, known=[easing(3.0)], bound=0.0)
    assert np.isinf(outcome.recession).all()
    assert (outcome.rate == np.maximum(paths.rate, 0.125)).all()
    time = paths.offset / MONTH_DAYS
    for path in range(0, 400, 40):
        steps = np.diff(outcome.rate[path], prepend=paths.start)
        down, up = time[steps < 0], time[steps > 0]
        assert outcome.cut[path] == (down[0] if down.size else np.inf)
        assert outcome.hike[path] == (up[0] if up.size else np.inf)


def test_in_a_recession_half_of_the_paths_follow_a_past_one_or_one_of_two_more() -> None:
    """By the month: a past one, none at all, and one to the bound within half a year."""
    past = easing(0.1, 0.3, 0.6, 1.0, 1.0, 1.2)
    outcome = qe.unfold(flat(5.125), start=NEVER, now=1.0, known=[past], bound=0.0)
    assert (outcome.recession == 0).all()
    fall = 5.125 - outcome.rate
    seen = {tuple(row) for row in np.round(fall, 6).tolist()}
    steps = [0, 0, 0.25, 0.5, 1, 1, *[1] * 18]  # in full steps, a month after the rate averaged it
    bound = [*(np.floor(5 * month / 6 / 0.25) * 0.25 for month in range(6)), *[5.0] * 18]
    assert seen == {tuple([0.0] * 24), tuple(steps), tuple(np.round(bound, 6))}
    shares = [(fall[:, -1] == end).mean() for end in (0, 1, 5)]
    assert shares == pytest.approx([1 / 2 + 1 / 6, 1 / 6, 1 / 6], abs=0.03)
    assert (outcome.bound < np.inf).mean() == shares[2]
    assert np.unique(outcome.bound).tolist() == [flat(5.125).offset[6] / MONTH_DAYS, np.inf]


def test_an_easing_counts_from_the_start_of_its_recession() -> None:
    start = dict(zip(HORIZONS, (0.0, 0.0, 1.0, 1.0, 1.0), strict=True))
    outcome = qe.unfold(flat(5.125), start=start, now=0.0, known=[easing(1.0)], bound=0.0)
    assert outcome.cut[np.isfinite(outcome.cut)].min() > 6 + 1
    time = outcome.paths.offset / MONTH_DAYS
    since = outcome.cut - outcome.recession
    eased = np.isfinite(outcome.cut)
    assert 0.3 < eased.mean() < 0.37
    assert ((since[eased] >= 1) & (since[eased] < 2 + 2 / MONTH_DAYS)).all()
    assert set(outcome.cut[eased]) <= set(time)


def test_an_easing_that_stopped_at_the_bound_is_continued_by_deeper_ones() -> None:
    stopped = easing(0.5, 1.5, bound_after=2)
    deep, deeper, shallow = easing(2.0, 4.0), easing(1.0, 1.0, 6.0), easing(1.0)
    outcome = qe.unfold(
        flat(10.125, 30_000), start=NEVER, now=1.0, known=[stopped, deep, deeper, shallow],
        bound=0.0,
    )  # fmt: skip
    ends = 10.125 - outcome.rate[:, -1]
    share = 1 / 12  # of six that may be drawn on half of the paths
    assert (ends == 1.5).mean() == 0
    for fall, expected in ((1.0, share), (4.0, 1.5 * share), (6.0, 1.5 * share)):
        assert (ends == fall).mean() == pytest.approx(expected, abs=0.007)
    alone = qe.unfold(flat(10.125), start=NEVER, now=1.0, known=[stopped, shallow], bound=0.0)
    assert (10.125 - alone.rate[:, -1] == 1.5).mean() == pytest.approx(1 / 8, abs=0.02)


def test_an_easing_takes_its_own_way_until_it_stopped() -> None:
    stopped, deep = easing(0.25, 1.5, bound_after=2), easing(2.0, 4.0)
    table = np.zeros((4, 25))
    table[1, 1:] = deep.fall
    further = qe._beyond(stopped, [stopped, deep], table, np.array([0.0, 0.99]))
    assert (further == [[0, 0.25, 1.5, *[4.0] * 22]] * 2).all()


def test_an_easing_that_stopped_is_not_continued_by_another_that_did() -> None:
    stopped, other = easing(0.25, 1.5, bound_after=2), easing(3.0, bound_after=4)
    further = qe._beyond(stopped, [stopped, other], np.full((4, 25), 9.0), np.array([0.5]))
    assert further.tolist() == [[0, 0.25, *[1.5] * 23]]


def test_a_path_below_the_easing_stays_below_it() -> None:
    paths = replace(flat(5.125), rate=np.full((3000, 24), 2.125))
    outcome = qe.unfold(paths, start=NEVER, now=1.0, known=[easing(1.0)], bound=0.0)
    assert outcome.rate.max() == 2.125


@pytest.mark.parametrize("day", ["2011-08-30", "2014-12-15", "2020-06-30"])
def test_at_the_bound_it_is_reached_and_there_is_no_cut_left_but_after_a_hike(
    history: Store, day: str
) -> None:
    outcome = qe.unfold(ordinary(known(history, day)), start=NEVER, now=None, known=(), bound=0.0)
    assert (outcome.bound == 0).all()
    assert outcome.rate.min() == 0.125
    assert (outcome.hike < outcome.cut)[np.isfinite(outcome.cut)].all()


def test_a_lower_bound_below_zero_leaves_room_at_zero(history: Store) -> None:
    paths = ordinary(known(history, "2011-08-30"))
    outcome = qe.unfold(paths, start=NEVER, now=None, known=(), bound=-0.5)
    assert outcome.rate.min() == -0.375
    assert (outcome.bound > 0).all()
    assert 0 < np.isfinite(outcome.bound).mean() < 1
    assert (outcome.cut <= outcome.bound).all()


def test_before_ranges_a_target_of_a_quarter_point_was_at_the_bound() -> None:
    for rate, reached in ((0.25, True), (0.5, False)):
        paths = replace(flat(1.0), rate=np.full((3000, 24), rate))
        outcome = qe.unfold(paths, start=NEVER, now=None, known=(), bound=0.0)
        assert (np.isfinite(outcome.bound) == reached).all()
        assert (outcome.rate == rate).all()


def test_a_bound_above_the_target_lifts_no_path() -> None:
    outcome = qe.unfold(flat(0.125), start=NEVER, now=1.0, known=[easing(3.0)], bound=1.0)
    assert (outcome.rate == 0.125).all()
    assert (outcome.bound == 0).all()
    assert np.isinf(outcome.hike).all()


def test_horizons_are_those_of_the_calendar() -> None:
    outcome = qe.unfold(flat(5.125), start=NEVER, now=None, known=(), bound=0.0)
    assert outcome.months(date(2026, 11, 30), 3) == 90 / MONTH_DAYS
    assert outcome.months(date(2019, 12, 20), 12) == 366 / MONTH_DAYS


# -------------------------------------------------------------------------------- asset purchases
def reaching(*bound: float, hike: float = np.inf) -> Outcome:
    paths = flat(5.125, len(bound))
    never = np.full(len(bound), np.inf)
    return Outcome(never, never, np.full(len(bound), hike), np.array(bound), paths.rate, paths)


def test_purchases_come_with_an_arrival_within_the_horizon() -> None:
    found = qe.purchases(reaching(3.0, 12.0, 12.1, np.inf), 12.0, 0.75, 0.02)
    away = 1 - np.exp(-0.02 * 12 * MONTH_DAYS / 365.25)
    assert found == pytest.approx([0.75, 0.75, away, away])


def test_each_path_may_have_odds_of_its_own() -> None:
    found = qe.purchases(reaching(3.0, 4.0), 12.0, np.array([0.2, 0.9]), 0.0)
    assert found.tolist() == [0.2, 0.9]


@pytest.mark.parametrize(
    ("months", "hike", "share"),
    [(12.0, np.inf, 1), (24.0, np.inf, 1), (6.0, np.inf, 1 / 2), (12.0, 3.0, 1 / 4),
     (3.0, 6.0, 1 / 4)],
)  # fmt: skip
def test_at_the_bound_they_come_in_any_month_of_the_first_twelve_before_a_hike(
    months: float, hike: float, share: float
) -> None:
    found = qe.purchases(reaching(0.0, hike=hike), months, 0.8, 0.0)
    assert found == pytest.approx([0.8 * share])
