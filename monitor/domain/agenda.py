"""What is about to be published or decided, and what came in since an earlier day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

DueKind = Literal["release", "meeting", "projections"]
"""``release``: a publication with new values of watched series. ``meeting``: a decision of the
Federal Open Market Committee. ``projections``: one with a Summary of Economic Projections."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a reader can wait for.

    Attributes:
        kind: what it is.
        what: the publisher's own name of the publication; empty for a decision.
        series: identifiers of the series whose values it brings.
        period: the period these will stand for, or ``None`` for a decision.
        first, last: first and last day on which it can be expected. A ``last`` that has passed
            means that it is overdue.
        estimated: whether the days are those of the usual rhythm and not published ones.
    """

    kind: DueKind
    what: str
    series: tuple[str, ...]
    period: date | None
    first: date
    last: date
    estimated: bool


@dataclass(frozen=True, slots=True)
class Came:
    """What was learnt of one series between two days.

    Attributes:
        series: its identifier.
        new: how many periods have their first value.
        revised: how many periods known before have another value, or none any more.
        period: newest period that is new, else the newest one that was revised.
        value: its value now, in the unit of the series; ``None`` where it was withdrawn.
        before_period: the newest period known before if any is new, else ``period``; ``None``
            where nothing was known.
        before: its value then.
    """

    series: str
    new: int
    revised: int
    period: date
    value: float | None
    before_period: date | None
    before: float | None
