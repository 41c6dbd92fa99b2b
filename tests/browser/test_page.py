from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from monitor.digest.render import render
from monitor.digest.view import build
from monitor.digest.wording import EN

pytestmark = pytest.mark.browser

Browse = Callable[[Path, str], Any]

CASES = ("today", "cutting", "inverted", "in_recession", "bare", "hostile")
SCREENS = ("wide", "phone", "small", "tablet")


def written(factories: ModuleType, case: str, folder: Path) -> Path:
    past = {"inverted": factories.inverted_history, "bare": factories.no_history}
    assessment = getattr(factories, case)()
    view = build(EN, assessment, past.get(case, factories.history)())
    path = folder / f"digest-{assessment.as_of}.html"
    path.write_text(render(view).html, "utf-8")
    return path


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_digest_fits_its_screen_and_asks_for_nothing(
    browse: Browse, factories: ModuleType, tmp_path: Path, case: str, screen: str
) -> None:
    visit = browse(written(factories, case, tmp_path), screen)
    visit.must_fit_and_ask_for_nothing()


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_on_usual_screens_no_table_needs_scrolling_and_type_is_legible(
    browse: Browse, factories: ModuleType, tmp_path: Path, screen: str
) -> None:
    for case in ("today", "cutting", "inverted", "in_recession"):
        visit = browse(written(factories, case, tmp_path), screen)
        assert visit.tables_that_scroll() == []
        assert visit.smallest_type() >= 11


@pytest.mark.parametrize("case", ["today", "cutting", "inverted"])
def test_the_first_screen_answers_the_four_questions(
    browse: Browse, factories: ModuleType, tmp_path: Path, case: str
) -> None:
    visit = browse(written(factories, case, tmp_path), "wide")
    box = visit.page.locator(".answers").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    assert visit.page.locator("h1").inner_text().split()[0].endswith("%")


def test_one_drawing_of_spread_and_rate_is_shown_on_each_screen_and_on_paper(
    browse: Browse, factories: ModuleType, tmp_path: Path
) -> None:
    path = written(factories, "today", tmp_path)
    for screen, shown in (("wide", "wide"), ("phone", "narrow"), ("tablet", "wide")):
        visit = browse(path, screen)
        for name in ("wide", "narrow"):
            for drawing in (f"#curve svg.{name}", f"#fed svg.{name}"):
                assert visit.page.locator(drawing).is_visible() == (name == shown)
    visit = browse(path, "wide")
    visit.page.emulate_media(media="print", color_scheme="dark")
    assert visit.page.locator("#fed svg.narrow").is_visible()
    paper = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
