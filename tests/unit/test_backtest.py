"""The walk forward: what is said, how it is judged, and what is made of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

import jobs.backtest
from monitor import features
from monitor.catalog import SERIES
from monitor.domain import (
    HORIZONS,
    TARGETS,
    EpisodeRule,
    Panel,
    Target,
    TurningPoint,
    add_months,
    months_between,
)
from monitor.errors import ConfigError, InsufficientData
from monitor.model import backtest, headline, labels, recession
from monitor.model.backtest import AGAINST, CLIMATOLOGY, Said, Track, Window
from monitor.store import Store
from monitor.store.known import Chronicle, Timeline

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULE = EpisodeRule()
SHAPE = (len(TARGETS), len(HORIZONS))


@pytest.fixture(scope="module")
def chronicle(history: Store) -> Chronicle:
    return history.chronicle(recession.needed(RULE))


def published(panel: Panel) -> Mapping[str, Any]:
    """The New York Fed's number at every horizon, and a constant."""
    p = special.ndtr(-0.5333 - 0.6330 * features.term_spread(panel).iloc[-1])
    return {AGAINST: np.full(SHAPE, p), CLIMATOLOGY: np.full(SHAPE, 0.1)}


# ---------------------------------------------------------------------------------------- the walk
def test_the_day_of_an_origin_is_the_first_on_which_its_spread_is_known(
    chronicle: Chronicle,
) -> None:
    for origin in (date(1970, 1, 1), date(1991, 2, 1), date(2008, 12, 1), date(2026, 8, 1)):
        day = backtest.day_of(origin)
        known, before = (
            features.term_spread(chronicle.panel(it)).index[-1].date()
            for it in (day, day - timedelta(days=1))
        )
        assert (known, before) == (origin, add_months(origin, -1))


def test_no_origin_is_walked_whose_day_is_still_to_come() -> None:
    found = backtest.origins(date(1970, 1, 1), None, TODAY)
    assert (found[0], found[-1], len(found)) == (date(1970, 1, 1), date(2026, 10, 1), 682)
    assert backtest.day_of(found[-1]) <= TODAY < backtest.day_of(add_months(found[-1], 1))
    assert all(months_between(*pair) == 1 for pair in pairwise(found))
    assert backtest.origins(date(1900, 5, 1), date(1953, 6, 1), TODAY)[0] == date(1953, 4, 1)
    assert backtest.origins(date(2020, 1, 1), date(2019, 1, 1), TODAY) == []


def test_an_origin_whose_spread_is_not_known_on_its_day_is_left_out(chronicle: Chronicle) -> None:
    months = [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)]
    said = list(backtest.walk(months, chronicle.panel, published))
    assert [one and one.origin for one in said] == [*months[:2], None]
    assert list(backtest.track(said).origins.date) == months[:2]


def test_without_anything_said_there_is_no_track() -> None:
    with pytest.raises(InsufficientData, match="--from"):
        backtest.track([None, None])


def test_a_track_does_not_depend_on_the_order_and_tells_silence_from_zero() -> None:
    said = [
        Said(date(2000, 3, 1), date(2000, 4, 5), {"a": np.zeros(SHAPE)}),
        Said(date(2000, 1, 1), date(2000, 2, 5), {"a": np.ones(SHAPE), "b": np.full(SHAPE, 0.5)}),
    ]
    for order in (said, said[::-1]):
        track = backtest.track(order)
        assert [f"{it:%Y-%m}" for it in track.origins] == ["2000-01", "2000-03"]
        assert track.days == (date(2000, 2, 5), date(2000, 4, 5))
        assert track.of("a", "any", 24).tolist() == [1.0, 0.0]
        assert track.of("b", "start", 3)[0] == 0.5
        assert np.isnan(track.of("b", "start", 3)[1])


# ------------------------------------------------------------------------------------- known values
@lru_cache(maxsize=1)
def _said(chronicle: Chronicle) -> Track:
    months = backtest.origins(date(1985, 1, 1), date(2024, 7, 1), TODAY)
    return backtest.track(backtest.walk(months, chronicle.panel, published))


@dataclass(frozen=True)
class Known:
    """What our study found; its copies of the rates after September 2022 were others than ours."""

    target: Target
    last: date
    n: int
    positives: int
    scores: Mapping[str, float]
    within: float


# ECON.md, B2, B1 and B3, 'NY Fed published coefs'. The last outcome there is that of July 2025,
# and so is that of a day in August 2026.
KNOWN = (
    Known("start", date(2022, 9, 1), 417, 48, {
        "auroc": 0.948, "pr_auc": 0.668, "brier": 0.071, "log_score": 0.225,
        "calibration_slope": 2.99, "max_probability": 0.46}, 0.006),
    Known("start", date(2024, 7, 1), 439, 48, {
        "auroc": 0.897, "pr_auc": 0.354, "brier": 0.084, "log_score": 0.256,
        "calibration_slope": 1.12, "max_probability": 0.71}, 0.05),
    Known("at", date(2024, 7, 1), 475, 36, {
        "auroc": 0.816, "pr_auc": 0.213, "brier": 0.072, "log_score": 0.244,
        "calibration_slope": 0.76, "max_probability": 0.71}, 0.05),
)  # fmt: skip


@pytest.mark.parametrize("known", KNOWN, ids=lambda it: f"{it.target}-{it.last:%Y-%m}")
def test_the_published_model_scores_what_it_scored_in_our_study(
    chronicle: Chronicle, known: Known
) -> None:
    said, day = _said(chronicle), date(2026, 8, 15)
    came = backtest.judge(said, chronicle.panel(day).turning_points, day)
    window = Window("test", date(1985, 1, 1), known.last, headline=True)
    (cell,) = (
        it
        for it in backtest.cells(said, came, windows=[window])
        if (it.target, it.horizon) == (known.target, 12)
    )
    (row,) = (it for it in backtest.scores(cell, draws=2) if it["member"] == AGAINST)
    assert (row["n"], row["positives"], row["events"]) == (known.n, known.positives, 4)
    for name, value in known.scores.items():
        loose = name in {"calibration_slope", "max_probability"}
        assert row[name] == pytest.approx(value, abs=known.within if loose else 0.0015), name


# --------------------------------------------------------------------------------------- judgement
def point(kind: Any, month: tuple[int, int], announced: tuple[int, int]) -> TurningPoint:
    return TurningPoint(kind, date(*month, 1), date(*announced, 15))


POINTS = (
    point("peak", (2000, 12), (2001, 6)),
    point("trough", (2001, 6), (2002, 1)),
    point("peak", (2005, 3), (2005, 12)),
)


def track(first: date, pool: Any, **others: Any) -> Track:
    """One probability a month for every target and horizon."""
    members = {"pool": pool, AGAINST: pool, CLIMATOLOGY: np.full(len(pool), 0.1)} | others
    months = [add_months(first, n) for n in range(len(pool))]
    return Track(
        pd.DatetimeIndex(months),
        tuple(map(backtest.day_of, months)),
        {name: np.broadcast_to(values, (*SHAPE, len(pool))) for name, values in members.items()},
    )


def without(said: Track, place: int) -> Track:
    """The same with a month left out of the walk."""
    return Track(
        said.origins.delete(place),
        (*said.days[:place], *said.days[place + 1 :]),
        {name: np.delete(values, place, axis=-1) for name, values in said.probability.items()},
    )


def test_a_month_left_out_does_not_move_the_windows_of_the_others() -> None:
    said, as_of = track(date(1999, 1, 1), np.full(84, 0.2)), date(2007, 3, 3)
    whole, short = (backtest.judge(it, POINTS, as_of) for it in (said, without(said, 30)))
    np.testing.assert_array_equal(np.delete(whole.outcomes, 30, axis=-1), short.outcomes)
    assert np.delete(whole.in_recession, 30).tolist() == short.in_recession.tolist()


def test_what_is_not_settled_on_the_day_of_the_judgement_is_not_scored() -> None:
    said, as_of = track(date(1999, 1, 1), np.full(84, 0.2)), date(2004, 8, 3)
    judged = backtest.judge(said, POINTS[:2], as_of)
    assert judged.through == date(2003, 7, 1) == labels.learnable_through(as_of)
    for cell in backtest.cells(said, judged):
        assert add_months(cell.origins[-1].date(), cell.horizon) == judged.through
        assert not np.isnan(cell.outcomes).any()


def test_an_announced_recession_without_a_trough_is_not_over() -> None:
    judged = backtest.judge(track(date(2004, 1, 1), np.full(36, 0.2)), POINTS, date(2006, 12, 20))
    assert judged.in_recession.tolist() == [False] * 15 + [True] * 21
    assert [it.end for it in judged.recessions] == [date(2001, 6, 1), None]


def test_starts_are_scored_outside_recessions_and_the_other_targets_everywhere() -> None:
    said = track(date(1999, 1, 1), np.full(48, 0.2))
    judged = backtest.judge(said, POINTS, date(2010, 1, 1))
    window = Window("all", date(1999, 1, 1), None, headline=True)
    months = {
        it.target: it.origins
        for it in backtest.cells(said, judged, windows=[window])
        if it.horizon == 3
    }
    recession_months = set(pd.date_range("2001-01", "2001-06", freq="MS"))
    assert set(months["at"]) == set(months["any"]) == set(said.origins)
    assert set(months["start"]) == set(said.origins) - recession_months


def test_the_events_are_the_recessions_that_the_scored_months_speak_of() -> None:
    said = track(date(1999, 1, 1), np.full(96, 0.2))
    judged = backtest.judge(said, POINTS, date(2010, 1, 1))
    window = Window("all", date(1999, 1, 1), date(2001, 12, 1), headline=True)
    events = {
        (cell.target, cell.horizon): cell.events(np.ones(len(cell.origins), bool))
        for cell in backtest.cells(said, judged, windows=[window])
    }
    assert {count for (_, horizon), count in events.items() if horizon < 24} == {1}
    assert events["start", 24] == events["any", 24] == events["at", 24] == 1
    later = replace(window, last=date(2003, 4, 1))
    reached = {
        cell.target: cell.events(np.ones(len(cell.origins), bool))
        for cell in backtest.cells(said, judged, windows=[later])
        if cell.horizon == 24
    }
    assert reached == {"start": 2, "at": 2, "any": 2}


# ------------------------------------------------------------------------------------------ scores
def cells_of(said: Track) -> Iterator[backtest.Cell]:
    window = Window("all", date(1970, 1, 1), None, headline=True)
    return backtest.cells(said, backtest.judge(said, POINTS, date(2012, 1, 1)), windows=[window])


def test_a_member_that_was_silent_at_times_is_scored_where_it_spoke_and_so_is_its_rival() -> None:
    chance = np.random.default_rng(3)
    pool = chance.uniform(0.05, 0.6, 260)
    late = np.where(np.arange(260) < 10, np.nan, pool)
    said = track(date(1985, 1, 1), pool, late=late, mute=np.full(260, np.nan))
    cell = next(cells_of(said))
    rows = {row["member"]: row for row in backtest.scores(cell, draws=20)}
    assert list(rows) == ["pool", AGAINST, CLIMATOLOGY, "late"]
    assert (rows["late"]["first"], rows["pool"]["first"]) == ("1985-11", "1985-01")
    assert rows["late"]["n"] == rows["pool"]["n"] - 10
    # It says what the rival says, so that on the same months the two cannot differ.
    assert rows["late"]["difference"]["brier"] == [0.0, 0.0]
    assert rows["late"]["brier"] != rows["pool"]["brier"]
    assert rows["late"]["brier_skill"] == pytest.approx(
        1
        - np.mean((cell.forecasts["late"] - cell.outcomes)[10:] ** 2)
        / np.mean((0.1 - cell.outcomes[10:]) ** 2),
        abs=1e-6,
    )


def test_without_the_climate_to_hold_it_against_nothing_is_scored() -> None:
    said = track(date(1995, 1, 1), np.full(140, 0.2), climatology=np.full(140, np.nan))
    assert backtest.scores(next(cells_of(said))) == []
    cell = replace(next(cells_of(said)), forecasts={"pool": np.full(140, 0.2)})
    assert backtest.scores(cell) == []


def test_documents_hold_figures_to_six_decimals() -> None:
    assert backtest.rounded({"a": (1 / 3, [2 / 3, None, 7, True, "x"])}) == {
        "a": [0.333333, [0.666667, None, 7, True, "x"]]
    }


# ---------------------------------------------------------------------------------------- headline
def alarm(*months: tuple[int, int], first: int = 1998, years: int = 10) -> Track:
    """A pool at 0.4 in some months and at 0.1 in all others."""
    origins = [date(first, 1, 1)] + [add_months(date(first, 1, 1), n) for n in range(1, 12 * years)]
    warned = {date(*month, 1) for month in months}
    return track(origins[0], np.array([0.4 if it in warned else 0.1 for it in origins]))


def judged(said: Track, as_of: date = date(2012, 1, 1)) -> backtest.Judgement:
    known = tuple(it for it in POINTS if it.announced <= as_of)
    return backtest.judge(said, known, as_of)


def test_the_warning_is_the_last_unbroken_run_before_the_start() -> None:
    said = alarm((2000, 1), (2000, 4), (2000, 5), (2000, 7), (2000, 8))
    (first, second) = headline.episodes(said, judged(said))
    assert first == {
        "peak": "2000-12",
        "recession_start": "2001-01",
        "announced": "2001-06-15",
        "first_warning": "2000-07",
        "lead_months": 6,
        "warned_months": 5,
        "missed": False,
    }
    assert (second["recession_start"], second["first_warning"]) == ("2005-04", None)
    assert (second["missed"], second["warned_months"], second["lead_months"]) == (True, 0, None)


def test_a_run_that_ended_more_than_a_year_before_is_a_false_alarm_and_no_warning() -> None:
    said = alarm((1999, 11), (1999, 12))
    assert headline.episodes(said, judged(said))[0]["missed"]
    assert headline.false_alarms(said, judged(said)) == [
        {"start": "1999-11", "end": "1999-12", "months": 2, "max_probability": 0.4, "open": False}
    ]
    one_more = alarm((1999, 11), (1999, 12), (2000, 1))
    assert headline.false_alarms(one_more, judged(one_more)) == []
    assert headline.episodes(one_more, judged(one_more))[0]["lead_months"] == 14


def test_an_alarm_that_outlasts_its_recession_is_not_a_false_one() -> None:
    lasting = alarm(*((2000, n) for n in range(8, 13)), *((2001, n) for n in range(1, 10)))
    assert headline.false_alarms(lasting, judged(lasting)) == []
    late = alarm(*((2001, n) for n in range(2, 10)))
    assert headline.false_alarms(late, judged(late)) == [
        {"start": "2001-07", "end": "2001-09", "months": 3, "max_probability": 0.4, "open": False}
    ]


def test_an_alarm_whose_twelve_months_are_not_settled_is_open() -> None:
    said = alarm((2003, 2))
    early, late = judged(said, date(2004, 6, 1)), judged(said)
    assert [it["open"] for it in headline.false_alarms(said, early)] == [True]
    assert [it["open"] for it in headline.false_alarms(said, late)] == [False]


def test_a_recession_is_told_only_if_the_walk_saw_the_year_before_it() -> None:
    starts = {
        first: [it["recession_start"] for it in headline.episodes(said, judged(said))]
        for first in (1998, 2000, 2001)
        for said in [alarm(first=first, years=2)]
    }
    assert starts == {1998: [], 2000: ["2001-01"], 2001: []}


def test_the_bands_count_every_settled_month_outside_a_recession_once() -> None:
    said = track(date(1999, 1, 1), np.linspace(0.01, 0.9, 60))
    outcome = judged(said).of("start", 12)
    rows = headline.bands(said, judged(said))
    assert [(row["band"], row["floor"]) for row in rows] == [
        ("high", 0.5), ("elevated", 0.3), ("watch", 0.15), ("normal", 0.0)
    ]  # fmt: skip
    assert sum(row["months"] for row in rows) == (~np.isnan(outcome)).sum()
    assert sum(row["starts"] for row in rows) == np.nansum(outcome)
    assert all(row["low"] <= row["rate"] <= row["high"] for row in rows if row["months"])


def test_a_band_that_was_never_reached_has_no_rate() -> None:
    said = track(date(1999, 1, 1), np.full(36, 0.2))
    by_band = {row["band"]: row for row in headline.bands(said, judged(said))}
    assert by_band["high"]["months"] == 0
    assert by_band["high"]["rate"] is by_band["high"]["low"] is by_band["high"]["high"] is None
    assert by_band["watch"]["rate"] == pytest.approx(12 / 30, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(warned=st.lists(st.booleans(), min_size=110, max_size=110))
def test_every_warned_month_outside_recessions_is_a_warning_or_a_false_alarm(
    warned: list[bool],
) -> None:
    said = track(date(1999, 1, 1), np.where(warned, 0.4, 0.1))
    known = judged(said)
    false = {
        month
        for row in headline.false_alarms(said, known)
        for month in pd.date_range(row["start"], row["end"], freq="MS")
    }
    outcome = known.of("start", 12)
    for place, month in enumerate(said.origins):
        if warned[place] and outcome[place] == 1:
            assert month not in false
    for row in headline.episodes(said, known):
        start = pd.Timestamp(row["recession_start"])
        year = said.origins[
            (said.origins < start) & (said.origins >= start - pd.DateOffset(years=1))
        ]
        count = sum(warned[said.origins.get_loc(month)] for month in year)
        assert (row["warned_months"], row["missed"]) == (count, count == 0)


def test_the_history_has_a_line_for_each_origin_and_no_outcome_before_it_is_settled() -> None:
    said = track(date(2003, 1, 1), np.full(36, 0.25))
    rows = list(headline.history(said, judged(said, date(2006, 1, 1))))
    assert [row["month"] for row in rows[:2]] == ["2003-01", "2003-02"]
    assert rows[0]["probability"] == {str(h): 0.25 for h in HORIZONS}
    # Settled through 2004-12, so that the last window of twelve months began in 2003-12.
    assert [row["outcome"] for row in rows[10:14]] == [0, 0, None, None]
    assert [row["in_recession"] for row in rows[26:28]] == [False, True]


# ---------------------------------------------------------------------------------------- members
def test_members_are_named_one_by_one_or_with_commas_and_come_in_their_own_order() -> None:
    assert jobs.backtest.members([]) == recession.MEMBERS
    assert jobs.backtest.members(["wright, lag", "probit"]) == ("pool", "lag", "probit", "wright")


def test_a_member_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"oracle: .*climatology"):
        jobs.backtest.members(["lag", "oracle"])


# --------------------------------------------------------------------------------- no look-ahead
def released(line: Timeline) -> Any:
    days = [SERIES[line.spec.id].usual_release(stamp.date()) for stamp in line.index]
    return np.array(days, dtype="datetime64[D]")


def scrambled(chronicle: Chronicle, as_of: date) -> Chronicle:
    """Everything that was published after a day made nonsense, and later turns moved elsewhere.

    The first value of a period was published on its usual day of release or before. Where base
    years change, what the last period known was in later vintages says at which level its
    successors stand; it is left as it is.
    """
    chance, today = np.random.default_rng(as_of.toordinal()), np.datetime64(as_of, "D")
    lines = []
    for line in chronicle.timelines:
        published = line.known_from.copy()
        published[line.first] = np.minimum(published[line.first], released(line))
        later = published > today
        known = (line.known_from[line.first] <= today).nonzero()[0]
        if known.size and line.spec.revised and line.spec.relative:
            last = line.first[known[-1]]
            later[last : last + line.count[known[-1]]] = False
        noise = chance.uniform(1, 50, len(line.known_from))
        lines.append(replace(line, values=np.where(later, noise, line.values)))
    turns = tuple(
        it if it.announced <= as_of else replace(it, month=add_months(it.month, -7))
        for it in chronicle.announced
    )
    return replace(chronicle, timelines=tuple(lines), announced=turns)


DAYS = random.Random(4).sample(backtest.origins(date(1970, 1, 1), date(2025, 9, 1), TODAY), 20)


@pytest.mark.parametrize("origin", sorted(DAYS), ids=str)
def test_scrambling_everything_published_later_changes_no_byte(
    chronicle: Chronicle, origin: date
) -> None:
    as_of = backtest.day_of(origin)
    other = scrambled(chronicle, as_of)
    said, again = (recession.probabilities(it.panel(as_of), RULE) for it in (chronicle, other))
    assert list(said) == list(again)
    assert all(said[member].tobytes() == again[member].tobytes() for member in said)
    later = as_of + timedelta(days=366)
    assert chronicle.panel(later).sha256() != other.panel(later).sha256()


@pytest.mark.parametrize("origin", sorted(DAYS)[::5], ids=str)
def test_the_walk_says_what_the_score_of_that_day_says(history: Store, origin: date) -> None:
    day = backtest.day_of(origin)
    forecaster = partial(recession.probabilities, rule=RULE)
    (said,) = backtest.walk([origin], history.chronicle(recession.needed(RULE)).panel, forecaster)
    assert said is not None
    scored = recession.score(history.panel(day, recession.needed(RULE)), RULE)
    for member in (scored.pool, *scored.members):
        told = [member.probability[horizon] for horizon in HORIZONS]
        # scikit-learn fits the logit of one day, our own solver that of hundreds.
        within = 1e-7 if member.id == "logit" else 0.0
        np.testing.assert_allclose(said.probability[member.id][0], told, rtol=0, atol=within)
