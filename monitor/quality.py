"""From a panel to findings: what is stale, missing, full of holes, or seen with hindsight."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from monitor.domain import Finding, Panel, Reading, SeriesSpec, add_months

GRACE_DAYS = {"daily": 3, "weekly": 3, "monthly": 5, "quarterly": 10}
"""Days after the usual release during which a figure is late but not yet called stale."""

GAP_HORIZON_MONTHS = 36
"""Holes older than this are history and no longer told."""

_SATURDAY = 5


def next_release(spec: SeriesSpec, newest: date) -> date | None:
    """Day by which the value after that of period ``newest`` is usually out.

    Returns:
        ``None`` for a discontinued series that is complete.
    """
    if spec.ends is not None and newest >= spec.ends:
        return None
    return spec.usual_release(_next_period(spec, newest))


def reading(panel: Panel, spec: SeriesSpec) -> Reading | None:
    """Newest value of a series with its age, or ``None`` if the panel has none."""
    values = panel.series.get(spec.id)
    if values is None or (known := values.dropna()).empty:
        return None
    period = known.index[-1].date()
    # A period that the publisher says has no value is still not overdue.
    due = next_release(spec, values.index[-1].date())
    late = timedelta(days=GRACE_DAYS[spec.frequency])
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
        yield Finding(
            "not_available",
            "warning",
            spec.id,
            f"{spec.title} ({spec.id}): no value is stored; it comes with the first answer of"
            f" {' or '.join(spec.publishers)}."
            if "bundled" not in spec.publishers
            else f"{spec.title} ({spec.id}): nothing was known of it on {panel.as_of}.",
        )
        return
    if newest.stale:
        yield Finding(
            "stale",
            "warning",
            spec.id,
            f"{spec.title} ({spec.id}): the newest value is of {_period(spec, newest.period)};"
            f" the next was due by {newest.due}.",
        )
    yield from _gaps(panel, spec)
    stand_ins = panel.provenance[spec.id].stand_ins
    if spec.revised and stand_ins:
        yield Finding(
            "revised_data",
            "warning",
            spec.id,
            f"{spec.title} ({spec.id}): for {stand_ins} periods no vintage of that day is stored;"
            " the earliest stored value, which may be revised, stands in.",
        )


def _gaps(panel: Panel, spec: SeriesSpec) -> Iterable[Finding]:
    values = panel.series[spec.id]
    if spec.frequency not in {"monthly", "quarterly"}:
        return
    recent = values[values.index >= pd.Timestamp(add_months(panel.as_of, -GAP_HORIZON_MONTHS))]
    if recent.empty:
        return
    step = "MS" if spec.frequency == "monthly" else "3MS"
    regular = recent.reindex(pd.date_range(recent.index[0], recent.index[-1], freq=step))
    for stamp in regular.index[regular.isna()]:
        said = stamp in recent.index
        yield Finding(
            "gap",
            "info" if said else "warning",
            spec.id,
            f"{spec.title} ({spec.id}): there is no value for {_period(spec, stamp.date())}"
            + ("; none was published." if said else ", and no publisher says that there is none."),
        )


def _next_period(spec: SeriesSpec, period: date) -> date:
    if spec.frequency == "monthly":
        return add_months(period, 1)
    if spec.frequency == "quarterly":
        return add_months(period, 3)
    following = period + timedelta(days=7 if spec.frequency == "weekly" else 1)
    while following.weekday() >= _SATURDAY:
        following += timedelta(days=1)
    return following


def _period(spec: SeriesSpec, period: date) -> str:
    return f"{period:%Y-%m}" if spec.frequency in {"monthly", "quarterly"} else f"{period}"
