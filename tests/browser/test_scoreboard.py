from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from monitor.digest import scoreboard

pytestmark = pytest.mark.browser

Browse = Callable[[Path, str], Any]


@pytest.fixture
def page(factories: ModuleType, tmp_path: Path) -> Path:
    path = tmp_path / "scoreboard.html"
    path.write_text(scoreboard.page(factories.scoreboard()), "utf-8")
    return path


def unfold(visit: Any) -> None:
    for summary in visit.page.locator("summary").all():
        summary.click()


@pytest.mark.parametrize("screen", ["wide", "phone", "small", "tablet"])
def test_the_scoreboard_fits_its_screen_and_asks_for_nothing(
    browse: Browse, page: Path, screen: str
) -> None:
    visit = browse(page, screen)
    unfold(visit)
    visit.must_fit_and_ask_for_nothing()


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_on_usual_screens_every_table_and_drawing_of_the_scoreboard_is_legible(
    browse: Browse, page: Path, screen: str
) -> None:
    visit = browse(page, screen)
    unfold(visit)
    assert visit.tables_that_scroll() == []
    assert visit.smallest_type() >= 11


def test_other_targets_stay_folded_until_they_are_asked_for(browse: Browse, page: Path) -> None:
    visit = browse(page, "wide")
    folded = visit.page.locator("details table")
    assert folded.count() == 8
    assert not folded.first.is_visible()
    visit.page.locator("summary").first.click()
    assert folded.first.is_visible()


def test_the_answer_the_score_and_how_sure_it_is_stand_on_the_first_screen(
    browse: Browse, page: Path
) -> None:
    visit = browse(page, "wide")
    box = visit.page.locator(".answers").bounding_box()
    assert box["y"] + box["height"] <= 800
    assert visit.page.locator("h1").inner_text().startswith("0.0")


def test_the_past_is_drawn_once_on_each_screen(browse: Browse, page: Path) -> None:
    for screen, shown, hidden in (("wide", "wide", "narrow"), ("phone", "narrow", "wide")):
        visit = browse(page, screen)
        assert visit.page.locator(f"svg.{shown}").is_visible()
        assert not visit.page.locator(f"svg.{hidden}").is_visible()
        assert visit.page.locator(f"svg.{shown} .ours").count() == 1
        assert visit.page.locator(f"svg.{shown} .theirs").count() == 1
