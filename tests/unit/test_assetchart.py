from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from types import ModuleType

import pytest

from monitor.digest.charts import assetchart
from monitor.digest.wording import EN
from monitor.domain import History, Points, Regime, RegimeKind, add_months

WIDE, NARROW = 0, 1


def regime(kind: RegimeKind, start: date, end: date | None) -> Regime:
    return Regime(kind, start, end, (), "made up")


REGIMES = (
    regime("steady", date(1965, 1, 1), date(2007, 12, 11)),
    regime("lending", date(2007, 12, 12), date(2008, 11, 24)),
    regime("qe", date(2008, 11, 25), date(2010, 3, 31)),
    regime("steady", date(2010, 4, 1), date(2011, 9, 20)),
    regime("qe", date(2011, 9, 21), date(2012, 9, 12)),
    regime("qe", date(2012, 9, 13), date(2014, 10, 29)),
    regime("steady", date(2014, 10, 30), date(2017, 9, 30)),
    regime("qt", date(2017, 10, 1), date(2019, 7, 31)),
    regime("steady", date(2019, 8, 1), date(2019, 9, 16)),
    regime("reserve_management", date(2019, 9, 17), None),
)


def weekly(first: date, last: date) -> Points:
    """Wednesdays on which the balance sheet grows from 720 billions by two a week."""
    weeks = (last - first).days // 7
    return tuple((first + timedelta(weeks=week), 720.0 + 2 * week) for week in range(weeks + 1))


HISTORY = History(
    spread=(), episodes=(), recessions=(), assets_series="WALCL", regimes=REGIMES,
    assets=weekly(date(2003, 1, 1), date(2019, 12, 18)),
)  # fmt: skip


def test_size_and_regimes_are_drawn_for_wide_and_for_narrow_screens(drawings: ModuleType) -> None:
    both = drawings.read(assetchart.chart(EN, HISTORY))
    assert [svg.get("class") for svg in both] == ["chart wide assets", "chart narrow assets"]
    for svg in both:
        drawings.must_stay_inside(svg)
        drawings.must_be_legible(svg)
        assert {"trillions of USD", "2.49", "Dec 2019", "2005", "2010", "2015"} <= set(
            drawings.texts(svg)
        )
    ids = [part.get("id") for svg in both for part in svg.iter() if part.get("id")]
    assert len(ids) == len(set(ids)) == 4


def test_each_kind_of_regime_has_a_lane_with_its_name(drawings: ModuleType) -> None:
    for svg in drawings.read(assetchart.chart(EN, HISTORY)):
        names = {"QE", "Reserve management", "Lending", "Run-off (QT)"}
        assert names <= set(drawings.texts(svg))
        assert not {"Yield cap", "Steady"} & set(drawings.texts(svg))
        # The two purchases of 2011 and 2012 follow upon each other.
        assert len(drawings.classed(svg, "lane-qe")) == 2
        assert len(drawings.classed(svg, "lane")) == 3
        rows = {shape.get("y") for shape in drawings.classed(svg, "lane")}
        assert len(rows) == 3
        (now,) = [text.text for text in drawings.classed(svg, "strong") if text.text in names]
        assert now == "Reserve management"


def test_a_lane_stands_below_the_time_it_speaks_of(drawings: ModuleType) -> None:
    svg = drawings.read(assetchart.chart(EN, HISTORY))[WIDE]
    points = {words: x for (x, _), words in drawings.probed(svg)}
    first, last = drawings.classed(svg, "lane-qe")
    begun = next(x for words, x in points.items() if words.startswith("26 Nov 2008"))
    assert float(first.get("x", "0")) == pytest.approx(begun, abs=1.5)
    over = next(x for words, x in points.items() if words.startswith("29 Oct 2014"))
    end = float(last.get("x", "0")) + float(last.get("width", "0"))
    assert end == pytest.approx(over, abs=1.5)
    shaded = [drawings.corners(path) for path in drawings.classed(svg, "area-qe")]
    assert [shape[0][0] for shape in shaded] == pytest.approx(
        [float(lane.get("x", "0")) for lane in (first, last)], abs=2.5
    )


def test_the_description_names_the_sizes_and_the_spans() -> None:
    assert assetchart.describe(EN, HISTORY) == (
        "Total assets of the Federal Reserve in trillions of USD, Jan 2003 to Dec 2019: newest "
        "2.49, highest 2.49 in Dec 2019. QE: Nov 2008 to Mar 2010 and Sep 2011 to Oct 2014. "
        "Reserve management: since Sep 2019. Lending: Dec 2007 to Nov 2008. Run-off (QT): "
        "Oct 2017 to Jul 2019."
    )


def test_a_regime_that_began_after_the_last_size_is_shown_too(drawings: ModuleType) -> None:
    months = tuple((add_months(date(2003, 1, 1), step), 1.0) for step in range(203))
    early = tuple(point for point in HISTORY.assets if point[0] < date(2019, 5, 1))
    for svg in drawings.read(assetchart.chart(EN, replace(HISTORY, assets=early, spread=months))):
        drawings.must_be_legible(svg)
        edge = max(x for x, _ in drawings.corners(drawings.classed(svg, "zero")[0]))
        line = drawings.corners(drawings.classed(svg, "spread")[0])
        now = drawings.classed(svg, "lane")[0]
        assert line[-1][0] < float(now.get("x", "0")) < edge
        assert {"Reserve management", "Apr 2019"} <= set(drawings.texts(svg))
    assert "Reserve management: since Sep 2019." in assetchart.describe(
        EN, replace(HISTORY, assets=early)
    )


def test_a_steady_balance_sheet_is_told_in_words(drawings: ModuleType) -> None:
    calm = replace(HISTORY, regimes=(regime("steady", date(1965, 1, 1), None),))
    assert assetchart.describe(EN, calm).endswith(" Steady since Jan 1965.")
    figure = assetchart.figure(EN, calm)
    assert figure is not None
    assert figure.legend == ()
    for svg in drawings.read(figure.svg):
        assert drawings.classed(svg, "lane") == drawings.classed(svg, "area-qe") == []


def test_what_can_be_pointed_at_says_the_day_and_the_size(drawings: ModuleType) -> None:
    wide, narrow = drawings.read(assetchart.chart(EN, HISTORY))
    assert drawings.probed(wide)[-1][1] == "18 Dec 2019: 2.49 trillion USD"
    assert drawings.probed(narrow) == []


def test_a_monthly_series_is_told_by_month_and_named(drawings: ModuleType) -> None:
    months = tuple((add_months(date(2003, 1, 1), step), 700.0 + step) for step in range(270))
    history = replace(HISTORY, assets=months, assets_series="RSBKCRNS")
    both = drawings.read(assetchart.chart(EN, history))
    for svg in both:
        assert drawings.classed(svg, "spread")[0].get("d", "").count("M") == 1
    probed = drawings.probed(both[WIDE])
    assert len(probed) == 270
    assert probed[0][1] == "Jan 2003: 0.70 trillion USD"
    assert assetchart.describe(EN, history).startswith("Reserve Bank credit in trillions of USD, ")


def test_no_more_points_are_drawn_than_there_are_pixels(drawings: ModuleType) -> None:
    long = replace(HISTORY, assets=weekly(date(2003, 1, 1), date(2026, 11, 18)))
    for svg in drawings.read(assetchart.chart(EN, long)):
        line = drawings.corners(drawings.classed(svg, "spread")[0])
        assert len(line) <= line[-1][0] - line[0][0] + 2
    assert len(assetchart.chart(EN, long)) < 60_000


def test_a_gap_breaks_the_line(drawings: ModuleType) -> None:
    early, late = (
        weekly(date(2003, 1, 1), date(2005, 1, 5)),
        weekly(date(2006, 1, 4), date(2008, 1, 2)),
    )
    svg = drawings.read(assetchart.chart(EN, replace(HISTORY, assets=(*early, *late))))[WIDE]
    assert drawings.classed(svg, "spread")[0].get("d", "").count("M") == 2
    assert len(drawings.classed(svg, "area")) == 2


def test_a_size_that_is_no_number_is_left_out() -> None:
    holed = replace(HISTORY, assets=((date(2003, 1, 1), 700.0), (date(2003, 1, 8), math.nan)))
    assert "nan" not in assetchart.chart(EN, holed)
    assert "newest 0.70" in assetchart.describe(EN, holed)


def test_without_a_size_nothing_is_drawn() -> None:
    bare = replace(HISTORY, assets=())
    assert assetchart.chart(EN, bare) == ""
    assert assetchart.figure(EN, bare) is None
    assert assetchart.describe(EN, bare) == "There is no size of the balance sheet to draw yet."
