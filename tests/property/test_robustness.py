"""How far the scoreboard rests on one choice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from monitor import features
from monitor.domain import HORIZONS, TARGETS, EpisodeRule, add_months
from monitor.episodes import DEFINITIONS
from monitor.model import background, backtest, lag, pool, recession, robustness
from monitor.model.robustness import CHOICES, Case, Day, Span
from monitor.store import Store
from monitor.store.known import Chronicle

TODAY = date(2026, 11, 22)
RULE = EpisodeRule()
SOME = [date(1971, 5, 1), date(1979, 2, 1), date(1995, 8, 1), date(2008, 3, 1), date(2024, 4, 1)]


@pytest.fixture(scope="module")
def chronicle(history: Store) -> Chronicle:
    return history.chronicle(robustness.SERIES, until=TODAY)


@pytest.fixture(scope="module")
def days(chronicle: Chronicle) -> dict[date, Day]:
    found = [robustness._day(month, chronicle.panel) for month in SOME]
    return {day.origin: day for day in found if day is not None}


@pytest.fixture(scope="module")
def spans(chronicle: Chronicle) -> dict[str, Span]:
    panel = chronicle.panel(TODAY)
    judged = features.judged_spread(panel, RULE)
    clock = lag.clock(lag.Curve(judged, panel.turning_points, RULE, TODAY))
    found = robustness.recessions(clock, panel.turning_points, date(1953, 4, 1))
    return {span.name: span for span in found}


def case(**changes: Any) -> Case:
    return replace(Case("as it is", date(1970, 1, 1)), **changes)


# ---------------------------------------------------------------------------------------- the walks
def test_the_walk_as_it_is_says_what_the_model_says(history: Store, days: dict[date, Day]) -> None:
    walked = robustness.walk([*days.values()], case())
    for day, p in zip(days.values(), walked.tolist(), strict=True):
        said = recession.probabilities(history.panel(day.as_of, recession.needed(RULE)), RULE)
        assert p == said[pool.ID][TARGETS.index("start"), HORIZONS.index(12)]


def test_a_walk_is_silent_before_its_first_origin(days: dict[date, Day]) -> None:
    walked = robustness.walk([*days.values()], case(first=date(1985, 1, 1)))
    assert np.isnan(walked).tolist() == [day.origin.year < 1985 for day in days.values()]


@pytest.mark.parametrize(
    "definition", [one for one in DEFINITIONS if one.rule.basis == "daily"], ids=lambda d: d.name
)
def test_the_lowest_close_of_each_month_gives_the_clock_of_all_closes(
    chronicle: Chronicle, days: dict[date, Day], definition: Any
) -> None:
    for day in [*days.values()][2:]:
        closes = features.judged_spread(chronicle.panel(day.as_of), definition.rule)
        true = lag.clock(lag.Curve(closes, day.turning_points, definition.rule, day.as_of))
        monthly = replace(definition.rule, basis="monthly")
        lowest = day.spreads[definition.rule]
        found = lag.clock(lag.Curve(lowest, day.turning_points, monthly, day.as_of))
        assert (found.ran, found.known, found.exposure) == (true.ran, true.known, true.exposure)
        assert found.inverted == true.inverted


def test_inputs_half_as_large_stand_for_a_prior_half_as_wide(
    days: dict[date, Day], monkeypatch: pytest.MonkeyPatch
) -> None:
    day = [days[date(1995, 8, 1)]]
    half = next(one for one in CHOICES if "half" in one.name)
    scaled = robustness.walk(day, case(choice=half))
    as_it_is = robustness.walk(day, case())
    background._as_made.cache_clear()
    monkeypatch.setattr(background, "SLOPE_PRIOR_SD", background.SLOPE_PRIOR_SD / 2)
    assert scaled == pytest.approx(robustness.walk(day, case()), rel=1e-6)
    assert scaled != pytest.approx(as_it_is, rel=1e-3)
    background._as_made.cache_clear()


def test_the_choices_differ_from_the_model_and_from_each_other(days: dict[date, Day]) -> None:
    day = [days[date(1995, 8, 1)]]
    said = [float(robustness.walk(day, case(choice=choice))[0]) for choice in CHOICES]
    assert len({round(p, 6) for p in said}) == len(CHOICES)


# ------------------------------------------------------------------- a recession not learnt of
def test_the_recessions_are_those_after_the_spread_begins(spans: dict[str, Span]) -> None:
    assert [*spans] == [
        "1953-07", "1957-08", "1960-04", "1969-12", "1973-11", "1980-01", "1981-07", "1990-07",
        "2001-03", "2007-12", "2020-02",
    ]  # fmt: skip
    ordered = [*spans.values()]
    for before, after in pairwise(ordered):
        assert before.last < after.first


def test_a_recession_begins_two_years_before_its_peak_or_after_the_last_one(
    spans: dict[str, Span],
) -> None:
    assert (spans["2007-12"].first, spans["2007-12"].last) == (date(2005, 12, 1), date(2009, 6, 1))
    assert spans["1981-07"].first == date(1980, 8, 1)


@pytest.mark.parametrize("name", ["1969-12", "1990-07", "2007-12"])
def test_before_its_announcement_nothing_is_hidden(
    chronicle: Chronicle, spans: dict[str, Span], name: str
) -> None:
    span = spans[name]
    months = [add_months(span.announced, -months) for months in (2, 12)]
    known = [day for month in months if (day := robustness._day(month, chronicle.panel))]
    assert len(known) == 2
    hidden = robustness.walk(known, case(hidden=span))
    assert hidden.tobytes() == robustness.walk(known, case()).tobytes()


def test_a_hidden_recession_is_one_that_was_not_observed(
    days: dict[date, Day], spans: dict[str, Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a hit nor a miss to the clock, and no month of it to the probit."""
    seen: list[tuple[Any, lag.Curve, lag.Clock]] = []
    real = background.score

    def watched(frame: Any, curve: lag.Curve, clock: lag.Clock, **options: Any) -> Any:
        seen.append((frame, curve, clock))
        return real(frame, curve, clock, **options)

    monkeypatch.setattr(background, "score", watched)
    day, span = days[date(1995, 8, 1)], spans["1980-01"]
    plain, hidden = robustness.walk([day, day], case()), None
    hidden = robustness.walk([day], case(hidden=span))
    (_, _, before), _, (frame, curve, after) = seen
    assert hidden[0] != plain[0]
    assert len(after.known.lags) == len(before.known.lags) - 1
    assert len(after.known.censored) == len(before.known.censored)
    assert {point.month for point in curve.turning_points}.isdisjoint(span.turns)
    gone = frame[frame["spread"].isna()].index
    assert (gone[0].date(), gone[-1].date()) == (span.first, span.last)
    assert after.exposure.recessions == before.exposure.recessions


def test_a_recession_without_an_inversion_leaves_the_clock_alone(
    days: dict[date, Day], spans: dict[str, Span]
) -> None:
    day = days[date(1995, 8, 1)]
    said = [robustness.walk([day], case(hidden=spans[name]))[0] for name in ("1957-08", "1960-04")]
    plain = robustness.walk([day], case())[0]
    assert all(p != plain for p in said)


# ----------------------------------------------------------------------------------- the document
@pytest.fixture(scope="module")
def few(chronicle: Chronicle) -> tuple[Day, ...]:
    """Two origins of each third year, and those before the recession of 2007."""
    months = backtest.origins(date(1970, 1, 1), None, TODAY)
    chosen = [month for month in months if month.year % 3 == 0 and month.month in {4, 11}]
    chosen += [month for month in months if date(2007, 5, 1) <= month <= date(2007, 12, 1)]
    found = (robustness._day(month, chronicle.panel) for month in sorted({*chosen}))
    return tuple(day for day in found if day is not None)


@pytest.fixture(scope="module")
def made(chronicle: Chronicle, few: tuple[Day, ...]) -> tuple[dict[str, Any], list[int]]:
    told: list[int] = []

    def quick(cases: Sequence[Case]) -> list[Any]:
        # What the walks say is looked at above; here one is enough, a little different each time.
        plain = robustness.walk(few, case())
        return [np.clip(plain * (1 + place / 50), 0, 1) for place in range(len(cases))]

    document = robustness.robustness(
        few,
        chronicle.panel(TODAY).turning_points,
        TODAY,
        lambda _what, done, whole: told.extend((done, whole)),
        quick,
    )
    return document, told


def test_every_case_is_walked_and_told(made: tuple[dict[str, Any], list[int]]) -> None:
    document, told = made
    cases = len(CHOICES) + len(DEFINITIONS) + 11
    assert told[0::2] == [*range(1, cases + 1)]
    assert {*told[1::2]} == {cases}
    assert [row["name"] for row in document["definitions"]] == [one.name for one in DEFINITIONS]
    assert [row["name"] for row in document["choices"]] == [one.name for one in CHOICES]
    assert len(document["left_out_of_learning"]) == 11
    assert json.loads(json.dumps(document)) == document


def test_what_is_left_out_of_the_judging_is_not_scored(
    made: tuple[dict[str, Any], list[int]], few: tuple[Day, ...]
) -> None:
    document = made[0]
    whole = document["as_it_is"]
    rows = {row["name"]: row for row in document["left_out_of_judging"]}
    assert [*rows][:4] == ["1990-07", "2001-03", "2007-12", "2020-02"]
    assert len(rows) == 5
    inside = [day.origin for day in few if date(2005, 12, 1) <= day.origin <= date(2009, 6, 1)]
    row = rows["2007-12"]
    # Those in the recession itself are no origins of a start anyway.
    assert whole["n"] - row["n"] == len([day for day in inside if day < date(2008, 1, 1)])
    year = [day for day in inside if date(2007, 1, 1) <= day < date(2008, 1, 1)]
    assert whole["positives"] - row["positives"] == len(year)
    assert row["nyfed_published"]["brier"] != whole["nyfed_published"]["brier"]


def test_what_the_early_window_would_have_chosen_is_its_best(
    made: tuple[dict[str, Any], list[int]],
) -> None:
    document = made[0]
    for row in document["nested"]:
        losses = {
            choice["name"]: choice["1970-1984"]["pool"][row["by"]] for choice in document["choices"]
        }
        assert losses[row["chosen"]] == min(losses.values())
        chosen = next(one for one in document["choices"] if one["name"] == row["chosen"])
        assert row["pool"] == chosen["1985-now"]["pool"]
    scored = {choice["name"]: choice["1985-now"]["pool"] for choice in document["choices"]}
    assert scored["spread alone"] != scored["as it is"]


def test_the_text_has_a_row_for_every_case(made: tuple[dict[str, Any], list[int]]) -> None:
    document = made[0]
    text = robustness.text(document)
    for part in ("definitions", "left_out_of_judging", "left_out_of_learning", "choices"):
        for row in document[part]:
            assert sum(line.startswith(f"{row['name']} ") for line in text.splitlines()) >= 1
    assert f"{document['as_it_is']['pool']['brier']:.3f}" in text
