"""What is about to be published or decided, and what came in since an earlier day.

No publisher's calendar is asked: a release is expected within the span of days after the end of
its period on which it has usually come (:class:`monitor.domain.Release`), so that a day is never
promised that nobody knows. The spans are those of the catalogue of this version, also for a past
day. The Federal Open Market Committee publishes its meetings before the year begins.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import isnan
from typing import TYPE_CHECKING, Final

from monitor import fomc, quality
from monitor.catalog import SERIES, WATCHED
from monitor.domain import Came, Due, DueKind, Panel, SeriesSpec

if TYPE_CHECKING:
    import pandas as pd

AHEAD: Final = timedelta(days=45)
"""How far an assessment looks ahead: a month, and the releases just after its end."""

PROJECTIONS_SINCE: Final = date(2013, 1, 1)
"""From then on it is the meetings of four fixed months that come with projections; 2012 had five,
and the years before other months (Federal Reserve Board, FOMC calendars)."""

_PROJECTION_MONTHS: Final = frozenset({3, 6, 9, 12})


def coming(panel: Panel, until: date) -> tuple[Due, ...]:
    """The next releases of the watched series and the meetings to come, in order of their day.

    Series that one publication brings for one period stand together. Daily series are left out:
    they come on every working day. Of a weekly series only the next release is told, of the others
    each that can come by ``until``. One that is overdue is told as well, with a last day that has
    passed.

    Args:
        panel: what was known; a watched series that it lacks is awaited by nobody.
        until: last day, inclusive.
    """
    together: dict[tuple[date, date, str, date], list[str]] = {}
    for name in WATCHED:
        spec, values = SERIES[name], panel.series.get(name)
        if values is None or values.empty or spec.frequency == "daily":
            continue
        # A period that the publisher says has no value is still not awaited.
        newest = values.index[-1].date()
        for period, first, last in _releases(spec, newest, panel.as_of, until):
            together.setdefault((first, last, spec.release.name, period), []).append(name)
    releases = [
        Due("release", what, tuple(names), period, first, last, estimated=True)
        for (first, last, what, period), names in together.items()
    ]
    return tuple(
        sorted(
            [*releases, *_meetings(panel.as_of, until)],
            key=lambda due: (max(due.first, panel.as_of), due.last),
        )
    )


def came(before: Panel, now: Panel) -> tuple[Came, ...]:
    """What was learnt of the watched series between the days of two panels, in their order."""
    found = []
    for name in WATCHED:
        then, today = before.series.get(name), now.series.get(name)
        if today is None:
            continue
        learnt = _learnt(name, None if then is None else then.dropna(), today.dropna())
        if learnt is not None:
            found.append(learnt)
    return tuple(found)


def _releases(
    spec: SeriesSpec, newest: date, as_of: date, until: date
) -> list[tuple[date, date, date]]:
    """Period, first and last usual day of each release awaited; of those overdue the oldest."""
    found: list[tuple[date, date, date]] = []
    while (window := quality.expected(spec, newest)) is not None and window[0] <= until:
        newest = spec.next_period(newest)
        if window[1] >= as_of or not found:
            found.append((newest, *window))
        if spec.frequency == "weekly":
            break
    return found


def _meetings(as_of: date, until: date) -> list[Due]:
    known = fomc.calendar()
    found = []
    for day in fomc.coming(as_of, until):
        estimated = not known[0].day <= day <= known[-1].day
        kind: DueKind = "meeting"
        if day >= PROJECTIONS_SINCE and day.month in _PROJECTION_MONTHS and not estimated:
            kind = "projections"
        found.append(Due(kind, "", (), None, day, day, estimated))
    return found


def _learnt(name: str, then: pd.Series[float] | None, today: pd.Series[float]) -> Came | None:
    if then is None or then.empty:
        if today.empty:
            return None
        return Came(name, len(today), 0, today.index[-1].date(), float(today.iloc[-1]), None, None)
    known = today.reindex(then.index)
    changed = then.index[(known != then).to_numpy()]
    new = today.index.difference(then.index)
    if len(new):
        return Came(
            name, len(new), len(changed), new[-1].date(), float(today[new[-1]]),
            then.index[-1].date(), float(then.iloc[-1]),
        )  # fmt: skip
    if not len(changed):
        return None
    last = changed[-1]
    value = None if isnan(known[last]) else float(known[last])
    return Came(name, 0, len(changed), last.date(), value, last.date(), float(then[last]))
