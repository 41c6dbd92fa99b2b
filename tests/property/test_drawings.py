"""Whatever the past was, the charts stand on their sheets and can be read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from types import ModuleType
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.digest import wording
from monitor.digest.charts import assetchart, channelchart, clockchart, curvechart, svg
from monitor.digest.wording import EN, Wording
from monitor.domain import (
    Channel,
    ChannelReading,
    Direction,
    History,
    LagCurve,
    Points,
    Regime,
    RegimeKind,
    Window,
    YieldCurve,
    add_months,
)

MATURITIES = (3, 6, 12, 24, 36, 60, 84, 120, 240, 360)
EMPTY = History(spread=(), episodes=(), recessions=())
FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

languages = st.sampled_from([wording.of(language) for language in wording.LANGUAGES])
months = st.dates(date(1950, 1, 1), date(2049, 12, 1)).map(lambda day: day.replace(day=1))
plausible = st.floats(-2, 18)
finite = st.floats(-1e12, 1e12)
any_float = st.floats(allow_nan=True, allow_infinity=True, width=32)


def curves(values: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[YieldCurve, ...]]:
    yields = st.dictionaries(st.sampled_from(MATURITIES), values, max_size=len(MATURITIES))
    past = st.builds(YieldCurve, st.just("before_recession"), months, st.just(value=True), yields)
    named = st.tuples(
        *(
            st.builds(YieldCurve, st.just(of), months, st.booleans(), yields)
            for of in ("today", "month_ago", "year_ago")
        )
    )
    return st.builds(lambda some, others: (*some, *others), named, st.lists(past, max_size=6))


def lags(shares: st.SearchStrategy[float]) -> st.SearchStrategy[LagCurve]:
    return st.builds(
        LagCurve,
        start=st.none() | months,
        age=st.none() | st.floats(0, 400),
        density=st.dictionaries(st.integers(1, 48), shares, max_size=48),
        lags=st.lists(st.tuples(months, st.integers(1, 60)), max_size=14).map(tuple),
        window=st.none()
        | st.tuples(months, st.integers(0, 60), st.integers(0, 60)).map(
            lambda it: Window(it[0], add_months(it[0], it[1]), add_months(it[0], it[1] + it[2]))
        ),
        false_alarm=st.none() | st.floats(0, 1),
    )


@st.composite
def balance_sheets(
    draw: st.DrawFn, values: st.SearchStrategy[float]
) -> tuple[Points, tuple[Regime, ...]]:
    """Up to 24 years in weeks or months, and regimes one after another."""
    first = draw(st.dates(date(1950, 1, 1), date(2025, 1, 1)))
    step = draw(st.sampled_from([timedelta(days=7), timedelta(days=31), timedelta(days=200)]))
    sizes = draw(st.lists(values, max_size=40))
    points = tuple((first + step * place, value) for place, value in enumerate(sizes))
    starts = sorted(draw(st.sets(st.dates(date(1940, 1, 1), date(2049, 1, 1)), max_size=8)))
    kinds = st.sampled_from(get_args(RegimeKind))
    ends = [start - timedelta(days=1) for start in starts[1:]]
    regimes = tuple(
        Regime(draw(kinds), start, end, (), "drawn at random")
        for start, end in zip(starts, [*ends, None], strict=False)
    )
    return points, regimes


def channels(shares: st.SearchStrategy[float]) -> st.SearchStrategy[list[ChannelReading]]:
    one = st.builds(
        ChannelReading,
        channel=st.sampled_from(get_args(Channel)),
        instrument=st.just("swaps"),
        proxy=st.just("a yield"),
        series=st.just(("DGS2",)),
        value=st.none() | finite,
        unit=st.just("percent"),
        period=st.none() | months,
        percentile=st.none() | shares,
        since=st.none() | months,
        change_13w=st.none() | any_float,
        direction=st.none() | st.sampled_from(get_args(Direction)),
        moves=st.just({}),
        note=st.just(""),
    )
    return st.lists(one, max_size=7)


@FEW
@given(say=languages, known=curves(plausible))
def test_any_yield_curves_can_be_read(
    drawings: ModuleType, say: Wording, known: tuple[YieldCurve, ...]
) -> None:
    for drawing in drawings.read(curvechart.chart(say, replace(EMPTY, curves=known))):
        drawings.must_stay_inside(drawing)
        drawings.must_be_legible(drawing)


@FEW
@given(say=languages, lag=lags(st.floats(0, 1)))
def test_any_clock_can_be_read(drawings: ModuleType, say: Wording, lag: LagCurve) -> None:
    for drawing in drawings.read(clockchart.chart(say, replace(EMPTY, lag=lag))):
        drawings.must_stay_inside(drawing)
        drawings.must_be_legible(drawing)
    assert clockchart.describe(say, replace(EMPTY, lag=lag))


@FEW
@given(say=languages, known=balance_sheets(st.floats(0, 50_000)))
def test_any_balance_sheet_can_be_read(
    drawings: ModuleType, say: Wording, known: tuple[Points, tuple[Regime, ...]]
) -> None:
    points, regimes = known
    history = replace(EMPTY, assets=points, assets_series="WALCL", regimes=regimes)
    for drawing in drawings.read(assetchart.chart(say, history)):
        drawings.must_stay_inside(drawing)
        drawings.must_be_legible(drawing)


@FEW
@given(say=languages, known=channels(st.floats(0, 1)))
def test_any_channels_can_be_read(
    drawings: ModuleType, say: Wording, known: list[ChannelReading]
) -> None:
    for drawing in drawings.read(channelchart.chart(say, known)):
        drawings.must_stay_inside(drawing)
        drawings.must_be_legible(drawing)


@FEW
@given(
    known=curves(finite | any_float),
    lag=lags(any_float),
    sheet=balance_sheets(any_float),
    read=channels(any_float),
)
def test_no_number_however_wild_leaves_the_sheet_or_is_drawn_as_none(
    drawings: ModuleType,
    known: tuple[YieldCurve, ...],
    lag: LagCurve,
    sheet: tuple[Points, tuple[Regime, ...]],
    read: list[ChannelReading],
) -> None:
    history = replace(EMPTY, curves=known, lag=lag, assets=sheet[0], regimes=sheet[1])
    for drawn in (
        curvechart.chart(EN, history),
        clockchart.chart(EN, history),
        assetchart.chart(EN, history),
        channelchart.chart(EN, read),
    ):
        assert not re.search(r"\b(nan|inf)", drawn.replace("inflation", ""))
        for drawing in drawings.read(drawn):
            drawings.must_stay_inside(drawing)


# ------------------------------------------------------------------------------- the words of SVG
@given(places=st.lists(st.floats(0, 300), max_size=12))
def test_labels_stand_apart_in_their_order_and_within_their_room(places: list[float]) -> None:
    moved = svg.apart(places, 15, 0, 300)
    ranked = sorted(range(len(places)), key=places.__getitem__)
    for one, other in pairwise([moved[place] for place in ranked]):
        assert other - one >= 15 - 1e-6
    for place in moved:
        assert -1e-6 <= place <= 300 + 1e-6


@given(places=st.lists(st.integers(0, 20), unique=True, max_size=6))
def test_labels_that_stand_apart_already_are_not_moved(places: list[int]) -> None:
    wanted = [15.0 * place for place in places]
    assert svg.apart(wanted, 15, 0, 300) == pytest.approx(wanted)


def test_labels_that_touch_are_moved_by_the_same_both_ways() -> None:
    assert svg.apart([100, 100], 15, 0, 300) == pytest.approx([92.5, 107.5])
    assert svg.apart([100, 100, 100], 15, 0, 300) == pytest.approx([85, 100, 115])
    assert svg.apart([0, 1], 15, 0, 300) == pytest.approx([0, 15])
    assert svg.apart([299, 300], 15, 0, 300) == pytest.approx([285, 300])


@given(spans=st.lists(st.tuples(st.floats(0, 300), st.floats(1, 80)), max_size=20))
def test_no_two_labels_of_a_row_touch(spans: list[tuple[float, float]]) -> None:
    ends = [(left, left + wide) for left, wide in spans]
    rows = svg.rows(ends)
    for place, (left, right) in enumerate(ends):
        for other in range(place):
            if rows[place] == rows[other]:
                assert ends[other][1] <= left or right <= ends[other][0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_coordinate_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no place"):
        svg.number(value)


@given(day=st.dates(date(2000, 1, 1), date(2009, 12, 31)))
def test_a_day_stands_between_its_month_and_the_next(day: date) -> None:
    scale = svg.Scale(
        svg.Frame("f", 760, 240, 30, 140, 12, 5), date(2000, 1, 1), date(2010, 1, 1), 0, 1
    )
    first = day.replace(day=1)
    assert scale.x(first) <= scale.at(day) < scale.x(add_months(first, 1))
    assert scale.at(first) == scale.x(first)


@given(words=st.lists(st.text("a<&>\"'1。"), min_size=1, max_size=5))
def test_words_that_can_be_pointed_at_are_escaped(drawings: ModuleType, words: list[str]) -> None:
    places = [(float(place), 1.0) for place in range(len(words))]
    line = f'<path class="spread" d="M{svg.joined(places)}"/>'
    sheet = svg.Sheet("wide", 760, 200, 12)
    (drawing,) = drawings.read(svg.drawing(sheet, "<t>", "&d", [svg.probe(line, words)]))
    assert drawings.probed(drawing) == list(zip(places, words, strict=True))


def test_chinese_characters_are_as_wide_as_they_are_high() -> None:
    assert svg.length("收益率", 12) == 36
    assert svg.length("yield", 12) == pytest.approx(5 * 12 * svg.CHARACTER)
