"""What every model returns: probabilities and a distribution of what they might have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.domain import Interval

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A model's probabilities that a recession starts within each horizon.

    Attributes:
        id: stable identifier of the model.
        probability: horizon in months to the probability.
        values: for each horizon the probability under each state of the model's parameters, all
            of one length: what the interval is made from.
        weights: posterior weight of each state; they add up to 1.
        note: what a reader must know to read the number.
    """

    id: str
    probability: Mapping[int, float]
    values: Mapping[int, Vector]
    weights: Vector
    note: str

    def interval(self, level: float) -> dict[int, Interval]:
        """Central interval with posterior content ``level`` at each horizon.

        A few states can leave the probability itself, which is their mean or an estimate of its
        own, just outside; then the interval reaches to it.
        """
        tail = (1 - level) / 2
        found = {}
        for h, values in self.values.items():
            low, high = quantiles(values, self.weights, (tail, 1 - tail))
            found[h] = Interval(min(low, self.probability[h]), max(high, self.probability[h]))
        return found


def quantiles(values: Vector, weights: Vector, levels: Sequence[float]) -> tuple[float, ...]:
    """Quantiles of a discrete distribution, without interpolation."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    places = np.searchsorted(cumulative, np.asarray(levels) * cumulative[-1])
    return tuple(float(value) for value in values[order][places])
