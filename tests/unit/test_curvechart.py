# ruff: noqa: RUF001 - the typographic minus is what is tested
from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from types import ModuleType

import pytest

from monitor.digest.charts import curvechart
from monitor.digest.wording import EN
from monitor.domain import CurveOf, History, YieldCurve

WIDE, NARROW = 0, 1
MATURITIES = (3, 6, 12, 24, 36, 60, 84, 120, 240, 360)


def curve(of: CurveOf, year: int, month: int, *yields: float) -> YieldCurve:
    known = dict(zip(MATURITIES, yields, strict=True))
    return YieldCurve(of, date(year, month, 1), monthly=True, yields=known)


def past(*curves: YieldCurve) -> History:
    return History(spread=(), episodes=(), recessions=(), curves=curves)


NOW = curve("today", 2019, 11, 1.57, 1.59, 1.57, 1.61, 1.61, 1.64, 1.74, 1.81, 2.13, 2.28)
MONTH = curve("month_ago", 2019, 10, 1.68, 1.67, 1.61, 1.55, 1.53, 1.53, 1.62, 1.71, 2.0, 2.19)
YEAR = curve("year_ago", 2018, 11, 2.37, 2.52, 2.7, 2.86, 2.91, 2.95, 3.04, 3.12, 3.27, 3.36)
IN_2001 = curve(
    "before_recession", 2001, 3, 4.54, 4.43, 4.3, 4.34, 4.43, 4.64, 4.88, 4.89, 5.49, 5.34
)
IN_2007 = curve(
    "before_recession", 2007, 12, 3.07, 3.34, 3.26, 3.12, 3.13, 3.49, 3.74, 4.1, 4.57, 4.53
)
HISTORY = past(NOW, MONTH, YEAR, IN_2001, IN_2007)


def test_the_curves_are_drawn_for_wide_and_for_narrow_screens(drawings: ModuleType) -> None:
    both = drawings.read(curvechart.chart(EN, HISTORY))
    assert [svg.get("class") for svg in both] == ["chart wide curve", "chart narrow curve"]
    for svg in both:
        drawings.must_stay_inside(svg)
        drawings.must_be_legible(svg)
        assert len(drawings.classed(svg, "curve-past")) == 2
        assert {"now", "1 month ago", "1 year ago", "before 2001", "before 2008"} <= set(
            drawings.texts(svg)
        )
        assert {"3m", "6m", "1", "2", "3", "5", "7", "10", "20", "30 years"} <= set(
            drawings.texts(svg)
        )


def test_the_wide_and_the_narrow_drawing_have_no_id_in_common(drawings: ModuleType) -> None:
    ids = [
        part.get("id")
        for svg in drawings.read(curvechart.chart(EN, HISTORY))
        for part in svg.iter()
        if part.get("id")
    ]
    assert len(ids) == len(set(ids)) == 4


def test_maturities_stand_on_a_logarithmic_scale(drawings: ModuleType) -> None:
    svg = drawings.read(curvechart.chart(EN, HISTORY))[WIDE]
    xs = [x for x, _ in drawings.corners(drawings.classed(svg, "curve-now")[0])]
    step = xs[MATURITIES.index(6)] - xs[0]
    for months, double in ((6, 12), (12, 24), (60, 120), (120, 240)):
        doubled = xs[MATURITIES.index(double)] - xs[MATURITIES.index(months)]
        assert doubled == pytest.approx(step, abs=0.2)


def test_a_higher_yield_stands_higher_and_the_slopes_begin_at_zero(drawings: ModuleType) -> None:
    svg = drawings.read(curvechart.chart(EN, HISTORY))[WIDE]
    yields, slopes = drawings.classed(svg, "curve-now")
    (year_ago,) = drawings.classed(svg, "curve-year")
    for (_, now), (_, before) in zip(
        drawings.corners(yields), drawings.corners(year_ago), strict=True
    ):
        assert before < now
    zero = drawings.corners(drawings.classed(svg, "zero")[0])[0][1]
    for line in (slopes, *drawings.classed(svg, "curve-past")):
        assert drawings.corners(line)[0][1] == zero
    # The curve of March 2001 was inverted at two years, that of today is not.
    assert drawings.corners(drawings.classed(svg, "curve-past")[1])[3][1] > zero
    assert drawings.corners(slopes)[3][1] < zero


def test_the_description_names_the_yields_of_every_curve() -> None:
    assert curvechart.describe(EN, HISTORY) == (
        "Treasury yields, means of Nov 2019: 3 months 1.57%, 2 years 1.61% and 10 years 1.81%. "
        "A month before (Oct 2019): 3 months 1.68%, 2 years 1.55% and 10 years 1.71%. "
        "A year before (Nov 2018): 3 months 2.37%, 2 years 2.86% and 10 years 3.12%. "
        "Before the recession of 2001 (Mar 2001): 3 months 4.54%, 2 years 4.34% and 10 years "
        "4.89%. Before the recession of 2008 (Dec 2007): 3 months 3.07%, 2 years 3.12% and 10 "
        "years 4.10%."
    )


def test_yields_of_a_day_are_told_with_the_day() -> None:
    daily = replace(NOW, monthly=False, period=date(2019, 12, 19))
    assert curvechart.describe(EN, past(daily)).startswith("Treasury yields on 19 Dec 2019: ")


def test_what_can_be_pointed_at_says_what_all_curves_have_there(drawings: ModuleType) -> None:
    wide, narrow = drawings.read(curvechart.chart(EN, HISTORY))
    said = [words for _, words in drawings.probed(wide)]
    assert "10 years: now 1.81%; 1 month ago 1.71%; 1 year ago 3.12%" in said
    assert "2 years: now +0.04 pp; before 2001 −0.20 pp; before 2008 +0.05 pp" in said
    assert len(said) == 20
    assert drawings.probed(narrow) == []


def test_without_a_bill_or_a_recession_the_yields_are_drawn_alone(drawings: ModuleType) -> None:
    notes = {months: value for months, value in NOW.yields.items() if months > 3}
    for history in (past(replace(NOW, yields=notes), IN_2001), past(NOW, MONTH)):
        for svg in drawings.read(curvechart.chart(EN, history)):
            assert len(drawings.classed(svg, "curve-now")) == 1
            assert "percentage points over the three-month yield" not in drawings.texts(svg)
            drawings.must_be_legible(svg)


def test_only_the_last_four_recessions_are_shown(drawings: ModuleType) -> None:
    older = [replace(IN_2001, period=date(year, 3, 1)) for year in (1957, 1960, 1969)]
    history = past(NOW, *older, IN_2001, IN_2007)
    for svg in drawings.read(curvechart.chart(EN, history)):
        assert len(drawings.classed(svg, "curve-past")) == 4
        assert "before 1957" not in drawings.texts(svg)
    assert "1957" not in curvechart.describe(EN, history)


def test_a_yield_that_is_no_number_is_left_out(drawings: ModuleType) -> None:
    holed = replace(NOW, yields={**NOW.yields, 24: math.nan, 60: math.inf})
    drawn = curvechart.chart(EN, past(holed, IN_2001))
    line = drawings.classed(drawings.read(drawn)[WIDE], "curve-now")[0]
    assert len(drawings.corners(line)) == 8
    assert "nan" not in drawn
    assert "2 years" not in curvechart.describe(EN, past(holed))


@pytest.mark.parametrize(
    "history", [past(), past(YEAR, IN_2001), past(replace(NOW, yields={3: 1.57}))]
)
def test_without_a_curve_of_today_nothing_is_drawn(history: History) -> None:
    assert curvechart.chart(EN, history) == ""
    assert curvechart.figure(EN, history) is None
    assert curvechart.describe(EN, history) == "There is no yield curve to draw yet."
