"""What arrives, before it is believed: what of an answer can be recorded, and what cannot.

:func:`screen` holds an answer against the catalogue and against what is stored, :func:`compare` a
second publisher against the first. What is wrong is a finding and never an exception, and bad
data never takes the place of good data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from math import inf
from operator import attrgetter
from statistics import median
from typing import Final

from monitor.catalog import ARCHIVE
from monitor.domain import Fetch, Finding, Observation, Said, SeriesSpec, Statement, Withheld

Values = Mapping[date, float | None]
"""Period to value; ``None`` where the publisher says that there is none."""

_SATURDAY = 5
_DAY = timedelta(days=1)

ANOTHER_UNIT: Final = 2.0
"""A common factor of so much or more, or its inverse, is another unit: base years change less."""

ANOTHER_BASE: Final = 0.02
"""A common factor this far from 1 is another base year, or a revision that amounts to one."""

TRUNCATED, A_FEW = 0.2, 3
"""An answer that lacks a greater part of what is stored is cut off, if that is more than a few."""

BEHIND_WORKDAYS: Final = 3
"""So far a publisher of a daily series may be behind another: the Treasury is ahead of FRED."""

_OVERLAP, _NEARLY_ALL, _STEADY = 3, 0.9, 0.05
"""A common factor takes so many values in common, of whose ratios this part must be this close to
their median."""

_NEIGHBOURS = {"daily": 10, "weekly": 21, "monthly": 92, "quarterly": 276}
"""Days between two periods that can be compared: across a longer hole any move is plausible."""

_AGO = timedelta(days=3)
"""A statement that ends so long ago is an old vintage; publishers' days differ by one at most."""

_TOO_EARLY = timedelta(days=3653)
"""A value so long before the first one of a series has lost a digit of its year."""

_SIX_DIGITS = 1e-5
_TWO_DECIMALS = {"percent": 0.005, "percentage points": 0.005}
"""Half of the last digit that is published. Levels come with six significant digits or more."""

_SLACK = 1 + 1e-9
"""Floating-point numbers that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What came of looking at one answer.

    Attributes:
        accepted: what of it can be recorded, the answer itself if that is all of it. Its
            statements say nothing of what is left out. ``None`` if nothing can be.
        withheld: what cannot be believed, by reason.
        findings: what the reader must know of it.
    """

    accepted: Fetch | None
    withheld: tuple[Withheld, ...] = ()
    findings: tuple[Finding, ...] = ()


def screen(
    spec: SeriesSpec,
    fetch: Fetch,
    believed: Values,
    doubted: Mapping[date, tuple[date, float]],
    today: date,
) -> Screened:
    """Part what can be believed of an answer from what cannot.

    The whole answer is withheld where its values differ from what is stored by one common factor
    (``unit_changed``), where a new base year would be mixed with an old one
    (``rebased_in_part``), or where it lacks much of what is stored (``truncated``). Single values
    are withheld on a day on which no period begins (``no_period``) and outside the bounds of the
    series (``out_of_bounds``); and, until they are seen again on a later day, where they move by
    more than its largest plausible move, from the period before (``jump``) or from what is stored
    of the same period (``implausible_revision``). A crisis is a day late at most.

    An archive holds vintages in older units and base years: all its rows are held to the bounds,
    and only the newest value of each period to anything else.

    Args:
        spec: the series.
        fetch: the answer.
        believed: newest stored value of each period.
        doubted: for each period the value last withheld, and the day of it.
        today: calendar day of the answer.
    """
    if fetch.statements and all(it.until < today - _AGO for it in fetch.statements):
        # An old vintage from a file of the user's: it is no word on what is believed today.
        believed = {}
    newest = _newest(fetch)
    said = {period: row.value for period, row in newest.items()}
    factor = _common_factor(said, believed)
    if not 1 / ANOTHER_UNIT < factor < ANOTHER_UNIT:
        words = Said(
            "off by a factor of about {factor} from what is stored, as in another unit",
            factor=f"{factor:.4g}",
        )
        return _refused(spec, fetch, "unit_changed", words)
    rebased = spec.rebased and abs(factor - 1) > ANOTHER_BASE
    if rebased and _first(believed) < _first(said):
        words = Said(
            "on another base, by a factor of about {factor}, but not for the whole history",
            factor=f"{factor:.4g}",
        )
        return _refused(spec, fetch, "rebased_in_part", words)
    lacking, stored = _lacking(spec, fetch, said, believed)
    if len(lacking) > max(A_FEW, TRUNCATED * stored):
        words = Said(
            "cut off: {n} of {stored} stored periods are not among them",
            n=len(lacking),
            stored=stored,
        )
        return _refused(spec, fetch, "truncated", words)

    impossible = list(_impossible(spec, fetch))
    rejected = {doubt.row for doubt in impossible}
    possible = {
        period: row.value
        for period, row in newest.items()
        if row.value is not None and row not in rejected
    }
    seen = {
        period: day
        for period, (day, value) in doubted.items()
        if day < today and period in possible and not _differ(spec, possible[period], value)
    }
    known: Values = {} if rebased else believed
    moves = list(_moves(spec, newest, possible, known, after=_last(believed), seen=seen))
    doubts = [*impossible, *(move for move in moves if move.row.period not in seen)]
    cut = {*lacking, *(doubt.row.period for doubt in doubts)}
    dropped = {*(newest[period] for period in lacking if period in newest)}
    accepted = _left(fetch, {*dropped, *(doubt.row for doubt in doubts)}, cut)
    withheld = tuple(_aside(spec, fetch, doubts))
    findings = [
        *(Finding(item.code, "warning", spec.id, item.reason) for item in withheld),
        *_confirmed(spec, fetch, moves, seen),
        *_unexpected(spec, fetch, possible, known, {move.row.period for move in moves}),
        *_withdrawn(spec, fetch, [*lacking, *_cut_short(spec, fetch, said, believed, today)]),
    ]
    if rebased:
        words = Said(
            "{series}: {source} is on another base, by a factor of about {factor}; levels are not"
            " compared.",
            series=spec.caption,
            source=fetch.source,
            factor=f"{factor:.4g}",
        )
        findings.append(Finding("rebased", "info", spec.id, words))
    return Screened(accepted, withheld, tuple(findings))


def compare(spec: SeriesSpec, believed: Values, second: Fetch, preferred: str) -> Screened:
    """Hold what a second publisher says against what is stored of the one preferred.

    Both are kept: the first remains what is believed, the second is laid aside where it differs.
    Where one is a release ahead, it has made revisions that the other has yet to make; of a
    series that is revised nothing is then compared.

    Args:
        spec: the series.
        believed: newest stored value of each period.
        second: the other answer.
        preferred: name of the publisher that comes first in the list of the catalogue.

    Returns:
        What only the second publisher has yet, what it says differently, and findings.
    """
    rows = _newest(second)
    said = {period: row.value for period, row in rows.items()}
    newest = _last(believed)
    older = {row for row in second.observations if row.period <= newest}
    accepted = _left(second, older, {row.period for row in older})
    if spec.revised and _last(said) != newest:
        return Screened(accepted)
    differing = disagreements(spec, believed, said)
    if not differing:
        return Screened(accepted)
    period, ours, theirs = differing[0]
    told = {
        "series": spec.caption,
        "period": spec.written(period),
        "preferred": preferred,
        "value": _figure(ours),
        "second": second.source,
        "other": _figure(theirs),
    }
    reason = (
        Said(
            "{series}: for {period} {preferred} says {value} and {second} {other} (and so for {n}"
            " more periods); {preferred} is preferred.",
            n=len(differing) - 1,
            **told,
        )
        if len(differing) > 1
        else Said(
            "{series}: for {period} {preferred} says {value} and {second} {other}; {preferred} is"
            " preferred.",
            **told,
        )
    )
    aside = tuple(rows[period] for period, _, _ in differing)
    return Screened(
        accepted,
        (_withheld(second, "publishers_disagree", reason, aside),),
        (Finding("publishers_disagree", "warning", spec.id, reason),),
    )


def disagreements(
    spec: SeriesSpec, first: Values, second: Values
) -> tuple[tuple[date, float, float], ...]:
    """Periods of which both know a value and differ by more than rounding, with both values."""
    return tuple(
        (period, ours, theirs)
        for period in sorted(first.keys() & second.keys())
        if (ours := first[period]) is not None
        and (theirs := second[period]) is not None
        and _differ(spec, ours, theirs)
    )


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A value that may be an error: what it is called, and in words what is odd about it."""

    code: str
    row: Observation
    words: str


def _impossible(spec: SeriesSpec, fetch: Fetch) -> Iterator[_Doubt]:
    low, high = spec.bounds
    earliest = spec.starts - _TOO_EARLY
    for row in fetch.observations:
        if row.period < earliest or not spec.is_period(row.period):
            words = Said("a value for {day}, which is no period of it", day=f"{row.period}")
            yield _Doubt("no_period", row, words)
        elif row.value is not None and not low <= row.value <= high:
            words = Said(
                "{value} for {period}, and only {low} to {high} can be true",
                value=_figure(row.value),
                period=spec.written(row.period),
                low=_figure(low),
                high=_figure(high),
            )
            yield _Doubt("out_of_bounds", row, words)


def _moves(
    spec: SeriesSpec,
    rows: Mapping[date, Observation],
    said: Mapping[date, float],
    known: Values,
    *,
    after: date,
    seen: Collection[date],
) -> Iterator[_Doubt]:
    """Values that move by more than the largest plausible move.

    What is stored of a period is the measure of what is said of it. A period after all that is
    stored is measured by the last before it that is not itself in doubt; where nothing is
    stored that is the last period alone, and those before it are history.
    """
    stored = {period: value for period, value in known.items() if value is not None}
    periods = sorted(said.keys() | stored.keys())
    if after == date.min and len(periods) > 1:
        after = periods[-2]
    before, measure = date.min, inf
    for last, period in pairwise([date.min, *periods]):
        value, was = said.get(period), stored.get(period)
        if value is None:
            before, measure = period, stored[period]
            continue
        doubt = None
        if was is not None and _exceeds(spec, was, value):
            words = _where_stored(spec, period, value, was)
            doubt = _Doubt("implausible_revision", rows[period], words)
        elif (
            was is None
            and period > after
            and (period - last).days <= _NEIGHBOURS[spec.frequency]
            and _exceeds(spec, measure, value)
        ):
            words = Said(
                "{value} for {period} after {before} for {last}",
                value=_figure(value),
                period=spec.written(period),
                before=_figure(measure),
                last=spec.written(before),
            )
            doubt = _Doubt("jump", rows[period], words)
        if doubt:
            yield doubt
        if doubt is None or period in seen:
            before, measure = period, value
        elif was is not None:
            before, measure = period, was


# What becomes of it.
_CONFIRMED = {"jump": "jump_confirmed", "implausible_revision": "revision_confirmed"}


def _refused(spec: SeriesSpec, fetch: Fetch, code: str, words: str) -> Screened:
    """Nothing of the answer is recorded."""
    reason = Said(
        "{series}: the values of {source} are {words}; all are withheld.",
        series=spec.caption,
        source=fetch.source,
        words=words,
    )
    return Screened(
        None,
        (_withheld(fetch, code, reason, fetch.observations),),
        (Finding(code, "error" if code == "unit_changed" else "warning", spec.id, reason),),
    )


def _aside(spec: SeriesSpec, fetch: Fetch, doubts: Iterable[_Doubt]) -> Iterator[Withheld]:
    for code, group in groupby(doubts, key=attrgetter("code")):
        alike = list(group)
        told = _told(spec, fetch, alike)
        # A move can be true and be seen again; a value outside the bounds cannot.
        reason = (
            Said(
                "{series}: {source} says {words}; withheld until it is seen on a later day.", **told
            )
            if code in _CONFIRMED
            else Said("{series}: {source} says {words}; withheld.", **told)
        )
        yield _withheld(fetch, code, reason, tuple(doubt.row for doubt in alike))


def _confirmed(
    spec: SeriesSpec, fetch: Fetch, moves: Iterable[_Doubt], seen: Mapping[date, date]
) -> Iterator[Finding]:
    again = (move for move in moves if move.row.period in seen)
    for code, group in groupby(again, key=attrgetter("code")):
        alike = list(group)
        reason = Said(
            "{series}: {source} says {words}; recorded, for it said so on {day} too.",
            day=f"{seen[alike[0].row.period]}",
            **_told(spec, fetch, alike),
        )
        yield Finding(_CONFIRMED[code], "info", spec.id, reason)


def _unexpected(
    spec: SeriesSpec,
    fetch: Fetch,
    said: Mapping[date, float],
    known: Values,
    doubted: Collection[date],
) -> Iterator[Finding]:
    if spec.revised:
        return
    changed = [item for item in disagreements(spec, known, said) if item[0] not in doubted]
    if changed:
        period, was, value = changed[0]
        words = Said(
            "{series}: {source} says {words}; recorded, though this series is never revised.",
            series=spec.caption,
            source=fetch.source,
            words=_and_more(_where_stored(spec, period, value, was), len(changed)),
        )
        yield Finding("unexpected_revision", "warning", spec.id, words)


def _withdrawn(spec: SeriesSpec, fetch: Fetch, gone: Sequence[date]) -> Iterator[Finding]:
    if gone:
        words = Said(
            "{series}: {source} has no value for {period}; what is stored stays.",
            series=spec.caption,
            source=fetch.source,
            period=_and_more(spec.written(gone[0]), len(gone)),
        )
        yield Finding("withdrawn", "warning", spec.id, words)


# How answers are taken apart.
def _newest(fetch: Fetch) -> dict[date, Observation]:
    """Of each period the row known last, in order of period."""
    rows = sorted(fetch.observations, key=lambda row: (row.period, row.known_from))
    return {row.period: row for row in rows}


def _left(fetch: Fetch, out: Collection[Observation], cut: Collection[date]) -> Fetch | None:
    """The answer without some rows, and without saying anything of some periods."""
    if not out and not cut:
        return fetch
    kept = tuple(row for row in fetch.observations if row not in out)
    if not kept:
        return None
    periods = {row.period for row in kept}
    return replace(fetch, observations=kept, statements=tuple(_statements(fetch, periods, cut)))


def _statements(fetch: Fetch, kept: Collection[date], cut: Collection[date]) -> Iterator[Statement]:
    for statement in fetch.statements:
        inside = sorted(p for p in {*kept, *cut} if statement.first <= p <= statement.last)
        for silent, run in groupby(inside, key=lambda period: period in cut):
            if not silent:
                first, *_, last = [*(told := list(run)), told[-1]]
                yield replace(
                    statement,
                    first=statement.first if first == inside[0] else first,
                    last=statement.last if last == inside[-1] else last,
                )


def _lacking(
    spec: SeriesSpec, fetch: Fetch, said: Values, believed: Values
) -> tuple[list[date], int]:
    """Stored periods inside the range of the answer that it does not give, and of how many."""
    if fetch.source == ARCHIVE:
        return [], 0
    stored = [
        period
        for period, value in sorted(believed.items())
        if value is not None
        # Some publishers give weekends (a target rate is in force on them), others do not.
        and not (spec.frequency == "daily" and period.weekday() >= _SATURDAY)
        and any(part.first <= period <= part.last for part in fetch.statements)
    ]
    return [period for period in stored if said.get(period) is None], len(stored)


def _cut_short(
    spec: SeriesSpec, fetch: Fetch, said: Values, believed: Values, today: date
) -> list[date]:
    """Stored periods after the end of the answer."""
    if fetch.source == ARCHIVE:
        return []
    end = _last(said)
    later = sorted(p for p, value in believed.items() if value is not None and p > end)
    if spec.frequency != "daily":
        return later
    return [p for p in later if _workdays_after(spec.usual_release(p), BEHIND_WORKDAYS) < today]


def _common_factor(said: Values, believed: Values) -> float:
    """The factor by which nearly all values differ from what is stored; 1 if there is none."""
    ratios = [
        value / was for period, value in said.items() if value and (was := believed.get(period))
    ]
    if len(ratios) < _OVERLAP:
        return 1.0
    middle = median(ratios)
    alike = sum(abs(ratio - middle) <= _STEADY * abs(middle) for ratio in ratios)
    return middle if alike >= _NEARLY_ALL * len(ratios) else 1.0


def _exceeds(spec: SeriesSpec, was: float, value: float) -> bool:
    """Whether a move is more than the largest plausible one."""
    move = abs(value - was)
    if spec.relative:
        move = move / abs(was) if was else inf * bool(move)
    return move > spec.largest_move * _SLACK


def _differ(spec: SeriesSpec, one: float, other: float) -> bool:
    """Whether two values of one period differ by more than rounding."""
    rounding = _TWO_DECIMALS.get(spec.unit, _SIX_DIGITS * abs(other))
    return abs(one - other) > rounding * _SLACK


def _first(values: Values) -> date:
    return min((period for period, value in values.items() if value is not None), default=date.max)


def _last(values: Values) -> date:
    return max((period for period, value in values.items() if value is not None), default=date.min)


def _workdays_after(day: date, count: int) -> date:
    for _ in range(count):
        day += _DAY
        while day.weekday() >= _SATURDAY:
            day += _DAY
    return day


# Words.
def _withheld(fetch: Fetch, code: str, reason: str, rows: tuple[Observation, ...]) -> Withheld:
    return Withheld(fetch.series, fetch.source, fetch.fetched_at, code, reason, rows, fetch.raw)


def _told(spec: SeriesSpec, fetch: Fetch, doubts: Sequence[_Doubt]) -> dict[str, str]:
    """What stands in a sentence about values of one kind."""
    words = _and_more(doubts[0].words, len(doubts))
    return {"series": spec.caption, "source": fetch.source, "words": words}


def _and_more(words: str, count: int) -> str:
    """The first of some, and how many there are beside it."""
    if count == 1:
        return words
    return Said("{words} (and {n} more of this kind)", words=words, n=count - 1)


def _where_stored(spec: SeriesSpec, period: date, value: float, was: float) -> Said:
    return Said(
        "{value} for {period}, where {stored} is stored",
        value=_figure(value),
        period=spec.written(period),
        stored=_figure(was),
    )


def _figure(value: float) -> str:
    return f"{value:,.10g}"
