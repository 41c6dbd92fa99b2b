"""Quality of what is known on a day: what is stale, missing, full of holes, or seen with hindsight.

What arrives is looked at before it is believed: that is :mod:`monitor.screen`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from math import isnan, nan
from typing import TYPE_CHECKING, Final

from monitor.catalog import BUNDLED
from monitor.domain import (
    Finding,
    Panel,
    Reading,
    Said,
    SeriesSpec,
    add_months,
    joined,
    phrase,
)

if TYPE_CHECKING:
    import pandas as pd

_DAY = timedelta(days=1)

# --------------------------------------------------------------------------------------- calendar
GRACE_DAYS: Final = {"daily": 3, "weekly": 3, "monthly": 5, "quarterly": 10}
"""Days after the usual release during which a figure is late but not yet called stale."""

HOLIDAY_DAYS: Final = 1
"""The same where a release has its day of the week: that day can be a holiday."""


def expected(spec: SeriesSpec, newest: date) -> tuple[date, date] | None:
    """First and last usual day of the release that brings the value after period ``newest``.

    Returns:
        ``None`` for a discontinued series that is complete.
    """
    if spec.ends is not None and newest >= spec.ends:
        return None
    following = spec.next_period(newest)
    earliest, latest = spec.earliest_release(following), spec.usual_release(following)
    weekday = spec.release.weekday
    if weekday is None:
        return earliest, latest
    first = earliest + ((weekday - earliest.weekday()) % 7) * _DAY
    last = latest - ((latest.weekday() - weekday) % 7) * _DAY
    return (first, last) if first <= last else (earliest, latest)


def next_release(spec: SeriesSpec, newest: date) -> date | None:
    """Day by which the value after that of period ``newest`` is usually out.

    Returns:
        ``None`` for a discontinued series that is complete.
    """
    window = expected(spec, newest)
    return window and window[1]


# -------------------------------------------------------------------------- what is known on a day
GAP_HORIZON_MONTHS: Final = 36
"""Holes older than this are history and no longer told."""


def reading(panel: Panel, spec: SeriesSpec) -> Reading | None:
    """Newest value of a series with its age, or ``None`` if the panel has none."""
    values = panel.series.get(spec.id)
    if values is None or (known := values.dropna()).empty:
        return None
    period = known.index[-1].date()
    # A period that the publisher says has no value is still not overdue.
    due = next_release(spec, values.index[-1].date())
    fixed = spec.release.weekday is not None
    late = (HOLIDAY_DAYS if fixed else GRACE_DAYS[spec.frequency]) * _DAY
    provenance = panel.provenance[spec.id]
    return Reading(
        value=float(known.iloc[-1]),
        period=period,
        known_from=provenance.known_from,
        source=provenance.source,
        age_days=(panel.as_of - spec.period_end(period)).days,
        due=due,
        stale=due is not None and panel.as_of > due + late,
    )


def check(panel: Panel, specs: Iterable[SeriesSpec]) -> tuple[Finding, ...]:
    """All findings about the given series, in their order."""
    return tuple(finding for spec in specs for finding in _check_one(panel, spec))


def _check_one(panel: Panel, spec: SeriesSpec) -> Iterable[Finding]:
    newest = reading(panel, spec)
    if newest is None:
        words = (
            Said(
                "{series}: nothing was known of it on {day}.",
                series=spec.caption,
                day=f"{panel.as_of}",
            )
            if BUNDLED in spec.publishers
            else Said(
                "{series}: no value is stored; it comes with the first answer of {publishers}.",
                series=spec.caption,
                publishers=joined(phrase("{one} or {other}"), spec.publishers),
            )
        )
        yield Finding("not_available", "warning", spec.id, words)
        return
    if newest.stale:
        yield Finding(
            "stale",
            "warning",
            spec.id,
            Said(
                "{series}: the newest value is of {period}; the next was due by {due}.",
                series=spec.caption,
                period=spec.written(newest.period),
                due=f"{newest.due}",
            ),
        )
    yield from _gaps(panel, spec)
    stand_ins = panel.provenance[spec.id].stand_ins
    if spec.revised and stand_ins:
        yield Finding(
            "revised_data",
            "warning",
            spec.id,
            Said(
                "{series}: for {n} periods no vintage of that day is stored; the earliest stored"
                " value, which may be revised, stands in.",
                series=spec.caption,
                n=stand_ins,
            ),
        )


def _gaps(panel: Panel, spec: SeriesSpec) -> Iterable[Finding]:
    if spec.frequency not in {"monthly", "quarterly"}:
        return
    horizon = add_months(panel.as_of, -GAP_HORIZON_MONTHS)
    recent = _since(panel.series[spec.id], horizon)
    period = min(recent, default=date.max)
    while period <= max(recent, default=date.min):
        if isnan(recent.get(period, nan)):
            said = period in recent
            about = {"series": spec.caption, "period": spec.written(period)}
            words = (
                Said("{series}: there is no value for {period}, and none was published.", **about)
                if said
                else Said(
                    "{series}: there is no value for {period}, and no publisher says that there is"
                    " none.",
                    **about,
                )
            )
            yield Finding("gap", "info" if said else "warning", spec.id, words)
        period = spec.next_period(period)


def _since(values: pd.Series[float], first: date) -> dict[date, float]:
    recent = values[f"{first}" :]
    return {stamp.date(): float(value) for stamp, value in zip(recent.index, recent, strict=True)}
