"""What the Fed may do on some days, its stance and the reasons, and the prices of futures."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitor import fomc
from monitor.domain import (
    HORIZONS,
    MOVES,
    POLICY_HORIZONS,
    MarketOdds,
    Panel,
    PolicyOdds,
    PolicyOptions,
    Settlements,
    add_months,
    end_of_month,
    month_of,
)
from monitor.model import outlook, policy, programmes, qe
from monitor.model.outlook import Outlook, market_weight
from monitor.model.qe import Outcome
from monitor.store import Store

PLAIN = PolicyOptions()
START = dict(zip(HORIZONS, (0.05, 0.1, 0.25, 0.35, 0.4), strict=True))
CHECKOUT = Path(__file__).parents[2]


def day(text: str) -> date:
    return date.fromisoformat(text)


def known(history: Store, text: str) -> Panel:
    return history.panel(day(text), outlook.NEEDED)


def asked(
    panel: Panel, options: PolicyOptions = PLAIN, settlements: Iterable[Settlements] = ()
) -> Outlook:
    return outlook.outlook(panel, START, 0.05, options, tuple(settlements))


def odds(panel: Panel, options: PolicyOptions = PLAIN) -> PolicyOdds:
    found = asked(panel, options)
    assert found.odds is not None
    return found.odds


# -------------------------------------------------------------------------------------- the stance
@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("2006-07-31", "tightening"),
        ("2007-06-29", "tightening"),
        ("2007-06-30", "cut_first"),
        ("2007-07-31", "cut_first"),
        ("2008-11-24", "cut_first"),
        ("2008-12-10", "qe_active"),
        ("2010-06-30", "at_lower_bound"),
        ("2011-08-30", "at_lower_bound"),
        ("2012-10-01", "qe_active"),
        ("2014-10-29", "qe_active"),
        ("2014-12-15", "at_lower_bound"),
        ("2015-12-16", "tightening"),
        ("2019-12-20", "cut_first"),
        ("2020-03-14", "cut_first"),
        ("2020-03-15", "qe_active"),
        ("2022-03-15", "at_lower_bound"),
        ("2022-06-30", "tightening"),
        ("2026-09-15", "cut_first"),
        ("2026-09-30", "tightening"),
    ],
)
def test_the_stance_of_a_day(history: Store, text: str, stance: str) -> None:
    panel = known(history, text)
    target = fomc.target(panel)
    assert target is not None
    left = qe.room(target, 0.0, None, ())
    active = bool(programmes.running(panel.as_of, "qe"))
    assert outlook._stance(panel, left, active=active) == stance


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "2019-12-20",
            (
                (
                    "The target lies 1.50 points above the lower bound of 0.00 percent: cuts come"
                    " first, and purchases before them would cost room to cut."
                ),
                "The last move was a cut of 25 bp on 2019-10-30.",
                (
                    "In 9 of 9 past recessions the rate fell by at least 1.50 points within two"
                    " years, on average by 4.87."
                ),
                "Purchases came with 1 of 1 arrivals at the bound.",
            ),
        ),
        (
            "2012-10-01",
            (
                "Maturity extension programme and QE3 are under way.",
                "The last move was a cut of 75 bp on 2008-12-16.",
            ),
        ),
        (
            "2014-12-15",
            (
                "The target is at the lower bound: there is nothing left to cut.",
                "The last move was a cut of 75 bp on 2008-12-16.",
                "Purchases came with 1 of 1 arrivals at the bound.",
            ),
        ),
    ],
)
def test_the_reasons_are_told_with_their_figures(
    history: Store, text: str, expected: tuple[str, ...]
) -> None:
    panel = known(history, text)
    found = odds(panel)
    yields = panel.series["DGS1"].dropna()
    gap = round(100 * (float(yields.iloc[-1]) - found.target.middle))
    assert f" {abs(gap)} bp {'below' if gap < 0 else 'above'} the target" in " ".join(found.why)
    assert tuple(it for it in found.why if "one-year yield" not in it) == expected


def test_a_yield_at_the_target_is_neither_above_nor_below_it(history: Store) -> None:
    assert "The one-year yield stands at the target." in odds(known(history, "2023-08-30")).why


def test_one_programme_is_under_way(history: Store) -> None:
    assert odds(known(history, "2020-06-30")).why[0] == "QE4 is under way."


def test_a_reversal_rate_is_told_once_the_target_is_down_at_it(history: Store) -> None:
    panel = known(history, "2019-12-20")
    above, at = (odds(panel, PolicyOptions(0.0, rate)) for rate in (1.6, 1.625))
    assert above.bound.reversal_rate == 1.6
    told = (
        "The target is at or below the reversal rate of 1.62 percent that was set: by that"
        " assumption a cut tightens."
    )
    assert told in at.why
    assert not [sentence for sentence in above.why if "reversal" in sentence]
    assert at.cut == above.cut


def test_a_negative_bound_leaves_room_where_zero_left_none(history: Store) -> None:
    panel = known(history, "2014-12-15")
    zero, below = odds(panel), odds(panel, PolicyOptions(-0.5))
    assert (zero.bound.room, zero.stance, zero.lower_bound) == (
        0, "at_lower_bound", {12: 1.0, 24: 1.0}
    )  # fmt: skip
    assert (below.bound.room, below.stance) == (0.5, "cut_first")
    assert 0 < below.lower_bound[12] < below.lower_bound[24] < 1
    assert below.cut[12] > zero.cut[12]
    assert "0.50 points above the lower bound of -0.50 percent" in below.why[0]


def test_while_a_programme_runs_qe_is_certain_to_the_last_digit(history: Store) -> None:
    found = odds(known(history, "2021-12-15"))
    assert found.qe == found.lower_bound == {12: 1.0, 24: 1.0}
    assert {(span.low, span.high) for span in found.interval["qe"].values()} == {(1.0, 1.0)}


# ------------------------------------------------------------------------------ what was not known
def test_an_outcome_that_is_not_known_is_left_out(history: Store) -> None:
    panel = known(history, "2026-11-22")
    found = odds(panel)
    assert found.target.inferred
    assert (found.target.lower, found.target.upper) == (3.75, 4.0)
    assert "The last move was a hike of 25 bp on 2026-09-16." in found.why
    assert found.meetings[0].day == date(2026, 12, 9)
    assert found.rates_of == date(2026, 9, 1)  # daily closes end before


def test_with_nothing_known_there_are_no_odds_and_the_reader_is_told() -> None:
    for text, reason in (
        ("1980-01-01", "no policy rate was known"),
        ("2019-12-20", "no rates of three months, one and two years were known"),
    ):
        found = asked(Panel(day(text), {}, {}, ()))
        assert found.odds is None
        (finding,) = found.findings
        assert (finding.code, finding.severity) == ("no_policy_odds", "info")
        assert reason in finding.message


def test_before_meetings_are_known_months_are_told_as_the_basis(history: Store) -> None:
    found = odds(known(history, "1981-06-15"))
    assert (found.basis, found.decisions) == ("months", 321)
    assert found.target.lower == found.target.upper
    assert len(found.meetings) == 4
    assert found.cut[1] > 0.05


def test_in_each_month_a_move_is_possible_within_one(history: Store) -> None:
    """Before meetings are learnt from: whatever the day of the month."""
    panel = known(history, "1974-06-01")
    for days in (0, 4, 14, 20):
        found = odds(replace(panel, as_of=panel.as_of + timedelta(days=days)))
        assert found.cut[1] + found.hike[1] > 0.3


# ----------------------------------------------------------------------------- determinism, leakage
def test_the_odds_hang_on_neither_process_nor_number_of_threads(
    history: Store, tmp_path: Path
) -> None:
    panel = known(history, "2019-12-20")
    stored = tmp_path / "panel"
    stored.write_bytes(pickle.dumps(panel))
    code = (
        "import pickle, sys; from monitor.domain import PolicyOptions; from monitor.model import"
        " outlook; panel = pickle.load(open(sys.argv[1], 'rb'));"
        f" print(repr(outlook.outlook(panel, {START!r}, 0.05, PolicyOptions())))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(stored)],
            cwd=CHECKOUT,
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert said == {f"{asked(panel)!r}\n"}


def test_programmes_and_outcomes_of_later_change_nothing(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = known(history, "2019-12-20")
    before = odds(panel)
    announced = [it for it in programmes.programmes() if it.announced <= panel.as_of]
    announced = [
        it if it.last is None or it.last <= panel.as_of else replace(it, last=None)
        for it in announced
    ]
    table = fomc._table()
    decided = [
        replace(it, lower=None, upper=None, change=None) if it.day > panel.as_of else it
        for it in table.calendar
        if it.scheduled or it.day <= panel.as_of
    ]
    monkeypatch.setattr(programmes, "programmes", lambda: announced)
    monkeypatch.setattr(qe, "programmes", lambda: announced)
    monkeypatch.setattr(fomc, "_table", lambda: table._replace(calendar=tuple(decided)))
    assert odds(panel) == before


def test_the_end_of_a_programme_is_not_known_before_it_comes(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = known(history, "2009-06-30")
    before = odds(panel)
    open_end = [replace(it, last=None) if it.id == "qe1" else it for it in programmes.programmes()]
    monkeypatch.setattr(programmes, "programmes", lambda: open_end)
    assert odds(panel) == before


@pytest.mark.parametrize("text", ["1991-03-15", "2003-06-30", "2008-09-15", "2024-06-03"])
def test_what_was_known_at_past_prices_is_what_the_store_says(history: Store, text: str) -> None:
    """Not the mean of a month that was not over, nor a close that was not out."""
    cut = outlook._until(known(history, "2026-11-22"), day(text))
    stored = known(history, text)
    assert cut.as_of == stored.as_of
    assert cut.turning_points == stored.turning_points
    filled = {name for name, values in cut.series.items() if not values.empty}
    assert filled == set(stored.series)
    for name in filled:
        pd.testing.assert_series_equal(cut.series[name], stored.series[name])


# ------------------------------------------------------------------------------------ the meetings
def test_a_target_is_told_for_each_meeting(history: Store) -> None:
    found = odds(known(history, "2019-12-20"))
    days = fomc.coming(day("2019-12-20"), day("2020-12-20"))
    assert tuple(it.day for it in found.meetings) == days[:4]
    first = found.meetings[0]
    assert max(first.target, key=first.target.__getitem__) == 1.75
    assert all(round(rate / 0.25, 9) == round(rate / 0.25) for rate in first.target)
    assert first.odds["hold"] > 0.5
    # A move between meetings counts with the target, not with the meeting.
    assert first.target[1.75] < first.odds["hold"]


def test_the_path_is_where_the_target_is_expected(history: Store) -> None:
    found = odds(known(history, "2022-06-30"))
    means = [point.mean for point in found.path]
    assert found.target.middle < means[0] < means[1]
    assert found.path[0].high - found.path[0].low < found.path[4].high - found.path[4].low


# -------------------------------------------------------------------------------------- the market
def average(month: date, panel: Panel) -> float:
    """Of the target over a month, the day of a decision at the rate before it."""
    moves = [(it.day, it.upper) for it in fomc.decisions(panel) if it.upper is not None]
    days = [month + timedelta(days=k) for k in range(end_of_month(month).day)]
    return float(np.mean([[upper for when, upper in moves if when < it][-1] for it in days]))


def priced(settled: date, averages: Mapping[date, float]) -> Settlements:
    return Settlements(settled, "zq.csv", {month: 100 - rate for month, rate in averages.items()})


def right(settled: date, panel: Panel) -> Settlements:
    """Prices that knew what came over five months."""
    months = [add_months(settled, k) for k in range(6)]
    return priced(settled, {month: average(month, panel) for month in months})


def wrong(settled: date, panel: Panel) -> Settlements:
    """Prices that were sure of no move where one came, and of a cut where none came."""
    end = (pd.Timestamp(settled) + pd.DateOffset(months=3)).date()
    moved = [it for it in fomc.decisions(panel) if settled < it.day <= end and it.change]
    rate = average(month_of(settled), panel)
    if moved:
        return priced(settled, {add_months(settled, k): rate for k in range(6)})
    first = next(it for it in fomc.coming(settled, end))
    stands = [it.upper for it in fomc.decisions(panel) if it.day <= settled and it.upper][-1]
    averages = {}
    for k in range(6):
        month = add_months(settled, k)
        days = [month + timedelta(days=n) for n in range(end_of_month(month).day)]
        averages[month] = float(np.mean([stands - 0.25 * (it > first) for it in days]))
    return priced(settled, averages)


def sure(panel: Panel, **moves: Iterable[float]) -> MarketOdds:
    """A market with odds of cut, hold and hike by the horizon ``h3`` and so on."""
    by_horizon = {
        int(name[1:]): dict(zip(MOVES, shares, strict=True)) for name, shares in moves.items()
    }
    return MarketOdds(panel.as_of, "zq.csv", "", (), by_horizon)


@pytest.fixture(scope="module")
def ends() -> list[date]:
    """Settlements away from the bound, quiet months and moves both ways."""
    return [end_of_month(add_months(date(2017, 6, 1), k)) for k in range(0, 27, 3)]


def test_prices_move_the_odds_to_the_pool_and_leave_the_recession(history: Store) -> None:
    panel = known(history, "2019-08-15")
    without = odds(panel)
    steps = {month: 2.125 - 0.25 * (month >= date(2019, 10, 1)) for month in
             (add_months(panel.as_of, k) for k in range(18))}  # fmt: skip
    found = asked(panel, settlements=[priced(panel.as_of, steps)])
    assert found.findings == ()
    assert found.odds is not None
    with_prices, market = found.odds, found.odds.market
    assert market is not None
    assert with_prices.weight == outlook.EQUAL
    assert set(market.moves) == set(POLICY_HORIZONS)
    for horizon, theirs in market.moves.items():
        for move in MOVES:
            own = getattr(without, move)[horizon]
            pooled = getattr(with_prices, move)[horizon]
            assert pooled == pytest.approx((own + theirs[move]) / 2, abs=1e-6)
    assert with_prices.lower_bound != without.lower_bound
    assert with_prices.cut[3] > without.cut[3]


@pytest.fixture(scope="module")
def outcome(history: Store) -> tuple[Panel, Outcome]:
    panel = known(history, "2019-12-20")
    target = fomc.target(panel)
    assert target is not None
    paths = policy.simulate(panel, target, paths=4000)
    unfolded = qe.unfold(paths, start=START, now=0.05, known=qe.easings(panel), bound=0.0)
    return panel, unfolded


def reweighed(panel: Panel, outcome: Outcome, market: MarketOdds, share: float) -> np.ndarray:
    count = outcome.recession.size
    found = outlook._reweighed(panel.as_of, outcome, np.full(count, 1 / count), market, share)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert (found >= 0).all()
    return found


def shares(panel: Panel, outcome: Outcome, weights: np.ndarray, horizon: int) -> np.ndarray:
    place = outlook._moves(outcome, outcome.months(panel.as_of, horizon))
    return np.bincount(place, weights, len(MOVES))


def recessions(outcome: Outcome, weights: np.ndarray) -> list[float]:
    return [float(weights[outcome.recession <= horizon].sum()) for horizon in (0, *HORIZONS)]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_the_weights_meet_the_pool_at_each_horizon_and_keep_recessions(
    outcome: tuple[Panel, Outcome], share: float
) -> None:
    panel, unfolded = outcome
    market = sure(panel, h3=(0.3, 0.65, 0.05), h6=(0.4, 0.5, 0.1), h12=(0.65, 0.2, 0.15))
    even = np.full(4000, 1 / 4000)
    weights = reweighed(panel, unfolded, market, share)
    for horizon, theirs in market.moves.items():
        own = shares(panel, unfolded, even, horizon)
        expected = (1 - share) * own + share * np.array([theirs[move] for move in MOVES])
        assert shares(panel, unfolded, weights, horizon) == pytest.approx(expected, abs=1e-6)
    assert recessions(unfolded, weights) == pytest.approx(recessions(unfolded, even), abs=1e-9)


def test_what_no_path_does_is_left_to_the_others(outcome: tuple[Panel, Outcome]) -> None:
    """No path hikes within a month in which there is no meeting."""
    panel, unfolded = outcome
    even = np.full(4000, 1 / 4000)
    own = shares(panel, unfolded, even, 1)
    assert own[2] == 0
    weights = reweighed(panel, unfolded, sure(panel, h1=(0.2, 0.3, 0.5)), 0.5)
    pooled = 0.5 * own + 0.5 * np.array([0.2, 0.3, 0.0])
    assert shares(panel, unfolded, weights, 1) == pytest.approx(pooled / pooled.sum(), abs=1e-6)


def test_a_market_that_contradicts_itself_leaves_sound_weights_and_recessions(
    outcome: tuple[Panel, Outcome],
) -> None:
    panel, unfolded = outcome
    market = sure(panel, h3=(1, 0, 0), h6=(0, 1, 0), h12=(0, 0, 1))
    weights = reweighed(panel, unfolded, market, 0.99)
    even = np.full(4000, 1 / 4000)
    assert recessions(unfolded, weights) == pytest.approx(recessions(unfolded, even), abs=1e-9)


def test_horizons_of_the_market_are_counted_from_the_day_of_its_prices(history: Store) -> None:
    """The meeting of 2020-01-29 is within a month of today, not of the prices."""
    panel = known(history, "2019-12-31")
    target = fomc.target(panel)
    assert target is not None
    paths = policy.simulate(panel, target, paths=4000)
    unfolded = qe.unfold(paths, start=START, now=0.0, known=(), bound=0.0)
    market = replace(sure(panel, h1=(0.0, 1.0, 0.0)), settled=date(2019, 12, 26))
    weights = 4000 * reweighed(panel, unfolded, market, 0.5)
    before, meeting = paths.offset[:2] / policy.MONTH_DAYS
    assert paths.meeting[:2] == (None, date(2020, 1, 29))
    assert meeting < unfolded.months(panel.as_of, 1)
    assert weights[unfolded.cut == before].mean() == pytest.approx(0.5, abs=0.01)
    assert weights[unfolded.cut == meeting].mean() > 1


def test_prices_from_before_a_decision_say_nothing_of_what_comes_after_it(history: Store) -> None:
    panel = known(history, "2019-09-20")  # a cut came on 2019-09-18
    stale = right(date(2019, 9, 17), panel)
    found = asked(panel, settlements=[stale])
    assert found.odds == odds(panel)
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("futures_overtaken", "info")
    assert "2019-09-17, before the decision of 2019-09-18" in finding.message
    same_day = asked(panel, settlements=[right(date(2019, 9, 18), panel)])
    assert same_day.findings == ()
    assert same_day.odds is not None
    assert same_day.odds.market is not None


def test_prices_that_reach_no_meeting_change_nothing(history: Store) -> None:
    panel = known(history, "2019-12-20")
    found = asked(panel, settlements=[priced(panel.as_of, {date(2019, 12, 1): 1.55})])
    assert found.odds == odds(panel)


def test_without_a_record_the_weights_are_equal(history: Store, ends: list[date]) -> None:
    panel = known(history, "2019-12-20")
    assert market_weight(panel, (), PLAIN) == 0.5
    five = [right(it, panel) for it in ends[:5]]
    assert market_weight(panel, five, PLAIN) == 0.5


def test_the_weight_goes_to_who_was_right(history: Store, ends: list[date]) -> None:
    panel = known(history, "2019-12-20")
    good = market_weight(panel, [right(it, panel) for it in ends], PLAIN)
    bad = market_weight(panel, [wrong(it, panel) for it in ends], PLAIN)
    assert bad < 0.4
    assert 0.6 < good < 1
    assert bad > 0


def test_the_record_holds_what_it_is_made_to_hold(history: Store, ends: list[date]) -> None:
    """The prices made above are sure, of what came or of what did not."""
    panel = known(history, "2019-12-20")
    for settled in ends:
        end = (pd.Timestamp(settled) + pd.DateOffset(months=3)).date()
        came = outlook._came(panel, settled, end)
        assert came is not None
        for made, expected in ((right, 1.0), (wrong, 0.0)):
            market = outlook._market(panel, made(settled, panel), PLAIN)
            assert market is not None
            assert market.moves[3][came] == pytest.approx(expected, abs=1e-9)


def test_the_record_ends_with_what_is_over_and_known(history: Store) -> None:
    panel = known(history, "2019-12-20")
    assert outlook._came(panel, day("2019-09-20"), day("2019-12-20")) == "cut"
    assert outlook._came(panel, day("2019-10-30"), day("2019-12-20")) == "hold"
    assert outlook._came(panel, day("2019-10-29"), day("2019-12-21")) is None
    assert outlook._came(panel, day("2015-12-15"), day("2016-03-15")) == "hike"
    assert outlook._came(panel, day("2018-12-18"), day("2019-10-30")) == "cut"
    unknown = known(history, "2026-11-22")  # the meeting of 2026-10-28
    assert outlook._came(unknown, day("2026-09-16"), day("2026-10-27")) == "hold"
    assert outlook._came(unknown, day("2026-09-16"), day("2026-10-28")) is None


def test_the_weight_is_the_mode_of_log_score_and_prior(history: Store, ends: list[date]) -> None:
    """Made over again from what the store says of the day of each price."""
    panel = known(history, "2019-12-20")
    record = [(wrong if place % 4 == 3 else right)(it, panel) for place, it in enumerate(ends)]
    own, theirs = [], []
    for settled in record:
        then = history.panel(settled.day, outlook.NEEDED)
        target, market = fomc.target(then), outlook._market(then, settled, PLAIN)
        assert target is not None
        assert market is not None
        paths = policy.simulate(then, target, paths=4000, states=1)
        never = dict.fromkeys(HORIZONS, 0.0)
        made = qe.unfold(paths, start=never, now=None, known=(), bound=0.0)
        end = (pd.Timestamp(settled.day) + pd.DateOffset(months=3)).date()
        came = outlook._came(panel, settled.day, end)
        assert came is not None
        does = shares(then, made, np.full(4000, 1.0), 3)[MOVES.index(came)]
        own.append((does + 1) / 4003)
        theirs.append(market.moves[3][came])
    grid = np.linspace(0.01, 0.99, 99)
    pooled = np.outer(1 - grid, own) + np.outer(grid, theirs)
    score = np.log(pooled).sum(axis=1) + 4 * (np.log(grid) + np.log(1 - grid))
    expected = grid[score.argmax()]
    assert market_weight(panel, record, PLAIN) == pytest.approx(expected)
    assert expected not in (0.5, 0.01, 0.99)
