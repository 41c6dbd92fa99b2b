"""The headline: clock and background by the law of total probability, its interval and its band.

The inversion under way (or the last one, while its clock runs) announces a recession or it does
not. If it does, the clock says when; if it does not, the background speaks. So the pool is linear,
and its weights are not chosen and not estimated but the clock's own posterior: with the parameters
``pi`` and ``F`` of :mod:`monitor.model.lag`, age ``d`` and background ``b(h)``,

    ``P(h) = pi [F(d + h) - F(d)] / (1 - pi F(d)) + (1 - pi) / (1 - pi F(d)) b(h)``,

averaged over the posterior. With no clock running it is ``b(h)``.
"""

from __future__ import annotations

import numpy as np

from monitor.domain import HORIZONS, Band, Contribution, MemberScore, Said
from monitor.model import horizons, lag
from monitor.model.background import INPUTS, Background
from monitor.model.forecast import Forecast, Vector

ID = "pool"

LEVEL = 0.8
"""Probability content of every interval printed."""

BANDS: tuple[tuple[float, Band], ...] = ((0.50, "high"), (0.30, "elevated"), (0.15, "watch"))
"""Lower ends of the bands, fixed beforehand: more likely than not; the level that the literature
on the New York Fed's model reads as a severe risk; and about the share of months since 1953 that
were followed by the start of a recession within a year."""

CLOCK, HAZARD = "inversion_clock", "inverted"
"""Contributions of the clock, and of the hazard that stands in for the spread during inversions."""

_STATES_FROM = 1e-3
"""States of the clock that weigh less than this part of the heaviest do not move an interval."""


def probability(clock: lag.Clock, background: Background) -> Vector:
    """Probability that a recession starts within each horizon: rising, never 0 or 1."""
    announced = lag.starts(clock.posterior, clock.known.age) * clock.posterior.weight
    return horizons.inside(announced.sum(axis=1) + clock.false_alarm * background.probability)


def combine(clock: lag.Clock, background: Background) -> Forecast:
    """The same with its distribution over the clock's posterior and the background's samples."""
    posterior = lag.weighty(clock.posterior, _STATES_FROM if clock.known.age else 1.0)
    announced = lag.starts(posterior, clock.known.age)[:, :, None]
    false = lag.false(posterior, clock.known.age)[:, None]
    states = horizons.inside(announced + false * background.states[:, None, :])
    samples = background.states.shape[1]
    return Forecast(
        id=ID,
        probability=dict(zip(HORIZONS, probability(clock, background).tolist(), strict=True)),
        values={h: row.ravel() for h, row in zip(HORIZONS, states, strict=True)},
        weights=np.repeat(posterior.weight, samples) / samples,
        note=(
            Said("no inversion's clock is running: the background alone")
            if clock.known.age is None
            else Said(
                "false alarm {p} times the background, and the clock", p=f"{clock.false_alarm:.2f}"
            )
        ),
    )


def contributions(
    clock: lag.Clock, background: Background, horizon: int
) -> tuple[Contribution, ...]:
    """Points from the base to the probability; they add up to it.

    The base is the background at the mean inputs of the months it learnt from. The clock adds what
    it expects and takes away the part of the base for which its alarm leaves no room; the inputs
    of the background add what they move it by, in so far as the alarm is false.

    Args:
        clock: the clock on the day.
        background: the background on the day.
        horizon: one of :data:`monitor.domain.HORIZONS`.
    """
    row, false = HORIZONS.index(horizon), clock.false_alarm
    whole = float(probability(clock, background)[row])
    base, *moved = horizons.contributions(
        INPUTS,
        background.terms[row],
        float(background.usual[row]),
        background.calibrated,
        float(background.probability[row]),
    )
    inverted = not background.terms.any()
    parts = [
        Contribution(HAZARD if inverted else part.feature, false * part.points)
        for part in moved
        if part.points
    ]
    rest = whole - base.points - sum(part.points for part in parts)
    return (base, Contribution(CLOCK, rest), *parts)


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
