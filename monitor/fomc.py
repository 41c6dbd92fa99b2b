"""The calendar of the Federal Open Market Committee, and what it decided as far as was known.

The table ``monitor/data/fomc.csv`` is kept by hand; ``docs/data.md`` says where its rows are from.
Where its outcomes end, the published target range goes on. Every function here raises
``SourceMalformed`` where the table in the package is missing or damaged.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from monitor.domain import Decision, Finding, Panel, Said, TargetRate, end_of_month
from monitor.errors import SourceMalformed

if TYPE_CHECKING:
    import pandas as pd

_HEADER: Final = ["day", "kind", "lower", "upper", "basis"]
_KINDS: Final = frozenset({"scheduled", "unscheduled", "cancelled"})
_LOWER: Final = "DFEDTARL"
_UPPER: Final = "DFEDTARU"
_MONTHLY: Final = "FEDFUNDS"
_EFFECTIVE: Final = ("DFF", "EFFR", _MONTHLY)
"""Series of the effective rate, the preferred one first."""

_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=364)
"""Fifty-two weeks: from a meeting to the same meeting of the next year."""

_RANGE_SINCE: Final = date(2008, 12, 16)
_RANGE_WIDTH: Final = 0.25
"""Width of the target range since then, in percentage points; its ends are multiples."""

SCHEDULE_DAYS: Final = 180
"""With fewer days of published schedule left, an assessment says so."""


class _Table(NamedTuple):
    """The calendar, and each cancelled meeting with the day from which that was known."""

    calendar: tuple[Decision, ...]
    cancelled: Mapping[date, date]


class _Limits(NamedTuple):
    """The target range in force on a day, in percent."""

    day: date
    lower: float
    upper: float


# --------------------------------------------------------------------------------------- the table
def calendar() -> tuple[Decision, ...]:
    """Every scheduled meeting since 1990 and every move between meetings, in order of their day.

    Conference calls without a move are left out, as is the cancelled meeting of 2020-03-18. The
    outcome of a meeting to come is ``None``; so is the change of the first row.
    """
    return _table().calendar


def coming(as_of: date, until: date) -> tuple[date, ...]:
    """Days of the scheduled meetings after ``as_of``, up to and including ``until``.

    The Committee publishes its schedule before the year begins, so it is taken as known; the days
    are those on which meetings were held in the end. A meeting that was cancelled was expected
    until the move between meetings that took its place. Where the table has no schedule, beyond
    its end and before 1990, the last or the first eight meetings repeat every 52 weeks: the
    Committee has met eight times a year since 1981, in much the same weeks.
    """
    held = [decision.day for decision in calendar() if decision.scheduled]
    expected = [day for day, cancelled in _table().cancelled.items() if as_of < cancelled]
    before = [day for day in held if day < held[0] + _YEAR]
    after = [day for day in held if day > held[-1] - _YEAR]
    days = {
        *held,
        *expected,
        *(day - k * _YEAR for k in range(1, (held[0] - as_of) // _YEAR + 2) for day in before),
        *(day + k * _YEAR for k in range(1, (until - held[-1]) // _YEAR + 2) for day in after),
    }
    return tuple(sorted(day for day in days if as_of < day <= until))


@lru_cache(maxsize=1)
def _table() -> _Table:
    try:
        return _parsed((files("monitor") / "data" / "fomc.csv").read_text("utf-8"))
    except (OSError, ValueError, IndexError) as err:
        raise SourceMalformed(f"bundled fomc.csv: {err}") from err


def _parsed(text: str) -> _Table:
    header, *rows = [line.split(",") for line in text.splitlines()]
    if header != _HEADER:
        raise ValueError(f"the header is {','.join(header)}")
    found: list[Decision] = []
    cancelled: dict[date, date] = {}
    for day, kind, lower, upper, _ in rows:
        decision = Decision(
            date.fromisoformat(day), kind == "scheduled", _percent(lower), _percent(upper), None
        )
        if kind not in _KINDS or (found and decision.day <= found[-1].day):
            raise ValueError(f"{day} {kind} is no row of the calendar, or out of order")
        if kind == "cancelled":
            cancelled[decision.day] = found[-1].day
        else:
            found.append(decision)
    return _Table(_chained(found), cancelled)


def _percent(cell: str) -> float | None:
    return float(cell) if cell else None


def _chained(found: Iterable[Decision]) -> tuple[Decision, ...]:
    """The same decisions, each with its change from the one before."""
    chained: list[Decision] = []
    for decision in found:
        before = chained[-1].upper if chained else None
        after = decision.upper
        change = None if before is None or after is None else after - before
        chained.append(replace(decision, change=change))
    return tuple(chained)


# ------------------------------------------------------------------------------ as known on a day
def decisions(panel: Panel) -> tuple[Decision, ...]:
    """Every decision up to and including ``panel.as_of``, with its outcome as known that day.

    An outcome is the table's. From where the table knows none, it is read from the limits of the
    target range that the panel has: the outcome of a scheduled meeting is the range in force on
    the first day after it (FRED and the New York Fed date a range by the days it is in force; a
    move shows on the day after its announcement). By convention a change that no scheduled
    meeting explains is an unscheduled decision of the day before it came into force; after the
    end of the schedule in the table every change is. What the panel does not say stays ``None``.
    """
    table = [decision for decision in calendar() if decision.day <= panel.as_of]
    stated = _stated(table)
    if not stated:
        return ()
    limits = _limits(panel, stated[-1].day)
    awaited = [
        _read(decision, limits, following)
        for decision, following in _with_next(table[len(stated) :])
    ]
    between = [
        Decision(
            limit.day - _DAY, scheduled=False, lower=limit.lower, upper=limit.upper, change=None
        )
        for limit in _unexplained(limits, [decision.day for decision in table])
    ]
    return _chained([*stated, *sorted(awaited + between, key=lambda decision: decision.day)])


def target(panel: Panel) -> TargetRate | None:
    """Where the policy rate stands.

    It is the newest range that a decision is known to have set. If a meeting has been held since
    whose outcome is not known, the range is inferred: it is the quarter point in which the newest
    effective rate lies, if that is for a day, or a month that began, after such a meeting; else
    the last known range stands. Since December 2008 the effective rate has touched the upper end
    of the range on eight days and the lower end on one (2016-03-31); it left the range on
    2015-12-31 and 2019-09-17. A meeting on the day itself leaves the range as it stands.

    Before the first decision of the table the target is inferred, too: both ends are the
    effective rate.

    Returns:
        ``None`` if neither a decision nor an effective rate is known.
    """
    known = decisions(panel)
    effective, period, series = _effective(panel)
    ranges = [
        (held.day, held.lower, held.upper)
        for held in known
        if held.lower is not None and held.upper is not None
    ]
    if not ranges:
        if effective is None:
            return None
        return TargetRate(
            effective, effective, None, effective, period, inferred=True, effective_series=series
        )
    decided, lower, upper = ranges[-1]
    unknown = [held.day for held in known if decided < held.day < panel.as_of]
    if not unknown:
        return TargetRate(
            lower, upper, _set(ranges), effective, period, inferred=False, effective_series=series
        )
    if effective is not None and period is not None and period > unknown[0]:
        lower, upper = _quarter(effective)
    return TargetRate(lower, upper, None, effective, period, inferred=True, effective_series=series)


def findings(panel: Panel) -> tuple[Finding, ...]:
    """What a reader of the policy odds must know about the calendar.

    ``schedule_ends`` (warning) when the schedule has fewer than :data:`SCHEDULE_DAYS` days left;
    ``decision_unknown`` (info) for each past meeting whose outcome is not known; and the
    :func:`disagreements`.
    """
    end = calendar()[-1].day
    found = []
    if (end - panel.as_of).days < SCHEDULE_DAYS:
        found.append(
            Finding(
                "schedule_ends",
                "warning",
                None,
                Said(
                    "FOMC calendar: the schedule in this version ends on {end}, and later meetings"
                    " are placed by the usual rhythm of eight a year; a newer version of"
                    " recession-monitor brings the published days.",
                    end=f"{end}",
                ),
            )
        )
    found += [
        Finding(
            "decision_unknown",
            "info",
            _UPPER,
            Said(
                "FOMC meeting of {day}: its outcome is not known, and the odds speak from the last"
                " known range or the effective rate; `recession-monitor pull DFEDTARU DFEDTARL`"
                " brings it.",
                day=f"{decision.day}",
            ),
        )
        for decision in decisions(panel)
        if decision.upper is None and decision.day < panel.as_of
    ]
    return (*found, *disagreements(panel))


def disagreements(panel: Panel) -> tuple[Finding, ...]:
    """Where the target range in the panel contradicts the table, which stands: a warning each."""
    stated = _stated(decision for decision in calendar() if decision.day <= panel.as_of)
    if not stated:
        return ()
    limits = _limits(panel, _RANGE_SINCE)
    found = []
    for decision, following in _with_next(stated):
        seen = _first_after(limits, decision.day, following)
        if seen and (seen.lower, seen.upper) != (decision.lower, decision.upper):
            found.append(
                Said(
                    "Federal funds target range ({series}): after the decision of {day} the"
                    " calendar has {lower} to {upper} percent, the publisher {other_lower} to"
                    " {other_upper}; the calendar stands.",
                    series=f"{_LOWER}, {_UPPER}",
                    day=f"{decision.day}",
                    lower=f"{decision.lower:.2f}",
                    upper=f"{decision.upper:.2f}",
                    other_lower=f"{seen.lower:.2f}",
                    other_upper=f"{seen.upper:.2f}",
                )
            )
    known = [limit for limit in limits if limit.day <= stated[-1].day + _DAY]
    found += [
        Said(
            "Federal funds target range ({series}): it changed to {lower} to {upper} percent on"
            " {day}, and the calendar has no decision for it; the calendar stands.",
            series=f"{_LOWER}, {_UPPER}",
            lower=f"{limit.lower:.2f}",
            upper=f"{limit.upper:.2f}",
            day=f"{limit.day}",
        )
        for limit in _unexplained(known, [decision.day for decision in stated])
    ]
    return tuple(Finding("target_disagrees", "warning", _UPPER, words) for words in found)


# ------------------------------------------------------------------------------------ small pieces
def _set(ranges: Sequence[tuple[date, float, float]]) -> date:
    """Day of the decision that set the last range; those after it have held it."""
    since, *last = ranges[-1]
    for day, *earlier in reversed(ranges):
        if earlier != last:
            break
        since = day
    return since


def _stated(table: Iterable[Decision]) -> list[Decision]:
    """Those whose outcome the table knows: a run from its start."""
    return [decision for decision in table if decision.upper is not None]


def _with_next(table: Sequence[Decision]) -> Iterator[tuple[Decision, date]]:
    """Each decision with the day of the next one in the table."""
    following = [decision.day for decision in table[1:]]
    return zip(table, [*following, date.max], strict=False)


def _limits(panel: Panel, since: date) -> list[_Limits]:
    """The target range by day from ``since`` on; empty unless the panel has both ends of it."""
    lower, upper = panel.series.get(_LOWER), panel.series.get(_UPPER)
    if lower is None or upper is None:
        return []
    ends, known = _by_day(lower, since), _by_day(upper, since)
    return [_Limits(day, ends[day], known[day]) for day in sorted(ends.keys() & known.keys())]


def _by_day(values: pd.Series[float], since: date) -> dict[date, float]:
    known = values[f"{since}" :].dropna()
    return {stamp.date(): value for stamp, value in zip(known.index, known.tolist(), strict=True)}


def _first_after(limits: Sequence[_Limits], day: date, following: date) -> _Limits | None:
    """The first range in force after ``day``, if it is from before the following decision."""
    index = bisect_right(limits, day, key=lambda limit: limit.day)
    return limits[index] if index < len(limits) and limits[index].day < following else None


def _read(decision: Decision, limits: Sequence[_Limits], following: date) -> Decision:
    seen = _first_after(limits, decision.day, following)
    return replace(decision, lower=seen.lower, upper=seen.upper) if seen else decision


def _unexplained(limits: Sequence[_Limits], explained: Sequence[date]) -> list[_Limits]:
    """The first day of each new range that no decision on these days explains."""
    return [
        after
        for before, after in pairwise(limits)
        if before[1:] != after[1:]
        # A range of the same day is FRED's date of the moves of 2008-12, 2015-12 and 2016-12.
        and bisect_right(explained, after.day) == bisect_right(explained, before.day - _DAY)
    ]


def _quarter(rate: float) -> tuple[float, float]:
    """The range that a rate lies in; its upper end is still in it."""
    upper = math.ceil(rate / _RANGE_WIDTH) * _RANGE_WIDTH
    return upper - _RANGE_WIDTH, upper


def _effective(panel: Panel) -> tuple[float | None, date | None, str | None]:
    """Newest effective rate in percent, its day or month, and its series; a day before a month."""
    newest: tuple[float | None, date | None, str | None] = (None, None, None)
    reached = date.min
    for name in _EFFECTIVE:
        values = panel.series.get(name)
        if values is None or (known := values.dropna()).empty:
            continue
        period = known.index[-1].date()
        end = end_of_month(period) if name == _MONTHLY else period
        if end > reached:
            newest, reached = (float(known.iloc[-1]), period, name), end
    return newest
