from __future__ import annotations

import math
from dataclasses import replace
from types import ModuleType

import pytest

from monitor.digest.charts import channelchart
from monitor.digest.wording import EN


def test_known_channels_are_drawn_for_wide_and_for_narrow_screens(
    drawings: ModuleType, factories: ModuleType
) -> None:
    both = drawings.read(channelchart.chart(EN, factories.channels()))
    assert [svg.get("class") for svg in both] == ["chart wide channels", "chart narrow channels"]
    for svg in both:
        drawings.must_stay_inside(svg)
        drawings.must_be_legible(svg)
        assert len(drawings.classed(svg, "dot")) == 3
        assert {"Signalling", "Duration risk", "Expected inflation", "tightening", "14%"} <= set(
            drawings.texts(svg)
        )
        assert "Safety premium" not in drawings.texts(svg)
    ids = [part.get("id") for svg in both for part in svg.iter() if part.get("id")]
    assert len(ids) == len(set(ids)) == 4


def test_a_dot_stands_at_its_percentile(drawings: ModuleType, factories: ModuleType) -> None:
    for svg in drawings.read(channelchart.chart(EN, factories.channels())):
        marks = {
            text.text: float(text.get("x", "0"))
            for text in svg.iter("text")
            if text.get("text-anchor") == "middle"
        }
        room = marks["100%"] - marks["0%"]
        dots = [float(dot.get("cx", "0")) for dot in drawings.classed(svg, "dot")]
        expected = [marks["0%"] + room * share for share in (0.226, 0.504, 0.14)]
        assert dots == pytest.approx(expected, abs=0.11)


@pytest.mark.parametrize(("change", "way"), [(0.41, 1), (-0.41, -1)])
def test_an_arrow_points_where_the_value_went(
    drawings: ModuleType, factories: ModuleType, change: float, way: int
) -> None:
    rising = replace(factories.channels()[1], change_13w=change)
    for svg in drawings.read(channelchart.chart(EN, [rising])):
        (dot,), (arrow,) = drawings.classed(svg, "dot"), drawings.classed(svg, "arrow")
        assert (drawings.corners(arrow)[0][0] - float(dot.get("cx", "0"))) * way > 0


@pytest.mark.parametrize("change", [None, 0.0, math.nan])
def test_a_change_that_is_none_or_small_has_no_arrow(
    drawings: ModuleType, factories: ModuleType, change: float | None
) -> None:
    flat, moved, *_ = factories.channels()
    for one in (flat, replace(moved, change_13w=change)):
        for svg in drawings.read(channelchart.chart(EN, [one])):
            assert drawings.classed(svg, "arrow") == []


def test_the_description_names_every_channel(factories: ModuleType) -> None:
    assert channelchart.describe(EN, factories.channels()) == (
        "Signalling: percentile 23 since 1976, over 13 weeks flat. Duration risk: percentile 50 "
        "since 1976, over 13 weeks tightening. Expected inflation: percentile 14 since 2003, over "
        "13 weeks flat. Not stored, or not known for this day: Liquidity premium, Safety premium, "
        "Prepayment risk and Default risk."
    )


def test_a_channel_without_a_direction_is_told_without_one(factories: ModuleType) -> None:
    unclear = replace(factories.channels()[0], channel="safety_premium", direction=None)
    assert channelchart.describe(EN, [unclear]) == "Safety premium: percentile 23 since 1976."


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_longest_name_is_not_touched_at_the_ends_of_the_line(
    drawings: ModuleType, factories: ModuleType, share: float
) -> None:
    change = 0.5 if share else -0.5
    extreme = replace(
        factories.channels()[1], channel="liquidity_premium", percentile=share, change_13w=change
    )
    for svg in drawings.read(channelchart.chart(EN, [extreme])):
        drawings.must_stay_inside(svg)
        tip = drawings.corners(drawings.classed(svg, "arrow")[0])[0][0]
        for box in drawings.boxes(svg):
            if box.words in ("Liquidity premium", "0%", "100%") and box.top < 40:
                assert not box.left <= tip <= box.right, box


def test_without_a_percentile_nothing_is_drawn(factories: ModuleType) -> None:
    missing = [one for one in factories.channels() if one.percentile is None]
    for known in ((), missing, [replace(factories.channels()[0], percentile=math.nan)]):
        assert channelchart.chart(EN, known) == ""
        assert channelchart.figure(EN, known) is None
        assert channelchart.describe(EN, known) == (
            "There is no channel of asset purchases to draw yet."
        )
