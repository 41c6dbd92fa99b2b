"""Probabilities across horizons: monotone, inside (0, 1), with their states and their parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from monitor.domain import HORIZONS, TARGETS, Contribution
from monitor.model.forecast import Forecast, Vector

START = TARGETS.index("start")

NEAREST = 1e-6
"""No member comes nearer to 0 or 1."""

ADJUSTMENT = "horizons"
"""Name of the contribution that monotony in the horizon makes."""

_ROUNDING = 1e-12
_FLAT = 1e-6


def inside(p: Vector) -> Vector:
    """Probabilities kept from 0 and 1."""
    return np.clip(p, NEAREST, 1 - NEAREST)


def shaped(raw: Vector) -> Vector:
    """Probabilities (targets, horizons) as a member gives them."""
    rising = [
        row if name == "at" else monotone(row) for name, row in zip(TARGETS, raw, strict=True)
    ]
    return inside(np.array(rising))


def monotone(p: Vector) -> Vector:
    """The nearest sequence over the last axis that never falls, in least squares.

    Its value at each place is the largest, over the starts up to there, of the smallest, over the
    ends from there on, mean in between.
    """
    place = np.arange(p.shape[-1])
    length = place + 1 - place[:, None]
    total = np.concatenate([np.zeros_like(p[..., :1]), np.cumsum(p, axis=-1)], axis=-1)
    means = (total[..., None, 1:] - total[..., :-1, None]) / np.maximum(length, 1)
    smallest = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
    largest: Vector = np.where(length > 0, smallest, -np.inf).max(axis=-2)
    return largest


def forecast(name: str, probability: Vector, states: Vector, note: str) -> Forecast:
    """States are (parameters, horizons) of equal weight."""
    return Forecast(
        id=name,
        probability={h: float(p) for h, p in zip(HORIZONS, probability[START], strict=True)},
        values={h: inside(states[:, row]) for row, h in enumerate(HORIZONS)},
        weights=np.full(len(states), 1 / len(states)),
        note=note,
    )


def contributions(
    names: Sequence[str],
    terms: Vector,
    base_index: float,
    curve: Callable[[Vector], Vector],
    probability: float,
) -> tuple[Contribution, ...]:
    """Shares of the way from the base to the probability, in proportion to the index's terms."""
    moved = float(terms.sum())
    base, raw = (float(p) for p in curve(np.array([base_index, base_index + moved])))
    # Where the terms cancel out, the ratio below is the curve's slope there.
    if abs(moved) > _FLAT:
        slope = (raw - base) / moved
    else:
        ends = curve(np.array([base_index - _FLAT, base_index + _FLAT]))
        slope = float(ends[1] - ends[0]) / (2 * _FLAT)
    parts = [Contribution("base", base)]
    parts += [
        Contribution(name, slope * float(term)) for name, term in zip(names, terms, strict=True)
    ]
    rest = probability - sum(part.points for part in parts)
    if abs(rest) > _ROUNDING:
        parts.append(Contribution(ADJUSTMENT, rest))
    return tuple(parts)
