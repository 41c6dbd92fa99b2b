"""Rebuild or check the record of the headline: what it would have said at the end of each month.

    python tools/build_record.py --out monitor/data/forecasts.csv
    python tools/build_record.py --out monitor/data/forecasts.csv --check

Each line is the assessment of the last day of a month from what was known on that day, with the
models of today, the usual definition of an inversion, and the bundled history alone. A new version
of the models needs a new record; ``docs/data.md`` describes the file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from threadpoolctl import threadpool_limits

from jobs.pull import seed
from monitor import history
from monitor.assess import MODEL_ID
from monitor.domain import HEADLINE_HORIZON, EpisodeRule, add_months, end_of_month
from monitor.model import pool, recession
from monitor.store import Store

SHOWN_DIFFERENCES = 10


def lines(months: Iterable[date]) -> Iterator[str]:
    """Those of the record for some months, in order."""
    rule = EpisodeRule()
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "monitor.db") as store,
        threadpool_limits(1),
    ):
        seed(store, datetime.now(UTC))
        chronicle = store.chronicle(recession.needed(rule))
        for month in months:
            day = end_of_month(month)
            said = recession.score(chronicle.panel(day), rule).pool
            ends = said.interval(pool.LEVEL)[HEADLINE_HORIZON]
            figures = (said.probability[HEADLINE_HORIZON], ends.low, ends.high)
            yield ",".join([f"{month:%Y-%m}", MODEL_ID, *(f"{it:.4f}" for it in figures)])


def months() -> list[date]:
    """Those of the record: up to the newest whose mean rates are bundled."""
    path = Path(__file__).parents[1] / "monitor" / "data" / "monthly" / "GS10.csv"
    newest = date.fromisoformat(f"{path.read_text('utf-8').splitlines()[-1].split(',')[0]}-01")
    found = [history.SINCE]
    while found[-1] < newest:
        found.append(add_months(found[-1], 1))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="FILE", type=Path, required=True)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    asked = parser.parse_args(arguments)
    made = [history.HEADER, *lines(months())]
    if not asked.check:
        asked.out.write_text("\n".join(made) + "\n", "utf-8", newline="\n")
        print(f"wrote {asked.out}: {len(made) - 1} months")
        return 0
    written = asked.out.read_text("utf-8").splitlines()
    differences = sorted(set(made) ^ set(written))
    for line in differences[:SHOWN_DIFFERENCES]:
        print(f"{'only made' if line in made else 'only written'}: {line}")
    print(f"{len(differences)} differences" if differences else f"{asked.out} agrees")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
