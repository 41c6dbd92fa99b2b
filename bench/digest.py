"""Time and size of a digest: words, page, text and mail, beside the bare Jinja render.

    python bench/digest.py [--as-of 2026-11-22] [--rounds 7]

Ours is everything from an assessment to what is sent and served, in this process: the history for
the charts, all words, the text, the page with its drawings and the mail with its pictures. The
bare render is Jinja alone: the same three templates with the words ready. Both are taken in every
round; printed are medians after one round that warms caches. The sizes are those of the day, in
both languages and all editions, and of a worst case: every series late, a hundred findings and
titles of ten thousand characters.

The exit status is 1 if a digest takes more than a second and a half, or a mail more than 80 KB.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Final

from jobs import pipeline
from jobs.pull import seed
from monitor import history
from monitor.config import Settings
from monitor.digest import mail, render, view, wording
from monitor.domain import EDITIONS, Assessment, Finding
from monitor.store import Store

LONGEST: Final = 1.5
"""Seconds that a whole digest may take."""

LARGEST: Final = 80_000
"""Octets of HTML that a mail may have."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 22))
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "m.db") as store:
        seed(store, now)
        scored = {
            edition: pipeline.score(store, Settings(), given.as_of, now, edition=edition)
            for edition in EDITIONS
        }
    slowest = _times(scored["daily"], given.rounds)
    largest = _sizes(scored)
    return int(slowest > LONGEST or largest > LARGEST)


def _times(scored: pipeline.Scored, rounds: int) -> float:
    say = wording.EN
    past = history.read(scored.panel, scored.assessment, scored.told)
    words = view.build(say, scored.assessment, past)
    parts: dict[str, Callable[[], object]] = {
        "history for the charts": lambda: history.read(
            scored.panel, scored.assessment, scored.told
        ),
        "words and drawings": lambda: view.build(say, scored.assessment, past),
        "text and page": lambda: render.render(words),
        "mail with its pictures": lambda: mail.build(words),
        "bare Jinja render": lambda: [
            render.fill_in(name, words) for name in ("email/digest.txt", "web/digest.html")
        ],
    }
    taken: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(rounds + 1):
        for name, part in parts.items():
            began = time.perf_counter()
            part()
            taken[name].append(time.perf_counter() - began)
    medians = {name: median(seconds[1:]) for name, seconds in taken.items()}
    bare = medians.pop("bare Jinja render")
    for name, seconds in medians.items():
        print(f"{name:24} {1000 * seconds:7.0f} ms")
    whole = sum(medians.values())
    print(f"{'together':24} {1000 * whole:7.0f} ms, {whole / bare:.1f} times the bare Jinja render")
    print(f"{'bare Jinja render':24} {1000 * bare:7.0f} ms (text and page)")
    first = sum(seconds[0] for name, seconds in taken.items() if name in medians)
    print(f"{'the first in a process':24} {1000 * first:7.0f} ms")
    return max(whole, first)


def _sizes(scored: dict[str, pipeline.Scored]) -> int:
    largest = 0
    worst = replace(scored["daily"], assessment=_worst(scored["daily"]))
    for name, one, edition in (
        *((edition, scored[edition], edition) for edition in EDITIONS),
        ("worst case", worst, EDITIONS[0]),
    ):
        for language in wording.LANGUAGES:
            past = history.read(one.panel, one.assessment, one.told)
            words = view.build(wording.of(language), one.assessment, past, edition)
            page, letter = render.render(words), mail.build(words)
            octets = mail.octets(letter.html)
            pictures = sum(len(image.content) for image in letter.images)
            print(
                f"{name:10} {language:5} mail {octets:6,} octets of HTML, {len(letter.images)}"
                f" pictures of {pictures:,}; page {len(page.html.encode()):,};"
                f" text {len(page.text.encode()):,}"
            )
            largest = max(largest, octets)
    return largest


def _worst(scored: pipeline.Scored) -> Assessment:
    title = "x" * 10_000
    found = [Finding(f"made_up_{n}", "error", title, f"{title} {n}.") for n in range(100)]
    readings = {
        name: replace(reading, stale=True, source=title)
        for name, reading in scored.assessment.series.items()
    }
    return replace(scored.assessment, findings=tuple(found), series=readings)


if __name__ == "__main__":
    raise SystemExit(main())
