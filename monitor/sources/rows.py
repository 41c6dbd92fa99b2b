"""What the rows of any publisher must satisfy before they become observations. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Final

from monitor.domain import Fetch, Observation
from monitor.errors import SourceMalformed, SourceRejected

Row = tuple[date, date, float | None]
"""Period, the day from which the value was known, value."""

LEEWAY: Final = timedelta(days=7)
"""A weekly figure may be dated by the end of a week that is not over; nothing is dated later."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@contextmanager
def named(source: str, series: str) -> Iterator[None]:
    """Put publisher and series before the message of what is raised inside."""
    try:
        yield
    except (SourceMalformed, SourceRejected) as err:
        raise type(err)(f"{source}: {series}: {err}") from None


def number(text: str) -> float | None:
    """A value as the publishers write it; ``None`` for their signs of no value, "." and blank.

    Raises:
        SourceMalformed: anything else that is not a finite decimal number, ``NaN`` included.
    """
    text = text.strip()
    if text in ("", "."):
        return None
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise SourceMalformed(f"{text[:40]!r} is not a number")
    return value


def day(text: str) -> date:
    """A date written YYYY-MM-DD.

    Raises:
        SourceMalformed: it is not one.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise SourceMalformed(f"{text[:40]!r} is not a date")


def observations(rows: Iterable[Row], now: datetime) -> tuple[Observation, ...]:
    """Observations in order of period.

    A row without a value is kept between values, where it says that there is none (a holiday, or
    October 2025 in the household survey). Before the first and after the last value it says
    nothing: publishers pad the ends of a table, and a blank for today may mean a holiday or "not
    yet". It is dropped, for if it were kept, the value would later look like a revision.

    Args:
        rows: in any order.
        now: instant of the answer. No observation is known from a later day than its calendar
            day, in the time zone it carries.

    Raises:
        SourceMalformed: there is no row with a value, two rows contradict each other, or a
            period lies more than :data:`LEEWAY` ahead.
    """
    today = now.date()
    found: dict[tuple[date, date], float | None] = {}
    for period, known_from, value in rows:
        if period > today + LEEWAY:
            raise SourceMalformed(f"the period {period} lies in the future")
        key = (period, min(known_from, today))
        if found.setdefault(key, value) != value:
            raise SourceMalformed(f"two different values for {period}: {found[key]} and {value}")
    if not found:
        raise SourceMalformed("no rows")
    periods = [period for (period, _), value in found.items() if value is not None]
    if not periods:
        raise SourceMalformed("no rows with a value")
    first, last = min(periods), max(periods)
    return tuple(
        Observation(period, known_from, value)
        for (period, known_from), value in sorted(found.items(), key=lambda item: item[0])
        if first <= period <= last
    )


def fetch(source: str, series: str, found: Iterable[Row], now: datetime) -> Fetch:
    """What a publisher said, from its rows.

    Args:
        source: name of the publisher.
        series: identifier of the series.
        found: see :func:`observations`.
        now: instant of the answer, in the time zone whose calendar day counts.

    Raises:
        SourceMalformed: see :func:`observations`; the message names publisher and series.
    """
    with named(source, series):
        return Fetch(series, source, now.astimezone(UTC), observations(found, now))
