"""The message as a browser draws it: what mail programs with the engines of browsers show."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from monitor.digest import mail, view, wording
from monitor.domain import Mail

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

SHOWN = "images => images.filter(image => image.offsetWidth).map(image => image.alt)"
WORDS = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('[aria-hidden]') && e.getBoundingClientRect().width)
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => {
    const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = colour => {
      const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const paper = light(getComputedStyle(document.body).backgroundColor);
    const ink = light(getComputedStyle(e).color);
    return [(Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05),
            parseFloat(getComputedStyle(e).fontSize)];
  })"""


@pytest.fixture(scope="module", params=list(wording.LANGUAGES))
def made(request: pytest.FixtureRequest, factories: ModuleType) -> Mail:
    say = wording.of(request.param)
    return mail.build(view.build(say, factories.inverted(), factories.inverted_history()))


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    pages: list[Any] = []

    def draw(made: Mail, width: int, scheme: str = "light", *, styles: bool = True) -> Any:
        html = made.html
        for image in made.images:
            content = b64encode(image.content).decode()
            html = html.replace(f"cid:{image.cid}", f"data:image/png;base64,{content}")
        if not styles:
            html = re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)
        path = tmp_path / "mail.html"
        path.write_text(html, "utf-8")
        page = chromium.new_page(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        pages.append(page)
        page.goto(path.as_uri())
        return page

    yield draw
    for page in pages:
        page.close()


@pytest.mark.parametrize("styles", [True, False])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 640])
def test_a_message_fits_is_legible_and_shows_one_picture_of_each_pair(
    made: Mail, opened: Open, width: int, scheme: str, *, styles: bool
) -> None:
    page = opened(made, width, scheme, styles=styles)
    if styles or width > 320:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = page.evaluate(WORDS)
    assert len(found) > 100
    assert min(contrast for contrast, _ in found) >= 4.5
    assert min(size for _, size in found) >= 12
    shown = page.eval_on_selector_all("img", SHOWN)
    assert shown == [image.alt for image in made.images[::2]]
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = styles and scheme == "dark"
    assert paper == ("rgb(21, 23, 26)" if dark else "rgb(255, 255, 255)")
    visible = page.eval_on_selector_all(
        "img", "images => images.map(image => image.offsetWidth > 0)"
    )
    assert visible == [not dark, dark] * (len(made.images) // 2)


def test_the_column_is_600_pixels_wide_where_there_is_room(made: Mail, opened: Open) -> None:
    for width, expected in ((1280, 600), (640, 600), (375, 343)):
        page = opened(made, width)
        assert page.eval_on_selector(".page", "e => e.getBoundingClientRect().width") == expected


def test_nothing_is_asked_of_anyone(made: Mail, opened: Open) -> None:
    page = opened(made, 640)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.reload()
    assert [url for url in requests if not url.startswith(("data:", "file:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_message(
    made: Mail, opened: Open, axe: Callable[..., list[str]], scheme: str
) -> None:
    # Not by its rules about landmarks: a message stands inside the page of a mail program.
    page = opened(made, 640, scheme)
    assert axe(page, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa") == []
