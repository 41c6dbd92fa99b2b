from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from monitor.digest import script
from monitor.digest.charts import assetchart, channelchart, curvechart
from monitor.digest.files import templates
from monitor.digest.wording import EN
from monitor.domain import History, YieldCurve

pytestmark = pytest.mark.browser

Browse = Callable[[Path, str], Any]

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src " + script.csp_hash()
)
WEEKS = 52
HISTORY = History(
    spread=(), episodes=(), recessions=(), assets_series="WALCL",
    assets=tuple(
        (date(2003, 1, 1) + timedelta(weeks=week), 720.0 + 10 * week) for week in range(WEEKS)
    ),
    curves=(
        YieldCurve("today", date(2019, 11, 1), monthly=True, yields={3: 1.57, 24: 1.61, 120: 1.81}),
    ),
)  # fmt: skip
TIP = "#assets .tip"
CHART = "#assets svg.wide"


def written(factories: ModuleType, folder: Path, policy: str = POLICY) -> Path:
    charts = {
        "curve": curvechart.chart(EN, HISTORY),
        "assets": assetchart.chart(EN, HISTORY),
        "channels": channelchart.chart(EN, factories.channels()),
    }
    figures = "".join(f'<figure id="{name}">{drawn}</figure>' for name, drawn in charts.items())
    web = templates() / "web"
    style = "\n".join((web / name).read_text("utf-8") for name in ("base.css", "print.css"))
    path = folder / "page.html"
    path.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>charts</title><link rel="icon" href="data:,"><style>{style}</style></head>'
        f'<body><div class="page">{figures}</div><script>{script.SOURCE}</script></body></html>',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def visit(browse: Browse, factories: ModuleType, tmp_path: Path) -> Any:
    return browse(written(factories, tmp_path), "wide")


def test_a_pointer_finds_the_nearest_value(visit: Any) -> None:
    page = visit.page
    box = page.locator(CHART).bounding_box()
    assert page.locator(TIP).inner_text() == ""
    page.mouse.move(box["x"] + 31, box["y"] + 60)
    assert page.locator(TIP).inner_text() == "1 Jan 2003: 0.72 trillion USD"
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + 60)
    assert page.locator(TIP).inner_text() == "24 Dec 2003: 1.23 trillion USD"
    page.mouse.move(box["x"] + 300, box["y"] - 40)
    assert page.locator(TIP).inner_text() == ""
    assert visit.complaints == []


def test_the_mark_stands_on_the_line_where_the_pointer_is(visit: Any) -> None:
    page = visit.page
    box = page.locator(CHART).bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 60)
    mark = page.locator(f"{CHART} .probed").bounding_box()
    assert mark["x"] + mark["width"] / 2 == pytest.approx(box["x"] + 300, abs=8)
    tip = page.locator(TIP).bounding_box()
    assert tip["y"] + tip["height"] <= mark["y"] or tip["y"] >= mark["y"] + mark["height"]
    assert tip["x"] <= mark["x"] <= tip["x"] + tip["width"]


def test_the_keyboard_moves_through_the_values_and_escape_ends(visit: Any) -> None:
    page = visit.page
    page.locator(CHART).focus()
    assert page.locator(TIP).inner_text() == ""
    said = []
    for key in ("ArrowLeft", "ArrowLeft", "Home", "ArrowLeft", "ArrowRight", "PageDown", "End"):
        page.keyboard.press(key)
        said.append(page.locator(TIP).inner_text().partition(":")[0])
    assert said == [
        "24 Dec 2003", "17 Dec 2003", "1 Jan 2003", "1 Jan 2003", "8 Jan 2003", "2 Apr 2003",
        "24 Dec 2003",
    ]  # fmt: skip
    page.keyboard.press("Escape")
    assert page.locator(TIP).inner_text() == ""
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    assert page.locator(TIP).inner_text() == ""


def test_other_keys_are_left_to_the_browser(visit: Any) -> None:
    page = visit.page
    page.locator("#curve svg.wide").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('figure').id") == "assets"
    page.keyboard.press("a")
    assert page.locator(TIP).inner_text() == ""


def test_a_reader_who_listens_is_told_the_value(visit: Any) -> None:
    page = visit.page
    assert page.locator(TIP).get_attribute("aria-live") == "polite"
    assert page.locator(CHART).get_attribute("tabindex") == "0"
    names = page.locator(CHART).get_attribute("aria-labelledby").split()
    assert all(page.locator(f"#{name}").count() == 1 for name in names)


def test_a_chart_without_values_to_point_at_is_left_alone(visit: Any) -> None:
    page = visit.page
    assert page.locator("#channels .tip").count() == 0
    assert page.locator("#channels svg.wide").get_attribute("role") == "img"


@pytest.mark.parametrize("screen", ["wide", "tablet", "phone"])
def test_the_box_stays_on_the_page(
    browse: Browse, factories: ModuleType, tmp_path: Path, screen: str
) -> None:
    visit = browse(written(factories, tmp_path), screen)
    visit.must_fit_and_ask_for_nothing()
    page = visit.page
    for chart in page.locator("svg.wide[tabindex]").all():
        if not chart.is_visible():
            continue
        chart.focus()
        for key in ("Home", "End"):
            page.keyboard.press(key)
            assert visit.past_the_edge() == []
            assert page.evaluate("document.documentElement.scrollWidth") <= visit.width


def test_another_policy_stops_the_script_and_the_charts_are_still_there(
    browse: Browse, factories: ModuleType, tmp_path: Path
) -> None:
    strict = POLICY.partition("; script-src")[0]
    page = browse(written(factories, tmp_path, strict), "wide").page
    assert page.locator(".tip").count() == 0
    for name in ("curve", "assets", "channels"):
        assert page.locator(f"#{name} svg.wide").is_visible()


def test_on_paper_nothing_is_pointed_at(visit: Any) -> None:
    page = visit.page
    page.locator(CHART).focus()
    page.keyboard.press("Home")
    page.emulate_media(media="print")
    assert not page.locator(TIP).is_visible()
