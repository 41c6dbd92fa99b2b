"""The walk of the policy odds: what is said at a month's end, how it is judged and scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from jobs import policy_backtest
from jobs.backtest import Request
from monitor import fomc
from monitor.assess import assess, needed
from monitor.domain import (
    MOVES,
    POLICY_HORIZONS,
    Decision,
    EpisodeRule,
    PolicyOptions,
    end_of_month,
)
from monitor.errors import ConfigError, InsufficientData
from monitor.model import policy, policy_record, recession, scoring
from monitor.model.policy_record import AGAINST, BASE, MODEL, Record, Said
from monitor.store import Store
from monitor.store.known import Chronicle

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULE = EpisodeRule()
SERIES = tuple(dict.fromkeys((*recession.needed(RULE), *policy.NEEDED)))


@pytest.fixture(scope="module")
def chronicle(history: Store) -> Chronicle:
    return history.chronicle(SERIES)


@pytest.fixture(scope="module")
def decided(chronicle: Chronicle) -> tuple[Decision, ...]:
    return tuple(it for it in fomc.decisions(chronicle.panel(TODAY)) if it.upper is not None)


@pytest.fixture(scope="module")
def came(decided: Any) -> Callable[[str], list[str]]:
    """What came within 1, 3, 6 and 12 months of a day; ``-`` where that has no answer."""

    def after(day: str) -> list[str]:
        found = policy_record.outcomes(
            decided, np.array([day], "datetime64[D]"), date(2026, 10, 27)
        )
        return [
            "-" if np.isnan(column).any() else MOVES[int(column.argmax())] for column in found[0].T
        ]

    return after


def nothing_but(odds: float, days: Any, decided: Any) -> Record:
    """A record of the same odds on all days."""
    said = np.full((len(days), len(MOVES), len(POLICY_HORIZONS)), odds)
    return Record(
        days=days,
        odds=dict.fromkeys((MODEL, BASE, AGAINST), said),
        rate={},
        came=policy_record.outcomes(decided, days, date(2026, 10, 27)),
        averaged=np.full(len(days), np.nan),
        decisions=decided,
        settled=date(2026, 10, 27),
    )


@pytest.fixture(scope="module")
def ends(chronicle: Chronicle) -> Any:
    """All month's ends off the bound."""
    months = policy_record.origins(date(1995, 1, 1), None, TODAY)
    targets = {day: fomc.target(chronicle.panel(day)) for day in months}
    off = [day for day, target in targets.items() if target is not None and target.lower > 0]
    return np.array(off, "datetime64[D]")


# -------------------------------------------------------------------------------------- the origins
def test_an_origin_is_the_end_of_a_month_from_1995_on_that_is_over() -> None:
    found = policy_record.origins(date(1980, 5, 1), None, date(2026, 9, 29))
    assert found[0] == date(1995, 1, 31)
    assert found[-1] == date(2026, 8, 31)
    assert all(day == end_of_month(day) for day in found)
    assert policy_record.origins(date(2000, 2, 1), date(2000, 3, 1), TODAY) == [
        date(2000, 2, 29),
        date(2000, 3, 31),
    ]
    assert policy_record.origins(date(1980, 1, 1), date(1990, 1, 1), TODAY) == []


def test_at_the_lower_bound_nothing_is_said(chronicle: Chronicle) -> None:
    for day in (date(2008, 12, 31), date(2012, 6, 30), date(2020, 3, 31), date(2022, 2, 28)):
        assert policy_record.say(chronicle.panel(day), RULE) is None


# ---------------------------------------------------------------------------------------- what came
@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # 3 January 2001, between two meetings.
        ("2000-12-31", ["cut", "cut", "cut", "cut"]),
        ("1997-02-28", ["hike", "hike", "hike", "hike"]),
        # The cut of 31 July 2019 lies a day after a month, and is known on the day itself.
        ("2019-06-30", ["hold", "cut", "cut", "cut"]),
        ("2019-07-30", ["cut", "cut", "cut", "cut"]),
        ("2019-07-31", ["hold", "cut", "cut", "cut"]),
        # A hike in March 1997 and nothing until the cut of September 1998.
        ("1997-03-31", ["hold", "hold", "hold", "hold"]),
        # Hikes to July 2023, the cut of September 2024 fourteen months later.
        ("2023-06-30", ["hike", "hike", "hike", "hike"]),
        ("2024-07-31", ["hold", "cut", "cut", "cut"]),
        # A hike in September 2026; the meeting of 28 October has no outcome yet.
        ("2026-08-31", ["hike", "-", "-", "-"]),
        ("2026-09-30", ["-", "-", "-", "-"]),
        ("2010-06-30", ["-", "-", "-", "-"]),
    ],
)
def test_what_came(came: Any, day: str, expected: list[str]) -> None:
    assert came(day) == expected


def test_a_cut_after_a_hike_counts_as_a_cut(decided: Any) -> None:
    first = date(2017, 1, 31)
    made = [
        replace(decided[-1], day=day, lower=lower, upper=lower + 0.25, change=change)
        for day, lower, change in (
            (first, 1.0, 0.0),
            (date(2017, 2, 1), 1.25, 0.25),
            (date(2017, 3, 1), 1.0, -0.25),
        )
    ]
    found = policy_record.outcomes(made, np.array([first], "datetime64[D]"), date(2017, 12, 31))
    assert [MOVES[int(it)] for it in found[0, :, :3].argmax(axis=0)] == ["hike", "cut", "cut"]
    assert np.isnan(found[0, :, 3]).all()


def test_exactly_one_of_the_three_comes_and_one_by_one_it_is_the_same(
    decided: Any, ends: Any
) -> None:
    found = policy_record.outcomes(decided, ends, date(2026, 10, 27))
    assert set(np.unique(found.sum(axis=1)[~np.isnan(found[:, 0])])) == {1.0}
    for row, day in zip(found, ends.tolist(), strict=True):
        for column, horizon in enumerate(POLICY_HORIZONS):
            end = (pd.Timestamp(day) + pd.DateOffset(months=horizon)).date()
            changes = [it.change for it in decided if day < it.day <= end and it.change]
            cut, hike = min(changes, default=0) < 0, max(changes, default=0) > 0
            expected = [cut, not cut and not hike, hike and not cut]
            if end <= date(2026, 10, 27):
                assert row[:, column].tolist() == expected
            else:
                assert np.isnan(row[:, column]).all()


def test_the_mean_of_the_target_is_that_of_its_days(chronicle: Chronicle, decided: Any) -> None:
    day = date(2007, 6, 30)
    none = np.zeros((len(MOVES), len(POLICY_HORIZONS)))
    record = policy_record.judge([Said(day, {BASE: none}, {})], chronicle.panel(TODAY))
    standing = [
        next(it.upper for it in reversed(decided) if it.day <= day + timedelta(days=since))
        for since in range(366)
    ]
    assert record.averaged == pytest.approx([np.mean(standing)], abs=1e-12)


def test_the_judge_knows_decisions_up_to_the_first_one_without_an_outcome(
    chronicle: Chronicle,
) -> None:
    none = np.zeros((len(MOVES), len(POLICY_HORIZONS)))
    said = [Said(date(2026, 1, 31), {BASE: none}, {})]
    assert policy_record.judge(said, chronicle.panel(TODAY)).settled == date(2026, 10, 27)
    assert policy_record.judge(said, chronicle.panel(date(2026, 5, 1))).settled == date(2026, 5, 1)
    with pytest.raises(InsufficientData):
        policy_record.judge([None], chronicle.panel(TODAY))


# ---------------------------------------------------------------------------------- what was said
@pytest.fixture(scope="module")
def said(chronicle: Chronicle) -> dict[date, Said]:
    days = (date(1995, 1, 31), date(2001, 2, 28), date(2007, 7, 31), date(2024, 8, 31))
    found = {day: policy_record.say(chronicle.panel(day), RULE) for day in days}
    return {day: one for day, one in found.items() if one is not None}


def test_what_is_said_needs_nothing_that_was_recorded_later(
    said: dict[date, Said], history: Store
) -> None:
    for day, one in said.items():
        alone = policy_record.say(history.chronicle(SERIES, until=day).panel(day), RULE)
        assert alone is not None
        assert alone.rate == one.rate
        for member, odds in one.odds.items():
            assert np.array_equal(alone.odds[member], odds, equal_nan=True)


def test_the_odds_of_cut_hold_and_hike_are_shares(said: dict[date, Said]) -> None:
    for one in said.values():
        for member in (MODEL, BASE):
            assert one.odds[member].sum(axis=0) == pytest.approx(np.ones(4))
        for odds in one.odds.values():
            spoken = odds[~np.isnan(odds)]
            assert ((spoken >= 0) & (spoken <= 1)).all()
        assert set(one.odds) == set(policy_record.MEMBERS)


def test_the_odds_of_the_model_are_those_of_the_assessment(
    said: dict[date, Said], history: Store
) -> None:
    # The paths are others: what is left is the luck of the draws, see the constants.
    for day, one in said.items():
        verdict = assess(history.panel(day, needed(RULE)), RULE, NOW).policy
        assert verdict is not None
        for row, odds in zip(
            one.odds[MODEL], (verdict.cut, verdict.hold, verdict.hike), strict=True
        ):
            assert row == pytest.approx([odds[it] for it in POLICY_HORIZONS], abs=0.08)


def test_the_recession_it_reckons_with_is_that_of_the_headline(chronicle: Chronicle) -> None:
    for day in (date(1995, 1, 31), date(2007, 7, 31), date(2020, 3, 13), date(2026, 9, 30)):
        panel = chronicle.panel(day)
        start, now = policy_record.recession_odds(panel, RULE)
        scores = recession.score(panel, RULE)
        assert start == scores.pool.probability
        assert now == (scores.now and scores.now.probability)


@pytest.mark.parametrize("day", [date(1999, 5, 31), date(2016, 12, 31), date(2024, 8, 31)])
def test_the_others_learn_what_was_over_on_the_day(
    chronicle: Chronicle, decided: Any, day: date
) -> None:
    panel = chronicle.panel(day)
    found = policy_record.say(panel, RULE)
    assert found is not None
    months = [it.date() for it in pd.date_range("1990-07-31", day, freq="ME")]
    closes, rows, y = policy.yields(panel, np.array(months, "datetime64[D]"))[0], [], []
    for month, close in zip(months, closes, strict=True):
        before = [it for it in decided if it.day <= month]
        target = (before[-1].lower + before[-1].upper) / 2
        move = next(it.change for it in reversed(before) if it.change)
        rows.append([*(close - target), np.sign(move)])
        after = [it.change for it in decided if month < it.day <= _later(month, 6) and it.change]
        over = _later(month, 6) <= day and before[-1].lower > 0
        y.append(float(min(after, default=0) < 0) if over else np.nan)
    x, known = np.array(rows), ~np.isnan(y)
    column, row = POLICY_HORIZONS.index(6), MOVES.index("cut")
    assert found.odds[BASE][row, column] == pytest.approx(np.nanmean(y))
    # Each input in its own unit of the months that any horizon is learnt from.
    over = [_later(it, 1) <= day for it in months]
    off = [next(i.lower for i in reversed(decided) if i.day <= it) > 0 for it in months]
    scale = x[np.array(over) & np.array(off)].std(axis=0)
    model = LogisticRegression(tol=1e-8, max_iter=1000)
    model.fit((x / scale)[known], np.array(y)[known])
    expected = model.predict_proba((x / scale)[-1:])[0, 1]
    assert found.odds[AGAINST][row, column] == pytest.approx(expected, abs=1e-4)


def _later(day: date, months: int) -> date:
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


# ------------------------------------------------------------------------------------------ scores
def test_there_were_six_easings_off_the_bound_since_1995(decided: Any, ends: Any) -> None:
    cells = list(policy_record.cells(nothing_but(0.5, ends, decided)))
    counts = {(it.event, it.horizon, it.window): (it.moves, it.cycles) for it in cells}
    # 1995, 1998, 2001 to 2003, 2007 to 2008, 2019 to 2020, 2024 to 2025.
    assert counts["cut", 3, "1995-now"][1] == 6
    assert counts["cut", 3, "1995-2023"][1] == 5
    assert counts["hold", 3, "1995-now"] == (None, None)
    runs = [sign for sign, _ in groupby(np.sign(it.change) for it in decided if it.change)]
    hikes = [sign for sign in runs if sign > 0]
    assert (counts["hike", 1, "1995-now"][1] or 0) <= len(hikes)


def test_no_window_without_2020_touches_2020(decided: Any, ends: Any) -> None:
    for cell in policy_record.cells(nothing_but(0.5, ends, decided)):
        if cell.window == "without 2020":
            for day in cell.days.tolist():
                assert day >= date(2020, 12, 31) or _later(day, cell.horizon) < date(2020, 1, 1)


def test_the_ranked_score_is_the_mean_of_the_brier_scores_of_both_moves(
    decided: Any, ends: Any
) -> None:
    record = nothing_but(0.0, ends, decided)
    drawn = np.random.default_rng(1).dirichlet(np.ones(3), (len(ends), 4)).transpose(0, 2, 1)
    record = replace(record, odds={**record.odds, MODEL: drawn, BASE: np.full(drawn.shape, 1 / 3)})
    rows = [row for row in policy_record.ranked(record) if row["window"] == "1995-now"]
    assert [row["horizon"] for row in rows] == list(POLICY_HORIZONS)
    for column, row in enumerate(rows):
        known = ~np.isnan(record.came[:, 0, column])
        for member in (MODEL, BASE):
            pairs = [
                (record.odds[member][known, it, column], record.came[known, it, column])
                for it in (MOVES.index("cut"), MOVES.index("hike"))
            ]
            expected = np.mean([scoring.brier(*pair) for pair in pairs])
            assert row[member] == pytest.approx(expected, abs=1e-6)


def test_perfect_expectations_have_no_error(decided: Any, ends: Any) -> None:
    record = nothing_but(0.5, ends, decided)
    came = np.linspace(1.0, 5.0, len(ends))
    record = replace(record, averaged=came, rate={MODEL: came, "no_change": came + 0.5})
    rows = {(it["member"], it["window"]): it for it in policy_record.errors(record)}
    assert rows[MODEL, "1995-now"]["rmse"] == 0
    assert rows["no_change", "1995-now"]["mean_error"] == 0.5
    assert rows["no_change", "1995-now"]["rmse"] == 0.5


# ------------------------------------------------------------------------------- the whole document
def run(store: Store, processes: int, first: date, last: date | None) -> dict[str, Any]:
    return policy_backtest.run(
        store,
        RULE,
        PolicyOptions(),
        TODAY,
        NOW,
        request=Request(first, last, (), processes, draws=20),
        progress=lambda *_: None,
    )


def test_it_is_the_same_on_one_processor_as_on_two(history: Store) -> None:
    span = (date(2019, 1, 1), date(2019, 8, 1))
    one, two = (run(history, processes, *span) for processes in (1, 2))
    assert one == two
    assert (one["first_origin"], one["last_origin"]) == ("2019-01-31", "2019-08-31")
    assert {row["member"] for row in one["rows"]} == set(policy_record.MEMBERS)
    assert len(one["history"]) == len(policy_record.HISTORY)


def test_the_odds_of_purchases_in_the_record_are_those_of_the_assessment(history: Store) -> None:
    for day in (date(2007, 7, 31), date(2026, 9, 30)):
        row = policy_record.history(history.panel(day, SERIES), RULE, PolicyOptions())
        verdict = assess(history.panel(day, needed(RULE)), RULE, NOW).policy
        assert row is not None
        assert verdict is not None
        assert row["qe"] == {str(it): round(value, 6) for it, value in verdict.qe.items()}
        assert row["cut"] == {str(it): round(value, 6) for it, value in verdict.cut.items()}


def test_a_span_without_a_month_is_refused(history: Store) -> None:
    with pytest.raises(ConfigError, match="--from 2001-01"):
        run(history, 1, date(2001, 1, 1), date(2000, 1, 1))
    with pytest.raises(InsufficientData, match="lower bound"):
        run(history, 1, date(2010, 1, 1), date(2010, 3, 1))
