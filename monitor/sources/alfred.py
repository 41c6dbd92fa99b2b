"""What FRED's archive of vintages (ALFRED) tells, as observations. Pure.

The archive names for every value the days on which it stood. A question names a *window* of days,
with at most 2,000 vintages in it, and the answer is cut to that window: a value that has stood for
years seems to begin on the window's first day. So a long history comes in several windows, and
what they say of one value has to be put together again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from operator import itemgetter
from typing import Final

from monitor.errors import SourceMalformed
from monitor.sources.rows import Row

Span = tuple[date, date, date, float | None]
"""Period, the first and the last day on which the archive showed a value for it, and that value;
``None`` where it showed a "." instead."""

Window = tuple[date, date]
"""First and last day, both inclusive."""

_DAY: Final = timedelta(days=1)
_NEVER: Final = date.max


def windows(window: Window, vintages: Iterable[date], most: int) -> list[Window]:
    """The window cut into consecutive ones, none with more than ``most`` of the vintages."""
    first, last = window
    inside = sorted({day for day in vintages if first <= day <= last})
    starts = [first, *inside[most::most]]
    ends = [*(start - _DAY for start in starts[1:]), last]
    return list(zip(starts, ends, strict=True))


def halves(window: Window) -> list[Window]:
    """The window cut in two, or nothing if it is a single day."""
    first, last = window
    middle = first + (last - first) // 2
    return [(first, middle), (middle + _DAY, last)] if first < last else []


def cut(spans: Iterable[Span], window: Window) -> list[Span]:
    """The spans as far as they lie in the window, in case that the archive did not cut them."""
    first, last = window
    return [
        (period, max(since, first), min(until, last), value)
        for period, since, until, value in spans
        if since <= last and until >= first
    ]


def changes(spans: Iterable[Span], last: date) -> list[Row]:
    """Each value with the day from which it stood, where that is a change.

    A "." says three different things. After a value it means that the archive took the value
    back, and so does a span that ends with nothing behind it. Between the values of one vintage
    it is a hole, as October 2025 is in the household survey: it counts from the first day on
    which a value stood on either side of it. All else is padding: the newest month until its
    figure comes, or the years before a series begins. It says nothing, as in a file of today;
    see :func:`monitor.sources.rows.observations`.

    Args:
        spans: in any order, and cut in any way: two halves of a span are as good as the whole.
        last: last day of the window; what stands on it still stands.

    Raises:
        SourceMalformed: two values of one period stand on one day.
    """
    stood: dict[date, _Stood] = defaultdict(list)
    for period, since, until, value in spans:
        stood[period].append((since, until, value))
    inside = _inside(stood)
    return [
        (period, day, value)
        for period in sorted(stood)
        for day, value in _changes(period, sorted(stood[period], key=_since), inside[period], last)
    ]


_Stood = list[tuple[date, date, float | None]]
_since = itemgetter(0)


def _inside(stood: Mapping[date, _Stood]) -> dict[date, date]:
    """For each period the first day on which an earlier and a later one had a value."""
    periods = sorted(stood)
    valued = {
        period: min((since for since, _, value in spans if value is not None), default=_NEVER)
        for period, spans in stood.items()
    }
    found: dict[date, date] = {}
    before = after = _NEVER
    for period in periods:
        found[period] = before
        before = min(before, valued[period])
    for period in reversed(periods):
        found[period] = max(found[period], after)
        after = min(after, valued[period])
    return found


def _changes(
    period: date, spans: _Stood, inside: date, last: date
) -> Iterator[tuple[date, float | None]]:
    known: float | None = None  # the value that stands
    silent = True  # whether nothing has been said of the period, not even that it is a hole
    read = spans[0][0]  # the first day of which nothing has been read
    shown: float | None = None  # what the span before showed
    for since, until, value in spans:
        if since < read and value != shown:
            raise SourceMalformed(f"two different values for {period} on {since}")
        if since > read and known is not None:
            known = None
            yield read, None
        if value is None and known is not None:
            known = None
            yield since, None
        elif value is None and silent and max(since, inside) <= until:
            silent = False
            yield max(since, inside), None
        elif value is not None and value != known:
            known, silent = value, False
            yield since, value
        read, shown = max(read, until + _DAY), value
    if known is not None and read <= last:
        yield read, None
