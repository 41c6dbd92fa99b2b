from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from monitor import documents
from monitor.delivery import site
from monitor.digest import archive, wording

pytestmark = pytest.mark.browser

Browse = Callable[[Path, str], Any]


@pytest.fixture(params=["en", "zh_CN"])
def index(factories: ModuleType, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The index of an archive of ten days, on one of them in both languages and editions."""
    verdict = factories.today()
    make = partial(archive.pages, wording.of(request.param), title="Recession monitor")
    for back in range(10):
        day = verdict.as_of - timedelta(days=back)
        made = datetime.combine(day, time(22), UTC)
        document = documents.document(replace(verdict, as_of=day, generated_at=made))
        told = site.Digest(day, "daily", "en", "<p>page</p>", "text", document, b"mail")
        site.write(told, tmp_path, make)
    for language in ("en", "zh-CN"):
        site.write(replace(told, language=language, edition="weekly"), tmp_path, make)
    return tmp_path / "index.html"


@pytest.mark.parametrize("screen", ["wide", "phone", "small", "tablet"])
def test_the_index_fits_its_screen_and_asks_for_nothing(
    browse: Browse, index: Path, screen: str
) -> None:
    visit = browse(index, screen)
    visit.must_fit_and_ask_for_nothing()
    assert visit.tables_that_scroll() == []


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_on_usual_screens_the_chart_of_the_index_is_legible(
    browse: Browse, index: Path, screen: str
) -> None:
    assert browse(index, screen).smallest_type() >= 11


def test_a_click_leads_from_the_index_to_a_digest(browse: Browse, index: Path) -> None:
    visit = browse(index, "phone")
    visit.page.locator(".days tbody a").first.click()
    assert visit.page.locator("p").inner_text() == "page"
    assert visit.page.url.endswith(".html")


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_axe_finds_nothing_in_the_index(
    browse: Browse, index: Path, axe: Callable[[Any], list[str]], screen: str
) -> None:
    assert axe(browse(index, screen).page) == []
