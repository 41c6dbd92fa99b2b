"""The members together: a linear pool, its interval and its band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from monitor.domain import HORIZONS, Band, MemberScore
from monitor.model.forecast import Forecast

ID = "pool"

LEVEL = 0.8
"""Probability content of every interval printed."""

BANDS: tuple[tuple[float, Band], ...] = ((0.50, "high"), (0.30, "elevated"), (0.15, "watch"))
"""Lower ends of the bands, fixed beforehand: more likely than not; the level that the literature
on the New York Fed's model reads as a severe risk; and about the share of months since 1953 that
were followed by the start of a recession within a year."""


def combine(members: Sequence[Forecast], weights: Mapping[str, float]) -> Forecast:
    """Linear opinion pool: the members' distributions mixed with the given weights.

    The interval of the mixture contains both the uncertainty within each member and the
    disagreement between them (Stone, Annals of Mathematical Statistics 32, 1961).

    Args:
        members: what each model says.
        weights: weight of each member by its id, adding up to 1.
    """
    return Forecast(
        ID,
        {
            h: sum(member.probability[h] * weights[member.id] for member in members)
            for h in HORIZONS
        },
        {h: np.concatenate([member.values[h] for member in members]) for h in HORIZONS},
        np.concatenate([member.weights * weights[member.id] for member in members]),
        "linear pool",
    )


def summary(member: Forecast, weight: float) -> MemberScore:
    """A member as it stands in the assessment."""
    return MemberScore(
        id=member.id,
        probability=member.probability,
        interval=member.interval(LEVEL),
        weight=weight,
        note=member.note,
    )


def band(probability: float) -> Band:
    """Where a twelve-month probability stands on the fixed scale."""
    return next((name for floor, name in BANDS if probability >= floor), "normal")
