"""Print the catalogue as the two tables of docs/data.md.

``python tools/series_table.py``; a test fails when the page says anything else.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date

from monitor.catalog import SERIES
from monitor.domain import Release, SeriesSpec

WHAT = ("id", "title", "unit", "frequency", "adjusted", "from", "to", "publishers", "licence")
WHEN = ("id", "release", "days", "on", "revised", "bounds", "largest move")

_MONTHS_OF_ALL = 1200
"""So many months of revision stand for the whole history."""


def tables() -> str:
    """Both tables, one line a series."""
    return "\n".join([*_table(WHAT, map(_what, SERIES.values())), "",
                      *_table(WHEN, map(_when, SERIES.values()))])  # fmt: skip


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


def _what(spec: SeriesSpec) -> tuple[str, ...]:
    return (
        f"`{spec.id}`",
        spec.title,
        spec.unit,
        spec.frequency,
        "" if spec.adjustment == "none" else spec.adjustment,
        _period(spec, spec.starts),
        _period(spec, spec.ends) if spec.ends else "",
        ", ".join(spec.publishers),
        spec.licence,
    )


def _when(spec: SeriesSpec) -> tuple[str, ...]:
    low, high = spec.bounds
    move = f"{100 * spec.largest_move:.4g} %" if spec.relative else f"{spec.largest_move:,.9g}"
    return (
        f"`{spec.id}`",
        spec.release.name,
        _days(spec.release),
        "" if spec.release.weekday is None else calendar.day_name[spec.release.weekday],
        _revised(spec),
        f"{low:,.9g} to {high:,.9g}",
        move,
    )


def _days(release: Release) -> str:
    first, last = release.earliest_days, release.latest_days
    return f"{first}" if first == last else f"{first} to {last}"


def _revised(spec: SeriesSpec) -> str:
    if not spec.revised:
        return "never"
    months = spec.revision_months
    window = (
        "whole history" if months >= _MONTHS_OF_ALL else f"{months} month{'s' * (months > 1)} back"
    )
    return f"{window}; base years change" if spec.rebased else window


def _period(spec: SeriesSpec, period: date) -> str:
    return f"{period}" if spec.frequency in {"daily", "weekly"} else f"{period:%Y-%m}"


if __name__ == "__main__":
    print(tables())
