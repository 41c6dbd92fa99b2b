"""What to ask for: only what can have changed since the last answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from monitor.catalog import BUNDLED
from monitor.domain import Held, SeriesSpec, Want, add_months, month_of

RECENT: Final = timedelta(days=10)
"""Of a series that is never revised the last days are asked for again, in case one was late."""

FIRST_VINTAGE: Final = date(1776, 7, 4)
"""FRED's own name for the beginning of all vintages."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pull asks for, and what it leaves alone.

    Attributes:
        wants: what to ask for.
        fresh: series answered so recently that they are left alone.
        not_due: series of which nothing new can have been published since the last answer.
    """

    wants: tuple[Want, ...]
    fresh: tuple[str, ...] = ()
    not_due: tuple[str, ...] = ()


def plan(
    specs: Iterable[SeriesSpec],
    held: Mapping[str, Held],
    now: datetime,
    *,
    min_interval: timedelta,
    refresh: timedelta,
    vintages: bool,
) -> Plan:
    """Decide for each series whether to ask, and from which period on.

    The first time the whole history is asked for, and again when the last whole answer is older
    than ``refresh``: benchmark revisions reach back for decades. In between a series is left
    alone until the earliest day on which its next value can be out, and then asked for from the
    month in which its usual revisions begin; whole months, so that the address of the request
    stays the same and the publisher can say "unchanged".

    Args:
        specs: the series.
        held: what is stored of each.
        now: instant of the pull, in the time zone whose calendar day counts.
        min_interval: a series answered within this time is fresh.
        refresh: age at which a whole history is asked for again.
        vintages: whether somebody who keeps vintages will be asked.
    """
    wants: list[Want] = []
    fresh: list[str] = []
    not_due: list[str] = []
    for spec in specs:
        known = held.get(spec.id)
        if set(spec.publishers) == {BUNDLED} or _over(spec, known):
            continue
        if known is None or known.answered_at is None or known.complete_at is None:
            wants.append(whole(spec, known, vintages=vintages))
        elif now - known.answered_at < min_interval:
            fresh.append(spec.id)
        elif now - known.complete_at >= refresh:
            wants.append(whole(spec, known, vintages=vintages))
        elif now.date() < spec.earliest_release(spec.next_period(known.newest)):
            not_due.append(spec.id)
        else:
            want = whole(spec, known, vintages=vintages)
            since = month_of(_changes_from(spec, known))
            # What is revised from its beginning on travels with the whole histories.
            if want.vintages_since != FIRST_VINTAGE and since > known.first:
                want = replace(want, since=since)
            wants.append(want)
    return Plan(tuple(wants), tuple(fresh), tuple(not_due))


def whole(spec: SeriesSpec, known: Held | None, *, vintages: bool) -> Want:
    """Ask for the whole history, and for all vintages that are not stored yet."""
    return Want(spec, None, _vintages_since(spec, known, vintages=vintages))


def _over(spec: SeriesSpec, known: Held | None) -> bool:
    return spec.ends is not None and known is not None and known.newest >= spec.ends


def _changes_from(spec: SeriesSpec, known: Held) -> date:
    if spec.revision_months:
        return add_months(known.newest, -spec.revision_months)
    return known.newest - RECENT


def _vintages_since(spec: SeriesSpec, known: Held | None, *, vintages: bool) -> date | None:
    # Daily and weekly series that are revised (NFCI is, over its whole history, every week)
    # would bring a million rows; their vintages are those that we saw ourselves.
    if not (vintages and spec.revised and spec.frequency in {"monthly", "quarterly"}):
        return None
    return (known.archived_until if known else None) or FIRST_VINTAGE
