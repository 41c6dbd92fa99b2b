# ruff: noqa: RUF001 - the typographic minus is what is tested
from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from types import ModuleType
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from monitor.digest.charts import ratechart
from monitor.digest.charts.spreadchart import describe, horizon_chart, spread_chart
from monitor.digest.wording import EN
from monitor.domain import History, PathPoint, PolicyOdds, add_months

WIDE, NARROW = 0, 1


def drawings(history: History) -> list[Element]:
    found = re.findall(r"<svg.*?</svg>", spread_chart(EN, history), flags=re.DOTALL)
    return [fromstring(svg) for svg in found]


def rate_drawings(history: History, policy: PolicyOdds | None) -> list[Element]:
    found = re.findall(r"<svg.*?</svg>", ratechart.chart(EN, history, policy), flags=re.DOTALL)
    return [fromstring(svg) for svg in found]


def must_stay_inside(svg: Element) -> None:
    width, height = map(float, (svg.get("viewBox") or "").split()[2:])
    size = float(svg.get("font-size", "0"))
    for path in svg.iter("path"):
        for x, y in corners(path)[:1]:
            assert 0 <= x <= width
            assert 0 <= y <= height
    for text in svg.iter("text"):
        x, length = float(text.get("x", "0")), 0.56 * size * len(text.text or "")
        start = {"end": x - length, "middle": x - length / 2}.get(text.get("text-anchor", ""), x)
        assert start >= -4
        assert start + length <= width + 4
        assert size <= float(text.get("y", "0")) <= height


def classed(svg: Element, kind: str) -> list[Element]:
    return [part for part in svg.iter() if kind in part.get("class", "").split()]


def texts(svg: Element) -> list[str]:
    return [part.text or "" for part in svg.iter("text")]


def corners(path: Element) -> list[tuple[float, float]]:
    found = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", ""))
    return [(float(x), float(y)) for x, y in found]


def series(*values: float, start: date = date(2000, 1, 1)) -> History:
    points = tuple((add_months(start, step), value) for step, value in enumerate(values))
    return History(spread=points, episodes=(), recessions=())


def test_the_spread_is_drawn_for_wide_and_for_narrow_screens(factories: ModuleType) -> None:
    both = drawings(factories.history())
    assert [svg.get("class") for svg in both] == ["chart wide", "chart narrow"]
    for svg in both:
        assert svg.get("role") == "img"
        ids = {part.get("id") for part in svg.iter()}
        assert set((svg.get("aria-labelledby") or "").split()) <= ids
        assert float(svg.get("font-size", "0")) >= 12
        assert len(classed(svg, "recession")) == 11
        assert len(classed(svg, "mark-hit")) == 8
        assert len(classed(svg, "mark-miss")) == 2
        assert len(classed(svg, "zero")) == 1
        assert {"percentage points", "0", "+2", "−2", "1980", "2020"} <= set(texts(svg))
        assert "+0.96 pp" in texts(svg)
        assert "Sep 2026" in texts(svg)
        assert texts(svg).count("2022") == 1


def test_the_drawings_have_no_element_id_in_common(factories: ModuleType) -> None:
    ids = re.findall(r' id="([^"]+)"', spread_chart(EN, factories.history()))
    assert len(ids) == len(set(ids)) == 4


def test_the_description_is_computed(factories: ModuleType) -> None:
    assert describe(EN, factories.history(), "10y-3m") == (
        "Ten-year Treasury yield less three-month bill (bond-equivalent), monthly means from "
        "Apr 1953 to Sep 2026: newest +0.96 pp, lowest −3.51 pp in Dec 1980, highest +4.15 pp in "
        "Sep 1982; 10 inversions and 11 recessions."
    )
    assert describe(EN, factories.no_history(), "10y-3m") == "There is no spread to draw yet."


def test_everything_stays_inside_the_drawing(factories: ModuleType) -> None:
    for svg in drawings(factories.history()):
        must_stay_inside(svg)


def test_labels_of_the_inversions_do_not_touch(factories: ModuleType) -> None:
    for svg in drawings(factories.history()):
        marks = [*classed(svg, "mark-hit"), *classed(svg, "mark-miss"), *classed(svg, "mark-open")]
        places = [
            (float(text.get("y", "0")), float(text.get("x", "0")))
            for text in svg.iter("text")
            if re.fullmatch(r"(19|20)\d\d", text.text or "") and not text.get("text-anchor")
        ]
        assert len(places) == len(marks) == 10
        for (row, x), (next_row, next_x) in pairwise(sorted(places)):
            assert row != next_row or next_x - x >= 40


def test_an_open_outcome_has_a_mark_of_its_own(factories: ModuleType) -> None:
    svg = drawings(factories.inverted_history())[WIDE]
    assert len(classed(svg, "mark-open")) == 1


def test_only_what_is_below_zero_is_filled() -> None:
    svg = drawings(series(1, -1, -1, 1, 2, -0.5))[WIDE]
    zero = corners(classed(svg, "zero")[0])[0][1]
    shapes = [corners(path) for path in classed(svg, "inverted")]
    assert len(shapes) == 2
    for shape in shapes:
        assert shape[0][1] == shape[-1][1] == zero
        assert all(y >= zero for _, y in shape)
    line = corners(classed(svg, "spread")[0])
    middle = (line[0][0] + line[1][0]) / 2
    assert shapes[0][0][0] == pytest.approx(middle, abs=0.1)


def test_a_history_that_is_all_inverted_is_filled_from_end_to_end() -> None:
    svg = drawings(series(-1, -2, -1.5))[WIDE]
    (shape,) = (corners(path) for path in classed(svg, "inverted"))
    line = corners(classed(svg, "spread")[0])
    assert (shape[0][0], shape[-1][0]) == (line[0][0], line[-1][0])


def test_a_missing_month_breaks_the_line() -> None:
    history = series(1, 1, 1, 1)
    gap = replace(history, spread=(history.spread[0], *history.spread[2:]))
    path = classed(drawings(gap)[WIDE], "spread")[0].get("d", "")
    assert path.count("M") == 2


def test_a_single_month_and_no_month_can_be_drawn() -> None:
    assert len(drawings(series(0.6))) == 2
    assert spread_chart(EN, History(spread=(), episodes=(), recessions=())) == ""


def test_a_recession_without_a_trough_is_shaded_to_the_newest_month() -> None:
    history = replace(
        series(*[1.0] * 48),
        recessions=((date(2002, 1, 1), None), (date(1990, 8, 1), date(1991, 3, 1)),
                    (date(2010, 1, 1), None)),
    )  # fmt: skip
    svg = drawings(history)[WIDE]
    (shade,) = classed(svg, "recession")
    line = corners(classed(svg, "spread")[0])
    right = float(shade.get("x", "0")) + float(shade.get("width", "0"))
    assert right >= line[-1][0]
    assert float(shade.get("x", "0")) == pytest.approx(line[24][0], abs=8)


def test_a_short_history_has_marked_years() -> None:
    svg = drawings(series(*[1.0] * 48))[NARROW]
    assert {"2000", "2001", "2002", "2003"} <= set(texts(svg))


def test_the_horizons_are_drawn_with_numbers_and_whiskers(factories: ModuleType) -> None:
    svg = fromstring(horizon_chart(EN, factories.today().recession))
    assert svg.get("role") == "img"
    assert len(classed(svg, "dot")) == 5
    assert len(classed(svg, "whisker")) == 15
    assert {"12 months", "10%", "4% to 18%", "19%", "8% to 32%", "100%"} <= set(texts(svg))
    assert [part.text for part in classed(svg, "strong")] == ["12 months", "10%"]
    dots = [float(dot.get("cx", "0")) for dot in classed(svg, "dot")]
    assert dots == sorted(dots)


def test_a_horizon_without_an_interval_has_no_whisker(factories: ModuleType) -> None:
    svg = fromstring(horizon_chart(EN, factories.bare().recession))
    assert classed(svg, "whisker") == []
    assert len(classed(svg, "dot")) == 5


# ------------------------------------------------------------------------------------ policy rate
def test_the_rate_is_drawn_since_1990_with_bound_recessions_and_path(
    factories: ModuleType,
) -> None:
    policy = factories.cutting_odds()
    both = rate_drawings(factories.history(date(2019, 11, 1)), policy)
    assert [svg.get("class") for svg in both] == ["chart wide rate", "chart narrow rate"]
    for svg in both:
        must_stay_inside(svg)
        assert len(corners(classed(svg, "spread")[0])) == 12 * 29 + 11
        assert len(classed(svg, "recession")) == 3
        assert len(classed(svg, "bound")) == len(classed(svg, "range")) == 1
        assert {"percent", "months ahead", "8", "0", "3", "6", "12"} <= set(texts(svg))
        assert {"0.84%", "0.13%", "1.63%"} <= set(texts(svg))
        assert [part.text for part in classed(svg, "strong")] == ["0.84%"]


def test_path_and_range_start_at_the_target_and_are_drawn_to_scale(factories: ModuleType) -> None:
    policy = factories.cutting_odds()
    for svg in rate_drawings(factories.history(date(2019, 11, 1)), policy):
        means, shape = corners(classed(svg, "path")[0]), corners(classed(svg, "range")[0])
        places = [point[0] for point in means]
        steps = [(x - places[0]) / (places[-1] - places[0]) for x in places]
        assert steps == pytest.approx([0, 1 / 12, 3 / 12, 6 / 12, 1], abs=0.01)
        zero = corners(classed(svg, "bound")[0])[0][1]
        tall = (zero - means[0][1]) / policy.target.middle
        for drawn, values in (
            (means[1:], [point.mean for point in policy.path[:4]]),
            (shape[1:5], [point.high for point in policy.path[:4]]),
            (shape[:4:-1], [point.low for point in policy.path[:4]]),
        ):
            assert [x for x, _ in drawn] == places[1:]
            assert [(zero - y) / tall for _, y in drawn] == pytest.approx(values, abs=0.02)
        assert shape[0] == means[0]
        assert len(classed(svg, "dot")) == 5


def test_labels_of_the_path_do_not_touch(factories: ModuleType) -> None:
    base = factories.cutting_odds()
    for low, mean, high in ((0.1, 0.11, 0.12), (0.1, 0.1, 0.1), (0.1, 0.2, 0.1), (0.0, 5.0, 9.0)):
        policy = replace(base, path=(PathPoint(12, mean, low, high),))
        for svg in rate_drawings(factories.history(), policy):
            must_stay_inside(svg)
            edge = (svg.get("viewBox") or "").split()[2]
            labels = [
                float(text.get("y", "0")) for text in svg.iter("text") if text.get("x") == edge
            ]
            assert len(labels) == 1 + (high > mean) + (low < mean)
            assert all(below - above >= 15 for above, below in pairwise(sorted(labels)))


def test_the_rate_without_odds_is_drawn_alone_with_its_newest_value(factories: ModuleType) -> None:
    for policy in (None, replace(factories.cutting_odds(), path=())):
        for svg in rate_drawings(factories.history(date(2019, 11, 1)), policy):
            must_stay_inside(svg)
            assert classed(svg, "path") == classed(svg, "range") == []
            assert {"1.55%", "Nov 2019"} <= set(texts(svg))


def test_an_early_day_sees_the_rate_since_it_is_known(factories: ModuleType) -> None:
    early = factories.history(date(1985, 4, 1))
    assert ratechart.describe(EN, early, None) == (
        "Effective federal funds rate, monthly means from Jul 1954 to Apr 1985: newest 8.27%, "
        "lowest 0.63% in May 1958, highest 19.10% in Jun 1981."
    )
    for svg in rate_drawings(early, None):
        must_stay_inside(svg)
        assert {"0", "5", "20"} <= set(texts(svg))
    assert rate_drawings(factories.no_history(), None) == []
    assert ratechart.describe(EN, factories.no_history(), None) == "There is no rate to draw yet."


def test_the_drawings_of_a_page_have_no_element_id_in_common(factories: ModuleType) -> None:
    history, policy = factories.history(), factories.cutting_odds()
    page = spread_chart(EN, history) + ratechart.chart(EN, history, policy)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 8
    named = re.findall(r'aria-labelledby="([^"]+)"', page)
    assert sorted(" ".join(named).split()) == sorted(ids)
