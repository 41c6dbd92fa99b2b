from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from types import ModuleType

import pytest

from monitor.digest.charts import clockchart
from monitor.digest.wording import EN
from monitor.domain import History, LagCurve, Window

WIDE, NARROW = 0, 1
DENSITY = {
    month: (month / 100 if month <= 10 else max(0.0, (19 - month) / 80)) for month in range(1, 49)
}
HITS = (
    (date(1968, 12, 1), 13), (date(1973, 6, 1), 6), (date(1978, 11, 1), 15),
    (date(1980, 10, 1), 10), (date(1989, 6, 1), 14), (date(2000, 7, 1), 9), (date(2006, 8, 1), 17),
)  # fmt: skip
RUNNING = LagCurve(
    start=date(2019, 6, 1),
    age=5.6,
    density=DENSITY,
    lags=HITS,
    window=Window(date(2020, 2, 1), date(2020, 7, 1), date(2021, 3, 1)),
    false_alarm=0.2,
)
RUN_OUT = replace(
    RUNNING,
    start=date(2022, 11, 1),
    age=47.7,
    window=Window(date(2027, 1, 1), date(2027, 12, 1), date(2031, 8, 1)),
    false_alarm=0.984,
)
NONE = replace(RUNNING, age=None, window=None, false_alarm=None)


def past(lag: LagCurve | None) -> History:
    return History(spread=(), episodes=(), recessions=(), lag=lag)


@pytest.mark.parametrize("lag", [RUNNING, RUN_OUT, NONE], ids=["running", "run out", "none"])
def test_the_clock_is_drawn_for_wide_and_for_narrow_screens(
    drawings: ModuleType, lag: LagCurve
) -> None:
    both = drawings.read(clockchart.chart(EN, past(lag)))
    assert [svg.get("class") for svg in both] == ["chart wide clock", "chart narrow clock"]
    for svg in both:
        drawings.must_stay_inside(svg)
        drawings.must_be_legible(svg)
        assert len(drawings.classed(svg, "mark-hit")) == len(HITS)
        assert {str(start.year) for start, _ in HITS} <= set(drawings.texts(svg))
    ids = [part.get("id") for svg in both for part in svg.iter() if part.get("id")]
    assert len(ids) == len(set(ids)) == 4


def test_each_past_recession_is_marked_in_the_month_in_which_it_started(
    drawings: ModuleType,
) -> None:
    svg = drawings.read(clockchart.chart(EN, past(RUNNING)))[WIDE]
    tops = [x for (x, _), _ in drawings.probed(svg)]
    marks = [float(mark.get("cx", "0")) for mark in drawings.classed(svg, "mark-hit")]
    expected = [tops[months - 1] for months in sorted(months for _, months in HITS)]
    assert marks == pytest.approx(expected, abs=0.11)


def test_a_running_clock_shows_where_it_stands_and_the_window_ahead(drawings: ModuleType) -> None:
    for svg in drawings.read(clockchart.chart(EN, past(RUNNING))):
        assert {"now: month 6", "80% window: Feb 2020 to Mar 2021"} <= set(drawings.texts(svg))
        (line,), (window,) = drawings.classed(svg, "now"), drawings.classed(svg, "window")
        now = drawings.corners(line)[0][0]
        assert now < float(window.get("x", "0"))
        (passed,), (ahead,) = (drawings.classed(svg, kind) for kind in ("lag-passed", "lag-ahead"))
        # Four corners a bar; the month that runs can still come.
        assert len(drawings.corners(passed)) == 4 * 5
        assert len(drawings.corners(ahead)) == 4 * 43


def test_a_clock_that_has_run_out_shows_no_window_and_says_so(drawings: ModuleType) -> None:
    for svg in drawings.read(clockchart.chart(EN, past(RUN_OUT))):
        said = drawings.texts(svg)
        assert {"now: month 48", "all but run out: 98% that none follows"} <= set(said)
        assert drawings.classed(svg, "window") == []
    assert clockchart.describe(EN, past(RUN_OUT)).startswith(
        "The clock of the inversion of Nov 2022 is in month 48 and has all but run out: the "
        "probability that no recession follows it is 98%. "
    )


def test_without_a_running_clock_no_month_is_marked(drawings: ModuleType) -> None:
    for svg in drawings.read(clockchart.chart(EN, past(NONE))):
        assert "no clock runs" in drawings.texts(svg)
        for kind in ("now", "window", "lag-ahead"):
            assert drawings.classed(svg, kind) == []
    assert clockchart.describe(EN, past(NONE)).startswith(
        "No inversion clock runs: a recession followed the latest inversion, that of Jun 2019. "
    )
    never = replace(NONE, start=None, lags=())
    assert clockchart.describe(EN, past(never)) == (
        "No inversion clock runs: there has been no inversion. Counted from the first inverted"
        " month, half of the recessions that follow an inversion start by month 10, and 80% from"
        " month 4 to month 15. No inversion on record was followed by a recession yet."
    )


def test_the_description_of_a_running_clock_has_every_figure() -> None:
    assert clockchart.describe(EN, past(RUNNING)) == (
        "The clock of the inversion of Jun 2019 is in month 6. If a recession follows, it starts"
        " from Feb 2020 to Mar 2021 with a probability of 80%, and by Jul 2020 with one of 50%."
        " That none follows has a probability of 20%. Counted from the first inverted month, half"
        " of the recessions that follow an inversion start by month 10, and 80% from month 4 to"
        " month 15. Months from past inversions to the recession that followed, with the year of"
        " the inversion: 6 (1973), 9 (2000), 10 (1980), 13 (1968), 14 (1989), 15 (1978) and 17"
        " (2006)."
    )


def test_the_bars_are_as_high_as_their_probability(drawings: ModuleType) -> None:
    svg = drawings.read(clockchart.chart(EN, past(RUNNING)))[WIDE]
    probed = drawings.probed(svg)
    zero = drawings.corners(drawings.classed(svg, "zero")[0])[0][1]
    heights = [zero - y for (_, y), _ in probed]
    highest = max(DENSITY.values())
    assert heights == pytest.approx(
        [max(heights) * DENSITY[month] / highest for month in DENSITY], abs=0.11
    )
    assert probed[9][1] == "month 10: 10.0%"
    assert drawings.probed(drawings.read(clockchart.chart(EN, past(RUNNING)))[NARROW]) == []


def test_a_clock_beyond_the_last_month_stands_at_the_edge_with_an_arrow(
    drawings: ModuleType,
) -> None:
    for svg in drawings.read(clockchart.chart(EN, past(replace(RUN_OUT, age=80.2)))):
        assert "now: month 81" in drawings.texts(svg)
        assert len(drawings.classed(svg, "arrow")) == 1
        drawings.must_stay_inside(svg)


@pytest.mark.parametrize(("age", "month"), [(0.0, 0), (0.03, 1), (12.0, 12), (12.1, 13)])
def test_the_month_of_the_clock_is_the_one_under_way(age: float, month: int) -> None:
    assert clockchart.month_of_clock(age) == month


def test_what_is_no_number_is_left_out(drawings: ModuleType) -> None:
    holed = replace(RUNNING, density={**DENSITY, 5: math.nan}, age=math.nan, false_alarm=math.nan)
    drawn = clockchart.chart(EN, past(holed))
    assert "nan" not in drawn
    assert len(drawings.probed(drawings.read(drawn)[WIDE])) == 47
    assert "nan" not in clockchart.describe(EN, past(replace(RUNNING, false_alarm=math.nan)))


@pytest.mark.parametrize("lag", [None, replace(NONE, density={})])
def test_without_a_distribution_nothing_is_drawn(lag: LagCurve | None) -> None:
    assert clockchart.chart(EN, past(lag)) == ""
    assert clockchart.figure(EN, past(lag)) is None
    assert clockchart.describe(EN, past(None)) == "There is no inversion clock to draw yet."


def test_the_legend_explains_what_is_drawn() -> None:
    for lag in (RUNNING, RUN_OUT, NONE, replace(NONE, lags=())):
        figure = clockchart.figure(EN, past(lag))
        assert figure is not None
        for kind, _ in figure.legend:
            assert f'class="{kind}"' in figure.svg
