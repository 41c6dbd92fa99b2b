"""Pages of this machine, opened in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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
    .filter(e => !e.matches('svg title, svg desc, svg metadata'))
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => {
      const style = getComputedStyle(e), ink = light(e.closest('svg') ? style.fill : style.color);
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    });
}"""


AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def violations(page: Page, *tags: str) -> list[str]:
    """What axe finds on a page: the rule, and the first element that breaks it.

    By all of its rules, or by those with one of some tags.
    """
    # By the debugger's protocol: the page's own policy lets no foreign script in.
    page.evaluate(AXE)
    rules = {"runOnly": list(tags)} if tags else {}
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    return [f"{it['id']}: {it['nodes'][0]['html'][:200]}" for it in found]


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """A function from a page to what axe finds on it."""
    return violations


@pytest.fixture(scope="session")
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

    def past_the_edge(self) -> list[str]:
        """Elements that reach out of the screen."""
        found: list[str] = self.page.evaluate(PAST_THE_EDGE)
        return found

    def tables_that_scroll(self) -> list[str]:
        """Captions of the tables that are wider than their place."""
        found: list[str] = self.page.evaluate(TABLES_THAT_SCROLL)
        return found

    def smallest_type(self) -> float:
        """Size of the smallest type in a drawing that is shown, in pixels of the screen."""
        return float(self.page.evaluate(SMALLEST_TYPE))

    def must_fit_and_ask_for_nothing(self) -> None:
        """No sideways scrolling, no request, no complaint, legible by day and by night."""
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width
        assert self.past_the_edge() == []
        assert [url for url in self.requests if not url.startswith("data:")] == [self.address]
        assert self.complaints == []
        light = self.contrasts()
        self.page.emulate_media(color_scheme="dark")
        dark = self.contrasts()
        assert min(light + dark) >= 4.5
        assert light != dark

    def contrasts(self) -> list[float]:
        """Contrast of every piece of text with the paper."""
        found: list[float] = self.page.evaluate(CONTRASTS)
        return found


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[[Path, str], Visit]]:
    visits = []

    def visit(path: Path, screen: str) -> Visit:
        visits.append(Visit(chromium, path, screen))
        return visits[-1]

    yield visit
    for visited in visits:
        visited.page.close()
