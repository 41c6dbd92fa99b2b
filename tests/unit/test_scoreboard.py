# ruff: noqa: RUF001 - the typographic minus and dash are what is tested
from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from monitor.digest import render, scoreboard
from monitor.errors import RenderError

Document = dict[str, Any]


@pytest.fixture
def document(factories: ModuleType) -> Document:
    found: Document = factories.scoreboard()
    return found


def changed(document: Document, member: str, **values: Any) -> None:
    """Set some fields of a member's headline in every window."""
    for row in document["rows"]:
        if (row["member"], row["target"], row["horizon"]) == (member, "start", 12):
            row.update(values)


def without(document: Document, member: str) -> None:
    document["members"].remove(member)
    document["rows"] = [row for row in document["rows"] if row["member"] != member]


def sentences(document: Document) -> Mapping[str, tuple[str, ...]]:
    return {answer.question: answer.sentences for answer in scoreboard.build(document).answers}


def words(page: str) -> str:
    """What a page says, on one line."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def drawings(page: str) -> dict[str, Element]:
    found = re.findall(r'<svg class="chart.*?</svg>', page, flags=re.DOTALL)
    return {(svg := fromstring(text)).get("class", "").split()[1]: svg for text in found}


def classed(svg: Element, kind: str) -> list[Element]:
    return [part for part in svg.iter() if kind in part.get("class", "").split()]


# --------------------------------------------------------------------------------- the comparison
def test_the_headline_says_by_how_much_the_pool_is_better_or_worse(document: Document) -> None:
    changed(document, "nyfed_published", brier=0.08)
    for brier, said in ((0.06, "25% below the 0.080"), (0.1, "25% above the 0.080"),
                        (0.0801, "as much as the 0.080")):  # fmt: skip
        changed(document, "pool", brier=brier)
        report = scoreboard.build(document)
        assert report.value == f"{brier:.3f}"
        assert f"{said} of the New York Fed's published coefficients" in report.target


def test_each_window_is_told_with_its_months_and_its_recessions(document: Document) -> None:
    changed(document, "pool", brier=0.0512, n=439, positives=48, events=5)
    newest, older = sentences(document)["The score"]
    assert newest.startswith("1985–now: Brier 0.051 against 0.0")
    assert older.startswith("1985–2022: Brier 0.051 against 0.0")
    assert newest.endswith("439 months, 48 of them within 12 months before one of 5 recession "
                           "starts.")  # fmt: skip
    assert "5 recession starts decide every figure here." in sentences(document)["How sure"][0]
    changed(document, "pool", events=1)
    assert "1 recession start decides every figure" in sentences(document)["How sure"][0]
    assert sentences(document)["The score"][0].endswith("before the one recession start.")
    changed(document, "pool", events=0, positives=0)
    assert sentences(document)["The score"][0].endswith("none of them before a recession start.")
    assert sentences(document)["How sure"][0].startswith("No recession started:")


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([-0.031, -0.002], "−0.031 to −0.002; it leaves out zero"),
        ([0.004, 0.02], "+0.004 to +0.020; it leaves out zero"),
        ([-0.031, 0.002], "−0.031 to +0.002; it includes zero"),
        ([-0.031, -0.0004], "−0.031 to 0.000; it includes zero"),
    ],
    ids=["better", "worse", "either", "rounds_to_zero"],
)
def test_a_distance_is_called_clear_only_if_its_printed_interval_leaves_out_zero(
    document: Document, ends: list[float], said: str
) -> None:
    changed(document, "pool", difference={"brier": ends})
    assert any(said in sentence for sentence in sentences(document)["How sure"])


def test_without_the_new_york_fed_nothing_is_compared(document: Document) -> None:
    without(document, "nyfed_published")
    changed(document, "pool", difference={})
    report = scoreboard.build(document)
    assert report.target == "Brier score of our pool at 12 months, 1985–now"
    assert not any("against" in sentence for sentence in sentences(document)["The score"])
    assert "NY Fed" not in report.chart.svg


# --------------------------------------------------------------------------------- plain warnings
def test_false_alarms_and_missed_recessions_are_named_plainly(document: Document) -> None:
    document["false_alarms"] = [
        {"start": "1998-09", "end": "1998-09", "months": 1, "max_probability": 0.31},
        {"start": "2022-12", "end": "2024-08", "months": 3, "max_probability": 0.708},
    ]
    first, second, missed = sentences(document)["False alarms"]
    assert first == (
        "Sep 1998 was a false alarm: 1 month of warning, up to 31%, and no recession started."
    )
    assert second.startswith("Dec 2022 to Aug 2024 was a false alarm: 3 months of warning, up to ")
    assert missed == "Without a warning came the recession that started in Mar 2020."
    document["false_alarms"] = []
    for row in document["episodes"]:
        row["missed"] = row["recession_start"] > "2005"
    assert sentences(document)["False alarms"] == (
        "No warning of our pool came without a recession after it.",
        "Without a warning came the recessions that started in Jan 2008 and Mar 2020.",
    )


def test_the_report_says_that_no_one_should_trade_on_it(document: Document) -> None:
    assert "No one should trade on this alone." in words(scoreboard.page(document))
    assert scoreboard.text(document).endswith("No one should trade on this alone.\n")


def test_a_warning_whose_outcome_is_not_settled_is_not_called_false(document: Document) -> None:
    document["false_alarms"] = [
        {"start": "2025-11", "end": "2026-01", "months": 3, "max_probability": 0.4, "open": True},
    ]
    assert sentences(document)["False alarms"][0] == (
        "Nov 2025 to Jan 2026 is open: 3 months of warning, up to 40%, and the months after it are "
        "not over."
    )
    assert re.search(r"Nov 2025 +Jan 2026 +3 +40% +open", scoreboard.text(document))


def test_a_member_that_was_silent_at_times_is_told(document: Document) -> None:
    assert "is scored on" not in words(scoreboard.page(document))
    changed(document, "pool", n=440)
    changed(document, "climatology", n=440)
    changed(document, "logit", n=400)
    page = words(scoreboard.page(document))
    assert "Penalised logit is scored on 400 of 440 months of 1985–now" in page
    assert "Climatology is scored on" not in page


# ------------------------------------------------------------------------------- two renditions
def test_the_text_fits_its_columns_and_holds_every_member_and_window(document: Document) -> None:
    text = scoreboard.text(document)
    assert max(map(len, text.splitlines())) <= render.WIDTH
    for name in ("Our pool", "NY Fed, published", "Wright's probit", "Climatology"):
        assert len(re.findall(f"^{name} +0\\.", text, flags=re.MULTILINE)) == 2
    assert len(re.findall(r"^(3|6|12|18|24) months  ", text, flags=re.MULTILINE)) == 5
    assert "Feb 2023  Aug 2024      19      71%  false alarm" in text


def test_page_and_text_say_the_same(document: Document) -> None:
    page, text = words(scoreboard.page(document)), " ".join(scoreboard.text(document).split())
    for sentence in sentences(document)["The score"]:
        assert sentence in page
        assert sentence in text
    row = next(row for row in document["rows"] if row["member"] == "wright")
    for sought in (f"{row['brier']:.3f}", f"{row['auroc']:.3f}"):
        assert sought in page


def test_every_score_of_the_headline_stands_in_the_page_with_its_interval(
    document: Document,
) -> None:
    page = words(scoreboard.page(document))
    for row in document["rows"]:
        if row["horizon"] != 12:
            continue
        for field, digits in (("brier", 3), ("auroc", 2)):
            low, high = row["interval"][field]
            assert f"{row[field]:.3f} ({low:.{digits}f} to {high:.{digits}f})" in page
        assert f"{row['log_score']:.3f}" in page


def test_the_same_document_gives_the_same_page(factories: ModuleType) -> None:
    pages = {scoreboard.page(factories.scoreboard()) for _ in range(2)}
    assert len(pages) == 1


def test_the_page_loads_nothing_and_runs_nothing(document: Document) -> None:
    page = scoreboard.page(document)
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:,"]
    assert "http" not in page.replace("http-equiv", "")


# ------------------------------------------------------------------------------------ rough edges
def test_what_is_undefined_is_a_dash(document: Document) -> None:
    for row in document["rows"]:
        row |= {"calibration_slope": None, "calibration_intercept": None, "auroc": None,
                "pr_auc": None, "brier_skill": None, "interval": {}, "difference": {},
                "reliability": []}  # fmt: skip
    page, text = words(scoreboard.page(document)), scoreboard.text(document)
    assert "None" not in page + text
    assert "nan" not in text
    assert re.search(r"^Our pool +0\.\d{3} +– +0\.\d{3} +– +– +– +–$", text, re.MULTILINE)


def test_a_short_document_leaves_out_what_it_has_not(document: Document) -> None:
    for name in ("episodes", "false_alarms", "bands", "history", "options"):
        document[name] = {} if name == "options" else []
    report = scoreboard.build(document)
    anchors = [part.section.anchor for part in report.parts]
    assert "history" not in anchors
    assert "bands" not in anchors
    assert "members" in anchors
    for name in ("episodes", "false_alarms", "bands", "history", "options"):
        del document[name]
    assert scoreboard.build(document) == report
    assert scoreboard.text(document)


def test_without_a_window_to_quote_the_others_are_shown(document: Document) -> None:
    document["rows"] = [row | {"window": "1970-1984"} for row in document["rows"]
                        if row["window"] == "1985-2022"]  # fmt: skip
    assert sentences(document)["The score"][0].startswith("1970–1984: Brier 0.")
    assert "A start within 12 months, 1970–1984" in scoreboard.text(document)


def test_a_backtest_without_a_settled_outcome_says_that_there_is_no_score(
    document: Document,
) -> None:
    document["rows"] = document["episodes"] = document["false_alarms"] = []
    report = scoreboard.build(document)
    assert (report.value, report.target) == ("–", "No Brier score of our pool at 12 months yet")
    assert [part.section.anchor for part in report.parts] == ["history", "episodes", "bands"]
    nothing = "No forecast of our pool has an outcome that is settled, so there is no score yet."
    assert nothing in words(scoreboard.page(document))
    assert nothing in " ".join(scoreboard.text(document).split())


def test_a_member_without_a_name_is_called_by_its_identifier(document: Document) -> None:
    document["members"].append("<b>forest</b>\n")
    twin = [row | {"member": "<b>forest</b>\n"} for row in document["rows"]
            if row["member"] == "logit"]  # fmt: skip
    document["rows"] += twin
    page = scoreboard.page(document)
    assert "<b>" not in page
    assert "&lt;b&gt;forest&lt;/b&gt;" in page


def test_missing_templates_are_an_error_that_names_the_template(
    document: Document, tmp_path: Any
) -> None:
    with pytest.raises(RenderError, match=r"scoreboard\.html"):
        scoreboard.page(document, tmp_path)


def test_options_are_told_in_plain_words(document: Document) -> None:
    document["options"] = {
        "held_against": "x", "rule": {"min_months": 2, "merge": True}, "seeds": [1, 2], "none": []
    }  # fmt: skip
    facts = dict(scoreboard.build(document).facts)
    assert facts["Held against"] == "x"
    assert facts["Rule"] == "min months 2 and merge yes"
    assert facts["Seeds"] == "1 and 2"
    assert facts["None"] == "–"


# --------------------------------------------------------------------------------------- drawings
def test_every_drawing_has_names_of_its_own(document: Document) -> None:
    page = scoreboard.page(document)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(drawings(page)) == {
        "comparison", "wide", "narrow", *(f"reliability-{number}" for number in range(1, 7))
    }  # fmt: skip


def test_the_comparison_draws_each_window_with_whiskers_in_proportion(document: Document) -> None:
    svg = drawings(scoreboard.page(document))["comparison"]
    dots = classed(svg, "dot")
    assert len(dots) == 6
    assert len(classed(svg, "whisker")) == 18
    scores = [
        row["brier"]
        for window in ("1985-now", "1985-2022")
        for member in ("pool", "nyfed_published", "climatology")
        for row in document["rows"]
        if (row["member"], row["window"], row["target"], row["horizon"])
        == (member, window, "start", 12)
    ]
    places = [float(dot.get("cx", "0")) for dot in dots]
    width = (places[0] - places[1]) / (scores[0] - scores[1])
    for place, score in zip(places, scores, strict=True):
        assert place - places[0] == pytest.approx(width * (score - scores[0]), abs=0.2)


def test_a_point_of_the_reliability_diagram_stands_where_it_should(document: Document) -> None:
    points = [
        {"forecast": 0.05, "observed": 0.0, "n": 400, "low": 0.0, "high": 0.01},
        {"forecast": 0.75, "observed": 0.5, "n": 4, "low": 0.2, "high": 0.8},
    ]
    changed(document, "pool", reliability=points)
    page = scoreboard.page(document)
    svg = drawings(page)["reliability-1"]
    (diagonal,) = classed(svg, "zero")
    x0, y0, x1, y1 = map(float, re.findall(r"[\d.]+", diagonal.get("d", "")))
    large, small = classed(svg, "dot")
    for dot, point in ((large, points[0]), (small, points[1])):
        assert float(dot.get("cx", "0")) == pytest.approx(
            x0 + point["forecast"] * (x1 - x0), abs=0.1
        )
        assert float(dot.get("cy", "0")) == pytest.approx(
            y0 + point["observed"] * (y1 - y0), abs=0.1
        )
    assert float(large.get("r", "0")) > float(small.get("r", "0"))
    assert (
        "Our pool: 5% forecast, 0% observed in 400 months; 75% forecast, 50% observed in 4 months."
        in words(page)
    )


def test_the_line_of_the_past_is_broken_where_nothing_was_asked(document: Document) -> None:
    document["history"] = [
        {"month": f"2000-{number:02d}", "probability": {"12": share}, "low": share, "high": share,
         "nyfed": 0.2, "outcome": 0, "in_recession": share is None}
        for number, share in enumerate((0.1, 0.2, None, None, 0.6, 0.5), start=1)
    ]  # fmt: skip
    page = scoreboard.page(document)
    svg = drawings(page)["wide"]
    (ours,), (theirs,) = classed(svg, "ours"), classed(svg, "theirs")
    assert ours.get("d", "").count("M") == 2
    assert theirs.get("d", "").count("M") == 1
    assert len(classed(svg, "recession")) == 1
    assert len(classed(svg, "likely")) == 2
    assert (
        "Monthly from Jan 2000 to Jun 2000: newest 50%, highest 60% in May 2000; 1 recession "
        "shaded." in words(page)
    )


def test_everything_stays_inside_its_drawing(document: Document) -> None:
    for name, svg in drawings(scoreboard.page(document)).items():
        width, height = map(float, (svg.get("viewBox") or "").split()[2:])
        size = float(svg.get("font-size", "0"))
        for text in svg.iter("text"):
            x, length = float(text.get("x", "0")), 0.56 * size * len(text.text or "")
            start = {"end": x - length, "middle": x - length / 2}.get(
                text.get("text-anchor", ""), x
            )
            assert start >= -4, (name, text.text)
            assert start + length <= width + 4, (name, text.text)
            assert size <= float(text.get("y", "0")) <= height
        for path in [*classed(svg, "ours"), *classed(svg, "likely")]:
            for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", "")):
                assert 0 <= float(pair[0]) <= width
                assert 0 <= float(pair[1]) <= height
