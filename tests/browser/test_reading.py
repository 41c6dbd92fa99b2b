"""The real digest as people read it: with axe, in two languages, by day and night, on paper."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from jobs import pipeline
from monitor.config import Settings
from monitor.domain import Edition
from monitor.store import Store

pytestmark = pytest.mark.browser

Browse = Callable[[Path, str], Any]
Page = Callable[..., Path]
Axe = Callable[[Any], list[str]]

DAYS = (date(2007, 8, 31), date(2019, 12, 20), date(2026, 11, 22))
LANGUAGES = ("en", "zh_CN")

CLIPPED = """() => [...document.querySelectorAll('svg.chart')]
  .filter(svg => svg.getBoundingClientRect().width)
  .flatMap(svg => [...svg.querySelectorAll('text')].filter(text => {
    const box = text.getBBox(), sheet = svg.viewBox.baseVal;
    return box.x < -1 || box.y < -1 || box.x + box.width > sheet.width + 1
      || box.y + box.height > sheet.height + 1;
  }).map(text => svg.getAttribute('class') + ': ' + text.textContent))"""
OVERLAPPING = """() => [...document.querySelectorAll('svg.chart')]
  .filter(svg => svg.getBoundingClientRect().width)
  .flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim());
    const boxes = texts.map(text => text.getBBox()), found = [];
    for (let i = 0; i < boxes.length; i++)
      for (let j = 0; j < i; j++) {
        const a = boxes[i], b = boxes[j];
        const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        if (wide > 2 && high > 4)
          found.push(svg.getAttribute('class') + ': ' + texts[i].textContent + ' / '
            + texts[j].textContent);
      }
    return found;
  })"""
FONTS = """() => {
  const context = document.createElement('canvas').getContext('2d');
  context.font = '40px sans-serif';
  const wide = text => context.measureText(text).width;
  return new Set([...'国债收益率'].map(wide)).size === 1 && wide('国') >= 36;
}"""


@pytest.fixture(scope="session")
def page(history: Store, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A function that gives the page of a real day in a language and an edition."""
    folder = tmp_path_factory.mktemp("pages")
    scored: dict[tuple[date, Edition], pipeline.Scored] = {}

    def made(day: date, language: str = "en", edition: Edition = "daily") -> Path:
        path = folder / f"{day}-{language}-{edition}.html"
        if not path.exists():
            if (day, edition) not in scored:
                now = datetime(2026, 11, 22, 12, tzinfo=UTC)
                scored[day, edition] = pipeline.score(
                    history, Settings(), day, now, edition=edition
                )
            rendered = pipeline.render(scored[day, edition], language, edition)
            path.write_text(rendered.html, "utf-8")
        return path

    return made


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_by_day_and_by_night(
    browse: Browse, page: Page, axe: Axe, day: date, language: str
) -> None:
    phone, wide = (browse(page(day, language), screen) for screen in ("phone", "wide"))
    assert axe(phone.page) == []
    wide.page.emulate_media(color_scheme="dark")
    assert axe(wide.page) == []


@pytest.mark.parametrize("screen", ["wide", "phone", "tablet"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_a_drawing_are_cut_off_or_cover_others(
    browse: Browse, page: Page, screen: str, language: str
) -> None:
    for day in DAYS:
        visit = browse(page(day, language), screen)
        assert visit.page.evaluate(CLIPPED) == []
        assert visit.page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("screen", ["wide", "phone", "small"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("edition", ["daily", "weekly", "monthly"])
def test_a_real_digest_fits_its_screen_and_asks_for_nothing(
    browse: Browse, page: Page, screen: str, language: str, edition: Edition
) -> None:
    visit = browse(page(date(2019, 12, 20), language, edition), screen)
    visit.must_fit_and_ask_for_nothing()


@pytest.mark.parametrize(
    ("day", "edition"), [*((day, "daily") for day in DAYS), (DAYS[1], "monthly")], ids=str
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_on_two_sheets_of_a4(
    browse: Browse, page: Page, day: date, edition: Edition, language: str
) -> None:
    visit = browse(page(day, language, edition), "wide")
    printed = visit.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(PdfReader(io.BytesIO(printed)).pages) == 2


def test_chinese_is_shown_in_a_chinese_face(browse: Browse, page: Page) -> None:
    visit = browse(page(DAYS[-1], "zh_CN"), "wide")
    assert visit.page.evaluate(FONTS), "install fonts-noto-cjk"
    assert visit.page.locator("html").get_attribute("lang") == "zh-CN"
