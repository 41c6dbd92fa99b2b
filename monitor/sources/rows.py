"""What the rows of any publisher must satisfy before they become observations. Pure."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Final, TypeVar

from monitor.domain import Fetch, Observation, Said, Statement, Want
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceRejected

T = TypeVar("T")

Row = tuple[date, date, float | None]
"""Period, the day from which the value was known, value."""

LEEWAY: Final = timedelta(days=7)
"""A weekly figure may be dated by the end of a week that is not over; nothing is dated later."""

EARLIEST: Final = date(1776, 7, 4)
"""FRED's first day. What is dated earlier has lost a digit of its year."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PERIODS = ("observation_date", "date")
"""Name of the first column of FRED's files, in lower case: now, and until the autumn of 2024."""
_VINTAGE = re.compile(r"(?P<series>.+)_(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})", re.ASCII)


def served(
    source: str, wants: Iterable[Want], table: Mapping[str, T]
) -> tuple[list[tuple[Want, T]], dict[str, SourceError]]:
    """Part the series that a publisher has from those that it has not.

    Args:
        source: name of the publisher.
        wants: what is asked for.
        table: the publisher's own name of each series that it has, or whatever stands for it.

    Returns:
        What it has, with the entries of the table, and for each other series why not.
    """
    found: list[tuple[Want, T]] = []
    unknown: dict[str, SourceError] = {}
    for want in wants:
        series = want.spec.id
        if (entry := table.get(series)) is None:
            unknown[series] = SeriesUnknown(f"{source}: {series}: is not published there")
        else:
            found.append((want, entry))
    return found, unknown


@contextmanager
def named(source: str, series: str, raw: bytes = b"") -> Iterator[None]:
    """Put publisher and series before the message of what is raised inside.

    An answer that could not be read takes ``raw`` with it, if it has not said itself what it was.
    """
    try:
        yield
    except SourceMalformed as err:
        raise SourceMalformed(f"{source}: {series}: {err}", err.raw or raw) from None
    except SourceRejected as err:
        raise type(err)(f"{source}: {series}: {err}", err.raw) from None


@lru_cache(maxsize=4096)  # a series of yields has some hundred different values
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
        raise SourceMalformed(Said("{text} is not a number", text=repr(text[:40])))
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
    raise SourceMalformed(Said("{text} is not a date", text=repr(text[:40])))


def table(text: str, today: date) -> dict[str, list[Row]]:
    """The columns of a CSV file as FRED writes it, each under the name of its series.

    The first column holds the periods and is called ``observation_date`` or ``DATE``; every
    other one is bound by its name. A name that ends in the day of a vintage, as ALFRED writes
    it (``UNRATE_20260330``), makes the values of that column known from that day; several
    vintages of one series come together under its name.

    A blank or "." is kept between the values of its own column and dropped before the first and
    after the last, for the reason given in :func:`observations`: within one vintage.

    Args:
        text: the file.
        today: the day from which values without a vintage are known.

    Returns:
        For each series its rows; no rows for a column without any value.

    Raises:
        SourceMalformed: it is not such a file, or two columns have one name.
    """
    try:
        header, *lines = csv.reader(text.splitlines(), strict=True) if text else [[]]
    except csv.Error as err:
        raise SourceMalformed(f"not valid CSV: {err}") from None
    columns = _columns(header, today)
    for line in lines:
        if len(line) != len(header):
            shown = ",".join(line)[:80]
            raise SourceMalformed(f"a line of {len(line)} columns: {shown!r}")
    periods = [day(line[0]) for line in lines]
    result: dict[str, list[Row]] = {}
    for place, (series, known_from) in enumerate(columns, 1):
        values = [number(line[place]) for line in lines]
        found = _between_values(zip(periods, repeat(known_from), values, strict=False))
        result.setdefault(series, []).extend(found)
    return result


def _columns(header: Sequence[str], today: date) -> list[tuple[str, date]]:
    """Series and vintage of each column after the first."""
    names = header[1:]
    if not names or header[0].lower() not in _PERIODS or not all(names):
        raise SourceMalformed(f"the header is {','.join(header)[:80]!r}")
    if len(set(names)) < len(names):
        raise SourceMalformed(f"two columns of one name: {','.join(header)[:80]!r}")
    return [_vintage(name) or (name, today) for name in names]


def _vintage(name: str) -> tuple[str, date] | None:
    if found := _VINTAGE.fullmatch(name):
        try:
            vintage = date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            return None
        return found["series"], vintage
    return None


def _between_values(found: Iterable[Row]) -> list[Row]:
    """The rows from the first to the last period with a value."""
    found = list(found)
    periods = [period for period, _, value in found if value is not None]
    if not periods:
        return []
    first, last = min(periods), max(periods)
    return [row for row in found if first <= row[0] <= last]


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
    latest = today + LEEWAY
    found: dict[tuple[date, date], float | None] = {}
    for period, known_from, value in rows:
        if period > latest:
            raise SourceMalformed(f"the period {period} lies in the future")
        if period < EARLIEST:
            raise SourceMalformed(f"the period {period} lies before all statistics")
        key = (period, min(today, known_from))
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
        for (period, known_from), value in sorted(found.items(), key=itemgetter(0))
        if first <= period <= last
    )


def fetch(
    source: str,
    series: str,
    found: Iterable[Row],
    now: datetime,
    *,
    since: date | None = None,
    raw: bytes = b"",
) -> Fetch:
    """What a publisher said today, from its rows: a statement from the first to the last value.

    Args:
        source: name of the publisher.
        series: identifier of the series.
        found: see :func:`observations`.
        now: instant of the answer, in the time zone whose calendar day counts.
        since: leave out what lies before this period; some publishers send it all the same.
        raw: the answer as it came over the wire.

    Raises:
        SourceMalformed: see :func:`observations`; the message names publisher and series.
    """
    today = now.date()
    with named(source, series, raw):
        kept = observations((row for row in found if since is None or row[0] >= since), now)
    statement = Statement(today, today, kept[0].period, kept[-1].period)
    return Fetch(series, source, now.astimezone(UTC), kept, (statement,), raw)
