from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from monitor.delivery import site
from monitor.digest.render import render
from monitor.digest.view import build

pytestmark = pytest.mark.browser

CASES = ("today", "inverted", "in_recession", "bare", "hostile")
SCREENS = {"wide": (1280, 800), "phone": (375, 812), "small": (320, 640), "tablet": (700, 900)}
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip

PAST_THE_EDGE = """() => {
  const width = document.documentElement.clientWidth, found = [];
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('.scroll') && !element.matches('.scroll')) continue;
    if (element.closest('svg') && !element.matches('svg')) continue;
    const box = element.getBoundingClientRect();
    if (box.width && (box.right > width + 0.5 || box.left < -0.5))
      found.push(element.tagName + ' ' + element.className + ' ' + box.right);
  }
  return found;
}"""
TABLES_THAT_SCROLL = """() => [...document.querySelectorAll('.scroll')]
  .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.getAttribute('aria-label'))
"""
SMALLEST_TYPE = """() => Math.min(...[...document.querySelectorAll('svg.chart')]
  .filter(svg => svg.getBoundingClientRect().width)
  .map(svg => parseFloat(getComputedStyle(svg.querySelector('text')).fontSize)
    * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""
CONTRASTS = """() => {
  const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('body *')]
    .filter(e => !e.matches('svg title, svg desc'))
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => {
      const style = getComputedStyle(e), ink = light(e.closest('svg') ? style.fill : style.color);
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    });
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((path for name in names if (path := shutil.which(name))), None)
    if program is None:
        reason = "Chromium is not installed (looked for " + ", ".join(names) + ")"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        yield browser
        browser.close()


def written(factories: ModuleType, case: str, folder: Path) -> Path:
    past = {"inverted": factories.inverted_history, "bare": factories.no_history}
    assessment = getattr(factories, case)()
    view = build(assessment, past.get(case, factories.history)())
    return site.write(render(view), assessment.as_of, folder)


class Visit:
    """A page opened on one screen, with what it asked for and complained of."""

    def __init__(self, browser: Browser, path: Path, screen: str) -> None:
        width, height = SCREENS[screen]
        self.width = width
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="light"
        )
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = path.as_uri()
        self.page.goto(self.address)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_digest_fits_its_screen_and_asks_for_nothing(
    chromium: Browser, factories: ModuleType, tmp_path: Path, case: str, screen: str
) -> None:
    visit = Visit(chromium, written(factories, case, tmp_path), screen)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= visit.width
    assert visit.page.evaluate(PAST_THE_EDGE) == []
    assert [url for url in visit.requests if not url.startswith("data:")] == [visit.address]
    assert visit.complaints == []
    light = visit.page.evaluate(CONTRASTS)
    visit.page.emulate_media(color_scheme="dark")
    dark = visit.page.evaluate(CONTRASTS)
    assert min(light + dark) >= 4.5
    assert light != dark
    visit.page.close()


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_on_usual_screens_no_table_needs_scrolling_and_type_is_legible(
    chromium: Browser, factories: ModuleType, tmp_path: Path, screen: str
) -> None:
    for case in ("today", "inverted", "in_recession"):
        visit = Visit(chromium, written(factories, case, tmp_path), screen)
        assert visit.page.evaluate(TABLES_THAT_SCROLL) == []
        assert visit.page.evaluate(SMALLEST_TYPE) >= 11
        visit.page.close()


@pytest.mark.parametrize("case", ["today", "inverted"])
def test_the_first_screen_answers_the_four_questions(
    chromium: Browser, factories: ModuleType, tmp_path: Path, case: str
) -> None:
    visit = Visit(chromium, written(factories, case, tmp_path), "wide")
    box = visit.page.locator(".answers").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    assert visit.page.locator("h1").inner_text().split()[0].endswith("%")
    visit.page.close()


def test_one_drawing_of_the_spread_is_shown_on_each_screen_and_on_paper(
    chromium: Browser, factories: ModuleType, tmp_path: Path
) -> None:
    path = written(factories, "today", tmp_path)
    for screen, shown in (("wide", "wide"), ("phone", "narrow"), ("tablet", "wide")):
        visit = Visit(chromium, path, screen)
        for name in ("wide", "narrow"):
            assert visit.page.locator(f"svg.{name}").is_visible() == (name == shown)
        visit.page.close()
    visit = Visit(chromium, path, "wide")
    visit.page.emulate_media(media="print", color_scheme="dark")
    assert visit.page.locator("svg.wide").is_visible()
    paper = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    visit.page.close()
