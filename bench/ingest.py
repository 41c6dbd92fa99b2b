"""Time to store a million observations, beside what SQLite needs for the bare rows.

    python bench/ingest.py [--rows 1000000] [--rounds 5]

Both sides get the same observations, a series of 10,000 days at a time, made when they are needed
and left out of the time: the store as answers of a publisher, SQLite as finished rows for
``executemany`` into a table with the same key. Both write in one transaction, with the same
pragmas, and alternate, each time in a process of its own. The exit status is 1 if the store takes
more than 1.5 times as long, or needs more memory for more rows.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

from monitor.domain import Fetch, Observation, Statement
from monitor.store import Store

LARGEST_RATIO: Final = 1.5
LARGEST_GROWTH: Final = 1.1
"""Of the memory at its peak, from a fifth of the rows to all of them."""

PERIODS: Final = 10_000
FIRST: Final = date(1990, 1, 1)
NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)

Item = TypeVar("Item")
Row = tuple[str, str, str, int, float | None]


def fetches(rows: int) -> Iterator[Fetch]:
    """Answers of one publisher, a series each."""
    today, last = NOW.date(), FIRST + timedelta(days=PERIODS - 1)
    for number in range(rows // PERIODS):
        observations = tuple(
            Observation(FIRST + timedelta(days=day), today, number + day / 100)
            for day in range(PERIODS)
        )
        statement = Statement(today, today, FIRST, last)
        yield Fetch(f"SERIES{number:03}", "fred", NOW, observations, (statement,))


def tables(rows: int) -> Iterator[list[Row]]:
    """The same as rows of the table, a series each."""
    for number, fetch in enumerate(fetches(rows), 1):
        yield [
            (fetch.series, str(row.period), str(row.known_from), number, row.value)
            for row in fetch.observations
        ]


class Stopwatch:
    """Measures a piece of work without the time in which its material was made."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._making = 0.0

    def handing(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, whose making is left out of the time."""
        source = iter(items)
        while True:
            since = time.perf_counter()
            try:
                item = next(source)
            except StopIteration:
                return
            finally:
                self._making += time.perf_counter() - since
            yield item

    @property
    def seconds(self) -> float:
        """So far."""
        return time.perf_counter() - self._started - self._making


def with_store(path: Path, rows: int) -> list[float]:
    """Seconds of a load, and of the same load again."""
    seconds = []
    with Store.open(path) as store:
        for new in (rows, 0):
            watch = Stopwatch()
            counts = store.record(watch.handing(fetches(rows)))
            seconds.append(watch.seconds)
            if sum(count.new for count in counts.values()) != new:
                raise SystemExit(f"{new} new rows were expected, not {counts}")
    return seconds


def with_sqlite(path: Path, rows: int) -> list[float]:
    """Seconds of a load."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(
            "CREATE TABLE observation (series TEXT NOT NULL, period TEXT NOT NULL,"
            " known_from TEXT NOT NULL, statement INTEGER NOT NULL, value REAL,"
            " PRIMARY KEY (series, period, known_from, statement)) STRICT, WITHOUT ROWID"
        )
        watch = Stopwatch()
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT INTO observation VALUES (?, ?, ?, ?, ?)",
            chain.from_iterable(watch.handing(tables(rows))),
        )
        db.execute("COMMIT")
        return [watch.seconds]


SIDES: Final = {"store": with_store, "sqlite": with_sqlite}


def measured(side: str, rows: int) -> tuple[list[float], float]:
    """Seconds of the loads, and the largest memory in MB, of a side in a process of its own."""
    command = [sys.executable, __file__, "--rows", str(rows), "--side", side]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    document = json.loads(done.stdout)
    return document["seconds"], document["megabytes"]


def measure(side: str, rows: int) -> None:
    """Load in this process, and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = SIDES[side](Path(folder) / "monitor.db", rows)
    # Linux gives kilobytes, macOS bytes.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


def main() -> int:
    """Measure and compare; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="a multiple of 50,000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", choices=SIDES, help="load in this process and print the time")
    chosen = parser.parse_args()
    if chosen.rows <= 0 or (chosen.rows % (5 * PERIODS) and not chosen.side):
        parser.error(f"--rows must be a multiple of {5 * PERIODS:,}")
    if chosen.side:
        measure(chosen.side, chosen.rows)
        return 0
    ratios, peaks = [], []
    for number in range(1, chosen.rounds + 1):
        (bare,), _ = measured("sqlite", chosen.rows)
        (first, again), peak = measured("store", chosen.rows)
        ratios.append(first / bare)
        peaks.append(peak)
        print(
            f"round {number}: sqlite {bare:.2f} s, store {first:.2f} s, ratio {first / bare:.2f};"
            f" the same again, nothing new, {again:.2f} s",
            flush=True,
        )
    _, small = measured("store", chosen.rows // 5)
    ratio, growth = median(ratios), median(peaks) / small
    large = median(peaks)
    print(f"memory at its peak: {small:.0f} MB for a fifth of the rows, {large:.0f} MB for all")
    print(f"ratio {ratio:.2f}, at most {LARGEST_RATIO}")
    print(f"growth {growth:.2f}, at most {LARGEST_GROWTH}")
    return int(ratio > LARGEST_RATIO or growth > LARGEST_GROWTH)


if __name__ == "__main__":
    raise SystemExit(main())
