"""Write docs/examples: the digest of four days, as text and as a picture of the top of its page.

``make examples``. Each is a replay from the bundled history alone, as if made in the evening of its
day, so that the text is the same whenever it is made; a test fails when it is out of date. The
pictures need Chromium and are not compared: they hang on its version and on the fonts of the
machine.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from jobs import pipeline
from jobs.pull import seed
from monitor.config import Settings
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.digest.render import Rendered

FOLDER = Path(__file__).parents[1] / "docs" / "examples"

DAYS = (
    date(2007, 8, 31),  # before a recession, with a false comfort: the curve was no longer inverted
    date(2019, 12, 20),  # between an inversion and a recession that nobody could foresee
    date(2023, 6, 1),  # the alarm of an inversion that no recession followed
    date(2026, 9, 30),  # the newest month of the bundled history
)

EVENING = time(22, tzinfo=UTC)

WIDTH, HEIGHT = 1280, 2000
"""Of a picture, in pixels: the first screen and the charts after it; a whole page has 12,000."""


def scored(store: Store, day: date) -> pipeline.Scored:
    """The assessment of one of the days, as if made in its evening."""
    return pipeline.score(store, Settings(), day, datetime.combine(day, EVENING))


def examples() -> Iterator[tuple[date, Rendered]]:
    """Each day with its digest."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "examples.db") as store,
    ):
        seed(store, datetime.combine(DAYS[0], EVENING))
        for day in DAYS:
            yield day, pipeline.render(scored(store, day))


def main() -> int:
    """Write the texts, and the pictures where there is a browser."""
    FOLDER.mkdir(exist_ok=True)
    program = shutil.which("chromium") or shutil.which("google-chrome")
    pages = {}
    for day, digest in examples():
        (FOLDER / f"{day}.txt").write_text(digest.text, "utf-8")
        pages[day] = digest.html
        print(f"docs/examples/{day}.txt: {digest.subject}")
    if program is None:
        print("Chromium is not installed: the pictures stay as they are", file=sys.stderr)
        return 1
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        for day, html in pages.items():
            page.set_content(html)
            page.screenshot(path=FOLDER / f"{day}.png")
            print(f"docs/examples/{day}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
